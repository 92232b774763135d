"""Packs of scope log: what disclosed events state and name, each fault by its code."""

import hashlib
from typing import Any

import pytest

from archive import canonical, disclosures, entry
from archive.signing import Signer
from tests.logs import ORIGIN, WITNESS, SmallLog, rebuilt, tender_log
from tests.packs import codes, verify, with_manifest

BLOB = b"a document"
DIGEST = hashlib.sha256(BLOB).hexdigest()
SM3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # of "abc"


# -- the log's own events ---------------------------------------------------------------------------------------------


def test_a_published_size_is_divisible_by_the_quantum() -> None:
    assert codes(tender_log(quantum=5).pack()) == []
    assert codes(tender_log(quantum=4).pack()) == ["QUANTUM_BAD"]
    assert codes(tender_log(quantum=4).pack(hidden=(0,))) == []


def opened(origin: str = ORIGIN, **members: Any) -> list[str]:
    log = SmallLog()
    log.origin = origin
    stated = canonical.decode(log.bodies[0])["data"]["outcome"] | {"origin": origin}
    stated = {k: v for k, v in {**stated, **members}.items() if v is not None}
    log.bodies.clear()
    log.salts.clear()
    log.tails.clear()
    log.add("system/log", "log.opened", {"outcome": stated})
    signer = Signer.from_seed(origin, 1, bytes(range(32)))
    policy = f"log {signer.key.text}\nwitness w1 {WITNESS.key.text}\nquorum w1\n".encode()
    return codes(log.pack(signers=(signer, WITNESS)), policy=policy)


PREVIOUS = {"checkpoint": "eA==", "origin": ORIGIN, "root": "x", "size": 3, "why": "planned"}


def test_a_log_begins_by_stating_itself() -> None:
    assert opened() == []
    assert opened(epoch=2, previous=PREVIOUS, origin=ORIGIN + "/epoch-2") == []


@pytest.mark.parametrize(
    "members",
    [
        {"quantum": None},
        {"tick": -1},
        {"keys": []},
        {"keys": [1]},
        {"more": 1},
        {"epoch": 0},
        {"epoch": 2},
        {"previous": PREVIOUS},
        {"epoch": 2, "previous": PREVIOUS},
        {"epoch": 2, "previous": {**PREVIOUS, "why": "because"}},
    ],
)
def test_a_first_event_that_states_something_else_is_bad(members: dict[str, Any]) -> None:
    assert opened(**members) == ["SCHEMA_BAD"]


def test_a_first_event_of_another_log_is_bad() -> None:
    log = tender_log()
    log.bodies[0] = log.bodies[0].replace(b"trace.example/ptp", b"trace.example/ptq")
    assert "SCHEMA_BAD" in codes(log.pack())


def test_a_heads_event_states_a_map() -> None:
    log = SmallLog()
    log.add("system/heads", "system.heads", {"outcome": {"heads": {"root": "x", "size": 16}}})
    assert codes(log.pack()) == ["HEAD_BAD"]


def test_a_heads_event_stands_in_its_stream() -> None:
    log = SmallLog()
    stated = {"heads": {"root": "A" * 43 + "=", "size": 16}}
    log.add("system/other", "system.heads", {"outcome": stated})
    assert codes(log.pack()) == ["HEAD_BAD"]


def test_streams_are_checked_through_the_pack() -> None:
    log = tender_log()
    log.add("tender/T-9", "a.b", seq=9)
    assert codes(log.pack()) == ["CHAIN_GAP"]
    assert verify(tender_log().pack(hidden=(5,))).note_counts == {"BODY_WITHHELD": 1, "CHAIN_OPEN": 1}


# -- openings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["body/010", "body/0", "body/x000/000", "body/", "body/x"])
def test_openings_of_no_entry_are_extra(path: str) -> None:
    assert codes({**tender_log().pack(), path: b"x"}) == ["FILE_EXTRA"]


def test_an_opening_that_is_too_long_is_bad() -> None:
    log = tender_log()
    long = entry.opening(bytes(32), b"x" * 60_001)
    assert codes({**log.pack(), "body/008": long}) == ["BODY_BAD"]


# -- blobs and disclosures --------------------------------------------------------------------------------------------


def blob_log(**reference: Any) -> SmallLog:
    log = SmallLog()
    log.add("tender/x", "doc.filed", blob=[{"len": len(BLOB), "mt": "text/plain", "sha256": DIGEST, **reference}])
    return log


def test_a_blob_that_an_event_names_is_there() -> None:
    files = blob_log().pack(blobs={DIGEST: BLOB})
    path = f"blob/{DIGEST[:2]}/{DIGEST}"
    assert codes(files) == []
    assert codes({**files, path: BLOB + b"x"}) == ["BLOB_MISMATCH"]
    assert codes({**files, path: b"b document"}) == ["BLOB_MISMATCH"]
    assert codes(rebuilt(files, **{path: None})) == ["BLOB_MISSING"]
    assert codes({**files, "blob/00/" + "00" * 32: b""}) == ["FILE_EXTRA"]


