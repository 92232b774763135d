"""Decoys: entries that say nothing, so that the log's size says nothing either (trace-log 5.5).

They are ordinary entries of the stream ``system/decoy`` with random salts.  Their openings go to escrow at once and
to the public once everything sealed of their time has been opened, never before.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from archive import pacing
from archive.bodies import title
from archive.database import disclosed_table, event_table, reading
from archive.ledger import Ledger, mixing, store
from archive.ledger.mixing import DECOYS
from archive.values import Actor, Instant, instant


@dataclass(frozen=True, slots=True)
class Windows:
    """Whether any submission window is open, and before which instant nothing sealed remains to be hidden."""

    open: bool = True
    clear_until: Instant = 0


Look = Callable[[Connection], Windows]


def always_open(_connection: Connection) -> Windows:
    """For a log that knows nothing of windows."""
    return Windows()


class Decoys:
    """Gives one log its batches, each of the size of its moment."""

    def __init__(self, ledger: Ledger, look: Look) -> None:
        self._ledger = ledger
        self._look = look

    def batch(self, published: int, now: Instant) -> int:
        """At a whole second: give positions to a batch of the size that is due, filled up with decoys; how many entries.

        Decoys that need not hide anything any more are shown.
        """
        with reading(self._ledger.engine) as connection:
            windows, tree = self._look(connection), store.tree(connection)
            placed, queued = tree.size, mixing.waiting(connection)
        if tree.epoch < 0:
            return 0
        tick = max(1, self._ledger.tick)
        elapsed = pacing.since_tick(tick, now)
        wanted = pacing.wanted(self._ledger.quantum, tick, published, placed, queued, elapsed, windows.open)
        if (missing := wanted - placed - queued) > 0:
            with self._ledger.begin(actor=Actor.system("decoy"), write={DECOYS}, legal=True) as tx:
                for _ in range(missing):
                    tx.note(DECOYS, "system.decoy", {}, public=False)
        if windows.clear_until:
            self._show(windows.clear_until)
        return self._ledger.batch(wanted - placed)

    def _show(self, before: Instant) -> None:
        with reading(self._ledger.engine) as connection:
            found = connection.execute(_HIDDEN).all()
        past = [row.id for row in found if instant(title(row.body).at) < before]
        if past:
            self._ledger.disclose(past, "decoy")


_E, _D = event_table.c, disclosed_table.c
_HIDDEN = (
    select(_E.id, _E.body)
    .outerjoin(disclosed_table, _D.eid == _E.eid)
    .where(_E.stream == DECOYS, _D.eid.is_(None))
    .order_by(_E.seq)
    .limit(4096)
)
