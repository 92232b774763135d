"""A committee from the draw to the signed report, called by machine: declines, silence, a conflict, a recusal in the room.

The whole is played once; the tests look at what it left on record and at what it refused.
"""

import re
import secrets
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from litestar.testing import TestClient
from msgspec import json

from archive import outbox
from archive.canonical import decode
from archive.errors import Denied, Missing, Refused
from archive.ledger.export import own_policy
from archive.policy import parse_policy
from archive.signing import Signer
from archive.values import MINUTE, SECOND, Actor, Instant
from archive.vkeys import ED25519
from bidding.tool import Place
from experts.evaluation import Room
from experts.evaluation.messages import (
    AskMoreTime,
    CheckIn,
    ConcludeReview,
    Member,
    RecordDissent,
    Recuse,
    RefuseSign,
    ReplaceMember,
    ReviewConformity,
    ReviewQualification,
    SignLetter,
    SignReport,
    SubmitReport,
    Summarise,
)
from experts.panel import Panel
from experts.panel.messages import Named, VacateSeat
from experts.proof import main as verify_main
from experts.proof import verify_proof
from tests.conftest import complete
from trading import app, house
from trading.calling.answers import Answer, Delivery, Silence, answer_text
from trading.calling.carriers import Carried, Contact
from trading.calling.words import Words
from trading.cli.play import configured
from trading.demo import cast, steps, works
from trading.demo.players import speak, supplier
from trading.demo.programme import Programme
from trading.demo.prologue import POOL, prologue
from trading.demo.run import OPENS
from trading.demo.stage import Script, Stage
from trading.demo.steps import Lottery, Session
from trading.desk import audit, bell, calls, committee, evaluation, facts, opening, pool, printing
from trading.platform import Platform

NAME, LOT = works.NAME, works.LOT
PANEL = facts.panel(NAME, LOT)
PRICES = {0: 4_586_000, 1: 4_612_500, 4: 4_498_000, 3: 4_570_800}
KEY = Signer.from_seed("account", ED25519, bytes(32))
CODE = re.compile(r"答复码[:：]([a-z2-7]{24})")


@dataclass
class Postbag:
    """A carrier that keeps what it is given; some mailboxes are not there, and at first the server is away."""

    name: str = "mail"
    away: bool = True
    dead: set[str] = field(default_factory=set)
    got: list[tuple[str, Words]] = field(default_factory=list)

    def carry(self, contact: Contact, message: Words, at: Instant) -> Carried:
        if self.away:
            raise OSError("the mail server went away")
        if contact.mail in self.dead:
            return Carried(False, "550 unknown")
        self.got.append((contact.mail, message))
        return Carried(True, f"250 queued as {len(self.got)}")

    def code(self, expert: str) -> str:
        """The code of the last message to an expert."""
        text = next(words.text for to, words in reversed(self.got) if to == expert)
        found = CODE.search(text)
        assert found is not None
        return found[1]


@dataclass
class Play:
    """The platform and what happened on it."""

    platform: Platform
    post: Postbag
    folder: Path
    codes: dict[str, str] = field(default_factory=dict)
    released: list[tuple[int, int]] = field(default_factory=list)
    extended: int = 0
    void: Room | None = None
    recused: str = ""
    proof: bytes = b""

    def panel(self) -> Panel:
        state = self.platform.ledger.state(PANEL)
        assert isinstance(state, Panel)
        return state

    def room(self) -> Room:
        return evaluation.room(self.platform, NAME, LOT)

    def relay(self) -> None:
        """What the staff does: claim letters, take them, mark them done; a fault leaves the letter to be sent again."""
        for letter in outbox.claim(self.platform.engine, self.platform.clock()):
            if letter.task == committee.LETTER:
                try:
                    calls.deliver(
                        self.platform, {"mail": self.post}, Contact, lambda cat: pool.title(self.platform, cat), letter.payload
                    )
                except OSError:
                    continue
            outbox.done(self.platform.engine, letter.id, self.platform.clock())
        panel = self.panel()
        gone = sum(line.kind != "accept" for line in panel.replies)
        self.released.append((len({*panel.left, *(seat.id for seat in panel.seats)}), gone))

    def answer(self, seat: int, said: str, signature: bytes = b"") -> None:
        expert = self.panel().seats[seat].id
        self.codes[expert] = self.post.code(expert)
        calls.answer(self.platform, self.codes[expert], said, signature, lambda _id, sig, text: KEY.key.verifies(sig, text))


