"""A bid taken over from its seed file: goes on where the other place stopped, and believes nothing that contradicts itself."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bidding.sealing import signing
from tests.functional.test_cli_bid import Desk
from tests.market import BIDDING, CLOSES, founded_market, reopened_market
from tests.sessions import run


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tender that takes bids, to copy."""
    folder = tmp_path_factory.mktemp("adopting") / "market"
    with founded_market(folder) as market:
        market.publish()
    return folder


@pytest.fixture
def first(taking: Path, tmp_path: Path) -> Iterator[Desk]:
    """The desk where the bid was sealed."""
    shutil.copytree(taking, tmp_path / "market")
    with reopened_market(tmp_path / "market", BIDDING) as market:
        yield Desk(market, tmp_path / "first").begin().sealed()


@pytest.fixture
def second(first: Desk, tmp_path: Path) -> Desk:
    """Another machine of the same bidder, with the seed file."""
    made = Desk(first.market, tmp_path / "second").begin()
    shutil.copy(first.newest.seed_path, made.folder / "seed.json")
    return made


def test_a_bid_taken_over_with_its_files_is_tried_sent_and_handed_in(second: Desk) -> None:
    done = second.do("adopt", "work", "seed.json", "--attach", "offer.pdf")
    assert "opened as a test" in done.err
    assert second.newest.draft.rehearsed
    assert second.do("submit", "work").value("seq") == "1"
    assert second.bid().envelopes == (second.newest.draft.envelope,)


def test_a_chain_goes_on_from_what_was_handed_in_elsewhere(first: Desk, second: Desk) -> None:
    first.do("submit", "work")
    second.do("adopt", "work", "seed.json")
    assert second.refused("submit", "work") == "client.in-force"
    second.do("seal", "work", "--form", "better.json")
    assert second.do("replace", "work").value("seq") == "2"


def test_a_bid_taken_over_without_its_files_can_be_withdrawn(first: Desk, second: Desk) -> None:
    first.do("submit", "work")
    assert "not tried" in second.do("adopt", "work", "seed.json").err
    assert second.refused("rehearse", "work") == "client.source"
    assert second.do("withdraw", "work").value("act") == "bid.withdrawn"


def test_a_bid_taken_over_can_be_decrypted(first: Desk, second: Desk) -> None:
    for n in (2, 3):
        Desk(first.market, first.folder.parent / f"other{n}").begin(who=f"bidder{n}").sealed(attach="").do("submit", "work")
    first.do("submit", "work")
    second.do("adopt", "work", "seed.json")
    first.market.ring(CLOSES)
    second.do("login", "work", "bidder1", "--key", "bidder1.key")
    assert second.do("decrypt", "work").value("envelopes") == "1"


def test_the_same_seed_file_twice_is_one_bid_and_files_may_follow(second: Desk) -> None:
    second.do("adopt", "work", "seed.json")
    second.do("adopt", "work", "seed.json", "--attach", "offer.pdf")
    assert second.newest.draft.rehearsed
    assert second.do("status", "work").out.count("sealed: ") == 1


@pytest.mark.parametrize("change", ["another file", "a changed file"])
def test_files_that_were_not_sealed_are_refused_and_nothing_is_taken_over(second: Desk, change: str) -> None:
    path = second.folder / ("letter.pdf" if change == "another file" else "offer.pdf")
    path.write_bytes(bytes(8000 * 35) if change == "a changed file" else b"%PDF")
    code = second.refused("adopt", "work", "seed.json", "--attach", path.name)
    assert code == ("client.source" if change == "another file" else "sealing.source-changed")
    assert second.refused("submit", "work") == "client.nothing-sealed"


def spoilt(told: dict[str, Any], change: str) -> None:
    """Damage a seed file in one way."""
    flip = {"seed": "seed", "key": "submit_sk", "envelope": "envelope", "id": "envelope_id"}
    match change:
        case "format":
            told["format"] = "sbe/2 seed"
        case "algorithm":
            told["sigalg"] = signing.ECDSA_P256
        case "member":
            told["more"] = 1
        case "place":
            told["stage"] = 2
        case "leaves":
            told["leaves"] = told["leaves"][:1]
        case _:
            name = flip[change]
            told[name] = told[name][:-2] + f"{int(told[name][-2:], 16) ^ 1:02x}"


@pytest.mark.parametrize("change", ["format", "algorithm", "member", "place", "leaves", "seed", "key", "envelope", "id"])
def test_a_seed_file_that_contradicts_itself_is_refused(second: Desk, change: str) -> None:
    path = second.folder / "seed.json"
    told = json.loads(path.read_text())
    spoilt(told, change)
    path.write_text(json.dumps(told))
    assert second.refused("adopt", "work", "seed.json") == "client.seed"
    assert not list((second.folder / "work").glob("lot-1/stage-1/*"))


def test_a_seed_file_of_another_tender_is_refused(second: Desk) -> None:
    terms = second.folder / "work/tender.json"
    told = json.loads(terms.read_text())
    terms.write_text(json.dumps(told | {"tender": "T-other"}))
    assert second.refused("adopt", "work", "seed.json") == "client.seed-other"


def test_a_seed_file_under_another_policy_is_refused(second: Desk) -> None:
    terms = second.folder / "work/tender.json"
    told = json.loads(terms.read_text())
    told["lots"][0]["policy"] = told["lots"][0]["policy"].replace("53425031", "53425032")
    terms.write_text(json.dumps(told))
    assert second.refused("adopt", "work", "seed.json") == "client.policy-changed"


def test_a_folder_with_a_bid_of_its_own_takes_over_no_other(second: Desk) -> None:
    second.sealed()
    assert second.refused("adopt", "work", "seed.json") == "client.chain-other"
    assert run(["bid", "submit", "work"], second.folder).code == 0
