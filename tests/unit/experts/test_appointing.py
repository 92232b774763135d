"""Experts appointed without a draw: on which ground, by whose leave, marked in public, forward only, and proved to be no draw."""

from hashlib import sha256
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from archive.values import DAY, HOUR, MINUTE, Instant, parse_time
from experts.panel import DECIDER, Panel
from experts.panel.messages import (
    Appointee,
    AppointExperts,
    BidderFacts,
    CallExpert,
    CompletePanel,
    DecideAppointment,
    DisclosePanel,
    ExecuteDraw,
    FileFacts,
    Named,
    NameFacts,
    NameRepresentatives,
    PlanDraw,
    PoolFacts,
    RecordReply,
    ReplaceSeat,
    ScreenConflicts,
    VacateSeat,
)
from experts.plan import Seats
from experts.proof import appointed, is_proof, verify_proof
from experts.snapshot import lines, take
from tests.unit.experts import cast
from tests.unit.experts.plays import drawn
from tests.unit.experts.stage import Stage

AT: Instant = parse_time("2026-10-08T10:00:00+08:00")
SHA = sha256(b"paper").hexdigest()
DECISION = DecideAppointment(
    "1", "RS-2", "complex", "量子密钥装置,库内无此专业", (Seats("A0801", 2), Seats("B0301", 2)), 1, 5, "市政府办公室", SHA
)
PEOPLE = tuple(Appointee(f"X{n}", cat) for n, cat in enumerate(("B0301", "A0801", "B0301", "A0801")))
NAMES = NameFacts({f"X{n}": f"演示{n}" for n in range(4)})


KEPT: dict[str, bytes] = {}
"""The record files of these tests, by SHA-256."""


def files(**orgs: str) -> FileFacts:
    """Files of ten experts, each of an employer of his own unless told otherwise."""
    ids = [f"X{n}" for n in range(10)]
    people = (replace(cast.person(0), id=id, name="", orgs=(orgs.get(id, f"ORG{id}"),)) for id in ids)
    raw = lines(take(people, cast.K_SNAP))
    KEPT[named := sha256(raw).hexdigest()] = raw
    return FileFacts(named, ("AGENCY",))


FILES = files()


def decided(**changes: Any) -> Stage[Panel]:
    panel = Stage(DECIDER, "panel/T1.1", KEPT)
    panel.act(replace(DECISION, **changes), AT)
    return panel


def seated(**changes: Any) -> Stage[Panel]:
    panel = decided(**changes)
    panel.act(AppointExperts(PEOPLE), AT + HOUR, FILES)
    return panel


def standing() -> Stage[Panel]:
    panel = seated()
    for seat in range(4):
        panel.act(CallExpert(seat, "voice"), AT + 2 * HOUR)
        panel.act(RecordReply(seat, "accept"), AT + 2 * HOUR)
    panel.act(NameRepresentatives((Named("R1", "代表"),)), AT + 2 * HOUR)
    panel.act(CompletePanel(), AT + 2 * HOUR)
    return panel


def test_an_appointed_panel_sits_is_called_stands_and_is_named_after_the_award() -> None:
    panel = standing()
    assert panel.state.phase == "complete"
    panel.refuses("panel.award", DisclosePanel(""), AT + DAY)
    panel.act(DisclosePanel("T1.1"), AT + DAY, NAMES)
    assert {m.name for m in panel.state.members} == {"演示0", "演示1", "演示2", "演示3", "代表"}


def test_the_decision_is_public_at_once_and_who_sits_is_not() -> None:
    assert DECIDER.secrecy(DECISION) == "public"
    assert DECIDER.secrecy(AppointExperts(PEOPLE)) == "secret"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ground": "cheap"}, "panel.appoint.ground"),
        ({"ground": "state"}, "panel.appoint.ground"),
        ({"rule_set": "RS-6"}, "panel.appoint.ground"),
        ({"reason": "  "}, "panel.appoint.reason"),
        ({"consent_by": ""}, "panel.appoint.consent"),
        ({"consent_sha256": ""}, "panel.appoint.consent"),
        ({"consent_sha256": "x" * 64}, "panel.appoint.consent"),
        ({"seats": ()}, "draw.plan.form"),
        ({"seats": (Seats("A", 0),)}, "draw.plan.form"),
        ({"seats": (Seats("A", 2), Seats("A", 2))}, "draw.plan.form"),
        ({"seats": (Seats("A", 65),), "representatives": 0}, "draw.plan.form"),
        ({"call_minutes": 0}, "draw.plan.form"),
        ({"representatives": 2}, "draw.plan.composition"),
        ({"seats": (Seats("A", 2),)}, "draw.plan.composition"),
    ],
)
def test_an_appointment_without_its_ground_reason_consent_or_composition_is_refused(changes: dict[str, Any], code: str) -> None:
    Stage(DECIDER, "panel/T1.1").refuses(code, replace(DECISION, **changes), AT)


@pytest.mark.parametrize("ground", ["complex", "specialised", "state"])
def test_under_the_bidding_law_the_tenderer_needs_nobodys_consent(ground: str) -> None:
    panel = decided(rule_set="RS-1", ground=ground, consent_by="", consent_sha256="")
    assert panel.state.appointment is not None
    assert panel.state.appointment.article == "招标投标法实施条例 第四十七条"


