"""The windows of an opening: releases, complaints, seeds, faults of the platform, extensions."""

from collections.abc import Iterable

from archive.decider import Context
from archive.errors import Invalid, Refused
from archive.values import MINUTE
from bidding.box import commands, events
from bidding.box.accepting import in_phase, reason, running
from bidding.box.facts import SHARES, Facts, Line, Lines
from bidding.box.state import Ballot, Box
from bidding.opening import octets
from bidding.sealing import commit_of, joint_commitment, share_commitment


def _ballots(box: Box, ctx: Context[Facts], closing_list: str, envelopes: Iterable[str]) -> list[tuple[Ballot, Line]]:
    """The ballots that an answer is for, each with its line; all the gates that answers have in common."""
    in_phase(box, "opening")
    running(box)
    if ctx.at >= box.ends_at:
        raise Refused("box.window-over", ended_at=box.ends_at)
    if closing_list != box.closing_list:
        raise Refused("box.other-list")
    asked = list(envelopes)
    if not asked or len(asked) > SHARES or len(set(asked)) != len(asked):
        raise Refused("box.bad-batch", most=SHARES)
    open_now = {b.envelope: b for b in box.on_stage}
    if not set(asked) <= set(open_now):
        raise Refused("box.not-listed")
    if not isinstance(ctx.facts, Lines):
        raise Invalid("box.facts", expected="box.lines")
    lines = {line.envelope: line for line in ctx.facts.lines}
    if set(lines) != set(asked):
        raise Invalid("box.facts", expected="box.lines")
    return [(open_now[i], lines[i]) for i in asked]


def _trustee(box: Box, ctx: Context[Facts], j: int) -> None:
    if not box.rules.shared:
        raise Refused("box.mode")
    if not 1 <= j <= len(box.trustees) or ctx.actor.org != box.trustees[j - 1]:
        raise Refused("box.not-trustee", j=j)


def _owner(box: Box, ctx: Context[Facts], ballots: Iterable[Ballot]) -> None:
    if any(not ctx.actor.org or box.owner(b.stream) != ctx.actor.org for b in ballots):
        raise Refused("box.not-bidder")


def release(box: Box, c: commands.ReleaseShares, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Good shares count, bad ones are the trustee's fault; where bidders come first, trustees are the remedy after them."""
    told = dict(zip((s.envelope for s in c.shares), c.shares, strict=True))
    asked = _ballots(box, ctx, c.closing_list, (s.envelope for s in c.shares))
    _trustee(box, ctx, c.j)
    if box.rules.bidder_first and ctx.at < box.first_ends:
        raise Refused("box.bidder-first", until=box.first_ends)
    if any(r.j == c.j for ballot, _ in asked for r in ballot.answers.releases):
        raise Refused("box.released-already", j=c.j)
    if box.rules.bidder_first and any(box.solved(ballot) for ballot, _ in asked):
        raise Refused("box.open-already")
    good, bad = list[commands.Share](), list[str]()
    for ballot, line in asked:
        share = told[ballot.envelope]
        value, blind = octets(share.share), octets(share.r)
        sound = len(value) == len(blind) == 32 and share_commitment(octets(line.ctx), c.j, value, blind).hex() == line.c
        if sound:
            good.append(share)
        else:
            bad.append(ballot.envelope)
    released = (events.SharesReleased(c.j, tuple(good)),) if good else ()
    failed = (events.TrusteeFailed(c.j, tuple(bad)),) if bad else ()
    return (*released, *failed)


def complain(box: Box, c: commands.Complain, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """A complaint is taken down; only one that comes with the trustee's key can prove anything."""
    in_phase(box, "opening")
    running(box)
    if ctx.at >= box.ends_at:
        raise Refused("box.window-over", ended_at=box.ends_at)
    if c.closing_list != box.closing_list:
        raise Refused("box.other-list")
    if c.envelope not in {b.envelope for b in box.on_stage}:
        raise Refused("box.not-listed")
    _trustee(box, ctx, c.j)
    if c.sk and len(octets(c.sk)) != 32:
        raise Refused("box.bad-key")
    return (events.ComplaintReceived(c.j, c.envelope, c.sk),)


def publish_seed(box: Box, c: commands.PublishSeed, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Mode B: a seed that is not what the envelope commits to opens nothing; the bidder may try again."""
    asked = _ballots(box, ctx, c.closing_list, (s.envelope for s in c.seeds))
    if not box.rules.bidder:
        raise Refused("box.mode")
    _owner(box, ctx, (ballot for ballot, _ in asked))
    for (ballot, line), seed in zip(asked, c.seeds, strict=True):
        raw = octets(seed.seed)
        if len(raw) != 32 or commit_of(raw, octets(line.ctx)).hex() != line.c:
            raise Refused("box.wrong-seed", envelope=ballot.envelope)
    return (events.SeedsPublished(c.seeds),)


def release_by_bidder(box: Box, c: commands.ReleaseByBidder, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Mode J: the bidder's halves."""
    asked = _ballots(box, ctx, c.closing_list, (s.envelope for s in c.shares))
    if not box.rules.joint:
        raise Refused("box.mode")
    _owner(box, ctx, (ballot for ballot, _ in asked))
    for (ballot, line), share in zip(asked, c.shares, strict=True):
        value, blind = octets(share.share), octets(share.r)
        if len(value) != 32 or len(blind) != 32 or joint_commitment(octets(line.ctx), value, blind).hex() != line.c:
            raise Refused("box.wrong-half", envelope=ballot.envelope)
    return (events.HalvesReleased(c.shares),)


def record_fault(box: Box, c: commands.RecordFault, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """A fault of the platform is put on record while it matters, never one that is still to come."""
    in_phase(box, "opening", "concluded", "read")
    if c.began_at > ctx.at:
        raise Refused("box.not-yet", closing_at=c.began_at)
    return (events.PlatformFaultRecorded(reason(c.what), c.began_at),)


def extend_window(box: Box, c: commands.ExtendWindow, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Only where the platform failed in this opening, and only a window that still runs."""
    in_phase(box, "opening")
    if ctx.at >= box.ends_at:
        raise Refused("box.window-over", ended_at=box.ends_at)
    if c.minutes < 1 or not any(f.stage == box.stage for f in box.faults):
        raise Refused("box.no-fault")
    more = c.minutes * MINUTE
    first = box.first_ends + more if ctx.at < box.first_ends else box.first_ends
    return (events.WindowExtended(first, box.ends_at + more, reason(c.why)),)


def destroy_key(box: Box, c: commands.DestroyKey, ctx: Context[Facts]) -> tuple[events.Event, ...]:
    """Only once nothing is left to be opened; the word of the trustee that held the key."""
    in_phase(box, "kept", "finished")
    _trustee(box, ctx, c.j)
    if c.j in box.destroyed:
        raise Refused("box.key-destroyed", j=c.j)
    return (events.KeyDestroyed(c.j, ctx.at),)
