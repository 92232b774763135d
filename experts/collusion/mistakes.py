"""The same mistakes in writing, and rare sentences, in the files of a few bidders (条例 40-4).  Pure, exact.

No dictionary is asked.  A sentence or a Latin word that exactly a few bidders have, and that is one stroke (a letter more, less,
another, or two swapped) away from what the tender documents say, or from what more bidders say, is a mistake that they share.
Where only a number differs it is none: an answer may differ from what was asked.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from experts.collusion.cleaning import UNSEEN, passages, plain
from experts.collusion.values import ARTICLES, Clue, Dossier, Published, Rules
from experts.numbers import number

SHORTEST: Final = 8
LONGEST: Final = 300
"""Letters of a sentence that is looked at: a shorter one is near many by chance."""
WORD: Final = 6
MOST: Final = 5_000
"""Candidates, and sentences under one key, that are looked at: the time must not grow with the square of what bidders write."""
TOLD: Final = 5

_WORD = re.compile(rf"(?<![a-z])[a-z]{{{WORD},}}(?![a-z])")
_NUMBER = re.compile("[0-9〇零一二三四五六七八九十百千万亿两]+")

Units = Mapping[str, frozenset[str]]
"""By bid: its sentences, or its words."""


def mistakes(bids: Sequence[Dossier], own: Mapping[str, Sequence[str]], given: Published, rules: Rules) -> tuple[Clue, ...]:
    """Clues of shared mistakes, and of rare sentences in common; ``own`` are each bid's sentences without the tender's."""
    orgs = {bid.id: bid.org for bid in bids}
    sentences = {id: frozenset(p for p in found if len(p) <= LONGEST) for id, found in own.items()}
    words = {bid.id: frozenset(_words(bid.text)) for bid in bids}
    most = int(number(rules.thresholds["common"].value))
    said = frozenset(p for text in given.texts for p in passages(text))
    spoken = frozenset(w for text in given.texts for w in _words(text))
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for units, known in ((sentences, said), (words, spoken)):
        for unit, near, held in _near(units, known, most):
            if len({orgs[id] for id in held}) > 1:
                found.setdefault(held, []).append((unit, near))
    placed = _Places(bids)
    return (*_mistaken(found, placed, rules), *_rare(sentences, orgs, most, placed, rules))


def _words(text: str) -> list[str]:
    return _WORD.findall(UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold())


def _holders(units: Units) -> dict[str, tuple[str, ...]]:
    held: dict[str, list[str]] = {}
    for id in sorted(units):
        for unit in units[id]:
            held.setdefault(unit, []).append(id)
    return {unit: tuple(ids) for unit, ids in held.items()}


def _near(units: Units, known: frozenset[str], most: int) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What a few have and is one stroke from what was given, or from what more have: unit, what stands elsewhere, who."""
    held = _holders(units)
    few = sorted(unit for unit, ids in held.items() if 1 < len(ids) < most and unit not in known and _worth(unit))
    index: dict[tuple[int, bool, str], list[str]] = {}
    for ref in sorted(known | {unit for unit, ids in held.items() if len(ids) > 2}):
        if len(ref) <= LONGEST + 1:
            for key in _keys(ref, len(ref)):
                index.setdefault(key, []).append(ref)
    for unit in few[:MOST]:
        lengths = (len(unit) - 1, len(unit), len(unit) + 1)
        refs = {ref for n in lengths for key in _keys(unit, n) for ref in index.get(key, ())[:MOST]}
        near = [r for r in refs if (r in known or len(held[r]) > len(held[unit])) and _mistake(unit, r)]
        if near:
            yield unit, min(near), held[unit]


def _keys(unit: str, length: int) -> tuple[tuple[int, bool, str], tuple[int, bool, str]]:
    """One stroke leaves the first or the last half of a text of that length as it is."""
    half = (length - 1) // 2
    return (length, True, unit[:half]), (length, False, unit[-half:])


def _worth(unit: str) -> bool:
    return len(unit) >= SHORTEST or bool(_WORD.fullmatch(unit))


def _mistake(unit: str, ref: str) -> bool:
    short, long = sorted((unit, ref), key=len)
    if OSA.distance(unit, ref, score_cutoff=1) != 1 or long == short + "s":
        return False
    return _NUMBER.sub("", unit) != _NUMBER.sub("", ref)


class _Places:
    """Where something stands in a bid: file and page, found when it is asked for."""

    def __init__(self, bids: Iterable[Dossier]) -> None:
        self._parts = {bid.id: bid.parts for bid in bids}
        self._plain: dict[str, list[str]] = {}

    def of(self, id: str, unit: str) -> str:
        """``bid file#page``, the file by the first sixteen digits of its digest; the bid alone where it is not known."""
        if id not in self._plain:
            self._plain[id] = [plain(part.text) for part in self._parts[id]]
        for part, text in zip(self._parts[id], self._plain[id], strict=True):
            if unit in text:
                return f"{id} {part.file[:16]}" + (f"#{part.page}" if part.page else "")
        return id


def _mistaken(found: Mapping[tuple[str, ...], list[tuple[str, str]]], placed: _Places, rules: Rules) -> Iterator[Clue]:
    enough = int(number(rules.thresholds["mistakes"].value))
    for held, pairs in sorted(found.items()):
        told = {
            "count": str(len(pairs)),
            "found": " | ".join(unit for unit, _ in pairs[:TOLD]),
            "instead": " | ".join(near for _, near in pairs[:TOLD]),
            "at": "; ".join(placed.of(id, unit) for unit, _ in pairs[:TOLD] for id in held),
            "rules": rules.id,
        }
        who, article = ("panel", ARTICLES["collusion.mistakes"]) if len(pairs) >= enough else ("regulator", "")
        yield Clue("collusion.mistakes", held, told, who, article)


def _rare(units: Units, orgs: Mapping[str, str], most: int, placed: _Places, rules: Rules) -> Iterator[Clue]:
    """Long sentences that only a few bidders have, and nobody gave them."""
    letters, enough = (int(number(rules.thresholds[name].value)) for name in ("rare-letters", "rare-sentences"))
    found: dict[tuple[str, ...], list[str]] = {}
    for unit, held in sorted(_holders(units).items()):
        if len(unit) >= letters and len(held) < most and len({orgs[id] for id in held}) > 1:
            found.setdefault(held, []).append(unit)
    for held, rare in sorted(found.items()):
        if len(rare) >= enough:
            told = {
                "count": str(len(rare)),
                "found": " | ".join(rare[:TOLD]),
                "at": "; ".join(placed.of(id, unit) for unit in rare[:TOLD] for id in held),
                "rules": rules.id,
            }
            yield Clue("collusion.rare", held, told, "regulator")
