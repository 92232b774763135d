"""The committee over HTTP alone: rehearsed, frozen, bound, drawn, called, replaced, at work, named, proved; who may do what.

The opening and the award around it are played by the desks.
"""

import secrets
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import convert, to_builtins
from msgspec.structs import replace
from sqlalchemy import select

from archive.canonical import decode, encode
from archive.database import reading
from archive.ledger.export import own_policy
from archive.merkle import check_inclusion, leaf_hash
from archive.policy import parse_policy
from archive.proofs import check_proof
from archive.values import DAY, HOUR, MINUTE, SECOND, Instant, instant_text
from bidding.tool import Place
from experts import vrf
from experts.draw import audited
from experts.entropy import commit
from experts.evaluation.marking import marks_commitment
from experts.panel import messages as p
from experts.proof import verify_proof
from experts.proof.form import Opened, Proof
from experts.snapshot import commitment_of
from tests import theatre
from tests.functional.conftest import LOT, PASSWORD, TENDER, House
from tests.theatre import OPEN_FROM, World, configured, register
from trading import app
from trading.commands import Award, PublishCandidates
from trading.demo import cast, works
from trading.demo.players import supplier
from trading.demo.prologue import POOL
from trading.demo.stage import Script, Stage
from trading.desk import audit, bell, evaluation, opening, printing, result
from trading.platform import Platform
from trading.roles import ROLES
from trading.tables import session_record
from trading.web.drawing import DRAWERS, PLANNERS, WATCHERS

DRAW = f"/api/tenders/{TENDER}/lots/{LOT}/draw"
ROOM = f"/api/tenders/{TENDER}/lots/{LOT}/evaluation"
CONTRIBUTORS = ("agency", "regulator", "platform", "bidder:1", "bidder:2")
SPEAKS = {"agency": "agency", "regulator": "regulator", "platform": "centre", "bidder:1": "bidder", "bidder:2": "rival"}
PEOPLE = (
    ("rival", "bidder", cast.SUPPLIERS[6].code), ("stranger", "agency", cast.AGENCY_GOODS.code),
    ("member", "member", cast.BUILDER.code),
)  # fmt: skip
"""Besides those whom the theatre knows."""
PRICES = {0: 4_586_000, 1: 4_612_500, 4: 4_498_000}


def wanted(key: str, deadline: Instant, **changes: Any) -> dict[str, Any]:
    """A plan of four experts and one representative, as the agency sends it."""
    return {
        "alg": "xdraw/1",
        "draw_id": f"{TENDER}.{LOT}",
        "lot": LOT,
        "attempt": 1,
        "seats": [{"cat": "A0801", "k": 1}, {"cat": "A0802", "k": 2}, {"cat": "A0803", "k": 1}],
        "rules": {"admitted_max": 20260908, "load_max": 6, "max_per_employer": 1, "region_max": {"5305": 3}},
        "sealed": "",
        "contributors": list(CONTRIBUTORS),
        "reveal_deadline": instant_text(deadline)[:19] + "Z",
        "beacon": {"type": "none"},
        "representatives": 1,
        "min_list": 6,
        "vrf": [{"role": "regulator", "key": key}],
    } | changes


