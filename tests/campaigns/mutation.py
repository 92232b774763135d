"""Would the tests notice?  ``python -m tests.campaigns.mutation [MODULE=TESTS,TESTS …]``

Each module is changed in one place at a time (a comparison, an operator, a number, a condition, a `raise` or `return`
left out) and its tests are run on what came of it, in a process of its own; nothing is written to the tree.  A change
that no test notices is printed with its line: either a test is missing or the line is not needed.  Some changes mean
the same as before, so what survives is to be read, not counted.  Exits 1 when anything survived.
"""

import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]

CORE = {
    "archive.canonical": ("tests/unit/archive/test_canonical.py", "tests/property/test_log_formats.py"),
    "archive.merkle": ("tests/unit/archive/test_merkle.py",),
    "bidding.sealing.shamir": ("tests/unit/bidding/test_sealing_golden.py", "tests/property/test_sealing_properties.py"),
    "experts.draw": ("tests/unit/experts/test_vectors.py", "tests/property/test_draw.py"),
    "experts.scoring": ("tests/unit/experts/test_vectors.py", "tests/property/test_scoring.py"),
    "trading.calendar": ("tests/unit/trading/test_calendar.py", "tests/property/test_calendar_rules.py"),
}
"""Modules that decide something, with the tests that hold them."""

LIMIT = 120
"""Seconds after which a change counts as noticed: it made something endless."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitXor: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def _changed(node: ast.AST) -> ast.AST | None:
    """The one change that is tried at a node, or None."""
    made = copy.deepcopy(node)
    match made:
        case ast.Compare(ops=[first, *rest]) if type(first) in SWAPS:
            made.ops = [SWAPS[type(first)](), *rest]
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPS:
            made.op = SWAPS[type(op)]()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Constant(value=bool() as truth):
            made.value = not truth
        case ast.Constant(value=int() as number):
            made.value = number + 1
        case ast.If(test=test) | ast.IfExp(test=test):
            made.test = ast.UnaryOp(op=ast.Not(), operand=test)
        case ast.Raise():
            return ast.Pass()
        case ast.Return(value=ast.expr()):
            made.value = ast.Constant(value=None)
        case _:
            return None
    return made


def _places(tree: ast.Module) -> list[tuple[ast.AST, str, int | None]]:
    """Where a change can be made: parent, field, place in the field's list; annotations and docstrings left out."""
    found: list[tuple[ast.AST, str, int | None]] = []

    def walk(parent: ast.AST) -> None:
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns", "decorator_list", "type_params"):
                continue
            for at, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    if _changed(child) is not None:
                        found.append((parent, field, at))
                    walk(child)

    walk(tree)
    return found


def mutants(source: str) -> Iterator[tuple[int, str, ast.Module]]:
    """Each changed module: line, the line's new text, tree."""
    count = len(_places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        parent, field, at = _places(tree)[number]
        old = getattr(parent, field) if at is None else getattr(parent, field)[at]
        new = ast.copy_location(_changed(old) or old, old)
        if at is None:
            setattr(parent, field, new)
        else:
            getattr(parent, field)[at] = new
        ast.fix_missing_locations(tree)
        yield old.lineno, f"{ast.unparse(old).splitlines()[0]}  ->  {ast.unparse(new).splitlines()[0]}", tree


class _Put(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed module to whoever imports it."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self.name, self.code, self.path = name, compile(tree, str(path), "exec"), path

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        places = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(name, self.path, loader=self, submodule_search_locations=places)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def _noticed(put: _Put, tests: Sequence[str]) -> bool:
    """Run the tests in a child that imports the changed module; True when they fail."""
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.meta_path.insert(0, put)
        import pytest

        os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *tests])) & 0x7F)
    _, status = os.waitpid(child, 0)
    return status != 0


def main(wanted: dict[str, tuple[str, ...]]) -> int:
    """Every module in turn; prints survivors and a count for each; 1 when there were any."""
    import msgspec  # noqa: F401  loaded once here, so that each child starts at once
    import pytest  # noqa: F401

    os.chdir(ROOT)
    survivors = 0
    for name, tests in wanted.items():
        base = ROOT / name.replace(".", "/")
        path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        source = path.read_text("utf-8")
        if _noticed(_Put(name, ast.parse(source), path), tests):
            print(f"mutation: {name}: its tests fail as it stands", flush=True)
            return 1
        tried = lived = 0
        for line, what, tree in mutants(source):
            tried += 1
            if not _noticed(_Put(name, tree, path), tests):
                lived += 1
                print(f"{path.relative_to(ROOT)}:{line}: {what}", flush=True)
        print(f"mutation: {name}: {tried - lived} of {tried} changes noticed", flush=True)
        survivors += lived
    return 1 if survivors else 0


if __name__ == "__main__":
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    raise SystemExit(main({name: tuple(tests.split(",")) for name, tests in given.items()} or CORE))
