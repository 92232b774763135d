"""Sentences of codes, catalogues of pages, and how values are written for people."""

import re
from datetime import date
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from archive import bodies, epochs
from archive.errors import Damaged
from archive.ledger import headings, rebuild, signers
from archive.rotation import REVOKED
from archive.values import DAY, HOUR, MINUTE, SECOND, Money, parse_time
from bidding.box import projecting
from experts import evaluation, expert, panel, pool
from trading import access, app, catalogue, glass, lifecycle, messages, parties, words
from trading.kinds import DECIDERS
from trading.problems import TITLES
from trading.web.pages import NAVIGATION

OPENING = parse_time("2026-10-09T09:00:00+08:00")
TEMPLATES = Path(messages.__file__).parent / "templates"
ACTING = (access, catalogue, lifecycle, parties, projecting, evaluation, expert, glass, panel, pool)


def test_a_sentence_quotes_a_time_by_the_beijing_clock() -> None:
    assert messages.spoken("closed_at", OPENING, "zh") == "2026年10月9日 09:00（北京时间）"


def test_a_count_that_is_named_like_a_time_is_not_made_into_one() -> None:
    assert messages.spoken("at", 12, "zh") == "12"


def test_a_sentence_quotes_money_with_its_sign() -> None:
    assert messages.spoken("ceiling", Money(486000000), "en") == "¥4,860,000.00"


def test_a_sentence_quotes_bytes_in_units() -> None:
    assert messages.spoken("limit_bytes", 3 * 1024 * 1024, "en") == "3.0 MiB"


def test_a_sentence_separates_a_list_as_its_language_does() -> None:
    assert [messages.spoken("x", ("a", "b"), lang) for lang in messages.LANGUAGES] == ["a、b", "a, b"]


def test_a_sentence_says_yes_and_no_in_its_language() -> None:
    assert [messages.spoken("x", True, lang) for lang in messages.LANGUAGES] == ["是", "yes"]


def test_a_very_long_parameter_is_cut() -> None:
    assert len(messages.spoken("x", "a" * 5000, "en")) == 300


def test_a_value_of_a_family_is_said_by_its_label() -> None:
    said = [
        messages.sentence("tender.stage", {"stage": "published", "allowed": ["drafting", "odd"]}, lang)
        for lang in messages.LANGUAGES
    ]
    assert "接受投标" in said[0] and "published" not in said[0]
    assert "odd" in said[0]  # without a label a value is shown as it is
    assert "Open for bids" in said[1]


def test_every_family_that_a_sentence_names_has_labels() -> None:
    named = {family for said in messages.codes().values() for family in re.findall(r"\{\w+:(\w+)\}", said["zh"] + said["en"])}
    assert named
    assert not {family for family in named if not any(code.startswith(f"{family}.") for code in messages.codes())}


def test_a_code_without_a_sentence_is_shown_as_itself() -> None:
    assert messages.sentence("no.such-code", {}, "zh") == "no.such-code"


def test_a_parameter_that_was_not_given_stays_visible() -> None:
    assert "{path}" in messages.sentence("web.path", {}, "en")


def test_a_parameter_that_looks_like_a_place_is_not_filled_again() -> None:
    assert "{limit}" in messages.sentence("web.path", {"path": "{limit}", "limit": 3}, "en")


@pytest.mark.parametrize("code", sorted(messages.codes()))
def test_both_languages_of_a_sentence_quote_the_same_parameters(code: str) -> None:
    said = messages.codes()[code]
    assert set(re.findall(r"\{[\w:]+\}", said["zh"])) == set(re.findall(r"\{[\w:]+\}", said["en"]))


def test_a_sentence_in_one_language_only_is_damage(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('["a.b"]\nzh = "x"\n', "utf-8")
    with pytest.raises(Damaged) as caught:
        messages.codes(tmp_path)
    assert caught.value.params == {"file": "x.toml", "key": "a.b"}


def test_a_code_with_two_sentences_is_damage(tmp_path: Path) -> None:
    for name in ("x.toml", "y.toml"):
        (tmp_path / name).write_text('["a.b"]\nzh = "x"\nen = "x"\n', "utf-8")
    with pytest.raises(Damaged) as caught:
        messages.codes(tmp_path)
    assert caught.value.params == {"file": "y.toml", "key": "a.b"}


CHINESE = "[\u3001\u3002\u3400-\u9fff\uff00-\uff60]"
HALF = re.compile(rf"{CHINESE} ?[,:;()!?]|[,:;()!?] ?{CHINESE}")


def half_width(text: str) -> bool:
    """Whether a Chinese sentence has punctuation of the other script; what a place holds may be either."""
    return HALF.search(re.sub(r"\{[\w:]+\}|%\(\w+\)s", "某", text)) is not None


def test_half_width_punctuation_is_found_beside_places_too() -> None:
    assert half_width("甲:乙") and half_width("状态 {status}:{why}") and half_width("（%(at)s)")
    assert not half_width("甲：{a}，TOML, JSON")


def test_chinese_sentences_have_chinese_punctuation() -> None:
    said = {code: said["zh"] for code, said in messages.codes().items()}
    texts = messages.catalogue("zh")
    said |= {m: texts.gettext(m) if texts.gettext(m) != m else texts.ngettext(m, m, 2) for m in texts.known}
    said |= {f"law of {code}": article for code, article in app.law().items()}
    said |= {kind.__name__: zh for kind, (zh, _) in TITLES.items()}
    assert not {name: text for name, text in said.items() if half_width(text)}


def page_messages() -> set[str]:
    found = {label for _, _, label in NAVIGATION}
    for path in TEMPLATES.rglob("*.html"):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ("_", "gettext", "ngettext"), [], {"silent": "false"}):
                found.add(message if isinstance(message, str) else message[0])
    return found


