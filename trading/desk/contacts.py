"""Who stands for an organisation: named by itself, read under a rule and on record, and forgotten on a legal basis."""

from collections.abc import Mapping

from msgspec import convert

from archive.errors import Refused
from archive.ledger import Recorded
from archive.values import Actor
from trading.access import View
from trading.desk import facts
from trading.parties.messages import ForgetPeople, NamePerson, OrgPerson
from trading.parties.state import Org, OrgFacts
from trading.platform import Platform
from trading.roles import Visitor
from trading.visibility import may_know_contact

LAW: dict[str, str] = {"org.private": "个人信息保护法 第六条"}


def name(platform: Platform, actor: Actor, code: str, duty: str, person: OrgPerson) -> Recorded:
    """Put on record who stands for an organisation in a duty, as digests; whoever stood there before is not in force any more.

    Raises:
        Refused: ``org.none``, ``org.not-entitled``, ``org.suspended``, ``org.duty``, ``org.incomplete``.
    """
    stream = facts.org(code)
    with platform.ledger.begin(actor=actor, write={stream}, read=facts.reads(actor) - {stream}) as tx:
        tx.act(stream, NamePerson(duty, tx.hide(stream, person)), facts=OrgFacts())
    return tx.recorded[0]


def read(platform: Platform, visitor: Visitor, code: str, purpose: str) -> Mapping[str, OrgPerson]:
    """Who stands for an organisation, by duty, as far as he was not forgotten; that it is read is on record first.

    Raises:
        Refused: ``org.private`` for who may not know; as `trading.access` for a session that is over.
    """
    if not may_know_contact(visitor.role, bool(code) and visitor.account.org == code):
        raise Refused("org.private", role=visitor.role)
    platform.ledger.act(f"session/{visitor.session}", View(facts.org(code), purpose), actor=visitor.actor)
    state = platform.ledger.state(facts.org(code))
    assert isinstance(state, Org)
    found = {standing.duty: platform.ledger.reveal(standing.person) for standing in state.people}
    return {duty: convert(person, OrgPerson) for duty, person in found.items() if person is not None}


def forget(platform: Platform, actor: Actor, code: str, basis: str) -> Recorded:
    """Destroy the key to whoever ever stood for an organisation, on a legal basis.

    Raises:
        Refused: ``org.none``, ``org.not-entitled``, ``org.people-none``, ``org.no-ground``.
    """
    stream = facts.org(code)
    with platform.ledger.begin(actor=actor, write={stream}, read=facts.reads(actor) - {stream}) as tx:
        own = tx.state(facts.org(actor.org)) if actor.org else Org()
        assert isinstance(own, Org)
        tx.act(stream, ForgetPeople(basis), facts=OrgFacts(roles=own.roles))
    return tx.recorded[0]
