"""开标记录, from the box."""

from archive.bodies import Blob
from archive.values import Money
from bidding.box import Ballot, Box
from trading.desk.opening import envelope_of
from trading.desk.printing.common import box_of, frame, kept, lot_of, tender_of
from trading.papers.opening import Objection, OpenedBid, OpeningRecord, Verdict, opening_record
from trading.platform import Platform

_VERDICTS: dict[str, Verdict] = {
    "opened": "opened",
    "malformed(bidder)": "malformed",
    "bytes-missing": "bytes-missing",
    "trustees-short": "trustees-short",
    "bidder-absent": "bidder-absent",
}


def opening(platform: Platform, name: str, lot: str) -> Blob:
    """开标记录 (N-11) of the opening that was last, also of a lot that stays sealed."""
    tender, box = tender_of(platform, name), box_of(platform, name, lot)
    assert tender.project is not None
    spec = lot_of(tender, lot).spec
    bids = []
    for bid in box.listed:
        ballot = next((b for b in box.on_stage if b.stream == bid.stream), None)
        bidder = next((b for b in box.bidders if b.stream == bid.stream), None)
        if bidder is None or (ballot is not None and ballot.verdict is None):
            continue
        form = ballot.form if ballot else None
        confirmed = next((c.at for c in box.confirmed if c.org == bidder.org and c.stage == box.stage), None)
        bids.append(
            OpenedBid(
                bidder=bidder.name,
                submitted_at=bid.received_at,
                version=platform.ledger.state(bid.stream).seq,
                envelope=bid.envelopes[envelope_of(box) - 1],
                intact=ballot is None or ballot.verdict != "bytes-missing",
                verdict=_verdict(ballot),
                deciphered_at=box.ends_at if form else None,
                price=Money(int(form.price), form.currency) if form and form.price else None,
                price_text="未载明报价" if form and not form.price else "",
                term=f"{form.duration_days}日历天" if form and form.duration_days else "",
                quality=form.quality if form else "",
                manager=form.manager if form else "",
                deposit=form.deposit if form else "",
                confirmed_at=confirmed,
            )
        )
    kept_sealed = box.phase == "kept"
    made = opening_record(
        OpeningRecord(
            frame=frame(platform, tender, f"开标-{lot}", platform.clock()),
            project=tender.project.title,
            lot=lot,
            lot_name=spec.title,
            deadline=box.closes_at,
            opened_at=box.closed_at if kept_sealed else box.began_at,
            place=tender.notice.opening_place if tender.notice and tender.notice.opening_place else platform.url,
            host=tender.project.agency_name or tender.project.principal_name,
            tenderer=tender.project.principal_name,
            received=box.count,
            closing_list=box.closing_list,
            bids=tuple(sorted(bids, key=lambda b: b.submitted_at)),
            agency=tender.project.agency_name,
            ceiling=spec.ceiling,
            objections=tuple(
                Objection(_bidder(box, o.org), o.at, o.text, o.answer, o.answered_at)
                for o in box.objections
                if o.at >= box.began_at
            ),
            not_opened=f"提交投标文件的投标人少于{box.least_bids}个，" if kept_sealed else "",
            finished_at=None if kept_sealed else platform.clock(),
            part=envelope_of(box) if spec.envelopes == 2 and not kept_sealed else 0,
        )
    )
    return kept(platform, made, "opening")


def _verdict(ballot: Ballot | None) -> Verdict:
    if ballot is None or ballot.verdict is None:
        return "sealed"
    return "undetermined" if ballot.fault == "undecided" else _VERDICTS[ballot.verdict]


def _bidder(box: Box, org: str) -> str:
    return next((b.name for b in box.bidders if b.org == org), org)
