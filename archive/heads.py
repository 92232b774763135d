"""The head map: where every stream ended when a ``system.heads`` event was recorded (trace-log 5.6).

Each stream is a blinded leaf of a small tree, padded with random leaves to a power of two, so that
neither the names nor the number of streams leak, and whoever gets the head proof of one stream
learns of that stream alone.  Keys and pads come in as arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import digest
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from archive import canonical
from archive.decider import Head
from archive.envelope import Natural, Positive, is_stream
from archive.faults import Fault
from archive.merkle import Tree, check_inclusion, leaf_hash
from archive.strict import DIGEST_BASE64, base64, unbase64
from archive.values import SECOND, instant

STREAM: Final = "system/heads"
ACT: Final = "system.heads"
"""Where heads events stand, and what they are called."""

MIN_SIZE: Final = 16
"""Fewest leaves of a head map."""

_SALT = b"sunlit/headsalt/v1\x00"
_HEAD = b"sunlit/head/v1\x00"
_LEAF = b"sunlit/head/v1\n"
_MAX_PROOF = 16 * 1024

Streams = Mapping[str, Sequence[tuple[int, str, str]]]
"""Seq, leaf hash in base64 and `at` of every event, by stream."""

Digest = Annotated[str, Meta(pattern=f"^{DIGEST_BASE64.pattern}\\Z")]


@dataclass(frozen=True, slots=True)
class HeadMap:
    """A finished map: number of leaves, root, and the head proof (canonical JSON) of each stream."""

    size: int
    root: bytes
    proofs: dict[str, bytes]


class HeadProof(Struct, frozen=True, forbid_unknown_fields=True):
    """That ``stream`` ended with event ``last_seq``, whose leaf hash in base64 is ``last_leaf``."""

    index: Natural
    last_leaf: Digest
    last_seq: Positive
    path: Annotated[tuple[Digest, ...], Meta(max_length=63)]
    salt: Digest
    size: Positive
    stream: str
    v: Literal[1]

    @property
    def head(self) -> Head:
        """The end that is proved."""
        return Head(self.stream, self.last_seq, self.last_leaf)


_DECODER = msgspec.json.Decoder(HeadProof)


def map_size(streams: int) -> int:
    """Leaves of the map of so many streams: the next power of two, 16 at least."""
    return max(MIN_SIZE, 1 << max(streams - 1, 0).bit_length())


def _blinded(salt: bytes, head: Head) -> bytes:
    said = {"last_leaf": head.last_leaf, "last_seq": head.last_seq, "stream": head.stream}
    return digest(salt, _HEAD + canonical.encode(said), "sha256")


def _leaf(blinded: bytes) -> bytes:
    return leaf_hash(_LEAF + base64(blinded).encode("ascii") + b"\n")


def head_map(key: bytes, heads: Sequence[Head], pads: Sequence[bytes]) -> HeadMap:
    """The map of these heads under a key of 32 random bytes, made for one heads event and kept in escrow.

    ``pads`` are random and 32 bytes each; at least ``map_size(n) - n`` of them, taken from the front.
    """
    size = map_size(len(heads))
    padding = pads[: size - len(heads)]
    assert len(key) == 32 and len(padding) == size - len(heads)
    salts = {head.stream: digest(key, _SALT + head.stream.encode("ascii"), "sha256") for head in heads}
    assert len(salts) == len(heads)
    blinded = {head.stream: _blinded(salts[head.stream], head) for head in heads}
    leaves = sorted([*blinded.values(), *padding])
    tree = Tree([_leaf(c) for c in leaves])
    places = {c: place for place, c in enumerate(leaves)}
    proofs = {}
    for head in heads:
        place = places[blinded[head.stream]]
        proofs[head.stream] = canonical.encode(
            {
                "index": place,
                "last_leaf": head.last_leaf,
                "last_seq": head.last_seq,
                "path": [base64(h) for h in tree.inclusion(place)],
                "salt": base64(salts[head.stream]),
                "size": size,
                "stream": head.stream,
                "v": 1,
            }
        )
    return HeadMap(size, tree.root(), proofs)


def check_head(raw: bytes, size: int, root: bytes) -> HeadProof:
    """A head proof that leads to the map (size, root) of a heads event.

    Raises:
        Fault: ``HEAD_BAD`` when it is ill formed or leads elsewhere.
    """
    try:
        proof = _DECODER.decode(raw[:_MAX_PROOF])
    except (msgspec.MsgspecError, ValueError, RecursionError) as e:
        raise Fault("HEAD_BAD", f"no head proof: {str(e)[:120]}") from None
    if canonical.encode(proof) != raw or not is_stream(proof.stream):
        raise Fault("HEAD_BAD", "not canonical, or no name of a stream")
    salt, path = unbase64(proof.salt), [unbase64(h) for h in proof.path]
    hashes = [h for h in path if h is not None]
    if salt is None or len(hashes) != len(path) or proof.size != size:
        raise Fault("HEAD_BAD", f"not of a map of {size} leaves")
    if not check_inclusion(proof.index, size, _leaf(_blinded(salt, proof.head)), root, hashes):
        raise Fault("HEAD_BAD", "does not lead to the root of the heads event")
    return proof


def stated_map(outcome: Any) -> tuple[int, bytes]:
    """Size and root that the outcome of a ``system.heads`` event states.

    Raises:
        Fault: ``HEAD_BAD`` when it states none in the right form.
    """
    match outcome:
        case {"heads": {"root": str() as text, "size": int() as size, **others}} if not others and size is not True:
            root = unbase64(text, 32)
            if root is not None and size >= MIN_SIZE and size.bit_count() == 1:
                return size, root
    raise Fault("HEAD_BAD", "no root and size of a head map")


def sealed_heads(outcome: Any) -> tuple[Head, ...]:
    """The heads of sealed streams that an opening event lists in ``outcome.sealed`` (trace-log 5.2); () when it has none.

    Raises:
        Fault: ``HEAD_BAD`` when the member is there and not an ascending list of heads.
    """
    if not isinstance(outcome, dict) or "sealed" not in outcome:
        return ()
    try:
        heads = msgspec.convert(outcome["sealed"], tuple[_SealedHead, ...])
    except msgspec.ValidationError as e:
        raise Fault("HEAD_BAD", f"outcome.sealed: {e}") from None
    names = [head.stream for head in heads]
    if names != sorted(set(names)) or not all(name.startswith("sealed/") and is_stream(name) for name in names):
        raise Fault("HEAD_BAD", "outcome.sealed: not sealed streams, each once and ascending")
    return tuple(Head(head.stream, head.last_seq, head.last_leaf) for head in heads)


class _SealedHead(Struct, frozen=True, forbid_unknown_fields=True):
    last_leaf: Digest
    last_seq: Positive
    stream: str


def audit(key: bytes, pads: Sequence[bytes], stated: tuple[int, bytes], heads: Sequence[Head], at: str, streams: Streams) -> None:
    """Full audit of one heads event recorded at ``at``, with the key, pads and heads that escrow kept (trace-log 5.6).

    ``streams`` are the events of the whole log below the index of the heads event.  Every stream stands in the map once,
    with an event that the log has; what the map does not cover is at most a minute older than the heads event.

    Raises:
        Fault: ``HEAD_BAD`` when the map is another one or leaves something out.
    """
    ends = {head.stream: head for head in heads}
    size, root = stated
    if len(ends) != len(heads) or len(pads) != size - len(heads) or map_size(len(heads)) != size:
        raise Fault("HEAD_BAD", f"{len(heads)} heads, {len(ends)} streams and {len(pads)} pads do not make {size} leaves")
    if head_map(key, heads, pads).root != root:
        raise Fault("HEAD_BAD", "another root than the heads event states")
    for stream in ends.keys() - streams.keys():
        raise Fault("HEAD_BAD", f"{stream} has no event in the log")
    since = instant(at) - 60 * SECOND
    for stream, events in streams.items():
        end = ends.get(stream)
        if end is not None and (end.last_seq, end.last_leaf) not in [(seq, leaf) for seq, leaf, _ in events]:
            raise Fault("HEAD_BAD", f"event {end.last_seq} of {stream} has another leaf")
        for seq, _, when in events:
            if seq > (end.last_seq if end is not None else 0) and instant(when) < since:
                raise Fault("HEAD_BAD", f"event {seq} of {stream} was left out")
