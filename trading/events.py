"""What can happen to a tender.

Wire tags are append-only; a later shape is a new tag.  Each event carries its own instant ``at``, so that
folding needs nothing else.
"""

from datetime import date

from archive.values import Instant, Message, Money
from trading.tender import (
    CatalogueEntry,
    Closing,
    Document,
    Draft,
    GroundFound,
    Notice,
    OpenedBid,
    PassedOver,
    Project,
    Ranked,
    Rejected,
    SealedHead,
)


class ProjectRegistered(Message, frozen=True, tag="tender.registered"):
    """The project asks for admission; the rulebook's digest is pinned with its name."""

    at: Instant
    id: str
    project: Project
    rulebook: str
    rulebook_digest: str
    calendar: str
    catalogue: CatalogueEntry | None = None
    attempt: int = 1
    previous: str = ""


class RegistrationAccepted(Message, frozen=True, tag="tender.registration-accepted"):
    """The centre admitted the project."""

    at: Instant


class RegistrationRefused(Message, frozen=True, tag="tender.registration-refused"):
    """The centre did not; the applicant sees why."""

    at: Instant
    grounds: tuple[GroundFound, ...]
    text: str


class TenderDrafted(Message, frozen=True, tag="tender.drafted"):
    """A draft stands, replacing any before it."""

    at: Instant
    draft: Draft


class DocumentsApproved(Message, frozen=True, tag="tender.documents-approved"):
    """The principal fixed this draft."""

    at: Instant
    draft_sha256: str


class NoticePublished(Message, frozen=True, tag="tender.published"):
    """招标公告 is out; the documents are given out from now on."""

    at: Instant
    notice: Notice


class QuestionAsked(Message, frozen=True, tag="tender.asked"):
    """A question waits for an answer."""

    at: Instant
    question: str
    text: str
    blind: str


class ClarificationPublished(Message, frozen=True, tag="tender.clarified"):
    """澄清/修改 is out and pushed to everybody who took the documents."""

    at: Instant
    title: str
    sha256: str
    affects_bids: bool = False
    answers: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()


class DeadlineAmended(Message, frozen=True, tag="tender.deadline-amended"):
    """``rule`` names the limit that moved it, or is empty where the principal gave more time."""

    at: Instant
    deadline: Instant
    previous: Instant
    reason: str
    rule: str = ""
    title: str = ""
    sha256: str = ""


class CalendarAdopted(Message, frozen=True, tag="tender.calendar-adopted"):
    """Limits are counted by this calendar from now on."""

    at: Instant
    calendar: str


class TenderTerminated(Message, frozen=True, tag="tender.terminated"):
    """``lots`` are those that end; ``whole`` says that none is left."""

    at: Instant
    ground: str
    reason: str
    lots: tuple[str, ...] = ()
    whole: bool = False
    title: str = ""
    sha256: str = ""


class TenderSuspended(Message, frozen=True, tag="tender.suspended"):
    """``authority`` is the role, ``by`` the organisation, that alone may lift it."""

    at: Instant
    pause: str
    ground: str
    authority: str
    by: str = ""
    reason: str = ""
    reference: str = ""


class PauseLifted(Message, frozen=True, tag="tender.pause-lifted"):
    """One cause has ended; another may still hold."""

    at: Instant
    pause: str
    reason: str = ""


class TenderResumed(Message, frozen=True, tag="tender.resumed"):
    """Nothing holds any more; every running time is ``shift`` later, ``deadline`` is the one in force (0: none runs)."""

    at: Instant
    shift: Instant
    deadline: Instant = 0


class BidsClosed(Message, frozen=True, tag="tender.closed"):
    """截标: what each box says."""

    at: Instant
    closings: tuple[Closing, ...]


class BidsOpened(Message, frozen=True, tag="tender.opened"):
    """The sealed streams of ``lots`` are disclosed from here on."""

    at: Instant
    lots: tuple[str, ...]
    heads: tuple[SealedHead, ...] = ()


class OpeningRecorded(Message, frozen=True, tag="tender.opening-recorded"):
    """开标记录 of one lot."""

    at: Instant
    lot: str
    rows: tuple[OpenedBid, ...]
    record_sha256: str


