"""The command line of the verifier, and packs on disk: exit codes, lines, links, special files."""

import json
import os
import shutil
import subprocess
import sys
import zipapp
import zipfile
from pathlib import Path

import pytest

from archive.evidence import write_zip
from archive.verify import main, verify_pack
from tests.logs import LOG, LOG_PQ, POLICY, tender_log


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A sound pack in a directory, and the verifier's policy beside it."""
    for path, raw in tender_log().pack(hidden=(2,)).items():
        file = tmp_path / "pack" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
    (tmp_path / "my-policy").write_bytes(POLICY)
    return tmp_path / "pack"


def run(pack: Path, *options: str) -> int:
    return main([str(pack), "--policy", str(pack.parent / "my-policy"), *options])


def test_a_sound_pack_exits_0_and_says_nothing_on_stdout(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(pack) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "note: BODY_WITHHELD undisclosed: 1 bodies\n" in said.err
    assert "L0: pass\nL1: pass\n" in said.err


def test_a_divergence_is_one_line_and_exits_1(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pack / "body/001").write_bytes(b"x")
    assert run(pack) == 1
    said = capsys.readouterr()
    assert said.out == "BODY_BAD body/001: does not begin with a salt of 32 bytes in base64 and a line end\n"
    assert "L0: pass\nL1: fail\n" in said.err


def test_the_report_as_json_is_the_same_each_time(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pack / "body/001").write_bytes(b"x")
    assert run(pack, "--json") == run(pack, "--json") == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    report = json.loads(first)
    assert report["format"] == "sunlit report 1"
    assert report["divergences"][0]["code"] == "BODY_BAD"
    assert report["divergences"][0]["idx"] == 1
    assert str(pack) not in first


def test_a_pack_that_is_not_there_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.startswith("verify: ")


def test_a_zip_that_breaks_the_rules_of_names_exits_2(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(pack.parent / "bad.zip", "w") as made:
        made.writestr("../manifest.json", b"{}")
    assert run(pack.parent / "bad.zip") == 2
    assert "a name that is not relative" in capsys.readouterr().err


def test_wrong_usage_exits_2_and_help_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["--frobnicate"]) == 2
    assert main(["--help"]) == 0
    assert "example:" in capsys.readouterr().out


def test_a_policy_file_that_is_not_there_exits_2(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(pack), "--policy", str(pack / "none")]) == 2
    assert "none" in capsys.readouterr().err


def test_a_zip_of_a_pack_is_checked_like_its_directory(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = tender_log().pack(hidden=(2,))
    with (pack.parent / "pack.zip").open("wb") as target:
        write_zip(files, target)
    assert run(pack.parent / "pack.zip") == 0
    with (pack.parent / "pack.zip").open("wb") as target:
        write_zip({**files, "body/001": b"x"}, target)
    assert run(pack.parent / "pack.zip") == 1
    assert capsys.readouterr().out.startswith("BODY_BAD body/001: ")


def test_damage_to_the_zip_itself_is_a_mismatch(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = pack.parent / "pack.zip"
    with target.open("wb") as file:
        write_zip(tender_log().pack(), file)
    raw = target.read_bytes()
    at = raw.index(b"PK\x03\x04") + 26
    name = raw.index(b"body/000", at)
    target.write_bytes(raw[:name] + b"body/00x" + raw[name + 8 :])
    assert run(target) == 1
    assert "FILE_MISMATCH body/000: " in capsys.readouterr().out


def test_a_receipt_is_checked_by_the_same_command(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = pack.parent / "e.tlog-proof"
    receipt.write_bytes(tender_log().receipt(3))
    assert run(receipt) == 0
    assert "stream: sealed/bb02\n" in capsys.readouterr().err
    assert main([str(receipt)]) == 2
    receipt.write_bytes(tender_log().receipt(3).replace(b"index 3", b"index 2"))
    assert run(receipt) == 1
    assert capsys.readouterr().out.startswith("INCLUSION_BAD receipt: ")


def test_keys_and_an_earlier_checkpoint_are_taken_from_the_command_line(pack: Path) -> None:
    kept = pack.parent / "kept"
    kept.write_bytes(tender_log().checkpoint(4))
    assert main([str(pack), "--vkey", LOG.key.text, "--from", str(kept)]) == 0
    assert main([str(pack), "--vkey", LOG.key.text, "--vkey", LOG_PQ.key.text]) == 1


def test_links_and_pipes_in_a_directory_are_named_and_not_followed(pack: Path) -> None:
    (pack / "link").symlink_to("/etc/passwd")
    (pack / "body" / "002").symlink_to(pack / "body" / "001")
    os.mkfifo(pack / "pipe")
    report = verify_pack(pack, policy=POLICY)
    assert sorted(d.where for d in report.divergences) == ["body/002", "link", "pipe"]
    assert report.counts == {"FILE_EXTRA": 3}


def test_a_name_with_control_characters_is_shown_escaped(pack: Path) -> None:
    (pack / "a\x1b[2Jb\nc").write_bytes(b"")
    (line,) = verify_pack(pack, policy=POLICY).lines()
    assert line.isprintable()


def test_certificates_that_are_none_exit_2(pack: Path) -> None:
    (pack.parent / "tsa.pem").write_bytes(b"x")
    assert run(pack, "--tsa", str(pack.parent / "tsa.pem")) == 2


def test_the_verifier_runs_as_a_single_file_without_the_platform(pack: Path, tmp_path: Path) -> None:
    source = tmp_path / "app"
    shutil.copytree(
        Path(__file__).parents[3] / "archive",
        source / "archive",
        ignore=shutil.ignore_patterns("database.py", "ledger", "replay", "paper", "fonts", "guards.py", "__pycache__"),
    )
    zipapp.create_archive(source, tmp_path / "verify.pyz", main="archive.verify.command:run")
    command = [sys.executable, str(tmp_path / "verify.pyz"), str(pack), "--policy", str(pack.parent / "my-policy")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONPATH": ""})
    assert done.returncode == 0
    assert "L1: pass" in done.stderr
    (pack / "body/001").unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONPATH": ""})
    assert done.returncode == 1
    assert done.stdout == "BODY_MISSING body/001: neither here nor withheld\n"


def test_the_verifier_imports_neither_database_nor_framework() -> None:
    code = "import sys, archive.verify; print(' '.join(sorted(m for m in sys.modules if '.' not in m)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"msgspec", "cryptography"} <= loaded
    assert not loaded & {"sqlalchemy", "litestar", "reportlab", "dramatiq", "click", "trading", "bidding", "experts"}
