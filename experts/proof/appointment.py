"""What stands in place of a proof where experts were appointed and not drawn: why, by whose leave, who (SPEC.md 18).

Pure.  It proves that the decision was public before anybody sat, and says at once that nobody was drawn.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Final

from archive.bodies import Kind
from archive.canonical import encode
from archive.errors import Refused
from archive.policy import Policy
from archive.proofs import check_proof
from archive.values import Value, instant
from experts import panel
from experts.draw import composed
from experts.panel.appointing import CONSENT, GROUNDS
from experts.panel.events import Appointment
from experts.panel.messages import DecideAppointment, Named
from experts.panel.state import Panel
from experts.plan import Plan

FORMAT: Final = "sunlit appointment/1"
_KIND = Kind.of(panel.DECIDER)


class Appointed(Value, frozen=True, omit_defaults=False):
    """The decision with its seats, the members by name, and the log's receipt of the decision (base64)."""

    format: str
    plan: Plan
    appointment: Appointment
    members: tuple[Named, ...]
    log: tuple[str, ...]


def appointed(state: Panel, log: Sequence[str] = ()) -> bytes:
    """The file of a disclosed panel that was appointed.

    Raises:
        Refused: ``panel.phase``.
    """
    if state.plan is None or state.appointment is None or state.phase != "disclosed":
        raise Refused("panel.phase", phase=state.phase)
    return encode(Appointed(FORMAT, state.plan, state.appointment, state.members, tuple(log)))


def ground(file: Appointed) -> Iterator[str]:
    """The ground is one that the law knows, with its article, a reason and, where it is wanted, a consent."""
    why = file.appointment
    if GROUNDS.get(why.rule_set, {}).get(why.ground) != why.article:
        yield "no law allows an appointment on this ground"
    if not why.reason.strip():
        yield "no reason is given"
    if why.rule_set in CONSENT and not (why.consent_by and why.consent_sha256):
        yield "nobody consented"


def seated(file: Appointed) -> Iterator[str]:
    """The members are those that the decision provided for, in a lawful composition."""
    plan = file.plan
    if not composed(plan.size, plan.representatives, plan.least):
        yield "the composition is not lawful"
    cats = sorted(m.cat for m in file.members if m.cat)
    if cats != sorted(s.cat for s in plan.seats for _ in range(s.k)) or len(file.members) != plan.size:
        yield "the members are not those of the decision's seats"


def receipts(file: Appointed, policy: Policy) -> Iterator[str]:
    """The decision stands in the log, as the file tells it and at the file's time."""
    why, found = file.appointment, False
    for text in file.log:
        opened = check_proof(b64decode(text, validate=True), policy)
        if opened.body is None:
            yield "a receipt without its opening"
            return
        body = _KIND.read(opened.body)
        said = body.data.command
        if isinstance(said, DecideAppointment):
            same = (said.rule_set, said.ground, said.reason, said.consent_by, said.consent_sha256, said.seats)
            told = (why.rule_set, why.ground, why.reason, why.consent_by, why.consent_sha256, file.plan.seats)
            if same != told or instant(body.at) != why.at:
                yield "the decision in the log is another"
            found = True
    if not found:
        yield "no receipt of the decision"
