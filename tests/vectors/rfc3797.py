"""The selection of RFC 3797 section 4.1, the ancestor of the draw: kept to show that its worked example is understood."""

import hashlib


def select(key: str, n: int, k: int) -> list[int]:
    """``k`` of the numbers 1..n in the order selected; ``key`` is the source string of section 4.2, parts ended by slashes."""
    left, chosen = list(range(1, n + 1)), []
    for i in range(k):
        counter = i.to_bytes(2, "big")
        value = int.from_bytes(hashlib.md5(counter + key.encode() + counter, usedforsecurity=False).digest(), "big")
        chosen.append(left.pop(value % len(left)))
    return chosen
