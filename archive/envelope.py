"""The body of an entry: who did what, when, in which stream, decided how (trace-log 5.2).

`Body` is the typed form, `read` the strict reader of anybody's bytes, `write` the writer that
proves its own output.  Member names are the wire's; times are text of 27 characters here, because
that form sorts and compares without being parsed.
"""

import re
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct, field

from archive import canonical, disclosures
from archive.errors import Invalid
from archive.faults import Fault
from archive.strict import DIGEST_BASE64, HEX256, is_hex256
from archive.values import instant

Positive = Annotated[int, Meta(ge=1, lt=2**53)]
Natural = Annotated[int, Meta(ge=0, lt=2**53)]
Object = Annotated[dict[str, Any], Meta(min_length=1)]
Hex = Annotated[str, Meta(pattern=f"^{HEX256.pattern}\\Z")]
Digests = Annotated[tuple[str, ...], Meta(min_length=1)]

STREAM: Final = re.compile(r"[a-z]{1,16}/[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
ACT: Final = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class _Part(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A strict object of the envelope; a member that is None is absent."""


class Auth(_Part, frozen=True):
    """How the actor was known."""

    m: str | None = None
    cert_sha256: Hex | None = None
    aal: int | str | None = None


class ActorRef(_Part, frozen=True):
    """Who acted, under a pseudonym; ``_sd`` may hide a network address."""

    id: Annotated[str, Meta(min_length=1)]
    kind: Literal["user", "service", "regulator", "system"]
    org: str | None = None
    role: str | None = None
    auth: Auth | None = None
    sd: Digests | None = field(name="_sd", default=None)


class Cause(_Part, frozen=True):
    """Request id, command id, causing event id."""

    req: str | None = None
    cmd: str | None = None
    by: str | None = None


class Touched(_Part, frozen=True):
    """An object touched, at a version."""

    t: str
    id: str
    ver: int


class After(_Part, frozen=True):
    """SHA-256 in hex of the canonical post-state of a changed aggregate (level L2).

    Nearly every body has one and a pattern would cost a third of its decoding, so readers test ``h`` themselves.
    """

    t: str
    id: str
    h: str


RESTRICTED: Final = ";access=restricted"
"""End of the media type of a file that is not disclosed with the entry that names it."""


class BlobRef(_Part, frozen=True):
    """A file or ciphertext outside the tree."""

    sha256: Hex
    len: Natural
    mt: str
    sm3: Hex | None = None

    @property
    def restricted(self) -> bool:
        """Whether the file stays where it is when the entry is disclosed."""
        return self.mt.endswith(RESTRICTED)


class Data(_Part, frozen=True):
    """What was asked, everything the rules depended on, what they decided; a refusal is an outcome."""

    command: Object | None = None
    context: Object | None = None
    outcome: Object | None = None
    sd: Digests | None = field(name="_sd", default=None)


class Body(_Part, frozen=True):
    """One event."""

    act: str
    actor: ActorRef
    at: str
    data: Data
    id: str
    prev: str
    rel: str
    seq: Positive
    stream: str
    sv: Positive
    v: Literal[1] = field()
    rx: str | None = None
    on: Object | None = None
    cause: Cause | None = None
    obj: Annotated[tuple[Touched, ...], Meta(min_length=1)] | None = None
    dec: Object | None = None
    after: Annotated[tuple[After, ...], Meta(min_length=1)] | None = None
    blob: Annotated[tuple[BlobRef, ...], Meta(min_length=1)] | None = None
    sig: Object | None = None
    sd: Digests | None = field(name="_sd", default=None)


_DECODER = canonical.decoder(Body)
_NO_CAUSE, _NO_AUTH = Cause(), Auth()


@lru_cache(4096)
def is_stream(name: str) -> bool:
    """Whether this may name a stream."""
    return STREAM.fullmatch(name) is not None


@lru_cache(1024)
def _is_act(name: str) -> bool:
    return ACT.fullmatch(name) is not None


def is_time(text: str) -> bool:
    """Whether this is ``YYYY-MM-DDThh:mm:ss.ffffffZ`` of a day from 1970 to 9999."""
    try:
        return instant(text) >= 0
    except Invalid:
        return False


def _ill_formed(body: Body) -> str | None:
    """What of a well-typed body breaks the table of 5.2."""
    if not is_time(body.at) or (body.rx is not None and not is_time(body.rx)):
        return "at or rx is no time"
    if ID.fullmatch(body.id) is None:
        return "id is no UUIDv7"
    if not is_stream(body.stream) or not _is_act(body.act):
        return "stream or act is no name of one"
    if (body.prev == "") != (body.seq == 1) or (body.prev and DIGEST_BASE64.fullmatch(body.prev) is None):
        return "prev is not a leaf hash, or not empty exactly where seq is 1"
    for changed in body.after or ():
        if not is_hex256(changed.h):
            return "after holds a digest that is not of SHA-256 in hex"
    if body.cause == _NO_CAUSE or body.actor.auth == _NO_AUTH:
        return "an empty optional object"
    return None


def examine(raw: bytes) -> tuple[Body | None, tuple[Fault, ...]]:
    """The body, None when it cannot be used, and every fault of it: ``CANON_BAD``, ``SCHEMA_BAD``."""
    try:
        body = _DECODER.decode(raw)
        if canonical.exact(raw, body) and b'"_sd"' not in raw and _ill_formed(body) is None:
            return body, ()
    except (msgspec.MsgspecError, Fault, ValueError, RecursionError):
        pass  # which fault it is, only the slow reader can tell
    return _examine_closely(raw)


def _examine_closely(raw: bytes) -> tuple[Body | None, tuple[Fault, ...]]:
    try:
        value, exact = canonical.parse(raw)
    except Fault as e:
        return None, (e,)
    faults = () if exact else (Fault("CANON_BAD", "does not re-encode to itself"),)
    try:
        body = msgspec.convert(value, Body)
        why = _ill_formed(body)
    except (msgspec.ValidationError, OverflowError) as e:
        return None, (*faults, Fault("SCHEMA_BAD", str(e)[:200]))
    if why is None and not all(map(disclosures.well_formed, disclosures.digests_in(value))):
        why = "_sd is not an ascending array of different digests"
    if why is not None:
        return None, (*faults, Fault("SCHEMA_BAD", why))
    return body, faults


def read(raw: bytes) -> Body:
    """The body of canonical bytes.

    Raises:
        Fault: ``CANON_BAD`` or ``SCHEMA_BAD``, the first that applies.
    """
    body, faults = examine(raw)
    if faults:
        raise faults[0]
    assert body is not None
    return body


def write(body: Body) -> bytes:
    """Canonical bytes of a body, strings in NFC.

    Raises:
        Fault: ``CANON_BAD`` or ``SCHEMA_BAD`` when it is not one that `read` would take.
    """
    raw = canonical.write(body)
    read(raw)
    return raw
