"""The sealer on Node and in Chromium against vectors that others made: SBE/1, the log, HPKE, ML-KEM, Cobblestone."""

import base64
import json
import subprocess
import zlib
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest

from bidding.sealing import Policy, Trustee, encode_policy, hpke, labelled
from tests.browser.platforms import ROOT, Platform

VECTORS = ROOT / "tests/vectors"
OTHERS = Path(cryptography_vectors.__file__).parent
SBE = json.loads((VECTORS / "sbe-public.json").read_text())["cases"]
LOG = json.loads((VECTORS / "log-public.json").read_text())["cases"]


@pytest.mark.parametrize("one", SBE, ids=[c["id"] for c in SBE])
def test_a_published_envelope_case_comes_out_alike(platform: Platform, one: dict[str, Any]) -> None:
    assert platform("vector", one=one) is None


GOLDEN = "dc8b4de650eb9122d305665778e1a7bfd250465e5e9e9854961e34b246d21715"
"""The envelope id of the specification's own example."""


def test_the_golden_envelope_has_its_id(platform: Platform) -> None:
    pks = [hpke.public_key(1, hpke.derive_private(1, labelled("tv", b"trustee", bytes([j])))) for j in (1, 2, 3)]
    lines = tuple(Trustee(j, 1, pk, f"trustee-{j}") for j, pk in enumerate(pks, start=1))
    policy = encode_policy(Policy(2, lines, 3)).hex()
    context = {"tender": "T-2026-001", "lot": "L1", "stage": 1, "sigalg": 1}
    context |= {"submitPk": "11" * 32, "bidderTag": "22" * 32, "nonce": "33" * 32}
    bodies = [{"utf8": '{"price":"9990000.00"}'}, {"rule": "squares", "times": 17}]
    found = platform("seal", policy=policy, context=context, seed=bytes(range(32)).hex(), bodies=bodies)
    assert found["id"] == GOLDEN
    assert (len(found["envelope"]) // 2, len(found["stored"][1]) // 2) == (784, 1_115_272)


def test_the_command_says_ok_for_every_published_case(node: Platform) -> None:
    done = subprocess.run(
        ["node", "tests/vectors.mjs", "tests/vectors/sbe-public.json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"tests/vectors/sbe-public.json {c['id']} ok" for c in SBE]


def test_the_command_names_what_differs(node: Platform, tmp_path: Path) -> None:
    wrong = {"format": "sbe/1 vectors", "cases": [{**SBE[4], "out": {"verdict": "ok"}}]}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    done = subprocess.run(
        ["node", "tests/vectors.mjs", str(tmp_path / "wrong.json")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == f'{tmp_path}/wrong.json policy-k1 verdict: expected "ok", found "bad-policy"\n'


def test_the_command_refuses_a_file_of_another_format(node: Platform) -> None:
    done = subprocess.run(
        ["node", "tests/vectors.mjs", "tests/vectors/log-public.json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")


def test_every_case_of_the_log_that_a_receipt_needs_comes_out_alike(platform: Platform) -> None:
    results = [(one, platform("logVector", one=one)) for one in LOG]
    done = [(one, result) for one, result in results if result is not None]
    differing = [(one["kind"], one["in"], result) for one, result in done if result["expected"] != result["found"]]
    assert differing == []
    assert {one["kind"] for one, _ in done} >= {"note_open", "policy", "proof_check", "cosign_check", "opening_parse"}


def _hpke() -> list[dict[str, Any]]:
    suites = {0x0020: 1, 0x0010: 2, 0x647A: 3}
    files = [json.loads((OTHERS / "HPKE" / name).read_text()) for name in ("test-vectors.json", "hpke-pq-test-vectors.json")]
    chosen = [v for file in files for v in file if v["mode"] == 0 and v["kdf_id"] == 1 and v["kem_id"] in suites]
    return [{**v, "suite": suites[v["kem_id"]]} for v in chosen]


@pytest.mark.parametrize("v", _hpke(), ids=lambda v: f"kem{v['kem_id']:04x}-aead{v['aead_id']}")
def test_an_encapsulation_of_the_hpke_vectors_comes_out_alike(platform: Platform, v: dict[str, Any]) -> None:
    found = platform("encapsulation", suite=v["suite"], pk=v["pkRm"], sk=v["skRm"], ephemeral=v["ikmE"], enc=v["enc"])
    assert found == {"enc": v["enc"], "made": v["shared_secret"], "shared": v["shared_secret"], "pk": v["pkRm"]}


def _mlkem() -> list[dict[str, str]]:
    blocks = (OTHERS / "asymmetric/MLKEM/kat_MLKEM_768.rsp").read_text().split("count = ")[1:]
    return [dict(line.split(" = ") for line in block.splitlines() if " = " in line) for block in blocks]


def test_ml_kem_768_agrees_with_the_known_answers(platform: Platform) -> None:
    chosen = _mlkem()[::25]
    cases = [{"seed": c["d"] + c["z"], "message": c["msg"], "ciphertexts": [c["ct"], c["ct_n"]]} for c in chosen]
    expected = [{"key": c["pk"], "shared": c["ss"], "ciphertext": c["ct"], "opened": [c["ss"], c["ss_n"]]} for c in chosen]
    assert platform("mlkem", cases=cases) == expected


def _cobblestone() -> list[dict[str, Any]]:
    vectors = json.loads((OTHERS / "chunked-encryption/vectors.json").read_text())["vectors"]
    return [v for v in vectors if v["aead"] == "AEAD_AES_256_GCM"]


@pytest.mark.parametrize("v", _cobblestone(), ids=lambda v: v["name"])
def test_a_cobblestone_vector_opens_as_it_says_and_seals_to_the_same_bytes(platform: Platform, v: dict[str, Any]) -> None:
    raw = base64.b64decode(v["ciphertext"] or "")
    ciphertext = zlib.decompress(raw) if v.get("compressed") else raw
    found = platform("cobblestone", key=v["key"], context=v["context"], ciphertext=ciphertext.hex())
    opened = {"opened": True, "length": v.get("payload_length"), "sha256": v.get("payload_sha256"), "same": True}
    assert found == (opened if v["expect"] == "success" else {"opened": False})
