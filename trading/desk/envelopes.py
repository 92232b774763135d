"""双信封: the second opening, of prices, between the lock of the technical evaluation and the scores.

The host opens it; which bids are admitted is the evaluation room's word under the same locks, and nobody's choice.  The
trustees' shares are sealed for each envelope apart, so nothing of the first opening helps with the second.
"""

from collections.abc import Sequence

from archive.ledger import Recorded
from archive.values import Actor
from bidding.box import Box, OpenStage
from bidding.box.accepting import in_phase
from experts.correction import Correction
from experts.evaluation import Room
from experts.evaluation.messages import EnterPrices, Fallen
from trading.commands import OpenPrices
from trading.desk import evaluation, facts
from trading.platform import Platform

WHY = "技术评审已锁定，开启通过评审的投标人的第二信封（报价）"


def open_prices(platform: Platform, actor: Actor, name: str, lot: str) -> Recorded:
    """开启第二信封: the windows of the second opening begin, for the bids that the locked evaluation left in.

    Raises:
        Refused: ``prices.one-envelope``, ``prices.not-locked``, ``prices.nobody``, ``prices.opened``, and what the guards of a
            tender refuse; ``box.wrong-phase`` while the first opening runs.
    """
    principal = facts.principal_of(platform.ledger, name)
    box, room = facts.box(name, lot), facts.room(name, lot)
    read = {room, *facts.reads(actor, principal)}
    with platform.ledger.begin(actor=actor, write={facts.tender(name), box}, read=read) as tx:
        held, seated = tx.state(box), tx.state(room)
        assert isinstance(held, Box) and isinstance(seated, Room)
        streams = {b.org: b.stream for b in held.bidders}
        admitted = tuple(sorted(streams[org] for org in seated.admitted))
        told = facts.about(tx, actor, name, principal, locked_at=seated.locked_at, admitted=len(admitted))
        tx.act(facts.tender(name), OpenPrices(lot), facts=told)
        tx.act(box, OpenStage(admitted, WHY))
    return tx.recorded[0]


def enter_prices(platform: Platform, name: str, lot: str, corrected: Sequence[Correction] = ()) -> Recorded:
    """The opened prices come into the room, and who fell at the second opening leaves it.

    Raises:
        Refused: ``box.wrong-phase`` until the second opening is finished, ``room.one-envelope``, ``room.twice``.
    """
    box, room = platform.ledger.state(facts.box(name, lot)), evaluation.room(platform, name, lot)
    assert isinstance(box, Box)
    in_phase(box, "finished")
    known = {b.id: b.deduction for b in (room.opened.bids if room.opened else ())}
    lot_of = next(x for x in evaluation.tender_of(platform, name).lots if x.spec.id == lot)
    bids, without = evaluation.priced(box, known, {c.bid: c.price for c in corrected}, lot_of.spec.estimate.currency)
    fallen = tuple(Fallen(box.owner(x.stream), x.effect) for x in box.on_stage if x.verdict != "opened")
    corrections = tuple(c for c in corrected if c.bid not in without)
    command = EnterPrices(bids, fallen, corrections, lot_of.prices_sha256, without)
    return evaluation.act(platform, evaluation.ROOM, name, lot, command)
