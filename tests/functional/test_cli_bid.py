"""A bidder at the command line: a whole session, lines that break, files that change, receipts that lie."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.errors import Conflict, TooLarge
from archive.strict import base64, unbase64
from archive.values import DAY, HOUR, MINUTE
from bidding import envelopes as index
from bidding.index import padme
from bidding.sealed import SealedBid
from bidding.sealing import envelope_id, sealed_length
from bidding.sealing.cobblestone import LEAF, leaf_size
from tests.between import Between, Cut, Passed, between
from tests.market import BIDDING, CLOSES, NAME, Market, account_key, founded_market, reopened_market
from tests.sessions import Ran, inside, play, run
from trading.cli import handing
from trading.cli.sealing import Sealed, ciphertext_length, fits, sealed_of
from trading.cli.work import Work
from trading.client import tus
from trading.client.web import Web
from trading.demo import cast

MIB = 2**20
FORM = 'price = "4586000.00"\nduration_days = 118\nquality = "合格"\nmanager = "钱演"\n'
BETTER = '{"price": "4498000", "duration_days": 110}'
SECRET = b"%PDF the trade secrets of a bidder "


class Desk:
    """A bidder's desk beside a market."""

    def __init__(self, market: Market, folder: Path) -> None:
        self.market = market
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "form.toml").write_text(FORM)
        (folder / "better.json").write_text(BETTER)
        (folder / "offer.pdf").write_bytes(SECRET * 8000)
        for n in range(len(cast.SUPPLIERS)):
            (folder / f"bidder{n}.key").write_text(account_key(f"bidder{n}").hex())

    def do(self, *arguments: object, **environment: str) -> Ran:
        done = run(["bid", *arguments], self.folder, **environment)
        assert done.code == 0, done.err
        return done

    def refused(self, *arguments: object, **environment: str) -> str:
        """The code of the refusal."""
        done = run(["bid", *arguments], self.folder, **environment)
        assert done.code == 1, done.out
        assert "Submitted" not in done.err and "Withdrawn" not in done.err
        told = [line for line in done.err.splitlines() if line.startswith("sunlit: ")]
        return told[0].split(": ")[1]

    def begin(self, url: str = "", who: str = "bidder1") -> "Desk":
        self.do("tender", f"{url or self.market.url}/tenders/{NAME}", "work")
        self.do("login", "work", who, "--key", f"{who}.key")
        return self

    def sealed(self, *more: object, attach: str = "offer.pdf") -> "Desk":
        self.do("seal", "work", "--form", "form.toml", *(("--attach", attach) if attach else ()), *more)
        return self

    @property
    def newest(self) -> Sealed:
        with inside(self.folder):
            return sealed_of(Work(self.folder / "work"), "1", 1)[-1]

    def bids(self) -> list[SealedBid]:
        """What the platform has under the submit key of this desk, at most one chain."""
        with self.market.platform.engine.connect() as db:
            streams = index.streams_of(db, NAME).get("1", ())
        states = [self.market.platform.ledger.state(s) for s in streams]
        key = self.newest.envelope.context.submit_pk.hex()
        return [state for state in states if isinstance(state, SealedBid) and state.submit_pk == key]

    def bid(self) -> SealedBid:
        """The bid as the platform has it."""
        (found,) = self.bids()
        return found


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tender that takes bids, to copy."""
    folder = tmp_path_factory.mktemp("taking") / "market"
    with founded_market(folder) as market:
        market.publish()
    return folder


@pytest.fixture(scope="module")
def shared(taking: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The market of the desks that leave its clock alone: each is another bidder's, with a key of its own."""
    folder = tmp_path_factory.mktemp("shared") / "market"
    shutil.copytree(taking, folder)
    with reopened_market(folder, BIDDING) as market:
        yield market


@pytest.fixture
def desk(shared: Market, tmp_path: Path) -> Desk:
    """A desk beside the shared market."""
    return Desk(shared, tmp_path / "desk")


