"""The state of an evaluation room and how events change it.  Pure; `evolve` never raises."""

from collections.abc import Mapping
from typing import Final, TypeVar, assert_never

from msgspec import field
from msgspec.structs import replace

from archive.values import Instant, Value
from experts.brands import families
from experts.evaluation.events import (
    AbnormalFound,
    BidRejected,
    BidsPlaced,
    ClarificationAnswered,
    ClarificationAsked,
    CommitteeSeated,
    CompetitionJudged,
    ConfirmationAsked,
    CorrectionAnswered,
    DissentRecorded,
    Event,
    ExplanationAsked,
    ExplanationDecided,
    LeaderVoted,
    LetterSigned,
    MarkCorrected,
    MarksCommitted,
    MarksRevealed,
    MemberArrived,
    MemberRecused,
    MemberReplaced,
    MoreTimeAsked,
    PartHanded,
    PriceExplained,
    PricesEntered,
    ReportReopened,
    ReportSigned,
    ReportSubmitted,
    ReportVoided,
    ReviewConcluded,
    Reviewed,
    RoomOpened,
    SigningRefused,
    Summarised,
    Summary,
    TechnicalLocked,
    TimeExtended,
)
from experts.evaluation.messages import ROOM, Bid, ClauseVote, Fallen, Marks, Member, OpenRoom

V = TypeVar("V")
CORRECTION: Final = "correction"
"""The source of a rejection that follows from a corrected price nobody confirmed."""
BRAND: Final = "brand"
"""The source of a rejection because a cheaper bid of the same brand is in."""
UNPRICED: Final = "unpriced"
"""The source of a rejection because there is no price that could be compared."""


class Seat(Value, frozen=True):
    """A member and his attendance; ``state`` is active, recused or replaced."""

    member: Member
    state: str = "active"
    arrived_at: Instant = 0
    station: str = ""
    letter: str = ""
    note: str = ""


class Clarification(Value, frozen=True):
    """A question and its answer."""

    bid: str
    question: str
    asked_at: Instant
    answer: str = ""
    answered_at: Instant = 0


class LowPrice(Value, frozen=True):
    """An abnormal-low review; ``finding`` is empty, ``proven`` or ``unproven``."""

    triggers: tuple[str, ...]
    asked_at: Instant = 0
    due_at: Instant = 0
    explanation: str = ""
    explained_at: Instant = 0
    finding: str = ""
    reason: str = ""
    enquiries: str = ""


class Confirmation(Value, frozen=True):
    """A bidder asked to confirm its corrected price; ``answer`` is empty, ``yes`` or ``no``."""

    asked_at: Instant
    due_at: Instant
    answer: str = ""
    answered_at: Instant = 0


class Signature(Value, frozen=True):
    """What a member did with the report: ``signed``, or ``refused`` with its legal effect."""

    kind: str
    at: Instant
    reason: str = ""
    agreed: bool = True


class Part(Value, frozen=True):
    """What was handed in so far of something that is about to be said whole."""

    bids: tuple[Bid, ...] = ()
    votes: tuple[ClauseVote, ...] = ()
    marks: Marks = field(default_factory=dict)


class Former(Value, frozen=True):
    """A report that is void: what it was, by whom, and on which order it fell.  Its marks stand in the log alone."""

    number: int
    report: str
    submitted_at: Instant
    members: tuple[str, ...]
    voided_at: Instant
    order: str
    ground: str
    article: str
    reason: str
    fresh: bool = False


