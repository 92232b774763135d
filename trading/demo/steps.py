"""Steps that every play has: a committee drawn from the pool, and its evaluation of a lot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archive.values import DAY, HOUR, MINUTE, Actor, Instant, instant_text
from experts import vrf
from experts.correction import Correction
from experts.encoding import hexed, th
from experts.entropy import commit, contributions
from experts.evaluation.marking import marks_commitment
from experts.evaluation.messages import (
    CheckIn,
    Clause,
    ClauseVote,
    Command,
    CommitMarks,
    ConcludeReview,
    ElectLeader,
    RevealMarks,
    ReviewConformity,
    ReviewQualification,
    SignLetter,
    SignReport,
    SubmitReport,
    Summarise,
)
from experts.evaluation.state import Room
from experts.panel import Panel
from experts.panel.messages import CommitNonce, Named, RecordReply, RevealNonce, VrfProof
from experts.plan import ALGORITHM, BeaconChoice, Plan, Rules, Seats, VrfHolder
from experts.pool import Pool
from trading.demo import cast
from trading.demo.cast import Unit
from trading.demo.players import speak
from trading.demo.programme import Programme
from trading.demo.prologue import POOL
from trading.demo.stage import Script
from trading.desk import committee, evaluation, facts, lottery, pool, registry
from trading.platform import Platform


@dataclass(frozen=True)
class Lottery:
    """How one lot's committee is drawn: seats by category, who contributes, and who declines when called."""

    agency: Unit
    principal: Unit
    seats: tuple[tuple[str, int], ...]
    suppliers: tuple[Unit, ...]
    representative: Named
    declines: int = 0


def pooled(show: Programme) -> None:
    """The first snapshot of the pool is somebody's decision; the bell takes those of the evenings after it."""
    known = show.platform.ledger.state(f"pool/{POOL}")
    assert isinstance(known, Pool)
    if not known.snapshots:
        pool.snapshot(show.platform, POOL)


def draw(show: Programme, play: str, name: str, lot: str, how: Lottery, begin: Instant) -> Script:
    """A draw, the calls until every seat has accepted, and the purchaser's own member."""
    yield from seated(show, play, name, lot, how, begin)
    yield from recall(show, play, name, lot, how.declines)
    committee.represent(show.platform, speak(how.principal, "tenderer"), name, lot, (how.representative,))


def seated(show: Programme, play: str, name: str, lot: str, how: Lottery, begin: Instant) -> Script:
    """Plan, commit, reveal, the regulator's last input, draw: every seat has a candidate whom nobody called yet."""
    platform = show.platform
    yield begin
    regulator_sk, held = platform.random(32), _panel(platform, name, lot)
    deadline = begin + 2 * HOUR
    roles = ("agency", "regulator", "platform", *(f"bidder:{n}" for n, _ in enumerate(how.suppliers, 1)))
    wanted = Plan(
        alg=ALGORITHM,
        draw_id=f"{name}.{lot}",
        lot=lot,
        attempt=held.plan.attempt + 1 if held.plan else 1,
        seats=tuple(Seats(cat, k) for cat, k in how.seats),
        rules=Rules(admitted_max=_month_before(begin), load_max=6, max_per_employer=1, region_max={"5305": 3}),
        sealed="",
        contributors=roles,
        reveal_deadline=instant_text(deadline)[:19] + "Z",
        beacon=BeaconChoice("none"),
        representatives=1,
        least=5,
        min_list=3 * max(k for _, k in how.seats),
        vrf=(VrfHolder("regulator", vrf.public_key(regulator_sk).hex()),),
    )
    registry.register_draw_key(platform, speak(cast.REGULATOR, "regulator", "regulator"), vrf.public_key(regulator_sk).hex())
    lottery.plan(platform, speak(how.agency, "agency"), name, lot, wanted, POOL)
    show.say(play, f"抽取方案固化：{sum(k for _, k in how.seats)} 名专家 + 1 名招标人代表，方案和名单根哈希入日志")
    state = _panel(platform, name, lot)
    speakers = _speakers(how, roles)
    nonces = {role: platform.random(32) for role in roles}
    ctx = hexed(state.ctx)
    for role in roles:
        bound = commit(ctx, role, nonces[role]).hex()
        lottery.commit(platform, speakers[role], name, lot, CommitNonce(role, bound, th("escrow", nonces[role]).hex()))
    yield begin + HOUR
    for role in roles:
        lottery.reveal(platform, speakers[role], name, lot, RevealNonce(role, nonces[role].hex()))
    show.say(play, f"{len(roles)} 方随机数承诺并揭示")
    yield deadline + 15 * MINUTE
    state = _panel(platform, name, lot)
    ctx1, blob, _ = contributions(
        ctx, roles, {r: hexed(c) for r, c in state.commits.items()}, {r: hexed(n) for r, n in state.reveals.items()}
    )
    proof, _ = vrf.prove(regulator_sk, th("vrf", ctx1, blob))
    lottery.execute(platform, name, lot, (VrfProof("regulator", proof.hex()),))
    show.say(play, "执行抽取：种子、名单承诺、各类别人数公布，姓名保密")


