"""A platform that lies about its log to a bidder: it goes back, forks, leaves out what is newest; and what the bidder keeps."""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from urllib.parse import quote

import pytest

from archive import canonical
from archive.checkpoints import Checkpoint
from archive.database import reading
from archive.notes import write_note
from archive.policy import Policy, check_checkpoint, parse_policy
from archive.proofs import check_proof
from archive.served import tree_of
from archive.values import HOUR
from tests import market as markets
from tests.between import Between, Passed, between
from tests.functional.test_cli_bid import Desk
from tests.market import BIDDING, FOUNDED, Market, founded_market, listening
from tests.sessions import run
from tests.witnesses import policy_of, witness_directory
from trading import witness_app

CHECKPOINT = "/log/checkpoint"
TENDER, BOX = f"tender/{markets.NAME}", f"box/{markets.NAME}.1"
MINE = "lot-1/submissions/1.tlog-proof"


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tender that takes bids, to copy."""
    folder = tmp_path_factory.mktemp("watching") / "market"
    with founded_market(folder) as market:
        market.publish()
    return folder


@pytest.fixture
def market(taking: Path, tmp_path: Path) -> Iterator[Market]:
    """The copy, listening."""
    shutil.copytree(taking, tmp_path / "market")
    with markets.reopened_market(tmp_path / "market", BIDDING) as made:
        yield made


@pytest.fixture
def line(market: Market) -> Iterator[Between]:
    """Where the platform's lies are told."""
    with between(market.url) as made:
        yield made


@pytest.fixture
def desk(market: Market, line: Between, tmp_path: Path) -> Desk:
    """A bidder who has handed in a bid, over the line."""
    made = Desk(market, tmp_path / "desk").begin(line.url).sealed()
    made.do("submit", "work")
    return made


def published(market: Market) -> bytes:
    """The newest checkpoint that everybody is shown."""
    return b"".join(market.platform.publishing.public.chunks("checkpoint"))


