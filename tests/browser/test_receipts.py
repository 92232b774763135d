"""A receipt that the ledger gave for a bid, checked by the bidder's own browser before it says "submitted"."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

import bidding.tables  # noqa: F401 - declares what a sealed stream is projected into
from archive.errors import Refused
from archive.keys import Keys
from archive.ledger import Ledger
from archive.proofs import parse_proof, write_proof
from archive.signing import Signer
from archive.values import HOUR, Actor
from archive.vault import Vault
from archive.vkeys import COSIGNATURE
from bidding import sealed
from tests.browser.deliveries import BOTH, CALL, FIRST, POLICY
from tests.browser.platforms import Platform

ORIGIN = "log.example/1"
STREAM = f"sealed/{'5e' * 16}"
TERMS = sealed.Terms("T-1", "L1", CALL.stages, POLICY.hex(), closes_at=2 * 10**15)


@dataclass(frozen=True)
class Handed:
    """What the bidder handed in, its receipt, and the bidder's own policy."""

    receipt: bytes
    policy: str
    submit: str = FIRST.submit.hex()
    envelopes: tuple[str, ...] = tuple(e.hex() for e in BOTH)


@pytest.fixture
def log(sqlite: Engine, vault: Vault, clock: Callable[[], int]) -> Ledger:
    source = random.Random(11)
    return Ledger(
        sqlite, {"sealed": sealed.DECIDER}, Keys.fleeting(source.randbytes), vault, clock, source.randbytes, ORIGIN, "r1"
    )


@pytest.fixture
def handed(log: Ledger) -> Handed:
    """A bid that the ledger received."""
    command = sealed.Submit(FIRST.submit.hex(), tuple(e.hex() for e in BOTH))
    actor = Actor("u-1", "user", org="org-1")
    recorded = log.act(STREAM, command, actor=actor, facts=TERMS, rx=1_767_574_700_123_456)
    log.integrate()
    policy = "".join(f"log {key.text}\n" for key in log.notary.keys) + "quorum none\n"
    return Handed(log.receipt(recorded.id), policy)


def check(platform: Platform, handed: Handed, **other: object) -> dict[str, object]:
    given = {
        "file": handed.receipt.hex(),
        "policy": handed.policy,
        "submit": handed.submit,
        "envelopes": handed.envelopes,
        **other,
    }
    found: dict[str, object] = platform("receipt", **given)
    return found


def test_the_ledgers_receipt_proves_the_bid_that_was_handed_in(platform: Platform, handed: Handed) -> None:
    found = check(platform, handed)
    assert isinstance(of := found["of"], dict)
    assert of["rx"] == "2026-01-05T00:58:20.123456Z"
    assert found["signed"] == ["+".join(line.removeprefix("log ").split("+")[:2]) for line in handed.policy.splitlines()[:2]]


def test_the_receipt_of_another_bid_is_none_for_this_one(platform: Platform, handed: Handed) -> None:
    assert check(platform, handed, submit=handed.submit[:-2] + "00")["of"] is None
    assert check(platform, handed, envelopes=handed.envelopes[:1])["of"] is None


def test_the_receipt_of_a_refusal_is_none(platform: Platform, log: Ledger, handed: Handed) -> None:
    late = sealed.Terms("T-1", "L1", CALL.stages, POLICY.hex(), closes_at=1 * HOUR)
    stream = f"sealed/{'77' * 16}"
    with pytest.raises(Refused, match=r"bid\.late"):
        log.act(stream, sealed.Submit(handed.submit, handed.envelopes), actor=Actor("u-2", "user", org="org-2"), facts=late)
    log.integrate()
    with log.engine.connect() as db:
        last = db.exec_driver_sql("SELECT id FROM trace_event ORDER BY eid DESC LIMIT 1").scalar_one()
    assert check(platform, handed, file=log.receipt(str(last)).hex())["of"] is None


def test_every_flipped_bit_of_the_opening_is_found(platform: Platform, handed: Handed) -> None:
    proof = parse_proof(handed.receipt)
    assert proof.extra is not None
    for at in random.Random(2).sample(range(len(proof.extra)), 60):
        bent = bytearray(proof.extra)
        bent[at] ^= 1 << at % 8
        raw = write_proof(proof.index, proof.path, proof.checkpoint, bytes(bent))
        assert check(platform, handed, file=raw.hex()) in ({"fault": "INCLUSION_BAD"}, {"fault": "BODY_BAD"})


def test_a_checkpoint_that_somebody_else_signed_is_refused(platform: Platform, handed: Handed) -> None:
    stranger = Keys.fleeting(random.Random(12).randbytes).log(ORIGIN)
    policy = "".join(f"log {signer.key.text}\n" for signer in stranger) + "quorum none\n"
    assert check(platform, handed, policy=policy) == {"fault": "SIG_MISSING"}


def test_without_its_witnesses_a_receipt_is_not_enough(platform: Platform, handed: Handed) -> None:
    witness = Signer.from_seed("witness.example/w1", COSIGNATURE, bytes(32)).key.text
    policy = handed.policy.replace("quorum none", f"witness w1 {witness}\nquorum w1")
    assert check(platform, handed, policy=policy) == {"fault": "QUORUM_MISSING"}
