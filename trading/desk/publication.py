"""Documents, notice, clarification, deadline, pause: the tender up to its closing.

Publishing opens a box for every lot in the same transaction, and whatever moves or stops the tender's deadline
moves or stops the boxes' with it; the box's own deadline is the one that counts.  A tender that stands still while a box
is being opened stops that box's windows too.
"""

from archive.bodies import Blob
from archive.ledger import Recorded, Transaction
from archive.values import Actor
from bidding.box import Box, EndStages, MoveDeadline, OpenBox, PauseBox, ResumeBox
from trading.commands import AskQuestion, Command, PublishNotice, SuspendTender
from trading.desk import facts
from trading.platform import Platform
from trading.rulebook import rulebook
from trading.tender import Tender

BOXED = ("published", "closed", "opened", "recorded")
"""Stages in which a box may take bids or be opened; a second opening (双信封) comes after the first one's record."""


def act(
    platform: Platform,
    actor: Actor,
    name: str,
    command: Command,
    *,
    blobs: tuple[Blob, ...] = (),
    key: str | None = None,
    **told: object,
) -> Recorded:
    """One command to one tender; while bids are taken or opened its boxes are locked with it and follow.

    Raises:
        Refused: a code of `trading.lifecycle.LAW`, itself on record.
    """
    stream = facts.tender(name)
    known = _tender(platform.ledger.state(stream))
    principal = known.project.principal if known.project else ""
    write = {stream}
    if known.draft is not None and (known.stage in BOXED or _between(known) or isinstance(command, PublishNotice)):
        write |= {facts.box(name, lot.id) for lot in known.draft.lots}
    with platform.ledger.begin(actor=actor, write=write, read=facts.reads(actor, principal), key=key) as tx:
        before = _tender(tx.state(stream))
        tx.act(stream, command, facts=facts.about(tx, actor, name, principal, **told), blobs=blobs)
        after = _tender(tx.state(stream))
        _boxes_follow(tx, before, after)
        if before.stage == "published" and after.stage != "published":
            tx.disclose(facts.glass(name), "ended")
    return tx.recorded[0]


def _boxes_follow(tx: Transaction, before: Tender, after: Tender) -> None:
    if after.stage != "published":
        _openings_follow(tx, before, after)
        return
    for lot in after.live():
        stream = facts.box(after.id, lot.spec.id)
        if before.stage != "published":
            tx.act(stream, _box(after, lot.spec.id))
        elif after.pauses and not before.pauses:
            tx.act(stream, PauseBox(after.pauses[-1].ground))
        elif before.pauses and not after.pauses:
            tx.act(stream, ResumeBox(after.times.deadline, before.pauses[-1].ground))
        elif after.times.deadline != before.times.deadline:
            tx.act(stream, MoveDeadline(after.times.deadline, after.notices[-1].title))


def _between(tender: Tender) -> bool:
    """Whether a live lot's price envelopes are shut after the first opening and might still be opened."""
    return any(lot.spec.envelopes == 2 and lot.record_sha256 and not lot.prices_at for lot in tender.live())


def _openings_follow(tx: Transaction, before: Tender, after: Tender) -> None:
    """The windows of an opening stand still with the tender and keep what was left; a lot that has ended opens no price."""
    living = {lot.spec.id for lot in after.live()}
    for lot in before.live():
        if lot.spec.id not in living and lot.spec.envelopes == 2 and not lot.prices_at:
            stream = facts.box(after.id, lot.spec.id)
            box = tx.state(stream)
            assert isinstance(box, Box)
            if box.phase == "between":
                tx.act(stream, EndStages(next(x.failure for x in after.lots if x.spec.id == lot.spec.id)))
    if bool(before.pauses) == bool(after.pauses):
        return
    for lot in after.live() if before.stage in BOXED else ():
        stream = facts.box(after.id, lot.spec.id)
        box = tx.state(stream)
        assert isinstance(box, Box)
        if box.phase == "opening" and after.pauses:
            tx.act(stream, PauseBox(after.pauses[-1].ground))
        elif box.paused_at and not after.pauses:
            tx.act(stream, ResumeBox(why=before.pauses[-1].ground))


def _box(tender: Tender, lot: str) -> OpenBox:
    assert tender.draft is not None
    stages = next(tuple(range(1, x.envelopes + 1)) for x in tender.draft.lots if x.id == lot)
    return OpenBox(
        tender=tender.id,
        lot=lot,
        opens_at=tender.times.published_at,
        closes_at=tender.times.deadline,
        stages=stages,
        policy=tender.draft.policy,
        least_bids=rulebook(tender.rulebook).number("least-bids", 1),
        decrypt_minutes=tender.draft.decrypt_minutes,
    )


def ask(platform: Platform, actor: Actor, name: str, text: str) -> Recorded:
    """A question on the documents; who asks is nobody's to know."""
    return act(platform, actor, name, AskQuestion(platform.random(6).hex(), text, platform.random(16).hex()))


def suspend(platform: Platform, actor: Actor, name: str, ground: str, reason: str, reference: str = "") -> str:
    """暂停; gives the id under which it can be lifted."""
    pause = platform.random(6).hex()
    act(platform, actor, name, SuspendTender(pause, ground, reason, reference))
    return pause


def _tender(state: object) -> Tender:
    assert isinstance(state, Tender)
    return state
