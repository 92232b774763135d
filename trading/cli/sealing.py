"""Sealing at the command line: form and files in, a folder with ciphertext and the seed file out, tried before it counts.

    <work>/lot-1/submit.key                         the key of the lot's chain of submissions
    <work>/lot-1/stage-1/2/<envelope id>.seed.json  the second envelope of stage 1: its seed file
    <work>/lot-1/stage-1/2/body-0.sealed …          its ciphertext; may be deleted, it is made again from the files
    <work>/lot-1/stage-1/2/draft.json               where its files are, and the addresses of its uploads

The seed file is the one that the browser's sealer makes too.  A folder of an envelope appears whole or not at all.
"""

import mimetypes
import secrets
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from archive.errors import Invalid, SunlitError, TooLarge
from archive.values import money
from bidding import tool
from bidding.index import Index, encode_index, padme
from bidding.opening import Stored
from bidding.resealing import Bytes, Joined, Resealer
from bidding.sealing import Secrets, Source, envelope_id, parse_envelope, parse_policy, sealed_length
from bidding.sealing.cobblestone import leaf_count, leaf_size
from bidding.sealing.tree import leaf_hash
from bidding.tool import Fresh, Identity, MadeBid, Place
from trading.cli.terminal import progress
from trading.cli.work import Work, synced
from trading.client.terms import LotTerms
from trading.client.tus import leaf_start

FORMAT = "sbe/1 seed"
Files = Sequence[tuple[Path, str]]
"""A file and the name under which it goes into the bid."""


class SeedFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has it and the ciphertext reads the bid.  Byte strings are hex; ``leaves`` are the gate of the upload."""

    format: str
    envelope_id: str
    tender: str
    lot: str
    stage: int
    policy: str
    envelope: str
    seed: str
    sigalg: int
    submit_sk: str
    index: dict[str, Any]
    leaves: tuple[tuple[str, ...], ...]


class Draft(Struct, frozen=True):
    """What an upload needs to go on: the sealed files' paths, and the address of each body's upload or an empty text."""

    envelope: str
    files: tuple[str, ...]
    uploads: tuple[str, ...]
    rehearsed: bool = False


class Sealed:
    """One sealed envelope in its folder."""

    def __init__(self, work: Work, *names: str) -> None:
        self.work = work
        self.names = names
        draft = work.json(Draft, *names, "draft.json")
        seeds = None if draft is None else work.json(SeedFile, *names, f"{draft.envelope}.seed.json")
        if draft is None or seeds is None or seeds.format != FORMAT:
            raise Invalid("client.folder", folder=str(work.path(*names)), why="no sealed envelope")
        self.draft, self.seeds = draft, seeds
        self.raw = bytes.fromhex(seeds.envelope)
        self.envelope = parse_envelope(self.raw)

    @property
    def seed_path(self) -> Path:
        """The file to keep."""
        return self.work.path(*self.names, f"{self.draft.envelope}.seed.json")

    @property
    def length(self) -> int:
        """Of all ciphertext, bytes."""
        return sum(body.ct_len for body in self.envelope.bodies)

    def note(self, **changed: object) -> None:
        """Change the draft, for good."""
        self.draft = replace(self.draft, **changed)
        self.work.keep_json(self.draft, *self.names, "draft.json", secret=True)

    def body(self, i: int) -> Path:
        """Where the ciphertext of a body lies, if it was kept."""
        return self.work.path(*self.names, f"body-{i}.sealed")

    def reading(self, i: int, opened: ExitStack, count: Callable[[int], object]) -> Stored:
        """How to read the ciphertext of a body: what was kept, or else made again as it is read; ends with ``opened``."""
        if self.body(i).exists():
            return lambda: Counted(opened.enter_context(self.body(i).open("rb", buffering=0)), count)
        return lambda: Counted(Again(self, i, opened), count)

    @contextmanager
    def leaves(self, i: int) -> Iterator[Callable[[int], bytes]]:
        """Leaves of a body's ciphertext from anywhere: the kept one where it is whole, else made again from the files.

        Raises:
            Invalid: ``sealing.source-changed`` for a leaf that is not what was sealed, ``client.source`` where there is nothing.
        """
        line, hashes = self.envelope.bodies[i], [bytes.fromhex(h) for h in self.seeds.leaves[i]]
        with ExitStack() as opened:
            if self.body(i).exists():
                kept = opened.enter_context(self.body(i).open("rb"))

                def leaf(number: int) -> bytes:
                    kept.seek(leaf_start(number))
                    raw = kept.read(leaf_size(number, line.ct_len))
                    if leaf_hash(raw) != hashes[number]:
                        raise Invalid("sealing.source-changed", leaf=number)
                    return raw

                yield leaf
                return
            secret = Secrets(bytes.fromhex(self.seeds.seed), self.envelope.ctx)
            plain = Bytes(encode_index(self.seeds.index)) if i == 0 else Joined(self._files(opened))
            yield Resealer(secret, i, plain, line.ct_len, hashes).leaf

    def _files(self, opened: ExitStack) -> list[tuple[FileIO, int]]:
        lengths = [int(line["length"]) for line in self.seeds.index["files"]]
        for path in self.draft.files:
            if not Path(path).is_file():
                raise Invalid("client.source", file=path)
        if len(lengths) != len(self.draft.files):
            raise Invalid("client.source", file=str(self.body(1)))
        paths = zip(self.draft.files, lengths, strict=True)
        return [(opened.enter_context(Path(path).open("rb", buffering=0)), length) for path, length in paths]


class Counted:
    """A source that tells how much of it was read."""

    def __init__(self, source: Source, count: Callable[[int], object]) -> None:
        self._source = source
        self._count = count

    def readinto(self, into: memoryview, /) -> int:
        """Fill the front of ``into``."""
        got = self._source.readinto(into) or 0
        self._count(got)
        return got


class Again:
    """A body's ciphertext that was not kept, made again leaf by leaf."""

    def __init__(self, sealed: Sealed, i: int, opened: ExitStack) -> None:
        self._leaf = opened.enter_context(sealed.leaves(i))
        self._numbers = iter(range(leaf_count(sealed.envelope.bodies[i].ct_len)))
        self._held = memoryview(b"")

    def readinto(self, into: memoryview, /) -> int:
        """Fill the front of ``into``."""
        if not self._held and (number := next(self._numbers, None)) is not None:
            self._held = memoryview(self._leaf(number))
        got = min(len(into), len(self._held))
        into[:got] = self._held[:got]
        self._held = self._held[got:]
        return got


