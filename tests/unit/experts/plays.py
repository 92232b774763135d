"""Panels brought to a given point, for every test that needs one."""

from hashlib import sha256

from archive.values import MINUTE, Instant
from experts.panel import DECIDER, Panel
from experts.panel.messages import (
    CallExpert,
    CommitNonce,
    CompletePanel,
    DisclosePanel,
    ExecuteDraw,
    Named,
    NameRepresentatives,
    PlanDraw,
    PoolFacts,
    RecordReply,
    ReplaceSeat,
    RevealNonce,
    SnapshotRef,
)
from experts.plan import Plan, SealedPart
from experts.snapshot import Record, take
from tests.unit.experts import cast
from tests.unit.experts.cast import BEACON_AT, DEADLINE, K_SNAP, PLANNED, ROLES
from tests.unit.experts.stage import Stage

EVIDENCE = sha256(b"recording").hexdigest()
PURCHASER = Named("R1", "采购人代表")


def stage(records: tuple[Record, ...] = ()) -> tuple[Stage[Panel], SnapshotRef]:
    """An empty panel whose pool has been taken."""
    reference, blobs = cast.file_of(take(records or cast.pool(), K_SNAP))
    return Stage(DECIDER, "panel/T1.L1", blobs), reference


def planned(plan: Plan | None = None, records: tuple[Record, ...] = ()) -> Stage[Panel]:
    """The plan is frozen."""
    panel, reference = stage(records)
    panel.act(PlanDraw(plan or cast.plan(), reference), PLANNED, PoolFacts((reference,)))
    return panel


def committed(plan: Plan | None = None, records: tuple[Record, ...] = ()) -> Stage[Panel]:
    """Everybody is bound."""
    panel = planned(plan, records)
    for role in ROLES:
        panel.act(CommitNonce(role, cast.commitment(panel.state.ctx, role), EVIDENCE), PLANNED + MINUTE)
    return panel


def revealed(plan: Plan | None = None, records: tuple[Record, ...] = (), without: tuple[str, ...] = ()) -> Stage[Panel]:
    """Everybody but ``without`` revealed."""
    panel = committed(plan, records)
    for role in ROLES:
        if role not in without:
            panel.act(RevealNonce(role, cast.nonce(role).hex()), DEADLINE - 1)
    return panel


def drawn(plan: Plan | None = None, records: tuple[Record, ...] = (), part: SealedPart | None = None) -> Stage[Panel]:
    """The draw is made."""
    panel = revealed(plan or cast.plan(part), records)
    panel.act(ExecuteDraw(), BEACON_AT, cast.inputs(part))
    return panel


def answer(panel: Stage[Panel], seat: int, reply: str, at: Instant = BEACON_AT + MINUTE) -> None:
    """One call and its answer."""
    panel.act(CallExpert(seat, "voice"), at)
    panel.act(RecordReply(seat, reply, EVIDENCE), at + 1)


def accepted(panel: Stage[Panel], *seats: int) -> Stage[Panel]:
    """These seats accept."""
    for seat in seats:
        answer(panel, seat, "accept")
    return panel


def disclosed(panel: Stage[Panel], declines: tuple[int, ...] = ()) -> Stage[Panel]:
    """After these declines everybody accepts, the panel stands and is named."""
    for seat in declines:
        answer(panel, seat, "decline")
        panel.act(ReplaceSeat(seat), BEACON_AT + MINUTE)
    accepted(panel, *range(len(panel.state.seats)))
    panel.act(NameRepresentatives((PURCHASER,)), BEACON_AT + 2 * MINUTE)
    panel.act(CompletePanel(), BEACON_AT + 2 * MINUTE)
    panel.act(DisclosePanel("tender/T1#9"), BEACON_AT + 3 * MINUTE)
    return panel
