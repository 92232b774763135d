"""The evaluation report as data (evaluation D5), its digest, and who signs it.  Pure."""

from typing import Final

from msgspec import field
from msgspec.structs import replace

from archive.canonical import encode
from archive.decider import Context
from archive.errors import Refused
from archive.values import Instant, Value, money_text
from experts.brands import GROUND, foremost
from experts.correction import Correction
from experts.encoding import digest
from experts.evaluation.common import opened, ready, seat_of
from experts.evaluation.events import (
    BidRejected,
    BidsPlaced,
    DissentRecorded,
    Event,
    MarkCorrected,
    Placed,
    ReportReopened,
    ReportSigned,
    ReportSubmitted,
    ReportVoided,
    SigningRefused,
    Summarised,
    Summary,
    Yielded,
)
from experts.evaluation.marking import CORRECTIONS, covers
from experts.evaluation.messages import (
    ROOM,
    ClauseVote,
    Fallen,
    Marks,
    OpenRoom,
    RecordDissent,
    RefuseSign,
    ReopenReport,
    SignReport,
    VoidReport,
)
from experts.evaluation.state import BRAND, Clarification, Confirmation, Former, LowPrice, Room, Seat
from experts.evaluation.summary import summarise
from experts.methods import LowestEvaluated, Method
from experts.numbers import number
from experts.scoring import disunited


class Report(Value, frozen=True):
    """What members sign: everything the panel found.  Dissents and signatures stand beside it, each its member's own entry.

    ``draw`` and ``opening`` name the records of the draw and of the opening; times are the log's.  ``former`` are the reports
    that this one stands instead of, each with the order that made it void.
    """

    method: Method
    rule_set: str
    draw: str
    opening: str
    opened_at: Instant
    summarised_at: Instant
    members: tuple[Seat, ...]
    leader: str
    drawn: dict[str, str]
    reviews: dict[str, dict[str, tuple[ClauseVote, ...]]]
    rejected: tuple[BidRejected, ...]
    clarifications: tuple[Clarification, ...]
    low_prices: dict[str, LowPrice]
    competition: str
    marks: dict[str, Marks]
    corrected: tuple[MarkCorrected, ...]
    reopened: tuple[ReportReopened, ...]
    extensions: int
    summary: Summary
    corrections: tuple[Correction, ...] = ()
    confirmations: dict[str, Confirmation] = field(default_factory=dict)
    locked_at: Instant = 0
    admitted: tuple[str, ...] = ()
    priced_at: Instant = 0
    fallen: tuple[Fallen, ...] = ()
    former: tuple[Former, ...] = ()


def report_of(state: Room, room: OpenRoom, summary: Summary) -> Report:
    """The report of a room with a summary."""
    return Report(
        method=room.method,
        rule_set=room.rule_set,
        draw=state.draw,
        opening=room.opening,
        opened_at=state.opened_at,
        summarised_at=state.summarised_at,
        members=state.seats,
        leader=state.leader,
        drawn=room.drawn,
        reviews=state.reviews,
        rejected=state.rejected,
        clarifications=state.clarifications,
        low_prices=state.low_prices,
        competition=state.competition,
        marks=state.marks,
        corrected=state.corrected,
        reopened=state.reopened,
        extensions=state.extensions,
        summary=summary,
        corrections=room.corrections,
        confirmations=state.confirmations,
        locked_at=state.locked_at,
        admitted=state.admitted,
        priced_at=state.priced_at,
        fallen=state.fallen,
        former=state.former,
    )


def report_digest(report: Report) -> str:
    """SHA-256 of the report's canonical JSON, in hex."""
    return digest(encode(report)).hex()


PART: Final = 150
"""Places in one entry at most; a ranking of more comes in parts (`place`)."""


def conclude(state: Room, ctx: Context[None]) -> tuple[Event, ...]:
    """Compute; refused while anything is open: reviews, corrections, price reviews, marks, unanimity, competition.

    Under the lowest price the dearer bids of one brand fall out first (87号令 31).  What was placed before is not said again.
    """
    room, dearer, left, summary = _computed(state, ctx)
    stated = replace(left, summarised_at=ctx.at, placed=None)
    ranking, yielded = _rest(state, summary)
    said = replace(summary, ranking=ranking, yielded=yielded) if state.placed else summary
    return (*dearer, Summarised(ctx.at, said, report_digest(report_of(stated, room, summary))))


def place(state: Room, ctx: Context[None]) -> tuple[Event, ...]:
    """The next `PART` of a ranking that is longer than that, or first of the dearer bids that fall out of it."""
    _, dearer, _, summary = _computed(state, ctx)
    if dearer:
        return tuple(dearer[:PART])
    ranking, yielded = _rest(state, summary)
    if len(ranking) + len(yielded) <= PART:
        raise Refused("room.part", member=ROOM)
    return (BidsPlaced(ctx.at, ranking[:PART], yielded[: max(0, PART - len(ranking))]),)


def long(state: Room) -> bool:
    """Whether the ranking of the bids that are in has more left to be placed than fits one entry."""
    done = len(state.placed.ranking) + len(state.placed.yielded) if state.placed else 0
    return len(state.valid) - done > PART


