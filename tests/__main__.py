"""``python3 -m tests``: set up this checkout with its test tools, then run every gate.

Standard library only until the environment exists.  Arguments are handed to pytest and then only
pytest runs: ``python3 -m tests tests/unit -k calendar``.  From a folder inside the checkout the same is
``python3 ../tests``, and paths are the caller's.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style (ruff)", ("ruff", "check", ".")),
    ("floors and doors (import-linter)", ("importlinter_cli",)),
    ("types (mypy --strict)", ("mypy",)),
)


def _gates(python: str) -> list[str]:
    failed = []
    for name, command in GATES:
        started = time.monotonic()
        print(f"sunlit tests: {name} …", flush=True)
        tool = Path(python).parent / "lint-imports"
        argv = [str(tool)] if command[0] == "importlinter_cli" else [python, "-m", *command]
        if subprocess.run(argv, cwd=ROOT, check=False).returncode:
            failed.append(name)
        print(f"sunlit tests: {name}: {'FAILED' if name in failed else 'ok'} in {time.monotonic() - started:.0f} s", flush=True)
    return failed


def main() -> int:
    """Gates first (a minute), then the tests on two processes; 0 when all passed."""
    sys.path.insert(0, str(ROOT))
    from trading.__main__ import environment

    python = str(environment("test"))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    arguments = [str(Path(a).resolve()) if not a.startswith("-") and Path(a).exists() else a for a in sys.argv[1:]]
    failed = [] if arguments else _gates(python)
    workers = [] if arguments else ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-q"]
    print("sunlit tests: pytest …", flush=True)
    code = subprocess.run([python, "-m", "pytest", *workers, *arguments], cwd=ROOT, check=False).returncode
    for name in failed:
        print(f"sunlit tests: gate failed: {name}", flush=True)
    return code or (1 if failed else 0)


if __name__ == "__main__":
    raise SystemExit(main())
