"""Vectors of the format ``trace-log vectors 1`` (trace-log section 8), recomputed through the archive's public functions.

For every case ``out`` is made again out of ``in``.  A refusal is ``{"error": CODE}``.
"""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from archive import (
    canonical,
    chains,
    disclosures,
    entry,
    envelope,
    heads,
    merkle,
    notes,
    policy,
    proofs,
    tileformat,
    verify,
    witnessing,
)
from archive.checkpoints import Checkpoint, cosignature_message, line_time, parse_checkpoint, subtree_message
from archive.decider import Head
from archive.faults import Fault
from archive.signing import Signer
from archive.strict import base64
from archive.vkeys import COSIGNATURE, ED25519, MLDSA44, Key, parse_vkey

Case = dict[str, Any]
unhex = bytes.fromhex


def utf8(text: str) -> bytes:
    """The bytes of a text of a vector file, which may hold what is no UTF-8 on purpose."""
    return text.encode("utf-8", "surrogatepass")


def cases(document: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The name of each case, and what differs or None."""
    packs = document.get("packs")
    packs = packs if isinstance(packs, dict) else {}
    listed = document["cases"]
    for number, case in enumerate(listed if isinstance(listed, list) else [listed]):
        kind = case.get("kind") if isinstance(case, dict) else None
        yield f"{number:03} {kind}", _difference(case, packs)


def _difference(case: Any, packs: Case) -> str | None:
    try:
        kind, given, wanted = case["kind"], case["in"], case["out"]
        if kind == "pack":
            return _pack(given, wanted, packs)
        recompute = KINDS.get(kind)
        if recompute is None:
            return f"unknown kind {kind!r}"
        try:
            got = recompute(given)
        except Fault as e:
            got = {"error": e.code}
        if kind in HEDGED:
            got = HEDGED[kind](given, wanted, got)
    except Exception as e:  # a malformed case differs, whatever is wrong with it
        return f"malformed: {type(e).__name__} {e}"
    return None if got == wanted else f"{_short(got)} instead of {_short(wanted)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else text[:300] + "…"


def _entries(given: Any) -> list[bytes]:
    if isinstance(given, dict):
        return [b'{"n":%d}' % n for n in range(given["count"])]
    return [unhex(e) for e in given]


def _leaves(given: Case) -> list[bytes]:
    return merkle.leaf_hashes(_entries(given["entries"]))


def _hexes(hashes: Any) -> list[str]:
    return [h.hex() for h in hashes]


def _tiles_digest(given: Case) -> Case:
    files = sorted((path.encode(), sha256(raw).hexdigest()) for path, raw in tileformat.build(_entries(given["entries"])))
    lines = b"".join(path + b" " + digest.encode() + b"\n" for path, digest in files)
    return {"files": len(files), "sha256": sha256(lines).hexdigest()}


def _key(key: Key) -> Case:
    return {"name": key.name, "type": key.type, "public": key.public.hex(), "id": key.id.hex()}


def _vkey(given: Case) -> Case:
    key = Key(given["name"], given["type"], unhex(given["public"]))
    return {"id": key.id.hex(), "vkey": key.text}


def _signer(given: Case, type: Any) -> Signer:
    return Signer.from_seed(given["name"], type, unhex(given["seed"]))


def _note_sign(given: Case) -> Case:
    line = _signer(given, ED25519).line(given["text"])
    return {"note": notes.write_note(given["text"], [line]).decode()}


def _note_open(given: Case) -> Case:
    text, signed = notes.open_note(utf8(given["note"]), [parse_vkey(v) for v in given["vkeys"]])
    return {"text": text, "signed": [key.label for key in signed]}


def _checkpoint(given: Case) -> Case:
    text = Checkpoint(given["origin"], given["size"], unhex(given["root"])).text
    lines = [_signer(key, key["type"]).line(text, key["time"]) for key in given["keys"]]
    return {"text": text, "note": notes.write_note(text, lines).decode()}


def _checkpoint_hedged(given: Case, wanted: Case, got: Case) -> Case:
    """With an ML-DSA key the note differs from run to run: the lines of others must agree, those of such keys verify."""
    keys = [_signer(key, key["type"]).key for key in given["keys"]]
    if not any(key.type == MLDSA44 for key in keys) or "error" in wanted or "error" in got:
        return got
    ours, theirs = notes.parse_note(got["note"].encode()), notes.parse_note(wanted["note"].encode())
    agree = len(ours.lines) == len(theirs.lines) == len(keys) and ours.text == theirs.text
    for key, spec, a, b in zip(keys, given["keys"], ours.lines, theirs.lines, strict=False):
        agree &= b.claims(key) and (line_time(key, theirs.text, b.signature) == spec["time"] if key.type == MLDSA44 else a == b)
    return wanted if agree else got


def _checkpoint_parse(given: Case) -> Case:
    tree = parse_checkpoint(given["text"])
    return {"origin": tree.origin, "size": tree.size, "root": tree.root.hex()}


def _cosign_ed25519(given: Case) -> Case:
    signer = _signer(given, COSIGNATURE)
    message = cosignature_message(given["time"], given["text"])
    line = signer.line(given["text"], given["time"]).text
    return {"id": signer.key.id.hex(), "message": message.hex(), "line": line}


def _cosign_mldsa44(given: Case) -> Case:
    signer, root = _signer(given, MLDSA44), unhex(given["root"])
    time, origin, start, end = given["time"], given["origin"], given["start"], given["end"]
    return {
        "id": signer.key.id.hex(),
        "public_sha256": sha256(signer.key.public).hexdigest(),
        "message": subtree_message(signer.key.name, time, origin, start, end, root).hex(),
        "line": signer.subtree_line(origin, start, end, root, time).text,
    }


def _cosign_mldsa44_hedged(given: Case, wanted: Case, got: Case) -> Case:
    """Our signer is hedged: the line given must verify over our message, and ours must be as long."""
    line, key = notes.parse_line(wanted["line"].removesuffix("\n")), _signer(given, MLDSA44).key
    ours = notes.parse_line(got["line"].removesuffix("\n"))
    message, time = unhex(got["message"]), given["time"].to_bytes(8, "big")
    verified = all(
        claim.claims(key) and claim.signature[:8] == time and key.verifies(claim.signature[8:], message) for claim in (line, ours)
    )
    return {**got, "line": wanted["line"]} if verified else got


def _cosign_check(given: Case) -> Case:
    key, line = parse_vkey(given["vkey"]), notes.parse_line(given["line"].removesuffix("\n"))
    time = line_time(key, given["text"], line.signature) if line.claims(key) else None
    return {"ok": False} if time is None else {"ok": True, "time": time}


def _policy(given: Case) -> Case:
    policy.check_checkpoint(utf8(given["checkpoint"]), policy.parse_policy(utf8(given["policy"])))
    return {"ok": True}


def _proof_file(given: Case) -> Case:
    extra = unhex(given["extra"]) if "extra" in given else None
    path = [unhex(h) for h in given["proof"]]
    return {"file": proofs.write_proof(given["index"], path, utf8(given["checkpoint"]), extra).decode()}


def _proof_check(given: Case) -> Case:
    trusted = policy.parse_policy(utf8(given["policy"]))
    known = unhex(given["entry"]) if "entry" in given else None
    opened = proofs.check_proof(utf8(given["file"]), trusted, known)
    out: Case = {"index": opened.index, "size": opened.size, "root": opened.root.hex(), "entry": opened.entry.hex()}
    if opened.salt is not None and opened.body is not None:
        out |= {"salt": opened.salt.hex(), "body": opened.body.decode()}
    return out


def _witness(given: Case) -> Case:
    signer = _signer(given, given.get("type", COSIGNATURE))
    logs: dict[str, list[Key]] = {}
    for key in map(parse_vkey, given["logs"]):
        logs.setdefault(key.name, []).append(key)
    seen: dict[str, witnessing.Seen] = {}
    steps = []
    for step in given["steps"]:

        def cosign(text: str, time: int = step["time"]) -> list[notes.Line]:
            return [signer.line(text, time)]

        answer, origin, after = witnessing.answer(
            utf8(step["body"]), logs, lambda origin: seen.get(origin, witnessing.Seen()), cosign
        )
        if after is not None:
            seen[origin] = after
        said: Case = {"status": answer.status}
        if answer.status in (200, 409):
            said |= {"type": answer.type, "body": answer.body}
        steps.append(said)
    return {"steps": steps}


def _commitment(given: Case) -> Case:
    salt, body = unhex(given["salt"]), utf8(given["body"])
    return {
        "commitment": entry.commitment(salt, body).hex(),
        "entry": entry.entry(salt, body).decode(),
        "leaf": entry.leaf(salt, body).hex(),
        "opening": entry.opening(salt, body).decode(),
    }


def _opening_parse(given: Case) -> Case:
    salt, body = entry.open_entry(unhex(given["opening"]), utf8(given["entry"]))
    return {"salt": salt.hex(), "body": body.decode()}


def _envelope(given: Case) -> Case:
    envelope.read(utf8(given["body"]))
    return {"ok": True}


def _canonical(given: Case) -> Case:
    return {"bytes": canonical.write(canonical.parse(utf8(given["json"]))[0]).hex()}


def _disclosure(given: Case) -> Case:
    made = disclosures.Disclosure(given["salt"], given["name"], given["value"])
    assert disclosures.parse_disclosure(made.text).digest == made.digest
    return {"disclosure": made.text, "digest": made.digest}


def _stream(given: Case) -> Case:
    openings = {int(index): utf8(text) for index, text in given["openings"].items()}
    problems = chains.check([utf8(e) for e in given["entries"]], openings)
    return {"problems": [[p.index, p.code] for p in problems if p.code != "CHAIN_OPEN"]}


def _heads(given: Case) -> Case:
    ends = [Head(h["stream"], h["last_seq"], base64(unhex(h["last_leaf"]))) for h in given["heads"]]
    made = heads.head_map(unhex(given["key"]), ends, [unhex(pad) for pad in given["pad"]])
    return {"size": made.size, "root": made.root.hex(), "heads": [made.proofs[s].decode() for s in sorted(made.proofs)]}


def _head_check(given: Case) -> Case:
    try:
        heads.check_head(utf8(given["head"]), given["size"], unhex(given["root"]))
    except Fault:
        return {"ok": False}
    return {"ok": True}


def _pack(given: Case, wanted: Case, packs: Case) -> str | None:
    files = {path: unhex(raw) for path, raw in packs[given["pack"]].items()}
    for path, raw in given["edit"].items():
        if raw is None:
            files.pop(path, None)
        else:
            files[path] = unhex(raw)
    trusted = utf8(given["policy"]) if given.get("policy") is not None else None
    report = verify.verify_files(files, policy=trusted, vkeys=given.get("vkeys", ()))
    reported = sorted(report.counts)
    if "code" in wanted:
        return None if wanted["code"] in reported else f"{reported} lacks {wanted['code']}"
    return None if wanted == {"ok": not reported} else f"{reported or 'ok'} instead of {_short(wanted)}"


KINDS: dict[str, Callable[[Case], Case]] = {
    "leaf": lambda g: {"leaf": merkle.leaf_hash(unhex(g["entry"])).hex()},
    "root": lambda g: {"root": merkle.root(_leaves(g)).hex()},
    "inclusion": lambda g: {"proof": _hexes(merkle.Tree(_leaves(g)).inclusion(g["index"]))},
    "consistency": lambda g: {"proof": _hexes(merkle.Tree(_leaves(g)).consistency(g["old"]))},
    "inclusion_check": lambda g: {
        "ok": merkle.check_inclusion(g["index"], g["size"], unhex(g["leaf"]), unhex(g["root"]), [unhex(h) for h in g["proof"]])
    },
    "consistency_check": lambda g: {
        "ok": merkle.check_consistency(
            g["old"], g["new"], unhex(g["old_root"]), unhex(g["new_root"]), [unhex(h) for h in g["proof"]]
        )
    },
    "tile_path": lambda g: {"path": tileformat.tile_path(g["level"], g["n"], g["width"])},
    "tiles": lambda g: {"files": {path: sha256(raw).hexdigest() for path, raw in tileformat.build(_entries(g["entries"]))}},
    "tiles_digest": _tiles_digest,
    "bundle": lambda g: {"bundle": tileformat.write_bundle(_entries(g["entries"])).hex()},
    "bundle_parse": lambda g: {"entries": _hexes(tileformat.parse_bundle(unhex(g["bundle"])))},
    "vkey": _vkey,
    "vkey_parse": lambda g: _key(parse_vkey(g["vkey"])),
    "note_sign": _note_sign,
    "note_open": _note_open,
    "checkpoint": _checkpoint,
    "checkpoint_parse": _checkpoint_parse,
    "cosign_ed25519": _cosign_ed25519,
    "cosign_mldsa44": _cosign_mldsa44,
    "cosign_check": _cosign_check,
    "policy": _policy,
    "proof_file": _proof_file,
    "proof_check": _proof_check,
    "witness": _witness,
    "canonical": _canonical,
    "envelope": _envelope,
    "commitment": _commitment,
    "opening_parse": _opening_parse,
    "salt": lambda g: {"salt": entry.derive_salt(unhex(g["key"]), g["id"]).hex()},
    "disclosure": _disclosure,
    "stream": _stream,
    "heads": _heads,
    "head_check": _head_check,
}

HEDGED: dict[str, Callable[[Case, Case, Case], Case]] = {
    "checkpoint": _checkpoint_hedged,
    "cosign_mldsa44": _cosign_mldsa44_hedged,
}
