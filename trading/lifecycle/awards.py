"""From the report to the letter: candidates, award, its revocation, result.

A duty done after its limit is not refused, for the fact would be hidden: it needs the actor's reason, and
`LimitExceeded` stands beside the act.
"""

from archive.errors import Refused
from archive.values import Instant
from trading.calendar import legal_date
from trading.commands import (
    Award,
    IssueAwardLetter,
    PublishCandidates,
    PublishResult,
    RevokeAward,
    SendLetters,
)
from trading.events import (
    AwardLetterIssued,
    AwardRevoked,
    CandidatesPublished,
    Event,
    LettersSent,
    LimitExceeded,
    LotAwarded,
    ResultPublished,
)
from trading.lifecycle.guards import (
    Told,
    acts_as,
    law_of,
    lot_at,
    require,
    running,
    sha256,
    stretched,
)
from trading.rulebook import Rulebook
from trading.statutes import Limit, least, most
from trading.tender import Lot, PassedOver, Ranked, Tender

LAW: dict[str, str] = {
    "candidates.none": "招标投标法实施条例 第五十三条",
    "candidates.backdated": "招标投标法实施条例 第五十四条",
    "candidates.period": "招标投标法实施条例 第五十四条",
    "limit.late": "招标投标法实施条例 第五十四条；政府采购法实施条例 第四十三条",
    "award.publicity": "招标投标法实施条例 第五十四条",
    "award.no-candidates": "招标投标法实施条例 第五十三条",
    "award.not-candidate": "招标投标法 第四十条",
    "award.passed-over": "招标投标法实施条例 第五十五条",
    "award.rank": "招标投标法实施条例 第五十五条；政府采购货物和服务招标投标管理办法 第六十八条",
    "award.tie": "政府采购货物和服务招标投标管理办法 第六十八条",
    "award.silence": "政府采购货物和服务招标投标管理办法 第六十八条",
    "letters.none": "招标投标法 第四十五条",
    "notice.title": "电子招标投标办法 第三十五条",
}


def candidates(lot: Lot, book: Rulebook) -> tuple[Ranked, ...]:
    """The ranked candidates that the report proposes: at most three in RS-1, nobody where competition is lacking."""
    report = lot.evaluation
    if report is None or report.competition == "lacking":
        return ()
    most_of = book.rule("candidates-most")
    return tuple(r for r in report.ranking if most_of is None or r.rank <= most_of.value)


def overdue(limit: Limit | None, at: Instant, reason: str, lot: str) -> tuple[LimitExceeded, ...]:
    """Nothing in time; afterwards the breach with its reason.

    Raises:
        Refused: ``limit.late`` without a reason.
    """
    if limit is None or at < limit.at:
        return ()
    if not reason.strip():
        raise Refused("limit.late", lot=lot, limit_at=limit.at, rule=limit.rule, article=limit.article)
    return (LimitExceeded(at, limit.rule, limit.article, limit.at, reason, lot),)


def duty(state: Tender, key: str, start: Instant) -> Limit | None:
    """The limit of a duty of this tender that began at ``start``, moved by the standstills that it ran across."""
    book, days = law_of(state)
    return stretched(state, most(book, days, key, start), start)


def titled(title: str, digest: str) -> None:
    """Refuse a notice without a title or a text.

    Raises:
        Refused: ``notice.title`` or ``tender.digest``.
    """
    if not title.strip():
        raise Refused("notice.title")
    sha256(digest, "notice")


def publish_candidates(state: Tender, command: PublishCandidates, ctx: Told) -> tuple[Event, ...]:
    """中标候选人公示 within three days of the report, for three days at least."""
    require(state, ctx, "principal", "agency", scope="publish")
    running(state)
    lot = lot_at(state, command.lot, "evaluated")
    book, days = law_of(state)
    if not candidates(lot, book):
        raise Refused("candidates.none", lot=command.lot)
    titled(command.title, command.sha256)
    begins = max(command.from_at, ctx.at)  # an earlier minute of the same day does not make it longer
    if legal_date(command.from_at) < legal_date(ctx.at) and not book.flag("replayed"):
        raise Refused("candidates.backdated", from_at=command.from_at, published_at=ctx.at)
    shortest = least(book, days, "publicity-period", begins)
    if command.to_at <= begins or (shortest is not None and command.to_at < shortest.at):
        earliest = shortest.at if shortest else begins
        raise Refused("candidates.period", to_at=command.to_at, earliest_at=earliest, article=book.article("publicity-period"))
    assert lot.evaluation is not None
    late = overdue(duty(state, "publicity-start", lot.evaluation.received_at), begins, command.late_reason, command.lot)
    shown = CandidatesPublished(ctx.at, command.lot, begins, command.to_at, command.title, command.sha256)
    return (shown, *late)


