"""Whatever is altered behind the platform's back is named: entries, bodies, salts, leaves, envelopes, every projected cell.

A copy of the demonstration's database is altered in many places at once, with its guards taken away as an
administrator could; replay must name each place.  Places are drawn by a fixed seed; every run alters more than 2,000.
"""

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.database import traced_tables
from trading.house import TABLES

assert TABLES  # the projections are declared by being imported
SUNLIT = [sys.executable, "-c", "from trading.cli import main; main()"]
REPLAY = """
import json, secrets, sys
from pathlib import Path
from trading import house
from trading.app import system_clock
from trading.cli.play import configured
from trading.desk import audit
platform = house.assemble(configured(Path(sys.argv[1])), system_clock, secrets.token_bytes)
print(audit.replay(platform).json(), end="")
"""
BATCH = 150
"""Places altered in one copy: below the number of findings of one code that a report names."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fictional demonstration's folder."""
    out = tmp_path_factory.mktemp("tamper") / "out"
    done = subprocess.run([*SUNLIT, "demo", "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


@contextmanager
def altered(played: Path, folder: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the database without its guards."""
    shutil.copytree(played, folder)
    db = sqlite3.connect(folder / "platform" / "sunlit.db", isolation_level=None)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f'DROP TRIGGER "{name}"')
    yield db
    db.close()


def replay(folder: Path) -> str:
    """The report as JSON text."""
    done = subprocess.run([sys.executable, "-c", REPLAY, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def flipped(raw: bytes, chance: random.Random) -> bytes:
    """The same bytes with one bit turned over."""
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]


@pytest.mark.parametrize("column", ["body", "salt", "entry", "leaf"])
def test_every_altered_byte_of_an_entry_is_named(played: Path, tmp_path: Path, column: str) -> None:
    chance, total = random.Random(column), 0
    for round_ in range(2):
        folder = tmp_path / str(round_)
        with altered(played, folder) as db:
            rows = db.execute(f"SELECT e.eid, i.idx, e.{column} FROM trace_event e JOIN trace_index i USING (eid)").fetchall()
            chosen = chance.sample(rows, BATCH)
            for eid, _, raw in chosen:
                db.execute(f"UPDATE trace_event SET {column} = ? WHERE eid = ?", (flipped(raw, chance), eid))
        named = {d.get("idx") for d in json.loads(replay(folder))["divergences"]}
        assert {idx for _, idx, _ in chosen} <= named
        total += len(chosen)
    assert total == 2 * BATCH


def changed(value: object) -> object:
    """Another value of the same kind."""
    match value:
        case int():
            return value + 1 if value not in (0, 1) else 1 - value
        case str():
            return value + "x"
        case _:
            raise AssertionError(f"a cell of an unknown kind: {value!r}")


def test_every_altered_cell_of_a_projection_is_named(played: Path, tmp_path: Path) -> None:
    chance, total = random.Random("cells"), 0
    for round_ in range(7):
        folder, wanted = tmp_path / str(round_), list[tuple[str, str]]()
        with altered(played, folder) as db:
            for table, column, rowid, value in chance.sample(list(_cells(db)), BATCH):
                db.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (changed(value), rowid))
                wanted.append((table, column))
        named = [(d["table"], d["column"]) for d in json.loads(replay(folder))["divergences"] if d["code"] == "CELL_DIFF"]
        assert sorted(named) == sorted(wanted)
        total += len(wanted)
    assert total > 1000


def _cells(db: sqlite3.Connection) -> Iterator[tuple[str, str, int, object]]:
    """Every cell of every projected table that is no part of its key: table, column, row, value."""
    for table in sorted(t.name for t in traced_tables()):
        info = db.execute(f'PRAGMA table_info("{table}")').fetchall()
        for column in (c[1] for c in info if not c[5]):
            for rowid, value in db.execute(f'SELECT rowid, "{column}" FROM "{table}"').fetchall():
                yield table, column, rowid, value
