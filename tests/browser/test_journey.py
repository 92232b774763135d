"""A bid's way in Chromium: seal, save the seed, send over a line that breaks, reload, hand in, and be opened by Python."""

import hashlib
import io
import json
import random
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page

from archive.database import METADATA, engine
from bidding import index, opening, sealing
from bidding.envelopes import body_table
from bidding.sealing import certificates, hpke, signing
from bidding.uploads import upload_table
from tests.browser.platforms import serving
from tests.browser.receiving import Receiving, TusHandler

SKS = tuple(bytes([j]) * 32 for j in (1, 2, 3))
LINES = tuple(
    sealing.Trustee(j, suite, hpke.public_key(suite, sk), f"t-{j}")
    for j, (suite, sk) in enumerate(zip((1, 2, 3), SKS, strict=True), start=1)
)
POLICY = sealing.Policy(2, LINES, 3)
RAW_POLICY = sealing.encode_policy(POLICY)
FORM = {"bidder_name": "日光建设有限公司", "price": "999000000", "currency": "CNY", "duration_days": 90}
ORDER: dict[str, Any] = {
    "policy": RAW_POLICY.hex(),
    "tender": "T-2026-9",
    "lot": "L1",
    "stage": 1,
    "bidderId": "91310000MA1FL0XX0X",
    "form": FORM,
}
LEAF, HEADER = 1_049_600, 56


