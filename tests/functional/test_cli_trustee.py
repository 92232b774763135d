"""Trustees at the command line: whole sessions, and a platform that would like a share before or beside the list."""

import json
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from archive.values import MINUTE
from bidding import sealing, tool
from bidding.box import Box
from bidding.sealing import Secrets, envelope_id, parse_envelope
from bidding.sealing.keyfile import open_key, read_key
from bidding.tool import Fresh, Identity, Place
from tests.between import Cut, Passed, between
from tests.market import BIDDING, CLOSES, NAME, Market, account_key, founded_market, reopened_market
from tests.sessions import Ran, play, run
from trading.demo import cast, works
from trading.demo.players import Supplier, supplier
from trading.desk import bids, facts, opening, trustees

TRUSTEES = {"agency": cast.AGENCY_WORKS, "regulator": cast.REGULATOR, "notary": cast.NOTARY}
PLACE = Place(NAME, "1")
SUITES = {"agency": "x25519", "regulator": "p256", "notary": "xwing"}


class Hall:
    """A market whose trustees hold their keys in folders of their own."""

    def __init__(self, market: Market, folder: Path) -> None:
        self.market = market
        self.folder = folder
        self.suppliers: list[Supplier] = []
        for who in TRUSTEES:
            (folder / f"{who}.key").write_text(account_key(who).hex())

    def do(self, *arguments: object, **environment: str) -> Ran:
        done = run(["trustee", *arguments], self.folder, **environment)
        assert done.code == 0, done.err
        return done

    def refused(self, *arguments: object, **environment: str) -> str:
        done = run(["trustee", *arguments], self.folder, **environment)
        assert done.code == 1, done.out
        return done.err.split(": ")[1]

    def keys(self) -> "Hall":
        for who, unit in TRUSTEES.items():
            made = self.do("key", "new", who, "--tender", NAME, "--operator", unit.code, "--role", who, "--suite", SUITES[who])
            (self.folder / f"{who}.pub").write_text(made.out)
        self.do("assemble", *(f"{who}.pub" for who in TRUSTEES), "--k", "2", "--out", "policy", "--test", "test.sbe")
        return self

    def published(self, envelopes: int = 1) -> "Hall":
        self.market.publish((self.folder / "policy").read_text().strip(), envelopes=envelopes)
        return self

    def join(self, *who: str, url: str = "") -> "Hall":
        for each in who:
            self.do("join", each, f"{url or self.market.url}/tenders/{NAME}")
            self.do("login", each, each, "--key", f"{each}.key")
        return self

    def bid(self, n: int = 3) -> list[bytes]:
        """So many bids, by the suppliers' own tool."""
        platform = self.market.platform
        made = []
        for unit in cast.SUPPLIERS[:n]:
            who = supplier(unit, platform.random)
            form = works.form(unit, 4_500_000, 100, "演示")
            raw = who.seal(platform, PLACE, opening.policy_of(platform, NAME, "1"), form, {"offer.pdf": b"%PDF offer"}, BIDDING)
            who.hand_in(platform, PLACE, [raw], platform.clock())
            self.suppliers.append(who)
            made.append(raw)
        return made

    @property
    def box(self) -> Box:
        state = self.market.platform.ledger.state(facts.box(NAME, "1"))
        assert isinstance(state, Box)
        return state

    def finish(self) -> None:
        self.market.ring(self.box.ends_at)
        opening.finish(self.market.platform, works.AGENCY, NAME, "1")
        self.market.show()

    def login_again(self, *who: str) -> None:
        """A session does not last till the deadline."""
        for each in who:
            self.do("login", each, each, "--key", f"{each}.key")


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with founded_market(tmp_path / "market") as market:
        (tmp_path / "desk").mkdir()
        yield Hall(market, tmp_path / "desk")


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two moments to copy: ``joined``, a tender under the trustees' keys; ``closed``, three bids on the logged list."""
    root = tmp_path_factory.mktemp("moments")
    with founded_market(root / "live") as market:
        (root / "desk").mkdir()
        made = Hall(market, root / "desk").keys().published().join("notary", "regulator")
        shutil.copytree(root / "live", root / "joined" / "market")
        shutil.copytree(root / "desk", root / "joined" / "desk")
        made.bid()
        made.market.ring(CLOSES)
        made.login_again("notary", "regulator")
        shutil.copytree(root / "live", root / "closed" / "market")
        shutil.copytree(root / "desk", root / "closed" / "desk")
    return root


