"""One bidder's submissions for one lot: the chain in a stream of its own, ``sealed/<32 hex>`` (sealed-bid 3.5).

Pure.  Nothing of this stream is public before the opening, and nothing in it depends on what other
bidders do, so no counter tells how many there are (trace-log 5.2).  The time that counts is the
arrival of the last byte.  Articles in `LAW` are those of 20号令 (电子招标投标办法) and its upper laws.
"""

from typing import Literal, assert_never

from msgspec.structs import replace

from archive import canonical
from archive.decider import Context, Decider
from archive.errors import Refused
from archive.values import Instant, Message, Value
from bidding.opening import octets
from bidding.sealing import WITHDRAW, Accepted, Call, Chain, Submission, accept, parse_submission

LAW: dict[str, str] = {
    "bid.late": "电子招标投标办法 第二十七条",
    "bid.missed": "电子招标投标办法 第二十八条",
    "bid.not-open": "电子招标投标办法 第二十七条",
    "bid.paused": "招标投标法实施条例 第二十二条",
    "bid.too-large": "电子招标投标办法 第二十六条",
    "bid.unsealed": "电子招标投标办法 第二十六条",
    "bid.incomplete": "电子招标投标办法 第二十七条",
    "bid.wrong-lot": "招标投标法实施条例 第三十六条",
    "bid.other-party": "电子招标投标办法 第二十四条",
    "bid.other-key": "电子招标投标办法 第二十七条",
    "bid.bad-policy": "电子招标投标办法 第二十六条",
    "bid.bad-submission": "电子招标投标办法 第二十六条",
    "bid.bad-envelope": "电子招标投标办法 第二十六条",
    "bid.id-mismatch": "电子招标投标办法 第二十六条",
    "bid.wrong-context": "招标投标法实施条例 第三十六条",
    "bid.unlike-policy": "电子招标投标办法 第二十六条",
    "bid.bad-chain": "电子招标投标办法 第二十七条",
    "bid.bad-signature": "电子签名法 第十三条",
    "bid.repeated-envelope": "电子招标投标办法 第二十六条",
}


MAX_ENVELOPE = 20_000
"""Bytes of an envelope at most, so that its verdict fits an entry of the log: 15 trustees on X-Wing, 130 on X25519."""


class Submit(Message, frozen=True, tag="sealed.submit"):
    """Hand in a signed submission, hex, with the envelopes it names, hex; a withdrawal comes with none."""

    submit: str
    envelopes: tuple[str, ...] = ()


Command = Submit


class Terms(Message, frozen=True, tag="sealed.terms"):
    """What the box says, and what the platform knows of the envelopes delivered, under the same locks.

    ``policy`` is hex.  ``repeated`` are the ids that the log has outside this stream, ``missing`` the roots
    of bodies that are not complete and verified in the vault, both hex; ``unsealed`` tells that what was
    uploaded is no envelope but a readable file.  ``price_stage`` 0 means the last stage.  ``closed`` tells that
    the closing list is made.
    """

    tender: str
    lot: str
    stages: tuple[int, ...]
    policy: str
    closes_at: Instant
    opens_at: Instant = 0
    paused: bool = False
    grace_hours: int = 0
    price_stage: int = 0
    repeated: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unsealed: bool = False
    closed: bool = False


class BidReceived(Message, frozen=True, tag="sealed.received"):
    """已递交: a bid is in force where none was."""

    tender: str
    lot: str
    org: str
    submit_pk: str
    sigalg: int
    submission_hash: str
    seq: int
    envelopes: tuple[str, ...]
    received_at: Instant


class BidReplaced(Message, frozen=True, tag="sealed.replaced"):
    """替换: this submission counts from now on, the one before stays on record as superseded."""

    submission_hash: str
    seq: int
    envelopes: tuple[str, ...]
    received_at: Instant


class BidWithdrawn(Message, frozen=True, tag="sealed.withdrawn"):
    """撤回: nothing is in force."""

    submission_hash: str
    seq: int
    received_at: Instant


Event = BidReceived | BidReplaced | BidWithdrawn


class SealedBid(Value, frozen=True):
    """Where the chain stands: ``envelopes`` in force, one id for each stage, none after a withdrawal.

    ``named`` are all ids that the chain ever named; all byte strings are hex.
    """

    tender: str = ""
    lot: str = ""
    org: str = ""
    submit_pk: str = ""
    sigalg: int = 0
    seq: int = 0
    submission_hash: str = ""
    envelopes: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    received_at: Instant = 0

    @property
    def standing(self) -> Literal["none", "in-force", "withdrawn"]:
        """未投, 已递交 or 已撤回."""
        if self.seq == 0:
            return "none"
        return "in-force" if self.envelopes else "withdrawn"


