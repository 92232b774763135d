"""Who may know who an expert is, and that whoever looks is on record."""

import pytest
from click.testing import CliRunner

from archive.errors import Missing, Refused
from archive.values import Actor
from experts import categories, queries
from experts.expert.messages import Apply, Employment, Exit, Person
from tests.functional.conftest import House
from trading.app import system_clock
from trading.calling.carriers import Contact
from trading.cli import sunlit
from trading.desk import people, pool
from trading.roles import Account, Visitor

OWNER = Actor(id="u-owner", kind="user", role="centre")
TREE = categories.load("code,name\nA,工程\nA08,市政\nA0801,市政工程\n".encode())
ZHAO = Person("赵演示", "13900005305")


def enrolled(house: House, id: str = "E9") -> None:
    application = Apply(
        identity=id.encode().hex().rjust(64, "0"),
        cats=("A0801",),
        region="530500",
        employment=(Employment("演示单位", 20100101),),
        title="高级工程师",
        years=12,
    )
    pool.admit(house.platform, OWNER, id, ZHAO, application, 20390101, TREE)


def session(house: House, role: str, org: str = "") -> Visitor:
    account = Account(f"a-{role}", role, role, role, org)
    visitor = Visitor(account, f"s-{role}", house.clock() + 1)
    house.application.state["site"].record.came(visitor, "password")
    return visitor


@pytest.mark.parametrize(("role", "org"), [("centre", ""), ("regulator", ""), ("supervisor", ""), ("expert", "E9")])
def test_the_owner_of_the_pool_who_supervises_and_he_himself_may_know_and_it_is_on_record(
    bidding: House, role: str, org: str
) -> None:
    enrolled(bidding)
    visitor = session(bidding, role, org)
    assert people.read(bidding.platform, visitor, "E9", "核对身份") == ZHAO
    seen = bidding.platform.ledger.state(f"session/{visitor.session}")
    assert seen.views == 1


@pytest.mark.parametrize(("role", "org"), [("tenderer", ""), ("agency", ""), ("bidder", ""), ("expert", "E8"), ("host", "E9")])
def test_nobody_else_may(bidding: House, role: str, org: str) -> None:
    enrolled(bidding)
    with pytest.raises(Refused, match=r"expert\.private"):
        people.read(bidding.platform, session(bidding, role, org), "E9", "好奇")


def test_the_machine_that_calls_knows_where_he_is_reached(bidding: House) -> None:
    enrolled(bidding)
    assert people.reach(bidding.platform, "E9") == Contact("", "13900005305")
    assert people.reach(bidding.platform, "E404") == Contact()


def test_whoever_left_is_forgotten_at_the_command_line(bidding: House) -> None:
    enrolled(bidding)
    settings = bidding.application.state["site"].configuration.home / "sunlit.toml"
    told = ["trace", "forget", "E9", "--config", str(settings), "--basis", "个人信息保护法 第四十七条"]
    early = CliRunner().invoke(sunlit, told)
    assert early.exit_code == 1
    bidding.clock.now = system_clock()
    pool.tell(bidding.platform, OWNER, "E9", Exit("本人申请"), TREE)
    assert CliRunner().invoke(sunlit, told).exit_code == 0
    bidding.clock.now = system_clock()
    bidding.platform.ledger.forget()
    with pytest.raises(Missing, match=r"ledger\.private"):
        people.read(bidding.platform, session(bidding, "centre"), "E9", "核对身份")
    with bidding.platform.engine.connect() as db:
        view = queries.expert_view(db, "E9", bidding.platform.ledger.reveal)
    assert view is not None and view.name == ""
