"""What can be asked of a tender.

Wire tags are append-only.  A command says what its sender wants; who the sender is stands in the
context's actor, what the desk knows of him in `trading.tender.TenderFacts`.  ``blind`` is 32 hex digits of
fresh randomness where the entry is withheld for a time, so that no public digest can be guessed open.
"""

from trading.commands.after import (
    AcceptPerformance,
    AnswerObjection,
    ArchiveTender,
    Award,
    CloseBids,
    DecideComplaint,
    DeclareFailure,
    ExamineComplaint,
    FileChallenge,
    FileComplaint,
    FileObjection,
    IssueAwardLetter,
    Letter,
    OpenBids,
    OpenPrices,
    PublishCandidates,
    PublishContract,
    PublishResult,
    RecordContract,
    RecordDeposits,
    RecordEvaluation,
    RecordOpening,
    RecordPanel,
    Reevaluate,
    Retender,
    RevokeAward,
    RingBell,
    SendLetters,
)
from trading.commands.before import (
    AcceptRegistration,
    AdoptCalendar,
    AmendDeadline,
    ApproveDocuments,
    AskQuestion,
    DraftTender,
    PublishClarification,
    PublishNotice,
    RefuseRegistration,
    RegisterProject,
    ResumeTender,
    SuspendTender,
    TerminateTender,
)

__all__ = [
    "AcceptPerformance",
    "AcceptRegistration",
    "AdoptCalendar",
    "AmendDeadline",
    "AnswerObjection",
    "ApproveDocuments",
    "ArchiveTender",
    "AskQuestion",
    "Award",
    "CloseBids",
    "Command",
    "DecideComplaint",
    "DeclareFailure",
    "DraftTender",
    "ExamineComplaint",
    "FileChallenge",
    "FileComplaint",
    "FileObjection",
    "IssueAwardLetter",
    "Letter",
    "OpenBids",
    "OpenPrices",
    "PublishCandidates",
    "PublishClarification",
    "PublishContract",
    "PublishNotice",
    "PublishResult",
    "RecordContract",
    "RecordDeposits",
    "RecordEvaluation",
    "RecordOpening",
    "RecordPanel",
    "Reevaluate",
    "RefuseRegistration",
    "RegisterProject",
    "ResumeTender",
    "Retender",
    "RevokeAward",
    "RingBell",
    "SendLetters",
    "SuspendTender",
    "TerminateTender",
]

Command = (
    RegisterProject
    | AcceptRegistration
    | RefuseRegistration
    | DraftTender
    | ApproveDocuments
    | PublishNotice
    | AskQuestion
    | PublishClarification
    | AmendDeadline
    | AdoptCalendar
    | TerminateTender
    | SuspendTender
    | ResumeTender
    | CloseBids
    | OpenBids
    | RecordOpening
    | RecordPanel
    | RecordEvaluation
    | PublishCandidates
    | FileObjection
    | FileChallenge
    | AnswerObjection
    | FileComplaint
    | ExamineComplaint
    | DecideComplaint
    | Award
    | RevokeAward
    | PublishResult
    | IssueAwardLetter
    | RecordContract
    | PublishContract
    | AcceptPerformance
    | DeclareFailure
    | Retender
    | ArchiveTender
    | RingBell
    | Reevaluate
    | SendLetters
    | OpenPrices
    | RecordDeposits
)