class Desk:
    """A page of the bidder with its files and the server that it sends to."""

    def __init__(self, page: Page, receiving: Receiving, address: str) -> None:
        self.page, self.receiving, self.address = page, receiving, address

    def __call__(self, step: str, **given: Any) -> Any:
        script = "async ([step, given]) => { const page = await import('/tests/browser/journey.mjs'); return page[step](given); }"
        return self.page.evaluate(script, [step, given])

    def pick(self, *paths: Path) -> None:
        self.page.set_input_files("input", list(paths))

    def reload(self, *paths: Path) -> None:
        """What is left after it: the browser's own store."""
        self.page.reload()
        self.pick(*paths)

    def send(self, seed_file: dict[str, Any], **more: Any) -> Any:
        return self("upload", seedFile=seed_file, endpoint="/blobs", firstPause=20, **more)


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    """A fresh page, store and server."""
    made = engine(f"sqlite:///{tmp_path}/uploads.db")
    METADATA.create_all(made, tables=[upload_table, body_table])
    receiving = Receiving(made, tmp_path / "uploads")
    handler = type("Handler", (TusHandler,), {"receiving": receiving})
    with serving(handler) as address:
        page = browser.new_page()
        page.goto(address)
        yield Desk(page, receiving, address)
        page.close()
    made.dispose()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A drawing of three leaves and more, a letter, and an empty file."""
    made = tmp_path / "图纸 A.pdf", tmp_path / "letter.txt", tmp_path / "empty.txt"
    made[0].write_bytes(random.Random(5).randbytes(3 * 2**20 + 12_345))
    made[1].write_bytes("我们报价".encode())
    made[2].write_bytes(b"")
    return made


def opened_by_python(desk: Desk, seed_file: dict[str, Any]) -> tuple[str, list[bytes]]:
    """The verdict over what the server holds, with the releases of trustees 1 and 3, and the plaintexts."""
    envelope = sealing.parse_envelope(bytes.fromhex(seed_file["envelope"]))
    shares = [sealing.trustee_open(POLICY, envelope, j, SKS[j - 1]) for j in (1, 3)]
    releases = tuple(opening.Release(s.j, s.share.hex(), s.blind.hex()) for s in shares if s)
    bodies = [desk.receiving.stored(line.root.hex()) for line in envelope.bodies]
    stored = [(lambda raw=raw: cast(sealing.Source, io.BytesIO(raw))) if raw is not None else None for raw in bodies]
    sinks = [io.BytesIO() for _ in bodies]
    verdict = opening.open_envelope(POLICY, envelope, opening.Answers(releases), stored, sinks).verdict
    return verdict, [sink.getvalue() for sink in sinks]


def test_a_bid_sealed_and_sent_by_a_browser_is_opened_by_python(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    assert {phase: p["bytes"] == p["total"] for phase, p in bid["phases"].items()} == {"hash": True, "seal": True, "test": True}
    sent = desk.send(bid["seedFile"])
    assert sent["last"]["bytes"] == sent["last"]["total"]
    verdict, (body0, body1) = opened_by_python(desk, bid["seedFile"])
    assert verdict == "opened"
    envelope = sealing.parse_envelope(bytes.fromhex(bid["seedFile"]["envelope"]))
    read = index.read_index(body0, envelope, "T-2026-9")
    assert read is not None
    assert (read.form.bidder_name, read.form.price, read.form.bidder_id) == (
        "日光建设有限公司",
        "999000000",
        "91310000MA1FL0XX0X",
    )
    assert [(f.name, body1[f.offset : f.offset + f.length]) for f in read.files] == [(p.name, p.read_bytes()) for p in files]
    assert [f.sha256 for f in read.files] == [hashlib.sha256(p.read_bytes()).hexdigest() for p in files]
    assert len(body1) == index.padme(sum(p.stat().st_size for p in files))
    assert not any(body1[read.files[-1].offset + read.files[-1].length :])


def test_nothing_that_is_sent_names_a_file_or_the_bidder(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    desk.send(bid["seedFile"])
    headers = json.dumps(desk.receiving.headers)
    assert "X-Token" in headers
    assert not [word for word in ("letter", "91310000MA1FL0XX0X", "T-2026-9", "Upload-Metadata") if word in headers]


def test_a_bid_without_attachments_has_one_body(desk: Desk) -> None:
    bid = desk("prepare", **ORDER)
    desk.send(bid["seedFile"])
    verdict, bodies = opened_by_python(desk, bid["seedFile"])
    assert (verdict, len(bodies)) == ("opened", 1)


def test_the_bidders_certificate_signs_what_python_checks(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    authority = certificates.demonstration_authority(bytes([9]) * 32, "Authority", 1, 0, 10**16)
    pk = signing.public_key(1, bytes([8]) * 32)
    der = certificates.demonstration_certificate(authority, bytes([9]) * 32, pk, "日光", ORDER["bidderId"], 2, 0, 10**16)
    desk.pick(files[1])

    def token(digest: str) -> str:
        """What the bidder's token answers; the digest is only known once the context is."""
        return b64encode(signing.sign(1, bytes([8]) * 32, bytes.fromhex(digest))).decode()

    desk.page.expose_function("token", token)
    bid = desk.page.evaluate(
        """async (order) => {
            const sbe = await import('/bidding/browser/seal.js');
            const sealer = sbe.startSealer();
            const files = [...document.querySelector('input').files];
            const sign = (digest) => window.token(sbe.hex(digest));
            const { seedFile } = await sealer.prepare({ ...order, policy: sbe.unhex(order.policy), files }, { sign });
            sealer.close();
            return seedFile;
        }""",
        {**ORDER, "certificates": [b64encode(der).decode()]},
    )
    desk.send(bid)
    _, (body0, _) = opened_by_python(desk, bid)
    envelope = sealing.parse_envelope(bytes.fromhex(bid["envelope"]))
    assert index.read_index(body0, envelope, "T-2026-9", [authority], 10**15) is not None
    assert index.read_index(body0.replace(b"999000000", b"999000001"), envelope, "T-2026-9", [authority], 10**15) is None


