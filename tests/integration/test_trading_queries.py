"""Pages' readers over real databases: what is listed, found, paged, and what never leaves before its time."""

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from archive.errors import Missing
from archive.keys import Keys
from archive.ledger import Ledger
from archive.values import Actor, Instant
from archive.vault import Vault
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    BIDDERS,
    BLIND,
    CENTRE,
    ITEM,
    PRINCIPAL,
    REGISTER,
    REGULATOR,
    ROLES,
    SHA,
    bid,
    bj,
    draft,
    goods,
    notice,
    place,
    spec,
    works,
)
from trading import access, catalogue, parties, queries, tables
from trading import commands as c
from trading.catalogue import CatalogueItem, Consultation, PublishCatalogue
from trading.lifecycle import DECIDER
from trading.lifecycle.drafting import draft_digest
from trading.lifecycle.records import rows_digest
from trading.parties.messages import RegisterOrg
from trading.tender import Closing, Draft, Notice, Project, Rejected, SealedHead, TenderFacts
from trading.visibility import Viewer

KINDS = {"tender": DECIDER, "org": parties.DECIDER, "catalogue": catalogue.DECIDER, "session": access.DECIDER}
INSIDE = Viewer(PRINCIPAL.org, "tenderer", ("principal",))
HELPER = Viewer(AGENCY.org, "agency", ("agency",))
WATCHER = Viewer(REGULATOR.org, "regulator", ("regulator",))
STRANGER = Viewer(BIDDER.org, "bidder", ("bidder",))


