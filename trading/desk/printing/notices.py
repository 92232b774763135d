"""招标公告 and 澄清公告, from the documents and the notice."""

from archive.paper.tree import Document
from archive.values import Instant, Money
from trading.desk.printing.common import FUNDS, METHODS, Printed, frame, party, posted
from trading.papers.clarification import Change, ClarificationNotice, clarification_notice
from trading.papers.notice import NoticeLot, ProcurementNotice, TenderNotice, procurement_notice, tender_notice
from trading.platform import Platform
from trading.rulebook import rulebook
from trading.tender import Notice, Tender


def notice(platform: Platform, tender: Tender, said: Notice, at: Instant) -> Printed:
    """招标公告 (N-1) or 公开招标公告 of government procurement (N-4)."""
    assert tender.project is not None and tender.draft is not None
    project, draft = tender.project, tender.draft
    lots = tuple(
        NoticeLot(x.id, x.title, "；".join(i.description for i in x.items) or x.title, x.ceiling, x.duration) for x in draft.lots
    )
    agency = party(said.agency, project.agency) if project.agency else None
    made: Document
    if rulebook(tender.rulebook).rule_set == "RS-2":
        made = procurement_notice(
            ProcurementNotice(
                frame=frame(platform, tender, "公告", at),
                number=tender.id,
                project=project.title,
                buyer=party(said.principal, project.principal),
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
                number=tender.id,
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
                tenderer=party(said.principal, project.principal),
                platform_url=draft.platform_url,
                platform_how=said.submit_how,
                agency=agency,
                lots=lots,
                two_envelopes=tuple(x.id for x in draft.lots if x.envelopes == 2),
                approval=project.approval,
                method=METHODS.get(draft.method.kind, draft.method.kind),
            )
        )
    return posted(platform, made, "notice")


def clarification(
    platform: Platform, tender: Tender, reason: str, changes: tuple[tuple[str, str, str], ...], affects: bool, deadline: Instant
) -> Printed:
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
            tenderer=party(tender.notice.principal),
            changes=tuple(Change(*c) for c in changes),
            affects_bids=affects,
            deadline_before=tender.times.deadline,
            deadline=deadline or tender.times.deadline,
            agency=party(tender.notice.agency) if tender.project.agency else None,
        )
    )
    return posted(platform, made, "clarification")
