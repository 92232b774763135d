"""Reading foreign procurement data: what is taken is exact, what is not has a code and a place."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.canonical import write
from archive.errors import Invalid
from archive.values import Money, minor_digits, parse_time
from trading.intake import Intake, Merged, Plan, RefusedRecord, Taken, take
from trading.intake.file import MAX_BYTES
from trading.intake.release import LOT_ID, TENDER_ID
from trading.intake.wire import CURRENCIES

ROOT = Path(__file__).parents[3]
VECTORS = ROOT / "tests" / "vectors" / "ocds"
SCHEMA = json.loads((VECTORS / "release-schema-1.1.5+bids+lots-1.1.5.json").read_text("utf-8"))
FORMATS = jsonschema.FormatChecker()
FORMATS.checks("date-time", raises=Invalid)(lambda v: not isinstance(v, str) or parse_time(v) is not None)
VALID = jsonschema.Draft4Validator(SCHEMA, format_checker=FORMATS)

Json = dict[str, Any]


def release(**tender: Any) -> Json:
    """A small sound release: two lots, three bids, one award."""
    bidders = [{"id": f"org-{i}", "name": f"投标人{i}"} for i in range(3)]
    return {
        "ocid": "ocds-x-1",
        "id": "r1",
        "date": "2026-03-01T00:00:00Z",
        "tag": ["compiled"],
        "initiationType": "tender",
        "buyer": {"id": "buyer-1", "name": "采购人"},
        "parties": [{"id": "buyer-1", "name": "采购人", "roles": ["buyer"]}],
        "tender": {
            "id": "T-1",
            "title": "项目",
            "status": "complete",
            "value": {"amount": 1000.5, "currency": "CNY"},
            "mainProcurementCategory": "goods",
            "tenderPeriod": {"startDate": "2026-01-05T09:00:00+08:00", "endDate": "2026-02-05T09:00:00+08:00"},
            "lots": [
                {"id": "A", "title": "一标", "status": "complete", "value": {"amount": 1000.5, "currency": "CNY"}},
                {"id": "B", "title": "二标"},
            ],
            "items": [{"id": "i1", "description": "货物", "quantity": 2, "unit": {"name": "台"}, "relatedLot": "A"}],
            **tender,
        },
        "bids": {
            "details": [
                {
                    "id": f"bid-{i}",
                    "status": "valid",
                    "date": f"2026-02-0{i + 1}T10:00:00.00000{i}+08:00",
                    "value": {"amount": 900 + i, "currency": "CNY"},
                    "tenderers": [bidders[i]],
                    "relatedLots": ["A"],
                }
                for i in range(3)
            ]
        },
        "awards": [{"id": "a1", "status": "active", "relatedBid": "bid-0", "relatedLots": ["A"], "suppliers": [bidders[0]]}],
    }


def package(*releases: Json) -> bytes:
    return json.dumps({"uri": "u", "version": "1.1", "releases": releases}, ensure_ascii=False).encode()


def plan_of(record: Json) -> Plan:
    (answer,) = take(package(record)).answers
    assert isinstance(answer, Taken), answer
    return answer.plan


def refusal_of(record: Json) -> RefusedRecord:
    (answer,) = take(package(record)).answers
    assert isinstance(answer, RefusedRecord), answer
    return answer


def changed(change: Callable[[Json], object], **tender: Any) -> Json:
    record = release(**tender)
    change(record)
    return record


def codes(answer: RefusedRecord) -> list[str]:
    return [answer.reason.code, *(other.code for other in answer.others)]


def notes(plan: Plan) -> list[str]:
    return [note.code for note in plan.notes]


# Files of others


def test_four_real_tenders_are_taken_with_every_bid() -> None:
    result = take((VECTORS / "tenders-with-bids.json").read_bytes())
    plans = [answer.plan for answer in result.answers if isinstance(answer, Taken)]
    assert result.form == "releases"
    assert [len(plan.bids) for plan in plans] == [3, 8, 3, 6]
    assert all(not plan.refused for plan in plans)
    assert sum(len(plan.bids) for plan in plans) == 20


def test_real_amounts_and_times_are_exact() -> None:
    source = json.loads((VECTORS / "tenders-with-bids.json").read_text("utf-8"), parse_float=str, parse_int=str)
    result = take((VECTORS / "tenders-with-bids.json").read_bytes())
    for raw, answer in zip(source["releases"], result.answers, strict=True):
        assert isinstance(answer, Taken)
        for bid, found in zip(raw["bids"]["details"], answer.plan.bids, strict=True):
            assert found.id == bid["id"]
            if "value" in bid:
                whole, _, fraction = bid["value"]["amount"].partition(".")
                assert found.amount == Money(int(whole + fraction.ljust(2, "0")), "UAH")
                assert found.at == parse_time(bid["date"])


def test_prices_given_after_the_tender_period_move_the_closing_to_the_award_period() -> None:
    result = take((VECTORS / "tenders-with-bids.json").read_bytes())
    starts = ("2020-08-25T14:25:07.203297+03:00", "2023-09-21T14:47:47.175917+03:00", "2024-01-19T13:43:32.048512+02:00")
    for answer, start in zip(result.answers, (*starts, "2024-02-13T12:02:13.925740+02:00"), strict=True):
        assert isinstance(answer, Taken)
        assert answer.plan.closes_at == parse_time(start)
        assert notes(answer.plan).count("intake.note.auction") == 1
        assert all(bid.at is None or bid.at < answer.plan.closes_at for bid in answer.plan.bids)


def test_awards_of_a_split_bid_find_it_by_supplier_and_lot() -> None:
    (*_, last) = take((VECTORS / "tenders-with-bids.json").read_bytes()).answers
    assert isinstance(last, Taken)
    assert {(a.lot, a.status, a.bid) for a in last.plan.awards} == {
        ("1", "active", "ba340a78ea074661a3c8db8250ec7530-1"),
        ("2", "unsuccessful", "ba340a78ea074661a3c8db8250ec7530-0"),
        ("2", "unsuccessful", "04350d9b65924466b78f5c37027475aa-1"),
        ("2", "pending", "9661dfb7a8e34258a9a74704fb314cfb-1"),
    }
    assert set(last.plan.rejected) == {("ba340a78ea074661a3c8db8250ec7530-0", "2"), ("04350d9b65924466b78f5c37027475aa-1", "2")}
    assert [lot.status for lot in last.plan.lots] == ["cancelled", "cancelled"]


def test_a_hundred_dirty_releases_are_answered_one_by_one() -> None:
    result = take((VECTORS / "dirty-input.json").read_bytes())
    assert len(result.answers) == 100
    assert all(isinstance(answer, RefusedRecord) for answer in result.answers)
    reasons = Counter(tuple(codes(answer)) for answer in result.answers if isinstance(answer, RefusedRecord))
    assert reasons == {
        ("intake.missing", "intake.no-bids"): 98,
        ("intake.wrapped-number", "intake.wrapped-number"): 2,
    }
    assert [a.pointer for a in result.answers] == [f"/releases/{i}" for i in range(100)]


def test_a_broken_byte_refuses_the_release_that_holds_it_and_no_other() -> None:
    raw = (VECTORS / "tenders-with-bids.json").read_bytes()
    title = "Тверде паливо".encode()
    result = take(raw.replace(title, title[:-1], 1))
    assert [type(answer) for answer in result.answers] == [Taken, RefusedRecord, Taken, Taken]
    bad = result.answers[1]
    assert isinstance(bad, RefusedRecord)
    assert (bad.reason.code, bad.reason.pointer) == ("intake.utf8", "/releases/1/tender/title")


def test_six_releases_of_one_process_are_merged_and_answered_each() -> None:
    result = take((VECTORS / "whole-lifecycle-example.json").read_bytes())
    assert [codes(answer) for answer in result.answers if isinstance(answer, RefusedRecord)] == [["intake.no-bids"]] * 6


# Forms of a file


def test_a_single_release_is_read() -> None:
    result = take(json.dumps(release()).encode())
    assert (result.form, [type(a) for a in result.answers]) == ("release", [Taken])


def test_a_record_package_gives_its_compiled_releases() -> None:
    raw = json.dumps({"records": [{"ocid": "ocds-x-1", "compiledRelease": release()}]}).encode()
    result = take(raw)
    assert result.form == "records"
    assert [a.pointer for a in result.answers] == ["/records/0/compiledRelease"]
    assert isinstance(result.answers[0], Taken)


def test_a_record_with_embedded_releases_is_merged() -> None:
    early = {k: v for k, v in release().items() if k not in ("bids", "awards")} | {
        "tag": ["tender"],
        "id": "r0",
        "date": "2026-01-01T00:00:00Z",
    }
    late = {k: v for k, v in release().items() if k != "tender"} | {"tag": ["award"]}
    result = take(json.dumps({"ocid": "ocds-x-1", "releases": [late, early]}).encode())
    assert result.form == "record"
    assert [type(a) for a in result.answers] == [Taken, Merged]
    assert isinstance(result.answers[0], Taken)
    assert notes(result.answers[0].plan)[0] == "intake.note.merged"


def test_a_record_that_only_links_is_refused_and_nothing_is_fetched() -> None:
    raw = json.dumps(
        {"records": [{"ocid": "o", "releases": [{"url": "https://example.org/r", "date": "2026-01-01T00:00:00Z"}]}]}
    ).encode()
    (answer,) = take(raw).answers
    assert isinstance(answer, RefusedRecord)
    assert answer.reason.code == "intake.linked"


def test_json_lines_are_answered_line_by_line() -> None:
    other = release(id="T-2") | {"ocid": "ocds-x-2"}
    raw = b"\n".join((json.dumps(release()).encode(), b"{broken", json.dumps(other).encode(), b'{"hello": 1}', b""))
    result = take(raw)
    assert result.form == "lines"
    assert [type(a) for a in result.answers] == [Taken, RefusedRecord, Taken, RefusedRecord]
    assert [a.reason.code for a in result.answers if isinstance(a, RefusedRecord)] == ["intake.json", "intake.shape"]
    assert [a.pointer for a in result.answers] == ["(line 1)", "(line 2)", "(line 3)", "(line 4)"]


def test_a_linked_record_in_json_lines_is_refused_at_its_line() -> None:
    linked = {"ocid": "o", "releases": [{"url": "https://example.org/r", "date": "2026-01-01T00:00:00Z"}]}
    answer = take(f"{json.dumps(release())}\n{json.dumps(linked)}".encode()).answers[1]
    assert isinstance(answer, RefusedRecord)
    assert (answer.pointer, answer.reason.pointer) == ("(line 2)", "(line 2)/releases/0")


def test_a_byte_order_mark_is_passed_over_and_noted() -> None:
    result = take(b"\xef\xbb\xbf" + package(release()))
    assert [type(a) for a in result.answers] == [Taken]
    assert [note.code for note in result.notes] == ["intake.note.bom"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "intake.empty"),
        (b" \n", "intake.empty"),
        (b'{"releases": []}', "intake.empty"),
        (b"{", "intake.json"),
        (b"plain text", "intake.json"),
        (b"PK\x03\x04 not json", "intake.json"),
        (b"[]", "intake.shape"),
        (b"1", "intake.shape"),
        (b'{"tenders": []}', "intake.shape"),
        (b'{"releases": {}}', "intake.shape"),
        ('{"releases": []}'.encode("utf-16"), "intake.encoding"),
        ('{"releases": []}'.encode("utf-16-le"), "intake.encoding"),
        (b"[" * 100_000, "intake.depth"),
        (b'{"a":' * 100_000, "intake.depth"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(raw: bytes, code: str) -> None:
    result = take(raw)
    assert result.answers == ()
    assert result.refused is not None
    assert result.refused.code == code


def test_a_file_over_the_limit_is_refused_unread() -> None:
    result = take(b" " * (MAX_BYTES + 1))
    assert result.refused is not None
    assert result.refused.code == "intake.too-large"


# Records


def test_a_sound_release_becomes_its_plan() -> None:
    plan = plan_of(release())
    assert (plan.id, plan.original, plan.ocid, plan.title) == ("T-1", "T-1", "ocds-x-1", "项目")
    assert (plan.buyer.id, plan.buyer.name, plan.currency, plan.value) == ("buyer-1", "采购人", "CNY", Money(100_050))
    assert [(lot.id, lot.original, lot.status, lot.value) for lot in plan.lots] == [
        ("A", "A", "complete", Money(100_050)),
        ("B", "B", "", None),
    ]
    assert [(i.id, i.quantity, i.unit) for i in plan.lots[0].items] == [("i1", "2", "台")]
    assert plan.closes_at == plan.ends_at == parse_time("2026-02-05T09:00:00+08:00")
    assert [(b.id, b.lot, b.amount) for b in plan.bids] == [(f"bid-{i}", "A", Money(90_000 + 100 * i)) for i in range(3)]
    assert [(a.bid, a.lot, a.status) for a in plan.awards] == [("bid-0", "A", "active")]
    assert plan.notes == ()


def drop(*path: str) -> Callable[[Json], object]:
    def change(record: Json) -> object:
        for name in path[:-1]:
            record = record[name]
        return record.pop(path[-1])

    return change


def put(value: Any, *path: Any) -> Callable[[Json], object]:
    def change(record: Any) -> None:
        for name in path[:-1]:
            record = record[name]
        record[path[-1]] = value

    return change


RECORD_FAULTS: list[tuple[Callable[[Json], object], str, str]] = [
    (drop("ocid"), "intake.missing", ""),
    (drop("id"), "intake.missing", ""),
    (drop("tender"), "intake.missing", ""),
    (put("x", "tender"), "intake.type", "/tender"),
    (put([], "tender"), "intake.type", "/tender"),
    (drop("tender", "id"), "intake.missing", "/tender"),
    (put("", "tender", "id"), "intake.blank", "/tender/id"),
    (put("x" * 300, "tender", "id"), "intake.long", "/tender/id"),
    (put("x" * 1001, "tender", "title"), "intake.long", "/tender/title"),
    (put("x" * 1001, "tender", "lots", 0, "title"), "intake.long", "/tender/lots/0/title"),
    (put([{"id": str(i), "title": "长" * 300} for i in range(20)], "tender", "lots"), "intake.lots-heavy", "/tender"),
    (put(1.5, "tender", "id"), "intake.type", "/tender/id"),
    (drop("tender", "title"), "intake.missing", "/tender"),
    (put(5, "tender", "title"), "intake.type", "/tender/title"),
    (drop("tender", "status"), "intake.missing", "/tender"),
    (put("done", "tender", "status"), "intake.status", "/tender/status"),
    (put("food", "tender", "mainProcurementCategory"), "intake.status", "/tender/mainProcurementCategory"),
    (drop("buyer"), "intake.missing", ""),
    (put({"name": "采购人"}, "buyer"), "intake.missing", "/buyer"),
    (put("1000.50", "tender", "value", "amount"), "intake.type", "/tender/value/amount"),
    (put({"$numberLong": "1"}, "tender", "value", "amount"), "intake.wrapped-number", "/tender/value/amount"),
    (put(True, "tender", "value", "amount"), "intake.type", "/tender/value/amount"),
    (put(-1, "tender", "value", "amount"), "intake.negative", "/tender/value/amount"),
    (put(1.005, "tender", "value", "amount"), "intake.amount", "/tender/value/amount"),
    (put(10**20, "tender", "value", "amount"), "intake.amount", "/tender/value/amount"),
    (put("XYZ", "tender", "value", "currency"), "intake.currency", "/tender/value/currency"),
    (put("cny", "tender", "value", "currency"), "intake.currency", "/tender/value/currency"),
    (put("USD", "tender", "lots", 0, "value", "currency"), "intake.currency-differs", "/tender/lots/0/value/currency"),
    (drop("tender", "tenderPeriod"), "intake.missing", "/tender"),
    (drop("tender", "tenderPeriod", "startDate"), "intake.missing", "/tender/tenderPeriod"),
    (drop("tender", "tenderPeriod", "endDate"), "intake.missing", "/tender/tenderPeriod"),
    (put("2026-02-05", "tender", "tenderPeriod", "endDate"), "intake.time", "/tender/tenderPeriod/endDate"),
    (put("2026-02-05T09:00:00", "tender", "tenderPeriod", "endDate"), "intake.time", "/tender/tenderPeriod/endDate"),
    (put("2026-02-30T09:00:00Z", "tender", "tenderPeriod", "endDate"), "intake.time", "/tender/tenderPeriod/endDate"),
    (put("2026-02-05T24:00:00Z", "tender", "tenderPeriod", "endDate"), "intake.time", "/tender/tenderPeriod/endDate"),
    (put("2026-W06-4T09:00:00Z", "tender", "tenderPeriod", "endDate"), "intake.time", "/tender/tenderPeriod/endDate"),
    (put("2026-02-05T09:00:00+24:00", "tender", "tenderPeriod", "endDate"), "intake.time", "/tender/tenderPeriod/endDate"),
    (put("0001-01-01T00:00:00Z", "tender", "tenderPeriod", "startDate"), "intake.time-range", "/tender/tenderPeriod/startDate"),
    (put("0001-01-01T00:00:00+23:00", "tender", "tenderPeriod", "startDate"), "intake.time", "/tender/tenderPeriod/startDate"),
    (put("1970-01-01T00:00:00Z", "tender", "tenderPeriod", "startDate"), "intake.time-range", "/tender/tenderPeriod/startDate"),
    (put("9999-01-01T00:00:00Z", "tender", "tenderPeriod", "endDate"), "intake.time-range", "/tender/tenderPeriod/endDate"),
    (
        put("2026-02-05T09:00:00.0000001Z", "tender", "tenderPeriod", "endDate"),
        "intake.time-precision",
        "/tender/tenderPeriod/endDate",
    ),
    (put(1738717200, "tender", "tenderPeriod", "endDate"), "intake.type", "/tender/tenderPeriod/endDate"),
    (put("2026-01-05T09:00:00+08:00", "tender", "tenderPeriod", "endDate"), "intake.period-order", "/tender/tenderPeriod"),
    (put({}, "tender", "lots"), "intake.type", "/tender/lots"),
    (drop("tender", "lots"), "intake.lot-unknown", "/tender/items/0/relatedLot"),
    (put("A", "tender", "lots", 1, "id"), "intake.duplicate-id", "/tender/lots/0"),
    (put("open", "tender", "lots", 0, "status"), "intake.status", "/tender/lots/0/status"),
    (put("C", "tender", "items", 0, "relatedLot"), "intake.lot-unknown", "/tender/items/0/relatedLot"),
    (put([{"id": "i"}, {"id": "i"}], "tender", "items"), "intake.duplicate-id", "/tender/items/0"),
    (put([{}], "tender", "items"), "intake.missing", "/tender/items/0"),
    (put("2", "tender", "items", 0, "quantity"), "intake.type", "/tender/items/0/quantity"),
    (put(-2, "tender", "items", 0, "quantity"), "intake.negative", "/tender/items/0/quantity"),
    (drop("bids"), "intake.no-bids", ""),
    (put([], "bids", "details"), "intake.no-bids", ""),
    (put({}, "bids", "details"), "intake.type", "/bids/details"),
    (put("x", "bids"), "intake.type", "/bids"),
    (put("maybe", "awards", 0, "status"), "intake.status", "/awards/0/status"),
    (drop("awards"), "", ""),
    (put(["C"], "awards", 0, "relatedLots"), "intake.lot-unknown", "/awards/0/relatedLots/0"),
    (put({"amount": "1", "currency": "CNY"}, "awards", 0, "value"), "intake.type", "/awards/0/value/amount"),
    (put({}, "awards"), "intake.type", "/awards"),
]


@pytest.mark.parametrize(("change", "code", "pointer"), [f for f in RECORD_FAULTS if f[1]])
def test_a_faulty_record_is_refused_with_its_code_and_place(change: Callable[[Json], object], code: str, pointer: str) -> None:
    answer = refusal_of(changed(change))
    assert (answer.reason.code, answer.reason.pointer) == (code, f"/releases/0{pointer}")


def test_a_quantity_of_absurd_size_is_refused() -> None:
    raw = package(release()).replace(b'"quantity": 2', b'"quantity": 1e99999', 1)
    (answer,) = take(raw).answers
    assert isinstance(answer, RefusedRecord)
    assert (answer.reason.code, answer.reason.pointer) == ("intake.number", "/releases/0/tender/items/0/quantity")


def test_data_nested_too_deeply_is_refused_in_its_record() -> None:
    raw = package(release(), release(id="T-2") | {"ocid": "ocds-x-2", "deep": 0}).replace(
        b'"deep": 0', b'"deep": ' + b"[" * 80 + b"]" * 80
    )
    answers = take(raw).answers
    assert isinstance(answers[0], Taken)
    assert isinstance(answers[1], RefusedRecord)
    assert answers[1].reason.code == "intake.depth"


def test_a_release_without_any_currency_is_refused() -> None:
    record = changed(drop("tender", "value"), lots=[{"id": "A", "title": "一标"}])
    for bid in record["bids"]["details"]:
        del bid["value"]
    assert refusal_of(record).reason.params == {"field": "value/currency"}


def test_a_record_of_no_releases_is_refused() -> None:
    (answer,) = take(b'{"records": [{"ocid": "o", "releases": []}]}').answers
    assert isinstance(answer, RefusedRecord)
    assert answer.reason.params == {"field": "releases"}


def test_a_record_without_awards_is_taken() -> None:
    assert plan_of(changed(drop("awards"))).awards == ()


def test_all_faults_of_a_record_are_told_at_once() -> None:
    record = changed(drop("tender", "title"), status="done", tenderPeriod={"startDate": "2026-01-01"})
    assert codes(refusal_of(record)) == ["intake.missing", "intake.status", "intake.time"]


def test_one_faulty_record_leaves_the_others_alone() -> None:
    bad = release(id="T-2", status="done") | {"ocid": "ocds-x-2"}
    result = take(package(release(), bad, release(id="T-3") | {"ocid": "ocds-x-3"}))
    assert [type(a) for a in result.answers] == [Taken, RefusedRecord, Taken]


@pytest.mark.parametrize(
    "text", ['{"ocid": "o", "ocid": "p", "tag": []}', '{"ocid": "o", "tender": {"id": "1", "title": "a", "title": "b"}}']
)
def test_a_key_written_twice_is_refused_where_it_stands(text: str) -> None:
    (answer,) = take(f'{{"releases": [{text}]}}'.encode()).answers
    assert isinstance(answer, RefusedRecord)
    assert answer.reason.code == "intake.duplicate-key"
    assert answer.reason.params["key"] in ("ocid", "title")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    raw = package(release()).replace(b"1000.5", number.encode(), 1)
    (answer,) = take(raw).answers
    assert isinstance(answer, RefusedRecord)
    assert answer.reason.code == "intake.number"


@pytest.mark.parametrize("number", ["0." + "0" * 40 + "1", "1e40", "1e-40", "1." + "0" * 70 + "1", "9" * 5000, "1e999999"])
def test_an_amount_of_any_length_is_refused_without_rounding(number: str) -> None:
    raw = package(release()).replace(b"1000.5", number.encode(), 1)
    (answer,) = take(raw).answers
    assert isinstance(answer, RefusedRecord)
    assert answer.reason.code == "intake.amount"


@pytest.mark.parametrize(
    ("number", "fen"), [("1e3", 100_000), ("1000.500", 100_050), ("0.01", 1), ("0", 0), ("-0.0", 0), ("100050e-2", 100_050)]
)
def test_an_exact_amount_is_taken_however_it_is_written(number: str, fen: int) -> None:
    raw = package(release()).replace(b"1000.5", number.encode(), 1)
    (answer,) = take(raw).answers
    assert isinstance(answer, Taken)
    assert answer.plan.value == Money(fen)


def test_a_lone_half_of_a_character_is_refused() -> None:
    (answer,) = take(package(release()).replace("项目".encode(), b"\\ud83c", 1)).answers
    assert isinstance(answer, RefusedRecord)
    assert answer.reason.code == "intake.utf8"


def test_two_records_of_one_tender_id_are_both_refused() -> None:
    result = take(package(release(), release() | {"ocid": "ocds-x-2"}))
    assert [a.reason.code for a in result.answers if isinstance(a, RefusedRecord)] == ["intake.duplicate-tender"] * 2


def test_a_tender_without_lots_is_one_lot() -> None:
    record = changed(drop("tender", "lots"), items=[{"id": 1}])
    for bid in record["bids"]["details"]:
        del bid["relatedLots"]
    del record["awards"][0]["relatedLots"]
    plan = plan_of(record)
    assert [(lot.id, lot.original, lot.value, len(lot.items)) for lot in plan.lots] == [("1", "", Money(100_050), 1)]
    assert plan.awards[0].lot == "1"
    assert notes(plan) == ["intake.note.one-lot"]


def test_a_tender_with_neither_lots_nor_items_is_refused() -> None:
    record = changed(drop("tender", "lots"))
    del record["tender"]["items"]
    assert refusal_of(record).reason.code == "intake.no-items"


def test_a_lot_without_a_title_is_called_by_its_identifier() -> None:
    plan = plan_of(changed(drop("tender", "lots", 1, "title")))
    assert [lot.title for lot in plan.lots] == ["一标", "B"]
    assert "intake.note.lot-untitled" in notes(plan)


def test_a_record_of_another_process_than_its_compiled_release_is_refused() -> None:
    raw = json.dumps({"records": [{"ocid": "ocds-x-2", "compiledRelease": release()}]}).encode()
    (answer,) = take(raw).answers
    assert isinstance(answer, RefusedRecord)
    assert (answer.reason.code, answer.reason.pointer) == ("intake.ocid-differs", "/records/0/ocid")


def test_an_item_of_no_lot_is_common_to_all() -> None:
    plan = plan_of(release(items=[{"id": 1, "description": " "}]))
    assert [(item.id, item.description) for item in plan.common_items] == [("1", "")]


def test_a_buyer_without_an_identifier_gives_way_to_the_procuring_entity() -> None:
    plan = plan_of(changed(put({"id": "", "name": "采购人"}, "buyer"), procuringEntity={"id": 7, "name": "代办单位"}))
    assert (plan.buyer.id, plan.buyer.name) == ("7", "代办单位")
    assert notes(plan) == ["intake.note.procuring-entity"]


def test_a_name_left_out_is_taken_from_the_parties() -> None:
    assert plan_of(changed(put({"id": "buyer-1"}, "buyer"))).buyer.name == "采购人"


def test_a_tender_without_a_value_takes_its_currency_from_lots_and_bids() -> None:
    record = changed(drop("tender", "value"))
    plan = plan_of(record)
    assert (plan.value, plan.currency) == (None, "CNY")
    assert "intake.note.no-value" in notes(plan)


@pytest.mark.parametrize("original", ["a b/c", "项目—1", "x" * 41, "-lead", "dot.ted", "_"])
def test_a_foreign_tender_id_is_mapped_to_one_of_ours_and_kept(original: str) -> None:
    plan = plan_of(release(id=original))
    assert TENDER_ID.fullmatch(plan.id)
    assert plan.original == original
    assert notes(plan) == ["intake.note.id-mapped"]


def test_different_foreign_ids_do_not_meet() -> None:
    ids = [plan_of(release(id=original)).id for original in ("a b", "a/b", "a.b", "a-b", "项目一", "项目二")]
    assert len(set(ids)) == 6


def test_lots_whose_ids_do_not_fit_are_numbered_together() -> None:
    record = release(lots=[{"id": "2", "title": "甲"}, {"id": "x" * 32, "title": "乙"}], items=[])
    for bid in record["bids"]["details"]:
        bid["relatedLots"] = ["x" * 32]
    record["awards"] = []
    plan = plan_of(record)
    assert [(lot.id, lot.original) for lot in plan.lots] == [("1", "2"), ("2", "x" * 32)]
    assert all(LOT_ID.fullmatch(lot.id) for lot in plan.lots)
    assert {bid.lot for bid in plan.bids} == {"2"}


# Bids

BID_FAULTS: list[tuple[Callable[[Json], object], str, str]] = [
    (lambda b: b.pop("id"), "intake.missing", ""),
    (lambda b: b.update(status="perhaps"), "intake.status", "/status"),
    (lambda b: b.pop("date"), "intake.bid-date", ""),
    (lambda b: b.update(date="2026-02-01 10:00"), "intake.time", "/date"),
    (lambda b: b.update(date="2026-01-01T00:00:00Z"), "intake.bid-early", "/date"),
    (lambda b: b.pop("value"), "intake.bid-value", ""),
    (lambda b: b.update(value={"currency": "CNY"}), "intake.bid-value", ""),
    (lambda b: b.update(value={"amount": None, "currency": "CNY"}), "intake.bid-value", ""),
    (lambda b: b.update(value={"amount": 1}), "intake.missing", "/value"),
    (lambda b: b.update(value={"amount": "900", "currency": "CNY"}), "intake.type", "/value/amount"),
    (lambda b: b.update(value={"amount": 900.001, "currency": "CNY"}), "intake.amount", "/value/amount"),
    (lambda b: b.update(value={"amount": -900, "currency": "CNY"}), "intake.negative", "/value/amount"),
    (lambda b: b.update(value={"amount": 0, "currency": "CNY"}), "intake.bid-zero", ""),
    (lambda b: b.update(value={"amount": -0.0, "currency": "CNY"}), "intake.bid-zero", ""),
    (lambda b: b.update(tenderers=[{"id": "t", "name": "名" * 501}]), "intake.long", "/tenderers/0/name"),
    (lambda b: b.update(value={"amount": 900, "currency": "USD"}), "intake.currency-differs", "/value/currency"),
    (lambda b: b.update(value=900), "intake.type", "/value"),
    (lambda b: b.pop("tenderers"), "intake.bid-tenderer", ""),
    (lambda b: b.update(tenderers=[]), "intake.bid-tenderer", ""),
    (lambda b: b.update(tenderers=[{"name": "甲"}]), "intake.missing", "/tenderers/0"),
    (lambda b: b.update(tenderers=[{"id": "nobody"}]), "intake.missing", "/tenderers/0"),
    (lambda b: b.update(relatedLots=["Z"]), "intake.lot-unknown", "/relatedLots/0"),
    (lambda b: b.update(relatedLots=["A", "B"]), "intake.bid-several-lots", ""),
    (lambda b: b.pop("relatedLots"), "intake.bid-lot-missing", ""),
    (lambda b: b.update(relatedLots="A"), "intake.type", "/relatedLots"),
    (lambda b: b.update(documents={}), "intake.type", "/documents"),
    (lambda b: (b.pop("date"), b.update(status="withdrawn")), "intake.bid-date", ""),
]


@pytest.mark.parametrize(("change", "code", "pointer"), BID_FAULTS)
def test_a_faulty_bid_is_refused_and_the_others_are_taken(change: Callable[[Json], object], code: str, pointer: str) -> None:
    record = release()
    change(record["bids"]["details"][1])
    plan = plan_of(record)
    assert [bid.id for bid in plan.bids] == ["bid-0", "bid-2"]
    assert [(p.code, p.pointer) for p in plan.refused] == [(code, f"/releases/0/bids/details/1{pointer}")]


def test_a_record_of_which_no_bid_is_left_is_refused_with_all_the_reasons() -> None:
    record = release()
    for bid in record["bids"]["details"]:
        del bid["value"]
    answer = refusal_of(record)
    assert codes(answer) == ["intake.no-bid-left", *["intake.bid-value"] * 3]
    assert answer.reason.params == {"count": "3"}


def test_a_withdrawn_bid_without_date_and_value_is_kept_as_a_status() -> None:
    record = release()
    record["bids"]["details"].append({"id": "gone", "status": "withdrawn"})
    plan = plan_of(record)
    assert (plan.bids[3].id, plan.bids[3].status, plan.bids[3].lot, plan.bids[3].amount, plan.bids[3].at) == (
        "gone",
        "withdrawn",
        "",
        None,
        None,
    )
    assert notes(plan) == ["intake.note.nothing-to-seal"]


def test_a_bid_repeated_word_for_word_is_taken_once() -> None:
    record = release()
    record["bids"]["details"].append(deepcopy(record["bids"]["details"][0]))
    plan = plan_of(record)
    assert [bid.id for bid in plan.bids] == ["bid-0", "bid-1", "bid-2"]
    assert [p.code for p in plan.refused] == ["intake.bid-duplicate"]


def test_two_different_bids_of_one_id_are_both_refused() -> None:
    record = release()
    again = deepcopy(record["bids"]["details"][0])
    again["value"]["amount"] = 1
    record["bids"]["details"].append(again)
    plan = plan_of(record)
    assert [bid.id for bid in plan.bids] == ["bid-1", "bid-2"]
    assert [p.pointer for p in plan.refused] == ["/releases/0/bids/details/3", "/releases/0/bids/details/0"]


def test_one_bid_id_in_two_lots_is_one_bid_a_lot() -> None:
    record = release()
    again = deepcopy(record["bids"]["details"][0]) | {"relatedLots": ["B"]}
    record["bids"]["details"].append(again)
    assert [(bid.id, bid.lot) for bid in plan_of(record).bids] == [("bid-0", "A"), ("bid-1", "A"), ("bid-2", "A"), ("bid-0", "B")]


def test_two_bids_of_one_tenderer_in_a_lot_are_both_refused() -> None:
    record = release()
    record["bids"]["details"][1]["tenderers"] = record["bids"]["details"][0]["tenderers"]
    plan = plan_of(record)
    assert [bid.id for bid in plan.bids] == ["bid-2"]
    assert [p.code for p in plan.refused] == ["intake.bid-second"] * 2


def test_a_withdrawn_bid_does_not_stand_against_the_one_that_followed_it() -> None:
    record = release()
    record["bids"]["details"][1]["tenderers"] = record["bids"]["details"][0]["tenderers"]
    record["bids"]["details"][0]["status"] = "withdrawn"
    assert len(plan_of(record).bids) == 3


def test_a_bid_withdrawn_after_the_other_came_makes_it_uncertain_which_stands() -> None:
    record = release()
    record["bids"]["details"][1]["tenderers"] = record["bids"]["details"][0]["tenderers"]
    record["bids"]["details"][1]["status"] = "withdrawn"
    plan = plan_of(record)
    assert [bid.id for bid in plan.bids] == ["bid-2"]
    assert [p.code for p in plan.refused] == ["intake.bid-second"] * 2


# Time


def test_a_bid_at_the_closing_instant_is_kept_and_noted_as_late() -> None:
    plan = plan_of(changed(put("2026-02-05T01:00:00Z", "bids", "details", 2, "date")))
    assert plan.closes_at == plan.ends_at == plan.bids[2].at
    assert [(n.code, n.params["bid"]) for n in plan.notes] == [("intake.note.late", "bid-2")]


def test_a_bid_one_microsecond_before_the_closing_is_in_time() -> None:
    assert plan_of(changed(put("2026-02-05T00:59:59.999999Z", "bids", "details", 2, "date"))).notes == ()


def test_a_bid_between_tender_and_award_period_makes_it_an_auction() -> None:
    late = put("2026-02-05T10:00:00+08:00", "bids", "details", 2, "date")
    plan = plan_of(changed(late, awardPeriod={"startDate": "2026-02-05T11:00:00+08:00"}))
    assert plan.ends_at == parse_time("2026-02-05T09:00:00+08:00")
    assert plan.closes_at == parse_time("2026-02-05T11:00:00+08:00")
    assert [(n.code, n.params) for n in plan.notes] == [("intake.note.auction", {"count": "1"})]


def test_a_bid_at_the_start_of_the_award_period_is_no_auction() -> None:
    late = put("2026-02-05T11:00:00+08:00", "bids", "details", 2, "date")
    plan = plan_of(changed(late, awardPeriod={"startDate": "2026-02-05T11:00:00+08:00"}))
    assert plan.closes_at == plan.ends_at
    assert notes(plan) == ["intake.note.late"]


def test_an_award_period_alone_moves_nothing() -> None:
    plan = plan_of(release(awardPeriod={"startDate": "2026-02-05T11:00:00+08:00"}))
    assert plan.closes_at == plan.ends_at


# Awards


def award(id: str, status: str, bid: str = "bid-0", date: str = "", **more: Any) -> Json:
    return {"id": id, "status": status, "relatedBid": bid, "relatedLots": ["A"], **({"date": date} if date else {}), **more}


def test_the_latest_award_that_was_not_cancelled_is_the_last_word() -> None:
    awards = [
        award("1", "cancelled", date="2026-02-10T00:00:00Z"),
        award("2", "unsuccessful", date="2026-02-11T00:00:00Z"),
        award("3", "cancelled", date="2026-02-12T00:00:00Z"),
    ]
    plan = plan_of(release() | {"awards": awards})
    assert [(a.id, a.status) for a in plan.awards] == [("2", "unsuccessful")]
    assert plan.rejected == (("bid-0", "A"),)


def test_a_disqualified_bid_is_rejected_as_in_the_file() -> None:
    assert plan_of(changed(put("disqualified", "bids", "details", 1, "status"))).rejected == (("bid-1", "A"),)


def test_awards_that_contradict_each_other_at_one_instant_refuse_the_record() -> None:
    awards = [award("1", "active", date="2026-02-10T00:00:00Z"), award("2", "unsuccessful", date="2026-02-10T00:00:00Z")]
    assert plan_of(release() | {"awards": [awards[0], awards[0]]}).awards[0].status == "active"
    assert refusal_of(release() | {"awards": awards}).reason.code == "intake.award-conflict"


def test_an_award_without_its_bid_is_tied_by_supplier_and_lot_when_there_is_one() -> None:
    plan = plan_of(release() | {"awards": [award("1", "active", "other", suppliers=[{"id": "org-2", "name": "投标人2"}])]})
    assert plan.awards[0].bid == "bid-2"
    assert notes(plan) == ["intake.note.award-by-supplier"]


def test_an_award_that_belongs_to_no_bid_is_kept_without() -> None:
    plan = plan_of(release() | {"awards": [award("1", "active", "other", suppliers=[{"id": "org-9", "name": "别人"}])]})
    assert plan.awards[0].bid == ""
    assert notes(plan) == ["intake.note.award-unmatched"]


def test_an_award_of_another_value_than_the_bid_is_noted() -> None:
    plan = plan_of(release() | {"awards": [award("1", "active", value={"amount": 899, "currency": "CNY"})]})
    assert notes(plan) == ["intake.note.award-value"]


def test_several_winners_of_a_lot_are_noted() -> None:
    plan = plan_of(release() | {"awards": [award("1", "active"), award("2", "active", "bid-1")]})
    assert notes(plan) == ["intake.note.several-winners"]


# Merging


def parts() -> tuple[Json, Json]:
    early = {k: v for k, v in release().items() if k not in ("bids", "awards")} | {
        "tag": ["tender"],
        "id": "r0",
        "date": "2026-01-01T00:00:00Z",
    }
    late = {k: v for k, v in release().items() if k != "tender"} | {"tag": ["award"]}
    return early, late


def test_a_later_release_replaces_removes_and_adds_by_id() -> None:
    early, late = parts()
    late["tender"] = {
        "id": "T-1",
        "title": "改名",
        "mainProcurementCategory": None,
        "tenderPeriod": {"endDate": "2026-02-06T09:00:00+08:00"},
        "lots": [{"id": "B", "status": "cancelled"}, {"id": "C", "title": "三标"}],
    }
    result = take(package(early, late))
    assert [type(a) for a in result.answers] == [Merged, Taken]
    answer = result.answers[1]
    assert isinstance(answer, Taken)
    plan = answer.plan
    assert (plan.title, plan.category) == ("改名", "")
    assert [(lot.id, lot.title, lot.status) for lot in plan.lots] == [
        ("A", "一标", "complete"),
        ("B", "二标", "cancelled"),
        ("C", "三标", ""),
    ]
    assert plan.starts_at == parse_time("2026-01-05T09:00:00+08:00")
    assert plan.ends_at == parse_time("2026-02-06T09:00:00+08:00")


def test_the_order_in_the_file_does_not_matter() -> None:
    early, late = parts()
    early["tender"]["title"] = "旧名"
    late["tender"] = {"id": "T-1", "title": "新名"}
    forward, back = take(package(early, late)).answers, take(package(late, early)).answers
    assert isinstance(forward[1], Taken)
    assert isinstance(back[0], Taken)
    assert forward[1].plan.title == back[0].plan.title == "新名"


MERGE_FAULTS: list[tuple[Callable[[Json, Json], object], str]] = [
    (lambda early, late: late.update(date=early["date"]), "intake.merge-order"),
    (lambda early, late: late.update(id=early["id"]), "intake.duplicate-release"),
    (lambda early, late: late.update(tag=["compiled"]), "intake.merge-compiled"),
    (lambda early, late: late["bids"]["details"][0].pop("id"), "intake.merge-ids"),
    (lambda early, late: late["bids"]["details"][0].update(id="bid-1"), "intake.duplicate-id"),
    (lambda early, late: late.pop("date"), "intake.missing"),
]


@pytest.mark.parametrize(("change", "code"), MERGE_FAULTS)
def test_releases_that_make_no_certain_record_are_refused_each(change: Callable[[Json, Json], object], code: str) -> None:
    early, late = parts()
    change(early, late)
    answers = take(package(early, late)).answers
    assert [a.reason.code for a in answers if isinstance(a, RefusedRecord)] == [code] * 2


def test_a_record_is_not_made_of_what_is_left_when_one_release_is_damaged() -> None:
    early, late = parts()
    raw = package(early, late, release(id="T-9") | {"ocid": "ocds-x-9"}).replace(b'"r0"', b'"r\xff"', 1)
    answers = take(raw).answers
    assert [a.reason.code if isinstance(a, RefusedRecord) else "taken" for a in answers] == [
        "intake.utf8",
        "intake.merge-incomplete",
        "taken",
    ]


# Everything at once

LEAVES = st.sampled_from(
    [None, True, 0, -1, 1.005, 10**30, "", " ", "x", "2026-13-01T00:00:00Z", [], {}, [[]], [None], {"$numberLong": "1"}]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, v in inner for place in places(v, (*path, key)))]


PLACES = [place for place in places(release()) if place]


def encoded(result: Intake) -> bytes:
    return write(result)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLACES), LEAVES)
def test_no_value_anywhere_crashes_the_reader_or_is_taken_against_the_schema(place: tuple[Any, ...], leaf: Any) -> None:
    record = release()
    put(leaf, *place)(record)
    result = take(package(record))
    assert encoded(result)
    (answer,) = result.answers
    broken = [error for error in VALID.iter_errors(record) if tuple(error.absolute_path)[: len(place)] == place]
    unread = place[0] in ("date", "initiationType", "tag") or place[:3] in (("parties", 0, "roles"), ("parties", 0, "id"))
    if broken and not unread and leaf is not None:  # null is read as absent everywhere
        assert isinstance(answer, RefusedRecord) or answer != take(package(release())).answers[0]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_crash_the_reader(data: st.DataObject) -> None:
    raw = bytearray(package(release()))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert encoded(take(bytes(raw)))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused(raw: bytes) -> None:
    assert encoded(take(raw))


def test_every_code_has_its_sentence_and_every_sentence_its_code() -> None:
    used = {
        code
        for path in (ROOT / "trading/intake").glob("*.py")
        for code in re.findall(r'"(intake\.[a-z0-9.-]+)"', path.read_text("utf-8"))
    }
    said = tomllib.loads((ROOT / "trading/locale/codes/intake.toml").read_text("utf-8"))
    assert used == set(said)


def test_the_currencies_are_scaled_as_the_international_table_says() -> None:
    digits = {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }
    others = {code: places for places, codes in digits.items() for code in codes.split()}
    assert {c: minor_digits(c) for c in CURRENCIES if minor_digits(c) != 2} == others
    assert not CURRENCIES & {"XAU", "XDR", "XTS", "XXX"}  # metals, units of account, none
