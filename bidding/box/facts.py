"""What a box is told with a command: read elsewhere under the same locks, so on record with it."""

from archive.values import Instant, Message, Money, Value
from bidding.opening import Finding


class HeldBid(Value, frozen=True):
    """The end of one sealed stream and what stands in it at the deadline; ``envelopes`` is empty after a withdrawal.

    ``missing`` counts bodies that did not arrive in the grace time; ``superseded`` tells that the same
    bidder has a later bid in another stream.
    """

    stream: str
    last_seq: int
    last_leaf: str
    submission_hash: str
    envelopes: tuple[str, ...]
    received_at: Instant
    missing: int = 0
    superseded: bool = False

    @property
    def in_force(self) -> bool:
        """Whether it goes on the closing list."""
        return bool(self.envelopes) and not self.missing and not self.superseded


class Held(Message, frozen=True, tag="box.held"):
    """Sealed streams of the lot, ascending by name; ``more`` tells that another part follows.

    At most `PART` to a part, for an entry of the log has a largest size.  No name is in it: a box with
    too few bids stays shut and its bidders unnamed.
    """

    bids: tuple[HeldBid, ...]
    more: bool = False


class Named(Value, frozen=True):
    """Who stands behind a stream."""

    stream: str
    org: str
    name: str


class Names(Message, frozen=True, tag="box.names"):
    """The bidders on the closing list, or a part of them."""

    bidders: tuple[Named, ...]


class Line(Value, frozen=True):
    """Of one logged envelope: its context hash and the commitment that the answer has to satisfy.

    ``c`` is ``c_j`` for a trustee's release, ``commit`` for a seed, ``c_B`` for a bidder's half.
    """

    envelope: str
    ctx: str
    c: str


class Lines(Message, frozen=True, tag="box.lines"):
    """One line for each envelope that the command answers for."""

    lines: tuple[Line, ...]


class Form(Value, frozen=True):
    """开标一览表: what is read out of an opened index, as written there.

    ``price`` is in minor units of ``currency``, a decimal integer; ``duration_days`` 0 means not stated.
    """

    bidder_id: str
    bidder_name: str
    price: str = ""
    currency: str = "CNY"
    duration_days: int = 0
    quality: str = ""
    manager: str = ""
    certificate: str = ""
    certificate_number: str = ""
    small_business: bool = False
    deposit: str = ""
    remarks: str = ""

    @property
    def money(self) -> Money | None:
        """The price, where one is stated."""
        return Money(int(self.price), self.currency) if self.price else None


class Judged(Message, frozen=True, tag="box.judged"):
    """The logged envelope, what its stored bodies gave, and the form where the index is good."""

    envelope: str
    finding: Finding
    form: Form | None = None


class Findings(Message, frozen=True, tag="box.findings"):
    """`Judged` of several envelopes."""

    judged: tuple[Judged, ...]


Facts = Held | Names | Lines | Judged | Findings

PART = 40
SHARES = 60
