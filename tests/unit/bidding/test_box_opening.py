"""An opening: windows, releases, faults, verdicts, reading aloud, objections, the next stage."""

import io

import pytest
from msgspec.structs import replace

from archive.errors import Invalid
from archive.values import MINUTE, Actor
from bidding import box
from bidding.opening import Finding, Stored
from tests.unit.bidding import parties
from tests.unit.bidding.hall import HOST, Hall, three
from tests.unit.bidding.parties import CLOSES, trustee_key

B, TB, J, JB, B_T, B_J = 2, 3, 4, 6, 11, 14
END = CLOSES + 60 * MINUTE


def answered(hall: Hall, name: str) -> box.Ballot:
    return next(b for b in hall.state.ballots if b.envelope == hall.envelope(name).id.hex())


def test_two_trustees_open_all_three_bids_and_the_opening_ends_early() -> None:
    hall = three()
    hall.release(1, "a", "b", "c", at=CLOSES + 1)
    assert box.due(hall.state) == (END, "conclude")
    hall.release(3, "a", "b", "c", at=CLOSES + 2)
    assert box.due(hall.state) == (CLOSES, "conclude")
    verdicts = [hall.judge(name, CLOSES + 3) for name in "abc"]
    assert [(v.verdict, v.fault, v.effect) for v in verdicts] == [("opened", "none", "counted")] * 3
    done = hall.conclude(CLOSES + 4)
    assert done == box.OpeningConcluded(1, 3, 0, 0, 0, below_least=False)
    assert all(b.answers.releases == () for b in hall.state.ballots)


def test_nothing_is_judged_while_a_window_runs_and_answers_are_missing() -> None:
    hall = three()
    hall.release(1, "a", "b", "c", at=CLOSES + 1)
    hall.release(2, "a", "b", at=CLOSES + 1)
    command, facts = hall.judging("a")
    assert hall.refuses(command, END - 1, facts=facts) == "box.window-open"
    assert hall.judge("a", END).verdict == "opened"


def test_answers_after_the_window_are_refused() -> None:
    hall = three(parties.policy(modes=TB))
    assert hall.refuses(*hall.releasing(1, "a", at=END)) == "box.window-over"
    assert hall.refuses(*hall.publishing("a", END)) == "box.window-over"
    complaint = box.Complain(hall.state.closing_list, 1, hall.envelope("a").id.hex())
    assert hall.refuses(complaint, END, hall.trustee(1)) == "box.window-over"


def test_no_answer_is_taken_before_the_closing_whatever_the_trustees_clock_says() -> None:
    hall = Hall().open().enter("a", "b", "c")
    e = hall.by("a").envelopes[0]
    r = e.releases(1)[0]
    command = box.ReleaseShares("00" * 32, 1, (box.Share(e.id.hex(), r.share, r.r),))
    facts = box.Lines((box.Line(e.id.hex(), e.parsed.ctx.hex(), e.parsed.shares[0].c.hex()),))
    assert hall.refuses(command, CLOSES + MINUTE, hall.trustee(1), facts) == "box.wrong-phase"


def test_answers_name_the_closing_list() -> None:
    hall = three(parties.policy(modes=TB))
    command, at, actor, facts = hall.releasing(1, "a", at=CLOSES + 1)
    assert hall.refuses(replace(command, closing_list="00" * 32), at, actor, facts) == "box.other-list"
    complaint = box.Complain("00" * 32, 1, hall.envelope("a").id.hex())
    assert hall.refuses(complaint, CLOSES, hall.trustee(1)) == "box.other-list"


def test_an_envelope_off_the_list_stays_shut() -> None:
    hall = Hall().open().enter("a", "b", "c", "d")
    held = tuple(e.held(envelopes=() if e.bidder.name == "d" else tuple(x.id.hex() for x in e.envelopes)) for e in hall.entered)
    hall.act(box.CloseBox(), CLOSES, facts=box.Held(held))
    assert hall.refuses(*hall.releasing(1, "a", "d", at=CLOSES + 1)) == "box.not-listed"
    assert (
        hall.refuses(box.Complain(hall.state.closing_list, 1, hall.by("d").envelopes[0].id.hex()), CLOSES, hall.trustee(1))
        == "box.not-listed"
    )


