"""Real OCDS tenders: every release that was taken becomes a tender, every bid in it is sealed, submitted, opened, scored.

Amounts, times and statuses are the file's.  Nobody from there has an account here, so the platform acts by rule
for them (rulebook ``imported-1``, which judges nothing by another country's law); the trustees are the demonstration's.
"""

from collections.abc import Iterator
from hashlib import sha256

from archive.canonical import encode
from archive.errors import Refused, SunlitError
from archive.values import HOUR, MINUTE, SECOND, Actor, Instant, Money
from bidding.tool import Place
from experts.evaluation.messages import Clause
from experts.methods import LowestEvaluated, Method
from trading import tender as t
from trading.commands import (
    Award,
    DeclareFailure,
    DraftTender,
    IssueAwardLetter,
    PublishNotice,
    PublishResult,
    TerminateTender,
)
from trading.demo import cast, steps
from trading.demo.players import Keeper, Supplier, policy, policy_hex, supplier
from trading.demo.programme import Programme
from trading.demo.stage import Script
from trading.desk import evaluation, facts, opening, printing, publication, registry, result
from trading.intake.plan import Plan, PlanBid, PlanLot, Tenderer
from trading.lifecycle.drafting import policy_digest
from trading.messages import sentence
from trading.parties.messages import RegisterOrg
from trading.platform import Platform

SYSTEM = Actor.system("import")
METHOD = Method(id="lowest-price", version="1", formula=LowestEvaluated())
RECORD = (Clause("source", "来源数据未记载该投标无效", "imported"),)
ITEMS = 12_000
"""What the items of a tender may come to in an entry, in bytes; more of them stand in the notice's file alone."""


def code(party: Tenderer) -> str:
    """A stream name for a foreign identifier: itself where it fits, else a digest."""
    plain = "".join(c for c in party.id if c.isascii() and (c.isalnum() or c in "._-"))
    if plain == party.id and 0 < len(plain) <= 40 and plain[0].isalnum():
        return plain
    return f"x-{sha256(party.id.encode()).hexdigest()[:24]}"


def bidder_of(bid: PlanBid) -> str:
    """Who bids, as a stream name: one tenderer by its own identifier, several as the consortium that they are together."""
    if len(bid.tenderers) == 1:
        return code(bid.tenderers[0])
    return f"x-{sha256(encode({'consortium': sorted(t.id for t in bid.tenderers)})).hexdigest()[:24]}"


def scripts(show: Programme, plan: Plan) -> list[Script]:
    """One tender of the file, and beside it what the file dates after the closing, which holds up nobody's opening."""
    return [guarded(show, plan, _play(show, plan)), guarded(show, plan, _late(show, plan))]


def guarded(show: Programme, plan: Plan, script: Iterator[Instant]) -> Script:
    """A tender that the platform cannot carry to its end stops where it is, with the reason; the others go on."""
    try:
        yield from script
    except SunlitError as no:
        show.stopped.append((plan.id, no.code))
        show.say(plan.id, f"中止 {no.code}：{sentence(no.code, no.params, 'zh')}")


def _play(show: Programme, plan: Plan) -> Script:
    """From its period to its end."""
    yield plan.starts_at - 2 * HOUR
    _parties(show.platform, plan)
    keepers = _publish(show, plan)
    yield from _bid(show, plan)
    yield plan.closes_at + SECOND
    _announce(show, plan)
    yield from _open(show, plan, keepers)
    end = max([a.at for a in plan.awards if a.at] + [plan.closes_at + HOUR])
    for lot in plan.lots:
        yield from _judge(show, plan, lot.id)
    yield end
    for lot in plan.lots:
        _award(show, plan, lot.id)
    yield end + HOUR
    _finish(show, plan)


def _parties(platform: Platform, plan: Plan) -> None:
    parties = [plan.buyer, *(who for bid in plan.bids for who in bid.tenderers)]
    named = {code(p): p.name or p.id for p in parties} | {bidder_of(b): _names(b) for b in plan.bids if len(b.tenderers) > 1}
    for org, name in named.items():
        if not platform.ledger.state(facts.org(org)).code:
            registry.register_org(platform, SYSTEM, RegisterOrg("OCDS", org, name))