def played(folder: Path) -> Play:
    stage = Stage(OPENS)
    platform = house.assemble(configured(folder), stage.clock, secrets.token_bytes)
    complete(platform.engine)
    play = Play(platform, Postbag(), folder)

    def ring(until: Instant) -> Instant | None:
        bell.rung(platform)
        return bell.upcoming(platform, until)

    show = Programme(platform, lambda _play, _text: None)
    stage.play([prologue(show), _script(play, show)], ring)
    platform.ledger.checkpoint()
    return play


def _script(play: Play, show: Programme) -> Script:
    platform = play.platform
    yield works.day(9, 1, 9)
    yield from works._publish(show)
    suppliers = {n: supplier(cast.SUPPLIERS[n], platform.random) for n in PRICES}
    yield works.day(10, 7, 23)
    pool.snapshot(platform, POOL)
    how = Lottery(
        agency=cast.AGENCY_WORKS,
        principal=cast.BUILDER,
        seats=(("A0801", 1), ("A0802", 2), ("A0803", 1)),
        suppliers=(cast.SUPPLIERS[2], cast.SUPPLIERS[6]),
        representative=Named("R-1", "招标人代表甲(演示)"),
    )
    yield from steps.seated(show, "P1", NAME, LOT, how, works.day(10, 8, 10))
    yield from _calls(play)
    committee.represent(platform, speak(cast.BUILDER, "tenderer"), NAME, LOT, (how.representative,))
    place, rules = Place(NAME, LOT), opening.policy_of(platform, NAME, LOT)
    for n, yuan in PRICES.items():
        form = works.form(suppliers[n].unit, yuan, 118 + n, f"钱演{n}")
        sealed = suppliers[n].seal(platform, place, rules, form, {"a.pdf": b"a"}, platform.clock())
        suppliers[n].hand_in(platform, place, [sealed], platform.clock())
    yield works.day(10, 9, 9) + SECOND
    yield from works._open(show, suppliers)
    yield from _evaluate(play, show)
    yield from works._award(show, suppliers)
    play.proof = committee.proof(platform, NAME, LOT)


def _calls(play: Play) -> Script:
    """Seat 0 declines and its successor has a conflict; seat 1 is silent; seat 2's mailbox is dead; seat 3 signs."""
    platform = play.platform
    now = platform.clock()
    assert calls.begin(platform, NAME, LOT, "mail") == 4
    letter: dict[str, str | int] = {"panel": f"{NAME}.{LOT}", "seat": 0, "attempt": 1, "expert": play.panel().seats[0].id}
    with pytest.raises(Missing, match=r"call\.channel"):
        calls.deliver(platform, {}, Contact, str, letter)
    play.relay()  # the mail server is away: every letter comes again when its lease is over
    play.post.away = False
    yield now + 2 * MINUTE
    play.post.dead.add(play.panel().seats[2].id)
    play.relay()
    play.relay()  # nothing is sent twice
    signature = KEY.sign(answer_text(platform.ledger.origin, play.post.code(play.panel().seats[3].id), "accept"))
    play.answer(3, "accept", signature)
    play.answer(0, "decline")
    play.relay()
    _answered_on_the_page(play, 0, "conflict")
    play.relay()
    play.answer(0, "accept")
    for n in (1, 2, 3):  # three windows of thirty minutes; the bell calls again and again, then takes silence for an answer
        yield now + n * 31 * MINUTE
        play.relay()
    yield now + 95 * MINUTE
    play.relay()
    play.answer(1, "accept")
    play.answer(2, "accept")


def _answered_on_the_page(play: Play, seat: int, said: str) -> None:
    """The same by the form that the message leads to; a wrong code first."""
    expert = play.panel().seats[seat].id
    play.codes[expert] = play.post.code(expert)
    with TestClient(app.web(play.platform, configured(play.folder), embedded=False), base_url="http://sunlit.local") as client:
        assert "答复码" in client.get("/calls").text
        wrong = client.post("/calls", data={"code": "a" * 24, "answer": said})
        assert (wrong.status_code, "call.code" in wrong.text or "没有等待此答复码" in wrong.text) == (403, True)
        assert client.post("/calls", data={"code": play.codes[expert], "answer": "perhaps"}).status_code == 400
        unsigned = {"code": play.codes[expert], "answer": said, "signature": b64encode(bytes(64)).decode()}
        assert client.post("/api/calls", json=unsigned).json()["code"] == "call.proof"
        done = client.post("/calls", data={"code": play.codes[expert], "answer": said})
        assert (done.status_code, "已记录在案" in done.text) == (200, True)
        assert client.get(f"/api/tenders/{NAME}/lots/{LOT}/draw/proof").json()["code"] == "draw.undisclosed"


