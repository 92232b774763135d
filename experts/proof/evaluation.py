"""The public data of an evaluation, and how anybody computes it again: every value, every place (SPEC.md 19).

The file holds what the room was opened with, the report that the members signed, and every computed value explained.  A
verifier computes values and ranking anew with the method as declared, and names each divergence by what it is of.  Pure.
"""

from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import fields

from archive.bodies import Kind, Outcome
from archive.canonical import decode, encode
from archive.errors import Invalid, Refused
from archive.policy import Policy
from archive.proofs import check_proof
from archive.values import Value
from experts import evaluation
from experts.evaluation.events import Placed, ReportSubmitted, Summary
from experts.evaluation.messages import OpenRoom
from experts.evaluation.parts import MOST_BIDS
from experts.evaluation.report import Report, report_digest, report_of
from experts.evaluation.state import Room
from experts.evaluation.summary import scores, summarise
from experts.methods import objection
from experts.numbers import number
from experts.scoring import Computed, disunited

FORMAT: Final = "sunlit evaluation/1"
MOST_BYTES: Final = 64 * 2**20
MOST_MEMBERS: Final = 64
_KIND = Kind.of(evaluation.DECIDER)

Divergences = Iterator[tuple[str, str]]
"""What differs, and how."""


class Evaluated(Value, frozen=True, omit_defaults=False):
    """``digest`` is the report's, which the members signed; ``log`` are receipts (proof files with openings, base64) of the
    entry that submitted it.
    """

    digest: str
    format: str
    log: tuple[str, ...]
    report: Report
    room: OpenRoom
    values: tuple[Computed, ...]


def evaluated(state: Room, log: Sequence[str]) -> bytes:
    """The file of a room whose report is submitted.

    Raises:
        Refused: ``room.phase`` before that.
    """
    if state.phase != "submitted" or state.opened is None or state.summary is None:
        raise Refused("room.phase", phase=state.phase)
    room, report = state.opened, report_of(state, state.opened, state.summary)
    values = scores(state, room).computed if state.summary.ranking else ()
    return encode(Evaluated(report_digest(report), FORMAT, tuple(log), report, room, values))


def parse(raw: bytes) -> Evaluated:
    """The file, bounded: bids, members and bytes are limited, and it is the canonical form of its format.

    Raises:
        Invalid: ``score.file``.
    """
    if len(raw) > MOST_BYTES:
        raise Invalid("score.file", why=f"more than {MOST_BYTES} bytes")
    try:
        file = decode(raw, Evaluated)
        again = encode(file)
    except Invalid as e:
        raise Invalid("score.file", why=str(e)) from None
    if file.format != FORMAT or again != raw:
        raise Invalid("score.file", why="not the canonical form of its format")
    if len(file.room.bids) > MOST_BIDS or max(len(file.report.members), len(file.report.marks)) > MOST_MEMBERS:
        raise Invalid("score.file", why="more bids or members than a room has")
    return file


def method(file: Evaluated) -> Divergences:
    """The method is one that the rule set allows, and the report is by it."""
    broken = objection(file.room.method, file.room.rule_set, file.room.subject)
    if broken:
        yield "method", broken
    if (file.report.method, file.report.rule_set, file.report.drawn) != (
        file.room.method,
        file.room.rule_set,
        file.room.drawn,
    ):
        yield "method", "the report is by another method, rule set or coefficients than the room"


def marks(file: Evaluated) -> Divergences:
    """Everybody who sat has marked every item of every bid that was in, within range, and the objective ones alike."""
    state = _room(file)
    items = {i.id: number(i.full) for i in file.room.method.items}
    sat = {s.member.id for s in state.active}
    if file.report.summary.failed or not items:
        return
    if set(file.report.marks) != sat:
        yield "marks", "not those of the members who sat"
    bids = [b.id for b in state.valid]
    for member, sheets in file.report.marks.items():
        for bid in bids:
            sheet = sheets.get(bid, {})
            if set(sheet) != set(items):
                yield f"mark of {member} for {bid}", "not of every item"
            for item, mark in sheet.items():
                if item in items and not 0 <= number(mark) <= items[item]:
                    yield f"mark of {member} for {bid} on {item}", f"{mark} is out of range"
    for bid, item in disunited(file.room.method, file.report.marks, bids):
        yield f"marks for {bid} on {item}", "an objective item is marked apart"


