"""Time-stamp tokens of authorities (RFC 3161) over published checkpoints, hourly and at legal limits (trace-log 5.10).

The message imprint is the SHA-256 of the note's text, so signature lines may still be added to the file.  A token is
stored only when it is one over that text, with our nonce, and, where roots are given, under one of them.  Two
authorities or more are meant; one that is silent stops nothing and is asked again.
"""

import logging
import re
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from archive.database import anchor_table, checkpoint_table, reading
from archive.errors import Busy, Invalid, Missing, SunlitError
from archive.ledger import Ledger
from archive.notes import parse_note
from archive.served import tree_of
from archive.shelves import Shelf
from archive.values import HOUR, Instant
from archive.verify.anchors import trusted_anchors
from archive.wire import Reply, post

LOGGER = logging.getLogger("sunlit.anchors")

EVERY: Instant = HOUR
PAUSE: Final = 20.0
"""Seconds between two looks at whether it is time."""

PATIENCE: Final = 15.0
"""Seconds for one authority."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
_LIMIT = 64 * 1024

Ask = Callable[[str, bytes], Reply]


def over_http(url: str, query: bytes) -> Reply:
    """One time-stamp query."""
    return post(url, query, "application/timestamp-query", limit=_LIMIT, timeout=PATIENCE)


class Anchors:
    """Anchors what one log has published on ``public``.

    ``authorities`` are urls by name; ``roots`` are certificates (PEM) that their tokens must verify under.

    Raises:
        Invalid: ``anchors.name``.
    """

    def __init__(
        self, ledger: Ledger, public: Shelf, authorities: Mapping[str, str], roots: bytes | None = None, ask: Ask = over_http
    ) -> None:
        for name in authorities:
            if _NAME.fullmatch(name) is None:
                raise Invalid("anchors.name", name=name[:80])
        self._ledger = ledger
        self._public = public
        self._authorities = authorities
        self._verify = trusted_anchors(roots)
        self._ask = ask
        self._at: Instant | None = None
        self._wanted = False
        self._over = Event()
        self._thread: Thread | None = None
        self.faults: dict[str, str] = {}

    def start(self) -> None:
        """Take turns in a thread of its own: an authority may be slow, and the publisher must not wait for it."""
        self._over.clear()
        self._thread = Thread(target=self._run, name="anchors", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn and end."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._over.wait(PAUSE):
            try:
                self.turn()
            except (SunlitError, SQLAlchemyError, OSError) as fault:
                LOGGER.warning("nothing was anchored: %s", fault)

    def hurry(self) -> None:
        """A legal limit has passed: anchor at the next turn."""
        self._wanted = True

    def turn(self) -> int:
        """Anchor the published checkpoint if an hour has gone by or a limit has passed; how many tokens came."""
        now = self._ledger.clock()
        if not self._wanted and self._at is not None and now - self._at < EVERY and not self.faults:
            return 0
        try:
            note = b"".join(self._public.chunks("checkpoint"))
        except Missing:
            return 0
        size, text = tree_of(note).size, parse_note(note).text.encode()
        missing = [name for name in self._authorities if name not in self._held(size)]
        came = sum(self._anchored(name, size, text) for name in missing)
        self.faults = {name: why for name, why in self.faults.items() if name in missing}
        if not self.faults:
            self._at, self._wanted = now, False
        return came

    def _held(self, size: int) -> set[str]:
        a = anchor_table.c
        with reading(self._ledger.engine) as connection:
            return set(connection.execute(select(a.kind).where(a.size == size)).scalars())

    def _anchored(self, name: str, size: int, text: bytes) -> bool:
        try:
            token = self._token(self._authorities[name], text)
            with self._ledger.engine.begin() as connection:
                c = checkpoint_table.c
                if connection.execute(select(c.size).where(c.size == size)).first() is None:
                    raise Missing("ledger.checkpoint", size=size)
                connection.execute(insert(anchor_table).values(size=size, kind=name, token=token))
        except (SunlitError, ValueError) as fault:
            if self.faults.get(name) != str(fault):
                LOGGER.warning("%s gives no token: %s", name, fault)
            self.faults[name] = str(fault)
            return False
        self.faults.pop(name, None)
        return True

    def _token(self, url: str, text: bytes) -> bytes:
        from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response
        from rfc3161_client.base import HashAlgorithm

        query = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
        reply = self._ask(url, query.as_bytes())
        if reply.status != 200:
            raise Busy("wire.silent", url=url, why=f"status {reply.status}")
        answer = decode_timestamp_response(reply.body)
        if answer.status not in (0, 1):
            raise Invalid("anchors.refused", status=answer.status)
        info = answer.tst_info
        if info.message_imprint.message != query.message_imprint.message or info.nonce != query.nonce:
            raise Invalid("anchors.other")
        if self._verify is not None:
            self._verify(reply.body, text)
        return reply.body
