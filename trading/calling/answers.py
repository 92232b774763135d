"""Whether an answer to a call is the called expert's own, and the records whose digests are its evidence.

Pure.  An expert answers with the one-time code of his message, which only the platform can make and which is bound to panel,
seat, attempt and himself, and may sign `answer_text` with the Ed25519 key of his account.  The code convinces him and the
platform, a signature everybody.  A code serves once, because the seat is then no longer called.  ``conflict`` leaves the seat
like ``decline``; the record keeps the difference.
"""

from base64 import b32encode
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Literal

from archive.canonical import encode
from archive.errors import Denied, Invalid
from archive.values import Instant, Value

Said = Literal["accept", "decline", "conflict"]
ANSWERS: Final[tuple[Said, ...]] = ("accept", "decline", "conflict")


class Delivery(Value, frozen=True, omit_defaults=False):
    """What a carrier said of one attempt.  ``address`` is a keyed digest: the record may be kept longer than the address."""

    format: str
    panel: str
    seat: int
    attempt: int
    expert: str
    channel: str
    message: str
    text: str
    address: str
    reached: bool
    answer: str
    at: Instant


class Answer(Value, frozen=True, omit_defaults=False):
    """What an expert answered, and its proof: the SHA-256 of the ``code``, or a ``signature`` over `answer_text`, both hex."""

    format: str
    panel: str
    seat: int
    attempt: int
    expert: str
    said: str
    means: str
    proof: str
    at: Instant


class Silence(Value, frozen=True, omit_defaults=False):
    """That nobody answered: the digests of the deliveries whose time is over."""

    format: str
    panel: str
    seat: int
    expert: str
    attempts: int
    deliveries: tuple[str, ...]
    at: Instant


def record(value: Delivery | Answer | Silence) -> bytes:
    """The bytes of a record: canonical JSON."""
    return encode(value)


def code(derive: Callable[[str], bytes], panel: str, seat: int, attempt: int, expert: str) -> str:
    """The one-time code of an attempt: 24 signs of base32, 120 bits."""
    return b32encode(derive(f"call/{panel}/{seat}/{attempt}/{expert}")[:15]).decode().lower()


def same(given: str, expected: str) -> bool:
    """Whether a code that came in is the one that is expected, in constant time; blanks and capitals do not matter."""
    return compare_digest("".join(given.split()).lower().encode(), expected.encode())


def answer_text(origin: str, code: str, said: str) -> bytes:
    """The exact bytes that an expert's account key signs: four lines, each ended by a line feed."""
    return f"sunlit/call/v1\n{origin}\n{code}\n{said}\n".encode()


def proved(origin: str, code: str, said: str, signature: bytes, proves: Callable[[bytes, bytes], bool]) -> tuple[str, str]:
    """How an answer under the right code proves itself: means and proof.

    ``proves`` (signature, message) is whether the expert's own key signed; without a signature the code stands alone.

    Raises:
        Invalid: ``call.answer`` for an answer that was not asked for.
        Denied: ``call.proof`` for a signature that is not the expert's.
    """
    if said not in ANSWERS:
        raise Invalid("call.answer", answer=said[:40])
    if not signature:
        return "code", sha256(code.encode()).hexdigest()
    if not proves(signature, answer_text(origin, code, said)):
        raise Denied("call.proof")
    return "signature", signature.hex()
