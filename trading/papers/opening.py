"""开标记录 (N-11): every envelope of the closing list with its verdict, what was read out, what was objected."""

from typing import Literal

from msgspec.structs import replace

from archive.paper.tree import Block, Column, Document, Pair, Pairs, Paragraph, Section, Signatory, Signatures, Table
from archive.values import Instant, Money, Value
from trading.amounts import both, capitals, figure, minute, stamp
from trading.papers.parts import E_TENDER, TENDER_LAW, TENDER_RULES, Frame, basis, demand, paper, priced

ARTICLE = f"{TENDER_LAW}第三十六条、{E_TENDER}第三十条至第三十二条"
ARTICLE_FEW = f"{TENDER_LAW}第二十八条、{TENDER_RULES}第四十四条"

Verdict = Literal["opened", "malformed", "bytes-missing", "trustees-short", "bidder-absent", "undetermined", "sealed"]

VERDICTS: dict[Verdict, tuple[str, str, str]] = {
    "opened": ("解密成功", "—", "参加唱标和评标"),
    "malformed": ("投标文件不能还原", "投标人", "视为撤销其投标文件"),
    "bidder-absent": ("投标人未在规定时间内解密", "投标人", "视为撤销其投标文件"),
    "bytes-missing": ("平台所存密文缺失或与回执不符", "交易平台", "视为撤回其投标文件，投标人有权要求责任方赔偿直接损失"),
    "trustees-short": ("开标密钥份额不足", "开标密钥持有人", "视为撤回其投标文件，投标人有权要求责任方赔偿直接损失"),
    "undetermined": ("未解密", "待认定", "由招标人会同行政监督部门认定，理由另行记录"),
    "sealed": ("未开启", "—", "未通过第一信封开标或评审，第二信封不予开启，密文原样封存"),
}
"""Verdict of the opening (SBE/1 3.6): what happened, whose cause, its effect under 电子招标投标办法 31; the last in a second
opening only."""

PARTS = {1: "第一信封（商务及技术文件）", 2: "第二信封（报价文件）"}
"""What is opened where bids come in two envelopes."""


class OpenedBid(Value, frozen=True):
    """One envelope of the closing list.

    ``intact`` says whether the stored ciphertext has the digest of its receipt; ``price`` is there exactly when
    the bid was opened and the tender asks for one; ``deciphered_at`` when it was opened; ``confirmed_at`` is the
    bidder's confirmation of the record, absent when he did not attend.
    """

    bidder: str
    submitted_at: Instant
    version: int
    envelope: str
    intact: bool
    verdict: Verdict
    deciphered_at: Instant | None = None
    price: Money | None = None
    price_text: str = ""
    term: str = ""
    quality: str = ""
    manager: str = ""
    deposit: str = ""
    remark: str = ""
    confirmed_at: Instant | None = None


class Objection(Value, frozen=True):
    """An objection at the opening and the answer given on the spot (招标投标法实施条例 44)."""

    by: str
    at: Instant
    content: str
    answer: str
    answered_at: Instant


class OpeningRecord(Value, frozen=True):
    """N-11; ``received`` counts the envelopes of the closing list, ``not_opened`` is the reason why nothing was opened.

    ``part`` is 1 or 2 where bids come in two envelopes, of which the first holds no price; 0 where they come in one.
    """

    frame: Frame
    project: str
    lot: str
    lot_name: str
    deadline: Instant
    opened_at: Instant
    place: str
    host: str
    tenderer: str
    received: int
    closing_list: str
    bids: tuple[OpenedBid, ...] = ()
    agency: str = ""
    witness: str = ""
    supervisor: str = ""
    ceiling: Money | None = None
    base_price: Money | None = None
    coefficients: tuple[tuple[str, str], ...] = ()
    objections: tuple[Objection, ...] = ()
    not_opened: str = ""
    finished_at: Instant | None = None
    part: int = 0