@dataclass
class Play:
    """The client, who is known to it, and what was answered at each moment."""

    platform: Platform
    folder: Path
    client: TestClient[Any]
    seen: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, login: str, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request of somebody, who logs in again where his session is over."""
        sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        answer = self.client.request(verb, path, headers={"Authorization": f"Bearer {self.tokens.get(login, '')}"}, **sent)
        if answer.status_code == 401:
            entered = self.client.post("/api/session", json={"login": login, "password": PASSWORD})
            self.tokens[login] = entered.json()["token"]
            return self.ask(login, verb, path, body)
        return answer.status_code, answer.json()

    def do(self, login: str, path: str, body: Any) -> Any:
        """The same, and it must succeed."""
        status, said = self.ask(login, "POST", path, body)
        assert status in (200, 201), said
        return said

    def refused(self, login: str, path: str, body: Any) -> str:
        """The same, and it must be refused: with which code."""
        status, said = self.ask(login, "POST", path, body)
        assert status in (400, 403, 404, 422), said
        assert said["type"] == "urn:sunlit:" + said["code"]
        return str(said["code"])

    def seats(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("regulator", "GET", f"{DRAW}/contacts")[1]["seats"]
        return found

    def accounts(self, *people: tuple[str, str, str]) -> None:
        self.seen |= register(self.platform, configured(self.folder), people)

    def expert(self, id: str) -> str:
        """The login of an expert, who gets an account when he is first called."""
        if id.lower() not in self.seen:
            self.accounts((id.lower(), "expert", id))
        return id.lower()


def played(folder: Path) -> Play:
    stage = Stage(OPEN_FROM + DAY)
    platform = app.build(configured(folder), stage.clock)
    client = TestClient(app.web(platform, configured(folder), embedded=False), base_url="http://sunlit.local")
    play = Play(platform, folder, client)
    play.accounts(*PEOPLE)

    def ring(until: Instant) -> Instant | None:
        bell.rung(platform)
        return bell.upcoming(platform, until)

    with client:
        stage.play([_script(play)], ring)
        status, play.seen["proof"] = 200, client.get(f"{DRAW}/proof").content
    assert status == 200
    return play


def _script(play: Play) -> Script:
    platform = play.platform
    suppliers = {n: supplier(cast.SUPPLIERS[n], platform.random) for n in PRICES}
    yield works.day(10, 7, 10)
    yield from _drawn(play)
    yield from _called(play)
    place, rules = Place(TENDER, LOT), opening.policy_of(platform, TENDER, LOT)
    for n, yuan in PRICES.items():
        form = works.form(suppliers[n].unit, yuan, 118 + n, f"钱演{n}")
        sealed = suppliers[n].seal(platform, place, rules, form, {"a.pdf": b"a"}, platform.clock())
        suppliers[n].hand_in(platform, place, [sealed], platform.clock())
    yield works.day(10, 9, 9) + SECOND
    yield works.day(10, 9, 9, 10)
    for j, keeper in ((1, theatre.played().keepers[0]), (3, theatre.played().keepers[2])):
        keeper.release(platform, TENDER, LOT, j)
    yield works.day(10, 9, 9, 12)
    opening.finish(platform, works.AGENCY, TENDER, LOT)
    opening.record(platform, works.AGENCY, TENDER, LOT, printing.opening(platform, TENDER, LOT))
    play.do("centre", f"{DRAW}/acts", {"type": "panel.screen"})
    _answer_all(play)
    play.do("centre", f"{DRAW}/acts", {"type": "panel.complete"})
    yield works.day(10, 9, 10)
    terms = {
        "conformity": [to_builtins(c) for c in works.CONFORMITY],
        "qualification": [to_builtins(c) for c in works.QUALIFICATION],
    }
    play.seen["uninvited"] = play.refused("agency", ROOM, terms)
    play.seen["room"] = play.do("centre", ROOM, terms)["act"]
    play.seen["unready"] = play.refused("centre", f"{ROOM}/record", {})
    _room(play)
    play.seen["report"] = play.do("centre", f"{ROOM}/record", {})["act"]
    play.seen["early"] = play.refused("agency", f"{DRAW}/acts", {"type": "panel.disclose", "award": ""})
    yield works.day(10, 10, 9)
    until = works.day(10, 14, 0)
    printed = printing.candidates(platform, TENDER, LOT, until)
    shown = PublishCandidates(LOT, platform.clock() + SECOND, until, "中标候选人公示", printed.sha256)
    result.step(platform, works.AGENCY, TENDER, shown, printed.blobs)
    yield until + 9 * HOUR
    first = result.state_of(platform, TENDER).lots[0].evaluation
    assert first is not None
    result.step(platform, works.OWNER, TENDER, Award(LOT, first.ranking[0].bidder))
    play.do("agency", f"{DRAW}/acts", {"type": "panel.disclose", "award": ""})
    platform.publishing.round()


def _drawn(play: Play) -> Script:
    """Snapshot, rehearsals, plan, commitments, reveals, the last input, the seats."""
    clock, secret = play.platform.clock, secrets.token_bytes(32)
    key = vrf.public_key(secret).hex()
    deadline = works.day(10, 8, 16)
    plan = {"plan": wanted(key, deadline), "pool": POOL}
    play.seen["no snapshot"] = play.refused("agency", f"{DRAW}/preview", plan)
    play.seen["not the centre"] = play.refused("agency", f"/api/pools/{POOL}/snapshots", None)
    play.do("centre", f"/api/pools/{POOL}/snapshots", None)
    play.seen["same day"] = play.refused("agency", f"{DRAW}/plan", plan)
    yield works.day(10, 8, 14)
    play.seen["no key"] = play.refused("agency", f"{DRAW}/plan", plan)
    play.seen["no supplier's key"] = play.refused("bidder", "/api/draw-keys", {"key": key})
    play.seen["agency's key"] = play.do("agency", "/api/draw-keys", {"key": key})
    play.seen["another's key"] = play.refused("agency", f"{DRAW}/preview", plan)
    play.do("regulator", "/api/draw-keys", {"key": key})
    play.seen["key twice"] = play.refused("regulator", "/api/draw-keys", {"key": key})
    play.seen["preview"] = play.do("agency", f"{DRAW}/preview", plan)
    long = wanted(key, deadline, min_list=500)
    play.seen["short"] = play.do("agency", f"{DRAW}/preview", {"plan": long, "pool": POOL})["reason"]
    play.seen["phase before"] = play.client.get(DRAW).json()["phase"]
    for name, changes in {
        "even": {"representatives": 2}, "seat nobody": {"seats": []}, "giant": {"seats": [{"cat": "A0801", "k": 10**9}]},
        "another lot": {"lot": "2"}, "unknown party": {"contributors": ["mayor"]}, "sealed": {"sealed": "0" * 64},
        "no outsider": {"contributors": ["agency", "regulator"]},
    }.items():  # fmt: skip
        play.seen[name] = play.refused("agency", f"{DRAW}/preview", {"plan": wanted(key, deadline, **changes), "pool": POOL})
    play.seen["stranger"] = play.refused("stranger", f"{DRAW}/plan", plan)
    play.seen["planned"] = play.do("agency", f"{DRAW}/plan", plan)
    play.seen["frozen"] = play.refused("agency", f"{DRAW}/plan", plan)
    ctx = bytes.fromhex(play.client.get(DRAW).json()["ctx"])
    nonces = {role: secrets.token_bytes(32) for role in CONTRIBUTORS}
    for role in CONTRIBUTORS:
        bound = {"type": "panel.commit", "role": role, "c": commit(ctx, role, nonces[role]).hex()}
        play.seen[f"committed {role}"] = play.do(SPEAKS[role], f"{DRAW}/acts", bound)
    for role in CONTRIBUTORS[:-1]:  # the last supplier withholds its own, and the slot is filled
        play.do(SPEAKS[role], f"{DRAW}/acts", {"type": "panel.reveal", "role": role, "r": nonces[role].hex()})
    play.seen["alpha early"] = play.ask("regulator", "GET", f"{DRAW}/alpha")[1]["code"]
    play.seen["draw early"] = play.refused("regulator", f"{DRAW}/execution", {})
    play.platform.publishing.round()
    lines = play.client.get("/api/log", params={"stream": f"panel/{TENDER}.{LOT}"}).json()["items"]
    play.seen["log"] = [line["text"] for line in lines]
    yield deadline + 15 * MINUTE
    play.seen["alpha of another"] = play.ask("agency", "GET", f"{DRAW}/alpha")[1]["code"]
    alpha = bytes.fromhex(play.ask("regulator", "GET", f"{DRAW}/alpha")[1]["alpha"])
    forged = {"proofs": [{"role": "regulator", "pi": "00" * 80}]}
    play.seen["forged"] = play.refused("agency", f"{DRAW}/execution", forged)
    proofs = {"proofs": [{"role": "regulator", "pi": vrf.prove(secret, alpha)[0].hex()}]}
    play.do("regulator", f"{DRAW}/execution", proofs)
    play.seen["again"] = play.refused("regulator", f"{DRAW}/execution", proofs)
    play.seen["public"] = play.client.get(DRAW).json()
    assert clock() > deadline


def _called(play: Play) -> Script:
    """Seat 0 declines and the next is called; seat 1 never answers; the others accept."""
    first = play.seats()[0]["expert"]
    play.do("centre", f"{DRAW}/acts", {"type": "panel.call", "seat": 0, "channel": "voice"})
    login = play.expert(first)
    play.seen["bare"] = play.refused(login, f"{DRAW}/acts", {"type": "panel.reply", "seat": 0, "reply": "decline"})
    paper = play.do(login, "/api/files", "婉拒(演示)".encode())["sha256"]
    decline = {"type": "panel.reply", "seat": 0, "reply": "decline", "evidence": paper}
    play.seen["for another"] = play.refused("centre", f"{DRAW}/acts", decline)
    play.do(login, f"{DRAW}/acts", decline)
    play.seen["declined"] = first
    play.seen["own lines"] = play.ask(login, "GET", "/api/calls")[1]["items"]
    silence = {"type": "panel.reply", "seat": 1, "reply": "timeout", "evidence": paper}
    play.seen["silent"] = play.seats()[1]["expert"]
    for _ in range(3):
        play.do("centre", f"{DRAW}/acts", {"type": "panel.call", "seat": 1, "channel": "voice"})
        play.seen["hasty"] = play.refused("centre", f"{DRAW}/acts", silence)
        yield play.platform.clock() + 31 * MINUTE
    play.do("centre", f"{DRAW}/acts", silence)
    named = {"type": "panel.name-representatives", "representatives": [{"id": play.seen["member"], "name": "代表甲(演示)"}]}
    play.do("owner", f"{DRAW}/acts", named)
    play.seen["open seats"] = play.refused("centre", f"{DRAW}/acts", {"type": "panel.complete"})
    _answer_all(play)


def _answer_all(play: Play) -> None:
    for seat in play.seats():
        if seat["state"] != "accepted":
            play.do("centre", f"{DRAW}/acts", {"type": "panel.call", "seat": seat["seat"], "channel": "voice"})
            accept = {"type": "panel.reply", "seat": seat["seat"], "reply": "accept"}
            play.do(play.expert(seat["expert"]), f"{DRAW}/acts", accept)


def _room(play: Play) -> None:
    """The members' own acts and the clerk's, each by the account that may."""
    room = evaluation.room(play.platform, TENDER, LOT)
    members = {s.member.id: play.expert(s.member.id) if not s.member.representative else "member" for s in room.active}
    letter = play.do("centre", "/api/files", "承诺书(演示)".encode())["sha256"]
    for n, (id, login) in enumerate(members.items()):
        play.do(login, f"{ROOM}/acts", {"type": "room.check-in", "member": id, "station": f"s{n}", "proof": letter})
        play.do(login, f"{ROOM}/acts", {"type": "room.letter", "member": id, "sha256": letter})
    leader = next(id for id, login in members.items() if login != "member")
    play.do("centre", f"{ROOM}/acts", {"type": "room.elect", "votes": dict.fromkeys(members, leader)})
    bids = [b.id for b in room.valid]
    for stage, act, clauses in (
        ("qualification", "room.qualify", works.QUALIFICATION), ("conformity", "room.conform", works.CONFORMITY),
    ):  # fmt: skip
        votes = [{"bid": bid, "clause": c.id, "passed": True, "note": ""} for bid in bids for c in clauses]
        for id, login in members.items():
            play.do(login, f"{ROOM}/acts", {"type": act, "member": id, "votes": votes})
        play.do("centre", f"{ROOM}/acts", {"type": "room.conclude", "stage": stage})
    salt, sheet = bytes(32), {bid: {"org": "20", "team": "8", "record": "4"} for bid in bids}
    for id, login in members.items():
        bound = {"type": "room.commit-marks", "member": id, "commitment": marks_commitment(id, salt, sheet)}
        play.do(login, f"{ROOM}/acts", bound)
    for id, login in members.items():
        play.do(login, f"{ROOM}/acts", {"type": "room.reveal-marks", "member": id, "salt": salt.hex(), "marks": sheet})
    play.do("centre", f"{ROOM}/acts", {"type": "room.summarise"})
    report = evaluation.room(play.platform, TENDER, LOT).report
    for id, login in members.items():
        play.do(login, f"{ROOM}/acts", {"type": "room.sign", "member": id, "report": report})
    play.do("centre", f"{ROOM}/acts", {"type": "room.submit"})


@pytest.fixture(scope="module")
def play(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """The theatre's tender while bids are taken, and from there its draw over HTTP."""
    folder = tmp_path_factory.mktemp("draw") / "copy"
    shutil.copytree(world.open, folder)
    made = played(folder)
    yield made
    made.platform.engine.dispose()


