"""The other parties of the demonstration: each holds its own keys and acts only through what the platform gives it.

A bidder seals on its own side, uploads ciphertext, and hands in a signed submission; a trustee sees nothing
but listed envelopes; a contributor keeps its nonce to itself until it reveals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from archive.paper.press import pdf
from archive.paper.tree import Document, Paragraph, Section
from archive.values import Actor, Instant
from bidding import tool
from bidding.box import PublishSeed, ReleaseShares, Seed, Share
from bidding.sealing import Policy, Trustee, encode_policy, envelope_id, parse_envelope, trustee_open
from bidding.sealing.hpke import derive_private, public_key
from bidding.tool import Fresh, Identity, Place
from trading.demo.cast import Unit
from trading.desk import bids, opening
from trading.desk.bids import Receipt
from trading.platform import Platform

X25519 = 1
ROLES = {"agency": 1, "regulator": 2, "platform": 3, "notary": 4}


def speak(unit: Unit, role: str, kind: str = "user") -> Actor:
    """Somebody acting for a unit in a function."""
    return Actor(id=f"{role}-{unit.code[-6:].lower()}", kind=kind, org=unit.code, role=role)


def proposal(unit: Unit, says: str, at: Instant) -> bytes:
    """What a bidder attaches to its bid, as a PDF that it made at an instant."""
    return pdf(Document(f"{unit.name} 技术文件", "", (Section(blocks=(Paragraph(says),)),), platform=unit.name, demo=True, at=at))


@dataclass
class Keeper:
    """A trustee: a key made for one tender, kept by its own institution."""

    unit: Unit
    role: str
    sk: bytes
    pk: bytes

    @classmethod
    def make(cls, unit: Unit, role: str, random: Callable[[int], bytes]) -> "Keeper":
        """A fresh key pair for one tender."""
        sk = derive_private(X25519, random(32))
        return cls(unit, role, sk, public_key(X25519, sk))

    def release(self, platform: Platform, name: str, lot: str, j: int) -> int:
        """Open the shares of the listed envelopes and hand them over; how many."""
        policy = opening.policy_of(platform, name, lot)
        shares = []
        for id, raw in opening.listed(platform, name, lot):
            share = trustee_open(policy, parse_envelope(raw), j, self.sk)
            if share is not None:
                shares.append(Share(id, share.share.hex(), share.blind.hex()))
        named = opening.closing_list(platform, name, lot)
        actor = speak(self.unit, self.role)
        for at in range(0, len(shares), 50):
            opening.release(platform, actor, name, lot, ReleaseShares(named, j, tuple(shares[at : at + 50])))
        return len(shares)


def policy(keepers: Sequence[Keeper], k: int, modes: int) -> Policy:
    """k of these trustees, in this order."""
    return Policy(k, tuple(Trustee(ROLES[t.role], X25519, t.pk, t.unit.code) for t in keepers), modes)


def policy_hex(made: Policy) -> str:
    """The policy as a tender's documents carry it."""
    return encode_policy(made).hex()


@dataclass
class Supplier:
    """A bidder with its own keys; ``seeds`` is its seed file, by envelope."""

    unit: Unit
    random: Callable[[int], bytes]
    identity: Identity
    seeds: dict[str, bytes] = field(default_factory=dict)
    chain: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        """Its authorised person."""
        return speak(self.unit, "bidder")

    def seal(
        self, platform: Platform, place: Place, rules: Policy, form: dict[str, object], files: dict[str, bytes], now: Instant
    ) -> bytes:
        """Seal, rehearse, upload; the envelope, whose seed stays here."""
        fresh = Fresh(self.random(32), self.random(32), self.random(32))
        sinks = [BytesIO(), BytesIO()]
        attached = [(name, "application/pdf", BytesIO(content)) for name, content in files.items()]
        raw = tool.seal_bid(rules, place, self.identity, fresh, form, attached, sinks)
        bodies = [s.getvalue() for s in sinks]
        tool.rehearse(rules, raw, fresh.seed, [lambda b=b: BytesIO(b) for b in bodies])  # type: ignore[misc]
        for body in bodies:
            made = platform.uploads.create(self.actor.id, len(body), now)
            platform.uploads.append(made.id, self.actor.id, 0, [body], now)
        self.seeds[envelope_id(raw).hex()] = fresh.seed
        return raw

    def hand_in(self, platform: Platform, place: Place, envelopes: list[bytes], arrived: Instant) -> Receipt:
        """Submit, replace or, with no envelope, withdraw; gives the receipt.

        Raises:
            Refused: as `trading.desk.bids.submit`; the chain then stands where it stood.
        """
        chain = self.chain.setdefault((place.tender, place.lot), [])
        before = chain[-1] if chain else b""
        raw = tool.submission(self.identity, place, envelopes, len(chain) + 1, before, arrived // 1000)
        receipt = bids.submit(platform, self.actor, place.tender, place.lot, raw, tuple(envelopes), arrived)
        chain.append(raw)
        return receipt

    def decrypt(self, platform: Platform, name: str, lot: str) -> int:
        """Publish the seeds of its own listed envelopes; how many."""
        listed = opening.closing_list(platform, name, lot)
        own = [Seed(id, self.seeds[id].hex()) for id, _ in opening.listed(platform, name, lot) if id in self.seeds]
        if own:
            opening.publish_seed(platform, self.actor, name, lot, PublishSeed(listed, tuple(own)))
        return len(own)


def supplier(unit: Unit, random: Callable[[int], bytes]) -> Supplier:
    """A supplier with a fresh key for its submission chains."""
    return Supplier(unit, random, Identity(unit.code, random(32)))
