"""Python, Node and Chromium seal and open each other's bids: every pair, every wrap suite, both ways of opening."""

import hashlib
import io
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor

from bidding import opening, sealing
from bidding.sealing import hpke, signing
from tests.browser.platforms import Platform
from tests.outsider import build

SUITES = {"X25519": (1, 1, 1), "P-256": (2, 2, 2), "X-Wing": (3, 3, 3), "mixed": (1, 2, 3)}
OPENERS = SEALERS = ("python", "node", "in_page")
SEED, NONCE, TAG = bytes(range(32)), bytes([0x33]) * 32, bytes([0x22]) * 32


def varied(times: int) -> bytes:
    """32 bytes so many times, each part unlike the others."""
    return b"".join(hashlib.sha256(b"part %d" % i).digest() for i in range(times))


SMALL = (b'{"price":"9990000.00"}', b"", varied(512))
"""Part of a chunk; nothing; exactly one chunk."""

LARGE = (*SMALL, varied(32768), varied(32768 + 517) + b"x")
"""And exactly one leaf; two leaves."""


@dataclass(frozen=True)
class Case:
    """A policy with its private keys, and a context under it."""

    policy: sealing.Policy
    sks: tuple[bytes, ...]
    context: sealing.BidContext
    bodies: tuple[bytes, ...]

    @property
    def raw(self) -> bytes:
        return sealing.encode_policy(self.policy)


def case(suites: tuple[int, ...], modes: int = 3, bodies: tuple[bytes, ...] = SMALL) -> Case:
    """Two of three trustees with keys from fixed seeds."""
    sks = tuple(hashlib.sha256(b"trustee %d" % j).digest() for j in range(1, 4))
    lines = tuple(
        sealing.Trustee(j, suite, hpke.public_key(suite, sk), f"受托人-{j}")
        for j, (suite, sk) in enumerate(zip(suites, sks, strict=True), start=1)
    )
    policy = sealing.Policy(2, lines, modes)
    submit_pk = signing.public_key(1, bytes([7]) * 32)
    context = sealing.BidContext(
        "采购-2026-7", "一包", 1, sealing.policy_hash(sealing.encode_policy(policy)), 1, submit_pk, TAG, NONCE
    )
    return Case(policy, sks, context, bodies)


@dataclass(frozen=True)
class Sealed:
    """An envelope and its ciphertexts."""

    envelope: bytes
    stored: tuple[bytes, ...]


def seal_python(given: Case) -> Sealed:
    sinks = [io.BytesIO() for _ in given.bodies]
    pairs = [(cast(sealing.Source, io.BytesIO(body)), sink) for body, sink in zip(given.bodies, sinks, strict=True)]
    made = sealing.seal(given.policy, given.context, SEED, pairs)
    return Sealed(made.envelope, tuple(sink.getvalue() for sink in sinks))


def seal_js(platform: Platform, given: Case) -> Sealed:
    c = given.context
    context = {
        "tender": c.tender,
        "lot": c.lot,
        "stage": c.stage,
        "sigalg": c.sigalg,
        "submitPk": c.submit_pk.hex(),
        "bidderTag": c.bidder_tag.hex(),
        "nonce": c.nonce.hex(),
    }
    bodies = [{"hex": body.hex()} for body in given.bodies]
    made = platform("seal", policy=given.raw.hex(), context=context, seed=SEED.hex(), bodies=bodies)
    return Sealed(bytes.fromhex(made["envelope"]), tuple(map(bytes.fromhex, made["stored"])))


def answers(given: Case, sealed: Sealed, *, seed: bool) -> opening.Answers:
    """The bidder's seed, or the releases of trustees 1 and 3 with the bidder's own half where the policy asks for it."""
    if seed:
        return opening.Answers(seed=SEED.hex())
    envelope = sealing.parse_envelope(sealed.envelope)
    shares = [sealing.trustee_open(given.policy, envelope, j, given.sks[j - 1]) for j in (1, 3)]
    releases = tuple(opening.Release(s.j, s.share.hex(), s.blind.hex()) for s in shares if s is not None)
    assert len(releases) == 2
    if not given.policy.joint:
        return opening.Answers(releases)
    half = sealing.joint_share(sealing.Secrets(SEED, envelope.ctx))
    return opening.Answers(releases, bidder=opening.Release(0, half.share.hex(), half.blind.hex()))


