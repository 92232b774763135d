"""`Published` as an OCDS 1.1.5 release or package, with the bids and lots extensions."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import msgspec

from archive.errors import Invalid
from archive.values import Instant, Money, minor_digits
from trading.ocds.published import (
    File,
    Organisation,
    Published,
    PublishedAward,
    PublishedBid,
    PublishedContract,
    PublishedItem,
    Span,
)
from trading.words import machine

Json = None | bool | int | Decimal | str | Sequence["Json"] | Mapping[str, "Json"]

EXTENSIONS: tuple[str, ...] = (
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_bid_extension/v1.1.5/extension.json",
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_lots_extension/v1.1.5/extension.json",
)

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def release_json(x: Published) -> bytes:
    """One release as JSON; raises as `release`."""
    return _ENCODER.encode(release(x))


def package_json(releases: Iterable[Published], *, uri: str, publisher: str, at: Instant, license: str = "") -> bytes:
    """A release package; raises as `release`."""
    return _ENCODER.encode(
        _full(
            uri=uri,
            version="1.1",
            publishedDate=machine(at),
            publisher={"name": publisher},
            license=license,
            extensions=list(EXTENSIONS),
            releases=[release(x) for x in releases],
        )
    )


def release(x: Published) -> dict[str, Json]:
    """The release as plain JSON values with `Decimal` amounts.

    Raises:
        Invalid: ``ocds.sealed`` for bids before their closing, ``ocds.unknown`` for an organisation, lot, bid or award that
            is referred to but not there, ``ocds.twice`` for one id used twice, ``ocds.quantity`` for a quantity that is none.
    """
    if x.bids is not None and x.at < x.ends_at:
        raise Invalid("ocds.sealed", at=x.at, closes_at=x.ends_at)
    _check(x)
    names = {o.id: o.name for o in x.organisations}
    details: list[Json] = [_bid(b, names) for b in x.bids or ()]
    return _full(
        ocid=x.ocid,
        id=x.id.replace("#", "-"),
        date=machine(x.at),
        tag=list(x.tags),
        initiationType="tender",
        language="zh",
        parties=[_party(o, _roles(x, o.id)) for o in x.organisations],
        buyer=_reference(x.buyer, names),
        tender=_tender(x, names),
        bids=None if x.bids is None else _full(statistics=_statistics(x.bids), details=details),
        awards=[_award(a, names) for a in x.awards],
        contracts=[_contract(c) for c in x.contracts],
    )


def _tender(x: Published, names: dict[str, str]) -> dict[str, Json]:
    return _full(
        id=x.tender,
        title=x.title,
        description=x.description,
        status=x.status,
        procuringEntity=_reference(x.procuring or x.buyer, names),
        value=_money(x.value),
        procurementMethod=x.method,
        procurementMethodDetails=x.method_details,
        mainProcurementCategory=x.category,
        awardCriteria=x.criteria,
        awardCriteriaDetails=x.criteria_details,
        submissionMethod=["electronicSubmission"],
        submissionMethodDetails=x.submission_details,
        tenderPeriod=_span(Span(x.starts_at, x.ends_at)),
        enquiryPeriod=_span(x.enquiries),
        awardPeriod=_span(x.evaluation),
        eligibilityCriteria=x.eligibility,
        numberOfTenderers=None if x.bids is None else len({t for b in x.bids if b.status != "withdrawn" for t in b.tenderers}),
        documents=[_file(f) for f in x.files],
        amendments=[_full(id=c.id, date=machine(c.at), rationale=c.rationale, description=c.description) for c in x.changes],
        lots=[_full(id=n.id, title=n.title, description=n.description, status=n.status, value=_money(n.value)) for n in x.lots],
        items=[_item(i) for i in x.items],
    )


def _item(i: PublishedItem) -> dict[str, Json]:
    classification = _full(scheme=i.scheme, id=i.code) if i.code else None
    quantity = _quantity(i.quantity) if i.quantity else None
    unit = {"name": i.unit} if i.unit else None
    return _full(
        id=i.id, description=i.description, classification=classification, quantity=quantity, unit=unit, relatedLot=i.lot
    )


def _bid(b: PublishedBid, names: dict[str, str]) -> dict[str, Json]:
    return _full(
        id=b.id,
        date=None if b.at is None else machine(b.at),
        status=b.status,
        tenderers=[_reference(t, names) for t in b.tenderers],
        value=_money(b.amount),
        documents=[_file(f) for f in b.files],
        relatedLots=[b.lot] if b.lot else None,
    )


def _award(a: PublishedAward, names: dict[str, str]) -> dict[str, Json]:
    return _full(
        id=a.id,
        title=a.title,
        status=a.status,
        date=machine(a.at),
        value=_money(a.value),
        suppliers=[_reference(s, names) for s in a.suppliers],
        documents=[_file(f) for f in a.files],
        relatedBid=a.bid,
        relatedLots=[a.lot],
    )


def _contract(c: PublishedContract) -> dict[str, Json]:
    return _full(
        id=c.id,
        awardID=c.award,
        title=c.title,
        status=c.status,
        value=_money(c.value),
        dateSigned=None if c.signed_at is None else machine(c.signed_at),
        documents=[_file(f) for f in c.files],
    )


def _statistics(bids: tuple[PublishedBid, ...]) -> list[Json]:
    received = [b for b in bids if b.status != "withdrawn"]
    valid = [b for b in bids if b.status == "valid"]
    return [{"id": name, "measure": name, "value": len(counted)} for name, counted in (("bids", received), ("validBids", valid))]


def _party(o: Organisation, roles: list[Json]) -> dict[str, Json]:
    return _full(
        id=o.id,
        name=o.name,
        identifier=_full(scheme=o.scheme, id=o.code, legalName=o.name) if o.code else None,
        address=_full(streetAddress=o.address, region=o.region) or None,
        contactPoint=_full(name=o.contact, telephone=o.phone) or None,
        roles=roles,
    )


def _roles(x: Published, id: str) -> list[Json]:
    held = (
        ("buyer", id == x.buyer),
        ("procuringEntity", id == (x.procuring or x.buyer)),
        ("tenderer", any(id in b.tenderers for b in x.bids or ())),
        ("supplier", any(id in a.suppliers for a in x.awards if a.status == "active")),
    )
    return [role for role, holds in held if holds]


def _file(f: File) -> dict[str, Json]:
    described = f"SHA-256 {f.sha256}" if f.sha256 else ""
    return _full(
        id=f.id,
        documentType=f.kind,
        title=f.title,
        description=described,
        url=f.url,
        datePublished=machine(f.at),
        format=f.media_type,
    )


def _money(value: Money | None) -> dict[str, Json] | None:
    if value is None:
        return None
    return {"amount": Decimal(value.amount).scaleb(-minor_digits(value.currency)), "currency": value.currency}


def _span(span: Span | None) -> dict[str, Json] | None:
    return None if span is None else _full(startDate=machine(span.start), endDate=None if span.end is None else machine(span.end))


def _reference(id: str, names: dict[str, str]) -> dict[str, Json]:
    return {"id": id, "name": names[id]}


def _quantity(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Invalid("ocds.quantity", text=text[:40]) from None
    if not number.is_finite():
        raise Invalid("ocds.quantity", text=text[:40])
    return number


def _check(x: Published) -> None:
    bids = x.bids or ()
    for kind, ids in (
        ("organisation", [o.id for o in x.organisations]),
        ("lot", [lot.id for lot in x.lots]),
        ("item", [i.id for i in x.items]),
        ("bid", [f"{b.id} {b.lot}" for b in bids]),
        ("award", [a.id for a in x.awards]),
        ("contract", [c.id for c in x.contracts]),
    ):
        for id in ids:
            if ids.count(id) > 1:
                raise Invalid("ocds.twice", kind=kind, id=id)
    known = {
        "organisation": {o.id for o in x.organisations},
        "lot": {lot.id for lot in x.lots},
        "bid": {b.id for b in bids},
        "award": {a.id for a in x.awards},
    }
    named: list[tuple[str, str]] = [("organisation", x.buyer), ("organisation", x.procuring or x.buyer)]
    named += [("organisation", t) for b in bids for t in b.tenderers] + [
        ("organisation", s) for a in x.awards for s in a.suppliers
    ]
    named += (
        [("lot", i.lot) for i in x.items if i.lot] + [("lot", b.lot) for b in bids if b.lot] + [("lot", a.lot) for a in x.awards]
    )
    named += [("bid", a.bid) for a in x.awards if a.bid] + [("award", c.award) for c in x.contracts]
    for kind, id in named:
        if id not in known[kind]:
            raise Invalid("ocds.unknown", kind=kind, id=id)


def _full(**members: Json) -> dict[str, Json]:
    """An object of the members that say something."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", [])}