def test_a_blob_may_be_left_out_and_then_is_not_there() -> None:
    files = blob_log().pack()
    assert verify(files).note_counts == {"BLOB_WITHHELD": 1}
    assert codes(files) == []
    assert codes({**files, f"blob/{DIGEST[:2]}/{DIGEST}": BLOB}) == ["MANIFEST_BAD"]


def test_a_blob_of_an_event_that_is_not_disclosed_is_extra() -> None:
    files = blob_log().pack(hidden=(1,))
    assert codes({**files, f"blob/{DIGEST[:2]}/{DIGEST}": BLOB}) == ["FILE_EXTRA"]


def test_a_blob_has_the_length_and_the_sm3_that_are_stated() -> None:
    abc = hashlib.sha256(b"abc").hexdigest()
    assert codes(blob_log(len=3, sha256=abc, sm3=SM3).pack(blobs={abc: b"abc"})) == []
    assert codes(blob_log(len=3, sha256=abc, sm3=SM3[::-1]).pack(blobs={abc: b"abc"})) == ["BLOB_MISMATCH"]
    assert codes(blob_log(len=4, sha256=abc).pack(blobs={abc: b"abc"})) == ["BLOB_MISMATCH"]


SECRET = disclosures.Disclosure("AAECAwQFBgcICQoLDA0ODw", "name", "张三")


def private_log() -> SmallLog:
    log = SmallLog()
    log.add("org/x", "org.registered", {"command": {"_sd": [SECRET.digest]}})
    return log


def disclosed(content: bytes, event: str = "019b8bab-0001-7000-8000-000000000001", **options: Any) -> list[str]:
    return codes(private_log().pack(more={f"disclosure/{event}": content}, **options))


def test_a_disclosure_has_its_digest_in_the_event() -> None:
    assert disclosed(SECRET.text.encode() + b"\n") == []


@pytest.mark.parametrize(
    "content", [b"", b"\n", SECRET.text.encode(), b"x\n", b"\xff\n", SECRET.text.encode() + b"\n\n", b"WyJhIiwiYiIsMV0\n"]
)
def test_a_disclosure_without_its_digest_is_bad(content: bytes) -> None:
    assert disclosed(content) == ["SD_BAD"]


def test_a_disclosure_of_an_event_that_is_not_there_is_bad() -> None:
    assert disclosed(SECRET.text.encode() + b"\n", event="019b8bab-0000-7000-8000-000000000000") == ["SD_BAD"]
    assert disclosed(SECRET.text.encode() + b"\n", hidden=(1,)) == ["SD_BAD"]


# -- files and anchors ------------------------------------------------------------------------------------------------


def test_listed_files_are_there_with_their_bytes() -> None:
    files = tender_log().pack(more={"key/tsa.pem": b"x", "schema/a.b/1.json": b"{}", "state/t.json": b"{}"})
    assert codes(files) == []
    assert codes({**files, "key/tsa.pem": b"y"}) == ["FILE_MISMATCH"]
    assert codes(rebuilt(files, **{"key/tsa.pem": None})) == ["FILE_MISSING"]
    assert codes({**files, "key/other.pem": b"y"}) == ["FILE_EXTRA"]


def test_every_pack_has_a_policy() -> None:
    files = with_manifest({path: raw for path, raw in tender_log().pack().items() if path != "policy"})
    assert codes(files) == ["FILE_MISSING"]


def token_over(text: bytes) -> bytes:
    return b"0\x82" + b"\x04\x20" + hashlib.sha256(text).digest()


def test_a_token_names_a_checkpoint_of_the_pack() -> None:
    log = tender_log()
    text = log.checkpoint().split(b"\n\n")[0] + b"\n"
    report = verify(log.pack(more={"anchor/10/tsa.tsr": token_over(text)}))
    assert report.clean
    assert report.facts["anchors_unverified"] == 1
    assert codes(log.pack(more={"anchor/10/tsa.tsr": token_over(b"other")})) == ["ANCHOR_BAD"]
    assert codes(log.pack(more={"anchor/9/tsa.tsr": token_over(text)})) == ["ANCHOR_BAD"]
    assert codes(log.pack(more={"anchor/tsa.tsr": token_over(text)})) == ["ANCHOR_BAD"]


def test_a_token_that_does_not_verify_is_bad() -> None:
    log = tender_log()
    text = log.checkpoint().split(b"\n\n")[0] + b"\n"
    asked: list[bytes] = []

    def refuse(_token: bytes, text: bytes) -> None:
        asked.append(text)
        raise ValueError("not by this authority")

    files = log.pack(more={"anchor/10/tsa.tsr": token_over(text)})
    assert codes(files, anchors=refuse) == ["ANCHOR_BAD"]
    assert asked == [text]
    assert codes(files, anchors=lambda _token, _text: None) == []
