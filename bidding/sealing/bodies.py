"""Bodies of any size, streamed: seal, send again after an interruption, check what is stored, open.

One leaf is 1 MiB of plaintext and its ciphertext.  Two threads hash and encrypt while the caller's
thread reads and writes in order; three leaves are held at a time, so memory does not grow with the
body.  Nothing here opens, names or closes a file: sources are read to their end, sinks written to.
"""

import hmac
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, count, cycle, islice
from typing import Protocol, Self, TypeVar

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag

from archive.errors import Invalid
from bidding.sealing.cobblestone import BLOCK, LEAF, Encryptor, leaf_count, leaf_size, material
from bidding.sealing.derive import Secrets, plain_commitment
from bidding.sealing.envelope import HEADER, BodyLine
from bidding.sealing.tree import TreeHash, leaf_hash

WORKERS = 2
HELD = 3

A = TypeVar("A")
B = TypeVar("B")
Progress = Callable[[int], object]
"""Called after each leaf with the bytes of ciphertext handled so far."""


class Source(Protocol):
    """Something to read bytes from, such as a file opened ``rb`` or ``io.BytesIO``."""

    def readinto(self, into: memoryview, /) -> int | None:
        """Fill the front of ``into``; how many bytes, 0 at the end."""


class Sink(Protocol):
    """Something that takes all bytes it is given, such as a file opened ``wb`` or ``io.BytesIO``."""

    def write(self, data: memoryview, /) -> object:
        """Take all of ``data`` before returning; its buffer is used again afterwards."""


@dataclass(frozen=True, slots=True)
class SealedBody:
    """What sealing a body gave: its envelope line, and its leaf hashes for the gate of a second pass."""

    line: BodyLine
    leaves: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What reading a stored body gave: its bytes have the line's length and tree hash; they decrypt to what ``pc`` commits to."""

    intact: bool
    plain: bool

    @property
    def good(self) -> bool:
        """Both."""
        return self.intact and self.plain


def fill(source: Source, into: memoryview) -> int:
    """Read until ``into`` is full or the source has ended; how many bytes."""
    at = 0
    while at < len(into):
        got = source.readinto(into[at:])
        if not got:
            break
        at += got
    return at


def _buffers(size: int) -> Iterator[memoryview]:
    """A ring of as many buffers as leaves are held, each made when it is first wanted."""
    ring: list[memoryview] = []
    while len(ring) < HELD:
        ring.append(memoryview(bytearray(size)))
        yield ring[-1]
    yield from cycle(ring)


