"""Documents tell the truth: commands exist, links lead somewhere, every command of the interface is named in its place."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from trading.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    p
    for p in (*ROOT.glob("*.md"), *(ROOT / floor / "SPEC.md" for floor in ("archive", "bidding", "experts", "trading")))
    if p.exists()
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_that_a_document_names_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    for command in re.findall(r"(?:^|`)(?:\.venv/bin/)?sunlit ([a-z]+)", text, re.M):
        assert command in COMMANDS, command
    for module in re.findall(r"python3? -m ([a-z_.]+)", text):
        if module.split(".")[0] in ("tests", "trading", "archive", "migrations"):
            assert importlib.util.find_spec(module) is not None, module


def test_every_command_says_what_it_does_in_one_line() -> None:
    for name, (module, meaning) in COMMANDS.items():
        assert meaning and len(meaning) <= 72, name
        assert importlib.util.find_spec(module) is not None, module


def test_both_readmes_give_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        text = (ROOT / name).read_text("utf-8")
        return [
            line.split("#")[0].split("  ")[0].strip()
            for block in re.findall(r"```\n(.*?)```", text, re.S)
            for line in block.splitlines()
        ]

    assert commands("README.md") == commands("README.zh-CN.md")


@pytest.mark.parametrize("package", ["trading", "tests"])
def test_the_two_commands_work_from_a_folder_inside_the_checkout(package: str) -> None:
    asked = [sys.executable, f"../../{package}", "--help"]
    done = subprocess.run(asked, cwd=ROOT / "tests" / "unit", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("pytest" if package == "tests" else "sunlit") in done.stdout


def test_the_changelog_names_the_version_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert version is not None
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
