"""截标 and 开标: the closing list, the answers of trustees and bidders, a verdict for every envelope, the record.

Nothing here can open a bid by itself.  Stored ciphertext is read through the seed that the logged answers
give; plaintext of attachments is never stored, it is decrypted again for those who may see it.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO

from archive.bodies import Blob
from archive.canonical import encode
from archive.database import reading
from archive.errors import Conflict, Missing
from archive.ledger import Ledger, Recorded, Transaction
from archive.values import Actor, Money
from bidding import envelopes as index
from bidding.box import (
    Box,
    CloseBox,
    Complain,
    ConcludeOpening,
    FinishOpening,
    Held,
    HeldBid,
    Judged,
    JudgeEnvelope,
    Line,
    Lines,
    NameBidders,
    Named,
    Names,
    PublishSeed,
    ReadAloud,
    ReleaseShares,
)
from bidding.box.facts import PART
from bidding.index import read_index
from bidding.opening import Finding, Stored, keyed, read_bodies
from bidding.sealed import SealedBid
from bidding.sealing import Envelope, Policy, Sink, parse_envelope
from trading.commands import CloseBids, OpenBids, RecordOpening
from trading.desk import facts
from trading.lifecycle.openings import HEADS
from trading.parties import Org
from trading.platform import Platform
from trading.tender import Closing, OpenedBid, SealedHead, Tender, TenderFacts

BELL = Actor.system("bell")


def close(platform: Platform, name: str) -> Recorded:
    """截标 at the deadline: one list for every lot, and the boxes with enough bids begin to open.

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
    every = {stream for found in streams.values() for stream in found}
    write = {facts.tender(name), *(facts.box(name, lot) for lot in lots)}
    with platform.ledger.begin(actor=BELL, write=write, read=every) as tx:
        if index.streams_of(tx.connection, name) != streams or tx.state(facts.tender(name)).times.deadline != deadline:
            raise Conflict("desk.moved")
        closings = tuple(_close_box(tx, name, lot, streams.get(lot, ())) for lot in lots)
        known = TenderFacts(closings=closings)
        tx.act(facts.tender(name), CloseBids(), facts=known)
        opened = [c.lot for c in closings if not c.kept_sealed]
        if opened:
            _open_bids(tx, name, sorted(stream for lot in opened for stream in streams.get(lot, ())))
    if opened:
        platform.ledger.disclose([s for lot in opened for s in streams.get(lot, ())], "opened")
        for lot in opened:
            _name_bidders(platform, name, lot)
    return tx.recorded[-1]


def _open_bids(tx: Transaction, name: str, streams: list[str]) -> None:
    parts = [streams[i : i + HEADS] for i in range(0, len(streams), HEADS)] or [[]]
    for n, part in enumerate(parts, 1):
        heads = tuple(_head(tx, stream) for stream in part)
        tx.act(facts.tender(name), OpenBids(more=n < len(parts)), facts=TenderFacts(heads=heads))


def _close_box(tx: Transaction, name: str, lot: str, streams: tuple[str, ...]) -> Closing:
    stream = facts.box(name, lot)
    latest: dict[str, tuple[int, str]] = {}
    for s in streams:
        bid = tx.state(s)
        assert isinstance(bid, SealedBid)
        if bid.envelopes:
            latest[bid.org] = max(latest.get(bid.org, (0, "")), (bid.received_at, s))
    held = [_held(tx, s, {last for _, last in latest.values()}) for s in streams]
    parts = [held[i : i + PART] for i in range(0, len(held), PART)] or [[]]
    for n, part in enumerate(parts, 1):
        tx.act(stream, CloseBox(), facts=Held(tuple(part), more=n < len(parts)))
    box = tx.state(stream)
    assert isinstance(box, Box)
    return Closing(lot, box.count, box.closing_list, kept_sealed=box.phase == "kept")


def _held(tx: Transaction, stream: str, latest: set[str]) -> HeldBid:
    head, bid = tx.head(stream), tx.state(stream)
    assert isinstance(bid, SealedBid)
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


