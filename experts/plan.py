"""The plan of a draw as it stands on record: seats, rules, contributors, beacon (SPEC.md 4).

Pure values.  Field names and their canonical JSON are on the wire: the draw's context is a hash over them.
"""

from typing import Final

from archive.values import Value

ALGORITHM: Final = "xdraw/1"


class Seats(Value, frozen=True):
    """``k`` seats of one category."""

    cat: str
    k: int


class Rules(Value, frozen=True):
    """What the plan demands of a candidate and of the panel; ``region_max`` maps a region prefix to its most seats."""

    admitted_max: int
    load_max: int
    max_per_employer: int
    region_max: dict[str, int]


class BeaconChoice(Value, frozen=True):
    """``drand-quicknet`` with its round, or ``none``."""

    type: str
    round: int = 0


class Rung(Value, frozen=True):
    """A rung of the widening ladder: category ``cat`` may also be filled from the categories ``also``."""

    cat: str
    also: tuple[str, ...]


class VrfHolder(Value, frozen=True):
    """Who holds a VRF key that was on record before the plan; ``key`` is 32 bytes hex."""

    role: str
    key: str


class Plan(Value, frozen=True):
    """The plan of one attempt to draw one lot's experts.

    The fields up to ``beacon`` are xdraw/1's; the later ones are this project's and absent from the bytes when not used:
    ``representatives`` of the purchaser sit beside the drawn; ``least`` is the smallest lawful panel; ``min_list`` the shortest
    lawful list, below which the ``ladder`` widens; ``vrf`` the holders of a last input; a candidate is called ``call_attempts``
    times and has ``call_minutes`` to answer.
    """

    alg: str
    draw_id: str
    lot: str
    attempt: int
    seats: tuple[Seats, ...]
    rules: Rules
    sealed: str
    contributors: tuple[str, ...]
    reveal_deadline: str
    beacon: BeaconChoice
    representatives: int = 0
    least: int = 5
    min_list: int = 0
    ladder: tuple[Rung, ...] = ()
    vrf: tuple[VrfHolder, ...] = ()
    call_attempts: int = 3
    call_minutes: int = 30

    @property
    def size(self) -> int:
        """Members of the panel, representatives included."""
        return sum(s.k for s in self.seats) + self.representatives


class SealedPart(Value, frozen=True, omit_defaults=False):
    """What the plan commits to without showing: organisations and persons that may not sit."""

    ban_orgs: tuple[str, ...] = ()
    excluded_ids: tuple[str, ...] = ()


class Selected(Value, frozen=True):
    """Who a seat fell to: category, position in its list, expert id, commitment (hex)."""

    cat: str
    position: int
    id: str
    rc: str
