"""What a box shows outside itself: table rows, the names of its acts, sealed streams' ends, what falls due."""

from collections.abc import Iterator

from archive import canonical
from archive.decider import Head, Row
from archive.values import Instant
from bidding.box import commands, events
from bidding.box.state import Ballot, Box
from bidding.opening import octets
from bidding.sealing import policy_hash

ACTS: dict[type[commands.Command], str] = {
    commands.OpenBox: "box.opened",
    commands.MoveDeadline: "box.deadline_moved",
    commands.PauseBox: "box.paused",
    commands.ResumeBox: "box.resumed",
    commands.DrillTrustees: "box.trustees_drilled",
    commands.CloseBox: "box.closed",
    commands.NameBidders: "box.bidders_named",
    commands.ReleaseShares: "opening.shares_released",
    commands.Complain: "opening.complained",
    commands.PublishSeed: "opening.seeds_published",
    commands.ReleaseByBidder: "opening.halves_released",
    commands.RecordFault: "opening.fault_recorded",
    commands.ExtendWindow: "opening.window_extended",
    commands.JudgeEnvelope: "opening.envelope_judged",
    commands.JudgeEnvelopes: "opening.envelopes_judged",
    commands.ConcludeOpening: "opening.concluded",
    commands.RuleOnFault: "opening.fault_ruled",
    commands.ReadAloud: "opening.read_aloud",
    commands.ObjectToOpening: "opening.objected",
    commands.AnswerObjection: "opening.objection_answered",
    commands.ConfirmRecord: "opening.record_confirmed",
    commands.FinishOpening: "opening.finished",
    commands.OpenStage: "opening.stage_opened",
    commands.EndStages: "opening.stages_ended",
    commands.DestroyKey: "box.key_destroyed",
}


def act(command: commands.Command) -> str:
    """The entry's name, in the past tense."""
    return ACTS[type(command)]


def secrecy(command: commands.Command) -> str:
    """Shares, seeds and keys stay with the regulator; who objects is personal; everything else is public at once."""
    if isinstance(command, commands.CONFIDENTIAL):
        return "secret"
    return "personal" if isinstance(command, commands.ObjectToOpening) else "public"


def heads(event: events.Event) -> tuple[Head, ...]:
    """The sealed streams whose ends an event fixes: all that were found in the box, in force or not."""
    if isinstance(event, events.BidsListed):
        return tuple(Head(b.stream, b.last_seq, b.last_leaf) for b in event.bids)
    return ()


def due(box: Box) -> tuple[Instant, str] | None:
    """``close`` at the deadline and its grace time, ``conclude`` at the end of the last window, earlier when all is answered."""
    if box.paused_at:
        return None
    if box.phase == "accepting":
        return box.closing_at, "close"
    if box.phase == "opening":
        answered = all(map(box.solved, box.on_stage))
        return box.began_at if answered else box.ends_at, "conclude"
    return None


def rows(stream: str, box: Box) -> Iterator[Row]:
    """Rows of ``box``, ``box_envelope`` and ``box_objection``; before the closing there is nothing to count in them."""
    if box.phase == "none":
        return
    yield (
        "box",
        (stream,),
        {
            "tender": box.tender,
            "lot": box.lot,
            "phase": box.phase,
            "paused": bool(box.paused_at),
            "opens_at": box.opens_at,
            "closes_at": box.closes_at,
            "closing_at": box.closing_at,
            "stages": _text(box.stages),
            "policy": box.policy,
            "policy_hash": policy_hash(octets(box.policy)).hex(),
            "trustees": _text(box.trustees),
            "least_bids": box.least_bids,
            "drilled": _text(box.drilled),
            "drilled_at": box.drilled_at,
            "closed_at": box.closed_at,
            "closing_list": box.closing_list,
            "count": box.count,
            "stage": box.stage,
            "first_ends": box.first_ends,
            "ends_at": box.ends_at,
            "below_least": box.below_least,
            "faults": _text(box.faults),
            "confirmed": _text(box.confirmed),
        },
    )
    submitted = {b.stream: b for b in box.listed}
    bidders = {b.stream: b for b in box.bidders}
    for ballot in box.ballots:
        bid, who = submitted[ballot.stream], bidders.get(ballot.stream)
        named = {"org": who.org, "name": who.name} if who else {"org": "", "name": ""}
        listed = {"submission_hash": bid.submission_hash, "received_at": bid.received_at}
        yield "box_envelope", (stream, ballot.envelope), named | listed | _ballot(box, ballot)
    for o in box.objections:
        said = {"org": o.org, "text": o.text, "at": o.at, "answer": o.answer, "answered_at": o.answered_at}
        yield "box_objection", (stream, o.number), said


def _ballot(box: Box, b: Ballot) -> dict[str, str | int | bool]:
    read = b.stage < box.stage or box.phase in ("read", "between", "finished")
    return {
        "tender": box.tender,
        "lot": box.lot,
        "stage": b.stage,
        "sealed": b.stream,
        "released": _text(sorted(r.j for r in b.answers.releases)),
        "bidder_answered": b.answers.seed is not None or b.answers.bidder is not None,
        "verdict": b.verdict or "",
        "fault": b.fault,
        "effect": b.effect,
        "silent": _text(b.silent),
        "form": _text(b.form) if b.form is not None else "",
        "read": read,
    }


def _text(value: object) -> str:
    return canonical.encode(value).decode()
