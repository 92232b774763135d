"""What the log proves: streams read entry by entry, each under a signed checkpoint, decided again here.

A bidder takes a tender's terms from here, a trustee the closing list: both are what stands in the log for everybody, under
keys that the reader pinned, and not what a page says.  Reading follows a stream from its first entry without a gap;
entries that are still withheld end it, and public ones behind them are taken singly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archive.bodies import CLOSED, Body, Kind
from archive.decider import Context, fold
from archive.entry import entry as entry_of
from archive.errors import Damaged, Invalid, Missing, Refused, SunlitError
from archive.faults import Fault
from archive.merkle import leaf_hash
from archive.policy import Policy, parse_policy
from archive.proofs import check_proof
from archive.strict import base64
from archive.values import instant
from trading.client.web import Web, quoted

MOST_PAGES = 200
Keep = Callable[[int, bytes], object]
"""Told the index and the proof file of every entry that was checked."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """The keys that a reader trusts, as its policy file."""

    raw: bytes

    @property
    def policy(self) -> Policy:
        """The policy.

        Raises:
            Invalid: ``client.policy``.
        """
        try:
            return parse_policy(self.raw)
        except Fault as fault:
            raise Invalid("client.policy", why=fault.why) from None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was checked: its index, its leaf hash and what it says."""

    index: int
    leaf: bytes
    body: Body[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Followed:
    """A stream: its entries from the first without a gap, the state after them, public entries behind a gap."""

    entries: tuple[Entry, ...]
    state: Any
    later: tuple[Entry, ...]


def follow(web: Web, pinned: Pinned, kind: Kind, stream: str, keep: Keep = lambda _index, _proof: None) -> Followed:
    """Read a stream of a known kind and decide every entry of it again.

    Raises:
        Damaged: ``client.log`` with the index where the log does not hold.
        Missing: ``client.stream`` when nothing of it is in the log yet.
    """
    entries = sorted((_checked(web, pinned, kind, stream, i, keep) for i in indices(web, stream)), key=lambda e: e.body.seq)
    if not entries or entries[0].body.seq != 1:
        raise Missing("client.stream", stream=stream)
    whole: list[Entry] = []
    for entry in entries:
        if entry.body.seq != len(whole) + 1:
            break
        if entry.body.prev != base64(whole[-1].leaf if whole else b""):
            raise Damaged("client.log", index=entry.index, why="chain")
        whole.append(entry)
    state = kind.decider.initial
    for entry in whole:
        state = _decided(kind, state, entry)
    return Followed(tuple(whole), state, tuple(entries[len(whole) :]))


def receipt_of(web: Web, pinned: Pinned, index: int, keep: Keep = lambda _index, _proof: None) -> tuple[bytes, bytes]:
    """The body of a disclosed entry, and its leaf hash.

    Raises:
        Damaged: ``client.log``.
    """
    raw = web.get(f"/log/{index}/receipt").body
    try:
        opened = check_proof(raw, pinned.policy)
    except Fault as fault:
        raise Damaged("client.log", index=index, why=f"{fault.code} {fault.why}") from None
    if opened.index != index or opened.body is None or opened.salt is None:
        raise Damaged("client.log", index=index, why="another entry, or a withheld one")
    keep(index, raw)
    return opened.body, leaf_hash(entry_of(opened.salt, opened.body))


def indices(web: Web, stream: str) -> list[int]:
    """Where the disclosed entries of a stream stand, as the platform tells; each is still to be checked."""
    found: list[int] = []
    for page in range(1, MOST_PAGES + 1):
        listed = web.get(f"/api/log?stream={quoted(stream)}&page={page}").json()
        found += [int(item["index"]) for item in listed["items"]]
        if page >= int(listed["pages"]):
            break
    return sorted(set(found))


def _checked(web: Web, pinned: Pinned, kind: Kind, stream: str, index: int, keep: Keep) -> Entry:
    raw, leaf = receipt_of(web, pinned, index, keep)
    try:
        body = kind.read(raw)
    except SunlitError as fault:
        raise Damaged("client.log", index=index, why=fault.code) from None
    if body.stream != stream:
        raise Damaged("client.log", index=index, why="another stream")
    return Entry(index, leaf, body)


def _decided(kind: Kind, state: Any, entry: Entry) -> Any:
    """The state after an entry whose outcome is what the rules give."""
    body = entry.body
    if body.act == CLOSED:
        return state
    data, outcome = body.data, body.data.outcome
    context = Context(instant(body.at), body.actor, data.context or None, instant(body.rx) if body.rx else None, _no_blob)
    try:
        events = kind.settled(kind.decider.decide(state, data.command, context))
    except Refused as no:
        if outcome and outcome.refused and outcome.refused.code == no.code:
            return state
        raise Damaged("client.log", index=entry.index, why=f"refused: {no.code}") from None
    except SunlitError as fault:
        raise Damaged("client.log", index=entry.index, why=fault.code) from None
    if not outcome or outcome.events != events:
        raise Damaged("client.log", index=entry.index, why="the rules give another outcome")
    return fold(kind.decider, state, events)


def _no_blob(sha256: str) -> bytes:
    raise Missing("ledger.blob", sha256=sha256)
