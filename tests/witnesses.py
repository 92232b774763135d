"""Witnesses for tests: in a directory, as a process of their own, and a log that asks them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

from archive.checkpoints import Checkpoint
from archive.errors import Busy
from archive.merkle import Tree, leaf_hashes
from archive.notes import write_note
from archive.signing import Signer
from archive.strict import base64
from archive.vkeys import Key
from archive.wire import Reply, get, post
from archive.witness import Witness
from archive.witnessing import TEXT, write_request
from tests.logs import LOG, LOG_PQ, ORIGIN
from trading.witness_app import create

SUNLIT = (sys.executable, "-c", "from trading.cli import main; main()")
LEAVES = leaf_hashes(b'{"n":%d}' % n for n in range(3000))
TREE = Tree(LEAVES)
OTHER = Tree([LEAVES[0], *leaf_hashes([b"another"]), *LEAVES[2:]])


def checkpoint(size: int, tree: Tree = TREE, signers: Sequence[Signer] = (LOG, LOG_PQ), origin: str = ORIGIN) -> bytes:
    """A signed checkpoint of a test tree."""
    text = Checkpoint(origin, size, tree.root(size)).text
    return write_note(text, [signer.line(text, 1_700_000_000) for signer in signers])


def request(old: int, size: int, tree: Tree = TREE, note: bytes | None = None) -> bytes:
    """An honest add-checkpoint body, unless another note is given."""
    proof = tree.consistency(old, size) if old <= size else []
    return write_request(old, list(map(base64, proof)), checkpoint(size, tree) if note is None else note)


def witness_directory(directory: Path, name: str = "witness.example/w1", url: str = "", port: int = 0) -> Path:
    """A witness that watches the test log."""
    count = iter(range(1, 100))
    create(directory, name, lambda n: next(count).to_bytes(n, "big"))
    lines = [f"log {signer.key.text}{' ' + url if url else ''}\n" for signer in (LOG, LOG_PQ)]
    (directory / "logs").write_text("".join(lines) + "quorum none\n")
    port = port or free_port()
    (directory / "witness.toml").write_text(f'name = "{name}"\nport = {port}\nlook_seconds = 1\n')
    return directory


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Running:
    """A process with its children, reached at a url."""

    def __init__(self, command: Sequence[str], port: int, ready: str = "/") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = monotonic() + 60
        while True:
            try:
                if get(self.url + ready, limit=1 << 20, timeout=1).status:
                    return
            except Busy:
                if monotonic() > end or self.process.poll() is not None:
                    self.kill()
                    raise

    def kill(self) -> None:
        """kill -9, children included."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def add(self, body: bytes) -> Reply:
        """POST add-checkpoint."""
        return post(f"{self.url}/add-checkpoint", body, TEXT, limit=1 << 20, timeout=10)


@contextmanager
def witness_process(directory: Path) -> Iterator[Running]:
    """``sunlit witness serve`` over a directory."""
    settings = (directory / "witness.toml").read_text()
    port = int(settings.partition("port = ")[2].split()[0])
    running = Running([*SUNLIT, "witness", "serve", str(directory)], port)
    try:
        yield running
    finally:
        running.kill()


def over_calls(witnesses: Mapping[str, Witness]) -> Callable[[str, bytes], Reply]:
    """Ask witnesses by their urls without a network."""

    def ask(url: str, body: bytes) -> Reply:
        said = witnesses[url].add_checkpoint(body)
        return Reply(said.status, said.type, said.body.encode())

    return ask


def policy_of(log: Sequence[Key], witnesses: Mapping[str, Sequence[str]], needed: int) -> bytes:
    """A policy file: so many of these witnesses (vkeys by url), either key of each."""
    lines = [f"log {key.text}\n" for key in log]
    for n, (url, vkeys) in enumerate(witnesses.items()):
        names = [f"w{n}{'ab'[i]}" for i in range(len(vkeys))]
        lines += [f"witness {name} {vkey} {url}\n" for name, vkey in zip(names, vkeys, strict=True)]
        lines.append(f"group w{n} any {' '.join(names)}\n")
    all_of_them = " ".join(f"w{n}" for n in range(len(witnesses)))
    lines.append(f"group enough {needed} {all_of_them}\nquorum enough\n")
    return "".join(lines).encode()
