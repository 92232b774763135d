"""解密结束: every envelope of the stage is looked into and judged, then what was opened is read aloud.

Looking in reads stored ciphertext through the seed that the logged answers give, outside any lock; plaintext is never
stored.  The verdicts then go on record in rounds, each one transaction, so that the box's rows are compared once a round
and no lock is held for long; a round that is on record is not judged again after a crash.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO

from msgspec.structs import replace

from archive.canonical import encode
from archive.database import reading
from archive.errors import Missing
from archive.ledger import Recorded
from archive.values import Actor
from bidding import envelopes
from bidding.box import Ballot, Box, ConcludeOpening, Findings, Judged, JudgeEnvelopes, ReadAloud
from bidding.box.facts import Form
from bidding.index import read_index
from bidding.opening import Finding, Stored, keyed, read_bodies
from bidding.sealing import Envelope, Sink, parse_envelope
from bidding.uploads import Body
from trading.desk import facts
from trading.desk.parting import parted
from trading.platform import Platform

BELL = Actor.system("bell")
ROUND = 250
"""Envelopes judged in one transaction at most."""


def conclude(platform: Platform, name: str, lot: str) -> Recorded:
    """解密结束: judge every envelope of the stage and read aloud what was opened."""
    stream = facts.box(name, lot)
    box = platform.ledger.state(stream)
    assert isinstance(box, Box)
    waiting = [ballot for ballot in box.on_stage if ballot.verdict is None]
    for at in range(0, len(waiting), ROUND):
        told = _look_into(platform, box, waiting[at : at + ROUND])
        with platform.ledger.begin(actor=BELL, write={stream}) as tx:
            for part in parted(told, _size):
                tx.act(stream, JudgeEnvelopes(tuple(id for id, _ in part)), Findings(tuple(found for _, found in part)))
    with platform.ledger.begin(actor=BELL, write={stream}) as tx:
        tx.act(stream, ConcludeOpening())
        tx.act(stream, ReadAloud())
    return tx.recorded[-1]


def _size(looked: tuple[str, Judged]) -> int:
    """Bytes in an entry: the finding is told once, and its envelope's name and form are decided once more."""
    id, found = looked
    return len(encode(found)) + len(encode(found.form)) + 3 * len(id) + 100


def _look_into(platform: Platform, box: Box, ballots: Sequence[Ballot]) -> list[tuple[str, Judged]]:
    raws = raw_envelopes(platform, [ballot.envelope for ballot in ballots])
    parsed = [parse_envelope(raw) for raw in raws.values()]
    bodies = stored(platform, parsed)
    return [
        (ballot.envelope, _found(box, ballot, raws[ballot.envelope], envelope, kept))
        for ballot, envelope, kept in zip(ballots, parsed, bodies, strict=True)
    ]


def _found(box: Box, ballot: Ballot, raw: bytes, envelope: Envelope, kept: Sequence[Stored]) -> Judged:
    """What the stored bodies of one envelope give, and its form where the index is good."""
    found = keyed(box.rules, envelope, ballot.answers)
    seed = None if isinstance(found, str) else found
    first = BytesIO()
    sinks: list[Sink] = [first, *(_Nowhere() for _ in envelope.bodies[1:])]
    finding = read_bodies(envelope, seed, kept, sinks)
    if seed is None or not finding.plain or not all(finding.plain):
        return Judged(raw.hex(), finding)
    read = read_index(first.getvalue(), envelope, box.tender)
    form = None if read is None else said(box, ballot.stage, read.form)
    if form is None:
        return Judged(raw.hex(), finding)
    return Judged(raw.hex(), Finding(finding.intact, finding.plain, index=True), form)


def said(box: Box, stage: int, form: Form) -> Form | None:
    """What is read out of a form: with several envelopes a price only out of the price's own, which is none without it."""
    if len(box.stages) == 1:
        return form
    if stage != box.price_stage:
        return replace(form, price="")
    return form if form.price else None


def stored(platform: Platform, envelopes: Sequence[Envelope]) -> list[list[Stored]]:
    """How to read each stored body of each envelope, as often as needed; None where the bytes are not there."""
    located = platform.uploads.located([body.root.hex() for e in envelopes for body in e.bodies])
    return [[_stored(platform, located.get(body.root.hex()), body.ct_len) for body in e.bodies] for e in envelopes]


def _stored(platform: Platform, found: Body | None, length: int) -> Stored:
    if found is None or found.length != length or not platform.uploads.there(found):
        return None
    return lambda: _Pieces(platform.uploads.pieces(found))


class _Pieces:
    """A stored body as something to read from."""

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


def raw_envelopes(platform: Platform, ids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of submitted envelopes, in the order asked.

    Raises:
        Missing: ``desk.no-envelope``.
    """
    with reading(platform.engine) as db:
        found = envelopes.envelopes(db, ids)
    for id in ids:
        if id not in found:
            raise Missing("desk.no-envelope", envelope=id)
    return found
