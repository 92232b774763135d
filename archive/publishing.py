"""The publisher: what is in the tree becomes durable, signed, cosigned, and then anybody's to read (trace-log 5.5).

One round, in this order, each step finding what a killed one before it left behind:

1. entries get their positions; in a log with ticks in batches with decoys (`archive.decoys`);
2. tiles, bundles and every opening are staged on the *escrow* shelf, synced, file and directory;
3. the checkpoint is signed and stored, and named on the escrow shelf;
4. witnesses are asked, all at once; what they sign is verified and stored;
5. once the policy's quorum is met, tiles, bundles and what is disclosed go to the *public* shelf, ``checkpoint`` last;
6. cosignatures of checkpoints that are superseded for a day and kept nowhere are dropped.

Escrow is what a lost database is recovered from, so nothing is ever signed that does not stand there
(`archive.ledger.notary.Notary.before`).  A crash between any two steps leaves files that the next round writes
again byte for byte; a file that is there with other bytes is never written over, and stops the publisher.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Event, Lock, Thread
from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from archive import merkle
from archive.anchors import Anchors
from archive.careful import Careful
from archive.checkpoints import parse_checkpoint
from archive.cosigning import Cosigned, Witnesses
from archive.database import reading
from archive.decoys import Decoys, Look, always_open
from archive.errors import Invalid, SunlitError
from archive.faults import Fault
from archive.leadership import leading
from archive.ledger import Ledger, Recorded, store, tree
from archive.notes import Line, parse_note
from archive.policy import Policy, judge
from archive.shelves import Shelf
from archive.tiles import Publisher
from archive.values import DAY, MINUTE, SECOND, Instant
from archive.vault import Vault

LOGGER = logging.getLogger("sunlit.publishing")

REFRESH: Instant = 10 * MINUTE
"""An idle log shows itself alive: the same checkpoint with fresh cosignatures."""

KEPT: Instant = DAY
"""How long cosignatures of superseded checkpoints are kept that are neither anchored nor under ``checkpoints/``."""

RETRY = 0.5
"""Seconds until witnesses that were not enough are asked again; twice as long each time, up to the usual pause."""

PATIENCE = 1.5
"""Seconds for which a legal act waits for the quorum; then its receipt says how many cosigned so far."""

PATIENCE_WITH_TICKS = 3.5
"""The same where it waits for its batch first."""

GLANCE = 0.15
"""Seconds between two looks for what other processes did, where acts are done in several."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the log has come: entries placed, signed, cosigned by the quorum, published; and what is wrong."""

    placed: int
    signed: int
    certified: int
    published: int
    faults: dict[str, str]