@pytest.mark.parametrize("actor", [Actor("u-x", "user", org="org-2"), Actor("u-x", "user"), HOST])
def test_only_the_trustee_itself_releases(actor: Actor) -> None:
    hall = three()
    command, at, _, facts = hall.releasing(1, "a", at=CLOSES + 1)
    assert hall.refuses(command, at, actor, facts) == "box.not-trustee"
    assert hall.refuses(box.Complain(hall.state.closing_list, 1, hall.envelope("a").id.hex()), at, actor) == "box.not-trustee"


@pytest.mark.parametrize("j", [0, 4])
def test_a_trustee_that_does_not_exist_releases_nothing(j: int) -> None:
    hall = three()
    command, at, actor, facts = hall.releasing(1, "a", at=CLOSES + 1)
    assert hall.refuses(replace(command, j=j), at, actor, facts) == "box.not-trustee"


def test_organisations_named_at_the_opening_of_the_box_hold_the_keys() -> None:
    hall = three(trustees=("X", "Y", "Z"))
    command, at, actor, facts = hall.releasing(2, "a", at=CLOSES + 1)
    assert hall.refuses(command, at, actor, facts) == "box.not-trustee"
    assert hall.act(command, at, Actor("u", "user", org="Y"), facts)


def test_a_wrong_share_is_the_trustees_fault_and_the_good_ones_count() -> None:
    hall = three()
    good, bad = hall.act(*hall.releasing(1, "a", "b", at=CLOSES + 1, bad=("b",)))
    assert isinstance(good, box.SharesReleased) and isinstance(bad, box.TrusteeFailed)
    assert bad == box.TrusteeFailed(1, (hall.envelope("b").id.hex(),))
    assert len(answered(hall, "a").answers.releases) == 1 and answered(hall, "b").answers.releases == ()
    hall.release(1, "b", at=CLOSES + 2)
    assert len(answered(hall, "b").answers.releases) == 1


def test_a_share_that_is_no_hex_is_a_wrong_share() -> None:
    hall = three()
    command, at, actor, facts = hall.releasing(1, "a", at=CLOSES + 1)
    assert isinstance(command, box.ReleaseShares)
    (event,) = hall.act(replace(command, shares=(replace(command.shares[0], share="zz"),)), at, actor, facts)
    assert isinstance(event, box.TrusteeFailed)


def test_a_trustee_releases_once() -> None:
    hall = three()
    hall.release(1, "a", at=CLOSES + 1)
    assert hall.refuses(*hall.releasing(1, "a", "b", at=CLOSES + 2)) == "box.released-already"


def test_a_batch_is_neither_empty_nor_double_nor_too_long() -> None:
    hall = three()
    command, at, actor, facts = hall.releasing(1, "a", at=CLOSES + 1)
    assert isinstance(command, box.ReleaseShares)
    one = command.shares[0]
    many = tuple(replace(one, envelope=f"{i:064x}") for i in range(box.SHARES + 1))
    for shares in ((), (one, one), many):
        assert hall.refuses(replace(command, shares=shares), at, actor, facts) == "box.bad-batch"
    assert hall.refuses(replace(command, shares=many[1:]), at, actor, facts) == "box.not-listed"


@pytest.mark.parametrize("facts", [None, box.Lines(()), box.Held(())], ids=["none", "no line", "others"])
def test_an_answer_needs_the_lines_of_its_envelopes(facts: box.Facts | None) -> None:
    hall = three()
    command, at, actor, _ = hall.releasing(1, "a", at=CLOSES + 1)
    with pytest.raises(Invalid) as e:
        hall.act(command, at, actor, facts)
    assert e.value.code == "box.facts"


def test_silent_trustees_are_named_and_the_bid_counts_as_withdrawn() -> None:
    hall = three()
    hall.release(2, "a", "b", "c", at=CLOSES + 1)
    event = hall.judge("a", END)
    assert (event.verdict, event.fault, event.effect, event.silent) == ("trustees-short", "trustee", "withdrawn", (1, 3))


def test_withdrawn_bids_may_leave_too_few() -> None:
    hall = three()
    for j in (1, 2):
        hall.release(j, "a", "b", at=CLOSES + j)
    for name in "abc":
        hall.judge(name, END)
    assert hall.conclude(END) == box.OpeningConcluded(1, 2, 0, 1, 0, below_least=True)


