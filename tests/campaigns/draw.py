"""The statistical acceptance of the draw (spec B1) and what attacks gain (A7): ``python -m tests.campaigns.draw [draws]``.

Draw t uses the seed SHA-256("seed" + t).  A test fails at p < 0.001; the command then runs it once more on fresh seeds.
The statistics look at the product's own `ranked` and `fill`; another order can be given to prove that they have power.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations, permutations
from math import comb, sqrt

from experts.draw import hold, ranked, seat_order
from experts.encoding import prf
from experts.plan import BeaconChoice, Plan, Rules, SealedPart, Seats
from experts.seating import Infeasible, fill
from experts.snapshot import Record, take
from tests.campaigns.chance import chi_square_tail, kolmogorov_tail, normal_limit, normal_tail, pearson

N, K = 50, 5
LEVEL = 0.001
Order = Callable[[bytes], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test's name, its p-value, and the statistic in words."""

    name: str
    p: float
    said: str

    @property
    def passed(self) -> bool:
        """Not rejected at `LEVEL`."""
        return self.p >= LEVEL


def seeds(draws: int, tag: str = "seed") -> Iterator[bytes]:
    """The fixed seeds."""
    return (sha256(f"{tag}{t}".encode()).digest() for t in range(draws))


def person(n: int, org: str = "", region: str = "", cats: tuple[str, ...] = ("A",)) -> Record:
    """An eligible expert."""
    return Record(1, f"E{n:03d}", "", cats, region, (org or f"O{n}",), (), (), "active", 20200101, 0)


POOL = take([person(n) for n in range(N)], bytes(32))


def by_hash(seed: bytes) -> Sequence[int]:
    """The product's order of the fifty."""
    return ranked(seed, "A", POOL, range(N))


def uniformity(draws: int, order: Order = by_hash, tag: str = "seed") -> list[Outcome]:
    """Tests 1 to 4: inclusion, all pairs, position of one expert, overlap of consecutive draws."""
    included, pairs, position, overlap = [0] * N, Counter[tuple[int, int]](), [0] * N, [0] * (K + 1)
    previous: set[int] = set()
    for t, seed in enumerate(seeds(draws, tag)):
        whole = order(seed)
        chosen = sorted(whole[:K])
        for i in chosen:
            included[i] += 1
        pairs.update(combinations(chosen, 2))
        position[whole.index(0)] += 1
        if t:
            overlap[len(previous & set(chosen))] += 1
        previous = set(chosen)
    return [_inclusion(included, draws), _pairs(pairs, draws), *_position(position, draws), _overlap(overlap, draws - 1)]


def _inclusion(included: Sequence[int], draws: int) -> Outcome:
    p = K / N
    # The plain Pearson sum is too small by (1-p)N/(N-1): the K places of one draw exclude each other.
    x = (N - 1) / N * sum((o - draws * p) ** 2 for o in included) / (draws * p * (1 - p))
    return Outcome("inclusion", chi_square_tail(x, N - 1), f"X={x:.1f} on {N - 1} degrees")


def _pairs(pairs: Counter[tuple[int, int]], draws: int) -> Outcome:
    p, count = K * (K - 1) / (N * (N - 1)), comb(N, 2)
    z = max(abs(pairs[pair] - draws * p) for pair in combinations(range(N), 2)) / sqrt(draws * p * (1 - p))
    limit = normal_limit(LEVEL / count)
    return Outcome("pairs", min(1.0, normal_tail(z) * count), f"max |z|={z:.2f}, limit {limit:.2f}")


def _position(position: Sequence[int], draws: int) -> list[Outcome]:
    total, distance = 0, 0.0
    for i, count in enumerate(position):
        total += count
        distance = max(distance, abs(total / draws - (i + 1) / N))
    chi = pearson(position, [draws / N] * N)
    return [
        Outcome("position, chi-square", chi, f"{N} cells"),
        Outcome("position, KS", kolmogorov_tail(distance, draws), f"D={distance:.5f}"),
    ]


def _overlap(overlap: Sequence[int], draws: int) -> Outcome:
    expected = [draws * comb(K, j) * comb(N - K, K - j) / comb(N, K) for j in range(K + 1)]
    # Cells that expect fewer than five are counted together.
    cut = max(j for j in range(K + 1) if expected[j] >= 5)
    observed, hoped = [*overlap[:cut], sum(overlap[cut:])], [*expected[:cut], sum(expected[cut:])]
    return Outcome("overlap", pearson(observed, hoped), f"{cut + 1} cells")


# Tests 5 and 6: caps bind, so the walk through the lists is under test as well.

SMALL = (
    [person(n, org="BIG" if n < 2 else f"O{n}", region="X" if n % 2 else "Y") for n in range(5)],
    [person(n, org="BIG" if n < 7 else f"O{n}", region="X" if n % 2 else "Y", cats=("B",)) for n in range(5, 9)],
)
SEATS = (Seats("A", 2), Seats("B", 1))
CAPS = {"X": 1}


def seated(order: Sequence[str], first: Sequence[Record], second: Sequence[Record]) -> list[str]:
    """Who sits, given the orders of both lists; nobody when the caps cannot be kept."""
    lists = {"A": first, "B": second}
    try:
        places = fill(order, lists, 1, CAPS, {})
    except Infeasible:
        return []
    return [lists[cat][at].id for cat, at in zip(order, places, strict=True)]


