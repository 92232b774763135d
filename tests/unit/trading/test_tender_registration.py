"""进场登记: who may ask, what must be told, which law governs, and that nobody is turned away without a lawful ground."""

from datetime import date
from typing import Any

import pytest

from archive.values import DAY, Actor, Money
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    CENTRE,
    ITEM,
    PRINCIPAL,
    REGISTER,
    REGULATOR,
    SHA,
    Play,
    bj,
    mandate,
    refused,
    works,
)
from trading import commands as c
from trading.rulebook import digest_of
from trading.tender import CatalogueEntry, GroundFound, Predecessor, Project


def ask(project: Project | None = None, rulebook: str = "cn-rs1-2019", **more: Any) -> c.RegisterProject:
    return c.RegisterProject("T1", project or works(), rulebook, more.pop("calendar", "cn-2026"), **(REGISTER | more))


def test_a_registration_pins_rulebook_digest_and_calendar() -> None:
    state = Play().register().state
    assert (state.stage, state.rulebook, state.calendar) == ("filed", "cn-rs1-2019", "cn-2026")
    assert state.rulebook_digest == digest_of("cn-rs1-2019")
    assert state.catalogue == ITEM


def test_a_tender_is_registered_once() -> None:
    play = Play().register()
    with refused("registration.exists"):
        play.act(ask(), catalogue=ITEM)


def test_an_id_has_its_form() -> None:
    with refused("tender.name"):
        Play().act(c.RegisterProject("标书", works(), "cn-rs1-2019", "cn-2026", **REGISTER), catalogue=ITEM)


@pytest.mark.parametrize("field", ["title", "principal_name", "region", "nature"])
def test_a_registration_that_lacks_a_field_is_refused(field: str) -> None:
    with refused("registration.incomplete", fields=[field]):
        Play().act(ask(works(**{field: " "})), catalogue=ITEM)


def test_a_registration_without_an_estimate_is_refused() -> None:
    with refused("registration.incomplete", fields=["estimate"]):
        Play().act(ask(works(estimate=Money(0))), catalogue=ITEM)


@pytest.mark.parametrize("codes", [{"code": "A01"}, {"trade_code": "A01-12530500MB9Y0A11XK-20260302-000001-R"}])
def test_a_national_code_that_does_not_hold_is_refused(codes: dict[str, str]) -> None:
    with refused("registration.code"):
        Play().act(ask(works(**codes)), catalogue=ITEM)


def test_national_codes_that_hold_are_kept() -> None:
    held = works(code="A015305022609010007", trade_code="A01-12530500MB9Y0A11XK-20260302-000001-Q")
    assert Play(project=held).register().state.project == held


def test_a_project_of_uncertain_law_is_refused_with_what_is_missing() -> None:
    with refused("registration.uncertain", fields=["mandatory", "funds"]):
        Play().act(ask(works(mandatory="", funds="")), catalogue=ITEM)


def test_a_project_under_another_law_than_the_rulebook_is_refused() -> None:
    with refused("registration.other-law", rule_set="RS-2"):
        Play().act(ask(works(trade="02")), catalogue=ITEM)


def test_nobody_here_chooses_the_rulebook_that_judges_nothing() -> None:
    elsewhere = works(method="imported", trade="90")
    with refused("tender.not-entitled"):
        Play().act(ask(elsewhere, "imported-1"), catalogue=ITEM)


@pytest.mark.parametrize(("method", "rulebook"), [("open", "imported-1"), ("imported", "cn-rs1-2019")])
def test_foreign_data_and_the_rulebook_that_judges_nothing_belong_together(method: str, rulebook: str) -> None:
    actor = BELL if rulebook == "imported-1" else PRINCIPAL
    with refused("registration.other-law", rule_set="RS-9"):
        Play().act(ask(works(trade="90", method=method), rulebook), actor, catalogue=ITEM)


def test_an_unknown_rulebook_is_refused() -> None:
    with refused("rulebook.unknown"):
        Play().act(ask(rulebook="cn-rs4-2014"), catalogue=ITEM)


