"""The head map: the specification's vector, its audit, what it refuses."""

from typing import Any

import pytest

from archive import canonical, heads
from archive.decider import Head
from archive.faults import Fault
from archive.strict import base64
from tests.logs import SmallLog

KEY = b"\xb0" * 32
PADS = [bytes([0xC0 + n]) * 32 for n in range(30)]


def ends(count: int) -> list[Head]:
    return [Head(f"tender/T-{n}", n + 1, base64(bytes([n]) * 32)) for n in range(count)]


def test_the_map_of_the_specification_has_its_root() -> None:
    leaves = {
        "system/log": (1, "3d4baf5142c31bd20d69ab45dd62675d2ff11d33db3ee500de9dd6939025dd26"),
        "tender/T-1": (2, "d65c4cb3cf077d98da56fb7874246f0d1d0ccc9830664e8abc5333b83bc3131f"),
        "sealed/5e1f": (1, "74a89db11afa33fbe3da8ae085a08805bcb46ceb54ae17a7992613487e2381c6"),
    }
    made = heads.head_map(KEY, [Head(s, seq, base64(bytes.fromhex(leaf))) for s, (seq, leaf) in leaves.items()], PADS)
    assert made.size == 16
    assert made.root.hex() == "0b46fa864a1d9db334df9e94120b70035eb00dd14fc8a6f2aebb2870cbb11c31"
    proof = heads.check_head(made.proofs["tender/T-1"], 16, made.root)
    assert proof.index == 0
    assert proof.salt == base64(bytes.fromhex("67fb9ebb2d8bb1ec82d2be37a054ece9751494a8b9ce72d23933961546db403a"))


@pytest.mark.parametrize(("streams", "size"), [(0, 16), (1, 16), (16, 16), (17, 32), (32, 32), (33, 64)])
def test_a_map_is_a_power_of_two_from_16_up(streams: int, size: int) -> None:
    assert heads.map_size(streams) == size


def test_every_stream_of_a_map_has_its_proof() -> None:
    made = heads.head_map(KEY, ends(17), PADS)
    for end in ends(17):
        assert heads.check_head(made.proofs[end.stream], 32, made.root).head == end


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: {**p, "last_seq": 0},
        lambda p: {**p, "v": 2},
        lambda p: {**p, "stream": "T-1"},
        lambda p: {**p, "more": 1},
        lambda p: {**p, "index": 16},
        lambda p: {**p, "index": -1},
        lambda p: {**p, "path": p["path"][1:]},
        lambda p: {**p, "path": [p["path"][0]] * 64},
        lambda p: {**p, "salt": p["salt"][:-4]},
        lambda p: {k: v for k, v in p.items() if k != "salt"},
        lambda p: [p],
    ],
)
def test_an_edited_proof_is_bad(edit: Any) -> None:
    made = heads.head_map(KEY, ends(3), PADS)
    proof = canonical.decode(made.proofs["tender/T-1"])
    with pytest.raises(Fault, match="HEAD_BAD"):
        heads.check_head(canonical.encode(edit(proof)), 16, made.root)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b" " * 100_000])
def test_what_is_no_proof_is_bad(raw: bytes) -> None:
    with pytest.raises(Fault, match="HEAD_BAD"):
        heads.check_head(raw, 16, bytes(32))


@pytest.mark.parametrize(
    "outcome",
    [
        None,
        {},
        {"heads": {}},
        {"heads": {"root": base64(bytes(32)), "size": 15}},
        {"heads": {"root": base64(bytes(32)), "size": 8}},
        {"heads": {"root": base64(bytes(31)), "size": 16}},
        {"heads": {"root": base64(bytes(32)), "size": True}},
        {"heads": {"root": base64(bytes(32)), "size": 16, "n": 1}},
    ],
)
def test_a_heads_event_states_a_map(outcome: Any) -> None:
    with pytest.raises(Fault, match="HEAD_BAD"):
        heads.stated_map(outcome)


AT = "2026-01-05T01:10:00.000000Z"
LONG_AGO = "2026-01-05T01:00:00.000000Z"
JUST_NOW = "2026-01-05T01:09:00.000000Z"


def audited(kept: list[Head], streams: heads.Streams, pads: int = 13) -> None:
    made = heads.head_map(KEY, ends(3), PADS)
    heads.audit(KEY, PADS[:pads], (made.size, made.root), kept, AT, streams)


def events(*extra: tuple[str, tuple[int, str, str]]) -> dict[str, list[tuple[int, str, str]]]:
    found = {end.stream: [(end.last_seq, end.last_leaf, LONG_AGO)] for end in ends(3)}
    for stream, event in extra:
        found.setdefault(stream, []).append(event)
    return found


def test_the_audit_passes_a_whole_map_and_what_came_within_the_minute() -> None:
    audited(ends(3), events())
    audited(ends(3), events(("tender/T-1", (3, "x", JUST_NOW)), ("tender/new", (1, "y", JUST_NOW))))


@pytest.mark.parametrize(
    ("kept", "streams", "pads"),
    [
        (ends(2), events(), 14),
        (ends(4), events(), 12),
        ([*ends(2), Head("tender/T-2", 9, base64(bytes(32)))], events(), 13),
        ([ends(3)[0]] * 3, events(), 13),
        (ends(3), events(), 12),
        (ends(3), {stream: found for stream, found in events().items() if stream != "tender/T-1"}, 13),
        (ends(3), {**events(), "tender/T-1": [(2, "other", LONG_AGO)]}, 13),
        (ends(3), events(("tender/T-1", (3, "x", LONG_AGO))), 13),
        (ends(3), events(("tender/hidden", (1, "x", LONG_AGO))), 13),
    ],
)
def test_the_audit_finds_a_map_that_is_not_the_log(kept: list[Head], streams: heads.Streams, pads: int) -> None:
    with pytest.raises(Fault, match="HEAD_BAD"):
        audited(kept, streams, pads)


def test_proofs_of_a_log_lead_to_its_heads_event() -> None:
    log = SmallLog()
    log.add("tender/T-1", "tender.published")
    log.add_heads()
    assert log.heads is not None
    stated = canonical.decode(log.bodies[-1])["data"]["outcome"]
    size, root = heads.stated_map(stated)
    assert heads.check_head(log.heads.proofs["tender/T-1"], size, root).last_seq == 1
