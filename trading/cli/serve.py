"""`sunlit serve`, `sunlit work` and `sunlit settings`."""

import os
import signal
from pathlib import Path
from threading import Event

import click

from trading.cli import say
from trading.cli.listening import free_port
from trading.settings import Configuration, load, redacted


def configuration(path: Path | None) -> Configuration:
    """The settings of a file; without one those that `sunlit start` left in the working folder, else the defaults.

    Raises:
        Invalid: as `trading.settings.load`.
    """
    started = Path("sunlit-data") / "sunlit.toml"
    if path is None and started.exists():
        path = started
    return load(path, os.environ, Path.cwd())


def serve_on(settings: Configuration) -> None:
    """Serve until interrupted, and say where and for whom."""
    from trading.serving import demo_accounts, serve

    web = settings.settings.web
    free_port(web.bind, web.port)
    say(f"sunlit: http://{web.bind}:{web.port}  (Ctrl+C 停止 / stops)")
    accounts = demo_accounts(settings)
    if accounts:
        say(f"  {'login':<12} {'role':<24} password")
    for login, role, password in accounts:
        say(f"  {login:<12} {role:<24} {password}")
    serve(settings)


@click.command()
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="settings file; without it defaults")
def serve(config: Path | None) -> None:
    """Serve the platform: pages, JSON interface, actors.

    Example: sunlit serve --config /etc/sunlit.toml
    """
    serve_on(configuration(config))


@click.command()
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="settings file; without it defaults")
def work(config: Path | None) -> None:
    """Do what happens by itself: sequencer, publisher, bell, letters; for web processes whose broker is Redis.

    Example: sunlit work --config /etc/sunlit.toml
    """
    from trading import app

    given = configuration(config)
    platform = app.build(given)
    over = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with app.at_work(platform, given):
        say("sunlit: at work  (Ctrl+C 停止 / stops)")
        over.wait()
    platform.engine.dispose()


@click.command()
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="settings file; without it defaults")
def settings(config: Path | None) -> None:
    """Show every setting in force with its meaning; secrets are hidden."""
    click.echo(redacted(configuration(config)), nl=False)
