"""`sunlit start` and `sunlit demo`: the demonstration, with what it does said while it does it."""

import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from archive.errors import Invalid
from trading import house, settings
from trading.app import system_clock
from trading.cli import say
from trading.cli.listening import free_port
from trading.demo import run, visitors
from trading.demo.stage import Stage
from trading.intake import take
from trading.intake.file import MAX_BYTES
from trading.settings import Configuration, Log, Settings, Site

SETTINGS = "sunlit.toml"
MARK = ".sunlit-demo"
"""The file that says a folder was made by the demonstration and may be made anew."""

SITE = Site(operator_zh="保山市公共资源交易中心（演示）", operator_en="Baoshan Public Resource Trading Centre (demo)", demo=True)


class Folder(click.ParamType[Path]):
    """A folder that was named: an empty word is a variable that was not set, and not the folder one stands in."""

    name = "directory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Its path.

        Raises:
            Invalid: ``demo.unnamed``.
        """
        if not str(value):
            raise Invalid("demo.unnamed", option=param.opts[0] if param else "")
        return Path(value)


def _fresh(folder: Path) -> None:
    """An empty folder of the demonstration's own.

    Raises:
        Invalid: ``demo.folder`` for one that holds something else.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / MARK).is_file():
            raise Invalid("demo.folder", folder=str(folder))
        for old in folder.iterdir():
            old.unlink() if old.is_symlink() or old.is_file() else shutil.rmtree(old)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by sunlit demo; it may be deleted\n", "utf-8")


def configured(folder: Path) -> Configuration:
    """Settings of the embedded platform over a folder of the demonstration."""
    made = Settings(data="platform", site=SITE, log=Log(origin="demo.sunlit.example/log"))
    return Configuration(made, folder, settings.load(None, os.environ, folder).secrets)


def _settle(configuration: Configuration) -> None:
    """Leave the settings in the folder, so that ``--config`` finds the same platform again."""
    (configuration.home / SETTINGS).write_text(settings.redacted(configuration), "utf-8")


@click.command()
@click.option("--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="an OCDS file to play")
@click.option("--out", default="demo-out", type=Folder(), help="where papers and evidence go")
def demo(source: Path | None, out: Path) -> None:
    """Play whole tenders on a controllable clock, replay them, and exit.

    Without --input two fictional tenders with their incidents; with it every OCDS release that holds bids.
    """
    plans = None
    if source is not None:
        with source.open("rb") as file:
            read = take(file.read(MAX_BYTES + 1))
        for line in run.answered(read, "zh"):
            click.echo(line)
        plans = run.plans_of(read)
        if not plans:
            say("sunlit: 文件中没有可以演示的招标项目 / no tender in the file can be played; the lines above say why")
            sys.exit(1)
    _fresh(out)
    stage = Stage(run.opens(plans) if plans is not None else run.OPENS)
    configuration = configured(out)
    _settle(configuration)
    platform = house.assemble(configuration, stage.clock, secrets.token_bytes)
    done = run.perform(platform, stage, plans, say)
    pack, papers = run.leave(platform, done, out)
    for line in run.summary(platform, done):
        click.echo(line)
    click.echo(f"PDF {papers} 份：{out / 'papers'}")
    click.echo(f"回执 {len(done.show.receipts)} 份：{out / 'receipts'}")
    click.echo(f"证据包：{pack} （核验：sunlit verify {pack}）")
    sys.exit(0 if done.replay.clean and not done.show.stopped else 1)


@click.command()
@click.option("--data", default="sunlit-data", type=Folder(), help="folder of the platform")
@click.option("--port", default=8350, type=click.IntRange(0, 65535), help="port on 127.0.0.1; 0 is any that is free")
@click.option("--again", is_flag=True, help="play the demonstration anew")
def start(data: Path, port: int, again: bool) -> None:
    """Play the demonstration if this folder has none, then serve with demo accounts."""
    from trading.cli.serve import serve_on

    configuration = configured(data)
    web = configuration.settings.web
    web = msgspec.structs.replace(web, port=free_port(web.bind, port))
    configuration = msgspec.structs.replace(configuration, settings=msgspec.structs.replace(configuration.settings, web=web))
    if again or not (data / "summary.txt").exists():
        _fresh(data)
        _settle(configuration)
        stage = Stage(run.OPENS)
        platform = house.assemble(configuration, stage.clock, secrets.token_bytes)
        done = run.perform(platform, stage, None, say)
        pack, _ = run.leave(platform, done, data)
        lines = [*run.summary(platform, done), f"PDF: {data / 'papers'}", f"证据包：{pack}"]
        platform.engine.dispose()
        now = house.assemble(configuration, system_clock, secrets.token_bytes)
        lines.append(visitors.publish(now, data / "trustees-demo"))
        now.engine.dispose()
        (data / "summary.txt").write_text("\n".join(lines) + "\n", "utf-8")
    say((data / "summary.txt").read_text("utf-8").rstrip())
    serve_on(configuration)