def _name_bidders(platform: Platform, name: str, lot: str) -> None:
    box = _box(platform.ledger, name, lot)
    named = []
    for bid in box.listed:
        sealed = platform.ledger.state(bid.stream)
        assert isinstance(sealed, SealedBid)
        named.append(Named(bid.stream, sealed.org, _org_name(platform.ledger, sealed.org)))
    for at in range(0, len(named), PART):
        part = Names(tuple(named[at : at + PART]))
        platform.ledger.act(facts.box(name, lot), NameBidders(), actor=BELL, facts=part)


def release(platform: Platform, actor: Actor, name: str, lot: str, command: ReleaseShares) -> Recorded:
    """A trustee's shares for what the closing list names."""
    lines = tuple(
        Line(s.envelope, e.ctx.hex(), e.shares[command.j - 1].c.hex() if 1 <= command.j <= e.n else "")
        for s in command.shares
        for e in (_envelope(platform, s.envelope),)
    )
    return platform.ledger.act(facts.box(name, lot), command, actor=actor, facts=Lines(lines))


def complain(platform: Platform, actor: Actor, name: str, lot: str, command: Complain) -> Recorded:
    """A trustee to whom a share was sealed that is none."""
    return platform.ledger.act(facts.box(name, lot), command, actor=actor)


def publish_seed(platform: Platform, actor: Actor, name: str, lot: str, command: PublishSeed) -> Recorded:
    """A bidder decrypts its own bid by publishing its seed."""
    lines = tuple(
        Line(s.envelope, e.ctx.hex(), e.commit.hex()) for s in command.seeds for e in (_envelope(platform, s.envelope),)
    )
    return platform.ledger.act(facts.box(name, lot), command, actor=actor, facts=Lines(lines))


def conclude(platform: Platform, name: str, lot: str) -> Recorded:
    """解密结束: judge every envelope of the stage and read aloud what was opened."""
    stream = facts.box(name, lot)
    box = _box(platform.ledger, name, lot)
    for ballot in box.on_stage:
        if ballot.verdict is None:
            told = _look_into(platform, box, ballot.envelope)
            platform.ledger.act(stream, JudgeEnvelope(ballot.envelope), actor=BELL, facts=told)
    platform.ledger.act(stream, ConcludeOpening(), actor=BELL)
    return platform.ledger.act(stream, ReadAloud(), actor=BELL)


def _look_into(platform: Platform, box: Box, id: str) -> Judged:
    """What the stored bodies of one envelope give, and its form where the index is good."""
    ballot = next(b for b in box.ballots if b.envelope == id)
    raw = _raw(platform, id)
    envelope = parse_envelope(raw)
    found = keyed(box.rules, envelope, ballot.answers)
    seed = None if isinstance(found, str) else found
    first = BytesIO()
    sinks: list[Sink] = [first, *(_Nowhere() for _ in envelope.bodies[1:])]
    finding = read_bodies(envelope, seed, stored(platform, envelope), sinks)
    if seed is None or not finding.plain or not all(finding.plain):
        return Judged(raw.hex(), finding)
    read = read_index(first.getvalue(), envelope, box.tender)
    if read is None:
        return Judged(raw.hex(), finding)
    return Judged(raw.hex(), Finding(finding.intact, finding.plain, index=True), read.form)


def finish(platform: Platform, actor: Actor, name: str, lot: str) -> Recorded:
    """The opening of the stage is over."""
    return platform.ledger.act(facts.box(name, lot), FinishOpening(), actor=actor)


EFFECTS = {"counted": "opened", "revoked": "revoked", "withdrawn": "withdrawn", "undecided": "withdrawn"}
"""The box's legal effects as the tender's opening record names them."""


def rows(box: Box) -> tuple[OpenedBid, ...]:
    """The rows of the 开标记录, one for each bid that stood at the deadline."""
    made = []
    for bid in box.listed:
        ballot = next(b for b in box.ballots if b.stream == bid.stream and b.stage == box.stage)
        bidder = next(b for b in box.bidders if b.stream == bid.stream)
        form = ballot.form
        made.append(
            OpenedBid(
                bidder=bidder.org,
                name=bidder.name,
                verdict=EFFECTS[ballot.effect],
                price=Money(int(form.price), form.currency) if form and form.price else None,
                duration=str(form.duration_days) if form and form.duration_days else "",
                quality=form.quality if form else "",
                manager=form.manager if form else "",
                received_at=bid.received_at,
                envelope=ballot.envelope,
                deposit=form.deposit if form else "",
                note=ballot.verdict or "",
            )
        )
    return tuple(sorted(made, key=lambda row: (row.received_at, row.bidder)))


