"""The statistical acceptance of the draw (spec B1; `tests.campaigns.draw` makes more draws), and the power of its tests."""

import pytest

from experts.encoding import Stream
from tests.campaigns import draw
from tests.campaigns.chance import chi_square_tail, kolmogorov_tail, normal_limit, normal_tail
from tests.campaigns.draw import N, Outcome

DRAWS, FEW = 20_000, 10_000


def rejected(outcomes: list[Outcome]) -> list[str]:
    return [o.name for o in outcomes if not o.passed]


def test_every_expert_every_pair_and_every_place_is_equally_likely() -> None:
    assert rejected(draw.uniformity(DRAWS)) == []


def test_under_caps_chances_are_the_enumerated_ones() -> None:
    assert rejected(draw.small_instance(DRAWS)) == []


def test_equal_attributes_mean_equal_chances_whatever_the_caps() -> None:
    outcomes = draw.equal_treatment(DRAWS)
    assert len(outcomes) == 6
    assert rejected(outcomes) == []


def one_byte(seed: bytes) -> list[int]:
    """A shuffle by one byte modulo n: what a careless program does."""
    order = list(range(N))
    for j in range(N - 1):
        other = j + seed[j % 32] % (N - j)
        order[j], order[other] = order[other], order[j]
    return order


def block(seed: bytes) -> list[int]:
    """Consecutive numbers from a random start: everybody equally likely, and yet no draw."""
    start = Stream(seed, "start").below(N)
    return [(start + i) % N for i in range(N)]


@pytest.mark.parametrize(("order", "name"), [(one_byte, "inclusion"), (block, "pairs")])
def test_the_statistics_reject_what_is_no_fair_draw(order: draw.Order, name: str) -> None:
    assert name in rejected(draw.uniformity(FEW, order))


def test_a_block_from_a_random_start_passes_the_inclusion_test_alone() -> None:
    assert "inclusion" not in rejected(draw.uniformity(FEW, block))


def test_with_shuffled_seats_nobody_eligible_is_left_almost_without_a_chance() -> None:
    chances = draw.exact_chances()
    assert min(p for p in chances.values() if p) > 0.05
    assert abs(sum(chances.values()) - 3) < 1e-9


def test_p_values_are_those_of_the_tables() -> None:
    assert abs(chi_square_tail(66.339, 49) - 0.05) < 1e-4
    assert abs(chi_square_tail(10.828, 1) - 0.001) < 1e-5
    assert abs(chi_square_tail(0.5, 3) - 0.9189) < 1e-4
    assert abs(normal_tail(1.959964) - 0.05) < 1e-6
    assert abs(normal_limit(0.001 / 1225) - 4.93) < 0.01
    assert abs(kolmogorov_tail(1.358 / 1000, 1_000_000) - 0.05) < 1e-3
