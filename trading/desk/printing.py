"""From states to papers: what each paper says is read from the streams, printed, and put into the vault.

The builders in `trading.papers` refuse a paper that lacks what its article demands, so a paper that exists is whole.
"""

from archive.bodies import Blob
from archive.paper.press import pdf
from archive.paper.tree import Document
from archive.values import Instant, Money
from bidding.box import Box
from experts.evaluation.messages import ClauseVote
from experts.evaluation.state import Room
from experts.evaluation.summary import indicators, scores
from experts.methods import Method
from experts.numbers import number, shown
from experts.panel import Panel
from experts.snapshot import load
from trading.desk import facts
from trading.desk.evaluation import room
from trading.papers import evaluation_values as sheet
from trading.papers.award import (
    Candidate,
    CandidatesNotice,
    Good,
    ProcurementResult,
    WinnerNotice,
    candidates_notice,
    procurement_result,
    winner_notice,
)
from trading.papers.award import Rejected as Passed
from trading.papers.clarification import Change, ClarificationNotice, clarification_notice
from trading.papers.evaluation import evaluation_report
from trading.papers.letters import LetterOfAward, ResultLetter, letter_of_award, result_letter
from trading.papers.notice import NoticeLot, ProcurementNotice, TenderNotice, procurement_notice, tender_notice
from trading.papers.opening import Objection, OpenedBid, OpeningRecord, Verdict, opening_record
from trading.papers.parts import Frame, Party
from trading.platform import Platform
from trading.rulebook import rulebook
from trading.tender import Contact, Lot, Notice, Tender

PDF = "application/pdf"


def kept(platform: Platform, document: Document, kind: str) -> Blob:
    """Print, and keep the print."""
    stored = platform.keep(pdf(document), f"{kind}.pdf", PDF, kind)
    return Blob(stored.sha256, stored.length, PDF)


def frame(platform: Platform, tender: Tender, kind: str, at: Instant) -> Frame:
    """What stands around every paper of a tender; the code leads to the tender's page."""
    return Frame(f"{tender.id}-{kind}", platform.operator, at, platform.demo, f"{platform.url}/tenders/{tender.id}")


def _party(contact: Contact, code: str = "") -> Party:
    return Party(contact.name, contact.address, contact.person, contact.phone, code)


def notice(platform: Platform, tender: Tender, said: Notice, at: Instant) -> Blob:
    """招标公告 (N-1) or 公开招标公告 of government procurement (N-4)."""
    assert tender.project is not None and tender.draft is not None
    project, draft = tender.project, tender.draft
    lots = tuple(
        NoticeLot(x.id, x.title, "；".join(i.description for i in x.items) or x.title, x.ceiling, x.duration) for x in draft.lots
    )
    agency = _party(said.agency, project.agency) if project.agency else None
    made: Document
    if rulebook(tender.rulebook).rule_set == "RS-2":
        made = procurement_notice(
            ProcurementNotice(
                frame=frame(platform, tender, "公告", at),
                project=project.title,
                buyer=_party(said.principal, project.principal),
                budget=project.estimate,
                need="；".join(i.description for x in draft.lots for i in x.items) or project.scope,
                qualification=(draft.qualification,),
                documents_from=said.documents_from,
                documents_until=said.documents_to,
                documents_place=platform.url,
                documents_how=said.documents_how,
                document_price=Money(0, project.estimate.currency),
                notice_days=f"{said.notice_days}个工作日",
                deadline=said.deadline,
                opening_at=said.deadline,
                opening_place=said.opening_place,
                contact=said.agency.person or said.principal.person,
                contact_phone=said.agency.phone or said.principal.phone,
                platform_url=draft.platform_url,
                platform_how=said.submit_how,
                agency=agency,
                ceiling=draft.lots[0].ceiling,
                consortium=draft.consortium,
                lots=lots,
            )
        )
    else:
        made = tender_notice(
            TenderNotice(
                frame=frame(platform, tender, "公告", at),
                project=project.title,
                content="；".join(i.description for x in draft.lots for i in x.items) or project.scope,
                scope=project.scope,
                scale="；".join(x.title for x in draft.lots),
                funding=FUNDS.get(project.funds, project.funds),
                qualification=(draft.qualification,),
                consortium=draft.consortium,
                documents_from=said.documents_from,
                documents_until=said.documents_to,
                documents_how=said.documents_how,
                deadline=said.deadline,
                submit_how=said.submit_how,
                tenderer=_party(said.principal, project.principal),
                platform_url=draft.platform_url,
                platform_how=said.submit_how,
                agency=agency,
                lots=lots,
                approval=project.approval,
                method=METHODS.get(draft.method.kind, draft.method.kind),
            )
        )
    return kept(platform, made, "notice")


