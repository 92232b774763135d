"""Opened bids read again: the index of every one decrypted once more from the logged answers, for those who may read the bids.

Nothing of it is kept.  The box forgets the answers when its opening is over; the log does not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO

import msgspec

from archive.bodies import Outcome
from archive.database import reading
from archive.errors import Damaged
from archive.ledger.store import since
from bidding.box import Box
from bidding.box.state import Bidder
from bidding.index import FileLine, Index, read_index
from bidding.opening import Answers, keyed
from bidding.sealing import Secrets, open_body, parse_envelope
from experts.evaluation.messages import Brand
from trading.desk import facts
from trading.desk.verdicts import raw_envelopes, stored
from trading.platform import Platform

MAX_SEQ = 2**62


@dataclass(frozen=True, slots=True)
class _Read:
    """One opened envelope of a bid and its index."""

    bidder: Bidder
    envelope: str
    index: Index


def opened(platform: Platform, name: str, lot: str) -> list[tuple[Bidder, Index]]:
    """Every opened bid that states a price, by organisation; of two envelopes what both say, the price's where they differ."""
    found: dict[str, _Read] = {}
    for read in _reads(platform, name, lot):
        first = found.get(read.bidder.org)
        found[read.bidder.org] = read if first is None else replace(read, index=_joined(first.index, read.index))
    return sorted(((r.bidder, r.index) for r in found.values() if _priced(r.index)), key=lambda m: m[0].org)


def _priced(index: Index) -> bool:
    money = index.form.money
    return money is not None and money.amount > 0


def _joined(technical: Index, price: Index) -> Index:
    said = {k: v for k, v in technical.answers.items() if k != "price"}
    return Index(price.form, {**said, **price.answers}, technical.files + price.files, price.certificates)


def _reads(platform: Platform, name: str, lot: str) -> list[_Read]:
    """Every opened envelope, in the order of stages."""
    box = platform.ledger.state(facts.box(name, lot))
    assert isinstance(box, Box)
    bidders = {b.stream: b for b in box.bidders}
    answers = _answers(platform, facts.box(name, lot))
    return [
        # What was read out: a price in a technical envelope is none.
        _Read(bidders[ballot.stream], ballot.envelope, replace(_index(platform, box, ballot.envelope, answers), form=ballot.form))
        for ballot in box.ballots
        if ballot.verdict == "opened" and ballot.form is not None
    ]


def _answers(platform: Platform, stream: str) -> dict[str, Answers]:
    """What trustees and bidders answered, by envelope, out of the log: the box forgets it when its opening is over."""
    kind, found = platform.ledger.kinds["box"], dict[str, Answers]()
    with reading(platform.engine) as db:
        entries = [body for _, body, _, _ in since(db, stream, 0, MAX_SEQ)]
    state: Box = kind.decider.initial
    for raw in entries:
        outcome = kind.read(raw).data.outcome
        for event in outcome.events if isinstance(outcome, Outcome) and isinstance(outcome.events, tuple) else ():
            state = kind.decider.evolve(state, event)
        found |= {b.envelope: b.answers for b in state.ballots if b.answers != Answers()}
    return found


def _index(platform: Platform, box: Box, id: str, answers: Mapping[str, Answers]) -> Index:
    """The index of an envelope that was opened.

    Raises:
        Damaged: ``clues.unreadable`` when its stored bytes are no longer what they were at the opening.
    """
    envelope = parse_envelope(raw_envelopes(platform, [id])[id])
    seed, reopen, plain = keyed(box.rules, envelope, answers.get(id, Answers())), stored(platform, [envelope])[0][0], BytesIO()
    if isinstance(seed, str) or reopen is None:
        raise Damaged("clues.unreadable", envelope=id)
    if not open_body(Secrets(seed, envelope.ctx), 0, envelope.bodies[0], reopen(), plain).good:
        raise Damaged("clues.unreadable", envelope=id)
    index = read_index(plain.getvalue(), envelope, box.tender)
    assert index is not None
    return index


@dataclass
class _Kept:
    """A sink that keeps some stretches of what passes: offset → length wanted, and the bytes."""

    wanted: dict[int, int]
    kept: dict[int, bytearray] = field(default_factory=dict)
    at: int = 0

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """The next bytes."""
        end = self.at + len(data)
        for offset, length in self.wanted.items():
            low, high = max(offset, self.at), min(offset + length, end)
            if low < high:
                self.kept.setdefault(offset, bytearray()).extend(data[low - self.at : high - self.at])
        self.at = end
        return len(data)


def attachments(
    platform: Platform, name: str, lot: str, wanted: Mapping[str, Sequence[FileLine]]
) -> Iterator[tuple[str, list[bytes]]]:
    """By organisation, one after another: the bytes of the wanted files of its opened bid."""
    box = platform.ledger.state(facts.box(name, lot))
    assert isinstance(box, Box)
    answers = _answers(platform, facts.box(name, lot))
    reads = _reads(platform, name, lot)
    for org, chosen in wanted.items():
        said: dict[FileLine, bytes] = {}
        for read in reads:
            own = [f for f in chosen if f in read.index.files] if read.bidder.org == org else []
            if own:
                lengths = {f.offset: f.length for f in own}
                kept = _kept(platform, box, read.envelope, answers.get(read.envelope, Answers()), lengths)
                said |= {f: bytes(kept.get(f.offset, b"")) for f in own}
        yield org, [said.get(f, b"") for f in chosen]


def _kept(platform: Platform, box: Box, id: str, answers: Answers, wanted: dict[int, int]) -> dict[int, bytearray]:
    envelope = parse_envelope(raw_envelopes(platform, [id])[id])
    seed, reopen, sink = keyed(box.rules, envelope, answers), stored(platform, [envelope])[0][1], _Kept(wanted)
    if isinstance(seed, str) or reopen is None:
        raise Damaged("clues.unreadable", envelope=id)
    if not open_body(Secrets(seed, envelope.ctx), 1, envelope.bodies[1], reopen(), sink).good:
        raise Damaged("clues.unreadable", envelope=id)
    return sink.kept


def brands(platform: Platform, name: str, lot: str, core: Sequence[str]) -> dict[str, tuple[Brand, ...]]:
    """By organisation: the brands of the core products that its form states under ``brands``, a list of product and brand.

    A member of another shape says nothing, and of a product that is named twice the first line holds.
    """
    found: dict[str, tuple[Brand, ...]] = {}
    for bidder, index in opened(platform, name, lot) if core else ():
        try:
            said = msgspec.convert(index.answers.get("brands", ()), tuple[Brand, ...])
        except msgspec.ValidationError:
            said = ()
        first = {x.product: x for x in reversed(said) if x.product in core and x.brand.strip()}
        found[bidder.org] = tuple(Brand(c, first[c].brand.strip()[:200]) for c in core if c in first)
    return found
