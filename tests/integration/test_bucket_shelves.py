"""The vault, the published log and escrow in buckets, by settings alone: published, served, packed, recovered, gone on with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from litestar.testing import TestClient

from archive.errors import Busy
from archive.policy import check_checkpoint, parse_policy
from archive.proofs import check_proof
from archive.report import Report
from archive.served import tree_of
from archive.verify import verify_pack
from archive.verify.files import Memory
from archive.verify.tree import read_log
from tests.buckets import Store, serving
from trading import app
from trading.cli import sunlit
from trading.platform import Platform
from trading.settings import Configuration, load

SECRETS = {
    "SUNLIT_SECRET_S3_ACCESS_KEY_ID": "of-vault",
    "SUNLIT_SECRET_S3_SECRET_ACCESS_KEY": "secret",
    "SUNLIT_SECRET_ESCROW_ACCESS_KEY_ID": "of-escrow",
    "SUNLIT_SECRET_ESCROW_SECRET_ACCESS_KEY": "another secret",
    "SUNLIT_SECRET_ESCROW_TOKEN": "let me in",
}


@pytest.fixture
def store() -> Iterator[Store]:
    with serving(files="of-vault", open="of-vault", held="of-escrow") as store:
        yield store


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def settings(store: Store, folder: Path, origin: str = "buckets.example/log", database: str = "") -> Path:
    path = folder / f"{database or 'sunlit'}.toml"
    sections = [
        f'[{name}]\ndriver = "s3"\nbucket = "{bucket}"\nendpoint = "{store.url}"\nprefix = "{prefix}"\n'
        for name, bucket, prefix in (("vault", "files", ""), ("public", "open", "sunlit/log"), ("escrow", "held", "log"))
    ]
    url = f'[database]\nurl = "sqlite:///{folder}/data/{database}.db"\n' if database else ""
    path.write_text(f'data = "data"\n[log]\norigin = "{origin}"\n{url}{"".join(sections)}')
    return path


@pytest.fixture
def config(store: Store, tmp_path: Path) -> Path:
    return settings(store, tmp_path)


def configuration(config: Path) -> Configuration:
    return load(config, SECRETS, config.parent)


def platform(config: Path) -> Platform:
    return app.build(configuration(config))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(sunlit, ["trace", *map(str, arguments)])


def test_what_is_published_to_buckets_is_whole_and_stands_nowhere_else(store: Store, config: Path, tmp_path: Path) -> None:
    house = platform(config)
    kept = house.keep(b"a paper", "paper.txt", "text/plain")
    recorded = house.ledger.record_heads()
    assert run("publish", "--config", config).stdout.endswith("published: 2\n")
    policy = parse_policy(run("policy", "--config", config).stdout.encode())
    for bucket, prefix in (("open", "sunlit/log/"), ("held", "log/")):
        files = {path.removeprefix(prefix): raw for path, raw in store.objects[bucket].items()}
        assert all(path.startswith(prefix) for path in store.objects[bucket])
        assert check_checkpoint(files["checkpoint"], policy).tree.size == 2
        report = Report("served")
        read_log(Memory(files), tree_of(files["checkpoint"]), report)
        assert report.text() == ""
    assert store.objects["files"][f"blob/{kept.sha256[:2]}/{kept.sha256}"] == b"a paper"
    assert check_proof(house.receipt(recorded), policy).index == 1
    assert {path.name for path in (tmp_path / "data").iterdir() if path.is_dir()} == {"keys", "uploads"}


def test_a_log_in_buckets_is_served_and_packed(store: Store, config: Path, tmp_path: Path) -> None:
    house = platform(config)
    house.ledger.record_heads()
    house.publishing.round()
    with TestClient(app.web(house, configuration(config), embedded=False)) as client:
        tile = client.get("/log/tile/0/000.p/2")
        assert tile.content == store.objects["open"]["sunlit/log/tile/0/000.p/2"] and "immutable" in tile.headers["cache-control"]
        assert client.get("/log/tile/0/000.p/3").status_code == 404
        token = {"Authorization": "Bearer let me in"}
        assert client.get("/escrow/body/001", headers=token).content == store.objects["held"]["log/body/001"]
        assert client.get("/escrow/body/001").status_code == 404
        store.keys["open"] = "nobody's"
        assert client.get("/log/tile/0/000.p/2").json()["code"] == "shelf.silent"
        store.keys["open"] = "of-vault"
    assert run("pack", tmp_path / "pack.zip", "--config", config).exit_code == 0
    policy = run("policy", "--config", config).stdout.encode()
    assert verify_pack(tmp_path / "pack.zip", policy=policy).text() == ""


def test_a_lost_database_comes_back_out_of_the_escrow_bucket(config: Path, tmp_path: Path) -> None:
    house = platform(config)
    house.engine.dispose()
    shutil.copy(tmp_path / "data" / "sunlit.db", tmp_path / "backup.db")
    house = platform(config)
    receipt = house.receipt(house.ledger.record_heads())
    house.engine.dispose()
    shutil.copy(tmp_path / "backup.db", tmp_path / "data" / "sunlit.db")
    assert run("publish", "--config", config).exception is not None
    assert run("recover", "--config", config).stdout == "recovered: 1\nsize: 2\n"
    policy = parse_policy(run("policy", "--config", config).stdout.encode())
    assert check_proof(receipt, policy).size == 2
    assert run("publish", "--config", config).exit_code == 0


def test_a_later_epoch_has_a_folder_of_its_own_in_each_bucket(store: Store, config: Path, tmp_path: Path) -> None:
    run("publish", "--config", config)
    second = settings(store, tmp_path, "buckets.example/log/epoch-2", "second")
    assert run("next-epoch", "--config", second, "--old", config, "--lost", "fire").exit_code == 0
    assert run("publish", "--config", second).stdout.endswith("published: 2\n")
    assert "sunlit/log/epoch-2/checkpoint" in store.objects["open"] and "log/epoch-2/checkpoint" in store.objects["held"]
    assert b"buckets.example/log\n1\n" in store.objects["open"]["sunlit/log/checkpoint"]


def test_a_bucket_is_opened_with_the_keys_of_its_own_shelf(store: Store, config: Path) -> None:
    store.keys["held"] = "somebody else's"
    house = platform(config)
    with pytest.raises(Busy, match=r"shelf\.silent"):
        house.publishing.round()
    assert store.objects["open"] == {} and store.objects["held"] == {}