FUNDS = {"fiscal": "财政资金", "state": "国有资金", "private": "自筹资金", "mixed": "财政资金与自筹资金"}
METHODS = {"comprehensive": "综合评估（综合评分）法", "lowest": "最低评标价法"}


def clarification(
    platform: Platform, tender: Tender, reason: str, changes: tuple[tuple[str, str, str], ...], affects: bool, deadline: Instant
) -> Blob:
    """澄清公告 (N-5): items as (what, old, new)."""
    assert tender.project is not None and tender.notice is not None
    original = tender.notices[0]
    made = clarification_notice(
        ClarificationNotice(
            frame=frame(platform, tender, "澄清", platform.clock()),
            project=tender.project.title,
            kind="clarification",
            original_number=f"{tender.id}-公告",
            original_title=original.title,
            original_at=original.at,
            reason=reason,
            tenderer=_party(tender.notice.principal),
            changes=tuple(Change(*c) for c in changes),
            affects_bids=affects,
            deadline_before=tender.times.deadline,
            deadline=deadline or tender.times.deadline,
            agency=_party(tender.notice.agency) if tender.project.agency else None,
        )
    )
    return kept(platform, made, "clarification")


_VERDICTS: dict[str, Verdict] = {
    "opened": "opened",
    "malformed(bidder)": "malformed",
    "bytes-missing": "bytes-missing",
    "trustees-short": "trustees-short",
    "bidder-absent": "bidder-absent",
}


def opening(platform: Platform, name: str, lot: str) -> Blob:
    """开标记录 (N-11), also of a lot that stays sealed."""
    tender, box = _tender(platform, name), _box(platform, name, lot)
    assert tender.project is not None
    spec = _lot(tender, lot).spec
    bids = []
    for bid in box.listed:
        ballot = next((b for b in box.ballots if b.stream == bid.stream), None)
        bidder = next((b for b in box.bidders if b.stream == bid.stream), None)
        if ballot is None or bidder is None or ballot.verdict is None:
            continue
        form = ballot.form
        verdict: Verdict = "undetermined" if ballot.fault == "undecided" else _VERDICTS[ballot.verdict]
        confirmed = next((c.at for c in box.confirmed if c.org == bidder.org), None)
        bids.append(
            OpenedBid(
                bidder=bidder.name,
                submitted_at=bid.received_at,
                version=platform.ledger.state(bid.stream).seq,
                envelope=ballot.envelope,
                intact=ballot.verdict != "bytes-missing",
                verdict=verdict,
                deciphered_at=box.ends_at if form else None,
                price=Money(int(form.price), form.currency) if form and form.price else None,
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
            opened_at=box.closed_at,
            place=tender.notice.opening_place if tender.notice and tender.notice.opening_place else platform.url,
            host=tender.project.agency_name or tender.project.principal_name,
            tenderer=tender.project.principal_name,
            received=box.count,
            closing_list=box.closing_list,
            bids=tuple(sorted(bids, key=lambda b: b.submitted_at)),
            agency=tender.project.agency_name,
            ceiling=spec.ceiling,
            objections=tuple(Objection(_bidder(box, o.org), o.at, o.text, o.answer, o.answered_at) for o in box.objections),
            not_opened=f"提交投标文件的投标人少于{box.least_bids}个，" if kept_sealed else "",
            finished_at=None if kept_sealed else platform.clock(),
        )
    )
    return kept(platform, made, "opening")


def _bidder(box: Box, org: str) -> str:
    return next((b.name for b in box.bidders if b.org == org), org)


