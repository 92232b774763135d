"""A file of anybody's procurement data, answered record by record.

Pure.  Recognised are a release package, a record package, one release, one record, and JSON lines of any of them.
One answer for each release (or record) in the file's order; a fault in one leaves the others alone.
"""

from collections import Counter
from itertools import islice

from msgspec.structs import replace

from trading.intake.merge import merged
from trading.intake.plan import Answer, Intake, Merged, Note, Plan, Problem, RefusedRecord, Taken
from trading.intake.release import read_release
from trading.intake.wire import Fault, Json, Members, Node, flaws, kind, parse, shown

MAX_BYTES = 64 * 1024 * 1024
MAX_PROBLEMS = 50


def take(raw: bytes) -> Intake:
    """Read a file; never raises, whatever the bytes are."""
    if len(raw) > MAX_BYTES:
        return _refused("intake.too-large", limit=str(MAX_BYTES))
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in raw[:4]:
        return _refused("intake.encoding")
    notes = (Note("intake.note.bom"),) if raw.startswith(b"\xef\xbb\xbf") else ()
    # A byte that is not UTF-8 becomes a lone surrogate: the record that holds it is refused, not the file.
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    if not text.strip():
        return _refused("intake.empty")
    try:
        value = parse(text)
    except RecursionError:
        return _refused("intake.depth", limit="64")
    except ValueError as error:
        lines = _lines(text)
        if lines is None:
            return _refused("intake.json", why=str(error)[:120])
        return replace(_answered("lines", lines), notes=notes)
    return replace(_recognised(value), notes=notes)


def _recognised(value: Json) -> Intake:
    root = Node(value, "")
    form, found = _records(root)
    if form == "":
        return _refused("intake.shape", found=_top(value))
    if not found:
        return _refused("intake.empty")
    return _answered(form, found)


Record = Node | RefusedRecord


def _records(root: Node) -> tuple[str, list[Record]]:
    """The form of a document and the records in it; an empty form is unknown."""
    value = root.value
    if not isinstance(value, Members):
        return "", []
    for form, name in (("releases", "releases"), ("records", "records")):
        inner = value.get(name)
        if isinstance(inner, list) and "ocid" not in value:
            nodes = [Node(v, f"/{name}/{i}") for i, v in enumerate(inner)]
            return form, list(nodes) if form == "releases" else [part for node in nodes for part in _of_record(node)]
    if "ocid" in value and ("compiledRelease" in value or "releases" in value):
        return "record", _of_record(root)
    if "ocid" in value and ("tender" in value or "tag" in value):
        return "release", [root]
    return "", []


def _of_record(record: Node) -> list[Record]:
    """What a record offers: its compiled release, else its releases when they are embedded."""
    try:
        compiled, ocid = record.child("compiledRelease"), record.child("ocid")
        if compiled is not None:
            if ocid is not None and _named(compiled, "ocid") not in ("", _named(record, "ocid")):
                raise Fault("intake.ocid-differs", ocid.pointer, ocid=_named(record, "ocid"), compiled=_named(compiled, "ocid"))
            return [compiled]
        releases = list(record.need("releases").each())
        for release in releases:
            if release.child("url") is not None and release.child("ocid") is None:
                raise Fault("intake.linked", release.pointer)
        if not releases:
            raise Fault("intake.missing", record.pointer or "/", field="releases")
        return list(releases)
    except Fault as fault:
        return [_refusal(record, fault.problem)]


def _lines(text: str) -> list[Record] | None:
    """The records of JSON lines, or None when the text is not of that form: its first line is no JSON object."""
    written = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    records: list[Record] = []
    for n, line in written:
        try:
            value = parse(line)
        except (ValueError, RecursionError) as error:
            if not records:
                return None
            problem = Problem("intake.json", f"(line {n})", {"why": shown(str(error))})
            records.append(RefusedRecord(f"(line {n})", "", "", problem))
            continue
        if not records and not isinstance(value, Members):
            return None
        form, found = _records(Node(value, ""))
        if not form or not found:
            found = [RefusedRecord(f"(line {n})", "", "", Problem("intake.shape", f"(line {n})", {"found": _top(value)}))]
        records += [_at_line(record, n) for record in found]
    return records if len(written) > 1 else None


