"""The current state of streams: a bounded cache, checked against each stream's own count of entries.

What is not cached is folded from the entries.  Each is checked on the way: its leaf against its bytes, its
``prev`` against the entry before, so that a body altered in the database never feeds a decision.
"""

from collections import OrderedDict
from threading import Lock

from sqlalchemy import Connection

from archive import entry
from archive.bodies import CLOSED, Kind, rows_of
from archive.decider import fold
from archive.errors import Damaged
from archive.ledger import store
from archive.ledger.records import Held, Tail
from archive.strict import base64


class States:
    """States by stream, the least recently used forgotten first; safe to share between threads.

    The lock guards the dictionary only and is held for a look-up, never for a query.
    """

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, stream: object) -> bool:
        return stream in self._held

    def get(self, stream: str) -> Held | None:
        """What is held for a stream, of whatever version."""
        with self._lock:
            found = self._held.get(stream)
            if found is not None:
                self._held.move_to_end(stream)
            return found

    def put(self, stream: str, held: Held) -> None:
        """Keep a committed state; an older one never replaces a newer."""
        with self._lock:
            known = self._held.get(stream)
            if known is None or known.seq < held.seq:
                self._held[stream] = held
            self._held.move_to_end(stream)
            if len(self._held) > self._limit:
                self._held.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()

    def load(self, connection: Connection, kind: Kind, stream: str, tail: Tail) -> Held:
        """The state of ``stream`` at ``tail``, which the caller has read on the same connection.

        Raises:
            Damaged: ``ledger.entry`` or ``ledger.chain`` when what is stored does not hold together.
        """
        held = self.get(stream)
        if held is not None and held.seq == tail.seq and held.leaf == tail.leaf:
            return held
        if held is None or held.seq >= tail.seq:
            decider = kind.decider
            held = Held(0, b"", decider.initial, rows_of(decider, stream, decider.initial))
            if tail.seq == 0:
                return held
        return self._folded(connection, kind, stream, tail, held)

    def _folded(self, connection: Connection, kind: Kind, stream: str, tail: Tail, held: Held) -> Held:
        state, seq, leaf = held.state, held.seq, held.leaf
        for number, raw, salt, stored in store.since(connection, stream, seq, tail.seq):
            if entry.leaf(salt, raw) != stored:
                raise Damaged("ledger.entry", stream=stream, seq=number, eid=0)
            body = kind.read(raw)
            if (body.stream, body.seq, body.prev) != (stream, seq + 1, base64(leaf)):
                raise Damaged("ledger.chain", stream=stream, seq=number)
            seq, leaf = number, stored
            outcome = body.data.outcome
            if body.act != CLOSED and outcome and outcome.events:
                state = fold(kind.decider, state, outcome.events)
        if (seq, leaf) != (tail.seq, tail.leaf):
            raise Damaged("ledger.chain", stream=stream, seq=seq)
        return Held(seq, leaf, state, rows_of(kind.decider, stream, state))
