"""What can be asked of a tender from its deadline on.  Wire tags are append-only."""

from datetime import date

from archive.values import Instant, Message, Money, Value
from trading.tender import Deposit, OpenedBid, PassedOver, Ranked, Rejected


class CloseBids(Message, frozen=True, tag="tender.close"):
    """The deadline has come: the boxes' counts and closing lists stand in the facts."""


class OpenBids(Message, frozen=True, tag="tender.open"):
    """The boxes that are not kept sealed are opened; the facts list their sealed streams, ascending.

    An entry of the log has a largest size, so they may come in parts; ``more`` tells that another part follows.
    """

    more: bool = False


class RecordOpening(Message, frozen=True, tag="tender.record-opening"):
    """开标记录 of one lot: its rows, in parts where they are many, and the digest of the printed record.

    ``envelope`` 2 is the record of the second envelopes, which hold the prices.
    """

    lot: str
    rows: tuple[OpenedBid, ...]
    record_sha256: str
    more: bool = False
    envelope: int = 1


class RecordDeposits(Message, frozen=True, tag="tender.record-deposits"):
    """What the bank confirmed of a lot's bid securities, and its statement's digest; a later line for a bidder replaces his."""

    lot: str
    deposits: tuple[Deposit, ...]
    statement_sha256: str


class OpenPrices(Message, frozen=True, tag="tender.open-prices"):
    """开启第二信封: the technical evaluation is locked, and the prices of the bids still in it are opened."""

    lot: str


class RecordPanel(Message, frozen=True, tag="tender.record-panel"):
    """The committee is formed; its list stays sealed behind a salted digest."""

    lot: str
    sha256: str
    size: int
    experts: int
    blind: str


class RecordEvaluation(Message, frozen=True, tag="tender.record-evaluation"):
    """评标报告 as the committee signed it; ``competition`` is its finding where fewer than three bids are valid.

    Ranking and rejections come in parts where they are many; ``more`` tells that another part follows.
    """

    lot: str
    report_sha256: str
    blind: str
    ranking: tuple[Ranked, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    competition: str = ""
    more: bool = False


class PublishCandidates(Message, frozen=True, tag="tender.publish-candidates"):
    """中标候选人公示 from ``from_at`` to ``to_at``."""

    lot: str
    from_at: Instant
    to_at: Instant
    title: str
    sha256: str
    late_reason: str = ""


class FileObjection(Message, frozen=True, tag="tender.object"):
    """异议 to the documents, the opening or the result (RS-1); ``objector`` is a pseudonym."""

    objection: str
    kind: str
    objector: str
    text_sha256: str
    blind: str
    lot: str = ""


class FileChallenge(Message, frozen=True, tag="tender.challenge"):
    """质疑 of the documents, the process or the result (RS-2)."""

    objection: str
    kind: str
    objector: str
    text_sha256: str
    blind: str
    lot: str = ""


class FileComplaint(Message, frozen=True, tag="tender.complain"):
    """投诉 to the regulator, after the objection or challenge ``about`` which it follows."""

    objection: str
    kind: str
    objector: str
    text_sha256: str
    blind: str
    lot: str = ""
    about: str = ""


class ExamineComplaint(Message, frozen=True, tag="tender.examine-complaint"):
    """受理或不予受理; the regulator that accepts keeps the complaint."""

    objection: str
    accepted: bool
    answer_sha256: str
    late_reason: str = ""


class DecideComplaint(Message, frozen=True, tag="tender.decide-complaint"):
    """投诉处理决定; ``outcome`` is dismissed, upheld or withdrawn."""

    objection: str
    outcome: str
    answer_sha256: str
    late_reason: str = ""


class AnswerObjection(Message, frozen=True, tag="tender.answer-objection"):
    """The written answer; ``outcome`` is dismissed, upheld or withdrawn."""

    objection: str
    outcome: str
    answer_sha256: str
    late_reason: str = ""


class Award(Message, frozen=True, tag="tender.award"):
    """定标: the winner, and on which grounds higher candidates are passed over."""

    lot: str
    winner: str
    passed_over: tuple[PassedOver, ...] = ()
    tie_rule: str = ""
    tie_evidence: str = ""
    late_reason: str = ""


class RevokeAward(Message, frozen=True, tag="tender.revoke-award"):
    """Before the contract the winner falls away on a listed ground; the lot is to be awarded anew."""

    lot: str
    ground: str
    reason: str


class Reevaluate(Message, frozen=True, tag="tender.reevaluate"):
    """重新评审、重新评标 on an upheld objection, challenge or complaint: the result of the lot is void.

    ``ground`` is one of `trading.lifecycle.reevaluations.ORDERS`, ``committee`` same or fresh; ``sha256`` is the correction
    notice, ``report_sha256`` the written report to the 财政部门.
    """

    lot: str
    objection: str
    ground: str
    reason: str
    committee: str
    title: str
    sha256: str
    report_sha256: str = ""


class PublishResult(Message, frozen=True, tag="tender.publish-result"):
    """中标结果公示/公告."""

    lot: str
    title: str
    sha256: str
    late_reason: str = ""


class IssueAwardLetter(Message, frozen=True, tag="tender.issue-letter"):
    """中标通知书 to the winner; the result letters to the others go with it."""

    lot: str
    letter_sha256: str


class Letter(Value, frozen=True):
    """A result letter, by its digest."""

    sha256: str


class SendLetters(Message, frozen=True, tag="tender.send-letters"):
    """中标结果通知书 to those who did not win, after the winner's letter; in as many acts as they need."""

    lot: str
    letters: tuple[Letter, ...]


class RecordContract(Message, frozen=True, tag="tender.record-contract"):
    """The written contract."""

    lot: str
    sha256: str
    signed_on: date
    price: Money
    late_reason: str = ""


class PublishContract(Message, frozen=True, tag="tender.publish-contract"):
    """合同公告, secret parts taken out."""

    lot: str
    title: str
    sha256: str
    late_reason: str = ""


class AcceptPerformance(Message, frozen=True, tag="tender.accept-performance"):
    """验收: the contract is performed and accepted."""

    lot: str
    sha256: str


class DeclareFailure(Message, frozen=True, tag="tender.declare-failure"):
    """流标/废标 of a lot on a coded ground."""

    lot: str
    ground: str
    title: str
    sha256: str


class Retender(Message, frozen=True, tag="tender.retender"):
    """The failed lots go into the tender ``successor``, whose attempt is one higher."""

    lots: tuple[str, ...]
    successor: str


class ArchiveTender(Message, frozen=True, tag="tender.archive"):
    """归档: the digest of the archive's manifest."""

    manifest_sha256: str


class RingBell(Message, frozen=True, tag="tender.ring"):
    """A legal limit has been reached: ``key`` is that of `trading.lifecycle.dues.Due`."""

    key: str
