"""The draw itself: filter, rank, seat, commit to the result (SPEC.md 6 and 7).

Pure.  Whoever holds the plan, the snapshot, the sealed part and the seed recomputes every byte.  Digests are raw bytes here;
dates are integers yyyymmdd; positions count from 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archive.errors import Invalid
from experts.encoding import Stream, cj, hkdf, macs, prf, shuffled, th
from experts.plan import Plan, Rules, SealedPart, Seats, Selected
from experts.seating import Infeasible, fill
from experts.snapshot import Record, Snapshot

AUDIT: Final = 100
"""Of so many leaves one is audited."""


def objection(record: Record, rules: Rules, cats: Sequence[str], part: SealedPart) -> str:
    """The first eligibility rule that the record fails, or the empty string."""
    ban = set(part.ban_orgs)
    checks = (
        ("E1_STATUS", record.status != "active"),
        ("E2_ADMITTED", record.admitted > rules.admitted_max),
        ("E3_CATEGORY", not set(cats) & set(record.cats)),
        ("E4_LOAD", record.load >= rules.load_max),
        ("E5_EMPLOYER", not ban.isdisjoint(record.orgs)),
        ("E6_KIN", not ban.isdisjoint(record.kin)),
        ("E7_SELF_DECLARED", not ban.isdisjoint(record.decl)),
        ("E8_EXCLUDED", record.id in part.excluded_ids),
    )
    return next((code for code, failed in checks if failed), "")


def eligible(pool: Snapshot, rules: Rules, cats: Sequence[str], part: SealedPart) -> tuple[list[int], dict[str, int]]:
    """The rows that may sit for any of ``cats``, and how many of the whole pool each rule turned away (zeros left out).

    The same as `objection` over every record; only the members of the categories are looked at, in columns.
    """
    members = _union(pool.by_cat, cats)
    ready, load = pool.ready, pool.load
    seen = [row for row in members if ready[row] <= rules.admitted_max]
    rows = [row for row in seen if load[row] < rules.load_max]
    late = pool.late(rules.admitted_max)
    counts = {
        "E1_STATUS": pool.inactive(),
        "E2_ADMITTED": late,
        "E3_CATEGORY": pool.n - pool.inactive() - late - len(seen),
        "E4_LOAD": len(seen) - len(rows),
    }
    excluded = [pool.row_of[expert] for expert in part.excluded_ids if expert in pool.row_of]
    for code, out in (
        ("E5_EMPLOYER", set(_union(pool.by_org, part.ban_orgs))),
        ("E6_KIN", set(_union(pool.by_kin, part.ban_orgs))),
        ("E7_SELF_DECLARED", set(_union(pool.by_decl, part.ban_orgs))),
        ("E8_EXCLUDED", set(excluded)),
    ):
        left = [row for row in rows if row not in out] if out else rows
        counts[code], rows = len(rows) - len(left), left
    return rows, {code: count for code, count in counts.items() if count}


def _union(postings: Mapping[str, Sequence[int]], names: Sequence[str]) -> list[int]:
    """The rows under any of the names, ascending."""
    return sorted({row for name in names for row in postings.get(name, ())})


def rank_of(seed: bytes, cat: str, rc: bytes) -> bytes:
    """``HMAC-SHA256(seed, "rank" 00 cat 00 rc)``."""
    return prf(seed, b"rank", cat.encode(), rc)


def ticket_rank(seed: bytes, cat: str, rc: bytes, tickets: int) -> bytes:
    """The weighted rank: the smallest of ``tickets`` values, each with its u32 number appended."""
    return min(prf(seed, b"rank", cat.encode(), rc + t.to_bytes(4, "big")) for t in range(tickets))


def ranked(seed: bytes, cat: str, pool: Snapshot, rows: Sequence[int]) -> list[int]:
    """Rows in the order of their ranks, ties by commitment."""
    rcs = list(map(pool.rc, rows))
    ranks = macs(seed, b"rank\0" + cat.encode() + b"\0", rcs)
    return [row for _, _, row in sorted(zip(ranks, rcs, rows, strict=True))]


def seat_order(seed: bytes, seats: Sequence[Seats]) -> list[str]:
    """The seats in plan order, shuffled by the seed (label ``seats``)."""
    return shuffled([s.cat for s in seats for _ in range(s.k)], Stream(seed, "seats"))


@dataclass(frozen=True, slots=True)
class Lists:
    """Ranked rows per category, how many each rule turned away, and the categories that the ladder let in.

    ``tails`` hold, per category, whom the rungs not yet used would add: they follow the list when it is exhausted.
    """

    rows: Mapping[str, Sequence[int]]
    counts: Mapping[str, Mapping[str, int]]
    widened: Mapping[str, tuple[str, ...]]
    tails: Mapping[str, Sequence[int]]

    def whole(self, cat: str) -> list[int]:
        """The list of a category with its tail."""
        return [*self.rows[cat], *self.tails[cat]]


def lists_of(plan: Plan, pool: Snapshot, part: SealedPart, seed: bytes) -> Lists:
    """Filter and rank every category of the plan; a list under the plan's minimum climbs its ladder."""
    lists: dict[str, list[int]] = {}
    counts: dict[str, dict[str, int]] = {}
    widened: dict[str, tuple[str, ...]] = {}
    tails: dict[str, list[int]] = {}
    for cat in (s.cat for s in plan.seats):
        cats, rungs = [cat], [r for r in plan.ladder if r.cat == cat]
        rows, turned_away = eligible(pool, plan.rules, cats, part)
        while rungs and len(rows) < plan.min_list:
            cats += rungs.pop(0).also
            rows, turned_away = eligible(pool, plan.rules, cats, part)
        lists[cat], counts[cat], tails[cat] = ranked(seed, cat, pool, rows), turned_away, []
        if len(cats) > 1:
            widened[cat] = tuple(cats[1:])
        for rung in rungs:
            cats += rung.also
            known = {*lists[cat], *tails[cat]}
            more, _ = eligible(pool, plan.rules, cats, part)
            tails[cat] += ranked(seed, cat, pool, [row for row in more if row not in known])
    return Lists(lists, counts, widened, tails)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished draw: the seats in their shuffled order, the lists, and who each seat fell to."""

    seat_order: tuple[str, ...]
    lists: Lists
    selected: tuple[Selected, ...]


def hold(plan: Plan, pool: Snapshot, part: SealedPart, seed: bytes) -> Drawn:
    """Filter, rank and seat.

    Raises:
        Infeasible: when a list stays shorter than the plan's minimum after its ladder, or no filling keeps the caps.
    """
    order = seat_order(seed, plan.seats)
    lists = lists_of(plan, pool, part, seed)
    for cat, rows in lists.rows.items():
        if len(rows) < plan.min_list:
            raise Infeasible("SHORT_LIST", cat, lists.counts)
    records = {cat: [pool.records[row] for row in rows] for cat, rows in lists.rows.items()}
    places = fill(order, records, plan.rules.max_per_employer, plan.rules.region_max, lists.counts)
    selected = tuple(
        Selected(cat, at, records[cat][at].id, pool.rc(lists.rows[cat][at]).hex()) for cat, at in zip(order, places, strict=True)
    )
    return Drawn(tuple(order), lists, selected)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What may be known before the draw: list lengths, rule counts, and why no filling exists (empty when one does)."""

    lengths: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]]
    reason: str


