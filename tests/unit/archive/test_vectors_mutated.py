"""The published vectors of streams, envelopes, packs and witnesses, changed: each is refused by a code of the closed list."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive import chains, entry, envelope, verify, witnessing
from archive.faults import FAULTS, Fault
from archive.notes import parse_note
from archive.signing import Signer
from archive.vkeys import COSIGNATURE, Key, parse_vkey

Case = dict[str, Any]
DOCUMENT = json.loads((Path(__file__).parents[2] / "vectors" / "log-public.json").read_text("utf-8"))


def sound(kind: str) -> list[Case]:
    """The inputs of the cases of a kind in which nothing is wrong."""
    cases = [c for c in DOCUMENT["cases"] if c["kind"] == kind]
    good = {"envelope": {"ok": True}, "pack": {"ok": True}, "stream": {"problems": []}}
    return [c["in"] for c in cases if kind not in good or c["out"] == good[kind]]


def refused(body: bytes) -> str:
    """The code with which a body is refused, empty where it is taken."""
    try:
        envelope.read(body)
    except Fault as fault:
        return fault.code
    return ""


def written(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def changed_bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """What was done to a body, and the body."""
    value = json.loads(body)
    yield "a member more", written({**value, "zz": 1})
    yield "a blank", body.replace(b":", b": ", 1)
    yield "something behind", body + b" "
    yield "cut off", body[:-1]
    yield "members swapped", b"{" + b",".join(reversed(body[1:-1].split(b",", 1))) + b"}"
    yield "a member twice", b'{"act":"a.b",' + body[1:]
    for name, member in value.items():
        for what, other in (("null", None), ("a float", 1.5), ("a list of lists", [[[]]])):
            yield f"{name} {what}", written({**value, name: other})
        if name in ("act", "actor", "at", "data", "id", "prev", "rel", "seq", "stream", "sv", "v"):
            yield f"without {name}", written({k: v for k, v in value.items() if k != name})
        if isinstance(member, int):
            yield f"{name} negative", written({**value, name: -1})


@pytest.mark.parametrize("n", range(len(sound("envelope"))))
def test_a_changed_envelope_is_refused(n: int) -> None:
    body = sound("envelope")[n]["body"].encode()
    assert refused(body) == ""
    codes = {what: refused(raw) for what, raw in changed_bodies(body)}
    assert [what for what, code in codes.items() if code not in FAULTS] == []
    assert {"CANON_BAD", "SCHEMA_BAD"} <= set(codes.values())


def codes_of(entries: list[bytes], openings: dict[int, bytes]) -> set[str]:
    """What a stream's check finds, notes aside."""
    return {problem.code for problem in chains.check(entries, openings)} - {"CHAIN_OPEN"}


def log_of(given: Case) -> tuple[list[bytes], dict[int, bytes]]:
    return [e.encode() for e in given["entries"]], {int(at): text.encode() for at, text in given["openings"].items()}


def altered(given: Case, at: int, **members: Any) -> set[str]:
    """What is found where an entry says something else, and commits to it."""
    entries, openings = log_of(given)
    salt, body = entry.parse_opening(openings[at])
    raw = written({**json.loads(body), **members})
    return codes_of([*entries[:at], entry.entry(salt, raw), *entries[at + 1 :]], {**openings, at: entry.opening(salt, raw)})


@pytest.mark.parametrize("n", range(len(sound("stream"))))
def test_a_changed_stream_is_refused(n: int) -> None:
    given = sound("stream")[n]
    entries, openings = log_of(given)
    assert codes_of(entries, openings) == set()
    for at, opening in openings.items():
        flipped = bytearray(opening)
        flipped[-3] ^= 1
        found = codes_of(entries, {**openings, at: bytes(flipped)})
        assert found and found <= FAULTS, f"opening {at}"
        assert "BODY_BAD" in codes_of(entries, {**openings, at: opening[:20]})
        body = json.loads(entry.parse_opening(opening)[1])
        seq, others = body["seq"], [json.loads(entry.parse_opening(o)[1])["id"] for a, o in openings.items() if a != at]
        for members, codes in (
            ({"seq": seq + 1000}, {"CHAIN_GAP", "SCHEMA_BAD"}),
            ({"prev": "A" * 43 + "="}, {"CHAIN_BREAK", "CHAIN_GAP", "SCHEMA_BAD"}),
            ({"stream": "nowhere"}, {"SCHEMA_BAD"}),
            *([({"id": others[0]}, {"DUP_ID"})] if others else []),
        ):
            found = altered(given, at, **members)
            assert found <= FAULTS and found & codes, (at, members, found)