def evaluation(platform: Platform, name: str, lot: str) -> Blob:
    """评标报告 (N-12), from the room as its members leave it."""
    tender, state = _tender(platform, name), room(platform, name, lot)
    panel = platform.ledger.state(facts.panel(name, lot))
    assert isinstance(panel, Panel) and tender.project is not None and state.opened is not None and state.summary is not None
    people = _people(platform, panel)
    order = [s.member.id for s in state.active]
    titles = {row.bidder: row.name for row in _lot(tender, lot).rows}
    found = scores(state, state.opened) if state.summary.ranking else None
    made = evaluation_report(
        sheet.EvaluationReport(
            frame=frame(platform, tender, f"评标-{lot}", platform.clock()),
            project=tender.project.title,
            lot=f"{lot} {_lot(tender, lot).spec.title}",
            tenderer=tender.project.principal_name,
            place=f"{platform.operator}评标室",
            media=platform.url,
            notice_at=tender.times.published_at,
            opened_at=tender.times.deadline,
            opening_record=state.opened.opening[:16] or "—",
            bidders=tuple(row.name for row in _lot(tender, lot).rows if row.verdict == "opened"),
            committee=_committee(state, panel, people),
            draw=sheet.Draw(
                proof=state.opened.draw or "来源程序",
                pool=panel.snapshot.root[:16] if panel.snapshot else "—",
                eligible=sum(panel.draw.lengths.values()) if panel.draw else 0,
                drawn_at=panel.draw.at if panel.draw else state.opened_at,
            ),
            started_at=state.opened_at,
            ended_at=max(state.summarised_at, state.opened_at),
            method=_method(tender, state.opened.method),
            votes=_votes(state, people, titles),
            items=tuple(sheet.Item(i.id, i.name, i.full, "客观" if i.objective else "主观") for i in state.opened.method.items),
            marks=_marks(state, order, titles),
            computed=tuple(
                sheet.Computed(
                    COMPUTED.get(c.what, c.what),
                    titles.get(c.bid, ""),
                    c.formula,
                    "；".join(f"{k} = {v}" for k, v in c.inputs.items()),
                    c.value,
                )
                for c in (found.computed if found else ())
            ),
            inputs=state.summary.inputs,
            ranking=tuple(
                sheet.Ranked(p.place, titles[p.bid], _price(state, p.bid), p.marks or "—", p.price_score or "—", p.total or "—")
                for p in state.summary.ranking
            ),
            candidates=tuple(titles[b] for b in state.summary.candidates),
            signatures=tuple(_signature(state, id, people) for id in order),
            rejections=tuple(
                sheet.Rejection(titles[r.bid], r.ground, _article(tender, r.ground), r.reason) for r in state.rejected
            ),
            clarifications=tuple(
                sheet.Clarification(titles[c.bid], c.question, c.asked_at, c.answer, c.answered_at) for c in state.clarifications
            ),
            low_prices=tuple(
                sheet.LowPrice(
                    titles[bid],
                    _price(state, bid),
                    "、".join(low.triggers),
                    low.explanation[:16] or "未说明",
                    {"proven": "能够证明其合理性", "unproven": "不能证明其合理性"}.get(low.finding, "—") + f"：{low.reason}",
                    low.asked_at,
                    low.explained_at or low.due_at,
                )
                for bid, low in state.low_prices.items()
            ),
            coefficients=tuple(sheet.Coefficient(label, value, state.opened.draw) for label, value in state.opened.drawn.items()),
            indicators=_indicators(state, people, titles),
            adjustments=tuple(
                sheet.Adjustment(c.ground, f"{people.get(c.member, c.member)} {titles[c.bid]} {c.item}", c.was, c.mark, c.reason)
                for c in state.corrected
            ),
            no_award=FAILED.get(state.summary.failed, state.summary.failed),
        )
    )
    return kept(platform, made, "evaluation")


FAILED = {"": "", "all-rejected": "所有投标均被否决", "no-competition": "有效投标不足三个，投标明显缺乏竞争"}
COMPUTED = {
    "evaluation_price": "评标价",
    "price_score": "价格得分",
    "benchmark": "评标基准价",
    "marks_mean": "评审得分(成员平均)",
}


def _people(platform: Platform, panel: Panel) -> dict[str, str]:
    """Names of the committee, as its own report shows them."""
    names = {r.id: r.name for r in panel.representatives}
    if panel.snapshot is not None:
        pool = load(panel.snapshot.sha256, platform.vault.read)
        seated = {s.id for s in panel.seats} | {r.id for r in panel.replies}
        names |= {r.id: r.name for r in pool.records if r.id in seated}
    return names


