"""The lines and pages of the lists of notices and tenders: shapes in the sense of `trading.web.shapes`.

Times are microseconds since the epoch, UTC, 0 where there is none yet; pages count from 1.
"""

from msgspec import Struct, field

from archive.values import Instant
from trading.web.shapes import Amount


class NoticeLine(Struct, frozen=True):
    """A notice in a list, with what a reader wants to know of its tender."""

    tender: str
    n: int
    kind: str
    at: Instant
    title: str
    sha256: str
    lot: str
    region: str
    trade: str
    stage: str
    deadline: Instant
    principal: str = field(name="principal_name")
    tender_title: str = ""


class NoticeList(Struct, frozen=True):
    """A page of a list of notices."""

    items: tuple[NoticeLine, ...]
    total: int
    page: int
    pages: int
    size: int


class TenderLine(Struct, frozen=True):
    """A tender in a list."""

    id: str = field(name="tender")
    title: str
    stage: str
    agency_name: str
    region: str
    trade: str
    nature: str
    method: str
    estimate: Amount
    attempt: int
    published_at: Instant
    documents_to: Instant
    deadline: Instant
    paused_at: Instant
    ended_at: Instant
    principal: str = field(name="principal_name")


class TenderList(Struct, frozen=True):
    """A page of a list of tenders."""

    items: tuple[TenderLine, ...]
    total: int
    page: int
    pages: int
    size: int
