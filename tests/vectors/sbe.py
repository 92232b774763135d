"""Recomputes every case of an ``sbe/1 vectors`` file through the product's own functions.

A case's outcome is None, or what differs.  The file's own ``fields`` member describes its cases.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from itertools import combinations, islice
from typing import Any

from archive.errors import Invalid, Refused
from bidding import sealing
from bidding.opening import Answers, Proof, Release, Stored, open_envelope
from bidding.sealing import signing
from bidding.sealing.shamir import combine, xor

Case = dict[str, Any]
SUBSETS = 60
SQUARES = bytes((i * i >> 3) & 255 for i in range(65_536))


def cases(document: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Every case of the document by id, with None or what differs."""
    for case in document["cases"]:
        name = str(case.get("id")) if isinstance(case, dict) else "-"
        try:
            recompute = KINDS.get(case["kind"])
            got, want = recompute(case) if recompute else None, case["out"]
        except Exception as e:  # a malformed case differs, whatever is wrong with it
            yield name, f"{type(e).__name__}: {e}"
            continue
        yield name, f"unknown kind {case['kind']!r}" if got is None else difference(got, want)


def difference(got: Any, want: Any, where: str = "") -> str | None:
    """The first place where ``got`` is not what ``want`` asks; members that ``want`` lacks do not count."""
    if isinstance(want, dict) and isinstance(got, dict):
        if not want or ({"verdict"} & {*want, *got} and set(got) != set(want)):
            return f"{where or 'out'}: members {sorted(got)}, want {sorted(want)}"
        places = ((f"{where}.{k}".lstrip("."), got.get(k), v) for k, v in want.items())
    elif isinstance(want, list) and isinstance(got, list) and len(got) == len(want):
        places = ((f"{where}[{i}]", g, w) for i, (g, w) in enumerate(zip(got, want, strict=True)))
    else:
        return None if got == want and type(got) is type(want) else f"{where}: got {got!r:.200}, want {want!r:.200}"
    return next((found for p, g, w in places if (found := difference(g, w, p))), None)


