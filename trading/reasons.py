"""Why a value does not fit, in both languages: the parser's own clauses are English, so each is matched to a code.

`reason` gives a text that is still the parser's clause to programs, and that `trading.messages` says in the reader's language.
A clause of an unknown form stays as it is.
"""

import re
from collections.abc import Mapping
from typing import Any

_TYPE = r"`([a-z| `]+)`"
_FORMS: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = tuple(
    (re.compile(form), code, names)
    for form, code, names in (
        (rf"Expected {_TYPE}, got {_TYPE}", "reason.type", ("expected", "found")),
        (rf"Expected {_TYPE} >= (\S+)", "reason.least", ("expected", "least")),
        (rf"Expected {_TYPE} <= (\S+)", "reason.most", ("expected", "most")),
        (rf"Expected {_TYPE} of length >= (\d+)", "reason.longer", ("expected", "least")),
        (rf"Expected {_TYPE} of length <= (\d+)", "reason.shorter", ("expected", "most")),
        (rf"Expected {_TYPE} matching regex '(.*)'", "reason.pattern", ("expected", "pattern")),
        (r"Object missing required field `(.*)`", "reason.missing", ("name",)),
        (r"Missing required (?:\w+ )?parameter '(.*)' for .*", "reason.missing", ("name",)),
        (r"Object contains unknown field `(.*)`", "reason.unknown", ("name",)),
        (r"Invalid (?:enum )?value '?(.*?)'?", "reason.value", ("value",)),
        (r"JSON is malformed: .*|Input data was truncated", "reason.json", ()),
        (r"Invalid multipart/form-data", "reason.form", ()),
        (r"Invalid UTF-8 encoded string|.*codec can't decode.*", "reason.utf8", ()),
        (r"(?:Integer|Number) .*out of range", "reason.range", ()),
    )
)
_PLACE = re.compile(r"(.*) - at `(?:key in )?(\$\S*)`", re.S)
_KINDS = ("expected", "found")


class Reason(str):
    """The clause as the parser put it; ``code`` and ``params`` say it for people."""

    __slots__ = ("code", "params")

    code: str
    params: Mapping[str, Any]

    def __new__(cls, text: str, code: str, params: Mapping[str, Any]) -> "Reason":
        """A clause and how to say it."""
        made = super().__new__(cls, text)
        made.code, made.params = code, params
        return made


def reason(text: str) -> str:
    """A clause of the parser's as something that can be said in either language, itself where its form is not known."""
    placed = _PLACE.fullmatch(text)
    if placed:
        return Reason(text, "reason.at", {"why": reason(placed[1]), "place": placed[2]})
    for form, code, names in _FORMS:
        found = form.fullmatch(text)
        if found:
            params = dict(zip(names, found.groups(), strict=True))
            return Reason(text, code, {name: _kind(said) if name in _KINDS else said for name, said in params.items()})
    return text


def _kind(said: str) -> str:
    """The name of a type; of several that are possible, as the parser writes them."""
    return Reason(said, f"json.{said}", {}) if said in ("int", "str", "bool", "float", "object", "array", "null") else said
