"""Sameness of texts after everything that all were given, or many have, is taken out; characters that nobody sees.  Pure, exact.

The order matters: compatibility forms are folded and unseen characters removed first, because otherwise one zero-width space a
sentence hides a copy; then the tender documents' sentences go, then those that several bids share, such as a product's manual.
What is left of two bids is compared by ten-character windows, which survive moved paragraphs, and the rest by its longest common
subsequence, which survives single changed words.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Final

from rapidfuzz.distance import LCSseq

from experts.collusion.cleaning import passages, plain, unseen
from experts.collusion.values import ARTICLES, Clue, Dossier, Published, Rules
from experts.numbers import number, shown

WINDOW: Final = 10
LONGEST: Final = 8_000
"""A rest longer than this is not compared letter by letter: the windows have looked at it, and the time grows with the square."""

LONG: Final = 50_000
SAMPLE: Final = 2_000
"""Of two texts longer than `LONG` so many letters of the longer one are tried first.  Alike by 80 % needs 60 % of them in the
shorter one's windows, whatever its length; where not even half of the sample is, the whole is not looked at."""

UNSEEN_TOLD: Final = 1


def sentences(bids: Sequence[Dossier], given: Published) -> dict[str, list[str]]:
    """By bid: its sentences in their plain form, in order, without those that stand in the tender documents."""
    known = "".join(map(plain, given.texts))
    windows = _windows(known)

    def stands(passage: str) -> bool:
        """Most sentences begin as nothing in the documents does, which is seen without a search through all of them."""
        return (len(passage) < WINDOW or passage[:WINDOW] in windows) and passage in known

    return {bid.id: [p for p in passages(bid.text) if not stands(p)] for bid in bids}


def texts(bids: Sequence[Dossier], own: Mapping[str, Sequence[str]], rules: Rules) -> tuple[Clue, ...]:
    """Clues of pairs of bids whose own text is alike, of text that many share and nobody was given, of unseen characters.

    ``own`` are the `sentences` of each bid.
    """
    held = Counter(p for found in own.values() for p in set(found))
    most = int(number(rules.thresholds["common"].value))
    rest = {id: "".join(p for p in found if held[p] < most) for id, found in own.items()}
    far = _far(rest)
    pairs = [(a, b) for a, b in combinations(bids, 2) if a.org != b.org and frozenset((a.id, b.id)) not in far]
    clues = [clue for a, b in pairs for clue in _alike(a.id, b.id, rest, rules)]
    return (*clues, *_common(bids, own, held, most, rules), *_hidden(bids))


def similarity(a: str, b: str) -> Fraction:
    """What share of two plain texts is the other's, from 0 to 1; 0 where both are empty."""
    if not a or not b:
        return Fraction(0)
    left, right = _uncovered(a, b), _uncovered(b, a)
    same = len(a) - len(left) + len(b) - len(right)
    if max(len(left), len(right)) <= LONGEST:
        same += 2 * int(LCSseq.similarity(left, right)) if _worth(left, right) else 0
    return Fraction(same, len(a) + len(b))


def _worth(left: str, right: str) -> bool:
    """Whether the rests could still be alike: texts with few common runs of four letters share letters by chance only."""
    pairs = {left[i : i + 4] for i in range(len(left) - 3)}
    common = sum(right[i : i + 4] in pairs for i in range(len(right) - 3))
    return len(right) < 4 or 4 * common >= len(right)


def _windows(text: str) -> set[str]:
    return {text[i : i + WINDOW] for i in range(len(text) - WINDOW + 1)}


def _far(rest: Mapping[str, str]) -> set[frozenset[str]]:
    """Pairs of long texts that a sample shows to be far from alike; comparing every long pair whole would take minutes."""
    long = sorted((id for id in rest if len(rest[id]) > LONG), key=lambda id: (len(rest[id]), id))
    found = set()
    for n, shorter in enumerate(long[:-1], 1):
        windows = _windows(rest[shorter])
        for longer in long[n:]:
            text = rest[longer]
            places = range(WINDOW, len(text) - WINDOW, len(text) // SAMPLE)
            hits = sum(any(text[i - k : i - k + WINDOW] in windows for k in range(WINDOW)) for i in places)
            if 2 * hits < len(places):
                found.add(frozenset((shorter, longer)))
    return found


def _uncovered(a: str, b: str) -> str:
    """The letters of ``a`` that stand in no window which ``b`` has too."""
    windows = _windows(b)
    covered = bytearray(len(a))
    for i in range(len(a) - WINDOW + 1):
        if a[i : i + WINDOW] in windows:
            covered[i : i + WINDOW] = b"\x01" * WINDOW
    return "".join(letter for letter, hit in zip(a, covered, strict=True) if not hit)


def _alike(a: str, b: str, rest: dict[str, str], rules: Rules) -> Iterator[Clue]:
    least, share = int(number(rules.thresholds["least-text"].value)), number(rules.thresholds["text"].value)
    if min(len(rest[a]), len(rest[b])) < least:
        return
    found = similarity(rest[a], rest[b])
    if found >= share:
        told = {"similarity": shown(found, 4), "threshold": rules.thresholds["text"].value, "rules": rules.id}
        yield Clue("collusion.text", tuple(sorted((a, b))), told, "panel", ARTICLES["collusion.text"])


def _common(
    bids: Sequence[Dossier], own: Mapping[str, Sequence[str]], held: Counter[str], most: int, rules: Rules
) -> Iterator[Clue]:
    """A ring of three or more would be dropped as common text; what they alone share, and nobody gave them, is told by itself."""
    least, share = int(number(rules.thresholds["least-text"].value)), number(rules.thresholds["text"].value)
    ring, amounts = [], {}
    for bid in bids:
        whole = sum(map(len, own[bid.id]))
        common = sum(len(p) for p in own[bid.id] if held[p] >= most)
        if whole >= least and Fraction(common, whole) >= share:
            ring.append(bid.id)
            amounts[bid.id] = shown(Fraction(common, whole), 4)
    if len(ring) >= most:
        yield Clue("collusion.text", tuple(sorted(ring)), {"common": max(amounts.values()), "rules": rules.id}, "regulator")


def _hidden(bids: Sequence[Dossier]) -> Iterator[Clue]:
    for bid in bids:
        count = unseen(bid.text)
        if count >= UNSEEN_TOLD:
            yield Clue("collusion.hidden", (bid.id,), {"characters": str(count)}, "regulator")
