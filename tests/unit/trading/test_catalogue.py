"""交易目录: versions follow one another, rest on a consultation, and items only end from today on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from archive.canonical import decode, encode
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import Actor, Money
from tests.tender_play import SHA, bj
from trading.catalogue import (
    DECIDER,
    LAW,
    Catalogue,
    CatalogueFacts,
    CatalogueItem,
    Command,
    Consultation,
    PublishCatalogue,
    RetireItem,
    valid_on,
)
from trading.messages import LANGUAGES, sentence
from trading.rulebooks.catalogue import DEMO_ITEMS
from trading.rulebooks.categories import KINDS

CENTRE = Actor("u-3", "user", org="centre")
AT = bj(9, 1)
HEARD = Consultation(date(2026, 7, 1), date(2026, 7, 31), SHA)


def item(code: str = "01-01", **more: Any) -> CatalogueItem:
    given: dict[str, Any] = {
        "kind": "01", "name": "房屋建筑和市政工程施工", "legal_basis": "招标投标法 第三条", "level": "city",
        "from_day": date(2026, 9, 1), "threshold": Money(400_000_000),
    }  # fmt: skip
    return CatalogueItem(code, **(given | more))


def publish(version: int = 1, items: tuple[CatalogueItem, ...] | None = None, heard: Consultation = HEARD) -> PublishCatalogue:
    return PublishCatalogue(version, (item(), item("02-01", kind="02")) if items is None else items, heard, "演示管理部门")


def act(state: Catalogue, command: Command, actor: Actor = CENTRE, roles: tuple[str, ...] = ("platform",)) -> Catalogue:
    asked: Command = decode(encode(command), Command)  # type: ignore[arg-type]
    events = DECIDER.decide(state, asked, Context(AT, actor, CatalogueFacts(roles)))
    return decode(encode(fold(DECIDER, state, events)), Catalogue)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as found:
        yield
    assert found.value.code == code
    assert LAW[code]
    assert all("{" not in sentence(code, found.value.params, lang) for lang in LANGUAGES)


def test_a_first_version_is_in_force_with_its_items() -> None:
    state = act(Catalogue(), publish())
    assert (state.version, len(state.items), state.publisher) == (1, 2, "演示管理部门")
    assert state.item("02-01") is not None
    assert state.item("09-09") is None


def test_the_next_version_replaces_the_items() -> None:
    state = act(act(Catalogue(), publish()), publish(2, (item("03-01"),)))
    assert [i.code for i in state.items] == ["03-01"]


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_out_of_order_is_refused(version: int) -> None:
    with refused("catalogue.version"):
        act(Catalogue(), publish(version))


@pytest.mark.parametrize(
    "heard",
    [
        Consultation(date(2026, 7, 1), date(2026, 7, 31), ""),
        Consultation(date(2026, 7, 31), date(2026, 7, 1), SHA),
        Consultation(date(2026, 7, 1), date(2026, 9, 2), SHA),
    ],
)
def test_a_version_without_a_finished_consultation_is_refused(heard: Consultation) -> None:
    with refused("catalogue.no-consultation"):
        act(Catalogue(), publish(heard=heard))


def test_a_version_without_items_is_refused() -> None:
    with refused("catalogue.empty"):
        act(Catalogue(), publish(items=()))


def test_a_version_with_an_item_twice_is_refused() -> None:
    with refused("catalogue.item-twice"):
        act(Catalogue(), publish(items=(item(), item())))


@pytest.mark.parametrize("gap", [{"name": ""}, {"legal_basis": ""}, {"kind": ""}, {"level": "province"}])
def test_an_incomplete_item_is_refused(gap: dict[str, str]) -> None:
    with refused("catalogue.item-incomplete"):
        act(Catalogue(), publish(items=(item(**gap),)))


def test_an_item_that_ends_before_it_begins_is_refused() -> None:
    with refused("catalogue.validity"):
        act(Catalogue(), publish(items=(item(to_day=date(2026, 8, 31)),)))


def test_an_item_ends_on_the_day_it_is_given() -> None:
    state = act(act(Catalogue(), publish()), RetireItem("01-01", date(2026, 9, 1), "并入02-01"))
    retired = state.item("01-01")
    assert retired is not None
    assert valid_on(retired, date(2026, 9, 1))
    assert not valid_on(retired, date(2026, 9, 2))


def test_an_item_is_not_valid_before_its_first_day() -> None:
    assert not valid_on(item(), date(2026, 8, 31))


def test_an_unknown_item_cannot_be_retired() -> None:
    with refused("catalogue.no-item"):
        act(act(Catalogue(), publish()), RetireItem("09-09", date(2026, 9, 2), "无"))


def test_an_item_cannot_be_retired_into_the_past() -> None:
    with refused("catalogue.backdated"):
        act(act(Catalogue(), publish()), RetireItem("01-01", date(2026, 8, 31), "无"))


def test_a_retired_item_cannot_be_given_a_later_end() -> None:
    state = act(act(Catalogue(), publish()), RetireItem("01-01", date(2026, 9, 10), "无"))
    with refused("catalogue.retired"):
        act(state, RetireItem("01-01", date(2026, 9, 10), "无"))


def test_a_retired_item_can_be_given_an_earlier_end() -> None:
    state = act(act(Catalogue(), publish()), RetireItem("01-01", date(2026, 9, 10), "无"))
    earlier = act(state, RetireItem("01-01", date(2026, 9, 9), "无")).item("01-01")
    assert earlier is not None
    assert earlier.to_day == date(2026, 9, 9)


@pytest.mark.parametrize("roles", [(), ("principal",), ("agency",), ("bidder",)])
def test_others_than_centre_and_authority_may_not_publish(roles: tuple[str, ...]) -> None:
    with refused("catalogue.not-entitled"):
        act(Catalogue(), publish(), roles=roles)


def test_the_authority_and_the_platform_itself_may_publish() -> None:
    assert act(Catalogue(), publish(), roles=("regulator",)).version == 1
    assert act(Catalogue(), publish(), Actor.system("demo"), ()).version == 1


def test_nothing_told_is_no_role() -> None:
    with refused("catalogue.not-entitled"):
        DECIDER.decide(Catalogue(), publish(), Context(AT, CENTRE, None))


def test_rows_show_the_version_in_force() -> None:
    state = act(Catalogue(), publish())
    rows = list(DECIDER.rows("catalogue/baoshan", state))
    assert [(name, key) for name, key, _ in rows] == [
        ("catalogue_item", ("baoshan", 1, "01-01")),
        ("catalogue_item", ("baoshan", 1, "02-01")),
    ]
    assert rows[0][2]["threshold"] == 400_000_000


def test_acts_are_named_in_the_past_tense() -> None:
    assert DECIDER.act(publish()) == "catalogue.published"
    assert DECIDER.act(RetireItem("1", date(2026, 9, 1), "")) == "catalogue.item_retired"


def test_the_demonstration_catalogue_covers_all_twelve_kinds_and_is_accepted() -> None:
    state = act(Catalogue(), publish(items=DEMO_ITEMS))
    assert {i.kind for i in state.items} == set(KINDS)
