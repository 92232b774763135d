"""Asking witnesses: all at once, a second for all of them, what comes later is kept as well (trace-log 1.6, 5.5).

A witness is asked with the size that it is believed to have seen and says 409 with the true one.  What it answers
is untrusted until `archive.ledger.notary` has verified each line.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from time import monotonic

from archive.errors import Busy, SunlitError
from archive.faults import Fault
from archive.notes import Line, parse_line
from archive.policy import Policy, parse_policy
from archive.strict import base64, number
from archive.vkeys import Key
from archive.wire import Reply, post
from archive.witnessing import SIZE_TYPE, TEXT, write_request

LOGGER = logging.getLogger("sunlit.cosigning")

TIMEOUT = 1.0
"""Seconds for which a publisher waits for its witnesses."""

LATE = 10.0
"""Seconds after which an answer is not waited for any more at all."""

_LIMIT = 64 * 1024
_TRIES = 3

Proof = Callable[[int, int], Sequence[bytes]]
"""The consistency proof from an old size to a new one."""

Ask = Callable[[str, bytes], Reply]
"""POST a request body to a url."""

Keep = Callable[["Cosigned"], bool]
"""Verify and store what a witness said; whether there is enough now."""


def addresses(policy: bytes) -> dict[Key, str]:
    """The urls that a policy file gives: prefixes of logs, submission prefixes of witnesses.

    Raises:
        Fault: ``POLICY_BAD``.
    """
    parsed = parse_policy(policy)
    keys = {key.text: key for key in (*parsed.logs, *parsed.witnesses.values())}
    found = {}
    for line in policy.decode("utf-8", "surrogateescape").split("\n"):
        match line.split():
            case ["log", vkey, url] | ["witness", _, vkey, url]:
                found[keys[vkey]] = url
            case _:
                pass
    return found


@dataclass(frozen=True, slots=True)
class Cosigned:
    """Verified or not, what a witness said of one checkpoint."""

    size: int
    lines: tuple[tuple[Key, Line], ...]


@dataclass(slots=True)
class _Witness:
    url: str
    keys: tuple[Key, ...]
    seen: int = 0
    asked: "Future[Cosigned] | None" = None
    fault: str = ""


def over_http(url: str, body: bytes) -> Reply:
    """One add-checkpoint request."""
    return post(f"{url.rstrip('/')}/add-checkpoint", body, TEXT, limit=_LIMIT, timeout=LATE)


class Witnesses:
    """The witnesses of a policy file that have a url; two keys under one url are one witness.

    One thread gathers at a time.

    Raises:
        Fault: ``POLICY_BAD``.
    """

    def __init__(self, policy: bytes, ask: Ask = over_http) -> None:
        self.policy: Policy = parse_policy(policy)
        urls, by_url = addresses(policy), dict[str, list[Key]]()
        for key in self.policy.witnesses.values():
            if key in urls:
                by_url.setdefault(urls[key], []).append(key)
        self._known = {url: _Witness(url, tuple(keys)) for url, keys in by_url.items()}
        self._ask = ask
        self._pool: ThreadPoolExecutor | None = None

    @property
    def faults(self) -> dict[str, str]:
        """What is wrong with a witness at present, by its url; nothing for those that cosign."""
        return {url: witness.fault for url, witness in self._known.items() if witness.fault}

    def gather(self, note: bytes, size: int, proof: Proof, keep: Keep, timeout: float = TIMEOUT) -> None:
        """Ask every witness that is not still being asked, and hand on what is answered, late answers included.

        Waits for ``timeout`` seconds, or until ``keep`` says that it is enough.  ``proof`` is called from other threads.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max(1, len(self._known)), thread_name_prefix="witness")
        for witness in self._known.values():
            if witness.asked is None:
                witness.asked = self._pool.submit(self._cosign, witness, note, size, proof)
        end = monotonic() + timeout
        while not self._handed_on(keep):
            asked = [witness.asked for witness in self._known.values() if witness.asked is not None]
            if not asked or not wait(asked, max(0.0, end - monotonic()), FIRST_COMPLETED).done:
                return

    def harvest(self, keep: Keep) -> None:
        """Hand on what was answered since the last time, and wait for nobody."""
        self._handed_on(keep)

    def _handed_on(self, keep: Keep) -> bool:
        enough = False
        for said in self._answered():
            enough = keep(said) or enough
        return enough

    def _answered(self) -> list[Cosigned]:
        found = []
        for witness in self._known.values():
            if witness.asked is not None and witness.asked.done():
                said, witness.asked = witness.asked.result(), None
                if said.lines:
                    found.append(said)
        return found

    def close(self) -> None:
        """Wait for nobody any more; what is asked for next begins anew."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
        for witness in self._known.values():
            witness.asked = None

    def _cosign(self, witness: _Witness, note: bytes, size: int, proof: Proof) -> Cosigned:
        try:
            lines = self._lines(witness, note, size, proof)
        except (SunlitError, OSError) as fault:
            lines, why = (), str(fault)
        else:
            why = "" if lines else "no line of a known key"
        if why and why != witness.fault:
            LOGGER.warning("%s does not cosign size %d: %s", witness.url, size, why)
        witness.fault = why
        return Cosigned(size, lines)

    def _lines(self, witness: _Witness, note: bytes, size: int, proof: Proof) -> tuple[tuple[Key, Line], ...]:
        for _ in range(_TRIES):
            old = min(witness.seen, size)
            reply = self._ask(witness.url, write_request(old, list(map(base64, proof(old, size))), note))
            seen = number(reply.body.decode("ascii", "replace").removesuffix("\n"))
            if reply.status == 200:
                witness.seen = size
                return _claimed(witness.keys, reply.body)
            if reply.status != 409 or not reply.type.startswith(SIZE_TYPE) or seen is None:
                raise Busy("cosigning.declined", status=reply.status, why=reply.body[:200].decode("utf-8", "replace").strip())
            witness.seen = seen
            if seen > size:
                # It cosigned a greater tree of ours: this one was restored from a backup, or the witness lies.
                raise Busy("cosigning.ahead", seen=seen, size=size)
        raise Busy("cosigning.declined", status=409, why="it changes its mind")


def _claimed(keys: Sequence[Key], body: bytes) -> tuple[tuple[Key, Line], ...]:
    found = []
    for text in body.decode("utf-8", "replace").split("\n"):
        try:
            line = parse_line(text)
        except Fault:
            continue
        found += [(key, line) for key in keys if line.claims(key)]
    return tuple(found)