@pytest.fixture
def alone(taking: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk beside a market of its own, whose time may move."""
    shutil.copytree(taking, tmp_path / "market")
    with reopened_market(tmp_path / "market", BIDDING) as market:
        yield Desk(market, tmp_path / "desk")


@pytest.fixture
def line(desk: Desk) -> Iterator[Between]:
    """Somebody between the desk and the platform."""
    with between(desk.market.url) as made:
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that does not wait long before it tries again."""
    monkeypatch.setattr(tus, "FIRST_PAUSE", 0.01)


def test_a_whole_session_of_a_bidder(alone: Desk) -> None:
    others(alone, 2)

    def move(at: int) -> Callable[[], object]:
        def moved() -> None:
            alone.market.clock.now = at
            alone.market.show()
            alone.do("login", "work", "bidder1", "--key", "bidder1.key")

        return moved

    cues = {
        "the last hour": move(CLOSES - 30 * MINUTE),
        "the deadline passes and the bell is late": move(CLOSES + 1),
        "the bell rings": alone.market.ring,
        "the log is published": alone.market.show,
    }
    assert play("bid.txt", alone.folder, lambda cue: cues[cue](), {"url": alone.market.url}, "en") > 15


def others(desk: Desk, n: int) -> None:
    """Bids of other bidders, from desks of their own."""
    for i in range(n):
        other = Desk(desk.market, desk.folder.parent / f"other{i}").begin(who=f"bidder{i + 2}").sealed(attach="")
        other.do("submit", "work")


def test_a_bid_goes_by_a_password_too(desk: Desk) -> None:
    desk.do("tender", f"{desk.market.url}/tenders/{NAME}/lots/1", "work")
    assert desk.refused("login", "work", "bidder0", SUNLIT_PASSWORD="wrong-password") == "login.failed"
    desk.do("login", "work", "bidder0", SUNLIT_PASSWORD="market-tests-2026")
    desk.sealed().do("submit", "work")
    assert desk.bid().standing == "in-force"


def test_in_chinese_too(desk: Desk) -> None:
    desk.begin().sealed()
    said = desk.do("submit", "work", lang="zh").err
    assert "已递交。回执已核验并保存" in said and "距投标截止" in said


def test_what_is_sealed_can_be_read_by_its_owner_alone(desk: Desk) -> None:
    desk.begin().sealed("--demo-certificate")
    work = desk.folder / "work"
    secret = [
        *work.rglob("*.seed.json"),
        *work.rglob("draft.json"),
        work / "lot-1/submit.key",
        work / "certificate.json",
        work / "session.json",
    ]
    assert len(secret) == 5
    assert {p.stat().st_mode & 0o777 for p in secret} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in work.rglob("*") if p.is_dir()} == {0o700}


def test_the_ciphertext_holds_nothing_of_the_files(desk: Desk) -> None:
    desk.begin().sealed()
    sealed = desk.newest
    for i in (0, 1):
        raw = sealed.body(i).read_bytes()
        assert SECRET[5:20] not in raw and "钱演".encode() not in raw and b"458600000" not in raw


def test_the_index_carries_a_demonstration_certificate_that_says_so(desk: Desk) -> None:
    desk.begin()
    said = run(["bid", "seal", "work", "--form", "form.toml", "--demo-certificate"], desk.folder)
    assert "演示证书,不构成可靠电子签名" in said.err
    assert desk.newest.seeds.index["signature"] and len(desk.newest.seeds.index["certificates"]) == 2
    desk.do("rehearse", "work")
    desk.do("submit", "work")


# What breaks on the way


def big(desk: Desk, mib: int = 5) -> bytes:
    raw = os.urandom(MIB) * mib
    (desk.folder / "big.bin").write_bytes(raw)
    return raw


@pytest.mark.parametrize("keep", [(), ("--discard-ciphertext",)], ids=["kept", "made again"])
@pytest.mark.usefixtures("quick")
def test_an_upload_goes_on_after_every_kind_of_break(desk: Desk, line: Between, keep: tuple[str, ...]) -> None:
    big(desk)
    desk.begin(line.url).sealed(*keep, attach="big.bin")
    harm = iter(["before", "after", "", "before", "after", "", "after"])

    def asked(p: Passed) -> None:
        if p.method == "PATCH" and (how := next(harm, "")):
            p.path += "" if how == "before" else "?after"
            if how == "before":
                raise Cut

    def told(p: Passed) -> bytes | None:
        if p.path.endswith("?after"):
            raise Cut
        return None

    line.asked, line.told = asked, told
    desk.do("upload", "work")
    line.asked, line.told = (lambda _p: None), (lambda _p: None)
    desk.do("submit", "work")
    assert next(harm, None) is None
    assert desk.bid().envelopes == (desk.newest.draft.envelope,)