def plaintext(spec: Case) -> bytes:
    """The bytes that a *plaintext* of the format stands for."""
    if "utf8" in spec:
        return str(spec["utf8"]).encode()
    if "hex" in spec:
        return bytes.fromhex(spec["hex"])
    if spec["rule"] == "squares":
        return SQUARES * int(spec["times"])
    if spec["rule"] != "counter":
        raise ValueError(f"plaintext rule {spec['rule']}")
    length, label = int(spec["len"]), str(spec["label"]).encode()
    blocks = (hashlib.sha256(label + i.to_bytes(8, "big")).digest() for i in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def _policy(spec: Case) -> sealing.Policy:
    trustees = (sealing.Trustee(t["role"], t["suite"], bytes.fromhex(t["pk"]), t["operator"]) for t in spec["trustees"])
    return sealing.Policy(spec["k"], tuple(trustees), spec["modes"])


def envelope(case: Case) -> Case:
    """Seal; then every k-subset of the shares, and each trustee's own key, must give the secret back."""
    given = case["in"]
    policy = _policy(given["policy"])
    raw_policy = sealing.encode_policy(policy)
    c = given["context"]
    who = given.get("bidder")
    made = who and sealing.bidder_tag(c["tender"], who["id"], bytes.fromhex(who["blind"]))
    tag = bytes.fromhex(c["bidder_tag"]) if "bidder_tag" in c else made
    if made and made != tag:
        return {"bidder_tag": made.hex()}
    pinned, pk, nonce = sealing.policy_hash(raw_policy), bytes.fromhex(c["submit_pk"]), bytes.fromhex(c["nonce"])
    context = sealing.BidContext(c["tender"], c["lot"], c["stage"], pinned, c["sigalg"], pk, tag, nonce)
    seed, plains = bytes.fromhex(given["seed"]), [plaintext(b) for b in given["bodies"]]
    sinks = [io.BytesIO() for _ in plains]
    sealed = sealing.seal(policy, context, seed, [(io.BytesIO(p), s) for p, s in zip(plains, sinks, strict=True)])
    parsed = sealing.parse_envelope(sealed.envelope)
    secrets = sealing.Secrets(seed, parsed.ctx)
    shares = sealing.shares(policy, secrets)
    _check_shares(policy, parsed, secrets, shares, given["policy"]["trustees"])
    out = {
        "policy": raw_policy.hex(),
        "policy_hash": pinned.hex(),
        "context": sealing.encode_context(context).hex(),
        "ctx": parsed.ctx.hex(),
        "commit": parsed.commit.hex(),
        "shares": [
            {"j": s.j, "share": s.share.hex(), "r": s.blind.hex(), "c": line.c.hex(), "sealed": line.sealed.hex()}
            for s, line in zip(shares, parsed.shares, strict=True)
        ],
        "bodies": [_body(secrets, i, *pair) for i, pair in enumerate(zip(sealed.bodies, plains, sinks, strict=True))],
        "envelope": sealed.envelope.hex(),
        "envelope_len": len(sealed.envelope),
        "envelope_id": sealed.id.hex(),
    }
    if parsed.joint is not None:
        out["joint"] = {"share": secrets.joint.hex(), "r": secrets.joint_blind.hex(), "c": parsed.joint.hex()}
    return out


def _check_shares(
    policy: sealing.Policy,
    parsed: sealing.Envelope,
    secrets: sealing.Secrets,
    shares: tuple[sealing.Share, ...],
    trustees: list[Case],
) -> None:
    secret = xor(secrets.seed, secrets.joint) if policy.joint else secrets.seed
    for subset in islice(combinations(shares, policy.k), SUBSETS):
        if combine({s.j: s.share for s in subset}) != secret:
            raise ValueError(f"shares {[s.j for s in subset]} do not combine")
    for share, trustee in zip(shares, trustees, strict=True):
        if trustee.get("sk") and sealing.trustee_open(policy, parsed, share.j, bytes.fromhex(trustee["sk"])) != share:
            raise ValueError(f"trustee {share.j} does not open its share")


def _body(secrets: sealing.Secrets, i: int, body: sealing.SealedBody, plain: bytes, sink: io.BytesIO) -> Case:
    line, stored = body.line, sink.getvalue()
    opened = io.BytesIO()
    if not sealing.stored_intact(line, io.BytesIO(stored)):
        raise ValueError(f"body {i} is not what its line says")
    if not sealing.open_body(secrets, i, line, io.BytesIO(stored), opened).good or opened.getvalue() != plain:
        raise ValueError(f"body {i} does not open again")
    return {
        "K": secrets.body_key(i).hex(),
        "salt": secrets.body_salt(i).hex(),
        "ct_len": line.ct_len,
        "ct_sha256": hashlib.sha256(stored).hexdigest(),
        "leaves": len(body.leaves),
        "root": line.root.hex(),
        "pblind": secrets.plain_blind(i).hex(),
        "plain_tree": sealing.plain_tree(io.BytesIO(plain)).hex(),
        "pc": line.pc.hex(),
        "ct": stored.hex(),
    }


def trustee(case: Case) -> Case:
    """One trustee's turn: a release or a complaint."""
    given = case["in"]
    policy = sealing.parse_policy(bytes.fromhex(given["policy"]))
    parsed = sealing.parse_envelope(bytes.fromhex(given["envelope"]))
    share = sealing.trustee_open(policy, parsed, given["j"], bytes.fromhex(given["sk"]))
    if share is None:
        return {"verdict": "complaint"}
    return {"verdict": "release", "share": share.share.hex(), "r": share.blind.hex()}


def _edit(raw: bytearray, edit: Case) -> None:
    if edit["op"] != "copy_leaf":
        raise ValueError(f"edit {edit['op']}")

    def span(number: int) -> slice:
        start = 0 if number == 0 else 56 + number * 64 * 16_400
        return slice(start, min(len(raw), 56 + (number + 1) * 64 * 16_400))

    raw[span(edit["to"])] = raw[span(edit["from"])]


def _stored(parsed: sealing.Envelope, i: int, spec: Case | None) -> Stored:
    if spec is None:
        return None
    if "seed" in spec:
        sink = io.BytesIO()
        secrets = sealing.Secrets(bytes.fromhex(spec["seed"]), parsed.ctx)
        sealing.seal_body(secrets, i, io.BytesIO(plaintext(spec["plain"])), sink)
        raw = bytearray(sink.getvalue())
        for edit in spec.get("edits", ()):
            _edit(raw, edit)
    else:
        raw = bytearray.fromhex(spec["hex"])
    return lambda: io.BytesIO(raw)


def opening(case: Case) -> Case:
    """The verdict; with ``subsets`` the releases are cut down to each subset in turn."""
    given = case["in"]
    policy = sealing.parse_policy(bytes.fromhex(given["policy"]))
    parsed = sealing.parse_envelope(bytes.fromhex(given["envelope"]))
    stored = [_stored(parsed, i, spec) for i, spec in enumerate(given["stored"])]
    said = given["answers"]
    releases = [Release(r["j"], r["share"], r["r"]) for r in said.get("releases") or ()]
    half = said.get("bidder")
    outs: list[Case] = []
    for subset in given.get("subsets") or [[r.j for r in releases]]:
        answers = Answers(
            tuple(r for r in releases if r.j in subset),
            said.get("seed"),
            half and Release(0, half["share"], half["r"]),
            tuple(Proof(c["j"], c["sk"]) for c in said.get("complaints") or ()),
        )
        outs.append(_opened(policy, parsed, answers, stored))
    if any(out != outs[0] for out in outs):
        return {"verdict": [out["verdict"] for out in outs]}
    return outs[0]


def _opened(policy: sealing.Policy, parsed: sealing.Envelope, answers: Answers, stored: list[Stored]) -> Case:
    sinks = [io.BytesIO() for _ in stored]
    result = open_envelope(policy, parsed, answers, stored, sinks)
    if result.verdict != "opened" or result.seed is None:
        return {"verdict": result.verdict}
    plains = [s.getvalue() for s in sinks]
    bodies = [{"len": len(p), "sha256": hashlib.sha256(p).hexdigest()} for p in plains]
    return {"verdict": "opened", "seed": result.seed.hex(), "bodies": bodies}


def policy(case: Case) -> Case:
    """Read a policy."""
    raw = bytes.fromhex(case["in"]["policy"])
    try:
        read = sealing.parse_policy(raw)
    except Invalid:
        return {"verdict": "bad-policy"}
    return {"verdict": "ok", "k": read.k, "n": read.n, "policy_hash": sealing.policy_hash(raw).hex()}


def submission(case: Case) -> Case:
    """Sign a submission; a signature that is not deterministic is taken over from the file and verified."""
    given, want = case["in"], case["out"]
    sk, sigalg = bytes.fromhex(given["submit_sk"]), given["sigalg"]
    pk = signing.public_key(sigalg, sk)
    ids, prev = tuple(map(bytes.fromhex, given["envelope_ids"])), bytes.fromhex(given["prev"])
    where = (given["action"], given["tender"], given["lot"], given["seq"], prev, given["client_ms"])
    unsigned = sealing.Submission(*where, ids, pk)
    message = sealing.signed_message(unsigned)
    sig = signing.sign(sigalg, sk, message)
    if sigalg != signing.ED25519 and signing.verify(sigalg, pk, bytes.fromhex(want["sig"]), message):
        sig = bytes.fromhex(want["sig"])
    raw = sealing.encode_submission(sealing.Submission(*where, ids, pk, sig))
    digest = sealing.submission_hash(raw)
    return {
        "submit_pk": pk.hex(),
        "before_sig": sealing.before_signature(unsigned).hex(),
        "signed_message": message.hex(),
        "sig": sig.hex(),
        "submit": raw.hex(),
        "submission_hash": digest.hex(),
        "leaf": sealing.leaf(bytes.fromhex(given["salt32"]), digest).hex(),
    }


def acceptance(case: Case) -> Case:
    """Commit a submission after those of the log, which were accepted one after another."""
    given = case["in"]
    tender = given["tender"]
    call = sealing.Call(tender["tender"], tuple(tender["lots"]), tuple(tender["stages"]), bytes.fromhex(tender["policy"]))
    chains: dict[tuple[str, str, bytes], sealing.Chain] = {}
    known: set[bytes] = set()

    def commit(entry: Case) -> sealing.Accepted:
        envelopes = [bytes.fromhex(e) for e in entry["envelopes"]]
        raw = bytes.fromhex(entry["submit"])
        done = sealing.accept(call, raw, envelopes, lambda s: chains.get((s.tender, s.lot, s.submit_pk), sealing.Chain()), known)
        s = done.submission
        chains[s.tender, s.lot, s.submit_pk] = done.chain
        known.update(done.in_force)
        return done

    try:
        sealing.parse_policy(call.policy)
        for entry in given["log"]:
            commit(entry)
    except (Invalid, Refused) as e:
        return {"verdict": "bad-policy"} if e.code == "sealing.policy" else {"verdict": f"log: {e}"}
    try:
        done = commit(given)
    except Refused as e:
        return {"verdict": e.code.removeprefix("bid.")}
    digest = sealing.submission_hash(bytes.fromhex(given["submit"]))
    return {"verdict": "accepted", "submission_hash": digest.hex(), "in_force": [i.hex() for i in done.in_force]}


KINDS: dict[str, Callable[[Case], Case]] = {
    "envelope": envelope,
    "trustee": trustee,
    "opening": opening,
    "policy": policy,
    "submission": submission,
    "acceptance": acceptance,
}