def _committee(state: Room, panel: Panel, people: dict[str, str]) -> tuple[sheet.Member, ...]:
    cats = {s.id: s.cat for s in panel.seats}
    made = []
    for n, seat in enumerate(state.active, 1):
        role = "组长" if seat.member.id == state.leader else "招标人代表" if seat.member.representative else "评标专家"
        id = seat.member.id
        made.append(
            sheet.Member(str(n), people.get(id, id), seat.member.org or "—", role, cats.get(id, "—"), seat.arrived_at, seat.note)
        )
    return tuple(made)


def _votes(state: Room, people: dict[str, str], titles: dict[str, str]) -> tuple[sheet.Vote, ...]:
    assert state.opened is not None
    made = []
    words = {c.id: c.text for c in (*state.opened.qualification, *state.opened.conformity)}
    for stage, sheets in state.reviews.items():
        by: dict[tuple[str, str], list[tuple[str, ClauseVote]]] = {}
        for member, votes in sheets.items():
            for vote in votes:
                by.setdefault((vote.bid, vote.clause), []).append((people.get(member, "采购人"), vote))
        for (bid, clause), given in by.items():
            ayes = tuple(who for who, v in given if v.passed)
            nays = tuple(who for who, v in given if not v.passed)
            note = "；".join(dict.fromkeys(v.note for _, v in given if v.note))
            title = "资格性" if stage == "qualification" else "符合性"
            made.append(sheet.Vote(title, titles[bid], words[clause], len(ayes) * 2 > len(given), ayes, nays, note))
    return tuple(made)


def _marks(state: Room, order: list[str], titles: dict[str, str]) -> tuple[sheet.Marks, ...]:
    assert state.opened is not None
    made = []
    for bid in state.valid:
        for item in state.opened.method.items:
            given = tuple(state.marks[m][bid.id][item.id] for m in order)
            total = sum((number(g) for g in given), number("0")) / len(given)
            made.append(sheet.Marks(titles[bid.id], item.id, given, shown(total, 2)))
    return tuple(made)


def _method(tender: Tender, method: Method) -> str:
    kind = tender.draft.method.kind if tender.draft else ""
    return f"{METHODS.get(kind, kind)} {method.id} {method.version}"


def _indicators(state: Room, people: dict[str, str], titles: dict[str, str]) -> tuple[sheet.Indicator, ...]:
    assert state.opened is not None
    if not state.marks:
        return ()
    found = indicators(state, state.opened)
    asked = tuple(
        sheet.Indicator(
            "评分偏离", f"{people.get(m, m)} / {titles.get(b, b)}", found.outliers.loo[m][b], state.opened.method.outlier
        )
        for m, b in found.reasons
    )
    pivotal = tuple(sheet.Indicator("关键专家", people.get(m, m), "去除后中标人改变", "—") for m in found.outliers.pivotal)
    return (*asked, *pivotal, *(sheet.Indicator("报价", SCREENS.get(k, k), _said(v), "—") for k, v in found.screens.items()))


SCREENS = {
    "CV": "变异系数",
    "SPD": "极差比",
    "DIFFP": "前两名差率",
    "RD": "相对差距",
    "RDNOR": "标准化相对差距",
    "ARITH_PROGRESSION": "等差数列",
}


def _said(value: str | bool) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return value


def _signature(state: Room, member: str, people: dict[str, str]) -> sheet.Signature:
    signed, dissent = state.signatures.get(member), state.dissents.get(member, "")
    name = people.get(member, member)
    if signed is None or signed.kind == "refused":
        return sheet.Signature(name, "refused", signed.at if signed else None)
    return sheet.Signature(name, "dissent" if dissent else "signed", signed.at, mark=state.report[:16], dissent=dissent)


def _price(state: Room, bid: str) -> Money:
    assert state.opened is not None
    return next(b.price for b in state.opened.bids if b.id == bid)


def _article(tender: Tender, ground: str) -> str:
    return next((g.article for g in rulebook(tender.rulebook).rejections if g.code == ground), ground)


