"""Where finished bytes are kept for good: a directory or an object store, behind one small interface.

A *folder* is durable when a call returns: the file and its directory are synced, and a file appears whole under
its name or not at all.  A *bucket* is as durable as its PUT.  Paths are relative, ``/`` between parts.
What a crash leaves: files in ``.incoming`` without a name, which `Folder.tidy` removes.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from errno import EXDEV
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Protocol, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.exceptions import BaseError as StoreError
from obstore.store import ObjectStore

from archive.errors import Busy, Invalid, Missing
from archive.syncing import syncfs, whole

T = TypeVar("T")
U = TypeVar("U")

CHUNK = 1 << 20
BATCH = 256  # small files that are open at once
MANY = 32  # from so many on, syncing the file system takes less time than syncing each
AT_ONCE = 16  # requests to a store that are under way at once
SPOOL = 8 << 20  # bytes of a new object that are held in memory before they go to a temporary file


class Shelf(Protocol):
    """A place for files that are written once, and a few that are replaced."""

    def spool(self) -> IO[bytes]:
        """A temporary file to fill and hand to `keep`; closing it throws it away."""

    def keep(self, spooled: IO[bytes], path: str) -> None:
        """Give a filled spool its name; the first one stays."""

    def adopt(self, file: Path, path: str) -> None:
        """Give a finished file of one's own a name here; nobody writes to it from now on.  The first one of a name stays."""

    def create(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write small files once, given by path and bytes; the first one of a name stays.  All are durable in the end."""

    def replace(self, path: str, raw: bytes) -> None:
        """Write a small file, in place of the one that is there."""

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece.

        Raises:
            Missing: ``shelf.file``.
        """

    def range(self, path: str, start: int, length: int) -> bytes:
        """Some bytes of a file; fewer at its end.

        Raises:
            Missing: ``shelf.file``.
        """

    def size(self, path: str) -> int | None:
        """Length of a file in bytes, None if there is none."""

    def remove(self, path: str) -> None:
        """Take a file away; that there is none is no fault.  Nothing that an entry names is ever removed."""

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """The same of many files."""

    def paths(self, prefix: str) -> Iterator[str]:
        """Every path below a prefix that ends in ``/``, or below all for an empty one."""


class Folder:
    """A directory on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / ".incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._synced = {root}
        self._whole = whole(self._incoming)

    def spool(self) -> IO[bytes]:
        """On the same file system, so that naming it copies nothing."""
        return tempfile.NamedTemporaryFile(dir=self._incoming, prefix="in-")

    def keep(self, spooled: IO[bytes], path: str) -> None:
        """Sync, then link: the name appears only on whole bytes, and never over another's."""
        spooled.flush()
        os.fchmod(spooled.fileno(), 0o444)
        os.fsync(spooled.fileno())
        self._link(spooled.name, path)

    def adopt(self, file: Path, path: str) -> None:
        """On the same file system nothing is copied."""
        with file.open("rb") as source:
            os.fchmod(source.fileno(), 0o444)
            os.fsync(source.fileno())
            try:
                self._link(str(file), path)
            except OSError as fault:
                if fault.errno != EXDEV:
                    raise
                with self.spool() as spooled:
                    copyfileobj(source, spooled, CHUNK)
                    self.keep(spooled, path)

    def create(self, files: Iterable[tuple[str, bytes]]) -> None:
        """In batches: write all, sync all, name all, sync each directory once."""
        source = iter(files)
        while batch := list(islice(source, BATCH)):
            self._create(batch)

    def _create(self, files: list[tuple[str, bytes]]) -> None:
        written: list[tuple[IO[bytes], Path]] = []
        folders: set[Path] = set()
        with ExitStack() as stack:
            for path, raw in files:
                final = self._at(path)
                folders.add(final.parent)
                if not final.exists():
                    spooled = stack.enter_context(self.spool())
                    spooled.write(raw)
                    spooled.flush()
                    os.fchmod(spooled.fileno(), 0o444)
                    written.append((spooled, final))
            self._sync([spooled.fileno() for spooled, _ in written])
            for folder in folders:
                self._directories(folder)
            for spooled, final in written:
                with suppress(FileExistsError):
                    os.link(spooled.name, final)
        for folder in folders:  # even of files that were there: their writer may have been killed before this line
            _sync(folder)

    def replace(self, path: str, raw: bytes) -> None:
        """A reader sees the old file or the new one."""
        final = self._at(path)
        self._directories(final.parent)
        handle, name = tempfile.mkstemp(dir=self._incoming)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(name).replace(final)
        _sync(final.parent)

    def chunks(self, path: str) -> Iterator[bytes]:
        """In megabytes."""
        try:
            with self._at(path).open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
        except FileNotFoundError:
            raise Missing("shelf.file", path=path) from None

    def range(self, path: str, start: int, length: int) -> bytes:
        """One seek."""
        try:
            with self._at(path).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except FileNotFoundError:
            raise Missing("shelf.file", path=path) from None

    def size(self, path: str) -> int | None:
        """One stat."""
        try:
            return self._at(path).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, path: str) -> None:
        """One unlink."""
        self._at(path).unlink(missing_ok=True)

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """One stat each."""
        return [self.size(path) for path in paths]

    def paths(self, prefix: str) -> Iterator[str]:
        """In no order."""
        for folder, _, names in os.walk(self._at(prefix) if prefix else self.root):
            if not folder.startswith(str(self._incoming)):
                for name in names:
                    yield (Path(folder) / name).relative_to(self.root).as_posix()

    def tidy(self) -> int:
        """Remove what a crash left without a name; call it while nobody writes."""
        left = list(self._incoming.iterdir())
        for path in left:
            path.unlink()
        return len(left)

    def _at(self, path: str) -> Path:
        return self.root / _checked(path)

    def _sync(self, handles: list[int]) -> None:
        if self._whole and len(handles) >= MANY:
            syncfs(handles[0])  # the first that was opened: it learns of every later fault
            return
        for handle in handles:
            os.fsync(handle)

    def _link(self, source: str, path: str) -> None:
        final = self._at(path)
        self._directories(final.parent)
        with suppress(FileExistsError):
            os.link(source, final)
        _sync(final.parent)  # even for a file that was there: its writer may have been killed before this line

    def _directories(self, folder: Path) -> None:
        if folder not in self._synced:
            self._directories(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync(folder.parent)
            self._synced.add(folder)


class Bucket:
    """An object store: S3 with conditional PUT, another one that obstore knows, or memory for tests.

    Every call raises Busy ``shelf.silent`` when the store does not answer, or not as it should.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def spool(self) -> IO[bytes]:
        """In memory, and beyond 8 MiB in a temporary file."""
        return tempfile.SpooledTemporaryFile(SPOOL)

    def keep(self, spooled: IO[bytes], path: str) -> None:
        """One PUT, in parts if it is long.  Whoever comes second brings the same bytes, so a race is harmless."""
        if self.size(path) is None:
            spooled.seek(0)
            with _answering(path):
                obstore.put(self._store, _checked(path), spooled)

    def adopt(self, file: Path, path: str) -> None:
        """One PUT, in parts if it is long."""
        with file.open("rb") as source:
            self.keep(source, path)

    def create(self, files: Iterable[tuple[str, bytes]]) -> None:
        """One PUT each on condition that nothing is there, several under way: of writers at once the first one wins for all."""
        source = iter(files)
        while batch := list(islice(source, BATCH)):
            _each(self._create, batch)

    def _create(self, file: tuple[str, bytes]) -> None:
        path, raw = file
        with _answering(path), suppress(AlreadyExistsError):
            obstore.put(self._store, _checked(path), raw, mode="create")

    def replace(self, path: str, raw: bytes) -> None:
        """One PUT."""
        with _answering(path):
            obstore.put(self._store, _checked(path), raw)

    def chunks(self, path: str) -> Iterator[bytes]:
        """As they arrive."""
        with _answering(path):
            for piece in obstore.get(self._store, _checked(path)).stream(min_chunk_size=CHUNK):
                yield bytes(piece)

    def range(self, path: str, start: int, length: int) -> bytes:
        """One ranged GET."""
        size = self.size(path)
        if size is None:
            raise Missing("shelf.file", path=path)
        end = min(size, start + length)
        with _answering(path):
            return bytes(obstore.get_range(self._store, _checked(path), start=start, end=end)) if start < end else b""

    def size(self, path: str) -> int | None:
        """One HEAD."""
        try:
            with _answering(path):
                return obstore.head(self._store, _checked(path))["size"]
        except Missing:
            return None

    def remove(self, path: str) -> None:
        """One DELETE; where versions are kept it leaves a mark and the rest to the bucket's own rules."""
        with suppress(Missing), _answering(path):
            obstore.delete(self._store, _checked(path))

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """One HEAD each, several under way."""
        return _each(self.size, paths)

    def paths(self, prefix: str) -> Iterator[str]:
        """In pages; nothing that a log does depends on a listing."""
        with _answering(prefix):
            for page in obstore.list(self._store, prefix or None):
                for found in page:
                    yield found["path"]


@contextmanager
def _answering(path: str) -> Iterator[None]:
    """What the store says in the words of this house: there is none, or it does not answer as it should."""
    try:
        yield
    except (FileNotFoundError, NotFoundError):
        raise Missing("shelf.file", path=path) from None
    except StoreError as fault:
        raise Busy("shelf.silent", path=path, why=type(fault).__name__) from fault


def _each(work: Callable[[T], U], items: Sequence[T]) -> list[U]:
    """Do something with each, so that the way to a store is not waited for once an item."""
    if len(items) <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(AT_ONCE, len(items)), thread_name_prefix="bucket") as pool:
        return list(pool.map(work, items))


def _checked(path: str) -> str:
    if not path or any(part in ("", ".", "..") for part in path.rstrip("/").split("/")) or "\\" in path or "\0" in path:
        raise Invalid("shelf.path", path=path[:200])
    return path


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
