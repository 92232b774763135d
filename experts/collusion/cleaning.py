"""Text as people read it: compatibility forms folded, what cannot be seen taken out.  Pure."""

import re
import unicodedata
from typing import Final

UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Zero-width, filling, variation and direction characters: they change the bytes and not what a reader sees."""

_BREAK = re.compile(r"[\r\n。！？!?；;]+")
_BLANK = re.compile(r"\s+")


def plain(text: str) -> str:
    """NFKC, lower case, without anything unseen and without blanks."""
    return _BLANK.sub("", UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold())


def unseen(text: str) -> int:
    """How many unseen characters a text holds, direction and zero-width ones."""
    return len(UNSEEN.findall(text))


def passages(text: str) -> tuple[str, ...]:
    """The sentences of a text in their plain form, empty ones left out."""
    seen = UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return tuple(p for p in (plain(part) for part in _BREAK.split(seen)) if p)