def _at_line(record: Record, line: int) -> Record:
    prefix = f"(line {line})"
    match record:
        case Node():
            return Node(record.value, prefix + record.pointer)
        case RefusedRecord() if not record.pointer.startswith(prefix):
            reason = replace(record.reason, pointer=prefix + record.reason.pointer)
            return replace(record, pointer=prefix + record.pointer, reason=reason)
        case RefusedRecord():
            return record


def _answered(form: str, records: list[Record]) -> Intake:
    """Group the sound releases by ocid, merge where there are several, and answer each in its place."""
    answers: dict[int, Answer] = {}
    groups: dict[str, list[tuple[int, Node]]] = {}
    damaged: set[str] = set()
    for i, record in enumerate(records):
        match record:
            case RefusedRecord():
                answers[i] = record
            case Node():
                bad = list(islice(flaws(record), MAX_PROBLEMS))
                if bad:
                    answers[i] = _refusal(record, *bad)
                    damaged.add(_named(record, "ocid"))
                else:
                    groups.setdefault(_named(record, "ocid") or f"(no ocid){i}", []).append((i, record))
    for ocid, group in groups.items():
        answers |= _incomplete(ocid, group) if ocid in damaged else _answer_group(ocid, group)
    _refuse_shared_ids(answers)
    return Intake(form, tuple(answers[i] for i in range(len(records))))


def _incomplete(ocid: str, group: list[tuple[int, Node]]) -> dict[int, Answer]:
    """A record of which one release cannot be trusted is not made of the others."""
    return {i: _refusal(release, Problem("intake.merge-incomplete", release.pointer, {"ocid": ocid})) for i, release in group}


def _answer_group(ocid: str, group: list[tuple[int, Node]]) -> dict[int, Answer]:
    if len(group) == 1:
        i, release = group[0]
        return {i: _answer(release, release, ())}
    repeated = [id for id, times in Counter(_named(release, "id") for _, release in group).items() if times > 1]
    if repeated:
        return {i: _refusal(r, Problem("intake.duplicate-release", r.pointer, {"id": repeated[0]})) for i, r in group}
    try:
        record = merged([release for _, release in group], ocid)
    except Fault as fault:
        return {i: _refusal(release, fault.problem) for i, release in group}
    last_i, last = max(group, key=lambda pair: pair[1].need("date").time())
    note = Note("intake.note.merged", {"count": str(len(group)), "ocid": ocid})
    answer = _answer(last, record, (note,))
    if isinstance(answer, RefusedRecord):
        return {i: _refusal(release, answer.reason, *answer.others) for i, release in group}
    answers: dict[int, Answer] = {i: Merged(release.pointer, _named(release, "id"), last.pointer) for i, release in group}
    answers[last_i] = answer
    return answers


def _answer(release: Node, record: Node, notes: tuple[Note, ...]) -> Answer:
    try:
        release.need("ocid").ident()
        release.need("id").ident()
        read = read_release(record)
    except Fault as fault:
        return _refusal(release, fault.problem)
    match read:
        case Plan():
            return Taken(release.pointer, _named(release, "id"), replace(read, notes=(*notes, *read.notes)))
        case problems:
            return _refusal(release, *problems)


def _refuse_shared_ids(answers: dict[int, Answer]) -> None:
    """Two records that would become the same tender: neither is taken."""
    times = Counter(answer.plan.id for answer in answers.values() if isinstance(answer, Taken))
    for i, answer in answers.items():
        if isinstance(answer, Taken) and times[answer.plan.id] > 1:
            problem = Problem("intake.duplicate-tender", answer.pointer, {"id": answer.plan.original[:60]})
            answers[i] = RefusedRecord(answer.pointer, answer.release, answer.plan.ocid, problem)


def _refusal(record: Node, *problems: Problem) -> RefusedRecord:
    first, *others = problems
    return RefusedRecord(record.pointer, _named(record, "id"), _named(record, "ocid"), first, tuple(others[:MAX_PROBLEMS]))


def _named(record: Node, name: str) -> str:
    """An id to quote, as far as there is one."""
    value = record.value.get(name) if isinstance(record.value, Members) else None
    return (
        shown(value)
        if isinstance(value, str)
        else shown(str(value))
        if value is not None and not isinstance(value, list | dict)
        else ""
    )


def _top(value: Json) -> str:
    """What stands at the top level, to be quoted."""
    return shown(", ".join(value)) if isinstance(value, Members) else kind(value)


def _refused(code: str, **params: str) -> Intake:
    return Intake("", refused=Problem(code, "", params))
