"""From the deadline to the evaluation report: closing, opening, the committee, its report; `records` has the opening's record.

The deadline is a comparison of instants, not the bell's ringing.  Before the closing nothing here knows how many
bids there are; a lot with fewer than the least number is not opened and its ciphertexts stay sealed.
"""

from msgspec.structs import replace

from archive.errors import Refused
from archive.values import money_text
from trading.commands import CloseBids, OpenBids, RecordEvaluation, RecordPanel
from trading.events import (
    BidsClosed,
    BidsOpened,
    EvaluationRecorded,
    HeadsListed,
    PanelRecorded,
    PlacesRecorded,
)
from trading.lifecycle.guards import Told, at_stage, blind, by_system, facts, law_of, lot_at, require, running, sha256
from trading.rulebook import Rulebook
from trading.tender import Closing, Lot, Ranked, Tender

LAW: dict[str, str] = {
    "closing.early": "招标投标法 第三十四条",
    "closing.lots": "电子招标投标办法 第二十七条",
    "closing.unlike-rule": "招标投标法 第二十八条；招标投标法实施条例 第四十四条",
    "opening.nothing": "招标投标法实施条例 第四十四条",
    "opening.heads": "电子招标投标办法 第三十条",
    "committee.size": "招标投标法 第三十七条；政府采购货物和服务招标投标管理办法 第四十七条",
    "committee.experts": "招标投标法 第三十七条；政府采购货物和服务招标投标管理办法 第四十七条",
    "committee.none": "招标投标法 第三十七条",
    "evaluation.too-few": "招标投标法 第二十八条",
    "evaluation.too-few-responsive": "政府采购货物和服务招标投标管理办法 第四十三条",
    "evaluation.bidders": "招标投标法 第四十条",
    "evaluation.ranks": "招标投标法实施条例 第五十三条",
    "evaluation.ground": "招标投标法实施条例 第五十一条；政府采购货物和服务招标投标管理办法 第六十三条",
    "prices.sealed": "公路工程建设项目招标投标管理办法（双信封）",
    "evaluation.over-ceiling": "招标投标法实施条例 第五十一条第五项；政府采购货物和服务招标投标管理办法 第六十三条第四项",
    "evaluation.competition": "评标委员会和评标方法暂行规定 第二十七条",
}


def close(state: Tender, command: CloseBids, ctx: Told) -> tuple[BidsClosed, ...]:
    """截标: every live lot's box says how many bids stand and whether it stays sealed."""
    require(state, ctx, "system")
    at_stage(state, "published")
    running(state)
    if ctx.at < state.times.deadline:
        raise Refused("closing.early", deadline_at=state.times.deadline)
    book, _ = law_of(state)
    told = {c.lot: c for c in facts(ctx).closings}
    living = [lot.spec.id for lot in state.live()]
    if sorted(told) != sorted(living) or len(told) != len(facts(ctx).closings):
        raise Refused("closing.lots", lots=living)
    for closing in told.values():
        _like_rule(closing, book)
    return (BidsClosed(ctx.at, tuple(told[id] for id in living)),)


def _like_rule(closing: Closing, book: Rulebook) -> None:
    fewest = book.number("least-bids")
    if closing.count < 0 or closing.kept_sealed != (closing.count < fewest):
        raise Refused("closing.unlike-rule", lot=closing.lot, least=fewest, article=book.article("least-bids"))
    sha256(closing.list_sha256, "list_sha256")


HEADS = 80
"""Sealed streams in one part of an opening at most: each stands three times in its entry, which has 60,000 bytes."""


def open_bids(state: Tender, command: OpenBids, ctx: Told) -> tuple[HeadsListed | BidsOpened, ...]:
    """The boxes that have enough bids are opened; no person has a key for it."""
    require(state, ctx, "system")
    running(state)
    lots = tuple(lot for lot in state.live() if lot.stage == "closed" and not lot.kept_sealed)
    if not lots:
        raise Refused("opening.nothing")
    book, _ = law_of(state)
    heads = tuple(sorted(facts(ctx).heads, key=lambda h: h.stream))
    names = [h.stream for h in heads]
    ascending = len(set(names)) == len(names) and (not names or names[0] > state.last_head)
    if not ascending or len(heads) > HEADS or any(h.last_seq < 1 for h in heads) or (command.more and not heads):
        raise Refused("opening.heads")
    if command.more:
        return (HeadsListed(ctx.at, heads),)
    if book.flag("sealed-bids") and state.heads_listed + len(heads) < sum(lot.count for lot in lots):
        raise Refused("opening.heads")
    return (BidsOpened(ctx.at, tuple(lot.spec.id for lot in lots), heads),)


