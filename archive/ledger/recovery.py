"""A database that was restored to before its last published checkpoint is brought up to it again (trace-log 5.7).

Everything comes from the escrow's shelf, which has every opening; nothing is decided anew.  Each entry must open the
one that the bundles hold, follow its stream, and lead to its digest; the tree must end in the published root.  All of
it is one transaction: a recovery that fails leaves the database as it was.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from sqlalchemy import Connection, delete, insert, select

from archive import database, outbox
from archive.bodies import CLOSED, kind_of, rows_of, state_digest
from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.database import disclosed_table, event_table, index_table, pending_table
from archive.decider import fold
from archive.entry import open_entry
from archive.envelope import Body, read
from archive.errors import Damaged
from archive.ledger import safekeeping, store
from archive.ledger.ledger import Ledger
from archive.ledger.projection import Changes, apply
from archive.ledger.records import Held, Tail, Written
from archive.ledger.sequencing import Queued, place
from archive.ledger.states import States
from archive.ledger.tree import Hashes, grow
from archive.merkle import leaf_hash, root, root_from
from archive.notes import parse_note
from archive.shelves import Shelf
from archive.strict import base64
from archive.tileformat import WIDTH, body_path, parse_bundle, tile_path
from archive.values import instant


def published(shelf: Shelf) -> Checkpoint:
    """What the shelf's checkpoint says.

    Raises:
        Missing: ``shelf.file`` when nothing is published there.
    """
    return parse_checkpoint(parse_note(b"".join(shelf.chunks("checkpoint"))).text)


def behind(ledger: Ledger, shelf: Shelf) -> int:
    """How many published entries the database lacks."""
    with database.reading(ledger.engine) as connection:
        return max(0, published(shelf).size - store.tree(connection).size)


def recover(ledger: Ledger, escrow: Shelf, public: Shelf) -> int:
    """Bring the database up to the escrow's checkpoint; how many entries were brought back.  Nothing else may run.

    What was public is disclosed again, as the escrow's shelf lists it or the ``public`` one shows it; private fields come back
    as far as they were not forgotten.  What an idempotency key stood for it stands for again.

    Raises:
        Missing: ``shelf.file`` when an opening is not on the shelf: the log must be frozen and go on in a new epoch.
        Damaged: ``ledger.fork`` when the database is no prefix of the published log, ``ledger.chain`` when what is on
            the shelf does not follow from what is in the database, ``ledger.safekeeping`` and ``keys.wrapped`` when the lists of
            what is public or the private fields were altered.
        Fault: ``BODY_BAD``, ``BODY_MISMATCH``, ``SCHEMA_BAD`` when an opening is not the one of its entry.
    """
    tree, states, count, private = published(escrow), States(), 0, set[str]()
    with ledger.engine.begin() as connection:
        now = store.tree(connection, lock=True)
        if tree.origin != ledger.origin or _past(escrow, min(now.size, tree.size), tree.size) != _root(connection, tree.size):
            raise Damaged("ledger.fork", signed=tree.size, size=now.size)
        for salt, raw, entry in _entries(escrow, now.size, tree.size):
            _again(connection, ledger, states, salt, raw, entry)
            count += 1
            if b'"_sd":[' in raw:  # a subject's digests are first put on record in his own stream
                private.add(read(raw).stream)
        grow(connection, store.tree(connection).size)
        if _root(connection, tree.size) != tree.root:
            raise Damaged("ledger.fork", signed=tree.size, size=store.tree(connection).size)
        for subject in sorted(private):
            safekeeping.bring_back(connection, ledger, escrow, subject, ledger.clock())
        _disclose(connection, ledger, escrow, public)
    ledger.forget()
    return count


def _root(connection: Connection, size: int) -> bytes:
    """Root of the database's own tree, of ``size`` entries if it has so many."""
    return root_from(0, min(size, store.tree(connection).size), Hashes(connection).hash_of)


