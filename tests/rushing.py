"""A rush at a deadline: several web processes over one PostgreSQL, many bidders in the last seconds, processes that die.

``python -m tests.rushing FOLDER PORT`` is one web process with its own sequencer, publisher and bell, whose clock is the
machine's and the `Shift` that lies in the folder; `rush` starts them, sends the bidders, and says what came of it.
"""

import asyncio
import mmap
import random
import secrets
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from archive.errors import Busy, Refused, SunlitError
from archive.ledger.export import own_policy
from archive.values import HOUR, SECOND, Instant, instant
from bidding import tool
from bidding.box import Box
from bidding.sealing import envelope_id, signing
from bidding.tool import Fresh, Identity, Place
from tests.market import BIDDING, CLOSES, NAME, Market, account_key, free_port, market
from trading import app
from trading.client import receipts
from trading.client.record import Pinned
from trading.client.web import Place as At
from trading.client.web import Web, lot_path, own_clock
from trading.desk import facts, opening
from trading.settings import load

LOT = "1"
ROOT = Path(__file__).resolve().parents[1]


class Shift:
    """How far the clocks of a folder's processes are ahead of the machine's, microseconds; one writes, all read it at once.

    However long they take to start and log in, the rush begins when everybody is there.
    """

    def __init__(self, folder: Path, ahead: Instant | None = None) -> None:
        path = folder / "shift"
        if ahead is not None:
            path.write_bytes(ahead.to_bytes(8, "little", signed=True))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    @property
    def ahead(self) -> Instant:
        """As it stands."""
        return int.from_bytes(self._shared[:], "little", signed=True)

    def to(self, now: Instant) -> Instant:
        """Make it that instant now; how far ahead that is."""
        self._shared[:] = (now - own_clock()).to_bytes(8, "little", signed=True)
        return self.ahead


@dataclass
class Contender:
    """One bidder with a sealed bid whose ciphertext is there already, and when it means to hand it in."""

    n: int
    at: Instant
    message: bytes
    envelope: bytes
    token: str = ""
    key: str = ""
    receipt: bytes = b""
    refused: str = ""
    tries: int = 0
    seconds: float = 0.0


@dataclass
class Report:
    """What came of a rush; latencies in seconds, of the answers that counted."""

    bidders: int
    received: int
    late: int
    missed: int
    conflicts: int
    listed: int
    closed_after: float
    killed: int
    latencies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def at(self, share: float) -> float:
        """A quantile of the latencies."""
        found = sorted(self.latencies)
        return found[min(len(found) - 1, int(share * len(found)))] if found else 0.0


