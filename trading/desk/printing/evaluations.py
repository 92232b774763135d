"""评标报告, from the evaluation room as its members leave it."""

from collections import Counter

from archive.bodies import Blob
from archive.values import Money
from experts.collusion import Clue
from experts.evaluation.messages import ClauseVote
from experts.evaluation.state import Room
from experts.evaluation.summary import indicators, scores
from experts.methods import Method, Places
from experts.numbers import number, shown
from experts.panel import Panel
from experts.scoring import BENCHMARK_PLACES, FORMULAS, Computed
from trading.desk import clues, facts, people
from trading.desk.evaluation import room
from trading.desk.printing.common import METHODS, article, frame, kept, lot_of, tender_of
from trading.messages import sentence
from trading.papers import evaluation_values as sheet
from trading.papers.evaluation import evaluation_report
from trading.platform import Platform
from trading.tender import Tender, Voided

FAILED = {"": "", "all-rejected": "所有投标均被否决", "no-competition": "有效投标不足三个，投标明显缺乏竞争"}


COMPUTED = {
    "evaluation_price": "评标价",
    "price_score": "价格得分",
    "benchmark": "评标基准价",
    "marks_mean": "评审得分（成员平均）",
}


def evaluation(platform: Platform, name: str, lot: str) -> Blob:
    """评标报告 (N-12), from the room as its members leave it."""
    tender, state = tender_of(platform, name), room(platform, name, lot)
    looked_into = clues.found(platform, name, lot)
    panel = platform.ledger.state(facts.panel(name, lot))
    assert isinstance(panel, Panel) and tender.project is not None and state.opened is not None and state.summary is not None
    people = _people(platform, panel)
    order = [s.member.id for s in state.active]
    titles = {row.bidder: row.name for row in lot_of(tender, lot).rows}
    found = scores(state, state.opened) if state.summary.ranking else None
    made = evaluation_report(
        sheet.EvaluationReport(
            frame=frame(platform, tender, f"评标-{lot}{lot_of(tender, lot).again}", platform.clock()),
            project=tender.project.title,
            lot=f"{lot} {lot_of(tender, lot).spec.title}",
            tenderer=tender.project.principal_name,
            place=f"{platform.operator}评标室",
            media=platform.url,
            notice_at=tender.times.published_at,
            opened_at=tender.times.deadline,
            opening_record=state.opened.opening[:16] or "—",
            bidders=tuple(row.name for row in lot_of(tender, lot).rows if row.verdict == "opened"),
            committee=_committee(state, panel, people),
            draw=_drawn(state, panel),
            started_at=state.opened_at,
            ended_at=max(state.summarised_at, state.opened_at),
            method=_method(tender, state.opened.method),
            votes=_votes(state, order, titles),
            items=tuple(sheet.Item(i.id, i.name, i.full, "客观" if i.objective else "主观") for i in state.opened.method.items),
            marks=_marks(state, order, titles),
            computed=tuple(_computed(c, state.opened.method.places, order, titles) for c in (found.computed if found else ())),
            inputs=state.summary.inputs,
            ranking=tuple(
                sheet.Ranked(p.place, titles[p.bid], _price(state, p.bid), p.marks or "—", p.price_score or "—", p.total or "—")
                for p in state.summary.ranking
            ),
            candidates=tuple(titles[b] for b in state.summary.candidates),
            signatures=tuple(_signature(state, id, people) for id in order),
            rejections=(
                *(sheet.Rejection(titles[r.bid], r.ground, article(tender, r.ground), r.reason) for r in state.rejected),
                *_yielded(state, titles),
            ),
            clarifications=tuple(
                sheet.Clarification(titles[c.bid], c.question, c.asked_at, c.answer, c.answered_at) for c in state.clarifications
            ),
            low_prices=tuple(
                sheet.LowPrice(
                    titles[bid],
                    _price(state, bid),
                    "、".join(low.triggers),
                    low.explanation[:16] or "未说明",
                    {"proven": "能够证明其合理性", "unproven": "不能证明其合理性"}.get(low.finding, "—") + f"：{low.reason}",
                    low.asked_at,
                    low.explained_at or low.due_at,
                )
                for bid, low in state.low_prices.items()
            ),
            coefficients=tuple(sheet.Coefficient(label, value, state.opened.draw) for label, value in state.opened.drawn.items()),
            indicators=(*_indicators(state, people, titles), *_clues(looked_into, titles)),
            adjustments=(
                *(
                    sheet.Adjustment(
                        c.ground, f"{people.get(c.member, c.member)} {titles[c.bid]} {c.item}", c.was, c.mark, c.reason
                    )
                    for c in state.corrected
                ),
                *_corrected(state, titles),
            ),
            former=_former(state, tender.id, lot, lot_of(tender, lot).voided),
            envelopes=_envelopes(state, titles),
            no_award=FAILED.get(state.summary.failed, state.summary.failed),
        )
    )
    return kept(platform, made, "evaluation")


