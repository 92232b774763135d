"""截标 and 开标: the closing list, the answers of trustees and bidders, the record; `verdicts` has what lies between.

Nothing here can open a bid by itself, and plaintext of attachments is never stored: it is decrypted again for those
who may see it.
"""

from collections.abc import Collection, Iterable, Mapping

from archive.bodies import Blob
from archive.canonical import encode
from archive.database import reading
from archive.errors import Conflict
from archive.ledger import Ledger, Recorded, Transaction
from archive.values import Actor, Money
from bidding import envelopes as index
from bidding.box import (
    Box,
    CloseBox,
    Complain,
    FinishOpening,
    Held,
    HeldBid,
    Line,
    Lines,
    NameBidders,
    Named,
    Names,
    PublishSeed,
    ReleaseShares,
)
from bidding.box.accepting import in_phase
from bidding.box.facts import PART
from bidding.sealed import SealedBid
from bidding.sealing import Envelope, Policy, parse_envelope
from trading.commands import CloseBids, OpenBids, RecordOpening
from trading.desk import facts
from trading.desk.parting import parted
from trading.desk.verdicts import BELL, raw_envelopes
from trading.lifecycle.openings import HEADS
from trading.lifecycle.records import SEALED, rows_digest
from trading.parties.state import Org
from trading.platform import Platform
from trading.tender import Closing, OpenedBid, SealedHead, Tender, TenderFacts


def close(platform: Platform, name: str) -> Recorded:
    """截标 at the deadline: one list for every lot; the boxes with enough bids begin to open and their bidders are named.

    Raises:
        Conflict: ``desk.arriving`` while a submission from before the deadline is on its way, ``desk.moved`` when one
            came in between; ask again.
    """
    tender = _tender(platform.ledger, name)
    deadline = tender.times.deadline
    if not platform.arrivals.settled(deadline):
        raise Conflict("desk.arriving", deadline_at=deadline)
    lots = [lot.spec.id for lot in tender.live()]
    with reading(platform.engine) as db:
        streams = index.streams_of(db, name)
    behind = {s: facts.org(_bid(platform.ledger.state(s)).org) for found in streams.values() for s in found}
    write = {facts.tender(name), *(facts.box(name, lot) for lot in lots)}
    with platform.ledger.begin(actor=BELL, write=write, read={*behind, *behind.values()}) as tx:
        if index.streams_of(tx.connection, name) != streams or tx.state(facts.tender(name)).times.deadline != deadline:
            raise Conflict("desk.moved")
        closings = tuple(_close_box(tx, name, lot, streams.get(lot, ())) for lot in lots)
        tx.act(facts.tender(name), CloseBids(), facts=TenderFacts(closings=closings))
        opened = [c.lot for c in closings if not c.kept_sealed]
        if opened:
            _open_bids(tx, name, sorted(stream for lot in opened for stream in streams.get(lot, ())))
        for lot in opened:
            _name_bidders(tx, facts.box(name, lot), behind)
            for stream in streams.get(lot, ()):
                tx.disclose(stream, "opened")
        tx.disclose(facts.glass(name), "closed")
    return tx.recorded[-1]


def _bid(state: object) -> SealedBid:
    assert isinstance(state, SealedBid)
    return state


def _open_bids(tx: Transaction, name: str, streams: list[str]) -> None:
    parts = [streams[i : i + HEADS] for i in range(0, len(streams), HEADS)] or [[]]
    for n, part in enumerate(parts, 1):
        heads = tuple(_head(tx, stream) for stream in part)
        tx.act(facts.tender(name), OpenBids(more=n < len(parts)), facts=TenderFacts(heads=heads))


def _close_box(tx: Transaction, name: str, lot: str, streams: tuple[str, ...]) -> Closing:
    stream = facts.box(name, lot)
    latest: dict[str, tuple[int, str]] = {}
    for s in streams:
        bid = _bid(tx.state(s))
        if bid.envelopes:
            latest[bid.org] = max(latest.get(bid.org, (0, "")), (bid.received_at, s))
    standing = {last for _, last in latest.values()}
    held = [_held(tx, s, standing) for s in streams]
    parts = list(parted(held, _thrice, PART))
    for n, part in enumerate(parts, 1):
        tx.act(stream, CloseBox(), facts=Held(part, more=n < len(parts)))
    box = tx.state(stream)
    assert isinstance(box, Box)
    return Closing(lot, box.count, box.closing_list, kept_sealed=box.phase == "kept")


def _thrice(held: HeldBid) -> int:
    """Bytes in an entry: a bid is told, listed, and its stream's end is named."""
    return 2 * len(encode(held)) + 200


def _held(tx: Transaction, stream: str, latest: set[str]) -> HeldBid:
    head, bid = tx.head(stream), _bid(tx.state(stream))
    return HeldBid(
        stream=stream,
        last_seq=head.last_seq,
        last_leaf=head.last_leaf,
        submission_hash=bid.submission_hash,
        envelopes=bid.envelopes,
        received_at=bid.received_at,
        superseded=bool(bid.envelopes) and stream not in latest,
    )


def _head(tx: Transaction, stream: str) -> SealedHead:
    head = tx.head(stream)
    return SealedHead(stream, head.last_seq, head.last_leaf)


def _name_bidders(tx: Transaction, stream: str, behind: Mapping[str, str]) -> None:
    box = tx.state(stream)
    assert isinstance(box, Box)
    named = []
    for bid in box.listed:
        org = tx.state(behind[bid.stream])
        assert isinstance(org, Org)
        code = _bid(tx.state(bid.stream)).org
        named.append(Named(bid.stream, code, org.name or code))
    for part in parted(named, lambda one: 2 * len(encode(one)), PART):
        tx.act(stream, NameBidders(), facts=Names(part))


