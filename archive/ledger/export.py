"""Packs out of a live ledger: for the public, for the regulator, for one procurement (trace-log section 7).

The public gets the openings that are disclosed and learns nothing of the rest, not even why; the regulator
gets everything.  All of one pack is read under one checkpoint.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from archive import entry
from archive.canonical import decode
from archive.checkpoints import parse_checkpoint
from archive.database import anchor_table, disclosed_table, event_table, index_table, reading
from archive.errors import Busy, Missing
from archive.evidence import Basis, Blobs, StreamEvidence, dossier_pack, log_pack, no_blobs
from archive.keys import epoch_of
from archive.ledger import headings, store
from archive.ledger.ledger import Ledger
from archive.ledger.records import Recorded
from archive.notes import parse_note
from archive.strict import unbase64
from archive.vkeys import Key

_E, _I, _D = event_table.c, index_table.c, disclosed_table.c


def own_policy(keys: Sequence[Key]) -> bytes:
    """The log's keys and no witness."""
    return b"".join(f"log {key.text}\n".encode() for key in keys) + b"quorum none\n"


def basis(ledger: Ledger, policy: bytes | None = None) -> Basis:
    """The checkpoint over the tree as it stands, and the anchors of its size."""
    note = ledger.checkpoint()
    size = parse_checkpoint(parse_note(note).text).size
    with reading(ledger.engine) as connection:
        found = connection.execute(select(anchor_table.c.kind, anchor_table.c.token).where(anchor_table.c.size == size))
        more = {f"anchor/{size}/{kind}.tsr": bytes(token) for kind, token in found}
    return Basis(note, policy or own_policy(ledger.notary.keys), ledger.clock(), more)


def public_log(ledger: Ledger, policy: bytes | None = None, blobs: Blobs = no_blobs) -> dict[str, bytes]:
    """The whole log with what is disclosed of it."""
    return _log(ledger, basis(ledger, policy), blobs, everything=False)


def regulators_log(
    ledger: Ledger, policy: bytes | None = None, blobs: Blobs = no_blobs, *, private: bool = False
) -> dict[str, bytes]:
    """The whole log with every opening; with ``private`` also every private field that was not forgotten."""
    base = basis(ledger, policy)
    if private:
        with reading(ledger.engine) as connection:
            texts = ledger.subjects.texts(connection)
        more = {f"disclosure/{id}": "".join(f"{line}\n" for line in lines).encode() for id, lines in texts.items()}
        base = replace(base, more={**base.more, **more})
    return _log(ledger, base, blobs, everything=True)


def dossier(
    ledger: Ledger,
    streams: Sequence[str],
    policy: bytes | None = None,
    blobs: Blobs = no_blobs,
    *,
    everything: bool = False,
    heads: Recorded | None = None,
    earlier: Sequence[Ledger] = (),
) -> dict[str, bytes]:
    """All entries of some streams, closed in by their last receipts and a head proof each.

    Streams with an undisclosed entry are refused unless ``everything`` is asked for.  ``heads`` is the heads event to
    close them in with, if there is one that is fresh enough; else it is recorded now.  ``earlier`` are the ledgers of earlier
    epochs, the latest first: they prove what stands in them.

    Raises:
        Missing: ``ledger.empty`` for a stream without entries, ``ledger.undisclosed`` for one that is not public,
            ``ledger.earlier`` for one that began in an epoch whose ledger is not given.
        Busy: ``ledger.pending`` while an entry of a stream has no position.
    """
    heads = heads or ledger.record_heads()
    while ledger.placed(heads).idx is None:
        if not ledger.integrate():
            raise Busy("ledger.pending", id=heads.id)
    base = basis(ledger, policy)
    found: dict[str, StreamEvidence] = {}
    heads_receipt = ledger.notary.receipt_under(heads.id, base.checkpoint)
    size = parse_checkpoint(parse_note(base.checkpoint).text).size
    epochs, statements = _epochs(ledger, base.checkpoint, earlier)
    base = replace(base, more={**base.more, **statements})
    for stream in streams:
        with reading(ledger.engine) as connection:
            events = _opened(connection, stream, size, everything)
        proofs = {e.number: proof for e in epochs if (proof := e.proof(stream)) is not None}
        if not events[0].here and not proofs:
            raise Missing("ledger.earlier", stream=stream)
        last = ledger.notary.receipt_under(events[-1].id, base.checkpoint) if events[-1].here else None
        head = ledger.head_proof(heads.id, stream) if stream != headings.STREAM else b""
        found[stream] = StreamEvidence([event.opening for event in events], last, heads_receipt, head, proofs)
    return dossier_pack(base, found, blobs, restricted=everything)


