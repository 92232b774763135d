"""The end of an epoch of the log and the beginning of the next (trace-log 5.7).

Planned: the old log ends with ``log.closed``; the new one is another database that begins with everything the old one
had, so that streams go on (``seq`` and ``prev`` continue), and with an empty tree.  Events carried over keep their
order under negative numbers, have no position in the new tree and are proved by the old one.

Lost: there is only the last published checkpoint; the new log names it and every stream begins again.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, inspect, select, text, update

from archive.database import METADATA, disclosure_table, event_table, subject_key_table, tree_table
from archive.errors import Conflict, Invalid
from archive.keys import epoch_of
from archive.ledger import Ledger, Recorded, mixing, safekeeping, store
from archive.ledger.mixing import DECOYS
from archive.ledger.signers import STREAM
from archive.notes import Note, parse_note, write_note
from archive.served import tree_of
from archive.shelves import Shelf
from archive.strict import base64
from archive.values import Actor

CLOSED = "log.closed"
INCIDENT = "log.incident"
MAX_NOTE = 30_000
"""Longest checkpoint that goes whole into the next epoch's first entry; a longer one leaves long cosignatures out."""

_OWN = ("trace_pending", "trace_index", "trace_tree", "trace_tile", "trace_checkpoint", "trace_cosig", "trace_anchor")
"""What belongs to one tree."""


def close(ledger: Ledger) -> Recorded:
    """End this epoch with its last entry; whoever acts afterwards is told so.

    Raises:
        Conflict: ``ledger.ended`` when it is over already.
    """
    quantum = ledger.quantum
    with ledger.begin(actor=Actor.system("system"), write={STREAM, DECOYS}, legal=True) as tx:
        if ledger.engine.dialect.name == "postgresql":
            # Whoever holds a stream finishes first; nobody takes another until this is committed.
            tx.connection.execute(text("LOCK TABLE trace_stream IN ACCESS EXCLUSIVE MODE"))
        if quantum:
            size = store.tree(tx.connection).size + mixing.waiting(tx.connection) + 1
            for _ in range(-size % quantum):
                tx.note(DECOYS, "system.decoy", {}, public=False)
        tx.note(STREAM, CLOSED, {})
        tx.connection.execute(update(tree_table).values(epoch=-func.abs(tree_table.c.epoch)))
    while ledger.integrate():
        pass
    if quantum:
        with ledger.engine.connect() as connection:
            waiting = mixing.waiting(connection)
        ledger.batch(waiting - 1)
        ledger.batch(1)  # the last entry is the last
    return ledger.placed(tx.recorded[-1])


def previous(note: bytes, why: str) -> dict[str, Any]:
    """What the first entry of an epoch says of the one before: its last published checkpoint, ``planned`` or ``lost``.

    Raises:
        Fault: ``NOTE_BAD``.
    """
    tree = tree_of(note)
    kept = note if len(note) <= MAX_NOTE else _shortened(parse_note(note), tree.origin)
    return {"checkpoint": base64(kept), "origin": tree.origin, "root": base64(tree.root), "size": tree.size, "why": why}


def follows(origin: str, old: str) -> None:
    """Refuse an origin that is not the next epoch's.

    Raises:
        Invalid: ``epochs.origin``.
    """
    wanted = f"{old.removesuffix(f'/epoch-{epoch_of(old)}')}/epoch-{epoch_of(old) + 1}"
    if origin != wanted:
        raise Invalid("epochs.origin", origin=origin, wanted=wanted)


def lost(new: Ledger, what: str) -> None:
    """Begin the epoch after a loss; ``new`` was made with `previous`.  ``what`` happened is its second entry."""
    new.open()
    with new.begin(actor=Actor.system("system"), write={STREAM}, legal=True) as tx:
        _number(tx.connection, new)
        tx.note(STREAM, INCIDENT, {"outcome": {"text": what}})


def planned(old: Engine, new: Ledger, escrow: Shelf) -> int:
    """Carry everything over into the empty database of ``new``, which was made with `previous`; how many events.

    Private fields move: whoever is forgotten in the new epoch must not stand in the old one, nor on its ``escrow``'s shelf.

    Raises:
        Conflict: ``epochs.used`` when something is there already, ``epochs.open`` when the old epoch is not closed.
    """
    with old.connect() as source:
        if store.tree(source).epoch > 0:
            raise Conflict("epochs.open")
        there = set(inspect(source).get_table_names())
        tables = [t for t in METADATA.sorted_tables if t.name in there and t.name not in _OWN]
        count = source.execute(select(func.count()).select_from(event_table)).scalar_one()
        with new.engine.begin() as target:
            if target.execute(select(event_table.c.eid).limit(1)).first() is not None:
                raise Conflict("epochs.used")
            # Numbered from below: what is placed in the new tree has the numbers from 0 up.
            shift = source.execute(select(func.max(event_table.c.eid))).scalar_one() + 1
            for table in tables:
                if not table.info.get("traced"):
                    _copy(source, target, table, shift)
        with new.begin(actor=Actor.system("system"), write={STREAM}, legal=True) as tx:
            for table in tables:
                if table.info.get("traced"):
                    _copy(source, tx.connection, table, shift)
            _number(tx.connection, new)
            tx.note(STREAM, "log.opened", {"outcome": dict(new.first)})
    with old.begin() as left:
        safekeeping.leave(left, escrow)
        left.execute(delete(disclosure_table))
        left.execute(delete(subject_key_table))
    return count


def _number(connection: Connection, new: Ledger) -> None:
    connection.execute(update(tree_table).values(epoch=epoch_of(new.origin)))


def _copy(source: Connection, target: Connection, table: Table, shift: int) -> None:
    moved = [column.name for column in table.columns if column.name == "eid"]
    rows = source.execution_options(yield_per=1000).execute(select(table))
    for part in rows.mappings().partitions(1000):
        target.execute(insert(table), [_shifted(row, moved, shift) for row in part])


def _shifted(row: Mapping[Any, Any], moved: list[str], shift: int) -> dict[str, Any]:
    values = {str(name): value for name, value in row.items()}
    return values | {name: values[name] - shift for name in moved}


def _shortened(note: Note, origin: str) -> bytes:
    return write_note(note.text, [line for line in note.lines if line.name == origin or len(line.signature) < 200])
