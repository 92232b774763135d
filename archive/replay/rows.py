"""Rebuilt rows against live ones, cell by cell; every difference is named with who wrote the cell last.

If every digest of the stream agreed, the log and the rules are sound and the row was changed out of band; if not,
the first entry whose digest differs shows where rules and record part.
"""

from array import array
from typing import Any

from archive.bodies import CLOSED, rows_of
from archive.replay.following import Followed
from archive.replay.source import Source, Tables
from archive.report import Report

BATCH = 400


class Comparison:
    """Collects the rows of finished streams and compares them in batches."""

    def __init__(self, source: Source, tables: Tables, report: Report) -> None:
        self._source = source
        self._tables = tables
        self._report = report
        self._known = set(tables.names())
        self._waiting: dict[str, dict[tuple[Any, ...], tuple[dict[str, Any], Followed]]] = {}
        self._seen: dict[str, array[int]] = {name: array("q") for name in self._known}
        self._missing = dict.fromkeys(self._known, 0)
        self.compared = 0
        self.unsure = 0

    def add(self, done: Followed) -> None:
        """Take in a stream that was followed to its end; one that could not be rebuilt is only counted."""
        if done.kind is None:
            return
        if not done.whole:
            self.unsure += 1
            return
        for (table, pk), columns in rows_of(done.kind.decider, done.stream, done.state).items():
            if table in self._known:
                waiting = self._waiting.setdefault(table, {})
                waiting[pk] = ({c: v for c, v in columns.items() if v is not None}, done)
                self._seen[table].append(hash(pk))
                if len(waiting) >= BATCH:
                    self._compare(table)

    def finish(self) -> None:
        """Compare what is left, then look for rows that no stream implies.

        Where a stream could not be rebuilt, nobody can say whose a row is, so extra rows are not looked for.
        """
        for table in sorted(self._waiting):
            self._compare(table)
        for table in sorted(self._known):
            if not self.unsure and self._tables.count(table) > len(self._seen[table]) - self._missing[table]:
                self._extra(table)

    def _compare(self, table: str) -> None:
        waiting = self._waiting.pop(table, {})
        live = self._tables.find(table, list(waiting))
        self.compared += len(waiting)
        for pk, (columns, done) in waiting.items():
            found = live.get(pk)
            if found is None:
                self._missing[table] += 1
                self._row("ROW_MISSING", table, pk, "the log implies this row, it is not there", done)
            elif found != columns:
                for column in sorted(columns.keys() | found.keys()):
                    was, is_ = columns.get(column), found.get(column)
                    if was != is_ or type(was) is not type(is_):
                        self._cell(table, pk, column, was, is_, done)

    def _extra(self, table: str) -> None:
        known = set(self._seen[table])
        for pk in self._tables.all_keys(table):
            if hash(pk) not in known:
                self._row("ROW_EXTRA", table, pk, "no stream implies this row", None)

    def _row(self, code: str, table: str, pk: tuple[Any, ...], text: str, done: Followed | None) -> None:
        stream, writer = (None, None) if done is None else (done.stream, self._writer(done, table, pk, None))
        self._report.add(code, f"{table} ({_text(pk)})", text, table=table, pk=_text(pk), stream=stream, last_writer=writer)

    def _cell(self, table: str, pk: tuple[Any, ...], column: str, was: Any, is_: Any, done: Followed) -> None:
        expected, found = _shown(was), _shown(is_)
        evidence = f"digests differ from {done.first_bad} on" if done.first_bad else "all digests agree: changed out of band"
        self._report.add(
            "CELL_DIFF",
            f"{table} ({_text(pk)}).{column}",
            f"expected {expected}, found {found}",
            stream=done.stream,
            table=table,
            pk=_text(pk),
            column=column,
            expected=expected,
            found=found,
            last_writer=self._writer(done, table, pk, column),
            first_bad=done.first_bad or None,
            evidence=evidence,
        )

    def _writer(self, done: Followed, table: str, pk: tuple[Any, ...], column: str | None) -> str | None:
        """The entry that last wrote a cell, or a row; the stream is folded once more, for a divergence only."""
        if done.kind is None:
            return None
        decider, writer, was = done.kind.decider, None, None
        state = decider.initial
        for item in self._source.stream(done.stream):
            body = done.kind.read(item.body)
            outcome = body.data.outcome
            if body.act == CLOSED or not outcome or not outcome.events:
                continue
            for event in outcome.events:
                state = decider.evolve(state, event)
            row = rows_of(decider, done.stream, state).get((table, pk))
            now = row if column is None or row is None else row.get(column)
            if now != was:
                writer, was = body.id, now
        return writer


def _text(pk: tuple[Any, ...]) -> str:
    return ", ".join(map(str, pk))


def _shown(value: Any) -> str:
    """A cell as a report quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"
