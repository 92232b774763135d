"""The opening policy of a tender: who the trustees are and how an envelope may be opened.

``policy = "SBP1" k n n*{ role suite v16(pk) v16(operator) } modes``; limits of sealed-bid 3.4.
"""

from collections import Counter
from dataclasses import dataclass

from archive.errors import Invalid
from bidding.sealing import hpke
from bidding.sealing.derive import labelled
from bidding.sealing.grammar import Reader, u8, u16, v16

THRESHOLD, BIDDER, JOINT, BIDDER_FIRST = 1, 2, 4, 8
MODES = frozenset({1, 2, 3, 4, 6, 11, 14})
AGENCY, REGULATOR, PLATFORM, NOTARY = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Trustee:
    """One line of a policy: ``role`` 1-4, wrap suite 1-3, public key, the institution that holds it."""

    role: int
    suite: int
    pk: bytes
    operator: str


@dataclass(frozen=True, slots=True)
class Policy:
    """``k`` of ``trustees`` open; trustee ``j`` is line ``j``, counted from 1."""

    k: int
    trustees: tuple[Trustee, ...]
    modes: int

    @property
    def n(self) -> int:
        """How many trustees there are."""
        return len(self.trustees)

    @property
    def joint(self) -> bool:
        """Mode J: trustees and bidder are both needed."""
        return bool(self.modes & JOINT)

    @property
    def shared(self) -> bool:
        """Trustees release shares: mode T or J."""
        return bool(self.modes & (THRESHOLD | JOINT))

    @property
    def bidder(self) -> bool:
        """A bidder may open by publishing the seed: mode B."""
        return bool(self.modes & BIDDER)

    @property
    def bidder_first(self) -> bool:
        """The bidder's window comes before the trustees'."""
        return bool(self.modes & BIDDER_FIRST)

    def trustee(self, j: int) -> Trustee:
        """Line ``j`` of the policy, 1-based."""
        return self.trustees[j - 1]


def encode_policy(policy: Policy) -> bytes:
    """The bytes of ``policy``, within the limits.

    Raises:
        Invalid: ``sealing.policy``.
    """
    lines = b"".join(u8(t.role) + u16(t.suite) + v16(t.pk) + v16(t.operator) for t in policy.trustees)
    raw = b"SBP1" + u8(policy.k) + u8(policy.n) + lines + u8(policy.modes)
    parse_policy(raw)
    return raw


def parse_policy(raw: bytes) -> Policy:
    """Read a policy and hold it to the limits of 3.4.

    Raises:
        Invalid: ``sealing.policy`` with ``why``.
    """
    r = Reader(raw, "sealing.policy")
    r.magic(b"SBP1")
    k, n = r.integer(1), r.integer(1)
    lines = tuple(Trustee(r.integer(1), r.integer(2), r.string(2), r.text(2)) for _ in range(n))
    policy = Policy(k, lines, r.integer(1))
    r.end()
    _check(policy, r)
    return policy


def policy_hash(raw: bytes) -> bytes:
    """The hash that every context of the tender carries."""
    return labelled("sbe/1 policy", raw)


def _check(policy: Policy, r: Reader) -> None:
    k, n = policy.k, policy.n
    r.need(2 <= k <= n < 2 * k, f"{k} of {n}: at least two and more than half are needed")
    r.need(policy.modes in MODES, f"modes {policy.modes}")
    r.need(len({t.pk for t in policy.trustees}) == n, "a key stands there twice")
    most = Counter(t.operator for t in policy.trustees).most_common(1)[0][1]
    r.need(most < k, "one operator could open alone")
    for t in policy.trustees:
        r.need(1 <= t.role <= 4, f"role {t.role}")
        r.need(t.operator != "", "an operator without a name")
        try:
            hpke.check_public(t.suite, t.pk)
        except Invalid as e:
            raise r.refuse(str(e)) from None
