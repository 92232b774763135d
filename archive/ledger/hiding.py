"""What one transaction hides: private values whose digests its acts put on record (trace-log 5.3)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hmac import digest
from typing import Any

from sqlalchemy import Connection

from archive.disclosures import Disclosure, Hidden, conceal
from archive.ledger.records import Written
from archive.ledger.subjects import Subjects
from archive.values import Instant, Value


@dataclass(frozen=True, slots=True)
class Secret:
    """A private member that an act may put on record."""

    subject: str
    disclosed: Disclosure


class Hiding:
    """The private values of one transaction, kept in memory until `settle`.

    ``seed`` stands for the idempotency key, if there is one: a repeated request must come to the same digests.
    """

    def __init__(self, subjects: Subjects, connection: Connection, random: Callable[[int], bytes], seed: bytes | None) -> None:
        self._subjects = subjects
        self._connection = connection
        self._random = random
        self._seed = seed
        self._secrets: dict[str, Secret] = {}
        self._keys: dict[str, tuple[bytes, bool]] = {}

    def hide(self, subject: str, value: Value) -> Hidden:
        """The digests that stand for a value about ``subject``."""
        key, _ = self._key_of(subject)
        seed = self._random(16) if self._seed is None else self._seed
        count = len(self._secrets)

        def salt(name: str) -> bytes:
            return digest(key, b"sunlit/sd/v1\0%d\0%s\0" % (count, name.encode()) + seed, "sha256")[:16]

        hidden, made = conceal(value, salt)
        self._secrets |= {d.digest: Secret(subject, d) for d in made}
        return hidden

    def revealed(self, hidden: Hidden) -> Mapping[str, Any] | None:
        """The private members behind digests, those of this transaction included."""
        if all(d in self._secrets for d in hidden.sd):
            return {d.name: d.value for d in (self._secrets[stands].disclosed for stands in hidden.sd)}
        return self._subjects.revealed(self._connection, hidden)

    def settle(self, written: Sequence[Written], forgotten: Iterable[str], at: Instant) -> None:
        """Keep what the entries have digests of, then forget whom they say."""
        for stands, secret in self._secrets.items():
            id = next((w.id for w in written if stands.encode() in w.body), None)
            if id is None:
                continue
            key, known = self._key_of(secret.subject)
            if not known:
                self._subjects.add(self._connection, secret.subject, key)
                self._keys[secret.subject] = key, True
            self._subjects.keep(self._connection, id, secret.subject, key, secret.disclosed)
        for subject in forgotten:
            self._subjects.forget(self._connection, subject, at)

    def _key_of(self, subject: str) -> tuple[bytes, bool]:
        """A subject's data key, and whether it is in the database."""
        if subject not in self._keys:
            known = self._subjects.key(self._connection, subject)
            self._keys[subject] = (self._random(32), False) if known is None else (known, True)
        return self._keys[subject]
