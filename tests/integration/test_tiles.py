"""What is published: everything a checkpoint implies, before it; nothing that is not disclosed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from sqlalchemy import Engine, text

from archive.checkpoints import parse_checkpoint
from archive.envelope import RESTRICTED
from archive.errors import Damaged, Missing
from archive.evidence import write_zip
from archive.ledger import Blob, Ledger
from archive.ledger.export import blobs_of, dossier, public_log, regulators_log
from archive.merkle import leaf_hashes
from archive.notes import parse_note
from archive.replay import replay
from archive.replay.packs import PackSource
from archive.report import Report
from archive.shelves import Bucket, Folder, Shelf
from archive.tileformat import blob_path, build, tile_path, tiles_of
from archive.tiles import Publisher
from archive.values import DAY, Actor
from archive.vault import Vault
from archive.verify import verify_files, verify_pack
from archive.verify.files import Folder as FolderFiles
from archive.verify.files import Memory
from archive.verify.tree import read_log
from tests.conftest import till_ledger
from tests.integration.test_replay import play
from tests.till import TILL, Count, Hide, Take

ALICE = Actor(id="u-1", kind="user")
DECIDERS = {"till": TILL, "sealed": TILL}


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """Both kinds of shelf in turn."""
    return Folder(tmp_path / "public") if request.param == "folder" else Bucket(MemoryStore())


def contents(shelf: Shelf) -> dict[str, bytes]:
    return {path: b"".join(shelf.chunks(path)) for path in shelf.paths("")}


def vkeys(ledger: Ledger) -> list[str]:
    return [key.text for key in ledger.notary.keys]


def fill(ledger: Ledger, n: int) -> None:
    """Many entries in few transactions."""
    with ledger.begin(actor=ALICE, write={"till/A"}) as tx:
        for _ in range(n):
            tx.act("till/A", Take(1))
    while ledger.integrate():
        pass


def test_a_published_log_holds_what_its_checkpoint_implies_and_no_more(ledger: Ledger, vault: Vault, shelf: Shelf) -> None:
    play(ledger, vault)
    size = Publisher(ledger, shelf, vault).publish()
    files = contents(shelf)
    report = Report("shelf")
    log = read_log(Memory(files), parse_checkpoint(parse_note(files["checkpoint"]).text), report)
    assert report.clean and log.size == size == 23
    bodies = {path for path in files if path.startswith("body/")}
    assert len(bodies) == 21, "two sealed ones are not there"
    assert [path for path in files if path.startswith("blob/")] == [next(p for p in files if p.startswith("blob/"))]
    assert f"checkpoints/{size}" in files
    assert files[f"checkpoints/{size}"] == files["checkpoint"]


def test_publishing_again_writes_what_came_since(sqlite_ledger: Ledger, vault: Vault, shelf: Shelf) -> None:
    publisher = Publisher(sqlite_ledger, shelf, vault)
    for more in (3, 252, 1, 300):
        fill(sqlite_ledger, more)
        assert publisher.publish() == publisher.publish()
    files = contents(shelf)
    entries = public_entries(files)
    for path, raw in build(entries):
        assert files[path] == raw
    assert len(entries) == 557
    # Partial tiles of earlier checkpoints stay: somebody may hold one of those.
    assert {"tile/0/000.p/4", "tile/entries/000.p/4", "tile/0/001.p/1", "tile/1/000.p/1"} <= files.keys()


def public_entries(files: dict[str, bytes]) -> list[bytes]:
    from archive.tileformat import parse_bundle

    size = parse_checkpoint(parse_note(files["checkpoint"]).text).size
    bundles = [tile_path("entries", n, width) for level, n, width in tiles_of(size) if level == "entries"]
    return [entry for path in bundles for entry in parse_bundle(files[path])]


def test_every_checkpointed_size_has_its_partial_tiles(sqlite_ledger: Ledger, vault: Vault, shelf: Shelf) -> None:
    for more in (3, 4):
        fill(sqlite_ledger, more)
        sqlite_ledger.checkpoint()
    fill(sqlite_ledger, 5)
    Publisher(sqlite_ledger, shelf, vault).publish()
    assert {f"tile/{level}/000.p/{w}" for level in (0, "entries") for w in (4, 8, 13)} <= contents(shelf).keys()


def test_an_opening_disclosed_later_is_published_later(sqlite: Engine, vault: Vault, shelf: Shelf) -> None:
    now = 100 * DAY
    ledger = till_ledger(sqlite, vault, lambda: now)
    publisher = Publisher(ledger, shelf, vault)
    hidden = ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    ledger.act("till/A", Take(1), actor=ALICE)
    publisher.publish()
    assert f"body/00{hidden.idx}" not in contents(shelf)
    now += DAY
    ledger.disclose(["sealed/5e1"], "opened")
    publisher.publish()
    assert f"body/00{hidden.idx}" in contents(shelf)


def test_the_escrow_gets_every_opening_at_once(ledger: Ledger, vault: Vault, shelf: Shelf) -> None:
    play(ledger, vault)
    Publisher(ledger, shelf, vault, everything=True).publish()
    assert len([path for path in contents(shelf) if path.startswith("body/")]) == 23


def test_a_database_behind_its_published_log_publishes_nothing(
    sqlite: Engine, vault: Vault, clock: Callable[[], int], shelf: Shelf, tmp_path: Path
) -> None:
    from archive.database import engine
    from tests.conftest import complete

    ahead = till_ledger(sqlite, vault, clock)
    fill(ahead, 5)
    Publisher(ahead, shelf, vault).publish()
    before = contents(shelf)["checkpoint"]
    other = engine(f"sqlite:///{tmp_path}/restored.db")
    complete(other)
    restored = till_ledger(other, vault, clock)
    for more in (2, 3, 20):
        fill(restored, more)
        with pytest.raises(Damaged) as said:
            Publisher(restored, shelf, vault).publish()
        assert said.value.code == "ledger.fork"
    assert contents(shelf)["checkpoint"] == before
    other.dispose()


def test_a_publisher_that_was_killed_half_way_is_made_good(sqlite_ledger: Ledger, vault: Vault, tmp_path: Path) -> None:
    fill(sqlite_ledger, 300)
    shelf = Folder(tmp_path / "public")
    Publisher(sqlite_ledger, shelf, vault).stage(0, 0)
    sqlite_ledger.checkpoint()
    Publisher(sqlite_ledger, shelf, vault).stage(0, 301)
    with pytest.raises(Missing):
        next(shelf.chunks("checkpoint"))
    (tmp_path / "public" / "tile" / "entries" / "000").unlink()
    assert Publisher(sqlite_ledger, shelf, vault).publish() == 301
    report = Report("shelf")
    read_log(FolderFiles(tmp_path / "public"), parse_checkpoint(parse_note(contents(shelf)["checkpoint"]).text), report)
    assert report.clean


def test_a_public_pack_verifies_and_replays_as_far_as_it_is_open(ledger: Ledger, vault: Vault) -> None:
    play(ledger, vault)
    pack = public_log(ledger, blobs=blobs_of(vault.read))
    report = verify_files(pack, vkeys=vkeys(ledger))
    assert report.text() == ""
    assert report.note_counts["BODY_WITHHELD"] == 2
    assert b"undisclosed" in pack["manifest.json"] and b"sealed" not in pack["manifest.json"]
    again = replay(PackSource(Memory(pack)), DECIDERS)
    assert again.text() == ""
    assert again.note_counts == {"BODY_WITHHELD": 2}
    assert again.facts["decisions"] == 18


def test_the_regulators_pack_holds_everything(ledger: Ledger, vault: Vault, tmp_path: Path) -> None:
    play(ledger, vault)
    pack = regulators_log(ledger, blobs=blobs_of(vault.read))
    with (tmp_path / "pack.zip").open("wb") as file:
        write_zip(pack, file)
    assert verify_pack(tmp_path / "pack.zip", vkeys=vkeys(ledger)).text() == ""
    report = replay(PackSource(Memory(pack)), DECIDERS)
    assert report.text() == "" and report.facts["entries"] == 23


def test_a_restricted_file_stays_out_of_what_is_public_and_its_decisions_are_counted(
    ledger: Ledger, vault: Vault, shelf: Shelf
) -> None:
    kept = vault.put_bytes(b"for the regulator")
    named = Blob(kept.sha256, kept.len, f"text/plain{RESTRICTED}")
    ledger.act("till/A", Count(kept.sha256), actor=ALICE, blobs=(named,))
    ledger.integrate()
    ledger.checkpoint()
    Publisher(ledger, shelf, vault).publish()
    assert shelf.size(blob_path(kept.sha256)) is None
    pack = public_log(ledger, blobs=blobs_of(vault.read))
    assert verify_files(pack, vkeys=vkeys(ledger)).note_counts == {"BLOB_WITHHELD": 1}
    again = replay(PackSource(Memory(pack)), DECIDERS)
    assert (again.text(), again.note_counts) == ("", {"BLOB_WITHHELD": 1})
    whole = regulators_log(ledger, blobs=blobs_of(vault.read))
    assert whole[blob_path(kept.sha256)] == b"for the regulator"
    assert replay(PackSource(Memory(whole)), DECIDERS).note_counts == {}


def test_a_dossier_of_one_stream_verifies_and_replays(ledger: Ledger, vault: Vault) -> None:
    play(ledger, vault)
    pack = dossier(ledger, ["till/A", "till/2"], blobs=blobs_of(vault.read))
    report = verify_files(pack, vkeys=vkeys(ledger))
    assert report.text() == ""
    again = replay(PackSource(Memory(pack)), DECIDERS)
    assert again.text() == "" and again.facts["entries"] == 12


def test_a_dossier_shows_no_sealed_stream_to_the_public(ledger: Ledger, vault: Vault) -> None:
    play(ledger, vault)
    with pytest.raises(Missing) as said:
        dossier(ledger, ["sealed/5e1"])
    assert said.value.code == "ledger.undisclosed"
    assert verify_files(dossier(ledger, ["sealed/5e1"], everything=True), vkeys=vkeys(ledger)).text() == ""
    with pytest.raises(Missing):
        dossier(ledger, ["till/none"])


def test_an_altered_pack_is_named_by_replay_too(sqlite_ledger: Ledger, vault: Vault) -> None:
    play(sqlite_ledger, vault)
    pack = public_log(sqlite_ledger, blobs=blobs_of(vault.read))
    path = next(path for path, raw in pack.items() if path.startswith("body/") and b'"amount":70' in raw)
    forged = pack | {path: pack[path].replace(b'"amount":70', b'"amount":71')}
    assert {d.code for d in replay(PackSource(Memory(forged)), DECIDERS).divergences} == {"BODY_MISMATCH"}
    broken = pack | {path: b"no opening"}
    assert {d.code for d in replay(PackSource(Memory(broken)), DECIDERS).divergences} == {"BODY_BAD"}
    torn = {name: raw for name, raw in pack.items() if not name.startswith("blob/")}
    assert {d.code for d in replay(PackSource(Memory(torn)), DECIDERS).divergences} == {"DECISION_DIFF"}


def test_the_head_map_proves_where_a_stream_ended(ledger: Ledger, vault: Vault) -> None:
    from archive.heads import check_head, stated_map

    play(ledger, vault)
    heads = ledger.record_heads()
    ledger.act("till/A", Take(9), actor=ALICE)
    with ledger.engine.connect() as connection:
        raw = connection.execute(text("SELECT body FROM trace_event WHERE id = :id"), {"id": heads.id}).scalar_one()
    from archive import envelope

    size, root = stated_map(envelope.read(bytes(raw)).data.outcome)
    proof = check_head(ledger.head_proof(heads.id, "till/A"), size, root)
    assert (proof.stream, proof.last_seq) == ("till/A", 10)
    with pytest.raises(Missing):
        ledger.head_proof(heads.id, "till/none")


def test_leaves_on_the_shelf_are_those_of_the_entries(sqlite_ledger: Ledger, vault: Vault, shelf: Shelf) -> None:
    fill(sqlite_ledger, 260)
    Publisher(sqlite_ledger, shelf, vault).publish()
    files = contents(shelf)
    assert files["tile/0/000"] + files["tile/0/001.p/5"] == b"".join(leaf_hashes(public_entries(files)))


def test_a_blob_of_a_sealed_act_is_not_published(sqlite_ledger: Ledger, vault: Vault, shelf: Shelf) -> None:
    kept = vault.put_bytes(b"a price")
    sqlite_ledger.act("sealed/5e1", Hide(1), actor=ALICE, blobs=(Blob(kept.sha256, kept.len, "text/plain"),))
    Publisher(sqlite_ledger, shelf, vault).publish()
    assert not [path for path in contents(shelf) if path.startswith("blob/")]
    sqlite_ledger.disclose(["sealed/5e1"], "opened")
    Publisher(sqlite_ledger, shelf, vault).publish()
    assert [path for path in contents(shelf) if path.startswith("blob/")] == [f"blob/{kept.sha256[:2]}/{kept.sha256}"]


def test_a_decision_whose_file_a_pack_leaves_out_is_counted_and_whose_file_is_gone_diverges(ledger: Ledger, vault: Vault) -> None:
    kept = vault.put_bytes(b"a paper")
    ledger.act("till/A", Count(kept.sha256), actor=ALICE, blobs=(Blob(kept.sha256, kept.len, "text/plain"),))
    ledger.integrate()
    without = replay(PackSource(Memory(public_log(ledger))), DECIDERS)
    assert (without.text(), without.note_counts) == ("", {"BLOB_WITHHELD": 1})
    whole = public_log(ledger, blobs=blobs_of(vault.read))
    gone = {path: raw for path, raw in whole.items() if not path.startswith("blob/")}
    assert set(replay(PackSource(Memory(gone)), DECIDERS).counts) == {"DECISION_DIFF"}
    unread = replay(PackSource(Memory(gone | {"manifest.json": b"["})), DECIDERS)
    assert set(unread.counts) == {"DECISION_DIFF"}
