"""A tender: the values it is made of, its state, and the facts its rules are told.

One stream ``tender/<id>`` lives from registration to archive.  What can be asked of it is in
`trading.commands`, what can happen to it in `trading.events`, the rules in `trading.lifecycle` and the
modules it calls.  Instants are microseconds UTC, legal days are dates of 北京时间, money is in minor
units, scores are in hundredths of a point, weights in basis points (10 000 = 100 %), SHA-256 in hex.
Layout and articles: ``trading/SPEC.md``.
"""

from trading.tender.facts import TenderFacts
from trading.tender.state import (
    ENDED,
    LOT_STAGES,
    Evaluation,
    Lot,
    Mark,
    NoticeRef,
    Objection,
    Panel,
    Pause,
    Question,
    Standstill,
    Tender,
    Voided,
)
from trading.tender.values import (
    CatalogueEntry,
    Closing,
    Contact,
    Contract,
    Deposit,
    Document,
    Draft,
    GroundFound,
    Item,
    LotSpec,
    Mandate,
    Method,
    Notice,
    OpenedBid,
    PassedOver,
    Predecessor,
    Project,
    Ranked,
    Rejected,
    SealedHead,
    Times,
)

__all__ = [
    "ENDED",
    "LOT_STAGES",
    "CatalogueEntry",
    "Closing",
    "Contact",
    "Contract",
    "Deposit",
    "Document",
    "Draft",
    "Evaluation",
    "GroundFound",
    "Item",
    "Lot",
    "LotSpec",
    "Mandate",
    "Mark",
    "Method",
    "Notice",
    "NoticeRef",
    "Objection",
    "OpenedBid",
    "Panel",
    "PassedOver",
    "Pause",
    "Predecessor",
    "Project",
    "Question",
    "Ranked",
    "Rejected",
    "SealedHead",
    "Standstill",
    "Tender",
    "TenderFacts",
    "Times",
    "Voided",
]
