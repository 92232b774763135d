"""Instants have one form; digests in hex have one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Invalid
from archive.strict import HEX256, is_hex256
from archive.values import instant, instant_text

FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
GOOD = "2026-01-05T09:08:07.060504Z"


@given(st.integers(FIRST, LAST))
def test_an_instant_is_written_in_27_characters_and_read_back(at: int) -> None:
    text = instant_text(at)
    assert len(text) == 27
    assert instant(text) == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00.000000Z", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("0001-01-01T00:00:00.000000Z", FIRST),
        ("2024-02-29T23:59:59.999999Z", 1_709_251_199_999_999),
        ("9999-12-31T23:59:59.999999Z", LAST),
    ],
)
def test_an_instant_counts_microseconds_since_1970(text: str, at: int) -> None:
    assert (instant(text), instant_text(at)) == (at, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-05",
        "2026-01-05T09:08:07Z",
        "2026-01-05T09:08:07.060504",
        "2026-01-05T09:08:07.060504+00:00",
        "2026-01-05T09:08:07,060504Z",
        "2026-01-05t09:08:07.060504Z",
        "2026-01-05T09:08:07.060504z",
        "2026-01-05 09:08:07.060504Z",
        " 2026-01-05T09:08:07.06050Z",
        "2026-01-05T09:08:07.06050Z\n",
        "2026-W01-1T09:08:07.060504Z",
        "2026-01-05T09:08:07.06_504Z",
        "٢٠٢٦-01-05T09:08:07.060504Z",
        "2026-02-29T09:08:07.060504Z",
        "2026-13-05T09:08:07.060504Z",
        "0000-01-05T09:08:07.060504Z",
        "2026-01-05T24:00:00.000000Z",
        "2026-01-05T09:60:07.060504Z",
        "2026-01-05T09:08:60.060504Z",
        "2026-01-05T09:08:07.06050\ud800Z",
    ],
)
def test_another_form_is_no_instant(text: str) -> None:
    assert instant(GOOD)
    with pytest.raises(Invalid) as said:
        instant(text)
    assert said.value.code == "value.instant"


@given(st.text("0123456789abcdefAF_ \n\x00é", max_size=66) | st.from_regex(HEX256, fullmatch=True))
def test_a_digest_in_hex_is_told_as_its_pattern_tells_it(text: str) -> None:
    assert is_hex256(text) == (HEX256.fullmatch(text) is not None)


@pytest.mark.parametrize("text", ["AB" * 32, "ab" * 31, "ab" * 33, "ab" * 31 + "\nb", "ab" * 31 + "a\n", "１" * 64, " " * 64])
def test_another_form_is_no_digest(text: str) -> None:
    assert is_hex256("ab" * 32) and not is_hex256(text)
