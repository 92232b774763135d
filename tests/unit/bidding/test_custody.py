"""A trustee's turn: it goes by the closing list, whatever it is asked for and whatever the time."""

from dataclasses import replace as copy

import pytest
from msgspec.structs import replace

from archive.errors import Invalid
from bidding import box, sealing
from bidding.box.state import ClosingList
from bidding.custody import TEST, Turn, answer_test, make_test, soft, take_turn
from tests.unit.bidding import parties
from tests.unit.bidding.hall import Hall, three
from tests.unit.bidding.parties import CLOSES, trustee_key


def closing_of(hall: Hall) -> ClosingList:
    raw = sealing.encode_policy(hall.policy)
    return ClosingList(parties.TENDER, parties.LOT, CLOSES, sealing.policy_hash(raw).hex(), hall.stages, hall.state.listed)


def turn(hall: Hall, *names: str, j: int = 1, stage: int = 1, **changed: object) -> Turn:
    given = {
        "closing": closing_of(hall),
        "logged_hash": hall.state.closing_list,
        "stage": stage,
        "policy": sealing.encode_policy(hall.policy),
        "envelopes": {e.id.hex(): e.raw for e in (hall.by(n).envelopes[hall.stages.index(stage)] for n in names)},
        "j": j,
        "holder": soft(trustee_key(1, j)),
    }
    return take_turn(**(given | changed))  # type: ignore[arg-type]


def refused(hall: Hall, *names: str, **changed: object) -> str:
    with pytest.raises(Invalid) as e:
        turn(hall, *names, **changed)  # type: ignore[arg-type]
    return e.value.code


def test_a_trustee_releases_what_the_list_names_and_the_box_takes_it() -> None:
    hall = three()
    for j in (1, 2):
        (command,) = turn(hall, "a", "b", "c", j=j).releases
        assert isinstance(command, box.ReleaseShares)
        _, at, actor, facts = hall.releasing(j, "a", "b", "c", at=CLOSES + 1)
        hall.act(command, at, actor, facts)
    assert all(map(hall.state.solved, hall.state.on_stage))


def test_an_envelope_off_the_list_is_not_opened_and_nothing_beside_it() -> None:
    hall = three().enter("d")
    assert refused(hall, "a", "d") == "custody.envelope"


def test_an_envelope_of_a_later_stage_is_not_opened() -> None:
    hall = three(stages=(1, 2))
    later = hall.by("a").envelopes[1]
    assert refused(hall, envelopes={later.id.hex(): later.raw}) == "custody.envelope"
    assert turn(hall, "a", stage=2).releases


def test_other_bytes_under_a_listed_id_are_not_opened() -> None:
    hall = three()
    a, b = hall.by("a").envelopes[0], hall.by("b").envelopes[0]
    assert refused(hall, envelopes={a.id.hex(): b.raw}) == "custody.envelope"


def test_a_list_that_the_log_does_not_have_opens_nothing() -> None:
    hall = three()
    assert refused(hall, "a", logged_hash="00" * 32) == "custody.list"
    longer = replace(closing_of(hall), bids=hall.state.listed[:2])
    assert refused(hall, "a", closing=longer) == "custody.list"


def test_a_list_under_another_policy_opens_nothing() -> None:
    hall = three()
    assert refused(hall, "a", policy=sealing.encode_policy(parties.policy(3, 5))) == "custody.list"


def test_a_stage_that_the_tender_does_not_have_opens_nothing() -> None:
    hall = three()
    envelope = hall.by("a").envelopes[0]
    assert refused(hall, stage=1, envelopes={"00" * 32: envelope.raw}) == "custody.envelope"
    with pytest.raises(Invalid) as e:
        take_turn(closing_of(hall), hall.state.closing_list, 2, sealing.encode_policy(hall.policy), {}, 1, trustee_key(1, 1))
    assert e.value.code == "custody.list"


def test_what_gives_no_share_is_complained_of() -> None:
    hall = Hall().open().enter("a", "b", "c")
    cheat = hall.by("b").envelopes[0]
    lines = (copy(cheat.parsed.shares[0], sealed=bytes(113)), *cheat.parsed.shares[1:])
    hall.by("b").envelopes[0] = copy(cheat, raw=sealing.encode_envelope(copy(cheat.parsed, shares=lines)))
    hall.close()
    done = turn(hall, "a", "b", "c")
    assert [len(r.shares) for r in done.releases] == [2]
    assert done.complaints == (box.Complain(hall.state.closing_list, 1, hall.by("b").envelopes[0].id.hex()),)


def test_a_turn_prints_no_share() -> None:
    hall = three()
    assert turn(hall, "a").releases[0].shares[0].share not in repr(turn(hall, "a"))


def test_a_test_envelope_proves_that_a_trustee_holds_its_key() -> None:
    policy = parties.policy()
    raw = make_test(policy, parties.TENDER, lambda what: parties.random("test", what))
    envelope = sealing.parse_envelope(raw)
    for j in (1, 2, 3):
        release = answer_test(policy, raw, j, soft(trustee_key(1, j)))
        assert sealing.release_good(envelope, sealing.Share(j, bytes.fromhex(release.share), bytes.fromhex(release.r)))


def test_a_real_bid_passed_off_as_a_test_is_not_opened() -> None:
    hall = three()
    with pytest.raises(Invalid, match=r"custody\.no-test"):
        answer_test(hall.policy, hall.by("a").envelopes[0].raw, 1, soft(trustee_key(1, 1)))


def test_a_test_under_another_policy_is_not_opened() -> None:
    other = make_test(parties.policy(3, 5), parties.TENDER, lambda what: parties.random("test", what))
    with pytest.raises(Invalid, match=r"custody\.no-test"):
        answer_test(parties.policy(), other, 1, soft(trustee_key(1, 1)))


def test_a_key_that_is_not_the_policys_is_found_out_before_it_is_needed() -> None:
    policy = parties.policy()
    raw = make_test(policy, parties.TENDER, lambda what: parties.random("test", what))
    with pytest.raises(Invalid, match=r"custody\.no-share"):
        answer_test(policy, raw, 1, soft(trustee_key(1, 2)))


def test_no_tender_can_have_the_name_that_a_test_carries() -> None:
    assert "/" in TEST
