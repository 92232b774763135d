"""The log's receipts inside a proof file: that the plan stood in the log before the last input could be known.  Pure."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from archive.bodies import Data, Kind, Outcome
from archive.policy import Policy
from archive.proofs import check_proof
from archive.values import instant
from experts import panel
from experts.panel.events import DrawPlanned
from experts.panel.messages import CommitNonce, PlanDraw
from experts.panel.state import last_input
from experts.proof.form import Proof

_KIND = Kind.of(panel.DECIDER)


def receipts(proof: Proof, policy: Policy) -> Iterator[str]:
    """Every receipt holds under the policy, the plan's is among them, and every contribution was logged before the last input."""
    planned, committed = False, set()
    end = last_input(proof.plan)
    for text in proof.log:
        opened = check_proof(b64decode(text, validate=True), policy)
        if opened.body is None:
            yield "a receipt without its opening"
            return
        body = _KIND.read(opened.body)
        before = instant(body.at) < end
        match body.data.command:
            case PlanDraw():
                plan = next((e for e in _events(body.data) if isinstance(e, DrawPlanned)), None)
                if plan is None or plan.ctx != proof.ctx or plan.plan != proof.plan or not before:
                    yield "the plan in the log is another, or later than the last input"
                planned = True
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


def _events(data: Data[Any, Any, Any]) -> tuple[Any, ...]:
    decided = data.outcome.events if isinstance(data.outcome, Outcome) else ()
    return decided if isinstance(decided, tuple) else ()
