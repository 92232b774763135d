"""The tree of the log: RFC 6962 hashing, roots, inclusion and consistency proofs (trace-log 1.1).

Hashes are 32 bytes, a tree is a sequence of leaf hashes.  Everything here is arithmetic on hashes:
what a leaf means, where a proof travels and who signed a root is said elsewhere.

`Tree` keeps every level of one tree (64 bytes a leaf) and answers for each smaller size as well;
`Edge` keeps only the right edge (32 bytes a level) and is what an appender stores.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()
"""Root of the tree of size 0."""

Node = tuple[int, int]
"""A complete subtree: its level (0 = leaves) and its place on that level from the left."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """`leaf_hash` of each, in a tight loop."""
    hasher = sha256
    return [hasher(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def _pairs(level: Sequence[bytes]) -> list[bytes]:
    hasher = sha256
    return [hasher(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree over these leaf hashes, level by level."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        above = _pairs(level)
        if len(level) % 2:
            above.append(level[-1])  # an odd node rises as it is: it is the smaller right subtree
        level = above
    return level[0]


def subtrees(start: int, end: int) -> list[Node]:
    """The fewest complete subtrees that cover leaves [start, end), left to right."""
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def inclusion_parts(index: int, size: int) -> list[tuple[int, int]]:
    """Leaf ranges [start, end) whose roots are the inclusion proof, from the leaf upwards."""
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} of {size}")
    start, end, parts = 0, size, []
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start = middle
    return parts[::-1]


def consistency_parts(old: int, new: int) -> list[tuple[int, int]]:
    """Leaf ranges whose roots are the consistency proof from ``old`` to ``new`` (RFC 6962 §2.1.2)."""
    if not 0 <= old <= new:
        raise IndexError(f"size {old} of {new}")
    if old in (0, new):
        return []
    start, end, parts, whole = 0, new, [], True
    while old - start < end - start:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if old <= middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start, whole = middle, False
    # When old is a complete subtree from the left edge, its root is the one the verifier starts from.
    return [*([] if whole else [(start, end)]), *parts[::-1]]


def root_from(start: int, end: int, hash_of: Callable[[int, int], bytes]) -> bytes:
    """Root over leaves [start, end), given the hash of each complete subtree (level, place)."""
    hashes = [hash_of(level, place) for level, place in subtrees(start, end)]
    if not hashes:
        return EMPTY_ROOT
    result = hashes.pop()
    while hashes:
        result = node_hash(hashes.pop(), result)
    return result


def inclusion(index: int, size: int, hash_of: Callable[[int, int], bytes]) -> list[bytes]:
    """Inclusion proof out of stored subtree hashes, O(log² size) reads.

    Raises:
        IndexError: no such leaf in a tree of that size.
    """
    return [root_from(start, end, hash_of) for start, end in inclusion_parts(index, size)]


def consistency(old: int, new: int, hash_of: Callable[[int, int], bytes]) -> list[bytes]:
    """Consistency proof out of stored subtree hashes; empty from 0 and to itself.

    Raises:
        IndexError: ``old`` is not a size of that tree's past.
    """
    return [root_from(start, end, hash_of) for start, end in consistency_parts(old, new)]


def root_by_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that this proof leads to, or None when it has not exactly the length that index and size demand."""
    if not 0 <= index < size or len(leaf) != 32 or len(proof) != (length := _path_length(index, size)) or length > 63:
        return None
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        while last and not node & 1 and node == last:
            node, last = node >> 1, last >> 1
        result = node_hash(sibling, result) if node & 1 else node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return result


def _path_length(index: int, size: int) -> int:
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


def check_inclusion(index: int, size: int, leaf: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that ``leaf`` stands at ``index`` of the tree of ``size`` with ``root``."""
    return root_by_inclusion(index, size, leaf, proof) == root


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree (new, new_root) begins with the tree (old, old_root).

    From size 0 it is true iff the proof is empty and a root of size 0 is the empty root; whether one
    may start from nothing at all is the caller's decision.
    """
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not proof and old_root == new_root
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    path = list(proof) if node else [old_root, *proof]
    if not path:
        return False
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


class Tree:
    """Every complete subtree over some leaf hashes; its hashes are final, so it answers for smaller sizes too."""

    __slots__ = ("levels", "size")

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = len(leaves)
        self.levels: list[list[bytes]] = [list(leaves)]
        while len(self.levels[-1]) > 1:
            self.levels.append(_pairs(self.levels[-1]))

    def hash_of(self, level: int, place: int) -> bytes:
        """The hash of one complete subtree."""
        return self.levels[level][place]

    def root(self, size: int | None = None) -> bytes:
        """Root of the first ``size`` leaves; of all by default."""
        return root_from(0, self.size if size is None else size, self.hash_of)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Inclusion proof of leaf ``index`` in the first ``size`` leaves."""
        return inclusion(index, self.size if size is None else size, self.hash_of)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Consistency proof from the first ``old`` to the first ``new`` leaves."""
        return consistency(old, self.size if new is None else new, self.hash_of)


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a growing tree: roots of its complete subtrees, largest (leftmost) first.

    There is one hash for each bit set in ``size``, so an edge is at most 63 hashes.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def extended(self, leaves: Iterable[bytes]) -> "Edge":
        """The edge after these leaf hashes as well."""
        size, stack, hasher = self.size, list(self.hashes), sha256
        for leaf in leaves:
            full, size = size, size + 1
            while full & 1:
                leaf = hasher(b"\x01" + stack.pop() + leaf).digest()
                full >>= 1
            stack.append(leaf)
        return Edge(size, tuple(stack))

    @property
    def root(self) -> bytes:
        """Root of the tree so far."""
        if not self.hashes:
            return EMPTY_ROOT
        result = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            result = node_hash(left, result)
        return result
