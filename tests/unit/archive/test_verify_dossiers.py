"""Dossiers and receipts: whole streams proved by one receipt and a head proof."""

from typing import Any

import pytest

from archive import canonical, proofs
from archive.entry import opening
from archive.verify import Unreadable, verify_receipt
from tests.logs import LOG, POLICY, SECOND, START, WITNESS, SmallLog, rebuilt, tender_log
from tests.packs import codes, verify, with_manifest

TENDER = "stream/tender/T-9/"


def dossier() -> dict[str, bytes]:
    return tender_log().dossier("sealed/aa01", "tender/T-9")


def edited(path: str, raw: bytes | None) -> list[str]:
    return codes(rebuilt(dossier(), **{TENDER + path: raw}))


def test_a_sound_dossier_has_no_divergence_and_no_note() -> None:
    report = verify(dossier())
    assert report.clean
    assert report.notes == []
    assert report.facts["disclosed"] == 6


def test_a_dossier_may_hold_no_stream() -> None:
    assert codes(tender_log().dossier()) == []


@pytest.mark.parametrize("path", ["1", "2", "4", "last.tlog-proof", "heads.tlog-proof", "head.json"])
def test_every_file_of_a_stream_is_called_for(path: str) -> None:
    assert "FILE_MISSING" in edited(path, None)


@pytest.mark.parametrize("path", ["5", "0", "01", "x", "more/1"])
def test_other_files_of_a_stream_are_extra(path: str) -> None:
    assert edited(path, b"x") == ["FILE_EXTRA"]


def test_streams_that_are_not_listed_are_extra() -> None:
    files = dossier()
    assert codes({**files, "stream/tender/T-8/1": files[TENDER + "1"]}) == ["FILE_EXTRA"]


def test_a_listed_stream_has_files() -> None:
    assert codes(with_manifest(dossier(), streams=["sealed/aa01", "tender/T-8", "tender/T-9"])) == ["FILE_MISSING"]


@pytest.mark.parametrize("streams", [..., ["tender/T-9", "sealed/aa01"], ["x"], 1])
def test_streams_are_named_ascending(streams: Any) -> None:
    found = codes(with_manifest(dossier(), streams=streams))
    assert found == ["MANIFEST_BAD"]


def test_a_dossier_has_neither_tiles_nor_bodies() -> None:
    assert codes({**dossier(), "tile/0/000.p/1": bytes(32)}) == ["TILE_EXTRA"]
    assert codes({**dossier(), "body/000": b"x"}) == ["FILE_EXTRA"]


def test_another_last_event_than_the_receipt_opens_is_a_mismatch() -> None:
    log = tender_log()
    assert "BODY_MISMATCH" in edited("4", opening(bytes(32), log.bodies[8]))


def test_events_are_in_their_places() -> None:
    files = dossier()
    swapped = {**files, TENDER + "1": files[TENDER + "2"], TENDER + "2": files[TENDER + "1"]}
    assert "CHAIN_GAP" in codes(swapped)
    assert "DUP_ID" in codes({**files, TENDER + "2": files[TENDER + "1"]})
    assert "CHAIN_BREAK" in codes({**files, TENDER + "2": files["stream/sealed/aa01/2"]})


def test_an_event_with_another_salt_breaks_the_chain() -> None:
    assert edited("2", opening(bytes(32), tender_log().bodies[5])) == ["CHAIN_BREAK"]


@pytest.mark.parametrize("raw", [b"", b"x", opening(bytes(32), b"{}"), opening(bytes(32), b"{} ")])
def test_an_event_that_cannot_be_read_is_named(raw: bytes) -> None:
    found = edited("2", raw)
    assert {"BODY_BAD", "SCHEMA_BAD"} & set(found)


def receipt(of: int, size: int | None = None, **edit: Any) -> bytes:
    log = tender_log()
    note = edit.get("note") or log.checkpoint(size)
    extra = edit.get("extra", log.opening(of))
    return proofs.write_proof(edit.get("index", of), log.tree.inclusion(of, size), note, extra)


def test_receipts_are_made_for_the_checkpoint_of_the_pack() -> None:
    assert edited("last.tlog-proof", receipt(8, 9)) == ["PROOF_BAD"]
    fresh = tender_log().checkpoint(time=START // SECOND + 90)
    assert edited("last.tlog-proof", receipt(8, note=fresh)) == []


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"x", "PROOF_BAD"),
        (receipt(8, extra=None), "PROOF_BAD"),
        (receipt(8, extra=b"x"), "BODY_BAD"),
        (receipt(8, index=7), "INCLUSION_BAD"),
        (receipt(8, note=tender_log().checkpoint(signers=(WITNESS,))), "SIG_MISSING"),
        (receipt(8, note=b"x\n\ny"), "NOTE_BAD"),
        (receipt(1), "FILE_EXTRA"),
        (receipt(2), "BODY_MISMATCH"),
    ],
)
def test_a_receipt_of_the_last_event_that_proves_something_else_is_named(raw: bytes, code: str) -> None:
    assert code in edited("last.tlog-proof", raw)


def test_a_head_proof_of_another_stream_or_map_is_bad() -> None:
    files = dossier()
    assert edited("head.json", files["stream/sealed/aa01/head.json"]) == ["HEAD_BAD"]
    assert edited("heads.tlog-proof", files[TENDER + "last.tlog-proof"]) == ["HEAD_BAD"]


