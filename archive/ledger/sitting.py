"""What becomes one COMMIT: streams under their locks, transactions decided one after the other, everything written at the end.

Each transaction of a sitting sees what those before it decided, and hands in a `Draft` of its own.  Nothing of a draft is
written before `Sitting.write`, so one that is never handed in has left no trace, and a crash leaves nothing before COMMIT and
everything after it.
"""

from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from archive import outbox
from archive.bodies import kind_of, rows_of
from archive.ledger import store
from archive.ledger.house import House
from archive.ledger.projection import Changes, apply
from archive.ledger.records import Held, Tail, Tree, Written
from archive.ledger.sequencing import Queued, place
from archive.values import Instant


@dataclass(slots=True)
class Draft:
    """What one transaction has decided; ``key`` is the actor and the token of his idempotency key."""

    at: Instant
    key: tuple[str, str] | None
    tails: dict[str, Tail]
    held: dict[str, Held] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)
    letters: list[outbox.Letter] = field(default_factory=list)
    opened: list[tuple[str, str]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)


class Sitting:
    """The transactions of one COMMIT; ``inline`` says that entries get their positions with it."""

    def __init__(self, house: House, connection: Connection, tails: dict[str, Tail], log: Tree, *, inline: bool) -> None:
        self.house = house
        self.connection = connection
        self.tails = tails
        self.log = log
        self._inline = inline
        self._start = dict(tails)
        self._base: dict[str, Held] = {}
        self._held: dict[str, Held] = {}
        self._drafts: list[Draft] = []
        self._count = 0

    def hold(self, stream: str) -> Held:
        """The state of a locked stream, what was taken in so far included."""
        held = self._held.get(stream)
        if held is None:
            kind = self.house.kind(stream)
            held = self.house.states.load(self.connection, kind, stream, self.tails[stream])
            self._held[stream] = self._base[stream] = held
        return held

    def take(self, draft: Draft) -> int | None:
        """Take in what a transaction decided; the position of its first entry, None where positions are given later."""
        first = self.log.size + self._count if self._inline else None
        self.tails.update(draft.tails)
        self._held.update(draft.held)
        self._drafts.append(draft)
        self._count += len(draft.written)
        return first

    def write(self) -> None:
        """Write everything, entries last.

        Raises:
            Damaged: ``ledger.projection`` or ``ledger.chain`` when what the log implies is not there.
        """
        written = [w for draft in self._drafts for w in draft.written]
        if not written:
            return
        self._project()
        moved = {name: end for name, end in self.tails.items() if end is not self._start[name]}
        fresh = [name for name in moved if self._start[name].seq == 0 and self.connection.dialect.name == "sqlite"]
        eids = store.record(self.connection, moved, fresh, written, queued=not self._inline)
        for draft in self._drafts:
            store.attach(self.connection, draft.written, draft.key)
            for stream, reason in draft.opened:
                store.disclose(self.connection, stream, draft.at, reason)
        if self._inline:
            queued = [Queued(eid, w.body, w.salt, w.leaf) for eid, w in zip(eids, written, strict=True)]
            place(self.connection, self.log, queued, max(draft.at for draft in self._drafts))

    def _project(self) -> None:
        """Write rows and due times of the streams whose state is another."""
        changes = Changes()
        for stream, held in self._held.items():
            base = self._base[stream]
            if held is base:
                continue
            decider = self.house.kinds[kind_of(stream)].decider
            self._held[stream] = held = replace(held, rows=rows_of(decider, stream, held.state))
            changes.add(base.rows, held.rows)
            due = decider.due(held.state)
            if due != decider.due(base.state):
                outbox.fall_due(self.connection, stream, due)
        apply(self.connection, changes)

    def committed(self) -> None:
        """Keep the states that are now the database's."""
        for stream, held in self._held.items():
            if held.seq:  # what is in the cache is taken to have its row
                self.house.states.put(stream, held)
