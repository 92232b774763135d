"""The log over HTTP: byte for byte what an outside verifier reads, and nothing that is withheld."""

import json

import pytest

from archive import database
from archive.entry import parse_opening
from archive.heads import check_head, stated_map
from archive.merkle import leaf_hash
from archive.notes import parse_note
from archive.policy import check_checkpoint, parse_policy
from archive.proofs import check_proof
from archive.public import entries, newest
from archive.strict import base64
from archive.tileformat import build
from tests.functional.conftest import LOT, TENDER, House


def size(house: House) -> int:
    return int(house.client.get("/api/log").json()["checkpoint"]["size"])


def test_the_checkpoint_is_valid_under_the_logs_own_policy(reading: House) -> None:
    note = reading.client.get("/log/checkpoint").content
    assert check_checkpoint(note, parse_policy(reading.client.get("/log/policy").content)).tree.origin == "functional.example/log"
    assert parse_note(note)


def test_every_tile_and_bundle_is_served_as_the_entries_give_it(reading: House) -> None:
    with database.reading(reading.platform.engine) as db:
        head = newest(db)
        assert head is not None
        every = [e.entry for e in entries(db, 0, head.checkpoint.size)]
    for path, raw in build(every):
        assert reading.client.get(f"/log/{path}").content == raw, path


def test_a_file_of_a_disclosed_entry_is_served_under_its_digest(reading: House) -> None:
    tender = reading.client.get(f"/api/tenders/{TENDER}").json()
    digest = tender["notices"][0]["sha256"]
    assert reading.client.get(f"/log/blob/{digest[:2]}/{digest}").content == reading.platform.vault.read(digest)


def test_a_tile_wider_than_the_log_is_missing(reading: House) -> None:
    n, width = divmod(size(reading), 256)
    assert reading.client.get(f"/log/tile/0/{n:03}.p/{width + 1}").status_code == 404


def test_the_opening_of_a_disclosed_entry_opens_it(reading: House) -> None:
    entry = reading.client.get("/api/log/0").json()["entry"]
    opening = reading.client.get("/log/body/000").content
    assert opening.partition(b"\n")[2].decode() == entry["text"]
    assert leaf_hash(entry["entry"].encode()).hex() == entry["leaf"]


def withheld(house: House) -> int:
    for page in range(1, 40):
        for entry in house.client.get(f"/api/log?page={page}").json()["items"]:
            if not entry["text"]:
                return int(entry["index"])
    raise AssertionError("nothing is withheld")


