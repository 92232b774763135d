"""From the report to the archive: candidates, objections, award, letters, contract, failure, archive."""

from collections.abc import Callable
from functools import partial

from archive.bodies import Blob
from archive.canonical import encode
from archive.ledger import Recorded
from archive.values import Actor
from trading.commands import (
    AnswerObjection,
    Command,
    FileChallenge,
    FileComplaint,
    FileObjection,
    IssueAwardLetter,
    Letter,
    SendLetters,
)
from trading.desk.parting import parted
from trading.desk.publication import act
from trading.platform import Platform
from trading.tender import Tender

FILING = "text/plain; charset=utf-8"


def step(platform: Platform, actor: Actor, name: str, command: Command, blobs: tuple[Blob, ...] = ()) -> Recorded:
    """One act on the tender alone: candidates, award, result, letter, contract, failure, re-tender, archive."""
    return act(platform, actor, name, command, blobs=blobs)


def letters(platform: Platform, actor: Actor, name: str, lot: str, won: Blob, others: tuple[Blob, ...]) -> Recorded:
    """The winner's letter, and with it a result letter to everybody else, in as many entries as they need."""
    done = step(platform, actor, name, IssueAwardLetter(lot, won.sha256), (won,))
    for part in parted(others, _named) if others else ():
        step(platform, actor, name, SendLetters(lot, tuple(Letter(blob.sha256) for blob in part)), part)
    return done


def _named(letter: Blob) -> int:
    return len(encode(letter)) + len(encode(Letter(letter.sha256))) + 2


def object_(platform: Platform, actor: Actor, name: str, kind: str, text: str, lot: str, interest: str) -> str:
    """异议 (RS-1) of ``kind`` document, opening or result; gives its id.  Who objects stays behind a pseudonym."""
    return _file(platform, actor, name, kind, text, lot, interest, FileObjection)


def challenge(platform: Platform, actor: Actor, name: str, kind: str, text: str, lot: str, interest: str) -> str:
    """质疑 (RS-2) of the document, the process or the result; gives its id."""
    return _file(platform, actor, name, kind, text, lot, interest, FileChallenge)


def complain(platform: Platform, actor: Actor, name: str, kind: str, text: str, lot: str, interest: str, about: str) -> str:
    """投诉 to the supervising department; ``about`` is the objection or challenge before it.  Gives its id."""
    return _file(platform, actor, name, kind, text, lot, interest, partial(FileComplaint, about=about))


def _file(
    platform: Platform,
    actor: Actor,
    name: str,
    kind: str,
    text: str,
    lot: str,
    interest: str,
    filing: Callable[..., FileObjection | FileChallenge | FileComplaint],
) -> str:
    number = platform.random(6).hex()
    written = platform.keep(text.encode(), f"{kind}-{number}.txt", FILING)
    command = filing(
        objection=number,
        kind=kind,
        objector=platform.derive(f"objector/{name}/{actor.org}").hex()[:16],
        text_sha256=written.sha256,
        blind=platform.random(16).hex(),
        lot=lot,
    )
    act(platform, actor, name, command, blobs=(Blob(written.sha256, written.length, FILING),), interest=interest)
    return number


def answer(platform: Platform, actor: Actor, name: str, objection: str, outcome: str, text: str) -> Recorded:
    """The written answer; with it a suspended activity goes on."""
    written = platform.keep(text.encode(), f"answer-{objection}.txt", FILING)
    return act(
        platform,
        actor,
        name,
        AnswerObjection(objection, outcome, written.sha256),
        blobs=(Blob(written.sha256, written.length, FILING),),
    )


def state_of(platform: Platform, name: str) -> Tender:
    """The tender's state, for pages and papers."""
    state = platform.ledger.state(f"tender/{name}")
    assert isinstance(state, Tender)
    return state
