"""What an event does to a box; never raises, never refuses."""

from collections.abc import Callable, Iterable
from typing import assert_never

import msgspec
from msgspec.structs import replace

from bidding.box import events
from bidding.box.state import Ballot, Bidder, Box, Confirmation, Objection, PlatformFault, closing_list
from bidding.opening import Answers, Proof, Release


def evolve(box: Box, event: events.Event) -> Box:
    """The box after ``event``."""
    match event:
        case events.BoxOpened():
            return Box(**msgspec.structs.asdict(event), phase="accepting")
        case events.DeadlineMoved():
            return replace(box, closes_at=event.closes_at)
        case events.BoxPaused():
            return replace(box, paused_at=event.at)
        case events.BoxResumed():
            moved = {"first_ends": box.first_ends + event.shift, "ends_at": box.ends_at + event.shift} if box.ends_at else {}
            return replace(box, paused_at=0, closes_at=event.closes_at, **moved)
        case events.TrusteesDrilled():
            return replace(box, drilled=event.answered, drilled_at=event.at)
        case events.BidsListed():
            return replace(box, gathered=box.gathered + event.bids)
        case events.BoxKeptSealed():
            return replace(box, phase="kept", gathered=(), closed_at=event.at, closing_list=event.closing_list, count=event.count)
        case events.BoxClosed():
            listed = closing_list(box, box.gathered).bids
            closed = replace(
                box, gathered=(), closed_at=event.at, closing_list=event.closing_list, count=event.count, listed=listed
            )
            return _begin(closed, box.stages[0], {b.stream for b in listed}, event)
        case events.BiddersNamed():
            return replace(box, bidders=box.bidders + tuple(Bidder(b.stream, b.org, b.name) for b in event.bidders))
        case events.PlatformFaultRecorded():
            return replace(box, faults=(*box.faults, PlatformFault(box.stage, event.what, event.began_at)))
        case events.WindowExtended():
            return replace(box, first_ends=event.first_ends, ends_at=event.ends_at)
        case events.ObjectionRaised():
            return replace(box, objections=(*box.objections, Objection(event.number, event.org, event.text, event.at)))
        case events.ObjectionAnswered():
            answered = (
                replace(o, answer=event.text, answered_at=event.at) if o.number == event.number else o for o in box.objections
            )
            return replace(box, objections=tuple(answered))
        case events.RecordConfirmed():
            return replace(box, confirmed=(*box.confirmed, Confirmation(box.stage, event.org, event.at)))
        case events.RowsRead():
            return replace(box, phase="read")
        case events.OpeningFinished():
            return replace(box, phase="finished" if event.last else "between", below_least=event.below_least)
        case events.StagesEnded():
            return replace(box, phase="finished")
        case events.StageOpened():
            return _begin(box, event.stage, set(event.admitted), event)
        case events.OpeningConcluded():
            # The shares have done their work; the record of them is the log's.
            done = tuple(replace(b, answers=Answers()) for b in box.ballots)
            return replace(box, phase="concluded", ballots=done, below_least=box.below_least or event.below_least)
        case events.KeyDestroyed():
            return replace(box, destroyed=tuple(sorted((*box.destroyed, event.j))))
        case (
            events.SharesReleased()
            | events.TrusteeFailed()
            | events.ComplaintReceived()
            | events.SeedsPublished()
            | events.HalvesReleased()
            | events.EnvelopeJudged()
            | events.FaultRuled()
        ):
            return _on_ballots(box, event)
        case _:
            assert_never(event)


def _begin(box: Box, stage: int, streams: set[str], event: events.BoxClosed | events.StageOpened) -> Box:
    place = box.stages.index(stage)
    ballots = tuple(Ballot(b.envelopes[place], stage, b.stream) for b in box.listed if b.stream in streams)
    return replace(
        box,
        phase="opening",
        stage=stage,
        began_at=event.at,
        first_ends=event.first_ends,
        ends_at=event.ends_at,
        ballots=box.ballots + ballots,
    )


BallotEvent = (
    events.SharesReleased
    | events.TrusteeFailed
    | events.ComplaintReceived
    | events.SeedsPublished
    | events.HalvesReleased
    | events.EnvelopeJudged
    | events.FaultRuled
)


def _on_ballots(box: Box, event: BallotEvent) -> Box:
    match event:
        case events.SharesReleased():
            shares = {s.envelope: Release(event.j, s.share, s.r) for s in event.shares}
            return _change(box, shares, lambda b: _answer(b, releases=(*b.answers.releases, shares[b.envelope])))
        case events.TrusteeFailed():
            return box
        case events.ComplaintReceived():
            # A trustee's last proof counts; a complaint without one is on record and proves nothing.
            proof, shown = Proof(event.j, event.sk), {event.envelope} if event.sk else set[str]()

            def taken(b: Ballot) -> Ballot:
                return _answer(b, complaints=(*(c for c in b.answers.complaints if c.j != event.j), proof))

            return _change(box, shown, taken)
        case events.SeedsPublished():
            seeds = {s.envelope: s.seed for s in event.seeds}
            return _change(box, seeds, lambda b: _answer(b, seed=seeds[b.envelope]))
        case events.HalvesReleased():
            halves = {s.envelope: Release(0, s.share, s.r) for s in event.shares}
            return _change(box, halves, lambda b: _answer(b, bidder=halves[b.envelope]))
        case events.EnvelopeJudged():
            found = {
                "verdict": event.verdict,
                "fault": event.fault,
                "effect": event.effect,
                "form": event.form,
                "silent": event.silent,
            }
            return _change(box, {event.envelope}, lambda b: replace(b, **found))
        case events.FaultRuled():
            return _change(box, {event.envelope}, lambda b: replace(b, fault=event.fault, effect=event.effect))


def _answer(ballot: Ballot, **more: object) -> Ballot:
    return replace(ballot, answers=replace(ballot.answers, **more))


def _change(box: Box, envelopes: Iterable[str], change: Callable[[Ballot], Ballot]) -> Box:
    chosen = set(envelopes)
    return replace(box, ballots=tuple(change(b) if b.envelope in chosen else b for b in box.ballots))
