"""A mirror beside a log: whole, replayed as it grows, and naming whatever is altered; receipts brought up to date."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archive.decider import Context
from archive.errors import Busy, Missing
from archive.faults import Fault
from archive.forks import fork_proof, parse_fork
from archive.ledger import Blob
from archive.ledger.export import own_policy
from archive.merkle import check_consistency
from archive.mirror import Mirror
from archive.notes import parse_note, write_note
from archive.policy import check_checkpoint, parse_policy
from archive.proofs import check_proof, parse_proof
from archive.report import Report
from archive.served import Read, Served, at, folder, tree_of
from archive.shelves import Folder
from archive.signing import Signer
from archive.upgrading import upgraded
from archive.verify.files import Folder as Files
from archive.verify.tree import read_log
from tests.publishers import ALICE, House, house, read, silent
from tests.till import TILL, Command, Count, Event, Hide, Rate, Take, Till

DECIDERS = {"till": TILL, "sealed": TILL}


@pytest.fixture
def home(sqlite: Engine, tmp_path: Path) -> House:
    return house(sqlite, tmp_path)


def escrow(home: House) -> Read:
    """What the platform serves to whoever holds escrow: the shelf, and blobs out of the vault."""
    shelf, vault = folder(home.escrow.root), folder(home.folder / "vault")
    return lambda path, limit: vault(path, limit) if path.startswith("blob/") else shelf(path, limit)


def mirror(home: House, name: str = "mirror") -> Mirror:
    return Mirror(Folder(home.folder / name), folder(home.public.root), escrow(home), parse_policy(home.policy), DECIDERS)


def grown(home: House, acts: int = 3) -> None:
    home.act(acts)
    kept = home.vault.put_bytes(b"paper %d" % home.ledger.state("till/A").taken)
    home.ledger.act("till/A", Count(kept.sha256), actor=ALICE, blobs=(Blob(kept.sha256, kept.len, "text/plain"),))
    home.ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    home.publishing().round()


def codes(report: Report) -> list[str]:
    return sorted(report.counts)


def test_a_mirror_holds_everything_and_replays_what_is_new(home: House, tmp_path: Path) -> None:
    watching = mirror(home)
    for acts, entries in ((3, 6), (300, 302), (1, 3)):
        grown(home, acts)
        report = watching.turn()
        assert report.text() == ""
        assert report.facts["entries replayed"] == entries
    assert watching.turn().facts["entries replayed"] == 0
    kept = Folder(tmp_path / "mirror")
    size = watching.tree.size
    assert len(list(kept.paths("body/"))) == size == home.served.size
    assert len(list(kept.paths("blob/"))) == 3
    checked = Report("mirror")
    read_log(Files(kept.root), tree_of(read(kept, "checkpoint")), checked)
    assert checked.clean
    assert mirror(home).tree == watching.tree, "a restart knows what it has"


class Counting(Folder):
    """Counts the openings that are read back, each of which is then decoded."""

    read = 0

    def chunks(self, path: str) -> Iterator[bytes]:
        self.read += path.startswith("body/")
        return super().chunks(path)


def counted(home: House) -> tuple[Mirror, Counting]:
    kept = Counting(home.folder / "counted")
    return Mirror(kept, folder(home.public.root), escrow(home), parse_policy(home.policy), DECIDERS), kept


def test_a_turn_decodes_what_is_new_however_long_the_log_is(home: House) -> None:
    watching, kept = counted(home)
    for acts in (1, 10, 300, 1):
        grown(home, acts)
        kept.read = 0
        assert watching.turn().text() == ""
        assert kept.read == acts + 2 + (watching.tree.size == 4)
    kept.read = 0
    watching.turn()
    assert kept.read == 0


def test_a_mirror_without_the_states_reads_grown_streams_from_their_beginning(home: House) -> None:
    for acts in (5, 7):
        grown(home, acts)
        again, kept = counted(home)
        assert again.turn().text() == ""
    kept.read = 0
    home.ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    home.publishing().round()
    assert again.turn().text() == ""
    assert kept.read == 1, "the states are at hand again"
    again, kept = counted(home)
    kept.read = 0
    home.ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    home.publishing().round()
    assert again.turn().text() == ""
    assert kept.read == 4, "one stream, all four of its entries"


def test_states_of_streams_beyond_the_limit_are_forgotten(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.mirror.HELD", 1)
    watching, kept = counted(home)
    for whole in (2, 2, 3):  # the log's own stream and a sealed one, then that one alone as it grows
        grown(home, 1)
        kept.read = 0
        assert watching.turn().text() == ""
        assert kept.read == whole + 2, "and of the stream that is held, what is new"


def test_a_state_that_the_log_parts_from_later_is_named(home: House) -> None:
    full = replace(TILL, evolve=lambda till, event: till if till.taken >= 4 else TILL.evolve(till, event))
    watching = Mirror(
        Folder(home.folder / "mirror"), folder(home.public.root), escrow(home), parse_policy(home.policy), {"till": full}
    )
    for expected in ([], ["DECISION_DIFF", "STATE_DIGEST"]):
        home.act(3)
        home.publishing().round()
        assert codes(watching.turn()) == expected


def test_a_restarted_mirror_goes_on(home: House) -> None:
    for acts in (250, 3, 600):
        grown(home, acts)
        assert mirror(home).turn().text() == ""
    assert mirror(home).tree.size == home.served.size


def flipped(path: Path) -> None:
    raw = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(raw[:-2] + bytes([raw[-2] ^ 1]) + raw[-1:])


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda home: flipped(home.public.root / "tile/0/000.p/7"), "TILE_MISMATCH"),
        (lambda home: flipped(home.public.root / "tile/entries/000.p/7"), "ROOT_MISMATCH"),
        (lambda home: (home.public.root / "tile/entries/000.p/7").unlink(), "TILE_MISSING"),
        (lambda home: flipped(home.escrow.root / "body/004"), "BODY_MISMATCH"),
        (lambda home: (home.escrow.root / "body/006").unlink(), "BODY_MISSING"),
        (lambda home: flipped(next((home.folder / "vault/blob").rglob("*/*"))), "BLOB_MISMATCH"),
        (lambda home: next((home.folder / "vault/blob").rglob("*/*")).unlink(), "BLOB_MISSING"),
    ],
)  # fmt: skip
def test_what_is_altered_is_named(home: House, alter: Callable[[House], object], code: str) -> None:
    grown(home, 4)
    assert home.served.size == 7
    alter(home)
    assert code in codes(mirror(home).turn())


def hidden_for_a_while(path: Path) -> Path:
    return path.rename(path.with_name(f"{path.name}.later"))


@pytest.mark.parametrize("restarted", [False, True])
def test_an_opening_that_reaches_escrow_after_the_turn_is_fetched_and_its_stream_decided_anew(
    home: House, restarted: bool
) -> None:
    grown(home, 3)
    late = hidden_for_a_while(home.escrow.root / "body" / "002")
    watching = mirror(home)
    assert "BODY_MISSING" in codes(watching.turn())
    grown(home, 1)
    if restarted:
        watching = mirror(home)
        assert codes(watching.turn()).count("BODY_MISSING") == 1, "named anew by a new process"
    assert "BODY_MISSING" not in codes(watching.turn()), "named once"
    late.rename(late.with_suffix(""))
    report = watching.turn()
    assert report.text() == "" and report.facts["entries replayed"] == 6, "all of that till"
    assert (home.folder / "mirror" / "body" / "002").read_bytes() == (home.escrow.root / "body" / "002").read_bytes()
    assert watching.turn().facts["entries replayed"] == 0
    grown(home, 1)
    assert watching.turn().text() == ""


@pytest.mark.parametrize("restarted", [False, True])
def test_a_blob_that_reaches_escrow_after_the_turn_is_fetched(home: House, restarted: bool) -> None:
    grown(home, 3)
    blob = next((home.folder / "vault/blob").rglob("*/*"))
    late = hidden_for_a_while(blob)
    watching = mirror(home)
    assert "BLOB_MISSING" in codes(watching.turn())
    if restarted:
        watching = mirror(home)
    late.rename(blob)
    assert watching.turn().text() == ""
    assert (home.folder / "mirror" / blob.relative_to(home.folder / "vault")).read_bytes() == blob.read_bytes()
    assert watching.turn().facts["entries replayed"] == 0


def test_an_opening_that_is_mended_after_it_was_altered_is_taken(home: House) -> None:
    grown(home, 3)
    path = home.escrow.root / "body" / "002"
    whole = path.read_bytes()
    flipped(path)
    watching = mirror(home)
    assert "BODY_MISMATCH" in codes(watching.turn())
    assert not (home.folder / "mirror" / "body" / "002").exists()
    path.write_bytes(whole)
    assert watching.turn().text() == ""


def test_a_decision_that_the_rules_do_not_give_is_named(home: House) -> None:
    def generous(till: Till, command: Command, ctx: Context[Rate | None]) -> tuple[Event, ...]:
        return TILL.decide(till, Take(command.amount + 1) if isinstance(command, Take) else command, ctx)

    home.act(2)
    watching = Mirror(
        Folder(home.folder / "mirror"),
        folder(home.public.root),
        escrow(home),
        parse_policy(home.policy),
        {"till": replace(TILL, decide=generous)},
    )
    home.publishing().round()
    assert codes(watching.turn()) == ["DECISION_DIFF"]


def test_a_log_that_begins_again_is_a_fork_and_the_evidence_stays(home: House, tmp_path: Path, sqlite_template: Path) -> None:
    grown(home)
    watching = mirror(home)
    watching.turn()
    before = watching.tree
    home.ledger.engine.dispose()
    shutil.copy(sqlite_template, tmp_path / "log.db")
    again = house(home.ledger.engine, tmp_path / "again", count=0)
    again.time.passes(5)
    again.act(before.size - 1)
    again.publishing().round()
    trusting = parse_policy(own_policy(again.ledger.notary.keys))
    forked = Mirror(Folder(tmp_path / "mirror"), folder(again.public.root), escrow(again), trusting, DECIDERS)
    report = forked.turn()
    assert codes(report) == ["FORK"] and forked.tree == before
    (proof,) = (tmp_path / "mirror" / "evidence").iterdir()
    trees = fork_proof(*parse_fork(proof.read_bytes()), trusting)
    assert trees is not None and trees[0] == before and trees[1].size == before.size


def test_a_smaller_log_is_a_rollback(home: House) -> None:
    grown(home)
    first = read(home.public, "checkpoint")
    grown(home)
    watching = mirror(home)
    watching.turn()
    home.public.replace("checkpoint", first)
    assert codes(watching.turn()) == ["ROLLBACK"]
    assert watching.tree.size > tree_of(first).size


def test_a_checkpoint_without_its_quorum_is_not_followed(home: House) -> None:
    grown(home)
    note = parse_note(read(home.public, "checkpoint"))
    home.public.replace("checkpoint", write_note(note.text, note.lines[:2]))
    watching = mirror(home)
    assert codes(watching.turn()) == ["QUORUM_MISSING"]
    forger = Signer.from_seed(home.ledger.origin, 1, bytes(32))
    home.public.replace("checkpoint", write_note(note.text, [forger.line(note.text)]))
    assert "SIG_MISSING" in codes(watching.turn())
    assert watching.tree.size == 0


def test_a_log_that_is_not_there_yet_is_waited_for(home: House) -> None:
    with pytest.raises(Missing):
        mirror(home).turn()


def test_a_receipt_with_few_cosignatures_becomes_one_with_the_quorum(home: House) -> None:
    home.act(3)
    home.ask, asking = silent(home.witnesses, *home.witnesses), home.ask
    recorded = home.ledger.act("till/A", Take(1), actor=ALICE)
    policy = parse_policy(home.policy)
    poor = home.ledger.receipt(recorded.id)
    with pytest.raises(Fault):
        check_proof(poor, policy)
    served = Served(folder(home.public.root))
    with pytest.raises(Missing):
        upgraded(poor, served)
    home.ask = asking
    home.act(300)
    home.publishing().round()
    rich = upgraded(poor, served, policy)
    assert check_proof(rich, policy).index == recorded.idx
    assert parse_proof(rich).extra == parse_proof(poor).extra


def test_a_receipt_of_another_tree_is_not_upgraded(home: House, tmp_path: Path, sqlite_template: Path) -> None:
    home.act(3)
    home.publishing().round()
    recorded = home.ledger.act("till/A", Take(1), actor=ALICE)
    early = home.ledger.receipt(recorded.id)
    served = Served(folder(home.public.root))
    with pytest.raises(Busy) as said:
        upgraded(early, served)
    assert said.value.code == "upgrading.early"
    altered = early.replace(b"extra ", b"extra A")
    with pytest.raises(Fault):
        upgraded(altered, served)
    home.act(2)
    home.publishing().round()
    tile = home.public.root / "tile/0/000.p/7"
    flipped(tile)
    with pytest.raises(Fault) as other:
        upgraded(early, Served(folder(home.public.root)))
    assert other.value.code in ("FORK", "INCLUSION_BAD")


def test_proofs_out_of_served_tiles(home: House) -> None:
    notes = []
    for acts in (1, 254, 1, 44, 300):
        home.act(acts)
        home.publishing().round()
        notes.append(read(home.public, "checkpoint"))
    served = Served(at(str(home.public.root)))
    trees = [tree_of(note) for note in notes]
    for i, old in enumerate(trees):
        for new in trees[i:]:
            assert served.extends(old, new)
            assert check_consistency(old.size, new.size, old.root, new.root, served.consistency(old.size, new.size))
    (home.public.root / "tile/0/001.p/45").unlink()
    assert Served(folder(home.public.root)).extends(trees[-2], trees[-1]), "the full tile serves"
    for path in (home.public.root / "tile/0").iterdir():
        path.unlink() if path.is_file() else shutil.rmtree(path)
    with pytest.raises(Missing):
        Served(folder(home.public.root)).extends(trees[0], trees[-1])
    assert check_checkpoint(notes[-1], parse_policy(home.policy)).tree == trees[-1]
