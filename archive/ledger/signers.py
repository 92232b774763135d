"""Who signs for the log: the keys that the log itself states, by its first entry and each rotation (trace-log 5.8).

A rotation is two entries ``log.key_rotated``: from the first on old and new keys sign together, from the second on
the new ones alone.  Every process sees that in the log, at its next checkpoint, without being told.
"""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection

from archive import canonical
from archive.errors import Invalid, Missing
from archive.signing import Signer
from archive.sql import Sql
from archive.vkeys import Key

STREAM = "system/log"
ROTATED = "log.key_rotated"
OPENED = "log.opened"
"""Acts that state the keys valid from then on."""

_END = Sql("SELECT last_seq FROM trace_stream WHERE stream = 'system/log'")
_SAID = Sql("SELECT body FROM trace_event WHERE stream = 'system/log' ORDER BY seq DESC")


class _Outcome(Struct, frozen=True):
    keys: tuple[str, ...] = ()
    origin: str = ""


class _Data(Struct, frozen=True):
    outcome: _Outcome = _Outcome()


class _Said(Struct, frozen=True):
    act: str
    data: _Data = _Data()


class Signers:
    """The signers of the log ``origin``: ``first`` until it says otherwise, out of ``every`` one there is a key for."""

    def __init__(self, origin: str, every: Sequence[Signer], first: Sequence[Signer]) -> None:
        self._origin = origin
        self._every = tuple(every)
        self._active = tuple(first)
        self._seen = -1

    @property
    def keys(self) -> tuple[Key, ...]:
        """The verifier keys of those that sign, as of the last look."""
        return tuple(signer.key for signer in self._active)

    @property
    def ever(self) -> tuple[Key, ...]:
        """The verifier keys of all that sign, have signed or will sign."""
        return tuple(signer.key for signer in self._every)

    def look(self, connection: Connection) -> tuple[Signer, ...]:
        """Those who sign now.

        Raises:
            Missing: ``ledger.signer`` when the log states keys of which none is here.
        """
        end = _END(connection).scalar() or 0
        if end != self._seen:
            stated = stated_keys(connection, self._origin)
            if stated:
                here = tuple(signer for signer in self._every if signer.key.text in stated)
                if not here:
                    raise Missing("ledger.signer", keys=", ".join(stated)[:200])
                self._active = here
            self._seen = end
        return self._active


def stated_keys(connection: Connection, origin: str) -> tuple[str, ...]:
    """The vkeys that the log states as valid now; none before its first entry, whatever an earlier epoch stated.

    A body that is damaged states nothing here: replay must be able to begin, in order to name it.
    """
    keys: tuple[str, ...] = ()
    for (raw,) in _SAID(connection):
        try:
            said = canonical.decode(raw, _Said)
        except Invalid:
            continue
        if said.act in (OPENED, ROTATED):
            keys = keys or said.data.outcome.keys
            if said.act == OPENED:
                return keys if said.data.outcome.origin == origin else ()
    return ()
