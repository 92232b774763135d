"""Documents, notice, clarification, deadline, pause: the tender up to its closing.

Publishing opens a box for every lot in the same transaction, and every act that moves the deadline moves
the boxes' with it; the box's own deadline is the one that counts.
"""

from collections.abc import Callable

from archive.bodies import Blob
from archive.ledger import Recorded, Transaction
from archive.values import Actor
from bidding.box import MoveDeadline, OpenBox, PauseBox, ResumeBox
from trading.commands import (
    AmendDeadline,
    ApproveDocuments,
    AskQuestion,
    Command,
    DraftTender,
    PublishClarification,
    PublishNotice,
    ResumeTender,
    SuspendTender,
    TerminateTender,
)
from trading.desk import facts
from trading.platform import Platform
from trading.rulebook import rulebook
from trading.tender import Tender

Follow = Callable[[Transaction, Tender, Tender], None]


def act(
    platform: Platform,
    actor: Actor,
    name: str,
    command: Command,
    *,
    blobs: tuple[Blob, ...] = (),
    follow: Follow | None = None,
    key: str | None = None,
    **told: object,
) -> Recorded:
    """One command to one tender, with its boxes locked where ``follow`` has to move them too."""
    stream = facts.tender(name)
    principal = facts.principal_of(platform.ledger, name)
    write = {stream}
    if follow is not None:
        state = platform.ledger.state(stream)
        assert isinstance(state, Tender)
        write |= {facts.box(name, lot.id) for lot in (state.draft.lots if state.draft else ())}
    with platform.ledger.begin(actor=actor, write=write, read=facts.reads(actor, principal), key=key) as tx:
        before = tx.state(stream)
        tx.act(stream, command, facts=facts.about(tx, actor, name, principal, **told), blobs=blobs)
        if follow is not None:
            after = tx.state(stream)
            assert isinstance(before, Tender) and isinstance(after, Tender)
            follow(tx, before, after)
    return tx.recorded[0]


def draft(platform: Platform, actor: Actor, name: str, command: DraftTender) -> Recorded:
    """文件编制: the documents are in the vault before this names them."""
    return act(platform, actor, name, command)


def approve(platform: Platform, actor: Actor, name: str, draft_sha256: str) -> Recorded:
    """固化: the principal fixes the draft."""
    return act(platform, actor, name, ApproveDocuments(draft_sha256))


def publish(platform: Platform, actor: Actor, name: str, command: PublishNotice, blobs: tuple[Blob, ...]) -> Recorded:
    """The notice goes out and the boxes open."""

    def open_boxes(tx: Transaction, _before: Tender, after: Tender) -> None:
        assert after.draft is not None
        for lot in after.lots:
            opening = OpenBox(
                tender=name,
                lot=lot.spec.id,
                opens_at=after.times.published_at,
                closes_at=after.times.deadline,
                stages=(1,),
                policy=after.draft.policy,
                least_bids=rulebook(after.rulebook).number("least-bids", 1),
                decrypt_minutes=after.draft.decrypt_minutes,
            )
            tx.act(facts.box(name, lot.spec.id), opening)

    return act(platform, actor, name, command, blobs=blobs, follow=open_boxes)


def _move_boxes(why: str) -> Follow:
    def move(tx: Transaction, before: Tender, after: Tender) -> None:
        if after.times.deadline != before.times.deadline:
            for lot in after.lots:
                tx.act(facts.box(after.id, lot.spec.id), MoveDeadline(after.times.deadline, why))

    return move


def ask(platform: Platform, actor: Actor, name: str, text: str) -> Recorded:
    """A question on the documents; who asks is nobody's to know."""
    question = platform.random(6).hex()
    return act(platform, actor, name, AskQuestion(question, text, platform.random(16).hex()), interest="participant")


def clarify(platform: Platform, actor: Actor, name: str, command: PublishClarification, blobs: tuple[Blob, ...]) -> Recorded:
    """澄清: where it may affect bids the deadline moves with it."""
    return act(platform, actor, name, command, blobs=blobs, follow=_move_boxes(command.title))


def amend_deadline(platform: Platform, actor: Actor, name: str, command: AmendDeadline, blobs: tuple[Blob, ...] = ()) -> Recorded:
    """延期, by a statement that is in the log before the deadline in force."""
    return act(platform, actor, name, command, blobs=blobs, follow=_move_boxes(command.reason))


def suspend(platform: Platform, actor: Actor, name: str, ground: str, reason: str, reference: str = "") -> str:
    """暂停; gives the id under which it can be lifted."""
    pause = platform.random(6).hex()

    def follow(tx: Transaction, before: Tender, after: Tender) -> None:
        if after.stage == "bidding" and not before.pauses:
            for lot in after.lots:
                tx.act(facts.box(name, lot.spec.id), PauseBox(reason))

    act(platform, actor, name, SuspendTender(pause, ground, reason, reference), follow=follow)
    return pause


def resume(platform: Platform, actor: Actor, name: str, command: ResumeTender) -> Recorded:
    """恢复: running times go on with what was left of them."""

    def follow(tx: Transaction, before: Tender, after: Tender) -> None:
        if after.stage == "bidding" and before.pauses and not after.pauses:
            for lot in after.lots:
                tx.act(facts.box(name, lot.spec.id), ResumeBox(after.times.deadline, command.reason))

    return act(platform, actor, name, command, follow=follow)


def terminate(platform: Platform, actor: Actor, name: str, command: TerminateTender, blobs: tuple[Blob, ...] = ()) -> Recorded:
    """终止 of the tender or of some of its lots."""
    return act(platform, actor, name, command, blobs=blobs)
