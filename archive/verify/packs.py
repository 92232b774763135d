"""A whole pack, or a single receipt, from first to last (trace-log section 7, "order of work").

A failed signature or root does not end the run: everything that can still be checked is.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from archive import envelope
from archive.checkpoints import Checkpoint
from archive.faults import Fault
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.policy import Verdict
from archive.proofs import HEADER, open_proof, parse_proof
from archive.proofs import MAX_BYTES as MAX_PROOF
from archive.report import Report
from archive.strict import base64
from archive.verify.bodies import Disclosed, check_bodies, wanted_events
from archive.verify.dossier import Dossier
from archive.verify.files import Files, Folder, Memory, Unreadable
from archive.verify.manifest import MAX_BYTES as MAX_MANIFEST
from archive.verify.manifest import NAME, Manifest, read_manifest
from archive.verify.named import Anchors, check_anchors, check_blobs, check_disclosures, check_extra, check_listed
from archive.verify.tree import Log, read_log
from archive.verify.trust import Clock, Trust, check_times, establish, retained
from archive.verify.zips import Zip


def verify_pack(
    path: str | Path,
    policy: bytes | None = None,
    vkeys: Sequence[str] = (),
    from_checkpoint: bytes | None = None,
    anchors: Anchors | None = None,
) -> Report:
    """Check a pack (directory or zip) or a receipt (``.tlog-proof``) against a policy file or bare vkeys.

    ``from_checkpoint`` is a signed checkpoint that the verifier kept from earlier; ``anchors`` verifies time-stamp
    tokens (`archive.verify.anchors`).

    Raises:
        Unreadable: it cannot be opened at all, or it is a receipt and nothing was given to trust.
    """
    path = Path(path)
    if path.is_dir():
        return check_files(Folder(path), policy, vkeys, from_checkpoint, anchors)
    try:
        with path.open("rb") as file:
            start = file.read(MAX_PROOF + 1)
    except OSError as e:
        raise Unreadable(e.strerror or "cannot be opened") from None
    if start.startswith(HEADER[:-1].encode()):
        return verify_receipt(start, policy, vkeys)
    opened = Zip(path)
    try:
        return check_files(opened, policy, vkeys, from_checkpoint, anchors)
    finally:
        opened.close()


def verify_files(
    files: Mapping[str, bytes],
    policy: bytes | None = None,
    vkeys: Sequence[str] = (),
    from_checkpoint: bytes | None = None,
    anchors: Anchors | None = None,
) -> Report:
    """`verify_pack` for a pack in memory, by path."""
    return check_files(Memory(files), policy, vkeys, from_checkpoint, anchors)


def verify_receipt(raw: bytes, policy: bytes | None, vkeys: Sequence[str] = (), entry: bytes | None = None) -> Report:
    """Check a single proof file, all five steps; ``entry`` where it proves one that is known from elsewhere.

    Raises:
        Unreadable: neither a policy nor a vkey was given, so that nothing could be proved.
    """
    if policy is None and not vkeys:
        raise Unreadable("a receipt is checked against a policy or a vkey of yours; give --policy or --vkey")
    report = Report("receipt")
    trust = establish(None, policy, vkeys, report)
    try:
        proof = parse_proof(raw)
        if proof.extra is None and entry is None:
            raise Fault("PROOF_BAD", "neither an opening nor an entry to prove")
        verdict = trust.judge(proof.checkpoint, report, "checkpoint")
        if verdict is None:
            return report
        _state(report, verdict.tree)
        opened = open_proof(proof, verdict.tree, entry)
    except Fault as e:
        report.fault(e, "receipt")
        return report
    report.facts["index"] = opened.index
    if opened.body is not None:
        _check_receipt_body(opened.index, opened.body, verdict, report)
    return report


def _check_receipt_body(index: int, raw: bytes, verdict: Verdict, report: Report) -> None:
    body, faults = envelope.examine(raw)
    for fault in faults:
        report.fault(fault, f"entry {index}", idx=index)
    if body is not None:
        clock = Clock()
        clock.take(verdict)
        clock.settle()
        check_times(clock, body.at, report, f"entry {index}", index, event=body.id, stream=body.stream)
        report.facts |= {"event": body.id, "stream": body.stream, "seq": body.seq, "act": body.act, "at": body.at}


def check_files(
    files: Files,
    policy: bytes | None,
    vkeys: Sequence[str],
    from_checkpoint: bytes | None,
    anchors: Anchors | None,
) -> Report:
    """`verify_pack` for files from anywhere."""
    report = Report("pack")
    manifest = read_manifest(files.read(NAME, MAX_MANIFEST), report)
    check_listed(files, manifest, report)
    trust = establish(files, policy, vkeys, report)
    published = _published(files, manifest, trust, report)
    tree = published.tree if published is not None else _stated(manifest)
    scope = manifest.scope or _likely(files)
    report.facts["scope"] = scope
    log = None
    if tree is not None:
        _state(report, tree)
        if scope == "log":
            log = read_log(files, tree, report)
    clock, by_size = _times(files, trust, published, log, from_checkpoint, report)
    gathered, called = _events(files, manifest, scope, tree, log, published, trust, clock, report)
    called |= check_blobs(files, manifest, gathered, report)
    if tree is not None and gathered.quantum and tree.size % gathered.quantum:
        report.add("QUANTUM_BAD", "checkpoint", f"size {tree.size} is not divisible by {gathered.quantum}")
    check_disclosures(files, gathered, report)
    if unverified := check_anchors(files, by_size, anchors, report):
        report.facts["anchors_unverified"] = unverified
    if scope == "dossier":
        for path in files.names():
            if path.startswith("tile/"):
                report.add("TILE_EXTRA", path, "a dossier has no tiles")
    check_extra(files, manifest, called, report)
    report.facts["disclosed"] = gathered.events
    return report


def _published(files: Files, manifest: Manifest, trust: Trust, report: Report) -> Verdict | None:
    raw = files.read("checkpoint", MAX_NOTE)
    if raw is None:
        report.add("NOTE_BAD", "checkpoint", "the pack has none")
        return None
    verdict = trust.judge(raw, report, "checkpoint")
    if verdict is not None:
        tree = verdict.tree
        for name, stated, signed in (
            ("origin", manifest.origin, tree.origin),
            ("size", manifest.size, tree.size),
            ("root", manifest.root, tree.root),
        ):
            if stated is not None and stated != signed:
                report.add("MANIFEST_BAD", NAME, f"{name} is not that of the checkpoint")
    return verdict


def _stated(manifest: Manifest) -> Checkpoint | None:
    """The tree that the manifest states, for want of a checkpoint."""
    if manifest.origin is None or manifest.size is None or manifest.root is None:
        return None
    return Checkpoint(manifest.origin, manifest.size, manifest.root)


def _likely(files: Files) -> str:
    return "dossier" if any(path.startswith("stream/") for path in files.names()) else "log"


def _state(report: Report, tree: Checkpoint) -> None:
    report.facts |= {"origin": tree.origin, "size": tree.size, "root": base64(tree.root)}


def _times(
    files: Files, trust: Trust, published: Verdict | None, log: Log | None, since: bytes | None, report: Report
) -> tuple[Clock, dict[int, Verdict]]:
    by_size = retained(files, trust, published, log.proved if log is not None else None, since, report)
    clock = Clock()
    for verdict in by_size.values():
        clock.take(verdict)
    if published is not None:
        clock.take(published)
        by_size[published.tree.size] = published
    clock.settle()
    return clock, by_size


def _events(
    files: Files,
    manifest: Manifest,
    scope: str,
    tree: Checkpoint | None,
    log: Log | None,
    published: Verdict | None,
    trust: Trust,
    clock: Clock,
    report: Report,
) -> tuple[Disclosed, set[str]]:
    """The disclosed events of either scope, and the paths that they account for."""
    if scope == "log" and log is not None and tree is not None:
        return check_bodies(files, log, tree.size, tree.origin, manifest.withheld, clock, report)
    gathered, called = Disclosed(wanted_events(files)), set[str]()
    if scope == "dossier":
        origin = tree.origin if tree is not None else ""
        dossier = Dossier(files, published, origin, trust, clock, report, gathered, called)
        dossier.check(_streams(files) if manifest.streams is None else manifest.streams)
    return gathered, called


def _streams(files: Files) -> list[str]:
    """Streams that a pack of scope dossier holds, for want of a list."""
    parts = (path.split("/") for path in files.names() if path.startswith("stream/"))
    return sorted({f"{p[1]}/{p[2]}" for p in parts if len(p) == 4 and envelope.is_stream(f"{p[1]}/{p[2]}")})
