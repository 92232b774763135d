"""Recomputes every case of an ``xdraw/1 vectors`` file through the product's own functions.

A case's outcome is None, or what differs.  ``draw_*`` keys are whole draws whose ``records`` are the pool; the other keys are
the small tables that SPEC.md names.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from archive.errors import Invalid
from archive.merkle import check_inclusion, leaf_hash, leaf_hashes, root
from experts import vrf
from experts.beacon import QUICKNET
from experts.draw import composed, hold, result_commitment, seat_order, ticket_rank
from experts.encoding import Stream, cj, coefficient, hkdf, shuffled, th, tie_lot
from experts.entropy import commit, context, sealed_commitment, seed_from
from experts.plan import Plan, SealedPart
from experts.seating import Infeasible, fill, next_candidate
from experts.snapshot import Record, Snapshot, take
from tests.vectors.rfc3797 import select

Outcome = tuple[str, str | None]


def cases(document: dict[str, Any]) -> Iterator[Outcome]:
    """Every case of the document, by name."""
    for key, section in document.items():
        if key in ("format", "note"):
            continue
        if key.startswith("draw_"):
            yield from _guarded(key, partial(whole_draw, section, document))
        elif key in TABLES:
            yield from _guarded(key, partial(TABLES[key], section, document))
        else:
            yield key, "no such section is known"


def _guarded(key: str, run: Callable[[], Iterator[Outcome]]) -> Iterator[Outcome]:
    count = 0
    try:
        for name, outcome in run():
            yield f"{key}.{name}", outcome
            count += 1
    except Exception as e:  # a malformed section differs, whatever is wrong with it
        yield key, f"{type(e).__name__}: {e}"
    else:
        if not count:
            yield key, "nothing in it was computed"


def same(name: str, got: object, want: object) -> Outcome:
    """The outcome of a comparison."""
    return name, None if got == want else f"got {got!r:.300}, want {want!r:.300}"


def _refuses(name: str, run: Callable[[], object]) -> Outcome:
    try:
        run()
    except Invalid:
        return name, None
    return name, "was not refused"


def canonical_json(section: list[dict[str, Any]], _: dict[str, Any]) -> Iterator[Outcome]:
    bad: dict[str, Any] = {"1.0 (float)": {"a": 1.0}, "null": {"a": None}, "2**53": {"a": 2**53}, "non-ASCII key": {"é": 1}}
    for i, case in enumerate(section):
        if not case.get("reject"):
            yield same(str(i), cj(case["in"]).hex(), case["out_hex"])
        for what in case.get("reject", ()):
            yield _refuses(f"{i}.{what}", partial(cj, bad[what]))


def tagged_hash(section: list[dict[str, Any]], _: dict[str, Any]) -> Iterator[Outcome]:
    for i, case in enumerate(section):
        yield same(str(i), th(case["tag"], *map(bytes.fromhex, case["parts"])).hex(), case["out"])


def hkdf_case(section: str, _: dict[str, Any]) -> Iterator[Outcome]:
    okm = hkdf(bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA)), 42)
    yield same("okm", okm.hex(), section)


def merkle_roots(section: dict[str, str], _: dict[str, Any]) -> Iterator[Outcome]:
    for n, want in section.items():
        yield same(n, root(leaf_hashes(bytes([i % 256]) * 32 for i in range(int(n)))).hex(), want)


def ancestor(section: dict[str, Any], _: dict[str, Any]) -> Iterator[Outcome]:
    yield same("selected", select(section["key"], section["n"], section["k"]), section["out"])


def ecvrf(section: list[dict[str, str]], _: dict[str, Any]) -> Iterator[Outcome]:
    for i, case in enumerate(section):
        secret, public, alpha = (bytes.fromhex(case[k]) for k in ("sk", "pk", "alpha"))
        pi, beta = vrf.prove(secret, alpha)
        yield same(f"{i}.pk", vrf.public_key(secret).hex(), case["pk"])
        yield same(f"{i}.pi", pi.hex(), case["pi"])
        yield same(f"{i}.beta", beta.hex(), case["beta"])
        yield same(f"{i}.verified", vrf.verify(public, alpha, bytes.fromhex(case["pi"])).hex(), case["beta"])


def drand(section: dict[str, Any], _: dict[str, Any]) -> Iterator[Outcome]:
    round_, signature = section["round"], section["signature"]
    yield same("randomness", QUICKNET.value(round_, signature).hex(), section["randomness"])
    if "genesis" in section:
        yield same("genesis", QUICKNET.time(1), section["genesis"] * 1_000_000)
    if "period" in section:
        yield same("period", QUICKNET.time(2) - QUICKNET.time(1), section["period"] * 1_000_000)
    if "round_time_unix" in section:
        yield same("time", QUICKNET.time(round_), section["round_time_unix"] * 1_000_000)
    yield _refuses("another round", lambda: QUICKNET.value(round_ + 1, signature))


def uniform(section: dict[str, Any], _: dict[str, Any]) -> Iterator[Outcome]:
    seed = bytes.fromhex(section["seed"])
    for key, told in section.items():
        if found := re.fullmatch("label_(.+)_(bounds?)", key):
            label, many = found[1], found[2] == "bounds"
            stream, out = Stream(seed, label), section[f"label_{label}_out"]
            bounds = told if many else [told] * len(out)
            yield same(label, [str(stream.below(int(n))) for n in bounds], out)
            if (words := section.get(f"label_{label}_words_rejected")) is not None:
                yield same(f"{label}.rejected", stream.rejected, words)
        elif found := re.fullmatch("fisher_yates_n([0-9]+)_k([0-9]+)_label_(.+)", key):
            yield same(key, shuffled(range(int(found[1])), Stream(seed, found[3]), int(found[2])), told)
        elif key != "seed" and not re.fullmatch("label_.+_(out|words_rejected)", key):
            yield key, "no such member is known"


def coefficient_draw(section: dict[str, Any], _: dict[str, Any]) -> Iterator[Outcome]:
    seed = bytes.fromhex(section["seed"])
    for key, values in section.items():
        if key.endswith("_from"):
            name = key.removesuffix("_from")
            yield same(name, coefficient(seed, name, values), section[name])


def lots(section: dict[str, Any], _: dict[str, Any]) -> Iterator[Outcome]:
    yield same("order", tie_lot(bytes.fromhex(section["seed"]), section["among"]), section["order"])


def weighted(section: Any, _: dict[str, Any]) -> Iterator[Outcome]:
    for i, case in enumerate(section if isinstance(section, list) else [section]):
        seed, cat, tickets = bytes.fromhex(case["seed"]), case.get("cat", case.get("category", "")), case["tickets"]
        order = sorted(tickets, key=lambda rc: ticket_rank(seed, cat, bytes.fromhex(rc), tickets[rc]))
        yield same(str(i), order, case["order"])


def composition(section: list[dict[str, Any]], _: dict[str, Any]) -> Iterator[Outcome]:
    for i, case in enumerate(section):
        yield same(str(i), composed(case["size"], case["representatives"], case["least"]), case["ok"])


def backtrack(section: dict[str, Any], _: dict[str, Any]) -> Iterator[Outcome]:
    lists = {cat: [_person(text) for text in people] for cat, people in section["lists"].items()}
    order = section["seat_order"]
    places = fill(order, lists, section.get("max_per_employer", 1), section.get("region_max", {}), {})
    yield same("out", [[cat, at] for cat, at in zip(order, places, strict=True)], section["out"])
    # The first choice of every list alone cannot be seated, which is why the walk must turn back.
    heads = {cat: people[:1] for cat, people in lists.items()}
    try:
        fill(order, heads, 1, {}, {})
        yield same("infeasible", False, section.get("infeasible", False))
    except Infeasible:
        yield same("infeasible", True, section.get("infeasible", True))


def _person(text: str) -> Record:
    name, _, org = text.partition("@")
    return Record(1, name, name, (), "", (org,), (), (), "active", 0, 0)


def must_refuse(section: list[str], document: dict[str, Any]) -> Iterator[Outcome]:
    case = next(v for k, v in document.items() if k.startswith("draw_"))
    records, key = msgspec.convert(case["records"], list[Record]), bytes.fromhex(case["k_snap"])
    for what in section:
        if what.startswith("reveal does not open"):
            wrong = dict(case["nonces"]) | {case["plan"]["contributors"][0]: "00" * 32}
            yield _refuses(what, partial(_seed, case, wrong))
        elif what.startswith("duplicate expert id"):
            yield _refuses(what, lambda: take([*records, records[0]], key))
        elif what.startswith("a changed record"):
            changed = [msgspec.structs.replace(records[0], load=records[0].load + 1), *records[1:]]
            yield what, "the root is unchanged" if take(changed, key).root.hex() == case["pool_root"] else None
        else:
            yield what, "no such refusal is known"


def _seed(case: dict[str, Any], nonces: dict[str, str]) -> Any:
    withheld = set(case.get("withheld", []))
    return seed_from(
        bytes.fromhex(case["ctx"]),
        case["plan"]["contributors"],
        {role: bytes.fromhex(c) for role, c in case["commits"].items()},
        {role: bytes.fromhex(r) for role, r in nonces.items() if role not in withheld},
        [_vrf_proof(case, role, held) for role, held in _holders(case.get("vrf", "none"))],
        bytes.fromhex(case.get("beacon_value") or ""),
    )


def _vrf_proof(case: dict[str, Any], role: str, held: dict[str, str]) -> tuple[str, bytes, bytes]:
    """A holder's key and proof; proved here where the case gives the secret instead."""
    if "pi" in held:
        return role, bytes.fromhex(held["pk"]), bytes.fromhex(held["pi"])
    secret = bytes.fromhex(held["sk"])
    return role, vrf.public_key(secret), vrf.prove(secret, bytes.fromhex(case["vrf_alpha"]))[0]


