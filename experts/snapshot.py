"""The frozen pool of one day: records, salted commitments, Merkle root, and the index that makes a draw fast (SPEC.md 3).

Pure.  A commitment ``rc`` is 32 bytes; leaves stand in the order of their values, so a position says nothing about a person.
Dates are integers, yyyymmdd, Beijing time.
"""

import hmac
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder

from archive.canonical import encode
from archive.errors import Damaged, Invalid
from archive.merkle import Tree, leaf_hashes, root
from experts.encoding import digest, hexed, th

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Record(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One expert as the draw sees him; the fields and their names are on the wire (xdraw/1 section E).

    ``orgs``: current employer first, then those inside the look-back window; ``kin``: organisations of near relatives;
    ``decl``: self-declared interests; ``admitted``: yyyymmdd; ``load``: seats held in the load window.
    """

    v: Count
    id: str
    name: str
    cats: tuple[str, ...]
    region: str
    orgs: tuple[str, ...]
    kin: tuple[str, ...]
    decl: tuple[str, ...]
    status: str
    admitted: Count
    load: Count


class Line(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One line of a snapshot's file: the record and its salt (hex)."""

    record: Record
    salt: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The pool in leaf order: ``rcs[i]`` commits to ``records[i]`` with ``salts[i]``.

    ``by_cat`` lists the rows of each category; ``inactive`` counts who is not active; ``admitted`` are the admission dates of
    the active ones, ascending.  With these three the rule counts over the whole pool need no pass over it.
    """

    records: Sequence[Record]
    salts: Sequence[bytes]
    rcs: Sequence[bytes]
    root: bytes
    by_cat: Mapping[str, Sequence[int]]
    inactive: int
    admitted: Sequence[int]

    @property
    def n(self) -> int:
        """How many experts the root covers."""
        return len(self.records)

    def late(self, admitted_max: int) -> int:
        """How many active experts were admitted after that date."""
        return len(self.admitted) - bisect_right(self.admitted, admitted_max)

    def paths(self, rows: Sequence[int]) -> list[list[bytes]]:
        """Inclusion proofs of the rows."""
        tree = Tree(leaf_hashes(self.rcs))
        return [tree.inclusion(row) for row in rows]


def salt_of(key: bytes, expert: str) -> bytes:
    """``HMAC-SHA256(k_snap, id)``."""
    return hmac.digest(key, expert.encode(), "sha256")


def commitment_of(record: Record, salt: bytes) -> bytes:
    """``rc = TH("rec", salt, cj(record))``."""
    return th("rec", salt, encode(record))


def take(records: Iterable[Record], key: bytes) -> Snapshot:
    """The snapshot of a pool under the snapshot key.

    Raises:
        Invalid: ``draw.snapshot.twice`` when two records share an id.
    """
    return _of((r, salt_of(key, r.id)) for r in records)


def advance(old: Snapshot, key: bytes, changed: Iterable[Record], removed: Collection[str] = ()) -> Snapshot:
    """The next day's snapshot: only what changed is committed to again.

    Equal to `take` over the whole new pool with the same key, which the caller must have kept.
    """
    fresh = {r.id: r for r in changed}
    gone = fresh.keys() | set(removed)
    kept = [row for row in zip(old.rcs, old.records, old.salts, strict=True) if row[1].id not in gone]
    added = [_row(r, salt_of(key, r.id)) for r in fresh.values()]
    return _sorted(kept + added)


def parse(raw: bytes) -> Snapshot:
    """A snapshot from its file (`lines`); commitments and root are computed anew.

    Raises:
        Invalid: ``draw.snapshot.file`` when a line is not a record with its salt, ``draw.snapshot.twice`` for a repeated id.
    """
    try:
        lines = Decoder(Line).decode_lines(raw)
    except MsgspecError as e:
        raise Invalid("draw.snapshot.file", why=str(e)) from None
    return _of((line.record, hexed(line.salt)) for line in lines)


_LOADED: dict[str, Snapshot] = {}
_KEPT = 2


def load(sha256: str, read: Callable[[str], bytes]) -> Snapshot:
    """The snapshot whose file has that digest; the last few are remembered, since all draws of a day share one.

    Raises:
        Damaged: ``draw.snapshot.digest`` when what is read is another file.
        Invalid: as `parse`.
    """
    known = _LOADED.get(sha256)
    if known is None:
        raw = read(sha256)
        if digest(raw).hex() != sha256:
            raise Damaged("draw.snapshot.digest", sha256=sha256)
        known = parse(raw)
        while len(_LOADED) >= _KEPT:
            _LOADED.pop(next(iter(_LOADED)), None)
        _LOADED[sha256] = known
    return known


def lines(snapshot: Snapshot) -> bytes:
    """The snapshot's file: one canonical `Line` per expert in leaf order, each ended by a newline."""
    rows = zip(snapshot.records, snapshot.salts, strict=True)
    return b"".join(encode(Line(record, salt.hex())) + b"\n" for record, salt in rows)


Row = tuple[bytes, Record, bytes]


def _row(record: Record, salt: bytes) -> Row:
    return commitment_of(record, salt), record, salt


def _of(salted: Iterable[tuple[Record, bytes]]) -> Snapshot:
    return _sorted([_row(record, salt) for record, salt in salted])


def _sorted(rows: list[Row]) -> Snapshot:
    rows.sort(key=lambda row: row[0])
    records = [record for _, record, _ in rows]
    if len({r.id for r in records}) < len(records):
        ids = sorted(r.id for r in records)
        raise Invalid("draw.snapshot.twice", id=next(k for k, group in groupby(ids) if len(list(group)) > 1))
    by_cat: dict[str, list[int]] = {}
    for i, record in enumerate(records):
        for cat in dict.fromkeys(record.cats):
            by_cat.setdefault(cat, []).append(i)
    admitted = sorted(r.admitted for r in records if r.status == "active")
    rcs = [rc for rc, _, _ in rows]
    salts = [salt for _, _, salt in rows]
    return Snapshot(records, salts, rcs, root(leaf_hashes(rcs)), by_cat, len(records) - len(admitted), admitted)
