"""How fast entries become public, how long a legal act waits for its receipt, and how large a proof is.

SQLite and folders on this disk, everything synced; three witnesses, two of which must cosign, each with its own
database, asked without a network, and one of them over HTTP as a process of its own.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from archive.checkpoints import Checkpoint
from archive.database import engine
from archive.entry import entry, opening
from archive.merkle import Tree, leaf_hashes
from archive.notes import write_note
from archive.proofs import write_proof
from tests.conftest import complete
from tests.logs import LOG, LOG_PQ, ORIGIN
from tests.publishers import ALICE, House, house
from tests.till import Take
from tests.witnesses import checkpoint, request, witness_directory, witness_process

ENTRIES = 4096
CLIENTS = 8
ACTS = 25
MILLION = 1_000_000
CHECKPOINTS = 300


@contextmanager
def home() -> Iterator[House]:
    """A log on this disk."""
    with tempfile.TemporaryDirectory() as folder:
        made = engine(f"sqlite:///{folder}/log.db")
        complete(made)
        one = house(made, Path(folder), count=3, needed=2)
        yield one
        made.dispose()
        for witness in one.witnesses.values():
            witness._engine.dispose()


def throughput() -> float:
    """Entries a second from the tree to the public: staged for escrow, signed, cosigned by two, published."""
    with home() as log:
        publishing = log.publishing()
        publishing.round()
        log.act(ENTRIES)
        start = time.perf_counter()
        while log.served.size <= ENTRIES:  # on a busy disk a witness may answer after its second
            publishing.round()
        return ENTRIES / (time.perf_counter() - start)


def latencies() -> list[float]:
    """Milliseconds from a legal act to its receipt under the quorum, eight clients at once; ascending."""
    with home() as log:
        publishing, found = log.publishing(every=5.0).start(), list[float]()

        def client(me: int) -> None:
            for _ in range(ACTS):
                start = time.perf_counter()
                publishing.receipt(log.ledger.act(f"till/{me}", Take(1), actor=ALICE), patience=60)
                found.append((time.perf_counter() - start) * 1000)

        threads = [Thread(target=client, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        publishing.stop()
        return sorted(found)


def proof_sizes() -> tuple[int, int, float]:
    """Bytes of a receipt in a log of a million entries, with the log's lines and two Ed25519 cosignatures; of its path;
    and microseconds to make it."""
    body, salt = b"x" * 505, bytes(32)
    own = entry(salt, body)
    tree = Tree([*leaf_hashes(b"%d" % n for n in range(MILLION - 1)), *leaf_hashes([own])])
    text = Checkpoint(ORIGIN, MILLION, tree.root()).text
    line = LOG.line(text).text
    note = write_note(text, [LOG.line(text), LOG_PQ.line(text, 1_700_000_000)]) + 2 * line.encode()
    path, start = tree.inclusion(MILLION - 1), time.perf_counter()
    for _ in range(100):
        tree.inclusion(MILLION - 1)
    spent = (time.perf_counter() - start) / 100 * 1e6
    return len(write_proof(MILLION - 1, path, note, opening(salt, body))), 45 * len(path), spent


def witness() -> float:
    """add-checkpoint requests a second over HTTP, one client, each extended by one entry, both cosignatures."""
    with tempfile.TemporaryDirectory() as folder, witness_process(witness_directory(Path(folder) / "w")) as running:
        bodies = [request(size, size + 1, note=checkpoint(size + 1)) for size in range(CHECKPOINTS)]
        start = time.perf_counter()
        for body in bodies:
            assert running.add(body).status == 200
        return CHECKPOINTS / (time.perf_counter() - start)


def run() -> list[tuple[str, float, str, str]]:
    """Name, value, unit and note of each measurement."""
    waited = latencies()
    size, path, micros = proof_sizes()
    load = f"{CLIENTS} clients at once, {len(waited)} acts, 2 of 3 witnesses"
    return [
        ("tree to public", throughput(), "entries/s", f"{ENTRIES} in one round, a durable file for each opening, twice"),
        ("legal act to receipt under the quorum, p50", waited[len(waited) // 2], "ms", load),
        ("legal act to receipt under the quorum, p99", waited[-1 - len(waited) // 100], "ms", f"{load}; goal 1500"),
        ("receipt", float(size), "bytes", "at 10^6 entries, body 505 bytes, both log lines, 2 cosignatures"),
        ("its inclusion path", float(path), "bytes", f"{micros:.0f} us from a tree in memory"),
        ("a witness over HTTP", witness(), "requests/s", "durable before each answer, Ed25519 and ML-DSA-44"),
    ]