@pytest.mark.parametrize(
    "faults", [["refuse"], ["deaf"], ["cut"], ["spoil"], ["refuse", "cut", "deaf", "spoil", "cut"]], ids="-".join
)
def test_an_upload_survives_a_line_that_breaks(desk: Desk, files: tuple[Path, Path, Path], faults: list[str]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    desk.receiving.faults = list(faults)
    sent = desk.send(bid["seedFile"])
    assert "error" not in sent
    assert desk.receiving.faults == []
    assert desk.receiving.requests.count("POST") == 2
    assert desk.receiving.requests.count("HEAD") >= len(faults)
    assert opened_by_python(desk, bid["seedFile"])[0] == "opened"


def test_after_a_reload_only_what_is_missing_is_sent(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    desk("keep", seedFile=bid["seedFile"], keeping={"kind": "passphrase", "passphrase": "晨光 42"})
    stopped = desk.send(bid["seedFile"], stopAt=65_536 + HEADER + LEAF)
    assert stopped["error"] == "AbortError"
    before = desk.receiving.received
    desk.reload(*reversed(files))
    [seed_file] = desk("drafts", passphrase="晨光 42")["opened"]
    assert seed_file == bid["seedFile"]
    desk.send(seed_file)
    assert desk.receiving.requests.count("POST") == 2
    total = sum(line.ct_len for line in sealing.parse_envelope(bytes.fromhex(seed_file["envelope"])).bodies)
    assert before > 0
    assert desk.receiving.received <= total + LEAF  # at most the leaf that was in flight goes twice
    assert opened_by_python(desk, seed_file)[0] == "opened"


def test_an_upload_that_the_server_has_swept_begins_again(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    desk("keep", seedFile=bid["seedFile"], keeping={"kind": "none"})
    desk.send(bid["seedFile"], stopAt=65_536 + HEADER + LEAF)
    for kept in desk("drafts", passphrase="")["kept"]:
        for url in filter(None, kept["urls"]):
            desk.receiving.uploads.terminate(url.rsplit("/", 1)[-1], "org-1")
    desk.send(bid["seedFile"])
    assert opened_by_python(desk, bid["seedFile"])[0] == "opened"


def test_a_file_that_changed_is_never_sent(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    changed = bytearray(files[0].read_bytes())
    changed[2 * 2**20 + 5] ^= 1
    other = files[0].parent / "other"
    other.mkdir()
    (other / files[0].name).write_bytes(changed)
    desk.pick(other / files[0].name, *files[1:])
    sent = desk.send(bid["seedFile"])
    assert (sent["error"], sent["leaf"]) == ("Changed", 2)
    line = sealing.parse_envelope(bytes.fromhex(bid["seedFile"]["envelope"])).bodies[1]
    assert desk.receiving.stored(line.root.hex()) is None
    assert desk.receiving.received <= 65_624 + HEADER + 2 * LEAF


def test_a_file_that_changes_on_the_disk_after_it_was_picked_ends_the_upload(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    files[0].write_bytes(bytes(files[0].stat().st_size - 1))
    assert desk.send(bid["seedFile"])["error"] == "Changed"


def test_other_files_are_named_as_missing(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    desk.pick(files[1])
    assert desk.send(bid["seedFile"])["error"] == "RangeError"


def test_a_refusal_for_good_ends_the_upload_with_its_code(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    desk.receiving.uploads._largest = 1000
    sent = desk.send(bid["seedFile"])
    assert (sent["error"], sent["status"], sent["code"]) == ("UploadRefused", 413, "upload.too-large")


def test_an_upload_without_success_gives_up_after_its_patience_and_goes_on_later(
    desk: Desk, files: tuple[Path, Path, Path]
) -> None:
    desk.pick(*files)
    bid = desk("prepare", **ORDER)
    desk.receiving.faults = ["refuse"] * 1000
    assert desk.send(bid["seedFile"], patience=150)["error"] == "Interrupted"
    desk.receiving.faults = []
    desk.send(bid["seedFile"])
    assert opened_by_python(desk, bid["seedFile"])[0] == "opened"


@pytest.mark.parametrize("member", ["seed", "envelope", "policy", "envelope_id", "index"])
def test_the_self_test_refuses_a_seed_file_that_is_not_the_bids(desk: Desk, files: tuple[Path, Path, Path], member: str) -> None:
    desk.pick(*files)
    mine, other = (desk("prepare", **ORDER)["seedFile"] for _ in range(2))
    assert desk("test", seedFile=mine) is None
    other["policy"] = sealing.encode_policy(sealing.Policy(2, LINES, 1)).hex()
    assert desk("test", seedFile={**mine, member: other[member]})["error"] == "SelfTestFailed"


def test_the_self_test_refuses_another_content_of_a_file(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    seed_file = desk("prepare", **ORDER)["seedFile"]
    letter = files[1].read_bytes()
    files[1].write_bytes(letter[::-1])
    desk.pick(*files)
    assert desk("test", seedFile=seed_file)["error"] == "SelfTestFailed"


def test_a_draft_says_nothing_of_the_bid_unless_asked_to(desk: Desk, files: tuple[Path, Path, Path]) -> None:
    desk.pick(*files)
    seed_file = desk("prepare", **ORDER)["seedFile"]
    secrets = [seed_file["seed"], seed_file["submit_sk"], "999000000", "91310000MA1FL0XX0X", "letter"]
    for keeping, passphrase, opened in (
        ({"kind": "none"}, "", [None]),
        ({"kind": "passphrase", "passphrase": "right"}, "wrong", [None]),
        ({"kind": "passphrase", "passphrase": "right"}, "right", [seed_file]),
    ):
        desk("keep", seedFile=seed_file, keeping=keeping)
        found = desk("drafts", passphrase=passphrase)
        assert found["opened"] == opened
        assert not [secret for secret in secrets if secret in found["text"]]
    desk("keep", seedFile=seed_file, keeping={"kind": "plain"})
    assert desk("drafts", passphrase="")["opened"] == [seed_file]
    desk("forget", id=seed_file["envelope_id"])
    assert desk("drafts", passphrase="")["kept"] == []


def test_the_seed_file_is_offered_for_saving_and_read_again(desk: Desk) -> None:
    seed_file = desk("prepare", **ORDER)["seedFile"]
    with desk.page.expect_download() as waiting:
        desk("save", seedFile=seed_file)
    assert waiting.value.suggested_filename == f"{seed_file['envelope_id'][:16]}.seed.json"
    assert desk("load", json=waiting.value.path().read_text()) == seed_file
    assert desk("load", json='{"format":"sbe/2 seed"}')["error"] == "RangeError"


def test_submission_replacement_and_withdrawal_are_accepted_by_python(desk: Desk) -> None:
    key = {"sigalg": 2, "sk": "07" * 32}
    first, second = (desk("prepare", **ORDER, submitKey=key)["seedFile"] for _ in range(2))
    call = sealing.Call("T-2026-9", ("L1",), (1,), RAW_POLICY)
    chain, known = sealing.Chain(), set[bytes]()
    for seq, seed_files in ((1, [first]), (2, [second]), (3, [])):
        given = {"seq": seq, "prev": chain.last.hex() if chain.seq else None, "key": first}
        made = desk("submission", seedFiles=seed_files, **given)
        envelopes = tuple(map(bytes.fromhex, made["envelopes"]))
        at = chain
        done = sealing.accept(call, bytes.fromhex(made["submit"]), envelopes, lambda _: at, known)  # noqa: B023 - called at once
        chain = done.chain
        known.update(done.in_force)
        assert (chain.seq, chain.last.hex()) == (seq, made["hash"])


def test_a_policy_that_breaks_its_limits_is_refused_before_anything_is_sealed(desk: Desk) -> None:
    refused = desk("prepare", **{**ORDER, "policy": RAW_POLICY.hex() + "00"})
    assert (refused["error"], refused["code"]) == ("Refusal", "bad-policy")


def test_a_body_of_many_stretches_is_opened_by_python(desk: Desk, tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(random.Random(6).randbytes(64 * 2**20 + 1))
    desk.pick(big)
    bid = desk("prepare", **ORDER)
    assert bid["seedFile"]["index"]["files"][0]["sha256"] == hashlib.sha256(big.read_bytes()).hexdigest()
    desk.send(bid["seedFile"])
    verdict, (_, body1) = opened_by_python(desk, bid["seedFile"])
    assert verdict == "opened"
    assert body1[: big.stat().st_size] == big.read_bytes()


def test_the_bidders_half_of_a_joint_bid_satisfies_its_commitment(desk: Desk) -> None:
    joint = sealing.Policy(2, LINES, 4)
    seed_file = desk("prepare", **{**ORDER, "policy": sealing.encode_policy(joint).hex()})["seedFile"]
    half = desk("half", seedFile=seed_file)
    assert half["envelope"] == seed_file["envelope_id"]
    share = sealing.Share(0, bytes.fromhex(half["share"]), bytes.fromhex(half["r"]))
    assert sealing.joint_good(sealing.parse_envelope(bytes.fromhex(seed_file["envelope"])), share)
    assert desk("half", seedFile=desk("prepare", **ORDER)["seedFile"]) is None


def test_a_worker_that_cannot_start_is_an_error_and_no_silence(desk: Desk) -> None:
    assert desk("lost", order=ORDER)["error"] == "Error"
