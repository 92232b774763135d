"""``python3 -m tests.benchmarks [NAME…]``: every figure of BENCHMARKS.md on this machine, ratios against a limit of the same run.

Without names all modules run, one after another, but for those of `LONG`.  Each prints its figures as soon as it has
them; ``--json FILE`` keeps them.  Nothing here passes or fails: a figure is for people to compare.
"""

import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path

MODULES = tuple(
    sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if path.stem not in ("__init__", "__main__") and "def run(" in path.read_text("utf-8")
    )
)

LONG = ("growth",)
"""Minutes of work: only by name."""


def machine() -> str:
    """The machine in a line: processors, kind, system, Python."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return f"{os.cpu_count()} x {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def main(arguments: list[str]) -> int:
    """Run what is named; 2 for a name that is none."""
    target = None
    if "--json" in arguments:
        at = arguments.index("--json")
        target = Path(arguments[at + 1])
        del arguments[at : at + 2]
    unknown = sorted(set(arguments) - set(MODULES))
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    print(machine(), flush=True)
    found: dict[str, list[list[str]]] = {}
    for name in arguments or (name for name in MODULES if name not in LONG):
        began = time.monotonic()
        rows = importlib.import_module(f"tests.benchmarks.{name}").run()
        print(f"\n{name} ({time.monotonic() - began:.0f} s)", flush=True)
        for figure, value, unit, limit in rows:
            shown = (
                f"{value:,.3g}"
                if isinstance(value, float) and value < 100
                else f"{value:,.0f}"
                if isinstance(value, float)
                else str(value)
            )
            print(f"  {figure:<58} {shown:>12} {unit:<14} {limit}", flush=True)
            found.setdefault(name, []).append([figure, str(value), unit, limit])
    if target is not None:
        target.write_text(json.dumps({"machine": machine(), "figures": found}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
