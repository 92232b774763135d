"""Policy files and what makes a checkpoint valid under one (trace-log 1.7; C2SP tlog-policy).

log trace.example/ptp+0bf164a6+AQOh…
witness w1 witness.example/w1+20324abe+BCms…
group two-of-three 2 w1 w2 w3
quorum two-of-three
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from archive.checkpoints import Checkpoint, line_time, parse_checkpoint
from archive.faults import Fault
from archive.notes import Note, first_lines, parse_note
from archive.strict import number
from archive.vkeys import COSIGNATURE, ED25519, MLDSA44, Key, parse_vkey

MAX_BYTES: Final = 1 << 20
"""Longest policy file."""

_LOG_TYPES = (ED25519, MLDSA44)
_WITNESS_TYPES = (COSIGNATURE, MLDSA44)
_BYTES = bytes([9, 10, *range(0x20, 0x7F), *range(0x80, 0x100)])


@dataclass(frozen=True, slots=True)
class Group:
    """Met when ``needed`` of ``members`` (names of witnesses and earlier groups) are."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a verifier trusts: keys of logs, witnesses by name, groups in order of definition, the quorum's name."""

    logs: tuple[Key, ...]
    witnesses: dict[str, Key]
    groups: dict[str, Group]
    quorum: str

    def met_by(self, keys: frozenset[Key]) -> bool:
        """Whether cosignatures of these keys make the quorum."""
        met = {name for name, key in self.witnesses.items() if key in keys}
        for name, group in self.groups.items():
            if len(met.intersection(group.members)) >= group.needed:
                met.add(name)
        return self.quorum == "none" or self.quorum in met


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of a note as a checkpoint: the tree, times by key, and every fault in checking order."""

    tree: Checkpoint
    note: Note
    times: dict[Key, int]
    faults: tuple[Fault, ...]


def parse_policy(raw: bytes) -> Policy:
    """A policy from its file.

    Raises:
        Fault: ``POLICY_BAD`` with the number of the line that breaks a rule.
    """
    if len(raw) > MAX_BYTES or raw.translate(None, _BYTES) or (raw and not raw.endswith(b"\n")):
        raise Fault("POLICY_BAD", "too long, a byte that no policy holds, or no line end at the end")
    reader = _Reader()
    # Bytes above 7f that are no UTF-8 may stand in comments; names that hold them are refused by `parse_vkey`.
    for at, line in enumerate(raw.decode("utf-8", "surrogateescape").split("\n")[:-1], start=1):
        words = line.replace("\t", " ").split(" ")
        try:
            reader.read([word for word in words if word])
        except Fault as e:
            raise Fault("POLICY_BAD", f"line {at}: {e.why}") from None
    if reader.quorum is None:
        raise Fault("POLICY_BAD", "no quorum")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


class _Reader:
    """The lines read so far."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._taken: set[str] = set()
        self._log_keys: set[bytes] = set()
        self._witness_keys: set[bytes] = set()

    def read(self, words: list[str]) -> None:
        match words:
            case []:
                pass
            case [first, *_] if first.startswith("#"):
                pass
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(self._key(vkey, _LOG_TYPES, self._log_keys))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._name(name)
                self.witnesses[name] = self._key(vkey, _WITNESS_TYPES, self._witness_keys)
            case ["group", name, needed, *members] if members:
                self._name(name)
                self.groups[name] = self._group(needed, members)
            case ["quorum", name]:
                if self.quorum is not None:
                    raise Fault("POLICY_BAD", "a second quorum")
                if name != "none" and name not in self.witnesses and name not in self.groups:
                    raise Fault("POLICY_BAD", "a quorum that is not defined before")
                self.quorum = name
            case _:
                raise Fault("POLICY_BAD", "not an item of a policy")

    def _key(self, vkey: str, types: tuple[int, ...], others: set[bytes]) -> Key:
        key = parse_vkey(vkey)
        if key.type not in types:
            raise Fault("POLICY_BAD", f"a key of type {key.type:#04x} in this place")
        if key.public in others:
            raise Fault("POLICY_BAD", "the same public key twice")
        others.add(key.public)
        return key

    def _name(self, name: str) -> None:
        if name == "none" or name in self.witnesses or name in self.groups:
            raise Fault("POLICY_BAD", "a name that is taken or reserved")

    def _group(self, needed: str, members: list[str]) -> Group:
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise Fault("POLICY_BAD", "a member that is not defined before")
            if member in self._taken:
                raise Fault("POLICY_BAD", "a member of two groups, or twice of one")
            self._taken.add(member)
        count = {"all": len(members), "any": 1}.get(needed, number(needed))
        if count is None or not 1 <= count <= len(members):
            raise Fault("POLICY_BAD", "a group that needs none or more than it has")
        return Group(count, tuple(members))


def judge(raw: bytes, policy: Policy | None, vkeys: Sequence[Key] = (), *, quorum: bool = True) -> Verdict:
    """Everything that is wrong with a signed checkpoint, under a policy, under bare vkeys or under both.

    Of bare vkeys each must have signed.  ``quorum=False`` asks for the log's signature alone.

    Raises:
        Fault: ``NOTE_BAD`` when there is nothing to judge.
    """
    note = parse_note(raw)
    tree = parse_checkpoint(note.text)
    logs = [*(policy.logs if policy else ()), *(k for k in vkeys if k.type in _LOG_TYPES)]
    witnesses = list(policy.witnesses.values()) if policy else []
    own = [key for key in logs if key.name == tree.origin]
    faults = [] if own else [Fault("ORIGIN_BAD", f"no trusted log is named {tree.origin[:80]!a}")]
    times: dict[Key, int] = {}
    failed: set[Key] = set()
    lines = {(line.name, line.key_id): line for line in first_lines(note)}
    for key in dict.fromkeys([*logs, *witnesses, *vkeys]):
        if (line := lines.get((key.name, key.id))) is None:
            continue
        time = line_time(key, note.text, line.signature)
        if time is None or (time == 0 and key in witnesses):
            faults.append(Fault("SIG_BAD", f"the line of {key.label} fails"))
            failed.add(key)
        else:
            times[key] = time
    if own and not any(key in times for key in own):
        faults.append(Fault("SIG_MISSING", "no line of a log key of this origin"))
    if quorum:
        faults += [Fault("SIG_ABSENT", f"no line of {key.label}") for key in vkeys if key not in times and key not in failed]
        if policy and not policy.met_by(frozenset(times)):
            faults.append(Fault("QUORUM_MISSING", f"the quorum {policy.quorum[:40]!a} is not met"))
    return Verdict(tree, note, times, tuple(faults))


def check_checkpoint(raw: bytes, policy: Policy) -> Verdict:
    """`judge`, for those who want one answer.

    Raises:
        Fault: the first of ``NOTE_BAD``, ``ORIGIN_BAD``, ``SIG_BAD``, ``SIG_MISSING``, ``QUORUM_MISSING`` that applies.
    """
    verdict = judge(raw, policy)
    if verdict.faults:
        raise verdict.faults[0]
    return verdict
