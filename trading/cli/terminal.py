"""What a person sees at the terminal: sentences in his language, progress with rate and time left, the time that is left.

Data goes to standard output as ``name: value``; everything here goes to standard error.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from archive.values import HOUR, Instant
from trading import words
from trading.client.web import Clock
from trading.words import Language

SOON: Instant = HOUR
RED = "red"


def language() -> Language:
    """``SUNLIT_LANG``, else English where the locale is English, else Chinese."""
    wanted = os.environ.get("SUNLIT_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if wanted.lower().startswith("en") else "zh"


def tell(zh: str, en: str, colour: str = "") -> None:
    """A sentence for the person."""
    text = zh if language() == "zh" else en
    click.echo(click.style(text, fg=colour) if colour else text, err=True)


def data(**values: object) -> None:
    """Facts for a person or a program: ``name: value``, one a line, on standard output."""
    for name, value in values.items():
        click.echo(f"{name.replace('_', '-')}: {value}")


@contextmanager
def progress(zh: str, en: str, total: int, begun: int = 0) -> Iterator[Callable[[int], None]]:
    """A bar with rate and time left; the block calls what it is given with the bytes done so far.

    On what is no terminal there is no bar, and one line at the end.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    title = zh if language() == "zh" else en
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=total, completed=begun)
        yield lambda done: bar.update(task, completed=min(done, total))
        bar.update(task, completed=total)
    if not sys.stderr.isatty():
        click.echo(f"{title}: {words.size(total)}", err=True)


def countdown(closes_at: Instant, clock: Clock, draft: bool) -> None:
    """How long until the deadline by the platform's clock, and how that differs from this machine's; red when it is near."""
    left = closes_at - clock.now()
    zh_at, en_at = words.moment(closes_at, "zh"), words.moment(closes_at, "en")
    ahead = f"{(clock.offset + 500) // 1000:+d} ± {-(-clock.error // 1000)} ms"
    if left <= 0:
        tell(f"投标截止时间 {zh_at} 已过（平台时间，与本机相差 {ahead}）。", f"The deadline, {en_at}, has passed ({ahead}).", RED)
        return
    near = left < SOON
    zh = f"距投标截止 {zh_at} 还有 {words.span(left, 'zh')}（平台时间，与本机相差 {ahead}）。"
    en = f"{words.span(left, 'en')} left until the deadline, {en_at} (the platform's clock, {ahead} from this one)."
    if draft and near:
        zh, en = f"尚未递交！{zh}", f"Not handed in yet! {en}"
    tell(zh, en, RED if near else "")


def passphrase(confirm: bool) -> str:
    """Ask for it, never shown; ``SUNLIT_PASSPHRASE`` answers where there is nobody to ask."""
    given = os.environ.get("SUNLIT_PASSPHRASE")
    if given is not None:
        return given
    prompt = "密钥口令" if language() == "zh" else "Passphrase of the key"
    asked: str = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    return asked


def password(login: str) -> str:
    """Likewise for an account; ``SUNLIT_PASSWORD``."""
    given = os.environ.get("SUNLIT_PASSWORD")
    if given is not None:
        return given
    prompt = f"{login} 的密码" if language() == "zh" else f"Password of {login}"
    asked: str = click.prompt(prompt, hide_input=True, err=True)
    return asked
