"""中标通知书 and 招标结果通知书 (N-13): what the winner and each other bidder are told."""

from archive.paper.tree import Block, Document, Pair, Paragraph
from archive.values import Instant, Money, Value
from trading.amounts import both, date, numeral
from trading.papers.parts import ARTICLE_69, E_TENDER, TENDER_LAW, Frame, Party, basis, demand, paper, seal, stated

ARTICLE_45 = f"{TENDER_LAW}第四十五条、第四十六条，{E_TENDER}第三十六条"


class LetterOfAward(Value, frozen=True):
    """N-13, to the winner."""

    frame: Frame
    project: str
    lot: str
    tenderer: Party
    winner: str
    price: Money
    term: str
    sign_by: Instant
    sign_at: str
    quality: str = ""
    manager: str = ""
    manager_certificate: str = ""
    scope: str = ""
    bond: Money | None = None
    agency: Party | None = None


class ResultLetter(Value, frozen=True):
    """N-13, to a bidder that did not win.

    ``procurement`` asks for the bidder's own score and rank, or the reason why it was not evaluated.
    """

    frame: Frame
    project: str
    lot: str
    tenderer: Party
    to: str
    winner: str
    price: Money
    procurement: bool = False
    own_score: str = ""
    own_rank: int | None = None
    reason: str = ""
    remedy: str = ""


def letter_of_award(x: LetterOfAward) -> Document:
    """中标通知书.

    Raises:
        Invalid: ``paper.missing`` without winner, price, term, the date and place to sign by.
    """
    demand(
        ARTICLE_45,
        ("项目名称", x.project),
        ("标段（包）", x.lot),
        ("招标人名称", x.tenderer.name),
        ("中标人名称", x.winner),
        ("中标价", x.price.amount or None),
        ("工期（交货期）", x.term),
        ("签订合同的地点", x.sign_at),
    )
    form = stated(
        Pair("项目名称", x.project),
        Pair("标段（包）", x.lot),
        Pair("中标范围", x.scope),
        Pair("中标价", both(x.price)),
        Pair("工期（交货期）", x.term),
        Pair("质量", x.quality),
        Pair("项目负责人", "　".join(part for part in (x.manager, x.manager_certificate) if part)),
        Pair("履约保证金", both(x.bond) if x.bond else ""),
    )
    blocks: tuple[Block, ...] = (
        Paragraph(f"{x.winner}：", "strong"),
        Paragraph(f"你方于投标截止时间前递交的{x.project}（{x.lot}）投标文件，已被我方接受，被确定为中标人。"),
        form,
        Paragraph(
            f"请你方于{date(x.sign_by)}前到{x.sign_at}与我方按照招标文件和你方的投标文件订立书面合同，不得再行订立背离合同实质性内容的其他协议。"
        ),
        *((Paragraph("在此之前，请按招标文件的规定向我方提交履约担保。"),) if x.bond else ()),
        Paragraph(
            "本通知书对招标人和中标人具有法律效力。通知书发出后，招标人改变中标结果的，或者中标人放弃中标项目的，应当依法承担法律责任。"
        ),
        Paragraph("特此通知。"),
    )
    stamp = seal(x.frame, ("招标人（盖章）", x.tenderer))
    return paper(x.frame, "中标通知书", "Letter of award", (), *blocks, stamp, basis(ARTICLE_45))


def result_letter(x: ResultLetter) -> Document:
    """结果通知书 to a bidder that did not win.

    Raises:
        Invalid: ``paper.missing`` without addressee, winner or price; in procurement without own score and rank, or the
            reason why the bid was not evaluated.
    """
    article = ARTICLE_69 if x.procurement else ARTICLE_45
    demand(
        article, ("项目名称", x.project), ("收件投标人名称", x.to), ("中标人名称", x.winner), ("中标价", x.price.amount or None)
    )
    if x.procurement and not x.reason:
        demand(article, (f"{x.to}本人的评审得分", x.own_score), (f"{x.to}本人的排序", x.own_rank))
    form = stated(
        Pair("项目名称", x.project),
        Pair("标段（包）", x.lot),
        Pair("中标人", x.winner),
        Pair("中标价", both(x.price)),
        Pair("你方评审得分", x.own_score),
        Pair("你方排序", "" if x.own_rank is None else f"第{numeral(x.own_rank)}名"),
        Pair("你方未通过审查的原因", x.reason),
    )
    blocks: tuple[Block, ...] = (
        Paragraph(f"{x.to}：", "strong"),
        Paragraph(f"感谢你方参加{x.project}（{x.lot}）的投标。经评审，你方未被确定为中标人，现将结果通知如下。"),
        form,
        *((Paragraph(x.remedy),) if x.remedy else ()),
        Paragraph("特此通知。"),
    )
    stamp = seal(x.frame, ("采购人（盖章）" if x.procurement else "招标人（盖章）", x.tenderer))
    return paper(x.frame, "招标结果通知书", "Notice of the result to a bidder", (), *blocks, stamp, basis(article))
