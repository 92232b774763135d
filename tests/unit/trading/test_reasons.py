"""The parser's clauses are said in both languages, and stay what they are to programs."""

import re
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from trading.messages import sentence
from trading.reasons import reason


class Asked(Struct, forbid_unknown_fields=True):
    n: Annotated[int, Meta(ge=1, le=9)] = 1
    text: Annotated[str, Meta(min_length=1, max_length=3)] = "x"
    code: Annotated[str, Meta(pattern="^[a-z]$")] = "a"
    kind: Literal["a", "b"] = "a"
    flags: tuple[bool, ...] = ()


class Named(Struct):
    name: str


def clause(raw: bytes, type: Any = Asked) -> str:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)) as caught:
        msgspec.json.decode(raw, type=type)
    return reason(str(caught.value))


def said(raw: bytes, type: Any = Asked) -> list[str]:
    why = clause(raw, type)
    return [sentence("web.input", {"where": "x", "why": why}, lang) for lang in ("zh", "en")]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"n":"1"}',
        b'{"n":0}',
        b'{"n":10}',
        b'{"n":1.5}',
        b'{"n":null}',
        b'{"n":true}',
        b'{"n":[]}',
        b'{"text":""}',
        b'{"text":"abcd"}',
        b'{"code":"A"}',
        b'{"kind":"c"}',
        b'{"kind":3}',
        b'{"flags":[1]}',
        b'{"flags":{}}',
        b'{"more":1}',
        b"[]",
        b"",
        b"{",
        b"nan",
        b'{"text":"\xff"}',
        b'{"n":100000000000000000000}',
    ],
)
def test_no_clause_of_the_parser_reaches_a_chinese_reader_in_english(raw: bytes) -> None:
    zh, en = said(raw)
    assert re.findall(r"[A-Za-z]{3,}", zh.replace("JSON", "").replace("UTF", "").replace("$.", "")) in (
        [],
        *([name] for name in ("text", "code", "kind", "flags", "more")),
        ["true", "false"],
        ["flags", "true", "false"],
    )
    assert "reason." not in zh + en and "json." not in zh + en


def test_a_missing_member_is_named() -> None:
    assert said(b"{}", Named) == ["请求中的 x 不正确：缺少 name。", "x in the request is not right: name is missing."]


def test_the_place_of_a_fault_is_named() -> None:
    assert said(b'{"flags":[true,1]}')[0] == "请求中的 x 不正确：$.flags[1]：应为是或否（true/false），得到的是整数。"


def test_a_program_reads_the_clause_as_the_parser_wrote_it() -> None:
    assert clause(b'{"n":0}') == "Expected `int` >= 1 - at `$.n`"


def test_a_clause_of_an_unknown_form_stays_as_it_is() -> None:
    assert sentence("web.malformed", {"why": reason("something else")}, "en") == "The request cannot be read: something else."
