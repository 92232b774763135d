"""What the opened bids of a lot have in common that they should not: read for the committee and the regulator, kept nowhere.

After the opening the index of every opened bid is decrypted once more from the logged answers, as it is for those who may
read the bids, and so are the texts of its files (`contents`); the tender's own are taken out.  Of its form these members
are looked at, where a tender's tools write them: ``made_on`` with ``mac``, ``cpu``, ``disk`` and ``dongle``; ``contact`` and
``agent``; ``deposit_payer``; ``manager`` with ``certificate_number``; ``bill``, lines of ``item``, ``quantity``,
``unit_price`` and ``total``.  A member of another shape was written by a bidder and says nothing.
Accounts are those that the bids state and, where it is on record, that the bank confirmed.  Network addresses are those that the
submissions came from, out of the sessions' record; nothing reads them before.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec import field
from msgspec.structs import replace

from archive.canonical import decode
from archive.database import reading
from archive.errors import Invalid
from archive.values import Value, money_text
from bidding.box.state import Bidder
from bidding.index import Index
from experts.collusion import Clue, Dossier, Line, Machine, Published, clues, groups, screened
from experts.collusion.across import Round, across
from experts.collusion.values import RULES_2026
from experts.correction import Correction, Offer, PricedLine, correct
from experts.methods import LowestEvaluated, LowPriceFirst, Method
from experts.numbers import number
from trading import queries
from trading.desk import contents, deposits, plaintexts
from trading.desk.contents import Looked, Reading
from trading.desk.evaluation import room
from trading.platform import Platform

T = TypeVar("T")


class Found(Value, frozen=True):
    """Clues over the opened bids of a lot, every file of theirs that was looked at for them, the bidders' names."""

    clues: tuple[Clue, ...] = ()
    looked: tuple[Looked, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    @property
    def unread(self) -> tuple[Looked, ...]:
        """The files that people have to read themselves."""
        return tuple(file for file in self.looked if file.why)


PRIVATE = frozenset(("account", "address", "network", "device"))
"""Evidence that only the regulator is shown."""


def for_committee(found: Found) -> Found:
    """What the law presumes and the committee has to verify, without accounts and addresses."""
    told = (clue for clue in found.clues if clue.to == "panel")
    shown = (replace(c, evidence={k: v for k, v in c.evidence.items() if k not in PRIVATE}) for c in told)
    return replace(found, clues=tuple(shown))


def found(platform: Platform, name: str, lot: str, machines: tuple[Machine, ...] = ()) -> Found:
    """Clues over the opened bids of a lot, and the screen that suits its method over the bids still valid.

    ``machines`` are those that the purchaser's own files were written on.
    """
    read = plaintexts.opened(platform, name, lot)
    if not read:
        return Found()
    held = contents.of_bids(platform, name, lot, read)
    told = clues(dossiers(platform, name, lot, read, held), _given(platform, name, machines))
    told += _screens(platform, name, lot, told)
    looked = tuple(file for reading in held.values() for file in reading.looked)
    return Found(told, looked, {bidder.org: bidder.name for bidder, _ in read})


def _given(platform: Platform, name: str, machines: tuple[Machine, ...]) -> Published:
    """What the tender gave to everybody."""
    held = contents.given(platform, name)
    return Published(
        machines=machines,
        files=tuple(file.sha256 for file in held.looked),
        texts=tuple(part.text for part in held.parts),
        authors=held.authors,
        documents=held.documents,
        stamps=held.stamps,
    )


def _screens(platform: Platform, name: str, lot: str, told: tuple[Clue, ...]) -> tuple[Clue, ...]:
    state = room(platform, name, lot)
    if state.opened is None or state.priceless:
        return ()
    prices = {b.id: number(money_text(b.price)) for b in state.valid}
    ceiling = number(money_text(state.opened.ceiling)) if state.opened.ceiling else None
    method = state.opened.method
    return screened(method.formula, prices, ceiling, groups(told), RULES_2026, method.places)


def across_lots(platform: Platform) -> tuple[Clue, ...]:
    """Patterns over every awarded lot of the platform, for the regulator."""
    rounds: dict[str, Round] = {}
    with reading(platform.engine) as db:
        lines = queries.awarded(db)
    for lot, winner, bidder, price, method in lines:
        known = rounds.get(lot) or Round(lot, {}, winner, _mechanism(method))
        rounds[lot] = replace(known, prices=known.prices | {bidder: price})
    return across(list(rounds.values()))


def _mechanism(text: str) -> str:
    """How the declared method scores a price, as `experts.collusion.across` tells it; a text that is no method says nothing."""
    try:
        method = decode(text.encode(), Method)
    except Invalid:
        return ""
    return "lowest" if isinstance(method.formula, LowestEvaluated | LowPriceFirst) else "mean"


def dossiers(
    platform: Platform, name: str, lot: str, read: Sequence[tuple[Bidder, Index]], held: Mapping[str, Reading]
) -> tuple[Dossier, ...]:
    """The facts of every opened bid, by organisation: what was ``read`` of its index and what its files ``held``."""
    with reading(platform.engine) as db:
        sent = queries.senders(db, name, lot)
    made = (_dossier(bidder, index, held.get(bidder.org, Reading()), sent.get(bidder.org, ())) for bidder, index in read)
    confirmed = deposits.confirmed(platform, name, lot)
    return tuple(replace(d, payers=_payers(platform, name, d.payers, confirmed.get(d.org, ""))) for d in made)


def _payers(platform: Platform, name: str, stated: Iterable[str], confirmed: str) -> tuple[str, ...]:
    """The accounts, as digests within the tender, that the bid states and that the bank confirmed."""
    told = (*(deposits.account(platform, name, number) for number in stated), confirmed)
    return tuple(dict.fromkeys(filter(None, told)))


def corrections(platform: Platform, name: str, lot: str) -> tuple[Correction, ...]:
    """Bids whose price does not agree with itself, in the order of organisations: what holds by 87号令 59, to be confirmed.

    Besides ``bill`` the form's ``price_capitals``, ``inner_price`` and ``inner_capitals`` are looked at; capitals that are
    none are left to a clarification.
    """
    found = []
    for bidder, index in plaintexts.opened(platform, name, lot):
        money = index.form.money
        assert money is not None
        capitals, inner, spelled = (_text(index.answers.get(k)) for k in ("price_capitals", "inner_price", "inner_capitals"))
        lines = tuple(PricedLine(x.item, x.quantity, x.unit_price, x.total) for x in _bill(index))
        offer = Offer(bidder.org, money_text(money), "".join(capitals), "".join(inner), "".join(spelled), lines)
        with suppress(Invalid):
            found.append(correct(offer))
    return tuple(c for c in found if c.confirm)


def _dossier(bidder: Bidder, index: Index, held: Reading, sent: tuple[tuple[str, str, str], ...]) -> Dossier:
    form, money = index.form, index.form.money
    assert money is not None
    answers = index.answers
    machine = _as(answers.get("made_on"), Machine)
    manager = f"{form.manager} {form.certificate_number}" if form.certificate_number else ""
    return Dossier(
        id=bidder.org,
        org=bidder.org,
        price=money_text(money),
        names=(bidder.name, bidder.org),
        machines=(machine,) if machine else (),
        contacts=_text(answers.get("contact")),
        agents=_text(answers.get("agent")),
        staff=(manager,) if manager else (),
        files=tuple(line.sha256 for line in index.files),
        lines=_bill(index),
        payers=_text(answers.get("deposit_payer")),
        uploads=tuple(address for address, _, _ in sent),
        networks=tuple(network for _, network, _ in sent),
        devices=tuple(device for _, _, device in sent),
        text=held.text,
        authors=held.authors,
        documents=held.documents,
        stamps=held.stamps,
        parts=held.parts,
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
