"""A ranking of hundreds of bids comes in parts that fit entries, and says what it would say in one piece."""

import pytest
from msgspec.structs import replace

from archive.canonical import encode
from archive.entry import MAX_BODY
from archive.values import Money
from experts.evaluation import Room
from experts.evaluation.messages import (
    Bid,
    Brand,
    ConcludeReview,
    CorrectMark,
    PlaceBids,
    Summarise,
)
from experts.evaluation.report import PART, long
from experts.evaluation.summary import summarise
from experts.methods import LowestEvaluated, Method
from tests.unit.experts.stage import Stage
from tests.unit.experts.test_evaluation import AT, SCORING, SEATS, seated, signed

BIDS = tuple(Bid(f"bid-{n:04d}-91530502MA9YDM0137", f"org{n}", Money(100_000_000 + n * 1_000)) for n in range(700))
SHEET = {b.id: {"tech": f"{20 + n % 30}.{n % 10}", "years": "10"} for n, b in enumerate(BIDS)}


def marked_room(bids: tuple[Bid, ...]) -> Stage[Room]:
    room = seated(method=replace(SCORING, abnormal=()), bids=bids, conformity=())
    room.act(ConcludeReview("conformity"), AT)
    sheet = {b.id: SHEET[b.id] for b in bids}
    room.state = replace(room.state, marks=dict.fromkeys(SEATS, sheet))  # as if revealed, member by member
    return room


def test_seven_hundred_bids_are_ranked_in_parts_as_if_in_one_piece() -> None:
    room = marked_room(BIDS)
    assert room.state.opened is not None
    whole = summarise(room.state, room.state.opened)
    told = 0
    while long(room.state):
        events = room.act(PlaceBids(), AT)
        assert len(encode(events)) < MAX_BODY // 2
        told += 1
    room.refuses("room.part", PlaceBids(), AT)
    events = room.act(Summarise(), AT)
    assert len(encode(events)) < MAX_BODY // 2 and told == -(-700 // PART) - 1
    assert (room.state.summary, room.state.placed) == (whole, None)
    signed(room)


@pytest.mark.parametrize(("n", "parts"), [(PART, False), (PART + 1, True)])
def test_what_fits_one_entry_is_said_in_one(n: int, parts: bool) -> None:
    room = marked_room(BIDS[:n])
    assert long(room.state) is parts
    if parts:
        room.act(PlaceBids(), AT)
    else:
        room.refuses("room.part", PlaceBids(), AT)
    room.act(Summarise(), AT)
    assert room.state.summary is not None and len(room.state.summary.ranking) == n


def test_a_mark_corrected_between_parts_begins_them_anew() -> None:
    room = marked_room(BIDS[: PART + 1])
    room.act(PlaceBids(), AT)
    room.act(CorrectMark("m1", BIDS[0].id, "tech", "1", "sum", "合计有误"), AT)
    assert room.state.placed is None and long(room.state)


def test_parts_of_another_ranking_are_not_continued() -> None:
    room = marked_room(BIDS[: PART + 1])
    room.act(PlaceBids(), AT)
    assert room.state.placed is not None
    room.state = replace(room.state, placed=replace(room.state.placed, ranking=room.state.placed.ranking[::-1]))
    room.refuses("room.part", Summarise(), AT)
    room.refuses("room.part", PlaceBids(), AT)


def test_hundreds_of_one_brand_fall_out_in_parts_before_anybody_is_placed() -> None:
    method = Method("price", "1", LowestEvaluated(), core=("服务器",))
    bids = tuple(replace(b, brands=(Brand("服务器", "同一品牌" if n > 1 else f"品牌{n}"),)) for n, b in enumerate(BIDS[:320]))
    room = seated(method=method, subject="goods", bids=bids, conformity=())
    room.act(ConcludeReview("conformity"), AT)
    room.act(PlaceBids(), AT)
    assert len(room.state.rejected) == PART
    while long(room.state):
        room.act(PlaceBids(), AT)
    assert len(room.state.valid) <= PART
