"""Breaking the glass: what is sealed of one tender is read before its time by nobody alone (kind ``glass``, one for each tender).

The supervising department asks, with its reason and the legal basis; k of n custodians, named beforehand, of as many
organisations, agree; then, and for a limited time, it may read.  Request, every approval and every reading are entries.
They are withheld as long as bids are taken, since that somebody looks must not be known to bidders, and public with the
closing, so that nobody ever looked in secret.  Pure.
"""

from collections.abc import Callable
from typing import Final, assert_never

from msgspec.structs import replace

from archive.decider import Context, Decider
from archive.errors import Refused
from archive.values import MINUTE, Instant, Message, Value

LAW: dict[str, str] = {
    "glass.reader": "招标投标法实施条例 第六十二条",
    "glass.opened": "招标投标法 第二十二条",
    "glass.custodians": "招标投标法 第二十二条",
    "glass.form": "招标投标法实施条例 第六十二条",
    "glass.unknown": "招标投标法 第二十二条",
    "glass.not-custodian": "招标投标法 第二十二条",
    "glass.twice": "招标投标法 第二十二条",
    "glass.expired": "招标投标法 第二十二条",
    "glass.short": "招标投标法 第二十二条",
}

LEAST: Final = 2
"""Custodians who have to agree, at least: one alone is no glass."""
MOST_MINUTES: Final = 24 * 60


class Custodian(Value, frozen=True):
    """Who may agree: his pseudonymous id and his organisation."""

    id: str
    org: str


class AskToRead(Message, frozen=True, tag="glass.ask"):
    """The supervising department asks to read what is sealed; needs `GlassFacts`."""

    reason: str
    basis: str
    minutes: int


class Approve(Message, frozen=True, tag="glass.approve"):
    """A custodian agrees to a request, by its number; needs `GlassFacts`."""

    number: int


class Read(Message, frozen=True, tag="glass.read"):
    """Whoever asked reads; ``entries`` is how many openings are handed to him; needs `GlassFacts`."""

    number: int
    entries: int


Command = AskToRead | Approve | Read


class GlassFacts(Message, frozen=True, tag="glass.facts"):
    """Whether bids are still sealed, and for a request who the custodians are and how many have to agree."""

    sealed: bool
    custodians: tuple[Custodian, ...] = ()
    needed: int = 0


class Asked(Message, frozen=True, tag="glass.asked"):
    """A request stands until ``until``."""

    at: Instant
    number: int
    by: Custodian
    reason: str
    basis: str
    custodians: tuple[Custodian, ...]
    needed: int
    until: Instant


class Approved(Message, frozen=True, tag="glass.approved"):
    """One more custodian agrees."""

    at: Instant
    number: int
    by: Custodian


class WasRead(Message, frozen=True, tag="glass.was-read"):
    """What was sealed was read."""

    at: Instant
    number: int
    by: Custodian
    entries: int


Event = Asked | Approved | WasRead


class Request(Value, frozen=True):
    """A request and who agreed to it; ``reads`` is how often it was used."""

    number: int
    by: Custodian
    custodians: tuple[Custodian, ...]
    needed: int
    until: Instant
    approvals: tuple[Custodian, ...] = ()
    reads: int = 0


class Glass(Value, frozen=True):
    """The requests for one tender, by their numbers from 1."""

    requests: tuple[Request, ...] = ()


def decide(state: Glass, command: Command, ctx: Context[GlassFacts]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`.
    """
    told = ctx.facts
    if not told.sealed:
        raise Refused("glass.opened")
    me = Custodian(ctx.actor.id, ctx.actor.org)
    match command:
        case AskToRead():
            return (_ask(state, command, ctx, told, me),)
        case Approve():
            request = _standing(state, command.number, ctx.at)
            if me not in request.custodians:
                raise Refused("glass.not-custodian")
            if me.org in {request.by.org, *(by.org for by in request.approvals)}:
                raise Refused("glass.twice", org=me.org)
            return (Approved(ctx.at, command.number, me),)
        case Read():
            request = _standing(state, command.number, ctx.at)
            if me != request.by:
                raise Refused("glass.reader")
            if len(request.approvals) < request.needed:
                raise Refused("glass.short", approvals=len(request.approvals), needed=request.needed)
            return (WasRead(ctx.at, command.number, me, command.entries),)
        case _:
            assert_never(command)


def _ask(state: Glass, command: AskToRead, ctx: Context[GlassFacts], told: GlassFacts, me: Custodian) -> Event:
    if ctx.actor.kind != "regulator" or not me.org:
        raise Refused("glass.reader")
    if not command.reason.strip() or not command.basis.strip() or not 1 <= command.minutes <= MOST_MINUTES:
        raise Refused("glass.form", most=MOST_MINUTES)
    others = {c.org for c in told.custodians} - {me.org}
    if not LEAST <= told.needed <= len(others):
        raise Refused("glass.custodians", needed=told.needed, organisations=len(others))
    until = ctx.at + command.minutes * MINUTE
    number = len(state.requests) + 1
    return Asked(ctx.at, number, me, command.reason, command.basis, told.custodians, told.needed, until)


def _standing(state: Glass, number: int, at: Instant) -> Request:
    if not 1 <= number <= len(state.requests):
        raise Refused("glass.unknown", number=number)
    request = state.requests[number - 1]
    if at >= request.until:
        raise Refused("glass.expired", until=request.until)
    return request


def evolve(state: Glass, event: Event) -> Glass:
    """The state after an event."""
    match event:
        case Asked():
            made = Request(event.number, event.by, event.custodians, event.needed, event.until)
            return Glass((*state.requests, made))
        case Approved():
            return _changed(state, event.number, lambda r: replace(r, approvals=(*r.approvals, event.by)))
        case WasRead():
            return _changed(state, event.number, lambda r: replace(r, reads=r.reads + 1))
        case _:
            assert_never(event)


def _changed(state: Glass, number: int, change: Callable[[Request], Request]) -> Glass:
    return Glass(tuple(change(r) if r.number == number else r for r in state.requests))


ACTS: dict[type[Command], str] = {AskToRead: "glass.asked", Approve: "glass.approved", Read: "glass.read"}

DECIDER: Decider[Glass, Command, Event, GlassFacts] = Decider(
    kind="glass",
    state=Glass,
    commands=Command,
    events=Event,
    facts=GlassFacts,
    initial=Glass(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    secrecy=lambda _command: "secret",
)
