"""What can be asked of a tender up to its deadline.  Wire tags are append-only."""

from archive.values import Instant, Message
from trading.tender import Document, Draft, GroundFound, Notice, Project


class RegisterProject(Message, frozen=True, tag="tender.register"):
    """进场登记 under one catalogue item; pins rulebook and calendar."""

    id: str
    project: Project
    rulebook: str
    calendar: str
    catalogue: str = ""
    catalogue_version: int = 0
    catalogue_item: str = ""
    attempt: int = 1
    previous: str = ""


class AcceptRegistration(Message, frozen=True, tag="tender.accept-registration"):
    """The trading centre admits the project."""


class RefuseRegistration(Message, frozen=True, tag="tender.refuse-registration"):
    """The trading centre refuses it on coded grounds (R1-2), with a text for the applicant."""

    grounds: tuple[GroundFound, ...]
    text: str


class DraftTender(Message, frozen=True, tag="tender.draft"):
    """The documents and the lots, whole; drafting again replaces the draft."""

    draft: Draft


class ApproveDocuments(Message, frozen=True, tag="tender.approve"):
    """The principal fixes the draft that has this digest (`trading.lifecycle.drafting.draft_digest`)."""

    draft_sha256: str


class PublishNotice(Message, frozen=True, tag="tender.publish"):
    """招标公告 goes out; from here nothing can be withdrawn, only corrected or terminated."""

    notice: Notice


class AskQuestion(Message, frozen=True, tag="tender.ask"):
    """A question on the documents before the deadline."""

    question: str
    text: str
    blind: str


class PublishClarification(Message, frozen=True, tag="tender.clarify"):
    """澄清/修改 of the documents; where it may affect bids and less than 15 days are left it names a later deadline."""

    title: str
    sha256: str
    affects_bids: bool
    answers: tuple[str, ...] = ()
    deadline: Instant = 0
    documents: tuple[Document, ...] = ()


class AmendDeadline(Message, frozen=True, tag="tender.amend-deadline"):
    """延期: a later deadline, announced before the one in force has passed."""

    deadline: Instant
    reason: str
    title: str
    sha256: str


class AdoptCalendar(Message, frozen=True, tag="tender.adopt-calendar"):
    """A newer official holiday table is out; limits still provisional are counted by it from now on."""

    calendar: str


class TerminateTender(Message, frozen=True, tag="tender.terminate"):
    """终止: of the named lots, or of all; a published one needs its notice."""

    ground: str
    reason: str
    title: str = ""
    sha256: str = ""
    lots: tuple[str, ...] = ()


class SuspendTender(Message, frozen=True, tag="tender.suspend"):
    """中止/暂停; ``pause`` is the id under which alone it can be lifted, ``reference`` the number of an order."""

    pause: str
    ground: str
    reason: str
    reference: str = ""


class ResumeTender(Message, frozen=True, tag="tender.resume"):
    """The cause of one pause has ended; ``deadline`` may give more than the time that was left."""

    pause: str
    reason: str
    deadline: Instant = 0
