"""What every desk works on, put together once by `trading.app`."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine

from archive.bodies import Blob
from archive.ledger import Ledger
from archive.values import Instant
from archive.vault import Vault
from trading.tender import Document


@dataclass(frozen=True, slots=True)
class Platform:
    """The one writer, the vault, and the two things no rule may reach for itself: time and randomness.

    ``url`` is the public address that notices must carry (电子招标投标办法 17).
    """

    engine: Engine
    ledger: Ledger
    vault: Vault
    clock: Callable[[], Instant]
    random: Callable[[int], bytes]
    url: str

    def keep(self, content: bytes, name: str, media_type: str, kind: str = "") -> Document:
        """Put a file into the vault, durably, before any act names it."""
        digest = sha256(content).hexdigest()
        self.vault.put(content)
        return Document(digest, len(content), name, media_type, kind)


def blob(document: Document) -> Blob:
    """A document as an entry names it."""
    return Blob(document.sha256, document.length, document.media_type)
