"""Dishonest bidders, trustees and stores: the browser's verdict on each opening is Python's, step by step (sealed-bid 3.6)."""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from cryptography.cobblestone import Cobblestone256Encryptor

from bidding import opening, sealing
from bidding.sealing import hpke
from bidding.sealing.derive import share_commitment, share_info
from bidding.sealing.grammar import u8
from bidding.sealing.tree import TreeHash, leaf_hash
from tests.browser.platforms import Platform

SKS = tuple(bytes([60 + j]) * 32 for j in range(1, 4))
SEED, OTHER = bytes([5]) * 32, bytes([6]) * 32
PLAIN = (b"index", bytes(range(256)) * 200)


@dataclass(frozen=True)
class Bid:
    """A logged envelope with its policy, what is stored of it, and the seed that the bidder has."""

    policy: sealing.Policy
    envelope: sealing.Envelope
    stored: tuple[bytes | None, ...]
    seed: bytes = SEED


def policy(modes: int) -> sealing.Policy:
    lines = (sealing.Trustee(j, suite, hpke.public_key(suite, SKS[j - 1]), f"t-{j}") for j, suite in ((1, 1), (2, 2), (3, 3)))
    return sealing.Policy(2, tuple(lines), modes)


def honest(modes: int) -> Bid:
    made = policy(modes)
    pinned = sealing.policy_hash(sealing.encode_policy(made))
    context = sealing.BidContext("T", "L", 1, pinned, 1, bytes(32), bytes(32), bytes([9]) * 32)
    sinks = [io.BytesIO() for _ in PLAIN]
    pairs = [(cast(sealing.Source, io.BytesIO(p)), s) for p, s in zip(PLAIN, sinks, strict=True)]
    sealed = sealing.seal(made, context, SEED, pairs)
    return Bid(made, sealing.parse_envelope(sealed.envelope), tuple(s.getvalue() for s in sinks))


def line(bid: Bid, j: int, text: bytes, c: bytes) -> Bid:
    """Trustee j's line sealed anew over another text, under the same policy."""
    trustee = bid.policy.trustee(j)
    ephemeral = bytes([77]) * hpke.WRAPS[trustee.suite].ephemeral
    sealed = hpke.seal(trustee.suite, trustee.pk, ephemeral, share_info(bid.envelope.ctx, j), text)
    lines = tuple(sealing.ShareLine(j, c, sealed) if s.j == j else s for s in bid.envelope.shares)
    return replace(bid, envelope=replace(bid.envelope, shares=lines))


def bad_share(bid: Bid) -> Bid:
    """Share 1 is wrong and its commitment right: some subsets combine to something else."""
    share, r = bytes([1]) * 32, bytes([2]) * 32
    return line(bid, 1, u8(1) + share + r, share_commitment(bid.envelope.ctx, 1, share, r))


def unlike_commitment(bid: Bid) -> Bid:
    """What trustee 1 is given does not satisfy c_1."""
    return line(bid, 1, u8(1) + bytes(64), bid.envelope.shares[0].c)


def short_share(bid: Bid) -> Bid:
    """A share of 31 bytes whose commitment is right."""
    share, r = bytes(31), bytes(32)
    return line(bid, 1, u8(1) + share + r, share_commitment(bid.envelope.ctx, 1, share, r))


def other_number(bid: Bid) -> Bid:
    """The text says that it is trustee 2's."""
    share, r = bytes([1]) * 32, bytes([2]) * 32
    return line(bid, 1, u8(2) + share + r, share_commitment(bid.envelope.ctx, 1, share, r))


def other_commit(bid: Bid) -> Bid:
    return replace(bid, envelope=replace(bid.envelope, commit=bytes(32)))


def other_half(bid: Bid) -> Bid:
    return replace(bid, envelope=replace(bid.envelope, joint=bytes(32))) if bid.policy.joint else bid


def rerooted(bid: Bid, i: int, raw: bytes) -> Bid:
    """Other bytes in body i, with the root that fits them."""
    tree = TreeHash()
    tree.push(leaf_hash(raw))
    lines = list(bid.envelope.bodies)
    lines[i] = replace(lines[i], ct_len=len(raw), root=tree.root())
    stored = (*bid.stored[:i], raw, *bid.stored[i + 1 :])
    return replace(bid, envelope=replace(bid.envelope, bodies=tuple(lines)), stored=stored)


