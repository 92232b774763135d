"""Private fields and time-stamp tokens of a pack, read by other means than this project's: the standard library and openssl."""

import json
import subprocess
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from archive.ledger.export import public_log, regulators_log
from archive.vault import Vault
from archive.verify import verify_files
from archive.verify.anchors import trusted_anchors
from tests.authorities import Authority
from tests.integration.test_anchors import anchors
from tests.integration.test_private_fields import ZHANG, apply, opened
from tests.publishers import House, house


@pytest.fixture
def pack(sqlite: Engine, vault: Vault, clock: Callable[[], int]) -> dict[str, bytes]:
    log = opened(sqlite, vault, clock)
    apply(log)
    return regulators_log(log, private=True) | {"keys": "\n".join(key.text for key in log.notary.keys).encode()}


def sd_of(value: Any) -> Iterator[str]:
    """Every digest of RFC 9901 in a value."""
    if isinstance(value, dict):
        yield from value.get("_sd", ())
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from sd_of(inner)


def bodies(pack: dict[str, bytes]) -> dict[str, Any]:
    """The bodies of a pack by their ids."""
    read = [json.loads(raw.partition(b"\n")[2]) for path, raw in pack.items() if path.startswith("body/")]
    return {body["id"]: body for body in read}


def wrong(pack: dict[str, bytes]) -> list[str]:
    """Disclosures whose digest does not stand in their event, as RFC 9901 has it and nothing else."""
    known, bad = bodies(pack), []
    for path, raw in pack.items():
        if path.startswith("disclosure/"):
            digests = set(sd_of(known.get(path.removeprefix("disclosure/"), {})))
            for line in raw.decode("ascii").splitlines():
                if urlsafe_b64encode(sha256(line.encode()).digest()).rstrip(b"=").decode() not in digests:
                    bad.append(line)
    return bad


def values(pack: dict[str, bytes]) -> dict[str, Any]:
    """What the disclosures of a pack say, by name."""
    lines = [line for path, raw in pack.items() if path.startswith("disclosure/") for line in raw.decode().splitlines()]
    read = [json.loads(urlsafe_b64decode(line + "=" * (-len(line) % 4))) for line in lines]
    assert all(len(urlsafe_b64decode(salt + "==")) >= 16 for salt, _, _ in read)
    return {name: value for _, name, value in read}


def test_disclosures_read_by_the_book_say_what_was_hidden(pack: dict[str, bytes]) -> None:
    assert values(pack) == {"name": ZHANG.name, "phone": ZHANG.phone, "mail": ZHANG.mail}
    assert wrong(pack) == [] and len(set(sd_of(list(bodies(pack).values())))) == 3


@pytest.mark.parametrize("at", [0, 5, 20, -2])
def test_a_changed_disclosure_is_wrong_to_both_readers(pack: dict[str, bytes], at: int) -> None:
    vkeys = pack.pop("keys").decode().split("\n")
    (path,) = [path for path in pack if path.startswith("disclosure/")]
    raw = bytearray(pack[path])
    raw[at] = ord("A") if raw[at] != ord("A") else ord("B")
    manifest = json.loads(pack["manifest.json"])
    manifest["files"][path] = sha256(raw).hexdigest()
    listed = json.dumps(manifest, separators=(",", ":"), sort_keys=True).encode()
    changed = pack | {path: bytes(raw), "manifest.json": listed}
    assert len(wrong(changed)) == 1
    assert set(verify_files(changed, vkeys=vkeys).counts) == {"SD_BAD"}


@pytest.fixture
def home(sqlite: Engine, tmp_path: Path) -> House:
    made = house(sqlite, tmp_path)
    made.act(3)
    made.publishing().round()
    return made


def by_openssl(folder: Path, token: bytes, text: bytes, root: bytes) -> bool:
    """Whether openssl takes a token over a text under a root."""
    for name, raw in (("token", token), ("text", text), ("root", root)):
        (folder / name).write_bytes(raw)
    asked = ["openssl", "ts", "-verify", "-in", f"{folder}/token", "-data", f"{folder}/text", "-CAfile", f"{folder}/root"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def test_a_token_is_taken_and_refused_by_openssl_and_by_the_verifier_alike(home: House, tmp_path: Path) -> None:
    ours, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "stranger")
    assert anchors(home, **{"tsa.example": ours.answer}).turn() == 1
    pack = public_log(home.ledger)
    (path,) = [path for path in pack if path.startswith("anchor/")]
    text, token = pack["checkpoint"].partition(b"\n\n")[0] + b"\n", pack[path]

    def taken(token: bytes, root: bytes) -> tuple[bool, bool]:
        manifest = json.loads(pack["manifest.json"])
        manifest["files"][path] = sha256(token).hexdigest()
        listed = json.dumps(manifest, separators=(",", ":"), sort_keys=True).encode()
        report = verify_files(pack | {path: token, "manifest.json": listed}, policy=pack["policy"], anchors=trusted_anchors(root))
        assert set(report.counts) <= {"ANCHOR_BAD"}
        return by_openssl(tmp_path, token, text, root), report.clean

    assert taken(token, ours.root) == (True, True)
    assert taken(token, stranger.root) == (False, False)
    assert not by_openssl(tmp_path, token, text + b" ", ours.root)
    for at in range(30, len(token), len(token) // 12):
        flipped = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
        openssl, verifier = taken(flipped, ours.root)
        assert openssl or not verifier, f"byte {at}: the verifier takes what openssl refuses"
    middle = token.index(sha256(text).digest())
    assert taken(token[:middle] + bytes(32) + token[middle + 32 :], ours.root) == (False, False)
