"""Who may see what, and when: the access matrix (cn-rules 2.1) as one pure function.

`trading.queries` asks it before it gives anything away, and the matrix is tested cell by cell.  A phase is
where a lot stands: before the deadline, while bids are being decrypted and read out, after that, and after
the result notice.
"""

from typing import Literal

from archive.values import Value
from trading.tender import ENDED

Phase = Literal["draft", "before", "decrypting", "opened", "announced"]
Subject = Literal[
    "draft",
    "participants",
    "bids",
    "opening-fields",
    "plaintext",
    "committee",
    "scores",
    "own-score",
    "ranking",
    "award",
    "objector",
    "questions",
]

_ANNOUNCED = ("announced", "notified", "contracted", "completed")
_INSIDE = ("principal", "agency")


class Viewer(Value, frozen=True):
    """Who looks: his organisation, its granted roles, his account's role, the lots in whose committee he sits."""

    org: str = ""
    role: str = ""
    roles: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()


PUBLIC = Viewer()


class Seen(Value, frozen=True):
    """What is looked at: whose tender it is, under which law, and the bidders of the lot once they are public."""

    principal: str
    agency: str
    rule_set: str
    lot: str = ""
    bidders: tuple[str, ...] = ()
    candidates_out: bool = False


def may_know_person(role: str, himself: bool) -> bool:
    """Whether an account of this role may know who an expert is: the pool's owner, who supervises, and he himself."""
    return himself or role in ("centre", "regulator", "supervisor")


def may_know_contact(role: str, own: bool) -> bool:
    """Whether an account of this role may know who stands for an organisation: itself, who admits it, who supervises.

    Principal and agency take a bidder's people from its bid, once that is open; everybody theirs from the notice.
    """
    return own or role in ("centre", "regulator", "supervisor")


def phase_of(published: bool, lot_stage: str) -> Phase:
    """The phase of a lot; a lot that ended is announced, because its end was."""
    if not published:
        return "draft"
    if lot_stage in _ANNOUNCED or lot_stage in ENDED:
        return "announced"
    return {"waiting": "before", "closed": "decrypting", "opened": "decrypting"}.get(lot_stage, "opened")  # type: ignore[return-value]


def relations(viewer: Viewer, seen: Seen) -> frozenset[str]:
    """What the viewer is to what he looks at: principal, agency, platform, regulator, panel, bidder; everybody is public."""
    found = {"public"}
    if viewer.org and viewer.org == seen.principal and "principal" in viewer.roles:
        found.add("principal")
    if viewer.org and viewer.org == seen.agency and "agency" in viewer.roles:
        found.add("agency")
    found |= {r for r in ("platform", "regulator") if r in viewer.roles}
    if seen.lot in viewer.panels:
        found.add("panel")
    if viewer.org in seen.bidders:
        found.add("bidder")
    return frozenset(found)


def may_see(viewer: Viewer, subject: Subject, phase: Phase, seen: Seen) -> bool:
    """Whether this viewer may see this subject in this phase.  What is not allowed here is allowed to nobody."""
    who = relations(viewer, seen)
    return bool(who & set(_allowed(subject, phase, seen)))


def _allowed(subject: Subject, phase: Phase, seen: Seen) -> tuple[str, ...]:
    match subject:
        case "draft":
            return ("principal", "agency", "platform", "regulator") if phase == "draft" else ("public",)
        case "participants":
            return {"opened": ("panel", *_INSIDE), "announced": ("panel", *_INSIDE, "regulator")}.get(phase, ())
        case "bids":
            return ("public",) if phase in ("decrypting", "opened", "announced") else ()
        case "opening-fields":
            return {"decrypting": _INSIDE, "opened": ("public",), "announced": ("public",)}.get(phase, ())
        case "plaintext":
            return ("panel",) if phase == "opened" else ()
        case "committee":
            return (("public",) if seen.rule_set == "RS-2" else ("regulator",)) if phase == "announced" else ()
        case "scores":
            everybody = ("public",) if seen.rule_set != "RS-2" else ("principal", "agency", "regulator")
            return everybody if phase == "announced" else ()
        case "own-score":
            return ("bidder",) if phase == "announced" else ()
        case "ranking":
            if phase == "announced" or (phase == "opened" and seen.candidates_out):
                return ("public",)
            return ("principal", "panel") if phase == "opened" else ()
        case "award":
            return ("public",) if phase == "announced" else (("principal", "agency") if phase == "opened" else ())
        case "objector":
            return ("principal", "agency", "regulator")
        case "questions":
            return _INSIDE