def test_an_upload_survives_its_own_death(desk: Desk, line: Between) -> None:
    big(desk, 12)
    desk.begin(line.url).sealed(attach="big.bin")
    child: list[subprocess.Popen[bytes]] = []
    parts = 0

    def kill(p: Passed) -> None:
        nonlocal parts
        if p.method == "PATCH":
            parts += 1
            if parts == 4 and child:
                child[0].send_signal(signal.SIGKILL)
                raise Cut

    line.asked = kill
    child.append(
        subprocess.Popen([sys.executable, "-m", "trading.cli", "bid", "upload", "work"], cwd=desk.folder, env=environment())
    )
    assert child[0].wait(60) == -signal.SIGKILL
    line.asked = lambda _p: None
    line.passed.clear()
    desk.do("upload", "work")
    total = desk.newest.length
    assert 0 < line.sent("PATCH") < total - 2 * MIB  # what had arrived is not sent again
    desk.do("submit", "work")
    assert desk.bid().standing == "in-force"


def environment() -> dict[str, str]:
    root = Path(__file__).resolve().parents[2]
    return os.environ | {"PYTHONPATH": str(root), "SUNLIT_LANG": "en"}


@pytest.mark.usefixtures("quick")
def test_an_upload_that_the_platform_swept_begins_again(desk: Desk) -> None:
    desk.begin().sealed().do("upload", "work")
    desk.market.platform.uploads.sweep(desk.market.clock.now + 31 * DAY)
    desk.do("submit", "work")
    assert desk.bid().standing == "in-force"


def test_a_body_that_was_handed_in_cannot_be_taken_back_by_its_bidder(desk: Desk) -> None:
    desk.begin().sealed().do("submit", "work")
    session = json.loads((desk.folder / "work/session.json").read_text())
    with closing(Web(desk.market.url, session["token"])) as web, pytest.raises(Conflict) as refused:
        web.ask("DELETE", desk.newest.draft.uploads[0], headers={"Tus-Resumable": "1.0.0"})
    assert refused.value.code == "upload.named"
    assert desk.market.platform.uploads.locate(desk.newest.envelope.bodies[0].root.hex()) is not None


def test_a_line_that_stays_broken_ends_the_upload_with_a_word(desk: Desk, line: Between) -> None:
    desk.begin(line.url).sealed()

    def cut(p: Passed) -> None:
        if p.method in ("POST", "PATCH"):
            raise Cut

    line.asked = cut
    assert desk.refused("upload", "work", "--patience", "0.2") == "client.offline"


