"""Body 0, the sealed index: form, file table, who the bidder is and its signature; body 1, the attachments.

Body 0 is one JSON object in RFC 8785 form followed by spaces up to a multiple of 64 KiB; body 1 is the
files back to back, then zero bytes up to the Padmé length (sealed-bid 3).  ``bidding/SPEC.md`` lists the
members.  Strings are compared as they stand and never normalised.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from archive import canonical
from archive.errors import Invalid
from archive.values import Instant, Value
from bidding.box.facts import Form
from bidding.opening import octets
from bidding.sealing import Envelope, Source, bidder_tag, certificates, labelled

UNIT = 65_536
LONGEST_ID = 64
LONGEST_TEXT = 300
_ENCODER = msgspec.json.Encoder(order="sorted")
_PRICE = re.compile(r"0|[1-9][0-9]{0,15}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class FileLine(Value, frozen=True):
    """One attachment: where it lies in body 1, and its SHA-256 in hex; ``type`` is a media type or empty."""

    name: str
    type: str
    body: int
    offset: int
    length: int
    sha256: str


class IndexObject(Value, frozen=True, omit_defaults=False):
    """The JSON object.  ``blind`` is hex, certificates base64 of DER, the signer's first; so is ``signature``.

    ``form`` holds what `Form` reads out and whatever else the tender asks for; numbers are integers.
    """

    bidder_id: str
    blind: str
    certificates: tuple[str, ...]
    files: tuple[FileLine, ...]
    form: dict[str, Any]
    signature: str | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Index:
    """A valid index: the form that is read out, all of the form as JSON values, the file table."""

    form: Form
    answers: dict[str, object]
    files: tuple[FileLine, ...]
    certificates: tuple[bytes, ...]


def signed_digest(ctx: bytes, unsigned: dict[str, object]) -> bytes:
    """What the bidder's certificate signs: H("sbe/1 bid"; ctx, the index without its signature)."""
    return labelled("sbe/1 bid", ctx, _ENCODER.encode(unsigned))


def make_index(
    bidder_id: str,
    blind: bytes,
    form: dict[str, object],
    files: Sequence[FileLine] = (),
    chain: Sequence[bytes] = (),
) -> dict[str, object]:
    """An index still without signature; sign `signed_digest` of it and put the base64 in as ``signature``."""
    return {
        "bidder_id": bidder_id,
        "blind": blind.hex(),
        "certificates": [b64encode(der).decode() for der in chain],
        "files": [msgspec.to_builtins(f) for f in files],
        "form": form,
    }


