"""What the rules of collusion look at, what they find, and their dated thresholds (SPEC.md 15).

Pure.  Identities come in as digests; amounts are exact decimal text in major units, hashed files by SHA-256 in hex.
"""

from typing import Final

from msgspec import field

from archive.values import Value


class Machine(Value, frozen=True):
    """What the authoring tool saw of a machine: network, processor and disk identifiers, costing dongle; empty is unknown."""

    mac: str = ""
    cpu: str = ""
    disk: str = ""
    dongle: str = ""


class Line(Value, frozen=True):
    """A line of a priced bill: item code, quantity, unit price and the total that the bidder wrote."""

    item: str
    quantity: str
    unit_price: str
    total: str = ""


class Part(Value, frozen=True):
    """A stretch of a bid's text: the digest of its file, the page (0 where a file has no pages), the text."""

    file: str
    page: int
    text: str


class Dossier(Value, frozen=True):
    """The facts of one bid that the rules join on.

    ``files`` are digests of what the bid is made of and ``machines`` where each part was written; ``uploads`` are network
    addresses that it came from; ``contacts`` and ``payers`` are normalised text or digests;
    ``staff`` are identity digests of the project's people; ``names`` are how this bidder is called (name, code, short name);
    ``authors``, ``documents`` and ``stamps`` are what the files say of their making: people and units, identifiers that copies
    keep, program and time; ``networks`` and ``devices`` are wider and narrower facts of where it was sent from; ``parts`` are
    its text by file and page, ``text`` the same in one.
    """

    id: str
    org: str
    price: str
    names: tuple[str, ...] = ()
    machines: tuple[Machine, ...] = ()
    uploads: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    text: str = ""
    authors: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    networks: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


class Published(Value, frozen=True):
    """What the purchaser gave to everybody: matches with it say nothing."""

    machines: tuple[Machine, ...] = ()
    addresses: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()


class Clue(Value, frozen=True):
    """Something that people have to look at.  It never rejects a bid.

    ``evidence`` is what was the same or how much, by name; ``article`` what the law says of it when people find it proved; ``to``
    who must look: ``panel`` for presumptions of the law, ``regulator`` for statistics.
    """

    code: str
    bids: tuple[str, ...]
    evidence: dict[str, str]
    to: str
    article: str = ""


class Threshold(Value, frozen=True):
    """A number of the rule table: exact decimal text, where it comes from, how far that is to be trusted.

    ``trust``: T the rule's own text was read; 2 a secondary source; M practice from memory; I this project's own choice.
    """

    value: str
    source: str
    trust: str


class Rules(Value, frozen=True):
    """A dated table: a published one is never edited, a new one gets a new id."""

    id: str
    since: int
    thresholds: dict[str, Threshold] = field(default_factory=dict)


RULES_2026: Final = Rules(
    "cn-collusion-2026",
    20260101,
    {
        "equal-lines": Threshold("0.80", "青岛市围标串标认定实践:清单综合单价相同比例", "2"),
        "least-lines": Threshold("10", "少于十项的清单不作比例判断", "I"),
        "ratio-lines": Threshold("0.80", "等比、等差的清单项所占比例", "I"),
        "text": Threshold("0.80", "省级行政监督平台雷同指标:技术标文本相似度", "2"),
        "least-text": Threshold("200", "扣除招标文件与共同段落后比对的最少字数", "I"),
        "common": Threshold("3", "三份以上投标共有的段落不作比对", "I"),
        "mistakes": Threshold("3", "省级行政监督平台雷同指标:相同差错三处以上", "2"),
        "rare-letters": Threshold("20", "稀有语句的最少字数", "I"),
        "rare-sentences": Threshold("5", "少数投标共有稀有语句的最少句数", "I"),
        "flip": Threshold("0.50", "剔除后中标人改变的系数取值所占比例", "I"),
    },
)
"""The defaults in force; a tender's documents may name another table."""

ARTICLES: Final[dict[str, str]] = {
    "collusion.machine": "条例 40(一) / 87号令 37(一)",
    "collusion.dongle": "条例 40(一) / 87号令 37(一)",
    "collusion.file": "条例 40(一) / 87号令 37(一)",
    "collusion.document": "条例 40(一) / 87号令 37(一)",
    "collusion.author": "条例 40(一) / 87号令 37(一)",
    "collusion.agent": "条例 40(二) / 87号令 37(二)",
    "collusion.contact": "条例 40(二) / 87号令 37(二)(三)",
    "collusion.upload": "条例 40(二) / 87号令 37(二)",
    "collusion.staff": "条例 40(三) / 87号令 37(三)",
    "collusion.lines-equal": "条例 40(四) / 87号令 37(四)",
    "collusion.lines-ratio": "条例 40(四) / 87号令 37(四)",
    "collusion.lines-offset": "条例 40(四) / 87号令 37(四)",
    "collusion.errors": "条例 40(四) / 87号令 37(四)",
    "collusion.progression": "条例 40(四) / 87号令 37(四)",
    "collusion.text": "条例 40(四) / 87号令 37(四)",
    "collusion.mistakes": "条例 40(四) / 87号令 37(四)",
    "collusion.mixed": "条例 40(五) / 87号令 37(五)",
    "collusion.payer": "条例 40(六) / 87号令 37(六)",
    "collusion.hidden": "",
    "collusion.network": "",
    "collusion.device": "",
    "collusion.rare": "",
    "collusion.stamp": "",
    "collusion.screen": "",
    "collusion.flip": "",
}
"""Every code, and what the law presumes when people find it proved; without an article it is a statistic."""
