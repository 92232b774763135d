"""The composition root of the running platform: pages, interface and actors around what `trading.house` assembles."""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Event

from litestar import Litestar

from archive import outbox
from archive.ledger.sequencer import Sequencer
from archive.outbox import Due
from archive.values import DAY, Instant
from archive.vkeys import ED25519, Key
from bidding import box, sealed
from experts import evaluation, expert, panel
from experts import pool as pools
from trading import access, catalogue, glass, house, lifecycle, parties
from trading.actors import Staff
from trading.calling.carriers import Console, Contact, Mail
from trading.calling.contacts import contact
from trading.desk import audit, bell, calls, committee, contacts, outages, people, pool
from trading.ends import Ends
from trading.identity import Identity
from trading.packs import Packs
from trading.platform import Platform
from trading.runs import Replays
from trading.settings import Configuration
from trading.web import log
from trading.web.pages import Pages
from trading.web.record import SessionRecord
from trading.web.shell import application
from trading.web.site import Site

ROOT = Path(__file__).resolve().parent.parent
MONTH: Instant = 30 * DAY
TIDY_SECONDS = 3600.0
HEADS_SECONDS = 60.0


def system_clock() -> Instant:
    """The machine's clock, in microseconds UTC."""
    return time.time_ns() // 1000


def steady_clock() -> Instant:
    """Microseconds of a clock that nobody sets, from any beginning."""
    return time.monotonic_ns() // 1000


def build(
    configuration: Configuration,
    clock: Callable[[], Instant] = system_clock,
    random: Callable[[int], bytes] = secrets.token_bytes,
    *,
    begin: bool = True,
) -> Platform:
    """The platform over its data folder, ready for the desks; without ``begin`` an empty log stays so, to be recovered."""
    return house.assemble(configuration, clock, random, begin=begin)


def identity(platform: Platform, configuration: Configuration) -> Identity:
    """The accounts of a platform."""

    def proves(key: bytes, signature: bytes, message: bytes) -> bool:
        return Key("account", ED25519, key).verifies(signature, message)

    limits = configuration.settings.identity
    return Identity(platform.engine, limits, platform.clock, platform.random, proves, configuration.settings.log.origin)


def site(platform: Platform, configuration: Configuration) -> Site:
    """The edge's side of a platform."""
    folders = assets()
    return Site(
        configuration=configuration,
        platform=platform,
        identity=identity(platform, configuration),
        pages=Pages(configuration.settings.site, folders),
        law=law(),
        record=SessionRecord(platform),
        ends=Ends(platform),
    )


def assets() -> dict[str, Path]:
    """Folders of static files that belong to other floors, by name under ``/assets``."""
    return {"bidding": ROOT / "bidding" / "browser", "full": ROOT / "archive" / "fonts"}


def law() -> Mapping[str, str]:
    """The article behind every refusal code of every kind of stream."""
    kinds = (access, box, catalogue, contacts, evaluation, expert, glass, lifecycle, panel, parties, people, pools, sealed)
    return {code: article for kind in kinds for code, article in kind.LAW.items()}


def staff(platform: Platform, configuration: Configuration) -> Staff:
    """The actors of a platform: relay, workers, bell, and who takes calls to experts."""
    calling = configuration.settings.calling
    carriers = {c.name: c for c in (Console(), Mail(calling, configuration.secret("smtp_password")))}
    addresses = configuration.home / calling.contacts if calling.contacts else None

    def reach(id: str) -> Contact:
        found = contact(addresses, id)
        return found if found.mail or found.phone else people.reach(platform, id)

    def call(letter: dict[str, str | int]) -> None:
        calls.deliver(platform, carriers, reach, lambda cat: pool.title(platform, cat), letter)

    heads = Heads(platform)

    def ring(due: Due) -> None:
        bell.ring(platform, due, calling.channel)
        if not due.stream.startswith("panel/"):
            heads.limit()
            platform.publishing.retain()  # a legal limit has passed: its checkpoint is kept for good

    turns = {
        "tidying": (lambda: tidy(platform), TIDY_SECONDS),
        "heads": (heads.turn, HEADS_SECONDS),
        "probe": (outages.Probe(platform, steady_clock).turn, outages.PROBE_SECONDS),
    }
    return Staff(platform.engine, platform.clock, configuration, {committee.LETTER: call}, ring, turns)


class Heads:
    """Where every stream ends, on record once a day and at the first turn after a legal limit (trace-log 5.6)."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._passed = Event()

    def limit(self) -> None:
        """A legal limit has passed."""
        self._passed.set()

    def turn(self) -> None:
        """Record the heads if it is time; what passes meanwhile is for the next turn."""
        passed = self._passed.is_set()
        self._passed.clear()
        if passed or self._platform.clock() - self._platform.ledger.heads_at() >= DAY:
            self._platform.ledger.record_heads()


def tidy(platform: Platform) -> None:
    """Drop letters that were done a month ago, and uploads that nobody went on with or handed in."""
    now = platform.clock()
    outbox.sweep(platform.engine, now - MONTH)
    platform.uploads.sweep(now)


@contextmanager
def at_work(platform: Platform, configuration: Configuration) -> Iterator[None]:
    """Sequencer, publisher and actors at work for as long as the block lasts."""
    sequencer = Sequencer(platform.ledger, configuration.settings.log.tick_ms / 1000).start()
    platform.publishing.start()
    try:
        with staff(platform, configuration).working():
            yield
    finally:
        platform.publishing.stop()
        sequencer.stop()


def web(platform: Platform, configuration: Configuration, *, embedded: bool = True) -> Litestar:
    """The application; with ``embedded`` sequencer and actors work inside it for as long as it is up."""

    @asynccontextmanager
    async def on_the_roll(_app: Litestar) -> AsyncIterator[None]:
        with platform.arrivals.attending():
            yield

    @asynccontextmanager
    async def working(_app: Litestar) -> AsyncIterator[None]:
        with at_work(platform, configuration):
            yield

    runs = Replays(
        platform.engine, platform.clock, lambda: audit.replay(platform), lambda report: audit.printed(platform, report)
    )
    edge = site(platform, configuration)
    packs = Packs(platform, configuration.data / "packs", lambda: log.newest(edge), lambda: log.policy(edge).encode())
    return application(edge, runs, packs, assets(), [on_the_roll, working] if embedded else [on_the_roll])
