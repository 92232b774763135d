"""Public proofs: of a draw, made after the award (xdraw/1 A9; SPEC.md 12), and the data of an evaluation (SPEC.md 19).

Anybody checks them offline.

sunlit verify proof.json [--policy FILE]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from archive.errors import SunlitError
from archive.policy import parse_policy
from experts.proof.appointment import FORMAT as APPOINTED
from experts.proof.appointment import appointed
from experts.proof.build import build
from experts.proof.evaluation import FORMAT as EVALUATED
from experts.proof.evaluation import evaluated
from experts.proof.form import FORMAT, Proof
from experts.proof.verify import Check, Report, verify_proof

__all__ = ["Check", "Proof", "Report", "appointed", "build", "evaluated", "is_proof", "main", "verify_proof"]

HOLDS: Final = 0
FAILS: Final = 1
UNREADABLE: Final = 2


def is_proof(raw: bytes) -> bool:
    """Whether bytes look like the file of a draw, an appointment or an evaluation, of all that can be verified."""
    plain = raw.replace(b'": "', b'":"')
    return raw[:1] == b"{" and any(f'"format":"{known}"'.encode() in plain for known in (FORMAT, APPOINTED, EVALUATED))


def main(argv: Sequence[str]) -> int:
    """Verify one proof file: 0 it holds, 1 it does not, 2 it could not be read."""
    parser = argparse.ArgumentParser(
        "sunlit verify", description="Check the public proof of an expert draw, or the data of an evaluation, offline."
    )
    parser.add_argument("proof", type=Path)
    parser.add_argument("--policy", type=Path, help="the log's keys, to check the receipts in the file")
    given = parser.parse_args(argv)
    try:
        policy = None if given.policy is None else parse_policy(given.policy.read_bytes())
        report = verify_proof(given.proof.read_bytes(), policy)
    except (OSError, SunlitError) as e:
        sys.stderr.write(f"sunlit verify: {e}\n")
        return UNREADABLE
    sys.stdout.write(report.text())
    return HOLDS if report.holds else FAILS
