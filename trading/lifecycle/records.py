"""开标记录 of a lot, and the second opening where prices are sealed apart (双信封).

The first record is of everything that was opened at the deadline.  With two envelopes that is the technical part; the
prices of the bids still in when the technical evaluation was locked are opened after it, and have a record of their
own.  A bid that was not admitted stands in it as sealed.
"""

from msgspec.structs import replace

from archive.bodies import state_digest
from archive.errors import Refused
from trading.commands import OpenPrices, RecordOpening
from trading.events import OpeningRecorded, PricesOpened, RowsRecorded
from trading.lifecycle.guards import Told, facts, lot_at, require, running, sha256
from trading.tender import Lot, OpenedBid, Tender

LAW: dict[str, str] = {
    "opening.objection": "招标投标法实施条例 第四十四条",
    "opening.rows": "招标投标法 第三十六条",
    "opening.unlike-box": "电子招标投标办法 第三十二条",
    "opening.verdict": "电子招标投标办法 第三十一条",
    "prices.one-envelope": "招标投标法 第三十六条",
    "prices.not-locked": "公路工程建设项目招标投标管理办法（双信封）",
    "prices.nobody": "公路工程建设项目招标投标管理办法（双信封）",
    "prices.opened": "招标投标法 第三十六条",
    "prices.not-opened": "招标投标法 第三十六条",
}

VERDICTS = ("opened", "withdrawn", "revoked")
"""已解密; 视为撤回 (not the bidder's cause: counts as never submitted); 视为撤销 (the bidder's cause: counts as submitted)."""

SEALED = "sealed"
"""未开启: a price envelope that stays shut, because the bid did not come through the first opening or the evaluation."""


def record_opening(state: Tender, command: RecordOpening, ctx: Told) -> tuple[RowsRecorded | OpeningRecorded, ...]:
    """One row for each bid that stood at the deadline, as the lot's box has them and not otherwise."""
    require(state, ctx, "system", "principal", "agency", scope="open")
    running(state)
    second = command.envelope != 1
    lot = lot_at(state, command.lot, "recorded" if second else "opened")
    if second and (command.envelope != lot.spec.envelopes or not lot.prices_at):
        raise Refused("prices.not-opened", lot=command.lot)
    if second and lot.prices_sha256:
        raise Refused("prices.opened", lot=command.lot)
    _answered(state, lot)
    sha256(command.record_sha256, "record_sha256")
    rows = (lot.priced if second else lot.rows) + command.rows
    whole = len(command.rows) > 0 and len(rows) < lot.count if command.more else len(rows) == lot.count
    if not whole or len({r.bidder for r in rows}) != len(rows):
        raise Refused("opening.rows", lot=command.lot, rows=len(rows), count=lot.count)
    for row in command.rows:
        if row.verdict not in ((*VERDICTS, SEALED) if second else VERDICTS) or not row.bidder or not row.name:
            raise Refused("opening.verdict", bidder=row.bidder, verdict=row.verdict)
    if not facts(ctx).opening or (not command.more and rows_digest(rows) != facts(ctx).opening):
        raise Refused("opening.unlike-box", lot=command.lot)
    if command.more:
        return (RowsRecorded(ctx.at, command.lot, command.rows, command.envelope),)
    return (OpeningRecorded(ctx.at, command.lot, command.rows, command.record_sha256, command.envelope),)


def rows_digest(rows: tuple[OpenedBid, ...]) -> str:
    """SHA-256 of the rows of an opening record in canonical JSON, hex."""
    return state_digest(rows)


def _answered(state: Tender, lot: Lot) -> None:
    waiting = [o.id for o in state.objections if o.kind == "opening" and not o.answered_at and o.lot in ("", lot.spec.id)]
    if waiting:
        raise Refused("opening.objection", objections=waiting)


def open_prices(state: Tender, command: OpenPrices, ctx: Told) -> tuple[PricesOpened, ...]:
    """开启第二信封: once, after the first record and the lock of the technical evaluation, where somebody was admitted."""
    require(state, ctx, "system", "principal", "agency", scope="open")
    running(state)
    lot = lot_at(state, command.lot, "recorded")
    if lot.spec.envelopes != 2:
        raise Refused("prices.one-envelope", lot=command.lot)
    if lot.prices_at:
        raise Refused("prices.opened", lot=command.lot)
    told = facts(ctx)
    if not told.locked_at:
        raise Refused("prices.not-locked", lot=command.lot)
    if not told.admitted:
        raise Refused("prices.nobody", lot=command.lot)
    return (PricesOpened(ctx.at, command.lot, told.admitted, told.locked_at),)


def priced(lot: Lot, rows: tuple[OpenedBid, ...]) -> tuple[OpenedBid, ...]:
    """The first record's rows with what the second opening added: the price, the fate of who was admitted."""
    second = {row.bidder: row for row in rows if row.verdict != SEALED}
    return tuple(_joined(row, second[row.bidder]) if row.bidder in second else row for row in lot.rows)


def _joined(first: OpenedBid, second: OpenedBid) -> OpenedBid:
    return replace(
        first,
        verdict=second.verdict,
        price=second.price,
        duration=second.duration or first.duration,
        quality=second.quality or first.quality,
        manager=second.manager or first.manager,
        deposit=second.deposit or first.deposit,
        note=second.note,
    )