def open_python(given: Case, sealed: Sealed, answered: opening.Answers) -> tuple[str, list[str]]:
    sinks = [io.BytesIO() for _ in sealed.stored]
    stored = [_again(raw) for raw in sealed.stored]
    opened = opening.open_envelope(given.policy, sealing.parse_envelope(sealed.envelope), answered, stored, sinks)
    return opened.verdict, [hashlib.sha256(sink.getvalue()).hexdigest() for sink in sinks]


def _again(raw: bytes) -> Callable[[], sealing.Source]:
    return lambda: cast(sealing.Source, io.BytesIO(raw))


def as_json(answered: opening.Answers) -> dict[str, Any]:
    def release(r: opening.Release) -> dict[str, Any]:
        return {"j": r.j, "share": r.share, "r": r.r}

    return {
        "releases": [release(r) for r in answered.releases],
        "seed": answered.seed,
        "bidder": release(answered.bidder) if answered.bidder else None,
        "complaints": [{"j": p.j, "sk": p.sk} for p in answered.complaints],
    }


def open_js(platform: Platform, given: Case, sealed: Sealed, answered: opening.Answers) -> tuple[str, list[str]]:
    stored = [raw.hex() for raw in sealed.stored]
    found = platform("judge", policy=given.raw.hex(), envelope=sealed.envelope.hex(), stored=stored, answers=as_json(answered))
    return found["verdict"], found.get("plain", [])


def expected(given: Case) -> tuple[str, list[str]]:
    return "opened", [hashlib.sha256(body).hexdigest() for body in given.bodies]


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("sealer", SEALERS)
@pytest.mark.parametrize("suites", SUITES.values(), ids=SUITES)
def test_what_one_seals_another_opens(request: pytest.FixtureRequest, suites: tuple[int, ...], sealer: str, opener: str) -> None:
    given = case(suites, bodies=LARGE if len(set(suites)) > 1 else SMALL)
    sealed = seal_python(given) if sealer == "python" else seal_js(request.getfixturevalue(sealer), given)
    for by_seed in (True, False):
        answered = answers(given, sealed, seed=by_seed)
        if opener == "python":
            assert open_python(given, sealed, answered) == expected(given)
        else:
            assert open_js(request.getfixturevalue(opener), given, sealed, answered) == expected(given)


@pytest.mark.parametrize("modes", [1, 2, 3, 4, 6, 11, 14])
@pytest.mark.parametrize("suites", SUITES.values(), ids=SUITES)
def test_all_three_make_the_same_bytes(node: Platform, in_page: Platform, suites: tuple[int, ...], modes: int) -> None:
    given = case(suites, modes)
    made = seal_python(given)
    assert seal_js(node, given) == made
    assert seal_js(in_page, given) == made


@pytest.mark.parametrize("modes", [4, 6, 14])
def test_joint_bids_open_with_the_trustees_and_the_bidder(platform: Platform, modes: int) -> None:
    given = case((1, 2, 3), modes)
    sealed = seal_python(given)
    answered = answers(given, sealed, seed=False)
    assert open_js(platform, given, sealed, answered) == expected(given)
    alone = opening.Answers(answered.releases)
    assert open_js(platform, given, sealed, alone)[0] == open_python(given, sealed, alone)[0] == "bidder-absent"


def test_the_dependencys_own_decryptor_opens_what_a_browser_sealed(platform: Platform) -> None:
    given = case((1, 1, 1), bodies=LARGE)
    sealed = seal_js(platform, given)
    secrets = sealing.Secrets(SEED, sealing.parse_envelope(sealed.envelope).ctx)
    for i, (raw, body) in enumerate(zip(sealed.stored, given.bodies, strict=True)):
        decryptor = Cobblestone256Decryptor(secrets.body_key(i), secrets.body_context(i))
        assert decryptor.update(raw) + decryptor.finalize() == body