def test_a_bidder_publishes_its_own_seed() -> None:
    hall = three(parties.policy(modes=TB))
    hall.publish("a", CLOSES + 1)
    hall.release(1, "b", "c", at=CLOSES + 1)
    hall.release(2, "b", "c", at=CLOSES + 1)
    assert [hall.judge(n, CLOSES + 2).verdict for n in "abc"] == ["opened"] * 3


def test_a_wrong_seed_opens_nothing_and_may_be_followed_by_the_right_one() -> None:
    hall = three(parties.policy(modes=TB))
    for wrong in ("00" * 32, "00" * 31, "zz", hall.envelope("b").seed.hex()):
        assert hall.refuses(*hall.publishing("a", CLOSES + 1, wrong)) == "box.wrong-seed"
    assert hall.publish("a", CLOSES + 2)


def test_nobody_publishes_a_seed_for_another() -> None:
    hall = three(parties.policy(modes=TB))
    command, at, _, facts = hall.publishing("a", CLOSES + 1)
    for actor in (hall.by("b").bidder.actor, HOST, Actor("u", "user")):
        assert hall.refuses(command, at, actor, facts) == "box.not-bidder"


def test_a_seed_is_published_only_where_the_policy_has_b() -> None:
    hall = three(parties.policy(modes=1))
    assert hall.refuses(*hall.publishing("a", CLOSES + 1)) == "box.mode"


def test_shares_are_released_only_where_the_policy_has_t_or_j() -> None:
    hall = three(parties.policy(modes=B))
    assert hall.refuses(*hall.releasing(1, "a", at=CLOSES + 1)) == "box.mode"
    assert hall.refuses(*hall.halving("a", CLOSES + 1)) == "box.mode"


def test_where_bidders_come_first_trustees_wait_for_the_second_window() -> None:
    hall = three(parties.policy(modes=B_T), remedy_minutes=30)
    assert (hall.state.first_ends, hall.state.ends_at) == (END, END + 30 * MINUTE)
    assert hall.refuses(*hall.releasing(1, "a", at=END - 1)) == "box.bidder-first"
    hall.publish("b", CLOSES + 1)
    assert hall.refuses(*hall.releasing(1, "a", "b", at=END)) == "box.open-already"
    for j in (1, 2):
        hall.release(j, "a", "c", at=END + j)
    assert [hall.judge(n, END + 3).verdict for n in "abc"] == ["opened"] * 3


def test_where_bidders_come_first_and_all_answer_no_trustee_is_needed() -> None:
    hall = three(parties.policy(modes=B_T))
    for name in "abc":
        hall.publish(name, CLOSES + 1)
    assert [hall.judge(n, CLOSES + 2).verdict for n in "abc"] == ["opened"] * 3


def test_a_bidder_may_still_answer_in_the_trustees_window() -> None:
    hall = three(parties.policy(modes=B_T))
    assert hall.publish("a", END + 1)


@pytest.mark.parametrize("modes", [J, JB, B_J])
def test_in_mode_j_trustees_and_bidder_open_together(modes: int) -> None:
    hall = three(parties.policy(modes=modes))
    at = hall.state.first_ends if modes == B_J else CLOSES + 1
    for j in (1, 2):
        hall.release(j, "a", "b", "c", at=at)
    for name in "ab":
        hall.act(*hall.halving(name, at))
    assert not box.Box.solved(hall.state, answered(hall, "c"))
    found = [hall.judge(n, hall.state.ends_at) for n in "abc"]
    assert [f.verdict for f in found] == ["opened", "opened", "bidder-absent"]
    assert (found[2].fault, found[2].effect) == ("bidder", "revoked")


def test_in_mode_j_a_half_that_does_not_fit_is_refused() -> None:
    hall = three(parties.policy(modes=J))
    for wrong in ("00" * 32, "zz"):
        assert hall.refuses(*hall.halving("a", CLOSES + 1, wrong)) == "box.wrong-half"
    command, at, _, facts = hall.halving("a", CLOSES + 1)
    assert hall.refuses(command, at, hall.by("b").bidder.actor, facts) == "box.not-bidder"


def test_a_bidder_that_does_not_answer_revokes_where_only_it_could() -> None:
    hall = three(parties.policy(modes=B))
    event = hall.judge("a", END)
    assert (event.verdict, event.fault, event.effect) == ("bidder-absent", "bidder", "revoked")


