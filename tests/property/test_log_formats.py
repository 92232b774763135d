"""Whatever the bytes, the readers of the log's formats raise one error type or none, and what was written is read back."""

import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from archive import canonical, chains, disclosures, entry, envelope, heads, notes, policy, proofs, tileformat
from archive.checkpoints import parse_checkpoint
from archive.evidence import write_zip
from archive.faults import FAULTS, Fault
from archive.merkle import Edge, Tree, check_consistency, check_inclusion, leaf_hashes, root
from archive.verify import Unreadable, verify_files
from archive.verify.zips import Zip
from archive.vkeys import parse_vkey
from archive.witnessing import Seen, answer, write_request
from tests.logs import LOG, LOG_PQ, ORIGIN, POLICY, WITNESS, SmallLog, tender_log

LOG_OF_TEN = tender_log()
PACK = LOG_OF_TEN.pack(hidden=(2,))
DOSSIER = LOG_OF_TEN.dossier("tender/T-9", "sealed/aa01")
NOTE = LOG_OF_TEN.checkpoint(signers=(LOG, LOG_PQ, WITNESS))
HEAD = DOSSIER["stream/tender/T-9/head.json"]
SEEDS = [
    NOTE,
    POLICY + b"group g 1 w1\n",
    LOG_OF_TEN.receipt(3),
    PACK["manifest.json"],
    PACK["body/001"],
    PACK["tile/entries/000.p/10"],
    LOG_OF_TEN.bodies[6],
    HEAD,
    LOG.key.text.encode(),
    write_request(0, [], NOTE),
    disclosures.Disclosure("AAECAwQFBgcICQoLDA0ODw", "name", "x").text.encode(),
]


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A valid file after some cuts, insertions, repeats and flips."""
    raw = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(raw)))
        match draw(st.sampled_from(["flip", "cut", "insert", "repeat", "drop"])):
            case "flip" if at < len(raw):
                raw[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del raw[at:]
            case "insert":
                raw[at:at] = draw(st.binary(max_size=8) | st.sampled_from([b"\n", b"\n\n", b" ", b'"', b"null", b"\\"]))
            case "repeat":
                raw += raw[at : at + 200]
            case "drop":
                del raw[at : at + draw(st.integers(1, 40))]
    return bytes(raw)


ANY = mutated(SEEDS) | st.binary(max_size=300)


def only_faults(read: Any, raw: Any) -> None:
    try:
        read(raw)
    except Fault as e:
        assert e.code in FAULTS


@given(ANY)
@settings(max_examples=400)
def test_readers_of_bytes_raise_faults_only(raw: bytes) -> None:
    for read in (
        notes.parse_note,
        policy.parse_policy,
        proofs.parse_proof,
        canonical.parse,
        envelope.read,
        entry.parse_opening,
        tileformat.parse_bundle,
        lambda raw: heads.check_head(raw, 16, bytes(32)),
        lambda raw: proofs.check_proof(raw, policy.parse_policy(POLICY)),
        lambda raw: policy.check_checkpoint(raw, policy.parse_policy(POLICY)),
    ):
        only_faults(read, raw)
    assert not (entry.well_formed(raw) and len(raw) != 61)


@given(ANY.map(lambda raw: raw.decode("utf-8", "replace")) | st.text(max_size=100))
@settings(max_examples=200)
def test_readers_of_texts_raise_faults_only(text: str) -> None:
    for read in (parse_vkey, parse_checkpoint, notes.parse_line, disclosures.parse_disclosure):
        only_faults(read, text)
    tileformat.parse_tile_path(text)
    tileformat.ungrouped(text)


@given(mutated([write_request(0, [], NOTE), write_request(3, ["AAAA"], NOTE)]) | st.binary(max_size=100), st.integers(0, 12))
@settings(max_examples=200)
def test_a_witness_always_answers(raw: bytes, size: int) -> None:
    seen = Seen(size, bytes(32)) if size else Seen()
    said, _, after = answer(raw, {ORIGIN: [LOG.key]}, lambda _o: seen, lambda text: [WITNESS.line(text, 1)])
    assert said.status in (200, 400, 403, 404, 409, 422)
    assert (after is not None) == (said.status == 200)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_pack_with_mutated_files_gives_a_report(data: st.DataObject) -> None:
    files = dict(data.draw(st.sampled_from([PACK, DOSSIER])))
    touched = data.draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=3, unique=True))
    original = dict(files)
    for path in touched:
        match data.draw(st.sampled_from(["mutate", "remove", "rename", "other"])):
            case "mutate":
                files[path] = data.draw(mutated([original[path]]))
            case "remove":
                del files[path]
            case "rename":
                files[data.draw(st.text(max_size=20)) or "x"] = files.pop(path)
            case "other":
                files[path] = original[data.draw(st.sampled_from(sorted(original)))]
    report = verify_files(files, policy=POLICY)
    assert set(report.counts) <= FAULTS
    assert report.json() == verify_files(files, policy=POLICY).json()
    assert report.clean or report.lines()
    if files == original:
        assert report.clean


ZIP_FILES = {path: PACK[path] for path in ("checkpoint", "manifest.json", "body/001")}


def zip_bytes() -> bytes:
    with tempfile.TemporaryFile() as target:
        write_zip(ZIP_FILES, target)
        target.seek(0)
        return target.read()


@given(mutated([zip_bytes()]) | st.binary(max_size=200).map(lambda tail: zip_bytes()[:-100] + tail))
@settings(max_examples=300, deadline=None)
def test_a_mutated_zip_is_read_within_its_limits_or_not_opened(raw: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        try:
            opened = Zip(Path(file.name))
        except Unreadable:
            return
        for name in opened.names():
            assert len(opened.read(name, 1000) or b"") <= 1001
        opened.faults()
        opened.close()


KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1, max_size=6)
JSON = st.recursive(
    st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, JSON, max_size=5))
@settings(max_examples=300)
def test_what_is_written_is_canonical_and_read_back(value: dict[str, Any]) -> None:
    raw = canonical.write(value)
    read, exact = canonical.parse(raw)
    assert exact
    assert canonical.write(read) == raw


ODD = st.recursive(
    st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**70), 2**70)
    | st.booleans()
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(ODD | st.dictionaries(st.text(max_size=4), ODD, max_size=3), st.integers(0, 200), st.binary(max_size=2))
@settings(max_examples=500)
def test_the_quick_look_never_takes_what_the_strict_reader_would_not(value: Any, at: int, put: bytes) -> None:
    raw = msgspec.json.encode(value, order="sorted")
    raw = raw[:at] + put + raw[at:]
    try:
        quick = canonical.exact(raw, canonical.decoder(Any).decode(raw))
    except (msgspec.MsgspecError, Fault, ValueError):
        return
    if quick:
        assert canonical.parse(raw)[1]


@given(st.lists(st.binary(max_size=40), max_size=70), st.data())
@settings(max_examples=100)
def test_roots_and_proofs_agree_with_another_implementation(entries: list[bytes], data: st.DataObject) -> None:
    leaves = leaf_hashes(entries)
    tree, other = Tree(leaves), InmemoryTree(algorithm="sha256")
    for one in entries:
        other.append_entry(one)
    assert tree.root() == root(leaves) == Edge().extended(leaves).root == bytes(other.get_root())
    size = data.draw(st.integers(0, len(entries)))
    assert check_consistency(size, len(entries), tree.root(size), tree.root(), tree.consistency(size))
    if size:
        index = data.draw(st.integers(0, size - 1))
        assert check_inclusion(index, size, leaves[index], tree.root(size), tree.inclusion(index, size))


@given(st.sets(st.integers(0, 9)))
@settings(max_examples=100)
def test_whatever_is_withheld_of_a_sound_log_nothing_diverges(hidden: set[int]) -> None:
    report = verify_files(LOG_OF_TEN.pack(hidden=sorted(hidden)), policy=POLICY)
    assert report.counts == {}


@given(st.lists(st.sampled_from(["tender/a", "tender/b", "sealed/c"]), min_size=2, max_size=12), st.data())
@settings(max_examples=100)
def test_two_events_of_a_stream_that_change_places_are_found(streams: list[str], data: st.DataObject) -> None:
    log = SmallLog()
    for stream in streams:
        log.add(stream, "a.b")
    first = data.draw(st.integers(1, len(streams) - 1))
    second = data.draw(st.integers(first + 1, len(streams)))
    order = list(range(len(log.bodies)))
    order[first], order[second] = order[second], order[first]
    entries = [log.entries[i] for i in order]
    problems = chains.check(entries, {place: log.opening(i) for place, i in enumerate(order)})
    same = streams[first - 1] == streams[second - 1]
    assert not same or any(p.code in ("CHAIN_BREAK", "CHAIN_GAP") for p in problems)
