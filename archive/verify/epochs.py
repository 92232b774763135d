"""Earlier epochs of a log, as the later ones state them: what a dossier rests on that lives across New Year (trace-log 5.7).

``epoch/<k>.tlog-proof`` is the receipt of the first entry of epoch k, made for the pack's checkpoint or, of an epoch in
between, for its last one.  It states the last tree of the epoch before, so that whoever trusts the pack's checkpoint
holds the older trees as well; who signed those at their time, their own receipts tell under their own policy.
"""

from dataclasses import dataclass

from archive import envelope
from archive.chains import TOLERANCE
from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.envelope import Body
from archive.faults import Fault
from archive.notes import parse_note
from archive.proofs import MAX_BYTES, Opened, open_proof, parse_proof
from archive.report import Report
from archive.strict import number, unbase64
from archive.values import instant, instant_text
from archive.verify.bodies import read_opened
from archive.verify.files import Files


@dataclass(frozen=True, slots=True)
class Earlier:
    """An epoch that ended: its number, its last tree, and a time before which events stand in it or in one before."""

    epoch: int
    tree: Checkpoint
    before: str


def earlier(files: Files, tree: Checkpoint, report: Report, called: set[str]) -> list[Earlier]:
    """The epochs before that of ``tree`` whose streams go on in it, the latest first; faults are reported."""
    found: list[Earlier] = []
    while (epoch := number(tree.origin.rpartition("/epoch-")[2]) or 1) > 1:
        path = f"epoch/{epoch}.tlog-proof"
        called.add(path)
        raw = files.read(path, MAX_BYTES)
        if raw is None and found and not any(name.endswith(f"/epoch-{epoch}.tlog-proof") for name in files.names()):
            break  # nothing in the pack goes back further
        if raw is None:
            report.add("FILE_MISSING", path, f"what epoch {epoch} states of the one before")
            break
        try:
            body = _first(raw, tree)
            previous = read_opened(body, tree.origin).previous
            root = None if previous is None else unbase64(previous.root, 32)
            if previous is None or root is None:
                raise Fault("SCHEMA_BAD", "states no tree of the epoch before")
        except Fault as fault:
            report.fault(fault, path)
            break
        if previous.why == "lost":
            break  # every stream began again
        tree = Checkpoint(previous.origin, previous.size, root)
        found.append(Earlier(epoch - 1, tree, instant_text(max(0, instant(body.at) - TOLERANCE))))
    return found


def receipt(raw: bytes, tree: Checkpoint) -> Opened:
    """A receipt that was made for exactly this tree.

    Raises:
        Fault: ``PROOF_BAD`` and what `archive.proofs.open_proof` raises.
    """
    proof = parse_proof(raw)
    if parse_checkpoint(parse_note(proof.checkpoint).text) != tree:
        raise Fault("PROOF_BAD", "made for another checkpoint than the one stated")
    if proof.extra is None:
        raise Fault("PROOF_BAD", "opens no entry")
    return open_proof(proof, tree)


def _first(raw: bytes, tree: Checkpoint) -> Body:
    opened = receipt(raw, tree)
    body = None if opened.body is None else envelope.examine(opened.body)[0]
    if opened.index != 0 or body is None:
        raise Fault("PROOF_BAD", "opens no first entry")
    return body
