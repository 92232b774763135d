"""Packs of scope log: sound ones pass, and each fault is found by its name."""

import json
from typing import Any

import pytest

from archive import canonical, tileformat
from archive.checkpoints import Checkpoint
from archive.notes import write_note
from archive.signing import Signer
from archive.verify import verify_files
from tests.logs import LOG, LOG_PQ, ORIGIN, SECOND, START, WITNESS, SmallLog, rebuilt, tender_log
from tests.packs import codes, verify, with_manifest


@pytest.mark.parametrize("hidden", [(), (2, 3, 4), range(10), (0,)])
def test_a_sound_pack_has_no_divergence(hidden: Any) -> None:
    report = verify(tender_log().pack(hidden=hidden))
    assert report.clean
    assert report.verdicts() == {"L0": "pass", "L1": "pass"}
    assert report.note_counts.get("BODY_WITHHELD", 0) == len(hidden)


def test_a_pack_of_an_empty_log_is_sound() -> None:
    log = SmallLog()
    log.bodies.clear()
    log.salts.clear()
    assert codes(log.pack()) == []


@pytest.mark.parametrize("count", [255, 256, 257, 513])
def test_packs_around_full_tiles_are_sound_and_every_tile_counts(count: int) -> None:
    log = SmallLog()
    for n in range(count - 1):
        log.add(f"tender/t{n % 7}", "a.b")
    files = log.pack(hidden=range(5, count))
    assert codes(files) == []
    for path, raw in files.items():
        if path.startswith("tile/"):
            assert codes(rebuilt(files, **{path: None})) == ["TILE_MISSING"]
            flipped = bytes([raw[0] ^ 1]) + raw[1:]
            found = codes(rebuilt(files, **{path: flipped}))
            assert found == ["BUNDLE_BAD"] if "entries" in path else ["TILE_MISMATCH"]


def test_the_same_pack_gives_the_same_report() -> None:
    files = rebuilt(tender_log().pack(), **{"body/001": None, "notes.txt": b""})
    assert verify(files).json() == verify(dict(reversed(files.items()))).json()
    assert json.loads(verify(files).json())["counts"] == {"BODY_MISSING": 1, "FILE_EXTRA": 1}


def test_without_trust_of_its_own_the_verifier_says_so() -> None:
    report = verify_files(tender_log().pack())
    assert report.clean
    assert report.note_counts == {"POLICY_UNPINNED": 1}


def test_bare_keys_must_each_have_signed() -> None:
    files = tender_log().pack()
    assert codes(files, policy=None, vkeys=[LOG.key.text]) == []
    assert codes(files, policy=None, vkeys=[LOG.key.text, LOG_PQ.key.text]) == ["SIG_ABSENT"]
    assert codes(tender_log().pack(signers=(LOG, LOG_PQ, WITNESS)), vkeys=[LOG_PQ.key.text]) == []


def test_a_malformed_key_or_policy_of_the_verifier_is_named() -> None:
    files = tender_log().pack()
    assert "VKEY_BAD" in codes(files, vkeys=["x"])
    assert "POLICY_BAD" in codes(files, policy=b"x")
    assert "POLICY_BAD" in codes(with_manifest({**files, "policy": b"x\n"}))


def test_a_log_under_another_name_is_another_log() -> None:
    other = SmallLog(origin="else.example/x").pack(signers=(Signer.from_seed("else.example/x", 1, bytes(32)), WITNESS))
    assert codes(other) == ["ORIGIN_BAD"]


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"format": "sunlit pack 0"}, ["MANIFEST_BAD"]),
        ({"scope": "dossier"}, None),
        ({"origin": ...}, ["MANIFEST_BAD"]),
        ({"origin": 1}, ["MANIFEST_BAD"]),
        ({"size": 9}, ["MANIFEST_BAD"]),
        ({"size": "10"}, ["MANIFEST_BAD"]),
        ({"root": "x"}, ["MANIFEST_BAD"]),
        ({"made_at": "2026-01-05T01:01:10Z"}, ["MANIFEST_BAD"]),
        ({"streams": []}, ["MANIFEST_BAD"]),
        ({"withheld": ...}, ["MANIFEST_BAD"]),
        ({"withheld": [[2, 2, "sealed"], [3, 3, "sealed"]]}, ["MANIFEST_BAD"]),
        ({"withheld": [[2, 2, "sealed"], [3, 3, "secret"]]}, []),
        ({"withheld": [[2, 3, "nothing"]]}, ["MANIFEST_BAD"]),
        ({"withheld": [[3, 3, "sealed"], [2, 2, "sealed"]]}, ["MANIFEST_BAD"]),
        ({"withheld": [[2, 10, "sealed"]]}, ["MANIFEST_BAD"]),
        ({"withheld": [[3, 2, "sealed"]]}, ["MANIFEST_BAD"]),
        ({"withheld": [[2, 3, "sealed"], [3, 3, "sealed"]]}, ["MANIFEST_BAD"]),
        ({"withheld": [[True, 3, "sealed"]]}, ["MANIFEST_BAD"]),
        ({"withheld": 1}, ["MANIFEST_BAD"]),
        ({"withheld": []}, ["BODY_MISSING"]),
        ({"withheld": [[1, 3, "sealed"]]}, ["MANIFEST_BAD"]),
        ({"blobs_absent": ["x"]}, ["MANIFEST_BAD"]),
        ({"files": []}, ["MANIFEST_BAD"]),
        ({"files": {"checkpoint": "x"}}, ["MANIFEST_BAD"]),
    ],
)
def test_a_manifest_that_breaks_a_rule_is_bad(members: dict[str, Any], found: list[str] | None) -> None:
    files = with_manifest(tender_log().pack(hidden=(2, 3)), **members)
    if found is None:
        assert "MANIFEST_BAD" in codes(files)
    else:
        assert codes(files) == found


