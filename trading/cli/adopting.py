"""Taking over a bid that was sealed elsewhere, in the browser or in another folder, from its seed file.

The ciphertext need not come along: it is made again from the same files, each leaf held against the seed file.  Without the
files the bid can still be decrypted.  The seed file carries the key of the lot's chain, so what is handed in from here goes
on where the other place stopped.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from archive.errors import Invalid
from bidding.sealing import derives, envelope_id, parse_envelope, parse_policy, signing
from trading.cli.handing import ADOPTED, Chain
from trading.cli.sealing import FORMAT, Draft, Sealed, SeedFile, numbered, rehearse, sealed_of
from trading.cli.work import Work
from trading.client.terms import LotTerms, Terms


def adopt(work: Work, terms: Terms, raw: bytes, files: Sequence[Path]) -> Sealed:
    """Put a seed file into the folder; tried as one's own is where all files are given.  The same one twice is one.

    Raises:
        Invalid: ``client.seed`` for what is no seed file or contradicts itself, ``client.seed-other`` for another tender, lot or
            stage, ``client.policy-changed``, ``client.chain-other`` where the folder has a chain of its own,
            ``client.source`` for a file of which the bid knows nothing; ``tool.rehearsal``, ``sealing.source-changed``.
    """
    seeds = _read(raw)
    lot = _place(terms, seeds)
    known = [each for each in sealed_of(work, lot.id, seeds.stage) if each.draft.envelope == seeds.envelope_id]
    paths = _matched(seeds, files)
    _take_key(work, lot.id, seeds)
    if known:
        sealed = known[0]
        sealed.note(files=paths or sealed.draft.files)
        if whole(sealed):
            rehearse(sealed, lot)
    else:
        with numbered(work, lot.id, seeds.stage) as beside:
            work.keep_json(seeds, *beside, f"{seeds.envelope_id}.seed.json", secret=True)
            work.keep_json(Draft(seeds.envelope_id, paths, ("",) * len(seeds.leaves)), *beside, "draft.json", secret=True)
            if whole(Sealed(work, *beside)):
                rehearse(Sealed(work, *beside), lot)
        sealed = sealed_of(work, lot.id, seeds.stage)[-1]
    work.keep(seeds.envelope_id.encode() + b"\n", f"lot-{lot.id}", ADOPTED)
    return sealed


def whole(sealed: Sealed) -> bool:
    """Whether everything is here that it was sealed from."""
    return len(sealed.draft.files) == len(sealed.seeds.index["files"])


def _read(raw: bytes) -> SeedFile:
    try:
        seeds = msgspec.json.decode(raw, type=SeedFile)
        envelope, policy = parse_envelope(bytes.fromhex(seeds.envelope)), parse_policy(bytes.fromhex(seeds.policy))
        context, seed, sk = envelope.context, bytes.fromhex(seeds.seed), bytes.fromhex(seeds.submit_sk)
        files = [(str(line["name"]), int(line["length"])) for line in seeds.index["files"]]
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as e:
        raise Invalid("client.seed", why=str(e)[:200]) from None
    except Invalid as e:
        raise Invalid("client.seed", why=e.code) from None
    if seeds.format != FORMAT:
        raise Invalid("client.seed", why=f"format {seeds.format[:40]}")
    if seeds.sigalg != signing.ED25519:
        raise Invalid("client.seed", why=f"sigalg {seeds.sigalg}: this command line signs submissions with Ed25519")
    if (context.tender, context.lot, context.stage) != (seeds.tender, seeds.lot, seeds.stage):
        raise Invalid("client.seed", why="tender, lot and stage are not the envelope's")
    if envelope_id(bytes.fromhex(seeds.envelope)).hex() != seeds.envelope_id or len(seeds.leaves) != len(envelope.bodies):
        raise Invalid("client.seed", why="another envelope")
    if len(seed) != 32 or not derives(policy, envelope, seed):
        raise Invalid("client.seed", why="the seed does not give the envelope")
    if len(sk) != 32 or signing.public_key(signing.ED25519, sk) != context.submit_pk:
        raise Invalid("client.seed", why="the key is not the envelope's")
    if files and len(envelope.bodies) != 2:
        raise Invalid("client.seed", why="files without a body")
    return seeds


def _place(terms: Terms, seeds: SeedFile) -> LotTerms:
    lots = {lot.id: lot for lot in terms.lots}
    if seeds.tender != terms.tender or seeds.lot not in lots or seeds.stage not in lots[seeds.lot].stages:
        raise Invalid("client.seed-other", tender=seeds.tender, lot=seeds.lot, stage=seeds.stage)
    if seeds.policy != lots[seeds.lot].policy:
        raise Invalid("client.policy-changed")
    return lots[seeds.lot]


def _matched(seeds: SeedFile, files: Sequence[Path]) -> tuple[str, ...]:
    """The given files in the order in which they were sealed; none unless all of them are given."""
    waiting = list(files)
    found = list[str]()
    for line in seeds.index["files"]:
        same = [path for path in waiting if (path.name, path.stat().st_size) == (line["name"], line["length"])]
        if same:
            waiting.remove(same[0])
            found.append(str(same[0].resolve()))
    if waiting:
        raise Invalid("client.source", file=waiting[0].name)
    return tuple(found) if len(found) == len(seeds.index["files"]) else ()


def _take_key(work: Work, lot: str, seeds: SeedFile) -> None:
    name = (f"lot-{lot}", "submit.key")
    known, key = work.read(*name), seeds.submit_sk.encode() + b"\n"
    if known is not None and known != key:
        folder = work.path(f"lot-{lot}")
        if Chain(work, lot).sent() or any(folder.glob("stage-*/[0-9]*")):
            raise Invalid("client.chain-other", folder=str(work.folder))
    work.keep(key, *name, secret=True)
