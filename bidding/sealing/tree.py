"""The tree hash of RFC 9162 2.1.1 over leaves that come one by one; memory grows with log n only."""

import hashlib
from collections.abc import Iterable


def leaf_hash(*parts: bytes | bytearray | memoryview) -> bytes:
    """The hash of a leaf that lies in ``parts``."""
    h = hashlib.sha256(b"\0")
    for part in parts:
        h.update(part)
    return h.digest()


class TreeHash:
    """Push leaf hashes, then ask for the root; no leaf at all gives SHA-256 of nothing."""

    __slots__ = ("_peaks", "count")

    def __init__(self) -> None:
        self._peaks: list[bytes] = []
        self.count = 0

    def push(self, leaf: bytes) -> None:
        """Append the hash of the next leaf."""
        self.count += 1
        size = self.count
        while size % 2 == 0:
            leaf = hashlib.sha256(b"\1" + self._peaks.pop() + leaf).digest()
            size //= 2
        self._peaks.append(leaf)

    def root(self) -> bytes:
        """The tree hash of what was pushed so far."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = hashlib.sha256(b"\1" + peak + root).digest()
        return root


def tree_of(leaves: Iterable[bytes]) -> bytes:
    """The tree hash over leaf hashes that are at hand."""
    tree = TreeHash()
    for leaf in leaves:
        tree.push(leaf)
    return tree.root()
