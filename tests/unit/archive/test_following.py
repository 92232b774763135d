"""One stream replayed from its openings: what is wrong with one entry is named there and nowhere else."""

from typing import Any

import pytest

from archive import canonical
from archive.bodies import state_digest
from archive.entry import leaf, opening
from archive.replay import ReplayReport, replay
from archive.replay.packs import PackSource
from archive.strict import base64
from archive.verify.files import Memory
from tests.till import TILL, Take, Taken, Till, evolve

SALT = bytes(range(32))


def written(seq: int, state: Till, **other: Any) -> dict[str, Any]:
    """The body of the entry that takes one coin."""
    return {
        "act": "till.taken",
        "actor": {"id": "u-1", "kind": "user"},
        "after": [{"h": state_digest(state), "id": "A", "t": "till"}],
        "at": f"2026-01-05T09:00:{seq:02}.000000Z",
        "data": {"command": Take(1), "outcome": {"events": [Taken(seq, 1)]}},
        "id": f"019b8bab-0e50-7000-8000-{seq:012}",
        "rel": "t",
        "seq": seq,
        "stream": "till/A",
        "sv": 1,
        "v": 1,
    } | other


def replayed(**third: Any) -> ReplayReport:
    """Five entries, the third with other members."""
    files, state, prev = {}, Till(), ""
    for seq in range(1, 6):
        state = evolve(state, Taken(seq, 1))
        raw = canonical.encode(written(seq, state, prev=prev, **(third if seq == 3 else {})))
        files[f"stream/till/A/{seq}"] = opening(SALT, raw)
        prev = base64(leaf(SALT, raw))
    return replay(PackSource(Memory(files)), {"till": TILL})


def after(digest: str, **other: str) -> list[dict[str, str]]:
    return [{"h": digest, "id": "A", "t": "till"} | other]


def test_a_sound_stream_is_decided_again() -> None:
    report = replayed()
    assert report.text() == ""
    assert (report.facts["entries"], report.facts["decisions"]) == (5, 5)


@pytest.mark.parametrize(
    ("third", "code"),
    [
        ({"after": after("0" * 64)}, "STATE_DIGEST"),
        ({"after": after(state_digest(Till({"1": 1, "2": 1, "3": 1}, 3)), id="B")}, "STATE_DIGEST"),
        ({"after": []}, "STATE_DIGEST"),
        ({"after": after("0" * 63)}, "SCHEMA_BAD"),
        ({"after": after("A" * 64)}, "SCHEMA_BAD"),
        ({"after": after("0" * 63 + "\n")}, "SCHEMA_BAD"),
        ({"after": after("0" * 63), "data": {"outcome": {"refused": {"code": "till.short"}}}}, "SCHEMA_BAD"),
        ({"at": "2026-01-05T09:00:03Z"}, "SCHEMA_BAD"),
        ({"at": "2026-02-30T09:00:03.000000Z"}, "SCHEMA_BAD"),
        ({"more": 1}, "SCHEMA_BAD"),
        ({"at": "2026-01-05T09:00:01.999999Z"}, "TIME_BACK"),
        ({"data": {"command": Take(1), "outcome": {"events": [Taken(3, 1, "x")]}}}, "DECISION_DIFF"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(third: dict[str, Any], code: str) -> None:
    report = replayed(**third)
    assert code in {d.code for d in report.divergences}
    assert report.divergences[0].code == code and report.divergences[0].where == "till/A 3"


def test_a_position_that_somebody_made_up_costs_nothing() -> None:
    raw = canonical.encode(written(1, evolve(Till(), Taken(1, 1)), prev=""))
    report = replay(PackSource(Memory({"body/x004/x000/x000/x000/x000/000": opening(SALT, raw)})), {"till": TILL})
    assert (report.text(), report.facts["entries"]) == ("", 1)


def test_an_entry_more_than_a_minute_older_than_one_before_it_is_named_wherever_it_stands() -> None:
    seconds = list(range(700))
    seconds[255:257] = [315, 254]  # exactly a minute and one second more, the latter the first of its 256
    seconds[257] = 255
    seconds[600:603] = [602, 601, 600]
    seconds[699] = 637
    files = {}
    for n, second in enumerate(seconds):
        at = f"2026-01-05T09:{second // 60:02}:{second % 60:02}.000000Z"
        body = written(1, Till(), prev="", stream=f"till/{n}", after=[], data={}, at=at)
        files[f"body/{n:03}"] = opening(SALT, canonical.encode(body))
    report = replay(PackSource(Memory(files)), {"till": TILL})
    assert report.facts["entries"] == 700
    assert [(d.code, d.where) for d in report.divergences] == [("TIME_BACK", "entry 256"), ("TIME_BACK", "entry 699")]
