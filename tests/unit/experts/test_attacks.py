"""The attacks that xdraw/1 A7 lists, each tried against the rules and the proof."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from archive.errors import Refused
from archive.values import DAY, MINUTE
from experts import expert
from experts.draw import eligible, lists_of
from experts.entropy import contributions, seed_from
from experts.expert.messages import Apply, Employment, IdentityFacts, Person
from experts.panel.messages import (
    CallExpert,
    CommitNonce,
    ExecuteDraw,
    OpenFromEscrow,
    PlanDraw,
    PoolFacts,
    RecordReply,
    ReplaceSeat,
)
from experts.plan import Rules, SealedPart, Seats
from experts.proof import build, verify_proof
from experts.snapshot import take
from tests.unit.experts import cast, plays
from tests.unit.experts.cast import BEACON_AT, DEADLINE, K_SNAP, PLANNED, ROLES
from tests.unit.experts.plays import EVIDENCE
from tests.unit.experts.stage import Stage


def test_drawing_again_until_liked_leaves_refusals_on_record_and_the_same_seats() -> None:
    panel = plays.drawn()
    seats = panel.state.seats
    for n in range(1, 8):
        panel.refuses("draw.twice", ExecuteDraw(), BEACON_AT + n, cast.inputs())
    assert panel.state.seats == seats


def test_the_last_to_reveal_does_not_know_what_withholding_would_do() -> None:
    panel = plays.committed()
    ctx = bytes.fromhex(panel.state.ctx)
    commits = {role: bytes.fromhex(c) for role, c in panel.state.commits.items()}
    reveals = {role: cast.nonce(role) for role in ROLES}
    withheld = {role: reveals[role] for role in ROLES[:-1]}
    # Both ways the beacon's value is still to come, and it decides: two beacons give two seeds for either choice.
    seeds = {
        seed_from(ctx, ROLES, commits, given, (), beacon).value
        for given in (reveals, withheld)
        for beacon in (b"a" * 32, b"b" * 32)
    }
    assert len(seeds) == 4
    panel.refuses("draw.early", ExecuteDraw(), BEACON_AT - 1, cast.inputs())


def test_withholding_does_not_abort_the_draw() -> None:
    panel = plays.revealed(without=ROLES)
    panel.act(ExecuteDraw(), BEACON_AT, cast.inputs())
    assert panel.state.draw is not None
    assert panel.state.draw.withheld == ROLES


def test_escrow_cannot_choose_between_two_draws_once_the_beacon_may_be_known() -> None:
    panel = plays.revealed(without=("bidder:1",))
    late = OpenFromEscrow("bidder:1", cast.nonce("bidder:1").hex(), ("regulator", "platform"))
    panel.refuses("draw.escrow.time", late, BEACON_AT)


def test_nothing_that_could_be_ground_is_open_after_the_commitments() -> None:
    panel = plays.committed()
    reference = panel.state.snapshot
    assert reference is not None
    for changes in (
        {"draw_id": "D2"},
        {"contributors": ROLES[::-1]},
        {"seats": (Seats("A0801", 4),)},
        {"rules": Rules(20230101, 4, 1, {})},
    ):
        panel.refuses(
            "draw.plan.frozen", PlanDraw(cast.plan(**changes), reference), PLANNED + 2 * MINUTE, PoolFacts((reference,))
        )
    for role in ROLES:
        panel.refuses("draw.commit.twice", CommitNonce(role, "00" * 32), PLANNED + 2 * MINUTE)


def test_the_same_commitment_does_not_serve_a_second_attempt() -> None:
    panel, again = plays.planned(), plays.stage()
    stage, reference = again
    stage.act(PlanDraw(cast.plan(draw_id="D2"), reference), PLANNED, PoolFacts((reference,)))
    assert cast.commitment(panel.state.ctx, "agency") != cast.commitment(stage.state.ctx, "agency")


def test_friends_admitted_after_the_cutoff_are_not_drawn() -> None:
    friends = [replace(cast.person(900 + n, org=f"F{n}"), admitted=20230901) for n in range(40)]
    pool = take([*cast.pool(), *friends], K_SNAP)
    for cat in cast.CATS:
        rows, counts = eligible(pool, Rules(20230101, 5, 1, {}), [cat], SealedPart())
        assert counts["E2_ADMITTED"] == 40
        assert not {pool.records[row].id for row in rows} & {f.id for f in friends}


def test_requirements_that_narrow_the_list_to_a_few_are_refused_or_seat_nobody() -> None:
    panel, reference = plays.stage()
    narrow = cast.plan(min_list=3)
    panel.refuses("draw.plan.short-list", PlanDraw(narrow, reference), PLANNED, PoolFacts((reference,)))
    records = tuple(r if n % 3 else replace(r, admitted=20230601) for n, r in enumerate(cast.pool()) if n < 16)
    short = plays.revealed(records=records)
    short.act(ExecuteDraw(), BEACON_AT, cast.inputs())
    assert short.state.phase == "failed"


def test_a_fake_no_answer_needs_every_call_its_window_and_its_evidence() -> None:
    panel = plays.drawn()
    panel.act(CallExpert(0, "voice"), BEACON_AT)
    panel.refuses("panel.reply.early", RecordReply(0, "timeout", EVIDENCE), BEACON_AT + DAY)
    panel.refuses("panel.evidence", RecordReply(0, "decline"), BEACON_AT + DAY)


def test_fake_declines_bring_the_next_in_line_and_nobody_else() -> None:
    panel = plays.drawn()
    plan, draw = panel.state.plan, panel.state.draw
    assert plan is not None and draw is not None
    pool = take(cast.pool(), K_SNAP)
    cat = panel.state.seats[0].cat
    line = [pool.records[row].id for row in lists_of(plan, pool, draw.sealed, bytes.fromhex(draw.seed)).rows[cat]]
    order = [s.id for s in panel.state.seats if s.cat == cat]
    for _ in range(3):
        plays.answer(panel, 0, "decline")
        panel.act(ReplaceSeat(0), BEACON_AT)
        found = panel.state.seats[0].id
        assert line.index(found) > max(line.index(i) for i in order)
        order.append(found)


def test_a_forged_beacon_is_refused_and_stays_refused() -> None:
    panel = plays.revealed()
    forged = cast.SIGNATURE[:-4] + "0000"
    panel.refuses("draw.beacon.forged", ExecuteDraw(), BEACON_AT, cast.inputs(signature=forged))
    panel.act(ExecuteDraw(), BEACON_AT, cast.inputs())


def test_an_operator_who_seats_a_friend_is_found_by_anybody() -> None:
    panel = plays.disclosed(plays.drawn())
    state = panel.state
    draw = state.draw
    assert draw is not None
    pool = take(cast.pool(), K_SNAP)
    first = draw.selected[0]
    row = lists_of(state.plan or cast.plan(), pool, draw.sealed, bytes.fromhex(draw.seed)).rows[first.cat][-1]
    friend = replace(first, position=19, id=pool.records[row].id, rc=pool.rc(row).hex())
    seats = (replace(state.seats[0], id=friend.id, rc=friend.rc, position=19), *state.seats[1:])
    replies = tuple(replace(r, id=friend.id) if r.seat == 0 else r for r in state.replies)
    forged = replace(state, draw=replace(draw, selected=(friend, *draw.selected[1:])), seats=seats, replies=replies)
    wrong = {c.name for c in verify_proof(build(forged, pool)).checks if c.wrong}
    assert "result" in wrong


def test_without_beacon_or_bidder_platform_and_regulator_could_predict_so_there_is_no_such_plan() -> None:
    panel, reference = plays.stage()
    together = cast.without_beacon(contributors=("agency", "platform", "regulator"))
    panel.refuses("draw.plan.entropy", PlanDraw(together, reference), PLANNED, PoolFacts((reference,)))


def test_the_vrfs_input_is_unknown_before_the_reveals() -> None:
    panel = plays.committed(cast.without_beacon())
    commits = {role: bytes.fromhex(c) for role, c in panel.state.commits.items()}
    ctx = bytes.fromhex(panel.state.ctx)
    blobs = {contributions(ctx, ROLES, commits, {"agency": cast.nonce("agency")})[1], contributions(ctx, ROLES, commits, {})[1]}
    assert len(blobs) == 2
    panel.refuses("draw.early", ExecuteDraw(), DEADLINE, cast.inputs(signature=""))


def test_one_identity_document_holds_one_place() -> None:
    twin = Stage(expert.DECIDER, "expert/E2")
    again = Apply(
        person=twin.hide(Person("n")),
        identity=sha256(b"id").hexdigest(),
        cats=("A0801",),
        region="530500",
        employment=(Employment("O", 20200101),),
        title="t",
        years=9,
    )
    with pytest.raises(Refused, match=r"expert\.identity"):
        twin.act(again, PLANNED, IdentityFacts(holder="E1"))