def test_revoked_bids_do_not_leave_too_few() -> None:
    hall = three(parties.policy(modes=B))
    hall.publish("a", CLOSES + 1)
    for name in "abc":
        hall.judge(name, END)
    assert hall.conclude(END) == box.OpeningConcluded(1, 1, 2, 0, 0, below_least=False)


def test_a_platform_fault_leaves_the_question_to_a_person() -> None:
    hall = three(parties.policy(modes=B))
    hall.act(box.RecordFault("解密页面无法打开", CLOSES + 1), CLOSES + 5)
    for name in "bc":
        hall.publish(name, CLOSES + 6)
    event = hall.judge("a", END)
    assert (event.verdict, event.fault, event.effect) == ("bidder-absent", "undecided", "undecided")
    for name in "bc":
        hall.judge(name, END)
    hall.conclude(END)
    hall.act(box.ReadAloud(), END)
    assert hall.refuses(box.FinishOpening(), END) == "box.undecided"
    assert hall.refuses(box.RuleOnFault(hall.envelope("a").id.hex(), "platform", " "), END) == "box.no-reason"
    (ruled,) = hall.act(box.RuleOnFault(hall.envelope("a").id.hex(), "platform", "故障记录属实"), END)
    assert ruled == box.FaultRuled(hall.envelope("a").id.hex(), "platform", "withdrawn", "故障记录属实", "u-host")
    (finished,) = hall.act(box.FinishOpening(), END)
    assert isinstance(finished, box.OpeningFinished) and finished.below_least


def test_a_person_may_find_the_bidder_at_fault() -> None:
    hall = three(parties.policy(modes=B))
    hall.act(box.RecordFault("短暂中断", CLOSES), CLOSES + 5)
    for name in "bc":
        hall.publish(name, CLOSES + 6)
    for name in "abc":
        hall.judge(name, END)
    hall.conclude(END)
    (ruled,) = hall.act(box.RuleOnFault(hall.envelope("a").id.hex(), "bidder", "故障在其未解密之后"), END)
    assert isinstance(ruled, box.FaultRuled) and ruled.effect == "revoked"
    assert hall.refuses(box.RuleOnFault(hall.envelope("a").id.hex(), "platform", "x"), END) == "box.decided"


def test_what_the_rules_decide_is_not_ruled_on() -> None:
    hall = three().opened("a", "b", "c")
    at = CLOSES + MINUTE
    assert hall.refuses(box.RuleOnFault(hall.envelope("a").id.hex(), "bidder", "x"), at) == "box.decided"
    assert hall.refuses(box.RuleOnFault("00" * 32, "bidder", "x"), at) == "box.not-listed"


def test_short_trustees_under_a_platform_fault_are_withdrawn_whoever_bears_it() -> None:
    hall = three()
    hall.act(box.RecordFault("中断", CLOSES), CLOSES + 5)
    for name in "abc":
        assert hall.judge(name, END).effect == "withdrawn"
    hall.conclude(END)
    envelope = hall.envelope("a").id.hex()
    assert hall.refuses(box.RuleOnFault(envelope, "bidder", "x"), END) == "box.decided"
    assert hall.refuses(box.RuleOnFault(envelope, "none", "x"), END) == "box.decided"
    (ruled,) = hall.act(box.RuleOnFault(envelope, "platform", "x"), END)
    assert isinstance(ruled, box.FaultRuled) and ruled.effect == "withdrawn"


def test_a_fault_cannot_be_recorded_before_it_happens() -> None:
    hall = three()
    assert hall.refuses(box.RecordFault("x", CLOSES + 2), CLOSES + 1) == "box.not-yet"
    assert hall.refuses(box.RecordFault("", CLOSES), CLOSES + 1) == "box.no-reason"
    assert hall.act(box.RecordFault("x", CLOSES + 1), CLOSES + 1)


def test_a_window_is_extended_only_after_a_platform_fault() -> None:
    hall = three()
    assert hall.refuses(box.ExtendWindow(30, "多家申请"), CLOSES + 1) == "box.no-fault"
    hall.act(box.RecordFault("中断", CLOSES), CLOSES + 1)
    assert hall.refuses(box.ExtendWindow(0, "x"), CLOSES + 1) == "box.no-fault"
    hall.act(box.ExtendWindow(1, "中断 1 分钟"), CLOSES + 1)
    assert hall.state.ends_at == END + MINUTE
    hall.act(box.ExtendWindow(29, "中断又 29 分钟"), CLOSES + 2)
    assert hall.state.ends_at == END + 30 * MINUTE
    assert hall.refuses(box.ExtendWindow(30, "x"), END + 30 * MINUTE) == "box.window-over"


