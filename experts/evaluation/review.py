"""Reviewing bids: findings on clauses, rejections, clarifications, abnormally low prices, competition.  Pure."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from archive.canonical import encode
from archive.decider import Context
from archive.errors import Refused
from archive.values import MINUTE, Instant, money_text
from experts.evaluation import grounds
from experts.evaluation.common import carried, majority, opened, ready, seat_of, valid_bid
from experts.evaluation.events import (
    AbnormalFound,
    BidRejected,
    ClarificationAnswered,
    ClarificationAsked,
    CompetitionJudged,
    ConfirmationAsked,
    CorrectionAnswered,
    Event,
    ExplanationAsked,
    ExplanationDecided,
    PriceExplained,
    ReviewConcluded,
    Reviewed,
)
from experts.evaluation.messages import (
    AnswerClarification,
    AskClarification,
    AskConfirmation,
    AskExplanation,
    Clause,
    ClauseVote,
    ConcludeReview,
    ConfirmCorrection,
    DecideExplanation,
    ExplainPrice,
    JudgeCompetition,
    LapseCorrection,
    OpenRoom,
    RejectBid,
    ReviewConformity,
    ReviewQualification,
)
from experts.evaluation.state import CORRECTION, Confirmation, Room
from experts.numbers import number
from experts.scoring import abnormal_low

PURCHASER = "purchaser"
STAGES = ("qualification", "conformity")


def clauses(room: OpenRoom, stage: str) -> tuple[Clause, ...]:
    """The clauses of a stage."""
    return room.qualification if stage == "qualification" else room.conformity


def reviewers(state: Room, room: OpenRoom, stage: str) -> tuple[str, ...]:
    """Who reviews: the members; qualification under RS-2 the purchaser (87号令 44)."""
    if stage == "qualification" and room.rule_set == "RS-2":
        return (PURCHASER,)
    return tuple(s.member.id for s in state.active)


def review(state: Room, command: ReviewQualification | ReviewConformity, ctx: Context[None]) -> Event:
    """One reviewer's complete findings on a stage that is not concluded."""
    room = opened(state, "open")
    stage = "qualification" if isinstance(command, ReviewQualification) else "conformity"
    if stage in state.concluded or (stage == "conformity" and room.qualification and "qualification" not in state.concluded):
        raise Refused("room.stage", stage=stage)
    if command.member not in reviewers(state, room, stage):
        raise Refused("room.member", member=command.member)
    if command.member != PURCHASER:
        ready(state)
        seat_of(state, command.member, ctx.actor)
    wanted = {(b.id, c.id) for b in state.valid for c in clauses(room, stage)}
    votes = state.handed(command.member).votes + command.votes
    given = [(v.bid, v.clause) for v in votes]
    if set(given) != wanted or len(given) != len(wanted):
        raise Refused("room.review.incomplete", given=len(given), wanted=len(wanted))
    if any(not v.passed and not v.note.strip() for v in votes):
        raise Refused("room.reason")
    return Reviewed(ctx.at, stage, command.member, command.votes)


def conclude(state: Room, command: ConcludeReview, ctx: Context[None]) -> tuple[Event, ...]:
    """Count; after conformity also look for abnormally low prices among the bids left, where prices are known.

    Rejections that do not fit one entry come first, as many as do; the stage is concluded once the rest are in too.
    """
    room = opened(state, "open")
    stage = command.stage
    after_qualification = stage == "conformity" and room.qualification and "qualification" not in state.concluded
    if stage not in STAGES or stage in state.concluded or after_qualification:
        raise Refused("room.stage", stage=stage)
    ready(state)
    votes = state.reviews.get(stage, {})
    missing = set(reviewers(state, room, stage)) - set(votes) if clauses(room, stage) else set()
    if missing:
        raise Refused("room.review.missing", members=" ".join(sorted(missing)))
    said = [{(v.bid, v.clause): v for v in votes.get(m, ())} for m in reviewers(state, room, stage)]
    rejected = [r for bid in state.valid for r in _failed(said, room, stage, bid.id, ctx)]
    if sum(map(_size, rejected)) > ENTRY:
        return tuple(r for r, sum_ in zip(rejected, accumulate(map(_size, rejected)), strict=True) if sum_ <= ENTRY)
    out = {r.bid for r in rejected}
    found = [] if stage != "conformity" or state.priceless else abnormal(state, room, out, ctx.at)
    return (ReviewConcluded(ctx.at, stage), *rejected, *found)


