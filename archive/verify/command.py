"""The command line of the verifier: one line a divergence on standard output, everything else on standard error."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from archive.errors import Invalid
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.policy import MAX_BYTES as MAX_POLICY
from archive.report import Report
from archive.verify.anchors import trusted_anchors
from archive.verify.packs import verify_pack

_EPILOG = """\
exit codes: 0 nothing diverges, 1 something does, 2 it could not be checked

example: verify pack.zip --policy my-policy.txt --from checkpoint-of-last-month
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verify",
        description="Check an evidence pack (directory or zip) or a receipt (.tlog-proof); a line for each divergence.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pack", metavar="PACK", help="the pack or receipt")
    parser.add_argument("--policy", metavar="FILE", type=Path, help="your policy file: logs, witnesses, quorum")
    parser.add_argument("--vkey", metavar="VKEY", action="append", default=[], help="a key that must have signed; repeatable")
    parser.add_argument("--from", metavar="CHECKPOINT", dest="since", type=Path, help="a signed checkpoint you kept from earlier")
    parser.add_argument("--tsa", metavar="FILE", type=Path, help="certificates (PEM) of the time-stamp authorities you trust")
    parser.add_argument("--json", action="store_true", help="the whole report as JSON instead of lines")
    return parser


def _read(path: Path | None, limit: int) -> bytes | None:
    if path is None:
        return None
    with path.open("rb") as file:
        return file.read(limit + 1)


def main(argv: Sequence[str] | None = None, further: Callable[[str, Report], Report] | None = None) -> int:
    """Run the verifier; the exit code.  ``further`` is told the pack and what was found, and may look deeper."""
    try:
        given = _parser().parse_args(argv)
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else 2
    try:
        report = verify_pack(
            given.pack,
            policy=_read(given.policy, MAX_POLICY),
            vkeys=given.vkey,
            from_checkpoint=_read(given.since, MAX_NOTE),
            anchors=trusted_anchors(_read(given.tsa, 1 << 20)),
        )
        report = report if further is None else further(given.pack, report)
    except Invalid as e:
        sys.stderr.write(f"verify: {given.pack}: {e.params.get('why', e)}\n")
        return 2
    except OSError as e:
        sys.stderr.write(f"verify: {e.filename}: {e.strerror}\n")
        return 2
    sys.stdout.write(report.json() if given.json else report.text())
    sys.stderr.write(_summary(report))
    return report.exit_code


def run() -> NoReturn:
    """`main` with the exit code handed to the system: what a zipapp calls."""
    sys.exit(main())


def _summary(report: Report) -> str:
    notes = [f"note: {note.line}" for note in report.notes]
    facts = [f"{name}: {value}" for name, value in sorted(report.facts.items())]
    verdicts = [f"{level}: {verdict}" for level, verdict in report.verdicts().items()]
    return "".join(f"{line}\n" for line in (*notes, *facts, *verdicts))
