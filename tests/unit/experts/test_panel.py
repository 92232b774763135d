"""The panel of a lot: the frozen plan, contributions, the one draw, calls, replacements, composition, disclosure."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from archive.values import DAY, MINUTE, instant_text
from experts import panel as panel_module
from experts import vrf
from experts.encoding import th
from experts.entropy import contributions
from experts.panel import DECIDER, LAW
from experts.panel.contact import alarm_depth
from experts.panel.events import DrawFailed, SeatVacated
from experts.panel.messages import (
    BidderFacts,
    CallExpert,
    CommitNonce,
    CompletePanel,
    DisclosePanel,
    ExecuteDraw,
    KeyOnRecord,
    Named,
    NameRepresentatives,
    OpenFromEscrow,
    PlanDraw,
    PoolFacts,
    PublishDraw,
    RecordDelivery,
    RecordReply,
    ReplaceSeat,
    RevealNonce,
    ScreenConflicts,
    SnapshotRef,
    VacateSeat,
    VrfProof,
)
from experts.plan import BeaconChoice, Rules, Rung, SealedPart, Seats, VrfHolder
from experts.snapshot import take
from tests.unit.experts import cast
from tests.unit.experts.cast import BEACON_AT, DEADLINE, K_SNAP, PLANNED, ROLES
from tests.unit.experts.plays import EVIDENCE, PURCHASER, accepted, answer, committed, drawn, planned, revealed, stage


def test_a_whole_life_from_plan_to_disclosure() -> None:
    panel = drawn()
    assert len({s.id for s in panel.state.seats}) == 4
    panel.act(PublishDraw(), BEACON_AT + 1)
    accepted(panel, 0, 1, 2, 3)
    panel.act(NameRepresentatives((PURCHASER,)), BEACON_AT + DAY)
    panel.act(CompletePanel(), BEACON_AT + DAY)
    panel.refuses("panel.award", DisclosePanel(""), BEACON_AT + 2 * DAY)
    (disclosed,) = panel.act(DisclosePanel("tender/T1#9"), BEACON_AT + 2 * DAY)
    assert [m.id for m in disclosed.members] == [*(s.id for s in panel.state.seats), "R1"]
    assert all(m.name.startswith("演示") for m in disclosed.members[:4])
    assert panel.state.phase == "disclosed"


def test_what_is_secret_before_the_award_is_withheld_and_the_rest_is_not() -> None:
    assert DECIDER.secrecy(PlanDraw(cast.plan(), SnapshotRef(0, "", 0, ""))) == "public"
    assert DECIDER.secrecy(PublishDraw()) == "public"
    assert DECIDER.secrecy(DisclosePanel("x")) == "public"
    for command in (
        ExecuteDraw(),
        RevealNonce("a", ""),
        CallExpert(0, ""),
        RecordReply(0, ""),
        ReplaceSeat(0),
        ScreenConflicts(),
    ):
        assert DECIDER.secrecy(command) == "secret"


def test_no_public_event_before_the_disclosure_names_anybody() -> None:
    panel = drawn()
    (published,) = panel.act(PublishDraw(), BEACON_AT + 1)
    text = repr(published)
    assert not any(seat.id in text or seat.rc in text for seat in panel.state.seats)


def test_the_published_plan_recomputes_to_the_same_seats() -> None:
    assert drawn().state.seats == drawn().state.seats


# The plan


def test_the_plan_uses_the_last_snapshot_before_its_day_and_no_other() -> None:
    panel, reference = stage()
    older = SnapshotRef(20230912, "00" * 32, 1, "11" * 32)
    today = SnapshotRef(20230915, "22" * 32, 1, "33" * 32)
    facts = PoolFacts((older, reference, today))
    panel.refuses("draw.snapshot.rule", PlanDraw(cast.plan(), older), PLANNED, facts)
    panel.refuses("draw.snapshot.rule", PlanDraw(cast.plan(), today), PLANNED, facts)
    panel.act(PlanDraw(cast.plan(), reference), PLANNED, facts)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("draw.plan.form", {"alg": "xdraw/2"}),
        ("draw.plan.form", {"seats": (Seats("A0801", 2), Seats("A0801", 2))}),
        ("draw.plan.form", {"seats": (Seats("A" * 17, 4),)}),
        ("draw.plan.form", {"seats": ()}),
        ("draw.plan.form", {"contributors": ("agency", "agency")}),
        ("draw.plan.form", {"beacon": BeaconChoice("dice", 3)}),
        ("draw.plan.form", {"reveal_deadline": "tomorrow"}),
        ("draw.plan.form", {"ladder": (Rung("C0101", ("C0102",)),)}),
        ("draw.plan.attempt", {"attempt": 2}),
        ("draw.plan.short-list", {"min_list": 5}),
        ("draw.plan.composition", {"representatives": 2}),
        ("draw.plan.composition", {"least": 7}),
        ("draw.plan.entropy", {"beacon": BeaconChoice("none")}),
        ("draw.plan.deadline", {"reveal_deadline": instant_text(PLANNED)}),
        ("draw.plan.beacon", {"reveal_deadline": instant_text(BEACON_AT - 10 * MINUTE + 1)}),
    ],
)
def test_a_plan_that_breaks_a_rule_is_refused(code: str, changes: dict[str, Any]) -> None:
    panel, reference = stage()
    panel.refuses(code, PlanDraw(cast.plan(**changes), reference), PLANNED, PoolFacts((reference,)))


def test_a_beacon_round_exactly_ten_minutes_after_the_deadline_will_do() -> None:
    panel, reference = stage()
    plan = cast.plan(reveal_deadline=instant_text(BEACON_AT - 10 * MINUTE))
    panel.act(PlanDraw(plan, reference), PLANNED, PoolFacts((reference,)))


def test_a_vrf_without_a_bidder_among_the_contributors_is_not_entropy_enough() -> None:
    panel, reference = stage()
    plan = cast.without_beacon(contributors=("agency", "regulator", "platform"))
    panel.refuses("draw.plan.entropy", PlanDraw(plan, reference), PLANNED, PoolFacts((reference,)))


def test_facts_of_another_kind_are_refused() -> None:
    panel, reference = stage()
    panel.refuses("draw.facts", PlanDraw(cast.plan(), reference), PLANNED)


# Contributions


def test_a_nonce_is_committed_once_by_a_contributor_in_time() -> None:
    panel = planned()
    good = cast.commitment(panel.state.ctx, "agency")
    panel.refuses("draw.role", CommitNonce("notary", good), PLANNED)
    panel.refuses("draw.commit.late", CommitNonce("agency", good), DEADLINE)
    panel.act(CommitNonce("agency", good), PLANNED)
    panel.refuses("draw.commit.twice", CommitNonce("agency", good), PLANNED)


def test_nobody_reveals_before_everybody_is_bound() -> None:
    panel = planned()
    panel.act(CommitNonce("agency", cast.commitment(panel.state.ctx, "agency")), PLANNED)
    panel.refuses("draw.reveal.early", RevealNonce("agency", cast.nonce("agency").hex()), PLANNED + 1)


def test_a_reveal_opens_its_own_commitment_once_and_in_time() -> None:
    panel = committed()
    panel.refuses("draw.reveal.mismatch", RevealNonce("agency", "00" * 32), DEADLINE - 1)
    panel.refuses("draw.reveal.late", RevealNonce("agency", cast.nonce("agency").hex()), DEADLINE)
    panel.refuses("draw.role", RevealNonce("notary", "00" * 32), DEADLINE - 1)
    panel.act(RevealNonce("agency", cast.nonce("agency").hex()), DEADLINE - 1)
    panel.refuses("draw.reveal.twice", RevealNonce("agency", cast.nonce("agency").hex()), DEADLINE - 1)


def test_a_commitment_copied_from_another_role_cannot_be_opened() -> None:
    panel = planned()
    copied = cast.commitment(panel.state.ctx, "agency")
    for role in ROLES:
        panel.act(CommitNonce(role, copied if role == "bidder:1" else cast.commitment(panel.state.ctx, role)), PLANNED)
    panel.refuses("draw.reveal.mismatch", RevealNonce("bidder:1", cast.nonce("agency").hex()), DEADLINE - 1)


def test_escrow_opens_a_missing_reveal_by_two_keepers_and_before_the_beacon_only() -> None:
    panel = revealed(without=("bidder:1",))
    missing = cast.nonce("bidder:1").hex()
    two = ("regulator", "notary")
    panel.refuses("draw.escrow.time", OpenFromEscrow("bidder:1", missing, two), DEADLINE - 1)
    panel.refuses("draw.escrow.openers", OpenFromEscrow("bidder:1", missing, ("regulator", "regulator")), DEADLINE)
    panel.refuses("draw.escrow.openers", OpenFromEscrow("bidder:1", missing, ("regulator", "agency")), DEADLINE)
    panel.refuses("draw.escrow.time", OpenFromEscrow("bidder:1", missing, two), DEADLINE + 10 * MINUTE)
    panel.act(OpenFromEscrow("bidder:1", missing, two), DEADLINE)
    (event,) = panel.act(ExecuteDraw(), BEACON_AT, cast.inputs())
    assert event.withheld == ()


def test_what_nobody_opened_is_filled_and_marked_and_the_draw_goes_on() -> None:
    panel = revealed(without=("bidder:1",))
    (event,) = panel.act(ExecuteDraw(), BEACON_AT, cast.inputs())
    assert event.withheld == ("bidder:1",)
    assert event.seed != drawn().state.draw.seed  # type: ignore[union-attr]


def test_a_contributor_that_never_commits_does_not_hold_the_draw_for_ever() -> None:
    panel = planned()
    reference = panel.state.snapshot
    assert reference is not None
    facts = PoolFacts((reference,))
    later = cast.plan(attempt=2, contributors=ROLES[:3], reveal_deadline=instant_text(DEADLINE + MINUTE))
    panel.refuses("draw.plan.frozen", PlanDraw(later, reference), DEADLINE - 1, facts)
    panel.act(PlanDraw(later, reference), DEADLINE, facts)
    assert panel.state.plan == later


# The draw


def test_the_draw_waits_for_the_beacon() -> None:
    revealed().refuses("draw.early", ExecuteDraw(), BEACON_AT - 1, cast.inputs())


def test_a_signature_of_another_round_is_no_beacon() -> None:
    forged = revealed(cast.plan(beacon=BeaconChoice("drand-quicknet", cast.ROUND + 1)))
    forged.refuses("draw.beacon.forged", ExecuteDraw(), BEACON_AT + 3 * MINUTE, cast.inputs())


def test_a_second_draw_is_refused_however_often_it_is_asked() -> None:
    panel = drawn()
    before = panel.state.seats
    for _ in range(7):
        panel.refuses("draw.twice", ExecuteDraw(), BEACON_AT + DAY, cast.inputs())
    reference = panel.state.snapshot
    assert reference is not None
    panel.refuses("draw.plan.frozen", PlanDraw(cast.plan(attempt=2), reference), BEACON_AT + 1, PoolFacts((reference,)))
    assert panel.state.seats == before


def test_the_sealed_part_opens_the_plans_commitment_and_keeps_its_organisations_out() -> None:
    part = SealedPart(("ORG001", "ORG002"), ("E0000040",))
    panel = revealed(cast.plan(part))
    panel.refuses("draw.sealed.mismatch", ExecuteDraw(), BEACON_AT, cast.inputs(SealedPart(("ORG001",))))
    (event,) = panel.act(ExecuteDraw(), BEACON_AT, cast.inputs(part))
    assert sum(c.get("E5_EMPLOYER", 0) for c in event.counts.values()) == 6
    assert sum(c.get("E8_EXCLUDED", 0) for c in event.counts.values()) == 1


def test_a_record_file_that_is_not_the_one_planned_on_is_refused() -> None:
    panel = revealed()
    digest = next(iter(panel.blobs))
    other, _ = cast.file_of(take(cast.pool(61), K_SNAP))
    forged = SnapshotRef(20230914, other.root, other.n, digest)
    panel2, _ = stage()
    panel2.act(PlanDraw(cast.plan(), forged), PLANNED, PoolFacts((forged,)))
    for role in ROLES:
        panel2.act(CommitNonce(role, cast.commitment(panel2.state.ctx, role)), PLANNED)
    panel2.refuses("draw.snapshot.mismatch", ExecuteDraw(), BEACON_AT, cast.inputs())


def test_a_closed_network_draws_with_the_regulators_vrf_over_the_reveals() -> None:
    panel = revealed(cast.without_beacon())
    state = panel.state
    commits = {role: bytes.fromhex(c) for role, c in state.commits.items()}
    reveals = {role: bytes.fromhex(r) for role, r in state.reveals.items()}
    ctx1, blob, _ = contributions(bytes.fromhex(state.ctx), ROLES, commits, reveals)
    pi, _ = vrf.prove(cast.SECRET, th("vrf", ctx1, blob))
    panel.refuses("draw.vrf", ExecuteDraw(), BEACON_AT, cast.inputs(signature=""))
    wrong = VrfProof("regulator", vrf.prove(cast.SECRET, b"guess")[0].hex())
    panel.refuses("draw.vrf", ExecuteDraw(), BEACON_AT, cast.inputs(signature="", proofs=(wrong,)))
    panel.refuses("draw.early", ExecuteDraw(), DEADLINE + 10 * MINUTE - 1, cast.inputs(signature=""))
    panel.act(ExecuteDraw(), DEADLINE + 10 * MINUTE, cast.inputs(signature="", proofs=(VrfProof("regulator", pi.hex()),)))
    assert panel.state.phase == "drawn"


def test_a_last_input_is_given_with_the_key_on_record_for_its_role() -> None:
    key, other = (vrf.public_key(bytes([n]) * 32).hex() for n in (7, 8))
    plan = cast.plan(vrf=(VrfHolder("regulator", key),))

    def planned_on(*keys: KeyOnRecord) -> None:
        panel, reference = stage()
        panel.act(PlanDraw(plan, reference), PLANNED, PoolFacts((reference,), keys))

    def refused_on(*keys: KeyOnRecord) -> None:
        panel, reference = stage()
        panel.refuses("draw.vrf.key", PlanDraw(plan, reference), PLANNED, PoolFacts((reference,), keys))

    held = KeyOnRecord("regulator", "ORG1", key, PLANNED - DAY)
    planned_on(KeyOnRecord("regulator", "ORG2", other, 1), held)
    refused_on()
    refused_on(replace(held, key=other))
    refused_on(replace(held, role="notary"))
    planned(plan)  # a log of before keys were registered tells of none, and decides as it did


def test_a_short_list_climbs_the_ladder_and_says_so() -> None:
    plan = cast.plan(
        min_list=21, ladder=(Rung("B0301", ("A0802",)),), seats=(Seats("B0301", 4),), rules=Rules(20230101, 5, 1, {})
    )
    panel = drawn(plan)
    assert panel.state.draw is not None
    assert panel.state.draw.widened == {"B0301": ("A0802",)}
    assert panel.state.draw.lengths == {"B0301": 40}


def test_a_list_that_stays_short_seats_nobody_and_allows_a_wider_attempt() -> None:
    panel = revealed(cast.plan(min_list=21))
    (event,) = panel.act(ExecuteDraw(), BEACON_AT, cast.inputs())
    assert isinstance(event, DrawFailed)
    assert event.reason == "SHORT_LIST"
    assert not panel.state.seats
    reference = panel.state.snapshot
    assert reference is not None
    wider = cast.plan(
        attempt=2, beacon=BeaconChoice("drand-quicknet", cast.ROUND + 10_000), reveal_deadline=instant_text(BEACON_AT + MINUTE)
    )
    panel.act(PlanDraw(wider, reference), BEACON_AT + 1, PoolFacts((reference,)))


def test_caps_that_nobody_can_keep_seat_nobody() -> None:
    panel = revealed(cast.plan(rules=Rules(20230101, 5, 1, {"53": 3})))
    (event,) = panel.act(ExecuteDraw(), BEACON_AT, cast.inputs())
    assert isinstance(event, DrawFailed)
    assert event.reason == "CAPS"


def test_the_commitment_is_published_once_after_the_draw() -> None:
    panel = revealed()
    panel.refuses("panel.phase", PublishDraw(), BEACON_AT)
    panel.act(ExecuteDraw(), BEACON_AT, cast.inputs())
    panel.act(PublishDraw(), BEACON_AT)
    panel.refuses("panel.phase", PublishDraw(), BEACON_AT)


# Calls and replacements


def test_a_timeout_needs_every_attempt_and_the_whole_window() -> None:
    panel = drawn()
    at = BEACON_AT + MINUTE
    for _ in range(2):
        panel.act(CallExpert(0, "sms"), at)
        panel.refuses("panel.reply.early", RecordReply(0, "timeout", EVIDENCE), at + 30 * MINUTE)
    panel.act(CallExpert(0, "voice"), at)
    panel.refuses("panel.calls", CallExpert(0, "voice"), at)
    panel.refuses("panel.reply.early", RecordReply(0, "timeout", EVIDENCE), at + 30 * MINUTE - 1)
    panel.refuses("panel.evidence", RecordReply(0, "timeout"), at + 30 * MINUTE)
    panel.act(RecordReply(0, "timeout", EVIDENCE), at + 30 * MINUTE)
    assert panel.state.seats[0].state == "vacant"


def test_a_decline_needs_its_evidence_and_a_call_before_it() -> None:
    panel = drawn()
    panel.refuses("panel.seat-state", RecordReply(0, "decline", EVIDENCE), BEACON_AT)
    panel.act(CallExpert(0, "voice"), BEACON_AT)
    panel.refuses("panel.evidence", RecordReply(0, "decline"), BEACON_AT)
    panel.refuses("panel.evidence", RecordReply(0, "accept", "X" * 64), BEACON_AT)
    panel.refuses("panel.reply", RecordReply(0, "perhaps", EVIDENCE), BEACON_AT)
    panel.refuses("panel.seat", RecordReply(4, "accept"), BEACON_AT)


def test_the_next_name_is_released_only_when_the_reply_is_on_record() -> None:
    panel = drawn()
    panel.refuses("panel.seat-state", ReplaceSeat(0), BEACON_AT)
    panel.act(CallExpert(0, "voice"), BEACON_AT)
    panel.refuses("panel.seat-state", ReplaceSeat(0), BEACON_AT)
    panel.act(RecordReply(0, "decline", EVIDENCE), BEACON_AT)
    (event,) = panel.act(ReplaceSeat(0), BEACON_AT)
    assert event.selected.id != event.vacated


def test_replacement_goes_forward_only_and_never_seats_who_left() -> None:
    panel = drawn()
    seen = [s.id for s in panel.state.seats]
    cat, furthest = panel.state.seats[0].cat, []
    for _ in range(12):
        answer(panel, 0, "decline")
        panel.act(ReplaceSeat(0), BEACON_AT)
        if panel.state.phase == "stopped":
            break
        furthest.append(panel.state.furthest[cat])
        assert panel.state.seats[0].id not in seen
        seen.append(panel.state.seats[0].id)
    assert furthest == sorted(set(furthest))
    assert len(furthest) >= 5


def test_an_exhausted_list_goes_on_into_the_ladder_and_then_stops_the_panel() -> None:
    records = tuple(cast.person(n, org=f"ORG{n:03d}", cats=("A0801",) if n < 14 else ("A0802",)) for n in range(16))
    plan = cast.plan(
        seats=(Seats("A0801", 4),), min_list=12, ladder=(Rung("A0801", ("A0802",)),), rules=Rules(20230101, 5, 1, {})
    )
    panel = drawn(plan, records)
    joined = []
    for _ in range(13):
        answer(panel, 0, "decline")
        panel.act(ReplaceSeat(0), BEACON_AT)
        if panel.state.phase == "stopped":
            break
        joined.append(panel.state.seats[0].id)
    assert set(joined[-2:]) == {"E0000014", "E0000015"}
    assert panel.state.phase == "stopped"
    panel.refuses("panel.phase", CallExpert(1, "voice"), BEACON_AT)
    reference = panel.state.snapshot
    assert reference is not None
    again = cast.plan(
        attempt=2, beacon=BeaconChoice("drand-quicknet", cast.ROUND + 400), reveal_deadline=instant_text(BEACON_AT + MINUTE)
    )
    panel.act(PlanDraw(again, reference), BEACON_AT, PoolFacts((reference,)))
    assert len(panel.state.left) == 13


def test_who_left_a_seat_is_kept_out_of_the_next_attempt() -> None:
    panel = revealed()
    panel.state = replace(panel.state, left=("E0000001",))
    panel.refuses("draw.sealed.left", ExecuteDraw(), BEACON_AT, cast.inputs())


def test_too_many_contacts_raise_the_alarm_once() -> None:
    records = tuple(cast.person(n, cats=("A0801",), org=f"ORG{n:03d}") for n in range(60))
    panel = drawn(cast.plan(seats=(Seats("A0801", 4),), min_list=12, rules=Rules(20230101, 5, 1, {})), records)
    alarms = []
    for _ in range(30):
        for event in panel.act(CallExpert(0, "voice"), BEACON_AT):
            if type(event).__name__ == "DepthAlarm":
                alarms.append(event.contacts)
        panel.act(RecordReply(0, "decline", EVIDENCE), BEACON_AT)
        panel.act(ReplaceSeat(0), BEACON_AT)
    assert alarms == [alarm_depth(4)]


def test_alarm_depths_are_those_of_the_negative_binomial() -> None:
    assert [alarm_depth(3), alarm_depth(5), alarm_depth(3, Fraction(2, 5))] == [15, 20, 25]


def test_a_conflict_found_after_the_opening_vacates_the_seat_without_a_new_draw() -> None:
    panel = accepted(drawn(), 0, 1, 2, 3)
    panel.act(NameRepresentatives((PURCHASER,)), BEACON_AT)
    panel.act(CompletePanel(), BEACON_AT)
    records = {r.id: r for r in cast.pool()}
    employer = records[panel.state.seats[1].id].orgs[0]
    others = [s for i, s in enumerate(panel.state.seats) if i != 1]
    events = panel.act(ScreenConflicts(), BEACON_AT, BidderFacts((employer, "ELSE")))
    assert [(e.seat, e.ground) for e in events if isinstance(e, SeatVacated)] == [(1, "E5_EMPLOYER")]
    assert panel.state.phase == "drawn"
    panel.refuses("panel.phase", DisclosePanel("x"), BEACON_AT)
    panel.act(ReplaceSeat(1), BEACON_AT)
    assert [s for i, s in enumerate(panel.state.seats) if i != 1] == others
    answer(panel, 1, "accept")
    panel.act(CompletePanel(), BEACON_AT)


def test_a_replacement_with_an_interest_in_a_known_bidder_leaves_at_once() -> None:
    panel = drawn()
    every = tuple(sorted({r.orgs[0] for r in cast.pool()}))
    panel.act(ScreenConflicts(), BEACON_AT, BidderFacts(every))
    assert all(s.state == "vacant" for s in panel.state.seats)
    replaced, vacated = panel.act(ReplaceSeat(0), BEACON_AT)
    assert vacated.id == replaced.selected.id
    assert panel.state.seats[0].state == "vacant"


def test_a_member_who_falls_out_is_replaced_with_a_ground_and_evidence() -> None:
    panel = accepted(drawn(), 0)
    panel.refuses("panel.reply", VacateSeat(0, "unloved", EVIDENCE), BEACON_AT)
    panel.refuses("panel.evidence", VacateSeat(0, "absent"), BEACON_AT)
    panel.refuses("panel.seat-state", VacateSeat(1, "absent", EVIDENCE), BEACON_AT)
    panel.act(VacateSeat(0, "absent", EVIDENCE), BEACON_AT)
    panel.act(ReplaceSeat(0), BEACON_AT)


# Composition and disclosure


def test_a_panel_stands_only_when_every_seat_is_accepted_and_the_purchaser_has_named_its_members() -> None:
    panel = accepted(drawn(), 0, 1, 2)
    panel.refuses("panel.incomplete", CompletePanel(), BEACON_AT)
    accepted(panel, 3)
    panel.refuses("panel.representatives", CompletePanel(), BEACON_AT)
    panel.refuses("panel.representatives", NameRepresentatives((PURCHASER, Named("R2", "x"))), BEACON_AT)
    panel.refuses("panel.representatives", NameRepresentatives((Named(panel.state.seats[0].id, "x"),)), BEACON_AT)
    panel.refuses("panel.phase", DisclosePanel("x"), BEACON_AT)
    panel.act(NameRepresentatives((PURCHASER,)), BEACON_AT)
    panel.act(CompletePanel(), BEACON_AT)
    panel.refuses("panel.phase", CompletePanel(), BEACON_AT)


def test_acts_out_of_turn_are_refused() -> None:
    panel, _ = stage()
    for command in (CommitNonce("agency", "00" * 32), RevealNonce("agency", "00" * 32), CallExpert(0, ""), ScreenConflicts()):
        panel.refuses("panel.phase", command, PLANNED)
    panel.refuses("panel.phase", ExecuteDraw(), PLANNED, cast.inputs())
    planned().refuses("draw.early", ExecuteDraw(), BEACON_AT, cast.inputs())


def test_what_falls_due_follows_the_phases() -> None:
    panel, _ = stage()
    assert DECIDER.due(panel.state) is None
    assert DECIDER.due(planned().state) == (DEADLINE, "panel.commitments")
    assert DECIDER.due(revealed().state) == (BEACON_AT, "panel.draw")
    called = drawn()
    assert DECIDER.due(called.state) == (BEACON_AT, "panel.calls")
    called.act(CallExpert(2, "voice"), BEACON_AT + MINUTE)
    assert DECIDER.due(called.state) == (BEACON_AT + 31 * MINUTE, "panel.reply")


def test_a_seat_left_vacant_falls_due_a_minute_later() -> None:
    panel = drawn()
    answer(panel, 1, "decline")
    assert DECIDER.due(panel.state) == (BEACON_AT + 2 * MINUTE + 1, "panel.vacant")


def test_the_carriers_word_is_recorded_once_for_the_attempt_at_hand() -> None:
    panel = drawn()
    panel.act(CallExpert(1, "mail"), BEACON_AT + MINUTE)
    panel.refuses("panel.seat-state", RecordDelivery(1, 2, EVIDENCE), BEACON_AT + MINUTE)
    (said,) = panel.act(RecordDelivery(1, 1, EVIDENCE, reached=False), BEACON_AT + 2 * MINUTE)
    assert (said.id, said.reached) == (panel.state.seats[1].id, False)
    panel.refuses("panel.seat-state", RecordDelivery(1, 1, EVIDENCE), BEACON_AT + 3 * MINUTE)
    assert panel.state.seats[1].deliveries == (EVIDENCE,)


def test_the_carriers_word_may_come_after_a_quick_acceptance_and_needs_a_digest() -> None:
    panel = drawn()
    answer(panel, 1, "accept")
    panel.refuses("panel.evidence", RecordDelivery(1, 1, "delivered"), BEACON_AT + 2 * MINUTE)
    panel.act(RecordDelivery(1, 1, EVIDENCE), BEACON_AT + 2 * MINUTE)
    assert (panel.state.seats[1].state, panel.state.seats[1].delivered) == ("accepted", 1)


def test_who_was_never_called_has_no_delivery() -> None:
    drawn().refuses("panel.seat-state", RecordDelivery(0, 1, EVIDENCE), BEACON_AT + MINUTE)


def test_a_replaced_seat_keeps_its_channel_and_nothing_else_of_who_left_it() -> None:
    panel = drawn()
    panel.act(CallExpert(1, "mail"), BEACON_AT + MINUTE)
    panel.act(RecordDelivery(1, 1, EVIDENCE), BEACON_AT + MINUTE)
    panel.act(RecordReply(1, "decline", EVIDENCE), BEACON_AT + 2 * MINUTE)
    panel.act(ReplaceSeat(1), BEACON_AT + 2 * MINUTE)
    seat = panel.state.seats[1]
    assert (seat.channel, seat.calls, seat.delivered, seat.deliveries) == ("mail", 0, 0, ())


def test_a_suppliers_commitment_is_withheld_and_anybody_elses_public() -> None:
    assert DECIDER.secrecy(CommitNonce("bidder:1", "0" * 64)) == "secret"
    assert DECIDER.secrecy(CommitNonce("agency", "0" * 64)) == "public"


@pytest.mark.parametrize(("k", "code"), [(63, ""), (65, "draw.plan.form"), (10**9 + 1, "draw.plan.form")])
def test_a_plan_may_be_as_large_as_the_limit_and_no_larger(k: int, code: str) -> None:
    panel, reference = stage()
    wide = PlanDraw(cast.plan(seats=(Seats("A0801", k),), representatives=0, min_list=3 * k), reference)
    if code:
        panel.refuses(code, wide, PLANNED, PoolFacts((reference,)))
    else:
        panel.act(wide, PLANNED, PoolFacts((reference,)))


def test_every_refusal_of_the_law_is_one_that_the_rules_raise() -> None:
    text = "".join(p.read_text("utf-8") for p in Path(panel_module.__file__).parent.glob("*.py"))
    passed_on = {"draw.beacon.forged", "draw.vrf"}
    assert [code for code in LAW if f'Refused("{code}"' not in text and code not in passed_on] == []
