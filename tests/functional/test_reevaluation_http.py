"""A result that fell, twice: by the tenderer's order on an upheld objection, and by the regulator's on an upheld complaint.

Orders, seating and record go over HTTP, the committees' work between them by the desks.  Played once; the tests look at it.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pypdf import PdfReader

from archive.values import DAY, HOUR, MINUTE
from experts.panel.messages import Named
from tests.functional.conftest import LOT, TENDER, House
from trading.demo import cast, steps, works
from trading.demo.programme import Programme
from trading.demo.stage import Script
from trading.demo.steps import Lottery, Session
from trading.desk import audit, bell, committee, evaluation

BASE = f"/api/tenders/{TENDER}"
ROOM = f"{BASE}/lots/{LOT}/evaluation"


@dataclass
class Fallen:
    """The house, and what was seen on the way."""

    house: House
    seen: dict[str, Any] = field(default_factory=dict)

    def send(self, login: str, path: str, body: Any) -> tuple[int, Any]:
        """One request of somebody who has just logged in."""
        answer = self.house.client.post(path, json=body, headers=self.house.login(login))
        return answer.status_code, answer.json()

    def do(self, login: str, path: str, body: Any) -> Any:
        """The same, and it must succeed."""
        status, said = self.send(login, path, body)
        assert status == 201, said
        return said

    def file(self, login: str, text: str) -> str:
        sent = self.house.client.post("/api/files", content=text.encode(), headers=self.house.login(login))
        return str(sent.json()["sha256"])

    def lot(self) -> Any:
        return self.house.client.get(f"{BASE}/lots/{LOT}").json()

    def page(self, lang: str = "zh") -> str:
        headers = {"Accept": "text/html", "Accept-Language": lang}
        return self.house.client.get(f"/tenders/{TENDER}/lots/{LOT}/result", headers=headers).text

    def run(self, script: Script) -> None:
        """Let a play's time pass here."""
        for at in script:
            self.house.clock.now = max(self.house.clock.now, at)
            bell.rung(self.house.platform)

    def objected(self, answer: str) -> str:
        said = {"kind": "result", "text": "评分畸高(演示)", "lot": LOT, "interest": "bidder"}
        number = str(self.do("other", f"{BASE}/objections", said)["objection"])
        self.do("agency", f"{BASE}/objections/{number}/answer", {"outcome": answer, "text": "答复(演示)"})
        return number

    def order(self, login: str, objection: str, ground: str, who: str) -> dict[str, Any]:
        return {
            "type": "tender.reevaluate", "lot": LOT, "objection": objection, "ground": ground, "reason": "核实成立(演示)",
            "committee": who, "title": "更正公告:原评标结果无效", "sha256": self.file(login, "原评标结果无效(演示)"),
        }  # fmt: skip

    def reported(self, favourite: str) -> None:
        """The committee that sits does its work, signs, and its report goes on record."""
        platform = self.house.platform
        show = Programme(platform, lambda _play, _text: None)

        def marks(_member: str, bid: str, item: str) -> str:
            return {"org": "24" if bid == favourite else "10", "team": "9", "record": "4"}[item]

        session = Session(works.QUALIFICATION, works.CONFORMITY, lambda _bid, _clause: (True, ""), marks)
        self.run(steps.work(show, "P1", TENDER, LOT, session, self.house.clock.now + HOUR))
        steps.sign(show, TENDER, LOT)
        self.do("centre", f"{ROOM}/record", {})

    def displayed(self) -> None:
        begins = self.house.clock.now + MINUTE
        notice = {"type": "tender.publish-candidates", "lot": LOT, "from_at": begins, "to_at": begins + 6 * DAY}
        self.do("agency", f"{BASE}/acts", notice | {"title": "中标候选人公示", "sha256": ""})
        self.house.clock.now = begins + DAY


