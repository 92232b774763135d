"""What every desk works on, put together once by `trading.app`."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from archive.bodies import Blob
from archive.ledger import Ledger, Recorded
from archive.publishing import Publishing
from archive.values import Instant
from archive.vault import Vault
from bidding.uploads import Uploads
from trading.arrivals import Arrivals
from trading.tender import Document


@dataclass(frozen=True, slots=True)
class Platform:
    """The one writer, the vault, and what no rule may reach for itself: time, randomness, a secret.

    ``secret`` is a MAC under the platform's own key; ``url`` is the public address that notices must carry (电子招标投标办法 17);
    ``operator`` is who runs it, ``demo`` marks papers as 演示数据.
    """

    engine: Engine
    ledger: Ledger
    vault: Vault
    uploads: Uploads
    clock: Callable[[], Instant]
    random: Callable[[int], bytes]
    secret: Callable[[bytes], bytes]
    url: str
    operator: str
    demo: bool
    release: str
    arrivals: Arrivals
    publishing: Publishing

    def derive(self, label: str) -> bytes:
        """32 bytes that only this platform can name again, such as a salt that must not be stored."""
        return self.secret(b"desk/" + label.encode())

    def keep(self, content: bytes, name: str, media_type: str, kind: str = "") -> Document:
        """Put a file into the vault, durably, before any act names it."""
        stored = self.vault.put_bytes(content)
        return Document(stored.sha256, stored.len, name, media_type, kind)

    def receipt(self, recorded: Recorded) -> bytes:
        """The proof file of an act, once it has its position and, while the publisher is at work, the quorum."""
        return self.publishing.receipt(recorded)


def blob(document: Document) -> Blob:
    """A document as an entry names it."""
    return Blob(document.sha256, document.length, document.media_type)