def _computed(c: Computed, places: Places, order: list[str], titles: dict[str, str]) -> sheet.Computed:
    """A computed value with its formula and inputs in words; members by their seats."""
    name = next(name for name, text in FORMULAS.items() if text == c.formula)
    seats = {id: f"席位{n}" for n, id in enumerate(order, 1)}

    def said(key: str) -> str:
        own = "quote" if (name, key) == ("evaluation-price", "price") else key
        return seats[key] if key in seats else sentence(f"input.{own}", {}, "zh")

    rounding = {
        "price_score": f"四舍五入，{places.price}位小数",
        "marks_mean": f"总分{places.sum}位、平均{places.mean}位，四舍五入",
        "benchmark": f"显示{BENCHMARK_PLACES}位小数，计算时不取舍",
    }
    inputs = "；".join(f"{said(key)} = {value}" for key, value in c.inputs.items())
    words = sentence(f"formula.{name}", {}, "zh")
    return sheet.Computed(COMPUTED[c.what], titles.get(c.bid, ""), words, inputs, c.value, rounding.get(c.what, "不取舍"))


def _former(state: Room, name: str, lot: str, voided: tuple[Voided, ...]) -> tuple[sheet.Former, ...]:
    """The reports that this one stands instead of; the tender's record has one void result for each of the room's."""
    return tuple(
        sheet.Former(
            f"{name}-评标-{lot}" + (f"-{n}" if n > 1 else ""),
            result.evaluation.report_sha256,
            report.voided_at,
            report.order,
            f"{report.article}：{report.reason}",
            "重新组建评标委员会评标" if report.fresh else "由原评标委员会重新评审",
        )
        for n, (report, result) in enumerate(zip(state.former, voided, strict=True), 1)
    )


EFFECTS = {"revoked": "视为撤销", "withdrawn": "视为撤回"}


def _envelopes(state: Room, titles: dict[str, str]) -> sheet.Envelopes | None:
    """Of two envelopes: the lock, and what became of the second ones."""
    if not state.locked_at:
        return None
    fallen = tuple((titles[f.bid], EFFECTS[f.effect]) for f in state.fallen)
    return sheet.Envelopes(state.locked_at, tuple(titles[b] for b in state.admitted), state.priced_at, fallen)


def _drawn(state: Room, panel: Panel) -> sheet.Draw:
    """How the experts came to sit: by the draw, or appointed, and then why and by whose leave."""
    assert state.opened is not None
    why, appointed = panel.appointment, ""
    if why is not None:
        consent = f"；{why.consent_by}同意（{why.consent_sha256[:16]}）" if why.consent_by else ""
        appointed = f"{sentence(f'appointment.{why.ground}', {}, 'zh')}（{why.article}）：{why.reason}{consent}"
    return sheet.Draw(
        proof=state.draw or ("直接确定" if why else "来源程序"),
        pool=panel.snapshot.root[:16] if panel.snapshot else "—",
        eligible=sum(panel.draw.lengths.values()) if panel.draw else 0,
        drawn_at=panel.draw.at if panel.draw else why.at if why else state.opened_at,
        appointed=appointed,
    )


def _yielded(state: Room, titles: dict[str, str]) -> tuple[sheet.Rejection, ...]:
    """Scored bids that are no candidates because of a better one of their brand (87号令 31)."""
    assert state.summary is not None
    return tuple(
        sheet.Rejection(titles[y.bid], "31", "87号令第三十一条", f"与{titles[y.to]}品牌相同，得分{y.total}，不作为中标候选人")
        for y in state.summary.yielded
    )


def _corrected(state: Room, titles: dict[str, str]) -> tuple[sheet.Adjustment, ...]:
    """Corrected prices and what their bidders said (87号令 59)."""
    assert state.opened is not None
    words = {"yes": "投标人已确认", "no": "投标人不确认"}
    said = {bid: words.get(c.answer, "投标人未确认") for bid, c in state.confirmations.items()}
    return tuple(
        sheet.Adjustment(
            "、".join(s.article for s in c.steps), f"{titles[c.bid]} 报价", c.read_out, c.price, said.get(c.bid, "—")
        )
        for c in state.opened.corrections
    )


def _people(platform: Platform, panel: Panel) -> dict[str, str]:
    """Names of the committee, as its own report shows them."""
    names = {r.id: r.name for r in panel.representatives}
    return names | people.names(platform, {s.id for s in panel.seats} | {r.id for r in panel.replies})


