"""The notice that an agency leaves to the platform to print: one whose command names no file.

It is printed from the command and from what is on record, so that the page, the PDF and what the rules judged are one.  Its date
is the day and not the moment, so that a request which is repeated asks for the same.
"""

from msgspec.structs import replace

from archive.bodies import Blob
from archive.values import Instant
from trading.calendar import start_of_day
from trading.commands import Command, PublishCandidates, PublishNotice, PublishResult
from trading.desk import committee, evaluation, facts, printing
from trading.desk.printing.common import tender_of
from trading.parties.state import Org
from trading.platform import Platform
from trading.tender import Lot, Tender
from trading.words import beijing


def printed(platform: Platform, org: str, name: str, command: Command) -> tuple[Command, tuple[Blob, ...]]:
    """The command with its file named, and the file; any other command, and one that is not due or not ``org``'s, as it is.

    Raises:
        Invalid: ``paper.missing`` for a content that the law asks for.
    """
    tender = tender_of(platform, name)
    if tender.project is None or tender.draft is None or org not in (tender.project.agency, tender.project.principal):
        return command, ()  # which the rules refuse, and say why
    day = start_of_day(beijing(platform.clock()).date())
    match command:
        case PublishNotice(notice=said) if not said.sha256:
            made = printing.notice(platform, tender, said, day)
            return PublishNotice(replace(said, sha256=made.sha256)), made.blobs
        case PublishCandidates() if not command.sha256 and _ranked(platform, tender, command.lot):
            since, until = command.from_at, command.to_at
            made = printing.candidates(platform, name, command.lot, until, since=since, at=day)
            return replace(command, sha256=made.sha256), made.blobs
        case PublishResult() if not command.sha256 and (won := _won(tender, command.lot)) is not None:
            made = _result(platform, name, won, day)
            return replace(command, sha256=made.sha256), made.blobs
        case _:
            return command, ()


def _ranked(platform: Platform, tender: Tender, lot: str) -> bool:
    """Whether the lot has a report, and the room that made it a ranking."""
    if all(held.spec.id != lot or held.evaluation is None for held in tender.lots):
        return False
    return evaluation.room(platform, tender.id, lot).summary is not None


def _won(tender: Tender, lot: str) -> Lot | None:
    return next((held for held in tender.lots if held.spec.id == lot and held.price is not None), None)


def _result(platform: Platform, name: str, won: Lot, day: Instant) -> printing.Printed:
    """Experts are named only where their names are disclosed already."""
    lot = won.spec.id
    disclosed = committee.panel_of(platform, name, lot).phase == "disclosed"
    winner = platform.ledger.state(facts.org(won.winner))
    assert isinstance(winner, Org)
    return printing.result(
        platform, name, lot, committee.members(platform, name, lot) if disclosed else (), winner.address, at=day
    )
