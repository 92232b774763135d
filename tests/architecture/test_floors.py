"""Conventions that a tool holds: purity, doors, sentences for every code, nothing of a machine in the tree."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("archive", "bidding", "experts", "trading")

PURE = (
    "archive/canonical.py",
    "archive/chains.py",
    "archive/decider.py",
    "archive/entry.py",
    "archive/envelope.py",
    "archive/errors.py",
    "archive/heads.py",
    "archive/merkle.py",
    "archive/values.py",
    "archive/witnessing.py",
    "bidding/box.py",
    "bidding/opening.py",
    "bidding/sealed.py",
    "experts/collusion.py",
    "experts/correction.py",
    "experts/draw.py",
    "experts/evaluation.py",
    "experts/methods.py",
    "experts/panel.py",
    "experts/pool.py",
    "experts/scoring.py",
    "experts/vrf.py",
    "trading/access.py",
    "trading/amounts.py",
    "trading/calendar.py",
    "trading/catalogue.py",
    "trading/codes.py",
    "trading/commands.py",
    "trading/events.py",
    "trading/intake.py",
    "trading/lifecycle.py",
    "trading/ocds.py",
    "trading/parties.py",
    "trading/rulebook.py",
    "trading/tender.py",
)
IMPURE = {"time", "random", "secrets", "uuid", "os", "socket", "subprocess", "threading"}
DOORS = {
    "litestar": ("trading/",),
    "jinja2": ("trading/",),
    "dramatiq": ("trading/",),
    "granian": ("trading/",),
    "sqlalchemy": (
        "archive/",
        "migrations/",
        "bidding/tables",
        "bidding/queries",
        "experts/tables",
        "experts/queries",
        "trading/tables",
        "trading/queries",
        "trading/identity",
        "bidding/uploads",
        "bidding/envelopes",
        "trading/house",
        "trading/platform",
        "trading/desk/bell",
        "trading/desk/pool",
        "trading/actors",
        "trading/arrivals",
        "trading/desk/outages",
        "trading/runs",
        "trading/demo/run",
    ),
    "alembic": ("archive/database.py", "migrations/"),
    "cryptography": (
        "archive/signing.py",
        "archive/vkeys.py",
        "archive/keys.py",
        "archive/verify/",
        "archive/anchors",
        "bidding/sealing/",
    ),
    "reportlab": ("archive/paper",),
    "pypdf": ("trading/extraction/reader",),
}


def sources() -> Iterator[Path]:
    for floor in (*FLOORS, "migrations"):
        yield from sorted((ROOT / floor).rglob("*.py"))


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("name", PURE)
def test_a_pure_module_reaches_no_clock_no_randomness_and_no_system(name: str) -> None:
    path = ROOT / name
    files = sorted(path.with_suffix("").rglob("*.py")) if path.with_suffix("").is_dir() else [path]
    for file in files:
        assert not imports(file) & IMPURE, file
        assert not re.search(r"\b(datetime\.(now|today|utcnow)|date\.today)\b", file.read_text("utf-8")), file


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_heavy_dependency_has_one_door(library: str) -> None:
    offenders = [
        p.relative_to(ROOT).as_posix()
        for p in sources()
        if library in imports(p) and not p.relative_to(ROOT).as_posix().startswith(DOORS[library])
    ]
    assert not offenders


def codes_raised() -> set[str]:
    """Every code that the product raises or lists in a LAW."""
    found = set()
    for path in sources():
        text = path.read_text("utf-8")
        found |= set(re.findall(r'\b(?:Refused|Invalid|Denied|Missing|Conflict|TooLarge|Busy|Damaged)\(\s*"([a-z0-9.-]+)"', text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "LAW":
                if isinstance(node.value, ast.Dict):
                    found |= {k.value for k in node.value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
    return found


def sentences() -> dict[str, dict[str, str]]:
    said: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "trading/locale/codes").glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text("utf-8")).items():
            assert code not in said, f"{code} has two sentences"
            said[code] = entry
    return said


def test_every_code_has_a_sentence_in_both_languages() -> None:
    said = sentences()
    assert not sorted(codes_raised() - set(said))
    for code, entry in said.items():
        assert entry.get("zh") and entry.get("en"), code


def test_every_module_says_what_it_is() -> None:
    for path in sources():
        if path.read_text("utf-8").strip():
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path


def test_the_tree_names_no_machine_and_no_package_host() -> None:
    pattern = r"(pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|pypi\.org/simple|/work/(main|shared))"
    hit = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", ".", ":!tests/architecture/test_floors.py", ":!*.svg"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert hit.stdout == ""


def test_every_package_has_its_spec_with_divergences_last() -> None:
    for floor in FLOORS:
        headings = re.findall(r"^## (.+)$", (ROOT / floor / "SPEC.md").read_text("utf-8"), re.M)
        assert "Divergences" in headings[-1], floor
