"""A box up to its closing: terms, deadline, pauses, drill, the closing list."""

from dataclasses import replace as copy

import pytest
from msgspec.structs import replace

from archive.decider import Head
from archive.errors import Invalid
from archive.values import HOUR, MINUTE
from bidding import box, sealing
from bidding.box.state import ClosingList
from bidding.custody import TEST
from bidding.opening import Release
from tests.unit.bidding import parties
from tests.unit.bidding.hall import Hall, three
from tests.unit.bidding.parties import CLOSES, OPENS, TENDER, Bidder


@pytest.fixture
def hall() -> Hall:
    return Hall().open()


def test_a_box_that_was_never_opened_refuses_everything() -> None:
    hall = Hall()
    assert hall.refuses(box.CloseBox(), CLOSES, facts=box.Held(())) == "box.none"
    assert hall.refuses(box.PauseBox("x"), OPENS) == "box.none"


def test_a_box_is_opened_once(hall: Hall) -> None:
    assert hall.state.phase == "accepting" and hall.refuses(hall.opening, OPENS) == "box.exists"


def test_defaults_are_filled_in_when_a_box_opens() -> None:
    hall = Hall(stages=(1, 2), decrypt_minutes=20).open()
    assert (hall.state.price_stage, hall.state.remedy_minutes, hall.state.trustees) == (2, 20, ("org-1", "org-2", "org-3"))


def test_the_shortest_terms_that_hold_open_a_box() -> None:
    hall = Hall()
    hall.act(replace(hall.opening, least_bids=1, decrypt_minutes=1, closes_at=OPENS + 1), OPENS)
    assert hall.state.phase == "accepting"


def test_a_policy_that_does_not_hold_opens_no_box() -> None:
    hall = Hall()
    assert hall.refuses(replace(hall.opening, policy="53425031"), OPENS) == "box.bad-policy"
    assert hall.refuses(replace(hall.opening, policy="zz"), OPENS) == "box.bad-policy"


@pytest.mark.parametrize(
    "changed",
    [
        {"stages": ()}, {"stages": (2, 1)}, {"stages": (1, 1)}, {"stages": (0,)}, {"stages": (256,)}, {"price_stage": 2},
        {"closes_at": OPENS}, {"least_bids": 0}, {"decrypt_minutes": 0}, {"remedy_minutes": -1}, {"grace_hours": -1},
        {"trustees": ("one", "two")},
    ],
    ids=str,
)  # fmt: skip
def test_terms_that_do_not_hold_open_no_box(changed: dict[str, object]) -> None:
    hall = Hall()
    assert hall.refuses(replace(hall.opening, **changed), OPENS) == "box.bad-terms"


def test_the_deadline_moves_later(hall: Hall) -> None:
    hall.act(box.MoveDeadline(CLOSES + HOUR, "澄清文件"), CLOSES - 1)
    assert hall.state.closes_at == CLOSES + HOUR


def test_the_deadline_never_moves_once_it_has_come(hall: Hall) -> None:
    assert hall.refuses(box.MoveDeadline(CLOSES + HOUR, "x"), CLOSES) == "box.past-deadline"


@pytest.mark.parametrize("to", [CLOSES, CLOSES - 1])
def test_the_deadline_never_moves_earlier(hall: Hall, to: int) -> None:
    assert hall.refuses(box.MoveDeadline(to, "x"), OPENS) == "box.not-later"


@pytest.mark.parametrize("why", ["", "  ", "长" * 2001])
def test_a_deadline_moves_only_for_a_reason(hall: Hall, why: str) -> None:
    assert hall.refuses(box.MoveDeadline(CLOSES + 1, why), OPENS) == "box.no-reason"


def test_a_pause_keeps_the_time_that_was_left(hall: Hall) -> None:
    hall.act(box.PauseBox("投诉"), CLOSES - 10 * MINUTE)
    assert box.due(hall.state) is None
    hall.act(box.ResumeBox(), CLOSES + 50 * MINUTE)
    assert hall.state.closes_at == CLOSES + 60 * MINUTE and box.due(hall.state) == (CLOSES + 60 * MINUTE, "close")


