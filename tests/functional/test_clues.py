"""Clues out of the opened bids of a tender: found after the opening, in the report, and never a rejection."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from archive.errors import Refused
from experts.collusion import Machine, Published
from experts.evaluation.messages import RejectBid
from tests.functional.conftest import LOT, TENDER, House
from trading.demo import cast, steps, works
from trading.desk import clues, evaluation, printing

PAIR = tuple(sorted(cast.SUPPLIERS[n].code for n in works.SHARED))


def test_the_machine_that_two_bids_were_written_on_is_a_clue_for_the_committee(reading: House) -> None:
    shared = [c for c in clues.found(reading.platform, TENDER, LOT) if c.code == "collusion.machine"]
    assert [(c.bids, c.to) for c in shared] == [(PAIR, "panel")]


def test_a_machine_that_the_purchaser_published_from_is_none(reading: House) -> None:
    given = Published(machines=(Machine(**works.MACHINE),))
    assert "collusion.machine" not in {c.code for c in clues.found(reading.platform, TENDER, LOT, given)}


def test_every_opened_bid_is_read_and_no_other_fact_is_shared(reading: House) -> None:
    read = clues.dossiers(reading.platform, TENDER, LOT)
    assert [d.org for d in read] == sorted(cast.SUPPLIERS[n].code for n in works.PRICES)
    assert {d.org: d.price for d in read} == {cast.SUPPLIERS[n].code: f"{yuan}.00" for n, yuan in works.PRICES.items()}
    assert {c.code for c in clues.found(reading.platform, TENDER, LOT)} == {"collusion.machine"}


def test_the_report_shows_the_clue_and_not_the_machine(finished: House) -> None:
    printed = printing.evaluation(finished.platform, TENDER, LOT)
    pages = PdfReader(BytesIO(finished.platform.vault.read(printed.sha256))).pages
    text = "".join("".join(page.extract_text().split()) for page in pages)
    assert "文件制作机器码相同" in text
    assert works.MACHINE["mac"] not in text


def test_a_clue_alone_rejected_nobody(reading: House) -> None:
    room = evaluation.room(reading.platform, TENDER, LOT)
    assert not set(PAIR) & {r.bid for r in room.rejected}
    with pytest.raises(Refused):
        steps.say(reading.platform, TENDER, LOT, "clerk", RejectBid(PAIR[0], "51-7", "机器码相同", {}))
