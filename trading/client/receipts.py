"""Receipts of submissions: whether one holds, and whether it is about these very bytes.

A receipt that is seconds old stands under the log's own signature; its witnesses may be late, and a later look brings it
under their quorum (`trading.client.watching`).
"""

import json
from typing import Any

from msgspec import Struct

from archive.errors import Damaged
from archive.faults import Fault
from archive.policy import judge
from archive.proofs import open_proof, parse_proof
from archive.strict import base64
from trading.client.record import Pinned

ACCEPTED = ("bid.submitted", "bid.withdrawn")


class Proven(Struct, frozen=True):
    """What a receipt that holds shows; ``arrived`` is the time that counts, as the entry states it.

    ``cosigned`` is how many keys of witnesses signed its checkpoint, ``quorum`` whether they are enough.
    """

    index: int
    size: int
    root: str
    origin: str
    id: str
    act: str
    stream: str
    seq: int
    at: str
    arrived: str
    cosigned: int
    quorum: bool
    submit: str = ""
    envelopes: tuple[str, ...] = ()
    refused: str = ""
    events: tuple[dict[str, Any], ...] = ()


def proven(raw: bytes, pinned: Pinned) -> Proven:
    """What a receipt shows, under keys that the reader pinned.

    Raises:
        Damaged: ``client.receipt`` with the fault's code.
    """
    try:
        proof, policy = parse_proof(raw), pinned.policy
        verdict = judge(proof.checkpoint, policy, quorum=False)
        if verdict.faults:
            raise verdict.faults[0]
        opened = open_proof(proof, verdict.tree)
        if opened.body is None:
            raise Fault("PROOF_BAD", "no opening: this proves an entry without showing it")
        body = json.loads(opened.body)
        command, outcome = body["data"].get("command", {}), body["data"].get("outcome", {})
        return Proven(
            index=opened.index,
            size=opened.size,
            root=base64(opened.root),
            origin=verdict.tree.origin,
            id=body["id"],
            act=body["act"],
            stream=body["stream"],
            seq=body["seq"],
            at=body["at"],
            arrived=body.get("rx") or body["at"],
            cosigned=sum(key in verdict.times for key in policy.witnesses.values()),
            quorum=policy.met_by(frozenset(verdict.times)),
            submit=command.get("submit", ""),
            envelopes=tuple(command.get("envelopes", ())),
            refused=outcome.get("refused", {}).get("code", ""),
            events=tuple(outcome.get("events", ())),
        )
    except Fault as fault:
        raise Damaged("client.receipt", why=f"{fault.code} {fault.why}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Damaged("client.receipt", why=f"BODY_BAD {type(fault).__name__}") from None


def of(raw: bytes, pinned: Pinned, submit: bytes, envelopes: tuple[bytes, ...]) -> Proven:
    """A receipt that holds and is about this submission.

    Raises:
        Damaged: ``client.receipt``; ``client.receipt-other`` when it is about something else, or about a refusal.
    """
    shown = proven(raw, pinned)
    same = shown.submit == submit.hex() and shown.envelopes == tuple(e.hex() for e in envelopes)
    if not same or shown.refused or shown.act not in ACCEPTED:
        raise Damaged("client.receipt-other")
    return shown
