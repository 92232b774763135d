"""The pool as a whole: which tree of specialities is in force, and the daily snapshots (kind ``pool``; SPEC.md 3).

Pure.  The snapshot's record file and the tree are blobs that the entry names.  Dates are yyyymmdd, Beijing time.
"""

from collections.abc import Iterable
from typing import Final, assert_never

from msgspec.structs import replace

from archive.decider import Context, Decider, Row
from archive.errors import Refused
from archive.values import DAY, Instant, Message, Value
from experts import categories
from experts.days import beijing_day, day, evening
from experts.panel.messages import SnapshotRef
from experts.snapshot import load

LAW: dict[str, str] = {
    "pool.categories": "公共资源交易评标专家专业分类标准（发改法规〔2018〕316号）",
    "pool.snapshot.day": "招标投标法实施条例 第四十六条",
    "pool.snapshot.mismatch": "招标投标法实施条例 第四十六条",
    "pool.blob": "招标投标法实施条例 第四十六条",
}

KEPT: Final = 8
"""Snapshots that the state remembers; a draw uses the last one before its day."""


class RegisterCategories(Message, frozen=True, tag="pool.register-categories"):
    """A version of the tree comes into force; ``sha256`` is its file."""

    version: str
    sha256: str


class TakeSnapshot(Message, frozen=True, tag="pool.take-snapshot"):
    """State the pool at the end of a day; the file's commitments are computed anew before it is believed."""

    snapshot: SnapshotRef


Command = RegisterCategories | TakeSnapshot


class CategoriesRegistered(Message, frozen=True, tag="pool.categories-registered"):
    """The tree in force, with the number of its codes."""

    at: Instant
    version: str
    sha256: str
    n: int


class SnapshotTaken(Message, frozen=True, tag="pool.snapshot-taken"):
    """The pool of a day."""

    at: Instant
    snapshot: SnapshotRef


Event = CategoriesRegistered | SnapshotTaken


class Pool(Value, frozen=True):
    """The tree in force and the last snapshots, oldest first."""

    categories: str = ""
    categories_sha256: str = ""
    codes: int = 0
    snapshots: tuple[SnapshotRef, ...] = ()
    taken_at: Instant = 0


def decide(state: Pool, command: Command, ctx: Context[None]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`.
        Invalid: a file that is not what it should be.
    """
    if ctx.blob is None:
        raise Refused("pool.blob")
    match command:
        case RegisterCategories():
            if not command.version or command.version == state.categories:
                raise Refused("pool.categories", version=command.version)
            tree = categories.load(ctx.blob(command.sha256))
            return (CategoriesRegistered(ctx.at, command.version, command.sha256, len(tree)),)
        case TakeSnapshot():
            given = command.snapshot
            day(given.date)
            latest = max((s.date for s in state.snapshots), default=0)
            if not latest < given.date <= beijing_day(ctx.at):
                raise Refused("pool.snapshot.day", date=given.date, latest=latest)
            pool = load(given.sha256, ctx.blob)
            if (pool.root.hex(), pool.n) != (given.root, given.n) or pool.n == 0:
                raise Refused("pool.snapshot.mismatch", root=pool.root.hex(), n=pool.n)
            return (SnapshotTaken(ctx.at, given),)
        case _:
            assert_never(command)


def evolve(state: Pool, event: Event) -> Pool:
    """The state after an event."""
    match event:
        case CategoriesRegistered():
            return replace(state, categories=event.version, categories_sha256=event.sha256, codes=event.n)
        case SnapshotTaken():
            return replace(state, snapshots=(*state.snapshots, event.snapshot)[-KEPT:], taken_at=event.at)
        case _:
            assert_never(event)


def due(state: Pool) -> tuple[Instant, str] | None:
    """The evening after the last snapshot's day; the first snapshot is somebody's decision.

    After a standstill one evening is due and not each that was missed: what was not stated at its time cannot be stated later.
    """
    if not state.snapshots:
        return None
    return evening(state.snapshots[-1].date) + DAY, "pool.snapshot"


def rows(stream: str, state: Pool) -> Iterable[Row]:
    """One ``expert_pool`` row."""
    if not state.categories and not state.snapshots:
        return
    last = state.snapshots[-1] if state.snapshots else None
    yield (
        "expert_pool",
        (stream.partition("/")[2],),
        {
            "categories": state.categories,
            "codes": state.codes,
            "date": last.date if last else 0,
            "root": last.root if last else "",
            "n": last.n if last else 0,
            "taken_at": state.taken_at,
        },
    )


ACTS: dict[type[Command], str] = {RegisterCategories: "pool.categories_registered", TakeSnapshot: "pool.snapshot_taken"}

DECIDER: Decider[Pool, Command, Event, None] = Decider(
    kind="pool",
    state=Pool,
    commands=Command,
    events=Event,
    facts=None,
    initial=Pool(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
    due=due,
)
