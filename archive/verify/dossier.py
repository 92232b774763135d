"""Packs of scope dossier: whole streams, each with the receipt of its last event and a head proof (trace-log 5.6, 7).

Event k stands in file k.  The receipt proves the last event, its chain all before it; the head proof
shows that the stream had no later event when the heads event was recorded.
"""

from dataclasses import dataclass
from typing import Final

from archive import envelope
from archive.chains import follow
from archive.entry import leaf, parse_opening
from archive.envelope import Body
from archive.faults import Fault
from archive.heads import check_head, sealed_heads, stated_map
from archive.policy import Verdict
from archive.proofs import MAX_BYTES as MAX_PROOF
from archive.proofs import Opened, open_proof, parse_proof
from archive.report import CAP, Report
from archive.strict import base64, number
from archive.verify.bodies import MAX_OPENING, Disclosed, check_event, read_opened
from archive.verify.files import Files
from archive.verify.trust import Clock, Trust, check_times

_MAX_HEAD: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class _Event:
    body: Body
    leaf: bytes


@dataclass(slots=True)
class Dossier:
    """One run over the streams of a pack; ``called`` collects the paths that it accounts for."""

    files: Files
    published: Verdict | None
    origin: str
    trust: Trust
    clock: Clock
    report: Report
    gathered: Disclosed
    called: set[str]

    def check(self, streams: list[str]) -> None:
        """Every stream, then what binds streams to each other."""
        known: dict[str, dict[int, _Event]] = {}
        ids: set[str] = set()
        places = self._sort_places()
        for stream in streams:
            known[stream] = self._stream(stream, places.get(f"stream/{stream}/", []), ids)
        for stream in streams:
            for place, event in known[stream].items():
                self._sealed(f"stream/{stream}/{place}", event.body, known)

    def _stream(self, stream: str, held: list[int], ids: set[str]) -> dict[int, _Event]:
        top = f"stream/{stream}/"
        last = self._receipt(top + "last.tlog-proof")
        body = self._last_body(last, stream, top)
        end = body.seq if body is not None else max(held, default=0)
        there = set(held)
        missing = end - sum(1 for place in held if place <= end)
        named = place = 0
        while named < min(missing, CAP):
            place += 1
            if place not in there:
                self.report.add("FILE_MISSING", f"{top}{place}", f"event {place} of {end}")
                named += 1
        self.report.more("FILE_MISSING", missing - named)
        events = {place: event for place in held if place <= end and (event := self._event(top, place, ids)) is not None}
        for problem in follow(stream, ((place, event.body, event.leaf) for place, event in events.items())):
            self.report.add(problem.code, f"{top}{problem.index}", problem.why, stream=stream)
        if last is not None and body is not None and end in there:
            if (self.files.read(f"{top}{end}", MAX_OPENING) or b"") != self._extra(top + "last.tlog-proof"):
                self.report.add("BODY_MISMATCH", f"{top}{end}", "not what the receipt of the last event opens")
        if last is not None and body is not None:
            check_times(self.clock, body.at, self.report, top + "last.tlog-proof", last.index, stream=stream)
        self._head(stream, top, events, end)
        return events

    def _sort_places(self) -> dict[str, list[int]]:
        """The numbers of the event files of each stream folder, ascending."""
        places: dict[str, list[int]] = {}
        for path in self.files.names():
            if path.startswith("stream/"):
                top, _, name = path.rpartition("/")
                if place := number(name):
                    places.setdefault(top + "/", []).append(place)
        return {top: sorted(found) for top, found in places.items()}

    def _extra(self, path: str) -> bytes | None:
        return parse_proof(self.files.read(path, MAX_PROOF) or b"").extra

    def _receipt(self, path: str) -> Opened | None:
        """A receipt made for the pack's checkpoint, with its faults reported; None when it proves nothing."""
        self.called.add(path)
        raw = self.files.read(path, MAX_PROOF)
        if raw is None:
            self.report.add("FILE_MISSING", path, "every stream of a dossier has one")
            return None
        try:
            proof = parse_proof(raw)
            verdict = self.trust.judge(proof.checkpoint, self.report, path)
            if verdict is None:
                return None
            if self.published is not None and verdict.note.text != self.published.note.text:
                raise Fault("PROOF_BAD", "made for another checkpoint than the pack's")
            if proof.extra is None:
                raise Fault("PROOF_BAD", "opens no entry")
            return open_proof(proof, verdict.tree)
        except Fault as e:
            self.report.fault(e, path)
            return None

    def _last_body(self, last: Opened | None, stream: str, top: str) -> Body | None:
        if last is None or last.body is None:
            return None
        body, _ = envelope.examine(last.body)
        if body is None or body.stream != stream:
            self.report.add("BODY_MISMATCH", top + "last.tlog-proof", "opens no event of this stream")
            return None
        return body

    def _event(self, top: str, place: int, ids: set[str]) -> _Event | None:
        path = f"{top}{place}"
        self.called.add(path)
        try:
            salt, raw = parse_opening(self.files.read(path, MAX_OPENING) or b"")
        except Fault as e:
            self.report.fault(e, path)
            return None
        body, faults = envelope.examine(raw)
        if body is not None:
            faults = (*faults, *self._of_the_log(body))
        for fault in faults:
            self.report.fault(fault, path)
        if body is None:
            return None
        if body.id in ids:
            self.report.add("DUP_ID", path, body.id, event=body.id)
        ids.add(body.id)
        check_times(self.clock, body.at, self.report, path, -1, event=body.id)
        self.gathered.take(body, raw, path)
        return _Event(body, leaf(salt, raw))

    def _of_the_log(self, body: Body) -> list[Fault]:
        """Faults of an event by which the log speaks of itself."""
        found = [fault for fault in [check_event(body)] if fault is not None]
        if body.act == "log.opened":
            try:
                self.gathered.quantum = read_opened(body, self.origin).quantum
            except Fault as e:
                found.append(e)
        return found

    def _head(self, stream: str, top: str, events: dict[int, _Event], end: int) -> None:
        heads = self._receipt(top + "heads.tlog-proof")
        path = top + "head.json"
        self.called.add(path)
        raw = self.files.read(path, _MAX_HEAD)
        if raw is None:
            self.report.add("FILE_MISSING", path, "every stream of a dossier has one")
        if heads is None or heads.body is None:
            return
        body, faults = envelope.examine(heads.body)
        for fault in faults:
            self.report.fault(fault, top + "heads.tlog-proof", idx=heads.index)
        if body is not None:
            check_times(self.clock, body.at, self.report, top + "heads.tlog-proof", heads.index, event=body.id)
        try:
            if body is None or body.act != "system.heads" or body.stream != "system/heads":
                raise Fault("HEAD_BAD", f"{top}heads.tlog-proof opens no heads event")
            size, root = stated_map(body.data.outcome)
            if raw is None:
                return
            proof = check_head(raw, size, root)
            there = events.get(proof.last_seq)
            if proof.stream != stream or there is None or base64(there.leaf) != proof.last_leaf:
                raise Fault("HEAD_BAD", f"event {proof.last_seq} of {proof.stream} is not here with that leaf")
        except Fault as e:
            self.report.fault(e, path, stream=stream)
            return
        if end > proof.last_seq and (end not in events or events[end].body.act != "stream.closed"):
            said = f"events after {proof.last_seq} of {stream} are proved, but not that there are no more"
            self.report.note("CHAIN_OPEN", path, said, end - proof.last_seq)

    def _sealed(self, path: str, body: Body, known: dict[str, dict[int, _Event]]) -> None:
        """Sealed streams that an event opens, as far as they stand in the pack."""
        try:
            for head in sealed_heads(body.data.outcome):
                events = known.get(head.stream)
                if events is None:
                    continue
                there = events.get(head.last_seq)
                if there is None or base64(there.leaf) != head.last_leaf or max(events) > head.last_seq:
                    raise Fault("HEAD_BAD", f"{head.stream} does not end with event {head.last_seq} and that leaf")
        except Fault as e:
            self.report.fault(e, path, event=body.id)
