"""主体: organisations, what they are verified as, which roles they hold, whom they have act for them.

One stream ``org/<id>``.  Registration is free and asks for nothing but who one is (电子招标投标办法 9);
verification, roles and suspensions are decisions with a ground.  An agency acts only within a signed
代理合同, which stands in the *principal's* stream.  Who stands for the organisation is on record as digests alone.
"""

from typing import assert_never

from archive.decider import Context, Decider
from archive.errors import Refused
from archive.strict import HEX256
from archive.values import Instant
from trading.codes import CREDIT_SCHEME, credit_code_holds
from trading.parties.messages import (
    AgencyContractEnded,
    AgencyContractSigned,
    AmendOrg,
    Command,
    DrawKeyRegistered,
    EndAgencyContract,
    Event,
    ForgetPeople,
    GrantRole,
    NamePerson,
    OrgAmended,
    OrgPerson,
    OrgRegistered,
    OrgReinstated,
    OrgSuspended,
    OrgVerified,
    PeopleForgotten,
    PersonNamed,
    RegisterDrawKey,
    RegisterOrg,
    ReinstateOrg,
    RevokeRole,
    RoleGranted,
    RoleRevoked,
    SignAgencyContract,
    SuspendOrg,
    VerifyOrg,
)
from trading.parties.state import Org, OrgFacts, barred, evolve, rows

ROLES = ("bidder", "principal", "agency", "platform", "regulator", "notary")
SCOPES = ("register", "draft", "publish", "clarify", "open", "answer", "result", "archive")
"""What a 代理合同 may cover; approval of the documents, the award and the contract stay with the principal."""

APART = (("platform", "bidder"), ("regulator", "bidder"), ("platform", "regulator"), ("regulator", "agency"))
"""Pairs of roles that one organisation must not hold together (电子招标投标办法 23)."""

LAW: dict[str, str] = {
    "org.not-entitled": "电子招标投标办法 第四十八条",
    "org.code": "GB 32100",
    "org.exists": "电子招标投标办法 第九条",
    "org.none": "电子招标投标办法 第二十四条",
    "org.incomplete": "电子招标投标办法 第二十四条",
    "org.verified": "电子招标投标办法 第二十四条",
    "org.unverified": "电子招标投标办法 第二十四条",
    "org.no-role": "电子招标投标办法 第四十八条",
    "org.role-held": "电子招标投标办法 第四十八条",
    "org.role-unknown": "电子招标投标办法 第四十八条",
    "org.roles-apart": "电子招标投标办法 第二十三条",
    "org.suspended": "电子招标投标办法 第十五条",
    "org.not-suspended": "电子招标投标办法 第十五条",
    "org.no-ground": "电子招标投标办法 第五十四条",
    "org.contract-exists": "招标投标法 第十五条",
    "org.contract-none": "招标投标法 第十五条",
    "org.contract-scope": "招标投标法 第十五条",
    "org.contract-time": "招标投标法 第十五条",
    "org.contract-self": "招标投标法 第十四条",
    "org.draw-key": "发改法规规〔2022〕1117号",
    "org.duty": "个人信息保护法 第六条",
    "org.people-none": "个人信息保护法 第四十七条",
}

DUTIES = ("representative", "contact")
"""In which duties somebody stands for an organisation: 法定代表人或授权代表, 联系人."""


