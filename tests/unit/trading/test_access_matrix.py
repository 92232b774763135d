"""The access matrix (cn-rules 2.1), cell by cell: who may see what in which phase."""

from typing import get_args

import pytest

from trading.tender import ENDED, LOT_STAGES
from trading.visibility import PUBLIC, Phase, Seen, Subject, Viewer, may_see, phase_of, relations

PRINCIPAL = Viewer("p", "tenderer", ("principal",))
AGENCY = Viewer("a", "agency", ("agency",))
CENTRE = Viewer("c", "centre", ("platform",))
REGULATOR = Viewer("r", "regulator", ("regulator",))
EXPERT = Viewer("", "expert", (), ("T1.L1",))
BIDDER = Viewer("b", "bidder", ("bidder",))
RIVAL = Viewer("z", "bidder", ("bidder",))
VIEWERS = {
    "public": PUBLIC, "principal": PRINCIPAL, "agency": AGENCY, "centre": CENTRE, "regulator": REGULATOR, "expert": EXPERT,
    "bidder": BIDDER, "rival": RIVAL,
}  # fmt: skip
EVERYBODY = frozenset(VIEWERS)
INSIDE = frozenset({"principal", "agency"})
NOBODY: frozenset[str] = frozenset()
WATCHED = INSIDE | {"centre", "regulator"}

MATRIX: dict[Subject, dict[Phase, frozenset[str]]] = {
    "draft": {"draft": WATCHED, "before": EVERYBODY, "decrypting": EVERYBODY, "opened": EVERYBODY, "announced": EVERYBODY},
    "participants": {
        "draft": NOBODY, "before": NOBODY, "decrypting": NOBODY, "opened": INSIDE | {"expert"},
        "announced": INSIDE | {"expert", "regulator"},
    },
    "bids": {"draft": NOBODY, "before": NOBODY, "decrypting": EVERYBODY, "opened": EVERYBODY, "announced": EVERYBODY},
    "opening-fields": {"draft": NOBODY, "before": NOBODY, "decrypting": INSIDE, "opened": EVERYBODY, "announced": EVERYBODY},
    "plaintext": {"draft": NOBODY, "before": NOBODY, "decrypting": NOBODY, "opened": frozenset({"expert"}), "announced": NOBODY},
    "committee": {
        "draft": NOBODY, "before": NOBODY, "decrypting": NOBODY, "opened": NOBODY, "announced": frozenset({"regulator"}),
    },
    "scores": {"draft": NOBODY, "before": NOBODY, "decrypting": NOBODY, "opened": NOBODY, "announced": EVERYBODY},
    "own-score": {"draft": NOBODY, "before": NOBODY, "decrypting": NOBODY, "opened": NOBODY, "announced": frozenset({"bidder"})},
    "ranking": {
        "draft": NOBODY, "before": NOBODY, "decrypting": NOBODY, "opened": frozenset({"principal", "expert"}),
        "announced": EVERYBODY,
    },
    "award": {"draft": NOBODY, "before": NOBODY, "decrypting": NOBODY, "opened": INSIDE, "announced": EVERYBODY},
    "objector": {phase: INSIDE | {"regulator"} for phase in get_args(Phase)},
    "questions": dict.fromkeys(get_args(Phase), INSIDE),
}  # fmt: skip


def seen(rule_set: str = "RS-1", candidates_out: bool = False) -> Seen:
    return Seen("p", "a", rule_set, "T1.L1", ("b",), candidates_out)


def test_the_matrix_has_every_subject_in_every_phase() -> None:
    assert set(MATRIX) == set(get_args(Subject))
    assert all(set(cells) == set(get_args(Phase)) for cells in MATRIX.values())


@pytest.mark.parametrize("phase", get_args(Phase))
@pytest.mark.parametrize("subject", get_args(Subject))
def test_a_cell_allows_exactly_who_stands_in_it(subject: Subject, phase: Phase) -> None:
    allowed = {name for name, viewer in VIEWERS.items() if may_see(viewer, subject, phase, seen())}
    assert allowed == MATRIX[subject][phase]


def test_before_the_deadline_not_even_a_regulator_knows_how_many_bids_there_are() -> None:
    assert not any(may_see(viewer, "bids", "before", seen()) for viewer in VIEWERS.values())


def test_a_purchase_publishes_its_committee_with_the_result() -> None:
    assert may_see(PUBLIC, "committee", "announced", seen("RS-2"))
    assert not may_see(REGULATOR, "committee", "opened", seen("RS-2"))


def test_a_purchase_shows_scores_to_the_purchaser_and_each_loser_his_own() -> None:
    allowed = {name for name, viewer in VIEWERS.items() if may_see(viewer, "scores", "announced", seen("RS-2"))}
    assert allowed == INSIDE | {"regulator"}
    assert may_see(BIDDER, "own-score", "announced", seen("RS-2"))


def test_published_candidates_are_for_everybody() -> None:
    assert may_see(PUBLIC, "ranking", "opened", seen(candidates_out=True))


def test_a_role_without_its_organisation_is_no_relation() -> None:
    assert relations(Viewer("x", "tenderer", ("principal",)), seen()) == {"public"}
    assert relations(Viewer("p", "tenderer", ()), seen()) == {"public"}


def test_nobody_without_an_organisation_is_a_principal_without_one() -> None:
    assert relations(Viewer("", "", ("principal", "agency")), Seen("", "", "RS-1")) == {"public"}


def test_an_expert_of_another_lot_is_no_expert_of_this_one() -> None:
    assert "panel" not in relations(Viewer(panels=("T1.L2",)), seen())


@pytest.mark.parametrize(
    ("stage", "phase"),
    [
        ("waiting", "before"),
        ("closed", "decrypting"),
        ("opened", "decrypting"),
        ("recorded", "opened"),
        ("evaluated", "opened"),
        ("publicised", "opened"),
        ("awarded", "opened"),
        ("announced", "announced"),
        ("notified", "announced"),
        ("contracted", "announced"),
        ("completed", "announced"),
        *((stage, "announced") for stage in sorted(ENDED)),
    ],
)
def test_each_stage_of_a_lot_has_its_phase(stage: str, phase: Phase) -> None:
    assert phase_of(True, stage) == phase
    assert phase_of(False, stage) == "draft"


def test_every_stage_is_placed() -> None:
    assert {phase_of(True, stage) for stage in LOT_STAGES} == {"before", "decrypting", "opened", "announced"}
