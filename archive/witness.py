"""A witness that remembers: `archive.witnessing` over a store that survives a kill at any instant.

One row per log: the last cosigned size, its root and note.  Reading that row, judging the request and
writing the new row are one transaction that holds SQLite's write lock, and its COMMIT (WAL,
``synchronous=FULL``) precedes the answer.  So two requests cannot both extend the same old size, and what was
answered is what a restarted witness still knows (trace-log 1.6, 5.9).

What is cosigned is not shown at once when the log publishes in ticks: its sizes between ticks would tell how much
happens.  Of a log that is ``followed`` only sizes that it has published itself are shown, or those an hour old.
Two checkpoints of one size that the log itself signed are kept as evidence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import insert

from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.database import check, engine, reading
from archive.faults import Fault
from archive.notes import open_note, parse_note, write_note
from archive.signing import Signer
from archive.values import HOUR, SECOND, Instant
from archive.vkeys import Key
from archive.witnessing import TEXT, Answer, Declined, Request, Seen, authenticate, extend, monitoring_path, parse_request

LATEST = HOUR // SECOND
"""Seconds after which a cosigned checkpoint is shown in any case (tlog-witness)."""

_OWN = MetaData()
_seen = Table(
    "seen",
    _OWN,
    Column("origin", String(400), primary_key=True),
    Column("path", String(80), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("published", BigInteger, nullable=False),  # the greatest size that a followed log has shown itself
    sqlite_strict=True,
)
_kept = Table(
    "kept",  # checkpoints of followed logs that may still be shown
    _OWN,
    Column("origin", String(400), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_strict=True,
)
_evidence = Table(
    "evidence",  # two checkpoints of one size with two roots, both signed by the log
    _OWN,
    Column("no", Integer, primary_key=True),
    Column("origin", String(400), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),
    UniqueConstraint("origin", "size", "root"),
    sqlite_strict=True,
)
_MOST_EVIDENCE = 100  # of one log: a fork is proved by the first pair, and a disk is not filled by the rest


@dataclass(frozen=True, slots=True)
class Fork:
    """A proof that a log has forked: two signed checkpoints of one size."""

    origin: str
    size: int
    ours: bytes
    theirs: bytes


class Witness:
    """Cosigns checkpoints of ``logs`` (trusted keys by origin); safe to share between threads and processes.

    ``followed`` are the logs among them whose checkpoints are shown only once the log shows them.
    """

    def __init__(
        self,
        file: Path,
        logs: Mapping[str, Sequence[Key]],
        signers: Sequence[Signer],
        clock: Callable[[], Instant],
        followed: frozenset[str] = frozenset(),
    ) -> None:
        self._logs = logs
        self._signers = tuple(signers)
        self._clock = clock
        self._followed = followed
        self._engine = engine(f"sqlite:///{file}")
        check(self._engine)
        with self._engine.begin() as db:
            _OWN.create_all(db)

    @property
    def vkeys(self) -> tuple[str, ...]:
        """What goes into a policy file."""
        return tuple(s.key.text for s in self._signers)

    def add_checkpoint(self, raw: bytes) -> Answer:
        """Answer one request body; the new state is durable before this returns.

        Whoever cannot sign for a log never makes the others wait: the lock is taken after the signatures are checked.
        """
        try:
            request = parse_request(raw)
            authenticate(request, self._logs)
            with self._engine.begin() as db:
                return self._extended(db, request)
        except Declined as e:
            return e.answer

    def _extended(self, db: Connection, request: Request) -> Answer:
        origin, text = request.tree.origin, request.note.text
        seen = _known(db, origin)
        try:
            after = extend(request, seen)
        except Declined as e:
            if e.answer.status == 422 and (request.tree.size, request.tree.root != seen.root) == (seen.size, True):
                self._accuse(db, request.tree, request.note.raw)
            return e.answer
        now = max(1, self._clock() // SECOND)
        lines = tuple(signer.line(text, now) for signer in self._signers)
        theirs = [line for line in request.note.lines if any(line.claims(key) for key in self._logs[origin])]
        note = write_note(text, [*theirs, *lines]).decode()
        row = {"origin": origin, "path": monitoring_path(origin), "size": after.size, "root": after.root, "note": note}
        statement = insert(_seen).values(row | {"published": 0})
        db.execute(statement.on_conflict_do_update(index_elements=["origin"], set_=row))
        if origin in self._followed:
            kept = insert(_kept).values(origin=origin, size=after.size, at=now, note=note)
            db.execute(kept.on_conflict_do_update(index_elements=["origin", "size"], set_={"note": note}))
        return Answer(200, TEXT, "".join(line.text for line in lines))

    def last(self, path: str) -> str | None:
        """The last cosigned checkpoint that may be shown, by its monitoring path; None when there is none."""
        with reading(self._engine) as db:
            row = db.execute(select(_seen.c.origin, _seen.c.note, _seen.c.published).where(_seen.c.path == path)).one_or_none()
            if row is None or row.origin not in self._followed:
                return None if row is None else row.note
            old = self._clock() // SECOND - LATEST
            k = _kept.c
            shown = select(k.note).where(k.origin == row.origin, (k.size <= row.published) | (k.at <= old))
            return db.execute(shown.order_by(k.size.desc()).limit(1)).scalar()

    def saw_published(self, raw: bytes) -> Checkpoint:
        """A checkpoint that a log serves by now: its size may be shown, and it must not contradict what was cosigned.

        Raises:
            Fault: it is no checkpoint of a trusted log, or of ``FORK`` when it proves that the log has forked.
        """
        tree = parse_checkpoint(parse_note(raw).text)
        open_note(raw, self._logs.get(tree.origin, ()))
        with self._engine.begin() as db:
            seen = _known(db, tree.origin)
            forked = tree.size == seen.size and tree.root != seen.root
            if forked:
                self._accuse(db, tree, raw)
            else:
                s, k = _seen.c, _kept.c
                db.execute(_seen.update().where(s.origin == tree.origin, s.published < tree.size).values(published=tree.size))
                newest = select(func.max(k.size)).where(k.origin == tree.origin, k.size <= tree.size).scalar_subquery()
                db.execute(delete(_kept).where(k.origin == tree.origin, k.size < newest))
        if forked:
            raise Fault("FORK", f"the log serves another tree of size {tree.size} than the one cosigned")
        return tree

    def known(self) -> dict[str, bytes]:
        """The last cosigned note of each log, whether it may be shown or not: for the witness's own operator."""
        with reading(self._engine) as db:
            return {row.origin: row.note.encode() for row in db.execute(select(_seen).order_by(_seen.c.origin))}

    def forks(self) -> tuple[Fork, ...]:
        """Every proof of a fork that came along."""
        with reading(self._engine) as db:
            rows = db.execute(select(_evidence).order_by(_evidence.c.no)).all()
        return tuple(Fork(row.origin, row.size, row.ours.encode(), row.theirs.encode()) for row in rows)

    def _accuse(self, db: Connection, tree: Checkpoint, theirs: bytes) -> None:
        ours = db.execute(select(_seen.c.note).where(_seen.c.origin == tree.origin)).scalar_one_or_none()
        e = _evidence.c
        so_far = db.execute(select(func.count()).select_from(_evidence).where(e.origin == tree.origin)).scalar_one()
        if ours is not None and so_far < _MOST_EVIDENCE:
            row = {"origin": tree.origin, "size": tree.size, "root": tree.root, "ours": ours, "theirs": theirs.decode()}
            db.execute(insert(_evidence).values(row).on_conflict_do_nothing())


def _known(db: Connection, origin: str) -> Seen:
    row = db.execute(select(_seen.c.size, _seen.c.root).where(_seen.c.origin == origin)).one_or_none()
    return Seen() if row is None else Seen(row.size, row.root)