def test_more_time_may_be_given_at_the_resumption_but_not_less(hall: Hall) -> None:
    hall.act(box.PauseBox("投诉"), CLOSES - 10 * MINUTE)
    assert hall.refuses(box.ResumeBox(CLOSES + 59 * MINUTE, "x"), CLOSES + 50 * MINUTE) == "box.time-lost"
    hall.act(box.ResumeBox(CLOSES + 90 * MINUTE, "x"), CLOSES + 50 * MINUTE)
    assert hall.state.closes_at == CLOSES + 90 * MINUTE


def test_a_deadline_that_had_passed_before_the_pause_stays_passed(hall: Hall) -> None:
    hall.act(box.PauseBox("监督指令"), CLOSES + 1)
    assert hall.refuses(box.ResumeBox(CLOSES + HOUR, "x"), CLOSES + 2) == "box.past-deadline"
    hall.act(box.ResumeBox(), CLOSES + HOUR)
    assert hall.state.closes_at == CLOSES


def test_a_pause_that_begins_at_the_deadline_gives_no_more_time(hall: Hall) -> None:
    hall.act(box.PauseBox("监督指令"), CLOSES)
    hall.act(box.ResumeBox(), CLOSES + HOUR)
    assert hall.state.closes_at == CLOSES


def test_a_deadline_may_move_during_a_pause_that_began_before_it(hall: Hall) -> None:
    hall.act(box.PauseBox("投诉"), CLOSES - 1)
    hall.act(box.MoveDeadline(CLOSES + HOUR, "x"), CLOSES + MINUTE)
    assert hall.state.closes_at == CLOSES + HOUR


def test_a_paused_box_is_neither_paused_again_nor_closed(hall: Hall) -> None:
    hall.act(box.PauseBox("投诉"), OPENS)
    assert hall.refuses(box.PauseBox("x"), OPENS) == "box.paused"
    assert hall.refuses(box.CloseBox(), CLOSES, facts=box.Held(())) == "box.paused"


def test_a_box_that_runs_is_not_resumed(hall: Hall) -> None:
    assert hall.refuses(box.ResumeBox(), OPENS) == "box.not-paused"


def test_nobody_closes_a_box_early(hall: Hall) -> None:
    assert hall.refuses(box.CloseBox(), CLOSES - 1, facts=box.Held(())) == "box.not-yet"


def test_grace_hours_put_the_closing_off_but_not_the_deadline() -> None:
    hall = Hall(grace_hours=2).open().enter("a", "b", "c")
    assert box.due(hall.state) == (CLOSES + 2 * HOUR, "close")
    assert hall.refuses(box.CloseBox(), CLOSES + 2 * HOUR - 1, facts=box.Held(())) == "box.not-yet"
    late = tuple(e.held(received_at=CLOSES) for e in hall.entered)
    with pytest.raises(Invalid):
        hall.act(box.CloseBox(), CLOSES + 2 * HOUR, facts=box.Held(late))
    assert hall.close(CLOSES + 2 * HOUR).state.phase == "opening"


def test_a_closed_box_carries_its_list_and_begins_to_open() -> None:
    hall = three()
    assert hall.state.phase == "opening" and hall.state.count == 3 and hall.state.stage == 1
    assert hall.state.ends_at == CLOSES + 60 * MINUTE
    assert [b.envelope for b in hall.state.on_stage] == [e.envelopes[0].id.hex() for e in hall.entered]
    assert [b.stream for b in hall.state.listed] == sorted(e.stream for e in hall.entered)


def test_anybody_can_compute_the_lists_hash_again() -> None:
    hall = three()
    pinned = sealing.policy_hash(sealing.encode_policy(hall.policy)).hex()
    made = ClosingList(parties.TENDER, parties.LOT, CLOSES, pinned, (1,), hall.state.listed)
    assert made.hash == hall.state.closing_list


