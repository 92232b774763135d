"""Proof files beyond the vectors."""

import pytest

from archive import proofs
from archive.checkpoints import Checkpoint
from archive.faults import Fault
from archive.notes import MAX_BYTES
from archive.policy import check_checkpoint, parse_policy
from tests.logs import POLICY, tender_log

LOG = tender_log()
RECEIPT = LOG.receipt(3)
BARE = proofs.write_proof(3, LOG.tree.inclusion(3), LOG.checkpoint())


def test_a_receipt_is_read_back() -> None:
    proof = proofs.parse_proof(RECEIPT)
    assert proofs.write_proof(proof.index, proof.path, proof.checkpoint, proof.extra) == RECEIPT
    opened = proofs.check_proof(RECEIPT, parse_policy(POLICY))
    assert (opened.index, opened.entry, opened.body) == (3, LOG.entries[3], LOG.bodies[3])


def test_a_proof_of_a_tree_of_one_has_no_path() -> None:
    assert proofs.parse_proof(proofs.write_proof(0, [], b"x")).path == ()


def test_without_an_opening_nor_an_entry_nothing_is_proved() -> None:
    tree = proofs.check_proof(BARE, parse_policy(POLICY), LOG.entries[3])
    assert tree.body is None
    with pytest.raises(Fault, match="PROOF_BAD"):
        proofs.check_proof(BARE, parse_policy(POLICY))
    with pytest.raises(Fault, match="PROOF_BAD"):
        proofs.open_proof(proofs.parse_proof(BARE), tree_of(BARE))


def tree_of(raw: bytes) -> Checkpoint:
    return check_checkpoint(proofs.parse_proof(raw).checkpoint, parse_policy(POLICY)).tree


@pytest.mark.parametrize(
    "raw",
    [
        "c2sp.org/tlog-proof@v1\nindex ３\n\nx".encode(),
        b"c2sp.org/tlog-proof@v1\nextra AA=\nindex 3\n\nx",
        b"c2sp.org/tlog-proof@v1\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 03\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 3\nAA==\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 3\nextra AA==\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 3\n" + b"A" * 43 + b"=\n" * 64 + b"\nx",
        RECEIPT + b"\n" * (MAX_BYTES + 128 * 1024),
    ],
)
def test_another_form_is_no_proof(raw: bytes) -> None:
    with pytest.raises(Fault, match="PROOF_BAD"):
        proofs.parse_proof(raw)