def test_every_message_of_a_page_is_translated() -> None:
    assert not page_messages() - messages.catalogue("zh").known


def test_the_catalogue_holds_nothing_that_no_page_says() -> None:
    assert not messages.catalogue("zh").known - page_messages()


def test_a_translation_has_the_places_of_its_message() -> None:
    texts = messages.catalogue("zh")
    for message in page_messages():
        translated = texts.gettext(message) if texts.gettext(message) != message else texts.ngettext(message, message, 2)
        assert set(re.findall(r"%\(\w+\)s", translated)) == set(re.findall(r"%\(\w+\)s", message)), message


def test_english_has_two_forms_where_chinese_has_one() -> None:
    said = [[messages.catalogue(lang).ngettext("%(num)s notice", "%(num)s notices", n) for n in (1, 2)] for lang in ("zh", "en")]
    assert said == [["共 %(num)s 条公告", "共 %(num)s 条公告"], ["%(num)s notice", "%(num)s notices"]]


@pytest.mark.parametrize(
    ("lang", "text"), [("zh", "2026年10月9日 09:00（北京时间）"), ("en", "9 October 2026 09:00 (Beijing time)")]
)
def test_a_moment_names_the_clock_it_is_read_from(lang: words.Language, text: str) -> None:
    assert words.moment(OPENING, lang) == text


def test_seconds_are_written_where_they_matter() -> None:
    assert words.minute(OPENING + 5 * SECOND, "zh") == "2026年10月9日 09:00:05"


def test_evidence_is_written_to_the_microsecond() -> None:
    assert words.exact(OPENING - 1) == "2026-10-09 08:59:59.999999 +08:00"


def test_a_machine_reads_the_same_instant_back() -> None:
    assert parse_time(words.machine(OPENING - 1)) == OPENING - 1


@pytest.mark.parametrize(("lang", "text"), [("zh", "4,860,000.00 元"), ("en", "¥4,860,000.00")])
def test_money_is_written_as_the_language_writes_it(lang: words.Language, text: str) -> None:
    assert words.money(Money(486_000_000), lang) == text


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_foreign_money_keeps_its_sign_in_both_languages(lang: words.Language) -> None:
    assert words.money(Money(5000, "USD"), lang) == "US$50.00"


@pytest.mark.parametrize(("lang", "text"), [("zh", "2026年3月5日"), ("en", "5 March 2026")])
def test_a_day_has_no_leading_zero(lang: words.Language, text: str) -> None:
    assert words.civil(date(2026, 3, 5), lang) == text


def test_days_are_listed_by_month_and_runs_drawn_together() -> None:
    off = [date(2026, 1, n) for n in (1, 2, 3, 9)] + [date(2026, 2, 15)]
    assert words.months(off, [date(2026, 1, 4)], "zh") == (("2026年1月", "1–3、9", "4"), ("2026年2月", "15", ""))


@pytest.mark.parametrize(("unit", "value", "text"), [("bp", 200, "2%"), ("D", 20, "20 日"), ("fen", 400_000, "4,000.00 元")])
def test_the_number_of_a_rule_stands_with_its_unit(unit: str, value: int, text: str) -> None:
    assert words.measured(value, unit, "zh") == text


def test_every_act_has_a_name() -> None:
    acts = {name for module in ACTING for name in module.ACTS.values()}
    acts |= {f"{kind}.refused" for kind in DECIDERS} | {"bid.submitted", "bid.withdrawn"}
    acts |= {signers.OPENED, signers.ROTATED, headings.ACT, rebuild.ACT, epochs.CLOSED, epochs.INCIDENT, REVOKED, bodies.CLOSED}
    assert {code.removeprefix("act.") for code in messages.codes() if code.startswith("act.")} == acts


def test_money_is_grouped_by_thousands() -> None:
    assert words.yuan(Money(-123456789)) == "-¥1,234,567.89"


def test_a_currency_without_a_sign_is_named_by_its_code() -> None:
    assert words.yuan(Money(5000, "UAH")) == "UAH 50.00"


def test_a_currency_without_minor_units_has_no_point() -> None:
    assert words.yuan(Money(5000, "JPY")) == "JPY 5,000"


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1024**3, "1.0 GiB"), (1024**5, "1024.0 TiB")]
)
def test_a_size_is_written_in_the_unit_that_suits_it(octets: int, text: str) -> None:
    assert words.size(octets) == text


@pytest.mark.parametrize(
    ("length", "zh", "en"),
    [
        (3 * DAY + 4 * HOUR + 5 * MINUTE, "3天4小时", "3 d 4 h"),
        (3 * DAY, "3天", "3 d"),
        (59 * MINUTE + 3 * SECOND, "59分3秒", "59 min 3 s"),
        (0, "0秒", "0 s"),
        (-5, "0秒", "0 s"),
    ],
)
def test_a_span_is_written_in_its_two_greatest_units(length: int, zh: str, en: str) -> None:
    assert (words.span(length, "zh"), words.span(length, "en")) == (zh, en)