ENTRY = 30_000
"""Bytes of rejections in one entry at most."""


def _size(rejected: BidRejected) -> int:
    return len(encode(rejected))


def _failed(
    said: Sequence[Mapping[tuple[str, str], ClauseVote]], room: OpenRoom, stage: str, bid: str, ctx: Context[None]
) -> list[BidRejected]:
    """The rejection of a bid by its first clause without a majority, if any."""
    for clause in clauses(room, stage):
        own = [votes[bid, clause.id] for votes in said if (bid, clause.id) in votes]
        if not majority(v.passed for v in own):
            reason = "; ".join(dict.fromkeys(v.note for v in own if not v.passed))
            return [BidRejected(ctx.at, bid, clause.ground, reason, stage)]
    return []


def abnormal(state: Room, room: OpenRoom, out: set[str], at: Instant) -> list[AbnormalFound]:
    """The triggers of the abnormal-low review that prices hit, among the valid bids without ``out``."""
    prices = {b.id: number(money_text(b.price)) for b in state.valid if b.id not in out}
    if not room.method.abnormal or not prices:
        return []
    ceiling = None if room.ceiling is None else number(money_text(room.ceiling))
    hits = abnormal_low(prices, ceiling, room.method.abnormal)
    return [AbnormalFound(at, bid, codes) for bid, codes in hits.items() if codes]


def ask(state: Room, command: AskClarification, ctx: Context[None]) -> Event:
    """A question to a bidder that is still in."""
    opened(state, "open")
    ready(state)
    valid_bid(state, command.bid)
    if not command.question.strip():
        raise Refused("room.reason")
    return ClarificationAsked(ctx.at, len(state.clarifications) + 1, command.bid, command.question)


def answer(state: Room, command: AnswerClarification, ctx: Context[None]) -> Event:
    """One answer to each question."""
    opened(state, "open")
    known = 0 < command.number <= len(state.clarifications)
    if not known or state.clarifications[command.number - 1].answered_at:
        raise Refused("room.question", number=command.number)
    return ClarificationAnswered(ctx.at, command.number, command.answer)


def reject(state: Room, command: RejectBid, ctx: Context[None]) -> Event:
    """A rejection by majority on a coded ground."""
    room = opened(state, "open")
    ready(state)
    valid_bid(state, command.bid)
    if not grounds.known(room.rule_set, command.ground):
        raise Refused("room.ground", ground=command.ground)
    if not command.reason.strip():
        raise Refused("room.reason")
    if not carried(state, command.votes):
        raise Refused("room.not-carried", bid=command.bid)
    return BidRejected(ctx.at, command.bid, command.ground, command.reason, "vote")


def ask_price(state: Room, command: AskExplanation, ctx: Context[None]) -> Event:
    """A bidder whose price hit a trigger gets the documents' time to explain."""
    room = opened(state, "open")
    valid_bid(state, command.bid)
    known = state.low_prices.get(command.bid)
    if known is None or known.asked_at:
        raise Refused("room.price-review", bid=command.bid)
    return ExplanationAsked(ctx.at, command.bid, ctx.at + room.method.explain_minutes * MINUTE)


