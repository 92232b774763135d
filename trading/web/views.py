"""From the readers' rows to the values of `trading.web.shapes`: the same names, amounts joined to their currency."""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from trading.queries import Line, LotView, Page, TenderView
from trading.web.lists import NoticeLine, NoticeList, TenderLine, TenderList
from trading.web.shapes import Tender

T = TypeVar("T")

_OF_TENDER = {"estimate": "currency"}
_OF_LOT = {
    "estimate": "currency",
    "ceiling": "currency",
    "deposit": "currency",
    "price": "price_currency",
    "contract_price": "price_currency",
}
_OF_BID = {"price": "currency"}
_ALWAYS = ("estimate",)
_LISTS = ("documents", "notices", "timeline", "dues", "pauses", "objections", "questions")


def notices(page: Page) -> NoticeList:
    """A page of notices."""
    return NoticeList(lines(page.lines, NoticeLine), page.total, page.page, page.pages, page.size)


def tenders(page: Page) -> TenderList:
    """A page of tenders."""
    return TenderList(
        lines((_joined(line, _OF_TENDER) for line in page.lines), TenderLine), page.total, page.page, page.pages, page.size
    )


def tender(view: TenderView) -> Tender:
    """A tender, from what its reader may see."""
    head = _joined(view.tender, _OF_TENDER)
    parts = {
        "title": view.tender["title"] or view.tender["project_title"],
        "project": head,
        "asked": head,
        "times": head,
        "lots": [_lot(lot) for lot in view.lots],
        **{name: list(map(_plain, getattr(view, name))) for name in _LISTS},
    }
    return msgspec.convert({**head, **parts}, Tender)


def _lot(view: LotView) -> dict[str, Any]:
    line = _joined(view.lot, _OF_LOT)
    return {
        **line,
        "spec": {**line, "items": list(map(_plain, view.items))},
        "rows": [_priced(row) for row in view.opening],
        "ranking": [_joined(row, _OF_BID) for row in view.ranking],
        "rejected": list(map(_plain, view.rejected)),
        "voided": [
            {
                **_joined(former.line, {"price": "price_currency"}),
                "ranking": [_joined(row, _OF_BID) for row in former.ranking],
                "rejected": list(map(_plain, former.rejected)),
            }
            for former in view.voided
        ],
    }


def _priced(line: Line) -> dict[str, Any]:
    """A bid that states a price of nothing is another thing than one that states none."""
    joined = _joined(line, _OF_BID)
    if line["priced"]:
        joined["price"] = {"amount": line["price"], "currency": line["currency"]}
    return joined


def _joined(line: Line, amounts: dict[str, str]) -> dict[str, Any]:
    """The row with each amount as amount and currency; zero stands for "not stated" except where it cannot."""
    made = _plain(line)
    for name, currency in amounts.items():
        if name in line:
            stated = bool(line[name]) or name in _ALWAYS
            made[name] = {"amount": line[name], "currency": line.get(currency, "")} if stated else None
    return made


def _plain(line: Line) -> dict[str, Any]:
    """The row with bare strings for names; the database's own are a kind of string that the codec refuses."""
    return {str(name): value for name, value in line.items()}


def lines(rows: Iterable[Line], kind: type[T]) -> tuple[T, ...]:
    """Rows as values of one kind, by name."""
    return tuple(msgspec.convert(_plain(row), kind) for row in rows)