def encode_index(index: dict[str, object]) -> bytes:
    """Body 0."""
    raw = _ENCODER.encode(index)
    return raw.ljust(-(-len(raw) // UNIT) * UNIT)


def read_index(
    body: bytes, envelope: Envelope, tender: str, anchors: Sequence[bytes] = (), received_at: Instant = 0
) -> Index | None:
    """The index in the plaintext of body 0, or None where it turns the verdict into ``malformed(bidder)``.

    Its form must be canonical, the files must fit body 1, bidder and blind must give the context's tag, and
    the signature must hold.  With ``anchors`` (DER) a signature is demanded, under a certificate of this
    bidder that they vouch for and that was valid at ``received_at``.
    """
    try:
        index = _parse(body)
        _check_tag(index, envelope, tender)
        _check_files(index, envelope)
        chain = tuple(b64decode(c, validate=True) for c in index.certificates)
        _check_signature(index, envelope, chain, anchors, received_at)
        return Index(_form(index), index.form, index.files, chain)
    except (Invalid, NotBase64, msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def _bad(why: str) -> Invalid:
    return Invalid("sealing.index", why=why)


def _parse(body: bytes) -> IndexObject:
    raw = body.rstrip(b" ")
    if not body or len(body) % UNIT:
        raise _bad("not padded to 64 KiB")
    read = msgspec.json.decode(raw)
    if _ENCODER.encode(read) != raw or not _plain(read):
        raise _bad("not in RFC 8785 form")
    return msgspec.json.decode(raw, type=IndexObject)


def _plain(value: object) -> bool:
    """No fraction, no number that some JSON reader would round, no member's name beyond ASCII."""
    match value:
        case dict():
            return all(isinstance(k, str) and k.isascii() and _plain(v) for k, v in value.items())
        case list():
            return all(map(_plain, value))
        case bool() | str() | None:
            return True
        case int():
            return abs(value) < 2**53
        case _:
            return False


def _check_tag(index: IndexObject, envelope: Envelope, tender: str) -> None:
    blind = octets(index.blind)
    made = bidder_tag(tender, index.bidder_id, blind)
    if len(blind) != 32 or blind.hex() != index.blind or made != envelope.context.bidder_tag:
        raise _bad("the bidder is not the one of the envelope")


def _check_files(index: IndexObject, envelope: Envelope) -> None:
    end = 0
    for f in index.files:
        if f.body != 1 or f.offset != end or f.length < 0 or not re.fullmatch("[0-9a-f]{64}", f.sha256):
            raise _bad("the file table does not add up")
        end += f.length
    if end and (len(envelope.bodies) < 2 or end > envelope.bodies[1].ct_len):
        raise _bad("the file table goes past body 1")


def _check_signature(
    index: IndexObject, envelope: Envelope, chain: Sequence[bytes], anchors: Sequence[bytes], received_at: Instant
) -> None:
    if index.signature is msgspec.UNSET:
        if anchors or chain:
            raise _bad("not signed")
        return
    digest = signed_digest(envelope.ctx, {k: v for k, v in msgspec.to_builtins(index).items() if k != "signature"})
    if not certificates.signature_good(chain, b64decode(index.signature, validate=True), digest):
        raise _bad("the signature does not hold")
    if anchors:
        certificates.check_chain(chain, anchors, index.bidder_id, received_at)


def _form(index: IndexObject) -> Form:
    """What is read out: members that the form lacks stay at their defaults, text is cut (`_cut`)."""
    known = {k: v for k, v in index.form.items() if k in Form.__struct_fields__ and k != "bidder_id"}
    form = msgspec.convert({"bidder_name": "", **known, "bidder_id": index.bidder_id}, Form)
    if form.price and not (_PRICE.fullmatch(form.price) and int(form.price) < 2**53):
        raise _bad("the price is not a whole number of minor units")
    if not _CURRENCY.fullmatch(form.currency):
        raise _bad("the currency is not a code of ISO 4217")
    if form.duration_days < 0:
        raise _bad("a negative period")
    if len(form.bidder_id) > LONGEST_ID:
        raise _bad("a bidder's id that is too long")
    # What is read out fits an entry of the log whatever a bidder wrote; the committee has the whole of it.
    text = {k: _cut(v) for k, v in msgspec.structs.asdict(form).items() if isinstance(v, str)}
    return msgspec.structs.replace(form, **text)


def _cut(text: str) -> str:
    """What is left of a text: `LONGEST_TEXT` characters, and three bytes for each of them as the log writes it."""
    cut = text[:LONGEST_TEXT]
    while len(canonical.encode(cut)) > 3 * LONGEST_TEXT + 2:
        cut = cut[:-1]
    return cut


def padme(length: int) -> int:
    """The Padmé length: at most 12 % more, and it tells few bits of the true one."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    unit = 1 << (exponent - exponent.bit_length())
    return -(-length // unit) * unit


class Attachments:
    """Body 1 as a source: the files one after another, then zeros up to the Padmé length.

    When it was read to its end and every byte was `heard`, `lines` is the file table for the index, so body 1 is sealed before
    body 0.  Hearing may go on in another thread than reading, which is always ahead.
    """

    def __init__(self, files: Sequence[tuple[str, str, Source]]) -> None:
        """``files`` are name, media type and content."""
        self._names = [(name, media) for name, media, _ in files]
        self._waiting = [source for _, _, source in files]
        self._ends: list[int] = []
        self._at = self._zeros = 0
        self._padded = False
        self._heard = 0
        self._hash = hashlib.sha256()
        self._digests: list[str] = []

    def readinto(self, into: memoryview, /) -> int:
        """Fill the front of ``into``; 0 at the end."""
        while self._waiting:
            got = self._waiting[0].readinto(into) or 0
            if got:
                self._at += got
                return got
            self._ends.append(self._at)
            self._waiting.pop(0)
        if not self._padded:
            self._zeros, self._padded = padme(self._at) - self._at, True
        n = min(self._zeros, len(into))
        into[:n] = bytes(n)
        self._zeros -= n
        return n

    def heard(self, block: memoryview) -> None:
        """Take the files' SHA-256 of the next bytes that were read; a file whose end is not known yet goes on beyond them."""
        while block and len(self._digests) < len(self._names):
            ends = self._ends[len(self._digests) : len(self._digests) + 1]
            part = block[: ends[0] - self._heard] if ends else block
            self._hash.update(part)
            self._heard += len(part)
            block = block[len(part) :]
            if ends and self._heard == ends[0]:
                self._close()

    def _close(self) -> None:
        self._digests.append(self._hash.hexdigest())
        self._hash = hashlib.sha256()

    @property
    def lines(self) -> tuple[FileLine, ...]:
        """The file table."""
        assert not self._waiting and self._heard == self._at
        while len(self._digests) < len(self._names):
            self._close()  # one that ended with the last byte that was heard, or has none
        bounds = [0, *self._ends]
        files = zip(self._names, bounds[:-1], bounds[1:], self._digests, strict=True)
        return tuple(FileLine(name, media, 1, start, end - start, sha256) for (name, media), start, end, sha256 in files)
