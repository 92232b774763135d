"""An order to evaluate again: the tender, its evaluation room and its panel in one transaction.

The room opens again for the same committee at once; a fresh one is drawn first, and sits by `trading.desk.evaluation`.
"""

from archive.bodies import Blob
from archive.ledger import Recorded
from archive.values import Actor
from experts.evaluation.messages import VoidReport
from experts.panel.messages import RecallPanel
from trading.commands import Reevaluate
from trading.desk import facts
from trading.lifecycle.reevaluations import FRESH
from trading.platform import Platform
from trading.tender import Tender


def order(
    platform: Platform, actor: Actor, name: str, command: Reevaluate, *, blobs: tuple[Blob, ...] = (), key: str | None = None
) -> Recorded:
    """The result is void, and its report, and the panel is recalled or dissolved.

    Raises:
        Refused: ``reevaluation.*`` and the other codes of `trading.lifecycle.LAW`, on record.
    """
    tender = facts.tender(name)
    principal = facts.principal_of(platform.ledger, name)
    room, panel = facts.room(name, command.lot), facts.panel(name, command.lot)
    known = _tender(platform.ledger.state(tender)).lot(command.lot) is not None
    write = {tender, room, panel} if known else {tender}
    with platform.ledger.begin(actor=actor, write=write, read=facts.reads(actor, principal), key=key) as tx:
        tx.act(tender, command, facts=facts.about(tx, actor, name, principal), blobs=blobs)
        lot = _tender(tx.state(tender)).lot(command.lot)
        assert lot is not None
        fresh, ordered = command.committee == FRESH, lot.voided[-1]
        tx.act(room, VoidReport(ordered.objection, ordered.ground, ordered.article, ordered.reason, fresh))
        tx.act(panel, RecallPanel(ordered.objection, fresh))
    return tx.recorded[0]


def _tender(state: object) -> Tender:
    assert isinstance(state, Tender)
    return state