def sealed_of(work: Work, lot: str, stage: int) -> list[Sealed]:
    """The envelopes that were sealed for a stage, the newest last."""
    folder = work.path(f"lot-{lot}", f"stage-{stage}")
    numbers = sorted(int(p.name) for p in folder.iterdir() if p.name.isdigit()) if folder.is_dir() else []
    return [Sealed(work, f"lot-{lot}", f"stage-{stage}", str(n)) for n in numbers]


def submit_key(work: Work, lot: str) -> bytes:
    """The key of a lot's chain of submissions; made when it is first wanted."""
    name = (f"lot-{lot}", "submit.key")
    known = work.read(*name)
    if known is None:
        known = secrets.token_bytes(32).hex().encode() + b"\n"
        work.keep(known, *name, secret=True)
    return bytes.fromhex(known.decode())


def read_form(path: Path) -> dict[str, object]:
    """开标一览表 from TOML or JSON; ``price`` is in the currency's major unit and becomes minor units.

    Raises:
        Invalid: ``client.form``.
    """
    try:
        raw = path.read_bytes()
        form = tomllib.loads(raw.decode()) if path.suffix.lower() == ".toml" else msgspec.json.decode(raw, type=dict[str, Any])
        if "price" in form:
            form["price"] = str(money(form["price"], str(form.get("currency", "CNY"))).amount)
    except (OSError, ValueError, tomllib.TOMLDecodeError, msgspec.MsgspecError) as e:
        raise Invalid("client.form", file=str(path), why=str(e)[:200]) from None
    except SunlitError as e:
        raise Invalid("client.form", file=str(path), why=f"price: {e.params.get('text', e.code)}") from None
    wrong = [k for k, v in form.items() if isinstance(v, float) or k == "bidder_id"]
    if wrong:
        raise Invalid("client.form", file=str(path), why=f"{', '.join(wrong)}: text or a whole number")
    return {"currency": "CNY", **form} if "price" in form else form


def ciphertext_length(files: Files) -> int:
    """How long the ciphertext of files will be, padding included, in bytes."""
    return sealed_length(padme(sum(path.stat().st_size for path, _ in files)))


