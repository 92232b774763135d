"""专家抽取证明, in short: conditions, randomness, seats and calls of one draw, and how to recompute it."""

from typing import Literal

from archive.paper.tree import Column, Document, Pair, Pairs, Paragraph, Section, Table
from archive.values import Instant, Value
from trading.amounts import minute, stamp
from trading.papers.parts import TENDER_LAW, TENDER_RULES, Frame, basis, demand, paper
from trading.papers.receipt import Logged, logged

ARTICLE_DRAW = f"{TENDER_LAW}第三十七条、{TENDER_RULES}第四十六条"

Answer = Literal["accepted", "declined", "no-answer", "conflict", "absent"]

_ANSWERS: dict[Answer, str] = {
    "accepted": "接受",
    "declined": "谢绝",
    "no-answer": "规定时间内未应答",
    "conflict": "回避",
    "absent": "接受后未到",
}


class Seat(Value, frozen=True):
    """A drawn seat; ``expert`` is a name after the award, until then the opaque commitment."""

    seat: str
    category: str
    position: int
    expert: str


class Called(Value, frozen=True):
    """A call in the order of the draw and its answer with the hash of the evidence."""

    at: Instant
    category: str
    expert: str
    answer: Answer
    evidence: str


class DrawProof(Value, frozen=True):
    """The draw of experts in short; the full proof is the file named by ``digest``."""

    frame: Frame
    project: str
    lot: str
    conditions: tuple[tuple[str, str], ...]
    pool_root: str
    pool_size: int
    eligible: tuple[tuple[str, int], ...]
    plan: str
    planned_at: Instant
    contributions: tuple[tuple[str, str], ...]
    beacon: str
    seed: str
    drawn_at: Instant
    seats: tuple[Seat, ...]
    calls: tuple[Called, ...]
    digest: str
    logged: Logged
    command: str


def draw_proof(x: DrawProof) -> Document:
    """专家抽取证明 (摘要).

    Raises:
        Invalid: ``paper.missing`` without conditions, pool, plan, contributions, seed, seats, proof file or place in the log.
    """
    demand(
        ARTICLE_DRAW,
        ("项目名称", x.project),
        ("抽取条件", x.conditions),
        ("专家库根摘要", x.pool_root),
        ("抽取方案摘要", x.plan),
        ("各方随机数", x.contributions),
        ("随机种子", x.seed),
        ("抽取结果", x.seats),
        ("完整证明文件的摘要", x.digest),
        ("日志根摘要", x.logged.root),
    )
    general = (
        Pair("项目名称", x.project, wide=True),
        Pair("标段（包）", x.lot),
        Pair("抽取时间", minute(x.drawn_at)),
        Pair("专家库人数", f"{x.pool_size}人"),
        Pair("方案固化时间", minute(x.planned_at)),
        Pair("专家库根摘要", x.pool_root, wide=True),
        Pair("方案摘要", x.plan, wide=True),
    )
    conditions = Pairs(tuple(Pair(label, text) for label, text in x.conditions))
    eligible = Table(
        (Column("专业类别", 60), Column("符合条件人数", 40, "right")), tuple((name, str(n)) for name, n in x.eligible)
    )
    random = Pairs(
        (
            *(Pair(who, value) for who, value in x.contributions),
            Pair("公共随机信标", x.beacon or "未使用"),
            Pair("随机种子", x.seed),
        )
    )
    seats = Table(
        (Column("席位", 10, "center"), Column("专业类别", 26), Column("名次", 10, "center"), Column("专家", 54)),
        tuple((s.seat, s.category, str(s.position), s.expert) for s in x.seats),
    )
    calls = Table(
        (
            Column("通知时间", 20, "center"),
            Column("专业类别", 18),
            Column("专家", 24),
            Column("应答", 14, "center"),
            Column("凭据摘要", 34),
        ),
        tuple((stamp(c.at), c.category, c.expert, _ANSWERS[c.answer], c.evidence) for c in x.calls),
        "按抽取名次逐一通知，未作任何人工选择；时间均为北京时间",
    )
    check = Pairs((Pair("完整证明文件", x.digest), Pair("复核命令", x.command)))
    parts = [
        Section("抽取概况", "The draw", (Pairs(general, 2),)),
        Section("抽取条件", "Conditions", (conditions, eligible)),
        Section("随机数来源", "Randomness", (random,)),
        Section("抽取结果", "Seats", (seats,)),
        Section("通知与应答", "Calls and answers", (calls,)),
        Section("日志记录与复核", "Log and verification", (logged(x.logged), check)),
    ]
    note = Paragraph("任何人可用完整证明文件和本文所列的摘要重新计算抽取结果；抽取一经开始，不得重新抽取，只能按原种子续抽。")
    return paper(
        x.frame,
        f"{x.project}\n评标专家抽取证明（摘要）",
        "Proof of the draw of experts, in short",
        parts,
        note,
        basis(ARTICLE_DRAW),
    )
