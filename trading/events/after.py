"""What can happen to a tender from its deadline on.  Wire tags are append-only."""

from datetime import date

from archive.values import Instant, Message, Money
from trading.tender import Closing, Deposit, OpenedBid, PassedOver, Ranked, Rejected, SealedHead


class BidsClosed(Message, frozen=True, tag="tender.closed"):
    """截标: what each box says."""

    at: Instant
    closings: tuple[Closing, ...]


class HeadsListed(Message, frozen=True, tag="tender.heads-listed"):
    """Sealed streams that are disclosed with the opening that follows: one part of many."""

    at: Instant
    heads: tuple[SealedHead, ...]


class BidsOpened(Message, frozen=True, tag="tender.opened"):
    """The sealed streams of ``lots`` are disclosed from here on; ``heads`` are the last part of them."""

    at: Instant
    lots: tuple[str, ...]
    heads: tuple[SealedHead, ...] = ()


class RowsRecorded(Message, frozen=True, tag="tender.rows-recorded"):
    """One part of many of a lot's 开标记录."""

    at: Instant
    lot: str
    rows: tuple[OpenedBid, ...]
    envelope: int = 1


class OpeningRecorded(Message, frozen=True, tag="tender.opening-recorded"):
    """开标记录 of one lot; ``rows`` are the last part of them."""

    at: Instant
    lot: str
    rows: tuple[OpenedBid, ...]
    record_sha256: str
    envelope: int = 1


class DepositsRecorded(Message, frozen=True, tag="tender.deposits-recorded"):
    """What the bank confirmed of a lot's bid securities."""

    at: Instant
    lot: str
    deposits: tuple[Deposit, ...]
    statement_sha256: str


class PricesOpened(Message, frozen=True, tag="tender.prices-opened"):
    """The second envelopes of ``admitted`` bids are being opened; those of all others stay shut for good."""

    at: Instant
    lot: str
    admitted: int
    locked_at: Instant


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


class PlacesRecorded(Message, frozen=True, tag="tender.places-recorded"):
    """A part of a report that has another one after it."""

    at: Instant
    lot: str
    ranking: tuple[Ranked, ...] = ()
    rejected: tuple[Rejected, ...] = ()


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


class ReevaluationOrdered(Message, frozen=True, tag="tender.reevaluation-ordered"):
    """The result of the lot is void by the upheld ``objection``; the same or a fresh committee evaluates again."""

    at: Instant
    lot: str
    objection: str
    ground: str
    article: str
    reason: str
    committee: str
    title: str
    sha256: str
    report_sha256: str = ""


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


class LettersSent(Message, frozen=True, tag="tender.letters-sent"):
    """So many result letters went out; the entry names them as files."""

    at: Instant
    lot: str
    letters: int


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
