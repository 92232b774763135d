"""Handing in: upload, submission, replacement, withdrawal, each with its receipt on disk before anything is called done.

    <work>/lot-1/chain.json                 what was sent, in order
    <work>/lot-1/submissions/1.submission   its bytes, on disk before they are sent
    <work>/lot-1/submissions/1.tlog-proof   the receipt

A submission is written down with its idempotency key before it goes out.  Where the answer is lost, the same bytes go out
again under the same key and give the same receipt, so nothing is handed in twice and nothing is in doubt for ever.
"""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from archive.errors import Conflict, Denied, Invalid, Refused, TooLarge
from bidding.sealing import submission_hash
from bidding.tool import Identity, Place, submission_after
from trading.cli.sealing import Sealed, sealed_of, submit_key
from trading.cli.terminal import progress
from trading.cli.work import Work
from trading.client import receipts
from trading.client.receipts import Proven
from trading.client.terms import LotTerms
from trading.client.tus import send
from trading.client.web import Place as At
from trading.client.web import Web, lot_path, own_clock

ADOPTED = "adopted"
"""In a lot's folder: its chain was begun elsewhere."""

FINAL = (Refused, Invalid, TooLarge)
"""Answers after which the same bytes will never be taken."""


class Sent(Struct, frozen=True):
    """One submission: ``state`` is sent (no answer yet), received or refused; ``envelopes`` are ids, none for a withdrawal."""

    n: int
    seq: int
    envelopes: tuple[str, ...]
    key: str
    state: str = "sent"
    code: str = ""