def redrawn(play: Fallen) -> Script:
    """A fresh committee, drawn on a second attempt, called, screened and complete."""
    platform = play.house.platform
    show = Programme(platform, lambda _play, _text: None)
    how = Lottery(
        agency=cast.AGENCY_WORKS,
        principal=cast.BUILDER,
        seats=(("A0801", 1), ("A0802", 2), ("A0803", 1)),
        suppliers=(cast.SUPPLIERS[2], cast.SUPPLIERS[6]),
        representative=Named("R-2", "招标人代表乙(演示)"),
    )
    yield from steps.draw(show, "P1", TENDER, LOT, how, play.house.clock.now + HOUR)
    committee.screen(platform, TENDER, LOT)
    yield from steps.recall(show, "P1", TENDER, LOT)
    committee.complete(platform, TENDER, LOT)


@pytest.fixture(scope="module")
def fallen(shown: House) -> Iterator[Fallen]:
    play = Fallen(shown)
    seen, acts = play.seen, f"{BASE}/acts"
    seen["first"] = play.lot()
    seen["first committee"] = [s.member.id for s in evaluation.room(shown.platform, TENDER, LOT).active]
    number = play.objected("upheld")
    wanted = play.order("owner", number, "54", "same")
    for login in ("bidder", "centre", "regulator"):
        seen[f"by {login}"] = play.send(login, acts, wanted)
    seen["order"] = play.do("owner", acts, wanted)
    seen["twice"] = play.send("owner", acts, wanted)
    seen["void"] = play.lot()
    seen["void page"] = play.page()
    seen["void state"] = evaluation.room(shown.platform, TENDER, LOT)
    seen["seat same"] = play.send("centre", f"{ROOM}/committee", {})
    second = cast.SUPPLIERS[1].code
    play.reported(second)
    play.displayed()
    notices = play.house.client.get(BASE).json()["notices"]
    seen["printed"] = [
        play.house.client.get(f"{BASE}/notices/{n['n']}").json()["paper"] for n in notices if n["kind"] == "candidates"
    ]
    seen["second"] = play.lot()
    objection = play.objected("dismissed")
    said = {"kind": "result", "text": "投诉(演示)", "lot": LOT, "interest": "bidder", "about": objection}
    complaint = str(play.do("other", f"{BASE}/complaints", said)["objection"])
    paper = play.file("regulator", "处理决定(演示)")
    play.do(
        "regulator", acts, {"type": "tender.examine-complaint", "objection": complaint, "accepted": True, "answer_sha256": paper}
    )
    early = play.order("regulator", complaint, "81", "fresh")
    seen["undecided"] = play.send("regulator", acts, early)
    decided = {"type": "tender.decide-complaint", "objection": complaint, "outcome": "upheld", "answer_sha256": paper}
    play.do("regulator", acts, decided)
    play.do("regulator", acts, early)
    seen["seat early"] = play.send("centre", f"{ROOM}/committee", {})
    play.run(redrawn(play))
    seen["seat by agency"] = play.send("agency", f"{ROOM}/committee", {})
    play.do("centre", f"{ROOM}/committee", {})
    seen["third committee"] = [s.member.id for s in evaluation.room(shown.platform, TENDER, LOT).active]
    play.reported(cast.SUPPLIERS[0].code)
    play.displayed()
    shown.platform.publishing.round()
    yield play


@pytest.mark.parametrize(
    ("moment", "status", "code"),
    [
        ("by bidder", 403, "web.forbidden"),
        ("by centre", 403, "web.forbidden"),
        ("by regulator", 422, "tender.not-entitled"),
        ("twice", 422, "tender.stage"),
        ("seat same", 422, "room.phase"),
        ("undecided", 422, "reevaluation.not-upheld"),
        ("seat early", 422, "panel.phase"),
        ("seat by agency", 403, "web.forbidden"),
    ],
)
def test_what_is_out_of_order_is_refused_with_its_code(fallen: Fallen, moment: str, status: int, code: str) -> None:
    found, said = fallen.seen[moment]
    assert (found, said["code"]) == (status, code)


