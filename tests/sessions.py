"""Sessions at the command line, in this process: `run` one command, or play a script that says what each must print.

A script is text.  ``$`` begins a command; the lines after it are its standard output, those with ``!`` in front its
standard error, ``= 1`` its exit code where it is not 0.  ``…`` stands for any characters within a line.  ``@`` begins a
cue for the test (the time moves, the bell rings); ``#`` is for the reader.  A command may end in ``> file``.
"""

import io
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from trading.cli import main

SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int

    def value(self, name: str) -> str:
        """The value of a ``name: value`` line."""
        return self.values(name)[0]

    def values(self, name: str) -> list[str]:
        """The values of all such lines."""
        return re.findall(rf"^{re.escape(name)}: (.*)$", self.out, re.M)


class Text(io.TextIOWrapper):
    """Standard output or error as a command sees it."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), "utf-8", write_through=True)

    def text(self) -> str:
        self.flush()
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode()


def run(arguments: Sequence[object], folder: Path, lang: str = "en", **environment: str) -> Ran:
    """``sunlit`` with these arguments in a folder."""
    out, err, code = Text(), Text(), 0
    known = {"SUNLIT_LANG": lang, "SUNLIT_PASSPHRASE": "four unrelated words here", **environment}
    argv = patch.object(sys, "argv", ["sunlit", *map(str, arguments)])
    with inside(folder), patch.dict(os.environ, known), argv, redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
    return Ran(out.text(), err.text(), code)


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """The folder as the working one."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@dataclass
class Step:
    """A command of a script, and what it must print."""

    line: int
    command: str
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    code: int = 0


def steps(text: str) -> Iterator[Step]:
    """The commands and cues of a script."""
    step: Step | None = None
    for number, line in enumerate(text.splitlines(), 1):
        match line[:2]:
            case "$ " | "@ ":
                if step is not None:
                    yield step
                step = Step(number, line)
            case "! " if step is not None:
                step.err.append(line[2:])
            case "= " if step is not None:
                step.code = int(line[2:])
            case "# " | "":
                continue
            case _:
                assert step is not None, f"line {number} belongs to no command"
                step.out.append(line)
    if step is not None:
        yield step


def play(name: str, folder: Path, cue: Callable[[str], None], places: Mapping[str, str], lang: str) -> int:
    """Play a script of `SCRIPTS`; ``places`` fill ``{name}`` in commands.  Gives how many commands ran."""
    ran = 0
    for step in steps((SCRIPTS / name).read_text("utf-8")):
        told = step.command[2:].format_map(places)
        if step.command.startswith("@"):
            cue(told)
            continue
        command, _, target = told.partition(" > ")
        words = shlex.split(command)
        assert words[0] == "sunlit", step.line
        done = run(words[1:], folder, lang)
        if target:
            (folder / target.strip()).write_text(done.out)
        else:
            same(name, step.line, "stdout", step.out, done.out)
        same(name, step.line, "stderr", step.err, done.err)
        assert done.code == step.code, f"{name}:{step.line} ended with {done.code}:\n{done.err}"
        ran += 1
    return ran


def same(name: str, line: int, what: str, wanted: list[str], got: str) -> None:
    """Compare line by line."""
    lines = got.splitlines()
    good = len(lines) == len(wanted) and all(matches(w, g) for w, g in zip(wanted, lines, strict=True))
    assert good, f"{name}:{line} {what} is\n" + "\n".join(lines) + "\nand should be\n" + "\n".join(wanted)


def matches(wanted: str, got: str) -> bool:
    """Whether a line is what it should be; ``…`` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, wanted.split("…"))), got) is not None
