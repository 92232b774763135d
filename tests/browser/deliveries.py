"""Deliveries to a commit, good and bad, each with one fault and the verdict that it has (sealed-bid 3.4, 3.5)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from bidding import sealing
from bidding.sealing import hpke, signing
from bidding.sealing.grammar import u8, u16, v8, v16

SKS = tuple(bytes([j]) * 32 for j in (1, 2, 3))
KEYS = {sigalg: bytes([40 + sigalg]) * 32 for sigalg in (1, 2, 4)}


@dataclass(frozen=True)
class Delivery:
    """All that one call of the acceptance is given."""

    call: sealing.Call
    submit: bytes
    envelopes: tuple[bytes, ...]
    log: tuple["Delivery", ...] = ()


def policy(suite: int = 1, modes: int = 3, k: int = 2) -> sealing.Policy:
    lines = (sealing.Trustee(j, suite, hpke.public_key(suite, sk), f"t-{j}") for j, sk in enumerate(SKS, start=1))
    return sealing.Policy(k, tuple(lines), modes)


POLICY = sealing.encode_policy(policy())
CALL = sealing.Call("T-1", ("L1", "L2"), (1, 2), POLICY)


def envelope(stage: int, seed: int, sigalg: int = 1, under: sealing.Policy | None = None, **other: Any) -> bytes:
    chosen = under or policy()
    pk = signing.public_key(sigalg, KEYS[sigalg])
    hashed = sealing.policy_hash(sealing.encode_policy(chosen))
    context = sealing.BidContext("T-1", "L1", stage, hashed, sigalg, pk, bytes(32), bytes([seed]) * 32)
    context = replace(context, **other)
    if context.policy_hash != hashed:  # another policy's hash in an envelope that is otherwise in order
        lines = sealing.parse_envelope(envelope(stage, seed, sigalg, under))
        return sealing.encode_envelope(replace(lines, context=context))
    body = (cast(sealing.Source, io.BytesIO(b"price")), io.BytesIO())
    return sealing.seal(chosen, context, bytes([seed]) * 32, [body]).envelope


def signed(
    envelopes: Sequence[bytes], *, seq: int = 1, prev: bytes = bytes(32), sigalg: int = 1, key: int = 0, **other: Any
) -> bytes:
    """A submission of these envelopes, or without any a withdrawal."""
    ids = tuple(map(sealing.envelope_id, envelopes))
    action = sealing.SUBMIT if ids else sealing.WITHDRAW
    pk = signing.public_key(sigalg, KEYS[sigalg])
    s = replace(sealing.Submission(action, "T-1", "L1", seq, prev, 1_780_000_000_000, ids, pk), **other)
    sig = signing.sign(key or sigalg, KEYS[key or sigalg], sealing.signed_message(s))
    return sealing.before_signature(s) + v16(sig)


BOTH = (envelope(1, 1), envelope(2, 2))
FIRST = Delivery(CALL, signed(BOTH), BOTH)
NEXT = sealing.submission_hash(FIRST.submit)
MORE = (envelope(1, 3), envelope(2, 4))
ECDSA = (envelope(1, 5, 2), envelope(2, 6, 2))
MLDSA = (envelope(1, 7, 4), envelope(2, 8, 4))


def after(*log: Delivery, envelopes: tuple[bytes, ...] = (), submit: bytes) -> Delivery:
    return Delivery(CALL, submit, envelopes, log)


WITHDRAWN = after(FIRST, submit=signed((), seq=2, prev=NEXT))
LAST = sealing.submission_hash(WITHDRAWN.submit)
REPLACED = after(FIRST, submit=signed(MORE, seq=2, prev=NEXT), envelopes=MORE)


def edited(raw: bytes, **members: Any) -> bytes:
    """The envelope with members replaced, whatever the limits say."""
    e = sealing.parse_envelope(raw)
    lines = members.get("lines", [u8(s.j) + s.c + v16(s.sealed) for s in e.shares])
    bodies = members.get("bodies", [b.ct_len.to_bytes(8, "big") + b.root + b.pc for b in e.bodies])
    head = b"SBE1" + v16(members.get("context", sealing.encode_context(e.context)))
    head += u8(members.get("k", e.k)) + u8(members.get("n", len(lines))) + e.commit
    exts: bytes = members.get("exts", u16(0))
    return head + b"".join(lines) + u16(len(bodies)) + b"".join(bodies) + exts


def one(raw: bytes) -> Delivery:
    """A submission of this envelope and a good one, with a good signature."""
    return Delivery(CALL, signed((raw, BOTH[1])), (raw, BOTH[1]))


def context(raw: bytes, **members: Any) -> bytes:
    """The envelope's context with members replaced, whatever the limits say."""
    c = sealing.parse_envelope(raw).context
    suite, tender, lot = members.get("suite", 1), members.get("tender", b"T-1"), members.get("lot", b"L1")
    stage, pk = members.get("stage", c.stage), members.get("submit_pk", c.submit_pk)
    made = b"SBX1" + u16(suite) + v8(tender) + v8(lot) + u8(stage) + c.policy_hash
    tail: bytes = members.get("tail", b"")
    return made + u8(members.get("sigalg", c.sigalg)) + v16(pk) + c.bidder_tag + c.nonce + tail


