"""Who came in, who was turned away, who looked at what: one stream ``session/<id>`` for each session.

Watchers are logged too (电子招标投标办法 48–50; a denial is itself an event).  Entries are withheld from the
public: reading habits before an opening would tell who is interested.  ``Viewed`` is for reads of confidential
data only; ordinary page views are no acts.
"""

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from archive.decider import Context, Decider, Row
from archive.errors import Refused
from archive.values import Instant, Message, Value

LAW: dict[str, str] = {
    "session.open": "电子招标投标办法 第四十九条",
    "session.none": "电子招标投标办法 第四十九条",
    "session.closed": "电子招标投标办法 第四十九条",
    "session.other": "电子招标投标办法 第四十九条",
}


class LogIn(Message, frozen=True, tag="session.log-in"):
    """A person proved who he is: by ``means`` (password, certificate, token)."""

    means: str


class FailLogIn(Message, frozen=True, tag="session.fail"):
    """A log-in attempt failed; ``account`` is a keyed digest of the name that was tried."""

    account: str
    why: str


class Deny(Message, frozen=True, tag="session.deny"):
    """Something was asked for and not given: what, and under which code."""

    what: str
    code: str


class View(Message, frozen=True, tag="session.view"):
    """A confidential stream or blob was read."""

    what: str
    purpose: str = ""


class Place(Value, frozen=True):
    """Where something came from, as digests of address, network and device."""

    address: str
    network: str
    device: str


class HandIn(Message, frozen=True, tag="session.hand-in"):
    """A submission went on record from a network address, with what the sender's tool calls itself (电子招标投标办法 50).

    ``address``, its ``network`` and the ``device`` in it are digests under the platform's key, of their own in each tender;
    ``uploads`` are where the bodies of the submission were sent from.
    """

    tender: str
    lot: str
    event: str
    address: str
    client: str = ""
    network: str = ""
    device: str = ""
    uploads: tuple[Place, ...] = ()


class LogOut(Message, frozen=True, tag="session.log-out"):
    """The session ended; ``why`` is asked, expired or revoked."""

    why: str = ""


Command = LogIn | FailLogIn | Deny | View | HandIn | LogOut


class LoggedIn(Message, frozen=True, tag="session.logged-in"):
    """The session begins."""

    at: Instant
    actor: str
    org: str
    means: str


class LogInFailed(Message, frozen=True, tag="session.login-failed"):
    """An attempt failed."""

    at: Instant
    account: str
    why: str


class Denied(Message, frozen=True, tag="session.denied"):
    """A request was turned away."""

    at: Instant
    what: str
    code: str


class Viewed(Message, frozen=True, tag="session.viewed"):
    """Confidential data was read."""

    at: Instant
    what: str
    purpose: str = ""


class HandedIn(Message, frozen=True, tag="session.handed-in"):
    """Where a submission came from: private, and asked for by nobody before the opening."""

    at: Instant
    tender: str
    lot: str
    event: str
    address: str
    client: str = ""
    network: str = ""
    device: str = ""
    uploads: tuple[Place, ...] = ()


class LoggedOut(Message, frozen=True, tag="session.logged-out"):
    """The session ended."""

    at: Instant
    why: str = ""


Event = LoggedIn | LogInFailed | Denied | Viewed | HandedIn | LoggedOut


class Session(Value, frozen=True):
    """A session: whose it is, how much it did, when it ended."""

    actor: str = ""
    org: str = ""
    means: str = ""
    began_at: Instant = 0
    last_at: Instant = 0
    ended_at: Instant = 0
    views: int = 0
    denials: int = 0
    failures: int = 0
    handed_in: tuple[HandedIn, ...] = ()


def decide(state: Session, command: Command, ctx: Context[None]) -> tuple[Event, ...]:
    """The rules.  Denials and failures are recorded with or without a session; a closed one takes nothing more.

    Raises:
        Refused: one of the codes in `LAW`.
    """
    if state.ended_at:
        raise Refused("session.closed", ended_at=state.ended_at)
    match command:
        case LogIn():
            if state.began_at:
                raise Refused("session.open", began_at=state.began_at)
            return (LoggedIn(ctx.at, ctx.actor.id, ctx.actor.org, command.means),)
        case FailLogIn():
            return (LogInFailed(ctx.at, command.account, command.why),)
        case Deny():
            return (Denied(ctx.at, command.what, command.code),)
        case View():
            _own(state, ctx)
            return (Viewed(ctx.at, command.what, command.purpose),)
        case HandIn():
            _own(state, ctx)
            sent = command
            place = sent.address[:64], sent.client[:200], sent.network[:64], sent.device[:64]
            return (HandedIn(ctx.at, sent.tender, sent.lot, sent.event, *place, sent.uploads),)
        case LogOut():
            if ctx.actor.kind != "system":
                _own(state, ctx)
            elif not state.began_at:
                raise Refused("session.none")
            return (LoggedOut(ctx.at, command.why),)
        case _:
            assert_never(command)


def _own(state: Session, ctx: Context[None]) -> None:
    if not state.began_at:
        raise Refused("session.none")
    if ctx.actor.id != state.actor:
        raise Refused("session.other")


def evolve(state: Session, event: Event) -> Session:
    """The state after an event."""
    match event:
        case LoggedIn():
            return replace(state, actor=event.actor, org=event.org, means=event.means, began_at=event.at, last_at=event.at)
        case LogInFailed():
            return replace(state, failures=state.failures + 1, last_at=event.at)
        case Denied():
            return replace(state, denials=state.denials + 1, last_at=event.at)
        case HandedIn():
            return replace(state, handed_in=(*state.handed_in, event), last_at=event.at)
        case Viewed():
            return replace(state, views=state.views + 1, last_at=event.at)
        case LoggedOut():
            return replace(state, ended_at=event.at, last_at=event.at)
        case _:
            assert_never(event)


def rows(stream: str, state: Session) -> Iterable[Row]:
    """One ``session_record`` row, and one ``session_hand_in`` row for each submission and each place its bodies came from."""
    if state == Session():
        return
    yield (
        "session_record",
        (stream.partition("/")[2],),
        {
            "actor": state.actor,
            "org": state.org,
            "means": state.means,
            "began_at": state.began_at,
            "last_at": state.last_at,
            "ended_at": state.ended_at,
            "views": state.views,
            "denials": state.denials,
            "failures": state.failures,
        },
    )
    name, n = stream.partition("/")[2], 0
    for sent in state.handed_in:
        first = (Place(sent.address, sent.network, sent.device), sent.client)
        for place, client in (first, *((upload, "") for upload in sent.uploads)):
            yield (
                "session_hand_in",
                (name, n),
                {
                    "org": state.org,
                    "at": sent.at,
                    "tender": sent.tender,
                    "lot": sent.lot,
                    "event": sent.event,
                    "address": place.address,
                    "client": client,
                    "network": place.network,
                    "device": place.device,
                },
            )
            n += 1


ACTS: dict[type[Command], str] = {
    LogIn: "session.logged_in",
    FailLogIn: "session.login_failed",
    Deny: "session.denied",
    View: "session.viewed",
    HandIn: "session.handed_in",
    LogOut: "session.logged_out",
}

DECIDER: Decider[Session, Command, Event, None] = Decider(
    kind="session",
    state=Session,
    commands=Command,
    events=Event,
    facts=None,
    initial=Session(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
    secrecy=lambda _command: "secret",
)