def test_a_preview_tells_lengths_and_counts_and_draws_nobody(play: Play) -> None:
    told = play.seen["preview"]
    assert set(told["lengths"]) == {"A0801", "A0802", "A0803"}
    assert min(told["lengths"].values()) >= 6
    assert told["reason"] == ""
    for cat, turned in told["counts"].items():
        assert told["lengths"][cat] + sum(turned.values()) == told["n"] == 200
    assert (play.seen["short"], play.seen["phase before"]) == ("SHORT_LIST", "new")


def test_the_preview_tells_what_the_draw_then_publishes(play: Play) -> None:
    public = play.seen["public"]
    assert (public["lengths"], public["counts"]) == (play.seen["preview"]["lengths"], play.seen["preview"]["counts"])
    assert public["root"] == play.seen["preview"]["root"]


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("no snapshot", "draw.snapshot.rule"), ("same day", "draw.snapshot.rule"), ("not the centre", "web.forbidden"),
        ("even", "draw.plan.composition"), ("seat nobody", "draw.plan.form"), ("giant", "draw.plan.form"),
        ("another lot", "draw.plan.form"), ("sealed", "draw.plan.form"), ("unknown party", "draw.role"),
        ("no outsider", "draw.plan.entropy"), ("stranger", "panel.not-entitled"), ("frozen", "draw.plan.frozen"),
        ("alpha early", "draw.early"), ("draw early", "draw.early"), ("alpha of another", "panel.not-entitled"),
        ("forged", "draw.vrf"), ("again", "draw.twice"), ("bare", "panel.evidence"), ("for another", "web.forbidden"),
        ("no key", "draw.vrf.key"), ("another's key", "draw.vrf.key"), ("no supplier's key", "web.forbidden"),
        ("key twice", "org.draw-key"), ("hasty", "panel.reply.early"), ("open seats", "panel.incomplete"),
        ("early", "panel.award"),
    ],
)  # fmt: skip
def test_what_is_out_of_order_is_refused_with_its_code(play: Play, moment: str, code: str) -> None:
    assert play.seen[moment] == code


