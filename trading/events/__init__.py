"""What can happen to a tender.

Wire tags are append-only; a later shape is a new tag.  Each event carries its own instant ``at``, so that
folding needs nothing else.
"""

from trading.events.after import (
    AwardLetterIssued,
    AwardRevoked,
    BidsClosed,
    BidsOpened,
    CandidatesPublished,
    ComplaintAccepted,
    ContractPublished,
    ContractRecorded,
    DepositsRecorded,
    EvaluationRecorded,
    FailureDeclared,
    HeadsListed,
    LettersSent,
    LimitExceeded,
    LimitReached,
    LotAwarded,
    LotsRetendered,
    ObjectionAnswered,
    ObjectionFiled,
    OpeningRecorded,
    PanelRecorded,
    PerformanceAccepted,
    PlacesRecorded,
    PricesOpened,
    ReevaluationOrdered,
    ResultPublished,
    RowsRecorded,
    TenderArchived,
)
from trading.events.before import (
    CalendarAdopted,
    ClarificationPublished,
    DeadlineAmended,
    DocumentsApproved,
    NoticePublished,
    PauseLifted,
    ProjectRegistered,
    QuestionAsked,
    RegistrationAccepted,
    RegistrationRefused,
    TenderDrafted,
    TenderResumed,
    TenderSuspended,
    TenderTerminated,
)

__all__ = [
    "AwardLetterIssued",
    "AwardRevoked",
    "BidsClosed",
    "BidsOpened",
    "CalendarAdopted",
    "CandidatesPublished",
    "ClarificationPublished",
    "ComplaintAccepted",
    "ContractPublished",
    "ContractRecorded",
    "DeadlineAmended",
    "DepositsRecorded",
    "DocumentsApproved",
    "EvaluationRecorded",
    "Event",
    "FailureDeclared",
    "HeadsListed",
    "LettersSent",
    "LimitExceeded",
    "LimitReached",
    "LotAwarded",
    "LotsRetendered",
    "NoticePublished",
    "ObjectionAnswered",
    "ObjectionFiled",
    "OpeningRecorded",
    "PanelRecorded",
    "PauseLifted",
    "PerformanceAccepted",
    "PlacesRecorded",
    "PricesOpened",
    "ProjectRegistered",
    "QuestionAsked",
    "ReevaluationOrdered",
    "RegistrationAccepted",
    "RegistrationRefused",
    "ResultPublished",
    "RowsRecorded",
    "TenderArchived",
    "TenderDrafted",
    "TenderResumed",
    "TenderSuspended",
    "TenderTerminated",
]

Event = (
    ProjectRegistered
    | RegistrationAccepted
    | RegistrationRefused
    | TenderDrafted
    | DocumentsApproved
    | NoticePublished
    | QuestionAsked
    | ClarificationPublished
    | DeadlineAmended
    | CalendarAdopted
    | TenderTerminated
    | TenderSuspended
    | PauseLifted
    | TenderResumed
    | BidsClosed
    | HeadsListed
    | BidsOpened
    | RowsRecorded
    | OpeningRecorded
    | PanelRecorded
    | PlacesRecorded
    | EvaluationRecorded
    | CandidatesPublished
    | ObjectionFiled
    | ObjectionAnswered
    | ComplaintAccepted
    | LotAwarded
    | AwardRevoked
    | ResultPublished
    | AwardLetterIssued
    | ContractRecorded
    | ContractPublished
    | PerformanceAccepted
    | FailureDeclared
    | LotsRetendered
    | TenderArchived
    | LimitReached
    | LimitExceeded
    | ReevaluationOrdered
    | LettersSent
    | PricesOpened
    | DepositsRecorded
)
