"""An opening costs in proportion to its bids: counted in rows compared, values encoded and statements, never in time."""

import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest
from sqlalchemy import event, select

from archive import canonical
from archive.database import event_table, reading
from archive.ledger.audit import audit
from archive.values import SECOND
from bidding.box import projecting
from bidding.sealing import derives
from tests import hundreds
from tests.conftest import new_database
from tests.market import CLOSES, NAME, Market, market
from trading.demo.players import policy
from trading.desk import facts, opening, verdicts

WORK: dict[str, Callable[..., object]] = {
    "rows": projecting._ballot,
    "encodings": canonical.encode,
    "envelopes made again": derives,
}


def counted(made: Market, work: Callable[[], object]) -> Counter[str]:
    """How often each of `WORK` is called, and how many statements the database gets."""
    codes: dict[CodeType, str] = {f.__code__: what for what, f in WORK.items()}
    found: Counter[str] = Counter()

    def seen(frame: FrameType, what: str, _argument: object) -> None:
        if what == "call" and frame.f_code in codes:
            found[codes[frame.f_code]] += 1

    def sent(*_: object) -> None:
        found["statements"] += 1

    event.listen(made.platform.engine, "before_cursor_execute", sent)
    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
        event.remove(made.platform.engine, "before_cursor_execute", sent)
    return found


def opened(folder: Path, n: int, settings: str = "") -> tuple[Market, Counter[str]]:
    """An opening of ``n`` bids by three of five trustees, from the deadline to the reading aloud, and its work."""
    keepers = hundreds.five()
    rules = policy(keepers, 3, 3)
    made = market(folder, more=settings).found()
    made.show()  # on PostgreSQL entries wait for their positions, and none may wait from one scene to the next
    made.publish(rules)
    for bid in (hundreds.sealed(rules, i) for i in range(n)):
        hundreds.hand_in(made, bid)
    made.show()
    made.clock.now = CLOSES
    done = counted(made, lambda: opening.close(made.platform, NAME))
    for keeper, command in hundreds.turns(made, keepers[:3]):
        done += counted(made, lambda k=keeper, c=command: hundreds.release(made, k, c))
    made.clock.now += SECOND
    done += counted(made, lambda: verdicts.conclude(made.platform, NAME, "1"))
    return made, done


@pytest.fixture(scope="module")
def openings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, tuple[Market, Counter[str]]]]:
    made = {n: opened(tmp_path_factory.mktemp(f"opening{n}") / "market", n) for n in (20, 40)}
    yield made
    for house, _ in made.values():
        house.platform.engine.dispose()


def acts(made: Market) -> Counter[str]:
    with reading(made.platform.engine) as db:
        bodies = db.execute(select(event_table.c.body).where(event_table.c.stream == facts.box(NAME, "1"))).scalars()
        return Counter(canonical.decode(raw)["act"] for raw in bodies)


def test_twice_the_bids_are_at_most_twice_the_work(openings: dict[int, tuple[Market, Counter[str]]]) -> None:
    few, many = openings[20][1], openings[40][1]
    assert set(few) == {*WORK, "statements"}
    assert {what: many[what] > 2 * few[what] for what in few} == dict.fromkeys(few, False)


def test_every_envelope_is_made_again_once(openings: dict[int, tuple[Market, Counter[str]]]) -> None:
    assert openings[40][1]["envelopes made again"] == 40


def test_verdicts_go_on_record_in_parts_that_fit_entries(openings: dict[int, tuple[Market, Counter[str]]]) -> None:
    made = openings[40][0]
    assert {ballot.verdict for ballot in hundreds.box(made).ballots} == {"opened"}
    assert acts(made)["opening.envelopes_judged"] == 3 and acts(made)["opening.envelope_judged"] == 0


def test_the_whole_opening_replays_to_the_same_bytes(openings: dict[int, tuple[Market, Counter[str]]]) -> None:
    report = audit(openings[40][0].platform.ledger)
    assert report.divergences == [] and set(report.verdicts().values()) == {"pass"}


def test_an_opening_on_postgresql_has_the_same_entries_and_replays(
    postgres_server: str, tmp_path: Path, openings: dict[int, tuple[Market, Counter[str]]]
) -> None:
    with new_database(postgres_server, f"sunlit_opening_{secrets.token_hex(4)}") as url:
        made, _ = opened(tmp_path / "market", 20, f'[database]\nurl = "{url}"\n')
        made.platform.ledger.integrate()
        report = audit(made.platform.ledger)
        found = acts(made)
        made.platform.engine.dispose()
    assert report.divergences == []
    assert found == acts(openings[20][0])