@pytest.mark.parametrize("path", ["manifest.json", "tile/0/000.p/10", "body/000", "blob/aa/bb", "stream/a/b/1"])
def test_a_manifest_does_not_list_what_other_things_bind(path: str) -> None:
    files = tender_log().pack()
    manifest = canonical.decode(files["manifest.json"])
    manifest["files"][path] = "00" * 32
    assert codes({**files, "manifest.json": canonical.encode(manifest)}) == ["MANIFEST_BAD"]


@pytest.mark.parametrize("raw", [None, b"", b"[]", b"\xff", b'{"a":null}'])
def test_without_a_manifest_the_rest_is_still_checked(raw: bytes | None) -> None:
    files = rebuilt(tender_log().pack(), **{"manifest.json": raw, "body/003": b"x"})
    assert codes(files) == sorted(["BODY_BAD", "FILE_MISSING" if raw is None else "MANIFEST_BAD"])


def test_without_a_checkpoint_the_rest_is_checked_against_the_manifest() -> None:
    files = rebuilt(tender_log().pack(), **{"checkpoint": None, "body/003": b"x"})
    assert codes(files) == ["BODY_BAD", "NOTE_BAD"]
    assert codes({}) == ["FILE_MISSING", "NOTE_BAD"]


def test_older_partial_tiles_may_stay_when_they_are_beginnings() -> None:
    files = tender_log().pack()
    tile, bundle = files["tile/0/000.p/10"], files["tile/entries/000.p/10"]
    kept = {**files, "tile/0/000.p/3": tile[:96], "tile/entries/000.p/3": bundle[: 3 * 63]}
    assert codes(kept) == []
    assert codes({**kept, "tile/0/000.p/3": tile[32:128]}) == ["TILE_MISMATCH"]
    assert codes({**kept, "tile/entries/000.p/3": bundle[63 : 4 * 63]}) == ["TILE_MISMATCH"]
    assert codes({**kept, "tile/entries/000.p/3": bundle[: 3 * 63 - 1]}) == ["TILE_MISMATCH"]
    assert codes({**kept, "tile/0/000.p/3": tile[:64]}) == ["TILE_MISMATCH"]


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/0/000.p/11", "tile/x", "tile/64/000"])
def test_tiles_that_the_size_does_not_call_for_are_extra(path: str) -> None:
    assert codes({**tender_log().pack(), path: bytes(32)}) == ["TILE_EXTRA"]


def test_when_entries_give_the_root_the_tile_is_to_blame() -> None:
    files = tender_log().pack()
    tile = files["tile/0/000.p/10"]
    report = verify({**files, "tile/0/000.p/10": tile[32:64] + tile[:32] + tile[64:]})
    assert report.counts == {"TILE_MISMATCH": 1}


def test_when_tiles_give_the_root_the_entries_are_to_blame() -> None:
    log = tender_log()
    files = log.pack(hidden=range(10))
    swapped = [log.entries[1], log.entries[0], *log.entries[2:]]
    report = verify({**files, "tile/entries/000.p/10": tileformat.write_bundle(swapped)})
    assert report.counts == {"ROOT_MISMATCH": 1, "ENTRY_MISMATCH": 2}


def test_when_neither_gives_the_root_both_are_reported() -> None:
    log = tender_log()
    files = log.pack(hidden=range(10))
    entries = tileformat.write_bundle([log.entries[1], *log.entries[1:]])
    tile = files["tile/0/000.p/10"]
    report = verify({**files, "tile/entries/000.p/10": entries, "tile/0/000.p/10": tile[:-32] + bytes(32)})
    assert report.counts == {"ROOT_MISMATCH": 1, "ENTRY_MISMATCH": 2}


