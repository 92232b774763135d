"""Published rulebooks never change; the router never guesses; statutory limits name their article."""

import pytest

from archive.errors import Damaged, Refused
from tests.tender_play import bj
from trading.rulebook import UNCERTAIN, Route, Rulebook, digest, digest_of, effective_books, published, route, rulebook
from trading.statutes import after_change, before, calendar, least, most, timetable

RS1, RS2, IMPORTED = rulebook("cn-rs1-2019"), rulebook("cn-rs2-2017"), rulebook("imported-1")
CN = calendar("cn-2026")

GOLDEN = {
    "cn-rs1-2019": "c52b8b5311b8e89c347a0c7d80dcac619a9775849a28932548818c458e19d46e",
    "cn-rs2-2017": "f20b281bb04cfc6680a8916b8beb636bc97ac3d2b7472671d28b3e7424292f67",
    "imported-1": "6a9715725a53e1a4a2640e84a7b063e7a645e648e7331a02c729f3c81fafd1de",
}
"""A published rulebook is never edited: a change of a digest is a mistake, a new regulation a new id."""


@pytest.mark.parametrize("id", sorted(GOLDEN))
def test_a_published_rulebook_has_not_changed(id: str) -> None:
    assert digest_of(id) == GOLDEN[id] == digest(rulebook(id))


def test_every_published_rulebook_has_a_golden_digest() -> None:
    assert {b.id for b in published()} == set(GOLDEN)


@pytest.mark.parametrize("book", published(), ids=lambda b: b.id)
def test_a_rulebook_names_each_rule_once(book: Rulebook) -> None:
    assert len({r.id for r in book.rules}) == len(book.rules)
    assert len({r.key for r in book.rules}) == len(book.rules)


@pytest.mark.parametrize("book", published(), ids=lambda b: b.id)
def test_every_rule_has_an_article_a_trust_and_a_known_unit(book: Rulebook) -> None:
    for rule in book.rules:
        assert rule.article
        assert rule.trust in ("T", "S", "M", "I")
        assert rule.unit in ("D", "W", "Y", "min", "n", "fen", "bp", "flag")
        assert rule.bound in ("min", "max", "exact")


@pytest.mark.parametrize("book", published(), ids=lambda b: b.id)
def test_every_list_of_grounds_names_each_code_once(book: Rulebook) -> None:
    for grounds in (book.rejections, book.passing, book.failures, book.terminations):
        assert len({g.code for g in grounds}) == len(grounds) > 0


def test_an_unknown_rulebook_is_refused() -> None:
    with pytest.raises(Refused, match=r"rulebook\.unknown"):
        rulebook("cn-rs1-1999")
    with pytest.raises(Refused, match=r"rulebook\.unknown"):
        digest_of("cn-rs1-1999")


def test_a_rulebook_that_is_not_the_pinned_one_is_damage() -> None:
    with pytest.raises(Damaged, match=r"rulebook\.changed"):
        rulebook("cn-rs1-2019", "0" * 64)


def test_the_pinned_digest_opens_its_rulebook() -> None:
    assert rulebook("cn-rs1-2019", digest_of("cn-rs1-2019")) is RS1


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(Refused, match=r"calendar\.unknown"):
        calendar("cn-1999")


def test_the_rulebooks_of_a_rule_set_are_listed() -> None:
    assert effective_books("RS-1") == (RS1,)
    assert effective_books("RS-4") == ()


def test_a_rule_that_a_law_does_not_have_is_none_and_its_number_the_default() -> None:
    assert IMPORTED.rule("documents-to-deadline") is None
    assert IMPORTED.number("documents-to-deadline", 7) == 7
    assert not IMPORTED.flag("sealed-bids")
    assert IMPORTED.article("documents-to-deadline") == "imported procedure"


@pytest.mark.parametrize(
    ("trade", "method", "mandatory", "approval", "rule_set"),
    [
        ("01", "open", "yes", "", "RS-1"),
        ("01", "open", "no", "", "RS-1"),
        ("01", "invited", "yes", "批复1号", "RS-1"),
        ("01", "negotiation", "no", "", "RS-3"),
        ("01", "consultation", "no", "", "RS-4"),
        ("02", "open", "no", "", "RS-2"),
        ("02", "invited", "no", "批复1号", "RS-2"),
        ("02", "single-source", "no", "批复1号", "RS-3"),
        ("02", "inquiry", "no", "批复1号", "RS-3"),
        ("02", "consultation", "no", "批复1号", "RS-4"),
        ("02", "framework", "no", "批复1号", "RS-5"),
        ("03", "listing", "no", "", "RS-6"),
        ("04", "auction", "no", "", "RS-7"),
        ("05", "transfer", "no", "", "RS-8"),
        ("90", "open", "no", "", "RS-9"),
    ],
)
def test_the_router_sends_a_project_to_its_law(trade: str, method: str, mandatory: str, approval: str, rule_set: str) -> None:
    assert route(trade, method, mandatory, "yes", "fiscal", approval) == Route(rule_set)