def signed(market: Market, size: int) -> bytes:
    """Another history of that size, under the log's own keys."""
    platform = market.platform
    with reading(platform.engine) as connection:
        signers = platform.ledger.notary._signers.look(connection)
    text = Checkpoint("market.example/log", size, secrets.token_bytes(32)).text
    return write_note(text, [signer.line(text, platform.clock() // 1_000_000) for signer in signers])


def shows(line: Between, note: bytes) -> None:
    """From here on the platform shows this checkpoint."""
    line.told = lambda p: note if p.path == CHECKPOINT else None


def truthful(line: Between) -> None:
    """No more lies."""
    line.told = lambda _p: None


def against(desk: Desk) -> list[Path]:
    """What the bidder keeps against the platform."""
    folder = desk.folder / "work/log/against"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def aged(desk: Desk, minutes: float) -> None:
    """The receipt has been on disk for so long."""
    path, then = desk.folder / "work" / MINE, time() - 60 * minutes
    os.utime(path, (then, then))


def test_an_honest_log_that_grew_extends_all_that_was_shown(desk: Desk) -> None:
    first = desk.do("status", "work")
    assert first.values("receipt-waiting") == [MINE]
    desk.market.show()
    later = desk.do("verify", "work")
    assert (later.values("receipt-waiting"), later.values("receipt-withheld"), against(desk)) == ([], [], [])
    assert int(later.value("log").split()[-1]) > int(first.value("log").split()[-1])


@pytest.mark.parametrize("command", ["status", "verify", "decrypt"])
def test_a_log_that_goes_back_is_told_by_name_and_both_checkpoints_are_kept(desk: Desk, line: Between, command: str) -> None:
    old = published(desk.market)
    desk.market.show()
    desk.do("verify", "work")
    shows(line, old)
    assert desk.refused(command, "work") == "client.rolled-back"
    earlier, later = against(desk)
    assert tree_of(earlier.read_bytes()).size > tree_of(later.read_bytes()).size
    assert later.read_bytes() == old


def test_a_fork_at_one_size_leaves_a_proof_that_convinces_anybody(desk: Desk, line: Between) -> None:
    desk.market.show()
    desk.do("verify", "work")
    shows(line, signed(desk.market, tree_of(published(desk.market)).size))
    assert desk.refused("verify", "work") == "client.fork"
    [proof] = against(desk)
    policy = desk.folder / "work/log-policy"
    assert run(["trace", "fork-proof", proof, "--verify", "--policy", policy], desk.folder).code == 0


def test_a_fork_at_a_later_size_is_noticed(desk: Desk, line: Between) -> None:
    desk.market.show()
    shows(line, signed(desk.market, tree_of(published(desk.market)).size))
    assert desk.refused("verify", "work") == "client.fork"
    assert len(against(desk)) == 2


def test_a_fork_against_a_receipt_alone_is_noticed(desk: Desk, line: Between) -> None:
    desk.market.show()
    for path in (desk.folder / "work/log").glob("*.checkpoint"):
        path.unlink()
    shows(line, signed(desk.market, tree_of(published(desk.market)).size))
    assert desk.refused("verify", "work") == "client.fork"
    assert against(desk)


def test_a_log_that_cannot_show_how_it_grew_is_told_so(desk: Desk, line: Between) -> None:
    desk.market.show()
    line.told = lambda p: b"" if p.path.startswith("/log/tile/") else None
    assert desk.refused("verify", "work") == "client.unproven"


def test_a_checkpoint_that_nobody_signed_is_believed_by_nobody(desk: Desk, line: Between) -> None:
    note = published(desk.market)
    shows(line, note.replace(b"market.example/log", b"market.example/lug", 1))
    assert desk.refused("verify", "work") == "client.checkpoint"
    assert against(desk) == []


@pytest.mark.parametrize(("minutes", "withheld"), [(9, False), (11, True)])
def test_a_receipt_that_the_shown_log_leaves_out_is_named_once_it_is_due(desk: Desk, minutes: int, withheld: bool) -> None:
    aged(desk, minutes)
    done = run(["bid", "verify", "work"], desk.folder)
    assert done.values("receipt-withheld") == ([MINE] if withheld else [])
    assert done.values("receipt-waiting") == ([] if withheld else [MINE])
    assert done.code == int(withheld)
    assert ("leaves them out" in done.err and MINE in done.err) == withheld


def test_what_a_log_did_once_is_not_forgotten_when_it_is_truthful_again(desk: Desk, line: Between) -> None:
    old = published(desk.market)
    desk.market.show()
    desk.do("verify", "work")
    shows(line, old)
    assert desk.refused("status", "work") == "client.rolled-back"
    truthful(line)
    assert len(desk.do("status", "work").values("evidence-against")) == 2
    assert run(["bid", "verify", "work"], desk.folder).code == 1


def test_terms_are_not_learnt_from_a_log_that_went_back(desk: Desk, line: Between) -> None:
    old = published(desk.market)
    desk.market.show()
    desk.do("verify", "work")
    shows(line, old)
    assert desk.refused("tender", f"{line.url}/tenders/{markets.NAME}", "work") == "client.rolled-back"


def test_a_bid_is_handed_in_although_the_line_breaks_before_the_log_is_looked_at(desk: Desk, line: Between) -> None:
    def asked(p: Passed) -> None:
        if p.path == CHECKPOINT:
            raise ConnectionError

    desk.do("seal", "work", "--form", "better.json")
    line.asked = asked
    assert desk.do("replace", "work").value("seq") == "2"


def leaves_out(line: Between, stream: str, newest: int = 1) -> None:
    """From here on the platform lists a stream without its newest entries."""

    def told(p: Passed) -> bytes | None:
        if not p.path.startswith(f"/api/log?stream={quote(stream, safe='')}&"):
            return None
        listed = json.loads(p.answer)
        return json.dumps(listed | {"items": listed["items"][newest:]}).encode()

    line.told = told


def answers_heads(line: Between, answer: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """From here on the platform gives another answer where a stream ended."""
    line.told = lambda p: json.dumps(answer(json.loads(p.answer))).encode() if p.path.startswith("/api/log/heads") else None


def test_the_tenders_streams_are_shown_up_to_where_the_log_proves_that_they_ended(desk: Desk) -> None:
    for command in ("status", "verify"):
        shown = [each.split(" at ")[0] for each in desk.do(command, "work").values("stream")]
        assert shown == [f"{TENDER} shown 5 of 5", f"{BOX} shown 1 of 1"]


@pytest.mark.parametrize("command", ["status", "verify"])
def test_a_box_whose_newest_entry_is_withheld_is_told_by_a_code(desk: Desk, line: Between, command: str) -> None:
    leaves_out(line, BOX)
    assert desk.refused(command, "work") == "client.truncated"
    assert (desk.folder / f"work/log/{quote(BOX, safe='')}.head.json").exists(), "what proves it is kept"


def test_a_tender_whose_newest_entry_is_not_shown_is_said_to_be_so(desk: Desk, line: Between) -> None:
    leaves_out(line, TENDER)
    done = desk.do("verify", "work")
    assert done.values("stream")[0].startswith(f"{TENDER} shown 0 of 5 at ") and "ask the regulator" in done.err


@pytest.mark.parametrize("what", ["another stream's", "another end", "another event's"])
def test_an_end_that_the_log_does_not_prove_is_not_believed(desk: Desk, line: Between, what: str) -> None:
    def answer(true: dict[str, object]) -> dict[str, object]:
        proof = json.loads(str(true["proof"]))
        match what:
            case "another end":
                proof["last_seq"] -= 0 if proof["last_seq"] == 1 else 1
            case "another stream's":
                proof["stream"] = "tender/other"
            case _:
                return true | {"index": 0}
        return true | {"proof": canonical.encode(proof).decode()}

    answers_heads(line, answer)
    assert desk.refused("verify", "work") == "client.log"


def test_an_answer_without_a_proof_is_no_answer(desk: Desk, line: Between) -> None:
    answers_heads(line, lambda _true: {})
    assert desk.refused("verify", "work") == "client.answer"


@pytest.mark.parametrize(("hours", "code"), [(25, 0), (27, 1)])
def test_ends_that_were_put_on_record_too_long_ago_are_overdue(desk: Desk, hours: int, code: int) -> None:
    desk.market.clock.now += hours * HOUR
    done = run(["bid", "verify", "work"], desk.folder)
    assert (done.code, "for more than a day" in done.err) == (code, bool(code))


def test_a_platform_that_has_no_ends_on_record_is_overdue_by_the_age_of_the_tender(desk: Desk, line: Between) -> None:
    def asked(p: Passed) -> None:
        p.path = p.path.replace("stream=", "stream=none") if p.path.startswith("/api/log/heads") else p.path

    line.asked = asked
    done = run(["bid", "verify", "work"], desk.folder)
    assert done.values("stream") == [f"{TENDER} end unknown", f"{BOX} end unknown"] and done.code == 1


@pytest.fixture
def witnessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A bidder's desk before a platform that one witness watches."""
    told = markets.SETTINGS.replace("[broker]", 'policy = "log-policy"\n[broker]')
    with founded_market(tmp_path / "keys") as made:
        keys = made.platform.ledger.notary.keys
    directory = witness_directory(tmp_path / "w1")
    (directory / "logs").write_text("".join(f"log {key.text}\n" for key in keys) + "quorum none\n")
    witness, urls = witness_app.build(directory)
    with listening(witness_app.application(witness, urls)) as url:
        folder = tmp_path / "keys"
        (folder / "log-policy").write_bytes(policy_of(keys, {url: witness.vkeys}, 1))
        monkeypatch.setattr(markets, "SETTINGS", told)
        with markets.reopened_market(folder, FOUNDED) as market:
            market.publish()
            yield Desk(market, tmp_path / "desk").begin()


def test_a_receipt_of_which_the_witnesses_know_nothing_yet_is_brought_under_their_quorum(witnessed: Desk) -> None:
    desk = witnessed.sealed()
    done = desk.do("submit", "work")
    assert "Integrated, 0 cosignatures so far" in done.err
    early = (desk.folder / "work" / MINE).read_bytes()
    verify = ["bid", "receipt", "verify", f"work/{MINE}", "--policy", "work/log-policy"]
    assert (run(verify, desk.folder).code, run(verify, desk.folder).value("cosignatures")) == (1, "0")
    desk.market.show()
    desk.do("verify", "work")
    late, policy = (desk.folder / "work" / MINE).read_bytes(), pinned(desk)
    alone = b"".join(f"log {key.text}\n".encode() for key in policy.logs) + b"quorum none\n"
    assert check_proof(late, policy).entry == check_proof(early, parse_policy(alone)).entry
    assert run(verify, desk.folder).code == 0


def test_a_log_on_which_no_witness_signed_for_an_hour_is_said_to_stand_still(
    witnessed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_at = max(check_checkpoint(published(witnessed.market), pinned(witnessed)).times.values())
    for later, code in ((3600, 0), (3601, 1)):
        monkeypatch.setattr("trading.cli.watching.own_clock", lambda later=later: (signed_at + later) * 1_000_000)
        done = run(["bid", "verify", "work"], witnessed.folder)
        assert (done.code, "newer entries may be withheld" in done.err) == (code, bool(code))


def pinned(desk: Desk) -> Policy:
    """The bidder's pinned policy."""
    return parse_policy((desk.folder / "work/log-policy").read_bytes())
