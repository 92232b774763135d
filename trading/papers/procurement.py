"""政府采购中标结果公告 (N-4): how a result of government procurement is made public."""

from archive.paper.tree import Column, Document, Pair, Pairs, Paragraph, Section, Table
from archive.values import Money, Value
from trading.amounts import both, figure
from trading.papers.award import Rejected, rejections
from trading.papers.parts import (
    ARTICLE_69,
    Frame,
    Party,
    basis,
    contacts,
    demand,
    demand_party,
    paper,
    priced,
    seal,
    stated,
)


class Good(Value, frozen=True):
    """A main item of a procurement result; without ``unit_price`` the bid's own table of prices is referred to."""

    name: str
    specification: str
    quantity: str
    unit_price: Money | None
    service: str = ""


class ProcurementResult(Value, frozen=True):
    """N-4: 中标结果公告; the tender document is published with it, the experts are named.

    ``number`` is the project's own where the paper has another.
    """

    frame: Frame
    project: str
    lot: str
    buyer: Party
    winner: str
    winner_address: str
    price: Money
    goods: tuple[Good, ...]
    notice_days: str
    experts: tuple[str, ...]
    document: str
    contact: str
    contact_phone: str
    agency: Party | None = None
    rejected: tuple[Rejected, ...] = ()
    score: str = ""
    recommended: str = ""
    number: str = ""


def procurement_result(x: ProcurementResult) -> Document:
    """中标结果公告 of government procurement.

    Raises:
        Invalid: ``paper.missing`` when a content of 87号令 第六十九条 is absent.
    """
    demand_party(ARTICLE_69, "采购人", x.buyer)
    if x.agency:
        demand_party(ARTICLE_69, "采购代理机构", x.agency)
    demand(
        ARTICLE_69,
        ("项目名称", x.project),
        ("项目编号", x.number or x.frame.number),
        ("中标人名称", x.winner),
        ("中标人地址", x.winner_address),
        ("中标金额", x.price.amount or None),
        ("主要中标标的", x.goods),
        ("中标公告期限", x.notice_days),
        ("评审专家名单", x.experts),
        ("随中标结果同时公告的招标文件", x.document),
    )
    for good in x.goods:
        demand(
            ARTICLE_69,
            ("标的名称", good.name),
            (f"{good.name}的规格型号", good.specification),
            (f"{good.name}的数量", good.quantity),
        )
    result = stated(
        Pair("项目名称", x.project),
        Pair("项目编号", x.number),
        Pair("采购包", x.lot),
        Pair("中标人", x.winner),
        Pair("地址", x.winner_address),
        Pair("中标金额", both(x.price)),
        Pair("评审总得分", x.score),
        Pair("供应商推荐情况", x.recommended),
    )
    columns = (
        Column("名称", 22),
        Column("规格型号", 26),
        Column("数量", 12, "center"),
        Column(priced("单价", (g.unit_price for g in x.goods)), 16, "right"),
        Column("服务要求", 24),
    )
    rows = tuple(
        (g.name, g.specification, g.quantity, figure(g.unit_price) if g.unit_price else "见投标分项报价", g.service or "—")
        for g in x.goods
    )
    goods = Table(columns, rows)
    contact = (
        *contacts(("采购人", x.buyer), ("采购代理机构", x.agency)),
        Pair("项目联系人", x.contact),
        Pair("电话", x.contact_phone),
    )
    parts = [
        Section("中标信息", "Award", (result,)),
        Section("主要标的信息", "Main items", (goods,)),
        Section("评审专家名单", "Experts", (Paragraph("、".join(x.experts)),)),
        Section("未通过审查的投标人", "Not evaluated", (rejections(x.rejected),)),
        Section("招标文件", "Tender document", (Paragraph(f"随本公告同时公告：{x.document}"),)),
        Section("公告期限", "Period of the notice", (Paragraph(f"自本公告发布之日起{x.notice_days}。"),)),
        Section("对本次公告内容提出询问，请按以下方式联系", "Contacts", (Pairs(contact, 2),)),
    ]
    stamp = seal(x.frame, ("采购人（盖章）", x.buyer))
    return paper(x.frame, f"{x.project}\n中标结果公告", "Award notice (government procurement)", parts, stamp, basis(ARTICLE_69))
