"""The publisher: durable before signed, signed before cosigned, cosigned before published; with what witnesses do."""

import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine

from archive.cosigning import Witnesses
from archive.database import engine as engine_of
from archive.errors import Damaged, Invalid
from archive.faults import Fault
from archive.leadership import leading
from archive.ledger import tree
from archive.ledger.export import own_policy
from archive.policy import check_checkpoint, parse_policy
from archive.proofs import check_proof, parse_proof
from archive.publishing import Publishing
from archive.shelves import Folder
from archive.tileformat import tile_path
from archive.verify import verify_pack
from archive.wire import Reply
from tests.conftest import till_ledger
from tests.publishers import ALICE, House, house, read, silent, tree_of
from tests.till import Hide, Take


@pytest.fixture
def home(sqlite: Engine, tmp_path: Path) -> House:
    return house(sqlite, tmp_path)


def test_a_round_publishes_what_the_quorum_cosigned(home: House) -> None:
    home.act(300)
    home.publishing().round()
    assert home.served.size == 301
    verdict = home.verdict()
    assert verdict.faults == () and len(verdict.times) >= 2 + 2, "the log's two lines, and those of two witnesses or more"
    home.check()
    assert len(list(home.escrow.paths("body/"))) == 301
    assert read(home.public, "checkpoints/301") == read(home.public, "checkpoint")


def test_on_either_database_a_round_follows_another(database: Engine, tmp_path: Path) -> None:
    home = house(database, tmp_path)
    publishing = home.publishing()
    for more in (1, 255, 4):
        home.act(more)
        publishing.round()
        home.check()
    assert home.served.size == 261
    standing = publishing.standing()
    assert (standing.placed, standing.signed, standing.certified, standing.published) == (261,) * 4
    assert standing.faults == {}


def test_without_a_quorum_the_older_checkpoint_stays(home: House) -> None:
    home.act()
    home.publishing().round()
    home.act()
    home.ask = silent(home.witnesses, "http://w0", "http://w1")
    publishing = home.publishing()
    publishing.round()
    assert home.served.size == 2
    standing = publishing.standing()
    assert (standing.signed, standing.certified, standing.published) == (3, 0, 2)
    assert sorted(standing.faults) == ["http://w0", "http://w1"]
    home.ask = silent(home.witnesses, "http://w0")
    home.publishing().round()
    assert home.served.size == 3 and home.verdict().faults == ()


def test_a_publisher_without_memory_learns_the_size_from_the_witness(home: House) -> None:
    home.act(5)
    home.publishing().round()
    home.act(5)
    asked: list[bytes] = []
    ask = home.ask

    def listening(url: str, body: bytes) -> Reply:
        asked.append(body.split(b"\n")[0])
        return ask(url, body)

    home.ask = listening
    publishing = home.publishing()
    publishing.round()
    assert home.served.size == 11
    assert sorted(set(asked)) == [b"old 0", b"old 6"]
    home.act()
    asked.clear()
    publishing.round()
    assert set(asked) == {b"old 11"}, "now it knows"


def test_lines_that_do_not_verify_are_not_kept(home: House) -> None:
    truth = home.ask

    def lying(url: str, body: bytes) -> Reply:
        said = truth(url, body)
        return said if url == "http://w0" else Reply(200, said.type, b"not a line\n" + said.body.replace(b"A", b"B"))

    home.act()
    home.ask = lying
    publishing = home.publishing()
    publishing.round()
    assert home.served.size == 0 and publishing.standing().certified == 0


def test_an_idle_log_shows_itself_alive(sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path, needed=3)
    home.act()
    publishing = home.publishing()
    publishing.round()
    before = home.verdict()
    publishing.round()
    assert home.verdict().times == before.times, "nothing new, nothing asked"
    home.time.passes(600)
    publishing.round()
    publishing.round()
    after = home.verdict()
    assert after.tree == before.tree
    renewed = [key for key in after.times if after.times[key] == before.times.get(key, 0) + 600]
    assert len(renewed) == 6


def test_a_cosignature_that_comes_late_is_kept_and_the_receipt_upgraded(home: House) -> None:
    let_go, ask = Event(), home.ask

    def slow(url: str, body: bytes) -> Reply:
        if url != "http://w0":
            let_go.wait(20)
        return ask(url, body)

    home.ask = slow
    publishing = home.publishing().start()
    try:
        recorded = home.ledger.act("till/A", Take(1), actor=ALICE)
        early = publishing.receipt(recorded, patience=0.05)
        policy, own = parse_policy(home.policy), parse_policy(own_policy(home.ledger.notary.keys))
        check_proof(early, own)
        let_go.set()
        late = publishing.receipt(recorded, patience=20)
    finally:
        let_go.set()
        publishing.stop()
    opened = check_proof(late, policy)
    assert parse_proof(late).extra == parse_proof(early).extra and opened.index == parse_proof(early).index


