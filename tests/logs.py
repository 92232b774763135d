"""Makers of small logs for the archive's tests: events in, a signed log and its packs out.

Everything is determined by the arguments: seeds, salts, ids and times are counted, not drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive import canonical
from archive.checkpoints import Checkpoint
from archive.decider import Head
from archive.entry import entry, opening
from archive.evidence import Basis, StreamEvidence, dossier_pack, log_pack
from archive.heads import HeadMap, head_map, map_size
from archive.merkle import Tree, leaf_hash
from archive.notes import write_note
from archive.proofs import write_proof
from archive.signing import Signer
from archive.strict import base64
from archive.values import instant, instant_text

ORIGIN = "trace.example/ptp"
START = instant("2026-01-05T01:00:00.000000Z")
SECOND = 1_000_000
LOG = Signer.from_seed(ORIGIN, 1, bytes(range(32)))
LOG_PQ = Signer.from_seed(ORIGIN, 6, bytes(range(0x40, 0x60)))
WITNESS = Signer.from_seed("witness.example/w1", 4, bytes(range(0x20, 0x40)))
POLICY = f"log {LOG.key.text}\nwitness w1 {WITNESS.key.text}\nquorum w1\n".encode()


def uuid7(n: int) -> str:
    return f"019b8bab-{n:04x}-7000-8000-{n:012x}"


@dataclass
class SmallLog:
    """A growing log; ``quantum`` and ``origin`` go into its first event."""

    origin: str = ORIGIN
    quantum: int = 0
    bodies: list[bytes] = field(default_factory=list)
    salts: list[bytes] = field(default_factory=list)
    tails: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    heads: HeadMap | None = None
    heads_at: int = -1

    def __post_init__(self) -> None:
        stated = {"epoch": 1, "keys": [LOG.key.text], "origin": self.origin, "quantum": self.quantum, "tick": 0}
        self.add("system/log", "log.opened", {"outcome": stated})

    def add(self, stream: str, act: str, data: Mapping[str, Any] | None = None, **more: Any) -> int:
        """An event; ``more`` replaces or adds members (None removes). Its index."""
        n = len(self.bodies)
        seq, leaf = self.tails.get(stream, (0, b""))
        said: dict[str, Any] = {
            "act": act,
            "actor": {"id": "u-1", "kind": "user"},
            "at": instant_text(START + n * SECOND),
            "data": dict(data or {}),
            "id": uuid7(n),
            "prev": base64(leaf),
            "rel": "r1",
            "seq": seq + 1,
            "stream": stream,
            "sv": 1,
            "v": 1,
        } | more
        return self.add_raw(canonical.encode({k: v for k, v in said.items() if v is not None}), stream, said["seq"])

    def add_raw(self, body: bytes, stream: str = "", seq: int = 0) -> int:
        self.bodies.append(body)
        self.salts.append(bytes([0xA0 + len(self.salts) % 64]) * 32)
        if stream:
            self.tails[stream] = seq, leaf_hash(self.entries[-1])
        return len(self.bodies) - 1

    def add_heads(self) -> int:
        """A ``system.heads`` event over every stream so far."""
        ends = [Head(stream, seq, base64(leaf)) for stream, (seq, leaf) in sorted(self.tails.items())]
        pads = [bytes([0xC0 + n]) * 32 for n in range(map_size(len(ends)) - len(ends))]
        self.heads = head_map(b"\xb0" * 32, ends, pads)
        stated = {"heads": {"root": base64(self.heads.root), "size": self.heads.size}}
        self.heads_at = self.add("system/heads", "system.heads", {"outcome": stated})
        return self.heads_at

    @property
    def entries(self) -> list[bytes]:
        return [entry(salt, body) for salt, body in zip(self.salts, self.bodies, strict=True)]

    def opening(self, index: int) -> bytes:
        return opening(self.salts[index], self.bodies[index])

    @property
    def tree(self) -> Tree:
        return Tree([leaf_hash(e) for e in self.entries])

    def checkpoint(self, size: int | None = None, time: int | None = None, signers: Sequence[Signer] = (LOG, WITNESS)) -> bytes:
        """A signed checkpoint of the first ``size`` entries, cosigned half a minute after the last of them."""
        size = len(self.bodies) if size is None else size
        text = Checkpoint(self.origin, size, self.tree.root(size)).text
        time = (START // SECOND + size + 30) if time is None else time
        return write_note(text, [signer.line(text, time) for signer in signers])

    def receipt(self, index: int, checkpoint: bytes | None = None) -> bytes:
        return write_proof(index, self.tree.inclusion(index), checkpoint or self.checkpoint(), self.opening(index))

    def basis(self, more: Mapping[str, bytes] | None = None, **signing: Any) -> Basis:
        made_at = START + (len(self.bodies) + 60) * SECOND
        return Basis(self.checkpoint(**signing), POLICY, made_at, more or {})

    def pack(self, hidden: Sequence[int] = (), blobs: Mapping[str, bytes] | None = None, **basis: Any) -> dict[str, bytes]:
        """A pack of scope log with every opening but those ``hidden``."""
        shown = {i: self.opening(i) for i in range(len(self.bodies)) if i not in hidden}
        return log_pack(self.basis(**basis), self.entries, shown, (blobs or {}).get)

    def dossier(self, *streams: str) -> dict[str, bytes]:
        """A pack of scope dossier; the log has a heads event."""
        assert self.heads is not None
        basis = self.basis()
        made = {}
        for stream in streams:
            places = [i for i, raw in enumerate(self.bodies) if canonical.decode(raw)["stream"] == stream]
            made[stream] = StreamEvidence(
                [self.opening(i) for i in places],
                self.receipt(places[-1], basis.checkpoint),
                self.receipt(self.heads_at, basis.checkpoint),
                self.heads.proofs[stream],
            )
        return dossier_pack(basis, made)


def tender_log(quantum: int = 0) -> SmallLog:
    """Eleven events: a tender, two sealed streams of bids, their opening, a decoy, heads, the closing."""
    log = SmallLog(quantum=quantum)
    log.add("tender/T-9", "tender.published", {"command": {"title": "评标"}})
    log.add("sealed/aa01", "bid.submitted")
    log.add("sealed/bb02", "bid.submitted")
    log.add("sealed/aa01", "bid.replaced")
    log.add("tender/T-9", "tender.clarified", {"command": {"n": 1}})
    sealed = [
        {"last_leaf": base64(log.tails[s][1]), "last_seq": log.tails[s][0], "stream": s} for s in ("sealed/aa01", "sealed/bb02")
    ]
    log.add("tender/T-9", "bids.opened", {"outcome": {"sealed": sealed}})
    log.add("system/decoy", "system.decoy")
    log.add("tender/T-9", "stream.closed")
    log.add_heads()
    return log


def rebuilt(files: Mapping[str, bytes], **edits: bytes | None) -> dict[str, bytes]:
    """A pack after edits by path (None removes); pass paths as ``**{"body/001": …}``."""
    after = {**files, **{path: raw for path, raw in edits.items() if raw is not None}}
    return {path: raw for path, raw in after.items() if path not in edits or edits[path] is not None}
