"""The witness's memory: atomic against a twin, durable against kill -9, silent about a log that publishes in ticks."""

import random
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event, Thread
from time import monotonic

import pytest
from click.testing import CliRunner, Result

from archive.checkpoints import parse_checkpoint
from archive.errors import Busy, Invalid
from archive.faults import Fault
from archive.forks import fork_proof
from archive.keys import Keys
from archive.notes import parse_note
from archive.values import HOUR
from archive.witness import Witness
from archive.witnessing import SIZE_TYPE, Answer, monitoring_path
from tests.logs import LOG, LOG_PQ, ORIGIN
from tests.witnesses import OTHER, TREE, checkpoint, request, witness_directory, witness_process
from trading.cli import sunlit
from trading.witness_app import build, create, watched

LOGS = {ORIGIN: [LOG.key, LOG_PQ.key]}
NAME = "witness.example/w1"
NOW = 1_767_574_800_000_000


def witness(file: Path, clock: Callable[[], int] = lambda: NOW, followed: bool = False) -> Witness:
    signers = Keys({"witness-ed25519": bytes(32), "witness-mldsa44": bytes(32)}).witness(NAME)
    return Witness(file, LOGS, signers, clock, frozenset({ORIGIN}) if followed else frozenset())


def size(note: str | bytes | None) -> int:
    assert note is not None
    return parse_checkpoint(parse_note(note if isinstance(note, bytes) else note.encode()).text).size


def test_two_that_extend_the_same_size_cannot_both_be_cosigned(tmp_path: Path) -> None:
    """The rollback race of the witness protocol: A reads, B reads and writes 10, A writes 5."""
    file = tmp_path / "witness.db"
    said: dict[str, Answer] = {}
    other = witness(file)

    def rival() -> None:
        said["B"] = other.add_checkpoint(request(0, 10))

    thread = Thread(target=rival)
    overlapped = Event()

    def clock() -> int:  # read by A between its look at the state and its writing
        if not overlapped.is_set():
            overlapped.set()
            thread.start()
            thread.join(0.3)
            assert thread.is_alive(), "B must wait for A"
        return NOW

    said["A"] = witness(file, clock).add_checkpoint(request(0, 5))
    thread.join()
    assert said["A"].status == 200
    assert said["B"] == Answer(409, SIZE_TYPE, "5\n")
    assert other.add_checkpoint(request(5, 8, OTHER)).status == 422, "what A was told stands"
    assert other.add_checkpoint(request(5, 10)).status == 200


