"""A database that was restored from a backup comes up to its published log again, and only to that one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from sqlalchemy import Engine, select

from archive.database import disclosed_table, engine, event_table
from archive.errors import Conflict, Damaged, Missing, Refused
from archive.faults import Fault
from archive.ledger import Ledger
from archive.ledger.audit import audit
from archive.ledger.recovery import behind, recover
from archive.ledger.safekeeping import disclosed
from archive.shelves import Bucket, Shelf
from archive.tiles import Publisher
from archive.values import Actor
from archive.vault import Vault
from tests.conftest import till_ledger
from tests.integration.test_replay import play
from tests.till import Hide, Pay, Take

ALICE = Actor(id="u-1", kind="user")


class Site:
    """A log with both its shelves, and a backup that was made before its last acts."""

    def __init__(self, made: Engine, vault: Vault, clock: Callable[[], int], folder: Path) -> None:
        self.vault, self.clock, self.folder = vault, clock, folder
        self.public: Shelf = Bucket(MemoryStore())
        self.escrow: Shelf = Bucket(MemoryStore())
        self.ledger = till_ledger(made, vault, clock)
        self.ledger.act("till/A", Take(1), actor=ALICE)
        self.ledger.act("sealed/5e9", Hide(1), actor=ALICE)
        self.publish()
        made.dispose()
        shutil.copy(str(made.url.database), folder / "backup.db")

    def publish(self) -> None:
        Publisher(self.ledger, self.escrow, self.vault, everything=True).publish()
        Publisher(self.ledger, self.public, self.vault).publish()

    def restored(self) -> Ledger:
        shutil.copy(self.folder / "backup.db", self.folder / "restored.db")
        return till_ledger(engine(f"sqlite:///{self.folder}/restored.db"), self.vault, self.clock, seed=8)


@pytest.fixture
def site(sqlite: Engine, vault: Vault, clock: Callable[[], int], tmp_path: Path) -> Site:
    return Site(sqlite, vault, clock, tmp_path)


def public_ids(ledger: Ledger) -> set[str]:
    with ledger.engine.connect() as connection:
        return set(connection.execute(select(event_table.c.id).join(disclosed_table)).scalars())


def test_a_restored_database_comes_up_to_its_published_log(site: Site) -> None:
    play(site.ledger, site.vault)
    site.ledger.disclose(["sealed/5e9"], "opened")
    site.publish()
    again = site.restored()
    assert behind(again, site.escrow) == 22
    assert recover(again, site.escrow, site.public) == 22
    assert behind(again, site.escrow) == 0
    assert audit(again).text() == ""
    assert public_ids(again) == public_ids(site.ledger)
    with again.engine.connect() as one, site.ledger.engine.connect() as other:
        for table in (
            "till",
            "coin",
            "due",
            "trace_stream",
            "trace_tree",
            "trace_index",
            "trace_blob",
            "trace_event",
            "trace_key",
        ):
            wanted = f"SELECT * FROM {table} ORDER BY 1, 2"
            assert one.exec_driver_sql(wanted).all() == other.exec_driver_sql(wanted).all(), table
    assert again.act("till/A", Take(5), actor=ALICE).seq == site.ledger.act("till/A", Take(5), actor=ALICE).seq
    assert again.checkpoint().split(b"\n")[1] == b"26"
    again.engine.dispose()


def test_what_was_public_and_had_not_reached_the_public_shelf_is_public_again(site: Site) -> None:
    site.ledger.act("till/A", Take(2), actor=ALICE)
    site.ledger.disclose(["sealed/5e9"], "opened")
    site.ledger.act("sealed/5ea", Hide(1), actor=ALICE)
    Publisher(site.ledger, site.escrow, site.vault, everything=True).publish()
    again = site.restored()
    recover(again, site.escrow, site.public)
    assert public_ids(again) == public_ids(site.ledger)
    with again.engine.connect() as connection:
        hidden = select(event_table.c.stream).outerjoin(disclosed_table).where(disclosed_table.c.eid.is_(None))
        assert connection.execute(hidden).scalars().all() == ["sealed/5ea"]
    again.engine.dispose()


def test_an_opening_made_public_long_after_its_entry_is_listed_with_the_next_checkpoint(site: Site) -> None:
    publisher = Publisher(site.ledger, site.escrow, site.vault, everything=True)
    site.ledger.disclose(["sealed/5e9"], "opened")
    assert disclosed(site.escrow, site.ledger, 0) == {0, 1}
    site.ledger.act("till/A", Take(2), actor=ALICE)
    publisher.publish()
    assert disclosed(site.escrow, site.ledger, 0) == {0, 1, 2, 3}
    assert disclosed(site.escrow, site.ledger, 1) == ()


def test_a_list_of_what_is_public_that_the_log_did_not_write_opens_nothing(site: Site) -> None:
    site.ledger.act("till/A", Take(2), actor=ALICE)
    site.publish()
    listed = bytearray(b"".join(site.escrow.chunks("disclosed/000")))
    listed[0] |= 0b0010_0000  # entry 2, which is sealed
    site.escrow.replace("disclosed/000", bytes(listed))
    again = site.restored()
    with pytest.raises(Damaged, match=r"ledger\.safekeeping"):
        recover(again, site.escrow, site.public)
    assert behind(again, site.escrow) == 1
    again.engine.dispose()


def test_recovering_what_is_whole_brings_back_nothing(site: Site) -> None:
    again = site.restored()
    assert recover(again, site.escrow, site.public) == 0
    assert audit(again).text() == ""
    again.engine.dispose()


def test_a_request_repeated_across_a_recovery_is_not_decided_again(site: Site) -> None:
    taken = site.ledger.act("till/A", Take(7), actor=ALICE, key="k7")
    with pytest.raises(Refused):
        site.ledger.act("till/A", Pay(900), actor=ALICE, key="k8")
    with site.ledger.begin(actor=ALICE, write={"till/A", "till/B"}, key="k9") as tx:
        tx.act("till/A", Take(8))
        tx.act("till/B", Take(9))
    site.publish()
    again = site.restored()
    recover(again, site.escrow, site.public)
    size = entries_of(again)
    assert again.act("till/A", Take(7), actor=ALICE, key="k7").id == taken.id
    with pytest.raises(Refused, match=r"till\.short"):
        again.act("till/A", Pay(900), actor=ALICE, key="k8")
    with again.begin(actor=ALICE, write={"till/A", "till/B"}, key="k9") as tx:
        tx.act("till/A", Take(8))
        tx.act("till/B", Take(9))
    assert [r.stream for r in tx.recorded] == ["till/A", "till/B"]
    with pytest.raises(Conflict, match=r"ledger\.key"):
        again.act("till/A", Take(6), actor=ALICE, key="k7")
    assert entries_of(again) == size
    assert again.act("till/A", Take(7), actor=ALICE, key="another").id != taken.id
    assert audit(again).text() == ""
    again.engine.dispose()


def entries_of(ledger: Ledger) -> int:
    with ledger.engine.connect() as connection:
        return len(connection.execute(select(event_table.c.eid)).all())


def test_a_database_that_went_on_by_itself_is_a_fork(site: Site) -> None:
    site.ledger.act("till/A", Take(2), actor=ALICE)
    site.publish()
    again = site.restored()
    again.act("till/A", Take(3), actor=ALICE)
    with pytest.raises(Damaged) as said:
        recover(again, site.escrow, site.public)
    assert said.value.code == "ledger.fork"
    again.engine.dispose()


def test_an_opening_that_is_gone_stops_the_recovery_and_leaves_the_database_as_it_was(site: Site) -> None:
    play(site.ledger, site.vault)
    site.publish()
    again = site.restored()
    with pytest.raises(Missing):
        recover(again, site.public, site.public)
    assert behind(again, site.escrow) == 22
    assert audit(again).text() == ""
    again.engine.dispose()


def test_an_altered_opening_is_not_taken(site: Site) -> None:
    site.ledger.act("till/A", Take(2), actor=ALICE)
    site.publish()
    raw = b"".join(site.escrow.chunks("body/003"))
    site.escrow.replace("body/003", raw.replace(b'"amount":2', b'"amount":3'))
    again = site.restored()
    with pytest.raises(Fault) as said:
        recover(again, site.escrow, site.public)
    assert said.value.code == "BODY_MISMATCH"
    again.engine.dispose()


def test_entries_that_were_committed_and_had_no_position_get_the_one_they_had(postgres_ledger: Ledger, vault: Vault) -> None:
    postgres_ledger.act("till/A", Take(1), actor=ALICE)
    postgres_ledger.integrate()
    postgres_ledger.act("till/A", Take(2), actor=ALICE)
    postgres_ledger.act("till/B", Take(2), actor=ALICE)
    dump = {}
    with postgres_ledger.engine.connect() as connection:
        for table in ("trace_tree", "trace_index", "trace_pending"):
            dump[table] = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
    shelf = Bucket(MemoryStore())
    postgres_ledger.integrate()
    Publisher(postgres_ledger, shelf, vault, everything=True).publish()
    with postgres_ledger.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("DELETE FROM trace_checkpoint")
        for table, rows in dump.items():
            connection.exec_driver_sql(f"DELETE FROM {table}")
            for row in rows:
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", tuple(row))
    assert recover(postgres_ledger, shelf, Bucket(MemoryStore())) == 2
    assert postgres_ledger.integrate() == 0
    assert audit(postgres_ledger).text() == ""