def test_the_seats_go_forward_after_a_decline_and_a_silence(play: Play) -> None:
    status, told = play.ask("regulator", "GET", f"{DRAW}/contacts")
    assert status == 200
    kinds = {(r["expert"], r["kind"]) for r in told["replies"]}
    assert {(play.seen["declined"], "decline"), (play.seen["silent"], "timeout")} <= kinds
    assert not {play.seen["declined"], play.seen["silent"]} & {s["expert"] for s in told["seats"]}
    assert {s["state"] for s in told["seats"]} == {"accepted"}
    assert [(line["kind"]) for line in play.seen["own lines"]] == ["decline"]


def test_the_regulators_reading_is_itself_on_record(play: Play) -> None:
    with reading(play.platform.engine) as db:
        assert max(db.execute(select(session_record.c.views)).scalars()) > 0


def test_the_regulator_audits_one_record_in_a_hundred_that_the_seed_chose(play: Play) -> None:
    status, told = play.ask("regulator", "GET", f"{DRAW}/audit")
    public = play.client.get(DRAW).json()
    assert (status, told["root"], public["pool"]) == (200, public["root"], 200)
    assert [r["leaf_index"] for r in told["records"]] == audited(bytes.fromhex(public["seed"]), 200)
    assert len(told["records"]) == 2
    for line in told["records"]:
        opened = convert(line, Opened)
        rc = commitment_of(opened.record, bytes.fromhex(opened.salt))
        path = [bytes.fromhex(node) for node in opened.path]
        assert check_inclusion(opened.leaf_index, 200, leaf_hash(rc), bytes.fromhex(told["root"]), path)
    assert play.ask("centre", "GET", f"{DRAW}/audit")[0] == 403


