"""What a recovery needs beyond the entries, on escrow's shelf: which openings are public, and who is behind digests (5.3, 5.7).

    disclosed/x000/001       256 bits, the first entry's highest in the first byte: public or not; then a MAC of the log's own
    private/expert/E0000001  a subject's wrapped data key and his disclosures under it, as they stand in the database

Both are replaced as they change, before the checkpoint that implies them is signed.  A subject who was forgotten has a file
without key and disclosures.  Neither is served to anybody; nothing depends on a listing.
"""

from collections.abc import Collection, Iterator
from hmac import compare_digest
from typing import Final

from sqlalchemy import CompoundSelect, Connection, select, union

from archive.canonical import decode, encode
from archive.database import checkpoint_table, disclosed_table, disclosure_table, event_table, index_table, subject_key_table
from archive.errors import Damaged, Invalid, Missing
from archive.ledger.ledger import Ledger
from archive.ledger.subjects import Safe
from archive.shelves import Shelf
from archive.tileformat import WIDTH, grouped
from archive.values import HOUR, Instant

MARGIN: Final[Instant] = HOUR  # clocks of several processes may differ by less than this

PUBLIC: Final = "public"
"""Why an opening is disclosed that was so from the beginning."""

_BITS: Final = WIDTH // 8
_E, _I, _D, _P, _K = event_table.c, index_table.c, disclosed_table.c, disclosure_table.c, subject_key_table.c


def files(connection: Connection, ledger: Ledger, old: int, size: int) -> Iterator[tuple[str, bytes]]:
    """What changed between a log of ``old`` entries, as it was signed, and one of ``size``; or may have."""
    since = connection.execute(select(checkpoint_table.c.signed_at).where(checkpoint_table.c.size == old)).scalar() or 0
    late = select(_I.idx).join(disclosed_table, _D.eid == _I.eid).where(_I.idx < old, _D.at >= since - MARGIN)
    blocks = {idx // WIDTH for idx in connection.execute(late.where(_D.reason != PUBLIC)).scalars()}
    blocks |= set(range(old // WIDTH, -(-size // WIDTH)))
    for n in sorted(blocks):
        yield _list_path(n), _listed(connection, ledger, n, size)
    for subject in connection.execute(_touched(old, size)).scalars().all():
        yield _private_path(subject), encode(ledger.subjects.safe(connection, subject))


def disclosed(shelf: Shelf, ledger: Ledger, n: int) -> Collection[int]:
    """The entries of block ``n`` that are public, as the shelf has it; none where it says nothing.

    Raises:
        Damaged: ``ledger.safekeeping`` when the log did not write that.
    """
    path = _list_path(n)
    try:
        raw = b"".join(shelf.chunks(path))
    except Missing:
        return ()
    if not compare_digest(raw[_BITS:], _mac(ledger, n, raw[:_BITS])):
        raise Damaged("ledger.safekeeping", path=path)
    bits = int.from_bytes(raw[:_BITS])
    return {n * WIDTH + k for k in range(WIDTH) if bits >> (WIDTH - 1 - k) & 1}


def bring_back(connection: Connection, ledger: Ledger, shelf: Shelf, subject: str, at: Instant) -> None:
    """Put the private fields of a subject as the shelf has them in place of what the database has; nothing where it has none.

    Raises:
        Damaged: ``ledger.safekeeping`` when it is no such file, ``keys.wrapped`` when it was altered.
    """
    path = _private_path(subject)
    try:
        raw = b"".join(shelf.chunks(path))
    except Missing:
        return
    try:
        kept = decode(raw, Safe)
    except Invalid:
        raise Damaged("ledger.safekeeping", path=path) from None
    ledger.subjects.bring_back(connection, subject, kept, at)


def leave(connection: Connection, shelf: Shelf) -> None:
    """Blank every private file of an epoch whose private fields have moved on."""
    for subject in connection.execute(select(_K.subject)).scalars():
        if shelf.size(_private_path(subject)) is not None:
            shelf.replace(_private_path(subject), encode(Safe((), b"")))


def _listed(connection: Connection, ledger: Ledger, n: int, size: int) -> bytes:
    wanted = (
        select(_I.idx).join(disclosed_table, _D.eid == _I.eid).where(_I.idx >= n * WIDTH, _I.idx < min(size, (n + 1) * WIDTH))
    )
    public = connection.execute(wanted).scalars()
    bits: bytes = sum(1 << (WIDTH - 1 - idx % WIDTH) for idx in public).to_bytes(_BITS)
    return bits + _mac(ledger, n, bits)


def _touched(old: int, size: int) -> CompoundSelect[str]:
    """Subjects of whom entries between two sizes put something on record, or whose own streams grew."""
    new = select(_E.id, _E.stream).join(index_table, _I.eid == _E.eid).where(_I.idx >= old, _I.idx < size).subquery()
    named = select(_P.subject).join(new, new.c.id == _P.id)
    return union(named, select(_K.subject).join(new, new.c.stream == _K.subject))


def _mac(ledger: Ledger, n: int, bits: bytes) -> bytes:
    return ledger.escrow_mac(b"disclosed\x00%d\x00" % n + bits)


def _list_path(n: int) -> str:
    return f"disclosed/{grouped(n)}"


def _private_path(subject: str) -> str:
    return f"private/{subject}"
