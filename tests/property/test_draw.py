"""Properties of the draw: the fast paths equal the plain rules, the walk equals brute force, order survives every removal."""

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archive.errors import Invalid
from archive.merkle import check_inclusion, leaf_hash, root
from experts.draw import eligible, hold, lists_of, objection, ranked, rehearse, result_commitment, ticket_rank
from experts.encoding import WORD, Stream, cj, coefficient, macs, prf, shuffled, th, th_each, tie_lot
from experts.plan import BeaconChoice, Plan, Rules, Rung, SealedPart, Seats
from experts.seating import Infeasible, clash, fill, next_candidate
from experts.snapshot import Record, Snapshot, advance, commitment_of, lines, parse, take

KEY = sha256(b"key").digest()
CATS = ("A01", "A02", "B01")
ORGS = ("O1", "O2", "O3", "O4")
REGIONS = ("3301", "3302", "5305")


@st.composite
def records(draw: st.DrawFn, least: int = 0, most: int = 14) -> list[Record]:
    """A small pool; its members come from one number, which draws a hundred times faster than field by field."""
    chance = Random(draw(st.integers(0, 2**32)))

    def some(names: Sequence[str], most: int, least: int = 0) -> tuple[str, ...]:
        return tuple(chance.sample(names, chance.randint(least, most)))

    return [
        Record(
            v=1,
            id=f"E{n:03d}",
            name="".join(chance.choices("专家é\u0301A", k=3)),
            cats=some(CATS, 2, 1),
            region=chance.choice(REGIONS),
            orgs=some(ORGS, 2),
            kin=some(ORGS, 1),
            decl=some(ORGS, 1),
            status=chance.choice(("active", "active", "active", "suspended")),
            admitted=chance.choice((20200101, 20240101)),
            load=chance.randint(0, 4),
        )
        for n in range(draw(st.integers(least, most)))
    ]


seeds = st.binary(min_size=32, max_size=32)
rules = st.builds(
    Rules, st.sampled_from((20211231, 20251231)), st.integers(0, 5), st.integers(1, 2), st.just({"33": 2, "3301": 1})
)
parts = st.builds(
    SealedPart,
    st.lists(st.sampled_from(ORGS), max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from([f"E{n:03d}" for n in range(16)]), max_size=2, unique=True).map(tuple),
)


@settings(deadline=None)
@given(records(), rules, parts, st.lists(st.sampled_from(CATS), min_size=1, max_size=3, unique=True))
def test_the_indexed_filter_equals_the_rules_over_every_record(
    pool: list[Record], rule: Rules, part: SealedPart, cats: list[str]
) -> None:
    snapshot = take(pool, KEY)
    rows, counts = eligible(snapshot, rule, cats, part)
    said = [objection(r, rule, cats, part) for r in snapshot.records]
    assert rows == [i for i, code in enumerate(said) if not code]
    assert counts == dict(Counter(code for code in said if code))


def brute(
    order: Sequence[str], lists: dict[str, list[Record]], employer_max: int, region_max: dict[str, int]
) -> list[int] | None:
    """The lexicographically first feasible filling, by trying all of them."""
    for places in product(*(range(len(lists[cat])) for cat in order)):
        seated: list[Record] = []
        reached: dict[str, int] = {}
        for cat, at in zip(order, places, strict=True):
            person = lists[cat][at]
            if at <= reached.get(cat, -1) or clash(person, seated, employer_max, region_max):
                break
            reached[cat] = at
            seated.append(person)
        else:
            return list(places)
    return None


@settings(deadline=None)
@given(
    records(3, 12),
    seeds,
    st.integers(1, 2),
    st.sampled_from(({}, {"33": 2}, {"33": 1, "3301": 1}, {"33": 2, "3301": 1, "5305": 1})),
)
def test_the_walk_finds_the_lexicographically_first_filling_or_proves_that_there_is_none(
    pool: list[Record], seed: bytes, employer_max: int, region_max: dict[str, int]
) -> None:
    lists = {cat: [r for r in pool if cat in r.cats][:5] for cat in CATS}
    order = shuffled(["A01", "A01", "A02", "B01"], Stream(seed, "seats"))
    expected = brute(order, lists, employer_max, region_max)
    if expected is None:
        with pytest.raises(Infeasible):
            fill(order, lists, employer_max, region_max, {})
    else:
        assert fill(order, lists, employer_max, region_max, {}) == expected


