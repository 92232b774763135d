"""Who may ask this of a tender, and whether it stands still: the guards that come before every other rule.

An organisation acts as what it is to *this* tender: its principal, its agency within a 代理合同 in force, the
trading centre, a regulator, or the platform itself by rule.  A person acts for it in the function that his account has.
"""

import re

from archive.decider import Context
from archive.errors import Refused
from archive.values import Instant
from trading.calendar import Calendar
from trading.rulebook import Rulebook, rulebook
from trading.statutes import Limit, calendar
from trading.tender import ENDED, Lot, Tender, TenderFacts

LAW: dict[str, str] = {
    "tender.not-entitled": "电子招标投标办法 第四十八条",
    "tender.suspended-actor": "电子招标投标办法 第四十八条",
    "tender.unverified-actor": "电子招标投标办法 第二十四条",
    "tender.mandate": "招标投标法 第十五条",
    "tender.paused": "招标投标法实施条例 第六十二条",
    "tender.stage": "招标投标法 第二章、第三章、第四章",
    "tender.ended": "招标投标法实施条例 第三十一条",
    "tender.no-lot": "招标投标法 第十九条",
    "tender.blind": "招标投标法 第二十二条",
    "tender.digest": "电子招标投标办法 第四十条",
    "tender.name": "公共资源交易平台系统数据规范",
}

Told = Context[TenderFacts | None]

_FUNCTIONS = {
    "principal": ("", "tenderer", "host"),
    "agency": ("", "agency", "host"),
    "platform": ("", "centre", "witness"),
    "regulator": ("", "regulator", "supervisor"),
}
_TENDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLIND = re.compile(r"[0-9a-f]{32,64}")


def facts(ctx: Told) -> TenderFacts:
    """What the desk told; nothing when it told nothing."""
    return ctx.facts or TenderFacts()


def by_system(ctx: Told) -> bool:
    """Whether the platform itself acts by rule."""
    return ctx.actor.kind == "system"


def acts_as(state: Tender, ctx: Told, scope: str = "") -> frozenset[str]:
    """What the actor is to this tender: any of system, principal, agency, platform, regulator.

    ``scope`` is what an agency's contract has to cover; with an empty scope no agency may act.  A replayed
    foreign procedure has nobody here to act in it: the system does, as everybody.
    """
    if by_system(ctx):
        replayed = state.rulebook != "" and rulebook(state.rulebook).flag("replayed")
        return frozenset({"system", "principal", "platform"} if replayed else {"system"})
    told, project, org, role = facts(ctx), state.project, ctx.actor.org, ctx.actor.role
    if project is None or not org or told.suspended:
        return frozenset()
    found: set[str] = {r for r in ("platform", "regulator") if r in told.roles and role in _FUNCTIONS[r]}
    if org == project.principal and "principal" in told.roles and role in _FUNCTIONS["principal"]:
        found.add("principal")
    if org == project.agency and "agency" in told.roles and role in _FUNCTIONS["agency"] and covers(state, ctx, scope):
        found.add("agency")
    return frozenset(found)


def covers(state: Tender, ctx: Told, scope: str) -> bool:
    """Whether the told 代理合同 is this principal's with this agency, in force, and covers the matter."""
    held, project = facts(ctx).mandate, state.project
    if held is None or project is None or not scope:
        return False
    parties = held.principal == project.principal and held.agency == project.agency
    named = not held.projects or state.id in held.projects
    return parties and named and scope in held.scopes and held.from_at <= ctx.at < held.to_at


def require(state: Tender, ctx: Told, *allowed: str, scope: str = "") -> None:
    """Refuse an actor that is none of ``allowed`` to this tender.

    Raises:
        Refused: ``tender.suspended-actor``, ``tender.mandate`` or ``tender.not-entitled``.
    """
    if acts_as(state, ctx, scope) & set(allowed):
        return
    if facts(ctx).suspended and not by_system(ctx):
        raise Refused("tender.suspended-actor", actor=ctx.actor.id)
    project = state.project
    if project is not None and ctx.actor.org and ctx.actor.org == project.agency and "agency" in allowed:
        raise Refused("tender.mandate", scope=scope, org=ctx.actor.org)
    raise Refused("tender.not-entitled", actor=ctx.actor.id, allowed=list(allowed))


