"""What is sealed of a tender is read before its time: asked for, agreed to by k of n, and handed out once that is on record."""

from archive.database import reading
from archive.errors import Missing
from archive.ledger import Recorded
from archive.ledger.export import openings
from archive.values import Actor
from bidding import envelopes as index
from trading.desk import facts
from trading.glass import Approve, AskToRead, Command, Custodian, Glass, GlassFacts, Read
from trading.platform import Platform
from trading.tender import Tender


def ask(
    platform: Platform, actor: Actor, name: str, command: AskToRead, custodians: tuple[Custodian, ...], needed: int
) -> Recorded:
    """The supervising department asks; ``custodians``, ``needed`` of whom have to agree, are those of the settings.

    Raises:
        Missing: ``tender.missing``.
        Refused: a code of `trading.glass.LAW`, itself on record.
    """
    return _act(platform, actor, name, command, custodians, needed)


def approve(platform: Platform, actor: Actor, name: str, number: int) -> Recorded:
    """A custodian agrees; raises as `ask`."""
    return _act(platform, actor, name, Approve(number))


def read(platform: Platform, actor: Actor, name: str, number: int) -> tuple[Recorded, list[bytes]]:
    """The openings of everything that is sealed of this tender and of no other; raises as `ask`."""
    with reading(platform.engine) as db:
        streams = sorted(stream for found in index.streams_of(db, name).values() for stream in found)
    found = [raw for stream in streams for raw in openings(platform.ledger, stream)]
    return _act(platform, actor, name, Read(number, len(found))), found


def requests(platform: Platform, name: str) -> Glass:
    """The requests for one tender."""
    state = platform.ledger.state(facts.glass(name))
    assert isinstance(state, Glass)
    return state


def _act(
    platform: Platform, actor: Actor, name: str, command: Command, custodians: tuple[Custodian, ...] = (), needed: int = 0
) -> Recorded:
    stream, tender = facts.glass(name), facts.tender(name)
    with platform.ledger.begin(actor=actor, write={stream}, read={tender}) as tx:
        known = tx.state(tender)
        assert isinstance(known, Tender)
        if not known.stage:
            raise Missing("tender.missing", tender=name)
        tx.act(stream, command, GlassFacts(known.stage == "published", custodians, needed))
    return tx.recorded[0]
