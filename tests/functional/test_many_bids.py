"""Hundreds of bids for one lot, from the sealed box to the award: every act that carries something for each bid goes in parts."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select

from archive import canonical
from archive.bodies import Blob
from archive.database import event_table, reading
from archive.entry import MAX_BODY
from archive.values import HOUR, MINUTE, SECOND, Actor
from experts.evaluation.marking import marks_commitment
from experts.evaluation.messages import (
    CheckIn,
    ClauseVote,
    Command,
    CommitMarks,
    ConcludeReview,
    ElectLeader,
    RevealMarks,
    ReviewConformity,
    SignLetter,
    SignReport,
    SubmitReport,
    Summarise,
)
from tests import hundreds
from tests.market import CLOSES, NAME, Market, market
from trading.calendar import at_clock
from trading.commands import Award, PublishCandidates, PublishResult, RecordPanel
from trading.demo import works
from trading.demo.players import policy
from trading.desk import audit, evaluation, facts, opening, printing, result, verdicts
from trading.tender import Lot

BIDS = 500
LETTERS = 700
OUT = 150
"""So many fail a clause, with a reason of some length, so that their rejections do not fit one entry either."""

MEMBERS = tuple(f"seat-{n}" for n in range(1, 6))
BELL = Actor.system("bell")


def say(made: Market, member: str, command: Command) -> None:
    evaluation.act(made.platform, Actor(id=member, kind="user", role="expert"), NAME, "1", command)


def opened(made: Market) -> None:
    keepers = hundreds.five()
    rules = policy(keepers, 3, 3)
    made.found().publish(rules)
    for bid in (hundreds.sealed(rules, n) for n in range(BIDS)):
        hundreds.hand_in(made, bid)
    made.clock.now = CLOSES
    opening.close(made.platform, NAME)
    for keeper, command in hundreds.turns(made, keepers[:3]):
        hundreds.release(made, keeper, command)
    made.clock.now += SECOND
    verdicts.conclude(made.platform, NAME, "1")
    opening.finish(made.platform, works.AGENCY, NAME, "1")
    opening.record(made.platform, works.AGENCY, NAME, "1", printing.opening(made.platform, NAME, "1"))


def evaluated(made: Market) -> None:
    platform = made.platform
    made.clock.now += HOUR
    result.step(platform, BELL, NAME, RecordPanel("1", "0" * 64, 5, 4, "1" * 32))
    evaluation.open_room_of_record(platform, NAME, "1", works.CONFORMITY)
    for member in MEMBERS:
        say(made, member, CheckIn(member, "station"))
        say(made, member, SignLetter(member, "2" * 64))
    say(made, "clerk", ElectLeader(dict.fromkeys(MEMBERS, MEMBERS[0])))
    bids = [bid.id for bid in evaluation.room(platform, NAME, "1").valid]
    failing = set(sorted(bids)[-OUT:])
    reason = "投标函缺少单位负责人签字,且未附授权委托书" * 3
    for member in MEMBERS:
        votes = [(b, c.id, not (b in failing and c.id == "c1")) for b in bids for c in works.CONFORMITY]
        found = tuple(ClauseVote(b, c, passed, "" if passed else reason) for b, c, passed in votes)
        say(made, member, ReviewConformity(member, found))
    say(made, "clerk", ConcludeReview("conformity"))
    left = [bid.id for bid in evaluation.room(platform, NAME, "1").valid]
    sheets = {
        m: {b: {"org": str(18 + (n + len(m)) % 7), "team": "8", "record": "4"} for n, b in enumerate(left)} for m in MEMBERS
    }
    for member in MEMBERS:
        say(made, member, CommitMarks(member, marks_commitment(member, bytes(32), sheets[member])))
    for member in MEMBERS:
        say(made, member, RevealMarks(member, bytes(32).hex(), sheets[member]))
    say(made, "clerk", Summarise())
    report = evaluation.room(platform, NAME, "1").report
    for member in MEMBERS:
        say(made, member, SignReport(member, report))
    say(made, "clerk", SubmitReport())
    evaluation.record(platform, NAME, "1", printing.evaluation(platform, NAME, "1"))


def awarded(made: Market) -> None:
    platform, until = made.platform, at_clock(date(2026, 10, 14), 0)
    made.clock.now = at_clock(date(2026, 10, 10), 9)
    printed = printing.candidates(platform, NAME, "1", until)
    shown = PublishCandidates("1", platform.clock() + SECOND, until, "中标候选人公示", printed.sha256)
    result.step(platform, works.AGENCY, NAME, shown, printed.blobs)
    made.clock.now = until + MINUTE
    report = lot(made).evaluation
    assert report is not None
    result.step(platform, works.OWNER, NAME, Award("1", report.ranking[0].bidder))


def notified(made: Market) -> None:
    """The result goes out, and a letter to everybody: of the losers' only the digests matter here."""
    platform = made.platform
    result.step(platform, works.OWNER, NAME, PublishResult("1", "中标结果公示", "0" * 64))
    papers = [platform.keep(f"结果通知书 {n}".encode(), f"letter-{n}.txt", result.FILING) for n in range(LETTERS)]
    won, *others = (Blob(paper.sha256, paper.length, result.FILING) for paper in papers)
    result.letters(platform, works.OWNER, NAME, "1", won, tuple(others))


