"""What can be asked of an expert's file, what can happen to it, and the facts its rules are told.

Pure values; tags are append-only.  Dates are yyyymmdd, Beijing time; ``identity`` is a keyed digest of the identity document.
"""

from archive.disclosures import Hidden
from archive.values import Instant, Message, Value


class Person(Value, frozen=True):
    """Who an expert is and where he is reached: private, never on record but as digests (`Transaction.hide`)."""

    name: str
    phone: str = ""
    mail: str = ""


class Employment(Value, frozen=True):
    """Working for an organisation since a day; ``until`` 0 while it lasts."""

    org: str
    since: int
    until: int = 0


class Duty(Value, frozen=True):
    """A seat held: the panel, the day, and how it ended (served, absent, replaced)."""

    panel: str
    date: int
    outcome: str


class Apply(Message, frozen=True, kw_only=True, tag="expert.apply"):
    """Somebody applies; needs `IdentityFacts`.  ``equivalent`` is the ground where years or title fall short.

    ``person`` hides a `Person`; ``name`` is that of entries made before names were private.
    """

    person: Hidden | None = None
    name: str = ""
    identity: str
    cats: tuple[str, ...]
    region: str
    employment: tuple[Employment, ...]
    title: str
    years: int
    equivalent: str = ""


class Review(Message, frozen=True, tag="expert.review"):
    """The pool owner's examination and test of an application."""

    passed: bool
    note: str = ""


class Admit(Message, frozen=True, tag="expert.admit"):
    """Admission for a term; the day of the act is the admission date that draws look at."""

    term_until: int


class Suspend(Message, frozen=True, tag="expert.suspend"):
    """No draws for now."""

    reason: str


class Reinstate(Message, frozen=True, tag="expert.reinstate"):
    """The suspension ends."""

    reason: str


class UpdateEmployment(Message, frozen=True, tag="expert.employment"):
    """A new current employer; the former one stays for the look-back."""

    org: str
    since: int


class DeclareInterest(Message, frozen=True, tag="expert.interest"):
    """An organisation to stay away from: ``kin`` works there or ``self`` declared otherwise; ``over`` takes it back."""

    org: str
    ground: str
    over: bool = False


class SetCategories(Message, frozen=True, tag="expert.categories"):
    """The specialities after a review; needs `IdentityFacts` with what the tree does not know."""

    cats: tuple[str, ...]


class RecordTraining(Message, frozen=True, tag="expert.training"):
    """A course taken."""

    course: str
    date: int
    hours: int


class Assess(Message, frozen=True, tag="expert.assess"):
    """考核: yearly, or of one evaluation."""

    period: str
    grade: str
    note: str = ""


class RecordDuty(Message, frozen=True, tag="expert.duty"):
    """A seat held, for the load window."""

    duty: Duty


class Dispute(Message, frozen=True, tag="expert.dispute"):
    """The expert says that what a panel recorded of him is not so."""

    panel: str
    line: int
    text: str


class Exit(Message, frozen=True, tag="expert.exit"):
    """Leaving the pool, on request, at the end of the term or as a sanction."""

    reason: str


class Forget(Message, frozen=True, tag="expert.forget"):
    """Erase who this was, on a legal basis; the key to it is destroyed with the act."""

    basis: str


Command = (
    Apply
    | Review
    | Admit
    | Suspend
    | Reinstate
    | UpdateEmployment
    | DeclareInterest
    | SetCategories
    | RecordTraining
    | Assess
    | RecordDuty
    | Dispute
    | Exit
    | Forget
)


class IdentityFacts(Message, frozen=True, tag="expert.identity"):
    """Who else holds the identity (an expert's id, or empty), and which categories the tree in force does not know."""

    holder: str = ""
    unknown: tuple[str, ...] = ()


class Applied(Message, frozen=True, kw_only=True, tag="expert.applied"):
    """The application."""

    at: Instant
    person: Hidden | None = None
    name: str = ""
    identity: str
    cats: tuple[str, ...]
    region: str
    employment: tuple[Employment, ...]
    title: str
    years: int
    equivalent: str = ""


class Reviewed(Message, frozen=True, tag="expert.reviewed"):
    """The examination's outcome."""

    at: Instant
    passed: bool
    note: str = ""


class Admitted(Message, frozen=True, tag="expert.admitted"):
    """In the pool from this day."""

    at: Instant
    date: int
    term_until: int


class StatusChanged(Message, frozen=True, tag="expert.status"):
    """``active``, ``suspended`` or ``exited``, and why."""

    at: Instant
    status: str
    reason: str


class EmploymentChanged(Message, frozen=True, tag="expert.employed"):
    """All employments, the current one first."""

    at: Instant
    employment: tuple[Employment, ...]


class InterestDeclared(Message, frozen=True, tag="expert.interested"):
    """The organisations of relatives and those self-declared, after the declaration."""

    at: Instant
    kin: tuple[str, ...]
    decl: tuple[str, ...]


class CategoriesSet(Message, frozen=True, tag="expert.recategorised"):
    """The specialities from now on."""

    at: Instant
    cats: tuple[str, ...]


class TrainingRecorded(Message, frozen=True, tag="expert.trained"):
    """A course taken."""

    at: Instant
    course: str
    date: int
    hours: int


class Assessed(Message, frozen=True, tag="expert.assessed"):
    """An assessment."""

    at: Instant
    period: str
    grade: str
    note: str = ""


class DutyRecorded(Message, frozen=True, tag="expert.served"):
    """A seat held."""

    at: Instant
    duty: Duty


class Disputed(Message, frozen=True, tag="expert.disputed"):
    """A line of a panel's reply log is disputed."""

    at: Instant
    panel: str
    line: int
    text: str


class Forgotten(Message, frozen=True, tag="expert.forgotten"):
    """Nobody can say any more who this was."""

    at: Instant
    basis: str


Event = (
    Applied
    | Reviewed
    | Admitted
    | StatusChanged
    | EmploymentChanged
    | InterestDeclared
    | CategoriesSet
    | TrainingRecorded
    | Assessed
    | DutyRecorded
    | Disputed
    | Forgotten
)
