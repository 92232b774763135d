"""Write every traced table anew from the log, and put that on record.

For after somebody went around the ledger (replay names the rows), or after a release whose projections have other
columns.  Entries stay as they are; nothing can act meanwhile, for as long as it takes.
"""

from sqlalchemy import delete, insert, select

from archive import outbox
from archive.bodies import kind_of, rows_of
from archive.database import stream_table, traced_tables
from archive.ledger import headings, store
from archive.ledger.ledger import LOG, Ledger
from archive.ledger.records import Recorded
from archive.ledger.states import States
from archive.outbox import due_table
from archive.values import Actor

ACT = "system.rebuilt"


def rebuild(ledger: Ledger, actor: Actor) -> Recorded:
    """Rebuild all projections in one transaction; the entry of it says how many rows there are now.

    Raises:
        Damaged: ``ledger.entry`` or ``ledger.chain`` when the log itself does not hold; nothing was changed.
    """
    states, count = States(1), 0
    tables = {table.name: table for table in traced_tables()}  # parents before children
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in tables}
    with ledger.begin(actor=actor, write={LOG}, legal=True) as tx:
        headings.hold_still(tx.connection)
        tx.connection.execute(delete(due_table))
        for stream in tx.connection.execute(select(stream_table.c.stream).where(stream_table.c.last_seq > 0)).scalars().all():
            kind = ledger.kinds.get(kind_of(stream))
            if kind is None:
                continue
            state = states.load(tx.connection, kind, stream, store.tail(tx.connection, stream)).state
            outbox.fall_due(tx.connection, stream, kind.decider.due(state))
            for (name, pk), columns in rows_of(kind.decider, stream, state).items():
                keys = (c.name for c in tables[name].primary_key.columns)
                rows[name].append(dict(zip(keys, pk, strict=True)) | columns)
                count += 1
        for table in reversed(tables.values()):
            tx.connection.execute(delete(table))
        for name, table in tables.items():
            for row in rows[name]:  # one by one: rows of a table may leave out different columns
                tx.connection.execute(insert(table), row)
        tx.note(LOG, ACT, {"outcome": {"rows": count}})
    ledger.forget()
    return tx.recorded[0]