def decide(state: SealedBid, command: Command, ctx: Context[Terms]) -> tuple[Event, ...]:
    """Receive, replace or withdraw.

    Raises:
        Refused: one of the codes in `LAW`; the clock is asked first, then what was delivered.
    """
    terms, arrived = ctx.facts, ctx.arrived
    _in_time(terms, arrived)
    if terms.unsealed:
        raise Refused("bid.unsealed")
    party = ctx.actor.org or ctx.actor.id
    if state.org and state.org != party:
        raise Refused("bid.other-party")
    largest = max((len(e) // 2 for e in command.envelopes), default=0)
    if largest > MAX_ENVELOPE:
        raise Refused("bid.too-large", length=largest, limit=MAX_ENVELOPE)
    done = _accept(state, terms, command)
    if state.submit_pk and state.submit_pk != done.submission.submit_pk.hex():
        raise Refused("bid.other-key")
    _complete(terms, done)
    digest, seq = done.chain.last.hex(), done.chain.seq
    ids = tuple(i.hex() for i in done.in_force)
    if not ids:
        return (BidWithdrawn(digest, seq, arrived),)
    if state.envelopes:
        return (BidReplaced(digest, seq, ids, arrived),)
    key = done.submission.submit_pk.hex()
    return (BidReceived(terms.tender, terms.lot, party, key, done.chain.sigalg, digest, seq, ids, arrived),)


def _in_time(terms: Terms, arrived: Instant) -> None:
    if arrived < terms.opens_at:
        raise Refused("bid.not-open", opens_at=terms.opens_at, arrived_at=arrived)
    # The deadline is the box's own, not the bell's: a bell that rings late lets nobody in.
    if arrived >= terms.closes_at:
        raise Refused("bid.late", closed_at=terms.closes_at, arrived_at=arrived)
    # In time, but the list that trustees act on is made: nothing may stand beside it.  The platform's fault, and it says so.
    if terms.closed:
        raise Refused("bid.missed", closed_at=terms.closes_at, arrived_at=arrived)
    if terms.paused:
        raise Refused("bid.paused")


def _accept(state: SealedBid, terms: Terms, command: Command) -> Accepted:
    last = octets(state.submission_hash)
    chain = Chain(state.seq, last, state.sigalg, tuple(map(octets, state.envelopes))) if state.seq else Chain()

    def chain_of(s: Submission) -> Chain:
        return chain if s.submit_pk.hex() == state.submit_pk else Chain()

    raw, envelopes = octets(command.submit), tuple(map(octets, command.envelopes))
    known = {octets(i) for i in (*terms.repeated, *state.named)}
    call = Call(terms.tender, (terms.lot,), terms.stages, octets(terms.policy))
    try:
        return accept(call, raw, envelopes, chain_of, known)
    except Refused as refusal:
        if refusal.code == "bid.wrong-context":
            found = parse_submission(raw)
            if found.tender == terms.tender and found.lot != terms.lot:
                raise Refused("bid.wrong-lot", lot=found.lot, expected=terms.lot) from None
        raise


def _complete(terms: Terms, done: Accepted) -> None:
    """Which bodies have to be there now: all, or with grace hours the first ones and those of the price stage."""
    price = terms.price_stage or terms.stages[-1]
    prompt = {
        body.root.hex()
        for e in done.envelopes
        for i, body in enumerate(e.bodies)
        if terms.grace_hours == 0 or i == 0 or e.context.stage == price
    }
    missing = sorted(prompt.intersection(terms.missing))
    if missing:
        raise Refused("bid.incomplete", missing=missing)


def evolve(state: SealedBid, event: Event) -> SealedBid:
    """What happened, happened."""
    match event:
        case BidReceived():
            return SealedBid(
                tender=event.tender,
                lot=event.lot,
                org=event.org,
                submit_pk=event.submit_pk,
                sigalg=event.sigalg,
                seq=event.seq,
                submission_hash=event.submission_hash,
                envelopes=event.envelopes,
                named=_named(state, event.envelopes),
                received_at=event.received_at,
            )
        case BidReplaced():
            return replace(
                state,
                seq=event.seq,
                submission_hash=event.submission_hash,
                envelopes=event.envelopes,
                named=_named(state, event.envelopes),
                received_at=event.received_at,
            )
        case BidWithdrawn():
            return replace(
                state, seq=event.seq, submission_hash=event.submission_hash, envelopes=(), received_at=event.received_at
            )
        case _:
            assert_never(event)


def _named(state: SealedBid, envelopes: tuple[str, ...]) -> tuple[str, ...]:
    return (*state.named, *(i for i in envelopes if i not in state.named))


def act(command: Command) -> str:
    """Submitted or withdrawn: the entry's name tells which only to whom the entry is disclosed."""
    return "bid.withdrawn" if octets(command.submit)[4:5] == bytes((WITHDRAW,)) else "bid.submitted"


def rows(stream: str, state: SealedBid) -> tuple[tuple[str, tuple[str, ...], dict[str, str | int]], ...]:
    """The row of table ``sealed_bid``; only the platform's own code reads it before the opening."""
    if state.seq == 0:
        return ()
    columns: dict[str, str | int] = {
        "tender": state.tender,
        "lot": state.lot,
        "org": state.org,
        "seq": state.seq,
        "standing": state.standing,
        "submission_hash": state.submission_hash,
        "envelopes": canonical.encode(state.envelopes).decode(),
        "named": canonical.encode(state.named).decode(),
        "received_at": state.received_at,
    }
    return (("sealed_bid", (stream,), columns),)


DECIDER: Decider[SealedBid, Command, Event, Terms] = Decider(
    kind="sealed",
    state=SealedBid,
    commands=Command,
    events=Event,
    facts=Terms,
    initial=SealedBid(),
    decide=decide,
    evolve=evolve,
    act=act,
    rows=rows,
    secrecy=lambda _command: "sealed",
)