@pytest.mark.parametrize("change", ["a byte", "longer", "shorter", "gone"])
def test_a_file_that_changed_after_sealing_is_not_sent(desk: Desk, line: Between, change: str) -> None:
    raw = big(desk, 3)
    desk.begin(line.url).sealed("--discard-ciphertext", attach="big.bin")
    path = desk.folder / "big.bin"
    match change:
        case "a byte":
            path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        case "longer":
            path.write_bytes(raw + b"x")
        case "shorter":
            path.write_bytes(raw[:-1])
        case _:
            path.unlink()
    if change == "longer":
        # What was sealed is all still there, and nothing beyond it is ever read.
        desk.do("submit", "work")
        return
    code = desk.refused("upload", "work")
    assert code == ("client.source" if change == "gone" else "sealing.source-changed")
    body = desk.newest.envelope.bodies[1]
    # No leaf that the first pass did not see has left the machine: only whole, identical ones.
    assert line.sent("PATCH") <= desk.newest.envelope.bodies[0].ct_len + (0 if change == "gone" else body.ct_len - LEAF // 2)
    assert desk.refused("rehearse", "work") == code
    assert desk.bids() == []


def test_ciphertext_that_was_damaged_at_home_is_not_sent(desk: Desk) -> None:
    desk.begin().sealed()
    path = desk.newest.body(1)
    raw = bytearray(path.read_bytes())
    raw[200] ^= 1
    path.write_bytes(bytes(raw))
    assert desk.refused("rehearse", "work") == "tool.rehearsal"
    assert desk.refused("submit", "work") == "sealing.source-changed"
    assert desk.bids() == []


def test_leaf_hashes_that_do_not_give_the_root_are_no_rehearsal(desk: Desk) -> None:
    desk.begin().sealed()
    path = desk.newest.seed_path
    told = json.loads(path.read_text())
    told["leaves"][1][0] = "00" * 32
    path.write_text(json.dumps(told))
    assert desk.refused("rehearse", "work") == "tool.rehearsal"


# What may be called done


def submissions(p: Passed) -> bool:
    return p.method == "POST" and p.path.endswith("/bids")


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_handed_in_twice(desk: Desk, line: Between) -> None:
    desk.begin(line.url).sealed()

    def lose(p: Passed) -> bytes | None:
        if submissions(p):
            raise Cut
        return None

    line.told = lose
    assert desk.refused("submit", "work") == "client.offline"
    first = desk.bid()
    assert not (desk.folder / "work/lot-1/submissions/1.tlog-proof").exists()
    line.told = lambda _p: None
    assert desk.do("submit", "work").value("seq") == "1"
    assert desk.bid() == first and (first.seq, first.standing) == (1, "in-force")


def test_an_answer_that_was_lost_is_asked_for_even_after_the_deadline(alone: Desk) -> None:
    def lose(p: Passed) -> bytes | None:
        if submissions(p):
            raise Cut
        return None

    with between(alone.market.url) as line:
        alone.begin(line.url).sealed()
        alone.market.clock.now = CLOSES - HOUR
        alone.do("login", "work", "bidder1", "--key", "bidder1.key")
        line.told = lose
        assert alone.refused("submit", "work") == "client.offline"
        line.told = lambda _p: None
        alone.market.clock.now = CLOSES + MINUTE
        assert alone.do("submit", "work").value("act") == "bid.submitted"


@pytest.mark.parametrize("lie", ["another receipt", "a flipped bit", "another key", "no receipt", "nonsense"])
def test_submitted_is_not_said_before_a_receipt_that_holds_is_on_disk(desk: Desk, line: Between, lie: str) -> None:
    other = Desk(desk.market, desk.folder.parent / "other").begin(who="bidder3").sealed()
    other.do("submit", "work")
    theirs = (other.folder / "work/lot-1/submissions/1.tlog-proof").read_text()
    desk.begin(line.url).sealed()

    def told(p: Passed) -> bytes | None:
        if not submissions(p):
            return None
        said = json.loads(p.answer)
        match lie:
            case "another receipt":
                said["receipt"] = theirs
            case "a flipped bit":
                said["receipt"] = flipped(said["receipt"])
            case "another key":
                said["receipt"] = said["receipt"].replace("market.example/log", "market.example/lug")
            case "no receipt":
                said["receipt"] = ""
            case _:
                return b"<html>"
        return json.dumps(said).encode()

    line.told = told
    code = desk.refused("submit", "work")
    assert code in ("client.receipt-other", "client.receipt", "client.answer")
    assert not (desk.folder / "work/lot-1/submissions/1.tlog-proof").exists()
    line.told = lambda _p: None
    assert desk.do("submit", "work").value("seq") == "1"


def flipped(receipt: str) -> str:
    """One bit of the opening."""
    lines = receipt.split("\n")
    raw = bytearray(unbase64(lines[1].removeprefix("extra ")) or b"")
    raw[60] ^= 1
    lines[1] = "extra " + base64(bytes(raw))
    return "\n".join(lines)


def test_the_receipt_is_on_disk_before_a_word_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.begin().sealed()

    def full(_self: object, _n: int, _raw: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handing.Chain, "receipt", full)
    assert desk.refused("submit", "work") == "cli.system"
    monkeypatch.undo()
    assert desk.do("submit", "work").value("seq") == "1"


@pytest.mark.parametrize("early", [1, 0])
def test_a_bid_one_microsecond_before_the_deadline_is_handed_in_and_one_at_it_is_late(alone: Desk, early: int) -> None:
    alone.begin().sealed()
    alone.do("upload", "work")
    alone.market.clock.now = CLOSES - HOUR
    alone.do("login", "work", "bidder1", "--key", "bidder1.key")
    stop(alone, CLOSES - early)
    if early:
        assert alone.do("submit", "work").value("act") == "bid.submitted"
    else:
        assert alone.refused("submit", "work") == "bid.late"
        assert alone.bids() == [] and "refused bid.late" in run(["bid", "status", "work"], alone.folder).out


def stop(desk: Desk, at: int) -> None:
    """The platform's clock stands still at an instant."""

    class Still:
        now = at

        def __call__(self) -> int:
            return at

    still = Still()
    object.__setattr__(desk.market.platform, "clock", still)
    desk.market.platform.ledger.clock = still
    desk.market.platform.arrivals._clock = still


def test_a_late_bid_can_be_tried_again_and_stays_late(alone: Desk) -> None:
    alone.begin().sealed()
    alone.market.clock.now = CLOSES + 1
    alone.do("login", "work", "bidder1", "--key", "bidder1.key")
    assert alone.refused("submit", "work") == "bid.late"
    assert alone.refused("submit", "work") == "bid.late"


def test_a_replacement_is_the_next_of_the_chain_and_carries_the_same_key(desk: Desk) -> None:
    desk.begin().sealed().do("submit", "work")
    desk.do("seal", "work", "--form", "better.json")
    assert desk.do("replace", "work").value("seq") == "2"
    assert (desk.bid().seq, desk.bid().envelopes) == (2, (desk.newest.draft.envelope,))
    assert desk.refused("replace", "work") == "client.nothing-new"


def test_terms_that_changed_after_sealing_stop_the_bid(desk: Desk) -> None:
    desk.begin().sealed()
    terms = desk.folder / "work/tender.json"
    told = json.loads(terms.read_text())
    told["lots"][0]["policy"] = told["lots"][0]["policy"].replace("53425031", "53425032")
    terms.write_text(json.dumps(told))
    assert desk.refused("submit", "work") == "client.policy-changed"
    assert desk.refused("rehearse", "work") == "client.policy-changed"


# Whom one believes


def test_a_platform_under_other_keys_than_at_the_first_visit_is_not_believed(desk: Desk, line: Between) -> None:
    desk.begin(line.url)
    line.told = lambda p: p.answer.replace(b"market.example/log+", b"market.example/lug+") if p.path == "/log/policy" else None
    assert desk.refused("tender", f"{line.url}/tenders/{NAME}", "work") in ("client.pinned", "client.policy")


def test_terms_are_what_the_log_says_and_not_what_a_page_says(desk: Desk, line: Between) -> None:
    def lie(p: Passed) -> bytes | None:
        if p.path != f"/api/tenders/{NAME}":
            return None
        told = json.loads(p.answer)
        told["times"]["deadline"] += DAY
        return json.dumps(told).encode()

    line.told = lie
    said = desk.do("tender", f"{line.url}/tenders/{NAME}", "work")
    assert said.value("deadline") == "2026-10-09 09:00:00.000000 +08:00"


def test_an_entry_of_the_log_that_does_not_hold_gives_no_terms(desk: Desk, line: Between) -> None:
    line.told = lambda p: p.answer.replace(b"\nindex ", b"\nindex 1") if p.path.endswith("/receipt") else None
    assert desk.refused("tender", f"{line.url}/tenders/{NAME}", "work") == "client.log"
    assert not (desk.folder / "work/tender.json").exists()


def test_a_folder_holds_one_tender(desk: Desk) -> None:
    desk.begin()
    assert desk.refused("tender", f"{desk.market.url}/tenders/BS-other", "work") == "client.folder-other"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("tender", "ftp://x/tenders/T", "w"), "client.url"),
        (("tender", "http://127.0.0.1:9/nothing", "w"), "client.url"),
        (("tender", f"http://127.0.0.1:9/tenders/{NAME}", "w"), "client.offline"),
        (("upload", "nowhere"), "client.folder"),
        (("receipt", "verify", "form.toml"), "client.no-trust"),
    ],
)
def test_a_wrong_step_is_told_what_to_do(desk: Desk, arguments: tuple[str, ...], code: str) -> None:
    assert desk.refused(*arguments) == code


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("float.toml", "price = 4586000.5\n"),
        ("half-fen.toml", 'price = "1.005"\n'),
        ("words.json", '{"price": "much"}'),
        ("broken.toml", "price =\n"),
        ("broken.json", "["),
        ("ratio.toml", "share = 0.5\n"),
        ("bidder.toml", 'bidder_id = "x"\n'),
    ],
)
def test_a_form_that_is_none_is_named_so(desk: Desk, name: str, text: str) -> None:
    desk.begin()
    (desk.folder / name).write_text(text)
    assert desk.refused("seal", "work", "--form", name) == "client.form"


