"""`sunlit witness …`: a witness of other people's logs, in a directory of its own."""

import secrets
from pathlib import Path

import click

from trading.cli import say
from trading.cli.listening import free_port

DIRECTORY = click.argument("directory", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def witness() -> None:
    """Watch logs and cosign what extends what was seen before (C2SP tlog-witness)."""


@witness.command()
@DIRECTORY
@click.option("--name", required=True, help="the name in its cosignatures, such as witness.example.cn/w1; for ever")
def init(directory: Path, name: str) -> None:
    """Make keys and settings, then print the verifier keys.

    Example: sunlit witness init /var/lib/sunlit-witness --name witness.example.cn/w1
    """
    from trading.witness_app import create

    create(directory, name, secrets.token_bytes)
    _print_vkeys(directory)
    say(f"sunlit: put the logs to watch into {directory / 'logs'}, then: sunlit witness serve {directory}")


@witness.command()
@DIRECTORY
def vkey(directory: Path) -> None:
    """Print the verifier keys, for the policy files of others."""
    _print_vkeys(directory)


def _print_vkeys(directory: Path) -> None:
    from archive.keys import Keys
    from trading.witness_app import read

    for signer in Keys.open(directory / "keys").witness(read(directory).name):
        click.echo(signer.key.text)


@witness.command()
@DIRECTORY
def serve(directory: Path) -> None:
    """Serve until interrupted: POST /add-checkpoint, GET /<SHA-256 of an origin>/checkpoint.

    Example: sunlit witness serve /var/lib/sunlit-witness
    """
    from trading.witness_app import read
    from trading.witness_app import serve as serve_witness

    settings = read(directory)
    free_port(settings.bind, settings.port)
    say(f"sunlit: witness {settings.name} on http://{settings.bind}:{settings.port}  (Ctrl+C 停止 / stops)")
    serve_witness(directory)


@witness.command()
@DIRECTORY
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="write both checkpoints of each fork here")
def forks(directory: Path, out: Path | None) -> None:
    """Print each proof of a fork that came along.

    Exit codes: 0 none, 1 some.
    """
    from trading.witness_app import build

    found = build(directory)[0].forks()
    for n, fork in enumerate(found, start=1):
        click.echo(f"FORK {fork.origin}: two checkpoints of size {fork.size}")
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"fork-{n}-ours").write_bytes(fork.ours)
            (out / f"fork-{n}-theirs").write_bytes(fork.theirs)
    raise SystemExit(1 if found else 0)


@witness.command()
@DIRECTORY
def seen(directory: Path) -> None:
    """Print origin and size of the last checkpoint cosigned of each log."""
    from archive.checkpoints import parse_checkpoint
    from archive.notes import parse_note
    from trading.witness_app import build

    for origin, note in build(directory)[0].known().items():
        click.echo(f"{origin} {parse_checkpoint(parse_note(note).text).size}")
