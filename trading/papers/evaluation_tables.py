"""The tables of a 评标报告: one function a table, rows in the order of the record."""

from collections.abc import Iterable

from archive.paper.tree import Align, Block, Column, Heading, Table
from trading.amounts import figure, stamp
from trading.papers.evaluation_values import EvaluationReport, Signature
from trading.papers.parts import priced

BEIJING = "时间均为北京时间"
SEATS = "席位与评标委员会组成表一致"

_STANCES = {
    "signed": "同意并签名",
    "dissent": "签名，附书面不同意见",
    "refused": "拒绝签名且不书面说明，视为同意评标结论",
}


def committee(x: EvaluationReport) -> Table:
    """Who sat, drawn from where, when present."""
    rows = ((m.seat, m.name, m.unit, m.role, m.category, stamp(m.attended_at), m.note or "—") for m in x.committee)
    return _table(
        "席位 8 c|姓名 12 c|工作单位 25|身份 15 c|专业类别 17|签到时间 16 c|回避、替换 24", rows, "评标委员会组成", BEIJING
    )


def former(x: EvaluationReport) -> Table:
    """The reports that this one stands instead of."""
    rows = ((f.number, f.sha256, stamp(f.at), f.objection, f.ground, f.committee) for f in x.former)
    columns = "原报告编号 20|原报告（SHA-256） 26|责令时间 14 c|异议、投诉编号 14 c|依据与理由 26|重新评审方式 14"
    return _table(columns, rows, BEIJING)


def votes(x: EvaluationReport) -> tuple[Table, ...]:
    """资格性 and 符合性 review, a table each stage."""
    return tuple(
        _table(
            "投标人 24|审查条款 26|结论 9 c|赞成席位 18 c|反对席位 18 c|说明 16",
            (
                (
                    v.bidder,
                    v.clause,
                    "通过" if v.passed else "不通过",
                    "、".join(v.ayes) or "—",
                    "、".join(v.nays) or "—",
                    v.note or "—",
                )
                for v in x.votes
                if v.stage == stage
            ),
            stage,
            SEATS,
        )
        for stage in dict.fromkeys(v.stage for v in x.votes)
    )


def rejections(x: EvaluationReport) -> Table:
    """Rejected bids with ground and reason."""
    rows = ((r.bidder, r.ground, r.article, r.reason) for r in x.rejections)
    return _table("投标人 24|否决（无效）情形 26|依据条款 24|理由 40", rows, empty="没有被否决的投标")


def clarifications(x: EvaluationReport) -> Table:
    """Questions and answers with their times."""
    rows = ((c.bidder, c.question, stamp(c.asked_at), c.answer, stamp(c.answered_at)) for c in x.clarifications)
    return _table(
        "投标人 20|要求澄清、说明的内容 28|发出时间 16 c|投标人答复 28|答复时间 16 c", rows, BEIJING, empty="未要求投标人澄清"
    )


def low_prices(x: EvaluationReport) -> Table:
    """Reviews of abnormally low prices."""
    price = priced("投标报价", (p.price for p in x.low_prices))
    rows = (
        (p.bidder, figure(p.price), p.trigger, p.explanation, p.finding, f"{stamp(p.asked_at)}\n{stamp(p.answered_at)}")
        for p in x.low_prices
    )
    return _table(
        f"投标人 20|{price} 18 r|触发情形 19|投标人说明 22|审查结论 17|发出与答复时间 16 c",
        rows,
        BEIJING,
        empty="没有触发异常低价审查的投标",
    )


def marks(x: EvaluationReport) -> tuple[Block, ...]:
    """One matrix a bid: items down, seats across, the value that counts at the right."""
    seats = [m.seat for m in x.committee]
    columns = " 8 r|".join(f"{seat}" for seat in seats)
    blocks: list[Block] = []
    for bidder in dict.fromkeys(m.bidder for m in x.marks):
        given = {m.item: m for m in x.marks if m.bidder == bidder}
        rows = (
            (item.title, item.kind, item.maximum, *given[item.id].given, given[item.id].counts)
            for item in x.items
            if item.id in given
        )
        table = _table(f"评审因素 30|类别 8 c|满分 8 r|{columns} 8 r|计入得分 10 r", rows, bidder)
        blocks.append(table)
    return (Heading(f"评分明细（{SEATS}）"), *blocks) if blocks else ()


def computed(x: EvaluationReport) -> Table:
    """Every computed value with its formula and inputs."""
    rows = ((c.name, c.bidder or "—", c.formula, c.inputs, c.result, c.rounding or "—") for c in x.computed)
    return _table("计算值 12|投标人 19|公式 24|输入 26|结果 16 r|取舍规则 14", rows)


def coefficients(x: EvaluationReport) -> Table:
    """Coefficients drawn at the opening with their proofs."""
    return _table(
        "系数 20|取值 14 r|抽取证明 60", ((c.label, c.value, c.proof) for c in x.coefficients), empty="没有随机抽取的系数"
    )


def ranking(x: EvaluationReport) -> Table:
    """The ranking, ties shown as equal places."""
    price = priced("投标报价", (r.price for r in x.ranking))
    rows = ((str(r.place), r.bidder, figure(r.price), r.technical, r.price_score, r.total, r.note or "—") for r in x.ranking)
    return _table(
        f"名次 7 c|投标人 28|{price} 18 r|商务技术得分 16 r|价格得分 12 r|总得分 11 r|并列处理、说明 20",
        rows,
    )


def indicators(x: EvaluationReport) -> Table:
    """Indicators: clues for the committee and the regulator."""
    rows = ((i.name, i.subject, i.value, i.threshold, i.note or "—") for i in x.indicators)
    return _table("指标 22|对象 26|数值 14 r|提示界限 16 r|说明 34", rows, empty="没有达到提示界限的指标")


def adjustments(x: EvaluationReport) -> Table:
    """Changes after the summary."""
    rows = ((a.ground, a.subject, a.before, a.after, a.by) for a in x.adjustments)
    return _table("情形 24|对象 28|修改前 14 r|修改后 14 r|修改人 20", rows, empty="汇总后未作修改")


def signatures(x: EvaluationReport) -> Table:
    """Each member's stance and electronic signature."""
    rows = (
        (s.member, _STANCES[s.stance], s.dissent or "—", "—" if s.at is None else stamp(s.at), _mark(s)) for s in x.signatures
    )
    return _table("成员 11 c|签署情况 19|书面不同意见及理由 27|时间 16 c|电子签名 40", rows, BEIJING)


def archive(x: EvaluationReport) -> Table:
    """What is archived, by hash."""
    return _table("归档文件 27|SHA-256 73", x.archive)


def _mark(s: Signature) -> str:
    return "\n".join(part for part in (s.key, s.mark) if part) or "—"


def _table(columns: str, rows: Iterable[tuple[str, ...]], *caption: str, empty: str = "（无）") -> Table:
    """``title share [c|r]`` separated by bars: the column heads of a table in one line."""
    return Table(tuple(map(_column, columns.split("|"))), tuple(rows), "　".join(caption), empty)


def _column(text: str) -> Column:
    title, share, *align = text.split(" ")
    how: Align = "center" if align == ["c"] else "right" if align == ["r"] else "left"
    return Column(title, int(share), how)
