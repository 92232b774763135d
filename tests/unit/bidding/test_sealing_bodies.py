"""Bodies: every length about a boundary, every way to damage what is stored or to seal it wrongly."""

import hashlib
import io
import tracemalloc
from dataclasses import replace

import pytest

from archive.errors import Invalid
from bidding import sealing
from bidding.sealing.bodies import fill
from bidding.sealing.cobblestone import BLOCK, LEAF, leaf_count, leaf_size
from bidding.sealing.envelope import HEADER, SEALED_CHUNK, BodyLine
from bidding.sealing.tree import TreeHash, leaf_hash, tree_of
from tests.unit.bidding.parties import random

SECRETS = sealing.Secrets(random("seed"), random("ctx"))
BOUNDARIES = [0, 1, 16_383, 16_384, 16_385, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 5, 4 * BLOCK]


def plain_of(length: int) -> bytes:
    return hashlib.shake_128(b"body").digest(length)


def sealed(plain: bytes, i: int = 0, secrets: sealing.Secrets = SECRETS) -> tuple[sealing.SealedBody, bytes]:
    sink = io.BytesIO()
    return sealing.seal_body(secrets, i, io.BytesIO(plain), sink), sink.getvalue()


def opened(line: BodyLine, stored: bytes, i: int = 0, secrets: sealing.Secrets = SECRETS) -> bytes | None:
    sink = io.BytesIO()
    return sink.getvalue() if sealing.open_body(secrets, i, line, io.BytesIO(stored), sink).good else None


