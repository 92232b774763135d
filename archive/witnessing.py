"""What a witness answers, as a pure function of what it has seen (trace-log 1.6; C2SP tlog-witness v1.0.0).

A witness cosigns a checkpoint only when it extends the last one it cosigned of that log.  The
service around this module reads the state and stores the new one in one atomic step, and stores
before it answers; signing is passed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from archive.checkpoints import Checkpoint, line_time, parse_checkpoint
from archive.faults import Fault
from archive.merkle import EMPTY_ROOT, check_consistency
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.notes import Line, Note, first_lines, parse_note
from archive.strict import number, unbase64
from archive.vkeys import Key

MAX_PROOF: Final = 63
MAX_REQUEST: Final = MAX_NOTE + 4096
"""Longest request body, in bytes."""

TEXT: Final = "text/plain; charset=utf-8"
SIZE_TYPE: Final = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Seen:
    """The last checkpoint of a log that this witness cosigned."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, content type, body."""

    status: int
    type: str
    body: str


class Declined(Exception):
    """A request that is not cosigned; carries the answer."""

    def __init__(self, status: int, body: str, type: str = TEXT) -> None:
        super().__init__(status, body)
        self.answer = Answer(status, type, body)


@dataclass(frozen=True, slots=True)
class Request:
    """A well-formed add-checkpoint: the size the client believes the witness to have seen, a proof, a checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    tree: Checkpoint


def write_request(old: int, proof: Sequence[str], checkpoint: bytes) -> bytes:
    """An add-checkpoint request; the proof's hashes in base64."""
    return f"old {old}\n".encode() + "".join(f"{h}\n" for h in proof).encode() + b"\n" + checkpoint


def parse_request(raw: bytes) -> Request:
    """A request from its body.

    Raises:
        Declined: 400 when it is malformed.
    """
    head, blank, checkpoint = raw.partition(b"\n\n")
    if len(raw) > MAX_REQUEST or not blank:
        raise Declined(400, "too long, or no empty line before the checkpoint\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        note = parse_note(checkpoint)
        tree = parse_checkpoint(note.text, any_empty_root=True)
    except UnicodeDecodeError:
        raise Declined(400, "not ASCII before the checkpoint\n") from None
    except Fault as e:
        raise Declined(400, f"{e.why}\n") from None
    old = number(first.removeprefix("old "))
    proof = tuple(h for line in lines[: MAX_PROOF + 1] if (h := unbase64(line, 32)) is not None)
    if old is None or not first.startswith("old ") or len(proof) != len(lines) or len(proof) > MAX_PROOF:
        raise Declined(400, f"not an old size and at most {MAX_PROOF} hashes\n")
    return Request(old, proof, note, tree)


def authenticate(request: Request, logs: Mapping[str, Sequence[Key]]) -> None:
    """The origin is known and a trusted key of it signed.

    Raises:
        Declined: 404 unknown origin; 403 no trusted signature, or one that fails.
    """
    keys = logs.get(request.tree.origin)
    if not keys:
        raise Declined(404, "unknown log\n")
    lines = first_lines(request.note)
    signed = [line_time(key, request.note.text, line.signature) for key in keys for line in lines if line.claims(key)]
    if not signed or None in signed:
        raise Declined(403, "no signature of a trusted key, or one that fails\n")


def extend(request: Request, seen: Seen) -> Seen:
    """What the witness has seen after this request; an equal checkpoint is seen again.

    Raises:
        Declined: 400 old greater than the size; 409 with the size that was seen; 422 a tree that is no extension.
    """
    tree = request.tree
    if request.old > tree.size:
        raise Declined(400, "old is greater than the checkpoint's size\n")
    if request.old != seen.size:
        raise Declined(409, f"{seen.size}\n", SIZE_TYPE)
    if tree.size == 0 and tree.root != EMPTY_ROOT:
        raise Declined(422, "an empty tree has another root\n")
    if seen.size == 0 and tree.size:
        consistent = not request.proof  # anything extends nothing
    else:
        consistent = check_consistency(seen.size, tree.size, seen.root, tree.root, request.proof)
    if not consistent:
        raise Declined(422, "no proof that this tree extends the one seen before\n")
    return Seen(tree.size, tree.root)


def answer(
    raw: bytes,
    logs: Mapping[str, Sequence[Key]],
    seen: Callable[[str], Seen],
    cosign: Callable[[str], Sequence[Line]],
) -> tuple[Answer, str, Seen | None]:
    """The answer to one request, the origin, and what is to be stored before it is sent (None: nothing).

    ``logs`` are the trusted keys by origin, ``seen`` reads the state of an origin and ``cosign`` makes the
    witness's lines over a note's text, at a time that is not 0.
    """
    try:
        request = parse_request(raw)
        authenticate(request, logs)
        after = extend(request, seen(request.tree.origin))
    except Declined as e:
        return e.answer, "", None
    lines = cosign(request.note.text)
    return Answer(200, TEXT, "".join(line.text for line in lines)), request.tree.origin, after


def monitoring_path(origin: str) -> str:
    """Where the witness serves the last checkpoint of a log, under its monitoring prefix."""
    return f"{sha256(origin.encode()).hexdigest()}/checkpoint"
