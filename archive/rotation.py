"""Key rotation with an overlap, and policies signed by the key that verifiers trust already (trace-log 5.8).

    start    new keys; ``log.key_rotated`` states old and new ones, and both sign every checkpoint from there
    (verifiers take over the new policy, which the old key has signed)
    finish   ``log.key_rotated`` states the new ones alone

A verifier that knows one of the keys notices nothing: lines of unknown keys are passed over.
"""

from collections.abc import Sequence

from archive.errors import Conflict, Invalid
from archive.faults import Fault
from archive.ledger import Ledger, Recorded
from archive.ledger.signers import ROTATED, STREAM
from archive.notes import open_note
from archive.policy import Policy, parse_policy
from archive.values import Actor
from archive.vkeys import ED25519, Key

HEADER = "# sunlit policy v1\n"
"""First line of a signed policy: it can never be read as a checkpoint."""

REVOKED = "log.key_revoked"


def start(ledger: Ledger) -> Recorded:
    """State the newest generation of keys beside those that sign now.

    Raises:
        Conflict: ``rotation.none`` when there are no newer keys than those that sign, ``rotation.open`` during an overlap.
    """
    now, newest = ledger.notary.keys, _newest(ledger)
    if overlaps(ledger):
        raise Conflict("rotation.open")
    if set(newest) <= set(now):
        raise Conflict("rotation.none")
    return _state(ledger, [*now, *(key for key in newest if key not in now)])


def overlaps(ledger: Ledger) -> bool:
    """Whether a rotation was started and not finished."""
    return len({key.type for key in ledger.notary.keys}) < len(ledger.notary.keys)


def finish(ledger: Ledger, policy: Policy | None) -> Recorded:
    """State the newest generation alone; ``policy`` is the one that the publisher goes by.

    Raises:
        Conflict: ``rotation.none`` when no rotation was started.
        Invalid: ``rotation.policy`` when that policy does not trust the new keys yet: nothing more would be published.
    """
    newest = _newest(ledger)
    if set(newest) == set(ledger.notary.keys) or not set(newest) <= set(ledger.notary.keys):
        raise Conflict("rotation.none")
    if policy is not None and not set(newest) & set(policy.logs):
        raise Invalid("rotation.policy", key=newest[0].label)
    return _state(ledger, newest)


def revoke(ledger: Ledger, key: Key) -> Recorded:
    """Put on record, in a later epoch, that a key of an earlier one is not to be believed any more.

    Raises:
        Invalid: ``rotation.own`` for a key of this epoch: whoever stole it could sign the revocation too.
    """
    if key.name == ledger.origin or ledger.first["epoch"] == 1:
        raise Invalid("rotation.own", key=key.label)
    return _note(ledger, REVOKED, [key])


def signed_policy(ledger: Ledger, policy: bytes) -> bytes:
    """A policy file as a note signed by the log's Ed25519 keys; what `accepted` takes apart again.

    Raises:
        Fault: ``POLICY_BAD``.
    """
    parse_policy(policy)
    text = policy.decode()
    return ledger.notary.signed_text(text if text.startswith(HEADER) else HEADER + text)


def accepted(note: bytes, trusted: Policy) -> bytes:
    """The new policy, signed by a log key that the present one trusts.

    Raises:
        Fault: ``NOTE_BAD``, ``SIG_BAD``, ``SIG_MISSING``, ``POLICY_BAD``.
    """
    text, _ = open_note(note, [key for key in trusted.logs if key.type == ED25519])
    if not text.startswith(HEADER):
        raise Fault("POLICY_BAD", f"does not begin with {HEADER.strip()!a}")
    parse_policy(text.encode())
    return text.encode()


def _newest(ledger: Ledger) -> list[Key]:
    """The last key of each type."""
    return list({key.type: key for key in ledger.notary.ever}.values())


def _state(ledger: Ledger, keys: Sequence[Key]) -> Recorded:
    return _note(ledger, ROTATED, sorted(keys, key=lambda key: key.type))


def _note(ledger: Ledger, act: str, keys: Sequence[Key]) -> Recorded:
    with ledger.begin(actor=Actor.system("system"), write={STREAM}, legal=True) as tx:
        tx.note(STREAM, act, {"outcome": {"keys": [key.text for key in keys]}})
    return tx.recorded[0]
