"""Clues of collusion: joins over the facts of a lot's bids, sameness of prices and texts, statistical screens (SPEC.md 15).

``values`` are the facts, the clues and the dated thresholds; ``joins`` what bids share, ``prices``, ``texts`` and ``mistakes``
what is alike, ``screens`` what is odd; ``cleaning`` is how text is read.  Pure and exact: the same facts give the same clues
everywhere.

A clue says what was found and who must look at it.  It never rejects: a bid is rejected by the panel's vote on the ground of
collusion (`experts.evaluation.messages.RejectBid`), or by a clause of the documents that the panel finds.
"""

from collections.abc import Iterable, Sequence

from experts.collusion.joins import joins
from experts.collusion.mistakes import mistakes
from experts.collusion.prices import prices
from experts.collusion.screens import screened
from experts.collusion.texts import sentences, texts
from experts.collusion.values import ARTICLES, RULES_2026, Clue, Dossier, Line, Machine, Part, Published, Rules, Threshold

__all__ = [
    "ARTICLES",
    "RULES_2026",
    "Clue",
    "Dossier",
    "Line",
    "Machine",
    "Part",
    "Published",
    "Rules",
    "Threshold",
    "clues",
    "groups",
    "screened",
]


def clues(
    bids: Sequence[Dossier], given: Published | None = None, rules: Rules = RULES_2026, fixed: Iterable[str] = ()
) -> tuple[Clue, ...]:
    """Everything that the bids of one lot have in common and should not; ``fixed`` are items whose price the purchaser set.

    Raises:
        Invalid: ``score.number`` for an amount that is no decimal text.
    """
    known = given or Published()
    own = sentences(bids, known)
    alike = texts(bids, own, rules)
    told = {clue.bids for clue in alike if clue.code == "collusion.text"}
    # Whose whole text is alike has rare sentences in common as well; that is said once.
    common = (c for c in mistakes(bids, own, known, rules) if c.code != "collusion.rare" or c.bids not in told)
    return (*joins(bids, known), *prices(bids, fixed, rules), *alike, *common)


def groups(found: Iterable[Clue]) -> tuple[frozenset[str], ...]:
    """Bids that clues tie together, directly or through others: what `screened` asks about."""
    tied: list[set[str]] = []
    for clue in found:
        joined = set(clue.bids)
        if len(joined) > 1:
            joined = joined.union(*(group for group in tied if group & joined))
            tied = [group for group in tied if not group & joined] + [joined]
    return tuple(sorted(map(frozenset, tied), key=sorted))