def test_an_extension_of_the_first_window_moves_both() -> None:
    hall = three(parties.policy(modes=B_T))
    hall.act(box.RecordFault("中断", CLOSES), CLOSES + 1)
    hall.act(box.ExtendWindow(10, "x"), CLOSES + 2)
    assert (hall.state.first_ends, hall.state.ends_at) == (END + 10 * MINUTE, END + 70 * MINUTE)
    hall.act(box.ExtendWindow(10, "x"), END + 10 * MINUTE)
    assert (hall.state.first_ends, hall.state.ends_at) == (END + 10 * MINUTE, END + 80 * MINUTE)


def test_a_pause_stops_the_windows() -> None:
    hall = three()
    hall.act(box.PauseBox("监督指令"), CLOSES + 10 * MINUTE)
    assert hall.refuses(*hall.releasing(1, "a", at=CLOSES + 11 * MINUTE)) == "box.paused"
    complaint = box.Complain(hall.state.closing_list, 1, hall.envelope("a").id.hex())
    assert hall.refuses(complaint, CLOSES + 11 * MINUTE, hall.trustee(1)) == "box.paused"
    command, facts = hall.judging("a")
    assert hall.refuses(command, END + MINUTE, facts=facts) == "box.paused"
    assert hall.refuses(box.ConcludeOpening(), END + MINUTE) == "box.paused"
    hall.act(box.ResumeBox(), CLOSES + 110 * MINUTE)
    assert hall.state.ends_at == END + 100 * MINUTE and hall.state.closes_at == CLOSES


def test_a_complaint_with_proof_makes_the_bidder_malformed() -> None:
    from dataclasses import replace as copy

    from bidding import sealing

    hall = Hall().open().enter("a", "b", "c")
    cheat = hall.by("a").envelopes[0]
    lines = (copy(cheat.parsed.shares[0], sealed=bytes(113)), *cheat.parsed.shares[1:])
    hall.by("a").envelopes[0] = copy(cheat, raw=sealing.encode_envelope(copy(cheat.parsed, shares=lines)))
    hall.close()
    envelope = hall.envelope("a").id.hex()
    for j in (2, 3):
        hall.release(j, "a", "b", "c", at=CLOSES + 1)
    hall.act(box.Complain(hall.state.closing_list, 1, envelope), CLOSES + 1, hall.trustee(1))
    assert answered(hall, "a").answers.complaints == ()
    hall.act(box.Complain(hall.state.closing_list, 1, envelope, "00" * 32), CLOSES + 2, hall.trustee(1))
    hall.act(box.Complain(hall.state.closing_list, 1, envelope, trustee_key(1, 1).hex()), CLOSES + 3, hall.trustee(1))
    assert len(answered(hall, "a").answers.complaints) == 1
    event = hall.judge("a", CLOSES + 4)
    assert (event.verdict, event.fault, event.effect) == ("malformed(bidder)", "bidder", "revoked")


def test_what_is_no_key_proves_no_complaint() -> None:
    hall = three()
    complaint = box.Complain(hall.state.closing_list, 1, hall.envelope("a").id.hex(), "00" * 31)
    assert hall.refuses(complaint, CLOSES + 1, hall.trustee(1)) == "box.bad-key"


def _opening() -> Hall:
    hall = three()
    for j in (1, 2):
        hall.release(j, "a", "b", "c", at=CLOSES + j)
    return hall


@pytest.mark.parametrize("stored", [None, b"", b"x" * 100])
def test_missing_bytes_are_the_platforms_fault(stored: bytes | None) -> None:
    sources: list[Stored] = [None if stored is None else lambda: io.BytesIO(stored)]
    event = _opening().judge("a", CLOSES + 3, stored=sources)
    assert (event.verdict, event.fault, event.effect, event.form) == ("bytes-missing", "platform", "withdrawn", None)


def test_an_index_that_does_not_read_is_the_bidders_fault() -> None:
    event = _opening().judge("a", CLOSES + 3, index=False)
    assert (event.verdict, event.effect, event.form) == ("malformed(bidder)", "revoked", None)


