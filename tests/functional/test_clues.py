"""Clues out of the opened bids of a tender: found after the opening, in the report, and never a rejection."""

import hashlib
import secrets
from collections.abc import Iterator
from io import BytesIO

import pytest
from litestar.testing import TestClient
from pypdf import PdfReader

from archive.canonical import encode
from archive.database import reading as snapshot
from archive.errors import Refused
from archive.ledger.store import since
from archive.values import SECOND, Instant
from bidding.tool import Place
from experts.collusion import Machine
from experts.collusion.cleaning import plain
from experts.evaluation.messages import RejectBid
from tests import attachments
from tests.conftest import complete
from tests.functional.conftest import LOT, PASSWORD, TENDER, House, Moment
from tests.theatre import configured, register
from trading import app, house, queries
from trading.access import HandIn, LogIn
from trading.demo import cast, steps, works
from trading.demo.players import supplier
from trading.demo.programme import Programme
from trading.demo.prologue import prologue
from trading.demo.run import OPENS
from trading.demo.stage import Script, Stage
from trading.desk import bell, clues, contents, deposits, evaluation, opening, plaintexts, printing

PAIR = tuple(sorted(cast.SUPPLIERS[n].code for n in works.SHARED))


def test_the_machine_that_two_bids_were_written_on_is_a_clue_for_the_committee(reading: House) -> None:
    shared = [c for c in clues.found(reading.platform, TENDER, LOT).clues if c.code == "collusion.machine"]
    assert [(c.bids, c.to) for c in shared] == [(PAIR, "panel")]


def test_a_machine_that_the_purchaser_published_from_is_none(reading: House) -> None:
    given = (Machine(**works.MACHINE),)
    assert "collusion.machine" not in {c.code for c in clues.found(reading.platform, TENDER, LOT, given).clues}


def test_every_opened_bid_is_read_and_no_other_fact_is_shared(reading: House) -> None:
    opened = plaintexts.opened(reading.platform, TENDER, LOT)
    held = contents.of_bids(reading.platform, TENDER, LOT, opened)
    read = clues.dossiers(reading.platform, TENDER, LOT, opened, held)
    assert [d.org for d in read] == sorted(cast.SUPPLIERS[n].code for n in works.PRICES)
    assert {d.org: d.price for d in read} == {cast.SUPPLIERS[n].code: f"{yuan}.00" for n, yuan in works.PRICES.items()}
    found = clues.found(reading.platform, TENDER, LOT)
    assert {c.code for c in found.clues} == {"collusion.machine"}
    assert len(found.looked) == 2 * len(works.PRICES)
    assert found.unread == ()


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