def test_witnesses_that_were_not_enough_are_asked_again_soon(home: House) -> None:
    again, asked, ask = Event(), list[str](), home.ask

    def first_down(url: str, body: bytes) -> Reply:
        asked.append(url)
        if len(asked) <= len(home.witnesses):
            raise ConnectionRefusedError(url)
        again.set()
        return ask(url, body)

    home.ask = first_down
    home.act()
    publishing = home.publishing(every=3600).start()
    try:
        assert again.wait(20), "nobody rang, and the usual pause is an hour"
    finally:
        publishing.stop()


def test_everybody_who_acts_gets_a_receipt_that_the_quorum_cosigned(home: House) -> None:
    policy, receipts = parse_policy(home.policy), list[bytes]()
    publishing = home.publishing().start()

    def run(n: int) -> None:
        for _ in range(4):
            receipts.append(publishing.receipt(home.ledger.act(f"till/{n}", Take(1), actor=ALICE), patience=30))

    threads = [Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    publishing.stop()
    assert len({check_proof(raw, policy).index for raw in receipts}) == 16


def test_nothing_is_signed_that_is_not_durable(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    home.act()

    def full(files: object) -> None:
        raise OSError(28, "no space left on device")

    publishing = home.publishing()
    home.ask = silent(home.witnesses)
    monkeypatch.setattr(home.escrow, "create", full)
    with pytest.raises(OSError, match="no space"):
        publishing.round()
    with pytest.raises(OSError, match="no space"):
        home.ledger.checkpoint()
    with home.ledger.engine.connect() as connection:
        assert tree.latest(connection) is None
    assert home.served.size == 0 and all(w.known() == {} for w in home.witnesses.values())
    monkeypatch.undo()
    publishing.round()
    assert home.served.size == 2


def test_another_history_on_the_shelf_is_not_written_over(home: House, tmp_path: Path) -> None:
    home.act(3)
    path = tmp_path / "escrow" / "tile" / "0" / "000.p" / "4"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(128))
    with pytest.raises(Damaged) as said:
        home.publishing().round()
    assert said.value.code == "publishing.other"
    with home.ledger.engine.connect() as connection:
        assert tree.latest(connection) is None
    assert path.read_bytes() == bytes(128)


def restored(home: House, tmp_path: Path, act: Callable[[], None]) -> House:
    """The house after its database was lost and a backup from before ``act`` took its place."""
    home.ledger.engine.dispose()
    shutil.copy(tmp_path / "log.db", tmp_path / "backup.db")
    act()
    home.time.passes(1)
    made = engine_of(f"sqlite:///{tmp_path}/backup.db")
    again = till_ledger(made, home.vault, home.time)
    return House(home.folder, home.time, again, home.vault, home.public, home.escrow, home.witnesses, home.policy, home.ask)


def test_a_database_from_a_backup_signs_nothing(home: House, tmp_path: Path) -> None:
    home.act(3)
    home.publishing().round()

    def more() -> None:
        home.act(3)
        home.publishing().round()

    old = restored(home, tmp_path, more)
    served = home.served
    for acts in (1, 1, 5):
        old.act(acts)
        with pytest.raises(Damaged) as said:
            old.publishing().round()
        assert said.value.code in ("ledger.fork", "publishing.other")
    assert home.served == served
    old.ledger.engine.dispose()


def test_witnesses_stop_a_log_that_lost_its_shelves_too(home: House, tmp_path: Path) -> None:
    home.act(3)
    home.publishing().round()

    def more() -> None:
        home.act(3)
        home.publishing().round()

    old = restored(home, tmp_path, more)
    old.public, old.escrow = Folder(tmp_path / "public2"), Folder(tmp_path / "escrow2")
    old.act(1)
    publishing = old.publishing()
    publishing.round()
    assert all("cosigning.ahead" in why for why in publishing.standing().faults.values())
    old.act(9)
    publishing.round()
    assert all("cosigning.declined" in why for why in publishing.standing().faults.values())
    assert tree_of(old.public).size == 0 and publishing.standing().certified == 0
    old.ledger.engine.dispose()


def test_two_publishers_take_turns(database: Engine, tmp_path: Path) -> None:
    home = house(database, tmp_path)
    home.act()
    second = engine_of(database.url.render_as_string(hide_password=False))
    with leading(second) as first:
        assert first
        with leading(database) as twice:
            assert not twice
        home.publishing().round()
        assert home.served.size == 0
    home.publishing().round()
    assert home.served.size == 2
    second.dispose()


def test_a_policy_that_trusts_no_key_of_this_log_is_refused(home: House) -> None:
    other = home.policy.replace(b"log log.example/1", b"# log.example/1")
    with pytest.raises(Invalid) as said:
        Publishing(home.ledger, home.public, home.escrow, home.vault, Witnesses(other, home.ask))
    assert said.value.code == "publishing.policy"


def test_without_witnesses_what_is_signed_is_published(sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path, count=0)
    home.act(3)
    home.publishing().round()
    assert home.served.size == 4
    check_checkpoint(read(home.public, "checkpoint"), parse_policy(own_policy(home.ledger.notary.keys)))


def test_a_legal_step_keeps_its_checkpoint(home: House) -> None:
    publishing = home.publishing()
    home.act()
    publishing.round()
    for kept in (False, True, False):
        home.act()
        if kept:
            publishing.retain()
        publishing.round()
    assert sorted(home.public.paths("checkpoints/")) == ["checkpoints/2", "checkpoints/4"]


def test_an_opening_disclosed_later_follows_with_the_next_entry(home: House) -> None:
    publishing = home.publishing()
    hidden = home.ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    publishing.round()
    path = f"body/00{hidden.idx}"
    assert home.public.size(path) is None and home.escrow.size(path)
    home.time.passes(3 * 3600)
    home.ledger.disclose(["sealed/5e1"], "opened")
    home.act()
    publishing.round()
    assert read(home.public, path) == read(home.escrow, path)


def test_a_grease_line_harms_nobody(home: House) -> None:
    publishing = home.publishing(grease=True, random=lambda n: bytes([8] * n))
    home.act(2)
    publishing.round()
    assert b"grease.invalid" in read(home.public, "checkpoint")
    assert home.verdict().faults == ()
    report = verify_pack(home.public.root, policy=home.policy)
    assert not report.counts.keys() & {"NOTE_BAD", "SIG_BAD", "SIG_MISSING", "QUORUM_MISSING"}


def test_the_tiles_of_every_signed_size_are_served(home: House) -> None:
    publishing = home.publishing()
    for _ in range(3):
        home.act(2)
        home.ledger.checkpoint()
    publishing.round()
    served = set(home.public.paths("tile/"))
    assert {tile_path(level, 0, w) for level in (0, "entries") for w in (3, 5, 7)} <= served


def test_a_receipt_waits_for_the_publisher_of_another_process_and_hurries_it(home: House) -> None:
    elsewhere = home.publishing(shared=True, every=600.0).start()
    try:
        here = home.publishing(shared=True)
        for _ in range(2):  # the second comes while that one rests
            raw = here.receipt(home.ledger.act("till/A", Take(1), actor=ALICE), patience=60)
            check_proof(raw, parse_policy(home.policy))
    finally:
        elsewhere.stop()


def test_a_receipt_of_another_process_says_what_there_is_when_the_witnesses_are_late(home: House) -> None:
    let_go, ask = Event(), home.ask

    def slow(url: str, body: bytes) -> Reply:
        if url != "http://w0":
            let_go.wait(20)
        return ask(url, body)

    home.ask = slow
    elsewhere = home.publishing(shared=True).start()
    try:
        here = home.publishing(shared=True)
        recorded = home.ledger.act("till/A", Take(1), actor=ALICE)
        early = here.receipt(recorded, patience=0.3)
        check_proof(early, parse_policy(own_policy(home.ledger.notary.keys)))
        with pytest.raises(Fault) as said:
            check_proof(early, parse_policy(home.policy))
        assert said.value.code == "QUORUM_MISSING"
        let_go.set()
        check_proof(here.receipt(recorded, patience=60), parse_policy(home.policy))
    finally:
        let_go.set()
        elsewhere.stop()


def test_a_receipt_waits_for_no_thread_that_does_not_run(home: House) -> None:
    publishing = home.publishing()
    recorded = home.ledger.act("till/A", Take(1), actor=ALICE)
    raw = publishing.receipt(recorded, patience=60)
    check_proof(raw, parse_policy(own_policy(home.ledger.notary.keys)))
    assert tree_of(home.escrow).size == 2 and home.escrow.size("body/001"), "durable, though nothing was published"
    assert home.served.size == 0
