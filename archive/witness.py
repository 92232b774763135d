"""A witness that remembers: `archive.witnessing` over a store that survives a kill at any instant.

One row per log: the last cosigned size, its root and note.  Reading that row, judging the request and
writing the new row are one transaction that holds SQLite's write lock, and its COMMIT (WAL,
``synchronous=FULL``) precedes the answer.  So two requests cannot both extend the same old size, and what was
answered is what a restarted witness still knows (trace-log 1.6, 5.9).
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, String, Table, Text, select
from sqlalchemy.dialects.sqlite import insert

from archive.database import check, engine
from archive.notes import Line, parse_note, write_note
from archive.signing import Signer
from archive.values import SECOND, Instant
from archive.vkeys import Key
from archive.witnessing import Answer, Seen, answer, monitoring_path

_OWN = MetaData()
_seen = Table(
    "seen",
    _OWN,
    Column("origin", String(400), primary_key=True),
    Column("path", String(80), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_strict=True,
)


class Witness:
    """Cosigns checkpoints of ``logs`` (trusted keys by origin); safe to share between threads and processes."""

    def __init__(
        self, file: Path, logs: Mapping[str, Sequence[Key]], signers: Sequence[Signer], clock: Callable[[], Instant]
    ) -> None:
        self._logs = logs
        self._signers = tuple(signers)
        self._clock = clock
        self._engine = engine(f"sqlite:///{file}")
        check(self._engine)
        with self._engine.begin() as db:
            _OWN.create_all(db)

    @property
    def vkeys(self) -> tuple[str, ...]:
        """What goes into a policy file."""
        return tuple(s.key.text for s in self._signers)

    def add_checkpoint(self, raw: bytes) -> Answer:
        """Answer one request body; the new state is durable before this returns."""
        with self._engine.begin() as db:
            said, origin, after = answer(raw, self._logs, lambda name: _known(db, name), self._cosign)
            if after is not None:
                note = parse_note(raw.partition(b"\n\n")[2])
                keep = [line for line in note.lines if any(line.claims(key) for key in self._logs[origin])]
                signed = write_note(note.text, [*keep, said.body]).decode()
                row = {"origin": origin, "path": monitoring_path(origin), "size": after.size, "root": after.root, "note": signed}
                statement = insert(_seen).values(row)
                db.execute(statement.on_conflict_do_update(index_elements=["origin"], set_=row))
        return said

    def last(self, path: str) -> str | None:
        """The last cosigned checkpoint by its monitoring path, None when there is none."""
        with self._engine.connect() as db:
            return db.execute(select(_seen.c.note).where(_seen.c.path == path)).scalar()

    def _cosign(self, text: str) -> tuple[Line, ...]:
        now = max(1, self._clock() // SECOND)
        return tuple(signer.line(text, now) for signer in self._signers)


def _known(db: Connection, origin: str) -> Seen:
    row = db.execute(select(_seen.c.size, _seen.c.root).where(_seen.c.origin == origin)).one_or_none()
    return Seen() if row is None else Seen(row.size, row.root)