COPIED = "".join(f"第{n}步,由项目部按本企业工法第{n * 7}条组织施工并报监理验收。" for n in range(60))
OWN = "".join(f"本公司在第{n}周完成第{n * 3}道工序,自检合格后移交。" for n in range(60))
GIVEN = f"{works.TITLE} 招标文件（演示数据）"
SAID = {0: COPIED + cast.SUPPLIERS[1].name, 1: COPIED + GIVEN, 4: OWN + GIVEN}
HAND = "编标工作室"
WRITTEN = {
    0: {"技术标.pdf": attachments.pdf(SAID[0], HAND)},
    1: {"技术标.docx": attachments.docx(SAID[1], "Administrator", HAND)},
    4: {"技术标.txt": SAID[4].encode("gb18030"), "密.pdf": attachments.locked(attachments.pdf(COPIED), "8")},
}
SENT_FROM = {0: "192.0.2.7", 1: "192.0.2.7", 4: "192.0.2.9"}
PAYER = {0: "622200-1", 1: "622200-1", 4: "622200-4"}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A lot of three bids, two of which were written by the same hand; everybody but the regulator is at the desks."""
    folder = tmp_path_factory.mktemp("copied")
    stage = Stage(OPENS)
    configuration = configured(folder)
    platform = house.assemble(configuration, stage.clock, secrets.token_bytes)
    complete(platform.engine)
    register(platform, configuration)
    show = Programme(platform, lambda _play, _text: None)

    def script() -> Script:
        yield works.day(9, 1, 9)
        yield from works._publish(show)
        suppliers = {n: supplier(cast.SUPPLIERS[n], platform.random) for n in SAID}
        yield works.day(10, 8, 10)
        place, rules = Place(TENDER, LOT), opening.policy_of(platform, TENDER, LOT)
        for n, bidder in suppliers.items():
            told = works.form(bidder.unit, 4_500_000 + 1000 * n * n, 118, f"钱演{n}") | {"deposit_payer": PAYER[n]}
            files = {"a.pdf": f"PDF {n} ".encode() * 9000, "b.bin": bytes(9 + n)} | WRITTEN[n]
            sealed = bidder.seal(platform, place, rules, told, files, platform.clock())
            bidder.hand_in(platform, place, [sealed], platform.clock())
            platform.ledger.act(f"session/s{n}", LogIn("password"), actor=bidder.actor)
            platform.ledger.act(f"session/s{n}", HandIn(TENDER, LOT, "e", SENT_FROM[n], network="net"), actor=bidder.actor)
        yield works.day(10, 9, 9) + SECOND
        assert clues.found(platform, TENDER, LOT) == clues.Found()
        yield works.day(10, 9, 9, 10)
        for j, keeper in ((1, show.keepers[0]), (3, show.keepers[2])):
            keeper.release(platform, TENDER, LOT, j)
        yield works.day(10, 9, 9, 12)
        opening.finish(platform, works.AGENCY, TENDER, LOT)

    def ring(until: Instant) -> Instant | None:
        bell.rung(platform)
        return bell.upcoming(platform, until)

    stage.play([prologue(show), script()], ring)
    made = app.web(platform, configuration, embedded=False)
    with TestClient(made, base_url="http://sunlit.local") as client:
        yield House(platform, made, client, Moment(stage.now))
    platform.engine.dispose()


def test_the_regulator_sees_clues_of_an_opened_lot_without_anybody_typing_a_fact(copied: House) -> None:
    answer = copied.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/clues", headers=copied.login("regulator"))
    assert answer.status_code == 200, answer.text
    pair = sorted(cast.SUPPLIERS[n].code for n in (0, 1))
    found = {c["code"]: c for c in answer.json()["items"]}
    assert set(found) == {f"collusion.{what}" for what in ("payer", "text", "mixed", "upload", "author", "network")}
    assert len(found.pop("collusion.network")["bids"]) == len(SAID)
    assert all(sorted(c["bids"]) == pair for c in found.values())


SAYS = {
    "zh": ("以下是线索，不是结论", "上传网络地址相同", "文件设有打开密码"),
    "en": ("clues and not findings", "one network address", "a password"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_regulators_page_shows_clues_with_evidence_and_unread_files_and_says_what_a_clue_is_not(
    copied: House, lang: str
) -> None:
    address = f"/tenders/{TENDER}/lots/{LOT}/clues"
    answer = copied.client.get(address, params={"lang": lang}, headers=copied.login("regulator"))
    assert answer.status_code == 200, answer.text
    assert [words for words in (*SAYS[lang], cast.SUPPLIERS[0].name, SENT_FROM[0]) if words not in answer.text] == []
    assert copied.client.get(f"/clues?lang={lang}", headers=copied.login("regulator")).status_code == 200


def test_what_was_shown_is_on_record_by_its_digest(copied: House) -> None:
    headers = copied.login("regulator")
    said = copied.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/clues", headers=headers).json()
    found = clues.found(copied.platform, TENDER, LOT)
    assert len(said["items"]) == len(found.clues)
    visitor = copied.application.state["site"].identity.visitor(headers["Authorization"].removeprefix("Bearer "))
    with snapshot(copied.platform.engine) as db:
        *_, (_, last, _, _) = since(db, f"session/{visitor.session}", 0, plaintexts.MAX_SEQ)
    assert f"clues sha256:{hashlib.sha256(encode(found)).hexdigest()}".encode() in last


def test_a_member_of_the_committee_sees_what_to_verify_without_accounts_and_addresses(reading: House) -> None:
    seats = evaluation.room(reading.platform, TENDER, LOT).active
    expert = next(seat.member.id for seat in seats if not seat.member.representative)
    accounts = reading.application.state["site"].identity
    for login, org in (("sitting", expert), ("absent", "E-NOBODY")):
        accounts.register(login, login, "expert", org=org, password=PASSWORD)
    address = f"/tenders/{TENDER}/lots/{LOT}/clues"
    answer = reading.client.get("/api" + address, headers=reading.login("sitting"))
    assert {(c["code"], c["to"]) for c in answer.json()["items"]} == {("collusion.machine", "panel")}
    assert "文件制作机器码相同" in reading.client.get(address, headers=reading.login("sitting")).text
    assert reading.client.get("/api" + address, headers=reading.login("absent")).json()["code"] == "web.forbidden"


def test_the_account_that_the_bank_confirmed_is_joined_with_what_others_state_however_it_is_written(copied: House) -> None:
    account = deposits.account(copied.platform, TENDER, PAYER[1])
    assert account == deposits.account(copied.platform, TENDER, "６２２２ 00-1")
    assert account != deposits.account(copied.platform, "another", PAYER[1])
    assert clues._payers(copied.platform, TENDER, [PAYER[0]], account) == (account,)
    assert len(clues._payers(copied.platform, TENDER, [PAYER[4]], account)) == 2


def test_the_centre_confirms_deposits_by_the_banks_statement_and_only_after_the_record(copied: House) -> None:
    headers = copied.login("centre")
    sent = copied.client.post("/api/files", content=b"statement", headers=headers).json()["sha256"]
    address = f"/api/tenders/{TENDER}/lots/{LOT}/deposits"
    paid = [{"bidder": PAIR[0], "account": "6222", "received_at": 1}]

    def post(statement: str, who: dict[str, str]) -> tuple[int, str]:
        answer = copied.client.post(address, json={"statement_sha256": statement, "paid": paid}, headers=who)
        return answer.status_code, answer.json()["code"]

    assert post("0" * 64, headers) == (404, "deposit.statement")
    assert post(sent, headers)[1] == "tender.stage"
    assert post(sent, copied.login("bidder"))[1] == "tender.not-entitled"


def test_a_confirmed_account_is_a_clue_with_another(shown: House) -> None:
    headers = shown.login("centre")
    sent = shown.client.post("/api/files", content=b"statement", headers=headers).json()["sha256"]
    paid = [
        {"bidder": bidder, "account": number, "received_at": 1} for bidder, number in zip(PAIR, ("6222-8", "62228"), strict=True)
    ]
    answer = shown.client.post(
        f"/api/tenders/{TENDER}/lots/{LOT}/deposits", json={"statement_sha256": sent, "paid": paid}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    told = {c.code: c for c in clues.found(shown.platform, TENDER, LOT).clues}
    assert (told["collusion.payer"].bids, told["collusion.payer"].to) == (PAIR, "panel")
    shown.platform.publishing.round()
    account = told["collusion.payer"].evidence["account"]
    lines = shown.client.get("/api/log", params={"size": 50}).json()["items"]
    assert not [line for line in lines if account in line["text"] or "6222" in line["text"]]


def test_the_committee_is_not_shown_accounts_addresses_or_statistics(copied: House) -> None:
    found = clues.found(copied.platform, TENDER, LOT)
    shown = clues.for_committee(found)
    told = {c.code: set(c.evidence) for c in shown.clues}
    assert (told["collusion.payer"], told["collusion.upload"], told["collusion.author"]) == (set(), set(), {"author"})
    assert {c.to for c in shown.clues} == {"panel"}
    assert shown.looked == found.looked


def test_every_file_that_was_looked_at_is_told_with_what_was_read_or_why_it_was_not(copied: House) -> None:
    answer = copied.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/clues", headers=copied.login("regulator"))
    told = {(f["bid"], f["name"]): (f.get("why", ""), "letters" in f, "text" in f) for f in answer.json()["files"]}
    codes = {n: cast.SUPPLIERS[n].code for n in SAID}
    assert told == {
        **{(code, name): ("broken", False, False) for code in codes.values() for name in ("a.pdf", "b.bin")},
        (codes[0], "技术标.pdf"): ("", True, True),
        (codes[1], "技术标.docx"): ("", True, True),
        (codes[4], "技术标.txt"): ("", True, True),
        (codes[4], "密.pdf"): ("encrypted", False, False),
    }


@pytest.mark.parametrize("login", ["agency", "owner", "centre", "bidder"])
def test_nobody_else_reads_clues_by_that_address(copied: House, login: str) -> None:
    answer = copied.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/clues", headers=copied.login(login))
    assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")


def test_what_the_purchaser_gave_to_everybody_is_taken_out_of_the_texts(copied: House) -> None:
    opened = plaintexts.opened(copied.platform, TENDER, LOT)
    held = contents.of_bids(copied.platform, TENDER, LOT, opened)
    assert contents.given(copied.platform, TENDER).text == GIVEN
    assert all(plain(text) in plain(held[cast.SUPPLIERS[n].code].text) for n, text in SAID.items())


def test_bytes_that_are_no_text_say_nothing() -> None:
    assert contents.readable(b"\xff\xff\xff") == ""


def test_patterns_over_all_awarded_lots_are_the_regulators(reading: House) -> None:
    answer = reading.client.get("/api/clues", headers=reading.login("regulator"))
    assert (answer.status_code, answer.json()) == (200, {"items": []})
    assert reading.client.get("/api/clues", headers=reading.login("agency")).json()["code"] == "web.forbidden"


def test_the_patterns_rest_on_every_opened_bid_of_every_awarded_lot(reading: House) -> None:
    with snapshot(reading.platform.engine) as db:
        lines = queries.awarded(db)
    assert {bidder: price for _, _, bidder, price, _ in lines} == {
        cast.SUPPLIERS[n].code: yuan * 100 for n, yuan in works.PRICES.items()
    }
    assert {lot for lot, *_ in lines} == {f"{TENDER}.{LOT}"}
    assert len({winner for _, winner, *_ in lines} & {cast.SUPPLIERS[n].code for n in works.PRICES}) == 1
