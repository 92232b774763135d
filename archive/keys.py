"""Keys with named purposes, kept as seeds of 32 bytes in a directory; raw private bytes never leave this module.

Each purpose is one file ``<purpose>.seed`` of 64 hex digits, mode 0400, made once by `create` and never
replaced: a rotation adds a purpose (``log-ed25519-2``).  The directory is 0700.  What others get is a
`Signer`, a MAC, or a secret wrapped and unwrapped: operations, not keys.

A crash between the file's write and its directory's sync leaves either the whole file or none.
"""

import os
from base64 import b16decode
from collections.abc import Callable, Iterable
from hmac import digest
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from archive.errors import Damaged, Invalid, Missing
from archive.signing import Signer
from archive.strict import number
from archive.vkeys import COSIGNATURE, ED25519, MLDSA44

LOG_ED25519: Final = "log-ed25519"
LOG_MLDSA44: Final = "log-mldsa44"
WITNESS_ED25519: Final = "witness-ed25519"
WITNESS_MLDSA44: Final = "witness-mldsa44"
"""The two keys of a witness; another installation's than the log's."""
SUBJECTS: Final = "subjects"
"""Wraps the data keys of subjects of private fields (trace-log 5.3)."""
ESCROW: Final = "escrow"
"""Wraps what is kept for the regulator, such as the blinding key of a head map."""
SESSIONS: Final = "sessions"
"""MAC of session tokens and CSRF."""

PURPOSES: Final = (LOG_ED25519, LOG_MLDSA44, SUBJECTS, ESCROW, SESSIONS)

NONCE: Final = 12
"""Bytes of randomness that each encryption takes."""


class Keys:
    """The keys of one house, read once."""

    __slots__ = ("_seeds",)

    def __init__(self, seeds: dict[str, bytes]) -> None:
        self._seeds = seeds

    def __repr__(self) -> str:
        return f"Keys({', '.join(sorted(self._seeds))})"

    @staticmethod
    def create(directory: Path, random: Callable[[int], bytes], purposes: Iterable[str] = PURPOSES) -> "Keys":
        """Make the seeds that are not there yet, then `open`."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for purpose in purposes:
            path = directory / f"{_named(purpose)}.seed"
            if not path.exists():
                _write_once(path, random(32).hex().encode() + b"\n")
        return Keys.open(directory)

    @staticmethod
    def open(directory: Path) -> "Keys":
        """Read every seed in ``directory``.

        Raises:
            Missing: ``keys.none`` when there is none.
            Invalid: ``keys.mode`` when a file is open to others, ``keys.seed`` when one is not 64 hex digits.
        """
        seeds = {path.name.removesuffix(".seed"): _read(path) for path in sorted(directory.glob("*.seed"))}
        if not seeds:
            raise Missing("keys.none", directory=str(directory))
        return Keys(seeds)

    @staticmethod
    def fleeting(random: Callable[[int], bytes]) -> "Keys":
        """Keys that are never written down: for a trial run, gone with the process."""
        return Keys({purpose: random(32) for purpose in PURPOSES})

    @property
    def purposes(self) -> tuple[str, ...]:
        """What there are keys for."""
        return tuple(self._seeds)

    def log(self, origin: str, generation: int = 1) -> tuple[Signer, ...]:
        """The log's signers, Ed25519 first, under the origin's name; a rotation adds a generation, an epoch has its own keys."""
        ed25519, mldsa44 = log_purposes(origin, generation)
        return (
            Signer.from_seed(origin, ED25519, self._seed(ed25519)),
            Signer.from_seed(origin, MLDSA44, self._seed(mldsa44)),
        )

    def logs(self, origin: str) -> tuple[Signer, ...]:
        """The log's signers of every generation there is, all Ed25519 ones first."""
        found, generation = list[tuple[Signer, ...]](), 1
        while log_purposes(origin, generation)[0] in self._seeds:
            found.append(self.log(origin, generation))
            generation += 1
        return tuple(signer for kind in zip(*found, strict=True) for signer in kind)

    def witness(self, name: str) -> tuple[Signer, ...]:
        """A witness's signers, one of each type of cosignature."""
        return (
            Signer.from_seed(name, COSIGNATURE, self._seed(WITNESS_ED25519)),
            Signer.from_seed(name, MLDSA44, self._seed(WITNESS_MLDSA44)),
        )

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA256 under a purpose's key, 32 bytes."""
        return digest(self._derived(purpose, b"mac"), message, "sha256")

    def wrap(self, purpose: str, secret: bytes, bound_to: bytes, nonce: bytes) -> bytes:
        """Encrypt a small secret (AES-256-GCM-SIV); ``bound_to`` must be given again to unwrap, ``nonce`` is 12 random bytes."""
        return seal(self._derived(purpose, b"wrap"), secret, bound_to, nonce)

    def unwrap(self, purpose: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """The secret again.

        Raises:
            Damaged: ``keys.wrapped`` when it was altered, or is bound to something else.
        """
        return unseal(self._derived(purpose, b"wrap"), wrapped, bound_to, purpose)

    def _derived(self, purpose: str, use: bytes) -> bytes:
        # One seed never serves two algorithms: each use has a key of its own.
        return digest(self._seed(purpose), b"sunlit/keys/v1\x00" + use, "sha256")

    def _seed(self, purpose: str) -> bytes:
        if purpose not in self._seeds:
            raise Missing("keys.purpose", purpose=purpose)
        return self._seeds[purpose]


def seal(key: bytes, secret: bytes, bound_to: bytes, nonce: bytes) -> bytes:
    """Encrypt under a data key of 32 bytes, as `Keys.wrap` does under a purpose's."""
    return nonce + AESGCMSIV(key).encrypt(nonce, secret, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes, purpose: str = SUBJECTS) -> bytes:
    """The secret again.

    Raises:
        Damaged: ``keys.wrapped`` when it was altered, or is bound to something else.
    """
    try:
        return AESGCMSIV(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)
    except (InvalidTag, ValueError):
        raise Damaged("keys.wrapped", purpose=purpose) from None


def log_purposes(origin: str, generation: int = 1) -> tuple[str, str]:
    """The purposes of a log's two keys: ``log-ed25519`` and its sister, ``…-2`` after a rotation, ``…-e2`` in epoch 2."""
    epoch = epoch_of(origin)
    more = (f"-e{epoch}" if epoch > 1 else "") + (f"-{generation}" if generation > 1 else "")
    return f"{LOG_ED25519}{more}", f"{LOG_MLDSA44}{more}"


def epoch_of(origin: str) -> int:
    """The epoch that an origin names: k for ``…/epoch-k``, else 1 (trace-log 5.7)."""
    last = origin.rpartition("/")[2]
    named = number(last.removeprefix("epoch-")) if last.startswith("epoch-") else None
    return named if named is not None and named > 1 else 1


def _named(purpose: str) -> str:
    if not purpose or not all(c.isascii() and (c.isalnum() or c == "-") for c in purpose):
        raise Invalid("keys.purpose", purpose=purpose[:40])
    return purpose


def _write_once(path: Path, raw: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        os.write(handle, raw)
        os.fsync(handle)
    finally:
        os.close(handle)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise Invalid("keys.mode", file=path.name)
    try:
        seed = b16decode(path.read_bytes().strip(), casefold=True)
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise Invalid("keys.seed", file=path.name)
    return seed
