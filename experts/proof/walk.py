"""Following a proof's seats: the first filling, every answer, every replacement.  Pure; each check yields what is wrong."""

from collections.abc import Iterator

from experts.proof.form import Proof

ACCEPT = "accept"


def walk(proof: Proof) -> Iterator[str]:
    """The first filling goes through each list in order and leaves nobody out without a rule."""
    if [s.cat for s in proof.selected] != list(proof.seat_order):
        yield "the seats are not in the seat order"
    passed = {(p.cat, p.position): p.rule for p in proof.passed}
    if len(passed) != len(proof.passed):
        yield "a position was passed over twice"
    reached: dict[str, int] = {}
    taken: set[str] = set()
    expected: set[tuple[str, int]] = set()
    for seat, chosen in enumerate(proof.selected):
        listed = proof.lists[chosen.cat]
        start = reached.get(chosen.cat, 0)
        if chosen.position < start or listed[chosen.position] != chosen.rc:
            yield f"seat {seat}: the commitment is not at that position, or positions do not increase"
        if chosen.rc in taken:
            yield f"seat {seat}: already seated"
        for at in range(start, chosen.position):
            expected.add((chosen.cat, at))
            rule = passed.get((chosen.cat, at), "")
            if not rule or (rule == "S1_ALREADY") != (listed[at] in taken):
                yield f"seat {seat}: position {at} of {chosen.cat} was passed over without a rule"
        reached[chosen.cat] = chosen.position + 1
        taken.add(chosen.rc)
    if set(passed) != expected:
        yield "positions are said to be passed over that no seat passed"


def replies(proof: Proof) -> Iterator[str]:
    """Answers are in order, each of who held the seat then; at the end every seat is accepted."""
    held = [s.rc for s in proof.selected]
    accepted = [False] * len(held)
    searches = iter(proof.replacements)
    last = 0
    for i, line in enumerate(proof.replies):
        if line.seq != i or line.at < last:
            yield f"reply {i}: out of order"
        last = line.at
        while held[line.seat] != line.rc:
            search = next(searches, None)
            if search is None:
                yield f"reply {i}: not of who held seat {line.seat}"
                return
            held[search.seat], accepted[search.seat] = search.rc, False
        accepted[line.seat] = line.kind == ACCEPT
        if line.kind in ("decline", "timeout") and len(line.evidence) != 64:
            yield f"reply {i}: without evidence"
    if not all(accepted):
        yield "a seat was never accepted"


def replacements(proof: Proof) -> Iterator[str]:
    """Searches go forward only, follow somebody's leaving, and pass nobody over without a rule."""
    held = [s.rc for s in proof.selected]
    cats = [s.cat for s in proof.selected]
    furthest: dict[str, int] = {}
    for s in proof.selected:
        furthest[s.cat] = max(s.position, furthest.get(s.cat, -1))
    gone = {line.rc for line in proof.replies if line.kind != ACCEPT}
    left: set[str] = set()
    for i, line in enumerate(proof.replacements):
        cat = cats[line.seat]
        whole = (*proof.lists[cat], *proof.tails[cat])
        if line.vacated != held[line.seat] or line.vacated not in gone:
            yield f"replacement {i}: nobody left that seat"
        left.add(line.vacated)
        end = line.position if line.position >= 0 else len(whole)
        searched = range(furthest.get(cat, -1) + 1, end)
        if [p.position for p in line.skipped] != list(searched):
            yield f"replacement {i}: the search did not go forward one by one"
        for p in line.skipped:
            rc = whole[p.position]
            if p.rule == "S1_ALREADY" and rc not in held:
                yield f"replacement {i}: position {p.position} holds no seat"
            if p.rule == "S4_VACATED" and rc not in gone:
                yield f"replacement {i}: position {p.position} never left a seat"
        if line.position < 0:
            continue
        if whole[line.position] != line.rc or line.rc in left or line.rc in held:
            yield f"replacement {i}: the commitment is not at that position, or may not be seated"
        held[line.seat], furthest[cat] = line.rc, line.position
