"""What mirrors and monitors fetch from the platform: blobs and tokens of the public log, and everything for escrow."""

import shutil
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import insert, text

from archive import database
from archive.database import anchor_table
from archive.tileformat import body_path
from tests.functional.conftest import House, Moment
from tests.theatre import World, configured
from trading import app
from trading.calendar import at_clock
from trading.settings import Secret

TOKEN = {"Authorization": "Bearer let me in"}


@pytest.fixture(scope="module")
def served(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """After the tender's end, published, with a token for escrow."""
    folder: Path = tmp_path_factory.mktemp("served") / "copy"
    shutil.copytree(world.done, folder)
    given = configured(folder)
    configuration = msgspec.structs.replace(given, secrets={**given.secrets, "escrow_token": Secret("let me in")})
    clock = Moment(at_clock(date(2027, 6, 1), 9))
    platform = app.build(configuration, clock)
    platform.publishing.round()
    made = app.web(platform, configuration, embedded=False)
    with TestClient(made, base_url="http://sunlit.local") as client:
        yield House(platform, made, client, clock)
    platform.engine.dispose()


def rows(house: House, query: str) -> list[tuple[object, ...]]:
    with database.reading(house.platform.engine) as db:
        return [tuple(row) for row in db.execute(text(query))]


def test_a_blob_that_a_disclosed_entry_names_is_served(served: House) -> None:
    ((name,), *_) = rows(served, "SELECT sha256 FROM trace_blob b JOIN trace_disclosed d ON d.eid = b.eid")
    answer = served.client.get(f"/log/blob/{str(name)[:2]}/{name}")
    assert sha256(answer.content).hexdigest() == name
    assert "immutable" in answer.headers["cache-control"]
    assert served.client.get(f"/log/blob/00/{name}").status_code == 404


def test_a_blob_that_no_disclosed_entry_names_is_not(served: House) -> None:
    stored = served.platform.vault.put_bytes(b"somebody's draft")
    assert served.client.get(f"/log/blob/{stored.sha256[:2]}/{stored.sha256}").status_code == 404
    assert served.client.get(f"/log/blob/{'0' * 2}/{'0' * 64}").status_code == 404


def test_a_time_stamp_token_is_served(served: House) -> None:
    size = served.platform.publishing.standing().published
    with served.platform.engine.begin() as db:
        db.execute(insert(anchor_table).values(size=size, kind="tsa.example", token=b"a token"))
    assert served.client.get(f"/log/anchor/{size}/tsa.example.tsr").content == b"a token"
    for path in (f"{size}/other.tsr", f"{size}/tsa.example", f"{size + 1}/tsa.example.tsr"):
        assert served.client.get(f"/log/anchor/{path}").status_code == 404


def test_a_checkpoint_that_is_not_published_is_not_served(served: House) -> None:
    size = served.platform.publishing.standing().published
    assert served.client.get(f"/log/checkpoints/{size}").status_code == 200
    assert served.client.get(f"/log/checkpoints/{size + 1}").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer let me"}, {"Authorization": "let me in"}])
def test_escrow_is_not_there_for_anybody_else(served: House, headers: dict[str, str]) -> None:
    for path in ("checkpoint", "body/000", "tile/0/000"):
        assert served.client.get(f"/escrow/{path}", headers=headers).status_code == 404


def test_without_a_secret_there_is_no_escrow(reading: House) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, TOKEN):
        assert reading.client.get("/escrow/checkpoint", headers=headers).status_code == 404


def test_who_holds_escrow_can_read_and_verify_everything(served: House) -> None:
    size = served.platform.publishing.standing().published
    assert size > 300
    for index in range(0, size, 17):
        opening = served.client.get(f"/escrow/{body_path(index)}", headers=TOKEN)
        assert opening.status_code == 200 and opening.headers["cache-control"] == "no-store"
    withheld = rows(
        served, "SELECT b.sha256 FROM trace_blob b LEFT JOIN trace_disclosed d ON d.eid = b.eid WHERE d.eid IS NULL LIMIT 1"
    )
    for (name,) in withheld:
        assert sha256(served.client.get(f"/escrow/blob/{str(name)[:2]}/{name}", headers=TOKEN).content).hexdigest() == name
    assert served.client.get("/escrow/checkpoint", headers=TOKEN).content == served.client.get("/log/checkpoint").content


@pytest.mark.parametrize(
    "path", ["keys/log.seed", "blob/00", "blob/00/00", "tile/x", "body/..", "../keys/log.seed", "checkpoints"]
)
def test_nothing_else_is_in_escrow(served: House, path: str) -> None:
    assert served.client.get(f"/escrow/{path}", headers=TOKEN).status_code in (400, 404)


def test_the_published_folder_is_what_is_served(served: House) -> None:
    shelf = served.platform.publishing.public
    paths = [path for path in shelf.paths("") if path.split("/")[0] in ("tile", "body")]
    assert len(paths) > 100
    for path in paths[::29]:
        assert served.client.get(f"/log/{path}").content == b"".join(shelf.chunks(path)), path
