"""Every test gets a folder of its own with a copy of one of the theatre's moments, an application over it, and a clock
that stands where the test puts it.  Nothing is mocked; the broker's workers are not started.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from archive.values import MINUTE, Instant
from tests.theatre import LOT, OPEN_FROM, PASSWORD, SHOWN_FROM, TENDER, World, configured, played
from trading import app
from trading.calendar import at_clock
from trading.platform import Platform
from trading.runs import Replays

__all__ = ["LOT", "PASSWORD", "TENDER", "House"]


@pytest.fixture(scope="session")
def world() -> World:
    """The two moments."""
    return played()


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


def opened(folder: Path, now: Instant, log: str = "") -> Iterator[House]:
    configuration = configured(folder, log)
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
def shown(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """While the candidates are on display, shared by tests of one module that look at what one play did from there."""
    folder = tmp_path_factory.mktemp("shown") / "copy"
    shutil.copytree(world.shown, folder)
    yield from opened(folder, SHOWN_FROM)


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
