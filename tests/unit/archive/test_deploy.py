"""The sample files in ``deploy`` are what the code reads."""

import re
from pathlib import Path

import pytest

from archive.policy import parse_policy
from trading.cli import COMMANDS, sunlit
from trading.settings import load

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"


def test_the_sample_settings_are_settings() -> None:
    given = load(DEPLOY / "sunlit.toml", {}, DEPLOY).settings.log
    assert (given.quantum, given.tick) == (240, 60)
    assert all(len(said.split(" ")) == 2 for said in given.authorities)


def test_the_sample_policy_is_a_policy() -> None:
    raw = (DEPLOY / "policy.example").read_bytes()
    assert parse_policy(raw).quorum == "none"
    assert raw.startswith(b"# sunlit policy v1\n")


@pytest.mark.parametrize("file", sorted(path.name for path in DEPLOY.glob("*.service")))
def test_a_service_runs_a_command_that_there_is(file: str) -> None:
    (line,) = re.findall(r"^ExecStart=\S+/sunlit (.*?)(?<!\\)$", (DEPLOY / file).read_text().replace("\\\n", " "), re.M)
    words = line.split()
    command = sunlit.get_command(sunlit.make_context("sunlit", ["settings"]), words[0])
    assert words[0] in COMMANDS and command is not None
    if hasattr(command, "commands"):
        command = command.commands[words[1]]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known
