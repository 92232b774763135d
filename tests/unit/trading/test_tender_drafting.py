"""招标文件: what a draft must hold, under which law, and that the principal approves exactly what it read."""

import json
from pathlib import Path
from typing import Any

import pytest

from archive.values import Money
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    CENTRE,
    SHA,
    YUAN,
    Play,
    draft,
    goods,
    mandate,
    refused,
    spec,
)
from trading import commands as c
from trading.lifecycle.drafting import SCALE_CONDITIONS, draft_digest, policy_digest
from trading.tender import Document, Item, Method

RS2 = "cn-rs2-2017"


def drafted(rulebook: str = "cn-rs1-2019", **more: Any) -> Play:
    return Play(rulebook).drafted(draft(**more))


def test_a_draft_stands_with_its_lots_waiting() -> None:
    play = drafted(lots=(spec("L1"), spec("L2")))
    assert play.state.stage == "drafting"
    assert [(lot.spec.id, lot.stage) for lot in play.state.lots] == [("L1", "waiting"), ("L2", "waiting")]


def test_a_second_draft_replaces_the_first_and_undoes_its_approval() -> None:
    play = Play().approved()
    play.act(c.DraftTender(draft(title="改")))
    assert (play.state.stage, play.state.draft and play.state.draft.title) == ("drafting", "改")


@pytest.mark.parametrize("field", ["title", "documents", "qualification", "validity_days", "objection_channel"])
def test_a_draft_that_lacks_a_part_is_refused(field: str) -> None:
    empty: dict[str, Any] = {"title": " ", "documents": (), "qualification": "", "validity_days": 0, "objection_channel": ""}
    with refused("draft.incomplete", fields=[field]):
        drafted(**{field: empty[field]})


def test_a_document_is_named_by_its_digest() -> None:
    with refused("tender.digest"):
        drafted(documents=(Document("ABC", 1, "文件", "application/pdf"),))


def test_a_draft_without_lots_is_refused() -> None:
    with refused("draft.lots"):
        drafted(lots=())


def test_a_lot_id_has_its_form() -> None:
    with refused("tender.name"):
        drafted(lots=(spec("L" * 21),))


def test_a_lot_twice_is_refused() -> None:
    with refused("draft.lot-twice"):
        drafted(lots=(spec("L1"), spec("L1", items=())))


def test_a_lot_without_a_title_is_refused() -> None:
    with refused("draft.incomplete", fields=["lots.title"]):
        drafted(lots=(spec(title=""),))


def test_an_item_twice_is_refused_across_lots() -> None:
    with refused("draft.item-twice"):
        drafted(lots=(spec("L1"), spec("L2", items=(Item("L1-1", "同号"),))))


def test_a_section_category_has_its_form() -> None:
    with refused("draft.category"):
        drafted(lots=(spec(category="A08"),))


@pytest.mark.parametrize("field", ["ceiling", "deposit"])
def test_amounts_of_a_lot_are_in_one_currency(field: str) -> None:
    with refused("draft.currency"):
        drafted(lots=(spec(**{field: Money(1, "USD")}),))


def test_a_lot_has_an_estimate() -> None:
    with refused("draft.estimate"):
        drafted(lots=(spec(estimate=Money(0), ceiling=None, deposit=None),))


def test_a_ceiling_is_above_zero() -> None:
    with refused("draft.ceiling"):
        drafted(lots=(spec(ceiling=Money(0)),))


def test_a_ceiling_over_the_budget_is_refused_in_government_procurement() -> None:
    over = spec(ceiling=Money(4_860_000 * YUAN + 1))
    with refused("draft.ceiling-over-budget"):
        drafted(RS2, lots=(over,))
    assert drafted(lots=(over,)).state.stage == "drafting"


@pytest.mark.parametrize(
    ("rulebook", "article"), [("cn-rs1-2019", "招标投标法实施条例 第二十六条"), (RS2, "政府采购法实施条例 第三十三条")]
)
def test_a_deposit_over_two_per_cent_is_refused_to_the_cent(rulebook: str, article: str) -> None:
    most = 4_860_000 * YUAN // 50
    with refused("draft.deposit", percent=2, article=article):
        drafted(rulebook, lots=(spec(deposit=Money(most + 1)),))
    assert drafted(rulebook, lots=(spec(deposit=Money(most)),)).state.stage == "drafting"


def test_a_negative_deposit_is_refused() -> None:
    with refused("draft.deposit"):
        drafted(lots=(spec(deposit=Money(-1)),))


def test_a_draft_names_its_method() -> None:
    with refused("draft.incomplete", fields=["method"]):
        drafted(method=Method("", ""))


