"""The national codes: check characters by their vectors, and every single slip caught."""

from datetime import date

import pytest

from archive.errors import Invalid
from trading import codes

CENTRE = "12530500MB9Y0A11XK"
UNITS = (
    CENTRE, "11530500MB9Y0A2240", "11530502MB9Y0B227D", "11530581MB9Y0C334F", "12530523MB9Y0D4411", "91530502MA9YDM0137",
    "91530581MA9YDM021F", "91530100MA9YDM03X8", "91530500MA9YDM048W", "91530521MA9YDM0565", "91530524MA9YDM064B",
    "91510100MA9YDM072G", "91530100MA9YDA010W", "91530500MA9YDA029E",
)  # fmt: skip
DAY = date(2026, 3, 2)


@pytest.mark.parametrize("code", UNITS)
def test_a_credit_code_with_right_digits_holds(code: str) -> None:
    assert codes.credit_code_holds(code)
    assert codes.organisation_code_holds(code)


@pytest.mark.parametrize("place", range(18))
def test_a_credit_code_with_one_character_wrong_does_not_hold(place: int) -> None:
    wrong = "1" if CENTRE[place] != "1" else "2"
    assert not codes.credit_code_holds(CENTRE[:place] + wrong + CENTRE[place + 1 :])


@pytest.mark.parametrize("code", ["", CENTRE[:-1], CENTRE + "0", CENTRE.lower(), "12530500MI9Y0A11XK", "1" * 18 + "\n"])
def test_what_has_not_the_form_of_a_credit_code_does_not_hold(code: str) -> None:
    assert not codes.credit_code_holds(code)


def test_an_inner_organisation_code_with_a_wrong_digit_is_told_apart() -> None:
    body = CENTRE[:16] + "0"
    code = body + codes.credit_digit(body)
    assert codes.credit_code_holds(code)
    assert not codes.organisation_code_holds(code)


@pytest.mark.parametrize(("first8", "digit"), [("MB9Y0A11", "X"), ("00000000", "0"), ("10000000", "8")])
def test_the_organisation_digit_has_ten_and_eleven_as_letters_and_nought(first8: str, digit: str) -> None:
    assert codes.organisation_digit(first8) == digit


@pytest.mark.parametrize(("industry", "check"), [("A01", "Q"), ("A02", "C"), ("B01", "7"), ("C01", "P")])
def test_a_trade_code_carries_its_published_check(industry: str, check: str) -> None:
    assert codes.trade_code(industry, CENTRE, DAY, 1) == f"{industry}-{CENTRE}-20260302-000001-{check}"


def test_a_trade_code_holds_with_and_without_its_hyphens() -> None:
    printed = codes.trade_code("A01", CENTRE, DAY, 1)
    assert codes.trade_code_holds(printed)
    assert codes.trade_code_holds(printed.replace("-", ""))


@pytest.mark.parametrize(
    "code",
    [
        f"A01-{CENTRE}-20260302-000001-R",
        f"A01-{CENTRE}-20260302-000002-Q",
        f"A01-{CENTRE}-20260230-000001-Q",
        f"A01-{CENTRE[:-1]}0-20260302-000001-Q",
        "A01",
    ],
)
def test_a_trade_code_with_a_slip_does_not_hold(code: str) -> None:
    assert not codes.trade_code_holds(code)


def test_the_stored_trade_code_has_thirty_three_characters() -> None:
    assert codes.stored_trade_code(codes.trade_code("A01", CENTRE, DAY, 1)) == f"{CENTRE}20260302000001Q"
    assert len(codes.stored_trade_code(codes.trade_code("A01", CENTRE, DAY, 1))) == 33


def test_a_trade_code_that_does_not_hold_is_not_stored() -> None:
    with pytest.raises(Invalid, match=r"code\.trade"):
        codes.stored_trade_code(f"A01-{CENTRE}-20260302-000001-R")


@pytest.mark.parametrize(
    ("industry", "platform", "number"), [("1A1", CENTRE, 1), ("A01", CENTRE[:-1], 1), ("A01", CENTRE, 0), ("A01", CENTRE, 10**6)]
)
def test_a_trade_code_is_not_made_of_wrong_parts(industry: str, platform: str, number: int) -> None:
    with pytest.raises(Invalid, match=r"code\.trade"):
        codes.trade_code(industry, platform, DAY, number)


def test_project_tender_and_section_numbers_grow_by_three() -> None:
    project = codes.project_code("A01", "530502", date(2026, 9, 1), 7)
    tender = codes.tender_code(project, 1)
    section = codes.section_code(tender, 2)
    assert (project, tender, section) == ("A015305022609010007", "A015305022609010007001", "A015305022609010007001002")
    assert all(codes.number_code_holds(code) for code in (project, tender, section))


@pytest.mark.parametrize("code", ["A01530502260901000", "A01530502261301000X", "A015305022613010007", "A0153050226090100070"])
def test_what_is_no_number_does_not_hold(code: str) -> None:
    assert not codes.number_code_holds(code)


@pytest.mark.parametrize(
    ("industry", "region", "number"), [("A1", "530502", 1), ("A01", "53050", 1), ("A01", "530502", 0), ("A01", "530502", 10**4)]
)
def test_a_project_number_is_not_made_of_wrong_parts(industry: str, region: str, number: int) -> None:
    with pytest.raises(Invalid, match=r"code\.project"):
        codes.project_code(industry, region, DAY, number)


@pytest.mark.parametrize("number", [0, 1000])
def test_a_tender_number_is_not_made_of_a_wrong_ordinal(number: int) -> None:
    with pytest.raises(Invalid, match=r"code\.project"):
        codes.tender_code("A015305022609010007", number)


def test_a_section_number_is_not_made_of_a_project_number() -> None:
    with pytest.raises(Invalid, match=r"code\.project"):
        codes.section_code("A015305022609010007", 1)


@pytest.mark.parametrize(
    ("code", "holds"), [("A080101", True), ("B010203", True), ("A110101", False), ("F080101", False), ("A08010", False)]
)
def test_a_section_category_has_seven_characters_and_known_levels(code: str, holds: bool) -> None:
    assert codes.section_category_holds(code) is holds


def test_a_region_has_its_name_and_an_unknown_one_its_code() -> None:
    assert codes.region_name("530500") == "保山市"
    assert codes.region_name("110000") == "110000"
