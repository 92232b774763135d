"""Proof that a log has forked: two checkpoints that it signed itself and that no tree satisfies (trace-log 5.9).

The proof is portable: two checkpoint files of one origin and one size with two roots.  At different
sizes there is no such file; there the proof is that the log cannot show consistency.
"""

from collections.abc import Sequence

from archive.checkpoints import Checkpoint
from archive.faults import Fault
from archive.policy import Policy, judge
from archive.vkeys import Key


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