def _publish(show: Programme, plan: Plan) -> list[Keeper]:
    platform, name = show.platform, plan.id
    estimate = plan.value or Money(sum(x.value.amount for x in plan.lots if x.value), plan.currency)
    project = t.Project(
        title=plan.title or plan.original,
        principal=code(plan.buyer),
        principal_name=plan.buyer.name or plan.buyer.id,
        estimate=estimate,
        trade="90",
        method="imported",
        nature=plan.category,
        scope=plan.ocid,
    )
    registry.register_project(platform, SYSTEM, name, project, "imported-1", "cn-2026")
    registry.decide_registration(platform, SYSTEM, name)
    keepers = [
        Keeper.make(cast.CENTRE, "platform", platform.random),
        Keeper.make(cast.REGULATOR, "regulator", platform.random),
        Keeper.make(cast.NOTARY, "notary", platform.random),
    ]
    rules = policy_hex(policy(keepers, 2, 3))
    whole = {lot.id: _items(plan, lot) for lot in plan.lots}
    listed = whole if len(encode(whole)) <= ITEMS else {lot: _elsewhere(items) for lot, items in whole.items()}
    draft = t.Draft(
        title=plan.title or plan.original,
        lots=tuple(
            t.LotSpec(
                id=lot.id,
                title=lot.title or lot.original or plan.title or lot.id,
                estimate=lot.value or Money(0, estimate.currency),
                items=listed[lot.id],
                code=lot.original[:40],
            )
            for lot in plan.lots
        ),
        method=t.Method("lowest", encode(METHOD).decode()),
        policy=rules,
        policy_hash=policy_digest(rules),
        decrypt_minutes=60,
        platform_url=platform.url,
    )
    publication.act(platform, SYSTEM, name, DraftTender(draft))
    notified = encode({"items": whole, "ocid": plan.ocid, "title": plan.title})
    text = platform.keep(notified, "notice.json", "application/json")
    notice = t.Notice(
        title=plan.title or plan.original,
        sha256=text.sha256,
        documents_from=plan.starts_at,
        documents_to=plan.ends_at,
        deadline=plan.closes_at,
        principal=t.Contact(plan.buyer.name),
    )
    publication.act(platform, SYSTEM, name, PublishNotice(notice))
    show.say(name, f"公告：{plan.title}（{len(plan.lots)} 个标段，{sum(len(x.items) for x in plan.lots)} 项）")
    return keepers


def _items(plan: Plan, lot: PlanLot) -> tuple[t.Item, ...]:
    """The items of a lot; what is common to all stands with the first."""
    read = (*lot.items, *(plan.common_items if lot is plan.lots[0] else ()))
    return tuple(t.Item(i.id, i.description, i.quantity, i.unit) for i in read)


def _elsewhere(items: tuple[t.Item, ...]) -> tuple[t.Item, ...]:
    return (t.Item("notice.json", f"共 {len(items)} 项，全文见公告附件", "", ""),) if items else ()


def _priced(plan: Plan) -> list[tuple[Instant, PlanBid, Money]]:
    """The bids that can be sealed, in the order of their times."""
    found = [(bid.at, bid, bid.amount) for bid in plan.bids if bid.at is not None and bid.amount is not None]
    return sorted(found, key=lambda one: (one[0], one[1].id))


def _bid(show: Programme, plan: Plan) -> Script:
    suppliers: dict[str, Supplier] = {}
    sealed = 0
    for at, bid, amount in _priced(plan):
        if at < plan.closes_at:
            yield at
            sealed += _hand_in(show, plan, suppliers, at, bid, amount)
    show.say(plan.id, f"{sealed} 份投标加密递交")


def _late(show: Programme, plan: Plan) -> Script:
    """Bids that the file dates at or after the closing: each is handed in at its time, and refused."""
    suppliers: dict[str, Supplier] = {}
    for at, bid, amount in _priced(plan):
        if at >= plan.closes_at:
            yield at
            _hand_in(show, plan, suppliers, at, bid, amount)


def _hand_in(show: Programme, plan: Plan, suppliers: dict[str, Supplier], at: Instant, bid: PlanBid, amount: Money) -> bool:
    """Seal and submit one bid, and withdraw it where the file does; whether it was received."""
    platform, who = show.platform, bidder_of(bid)
    bidder = suppliers.setdefault(who, supplier(cast.Unit(who, _names(bid), ("bidder",), "", ""), platform.random))
    place = Place(plan.id, bid.lot)
    rules = opening.policy_of(platform, plan.id, bid.lot)
    form: dict[str, object] = {
        "bidder_name": _names(bid),
        "price": str(amount.amount),
        "currency": amount.currency,
        "remarks": bid.id,
    }
    listing = "\n".join(bid.documents).encode() or b"-"
    envelope = bidder.seal(platform, place, rules, form, {"documents.txt": listing}, platform.clock())
    try:
        show.received(bidder.hand_in(platform, place, [envelope], at))
    except Refused as no:
        show.refused.append((plan.id, bid.id, no.code))
        show.say(plan.id, f"拒绝 投标 {bid.id[:12]}：{no.code}")
        return False
    if bid.status == "withdrawn":
        show.received(bidder.hand_in(platform, place, [], platform.clock()))
    return True


def _names(bid: PlanBid) -> str:
    return "、".join(who.name or who.id for who in bid.tenderers) or bid.id


def _announce(show: Programme, plan: Plan) -> None:
    for lot in plan.lots:
        box = show.platform.ledger.state(facts.box(plan.id, lot.id))
        show.say(plan.id, f"标段 {lot.id} 截标：{box.count} 份" + ("，不开标，原样封存" if box.phase == "kept" else ""))