@settings(deadline=None)
@given(records(4), seeds, st.data())
def test_removing_somebody_never_reorders_the_others(pool: list[Record], seed: bytes, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(pool)).id
    before, after = take(pool, KEY), take([r for r in pool if r.id != gone], KEY)

    def order(snapshot: Snapshot) -> list[str]:
        return [snapshot.records[row].id for row in ranked(seed, "A01", snapshot, range(snapshot.n))]

    assert [i for i in order(before) if i != gone] == order(after)


@settings(deadline=None)
@given(records(), st.data())
def test_an_advanced_snapshot_equals_a_fresh_one(pool: list[Record], data: st.DataObject) -> None:
    removed = {r.id for r in pool if data.draw(st.booleans())}
    changed = [replace(r, load=r.load + 1) for r in pool if r.id not in removed and data.draw(st.booleans())]
    newcomer = replace(pool[0], id="E999") if pool else Record(1, "E999", "", ("A01",), "3301", (), (), (), "active", 20200101, 0)
    touched = {r.id for r in changed}
    whole = [r for r in pool if r.id not in removed | touched] + [*changed, newcomer]
    assert advance(take(pool, KEY), KEY, [*changed, newcomer], removed) == take(whole, KEY)


@settings(deadline=None)
@given(records())
def test_a_snapshots_file_reads_back_to_the_same_pool_and_its_paths_hold(pool: list[Record]) -> None:
    snapshot = take(pool, KEY)
    again = parse(lines(snapshot))
    # Names are brought to NFC when they are committed to, so the records may differ in form but not in bytes.
    assert (again.root, again.rcs, again.salts) == (snapshot.root, snapshot.rcs, snapshot.salts)
    leaves = [leaf_hash(snapshot.rc(i)) for i in range(snapshot.n)]
    assert snapshot.root == root(leaves)
    for i, path in enumerate(snapshot.paths(range(snapshot.n))):
        assert check_inclusion(i, snapshot.n, leaves[i], snapshot.root, path)


@settings(deadline=None)
@given(records(1))
def test_a_changed_record_changes_the_root_and_a_repeated_id_is_refused(pool: list[Record]) -> None:
    changed = [replace(pool[0], load=pool[0].load + 1), *pool[1:]]
    assert take(changed, KEY).root != take(pool, KEY).root
    with pytest.raises(Invalid, match=r"draw\.snapshot\.twice"):
        take([*pool, pool[0]], KEY)


@settings(deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=9), st.lists(st.binary(max_size=40), max_size=4))
def test_the_tight_loops_equal_the_plain_functions(key: bytes, head: bytes, tails: list[bytes]) -> None:
    assert macs(key, head + b"\0", tails) == [prf(key, head, tail) for tail in tails]
    pairs = [(head, tail) for tail in tails]
    assert th_each("rec", pairs) == [th("rec", *pair) for pair in pairs]


@settings(deadline=None)
@given(seeds, st.lists(st.integers(1, WORD), min_size=1, max_size=20))
def test_uniform_integers_stay_below_and_follow_the_words(seed: bytes, bounds: list[int]) -> None:
    stream, words = Stream(seed, "x"), Stream(seed, "x")
    for n in bounds:
        while (w := words.word()) >= WORD - WORD % n:
            pass
        assert stream.below(n) == w % n < n


def test_a_bound_outside_the_words_is_refused() -> None:
    for n in (0, -1, WORD + 1):
        with pytest.raises(Invalid, match=r"draw\.bound"):
            Stream(bytes(32), "x").below(n)


@settings(deadline=None)
@given(seeds, st.lists(st.integers(), max_size=30), st.data())
def test_a_partial_shuffle_is_the_head_of_the_whole_one(seed: bytes, items: list[int], data: st.DataObject) -> None:
    k = data.draw(st.integers(0, len(items)))
    whole = shuffled(items, Stream(seed, "fy"))
    assert sorted(whole) == sorted(items)
    assert shuffled(items, Stream(seed, "fy"), k) == whole[:k]


@settings(deadline=None)
@given(seeds, st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=6, unique=True))
def test_lots_and_coefficients_depend_on_the_seed_and_nothing_else(seed: bytes, names: list[str]) -> None:
    assert tie_lot(seed, names) == tie_lot(seed, names[::-1])
    assert sorted(tie_lot(seed, names)) == sorted(names)
    assert coefficient(seed, "K", names) in names


@settings(deadline=None)
@given(seeds, st.integers(1, 5))
def test_a_weighted_rank_is_the_smallest_of_its_tickets(seed: bytes, tickets: int) -> None:
    values = [prf(seed, b"rank", b"A01", b"rc" + t.to_bytes(4, "big")) for t in range(tickets)]
    assert ticket_rank(seed, "A01", b"rc", tickets) == min(values)


