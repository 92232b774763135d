"""Whether a platform shows one log, and all of it: what it shows now against what it showed and signed before.

A log can be run against its readers in three ways: it shows two histories (*fork*), it goes back to an older state, or it
leaves out what is newest.  Against each stands something that the reader holds: the last checkpoint of each origin that
was shown, and the checkpoints in his own proofs.  What is shown has to extend them all.  Times are microseconds.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from archive.checkpoints import Checkpoint
from archive.errors import Damaged, Missing
from archive.faults import Fault
from archive.forks import write_fork
from archive.policy import Policy, Verdict, check_checkpoint, judge
from archive.proofs import parse_proof
from archive.served import Read, Served
from archive.upgrading import upgraded
from archive.values import HOUR, MINUTE, SECOND, Instant
from trading.client.record import Pinned, receipt_of
from trading.client.web import Web

LAG: Instant = 10 * MINUTE
"""What was signed is published by then, beside two ticks of the log."""

STALE: Instant = HOUR
"""Witnesses sign an idle log again every ten minutes; an hour without is a log that stands still."""


class Held(Struct, frozen=True):
    """A proof file of one's own; ``own`` for a receipt, and not the proof of an entry that was relied on."""

    name: str
    raw: bytes
    since: Instant
    own: bool


class Look(Struct, frozen=True):
    """What was shown, consistent with all that was known.

    ``waiting`` and ``withheld`` name receipts that the shown log does not cover yet, and should by now; ``better`` are
    receipts as they stand under it, where they had fewer cosignatures than the quorum; ``cosigned_at`` is the newest
    cosignature's time, 0 where the policy has no witness, and ``stale`` when that is long ago.
    """

    origin: str
    size: int
    note: bytes
    cosigned_at: Instant
    stale: bool
    waiting: tuple[str, ...]
    withheld: tuple[str, ...]
    better: dict[str, bytes]


class Contradicted(Damaged):
    """The log contradicts what it signed before; ``evidence`` are the files that show it, by name."""

    evidence: dict[str, bytes]


def look(web: Web, pinned: Pinned, seen: Mapping[str, bytes], held: Sequence[Held], now: Instant) -> Look:
    """Ask for the newest checkpoint and hold it against ``seen``, the last one of each origin, and against one's own proofs.

    Raises:
        Contradicted: ``client.fork``, ``client.rolled-back``, ``client.unproven``.
        Damaged: ``client.checkpoint`` for one that is not valid under the pinned policy; ``client.receipt``.
    """
    note = web.ask("GET", "/log/checkpoint", headers={"Cache-Control": "no-cache"}).body
    policy = pinned.policy
    try:
        shown = check_checkpoint(note, policy)
    except Fault as fault:
        raise Damaged("client.checkpoint", why=f"{fault.code} {fault.why}") from None
    served = Served(_reading(web, note))
    tree = shown.tree
    if tree.origin in seen:
        before = _signed(seen[tree.origin], policy, "checkpoint")
        if tree.size < before.size:
            raise _against("client.rolled-back", before, seen[tree.origin], tree, note)
        _compare(served, before, seen[tree.origin], tree, note)
    waiting, better = list[Held](), dict[str, bytes]()
    for each in held:
        checkpoint = _checkpoint_of(each)
        old = _signed(checkpoint, policy, each.name)
        if old.origin != tree.origin:
            continue  # of an epoch that is over
        if old.size > tree.size:
            waiting.append(each)
            continue
        _compare(served, old, checkpoint, tree, note)
        if each.own and not policy.met_by(frozenset(judge(checkpoint, policy, quorum=False).times)):
            better[each.name] = _upgraded(each, served, policy)
    own = [each for each in waiting if each.own]
    late = _late(web, pinned, own, now)
    cosigned_at = max(_witnessed(shown, policy), default=0) * SECOND
    return Look(
        origin=tree.origin,
        size=tree.size,
        note=note,
        cosigned_at=cosigned_at,
        stale=0 < cosigned_at < now - STALE,
        waiting=tuple(each.name for each in own if each not in late),
        withheld=tuple(each.name for each in late),
        better=better,
    )


def _witnessed(shown: Verdict, policy: Policy) -> Iterable[int]:
    return (time for key, time in shown.times.items() if key in policy.witnesses.values())


def _late(web: Web, pinned: Pinned, waiting: Sequence[Held], now: Instant) -> list[Held]:
    """Of receipts that are not covered those that should be: the log says itself, in its first entry, how often it publishes."""
    if all(now - each.since <= LAG for each in waiting):
        return []
    body, _ = receipt_of(web, pinned, 0)
    allowed = LAG + 2 * SECOND * int(json.loads(body)["data"]["outcome"]["tick"])
    return [each for each in waiting if now - each.since > allowed]


def _compare(served: Served, old: Checkpoint, old_note: bytes, new: Checkpoint, note: bytes) -> None:
    """That the shown tree begins with one that was signed before, and is not smaller."""
    if old.size == new.size:
        if old.root != new.root:
            raise _against("client.fork", old, old_note, new, note)
        return
    try:
        same = old.size == 0 or served.extends(old, new)
    except Missing:
        raise _against("client.unproven", old, old_note, new, note) from None
    if not same:
        raise _against("client.fork", old, old_note, new, note)


def _against(code: str, old: Checkpoint, old_note: bytes, new: Checkpoint, note: bytes) -> Contradicted:
    """The two checkpoints: of one size they are one file that proves the fork to anybody."""
    made = Contradicted(code, origin=new.origin, seen=old.size, size=new.size)
    name = f"{code.removeprefix('client.')}-{old.size}-{new.size}"
    if code == "client.fork" and old.size == new.size:
        made.evidence = {f"{name}.proof": write_fork(old_note, note)}
    else:
        made.evidence = {f"{name}.earlier": old_note, f"{name}.later": note}
    return made


def _signed(note: bytes, policy: Policy, name: str) -> Checkpoint:
    """A checkpoint that the log signed, whoever cosigned it."""
    try:
        verdict = judge(note, policy, quorum=False)
    except Fault as fault:
        raise Damaged("client.receipt", why=f"{name}: {fault.code} {fault.why}") from None
    if verdict.faults:
        raise Damaged("client.receipt", why=f"{name}: {verdict.faults[0].code} {verdict.faults[0].why}")
    return verdict.tree


def _checkpoint_of(held: Held) -> bytes:
    try:
        return parse_proof(held.raw).checkpoint
    except Fault as fault:
        raise Damaged("client.receipt", why=f"{held.name}: {fault.code} {fault.why}") from None


def _upgraded(held: Held, served: Served, policy: Policy) -> bytes:
    """The receipt under the shown checkpoint, which the quorum has cosigned."""
    try:
        return upgraded(held.raw, served, policy)
    except Fault as fault:
        raise Damaged("client.receipt", why=f"{held.name}: {fault.code} {fault.why}") from None


def _reading(web: Web, note: bytes) -> Read:
    """The served log over the connection at hand; of checkpoints the one that is being looked at."""

    def read(path: str, limit: int) -> bytes | None:
        if path == "checkpoint":
            return note
        try:
            return web.get(f"/log/{path}").body[: limit + 1]
        except Missing:
            return None

    return read