def test_an_unknown_calendar_is_refused() -> None:
    with refused("calendar.unknown"):
        Play().act(ask(calendar="cn-2031"), catalogue=ITEM)


def test_a_project_outside_the_catalogue_is_refused() -> None:
    with refused("registration.catalogue"):
        Play().act(ask())


@pytest.mark.parametrize(
    "entry",
    [
        CatalogueEntry("baoshan", 2, "01-01", date(2026, 1, 1)),
        CatalogueEntry("baoshan", 1, "01-02", date(2026, 1, 1)),
        CatalogueEntry("baoshan", 1, "01-01", date(2026, 9, 2)),
        CatalogueEntry("baoshan", 1, "01-01", date(2026, 1, 1), date(2026, 8, 31)),
    ],
)
def test_a_catalogue_item_of_another_version_or_time_is_refused(entry: CatalogueEntry) -> None:
    with refused("registration.catalogue"):
        Play().act(ask(), catalogue=entry)


def test_a_catalogue_item_is_valid_on_its_first_and_last_day() -> None:
    today = CatalogueEntry("baoshan", 1, "01-01", date(2026, 9, 1), date(2026, 9, 1))
    Play().act(ask(), catalogue=today)


def test_a_second_attempt_follows_the_failed_tender_that_names_it() -> None:
    play = Play()
    play.act(ask(attempt=2, previous="T0"), catalogue=ITEM, predecessor=Predecessor("T0", 1, "T1"))
    assert (play.state.attempt, play.state.previous) == (2, "T0")


@pytest.mark.parametrize("before", [None, Predecessor("T9", 1, "T1"), Predecessor("T0", 2, "T1"), Predecessor("T0", 1, "T2")])
def test_a_second_attempt_without_its_predecessor_is_refused(before: Predecessor | None) -> None:
    with refused("registration.predecessor"):
        Play().act(ask(attempt=2, previous="T0"), catalogue=ITEM, predecessor=before)


def test_an_agency_registers_within_its_contract() -> None:
    assert Play().act(ask(), AGENCY, catalogue=ITEM, mandate=mandate(("register",)))


@pytest.mark.parametrize(
    "held",
    [
        None,
        mandate(("draft",)),
        mandate(("register",), from_at=bj(9, 1) + 1),
        mandate(("register",), to_at=bj(9, 1)),
        mandate(("register",), principal="another"),
        mandate(("register",), agency="another"),
        mandate(("register",), projects=("T9",)),
    ],
)
def test_an_agency_outside_its_contract_is_refused(held: Any) -> None:
    with refused("tender.mandate"):
        Play().act(ask(), AGENCY, catalogue=ITEM, mandate=held)


def test_a_contract_for_named_projects_covers_them() -> None:
    assert Play().act(ask(), AGENCY, catalogue=ITEM, mandate=mandate(("register",), projects=("T1",)))


@pytest.mark.parametrize("actor", [CENTRE, REGULATOR, BIDDER, BELL], ids=lambda a: a.id)
def test_others_may_not_register(actor: Actor) -> None:
    with refused("tender.not-entitled"):
        Play().act(ask(), actor, catalogue=ITEM)


def test_a_principal_without_its_granted_role_may_not_register() -> None:
    with refused("tender.not-entitled"):
        Play().act(ask(), catalogue=ITEM, roles=("bidder",))


def test_a_person_in_another_function_may_not_act_for_the_principal() -> None:
    with refused("tender.not-entitled"):
        Play().act(ask(), Actor(PRINCIPAL.id, "user", org=PRINCIPAL.org, role="archivist"), catalogue=ITEM)


def test_a_suspended_organisation_may_not_act() -> None:
    with refused("tender.suspended-actor"):
        Play().act(ask(), catalogue=ITEM, suspended=True)


def test_nothing_can_be_asked_of_a_tender_that_is_not_registered() -> None:
    with refused("tender.stage", stage="none"):
        Play().act(c.TerminateTender("order", "无"), REGULATOR)


def test_the_centre_admits() -> None:
    assert Play().accepted().state.stage == "registered"


def test_an_admitted_tender_is_not_admitted_again() -> None:
    play = Play().accepted()
    with refused("tender.stage"):
        play.act(c.AcceptRegistration(), CENTRE)