def opening_record(x: OpeningRecord) -> Document:
    """The record.

    Raises:
        Invalid: ``paper.missing`` for the header, for a row without name, envelope or verdict's contents, for an
            objection without an answer, for a list whose length is not the number received.
    """
    _check(x)
    header = (
        Pair("项目名称", x.project, wide=True),
        Pair("标段（包）", f"{x.lot}　{x.lot_name}", wide=True),
        Pair("招标人", x.tenderer),
        Pair("代理机构", x.agency or "—"),
        Pair("投标截止时间", minute(x.deadline)),
        Pair("开标时间", minute(x.opened_at)),
        Pair("开标地点", x.place, wide=True),
        Pair("主持人", x.host),
        Pair("见证人", x.witness or "—"),
        Pair("监督部门", x.supervisor or "—"),
        Pair("收到投标文件", f"{x.received}份"),
        Pair("截标清单摘要", x.closing_list, wide=True),
    )
    parts = [Section("开标概况", "Opening", (Pairs(header, 2), Paragraph(_announcement(x))))]
    if not x.not_opened:
        parts += [
            Section("解密与唱标", "Verdicts and read-out", (_read_out(x.bids), *_words(x.bids))),
            Section("密文核验、责任与后果", "Integrity, cause and effect", (_effects(x.bids),)),
        ]
    parts.append(Section("标底、最高限价与系数", "Reference values", (_values(x),)))
    parts.append(Section("异议与答复", "Objections", (_objections(x.objections),)))
    if not x.not_opened:
        parts = [replace(part, landscape=True) for part in parts]
    return paper(
        x.frame,
        f"{x.project}\n{PARTS.get(x.part, '')}开标记录",
        "Record of the second bid opening" if x.part == 2 else "Record of bid opening",
        parts,
        Paragraph("未参加开标的投标人，视同认可开标结果。本记录由交易平台自动生成，签章后向社会公布，依法应当保密的除外。"),
        Signatures(tuple(Signatory(role, name) for role, name in _signing(x))),
        basis(ARTICLE_FEW if x.not_opened else ARTICLE),
    )


def _check(x: OpeningRecord) -> None:
    demand(
        ARTICLE,
        ("项目名称", x.project),
        ("标段（包）", x.lot),
        ("招标人", x.tenderer),
        ("开标地点", x.place),
        ("主持人", x.host),
        ("截标清单摘要", x.closing_list),
    )
    if x.not_opened:
        return
    demand(ARTICLE, ("每份投标文件的开标情况", x.bids if len(x.bids) == x.received else None))
    for bid in x.bids:
        demand(ARTICLE, ("投标人名称", bid.bidder), (f"{bid.bidder}的密文摘要", bid.envelope))
        if bid.verdict == "opened":
            demand(ARTICLE, (f"{bid.bidder}的解密时间", bid.deciphered_at))
        if bid.verdict == "opened" and x.part != 1:
            demand(ARTICLE, (f"{bid.bidder}的投标报价", bid.price or bid.price_text))
    for objection in x.objections:
        demand(
            f"{TENDER_RULES}第四十四条",
            ("异议人", objection.by),
            ("异议内容", objection.content),
            ("异议的答复", objection.answer),
        )


def _announcement(x: OpeningRecord) -> str:
    if x.not_opened:
        return f"投标截止时间已到，共收到投标文件{x.received}份。{x.not_opened}本标段不开标，密文原样封存，未对任何投标文件解密。"
    whole = sum(bid.intact for bid in x.bids)
    opened = sum(bid.verdict == "opened" for bid in x.bids)
    shut = sum(bid.verdict == "sealed" for bid in x.bids)
    end = f"开标于{minute(x.finished_at)}结束。" if x.finished_at is not None else ""
    if x.part == 2:
        return (
            f"第一信封评审已锁定，{len(x.bids) - shut}份投标的第二信封准予开启，解密成功{opened}份；"
            f"其余{shut}份的第二信封不予开启，密文原样封存。{end}"
        )
    first = "本次开启第一信封，第二信封（报价文件）封存，待第一信封评审锁定后另行开启。" if x.part == 1 else ""
    return f"投标截止时间已到，共收到投标文件{x.received}份，密封（密文）校验一致{whole}份，解密成功{opened}份。{first}{end}"


