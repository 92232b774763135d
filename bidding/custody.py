"""A trustee's own side: what it opens, decided by the closing list and by nothing else, never by a clock.

The trustee runs this on its own machine with its key for the tender.  It believes the platform nothing but
the list that stands in the log (whose inclusion it has checked there) and the bytes of the envelopes.  Drills and proofs
of possession open *test envelopes*, whose context names a tender that no tender can have: a real bid that somebody
passes off as a test is not opened.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO

from archive.errors import Invalid
from bidding.box.commands import Complain, ReleaseShares, Share
from bidding.box.facts import SHARES
from bidding.box.state import ClosingList
from bidding.opening import Release
from bidding.sealing import (
    BidContext,
    Envelope,
    Policy,
    encode_policy,
    envelope_id,
    parse_envelope,
    parse_policy,
    policy_hash,
    seal,
    trustee_open,
)
from bidding.sealing import Share as Opened

TEST = "test/"
"""What the tender in a test envelope's context begins with; the id of a tender has no slash."""

TEST_LOT = "test"
Holder = Callable[[Policy, Envelope, int], Opened | None]
"""Whatever holds trustee ``j``'s private key: gives its share of an envelope, None where there is none to be had.

`soft` is a key in memory.  A key in a security module is another function of this form: what it needs of the module is
one key agreement with its private key; all the rest, the check against ``c_j`` included, is `bidding.sealing`'s.
"""


def soft(sk: bytes) -> Holder:
    """A holder of a private key in memory."""
    return lambda policy, envelope, j: trustee_open(policy, envelope, j, sk)


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """The commands to hand in: releases in batches, and a complaint for every share that is none."""

    releases: tuple[ReleaseShares, ...]
    complaints: tuple[Complain, ...]


def take_turn(
    closing: ClosingList, logged_hash: str, stage: int, policy: bytes, envelopes: Mapping[str, bytes], j: int, holder: Holder
) -> Turn:
    """Trustee ``j`` opens its shares of ``envelopes`` (bytes by id, hex) through the ``holder`` of its key.

    ``logged_hash`` is the closing list's hash as the log has it, ``policy`` the bytes of the policy that the
    trustee keeps from before the tender opened.  Nothing is opened unless everything fits.

    Raises:
        Invalid: ``custody.list`` when list and log or list and policy do not fit, ``custody.envelope`` when an
            envelope is not of this stage of the list, or is not what its id says.
    """
    if closing.hash != logged_hash or closing.policy_hash != policy_hash(policy).hex() or stage not in closing.stages:
        raise Invalid("custody.list", hash=logged_hash)
    place = closing.stages.index(stage)
    listed = {bid.envelopes[place] for bid in closing.bids}
    read, shares, complaints = parse_policy(policy), list[Share](), list[Complain]()
    for id, raw in sorted(envelopes.items()):
        if id not in listed or envelope_id(raw).hex() != id:
            raise Invalid("custody.envelope", envelope=id)
    for id, raw in sorted(envelopes.items()):
        share = holder(read, parse_envelope(raw), j)
        if share is None:
            complaints.append(Complain(logged_hash, j, id))
        else:
            shares.append(Share(id, share.share.hex(), share.blind.hex()))
    batches = (tuple(shares[at : at + SHARES]) for at in range(0, len(shares), SHARES))
    return Turn(tuple(ReleaseShares(logged_hash, j, batch) for batch in batches), tuple(complaints))


def is_test(envelope: Envelope) -> bool:
    """Whether an envelope is a test and can be no bid."""
    return envelope.context.tender.startswith(TEST)


def make_test(policy: Policy, name: str, fresh: Callable[[str], bytes]) -> bytes:
    """A test envelope under ``policy``; ``name`` is the tender's id, or whatever the policy is for.

    ``fresh`` gives 32 bytes for each of ``key``, ``tag``, ``nonce`` and ``seed``.
    """
    pinned = policy_hash(encode_policy(policy))
    context = BidContext(TEST + name, TEST_LOT, 1, pinned, 1, fresh("key"), fresh("tag"), fresh("nonce"))
    return seal(policy, context, fresh("seed"), [(BytesIO(b"test"), BytesIO())]).envelope


def answer_test(policy: Policy, raw: bytes, j: int, holder: Holder) -> Release:
    """Trustee ``j``'s share of a test envelope: that it holds its key, and that it is there.

    Raises:
        Invalid: ``custody.no-test`` for an envelope that could be a bid or is under another policy, ``custody.no-share``
            when the key does not open it.
    """
    envelope = parse_envelope(raw)
    if not is_test(envelope) or envelope.context.policy_hash != policy_hash(encode_policy(policy)):
        raise Invalid("custody.no-test", tender=envelope.context.tender)
    share = holder(policy, envelope, j)
    if share is None:
        raise Invalid("custody.no-share", j=j)
    return Release(share.j, share.share.hex(), share.blind.hex())
