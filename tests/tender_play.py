"""A tender played by values alone: the cast, the acts with good defaults, and a stage that holds the state.

Every act goes through encode and decode, so that what is played is what a log could hold.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from archive.canonical import decode, encode
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import DAY, Actor, Instant, Money
from trading import commands as c
from trading.events import Event
from trading.lifecycle import DECIDER, LAW
from trading.lifecycle.drafting import draft_digest, policy_digest
from trading.lifecycle.records import rows_digest
from trading.messages import LANGUAGES, sentence
from trading.tender import (
    CatalogueEntry,
    Closing,
    Contact,
    Document,
    Draft,
    Item,
    Lot,
    LotSpec,
    Mandate,
    Method,
    Notice,
    OpenedBid,
    Project,
    Ranked,
    Rejected,
    SealedHead,
    Tender,
    TenderFacts,
)

BEIJING = timezone(timedelta(hours=8))
SHA = "a" * 64
BLIND = "b" * 32
YUAN = 100

PRINCIPAL = Actor("u-1", "user", org="11530502MB9Y0B227D", role="tenderer")
AGENCY = Actor("u-2", "user", org="91530100MA9YDA010W", role="agency")
CENTRE = Actor("u-3", "user", org="12530500MB9Y0A11XK", role="centre")
REGULATOR = Actor("u-4", "user", org="11530500MB9Y0A2240", role="regulator")
OTHER_REGULATOR = Actor("u-5", "user", org="11530581MB9Y0C334F", role="regulator")
BIDDER = Actor("u-6", "user", org="91530502MA9YDM0137", role="bidder")
BELL = Actor.system("bell")

ROLES = {
    PRINCIPAL.id: ("principal",),
    AGENCY.id: ("agency",),
    CENTRE.id: ("platform",),
    REGULATOR.id: ("regulator",),
    OTHER_REGULATOR.id: ("regulator",),
    BIDDER.id: ("bidder",),
}
BIDDERS = ("91530502MA9YDM0137", "91530581MA9YDM021F", "91530100MA9YDM03X8")


def bj(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> Instant:
    """An instant by the clock of 北京时间."""
    moment = datetime(year, month, day, hour, minute, tzinfo=BEIJING)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def works(**more: Any) -> Project:
    """P1: a mandatory construction project on state money."""
    given: dict[str, Any] = {
        "title": "永昌街道便民服务站改造工程",
        "principal": PRINCIPAL.org,
        "principal_name": "隆阳区演示建设单位",
        "estimate": Money(4_860_000 * YUAN),
        "trade": "01",
        "method": "open",
        "mandatory": "yes",
        "threshold": "yes",
        "funds": "fiscal",
        "nature": "works",
        "region": "530502",
        "agency": AGENCY.org,
        "agency_name": "云岭演示招标代理有限公司",
        "scope": "改造施工",
    }
    return Project(**(given | more))


def goods(**more: Any) -> Project:
    """P2: a purchase of goods above the threshold."""
    return works(**({"trade": "02", "nature": "goods", "estimate": Money(3_200_000 * YUAN)} | more))


def spec(id: str = "L1", **more: Any) -> LotSpec:
    given: dict[str, Any] = {
        "title": f"标段 {id}",
        "estimate": Money(4_860_000 * YUAN),
        "category": "A080101",
        "ceiling": Money(4_800_000 * YUAN),
        "deposit": Money(97_200 * YUAN),
        "items": (Item(f"{id}-1", "主体改造", "1", "项"),),
        "duration": "120 日历天",
    }
    return LotSpec(id, **(given | more))


def draft(**more: Any) -> Draft:
    given: dict[str, Any] = {
        "title": "永昌街道便民服务站改造工程施工",
        "lots": (spec(),),
        "method": Method("comprehensive", "{}", 4000, 10000),
        "documents": (Document(SHA, 1000, "招标文件.pdf", "application/pdf"),),
        "policy": "53425031",
        "policy_hash": policy_digest("53425031"),
        "decrypt_minutes": 30,
        "validity_days": 90,
        "qualification": "建筑工程施工总承包三级以上",
        "objection_channel": "本平台在线提出",
        "platform_url": "https://example.invalid/",
    }
    return Draft(**(given | more))


def notice(**more: Any) -> Notice:
    """P1's times: documents from 8 September, bids until 9 October 09:00."""
    contact = Contact("单位", "保山市", "联系人", "0875-0000000")
    given: dict[str, Any] = {
        "title": "招标公告",
        "sha256": SHA,
        "documents_from": bj(9, 8),
        "documents_to": bj(9, 15, 17),
        "deadline": bj(10, 9),
        "documents_how": "平台免费下载",
        "submit_how": "平台加密递交",
        "opening_place": "平台开标大厅",
        "notice_days": 5,
        "principal": contact,
        "agency": contact,
    }
    return Notice(**(given | more))


