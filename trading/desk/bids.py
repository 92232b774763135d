"""Submissions: a signed message of about 1 KiB with its envelopes, counted by the arrival of its last byte."""

from dataclasses import dataclass

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
    public_key = _key_of(raw)
    with reading(platform.engine) as db:
        known = index.chain_of(db, name, lot, public_key) if public_key else None
    stream = known or f"sealed/{platform.random(16).hex()}"
    claimed = tuple((envelope_id(e).hex(), e) for e in envelopes)
    box = facts.box(name, lot)
    with platform.ledger.begin(actor=actor, write={stream}, read={box}, rx=arrived, key=key) as tx:
        state = tx.state(stream)
        assert isinstance(state, SealedBid)
        repeated = index.reserve(tx.connection, stream, claimed)
        told = _terms(platform, tx, name, lot, envelopes, repeated)
        command = Submit(raw.hex(), tuple(e.hex() for e in envelopes))
        try:
            tx.act(stream, command, facts=told)
        except Refused:
            index.release(tx.connection, stream, (id for id, _ in claimed), state.named)
            raise
        index.remember_chain(tx.connection, name, lot, public_key, stream)
    return Receipt(tx.recorded[0], platform.receipt(tx.recorded[0]))


def _terms(
    platform: Platform, tx: Transaction, name: str, lot: str, envelopes: tuple[bytes, ...], repeated: tuple[str, ...]
) -> Terms:
    box = tx.state(facts.box(name, lot))
    assert isinstance(box, Box)
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
        missing=_missing(platform, envelopes),
        unsealed=any(e.startswith(READABLE) for e in envelopes),
    )


def _missing(platform: Platform, envelopes: tuple[bytes, ...]) -> tuple[str, ...]:
    missing = []
    for raw in envelopes:
        try:
            bodies = parse_envelope(raw).bodies
        except SunlitError:
            continue  # the rules name what is wrong with it
        for body in bodies:
            stored = platform.uploads.locate(body.root.hex())
            if stored is None or stored[1] != body.ct_len:
                missing.append(body.root.hex())
    return tuple(sorted(set(missing)))


def _key_of(raw: bytes) -> str:
    try:
        return parse_submission(raw).submit_pk.hex()
    except SunlitError:
        return ""  # the rules name what is wrong with it
