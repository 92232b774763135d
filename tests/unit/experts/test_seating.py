"""Filling seats where caps bind hard: long lists, impossible caps, a search that would never end."""

import pytest

from experts.draw import audited
from experts.seating import Infeasible, clash, employer, fill, next_candidate
from experts.snapshot import Record


def person(n: int, org: str, region: str) -> Record:
    return Record(1, f"E{n:05d}", "", (), region, (org,) if org else (), (), (), "active", 20200101, 0)


def crowd(size: int, region: str, start: int = 0, orgs: int = 0) -> list[Record]:
    """So many people of one region, each with an employer of his own or sharing ``orgs`` employers."""
    return [person(start + n, f"O{(n % orgs) if orgs else start + n}", region) for n in range(size)]


def test_a_region_cap_that_nobody_can_keep_is_proved_at_once_among_thousands() -> None:
    with pytest.raises(Infeasible) as said:
        fill(["A"] * 5, {"A": crowd(5000, "3301")}, 1, {"33": 2}, {})
    assert (said.value.reason, said.value.cat) == ("CAPS", "A")


def test_seats_taken_early_leave_room_for_a_category_of_one_region() -> None:
    lists = {"B": crowd(3000, "3301") + crowd(3, "4401", 9000), "A": crowd(3000, "3302", 20000)}
    places = fill(["B", "B", "B", "A", "A"], lists, 1, {"33": 2}, {})
    assert places == [3000, 3001, 3002, 0, 1]


def test_more_seats_than_employers_is_proved_among_thousands() -> None:
    with pytest.raises(Infeasible, match="CAPS"):
        fill(["A"] * 4, {"A": crowd(2000, "3301", orgs=3)}, 1, {}, {})


def test_nested_region_caps_bind_together() -> None:
    lists = {"A": crowd(50, "330101") + crowd(50, "330201", 100) + crowd(2, "440101", 200)}
    places = fill(["A"] * 5, lists, 1, {"33": 3, "3301": 1}, {})
    regions = [lists["A"][at].region for at in places]
    assert regions == ["330101", "330201", "330201", "440101", "440101"]


def test_a_search_that_would_not_end_says_that_it_gave_up() -> None:
    # Two people of each region and employer in turn: employers and regions exclude each other in ways no single count shows.
    shared = [person(2 * n + k, f"O{n}", f"{n:04d}") for n in range(40) for k in range(2)]
    alone = [person(1000 + n, f"O{n}", f"{n:04d}") for n in range(40)]
    lists = {"A": shared, "B": alone, "C": [person(2000 + n, "X", "9999") for n in range(40)]}
    with pytest.raises(Infeasible) as said:
        fill(["A"] * 6 + ["B"] * 6 + ["C", "C"], lists, 1, {}, {})
    assert (said.value.reason, said.value.cat) == ("BUDGET", "C")


def test_rules_between_members_are_tested_in_order() -> None:
    seated = [person(1, "O1", "3301"), person(2, "", "3302")]
    assert clash(person(1, "O9", "9999"), seated, 1, {}) == "S1_ALREADY"
    assert clash(person(3, "O1", "3301"), seated, 1, {"33": 2}) == "S2_EMPLOYER"
    assert clash(person(3, "O1", "3301"), seated, 2, {"33": 2}) == "S3_REGION"
    assert clash(person(3, "", "3401"), seated, 1, {"33": 2}) == ""
    assert employer(person(3, "", "3401")) == ""


def test_who_left_is_passed_over_in_every_category_before_any_other_rule() -> None:
    listed = [person(1, "O1", "3301"), person(2, "O2", "3301"), person(3, "O3", "3301")]
    seated = [person(2, "O2", "3301")]
    assert next_candidate(listed, 0, seated, ["E00001", "E00002"], 1, {}) == (((0, "S4_VACATED"), (1, "S4_VACATED")), 2)
    assert next_candidate(listed, 0, seated, ["E00001"], 1, {}) == (((0, "S4_VACATED"), (1, "S1_ALREADY")), 2)
    assert next_candidate(listed, 3, seated, [], 1, {}) == ((), -1)


@pytest.mark.parametrize(("n", "expected"), [(1, 1), (100, 1), (101, 2), (10_000, 100)])
def test_one_leaf_in_a_hundred_is_audited_and_the_seed_says_which(n: int, expected: int) -> None:
    chosen = audited(bytes(32), n)
    assert len(set(chosen)) == expected
    assert set(chosen) <= set(range(n))
    assert chosen == audited(bytes(32), n)
    assert n < 10_000 or chosen != audited(bytes([1]) * 32, n)
