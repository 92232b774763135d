"""The notice that an agency leaves to the platform to print: one whose command names no file.

It is printed from the command and the fixed documents, so that the page, the PDF and what the rules judged are one.  Its date is
the day and not the moment, so that a request which is repeated asks for the same.
"""

from msgspec.structs import replace

from archive.bodies import Blob
from trading.calendar import start_of_day
from trading.commands import Command, PublishNotice
from trading.desk import printing
from trading.desk.printing.common import tender_of
from trading.platform import Platform
from trading.words import beijing


def printed(platform: Platform, org: str, name: str, command: Command) -> tuple[Command, tuple[Blob, ...]]:
    """The command with its file named, and the file; any other command, and one that is not ``org``'s to send, as it is.

    Raises:
        Invalid: ``paper.missing`` for a content that the law asks for.
    """
    match command:
        case PublishNotice(notice=said) if not said.sha256:
            tender = tender_of(platform, name)
            if tender.project is None or tender.draft is None or org not in (tender.project.agency, tender.project.principal):
                return command, ()  # which the rules refuse, and say why
            made = printing.notice(platform, tender, said, start_of_day(beijing(platform.clock()).date()))
            return PublishNotice(replace(said, sha256=made.sha256)), made.blobs
        case _:
            return command, ()
