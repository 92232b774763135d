"""The published vectors of the draw and of the evaluation, byte for byte."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vectors import draw, evaluation

FOLDER = Path(draw.__file__).parent
Cases = Callable[[dict[str, Any]], Iterator[tuple[str, str | None]]]


def document(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "cases", "least"), [("draw-public.json", draw.cases, 134), ("evaluation-public.json", evaluation.cases, 15)]
)
def test_every_published_case_is_met(name: str, cases: Cases, least: int) -> None:
    outcomes = list(cases(document(name)))
    assert len(outcomes) >= least
    assert [(case, why) for case, why in outcomes if why] == []


def test_a_changed_draw_is_reported() -> None:
    changed = copy.deepcopy(document("draw-public.json"))
    changed["draw_small"]["records"][4]["load"] += 1
    failed = {case for case, why in draw.cases(changed) if why}
    assert "draw_small.pool_root" in failed
    assert "draw_small_withheld.pool_root" not in failed


def test_a_changed_score_is_reported() -> None:
    changed = document("evaluation-public.json")
    changed["cases"][0]["out"]["A"] = "29.99"
    assert [case for case, why in evaluation.cases(changed) if why] == ["0.low_price_first"]


def test_an_unknown_section_or_kind_is_reported_and_not_passed_over() -> None:
    assert list(draw.cases({"format": "xdraw/1 vectors", "surprise": {}})) == [("surprise", "no such section is known")]
    assert list(evaluation.cases({"cases": [{"kind": "surprise", "in": {}, "out": {}}]})) == [
        ("0.surprise", "no such kind is known")
    ]
