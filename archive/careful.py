"""A shelf on which a file that is there already must be the same file.

Files of a log are determined by its entries, so another content under a name is of another history: of a database
that was lost and began again, or of a second log on the same shelf.  It is never written over and never passed over.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO

from archive.errors import Damaged
from archive.shelves import BATCH, Shelf


class Careful:
    """A shelf, but that `create` compares."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.spool: Callable[[], IO[bytes]] = shelf.spool
        self.keep = shelf.keep
        self.adopt = shelf.adopt
        self.replace = shelf.replace
        self.chunks = shelf.chunks
        self.range = shelf.range
        self.size = shelf.size
        self.sizes = shelf.sizes
        self.remove = shelf.remove
        self.paths = shelf.paths

    def create(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write what is not there.

        Raises:
            Damaged: ``publishing.other`` where other bytes stand under a name.
        """
        self._shelf.create(self._same(files))

    def _same(self, files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        source = iter(files)
        while batch := list(islice(source, BATCH)):
            for (path, raw), size in zip(batch, self.sizes([path for path, _ in batch]), strict=True):
                if size is not None and b"".join(self._shelf.chunks(path)) != raw:
                    raise Damaged("publishing.other", path=path)
            yield from batch  # those that are there too: their directory may not be synced yet
