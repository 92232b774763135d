"""Settings: one file, one parse, nothing ignored, nothing secret shown."""

from pathlib import Path

import pytest

from archive.errors import Invalid
from trading.settings import Configuration, Settings, described, load, redacted


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sunlit.toml"
    path.write_text(text, "utf-8")
    return path


def loaded(tmp_path: Path, text: str = "", **environ: str) -> Configuration:
    return load(written(tmp_path, text), environ, tmp_path)


def refused(tmp_path: Path, text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        loaded(tmp_path, text)
    return caught.value


def test_without_a_file_the_embedded_platform_runs(tmp_path: Path) -> None:
    found = load(None, {}, tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path}/sunlit-data/sunlit.db"
    assert (found.settings.web.bind, found.settings.web.port) == ("127.0.0.1", 8350)
    assert (found.settings.vault.driver, found.settings.broker.driver) == ("directory", "memory")


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'data = "here"\n')
    assert load(path, {}, Path("/elsewhere")).data == tmp_path / "here"


def test_an_unknown_section_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    error = refused(tmp_path, "[wbe]\nport = 1\n")
    assert (error.code, error.params) == ("settings.unknown", {"key": "wbe", "near": "web"})


def test_an_unknown_key_in_a_section_is_an_error(tmp_path: Path) -> None:
    error = refused(tmp_path, "[web]\nporrt = 1\n")
    assert (error.code, error.params) == ("settings.unknown", {"key": "web.porrt", "near": "web.port"})


def test_a_port_out_of_range_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path, "[web]\nport = 70000\n").code == "settings.value"


def test_a_value_of_another_type_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path, '[web]\nport = "8350"\n').code == "settings.value"


def test_a_section_that_is_no_table_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path, "web = 3\n").code == "settings.value"


def test_an_origin_with_a_path_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path, '[web]\norigin = "https://a.example/b"\n').code == "settings.value"


def test_text_that_is_not_toml_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path, "web = [\n").code == "settings.file"


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        load(tmp_path / "nowhere.toml", {}, tmp_path)
    assert caught.value.code == "settings.file"


def test_several_web_processes_need_a_shared_database_and_broker(tmp_path: Path) -> None:
    assert refused(tmp_path, "[web]\nworkers = 2\n").code == "settings.together"


def test_several_web_processes_are_fine_on_postgresql_and_redis(tmp_path: Path) -> None:
    text = '[web]\nworkers = 2\n[database]\nurl = "postgresql://sunlit@db/sunlit"\n[broker]\ndriver = "redis"\n'
    assert loaded(tmp_path, text).settings.web.workers == 2


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "redis_url").write_text("redis://:pw@h/0\n")
    assert loaded(tmp_path, 'secrets = "keys"\n').secret("redis_url") == "redis://:pw@h/0"


def test_a_secret_in_the_environment_wins_over_its_file(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "redis_url").write_text("from the file")
    found = loaded(tmp_path, 'secrets = "keys"\n', SUNLIT_SECRET_REDIS_URL="from the environment")
    assert found.secret("redis_url") == "from the environment"


def test_a_secret_that_was_not_given_is_empty(tmp_path: Path) -> None:
    assert loaded(tmp_path).secret("database_password") == ""


def test_the_databases_password_comes_from_its_secret(tmp_path: Path) -> None:
    text = '[database]\nurl = "postgresql://sunlit@db:5432/sunlit"\n'
    found = loaded(tmp_path, text, SUNLIT_SECRET_DATABASE_PASSWORD="p@ss/word")
    assert found.database_url == "postgresql://sunlit:p%40ss%2Fword@db:5432/sunlit"
    assert "p%40ss" not in redacted(found)


def test_a_database_without_a_user_takes_no_password(tmp_path: Path) -> None:
    text = '[database]\nurl = "postgresql:///sunlit"\n'
    assert loaded(tmp_path, text, SUNLIT_SECRET_DATABASE_PASSWORD="x").database_url == "postgresql:///sunlit"


def test_what_is_printed_shows_that_a_secret_is_there_but_not_what_it_is(tmp_path: Path) -> None:
    found = loaded(tmp_path, SUNLIT_SECRET_REDIS_URL="hunter2")
    assert "hunter2" not in redacted(found) + repr(found)
    assert "# redis_url = ***" in redacted(found)


def test_what_is_printed_is_toml_that_gives_the_same_settings(tmp_path: Path) -> None:
    first = loaded(tmp_path, "[web]\nport = 9000\n[site]\ndemo = true\n")
    again = load(written(tmp_path, redacted(first)), {}, tmp_path)
    assert again.settings == first.settings


def test_every_setting_says_what_it_means() -> None:
    meanings = list(described(Settings()))
    assert len(meanings) > 25
    assert all(meaning for _, _, meaning in meanings)


BUCKET = 'driver = "s3"\nbucket = "b"\nendpoint = "https://store.example"\n'


@pytest.mark.parametrize("shelf", ["vault", "public", "escrow"])
def test_a_shelf_in_a_bucket_needs_the_bucket_and_an_endpoint(tmp_path: Path, shelf: str) -> None:
    assert refused(tmp_path, f'[{shelf}]\ndriver = "s3"\nbucket = "b"\n').params["keys"] == (
        f"{shelf}.driver", f"{shelf}.bucket", f"{shelf}.endpoint",
    )  # fmt: skip
    assert getattr(loaded(tmp_path, f"[{shelf}]\n{BUCKET}").settings, shelf).driver == "s3"


def test_one_bucket_is_not_two_shelves_unless_their_prefixes_differ(tmp_path: Path) -> None:
    assert refused(tmp_path, f"[vault]\n{BUCKET}[escrow]\n{BUCKET}").params["keys"] == ("vault.bucket", "escrow.bucket")
    apart = loaded(tmp_path, f'[vault]\n{BUCKET}[escrow]\n{BUCKET}prefix = "log"\n')
    assert apart.settings.escrow.prefix == "log"


@pytest.mark.parametrize("name", ["public", "escrow"])
def test_a_shelf_is_a_folder_or_a_bucket_and_not_both(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, f'[log]\n{name} = "/srv"\n[{name}]\n{BUCKET}').params["keys"] == (f"{name}.driver", f"log.{name}")


@pytest.mark.parametrize("prefix", ["/log", "log/", "a//b", "../a", "a/..", "."])
def test_a_prefix_is_a_plain_path_inside_the_bucket(tmp_path: Path, prefix: str) -> None:
    assert refused(tmp_path, f'[public]\n{BUCKET}prefix = "{prefix}"\n').code == "settings.value"


def test_every_secret_that_the_platform_asks_for_can_be_given(tmp_path: Path) -> None:
    for name in ("escrow_token", "public_access_key_id", "escrow_secret_access_key"):
        assert loaded(tmp_path, **{f"SUNLIT_SECRET_{name.upper()}": "x"}).secret(name) == "x"
