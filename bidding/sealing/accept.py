"""What is checked when a submission is handed in (sealed-bid 3.5), in its order.

A *chain* is all submissions with one tender, lot and submit key, in the order of the log.  Nothing
here knows the time or whether bodies have arrived: those are rules of the box.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from archive.errors import Invalid, Refused
from bidding.sealing import hpke, signing
from bidding.sealing.envelope import Envelope, envelope_id, parse_envelope
from bidding.sealing.policy import Policy, parse_policy, policy_hash
from bidding.sealing.submission import FIRST, WITHDRAW, Submission, parse_submission, signed_message, submission_hash


@dataclass(frozen=True, slots=True)
class Call:
    """What a tender asks for: its lots, its ascending stages, the bytes of its policy."""

    tender: str
    lots: tuple[str, ...]
    stages: tuple[int, ...]
    policy: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a chain stands: the last submission's number, hash and envelopes, and the chain's ``sigalg``."""

    seq: int = 0
    last: bytes = FIRST
    sigalg: int = 0
    envelopes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted submission and the chain as it stands after it."""

    submission: Submission
    envelopes: tuple[Envelope, ...]
    chain: Chain

    @property
    def in_force(self) -> tuple[bytes, ...]:
        """The envelope ids that count from now on; none after a withdrawal."""
        return self.chain.envelopes


def accept(
    call: Call,
    raw: bytes,
    envelopes: Sequence[bytes],
    chain_of: Callable[[Submission], Chain],
    known: Collection[bytes],
) -> Accepted:
    """Check a submission ``raw`` with the envelopes delivered beside it.

    ``chain_of`` gives the submission's chain, ``known`` every envelope id that the log already has.

    Raises:
        Refused: ``bid.`` and the name of the first check of 3.5 that fails.
    """
    policy = _policy(call.policy)
    s, parsed = _parse(raw, envelopes)
    ids = tuple(map(envelope_id, envelopes))
    _need(s.envelopes == ids, "bid.id-mismatch")
    _check_context(call, s, parsed)
    _check_policy(policy, parsed)
    chain = chain_of(s)
    withdrawal = s.action == WITHDRAW
    _need(not (withdrawal and chain.seq == 0), "bid.bad-chain", expected=1)
    sigalg = chain.sigalg if withdrawal else parsed[0].context.sigalg
    _need(signing.verify(sigalg, s.submit_pk, s.sig, signed_message(s)), "bid.bad-signature")
    _check_chain(s, chain, sigalg)
    reused = [i.hex() for i in ids if i in known and i not in chain.envelopes]
    _need(not reused, "bid.repeated-envelope", envelopes=reused)
    return Accepted(s, parsed, Chain(s.seq, submission_hash(raw), sigalg, ids))


def _need(holds: bool, code: str, **params: object) -> None:
    if not holds:
        raise Refused(code, **params)


def _policy(raw: bytes) -> Policy:
    try:
        return parse_policy(raw)
    except Invalid as e:
        raise Refused("bid.bad-policy", **e.params) from None


def _parse(raw: bytes, envelopes: Sequence[bytes]) -> tuple[Submission, tuple[Envelope, ...]]:
    try:
        submission = parse_submission(raw)
    except Invalid as e:
        raise Refused("bid.bad-submission", **e.params) from None
    try:
        return submission, tuple(map(parse_envelope, envelopes))
    except Invalid as e:
        raise Refused("bid.bad-envelope", **e.params) from None


def _check_context(call: Call, s: Submission, envelopes: Sequence[Envelope]) -> None:
    _need(s.tender == call.tender and s.lot in call.lots, "bid.wrong-context", tender=s.tender, lot=s.lot)
    pinned = policy_hash(call.policy)
    for e in envelopes:
        c = e.context
        same = (c.tender, c.lot, c.submit_pk, c.policy_hash) == (s.tender, s.lot, s.submit_pk, pinned)
        _need(same, "bid.wrong-context", tender=c.tender, lot=c.lot)
    where = {"tender": s.tender, "lot": s.lot}
    _need(len({e.context.sigalg for e in envelopes}) <= 1, "bid.wrong-context", **where)
    stages = tuple(e.context.stage for e in envelopes)
    _need(s.action == WITHDRAW or stages == call.stages, "bid.wrong-context", **where)


def _check_policy(policy: Policy, envelopes: Sequence[Envelope]) -> None:
    lengths = [hpke.WRAPS[t.suite].sealed for t in policy.trustees]
    for e in envelopes:
        alike = (e.k, [len(s.sealed) for s in e.shares], e.joint is not None) == (policy.k, lengths, policy.joint)
        _need(alike, "bid.unlike-policy", k=policy.k, n=policy.n)


def _check_chain(s: Submission, chain: Chain, sigalg: int) -> None:
    _need((s.seq, s.prev) == (chain.seq + 1, chain.last), "bid.bad-chain", expected=chain.seq + 1)
    again = s.action == WITHDRAW and not chain.envelopes
    other = chain.sigalg not in (0, sigalg)
    _need(not again and not other, "bid.bad-chain", expected=chain.seq + 1)
