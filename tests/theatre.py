"""One tender, played once by the desks for every test that looks at pages: while bids are taken, and after the contract."""

import atexit
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher

from archive.values import MINUTE, Instant
from tests.conftest import complete
from trading import house
from trading.calendar import at_clock
from trading.demo import cast, prologue, works
from trading.demo.players import Keeper
from trading.demo.programme import Programme
from trading.demo.stage import Stage
from trading.desk import bell
from trading.identity import Identity
from trading.platform import Platform
from trading.settings import Configuration, load

OPEN_FROM = at_clock(date(2026, 9, 28), 0)
OPENING = at_clock(date(2026, 10, 9), 9) + 5 * MINUTE
"""Five minutes after the deadline: the envelopes are listed and nobody has decrypted."""
SHOWN_FROM = at_clock(date(2026, 10, 12), 10)
TENDER, LOT = works.NAME, works.LOT
PASSWORD = "functional-tests-2026"
ACCOUNTS = (
    ("bidder", "bidder", cast.SUPPLIERS[2].code),
    ("other", "bidder", cast.SUPPLIERS[3].code),
    ("third", "bidder", cast.SUPPLIERS[4].code),
    ("agency", "agency", cast.AGENCY_WORKS.code),
    ("owner", "tenderer", cast.BUILDER.code),
    ("regulator", "regulator", cast.REGULATOR.code),
    ("centre", "centre", cast.CENTRE.code),
)
SETTINGS = '[site]\ndemo = true\n[log]\norigin = "functional.example/log"\n'


def configured(folder: Path, log: str = "") -> Configuration:
    """The settings of all moments; ``log`` are more lines of the slice of that name."""
    (folder / "sunlit.toml").write_text(SETTINGS + log)
    return load(folder / "sunlit.toml", {}, folder)


@dataclass(frozen=True)
class World:
    """Folders that hold the tender while bids are taken, opened, while its candidates are on display, and after its end."""

    open: Path
    opening: Path
    shown: Path
    done: Path
    keepers: tuple[Keeper, ...]


@cache
def played() -> World:
    """Play it; the folders go with the process."""
    root = Path(tempfile.mkdtemp(prefix="sunlit-world-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    live, moments = root / "live", {root / "open": OPEN_FROM, root / "opening": OPENING, root / "shown": SHOWN_FROM}
    live.mkdir()
    configuration = configured(live)
    stage = Stage(at_clock(date(2026, 5, 31), 9))
    platform = house.assemble(configuration, stage.clock, secrets.token_bytes)
    complete(platform.engine)  # other tests declare traced tables of their own, which a replay looks for
    register(platform, configuration)

    def ring(until: Instant) -> Instant | None:
        for kept, since in moments.items():
            if until >= since and not kept.exists():
                platform.publishing.round()
                shutil.copytree(live, kept)
        bell.rung(platform)
        return bell.upcoming(platform, until)

    show = Programme(platform, lambda _play, _said: None)
    stage.play([prologue.prologue(show), works.play(show)], ring)
    platform.publishing.round()
    platform.engine.dispose()
    return World(*moments, live, show.keepers)


def register(
    platform: Platform, configuration: Configuration, people: tuple[tuple[str, str, str], ...] = ACCOUNTS
) -> dict[str, str]:
    """The accounts, and their ids by login; what a password costs stands in its hash, and these are to cost tests little."""
    limits, origin = configuration.settings.identity, configuration.settings.log.origin
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Identity(platform.engine, limits, platform.clock, platform.random, lambda *_: False, origin, cheap)
    return {
        login: accounts.register(login, f"演示{login}", role, org=org, password=PASSWORD, demo=True).id
        for login, role, org in people
    }