def test_fewer_than_three_bids_stay_sealed_and_unnamed() -> None:
    hall = Hall().open().enter("a", "b").close()
    assert (hall.state.phase, hall.state.count, hall.state.listed, hall.state.ballots) == ("kept", 2, (), ())
    names = box.Names((box.Named(hall.entered[0].stream, "a", "a公司"),))
    assert hall.refuses(box.NameBidders(), CLOSES, facts=names) == "box.wrong-phase"
    assert b"a\xe5\x85\xac" not in repr(hall.state).encode() and box.due(hall.state) is None


def test_no_bid_at_all_keeps_the_box_sealed(hall: Hall) -> None:
    hall.act(box.CloseBox(), CLOSES, facts=box.Held(()))
    assert (hall.state.phase, hall.state.count) == ("kept", 0)


@pytest.mark.parametrize("changed", [{"envelopes": ()}, {"missing": 1}, {"superseded": True}], ids=str)
def test_what_is_not_in_force_is_not_on_the_list(changed: dict[str, object]) -> None:
    hall = Hall().open().enter("a", "b", "c", "d")
    first, *rest = hall.entered
    held = (first.held(**changed), *(e.held() for e in rest))
    hall.act(box.CloseBox(), CLOSES, facts=box.Held(held))
    assert hall.state.count == 3 and first.stream not in {b.stream for b in hall.state.listed}


def test_the_ends_of_all_sealed_streams_are_fixed_by_the_closing() -> None:
    hall = Hall().open().enter("a", "b", "c")
    held = tuple(e.held(envelopes=() if e is hall.entered[0] else tuple(x.id.hex() for x in e.envelopes)) for e in hall.entered)
    events = hall.act(box.CloseBox(), CLOSES, facts=box.Held(held))
    assert [h for e in events for h in box.heads(e)] == [Head(e.stream, 1, "bGVhZg==") for e in hall.entered]


def test_a_long_list_comes_in_parts(hall: Hall) -> None:
    hall.enter(*(f"bidder-{i}" for i in range(5)))
    held = [e.held() for e in hall.entered]
    hall.act(box.CloseBox(), CLOSES, facts=box.Held(tuple(held[:3]), more=True))
    assert hall.state.phase == "accepting" and hall.state.count == 0
    hall.act(box.CloseBox(), CLOSES, facts=box.Held(tuple(held[3:])))
    assert (
        hall.state.count == 5
        and hall.state.closing_list == Hall().open().enter(*(f"bidder-{i}" for i in range(5))).close().state.closing_list
    )


def _bad_lists(hall: Hall) -> dict[str, box.Held]:
    held = [e.held() for e in hall.entered]
    return {
        "an empty part": box.Held((), more=True),
        "out of order": box.Held(tuple(held[::-1])),
        "a stream twice": box.Held((held[0], held[0], held[1])),
        "an envelope twice": box.Held((held[0], replace(held[1], envelopes=held[0].envelopes), held[2])),
        "a stage missing": box.Held((replace(held[0], envelopes=("00" * 32, "11" * 32)), *held[1:])),
        "a late bid": box.Held((replace(held[0], received_at=CLOSES), *held[1:])),
        "over the largest part": box.Held(
            tuple(replace(held[0], stream=f"sealed/{i:032x}", envelopes=()) for i in range(box.PART + 1))
        ),
    }


@pytest.mark.parametrize("fault", list(_bad_lists(Hall().enter("a", "b", "c"))))
def test_a_list_that_is_not_whole_closes_nothing(fault: str) -> None:
    hall = Hall().open().enter("a", "b", "c")
    with pytest.raises(Invalid) as e:
        hall.act(box.CloseBox(), CLOSES, facts=_bad_lists(hall)[fault])
    assert e.value.code == "box.bad-list"


@pytest.mark.parametrize("facts", [None, box.Names(())], ids=["none", "others"])
def test_a_box_is_closed_only_over_what_was_held(hall: Hall, facts: box.Facts | None) -> None:
    with pytest.raises(Invalid) as e:
        hall.act(box.CloseBox(), CLOSES, facts=facts)
    assert e.value.code == "box.facts"


