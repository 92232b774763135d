"""The pool: the tree of specialities, daily snapshots, and one expert from application to exit."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from archive.errors import Invalid
from archive.values import DAY, Instant, parse_time
from experts import categories, expert, pool
from experts.categories import load
from experts.days import beijing_day, days_before, years_before
from experts.expert import Expert, record
from experts.expert.messages import (
    Admit,
    Apply,
    Assess,
    DeclareInterest,
    Dispute,
    Duty,
    Employment,
    Exit,
    Forget,
    IdentityFacts,
    Person,
    RecordDuty,
    RecordTraining,
    Reinstate,
    Review,
    SetCategories,
    Suspend,
    UpdateEmployment,
)
from experts.panel.messages import SnapshotRef
from experts.pool import Pool, RegisterCategories, TakeSnapshot
from experts.snapshot import take
from tests.unit.experts import cast
from tests.unit.experts.stage import Stage

AT: Instant = parse_time("2026-03-02T09:00:00+08:00")
TREE = "code,name\nA,工程\nA08,市政\nA0801,市政工程\nA080101,道路\nA0802,房屋建筑\nB,货物\nB03,信息\nB0301,网络设备\n".encode()
IDENTITY = sha256(b"id document").hexdigest()
NOBODY = IdentityFacts()


def test_the_tree_knows_parents_neighbours_and_titles() -> None:
    tree = load(b"\xef\xbb\xbf" + TREE)
    assert len(tree) == 8
    assert "A0801" in tree and "A0803" not in tree
    assert tree.neighbours("A0801") == ("A0802",)
    assert tree.neighbours("A") == ("B",)
    assert (tree.parent("A080101"), tree.parent("A")) == ("A0801", "")
    assert tree.title("A080101") == "工程 / 市政 / 市政工程 / 道路"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (0, b"\xff"),
        (1, b""),
        (1, b"name,code\n"),
        (2, b"code,name\nA01,no parent\n"),
        (3, b"code,name\nA,x\nA,y\n"),
        (3, b"code,name\nA,x\nA1,y\n"),
        (3, b"code,name\nA,x\nA08\n"),
        (3, b"code,name\nA,x\nA08, \n"),
        (6, b"code,name\nA,x\nA08,x\nA0801,x\nA080101,x\nA08010101,x\n"),
    ],
)
def test_a_tree_that_does_not_hold_is_refused_with_its_line(line: int, text: bytes) -> None:
    with pytest.raises(Invalid) as said:
        load(text)
    assert (said.value.code, said.value.params["line"]) == ("category.file", line)


def pooled() -> tuple[Stage[Pool], SnapshotRef]:
    reference, blobs = cast.file_of(take(cast.pool(), cast.K_SNAP), 20260301)
    tree = sha256(TREE).hexdigest()
    return Stage(pool.DECIDER, "pool/530500", {**blobs, tree: TREE}), reference


def test_a_version_of_the_tree_comes_into_force_once() -> None:
    stage, _ = pooled()
    command = RegisterCategories("2018-316", sha256(TREE).hexdigest())
    (event,) = stage.act(command, AT)
    assert event.n == 8
    stage.refuses("pool.categories", command, AT)


def test_snapshots_follow_each_other_by_day_and_none_is_of_tomorrow() -> None:
    stage, reference = pooled()
    stage.refuses("pool.snapshot.day", TakeSnapshot(SnapshotRef(20260303, reference.root, reference.n, reference.sha256)), AT)
    stage.act(TakeSnapshot(reference), AT)
    stage.refuses("pool.snapshot.day", TakeSnapshot(reference), AT)
    assert stage.state.snapshots == (reference,)


def test_a_snapshot_is_believed_only_after_its_file_was_committed_to_anew() -> None:
    stage, reference = pooled()
    stage.refuses("pool.snapshot.mismatch", TakeSnapshot(SnapshotRef(20260301, "00" * 32, reference.n, reference.sha256)), AT)
    stage.refuses("pool.snapshot.mismatch", TakeSnapshot(SnapshotRef(20260301, reference.root, 61, reference.sha256)), AT)
    with pytest.raises(Invalid, match=r"expert\.day"):
        stage.act(TakeSnapshot(SnapshotRef(20260230, reference.root, reference.n, reference.sha256)), AT)


def test_the_state_remembers_the_last_eight_snapshots() -> None:
    stage, reference = pooled()
    for n in range(12):
        stage.act(TakeSnapshot(SnapshotRef(20260301 + n, reference.root, reference.n, reference.sha256)), AT + (n + 9) * DAY)
    assert [s.date for s in stage.state.snapshots] == list(range(20260305, 20260313))


def test_from_the_first_snapshot_on_every_evening_is_due_and_after_a_standstill_one() -> None:
    stage, reference = pooled()
    assert pool.due(stage.state) is None
    stage.act(TakeSnapshot(reference), AT)
    assert reference.date == 20260301
    assert pool.due(stage.state) == (parse_time("2026-03-02T23:00:00+08:00"), "pool.snapshot")
    stage.act(TakeSnapshot(SnapshotRef(20260309, reference.root, reference.n, reference.sha256)), AT + 9 * DAY)
    assert pool.due(stage.state) == (parse_time("2026-03-10T23:00:00+08:00"), "pool.snapshot")


def apply_with(cats: tuple[str, ...]) -> Apply:
    return Apply(
        name="n", identity=IDENTITY, cats=cats, region="530500", employment=(Employment("O", 20200101),), title="t", years=9
    )


def applied(**changes: Any) -> Stage[Expert]:
    stage = Stage(expert.DECIDER, "expert/E0000001")
    usual: dict[str, Any] = {
        "person": stage.hide(Person("演示专家", "13800000000")),
        "identity": IDENTITY,
        "cats": ("A0801", "A0802"),
        "region": "530500",
        "employment": (Employment("OLD", 20100101, 20220101), Employment("NOW", 20220101)),
        "title": "高级工程师",
        "years": 12,
    }
    stage.act(Apply(**(usual | changes)), AT, NOBODY)
    return stage


def admitted() -> Stage[Expert]:
    stage = applied()
    stage.act(Review(True), AT)
    stage.act(Admit(20290301), AT)
    return stage


def test_an_expert_is_admitted_after_application_and_review_on_the_day_of_the_act() -> None:
    stage = admitted()
    assert (stage.state.status, stage.state.admitted) == ("active", 20260302)
    assert expert.DECIDER.secrecy(Review(True)) == "personal"
    stage.refuses("expert.phase", Review(True), AT)


@pytest.mark.parametrize(
    ("code", "changes", "facts"),
    [
        ("expert.form", {"name": " "}, NOBODY),
        ("expert.form", {"region": "yunnan"}, NOBODY),
        ("expert.form", {"employment": ()}, NOBODY),
        ("expert.identity", {"identity": "530500"}, NOBODY),
        ("expert.identity", {}, IdentityFacts(holder="E0000009")),
        ("expert.categories", {"cats": ()}, NOBODY),
        ("expert.categories", {"cats": ("A0801", "A0801")}, NOBODY),
        ("expert.categories", {"cats": ("a0801",)}, NOBODY),
        ("expert.categories", {}, IdentityFacts(unknown=("A0802",))),
        ("expert.facts", {}, None),
    ],
)
def test_an_application_that_breaks_a_rule_is_refused(code: str, changes: dict[str, Any], facts: IdentityFacts | None) -> None:
    good = apply_with(("A0801", "A0802"))
    Stage(expert.DECIDER, "expert/E1").refuses(code, replace(good, **changes), AT, facts)


def test_fewer_than_eight_years_need_a_stated_equivalent() -> None:
    short = applied(years=7)
    short.act(Review(True), AT)
    short.refuses("expert.years", Admit(20290301), AT)
    equal = applied(years=7, equivalent="省级以上科技奖励")
    equal.act(Review(True), AT)
    equal.refuses("expert.form", Admit(20260302), AT)
    equal.act(Admit(20290301), AT)


def test_a_rejected_or_departed_expert_may_apply_again() -> None:
    stage = applied()
    stage.act(Review(False, "资料不全"), AT)
    stage.refuses("expert.phase", Admit(20290301), AT)
    stage.act(apply_with(("A0801",)), AT, NOBODY)
    assert stage.state.status == "applied"


def test_a_person_without_a_name_cannot_apply() -> None:
    stage = Stage(expert.DECIDER, "expert/E0000001")
    nameless = replace(apply_with(("A0801",)), name="", person=stage.hide(Person(" ", "13800000000")))
    stage.refuses("expert.form", nameless, AT, NOBODY)


def test_whoever_left_is_forgotten_on_a_basis_and_nobody_else_is() -> None:
    stage = admitted()
    stage.refuses("expert.phase", Forget("本人请求"), AT)
    stage.act(Exit("本人申请"), AT)
    stage.refuses("expert.reason", Forget(" "), AT)
    (event,) = stage.act(Forget("个人信息保护法 第四十七条"), AT)
    assert expert.DECIDER.forgets(event) and stage.state.person is None
    stage.refuses("expert.form", Forget("again"), AT)


@pytest.mark.parametrize(("day", "kept"), [("2041-03-01", True), ("2041-03-02", False)])
def test_who_held_a_seat_is_kept_on_file_for_fifteen_years(day: str, kept: bool) -> None:
    stage = admitted()
    stage.act(RecordDuty(Duty("panel/P1", 20260302, "served")), AT)
    stage.act(Exit("本人申请"), AT)
    then = parse_time(f"{day}T09:00:00+08:00")
    if kept:
        stage.refuses("expert.retention", Forget("本人请求"), then)
    else:
        assert stage.act(Forget("本人请求"), then)


def test_suspension_and_exit_state_their_reasons() -> None:
    stage = admitted()
    stage.refuses("expert.reason", Suspend(" "), AT)
    stage.act(Suspend("被投诉"), AT)
    stage.refuses("expert.phase", Suspend("again"), AT)
    assert record("E1", stage.state, 20260302).status == "suspended"
    stage.act(Reinstate("查无实据"), AT)
    stage.act(Exit("本人申请"), AT)
    stage.refuses("expert.phase", Exit("again"), AT)


def test_a_new_employer_comes_first_and_the_former_ones_stay_for_the_look_back() -> None:
    stage = admitted()
    stage.refuses("expert.form", UpdateEmployment("", 20260301), AT)
    stage.refuses("expert.form", UpdateEmployment("NEXT", 20260303), AT)
    stage.act(UpdateEmployment("NEXT", 20260301), AT)
    assert record("E1", stage.state, 20260302).orgs == ("NEXT", "NOW")
    assert record("E1", stage.state, 20250101).orgs == ("NEXT", "NOW", "OLD")
    assert record("E1", stage.state, 20290302).orgs == ("NEXT",)


def test_interests_are_declared_and_taken_back() -> None:
    stage = admitted()
    stage.refuses("expert.form", DeclareInterest("O1", "gossip"), AT)
    for org, ground in (("O2", "kin"), ("O1", "kin"), ("O3", "self")):
        stage.act(DeclareInterest(org, ground), AT)
    stage.act(DeclareInterest("O2", "kin", over=True), AT)
    made = record("E1", stage.state, 20260302)
    assert (made.kin, made.decl) == (("O1",), ("O3",))


def test_load_counts_the_seats_of_the_last_year() -> None:
    stage = admitted()
    for panel, date in (("T1.L1", 20250301), ("T2.L1", 20250303), ("T3.L1", 20260302)):
        stage.act(RecordDuty(Duty(panel, date, "served")), AT)
    assert record("E1", stage.state, 20260302).load == 2


def test_training_assessment_categories_and_disputes_stay_on_file() -> None:
    stage = admitted()
    stage.act(RecordTraining("电子评标", 20260301, 8), AT)
    stage.act(Assess("2025", "合格"), AT)
    stage.act(SetCategories(("B0301",)), AT, NOBODY)
    stage.refuses("expert.dispute", Dispute("T1.L1", 3, " "), AT)
    stage.act(Dispute("T1.L1", 3, "当日并未接到电话"), AT)
    state = stage.state
    assert (state.hours, state.grade, state.cats, state.disputes) == (8, "合格", ("B0301",), ("T1.L1#3",))


def test_an_expert_whose_term_is_over_is_in_the_snapshot_and_in_no_draw() -> None:
    stage = admitted()
    assert record("E1", stage.state, 20290301).status == "active"
    assert record("E1", stage.state, 20290302).status == "expired"


def test_days_are_beijings() -> None:
    assert beijing_day(parse_time("2026-03-01T15:59:59Z")) == 20260301
    assert beijing_day(parse_time("2026-03-01T16:00:00Z")) == 20260302
    assert (years_before(20240229, 3), years_before(20240229, 4), days_before(20260301, 1)) == (20210228, 20200229, 20260228)


def test_every_refusal_of_the_law_is_one_that_the_rules_raise() -> None:
    for module in (pool, expert):
        assert module.__file__ is not None
        text = Path(module.__file__).read_text("utf-8")
        assert [code for code in module.LAW if f'Refused("{code}"' not in text] == []
    assert categories.LEVELS == 4
