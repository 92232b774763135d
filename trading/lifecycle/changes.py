"""How a state changes, in the few ways that all events share."""

from collections.abc import Callable

from msgspec.structs import replace

from archive.values import Instant
from trading.tender import ENDED, LOT_STAGES, Lot, Mark, NoticeRef, Tender


def mark(state: Tender, at: Instant, key: str, lot: str = "", ref: str = "") -> Tender:
    """One more line of the public timeline."""
    return replace(state, timeline=(*state.timeline, Mark(at, key, lot, ref)))


def noticed(state: Tender, kind: str, at: Instant, title: str, digest: str, lot: str = "") -> Tender:
    """One more published notice; none where there is no text."""
    if not digest:
        return state
    ref = NoticeRef(len(state.notices) + 1, kind, at, title, digest, lot)
    return replace(state, notices=(*state.notices, ref))


def change_lot(state: Tender, id: str, change: Callable[[Lot], Lot]) -> Tender:
    """The state with one lot changed, and the tender's stage brought up to its lots'."""
    return overall(replace(state, lots=tuple(change(lot) if lot.spec.id == id else lot for lot in state.lots)))


def overall(state: Tender) -> Tender:
    """The tender's stage is that of its slowest live lot; when the last one was lost, it has failed."""
    live = [lot for lot in state.lots if lot.stage not in ENDED]
    if live:
        slowest = min(live, key=lambda lot: LOT_STAGES.index(lot.stage))
        stage = slowest.stage if slowest.stage != "waiting" else state.stage
    else:
        stage = "failed"
    return replace(state, stage=stage)
