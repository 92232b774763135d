"""The draw protocol xdraw/1: freeze, commit, reveal, seed, filter, rank, seat (SPEC.md 4 to 7).

Pure.  Whoever holds the plan, the snapshot, the sealed part and the contributions recomputes every byte.  Digests are raw
bytes here; dates are integers yyyymmdd; positions count from 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archive.errors import Invalid
from archive.values import Value
from experts import vrf
from experts.encoding import Stream, cj, hkdf, lp, prf, shuffled, th
from experts.seating import Infeasible, fill
from experts.snapshot import Record, Snapshot

ALGORITHM: Final = "xdraw/1"


class Seats(Value, frozen=True):
    """``k`` seats of one category."""

    cat: str
    k: int


class Rules(Value, frozen=True):
    """What the plan demands of a candidate and of the panel; ``region_max`` maps a region prefix to its most seats."""

    admitted_max: int
    load_max: int
    max_per_employer: int
    region_max: dict[str, int]


class BeaconChoice(Value, frozen=True):
    """``drand-quicknet`` with its round, or ``none``."""

    type: str
    round: int = 0


class Rung(Value, frozen=True):
    """A rung of the widening ladder: category ``cat`` may also be filled from the categories ``also``."""

    cat: str
    also: tuple[str, ...]


class VrfHolder(Value, frozen=True):
    """Who holds a VRF key that was on record before the plan; ``key`` is 32 bytes hex."""

    role: str
    key: str


class Plan(Value, frozen=True):
    """The plan of one attempt to draw one lot's experts.

    The fields up to ``beacon`` are xdraw/1's; the later ones are this project's and absent from the bytes when not used:
    ``representatives`` of the purchaser sit beside the drawn; ``least`` is the smallest lawful panel; ``min_list`` the shortest
    lawful list, below which the ``ladder`` widens; ``vrf`` the holders of a last input; a candidate is called ``call_attempts``
    times and has ``call_minutes`` to answer.
    """

    alg: str
    draw_id: str
    lot: str
    attempt: int
    seats: tuple[Seats, ...]
    rules: Rules
    sealed: str
    contributors: tuple[str, ...]
    reveal_deadline: str
    beacon: BeaconChoice
    representatives: int = 0
    least: int = 5
    min_list: int = 0
    ladder: tuple[Rung, ...] = ()
    vrf: tuple[VrfHolder, ...] = ()
    call_attempts: int = 3
    call_minutes: int = 30

    @property
    def size(self) -> int:
        """Members of the panel, representatives included."""
        return sum(s.k for s in self.seats) + self.representatives


class SealedPart(Value, frozen=True, omit_defaults=False):
    """What the plan commits to without showing: organisations and persons that may not sit."""

    ban_orgs: tuple[str, ...] = ()
    excluded_ids: tuple[str, ...] = ()


class Selected(Value, frozen=True):
    """Who a seat fell to: category, position in its list, expert id, commitment (hex)."""

    cat: str
    position: int
    id: str
    rc: str


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed with what it was made of; ``withheld`` are the contributors whose slot holds the filler."""

    value: bytes
    ctx1: bytes
    blob: bytes
    withheld: tuple[str, ...]
    alpha: bytes


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished draw: ranked rows of the snapshot per category, counts per rule, and the seats in their order.

    ``widened`` names per category the extra categories that the ladder let in.
    """

    seat_order: tuple[str, ...]
    lists: Mapping[str, Sequence[int]]
    counts: Mapping[str, Mapping[str, int]]
    widened: Mapping[str, tuple[str, ...]]
    selected: tuple[Selected, ...]


def sealed_commitment(part: SealedPart, salt: bytes) -> bytes:
    """``TH("sealed", seal_salt, cj({ban_orgs, excluded_ids}))``."""
    return th("sealed", salt, cj(part))


def context(plan: bytes, root: bytes, n: int) -> bytes:
    """``ctx = TH("ctx", cj(plan), root, u64 n)``; ``plan`` is its canonical JSON."""
    return th("ctx", plan, root, n.to_bytes(8, "big"))


def commit(ctx: bytes, role: str, nonce: bytes) -> bytes:
    """``c = TH("commit", ctx, role, r)``."""
    return th("commit", ctx, role.encode(), nonce)


def seed_from(
    ctx: bytes,
    contributors: Sequence[str],
    commits: Mapping[str, bytes],
    reveals: Mapping[str, bytes],
    proofs: Sequence[tuple[str, bytes, bytes]] = (),
    beacon: bytes = b"",
) -> Seed:
    """The seed from all inputs; ``proofs`` are (role, VRF public key, proof) in the plan's order, ``beacon`` the round's value.

    Raises:
        Invalid: ``draw.reveal.mismatch`` when a reveal does not open its commitment, ``draw.vrf`` when a proof does not hold.
    """
    ctx1, blob, withheld = contributions(ctx, contributors, commits, reveals)
    alpha = th("vrf", ctx1, blob)
    outputs = b"".join(lp("vrf:" + role, vrf.verify(key, alpha, proof)) for role, key, proof in proofs)
    value = hkdf(ctx1, blob + outputs + lp("beacon", beacon), b"xdraw/1/seed")
    return Seed(value, ctx1, blob, withheld, alpha)


def contributions(
    ctx: bytes, contributors: Sequence[str], commits: Mapping[str, bytes], reveals: Mapping[str, bytes]
) -> tuple[bytes, bytes, tuple[str, ...]]:
    """``ctx1``, the reveal blob, and who withheld; known before the last input appears.

    Raises:
        Invalid: ``draw.reveal.mismatch``.
    """
    ctx1 = th("ctx1", ctx, *(commits[role] for role in contributors))
    blob, withheld = b"", []
    for role in contributors:
        if role not in reveals:
            blob += lp(role, b"\0" + th("missing", ctx1, role.encode()))
            withheld.append(role)
        elif commit(ctx, role, reveals[role]) != commits[role]:
            raise Invalid("draw.reveal.mismatch", role=role)
        else:
            blob += lp(role, b"\1" + reveals[role])
    return ctx1, blob, tuple(withheld)


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

    The same as `objection` over every record; only the members of the categories are looked at one by one.
    """
    members: Sequence[int] = pool.by_cat.get(cats[0], ())
    if len(cats) > 1:
        members = sorted({row for cat in cats for row in pool.by_cat.get(cat, ())})
    ban, excluded, records = set(part.ban_orgs), set(part.excluded_ids), pool.records
    rows: list[int] = []
    seen = load = employer = kin = declared = out = 0
    for row in members:
        r = records[row]
        if r.status != "active" or r.admitted > rules.admitted_max:
            continue
        seen += 1
        if r.load >= rules.load_max:
            load += 1
        elif not ban.isdisjoint(r.orgs):
            employer += 1
        elif not ban.isdisjoint(r.kin):
            kin += 1
        elif not ban.isdisjoint(r.decl):
            declared += 1
        elif r.id in excluded:
            out += 1
        else:
            rows.append(row)
    late = pool.late(rules.admitted_max)
    counts = {
        "E1_STATUS": pool.inactive,
        "E2_ADMITTED": late,
        "E3_CATEGORY": pool.n - pool.inactive - late - seen,
        "E4_LOAD": load,
        "E5_EMPLOYER": employer,
        "E6_KIN": kin,
        "E7_SELF_DECLARED": declared,
        "E8_EXCLUDED": out,
    }
    return rows, {code: count for code, count in counts.items() if count}


