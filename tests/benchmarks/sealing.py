"""How fast bodies and envelopes are in Python: 1 GiB sealed, checked and opened, against the library's bare cipher.

Ratios are taken in the same run, since the machine may be busy; processor time tells what a quiet one would do.
"""

import io
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bidding import sealing
from bidding.opening import open_envelope
from bidding.sealing.shamir import combine
from tests.unit.bidding import parties

GIB = 2**30
MIB = 2**20
TARGET = 1000
MEMORY = 64


class Nowhere:
    """Takes everything and keeps nothing."""

    def write(self, data: memoryview, /) -> int:
        return len(data)


def timed(work: Callable[[], Any], times: int = 3) -> tuple[float, float]:
    """The best wall time of a few runs, and its processor time, in seconds."""
    best = (float("inf"), 0.0)
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    return best


def cipher() -> float:
    """MB/s of AES-256-GCM alone, 16 KiB at a time."""
    aead, plain, out = AESGCM(bytes(32)), memoryview(bytes(MIB)), memoryview(bytearray(16_400))

    def run() -> None:
        for i in range(1024):
            for at in range(0, MIB, 16_384):
                aead.encrypt_into((64 * i).to_bytes(12, "big"), plain[at : at + 16_384], None, out)

    return GIB / timed(run, 1)[0] / 1e6


def bodies(folder: Path) -> list[tuple[str, float, str, str]]:
    secrets, plain, stored = sealing.Secrets(os.urandom(32), os.urandom(32)), folder / "plain", folder / "sealed"
    with plain.open("wb") as out:
        for _ in range(GIB // MIB):
            out.write(os.urandom(MIB))
    made: list[sealing.SealedBody] = []

    def seal() -> None:
        with plain.open("rb", buffering=0) as source:
            made.append(sealing.seal_body(secrets, 1, source, Nowhere()))

    wall, cpu = timed(seal)
    with plain.open("rb") as source, stored.open("wb") as sink:
        line = sealing.seal_body(secrets, 1, source, sink, expected=made[0].leaves).line

    def check() -> None:
        with stored.open("rb", buffering=0) as source:
            assert sealing.stored_intact(line, source)

    def read() -> None:
        with stored.open("rb", buffering=0) as source:
            assert sealing.open_body(secrets, 1, line, source, Nowhere()).good

    checked, opened, alone = timed(check), timed(read), cipher()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = GIB / wall / 1e6
    return [
        ("sealing.seal", speed, "MB/s", f"1 GiB from a file, both trees; goal {TARGET}"),
        ("sealing.seal.cpu", cpu, "s", "processor time of it; halve it for two quiet cores"),
        ("sealing.seal.of-cipher", 100 * speed / alone, "%", f"of AES-256-GCM alone, {alone:.0f} MB/s in this run"),
        ("sealing.check", GIB / checked[0] / 1e6, "MB/s", "length and tree hash of what is stored"),
        ("sealing.open", GIB / opened[0] / 1e6, "MB/s", "checked and decrypted in one reading: both trees"),
        ("sealing.peak", peak, "MiB", f"resident, of the whole process; goal below {MEMORY}"),
    ]


def envelopes() -> list[tuple[str, float, str, str]]:
    rows = []
    for name, suites in (("x25519", (1,) * 5), ("p256", (2,) * 5), ("xwing", (3,) * 5)):
        policy = parties.policy(3, 5, 3, suites)
        bidder = parties.Bidder("bench", policy)
        e = bidder.seal(b"index")
        build = timed(lambda e=e, policy=policy: sealing.build(policy, e.parsed.context, e.seed, e.parsed.bodies), 20)[0]
        others = [bidder.seal(b"index") for _ in range(20)]  # what was derived of one envelope is remembered
        asked = [(o, o.answers(1, 3, 5)) for o in others]
        started = time.perf_counter()
        for o, answers in asked:
            open_envelope(policy, o.parsed, answers, o.sources(), [io.BytesIO()])
        verdict = (time.perf_counter() - started) / len(asked)
        rows.append((f"envelope.{name}.seal", 1e3 * build, "ms", "five shares, once more on re-derivation"))
        rows.append((f"envelope.{name}.verdict", 1e3 * verdict, "ms", "three releases to the verdict, a body of 5 bytes"))
    shares = {j: os.urandom(32) for j in (1, 2, 3)}
    rows.append(("envelope.combine", 1e6 * timed(lambda: combine(shares), 50)[0], "us", "three shares of 32 bytes"))
    return rows


def run() -> list[tuple[str, float, str, str]]:
    """Name, value, unit and note of each measurement."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        return [*bodies(Path(folder)), *envelopes()]


if __name__ == "__main__":
    for name, value, unit, note in run():
        print(f"{name:28} {value:9.2f} {unit:4}  {note}")
