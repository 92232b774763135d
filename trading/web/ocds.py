"""A tender as open data: everything public of it at this moment as one compiled OCDS release in a package.

Made of the same value as the tender's page, as nobody in particular may see it, so that nothing leaves here earlier or later
than there.  The prefix of the ocid is a setting, since it is given out by the keepers of the standard.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from archive.values import Money
from trading.calendar import start_of_day
from trading.codes import credit_code_holds
from trading.messages import sentence
from trading.ocds import (
    Change,
    File,
    Organisation,
    Published,
    PublishedAward,
    PublishedBid,
    PublishedContract,
    PublishedItem,
    PublishedLot,
    package_json,
)
from trading.ocds.published import BidStatus, TenderStatus
from trading.web.shapes import Amount, Lot, Row, Tender
from trading.web.site import Site
from trading.web.tenders import tender_for

_STATUS: Final[dict[str, TenderStatus]] = {
    **dict.fromkeys(("awarded", "announced", "notified", "contracted", "completed", "archived"), "complete"),
    **dict.fromkeys(("failed", "retendered"), "unsuccessful"),
    **dict.fromkeys(("cancelled", "terminated"), "cancelled"),
}
"""By stage; whatever goes on is ``active``."""

_NOTICES: Final = {
    "tender": "tenderNotice",
    "clarification": "clarifications",
    "correction": "clarifications",
    "candidates": "evaluationReports",
    "result": "awardNotice",
    "contract": "contractNotice",
    "failure": "cancellationDetails",
    "termination": "cancellationDetails",
}


_ENVELOPES = "双信封，第一信封（商务及技术文件）于投标截止时开启，第二信封（报价文件）在第一信封评审锁定后开启"


@get("/tenders/{name:str}/ocds", sync_to_thread=True, operation_id="read_ocds", tags=["tenders"])
def read_ocds(site: NamedDependency[Site], name: FromPath[str]) -> Response[bytes]:
    """A tender as an OCDS 1.1.5 release package with the bids and lots extensions."""
    t = tender_for(site, name, None)
    names, url = site.configuration.settings.site, site.platform.url
    made = published(t, url, names.ocid)
    raw = package_json([made], uri=f"{url}/api/tenders/{t.id}/ocds", publisher=names.operator_zh, at=site.clock())
    headers = {"Content-Disposition": f'attachment; filename="{t.id}.ocds.json"', "Cache-Control": "no-cache"}
    return Response(raw, media_type=MediaType.JSON, headers=headers)


def published(t: Tender, url: str, prefix: str) -> Published:
    """What is public of a tender, as of its last public event; ``url`` is the platform's address."""
    at = max([t.times.published_at, *(mark.at for mark in t.timeline)])
    opened = [lot for lot in t.lots if lot.rows]
    project = t.project
    return Published(
        ocid=f"{prefix}-{t.id}",
        id=f"{t.id}-{at}",
        at=at,
        tags=("compiled",),
        tender=t.id,
        title=t.title,
        description=project.scope,
        status=_STATUS.get(t.stage, "active"),
        buyer=project.principal,
        procuring=project.agency or project.principal,
        organisations=tuple(_organisations(t)),
        starts_at=t.times.published_at,
        ends_at=t.times.deadline,
        lots=tuple(
            PublishedLot(x.spec.id, x.spec.title, _STATUS.get(x.stage, "active"), _money(x.spec.estimate)) for x in t.lots
        ),
        items=tuple(
            PublishedItem(f"{x.spec.id}-{i.id}", i.description, i.quantity, i.unit, x.spec.id)
            for x in t.lots
            for i in x.spec.items
        ),
        method="open" if project.method == "open" else "selective" if project.method == "invited" else "limited",
        method_details=sentence(f"method.{project.method}", {}, "zh"),
        category="works" if project.nature == "works" else "goods" if project.nature == "goods" else "services",
        criteria="priceOnly" if t.asked.evaluation_kind == "lowest" else "ratedCriteria",
        criteria_details=sentence(f"evaluation.{t.asked.evaluation_kind}", {}, "zh"),
        eligibility=t.asked.qualification,
        value=_money(project.estimate),
        files=tuple(_files(t, f"{url}/tenders/{t.id}")),
        changes=tuple(Change(str(n.n), n.at, n.title) for n in t.notices if _NOTICES.get(n.kind) == "clarifications"),
        bids=tuple(bid for lot in opened for bid in _bids(lot)) if opened else None,
        awards=tuple(_award(lot) for lot in t.lots if lot.winner),
        contracts=tuple(_contract(lot) for lot in t.lots if lot.contract_signed),
        submission_details="；".join(f"{x.spec.id}：{_ENVELOPES}" for x in t.lots if x.spec.envelopes == 2),
    )


def _organisations(t: Tender) -> Iterator[Organisation]:
    """Each party once: who buys, who acts for it, who bid and who won."""
    named = {t.project.principal: t.project.principal_name}
    if t.project.agency:
        named.setdefault(t.project.agency, t.project.agency_name)
    for lot in t.lots:
        for row in lot.rows:
            named.setdefault(row.bidder, row.name)
        if lot.winner:
            named.setdefault(lot.winner, lot.winner_name)
    for code, name in named.items():
        legal = credit_code_holds(code)
        yield Organisation(code, name or code, "CN-USCC" if legal else "", code if legal else "")


def _files(t: Tender, base: str) -> Iterator[File]:
    for n, d in enumerate(t.documents, start=1):
        yield File(
            f"document-{n}",
            "biddingDocuments",
            d.name,
            f"{base}/documents/{d.sha256}",
            t.times.published_at,
            d.media_type,
            d.sha256,
        )
    for notice in t.notices:
        kind = _NOTICES.get(notice.kind, "")
        yield File(f"notice-{notice.n}", kind, notice.title, f"{base}/notices/{notice.n}", notice.at, "text/html", notice.sha256)


def _bids(lot: Lot) -> Iterator[PublishedBid]:
    turned_down = {rejected.bidder for rejected in lot.rejected}
    for row in lot.rows:
        price = None if row.price is None else _money(row.price)
        yield PublishedBid(_bid(lot, row), lot.spec.id, _standing(row, turned_down), (row.bidder,), price, row.received_at)


def _standing(row: Row, turned_down: set[str]) -> BidStatus:
    if row.verdict in ("withdrawn", "revoked"):
        return "withdrawn"
    if row.bidder in turned_down:
        return "disqualified"
    return "valid" if row.verdict == "opened" else "pending"


def _bid(lot: Lot, row: Row) -> str:
    return f"{lot.spec.id}-{lot.rows.index(row) + 1}"


def _award(lot: Lot) -> PublishedAward:
    bid = next((_bid(lot, row) for row in lot.rows if row.bidder == lot.winner), "")
    price = None if lot.price is None else _money(lot.price)
    return PublishedAward(lot.spec.id, lot.spec.id, "active", lot.awarded_at, bid, (lot.winner,), price)


def _contract(lot: Lot) -> PublishedContract:
    value = lot.contract_price or lot.price
    signed = start_of_day(date.fromisoformat(lot.contract_signed))
    return PublishedContract(lot.spec.id, lot.spec.id, "active", None if value is None else _money(value), signed)


def _money(value: Amount) -> Money:
    return Money(value.amount, value.currency)


PAGES = Router("/", route_handlers=[])
RESOURCES = Router("/", route_handlers=[read_ocds])
