"""An organisation's state, what of it others ask for, its evolution and its rows."""

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from archive.decider import Row
from archive.disclosures import Hidden
from archive.values import Instant, Message, Value
from trading.parties.messages import (
    AgencyContractEnded,
    AgencyContractSigned,
    DrawKeyRegistered,
    Event,
    OrgAmended,
    OrgRegistered,
    OrgReinstated,
    OrgSuspended,
    OrgVerified,
    PeopleForgotten,
    PersonNamed,
    RoleGranted,
    RoleRevoked,
)
from trading.tender import Mandate


class OrgFacts(Message, frozen=True, tag="org.facts"):
    """The granted roles of the actor's own organisation."""

    roles: tuple[str, ...] = ()


class Contract(Value, frozen=True):
    """A 代理合同 on the principal's side."""

    contract: str
    agency: str
    scopes: tuple[str, ...]
    from_at: Instant
    to_at: Instant
    sha256: str
    projects: tuple[str, ...] = ()


class Standing(Value, frozen=True):
    """Somebody stands for the organisation in a duty."""

    duty: str
    person: Hidden


class Org(Value, frozen=True):
    """One organisation's state; ``code`` is empty before registration."""

    scheme: str = ""
    code: str = ""
    name: str = ""
    region: str = ""
    address: str = ""
    registered_at: Instant = 0
    verified_at: Instant = 0
    roles: tuple[str, ...] = ()
    contracts: tuple[Contract, ...] = ()
    suspended: str = ""
    suspended_until: Instant = 0
    draw_key: str = ""
    draw_key_at: Instant = 0
    people: tuple[Standing, ...] = ()


def barred(state: Org, at: Instant) -> bool:
    """Whether a suspension is in force at that instant."""
    return bool(state.suspended) and (state.suspended_until == 0 or at < state.suspended_until)


def mandate(state: Org, principal: str, agency: str, project: str, at: Instant) -> Mandate | None:
    """The contract in force that lets ``agency`` act in ``project``, as a fact for the tender's rules."""
    for c in state.contracts:
        if c.agency == agency and c.from_at <= at < c.to_at and (not c.projects or project in c.projects):
            return Mandate(c.contract, principal, agency, c.scopes, c.from_at, c.to_at, c.projects)
    return None


def evolve(state: Org, event: Event) -> Org:
    """The state after an event."""
    match event:
        case OrgRegistered():
            return Org(event.scheme, event.code, event.name, event.region, event.address, event.at)
        case OrgVerified():
            return replace(state, verified_at=event.at)
        case OrgAmended():
            return replace(state, name=event.name, region=event.region, address=event.address, verified_at=0)
        case RoleGranted():
            return replace(state, roles=(*state.roles, event.role))
        case RoleRevoked():
            return replace(state, roles=tuple(r for r in state.roles if r != event.role))
        case AgencyContractSigned():
            signed = Contract(
                event.contract, event.agency, event.scopes, event.from_at, event.to_at, event.sha256, event.projects
            )
            return replace(state, contracts=(*state.contracts, signed))
        case AgencyContractEnded():
            kept = tuple(c for c in state.contracts if c.contract != event.contract)
            ended = tuple(replace(c, to_at=min(c.to_at, event.at)) for c in state.contracts if c.contract == event.contract)
            return replace(state, contracts=kept + ended)
        case OrgSuspended():
            return replace(state, suspended=event.ground, suspended_until=event.until_at)
        case OrgReinstated():
            return replace(state, suspended="", suspended_until=0)
        case DrawKeyRegistered():
            return replace(state, draw_key=event.key, draw_key_at=event.at)
        case PersonNamed():
            others = tuple(p for p in state.people if p.duty != event.duty)
            return replace(state, people=(*others, Standing(event.duty, event.person)))
        case PeopleForgotten():
            return replace(state, people=())
        case _:
            assert_never(event)


def rows(stream: str, state: Org) -> Iterable[Row]:
    """One ``org`` row, and one ``agency_contract`` row for each contract ever signed."""
    if not state.code:
        return
    name = stream.partition("/")[2]
    yield (
        "org",
        (name,),
        {
            "scheme": state.scheme,
            "code": state.code,
            "name": state.name,
            "region": state.region,
            "address": state.address,
            "roles": " ".join(state.roles),
            "registered_at": state.registered_at,
            "verified_at": state.verified_at,
            "suspended": state.suspended,
            "suspended_until": state.suspended_until,
        },
    )
    for c in state.contracts:
        yield (
            "agency_contract",
            (name, c.contract),
            {"agency": c.agency, "scopes": " ".join(c.scopes), "from_at": c.from_at, "to_at": c.to_at, "sha256": c.sha256},
        )