def fits(files: Files, largest: int) -> None:
    """What the platform would not take is not sealed first; ``largest`` is 0 where it did not say.

    Raises:
        TooLarge: ``client.too-large``.
    """
    length = ciphertext_length(files)
    if largest and length > largest:
        raise TooLarge("client.too-large", length_bytes=length, limit_bytes=largest)


def seal(work: Work, tender: str, lot: LotTerms, stage: int, who: Identity, form: dict[str, object], files: Files) -> Sealed:
    """Seal, keep, try; nothing of it is in the folder unless it opens again to what went in.

    Raises:
        Invalid: ``tool.rehearsal``, ``client.form``, and as `bidding.tool` does.
    """
    place = Place(tender, lot.id, stage)
    with numbered(work, lot.id, stage) as beside:
        made, fresh = _make(work, beside, lot, place, who, form, files)
        id = envelope_id(made.envelope).hex()
        seeds = SeedFile(
            format=FORMAT,
            envelope_id=id,
            tender=tender,
            lot=lot.id,
            stage=stage,
            policy=lot.policy,
            envelope=made.envelope.hex(),
            seed=fresh.seed.hex(),
            sigalg=1,
            submit_sk=who.submit_sk.hex(),
            index=made.index,
            leaves=tuple(tuple(leaf.hex() for leaf in body.leaves) for body in made.bodies),
        )
        work.keep_json(seeds, *beside, f"{id}.seed.json", secret=True)
        paths = tuple(str(path.resolve()) for path, _ in files)
        work.keep_json(Draft(id, paths, ("",) * len(made.bodies)), *beside, "draft.json", secret=True)
        rehearse(Sealed(work, *beside), lot)
    return sealed_of(work, lot.id, stage)[-1]


@contextmanager
def numbered(work: Work, lot: str, stage: int) -> Iterator[tuple[str, ...]]:
    """A folder for the next envelope of a stage, under another name while the block lasts; if it fails there is none."""
    names = (f"lot-{lot}", f"stage-{stage}")
    number = str(1 + max((int(p.name) for p in work.make(*names).iterdir() if p.name.isdigit()), default=0))
    beside = (*names, f".{number}.{secrets.token_hex(4)}")
    work.make(*beside)
    try:
        yield beside
        work.path(*beside).rename(work.path(*names, number))
        synced(work.path(*names))
    except BaseException:
        shutil.rmtree(work.path(*beside), ignore_errors=True)
        raise


def _make(
    work: Work, beside: tuple[str, ...], lot: LotTerms, place: Place, who: Identity, form: dict[str, object], files: Files
) -> tuple[MadeBid, Fresh]:
    fresh = Fresh(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32))
    total = ciphertext_length(files)
    with ExitStack() as opened:
        sources = [
            (name, mimetypes.guess_type(name)[0] or "", opened.enter_context(path.open("rb", buffering=0)))
            for path, name in files
        ]
        sinks = [opened.enter_context(work.path(*beside, f"body-{i}.sealed").open("wb", buffering=0)) for i in (0, 1)]
        done = opened.enter_context(progress("加密", "Sealing", total))
        made = tool.make_bid(parse_policy(lot.raw_policy), place, who, fresh, form, sources, [_All(s) for s in sinks], done)
    return made, fresh


class _All:
    """A sink that takes all it is given, whatever the system call does."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def write(self, data: memoryview, /) -> int:
        at = 0
        while at < len(data):
            at += self._file.write(data[at:]) or 0
        return at


def rehearse(sealed: Sealed, lot: LotTerms) -> Index:
    """试解密: open one's own envelope under the lot's policy as the opening will, and compare every file.

    Raises:
        Invalid: ``tool.rehearsal``, ``client.policy-changed``, ``sealing.source-changed``.
    """
    if sealed.seeds.policy != lot.policy:
        raise Invalid("client.policy-changed")
    with ExitStack() as opened:
        bar = opened.enter_context(progress("试解密", "Opening it again as a test", sealed.length))
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            bar(done)

        stored = [sealed.reading(i, opened, count) for i in range(len(sealed.envelope.bodies))]
        seed, leaves = bytes.fromhex(sealed.seeds.seed), [[bytes.fromhex(h) for h in body] for body in sealed.seeds.leaves]
        index = tool.rehearse(parse_policy(lot.raw_policy), sealed.raw, seed, stored, leaves)
    sealed.note(rehearsed=True)
    return index
