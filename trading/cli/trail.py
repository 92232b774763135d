"""The trail: `sunlit replay`, `sunlit verify`, `sunlit trace …`."""

import sys
from pathlib import Path

import click

from archive.errors import Missing
from archive.report import Report, level_of
from trading.cli import say


def _decide_again(pack: str, report: Report) -> Report:
    """Replay what a pack discloses: states and decisions join the verifier's findings."""
    from archive.replay import ReplayReport, replay
    from archive.replay.packs import PackSource
    from archive.verify.files import Folder
    from archive.verify.zips import Zip
    from trading.kinds import DECIDERS

    path = Path(pack)
    if report.subject == "receipt":
        return report
    if path.is_dir():
        replayed = replay(PackSource(Folder(path)), DECIDERS)
    else:
        files = Zip(path)
        try:
            replayed = replay(PackSource(files), DECIDERS)
        finally:
            files.close()
    both = ReplayReport(report.subject, ("L0", "L1", "L2", "L3"))
    both.divergences = [*report.divergences, *(d for d in replayed.divergences if d.level in ("L2", "L3"))]
    both.counts = report.counts | {code: n for code, n in replayed.counts.items() if level_of(code) in ("L2", "L3")}
    both.notes, both.note_counts = report.notes, report.note_counts
    both.facts = report.facts | {f"replayed {name}": value for name, value in replayed.facts.items()}
    return both


def _beginning(path: Path) -> bytes:
    """As much of a file as tells what it is; a pack may be larger than memory."""
    with path.open("rb") as file:
        return file.read(1 << 20)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """Check PACK, a receipt, a draw proof or the data of an evaluation; needs neither the platform nor its database."""
    from archive.verify.command import main
    from experts.proof import is_proof
    from experts.proof import main as draw_main

    files = [Path(a) for a in arguments if not a.startswith("-")]
    if any(file.is_file() and is_proof(_beginning(file)) for file in files):
        sys.exit(draw_main(list(arguments)))
    sys.exit(main(list(arguments), _decide_again))


@click.command()
@click.option("--config", type=click.Path(path_type=Path), help="settings file; without it the defaults")
@click.option("--json", "as_json", is_flag=True, help="the report as JSON")
@click.option("--pdf", type=click.Path(path_type=Path), help="also write the signed report for people")
def replay(config: Path | None, as_json: bool, pdf: Path | None) -> None:
    """Replay the live store: L1 to L3, every divergence by name.

    Exit codes: 0 clean, 1 diverged, 2 could not run.
    """
    from trading.app import build
    from trading.cli.serve import configuration
    from trading.desk import audit
    from trading.house import has_begun

    given = configuration(config)
    if not has_begun(given):
        raise Missing("cli.empty", data=str(given.data))
    platform = build(given)
    report = audit.replay(platform)
    if pdf is not None:
        pdf.write_bytes(audit.printed(platform, report))
    click.echo(report.json() if as_json else report.text(), nl=False)
    for name, value in sorted(report.facts.items()):
        say(f"{name}: {value}")
    for level, verdict in sorted(report.verdicts().items()):
        say(f"{level}: {verdict}")
    sys.exit(0 if report.clean else 1)
