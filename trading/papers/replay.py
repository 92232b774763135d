"""复核报告: what the regulator's replay of the trace log found, level by level, signed."""

from typing import Literal

from archive.paper.tree import Column, Document, Pair, Pairs, Paragraph, Section, Signatory, Signatures, Table
from archive.values import Instant, Value
from trading.amounts import date, minute
from trading.papers.parts import E_TENDER, Frame, basis, demand, paper

ARTICLE_48 = f"{E_TENDER}第四十八条至第五十条"

Outcome = Literal["passed", "failed", "not-run"]

_OUTCOMES: dict[Outcome, str] = {"passed": "通过", "failed": "不通过", "not-run": "未执行"}


class Level(Value, frozen=True):
    """A level of replay with its verdict: L0 authenticity, L1 structure, L2 state, L3 decisions."""

    name: str
    outcome: Outcome
    checked: int
    divergences: int
    note: str = ""


class Divergence(Value, frozen=True):
    """One divergence: code, where, what was expected, what was found, the event it begins at."""

    code: str
    where: str
    expected: str
    found: str
    event: str = ""


class ReplayReport(Value, frozen=True):
    """The regulator's report of a replay; ``divergences`` may be capped, ``total`` never is."""

    frame: Frame
    origin: str
    size: int
    root: str
    checkpoint_at: Instant
    witnesses: tuple[str, ...]
    quorum: str
    software: str
    software_digest: str
    scope: str
    started_at: Instant
    levels: tuple[Level, ...]
    total: int
    divergences: tuple[Divergence, ...]
    counts: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    regulator: str = ""
    inspector: str = ""
    key: str = ""


def replay_report(x: ReplayReport) -> Document:
    """复核报告: verdict of each level, tree, software, every divergence found.

    Raises:
        Invalid: ``paper.missing`` without tree, software, levels, regulator or inspector, or when fewer divergences are
            listed than there are and the counts by code do not tell the rest.
    """
    told = len(x.divergences) == x.total or sum(n for _, n in x.counts) == x.total
    demand(
        ARTICLE_48,
        ("日志名称", x.origin),
        ("日志根摘要", x.root),
        ("软件版本", x.software),
        ("软件摘要", x.software_digest),
        ("复核范围", x.scope),
        ("各级复核结论", x.levels),
        ("全部差异或者分类计数", told or None),
        ("监督部门", x.regulator),
        ("复核人", x.inspector),
    )
    tree = (
        Pair("日志名称", x.origin, wide=True),
        Pair("日志长度", f"{x.size:,}条"),
        Pair("检查点时间", minute(x.checkpoint_at)),
        Pair("根摘要", x.root, wide=True),
        Pair("见证签名", "、".join(x.witnesses) or "无", wide=True),
        Pair("见证要求", x.quorum or "未设", wide=True),
        Pair("复核范围", x.scope, wide=True),
        Pair("复核开始", minute(x.started_at)),
        Pair("软件版本", x.software),
        Pair("软件摘要", x.software_digest, wide=True),
    )
    columns = (
        Column("级别", 26),
        Column("结论", 12, "center"),
        Column("检查项数", 14, "right"),
        Column("差异数", 12, "right"),
        Column("说明", 36),
    )
    levels = Table(
        columns, tuple((n.name, _OUTCOMES[n.outcome], f"{n.checked:,}", f"{n.divergences:,}", n.note or "—") for n in x.levels)
    )
    parts = [
        Section("复核对象", "What was replayed", (Pairs(tree, 2),)),
        Section("各级结论", "Verdicts", (levels, Paragraph(_verdict(x), "strong"))),
        Section("差异清单", "Divergences", (_divergences(x), *_counts(x))),
    ]
    if x.notes:
        parts.append(Section("说明事项", "Notes", (Paragraph("\n".join(x.notes), "plain"),)))
    signed = Signatures(
        (
            Signatory("监督部门（盖章）", x.regulator, x.key, date(x.frame.at)),
            Signatory("复核人（签字）", x.inspector, date=date(x.frame.at)),
        )
    )
    return paper(x.frame, "交易日志复核报告", "Report of a replay of the trace log", parts, signed, basis(ARTICLE_48))


def _verdict(x: ReplayReport) -> str:
    outcomes = {level.outcome for level in x.levels}
    if x.total:
        return f"复核结论：发现差异{x.total}处，详见下文。"
    if "failed" in outcomes:
        return "复核结论：部分级别未通过，详见说明。"
    if "not-run" in outcomes:
        return "复核结论：部分级别未执行，已执行的级别未发现差异。"
    return "复核结论：各级全部通过，未发现差异。"


def _divergences(x: ReplayReport) -> Table:
    columns = (
        Column("序号", 7, "center"),
        Column("代码", 18),
        Column("位置", 24),
        Column("应为", 22),
        Column("实为", 22),
        Column("起始事件", 18),
    )
    rows = tuple((str(i), d.code, d.where, d.expected, d.found, d.event or "—") for i, d in enumerate(x.divergences, start=1))
    shown = f"共{x.total}处，列出{len(rows)}处" if x.total else ""
    return Table(columns, rows, shown, empty="未发现差异")


def _counts(x: ReplayReport) -> tuple[Table, ...]:
    if not x.counts:
        return ()
    return (
        Table((Column("代码", 60), Column("处数", 40, "right")), tuple((code, f"{n:,}") for code, n in x.counts), "按代码计数"),
    )
