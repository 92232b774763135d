"""招标文件: what a draft must hold before the principal may fix it, and its fixing."""

import hashlib
from collections.abc import Iterable

from archive.canonical import encode
from archive.errors import Refused
from archive.values import Money
from trading.codes import section_category_holds
from trading.commands import ApproveDocuments, DraftTender
from trading.events import DocumentsApproved, TenderDrafted
from trading.lifecycle.guards import Told, at_stage, law_of, lot_name, require, running, sha256
from trading.rulebook import Rulebook
from trading.tender import Draft, LotSpec, Method, Tender

SCALE_CONDITIONS = ("registered-capital", "assets", "revenue", "staff", "profit", "tax")
"""注册资本, 资产总额, 营业收入, 从业人员, 利润, 纳税额: neither condition nor score (87号令 17)."""

LAW: dict[str, str] = {
    "draft.incomplete": "招标投标法 第十九条",
    "draft.lots": "招标投标法 第十九条",
    "draft.lot-twice": "招标投标法 第十九条",
    "draft.item-twice": "招标投标法 第十九条",
    "draft.category": "公共资源交易平台系统数据规范",
    "draft.currency": "招标投标法 第十九条",
    "draft.estimate": "招标投标法实施条例 第二十六条",
    "draft.ceiling": "招标投标法实施条例 第二十七条",
    "draft.ceiling-over-budget": "政府采购货物和服务招标投标管理办法 第十二条",
    "draft.envelopes": "招标投标法 第十九条；政府采购货物和服务招标投标管理办法 第四十一条",
    "draft.deposit": "招标投标法实施条例 第二十六条",
    "draft.weights": "政府采购货物和服务招标投标管理办法 第五十五条",
    "draft.price-weight": "政府采购货物和服务招标投标管理办法 第五十五条",
    "draft.policy": "电子招标投标办法 第二十六条",
    "draft.decrypt-window": "电子招标投标办法 第三十条",
    "draft.scale-condition": "政府采购货物和服务招标投标管理办法 第十七条",
    "draft.changed": "电子招标投标办法 第四十条",
}

_FULL = 10_000


def draft_digest(draft: Draft) -> str:
    """SHA-256 of the draft's canonical bytes, in hex: what the principal approves."""
    return hashlib.sha256(encode(draft)).hexdigest()


def policy_digest(policy: str) -> str:
    """``policy_hash`` of a sealing policy in hex, as the sealed-bid format defines it (label and policy length-prefixed).

    Raises:
        ValueError: when the text is not hex.
    """
    raw, label = bytes.fromhex(policy), b"sbe/1 policy"
    return hashlib.sha256(len(label).to_bytes(8, "big") + label + len(raw).to_bytes(8, "big") + raw).hexdigest()


def draft(state: Tender, command: DraftTender, ctx: Told) -> tuple[TenderDrafted, ...]:
    """The documents and lots stand as a draft."""
    require(state, ctx, "principal", "agency", scope="draft")
    at_stage(state, "registered", "drafting", "approved")
    running(state)
    book, _ = law_of(state)
    check_draft(command.draft, book, state.project.nature if state.project else "")
    return (TenderDrafted(ctx.at, command.draft),)


def check_draft(drafted: Draft, book: Rulebook, nature: str) -> None:
    """The compliance check of a draft under a rulebook; ``nature`` is works, goods, services or other.

    Raises:
        Refused: one of the codes in `LAW`.
    """
    sealed = book.flag("sealed-bids")
    missing = ["title"] if not drafted.title.strip() else []
    if sealed:
        missing += [f for f in ("documents", "qualification", "validity_days", "objection_channel") if not getattr(drafted, f)]
    if missing:
        raise Refused("draft.incomplete", fields=missing)
    for document in drafted.documents:
        sha256(document.sha256, "documents")
    _check_lots(drafted.lots, book)
    _check_method(drafted.method, book, nature)
    _check_sealing(drafted, book)
    if book.flag("scale-conditions-forbidden"):
        for criterion in drafted.criteria:
            if criterion in SCALE_CONDITIONS:
                raise Refused("draft.scale-condition", criterion=criterion, article=book.article("scale-conditions-forbidden"))


