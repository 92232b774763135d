"""澄清、更正、延期、终止、废标 (N-5): what a later notice must say of the one before it."""

from typing import Literal

from archive.paper.tree import Block, Column, Document, Pair, Pairs, Paragraph, Section, Table
from archive.values import Instant, Value
from trading.amounts import date, minute
from trading.papers.parts import (
    E_TENDER,
    PROCUREMENT,
    TENDER_LAW,
    TENDER_RULES,
    Frame,
    Party,
    basis,
    contacts,
    demand,
    demand_party,
    paper,
    seal,
)

Kind = Literal["clarification", "correction", "extension", "termination", "failure"]

ARTICLES: dict[Kind, str] = {
    "clarification": f"{TENDER_LAW}第二十三条、{TENDER_RULES}第二十一条、{E_TENDER}第二十二条",
    "correction": f"{TENDER_LAW}第二十三条、{PROCUREMENT}第二十七条、{E_TENDER}第二十二条",
    "extension": f"{TENDER_LAW}第二十三条、{TENDER_RULES}第二十一条",
    "termination": f"{TENDER_RULES}第三十一条、{PROCUREMENT}第二十九条",
    "failure": f"{TENDER_LAW}第二十八条、{TENDER_RULES}第四十四条、{PROCUREMENT}第四十三条",
}
_TITLES: dict[Kind, tuple[str, str]] = {
    "clarification": ("招标文件澄清公告", "Clarification notice"),
    "correction": ("更正公告", "Correction notice"),
    "extension": ("延期公告", "Extension notice"),
    "termination": ("终止公告", "Termination notice"),
    "failure": ("招标失败公告", "Notice of a failed tender"),
}


class Change(Value, frozen=True):
    """One item as it read and as it reads now."""

    item: str
    old: str
    new: str


class ClarificationNotice(Value, frozen=True):
    """N-5.

    ``affects_bids`` says whether the content may affect how bids are prepared: then at least fifteen days
    must remain before the deadline, or ``deadline`` is the new one.  ``refund`` is what a termination owes.
    """

    frame: Frame
    project: str
    kind: Kind
    original_number: str
    original_title: str
    original_at: Instant
    reason: str
    tenderer: Party
    changes: tuple[Change, ...] = ()
    affects_bids: bool = False
    deadline_before: Instant | None = None
    deadline: Instant | None = None
    refund: str = ""
    next_step: str = ""
    agency: Party | None = None


def clarification_notice(x: ClarificationNotice) -> Document:
    """The notice.

    Raises:
        Invalid: ``paper.missing``: number and title of the original notice, the reason, the changed items (old and
            new) of a clarification or correction, the new time of an extension, the refund of a termination.
    """
    article = ARTICLES[x.kind]
    demand(
        article, ("项目名称", x.project), ("原公告编号", x.original_number), ("原公告名称", x.original_title), ("原因", x.reason)
    )
    demand_party(article, "招标人", x.tenderer)
    match x.kind:
        case "clarification" | "correction":
            demand(article, ("更正（澄清）事项", x.changes))
            for change in x.changes:
                demand(article, ("更正（澄清）事项名称", change.item), (f"“{change.item}”更正后的内容", change.new))
        case "extension":
            demand(article, ("新的投标截止时间", x.deadline))
        case "termination":
            demand(article, ("费用与保证金退还", x.refund))
        case "failure":
            demand(article, ("后续安排", x.next_step))
    title, english = _TITLES[x.kind]
    original = (
        Pair("原公告编号", x.original_number),
        Pair("原公告日期", date(x.original_at)),
        Pair("原公告名称", x.original_title, wide=True),
    )
    parts = [
        Section("项目基本情况", "Project", (Pairs((Pair("项目名称", x.project, wide=True), *original), 2),)),
        Section("原因", "Reason", (Paragraph(x.reason),)),
    ]
    if x.changes:
        columns = (Column("序号", 7, "center"), Column("事项", 22), Column("原内容", 35), Column("现内容", 36))
        rows = tuple((str(i), c.item, c.old or "（新增）", c.new) for i, c in enumerate(x.changes, start=1))
        parts.append(Section("更正（澄清）内容", "Changes", (Table(columns, rows),)))
    if x.deadline or x.affects_bids:
        parts.append(Section("时间安排", "Times", _times(x)))
    if x.refund:
        parts.append(Section("费用与保证金退还", "Refund", (Paragraph(x.refund),)))
    if x.next_step:
        parts.append(Section("后续安排", "Next", (Paragraph(x.next_step),)))
    contact = contacts(("招标人", x.tenderer), ("招标代理机构", x.agency))
    parts.append(Section("联系方式", "Contacts", (Pairs(contact, 2),)))
    stamp = seal(x.frame, ("招标人（盖章）", x.tenderer))
    return paper(x.frame, f"{x.project}\n{title}", english, parts, stamp, basis(article))


def _times(x: ClarificationNotice) -> tuple[Block, ...]:
    pairs = []
    if x.deadline_before is not None:
        pairs.append(Pair("原投标截止时间", f"{minute(x.deadline_before)}（北京时间）"))
    if x.deadline is not None:
        pairs.append(Pair("现投标截止时间", f"{minute(x.deadline)}（北京时间），开标时间与其相同"))
    effect = (
        "上述内容可能影响投标文件编制，发布之日距投标截止时间不少于十五日；不足十五日的，投标截止时间已相应顺延。"
        if x.affects_bids
        else "上述内容不影响投标文件编制。"
    )
    table = (Pairs(tuple(pairs)),) if pairs else ()
    return (*table, Paragraph(f"{effect}本公告已在交易平台显著位置公布，并推送至所有已下载招标文件的潜在投标人。"))