def _evaluate(play: Play, show: Programme) -> Script:
    platform = play.platform
    session = Session(
        works.QUALIFICATION, works.CONFORMITY, lambda _bid, _clause: (True, ""),
        lambda member, bid, item: "4" if item == "record" else str(5 + sum(map(ord, member + bid + item)) % 5),
    )  # fmt: skip

    def between() -> Script:
        yield from _succession(play, session)
        for member in [s.member.id for s in play.room().active][:2]:
            steps.say(platform, NAME, LOT, member, AskMoreTime(member, "技术标篇幅较大"))
        play.extended = play.room().extensions

    yield from steps.evaluate(show, "P1", NAME, LOT, session, works.day(10, 9, 10, 30), between)
    first, second, *others = [s.member.id for s in play.room().active]
    steps.say(platform, NAME, LOT, first, RecordDissent(first, "对第二名的施工组织设计评分持不同意见"))
    report = play.room().report
    steps.say(platform, NAME, LOT, first, RefuseSign(first, "见书面不同意见"))
    steps.say(platform, NAME, LOT, second, RefuseSign(second))
    for member in others:
        steps.say(platform, NAME, LOT, member, SignReport(member, report))
    steps.say(platform, NAME, LOT, "clerk", SubmitReport())
    evaluation.record(platform, NAME, LOT, printing.evaluation(platform, NAME, LOT))


def _succession(play: Play, session: Session) -> Script:
    """A member finds a conflict after the reviews: out of the room and of the panel; the next one is called and starts afresh."""
    platform, room = play.platform, play.room()
    play.recused = out = next(s.member.id for s in room.active if not s.member.representative and s.member.id != room.leader)
    steps.say(platform, NAME, LOT, out, Recuse(out, "近亲属任职于投标人"))
    with pytest.raises(Refused, match=r"room\.vacant"):
        steps.say(platform, NAME, LOT, "clerk", Summarise())
    seat = next(i for i, s in enumerate(play.panel().seats) if s.id == out)
    statement = platform.keep("回避申请(演示)".encode(), "recusal.txt", "text/plain").sha256
    committee.vacate(platform, Actor(id=out, kind="user", role="expert"), NAME, LOT, VacateSeat(seat, "recusal", statement))
    calls.begin(platform, NAME, LOT, "mail")  # where the second check had left the seat to a call by hand
    play.relay()
    yield platform.clock() + 5 * MINUTE
    play.answer(seat, "accept")
    committee.complete(platform, NAME, LOT)
    new = play.panel().seats[seat].id
    draw = play.panel().draw
    assert draw is not None
    steps.say(platform, NAME, LOT, "clerk", ReplaceMember(out, Member(new), draw.result))
    play.void = play.room()
    steps.say(platform, NAME, LOT, new, CheckIn(new, "station-9", platform.random(32).hex()))
    steps.say(platform, NAME, LOT, new, SignLetter(new, statement))
    for stage, command in (("qualification", ReviewQualification), ("conformity", ReviewConformity)):
        steps.say(platform, NAME, LOT, new, command(new, steps._votes(platform, NAME, LOT, session, stage)))
        steps.say(platform, NAME, LOT, "clerk", ConcludeReview(stage))


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    folder = Path(tempfile.mkdtemp(prefix="sunlit-committee-"))
    made = played(folder)
    yield made
    made.platform.engine.dispose()
    shutil.rmtree(folder)


def replies(play: Play) -> list[tuple[int, str]]:
    return [(r.seat, r.kind) for r in play.panel().replies if r.kind in ("accept", "decline", "timeout", "recusal")]


def test_every_answer_and_every_silence_is_on_record_in_order(play: Play) -> None:
    assert replies(play)[:8] == [
        (3, "accept"), (0, "decline"), (0, "decline"), (0, "accept"),
        (1, "timeout"), (2, "timeout"), (1, "accept"), (2, "accept"),
    ]  # fmt: skip


def test_replacements_go_forward_in_the_list_and_nobody_comes_back(play: Play) -> None:
    state = play.panel()
    assert state.draw is not None
    reached = {s.cat: s.position for s in sorted(state.draw.selected, key=lambda s: s.position)}
    left: set[str] = set()
    for line in state.replacements:
        left.add(line.vacated)
        assert line.selected is not None
        assert line.selected.position > reached[line.selected.cat]
        assert line.selected.id not in left
        reached[line.selected.cat] = line.selected.position
    assert len(left) == len(state.replacements) >= 5
    assert left.isdisjoint(s.id for s in state.seats)


def test_the_evidence_of_a_decline_is_the_answer_kept_in_the_vault(play: Play) -> None:
    lines = [r for r in play.panel().replies if r.kind == "decline"]
    kept = [decode(play.platform.vault.read(r.evidence), Answer) for r in lines]
    assert [(a.expert, a.said, a.means) for a in kept] == [(lines[0].id, "decline", "code"), (lines[1].id, "conflict", "code")]


