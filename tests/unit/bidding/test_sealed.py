"""One bidder's chain as a stream: the clock, what was delivered, what stands afterwards."""

from dataclasses import replace as copy

import pytest
from msgspec.structs import replace

from archive import canonical
from archive.bodies import Kind
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import Actor, Instant
from bidding import sealing
from bidding.sealed import DECIDER, LAW, MAX_ENVELOPE, BidReceived, BidReplaced, BidWithdrawn, SealedBid, Submit, Terms
from tests.unit.bidding import parties
from tests.unit.bidding.parties import CLOSES, OPENS, Bidder, SealedEnvelope

POLICY = parties.policy()
TERMS = Terms(
    tender=parties.TENDER,
    lot=parties.LOT,
    stages=(1,),
    policy=sealing.encode_policy(POLICY).hex(),
    closes_at=CLOSES,
    opens_at=OPENS,
)


class Stream:
    """A stream at work: decide, evolve, and nothing on a refusal."""

    def __init__(self, bidder: Bidder, terms: Terms = TERMS) -> None:
        self.bidder, self.terms, self.state = bidder, terms, SealedBid()

    def submit(
        self, *envelopes: SealedEnvelope, action: int = 1, at: Instant = OPENS, actor: Actor | None = None, **changed: object
    ) -> tuple[object, ...]:
        raw = self.bidder.message(*envelopes, action=action)
        command = Submit(raw.hex(), tuple(e.raw.hex() for e in envelopes))
        context = Context(at=at + 60, actor=actor or self.bidder.actor, facts=replace(self.terms, **changed), rx=at)
        events = DECIDER.decide(self.state, command, context)
        self.state = fold(DECIDER, self.state, events)
        self.bidder.accepted(raw)
        return events

    def refused(self, *envelopes: SealedEnvelope, **how: object) -> Refused:
        with pytest.raises(Refused) as e:
            self.submit(*envelopes, **how)  # type: ignore[arg-type]
        assert e.value.code in LAW
        return e.value


@pytest.fixture
def stream() -> Stream:
    return Stream(Bidder("a", POLICY))


def test_a_bid_is_received(stream: Stream) -> None:
    envelope = stream.bidder.seal()
    (event,) = stream.submit(envelope, at=OPENS + 5)
    assert isinstance(event, BidReceived)
    assert (event.org, event.seq, event.envelopes, event.received_at) == ("a", 1, (envelope.id.hex(),), OPENS + 5)
    assert stream.state.submission_hash == stream.bidder.last.hex() and stream.state.standing == "in-force"


@pytest.mark.parametrize("late", [0, 1, 1000])
def test_a_bid_at_the_deadline_or_after_it_is_late(stream: Stream, late: Instant) -> None:
    refusal = stream.refused(stream.bidder.seal(), at=CLOSES + late)
    assert refusal.code == "bid.late" and refusal.params == {"closed_at": CLOSES, "arrived_at": CLOSES + late}


def test_a_bid_one_microsecond_before_the_deadline_is_received_however_long_its_handling_takes(stream: Stream) -> None:
    assert stream.submit(stream.bidder.seal(), at=CLOSES - 1)


@pytest.mark.parametrize(("early", "code"), [(1, "bid.missed"), (0, "bid.late"), (-1, "bid.late")])
def test_beside_a_closing_list_nothing_is_taken_and_whose_fault_it_is_follows_from_the_arrival(
    stream: Stream, early: Instant, code: str
) -> None:
    assert stream.refused(stream.bidder.seal(), at=CLOSES - early, closed=True).code == code


def test_a_missed_bid_is_missed_whatever_else_is_wrong_with_it(stream: Stream) -> None:
    assert stream.refused(stream.bidder.seal(), closed=True, paused=True, unsealed=True).code == "bid.missed"


def test_a_policy_that_does_not_hold_takes_no_bid(stream: Stream) -> None:
    assert stream.refused(stream.bidder.seal(), policy="53425031").code == "bid.bad-policy"


def test_a_late_bid_is_late_before_anything_is_read(stream: Stream) -> None:
    context = Context(at=CLOSES, actor=stream.bidder.actor, facts=TERMS)
    with pytest.raises(Refused) as e:
        DECIDER.decide(SealedBid(), Submit("nonsense"), context)
    assert e.value.code == "bid.late"


