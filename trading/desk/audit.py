"""The regulator's replay of the live store, and its report on paper."""

from archive.checkpoints import parse_checkpoint
from archive.errors import Damaged
from archive.ledger.audit import audit
from archive.notes import parse_note
from archive.paper.press import pdf
from archive.paper.typeface import spelled
from archive.replay import ReplayReport
from archive.report import Report, level_of
from archive.strict import base64
from archive.values import Actor
from trading.messages import sentence
from trading.papers.parts import Frame
from trading.papers.replay import Divergence, Level, replay_report
from trading.papers.replay import ReplayReport as Paper
from trading.platform import Platform

LEVELS = {
    "L0": "L0 真实性（签名、一致性）",
    "L1": "L1 结构（链、树）",
    "L2": "L2 状态（摘要、数据表）",
    "L3": "L3 裁决（规则重算）",
}
LISTED = 200


def replay(platform: Platform) -> ReplayReport:
    """Decide everything again from the log and compare every row and every byte; acts go on meanwhile.

    A store that is sound in itself must also be the one that was signed and published before.
    """
    report = audit(platform.ledger)
    report.levels = ("L0", *report.levels)
    if report.clean:
        try:
            platform.ledger.checkpoint()
        except Damaged as torn:
            back = int(str(torn.params.get("size", 0))) < int(str(torn.params.get("signed", 0)))
            report.add("ROLLBACK" if back else "FORK", "checkpoint", sentence(torn.code, torn.params, "en"))
    return report


def printed(platform: Platform, report: Report, regulator: Actor | None = None) -> bytes:
    """复核报告 as PDF: verdict of each level, tree size, root, software, every divergence that is kept."""
    tree = parse_checkpoint(parse_note(platform.ledger.checkpoint()).text)
    now = platform.clock()
    levels = getattr(report, "levels", ("L0", "L1"))
    verdicts = report.verdicts(levels)
    counted: dict[str, int] = {}
    for code, n in report.counts.items():
        counted[level_of(code)] = counted.get(level_of(code), 0) + n
    paper = Paper(
        frame=Frame(f"FH-{tree.size}", platform.operator, now, platform.demo, f"{platform.url}/log"),
        origin=tree.origin,
        size=tree.size,
        root=base64(tree.root),
        checkpoint_at=now,
        witnesses=(),
        quorum="",
        software="sunlit",
        software_digest=platform.release,
        scope="全部记录",
        started_at=now,
        levels=tuple(
            Level(
                LEVELS[level],
                "passed" if verdicts[level] == "pass" else "failed",
                int(report.facts.get("entries", 0)),
                counted.get(level, 0),
            )
            for level in levels
        ),
        total=sum(report.counts.values()),
        divergences=tuple(
            Divergence(d.code, d.where, d.expected or d.text, d.found or "—", d.event or "") for d in report.divergences[:LISTED]
        ),
        counts=tuple(sorted(report.counts.items())),
        notes=tuple(note.line for note in report.notes[:LISTED]),
        regulator=regulator.org if regulator and regulator.org else "监督部门",
        inspector=regulator.id if regulator else "命令行",
    )
    return pdf(spelled(replay_report(paper)))
