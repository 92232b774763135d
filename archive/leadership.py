"""One publisher at a time, whichever process it runs in.

PostgreSQL: an advisory lock of a session of its own.  SQLite: a lock on a file beside the database, which the kernel
gives back when its holder is killed.  A database in memory has one process and one publisher.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

PUBLISHER = 7310003  # the sequencer's is 7310002


@contextmanager
def leading(engine: Engine) -> Iterator[bool]:
    """Whether this block is the one publisher; nobody waits for anybody."""
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            got = bool(connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": PUBLISHER}).scalar())
            try:
                yield got
            finally:
                if got:
                    connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": PUBLISHER})
        return
    file = engine.url.database
    if file in (None, "", ":memory:"):
        yield True
        return
    with closing(_Descriptor(Path(f"{file}.publishing"))) as lock:
        yield lock.take()


class _Descriptor:
    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._fd)
