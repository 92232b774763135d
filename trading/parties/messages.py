"""What can be asked of an organisation's stream, and what can happen to it.  Wire tags are append-only."""

from archive.disclosures import Hidden
from archive.values import Instant, Message, Value


class OrgPerson(Value, frozen=True):
    """Who stands for an organisation, and where he is reached: no member of it stands in an entry (trace-log 5.3)."""

    name: str
    phone: str = ""
    mail: str = ""


class RegisterOrg(Message, frozen=True, tag="org.register"):
    """Free registration under an identifier of ``scheme`` (CN-USCC is checked, foreign ones are kept as they are)."""

    scheme: str
    code: str
    name: str
    region: str = ""
    address: str = ""
    role: str = "bidder"


class VerifyOrg(Message, frozen=True, tag="org.verify"):
    """The identity was checked: by which means, against which evidence."""

    method: str
    evidence_sha256: str


class AmendOrg(Message, frozen=True, tag="org.amend"):
    """Name or address changed; verification has to be repeated."""

    name: str
    region: str = ""
    address: str = ""


class GrantRole(Message, frozen=True, tag="org.grant-role"):
    """A role is granted on a ground."""

    role: str
    ground: str


class RevokeRole(Message, frozen=True, tag="org.revoke-role"):
    """A role ends."""

    role: str
    ground: str


class SignAgencyContract(Message, frozen=True, tag="org.sign-agency-contract"):
    """代理合同: the principal lets an agency act in some matters for some time; no projects named means all of its own."""

    contract: str
    agency: str
    scopes: tuple[str, ...]
    from_at: Instant
    to_at: Instant
    sha256: str
    projects: tuple[str, ...] = ()


class EndAgencyContract(Message, frozen=True, tag="org.end-agency-contract"):
    """The contract ends before its time."""

    contract: str
    reason: str


class SuspendOrg(Message, frozen=True, tag="org.suspend"):
    """A regulator or the platform bars the organisation from acting, on a stated ground, until lifted or ``until_at``."""

    ground: str
    until_at: Instant = 0


class ReinstateOrg(Message, frozen=True, tag="org.reinstate"):
    """The bar is lifted."""

    ground: str


class RegisterDrawKey(Message, frozen=True, tag="org.register-draw-key"):
    """The VRF key (32 bytes hex) with which the organisation gives the last input of draws from now on."""

    key: str


class NamePerson(Message, frozen=True, tag="org.name-person"):
    """Who stands for the organisation in a duty, ``representative`` or ``contact``; ``person`` hides an `OrgPerson`."""

    duty: str
    person: Hidden


class ForgetPeople(Message, frozen=True, tag="org.forget-people"):
    """Erase whoever stood for the organisation so far, on a legal basis; the key to it is destroyed with the act."""

    basis: str


Command = (
    RegisterOrg | VerifyOrg | AmendOrg | GrantRole | RevokeRole | SignAgencyContract | EndAgencyContract | SuspendOrg
    | ReinstateOrg | RegisterDrawKey | NamePerson | ForgetPeople
)  # fmt: skip


class OrgRegistered(Message, frozen=True, tag="org.registered"):
    """It is known here, not yet verified."""

    at: Instant
    scheme: str
    code: str
    name: str
    region: str = ""
    address: str = ""


class OrgVerified(Message, frozen=True, tag="org.verified"):
    """It is who it says."""

    at: Instant
    method: str
    evidence_sha256: str


class OrgAmended(Message, frozen=True, tag="org.amended"):
    """It is called or housed otherwise from now on."""

    at: Instant
    name: str
    region: str = ""
    address: str = ""


class RoleGranted(Message, frozen=True, tag="org.role-granted"):
    """It holds the role from now on."""

    at: Instant
    role: str
    ground: str = ""


class RoleRevoked(Message, frozen=True, tag="org.role-revoked"):
    """It holds the role no more."""

    at: Instant
    role: str
    ground: str = ""


class AgencyContractSigned(Message, frozen=True, tag="org.agency-contract-signed"):
    """The mandate runs."""

    at: Instant
    contract: str
    agency: str
    scopes: tuple[str, ...]
    from_at: Instant
    to_at: Instant
    sha256: str
    projects: tuple[str, ...] = ()


class AgencyContractEnded(Message, frozen=True, tag="org.agency-contract-ended"):
    """The mandate ended early."""

    at: Instant
    contract: str
    reason: str = ""


class OrgSuspended(Message, frozen=True, tag="org.suspended"):
    """It is barred."""

    at: Instant
    ground: str
    until_at: Instant = 0


class OrgReinstated(Message, frozen=True, tag="org.reinstated"):
    """The bar is gone."""

    at: Instant
    ground: str = ""


class DrawKeyRegistered(Message, frozen=True, tag="org.draw-key-registered"):
    """This key is in force until the next."""

    at: Instant
    key: str


class PersonNamed(Message, frozen=True, tag="org.person-named"):
    """He stands for the organisation in this duty until another does."""

    at: Instant
    duty: str
    person: Hidden


class PeopleForgotten(Message, frozen=True, tag="org.people-forgotten"):
    """Nobody can say any more who stood for it."""

    at: Instant
    basis: str


Event = (
    OrgRegistered | OrgVerified | OrgAmended | RoleGranted | RoleRevoked | AgencyContractSigned | AgencyContractEnded
    | OrgSuspended | OrgReinstated | DrawKeyRegistered | PersonNamed | PeopleForgotten
)  # fmt: skip