class Room(Value, frozen=True):
    """The room of one lot; ``phase`` is new, open, summarised or submitted, or vacated while a fresh committee is awaited.

    ``reviews`` map stage → member → findings; ``rejected`` are in the order they happened; ``corrected`` and ``reopened`` keep
    what was changed after the marks were known; ``parts`` is by member.  Where prices are sealed: ``admitted`` since
    ``locked_at``, and ``fallen`` since ``priced_at``.
    """

    phase: str = "new"
    opened: OpenRoom | None = None
    opened_at: Instant = 0
    seats: tuple[Seat, ...] = ()
    leader: str = ""
    rounds: int = 0
    reviews: dict[str, dict[str, tuple[ClauseVote, ...]]] = field(default_factory=dict)
    concluded: tuple[str, ...] = ()
    rejected: tuple[BidRejected, ...] = ()
    clarifications: tuple[Clarification, ...] = ()
    low_prices: dict[str, LowPrice] = field(default_factory=dict)
    competition: str = ""
    time_asked: tuple[str, ...] = ()
    extensions: int = 0
    commitments: dict[str, str] = field(default_factory=dict)
    marks: dict[str, Marks] = field(default_factory=dict)
    corrected: tuple[MarkCorrected, ...] = ()
    summary: Summary | None = None
    summarised_at: Instant = 0
    report: str = ""
    dissents: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, Signature] = field(default_factory=dict)
    reopened: tuple[ReportReopened, ...] = ()
    submitted_at: Instant = 0
    confirmations: dict[str, Confirmation] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    locked_at: Instant = 0
    admitted: tuple[str, ...] = ()
    priced_at: Instant = 0
    fallen: tuple[Fallen, ...] = ()
    former: tuple[Former, ...] = ()
    drawn_anew: str = ""
    placed: BidsPlaced | None = None

    @property
    def draw(self) -> str:
        """The record of the draw of whoever sits now."""
        return self.drawn_anew or (self.opened.draw if self.opened else "")

    def handed(self, member: str) -> Part:
        """What a member has handed in parts, to which the rest comes."""
        return self.parts.get(member, Part())

    @property
    def active(self) -> tuple[Seat, ...]:
        """The members who sit."""
        return tuple(s for s in self.seats if s.state == "active")

    @property
    def valid(self) -> tuple[Bid, ...]:
        """The bids that are neither rejected nor fallen, in the order they were opened."""
        out = {r.bid for r in self.rejected} | {f.bid for f in self.fallen}
        return tuple(b for b in self.opened.bids if b.id not in out) if self.opened else ()

    @property
    def priceless(self) -> bool:
        """Whether the prices are still in envelopes of their own."""
        return self.opened is not None and self.opened.sealed_prices and not self.priced_at

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Bids still in whose corrected price nobody confirmed yet."""
        asked = {c.bid for c in self.opened.corrections} if self.opened else set()
        answered = {bid for bid, c in self.confirmations.items() if c.answer}
        return tuple(b.id for b in self.valid if b.id in asked - answered)

    @property
    def families(self) -> tuple[tuple[str, ...], ...]:
        """The valid bids by brand: each by itself where the documents name no core product."""
        if self.opened is None:
            return ()
        method, brands = self.opened.method, {b.id: {x.product: x.brand for x in b.brands} for b in self.opened.bids}
        return families([b.id for b in self.valid], brands, method.core, method.core_shared)


def evolve(state: Room, event: Event) -> Room:
    """The state after an event."""
    match event:
        case RoomOpened():
            seats = tuple(Seat(m) for m in event.room.members)
            room = replace(event.room, bids=state.handed(ROOM).bids + event.room.bids)
            return replace(_taken(state, ROOM), phase="open", opened=room, opened_at=event.at, seats=seats)
        case ReportVoided():
            return _voided(state, event)
        case CommitteeSeated():
            opened = replace(state.opened, members=event.members) if state.opened else None
            seats = (*state.seats, *(Seat(m) for m in event.members))
            return replace(state, phase="open", opened=opened, seats=seats, drawn_anew=event.draw)
        case BidsPlaced():
            before = state.placed or BidsPlaced(event.at)
            return replace(state, placed=BidsPlaced(event.at, before.ranking + event.ranking, before.yielded + event.yielded))
        case PartHanded():
            held = state.handed(event.member)
            part = Part(held.bids + event.bids, held.votes + event.votes, {**held.marks, **event.marks})
            return replace(state, parts={**state.parts, event.member: part})
        case MemberArrived():
            return _seat(state, event.member, arrived_at=event.at, station=event.station)
        case LetterSigned():
            return _seat(state, event.member, letter=event.sha256)
        case MemberRecused():
            return _without(_seat(state, event.member, state="recused", note=event.ground), event.member)
        case MemberReplaced():
            known = _without(_seat(state, event.member, state="replaced"), event.member)
            return replace(known, seats=(*known.seats, Seat(event.successor, note=event.draw)))
        case LeaderVoted():
            return replace(state, leader=event.leader, rounds=state.rounds + 1)
        case Reviewed():
            votes = state.handed(event.member).votes + event.votes
            stage = {**state.reviews.get(event.stage, {}), event.member: votes}
            return replace(_taken(state, event.member), reviews={**state.reviews, event.stage: stage})
        case ReviewConcluded():
            return replace(state, concluded=(*state.concluded, event.stage))
        case BidRejected():
            return replace(state, rejected=(*state.rejected, event))
        case TechnicalLocked():
            return replace(state, locked_at=event.at, admitted=event.admitted)
        case PricesEntered():
            return _priced_anew(state, event)
        case ClarificationAsked():
            return replace(state, clarifications=(*state.clarifications, Clarification(event.bid, event.question, event.at)))
        case ClarificationAnswered():
            i = event.number - 1
            answered = replace(state.clarifications[i], answer=event.answer, answered_at=event.at)
            return replace(state, clarifications=(*state.clarifications[:i], answered, *state.clarifications[i + 1 :]))
        case AbnormalFound() | ExplanationAsked() | PriceExplained() | ExplanationDecided():
            return _priced(state, event)
        case ConfirmationAsked():
            return replace(state, confirmations={**state.confirmations, event.bid: Confirmation(event.at, event.due_at)})
        case CorrectionAnswered():
            answer = "yes" if event.confirmed else "no"
            said = replace(state.confirmations[event.bid], answer=answer, answered_at=event.at)
            return replace(state, confirmations={**state.confirmations, event.bid: said})
        case CompetitionJudged():
            return replace(state, competition="sufficient" if event.sufficient else "insufficient")
        case MoreTimeAsked():
            return replace(state, time_asked=(*state.time_asked, event.member))
        case TimeExtended():
            return replace(state, time_asked=(), extensions=state.extensions + 1)
        case MarksCommitted():
            return replace(state, commitments={**state.commitments, event.member: event.commitment})
        case MarksRevealed():
            sheet = {**state.handed(event.member).marks, **event.marks}
            return replace(_taken(state, event.member), marks={**state.marks, event.member: sheet})
        case MarkCorrected():
            return _corrected(state, event)
        case Summarised() | ReportReopened() | DissentRecorded() | ReportSigned() | SigningRefused() | ReportSubmitted():
            return _reported(state, event)
        case _:
            assert_never(event)


def _priced_anew(state: Room, event: PricesEntered) -> Room:
    assert state.opened is not None
    priced = {b.id: b for b in (*state.handed(ROOM).bids, *event.bids)}
    bids = tuple(priced.get(b.id, b) for b in state.opened.bids)
    room = replace(state.opened, bids=bids, corrections=event.corrections)
    return replace(_taken(state, ROOM), opened=room, priced_at=event.at, fallen=event.fallen)


def _priced(state: Room, event: AbnormalFound | ExplanationAsked | PriceExplained | ExplanationDecided) -> Room:
    known = state.low_prices.get(event.bid, LowPrice(()))
    match event:
        case AbnormalFound():
            known = LowPrice(event.triggers)
        case ExplanationAsked():
            known = replace(known, asked_at=event.at, due_at=event.due_at)
        case PriceExplained():
            known = replace(known, explanation=event.sha256, explained_at=event.at)
        case ExplanationDecided():
            finding = "proven" if event.proven else "unproven"
            known = replace(known, finding=finding, reason=event.reason, enquiries=event.enquiries)
    return replace(state, low_prices={**state.low_prices, event.bid: known})


def _corrected(state: Room, event: MarkCorrected) -> Room:
    sheet = state.marks[event.member]
    changed = {**sheet, event.bid: {**sheet[event.bid], event.item: event.mark}}
    known = replace(state, marks={**state.marks, event.member: changed}, corrected=(*state.corrected, event))
    return _unsummarised(known)


def _reported(
    state: Room, event: Summarised | ReportReopened | DissentRecorded | ReportSigned | SigningRefused | ReportSubmitted
) -> Room:
    match event:
        case Summarised():
            summary, before = event.summary, state.placed
            if before is not None:
                summary = replace(summary, ranking=before.ranking + summary.ranking, yielded=before.yielded + summary.yielded)
            known = replace(state, phase="summarised", summary=summary, summarised_at=event.at, report=event.report)
            return replace(known, placed=None)
        case ReportReopened():
            return replace(_unsummarised(state), reopened=(*state.reopened, event))
        case DissentRecorded():
            return replace(state, dissents={**state.dissents, event.member: event.text})
        case ReportSigned():
            return replace(state, signatures={**state.signatures, event.member: Signature("signed", event.at)})
        case SigningRefused():
            refused = Signature("refused", event.at, event.reason, event.agreed)
            return replace(state, signatures={**state.signatures, event.member: refused})
        case ReportSubmitted():
            return replace(state, phase="submitted", submitted_at=event.at)


def _unsummarised(state: Room) -> Room:
    return replace(state, phase="open", summary=None, placed=None, summarised_at=0, report="", signatures={}, dissents={})


def _without(state: Room, member: str) -> Room:
    """Everything that a member said is void (条例 48), and so is every count that included his vote."""
    known = _unsummarised(state)
    return replace(
        known,
        leader="" if known.leader == member else known.leader,
        reviews={stage: _others(votes, member) for stage, votes in known.reviews.items()},
        concluded=(),
        rejected=tuple(r for r in known.rejected if _stays(known, r)),
        low_prices={bid: replace(p, finding="", reason="", enquiries="") for bid, p in known.low_prices.items()},
        competition="",
        time_asked=tuple(m for m in known.time_asked if m != member),
        commitments=_others(known.commitments, member),
        marks=_others(known.marks, member),
        parts=_others(known.parts, member),
    )


def _stays(state: Room, out: BidRejected) -> bool:
    """What was nobody's vote stays: an unconfirmed correction, no price; so does who was not admitted, its price being shut."""
    shut = state.locked_at > 0 and out.source != UNPRICED and out.bid not in state.admitted
    return out.source in (CORRECTION, UNPRICED) or shut


