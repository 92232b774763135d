"""Submissions: a signed message of about 1 KiB with its envelopes, counted by the arrival of its last byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from archive.database import reading
from archive.errors import Refused, SunlitError
from archive.ledger import Recorded, Transaction
from archive.values import Actor, Instant
from bidding import envelopes as index
from bidding.box import Box
from bidding.sealed import SealedBid, Submit, Terms
from bidding.sealing import envelope_id, parse_envelope, parse_submission
from trading.desk import facts
from trading.platform import Platform

ALARMS = "system/alarms"
"""What the platform has to answer for, open to all."""

READABLE = (b"%PDF", b"PK\x03\x04", b"{", b"[", b"<", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf")
"""How files begin that somebody sends in place of an envelope (20号令 26: 拒收并提示)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the bidder keeps: where the submission stands, and the proof file that shows it without the platform."""

    recorded: Recorded
    proof: bytes


def submit(
    platform: Platform,
    actor: Actor,
    name: str,
    lot: str,
    raw: bytes,
    envelopes: tuple[bytes, ...],
    arrived: Instant,
    key: str | None = None,
) -> Receipt:
    """Hand in, replace or withdraw a bid; gives the receipt, and only after it is in the log for good.

    Raises:
        Refused: a code of `bidding.sealed.LAW`, itself on record.
    """
    try:
        recorded = _record(platform, actor, name, lot, raw, envelopes, arrived, key)
    except Refused as refusal:
        if refusal.code == "bid.missed":
            _alarm(platform, name, lot, refusal, raw)
        raise
    return Receipt(recorded, platform.receipt(recorded))


def _record(
    platform: Platform,
    actor: Actor,
    name: str,
    lot: str,
    raw: bytes,
    envelopes: tuple[bytes, ...],
    arrived: Instant,
    key: str | None,
) -> Recorded:
    public_key = _key_of(raw)
    with reading(platform.engine) as db:
        known = index.chain_of(db, name, lot, public_key) if public_key else None
    stream = known or _stream(platform, name, lot, public_key)
    claimed = tuple((envelope_id(e).hex(), e) for e in envelopes)
    box = facts.box(name, lot)
    with platform.ledger.begin(actor=actor, write={stream}, read={box}, rx=arrived, key=key, legal=True) as tx:
        state = tx.state(stream)
        assert isinstance(state, SealedBid)
        repeated = index.reserve(tx.connection, stream, claimed)
        told = _terms(platform, tx, name, lot, envelopes, repeated, arrived)
        command = Submit(raw.hex(), tuple(e.hex() for e in envelopes))
        try:
            tx.act(stream, command, facts=told)
        except Refused:
            index.release(tx.connection, stream, (id for id, _ in claimed), state.named)
            raise
        index.remember_chain(tx.connection, name, lot, public_key, stream)
        named = roots(envelopes)
        index.remember_bodies(tx.connection, named)
        platform.uploads.keep(tx.connection, named.difference(told.missing))
    return tx.recorded[0]


def _stream(platform: Platform, name: str, lot: str, public_key: str) -> str:
    """A name that tells nobody anything; the same for a chain's first submission when it comes twice at once."""
    drawn = platform.derive(f"sealed/{name}/{lot}/{public_key}") if public_key else platform.random(16)
    return f"sealed/{drawn[:16].hex()}"


def _alarm(platform: Platform, name: str, lot: str, refusal: Refused, raw: bytes) -> None:
    said = {"code": refusal.code, "lot": lot, "tender": name, **refusal.params}
    key = sha256(raw).hexdigest()  # who asks again with his idempotency key raises no second one
    with platform.ledger.begin(actor=Actor.system("desk"), write={ALARMS}, key=key, legal=True) as tx:
        tx.note(ALARMS, "alarm.raised", {"outcome": {"alarm": said}})


def _terms(
    platform: Platform,
    tx: Transaction,
    name: str,
    lot: str,
    envelopes: tuple[bytes, ...],
    repeated: tuple[str, ...],
    arrived: Instant,
) -> Terms:
    box, bodies = tx.state(facts.box(name, lot)), set(_bodies(envelopes))
    assert isinstance(box, Box)
    whole = platform.uploads.whole(tx.connection, bodies, arrived)
    return Terms(
        tender=name,
        lot=lot,
        stages=box.stages,
        policy=box.policy,
        closes_at=box.closes_at,
        opens_at=box.opens_at,
        paused=bool(box.paused_at),
        grace_hours=box.grace_hours,
        price_stage=box.price_stage,
        repeated=repeated,
        missing=tuple(sorted({root for root, _ in bodies} - whole)),
        unsealed=any(e.startswith(READABLE) for e in envelopes),
        closed=box.phase not in ("none", "accepting"),
    )


def roots(envelopes: tuple[bytes, ...]) -> set[str]:
    """The roots (hex) of the bodies that the envelopes name."""
    return {root for root, _ in _bodies(envelopes)}


def _bodies(envelopes: tuple[bytes, ...]) -> Iterator[tuple[str, int]]:
    """Root (hex) and length of every body that the envelopes name."""
    for raw in envelopes:
        try:
            bodies = parse_envelope(raw).bodies
        except SunlitError:
            continue  # the rules name what is wrong with it
        yield from ((body.root.hex(), body.ct_len) for body in bodies)


def _key_of(raw: bytes) -> str:
    try:
        return parse_submission(raw).submit_pk.hex()
    except SunlitError:
        return ""  # the rules name what is wrong with it