def lot(made: Market) -> Lot:
    found = result.state_of(made.platform, NAME).lot("1")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    made = market(tmp_path_factory.mktemp("many") / "market")
    opened(made)
    evaluated(made)
    awarded(made)
    notified(made)
    made.show()
    yield made
    made.platform.engine.dispose()


def bodies(made: Market, stream: str) -> list[bytes]:
    with reading(made.platform.engine) as db:
        return list(db.execute(select(event_table.c.body).where(event_table.c.stream == stream)).scalars())


def test_every_bid_is_opened_ranked_or_rejected_and_one_wins(played: Market) -> None:
    found = lot(played)
    assert found.evaluation is not None
    assert len(found.rows) == BIDS and {row.verdict for row in found.rows} == {"opened"}
    assert (len(found.evaluation.ranking), len(found.evaluation.rejected)) == (BIDS - OUT, OUT)
    assert (found.stage, found.winner) == ("notified", found.evaluation.ranking[0].bidder)
    assert (found.placed, found.dropped) == ((), ())


@pytest.mark.parametrize(
    ("stream", "act"),
    [
        (facts.tender(NAME), "tender.opening_recorded"),
        (facts.tender(NAME), "tender.evaluated"),
        (facts.tender(NAME), "tender.letters_sent"),
        (facts.room(NAME, "1"), "evaluation.part_handed"),
        (facts.room(NAME, "1"), "evaluation.review_concluded"),
        (facts.room(NAME, "1"), "evaluation.placed"),
        (facts.box(NAME, "1"), "opening.envelopes_judged"),
    ],
)
def test_what_stands_for_each_bid_goes_in_parts_that_fit_entries(played: Market, stream: str, act: str) -> None:
    found = bodies(played, stream)
    assert Counter(canonical.decode(raw)["act"] for raw in found)[act] > 1
    assert max(map(len, found)) <= MAX_BODY


def test_nothing_is_left_of_parts_once_the_whole_is_said(played: Market) -> None:
    assert evaluation.room(played.platform, NAME, "1").parts == {}


def test_everything_replays_to_the_same_bytes_and_rows(played: Market) -> None:
    report = audit.replay(played.platform)
    assert report.divergences == [] and set(report.verdicts().values()) == {"pass"}


def test_the_papers_have_a_line_for_each_bid_over_many_pages(played: Market) -> None:
    found = lot(played)
    assert found.evaluation is not None
    for sha256 in (found.record_sha256, found.evaluation.report_sha256):
        paper = played.platform.vault.read(sha256)
        assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") > 10