def moment(moments: Path, name: str, now: int, folder: Path) -> Iterator[Hall]:
    shutil.copytree(moments / name, folder / name)
    with reopened_market(folder / name / "market", now) as market:
        made = Hall(market, folder / name / "desk")
        for who in ("notary", "regulator"):
            through(made, market.url, who)
        yield made


@pytest.fixture
def joined(moments: Path, tmp_path: Path) -> Iterator[Hall]:
    yield from moment(moments, "joined", BIDDING + MINUTE, tmp_path)


@pytest.fixture
def closed(moments: Path, tmp_path: Path) -> Iterator[Hall]:
    yield from moment(moments, "closed", CLOSES + MINUTE, tmp_path)


def test_a_whole_session_of_three_trustees(hall: Hall) -> None:
    def bids_come() -> None:
        hall.bid()
        hall.market.clock.now = CLOSES
        hall.market.show()
        hall.login_again("notary", "regulator")

    cues: dict[str, Callable[[], object]] = {
        "the notice is published": hall.published,
        "three bids come in, the deadline passes, and the bell is late": bids_come,
        "the bell rings": hall.market.ring,
        "the opening ends": hall.finish,
    }
    ran = play("trustee.txt", hall.folder, lambda cue: cues[cue](), {"url": hall.market.url}, "en")
    assert ran > 20
    assert [b.verdict for b in hall.box.ballots] == ["opened"] * 3
    assert hall.box.destroyed == (3,)
    assert not (hall.folder / "notary" / "key.json").exists()


def test_secrets_are_their_owners_alone(joined: Hall) -> None:
    for name in ("key.json", "session.json"):
        assert (joined.folder / "notary" / name).stat().st_mode & 0o777 == 0o600
    assert (joined.folder / "notary").stat().st_mode & 0o777 == 0o700


def test_the_key_file_does_not_hold_the_key(joined: Hall) -> None:
    raw = (joined.folder / "notary" / "key.json").read_bytes()
    sk = open_key(read_key(raw), "four unrelated words here")
    assert sk.hex().encode() not in raw and sk not in raw


def test_another_passphrase_releases_nothing(closed: Hall) -> None:
    assert closed.refused("release", "notary", SUNLIT_PASSPHRASE="some other words") == "keyfile.passphrase"
    assert not closed.box.ballots[0].answers.releases


@pytest.mark.parametrize("years", [0, 50])
def test_no_clock_makes_a_trustee_release_without_the_logged_list(joined: Hall, years: int) -> None:
    joined.bid()
    joined.market.clock.now = CLOSES + years * 365 * 24 * 60 * MINUTE
    joined.login_again("notary")
    assert joined.refused("release", "notary") == "client.not-closed"


def through(hall: Hall, url: str, who: str) -> None:
    """A trustee whose folder knows the platform at this address."""
    terms = hall.folder / who / "tender.json"
    told = json.loads(terms.read_text())
    terms.write_text(json.dumps(told | {"base": url}))


def test_a_real_bid_passed_off_as_a_drill_is_not_opened(joined: Hall) -> None:
    real = joined.bid(1)[0]
    with between(joined.market.url) as line:
        through(joined, line.url, "notary")
        line.told = lambda p: json.dumps({"envelope": real.hex()}).encode() if p.path.endswith("/drill") else None
        assert joined.refused("drill", "notary") == "custody.no-test"
        assert not [p for p in line.passed if p.method == "POST"]


def test_an_envelope_that_the_list_does_not_name_is_not_opened(closed: Hall) -> None:
    beside = supplier(cast.SUPPLIERS[5], closed.market.platform.random)
    rules = opening.policy_of(closed.market.platform, NAME, "1")
    raw = beside.seal(closed.market.platform, PLACE, rules, works.form(beside.unit, 1, 1, "x"), {}, BIDDING)

    def more(p: Passed) -> bytes | None:
        if not p.path.endswith("/envelopes"):
            return None
        told = json.loads(p.answer)
        told["envelopes"].append({"id": envelope_id(raw).hex(), "envelope": raw.hex()})
        return json.dumps(told).encode()

    with between(closed.market.url) as line:
        through(closed, line.url, "notary")
        line.told = more
        assert closed.do("release", "notary").value("released") == "3"
        sent = b"".join(p.body for p in line.passed if p.method == "POST")
    assert envelope_id(raw).hex().encode() not in sent


