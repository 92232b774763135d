"""What pages read of a tender: its rows.  Who may see which is decided in `trading.queries`, not here.

A pure function of the state, so that replay makes every table anew and compares.
"""

from collections.abc import Iterable, Iterator

from archive.canonical import encode
from archive.decider import Row
from archive.values import Money
from trading.lifecycle.dues import dues
from trading.tender import Lot, Tender, Voided


def rows(stream: str, state: Tender) -> Iterable[Row]:
    """The rows of one tender, keyed by its id."""
    if not state.stage:
        return
    id = stream.partition("/")[2]
    yield ("tender", (id,), _tender(state))
    for n, lot in enumerate(state.lots, 1):
        yield ("tender_lot", (id, lot.spec.id), _lot(lot, n))
        for m, item in enumerate(lot.spec.items, 1):
            yield (
                "tender_item",
                (id, lot.spec.id, m),
                {
                    "item": item.id,
                    "description": item.description,
                    "quantity": item.quantity,
                    "unit": item.unit,
                    "code": item.code,
                },
            )
        yield from _outcome(id, lot)
    yield from _papers(id, state)
    yield from _matters(id, state)


def _amount(value: Money | None) -> int:
    return value.amount if value is not None else 0


def _tender(state: Tender) -> dict[str, str | int | bool]:
    project, draft, times, entry = state.project, state.draft, state.times, state.catalogue
    assert project is not None
    named = [state.id, project.title, project.principal_name, project.agency_name, project.scope, project.code]
    if draft is not None:
        named += [draft.title, *(t for lot in draft.lots for t in (lot.title, *(i.description for i in lot.items)))]
    return {
        "stage": state.stage,
        "title": draft.title if draft is not None else project.title,
        "project_title": project.title,
        "principal": project.principal,
        "principal_name": project.principal_name,
        "agency": project.agency,
        "agency_name": project.agency_name,
        "region": project.region,
        "trade": project.trade,
        "nature": project.nature,
        "method": project.method,
        "funds": project.funds,
        "scope": project.scope,
        "supervisor": project.supervisor,
        "code": project.code,
        "trade_code": project.trade_code,
        "estimate": project.estimate.amount,
        "currency": project.estimate.currency,
        "rulebook": state.rulebook,
        "calendar": state.calendar,
        "catalogue": entry.catalogue if entry else "",
        "catalogue_version": entry.version if entry else 0,
        "catalogue_item": entry.item if entry else "",
        "attempt": state.attempt,
        "previous": state.previous,
        "registered_at": state.timeline[0].at,
        "published_at": times.published_at,
        "documents_from": times.documents_from,
        "documents_to": times.documents_to,
        "deadline": times.deadline,
        "paused_at": state.paused_at if state.pauses else 0,
        "ended_at": state.ended_at,
        "qualification": draft.qualification if draft else "",
        "consortium": bool(draft and draft.consortium),
        "evaluation_kind": draft.method.kind if draft else "",
        "evaluation_text": draft.method.text if draft else "",
        "price_weight": draft.method.price_weight if draft else 0,
        "policy": draft.policy if draft else "",
        "policy_hash": draft.policy_hash if draft else "",
        "decrypt_minutes": draft.decrypt_minutes if draft else 0,
        "validity_days": draft.validity_days if draft else 0,
        "objection_channel": draft.objection_channel if draft else "",
        "platform_url": draft.platform_url if draft else "",
        "manifest_sha256": state.manifest_sha256,
        "search": "\n".join(t for t in named if t).lower(),
    }


def _lot(lot: Lot, n: int) -> dict[str, str | int | bool]:
    spec, contract = lot.spec, lot.contract
    return {
        "n": n,
        "title": spec.title,
        "category": spec.category,
        "code": spec.code,
        "estimate": spec.estimate.amount,
        "currency": spec.estimate.currency,
        "ceiling": _amount(spec.ceiling),
        "deposit": _amount(spec.deposit),
        "duration": spec.duration,
        "quality": spec.quality,
        "envelopes": spec.envelopes,
        "stage": lot.stage,
        "stage_at": lot.stage_at,
        "kept_sealed": lot.kept_sealed,
        "bids": lot.count,
        "list_sha256": lot.list_sha256,
        "record_sha256": lot.record_sha256,
        "prices_at": lot.prices_at,
        "prices_sha256": lot.prices_sha256,
        "report_sha256": lot.evaluation.report_sha256 if lot.evaluation else "",
        "report_at": lot.evaluation.received_at if lot.evaluation else 0,
        "panel_size": lot.panel.size if lot.panel else 0,
        "publicity_from": lot.publicity_from,
        "publicity_to": lot.publicity_to,
        "winner": lot.winner,
        "winner_name": lot.winner_name,
        "price": _amount(lot.price),
        "price_currency": lot.price.currency if lot.price else "",
        "awarded_at": lot.awarded_at,
        "result_at": lot.result_at,
        "letter_at": lot.letter_at,
        "contract_sha256": contract.sha256 if contract else "",
        "contract_signed": contract.signed_on.isoformat() if contract else "",
        "contract_price": contract.price.amount if contract else 0,
        "contract_published_at": contract.published_at if contract else 0,
        "failure": lot.failure,
        "successor": lot.successor,
    }