def test_a_session_that_is_over_is_said_to_be_over_and_nothing_is_lost(alone: Desk) -> None:
    alone.begin().sealed()
    alone.market.clock.now += 2 * DAY
    assert alone.refused("submit", "work") == "session.expired"
    alone.do("login", "work", "bidder1", "--key", "bidder1.key")
    assert alone.do("submit", "work").value("seq") == "1"


@pytest.mark.parametrize("change", ["about", "signature", "none"])
def test_a_receipt_is_checked_off_line(desk: Desk, change: str) -> None:
    desk.begin().sealed().do("submit", "work")
    receipt, submission = "work/lot-1/submissions/1.tlog-proof", "work/lot-1/submissions/1.submission"
    path = desk.folder / receipt
    if change == "signature":
        path.write_text(flipped(path.read_text()))
    if change == "about":
        (desk.folder / submission).write_bytes(b"SBS1")
    vkeys = [w.split()[1] for w in (desk.folder / "work/log-policy").read_text().splitlines() if w.startswith("log ")]
    trust = [a for key in vkeys for a in ("--vkey", key)]
    done = run(["bid", "receipt", "verify", receipt, *trust, "--submission", submission], desk.folder)
    assert done.code == (0 if change == "none" else 1)
    assert ("The receipt holds" in done.err) == (change == "none")