def test_imported_data_is_governed_by_nothing_of_ours() -> None:
    assert route("", "imported", "", "", "") == Route("RS-9")


@pytest.mark.parametrize("gap", range(5))
def test_a_missing_input_is_uncertain_and_named(gap: int) -> None:
    given = ["01", "open", "yes", "yes", "fiscal"]
    given[gap] = ""
    assert route(*given) == Route(UNCERTAIN, (("trade", "method", "mandatory", "threshold", "funds")[gap],))


def test_an_answer_that_is_neither_yes_nor_no_is_uncertain() -> None:
    assert route("01", "open", "perhaps", "yes", "fiscal") == Route(UNCERTAIN, ("mandatory",))


def test_an_unknown_method_is_uncertain() -> None:
    assert route("01", "lottery", "yes", "yes", "fiscal") == Route(UNCERTAIN, ("method",))


def test_a_method_that_its_trade_does_not_have_is_uncertain() -> None:
    assert route("03", "framework", "no", "no", "fiscal") == Route(UNCERTAIN, ("trade", "method"))


def test_an_unknown_trade_is_uncertain() -> None:
    assert route("77", "open", "no", "no", "fiscal") == Route(UNCERTAIN, ("trade", "method"))


@pytest.mark.parametrize(("trade", "mandatory", "threshold"), [("01", "yes", "no"), ("02", "no", "yes")])
def test_a_method_that_is_not_public_needs_its_approval(trade: str, mandatory: str, threshold: str) -> None:
    assert route(trade, "invited", mandatory, threshold, "fiscal") == Route(UNCERTAIN, ("approval",))


def test_below_the_threshold_a_purchase_needs_no_approval_for_its_method() -> None:
    assert route("02", "negotiation", "no", "no", "fiscal") == Route("RS-3")


def test_the_earliest_deadline_is_twenty_days_after_the_documents() -> None:
    limit = least(RS1, CN, "documents-to-deadline", bj(9, 8))
    assert limit is not None
    assert (limit.at, limit.rule, limit.article) == (bj(9, 28), "T-03", "招标投标法 第二十四条")


def test_a_duty_ends_with_its_last_day() -> None:
    limit = most(RS1, CN, "contract", bj(10, 16))
    assert limit is not None
    assert limit.at == bj(11, 17, 0)


def test_a_minimum_before_the_deadline_is_kept_to_its_last_instant() -> None:
    limit = before(RS1, CN, "clarification-to-deadline", bj(10, 9))
    assert limit is not None
    assert limit.at == bj(9, 24)


def test_after_a_late_change_the_deadline_is_fifteen_days_away() -> None:
    limit = after_change(RS1, bj(5, 20))
    assert limit is not None
    assert limit.at == bj(6, 4)


def test_a_limit_beyond_the_last_table_is_provisional() -> None:
    limit = most(RS1, CN, "contract", bj(12, 20))
    assert limit is not None
    assert limit.provisional


def test_a_law_without_the_rule_sets_no_limit() -> None:
    at = bj(9, 8)
    assert least(IMPORTED, CN, "documents-to-deadline", at) is None
    assert most(IMPORTED, CN, "contract", at) is None
    assert before(IMPORTED, CN, "clarification-to-deadline", at) is None
    assert after_change(IMPORTED, at) is None


def test_the_timetable_lists_what_the_law_has() -> None:
    assert [t.rule for t in timetable(RS1, CN, bj(9, 8))] == ["T-01", "T-03"]
    assert [t.rule for t in timetable(RS1, CN, bj(9, 8), bj(10, 9))] == ["T-01", "T-03", "T-12", "T-13"]
    assert [t.rule for t in timetable(RS2, CN, bj(9, 10), bj(10, 13))] == ["T-30", "T-31", "T-32", "T-34"]
    assert timetable(IMPORTED, CN, bj(9, 8), bj(10, 9)) == ()
