"""The only readers of the bidding tables, and with them who may see what, when (cn-rules 2.1).

Before the closing nobody learns whether, how many or whose bids there are; a bidder sees its own and
nothing else.  At the closing count and names appear.  While decryption runs only the host sees forms of
what is open; once they are read aloud everybody does.  Who objected is shown to nobody but the parties.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from msgspec import json
from sqlalchemy import Connection, RowMapping, func, select

from archive.values import Instant
from bidding.box.facts import Form
from bidding.tables import box, box_envelope, box_objection, sealed_bid

Standing = Literal["public", "host", "bidder"]
"""How somebody stands to a lot: anybody, 主持 of its opening (and its supervisors), or one of its bidders."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: ``org`` is their organisation, empty for the public."""

    standing: Standing = "public"
    org: str = ""


PUBLIC = Viewer()
SEALED = ("accepting", "opening", "concluded")
"""Phases of a box in which something in it is not for everybody yet."""


@dataclass(frozen=True, slots=True)
class BoxView:
    """A lot's box; ``count`` is None and windows are 0 until it is closed."""

    stream: str
    tender: str
    lot: str
    phase: str
    paused: bool
    opens_at: Instant
    closes_at: Instant
    closed_at: Instant
    stages: tuple[int, ...]
    policy: str
    policy_hash: str
    trustees: tuple[str, ...]
    least_bids: int
    drilled: tuple[int, ...]
    drilled_at: Instant
    count: int | None
    closing_list: str
    stage: int
    first_ends: Instant
    ends_at: Instant
    below_least: bool


@dataclass(frozen=True, slots=True)
class EnvelopeView:
    """One listed envelope; ``form`` is None until whoever looks may see it."""

    envelope: str
    stage: int
    sealed: str
    org: str
    name: str
    submission_hash: str
    received_at: Instant
    released: tuple[int, ...]
    bidder_answered: bool
    verdict: str
    fault: str
    effect: str
    silent: tuple[int, ...]
    form: Form | None


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """开标异议; ``org`` is empty where it is masked."""

    number: int
    org: str
    text: str
    at: Instant
    answer: str
    answered_at: Instant


@dataclass(frozen=True, slots=True)
class OwnBid:
    """A bidder's own chain for one lot."""

    stream: str
    tender: str
    lot: str
    standing: str
    seq: int
    submission_hash: str
    envelopes: tuple[str, ...]
    received_at: Instant


def _numbers(text: str) -> tuple[int, ...]:
    return json.decode(text, type=tuple[int, ...])


def _names(text: str) -> tuple[str, ...]:
    return json.decode(text, type=tuple[str, ...])


def _box(row: RowMapping) -> BoxView:
    closed = row["phase"] != "accepting"
    return BoxView(
        stream=row["stream"],
        tender=row["tender"],
        lot=row["lot"],
        phase=row["phase"],
        paused=row["paused"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        closed_at=row["closed_at"],
        stages=_numbers(row["stages"]),
        policy=row["policy"],
        policy_hash=row["policy_hash"],
        trustees=_names(row["trustees"]),
        least_bids=row["least_bids"],
        drilled=_numbers(row["drilled"]),
        drilled_at=row["drilled_at"],
        count=row["count"] if closed else None,
        closing_list=row["closing_list"],
        stage=row["stage"],
        first_ends=row["first_ends"],
        ends_at=row["ends_at"],
        below_least=row["below_least"],
    )


def box_of(db: Connection, tender: str, lot: str) -> BoxView | None:
    """A lot's box, as everybody may see it."""
    row = db.execute(select(box).where(box.c.tender == tender, box.c.lot == lot)).mappings().first()
    return None if row is None else _box(row)


def boxes_of(db: Connection, tender: str) -> Sequence[BoxView]:
    """All boxes of a tender, by lot."""
    return [_box(row) for row in db.execute(select(box).where(box.c.tender == tender).order_by(box.c.lot)).mappings()]


def envelopes(db: Connection, tender: str, lot: str, viewer: Viewer = PUBLIC) -> Sequence[EnvelopeView]:
    """The listed envelopes, by arrival; nothing before the closing, whoever asks."""
    c = box_envelope.c
    query = select(box_envelope).where(c.tender == tender, c.lot == lot).order_by(c.stage, c.received_at, c.envelope)
    return [_envelope(row, viewer) for row in db.execute(query).mappings()]


def _envelope(row: RowMapping, viewer: Viewer) -> EnvelopeView:
    shown = row["read"] or viewer.standing == "host" or (viewer.org != "" and viewer.org == row["org"])
    return EnvelopeView(
        envelope=row["envelope"],
        stage=row["stage"],
        sealed=row["sealed"],
        org=row["org"],
        name=row["name"],
        submission_hash=row["submission_hash"],
        received_at=row["received_at"],
        released=_numbers(row["released"]),
        bidder_answered=row["bidder_answered"],
        verdict=row["verdict"],
        fault=row["fault"],
        effect=row["effect"],
        silent=_numbers(row["silent"]),
        form=json.decode(row["form"], type=Form) if row["form"] and shown else None,
    )


def objections(db: Connection, stream: str, viewer: Viewer = PUBLIC) -> Sequence[ObjectionView]:
    """The objections to an opening; the public sees what was asked and answered, not by whom."""
    query = select(box_objection).where(box_objection.c.box == stream).order_by(box_objection.c.number)
    found = [
        ObjectionView(row["number"], row["org"], row["text"], row["at"], row["answer"], row["answered_at"])
        for row in db.execute(query).mappings()
    ]
    return [o if viewer.standing == "host" or (viewer.org and viewer.org == o.org) else replace(o, org="") for o in found]


def own_bids(db: Connection, viewer: Viewer) -> Sequence[OwnBid]:
    """What the viewer's own organisation has submitted, newest first: before the opening the only way to a bid."""
    if not viewer.org:
        return []
    query = select(sealed_bid).where(sealed_bid.c.org == viewer.org).order_by(sealed_bid.c.received_at.desc())
    return [
        OwnBid(
            stream=row["stream"],
            tender=row["tender"],
            lot=row["lot"],
            standing=row["standing"],
            seq=row["seq"],
            submission_hash=row["submission_hash"],
            envelopes=_names(row["envelopes"]),
            received_at=row["received_at"],
        )
        for row in db.execute(query).mappings()
    ]


def windows(db: Connection) -> tuple[bool, Instant]:
    """Whether any box takes bids, and when the oldest box began of which bids are still sealed (0 where there is none).

    Both are public: they say when there may be bids, not that there are any.
    """
    phases = db.execute(select(box.c.phase, func.min(box.c.opens_at)).where(box.c.phase.in_(SEALED)).group_by(box.c.phase))
    since: dict[str, Instant] = {row[0]: row[1] for row in phases}
    return "accepting" in since, min(since.values(), default=0)
