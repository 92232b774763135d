"""The one error of every reader of the log's formats: a code of the closed list and a sentence.

The codes are those of trace-log section 4, capitals and all: they stand in reports, so they never
change.  Readers raise `Fault` and nothing else, whatever the bytes; checkers turn it into a line.
"""

from typing import Final

from archive.errors import Invalid

FAULTS: Final[frozenset[str]] = frozenset(
    {
        "VKEY_BAD",
        "POLICY_BAD",
        "PROOF_BAD",
        "NOTE_BAD",
        "ORIGIN_BAD",
        "SIG_BAD",
        "SIG_MISSING",
        "SIG_ABSENT",
        "QUORUM_MISSING",
        "FORK",
        "ROLLBACK",
        "ANCHOR_BAD",
        "TILE_MISSING",
        "TILE_MISMATCH",
        "TILE_EXTRA",
        "BUNDLE_BAD",
        "ENTRY_BAD",
        "ENTRY_MISMATCH",
        "ROOT_MISMATCH",
        "INCLUSION_BAD",
        "BODY_BAD",
        "BODY_MISMATCH",
        "BODY_MISSING",
        "CANON_BAD",
        "SCHEMA_BAD",
        "DUP_ID",
        "CHAIN_GAP",
        "CHAIN_BREAK",
        "TIME_BACK",
        "TIME_AHEAD",
        "LATE_INCLUSION",
        "QUANTUM_BAD",
        "HEAD_BAD",
        "SD_BAD",
        "MANIFEST_BAD",
        "FILE_MISSING",
        "FILE_MISMATCH",
        "FILE_EXTRA",
        "BLOB_MISSING",
        "BLOB_MISMATCH",
        "STATE_DIGEST",
        "ROW_MISSING",
        "ROW_EXTRA",
        "CELL_DIFF",
        "UNTRACED_ROW",
        "DECISION_DIFF",
    }
)
"""Divergences: each makes a check fail."""

NOTES: Final[frozenset[str]] = frozenset({"BODY_WITHHELD", "BLOB_WITHHELD", "CHAIN_OPEN", "ERASED", "POLICY_UNPINNED"})
"""Said beside a verdict; none of them makes a check fail."""


class Fault(Invalid):
    """Bytes that are not what they should be; ``code`` is one of `FAULTS`, ``why`` a short English clause."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(code, why=why)

    @property
    def why(self) -> str:
        """What exactly is wrong."""
        return str(self.params["why"])
