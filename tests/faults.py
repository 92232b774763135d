"""Faults at every step at which a publisher touches the world: a file, a directory, a commit, a witness.

Each step can fail, be done and reported as failed, or be the last one of its process.
"""

import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import Connection, Engine, event

from archive import shelves

Mode = Literal["failed", "done but failed", "killed", "done and killed"]
MODES: tuple[Mode, ...] = ("failed", "done but failed", "killed", "done and killed")


class Killed(BaseException):
    """The process is gone: nothing after this runs but what a new process does."""


class Faults:
    """Counts steps; the one numbered ``at`` goes wrong, or the first of that name."""

    def __init__(self, at: int | str = 0, mode: Mode = "failed", kill: Callable[[], None] | None = None) -> None:
        self.steps: list[str] = []
        self._at = at
        self._mode = mode
        self._kill = kill

    def step(self, name: str, do: Callable[[], Any]) -> Any:
        """Do one thing, or not."""
        first = name not in self.steps
        self.steps.append(name)
        if self._at != len(self.steps) and not (first and self._at == name):
            return do()
        if self._mode.startswith("done"):
            do()
        if self._mode.endswith("killed"):
            if self._kill is not None:
                self._kill()
            raise Killed(name)
        raise OSError(5, f"injected at {name}")


class _Spool:
    """A temporary file whose writing is a step."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file, self._faults = file, faults

    def write(self, raw: bytes) -> int:
        written: int = self._faults.step("write", lambda: self._file.write(raw))
        return written

    def __enter__(self) -> "_Spool":
        self._file.__enter__()
        return self

    def __exit__(self, *args: object) -> None:
        self._file.__exit__(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _System:
    """The module ``os`` with steps in it."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in ("fsync", "link", "fchmod"):
            return real
        return lambda *args: self._faults.step(name, lambda: real(*args))


class _Temporary:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def NamedTemporaryFile(self, **more: Any) -> _Spool:
        return _Spool(tempfile.NamedTemporaryFile(**more), self._faults)

    def __getattr__(self, name: str) -> Any:
        return getattr(tempfile, name)


class _Path(type(pathlib.Path())):  # type: ignore[misc]
    faults: Faults

    def replace(self, target: Any) -> Any:
        return self.faults.step("rename", lambda: super(_Path, self).replace(target))


@contextmanager
def injected(faults: Faults, engine: Engine) -> Iterator[None]:
    """The shelves' system calls and the database's commits as steps, for as long as the block lasts."""

    def commit(connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        if raw.in_transaction and connection.get_execution_options().get("reads") is None:  # type: ignore[attr-defined]
            faults.step("commit", raw.commit)

    kept = shelves.os, shelves.tempfile, shelves.Path, shelves.syncfs
    _Path.faults = faults
    shelves.os, shelves.tempfile, shelves.Path = _System(faults), _Temporary(faults), _Path  # type: ignore[assignment, misc]
    shelves.syncfs = lambda handle: faults.step("syncfs", lambda: kept[3](handle))
    event.listen(engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(engine, "commit", commit)
        shelves.os, shelves.tempfile, shelves.Path, shelves.syncfs = kept  # type: ignore[misc]
