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
from archive.values import Instant

_D, _K = disclosure_table.c, subject_key_table.c
_FOUND = select(_D.path, _D.id, _D.subject, _D.value_enc, _K.wrapped).join(subject_key_table, _K.subject == _D.subject)
_READABLE = _FOUND.where(_K.destroyed_at.is_(None))


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
        wrapped = self._keys.wrap(SUBJECTS, key, subject.encode(), self._random(NONCE))
        known = update(subject_key_table).where(_K.subject == subject).values(wrapped=wrapped, destroyed_at=None)
        if not connection.execute(known).rowcount:
            connection.execute(insert(subject_key_table).values(subject=subject, wrapped=wrapped))

    def keep(self, connection: Connection, id: str, subject: str, key: bytes, disclosed: Disclosure) -> None:
        """Keep one disclosure of the event ``id``."""
        bound, text = _bound(id, disclosed.digest), disclosed.text.encode()
        sealed = seal(key, text, bound, self._random(NONCE))
        kept = {"id": id, "path": disclosed.digest, "salt": "", "value_enc": sealed, "subject": subject, "key_id": SUBJECTS}
        connection.execute(insert(disclosure_table).values(kept))

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
        key = self._unwrapped(row.subject, row.wrapped)
        disclosed = parse_disclosure(unseal(key, row.value_enc, _bound(row.id, row.path)).decode())
        if disclosed.digest != row.path:
            raise Damaged("keys.wrapped", purpose=SUBJECTS)
        return disclosed

    def _unwrapped(self, subject: str, wrapped: bytes) -> bytes:
        return self._keys.unwrap(SUBJECTS, wrapped, subject.encode())


def _digests(body: bytes) -> set[str]:
    """The digests that stand in an event; in a body that was damaged beyond reading there are none."""
    try:
        return {digest for digests in digests_in(decode(body)) for digest in digests}
    except Invalid:
        return set()


def _bound(id: str, digest: str) -> bytes:
    return f"{id} {digest}".encode()
