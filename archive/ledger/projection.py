"""From a stream's state to its rows: only what changed is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update, bindparam, delete, insert, update

from archive.bodies import Rows
from archive.database import METADATA
from archive.errors import Damaged


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
    for name in sorted(changes.gone, key=_rank, reverse=True):
        _exactly(connection, _delete(name), name, [_named(_keys(name), pk) for pk in changes.gone[name]])
    for name in sorted(changes.new, key=_rank):
        keys = _keys(name)
        rows = [dict(zip(keys, pk, strict=True)) | dict(columns) for pk, columns in changes.new[name]]
        connection.execute(_insert(name), rows if len(rows) > 1 else rows[0])
    for (name, moved), changed in changes.changed.items():
        keys = _keys(name)
        values = [_named(keys, pk) | {f"v_{c}": v for c, v in columns.items()} for pk, columns in changed]
        _exactly(connection, _update(name, moved), name, values)


def _exactly(connection: Connection, statement: Any, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if connection.execute(statement, row).rowcount != 1:
            pk = ", ".join(str(v) for k, v in row.items() if k.startswith("k_"))
            raise Damaged("ledger.projection", table=table, pk=pk)


# Statements are built once for each table: building one costs as much as running it.


@cache
def _rank(name: str) -> int:
    """Place of a table among all, parents before children."""
    return [t.name for t in METADATA.sorted_tables].index(name)


@cache
def _keys(name: str) -> tuple[str, ...]:
    return tuple(c.name for c in METADATA.tables[name].primary_key.columns)


def _named(keys: tuple[str, ...], pk: tuple[Any, ...]) -> dict[str, Any]:
    return {f"k_{k}": v for k, v in zip(keys, pk, strict=True)}


@cache
def _insert(name: str) -> Insert:
    return insert(METADATA.tables[name])


@cache
def _delete(name: str) -> Delete:
    table = METADATA.tables[name]
    return delete(table).where(*(table.c[k] == bindparam(f"k_{k}") for k in _keys(name)))


@cache
def _update(name: str, moved: tuple[str, ...]) -> Update:
    table = METADATA.tables[name]
    where = (table.c[k] == bindparam(f"k_{k}") for k in _keys(name))
    return update(table).where(*where).values({c: bindparam(f"v_{c}") for c in moved})
