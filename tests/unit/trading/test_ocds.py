"""What is published validates, loses nothing and says nothing too early."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archive.errors import Invalid
from archive.values import Money, parse_time
from trading.intake import Plan, Taken, take
from trading.ocds import (
    Change,
    File,
    Organisation,
    Published,
    PublishedAward,
    PublishedBid,
    PublishedContract,
    PublishedItem,
    PublishedLot,
    Span,
    package_json,
    release,
    release_json,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "ocds"
SCHEMA = json.loads((VECTORS / "release-schema-1.1.5+bids+lots-1.1.5.json").read_text("utf-8"))
FORMATS = jsonschema.FormatChecker()
FORMATS.checks("date-time", raises=Invalid)(lambda v: not isinstance(v, str) or parse_time(v) is not None)
VALID = jsonschema.Draft4Validator(SCHEMA, format_checker=FORMATS)


def at(text: str) -> int:
    return parse_time(text + "+08:00")


BIDDERS = tuple(Organisation(f"org-{i}", f"第{i}演示公司", "CN-USCC", "91530502MA9YDM0137", contact="张某") for i in range(3))
TENDERED = Published(
    ocid="ocds-000000-T-1",
    id="T-1-tender",
    at=at("2026-09-08T09:00:00"),
    tags=("tender",),
    tender="T-1",
    title="隆阳区永昌街道便民服务站改造工程施工",
    status="active",
    buyer="owner",
    organisations=(
        Organisation(
            "owner",
            "保山市隆阳区建设单位（演示）",
            "CN-USCC",
            "11530502MB9Y0B227D",
            "永昌街道1号",
            "530502",
            "杨某某",
            "0875-2000001",
        ),
        Organisation("agency", "云南演示招标代理有限公司"),
    ),
    procuring="agency",
    starts_at=at("2026-09-08T09:00:00"),
    ends_at=at("2026-10-09T09:00:00"),
    lots=(PublishedLot("1", "改造施工", "active", Money(486_000_000), "土建、装修、安装"), PublishedLot("2", "监理", "active")),
    items=(PublishedItem("i1", "防滑面砖", "63.50", "平方米", "1", "UNSPSC", "30131700"), PublishedItem("i2", "整体")),
    description="便民服务站改造",
    method_details="公开招标",
    category="works",
    criteria="ratedCriteria",
    criteria_details="综合评估法",
    eligibility="建筑工程施工总承包三级",
    value=Money(486_000_000),
    enquiries=Span(at("2026-09-08T09:00:00"), at("2026-09-29T09:00:00")),
    evaluation=Span(at("2026-10-09T09:00:00")),
    files=(
        File(
            "d1",
            "biddingDocuments",
            "招标文件.pdf",
            "https://ggzy.example/d1",
            at("2026-09-08T09:00:00"),
            "application/pdf",
            "ab" * 32,
        ),
    ),
    changes=(Change("c1", at("2026-09-22T10:00:00"), "漏项", "无障碍坡道"),),
)
OPENED = replace(
    TENDERED,
    id="T-1-award",
    at=at("2026-10-16T09:00:00"),
    tags=("compiled",),
    status="complete",
    organisations=TENDERED.organisations + BIDDERS,
    bids=(
        PublishedBid("b0", "1", "valid", ("org-0",), Money(472_315_000), at("2026-10-08T10:20:00") + 123_456),
        PublishedBid("b1", "1", "disqualified", ("org-1",), Money(468_800_050), at("2026-10-08T11:20:00")),
        PublishedBid("b2", "2", "valid", ("org-2",), Money(1), at("2026-10-09T08:59:59") + 999_999),
        PublishedBid("b3", "1", "withdrawn"),
    ),
    awards=(PublishedAward("a1", "1", "active", at("2026-10-16T09:00:00"), "b0", ("org-0",), Money(472_315_000), "中标"),),
    contracts=(PublishedContract("k1", "a1", "active", Money(472_315_000), at("2026-11-10T10:00:00"), "施工合同"),),
)


def valid(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(raw)
    VALID.validate(found)
    return found


@pytest.mark.parametrize(
    "published", [TENDERED, OPENED, replace(OPENED, bids=(), awards=(), contracts=())], ids=["tender", "award", "no-bids"]
)
def test_a_release_validates_against_the_standard_with_its_extensions(published: Published) -> None:
    valid(release_json(published))


def test_the_published_release_is_the_one_that_was_approved() -> None:
    golden = Path(__file__).parents[2] / "golden" / "ocds-release.json"
    assert json.loads(release_json(OPENED), parse_float=str) == json.loads(golden.read_text("utf-8"), parse_float=str)


def plan_of(published: Published) -> Plan:
    (answer,) = take(package_json([published], uri="https://ggzy.example/ocds", publisher="演示平台", at=published.at)).answers
    assert isinstance(answer, Taken), answer
    return answer.plan


def test_what_is_published_is_read_back_without_loss() -> None:
    plan = plan_of(OPENED)
    assert OPENED.bids is not None
    assert (plan.id, plan.ocid, plan.title, plan.value, plan.status) == (
        "T-1",
        OPENED.ocid,
        OPENED.title,
        OPENED.value,
        "complete",
    )
    assert (plan.starts_at, plan.ends_at, plan.closes_at) == (OPENED.starts_at, OPENED.ends_at, OPENED.ends_at)
    assert [(lot.id, lot.title, lot.value) for lot in plan.lots] == [(lot.id, lot.title, lot.value) for lot in OPENED.lots]
    assert [(b.id, b.status, b.amount, b.at) for b in plan.bids] == [(b.id, b.status, b.amount, b.at) for b in OPENED.bids]
    assert [(a.id, a.bid, a.lot, a.value, a.at) for a in plan.awards] == [
        (a.id, a.bid, a.lot, a.value, a.at) for a in OPENED.awards
    ]
    assert plan.lots[0].items[0].quantity == "63.50"
    assert plan.rejected == (("b1", "1"),)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 2**53 - 1), st.sampled_from(["CNY", "JPY", "KWD", "UAH"]), st.integers(0, 29 * 86_400 * 10**6))
def test_any_amount_and_time_come_back_exactly(amount: int, currency: str, after: int) -> None:
    money, when = Money(amount, currency), OPENED.starts_at + after
    published = replace(
        OPENED,
        value=None,
        lots=(PublishedLot("1", "标段", "active"),),
        items=(),
        bids=(PublishedBid("b", "1", "valid", ("org-0",), money, when),),
        awards=(),
        contracts=(),
    )
    (bid,) = plan_of(published).bids
    assert (bid.amount, bid.at) == (money, when)


def test_amounts_are_written_as_exact_decimals() -> None:
    raw = release_json(OPENED)
    assert b'{"amount":4723150.00,"currency":"CNY"}' in raw
    assert b'{"amount":0.01,"currency":"CNY"}' in raw
    assert b'"quantity":63.50' in raw


def test_a_large_amount_keeps_all_its_digits() -> None:
    assert b'"amount":90071992547409.91' in release_json(replace(TENDERED, value=Money(2**53 - 1)))


def test_before_the_opening_nothing_tells_of_bids() -> None:
    found = valid(release_json(TENDERED))
    assert "bids" not in found
    assert "numberOfTenderers" not in found["tender"]
    assert {role for party in found["parties"] for role in party.get("roles", [])} == {"buyer", "procuringEntity"}


@pytest.mark.parametrize("bids", [(), OPENED.bids])
def test_bids_are_not_published_before_their_closing(bids: tuple[PublishedBid, ...]) -> None:
    with pytest.raises(Invalid, match=r"ocds\.sealed"):
        release(replace(OPENED, at=OPENED.ends_at - 1, bids=bids))


def test_bids_may_be_published_at_the_closing_instant() -> None:
    assert release(replace(OPENED, at=OPENED.ends_at))["bids"]


def test_parties_carry_the_roles_they_have() -> None:
    found = valid(release_json(OPENED))
    assert {party["id"]: party.get("roles") for party in found["parties"]} == {
        "owner": ["buyer"],
        "agency": ["procuringEntity"],
        "org-0": ["tenderer", "supplier"],
        "org-1": ["tenderer"],
        "org-2": ["tenderer"],
    }


def test_statistics_count_what_was_received_and_what_was_valid() -> None:
    found = valid(release_json(OPENED))
    assert [(s["measure"], s["value"]) for s in found["bids"]["statistics"]] == [("bids", 3), ("validBids", 2)]
    assert found["tender"]["numberOfTenderers"] == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"buyer": "nobody"}, "ocds.unknown"),
        ({"procuring": "nobody"}, "ocds.unknown"),
        ({"lots": ()}, "ocds.unknown"),
        ({"awards": ()}, "ocds.unknown"),
        ({"bids": ()}, "ocds.unknown"),
        ({"organisations": OPENED.organisations[:4]}, "ocds.unknown"),
        ({"organisations": OPENED.organisations * 2}, "ocds.twice"),
        ({"lots": OPENED.lots * 2}, "ocds.twice"),
        ({"items": (PublishedItem("i", "x", "many"),)}, "ocds.quantity"),
        ({"items": (PublishedItem("i", "x", "NaN"),)}, "ocds.quantity"),
    ],
)
def test_data_that_does_not_hang_together_is_not_published(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        release(replace(OPENED, **change))
    assert refused.value.code == code


def test_a_package_names_its_extensions_and_publisher() -> None:
    found = json.loads(
        package_json(
            [TENDERED], uri="https://ggzy.example/ocds", publisher="演示平台", at=TENDERED.at, license="https://ggzy.example/l"
        )
    )
    assert (found["version"], found["publisher"], len(found["extensions"])) == ("1.1", {"name": "演示平台"}, 2)
    assert found["publishedDate"] == "2026-09-08T09:00:00+08:00"


def test_values_stay_decimal_until_they_are_written() -> None:
    tender = release(TENDERED)["tender"]
    assert isinstance(tender, dict)
    assert tender["value"] == {"amount": Decimal("4860000.00"), "currency": "CNY"}