class Hall:
    """A ledger with a clock that is set by hand."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.now: Instant = bj(9, 1)
        source = random.Random(5)
        self.ledger = Ledger(
            engine, KINDS, Keys.fleeting(source.randbytes), vault, lambda: self.now, source.randbytes, "log.example/1", "r1"
        )
        self.ledger.open()

    def act(self, name: str, command: c.Command, actor: Actor = PRINCIPAL, at: Instant | None = None, **facts: Any) -> None:
        self.now = self.now + 1 if at is None else at
        opening = rows_digest(command.rows) if isinstance(command, c.RecordOpening) else ""
        told = TenderFacts(**({"roles": ROLES.get(actor.id, ()), "verified": True, "opening": opening} | facts))
        self.ledger.act(f"tender/{name}", command, actor=actor, facts=told)

    def ask(self, reader: Callable[..., Any], *given: Any, **more: Any) -> Any:
        with self.ledger.engine.connect() as db:
            return reader(db, *given, **more)

    def draft(
        self, name: str, project: Project | None = None, rulebook: str = "cn-rs1-2019", drafted: Draft | None = None
    ) -> None:
        self.act(name, c.RegisterProject(name, project or works(), rulebook, "cn-2026", **REGISTER), catalogue=ITEM)
        self.act(name, c.AcceptRegistration(), CENTRE)
        self.act(name, c.DraftTender(drafted or draft()))

    def publish(
        self,
        name: str,
        project: Project | None = None,
        rulebook: str = "cn-rs1-2019",
        drafted: Draft | None = None,
        noticed: Notice | None = None,
    ) -> None:
        self.draft(name, project, rulebook, drafted)
        self.act(name, c.ApproveDocuments(draft_digest(drafted or draft())))
        self.act(name, c.PublishNotice(noticed or notice()), at=max(self.now + 1, bj(9, 8) - 1000))

    def open(self, name: str) -> None:
        closings = (Closing("L1", 3, SHA),)
        self.act(name, c.CloseBids(), BELL, bj(10, 9), closings=closings)
        self.act(name, c.OpenBids(), BELL, heads=tuple(SealedHead(f"sealed/{n:032x}", 1, "x") for n in range(3)))

    def evaluate(self, name: str, ground: str = "51-3") -> None:
        self.act(name, c.RecordOpening("L1", (bid(0, 4_700_000), bid(1, 4_600_000), bid(2, 4_500_000)), SHA), BELL)
        self.act(name, c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
        ranking = (place(2, 1, 4_500_000, 9100), place(1, 2, 4_600_000, 8800))
        out = (Rejected(BIDDERS[0], "投标人0", ground, "证书过期"),)
        self.act(name, c.RecordEvaluation("L1", SHA, BLIND, ranking, out, "sufficient"), BELL)


@pytest.fixture
def hall(database: Engine, vault: Vault) -> Hall:
    return Hall(database, vault)


@pytest.fixture
def small(sqlite: Engine, vault: Vault) -> Hall:
    return Hall(sqlite, vault)


def test_published_tenders_are_listed_newest_first_and_drafts_are_not(hall: Hall) -> None:
    hall.draft("D1")
    hall.publish("T1")
    hall.publish("T2")
    found = hall.ask(queries.tenders)
    assert [line["tender"] for line in found.lines] == ["T2", "T1"]
    assert (found.total, found.page, found.pages) == (2, 1, 1)


def test_a_search_finds_all_words_in_titles_parties_lots_and_items(hall: Hall) -> None:
    hall.publish("T1")
    hall.publish("T2", drafted=draft(lots=(spec(title="桥梁养护"),)))
    assert [line["tender"] for line in hall.ask(queries.tenders, text="桥梁").lines] == ["T2"]
    assert [line["tender"] for line in hall.ask(queries.tenders, text="永昌  桥梁").lines] == ["T2"]
    assert hall.ask(queries.tenders, text="永昌 隧道").total == 0
    assert hall.ask(queries.tenders, text="t1").total == 1


@pytest.mark.parametrize("text", ["%", "_", "\\", "'; --"])
def test_a_search_takes_signs_of_the_database_as_they_are(hall: Hall, text: str) -> None:
    hall.publish("T1")
    assert hall.ask(queries.tenders, text=text).total == 0


def test_lists_are_filtered_by_trade_region_stage_and_principal(hall: Hall) -> None:
    hall.publish("T1")
    hall.publish("T2", works(region="530581"))
    hall.act("T2", c.TerminateTender("purchase-dropped", "取消", "终止公告", SHA))
    found = lambda **wanted: [line["tender"] for line in hall.ask(queries.tenders, **wanted).lines]  # noqa: E731
    assert found(region="530581") == ["T2"]
    assert found(region="530500") == ["T2", "T1"]
    assert found(region="530000") == ["T2", "T1"]
    assert found(region="000000") == ["T2", "T1"]
    assert found(trade="01") == ["T2", "T1"]
    assert found(trade="02") == []
    assert found(stage="terminated") == ["T2"]
    assert found(principal=PRINCIPAL.org) == ["T2", "T1"]
    assert found(principal="nobody") == []


def test_pages_divide_a_list_without_gap_or_repetition(small: Hall) -> None:
    for n in range(5):
        small.publish(f"T{n}")
    pages = [small.ask(queries.tenders, page=p, size=2) for p in (1, 2, 3, 4)]
    assert [line["tender"] for p in pages for line in p.lines] == ["T4", "T3", "T2", "T1", "T0"]
    assert [p.pages for p in pages] == [3, 3, 3, 3]
    assert small.ask(queries.tenders, page=-7, size=10**9).size == 100


def test_notices_of_all_kinds_are_listed_and_filtered(small: Hall) -> None:
    small.publish("T1")
    small.act("T1", c.PublishClarification("澄清公告", SHA, False), at=bj(9, 10))
    assert [line["kind"] for line in small.ask(queries.notices).lines] == ["clarification", "tender"]
    assert [line["title"] for line in small.ask(queries.notices, kind="clarification", text="永昌").lines] == ["澄清公告"]


def test_a_draft_is_there_for_those_inside_and_missing_for_everybody_else(hall: Hall) -> None:
    hall.draft("D1")
    for viewer in (INSIDE, HELPER, WATCHER):
        assert hall.ask(queries.tender, "D1", viewer).tender["stage"] == "drafting"
    for viewer in (queries.PUBLIC, STRANGER, Viewer("other", "tenderer", ("principal",))):
        with pytest.raises(Missing, match=r"tender\.missing"):
            hall.ask(queries.tender, "D1", viewer)


def test_an_unknown_tender_is_missing(small: Hall) -> None:
    with pytest.raises(Missing, match=r"tender\.missing"):
        small.ask(queries.tender, "T9", WATCHER)


def test_each_sees_his_own_drafts(small: Hall) -> None:
    small.draft("D1")
    small.draft("D2", works(agency="", agency_name=""))
    names = lambda viewer: [line["tender"] for line in small.ask(queries.concerning, viewer).lines]  # noqa: E731
    assert names(INSIDE) == ["D2", "D1"]
    assert names(HELPER) == ["D1"]
    assert names(WATCHER) == ["D2", "D1"]
    assert names(STRANGER) == []
    assert names(queries.PUBLIC) == []


def test_before_the_deadline_no_column_tells_of_bids(small: Hall) -> None:
    small.publish("T1")
    for viewer in (queries.PUBLIC, INSIDE, WATCHER):
        lot = small.ask(queries.tender, "T1", viewer).lots[0]
        assert not {"bids", "list_sha256", "kept_sealed", "winner"} & set(lot.lot)
        assert (lot.opening, lot.ranking, lot.rejected) == ((), (), ())


def test_the_opening_is_everybodys_once_recorded(hall: Hall) -> None:
    hall.publish("T1")
    hall.open("T1")
    assert hall.ask(queries.tender, "T1").lots[0].lot["bids"] == 3
    hall.evaluate("T1")
    assert len(hall.ask(queries.tender, "T1").lots[0].opening) == 3


def test_a_ranking_is_withheld_until_candidates_are_published(hall: Hall) -> None:
    hall.publish("T1")
    hall.open("T1")
    hall.evaluate("T1")
    for viewer in (queries.PUBLIC, STRANGER, WATCHER):
        lot = hall.ask(queries.tender, "T1", viewer).lots[0]
        assert (lot.ranking, lot.rejected) == ((), ())
        assert not {"report_sha256", "report_at", "panel_size", "winner", "price"} & set(lot.lot)
    inside = hall.ask(queries.tender, "T1", INSIDE).lots[0]
    assert [line["rank"] for line in inside.ranking] == [1, 2]
    assert inside.rejected[0]["ground"] == "51-3"
    hall.act("T1", c.PublishCandidates("L1", bj(10, 10), bj(10, 14), "公示", SHA), at=bj(10, 10))
    public = hall.ask(queries.tender, "T1").lots[0]
    assert [line["name"] for line in public.ranking] == ["投标人2", "投标人1"]
    assert "score" not in public.ranking[0]
    assert "winner" not in public.lot


def test_scores_and_winner_are_public_with_the_result(hall: Hall) -> None:
    hall.publish("T1")
    hall.open("T1")
    hall.evaluate("T1")
    hall.act("T1", c.PublishCandidates("L1", bj(10, 10), bj(10, 14), "公示", SHA), at=bj(10, 10))
    hall.act("T1", c.Award("L1", BIDDERS[2]), at=bj(10, 14))
    assert "winner" not in hall.ask(queries.tender, "T1").lots[0].lot
    assert hall.ask(queries.tender, "T1", HELPER).lots[0].lot["winner"] == BIDDERS[2]
    hall.act("T1", c.PublishResult("L1", "结果", SHA))
    lot = hall.ask(queries.tender, "T1").lots[0]
    assert lot.lot["winner_name"] == "投标人2"
    assert [line["score"] for line in lot.ranking] == [9100, 8800]


def test_a_loser_of_a_purchase_sees_his_own_score_and_the_others_do_not(small: Hall) -> None:
    small.publish("T1", goods(), "cn-rs2-2017")
    small.open("T1")
    small.act("T1", c.RecordOpening("L1", (bid(0, 1), bid(1, 1), bid(2, 1)), SHA), BELL)
    small.act("T1", c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    small.act("T1", c.RecordEvaluation("L1", SHA, BLIND, (place(2, 1, 1), place(1, 2, 1), place(0, 3, 1, 7000))), BELL)
    small.act("T1", c.Award("L1", BIDDERS[2]))
    small.act("T1", c.PublishResult("L1", "结果", SHA))
    loser = Viewer(BIDDERS[0], "bidder", ("bidder",))
    assert [line.get("score") for line in small.ask(queries.tender, "T1", loser).lots[0].ranking] == [None, None, 7000]
    assert [line.get("score") for line in small.ask(queries.tender, "T1").lots[0].ranking] == [None, None, None]


def test_questions_and_limits_are_for_those_inside(small: Hall) -> None:
    small.publish("T1")
    small.act("T1", c.AskQuestion("Q1", "工期如何计算?", BLIND), BIDDER, at=bj(9, 9))
    assert [q["text"] for q in small.ask(queries.tender, "T1", INSIDE).questions] == ["工期如何计算?"]
    assert small.ask(queries.tender, "T1", STRANGER).questions == ()
    assert small.ask(queries.tender, "T1", WATCHER).questions == ()
    assert [d["what"] for d in small.ask(queries.tender, "T1", INSIDE).dues] == ["close"]
    assert small.ask(queries.tender, "T1").dues == ()


def test_the_public_timeline_begins_with_the_notice(small: Hall) -> None:
    small.publish("T1")
    assert [m["key"] for m in small.ask(queries.tender, "T1").timeline] == ["published"]
    assert small.ask(queries.tender, "T1", WATCHER).timeline[0]["key"] == "registered"


def test_an_objection_is_shown_without_its_objector(small: Hall) -> None:
    small.publish("T1")
    small.act("T1", c.FileObjection("O1", "documents", "party-1", SHA, BLIND), BIDDER, at=bj(9, 10), interest="bidder")
    view = small.ask(queries.tender, "T1")
    assert view.objections[0]["kind"] == "documents"
    assert "party-1" not in str(view)
    assert BIDDER.org not in str(view)
    assert view.pauses[0]["ground"] == "objection"


def test_the_search_text_does_not_leave(small: Hall) -> None:
    small.publish("T1")
    assert "search" not in small.ask(queries.tender, "T1", INSIDE).tender


def test_what_falls_due_is_listed_to_those_whom_it_concerns(small: Hall) -> None:
    small.publish("T1")
    small.publish("T2", works(agency="", agency_name=""), noticed=notice(deadline=bj(10, 12)))
    names = lambda viewer, until: [(d["tender"], d["what"]) for d in small.ask(queries.dues, viewer, until).lines]  # noqa: E731
    assert names(INSIDE, bj(12, 31)) == [("T1", "close"), ("T2", "close")]
    assert names(WATCHER, bj(10, 9)) == [("T1", "close")]
    assert names(HELPER, bj(12, 31)) == [("T1", "close")]
    assert names(WATCHER, bj(10, 9) - 1) == []
    assert names(queries.PUBLIC, bj(12, 31)) == []


def test_organisations_are_listed_by_role_and_name(small: Hall) -> None:
    for code, name in (("91530502MA9YDM0137", "乙公司"), ("91530581MA9YDM021F", "甲公司")):
        small.ledger.act(f"org/{code}", RegisterOrg("CN-USCC", code, name), actor=BIDDER, facts=parties.OrgFacts())
    assert [o["name"] for o in small.ask(queries.organisations).lines] == ["乙公司", "甲公司"]
    assert small.ask(queries.organisations, role="bidder").total == 2
    assert small.ask(queries.organisations, role="bid").total == 0
    assert [o["name"] for o in small.ask(queries.organisations, text="甲").lines] == ["甲公司"]
    assert small.ask(queries.organisations, text="91530502ma9ydm0137").total == 1
    assert small.ask(queries.organisation, "91530581MA9YDM021F")["roles"] == "bidder"
    with pytest.raises(Missing, match=r"org\.missing"):
        small.ask(queries.organisation, "nobody")


def test_the_catalogue_in_force_replaces_the_one_before(small: Hall) -> None:
    heard = Consultation(date(2026, 7, 1), date(2026, 7, 31), SHA)

    def items(*codes: str) -> tuple[CatalogueItem, ...]:
        return tuple(CatalogueItem(code, code[:2], "项目", "依据", "city", date(2026, 1, 1)) for code in codes)

    told = catalogue.CatalogueFacts(("platform",))
    small.ledger.act("catalogue/b", PublishCatalogue(1, items("01-01", "02-01"), heard, "部门"), actor=CENTRE, facts=told)
    small.ledger.act("catalogue/b", PublishCatalogue(2, items("03-01"), heard, "部门"), actor=CENTRE, facts=told)
    assert [(line["version"], line["item"]) for line in small.ask(queries.catalogue)] == [(2, "03-01")]


def test_sessions_are_for_regulators_and_the_audit_administrator(small: Hall) -> None:
    small.ledger.act("session/s1", access.LogIn("password"), actor=BIDDER)
    assert small.ask(queries.sessions, WATCHER).total == 1
    assert small.ask(queries.sessions, Viewer("x", "auditor")).total == 1
    assert small.ask(queries.sessions, Viewer("x", "security")).total == 0
    assert small.ask(queries.sessions, STRANGER).total == 0


def test_a_long_life_leaves_the_tables_as_a_replay_makes_them(hall: Hall) -> None:
    hall.publish("T1")
    hall.open("T1")
    hall.evaluate("T1")
    hall.act("T1", c.PublishCandidates("L1", bj(10, 10), bj(10, 14), "公示", SHA), at=bj(10, 10))
    hall.act("T1", c.Award("L1", BIDDERS[2]), at=bj(10, 14))
    hall.act("T1", c.PublishResult("L1", "结果", SHA))
    hall.act("T1", c.IssueAwardLetter("L1", SHA), at=bj(10, 16))
    state = hall.ledger.state("tender/T1")
    with hall.ledger.engine.connect() as db:
        for table, key, columns in DECIDER.rows("tender/T1", state):
            found = getattr(tables, table)
            where = [col == value for col, value in zip(found.primary_key.columns, key, strict=True)]
            row = db.execute(found.select().where(*where)).mappings().one()
            assert {k: row[k] for k in columns} == columns