def record(platform: Platform, actor: Actor, name: str, lot: str, printed: Blob) -> Recorded:
    """开标记录 goes on the tender's own record."""
    principal = facts.principal_of(platform.ledger, name)
    parts = list(_parted(rows(_box(platform.ledger, name, lot))))
    with platform.ledger.begin(actor=actor, write={facts.tender(name)}, read=facts.reads(actor, principal)) as tx:
        told = facts.about(tx, actor, name, principal)
        for n, part in enumerate(parts, 1):
            last = n == len(parts)
            command = RecordOpening(lot, part, printed.sha256, more=not last)
            tx.act(facts.tender(name), command, facts=told, blobs=(printed,) if last else ())
    return tx.recorded[-1]


ROWS_BYTES = 20_000
"""Of rows in one entry at most; they stand in it twice, and an entry has 60,000."""


def _parted(rows: tuple[OpenedBid, ...]) -> Iterator[tuple[OpenedBid, ...]]:
    """The rows in parts that fit an entry each; one part, perhaps empty, at least."""
    part: list[OpenedBid] = []
    size = 0
    for row in rows:
        more = len(encode(row))
        if part and size + more > ROWS_BYTES:
            yield tuple(part)
            part, size = [], 0
        part.append(row)
        size += more
    yield tuple(part)


def stored(platform: Platform, envelope: Envelope) -> list[Stored]:
    """How to read each stored body of an envelope, as often as needed; None where the bytes are not there."""
    return [_stored(platform, body.root.hex(), body.ct_len) for body in envelope.bodies]


def _stored(platform: Platform, root: str, length: int) -> Stored:
    found = platform.uploads.locate(root)
    if found is None or found[1] != length or found[0] not in platform.vault:
        return None
    return lambda: _Pieces(platform.vault.open(found[0]))


class _Pieces:
    """A vault file as something to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = memoryview(b"")

    def readinto(self, into: memoryview, /) -> int:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = memoryview(piece)
        n = min(len(into), len(self._held))
        into[:n] = self._held[:n]
        self._held = self._held[n:]
        return n


class _Nowhere:
    """Where plaintext goes that only had to be checked."""

    def write(self, data: memoryview, /) -> int:
        return len(data)


def _raw(platform: Platform, id: str) -> bytes:
    with reading(platform.engine) as db:
        raw = index.envelope(db, id)
    if raw is None:
        raise Missing("desk.no-envelope", envelope=id)
    return raw


def _envelope(platform: Platform, id: str) -> Envelope:
    return parse_envelope(_raw(platform, id))


def _tender(ledger: Ledger, name: str) -> Tender:
    state = ledger.state(facts.tender(name))
    assert isinstance(state, Tender)
    return state


def _box(ledger: Ledger, name: str, lot: str) -> Box:
    state = ledger.state(facts.box(name, lot))
    assert isinstance(state, Box)
    return state


def _org_name(ledger: Ledger, code: str) -> str:
    state = ledger.state(facts.org(code))
    assert isinstance(state, Org)
    return state.name or code


def policy_of(platform: Platform, name: str, lot: str) -> Policy:
    """The trustees' policy of a lot."""
    return _box(platform.ledger, name, lot).rules


def closing_list(platform: Platform, name: str, lot: str) -> str:
    """The hash of the closing list, which every answer names."""
    return _box(platform.ledger, name, lot).closing_list


def listed(platform: Platform, name: str, lot: str) -> Iterable[tuple[str, bytes]]:
    """Every envelope of the stage that is being opened, with its bytes: what a trustee downloads."""
    return [(b.envelope, _raw(platform, b.envelope)) for b in _box(platform.ledger, name, lot).on_stage]