@pytest.mark.parametrize("actor", [PRINCIPAL, REGULATOR, BELL], ids=lambda a: a.id)
def test_only_the_centre_admits(actor: Actor) -> None:
    play = Play().register()
    with refused("tender.not-entitled"):
        play.act(c.AcceptRegistration(), actor)


def refuse(*grounds: str, text: str = "材料见附件") -> c.RefuseRegistration:
    return c.RefuseRegistration(tuple(GroundFound(g, SHA) for g in grounds), text)


def test_the_centre_turns_a_project_away_on_a_shown_ground_and_says_so() -> None:
    play = Play().register()
    play.act(refuse("title-disputed"), CENTRE, at=bj(9, 2))
    assert play.state.stage == "refused"
    assert play.state.refusal[0].ground == "title-disputed"
    assert play.state.ended_at == bj(9, 2)


def test_a_project_that_meets_the_conditions_must_be_admitted() -> None:
    play = Play().register()
    with refused("registration.must-accept"):
        play.act(refuse(), CENTRE)


def test_a_project_with_its_approval_on_file_is_not_refused_for_want_of_it() -> None:
    play = Play(project=works(approval="批复1号")).register()
    with refused("registration.must-accept"):
        play.act(refuse("not-approved"), CENTRE)


def test_an_unlisted_ground_is_refused() -> None:
    play = Play().register()
    with refused("registration.ground"):
        play.act(refuse("too-late-in-the-day"), CENTRE)


def test_a_ground_without_evidence_is_refused() -> None:
    play = Play().register()
    with refused("tender.digest"):
        play.act(c.RefuseRegistration((GroundFound("restricted", ""),), "见附件"), CENTRE)


def test_a_refusal_without_a_reason_for_the_applicant_is_refused() -> None:
    play = Play().register()
    with refused("registration.incomplete", fields=["text"]):
        play.act(refuse("restricted", text=" "), CENTRE)


def test_others_turn_nobody_away() -> None:
    play = Play().register()
    with refused("tender.not-entitled"):
        play.act(refuse("restricted"), REGULATOR)


def test_a_refused_tender_is_at_its_end() -> None:
    play = Play().register()
    play.act(refuse("restricted"), CENTRE)
    with refused("tender.ended"):
        play.act(c.SuspendTender("P1", "other", "查看"), CENTRE, at=play.at + DAY)


def test_a_mandate_covers_its_first_instant() -> None:
    assert Play().act(ask(), AGENCY, catalogue=ITEM, mandate=mandate(("register",), from_at=bj(9, 1)))


@pytest.mark.parametrize(("roles", "role"), [((), "centre"), (("platform",), "archivist")])
def test_the_centre_is_both_its_granted_role_and_its_persons_function(roles: tuple[str, ...], role: str) -> None:
    play = Play().register()
    with refused("tender.not-entitled"):
        play.act(c.AcceptRegistration(), Actor(CENTRE.id, "user", org=CENTRE.org, role=role), roles=roles)


def test_a_project_is_turned_away_before_its_admission_only() -> None:
    play = Play().accepted()
    with refused("tender.stage"):
        play.act(refuse("restricted"), CENTRE)


def test_a_missing_approval_is_a_ground_and_one_on_file_rules_out_no_other() -> None:
    missing = Play().register()
    assert missing.act(refuse("not-approved"), CENTRE)
    approved = Play(project=works(approval="批复1号")).register()
    assert approved.act(refuse("title-disputed"), CENTRE)


@pytest.mark.parametrize("more", [{"attempt": 2}, {"previous": "T0"}])
def test_neither_attempt_nor_predecessor_stands_alone(more: dict[str, Any]) -> None:
    with refused("registration.predecessor"):
        Play().act(ask(**more), catalogue=ITEM)


def test_a_negative_estimate_is_refused_and_the_smallest_is_taken() -> None:
    with refused("registration.incomplete", fields=["estimate"]):
        Play().act(ask(works(estimate=Money(-1))), catalogue=ITEM)
    assert Play().act(ask(works(estimate=Money(1))), catalogue=ITEM)
