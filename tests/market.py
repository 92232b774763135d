"""A tender that takes bids, on a platform that listens on loopback: what the command line and its like are tested against.

Time is set by the test: `Hand` is the platform's clock, and nothing happens by itself; `Market.ring` is the bell.
"""

import asyncio
import atexit
import secrets
import shutil
import socket
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from archive.canonical import encode
from archive.values import DAY, HOUR, Instant, Money
from bidding.sealing import Policy, signing
from tests.conftest import complete
from trading import app, house
from trading import tender as t
from trading.calendar import at_clock
from trading.demo import cast, entry, prologue, works
from trading.demo.players import policy, policy_hex
from trading.demo.programme import Programme
from trading.desk import bell
from trading.lifecycle.drafting import policy_digest
from trading.platform import Platform
from trading.settings import Configuration, load

NAME = "BS-2026-M1"
OPENS, CLOSES = at_clock(date(2026, 9, 8), 9), at_clock(date(2026, 10, 9), 9)
BIDDING = at_clock(date(2026, 9, 28), 10)
"""When tests begin: while bids are taken, eleven days before the deadline."""

FOUNDED = at_clock(date(2026, 6, 2), 9)
"""When the units are there and no tender is."""

PASSWORD = "market-tests-2026"
SETTINGS = (
    '[site]\ndemo = true\n[log]\norigin = "market.example/log"\n[broker]\npoll_ms = 50\n[identity]\nsession_minutes = 1440\n'
)


class Hand:
    """A clock that is set by hand and never stands still: each reading is a microsecond later."""

    def __init__(self, now: Instant) -> None:
        self.now = now

    def __call__(self) -> Instant:
        self.now += 1
        return self.now


def configured(folder: Path, more: str = "") -> Configuration:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sunlit.toml").write_text(SETTINGS + more)
    return load(folder / "sunlit.toml", {}, folder)


def draft(platform: Platform, rules: str, lots: Sequence[str], envelopes: int = 1) -> t.Draft:
    estimate = Money(486_000_000)
    document = platform.keep("招标文件(演示数据)".encode(), "招标文件.txt", "text/plain", "tender-documents")
    return t.Draft(
        title="便民服务站改造工程施工(演示)",
        lots=tuple(
            t.LotSpec(
                id,
                f"施工{id}标段",
                estimate,
                "A080000",
                ceiling=Money(478_000_000),
                duration="120日历天",
                quality="合格",
                envelopes=envelopes,
            )
            for id in lots
        ),
        method=t.Method("comprehensive", encode(works.METHOD).decode(), 6000, 10000),
        documents=(document,),
        policy=rules,
        policy_hash=policy_digest(rules),
        decrypt_minutes=30,
        validity_days=90,
        consortium=False,
        qualification="建筑工程施工总承包三级及以上资质",
        objection_channel="通过本平台异议通道提交",
        platform_url=platform.url,
    )


def notice(closes: Instant = CLOSES) -> t.Notice:
    return t.Notice(
        title="便民服务站改造工程施工招标公告(演示)",
        sha256=entry.UNPRINTED,
        documents_from=OPENS + HOUR,
        documents_to=OPENS + 22 * DAY,
        deadline=closes,
        documents_how="登录本平台免费下载,无需报名",
        submit_how="使用投标工具或浏览器加密后在本平台递交",
        opening_place="本平台网上开标厅",
        principal=t.Contact(cast.BUILDER.name, cast.BUILDER.address, "张示(演示)", "0875-***0001"),
        agency=t.Contact(cast.AGENCY_WORKS.name, cast.AGENCY_WORKS.address, "李演(演示)", "0875-***0002"),
    )


def project(n: int) -> t.Project:
    return works.project("便民服务站改造工程施工(演示)", Money(486_000_000), "便民服务站主体改造", date(2026, 9, 1), n)


