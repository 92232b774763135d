"""From the end of the windows to the end of the opening: verdicts, rulings, reading aloud, objections, next stage."""

from collections.abc import Sequence

from archive.decider import Context
from archive.errors import Invalid, Refused
from archive.values import Instant
from bidding import sealing
from bidding.box import commands, events
from bidding.box.accepting import in_phase, reason, running
from bidding.box.facts import Facts, Judged
from bidding.box.state import Ballot, Box
from bidding.opening import Effect, attribute, keyed, octets, settle
from bidding.sealing import Policy


def judge(box: Box, envelopes: tuple[str, ...], told: Sequence[object], at: Instant) -> tuple[events.EnvelopeJudged, ...]:
    """The verdicts, reached again from the evidence on record; only what reading the bytes gave is taken as ``told``."""
    in_phase(box, "opening")
    running(box)
    ballots = {b.envelope: b for b in box.on_stage}
    if not envelopes or len(set(envelopes)) != len(envelopes):
        raise Refused("box.bad-batch", most=len(ballots))
    if not set(envelopes) <= set(ballots):
        raise Refused("box.not-listed")
    if any(ballots[id].verdict is not None for id in envelopes):
        raise Refused("box.judged")
    if not box.over(at):
        raise Refused("box.window-open", ends_at=box.ends_at)
    if len(told) != len(envelopes):
        raise Invalid("box.facts", expected="box.findings")
    failed = any(f.stage == box.stage for f in box.faults)
    return tuple(_verdict(box.rules, ballots[id], found, failed) for id, found in zip(envelopes, told, strict=True))


def _verdict(policy: Policy, ballot: Ballot, told: object, failed: bool) -> events.EnvelopeJudged:
    raw = octets(told.envelope) if isinstance(told, Judged) else b""
    if not isinstance(told, Judged) or sealing.envelope_id(raw).hex() != ballot.envelope:
        raise Invalid("box.facts", expected="box.judged")
    verdict = settle(keyed(policy, sealing.parse_envelope(raw), ballot.answers), told.finding)
    if verdict == "opened" and told.form is None:
        raise Invalid("box.facts", expected="box.judged")
    fault, effect = attribute(verdict, told.finding.intact, failed)
    released = {r.j for r in ballot.answers.releases}
    silent = tuple(j for j in range(1, policy.n + 1) if j not in released) if verdict == "trustees-short" else ()
    form = told.form if verdict == "opened" else None
    return events.EnvelopeJudged(ballot.envelope, verdict, fault, effect, form, silent)


def conclude(box: Box) -> tuple[events.Event, ...]:
    """解密结束, once every listed envelope of the stage has its verdict."""
    in_phase(box, "opening")
    running(box)
    ballots = box.on_stage
    if any(b.verdict is None for b in ballots):
        raise Refused("box.not-judged")
    return (events.OpeningConcluded(box.stage, *_tally(ballots), below_least=_below(box, ballots)),)


def _tally(ballots: tuple[Ballot, ...]) -> tuple[int, int, int, int]:
    """How many were opened, count as revoked, as withdrawn, are undecided."""
    effects = [b.effect for b in ballots]
    return effects.count("counted"), effects.count("revoked"), effects.count("withdrawn"), effects.count("undecided")


def _below(box: Box, ballots: tuple[Ballot, ...]) -> bool:
    # 视为撤回 takes a bid out of the count of those received, 视为撤销 does not.
    return box.stage == box.stages[0] and len(ballots) - _tally(ballots)[2] < box.least_bids


def rule_on_fault(box: Box, c: commands.RuleOnFault, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """A person decides what `attribute` leaves open, and gives the reason."""
    in_phase(box, "concluded", "read")
    ballot = next((b for b in box.on_stage if b.envelope == c.envelope), None)
    if ballot is None:
        raise Refused("box.not-listed")
    if ballot.fault != "undecided" or c.fault not in ("bidder", "trustee", "platform"):
        raise Refused("box.decided")
    if c.fault == "bidder" and ballot.effect != "undecided":
        raise Refused("box.decided")  # whoever of the others bears it, the bid counts as withdrawn already
    effect: Effect = "revoked" if c.fault == "bidder" else "withdrawn"
    return (events.FaultRuled(c.envelope, c.fault, effect, reason(c.why), ctx.actor.id),)


def read_aloud(box: Box, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """唱标, after the decryption has ended."""
    in_phase(box, "concluded")
    return (events.RowsRead(box.stage, ctx.at),)


def object_to_opening(box: Box, c: commands.ObjectToOpening, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """A bidder of the list objects on the spot, which is until the opening is finished."""
    in_phase(box, "opening", "concluded", "read")
    _bidder(box, ctx)
    if any(o.org == ctx.actor.org and not o.answer for o in box.objections):
        raise Refused("box.objection-open")
    return (events.ObjectionRaised(len(box.objections) + 1, ctx.actor.org, reason(c.text), ctx.at),)


def answer_objection(box: Box, c: commands.AnswerObjection, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Each objection is answered once."""
    in_phase(box, "opening", "concluded", "read")
    if not any(o.number == c.number and not o.answer for o in box.objections):
        raise Refused("box.no-objection", number=c.number)
    return (events.ObjectionAnswered(c.number, reason(c.text), ctx.at),)


def confirm_record(box: Box, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """A bidder of the list confirms the record that was read aloud."""
    in_phase(box, "read")
    _bidder(box, ctx)
    if any(c.stage == box.stage and c.org == ctx.actor.org for c in box.confirmed):
        raise Refused("box.confirmed")
    return (events.RecordConfirmed(ctx.actor.org, ctx.at),)


def _bidder(box: Box, ctx: Context[Facts]) -> None:
    if not ctx.actor.org or ctx.actor.org not in {b.org for b in box.bidders}:
        raise Refused("box.not-bidder")


def finish(box: Box, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Nothing may be left open: no objection without an answer, no fault without a ruling."""
    in_phase(box, "read")
    if any(not o.answer for o in box.objections):
        raise Refused("box.objection-open")
    if any(b.effect == "undecided" for b in box.on_stage):
        raise Refused("box.undecided")
    below = box.below_least or _below(box, box.on_stage)
    return (events.OpeningFinished(box.stage, ctx.at, last=box.stage == box.stages[-1], below_least=below),)


def open_stage(box: Box, c: commands.OpenStage, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """The next stage, of bids whose stage before was opened; the envelopes of all others are never released."""
    in_phase(box, "between")
    eligible = {b.stream for b in box.on_stage if b.verdict == "opened"}
    if not c.admitted or list(c.admitted) != sorted(set(c.admitted)) or not set(c.admitted) <= eligible:
        raise Refused("box.not-listed")
    stage = box.stages[box.stages.index(box.stage) + 1]
    return (events.StageOpened(stage, ctx.at, c.admitted, *box.windows(ctx.at), reason(c.why)),)


def end_stages(box: Box, c: commands.EndStages, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Between two stages: what is left is never opened, and the keys may be destroyed."""
    in_phase(box, "between")
    return (events.StagesEnded(box.stage, ctx.at, reason(c.why)),)
