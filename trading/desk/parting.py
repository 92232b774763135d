"""One act in several entries: an entry of the log has 60,000 bytes at most, so what is listed by the hundred goes in parts."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

ROOM = 50_000
"""Bytes for the items of one entry, in every place where they stand in it; the rest is for what stands around them."""


def parted(items: Iterable[T], size: Callable[[T], int], most: int = 0) -> Iterator[tuple[T, ...]]:
    """The items in parts whose sizes, in bytes, add up to `ROOM` at most; one part, perhaps empty, at least.

    ``most`` limits the items of a part, where a rule does.  An item larger than `ROOM` is a part alone.
    """
    part: list[T] = []
    used = 0
    for item in items:
        more = size(item)
        if part and (used + more > ROOM or len(part) == most):
            yield tuple(part)
            part, used = [], 0
        part.append(item)
        used += more
    yield tuple(part)
