"""Values that the tests of the experts' floor share: a pool, a plan, its inputs, times."""

from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from archive.values import MINUTE, Instant, instant_text
from experts import vrf
from experts.entropy import commit, sealed_commitment
from experts.panel.messages import DrawFacts, SnapshotRef, VrfProof
from experts.plan import BeaconChoice, Plan, Rules, SealedPart, Seats, VrfHolder
from experts.snapshot import Record, Snapshot, lines

K_SNAP = sha256(b"snapshot key").digest()
SALT = sha256(b"seal salt").digest()
SECRET = sha256(b"regulator's VRF key").digest()
ROUND = 657413
SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
BEACON_AT: Instant = 1_694_775_603_000_000
DEADLINE: Instant = BEACON_AT - 20 * MINUTE
PLANNED: Instant = DEADLINE - 60 * MINUTE
CATS = ("A0801", "A0802", "B0301")
ROLES = ("agency", "regulator", "platform", "bidder:1")


def person(n: int, cats: tuple[str, ...] = (), region: str = "530500", org: str = "") -> Record:
    """The n-th expert: one category of `CATS` and an employer shared by three, unless told otherwise."""
    own = cats or (CATS[n % 3],)
    return Record(1, f"E{n:07d}", f"演示{n}", own, region, (org or f"ORG{n // 3:03d}",), (), (), "active", 20200101, 0)


def pool(size: int = 60) -> tuple[Record, ...]:
    """A pool in which everybody is eligible."""
    return tuple(person(n, region=("530500", "530102", "530581")[n % 3 if n % 2 else 0]) for n in range(size))


def file_of(snapshot: Snapshot, date: int = 20230914) -> tuple[SnapshotRef, dict[str, bytes]]:
    """A snapshot's reference and its record file as a blob."""
    raw = lines(snapshot)
    digest = sha256(raw).hexdigest()
    return SnapshotRef(date, snapshot.root.hex(), snapshot.n, digest), {digest: raw}


def nonce(role: str) -> bytes:
    """A contributor's 32 bytes."""
    return sha256(b"nonce " + role.encode()).digest()


def plan(part: SealedPart | None = None, **changes: Any) -> Plan:
    """Four experts of three categories and one representative, with the drand round of the published vector."""
    usual = Plan(
        alg="xdraw/1",
        draw_id="D1",
        lot="T1.L1",
        attempt=1,
        seats=(Seats("A0801", 2), Seats("A0802", 1), Seats("B0301", 1)),
        rules=Rules(20230101, 5, 1, {"5305": 4}),
        sealed=sealed_commitment(part or SealedPart(), SALT).hex(),
        contributors=ROLES,
        reveal_deadline=instant_text(DEADLINE),
        beacon=BeaconChoice("drand-quicknet", ROUND),
        representatives=1,
        min_list=6,
    )
    return replace(usual, **changes)


def without_beacon(**changes: Any) -> Plan:
    """The same on a closed network: the regulator's VRF instead of a beacon."""
    return plan(beacon=BeaconChoice("none"), vrf=(VrfHolder("regulator", vrf.public_key(SECRET).hex()),), **changes)


def commitment(ctx: str, role: str) -> str:
    """What a contributor logs."""
    return commit(bytes.fromhex(ctx), role, nonce(role)).hex()


def inputs(part: SealedPart | None = None, signature: str = SIGNATURE, proofs: tuple[VrfProof, ...] = ()) -> DrawFacts:
    """The facts of a draw."""
    return DrawFacts(part or SealedPart(), SALT.hex(), signature, proofs)
