"""The public data of an evaluation: computed again as it is told, and every alteration named by what it is of."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.canonical import encode
from archive.errors import Invalid, Refused
from experts.evaluation.messages import SubmitReport, Summarise
from experts.methods import Item, LowestEvaluated, MeanBenchmark, Method
from experts.proof import is_proof, main, verify_proof
from experts.proof.evaluation import MOST_BYTES, evaluated, parse
from tests.unit.experts.test_evaluation import AT, BIDS, marked, reviewed, seated, sheet, signed, summarised

MEAN = Method("mean", "1", MeanBenchmark("40", "1.2", "0.8", factor="0.98"), (Item("tech", "技术", "60"),))


def file(**changes: Any) -> bytes:
    room = signed(summarised(**changes))
    room.act(SubmitReport(), AT)
    return evaluated(room.state, ())


RAW = file()


def altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The file with one thing changed, in its canonical form again."""
    told = json.loads(RAW)
    change(told)
    return encode(told)


def failing(raw: bytes) -> dict[str, str]:
    return {c.name: c.wrong for c in verify_proof(raw).checks if c.wrong}


def test_what_the_members_signed_is_computed_again() -> None:
    report = verify_proof(RAW)
    assert report.holds, report.text()
    assert [c.name for c in report.checks] == ["form", "method", "marks", "values", "places", "digest"]
    assert report.text().endswith("the evaluation holds\n")


@pytest.mark.parametrize(
    "changes",
    [
        {"method": Method("price", "1", LowestEvaluated()), "rule_set": "RS-9", "bids": BIDS},
        {"method": MEAN, "rule_set": "RS-9"},
    ],
)
def test_so_is_every_other_method(changes: dict[str, Any]) -> None:
    room = seated(**changes)
    reviewed(room)
    if changes["method"].items:
        marked(room, {s.member.id: {b.id: {"tech": "50"} for b in room.state.valid} for s in room.state.active})
    room.act(Summarise(), AT)
    signed(room)
    room.act(SubmitReport(), AT)
    assert verify_proof(evaluated(room.state, ())).holds


def test_one_mark_altered_is_told_by_bid_member_and_value() -> None:
    def change(told: dict[str, Any]) -> None:
        told["report"]["marks"]["m2"]["b1"]["tech"] = "45"

    found = failing(altered(change))
    assert found["value marks_mean of b1"] == "50.00 is told, 51.00 is computed"
    assert found["value marks_mean of b1, input m2"] == "50.00 is told, 55.00 is computed"
    assert found["total of b1"] == "80.00 is told, 81.00 is computed"
    assert not [name for name in found if "b2" in name or "b3" in name]
    assert "digest" in found


def test_one_value_altered_is_told_and_nothing_else() -> None:
    def change(told: dict[str, Any]) -> None:
        value = next(v for v in told["values"] if v["what"] == "price_score" and v["bid"] == "b2")
        value["value"] = "28.12"

    assert failing(altered(change)) == {"value price_score of b2": "28.12 is told, 28.13 is computed"}


def test_one_rank_altered_is_told_with_the_bids_that_it_moves() -> None:
    def change(told: dict[str, Any]) -> None:
        first, second, _ = told["report"]["summary"]["ranking"]
        first["place"], second["place"] = 2, 1

    found = failing(altered(change))
    assert found["rank of b1"] == "2 is told, 1 is computed" and found["rank of b2"] == "1 is told, 2 is computed"
    assert set(found) == {"rank of b1", "rank of b2", "digest"}


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ("summary, candidates", lambda t: t["report"]["summary"]["candidates"].reverse()),
        ("summary, inputs", lambda t: t["report"]["summary"].update(inputs="00" * 32)),
        ("rank of b3", lambda t: t["report"]["summary"]["ranking"].pop()),
        ("mark of m1 for b1 on tech", lambda t: t["report"]["marks"]["m1"]["b1"].update(tech="50.01")),
        ("mark of m1 for b1", lambda t: t["report"]["marks"]["m1"]["b1"].pop("tech")),
        ("marks for b1 on years", lambda t: t["report"]["marks"]["m1"]["b1"].update(years="9")),
        ("marks", lambda t: t["report"]["marks"].pop("m1")),
        ("value price_score of b1, input price", lambda t: t["room"]["bids"][0]["price"].update(amount=90_000_000)),
        ("values", lambda t: t["values"].pop()),
        ("method", lambda t: t["report"]["method"].update(version="2")),
        ("method", lambda t: t["room"]["method"]["formula"].update(full="40")),
        ("method", lambda t: t["room"]["method"].update(places={"total": 10**9})),
        ("values", lambda t: t["room"]["bids"][0].update(deduction="1e9")),
        ("form", lambda t: t.pop("digest")),
        ("form", lambda t: t.update(format="sunlit evaluation/2")),
        ("form", lambda t: t["room"].update(bids=[{**t["room"]["bids"][0], "id": str(n)} for n in range(5_001)])),
    ],
)
def test_every_other_alteration_is_named(expected: str, change: Callable[[dict[str, Any]], object]) -> None:
    assert expected in failing(altered(change))


def test_bytes_that_are_no_evaluation_are_one_error() -> None:
    for raw in (b"", b"{}", b"\xff", RAW[:-1], RAW + b"\n", json.dumps(json.loads(RAW)).encode(), b" " * (MOST_BYTES + 1)):
        with pytest.raises(Invalid, match=r"score\.file"):
            parse(raw)


def test_there_is_no_file_before_the_report_is_submitted() -> None:
    with pytest.raises(Refused, match=r"room\.phase"):
        evaluated(signed(summarised()).state, ())


def test_the_command_tells_it_from_a_draw_and_names_the_divergence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_proof(RAW)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(RAW)
    bad.write_bytes(altered(lambda t: t["report"]["summary"]["ranking"][0].update(total="99.00")))
    assert (main([str(good)]), main([str(bad)])) == (0, 1)
    assert "total of b1: 99.00 is told, 80.00 is computed" in capsys.readouterr().out


def test_a_room_without_a_ranking_has_its_reason_checked() -> None:
    room = seated()
    reviewed(room, {(b.id, "c1"): "未盖章" for b in BIDS})
    room.act(Summarise(), AT)
    signed(room)
    room.act(SubmitReport(), AT)
    assert room.state.summary is not None and room.state.summary.failed == "all-rejected" and not room.state.marks
    assert verify_proof(evaluated(room.state, ())).holds
    assert sheet(room, "1") == {}