def decide(state: Org, command: Command, ctx: Context[OrgFacts | None]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`.
    """
    if isinstance(command, RegisterOrg):
        return _register(state, command, ctx)
    if not state.code:
        raise Refused("org.none")
    match command:
        case VerifyOrg():
            _platform(ctx)
            if state.verified_at:
                raise Refused("org.verified", org=state.code)
            if not command.method or not command.evidence_sha256:
                raise Refused("org.incomplete", fields=["method", "evidence"])
            return (OrgVerified(ctx.at, command.method, command.evidence_sha256),)
        case AmendOrg():
            _self(state, ctx)
            if not command.name:
                raise Refused("org.incomplete", fields=["name"])
            return (OrgAmended(ctx.at, command.name, command.region, command.address),)
        case GrantRole():
            _platform(ctx)
            return _grant(state, command, ctx.at)
        case RevokeRole():
            _platform(ctx)
            if command.role not in state.roles:
                raise Refused("org.no-role", org=state.code, role=command.role)
            return (RoleRevoked(ctx.at, command.role, _ground(command.ground)),)
        case SignAgencyContract():
            _self(state, ctx)
            return _sign(state, command, ctx.at)
        case EndAgencyContract():
            _self(state, ctx)
            if all(c.contract != command.contract for c in state.contracts):
                raise Refused("org.contract-none", contract=command.contract)
            return (AgencyContractEnded(ctx.at, command.contract, command.reason),)
        case SuspendOrg():
            _authority(ctx)
            if barred(state, ctx.at):
                raise Refused("org.suspended", org=state.code)
            return (OrgSuspended(ctx.at, _ground(command.ground), command.until_at),)
        case ReinstateOrg():
            _authority(ctx)
            if not barred(state, ctx.at):
                raise Refused("org.not-suspended", org=state.code)
            return (OrgReinstated(ctx.at, _ground(command.ground)),)
        case RegisterDrawKey():
            _self(state, ctx)
            if not set(state.roles) - {"bidder"}:
                raise Refused("org.no-role", org=state.code, role="regulator")
            if not HEX256.fullmatch(command.key) or command.key == state.draw_key:
                raise Refused("org.draw-key", org=state.code)
            return (DrawKeyRegistered(ctx.at, command.key),)
        case NamePerson():
            _self(state, ctx)
            if command.duty not in DUTIES:
                raise Refused("org.duty", duty=command.duty)
            if not ctx.revealed(command.person, OrgPerson).name.strip():
                raise Refused("org.incomplete", fields=["name"])
            return (PersonNamed(ctx.at, command.duty, command.person),)
        case ForgetPeople():
            if ctx.actor.org != state.code:  # whoever is barred from acting has this right all the same
                _platform(ctx)
            if not state.people:
                raise Refused("org.people-none", org=state.code)
            return (PeopleForgotten(ctx.at, _ground(command.basis)),)
        case _:
            assert_never(command)


def _roles(ctx: Context[OrgFacts | None]) -> tuple[str, ...]:
    return ctx.facts.roles if ctx.facts else ()


def _platform(ctx: Context[OrgFacts | None]) -> None:
    if ctx.actor.kind != "system" and "platform" not in _roles(ctx):
        raise Refused("org.not-entitled", actor=ctx.actor.id)


def _authority(ctx: Context[OrgFacts | None]) -> None:
    if ctx.actor.kind != "system" and not {"platform", "regulator"} & set(_roles(ctx)):
        raise Refused("org.not-entitled", actor=ctx.actor.id)


def _self(state: Org, ctx: Context[OrgFacts | None]) -> None:
    if ctx.actor.kind != "system" and ctx.actor.org != state.code:
        raise Refused("org.not-entitled", actor=ctx.actor.id)
    if barred(state, ctx.at):
        raise Refused("org.suspended", org=state.code)


def _ground(ground: str) -> str:
    if not ground.strip():
        raise Refused("org.no-ground")
    return ground


def _register(state: Org, command: RegisterOrg, ctx: Context[OrgFacts | None]) -> tuple[Event, ...]:
    if state.code:
        raise Refused("org.exists", org=state.code)
    if command.scheme == CREDIT_SCHEME and not credit_code_holds(command.code):
        raise Refused("org.code", code=command.code)
    missing = [field for field in ("scheme", "code", "name") if not getattr(command, field).strip()]
    if missing:
        raise Refused("org.incomplete", fields=missing)
    registered = OrgRegistered(ctx.at, command.scheme, command.code, command.name, command.region, command.address)
    if command.role == "bidder":
        return (registered, RoleGranted(ctx.at, "bidder"))
    if command.role not in ROLES:
        raise Refused("org.role-unknown", role=command.role)
    return (registered,)


def _grant(state: Org, command: GrantRole, at: Instant) -> tuple[Event, ...]:
    if command.role not in ROLES:
        raise Refused("org.role-unknown", role=command.role)
    if command.role in state.roles:
        raise Refused("org.role-held", org=state.code, role=command.role)
    if command.role != "bidder" and not state.verified_at:
        raise Refused("org.unverified", org=state.code)
    for one, other in APART:
        if command.role in (one, other) and (one if command.role == other else other) in state.roles:
            raise Refused("org.roles-apart", org=state.code, roles=[one, other])
    return (RoleGranted(at, command.role, _ground(command.ground)),)


def _sign(state: Org, command: SignAgencyContract, at: Instant) -> tuple[Event, ...]:
    if "principal" not in state.roles:
        raise Refused("org.no-role", org=state.code, role="principal")
    if command.agency == state.code:
        raise Refused("org.contract-self", org=state.code)
    if any(c.contract == command.contract for c in state.contracts):
        raise Refused("org.contract-exists", contract=command.contract)
    if not command.scopes or not set(command.scopes) <= set(SCOPES):
        raise Refused("org.contract-scope", scopes=sorted(set(command.scopes) - set(SCOPES)))
    if not (command.from_at < command.to_at and at < command.to_at):
        raise Refused("org.contract-time", from_at=command.from_at, to_at=command.to_at)
    signed = AgencyContractSigned(
        at, command.contract, command.agency, command.scopes, command.from_at, command.to_at, command.sha256, command.projects
    )
    return (signed,)


ACTS: dict[type[Command], str] = {
    RegisterOrg: "org.registered",
    VerifyOrg: "org.verified",
    AmendOrg: "org.amended",
    GrantRole: "org.role_granted",
    RevokeRole: "org.role_revoked",
    SignAgencyContract: "org.agency_contract_signed",
    EndAgencyContract: "org.agency_contract_ended",
    SuspendOrg: "org.suspended",
    ReinstateOrg: "org.reinstated",
    RegisterDrawKey: "org.draw_key_registered",
    NamePerson: "org.person_named",
    ForgetPeople: "privacy.erased",
}


DECIDER: Decider[Org, Command, Event, OrgFacts | None] = Decider(
    kind="org",
    state=Org,
    commands=Command,
    events=Event,
    facts=OrgFacts | None,
    initial=Org(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
    forgets=lambda event: isinstance(event, PeopleForgotten),
)