def test_nothing_of_the_seats_is_public_before_the_award(play: Play) -> None:
    public = play.seen["public"]
    assert (public["phase"], public["seed"], public["seats"]) == ("drawn", "", [])
    assert len(public["result"]) == 64


def test_a_suppliers_commitment_does_not_name_it_before_the_award(play: Play) -> None:
    said = "".join(play.seen["log"])
    assert cast.AGENCY_WORKS.code in said
    assert not [unit.code for unit in (cast.SUPPLIERS[2], cast.SUPPLIERS[6]) if unit.code in said]


def test_the_proof_that_anybody_downloads_holds_and_names_who_withheld(play: Play) -> None:
    report = verify_proof(play.seen["proof"], parse_policy(own_policy(play.platform.ledger.notary.keys)))
    assert (report.holds, [c.name for c in report.checks][-1]) == (True, "log")
    told = play.client.get(DRAW).json()
    assert [c["role"] for c in told["contributions"] if c["withheld"]] == ["bidder:2"]
    assert len(told["seats"]) == 4
    assert all(seat["name"] for seat in told["seats"])


def test_the_proof_shows_that_the_key_was_on_record_before_the_plan(play: Play) -> None:
    policy = parse_policy(own_policy(play.platform.ledger.notary.keys))
    proof = decode(play.seen["proof"], Proof)
    registered = [text for text in proof.log if b"org.register-draw-key" in (check_proof(b64decode(text), policy).body or b"")]
    assert len(registered) == 1
    rest = tuple(text for text in proof.log if text not in registered)
    others = b64encode(play.seen["agency's key"]["receipt"].encode()).decode()

    def told(*log: str) -> tuple[str, bool]:
        report = verify_proof(encode(replace(proof, log=log)), policy)
        return report.checks[-1].wrong, any("since when the VRF keys" in note for note in report.notes)

    assert told(*proof.log) == ("", False)
    assert told(*rest) == ("", True)
    assert told(others, *rest) == ("the key of regulator was not on record before the plan", False)


