"""Reading what is sealed: asked for by the supervising department, agreed to by k of n, for a limited time, of one tender."""

from typing import Any

import pytest

from archive.bodies import Kind
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import MINUTE, Actor, Instant
from trading import glass as g

AT: Instant = 1_795_000_000_000_000
REGULATOR = Actor("u-reg", "regulator", "ORG-R", "regulator")
ONE, TWO, THREE = (Actor(f"u-{n}", "user", f"ORG-{n}", "notary") for n in (1, 2, 3))
NAMED = tuple(g.Custodian(a.id, a.org) for a in (ONE, TWO, THREE))
ASK = g.AskToRead("接到串通投标举报", "招标投标法实施条例 第六十二条", 60)
SEALED = g.GlassFacts(sealed=True)
KIND = Kind.of(g.DECIDER)


class Stand:
    """One tender's glass."""

    def __init__(self) -> None:
        self.state = g.Glass()

    def act(self, command: g.Command, actor: Actor, at: Instant = AT, facts: g.GlassFacts = SEALED) -> tuple[Any, ...]:
        asked, told = KIND.fixed(command, facts)
        events = KIND.settled(g.decide(self.state, asked, Context(at, actor, told)))
        self.state = fold(g.DECIDER, self.state, events)
        return events

    def refuses(self, code: str, command: g.Command, actor: Actor, at: Instant = AT, facts: g.GlassFacts = SEALED) -> None:
        with pytest.raises(Refused) as said:
            self.act(command, actor, at, facts)
        assert said.value.code == code and g.LAW[code]

    def ask(self, needed: int = 2) -> "Stand":
        self.act(ASK, REGULATOR, facts=g.GlassFacts(True, NAMED, needed))
        return self


def test_k_of_n_agree_and_who_asked_reads() -> None:
    stand = Stand().ask()
    stand.act(g.Approve(1), ONE)
    stand.act(g.Approve(1), THREE)
    (event,) = stand.act(g.Read(1, 7), REGULATOR)
    assert (event.entries, event.by.org) == (7, "ORG-R")
    stand.act(g.Read(1, 7), REGULATOR)
    assert stand.state.requests[0].reads == 2


def test_one_fewer_than_k_opens_nothing() -> None:
    stand = Stand().ask(needed=3)
    for actor in (ONE, TWO):
        stand.act(g.Approve(1), actor)
        stand.refuses("glass.short", g.Read(1, 7), REGULATOR)
    stand.act(g.Approve(1), THREE)
    assert stand.act(g.Read(1, 7), REGULATOR)


def test_nobody_counts_twice_nor_does_his_organisation_nor_who_asked() -> None:
    stand = Stand()
    colleague = Actor("u-9", "user", "ORG-1", "notary")
    own = Actor("u-8", "regulator", "ORG-R", "regulator")
    named = (*NAMED, g.Custodian(colleague.id, colleague.org), g.Custodian(own.id, own.org))
    stand.act(ASK, REGULATOR, facts=g.GlassFacts(True, named, 2))
    stand.refuses("glass.twice", g.Approve(1), own)
    stand.act(g.Approve(1), ONE)
    stand.refuses("glass.twice", g.Approve(1), ONE)
    stand.refuses("glass.twice", g.Approve(1), colleague)
    stand.refuses("glass.short", g.Read(1, 7), REGULATOR)


def test_only_those_named_at_the_request_agree() -> None:
    stand = Stand().ask()
    stand.refuses("glass.not-custodian", g.Approve(1), Actor("u-1", "user", "ORG-2"))
    stand.refuses("glass.not-custodian", g.Approve(1), REGULATOR)
    stand.refuses("glass.unknown", g.Approve(2), ONE)
    stand.refuses("glass.unknown", g.Approve(0), ONE)


def test_the_time_is_over_to_the_microsecond() -> None:
    stand = Stand().ask()
    stand.act(g.Approve(1), ONE)
    end = AT + 60 * MINUTE
    stand.act(g.Approve(1), TWO, end - 1)
    assert stand.act(g.Read(1, 7), REGULATOR, end - 1)
    stand.refuses("glass.expired", g.Read(1, 7), REGULATOR, end)
    stand.refuses("glass.expired", g.Approve(1), THREE, end)


def test_consent_to_one_request_is_none_to_the_next() -> None:
    stand = Stand().ask()
    stand.act(g.Approve(1), ONE)
    stand.act(g.Approve(1), TWO)
    stand.ask()
    stand.refuses("glass.short", g.Read(2, 7), REGULATOR)


def test_only_the_supervising_department_asks_and_only_who_asked_reads() -> None:
    stand = Stand()
    told = g.GlassFacts(True, NAMED, 2)
    stand.refuses("glass.reader", ASK, ONE, facts=told)
    stand.refuses("glass.reader", ASK, Actor("u-reg", "regulator"), facts=told)
    stand.ask()
    stand.act(g.Approve(1), ONE)
    stand.act(g.Approve(1), TWO)
    stand.refuses("glass.reader", g.Read(1, 7), Actor("u-other", "regulator", "ORG-R"))


@pytest.mark.parametrize(
    ("reason", "basis", "minutes", "right"),
    [("r", "b", 1, True), ("r", "b", 1440, True), (" ", "b", 1, False), ("r", "", 1, False), ("r", "b", 0, False),
     ("r", "b", 1441, False)],
)  # fmt: skip
def test_a_request_states_reason_basis_and_a_limited_time(reason: str, basis: str, minutes: int, right: bool) -> None:
    command, told = g.AskToRead(reason, basis, minutes), g.GlassFacts(True, NAMED, 2)
    if right:
        assert Stand().act(command, REGULATOR, facts=told)
    else:
        Stand().refuses("glass.form", command, REGULATOR, facts=told)


@pytest.mark.parametrize(("custodians", "needed"), [((), 2), (NAMED, 1), (NAMED, 4), (NAMED[:1], 2)])
def test_without_enough_custodians_of_other_organisations_there_is_no_request(
    custodians: tuple[g.Custodian, ...], needed: int
) -> None:
    Stand().refuses("glass.custodians", ASK, REGULATOR, facts=g.GlassFacts(True, custodians, needed))


@pytest.mark.parametrize("command", [ASK, g.Approve(1), g.Read(1, 0)])
def test_there_is_nothing_to_break_once_bids_are_not_sealed_any_more(command: g.Command) -> None:
    Stand().ask().refuses("glass.opened", command, REGULATOR, facts=g.GlassFacts(False, NAMED, 2))


def test_every_entry_is_withheld_until_the_closing() -> None:
    assert {g.DECIDER.secrecy(command) for command in (ASK, g.Approve(1), g.Read(1, 0))} == {"secret"}
