"""The state of a panel and how events change it.  Pure; `evolve` never raises."""

from typing import assert_never

from msgspec import field
from msgspec.structs import replace

from archive.values import Instant, Value, parse_time
from experts.beacon import MARGIN, QUICKNET
from experts.panel.events import (
    Appointment,
    AppointmentDecided,
    BiddersScreened,
    CallDelivered,
    DepthAlarm,
    DrawExecuted,
    DrawFailed,
    DrawPlanned,
    DrawPublished,
    Event,
    ExpertCalled,
    ExpertsAppointed,
    NonceCommitted,
    NonceRevealed,
    PanelCompleted,
    PanelDisclosed,
    PanelDissolved,
    PanelRecalled,
    ReplyRecorded,
    RepresentativesNamed,
    SeatExhausted,
    SeatReplaced,
    SeatVacated,
)
from experts.panel.messages import (
    Named,
    Skip,
    SnapshotRef,
    VrfProof,
)
from experts.plan import Plan, SealedPart, Selected


class Seat(Value, frozen=True):
    """A seat: whom it fell to, and ``drawn``, ``called``, ``accepted``, ``vacant`` or ``exhausted``.

    ``id`` of a vacant seat is who left it; ``channel`` is that of the seat's last call, ``deliveries`` the digests of the
    carrier's records, the last of them of the attempt ``delivered``.
    """

    cat: str
    position: int
    id: str
    rc: str
    state: str = "drawn"
    calls: int = 0
    called_at: Instant = 0
    channel: str = ""
    delivered: int = 0
    deliveries: tuple[str, ...] = ()


class Draw(Value, frozen=True):
    """The one draw of this panel, with its inputs."""

    at: Instant
    seed: str
    ctx1: str
    withheld: tuple[str, ...]
    sealed: SealedPart
    salt: str
    signature: str
    proofs: tuple[VrfProof, ...]
    selected: tuple[Selected, ...]
    lengths: dict[str, int]
    counts: dict[str, dict[str, int]]
    widened: dict[str, tuple[str, ...]]
    result: str
    published: bool = False


class Reply(Value, frozen=True):
    """A line of the reply log: reply or ground of leaving."""

    at: Instant
    seat: int
    id: str
    kind: str
    evidence: str = ""


class Replacement(Value, frozen=True):
    """A line of the replacement log; position -1 and no id when the list was exhausted."""

    seat: int
    vacated: str
    skipped: tuple[Skip, ...]
    selected: Selected | None = None