def test_an_entry_of_another_form_is_named() -> None:
    log = tender_log()
    files = dict(tileformat.build([*log.entries[:-1], b"something else"]))
    assert codes({**log.pack(hidden=range(10)), **files}) == ["ENTRY_BAD", "ROOT_MISMATCH"]


def test_a_bundle_may_be_absent_without_hiding_what_its_tile_proves() -> None:
    files = rebuilt(tender_log().pack(), **{"tile/entries/000.p/10": None})
    assert codes(files) == ["TILE_MISSING"]


def test_a_pack_without_any_tile_still_names_other_faults() -> None:
    files = {path: raw for path, raw in tender_log().pack().items() if not path.startswith("tile/")}
    assert codes({**files, "notes": b""}) == ["FILE_EXTRA", "TILE_MISSING"]


def test_an_absurd_size_costs_nothing() -> None:
    text = Checkpoint(ORIGIN, 2**53 - 1, bytes(32)).text
    files = {**tender_log().pack(), "checkpoint": write_note(text, [LOG.line(text), WITNESS.line(text, 1)])}
    report = verify(with_manifest(files, size=2**53 - 1, root="A" * 43 + "=", withheld=[]))
    assert report.counts["TILE_MISSING"] > 2**45
    assert report.counts["BODY_MISSING"] == 2**53 - 1 - 10
    assert len(report.divergences) < 1000


# -- retained checkpoints ---------------------------------------------------------------------------------------------


def test_retained_checkpoints_need_the_log_and_no_quorum() -> None:
    log = tender_log()
    assert codes(log.pack(more={"checkpoints/4": log.checkpoint(4, signers=(LOG,))})) == []
    assert codes(log.pack(more={"checkpoints/4": log.checkpoint(4, signers=(WITNESS,))})) == ["SIG_MISSING"]


def test_a_retained_checkpoint_of_another_tree_is_a_fork() -> None:
    log, other = tender_log(), SmallLog()
    for _ in range(5):
        other.add("tender/x", "a.b")
    assert codes(log.pack(more={"checkpoints/4": other.checkpoint(4)})) == ["FORK"]
    assert codes(log.pack(), from_checkpoint=other.checkpoint(4)) == ["FORK"]
    assert codes(log.pack(), from_checkpoint=log.checkpoint(4)) == []


def test_a_log_that_is_smaller_than_before_was_rolled_back() -> None:
    log, later = tender_log(), tender_log()
    later.add("tender/x", "a.b")
    assert codes(log.pack(), from_checkpoint=later.checkpoint()) == ["ROLLBACK"]


def test_a_kept_checkpoint_that_is_none_is_named() -> None:
    assert codes(tender_log().pack(), from_checkpoint=b"x") == ["NOTE_BAD"]


@pytest.mark.parametrize("name", ["3", "04", "x"])
def test_a_retained_checkpoint_is_named_by_its_size(name: str) -> None:
    log = tender_log()
    assert codes(log.pack(more={f"checkpoints/{name}": log.checkpoint(4)})) in (["NOTE_BAD"], ["FILE_EXTRA"])


# -- times ------------------------------------------------------------------------------------------------------------


def test_an_event_after_its_cosignature_is_ahead() -> None:
    log = tender_log()
    last = START // SECOND + 9
    assert codes(log.pack(time=last - 60)) == []
    assert codes(log.pack(time=last - 61)) == ["TIME_AHEAD"]


def test_an_event_long_before_a_cosignature_without_it_is_late() -> None:
    log = tender_log()
    first_after = START // SECOND + 4
    sound = log.checkpoint(4, time=first_after + 60)
    late = log.checkpoint(4, time=first_after + 61)
    assert codes(log.pack(more={"checkpoints/4": sound})) == []
    report = verify(log.pack(more={"checkpoints/4": late}))
    assert report.counts == {"LATE_INCLUSION": 1}
    assert report.divergences[0].idx == 4


def test_times_beyond_the_calendar_are_borne() -> None:
    assert codes(tender_log().pack(time=2**63 - 1)) == []
    log = tender_log()
    assert codes(log.pack(more={"checkpoints/4": log.checkpoint(4, time=2**63 - 1)})) == ["LATE_INCLUSION"]
    assert codes(log.pack(more={"checkpoints/4": log.checkpoint(4, time=1)})) == ["TIME_AHEAD"]


def test_the_report_counts_what_it_does_not_list() -> None:
    log = SmallLog()
    for n in range(300):
        log.add(f"tender/t{n}", "a.b")
    report = verify(with_manifest(log.pack(hidden=range(301)), withheld=[]))
    assert report.counts == {"BODY_MISSING": 301}
    assert len(report.divergences) == 200
    assert report.lines()[-1] == "BODY_MISSING …: 101 more"