def _check_lots(lots: tuple[LotSpec, ...], book: Rulebook) -> None:
    if not lots:
        raise Refused("draft.lots")
    seen: set[str] = set()
    items: set[str] = set()
    for lot in lots:
        lot_name(lot.id)
        if lot.id in seen:
            raise Refused("draft.lot-twice", lot=lot.id)
        seen.add(lot.id)
        if not lot.title.strip():
            raise Refused("draft.incomplete", fields=["lots.title"])
        if book.flag("catalogue-item") and lot.category and not section_category_holds(lot.category):
            raise Refused("draft.category", lot=lot.id, category=lot.category)
        for item in lot.items:
            if item.id in items:
                raise Refused("draft.item-twice", item=item.id)
            items.add(item.id)
        # Under 87号令 the price is read out at the opening: a price that stays sealed past it has no place there.
        if lot.envelopes not in (1, 2) or (lot.envelopes == 2 and book.rule_set != "RS-1"):
            raise Refused("draft.envelopes", lot=lot.id, envelopes=lot.envelopes)
        _check_money(lot, book)


def _check_money(lot: LotSpec, book: Rulebook) -> None:
    for amount in _amounts(lot):
        if amount.currency != lot.estimate.currency:
            raise Refused("draft.currency", lot=lot.id)
    if lot.estimate.amount < 0 or (book.flag("sealed-bids") and lot.estimate.amount == 0):
        raise Refused("draft.estimate", lot=lot.id)
    if lot.ceiling is not None:
        if lot.ceiling.amount <= 0:
            raise Refused("draft.ceiling", lot=lot.id)
        if book.flag("ceiling-within-budget") and lot.ceiling.amount > lot.estimate.amount:
            raise Refused("draft.ceiling-over-budget", lot=lot.id, article=book.article("ceiling-within-budget"))
    rule = book.rule("deposit-most")
    if lot.deposit is not None and rule is not None:
        if lot.deposit.amount < 0 or lot.deposit.amount * _FULL > lot.estimate.amount * rule.value:
            raise Refused("draft.deposit", lot=lot.id, percent=rule.value // 100, article=rule.article)


def _amounts(lot: LotSpec) -> Iterable[Money]:
    return (amount for amount in (lot.ceiling, lot.deposit) if amount is not None)


def _check_method(method: Method, book: Rulebook, nature: str) -> None:
    if not method.kind:
        raise Refused("draft.incomplete", fields=["method"])
    if method.kind != "comprehensive" or not book.flag("sealed-bids"):
        return
    if method.total_weight != _FULL or not 0 <= method.price_weight <= _FULL:
        raise Refused("draft.weights", total=method.total_weight)
    floor = book.rule(f"price-weight-{nature}")
    if floor is not None and method.price_weight < floor.value:
        raise Refused("draft.price-weight", percent=floor.value // 100, article=floor.article)


def _check_sealing(drafted: Draft, book: Rulebook) -> None:
    if not book.flag("sealed-bids"):
        return
    try:
        plain = drafted.policy != "" and bytes.fromhex(drafted.policy).hex() == drafted.policy
        right = plain and policy_digest(drafted.policy) == drafted.policy_hash
    except ValueError:
        right = False
    if not right:
        raise Refused("draft.policy", article=book.article("sealed-bids"))
    shortest, longest = book.number("decrypt-least"), book.number("decrypt-most")
    if not shortest <= drafted.decrypt_minutes <= longest:
        raise Refused("draft.decrypt-window", shortest=shortest, longest=longest)


def approve(state: Tender, command: ApproveDocuments, ctx: Told) -> tuple[DocumentsApproved, ...]:
    """The principal fixes exactly this draft."""
    require(state, ctx, "principal")
    at_stage(state, "drafting")
    running(state)
    if state.draft is None or draft_digest(state.draft) != command.draft_sha256:
        raise Refused("draft.changed", draft_sha256=command.draft_sha256)
    return (DocumentsApproved(ctx.at, command.draft_sha256),)