def other_salt(bid: Bid) -> Bid:
    """Body 1 under its key and another salt: a decryptor that takes the salt from the ciphertext notices nothing."""
    secrets = sealing.Secrets(SEED, bid.envelope.ctx)
    cipher = Cobblestone256Encryptor(secrets.body_key(1), secrets.body_context(1))  # it draws a salt of its own
    return rerooted(bid, 1, cipher.update(PLAIN[1]) + cipher.finalize())


def chunks_exchanged(bid: Bid) -> Bid:
    raw = cast(bytes, bid.stored[1])
    return rerooted(bid, 1, raw[:56] + raw[56 + 16400 : 56 + 32800] + raw[56 : 56 + 16400] + raw[56 + 32800 :])


def other_body_commitment(bid: Bid) -> Bid:
    raw = cast(bytes, bid.stored[0])
    return rerooted(bid, 0, raw[:24] + bytes(32) + raw[56:])


def other_plain(bid: Bid) -> Bid:
    lines = (bid.envelope.bodies[0], replace(bid.envelope.bodies[1], pc=bytes(32)))
    return replace(bid, envelope=replace(bid.envelope, bodies=lines))


def flipped(bid: Bid) -> Bid:
    raw = cast(bytes, bid.stored[1])
    return replace(bid, stored=(bid.stored[0], raw[:-1] + bytes([raw[-1] ^ 1])))


def cut(bid: Bid) -> Bid:
    return replace(bid, stored=(bid.stored[0], cast(bytes, bid.stored[1])[:-16400]))


def absent(bid: Bid) -> Bid:
    return replace(bid, stored=(None, bid.stored[1]))


BIDS: tuple[Callable[[Bid], Bid], ...] = (
    lambda bid: bid,
    bad_share,
    unlike_commitment,
    short_share,
    other_number,
    other_commit,
    other_half,
    other_salt,
    chunks_exchanged,
    other_body_commitment,
    other_plain,
    flipped,
    cut,
    absent,
)
NAMES = tuple(made.__name__.replace("<lambda>", "honest") for made in BIDS)


def releases(bid: Bid, chosen: str) -> tuple[opening.Release, ...]:
    """What trustees release: all, too few, wrong ones among good ones, one twice; forged lengths and numbers."""
    secrets = sealing.Secrets(SEED, bid.envelope.ctx)
    good = {s.j: opening.Release(s.j, s.share.hex(), s.blind.hex()) for s in sealing.shares(bid.policy, secrets)}
    for j in good:
        opened = sealing.trustee_open(bid.policy, bid.envelope, j, SKS[j - 1])
        if opened is not None:
            good[j] = opening.Release(j, opened.share.hex(), opened.blind.hex())
    forged = opening.Release(2, "00" * 32, "00" * 32)
    short = opening.Release(1, "00" * 31, "00" * 32)
    return {
        "none": (),
        "all": tuple(good.values()),
        "first and last": (good[1], good[3]),
        "last two": (good[2], good[3]),
        "one": (good[3],),
        "one twice": (good[3], good[3]),
        "noise": (forged, short, good[2], replace_j(good[3], 99), replace_j(good[1], 0), good[3]),
    }[chosen]


def replace_j(release: opening.Release, j: int) -> opening.Release:
    return opening.Release(j, release.share, release.r)


def half(bid: Bid, chosen: str) -> opening.Release | None:
    joint = sealing.joint_share(sealing.Secrets(SEED, bid.envelope.ctx))
    good = opening.Release(0, joint.share.hex(), joint.blind.hex())
    return {"none": None, "good": good, "wrong": opening.Release(0, "00" * 32, good.r)}[chosen]