class PanelRecorded(Message, frozen=True, tag="tender.panel-recorded"):
    """The committee is formed."""

    at: Instant
    lot: str
    sha256: str
    size: int
    experts: int
    blind: str


class EvaluationRecorded(Message, frozen=True, tag="tender.evaluated"):
    """评标报告 was received."""

    at: Instant
    lot: str
    report_sha256: str
    blind: str
    ranking: tuple[Ranked, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    competition: str = ""


class CandidatesPublished(Message, frozen=True, tag="tender.candidates-published"):
    """中标候选人公示 runs."""

    at: Instant
    lot: str
    from_at: Instant
    to_at: Instant
    title: str
    sha256: str


class ObjectionFiled(Message, frozen=True, tag="tender.objected"):
    """``regime`` is objection (异议), challenge (质疑) or complaint (投诉, which follows ``about``)."""

    at: Instant
    objection: str
    kind: str
    regime: str
    objector: str
    text_sha256: str
    answer_by: Instant
    blind: str
    lot: str = ""
    about: str = ""


class ComplaintAccepted(Message, frozen=True, tag="tender.complaint-accepted"):
    """The regulator took it up; its decision is due."""

    at: Instant
    objection: str
    authority: str
    answer_by: Instant
    answer_sha256: str


class ObjectionAnswered(Message, frozen=True, tag="tender.objection-answered"):
    """The answer is given."""

    at: Instant
    objection: str
    outcome: str
    answer_sha256: str


class LotAwarded(Message, frozen=True, tag="tender.awarded"):
    """定标."""

    at: Instant
    lot: str
    winner: str
    winner_name: str
    price: Money | None = None
    passed_over: tuple[PassedOver, ...] = ()
    tie_rule: str = ""
    tie_evidence: str = ""


class AwardRevoked(Message, frozen=True, tag="tender.award-revoked"):
    """The winner fell away; its place in the ranking is passed over."""

    at: Instant
    lot: str
    winner: str
    ground: str
    reason: str


class ResultPublished(Message, frozen=True, tag="tender.result-published"):
    """中标结果 is public."""

    at: Instant
    lot: str
    title: str
    sha256: str


class AwardLetterIssued(Message, frozen=True, tag="tender.letter-issued"):
    """中标通知书 is out."""

    at: Instant
    lot: str
    letter_sha256: str


class ContractRecorded(Message, frozen=True, tag="tender.contract-recorded"):
    """The contract is signed."""

    at: Instant
    lot: str
    sha256: str
    signed_on: date
    price: Money


class ContractPublished(Message, frozen=True, tag="tender.contract-published"):
    """合同公告 is out."""

    at: Instant
    lot: str
    title: str
    sha256: str


class PerformanceAccepted(Message, frozen=True, tag="tender.performance-accepted"):
    """验收 is done."""

    at: Instant
    lot: str
    sha256: str


class FailureDeclared(Message, frozen=True, tag="tender.failed"):
    """流标/废标."""

    at: Instant
    lot: str
    ground: str
    title: str
    sha256: str


class LotsRetendered(Message, frozen=True, tag="tender.retendered"):
    """Failed lots go on in another tender."""

    at: Instant
    lots: tuple[str, ...]
    successor: str


class TenderArchived(Message, frozen=True, tag="tender.archived"):
    """归档; the stream is at its end."""

    at: Instant
    manifest_sha256: str


class LimitReached(Message, frozen=True, tag="tender.limit-reached"):
    """A period ended (``breach`` false) or a duty was not done in its time."""

    at: Instant
    key: str
    limit_at: Instant
    rule: str = ""
    article: str = ""
    lot: str = ""
    breach: bool = False


class LimitExceeded(Message, frozen=True, tag="tender.limit-exceeded"):
    """An act was done after its legal limit, with the reason that its actor gave."""

    at: Instant
    rule: str
    article: str
    limit_at: Instant
    reason: str
    lot: str = ""


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
    | BidsOpened
    | OpeningRecorded
    | PanelRecorded
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
)