def test_a_signed_answer_proves_itself_by_its_signature_alone(play: Play) -> None:
    line = play.panel().replies[0]
    kept = decode(play.platform.vault.read(line.evidence), Answer)
    text = answer_text(play.platform.ledger.origin, play.codes[line.id], kept.said)
    assert kept.means == "signature"
    assert KEY.key.verifies(bytes.fromhex(kept.proof), text)


def test_the_evidence_of_a_silence_names_the_carriers_word_on_every_attempt(play: Play) -> None:
    silent, dead = [r for r in play.panel().replies if r.kind == "timeout"]
    for line, reached in ((silent, True), (dead, False)):
        kept = decode(play.platform.vault.read(line.evidence), Silence)
        assert (kept.expert, kept.attempts, len(kept.deliveries)) == (line.id, 3, 3)
        said = [decode(play.platform.vault.read(d), Delivery) for d in kept.deliveries]
        assert [(d.attempt, d.reached) for d in said] == [(1, reached), (2, reached), (3, reached)]


def test_no_message_was_sent_twice_and_none_names_project_or_bidder(play: Play) -> None:
    ids = [words.id for _, words in play.post.got]
    assert len(ids) == len(set(ids))
    forbidden = (NAME, works.TITLE, "永昌", cast.BUILDER.name, cast.AGENCY_WORKS.name, *(u.name for u in cast.SUPPLIERS))
    for _, said in play.post.got:
        assert not [word for word in forbidden if word in said.text + said.short + said.subject]
        assert "工程 / 工程施工 / " in said.text


def test_no_second_candidate_of_a_seat_is_known_before_the_first_has_answered(play: Play) -> None:
    assert play.released[0] == (4, 0)
    assert play.released[-1][1] >= 5
    assert all(names == 4 + gone for names, gone in play.released)


def test_a_code_serves_once(play: Play) -> None:
    for code in play.codes.values():
        with pytest.raises(Denied, match=r"call\.code"):
            calls.answer(play.platform, code, "accept")


def test_a_letter_that_comes_late_is_not_sent(play: Play) -> None:
    before = len(play.post.got)
    seat = play.panel().seats[3]
    letter: dict[str, str | int] = {"panel": f"{NAME}.{LOT}", "seat": 3, "attempt": 1, "expert": seat.id}
    calls.deliver(play.platform, {"mail": play.post}, Contact, str, letter)
    assert len(play.post.got) == before


def test_what_the_recused_member_said_is_void_and_his_successor_reviewed_afresh(play: Play) -> None:
    void, room = play.void, play.room()
    assert void is not None
    assert void.concluded == ()
    assert all(play.recused not in votes for votes in void.reviews.values())
    new = next(s.member.id for s in room.seats if s.station == "station-9")
    assert all(new in votes and play.recused not in votes for votes in room.reviews.values())
    assert room.concluded == ("qualification", "conformity")
    assert new in room.marks
    assert next(s.state for s in room.seats if s.member.id == play.recused) == "recused"


def test_two_of_five_asking_extend_the_time(play: Play) -> None:
    assert play.extended == 1


def test_refusing_to_sign_counts_as_agreement_only_without_a_written_dissent(play: Play) -> None:
    room = play.room()
    refused = [s for s in room.signatures.values() if s.kind == "refused"]
    assert [s.agreed for s in refused] == [False, True]
    assert len(room.dissents) == 1
    assert room.phase == "submitted"


def test_the_proof_of_the_draw_holds_offline_with_the_logs_receipts(
    play: Play, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "proof.json").write_bytes(play.proof)
    (tmp_path / "policy").write_bytes(own_policy(play.platform.ledger.notary.keys))
    assert verify_main([str(tmp_path / "proof.json"), "--policy", str(tmp_path / "policy")]) == 0
    said = capsys.readouterr().out
    assert "log: ok" in said
    assert said.endswith("the draw holds\n")


def test_a_reply_taken_out_of_the_proof_is_found(play: Play) -> None:
    known = json.decode(play.proof)
    del known["replies"][1]
    report = verify_proof(json.encode(known))
    assert not report.holds


def test_a_receipt_of_another_plan_does_not_hold(play: Play) -> None:
    known = json.decode(play.proof)
    known["log"] = [b64encode(b"c2sp.org/tlog-proof@v1\n").decode()]
    policy = parse_policy(own_policy(play.platform.ledger.notary.keys))
    report = verify_proof(json.encode(known), policy)
    assert [c.name for c in report.checks if c.wrong] == ["log"]


def test_the_record_replays_clean(play: Play) -> None:
    assert audit.replay(play.platform).clean
