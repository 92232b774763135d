"""招标公告、资格预审公告 (N-1) and 政府采购招标公告 (N-4): what an invitation to tender must say."""

from archive.paper.tree import Column, Document, Pair, Pairs, Paragraph, Section, Table
from archive.values import Instant, Money, Value
from trading.amounts import both, figure, minute
from trading.papers.parts import (
    E_TENDER,
    PROCUREMENT,
    PUBLICATION,
    Frame,
    Party,
    basis,
    contacts,
    demand,
    demand_party,
    listed,
    paper,
    priced,
    seal,
)

ARTICLE_5 = f"{PUBLICATION}第五条"
ARTICLE_13 = f"{PROCUREMENT}第十三条"
ARTICLE_17 = f"{E_TENDER}第十七条"

_TENDER = ("招标公告", "招标文件", "投标文件")
_PREQUALIFICATION = ("资格预审公告", "资格预审文件", "资格预审申请文件")


class NoticeLot(Value, frozen=True):
    """A lot (标段, 采购包) as the notice lists it."""

    id: str
    name: str
    scope: str
    ceiling: Money | None = None
    term: str = ""


class TenderNotice(Value, frozen=True):
    """N-1, works and other tenders that the law requires (RS-1).

    ``prequalification`` makes it a 资格预审公告; ``consortium`` must be stated either way; ``number`` is the project's own where
    the paper has another; ``two_envelopes`` names the lots whose price is sealed apart.
    """

    frame: Frame
    project: str
    content: str
    scope: str
    scale: str
    funding: str
    qualification: tuple[str, ...]
    consortium: bool | None
    documents_from: Instant
    documents_until: Instant
    documents_how: str
    deadline: Instant
    submit_how: str
    tenderer: Party
    platform_url: str
    platform_how: str
    agency: Party | None = None
    lots: tuple[NoticeLot, ...] = ()
    approval: str = ""
    place: str = ""
    method: str = ""
    media: tuple[str, ...] = ()
    supervisor: Party | None = None
    others: tuple[str, ...] = ()
    prequalification: bool = False
    number: str = ""
    two_envelopes: tuple[str, ...] = ()


class ProcurementNotice(Value, frozen=True):
    """N-4, public invitation in government procurement (RS-2); ``document_price`` 0 is free, ``number`` as there."""

    frame: Frame
    project: str
    buyer: Party
    budget: Money
    need: str
    qualification: tuple[str, ...]
    documents_from: Instant
    documents_until: Instant
    documents_place: str
    documents_how: str
    document_price: Money
    notice_days: str
    deadline: Instant
    opening_at: Instant
    opening_place: str
    contact: str
    contact_phone: str
    platform_url: str
    platform_how: str
    agency: Party | None = None
    ceiling: Money | None = None
    consortium: bool | None = None
    lots: tuple[NoticeLot, ...] = ()
    policies: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    number: str = ""