@pytest.mark.parametrize("how", ["withheld", "exchanged"])
def test_a_platform_that_keeps_an_envelope_back_gets_no_share_at_all(closed: Hall, how: str) -> None:
    def less(p: Passed) -> bytes | None:
        if not p.path.endswith("/envelopes"):
            return None
        told = json.loads(p.answer)
        if how == "withheld":
            told["envelopes"].pop()
        else:
            told["envelopes"][0]["envelope"] = told["envelopes"][1]["envelope"]
        return json.dumps(told).encode()

    with between(closed.market.url) as line:
        through(closed, line.url, "notary")
        line.told = less
        assert closed.refused("release", "notary") == "client.envelopes"
        assert not [p for p in line.passed if p.method == "POST"]


@pytest.mark.parametrize("part", ["opening", "path", "signature"])
def test_an_entry_of_the_log_that_does_not_hold_stops_everything(closed: Hall, part: str) -> None:
    def forged(p: Passed) -> bytes | None:
        if not p.path.endswith("/receipt"):
            return None
        lines = p.answer.split(b"\n")
        at = {"opening": 1, "path": 3, "signature": len(lines) - 2}[part]
        middle = len(lines[at]) // 2
        lines[at] = lines[at][:middle] + (b"A" if lines[at][middle : middle + 1] != b"A" else b"B") + lines[at][middle + 1 :]
        return b"\n".join(lines)

    with between(closed.market.url) as line:
        through(closed, line.url, "notary")
        line.told = forged
        assert closed.refused("release", "notary") == "client.log"
        assert not [p for p in line.passed if p.method == "POST"]


def test_a_part_of_the_list_that_is_kept_back_leaves_no_list(closed: Hall) -> None:
    def hole(p: Passed) -> bytes | None:
        if not p.path.startswith("/api/log?stream=box"):
            return None
        told = json.loads(p.answer)
        told["items"] = [i for i in told["items"] if '"box.closed"' not in i["text"]]
        return json.dumps(told).encode()

    with between(closed.market.url) as line:
        through(closed, line.url, "notary")
        line.told = hole
        assert closed.refused("release", "notary") == "client.not-closed"


def test_a_platform_under_other_keys_is_not_believed(joined: Hall) -> None:
    (joined.folder / "notary" / "log-policy").write_text("log other.example/log+00000000+AA==\nquorum none\n")
    assert joined.refused("join", "notary", f"{joined.market.url}/tenders/{NAME}") in ("client.policy", "client.pinned")


def test_a_policy_that_was_exchanged_after_the_proof_is_noticed(hall: Hall) -> None:
    hall.keys().do("prove", "notary", "test.sbe", "--policy", "policy")
    hall.do("assemble", "notary.pub", "regulator.pub", "agency.pub", "--k", "2", "--out", "policy", "--test", "test.sbe")
    hall.published()
    assert hall.refused("join", "notary", f"{hall.market.url}/tenders/{NAME}") == "trustee.policy"


def test_a_key_that_is_not_in_the_policy_joins_nothing(hall: Hall) -> None:
    hall.keys()
    made = hall.do("key", "new", "fourth", "--tender", NAME, "--operator", "x", "--role", "platform")
    (hall.folder / "fourth.pub").write_text(made.out)
    hall.published()
    assert hall.refused("join", "fourth", f"{hall.market.url}/tenders/{NAME}") == "trustee.not-in-policy"


def test_keys_of_different_tenders_make_no_policy(hall: Hall) -> None:
    hall.keys()
    other = hall.do("key", "new", "other", "--tender", "T-other", "--operator", "x", "--role", "platform")
    (hall.folder / "other.pub").write_text(other.out)
    assert hall.refused("assemble", "notary.pub", "other.pub", "--k", "2", "--out", "p", "--test", "t") == "trustee.tenders"


def test_a_real_bid_is_no_proof_of_possession(joined: Hall) -> None:
    (joined.folder / "bid.sbe").write_bytes(joined.bid(1)[0])
    assert joined.refused("prove", "notary", "bid.sbe", "--policy", "policy") == "custody.no-test"


def test_a_stranger_answers_no_drill(joined: Hall) -> None:
    joined.do("login", "notary", "bidder1", "--key", str(_key(joined, "bidder1")))
    assert joined.refused("drill", "notary") == "web.forbidden"
    assert joined.box.drilled == ()


def _key(hall: Hall, login: str) -> Path:
    path = hall.folder / f"{login}.key"
    path.write_text(account_key(login).hex())
    return path