def test_a_withheld_entry_shows_its_place_in_the_tree_and_nothing_else(reading: House) -> None:
    index = withheld(reading)
    found = reading.client.get(f"/api/log/{index}").json()
    assert found["entry"]["text"] == ""
    assert reading.client.get(f"/log/body/{index:03}").status_code == 404
    assert "暂不公开" in reading.client.get(f"/log/{index}", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("which", ["disclosed", "withheld"])
def test_the_proof_file_of_an_entry_holds(reading: House, which: str) -> None:
    index = withheld(reading) if which == "withheld" else 0
    raw = reading.client.get(f"/log/{index}/receipt").content
    entry = reading.client.get(f"/api/log/{index}").json()["entry"]["entry"].encode()
    opened = check_proof(raw, parse_policy(reading.client.get("/log/policy").content), entry)
    assert (opened.index, opened.body is None) == (index, which == "withheld")


def test_a_stream_is_listed_by_its_disclosed_entries_newest_first(reading: House) -> None:
    found = reading.client.get(f"/api/log?stream=tender/{TENDER}").json()
    indexes = [e["index"] for e in found["items"]]
    assert indexes == sorted(indexes, reverse=True)
    assert all(e["text"] for e in found["items"])


def test_the_last_page_of_the_log_ends_with_its_first_entry(reading: House) -> None:
    pages = reading.client.get("/api/log").json()["pages"]
    assert reading.client.get(f"/api/log?page={pages}").json()["items"][-1]["index"] == 0


def test_a_page_beyond_the_last_is_empty(reading: House) -> None:
    assert reading.client.get("/api/log?page=9999").json()["items"] == []


def test_a_retained_checkpoint_is_served_under_its_size(reading: House) -> None:
    kept = [p.name for p in (reading.platform.publishing.public.root / "checkpoints").iterdir()]  # type: ignore[attr-defined]
    note = reading.client.get(f"/log/checkpoints/{kept[0]}").content
    policy = parse_policy(reading.client.get("/log/policy").content)
    assert check_checkpoint(note, policy).tree.size == int(kept[0])


def test_an_act_is_listed_once_it_is_published(bidding: House) -> None:
    before = size(bidding)
    bidding.login("agency")
    assert size(bidding) == before
    bidding.platform.publishing.round()
    assert size(bidding) == before + 1


def test_where_a_stream_ended_is_proved_under_the_newest_published_record(bidding: House) -> None:
    asked = f"/api/log/heads?stream=tender/{TENDER}"
    assert bidding.client.get(asked).json()["code"] == "log.heads"
    for _ in range(2):
        bidding.platform.ledger.record_heads()
        early = bidding.client.get(asked)
        bidding.platform.publishing.round()
        end = bidding.client.get(asked).json()
        body = parse_opening(bidding.client.get(f"/log/body/{end['index']:03}").content)[1]
        proof = check_head(end["proof"].encode(), *stated_map(json.loads(body)["data"]["outcome"]))
        shown = bidding.client.get(f"/api/log?stream=tender/{TENDER}").json()["items"][0]
        assert (proof.last_seq, proof.last_leaf) == (json.loads(shown["text"])["seq"], base64(bytes.fromhex(shown["leaf"])))
        assert end["index"] == size(bidding) - 1
        assert early.status_code == 404 or early.json()["index"] < end["index"], "what is not published is not told"


@pytest.mark.parametrize("stream", ["system/log", "org/91530000MA6K0DEMO1", "sealed/0", "tender/nobody", "", "%00"])
def test_ends_of_other_streams_are_not_told(bidding: House, stream: str) -> None:
    bidding.platform.ledger.record_heads()
    bidding.platform.publishing.round()
    answer = bidding.client.get(f"/api/log/heads?stream={stream}")
    assert (answer.status_code, answer.json()["code"]) == (404, "ledger.head")


def flipped(receipt: str, at: int) -> str:
    changed = "B" if receipt[at] == "A" else "A"
    return receipt[:at] + changed + receipt[at + 1 :]


def test_a_receipt_with_one_character_changed_does_not_hold(reading: House) -> None:
    receipt = reading.client.get("/log/5/receipt").text
    good = reading.client.post("/api/receipts", json={"receipt": receipt}).json()
    bad = reading.client.post("/api/receipts", json={"receipt": flipped(receipt, receipt.index("extra ") + 60)}).json()
    assert good["holds"] and good["index"] == 5
    assert not bad["holds"] and bad["code"] in ("BODY_BAD", "INCLUSION_BAD")


def test_a_receipt_is_checked_from_the_page_by_text_and_by_file(reading: House) -> None:
    receipt = reading.client.get("/log/5/receipt").text
    by_text = reading.client.post("/receipts", data={"text": receipt.replace("\n", "\r\n")}, files={"x": b""})
    by_file = reading.client.post("/receipts", files={"file": ("r.tlog-proof", receipt.encode())})
    assert "回执成立" in by_text.text.split("data-browser")[1]
    assert "回执成立" in by_file.text.split("data-browser")[1]


def test_something_else_than_a_receipt_is_answered_with_what_is_wrong(reading: House) -> None:
    answer = reading.client.post("/receipts", files={"file": ("x", b"hello")})
    assert answer.status_code == 200
    assert "PROOF_BAD" in answer.text


def test_a_receipt_over_the_limit_is_too_large(reading: House) -> None:
    assert reading.client.post("/receipts", files={"file": ("x", b"a" * 600_000)}).status_code == 413


def test_the_box_of_a_lot_has_its_own_stream(reading: House) -> None:
    found = reading.client.get(f"/api/log?stream=box/{TENDER}.{LOT}").json()
    assert found["total"] > 5


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/log/checkpoint", "text/plain; charset=utf-8"),
        ("/log/policy", "text/plain; charset=utf-8"),
        ("/log/body/000", "text/plain; charset=utf-8"),
        ("/log/0/receipt", "text/plain; charset=utf-8"),
        ("/log/tile/0/000", "application/octet-stream"),
        ("/log/tile/entries/000", "application/octet-stream"),
    ],
)
def test_everything_is_served_with_the_type_that_the_format_names(reading: House, path: str, media: str) -> None:
    answer = reading.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    bare = reading.client.head(path)
    assert (bare.status_code, bare.headers["content-type"], bare.content) == (200, media, b"")


def test_a_head_of_what_is_not_there_is_missing(reading: House) -> None:
    assert reading.client.head("/log/tile/0/999").status_code == 404


def test_a_head_of_a_page_changes_nothing_and_says_what_get_would(reading: House) -> None:
    page, bare = reading.client.get("/tenders"), reading.client.head("/tenders")
    assert (bare.status_code, bare.headers["content-length"], bare.content) == (200, page.headers["content-length"], b"")
