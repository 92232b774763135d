"""From a stream's state to its rows: only what changed is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, update

from archive.database import METADATA
from archive.decider import Decider
from archive.errors import Damaged
from archive.ledger.records import Rows


def rows_of(decider: Decider[Any, Any, Any, Any], stream: str, state: object) -> Rows:
    """The rows of a state, by table and primary key."""
    return {(table, pk): dict(columns) for table, pk, columns in decider.rows(stream, state)}


@dataclass(slots=True)
class Changes:
    """What turns one set of rows into another, by table."""

    gone: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    new: dict[str, list[tuple[tuple[Any, ...], Mapping[str, Any]]]] = field(default_factory=dict)
    changed: dict[tuple[str, tuple[str, ...]], list[tuple[tuple[Any, ...], Mapping[str, Any]]]] = field(default_factory=dict)

    def add(self, before: Rows, after: Rows) -> None:
        """Take in the difference of one stream."""
        for at, columns in after.items():
            was = before.get(at)
            if was is None:
                self.new.setdefault(at[0], []).append((at[1], columns))
            elif was != columns:
                moved = tuple(sorted(c for c, v in columns.items() if c not in was or was[c] != v))
                self.changed.setdefault((at[0], moved), []).append((at[1], {c: columns[c] for c in moved}))
        for at in before:
            if at not in after:
                self.gone.setdefault(at[0], []).append(at[1])

    def __bool__(self) -> bool:
        return bool(self.gone or self.new or self.changed)


def apply(connection: Connection, changes: Changes) -> None:
    """Write the changes, children's removal first and parents' insertion first.

    Raises:
        Damaged: ``ledger.projection`` when a row that the log implies is not there: somebody went around it.
    """
    order = (
        {name: i for i, name in enumerate(t.name for t in METADATA.sorted_tables)}
        if len(changes.gone) + len(changes.new) > 1
        else {}
    )
    for name in sorted(changes.gone, key=lambda n: -order.get(n, 0)):
        table = METADATA.tables[name]
        keys = _keys(table)
        removal = delete(table).where(*(table.c[k] == bindparam(f"k_{k}") for k in keys))
        _exactly(connection, removal, name, [_named(keys, pk) for pk in changes.gone[name]])
    for name in sorted(changes.new, key=lambda n: order.get(n, 0)):
        table = METADATA.tables[name]
        keys = _keys(table)
        connection.execute(insert(table), [dict(zip(keys, pk, strict=True)) | dict(columns) for pk, columns in changes.new[name]])
    for (name, moved), rows in changes.changed.items():
        table = METADATA.tables[name]
        keys = _keys(table)
        statement = (
            update(table)
            .where(*(table.c[k] == bindparam(f"k_{k}") for k in keys))
            .values({c: bindparam(f"v_{c}") for c in moved})
        )
        _exactly(
            connection, statement, name, [_named(keys, pk) | {f"v_{c}": v for c, v in columns.items()} for pk, columns in rows]
        )


def _keys(table: Table) -> list[str]:
    return [c.name for c in table.primary_key.columns]


def _named(keys: list[str], pk: tuple[Any, ...]) -> dict[str, Any]:
    return {f"k_{k}": v for k, v in zip(keys, pk, strict=True)}


def _exactly(connection: Connection, statement: Any, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if connection.execute(statement, row).rowcount != 1:
            raise Damaged("ledger.projection", table=table, pk=", ".join(str(v) for k, v in row.items() if k.startswith("k_")))
