"""候选人公示, 中标结果 and the letters, from the award."""

from archive.bodies import Blob
from archive.values import Instant, Money
from trading.desk.evaluation import room
from trading.desk.printing.common import Printed, article, box_of, frame, kept, lot_of, party, posted, tender_of
from trading.papers.award import (
    Candidate,
    CandidatesNotice,
    WinnerNotice,
    candidates_notice,
    winner_notice,
)
from trading.papers.award import Rejected as Passed
from trading.papers.letters import LetterOfAward, ResultLetter, letter_of_award, result_letter
from trading.papers.procurement import Good, ProcurementResult, procurement_result
from trading.platform import Platform
from trading.rulebook import rulebook


def candidates(platform: Platform, name: str, lot: str, until: Instant, *, since: Instant = 0, at: Instant = 0) -> Printed:
    """中标候选人公示 (N-2), on display from ``since`` and dated ``at``; either is now where it is not given."""
    now = platform.clock()
    tender = tender_of(platform, name)
    state = room(platform, name, lot)
    assert tender.project is not None and tender.notice is not None and tender.draft is not None and state.summary is not None
    found = lot_of(tender, lot)
    assert found.evaluation is not None
    totals = {p.bid: p for p in state.summary.ranking}

    box = box_of(platform, name, lot)
    owners = {b.stream: b.org for b in box.bidders}
    forms = {owners[b.stream]: b.form for b in box.ballots if b.form is not None}

    def said(bidder: str, field: str) -> str:
        return str(getattr(forms.get(bidder), field, "") or "—")

    listed = [r for r in found.evaluation.ranking if r.bidder in state.summary.candidates]
    made = candidates_notice(
        CandidatesNotice(
            frame=frame(platform, tender, f"候选人-{lot}{found.again}", at or now),
            project=tender.project.title,
            lot=lot,
            tenderer=party(tender.notice.principal),
            candidates=tuple(
                Candidate(
                    rank=r.rank,
                    name=r.name,
                    price=r.price or Money(0),
                    quality=said(r.bidder, "quality"),
                    term=f"{said(r.bidder, 'duration_days')}日历天",
                    evaluation=f"总得分 {totals[r.bidder].total}",
                    manager=said(r.bidder, "manager"),
                    certificate=said(r.bidder, "certificate"),
                    certificate_number=said(r.bidder, "certificate_number"),
                    qualification="响应招标文件的资格能力条件",
                    scores=(("价格得分", totals[r.bidder].price_score), ("评审得分", totals[r.bidder].marks)),
                )
                for r in listed
            ),
            published_from=since or now,
            published_until=until,
            objection_to=tender.draft.objection_channel,
            objection_how=f"在公示期内通过 {platform.url} 提出",
            rejected=tuple(Passed(x.name, x.text, article(tender, x.ground)) for x in found.evaluation.rejected),
            opened_at=tender.times.deadline,
            agency=party(tender.notice.agency) if tender.project.agency else None,
        )
    )
    return posted(platform, made, "candidates")


def result(platform: Platform, name: str, lot: str, experts: tuple[str, ...], winner_address: str, *, at: Instant = 0) -> Printed:
    """中标结果公示 (N-3), or of government procurement 中标结果公告 with goods and experts (N-4), dated ``at`` or now."""
    tender = tender_of(platform, name)
    found = lot_of(tender, lot)
    assert tender.project is not None and tender.notice is not None and found.price is not None
    agency = party(tender.notice.agency) if tender.project.agency else None
    around = frame(platform, tender, f"结果-{lot}{found.again}", at or platform.clock())
    if rulebook(tender.rulebook).rule_set != "RS-2":
        winner = next(r for r in found.rows if r.bidder == found.winner)
        made = winner_notice(
            WinnerNotice(
                around,
                tender.project.title,
                lot,
                party(tender.notice.principal),
                found.winner_name,
                found.price,
                f"{winner.duration}日历天" if winner.duration else "",
                winner.quality,
                winner.manager,
                agency=agency,
            )
        )
        return posted(platform, made, "result")
    documents = tender.draft.documents if tender.draft else ()
    # The form states the bid's whole price; it is an item's own where that one item is all that is bought.
    alone = [i.quantity for i in found.spec.items] == ["1"]
    score = next((r.score for r in (found.evaluation.ranking if found.evaluation else ()) if r.bidder == found.winner), 0)
    made = procurement_result(
        ProcurementResult(
            frame=around,
            number=tender.id,
            project=tender.project.title,
            lot=lot,
            buyer=party(tender.notice.principal),
            winner=found.winner_name,
            winner_address=winner_address,
            price=found.price,
            goods=tuple(
                Good(i.description, i.code or "见招标文件", f"{i.quantity}{i.unit}", found.price if alone else None)
                for i in found.spec.items
            ),
            notice_days="1个工作日",
            experts=experts,
            document="、".join(f"{d.name}（SHA-256 {d.sha256}）" for d in documents) or "—",
            contact=tender.notice.agency.person or tender.notice.principal.person,
            contact_phone=tender.notice.agency.phone or tender.notice.principal.phone,
            agency=agency,
            score=f"{score // 100}.{score % 100:02d}",
        )
    )
    return posted(platform, made, "result")


def letters(platform: Platform, name: str, lot: str, sign_by: Instant) -> tuple[Blob, tuple[Blob, ...]]:
    """中标通知书 to the winner and a result letter to everybody else who was opened (N-13)."""
    tender = tender_of(platform, name)
    found = lot_of(tender, lot)
    assert tender.project is not None and tender.notice is not None and found.price is not None and found.evaluation is not None
    buyer = party(tender.notice.principal)
    row = next(r for r in found.rows if r.bidder == found.winner)
    at = platform.clock()
    won = kept(
        platform,
        letter_of_award(
            LetterOfAward(
                frame=frame(platform, tender, f"通知书-{lot}{found.again}", at),
                project=tender.project.title,
                lot=lot,
                tenderer=buyer,
                winner=found.winner_name,
                price=found.price,
                term=f"{row.duration}日历天" if row.duration else found.spec.duration or "按招标文件",
                sign_by=sign_by,
                sign_at=buyer.address or platform.url,
                quality=row.quality,
                manager=row.manager,
            )
        ),
        "letter",
    )
    procurement = rulebook(tender.rulebook).rule_set == "RS-2"
    ranks = {r.bidder: r for r in found.evaluation.ranking}
    grounds = {r.bidder: r.text for r in found.evaluation.rejected}
    others: list[Blob] = []
    for other in found.rows:
        if other.bidder == found.winner:
            continue
        place = ranks.get(other.bidder)
        reason = grounds.get(other.bidder, "" if place else "投标文件未能解密")
        others.append(
            kept(
                platform,
                result_letter(
                    ResultLetter(
                        frame=frame(platform, tender, f"结果通知-{lot}{found.again}-{len(others) + 1}", at),
                        project=tender.project.title,
                        lot=lot,
                        tenderer=buyer,
                        to=other.name,
                        winner=found.winner_name,
                        price=found.price,
                        procurement=procurement,
                        own_score=f"{place.score // 100}.{place.score % 100:02d}" if place and procurement else "",
                        own_rank=place.rank if place and procurement else None,
                        reason=reason,
                    )
                ),
                "letter",
            )
        )
    return won, tuple(others)
