"""Where every stream ends, on record without saying which streams there are (trace-log 5.6).

The blinding key of a map is derived from the escrow key and the heads event's own ``seq``, its pads from the
blinding key: whoever holds the escrow key can audit any map, and nothing secret needs storing.  While a map is
recorded no other entry can be written, so it covers exactly the entries with smaller numbers.
"""

from collections.abc import Callable
from hmac import digest

from sqlalchemy import Connection, func, select, text

from archive.database import event_table, stream_table
from archive.decider import Head
from archive.errors import Missing
from archive.heads import ACT, STREAM, HeadMap, head_map, map_size
from archive.strict import base64
from archive.values import Instant

__all__ = ["ACT", "STREAM", "Mac", "blinding_key", "hold_still", "mapped", "proved", "recorded_at"]

Mac = Callable[[bytes], bytes]


def hold_still(connection: Connection) -> None:
    """Let transactions that are being written finish, and no other begin, until this one ends; milliseconds."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE trace_stream IN SHARE MODE"))


def recorded_at(connection: Connection) -> Instant:
    """The ``at`` of the last heads event; 0 when there is none."""
    s = stream_table.c
    return connection.execute(select(s.last_at).where(s.stream == STREAM)).scalar() or 0


def mapped(connection: Connection, mac: Mac, seq: int, before: int | None = None) -> tuple[HeadMap, tuple[Head, ...]]:
    """The map that heads event ``seq`` states or is to state: of all entries, or of those numbered below ``before``."""
    if before is None:
        s = stream_table.c
        found = connection.execute(select(s.stream, s.last_seq, s.last_leaf).where(s.last_seq > 0).order_by(s.stream))
    else:
        e = event_table.c
        last = select(e.stream, func.max(e.seq).label("seq")).where(e.eid < before).group_by(e.stream).subquery()
        ends = select(e.stream, e.seq, e.leaf).join(last, (last.c.stream == e.stream) & (last.c.seq == e.seq))
        found = connection.execute(ends.order_by(e.stream))
    heads = tuple(Head(stream, number, base64(leaf)) for stream, number, leaf in found)
    key = blinding_key(mac, seq)
    missing = map_size(len(heads)) - len(heads)
    return head_map(key, heads, [digest(key, b"sunlit/pad/v1\x00%d" % n, "sha256") for n in range(missing)]), heads


def blinding_key(mac: Mac, seq: int) -> bytes:
    """HK of heads event ``seq``: 32 bytes, to be handed to nobody but the regulator."""
    return mac(b"sunlit/heads/v1\x00%d" % seq)


def proved(connection: Connection, mac: Mac, event_id: str) -> dict[str, bytes]:
    """The head proofs of all streams under a heads event, canonical JSON each, by stream.

    Raises:
        Missing: ``ledger.event`` when that is no heads event.
    """
    e = event_table.c
    row = connection.execute(select(e.eid, e.seq).where(e.id == event_id, e.stream == STREAM)).one_or_none()
    if row is None:
        raise Missing("ledger.event", id=event_id)
    made, _ = mapped(connection, mac, row.seq, row.eid)
    return made.proofs