def test_a_share_that_is_none_is_complained_of_and_with_the_key_it_is_proved(joined: Hall) -> None:
    joined.bid(2)
    cheat = _optional_bid(joined, j=3)
    joined.market.ring(CLOSES)
    joined.login_again("notary", "regulator")
    taken = joined.do("release", "notary")
    assert (taken.value("released"), taken.value("complaints")) == ("2", "1")
    joined.do("release", "regulator")
    proved = joined.do("complain", "notary", "--envelope", cheat, "--with-key", "--yes")
    assert proved.value("proved") == "yes"
    joined.market.ring(joined.box.ends_at)
    verdicts = {b.envelope: (b.verdict, b.fault) for b in joined.box.ballots}
    assert verdicts.pop(cheat) == ("malformed(bidder)", "bidder")
    assert set(verdicts.values()) == {("opened", "none")}


def test_an_envelope_off_the_list_is_not_complained_of(closed: Hall) -> None:
    assert closed.refused("complain", "notary", "--envelope", "00" * 32) == "client.not-listed"


def _optional_bid(hall: Hall, j: int) -> str:
    """A bid whose share for trustee ``j`` is sealed to nobody: the bidder keeps the choice whether it opens."""
    platform = hall.market.platform
    rules, unit = opening.policy_of(platform, NAME, "1"), cast.SUPPLIERS[4]
    fresh, who, sinks = (
        Fresh(*(platform.random(32) for _ in range(3))),
        Identity(unit.code, platform.random(32)),
        [BytesIO(), BytesIO()],
    )
    raw = tool.seal_bid(rules, PLACE, who, fresh, works.form(unit, 4_000_000, 90, "x"), [], sinks)
    honest = parse_envelope(raw)
    line = honest.shares[j - 1]
    spoilt = sealing.ShareLine(j, line.c, line.sealed[:-1] + bytes([line.sealed[-1] ^ 1]))
    lines = (*honest.shares[: j - 1], spoilt, *honest.shares[j:])
    bad = sealing.encode_envelope(sealing.Envelope(honest.context, honest.k, honest.commit, lines, honest.bodies, honest.joint))
    for body in (s.getvalue() for s in sinks):
        made = platform.uploads.create("cheat", len(body), BIDDING)
        platform.uploads.append(made.id, "cheat", 0, [body], BIDDING)
    message = tool.submission(who, PLACE, [bad], 1, b"", 1)
    bids.submit(platform, supplier(unit, platform.random).actor, NAME, "1", message, (bad,), platform.clock())
    return envelope_id(bad).hex()


def test_a_destroyed_key_is_overwritten_before_anybody_is_told(closed: Hall) -> None:
    closed.do("release", "notary")
    closed.do("release", "regulator")
    closed.finish()
    file = closed.folder / "notary" / "key.json"
    held = file.read_bytes()
    with file.open("rb") as still, between(closed.market.url) as line:
        through(closed, line.url, "notary")
        seen: list[bool] = []

        def look(p: Passed) -> None:
            if p.method == "POST":
                seen.append(file.exists())

        line.asked = look
        closed.do("destroy", "notary", "--yes")
        assert seen == [False]
        assert still.read() != held


def test_what_was_done_and_not_said_is_said_the_next_time(closed: Hall) -> None:
    closed.do("release", "notary")
    closed.do("release", "regulator")
    closed.finish()

    def cut(p: Passed) -> None:
        if p.method == "POST":
            raise Cut

    with between(closed.market.url) as line:
        through(closed, line.url, "notary")
        line.asked = cut
        assert closed.refused("destroy", "notary", "--yes") == "client.offline"
        assert closed.box.destroyed == ()
        line.asked = lambda _p: None
        closed.do("destroy", "notary", "--yes")
    assert closed.box.destroyed == (3,)


def test_the_test_of_a_lot_is_no_bid_and_its_answers_are_good_shares(joined: Hall) -> None:
    joined.do("drill", "notary")
    raw = trustees.test_envelope(joined.market.platform, NAME, "1")
    envelope = parse_envelope(raw)
    assert envelope.context.tender == f"test/{NAME}"
    secrets = Secrets(joined.market.platform.derive(f"drill/{NAME}/1/seed")[:32], envelope.ctx)
    rules = opening.policy_of(joined.market.platform, NAME, "1")
    assert all(sealing.release_good(envelope, share) for share in sealing.shares(rules, secrets))
