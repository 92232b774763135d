"""The bidder's side: seal a bid, look at it once more, sign the submission.  The platform never calls this.

All randomness comes in as arguments.  ``seed`` is what the bidder keeps: it alone opens the envelope again,
and publishing it is how a bidder decrypts (mode B).  `rehearse` opens the bidder's own envelope from its seed
and compares every byte before anything is handed in (试解密).
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from typing import Any

from archive.errors import Invalid
from bidding.index import Attachments, Index, encode_index, make_index, read_index, signed_digest
from bidding.opening import Stored
from bidding.sealing import (
    SUBMIT,
    WITHDRAW,
    BidContext,
    Envelope,
    Policy,
    SealedBody,
    Secrets,
    Sink,
    Source,
    Submission,
    bidder_tag,
    build,
    context_hash,
    derives,
    encode_context,
    encode_policy,
    encode_submission,
    envelope_id,
    open_body,
    parse_envelope,
    policy_hash,
    seal_body,
    signed_message,
    submission_hash,
)
from bidding.sealing.bodies import Progress
from bidding.sealing.signing import ED25519, public_key, sign
from bidding.sealing.tree import tree_of


@dataclass(frozen=True, slots=True, repr=False)
class Fresh:
    """The randomness of one envelope, 32 bytes each; new for every envelope, whatever stays the same."""

    seed: bytes
    nonce: bytes
    blind: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Who bids: the organisation's code, the key of its submission chain and, where it signs, certificates and their key.

    The submit key is an Ed25519 seed; the certificate's is one too, or where ``signing_alg`` says so a P-256 scalar.
    """

    bidder: str
    submit_sk: bytes
    chain: tuple[bytes, ...] = ()
    signing_sk: bytes = b""
    signing_alg: int = ED25519

    @property
    def submit_pk(self) -> bytes:
        """The public key that stands in contexts and submissions."""
        return public_key(ED25519, self.submit_sk)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bid belongs: tender, lot, opening stage."""

    tender: str
    lot: str
    stage: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class MadeBid:
    """An envelope, the index inside it, and what its bodies gave: all that is needed to send it, and again after a break."""

    envelope: bytes
    index: dict[str, object]
    bodies: tuple[SealedBody, SealedBody]


def seal_bid(
    policy: Policy,
    place: Place,
    who: Identity,
    fresh: Fresh,
    form: dict[str, object],
    files: Sequence[tuple[str, str, Source]],
    sinks: Sequence[Sink],
    progress: Progress | None = None,
) -> bytes:
    """The envelope of a bid, see `make_bid`."""
    return make_bid(policy, place, who, fresh, form, files, sinks, progress).envelope


def make_bid(
    policy: Policy,
    place: Place,
    who: Identity,
    fresh: Fresh,
    form: dict[str, object],
    files: Sequence[tuple[str, str, Source]],
    sinks: Sequence[Sink],
    progress: Progress | None = None,
) -> MadeBid:
    """Seal index and attachments, written as ciphertext to ``sinks`` (body 0, body 1).

    ``form`` is the 开标一览表, ``files`` are name, media type and content.

    Raises:
        Invalid: as `bidding.sealing` does.
    """
    tag = bidder_tag(place.tender, who.bidder, fresh.blind)
    context = BidContext(
        place.tender, place.lot, place.stage, policy_hash(encode_policy(policy)), ED25519, who.submit_pk, tag, fresh.nonce
    )
    ctx = context_hash(encode_context(context))
    secrets = Secrets(fresh.seed, ctx)
    attached = Attachments(files)
    second = seal_body(secrets, 1, attached, sinks[1], progress=progress, heard=attached.heard)
    index = make_index(who.bidder, fresh.blind, form, attached.lines, who.chain)
    if who.chain:
        index["signature"] = b64encode(sign(who.signing_alg, who.signing_sk, signed_digest(ctx, index))).decode()
    first = seal_body(secrets, 0, BytesIO(encode_index(index)), sinks[0])
    return MadeBid(build(policy, context, fresh.seed, (first.line, second.line)), index, (first, second))


def rehearse(
    policy: Policy, raw: bytes, seed: bytes, stored: Sequence[Stored], leaves: Sequence[Sequence[bytes]] | None = None
) -> Index:
    """Open one's own envelope from its seed, as the opening will.

    ``leaves`` are the leaf hashes of each body that gate its upload.  Where they are given they have to give the root, and the
    ciphertext is not hashed once more: it is decrypted, and no leaf that differs is ever sent.

    Raises:
        Invalid: ``tool.rehearsal`` when the seed is another's or the ciphertext is not what was sealed.
    """
    envelope = parse_envelope(raw)
    if not derives(policy, envelope, seed):
        raise Invalid("tool.rehearsal", step="envelope")
    first = BytesIO()
    files = _Files(first, envelope)
    secrets = Secrets(seed, envelope.ctx)
    for i, (line, reopen) in enumerate(zip(envelope.bodies, stored, strict=True)):
        if leaves is not None and (len(leaves) != len(envelope.bodies) or tree_of(leaves[i]) != line.root):
            raise Invalid("tool.rehearsal", step="leaves")
        if reopen is None or not open_body(secrets, i, line, reopen(), files if i else first, rooted=leaves is None).good:
            raise Invalid("tool.rehearsal", step="bodies")
    index = files.index
    if index is None:
        raise Invalid("tool.rehearsal", step="index")
    if files.digests != [f.sha256 for f in index.files]:
        raise Invalid("tool.rehearsal", step="files")
    return index


class _Files:
    """Body 1 as it comes: the SHA-256 of each file, cut by the table in body 0, which was opened before it."""

    def __init__(self, first: BytesIO, envelope: Envelope) -> None:
        self._first = first
        self._envelope = envelope
        self._hashes: list[Any] | None = None
        self._at = 0

    @cached_property
    def index(self) -> Index | None:
        """What body 0 says."""
        return read_index(self._first.getvalue(), self._envelope, self._envelope.context.tender)

    @property
    def digests(self) -> list[str]:
        """One for each file, hex."""
        return [h.hexdigest() for h in self._begun()]

    def write(self, data: memoryview, /) -> int:
        """The next piece."""
        start, end = self._at, self._at + len(data)
        for line, digest in zip(self.index.files if self.index else (), self._begun(), strict=True):
            lower, upper = max(start, line.offset), min(end, line.offset + line.length)
            if lower < upper:
                digest.update(data[lower - start : upper - start])
        self._at = end
        return len(data)

    def _begun(self) -> list[Any]:
        if self._hashes is None:
            self._hashes = [sha256() for _ in (self.index.files if self.index else ())]
        return self._hashes


def submission(who: Identity, place: Place, envelopes: Sequence[bytes], seq: int, before: bytes, client_ms: int) -> bytes:
    """A signed submission of ``envelopes`` (bytes), or with none the withdrawal; ``before`` is the submission before, if any."""
    return submission_after(who, place, envelopes, seq, submission_hash(before) if before else bytes(32), client_ms)


def submission_after(who: Identity, place: Place, envelopes: Sequence[bytes], seq: int, prev: bytes, client_ms: int) -> bytes:
    """The same where of the submission before only the hash is known; 32 zero bytes for the first."""
    unsigned = Submission(
        action=SUBMIT if envelopes else WITHDRAW,
        tender=place.tender,
        lot=place.lot,
        seq=seq,
        prev=prev,
        client_ms=client_ms,
        envelopes=tuple(map(envelope_id, envelopes)),
        submit_pk=who.submit_pk,
    )
    sig = sign(ED25519, who.submit_sk, signed_message(unsigned))
    return encode_submission(_signed(unsigned, sig))


def _signed(s: Submission, sig: bytes) -> Submission:
    return Submission(s.action, s.tender, s.lot, s.seq, s.prev, s.client_ms, s.envelopes, s.submit_pk, sig)