def _holders(holders: Any) -> list[tuple[str, dict[str, str]]]:
    """VRF holders as one object with a role, a list of such, or a mapping by role."""
    if not holders or holders == "none":
        return []
    if isinstance(holders, list):
        return [(h["role"], h) for h in holders]
    return [(holders.get("role", "regulator"), holders)] if {"pi", "sk"} & set(holders) else list(holders.items())


def whole_draw(case: dict[str, Any], _: dict[str, Any]) -> Iterator[Outcome]:
    plan = msgspec.convert(case["plan"], Plan)
    part = msgspec.convert(case["sealed"], SealedPart)
    pool = take(msgspec.convert(case["records"], list[Record]), bytes.fromhex(case["k_snap"]))
    yield same("pool_size", pool.n, case["pool_size"])
    yield same("pool_root", pool.root.hex(), case["pool_root"])
    for expert, rc in case.get("record_commits", {}).items():
        yield same(f"record_commits.{expert}", pool.rc(pool.row_of[expert]).hex(), rc)
    yield same("sealed", sealed_commitment(part, bytes.fromhex(case["seal_salt"])).hex(), case["plan"]["sealed"])
    yield same("plan", cj(plan), cj(case["plan"]))
    ctx = context(cj(plan), pool.root, pool.n)
    yield same("ctx", ctx.hex(), case["ctx"])
    commits = {role: commit(ctx, role, bytes.fromhex(r)).hex() for role, r in case["nonces"].items()}
    yield same("commits", commits, case["commits"])
    seed = _seed(case, case["nonces"])
    yield same("ctx1", seed.ctx1.hex(), case["ctx1"])
    yield same("withheld", list(seed.withheld), case["withheld"])
    yield same("vrf_alpha", seed.alpha.hex(), case["vrf_alpha"])
    yield same("seed", seed.value.hex(), case["seed"])
    yield same("seat_order", seat_order(seed.value, plan.seats), case["seat_order"])
    drawn = hold(plan, pool, part, seed.value)
    yield same("eligible", {cat: len(rows) for cat, rows in drawn.lists.rows.items()}, case["eligible"])
    yield same("rejected_by_rule", drawn.lists.counts, case["rejected_by_rule"])
    for cat, head in case["order_head"].items():
        yield same(f"order_head.{cat}", [pool.records[row].id for row in drawn.lists.rows[cat][: len(head)]], head)
    selected = [msgspec.to_builtins(s) for s in drawn.selected]
    yield same("result", {"selected": selected}, case["result"])
    yield same("result_commit", result_commitment(seed.value, drawn.selected).hex(), case["result_commit"])
    yield same("replacements", _replacements(case, plan, pool, drawn.lists.rows, selected), case["replacements"])
    if "inclusion_proof_first" in case:
        yield from _inclusion(case["inclusion_proof_first"], pool, pool.row_of[selected[0]["id"]])