def test_every_receipt_on_the_way_holds(play: Play) -> None:
    policy = parse_policy(own_policy(play.platform.ledger.notary.keys))
    for moment in ("planned", *(f"committed {role}" for role in CONTRIBUTORS)):
        receipt = play.seen[moment]
        assert check_proof(receipt["receipt"].encode(), policy).body is not None


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("uninvited", "web.forbidden"),
        ("unready", "room.phase"),
        ("room", "evaluation.opened"),
        ("report", "tender.evaluated"),
    ],
)
def test_the_centre_opens_the_room_and_puts_its_report_on_record(play: Play, moment: str, found: str) -> None:
    assert play.seen[moment] == found


def test_the_whole_journey_replays_clean(play: Play) -> None:
    assert audit.replay(play.platform).clean


ROUTES = {
    "preview": PLANNERS,
    "plan": PLANNERS,
    "execution": DRAWERS,
}
COMMANDS: dict[str, p.Command] = {
    "decide to appoint": p.DecideAppointment(LOT, "RS-1", "cheap", "演示", ()),
    "appoint": p.AppointExperts(()),
    "commit agency": p.CommitNonce("agency", "0" * 64),
    "commit principal": p.CommitNonce("principal", "0" * 64),
    "commit regulator": p.CommitNonce("regulator", "0" * 64),
    "commit platform": p.CommitNonce("platform", "0" * 64),
    "commit notary": p.CommitNonce("notary", "0" * 64),
    "commit bidder": p.CommitNonce("bidder:1", "0" * 64),
    "commit nobody": p.CommitNonce("mayor", "0" * 64),
    "reveal agency": p.RevealNonce("agency", "0" * 64),
    "reveal bidder": p.RevealNonce("bidder:1", "0" * 64),
    "escrow": p.OpenFromEscrow("agency", "0" * 64, ("regulator", "notary")),
    "call": p.CallExpert(0, "voice"),
    "deliver": p.RecordDelivery(0, 1, "0" * 64),
    "silence": p.RecordReply(0, "timeout", "0" * 64),
    "answer": p.RecordReply(0, "accept"),
    "leave": p.VacateSeat(0, "recusal", "0" * 64),
    "replace": p.ReplaceSeat(0),
    "screen": p.ScreenConflicts(),
    "represent": p.NameRepresentatives(()),
    "complete": p.CompletePanel(),
    "disclose": p.DisclosePanel(""),
    "publish": p.PublishDraw(),
    "draw": p.ExecuteDraw(),
}
ALLOWED = {
    "decide to appoint": {"tenderer"}, "appoint": {"tenderer"},
    "commit agency": {"agency"}, "commit principal": {"tenderer"}, "commit regulator": {"regulator"},
    "commit platform": {"centre"}, "commit notary": {"notary"}, "commit bidder": {"bidder"},
    "reveal agency": {"agency"}, "reveal bidder": {"bidder"}, "escrow": {"regulator", "notary", "centre"},
    "call": {"centre"}, "silence": {"centre"}, "screen": {"centre", "regulator"}, "represent": {"tenderer"},
    "complete": {"centre"}, "disclose": {"agency", "tenderer", "centre"},
}  # fmt: skip
"""Who is let through to the rules; an expert answers and leaves for a seat of his own only, and there is none here."""