def test_a_box_closes_once() -> None:
    hall = three()
    assert hall.refuses(box.CloseBox(), CLOSES, facts=box.Held(())) == "box.wrong-phase"


def test_bidders_are_named_once_and_only_those_listed() -> None:
    hall = Hall().open().enter("a", "b", "c").close(named=False)
    one = box.Named(hall.entered[0].stream, "a", "a公司")
    stranger = box.Named("sealed/" + "0" * 32, "x", "x公司")
    assert hall.refuses(box.NameBidders(), CLOSES, facts=box.Names((one, stranger))) == "box.not-listed"
    assert hall.refuses(box.NameBidders(), CLOSES, facts=box.Names((one, one))) == "box.not-listed"
    assert hall.refuses(box.NameBidders(), CLOSES, facts=box.Names(())) == "box.not-listed"
    hall.act(box.NameBidders(), CLOSES, facts=box.Names((one,)))
    assert hall.state.owner(one.stream) == "a"
    assert hall.refuses(box.NameBidders(), CLOSES, facts=box.Names((one,))) == "box.not-listed"
    with pytest.raises(Invalid):
        hall.act(box.NameBidders(), CLOSES, facts=box.Held(()))


def _drill(hall: Hall, *trustees: int, bad: bool = False) -> box.DrillTrustees:
    test = Bidder("test", hall.policy, TEST + TENDER).seal()
    releases = test.releases(*trustees)
    wrong = (Release(1, "00" * 32, "00" * 32),) if bad else ()
    return box.DrillTrustees(test.raw.hex(), (*wrong, *releases))


@pytest.mark.parametrize(("trustees", "alert"), [((1, 2, 3), False), ((1, 3), True), ((), True)])
def test_a_drill_tells_who_answered(hall: Hall, trustees: tuple[int, ...], alert: bool) -> None:
    (event,) = hall.act(_drill(hall, *trustees), CLOSES - 24 * HOUR)
    assert event == box.TrusteesDrilled(CLOSES - 24 * HOUR, trustees, alert)
    assert hall.state.drilled == trustees


def test_a_wrong_answer_to_a_drill_is_no_answer(hall: Hall) -> None:
    hall.act(_drill(hall, 2, 3, bad=True), OPENS)
    assert hall.state.drilled == (2, 3)


def test_where_all_trustees_are_needed_all_have_to_answer() -> None:
    hall = Hall(parties.policy(2, 2)).open()
    (event,) = hall.act(_drill(hall, 1, 2), OPENS)
    assert isinstance(event, box.TrusteesDrilled) and not event.alert


@pytest.mark.parametrize("tender", [TENDER, "T-another"])
def test_a_drill_never_uses_what_could_be_a_bid(hall: Hall, tender: str) -> None:
    bid = Bidder("a", hall.policy, tender).seal()
    assert hall.refuses(box.DrillTrustees(bid.raw.hex(), ()), OPENS) == "box.bad-drill"


def test_a_drill_uses_a_test_of_this_policy_before_the_deadline(hall: Hall) -> None:
    other = Bidder("test", parties.policy(3, 5), TEST + TENDER).seal()
    assert hall.refuses(box.DrillTrustees(other.raw.hex(), ()), OPENS) == "box.bad-drill"
    assert hall.refuses(box.DrillTrustees("zz", ()), OPENS) == "box.bad-drill"
    assert hall.refuses(_drill(hall, 1), CLOSES) == "box.past-deadline"
    fewer = copy(Bidder("test", hall.policy, TEST + TENDER).seal().parsed, shares=())
    assert hall.refuses(box.DrillTrustees(sealing.encode_envelope(fewer).hex(), ()), OPENS) == "box.bad-drill"


def test_before_the_closing_no_row_tells_of_any_bid(hall: Hall) -> None:
    ((table, _, columns),) = box.rows("box/x", hall.state)
    assert table == "box" and columns["count"] == 0 and columns["closing_list"] == ""
    assert list(box.rows("box/x", box.Box())) == [] and box.due(box.Box()) is None