def test_a_verdict_needs_the_logged_envelope_and_its_form() -> None:
    hall = _opening()
    command, facts = hall.judging("a")
    assert isinstance(facts, box.Judged)
    other = replace(facts, envelope=hall.envelope("b").raw.hex())
    for wrong in (None, other, replace(facts, envelope="zz"), box.Lines(()), replace(facts, form=None)):
        with pytest.raises(Invalid) as e:
            hall.act(command, CLOSES + 3, facts=wrong)
        assert e.value.code == "box.facts"


def test_a_platform_cannot_talk_an_envelope_open() -> None:
    hall = three()
    command, facts = hall.judging("a")
    assert isinstance(facts, box.Judged)
    talked = replace(facts, finding=Finding((True,), (True,), index=True), form=box.Form("a", "a"))
    (event,) = hall.act(command, END, facts=talked)
    assert isinstance(event, box.EnvelopeJudged) and event.verdict == "trustees-short" and event.form is None


def test_an_envelope_is_judged_once() -> None:
    hall = _opening()
    hall.judge("a", CLOSES + 3)
    command, facts = hall.judging("a")
    assert hall.refuses(command, CLOSES + 4, facts=facts) == "box.judged"
    assert hall.refuses(box.JudgeEnvelope("00" * 32), CLOSES + 4, facts=facts) == "box.not-listed"


def _together(hall: Hall, *names: str) -> tuple[box.JudgeEnvelopes, box.Findings]:
    both = [hall.judging(name) for name in names]
    told = [facts for _, facts in both if isinstance(facts, box.Judged)]
    return box.JudgeEnvelopes(tuple(hall.envelope(name).id.hex() for name in names)), box.Findings(tuple(told))


def test_envelopes_judged_together_have_the_verdicts_they_have_one_by_one() -> None:
    alone, together = _opening(), _opening()
    one_by_one = tuple(alone.judge(name, CLOSES + 3) for name in "abc")
    command, facts = _together(together, "a", "b", "c")
    assert together.act(command, CLOSES + 3, Actor.system("bell"), facts) == one_by_one
    assert together.state == alone.state


@pytest.mark.parametrize(("names", "code"), [("", "box.bad-batch"), ("bb", "box.bad-batch"), ("ba", "box.judged")])
def test_a_part_of_the_verdicts_names_each_envelope_once_and_none_that_has_its_verdict(names: str, code: str) -> None:
    hall = _opening()
    hall.judge("a", CLOSES + 3)
    command, facts = _together(hall, *names)
    assert hall.refuses(command, CLOSES + 3, facts=facts) == code


def test_a_part_of_the_verdicts_needs_a_finding_for_each_envelope() -> None:
    hall = _opening()
    command, facts = _together(hall, "a", "b")
    with pytest.raises(Invalid, match=r"box\.facts"):
        hall.act(command, CLOSES + 3, facts=box.Findings(facts.judged[:1]))


def test_an_opening_is_concluded_when_all_are_judged() -> None:
    hall = _opening()
    hall.judge("a", CLOSES + 3)
    assert hall.refuses(box.ConcludeOpening(), CLOSES + 4) == "box.not-judged"


def test_forms_are_read_aloud_once_the_decryption_has_ended() -> None:
    hall = _opening()
    assert hall.refuses(box.ReadAloud(), CLOSES + 3) == "box.wrong-phase"
    for name in "abc":
        hall.judge(name, CLOSES + 3)
    hall.conclude(CLOSES + 4)
    read = [row for table, _, row in box.rows("box/x", hall.state) if table == "box_envelope"]
    assert not any(row["read"] for row in read) and all(row["form"] for row in read)
    hall.act(box.ReadAloud(), CLOSES + 5)
    assert all(row["read"] for table, _, row in box.rows("box/x", hall.state) if table == "box_envelope")


def test_an_objection_is_answered_before_the_end() -> None:
    hall = three().opened("a", "b", "c")
    at, bidder = CLOSES + MINUTE, hall.by("a").bidder.actor
    hall.act(box.ReadAloud(), at)
    hall.act(box.ObjectToOpening("报价读错"), at, bidder)
    assert hall.refuses(box.ObjectToOpening("再次"), at, bidder) == "box.objection-open"
    hall.act(box.ObjectToOpening("另一家的异议"), at, hall.by("b").bidder.actor)
    hall.act(box.AnswerObjection(2, "答复"), at)
    assert hall.refuses(box.FinishOpening(), at) == "box.objection-open"
    assert hall.refuses(box.AnswerObjection(3, "x"), at) == "box.no-objection"
    hall.act(box.AnswerObjection(1, "已核对,与信封一致"), at + 1)
    assert hall.refuses(box.AnswerObjection(1, "x"), at) == "box.no-objection"
    assert hall.act(box.FinishOpening(), at + 2) == (box.OpeningFinished(1, at + 2, last=True, below_least=False),)
    row, _ = (row for table, _, row in box.rows("box/x", hall.state) if table == "box_objection")
    assert row["answer"] == "已核对,与信封一致"


