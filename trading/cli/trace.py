"""`sunlit trace …` for whoever runs the platform: checkpoint, policy, packs, publication, recovery.

What needs no platform, such as a receipt's upgrade or a fork's proof, is `trading.cli.outside`.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trading.cli import say
from trading.cli.outside import OUTSIDE
from trading.cli.turning import TURNING

if TYPE_CHECKING:
    from trading.platform import Platform

CONFIG = click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="settings file; without it defaults"
)
OUT = click.argument("out", type=click.Path(path_type=Path))
WITHOUT_LOST = click.option("--without-lost", is_flag=True, help="leave out, and list as absent, files that the vault has lost")


@click.group()
def trace() -> None:
    """The log: checkpoint, packs, publication, mirrors, recovery."""


for command in (*OUTSIDE, *TURNING):
    trace.add_command(command)


@trace.command()
@CONFIG
def checkpoint(config: Path | None) -> None:
    """Print the newest signed checkpoint with every line it has."""
    platform = _platform(config)
    click.echo(platform.ledger.checkpoint().decode(), nl=False)


@trace.command()
@CONFIG
def policy(config: Path | None) -> None:
    """Print the log's policy file: keys, witnesses, quorum.

    A verifier pins what it got from the supervision department, not what a pack brings along.
    """
    from trading.cli.serve import configuration
    from trading.outlet import policy_of

    given = configuration(config)
    click.echo(policy_of(given, _platform(config).ledger).decode(), nl=False)


@trace.command()
@CONFIG
def publish(config: Path | None) -> None:
    """One round of the publisher: sign, ask the witnesses, publish; for a timer where no platform is up."""
    platform = _platform(config)
    platform.publishing.round()
    standing = platform.publishing.standing()
    for name in ("placed", "signed", "certified", "published"):
        click.echo(f"{name}: {getattr(standing, name)}")
    for where, why in standing.faults.items():
        say(f"sunlit: {where}: {why}")
    sys.exit(0 if standing.published == standing.signed else 1)


@trace.command()
@CONFIG
def anchor(config: Path | None) -> None:
    """Have the published checkpoint time-stamped now; for a timer where no platform is up.

    Exit codes: 0 every authority of the settings has stamped it, 1 not every one.
    """
    from trading.cli.serve import configuration
    from trading.outlet import anchors_of

    platform = _platform(config)
    anchors = anchors_of(configuration(config), platform.ledger, platform.publishing.public)
    if anchors is None:
        raise click.UsageError("the settings name no authority under log.authorities")
    click.echo(f"tokens: {anchors.turn()}")
    for name, why in anchors.faults.items():
        say(f"sunlit: {name}: {why}")
    platform.publishing.round()
    sys.exit(1 if anchors.faults else 0)


@trace.command()
@OUT
@CONFIG
@click.option("--everything", is_flag=True, help="every opening, sealed ones included: for the regulator only")
@click.option("--private", is_flag=True, help="with --everything: private fields as well, for those entitled to them only")
@click.option("--directory", is_flag=True, help="a directory instead of a zip")
@WITHOUT_LOST
def pack(out: Path, config: Path | None, everything: bool, private: bool, directory: bool, without_lost: bool) -> None:
    """Write the whole log as an evidence pack.

    Exit codes: 0 done, 1 nothing was written, for instance since the vault has lost a file that belongs in it.

    Example: sunlit trace pack log.zip && sunlit verify log.zip --policy policy.txt
    """
    from archive.ledger.export import blobs_of, public_log, regulators_log
    from trading.cli.serve import configuration
    from trading.outlet import policy_of

    if private and not everything:
        raise click.UsageError("--private goes with --everything")
    platform = _platform(config)
    lost = set[str]()
    policy, blobs = policy_of(configuration(config), platform.ledger), blobs_of(platform.vault.read, lost)
    if everything:
        files = regulators_log(platform.ledger, policy, blobs, private=private)
    else:
        files = public_log(platform.ledger, policy, blobs)
    _see_whole(lost, without_lost)
    _write(files, out, directory)


@trace.command()
@OUT
@click.argument("streams", nargs=-1, required=True)
@CONFIG
@click.option("--everything", is_flag=True, help="openings that are not public too: for the regulator only")
@click.option("--directory", is_flag=True, help="a directory instead of a zip")
@click.option(
    "--before",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="settings of an earlier epoch in which a stream began, the latest first; may be repeated",
)
@WITHOUT_LOST
def dossier(
    out: Path,
    streams: tuple[str, ...],
    config: Path | None,
    everything: bool,
    directory: bool,
    before: tuple[Path, ...],
    without_lost: bool,
) -> None:
    """Write all entries of some STREAMS as an evidence pack that proves its own completeness.

    Exit codes as those of pack.

    Example: sunlit trace dossier P1.zip tender/P1 box/P1.L1 evaluation/P1.L1
    """
    from archive.ledger import export
    from archive.ledger.export import blobs_of
    from trading.cli.serve import configuration
    from trading.outlet import policy_of

    platform, lost = _platform(config), set[str]()
    ledger = platform.ledger
    heads = ledger.record_heads()
    while ledger.placed(heads).idx is None:
        platform.publishing.round()
        if ledger.placed(heads).idx is None:
            time.sleep(1)  # a log with ticks places in batches
    files = export.dossier(
        ledger,
        streams,
        policy_of(configuration(config), ledger),
        blobs_of(platform.vault.read, lost),
        everything=everything,
        heads=heads,
        earlier=[_platform(old).ledger for old in before],
    )
    _see_whole(lost, without_lost)
    _write(files, out, directory)


@trace.command()
@click.argument("whom")
@CONFIG
@click.option("--basis", required=True, help="the legal basis, as it is to stand on record")
def forget(whom: str, config: Path | None, basis: str) -> None:
    """Erase who an expert was, or, with org/CODE, whoever stood for an organisation.

    The key to the private fields is destroyed, and the log verifies as before.

    Exit codes: 0 done, 1 refused, for instance while the law wants him on file.

    Example: sunlit trace forget E0000001 --basis "个人信息保护法 第四十七条"
    """
    from archive.values import Actor
    from trading.desk import contacts, people

    platform, operator = _platform(config), Actor.system("operator")
    if whom.startswith("org/"):
        contacts.forget(platform, operator, whom.removeprefix("org/"), basis)
    else:
        people.forget(platform, operator, whom, basis)
    click.echo(f"forgotten: {whom}")


@trace.command()
@CONFIG
def recover(config: Path | None) -> None:
    """Bring a database that comes from a backup, or is empty, up to the log that was signed, out of escrow; nothing else may run.

    What was public is public again, and private fields are readable again unless their person was forgotten.  Accounts are in
    no log: they come from a backup alone.

    Exit codes: 0 the database is up to date now, 1 it cannot be: the log must go on in a new epoch.
    """
    from archive.ledger.recovery import recover as recovered

    platform = _platform(config, begin=False)
    count = recovered(platform.ledger, platform.publishing.escrow, platform.publishing.public)
    platform.ledger.open()
    platform.publishing.round()
    click.echo(f"recovered: {count}")
    click.echo(f"size: {platform.publishing.standing().placed}")


def _platform(config: Path | None, *, begin: bool = True) -> "Platform":
    from trading.app import build
    from trading.cli.serve import configuration

    return build(configuration(config), begin=begin)


def _see_whole(lost: set[str], meant: bool) -> None:
    from archive.errors import Missing

    if lost and not meant:
        raise Missing("trace.lost", count=len(lost), first=min(lost))


def _write(files: dict[str, bytes], out: Path, directory: bool) -> None:
    from archive.evidence import write_zip
    from archive.shelves import Folder

    if directory:
        shelf = Folder(out)
        shelf.create(files.items())
        (out / ".incoming").rmdir()
    else:
        with out.open("wb") as file:
            write_zip(files, file)
    say(f"sunlit: {out}: {len(files)} files")