@dataclass
class Chain:
    """A lot's submissions as this folder knows them."""

    work: Work
    lot: str

    def sent(self) -> tuple[Sent, ...]:
        """All of them, in order."""
        return self.work.json(tuple[Sent, ...], f"lot-{self.lot}", "chain.json") or ()

    def waiting(self) -> Sent | None:
        """The one whose answer is missing."""
        sent = self.sent()
        return sent[-1] if sent and sent[-1].state == "sent" else None

    def standing(self) -> Sent | None:
        """The last that was received: in force unless it is a withdrawal."""
        return next((s for s in reversed(self.sent()) if s.state == "received"), None)

    def raw(self, n: int) -> bytes:
        """The bytes of a submission."""
        raw = self.work.read(*self._name(n, "submission"))
        if raw is None:
            raise Invalid("client.folder", folder=str(self.work.folder), why=f"{n}.submission is missing")
        return raw

    def write(self, raw: bytes, seq: int, envelopes: tuple[str, ...]) -> Sent:
        """Put a submission down before it is sent."""
        sent = self.sent()
        new = Sent(len(sent) + 1, seq, envelopes, secrets.token_hex(16))
        self.work.keep(raw, *self._name(new.n, "submission"))
        self._keep((*sent, new))
        return new

    def settle(self, new: Sent) -> None:
        """Write down what became of the last one."""
        self._keep((*self.sent()[:-1], new))

    def receipt(self, n: int, raw: bytes) -> str:
        """Keep a receipt; gives its path."""
        return str(self.work.keep(raw, *self._name(n, "tlog-proof")))

    def _keep(self, sent: tuple[Sent, ...]) -> None:
        self.work.keep_json(sent, f"lot-{self.lot}", "chain.json")

    def _name(self, n: int, kind: str) -> tuple[str, str, str]:
        return f"lot-{self.lot}", "submissions", f"{n}.{kind}"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What the bidder may rely on: a receipt that holds, is about these bytes, and is on disk."""

    seq: int
    receipt: str
    shown: Proven


def upload(web: Web, sealed: Sealed, patience: float) -> None:
    """Send all ciphertext of an envelope, from where it stood.

    Raises:
        Invalid: ``sealing.source-changed``: nothing of the changed file is sent; seal anew.
    """
    urls = list(sealed.draft.uploads)
    with progress("上传密文", "Sending the ciphertext", sealed.length) as bar:
        before = 0
        for i, body in enumerate(sealed.envelope.bodies):

            def created(url: str, i: int = i) -> None:
                urls[i] = url
                sealed.note(uploads=tuple(urls))

            def told(offset: int, before: int = before) -> None:
                bar(before + offset)

            with sealed.leaves(i) as leaf:
                send(web, urls[i], body.ct_len, leaf, created=created, progress=told, patience=patience)
            before += body.ct_len


def newest(work: Work, lot: LotTerms) -> list[Sealed]:
    """The newest envelope of every stage.

    Raises:
        Invalid: ``client.nothing-sealed``; ``client.policy-changed`` for one that was sealed under other terms.
    """
    found = []
    for stage in lot.stages:
        sealed = sealed_of(work, lot.id, stage)
        if not sealed:
            raise Invalid("client.nothing-sealed", stage=stage)
        if sealed[-1].seeds.policy != lot.policy:
            raise Invalid("client.policy-changed")
        found.append(sealed[-1])
    return found


def hand_in(work: Work, web: Web, at: At, envelopes: list[Sealed], who: Identity) -> HandedIn:
    """Submit, replace or, with no envelope, withdraw.

    Raises:
        SunlitError: what the platform said.  Damaged: ``client.receipt``, ``client.receipt-other``.
    """
    chain = Chain(work, at.lot)
    waiting = chain.waiting()
    if waiting is None:
        seq, prev = _head(chain, web, at)
        raw = submission_after(who, Place(at.tender, at.lot), [e.raw for e in envelopes], seq + 1, prev, own_clock() // 1000)
        waiting = chain.write(raw, seq + 1, tuple(e.draft.envelope for e in envelopes))
    return _send(chain, web, at, waiting)


def resume(work: Work, web: Web, at: At) -> HandedIn | None:
    """Ask again for what was sent and never answered; None where there is no such thing."""
    chain = Chain(work, at.lot)
    waiting = chain.waiting()
    return None if waiting is None else _send(chain, web, at, waiting)


def _send(chain: Chain, web: Web, at: At, sent: Sent) -> HandedIn:
    raw = chain.raw(sent.n)
    known = {e.draft.envelope: e.raw for stage in _stages(chain) for e in sealed_of(chain.work, at.lot, stage)}
    envelopes = tuple(known[id] for id in sent.envelopes)
    body = {"submission": b64encode(raw).decode(), "envelopes": [b64encode(e).decode() for e in envelopes]}
    try:
        answer = web.post(f"{lot_path(at)}/bids", body, {"Idempotency-Key": sent.key}).json()
    except (*FINAL, Denied, Conflict) as no:
        # Not logged in, or two at once: the same bytes may be taken later.
        if isinstance(no, FINAL):
            chain.settle(replace(sent, state="refused", code=no.code))
        raise
    receipt = str(answer["receipt"]).encode()
    shown = receipts.of(receipt, chain.work.pinned(), raw, envelopes)
    path = chain.receipt(sent.n, receipt)
    chain.settle(replace(sent, state="received"))
    return HandedIn(sent.seq, path, shown)


def _stages(chain: Chain) -> list[int]:
    folders = chain.work.path(f"lot-{chain.lot}").glob("stage-*")
    return sorted(int(f.name.removeprefix("stage-")) for f in folders)


def _head(chain: Chain, web: Web, at: At) -> tuple[int, bytes]:
    """Number and hash of the last submission: this folder's, or the platform's where the same key was used elsewhere."""
    last = chain.standing()
    own = (last.seq, submission_hash(chain.raw(last.n))) if last else (0, bytes(32))
    for bid in _elsewhere(chain, web, at):
        if bid["seq"] > own[0]:
            own = (int(bid["seq"]), bytes.fromhex(bid["submission_hash"]))
    return own


def in_force_elsewhere(work: Work, web: Web, at: At) -> int:
    """The number of the submission that the platform has in force of this folder's chain, handed in elsewhere; 0 for none."""
    found = _elsewhere(Chain(work, at.lot), web, at)
    return max((int(bid["seq"]) for bid in found if bid["standing"] == "in-force"), default=0)


def _elsewhere(chain: Chain, web: Web, at: At) -> list[dict[str, Any]]:
    """The platform's bids that go on from this folder's chain: with a fresh key one begins a chain of one's own."""
    received = any(s.state == "received" for s in chain.sent())
    if not received and chain.work.read(f"lot-{chain.lot}", ADOPTED) is None:
        return []
    return [bid for bid in web.get("/api/desk").json()["bids"] if (bid["tender"], bid["lot"]) == (at.tender, at.lot)]


def identity(work: Work, lot: str, bidder: str) -> Identity:
    """Who signs a lot's submissions."""
    return Identity(bidder, submit_key(work, lot))