@pytest.mark.parametrize("actor", [HOST, Actor("u", "user"), Actor("u", "user", org="org-1")])
def test_only_listed_bidders_object_and_confirm(actor: Actor) -> None:
    hall = three().opened("a", "b", "c")
    hall.act(box.ReadAloud(), CLOSES + MINUTE)
    assert hall.refuses(box.ObjectToOpening("x"), CLOSES + MINUTE, actor) == "box.not-bidder"
    assert hall.refuses(box.ConfirmRecord(), CLOSES + MINUTE, actor) == "box.not-bidder"


def test_a_bidder_confirms_the_record_once() -> None:
    hall = three().opened("a", "b", "c")
    bidder = hall.by("a").bidder.actor
    assert hall.refuses(box.ConfirmRecord(), CLOSES + MINUTE, bidder) == "box.wrong-phase"
    hall.act(box.ReadAloud(), CLOSES + MINUTE)
    hall.act(box.ConfirmRecord(), CLOSES + MINUTE, bidder)
    assert hall.refuses(box.ConfirmRecord(), CLOSES + MINUTE, bidder) == "box.confirmed"
    assert hall.act(box.ConfirmRecord(), CLOSES + MINUTE, hall.by("b").bidder.actor)


def _two_stages() -> Hall:
    hall = three(stages=(1, 2)).opened("a", "b", "c")
    hall.act(box.ReadAloud(), CLOSES + MINUTE)
    hall.act(box.FinishOpening(), CLOSES + MINUTE)
    return hall


def test_the_second_stage_opens_only_the_bids_admitted() -> None:
    hall = _two_stages()
    assert hall.state.phase == "between" and box.due(hall.state) is None
    admitted = tuple(sorted(hall.by(n).stream for n in "ab"))
    at = CLOSES + 3000 * MINUTE
    hall.act(box.OpenStage(admitted, "技术标评审通过"), at)
    assert (hall.state.stage, hall.state.phase, len(hall.state.on_stage)) == (2, "opening", 2)
    assert hall.refuses(*hall.releasing(1, "c", at=at + 1)) == "box.not-listed"
    hall.opened("a", "b")
    hall.act(box.ReadAloud(), at + MINUTE)
    assert hall.act(box.FinishOpening(), at + MINUTE) == (box.OpeningFinished(2, at + MINUTE, last=True, below_least=False),)
    third = hall.by("c").envelopes[1].id.hex()
    assert third not in {b.envelope for b in hall.state.ballots} and hall.state.phase == "finished"


def test_stages_are_opened_one_after_another_and_each_record_is_confirmed() -> None:
    hall = three(stages=(1, 2, 5))
    everybody = tuple(sorted(hall.by(n).stream for n in "abc"))
    for stage in (1, 2, 5):
        if stage > 1:
            hall.act(box.OpenStage(everybody, "全部通过"), hall.state.began_at + 20)
        assert hall.state.stage == stage
        hall.opened("a", "b", "c")
        hall.act(box.ReadAloud(), hall.state.began_at + 12)
        hall.act(box.ConfirmRecord(), hall.state.began_at + 13, hall.by("a").bidder.actor)
        hall.act(box.FinishOpening(), hall.state.began_at + 14)
    assert hall.state.phase == "finished" and [c.stage for c in hall.state.confirmed] == [1, 2, 5]


def test_envelopes_of_a_later_stage_stay_shut_in_the_first() -> None:
    hall = three(stages=(1, 2))
    e = hall.by("a").envelopes[1]
    r = e.releases(1)[0]
    command = box.ReleaseShares(hall.state.closing_list, 1, (box.Share(e.id.hex(), r.share, r.r),))
    facts = box.Lines((box.Line(e.id.hex(), e.parsed.ctx.hex(), e.parsed.shares[0].c.hex()),))
    assert hall.refuses(command, CLOSES + 1, hall.trustee(1), facts) == "box.not-listed"


