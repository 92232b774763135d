"""中标候选人公示 (N-2), 中标结果公示 (N-3): how a result under 招标投标法 is made public."""

from archive.paper.tree import Column, Document, Pair, Pairs, Paragraph, Section, Table
from archive.values import Instant, Money, Value
from trading.amounts import both, figure, minute, numeral
from trading.papers.parts import (
    PUBLICATION,
    TENDER_RULES,
    Frame,
    Party,
    basis,
    contacts,
    demand,
    listed,
    paper,
    priced,
    seal,
    stated,
)

ARTICLE_6 = f"{PUBLICATION}第六条"
ARTICLE_54 = f"{TENDER_RULES}第五十四条"


class Candidate(Value, frozen=True):
    """One of at most three, with all that 10号令 6 lists; ``scores`` are label and exact text."""

    rank: int
    name: str
    price: Money
    quality: str
    term: str
    evaluation: str
    manager: str
    certificate: str
    certificate_number: str
    qualification: str
    scores: tuple[tuple[str, str], ...] = ()


class Rejected(Value, frozen=True):
    """A rejected bid and why."""

    name: str
    reason: str
    article: str


class CandidatesNotice(Value, frozen=True):
    """N-2: published within three days of the report, for at least three days."""

    frame: Frame
    project: str
    lot: str
    tenderer: Party
    candidates: tuple[Candidate, ...]
    published_from: Instant
    published_until: Instant
    objection_to: str
    objection_how: str
    rejected: tuple[Rejected, ...] = ()
    opened_at: Instant | None = None
    supervisor: Party | None = None
    agency: Party | None = None
    others: tuple[str, ...] = ()


class WinnerNotice(Value, frozen=True):
    """N-3: the result of a tender under 招标投标法."""

    frame: Frame
    project: str
    lot: str
    tenderer: Party
    winner: str
    price: Money
    term: str = ""
    quality: str = ""
    manager: str = ""
    candidates_number: str = ""
    agency: Party | None = None


def candidates_notice(x: CandidatesNotice) -> Document:
    """中标候选人公示.

    Raises:
        Invalid: ``paper.missing`` when a content of 10号令 第六条 is absent.
    """
    demand(
        ARTICLE_6,
        ("项目名称", x.project),
        ("中标候选人", x.candidates),
        ("提出异议的渠道", x.objection_to),
        ("提出异议的方式", x.objection_how),
    )
    demand(ARTICLE_54, ("公示截止时间", x.published_until))
    for c in x.candidates:
        demand(
            ARTICLE_6,
            ("中标候选人名称", c.name),
            (f"{c.name}的质量", c.quality),
            (f"{c.name}的工期（交货期）", c.term),
            (f"{c.name}的评标情况", c.evaluation),
            (f"{c.name}的项目负责人姓名", c.manager),
            (f"{c.name}的项目负责人证书名称", c.certificate),
            (f"{c.name}的项目负责人证书编号", c.certificate_number),
            (f"{c.name}响应的资格能力条件", c.qualification),
        )
    for r in x.rejected:
        demand(ARTICLE_6, (f"{r.name}被否决的理由", r.reason))
    general = (
        Pair("项目名称", x.project, wide=True),
        Pair("标段（包）", x.lot),
        Pair("开标时间", "—" if x.opened_at is None else minute(x.opened_at)),
        Pair("公示期", f"{minute(x.published_from)}至{minute(x.published_until)}（北京时间）", wide=True),
    )
    objection = (
        Pair("受理", x.objection_to),
        Pair("方式", x.objection_how),
        Pair("期限", "对评标结果有异议的，应当在公示期内提出；招标人自收到异议之日起三日内答复，作出答复前暂停招标投标活动"),
    )
    parts = [
        Section("项目概况", "Project", (Pairs(general, 2),)),
        Section("中标候选人排序、报价与评标情况", "Candidates", (_ranked(x.candidates), *_scores(x.candidates))),
        Section("项目负责人与资格能力条件", "Managers and qualification", (_managers(x.candidates),)),
        Section("被否决的投标及理由", "Rejected bids", (rejections(x.rejected),)),
        Section("提出异议的渠道和方式", "Objections", (Pairs(objection),)),
    ]
    if x.others:
        parts.append(Section("其他", "Other", (Paragraph(listed(x.others), "plain"),)))
    parts.append(
        Section(
            "联系方式",
            "Contacts",
            (Pairs(contacts(("招标人", x.tenderer), ("招标代理机构", x.agency), supervisor=x.supervisor), 2),),
        )
    )
    stamp = seal(x.frame, ("招标人（盖章）", x.tenderer))
    return paper(
        x.frame, f"{x.project}\n中标候选人公示", "Notice of ranked candidates", parts, stamp, basis(f"{ARTICLE_6}、{ARTICLE_54}")
    )


def winner_notice(x: WinnerNotice) -> Document:
    """中标结果公示.

    Raises:
        Invalid: ``paper.missing`` without the project, the lot, the winner or a price.
    """
    demand(
        ARTICLE_6, ("项目名称", x.project), ("标段（包）", x.lot), ("中标人名称", x.winner), ("中标价", x.price.amount or None)
    )
    result = stated(
        Pair("项目名称", x.project),
        Pair("标段（包）", x.lot),
        Pair("中标人", x.winner),
        Pair("中标价", both(x.price)),
        Pair("工期（交货期）", x.term),
        Pair("质量", x.quality),
        Pair("项目负责人", x.manager),
        Pair("中标候选人公示编号", x.candidates_number),
    )
    parts = [
        Section("中标结果", "Result", (result,)),
        Section("联系方式", "Contacts", (Pairs(contacts(("招标人", x.tenderer), ("招标代理机构", x.agency)), 2),)),
    ]
    return paper(
        x.frame,
        f"{x.project}\n中标结果公示",
        "Notice of the winner",
        parts,
        seal(x.frame, ("招标人（盖章）", x.tenderer)),
        basis(ARTICLE_6),
    )


def _ranked(candidates: tuple[Candidate, ...]) -> Table:
    columns = (
        Column("排序", 8, "center"),
        Column("中标候选人", 27),
        Column(priced("投标报价", (c.price for c in candidates)), 17, "right"),
        Column("质量", 12),
        Column("工期（交货期）", 14),
        Column("评标情况", 22),
    )
    return Table(
        columns, tuple((f"第{numeral(c.rank)}名", c.name, figure(c.price), c.quality, c.term, c.evaluation) for c in candidates)
    )


def _scores(candidates: tuple[Candidate, ...]) -> tuple[Table, ...]:
    labels = tuple(dict.fromkeys(label for c in candidates for label, _ in c.scores))
    if not labels:
        return ()
    columns = (Column("中标候选人", 30), *(Column(label, 14, "right") for label in labels))
    return (Table(columns, tuple((c.name, *(dict(c.scores).get(label, "—") for label in labels)) for c in candidates), "得分"),)


def _managers(candidates: tuple[Candidate, ...]) -> Table:
    columns = (
        Column("中标候选人", 26),
        Column("项目负责人", 12, "center"),
        Column("证书名称及编号", 26),
        Column("响应的资格能力条件", 36),
    )
    return Table(
        columns, tuple((c.name, c.manager, f"{c.certificate}\n{c.certificate_number}", c.qualification) for c in candidates)
    )


def rejections(rejected: tuple[Rejected, ...]) -> Table:
    """The rejected bids with article and reason."""
    columns = (Column("投标人", 30), Column("依据", 30), Column("理由", 40))
    return Table(columns, tuple((r.name, r.article, r.reason) for r in rejected), empty="没有被否决的投标")