def _committee(state: Room, panel: Panel, people: dict[str, str]) -> tuple[sheet.Member, ...]:
    cats = {s.id: s.cat for s in panel.seats}
    made = []
    for n, seat in enumerate(state.active, 1):
        role = "组长" if seat.member.id == state.leader else "招标人代表" if seat.member.representative else "评标专家"
        id = seat.member.id
        made.append(
            sheet.Member(str(n), people.get(id, id), seat.member.org or "—", role, cats.get(id, "—"), seat.arrived_at, seat.note)
        )
    return tuple(made)


def _votes(state: Room, order: list[str], titles: dict[str, str]) -> tuple[sheet.Vote, ...]:
    """Findings clause by clause; members by their seats, under RS-2 the purchaser by its name."""
    seats = {id: str(n) for n, id in enumerate(order, 1)}
    assert state.opened is not None
    made = []
    words = {c.id: c.text for c in (*state.opened.qualification, *state.opened.conformity)}
    for stage, sheets in state.reviews.items():
        by: dict[tuple[str, str], list[tuple[str, ClauseVote]]] = {}
        for member, votes in sheets.items():
            for vote in votes:
                by.setdefault((vote.bid, vote.clause), []).append((seats.get(member, "采购人"), vote))
        for (bid, clause), given in by.items():
            ayes = tuple(who for who, v in given if v.passed)
            nays = tuple(who for who, v in given if not v.passed)
            note = "；".join(dict.fromkeys(v.note for _, v in given if v.note))
            title = "资格性" if stage == "qualification" else "符合性"
            made.append(sheet.Vote(title, titles[bid], words[clause], len(ayes) * 2 > len(given), ayes, nays, note))
    return tuple(made)


def _marks(state: Room, order: list[str], titles: dict[str, str]) -> tuple[sheet.Marks, ...]:
    assert state.opened is not None
    made = []
    for bid in state.valid:
        for item in state.opened.method.items:
            given = tuple(state.marks[m][bid.id][item.id] for m in order)
            total = sum((number(g) for g in given), number("0")) / len(given)
            made.append(sheet.Marks(titles[bid.id], item.id, given, shown(total, 2)))
    return tuple(made)


def _method(tender: Tender, method: Method) -> str:
    kind = tender.draft.method.kind if tender.draft else ""
    return f"{METHODS.get(kind, kind)} {method.id} {method.version}"


def _indicators(state: Room, people: dict[str, str], titles: dict[str, str]) -> tuple[sheet.Indicator, ...]:
    assert state.opened is not None
    if not state.marks:
        return ()
    found = indicators(state, state.opened)
    asked = tuple(
        sheet.Indicator(
            "评分偏离", f"{people.get(m, m)} / {titles.get(b, b)}", found.outliers.loo[m][b], state.opened.method.outlier
        )
        for m, b in found.reasons
    )
    pivotal = tuple(sheet.Indicator("关键专家", people.get(m, m), "去除后中标人改变", "—") for m in found.outliers.pivotal)
    return (*asked, *pivotal, *(sheet.Indicator("报价", SCREENS.get(k, k), _said(v), "—") for k, v in found.screens.items()))


SCREENS = {
    "CV": "变异系数",
    "SPD": "极差比",
    "DIFFP": "前两名差率",
    "RD": "相对差距",
    "RDNOR": "标准化相对差距",
    "ARITH_PROGRESSION": "等差数列",
}


def _clues(found: clues.Found, titles: dict[str, str]) -> tuple[sheet.Indicator, ...]:
    """Clues of collusion, without what was found: that is for those who look into it; and files nobody but people can read."""
    made = [
        sheet.Indicator("雷同线索", "、".join(titles.get(b, b) for b in c.bids), _clue(c), "—", c.article or "供监督部门参考")
        for c in found.clues
        if c.code != "collusion.screen"  # the spread of the prices stands above already
    ]
    unread = Counter(file.bid for file in found.unread)
    return (
        *made,
        *(sheet.Indicator("未自动比对", titles.get(b, b), f"{n} 份文件", "—", "须人工查看") for b, n in unread.items()),
    )


def _clue(clue: Clue) -> str:
    return sentence(clue.code.replace("collusion.", "clue."), {}, "zh")


def _said(value: str | bool) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return value


def _signature(state: Room, member: str, people: dict[str, str]) -> sheet.Signature:
    signed, dissent = state.signatures.get(member), state.dissents.get(member, "")
    name = people.get(member, member)
    if signed is None or signed.kind == "refused":
        return sheet.Signature(name, "refused", signed.at if signed else None)
    return sheet.Signature(name, "dissent" if dissent else "signed", signed.at, mark=state.report[:16], dissent=dissent)


def _price(state: Room, bid: str) -> Money:
    assert state.opened is not None
    return next(b.price for b in state.opened.bids if b.id == bid)
