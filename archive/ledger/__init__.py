"""The ledger: the one writer.  To act is to be on record (trace-log 5; architecture 3).

    with ledger.begin(actor=actor, write={"tender/T1", "box/T1.L1"}) as tx:
        tx.act("tender/T1", Publish(...))
        tx.act("box/T1.L1", Open(...))
    tx.recorded

One transaction: streams locked in the order of their names, idempotency key, states, ``decide``,
projections, outbox, and last the entries.  A refusal is recorded and committed before it is raised.  Acts that wait at
the same time share a COMMIT and cannot tell (`archive.ledger.writer`).
"""

from archive.bodies import Blob
from archive.ledger.ledger import Ledger
from archive.ledger.records import Recorded
from archive.ledger.sequencer import Sequencer
from archive.ledger.transaction import Transaction

__all__ = ["Blob", "Ledger", "Recorded", "Sequencer", "Transaction"]