def explain_price(state: Room, command: ExplainPrice, ctx: Context[None]) -> Event:
    """In time, once."""
    opened(state, "open")
    known = state.low_prices.get(command.bid)
    if known is None or not known.asked_at or known.explained_at or known.finding:
        raise Refused("room.price-review", bid=command.bid)
    if ctx.arrived >= known.due_at:
        raise Refused("room.price-late", bid=command.bid, due_at=known.due_at)
    return PriceExplained(ctx.at, command.bid, command.sha256)


def decide_price(state: Room, command: DecideExplanation, ctx: Context[None]) -> tuple[Event, ...]:
    """After the explanation or its time: not proved reasonable by majority means rejected."""
    room = opened(state, "open")
    valid_bid(state, command.bid)
    known = state.low_prices.get(command.bid)
    if known is None or not known.asked_at or known.finding:
        raise Refused("room.price-review", bid=command.bid)
    if not known.explained_at and ctx.at < known.due_at:
        raise Refused("room.price-early", bid=command.bid, due_at=known.due_at)
    if not command.reason.strip():
        raise Refused("room.reason")
    proven = carried(state, command.votes)
    decided = ExplanationDecided(ctx.at, command.bid, proven, command.votes, command.reason, command.enquiries)
    if proven:
        return (decided,)
    return decided, BidRejected(ctx.at, command.bid, grounds.unproven(room.rule_set), command.reason, "price")


def ask_confirmation(state: Room, command: AskConfirmation, ctx: Context[None]) -> Event:
    """The bidder of a corrected price gets as long as for a low price to confirm it, once."""
    room = opened(state, "open")
    if command.bid not in state.unconfirmed or command.bid in state.confirmations:
        raise Refused("room.correction", bid=command.bid)
    return ConfirmationAsked(ctx.at, command.bid, ctx.at + room.method.explain_minutes * MINUTE)


def confirm(state: Room, command: ConfirmCorrection, ctx: Context[None]) -> tuple[Event, ...]:
    """In time, once; a no is a rejection at once, whatever the panel thinks of it (87号令 59)."""
    room = opened(state, "open")
    known = _asked(state, command.bid)
    if ctx.arrived >= known.due_at:
        raise Refused("room.correction.late", bid=command.bid, due_at=known.due_at)
    answered = CorrectionAnswered(ctx.at, command.bid, command.confirmed)
    return (answered,) if command.confirmed else (answered, _unconfirmed(room, command.bid, ctx.at, "投标人不确认修正后的报价"))


def lapse(state: Room, command: LapseCorrection, ctx: Context[None]) -> Event:
    """After the time, without an answer: rejected, by nobody's vote."""
    room = opened(state, "open")
    known = _asked(state, command.bid)
    if ctx.at < known.due_at:
        raise Refused("room.correction.early", bid=command.bid, due_at=known.due_at)
    return _unconfirmed(room, command.bid, ctx.at, "投标人逾期未确认修正后的报价")


def _asked(state: Room, bid: str) -> Confirmation:
    known = state.confirmations.get(bid)
    if known is None or bid not in state.unconfirmed:
        raise Refused("room.correction", bid=bid)
    return known


def _unconfirmed(room: OpenRoom, bid: str, at: Instant, reason: str) -> BidRejected:
    return BidRejected(at, bid, grounds.unconfirmed(room.rule_set), reason, CORRECTION)


def competition(state: Room, command: JudgeCompetition, ctx: Context[None]) -> Event:
    """Fewer than three valid bids, same brands counted once: the panel judges; under RS-2 they never suffice (采购法 36)."""
    room = opened(state, "open")
    ready(state)
    if state.unconfirmed:
        raise Refused("room.correction.open", bid=state.unconfirmed[0])
    if "conformity" not in state.concluded or len(state.families) >= 3:
        raise Refused("room.competition", valid=len(state.families))
    if not command.reason.strip():
        raise Refused("room.reason")
    sufficient = carried(state, command.votes)
    if sufficient and room.rule_set == "RS-2":
        raise Refused("room.competition", valid=len(state.families))
    return CompetitionJudged(ctx.at, sufficient, command.votes, command.reason)
