"""Who the experts are: the private side of the pool, read under a rule and on record, and forgotten on a legal basis."""

from collections.abc import Iterable

from msgspec import convert

from archive.errors import Missing, Refused
from archive.ledger import Recorded
from archive.values import Actor
from experts.expert import Expert
from experts.expert.messages import Forget, Person
from trading.access import View
from trading.calling.carriers import Contact
from trading.platform import Platform
from trading.roles import Visitor
from trading.visibility import may_know_person

LAW: dict[str, str] = {"expert.private": "个人信息保护法 第六条"}


def read(platform: Platform, visitor: Visitor, id: str, purpose: str) -> Person:
    """Name and telephone of an expert; that they are read, by whom and what for, is on record first.

    Raises:
        Refused: ``expert.private`` for who may not know; as `trading.access` for a session that is over.
        Missing: ``ledger.private`` when there is no such expert, or he was forgotten.
    """
    if not may_know_person(visitor.role, visitor.role == "expert" and visitor.account.org == id):
        raise Refused("expert.private", role=visitor.role)
    platform.ledger.act(f"session/{visitor.session}", View(f"expert/{id}", purpose), actor=visitor.actor)
    known = _known(platform, id)
    if known is None:
        raise Missing("ledger.private")
    return known


def reach(platform: Platform, id: str) -> Contact:
    """Where an expert is reached, for the machine that calls him; empty where he has not said or was forgotten."""
    known = _known(platform, id)
    return Contact() if known is None else Contact(known.mail, known.phone)


def names(platform: Platform, ids: Iterable[str]) -> dict[str, str]:
    """The names of experts by id, as far as they are not forgotten: for papers and acts that have to name them."""
    return {id: known.name for id in ids if (known := _known(platform, id)) is not None}


def forget(platform: Platform, actor: Actor, id: str, basis: str) -> Recorded:
    """Destroy the key to who an expert was, on a legal basis.

    Raises:
        Refused: ``expert.retention`` while the law wants him on file; as `experts.expert`.
    """
    return platform.ledger.act(f"expert/{id}", Forget(basis), actor=actor)


def _known(platform: Platform, id: str) -> Person | None:
    state = platform.ledger.state(f"expert/{id}")
    assert isinstance(state, Expert)
    if state.person is None:
        return Person(state.name) if state.name else None
    found = platform.ledger.reveal(state.person)
    return None if found is None else convert(found, Person)
