"""A tender of two envelopes (双信封) played whole: the technical part at the bell, the prices after its evaluation is locked.

Six bid.  One fails the technical evaluation, and his price stays sealed; one corrects his price before the deadline and
keeps his technical envelope; one's price envelope states no price, which is his own fault; one bids in another currency.  Every
act from the deadline to the report goes over HTTP, by the account that may; the award is played by the desks.
"""

import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import structs, to_builtins

from archive.database import reading
from archive.errors import Refused
from archive.ledger.export import blobs_of, dossier, own_policy
from archive.ledger.store import since
from archive.policy import parse_policy
from archive.values import HOUR, SECOND, Instant
from archive.verify.packs import verify_files
from bidding.box import Box
from bidding.sealing import Policy, envelope_id, parse_envelope, trustee_open
from bidding.tool import Place
from experts.evaluation.marking import marks_commitment
from experts.panel.messages import Named
from experts.proof import verify_proof
from tests.conftest import complete
from tests.theatre import PASSWORD
from trading import app, house
from trading.cli.play import configured
from trading.commands import Award, PublishCandidates
from trading.demo import cast, entry, steps, works
from trading.demo.players import Keeper, Supplier, policy, supplier
from trading.demo.programme import Programme
from trading.demo.prologue import POOL, prologue
from trading.demo.run import OPENS
from trading.demo.stage import Script, Stage
from trading.demo.steps import Lottery
from trading.desk import audit, bell, committee, evaluation, facts, opening, plaintexts, pool, printing, result
from trading.desk.verdicts import raw_envelopes
from trading.platform import Platform

NAME, LOT = "BS-2026-D2", "1"
LOTS = f"/api/tenders/{NAME}/lots/{LOT}"
OPENING, ROOM = f"{LOTS}/opening", f"{LOTS}/evaluation"
PRICES = {0: 4_586_000, 1: 4_612_500, 2: 4_498_000, 3: 0, 4: 4_570_800, 5: 700_000}
FAILS, CORRECTS, UNPRICED, FOREIGN = 1, 2, 3, 5
PEOPLE = (
    ("agency", "agency", cast.AGENCY_WORKS.code), ("owner", "tenderer", cast.BUILDER.code),
    ("regulator", "regulator", cast.REGULATOR.code), ("centre", "centre", cast.CENTRE.code),
    ("notary", "notary", cast.NOTARY.code), ("bidder", "bidder", cast.SUPPLIERS[0].code),
    ("member", "member", cast.BUILDER.code), ("stranger", "agency", cast.AGENCY_GOODS.code),
)  # fmt: skip


def code(n: int) -> str:
    return cast.SUPPLIERS[n].code