def recall(show: Programme, play: str, name: str, lot: str, declines: int = 0) -> Script:
    """Call whoever holds a seat and has not answered, until every seat has accepted."""
    platform, left = show.platform, declines
    now = platform.clock()
    while open_seats := [i for i, s in enumerate(_panel(platform, name, lot).seats) if s.state in ("drawn", "called")]:
        seat = open_seats[0]
        committee.call(platform, name, lot, seat, "voice")
        now += 5 * MINUTE
        yield now
        answer, evidence = ("decline", platform.random(32).hex()) if left > 0 else ("accept", "")
        left -= 1
        expert = Actor(id=_panel(platform, name, lot).seats[seat].id, kind="user", role="expert")
        committee.reply(platform, expert, name, lot, RecordReply(seat, answer, evidence))
    if declines:
        show.say(play, f"自动通知并确认全部专家（{declines} 人次婉拒，按序补抽）")


def _speakers(how: Lottery, roles: tuple[str, ...]) -> Mapping[str, Actor]:
    known = {
        "agency": speak(how.agency, "agency"),
        "regulator": speak(cast.REGULATOR, "regulator", "regulator"),
        "platform": speak(cast.CENTRE, "centre"),
    }
    bidders = {f"bidder:{n}": speak(unit, "bidder") for n, unit in enumerate(how.suppliers, 1)}
    return {role: (known | bidders)[role] for role in roles}


def _month_before(at: Instant) -> int:
    return int(instant_text(at - 30 * DAY)[:10].replace("-", ""))


def _panel(platform: Platform, name: str, lot: str) -> Panel:
    state = platform.ledger.state(facts.panel(name, lot))
    assert isinstance(state, Panel)
    return state


Scorer = Callable[[str, str, str], str]
"""Member, bid, item → mark."""

Finding = Callable[[str, str], tuple[bool, str]]
"""Bid, clause → whether it passes, and why not."""


@dataclass(frozen=True)
class Session:
    """How the committee of one lot works: its clauses, what it finds, how its members mark."""

    qualification: tuple[Clause, ...]
    conformity: tuple[Clause, ...]
    finding: Finding
    marks: Scorer
    purchaser: bool = False
    corrected: tuple[Correction, ...] = ()


def evaluate(
    show: Programme, play: str, name: str, lot: str, how: Session, begin: Instant, between: Callable[[], Script] | None = None
) -> Script:
    """Check-in, letters, leader, reviews, ``between`` (clarifications and the like), marks bound before seen, summary."""
    yield begin
    evaluation.open_room(show.platform, name, lot, how.qualification, how.conformity, corrected=how.corrected)
    yield from work(show, play, name, lot, how, begin, between)