def exact_chances() -> dict[str, float]:
    """Inclusion probabilities of the small instance, by enumerating all orders of both lists and of the seats."""
    counts, total = Counter[str](), 0
    for order in sorted(set(permutations("AAB"))):
        for first in permutations(SMALL[0]):
            for second in permutations(SMALL[1]):
                counts.update(seated(order, first, second))
                total += 1
    return {r.id: counts[r.id] / total for r in (*SMALL[0], *SMALL[1])}


def small_instance(draws: int, tag: str = "seed") -> list[Outcome]:
    """Test 6: simulated against exact chances."""
    pool = take([*SMALL[0], *SMALL[1]], bytes(32))
    counts = Counter[str]()
    for seed in seeds(draws, tag):
        lists = {cat: [pool.records[row] for row in ranked(seed, cat, pool, pool.by_cat[cat])] for cat in "AB"}
        counts.update(seated(seat_order(seed, SEATS), lists["A"], lists["B"]))
    chances = exact_chances()
    z = max(abs(counts[i] - draws * p) / sqrt(draws * p * (1 - p)) for i, p in chances.items() if 0 < p < 1)
    never = all(counts[i] == draws * p for i, p in chances.items() if p in (0, 1))
    return [Outcome("exact small instance", min(1.0, normal_tail(z) * len(chances)) if never else 0.0, f"max |z|={z:.2f}")]


CLASSES = (
    ("BIG", "X", ("A",)),
    ("", "X", ("A",)),
    ("", "Y", ("A",)),
    ("BIG", "Y", ("A", "B")),
    ("", "X", ("B",)),
    ("", "Y", ("B",)),
)
"""Six classes of four experts with equal attributes: one large employer in both categories, at most one of it and two of X."""


def equal_treatment(draws: int, tag: str = "seed") -> list[Outcome]:
    """Test 5: inside each class of equal attributes everybody sits equally often, whatever the caps."""
    people = [[person(4 * c + i, org, region, tuple(cats)) for i in range(4)] for c, (org, region, cats) in enumerate(CLASSES)]
    pool = take([r for group in people for r in group], bytes(32))
    plan = Plan(
        "xdraw/1", "", "", 1, (Seats("A", 3), Seats("B", 2)), Rules(20251231, 9, 1, {"X": 2}), "", (), "", BeaconChoice("none")
    )
    counts, together = Counter[str](), Counter[tuple[str, str]]()
    for seed in seeds(draws, tag):
        chosen = sorted(s.id for s in hold(plan, pool, SealedPart(), seed).selected)
        counts.update(chosen)
        together.update(combinations(chosen, 2))
    return [_alike([r.id for r in group], counts, together, draws) for group in people]


def _alike(ids: list[str], counts: Counter[str], together: Counter[tuple[str, str]], draws: int) -> Outcome:
    p = sum(counts[i] for i in ids) / (draws * len(ids))
    both = sum(together[pair] for pair in combinations(ids, 2)) / (draws * comb(len(ids), 2))
    # Exchangeable members: variance less covariance of one draw is p - P(both).
    x = sum((counts[i] - draws * p) ** 2 for i in ids) / (draws * (p - both))
    return Outcome(f"equal treatment of {ids[0]} to {ids[-1]}", chi_square_tail(x, len(ids) - 1), f"chance {p:.3f}, X={x:.2f}")


# What attacks gain without the defence, and with it (A7)


def last_revealer(colluders: int, rounds: int, beacon: bool) -> float:
    """How often a tenth of the pool is hit when ``colluders`` choose among their 2^m ways to withhold.

    With a beacon after the deadline they cannot see what they choose, so they may as well take the first way.
    """
    hits = 0
    for seed in seeds(rounds, "collusion"):
        ways = [prf(seed, bytes([way]))[0] * 256 + prf(seed, bytes([way]))[1] for way in range(2**colluders)]
        known = ways[:1] if beacon else ways
        hits += any(v < 6554 for v in known)
    return hits / rounds


def redraws(times: int, rounds: int) -> float:
    """How often one of fifty experts sits in one of ``times`` draws of five, when the best is kept."""
    hits = 0
    for seed in seeds(rounds, "redraw"):
        hits += any(0 in by_hash(prf(seed, bytes([t])))[:K] for t in range(times))
    return hits / rounds


def main(argv: Sequence[str]) -> int:
    """Run everything on so many draws (100 000 by default); 1 when a test fails twice."""
    draws = int(argv[0]) if argv else 100_000
    failed = 0
    for run in (uniformity, small_instance, equal_treatment):
        start = time.process_time()
        for outcome in run(draws):
            again = outcome
            if not outcome.passed:
                again = next(o for o in run(draws, tag="fresh") if o.name == outcome.name)
            failed += not again.passed
            sys.stdout.write(f"{outcome.name}: p={outcome.p:.3f} ({outcome.said}){'' if again.passed else ' FAILED TWICE'}\n")
        sys.stdout.write(f"  {draws} draws, {time.process_time() - start:.1f} CPU s\n")
    for m in range(1, 5):
        sys.stdout.write(
            f"last revealer, {m} colluders, target 10 %: {last_revealer(m, 20_000, False):.0%} without a beacon, "
            f"{last_revealer(m, 20_000, True):.0%} with one\n"
        )
    sys.stdout.write(
        f"seven silent re-draws of 5 from 50: {redraws(7, 2_000):.0%} for a friend, {redraws(1, 2_000):.0%} in one draw\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
