"""The platform's own probe, and the time that a proven outage gives back before a deadline (sealed-bid 6, rule 6).

Every half minute the probe goes a bidder's way: a small upload through database, disk and vault, taken back at once.  A
gap of `TOLERANCE` or more between two probes that went through is an outage.  The rule, published with every tender: as
much as an outage took of the last half hour before a deadline is added to it, in whole minutes upwards, if that is
`TOLERANCE` or more and the deadline has not come yet.  The bell does it as a standstill of the tender, whose reason
names the probes; nothing is ever extended after a deadline.

What the probe does not see: the network between the platform and its bidders.  For that the centre calls a standstill.
"""

import logging
from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Column, String, select, update

from archive import values
from archive.database import reading, table
from archive.errors import Refused
from archive.values import MINUTE, Actor, Instant
from bidding.sealing import sealed_length
from trading import tables
from trading.commands import ResumeTender, SuspendTender
from trading.desk import facts, publication
from trading.platform import Platform
from trading.tender import Tender

LOGGER = logging.getLogger("sunlit.outages")
PROBE = Actor.system("probe")
PROBE_SECONDS = 30
TOLERANCE: Instant = 5 * MINUTE
LAST: Instant = 30 * MINUTE
"""What counts is time lost so shortly before a deadline: what was lost earlier could be made up."""

beat_table = table(
    "probe_beat",  # when the probe went through last
    Column("probe", String(20), primary_key=True),
    Column("at", BigInteger, nullable=False),
)
outage_table = table(
    "probe_outage",
    Column("began_at", BigInteger, primary_key=True, autoincrement=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("given", Boolean, nullable=False),  # the time it took was added where it had to be
)
_UPLOAD = "upload"


class Outage(Struct, frozen=True):
    """From the last probe that went through before it to the first one after it."""

    began_at: Instant
    ended_at: Instant

    def lost(self, deadline: Instant) -> Instant:
        """How much of the last half hour before a deadline it took, 0 if that does not count."""
        took = self.ended_at - max(self.began_at, deadline - LAST)
        return took if took >= TOLERANCE and self.ended_at < deadline else 0


class Probe:
    """The probe of one process; ``steady`` is a clock in microseconds that nobody sets, from any beginning."""

    def __init__(self, platform: Platform, steady: Callable[[], Instant]) -> None:
        self._platform = platform
        self._steady = steady
        self._last: Instant | None = None

    def turn(self) -> int:
        """One probe, and what follows from it; how many deadlines moved.

        Raises:
            OSError, SunlitError, SQLAlchemyError: the probe did not go through, which is no beat.
        """
        _a_bidders_way(self._platform)
        steady = self._steady()
        # A clock that was set forward is no outage: this very process went through a moment ago.
        was_up = self._last is not None and steady - self._last < TOLERANCE
        self._last = steady
        _beat(self._platform, self._platform.clock(), was_up)
        return sum(_give(self._platform, outage) for outage in _owed(self._platform))


def _a_bidders_way(platform: Platform) -> None:
    uploads, now = platform.uploads, platform.clock()
    body = platform.random(sealed_length(0))
    made = uploads.create(PROBE.id, len(body), now)
    try:
        uploads.append(made.id, PROBE.id, 0, [body], now)
    finally:
        uploads.terminate(made.id, PROBE.id)


def _beat(platform: Platform, now: Instant, was_up: bool) -> None:
    b, o = beat_table, outage_table
    with platform.engine.begin() as db:
        last = db.execute(select(b.c.at).where(b.c.probe == _UPLOAD).with_for_update()).scalar()
        if last is None:
            db.execute(b.insert().values(probe=_UPLOAD, at=now))
            return
        db.execute(update(b).where(b.c.probe == _UPLOAD, b.c.at < now).values(at=now))
        if now - last >= TOLERANCE and not was_up:
            db.execute(o.insert().values(began_at=last, ended_at=now, given=False))
            LOGGER.warning("no probe went through for %d s", (now - last) // values.SECOND)


def _owed(platform: Platform) -> list[Outage]:
    o = outage_table.c
    with reading(platform.engine) as db:
        return [Outage(*row) for row in db.execute(select(o.began_at, o.ended_at).where(~o.given).order_by(o.began_at))]


def _give(platform: Platform, outage: Outage) -> int:
    """Add what it took; again from the start if the process dies in between, each step under a key of its own."""
    moved = sum(_extend(platform, outage, name) for name in _close_to_a_deadline(platform, outage))
    with platform.engine.begin() as db:
        db.execute(update(outage_table).where(outage_table.c.began_at == outage.began_at).values(given=True))
    return moved


def _close_to_a_deadline(platform: Platform, outage: Outage) -> list[str]:
    t = tables.tender.c
    soon = select(t.tender).where(t.stage == "published", t.deadline > outage.ended_at, t.deadline < outage.ended_at + LAST)
    with reading(platform.engine) as db:
        return list(db.execute(soon.order_by(t.tender)).scalars())


def _extend(platform: Platform, outage: Outage, name: str) -> bool:
    pause = f"outage-{outage.began_at // values.SECOND}"
    before = _tender(platform, name)
    lost = outage.lost(before.times.deadline)
    if lost and not before.pauses and platform.clock() < before.times.deadline:
        span = f"{values.instant_text(outage.began_at)} – {values.instant_text(outage.ended_at)}"
        reason = f"平台探测在此期间未通过，截止时间按事先公布的规则顺延：{span}"
        publication.act(platform, PROBE, name, SuspendTender(pause, "system-fault", reason), key=f"{pause}.{name}.stop")
    stopped = _tender(platform, name)
    if all(p.id != pause for p in stopped.pauses):
        return False
    deadline = stopped.times.deadline
    runs = stopped.paused_at < deadline
    stood = platform.clock() - stopped.paused_at  # next to nothing, unless the process died after the first step
    later = deadline + -(-(outage.lost(deadline) + stood) // MINUTE) * MINUTE
    try:
        publication.act(platform, PROBE, name, ResumeTender(pause, "平台恢复", later if runs else 0), key=f"{pause}.{name}.go")
    except Refused:
        LOGGER.exception("%s stands still after an outage; the centre has to lift it", name)
        return False
    return runs


def _tender(platform: Platform, name: str) -> Tender:
    state = platform.ledger.state(facts.tender(name))
    assert isinstance(state, Tender)
    return state
