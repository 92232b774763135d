"""How fast ciphertext comes in: by HTTP to a web process of its own, and by the store alone, against the disk and SHA-256."""

import hashlib
import os
import re
import secrets
import tempfile
import time
from base64 import b64encode
from io import BytesIO
from pathlib import Path

from archive.values import DAY
from bidding.sealing import SealedBody, Secrets, seal_body, signing
from bidding.sealing.cobblestone import leaf_size
from tests.market import BIDDING, CLOSES, account_key, market
from tests.rushing import processes
from trading.client.tus import leaf_start, send
from trading.client.web import Web
from trading.demo import cast

MIB = 2**20
SIZE = 256
LOGIN = "uploads"
Row = tuple[str, float, str, str]


def body() -> tuple[bytes, SealedBody]:
    """A sealed body of `SIZE` MiB."""
    sink = BytesIO()
    made = seal_body(Secrets(secrets.token_bytes(32), bytes(32)), 1, BytesIO(os.urandom(SIZE * MIB)), sink)
    return sink.getvalue(), made


def timed_disk(folder: Path, raw: bytes) -> float:
    began = time.perf_counter()
    with (folder / "plain").open("wb", buffering=0) as out:
        for at in range(0, len(raw), MIB):
            out.write(raw[at : at + MIB])
        os.fsync(out.fileno())
    (folder / "plain").unlink()
    return time.perf_counter() - began


def timed_hash(raw: bytes) -> float:
    began = time.perf_counter()
    hashlib.sha256(raw).digest()
    return time.perf_counter() - began


def token(url: str) -> str:
    web = Web(url)
    asked = web.post("/api/session/challenges", {"login": LOGIN}).json()
    signature = signing.sign(signing.ED25519, account_key(LOGIN), str(asked["text"]).encode())
    opened = web.post("/api/session", {"nonce": asked["nonce"], "signature": b64encode(signature).decode()}).json()
    web.close()
    return str(opened["token"])


def run() -> list[Row]:
    """Name, value, unit and note of each measurement."""
    raw, made = body()
    megabytes = len(raw) / 1e6
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = market(folder / "market").found().publish()
        place.account(LOGIN, cast.SUPPLIERS[0].code)
        disk, sha256 = timed_disk(folder, raw), timed_hash(raw)
        upload = place.platform.uploads.create("store", len(raw), BIDDING)
        began = time.perf_counter()
        place.platform.uploads.append(upload.id, "store", 0, (raw[at : at + MIB] for at in range(0, len(raw), MIB)), BIDDING)
        store = time.perf_counter() - began
        place.platform.uploads.terminate(upload.id, "store")
        place.platform.engine.dispose()
        with processes(folder / "market", 1, CLOSES - DAY) as (((url, process),), _):
            web = Web(url, token(url))

            def leaf(n: int) -> bytes:
                return raw[leaf_start(n) : leaf_start(n) + leaf_size(n, len(raw))]

            began = time.perf_counter()
            send(web, "", made.line.ct_len, leaf)
            http = time.perf_counter() - began
            web.close()
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    return [
        (
            "uploads.http",
            megabytes / http,
            "MB/s",
            f"{SIZE} MiB by tus on loopback: spooled, checked, hashed, synced, stored",
        ),
        ("uploads.store", megabytes / store, "MB/s", "the store alone: leaf hashes, part file, linked on to its shelf"),
        ("uploads.disk", megabytes / disk, "MB/s", "a plain file written once and synced: one limit"),
        ("uploads.sha256", megabytes / sha256, "MB/s", "one SHA-256 over it: another"),
        ("uploads.peak", peak, "MiB", "resident, of the web process after it"),
    ]


if __name__ == "__main__":
    for name, value, unit, note in run():
        print(f"{name:20} {value:9.1f} {unit:5}  {note}")