@pytest.fixture(scope="session")
def opener(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The opener in Go, made from the text of the format alone."""
    return build(tmp_path_factory.mktemp("go"), "opener")


@pytest.mark.parametrize("suites", SUITES.values(), ids=SUITES)
def test_a_third_implementation_opens_what_a_browser_sealed(
    platform: Platform, opener: Path, tmp_path: Path, suites: tuple[int, ...]
) -> None:
    given = case(suites)
    sealed = seal_js(platform, given)
    opened = {
        "policy": given.raw.hex(),
        "envelope": sealed.envelope.hex(),
        "stored": [{"hex": raw.hex()} for raw in sealed.stored],
        "answers": {},
        "keys": [{"j": j, "sk": given.sks[j - 1].hex()} for j in (2, 3)],
    }
    bodies = [{"len": len(body), "sha256": hashlib.sha256(body).hexdigest()} for body in given.bodies]
    told = {"id": "browser", "kind": "opening", "in": opened, "out": {"verdict": "opened", "seed": SEED.hex(), "bodies": bodies}}
    (tmp_path / "sealed.json").write_text(json.dumps({"format": "sbe/1 vectors", "cases": [told]}))
    done = subprocess.run([str(opener), str(tmp_path / "sealed.json")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "sealed.json browser: ok\n")


@pytest.mark.parametrize("j", [1, 2, 3])
def test_a_trustee_of_each_suite_opens_its_share_alike(platform: Platform, j: int) -> None:
    given = case((1, 2, 3))
    sealed = seal_python(given)
    theirs = sealing.trustee_open(given.policy, sealing.parse_envelope(sealed.envelope), j, given.sks[j - 1])
    assert theirs is not None
    found = platform("answer", policy=given.raw.hex(), envelope=sealed.envelope.hex(), j=j, sk=given.sks[j - 1].hex())
    assert found == {"share": theirs.share.hex(), "r": theirs.blind.hex()}


@pytest.mark.parametrize("j", [1, 2, 3])
def test_a_trustee_with_another_key_complains(platform: Platform, j: int) -> None:
    given = case((1, 2, 3))
    sealed = seal_python(given)
    assert platform("answer", policy=given.raw.hex(), envelope=sealed.envelope.hex(), j=j, sk="01" * 32) is None


def test_a_flipped_byte_of_each_body_is_missing_bytes(platform: Platform) -> None:
    given = case((1, 1, 1))
    sealed = seal_python(given)
    answered = opening.Answers(seed=SEED.hex())
    for i, raw in enumerate(sealed.stored):
        for at in (0, 24, 56, len(raw) // 2, len(raw) - 1):
            bent = bytearray(raw)
            bent[at] ^= 0x40
            stored = (*sealed.stored[:i], bytes(bent), *sealed.stored[i + 1 :])
            assert open_js(platform, given, Sealed(sealed.envelope, stored), answered)[0] == "bytes-missing"


def test_a_complaint_is_proven_only_by_the_trustees_own_key_over_a_bad_share(platform: Platform) -> None:
    given = case((1, 1, 1))
    made = seal_python(given)
    envelope = sealing.parse_envelope(made.envelope)
    swapped = sealing.encode_envelope(_swap(envelope))
    releases = answers(given, made, seed=False).releases
    for raw, sk, verdict in (
        (made.envelope, given.sks[1], "opened"),  # an unfounded complaint
        (swapped, given.sks[1], "malformed(bidder)"),
        (swapped, given.sks[0], "malformed(bidder)"),  # unproven, but the envelope does not re-derive
    ):
        answered = opening.Answers(releases, complaints=(opening.Proof(2, sk.hex()),))
        sealed = Sealed(raw, made.stored)
        assert open_js(platform, given, sealed, answered)[0] == open_python(given, sealed, answered)[0] == verdict


def _swap(envelope: sealing.Envelope) -> sealing.Envelope:
    """Shares 1 and 2 exchanged."""
    one, two, *rest = envelope.shares
    lines = (sealing.ShareLine(1, one.c, two.sealed), sealing.ShareLine(2, two.c, one.sealed), *rest)
    return sealing.Envelope(envelope.context, envelope.k, envelope.commit, lines, envelope.bodies, envelope.joint)
