"""What the bank confirmed of the bid securities: recorded after the opening, since before it the payers are the bidders.

Nothing follows from it by itself: whether a bid is rejected for its security is the committee's vote, and accounts that several
bids share are a clue (experts/SPEC.md 15).
"""

from archive.errors import Refused
from trading.commands import RecordDeposits
from trading.events import DepositsRecorded
from trading.lifecycle.guards import Told, lot_at, require, sha256
from trading.tender import Tender

LAW: dict[str, str] = {
    "deposit.bidder": "招标投标法实施条例 第二十六条",
    "deposit.twice": "招标投标法实施条例 第二十六条",
    "deposit.time": "招标投标法实施条例 第二十六条",
}

OPEN = ("recorded", "evaluated", "publicised")
"""Stages of a lot whose bidders are known and which is not awarded yet."""


def record(state: Tender, command: RecordDeposits, ctx: Told) -> tuple[DepositsRecorded, ...]:
    """The centre that takes the securities, or else the principal or its agency, records what the bank confirmed."""
    require(state, ctx, "platform", "principal", "agency", scope="open")
    lot = lot_at(state, command.lot, *OPEN)
    bidders = {row.bidder for row in lot.rows}
    named = [line.bidder for line in command.deposits]
    for line in command.deposits:
        if line.bidder not in bidders:
            raise Refused("deposit.bidder", bidder=line.bidder, lot=lot.spec.id)
        if named.count(line.bidder) > 1:
            raise Refused("deposit.twice", bidder=line.bidder)
        if not 0 < line.received_at <= ctx.at:
            raise Refused("deposit.time", bidder=line.bidder)
        sha256(line.account, "account")
    return (DepositsRecorded(ctx.at, command.lot, command.deposits, sha256(command.statement_sha256, "statement_sha256")),)
