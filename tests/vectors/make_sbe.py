"""Makes ``sbe-more.json``: further cases of ``sbe/1 vectors``, for both implementations.

    python -m tests.vectors.make_sbe           write the file
    python -m tests.vectors.make_sbe --check   exit 1 if it would be written differently

Verdicts are stated here by hand, case by case; what sealing gives is computed, and is worth as much as the other
implementation that computes it too (``node tests/vectors.mjs``).
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bidding import sealing
from bidding.opening import Release
from bidding.sealing import hpke, shamir, signing
from bidding.sealing.derive import share_commitment, share_info
from bidding.sealing.tree import leaf_hash
from tests.unit.bidding import parties
from tests.unit.bidding.parties import TENDER, Bidder, SealedEnvelope, random, trustee_key
from tests.vectors import sbe

FILE = Path(__file__).with_name("sbe-more.json")
MIB = 2**20
Case = dict[str, Any]
SMALL_ORDER = [
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def case(id: str, title: str, kind: str, given: Case, out: Case) -> Case:
    """One case; it is valid unless its verdict says otherwise."""
    good = out.get("verdict", "ok") in ("ok", "accepted", "opened", "release")
    return {"id": id, "title": title, "kind": kind, "valid": good, "in": given, "out": out}


# envelopes


def sealing_case(id: str, title: str, policy: sealing.Policy, bodies: list[Case], **context: Any) -> Case:
    """What sealing gives, computed."""
    trustees = [
        {"role": t.role, "suite": t.suite, "pk": t.pk.hex(), "sk": trustee_key(t.suite, j).hex(), "operator": t.operator}
        for j, t in enumerate(policy.trustees, 1)
    ]
    sigalg = context.pop("sigalg", 1)
    where = {"tender": TENDER, "lot": "L1", "stage": 1} | context
    who = {"id": f"bidder of {id}", "blind": random(id, "blind").hex()}
    given = {
        "policy": {"k": policy.k, "modes": policy.modes, "trustees": trustees},
        "context": where
        | {
            "sigalg": sigalg,
            "submit_pk": signing.public_key(sigalg, random(id, "sk")).hex(),
            "bidder_tag": sealing.bidder_tag(where["tender"], who["id"], bytes.fromhex(who["blind"])).hex(),
            "nonce": random(id, "nonce").hex(),
        },
        "bidder": who,
        "seed": random(id, "seed").hex(),
        "bodies": bodies,
    }
    out = sbe.envelope({"in": given})
    for body in out["bodies"]:
        if body["ct_len"] > 300:
            del body["ct"]
    return case(id, title, "envelope", given, out)


def counter(length: int, label: str = "body") -> Case:
    return {"rule": "counter", "label": label, "len": length}


def envelopes() -> Iterator[Case]:
    t = parties.policy()
    yield sealing_case("seal-empty-body", "a body of no byte", t, [{"hex": ""}])
    for length in (16_383, 16_384, 16_385, MIB - 1, MIB, MIB + 1, 2 * MIB):
        yield sealing_case(f"seal-{length}", f"a body of {length} bytes", t, [counter(length)])
    yield sealing_case(
        "seal-three-bodies",
        "three bodies, the middle one empty",
        t,
        [{"utf8": "一"}, {"hex": ""}, {"rule": "squares", "times": 1}],
    )
    yield sealing_case("seal-xwing", "2 of 3 on X-Wing", parties.policy(suites=(3, 3, 3)), [{"utf8": "{}"}])
    yield sealing_case(
        "seal-mixed", "3 of 5, wrap suites 1, 2, 3, 2, 1", parties.policy(3, 5, 3, (1, 2, 3, 2, 1)), [{"utf8": "{}"}]
    )
    yield sealing_case("seal-joint", "mode J: ext 1", parties.policy(modes=4), [{"utf8": "{}"}])
    yield sealing_case("seal-joint-b", "modes 14, 4 of 7", parties.policy(4, 7, 14), [{"utf8": "{}"}])
    yield sealing_case("seal-b-only", "modes 2: shares are sealed all the same", parties.policy(modes=2), [{"utf8": "{}"}])
    yield sealing_case(
        "seal-no-lot", "an empty lot, stage 255, a tender of 255 bytes", t, [{"utf8": "{}"}], tender="标" * 85, lot="", stage=255
    )
    yield sealing_case("seal-p256-key", "sigalg 2", t, [{"utf8": "{}"}], sigalg=2)
    yield sealing_case("seal-2of2", "2 of 2", parties.policy(2, 2), [{"utf8": "{}"}])


# policies


def _bytes(k: int, lines: list[tuple[int, int, bytes, bytes]], modes: int) -> bytes:
    body = b"".join(
        bytes((r,)) + s.to_bytes(2, "big") + len(p).to_bytes(2, "big") + p + len(o).to_bytes(2, "big") + o for r, s, p, o in lines
    )
    return b"SBP1" + bytes((k, len(lines))) + body + bytes((modes,))


def policies() -> Iterator[Case]:
    def lines(n: int) -> list[tuple[int, int, bytes, bytes]]:
        return [(t.role, t.suite, t.pk, t.operator.encode()) for t in parties.policy(max(2, n // 2 + 1), max(n, 2)).trustees[:n]]

    def bad(id: str, title: str, raw: bytes) -> Case:
        return case(f"policy-{id}", title, "policy", {"policy": raw.hex()}, {"verdict": "bad-policy"})

    def good(id: str, title: str, raw: bytes) -> Case:
        out = {"verdict": "ok", "k": raw[4], "n": raw[5], "policy_hash": sealing.labelled("sbe/1 policy", raw).hex()}
        return case(f"policy-{id}", title, "policy", {"policy": raw.hex()}, out)

    one, two, three = lines(3)
    for modes in range(16):
        make, word = (good, "allowed") if modes in (1, 2, 3, 4, 6, 11, 14) else (bad, "not allowed")
        yield make(f"modes-{modes}", f"modes {modes}: {word}", _bytes(2, [one, two, three], modes))
    yield bad("modes-16", "a mode that does not exist", _bytes(2, [one, two, three], 16))
    for k, n in ((2, 2), (2, 3), (3, 4), (3, 5)):
        yield good(f"{k}-of-{n}", f"{k} of {n}", _bytes(k, lines(n), 1))
    for k, n in ((0, 2), (1, 2), (2, 4), (3, 2), (3, 6), (2, 0)):
        yield bad(f"{k}-of-{n}", f"{k} of {n}", _bytes(k, lines(n), 1))
    yield bad("role-0", "role 0", _bytes(2, [(0, *one[1:]), two, three], 1))
    yield bad("role-5", "role 5", _bytes(2, [(5, *one[1:]), two, three], 1))
    yield good("one-role", "three of one role", _bytes(2, [(1, *line[1:]) for line in (one, two, three)], 1))
    yield bad("twice", "a key that stands there twice", _bytes(2, [one, two, (3, 1, one[2], b"x")], 1))
    yield bad("operator-empty", "an operator without a name", _bytes(2, [one, two, (*three[:3], b"")], 1))
    yield bad("operator-k", "an operator with k keys", _bytes(2, [one, (*two[:3], one[3]), three], 1))
    yield good("operator-case", "operators that differ in case only", _bytes(2, [(*one[:3], b"a"), (*two[:3], b"A"), three], 1))
    yield bad("operator-bytes", "an operator that is not UTF-8", _bytes(2, [(*one[:3], b"\xff"), two, three], 1))
    yield bad("tail", "a byte after the policy", _bytes(2, [one, two, three], 1) + b"\0")
    yield bad("cut", "a byte short", _bytes(2, [one, two, three], 1)[:-1])
    yield bad("magic", "another magic", b"SBP2" + _bytes(2, [one, two, three], 1)[4:])
    for suite in (0, 4, 0x101):
        yield bad(
            f"suite-{suite}",
            "a wrap suite that does not exist or is reserved",
            _bytes(2, [(1, suite, one[2], b"x"), two, three], 1),
        )
    for i, pk in enumerate(SMALL_ORDER):
        yield bad(
            f"x25519-small-{i}", "an X25519 key of small order", _bytes(2, [(1, 1, bytes.fromhex(pk), b"x"), two, three], 1)
        )
    yield bad("x25519-31", "an X25519 key of 31 bytes", _bytes(2, [(1, 1, one[2][:31], b"x"), two, three], 1))
    p256 = hpke.public_key(2, trustee_key(2, 1))
    yield good("p256", "a P-256 key", _bytes(2, [(1, 2, p256, b"x"), two, three], 1))
    yield bad("p256-off", "a point off the curve", _bytes(2, [(1, 2, p256[:-1] + bytes((p256[-1] ^ 1,)), b"x"), two, three], 1))
    yield bad(
        "p256-compressed", "a compressed point", _bytes(2, [(1, 2, bytes((2 + p256[-1] % 2,)) + p256[1:33], b"x"), two, three], 1)
    )
    yield bad("p256-hybrid", "a hybrid point", _bytes(2, [(1, 2, bytes((6 + p256[-1] % 2,)) + p256[1:], b"x"), two, three], 1))
    yield bad("p256-infinity", "the point at infinity", _bytes(2, [(1, 2, b"\0", b"x"), two, three], 1))
    xwing = hpke.public_key(3, trustee_key(3, 1))
    yield good("xwing", "an X-Wing key", _bytes(2, [(1, 3, xwing, b"x"), two, three], 1))
    yield bad(
        "xwing-coefficient", "a coefficient of q or more", _bytes(2, [(1, 3, b"\xff\x0f\x00" + xwing[3:], b"x"), two, three], 1)
    )
    yield bad("xwing-short", "an X-Wing key of 1215 bytes", _bytes(2, [(1, 3, xwing[:-1], b"x"), two, three], 1))


# submissions


def submissions() -> Iterator[Case]:
    for sigalg, action, envelopes in ((1, 2, 0), (2, 1, 1), (1, 1, 255)):
        id = f"sign-{sigalg}-{action}-{envelopes}"
        given = {
            "submit_sk": random(id).hex(),
            "sigalg": sigalg,
            "action": action,
            "tender": "项目-2026",
            "lot": "",
            "seq": 7,
            "prev": random(id, "prev").hex(),
            "client_ms": 2**64 - 1 if action == 2 else 1_780_000_000_000,
            "envelope_ids": [random(id, i).hex() for i in range(envelopes)],
            "salt32": random(id, "salt").hex(),
        }
        yield case(id, "sign", "submission", given, sbe.submission({"in": given, "out": {"sig": ""}}))


# acceptance


class Bench:
    """A tender with one bidder, and what was accepted of it so far."""

    def __init__(self, stages: tuple[int, ...] = (1,), modes: int = 3, sigalg: int = 1) -> None:
        self.policy = parties.policy(modes=modes)
        self.stages = stages
        self.bidder = Bidder("a", self.policy, sigalg=sigalg)
        self.log: list[Case] = []

    def accepted(self, raw: bytes, *envelopes: SealedEnvelope) -> None:
        self.bidder.accepted(raw)
        self.log.append({"submit": raw.hex(), "envelopes": [e.raw.hex() for e in envelopes]})

    def case(
        self, id: str, title: str, verdict: str, raw: bytes, *envelopes: SealedEnvelope | bytes, policy: bytes = b""
    ) -> Case:
        made = policy or sealing.encode_policy(self.policy)
        tender = {"tender": TENDER, "lots": ["L1", "L2"], "stages": list(self.stages), "policy": made.hex()}
        delivered = [e if isinstance(e, bytes) else e.raw for e in envelopes]
        given = {"tender": tender, "log": list(self.log), "submit": raw.hex(), "envelopes": [e.hex() for e in delivered]}
        out: Case = {"verdict": verdict}
        if verdict == "accepted":
            names = [sealing.envelope_id(e).hex() for e in delivered]
            out |= {"submission_hash": sealing.submission_hash(raw).hex(), "in_force": names}
        return case(f"commit-{id}", title, "acceptance", given, out)


def naming(b: Bidder, *raw: bytes, **changed: Any) -> bytes:
    """A signed submission that names envelopes of whatever making."""
    s = sealing.Submission(1, b.tender, b.lot, b.seq + 1, b.last, 0, tuple(map(sealing.envelope_id, raw)), b.pk)
    s = replace(s, **changed)
    return sealing.encode_submission(replace(s, sig=signing.sign(b.sigalg, b.sk, sealing.signed_message(s))))


def acceptances() -> Iterator[Case]:
    t = Bench()
    b, e = t.bidder, t.bidder.seal()
    raw = b.message(e)
    yield t.case("first", "a first submission", "accepted", raw, e)
    yield t.case("policy", "a policy that does not hold", "bad-policy", raw, e, policy=b"SBP1")
    yield t.case("cut", "a submission that is cut short", "bad-submission", raw[:-1], e)
    yield t.case("tail", "a byte after the submission", "bad-submission", raw + b"\0", e)
    yield t.case("action", "action 3", "bad-submission", raw[:4] + b"\3" + raw[5:], e)
    yield t.case("utf8", "a tender that is not UTF-8", "bad-submission", raw.replace(b"T-2026", b"\xff-2026"), e)
    yield t.case("garbage", "what is no envelope", "bad-envelope", raw, b"SBE1")
    yield t.case("none", "an envelope that was not delivered", "id-mismatch", raw)
    yield t.case("other", "another envelope than named", "id-mismatch", raw, b.seal())
    yield t.case("lot", "a submission for another lot than its envelope", "wrong-context", b.message(e, lot="L2"), e)
    yield t.case("no-lot", "a lot that the tender does not have", "wrong-context", b.message(e, lot="L9"), e)
    yield t.case("tender", "a submission for another tender", "wrong-context", b.message(e, tender="T-x"), e)
    thief = Bidder("thief", t.policy)
    yield t.case("stolen", "somebody else's envelope under another key", "wrong-context", thief.message(e), e)
    parsed = e.parsed
    for field, value in (("tender", "T-x"), ("lot", "L2"), ("stage", 2), ("policy_hash", bytes(32)), ("submit_pk", bytes(32))):
        moved = sealing.encode_envelope(replace(parsed, context=replace(parsed.context, **{field: value})))
        yield t.case(f"moved-{field}", f"an envelope with another {field}", "wrong-context", naming(b, moved), moved)
    shares = parsed.shares
    unlike = {
        "k": replace(parsed, k=3),
        "n": replace(parsed, shares=shares[:2]),
        "n-0": replace(parsed, k=0, shares=()),
        "sealed": replace(parsed, shares=(replace(shares[0], sealed=shares[0].sealed + b"\0"), *shares[1:])),
        "ext": replace(parsed, joint=bytes(32)),
    }
    for name, changed in unlike.items():
        odd = sealing.encode_envelope(changed)
        yield t.case(f"unlike-{name}", "an envelope unlike its policy", "unlike-policy", naming(b, odd), odd)
    j = Bench(modes=4)
    bare = sealing.encode_envelope(replace(j.bidder.seal().parsed, joint=None))
    yield j.case("unlike-no-ext", "mode J without ext 1", "unlike-policy", naming(j.bidder, bare), bare)
    for name, at, value in (("suite", 11, b"\2"), ("j", 8 + len(sealing.encode_context(parsed.context)) - 2 + 2 + 32, b"\2")):
        spoiled = e.raw[:at] + value + e.raw[at + 1 :]
        yield t.case(f"envelope-{name}", "an envelope beyond its grammar", "bad-envelope", raw, spoiled)
    for name, tail in (
        ("ext-2", b"\0\1\0\2\0\x20" + bytes(32)),
        ("ext-31", b"\0\1\0\1\0\x1f" + bytes(31)),
        ("ext-twice", b"\0\2" + (b"\0\1\0\x20" + bytes(32)) * 2),
    ):
        yield t.case(f"envelope-{name}", "an extension that does not exist", "bad-envelope", raw, e.raw[:-2] + tail)
    s = sealing.parse_submission(raw)
    for length in (0, 63, 65):
        yield t.case(
            f"sig-{length}",
            "a signature of another length",
            "bad-signature",
            sealing.encode_submission(replace(s, sig=bytes(length))),
            e,
        )
    yield t.case(
        "withdraw-empty",
        "a withdrawal in an empty chain, unsigned",
        "bad-chain",
        sealing.encode_submission(replace(s, action=2, envelopes=(), sig=b"")),
    )
    yield t.case("seq-0", "seq 0", "bad-chain", b.message(e, seq=0), e)
    yield t.case("seq-2", "seq 2 at first", "bad-chain", b.message(e, seq=2), e)
    yield t.case("prev", "prev at first", "bad-chain", b.message(e, prev=bytes([1]) * 32), e)
    t.accepted(raw, e)
    second = b.seal()
    yield t.case("replay", "the same submission again", "bad-chain", raw, e)
    yield t.case("fork", "a second first one", "bad-chain", b.message(second, seq=1, prev=bytes(32)), second)
    yield t.case("gap", "a gap", "bad-chain", b.message(second, seq=3), second)
    yield t.case("again", "the same envelope again", "accepted", b.message(e), e)
    withdrawal = b.message(action=2)
    yield t.case("withdraw", "a withdrawal", "accepted", withdrawal)
    yield t.case("withdraw-lot", "a withdrawal for a lot without a chain", "bad-chain", b.message(action=2, lot="L2"))
    yield t.case("withdraw-beside", "a withdrawal with an envelope beside it", "id-mismatch", withdrawal, e)
    forged = sealing.encode_submission(replace(sealing.parse_submission(withdrawal), sig=bytes(64)))
    yield t.case("withdraw-forged", "a withdrawal that somebody else signed", "bad-signature", forged)
    raw2 = b.message(second)
    yield t.case("replace", "a replacement", "accepted", raw2, second)
    t.accepted(raw2, second)
    yield t.case("superseded", "a superseded envelope", "repeated-envelope", b.message(e), e)
    other = Bidder("b", t.policy)
    fresh = other.seal()
    yield t.case("second-chain", "another bidder's chain", "accepted", other.message(fresh), fresh)
    gone = b.message(action=2)
    t.accepted(gone)
    yield t.case("withdraw-twice", "a withdrawal right after a withdrawal", "bad-chain", b.message(action=2))
    yield t.case("withdrawn", "a withdrawn envelope", "repeated-envelope", b.message(second), second)
    third = b.seal()
    yield t.case("new-after", "a new bid after a withdrawal", "accepted", b.message(third), third)
    two = Bench(stages=(1, 2))
    first, price, better = two.bidder.seal(), two.bidder.seal(stage=2), two.bidder.seal(stage=2)
    yield two.case("one-stage", "one stage of two", "wrong-context", two.bidder.message(first), first)
    yield two.case("stages-turned", "stages the other way round", "wrong-context", two.bidder.message(price, first), price, first)
    both = two.bidder.message(first, price)
    two.accepted(both, first, price)
    yield two.case(
        "price-corrected",
        "the price corrected, the technical envelope kept",
        "accepted",
        two.bidder.message(first, better),
        first,
        better,
    )
    p = Bench(sigalg=2)
    pe = p.bidder.seal()
    praw = p.bidder.message(pe)
    yield p.case("p256", "ECDSA", "accepted", praw, pe)
    p.accepted(praw, pe)
    w = sealing.parse_submission(p.bidder.message(action=2))
    high = w.sig[:32] + (hpke.ORDER_P256 - int.from_bytes(w.sig[32:], "big")).to_bytes(32, "big")
    yield p.case("p256-s", "order - s is good too", "accepted", sealing.encode_submission(replace(w, sig=high)))


# trustees and openings


def stored_of(e: SealedEnvelope) -> list[Case | None]:
    return [{"hex": s.hex()} for s in e.stored]


def said(*releases: Release, **more: Any) -> Case:
    return {
        "releases": [{"j": r.j, "share": r.share, "r": r.r} for r in releases],
        "seed": None,
        "bidder": None,
        "complaints": [],
    } | more


def opened(e: SealedEnvelope) -> Case:
    return {
        "verdict": "opened",
        "seed": e.seed.hex(),
        "bodies": [{"len": len(p), "sha256": hashlib.sha256(p).hexdigest()} for p in e.plains],
    }


def with_line(e: SealedEnvelope, j: int, **changed: bytes) -> SealedEnvelope:
    lines = list(e.parsed.shares)
    lines[j - 1] = replace(lines[j - 1], **changed)  # type: ignore[arg-type]
    return replace(e, raw=sealing.encode_envelope(replace(e.parsed, shares=tuple(lines))))


def trustees() -> Iterator[Case]:
    def turn(id: str, title: str, e: SealedEnvelope, j: int, sk: bytes, release: Release | None) -> Case:
        out: Case = (
            {"verdict": "complaint"} if release is None else {"verdict": "release", "share": release.share, "r": release.r}
        )
        given = {"policy": sealing.encode_policy(e.policy).hex(), "envelope": e.raw.hex(), "j": j, "sk": sk.hex()}
        return case(f"trustee-{id}", title, "trustee", given, out)

    mixed = Bidder("m", parties.policy(suites=(1, 2, 3))).seal()
    for j in (1, 2, 3):
        sk = trustee_key(j, j)
        yield turn(f"suite-{j}", f"a share on wrap suite {j}", mixed, j, sk, mixed.releases(j)[0])
        yield turn(
            f"garbage-{j}", "a sealed share of zeros", with_line(mixed, j, sealed=bytes(hpke.WRAPS[j].sealed)), j, sk, None
        )
        yield turn(f"commitment-{j}", "a share that is not the one committed to", with_line(mixed, j, c=bytes(32)), j, sk, None)
    yield turn("another-key", "another trustee's key", mixed, 1, trustee_key(1, 7), None)
    e = Bidder("a", parties.policy()).seal()
    secrets = e.secrets
    two = sealing.shares(e.policy, secrets)[1]
    for name, text in (("foreign-j", bytes((2,)) + two.share + two.blind), ("short", b"\1" * 64), ("long", b"\1" * 66)):
        sealed = hpke.seal(1, e.policy.trustee(1).pk, secrets.ephemeral(1, 32), share_info(secrets.ctx, 1), text)
        yield turn(name, "another plaintext than a share of j", with_line(e, 1, sealed=sealed), 1, trustee_key(1, 1), None)
    moved = replace(e, raw=sealing.encode_envelope(replace(e.parsed, context=replace(e.parsed.context, lot="L2"))))
    yield turn("moved", "an envelope moved to another lot", moved, 1, trustee_key(1, 1), None)


def openings() -> Iterator[Case]:
    def end(
        id: str,
        title: str,
        e: SealedEnvelope,
        answers: Case,
        out: Case | str,
        stored: list[Case | None] | None = None,
        **more: Any,
    ) -> Case:
        given = {
            "policy": sealing.encode_policy(e.policy).hex(),
            "envelope": e.raw.hex(),
            "stored": stored or stored_of(e),
            "answers": answers,
        }
        return case(f"open-{id}", title, "opening", given | more, out if isinstance(out, dict) else {"verdict": out})

    for modes in (1, 2, 3, 4, 6, 11, 14):
        e = Bidder(f"m{modes}", parties.policy(modes=modes)).seal()
        half = {"share": e.half().share, "r": e.half().r}
        joint, shared, seeded = modes & 4, modes & 5, modes & 2
        both = e.releases(1, 3)
        yield end(
            f"{modes}-nothing", f"modes {modes}, nobody answers", e, said(), "trustees-short" if shared else "bidder-absent"
        )
        yield end(
            f"{modes}-seed",
            f"modes {modes}, the seed is published",
            e,
            said(seed=e.seed.hex()),
            opened(e) if seeded else "trustees-short",
        )
        trusted: Case | str = "bidder-absent" if joint or not shared else opened(e)
        yield end(f"{modes}-k", f"modes {modes}, k trustees release", e, said(*both), trusted)
        with_half: Case | str = opened(e) if shared else "bidder-absent"
        yield end(f"{modes}-k-half", f"modes {modes}, k trustees and the bidder's half", e, said(*both, bidder=half), with_half)
        one: Case | str = "trustees-short" if shared else "bidder-absent"
        yield end(f"{modes}-one", f"modes {modes}, one trustee and the bidder's half", e, said(both[0], bidder=half), one)
        if joint:
            wrong = {"share": "00" * 32, "r": half["r"]}
            yield end(f"{modes}-wrong-half", "a half that is not c_B", e, said(*both, bidder=wrong), "bidder-absent")
    e = Bidder("a", parties.policy(modes=3)).seal(b"index", b"attachments")
    for name, seed in (("16", "00" * 16), ("33", e.seed.hex() + "00"), ("other", "11" * 32)):
        yield end(f"seed-{name}", "a published seed that is none", e, said(seed=seed), "trustees-short")
    yield end("twice", "one trustee twice", e, said(*e.releases(1, 1)), "trustees-short")
    yield end(
        "j-0",
        "releases of trustees that are not there",
        e,
        said(*e.releases(1), Release(0, "00" * 32, "00" * 32), Release(4, "00" * 32, "00" * 32)),
        "trustees-short",
    )
    yield end("missing", "a body was never stored", e, said(*e.releases(1, 2)), "bytes-missing", [stored_of(e)[0], None])
    yield end(
        "shorter", "a byte short", e, said(*e.releases(1, 2)), "bytes-missing", [{"hex": e.stored[0][:-1].hex()}, stored_of(e)[1]]
    )
    yield end(
        "longer", "a byte more", e, said(*e.releases(1, 2)), "bytes-missing", [{"hex": e.stored[0].hex() + "00"}, stored_of(e)[1]]
    )
    bad_pc = replace(
        e, raw=sealing.build(e.policy, e.parsed.context, e.seed, [replace(e.parsed.bodies[0], pc=bytes(32)), e.parsed.bodies[1]])
    )
    yield end("pc", "a plaintext commitment to something else", bad_pc, said(seed=e.seed.hex()), "malformed(bidder)")
    yield end(
        "pc-missing", "bytes come before plaintext", bad_pc, said(seed=e.seed.hex()), "bytes-missing", [stored_of(e)[0], None]
    )
    commit = replace(e, raw=sealing.encode_envelope(replace(e.parsed, commit=bytes(32))))
    yield end("commit", "a commitment to another seed", commit, said(*e.releases(1, 2)), "malformed(bidder)")
    for cheat, cut in (("salt", 0), ("commitment", 30), ("tag", -1)):
        spoiled = bytearray(e.stored[0])
        spoiled[cut] ^= 1
        line = replace(e.parsed.bodies[0], root=_leaf(bytes(spoiled)))
        sealed = replace(e, raw=sealing.build(e.policy, e.parsed.context, e.seed, [line, e.parsed.bodies[1]]))
        yield end(
            f"own-{cheat}",
            f"the bidder's own {cheat} is wrong",
            sealed,
            said(seed=e.seed.hex()),
            "malformed(bidder)",
            [{"hex": spoiled.hex()}, stored_of(e)[1]],
        )
    garbage = with_line(e, 3, sealed=bytes(113))
    proof = [{"j": 3, "sk": trustee_key(1, 3).hex()}]
    yield end(
        "garbage-proven", "garbage for trustee 3, proven", garbage, said(*e.releases(1, 2), complaints=proof), "malformed(bidder)"
    )
    yield end("garbage-silent", "garbage for trustee 3, who is silent", garbage, said(*e.releases(1, 2)), "malformed(bidder)")
    yield end("proven-alone", "a proven complaint and no release", garbage, said(complaints=proof), "malformed(bidder)")
    yield end("unfounded", "a complaint that proves nothing", e, said(*e.releases(1, 2), complaints=proof), opened(e))
    five = Bidder("five", parties.policy(3, 5)).seal()
    secrets = five.secrets
    bad = shamir.xor(sealing.shares(five.policy, secrets)[3].share, bytes(31) + b"\1")
    sealed4 = hpke.seal(
        1, five.policy.trustee(4).pk, secrets.ephemeral(4, 32), share_info(secrets.ctx, 4), b"\4" + bad + secrets.share_blind(4)
    )
    optional = with_line(five, 4, c=share_commitment(secrets.ctx, 4, bad, secrets.share_blind(4)), sealed=sealed4)
    subsets = [[1, 2, 3], [1, 2, 4], [2, 4, 5], [3, 4, 5], [1, 2, 3, 4, 5]]
    yield end(
        "optional",
        "a bid that would open with friendly trustees only",
        optional,
        said(*(optional.releases(1, 2, 3, 4, 5))),
        "malformed(bidder)",
        subsets=subsets,
    )
    yield end(
        "subsets",
        "any three of five",
        five,
        said(*five.releases(1, 2, 3, 4, 5)),
        opened(five),
        subsets=[*subsets, [1, 3, 5], [2, 3, 4, 5]],
    )
    yield from _large(end)


def _large(end: Any) -> Iterator[Case]:
    """A body of three leaves and more, whose leaves change places."""
    plain = counter(3 * MIB + 17, "large")
    big = Bidder("big", parties.policy()).seal(sbe.plaintext(plain))
    whole = {"seed": big.seed.hex(), "plain": plain, "edits": []}
    moved = whole | {"edits": [{"op": "copy_leaf", "from": 1, "to": 2}]}
    yield end("large", "a body of four leaves", big, said(*big.releases(1, 2)), opened(big), [whole])
    yield end("large-copied", "a leaf in the place of another", big, said(*big.releases(1, 2)), "bytes-missing", [moved])


def _leaf(raw: bytes) -> bytes:
    return leaf_hash(raw)


def document() -> bytes:
    """The bytes of the file."""
    cases = [*envelopes(), *policies(), *submissions(), *acceptances(), *trustees(), *openings()]
    assert len({c["id"] for c in cases}) == len(cases)
    lines = ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases)
    return ('{"format": "sbe/1 vectors", "fields": ["As in sbe-public.json."], "cases": [\n' + lines + "\n]}\n").encode()


if __name__ == "__main__":
    made = document()
    if "--check" in sys.argv:
        sys.exit(made != FILE.read_bytes())
    FILE.write_bytes(made)
