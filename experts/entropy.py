"""Where a draw's seed comes from: the frozen context, commitments, reveals, and a last input (SPEC.md 5).

Pure.  Digests and nonces are raw bytes here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.errors import Invalid
from experts import vrf
from experts.encoding import cj, hkdf, lp, th
from experts.plan import SealedPart


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed with what it was made of; ``withheld`` are the contributors whose slot holds the filler."""

    value: bytes
    ctx1: bytes
    blob: bytes
    withheld: tuple[str, ...]
    alpha: bytes


def sealed_commitment(part: SealedPart, salt: bytes) -> bytes:
    """``TH("sealed", seal_salt, cj({ban_orgs, excluded_ids}))``."""
    return th("sealed", salt, cj(part))


def context(plan: bytes, root: bytes, n: int) -> bytes:
    """``ctx = TH("ctx", cj(plan), root, u64 n)``; ``plan`` is its canonical JSON."""
    return th("ctx", plan, root, n.to_bytes(8, "big"))


def commit(ctx: bytes, role: str, nonce: bytes) -> bytes:
    """``c = TH("commit", ctx, role, r)``."""
    return th("commit", ctx, role.encode(), nonce)


def seed_from(
    ctx: bytes,
    contributors: Sequence[str],
    commits: Mapping[str, bytes],
    reveals: Mapping[str, bytes],
    proofs: Sequence[tuple[str, bytes, bytes]] = (),
    beacon: bytes = b"",
) -> Seed:
    """The seed from all inputs; ``proofs`` are (role, VRF public key, proof) in the plan's order, ``beacon`` the round's value.

    Raises:
        Invalid: ``draw.reveal.mismatch`` when a reveal does not open its commitment, ``draw.vrf`` when a proof does not hold.
    """
    ctx1, blob, withheld = contributions(ctx, contributors, commits, reveals)
    alpha = th("vrf", ctx1, blob)
    outputs = b"".join(lp("vrf:" + role, vrf.verify(key, alpha, proof)) for role, key, proof in proofs)
    value = hkdf(ctx1, blob + outputs + lp("beacon", beacon), b"xdraw/1/seed")
    return Seed(value, ctx1, blob, withheld, alpha)


def contributions(
    ctx: bytes, contributors: Sequence[str], commits: Mapping[str, bytes], reveals: Mapping[str, bytes]
) -> tuple[bytes, bytes, tuple[str, ...]]:
    """``ctx1``, the reveal blob, and who withheld; known before the last input appears.

    Raises:
        Invalid: ``draw.reveal.mismatch``.
    """
    ctx1 = th("ctx1", ctx, *(commits[role] for role in contributors))
    blob, withheld = b"", []
    for role in contributors:
        if role not in reveals:
            blob += lp(role, b"\0" + th("missing", ctx1, role.encode()))
            withheld.append(role)
        elif commit(ctx, role, reveals[role]) != commits[role]:
            raise Invalid("draw.reveal.mismatch", role=role)
        else:
            blob += lp(role, b"\1" + reveals[role])
    return ctx1, blob, tuple(withheld)
