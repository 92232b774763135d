"""Fixed statements, run past the expression compiler: an act has a dozen, and each would cost four times as much."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult

_NAMED = re.compile(r":([a-z_0-9]+)")


class Sql:
    """A statement with ``:name`` placeholders that both databases understand.

    ``Sql(text)(connection, values)`` runs it, once or for each of a list of values: on PostgreSQL in one round trip, and
    ``rowcount`` is that of all.
    """

    __slots__ = ("_postgres", "_sqlite")

    def __init__(self, text: str) -> None:
        self._sqlite = text
        self._postgres = _NAMED.sub(r"%(\1)s", text)

    def __call__(
        self, connection: Connection, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run it."""
        if isinstance(values, list) and len(values) == 1:
            (values,) = values
        text = self._sqlite if connection.dialect.name == "sqlite" else self._postgres
        return connection.exec_driver_sql(text, values or None)
