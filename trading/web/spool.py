"""A request's body, taken to its end before anything is done with it: in memory while small, else in a temporary file."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from archive.errors import Invalid, TooLarge
from trading.web.asking import AnyRequest

MEMORY = 4 * 1024 * 1024
PIECE = 1024 * 1024


class Spool:
    """Use as a context; `fill` once, then read `pieces`."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(MEMORY)  # noqa: SIM115  closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    async def fill(self, request: AnyRequest, most: int) -> bool:
        """Take the body to its end; False where the line broke before it.

        Raises:
            TooLarge: ``web.too_large`` as soon as more than ``most`` bytes have come.
        """
        taken, whole = 0, True
        try:
            async for piece in request.stream():
                taken += len(piece)
                if taken > most:
                    raise TooLarge("web.too_large", limit_bytes=most)
                self._file.write(piece)
        except Invalid:  # `WholeBodies`
            whole = False
        self._file.seek(0)
        return whole

    def pieces(self) -> Iterator[bytes]:
        """What arrived, piece by piece."""
        while piece := self._file.read(PIECE):
            yield piece