class Publishing:
    """Publishes one log; in one thread of its own once it is started, or round by round.

    ``every`` is the pause between rounds in seconds; a log with ticks has a round each second instead.  With
    ``grease`` a checkpoint carries a line of an unknown key now and then.  With ``shared`` acts are done in other processes
    than the one that publishes: theirs hurry it as its own do, and their receipts wait for it.

    Raises:
        Invalid: ``publishing.policy`` when the policy trusts no key of this log, so that it could never be met.
    """

    def __init__(
        self,
        ledger: Ledger,
        public: Shelf,
        escrow: Shelf,
        vault: Vault,
        witnesses: Witnesses | None = None,
        look: Look = always_open,
        every: float = 5.0,
        random: Callable[[int], bytes] = os.urandom,
        grease: bool = False,
        anchors: Anchors | None = None,
        shared: bool = False,
    ) -> None:
        self._ledger = ledger
        self._witnesses = witnesses
        self._policy: Policy | None = None if witnesses is None else witnesses.policy
        self._decoys = Decoys(ledger, look)
        self._every = every
        self._random = random
        self._grease = grease
        self._anchors = anchors
        self._shared = shared
        self.public = public
        self.escrow = escrow
        self._open = Publisher(ledger, Careful(public), vault)
        self._whole = Publisher(ledger, Careful(escrow), vault, everything=True, blobs=False)
        self._staging = Lock()  # guards ``_staged``; held while files are written
        self._staged: int | None = None
        self._asked: tuple[int, Instant] = (0, 0)
        self._certified = 0
        self._pruned = 0
        self._retry = RETRY
        self._turned_at = 0  # size of the tree in the last round
        self._shown = b""
        self._retain = False
        self._bell = Event()
        self._over = False
        self._turned = Condition()  # guards nothing but its own wait
        self._thread: Thread | None = None
        self.fault = ""
        if self._policy is not None and not set(ledger.notary.keys) & set(self._policy.logs):
            raise Invalid("publishing.policy", origin=ledger.origin)
        ledger.notary.before = self._make_durable

    def start(self) -> "Publishing":
        """Begin to publish."""
        self._over = False
        self._thread = Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()
        if self._anchors is not None:
            self._anchors.start()
        return self

    def stop(self) -> None:
        """Finish the round and end."""
        self._over = True
        self._bell.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._anchors is not None:
            self._anchors.stop()
        if self._witnesses is not None:
            self._witnesses.close()

    def hurry(self) -> None:
        """A legal act wants its receipt: do not wait for the pause.  A log with ticks hurries for nobody."""
        if not self._ledger.quantum:
            self._bell.set()

    def retain(self) -> None:
        """A legal step was taken: keep the next checkpoint for good, under ``checkpoints/``, and have it time-stamped."""
        self._retain = True
        if self._anchors is not None:
            self._anchors.hurry()
        self.hurry()

    def receipt(self, recorded: Recorded, patience: float | None = None) -> bytes:
        """The receipt of an entry once the quorum has cosigned it, or, after ``patience``, under what there is.

        Raises:
            Busy: ``ledger.pending`` when it is on record and has no position yet; its receipt comes later.
        """
        if patience is None:
            patience = PATIENCE_WITH_TICKS if self._ledger.quantum else PATIENCE
        end = monotonic() + patience
        while self._thread is not None or self._shared:
            placed = self._ledger.placed(recorded)
            if placed.idx is not None and self._is_certified(placed.idx):
                break
            left = end - monotonic()
            if left <= 0:
                break
            self.hurry()
            with self._turned:
                self._turned.wait(min(left, 0.05))
        self._ledger.integrate()
        receipt = self._ledger.receipt(recorded.id)
        if self._thread is None:
            with leading(self._ledger.engine) as ours:
                if ours:  # else whoever publishes names what is signed in its next round
                    self._name(self._ledger.checkpoint())
        return receipt

    def standing(self) -> Standing:
        """Where things are; two queries and one small file."""
        with reading(self._ledger.engine) as connection:
            placed, last = store.tree(connection).size, tree.latest(connection)
        faults = {} if self._witnesses is None else dict(self._witnesses.faults)
        faults |= {} if self._anchors is None else self._anchors.faults
        if self.fault:
            faults["publisher"] = self.fault
        return Standing(placed, 0 if last is None else last.size, self._certified, self._open.published().size, faults)

    def round(self) -> None:
        """One round, unless another process is publishing.

        Raises:
            Damaged: ``ledger.fork``, ``ledger.root`` or ``publishing.other``: the log is not what was signed before;
                nothing was published.
        """
        with leading(self._ledger.engine) as ours:
            if not ours:
                return
            now = self._ledger.clock()
            while self._ledger.integrate():
                pass
            if self._ledger.quantum:
                self._decoys.batch(self._open.published().size, now)
            note = self._ledger.checkpoint()
            size = self._turned_at = self._name(note)
            self._cosign(note, size, now)
            self._show(size, now)
            self._prune(now)

    def _run(self) -> None:
        while not self._over:
            try:
                self.round()
                self.fault = ""
            except (SunlitError, SQLAlchemyError, OSError) as fault:
                # Acts go on and wait for their receipts; the health page shows this, and the next round tries again.
                if str(fault) != self.fault:
                    LOGGER.exception("nothing was published")
                self.fault = str(fault)
            with self._turned:
                self._turned.notify_all()
            self._rest()

    def _rest(self) -> None:
        if not self._ledger.quantum:
            short = self._certified < self._asked[0]
            end = monotonic() + (min(self._every, self._retry) if short else self._every)
            while not self._over and (left := end - monotonic()) > 0:
                if self._bell.wait(min(left, GLANCE) if self._shared else left) or self._is_behind():
                    break
            self._retry = min(self._every, self._retry * 2) if short else RETRY
            self._bell.clear()
            return
        # At whole seconds and never sooner: neither the time nor the number of checkpoints follows the acts.
        end = monotonic() + (SECOND - self._ledger.clock() % SECOND) / SECOND
        while not self._over and (left := end - monotonic()) > 0:
            self._bell.wait(left)
            self._bell.clear()

    def _is_behind(self) -> bool:
        """Whether another process did something since the last round."""
        if not self._shared:
            return False
        try:
            with reading(self._ledger.engine) as connection:
                return store.tree(connection).size > self._turned_at
        except SQLAlchemyError:
            return True  # the round says what is wrong

    def _make_durable(self, connection: Connection, size: int) -> None:
        """Stage everything that a tree of this size implies; runs in the transaction that signs it."""
        with self._staging:
            if self._staged is None:
                published = self._whole.published()
                if published.size:
                    self._whole.extends(connection, published, size)
                self._staged = published.size
            self._whole.stage_on(connection, min(self._staged, size), size)
            self._staged = max(self._staged, size)

    def _name(self, note: bytes) -> int:
        """Name what is signed on the escrow shelf, where a recovery begins; its size."""
        size = parse_checkpoint(parse_note(note).text).size
        if self._whole.published().size != size:
            self.escrow.replace("checkpoint", note)
        return size

    def _cosign(self, note: bytes, size: int, now: Instant) -> None:
        """Ask the witnesses when there is something new to ask, and learn whether their quorum is met."""
        if self._witnesses is None:
            self._certified = size
            return
        asked, at = self._asked
        if size == asked and now - at < REFRESH and self._certified >= size:
            self._witnesses.harvest(self._keep)
            return
        self._asked = (size, now)
        if not self._meets(size):
            self._witnesses.gather(note, size, self._proof, self._keep)
        else:
            self._certified = max(self._certified, size)
            self._witnesses.gather(note, size, self._proof, lambda said: self._keep(said) and False)

    def _keep(self, said: Cosigned) -> bool:
        self._ledger.notary.cosigned(said.size, said.lines)
        if self._meets(said.size):
            self._certified = max(self._certified, said.size)
        return self._certified >= self._asked[0]

    def _meets(self, size: int) -> bool:
        """Whether the stored checkpoint of a size is valid under the policy."""
        if self._policy is None:
            return True
        with reading(self._ledger.engine) as connection:
            note = tree.note_of(connection, size)
        try:
            return note is not None and not judge(note, self._policy).faults
        except Fault:
            return False

    def _is_certified(self, idx: int) -> bool:
        if self._certified > idx:
            return True
        with reading(self._ledger.engine) as connection:  # another process may be the publisher
            size = self._ledger.notary.best(connection, idx)
        return size is not None and self._meets(size)

    def _proof(self, old: int, new: int) -> list[bytes]:
        with reading(self._ledger.engine) as connection:
            return merkle.consistency(old, new, tree.Hashes(connection).hash_of)

    def _show(self, size: int, now: Instant) -> None:
        """Publish the newest certified checkpoint, at a tick where there are ticks; again when lines were added."""
        quantum, tick = self._ledger.quantum, max(1, self._ledger.tick)
        if quantum and (now // SECOND % tick or size % quantum or self._certified < size):
            return
        if not self._certified:
            return
        with reading(self._ledger.engine) as connection:
            note = tree.note_of(connection, self._certified)
        if note is None or note == self._shown:
            return
        # Now and then a line by nobody, so that readers which do not pass over unknown keys are found out early.
        line = grease_line(self._random) if self._grease and self._random(1)[0] % 8 == 0 else b""
        self._open.show(note + line, retain=self._retain)
        self._shown, self._retain = note, False

    def _prune(self, now: Instant) -> None:
        """Let go of cosignatures that nobody needs: any receipt can be given under a later checkpoint."""
        below = min(self._certified, self._open.published().size)
        self._pruned = self._ledger.notary.prune(self._pruned, below, now - KEPT, self._is_retained)

    def _is_retained(self, size: int) -> bool:
        return self.public.size(f"checkpoints/{size}") is not None


def grease_line(random: Callable[[int], bytes]) -> bytes:
    """A signature line by a key that does not exist."""
    return Line("grease.invalid", random(4), random(64)).text.encode()