def _computed(state: Room, ctx: Context[None]) -> tuple[OpenRoom, list[BidRejected], Room, Summary]:
    room = opened(state, "open")
    ready(state)
    if "conformity" not in state.concluded:
        raise Refused("room.stage", stage="conformity")
    if state.unconfirmed:
        raise Refused("room.correction.open", bid=state.unconfirmed[0])
    pending = [b.id for b in state.valid if b.id in state.low_prices and not state.low_prices[b.id].finding]
    if pending:
        raise Refused("room.price-review", bid=pending[0])
    failed = _failure(state, room)
    if not failed:
        if state.priceless:
            raise Refused("room.prices-sealed")
        complete(state, room)
    dearer = _dearer(state, room, ctx.at)
    left = replace(state, rejected=(*state.rejected, *dearer))
    return room, dearer, left, summarise(left, room, failed)


def _rest(state: Room, summary: Summary) -> tuple[tuple[Placed, ...], tuple[Yielded, ...]]:
    """What is still to be placed.

    Raises:
        Refused: ``room.part`` when what was placed is not the beginning of this ranking.
    """
    if state.placed is None:
        return summary.ranking, summary.yielded
    n, m = len(state.placed.ranking), len(state.placed.yielded)
    if (state.placed.ranking, state.placed.yielded) != (summary.ranking[:n], summary.yielded[:m]):
        raise Refused("room.part", member=ROOM)
    return summary.ranking[n:], summary.yielded[m:]


def _dearer(state: Room, room: OpenRoom, at: Instant) -> list[BidRejected]:
    """Under the lowest price: the bids of a family that its cheapest stands for."""
    if not isinstance(room.method.formula, LowestEvaluated):
        return []
    keys = {b.id: (number(money_text(b.price)),) for b in state.valid}
    found = []
    for family in state.families:
        first = foremost(family, keys, room.lots)
        if not first:
            raise Refused("room.brand-lot", bids=" ".join(family))
        reason = f"与投标人{first}的核心产品品牌相同,由其参加评标"
        found += [BidRejected(at, bid, GROUND, reason, BRAND) for bid in family if bid != first]
    return found


def _failure(state: Room, room: OpenRoom) -> str:
    if not state.valid:
        return "all-rejected"
    if len(state.families) < 3 and room.rule_set in ("RS-1", "RS-2"):
        if not state.competition:
            raise Refused("room.competition.open", valid=len(state.families))
        return "" if state.competition == "sufficient" else "no-competition"
    return ""


def complete(state: Room, room: OpenRoom) -> None:
    """Every member has marked every item of every valid bid, the objective ones alike.

    Raises:
        Refused: ``room.marks.missing``, ``room.objective``.
    """
    if not room.method.items:
        return
    missing = [s.member.id for s in state.active if not covers(state, room, state.marks.get(s.member.id, {}))]
    if missing:
        raise Refused("room.marks.missing", members=" ".join(missing))
    apart = disunited(room.method, state.marks, [b.id for b in state.valid])
    if apart:
        raise Refused("room.objective", bid=apart[0][0], item=apart[0][1])


def dissent(state: Room, command: RecordDissent, ctx: Context[None]) -> Event:
    """In writing, before the report is submitted."""
    opened(state, "summarised")
    seat_of(state, command.member, ctx.actor)
    if not command.text.strip():
        raise Refused("room.reason")
    return DissentRecorded(ctx.at, command.member, command.text)


def sign(state: Room, command: SignReport, ctx: Context[None]) -> Event:
    """The report as it stands, once."""
    opened(state, "summarised")
    seat_of(state, command.member, ctx.actor)
    if command.report != state.report:
        raise Refused("room.report", report=state.report)
    if command.member in state.signatures:
        raise Refused("room.twice", member=command.member)
    return ReportSigned(ctx.at, command.member, command.report)


def refuse_sign(state: Room, command: RefuseSign, ctx: Context[None]) -> Event:
    """Without a written dissent it counts as agreement (条例 53)."""
    opened(state, "summarised")
    seat_of(state, command.member, ctx.actor)
    if command.member in state.signatures:
        raise Refused("room.twice", member=command.member)
    return SigningRefused(ctx.at, command.member, command.reason, command.member not in state.dissents)


def reopen(state: Room, command: ReopenReport, ctx: Context[None]) -> Event:
    """After a signature, by the same panel, on one of the four grounds."""
    opened(state, "summarised")
    if not state.signatures:
        raise Refused("room.unsigned")
    if command.ground not in CORRECTIONS or not command.reason.strip():
        raise Refused("room.correct.ground", ground=command.ground, item="")
    return ReportReopened(ctx.at, command.ground, command.reason)


def submit(state: Room, ctx: Context[None]) -> Event:
    """When every member signed or refused."""
    opened(state, "summarised")
    missing = [s.member.id for s in state.active if s.member.id not in state.signatures]
    if missing or state.summary is None:
        raise Refused("room.unsigned.members", members=" ".join(missing))
    return ReportSubmitted(ctx.at, state.report, state.summary.candidates, state.summary.failed)


def void(state: Room, command: VoidReport, ctx: Context[None]) -> Event:
    """A submitted report falls by an order from outside the room, whose lawfulness is the tender's own rule."""
    opened(state, "submitted")
    if not command.order or not command.ground or not command.reason.strip():
        raise Refused("room.reason")
    number = len(state.former) + 1
    return ReportVoided(
        ctx.at, number, state.report, command.order, command.ground, command.article, command.reason, command.fresh
    )