def rehearse(plan: Plan, pool: Snapshot, part: SealedPart) -> Rehearsal:
    """Whether a plan can seat anybody at all; that does not depend on the seed, and nobody is named."""
    any_seed = bytes(32)
    lists = lists_of(plan, pool, part, any_seed)
    lengths = {cat: len(rows) for cat, rows in lists.rows.items()}
    try:
        hold(plan, pool, part, any_seed)
    except Infeasible as failed:
        return Rehearsal(lengths, lists.counts, failed.reason)
    return Rehearsal(lengths, lists.counts, "")


def audited(seed: bytes, n: int) -> list[int]:
    """One leaf in a hundred of the snapshot, rounded up, chosen by the draw's own seed: whose records the regulator looks at."""
    return sorted(shuffled(range(n), Stream(seed, "audit"), -(-n // AUDIT)))


def result_salt(seed: bytes) -> bytes:
    """``HKDF(seed, "result", "xdraw/1/result-salt", 32)``."""
    return hkdf(seed, b"result", b"xdraw/1/result-salt")


def result_commitment(seed: bytes, selected: Sequence[Selected]) -> bytes:
    """``TH("result", result salt, cj({selected}))``: published at once, opened after the award."""
    return th("result", result_salt(seed), cj({"selected": list(selected)}))


def composed(size: int, representatives: int, least: int) -> bool:
    """Whether a panel's composition is lawful: odd, at least ``least``, experts two thirds or more.

    Raises:
        Invalid: ``draw.composition`` for numbers that are no composition.
    """
    if not 0 <= representatives <= size:
        raise Invalid("draw.composition", size=size, representatives=representatives)
    return size % 2 == 1 and size >= least and 3 * (size - representatives) >= 2 * size
