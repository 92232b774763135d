"""The log's receipts inside a proof file: that the plan stood in the log before the last input could be known, and every key
that gives a last input before the plan.  Pure."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final

from msgspec import MsgspecError, Struct, field
from msgspec.json import Decoder

from archive.bodies import Data, Kind, Outcome, title
from archive.errors import Invalid
from archive.policy import Policy
from archive.proofs import check_proof
from archive.values import Actor, Instant, instant
from experts import panel
from experts.panel.events import DrawPlanned
from experts.panel.messages import CommitNonce, PlanDraw
from experts.panel.state import last_input
from experts.proof.form import Proof

REGISTERED: Final = "org.draw_key_registered"
_KIND = Kind.of(panel.DECIDER)


class _Said(Struct, frozen=True):
    key: str


class _Roles(Struct, frozen=True):
    roles: tuple[str, ...] = ()


class _Decided(Struct, frozen=True):
    events: tuple[_Said, ...] = ()


class _Asked(Struct, frozen=True):
    context: _Roles = _Roles()
    outcome: _Decided = _Decided()


class _Registration(Struct, frozen=True):
    """What is read of an organisation's entry, whose rules are another floor's: who, in which roles, which key, when."""

    stream: str
    at: str
    actor: Actor
    data: _Asked = field(default_factory=_Asked)


_registration = Decoder(_Registration).decode


def receipts(proof: Proof, policy: Policy) -> Iterator[str]:
    """Every receipt holds under the policy, the plan's is among them, and every contribution was logged before the last input."""
    planned, committed = False, set()
    end, plan_at = last_input(proof.plan), 0
    keys: list[tuple[str, str, Instant]] = []
    for text in proof.log:
        opened = check_proof(b64decode(text, validate=True), policy)
        if opened.body is None:
            yield "a receipt without its opening"
            return
        if _act(opened.body) == REGISTERED:
            keys += _keys(opened.body)
            continue
        body = _KIND.read(opened.body)
        before = instant(body.at) < end
        match body.data.command:
            case PlanDraw():
                plan = next((e for e in _events(body.data) if isinstance(e, DrawPlanned)), None)
                if plan is None or plan.ctx != proof.ctx or plan.plan != proof.plan or not before:
                    yield "the plan in the log is another, or later than the last input"
                planned, plan_at = True, instant(body.at)
            case CommitNonce(role=role, c=c):
                if proof.commits.get(role) != c or not before:
                    yield f"the commitment of {role} in the log is another, or later than the last input"
                committed.add(role)
            case _:
                pass
    if not planned:
        yield "no receipt of the plan"
    if committed and committed != set(proof.plan.contributors):
        yield "not every commitment has its receipt"
    known = {(role, key) for role, key, at in keys if at < plan_at}
    for holder in proof.plan.vrf if keys else ():
        if (holder.role, holder.key) not in known:
            yield f"the key of {holder.role} was not on record before the plan"


def tells_keys(proof: Proof, policy: Policy) -> bool:
    """Whether a file whose receipts hold has one of a key's registration; older files have none."""
    bodies = (check_proof(b64decode(text), policy).body for text in proof.log)
    return any(body is not None and _act(body) == REGISTERED for body in bodies)


def _act(body: bytes) -> str:
    try:
        return title(body).act
    except MsgspecError as e:
        raise Invalid("draw.proof.receipt", why=str(e)) from None


def _keys(body: bytes) -> Iterator[tuple[str, str, Instant]]:
    """The roles of the organisation that registered a key for itself, the key, and when; nothing of a refusal."""
    try:
        said = _registration(body)
    except MsgspecError as e:
        raise Invalid("draw.proof.receipt", why=str(e)) from None
    if said.stream == f"org/{said.actor.org}":
        for role in said.data.context.roles:
            for event in said.data.outcome.events:
                yield role, event.key, instant(said.at)


def _events(data: Data[Any, Any, Any]) -> tuple[Any, ...]:
    decided = data.outcome.events if isinstance(data.outcome, Outcome) else ()
    return decided if isinstance(decided, tuple) else ()