@pytest.mark.parametrize(("price", "total"), [(4000, 9999), (4000, 10001), (-1, 10000), (10001, 10000)])
def test_weights_make_a_whole(price: int, total: int) -> None:
    with refused("draft.weights"):
        drafted(method=Method("comprehensive", "{}", price, total))


def test_the_lowest_price_method_has_no_weights() -> None:
    assert drafted(method=Method("lowest", "{}")).state.stage == "drafting"


@pytest.mark.parametrize(("nature", "floor"), [("goods", 3000), ("services", 1000)])
def test_the_price_weighs_enough_in_government_procurement(nature: str, floor: int) -> None:
    def attempt(weight: int) -> Play:
        return Play(RS2, goods(nature=nature)).drafted(draft(method=Method("comprehensive", "{}", weight, 10000)))

    with refused("draft.price-weight", percent=floor // 100):
        attempt(floor - 1)
    assert attempt(floor).state.stage == "drafting"


def test_construction_has_no_floor_for_the_price_weight() -> None:
    assert drafted(method=Method("comprehensive", "{}", 0, 10000)).state.stage == "drafting"


@pytest.mark.parametrize(
    ("policy", "digest"),
    [
        ("", policy_digest("")),
        ("53425031", "0" * 64),
        ("5342503", ""),
        ("zz", ""),
        ("AB", policy_digest("ab")),
        ("53 42", policy_digest("5342")),
    ],
)
def test_a_sealing_policy_matches_its_digest(policy: str, digest: str) -> None:
    with refused("draft.policy"):
        drafted(policy=policy, policy_hash=digest)


def test_the_policy_digest_is_that_of_the_sealed_bid_format() -> None:
    vectors = json.loads((Path(__file__).parents[2] / "vectors" / "sbe-public.json").read_text("utf-8"))
    case = next(case["out"] for case in vectors["cases"] if "policy_hash" in case.get("out", {}))
    assert policy_digest(case["policy"]) == case["policy_hash"]


@pytest.mark.parametrize("minutes", [9, 1441])
def test_the_time_for_decryption_is_neither_too_short_nor_endless(minutes: int) -> None:
    with refused("draft.decrypt-window", shortest=10, longest=1440):
        drafted(decrypt_minutes=minutes)


@pytest.mark.parametrize("minutes", [10, 1440])
def test_the_limits_of_the_time_for_decryption_are_allowed(minutes: int) -> None:
    assert drafted(decrypt_minutes=minutes).state.stage == "drafting"


@pytest.mark.parametrize("criterion", SCALE_CONDITIONS)
def test_conditions_of_size_are_refused_in_government_procurement(criterion: str) -> None:
    with refused("draft.scale-condition"):
        drafted(RS2, criteria=("licence", criterion))


def test_other_criteria_are_allowed() -> None:
    assert drafted(RS2, criteria=("licence", "iso-27001")).state.stage == "drafting"


def test_a_draft_before_admission_is_refused() -> None:
    play = Play().register()
    with refused("tender.stage"):
        play.act(c.DraftTender(draft()))


def test_an_agency_drafts_within_its_contract_and_not_beyond() -> None:
    play = Play().accepted()
    with refused("tender.mandate"):
        play.act(c.DraftTender(draft()), AGENCY, mandate=mandate(("register",)))
    assert play.act(c.DraftTender(draft()), AGENCY, mandate=mandate(("draft",)))


@pytest.mark.parametrize("actor", [CENTRE, BIDDER, BELL], ids=lambda a: a.id)
def test_others_do_not_draft(actor: Any) -> None:
    play = Play().accepted()
    with refused("tender.not-entitled"):
        play.act(c.DraftTender(draft()), actor)


def test_the_principal_approves_exactly_the_draft_it_read() -> None:
    play = Play().drafted()
    with refused("draft.changed"):
        play.act(c.ApproveDocuments(SHA))
    assert play.state.draft is not None
    play.act(c.ApproveDocuments(draft_digest(play.state.draft)))
    assert play.state.stage == "approved"


def test_an_agency_cannot_approve() -> None:
    play = Play().drafted()
    with refused("tender.not-entitled"):
        play.act(c.ApproveDocuments(draft_digest(draft())), AGENCY, mandate=mandate(("draft", "publish")))


def test_without_a_draft_nothing_is_approved() -> None:
    play = Play().accepted()
    with refused("tender.stage"):
        play.act(c.ApproveDocuments(SHA))


def test_the_digest_of_a_draft_tells_apart_any_change() -> None:
    assert draft_digest(draft()) != draft_digest(draft(decrypt_minutes=31))