def tender_notice(x: TenderNotice) -> Document:
    """招标公告 or 资格预审公告.

    Raises:
        Invalid: ``paper.missing`` when a content of 10号令 第五条 is absent.
    """
    demand(
        ARTICLE_5,
        ("项目名称", x.project),
        ("招标项目内容", x.content),
        ("招标范围", x.scope),
        ("规模", x.scale),
        ("资金来源", x.funding),
        ("投标资格能力要求", x.qualification),
        ("是否接受联合体投标", x.consortium),
        ("获取招标文件的方式", x.documents_how),
        ("递交投标文件的方式", x.submit_how),
    )
    _demand_platform(x.platform_url, x.platform_how)
    demand_party(ARTICLE_5, "招标人", x.tenderer)
    if x.agency:
        demand_party(ARTICLE_5, "招标代理机构", x.agency)
    kind, file, bid = _PREQUALIFICATION if x.prequalification else _TENDER
    approved = f"已由{x.approval}批准，" if x.approval else ""
    lead = (
        f"本招标项目{x.project}{approved}资金来源为{x.funding}，招标人为{x.tenderer.name}。"
        "项目已具备招标条件，现公开招标，欢迎符合条件的潜在投标人参加。"
    )
    general = [Pair("项目名称", x.project, wide=True), Pair("项目编号", x.number or x.frame.number, wide=True)]
    general += [Pair("建设（交付）地点", x.place, wide=True)] if x.place else []
    general += [Pair("内容", x.content, wide=True), Pair("范围", x.scope, wide=True), Pair("规模", x.scale, wide=True)]
    general.append(Pair("资金来源", x.funding, wide=True))
    qualification = (Paragraph(listed(x.qualification), "plain"), Paragraph(_consortium(x.consortium)))
    documents = (
        Pair("获取时间", f"{minute(x.documents_from)}至{minute(x.documents_until)}（北京时间）"),
        Pair("获取方式", x.documents_how),
    )
    submission = (
        Pair("递交截止时间", f"{minute(x.deadline)}（北京时间）。逾期送达的，电子招标投标交易平台予以拒收"),
        Pair("递交方式", x.submit_how),
        *_envelopes(x.two_envelopes),
    )
    parts = [
        Section("项目概况与招标范围", "Project and scope", (Pairs(tuple(general), 2), *_lots(x.lots))),
        Section("投标人资格能力要求", "Qualification", qualification),
        Section(f"{file}的获取", "Documents", (Pairs(documents),)),
        Section(f"{bid}的递交", "Submission", (Pairs(submission),)),
        Section("电子招标投标交易平台", "Platform", (Pairs((Pair("网址", x.platform_url), Pair("参与方法", x.platform_how))),)),
    ]
    if x.method:
        parts.append(Section("评标办法", "Evaluation method", (Paragraph(x.method),)))
    if x.others:
        parts.append(Section("其他事项", "Other matters", (Paragraph(listed(x.others), "plain"),)))
    parts.append(Section("发布媒介", "Media", (Paragraph(_media(x.media)),)))
    contact = contacts(("招标人", x.tenderer), ("招标代理机构", x.agency), supervisor=x.supervisor)
    parts.append(Section("联系方式", "Contacts", (Pairs(contact, 2),)))
    agency = (("代理机构（盖章）", x.agency),) if x.agency else ()
    return paper(
        x.frame,
        f"{x.project}\n{kind}",
        "Prequalification notice" if x.prequalification else "Invitation to tender",
        parts,
        seal(x.frame, ("招标人（盖章）", x.tenderer), *agency),
        basis(f"{ARTICLE_5}、{ARTICLE_17}"),
        lead=lead,
    )


