"""Who an expert is: in no byte of the log, readable by rule, gone with one key, and the log verifies all the same."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore
from sqlalchemy import Engine, select, update

from archive import epochs
from archive.canonical import decode, encode
from archive.database import disclosure_table, engine, event_table, subject_key_table
from archive.disclosures import Disclosure, Hidden
from archive.errors import Conflict, Damaged, Invalid, Refused
from archive.keys import PURPOSES, Keys, log_purposes
from archive.ledger import Ledger
from archive.ledger.audit import audit
from archive.ledger.export import dossier, public_log, regulators_log
from archive.ledger.recovery import behind, recover
from archive.replay import replay
from archive.replay.packs import PackSource
from archive.shelves import Bucket, Shelf
from archive.strict import base64
from archive.tiles import Publisher
from archive.values import Actor
from archive.vault import Vault
from archive.verify import verify_files
from archive.verify.files import Memory
from experts import expert, queries
from experts.expert.messages import Apply, Employment, Forget, IdentityFacts, Person, Review
from tests.conftest import complete

OWNER = Actor(id="u-1", kind="user", role="centre")
STREAM = "expert/E1"
DECIDERS: dict[str, Any] = {"expert": expert.DECIDER}
SAFE = f"private/{STREAM}"
NOBODY = b'{"disclosures":[],"wrapped":""}'
ZHANG = Person("张演示", "13800005305", "zhang@example.test")


def opened(made: Engine, vault: Vault, clock: Callable[[], int]) -> Ledger:
    draw = iter(range(1, 1 << 30))
    return Ledger(
        made, DECIDERS, Keys.fleeting(lambda n: b"k" * n), vault, clock, lambda n: next(draw).to_bytes(n), "log.example/1", "r1"
    )


@pytest.fixture
def log(database: Engine, vault: Vault, clock: Callable[[], int]) -> Ledger:
    return opened(database, vault, clock)


def apply(log: Ledger, person: Person = ZHANG, key: str | None = None, stream: str = STREAM, years: int = 9) -> Hidden:
    with log.begin(actor=OWNER, write={stream}, key=key) as tx:
        hidden = tx.hide(stream, person)
        jobs = (Employment("O", 20200101),)
        command = Apply(
            person=hidden,
            identity=stream.encode().hex().rjust(64, "0"),
            cats=("A0801",),
            region="530500",
            employment=jobs,
            title="高级工程师",
            years=years,
        )
        tx.act(stream, command, IdentityFacts())
    log.integrate()
    return hidden


def forget(log: Ledger) -> None:
    log.act(STREAM, Review(passed=False), actor=OWNER)
    log.act(STREAM, Forget("个人信息保护法 第四十七条"), actor=OWNER)
    log.integrate()


def shelved(log: Ledger, vault: Vault) -> list[Shelf]:
    """Escrow and public shelf after a publication."""
    shelves: list[Shelf] = [Bucket(MemoryStore()), Bucket(MemoryStore())]
    for shelf, everything in zip(shelves, (True, False), strict=True):
        Publisher(log, shelf, vault, everything=everything).publish()
    return shelves


def whole(log: Ledger, vault: Vault) -> bytes:
    """All bytes of bodies, of both shelves and of the packs that hold no private field, and every row of every table."""
    shelves = [
        b"".join(shelf.chunks(path))
        for shelf in shelved(log, vault)
        for path in ("checkpoint", "body/000", "body/001", SAFE)
        if shelf.size(path) is not None
    ]
    packs = [raw for pack in (public_log(log), regulators_log(log)) for raw in pack.values()]
    with log.engine.connect() as connection:
        rows = [row for table in event_table.metadata.sorted_tables for row in connection.execute(select(table))]
        tables = [cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row]
        bodies = list(connection.execute(select(event_table.c.body)).scalars())
    return b"".join([*shelves, *packs, *tables, *bodies])


def test_the_digest_is_that_of_the_specification() -> None:
    disclosed = Disclosure("AAECAwQFBgcICQoLDA0ODw", "name", "张三")
    assert disclosed.text == "WyJBQUVDQXdRRkJnY0lDUW9MREEwT0R3IiwibmFtZSIsIuW8oOS4iSJd"
    assert disclosed.digest == "3Y-DVS8_dEVMQcQpTBHxGdYEJq_Ev-H2y06VQ8YjMkw"


def test_name_and_telephone_stand_in_no_byte_and_are_readable_until_they_are_forgotten(log: Ledger, vault: Vault) -> None:
    hidden = apply(log)
    log.checkpoint()
    stored = whole(log, vault)
    assert len(hidden.sd) == 3 and hidden.sd[0].encode() in stored
    for private in (ZHANG.name, ZHANG.phone, ZHANG.mail):
        assert private.encode() not in stored and private.encode().hex().encode() not in stored
    assert log.reveal(hidden) == {"name": ZHANG.name, "phone": ZHANG.phone, "mail": ZHANG.mail}
    with log.engine.connect() as connection:
        plain, known = queries.expert_view(connection, "E1"), queries.expert_view(connection, "E1", log.reveal)
    assert plain and (plain.name, plain.phone) == ("", "")
    assert known and (known.name, known.phone) == (ZHANG.name, ZHANG.phone)
    with_values = audit(log)
    assert (with_values.text(), with_values.note_counts) == ("", {})
    forget(log)
    assert log.reveal(hidden) is None
    without = audit(log)
    assert (without.text(), without.note_counts) == ("", {"ERASED": 1})
    assert without.facts["decisions"] == with_values.facts["decisions"] + 2  # type: ignore[operator]
    with log.engine.connect() as connection:
        assert connection.execute(select(disclosure_table)).all() == []
        (key,) = connection.execute(select(subject_key_table)).all()
    assert (key.wrapped, key.destroyed_at > 0) == (b"", True)


def test_a_pack_for_the_entitled_carries_disclosures_that_verify_and_decide(log: Ledger) -> None:
    apply(log)
    pack = regulators_log(log, private=True)
    assert [path for path in pack if path.startswith("disclosure/")]
    assert verify_files(pack, vkeys=[key.text for key in log.notary.keys]).text() == ""
    assert replay(PackSource(Memory(pack)), DECIDERS).note_counts == {}
    bare = replay(PackSource(Memory(regulators_log(log))), DECIDERS)
    assert (bare.text(), bare.note_counts) == ("", {"ERASED": 1})
    forget(log)
    assert not [p for p in regulators_log(log, private=True) if p.startswith("disclosure/")]


def test_an_act_under_one_key_stays_one_act(log: Ledger) -> None:
    assert apply(log, key="k1") == apply(log, key="k1")
    with pytest.raises(Conflict, match=r"ledger\.key"):
        apply(log, Person("李演示"), key="k1")
    with log.engine.connect() as connection:
        assert len(connection.execute(select(disclosure_table)).all()) == 3
    assert apply(log, key="k2", stream="expert/E2") != apply(log, key="k3", stream="expert/E3")


def test_what_a_refused_application_said_is_kept_and_forgotten_alike(log: Ledger) -> None:
    with pytest.raises(Refused, match=r"expert\.form"):
        apply(log, Person(" ", "13800005305"))
    with log.engine.connect() as connection:
        assert len(connection.execute(select(disclosure_table)).all()) == 2
    assert audit(log).note_counts == {}


def test_a_value_changed_in_the_database_is_named(log: Ledger) -> None:
    hidden = apply(log)
    with log.engine.begin() as connection:
        sealed = connection.execute(
            select(disclosure_table.c.value_enc).where(disclosure_table.c.path == hidden.sd[0])
        ).scalar_one()
        changed = update(disclosure_table).where(disclosure_table.c.path == hidden.sd[0])
        connection.execute(changed.values(value_enc=sealed[:-1] + bytes([sealed[-1] ^ 1])))
    assert {d.code for d in audit(log).divergences} == {"SD_BAD"}


def test_a_subject_is_a_stream_that_is_held(log: Ledger) -> None:
    with pytest.raises(Invalid, match=r"ledger\.unlocked"), log.begin(actor=OWNER, write={STREAM}) as tx:
        tx.hide("expert/E2", ZHANG)


def test_who_was_forgotten_may_come_back_and_is_somebody_new(log: Ledger) -> None:
    old = apply(log)
    forget(log)
    new = apply(log)
    assert log.reveal(old) is None and new != old
    assert log.reveal(new) is not None and audit(log).text() == ""


def test_a_backup_that_comes_up_to_the_log_forgets_again(
    sqlite: Engine, vault: Vault, clock: Callable[[], int], tmp_path: Any
) -> None:
    log = opened(sqlite, vault, clock)
    hidden = apply(log)
    log.checkpoint()
    sqlite.dispose()
    shutil.copy(str(sqlite.url.database), tmp_path / "backup.db")
    forget(log)
    escrow, public = shelved(log, vault)
    restored = opened(engine(f"sqlite:///{tmp_path}/backup.db"), vault, clock)
    assert restored.reveal(hidden) is not None
    recover(restored, escrow, public)
    assert restored.reveal(hidden) is None
    assert (audit(restored).text(), audit(restored).note_counts) == ("", {"ERASED": 1})


class Loss:
    """A log with a backup of its database, which is lost after acts of ``later``; and the recovery out of its shelves."""

    def __init__(self, made: Engine, vault: Vault, clock: Callable[[], int], folder: Path) -> None:
        self.log, self.vault, self.clock, self.folder = opened(made, vault, clock), vault, clock, folder
        self.log.checkpoint()
        made.dispose()
        shutil.copy(str(made.url.database), folder / "backup.db")

    def restored(self, name: str = "backup.db") -> Ledger:
        made = engine(f"sqlite:///{self.folder}/{name}")
        complete(made)
        return opened(made, self.vault, self.clock)

    def recovered(self, name: str = "backup.db") -> Ledger:
        escrow, public = shelved(self.log, self.vault)
        again = self.restored(name)
        recover(again, escrow, public)
        assert audit(again).text() == ""
        return again


@pytest.fixture
def loss(sqlite: Engine, vault: Vault, clock: Callable[[], int], tmp_path: Path) -> Loss:
    log = opened(sqlite, vault, clock)
    apply(log, Person("王演示", "13800005306"), stream="expert/E9")
    return Loss(sqlite, vault, clock, tmp_path)


@pytest.mark.parametrize("database", ["backup.db", "empty.db"])
def test_who_stood_in_an_entry_after_the_backup_is_readable_again(loss: Loss, database: str) -> None:
    hidden = apply(loss.log)
    again = loss.recovered(database)
    assert again.reveal(hidden) == {"name": ZHANG.name, "phone": ZHANG.phone, "mail": ZHANG.mail}
    assert audit(again).note_counts == {}
    with again.engine.connect() as one, loss.log.engine.connect() as other:
        for table in (disclosure_table, subject_key_table):
            assert set(one.execute(select(table))) == set(other.execute(select(table)))


def test_a_log_whose_database_is_gone_comes_back_on_a_server(loss: Loss, postgres: Engine) -> None:
    hidden = apply(loss.log)
    gone = apply(loss.log, stream="expert/E2")
    loss.log.act("expert/E2", Review(passed=False), actor=OWNER)
    loss.log.act("expert/E2", Forget("个人信息保护法 第四十七条"), actor=OWNER)
    escrow, public = shelved(loss.log, loss.vault)
    again = opened(postgres, loss.vault, loss.clock)
    recover(again, escrow, public)
    assert again.reveal(hidden) == loss.log.reveal(hidden) is not None and again.reveal(gone) is None
    assert (audit(again).text(), audit(again).note_counts) == ("", {"ERASED": 1})


@pytest.mark.parametrize("database", ["backup.db", "empty.db"])
def test_who_was_forgotten_after_the_backup_stays_forgotten(loss: Loss, database: str) -> None:
    hidden = apply(loss.log)
    shelved(loss.log, loss.vault)
    forget(loss.log)
    again = loss.recovered(database)
    assert again.reveal(hidden) is None and audit(again).note_counts == {"ERASED": 1}
    with again.engine.connect() as one:
        assert not one.execute(select(disclosure_table).where(disclosure_table.c.subject == STREAM)).all()
        assert not one.execute(select(subject_key_table.c.wrapped).where(subject_key_table.c.subject == STREAM)).scalar()


def test_of_who_came_back_after_he_was_forgotten_only_the_new_is_readable(loss: Loss) -> None:
    old = apply(loss.log)
    forget(loss.log)
    new = apply(loss.log)
    again = loss.recovered()
    assert (again.reveal(old), again.reveal(new)) == (None, loss.log.reveal(new)) and loss.log.reveal(new) is not None


def test_the_shelf_forgets_with_the_database(loss: Loss) -> None:
    apply(loss.log)
    escrow: Shelf = Bucket(MemoryStore())
    publisher = Publisher(loss.log, escrow, loss.vault, everything=True)
    publisher.publish()
    kept = b"".join(escrow.chunks(SAFE))
    assert kept != NOBODY and not [p for p in (ZHANG.name, ZHANG.phone, ZHANG.mail) if p.encode() in kept]
    forget(loss.log)
    publisher.publish()
    assert b"".join(escrow.chunks(SAFE)) == NOBODY


@pytest.mark.parametrize("what", ["a value", "the key", "no file at all"])
def test_private_fields_that_were_altered_on_the_shelf_stop_the_recovery(loss: Loss, what: str) -> None:
    apply(loss.log)
    escrow, public = shelved(loss.log, loss.vault)
    kept = decode(b"".join(escrow.chunks(SAFE)))
    match what:
        case "a value":
            kept["disclosures"][0][2], kept["disclosures"][1][2] = kept["disclosures"][1][2], kept["disclosures"][0][2]
        case "the key":
            kept["wrapped"] = base64(bytes(len(kept["wrapped"])))
        case _:
            kept = []
    escrow.replace(SAFE, encode(kept))
    again = loss.restored()
    with pytest.raises(Damaged, match=r"keys\.wrapped|ledger\.safekeeping"):
        recover(again, escrow, public)
    assert behind(again, escrow) == 1 and audit(again).text() == ""


def test_private_fields_move_to_the_next_epoch_and_are_forgotten_there_for_good(
    sqlite: Engine, vault: Vault, clock: Callable[[], int], tmp_path: Path
) -> None:
    old = opened(sqlite, vault, clock)
    hidden = apply(old)
    epochs.close(old)
    escrow, _ = shelved(old, vault)
    assert b"".join(escrow.chunks(SAFE)) != NOBODY
    made = engine(f"sqlite:///{tmp_path}/second.db")
    complete(made)
    keys = Keys.create(tmp_path / "keys", lambda n: b"k" * n, (*PURPOSES, *log_purposes("log.example/1/epoch-2")))
    previous = epochs.previous(old.checkpoint(), "planned")
    draw = iter(range(1 << 30, 1 << 31))
    new = Ledger(
        made,
        DECIDERS,
        keys,
        vault,
        clock,
        lambda n: next(draw).to_bytes(n),
        "log.example/1/epoch-2",
        "r1",
        previous=previous,
    )
    epochs.planned(sqlite, new, escrow)
    assert old.reveal(hidden) is None and new.reveal(hidden) is not None
    assert b"".join(escrow.chunks(SAFE)) == NOBODY
    assert audit(new).note_counts == {} and audit(old).note_counts == {"ERASED": 1}
    forget(new)
    assert new.reveal(hidden) is None
    assert (audit(new).text(), audit(new).note_counts) == ("", {"ERASED": 1})
    pack = dossier(new, [STREAM], everything=True, earlier=[old])
    assert verify_files(pack, policy=pack["policy"]).text() == ""
    assert replay(PackSource(Memory(pack)), DECIDERS).note_counts == {"ERASED": 1}
    made.dispose()


def test_an_active_expert_is_not_forgotten(log: Ledger) -> None:
    hidden = apply(log)
    with pytest.raises(Refused, match=r"expert\.phase"):
        log.act(STREAM, Forget("本人请求"), actor=OWNER)
    assert log.reveal(hidden) is not None
