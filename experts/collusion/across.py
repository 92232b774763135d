"""Patterns over many lots: the same bidders again and again, winners that take turns, bidders that only ever lose (SPEC.md 15).

Pure, exact.  Statistics for the regulator: honest firms of one trade and region meet often, so a pattern is a reason to look and
nothing more.  Pairs are looked at first; rings are pairs that all meet each other, circles pairs that hang together.  What a
losing price means depends on how prices are scored: under the lowest price whoever supports a winner bids above it, under a mean
it stands at the edge and moves the mean.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, islice
from typing import Final

from archive.values import Value
from experts.collusion import groups
from experts.collusion.values import Clue
from experts.numbers import shown

LEAST: Final = 4
"""Common lots below which chance is explanation enough."""
SHARE: Final = Fraction(4, 5)
"""Of the lots of whoever bids less often, so many with the other make the two a pair."""
EDGE: Final = 4
"""Bidders of a lot below which standing at the edge is the lot of most."""
MOST_RINGS: Final = 1_000


class Round(Value, frozen=True):
    """A lot that was awarded: its name, its bidders with their prices in minor units, who won.

    ``mechanism`` is ``lowest`` where the lowest price is best, ``mean`` where the nearest to a mean is, else empty.
    """

    lot: str
    prices: dict[str, int]
    winner: str
    mechanism: str = ""


def across(rounds: Sequence[Round]) -> tuple[Clue, ...]:
    """What groups and pairs of bidders do over all these lots, in the order of awards, the most frequent first.

    Each clue names its lots.
    """
    lots: dict[str, list[Round]] = {}
    met: dict[tuple[str, str], list[Round]] = {}
    for one in rounds:
        for org in one.prices:
            lots.setdefault(org, []).append(one)
        for pair in combinations(sorted(one.prices), 2):
            met.setdefault(pair, []).append(one)
    found: list[tuple[int, Clue]] = []
    for (a, b), common in sorted(met.items()):
        share = Fraction(len(common), min(len(lots[a]), len(lots[b])))
        if len(common) >= LEAST and share >= SHARE:
            told = _named(common) | {"share": shown(share, 2)}
            found.append((len(common), Clue("collusion.together", (a, b), told, "regulator")))
            found += [(len(common), clue) for clue in (*_turns((a, b), common), *_losers(a, b, common))]
    found += _groups([clue for _, clue in found if clue.code == "collusion.together"], rounds)
    return tuple(clue for _, clue in sorted(found, key=lambda f: (-f[0], -len(f[1].bids))))


def _named(common: Sequence[Round]) -> dict[str, str]:
    return {"lots": " ".join(one.lot for one in common)}


def _turns(who: Sequence[str], common: Sequence[Round]) -> Iterator[Clue]:
    """Those of a group who win do so one after the other, round by round: of as many wins in a row none is of the same."""
    won = [one for one in common if one.winner in who]
    winners = sorted({one.winner for one in won})
    n = len(winners)
    if n > 1 and len(won) >= max(LEAST, n + 1):
        rows = (won[i : i + n] for i in range(len(won) - n + 1))
        if all(len({one.winner for one in row}) == n for row in rows):
            told = _named(won) | {"winners": " ".join(one.winner for one in won)}
            yield Clue("collusion.rotation", tuple(winners), told, "regulator")


def _losers(a: str, b: str, common: Sequence[Round]) -> Iterator[Clue]:
    """One of the two never wins: it always bids above the winner, or where a mean decides always stands at the edge."""
    low = [one for one in common if one.mechanism != "mean"]
    mean = [one for one in common if one.mechanism == "mean" and len(one.prices) >= EDGE]
    for winner, loser in ((a, b), (b, a)):
        if any(one.winner == loser for one in common):
            continue
        wins = sum(one.winner == winner for one in low)
        if wins >= LEAST and all(one.prices[loser] > one.prices[winner] for one in low):
            yield _loser("collusion.cover", winner, loser, low, wins)
        wins = sum(one.winner == winner for one in mean)
        if wins >= LEAST and all(one.prices[loser] in (min(one.prices.values()), max(one.prices.values())) for one in mean):
            yield _loser("collusion.edge", winner, loser, mean, wins)


def _loser(code: str, winner: str, loser: str, common: Sequence[Round], wins: int) -> Clue:
    return Clue(code, (winner, loser), _named(common) | {"wins": str(wins), "loser": loser}, "regulator")


def _groups(pairs: Sequence[Clue], rounds: Sequence[Round]) -> Iterator[tuple[int, Clue]]:
    """Three or more: those who all bid together often enough, and those whom pairs tie together beyond that."""
    ties: dict[str, set[str]] = {}
    for a, b in (clue.bids for clue in pairs):
        ties.setdefault(a, set()).add(b)
        ties.setdefault(b, set()).add(a)
    rings = set()
    for ring in islice(_cliques(frozenset(), set(ties), set(), ties), MOST_RINGS):
        common = [one for one in rounds if ring <= one.prices.keys()]
        if len(ring) > 2 and len(common) >= LEAST:
            rings.add(ring)
            yield len(common), _group("collusion.ring", ring, common, {})
            yield from ((len(common), clue) for clue in _turns(sorted(ring), common) if len(clue.bids) > 2)
    for circle in groups(pairs):
        if len(circle) > 2 and circle not in rings:
            common = [one for one in rounds if len(circle & one.prices.keys()) > 1]
            within = sum(set(clue.bids) <= circle for clue in pairs)
            every = len(circle) * (len(circle) - 1) // 2
            yield len(common), _group("collusion.circle", circle, common, {"pairs": f"{within}/{every}"})
            yield from ((len(common), clue) for clue in _turns(sorted(circle), common) if len(clue.bids) > 2)


def _group(code: str, who: frozenset[str], common: Sequence[Round], told: dict[str, str]) -> Clue:
    wins = {org: sum(one.winner == org for one in common) for org in sorted(who)}
    named = _named(common) | {"wins": " ".join(f"{org}={n}" for org, n in wins.items())}
    return Clue(code, tuple(sorted(who)), named | told, "regulator")


def _cliques(ring: frozenset[str], more: set[str], done: set[str], ties: Mapping[str, set[str]]) -> Iterator[frozenset[str]]:
    """Every largest set of bidders that are all pairs of each other (Bron and Kerbosch, with a pivot), in the order of ids."""
    if not more and not done:
        yield ring
        return
    pivot = max(sorted(more | done), key=lambda org: len(ties[org] & more))
    for org in sorted(more - ties[pivot]):
        yield from _cliques(ring | {org}, more & ties[org], done & ties[org], ties)
        more = more - {org}
        done = done | {org}