SEEDS = {"none": None, "good": SEED.hex(), "wrong": OTHER.hex(), "longer": SEED.hex() + "00", "shorter": SEED.hex()[:-2]}
COMPLAINTS = {
    "none": (),
    "with its key": (opening.Proof(1, SKS[0].hex()),),
    "with another's key": (opening.Proof(1, SKS[1].hex()),),
    "with no key": (opening.Proof(1, "00"), opening.Proof(2, "ff" * 32), opening.Proof(3, "")),
    "of nobody": (opening.Proof(0, SKS[0].hex()), opening.Proof(4, SKS[0].hex())),
}
RELEASES = ("none", "all", "first and last", "last two", "one", "one twice", "noise")


def answers(bid: Bid) -> list[opening.Answers]:
    """Releases with each half; each seed and each complaint with and without releases."""
    made = [
        opening.Answers(releases(bid, chosen), None, half(bid, own))
        for chosen, own in itertools.product(RELEASES, ("none", "good", "wrong") if bid.policy.joint else ("none",))
    ]
    for chosen, seed in itertools.product(("none", "all"), SEEDS.values()):
        made.append(opening.Answers(releases(bid, chosen), seed, half(bid, "good")))
    for chosen, complaint in itertools.product(("none", "all", "last two"), COMPLAINTS.values()):
        made.append(opening.Answers(releases(bid, chosen), None, half(bid, "good"), complaint))
    return made


def in_python(bid: Bid, given: opening.Answers) -> str:
    stored = [None if raw is None else _again(raw) for raw in bid.stored]
    sinks = [io.BytesIO() for _ in bid.stored]
    return opening.open_envelope(bid.policy, bid.envelope, given, stored, sinks).verdict


def _again(raw: bytes) -> Callable[[], sealing.Source]:
    return lambda: cast(sealing.Source, io.BytesIO(raw))


def as_json(bid: Bid, given: opening.Answers) -> dict[str, Any]:
    def release(r: opening.Release) -> dict[str, Any]:
        return {"j": r.j, "share": r.share, "r": r.r}

    return {
        "policy": sealing.encode_policy(bid.policy).hex(),
        "envelope": sealing.encode_envelope(bid.envelope).hex(),
        "stored": [None if raw is None else raw.hex() for raw in bid.stored],
        "answers": {
            "releases": [release(r) for r in given.releases],
            "seed": given.seed,
            "bidder": release(given.bidder) if given.bidder else None,
            "complaints": [{"j": p.j, "sk": p.sk} for p in given.complaints],
        },
    }


@pytest.mark.parametrize("modes", [2, 3, 14])
@pytest.mark.parametrize("made", BIDS, ids=NAMES)
def test_every_opening_has_the_verdict_that_python_gives(node: Platform, made: Callable[[Bid], Bid], modes: int) -> None:
    alike(node, made(honest(modes)))


@pytest.mark.parametrize("made", BIDS, ids=NAMES)
def test_chromium_gives_the_same_verdicts(in_page: Platform, made: Callable[[Bid], Bid]) -> None:
    alike(in_page, made(honest(14)))


def alike(platform: Platform, bid: Bid) -> None:
    given = answers(bid)
    found = [one["verdict"] for one in platform("judges", all=[as_json(bid, a) for a in given])]
    assert found == [in_python(bid, a) for a in given]


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        ("honest", "opened"),
        ("bad_share", "malformed(bidder)"),
        ("unlike_commitment", "malformed(bidder)"),
        ("other_commit", "malformed(bidder)"),
        ("other_salt", "malformed(bidder)"),
        ("chunks_exchanged", "malformed(bidder)"),
        ("other_plain", "malformed(bidder)"),
        ("flipped", "bytes-missing"),
        ("cut", "bytes-missing"),
        ("absent", "bytes-missing"),
    ],
)
def test_a_fault_has_its_verdict_with_every_trustee_there(platform: Platform, made: str, verdict: str) -> None:
    bid = BIDS[NAMES.index(made)](honest(3))
    for chosen in ("all", "first and last", "last two", "noise"):
        given = opening.Answers(releases(bid, chosen))
        assert platform("judge", **as_json(bid, given))["verdict"] in (verdict, "trustees-short")
    assert platform("judge", **as_json(bid, opening.Answers(releases(bid, "last two"))))["verdict"] == verdict
