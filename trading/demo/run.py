"""Play the demonstration from beginning to end, then say what came of it and leave the evidence behind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from archive.checkpoints import parse_checkpoint
from archive.evidence import write_zip
from archive.ledger.export import blobs_of, own_policy, public_log
from archive.notes import parse_note
from archive.replay import ReplayReport
from archive.strict import base64
from archive.values import DAY, Instant
from bidding.box import Box
from trading.amounts import stamp
from trading.calendar import at_clock
from trading.demo import goods, imported, prologue, works
from trading.demo.programme import Programme
from trading.demo.stage import Script, Stage
from trading.desk import audit, bell, committee, facts, result
from trading.intake import Intake, Merged, Plan, RefusedRecord, Taken
from trading.messages import sentence
from trading.platform import Platform
from trading.words import Language

OPENS = at_clock(date(2026, 5, 31), 9)
"""When the fictional plays begin."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What a demonstration gave: tenders played, papers (play, title, SHA-256), refusals on record, the replay's verdict."""

    tenders: tuple[str, ...]
    show: Programme
    size: int
    root: str
    replay: ReplayReport


def opens(plans: Iterable[Plan]) -> Instant:
    """When the stage's clock has to begin: before the first tender of the file, or of the fictional ones."""
    return min((plan.starts_at - DAY for plan in plans), default=OPENS)


def plans_of(read: Intake) -> tuple[Plan, ...]:
    """The tenders of a file that were taken, in the file's order."""
    return tuple(a.plan for a in read.answers if isinstance(a, Taken))


def answered(read: Intake, lang: Language) -> list[str]:
    """What became of every record of a file, a line each, then what its reader must know."""
    lines = []
    if read.refused is not None:
        lines.append(
            f"{read.refused.pointer or '/'} {read.refused.code}: {sentence(read.refused.code, read.refused.params, lang)}"
        )
    for answer in read.answers:
        match answer:
            case Taken():
                plan = answer.plan
                lines.append(f"{answer.pointer} taken: {plan.ocid} {len(plan.lots)} lots, {len(plan.bids)} bids")
                lines += [f"  {p.pointer} {p.code}: {sentence(p.code, p.params, lang)}" for p in plan.refused]
                lines += [f"  {n.code}: {sentence(n.code, n.params, lang)}" for n in plan.notes]
            case Merged():
                lines.append(f"{answer.pointer} merged into {answer.into}")
            case RefusedRecord():
                for p in (answer.reason, *answer.others):
                    lines.append(f"{answer.pointer} {p.pointer} {p.code}: {sentence(p.code, p.params, lang)}")
    return lines


def perform(platform: Platform, stage: Stage, plans: tuple[Plan, ...] | None, say: Say) -> Result:
    """Play the fictional tenders, or those of a file, and replay what was recorded."""
    steps = 0

    def tell(play: str, said: str) -> None:
        nonlocal steps
        steps += 1
        say(f"[{steps:3}] {stamp(stage.now)} {play} {_plain(said)}")

    show = Programme(platform, tell)
    scripts: list[Script]
    if plans is None:
        scripts = [prologue.prologue(show), works.play(show), goods.play(show)]
    else:
        scripts = [script for plan in plans for script in imported.scripts(show, plan)]

    def ring(until: Instant) -> Instant | None:
        bell.rung(platform)
        return bell.upcoming(platform, until)

    stage.play(scripts, ring)
    _tamper(show)
    while platform.ledger.integrate():
        pass  # where entries queue for their positions, all of them have one before the checkpoint
    names = tuple(plan.id for plan in plans) if plans is not None else (works.NAME, goods.NAME)
    note = parse_checkpoint(parse_note(platform.ledger.checkpoint()).text)
    say("重放全部记录 …")
    return Result(names, show, note.size, base64(note.root), audit.replay(platform))


def _plain(text: str) -> str:
    """A line for a terminal: what a name or a title of a file would do to it is shown instead of done."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _tamper(show: Programme) -> None:
    """An administrator tries to rewrite a recorded entry: the database itself refuses, and nothing has changed."""
    try:
        with show.platform.engine.begin() as db:
            db.execute(text("UPDATE trace_event SET body = :forged WHERE eid = 2"), {"forged": b"{}"})
    except DatabaseError:
        show.say("日志", "管理员试图改写一条记录：数据库拒绝")
    else:
        raise AssertionError("a recorded entry was rewritten")


def leave(platform: Platform, done: Result, out: Path) -> tuple[Path, int]:
    """Put papers, receipts, draw proofs, the evidence pack and the replay's report into ``out``; the pack, how many papers."""
    papers = out / "papers"
    papers.mkdir(parents=True, exist_ok=True)
    for n, (play, title, sha256) in enumerate(done.show.papers, 1):
        (papers / f"{n:02d}-{play}-{title}.pdf".replace("/", "-").replace(" ", "-")).write_bytes(platform.vault.read(sha256))
    receipts = out / "receipts"
    receipts.mkdir(exist_ok=True)
    for id, proof in done.show.receipts:
        (receipts / f"{id}.tlog-proof").write_bytes(proof)
    draws = out / "draws"
    draws.mkdir(exist_ok=True)
    for name, lot in drawn(platform, done.tenders):
        (draws / f"{name}.{lot}.json").write_bytes(committee.proof(platform, name, lot))
    pack = out / "evidence.zip"
    with pack.open("wb") as target:
        write_zip(public_log(platform.ledger, blobs=blobs_of(platform.vault.read)), target)
    (out / "replay.json").write_text(done.replay.json(), "utf-8")
    (out / "policy").write_bytes(own_policy(platform.ledger.notary.keys))
    return pack, len(done.show.papers)


def drawn(platform: Platform, tenders: Iterable[str]) -> list[tuple[str, str]]:
    """Tender and lot of every committee that was drawn and disclosed."""
    lots = [(name, lot.spec.id) for name in tenders for lot in result.state_of(platform, name).lots]
    return [(name, lot) for name, lot in lots if platform.ledger.state(facts.panel(name, lot)).phase == "disclosed"]


def summary(platform: Platform, done: Result) -> list[str]:
    """The last word: for each lot bids, committee and winner; then the log and the verdict."""
    lines = []
    for name in done.tenders:
        state = result.state_of(platform, name)
        lines.append(f"{name} {state.draft.title if state.draft else ''}")
        for lot in state.lots:
            box = platform.ledger.state(facts.box(name, lot.spec.id))
            assert isinstance(box, Box)
            opened = sum(b.verdict == "opened" for b in box.ballots)
            panel = f"评委 {lot.panel.size} 人（抽取 {lot.panel.experts}）" if lot.panel else "评委按来源记录"
            won = f"中标 {lot.winner_name}" if lot.winner else f"结果 {lot.failure or lot.stage}"
            lines.append(f"  标段 {lot.spec.id}：投标 {box.count} 份，开启 {opened} 份；{panel}；{won}")
    lines = [_plain(line) for line in lines]
    lines += [f"{name} 未能重演到底：{code}" for name, code in done.show.stopped]
    lines.append(f"拒绝并记录在案 {len(done.show.refused)} 次")
    lines.append(f"日志 {done.size} 条，根 {done.root}")
    verdicts = done.replay.verdicts()
    said = " ".join(f"{level} {verdicts[level]}" for level in sorted(verdicts))
    lines.append(f"重放 {said}：" + ("没有差异" if done.replay.clean else f"{sum(done.replay.counts.values())} 处差异"))
    return lines
