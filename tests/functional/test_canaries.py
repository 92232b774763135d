"""Canaries in form, file names and attachments: nowhere at the platform before the opening, and all there at the bidder.

The platform is a process of its own with everything it has at work, so that its files, its log, its temporary files and,
where the machine lets one look, its memory are the real ones.  The bidder is another process.
"""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.values import DAY
from tests.between import Between, between
from tests.market import CLOSES, NAME, account_key, founded_market, free_port
from tests.rushing import ROOT, Shift, wait_for
from tests.sessions import run
from trading.cli.sealing import sealed_of
from trading.cli.work import Work
from trading.client.web import own_clock
from trading.demo import cast

CANARIES = {
    "form": "金丝雀-7f3a91c4",
    "manager": "Canary-Manager-5d20be",
    "file name": "canary-name-9c41aa",
    "attachment": "CANARY-ATTACHMENT-e8b7d6",
}
PRICE = "4586017.31"


def spellings(text: str) -> Iterator[bytes]:
    """The ways in which a text may lie about."""
    raw = text.encode()
    yield raw
    yield text.encode("utf-16-le")
    yield raw.hex().encode()
    yield text.encode("unicode_escape")
    for shift in range(3):
        # The middle of the base64 of the text, wherever it begins within what is encoded.
        whole = base64.b64encode(b"\0" * shift + raw)
        yield whole[4 if shift else 0 : -4]


SOUGHT = {(what, form) for what, text in {**CANARIES, "price": PRICE.replace(".", "")}.items() for form in spellings(text)}


def found(raw: bytes) -> set[str]:
    """Which canaries are in these bytes."""
    return {what for what, form in SOUGHT if form in raw}


@dataclass
class Watched:
    """The platform's process, its folders, and the line to it."""

    process: subprocess.Popen[bytes]
    data: Path
    temporary: Path
    output: Path
    line: Between
    desk: Path


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    root = tmp_path_factory.mktemp("canaries")
    with founded_market(root / "market") as made:
        made.publish()
        keepers = made.keepers
    assert keepers
    temporary, desk, port = root / "tmp", root / "desk", free_port()
    temporary.mkdir()
    desk.mkdir()
    Shift(root / "market", CLOSES - DAY - own_clock())
    command = [sys.executable, "-m", "tests.rushing", str(root / "market"), str(port)]
    with (root / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=output, env=os.environ | {"TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, process)
            with between(url) as line:
                made_here = Watched(process, root / "market", temporary, root / "output", line, desk)
                hand_in(made_here)
                yield made_here
        finally:
            process.terminate()
            process.wait(20)


def hand_in(w: Watched) -> None:
    """A bid full of canaries, by the command line, replaced once."""
    name = f"{CANARIES['file name']}.pdf"
    (w.desk / name).write_bytes(b"%PDF " + CANARIES["attachment"].encode() * 60_000)
    form = f'bidder_name = "{CANARIES["form"]}"\nmanager = "{CANARIES["manager"]}"\nprice = "{PRICE}"\n'
    (w.desk / "form.toml").write_text(form)
    (w.desk / "key").write_text(account_key("bidder1").hex())
    steps: list[list[object]] = [
        ["tender", f"{w.line.url}/tenders/{NAME}", "work"],
        ["login", "work", "bidder1", "--key", "key"],
        ["seal", "work", "--form", "form.toml", "--attach", name, "--demo-certificate"],
        ["submit", "work"],
        ["seal", "work", "--form", "form.toml", "--attach", name],
        ["replace", "work"],
        ["status", "work"],
    ]
    for step in steps:
        done = run(["bid", *step], w.desk)
        assert done.code == 0, done.err


def files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in folder.rglob("*") if p.is_file())


def test_the_search_finds_what_is_there(watched: Watched) -> None:
    assert found(b"".join(p.read_bytes() for p in files(watched.desk))) >= {"attachment", "form", "manager", "file name"}
    for text in CANARIES.values():
        for wrapped in (text.encode(), text.encode().hex().encode(), base64.b64encode(b"x" + text.encode() + b"y")):
            assert found(b"..." + wrapped + b"...")


def test_nothing_went_over_the_line(watched: Watched) -> None:
    sent = [p for p in watched.line.passed if p.method in ("POST", "PATCH")]
    assert len(sent) > 8 and sum(len(p.body) for p in sent) > 2_000_000
    for p in watched.line.passed:
        assert not found(p.path.encode()) and not found(p.body) and not found(p.answer), p.path


def test_nothing_lies_in_the_platforms_folders(watched: Watched) -> None:
    seen = list(files(watched.data))
    assert {p.suffix for p in seen} >= {".db"} or any(p.name.endswith(".db-wal") for p in seen)
    assert sum(p.stat().st_size for p in seen) > 2_000_000
    assert not {(p.name, what) for p in seen for what in found(p.read_bytes())}


def test_nothing_lies_in_temporary_files_or_in_what_was_logged(watched: Watched) -> None:
    assert not {(p.name, what) for p in files(watched.temporary) for what in found(p.read_bytes())}
    assert not found(watched.output.read_bytes())


def test_nothing_lies_in_the_platforms_memory(watched: Watched, tmp_path: Path) -> None:
    try:
        core = memory(watched.process.pid, tmp_path)
    except PermissionError:
        pytest.skip("this machine lets nobody read another process's memory")
    known, kept, whole = NAME.encode(), b"", 0
    there = False
    with core.open("rb") as raw:
        while piece := raw.read(1 << 24):
            assert not found(kept + piece)
            there = there or known in piece
            kept, whole = piece[-4096:], whole + len(piece)
    core.unlink()
    assert whole > 10_000_000 and there  # the search reaches what the platform does hold


def memory(pid: int, folder: Path) -> Path:
    """The writable memory of a process, as its owner may read it."""
    core = folder / "core"
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as mem, core.open("wb") as out:
        for line in maps:
            span, mode = line.split()[:2]
            start, end = (int(n, 16) for n in span.split("-"))
            if not mode.startswith("rw") or "[v" in line:
                continue
            try:
                mem.seek(start)
                for at in range(start, end, 1 << 24):
                    out.write(mem.read(min(1 << 24, end - at)))
            except OSError:
                continue  # a page that went away meanwhile
    return core


def test_what_the_bidder_opens_again_holds_every_canary(watched: Watched) -> None:
    done = run(["bid", "rehearse", "work"], watched.desk)
    assert done.code == 0
    sealed = sealed_of(Work(watched.desk / "work"), "1", 1)[-1]
    assert {CANARIES["form"], CANARIES["manager"]} <= set(map(str, sealed.seeds.index["form"].values()))
    assert sealed.seeds.index["files"][0]["name"].startswith(CANARIES["file name"])
    assert cast.SUPPLIERS[1].code == sealed.seeds.index["bidder_id"]
