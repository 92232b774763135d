"""What the papers share: printing into the vault, the frame, parties, and the states they are read from."""

from archive.bodies import Blob
from archive.canonical import encode
from archive.paper.press import pdf
from archive.paper.tree import Document
from archive.paper.typeface import spelled
from archive.values import Instant, Value
from bidding.box import Box
from trading.desk import facts
from trading.papers.parts import Frame, Party
from trading.platform import Platform
from trading.rulebook import rulebook
from trading.tender import Contact, Lot, Tender

PDF = "application/pdf"
TREE = "application/vnd.sunlit.paper+json"
"""What a notice says, as `archive.paper.tree` in canonical JSON: the entry that names the print names it beside it."""


FUNDS = {"fiscal": "财政资金", "state": "国有资金", "private": "自筹资金", "mixed": "财政资金与自筹资金"}


METHODS = {"comprehensive": "综合评估（综合评分）法", "lowest": "最低评标价法"}


def kept(platform: Platform, document: Document, kind: str) -> Blob:
    """Print, and keep the print; what was written comes out whatever characters are in it, spelled where no face draws them."""
    stored = platform.keep(pdf(spelled(document)), f"{kind}.pdf", PDF, kind)
    return Blob(stored.sha256, stored.length, PDF)


class Printed(Value, frozen=True):
    """A notice in both its forms: the print, and the tree that it is printed from and that its page shows."""

    pdf: Blob
    tree: Blob

    @property
    def sha256(self) -> str:
        """The digest by which a command names the notice: that of the print."""
        return self.pdf.sha256

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """What the entry names."""
        return (self.pdf, self.tree)


def posted(platform: Platform, document: Document, kind: str) -> Printed:
    """Print a notice and keep what it was printed from, whole, whatever the faces draw."""
    tree = platform.keep(encode(document), f"{kind}.json", TREE, kind)
    return Printed(kept(platform, document, kind), Blob(tree.sha256, tree.length, TREE))


def frame(platform: Platform, tender: Tender, kind: str, at: Instant) -> Frame:
    """What stands around every paper of a tender; the code leads to the tender's page."""
    return Frame(f"{tender.id}-{kind}", platform.operator, at, platform.demo, f"{platform.url}/tenders/{tender.id}")


def party(contact: Contact, code: str = "") -> Party:
    return Party(contact.name, contact.address, contact.person, contact.phone, code)


def article(tender: Tender, ground: str) -> str:
    return next((g.article for g in rulebook(tender.rulebook).rejections if g.code == ground), ground)


def tender_of(platform: Platform, name: str) -> Tender:
    state = platform.ledger.state(facts.tender(name))
    assert isinstance(state, Tender)
    return state


def box_of(platform: Platform, name: str, lot: str) -> Box:
    state = platform.ledger.state(facts.box(name, lot))
    assert isinstance(state, Box)
    return state


def lot_of(tender: Tender, lot: str) -> Lot:
    return next(x for x in tender.lots if x.spec.id == lot)
