"""What a tender asks of a sealed bid, taken from the log: deadline, stages, the trustees' policy of each lot; and its closing.

A page may say what it likes; every bidder and every trustee sees the same log.
"""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from archive.bodies import Kind
from archive.errors import Damaged, Invalid, Missing, SunlitError
from archive.values import Instant
from bidding import box
from bidding.box import Box, ClosingList
from bidding.sealing import policy_hash
from trading.client.record import Followed, Keep, Pinned, follow, indices, receipt_of
from trading.client.web import Clock, Place, Web, quoted

BOX = Kind.of(box.DECIDER)
OPENABLE = ("opening", "concluded", "read", "between", "finished")


class LotTerms(Struct, frozen=True):
    """One lot; ``policy`` is hex.  Times are microseconds."""

    id: str
    policy: str
    policy_hash: str
    opens_at: Instant
    closes_at: Instant
    stages: tuple[int, ...]
    price_stage: int
    grace_hours: int
    decrypt_minutes: int
    remedy_minutes: int
    trustees: tuple[str, ...]
    phase: str
    paused: bool

    @property
    def raw_policy(self) -> bytes:
        """The policy's bytes."""
        return bytes.fromhex(self.policy)


class Terms(Struct, frozen=True):
    """A tender; the notice's digest and the organisation that published it are those of the logged entry.

    ``largest`` is the longest ciphertext that the platform takes, in bytes; 0 where it does not say.
    """

    base: str
    tender: str
    title: str
    notice_sha256: str
    notice_by: str
    lots: tuple[LotTerms, ...]
    clock: Clock
    fetched_at: Instant
    largest: int = 0

    def lot(self, id: str) -> LotTerms:
        """A lot; with an empty ``id`` the only one.

        Raises:
            Invalid: ``client.lot``.
        """
        found = [lot for lot in self.lots if id in ("", lot.id)]
        if len(found) != 1:
            raise Invalid("client.lot", lots=[lot.id for lot in self.lots])
        return found[0]


def learn(web: Web, pinned: Pinned, place: Place, clock: Clock, keep: Keep) -> Terms:
    """Read a tender's terms.

    Raises:
        Damaged: ``client.log``.  Missing: what the platform says, or ``client.stream`` before the notice.
    """
    shown = web.get(f"/api/tenders/{quoted(place.tender)}").json()
    digest, by = _notice(web, pinned, place.tender, keep)
    lots = tuple(
        _terms(follow(web, pinned, BOX, f"box/{place.tender}.{id}", keep).state)
        for id in (str(lot["spec"]["lot"]) for lot in shown["lots"])
        if place.lot in ("", id)
    )
    return Terms(place.base, place.tender, str(shown["title"]), digest, by, lots, clock, clock.now(), _largest(web))


def _largest(web: Web) -> int:
    try:
        said = web.ask("OPTIONS", "/api/uploads").headers.get("tus-max-size", "")
    except SunlitError:
        return 0  # there are lines on which OPTIONS is not let through; the server says it again when it comes to sending
    return int(said) if said.isdecimal() and len(said) < 20 else 0


def _terms(state: Box) -> LotTerms:
    return LotTerms(
        id=state.lot,
        policy=state.policy,
        policy_hash=policy_hash(bytes.fromhex(state.policy)).hex(),
        opens_at=state.opens_at,
        closes_at=state.closes_at,
        stages=state.stages,
        price_stage=state.price_stage,
        grace_hours=state.grace_hours,
        decrypt_minutes=state.decrypt_minutes,
        remedy_minutes=state.remedy_minutes,
        trustees=state.trustees,
        phase=state.phase,
        paused=bool(state.paused_at),
    )


def _notice(web: Web, pinned: Pinned, tender: str, keep: Keep) -> tuple[str, str]:
    for body in _entries(web, pinned, f"tender/{tender}", keep):
        if body["act"] == "tender.published" and "refused" not in body["data"]["outcome"]:
            return str(body["data"]["command"]["notice"]["sha256"]), str(body["actor"].get("org", ""))
    raise Missing("client.stream", stream=f"tender/{tender}")


def _entries(web: Web, pinned: Pinned, stream: str, keep: Keep) -> Iterator[Any]:
    """The disclosed entries of a stream that is not followed, the newest first, each under its proof."""
    for index in reversed(indices(web, stream)):
        raw, _ = receipt_of(web, pinned, index, keep)
        body = json.loads(raw)
        if body.get("stream") != stream:
            raise Damaged("client.log", index=index, why="another stream")
        yield body


class Closing(Struct, frozen=True):
    """A closing that stands in the log: the list, the stage that is being opened, and which envelopes of it may be."""

    listed: ClosingList
    stage: int
    envelopes: tuple[str, ...]


def closing_of(web: Web, pinned: Pinned, place: Place, keep: Keep) -> Closing:
    """The closing list as the log has it: every entry under its proof, the list made again and its hash compared.

    Raises:
        Invalid: ``client.not-closed`` while the log has none, whatever the page or the clock says.
        Damaged: ``client.log``.
    """
    found = follow(web, pinned, BOX, f"box/{place.tender}.{place.lot}", keep)
    state = found.state
    assert isinstance(state, Box)
    if state.phase not in OPENABLE:
        raise Invalid("client.not-closed", phase=state.phase)
    pinned_hash = policy_hash(bytes.fromhex(state.policy)).hex()
    listed = ClosingList(state.tender, state.lot, state.closes_at, pinned_hash, state.stages, state.listed)
    if listed.hash != state.closing_list:
        raise Damaged("client.log", index=found.entries[-1].index, why="the closing list has another hash")
    stage, admitted = _stage(found, state)
    at = state.stages.index(stage)
    return Closing(listed, stage, tuple(sorted(bid.envelopes[at] for bid in listed.bids if bid.stream in admitted)))


def _stage(found: Followed, state: Box) -> tuple[int, frozenset[str]]:
    """The stage that is being opened and the streams admitted to it: a later one stands behind withheld answers."""
    stage, admitted = state.stage, frozenset(b.stream for b in state.on_stage)
    for entry in found.later:
        outcome = entry.body.data.outcome
        for event in (outcome.events or ()) if outcome else ():
            if isinstance(event, box.StageOpened) and event.stage > stage:
                stage, admitted = event.stage, frozenset(event.admitted)
    return stage, admitted