def procurement_notice(x: ProcurementNotice) -> Document:
    """公开招标公告 of government procurement.

    Raises:
        Invalid: ``paper.missing`` when a content of 87号令 第十三条 is absent.
    """
    demand_party(ARTICLE_13, "采购人", x.buyer)
    if x.agency:
        demand_party(ARTICLE_13, "采购代理机构", x.agency)
    demand(
        ARTICLE_13,
        ("采购项目名称", x.project),
        ("采购项目预算金额", x.budget.amount or None),
        ("采购人的采购需求", x.need),
        ("投标人的资格要求", x.qualification),
        ("获取招标文件的地点", x.documents_place),
        ("获取招标文件的方式", x.documents_how),
        ("公告期限", x.notice_days),
        ("开标地点", x.opening_place),
        ("采购项目联系人姓名", x.contact),
        ("采购项目联系人电话", x.contact_phone),
    )
    _demand_platform(x.platform_url, x.platform_how)
    general = [Pair("项目编号", x.number or x.frame.number), Pair("采购方式", "公开招标"), Pair("项目名称", x.project, wide=True)]
    general.append(Pair("预算金额", both(x.budget), wide=True))
    general.append(Pair("最高限价", both(x.ceiling) if x.ceiling else "未另设最高限价，以预算金额为限", wide=True))
    general.append(Pair("采购需求", x.need, wide=True))
    price = "免费" if x.document_price.amount == 0 else both(x.document_price)
    documents = (
        Pair("时间", f"{minute(x.documents_from)}至{minute(x.documents_until)}（北京时间）"),
        Pair("地点", x.documents_place),
        Pair("方式", x.documents_how),
        Pair("售价", price),
    )
    submission = (
        Pair("投标截止时间", f"{minute(x.deadline)}（北京时间）"),
        Pair("开标时间", f"{minute(x.opening_at)}（北京时间）"),
        Pair("开标地点", x.opening_place),
        Pair("交易平台网址", x.platform_url),
        Pair("参与方法", x.platform_how),
    )
    consortium = () if x.consortium is None else (Paragraph(_consortium(x.consortium)),)
    policies = (Paragraph("需落实的政府采购政策：\n" + listed(x.policies), "plain"),) if x.policies else ()
    contact = (
        *contacts(("采购人", x.buyer), ("采购代理机构", x.agency)),
        Pair("项目联系人", x.contact),
        Pair("电话", x.contact_phone),
    )
    parts = [
        Section("项目基本情况", "Project", (Pairs(tuple(general), 2), *_lots(x.lots))),
        Section("投标人的资格要求", "Qualification", (Paragraph(listed(x.qualification), "plain"), *consortium, *policies)),
        Section("获取招标文件", "Documents", (Pairs(documents),)),
        Section("提交投标文件截止时间、开标时间和地点", "Submission and opening", (Pairs(submission),)),
        Section("公告期限", "Period of the notice", (Paragraph(f"自本公告发布之日起{x.notice_days}。"),)),
        Section("发布媒介", "Media", (Paragraph(_media(x.media)),)),
        Section("对本次招标提出询问，请按以下方式联系", "Contacts", (Pairs(contact, 2),)),
    ]
    agency = (("代理机构（盖章）", x.agency),) if x.agency else ()
    return paper(
        x.frame,
        f"{x.project}\n公开招标公告",
        "Invitation to tender (government procurement)",
        parts,
        seal(x.frame, ("采购人（盖章）", x.buyer), *agency),
        basis(f"{ARTICLE_13}、{ARTICLE_17}"),
    )


def _demand_platform(url: str, how: str) -> None:
    demand(ARTICLE_17, ("电子招标投标交易平台的网址", url), ("参与投标的方法", how))


def _consortium(accepted: bool | None) -> str:
    if accepted:
        return (
            "本次招标接受联合体投标。联合体各方应当签订共同投标协议，指定牵头人，各方不得再单独或者参加其他联合体在同一标段投标。"
        )
    return "本次招标不接受联合体投标。"


def _envelopes(lots: tuple[str, ...]) -> tuple[Pair, ...]:
    """双信封: which lots, and when each envelope is opened."""
    if not lots:
        return ()
    said = (
        f"标段（包）{'、'.join(lots)}的投标文件采用双信封：第一信封为商务及技术文件，于投标截止时间开启，其中不得载明投标报价；"
        "第二信封为报价文件，在第一信封评审锁定后开启，且只开启通过评审的投标人的第二信封，其余第二信封不予开启，密文原样封存"
    )
    return (Pair("信封", said),)


def _media(media: tuple[str, ...]) -> str:
    return f"本公告同时在{'、'.join(media)}发布，各媒介内容一致。" if media else "本公告在本电子招标投标交易平台发布。"


def _lots(lots: tuple[NoticeLot, ...]) -> tuple[Table, ...]:
    if not lots:
        return ()
    columns = (
        Column("标段（包）", 13, "center"),
        Column("名称", 24),
        Column("内容与范围", 35),
        Column(priced("最高限价", (lot.ceiling for lot in lots)), 16, "right"),
        Column("期限", 14),
    )
    rows = tuple((lot.id, lot.name, lot.scope, figure(lot.ceiling) if lot.ceiling else "—", lot.term or "—") for lot in lots)
    return (Table(columns, rows, "标段（包）划分"),)