def test_a_bid_before_the_box_opens_is_refused(stream: Stream) -> None:
    assert stream.refused(stream.bidder.seal(), at=OPENS - 1).code == "bid.not-open"


def test_a_paused_box_takes_nothing(stream: Stream) -> None:
    assert stream.refused(stream.bidder.seal(), paused=True).code == "bid.paused"


def test_a_readable_file_is_refused_as_unsealed(stream: Stream) -> None:
    assert stream.refused(stream.bidder.seal(), unsealed=True).code == "bid.unsealed"


def test_an_envelope_made_for_another_lot_is_named_so() -> None:
    other = Stream(Bidder("a", POLICY, lot="L2"))
    refusal = other.refused(other.bidder.seal())
    assert refusal.code == "bid.wrong-lot" and refusal.params == {"lot": "L2", "expected": "L1"}


def test_an_envelope_made_for_another_tender_is_of_the_wrong_context() -> None:
    other = Stream(Bidder("a", POLICY, tender="T-other"))
    assert other.refused(other.bidder.seal()).code == "bid.wrong-context"


def test_a_bid_whose_bytes_have_not_arrived_is_incomplete(stream: Stream) -> None:
    envelope = stream.bidder.seal(b"index", b"files")
    root = envelope.parsed.bodies[1].root.hex()
    refusal = stream.refused(envelope, missing=(root,))
    assert refusal.code == "bid.incomplete" and refusal.params == {"missing": [root]}


def test_what_is_missing_of_other_envelopes_does_not_matter(stream: Stream) -> None:
    assert stream.submit(stream.bidder.seal(), missing=("00" * 32,))


@pytest.mark.parametrize(("stage", "body", "taken"), [(1, 0, False), (1, 1, True), (2, 0, False), (2, 1, False)])
def test_in_grace_time_attachments_may_follow_but_neither_index_nor_price(stage: int, body: int, taken: bool) -> None:
    stream = Stream(Bidder("a", POLICY), replace(TERMS, stages=(1, 2), grace_hours=24))
    envelopes = (stream.bidder.seal(b"index", b"files"), stream.bidder.seal(b"index", b"files", stage=2))
    root = envelopes[stage - 1].parsed.bodies[body].root.hex()
    if taken:
        assert stream.submit(*envelopes, missing=(root,))
    else:
        assert stream.refused(*envelopes, missing=(root,)).code == "bid.incomplete"


def test_the_price_stage_may_be_another_than_the_last() -> None:
    stream = Stream(Bidder("a", POLICY), replace(TERMS, stages=(1, 2), grace_hours=24, price_stage=1))
    envelopes = (stream.bidder.seal(b"index", b"files"), stream.bidder.seal(b"index", b"files", stage=2))
    missing = tuple(e.parsed.bodies[1].root.hex() for e in envelopes)
    assert stream.refused(*envelopes, missing=missing).params["missing"] == [missing[0]]


def test_a_replacement_counts_from_now_on(stream: Stream) -> None:
    first, second = stream.bidder.seal(), stream.bidder.seal()
    stream.submit(first)
    (event,) = stream.submit(second, at=OPENS + 9)
    assert isinstance(event, BidReplaced)
    assert (stream.state.seq, stream.state.envelopes) == (2, (second.id.hex(),))
    assert stream.state.named == (first.id.hex(), second.id.hex()) and stream.state.received_at == OPENS + 9


def test_a_withdrawal_leaves_nothing_in_force(stream: Stream) -> None:
    stream.submit(stream.bidder.seal())
    (event,) = stream.submit(action=sealing.WITHDRAW)
    assert isinstance(event, BidWithdrawn)
    assert stream.state.standing == "withdrawn" and stream.state.envelopes == ()


def test_a_new_bid_may_follow_a_withdrawal(stream: Stream) -> None:
    stream.submit(stream.bidder.seal())
    stream.submit(action=sealing.WITHDRAW)
    (event,) = stream.submit(stream.bidder.seal())
    assert isinstance(event, BidReceived) and stream.state.seq == 3 and len(stream.state.named) == 2


def test_a_withdrawal_after_the_deadline_is_late_too(stream: Stream) -> None:
    stream.submit(stream.bidder.seal())
    assert stream.refused(action=sealing.WITHDRAW, at=CLOSES).code == "bid.late"


