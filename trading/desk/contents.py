"""What the files of opened bids, and those that the tender gave to everybody, hold: texts by page, and how they were made.

Plain text, PDF and DOCX are read, other kinds say nothing.  Nothing of it is kept; each file is told with its digest, its length
and the digest of the text that was read, so that another reading can be held against this one, or why it was not read.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from archive.values import Value
from bidding.box.state import Bidder
from bidding.index import FileLine, Index
from experts.collusion import Part
from trading.desk import facts, plaintexts
from trading.extraction import LETTERS, Contents, extract, kind
from trading.platform import Platform
from trading.tender import Tender

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of files that are read of one bid, in the order of its index: more than any bid that people wrote, pictures apart."""
TEXTUAL = (".txt", ".md", ".csv", ".json", ".xml", ".html")


class Paper(Value, frozen=True):
    """A file to read: name, media type, digest, length in bytes."""

    name: str
    type: str
    sha256: str
    length: int


class Looked(Value, frozen=True):
    """A file that was looked at: letters read and their digest (SHA-256 of UTF-8), ``why`` it was not read to its end."""

    bid: str
    name: str
    sha256: str
    length: int
    letters: int = 0
    text: str = ""
    why: str = ""


class Reading(Value, frozen=True):
    """What the files of one bid hold."""

    parts: tuple[Part, ...] = ()
    authors: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    looked: tuple[Looked, ...] = ()

    @property
    def text(self) -> str:
        """All texts, one after another."""
        return "\n".join(p.text for p in self.parts)


def of_bids(platform: Platform, name: str, lot: str, bids: Iterable[tuple[Bidder, Index]]) -> dict[str, Reading]:
    """By organisation what the files of its opened bid hold; ``bids`` as `plaintexts.opened` gives them.

    Raises:
        Damaged: ``clues.unreadable`` when a bid's stored bytes are no longer what they were at the opening.
    """
    papers = {bidder.org: [f for f in index.files if _how(f.type, f.name)] for bidder, index in bids}
    chosen = {org: _within(files) for org, files in papers.items() if files}
    found = {}
    for org, raws in plaintexts.attachments(platform, name, lot, chosen):
        told = [(Paper(f.name, f.type, f.sha256, f.length), raw) for f, raw in zip(chosen[org], raws, strict=True)]
        left = [Looked(org, f.name, f.sha256, f.length, why="size") for f in papers[org] if f not in chosen[org]]
        found[org] = _reading(org, told, left)
    return found


def given(platform: Platform, name: str) -> Reading:
    """What the documents hold that the tender gave to everybody."""
    tender = platform.ledger.state(facts.tender(name))
    assert isinstance(tender, Tender)
    documents = [d for d in (tender.draft.documents if tender.draft else ()) if _how(d.media_type, d.name)]
    told = [Paper(d.name, d.media_type, d.sha256, d.length) for d in documents if d.length <= MOST_BYTES]
    return _reading("", [(p, platform.vault.read(p.sha256)) for p in told], ())


def _how(media_type: str, name: str) -> str:
    """How a file is read: as ``text``, ``pdf`` or ``docx``; ``""`` where it is not.  The name goes before the media type."""
    if name.lower().endswith(TEXTUAL):
        return "text"
    plain = media_type.startswith("text/") or media_type in ("application/json", "application/xml")
    return kind(media_type, name) or ("text" if plain else "")


def _within(files: Sequence[FileLine]) -> list[FileLine]:
    """The files that fit into `MOST_BYTES` together."""
    chosen, total = [], 0
    for file in files:
        if total + file.length <= MOST_BYTES:
            total += file.length
            chosen.append(file)
    return chosen


def _reading(bid: str, papers: Sequence[tuple[Paper, bytes]], left: Iterable[Looked]) -> Reading:
    ours = {(how, p.sha256): raw for p, raw in papers if (how := _how(p.type, p.name)) != "text"}
    extracted = dict(zip(ours, extract([(how, raw) for (how, _), raw in ours.items()]), strict=True))
    contents = [extracted.get((_how(p.type, p.name), p.sha256)) or _plain(raw) for p, raw in papers]
    parts: list[Part] = []
    looked = []
    room = LETTERS
    for (paper, _), held in zip(papers, contents, strict=True):
        own = list(_parts(paper, held, room))
        text = "\n".join(p.text for p in own)
        read = sum(len(p.text) for p in own)
        why = held.why or ("limit" if read < sum(map(len, held.pages)) else "")
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else ""
        looked.append(Looked(bid, paper.name, paper.sha256, paper.length, read, digest, why))
        parts += own
        room -= read
    return Reading(
        tuple(parts),
        tuple(dict.fromkeys(a for c in contents for a in c.authors)),
        tuple(dict.fromkeys(d for c in contents for d in c.documents)),
        tuple(dict.fromkeys(s for c in contents for s in c.stamps)),
        (*looked, *left),
    )


def _parts(paper: Paper, held: Contents, room: int) -> Iterator[Part]:
    for number, text in enumerate(held.pages, 1):
        if room <= 0:
            return
        yield Part(paper.sha256, number if held.paged else 0, text[:room])
        room -= len(text)


def _plain(raw: bytes) -> Contents:
    text = readable(raw)
    return Contents((text,)) if text else Contents(why="broken" if raw else "no-text")


def readable(raw: bytes) -> str:
    """Bytes as text, in UTF-8 or else GB 18030; what is neither says nothing."""
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return ""