def test_a_tail_that_is_cut_off_contradicts_the_head_proof() -> None:
    cut = rebuilt(dossier(), **{TENDER + "4": None, TENDER + "last.tlog-proof": receipt(6)})
    assert codes(cut) == ["HEAD_BAD"]


def test_events_after_the_heads_event_are_noted_as_open() -> None:
    log = SmallLog()
    log.add("tender/T-1", "a.b")
    log.add_heads()
    log.add("tender/T-1", "a.b")
    report = verify(log.dossier("tender/T-1"))
    assert report.clean
    assert report.note_counts == {"CHAIN_OPEN": 1}
    log.add("tender/T-1", "stream.closed")
    assert verify(log.dossier("tender/T-1")).notes == []


def test_sealed_streams_in_the_dossier_end_where_the_opening_says() -> None:
    log = tender_log()
    sealed = [{"last_leaf": "A" * 43 + "=", "last_seq": 1, "stream": "sealed/aa01"}]
    log.bodies[6] = canonical.encode({**canonical.decode(log.bodies[6]), "data": {"outcome": {"sealed": sealed}}})
    files = log.dossier("sealed/aa01", "tender/T-9")
    assert "HEAD_BAD" in codes(files)
    assert "HEAD_BAD" not in codes(log.dossier("tender/T-9"))


def test_the_first_event_of_the_log_is_checked_in_a_dossier_too() -> None:
    log = tender_log(quantum=3)
    assert codes(log.dossier("system/log")) == ["QUANTUM_BAD"]
    log = tender_log()
    log.bodies[0] = log.bodies[0].replace(b'"tick":0', b'"tick":"0"')
    log.tails["system/log"] = 1, log.tree.hash_of(0, 0)
    log.heads = None
    log.add_heads()
    assert codes(log.dossier("system/log")) == ["SCHEMA_BAD"]


def test_an_event_after_the_cosignature_is_ahead() -> None:
    log = SmallLog()
    log.add("tender/T-1", "a.b", at="2026-01-05T02:00:00.000000Z")
    log.add_heads()
    log.add("tender/T-1", "stream.closed", at="2026-01-05T02:00:01.000000Z")
    assert "TIME_AHEAD" in codes(log.dossier("tender/T-1"))


def test_without_a_checkpoint_a_dossier_is_still_checked() -> None:
    assert codes(rebuilt(dossier(), checkpoint=None)) == ["NOTE_BAD"]
    found = codes(rebuilt(dossier(), **{"checkpoint": None, "manifest.json": None, TENDER + "2": b"x"}))
    assert found == ["BODY_BAD", "FILE_MISSING", "NOTE_BAD"]


# -- receipts on their own --------------------------------------------------------------------------------------------


def test_a_receipt_states_what_it_proves() -> None:
    report = verify_receipt(receipt(8), POLICY)
    assert report.clean
    assert report.facts == {
        "act": "stream.closed",
        "at": "2026-01-05T01:00:08.000000Z",
        "event": "019b8bab-0008-7000-8000-000000000008",
        "index": 8,
        "origin": "trace.example/ptp",
        "root": report.facts["root"],
        "seq": 4,
        "size": 10,
        "stream": "tender/T-9",
    }


def test_a_receipt_needs_something_to_trust() -> None:
    with pytest.raises(Unreadable):
        verify_receipt(receipt(8), None)


def test_a_proof_without_an_opening_proves_an_entry_that_is_known() -> None:
    log, bare = tender_log(), receipt(8, extra=None)
    assert verify_receipt(bare, POLICY).counts == {"PROOF_BAD": 1}
    assert verify_receipt(bare, POLICY, entry=log.entries[8]).clean
    assert verify_receipt(bare, POLICY, entry=log.entries[7]).counts == {"INCLUSION_BAD": 1}
    assert verify_receipt(receipt(8), POLICY, entry=log.entries[7]).counts == {"BODY_MISMATCH": 1}


def test_a_receipt_with_several_faults_names_them_all() -> None:
    wrong = receipt(8, index=7, note=tender_log().checkpoint(signers=(LOG,)))
    assert verify_receipt(wrong, POLICY).counts == {"QUORUM_MISSING": 1, "INCLUSION_BAD": 1}


def test_the_body_of_a_receipt_is_checked_last() -> None:
    log = SmallLog()
    log.add_raw(b'{"act": "x"}')
    made = proofs.write_proof(1, log.tree.inclusion(1), log.checkpoint(), log.opening(1))
    assert verify_receipt(made, POLICY).counts == {"CANON_BAD": 1, "SCHEMA_BAD": 1}
    assert verify_receipt(receipt(8, note=tender_log().checkpoint(time=1)), POLICY).counts == {"TIME_AHEAD": 1}


@pytest.mark.parametrize("raw", [b"", b"c2sp.org/tlog-proof@v1", b"c2sp.org/tlog-proof@v1\nindex 0\n\n"])
def test_what_is_no_receipt_is_named(raw: bytes) -> None:
    assert verify_receipt(raw, POLICY).counts == {"PROOF_BAD": 1}


def test_a_note_that_is_none_ends_the_check_of_a_receipt() -> None:
    assert verify_receipt(receipt(8, note=b"x\n"), POLICY).counts == {"NOTE_BAD": 1}