def test_a_draw_that_was_made_is_not_undone_by_an_appointment() -> None:
    drawn().refuses("draw.plan.frozen", DECISION, cast.BEACON_AT + MINUTE)


def test_a_decision_that_seated_nobody_may_give_way_to_a_draw_and_one_that_did_may_not() -> None:
    reference, _ = cast.file_of(take(cast.pool(), cast.K_SNAP))
    panel = Stage(DECIDER, "panel/T1.1")
    panel.act(DECISION, cast.PLANNED - HOUR)
    panel.act(PlanDraw(cast.plan(attempt=2), reference), cast.PLANNED, PoolFacts((reference,)))
    assert (panel.state.phase, panel.state.appointment) == ("planned", None)
    panel = decided()
    panel.act(replace(DECISION, reason="另有理由"), AT + MINUTE)
    assert panel.state.plan is not None
    assert panel.state.plan.attempt == 2
    seated().refuses("draw.plan.frozen", DECISION, AT + DAY)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        (PEOPLE[:3], "panel.appoint.experts"),
        ((*PEOPLE, PEOPLE[0]), "panel.appoint.experts"),
        ((PEOPLE[0], PEOPLE[0], PEOPLE[1], PEOPLE[3]), "panel.appoint.experts"),
        ((replace(PEOPLE[0], cat="A0801"), *PEOPLE[1:]), "panel.appoint.experts"),
        ((replace(PEOPLE[0], id="nobody"), *PEOPLE[1:]), "panel.appoint.experts"),
    ],
)
def test_every_seat_gets_one_expert_of_its_category_who_has_a_file(people: tuple[Appointee, ...], code: str) -> None:
    decided().refuses(code, AppointExperts(people), AT, FILES)


def test_the_agencys_people_do_not_sit() -> None:
    decided().refuses("panel.appoint.interest", AppointExperts(PEOPLE), AT, files(X2="AGENCY"))
    decided().refuses("draw.facts", AppointExperts(PEOPLE), AT)


def test_nobody_is_appointed_where_nothing_was_decided() -> None:
    Stage(DECIDER, "panel/T1.1").refuses("panel.phase", AppointExperts(PEOPLE), AT, FILES)
    drawn().refuses("panel.phase", AppointExperts(PEOPLE), cast.BEACON_AT + MINUTE, FILES)


def test_an_appointed_panel_is_never_drawn_and_its_seats_are_not_refilled_from_a_list() -> None:
    panel = seated()
    panel.act(CallExpert(0, "voice"), AT + 2 * HOUR)
    panel.act(RecordReply(0, "decline", SHA), AT + 2 * HOUR)
    panel.refuses("panel.phase", ExecuteDraw(), AT + DAY)
    panel.refuses("panel.appoint.seat", ReplaceSeat(0), AT + DAY)
    assert DECIDER.due(panel.state) is None


def test_a_vacant_seat_is_appointed_again_and_who_left_it_does_not_come_back() -> None:
    panel = standing()
    gone = panel.state.seats[0]
    panel.act(VacateSeat(0, "recusal", SHA), AT + DAY)
    again = Appointee(gone.id, gone.cat)
    panel.refuses("panel.appoint.experts", AppointExperts((again,)), AT + DAY, FILES)
    panel.act(AppointExperts((replace(again, id="X9"),)), AT + DAY, FILES)
    assert (panel.state.seats[0].id, panel.state.seats[0].state) == ("X9", "drawn")
    panel.refuses("panel.appoint.experts", AppointExperts((replace(again, id="X8"),)), AT + DAY, FILES)


def test_the_second_check_vacates_an_appointed_seat_too() -> None:
    panel = standing()
    panel.act(ScreenConflicts(), AT + DAY, BidderFacts(("ORGX2",)))
    assert [(s.id, s.state) for s in panel.state.seats if s.state == "vacant"] == [("X2", "vacant")]
    panel.refuses("panel.appoint.interest", AppointExperts((Appointee("X9", "B0301"),)), AT + DAY, files(X9="ORGX2"))


def test_the_file_says_that_nobody_was_drawn_and_holds_and_a_changed_one_does_not() -> None:
    panel = standing()
    panel.act(DisclosePanel("T1.1"), AT + DAY, NAMES)
    raw = appointed(panel.state)
    report = verify_proof(raw)
    assert report.holds
    assert is_proof(raw)
    assert "NOBODY WAS DRAWN" in report.text()
    assert report.text().endswith("the appointment holds\n")
    for path, value in (("ground", "cheap"), ("consent_by", ""), ("reason", "")):
        known = json.decode(raw)
        known["appointment"][path] = value
        changed = verify_proof(json.encode(known, order="sorted"))
        assert "ground" in [c.name for c in changed.checks if c.wrong], path
    known = json.decode(raw)
    del known["members"][0]
    assert "members" in [c.name for c in verify_proof(json.encode(known, order="sorted")).checks if c.wrong]
    assert verify_proof(raw + b" ").text().endswith("THE APPOINTMENT DOES NOT HOLD\n")
