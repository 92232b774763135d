"""Proof that a log has forked: two checkpoints that it signed itself and that no tree satisfies (trace-log 5.9).

The proof is portable: two checkpoint files of one origin and one size with two roots, in one file::

    sunlit/fork/v1
    <bytes of the first> <bytes of the second>
    <the first checkpoint><the second checkpoint>

At different sizes there is no such file; there the proof is that the log cannot show consistency.
"""

from collections.abc import Sequence
from typing import Final

from archive.checkpoints import Checkpoint
from archive.faults import Fault
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.policy import Policy, judge
from archive.strict import number
from archive.vkeys import Key

HEADER: Final = b"sunlit/fork/v1\n"
MAX_BYTES: Final = 2 * MAX_NOTE + 64


def fork_proof(
    first: bytes, second: bytes, policy: Policy | None, vkeys: Sequence[Key] = ()
) -> tuple[Checkpoint, Checkpoint] | None:
    """The two trees when these signed checkpoints prove a fork, None when they do not contradict each other.

    Raises:
        Fault: one of them cannot speak for the log: ``NOTE_BAD``, ``ORIGIN_BAD``, ``SIG_BAD`` or ``SIG_MISSING``.
    """
    verdicts = [judge(raw, policy, vkeys, quorum=False) for raw in (first, second)]
    for verdict in verdicts:
        if verdict.faults:
            raise verdict.faults[0]
    ours, theirs = (verdict.tree for verdict in verdicts)
    if ours.origin != theirs.origin:
        raise Fault("ORIGIN_BAD", "two checkpoints of different logs")
    return (ours, theirs) if ours.size == theirs.size and ours.root != theirs.root else None


def write_fork(first: bytes, second: bytes) -> bytes:
    """The file of a proof."""
    return HEADER + f"{len(first)} {len(second)}\n".encode() + first + second


def parse_fork(raw: bytes) -> tuple[bytes, bytes]:
    """The two signed checkpoints of a proof; whether they prove anything is `fork_proof`'s to say.

    Raises:
        Fault: ``PROOF_BAD``.
    """
    line, end, rest = raw.removeprefix(HEADER).partition(b"\n")
    lengths = [number(word) for word in line.decode("ascii", "replace").split(" ")]
    if len(raw) > MAX_BYTES or not raw.startswith(HEADER) or not end or len(lengths) != 2 or None in lengths:
        raise Fault("PROOF_BAD", "no proof of a fork")
    first, second = (n for n in lengths if n is not None)
    if first + second != len(rest):
        raise Fault("PROOF_BAD", "not as many bytes as it says")
    return rest[:first], rest[first:]