GOOD = BOTH[0]
LINE = [u8(s.j) + s.c + v16(s.sealed) for s in sealing.parse_envelope(GOOD).shares]


def long(n: int) -> bytes:
    """A body line of that ct_len."""
    return n.to_bytes(8, "big") + bytes(64)


POINT = signing.public_key(2, KEYS[2])


def with_point(pk: bytes) -> Delivery:
    """A first submission under that P-256 key, well signed by the private key of `POINT`."""
    envelopes = tuple(envelope(stage, 20 + pk[0] + stage, 2, submit_pk=pk) for stage in CALL.stages)
    return Delivery(CALL, signed(envelopes, sigalg=2, submit_pk=pk), envelopes)


CASES: dict[str, tuple[str, Delivery]] = {
    "a first submission": ("accepted", FIRST),
    "with ecdsa": ("accepted", Delivery(CALL, signed(ECDSA, sigalg=2), ECDSA)),
    "with ml-dsa-65": ("accepted", Delivery(CALL, signed(MLDSA, sigalg=4), MLDSA)),
    "a second lot of the tender": (
        "accepted",
        Delivery(CALL, signed(e := (envelope(1, 9, lot="L2"), envelope(2, 10, lot="L2")), lot="L2"), e),
    ),
    "a replacement": ("accepted", REPLACED),
    "a replacement that keeps an envelope": (
        "accepted",
        after(FIRST, submit=signed(e := (BOTH[0], MORE[1]), seq=2, prev=NEXT), envelopes=e),
    ),
    "a withdrawal": ("accepted", WITHDRAWN),
    "a submission after a withdrawal": (
        "accepted",
        after(FIRST, WITHDRAWN, submit=signed(MORE, seq=3, prev=LAST), envelopes=MORE),
    ),
    "a policy with a tail": ("bad-policy", replace(FIRST, call=replace(CALL, policy=POLICY + b"\0"))),
    "a submission with a tail": ("bad-submission", replace(FIRST, submit=FIRST.submit + b"\0")),
    "a submission cut short": ("bad-submission", replace(FIRST, submit=FIRST.submit[:-1])),
    "an empty submission": ("bad-submission", replace(FIRST, submit=b"")),
    "a submission without a tender": ("bad-submission", replace(FIRST, submit=signed(BOTH, tender=""))),
    "action 3": ("bad-submission", replace(FIRST, submit=signed(BOTH, action=3))),
    "action 0": ("bad-submission", replace(FIRST, submit=signed(BOTH, action=0))),
    "a withdrawal that names envelopes": ("bad-submission", replace(FIRST, submit=signed(BOTH, action=2))),
    "a submission of nothing": ("bad-submission", replace(FIRST, submit=signed((), action=1), envelopes=())),
    "a bad submission before a bad envelope": ("bad-submission", replace(FIRST, submit=b"SBS1", envelopes=(b"",))),
    "an envelope with a tail": ("bad-envelope", one(GOOD + b"\0")),
    "an envelope without bodies": ("bad-envelope", one(edited(GOOD, bodies=[]))),
    "lines out of order": ("bad-envelope", one(edited(GOOD, lines=[LINE[1], LINE[0], LINE[2]]))),
    "lines from 0": ("bad-envelope", one(edited(GOOD, lines=[b"\0" + LINE[0][1:], *LINE[1:]]))),
    "ct_len 71": ("bad-envelope", one(edited(GOOD, bodies=[long(71)]))),
    "ct_len of 15 bytes in the last chunk": ("bad-envelope", one(edited(GOOD, bodies=[long(56 + 16400 + 15)]))),
    "ct_len of a whole last chunk": ("bad-envelope", one(edited(GOOD, bodies=[long(56 + 16400)]))),
    "ct_len 2^52": ("bad-envelope", one(edited(GOOD, bodies=[long(2**52)]))),
    "ct_len beyond 2^53": ("bad-envelope", one(edited(GOOD, bodies=[long(2**63 + 73)]))),
    "the least ct_len": ("accepted", one(edited(GOOD, bodies=[long(72)]))),
    "the greatest ct_len": ("accepted", one(edited(GOOD, bodies=[long(2**52 - 1)]))),
    "an unknown ext": ("bad-envelope", one(edited(GOOD, exts=u16(1) + u16(2) + v16(bytes(32))))),
    "ext 1 of 31 bytes": ("bad-envelope", one(edited(GOOD, exts=u16(1) + u16(1) + v16(bytes(31))))),
    "ext 1 twice": ("bad-envelope", one(edited(GOOD, exts=u16(2) + 2 * (u16(1) + v16(bytes(32)))))),
    "another body suite": ("bad-envelope", one(edited(GOOD, context=context(GOOD, suite=2)))),
    "a context without a tender": ("bad-envelope", one(edited(GOOD, context=context(GOOD, tender=b"")))),
    "a tender that is not UTF-8": ("bad-envelope", one(edited(GOOD, context=context(GOOD, tender=b"\xff\xfe")))),
    "a lot that is not UTF-8": ("bad-envelope", one(edited(GOOD, context=context(GOOD, lot=b"\xed\xa0\x80")))),
    "stage 0": ("bad-envelope", one(edited(GOOD, context=context(GOOD, stage=0)))),
    "sigalg 3": ("bad-envelope", one(edited(GOOD, context=context(GOOD, sigalg=3)))),
    "sigalg 0": ("bad-envelope", one(edited(GOOD, context=context(GOOD, sigalg=0)))),
    "an Ed25519 key of 65 bytes": ("bad-envelope", one(edited(GOOD, context=context(GOOD, submit_pk=bytes(65))))),
    "a context with a tail": ("bad-envelope", one(edited(GOOD, context=context(GOOD, tail=b"\0")))),
    "envelopes in the other order": ("id-mismatch", replace(FIRST, envelopes=BOTH[::-1])),
    "an envelope that is not delivered": ("id-mismatch", replace(FIRST, envelopes=BOTH[:1])),
    "an envelope that is not named": ("id-mismatch", replace(FIRST, envelopes=(*BOTH, MORE[0]))),
    "a withdrawal with an envelope": ("id-mismatch", replace(WITHDRAWN, envelopes=BOTH[:1])),
    "another tender": ("wrong-context", replace(FIRST, submit=signed(BOTH, tender="T-2"))),
    "a lot that the tender lacks": ("wrong-context", replace(FIRST, submit=signed(BOTH, lot="L3"))),
    "another lot of the tender": ("wrong-context", replace(FIRST, submit=signed(BOTH, lot="L2"))),
    "a withdrawal for another tender": ("wrong-context", replace(WITHDRAWN, submit=signed((), seq=2, prev=NEXT, tender="T-2"))),
    "an envelope of another tender": ("wrong-context", one(envelope(1, 11, tender="T-2"))),
    "an envelope of another key": ("wrong-context", one(envelope(1, 12, submit_pk=bytes(32)))),
    "an envelope under another policy": ("wrong-context", one(envelope(1, 13, policy_hash=bytes(32)))),
    "one stage": ("wrong-context", Delivery(CALL, signed(BOTH[:1]), BOTH[:1])),
    "stages exchanged": ("wrong-context", Delivery(CALL, signed(BOTH[::-1]), BOTH[::-1])),
    "a stage twice": ("wrong-context", Delivery(CALL, signed(e := (BOTH[0], MORE[0])), e)),
    "sigalgs that differ": ("wrong-context", Delivery(CALL, signed(e := (BOTH[0], ECDSA[1])), e)),
    "another k": ("unlike-policy", one(edited(GOOD, k=3))),
    "two lines": ("unlike-policy", one(edited(GOOD, lines=LINE[:2]))),
    "no lines": ("unlike-policy", one(edited(GOOD, lines=[]))),
    "a sealed share cut short": ("unlike-policy", one(edited(GOOD, lines=[u8(1) + bytes(32) + v16(bytes(112)), *LINE[1:]]))),
    "ext 1 without mode J": ("unlike-policy", one(edited(GOOD, exts=u16(1) + u16(1) + v16(bytes(32))))),
    "a withdrawal in an empty chain": ("bad-chain", Delivery(CALL, signed(()), ())),
    "the same with a bad signature": ("bad-chain", Delivery(CALL, signed(())[:-1] + b"\0", ())),
    "a flipped signature": ("bad-signature", replace(FIRST, submit=FIRST.submit[:-1] + bytes([FIRST.submit[-1] ^ 1]))),
    "no signature": ("bad-signature", replace(FIRST, submit=FIRST.submit[: -64 - 2] + u16(0))),
    "a signature of 65 bytes": ("bad-signature", replace(FIRST, submit=FIRST.submit[: -64 - 2] + v16(bytes(65)))),
    "a flipped ml-dsa signature": (
        "bad-signature",
        Delivery(CALL, signed(MLDSA, sigalg=4)[:-100] + bytes(100), MLDSA),
    ),
    "a point off the curve": ("bad-signature", with_point(b"\4" + bytes(64))),
    "a hybrid encoding of the point": ("bad-signature", with_point(bytes([6 + POINT[-1] % 2]) + POINT[1:])),
    "seq 2 in an empty chain": ("bad-chain", replace(FIRST, submit=signed(BOTH, seq=2))),
    "seq 0": ("bad-chain", replace(FIRST, submit=signed(BOTH, seq=0))),
    "a prev in an empty chain": ("bad-chain", replace(FIRST, submit=signed(BOTH, prev=NEXT))),
    "seq 1 again": ("bad-chain", after(FIRST, submit=signed(MORE), envelopes=MORE)),
    "a gap": ("bad-chain", after(FIRST, submit=signed(MORE, seq=3, prev=NEXT), envelopes=MORE)),
    "another prev": ("bad-chain", after(FIRST, submit=signed(MORE, seq=2, prev=bytes(32)), envelopes=MORE)),
    "a withdrawal after a withdrawal": ("bad-chain", after(FIRST, WITHDRAWN, submit=signed((), seq=3, prev=LAST))),
    "the chain's own envelope again after a withdrawal": (
        "repeated-envelope",
        after(FIRST, WITHDRAWN, submit=signed(BOTH, seq=3, prev=LAST), envelopes=BOTH),
    ),
    "a superseded envelope": (
        "repeated-envelope",
        after(
            FIRST,
            REPLACED,
            submit=signed(e := (BOTH[0], MORE[1]), seq=3, prev=sealing.submission_hash(REPLACED.submit)),
            envelopes=e,
        ),
    ),
}
