"""Proof files and receipts (trace-log 1.7; C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    extra <base64 of an opening>
    index 3
    <base64 of each hash of the path>

    <checkpoint with its signature lines, verbatim>

A *receipt* is a proof file whose ``extra`` is the opening of the entry: it proves for ever and off
line that this body stood at this index when the cosigners signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from archive.checkpoints import Checkpoint
from archive.entry import entry as entry_of_body
from archive.entry import parse_opening
from archive.faults import Fault
from archive.merkle import check_inclusion, leaf_hash
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.policy import Policy, check_checkpoint
from archive.strict import base64, number, unbase64

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PATH: Final = 63
MAX_BYTES: Final = MAX_NOTE + 128 * 1024
"""Longest proof file: a note, an opening in base64 and a path."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A parsed proof file; ``checkpoint`` is the signed note as it stands, ``extra`` the bytes of its second line."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What a valid proof shows: this entry stood at ``index`` of the tree (size, root)."""

    index: int
    size: int
    root: bytes
    entry: bytes
    salt: bytes | None = None
    body: bytes | None = None


def write_proof(index: int, path: Sequence[bytes], checkpoint: bytes, extra: bytes | None = None) -> bytes:
    """A proof file; with an opening as ``extra``, a receipt."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {base64(extra)}")
    lines.append(f"index {index}")
    lines += map(base64, path)
    return "".join(f"{line}\n" for line in lines).encode("ascii") + b"\n" + checkpoint


def parse_proof(raw: bytes) -> Proof:
    """A proof from its file; nothing of it is verified yet, the note is not even parsed.

    Raises:
        Fault: ``PROOF_BAD`` when the form is wrong.
    """
    head, blank, checkpoint = raw.partition(b"\n\n")
    if len(raw) > MAX_BYTES or not blank or not checkpoint:
        raise Fault("PROOF_BAD", "too long, no empty line after the path, or no checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Fault("PROOF_BAD", "not ASCII before the checkpoint") from None
    if lines[0] != HEADER:
        raise Fault("PROOF_BAD", f"does not begin with {HEADER}")
    rest = lines[1:]
    extra = None
    if rest and rest[0].startswith("extra "):
        extra = unbase64(rest.pop(0).removeprefix("extra "))
        if extra is None:
            raise Fault("PROOF_BAD", "extra is not strict base64")
    index = number(rest[0].removeprefix("index ")) if rest and rest[0].startswith("index ") else None
    if index is None:
        raise Fault("PROOF_BAD", "no index")
    path = [unbase64(line, 32) for line in rest[1 : MAX_PATH + 2]]
    hashes = tuple(h for h in path if h is not None)
    if len(hashes) != len(rest) - 1 or len(hashes) > MAX_PATH:
        raise Fault("PROOF_BAD", f"not at most {MAX_PATH} hashes of 32 bytes")
    return Proof(index, hashes, checkpoint, extra)


def open_proof(proof: Proof, tree: Checkpoint, entry: bytes | None = None) -> Opened:
    """The opening, the entry and the path, under a checkpoint that the caller has verified.

    Raises:
        Fault: ``PROOF_BAD`` when neither an opening nor an entry is there; ``BODY_BAD``; ``BODY_MISMATCH``
            when the opening opens another entry; ``INCLUSION_BAD``.
    """
    salt = body = None
    if proof.extra is not None:
        salt, body = parse_opening(proof.extra)
        opened = entry_of_body(salt, body)
        if entry is not None and entry != opened:
            raise Fault("BODY_MISMATCH", "extra opens another entry")
        entry = opened
    if entry is None:
        raise Fault("PROOF_BAD", "neither an opening nor an entry to prove")
    if not check_inclusion(proof.index, tree.size, leaf_hash(entry), tree.root, proof.path):
        raise Fault("INCLUSION_BAD", f"the path does not lead from index {proof.index} to the root of size {tree.size}")
    return Opened(proof.index, tree.size, tree.root, entry, salt, body)


def check_proof(raw: bytes, policy: Policy, entry: bytes | None = None) -> Opened:
    """Steps 1 to 4 of the verification of a receipt; step 5, the body, is `archive.envelope`.

    Raises:
        Fault: the first that applies of ``PROOF_BAD``, ``NOTE_BAD``, ``ORIGIN_BAD``, ``SIG_BAD``, ``SIG_MISSING``,
            ``QUORUM_MISSING``, ``BODY_BAD``, ``BODY_MISMATCH``, ``INCLUSION_BAD``.
    """
    proof = parse_proof(raw)
    if proof.extra is None and entry is None:
        raise Fault("PROOF_BAD", "neither an opening nor an entry to prove")
    return open_proof(proof, check_checkpoint(proof.checkpoint, policy).tree, entry)
