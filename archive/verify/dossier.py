"""Packs of scope dossier: whole streams, each with the receipt of its last event and a head proof (trace-log 5.6, 7).

Event k stands in file k.  The receipt proves the last event, its chain all before it; the head proof
shows that the stream had no later event when the heads event was recorded.  A stream that began in an earlier epoch has a
receipt of its last event there as well (`archive.verify.epochs`), and no other if nothing was added since.
"""

from dataclasses import dataclass, field
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
from archive.verify.epochs import Earlier, earlier, receipt
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
    earlier: list[Earlier] = field(default_factory=list)

    def check(self, streams: list[str]) -> None:
        """Every stream, then what binds streams to each other."""
        known: dict[str, dict[int, _Event]] = {}
        ids: set[str] = set()
        places = self._sort_places()
        if self.published is not None:
            self.earlier = earlier(self.files, self.published.tree, self.report, self.called)
        for stream in streams:
            known[stream] = self._stream(stream, places.get(f"stream/{stream}/", []), ids)
        for stream in streams:
            for place, event in known[stream].items():
                self._sealed(f"stream/{stream}/{place}", event.body, known)

    def _stream(self, stream: str, held: list[int], ids: set[str]) -> dict[int, _Event]:
        top = f"stream/{stream}/"
        proved = self._earlier(stream, top)
        dormant = bool(proved) and self.files.read(top + "last.tlog-proof", MAX_PROOF) is None
        # With nothing added in the epoch of the pack, the last event is that of an earlier one.
        last = None if dormant else self._receipt(top + "last.tlog-proof")
        body = proved[max(proved)] if dormant else self._last_body(last, stream, top)
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
        self._of_their_time(top, events, proved)
        return events

    def _earlier(self, stream: str, top: str) -> dict[int, Body]:
        """The last events of the stream in the earlier epochs, by epoch, as their receipts open them."""
        found: dict[int, Body] = {}
        for epoch in self.earlier:
            path = f"{top}epoch-{epoch.epoch}.tlog-proof"
            raw = self.files.read(path, MAX_PROOF)
            if raw is None:
                continue
            self.called.add(path)
            try:
                opened = receipt(raw, epoch.tree)
                body, _ = envelope.examine(opened.body or b"")
                if body is None or body.stream != stream:
                    raise Fault("BODY_MISMATCH", "opens no event of this stream")
                if (self.files.read(f"{top}{body.seq}", MAX_OPENING) or b"") != parse_proof(raw).extra:
                    raise Fault("BODY_MISMATCH", f"not what stands in place {body.seq}")
                found[epoch.epoch] = body
            except Fault as fault:
                self.report.fault(fault, path, stream=stream)
        return found

    def _of_their_time(self, top: str, events: dict[int, _Event], proved: dict[int, Body]) -> None:
        """Events that are older than an epoch are proved by one before it."""
        for epoch in self.earlier:
            older = max((place for place, event in events.items() if event.body.at < epoch.before), default=0)
            if older > max((body.seq for at, body in proved.items() if at <= epoch.epoch), default=0):
                path = f"{top}epoch-{epoch.epoch}.tlog-proof"
                self.report.add("FILE_MISSING", path, f"event {older} is older than epoch {epoch.epoch + 1}")

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
            stated = (body.data.outcome or {}).get("origin")
            before = next((epoch.tree.origin for epoch in self.earlier if epoch.tree.origin == stated), None)
            try:
                opened = read_opened(body, before or self.origin)
                if before is None:
                    self.gathered.quantum = opened.quantum
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