def tree(leaves: list[bytes]) -> bytes:
    """RFC 9162 2.1.1, by its own recursion."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:])).digest()


def leaves_of(stored: bytes) -> list[bytes]:
    first = HEADER + LEAF
    return [stored[:first], *(stored[at : at + LEAF] for at in range(first, len(stored), LEAF))]


def relined(stored: bytes, line: BodyLine) -> BodyLine:
    """The line that a cheating bidder writes for bytes of its own making."""
    return replace(line, ct_len=len(stored), root=tree(leaves_of(stored)))


@pytest.mark.parametrize("length", BOUNDARIES)
def test_a_body_opens_to_what_was_sealed(length: int) -> None:
    plain = plain_of(length)
    body, stored = sealed(plain)
    assert len(stored) == body.line.ct_len == sealing.sealed_length(length)
    assert sealing.stored_intact(body.line, io.BytesIO(stored))
    assert opened(body.line, stored) == plain


@pytest.mark.parametrize("length", BOUNDARIES)
def test_roots_are_the_trees_of_rfc_9162(length: int) -> None:
    plain = plain_of(length)
    body, stored = sealed(plain)
    assert body.line.root == tree(leaves_of(stored))
    assert list(body.leaves) == [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves_of(stored)]
    blocks = [plain[at : at + BLOCK] for at in range(0, length, BLOCK)]
    assert sealing.plain_tree(io.BytesIO(plain)) == tree(blocks)
    assert body.line.pc == sealing.plain_commitment(SECRETS.ctx, 0, SECRETS.plain_blind(0), tree(blocks))


def test_a_whole_number_of_mebibytes_has_one_leaf_more_than_blocks() -> None:
    body, _ = sealed(plain_of(2 * BLOCK))
    assert len(body.leaves) == 3 and leaf_size(2, body.line.ct_len) == 16


@pytest.mark.parametrize("length", BOUNDARIES)
def test_leaf_sizes_add_up(length: int) -> None:
    total = sealing.sealed_length(length)
    assert sum(leaf_size(n, total) for n in range(leaf_count(total))) == total


@pytest.mark.parametrize("count", range(1, 40))
def test_the_streamed_tree_hash_is_that_of_the_recursion(count: int) -> None:
    hashed, leaves = TreeHash(), [bytes((i,)) for i in range(count)]
    for leaf in leaves:
        hashed.push(leaf_hash(leaf))
    assert hashed.root() == tree(leaves)


class Dribble(io.RawIOBase):
    """A source that gives one byte, then two, then three …"""

    def __init__(self, raw: bytes) -> None:
        self._inner, self._n = io.BytesIO(raw), 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        self._n += 1
        return self._inner.readinto(memoryview(into)[: self._n])


def test_a_source_that_dribbles_gives_the_same_bytes() -> None:
    plain, sink = plain_of(70_000), io.BytesIO()
    body = sealing.seal_body(SECRETS, 0, Dribble(plain), sink)
    assert (body, sink.getvalue()) == sealed(plain)


def test_filling_stops_at_the_end_of_the_source() -> None:
    buffer = bytearray(8)
    assert fill(io.BytesIO(b"abc"), memoryview(buffer)) == 3 and buffer == b"abc\0\0\0\0\0"


def test_progress_is_told_leaf_by_leaf() -> None:
    told: list[int] = []
    body = sealing.seal_body(SECRETS, 0, io.BytesIO(plain_of(3 * BLOCK)), io.BytesIO(), progress=told.append)
    assert told == [HEADER + LEAF, HEADER + 2 * LEAF, HEADER + 3 * LEAF, body.line.ct_len]


def test_progress_of_checking_and_opening_ends_at_the_length() -> None:
    body, stored = sealed(plain_of(BLOCK + 7))
    told: list[int] = []
    assert sealing.stored_intact(body.line, io.BytesIO(stored), told.append)
    assert sealing.open_body(SECRETS, 0, body.line, io.BytesIO(stored), io.BytesIO(), told.append).good
    assert told == [HEADER + LEAF, body.line.ct_len] * 2


def test_a_second_pass_over_the_same_file_gives_the_same_ciphertext() -> None:
    plain = plain_of(2 * BLOCK + 9)
    body, stored = sealed(plain)
    sink = io.BytesIO()
    assert sealing.seal_body(SECRETS, 0, io.BytesIO(plain), sink, expected=body.leaves) == body
    assert sink.getvalue() == stored


@pytest.mark.parametrize("change", ["a byte", "shorter", "longer"])
def test_a_file_that_changed_since_the_first_pass_is_never_sent(change: str) -> None:
    plain = plain_of(2 * BLOCK + 9)
    body, stored = sealed(plain)
    changed = {"a byte": plain[:-1] + b"\0", "shorter": plain[:-1], "longer": plain + bytes(BLOCK)}[change]
    sink = io.BytesIO()
    with pytest.raises(Invalid) as e:
        sealing.seal_body(SECRETS, 0, io.BytesIO(changed), sink, expected=body.leaves)
    assert e.value.code == "sealing.source-changed"
    assert stored.startswith(sink.getvalue()) and len(sink.getvalue()) == HEADER + 2 * LEAF


def test_bodies_of_one_envelope_have_nothing_in_common() -> None:
    first, second = sealed(plain_of(100), 0), sealed(plain_of(100), 1)
    assert first[1][:24] != second[1][:24] and first[0].line.pc != second[0].line.pc


@pytest.mark.parametrize("length", [0, 5, BLOCK, BLOCK + 1])
def test_any_flipped_bit_of_stored_bytes_is_seen(length: int) -> None:
    body, stored = sealed(plain_of(length))
    for at in sorted({0, 23, 24, 55, 56, len(stored) // 2, len(stored) - 17, len(stored) - 1}):
        flipped = bytearray(stored)
        flipped[at] ^= 1
        assert not sealing.stored_intact(body.line, io.BytesIO(bytes(flipped)))


@pytest.mark.parametrize("length", [0, 5, BLOCK])
def test_stored_bytes_that_are_cut_or_longer_are_seen(length: int) -> None:
    body, stored = sealed(plain_of(length))
    for changed in (b"", stored[:-1], stored + b"\0", stored[:55], stored + stored):
        assert not sealing.stored_intact(body.line, io.BytesIO(changed))


def test_leaves_that_changed_places_are_seen() -> None:
    body, stored = sealed(plain_of(3 * BLOCK))
    a, b, c, d = leaves_of(stored)
    assert not sealing.stored_intact(body.line, io.BytesIO(a + c + b + d))


def test_ciphertext_of_a_length_that_only_the_line_claims_is_seen() -> None:
    body, stored = sealed(plain_of(10))
    assert not sealing.stored_intact(replace(body.line, ct_len=body.line.ct_len + 1), io.BytesIO(stored))


def good(line: BodyLine, stored: bytes) -> bool:
    """One reading that checks what is stored and opens it."""
    return sealing.open_body(SECRETS, 0, line, io.BytesIO(stored), io.BytesIO()).good


@pytest.mark.parametrize("length", BOUNDARIES)
def test_one_reading_checks_and_opens(length: int) -> None:
    body, stored = sealed(plain_of(length))
    assert good(body.line, stored)


@pytest.mark.parametrize("length", [0, 5, BLOCK, 2 * BLOCK + 1])
def test_one_reading_sees_every_difference(length: int) -> None:
    body, stored = sealed(plain_of(length))
    flipped = bytearray(stored)
    flipped[-1] ^= 1
    assert not good(body.line, bytes(flipped))
    assert not any(good(body.line, changed) for changed in (b"", stored[:-1], stored + b"\0", stored[:55], stored + stored))
    assert not good(replace(body.line, root=bytes(32)), stored)
    assert not good(replace(body.line, pc=bytes(32)), stored)
    assert not good(replace(body.line, ct_len=body.line.ct_len + 1), stored)


def _chunks(stored: bytes) -> list[bytes]:
    return [stored[at : at + SEALED_CHUNK] for at in range(HEADER, len(stored), SEALED_CHUNK)]


PLAIN = plain_of(3 * 16_384 + 100)
BODY, STORED = sealed(PLAIN)
HEAD, CHUNKS = STORED[:HEADER], _chunks(STORED)
CHEATS = {
    "another salt": bytes((STORED[0] ^ 1,)) + STORED[1:],
    "another commitment": STORED[:24] + bytes((STORED[24] ^ 1,)) + STORED[25:],
    "a bad tag in the first chunk": HEAD + CHUNKS[0][:-1] + bytes((CHUNKS[0][-1] ^ 1,)) + b"".join(CHUNKS[1:]),
    "a bad tag in the last chunk": STORED[:-1] + bytes((STORED[-1] ^ 1,)),
    "exchanged chunks": HEAD + CHUNKS[1] + CHUNKS[0] + b"".join(CHUNKS[2:]),
    "a chunk twice": HEAD + CHUNKS[0] + CHUNKS[0] + b"".join(CHUNKS[2:]),
    "cut at a chunk": HEAD + b"".join(CHUNKS[:2]),
    "cut in a chunk": STORED[:-20],
    "something after the end": STORED + CHUNKS[-1],
    "no chunk": HEAD,
}


@pytest.mark.parametrize("cheat", CHEATS, ids=str)
def test_a_body_sealed_wrongly_under_a_root_of_its_own_does_not_open(cheat: str) -> None:
    stored = CHEATS[cheat]
    line = relined(stored, BODY.line)
    assert sealing.stored_intact(line, io.BytesIO(stored))
    read = sealing.open_body(SECRETS, 0, line, io.BytesIO(stored), io.BytesIO())
    assert (read.intact, read.plain) == (True, False)


def test_every_block_is_heard_once_and_in_order() -> None:
    plain, told = plain_of(5 * BLOCK + 3), bytearray()
    sealing.seal_body(SECRETS, 0, io.BytesIO(plain), io.BytesIO(), heard=told.extend)
    assert told == plain


def test_what_a_listener_raises_ends_the_sealing() -> None:
    def deaf(_block: memoryview) -> None:
        raise OSError(5, "deaf")

    with pytest.raises(OSError, match="deaf"):
        sealing.seal_body(SECRETS, 0, io.BytesIO(plain_of(5 * BLOCK)), io.BytesIO(), heard=deaf)


def test_ones_own_ciphertext_opens_without_a_second_tree_and_no_damage_passes() -> None:
    """Who has the leaf hashes needs no root: whatever is not the ciphertext of the plaintext that ``pc`` names does not open."""
    body, stored = sealed(plain_of(2 * BLOCK + 9))
    line = replace(body.line, root=bytes(32))

    def own(raw: bytes) -> bool:
        return sealing.open_body(SECRETS, 0, line, io.BytesIO(raw), io.BytesIO(), rooted=False).good

    assert own(stored) and tree_of(body.leaves) == body.line.root
    for at in (0, 23, 24, 55, 56, len(stored) // 2, len(stored) - 17, len(stored) - 1):
        flipped = bytearray(stored)
        flipped[at] ^= 1
        assert not own(bytes(flipped))
    a, b, c = leaves_of(stored)
    assert not any(own(raw) for raw in (b"", stored[:-1], stored + b"\0", stored + stored, a + a + c, b + a + c))


@pytest.mark.parametrize("at", [0, 24, 60, HEADER + LEAF + 5])
def test_bytes_that_do_not_decrypt_are_read_to_their_end_to_know_whether_they_are_those_that_were_stored(at: int) -> None:
    body, stored = sealed(plain_of(3 * BLOCK))
    flipped = bytearray(stored)
    flipped[at] ^= 1
    source = io.BytesIO(bytes(flipped))
    read = sealing.open_body(SECRETS, 0, body.line, source, io.BytesIO())
    assert (read.intact, read.plain, source.read()) == (False, False, b"")
    own = sealing.open_body(SECRETS, 0, relined(bytes(flipped), body.line), io.BytesIO(bytes(flipped)), io.BytesIO())
    assert (own.intact, own.plain) == (True, False)


def test_a_body_under_another_key_does_not_open() -> None:
    assert opened(BODY.line, STORED, secrets=sealing.Secrets(random("another"), SECRETS.ctx)) is None


def test_a_body_of_another_context_does_not_open() -> None:
    assert opened(BODY.line, STORED, secrets=sealing.Secrets(SECRETS.seed, random("another"))) is None


def test_a_body_in_the_place_of_another_does_not_open() -> None:
    assert opened(BODY.line, STORED, i=1) is None


def test_a_plaintext_commitment_to_something_else_does_not_open() -> None:
    assert opened(replace(BODY.line, pc=bytes(32)), STORED) is None


def test_one_body_can_be_proved_without_the_seed() -> None:
    blind = SECRETS.plain_blind(0)
    shown = sealing.plain_commitment(SECRETS.ctx, 0, blind, sealing.plain_tree(io.BytesIO(PLAIN)))
    other = sealing.plain_commitment(SECRETS.ctx, 0, blind, sealing.plain_tree(io.BytesIO(PLAIN + b"!")))
    assert shown == BODY.line.pc != other


class Endless:
    """So many zero bytes, made as they are asked for."""

    def __init__(self, length: int) -> None:
        self.left = length

    def readinto(self, into: memoryview, /) -> int:
        got = min(len(into), self.left)
        into[:got] = bytes(got)
        self.left -= got
        return got


class Nowhere:
    def write(self, data: memoryview, /) -> int:
        return len(data)


def test_memory_does_not_grow_with_the_body() -> None:
    peaks = []
    for length in (8 * BLOCK, 64 * BLOCK):
        tracemalloc.start()
        sealing.seal_body(SECRETS, 0, Endless(length), Nowhere())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 12 * BLOCK and peaks[1] < peaks[0] + BLOCK
