"""主体: free registration, verification, roles that exclude each other, mandates, suspension."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from archive.canonical import decode, encode
from archive.decider import Context, fold
from archive.disclosures import Hidden
from archive.errors import Refused
from archive.values import Actor, Instant
from tests.tender_play import SHA, bj
from trading import parties as p
from trading.messages import LANGUAGES, sentence
from trading.parties.state import barred, mandate

CODE = "11530502MB9Y0B227D"
SELF = Actor("u-1", "user", org=CODE)
CENTRE = Actor("u-3", "user", org="12530500MB9Y0A11XK")
REGULATOR = Actor("u-4", "user", org="11530500MB9Y0A2240")
SYSTEM = Actor.system("demo")
AT = bj(9, 1)
AGENCY = "91530100MA9YDA010W"
ROLES = {CENTRE.id: ("platform",), REGULATOR.id: ("regulator",)}

REGISTER = p.RegisterOrg("CN-USCC", CODE, "隆阳区演示建设单位", "530502", "演示巷 3 号", "principal")
VERIFY = p.VerifyOrg("营业执照核验", SHA)
GRANT = p.GrantRole("principal", "项目法人")


def contract(**more: Any) -> p.SignAgencyContract:
    given: dict[str, Any] = {
        "contract": "C1", "agency": AGENCY, "scopes": ("draft", "publish"), "from_at": AT, "to_at": bj(12, 31), "sha256": SHA,
    }  # fmt: skip
    return p.SignAgencyContract(**(given | more))


def act(state: p.Org, command: p.Command, actor: Actor = SYSTEM, at: Instant = AT) -> p.Org:
    asked: p.Command = decode(encode(command), p.Command)  # type: ignore[arg-type]
    told = p.OrgFacts(ROLES.get(actor.id, ()))
    events = p.DECIDER.decide(state, asked, Context(at, actor, told))
    return decode(encode(fold(p.DECIDER, state, events)), p.Org)


def made(*commands: p.Command) -> p.Org:
    state = p.Org()
    for command in commands:
        state = act(state, command)
    return state


PRINCIPAL = made(REGISTER, VERIFY, GRANT)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as found:
        yield
    assert found.value.code == code
    assert p.LAW[code]
    assert all("{" not in sentence(code, found.value.params, lang) for lang in LANGUAGES)


def test_anybody_registers_freely_and_a_bidder_is_a_bidder_at_once() -> None:
    state = act(p.Org(), p.RegisterOrg("CN-USCC", "91530502MA9YDM0137", "演示公司"), Actor("anyone", "user"))
    assert state.roles == ("bidder",)
    assert not state.verified_at


def test_a_principal_registers_without_a_role_and_is_granted_it_later() -> None:
    assert made(REGISTER).roles == ()
    assert PRINCIPAL.roles == ("principal",)


def test_a_foreign_identifier_is_kept_as_it_is() -> None:
    assert act(p.Org(), p.RegisterOrg("UA-EDR", "00000001", "Example")).code == "00000001"


def test_a_wrong_credit_code_is_refused() -> None:
    with refused("org.code"):
        act(p.Org(), p.RegisterOrg("CN-USCC", CODE[:-1] + "0", "演示"))


def test_a_second_registration_is_refused() -> None:
    with refused("org.exists"):
        act(PRINCIPAL, REGISTER)


@pytest.mark.parametrize(
    "command", [p.RegisterOrg("", "x", "y"), p.RegisterOrg("UA-EDR", " ", "y"), p.RegisterOrg("UA-EDR", "x", "")]
)
def test_a_registration_without_its_basics_is_refused(command: p.RegisterOrg) -> None:
    with refused("org.incomplete"):
        act(p.Org(), command)


def test_a_registration_for_an_unknown_role_is_refused() -> None:
    with refused("org.role-unknown"):
        act(p.Org(), p.RegisterOrg("UA-EDR", "x", "y", role="emperor"))


def test_nothing_can_be_done_with_an_unknown_organisation() -> None:
    with refused("org.none"):
        act(p.Org(), VERIFY)


def test_the_centre_verifies() -> None:
    assert act(made(REGISTER), VERIFY, CENTRE).verified_at == AT


def test_nobody_verifies_himself() -> None:
    with refused("org.not-entitled"):
        act(made(REGISTER), VERIFY, SELF)


def test_a_verified_organisation_is_not_verified_again() -> None:
    with refused("org.verified"):
        act(PRINCIPAL, VERIFY)


def test_a_verification_without_evidence_is_refused() -> None:
    with refused("org.incomplete"):
        act(made(REGISTER), p.VerifyOrg("看过", ""))


def test_a_change_of_name_has_to_be_verified_again() -> None:
    state = act(PRINCIPAL, p.AmendOrg("新名称", "530500", "新址"), SELF)
    assert (state.name, state.verified_at) == ("新名称", 0)


def test_a_change_without_a_name_is_refused() -> None:
    with refused("org.incomplete"):
        act(PRINCIPAL, p.AmendOrg(""), SELF)


def test_others_may_not_change_an_organisation() -> None:
    with refused("org.not-entitled"):
        act(PRINCIPAL, p.AmendOrg("新名称"), CENTRE)


def test_an_unverified_organisation_gets_no_role() -> None:
    with refused("org.unverified"):
        act(made(REGISTER), GRANT)


def test_an_unverified_organisation_may_still_bid() -> None:
    assert "bidder" in act(made(REGISTER), p.GrantRole("bidder", "申请")).roles


def test_an_unknown_role_is_not_granted() -> None:
    with refused("org.role-unknown"):
        act(PRINCIPAL, p.GrantRole("emperor", "自封"))


def test_a_role_is_not_granted_twice() -> None:
    with refused("org.role-held"):
        act(PRINCIPAL, GRANT)


def test_a_role_is_granted_on_a_ground() -> None:
    with refused("org.no-ground"):
        act(PRINCIPAL, p.GrantRole("agency", "  "))


@pytest.mark.parametrize(("held", "asked"), [pair for one, other in p.APART for pair in ((one, other), (other, one))])
def test_roles_that_exclude_each_other_are_not_held_together(held: str, asked: str) -> None:
    state = act(made(REGISTER, VERIFY), p.GrantRole(held, "依据"))
    with refused("org.roles-apart"):
        act(state, p.GrantRole(asked, "依据"))


def test_a_principal_may_be_a_bidder_elsewhere() -> None:
    assert act(PRINCIPAL, p.GrantRole("bidder", "申请")).roles == ("principal", "bidder")


def test_a_role_ends() -> None:
    assert act(PRINCIPAL, p.RevokeRole("principal", "撤销"), CENTRE).roles == ()


def test_a_role_that_is_not_held_cannot_end() -> None:
    with refused("org.no-role"):
        act(PRINCIPAL, p.RevokeRole("agency", "撤销"))


def test_only_the_centre_grants_roles() -> None:
    with refused("org.not-entitled"):
        act(PRINCIPAL, p.GrantRole("agency", "自荐"), SELF)


def test_a_mandate_runs_from_its_first_instant_to_before_its_last() -> None:
    state = act(PRINCIPAL, contract(from_at=bj(9, 2)), SELF)
    assert mandate(state, CODE, AGENCY, "T1", bj(9, 2) - 1) is None
    found = mandate(state, CODE, AGENCY, "T1", bj(9, 2))
    assert found is not None
    assert found.scopes == ("draft", "publish")
    assert mandate(state, CODE, AGENCY, "T1", bj(12, 31) - 1) is not None
    assert mandate(state, CODE, AGENCY, "T1", bj(12, 31)) is None


def test_a_mandate_is_one_agencys_and_for_the_named_projects() -> None:
    state = act(PRINCIPAL, contract(projects=("T1",)), SELF)
    assert mandate(state, CODE, "91530500MA9YDA029E", "T1", AT) is None
    assert mandate(state, CODE, AGENCY, "T2", AT) is None
    assert mandate(state, CODE, AGENCY, "T1", AT) is not None


def test_an_ended_mandate_runs_no_more() -> None:
    state = act(act(PRINCIPAL, contract(), SELF), p.EndAgencyContract("C1", "协商解除"), SELF, bj(9, 5))
    assert mandate(state, CODE, AGENCY, "T1", bj(9, 5) - 1) is not None
    assert mandate(state, CODE, AGENCY, "T1", bj(9, 5)) is None


def test_a_second_contract_under_the_same_number_is_refused() -> None:
    with refused("org.contract-exists"):
        act(act(PRINCIPAL, contract(), SELF), contract(), SELF)


def test_a_contract_that_is_not_there_cannot_end() -> None:
    with refused("org.contract-none"):
        act(PRINCIPAL, p.EndAgencyContract("C9", "解除"), SELF)


@pytest.mark.parametrize("scopes", [(), ("award",)])
def test_a_contract_covers_known_matters_only(scopes: tuple[str, ...]) -> None:
    with refused("org.contract-scope"):
        act(PRINCIPAL, contract(scopes=scopes), SELF)


@pytest.mark.parametrize("times", [{"from_at": bj(12, 31)}, {"from_at": bj(7, 1), "to_at": AT}])
def test_a_contract_needs_a_time_ahead(times: dict[str, int]) -> None:
    with refused("org.contract-time"):
        act(PRINCIPAL, contract(**times), SELF)


def test_nobody_is_his_own_agency() -> None:
    with refused("org.contract-self"):
        act(PRINCIPAL, contract(agency=CODE), SELF)


def test_only_a_principal_signs_an_agency_contract() -> None:
    with refused("org.no-role"):
        act(made(REGISTER, VERIFY), contract(), SELF)


def test_only_the_principal_itself_signs() -> None:
    with refused("org.not-entitled"):
        act(PRINCIPAL, contract(), REGULATOR)


def test_a_regulator_bars_and_reinstates() -> None:
    state = act(PRINCIPAL, p.SuspendOrg("行政处罚"), REGULATOR)
    assert barred(state, bj(12, 1))
    assert not barred(act(state, p.ReinstateOrg("期满"), REGULATOR), bj(12, 1))


def test_a_bar_with_an_end_ends_by_itself() -> None:
    state = act(PRINCIPAL, p.SuspendOrg("行政处罚", bj(10, 1)), CENTRE)
    assert barred(state, bj(10, 1) - 1)
    assert not barred(state, bj(10, 1))


def test_a_barred_organisation_may_not_act_for_itself() -> None:
    with refused("org.suspended"):
        act(act(PRINCIPAL, p.SuspendOrg("行政处罚"), REGULATOR), contract(), SELF)


def test_a_barred_organisation_is_not_barred_again() -> None:
    with refused("org.suspended"):
        act(act(PRINCIPAL, p.SuspendOrg("行政处罚"), REGULATOR), p.SuspendOrg("再次"), REGULATOR)


def test_what_is_not_barred_cannot_be_reinstated() -> None:
    with refused("org.not-suspended"):
        act(PRINCIPAL, p.ReinstateOrg("期满"), REGULATOR)


def test_others_bar_nobody() -> None:
    with refused("org.not-entitled"):
        act(PRINCIPAL, p.SuspendOrg("报复"), SELF)


def test_nothing_told_is_no_role() -> None:
    with refused("org.not-entitled"):
        p.DECIDER.decide(made(REGISTER), VERIFY, Context(AT, CENTRE, None))


def test_rows_show_the_organisation_and_its_contracts() -> None:
    state = act(PRINCIPAL, contract(), SELF)
    rows = list(p.DECIDER.rows(f"org/{CODE}", state))
    assert [(name, key) for name, key, _ in rows] == [("org", (CODE,)), ("agency_contract", (CODE, "C1"))]
    assert rows[0][2]["roles"] == "principal"
    assert not list(p.DECIDER.rows("org/x", p.Org()))


def test_every_command_has_its_act() -> None:
    assert set(p.ACTS) == set(p.Command.__args__)
    assert p.DECIDER.act(VERIFY) == "org.verified"


def test_a_key_for_draws_is_the_organisations_own_and_another_than_the_last() -> None:
    first, second = "0a" * 32, "0b" * 32
    state = act(PRINCIPAL, p.RegisterDrawKey(first), SELF)
    assert (state.draw_key, state.draw_key_at) == (first, AT)
    for wrong in (first, "", "0A" * 32, "0a" * 31):
        with refused("org.draw-key"):
            act(state, p.RegisterDrawKey(wrong), SELF)
    with refused("org.not-entitled"):
        act(state, p.RegisterDrawKey(second), REGULATOR)
    assert act(state, p.RegisterDrawKey(second), SELF).draw_key == second


def test_a_supplier_registers_no_key_for_draws() -> None:
    with refused("org.no-role"):
        act(made(REGISTER, VERIFY), p.RegisterDrawKey("0a" * 32), SELF)
    with refused("org.none"):
        act(p.Org(), p.RegisterDrawKey("0a" * 32), SELF)


HIDDEN = Hidden(("A" * 43, "B" * 42 + "A"))


def speaks(state: p.Org, command: p.Command, actor: Actor = SELF, name: str = "钱演示") -> p.Org:
    """An act by which, or after which, a person can be read."""
    told = p.OrgFacts(ROLES.get(actor.id, ()))
    context = Context(AT, actor, told, private=lambda _hidden: {"name": name, "phone": "0875-***0001", "mail": ""})
    return fold(p.DECIDER, state, p.DECIDER.decide(state, command, context))


def test_an_organisation_names_who_stands_for_it_one_in_each_duty() -> None:
    state = speaks(speaks(PRINCIPAL, p.NamePerson("contact", HIDDEN)), p.NamePerson("representative", HIDDEN))
    other = Hidden(("C" * 42 + "A",))
    state = speaks(state, p.NamePerson("contact", other))
    assert {(s.duty, s.person) for s in state.people} == {("representative", HIDDEN), ("contact", other)}
    assert decode(encode(state), p.Org) == state and "people" not in decode(encode(PRINCIPAL))


@pytest.mark.parametrize(
    ("command", "actor", "name", "code"),
    [
        (p.NamePerson("cook", HIDDEN), SELF, "钱演示", "org.duty"),
        (p.NamePerson("contact", HIDDEN), SELF, " ", "org.incomplete"),
        (p.NamePerson("contact", HIDDEN), CENTRE, "钱演示", "org.not-entitled"),
        (p.ForgetPeople("个人信息保护法 第四十七条"), SELF, "", "org.people-none"),
    ],
)
def test_who_stands_for_an_organisation_is_named_by_itself_alone(command: p.Command, actor: Actor, name: str, code: str) -> None:
    with refused(code):
        speaks(PRINCIPAL, command, actor, name)


def test_people_are_forgotten_by_the_organisation_or_the_centre_on_a_basis() -> None:
    named = speaks(PRINCIPAL, p.NamePerson("contact", HIDDEN))
    basis = p.ForgetPeople("个人信息保护法 第四十七条")
    for actor in (SELF, CENTRE, SYSTEM):
        assert speaks(named, basis, actor).people == ()
    with refused("org.not-entitled"):
        speaks(named, basis, REGULATOR)
    with refused("org.no-ground"):
        speaks(named, p.ForgetPeople(" "))


def test_an_organisation_that_is_barred_names_nobody_and_may_still_be_forgotten() -> None:
    barred = act(speaks(PRINCIPAL, p.NamePerson("contact", HIDDEN)), p.SuspendOrg("处罚决定"))
    with refused("org.suspended"):
        speaks(barred, p.NamePerson("contact", HIDDEN))
    assert speaks(barred, p.ForgetPeople("个人信息保护法 第四十七条")).people == ()