def prepare(made: Market, bidders: int) -> list[Contender]:
    """So many bids, sealed, their ciphertext uploaded; accounts for all."""
    platform = made.platform
    rules = opening.policy_of(platform, NAME, LOT)
    place, people = Place(NAME, LOT), []
    for n in range(bidders):
        login, code = f"rush{n}", f"9153050{n:011d}"
        made.account(login, code)
        who = Identity(code, secrets.token_bytes(32))
        sinks = [BytesIO(), BytesIO()]
        fresh = Fresh(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32))
        raw = tool.seal_bid(rules, place, who, fresh, {"bidder_name": f"演示{n}", "price": str(450_000_000 + n)}, [], sinks)
        for sink in sinks:
            upload = platform.uploads.create(login, len(sink.getvalue()), BIDDING)
            platform.uploads.append(upload.id, login, 0, [sink.getvalue()], BIDDING)
        people.append(Contender(n, 0, tool.submission(who, place, [raw], 1, b"", own_clock() // 1000), raw))
    return people


def serve(folder: Path, port: int) -> None:
    """One web process until it is ended."""
    configuration, shift = load(folder / "sunlit.toml", {}, folder), Shift(folder)
    platform = app.build(configuration, lambda: own_clock() + shift.ahead)
    server = Server(app.web(platform, configuration), port=port, interface=Interfaces.ASGI, log_enabled=False, backlog=1024)
    asyncio.run(server.serve())


@contextmanager
def processes(folder: Path, n: int, now: Instant) -> Iterator[tuple[list[tuple[str, subprocess.Popen[bytes]]], Shift]]:
    """So many web processes whose time begins at ``now``, answering; those that are left are ended."""
    running, shift = [], Shift(folder, now - own_clock())
    for _ in range(n):
        port = free_port()
        command = [sys.executable, "-m", "tests.rushing", str(folder), str(port)]
        running.append((f"http://127.0.0.1:{port}", subprocess.Popen(command, cwd=ROOT)))
    try:
        for url, process in running:
            wait_for(url, process)
        yield running, shift
    finally:
        for _, process in running:
            process.terminate()
        for _, process in running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until a web process answers."""
    for _ in range(1800):
        if process.poll() is not None:
            raise AssertionError("a web process ended before the rush")
        try:
            web = Web(url, seconds=5)
            web.get("/api/time")
            web.close()
        except SunlitError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("a web process does not answer")


def log_in(url: str, who: Contender) -> None:
    """A session, by the account's key."""
    web, login = Web(url), f"rush{who.n}"
    asked = web.post("/api/session/challenges", {"login": login}).json()
    signature = signing.sign(signing.ED25519, account_key(login), str(asked["text"]).encode())
    who.token = str(
        web.post("/api/session", {"nonce": asked["nonce"], "signature": b64encode(signature).decode()}).json()["token"]
    )
    who.key = secrets.token_hex(16)
    web.close()


def hand_in(urls: Sequence[str], who: Contender, offset: Instant, turn: "count[int]") -> None:
    """Hand in at its time; where no answer comes, again under the same key, elsewhere."""
    time.sleep(max(0.0, (who.at - offset - own_clock()) / 1e6))
    body = {"submission": b64encode(who.message).decode(), "envelopes": [b64encode(who.envelope).decode()]}
    path, began = f"{lot_path(At('', NAME, LOT))}/bids", time.monotonic()
    while not who.receipt and not who.refused and who.tries < 60:
        who.tries += 1
        web = Web(urls[next(turn) % len(urls)], who.token, seconds=30)
        try:
            who.receipt = str(web.post(path, body, {"Idempotency-Key": who.key}).json()["receipt"]).encode()
        except Refused as no:
            who.refused = no.code
        except Busy:
            time.sleep(0.2)
        except SunlitError as fault:
            who.refused = fault.code
        finally:
            web.close()
    who.seconds = time.monotonic() - began


def rush(made: Market, people: Sequence[Contender], *, window: float, n: int, kill: int, tail: float = 0.25) -> Report:
    """Let them come in the last ``window`` seconds; ``kill`` processes die with SIGKILL in the middle.

    A quarter (``tail``) come in the last tenth of the window.  The last means to be there 0.3 s before the deadline.
    """
    with processes(made.configuration.home, n, CLOSES - HOUR) as (running, shift):
        urls = [url for url, _ in running]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda who: log_in(urls[who.n % n], who), people))
        draw = random.Random(7)
        first, last = CLOSES - int(window * SECOND), CLOSES - 300_000
        for who in people:
            near = draw.random() < tail
            who.at = draw.randrange(last - (last - first) // 10, last) if near else draw.randrange(first, last)
        turn, offset = count(), shift.to(first - SECOND)
        with ThreadPoolExecutor(min(len(people), 128)) as pool:
            waiting = [pool.submit(hand_in, urls, who, offset, turn) for who in sorted(people, key=lambda w: w.at)]
            time.sleep(max(0.0, (CLOSES - int(window / 2 * SECOND) - offset - own_clock()) / 1e6))
            for _, process in running[:kill]:
                process.kill()
            for each in waiting:
                each.result()
        closed_after = _closing(made, offset)
        return _report(made, people, kill, closed_after)


def _closing(made: Market, offset: Instant) -> float:
    """Wait until the bell of a web process has closed the box; seconds after the deadline."""
    for _ in range(600):
        box = made.platform.ledger.state(facts.box(NAME, LOT))
        assert isinstance(box, Box)
        if box.phase not in ("none", "accepting"):
            return (own_clock() + offset - CLOSES) / SECOND
        time.sleep(0.1)
    raise AssertionError("the box was not closed within a minute")


def _report(made: Market, people: Sequence[Contender], kill: int, closed_after: float) -> Report:
    box = made.platform.ledger.state(facts.box(NAME, LOT))
    assert isinstance(box, Box)
    listed = {bid.envelopes[0] for bid in box.listed}
    pinned, faults = Pinned(own_policy(made.platform.ledger.notary.keys)), []
    for who in people:
        id = envelope_id(who.envelope).hex()
        if who.receipt:
            shown = receipts.of(who.receipt, pinned, who.message, (who.envelope,))
            if id not in listed:
                faults.append(f"{who.n}: a receipt, and not on the list")
            if instant(shown.arrived) >= CLOSES:
                faults.append(f"{who.n}: arrived late and received")
        elif id in listed:
            faults.append(f"{who.n}: on the list without a receipt")
        elif who.refused != "bid.late":
            faults.append(f"{who.n}: {who.refused or 'no answer'}")
    codes = [who.refused for who in people]
    return Report(
        bidders=len(people),
        received=sum(bool(who.receipt) for who in people),
        late=codes.count("bid.late"),
        missed=codes.count("bid.missed"),
        conflicts=sum(code.startswith("ledger.") or code == "desk.moved" for code in codes),
        listed=len(listed),
        closed_after=closed_after,
        killed=kill,
        latencies=[who.seconds for who in people if who.receipt],
        faults=faults,
    )


def rushed(folder: Path, database: str, bidders: int, *, window: float, n: int, kill: int) -> Report:
    """A whole rush over a fresh database."""
    made = market(folder, more=f'[database]\nurl = "{database}"\n').found().publish()
    report = rush(made, prepare(made, bidders), window=window, n=n, kill=kill)
    made.platform.engine.dispose()
    return report


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