@dataclass(frozen=True, slots=True)
class _Epoch:
    """An earlier epoch: its number, its ledger, and its last checkpoint as the next one states it."""

    number: int
    ledger: Ledger
    note: bytes

    def proof(self, stream: str) -> bytes | None:
        """The receipt of a stream's last event of this epoch."""
        wanted = select(_E.id).join(index_table, _I.eid == _E.eid).where(_E.stream == stream).order_by(_E.seq.desc()).limit(1)
        with reading(self.ledger.engine) as connection:
            id = connection.execute(wanted).scalar()
        return None if id is None else self.ledger.notary.receipt_under(id, self.note)


def _epochs(ledger: Ledger, note: bytes, earlier: Sequence[Ledger]) -> tuple[list[_Epoch], dict[str, bytes]]:
    """The earlier epochs, the latest first, and the receipts of what each epoch states of the one before, by path."""
    epochs, statements = list[_Epoch](), dict[str, bytes]()
    for old in (*earlier, None):
        if (number := epoch_of(ledger.origin)) == 1:
            break
        with reading(ledger.engine) as connection:
            first = connection.execute(select(_E.id, _E.body).join(index_table, _I.eid == _E.eid).where(_I.idx == 0)).one()
        statements[f"epoch/{number}.tlog-proof"] = ledger.notary.receipt_under(first.id, note)
        if old is None:
            break
        previous = decode(first.body)["data"]["outcome"]["previous"]
        if previous["origin"] != old.origin:
            raise Missing("ledger.earlier", stream=old.origin)
        note, ledger = unbase64(previous["checkpoint"]) or b"", old
        epochs.append(_Epoch(epoch_of(old.origin), old, note))
    return epochs, statements


def openings(ledger: Ledger, stream: str) -> list[bytes]:
    """Every placed opening of a stream in its order; who may have them is for the caller to know."""
    with reading(ledger.engine) as connection:
        return [event.opening for event in _opened(connection, stream, store.tree(connection).size, everything=True)]


def acts(ledger: Ledger, stream: str) -> tuple[tuple[str, str], ...]:
    """What was done in a stream, in order: act and the id under which it has its receipt."""
    wanted = select(_E.id, _E.body).where(_E.stream == stream).order_by(_E.seq)
    with reading(ledger.engine) as connection:
        rows = connection.execute(wanted).all()
    return tuple((str(decode(row.body)["act"]), str(row.id)) for row in rows)


@dataclass(frozen=True, slots=True)
class _Event:
    """An event of a stream; ``here`` if it has a position in this epoch."""

    id: str
    opening: bytes
    here: bool


def _opened(connection: Connection, stream: str, size: int, everything: bool) -> list[_Event]:
    # What was carried over from an earlier epoch has negative numbers (`archive.epochs`).
    wanted = (
        select(_E.id, _E.salt, _E.body, _I.idx, _D.eid.label("shown"))
        .outerjoin(index_table, _I.eid == _E.eid)
        .outerjoin(disclosed_table, _D.eid == _E.eid)
        .where(_E.stream == stream, (_I.idx < size) | (_E.eid < 0))
        .order_by(_E.seq)
    )
    rows = connection.execute(wanted).all()
    if not rows:
        raise Missing("ledger.empty", stream=stream)
    if not everything and any(row.shown is None for row in rows):
        raise Missing("ledger.undisclosed", stream=stream)
    return [_Event(row.id, entry.opening(row.salt, row.body), row.idx is not None) for row in rows]


def _log(ledger: Ledger, base: Basis, blobs: Blobs, *, everything: bool) -> dict[str, bytes]:
    size = parse_checkpoint(parse_note(base.checkpoint).text).size
    wanted = (
        select(_I.idx, _E.entry, _E.salt, _E.body, _D.eid.label("shown"))
        .join(event_table, _E.eid == _I.eid)
        .outerjoin(disclosed_table, _D.eid == _E.eid)
        .where(_I.idx < size)
        .order_by(_I.idx)
    )
    entries, openings = [], {}
    with reading(ledger.engine) as connection:
        for row in connection.execute(wanted):
            entries.append(row.entry)
            if everything or row.shown is not None:
                openings[row.idx] = entry.opening(row.salt, row.body)
    return log_pack(base, entries, openings, blobs, restricted=everything)


def blobs_of(read: Callable[[str], bytes], lost: set[str] | None = None) -> Blobs:
    """Every blob that the vault has; those it has not are listed as absent, and added to ``lost`` for who does not mean that."""

    def blob(sha256_hex: str) -> bytes | None:
        try:
            return read(sha256_hex)
        except Missing:
            if lost is not None:
                lost.add(sha256_hex)
            return None

    return blob
