"""What the routes of a draw take and give, beside the panel's own commands.  Times are µs UTC, hashes hex."""

from typing import Annotated

from msgspec import Meta, Struct

from archive.values import Instant
from experts.panel import messages as p
from experts.plan import Plan
from experts.proof.form import Opened


class Planning(Struct, frozen=True, forbid_unknown_fields=True):
    """A plan and the pool it draws from; ``sealed`` of the plan is left empty, since the platform commits to that part."""

    plan: Plan
    pool: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9._-]+$")]


class Preview(Struct, frozen=True):
    """What a plan frozen now would rest on: the snapshot, list lengths, how many each rule turns away.

    ``reason`` is empty when every seat can be filled, else SHORT_LIST, CAPS or BUDGET; nobody is drawn.
    """

    date: int
    root: str
    n: int
    lengths: dict[str, int]
    counts: dict[str, dict[str, int]]
    reason: str


class DrawKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The VRF key (32 bytes hex) of the organisation that one acts for."""

    key: Annotated[str, Meta(min_length=64, max_length=64)]


class LastInput(Struct, frozen=True):
    """What a VRF holder proves over, hex."""

    alpha: str


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    """The last inputs that the plan asks for: VRF proofs and the beacon's signature, hex."""

    proofs: Annotated[tuple[p.VrfProof, ...], Meta(max_length=64)] = ()
    signature: Annotated[str, Meta(max_length=400)] = ""


class SeatLine(Struct, frozen=True):
    """A seat: new, called, accepted, vacant or exhausted, and who holds it."""

    seat: int
    cat: str
    position: int
    expert: str
    state: str
    calls: int
    called_at: Instant


class ReplyLine(Struct, frozen=True):
    """What is on record of a called expert; ``evidence`` is the digest of its proof."""

    at: Instant
    seat: int
    expert: str
    kind: str
    evidence: str


class Contacts(Struct, frozen=True):
    """How deep a draw's lists were called, and every answer: for the regulator, at once."""

    contacts: int
    alarmed: bool
    seats: tuple[SeatLine, ...]
    replies: tuple[ReplyLine, ...]


class AuditSample(Struct, frozen=True):
    """The snapshot's root and the sampled records, each with salt, place and path: what the draw filtered, open to comparison."""

    root: str
    records: tuple[Opened, ...]


class OwnLine(Struct, frozen=True):
    """What was recorded of the reader when he was called."""

    at: Instant
    kind: str
    evidence: str


class OwnLines(Struct, frozen=True):
    """All of it, oldest first; no project is named."""

    items: tuple[OwnLine, ...]