def record_panel(state: Tender, command: RecordPanel, ctx: Told) -> tuple[PanelRecorded, ...]:
    """The committee: odd, large enough, at least two thirds drawn experts."""
    require(state, ctx, "system", "platform")
    running(state)
    lot = lot_at(state, command.lot, "waiting", "closed", "opened", "recorded")
    if lot.kept_sealed:
        raise Refused("opening.nothing")
    if lot.stage == "waiting":
        at_stage(state, "published")
    book, _ = law_of(state)
    fewest = book.number("panel-least", 1)
    large = book.rule("panel-large-from")
    if large is not None and state.project is not None and state.project.estimate.amount >= large.value:
        fewest = max(fewest, book.number("panel-large-least"))
    if command.size < fewest or (book.flag("panel-odd") and command.size % 2 == 0):
        raise Refused("committee.size", size=command.size, least=fewest, article=book.article("panel-least"))
    if not 0 <= command.experts <= command.size or command.experts * 3 < command.size * book.number("panel-expert-thirds"):
        raise Refused(
            "committee.experts", size=command.size, experts=command.experts, article=book.article("panel-expert-thirds")
        )
    return (
        PanelRecorded(ctx.at, command.lot, sha256(command.sha256, "panel"), command.size, command.experts, blind(command.blind)),
    )


def record_evaluation(state: Tender, command: RecordEvaluation, ctx: Told) -> tuple[PlacesRecorded | EvaluationRecorded, ...]:
    """评标报告: every opened bid is ranked or rejected on a coded ground, nobody else is."""
    if not (by_system(ctx) or "panel" in facts(ctx).roles):
        raise Refused("tender.not-entitled", actor=ctx.actor.id, allowed=["panel"])
    running(state)
    lot = lot_at(state, command.lot, "recorded")
    book, _ = law_of(state)
    if lot.panel is None and book.rule("panel-least") is not None:
        raise Refused("committee.none", lot=command.lot)
    sha256(command.report_sha256, "report_sha256")
    blind(command.blind)
    counted = lot.stood or sum(1 for row in lot.rows if row.verdict != "withdrawn")
    if counted < book.number("least-bids"):
        raise Refused("evaluation.too-few", lot=command.lot, count=counted, article=book.article("least-bids"))
    whole = replace(command, ranking=lot.placed + command.ranking, rejected=lot.dropped + command.rejected)
    _everybody_once(whole, lot, more=command.more and bool(command.ranking or command.rejected))
    _ranks(whole.ranking)
    if whole.ranking and lot.spec.envelopes == 2 and not lot.prices_sha256:
        raise Refused("prices.sealed", lot=command.lot)
    _lawful(command, lot, book)
    if command.more:
        return (PlacesRecorded(ctx.at, command.lot, command.ranking, command.rejected),)
    _enough(whole, book)
    return (
        EvaluationRecorded(
            ctx.at,
            command.lot,
            command.report_sha256,
            command.blind,
            command.ranking,
            command.rejected,
            command.competition,
        ),
    )


def _lawful(command: RecordEvaluation, lot: Lot, book: Rulebook) -> None:
    for bid in command.ranking:
        ceiling = lot.spec.ceiling
        if ceiling is not None and bid.price is not None and bid.price.amount > ceiling.amount:
            raise Refused("evaluation.over-ceiling", bidder=bid.name, ceiling=money_text(ceiling))
    grounds = {g.code for g in book.rejections}
    for out in command.rejected:
        if out.ground not in grounds:
            raise Refused("evaluation.ground", ground=out.ground, allowed=sorted(grounds))


def _everybody_once(command: RecordEvaluation, lot: Lot, *, more: bool) -> None:
    judged = [bid.bidder for bid in command.ranking] + [out.bidder for out in command.rejected]
    opened = {row.bidder for row in lot.rows if row.verdict == "opened"}
    fits = set(judged) < opened if more else set(judged) == opened
    if len(judged) != len(set(judged)) or not fits:
        raise Refused("evaluation.bidders", lot=command.lot, judged=len(judged), opened=len(opened))


def _ranks(ranking: tuple[Ranked, ...]) -> None:
    """Places as in 1, 2, 2, 4: a shared place leaves the next ones out."""
    previous = 0
    for place, bid in enumerate(ranking, 1):
        if bid.rank not in (place, previous):
            raise Refused("evaluation.ranks", bidder=bid.name, rank=bid.rank)
        previous = bid.rank


def _enough(command: RecordEvaluation, book: Rulebook) -> None:
    """Fewer than three valid bids: RS-2 does not evaluate, RS-1 wants the committee's finding on competition."""
    valid = len(command.ranking)
    responsive = book.rule("least-responsive")
    if responsive is not None and valid < responsive.value:
        raise Refused("evaluation.too-few-responsive", lot=command.lot, count=valid, article=responsive.article)
    finding = book.rule("competition-finding")
    asked = finding is not None and 0 < valid < finding.value
    if (command.competition not in ("sufficient", "lacking")) if asked else command.competition != "":
        raise Refused("evaluation.competition", lot=command.lot, count=valid, article=book.article("competition-finding"))
