"""What a 评标报告 is made of: plain values, mapped from the evaluation's state by whoever keeps it.

Scores are the exact decimal texts of the record (``"28.80"``), never computed again for the paper.
"""

from typing import Literal

from archive.values import Instant, Money, Value
from trading.papers.parts import Frame

Stance = Literal["signed", "dissent", "refused"]


class Member(Value, frozen=True):
    """A seat of the committee: ``role`` is 组长, 评标专家 or 招标人代表, ``note`` recusal or replacement."""

    seat: str
    name: str
    unit: str
    role: str
    category: str
    attended_at: Instant
    note: str = ""


class Draw(Value, frozen=True):
    """How the experts were drawn: the public proof's id, the pool and its size, when; ``appointed`` says why they were not."""

    proof: str
    pool: str
    eligible: int
    drawn_at: Instant
    appointed: str = ""


class Vote(Value, frozen=True):
    """One clause of 资格性 or 符合性 review on one bid; ``ayes`` and ``nays`` are seats."""

    stage: str
    bidder: str
    clause: str
    passed: bool
    ayes: tuple[str, ...]
    nays: tuple[str, ...] = ()
    note: str = ""


class Rejection(Value, frozen=True):
    """A bid rejected: the ground's article and the committee's reason."""

    bidder: str
    ground: str
    article: str
    reason: str


class Clarification(Value, frozen=True):
    """A question of the committee in writing and its answer (招标投标法实施条例 52)."""

    bidder: str
    question: str
    asked_at: Instant
    answer: str
    answered_at: Instant


class LowPrice(Value, frozen=True):
    """A review of an abnormally low price: which trigger, what was explained, what was found."""

    bidder: str
    price: Money
    trigger: str
    explanation: str
    finding: str
    asked_at: Instant
    answered_at: Instant


class Item(Value, frozen=True):
    """A scored item: its title, maximum and kind (客观, 主观, 价格)."""

    id: str
    title: str
    maximum: str
    kind: str


class Marks(Value, frozen=True):
    """What each seat gave a bid on an item, in the order of the committee, and the value that counts."""

    bidder: str
    item: str
    given: tuple[str, ...]
    counts: str


class Computed(Value, frozen=True):
    """A computed value with the formula and inputs it can be recomputed from."""

    name: str
    bidder: str
    formula: str
    inputs: str
    result: str
    rounding: str = ""


class Coefficient(Value, frozen=True):
    """A coefficient drawn at the opening."""

    label: str
    value: str
    proof: str


class Ranked(Value, frozen=True):
    """A place in the ranking; equal places carry the same number."""

    place: int
    bidder: str
    price: Money
    technical: str
    price_score: str
    total: str
    note: str = ""


class Indicator(Value, frozen=True):
    """A deviation or collusion indicator: informs, never alters marks."""

    name: str
    subject: str
    value: str
    threshold: str
    note: str = ""


class Adjustment(Value, frozen=True):
    """A change after the summary, on one of the four grounds of 87号令 64."""

    ground: str
    subject: str
    before: str
    after: str
    by: str


class Signature(Value, frozen=True):
    """A member's stance: signed, signed with written dissent, or refused without one (counts as agreement)."""

    member: str
    stance: Stance
    at: Instant | None = None
    key: str = ""
    mark: str = ""
    dissent: str = ""


class Former(Value, frozen=True):
    """A former report that is void: its number and print, the order's time, objection and ground, and who evaluates again."""

    number: str
    sha256: str
    at: Instant
    objection: str
    ground: str
    committee: str


class Envelopes(Value, frozen=True):
    """双信封: when the first envelopes' evaluation was locked, whose second ones were opened, who fell then and how."""

    locked_at: Instant
    admitted: tuple[str, ...]
    priced_at: Instant = 0
    fallen: tuple[tuple[str, str], ...] = ()


class EvaluationReport(Value, frozen=True):
    """N-12; ``method`` names the rule with its version, ``inputs`` is the hash of all that was computed from."""

    frame: Frame
    project: str
    lot: str
    tenderer: str
    place: str
    media: str
    notice_at: Instant
    opened_at: Instant
    opening_record: str
    bidders: tuple[str, ...]
    committee: tuple[Member, ...]
    draw: Draw
    started_at: Instant
    ended_at: Instant
    method: str
    votes: tuple[Vote, ...]
    items: tuple[Item, ...]
    marks: tuple[Marks, ...]
    computed: tuple[Computed, ...]
    inputs: str
    ranking: tuple[Ranked, ...]
    candidates: tuple[str, ...]
    signatures: tuple[Signature, ...]
    rejections: tuple[Rejection, ...] = ()
    clarifications: tuple[Clarification, ...] = ()
    low_prices: tuple[LowPrice, ...] = ()
    coefficients: tuple[Coefficient, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    before_contract: tuple[str, ...] = ()
    archive: tuple[tuple[str, str], ...] = ()
    no_award: str = ""
    former: tuple[Former, ...] = ()
    envelopes: Envelopes | None = None
