"""What the papers share: the frame around each, parties, the check of required contents, numbered sections."""

from collections.abc import Iterable

from msgspec.structs import replace

from archive.errors import Invalid
from archive.paper.tree import Block, Code, Document, Pair, Pairs, Paragraph, Section, Signatory, Signatures
from archive.values import Instant, Money, Value
from trading.amounts import date, numeral

TENDER_LAW = "《招标投标法》"
TENDER_RULES = "《招标投标法实施条例》"
E_TENDER = "《电子招标投标办法》（国家发展改革委等八部委令第20号）"
PUBLICATION = "《招标公告和公示信息发布管理办法》（国家发展改革委令第10号）"
PROCUREMENT = "《政府采购货物和服务招标投标管理办法》（财政部令第87号）"
ARTICLE_69 = f"{PROCUREMENT}第六十九条"


class Frame(Value, frozen=True):
    """Around every paper: its number, the platform, its instant, and what a QR code lets a reader check.

    ``check`` is the text of the code: the address of the entry in the log, or its proof in short.
    """

    number: str
    platform: str
    at: Instant
    demo: bool = False
    check: str = ""


class Party(Value, frozen=True):
    """An organisation as a paper names it."""

    name: str
    address: str = ""
    contact: str = ""
    phone: str = ""
    code: str = ""


def demand(article: str, *items: tuple[str, object]) -> None:
    """Each item that ``article`` requires is there.

    Raises:
        Invalid: ``paper.missing`` for the first that is absent or empty.
    """
    for item, value in items:
        if value is None or value in ("", ()):
            raise Invalid("paper.missing", item=item, article=article)


def demand_party(article: str, role: str, party: Party) -> None:
    """Name, address, contact and telephone of a party, as every notice requires."""
    demand(
        article,
        (f"{role}名称", party.name),
        (f"{role}地址", party.address),
        (f"{role}联系人", party.contact),
        (f"{role}联系方式", party.phone),
    )


def party_pairs(role: str, party: Party) -> tuple[Pair, ...]:
    """The rows that name a party."""
    code = (Pair("统一社会信用代码", party.code, wide=True),) if party.code else ()
    return (
        Pair(role, party.name, wide=True),
        *code,
        Pair("地址", party.address, wide=True),
        Pair("联系人", party.contact),
        Pair("联系方式", party.phone),
    )


def contacts(*parties: tuple[str, Party | None], supervisor: Party | None = None) -> tuple[Pair, ...]:
    """The rows of whom to turn to: each party that there is, and who supervises."""
    rows = tuple(pair for role, party in parties if party for pair in party_pairs(role, party))
    return (*rows, Pair("行政监督部门", supervisor.name), Pair("监督电话", supervisor.phone)) if supervisor else rows


def stated(*pairs: Pair) -> Pairs:
    """A form of what there is to state; a row without a text is left out."""
    return Pairs(tuple(pair for pair in pairs if pair.text))


def listed(texts: Iterable[str]) -> str:
    """``1．… 2．…`` each on its line."""
    return "\n".join(f"{i}．{text}" for i, text in enumerate(texts, start=1))


def paper(frame: Frame, title: str, subtitle: str, parts: Iterable[Section], *ending: Block, lead: str = "") -> Document:
    """The document: a lead, the sections numbered 一、二、…, then what stands at the end and the code."""
    sections = [Section(blocks=(Paragraph(lead),))] if lead else []
    sections += [replace(part, heading=f"{numeral(i)}、{part.heading}") for i, part in enumerate(parts, start=1)]
    code = (Code(frame.check, "扫码或按下列文字核验本文件在交易日志中的记录"),) if frame.check else ()
    sections.append(Section(blocks=(*ending, *code)))
    return Document(title, frame.number, tuple(sections), subtitle, frame.platform, frame.demo, frame.at)


def priced(title: str, prices: Iterable[Money | None]) -> str:
    """The head of a column of prices: in 元 unless one is in another currency, which then stands by its code."""
    return f"{title}（元）" if all(price is None or price.currency == "CNY" for price in prices) else title


def basis(text: str) -> Paragraph:
    """The small print that says which articles the form follows."""
    return Paragraph(f"本文件内容按{text}设计。", "small")


def seal(frame: Frame, *places: tuple[str, Party]) -> Signatures:
    """The place of each party's seal over the paper's date."""
    return Signatures(tuple(Signatory(role, party.name, date=date(frame.at)) for role, party in places))