def test_an_envelope_of_another_chain_is_repeated(stream: Stream) -> None:
    envelope = stream.bidder.seal()
    assert stream.refused(envelope, repeated=(envelope.id.hex(),)).code == "bid.repeated-envelope"


def test_a_superseded_envelope_is_repeated_even_when_nobody_says_so(stream: Stream) -> None:
    first = stream.bidder.seal()
    stream.submit(first)
    stream.submit(stream.bidder.seal())
    assert stream.refused(first).code == "bid.repeated-envelope"


def test_another_party_cannot_touch_the_chain(stream: Stream) -> None:
    stream.submit(stream.bidder.seal())
    assert stream.refused(action=sealing.WITHDRAW, actor=Bidder("b", POLICY).actor).code == "bid.other-party"


def test_another_key_cannot_go_on_with_the_chain(stream: Stream) -> None:
    stream.submit(stream.bidder.seal())
    other = Stream(Bidder("b", POLICY))
    other.state = stream.state
    assert other.refused(other.bidder.seal(), actor=stream.bidder.actor).code == "bid.other-key"


def test_a_person_without_an_organisation_is_a_party_too() -> None:
    stream = Stream(Bidder("a", POLICY))
    stream.submit(stream.bidder.seal(), actor=Actor("u-1", "user"))
    assert stream.state.org == "u-1"


def test_an_envelope_over_the_limit_is_refused(stream: Stream) -> None:
    plains = [b"x"] * (MAX_ENVELOPE // 72)
    refusal = stream.refused(stream.bidder.seal(*plains))
    assert refusal.code == "bid.too-large" and refusal.params["limit"] == MAX_ENVELOPE


def test_an_envelope_of_exactly_the_limit_is_taken() -> None:
    plains = [b"x"] * 266
    short = len(Bidder("a", POLICY).seal(*plains).raw)
    tender = "t" * (len(parties.TENDER) + MAX_ENVELOPE - short)
    stream = Stream(Bidder("a", POLICY, tender), replace(TERMS, tender=tender))
    envelope = stream.bidder.seal(*plains)
    assert len(envelope.raw) == MAX_ENVELOPE and stream.submit(envelope)


@pytest.mark.parametrize("submit", ["", "zz", "53425331"])
def test_what_is_no_submission_is_refused_and_not_a_crash(stream: Stream, submit: str) -> None:
    with pytest.raises(Refused) as e:
        DECIDER.decide(SealedBid(), Submit(submit), Context(at=OPENS, actor=stream.bidder.actor, facts=TERMS))
    assert e.value.code == "bid.bad-submission"


def test_a_refusal_of_the_format_keeps_its_name(stream: Stream) -> None:
    envelope = stream.bidder.seal()
    unlike = copy(envelope, raw=sealing.encode_envelope(copy(envelope.parsed, k=3)))
    assert stream.refused(unlike).code == "bid.unlike-policy"


def test_everything_of_a_sealed_stream_is_sealed(stream: Stream) -> None:
    raw = stream.bidder.message(stream.bidder.seal())
    assert DECIDER.secrecy(Submit(raw.hex())) == "sealed"
    assert DECIDER.act(Submit(raw.hex())) == "bid.submitted"
    assert DECIDER.act(Submit(stream.bidder.message(action=2).hex())) == "bid.withdrawn"


def test_the_row_says_where_the_chain_stands(stream: Stream) -> None:
    assert list(DECIDER.rows("sealed/00", stream.state)) == []
    stream.submit(stream.bidder.seal())
    ((table, key, columns),) = DECIDER.rows("sealed/00", stream.state)
    assert (table, key, columns["org"], columns["standing"], columns["seq"]) == ("sealed_bid", ("sealed/00",), "a", "in-force", 1)


def test_values_come_back_from_the_log_as_they_went(stream: Stream) -> None:
    kind, raw = Kind.of(DECIDER), stream.bidder.message(stream.bidder.seal())
    command, facts = kind.fixed(Submit(raw.hex(), ("00",)), TERMS)
    assert (command, facts) == (Submit(raw.hex(), ("00",)), TERMS)
    events = stream.submit(stream.bidder.seal())
    assert kind.settled(events) == events
    assert canonical.decode(canonical.encode(stream.state), SealedBid) == stream.state
