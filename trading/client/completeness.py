"""Whether all of a stream is shown: its end as the log's own head map proves it, against the newest entry that is shown.

Inclusion and the chain prove what is shown and say nothing of what is newest.  Where a stream ended is on record daily and
after every legal limit (trace-log 5.6); whoever reads the stream asks for that proof and compares.  Times are microseconds.
"""

import json
from typing import Any

from msgspec import Struct

from archive.errors import Damaged, Missing
from archive.faults import Fault
from archive.heads import ACT, STREAM, HeadProof, check_head, stated_map
from archive.strict import base64
from archive.values import DAY, HOUR, Instant, instant
from trading.client.record import Keep, Pinned, indices, receipt_of
from trading.client.web import Web, quoted

OVERDUE: Instant = DAY + 2 * HOUR
"""A platform that is served records the ends of its streams once a day; this long without is too long."""


class Tail(Struct, frozen=True):
    """A stream's end.

    ``ended`` is its last ``seq`` when the ends were recorded at ``covered_at``; both are 0 where the platform has no proof.
    ``shown`` is the greatest ``seq`` shown up to there: where it is less, that many entries at the end are not public.
    ``overdue`` tells that the ends should have been recorded since; ``proof`` is the head proof.
    """

    stream: str
    ended: int
    shown: int
    covered_at: Instant
    overdue: bool
    proof: bytes

    @property
    def withheld(self) -> int:
        """Entries at the end that are proved and not shown."""
        return self.ended - self.shown


def tail(web: Web, pinned: Pinned, stream: str, now: Instant, keep: Keep) -> Tail:
    """Ask for a stream's end, and see whether what is shown of the stream leads there; ``now`` by the platform's clock.

    Raises:
        Damaged: ``client.log`` where a proof does not hold, or what is shown contradicts it.
    """
    try:
        answer = web.get(f"/api/log/heads?stream={quoted(stream)}").json()
    except Missing:
        began = _shown(web, pinned, stream, min(indices(web, stream), default=None), keep)
        return Tail(stream, 0, 0, 0, began is not None and instant(began["at"]) < now - OVERDUE, b"")
    try:
        index, raw = int(answer["index"]), str(answer["proof"]).encode()
    except (KeyError, TypeError, ValueError):
        raise Damaged("client.answer", status=200, why="heads") from None
    end, at = _proved(web, pinned, stream, index, raw, keep)
    shown = _up_to(web, pinned, end, index, keep)
    return Tail(stream, end.last_seq, shown, at, at < now - OVERDUE, raw)


def _proved(web: Web, pinned: Pinned, stream: str, index: int, raw: bytes, keep: Keep) -> tuple[HeadProof, Instant]:
    body = json.loads(receipt_of(web, pinned, index, keep)[0])
    try:
        end = check_head(raw, *stated_map(body["data"].get("outcome")))
    except Fault as fault:
        raise Damaged("client.log", index=index, why=f"{fault.code} {fault.why}") from None
    if body["stream"] != STREAM or body["act"] != ACT or end.stream != stream:
        raise Damaged("client.log", index=index, why="HEAD_BAD the ends of other streams")
    return end, instant(body["at"])


def _up_to(web: Web, pinned: Pinned, end: HeadProof, before: int, keep: Keep) -> int:
    """The greatest ``seq`` that is shown of the entries that the heads event covers."""
    for index in reversed(indices(web, end.stream)):
        raw, leaf = receipt_of(web, pinned, index, keep)
        body = json.loads(raw)
        if body["stream"] != end.stream:
            raise Damaged("client.log", index=index, why="another stream")
        seq = int(body["seq"])
        if seq > end.last_seq and index > before:
            continue  # newer than the record of the ends
        if seq > end.last_seq or (seq == end.last_seq and base64(leaf) != end.last_leaf):
            raise Damaged("client.log", index=index, why="HEAD_BAD the stream ended otherwise")
        return seq
    return 0


def _shown(web: Web, pinned: Pinned, stream: str, index: int | None, keep: Keep) -> Any:
    return None if index is None else json.loads(receipt_of(web, pinned, index, keep)[0])