def test_the_order_voids_the_result_in_public_and_opens_the_room_again(fallen: Fallen) -> None:
    void, room = fallen.seen["void"], fallen.seen["void state"]
    assert (void["stage"], void["ranking"], void["publicity_to"]) == ("recorded", [], 0)
    (former,) = void["voided"]
    assert [r["bidder"] for r in former["ranking"]] == [r["bidder"] for r in fallen.seen["first"]["ranking"]]
    assert (former["ground"], former["committee"]) == ("54", "same")
    assert (room.phase, room.marks, [s.member.id for s in room.active]) == ("open", {}, fallen.seen["first committee"])
    assert "原评标结果已无效" in fallen.seen["void page"]


def test_the_correction_is_published_with_its_text(fallen: Fallen) -> None:
    notices = fallen.house.client.get(BASE).json()["notices"]
    kinds = [n["kind"] for n in notices if n["lot"] == LOT]
    assert kinds == ["candidates", "correction", "candidates", "correction", "candidates"]
    n = next(n["n"] for n in notices if n["kind"] == "correction")
    page = fallen.house.client.get(f"/tenders/{TENDER}/notices/{n}", headers={"Accept": "text/html"}).text
    assert "原评标结果无效(演示)" in page


def test_the_second_result_has_its_own_display_and_is_another_one(fallen: Fallen) -> None:
    first, second = fallen.seen["first"], fallen.seen["second"]
    assert second["ranking"][0]["bidder"] == cast.SUPPLIERS[1].code != first["ranking"][0]["bidder"]
    assert second["publicity_from"] > fallen.seen["void"]["voided"][0]["at"] and second["report_sha256"] != first["report_sha256"]


def test_the_fresh_committee_has_no_expert_of_the_first(fallen: Fallen) -> None:
    former, now = set(fallen.seen["first committee"]), set(fallen.seen["third committee"])
    assert len(now) == 5 and not former & now


@pytest.mark.parametrize(("lang", "said"), [("zh", "已无效：第 1 次评标结果"), ("en", "Void: result no. 1")])
def test_the_page_shows_the_result_in_force_and_those_that_are_void(fallen: Fallen, lang: str, said: str) -> None:
    page = fallen.page(lang)
    assert said in page and said.replace("1", "2") in page
    for voided in fallen.lot()["voided"]:
        assert voided["report_sha256"] in page
    assert page.index(fallen.lot()["report_sha256"]) < page.index(said.replace("1", "2")) < page.index(said)


def test_the_last_report_has_its_own_number_and_names_the_two_before_it(fallen: Fallen) -> None:
    lot = fallen.lot()
    raw = fallen.house.platform.vault.read(lot["report_sha256"])
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages).replace("\n", "")
    assert f"{TENDER}-评标-{LOT}-3" in text and f"{TENDER}-评标-{LOT}-2" in text
    for part in ("重新评审", "由原评标委员会重新评审", "重新组建评标委员会评标", "招标投标法实施条例 第八十一条"):
        assert part.replace(" ", "") in text.replace(" ", "")
    first = fallen.house.client.get(f"{BASE}/documents/{lot['voided'][0]['report_sha256']}")
    assert first.content.startswith(b"%PDF")


def test_nobody_outside_reads_a_mark_of_a_void_report(fallen: Fallen) -> None:
    """Nor do successors: the state that the room goes on from has none, and the entries stay withheld."""
    room = evaluation.room(fallen.house.platform, TENDER, LOT)
    assert [f.number for f in room.former] == [1, 2]
    assert fallen.house.client.get("/api/log", params={"stream": f"evaluation/{TENDER}.{LOT}"}).json()["items"] == []
    assert all(r["score"] is None for voided in fallen.lot()["voided"] for r in voided["ranking"])


def test_the_whole_of_it_replays_clean(fallen: Fallen) -> None:
    report = audit.replay(fallen.house.platform)
    assert report.clean, report.text()


def test_candidates_that_are_shown_without_a_file_are_printed_anew(fallen: Fallen) -> None:
    first, second = fallen.seen["printed"][:2]
    assert first["sections"] != second["sections"]
    assert first["number"] != second["number"]
