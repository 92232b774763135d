"""From the opening of a box to its deadline: the rules for time, drill and closing."""

from archive.decider import Context
from archive.errors import Invalid, Refused
from bidding import sealing
from bidding.box import commands, events
from bidding.box.facts import PART, Facts, Held, HeldBid, Names
from bidding.box.state import Box, closing_list
from bidding.opening import as_share, octets


def stands(box: Box) -> None:
    """Refuse where no box was opened."""
    if box.phase == "none":
        raise Refused("box.none")


def in_phase(box: Box, *phases: str) -> None:
    """Refuse unless the box is in one of ``phases``."""
    stands(box)
    if box.phase not in phases:
        raise Refused("box.wrong-phase", phase=box.phase)


def running(box: Box) -> None:
    """Refuse while the box is paused."""
    if box.paused_at:
        raise Refused("box.paused")


LONGEST_TEXT = 2_000


def reason(why: str) -> str:
    """A reason, an objection or an answer that says something, and fits an entry of the log."""
    if not why.strip() or len(why) > LONGEST_TEXT:
        raise Refused("box.no-reason", longest=LONGEST_TEXT)
    return why


def open_box(box: Box, c: commands.OpenBox) -> tuple[events.Event, ...]:
    """A box is opened once, under a policy that holds and times that can be kept."""
    if box.phase != "none":
        raise Refused("box.exists")
    try:
        policy = sealing.parse_policy(octets(c.policy))
    except Invalid as e:
        raise Refused("box.bad-policy", **e.params) from None
    stages = c.stages and list(c.stages) == sorted(set(c.stages)) and 1 <= c.stages[0] <= c.stages[-1] <= 255
    price = c.price_stage or (c.stages[-1] if c.stages else 0)
    positive = min(c.least_bids, c.decrypt_minutes, c.closes_at - c.opens_at) >= 1
    if not stages or price not in c.stages or not positive or min(c.remedy_minutes, c.grace_hours) < 0:
        raise Refused("box.bad-terms")
    trustees = c.trustees or tuple(t.operator for t in policy.trustees)
    if len(trustees) != policy.n:
        raise Refused("box.bad-terms")
    opened = events.BoxOpened(
        tender=c.tender,
        lot=c.lot,
        opens_at=c.opens_at,
        closes_at=c.closes_at,
        stages=c.stages,
        policy=c.policy,
        least_bids=c.least_bids,
        decrypt_minutes=c.decrypt_minutes,
        remedy_minutes=c.remedy_minutes or c.decrypt_minutes,
        grace_hours=c.grace_hours,
        price_stage=price,
        trustees=trustees,
    )
    return (opened,)


def move_deadline(box: Box, c: commands.MoveDeadline, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Later only, and only by a statement made before the deadline in force."""
    in_phase(box, "accepting")
    # While paused the deadline stands still, so what counts is whether it was still to come when the pause began.
    if (box.paused_at or ctx.at) >= box.closes_at:
        raise Refused("box.past-deadline", closed_at=box.closes_at)
    if c.closes_at <= box.closes_at:
        raise Refused("box.not-later", closes_at=box.closes_at)
    return (events.DeadlineMoved(c.closes_at, reason(c.why)),)


def pause(box: Box, c: commands.PauseBox, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """A box that takes bids or is being opened can be paused; a pause does not begin twice."""
    in_phase(box, "accepting", "opening")
    running(box)
    return (events.BoxPaused(ctx.at, reason(c.why)),)


def resume(box: Box, c: commands.ResumeBox, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """The time that was left is kept; a deadline that had passed before the pause stays passed."""
    in_phase(box, "accepting", "opening")
    if not box.paused_at:
        raise Refused("box.not-paused")
    shift = ctx.at - box.paused_at
    if box.phase == "opening" or box.paused_at >= box.closes_at:
        if c.closes_at not in (0, box.closes_at):
            raise Refused("box.past-deadline", closed_at=box.closes_at)
        return (events.BoxResumed(box.closes_at, shift, c.why),)
    least = box.closes_at + shift
    if c.closes_at and c.closes_at < least:
        raise Refused("box.time-lost", least=least)
    return (events.BoxResumed(c.closes_at or least, shift, c.why),)


def drill(box: Box, c: commands.DrillTrustees, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """A test envelope under the box's own policy, opened before the deadline; wrong answers are no answers."""
    in_phase(box, "accepting")
    if ctx.at >= box.closes_at:
        raise Refused("box.past-deadline", closed_at=box.closes_at)
    try:
        test = sealing.parse_envelope(octets(c.envelope))
    except Invalid:
        raise Refused("box.bad-drill") from None
    policy = box.rules
    # Shares of a drill are open to all, so what is drilled must be nothing that could be a bid, here or in another
    # tender under the same keys: a test names a tender with a slash, which no tender's id has (`bidding.custody`).
    could_be_a_bid = "/" not in test.context.tender
    if could_be_a_bid or test.context.policy_hash != sealing.policy_hash(octets(box.policy)) or test.n != policy.n:
        raise Refused("box.bad-drill")
    answered = tuple(sorted(sealing.good_releases(test, map(as_share, c.releases))))
    alert = len(answered) < min(policy.k + 1, policy.n)
    return (events.TrusteesDrilled(ctx.at, answered, alert),)


def close(box: Box, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """截标, at the deadline and its grace time or later; the list is made of what was held, whole and in order."""
    in_phase(box, "accepting")
    running(box)
    if ctx.at < box.closing_at:
        raise Refused("box.not-yet", closing_at=box.closing_at)
    if not isinstance(ctx.facts, Held):
        raise Invalid("box.facts", expected="box.held")
    if ctx.facts.more and not ctx.facts.bids:
        raise Invalid("box.bad-list")
    bids = box.gathered + ctx.facts.bids
    _whole(box, bids, ctx.facts.bids)
    found: tuple[events.Event, ...] = (events.BidsListed(ctx.facts.bids),) if ctx.facts.bids else ()
    if ctx.facts.more:
        return found
    made = closing_list(box, bids)
    count = len(made.bids)
    if count < box.least_bids:
        return (*found, events.BoxKeptSealed(ctx.at, count, made.hash))
    return (*found, events.BoxClosed(ctx.at, count, made.hash, *box.windows(ctx.at)))


def _whole(box: Box, bids: tuple[HeldBid, ...], part: tuple[HeldBid, ...]) -> None:
    names = [b.stream for b in bids]
    ids = [i for b in bids if b.in_force for i in b.envelopes]
    fits = all(len(b.envelopes) == len(box.stages) and b.received_at < box.closes_at for b in bids if b.in_force)
    if names != sorted(set(names)) or len(ids) != len(set(ids)) or not fits or len(part) > PART:
        raise Invalid("box.bad-list")


def name_bidders(box: Box, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Names are shown only where the box is opened, and only those on its list."""
    in_phase(box, "opening")
    if not isinstance(ctx.facts, Names):
        raise Invalid("box.facts", expected="box.names")
    streams = {b.stream for b in box.listed}
    known = {b.stream for b in box.bidders}
    told = [b.stream for b in ctx.facts.bidders]
    if not told or len(told) != len(set(told)) or not set(told) <= streams - known:
        raise Refused("box.not-listed")
    return (events.BiddersNamed(ctx.facts.bidders),)