@dataclass
class Market:
    """A platform with its clock, its trustees' keys where it made them, and its address once it listens."""

    platform: Platform
    configuration: Configuration
    clock: Hand
    keepers: list[entry.Keeper] = field(default_factory=list)
    url: str = ""

    def found(self) -> "Market":
        """Units, roles, catalogue, the agency's contract; no experts."""
        show = Programme(self.platform, lambda _play, _said: None)
        for wish in prologue.prologue(show, 0):
            self.until(wish)
        return self

    def until(self, at: Instant) -> None:
        """Let time pass; what waits for its position gets it before, as on a platform whose sequencer is at work."""
        self.platform.ledger.integrate()
        self.clock.now = max(self.clock.now, at)

    def publish(
        self,
        rules: Policy | str | None = None,
        name: str = NAME,
        lots: Sequence[str] = ("1",),
        n: int = 1,
        envelopes: int = 1,
    ) -> "Market":
        """A tender from its registration to its notice; under a policy of three trustees, any two, if none is given."""
        platform = self.platform
        self.until(at_clock(date(2026, 9, 1), 9))
        entry.admit(platform, works.AGENCY, name, project(n), "cn-rs1-2019", "A0101")
        if rules is None:
            self.keepers = entry.trustees(platform, cast.AGENCY_WORKS)
            rules = policy(self.keepers, 2, 3)
        entry.fix(
            platform,
            works.AGENCY,
            works.OWNER,
            name,
            draft(platform, rules if isinstance(rules, str) else policy_hex(rules), lots, envelopes),
        )
        self.until(OPENS)
        entry.proclaim(platform, works.AGENCY, name, notice())
        self.until(BIDDING)
        self.platform.ledger.record_heads()
        self.show()
        return self

    def account(self, login: str, org: str, role: str = "bidder", password: str = "") -> None:
        """Somebody who can log in with the key of `account_key`, and with a password where one is given."""
        accounts = app.identity(self.platform, self.configuration)
        key = b64encode(signing.public_key(signing.ED25519, account_key(login))).decode()
        accounts.register(login, f"演示{login}", role, org=org, password=password, key=key)

    def ring(self, at: Instant | None = None) -> None:
        """Move the clock, let happen what falls due, put on record where streams end, and show it in the log."""
        if at is not None:
            self.clock.now = max(self.clock.now, at)
        while bell.rung(self.platform):
            pass
        self.platform.ledger.record_heads()
        self.show()

    def show(self) -> None:
        """Sign what is new, as the publisher does every second."""
        self.platform.ledger.integrate()
        self.platform.publishing.round()


def market(folder: Path, now: Instant = at_clock(date(2026, 6, 1), 9), more: str = "") -> Market:
    """A platform over a folder."""
    clock, configuration = Hand(now), configured(folder, more)
    platform = house.assemble(configuration, clock, secrets.token_bytes)
    complete(platform.engine)
    return Market(platform, configuration, clock)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def listening(application: Litestar) -> Iterator[str]:
    """The application on loopback, in a thread of this process; its address."""
    port, up, box = free_port(), Event(), list[Callable[[], None]]()

    async def serve() -> None:
        server = Server(application, port=port, interface=Interfaces.ASGI, log_enabled=False)
        loop = asyncio.get_running_loop()
        box.append(lambda: loop.call_soon_threadsafe(server.stop) and None)
        server.on_startup(lambda: None)
        task = loop.create_task(server.serve())
        while not _answers(port):
            await asyncio.sleep(0.02)
        up.set()
        await task

    thread = Thread(target=lambda: asyncio.run(serve()), name="market", daemon=True)
    thread.start()
    if not up.wait(20):
        raise AssertionError("the platform did not begin to listen")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        box[0]()
        thread.join(20)


def _answers(port: int) -> bool:
    with socket.socket() as s:
        s.settimeout(0.2)
        return s.connect_ex(("127.0.0.1", port)) == 0


PEOPLE = (
    *((f"bidder{n}", unit.code, "bidder") for n, unit in enumerate(cast.SUPPLIERS)),
    ("agency", cast.AGENCY_WORKS.code, "agency"),
    ("regulator", cast.REGULATOR.code, "regulator"),
    ("notary", cast.NOTARY.code, "notary"),
)
"""Login, organisation and role of everybody who has an account."""


def account_key(login: str) -> bytes:
    """The Ed25519 key of an account."""
    return sha256(f"account {login}".encode()).digest()


@cache
def founded() -> Path:
    """A folder with a platform, its units and accounts, and no tender; the folder goes with the process."""
    root = Path(tempfile.mkdtemp(prefix="sunlit-market-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    made = market(root / "platform").found()
    for login, org, role in PEOPLE:
        made.account(login, org, role, PASSWORD if login == "bidder0" else "")
    made.show()
    made.platform.engine.dispose()
    return root / "platform"


@contextmanager
def open_market(folder: Path, rules: Policy | str | None = None, lots: Sequence[str] = ("1",)) -> Iterator[Market]:
    """A tender that takes bids, listening; with accounts for `PEOPLE`."""
    with founded_market(folder) as made:
        made.publish(rules, lots=lots)
        yield made


@contextmanager
def founded_market(folder: Path) -> Iterator[Market]:
    """The same before there is a tender."""
    shutil.copytree(founded(), folder)
    with reopened_market(folder, FOUNDED) as made:
        yield made


@contextmanager
def reopened_market(folder: Path, now: Instant) -> Iterator[Market]:
    """A market over a folder that holds one, listening."""
    made = market(folder, now)
    with listening(app.web(made.platform, made.configuration, embedded=False)) as url:
        made.url = url
        yield made
    made.platform.engine.dispose()