def _past(shelf: Shelf, size: int, end: int) -> bytes:
    """Root of the first ``size`` entries of a published log of ``end``, out of its bundles."""
    return root([leaf_hash(entry) for n in range(-(-size // WIDTH)) for entry in _bundle(shelf, n, end)][:size])


def _bundle(shelf: Shelf, n: int, size: int) -> list[bytes]:
    path = tile_path("entries", n, min(WIDTH, size - n * WIDTH))
    return parse_bundle(b"".join(shelf.chunks(path)))


def _entries(shelf: Shelf, first: int, end: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    entries: list[bytes] = []
    for idx in range(first, end):
        if idx == first or idx % WIDTH == 0:
            entries = _bundle(shelf, idx // WIDTH, end)
        entry = entries[idx % WIDTH]
        salt, raw = open_entry(b"".join(shelf.chunks(body_path(idx))), entry)
        yield salt, raw, entry


def _again(connection: Connection, ledger: Ledger, states: States, salt: bytes, raw: bytes, entry: bytes) -> None:
    """Put one entry back: event, projection, position."""
    body, leaf, e = read(raw), leaf_hash(entry), event_table.c
    eid = connection.execute(select(e.eid).where(e.id == body.id, e.leaf == leaf)).scalar()
    if eid is None:
        tail = store.tail(connection, body.stream)
        if (body.seq, body.prev) != (tail.seq + 1, base64(tail.leaf)):
            raise Damaged("ledger.chain", stream=body.stream, seq=body.seq)
        _project(connection, ledger, states, body, raw, tail, leaf)
        end = Tail(body.seq, leaf, instant(body.at), body.act == CLOSED)
        blobs = body.blob or ()
        cause = body.cause
        key = (body.actor.id, cause.cmd) if cause and cause.cmd and cause.req else None
        told = bytes.fromhex(cause.req) if cause and cause.req else b""
        written = Written(body.id, body.stream, body.seq, body.act, end.at, raw, salt, entry, leaf, told, False, blobs)
        known = len(store.known_acts(connection, *key)) if key else 0
        (eid,) = store.record(connection, {body.stream: end}, () if tail.seq else {body.stream}, [written], queued=False)
        store.attach(connection, [written], key, known)
    else:  # it was committed and waits for its position
        connection.execute(delete(pending_table).where(pending_table.c.eid == eid))
    place(connection, store.tree(connection), [Queued(eid, raw, salt, leaf)], instant(body.at))


def _project(connection: Connection, ledger: Ledger, states: States, body: Body, raw: bytes, tail: Tail, leaf: bytes) -> None:
    """Rows and due time after an entry, its digest checked; whom it says to forget is forgotten again."""
    kind = ledger.kinds.get(kind_of(body.stream))
    if kind is None:
        return
    held = states.load(connection, kind, body.stream, tail)
    outcome = kind.read(raw).data.outcome
    if body.act == CLOSED or not outcome or not outcome.events:
        states.put(body.stream, replace(held, seq=body.seq, leaf=leaf))
        return
    state = fold(kind.decider, held.state, outcome.events)
    if body.after is None or body.after[0].h != state_digest(state):
        raise Damaged("ledger.chain", stream=body.stream, seq=body.seq)
    rows, changes = rows_of(kind.decider, body.stream, state), Changes()
    changes.add(held.rows, rows)
    apply(connection, changes)
    outbox.fall_due(connection, body.stream, kind.decider.due(state))
    if any(map(kind.decider.forgets, outcome.events)):
        ledger.subjects.forget(connection, body.stream, instant(body.at))
    states.put(body.stream, Held(body.seq, leaf, state, rows))


def _disclose(connection: Connection, ledger: Ledger, escrow: Shelf, public: Shelf) -> None:
    """List again what was public."""
    i, d = index_table.c, disclosed_table.c
    hidden = select(i.idx, i.eid).outerjoin(disclosed_table, d.eid == i.eid).where(d.eid.is_(None)).order_by(i.idx)
    for n, block in groupby(connection.execute(hidden).all(), key=lambda row: row.idx // WIDTH):
        listed = safekeeping.disclosed(escrow, ledger, n)
        for idx, eid in block:
            if idx in listed or public.size(body_path(idx)) is not None:
                connection.execute(insert(disclosed_table).values(eid=eid, at=ledger.clock(), reason="recovered"))
