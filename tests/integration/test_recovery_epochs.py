"""Keys rotate on record, epochs end and begin, and a lost database comes back from escrow."""

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from archive import envelope, epochs, rotation
from archive.cosigning import Witnesses
from archive.database import engine as engine_of
from archive.errors import Conflict, Invalid, Missing
from archive.faults import Fault
from archive.keys import PURPOSES, Keys, epoch_of, log_purposes
from archive.ledger import Ledger
from archive.ledger.audit import audit
from archive.ledger.export import blobs_of, dossier, own_policy, public_log, regulators_log
from archive.ledger.recovery import recover
from archive.notes import parse_note
from archive.policy import check_checkpoint, parse_policy
from archive.proofs import check_proof
from archive.publishing import Publishing
from archive.replay import replay
from archive.replay.packs import PackSource
from archive.shelves import Folder
from archive.strict import unbase64
from archive.vault import Vault
from archive.verify import verify_files
from archive.verify.files import Memory
from tests.conftest import complete
from tests.publishers import ALICE, Time, read
from tests.till import TILL, Hide, Take
from tests.witnesses import over_calls, policy_of

ORIGIN = "log.example/1"
DECIDERS = {"till": TILL, "sealed": TILL}


class Place:
    """A folder with keys, vault and shelves, over which ledgers are opened as processes would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = Time()
        self.vault = Vault(Folder(folder / "vault"))
        self.random = random.Random(3).randbytes
        Keys.create(folder / "keys", self.random, PURPOSES)

    def ledger(self, made: Engine, origin: str = ORIGIN, **more: Any) -> Ledger:
        self.time.passes(1)
        keys = Keys.create(self.folder / "keys", self.random, log_purposes(origin))
        return Ledger(made, DECIDERS, keys, self.vault, self.time, self.random, origin, "r1", **more)

    def publishing(self, ledger: Ledger, witnesses: Witnesses | None = None) -> Publishing:
        epoch = f"-{epoch_of(ledger.origin)}"
        return Publishing(
            ledger, Folder(self.folder / f"public{epoch}"), Folder(self.folder / f"escrow{epoch}"), self.vault, witnesses
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def served(publishing: Publishing) -> bytes:
    assert isinstance(publishing.public, Folder)
    return read(publishing.public, "checkpoint")


def take(ledger: Ledger, n: int = 1) -> None:
    for _ in range(n):
        ledger.act("till/A", Take(1), actor=ALICE)


def signers(note: bytes) -> int:
    return len(parse_note(note).lines)


def test_keys_rotate_with_an_overlap_and_nobody_is_left_behind(database: Engine, place: Place) -> None:
    ledger = place.ledger(database)
    take(ledger)
    publishing = place.publishing(ledger)
    publishing.round()
    old = parse_policy(own_policy(ledger.notary.keys))
    with pytest.raises(Conflict):
        rotation.start(ledger)
    Keys.create(place.folder / "keys", place.random, log_purposes(ORIGIN, 2))

    ledger = place.ledger(database)
    rotation.start(ledger)
    publishing = place.publishing(ledger)
    publishing.round()
    note = served(publishing)
    assert signers(note) == 4
    check_checkpoint(note, old)
    new = parse_policy(rotation.accepted(rotation.signed_policy(ledger, own_policy(ledger.notary.keys[1::2])), old))
    check_checkpoint(note, new)
    with pytest.raises(Invalid) as said:
        rotation.finish(ledger, old)
    assert said.value.code == "rotation.policy"
    rotation.finish(ledger, new)
    take(ledger)
    publishing.round()
    note = served(publishing)
    assert signers(note) == 2
    check_checkpoint(note, new)
    with pytest.raises(Fault) as gone:
        check_checkpoint(note, old)
    assert gone.value.code == "SIG_MISSING"
    with pytest.raises(Conflict):
        rotation.finish(ledger, new)

    again = place.ledger(database)
    again.open()
    assert set(again.notary.keys) == set(ledger.notary.keys) and len(again.notary.ever) == 4
    assert audit(again).text() == "", "old checkpoints verify under the keys of their time"
    pack = public_log(again)
    assert verify_files(pack, policy=pack["policy"]).text() == ""


def test_another_process_signs_with_the_new_keys_at_its_next_checkpoint(sqlite: Engine, place: Place) -> None:
    Keys.create(place.folder / "keys", place.random, log_purposes(ORIGIN, 2))
    one, other = place.ledger(sqlite), place.ledger(engine_of(str(sqlite.url)))
    take(one)
    assert signers(other.checkpoint()) == 2
    rotation.start(one)
    assert signers(other.checkpoint()) == 4
    other.engine.dispose()


def test_a_log_whose_keys_are_not_here_signs_nothing(sqlite: Engine, place: Place, tmp_path: Path) -> None:
    place.ledger(sqlite).open()
    stranger = Place(tmp_path / "elsewhere")
    stranger.random(32)
    stranger.random = random.Random(99).randbytes
    for file in (tmp_path / "elsewhere" / "keys").iterdir():
        file.unlink()
    Keys.create(tmp_path / "elsewhere" / "keys", stranger.random, PURPOSES)
    with pytest.raises(Missing) as said:
        stranger.ledger(sqlite).open()
    assert said.value.code == "ledger.signer"


def test_only_a_log_key_that_is_trusted_already_brings_a_new_policy(sqlite: Engine, place: Place, tmp_path: Path) -> None:
    ledger = place.ledger(sqlite)
    ledger.open()
    other = Place(tmp_path / "other")
    other.random = random.Random(99).randbytes
    policy = own_policy(ledger.notary.keys)
    note = rotation.signed_policy(ledger, policy)
    assert rotation.accepted(note, parse_policy(policy)).endswith(policy)
    assert note.startswith(b"# sunlit policy v1\n")
    strange = Keys.fleeting(other.random).log(ORIGIN)
    with pytest.raises(Fault) as said:
        rotation.accepted(note, parse_policy(own_policy([signer.key for signer in strange])))
    assert said.value.code == "SIG_MISSING"
    with pytest.raises(Fault) as said:
        rotation.accepted(note.replace(b"quorum none", b"quorum some"), parse_policy(policy))
    assert said.value.code == "SIG_BAD"
    with pytest.raises(Fault) as said:
        rotation.accepted(ledger.checkpoint(), parse_policy(policy))
    assert said.value.code == "POLICY_BAD"
    with pytest.raises(Fault):
        rotation.signed_policy(ledger, b"no policy\n")
    with pytest.raises(Invalid):
        ledger.notary.signed_text(f"{ORIGIN}\n5\n")


def bodies(ledger: Ledger) -> list[envelope.Body]:
    pack = regulators_log(ledger, blobs=blobs_of(ledger.vault.read))
    found = [envelope.read(raw.partition(b"\n")[2]) for path, raw in sorted(pack.items()) if path.startswith("body/")]
    report = verify_files(pack, policy=pack["policy"])
    assert not report.counts.keys() - ({"QUANTUM_BAD"} if ledger.quantum else set()), report.text()
    return found


@pytest.mark.parametrize("quantum", [0, 8])
def test_a_planned_epoch_ends_the_log_and_its_streams_go_on(
    database: Engine, sqlite_template: Path, place: Place, tmp_path: Path, quantum: int
) -> None:
    ticks = {"quantum": quantum, "tick": 4 if quantum else 0}
    old = place.ledger(database, **ticks)
    take(old, 3)
    old.act("sealed/5e1", Hide(1), actor=ALICE)
    epochs.close(old)
    with pytest.raises(Conflict) as said:
        take(old)
    assert said.value.code == "ledger.ended"
    place.time.now -= place.time.now % 4_000_000
    publishing = place.publishing(old)
    if not quantum:
        publishing.round()
    note = old.checkpoint()
    last = bodies(old)
    assert last[-1].act == "log.closed" and (not quantum or len(last) % quantum == 0)
    assert audit(old).text() == ""

    made = engine_of(f"sqlite:///{tmp_path}/second.db")
    complete(made)
    origin = f"{ORIGIN}/epoch-2"
    epochs.follows(origin, ORIGIN)
    new = place.ledger(made, origin, previous=epochs.previous(note, "planned"), **ticks)
    assert epochs.planned(database, new, publishing.escrow) == len(last)
    take(new)
    if quantum:
        assert new.batch(100) == 2
    found = bodies(new)
    assert found[0].act == "log.opened" and found[0].seq == last[-1].seq + 1
    stated = found[0].data.outcome
    assert stated is not None and stated["epoch"] == 2 and stated["previous"]["why"] == "planned"
    assert unbase64(stated["previous"]["checkpoint"]) == note
    assert [b.seq for b in found if b.stream == "till/A"] == [4], "the stream goes on"
    assert new.state("till/A").taken == 4
    assert {k.text for k in new.notary.keys}.isdisjoint(k.text for k in old.notary.keys)
    assert audit(new).text() == ""
    with pytest.raises(Conflict) as used:
        epochs.planned(database, new, publishing.escrow)
    assert used.value.code == "epochs.used"
    with pytest.raises(Invalid):
        rotation.revoke(new, new.notary.keys[0])
    rotation.revoke(new, old.notary.keys[0])
    made.dispose()


class Years:
    """A log of three planned epochs: ``till/A`` has events in all, ``till/B`` in the first alone, ``till/C`` in the last."""

    def __init__(self, place: Place, first: Engine) -> None:
        self.place = place
        self.ledgers = [place.ledger(first)]
        take(self.ledgers[0], 2)
        self.ledgers[0].act("till/B", Take(1), actor=ALICE)
        for epoch in (2, 3):
            old = self.ledgers[-1]
            place.time.passes(3600)
            epochs.close(old)
            place.publishing(old).round()
            made = engine_of(f"sqlite:///{place.folder}/{epoch}.db")
            complete(made)
            new = place.ledger(made, f"{ORIGIN}/epoch-{epoch}", previous=epochs.previous(old.checkpoint(), "planned"))
            epochs.planned(old.engine, new, place.publishing(old).escrow)
            place.time.passes(3600)
            take(new)
            self.ledgers.append(new)
        self.ledgers[-1].act("till/C", Take(1), actor=ALICE)

    def dossier(self, *streams: str) -> dict[str, bytes]:
        return dossier(self.ledgers[2], streams, earlier=self.ledgers[1::-1])


def faults(pack: dict[str, bytes]) -> str:
    report = verify_files(pack, policy=pack["policy"])
    replayed = replay(PackSource(Memory(pack)), DECIDERS)
    return report.text() + replayed.text()


@pytest.fixture
def years(sqlite: Engine, place: Place) -> Years:
    return Years(place, sqlite)


@pytest.mark.parametrize("streams", [("till/A",), ("till/B",), ("till/C",), ("till/A", "till/B", "till/C")])
def test_a_dossier_of_streams_that_live_across_new_year_is_whole(years: Years, streams: tuple[str, ...]) -> None:
    pack = years.dossier(*streams)
    assert faults(pack) == ""
    report = verify_files(pack, policy=pack["policy"])
    assert report.note_counts == {}
    assert {"epoch/2.tlog-proof", "epoch/3.tlog-proof"} <= pack.keys()
    assert ("stream/till/A/epoch-1.tlog-proof" in pack) == ("till/A" in streams)


def test_the_part_of_an_earlier_epoch_is_a_receipt_under_its_own_policy(years: Years) -> None:
    receipt = years.dossier("till/A")["stream/till/A/epoch-1.tlog-proof"]
    opened = check_proof(receipt, parse_policy(own_policy(years.ledgers[0].notary.keys)))
    assert envelope.read(opened.body or b"").seq == 2
    with pytest.raises(Fault):
        check_proof(receipt, parse_policy(own_policy(years.ledgers[1].notary.keys)))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("epoch/3.tlog-proof", "FILE_MISSING"),
        ("epoch/2.tlog-proof", "FILE_MISSING"),
        ("stream/till/A/epoch-1.tlog-proof", "FILE_MISSING"),
        ("stream/till/A/epoch-2.tlog-proof", "FILE_MISSING"),
        ("stream/till/A/last.tlog-proof", "FILE_EXTRA"),
        ("stream/till/A/1", "FILE_MISSING"),
        ("stream/till/A/3", "FILE_MISSING"),
        ("stream/till/B/epoch-1.tlog-proof", "FILE_MISSING"),
        ("stream/till/B/1", "FILE_MISSING"),
    ],
)
def test_whatever_is_taken_out_of_it_is_missed(years: Years, path: str, code: str) -> None:
    pack = years.dossier("till/A", "till/B")
    del pack[path]
    assert code in verify_files(pack, policy=pack["policy"]).counts


def test_a_receipt_of_another_epoch_or_stream_does_not_stand_in(years: Years) -> None:
    pack = years.dossier("till/A", "till/B")
    top = "stream/till/A/"
    other = pack | {f"{top}epoch-1.tlog-proof": pack[f"{top}epoch-2.tlog-proof"]}
    assert "PROOF_BAD" in verify_files(other, policy=pack["policy"]).counts
    other = pack | {f"{top}epoch-1.tlog-proof": pack["stream/till/B/epoch-1.tlog-proof"]}
    assert "BODY_MISMATCH" in verify_files(other, policy=pack["policy"]).counts
    other = pack | {"epoch/3.tlog-proof": pack[f"{top}last.tlog-proof"]}
    assert verify_files(other, policy=pack["policy"]).counts.keys() & {"PROOF_BAD"}


def test_a_dossier_of_what_began_earlier_needs_that_epochs_ledger(years: Years) -> None:
    with pytest.raises(Missing) as said:
        dossier(years.ledgers[2], ["till/A"])
    assert said.value.code == "ledger.earlier"
    with pytest.raises(Missing):
        dossier(years.ledgers[2], ["till/A"], earlier=years.ledgers[:1])
    alone = dossier(years.ledgers[2], ["till/C"])
    assert faults(alone) == ""


def test_an_epoch_after_a_loss_names_what_was_published_last(sqlite: Engine, place: Place, tmp_path: Path) -> None:
    old = place.ledger(sqlite)
    take(old, 3)
    publishing = place.publishing(old)
    publishing.round()
    note = served(publishing)
    made = engine_of(f"sqlite:///{tmp_path}/second.db")
    complete(made)
    new = place.ledger(made, f"{ORIGIN}/epoch-2", previous=epochs.previous(note, "lost"))
    epochs.lost(new, "机房火灾,数据库与第三方存证均毁损")
    take(new)
    place.publishing(new).round()
    found = bodies(new)
    assert [b.act for b in found] == ["log.opened", "log.incident", "till.taken"]
    assert [b.seq for b in found] == [1, 2, 1]
    pack = public_log(new)
    assert verify_files(pack, policy=pack["policy"]).text() == ""
    assert replay(PackSource(Memory(pack)), DECIDERS).text() == ""
    assert served(publishing) == note, "the last checkpoint of the old log is still served"
    made.dispose()


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("x/log", "x/log/epoch-2", True),
        ("x/log/epoch-2", "x/log/epoch-3", True),
        ("x/log", "x/log/epoch-3", False),
        ("x/log", "x/log", False),
        ("x/log/epoch-2", "x/log/epoch-2/epoch-3", False),
        ("x/log", "y/log/epoch-2", False),
    ],
)
def test_epochs_are_numbered_without_a_gap(old: str, new: str, right: bool) -> None:
    if right:
        epochs.follows(new, old)
    else:
        with pytest.raises(Invalid):
            epochs.follows(new, old)


def test_a_long_checkpoint_leaves_its_long_cosignatures_out(sqlite: Engine, place: Place) -> None:
    ledger = place.ledger(sqlite)
    ledger.open()
    note = ledger.checkpoint()
    few = b"".join(b"\xe2\x80\x94 witness.example/%d %s\n" % (n, b"A" * 96) for n in range(3))
    many = b"".join(b"\xe2\x80\x94 witness.example/%d %s\n" % (n, b"A" * 3200) for n in range(12))
    assert unbase64(epochs.previous(note + few, "planned")["checkpoint"]) == note + few
    assert unbase64(epochs.previous(note + many + few, "planned")["checkpoint"]) == note + few


def test_a_lost_database_comes_back_from_escrow_and_the_witnesses_go_on(sqlite: Engine, place: Place, tmp_path: Path) -> None:
    from archive.witness import Witness

    ledger = place.ledger(sqlite)
    keys = Keys({"witness-ed25519": bytes(32), "witness-mldsa44": bytes(32)}).witness("witness.example/1")
    witness = Witness(tmp_path / "w.db", {ORIGIN: ledger.notary.keys}, keys, place.time)
    policy = policy_of(ledger.notary.keys, {"http://w": witness.vkeys}, 1)
    ask = over_calls({"http://w": witness})
    publishing = place.publishing(ledger, Witnesses(policy, ask))
    take(ledger, 5)
    publishing.round()
    hidden = ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    receipt = publishing.receipt(hidden)
    before = {path: read(publishing.escrow, path) for path in publishing.escrow.paths("tile/")}  # type: ignore[arg-type]

    made = engine_of(f"sqlite:///{tmp_path}/empty.db")
    complete(made)
    again = place.ledger(made)
    assert recover(again, publishing.escrow, publishing.public) == 7
    assert again.state("till/A") == ledger.state("till/A")
    take(again, 2)
    late = place.publishing(again, Witnesses(policy, ask))
    late.round()
    verdict = check_checkpoint(served(late), parse_policy(policy))
    assert verdict.tree.size == 9
    assert check_proof(receipt, parse_policy(own_policy(again.notary.keys))).index == hidden.idx
    assert audit(again).text() == ""
    assert before.items() <= {path: read(late.escrow, path) for path in late.escrow.paths("tile/")}.items()  # type: ignore[arg-type]
    made.dispose()
