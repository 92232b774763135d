"""Making packs: what goes in, the same bytes each time."""

import hashlib
import io
import zipfile

import pytest

from archive import canonical
from archive.evidence import log_pack, write_zip
from archive.faults import Fault
from tests.logs import POLICY, START, SmallLog, tender_log
from tests.packs import codes


def test_the_pack_of_the_specification_has_its_manifest() -> None:
    files = tender_log().pack(hidden=(2, 3, 6))
    manifest = canonical.decode(files["manifest.json"])
    assert list(files) == sorted(files)
    assert manifest["withheld"] == [[2, 3, "undisclosed"], [6, 6, "undisclosed"]]
    assert manifest["files"] == {
        "checkpoint": hashlib.sha256(files["checkpoint"]).hexdigest(),
        "policy": hashlib.sha256(POLICY).hexdigest(),
    }
    assert manifest["made_at"] == "2026-01-05T01:01:10.000000Z"


def test_reasons_of_neighbours_are_merged_only_when_they_agree() -> None:
    log = tender_log()
    reasons = ["sealed", "sealed", "decoy", "sealed"]
    shown = {i: log.opening(i) for i in range(4, 10)}
    files = log_pack(log.basis(), log.entries, shown, reason=reasons.__getitem__)
    manifest = canonical.decode(files["manifest.json"])
    assert manifest["withheld"] == [[0, 1, "sealed"], [2, 2, "decoy"], [3, 3, "sealed"]]
    assert codes(files) == []


def test_everything_withheld_is_one_range() -> None:
    log = tender_log()
    assert canonical.decode(log.pack(hidden=range(10))["manifest.json"])["withheld"] == [[0, 9, "undisclosed"]]


def test_a_dossier_names_its_streams_ascending() -> None:
    files = tender_log().dossier("tender/T-9", "sealed/aa01")
    assert canonical.decode(files["manifest.json"])["streams"] == ["sealed/aa01", "tender/T-9"]


def test_blobs_that_are_not_at_hand_are_stated_to_be_left_out() -> None:
    log = SmallLog()
    digests = sorted(hashlib.sha256(raw).hexdigest() for raw in (b"a", b"b"))
    log.add("tender/x", "doc.filed", blob=[{"len": 1, "mt": "", "sha256": d} for d in digests])
    held = {d: raw for raw in (b"a", b"b") if (d := hashlib.sha256(raw).hexdigest()) == digests[0]}
    files = log.pack(blobs=held)
    assert canonical.decode(files["manifest.json"])["blobs_absent"] == [digests[1]]
    assert files[f"blob/{digests[0][:2]}/{digests[0]}"] in (b"a", b"b")
    assert codes(files) == []


def test_a_checkpoint_that_is_none_makes_no_pack() -> None:
    log = tender_log()
    broken = type(log.basis())(b"x", POLICY, START)
    with pytest.raises(Fault, match="NOTE_BAD"):
        log_pack(broken, log.entries, {})


def test_a_zip_has_names_in_order_fixed_times_and_plain_modes() -> None:
    target = io.BytesIO()
    write_zip(tender_log().pack(), target)
    with zipfile.ZipFile(target) as read:
        members = read.infolist()
    names = [member.filename for member in members]
    assert names == sorted(names, key=str.encode)
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.external_attr >> 16 for member in members} == {0o100644}


def test_the_same_log_makes_the_same_zip() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    write_zip(tender_log().pack(), first)
    write_zip(tender_log().pack(), second)
    assert first.getvalue() == second.getvalue()
