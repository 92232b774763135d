"""Catalogue, organisations, agency contracts, and 进场登记 of a project."""

from datetime import date

from archive.ledger import Recorded
from archive.values import Actor
from trading import catalogue as catalogues
from trading.calendar import legal_date
from trading.catalogue import Catalogue, CatalogueItem, Consultation, PublishCatalogue
from trading.commands import AcceptRegistration, RefuseRegistration, RegisterProject
from trading.desk import facts
from trading.parties.messages import GrantRole, RegisterDrawKey, RegisterOrg, SignAgencyContract, VerifyOrg
from trading.parties.state import Org, OrgFacts
from trading.platform import Platform
from trading.tender import CatalogueEntry, GroundFound, Predecessor, Project, Tender


def publish_catalogue(
    platform: Platform, actor: Actor, catalogue: str, version: int, items: tuple[CatalogueItem, ...], consultation: Consultation
) -> Recorded:
    """A new version of the 交易目录, whole."""
    command = PublishCatalogue(version=version, items=items, consultation=consultation, publisher=actor.org)
    return _as_org(platform, actor, f"catalogue/{catalogue}", command)


def register_org(platform: Platform, actor: Actor, command: RegisterOrg) -> Recorded:
    """Free registration (电子招标投标办法 9)."""
    return _as_org(platform, actor, facts.org(command.code), command)


def admit_org(platform: Platform, actor: Actor, code: str, method: str, evidence_sha256: str, roles: tuple[str, ...]) -> None:
    """Verify an organisation and grant it roles beyond the bidder's."""
    state = platform.ledger.state(facts.org(code))
    assert isinstance(state, Org)
    _as_org(platform, actor, facts.org(code), VerifyOrg(method, evidence_sha256))
    for role in roles:
        if role not in state.roles:
            _as_org(platform, actor, facts.org(code), GrantRole(role, "依申请核验"))


def register_draw_key(platform: Platform, actor: Actor, key: str) -> Recorded:
    """The organisation's own VRF key goes on record, before any draw that it gives the last input to.

    Raises:
        Refused: ``org.none`` for somebody of no organisation, ``org.no-role``, ``org.draw-key``.
    """
    return _as_org(platform, actor, facts.org(actor.org or "none"), RegisterDrawKey(key))


def sign_agency_contract(platform: Platform, actor: Actor, principal: str, contract: SignAgencyContract) -> Recorded:
    """代理合同, in the principal's stream."""
    return _as_org(platform, actor, facts.org(principal), contract)


def register_project(
    platform: Platform,
    actor: Actor,
    name: str,
    project: Project,
    rulebook: str,
    calendar: str,
    *,
    catalogue: str = "",
    item: str = "",
    attempt: int = 1,
    previous: str = "",
) -> Recorded:
    """进场登记 against the catalogue's version in force; ``previous`` is the tender whose failed lots go on in this one."""
    stream = facts.tender(name)
    reads = facts.reads(actor, project.principal)
    if catalogue:
        reads.add(f"catalogue/{catalogue}")
    if previous:
        reads.add(facts.tender(previous))
    with platform.ledger.begin(actor=actor, write={stream}, read=reads) as tx:
        entry = _entry(tx.state(f"catalogue/{catalogue}"), catalogue, item, legal_date(tx.at)) if catalogue else None
        before = _predecessor(tx.state(facts.tender(previous)), previous, name) if previous else None
        told = facts.about(tx, actor, name, project.principal, catalogue=entry, predecessor=before)
        command = RegisterProject(
            id=name,
            project=project,
            rulebook=rulebook,
            calendar=calendar,
            catalogue=catalogue,
            catalogue_version=entry.version if entry else 0,
            catalogue_item=item,
            attempt=attempt,
            previous=previous,
        )
        tx.act(stream, command, facts=told)
    return tx.recorded[0]


def decide_registration(
    platform: Platform, actor: Actor, name: str, grounds: tuple[GroundFound, ...] = (), text: str = ""
) -> Recorded:
    """The trading centre admits the project, or refuses it on coded grounds."""
    command = RefuseRegistration(grounds, text) if grounds else AcceptRegistration()
    principal = facts.principal_of(platform.ledger, name)
    with platform.ledger.begin(actor=actor, write={facts.tender(name)}, read=facts.reads(actor, principal)) as tx:
        tx.act(facts.tender(name), command, facts=facts.about(tx, actor, name, principal))
    return tx.recorded[0]


def _predecessor(state: object, previous: str, name: str) -> Predecessor | None:
    """What the earlier tender says of its lots' going on in ``name``."""
    assert isinstance(state, Tender)
    named = any(lot.successor == name for lot in state.lots)
    return Predecessor(previous, state.attempt, name) if named else None


def _entry(state: object, catalogue: str, item: str, day: date) -> CatalogueEntry | None:
    assert isinstance(state, Catalogue)
    for found in state.items:
        if found.code == item and catalogues.valid_on(found, day):
            return CatalogueEntry(catalogue, state.version, item, found.from_day, found.to_day)
    return None


def _as_org(platform: Platform, actor: Actor, stream: str, command: object) -> Recorded:
    with platform.ledger.begin(actor=actor, write={stream}, read=facts.reads(actor) - {stream}) as tx:
        roles: tuple[str, ...] = ()
        if actor.org:
            own = tx.state(facts.org(actor.org))
            assert isinstance(own, Org)
            roles = own.roles
        known = catalogues.CatalogueFacts(roles=roles) if stream.startswith("catalogue/") else OrgFacts(roles=roles)
        tx.act(stream, command, facts=known)
    return tx.recorded[0]
