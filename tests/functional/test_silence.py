"""A purchaser that does nothing: the bell awards to the first candidate in its time (87号令 68), on record as the system's."""

from collections.abc import Iterator

import pytest

from archive.canonical import decode
from archive.database import reading
from archive.ledger.audit import audit
from archive.ledger.store import since
from archive.values import SECOND, Instant
from tests.market import Market, market
from trading.demo import goods
from trading.demo.programme import Programme
from trading.demo.prologue import prologue
from trading.desk import bell, facts, result
from trading.lifecycle.dues import AWARD, dues
from trading.tender import Lot

STREAM = facts.tender(goods.NAME)


def ring(made: Market, at: Instant) -> None:
    """The clock goes on, and what is due happens, what follows from it too."""
    made.clock.now = max(made.clock.now, at)
    bell.rung(made.platform)
    bell.rung(made.platform)


def lot(made: Market) -> Lot:
    found = result.state_of(made.platform, goods.NAME).lot(goods.LOT)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A procurement whose report is in, and whose purchaser goes no further."""
    made = market(tmp_path_factory.mktemp("silence") / "market")
    show = Programme(made.platform, lambda _play, _said: None)
    for wish in prologue(show):
        made.clock.now = max(made.clock.now, wish)
    for wish in goods.play(show):
        state = result.state_of(made.platform, goods.NAME)
        if state.lots and state.lots[0].stage == "evaluated":
            break
        ring(made, wish)
    assert lot(made).stage == "evaluated"
    yield made
    made.platform.engine.dispose()


def test_the_silent_purchaser_is_taken_to_have_awarded_to_the_first(evaluated: Market) -> None:
    limit = next(d.at for d in dues(result.state_of(evaluated.platform, goods.NAME)) if d.what == AWARD)
    ring(evaluated, limit - SECOND)
    assert lot(evaluated).stage == "evaluated"
    ring(evaluated, limit)
    found = lot(evaluated)
    assert found.evaluation is not None
    assert (found.stage, found.winner) == ("awarded", found.evaluation.ranking[0].bidder)
    with reading(evaluated.platform.engine) as db:
        last = [decode(body) for _, body, _, _ in since(db, STREAM, 0, 2**62)][-2:]
    assert [(e["act"], e["actor"]["kind"]) for e in last] == [("tender.limit_reached", "system"), ("tender.awarded", "system")]
    assert [e["type"] for e in last[1]["data"]["outcome"]["events"]] == ["tender.awarded"]


def test_an_award_by_silence_replays(evaluated: Market) -> None:
    assert audit(evaluated.platform.ledger).divergences == []
