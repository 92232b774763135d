"""The shelves of a log on an object store that really speaks S3: written once, published, checked from outside.

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… python -m tests.campaigns.buckets ENDPOINT BUCKET

The store must know conditional PUT (``If-None-Match: *``); the bucket must exist, and gets files under a new prefix.
Exits 0 when everything held.
"""

import os
import secrets
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from obstore.store import S3Store

from archive.database import engine
from archive.errors import Damaged, Missing
from archive.publishing import Publishing
from archive.report import Report
from archive.shelves import Bucket
from archive.verify.files import Memory
from archive.verify.tree import read_log
from archive.wire import get
from tests.conftest import complete
from tests.publishers import House, house, tree_of

LONG = 20 << 20
WRITERS = 16


def bucket(endpoint: str, name: str, prefix: str) -> Bucket:
    """A shelf under a prefix of its own."""
    return Bucket(
        S3Store(
            name,
            prefix=prefix,
            endpoint=endpoint,
            region=os.environ.get("AWS_REGION", "us-east-1"),
            access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
            secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            client_options={"allow_http": True},
        )
    )


def written_once(shelf: Bucket) -> None:
    """Of writers at once one wins for all; long files come in parts and by ranges; what is not there is missing."""

    def write(n: int) -> bytes:
        shelf.create([("race", b"%d" % n)])
        return b"".join(shelf.chunks("race"))

    with ThreadPoolExecutor(WRITERS) as pool:
        assert len(set(pool.map(write, range(4 * WRITERS)))) == 1
    raw = secrets.token_bytes(LONG)
    with shelf.spool() as spooled:
        spooled.write(raw)
        shelf.keep(spooled, "long")
    assert b"".join(shelf.chunks("long")) == raw and shelf.size("long") == LONG
    assert shelf.range("long", LONG - 3, 9) == raw[-3:] and shelf.range("long", LONG, 9) == b""
    assert shelf.size("none") is None
    try:
        list(shelf.chunks("none"))
        raise AssertionError("something is there")
    except Missing:
        pass
    print(f"{WRITERS} writers at once, {LONG >> 20} MiB in parts: as it should be", flush=True)


def published(public: Bucket, escrow: Bucket, top: Path) -> House:
    """Rounds of a publisher with three witnesses; another log on the same shelf is stopped."""
    for name in ("one", "other"):
        (top / name).mkdir()
        complete(engine(f"sqlite:///{top}/{name}/log.db"))
    home = house(engine(f"sqlite:///{top}/one/log.db"), top / "one")
    home.public, home.escrow = public, escrow  # type: ignore[assignment]
    publishing: Publishing = home.publishing()
    for more in (1, 255, 300, 4):
        home.act(more)
        publishing.round()
    other = house(engine(f"sqlite:///{top}/other/log.db"), top / "other")
    other.public, other.escrow = home.public, home.escrow
    other.time.passes(1)
    other.act(600)
    try:
        other.publishing().round()
        raise AssertionError("another log was published over this one")
    except Damaged as fault:
        print(f"another log on the same shelf: {fault}", flush=True)
    return home


def checked(home: House) -> None:
    """The outside check of both shelves."""
    assert home.verdict().faults == () and home.served.size == 561
    for shelf in (home.public, home.escrow):
        report = Report("served")
        read_log(Memory({path: b"".join(shelf.chunks(path)) for path in shelf.paths("")}), tree_of(shelf), report)
        assert {code for code in report.counts if code != "TILE_EXTRA"} == set(), report.text()
    print(f"{home.served.size} entries published, whole and valid from outside", flush=True)


def main(endpoint: str, name: str) -> None:
    """All of it."""
    get(endpoint, limit=1 << 20, timeout=5)  # whatever it answers: it is there
    prefix = f"sunlit-{secrets.token_hex(4)}"
    written_once(bucket(endpoint, name, f"{prefix}/shelf"))
    with tempfile.TemporaryDirectory() as folder:
        public, escrow = (bucket(endpoint, name, f"{prefix}/{kind}") for kind in ("public", "escrow"))
        checked(published(public, escrow, Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:3])