def work(
    show: Programme, play: str, name: str, lot: str, how: Session, begin: Instant, between: Callable[[], Script] | None = None
) -> Script:
    """The committee's work in a room that is open."""
    platform = show.platform
    yield begin
    members = _members(platform, name, lot)
    for n, id in enumerate(members):
        _say(platform, name, lot, id, CheckIn(id, f"station-{n + 1}", platform.random(32).hex()))
        _say(platform, name, lot, id, SignLetter(id, platform.keep("演示承诺书".encode(), "letter.txt", "text/plain").sha256))
    leader = next(id for id in members if not id.startswith("R-"))
    _say(platform, name, lot, "clerk", ElectLeader(dict.fromkeys(members, leader)))
    show.say(play, f"{len(members)} 名成员签到、签署承诺书、推举组长")
    yield begin + 30 * MINUTE
    reviewers = ("purchaser",) if how.purchaser else members
    if how.qualification:
        for id in reviewers:
            _say(platform, name, lot, id, ReviewQualification(id, _votes(platform, name, lot, how, "qualification")))
        _say(platform, name, lot, "clerk", ConcludeReview("qualification"))
    for id in members:
        _say(platform, name, lot, id, ReviewConformity(id, _votes(platform, name, lot, how, "conformity")))
    _say(platform, name, lot, "clerk", ConcludeReview("conformity"))
    rejected = room(platform, name, lot).rejected
    show.say(play, f"资格、符合性审查完成，否决 {len(rejected)} 份")
    yield begin + 60 * MINUTE
    if between is not None:
        yield from between()
    yield from _mark(show, play, name, lot, how, platform.clock())


def _mark(show: Programme, play: str, name: str, lot: str, how: Session, begin: Instant) -> Script:
    platform = show.platform
    state = room(platform, name, lot)
    assert state.opened is not None
    members = [s.member.id for s in state.active]
    items = [i.id for i in state.opened.method.items]
    yield begin + 30 * MINUTE
    if items:
        sheets = {m: {b.id: {i: how.marks(m, b.id, i) for i in items} for b in state.valid} for m in members}
        salts = {m: platform.random(32) for m in members}
        for m in members:
            _say(platform, name, lot, m, CommitMarks(m, marks_commitment(m, salts[m], sheets[m])))
        for m in members:
            _say(platform, name, lot, m, RevealMarks(m, salts[m].hex(), sheets[m]))
        show.say(play, f"{len(members)} 名成员独立评分：先承诺、后揭示")
    _say(platform, name, lot, "clerk", Summarise())
    summary = room(platform, name, lot).summary
    assert summary is not None
    show.say(play, f"汇总排序：{len(summary.ranking)} 份有效，候选人 {len(summary.candidates)} 名")


def sign(show: Programme, name: str, lot: str) -> None:
    """Every member signs the report as it stands, and it is submitted."""
    platform = show.platform
    state = room(platform, name, lot)
    for seat in state.active:
        _say(platform, name, lot, seat.member.id, SignReport(seat.member.id, state.report))
    _say(platform, name, lot, "clerk", SubmitReport())


def _votes(platform: Platform, name: str, lot: str, how: Session, stage: str) -> tuple[ClauseVote, ...]:
    clauses = how.qualification if stage == "qualification" else how.conformity
    found = []
    for bid in room(platform, name, lot).valid:
        for clause in clauses:
            passed, note = how.finding(bid.id, clause.id)
            found.append(ClauseVote(bid.id, clause.id, passed, note))
    return tuple(found)


def _members(platform: Platform, name: str, lot: str) -> tuple[str, ...]:
    return tuple(s.member.id for s in room(platform, name, lot).active)


def room(platform: Platform, name: str, lot: str) -> Room:
    """The room's state."""
    return evaluation.room(platform, name, lot)


def _say(platform: Platform, name: str, lot: str, member: str, command: Command) -> None:
    """A member acts for himself; the clerk and the purchaser's reviewer act for the room."""
    role = {"clerk": "clerk", "purchaser": "tenderer"}.get(member, "expert")
    evaluation.act(platform, Actor(id=member, kind="user", role=role), name, lot, command)


say = _say
"""The same for a play's own acts in the room."""
