"""The public proof file of a draw (xdraw/1 A9; SPEC.md 12): one canonical JSON object.

Pure values.  Digests are lower-case hex; times are the log's microseconds; positions count from 0.  Whoever holds a seat at the
end is opened; who left one, and everybody else, stays an opaque commitment.
"""

from typing import Final

from archive.values import Instant, Value
from experts.plan import Plan, SealedPart, Selected
from experts.snapshot import Record

FORMAT: Final = "xdraw/1 proof"
ENGINE: Final = "sunlit experts 1"


class VrfPart(Value, frozen=True):
    """A VRF holder's contribution."""

    role: str
    pk: str
    alpha: str
    pi: str


class BeaconPart(Value, frozen=True):
    """The beacon's value by its signature."""

    chain: str
    round: int
    signature: str


class Passed(Value, frozen=True):
    """A position that was passed over in a category's list, and the rule; ``DEAD_END`` where seating him left no filling."""

    cat: str
    position: int
    rule: str


class Opened(Value, frozen=True):
    """A member's record with its salt and inclusion in the pool's tree."""

    record: Record
    salt: str
    leaf_index: int
    path: tuple[str, ...]


class ReplyLine(Value, frozen=True):
    """A line of the reply log: answer or ground of leaving."""

    seq: int
    seat: int
    rc: str
    kind: str
    at: Instant
    evidence: str = ""


class ReplacementLine(Value, frozen=True):
    """A search for a vacant seat: where it found somebody, -1 and no commitment when the list was exhausted."""

    seat: int
    vacated: str
    skipped: tuple[Passed, ...]
    position: int
    rc: str = ""


class Proof(Value, frozen=True, omit_defaults=False):
    """Everything that lets anybody repeat the draw offline.

    ``lists`` hold every eligible commitment in rank order, ``tails`` whom unused rungs would add; ``log`` are receipts of the
    panel's entries (proof files with their openings, base64).
    """

    format: str
    engine: str
    plan: Plan
    sealed: SealedPart
    seal_salt: str
    root: str
    n: int
    ctx: str
    commits: dict[str, str]
    reveals: dict[str, str]
    withheld: tuple[str, ...]
    ctx1: str
    vrf: tuple[VrfPart, ...]
    beacon: BeaconPart
    seed: str
    seat_order: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    tails: dict[str, tuple[str, ...]]
    counts: dict[str, dict[str, int]]
    widened: dict[str, tuple[str, ...]]
    selected: tuple[Selected, ...]
    passed: tuple[Passed, ...]
    opened: tuple[Opened, ...]
    replies: tuple[ReplyLine, ...]
    replacements: tuple[ReplacementLine, ...]
    result_salt: str
    result: str
    log: tuple[str, ...]
