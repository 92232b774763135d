"""Private fields under their subjects' keys: kept, read, and forgotten by the destruction of one key (trace-log 5.3).

Each subject, named by the stream that is about it, has a data key, wrapped by a master key that is in no database.  A
disclosure stands encrypted under it, salt included; once the key is destroyed, neither a copy of the rows nor a guess at
the value tells anything.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from archive.canonical import decode
from archive.database import disclosure_table, event_table, subject_key_table
from archive.disclosures import Disclosure, Hidden, digests_in, parse_disclosure
from archive.errors import Damaged, Invalid
from archive.keys import NONCE, SUBJECTS, Keys, seal, unseal
from archive.values import Instant, Value

_D, _K = disclosure_table.c, subject_key_table.c
_FOUND = select(_D.path, _D.id, _D.subject, _D.value_enc, _K.wrapped).join(subject_key_table, _K.subject == _D.subject)
_READABLE = _FOUND.where(_K.destroyed_at.is_(None))


class Safe(Value, frozen=True):
    """What is kept of one subject: the wrapped data key, empty once it is destroyed; event id, digest and sealed text of each."""

    disclosures: tuple[tuple[str, str, bytes], ...]
    wrapped: bytes


class Subjects:
    """The private side of one log; every method works on the caller's connection."""

    def __init__(self, keys: Keys, random: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._random = random

    def key(self, connection: Connection, subject: str) -> bytes | None:
        """A subject's data key, 32 bytes; None where there is none yet, or none any more."""
        wrapped = connection.execute(select(_K.wrapped).where(_K.subject == subject, _K.destroyed_at.is_(None))).scalar()
        return None if wrapped is None else self._unwrapped(subject, wrapped)

    def add(self, connection: Connection, subject: str, key: bytes) -> None:
        """Keep the data key of a subject that has none."""
        _put_key(connection, subject, self._keys.wrap(SUBJECTS, key, subject.encode(), self._random(NONCE)))

    def keep(self, connection: Connection, id: str, subject: str, key: bytes, disclosed: Disclosure) -> None:
        """Keep one disclosure of the event ``id``."""
        bound, text = _bound(id, disclosed.digest), disclosed.text.encode()
        _put(connection, id, disclosed.digest, seal(key, text, bound, self._random(NONCE)), subject)

    def revealed(self, connection: Connection, hidden: Hidden) -> Mapping[str, Any] | None:
        """The private members behind digests by name; None unless all of them are at hand.

        Raises:
            Damaged: ``keys.wrapped`` when what is stored was altered.
        """
        found = [self._opened(row) for row in connection.execute(_READABLE.where(_D.path.in_(hidden.sd)))]
        return {d.name: d.value for d in found} if len(found) == len(hidden.sd) else None

    def texts(self, connection: Connection) -> dict[str, list[str]]:
        """Every disclosure that can be read, as it is handed to an entitled reader, by the id of its event."""
        found: dict[str, list[str]] = {}
        for row in connection.execute(_READABLE.order_by(_D.id, _D.path)):
            found.setdefault(row.id, []).append(self._opened(row).text)
        return found

    def forget(self, connection: Connection, subject: str, at: Instant) -> None:
        """Destroy a subject's key, and with it all that is kept of him."""
        connection.execute(delete(disclosure_table).where(_D.subject == subject))
        connection.execute(update(subject_key_table).where(_K.subject == subject).values(wrapped=b"", destroyed_at=at))

    def safe(self, connection: Connection, subject: str) -> Safe:
        """All that is kept of a subject, to be kept elsewhere as well: the same bytes as long as nothing changes."""
        found = connection.execute(select(_D.id, _D.path, _D.value_enc).where(_D.subject == subject).order_by(_D.id, _D.path))
        wrapped = connection.execute(select(_K.wrapped).where(_K.subject == subject)).scalar() or b""
        return Safe(tuple((row.id, row.path, row.value_enc) for row in found), wrapped)

    def bring_back(self, connection: Connection, subject: str, kept: Safe, at: Instant) -> None:
        """Put what was `safe` in place of what is here, as far as its events are here.

        Raises:
            Damaged: ``keys.wrapped`` when it is not what this installation wrapped.
        """
        if not kept.wrapped:
            return self.forget(connection, subject, at)
        key = self._unwrapped(subject, kept.wrapped)
        connection.execute(delete(disclosure_table).where(_D.subject == subject))
        _put_key(connection, subject, kept.wrapped)
        for id, digest, sealed in kept.disclosures:
            _opened(key, id, digest, sealed)
            body = connection.execute(select(event_table.c.body).where(event_table.c.id == id)).scalar()
            if body is not None and digest in _digests(body):
                _put(connection, id, digest, sealed, subject)
        return None

    def faults(self, connection: Connection) -> Iterator[tuple[str, str, str]]:
        """Stored disclosures that do not open, or whose digest does not stand in their event: code, place and text."""
        wanted = _FOUND.add_columns(event_table.c.body).outerjoin(event_table, event_table.c.id == _D.id)
        for row in connection.execute(wanted.order_by(_D.id, _D.path)):
            where = f"disclosure {row.id} {row.path}"
            try:
                self._opened(row)
            except (Damaged, Invalid):
                yield "SD_BAD", where, "does not open under its subject's key, or opens to another value"
                continue
            if row.body is None or row.path not in _digests(row.body):
                yield "SD_BAD", where, "its digest does not stand in its event"

    def _opened(self, row: Any) -> Disclosure:
        return _opened(self._unwrapped(row.subject, row.wrapped), row.id, row.path, row.value_enc)

    def _unwrapped(self, subject: str, wrapped: bytes) -> bytes:
        return self._keys.unwrap(SUBJECTS, wrapped, subject.encode())


def _put(connection: Connection, id: str, digest: str, sealed: bytes, subject: str) -> None:
    kept = {"id": id, "path": digest, "salt": "", "value_enc": sealed, "subject": subject, "key_id": SUBJECTS}
    connection.execute(insert(disclosure_table).values(kept))


def _put_key(connection: Connection, subject: str, wrapped: bytes) -> None:
    known = update(subject_key_table).where(_K.subject == subject).values(wrapped=wrapped, destroyed_at=None)
    if not connection.execute(known).rowcount:
        connection.execute(insert(subject_key_table).values(subject=subject, wrapped=wrapped))


def _opened(key: bytes, id: str, digest: str, sealed: bytes) -> Disclosure:
    disclosed = parse_disclosure(unseal(key, sealed, _bound(id, digest)).decode())
    if disclosed.digest != digest:
        raise Damaged("keys.wrapped", purpose=SUBJECTS)
    return disclosed


def _digests(body: bytes) -> set[str]:
    """The digests that stand in an event; in a body that was damaged beyond reading there are none."""
    try:
        return {digest for digests in digests_in(decode(body)) for digest in digests}
    except Invalid:
        return set()


def _bound(id: str, digest: str) -> bytes:
    return f"{id} {digest}".encode()