def rank_of(seed: bytes, cat: str, rc: bytes) -> bytes:
    """``HMAC-SHA256(seed, "rank" 00 cat 00 rc)``."""
    return prf(seed, b"rank", cat.encode(), rc)


def ticket_rank(seed: bytes, cat: str, rc: bytes, tickets: int) -> bytes:
    """The weighted rank: the smallest of ``tickets`` values, each with its u32 number appended."""
    return min(prf(seed, b"rank", cat.encode(), rc + t.to_bytes(4, "big")) for t in range(tickets))


def ranked(seed: bytes, cat: str, pool: Snapshot, rows: Sequence[int]) -> list[int]:
    """Rows in the order of their ranks, ties by commitment."""
    rcs, head = pool.rcs, b"rank\0" + cat.encode()
    return sorted(rows, key=lambda row: (prf(seed, head, rcs[row]), rcs[row]))


def seat_order(seed: bytes, seats: Sequence[Seats]) -> list[str]:
    """The seats in plan order, shuffled by the seed (label ``seats``)."""
    return shuffled([s.cat for s in seats for _ in range(s.k)], Stream(seed, "seats"))


def hold(plan: Plan, pool: Snapshot, part: SealedPart, seed: bytes) -> Drawn:
    """Filter, rank and seat.

    Raises:
        Infeasible: when a list stays shorter than the plan's minimum after its ladder, or no filling keeps the caps.
    """
    order = seat_order(seed, plan.seats)
    lists: dict[str, list[int]] = {}
    counts: dict[str, dict[str, int]] = {}
    widened: dict[str, tuple[str, ...]] = {}
    for seats in plan.seats:
        cats = [seats.cat]
        rows, turned_away = eligible(pool, plan.rules, cats, part)
        for rung in plan.ladder:
            if rung.cat == seats.cat and len(rows) < plan.min_list:
                cats += rung.also
                rows, turned_away = eligible(pool, plan.rules, cats, part)
        lists[seats.cat], counts[seats.cat] = ranked(seed, seats.cat, pool, rows), turned_away
        if len(cats) > 1:
            widened[seats.cat] = tuple(cats[1:])
    short = [cat for cat, rows in lists.items() if len(rows) < plan.min_list]
    if short:
        raise Infeasible("SHORT_LIST", short[0], counts)
    records = {cat: [pool.records[row] for row in rows] for cat, rows in lists.items()}
    places = fill(order, records, plan.rules.max_per_employer, plan.rules.region_max, counts)
    selected = tuple(
        Selected(cat, at, records[cat][at].id, pool.rcs[lists[cat][at]].hex()) for cat, at in zip(order, places, strict=True)
    )
    return Drawn(tuple(order), lists, counts, widened, selected)


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
