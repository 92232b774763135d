"""What a rulebook is made of.

Units of a rule: D calendar days, W working days, Y years, min minutes, n a count, fen an amount in 分,
bp basis points (10 000 = 100 %), flag 0 or 1.  Trust: T the text was read, S second-hand, M from memory,
I our own inference; S, M and I are defaults of this table, never statements about the law.
"""

from datetime import date

from archive.values import Value


class Rule(Value, frozen=True):
    """One rule: ``key`` is how the code asks for it; ``bound`` is min, max or exact."""

    id: str
    key: str
    value: int
    unit: str
    bound: str
    article: str
    trust: str


class Ground(Value, frozen=True):
    """A coded ground: its name in both languages, its article, and how far the pairing of the two is to be trusted."""

    code: str
    zh: str
    en: str
    article: str
    trust: str = "T"


class Required(Value, frozen=True):
    """A content that the tender notice must have, and the article that asks for it."""

    field: str
    article: str
    trust: str = "T"


class Rulebook(Value, frozen=True):
    """One rule set as it stands from ``effective`` on; ``notice``, ``rejections``, … are its coded lists."""

    id: str
    rule_set: str
    title: str
    title_en: str
    effective: date
    rules: tuple[Rule, ...]
    notice: tuple[Required, ...] = ()
    rejections: tuple[Ground, ...] = ()
    passing: tuple[Ground, ...] = ()
    failures: tuple[Ground, ...] = ()
    terminations: tuple[Ground, ...] = ()

    def rule(self, key: str) -> Rule | None:
        """The rule of that key, or None where this law has no such rule."""
        return next((r for r in self.rules if r.key == key), None)

    def number(self, key: str, default: int = 0) -> int:
        """The value of a rule, or ``default`` where this law has none."""
        found = self.rule(key)
        return default if found is None else found.value

    def flag(self, key: str) -> bool:
        """Whether a policy flag is set."""
        return self.number(key) == 1

    def article(self, key: str) -> str:
        """The article of a rule, or the rulebook's title where there is none to quote."""
        found = self.rule(key)
        return self.title if found is None else found.article
