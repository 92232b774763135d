"""CPU seconds of the draw (spec B2): ``python -m tests.campaigns.draw_speed [experts]``, 100 000 by default.

A hundred categories, one to three for each expert, five thousand employers; five categories, seven seats, forty banned
organisations and forty region caps, as in the specification.  Goals: a draw 50 ms at 10^5 and 0.5 s at 10^6; a snapshot 15 s at
10^6; a proof verified in 1 s.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TypeVar

from experts.draw import hold
from experts.plan import BeaconChoice, Plan, Rules, SealedPart, Seats
from experts.proof import build, verify_proof
from experts.snapshot import Record, advance, lines, parse, take
from tests.unit.experts import cast, plays

T = TypeVar("T")
KEY = bytes(32)
CATEGORIES = [f"A{i // 10:02d}{i % 10:02d}" for i in range(100)]
EMPLOYERS = [f"ORG{i:05d}" for i in range(5000)]
REGIONS = [f"{33 + i % 5}{i % 40:02d}00" for i in range(200)]


def people(count: int) -> Iterator[Record]:
    """A pool that is the same every time."""
    chance = Random(1)
    for i in range(count):
        yield Record(
            v=1,
            id=f"E{i:07d}",
            name=f"专家{i}",
            cats=tuple(chance.sample(CATEGORIES, chance.randint(1, 3))),
            region=chance.choice(REGIONS),
            orgs=tuple(chance.sample(EMPLOYERS, chance.randint(1, 2))),
            kin=(),
            decl=(),
            status="active" if chance.random() < 0.97 else "suspended",
            admitted=chance.randint(2015, 2025) * 10000 + 101,
            load=chance.randint(0, 5),
        )


def timed(what: str, run: Callable[[], T]) -> T:
    """Run, and say how long it took."""
    start = time.process_time()
    result = run()
    sys.stdout.write(f"{what}: {time.process_time() - start:.3f} s\n")
    return result


def main(argv: Sequence[str]) -> int:
    """Measure everything once."""
    count = int(argv[0]) if argv else 100_000
    pool = list(people(count))
    snapshot = timed(f"snapshot of {count}", lambda: take(pool, KEY))
    timed("next day's, a hundred changed", lambda: advance(snapshot, KEY, pool[:100]))
    raw = timed("its file written", lambda: lines(snapshot))
    timed("its file read and committed to anew", lambda: parse(raw))
    part = SealedPart(tuple(EMPLOYERS[:40]))
    seats = tuple(Seats(cat, k) for cat, k in zip(CATEGORIES, (2, 2, 1, 1, 1), strict=False))
    caps = {f"{33 + i % 5}{i:02d}": 2 for i in range(40)}
    plan = Plan("xdraw/1", "D", "L", 1, seats, Rules(20250101, 5, 1, caps), "", (), "", BeaconChoice("none"))
    for n in range(3):
        timed("one draw", lambda n=n: hold(plan, snapshot, part, bytes([n]) * 32))  # type: ignore[misc]
    wide = cast.plan(seats=(Seats(CATEGORIES[0], 2), Seats(CATEGORIES[1], 2)), rules=Rules(20250101, 5, 1, {}))
    records = tuple(pool)
    panel = plays.disclosed(plays.drawn(wide, records))
    proof = timed("public proof built", lambda: build(panel.state, take(records, cast.K_SNAP)))
    report = timed(f"public proof of {len(proof) / 1e6:.1f} MB verified", lambda: verify_proof(proof))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"memory at most {memory:.0f} MiB\n")
    return 0 if report.holds else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