@pytest.fixture(scope="module")
def tokens(scratch: House) -> dict[str, str]:
    """A session of an account of every role, all of the centre's organisation, which is as much as a role can ask for."""
    cells = tuple((f"cell-{role}", role, cast.CENTRE.code) for role in ROLES)
    register(scratch.platform, scratch.application.state["site"].configuration, cells)
    return {role: scratch.login(f"cell-{role}")["Authorization"] for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_through_to_its_own_acts_and_no_other(scratch: House, tokens: dict[str, str], role: str) -> None:
    through = set()
    for name, command in COMMANDS.items():
        body = to_builtins(command)
        answer = scratch.client.post(f"{DRAW}/acts", json=body, headers={"Authorization": tokens[role]})
        assert answer.status_code in (403, 422), (name, answer.text)
        if answer.status_code != 403:
            through.add(name)
    assert through == {name for name, roles in ALLOWED.items() if role in roles}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_only_its_own_routes(scratch: House, tokens: dict[str, str], role: str) -> None:
    headers = {"Authorization": tokens[role]}
    body = {"plan": wanted("00" * 32, 0), "pool": POOL}
    sent = {"preview": body, "plan": body, "execution": {}}
    for path, roles in ROUTES.items():
        answer = scratch.client.post(f"{DRAW}/{path}", json=sent[path], headers=headers)
        assert (answer.json()["code"] == "web.forbidden") == (role not in roles), (path, answer.text)
    for path, roles in {"alpha": DRAWERS, "contacts": WATCHERS, "audit": WATCHERS}.items():
        answer = scratch.client.get(f"{DRAW}/{path}", headers=headers)
        assert (answer.status_code == 403) == (role not in roles), (path, answer.text)


@pytest.mark.parametrize("path", ["preview", "plan", "execution", "acts"])
def test_whoever_is_not_logged_in_does_nothing_in_a_draw(scratch: House, path: str) -> None:
    sent = {"acts": {"type": "panel.complete"}, "execution": {}}.get(path, {"plan": wanted("00" * 32, 0), "pool": POOL})
    answer = scratch.client.post(f"{DRAW}/{path}", json=sent)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"plan": {}, "pool": POOL}, 400), ({"plan": wanted("00" * 32, 0), "pool": "../etc"}, 400),
        ({"plan": wanted("zz", 0), "pool": "nobody"}, 422), ([], 400), ("x", 400),
    ],
)  # fmt: skip
def test_a_plan_that_is_none_is_answered_with_a_problem(scratch: House, body: object, status: int) -> None:
    answer = scratch.client.post(f"{DRAW}/preview", json=body, headers=scratch.login("agency"))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_draw_of_a_tender_that_is_not_there_is_missing(scratch: House) -> None:
    answer = scratch.client.post("/api/tenders/none/lots/1/draw/execution", json={}, headers=scratch.login("regulator"))
    assert (answer.status_code, answer.json()["code"]) == (404, "tender.missing")