def _outcome(id: str, lot: Lot) -> Iterator[Row]:
    for n, row in enumerate(lot.rows, 1):
        yield (
            "tender_opening",
            (id, lot.spec.id, n),
            {
                "bidder": row.bidder,
                "name": row.name,
                "verdict": row.verdict,
                "priced": row.price is not None,
                "price": _amount(row.price),
                "currency": row.price.currency if row.price else "",
                "duration": row.duration,
                "quality": row.quality,
                "manager": row.manager,
                "received_at": row.received_at,
                "envelope": row.envelope,
                "deposit": row.deposit,
                "note": row.note,
            },
        )
    for n, former in enumerate(lot.voided, 1):
        yield "tender_voided", (id, lot.spec.id, n), _voided(former)
    if lot.evaluation is None:
        return
    for n, bid in enumerate(lot.evaluation.ranking, 1):
        yield (
            "tender_ranking",
            (id, lot.spec.id, n),
            {
                "bidder": bid.bidder,
                "name": bid.name,
                "rank": bid.rank,
                "score": bid.score,
                "price": _amount(bid.price),
                "currency": bid.price.currency if bid.price else "",
            },
        )
    for n, out in enumerate(lot.evaluation.rejected, 1):
        yield (
            "tender_rejection",
            (id, lot.spec.id, n),
            {"bidder": out.bidder, "name": out.name, "ground": out.ground, "text": out.text},
        )


def _voided(former: Voided) -> dict[str, str | int | bool]:
    report = former.evaluation
    return {
        "at": former.at,
        "objection": former.objection,
        "ground": former.ground,
        "article": former.article,
        "reason": former.reason,
        "committee": former.committee,
        "report_sha256": report.report_sha256,
        "report_at": report.received_at,
        "publicity_from": former.publicity_from,
        "publicity_to": former.publicity_to,
        "winner": former.winner,
        "winner_name": former.winner_name,
        "price": _amount(former.price),
        "price_currency": former.price.currency if former.price else "",
        "awarded_at": former.awarded_at,
        "result_at": former.result_at,
        "ranking": encode(report.ranking).decode(),
        "rejected": encode(report.rejected).decode(),
    }


def _papers(id: str, state: Tender) -> Iterator[Row]:
    for n, document in enumerate(state.draft.documents if state.draft else (), 1):
        yield (
            "tender_document",
            (id, n),
            {
                "sha256": document.sha256,
                "length": document.length,
                "name": document.name,
                "media_type": document.media_type,
                "kind": document.kind,
            },
        )
    for notice in state.notices:
        yield (
            "tender_notice",
            (id, notice.n),
            {"kind": notice.kind, "at": notice.at, "title": notice.title, "sha256": notice.sha256, "lot": notice.lot},
        )
    for n, mark in enumerate(state.timeline, 1):
        yield ("tender_mark", (id, n), {"at": mark.at, "key": mark.key, "lot": mark.lot, "ref": mark.ref})


def _matters(id: str, state: Tender) -> Iterator[Row]:
    for o in state.objections:
        yield (
            "tender_objection",
            (id, o.id),
            {
                "kind": o.kind,
                "regime": o.regime,
                "lot": o.lot,
                "text_sha256": o.text_sha256,
                "filed_at": o.filed_at,
                "answer_by": o.answer_by,
                "answered_at": o.answered_at,
                "outcome": o.outcome,
                "answer_sha256": o.answer_sha256,
            },
        )
    for question in state.questions:
        yield ("tender_question", (id, question.id), {"text": question.text, "at": question.at})
    for p in state.pauses:
        yield (
            "tender_pause",
            (id, p.id),
            {"ground": p.ground, "authority": p.authority, "by_org": p.by, "at": p.at, "reference": p.reference},
        )
    for d in dues(state):
        yield (
            "tender_due",
            (id, d.key),
            {
                "what": d.what,
                "at": d.at,
                "lot": d.lot,
                "ref": d.ref,
                "rule": d.rule,
                "article": d.article,
                "breach": d.breach,
                "provisional": d.provisional,
            },
        )