def _open(show: Programme, plan: Plan, keepers: list[Keeper]) -> Script:
    platform = show.platform
    for lot in plan.lots:
        if platform.ledger.state(facts.box(plan.id, lot.id)).phase == "opening":
            for j in (1, 3):
                keepers[j - 1].release(platform, plan.id, lot.id, j)
    yield platform.clock() + MINUTE
    for lot in plan.lots:
        if platform.ledger.state(facts.box(plan.id, lot.id)).phase == "read":
            opening.finish(platform, SYSTEM, plan.id, lot.id)
            printed = printing.opening(platform, plan.id, lot.id)
            show.paper(plan.id, f"开标记录 {lot.id}", printed)
            opening.record(platform, SYSTEM, plan.id, lot.id, printed)


def _judge(show: Programme, plan: Plan, lot: str) -> Script:
    """Five system members find what the file found: a bid it calls unsuccessful is rejected, the others rank by price."""
    platform = show.platform
    state = result.state_of(platform, plan.id).lot(lot)
    if state is None or state.stage != "recorded" or not any(r.verdict == "opened" for r in state.rows):
        return
    out = {bid for bid, where in plan.rejected if where == lot}
    bidders = {bidder_of(b): b.id for b in plan.bids if b.lot == lot and b.status != "withdrawn"}

    def finding(bid: str, clause: str) -> tuple[bool, str]:
        return (False, "来源数据记载为无效") if bidders.get(bid) in out else (True, "")

    session = steps.Session((), RECORD, finding, lambda _m, _b, _i: "0")
    evaluation.open_room_of_record(platform, plan.id, lot, RECORD)
    yield from steps.work(show, plan.id, plan.id, lot, session, max(platform.clock(), plan.closes_at) + MINUTE)
    steps.sign(show, plan.id, lot)
    printed = printing.evaluation(platform, plan.id, lot)
    show.paper(plan.id, f"评标报告 {lot}", printed)
    evaluation.record(platform, plan.id, lot, printed)


def _award(show: Programme, plan: Plan, lot: str) -> None:
    """The award as the file has it: the bid of an active award wins if our own ranking puts it first of those left."""
    platform, name = show.platform, plan.id
    state = result.state_of(platform, name).lot(lot)
    won = next((a for a in plan.awards if a.lot == lot and a.status == "active"), None)
    if state is None or state.evaluation is None or not state.evaluation.ranking:
        return
    if won is None:
        show.say(name, f"标段 {lot}：来源数据没有生效的授标，到评审为止")
        return
    winner = next((bidder_of(b) for b in plan.bids if b.id == won.bid and b.lot == lot), "")
    ranked = [r.bidder for r in state.evaluation.ranking]
    if winner not in ranked:
        show.say(name, f"标段 {lot}：来源数据的中标人不在有效投标中，不定标")
        return
    if winner != ranked[0]:
        show.say(name, f"标段 {lot}：来源数据的中标人按价格排第 {ranked.index(winner) + 1}，照来源记录")
    result.step(platform, SYSTEM, name, Award(lot, winner))
    text = platform.keep(encode({"award": won.id, "lot": lot}), "award.json", "application/json")
    result.step(platform, SYSTEM, name, PublishResult(lot, f"{plan.title} {lot}", text.sha256))
    result.step(platform, SYSTEM, name, IssueAwardLetter(lot, text.sha256))
    awarded = result.state_of(platform, name).lot(lot)
    assert awarded is not None
    show.say(name, f"标段 {lot} 中标：{awarded.winner_name}")


def _finish(show: Programme, plan: Plan) -> None:
    """A tender or a lot that the file calls cancelled or unsuccessful ends so here."""
    platform, name = show.platform, plan.id
    state = result.state_of(platform, name)
    text = platform.keep(encode({"ocid": plan.ocid, "status": plan.status}), "end.json", "application/json")
    gone = tuple(
        x.id
        for x in plan.lots
        if (plan.status in ("cancelled", "withdrawn") or x.status in ("cancelled", "withdrawn"))
        and (found := state.lot(x.id)) is not None
        and found in state.live()
    )
    if gone:
        result.step(
            platform, SYSTEM, name, TerminateTender("imported", plan.status or "cancelled", plan.title, text.sha256, gone)
        )
        show.say(name, f"来源数据记载为取消：标段 {', '.join(gone)} 终止")
    failed = {x.id for x in plan.lots if "unsuccessful" in (plan.status, x.status)}
    for lot in result.state_of(platform, name).live():
        unsuccessful = lot.spec.id in failed and not lot.winner
        if lot.stage == "closed" or unsuccessful or (lot.evaluation is not None and not lot.evaluation.ranking):
            ground = "too-few-bids" if lot.stage == "closed" else "imported"
            result.step(platform, SYSTEM, name, DeclareFailure(lot.spec.id, ground, plan.title, text.sha256))
            show.say(name, f"标段 {lot.spec.id} 流标")
