"""Filling the seats: the lexicographically first feasible filling in seat order, and the next candidate of a list (SPEC.md 7).

Pure.  The rules read employer and region, never identity, so two experts with equal attributes have equal chances.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

from experts.snapshot import Record

BUDGET: Final = 500_000
"""Candidates looked at, over and over, after which a filling counts as not found: a second or two, far above any honest need."""


class Infeasible(Exception):
    """No filling keeps the caps; ``reason`` is SHORT_LIST, CAPS or BUDGET, ``cat`` where it stopped, ``counts`` per rule."""

    def __init__(self, reason: str, cat: str, counts: Mapping[str, Mapping[str, int]]) -> None:
        super().__init__(reason, cat)
        self.reason = reason
        self.cat = cat
        self.counts = counts


def employer(record: Record) -> str:
    """The current employer, empty when none is on record."""
    return record.orgs[0] if record.orgs else ""


def clash(candidate: Record, seated: Collection[Record], employer_max: int, region_max: Mapping[str, int]) -> str:
    """The first rule between a candidate and those seated that he fails, or the empty string."""
    if any(s.id == candidate.id for s in seated):
        return "S1_ALREADY"
    own = employer(candidate)
    if own and sum(employer(s) == own for s in seated) >= employer_max:
        return "S2_EMPLOYER"
    for prefix, most in region_max.items():
        if candidate.region.startswith(prefix) and sum(s.region.startswith(prefix) for s in seated) >= most:
            return "S3_REGION"
    return ""


def next_candidate(
    ranked: Sequence[Record],
    start: int,
    seated: Collection[Record],
    left: Collection[str],
    employer_max: int,
    region_max: Mapping[str, int],
) -> tuple[tuple[tuple[int, str], ...], int]:
    """Who takes a vacant seat, searching forward from ``start``: the positions passed over with their rule, and the position
    found, -1 when the list is exhausted.  ``left`` are those who have left a seat; they take no other one.
    """
    skipped: list[tuple[int, str]] = []
    for at in range(start, len(ranked)):
        candidate = ranked[at]
        rule = "S4_VACATED" if candidate.id in left else clash(candidate, seated, employer_max, region_max)
        if not rule:
            return tuple(skipped), at
        skipped.append((at, rule))
    return tuple(skipped), -1


def fill(
    order: Sequence[str],
    lists: Mapping[str, Sequence[Record]],
    employer_max: int,
    region_max: Mapping[str, int],
    counts: Mapping[str, Mapping[str, int]],
) -> list[int]:
    """The position of each seat's candidate in its category's list; positions strictly increase inside a category.

    Raises:
        Infeasible: with ``counts`` as given, when there is no such filling.
    """
    search = _Search(order, lists, employer_max, region_max)
    try:
        found = search.place(0)
    except _OutOfBudget:
        raise Infeasible("BUDGET", order[search.deepest], counts) from None
    if not found:
        raise Infeasible("CAPS", order[search.deepest], counts)
    return search.places


class _OutOfBudget(Exception):
    pass


class _Search:
    """Depth-first in rank order.  Two prunings keep it exact and fast where caps bind:

    - whoever has the same employer and regions as a candidate that failed here fails too, provided that the failed one stands
      in no other list still to be drawn from (then exchanging the two would mend any filling);
    - once a dead end was met, a region whose caps cannot take the seats still open is left at once (`_regions_suffice`).
    """

    def __init__(
        self, order: Sequence[str], lists: Mapping[str, Sequence[Record]], employer_max: int, region_max: Mapping[str, int]
    ) -> None:
        self.order, self.lists = order, lists
        self.employer_max, self.region_max = employer_max, region_max
        self.places: list[int] = []
        self.seated: list[Record] = []
        self.looked = 0
        self.deepest = 0
        self._ahead = False
        self._suffices: dict[tuple[int, tuple[str, ...]], bool] = {}
        self._supply: dict[str, Counter[tuple[str, ...]]] = {}
        self._lists_of: Counter[str] = Counter()

    def place(self, seat: int) -> bool:
        """Fill ``order[seat:]``; on success ``places`` is complete, else as it was."""
        if seat == len(self.order):
            return True
        self.deepest = max(self.deepest, seat)
        cat = self.order[seat]
        ranked = self.lists[cat]
        taken = [at for at, c in zip(self.places, self.order, strict=False) if c == cat]
        still = self.order[seat:].count(cat)
        failed: set[tuple[str, tuple[str, ...]]] = set()
        for at in range(taken[-1] + 1 if taken else 0, len(ranked) - still + 1):
            self.looked += 1
            if self.looked > BUDGET:
                raise _OutOfBudget
            candidate = ranked[at]
            if clash(candidate, self.seated, self.employer_max, self.region_max):
                continue
            kind = (employer(candidate), self._regions(candidate))
            if kind in failed or (self._ahead and not self._regions_suffice(seat, kind[1])):
                continue
            self.places.append(at)
            self.seated.append(candidate)
            if self.place(seat + 1):
                return True
            self.places.pop()
            self.seated.pop()
            if self._single(candidate.id):
                failed.add(kind)
        self._ahead = True
        return False

    def _single(self, expert: str) -> bool:
        if not self._lists_of:
            self._lists_of.update(r.id for ranked in self.lists.values() for r in ranked)
        return self._lists_of[expert] == 1

    def _regions(self, candidate: Record) -> tuple[str, ...]:
        return tuple(prefix for prefix in self.region_max if candidate.region.startswith(prefix))

    def _regions_suffice(self, seat: int, regions: tuple[str, ...]) -> bool:
        """Whether, one of ``regions`` seated at ``seat``, region caps alone still allow the seats after it.

        Depends only on how full each region is, so it is remembered by that.
        """
        full = tuple(p for s in self.seated for p in self._regions(s))
        key = (seat, tuple(sorted((*full, *regions))))
        if key not in self._suffices:
            used = Counter((*full, *regions))
            left = {p: most - used[p] for p, most in self.region_max.items()}
            self._suffices[key] = self._flow(Counter(self.order[seat + 1 :]), left)
        return self._suffices[key]

    def _flow(self, open_seats: Counter[str], left: dict[str, int]) -> bool:
        """Whether the open seats can be spread over region classes within ``left``: augmenting paths on a small graph."""
        if not self._supply:
            self._supply = {cat: Counter(map(self._regions, ranked)) for cat, ranked in self.lists.items()}
        room: dict[str, dict[str, int]] = {}

        def edge(a: str, b: str, capacity: int) -> None:
            room.setdefault(a, {})[b] = capacity
            room.setdefault(b, {}).setdefault(a, 0)

        for cat, k in open_seats.items():
            edge("source", "cat " + cat, k)
            for regions, count in self._supply[cat].items():
                # Prefixes of one region contain each other, so a class flows through its longest prefix up to the shortest.
                chain = ["region " + p for p in sorted(regions, key=len, reverse=True)]
                edge("cat " + cat, chain[0] if chain else "sink", count)
                for inner, outer in pairwise([*chain, "sink"]):
                    edge(inner, outer, left[inner.removeprefix("region ")])
        return all(_augment(room) for _ in range(open_seats.total()))


def _augment(room: dict[str, dict[str, int]]) -> bool:
    """Send one unit from source to sink; False when none fits."""
    before = {"source": ""}
    frontier = ["source"]
    while frontier and "sink" not in before:
        node = frontier.pop()
        for to, capacity in room.get(node, {}).items():
            if capacity > 0 and to not in before:
                before[to] = node
                frontier.append(to)
    if "sink" not in before:
        return False
    node = "sink"
    while node != "source":
        previous = before[node]
        room[previous][node] -= 1
        room[node][previous] += 1
        node = previous
    return True
