"""A shelf behind a plain web server: partial tiles of every size that was signed, gone or not, over HTTP (C2SP tlog-tiles)."""

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from archive.database import engine
from archive.errors import Missing
from archive.merkle import check_consistency, check_inclusion, leaf_hash
from archive.mirror import Mirror
from archive.policy import parse_policy
from archive.served import Served, at, folder, tree_of
from archive.shelves import Folder
from archive.tileformat import MAX_BUNDLE, parse_bundle, tile_path
from tests.publishers import House, house, read
from tests.till import TILL

SIZES = (1, 5, 45, 255, 256, 300, 513)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and writes nothing down."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> House:
    """A log that was published at each of the sizes."""
    top = tmp_path_factory.mktemp("grown")
    shutil.copy(sqlite_template, top / "log.db")
    home = house(engine(f"sqlite:///{top}/log.db"), top, count=0)
    publishing = home.publishing()
    for size in SIZES:
        home.act(size - (home.served.size or 1))
        publishing.round()
        home.public.replace(f"checkpoints/{size}", read(home.public, "checkpoint"))
        assert home.served.size == size
    home.ledger.engine.dispose()
    return home


@pytest.fixture
def shelf(grown: House, tmp_path: Path) -> Path:
    """A copy of its public shelf."""
    return shutil.copytree(grown.public.root, tmp_path / "shelf")


@pytest.fixture
def url(shelf: Path) -> Iterator[str]:
    """Where that is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(shelf)))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def proves_all(home: House, url: str) -> None:
    """Every size extends every earlier one, and the first and the last entry of each are in it."""
    trees = [tree_of(read(home.public, f"checkpoints/{size}")) for size in SIZES]
    reading = at(url)
    bundles = [parse_bundle(reading(tile_path("entries", n, min(256, 513 - 256 * n)), MAX_BUNDLE) or b"") for n in range(3)]
    for new in trees:
        for old in trees:
            if old.size <= new.size:
                proof = Served(reading).consistency(old.size, new.size)
                assert check_consistency(old.size, new.size, old.root, new.root, proof), (old.size, new.size)
        for index in {0, new.size - 1}:
            leaf = leaf_hash(bundles[index // 256][index % 256])
            assert check_inclusion(index, new.size, leaf, new.root, Served(reading).inclusion(index, new.size))


def test_partial_tiles_of_every_size_that_was_signed_are_served(grown: House, shelf: Path, url: str) -> None:
    for size in SIZES:
        if size % 256:
            assert (shelf / tile_path(0, size // 256, size % 256)).stat().st_size == size % 256 * 32
    proves_all(grown, url)


def test_where_a_superseded_partial_tile_is_gone_the_full_one_serves(grown: House, shelf: Path, url: str, tmp_path: Path) -> None:
    gone = [path for kind in ("0", "entries") for n in ("000", "001") for path in (shelf / "tile" / kind).glob(f"{n}.p/*")]
    for path in gone:
        path.unlink()
    assert len(gone) == 10, "tiles and bundles of five sizes"
    proves_all(grown, url)
    policy = b"".join(f"log {key.text}\n".encode() for key in grown.ledger.notary.keys) + b"quorum none\n"
    mirror = Mirror(Folder(tmp_path / "mirror"), at(url), folder(grown.escrow.root), parse_policy(policy), {"till": TILL})
    assert mirror.turn().text() == "" and mirror.tree.size == SIZES[-1]
    mirror.close()


@pytest.mark.parametrize("what", ["gone", "shorter than its name says", "longer"])
def test_a_tile_that_is_not_what_it_must_be_proves_nothing(grown: House, shelf: Path, url: str, what: str) -> None:
    path = shelf / tile_path(0, 2, 1)
    raw = path.read_bytes()
    path.unlink()
    if what != "gone":
        path.write_bytes(raw[:-1] if what.startswith("shorter") else b"\x00" + raw)
    tree = tree_of(read(grown.public, "checkpoint"))
    if what == "longer":
        first = parse_bundle(at(url)(tile_path("entries", 0), MAX_BUNDLE) or b"")[0]
        assert not check_inclusion(0, 513, leaf_hash(first), tree.root, Served(at(url)).inclusion(0, 513))
        return
    with pytest.raises(Missing, match=r"served\.none"):
        Served(at(url)).inclusion(0, 513)
