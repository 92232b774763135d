"""``sunlit …``: data on standard output, everything else on standard error, exit codes as README says.

Each group of commands is a module of its own, loaded when it is called, so that the offline verifier
starts without the platform.
"""

import importlib
import sys
from collections.abc import Mapping
from typing import NoReturn

import click

from archive.errors import Busy, SunlitError
from trading.messages import sentence

COMMANDS: Mapping[str, tuple[str, str]] = {
    "start": ("trading.cli.play", "play the demonstration, then serve"),
    "demo": ("trading.cli.play", "play whole tenders on a controllable clock, then exit"),
    "serve": ("trading.cli.serve", "serve the platform"),
    "work": ("trading.cli.serve", "sequencer, publisher, bell and letters, beside web processes over Redis"),
    "replay": ("trading.cli.trail", "decide everything again from the log and compare"),
    "bid": ("trading.cli.bid", "seal, try, send and hand in a bid; decrypt it at the opening"),
    "trustee": ("trading.cli.trustee", "keep a key of a tender; release shares by the logged closing list alone"),
    "verify": ("trading.cli.trail", "check a pack, a receipt or a draw proof, off line"),
    "trace": ("trading.cli.trace", "the log: checkpoint, packs, publication"),
    "witness": ("trading.cli.witness", "watch other people's logs and cosign them"),
    "settings": ("trading.cli.serve", "show the settings in force, secrets hidden"),
}


class Lazy(click.Group):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the journey."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and meanings without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, meaning) for name, (_, meaning) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]}, epilog="Example: sunlit demo --out demo-out")
def sunlit() -> None:
    """Sunlit 阳光交易: public-resource trading with sealed bids, verifiable draws and a replayable log."""


def say(text: str) -> None:
    """A line for the person at the terminal."""
    click.echo(text, err=True)


def main() -> None:
    """The entry point; a coded error, a file or a database that fails is one line in both languages.

    The exit code is then 1, of `replay` and `verify`, which could not run, 2.
    """
    try:
        sunlit(prog_name="sunlit")
    except (SunlitError, OSError) as e:
        _told(e if isinstance(e, SunlitError) else _of_file(e))
    except Exception as e:
        if not type(e).__module__.startswith("sqlalchemy."):  # imported by those commands alone that have a database
            raise
        _told(Busy("cli.database", why=str(getattr(e, "orig", e)).strip()))


def _of_file(error: OSError) -> SunlitError:
    why = error.strerror or str(error)
    return Busy("cli.file", file=str(error.filename), why=why) if error.filename else Busy("cli.system", why=why)


def _told(error: SunlitError) -> NoReturn:
    for language in ("en", "zh"):
        say(f"sunlit: {error.code}: {sentence(error.code, error.params, language)}")
    sys.exit(2 if sys.argv[1:2] and sys.argv[1] in ("replay", "verify") else 1)
