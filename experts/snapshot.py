"""The frozen pool of one day: records, salted commitments, Merkle root, and the index that makes a draw fast (SPEC.md 3).

Pure.  A commitment ``rc`` is 32 bytes; leaves stand in the order of their values, so a position says nothing about a person.
Dates are integers, yyyymmdd, Beijing time.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder

from archive.canonical import encode
from archive.errors import Damaged, Invalid
from archive.merkle import Tree, leaf_hashes, root
from experts.encoding import digest, hexed, macs, th, th_each

NEVER: Final = 2**62
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
    """The pool in leaf order: row i is ``records[i]``, committed to with `salt` (i) in `rc` (i).

    What a draw looks at lies in columns and posting lists, so that it touches the records of nobody but the seated.
    ``ready`` holds the admission date, `NEVER` for who is not active; ``by_cat``, ``by_org``, ``by_kin`` and ``by_decl`` list the
    rows of each category and organisation; ``admitted`` are the admission dates of the active, ascending.
    """

    records: Sequence[Record]
    rcs: bytes
    salts: bytes
    root: bytes
    row_of: Mapping[str, int]
    ready: Sequence[int]
    load: Sequence[int]
    admitted: Sequence[int]
    by_cat: Mapping[str, Sequence[int]]
    by_org: Mapping[str, Sequence[int]]
    by_kin: Mapping[str, Sequence[int]]
    by_decl: Mapping[str, Sequence[int]]

    @property
    def n(self) -> int:
        """How many experts the root covers."""
        return len(self.records)

    def rc(self, row: int) -> bytes:
        """The commitment of a row."""
        return self.rcs[32 * row : 32 * row + 32]

    def salt(self, row: int) -> bytes:
        """The salt of a row."""
        return self.salts[32 * row : 32 * row + 32]

    def inactive(self) -> int:
        """How many are not active."""
        return self.n - len(self.admitted)

    def late(self, admitted_max: int) -> int:
        """How many active experts were admitted after that date."""
        return len(self.admitted) - bisect_right(self.admitted, admitted_max)

    def paths(self, rows: Sequence[int]) -> list[list[bytes]]:
        """Inclusion proofs of the rows."""
        tree = Tree(leaf_hashes(map(self.rc, range(self.n))))
        return [tree.inclusion(row) for row in rows]


def commitment_of(record: Record, salt: bytes) -> bytes:
    """``rc = TH("rec", salt, cj(record))``, with ``salt = HMAC-SHA256(k_snap, id)``."""
    return th("rec", salt, encode(record))


def take(records: Iterable[Record], key: bytes) -> Snapshot:
    """The snapshot of a pool under the snapshot key.

    Raises:
        Invalid: ``draw.snapshot.twice`` when two records share an id.
    """
    pool = list(records)
    return _of(pool, _salts(key, pool))


def advance(old: Snapshot, key: bytes, changed: Iterable[Record], removed: Collection[str] = ()) -> Snapshot:
    """The next day's snapshot: only what changed is committed to again.

    Equal to `take` over the whole new pool with the same key, which the caller must have kept.
    """
    fresh = {r.id: r for r in changed}
    gone = fresh.keys() | set(removed)
    kept = [i for i, r in enumerate(old.records) if r.id not in gone]
    added = list(fresh.values())
    salts = _salts(key, added)
    return _ordered(
        [*(old.records[i] for i in kept), *added],
        [*map(old.salt, kept), *salts],
        [*map(old.rc, kept), *th_each("rec", zip(salts, map(encode, added), strict=True))],
    )


def parse(raw: bytes) -> Snapshot:
    """A snapshot from its file (`lines`); commitments and root are computed anew.

    Raises:
        Invalid: ``draw.snapshot.file`` when a line is not a record with its salt, ``draw.snapshot.twice`` for a repeated id.
    """
    try:
        lines = Decoder(Line).decode_lines(raw)
    except MsgspecError as e:
        raise Invalid("draw.snapshot.file", why=str(e)) from None
    return _of([line.record for line in lines], [hexed(line.salt) for line in lines])


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
    return b"".join(encode(Line(record, snapshot.salt(i).hex())) + b"\n" for i, record in enumerate(snapshot.records))


def _salts(key: bytes, records: Sequence[Record]) -> list[bytes]:
    return macs(key, b"", (r.id.encode() for r in records))


def _of(records: Sequence[Record], salts: Sequence[bytes]) -> Snapshot:
    return _ordered(records, salts, th_each("rec", zip(salts, map(encode, records), strict=True)))


def _ordered(given: Sequence[Record], salts: Sequence[bytes], rcs: Sequence[bytes]) -> Snapshot:
    order = sorted(range(len(rcs)), key=rcs.__getitem__)
    records = [given[i] for i in order]
    row_of = {r.id: i for i, r in enumerate(records)}
    if len(row_of) < len(records):
        raise Invalid("draw.snapshot.twice", id=next(r.id for i, r in enumerate(records) if row_of[r.id] != i))
    ready = array("q", [r.admitted if r.status == "active" else NEVER for r in records])
    lists: tuple[dict[str, list[int]], ...] = ({}, {}, {}, {})
    by_cat, by_org, by_kin, by_decl = lists
    for i, r in enumerate(records):
        for posting, names in ((by_cat, r.cats), (by_org, r.orgs), (by_kin, r.kin), (by_decl, r.decl)):
            for name in names:
                posting.setdefault(name, []).append(i)
    leaves = [rcs[i] for i in order]
    return Snapshot(
        records,
        b"".join(leaves),
        b"".join(salts[i] for i in order),
        root(leaf_hashes(leaves)),
        row_of,
        ready,
        array("q", [r.load for r in records]),
        array("q", sorted(d for d in ready if d != NEVER)),
        *lists,
    )
