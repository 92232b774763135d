"""What a paper says, without how it looks: frozen values that the press prints.

Pure.  All text is plain: nothing in it is markup, ``\\n`` is a line break and no other control
character is allowed.  ``share`` of a column is relative to the other columns of its table.
The canonical bytes of a `Document` are its text of record; `digest` is their SHA-256, and the
press prints its beginning at the foot of every page.
"""

from hashlib import sha256
from typing import Literal

from archive.canonical import encode
from archive.values import Instant, Message, Value

Align = Literal["left", "center", "right"]
Style = Literal["body", "plain", "strong", "small", "center", "right"]


class Heading(Message, frozen=True, tag="heading"):
    """A heading inside a section (``level`` 2 is the default, sections themselves are 1)."""

    text: str
    english: str = ""
    level: int = 2


class Paragraph(Message, frozen=True, tag="paragraph"):
    """Running text; ``body`` is indented by two characters and justified."""

    text: str
    style: Style = "body"


class Pair(Value, frozen=True):
    """A label and what stands beside it; ``wide`` takes a row of its own."""

    label: str
    text: str
    wide: bool = False


class Pairs(Message, frozen=True, tag="pairs"):
    """A form: labels and values in ruled cells, ``across`` pairs side by side."""

    rows: tuple[Pair, ...]
    across: int = 1


class Column(Value, frozen=True):
    """A column: its title, its share of the width, how its cells are set."""

    title: str
    share: int = 10
    align: Align = "left"


class Table(Message, frozen=True, tag="table"):
    """A ruled table; its header is repeated on each page, ``empty`` is printed when it has no rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    empty: str = "（无）"


class Code(Message, frozen=True, tag="code"):
    """A QR code of ``text`` with the same text readable beside it."""

    text: str
    caption: str = ""


class Signatory(Value, frozen=True):
    """Who signs: capacity, name, the electronic signature's own particulars, date."""

    role: str
    name: str
    mark: str = ""
    date: str = ""


class Signatures(Message, frozen=True, tag="signatures"):
    """The place of seals and signatures; kept together on one page."""

    signatories: tuple[Signatory, ...]


Block = Heading | Paragraph | Pairs | Table | Code | Signatures


class Section(Value, frozen=True):
    """A part of a paper; ``landscape`` turns its pages."""

    heading: str = ""
    english: str = ""
    blocks: tuple[Block, ...] = ()
    landscape: bool = False


class Document(Value, frozen=True):
    """A whole paper.

    ``platform`` heads each page, ``demo`` marks each page as demonstration data, ``at`` is the
    instant that the file itself carries as its date (microseconds since 1970, UTC).
    """

    title: str
    number: str
    sections: tuple[Section, ...]
    subtitle: str = ""
    platform: str = ""
    demo: bool = False
    at: Instant = 0


def digest(document: Document) -> bytes:
    """SHA-256 of the paper's canonical bytes."""
    return sha256(encode(document)).digest()
