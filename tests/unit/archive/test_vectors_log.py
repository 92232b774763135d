"""The public vectors of the log, and what the runner makes of files that are none."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.vectors import log

FILE = Path(__file__).parents[2] / "vectors" / "log-public.json"
DOCUMENT: dict[str, Any] = json.loads(FILE.read_bytes())
DIFFERENCES = dict(log.cases(DOCUMENT))


@pytest.mark.parametrize("kind", sorted({case["kind"] for case in DOCUMENT["cases"]}))
def test_every_case_of_a_kind_is_recomputed(kind: str) -> None:
    mine = {name: difference for name, difference in DIFFERENCES.items() if name.endswith(f" {kind}")}
    assert mine
    assert {name: d for name, d in mine.items() if d is not None} == {}


def test_all_cases_are_counted() -> None:
    assert len(DIFFERENCES) == len(DOCUMENT["cases"]) == 561


def changed(value: Any) -> Any:
    """Another value of the same shape."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "0"
        case list():
            return [*value, "0"]
        case dict():
            return {**value, "other": "0"}
    raise AssertionError(value)


@pytest.mark.parametrize("kind", sorted({case["kind"] for case in DOCUMENT["cases"]}))
def test_a_case_with_another_outcome_differs(kind: str) -> None:
    case = next(case for case in DOCUMENT["cases"] if case["kind"] == kind)
    out = {name: changed(value) for name, value in case["out"].items()}
    ((_, difference),) = log.cases({"packs": DOCUMENT["packs"], "cases": [{**case, "out": out}]})
    assert difference is not None


@pytest.mark.parametrize(
    "case",
    [None, 3, {}, {"kind": "leaf"}, {"kind": "leaf", "in": {}, "out": {}}, {"kind": "leaf", "in": {"entry": "zz"}, "out": {}}],
)
def test_a_malformed_case_differs_and_does_not_stop_the_run(case: Any) -> None:
    ((_, difference), (_, second)) = log.cases({"cases": [case, DOCUMENT["cases"][0]]})
    assert difference is not None
    assert difference.startswith("malformed")
    assert second is None


def test_an_unknown_kind_differs() -> None:
    ((_, difference),) = log.cases({"cases": [{"kind": "frobnicate", "in": {}, "out": {}}]})
    assert difference == "unknown kind 'frobnicate'"


def run(*files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.vectors", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=FILE.parents[2])


def test_the_runner_prints_a_line_a_case_and_exits_1_when_one_differs(tmp_path: Path) -> None:
    good, bad = DOCUMENT["cases"][0], {"kind": "leaf", "in": {"entry": ""}, "out": {"leaf": "00"}}
    file = tmp_path / "some.json"
    file.write_text(json.dumps({"format": "trace-log vectors 1", "cases": [good, bad]}))
    done = run(file)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first == f"{file} 000 leaf ok"
    assert second.startswith(f"{file} 001 leaf ")
    assert "instead of" in second


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format":"other"}', '{"format":[]}'])
def test_the_runner_exits_2_for_a_file_of_no_known_format(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)
    assert run(file).returncode == 2


def test_the_runner_exits_2_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert run(tmp_path / "none.json").returncode == 2


NOTHING = [
    '{"format":"trace-log vectors 1","cases":[]}',
    '{"format":"sbe/1 vectors","cases":[]}',
    '{"format":"xdraw/1 vectors"}',
    '{"format":"xdraw/1 vectors","canonical_json":[]}',
    '{"format":"xdraw/1 vectors","canonical_json":[{"why":"neither in nor reject"}]}',
    '{"format":"xdraw/1 vectors","uniform":{"seed":"00","label_u_bound":"5","label_u_out":[],"label_u_words":1}}',
    '{"format":"evaluation vectors 1","cases":{}}',
    '{"format":"sbe/1 vectors","cases":[{"id":"a","kind":"policy","in":{"policy":"00"},"out":{}}]}',
    '{"format":"sbe/1 vectors","cases":[{"id":"a","kind":"frobnicate","in":{},"out":{}}]}',
    '{"format":"sbe/1 vectors","cases":[{"id":"a","kind":"envelope","in":{"policy":[]},"out":{}}]}',
    '{"format":"evaluation vectors 1","cases":[{"kind":"frobnicate","in":{},"out":{}}]}',
    '{"format":"evaluation vectors 1","cases":[3]}',
]


@pytest.mark.parametrize("content", NOTHING)
def test_the_runner_calls_no_file_good_of_which_it_computed_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "nothing.json"
    file.write_text(content)
    done = run(file)
    assert done.returncode == 1
    assert done.stdout.splitlines() and not done.stdout.splitlines()[-1].endswith(" ok")


def test_a_member_written_twice_hides_no_case(tmp_path: Path) -> None:
    bad = '{"kind":"leaf","in":{"entry":""},"out":{"leaf":"00"}}'
    file = tmp_path / "twice.json"
    file.write_text(f'{{"format":"trace-log vectors 1","cases":[{bad}],"cases":[{json.dumps(DOCUMENT["cases"][0])}]}}')
    assert run(file).returncode == 2


def test_a_name_that_no_terminal_shows_ends_nothing(tmp_path: Path) -> None:
    file = tmp_path / "names.json"
    file.write_text(json.dumps({"format": "trace-log vectors 1", "cases": [{"kind": "x\ud800"}, DOCUMENT["cases"][0]]}))
    done = run(file)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1] == f"{file} 001 leaf ok"
