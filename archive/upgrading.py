"""A receipt with few cosignatures becomes one with more: same entry, same index, a later checkpoint (trace-log 1.7).

Nobody has to be asked for it: the path is computed from what the log serves to everybody.
"""

from dataclasses import replace

from archive.errors import Busy
from archive.faults import Fault
from archive.policy import Policy, check_checkpoint
from archive.proofs import Proof, open_proof, parse_proof, write_proof
from archive.served import Served, tree_of


def upgraded(receipt: bytes, served: Served, policy: Policy | None = None) -> bytes:
    """The receipt under the log's newest checkpoint; with ``policy`` only under one that is valid by it.

    Raises:
        Fault: the receipt or the served checkpoint is unsound; ``INCLUSION_BAD`` or ``FORK`` when the served log does
            not hold what the receipt proves.
        Busy: ``upgrading.early`` when the log has not published that entry yet.
        Missing: ``served.none``.
    """
    old, note = parse_proof(receipt), served.checkpoint()
    tree = tree_of(note) if policy is None else check_checkpoint(note, policy).tree
    was = tree_of(old.checkpoint)
    if was.origin != tree.origin:
        raise Fault("ORIGIN_BAD", "the receipt is of another log")
    open_proof(old, was)
    if tree.size <= old.index or tree.size < was.size:
        raise Busy("upgrading.early", size=tree.size, index=old.index)
    if not served.extends(was, tree):
        raise Fault("FORK", f"the served log does not extend the receipt's tree of size {was.size}")
    new: Proof = replace(old, path=tuple(served.inclusion(old.index, tree.size)), checkpoint=note)
    open_proof(new, tree)
    return write_proof(new.index, new.path, new.checkpoint, new.extra)
