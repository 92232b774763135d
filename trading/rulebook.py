"""Which law governs a project, and the published rulebooks.

A published rulebook is never edited: a tender's first event pins its id and digest, tests hold the digests,
and a new regulation is a new entry.  The types are in `trading.rulebooks.shape`, the data beside them.  The
router follows cn-rules §1: whatever is not known makes the answer ``uncertain``; nothing is guessed.
"""

import hashlib

from archive.canonical import encode
from archive.errors import Damaged, Refused
from archive.values import Value
from trading.rulebooks.imported import IMPORTED_1
from trading.rulebooks.rs1 import RS1_2019
from trading.rulebooks.rs2 import RS2_2017
from trading.rulebooks.shape import Ground, Required, Rule, Rulebook

__all__ = [
    "UNCERTAIN", "Ground", "Required", "Route", "Rule", "Rulebook", "digest", "digest_of", "effective_books", "published",
    "route", "rulebook",
]  # fmt: skip

UNCERTAIN = "uncertain"

_TENDERS = ("open", "invited")
_NEGOTIATIONS = ("negotiation", "inquiry", "single-source")
METHODS = (*_TENDERS, *_NEGOTIATIONS, "consultation", "framework", "listing", "auction", "transfer", "imported")
"""采购/交易方式: 公开招标, 邀请招标, 竞争性谈判, 询价, 单一来源, 竞争性磋商, 框架协议, 挂牌, 拍卖, 产权转让; imported data."""


def digest(book: Rulebook) -> str:
    """SHA-256 of the rulebook's canonical bytes, in hex."""
    return hashlib.sha256(encode(book)).hexdigest()


_BOOKS: dict[str, Rulebook] = {b.id: b for b in (RS1_2019, RS2_2017, IMPORTED_1)}
_DIGESTS: dict[str, str] = {b.id: digest(b) for b in _BOOKS.values()}


def published() -> tuple[Rulebook, ...]:
    """Every rulebook ever published, oldest entry first."""
    return tuple(_BOOKS.values())


def rulebook(id: str, pinned: str = "") -> Rulebook:
    """The rulebook of that id; with ``pinned`` only if it still has that digest.

    Raises:
        Refused: ``rulebook.unknown``.
        Damaged: ``rulebook.changed`` when a published rulebook was edited.
    """
    book = _BOOKS.get(id)
    if book is None:
        raise Refused("rulebook.unknown", rulebook=id)
    if pinned and _DIGESTS[id] != pinned:
        raise Damaged("rulebook.changed", rulebook=id, pinned=pinned, found=_DIGESTS[id])
    return book


def digest_of(id: str) -> str:
    """The digest of a published rulebook.

    Raises:
        Refused: ``rulebook.unknown``.
    """
    rulebook(id)
    return _DIGESTS[id]


def effective_books(rule_set: str) -> tuple[Rulebook, ...]:
    """The rulebooks of a rule set, newest first; empty where none is published yet."""
    return tuple(sorted((b for b in _BOOKS.values() if b.rule_set == rule_set), key=lambda b: b.effective, reverse=True))


class Route(Value, frozen=True):
    """Where the router sends a project: a rule set, or `UNCERTAIN` with what is missing or does not fit."""

    rule_set: str
    missing: tuple[str, ...] = ()


def route(trade: str, method: str, mandatory: str, threshold: str, funds: str, approval: str = "") -> Route:
    """The rule set of a project (cn-rules §1).

    ``trade`` 01–05 or 90, ``method`` one of `METHODS`, ``mandatory`` and ``threshold`` ``yes``/``no``, ``funds`` fiscal,
    state, private or mixed, ``approval`` the number under which a non-public method was approved (政府采购法 26,
    条例 8–9).  Imported data needs no answers: it is governed by nothing of ours.
    """
    if method == "imported":
        return Route("RS-9")
    asked = (("trade", trade), ("method", method), ("mandatory", mandatory), ("threshold", threshold), ("funds", funds))
    answers = {"mandatory": ("yes", "no"), "threshold": ("yes", "no"), "method": METHODS}
    missing = tuple(name for name, value in asked if not value or value not in answers.get(name, (value,)))
    if missing:
        return Route(UNCERTAIN, missing)
    if _needs_approval(trade, method, mandatory, threshold) and not approval:
        return Route(UNCERTAIN, ("approval",))
    found = _table(trade, method, mandatory)
    return Route(found) if found else Route(UNCERTAIN, ("trade", "method"))


def _needs_approval(trade: str, method: str, mandatory: str, threshold: str) -> bool:
    """A method that is not public, where the law asks for the public one, stands on a recorded approval."""
    return method != "open" and ((trade == "01" and mandatory == "yes") or (trade == "02" and threshold == "yes"))


def _table(trade: str, method: str, mandatory: str) -> str:
    match trade:
        case "01" if method in _TENDERS:
            return "RS-1"
        case "01" | "02" if method in _NEGOTIATIONS and (trade == "02" or mandatory == "no"):
            return "RS-3"
        case "01" | "02" if method == "consultation" and (trade == "02" or mandatory == "no"):
            return "RS-4"
        case "02" if method in _TENDERS:
            return "RS-2"
        case "02" if method == "framework":
            return "RS-5"
        case "03" if method in ("open", "listing", "auction"):
            return "RS-6"
        case "04" if method in ("open", "listing", "auction"):
            return "RS-7"
        case "05" if method in ("open", "transfer", "auction", "negotiation"):
            return "RS-8"
        case "90" if method in METHODS:
            return "RS-9"
        case _:
            return ""
