"""Where the streams that concern everybody ended, by the newest heads event that is published (trace-log 5.6).

Head proofs are handed out of tenders, boxes and catalogues: their streams are public but for a few entries, whose number
shows as holes anyway.  The proofs of one heads event are made once, in time linear in the log, and kept until the next.
"""

from threading import Lock
from typing import Final

from archive import public
from archive.bodies import kind_of
from archive.database import reading
from archive.errors import Missing
from trading.platform import Platform

KINDS: Final = ("tender", "box", "catalogue")
"""Kinds of streams whose ends are told."""


class Ends:
    """The ends of one platform's streams; safe to share between threads."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._making = Lock()  # guards what follows; held while proofs are made
        self._of = ""
        self._proofs: dict[str, bytes] = {}

    def proof(self, stream: str, size: int) -> tuple[int, bytes]:
        """Index of the newest heads event in a log of ``size``, and the head proof of a stream under it.

        Raises:
            Missing: ``log.heads`` when there is none yet, ``ledger.head`` when the stream had no entry then, or its kind is
                not told.
        """
        with reading(self._platform.engine) as connection:
            found = public.heads(connection, size)
        if found is None:
            raise Missing("log.heads")
        id, index = found
        with self._making:
            if self._of != id:
                made = self._platform.ledger.head_proofs(id)
                self._of, self._proofs = id, {name: raw for name, raw in made.items() if kind_of(name) in KINDS}
            proof = self._proofs.get(stream)
        if proof is None:
            raise Missing("ledger.head", stream=stream)
        return index, proof