def release(platform: Platform, actor: Actor, name: str, lot: str, command: ReleaseShares) -> Recorded:
    """A trustee's shares for what the closing list names."""
    found = _envelopes(platform, {s.envelope for s in command.shares})
    lines = tuple(
        Line(id, e.ctx.hex(), e.shares[command.j - 1].c.hex() if 1 <= command.j <= e.n else "") for id, e in found.items()
    )
    return platform.ledger.act(facts.box(name, lot), command, actor=actor, facts=Lines(lines))


def complain(platform: Platform, actor: Actor, name: str, lot: str, command: Complain) -> Recorded:
    """A trustee to whom a share was sealed that is none."""
    return platform.ledger.act(facts.box(name, lot), command, actor=actor)


def publish_seed(platform: Platform, actor: Actor, name: str, lot: str, command: PublishSeed) -> Recorded:
    """A bidder decrypts its own bid by publishing its seed."""
    found = _envelopes(platform, {s.envelope for s in command.seeds})
    lines = tuple(Line(id, e.ctx.hex(), e.commit.hex()) for id, e in found.items())
    return platform.ledger.act(facts.box(name, lot), command, actor=actor, facts=Lines(lines))


def finish(platform: Platform, actor: Actor, name: str, lot: str) -> Recorded:
    """The opening of the stage is over."""
    return platform.ledger.act(facts.box(name, lot), FinishOpening(), actor=actor)


FINISHED = ("between", "finished")
"""Phases of a box whose opening is over."""

EFFECTS = {"counted": "opened", "revoked": "revoked", "withdrawn": "withdrawn", "undecided": "withdrawn"}
"""The box's legal effects as the tender's opening record names them."""


def envelope_of(box: Box) -> int:
    """Which of a bid's envelopes the box is opening or has opened last, from 1."""
    return box.stages.index(box.stage) + 1


def rows(box: Box) -> tuple[OpenedBid, ...]:
    """The rows of the 开标记录, one for each bid that stood at the deadline; sealed where it was not admitted."""
    made = []
    ballots = {b.stream: b for b in box.on_stage}
    bidders = {b.stream: b for b in box.bidders}
    for bid in box.listed:
        ballot, bidder = ballots.get(bid.stream), bidders[bid.stream]
        form = ballot.form if ballot else None
        made.append(
            OpenedBid(
                bidder=bidder.org,
                name=bidder.name,
                verdict=EFFECTS[ballot.effect] if ballot else SEALED,
                price=Money(int(form.price), form.currency) if form and form.price else None,
                duration=str(form.duration_days) if form and form.duration_days else "",
                quality=form.quality if form else "",
                manager=form.manager if form else "",
                received_at=bid.received_at,
                envelope=bid.envelopes[envelope_of(box) - 1],
                deposit=form.deposit if form else "",
                note=(ballot.verdict or "") if ballot else "",
            )
        )
    return tuple(sorted(made, key=lambda row: (row.received_at, row.bidder)))


def finished(platform: Platform, name: str, lot: str) -> Box:
    """The box of a lot whose opening is finished, so that there is something to record.

    Raises:
        Refused: ``box.none``, ``box.wrong-phase``.
    """
    box = _box(platform.ledger, name, lot)
    in_phase(box, *FINISHED)
    return box


def record(platform: Platform, actor: Actor, name: str, lot: str, printed: Blob) -> Recorded:
    """开标记录 goes on the tender's own record, from the box under the same locks."""
    principal, stream = facts.principal_of(platform.ledger, name), facts.box(name, lot)
    read = {stream, *facts.reads(actor, principal)}
    with platform.ledger.begin(actor=actor, write={facts.tender(name)}, read=read) as tx:
        box = tx.state(stream)
        assert isinstance(box, Box)
        found = rows(box)
        said = rows_digest(found) if box.phase in FINISHED else ""
        told = facts.about(tx, actor, name, principal, opening=said)
        parts = list(parted(found, lambda row: 2 * len(encode(row))))
        for n, part in enumerate(parts, 1):
            last = n == len(parts)
            command = RecordOpening(lot, part, printed.sha256, more=not last, envelope=envelope_of(box))
            tx.act(facts.tender(name), command, facts=told, blobs=(printed,) if last else ())
    return tx.recorded[-1]


def _envelopes(platform: Platform, ids: Collection[str]) -> dict[str, Envelope]:
    return {id: parse_envelope(raw) for id, raw in raw_envelopes(platform, sorted(ids)).items()}


def _tender(ledger: Ledger, name: str) -> Tender:
    state = ledger.state(facts.tender(name))
    assert isinstance(state, Tender)
    return state


def _box(ledger: Ledger, name: str, lot: str) -> Box:
    state = ledger.state(facts.box(name, lot))
    assert isinstance(state, Box)
    return state


def policy_of(platform: Platform, name: str, lot: str) -> Policy:
    """The trustees' policy of a lot."""
    return _box(platform.ledger, name, lot).rules


def closing_list(platform: Platform, name: str, lot: str) -> str:
    """The hash of the closing list, which every answer names."""
    return _box(platform.ledger, name, lot).closing_list


def listed(platform: Platform, name: str, lot: str) -> Iterable[tuple[str, bytes]]:
    """Every envelope of the stage that is being opened, with its bytes: what a trustee downloads."""
    return raw_envelopes(platform, [b.envelope for b in _box(platform.ledger, name, lot).on_stage]).items()