def _ordered(work: Callable[[A], B], inputs: Iterator[A]) -> Iterator[B]:
    """``map(work, inputs)`` in threads; an input is drawn only when the result `HELD` before it was used.

    One input alone, as most indexes are, is not worth a thread.
    """
    ahead = list(islice(inputs, 2))
    if len(ahead) < 2:
        yield from map(work, ahead)
        return
    running: deque[Future[B]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for item in chain(ahead, inputs):
            running.append(pool.submit(work, item))
            if len(running) == HELD:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _blocks(source: Source) -> Iterator[memoryview]:
    """The plaintext in blocks of 1 MiB; the last is shorter, perhaps empty."""
    got, buffers = BLOCK, _buffers(BLOCK)
    while got == BLOCK:
        buffer = next(buffers)
        got = fill(source, buffer)
        yield buffer[:got]


def _leaves(source: Source, ct_len: int) -> Iterator[memoryview]:
    """The leaves of a ciphertext of ``ct_len`` bytes; stops after the first that is cut short."""
    for number, buffer in zip(range(leaf_count(ct_len)), _buffers(min(HEADER + LEAF, ct_len)), strict=False):
        size = leaf_size(number, ct_len)
        got = fill(source, buffer[:size])
        yield buffer[:got]
        if got < size:
            return


class _Listener:
    """Tells blocks to somebody in one thread of its own, in order; `done` waits until the oldest was heard."""

    def __init__(self, heard: Callable[[memoryview], object] | None) -> None:
        self._heard = heard
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[object]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def told(self, blocks: Iterator[memoryview]) -> Iterator[memoryview]:
        for block in blocks:
            if self._heard is not None:
                self._waiting.append(self._pool.submit(self._heard, block))
            yield block

    def done(self) -> None:
        if self._waiting:
            self._waiting.popleft().result()


def seal_body(
    secrets: Secrets,
    i: int,
    source: Source,
    sink: Sink,
    *,
    progress: Progress | None = None,
    expected: Sequence[bytes] | None = None,
    heard: Callable[[memoryview], object] | None = None,
) -> SealedBody:
    """Encrypt body ``i`` from ``source`` into ``sink``.

    ``heard`` is told every block of plaintext, in order, in a thread of its own; the block's buffer is used again afterwards.
    ``expected`` are the leaf hashes of an earlier pass over the same file: a leaf that differs is not
    written, since one key and nonce must never cover two plaintexts.

    Raises:
        Invalid: ``sealing.source-changed``: drop everything and take a new seed.
    """
    salt = secrets.body_salt(i)
    cipher = Encryptor(salt, material(secrets.body_key(i), salt, secrets.body_context(i)))
    plain_tree, tree, digests, length = TreeHash(), TreeHash(), list[bytes](), 0

    def work(job: tuple[int, memoryview, memoryview]) -> tuple[memoryview, bytes, bytes]:
        number, plain, out = job
        start = 0 if number == 0 else HEADER
        used = cipher.seal_block(number, plain, out[HEADER:])
        leaf = out[start : HEADER + used]
        leaf[: HEADER - start] = cipher.header[start:]
        return leaf, leaf_hash(leaf), leaf_hash(plain) if plain else b""

    with _Listener(heard) as listener:
        for number, (leaf, digest, plain_digest) in enumerate(
            _ordered(work, zip(count(), listener.told(_blocks(source)), _buffers(HEADER + LEAF), strict=False))
        ):
            if expected is not None and list(expected[number : number + 1]) != [digest]:
                raise Invalid("sealing.source-changed", leaf=number)
            sink.write(leaf)
            length += len(leaf)
            digests.append(digest)
            tree.push(digest)
            if plain_digest:
                plain_tree.push(plain_digest)
            listener.done()
            if progress is not None:
                progress(length)
    pc = plain_commitment(secrets.ctx, i, secrets.plain_blind(i), plain_tree.root())
    return SealedBody(BodyLine(length, tree.root(), pc), tuple(digests))


def plain_tree(source: Source) -> bytes:
    """The tree hash of a plaintext in 1 MiB blocks, as `plain_commitment` takes it; an empty one has no block."""
    tree = TreeHash()
    for digest in _ordered(lambda block: leaf_hash(block) if block else b"", _blocks(source)):
        if digest:
            tree.push(digest)
    return tree.root()


def stored_intact(line: BodyLine, source: Source, progress: Progress | None = None) -> bool:
    """Whether ``source`` holds exactly the ciphertext that ``line`` promises: its length and its tree hash."""
    tree, length = TreeHash(), 0
    for size, digest in _ordered(lambda leaf: (len(leaf), leaf_hash(leaf)), _leaves(source, line.ct_len)):
        tree.push(digest)
        length += size
        if progress is not None:
            progress(length)
    more = fill(source, memoryview(bytearray(1)))
    return length + more == line.ct_len and tree.root() == line.root


def open_body(
    secrets: Secrets,
    i: int,
    line: BodyLine,
    source: Source,
    sink: Sink,
    progress: Progress | None = None,
    *,
    rooted: bool = True,
) -> Opened:
    """Check body ``i`` as it is stored and decrypt it into ``sink``, all in one reading.

    ``plain`` tells that salt, key commitment, every chunk and ``pc`` are right.  Bytes that do not decrypt are read to their end
    all the same, to know whose fault it is.  Unless the answer is good, what went into ``sink`` is to be thrown away.

    Without ``rooted`` no tree is taken of the ciphertext and ``intact`` tells its length only.  That is for whoever has the
    leaf hashes of his own ciphertext: GCM is invertible, so what decrypts to the plaintext of ``pc`` is what was encrypted.
    """
    key, salt, context = secrets.body_key(i), secrets.body_salt(i), secrets.body_context(i)
    header, plain_tree, tree = Encryptor(salt, material(key, salt, context)).header, TreeHash(), TreeHash()
    decrypts = True

    def blocks() -> Iterator[tuple[int, memoryview, memoryview]]:
        nonlocal decrypts
        decryptor, done = Cobblestone256Decryptor(key, context), 0
        for leaf, buffer in zip(_leaves(source, line.ct_len), _buffers(min(BLOCK, line.ct_len)), strict=False):
            # No decryptor notices another salt: it takes the salt from here.
            decrypts = decrypts and (done > 0 or hmac.compare_digest(leaf[:HEADER], header))
            done += len(leaf)
            used = 0
            if decrypts:
                try:
                    used = decryptor.update_into(leaf, buffer)
                    if done == line.ct_len:
                        rest = decryptor.finalize()
                        buffer[used : used + len(rest)] = rest
                        used += len(rest)
                except InvalidTag:
                    decrypts, used = False, 0
            yield done, leaf, buffer[:used]

    def hashed(job: tuple[int, memoryview, memoryview]) -> tuple[int, memoryview, bytes, bytes]:
        done, leaf, plain = job
        return done, plain, leaf_hash(plain), leaf_hash(leaf) if rooted else b""

    done = 0
    for done, plain, digest, sealed in _ordered(hashed, blocks()):
        tree.push(sealed)
        if plain:
            sink.write(plain)
            plain_tree.push(digest)
        if progress is not None:
            progress(done)
    whole = done + fill(source, memoryview(bytearray(1))) == line.ct_len
    committed = plain_commitment(secrets.ctx, i, secrets.plain_blind(i), plain_tree.root())
    return Opened(whole and (tree.root() == line.root or not rooted), decrypts and committed == line.pc)