class Panel(Value, frozen=True):
    """The panel of one lot; ``phase`` is new, planned, appointing, failed, drawn, stopped, complete, disclosed or
    dissolved.

    ``left`` are all who ever left a seat, in any attempt; ``furthest`` the furthest position reached per category.  Where
    there is an ``appointment`` there is no draw, and ``records`` are the record files of whom it named, by SHA-256.
    """

    phase: str = "new"
    plan: Plan | None = None
    snapshot: SnapshotRef | None = None
    ctx: str = ""
    planned_at: Instant = 0
    commits: dict[str, str] = field(default_factory=dict)
    escrows: dict[str, str] = field(default_factory=dict)
    reveals: dict[str, str] = field(default_factory=dict)
    draw: Draw | None = None
    seats: tuple[Seat, ...] = ()
    furthest: dict[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    contacts: int = 0
    alarm: int = 0
    alarmed: bool = False
    bidders: tuple[str, ...] = ()
    screened_at: Instant = 0
    representatives: tuple[Named, ...] = ()
    members: tuple[Named, ...] = ()
    completed_at: Instant = 0
    award: str = ""
    appointment: Appointment | None = None
    records: tuple[str, ...] = ()


def reveal_deadline(plan: Plan) -> Instant:
    """Until when nonces are revealed."""
    return parse_time(plan.reveal_deadline)


def last_input(plan: Plan) -> Instant:
    """When the last input can first be known: the beacon's round, or the end of the escrow's time."""
    floor = reveal_deadline(plan) + MARGIN
    return max(floor, QUICKNET.time(plan.beacon.round)) if plan.beacon.type != "none" else floor


def evolve(state: Panel, event: Event) -> Panel:
    """The state after an event."""
    match event:
        case DrawPlanned():
            # A new attempt starts over, but for those who have left a seat: none of them takes another one.
            return Panel(
                phase="planned",
                plan=event.plan,
                snapshot=event.snapshot,
                ctx=event.ctx,
                planned_at=event.at,
                alarm=event.alarm,
                left=state.left,
                bidders=state.bidders,
                screened_at=state.screened_at,
            )
        case AppointmentDecided():
            return Panel(
                phase="appointing",
                plan=event.plan,
                planned_at=event.at,
                left=state.left,
                bidders=state.bidders,
                screened_at=state.screened_at,
                appointment=event.appointment,
            )
        case ExpertsAppointed():
            held = dict(enumerate(state.seats))
            for at, one in zip(event.seats, event.experts, strict=True):
                channel = held[at].channel if at in held else ""
                held[at] = Seat(one.cat, -1, one.id, "", channel=channel)
            seats = tuple(held[at] for at in sorted(held))
            return replace(state, phase="drawn", seats=seats, records=(*state.records, event.records))
        case NonceCommitted():
            escrows = {**state.escrows, event.role: event.escrow} if event.escrow else state.escrows
            return replace(state, commits={**state.commits, event.role: event.c}, escrows=escrows)
        case NonceRevealed():
            return replace(state, reveals={**state.reveals, event.role: event.r})
        case DrawExecuted():
            return _drawn(state, event)
        case DrawFailed():
            return replace(state, phase="failed")
        case DrawPublished():
            return replace(state, draw=replace(state.draw, published=True) if state.draw else None)
        case ExpertCalled():
            seat = replace(
                state.seats[event.seat], state="called", calls=event.attempt, called_at=event.at, channel=event.channel
            )
            return replace(state, seats=_put(state, event.seat, seat), contacts=state.contacts + (event.attempt == 1))
        case CallDelivered():
            seat = state.seats[event.seat]
            seat = replace(seat, delivered=event.attempt, deliveries=(*seat.deliveries, event.evidence))
            return replace(state, seats=_put(state, event.seat, seat))
        case DepthAlarm():
            return replace(state, alarmed=True)
        case ReplyRecorded():
            known = replace(state, replies=(*state.replies, Reply(event.at, event.seat, event.id, event.reply, event.evidence)))
            if event.reply == "accept":
                return replace(known, seats=_put(state, event.seat, replace(state.seats[event.seat], state="accepted")))
            return _vacated(known, event.seat)
        case SeatVacated():
            replies = (*state.replies, Reply(event.at, event.seat, event.id, event.ground, event.evidence))
            return _vacated(replace(state, replies=replies), event.seat)
        case SeatReplaced():
            chosen = event.selected
            line = Replacement(event.seat, event.vacated, event.skipped, chosen)
            channel = state.seats[event.seat].channel
            seat = Seat(chosen.cat, chosen.position, chosen.id, chosen.rc, channel=channel)
            return replace(
                state,
                seats=_put(state, event.seat, seat),
                furthest={**state.furthest, chosen.cat: chosen.position},
                replacements=(*state.replacements, line),
            )
        case SeatExhausted():
            line = Replacement(event.seat, event.vacated, event.skipped)
            seats = _put(state, event.seat, replace(state.seats[event.seat], state="exhausted"))
            return replace(state, phase="stopped", seats=seats, replacements=(*state.replacements, line))
        case BiddersScreened():
            return replace(state, bidders=event.orgs, screened_at=event.at)
        case RepresentativesNamed():
            return replace(state, representatives=event.representatives)
        case PanelCompleted():
            return replace(state, phase="complete", completed_at=event.at)
        case PanelRecalled():
            return replace(state, phase="complete", members=(), award="")
        case PanelDissolved():
            left = tuple(dict.fromkeys((*state.left, *(s.id for s in state.seats))))
            return replace(state, phase="dissolved", left=left, members=(), award="", screened_at=0)
        case PanelDisclosed():
            return replace(state, phase="disclosed", members=event.members, award=event.award)
        case _:
            assert_never(event)


def _drawn(state: Panel, event: DrawExecuted) -> Panel:
    furthest: dict[str, int] = {}
    for chosen in event.selected:
        furthest[chosen.cat] = max(chosen.position, furthest.get(chosen.cat, -1))
    draw = Draw(
        event.at,
        event.seed,
        event.ctx1,
        event.withheld,
        event.sealed,
        event.salt,
        event.signature,
        event.proofs,
        event.selected,
        event.lengths,
        event.counts,
        event.widened,
        event.result,
    )
    seats = tuple(Seat(s.cat, s.position, s.id, s.rc) for s in event.selected)
    return replace(state, phase="drawn", draw=draw, seats=seats, furthest=furthest)


def _vacated(state: Panel, seat: int) -> Panel:
    gone = state.seats[seat]
    # A completed panel that loses a member is no panel until the seat is filled again.
    phase = "drawn" if state.phase == "complete" else state.phase
    return replace(state, phase=phase, seats=_put(state, seat, replace(gone, state="vacant")), left=(*state.left, gone.id))


def _put(state: Panel, at: int, seat: Seat) -> tuple[Seat, ...]:
    return (*state.seats[:at], seat, *state.seats[at + 1 :])
