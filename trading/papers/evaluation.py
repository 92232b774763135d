"""评标报告 (N-12): what the committee found, how every figure came about, who agreed.

Contents: 87号令 58, 12号令 42 and evaluation.md D5; the values are in `evaluation_values`, the tables in
`evaluation_tables`.
"""

from archive.paper.tree import Document, Pair, Pairs, Paragraph, Section
from trading.amounts import minute, numeral
from trading.papers import evaluation_tables as tables
from trading.papers.evaluation_values import EvaluationReport
from trading.papers.parts import PROCUREMENT, TENDER_LAW, TENDER_RULES, basis, demand, listed, paper

ARTICLE = f"{PROCUREMENT}第五十八条、{TENDER_RULES}第五十三条"
ARTICLE_SIGN = f"{TENDER_RULES}第五十三条"


def evaluation_report(x: EvaluationReport) -> Document:
    """The report.

    Raises:
        Invalid: ``paper.missing``: a particular of the procedure, the committee, the draw's proof; a mark of a seat;
            ground, article or reason of a rejection; formula, inputs or result of a computed value; the stance of a member,
            the text of a dissent; candidates, unless ``no_award`` says why there are none.
    """
    _check(x)
    hours, minutes = divmod((x.ended_at - x.started_at) // 60_000_000, 60)
    general = (
        Pair("项目名称", x.project, wide=True),
        Pair("标段（包）", x.lot),
        Pair("招标人（采购人）", x.tenderer),
        Pair("公告媒体", x.media),
        Pair("公告日期", minute(x.notice_at)),
        Pair("开标时间", minute(x.opened_at)),
        Pair("开标记录编号", x.opening_record),
        Pair("评标地点", x.place),
        Pair("评标用时", f"{hours}小时{minutes}分"),
        Pair("评标开始", minute(x.started_at)),
        Pair("评标结束", minute(x.ended_at)),
        Pair("评标办法", x.method, wide=True),
        Pair("投标人名单", "、".join(x.bidders), wide=True),
    )
    drawn = (
        Pair("抽取证明编号", x.draw.proof, wide=True),
        Pair("专家库", x.draw.pool),
        Pair("符合条件人数", f"{x.draw.eligible}人"),
        Pair("抽取时间", minute(x.draw.drawn_at), wide=True),
    )
    chosen = (
        Pair("产生方式", "直接确定，未经抽取", wide=True),
        Pair("依据与理由", x.draw.appointed, wide=True),
        Pair("决定时间", minute(x.draw.drawn_at), wide=True),
    )
    draw = chosen if x.draw.appointed else drawn
    hashes = Pairs((Pair("计算输入摘要", x.inputs),))
    parts = [
        Section("基本情况", "General", (Pairs(general, 2),)),
        *_superseded(x),
        Section("评标委员会及其产生", "Committee and draw", (Pairs(draw, 2), tables.committee(x))),
        Section("资格性、符合性审查", "Qualification and conformity", tables.votes(x)),
        *_envelopes(x),
        Section("否决投标情况", "Rejections", (tables.rejections(x),)),
        Section("澄清、说明和补正", "Clarifications", (tables.clarifications(x),)),
        Section("异常低价审查", "Abnormally low prices", (tables.low_prices(x),)),
        Section("评分", "Marks", tables.marks(x)),
        Section("计算值与随机系数", "Computed values", (tables.computed(x), tables.coefficients(x), hashes)),
        Section("汇总后的修改", "Adjustments", (tables.adjustments(x),)),
        Section(
            "提示性指标",
            "Indicators",
            (tables.indicators(x), Paragraph("指标仅供评标委员会和监督部门参考，不改变任何评分。", "small")),
        ),
        Section("排序与中标候选人", "Ranking and candidates", (tables.ranking(x), *_candidates(x))),
        Section("签署与不同意见", "Signatures and dissent", (tables.signatures(x),)),
    ]
    if x.archive:
        parts.append(Section("归档文件摘要", "Archive", (tables.archive(x),)))
    note = Paragraph("评标委员会成员拒绝在评标报告上签名又不书面说明其不同意见和理由的，视为同意评标结果。")
    return paper(x.frame, f"{x.project}\n评标报告", "Evaluation report", parts, note, basis(ARTICLE))


def _superseded(x: EvaluationReport) -> tuple[Section, ...]:
    if not x.former:
        return ()
    said = Paragraph("下列评标报告已被认定无效，其评审意见和评分不再使用；本报告为重新评审后的评标报告，取代下列报告。")
    return (Section("重新评审", "Evaluated again", (said, tables.former(x))),)


def _envelopes(x: EvaluationReport) -> tuple[Section, ...]:
    """双信封: what was locked before any price was known, and what the second opening gave."""
    found = x.envelopes
    if found is None:
        return ()
    pairs = [
        Pair("第一信封评审锁定时间", minute(found.locked_at)),
        Pair("报价进入评标室时间", minute(found.priced_at) if found.priced_at else "未开启第二信封"),
        Pair("准予开启第二信封的投标人", "、".join(found.admitted) or "无", wide=True),
    ]
    if found.fallen:
        pairs.append(Pair("第二信封未能开启", "；".join(f"{who}（{effect}）" for who, effect in found.fallen), wide=True))
    note = Paragraph("评审意见和评分在锁定后未再更改；未准予开启的第二信封原样封存。", "small")
    return (Section("双信封", "Two envelopes", (Pairs(tuple(pairs), 2), note)),)


def _candidates(x: EvaluationReport) -> tuple[Paragraph, ...]:
    if x.no_award:
        return (Paragraph(f"评标委员会未推荐中标候选人。原因：{x.no_award}"),)
    named = "；".join(f"第{numeral(i)}中标候选人：{name}" for i, name in enumerate(x.candidates, start=1))
    before = (Paragraph("签订合同前需处理的事宜：\n" + listed(x.before_contract), "plain"),) if x.before_contract else ()
    return (Paragraph(f"评标委员会推荐的中标候选人依次为：{named}。"), *before)


def _check(x: EvaluationReport) -> None:
    demand(
        ARTICLE,
        ("项目名称", x.project),
        ("标段（包）", x.lot),
        ("招标公告刊登的媒体名称", x.media),
        ("评标地点", x.place),
        ("投标人名单", x.bidders),
        ("评标委员会成员名单", x.committee),
        ("专家抽取证明编号", x.draw.proof),
        ("评标方法和标准", x.method),
        ("资格性、符合性审查结论", x.votes),
        ("计算输入摘要", x.inputs),
        ("中标候选人名单或者不推荐的原因", x.candidates or x.no_award),
    )
    for rejection in x.rejections:
        who = rejection.bidder
        demand(ARTICLE, ("被否决的投标人", who), (f"{who}的否决依据", rejection.article), (f"{who}的否决理由", rejection.reason))
    for marks in x.marks:
        complete = len(marks.given) == len(x.committee) and all(marks.given)
        demand(
            ARTICLE,
            (f"{marks.bidder}在“{marks.item}”上每名成员的评分", complete or None),
            (f"{marks.bidder}的计入得分", marks.counts),
        )
    for value in x.computed:
        demand(
            ARTICLE,
            (f"{value.name}的公式", value.formula),
            (f"{value.name}的输入", value.inputs),
            (f"{value.name}的结果", value.result),
        )
    for place in x.ranking:
        demand(ARTICLE, ("排序中的投标人", place.bidder), (f"{place.bidder}的总得分", place.total))
    judged = {r.bidder for r in x.ranking} | {r.bidder for r in x.rejections}
    judged |= {who for who, _ in x.envelopes.fallen} if x.envelopes else set()
    for bidder in () if x.no_award else x.bidders:
        demand(ARTICLE, (f"{bidder}的评审结果", bidder in judged or None))
    stances = {s.member: s for s in x.signatures}
    for member in x.committee:
        stance = stances.get(member.name)
        demand(ARTICLE_SIGN, (f"{member.name}的签署情况", stance))
        if stance and stance.stance == "dissent":
            demand(ARTICLE_SIGN, (f"{member.name}的书面不同意见", stance.dissent))
        if stance and stance.stance != "refused":
            demand(f"{TENDER_LAW}第四十条", (f"{member.name}的签署时间", stance.at))
