"""From a stream's state to its rows: only what changed is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection

from archive.bodies import Rows
from archive.database import METADATA
from archive.errors import Damaged
from archive.sql import Sql


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
        for pk in changes.gone[name]:
            _exactly(connection, _delete(name), name, [_named(_keys(name), pk)])
    for name in sorted(changes.new, key=_rank):
        keys = _keys(name)
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for pk, columns in changes.new[name]:
            alike.setdefault(tuple(columns), []).append(_named(keys, pk) | _values(columns))
        for given, rows in alike.items():
            _insert(name, given)(connection, rows)
    for (name, moved), changed in changes.changed.items():
        keys = _keys(name)
        values = [_named(keys, pk) | _values(columns) for pk, columns in changed]
        _exactly(connection, _update(name, moved), name, values)


def _exactly(connection: Connection, statement: Sql, table: str, rows: list[dict[str, Any]]) -> None:
    """Change each of ``rows``, all at once; where one is not there, find out which."""
    if len(rows) > 1 and statement(connection, rows).rowcount == len(rows):
        return
    for row in rows:
        if statement(connection, row).rowcount != 1:
            pk = ", ".join(str(v) for k, v in row.items() if k.startswith("k_"))
            raise Damaged("ledger.projection", table=table, pk=pk)


# Statements are built once for each table and set of columns: building one costs as much as running it.


@cache
def _rank(name: str) -> int:
    """Place of a table among all, parents before children."""
    return [t.name for t in METADATA.sorted_tables].index(name)


@cache
def _keys(name: str) -> tuple[str, ...]:
    return tuple(c.name for c in METADATA.tables[name].primary_key.columns)


def _named(keys: tuple[str, ...], pk: tuple[Any, ...]) -> dict[str, Any]:
    return {f"k_{k}": v for k, v in zip(keys, pk, strict=True)}


def _values(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {f"v_{c}": v for c, v in columns.items()}


@cache
def _insert(name: str, given: tuple[str, ...]) -> Sql:
    keys = _keys(name)
    values = [f":k_{k}" for k in keys] + [f":v_{c}" for c in given]
    return Sql(_said("INSERT INTO", _quoted(name), "(", _listed(keys + given), ") VALUES (", ", ".join(values), ")"))


@cache
def _delete(name: str) -> Sql:
    return Sql(_said("DELETE FROM", _quoted(name), "WHERE", _at(name)))


@cache
def _update(name: str, moved: tuple[str, ...]) -> Sql:
    changes = ", ".join(f"{_quoted(c)} = :v_{c}" for c in moved)
    return Sql(_said("UPDATE", _quoted(name), "SET", changes, "WHERE", _at(name)))


def _at(name: str) -> str:
    return " AND ".join(f"{_quoted(k)} = :k_{k}" for k in _keys(name))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _said(*words: str) -> str:
    return " ".join(words)
