"""What can happen to a tender up to its deadline.  Wire tags are append-only."""

from archive.values import Instant, Message
from trading.tender import CatalogueEntry, Document, Draft, GroundFound, Notice, Project


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