# Size


def test_files_that_the_platform_would_not_take_are_refused_before_they_are_sealed(desk: Desk) -> None:
    desk.begin()
    with (desk.folder / "huge.pdf").open("wb") as sparse:
        sparse.truncate(9 * 2**30)
    assert desk.refused("seal", "work", "--form", "form.toml", "--attach", "huge.pdf") == "client.too-large"
    assert not (desk.folder / "work" / "lot-1" / "stage-1").exists()


def test_the_limit_is_on_the_ciphertext_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "offer.pdf").write_bytes(SECRET)
    files = [(tmp_path / "offer.pdf", "offer.pdf")]
    length = ciphertext_length(files)
    fits(files, length)
    fits(files, 0)
    with pytest.raises(TooLarge, match=r"client\.too-large"):
        fits(files, length - 1)


def test_sealing_takes_less_than_64_mib_whatever_the_size(desk: Desk) -> None:
    desk.begin()
    big(desk, 256)
    script = "import re, sys\nfrom trading.cli import sunlit\nsunlit(sys.argv[1:], standalone_mode=False)\n"
    # The kernel's own mark: what `getrusage` says is inherited from whoever started the process.
    script += "print('peak-kib:', re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    done = subprocess.run(
        [sys.executable, "-c", script, "bid", "seal", "work", "--form", "form.toml", "--attach", "big.bin"],
        cwd=desk.folder, env=environment(), capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    peak = int(done.stdout.rsplit("peak-kib: ", 1)[1])
    assert peak < 64 * 1024, peak
    assert desk.newest.envelope.bodies[1].ct_len == sealed_length(padme(256 * MIB))


def test_a_crash_while_sealing_leaves_nothing_that_looks_sealed(desk: Desk) -> None:
    desk.begin()
    big(desk, 8)
    limit = "import resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))\n"
    limit += "from trading.cli import sunlit\nsunlit(sys.argv[1:], standalone_mode=False)\n"
    command = [sys.executable, "-c", limit, "bid", "seal", "work", "--form", "form.toml", "--attach", "big.bin"]
    done = subprocess.run(command, cwd=desk.folder, env=environment(), capture_output=True, timeout=100)
    assert done.returncode != 0
    assert desk.refused("submit", "work") == "client.nothing-sealed"
    assert not list((desk.folder / "work/lot-1/stage-1").glob("[0-9]*"))


def test_the_leaves_of_a_kept_ciphertext_are_what_the_seed_file_says(desk: Desk) -> None:
    big(desk, 3)
    desk.begin().sealed(attach="big.bin")
    sealed = desk.newest
    kept = sealed.body(1).read_bytes()
    sealed.body(1).unlink()
    with inside(desk.folder), sealed.leaves(1) as leaf:
        made = b"".join(leaf(n) for n in range(len(sealed.seeds.leaves[1])))
    assert made == kept and len(kept) == sum(leaf_size(n, len(kept)) for n in range(len(sealed.seeds.leaves[1])))
    assert envelope_id(sealed.raw).hex() == sealed.draft.envelope
