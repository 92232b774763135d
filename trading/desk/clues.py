"""What the opened bids of a lot have in common that they should not: read for the committee and the regulator, kept nowhere.

After the opening the index of every opened bid is decrypted once more from the logged answers, as it is for those who may read
the bids.  Of its form these members are looked at, where a tender's tools write them: ``made_on`` with ``mac``, ``cpu``, ``disk``
and ``dongle``; ``contact`` and ``agent``; ``manager`` with ``certificate_number``; ``bill``, lines of ``item``, ``quantity``,
``unit_price`` and ``total``.  A member of another shape was written by a bidder and says nothing.
"""

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import TypeVar

import msgspec

from archive.bodies import Outcome
from archive.database import reading
from archive.errors import Damaged, Invalid
from archive.ledger.store import since
from archive.values import money_text
from bidding import envelopes
from bidding.box import Box
from bidding.box.state import Bidder
from bidding.index import Index, read_index
from bidding.opening import Answers, keyed
from bidding.sealing import Secrets, open_body, parse_envelope
from experts.collusion import Clue, Dossier, Line, Machine, Published, clues, groups, screened
from experts.collusion.values import RULES_2026
from experts.correction import Correction, Offer, PricedLine, correct
from experts.numbers import number
from trading.desk import facts
from trading.desk.evaluation import room
from trading.desk.opening import stored
from trading.platform import Platform

T = TypeVar("T")
MAX_SEQ = 2**62


def found(platform: Platform, name: str, lot: str, given: Published | None = None) -> tuple[Clue, ...]:
    """Clues over the opened bids of a lot, and the screen that suits its method over the bids still valid."""
    told = clues(dossiers(platform, name, lot), given)
    state = room(platform, name, lot)
    if state.opened is None:
        return told
    prices = {b.id: number(money_text(b.price)) for b in state.valid}
    ceiling = number(money_text(state.opened.ceiling)) if state.opened.ceiling else None
    method = state.opened.method
    return (*told, *screened(method.formula, prices, ceiling, groups(told), RULES_2026, method.places))


def dossiers(platform: Platform, name: str, lot: str) -> tuple[Dossier, ...]:
    """The facts of every opened bid, by organisation."""
    return tuple(_dossier(bidder.org, bidder.name, index) for bidder, index in _opened(platform, name, lot))


def _opened(platform: Platform, name: str, lot: str) -> list[tuple[Bidder, Index]]:
    """Every opened bid that states a price, by organisation."""
    box = platform.ledger.state(facts.box(name, lot))
    assert isinstance(box, Box)
    bidders = {b.stream: b for b in box.bidders}
    answers = _answers(platform, facts.box(name, lot))
    made = [
        (bidders[ballot.stream], _index(platform, box, ballot.envelope, answers))
        for ballot in box.ballots
        if ballot.verdict == "opened" and ballot.form is not None and ballot.form.price
    ]
    return sorted(made, key=lambda m: m[0].org)


def corrections(platform: Platform, name: str, lot: str) -> tuple[Correction, ...]:
    """Bids whose price does not agree with itself, in the order of organisations: what holds by 87号令 59, to be confirmed.

    Besides ``bill`` the form's ``price_capitals``, ``inner_price`` and ``inner_capitals`` are looked at; capitals that are
    none are left to a clarification.
    """
    found = []
    for bidder, index in _opened(platform, name, lot):
        money = index.form.money
        assert money is not None
        capitals, inner, spelled = (_text(index.answers.get(k)) for k in ("price_capitals", "inner_price", "inner_capitals"))
        lines = tuple(PricedLine(x.item, x.quantity, x.unit_price, x.total) for x in _bill(index))
        offer = Offer(bidder.org, money_text(money), "".join(capitals), "".join(inner), "".join(spelled), lines)
        with suppress(Invalid):
            found.append(correct(offer))
    return tuple(c for c in found if c.confirm)


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
    with reading(platform.engine) as db:
        raw = envelopes.envelope(db, id)
    assert raw is not None
    envelope = parse_envelope(raw)
    seed, reopen, plain = keyed(box.rules, envelope, answers.get(id, Answers())), stored(platform, envelope)[0], BytesIO()
    if isinstance(seed, str) or reopen is None:
        raise Damaged("clues.unreadable", envelope=id)
    if not open_body(Secrets(seed, envelope.ctx), 0, envelope.bodies[0], reopen(), plain):
        raise Damaged("clues.unreadable", envelope=id)
    index = read_index(plain.getvalue(), envelope, box.tender)
    assert index is not None
    return index


def _dossier(org: str, name: str, index: Index) -> Dossier:
    form, money = index.form, index.form.money
    assert money is not None
    answers = index.answers
    machine = _as(answers.get("made_on"), Machine)
    manager = f"{form.manager} {form.certificate_number}" if form.certificate_number else ""
    return Dossier(
        id=org,
        org=org,
        price=money_text(money),
        names=(name, org),
        machines=(machine,) if machine else (),
        contacts=_text(answers.get("contact")),
        agents=_text(answers.get("agent")),
        staff=(manager,) if manager else (),
        files=tuple(line.sha256 for line in index.files),
        lines=_bill(index),
    )


def _bill(index: Index) -> tuple[Line, ...]:
    return tuple(line for line in _as(index.answers.get("bill"), tuple[Line, ...]) or () if _counts(line))


def _as(value: object, shape: type[T]) -> T | None:
    """A member of the form as what it should be, None where a bidder wrote something else."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return None


def _text(value: object) -> tuple[str, ...]:
    return (value.strip(),) if isinstance(value, str) and value.strip() else ()


def _counts(line: Line) -> bool:
    try:
        return number(line.unit_price) >= 0 and number(line.quantity) >= 0 and (not line.total or number(line.total) >= 0)
    except Invalid:
        return False