def _inclusion(proof: dict[str, Any], pool: Snapshot, row: int) -> Iterator[Outcome]:
    path = pool.paths([row])[0]
    yield same("inclusion_proof_first", {"leaf_index": row, "path": [node.hex() for node in path]}, proof)
    yield same("inclusion_verified", check_inclusion(row, pool.n, leaf_hash(pool.rc(row)), pool.root, path), True)


def _replacements(
    case: dict[str, Any], plan: Plan, pool: Snapshot, lists: Mapping[str, Sequence[int]], selected: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    seats = {s["id"]: (s["cat"], pool.records[lists[s["cat"]][s["position"]]]) for s in selected}
    furthest = {cat: max([s["position"] for s in selected if s["cat"] == cat], default=-1) for cat in lists}
    left: set[str] = set()
    out: list[dict[str, Any]] = []
    for expert in case["declines_in_order"]:
        cat, _record = seats.pop(expert)
        left.add(expert)
        ranked = [pool.records[row] for row in lists[cat]]
        seated = [record for _, record in seats.values()]
        skipped, at = next_candidate(ranked, furthest[cat] + 1, seated, left, plan.rules.max_per_employer, plan.rules.region_max)
        furthest[cat] = at if at >= 0 else len(ranked) - 1
        new = ranked[at].id if at >= 0 else "EXHAUSTED"
        if at >= 0:
            seats[new] = (cat, ranked[at])
        out.append({"vacated": expert, "category": cat, "skipped": [list(s) for s in skipped], "new": new, "position": at})
    return out


TABLES: dict[str, Callable[[Any, dict[str, Any]], Iterator[Outcome]]] = {
    "canonical_json": canonical_json,
    "tagged_hash": tagged_hash,
    "hkdf_rfc5869_case1": hkdf_case,
    "merkle_roots": merkle_roots,
    "rfc3797_section6": ancestor,
    "ecvrf_rfc9381_tai": ecvrf,
    "drand_quicknet_sample": drand,
    "uniform": uniform,
    "coefficient_draw": coefficient_draw,
    "tie_lot": lots,
    "weighted_tickets": weighted,
    "composition": composition,
    "backtrack": backtrack,
    "must_refuse": must_refuse,
}