def values(file: Evaluated) -> Divergences:
    """Every computed value, with its formula and its inputs; a member's sum is an input of the mean."""
    state = _room(file)
    again = scores(state, file.room).computed if file.report.summary.ranking else ()
    told = {(c.what, c.bid): c for c in file.values}
    if len(told) != len(file.values) or told.keys() != {(c.what, c.bid) for c in again}:
        yield "values", "not those that the method computes"
    for c in again:
        said = told.get((c.what, c.bid))
        if said is None:
            continue
        name = f"value {c.what}" + (f" of {c.bid}" if c.bid else "")
        if said.value != c.value:
            yield name, f"{said.value} is told, {c.value} is computed"
        for key in sorted(said.inputs.keys() | c.inputs.keys()):
            one, other = said.inputs.get(key, "nothing"), c.inputs.get(key, "nothing")
            if one != other:
                yield f"{name}, input {key}", f"{one} is told, {other} is computed"
        if said.formula != c.formula:
            yield name, "another formula is told"


def places(file: Evaluated) -> Divergences:
    """Every place with its scores, candidates, ties, who yields to whom, and the digests of what was computed from and to."""
    told, again = file.report.summary, summarise(_room(file), file.room, file.report.summary.failed)
    yield from _ranking(told.ranking, again.ranking)
    for field in fields(Summary):
        if field.name != "ranking" and getattr(told, field.name) != getattr(again, field.name):
            yield f"summary, {field.name}", f"{getattr(told, field.name)} is told, {getattr(again, field.name)} is computed"


def _ranking(told: Iterable[Placed], again: Iterable[Placed]) -> Divergences:
    said = {p.bid: p for p in told}
    for computed in again:
        one = said.pop(computed.bid, None)
        if one is None:
            yield f"rank of {computed.bid}", f"none is told, {computed.place} is computed"
            continue
        for field in fields(Placed):
            if getattr(one, field.name) != getattr(computed, field.name):
                name = "rank" if field.name == "place" else field.name
                yield f"{name} of {one.bid}", f"{getattr(one, field.name)} is told, {getattr(computed, field.name)} is computed"
    for bid, one in said.items():
        yield f"rank of {bid}", f"{one.place} is told, none is computed"


def signed(file: Evaluated) -> Divergences:
    """The digest that the members signed is this report's."""
    if report_digest(file.report) != file.digest:
        yield "digest", "the members signed another report"


def logged(file: Evaluated, policy: Policy) -> Divergences:
    """The report with this digest was submitted, by an entry whose receipt holds under the policy."""
    found = False
    for text in file.log:
        body = check_proof(b64decode(text, validate=True), policy).body
        said = _KIND.read(body).data.outcome if body is not None else None
        events = said.events if isinstance(said, Outcome) and isinstance(said.events, tuple) else ()
        found |= any(isinstance(e, ReportSubmitted) and e.report == file.digest for e in events)
    if not found:
        yield "log", "no receipt of the entry that submitted this report"


def _room(file: Evaluated) -> Room:
    """The room as the report leaves it: what its values are computed from."""
    report = file.report
    return Room(
        phase="submitted",
        opened=file.room,
        seats=report.members,
        rejected=report.rejected,
        fallen=report.fallen,
        competition=report.competition,
        marks=report.marks,
    )


STEPS: Final = {"method": method, "marks": marks, "values": values, "places": places, "digest": signed}
"""What is checked, in order; nothing is computed by a method that does not hold."""
