"""公共资源交易评标专家专业分类标准: the tree of specialities, four levels (发改法规〔2018〕316号; cn-rules X-1).

Pure.  The file is UTF-8 CSV, ``code,name`` a line with that header.  A code grows two characters a level: ``A``, ``A08``,
``A0801``, ``A080101``; the parent is the code without its last two.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from archive.errors import Invalid

LEVELS: Final = 4
CODE: Final = re.compile(r"[A-Z]([0-9]{2}){0,3}")


@dataclass(frozen=True, slots=True)
class Categories:
    """The tree: names by code, parents before children."""

    names: Mapping[str, str]

    def __contains__(self, code: object) -> bool:
        return code in self.names

    def __len__(self) -> int:
        return len(self.names)

    def parent(self, code: str) -> str:
        """The code one level up, empty at the top."""
        return code[:-2] if len(code) > 1 else ""

    def children(self, code: str) -> Iterator[str]:
        """The codes one level down, in order."""
        return (c for c in self.names if c and self.parent(c) == code)

    def neighbours(self, code: str) -> tuple[str, ...]:
        """The other codes under the same parent: the first rung of a widening ladder."""
        return tuple(c for c in self.children(self.parent(code)) if c != code)

    def title(self, code: str) -> str:
        """The names from the top down, as people read them."""
        parts = [code[:n] for n in (1, 3, 5, 7) if n <= len(code)]
        return " / ".join(self.names[p] for p in parts)


def load(raw: bytes) -> Categories:
    """Read the tree.

    Raises:
        Invalid: ``category.file`` with the line, for a code of another form, a code twice, or a parent that is not there yet.
    """
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as e:
        raise Invalid("category.file", line=0, why=str(e)) from None
    if not rows or rows[0] != ["code", "name"]:
        raise Invalid("category.file", line=1, why="code,name")
    names: dict[str, str] = {}
    for line, row in enumerate(rows[1:], 2):
        if len(row) != 2 or not CODE.fullmatch(row[0]) or not row[1].strip():
            raise Invalid("category.file", line=line, why=",".join(row)[:60])
        code, name = row[0], row[1].strip()
        if code in names or (len(code) > 1 and code[:-2] not in names):
            raise Invalid("category.file", line=line, why=code)
        names[code] = name
    return Categories(names)
