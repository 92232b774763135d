"""Canonical JSON: one byte string per value."""

from typing import Any

import pytest

from archive import canonical
from archive.errors import Invalid
from archive.faults import Fault
from archive.values import Money, Value


class Named(Value, frozen=True):
    name: str
    sum: Money
    note: str = ""


def test_keys_are_sorted_and_defaults_are_left_out() -> None:
    assert canonical.encode(Named("甲", Money(5))) == '{"name":"甲","sum":{"amount":5}}'.encode()


def test_strings_are_written_composed() -> None:
    assert canonical.encode({"a": "e\u0301"}) == '{"a":"é"}'.encode()
    assert canonical.encode(Named("e\u0301", Money(5))) == '{"name":"é","sum":{"amount":5}}'.encode()


def test_an_escaped_newline_does_not_lend_its_letter_to_an_accent() -> None:
    raw = canonical.encode({"a": ["\n\u0303", "e\u0301"]})
    assert raw == b'{"a":["\\n\xcc\x83","\xc3\xa9"]}'
    assert canonical.parse(raw) == ({"a": ["\n\u0303", "é"]}, True)


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.5},
        {"a": None},
        {"a": 2**53},
        {"": 1},
        {"é": 1},
        {'a"': 1},
        {"a\\": 1},
        {"a\x7f": 1},
        {"a": 10**30},
        [1],
        {"a": {1: 2.0}},
        {"a": object()},
    ],
)
def test_the_writer_refuses_what_the_profile_excludes(value: Any) -> None:
    with pytest.raises(Fault, match="CANON_BAD"):
        canonical.write(value)


@pytest.mark.parametrize(
    "value",
    [
        {"a": "null"},
        {"a": '"":'},
        {"a": "0123456789012345"},
        {"a": 2**53 - 1, "b": -(2**53) + 1},
        {"a": '评":'},
        {"a": "\\"},
        {"a": '\\":é"'},
        {"a b": {"~": [{}, [], True, False]}},
        {"a": [{"n": n} for n in range(40)]},
        {"a": "\x7f\u2028😀/\x1f"},
    ],
)
def test_the_writer_takes_what_only_looks_excluded(value: Any) -> None:
    assert canonical.parse(canonical.write(value)) == (value, True)


def test_the_writer_refuses_what_is_nested_too_deep() -> None:
    deep: Any = {}
    for _ in range(30):
        deep = [deep]
    assert canonical.write({"a": deep})
    with pytest.raises(Fault, match="CANON_BAD"):
        canonical.write({"a": [deep]})


@pytest.mark.parametrize(
    "raw",
    [b' {"a":1}', b'{"a":1}\n', b'{"b":1,"a":2}', b'{"a":"\\u0041"}', b'{"a":"\\/"}', b'{"a":"\\u001F"}', b'{"a": 1}'],
)
def test_another_text_of_the_same_value_parses_and_is_not_exact(raw: bytes) -> None:
    value, exact = canonical.parse(raw)
    assert value
    assert not exact


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"3", b'{"a":1}{', b'{"a":-0}', b'{"a":1.0}', b'{"a":1e2}', b'{"a":9007199254740992}',
        b'{"a":null}', b'{"a":1,"a":1}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'\xef\xbb\xbf{"a":1}', b'{"a":Infinity}',
        b'{"a":' + b"9" * 5000 + b"}", b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"a":"\t"}', b"{'a':1}",
    ],
)  # fmt: skip
def test_what_is_no_object_of_the_profile_is_refused(raw: bytes) -> None:
    with pytest.raises(Fault, match="CANON_BAD"):
        canonical.parse(raw)


def test_typed_decoding_gives_one_error_type_for_bytes_that_are_no_utf8() -> None:
    with pytest.raises(Invalid, match=r"canonical\.json"):
        canonical.decode(b'{"name":"\xff"}', Named)


def test_typed_decoding_reads_what_was_encoded() -> None:
    value = Named("招标", Money(123_456, "USD"), note="x")
    assert canonical.decode(canonical.encode(value), Named) == value