def award(state: Tender, command: Award, ctx: Told) -> tuple[Event, ...]:
    """定标: by the principal; in RS-2 by rule when the purchaser stays silent beyond his time."""
    running(state)
    book, _ = law_of(state)
    lot = lot_at(state, command.lot, *(("publicised",) if book.rule("publicity-period") else ("evaluated", "publicised")))
    assert lot.evaluation is not None
    limit = duty(state, "award", lot.evaluation.received_at)
    _entitled(state, command, ctx, book, limit)
    if lot.stage == "publicised" and ctx.at < lot.publicity_to:
        raise Refused("award.publicity", lot=command.lot, publicity_to_at=lot.publicity_to)
    proposed = candidates(lot, book)
    gone = (*lot.passed_over, *command.passed_over)
    _listed(command.passed_over, proposed, command.winner, book)
    left = [c for c in proposed if c.bidder not in {p.bidder for p in gone}]
    if not left:
        raise Refused("award.no-candidates", lot=command.lot)
    winner = next((c for c in left if c.bidder == command.winner), None)
    if winner is None:
        raise Refused("award.not-candidate", lot=command.lot, winner=command.winner)
    if first_must_win(state, book):
        _first(command, winner, left, book)
    silent = "system" in acts_as(state, ctx) and book.flag("award-by-silence")
    late = () if silent else overdue(limit, ctx.at, command.late_reason, command.lot)
    fixed = LotAwarded(
        ctx.at,
        command.lot,
        winner.bidder,
        winner.name,
        winner.price,
        command.passed_over,
        command.tie_rule,
        command.tie_evidence,
    )
    return (fixed, *late)


def _entitled(state: Tender, command: Award, ctx: Told, book: Rulebook, limit: Limit | None) -> None:
    if "system" in acts_as(state, ctx) and book.flag("award-by-silence"):
        if limit is None or ctx.at < limit.at or command.passed_over:
            raise Refused("award.silence", limit_at=limit.at if limit else 0)
        return
    require(state, ctx, "principal")


def by_silence(state: Tender, id: str) -> str:
    """Who wins lot ``id`` when the purchaser is silent beyond his time (87号令 68); empty where no law decides, as in a tie."""
    book, _ = law_of(state)
    lot = state.lot(id)
    if lot is None or lot.stage != "evaluated" or not book.flag("award-by-silence"):
        return ""
    gone = {p.bidder for p in lot.passed_over}
    left = [c for c in candidates(lot, book) if c.bidder not in gone]
    first = [c for c in left if c.rank == left[0].rank]
    return first[0].bidder if len(first) == 1 else ""


def _listed(passed: tuple[PassedOver, ...], proposed: tuple[Ranked, ...], winner: str, book: Rulebook) -> None:
    grounds = {g.code for g in book.passing}
    names = {c.bidder for c in proposed}
    for over in passed:
        if over.ground not in grounds or over.bidder not in names or over.bidder == winner:
            raise Refused("award.passed-over", bidder=over.bidder, ground=over.ground, allowed=sorted(grounds))


def first_must_win(state: Tender, book: Rulebook) -> bool:
    """Whether the first candidate is the winner by law: RS-2 always, RS-1 where state money governs a mandatory tender."""
    if book.flag("rank-one"):
        return True
    project = state.project
    governed = project is not None and project.mandatory == "yes" and project.funds in ("fiscal", "state")
    return book.flag("rank-one-if-state-funded") and governed


def _first(command: Award, winner: Ranked, left: list[Ranked], book: Rulebook) -> None:
    best = min(c.rank for c in left)
    if winner.rank != best:
        rule = book.rule("rank-one") or book.rule("rank-one-if-state-funded")
        raise Refused("award.rank", winner=winner.name, rank=winner.rank, best=best, article=rule.article if rule else book.title)
    tied = sum(1 for c in left if c.rank == best) > 1
    if tied and (command.tie_rule not in ("document", "draw") or not command.tie_evidence):
        raise Refused("award.tie", lot=command.lot)


def revoke(state: Tender, command: RevokeAward, ctx: Told) -> tuple[AwardRevoked, ...]:
    """The winner falls away before the contract; the lot goes back to its candidates."""
    require(state, ctx, "principal", "regulator")
    running(state)
    lot = lot_at(state, command.lot, "awarded", "announced", "notified")
    book, _ = law_of(state)
    grounds = {g.code for g in book.passing}
    if command.ground not in grounds or not command.reason.strip():
        raise Refused("award.passed-over", bidder=lot.winner, ground=command.ground, allowed=sorted(grounds))
    return (AwardRevoked(ctx.at, command.lot, lot.winner, command.ground, command.reason),)


def publish_result(state: Tender, command: PublishResult, ctx: Told) -> tuple[Event, ...]:
    """The result goes out; in RS-2 within two working days of the award."""
    require(state, ctx, "principal", "agency", scope="result")
    running(state)
    lot = lot_at(state, command.lot, "awarded")
    titled(command.title, command.sha256)
    late = overdue(duty(state, "result-publication", lot.awarded_at), ctx.at, command.late_reason, command.lot)
    return (ResultPublished(ctx.at, command.lot, command.title, command.sha256), *late)


def issue_letter(state: Tender, command: IssueAwardLetter, ctx: Told) -> tuple[AwardLetterIssued, ...]:
    """中标通知书 goes out; the contract's thirty days begin."""
    require(state, ctx, "principal", "agency", scope="result")
    running(state)
    lot_at(state, command.lot, "announced")
    return (AwardLetterIssued(ctx.at, command.lot, sha256(command.letter_sha256, "letter_sha256")),)


def send_letters(state: Tender, command: SendLetters, ctx: Told) -> tuple[LettersSent, ...]:
    """Those who did not win are told with the winner's letter (招标投标法 45)."""
    require(state, ctx, "principal", "agency", scope="result")
    lot_at(state, command.lot, "notified")
    digests = [sha256(letter.sha256, "letters") for letter in command.letters]
    if not digests or len(set(digests)) != len(digests):
        raise Refused("letters.none", lot=command.lot)
    return (LettersSent(ctx.at, command.lot, len(digests)),)