json_values = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abz_", min_size=1, max_size=4), inner, max_size=3),
    max_leaves=12,
)


def composed(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(v) for v in value]
    return {k: composed(v) for k, v in value.items()} if isinstance(value, dict) else value


@settings(deadline=None)
@given(st.dictionaries(st.text("abz_", min_size=1, max_size=4), json_values, max_size=4))
def test_canonical_json_equals_the_standard_librarys_sorted_form_in_nfc(value: dict[str, object]) -> None:
    plain = json.dumps(composed(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert cj(value) == plain.encode()


def plan(**changes: object) -> Plan:
    usual = Plan(
        "xdraw/1",
        "D",
        "L",
        1,
        (Seats("A01", 2), Seats("B01", 1)),
        Rules(20251231, 9, 1, {}),
        "00" * 32,
        ("a",),
        "",
        BeaconChoice("none"),
    )
    return replace(usual, **changes)


@settings(deadline=None)
@given(records(0), seeds, st.integers(0, 6))
def test_a_widened_list_holds_everybody_and_a_tail_only_newcomers(pool: list[Record], seed: bytes, least: int) -> None:
    snapshot = take(pool, KEY)
    lists = lists_of(plan(min_list=least, ladder=(Rung("A01", ("A02",)),)), snapshot, SealedPart(), seed)
    own = set(eligible(snapshot, plan().rules, ["A01"], SealedPart())[0])
    both = set(eligible(snapshot, plan().rules, ["A01", "A02"], SealedPart())[0])
    assert set(lists.rows["A01"]) == (both if len(own) < least else own)
    assert set(lists.whole("A01")) == both
    assert len(lists.whole("A01")) == len(both)
    assert ("A01" in lists.widened) == (len(own) < least)


@settings(deadline=None)
@given(records(0), seeds, st.integers(0, 4))
def test_a_rehearsal_says_what_any_seed_would_and_names_nobody(pool: list[Record], seed: bytes, least: int) -> None:
    snapshot = take(pool, KEY)
    usual = plan(min_list=least, rules=Rules(20211231, 4, 1, {"33": 1}))
    said = rehearse(usual, snapshot, SealedPart())
    try:
        drawn = hold(usual, snapshot, SealedPart(), seed)
    except Infeasible as failed:
        assert said.reason == failed.reason
        assert said.counts == failed.counts
    else:
        assert said.reason == ""
        assert said.lengths == {cat: len(rows) for cat, rows in drawn.lists.rows.items()}


@settings(deadline=None)
@given(records(6), seeds, st.lists(st.integers(0, 2), max_size=6))
def test_replacement_moves_forward_and_never_seats_anybody_twice(pool: list[Record], seed: bytes, leaving: list[int]) -> None:
    snapshot = take(pool, KEY)
    try:
        drawn = hold(plan(), snapshot, SealedPart(), seed)
    except Infeasible:
        return
    seats = [(s.cat, snapshot.records[snapshot.row_of[s.id]]) for s in drawn.selected]
    furthest = {cat: max(s.position for s in drawn.selected if s.cat == cat) for cat in ("A01", "B01")}
    left: list[str] = []
    for seat in leaving:
        cat, person = seats[seat]
        left.append(person.id)
        listed = [snapshot.records[row] for row in drawn.lists.rows[cat]]
        others = [r for i, (_, r) in enumerate(seats) if i != seat]
        skipped, at = next_candidate(listed, furthest[cat] + 1, others, left, 1, {})
        assert [position for position, _ in skipped] == list(range(furthest[cat] + 1, at if at >= 0 else len(listed)))
        if at < 0:
            return
        furthest[cat] = at
        seats[seat] = (cat, listed[at])
        assert listed[at].id not in left
        assert not clash(listed[at], others, 1, {})


@settings(deadline=None)
@given(records(6), seeds)
def test_the_result_commitment_hides_and_binds(pool: list[Record], seed: bytes) -> None:
    snapshot = take(pool, KEY)
    try:
        drawn = hold(plan(), snapshot, SealedPart(), seed)
    except Infeasible:
        return
    published = result_commitment(seed, drawn.selected)
    assert result_commitment(seed, drawn.selected[::-1]) != published
    assert result_commitment(sha256(seed).digest(), drawn.selected) != published
    for s in drawn.selected:
        row = snapshot.row_of[s.id]
        assert commitment_of(snapshot.records[row], snapshot.salt(row)).hex() == s.rc