def candidates(platform: Platform, name: str, lot: str, until: Instant) -> Blob:
    """中标候选人公示 (N-2)."""
    tender = _tender(platform, name)
    state = room(platform, name, lot)
    assert tender.project is not None and tender.notice is not None and tender.draft is not None and state.summary is not None
    found = _lot(tender, lot)
    assert found.evaluation is not None
    totals = {p.bid: p for p in state.summary.ranking}

    box = _box(platform, name, lot)
    owners = {b.stream: b.org for b in box.bidders}
    forms = {owners[b.stream]: b.form for b in box.ballots if b.form is not None}

    def said(bidder: str, field: str) -> str:
        return str(getattr(forms.get(bidder), field, "") or "—")

    listed = [r for r in found.evaluation.ranking if r.bidder in state.summary.candidates]
    made = candidates_notice(
        CandidatesNotice(
            frame=frame(platform, tender, f"候选人-{lot}", platform.clock()),
            project=tender.project.title,
            lot=lot,
            tenderer=_party(tender.notice.principal),
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
            published_from=platform.clock(),
            published_until=until,
            objection_to=tender.draft.objection_channel,
            objection_how=f"在公示期内通过 {platform.url} 提出",
            rejected=tuple(Passed(x.name, x.text, _article(tender, x.ground)) for x in found.evaluation.rejected),
            opened_at=tender.times.deadline,
            agency=_party(tender.notice.agency) if tender.project.agency else None,
        )
    )
    return kept(platform, made, "candidates")


def result(platform: Platform, name: str, lot: str, experts: tuple[str, ...], winner_address: str) -> Blob:
    """中标结果公示 (N-3), or of government procurement 中标结果公告 with goods and experts (N-4)."""
    tender = _tender(platform, name)
    found = _lot(tender, lot)
    assert tender.project is not None and tender.notice is not None and found.price is not None
    agency = _party(tender.notice.agency) if tender.project.agency else None
    at = frame(platform, tender, f"结果-{lot}", platform.clock())
    if rulebook(tender.rulebook).rule_set != "RS-2":
        winner = next(r for r in found.rows if r.bidder == found.winner)
        made = winner_notice(
            WinnerNotice(
                at,
                tender.project.title,
                lot,
                _party(tender.notice.principal),
                found.winner_name,
                found.price,
                winner.duration,
                winner.quality,
                winner.manager,
                agency=agency,
            )
        )
        return kept(platform, made, "result")
    score = next((r.score for r in (found.evaluation.ranking if found.evaluation else ()) if r.bidder == found.winner), 0)
    made = procurement_result(
        ProcurementResult(
            frame=at,
            project=tender.project.title,
            lot=lot,
            buyer=_party(tender.notice.principal),
            winner=found.winner_name,
            winner_address=winner_address,
            price=found.price,
            goods=tuple(
                Good(i.description, i.code or "见招标文件", f"{i.quantity}{i.unit}", found.price) for i in found.spec.items
            ),
            notice_days="1个工作日",
            experts=experts,
            document=tender.draft.documents[0].sha256 if tender.draft and tender.draft.documents else "—",
            contact=tender.notice.agency.person or tender.notice.principal.person,
            contact_phone=tender.notice.agency.phone or tender.notice.principal.phone,
            agency=agency,
            score=f"{score // 100}.{score % 100:02d}",
        )
    )
    return kept(platform, made, "result")


def letters(platform: Platform, name: str, lot: str, sign_by: Instant) -> tuple[Blob, tuple[Blob, ...]]:
    """中标通知书 to the winner and a result letter to everybody else who was opened (N-13)."""
    tender = _tender(platform, name)
    found = _lot(tender, lot)
    assert tender.project is not None and tender.notice is not None and found.price is not None and found.evaluation is not None
    buyer = _party(tender.notice.principal)
    row = next(r for r in found.rows if r.bidder == found.winner)
    at = platform.clock()
    won = kept(
        platform,
        letter_of_award(
            LetterOfAward(
                frame=frame(platform, tender, f"通知书-{lot}", at),
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
                        frame=frame(platform, tender, f"结果通知-{lot}-{len(others) + 1}", at),
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


def _tender(platform: Platform, name: str) -> Tender:
    state = platform.ledger.state(facts.tender(name))
    assert isinstance(state, Tender)
    return state


def _box(platform: Platform, name: str, lot: str) -> Box:
    state = platform.ledger.state(facts.box(name, lot))
    assert isinstance(state, Box)
    return state


def _lot(tender: Tender, lot: str) -> Lot:
    return next(x for x in tender.lots if x.spec.id == lot)
