"""The command line among other people's files, full disks and taken ports: a line and an exit code, never a traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import Busy
from trading.cli.listening import free_port

SUNLIT = [sys.executable, "-m", "trading.cli"]


def run(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment}
    asked = [*SUNLIT, *map(str, arguments)]
    return subprocess.run(asked, cwd=cwd, env=told, capture_output=True, text=True, check=False, timeout=120)


def answered(done: subprocess.CompletedProcess[str], status: int, code: str) -> None:
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert done.stderr.count(f"sunlit: {code}: ") == 2, done.stderr


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]


def settings(folder: Path, port: int = 0) -> Path:
    file = folder / "sunlit.toml"
    file.write_text(f'data = "platform"\n[web]\nport = {port or 8350}\n', "utf-8")
    return file


@pytest.mark.parametrize("command", [["demo", "--out"], ["start", "--data"]])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, command: list[str]) -> None:
    answered(run(*command, "/proc/none/out", cwd=tmp_path), 1, "cli.file")


@pytest.mark.parametrize("command", [["demo", "--out"], ["start", "--data"]])
def test_what_is_no_folder_is_left_alone(tmp_path: Path, command: list[str]) -> None:
    answered(run(*command, "/dev/null", cwd=tmp_path), 1, "demo.folder")


@pytest.mark.parametrize("command", [["demo", "--out"], ["start", "--data"]])
def test_a_folder_that_was_not_named_is_not_the_one_we_stand_in(tmp_path: Path, command: list[str]) -> None:
    answered(run(*command, "", cwd=tmp_path), 1, "demo.unnamed")
    assert not list(tmp_path.iterdir())


def test_a_demonstration_is_not_played_for_a_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    answered(run("start", "--port", taken, cwd=tmp_path), 1, "cli.port")
    assert not list(tmp_path.iterdir())


def test_port_nought_is_any_that_is_free() -> None:
    port = free_port("127.0.0.1", 0)
    assert port > 0
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Busy) as caught:
        free_port("127.0.0.1", port)
    assert caught.value.code == "cli.port"


def test_a_disk_without_room_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".sunlit-demo").symlink_to("/dev/full")
    answered(run("demo", "--out", tmp_path / "out" / ".sunlit-demo" / "x", cwd=tmp_path), 1, "cli.file")


def test_an_endless_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    done = run("demo", "--input", "/dev/zero", "--out", tmp_path / "out", cwd=tmp_path)
    assert (done.returncode, "intake.too-large" in done.stdout) == (1, True)


@pytest.mark.parametrize("command", ["serve", "witness"])
def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path, taken: int, command: str) -> None:
    if command == "serve":
        answered(run("serve", "--config", settings(tmp_path, taken), cwd=tmp_path), 1, "cli.port")
        assert not (tmp_path / "platform").exists()
    else:
        made = run("witness", "init", tmp_path / "w", "--name", "w.example/w", cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        file = tmp_path / "w" / "witness.toml"
        lines = [f"port = {taken}" if line.startswith("port") else line for line in file.read_text("utf-8").splitlines()]
        file.write_text("\n".join(lines) + "\n", "utf-8")
        answered(run("witness", "serve", tmp_path / "w", cwd=tmp_path), 1, "cli.port")


def test_a_replay_where_there_is_no_platform_is_no_clean_replay(tmp_path: Path) -> None:
    answered(run("replay", cwd=tmp_path), 2, "cli.empty")
    answered(run("replay", "--config", settings(tmp_path), cwd=tmp_path), 2, "cli.empty")
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform" / "sunlit.db").touch()
    answered(run("replay", "--config", settings(tmp_path), cwd=tmp_path), 2, "cli.empty")


def test_a_database_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform" / "sunlit.db").write_bytes(b"no database" * 1000)
    answered(run("replay", "--config", settings(tmp_path), cwd=tmp_path), 2, "cli.database")
    answered(run("trace", "checkpoint", "--config", settings(tmp_path), cwd=tmp_path), 1, "cli.database")


def test_a_database_from_before_the_published_checkpoint_is_no_clean_replay(tmp_path: Path) -> None:
    config = settings(tmp_path)
    assert run("trace", "publish", "--config", config, cwd=tmp_path).returncode == 0
    assert run("replay", "--config", config, cwd=tmp_path).returncode == 0
    for path in (tmp_path / "platform").glob("sunlit.db*"):
        path.unlink()
    assert run("trace", "policy", "--config", config, cwd=tmp_path).returncode == 0  # which begins a new log
    done = run("replay", "--config", config, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith(("FORK checkpoint", "ROLLBACK checkpoint"))


def test_a_verifier_that_cannot_read_could_not_run(tmp_path: Path) -> None:
    answered(run("verify", "/proc/self/mem", cwd=tmp_path), 2, "cli.system")