def _read_out(bids: tuple[OpenedBid, ...]) -> Table:
    columns = (
        Column("序号", 6, "center"),
        Column("投标人", 22),
        Column("递交时间", 17, "center"),
        Column("版本", 6, "center"),
        Column("解密结果", 13, "center"),
        Column("解密时间", 17, "center"),
        Column(priced("投标报价", (b.price for b in bids)), 16, "right"),
        Column("工期/交货期", 10, "center"),
        Column("质量", 8, "center"),
        Column("项目负责人", 10, "center"),
        Column("保证金形式", 10, "center"),
        Column("投标人确认", 17, "center"),
    )
    rows = tuple(
        (
            str(i),
            bid.bidder,
            stamp(bid.submitted_at),
            str(bid.version),
            VERDICTS[bid.verdict][0],
            "—" if bid.deciphered_at is None else stamp(bid.deciphered_at),
            (figure(bid.price) if bid.price else bid.price_text) or "—",
            bid.term or "—",
            bid.quality or "—",
            bid.manager or "—",
            bid.deposit or "—",
            "未参加，视同认可" if bid.confirmed_at is None else stamp(bid.confirmed_at),
        )
        for i, bid in enumerate(bids, start=1)
    )
    return Table(columns, rows, "时间均为北京时间")


def _words(bids: tuple[OpenedBid, ...]) -> tuple[Block, ...]:
    """Prices in capitals, which prevail over figures when they differ (87号令 59)."""
    columns = (Column("序号", 6, "center"), Column("投标人", 34), Column("投标报价大写", 60))
    priced = [(str(i), bid.bidder, bid.price) for i, bid in enumerate(bids, start=1) if bid.price and bid.price.currency == "CNY"]
    return (Table(columns, tuple((i, name, capitals(price)) for i, name, price in priced), "投标报价大写"),) if priced else ()


def _effects(bids: tuple[OpenedBid, ...]) -> Table:
    columns = (
        Column("序号", 6, "center"),
        Column("投标人", 22),
        Column("密文摘要", 38),
        Column("密封校验", 9, "center"),
        Column("结论", 20),
        Column("原因归属", 12, "center"),
        Column("法律后果", 30),
        Column("备注", 20),
    )
    rows = tuple(
        (
            str(i),
            bid.bidder,
            bid.envelope,
            "一致" if bid.intact else "不一致",
            *VERDICTS[bid.verdict],
            bid.remark or "—",
        )
        for i, bid in enumerate(bids, start=1)
    )
    return Table(columns, rows, f"原因归属与后果按{E_TENDER}第三十一条")


def _values(x: OpeningRecord) -> Pairs:
    pairs = [
        Pair("标底", both(x.base_price) if x.base_price else "不设标底"),
        Pair("最高投标限价", both(x.ceiling) if x.ceiling else "不设最高投标限价"),
    ]
    return Pairs((*pairs, *(Pair(label, value) for label, value in x.coefficients)))


def _objections(objections: tuple[Objection, ...]) -> Table:
    columns = (
        Column("序号", 8, "center"),
        Column("异议人", 22),
        Column("提出时间", 20, "center"),
        Column("异议内容", 30),
        Column("当场答复", 30),
        Column("答复时间", 20, "center"),
    )
    rows = tuple(
        (str(i), o.by, stamp(o.at), o.content, o.answer, stamp(o.answered_at)) for i, o in enumerate(objections, start=1)
    )
    return Table(columns, rows, empty="开标现场无人提出异议")


def _signing(x: OpeningRecord) -> tuple[tuple[str, str], ...]:
    people = (
        ("主持人（签字）", x.host),
        ("招标人代表（签字）", x.tenderer),
        ("见证人（签字）", x.witness),
        ("监督人员（签字）", x.supervisor),
    )
    return tuple((role, name) for role, name in people if name)
