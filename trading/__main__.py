"""``python3 -m trading``: set up this checkout and run the platform's main job.

Standard library only until the environment exists.  The first run makes ``.venv`` in the checkout
and installs the project into it; every later run starts there at once.  Without arguments the
demonstration is played and the platform stays up; with arguments this is ``sunlit …``.  From a folder
inside the checkout the same is ``python3 ../trading``.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _say(text: str) -> None:
    print(f"sunlit: {text}", file=sys.stderr, flush=True)


def environment(extra: str = "") -> Path:
    """The checkout's own interpreter, made or brought up to date when the project file has changed.

    ``extra`` is an optional-dependency group.  Exits with 2 and one sentence when that is impossible.
    """
    if sys.version_info < (3, 11):  # noqa: UP036  an older interpreter reaches this line before any other
        _say("Python 3.11 or newer is needed")
        raise SystemExit(2)
    venv = ROOT / ".venv"
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + (ROOT / "constraints.txt").read_bytes()).hexdigest()
    stamp = venv / f"sunlit-{extra or 'run'}.stamp"
    enough = (stamp, venv / "sunlit-test.stamp")  # the test tools bring the project along
    if python.exists() and any(s.exists() and s.read_text() == wanted for s in enough):
        return python
    if not python.exists():
        _say("making .venv in the checkout")
        made = subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False)
        if made.returncode:
            _say("no environment could be made; on Debian: apt install python3-venv")
            raise SystemExit(2)
    _say("installing the project" + (f" with its {extra} tools" if extra else "") + "; the first time takes a minute or two")
    target = f".[{extra}]" if extra else "."
    command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", "constraints.txt", "-e", target]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        _say("the installation failed; the lines above say why, and running the same command again resumes it")
        raise SystemExit(2)
    stamp.write_text(wanted)
    _say("installed")
    return python


def main() -> None:
    """Re-run inside the environment: the command line proper is `trading.cli`."""
    python = environment()
    arguments = sys.argv[1:] or ["start", "--data", str(ROOT / "sunlit-data")]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.execv(python, [str(python), "-c", "from trading.cli import main; main()", *arguments])


if __name__ == "__main__":
    main()
