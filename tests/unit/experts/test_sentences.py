"""Every code of this floor has its sentence, and a sentence quotes only what the code carries."""

import ast
import re
import tomllib
from pathlib import Path

from experts.scoring import FORMULAS

ROOT = Path(__file__).resolve().parents[3]
FILES = ("draw", "panel", "pool", "scoring", "room", "collusion")


def raised() -> dict[str, set[str]]:
    """Codes raised with a literal, and the parameters that every place gives."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "experts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                errors = ("Refused", "Invalid", "Missing", "Damaged")
                if node.func.id in errors and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    given = {k.arg for k in node.keywords if k.arg}
                    found[first.value] = found.get(first.value, given) & given
    return found


def test_every_code_has_a_sentence_that_quotes_only_its_parameters() -> None:
    said = {c: s for f in FILES for c, s in tomllib.loads((ROOT / f"trading/locale/codes/{f}.toml").read_text("utf-8")).items()}
    codes = raised()
    assert sorted(set(codes) - set(said)) == []
    for code, params in codes.items():
        for language in ("zh", "en"):
            quoted = set(re.findall(r"\{(\w+)\}", said[code][language]))
            assert quoted <= params, (code, quoted - params)


def test_every_formula_is_said_in_words_in_both_languages() -> None:
    said = tomllib.loads((ROOT / "trading/locale/codes/scoring.toml").read_text("utf-8"))
    assert set(FORMULAS) == {code.removeprefix("formula.") for code in said if code.startswith("formula.")}
    assert len(set(FORMULAS.values())) == len(FORMULAS)
    for name in FORMULAS:
        assert said[f"formula.{name}"]["zh"] and said[f"formula.{name}"]["en"]


def test_every_clue_has_its_few_words_and_every_piece_of_evidence_its_name() -> None:
    folder = ROOT / "trading/locale/codes"
    named = set(tomllib.loads((folder / "clues.toml").read_text("utf-8")))
    said = tomllib.loads((folder / "collusion.toml").read_text("utf-8"))
    told = [c for c in said if c.startswith("collusion.")]
    assert [c for c in told if c.replace("collusion.", "clue.") not in named] == []
    quoted = {key for c in told for key in re.findall(r"\{(\w+)\}", said[c]["zh"]) if key != "bids"}
    assert [key for key in quoted if f"evidence.{key}" not in named] == []