def bid(n: int, yuan: int, **more: Any) -> OpenedBid:
    return OpenedBid(BIDDERS[n], f"投标人{n}", price=Money(yuan * YUAN), **more)


def place(n: int, rank: int, yuan: int, score: int = 9000) -> Ranked:
    return Ranked(BIDDERS[n], f"投标人{n}", rank, Money(yuan * YUAN), score)


def out(n: int, ground: str = "51-3") -> Rejected:
    return Rejected(BIDDERS[n], f"投标人{n}", ground)


def mandate(scopes: tuple[str, ...], **more: Any) -> Mandate:
    given: dict[str, Any] = {
        "contract": "C1",
        "principal": PRINCIPAL.org,
        "agency": AGENCY.org,
        "from_at": bj(1, 1),
        "to_at": bj(12, 31),
    }
    return Mandate(scopes=scopes, **(given | more))


ITEM = CatalogueEntry("baoshan", 1, "01-01", date(2026, 1, 1))
REGISTER = {"catalogue": "baoshan", "catalogue_version": 1, "catalogue_item": "01-01"}


class Play:
    """One tender: ``state``, and everything that happened in ``told``."""

    def __init__(self, rulebook: str = "cn-rs1-2019", project: Project | None = None, at: Instant = bj(9, 1)) -> None:
        self.state: Tender = DECIDER.initial
        self.told: list[Event] = []
        self.at = at
        self.rulebook = rulebook
        self.project = project or (goods() if rulebook == "cn-rs2-2017" else works())

    def act(self, command: c.Command, actor: Actor = PRINCIPAL, at: Instant | None = None, **facts: Any) -> tuple[Event, ...]:
        """Decide and evolve; ``at`` moves the clock."""
        self.at = self.at if at is None else at
        known = {"roles": ROLES.get(actor.id, ()), "verified": True, "opening": self._boxed(command)} | facts
        told: TenderFacts = decode(encode(TenderFacts(**known)), TenderFacts)
        asked: c.Command = decode(encode(command), c.Command)  # type: ignore[arg-type]
        events = DECIDER.decide(self.state, asked, Context(self.at, actor, told))
        events = tuple(decode(encode(e), Event) for e in events)  # type: ignore[arg-type]
        self.state = decode(encode(fold(DECIDER, self.state, events)), Tender)
        self.told += events
        return events

    def _boxed(self, command: c.Command) -> str:
        """What an honest desk tells with an opening record: the box has the very rows."""
        if not isinstance(command, c.RecordOpening):
            return ""
        lot = self.state.lot(command.lot)
        before = (lot.priced if command.envelope == 2 else lot.rows) if lot else ()
        return rows_digest(before + command.rows)

    def lot(self, id: str = "L1") -> Lot:
        found = self.state.lot(id)
        assert found is not None
        return found

    def register(self, **more: Any) -> "Play":
        command = c.RegisterProject("T1", self.project, self.rulebook, "cn-2026", **(REGISTER | more))
        self.act(command, catalogue=ITEM)
        return self

    def accepted(self) -> "Play":
        self.register().act(c.AcceptRegistration(), CENTRE)
        return self

    def drafted(self, drafted: Draft | None = None) -> "Play":
        self.accepted().act(c.DraftTender(drafted or draft()))
        return self

    def approved(self, drafted: Draft | None = None) -> "Play":
        self.drafted(drafted)
        assert self.state.draft is not None
        self.act(c.ApproveDocuments(draft_digest(self.state.draft)))
        return self

    def published(self, drafted: Draft | None = None, noticed: Notice | None = None) -> "Play":
        self.approved(drafted).act(c.PublishNotice(noticed or notice()), at=bj(9, 8))
        return self

    def close(self, *counts: int, at: Instant | None = None) -> "Play":
        """截标: one count for each live lot."""
        lots = [lot.spec.id for lot in self.state.live()]
        closings = tuple(Closing(id, n, SHA, n < 3) for id, n in zip(lots, counts, strict=True))
        self.act(c.CloseBids(), BELL, at or self.state.times.deadline, closings=closings)
        return self

    def opened(self, *counts: int, drafted: Draft | None = None) -> "Play":
        counts = counts or (3,)
        self.published(drafted).close(*counts)
        heads = tuple(SealedHead(f"sealed/{n:032x}", 1, "x") for n in range(sum(n for n in counts if n >= 3)))
        self.act(c.OpenBids(), BELL, heads=heads)
        return self

    def recorded(self) -> "Play":
        rows = (bid(0, 4_700_000), bid(1, 4_600_000), bid(2, 4_500_000))
        self.opened().act(c.RecordOpening("L1", rows, SHA), BELL, self.at + DAY // 24)
        return self

    def panelled(self) -> "Play":
        self.recorded().act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
        return self

    def evaluated(self, *ranking: Ranked) -> "Play":
        ranking = ranking or (place(2, 1, 4_500_000), place(1, 2, 4_600_000), place(0, 3, 4_700_000))
        self.panelled().act(c.RecordEvaluation("L1", SHA, BLIND, ranking), BELL, self.at + DAY // 6)
        return self

    def publicised(self, *ranking: Ranked) -> "Play":
        """公示 from 10 October 09:00 to 13 October 17:00."""
        self.evaluated(*ranking)
        self.act(c.PublishCandidates("L1", bj(10, 10), bj(10, 13, 17), "中标候选人公示", SHA), at=bj(10, 10, 8))
        return self

    def awarded(self, *ranking: Ranked) -> "Play":
        if self.rulebook == "cn-rs2-2017":
            self.evaluated(*ranking).act(c.Award("L1", BIDDERS[2]), at=bj(10, 12))
        else:
            self.publicised(*ranking).act(c.Award("L1", BIDDERS[2]), at=bj(10, 14))
        return self

    def announced(self) -> "Play":
        self.awarded().act(c.PublishResult("L1", "中标结果", SHA), at=self.at + DAY)
        return self

    def notified(self) -> "Play":
        self.announced().act(c.IssueAwardLetter("L1", SHA), at=bj(10, 16))
        return self

    def contracted(self) -> "Play":
        self.notified().act(c.RecordContract("L1", SHA, date(2026, 11, 2), Money(4_500_000 * YUAN)), at=bj(11, 2))
        return self


@contextmanager
def refused(code: str, **params: object) -> Iterator[dict[str, Any]]:
    """The block is refused with that code, which rests on an article and has a whole sentence in both languages."""
    caught: dict[str, Any] = {}
    with pytest.raises(Refused) as found:
        yield caught
    assert found.value.code == code, str(found.value)
    assert LAW[code]
    for lang in LANGUAGES:
        said = sentence(code, found.value.params, lang)
        assert said != code and "{" not in said, said
    for name, value in params.items():
        assert found.value.params[name] == value
    caught |= found.value.params
