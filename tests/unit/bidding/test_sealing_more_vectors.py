"""Our own cases in the format of the acceptance vectors; the browser's sealer reads the same file."""

import json

import pytest

from tests.vectors import make_sbe, sbe

CASES = json.loads(make_sbe.FILE.read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_case_comes_out(case: dict[str, object]) -> None:
    assert list(sbe.cases({"cases": [case]})) == [(case["id"], None)]


def test_the_file_is_as_its_maker_writes_it() -> None:
    assert make_sbe.document() == make_sbe.FILE.read_bytes()


@pytest.mark.parametrize("kind", ["envelope", "trustee", "opening", "policy", "submission", "acceptance"])
def test_a_case_that_cannot_be_computed_is_reported_and_not_a_crash(kind: str) -> None:
    ((_, outcome),) = sbe.cases({"cases": [{"id": "x", "kind": kind, "in": {}, "out": {}}]})
    assert outcome is not None


def test_an_unknown_kind_is_reported() -> None:
    ((name, outcome),) = sbe.cases({"cases": [{"id": "x", "kind": "other", "in": {}, "out": {}}]})
    assert name == "x" and outcome is not None
