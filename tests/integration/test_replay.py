"""Replay finds nothing in an honest store and names every alteration of a dishonest one."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text

from archive.decider import Decider
from archive.errors import Damaged, Refused
from archive.ledger import Blob, Ledger
from archive.ledger.audit import audit
from archive.ledger.mixing import DECOYS
from archive.ledger.rebuild import rebuild
from archive.report import Divergence
from archive.values import Actor
from archive.vault import Vault
from tests.conftest import till_ledger
from tests.till import TILL, Count, Hide, Pay, Rate, Show, Take, Till

ALICE = Actor(id="u-1", kind="user")


def play(ledger: Ledger, vault: Vault) -> None:
    """A bit of everything."""
    kept = vault.put_bytes(b"counted")
    for n in range(1, 8):
        ledger.act("till/A", Take(n, "早"), actor=ALICE, facts=Rate(0))
        ledger.act(f"till/{n}", Take(10 * n), actor=ALICE, key=f"k{n}", rx=ledger.clock())
    ledger.act("till/A", Pay(3), actor=ALICE)
    with pytest.raises(Refused):
        ledger.act("till/A", Pay(3), actor=ALICE)
    ledger.act("till/A", Count(kept.sha256), actor=ALICE, blobs=(Blob(kept.sha256, kept.len, "text/plain"),))
    for n in (1, 2):
        ledger.act(f"sealed/5e{n}", Hide(n), actor=ALICE)
    with ledger.begin(actor=ALICE, write={"till/1"}, read={"sealed/5e1", "sealed/5e2"}) as tx:
        heads = tuple((h.stream, h.last_seq, h.last_leaf) for h in map(tx.head, ("sealed/5e1", "sealed/5e2")))
        tx.act("till/1", Show(), facts=Rate(heads=heads))
    ledger.close_stream("till/2", actor=ALICE)
    ledger.integrate()
    ledger.record_heads()
    ledger.integrate()
    ledger.checkpoint()


@pytest.fixture
def played(ledger: Ledger, vault: Vault) -> Ledger:
    play(ledger, vault)
    return ledger


@contextmanager
def unguarded(made: Engine) -> Iterator[Callable[[str], None]]:
    """As somebody who owns the database."""
    if made.dialect.name == "sqlite":
        raw = sqlite3.connect(str(made.url.database))
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        yield lambda statement: raw.execute(statement) and None
        raw.commit()
        raw.close()
    else:
        with made.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield lambda statement: connection.execute(text(statement)) and None


def found(ledger: Ledger, *statements: str) -> list[Divergence]:
    with unguarded(ledger.engine) as run:
        for statement in statements:
            run(statement)
    report = audit(ledger)
    assert not report.clean and report.exit_code == 1
    return report.divergences


def test_an_honest_store_replays_without_a_divergence(played: Ledger) -> None:
    report = audit(played)
    assert report.text() == ""
    assert report.verdicts() == {"L1": "pass", "L2": "pass", "L3": "pass"}
    assert report.facts["entries"] == report.facts["size"] == 23
    assert report.facts["decisions"] == 20
    assert report.facts["rows"] == 21


def test_the_same_store_gives_the_same_report(played: Ledger) -> None:
    assert audit(played).json() == audit(played).json()


def test_entries_that_wait_for_their_position_are_replayed_too(postgres_ledger: Ledger) -> None:
    postgres_ledger.act("till/A", Take(1), actor=ALICE)
    report = audit(postgres_ledger)
    assert report.text() == ""
    assert (report.facts["entries"], report.facts["size"]) == (2, 0)


@pytest.mark.parametrize(
    ("table", "column", "value", "pk", "expected", "said"),
    [
        ("till", "held", "7", "A", "25", "7"),
        ("till", "note", "'晚'", "A", "早", "晚"),
        ("till", "seal", "{bytes}", "A", "x'", "x'00'"),
        ("till", "shut", "{true}", "A", "False", "True"),
        ("coin", "amount", "9", "A, 2", "2", "9"),
    ],
)
def test_one_altered_cell_is_named_and_nothing_else(
    played: Ledger, table: str, column: str, value: str, pk: str, expected: str, said: str
) -> None:
    sqlite = played.engine.dialect.name == "sqlite"
    value = value.format(bytes="x'00'" if sqlite else "'\\x00'", true="1" if sqlite else "true").replace("\\", "\\")
    where = "id = 'A'" if table == "till" else "till = 'A' AND no = 2"
    (one,) = found(played, f"UPDATE {table} SET {column} = {value} WHERE {where}")
    assert (one.level, one.code, one.table, one.pk, one.column) == ("L2", "CELL_DIFF", table, pk, column)
    assert one.expected is not None and one.expected.startswith(expected) and one.found == said
    assert one.evidence == "all digests agree: changed out of band"
    assert one.last_writer is not None and one.stream == "till/A" and one.first_bad is None


def test_a_removed_row_is_named(played: Ledger) -> None:
    (one,) = found(played, "DELETE FROM coin WHERE till = 'A' AND no = 2")
    assert (one.code, one.table, one.pk, one.stream) == ("ROW_MISSING", "coin", "A, 2", "till/A")


def test_a_row_that_no_stream_implies_is_named(played: Ledger) -> None:
    (one,) = found(played, "INSERT INTO coin VALUES ('A', 3, 3)")
    assert (one.code, one.table, one.pk) == ("ROW_EXTRA", "coin", "A, 3")


def test_a_key_that_was_changed_shows_as_one_row_less_and_one_more(played: Ledger) -> None:
    codes = {(d.code, d.pk) for d in found(played, "UPDATE coin SET no = 99 WHERE till = 'A' AND no = 2")}
    assert codes == {("ROW_MISSING", "A, 2"), ("ROW_EXTRA", "A, 99")}


def test_every_altered_cell_is_named_not_only_the_first(played: Ledger) -> None:
    said = found(played, "UPDATE till SET held = held + 1")
    assert len(said) == 8 and {d.column for d in said} == {"held"}


ID = "(SELECT id FROM trace_event WHERE stream = 'till/A' AND seq = 2)"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE trace_event SET salt = leaf WHERE stream = 'till/A' AND seq = 2", {("BODY_MISMATCH", "trace_event", "body")}),
        ("UPDATE trace_event SET body = salt WHERE stream = 'till/A' AND seq = 2", {("BODY_MISMATCH", "trace_event", "body")}),
        ("UPDATE trace_event SET entry = salt WHERE stream = 'till/A' AND seq = 2", {("ENTRY_MISMATCH", "trace_event", "entry")}),
        ("UPDATE trace_event SET leaf = salt WHERE stream = 'till/A' AND seq = 2", {("ENTRY_MISMATCH", "trace_event", "leaf")}),
        ("UPDATE trace_event SET id = '00000000' WHERE stream = 'till/A' AND seq = 2", {("CELL_DIFF", "trace_event", "id")}),
        (
            "UPDATE trace_event SET seq = 77 WHERE stream = 'till/3'",
            {("CELL_DIFF", "trace_event", "seq"), ("CELL_DIFF", "trace_stream", "last_seq")},
        ),
        ("UPDATE trace_stream SET last_seq = 99 WHERE stream = 'till/A'", {("CELL_DIFF", "trace_stream", "last_seq")}),
        ("UPDATE trace_stream SET last_leaf = '' WHERE stream = 'till/A'", {("CELL_DIFF", "trace_stream", "last_leaf")}),
        ("UPDATE trace_stream SET last_at = 5 WHERE stream = 'till/A'", {("CELL_DIFF", "trace_stream", "last_at")}),
        ("UPDATE trace_stream SET closed = {false} WHERE stream = 'till/2'", {("CELL_DIFF", "trace_stream", "closed")}),
        ("DELETE FROM trace_stream WHERE stream = 'till/A'", {("ROW_MISSING", "trace_stream", None)}),
        ("UPDATE trace_tree SET root = ''", {("ROOT_MISMATCH", None, None)}),
        ("UPDATE trace_tree SET size = 99", {("ROOT_MISMATCH", None, None)}),
        ("UPDATE trace_checkpoint SET root = ''", {("ROOT_MISMATCH", None, None), ("NOTE_BAD", None, None)}),
        (
            "UPDATE trace_checkpoint SET note = replace(note, 'log.example', 'log.other')",
            {("ORIGIN_BAD", None, None)},
        ),
        ("DELETE FROM trace_index WHERE idx = 22", {("INCLUSION_BAD", None, None), ("ROOT_MISMATCH", None, None)}),
    ],
)
def test_an_altered_record_is_named(played: Ledger, statement: str, expected: set[tuple[str, str | None, str | None]]) -> None:
    sqlite = played.engine.dialect.name == "sqlite"
    statement = statement.format(false="0" if sqlite else "false")
    if sqlite:
        statement = statement.replace("= ''", "= x''").replace("SET note = x''", "SET note = ''")
    said = {(d.code, d.table, d.column) for d in found(played, statement)}
    assert expected <= said
    assert {code for code, _, _ in said} == {code for code, _, _ in expected}


def test_a_leaf_exchanged_in_the_index_is_named(played: Ledger) -> None:
    other = "(SELECT leaf FROM trace_event WHERE stream = 'till/A' AND seq = 3)"
    codes = {d.code for d in found(played, f"UPDATE trace_index SET leaf = {other} WHERE idx = 1")}
    assert "ROOT_MISMATCH" in codes and "BODY_MISMATCH" in codes


def test_two_entries_exchanged_in_the_index_are_named(played: Ledger) -> None:
    other = "SELECT e.eid FROM trace_event e JOIN trace_index i ON i.leaf = e.leaf WHERE i.idx = 3 - trace_index.idx"
    apart, crossed = "SET eid = -eid WHERE idx IN (1, 2)", f"SET eid = ({other}) WHERE idx IN (1, 2)"
    codes = {(d.code, d.where) for d in found(played, f"UPDATE trace_index {apart}", f"UPDATE trace_index {crossed}")}
    assert codes >= {("BODY_MISMATCH", "entry 1"), ("BODY_MISMATCH", "entry 2")}


def test_a_log_whose_positions_are_mixed_replays_without_a_divergence(
    database: Engine, vault: Vault, clock: Callable[[], int]
) -> None:
    ledger = till_ledger(database, vault, clock, quantum=16)
    ledger.open()
    for n in range(12):
        ledger.act(f"till/{n}", Take(n + 1), actor=ALICE)
    with ledger.begin(actor=Actor.system("decoy"), write={DECOYS}, legal=True) as tx:
        for _ in range(3):
            tx.note(DECOYS, "system.decoy", {}, public=False)
    ledger.batch(16)
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(DISTINCT idx - eid) FROM trace_index")).scalar_one() > 1
    report = audit(ledger)
    assert report.text() == ""
    assert report.facts["entries"] == report.facts["size"] == 16


def test_an_absurd_position_is_named_and_costs_nothing(played: Ledger) -> None:
    codes = {(d.code, d.where) for d in found(played, "UPDATE trace_index SET idx = 4000000000000000000 WHERE idx = 22")}
    assert ("TILE_MISSING", "entry 22") in codes


def test_an_event_that_vanished_is_named(played: Ledger) -> None:
    codes = {(d.code, d.where) for d in found(played, "DELETE FROM trace_event WHERE stream = 'till/7'")}
    assert ("BODY_MISSING", "entry 14") in codes
    assert ("CHAIN_GAP", "till/7") in codes


def test_of_an_event_that_vanished_stream_and_number_are_named(played: Ledger) -> None:
    delete = "DELETE FROM trace_event WHERE (stream, seq) IN (('till/A', 2), ('till/7', 1))"
    texts = {d.text for d in found(played, delete) if d.code == "BODY_MISSING"}
    assert texts == {f"the event of this position is gone: {name}" for name in ("till/A 2", "till/7 1")}


def test_of_a_stream_that_vanished_what_its_end_says_is_named(played: Ledger) -> None:
    events = "DELETE FROM trace_event WHERE stream = 'till/A'"
    with played.engine.connect() as connection:
        last = connection.execute(text("SELECT last_seq FROM trace_stream WHERE stream = 'till/A'")).scalar_one()
    texts = [d.text for d in found(played, events) if d.code == "BODY_MISSING"]
    assert sum(said.endswith(f"till/A {last}") for said in texts) == 1
    assert sum(said.endswith("which nothing names any more") for said in texts) == len(texts) - 1 > 0


def test_a_row_that_agrees_with_a_forged_body_does_not_help_the_forger(played: Ledger) -> None:
    forged = "CAST(replace(CAST(body AS TEXT), '70', '71') AS BLOB)"
    if played.engine.dialect.name != "sqlite":
        forged = "convert_to(replace(convert_from(body, 'UTF8'), '70', '71'), 'UTF8')"
    said = found(
        played,
        f"UPDATE trace_event SET body = {forged} WHERE stream = 'till/7'",
        "UPDATE till SET held = 71 WHERE id = '7'",
        "UPDATE coin SET amount = 71 WHERE till = '7'",
    )
    assert [(d.code, d.stream) for d in said] == [("BODY_MISMATCH", "till/7")]


def test_other_rules_than_those_that_decided_show_as_decisions_and_states(
    sqlite: Engine, vault: Vault, clock: Callable[[], int]
) -> None:
    play(till_ledger(sqlite, vault, clock), vault)

    def generous(till: Till, command: object, ctx: object) -> tuple[object, ...]:
        if isinstance(command, Pay):
            return ()
        return TILL.decide(till, command, ctx)  # type: ignore[arg-type]

    changed: Decider[object, object, object, object] = Decider(
        **{name: getattr(TILL, name) for name in TILL.__dataclass_fields__} | {"decide": generous}
    )
    ledger = till_ledger(sqlite, vault, clock)
    ledger.deciders = {"till": changed, "sealed": changed}  # type: ignore[dict-item]
    report = audit(ledger)
    assert [(d.level, d.code, d.stream) for d in report.divergences] == [("L3", "DECISION_DIFF", "till/A")] * 2
    assert {d.found for d in report.divergences} == {
        '{"events":[{"no":3,"type":"till.paid"}]}',
        '{"refused":{"code":"till.short","params":{"asked":3,"held":25}}}',
    }
    assert report.verdicts() == {"L1": "pass", "L2": "pass", "L3": "fail"}


def test_a_reducer_that_changed_shows_where_it_parts_from_the_log(sqlite: Engine, vault: Vault, clock: Callable[[], int]) -> None:
    play(till_ledger(sqlite, vault, clock), vault)

    def forgetful(till: Till, event: object) -> Till:
        after = TILL.evolve(till, event)  # type: ignore[arg-type]
        return after if after.taken < 5 else Till(after.coins, after.taken, "", after.counted)

    changed: Decider[object, object, object, object] = Decider(
        **{name: getattr(TILL, name) for name in TILL.__dataclass_fields__} | {"evolve": forgetful}
    )
    ledger = till_ledger(sqlite, vault, clock)
    ledger.deciders = {"till": changed, "sealed": changed}  # type: ignore[dict-item]
    said = audit(ledger).divergences
    digests = [d for d in said if d.code == "STATE_DIGEST"]
    cells = [d for d in said if d.code == "CELL_DIFF"]
    assert digests[0].stream == "till/A" and digests[0].event == digests[0].first_bad
    assert {(d.column, d.found) for d in cells} == {("note", "早"), ("seal", cells[-1].found)}
    assert all(d.first_bad == digests[0].event for d in cells)


def test_a_blob_that_is_gone_shows_where_it_decided(played: Ledger, vault: Vault) -> None:
    class Empty:
        def read(self, sha256_hex: str) -> bytes:
            return vault.read("0" * 64)

    played.vault = Empty()
    (one,) = audit(played).divergences
    assert one.code == "DECISION_DIFF" and one.expected is not None and "vault.none" in one.expected


def test_altered_rows_are_rebuilt_from_the_log_and_that_is_on_record(played: Ledger) -> None:
    found(played, "UPDATE till SET held = 7", "DELETE FROM coin", "DELETE FROM due")
    done = rebuild(played, ALICE)
    played.integrate()
    assert audit(played).text() == ""
    with played.engine.connect() as connection:
        body = connection.execute(text("SELECT body FROM trace_event WHERE id = :id"), {"id": done.id}).scalar_one()
        assert b'"outcome":{"rows":21}' in bytes(body)
        assert connection.execute(text("SELECT count(*) FROM due")).scalar() == 10, "sealed ones too"
    assert played.act("till/A", Pay(2), actor=ALICE).seq == 11


def test_rows_are_not_rebuilt_from_a_log_that_does_not_hold(played: Ledger) -> None:
    found(played, "UPDATE till SET held = 7", "UPDATE trace_event SET salt = leaf WHERE stream = 'till/A' AND seq = 2")
    with pytest.raises(Damaged):
        rebuild(played, ALICE)
    with played.engine.connect() as connection:
        assert set(connection.execute(text("SELECT held FROM till")).scalars()) == {7}