def files_of(given: Case) -> dict[str, bytes]:
    files = {path: bytes.fromhex(raw) for path, raw in DOCUMENT["packs"][given["pack"]].items()}
    edited = {path: bytes.fromhex(raw) if raw is not None else None for path, raw in given["edit"].items()}
    return {path: raw for path, raw in {**files, **edited}.items() if raw is not None}


def findings(files: dict[str, bytes], given: Case) -> set[str]:
    policy = given["policy"].encode() if given.get("policy") is not None else None
    return set(verify.verify_files(files, policy=policy, vkeys=given.get("vkeys", ())).counts)


def changed_packs(files: dict[str, bytes]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """What was done to a pack, and the pack."""
    last = f".p/{json.loads(files['manifest.json'])['size'] % 256}"
    for path, raw in files.items():
        if ".p/" not in path or path.endswith(last):  # a partial tile of an earlier size may go
            yield f"{path} gone", {k: v for k, v in files.items() if k != path}
        yield f"{path} empty", {**files, path: b""}
        yield f"{path} cut off", {**files, path: raw[:-1]}
        yield f"{path} longer", {**files, path: raw + b"\n"}
        yield f"{path} twice", {**files, path: raw + raw}
        yield f"{path} as another", {**files, f"{path}x": raw}
    for one, other in zip(files, list(files)[1:], strict=False):
        yield f"{one} and {other} swapped", {**files, one: files[other], other: files[one]}


@pytest.mark.parametrize("n", range(len(sound("pack"))))
def test_a_changed_pack_is_refused(n: int) -> None:
    given = sound("pack")[n]
    files = files_of(given)
    assert findings(files, given) == set()
    for what, changed in changed_packs(files):
        found = findings(changed, given)
        assert found and found <= FAULTS, (what, found)


def steps(given: Case) -> Iterator[tuple[bytes, witnessing.Answer, dict[str, witnessing.Seen]]]:
    seen: dict[str, witnessing.Seen] = {}
    for step in given["steps"]:
        body = step["body"].encode("utf-8", "surrogatepass")
        before = dict(seen)
        answer, origin, after = answered(given, body, seen, step["time"])
        if after is not None:
            seen[origin] = after
        yield body, answer, before


def answered(given: Case, body: bytes, seen: dict[str, witnessing.Seen], time: int) -> Any:
    signer = Signer.from_seed(given["name"], given.get("type", COSIGNATURE), bytes.fromhex(given["seed"]))
    logs: dict[str, list[Key]] = {}
    for key in map(parse_vkey, given["logs"]):
        logs.setdefault(key.name, []).append(key)
    return witnessing.answer(body, logs, lambda o: seen.get(o, witnessing.Seen()), lambda text: [signer.line(text, time)])


def test_a_changed_request_is_not_cosigned_by_a_witness() -> None:
    (given,) = sound("witness")
    taken = 0
    for body, answer, before in steps(given):
        if answer.status != 200:
            continue
        taken += 1
        text, head = parse_note(body.partition(b"\n\n")[2]).text, len(body.partition(b"\n\n")[0])
        for at in range(0, len(body), 1 if len(body) < 2000 else 7):
            flipped = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            said, _, after = answered(given, flipped, before, 1)
            if said.status == 200:  # of a signature line by a key that this witness does not know nothing is asked
                assert parse_note(flipped.partition(b"\n\n")[2]).text == text and at > head + 2 + len(text), at
            else:
                assert said.status in (400, 403, 404, 409, 422) and after is None, at
    assert taken > 1
