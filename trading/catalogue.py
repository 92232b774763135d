"""交易目录: the versioned list of what must be traded here.

One stream ``catalogue/<id>`` for each publisher.  A version is published whole, after a consultation that is
on record (宁波市公共资源交易管理条例 13), and is never edited: a change is the next version, an item can only be
retired from a day on.  Days are dates of 北京时间.
"""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from msgspec.structs import replace

from archive.decider import Context, Decider, Row
from archive.errors import Refused
from archive.values import Instant, Message, Money, Value
from trading.calendar import legal_date

LEVELS = ("city", "county", "township")
"""进场级别: 市, 县, 乡."""

LAW: dict[str, str] = {
    "catalogue.not-entitled": "宁波市公共资源交易管理条例 第十三条",
    "catalogue.no-consultation": "宁波市公共资源交易管理条例 第十三条",
    "catalogue.version": "宁波市公共资源交易管理条例 第十三条",
    "catalogue.empty": "宁波市公共资源交易管理条例 第十二条",
    "catalogue.item-twice": "宁波市公共资源交易管理条例 第十二条",
    "catalogue.item-incomplete": "宁波市公共资源交易管理条例 第十三条",
    "catalogue.validity": "宁波市公共资源交易管理条例 第十三条",
    "catalogue.backdated": "宁波市公共资源交易管理条例 第十三条",
    "catalogue.no-item": "宁波市公共资源交易管理条例 第十二条",
    "catalogue.retired": "宁波市公共资源交易管理条例 第十三条",
}


class CatalogueItem(Value, frozen=True):
    """One item: 范围 (``name``, ``scope``) and 规模标准 (``threshold``), its ground, its level, its validity.

    ``kind`` is the two-digit place in the taxonomy (`trading.rulebooks.categories.KINDS`).
    """

    code: str
    kind: str
    name: str
    legal_basis: str
    level: str
    from_day: date
    scope: str = ""
    threshold: Money | None = None
    threshold_text: str = ""
    to_day: date | None = None


class Consultation(Value, frozen=True):
    """征求公众意见: when it ran and the digest of its record."""

    from_day: date
    to_day: date
    record_sha256: str


class PublishCatalogue(Message, frozen=True, tag="catalogue.publish"):
    """The next version, whole."""

    version: int
    items: tuple[CatalogueItem, ...]
    consultation: Consultation
    publisher: str


class RetireItem(Message, frozen=True, tag="catalogue.retire"):
    """An item of the version in force ends after ``to_day``."""

    code: str
    to_day: date
    reason: str


Command = PublishCatalogue | RetireItem


class CataloguePublished(Message, frozen=True, tag="catalogue.published"):
    """A version came into force."""

    at: Instant
    version: int
    items: tuple[CatalogueItem, ...]
    consultation: Consultation
    publisher: str


class ItemRetired(Message, frozen=True, tag="catalogue.retired"):
    """An item was given its last day."""

    at: Instant
    code: str
    to_day: date
    reason: str


Event = CataloguePublished | ItemRetired


class CatalogueFacts(Message, frozen=True, tag="catalogue.facts"):
    """The granted roles of the actor's organisation."""

    roles: tuple[str, ...] = ()


class Catalogue(Value, frozen=True):
    """The version in force; earlier ones stay in the log."""

    version: int = 0
    items: tuple[CatalogueItem, ...] = ()
    publisher: str = ""
    published_at: Instant = 0
    consultation: Consultation | None = None

    def item(self, code: str) -> CatalogueItem | None:
        """The item of that code in the version in force."""
        return next((i for i in self.items if i.code == code), None)


def valid_on(item: CatalogueItem, day: date) -> bool:
    """Whether a project may register under the item on that day; both ends count."""
    return item.from_day <= day and (item.to_day is None or day <= item.to_day)


def decide(state: Catalogue, command: Command, ctx: Context[CatalogueFacts | None]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`.
    """
    roles = ctx.facts.roles if ctx.facts else ()
    if ctx.actor.kind != "system" and not {"platform", "regulator"} & set(roles):
        raise Refused("catalogue.not-entitled", actor=ctx.actor.id)
    match command:
        case PublishCatalogue():
            _check_version(state, command, ctx.at)
            return (CataloguePublished(ctx.at, command.version, command.items, command.consultation, command.publisher),)
        case RetireItem():
            item = state.item(command.code)
            if item is None:
                raise Refused("catalogue.no-item", item=command.code)
            if item.to_day is not None and item.to_day <= command.to_day:
                raise Refused("catalogue.retired", item=command.code, to_day=item.to_day.isoformat())
            if command.to_day < legal_date(ctx.at):
                raise Refused("catalogue.backdated", item=command.code, to_day=command.to_day.isoformat())
            return (ItemRetired(ctx.at, command.code, command.to_day, command.reason),)
        case _:
            assert_never(command)


def _check_version(state: Catalogue, command: PublishCatalogue, at: Instant) -> None:
    if command.version != state.version + 1:
        raise Refused("catalogue.version", version=command.version, expected=state.version + 1)
    asked = command.consultation
    if not asked.record_sha256 or asked.to_day < asked.from_day or asked.to_day > legal_date(at):
        raise Refused("catalogue.no-consultation", version=command.version)
    if not command.items:
        raise Refused("catalogue.empty", version=command.version)
    seen: set[str] = set()
    for item in command.items:
        if item.code in seen:
            raise Refused("catalogue.item-twice", item=item.code)
        seen.add(item.code)
        if not (item.code and item.name and item.legal_basis and item.kind and item.level in LEVELS):
            raise Refused("catalogue.item-incomplete", item=item.code)
        if item.to_day is not None and item.to_day < item.from_day:
            raise Refused("catalogue.validity", item=item.code)


def evolve(state: Catalogue, event: Event) -> Catalogue:
    """The state after an event."""
    match event:
        case CataloguePublished():
            return Catalogue(event.version, event.items, event.publisher, event.at, event.consultation)
        case ItemRetired():
            items = tuple(replace(i, to_day=event.to_day) if i.code == event.code else i for i in state.items)
            return replace(state, items=items)
        case _:
            assert_never(event)


def rows(stream: str, state: Catalogue) -> Iterable[Row]:
    """``catalogue_item`` rows of the version in force; earlier versions are in the log."""
    owner = stream.partition("/")[2]
    for item in state.items:
        yield (
            "catalogue_item",
            (owner, state.version, item.code),
            {
                "kind": item.kind,
                "name": item.name,
                "scope": item.scope,
                "legal_basis": item.legal_basis,
                "threshold_text": item.threshold_text,
                "threshold": item.threshold.amount if item.threshold else 0,
                "currency": item.threshold.currency if item.threshold else "",
                "level": item.level,
                "from_day": item.from_day.isoformat(),
                "to_day": item.to_day.isoformat() if item.to_day else "",
                "publisher": state.publisher,
            },
        )


ACTS: dict[type[Command], str] = {PublishCatalogue: "catalogue.published", RetireItem: "catalogue.item_retired"}

DECIDER: Decider[Catalogue, Command, Event, CatalogueFacts | None] = Decider(
    kind="catalogue",
    state=Catalogue,
    commands=Command,
    events=Event,
    facts=CatalogueFacts | None,
    initial=Catalogue(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
)