@dataclass
class Play:
    """The client, who is known to it, and what was answered at each moment."""

    platform: Platform
    folder: Path
    client: TestClient[Any]
    known: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    keepers: list[Keeper] = field(default_factory=list)
    technical: dict[int, str] = field(default_factory=dict)
    prices: dict[int, str] = field(default_factory=dict)

    def account(self, login: str, role: str, org: str) -> None:
        accounts = app.identity(self.platform, configured(self.folder))
        self.known[login] = accounts.register(login, f"演示{login}", role, org=org, password=PASSWORD).id

    def ask(self, login: str, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request of somebody, who logs in again where his session is over."""
        sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        answer = self.client.request(verb, path, headers={"Authorization": f"Bearer {self.tokens.get(login, '')}"}, **sent)
        if answer.status_code == 401:
            entered = self.client.post("/api/session", json={"login": login, "password": PASSWORD})
            self.tokens[login] = entered.json()["token"]
            return self.ask(login, verb, path, body)
        return answer.status_code, answer.json()

    def do(self, login: str, path: str, body: Any = None) -> Any:
        """The same, and it must succeed."""
        status, said = self.ask(login, "POST", path, body)
        assert status in (200, 201), said
        return said

    def refused(self, login: str, path: str, body: Any = None) -> str:
        """The same, and it must be refused: with which code."""
        status, said = self.ask(login, "POST", path, body)
        assert status in (400, 403, 404, 422), said
        return str(said["code"])

    def box(self) -> Box:
        state = self.platform.ledger.state(facts.box(NAME, LOT))
        assert isinstance(state, Box)
        return state

    def shares(self, j: int, envelopes: list[str]) -> dict[str, Any]:
        """What trustee ``j`` would release of these envelopes."""
        rules, keeper, listed = self.box().rules, self.keepers[j - 1], []
        for id in envelopes:
            raw = bytes.fromhex(self.seen["envelopes"][id])
            share = trustee_open(rules, parse_envelope(raw), j, keeper.sk)
            assert share is not None
            listed.append({"envelope": id, "share": share.share.hex(), "r": share.blind.hex()})
        return {"type": "box.release", "closing_list": self.box().closing_list, "j": j, "shares": listed}

    def download(self) -> list[str]:
        """The envelopes that a trustee may open now."""
        found = self.client.get(f"{LOTS}/envelopes").json()["envelopes"]
        self.seen.setdefault("envelopes", {}).update({e["id"]: e["envelope"] for e in found})
        return [e["id"] for e in found]


def played(folder: Path) -> Play:
    stage = Stage(OPENS)
    platform = house.assemble(configured(folder), stage.clock, secrets.token_bytes)
    complete(platform.engine)
    client = TestClient(app.web(platform, configured(folder), embedded=False), base_url="http://sunlit.local")
    play = Play(platform, folder, client)
    for person in PEOPLE:
        play.account(*person)

    def ring(until: Instant) -> Instant | None:
        bell.rung(platform)
        return bell.upcoming(platform, until)

    show = Programme(platform, lambda _play, _text: None)
    with client:
        stage.play([prologue(show), _script(play, show)], ring)
        platform.publishing.round()
        play.seen["ocds"] = client.get(f"/api/tenders/{NAME}/ocds").json()["releases"][0]
        play.seen["pages"] = {
            (where, lang): client.get(f"/tenders/{NAME}{where}", headers={"Accept-Language": lang}).text
            for where in ("", f"/lots/{LOT}", f"/lots/{LOT}/opening", f"/lots/{LOT}/result")
            for lang in ("zh", "en")
        }
    return play


def _script(play: Play, show: Programme) -> Script:
    platform = play.platform
    yield works.day(9, 1, 9)
    yield from _published(play)
    yield works.day(9, 29, 15)
    suppliers = {n: supplier(cast.SUPPLIERS[n], platform.random) for n in PRICES}
    _handed_in(play, suppliers)
    yield works.day(10, 7, 23)
    pool.snapshot(platform, POOL)
    how = Lottery(
        agency=cast.AGENCY_WORKS, principal=cast.BUILDER, seats=(("A0801", 1), ("A0802", 2), ("A0803", 1)),
        suppliers=(cast.SUPPLIERS[5], cast.SUPPLIERS[6]), representative=Named(play.known["member"], "招标人代表甲(演示)"),
    )  # fmt: skip
    yield from steps.draw(show, "D2", NAME, LOT, how, works.day(10, 8, 14))
    yield works.day(10, 9, 9) + SECOND  # the bell closes
    yield works.day(10, 9, 9, 5)
    yield from _first_opening(play)
    committee.screen(platform, NAME, LOT)
    yield from steps.recall(show, "D2", NAME, LOT)
    committee.complete(platform, NAME, LOT)
    yield works.day(10, 9, 11)
    _technical(play)
    yield works.day(10, 9, 14)
    yield from _second_opening(play)
    _report(play)
    yield from _award(play)


def _published(play: Play) -> Script:
    platform = play.platform
    ours = works.project("公路改建工程施工(双信封)", works.ESTIMATE, "路基、路面及附属设施施工", date(2026, 9, 1), 2)
    entry.admit(platform, works.AGENCY, NAME, ours, "cn-rs1-2019", "A0101")
    play.keepers = entry.trustees(platform, cast.AGENCY_WORKS)
    one = works.documents(platform, policy(play.keepers, 2, 3))
    draft = structs.replace(one, lots=(structs.replace(one.lots[0], envelopes=2),))
    entry.fix(platform, works.AGENCY, works.OWNER, NAME, draft)
    yield works.day(9, 8, 9)
    play.seen["notice"] = entry.proclaim(platform, works.AGENCY, NAME, works._notice()).sha256


def _handed_in(play: Play, suppliers: dict[int, Supplier]) -> None:
    platform, rules = play.platform, opening.policy_of(play.platform, NAME, LOT)
    for n, yuan in PRICES.items():
        technical, price = _sealed(platform, suppliers[n], rules, n, yuan)
        _submit(play, n, suppliers[n], [technical, price])
    again = _sealed(platform, suppliers[CORRECTS], rules, CORRECTS, 4_490_000)[1]
    kept = suppliers[CORRECTS]
    first = bytes.fromhex(play.seen[f"technical {CORRECTS}"])
    play.seen["superseded"] = play.prices[CORRECTS]
    _submit(play, CORRECTS, kept, [first, again])
    with pytest.raises(Refused, match=r"bid\.wrong-context"):
        suppliers[0].hand_in(platform, Place(NAME, LOT), [first], platform.clock())


def _sealed(platform: Platform, who: Supplier, rules: Policy, n: int, yuan: int) -> tuple[bytes, bytes]:
    whole = works.form(who.unit, yuan, 118 + n, f"钱演{n}")
    told = {k: v for k, v in whole.items() if k not in ("price", "currency")}
    priced = {k: v for k, v in whole.items() if k in (("bidder_name", "price", "currency") if yuan else ("bidder_name",))}
    priced |= {"currency": "USD"} if n == FOREIGN else {}
    now = platform.clock()
    # A price that somebody puts into his technical envelope is not read out of it.
    technical = who.seal(platform, Place(NAME, LOT, 1), rules, told | {"price": "1"}, {"技术标.pdf": b"T" * 3000}, now)
    return technical, who.seal(platform, Place(NAME, LOT, 2), rules, priced, {"清单.pdf": b"P" * 1000}, now)


def _submit(play: Play, n: int, who: Supplier, envelopes: list[bytes]) -> None:
    who.hand_in(play.platform, Place(NAME, LOT), envelopes, play.platform.clock())
    play.technical[n], play.prices[n] = (envelope_id(e).hex() for e in envelopes)
    play.seen[f"technical {n}"] = envelopes[0].hex()


def _first_opening(play: Play) -> Script:
    """Stage 1 alone: shares of a price envelope are refused, and no price is read out."""
    play.seen["listed first"] = play.download()
    play.seen["first window"] = play.client.get(OPENING).json()
    play.seen["envelopes"] |= {id: _raw(play, id) for id in play.prices.values()}
    play.seen["early share"] = play.refused("agency", f"{OPENING}/acts", play.shares(1, [play.prices[0]]))
    for login, j in (("agency", 1), ("notary", 3)):
        play.do(login, f"{OPENING}/acts", play.shares(j, play.seen["listed first"]))
    yield play.platform.clock() + SECOND  # every envelope is answered, so the bell concludes
    play.seen["before finish"] = play.refused("agency", f"{OPENING}/prices")
    play.do("agency", f"{OPENING}/acts", {"type": "box.finish"})
    play.seen["between share"] = play.refused("agency", f"{OPENING}/acts", play.shares(1, [play.prices[0]]))
    play.seen["first record"] = play.do("agency", f"{OPENING}/record")["act"]
    play.seen["first"] = play.client.get(OPENING).json()


def _raw(play: Play, id: str) -> str:
    return raw_envelopes(play.platform, [id])[id].hex()


def _technical(play: Play) -> None:
    """The room works on the technical part; the prices stay shut until it is locked."""
    terms = {"conformity": [to_builtins(c) for c in works.CONFORMITY]}
    play.do("centre", ROOM, terms)
    room = evaluation.room(play.platform, NAME, LOT)
    play.seen["unpriced"] = [b.price.amount for b in room.valid]
    members = {s.member.id: _login(play, s.member.id) for s in room.active}
    letter = play.do("centre", "/api/files", "承诺书(演示)".encode())["sha256"]
    for n, (id, login) in enumerate(members.items()):
        play.do(login, f"{ROOM}/acts", {"type": "room.check-in", "member": id, "station": f"s{n}", "proof": letter})
        play.do(login, f"{ROOM}/acts", {"type": "room.letter", "member": id, "sha256": letter})
    leader = next(id for id, login in members.items() if login != "member")
    play.do("centre", f"{ROOM}/acts", {"type": "room.elect", "votes": dict.fromkeys(members, leader)})
    votes = [
        {"bid": b.id, "clause": c.id, "passed": (b.id, c.id) != (code(FAILS), "c1"), "note": "第一信封缺签章"}
        for b in room.valid for c in works.CONFORMITY
    ]  # fmt: skip
    for id, login in members.items():
        play.do(login, f"{ROOM}/acts", {"type": "room.conform", "member": id, "votes": votes})
    play.seen["lock early"] = play.refused("centre", f"{ROOM}/acts", {"type": "room.lock"})
    play.do("centre", f"{ROOM}/acts", {"type": "room.conclude", "stage": "conformity"})
    bids = [b.id for b in evaluation.room(play.platform, NAME, LOT).valid]
    salt, sheet = bytes(32), {bid: {"org": "20", "team": "8", "record": "4"} for bid in bids}
    for id, login in members.items():
        bound = {"type": "room.commit-marks", "member": id, "commitment": marks_commitment(id, salt, sheet)}
        play.do(login, f"{ROOM}/acts", bound)
    for id, login in members.items():
        play.do(login, f"{ROOM}/acts", {"type": "room.reveal-marks", "member": id, "salt": salt.hex(), "marks": sheet})
    play.seen["unlocked"] = play.refused("agency", f"{OPENING}/prices")
    play.seen["no prices"] = play.refused("centre", f"{ROOM}/prices")
    play.seen["who may lock"] = {who: play.refused(who, f"{ROOM}/acts", {"type": "room.lock"}) for who in ("agency", "regulator")}
    play.do("centre", f"{ROOM}/acts", {"type": "room.lock"})
    chosen = {"type": "box.open-stage", "admitted": [b.stream for b in play.box().listed], "why": "全部"}
    play.seen["who may open"] = {
        who: play.refused(who, f"{OPENING}/prices") for who in ("bidder", "regulator", "centre", "notary", "stranger")
    }
    play.seen["chosen"] = play.refused("agency", f"{OPENING}/acts", chosen)
    correction = {
        "type": "room.correct", "member": leader, "bid": bids[0], "item": "org", "mark": "25", "ground": "sum", "reason": "复核",
    }  # fmt: skip
    play.seen["after the lock"] = play.refused("centre", f"{ROOM}/acts", correction)


def _login(play: Play, member: str) -> str:
    """The login of a member; an expert gets an account when he first acts."""
    if member == play.known["member"]:
        return "member"
    if member.lower() not in play.known:
        play.account(member.lower(), "expert", member)
    return member.lower()


def _second_opening(play: Play) -> Script:
    play.seen["opened"] = play.do("agency", f"{OPENING}/prices")["act"]
    play.seen["again"] = play.refused("agency", f"{OPENING}/prices")
    play.seen["listed second"] = play.download()
    play.seen["second window"] = play.client.get(OPENING).json()
    play.seen["share of the failed"] = play.refused("agency", f"{OPENING}/acts", play.shares(1, [play.prices[FAILS]]))
    for login, j in (("regulator", 2), ("notary", 3)):
        play.do(login, f"{OPENING}/acts", play.shares(j, play.seen["listed second"]))
    yield play.platform.clock() + SECOND
    play.seen["read out"] = play.client.get(OPENING).json()
    play.seen["not finished"] = play.refused("centre", f"{ROOM}/prices")
    play.do("agency", f"{OPENING}/acts", {"type": "box.finish"})
    play.seen["second record"] = play.do("agency", f"{OPENING}/record")["act"]
    play.seen["third record"] = play.refused("agency", f"{OPENING}/record")
    play.seen["who may enter"] = {who: play.refused(who, f"{ROOM}/prices") for who in ("agency", "owner", "regulator")}
    play.seen["summary early"] = play.refused("centre", f"{ROOM}/acts", {"type": "room.summarise"})
    play.seen["entered"] = play.do("centre", f"{ROOM}/prices")["act"]
    play.seen["entered twice"] = play.refused("centre", f"{ROOM}/prices")


def _report(play: Play) -> None:
    play.do("centre", f"{ROOM}/acts", {"type": "room.summarise"})
    room = evaluation.room(play.platform, NAME, LOT)
    for seat in room.active:
        id = seat.member.id
        play.do(_login(play, id), f"{ROOM}/acts", {"type": "room.sign", "member": id, "report": room.report})
    play.do("centre", f"{ROOM}/acts", {"type": "room.submit"})
    play.seen["report"] = play.do("centre", f"{ROOM}/record")["act"]


def _award(play: Play) -> Script:
    platform, until = play.platform, works.day(10, 14, 0)
    yield works.day(10, 10, 9)
    printed = printing.candidates(platform, NAME, LOT, until)
    shown = PublishCandidates(LOT, platform.clock() + SECOND, until, "中标候选人公示", printed.sha256)
    result.step(platform, works.AGENCY, NAME, shown, printed.blobs)
    yield until + 9 * HOUR
    first = result.state_of(platform, NAME).lots[0].evaluation
    assert first is not None
    result.step(platform, works.OWNER, NAME, Award(LOT, first.ranking[0].bidder))


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    folder = Path(tempfile.mkdtemp(prefix="sunlit-two-envelopes-"))
    made = played(folder)
    yield made
    made.platform.engine.dispose()
    shutil.rmtree(folder)


def test_the_formula_computes_on_the_opened_prices_and_the_corrected_one_wins(play: Play) -> None:
    lot = result.state_of(play.platform, NAME).lots[0]
    assert lot.evaluation is not None
    ranked = {r.bidder: r.price.amount for r in lot.evaluation.ranking if r.price is not None}
    assert ranked == {code(0): 458_600_000, code(2): 449_000_000, code(4): 457_080_000}
    assert [(r.bidder, r.ground) for r in lot.evaluation.rejected] == [(code(FAILS), "51-1"), (code(FOREIGN), "51-6")]
    assert (lot.stage, lot.winner) == ("awarded", lot.evaluation.ranking[0].bidder)
    assert play.seen["report"] == "tender.evaluated"


def test_only_technical_envelopes_are_opened_at_the_bell_and_no_price_is_read_out(play: Play) -> None:
    assert sorted(play.seen["listed first"]) == sorted(play.technical.values())
    assert [b["effect"] for b in play.seen["first"]["bids"]] == ["opened"] * 6
    assert [b["price"] for b in play.seen["first"]["bids"]] == [None] * 6
    assert play.seen["unpriced"] == [0] * 6
    assert play.seen["first record"] == "tender.opening_recorded"


def test_a_share_of_a_price_is_refused_before_the_second_opening_and_for_who_failed_also_in_it(play: Play) -> None:
    assert play.seen["early share"] == "box.not-listed"
    assert play.seen["between share"] == "box.wrong-phase"
    assert play.seen["share of the failed"] == "box.not-listed"


def test_the_prices_are_opened_after_the_lock_and_by_the_host_alone(play: Play) -> None:
    assert play.seen["before finish"] == "tender.stage"
    assert (play.seen["lock early"], play.seen["unlocked"], play.seen["no prices"]) == (
        "room.stage", "prices.not-locked", "box.wrong-phase",
    )  # fmt: skip
    assert set(play.seen["who may lock"].values()) == {"web.forbidden"}
    assert play.seen["who may open"] == {
        "bidder": "web.forbidden", "regulator": "web.forbidden", "centre": "web.forbidden", "notary": "web.forbidden",
        "stranger": "tender.not-entitled",
    }  # fmt: skip
    assert play.seen["chosen"] == "web.forbidden"
    assert play.seen["after the lock"] == "room.locked"
    assert (play.seen["opened"], play.seen["again"]) == ("tender.prices_opened", "prices.opened")


def test_the_second_opening_is_of_the_admitted_and_has_a_window_of_its_own(play: Play) -> None:
    admitted = {play.prices[n] for n in PRICES if n != FAILS}
    assert set(play.seen["listed second"]) == admitted
    first, second = play.seen["first window"], play.seen["second window"]
    assert (first["envelope"], second["envelope"], second["phase"]) == (1, 2, "opening")
    assert second["ends_at"] > first["ends_at"]


def test_the_price_of_who_failed_stays_sealed_and_provably_unopened(play: Play) -> None:
    shut = play.prices[FAILS]
    assert len(_released(play, play.prices[0])) == 3  # two shares and a verdict
    assert _released(play, shut) == []  # none of it is in any entry, disclosed or withheld
    row = next(b for b in play.seen["read out"]["bids"] if b["org"] == code(FAILS))
    assert (row["effect"], row["price"], row["envelope"]) == ("sealed", None, shut)
    held = result.state_of(play.platform, NAME).lots[0].rows
    assert next(r for r in held if r.bidder == code(FAILS)).price is None


def _released(play: Play, envelope: str) -> list[str]:
    """The acts that gave a share or a verdict of an envelope, out of every entry of the lot's box."""
    found = []
    for raw in _entries(play.platform, facts.box(NAME, LOT)):
        body = json.loads(raw)
        told = json.dumps(body["data"].get("outcome", {}))
        if body["act"] in ("opening.shares_released", "opening.envelopes_judged") and envelope in told:
            found.append(body["act"])
    return found


def _entries(platform: Platform, stream: str) -> list[bytes]:
    with reading(platform.engine) as db:
        return [body for _, body, _, _ in since(db, stream, 0, 2**62)]


def test_a_corrected_price_keeps_the_technical_envelope_and_the_first_price_is_never_listed(play: Play) -> None:
    bid = next(b for b in play.box().listed if play.technical[CORRECTS] in b.envelopes)
    assert bid.envelopes == (play.technical[CORRECTS], play.prices[CORRECTS])
    assert play.seen["superseded"] not in {id for b in play.box().listed for id in b.envelopes}


def test_a_price_envelope_without_a_price_falls_by_its_bidders_fault(play: Play) -> None:
    row = next(b for b in play.seen["read out"]["bids"] if b["org"] == code(UNPRICED))
    assert (row["effect"], row["price"]) == ("revoked", None)
    ballot = next(b for b in play.box().on_stage if b.envelope == play.prices[UNPRICED])
    assert (ballot.verdict, ballot.fault) == ("malformed(bidder)", "bidder")
    room = evaluation.room(play.platform, NAME, LOT)
    assert [(f.bid, f.effect) for f in room.fallen] == [(code(UNPRICED), "revoked")]
    assert code(UNPRICED) not in {r.bid for r in room.rejected}


def test_prices_come_into_the_room_once_from_the_finished_opening_and_by_the_centre_alone(play: Play) -> None:
    assert (play.seen["not finished"], play.seen["summary early"]) == ("box.wrong-phase", "room.prices-sealed")
    assert set(play.seen["who may enter"].values()) == {"web.forbidden"}
    assert (play.seen["entered"], play.seen["entered twice"]) == ("evaluation.prices_entered", "room.twice")


def test_each_opening_has_a_record_of_its_own(play: Play) -> None:
    lot = result.state_of(play.platform, NAME).lots[0]
    assert (play.seen["second record"], play.seen["third record"]) == ("tender.opening_recorded", "prices.opened")
    assert len({lot.record_sha256, lot.prices_sha256, ""}) == 3
    assert play.platform.vault.read(lot.prices_sha256).startswith(b"%PDF")
    assert [m.key for m in result.state_of(play.platform, NAME).timeline if m.key.startswith("prices")] == [
        "prices-opened", "prices-recorded",
    ]  # fmt: skip


def test_both_envelopes_of_a_bid_are_read_for_clues(play: Play) -> None:
    found = {bidder.org: index for bidder, index in plaintexts.opened(play.platform, NAME, LOT)}
    assert set(found) == {code(0), code(2), code(4), code(FOREIGN)}
    assert [f.name for f in found[code(0)].files] == ["技术标.pdf", "清单.pdf"]
    assert found[code(0)].answers["quality"] == "合格"


def test_everything_is_decided_again_from_the_log_alone(play: Play) -> None:
    report = audit.replay(play.platform)
    assert report.clean, report.divergences
    assert report.levels == ("L0", "L1", "L2", "L3")


def test_the_open_data_says_how_bids_are_opened_and_names_no_price_that_stayed_sealed(play: Play) -> None:
    release = play.seen["ocds"]
    assert "双信封" in release["tender"]["submissionMethodDetails"]
    priced = {d["tenderers"][0]["id"] for d in release["bids"]["details"] if "value" in d}
    assert priced == {code(n) for n in PRICES if n not in (FAILS, UNPRICED)}


def test_anybody_computes_the_evaluation_again_from_its_data(play: Play) -> None:
    policy = parse_policy(own_policy(play.platform.ledger.notary.keys))
    report = verify_proof(evaluation.data(play.platform, NAME, LOT), policy)
    assert report.holds, report.text()


def test_a_dossier_of_the_tender_its_box_and_its_room_verifies(play: Play) -> None:
    ledger = play.platform.ledger
    streams = [facts.tender(NAME), facts.box(NAME, LOT), facts.room(NAME, LOT)]
    files = dossier(ledger, streams, own_policy(ledger.notary.keys), blobs_of(play.platform.vault.read), everything=True)
    assert verify_files(files, own_policy(ledger.notary.keys)).text() == ""


@pytest.mark.parametrize(
    ("where", "lang", "said"),
    [
        ("", "zh", "双信封"), ("", "en", "two envelopes"),
        (f"/lots/{LOT}", "zh", "双信封"), (f"/lots/{LOT}", "en", "two envelopes"),
        (f"/lots/{LOT}/opening", "zh", "第二信封"), (f"/lots/{LOT}/opening", "en", "Second envelopes"),
        (f"/lots/{LOT}/opening", "zh", "第一信封"), (f"/lots/{LOT}/opening", "en", "First envelopes"),
    ],
)  # fmt: skip
def test_the_pages_show_both_envelopes_in_both_languages(play: Play, where: str, lang: str, said: str) -> None:
    assert said in play.seen["pages"][where, lang]