def test_a_pool_is_told_without_names(scratch: House) -> None:
    assert scratch.client.get(f"/api/pools/{POOL}").json()["categories"] == "316-demo"
    assert scratch.client.get("/api/pools/none").json()["code"] == "pool.missing"


def test_the_tenderer_appoints_in_public_and_names_in_secret(bidding: House) -> None:
    owner, centre = bidding.login("owner"), bidding.login("centre")
    decision = {
        "type": "panel.decide-appointment", "lot": "?", "rule_set": "?", "ground": "complex", "least": 1,
        "reason": "量子密钥装置,库内无此专业", "seats": [{"cat": "A0801", "k": 4}], "representatives": 1,
    }  # fmt: skip
    refused = bidding.client.post(f"{DRAW}/acts", json=decision | {"ground": "cheap"}, headers=owner)
    assert (refused.status_code, refused.json()["code"], refused.json()["law"]) == (
        422, "panel.appoint.ground", "招标投标法实施条例 第四十七条",
    )  # fmt: skip
    unsent = bidding.client.post(f"{DRAW}/acts", json=decision | {"consent_sha256": "0" * 64}, headers=owner)
    assert unsent.json()["code"] == "panel.appoint.consent"
    assert bidding.client.post(f"{DRAW}/acts", json=decision, headers=owner).status_code == 201
    people = [{"id": e.id, "cat": "A0801"} for e in cast.experts(200)[:4]]
    named = {"type": "panel.appoint", "experts": [{"id": "X1", "cat": "A0801"}, *people[1:]]}
    assert bidding.client.post(f"{DRAW}/acts", json=named, headers=owner).json()["code"] == "panel.appoint.experts"
    done = bidding.client.post(f"{DRAW}/acts", json=named | {"experts": people}, headers=owner)
    assert done.status_code == 201, done.text
    public = bidding.client.get(DRAW).json()
    assert (public["appointment"]["ground"], public["appointment"]["rule_set"]) == ("complex", "RS-1")
    assert public["seats"] == []
    page = bidding.client.get(DRAW.removeprefix("/api"), headers={"Accept": "text/html"}).text
    assert "量子密钥装置" in page
    assert people[0]["id"] not in page
    call = {"type": "panel.call", "seat": 0, "channel": "voice"}
    assert bidding.client.post(f"{DRAW}/acts", json=call, headers=centre).status_code == 201
    early = bidding.client.post(f"{DRAW}/execution", json={}, headers=centre)
    assert (early.status_code, early.json()["code"]) == (422, "panel.phase")
    bidding.platform.publishing.round()
    lines = bidding.client.get("/api/log", params={"stream": f"panel/{TENDER}.{LOT}"}).json()["items"]
    said = "".join(line["text"] for line in lines)
    assert "panel.appointment-decided" in said
    assert people[0]["id"] not in said
    assert bidding.client.get(f"{DRAW}/proof").json()["code"] == "draw.undisclosed"
    assert audit.replay(bidding.platform).clean
