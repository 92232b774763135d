"""Who paid the bid securities: recorded by whoever may, after the opening, once for each bidder, and withheld for good."""

import pytest
from msgspec.structs import replace

from archive.values import Actor
from tests.tender_play import AGENCY, BIDDER, BIDDERS, CENTRE, PRINCIPAL, REGULATOR, SHA, Play, mandate, refused
from trading import commands as c
from trading.lifecycle import secrecy
from trading.tender import Deposit

PAID = Deposit(BIDDERS[0], "a" * 64, 1)


def say(play: Play, *lines: Deposit, who: Actor = CENTRE, lot: str = "L1") -> Play:
    play.act(c.RecordDeposits(lot, lines or (PAID,), SHA), who, mandate=mandate(("open",)))
    return play


def test_what_the_bank_confirmed_stands_in_the_lot_and_a_later_line_replaces_an_earlier() -> None:
    play = say(Play().recorded(), PAID, replace(PAID, bidder=BIDDERS[1]))
    say(play, replace(PAID, account="b" * 64))
    told = {line.bidder: line.account[:1] for line in play.lot().deposits}
    assert told == {BIDDERS[0]: "b", BIDDERS[1]: "a"}


@pytest.mark.parametrize("who", [CENTRE, PRINCIPAL, AGENCY], ids=lambda a: a.role)
def test_the_centre_the_principal_and_its_agency_may_record_it(who: Actor) -> None:
    assert say(Play().recorded(), who=who).lot().deposits == (PAID,)


@pytest.mark.parametrize("who", [BIDDER, REGULATOR], ids=lambda a: a.role)
def test_nobody_else_may(who: Actor) -> None:
    with refused("tender.not-entitled"):
        say(Play().recorded(), who=who)


def test_before_the_opening_is_recorded_and_after_the_award_nothing_is_taken() -> None:
    for play in (Play().published(), Play().opened(), Play().awarded()):
        with refused("tender.stage"):
            say(play)
    assert say(Play().publicised()).lot().deposits == (PAID,)


def test_a_line_names_a_bidder_of_the_lot_and_each_once() -> None:
    with refused("deposit.bidder", bidder="X", lot="L1"):
        say(Play().recorded(), replace(PAID, bidder="X"))
    with refused("deposit.twice", bidder=BIDDERS[0]):
        say(Play().recorded(), PAID, replace(PAID, account="b" * 64))


def test_an_account_is_a_digest_and_an_arrival_has_a_time() -> None:
    with refused("tender.digest"):
        say(Play().recorded(), replace(PAID, account="6222"))
    with refused("deposit.time"):
        say(Play().recorded(), replace(PAID, received_at=0))


def test_an_arrival_is_not_after_now() -> None:
    play = Play().recorded()
    say(play, replace(PAID, received_at=play.at))
    with refused("deposit.time"):
        say(play, replace(PAID, received_at=play.at + 10**12))


def test_payers_are_withheld_for_good() -> None:
    assert secrecy(c.RecordDeposits("L1", (PAID,), SHA)) == "personal"