def test_in_a_crowd_each_old_size_is_extended_once(tmp_path: Path) -> None:
    file = tmp_path / "witness.db"
    crowd = [witness(file) for _ in range(4)]
    barrier = Barrier(4)
    won: list[tuple[int, int]] = []

    def run(me: int) -> None:
        chance = random.Random(me)
        for _ in range(25):
            barrier.wait()
            old = size(crowd[me].known()[ORIGIN]) if crowd[me].known() else 0
            barrier.wait()
            new = old + chance.randrange(1, 40)
            if crowd[me].add_checkpoint(request(old, new)).status == 200:
                won.append((old, new))

    threads = [Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [old for old, _ in won] == [0, *(new for _, new in won[:-1])]
    assert len(won) == 25


def test_what_was_answered_is_known_after_kill_9(tmp_path: Path) -> None:
    directory = witness_directory(tmp_path / "w")
    chance, acknowledged = random.Random(5), 0
    for _ in range(3):
        with witness_process(directory) as running:
            known = acknowledged
            if acknowledged:
                said = running.add(request(0, 3000))
                assert (said.status, said.type) == (409, SIZE_TYPE)
                known = int(said.body)
                assert acknowledged <= known <= acknowledged + 1, "one more may have been stored and not answered"
                assert running.add(request(known, known, OTHER)).status == 422
            end = monotonic() + 0.1 + chance.random() / 2
            killer = Thread(target=lambda until=end: (Event().wait(max(0.0, until - monotonic())), running.kill()))
            killer.start()
            while running.process.poll() is None:
                try:
                    assert running.add(request(known, known + 1)).status == 200
                except Busy:
                    break
                known = acknowledged = known + 1
            killer.join()
    assert acknowledged > 3


def test_what_is_between_the_ticks_of_a_log_is_not_shown(tmp_path: Path) -> None:
    now, path = NOW, monitoring_path(ORIGIN)
    followed = witness(tmp_path / "w.db", lambda: now, followed=True)
    followed.add_checkpoint(request(0, 64))
    assert followed.last(path) is None
    followed.saw_published(checkpoint(64))
    assert size(followed.last(path)) == 64
    for old, new in ((64, 70), (70, 77), (77, 128)):
        assert followed.add_checkpoint(request(old, new)).status == 200
        assert size(followed.last(path)) == 64
    assert size(followed.known()[ORIGIN]) == 128
    followed.saw_published(checkpoint(128))
    assert size(followed.last(path)) == 128
    followed.add_checkpoint(request(128, 130))
    assert size(followed.last(path)) == 128
    now += HOUR
    assert size(followed.last(path)) == 130, "an hour late and no later"


def test_a_log_that_serves_another_tree_than_it_had_cosigned_has_forked(tmp_path: Path) -> None:
    made = witness(tmp_path / "w.db", followed=True)
    made.add_checkpoint(request(0, 64))
    with pytest.raises(Fault) as said:
        made.saw_published(checkpoint(64, OTHER))
    assert said.value.code == "FORK"
    (fork,) = made.forks()
    trees = fork_proof(fork.ours, fork.theirs, None, LOGS[ORIGIN])
    assert trees is not None and trees[0].root == TREE.root(64) and trees[1].root == OTHER.root(64)


def test_what_a_log_serves_is_believed_only_under_its_keys(tmp_path: Path) -> None:
    made = witness(tmp_path / "w.db", followed=True)
    for raw in (checkpoint(64, origin="else.example/x"), b"nothing"):
        with pytest.raises(Fault):
            made.saw_published(raw)
    assert made.forks() == ()


def test_a_refused_twin_is_kept_as_evidence_once(tmp_path: Path) -> None:
    made = witness(tmp_path / "w.db")
    made.add_checkpoint(request(0, 64))
    for _ in range(3):
        assert made.add_checkpoint(request(64, 64, OTHER)).status == 422
    (fork,) = made.forks()
    assert fork_proof(fork.ours, fork.theirs, None, LOGS[ORIGIN]) is not None
    assert made.add_checkpoint(request(64, 70, OTHER)).status == 422
    assert len(made.forks()) == 1, "of two sizes there is no such proof"


def test_a_directory_belongs_to_one_witness_for_ever(tmp_path: Path) -> None:
    directory = witness_directory(tmp_path / "w", url="http://127.0.0.1:1/log")
    before = build(directory)[0].vkeys
    create(directory, NAME, bytes)
    assert build(directory)[0].vkeys == before
    with pytest.raises(Invalid) as said:
        create(directory, "witness.example/other", bytes)
    assert said.value.code == "witness.name"
    assert watched(directory)[1] == {ORIGIN: "http://127.0.0.1:1/log"}


def test_the_commands_of_a_witness(tmp_path: Path) -> None:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(sunlit, ["witness", *arguments])

    directory = str(tmp_path / "w")
    made = run("init", directory, "--name", NAME)
    assert made.exit_code == 0
    assert [line.split("+")[0] for line in made.stdout.splitlines()] == [NAME, NAME]
    assert run("vkey", directory).stdout == made.stdout
    witness_directory(Path(directory))
    watching, _ = build(Path(directory))
    watching.add_checkpoint(request(0, 64))
    assert run("seen", directory).stdout == f"{ORIGIN} 64\n"
    assert run("forks", directory).exit_code == 0
    watching.add_checkpoint(request(64, 64, OTHER))
    named = run("forks", directory, "--out", str(tmp_path / "evidence"))
    assert (named.exit_code, named.stdout) == (1, f"FORK {ORIGIN}: two checkpoints of size 64\n")
    assert sorted(p.name for p in (tmp_path / "evidence").iterdir()) == ["fork-1-ours", "fork-1-theirs"]
    assert isinstance(run("serve", str(tmp_path / "none")).exception, Invalid)