def running(state: Tender) -> None:
    """Refuse while any pause holds.

    Raises:
        Refused: ``tender.paused``.
    """
    if state.pauses:
        raise Refused("tender.paused", pauses=[p.id for p in state.pauses], paused_at=state.paused_at)


def at_stage(state: Tender, *stages: str) -> None:
    """Refuse a tender that is not in one of ``stages``.

    Raises:
        Refused: ``tender.stage``.
    """
    if state.stage not in stages:
        raise Refused("tender.stage", stage=state.stage or "none", allowed=list(stages))


def lot_at(state: Tender, id: str, *stages: str) -> Lot:
    """The live lot ``id``, if it is in one of ``stages``.

    Raises:
        Refused: ``tender.no-lot`` or ``tender.stage``.
    """
    lot = state.lot(id)
    if lot is None:
        raise Refused("tender.no-lot", lot=id)
    if lot.stage not in stages:
        raise Refused("tender.stage", stage=lot.stage, allowed=list(stages), lot=id)
    return lot


def alive(state: Tender) -> None:
    """Refuse a tender that is at its end.

    Raises:
        Refused: ``tender.stage`` before registration, ``tender.ended`` after the end.
    """
    if not state.stage:
        raise Refused("tender.stage", stage="none", allowed=["filed"])
    if state.stage in ("refused", "terminated", "failed", "archived"):
        raise Refused("tender.ended", stage=state.stage, ended_at=state.ended_at)


def unarchived(state: Tender) -> None:
    """Refuse what would come after the archive: with it the stream is at its end.

    Raises:
        Refused: ``tender.ended``.
    """
    if state.stage == "archived":
        raise Refused("tender.ended", stage=state.stage, ended_at=state.ended_at)


def sha256(value: str, field: str) -> str:
    """A SHA-256 in lower-case hex.

    Raises:
        Refused: ``tender.digest``.
    """
    if not _SHA256.fullmatch(value):
        raise Refused("tender.digest", field=field)
    return value


def blind(value: str) -> str:
    """At least 128 bits of hex that keep a withheld entry from being guessed.

    Raises:
        Refused: ``tender.blind``.
    """
    if not _BLIND.fullmatch(value):
        raise Refused("tender.blind")
    return value


def tender_name(value: str) -> str:
    """A tender's id, 1 to 40 characters.

    Raises:
        Refused: ``tender.name``.
    """
    if not _TENDER_ID.fullmatch(value):
        raise Refused("tender.name", name=value[:60])
    return value


def lot_name(value: str) -> str:
    """A lot's id, or any other short name inside a tender, 1 to 20 characters.

    Raises:
        Refused: ``tender.name``.
    """
    if not _LOT_ID.fullmatch(value):
        raise Refused("tender.name", name=value[:60])
    return value


def law_of(state: Tender) -> tuple[Rulebook, Calendar]:
    """The pinned rulebook and calendar.

    Raises:
        Damaged: ``rulebook.changed`` when the published rulebook is not the pinned one any more.
    """
    return rulebook(state.rulebook, state.rulebook_digest), calendar(state.calendar)


def stretched(state: Tender, limit: Limit | None, start: Instant) -> Limit | None:
    """The limit moved by the standstills that its period ran across: a pause keeps the time that was left."""
    if limit is None:
        return None
    at = later(state, start, limit.at)
    return Limit(limit.key, limit.rule, limit.kind, at, limit.article, limit.trust, limit.provisional)


def later(state: Tender, start: Instant, end: Instant) -> Instant:
    """``end`` moved by every standstill that began between ``start`` and it."""
    for stood in state.stood:
        if start <= stood.from_at < end:
            end += stood.to_at - stood.from_at
    return end


def ended(lot: Lot) -> bool:
    """Whether the lot's life is over."""
    return lot.stage in ENDED or lot.stage == "completed"
