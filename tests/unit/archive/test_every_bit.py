"""Every bit of a small log, flipped: always found, except what nothing binds (trace-log 6.3).

Of each byte every bit is flipped in tiles, elsewhere one to three bits, others in each byte.  The
only bits that may pass are those of lines of unknown keys and of `made_at`.
"""

from collections.abc import Iterator, Mapping

import pytest

from archive.faults import FAULTS
from archive.verify import verify_files, verify_receipt
from tests.logs import LOG, LOG_PQ, POLICY, WITNESS, SmallLog
from tests.packs import verify


def flips(raw: bytes, every: int = 8) -> Iterator[tuple[int, bytes]]:
    """The bytes with one bit flipped, and the place; ``every`` of the eight bits of each byte."""
    for at in range(len(raw)):
        for bit in range(every):
            flipped = bytearray(raw)
            flipped[at] ^= 1 << (bit + at) % 8
            yield at, bytes(flipped)


def small_log() -> SmallLog:
    log = SmallLog()
    log.add("tender/T-9", "a.b")
    log.add("tender/T-9", "stream.closed")
    return log


def passed(files: Mapping[str, bytes], path: str, every: int) -> list[int]:
    """Places of a file where a flipped bit is not found; all findings are of the closed list."""
    unseen = []
    for at, raw in flips(files[path], every):
        counts = verify_files({**files, path: raw}, policy=POLICY).counts
        assert set(counts) <= FAULTS
        if not counts:
            unseen.append(at)
    return unseen


LOG_PACK = small_log().pack(hidden=(1,))
SIGNED_PACK = small_log().pack(signers=(LOG, LOG_PQ, WITNESS))


@pytest.mark.parametrize("path", sorted(set(LOG_PACK) - {"manifest.json"}))
def test_every_bit_of_a_log_pack_counts(path: str) -> None:
    assert passed(LOG_PACK, path, 8 if path.startswith("tile/") else 2) == []


def test_every_bit_of_a_manifest_counts_but_its_time() -> None:
    raw = LOG_PACK["manifest.json"]
    made_at = raw.index(b'"made_at":"') + len(b'"made_at":"')
    assert set(passed(LOG_PACK, "manifest.json", 3)) <= set(range(made_at, made_at + 27))


def small_dossier() -> dict[str, bytes]:
    log = small_log()
    log.add_heads()
    return log.dossier("tender/T-9")


DOSSIER = small_dossier()


@pytest.mark.parametrize("path", sorted(set(DOSSIER) - {"manifest.json", "policy"}))
def test_every_byte_of_a_dossier_counts(path: str) -> None:
    assert passed(DOSSIER, path, 1) == []


def test_every_byte_of_a_receipt_counts() -> None:
    receipt = small_log().receipt(2)
    assert [at for at, raw in flips(receipt, 3) if verify_receipt(raw, POLICY).clean] == []


def test_a_line_of_an_unknown_key_is_bound_by_the_list_of_files_alone() -> None:
    line_at = SIGNED_PACK["checkpoint"].index(b" zqD46") + 7
    flipped = bytearray(SIGNED_PACK["checkpoint"])
    flipped[line_at + 100] ^= 1
    assert set(verify({**SIGNED_PACK, "checkpoint": bytes(flipped)}).counts) <= {"FILE_MISMATCH", "NOTE_BAD"}


def test_a_line_of_a_known_post_quantum_key_is_bound_in_every_byte() -> None:
    policy = POLICY + f"log {LOG_PQ.key.text}\n".encode()
    note = SIGNED_PACK["checkpoint"]
    start = note.index(b" zqD46")
    for at in range(start, note.index(b"\n", start), 7):
        flipped = bytearray(note)
        flipped[at] ^= 1
        counts = verify_files({**SIGNED_PACK, "checkpoint": bytes(flipped)}, policy=policy).counts
        assert {"SIG_BAD", "NOTE_BAD"} & set(counts) or (at < start + 9 and set(counts) == {"FILE_MISMATCH"})
