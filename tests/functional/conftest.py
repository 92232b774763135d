"""Two moments of one tender, played once by the desks: while bids are taken, and after the contract.

Every test gets a folder of its own with a copy of one of them, an application over it, and a clock that stands
where the test puts it.  Nothing is mocked; the broker's workers are not started.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from archive.values import MINUTE, SECOND, Instant
from tests.conftest import complete
from trading import app, house
from trading.calendar import at_clock
from trading.demo import cast, prologue, works
from trading.demo.programme import Programme
from trading.demo.stage import Stage
from trading.desk import bell
from trading.platform import Platform
from trading.settings import Configuration, load
from trading.web.replays import Replays

OPEN_FROM = at_clock(date(2026, 9, 28), 0)
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


def configured(folder: Path) -> Configuration:
    (folder / "sunlit.toml").write_text(SETTINGS)
    return load(folder / "sunlit.toml", {}, folder)


@dataclass
class World:
    """Folders that hold the tender while bids are taken, and after its end."""

    open: Path
    done: Path


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("world")
    live, kept = root / "live", root / "open"
    live.mkdir()
    configuration = configured(live)
    stage = Stage(at_clock(date(2026, 5, 31), 9))
    platform = house.assemble(configuration, stage.clock, secrets.token_bytes)
    complete(platform.engine)  # other tests declare traced tables of their own, which a replay looks for
    register(platform, configuration)

    def ring(until: Instant) -> Instant | None:
        if until >= OPEN_FROM and not kept.exists():
            platform.ledger.checkpoint()
            shutil.copytree(live, kept)
        bell.rung(platform)
        return bell.upcoming(platform, until)

    show = Programme(platform, lambda _play, _said: None)
    stage.play([prologue.prologue(show), works.play(show)], ring)
    platform.ledger.checkpoint()
    platform.engine.dispose()
    return World(kept, live)


def register(platform: Platform, configuration: Configuration) -> None:
    accounts = app.identity(platform, configuration)
    for login, role, org in ACCOUNTS:
        accounts.register(login, f"演示{login}", role, org=org, password=PASSWORD, demo=True)


class Moment:
    """A clock that stands still, or is moved by the test."""

    def __init__(self, now: Instant) -> None:
        self.now = now

    def __call__(self) -> Instant:
        self.now += 1
        return self.now


@dataclass
class House:
    """A platform, its application, and a client that nobody is logged in with."""

    platform: Platform
    application: Litestar
    client: TestClient[Litestar]
    clock: Moment

    @property
    def runs(self) -> Replays:
        """The replays of this application."""
        runs: Replays = self.application.state["runs"]
        return runs

    def login(self, login: str) -> dict[str, str]:
        """The header of a fresh session."""
        answer = self.client.post("/api/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}


def opened(folder: Path, now: Instant) -> Iterator[House]:
    configuration = configured(folder)
    clock = Moment(now)
    platform = app.build(configuration, clock)
    made = app.web(platform, configuration, embedded=False)
    with TestClient(made, base_url="http://sunlit.local") as client:
        yield House(platform, made, client, clock)
    platform.engine.dispose()


@pytest.fixture
def bidding(world: World, tmp_path: Path) -> Iterator[House]:
    """While bids are taken, ten days before the deadline."""
    shutil.copytree(world.open, tmp_path / "copy")
    yield from opened(tmp_path / "copy", OPEN_FROM + 30 * MINUTE)


@pytest.fixture
def finished(world: World, tmp_path: Path) -> Iterator[House]:
    """After the tender's end."""
    shutil.copytree(world.done, tmp_path / "copy")
    yield from opened(tmp_path / "copy", at_clock(date(2027, 6, 1), 9))


@pytest.fixture(scope="module")
def reading(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """After the tender's end, shared by tests of one module that change nothing."""
    folder = tmp_path_factory.mktemp("reading") / "copy"
    shutil.copytree(world.done, folder)
    yield from opened(folder, at_clock(date(2027, 6, 1), 9))


@pytest.fixture(scope="module")
def before(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """While bids are taken, shared by tests of one module that change nothing."""
    folder = tmp_path_factory.mktemp("before") / "copy"
    shutil.copytree(world.open, folder)
    yield from opened(folder, OPEN_FROM + 30 * MINUTE)


@pytest.fixture(scope="module")
def scratch(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """While bids are taken; shared by tests of one module whose traces do not matter to each other."""
    folder = tmp_path_factory.mktemp("scratch") / "copy"
    shutil.copytree(world.open, folder)
    yield from opened(folder, OPEN_FROM + 30 * MINUTE)


__all__ = ["LOT", "MINUTE", "SECOND", "TENDER", "Callable", "House", "World"]