def _voided(state: Room, event: ReportVoided) -> Room:
    """Nothing that a member said is left; bidders' explanations, answers and confirmations are."""
    sitting = tuple(s.member.id for s in state.active)
    known = state
    for member in sitting:
        known = _without(known, member)
    former = Former(
        event.number,
        event.report,
        state.submitted_at,
        sitting,
        event.at,
        event.order,
        event.ground,
        event.article,
        event.reason,
        event.fresh,
    )
    afresh = (replace(s, state="replaced") if event.fresh else Seat(s.member, note=s.note) for s in state.active)
    gone = tuple(s for s in state.seats if s.state != "active")
    return replace(
        known,
        phase="vacated" if event.fresh else "open",
        seats=(*gone, *afresh),
        reviews={},
        time_asked=(),
        extensions=0,
        rounds=0,
        corrected=(),
        reopened=(),
        submitted_at=0,
        parts={},
        former=(*state.former, former),
    )


def _others(said: Mapping[str, V], member: str) -> dict[str, V]:
    return {m: v for m, v in said.items() if m != member}


def _taken(state: Room, member: str) -> Room:
    return replace(state, parts=_others(state.parts, member))


def _seat(room: Room, member: str, /, **changes: object) -> Room:
    seats = tuple(replace(s, **changes) if s.member.id == member and s.state == "active" else s for s in room.seats)
    return replace(room, seats=seats)
