"""Holding a platform to what it showed: the memory of its log in a folder, and what is kept against it.

    <work>/log/<origin>.checkpoint   the last checkpoint that was shown
    <work>/log/against/…             two checkpoints that contradict each other; of one size they are one proof
    <work>/log/<stream>.head.json    where the log proves that a stream of the tender ended

Every command that relies on the log looks first; nothing is forgotten when a contradiction was met once.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from archive.errors import Damaged
from archive.values import Instant
from trading import words
from trading.cli.terminal import RED, data, tell
from trading.cli.work import EVIDENCE, LOG, Work
from trading.client.completeness import Tail, tail
from trading.client.watching import Contradicted, Held, Look, look
from trading.client.web import Web, own_clock

AGAINST = "against"


def looked(work: Work, web: Web) -> Look:
    """Look at the log; remember what was shown, keep receipts that got better, say aloud what is missing.

    Raises:
        Contradicted: ``client.fork``, ``client.rolled-back``, ``client.unproven``; its evidence is on disk.
        Damaged: ``client.checkpoint``, ``client.receipt``.
    """
    held = {each.name: each for each in _held(work)}
    try:
        found = look(web, work.pinned(), _seen(work), tuple(held.values()), own_clock())
    except Contradicted as lie:
        for name, raw in lie.evidence.items():
            path = work.keep(raw, LOG, AGAINST, name)
            data(evidence_against=path)
        raise
    work.keep(found.note, LOG, f"{quote(found.origin, safe='')}.checkpoint")
    for name, raw in found.better.items():
        work.keep(raw, *name.split("/"))
    _warn(found)
    return found


def ends(work: Work, web: Web) -> tuple[Tail, ...]:
    """Whether the streams of the tender and its lots are shown up to where the log proves that they ended.

    Raises:
        Damaged: ``client.truncated`` where an entry is withheld of a stream that has none to withhold; ``client.log``.
    """
    terms, now = work.terms(), work.clock(web).now()
    found = [_end(work, web, f"tender/{terms.tender}", now)]
    for lot in terms.lots:
        end = _end(work, web, f"box/{terms.tender}.{lot.id}", now)
        found.append(end)
        if end.withheld and end.covered_at < lot.closes_at:  # all that a box has is public until it closes
            raise Damaged("client.truncated", stream=end.stream, ended=end.ended, shown=end.shown)
    _warn_of_ends(found)
    return tuple(found)


def _end(work: Work, web: Web, stream: str, now: Instant) -> Tail:
    found = tail(web, work.pinned(), stream, now, work.prove)
    if found.proof:
        work.keep(found.proof, LOG, f"{quote(stream, safe='')}.head.json")
    return found


def show_ends(found: Iterable[Tail]) -> None:
    """What was found, on standard output."""
    for end in found:
        if not end.covered_at:
            data(stream=f"{end.stream} end unknown")
            continue
        data(stream=f"{end.stream} shown {end.shown} of {end.ended} at {words.exact(end.covered_at)}")


def _warn_of_ends(found: Iterable[Tail]) -> None:
    for end in found:
        if end.withheld:
            tell(
                f"注意：日志证明 {end.stream} 到第 {end.ended} 条，公开展示到第 {end.shown} 条；其余未公开，依法可能是提问等。"
                "如应有公告或澄清未见，请向监督部门查询。",
                f"Note: the log proves that {end.stream} ends at entry {end.ended} and shows it up to {end.shown}; the rest is"
                " not public, such as questions. If a notice or clarification that is due is missing, ask the regulator.",
                "yellow",
            )
        if end.overdue:
            tell(
                f"警告：平台一天多没有把 {end.stream} 的末端登记进日志，最新的记录可能被扣住。",
                f"Warning: for more than a day the platform has not put on record where {end.stream} ends; newer entries may be"
                " withheld.",
                RED,
            )


def show(work: Work, found: Look) -> None:
    """What was found, on standard output."""
    data(log=f"{found.origin} size {found.size}")
    if found.cosigned_at:
        data(cosigned_at=words.exact(found.cosigned_at))
    for name in found.waiting:
        data(receipt_waiting=name)
    for name in found.withheld:
        data(receipt_withheld=name)
    for path in kept_against(work):
        data(evidence_against=path)


def kept_against(work: Work) -> list[str]:
    """Files that show a contradiction of this platform's log, met now or at any time before."""
    folder = work.path(LOG, AGAINST)
    return sorted(str(path) for path in folder.iterdir()) if folder.is_dir() else []


def _warn(found: Look) -> None:
    if found.withheld:
        names = ", ".join(found.withheld)
        tell(
            f"警告：平台签过字的下列回执早该公布，但平台公开的日志（到第 {found.size} 条）里没有：{names}。"
            "请保存证据并报告监督部门。",
            f"Warning: the platform signed these receipts, and the log that it shows ({found.size} entries) leaves them out, long"
            f" after they were due: {names}. Keep the evidence and report it to the regulator.",
            RED,
        )
    if found.stale:
        tell(
            f"警告：见证人最后一次签字是 {words.moment(found.cosigned_at, 'zh')}，此后展示的日志没有更新；最新的记录可能被扣住。",
            f"Warning: witnesses last signed what the platform shows at {words.moment(found.cosigned_at, 'en')}; newer entries"
            " may be withheld.",
            RED,
        )


def _seen(work: Work) -> dict[str, bytes]:
    folder = work.path(LOG)
    found = folder.glob("*.checkpoint") if folder.is_dir() else ()
    return {_origin(raw): raw for raw in (path.read_bytes() for path in found)}


def _origin(note: bytes) -> str:
    return note.split(b"\n", 1)[0].decode("utf-8", "replace")


def _held(work: Work) -> Iterator[Held]:
    """Every proof file of the folder; how old each is, its own time says."""
    for path in sorted(work.path(EVIDENCE).glob("*.tlog-proof")):
        # Receipts are named by an act's id, proofs of entries by their index.
        yield Held(f"{EVIDENCE}/{path.name}", path.read_bytes(), _since(path.stat().st_mtime_ns), not path.stem.isdigit())
    for path in sorted(work.folder.glob("lot-*/submissions/*.tlog-proof")):
        name = path.relative_to(work.folder).as_posix()
        yield Held(name, path.read_bytes(), _since(path.stat().st_mtime_ns), True)


def _since(nanoseconds: int) -> Instant:
    return nanoseconds // 1000
