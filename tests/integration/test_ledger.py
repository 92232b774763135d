"""Acts, refusals, keys, receipts: what the ledger promises, on both databases."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, func, select, text

from archive import canonical
from archive.bodies import title
from archive.database import disclosed_table, event_table, index_table
from archive.entry import leaf
from archive.errors import Busy, Conflict, Denied, Invalid, Missing, Refused
from archive.ledger import Blob, Ledger
from archive.policy import Policy, parse_policy
from archive.proofs import check_proof
from archive.strict import base64
from archive.values import HOUR, MINUTE, SECOND, Actor, instant_text
from archive.vault import Vault
from tests.till import Count, Hide, Pay, Rate, Show, Take, Till, coin_table, till_table

ALICE = Actor(id="u-1", kind="user", org="o-1")
BOB = Actor(id="u-2", kind="user")


def bodies(ledger: Ledger, stream: str) -> list[dict[str, object]]:
    with ledger.engine.connect() as connection:
        found = connection.execute(select(event_table.c.body).where(event_table.c.stream == stream).order_by(event_table.c.seq))
        return [canonical.decode(raw) for raw in found.scalars()]


def policy(ledger: Ledger) -> Policy:
    keys = bodies(ledger, "system/log")[0]["data"]["outcome"]["keys"]
    return parse_policy("".join(f"log {key}\n" for key in keys).encode() + b"quorum none\n")


def rows(engine: Engine, table: object) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(table))]


def test_the_first_entry_of_a_log_names_its_keys(ledger: Ledger) -> None:
    ledger.open()
    ledger.open()
    first = bodies(ledger, "system/log")
    assert [b["act"] for b in first] == ["log.opened"]
    assert first[0]["data"]["outcome"]["origin"] == "log.example/1"
    assert len(first[0]["data"]["outcome"]["keys"]) == 2


def test_an_act_is_decided_projected_and_on_record(ledger: Ledger) -> None:
    done = ledger.act("till/A", Take(100, "早"), actor=ALICE)
    assert (done.stream, done.seq, done.act) == ("till/A", 1, "till.taken")
    assert ledger.state("till/A") == Till({"1": 100}, 1, "早")
    assert [row[:3] for row in rows(ledger.engine, till_table)] == [("A", 100, "早")]
    (body,) = bodies(ledger, "till/A")
    assert body["data"] == {
        "command": {"type": "till.take", "amount": 100, "note": "早"},
        "outcome": {"events": [{"type": "till.taken", "no": 1, "amount": 100, "note": "早"}]},
    }
    assert body["actor"] == {"id": "u-1", "kind": "user", "org": "o-1"}
    assert body["after"][0]["t"] == "till" and body["after"][0]["id"] == "A"


def test_entries_of_a_stream_form_a_chain(ledger: Ledger) -> None:
    for amount in (1, 2, 3):
        ledger.act("till/A", Take(amount), actor=ALICE)
    with ledger.engine.connect() as connection:
        found = connection.execute(select(event_table).where(event_table.c.stream == "till/A").order_by(event_table.c.seq)).all()
    previous = ""
    for row in found:
        assert canonical.decode(row.body)["prev"] == previous
        assert row.leaf == leaf(row.salt, row.body)
        previous = base64(row.leaf)


def test_a_refusal_is_on_record_before_it_is_raised(ledger: Ledger) -> None:
    ledger.act("till/A", Take(5), actor=ALICE)
    with pytest.raises(Refused) as said:
        ledger.act("till/A", Pay(6), actor=BOB)
    assert said.value.code == "till.short"
    last = bodies(ledger, "till/A")[-1]
    assert (last["act"], last["actor"]["id"]) == ("till.refused", "u-2")
    assert last["data"]["outcome"] == {"refused": {"code": "till.short", "params": {"asked": 6, "held": 5}}}
    assert "after" not in last
    assert ledger.state("till/A").coins == {"1": 5}


def test_a_refusal_drops_the_other_acts_of_its_transaction(ledger: Ledger) -> None:
    with pytest.raises(Refused), ledger.begin(actor=ALICE, write={"till/A", "till/B"}) as tx:
        tx.act("till/A", Take(5))
        tx.post("notice", till="A")
        tx.act("till/B", Pay(1))
    assert bodies(ledger, "till/A") == []
    assert [b["act"] for b in bodies(ledger, "till/B")] == ["till.refused"]
    assert rows(ledger.engine, till_table) == []
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar() == 0


def test_a_refusal_is_recorded_even_if_its_caller_swallows_it(ledger: Ledger) -> None:
    with pytest.raises(Refused), ledger.begin(actor=ALICE, write={"till/A"}) as tx:
        try:
            tx.act("till/A", Pay(1))
        except Refused:
            tx.state("till/A")
    assert [b["act"] for b in bodies(ledger, "till/A")] == ["till.refused"]


def test_a_refusal_that_rests_on_a_dropped_act_is_not_put_on_record_alone(ledger: Ledger) -> None:
    ledger.act("till/A", Take(5), actor=ALICE)
    with pytest.raises(Refused), ledger.begin(actor=ALICE, write={"till/A"}) as tx:
        tx.act("till/A", Pay(5))
        tx.act("till/A", Pay(5))
    assert len(bodies(ledger, "till/A")) == 1
    assert ledger.state("till/A").coins == {"1": 5}


def test_what_is_no_refusal_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(Denied), ledger.begin(actor=ALICE, write={"till/A"}) as tx:
        tx.act("till/A", Take(5))
        raise Denied("till.not-yours")
    assert bodies(ledger, "till/A") == []
    assert ledger.state("till/A") == Till()


def test_one_transaction_acts_on_several_streams(ledger: Ledger) -> None:
    with ledger.begin(actor=ALICE, write={"till/B", "till/A"}, read={"till/C"}) as tx:
        tx.act("till/B", Take(1))
        tx.act("till/A", Take(tx.state("till/B").taken + 1))
        assert tx.state("till/A").coins == {"1": 2}
        assert tx.state("till/C") == Till()
    assert [(r.stream, r.seq) for r in tx.recorded] == [("till/B", 1), ("till/A", 1)]
    assert len({r.at for r in tx.recorded}) == 1


def test_the_same_key_gives_back_what_is_on_record(ledger: Ledger) -> None:
    first = ledger.act("till/A", Take(5), actor=ALICE, key="k")
    ledger.integrate()
    again = ledger.act("till/A", Take(5), actor=ALICE, key="k")
    assert (again.id, again.seq, again.leaf) == (first.id, first.seq, first.leaf)
    assert ledger.state("till/A").coins == {"1": 5}


def test_the_same_key_refuses_again(ledger: Ledger) -> None:
    for _ in range(2):
        with pytest.raises(Refused) as said:
            ledger.act("till/A", Pay(5), actor=ALICE, key="k")
        assert said.value.params == {"asked": 5, "held": 0}
    assert len(bodies(ledger, "till/A")) == 1


def test_the_same_key_for_another_command_is_a_conflict(ledger: Ledger) -> None:
    ledger.act("till/A", Take(5), actor=ALICE, key="k")
    for stream, command in (("till/A", Take(6)), ("till/B", Take(5))):
        with pytest.raises(Conflict) as said:
            ledger.act(stream, command, actor=ALICE, key="k")
        assert said.value.code == "ledger.key"


def test_a_key_is_its_actors_own(ledger: Ledger) -> None:
    ledger.act("till/A", Take(5), actor=ALICE, key="k")
    ledger.act("till/A", Take(6), actor=BOB, key="k")
    assert ledger.state("till/A").coins == {"1": 5, "2": 6}


def test_a_request_known_by_its_bytes_may_name_another_random_stream(ledger: Ledger) -> None:
    def submit(stream: str, asked: bytes) -> str:
        with ledger.begin(actor=ALICE, write={stream}, key="k", asked=asked) as tx:
            tx.act(stream, Take(5))
        return tx.recorded[0].stream

    assert submit("till/1", b"request") == submit("till/2", b"request") == "till/1"
    with pytest.raises(Conflict):
        submit("till/3", b"another")


def test_facts_and_blobs_reach_the_rules_and_the_record(ledger: Ledger, vault: Vault) -> None:
    kept = vault.put_bytes(b"counted")
    blob = Blob(kept.sha256, kept.len, "text/plain")
    ledger.act("till/A", Take(100), actor=ALICE, facts=Rate(10))
    ledger.act("till/A", Count(kept.sha256), actor=ALICE, blobs=(blob,))
    assert ledger.state("till/A") == Till({"1": 90}, 1, "", 7)
    first, second = bodies(ledger, "till/A")
    assert first["data"]["context"] == {"type": "till.rate", "percent": 10}
    assert second["blob"] == [{"sha256": kept.sha256, "len": 7, "mt": "text/plain"}]


def test_a_rule_reads_no_blob_that_its_entry_does_not_name(ledger: Ledger, vault: Vault) -> None:
    kept = vault.put_bytes(b"hidden")
    with pytest.raises(Missing) as said:
        ledger.act("till/A", Count(kept.sha256), actor=ALICE)
    assert said.value.code == "ledger.blob"


def test_strings_are_brought_to_one_form_before_they_are_decided_on(ledger: Ledger) -> None:
    ledger.act("till/A", Take(1, "e\u0301"), actor=ALICE)
    assert ledger.state("till/A").note == "\u00e9"
    assert rows(ledger.engine, till_table)[0][2] == "\u00e9"


def test_a_value_of_another_type_is_refused_before_it_is_decided_on(ledger: Ledger) -> None:
    with pytest.raises(Invalid) as said:
        ledger.act("till/A", Take("much"), actor=ALICE)  # type: ignore[arg-type]
    assert said.value.code == "body.shape"


def test_only_streams_that_were_asked_for_can_be_touched(ledger: Ledger) -> None:
    with ledger.begin(actor=ALICE, write={"till/A"}, read={"till/B"}) as tx:
        for attempt in (lambda: tx.act("till/B", Take(1)), lambda: tx.act("till/C", Take(1)), lambda: tx.state("till/C")):
            with pytest.raises(Invalid) as said:
                attempt()
            assert said.value.code == "ledger.unlocked"


@pytest.mark.parametrize("stream", ["till/", "till", "till/-a", "till/a b", "Till/a", "till/" + "a" * 64])
def test_a_stream_has_a_proper_name(sqlite_ledger: Ledger, stream: str) -> None:
    with pytest.raises(Invalid):
        sqlite_ledger.act(stream, Take(1), actor=ALICE)


def test_a_closed_stream_takes_nothing_more(ledger: Ledger) -> None:
    ledger.act("till/A", Take(1), actor=ALICE)
    ledger.close_stream("till/A", actor=ALICE)
    assert bodies(ledger, "till/A")[-1]["act"] == "stream.closed"
    with pytest.raises(Conflict) as said:
        ledger.act("till/A", Take(1), actor=ALICE)
    assert said.value.code == "ledger.closed"
    assert ledger.state("till/A").coins == {"1": 1}


def test_time_never_goes_back_in_a_stream(sqlite: Engine, vault: Vault) -> None:
    from tests.conftest import till_ledger

    times = iter([HOUR, HOUR + 2 * SECOND, HOUR + SECOND, HOUR + 3 * SECOND])
    ledger = till_ledger(sqlite, vault, lambda: next(times))
    said = [ledger.act("till/A", Take(1), actor=ALICE).at for _ in range(3)]
    assert said == [HOUR + 2 * SECOND, HOUR + 2 * SECOND, HOUR + 3 * SECOND]


def test_a_clock_a_minute_behind_the_log_decides_nothing(ledger: Ledger) -> None:
    now = ledger.act("till/A", Take(1), actor=ALICE, at=HOUR + ledger.clock()).at
    ledger.integrate()
    with pytest.raises(Busy) as said:
        ledger.act("till/B", Take(1), actor=ALICE, at=now - 2 * MINUTE)
    assert said.value.code == "ledger.clock"
    assert ledger.act("till/B", Take(1), actor=ALICE, at=now - MINUTE).at >= now - SECOND


def test_the_arrival_of_the_last_byte_is_on_record(ledger: Ledger, clock: Callable[[], int]) -> None:
    arrived = clock()
    ledger.act("till/A", Take(1), actor=ALICE, rx=arrived)
    assert bodies(ledger, "till/A")[0]["rx"] == instant_text(arrived)


def test_only_changed_rows_are_written(ledger: Ledger) -> None:
    for amount in (1, 2):
        ledger.act("till/A", Take(amount), actor=ALICE)
    ledger.act("till/A", Pay(1), actor=ALICE)
    assert rows(ledger.engine, coin_table) == [("A", 2, 2)]
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT at, what FROM due WHERE stream = 'till/A'")).all() == [(2 * HOUR, "count")]
    ledger.act("till/A", Pay(2), actor=ALICE)
    assert rows(ledger.engine, coin_table) == []
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM due")).scalar() == 0


def test_a_row_that_somebody_removed_is_noticed_when_it_should_change(sqlite_ledger: Ledger) -> None:
    from archive.errors import Damaged

    sqlite_ledger.act("till/A", Take(1), actor=ALICE)
    with sqlite_ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER must_trace_coin_delete")
        connection.exec_driver_sql("DELETE FROM coin")
    with pytest.raises(Damaged) as said:
        sqlite_ledger.act("till/A", Pay(1), actor=ALICE)
    assert said.value.params["table"] == "coin"


def test_a_body_that_somebody_altered_feeds_no_decision(sqlite: Engine, vault: Vault, clock: Callable[[], int]) -> None:
    from archive.errors import Damaged
    from tests.conftest import till_ledger

    till_ledger(sqlite, vault, clock).act("till/A", Take(1), actor=ALICE)
    with sqlite.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER keep_trace_event_update")
        connection.exec_driver_sql(
            "UPDATE trace_event SET body = CAST(replace(body, ':1,', ':9,') AS BLOB) WHERE stream = 'till/A'"
        )
    with pytest.raises(Damaged) as said:
        till_ledger(sqlite, vault, clock).state("till/A")
    assert said.value.code == "ledger.entry"


def test_an_opening_is_public_unless_the_act_is_secret(ledger: Ledger) -> None:
    shown = ledger.act("till/A", Take(1), actor=ALICE)
    hidden = ledger.act("till/B", Hide(1), actor=ALICE)

    def public() -> set[str]:
        with ledger.engine.connect() as connection:
            return set(connection.execute(select(event_table.c.id).join(disclosed_table)).scalars())

    assert shown.id in public() and hidden.id not in public()
    assert ledger.disclose(["till/B"], "opened") == 1
    assert hidden.id in public()
    assert ledger.disclose(["till/B", hidden.id], "opened") == 0


def test_an_opening_act_lists_and_discloses_the_sealed_streams(ledger: Ledger) -> None:
    for n in (2, 1):
        ledger.act(f"sealed/5e{n}", Hide(n), actor=ALICE)
    with ledger.begin(actor=BOB, write={"till/A"}, read={"sealed/5e1", "sealed/5e2"}) as tx:
        heads = [tx.head("sealed/5e2"), tx.head("sealed/5e1")]
        tx.act("till/A", Show(), facts=Rate(heads=tuple((h.stream, h.last_seq, h.last_leaf) for h in heads)))
        for head in heads:
            tx.disclose(head.stream, "opened")
    listed = bodies(ledger, "till/A")[0]["data"]["outcome"]["sealed"]
    assert [head["stream"] for head in listed] == ["sealed/5e1", "sealed/5e2"]
    with ledger.engine.connect() as connection:
        counts = select(func.count()).select_from(event_table.join(disclosed_table)).where(event_table.c.stream.like("sealed/%"))
        assert connection.execute(counts).scalar() == 2


def test_a_receipt_verifies_off_line(ledger: Ledger) -> None:
    done = [ledger.act(f"till/{n}", Take(n), actor=ALICE) for n in (1, 2, 3)]
    ledger.integrate()
    trusted = policy(ledger)
    for act in done:
        opened = check_proof(ledger.receipt(act.id), trusted)
        assert opened.body is not None and title(opened.body).act == "till.taken"
        assert opened.index == done.index(act) + 1
    with pytest.raises(Missing):
        ledger.receipt("nothing")


def test_each_checkpoint_is_signed_once_and_extends_the_last(ledger: Ledger) -> None:
    ledger.act("till/A", Take(1), actor=ALICE)
    ledger.integrate()
    first = ledger.checkpoint()
    assert ledger.checkpoint() == first
    for amount in range(1, 600):
        ledger.act(f"till/{amount % 7}", Take(amount), actor=ALICE)
    ledger.integrate()
    assert ledger.checkpoint().split(b"\n")[1] == b"601"


def test_two_requests_under_one_key_become_one_act(ledger: Ledger) -> None:
    ledger.open()
    ready, got = Barrier(4), []

    def submit(n: int) -> None:
        ready.wait()
        with ledger.begin(actor=ALICE, write={f"till/{n}"}, key="k", asked=b"same") as tx:
            tx.act(f"till/{n}", Take(5))
        got.append(tx.recorded[0].id)

    threads = [Thread(target=submit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and len(set(got)) == 1
    with ledger.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(event_table)).scalar() == 2


def test_sixteen_writers_leave_every_stream_in_order_and_nothing_out(ledger: Ledger) -> None:
    ledger.open()
    ready, failed = Barrier(16), []

    def work(me: int) -> None:
        try:
            ready.wait()
            for n in range(12):
                if me % 2:
                    ledger.act(f"till/{(me + n) % 5}", Take(1), actor=ALICE)
                    continue
                with ledger.begin(actor=ALICE, write={f"till/{(me + n) % 5}", f"till/{(me * n) % 5}"}) as tx:
                    tx.act(f"till/{(me + n) % 5}", Take(1))
        except Exception as fault:
            failed.append(fault)

    threads = [Thread(target=work, args=(me,)) for me in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            ledger.integrate()
            thread.join(0.02)
    assert not failed
    ledger.integrate()
    with ledger.engine.connect() as connection:
        placed = connection.execute(
            select(index_table.c.idx, event_table.c.stream, event_table.c.seq).join(event_table).order_by(index_table.c.idx)
        ).all()
    assert [row.idx for row in placed] == list(range(1 + 16 * 12))
    for stream in {row.stream for row in placed}:
        seqs = [row.seq for row in placed if row.stream == stream]
        assert seqs == list(range(1, len(seqs) + 1))
    assert sum(len(ledger.state(f"till/{n}").coins) for n in range(5)) == 16 * 12
    ledger.checkpoint()