@pytest.mark.parametrize("case", ["nobody", "a stranger", "twice", "out of order"])
def test_only_bids_of_the_stage_before_are_admitted(case: str) -> None:
    hall = _two_stages()
    a, b = sorted(hall.by(n).stream for n in "ab")
    admitted = {"nobody": (), "a stranger": ("sealed/" + "0" * 32,), "twice": (a, a), "out of order": (b, a)}[case]
    assert hall.refuses(box.OpenStage(admitted, "x"), CLOSES + MINUTE) == "box.not-listed"


def test_a_bid_that_was_not_opened_is_not_admitted() -> None:
    hall = three(stages=(1, 2))
    for j in (1, 2):
        hall.release(j, "a", "b", at=CLOSES + j)
    for name in "abc":
        hall.judge(name, END)
    hall.conclude(END)
    hall.act(box.ReadAloud(), END)
    hall.act(box.FinishOpening(), END)
    assert hall.refuses(box.OpenStage((hall.by("c").stream,), "x"), END) == "box.not-listed"


def test_shares_seeds_and_keys_are_secret_and_objectors_personal() -> None:
    hall = three(parties.policy(modes=TB))
    secret = [hall.releasing(1, "a", at=0)[0], hall.publishing("a", 0)[0], hall.halving("a", 0)[0], box.Complain("", 1, "")]
    assert {box.secrecy(c) for c in secret} == {"secret"}
    assert box.secrecy(box.ObjectToOpening("x")) == "personal" and box.secrecy(box.CloseBox()) == "public"


def test_every_command_has_an_act_of_its_own() -> None:
    from typing import get_args

    from bidding.box.projecting import ACTS

    assert set(ACTS) == set(get_args(box.Command)) and len(set(ACTS.values())) == len(ACTS)


def test_no_row_holds_a_share_or_a_seed() -> None:
    hall = three(parties.policy(modes=TB))
    hall.release(1, "a", "b", "c", at=CLOSES + 1)
    hall.publish("a", CLOSES + 1)
    shown = repr(list(box.rows("box/x", hall.state)))
    assert hall.envelope("a").seed.hex() not in shown
    assert all(r.share not in shown and r.r not in shown for r in hall.envelope("a").releases(1))


def test_a_trustee_destroys_its_key_once_and_only_when_nothing_is_left_to_open() -> None:
    hall = _two_stages()
    destroy = box.DestroyKey(1)
    assert hall.refuses(destroy, END, hall.trustee(1)) == "box.wrong-phase"
    at = CLOSES + 3000 * MINUTE
    hall.act(box.OpenStage((hall.by("a").stream,), "x"), at)
    hall.opened("a")
    hall.act(box.ReadAloud(), at + MINUTE)
    hall.act(box.FinishOpening(), at + MINUTE)
    assert hall.refuses(destroy, at + MINUTE, hall.trustee(2)) == "box.not-trustee"
    assert hall.act(destroy, at + MINUTE, hall.trustee(1)) == (box.KeyDestroyed(1, at + MINUTE),)
    assert hall.refuses(destroy, at + MINUTE, hall.trustee(1)) == "box.key-destroyed"
    hall.act(box.DestroyKey(3), at + MINUTE, hall.trustee(3))
    assert hall.state.destroyed == (1, 3)


def test_a_box_between_two_stages_may_be_ended_and_nothing_of_it_is_opened_after_that() -> None:
    hall = three(stages=(1, 2))
    assert hall.refuses(box.EndStages("废标"), CLOSES + 1) == "box.wrong-phase"
    hall = _two_stages()
    assert hall.refuses(box.EndStages(" "), END) == "box.no-reason"
    assert hall.act(box.EndStages("所有投标被否决"), END) == (box.StagesEnded(1, END, "所有投标被否决"),)
    assert (hall.state.phase, box.due(hall.state)) == ("finished", None)
    assert hall.refuses(box.OpenStage((hall.by("a").stream,), "x"), END) == "box.wrong-phase"
    assert hall.act(box.DestroyKey(1), END, hall.trustee(1))


def test_keys_of_a_box_that_stays_shut_are_destroyed_too() -> None:
    hall = Hall().open().enter("a", "b").close()
    assert hall.act(box.DestroyKey(1), CLOSES, hall.trustee(1)) and box.secrecy(box.DestroyKey(1)) == "public"
