"""What is said to people: sentences of refusals and faults by code, and the catalogues of the pages.

``trading/locale/codes/*.toml`` holds, for each code of `archive.errors`, a sentence in Chinese and in
English with ``{param}`` where a parameter is quoted, ``{param:family}`` where its values have labels of that family::

    ["bid.late"]
    zh = "投标截止时间为{closed_at},本文件于{arrived_at}传输完成,依法拒收。"
    en = "The deadline was {closed_at}; this file was complete at {arrived_at} and is refused."

``trading/locale/zh_CN.po`` and ``en.po`` are ordinary gettext catalogues; msgids are the English of the
templates.  Both kinds are read once, from source, when the first sentence is wanted: nothing is compiled.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from archive.errors import Damaged
from archive.values import SECOND, Money
from trading import words
from trading.reasons import Reason
from trading.words import Language

LOCALE = Path(__file__).parent / "locale"
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::([a-z]+))?\}")
_AFTER_2001 = 10**15  # microseconds: an integer named like a time but smaller than this is not one
_LONGEST = 300


@cache
def codes(folder: Path = LOCALE / "codes") -> Mapping[str, Mapping[str, str]]:
    """Every code with its sentences.

    Raises:
        Damaged: ``locale.code`` when a file is not of the form above or two files name one code.
    """
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            raise Damaged("locale.code", file=path.name, key=str(e)) from None
        for code, said in table.items():
            complete = isinstance(said, dict) and said.keys() == {"zh", "en"} and all(isinstance(v, str) for v in said.values())
            if not complete or code in found:
                raise Damaged("locale.code", file=path.name, key=code)
            found[code] = said
    return found


def sentence(code: str, params: Mapping[str, Any], lang: Language) -> str:
    """The sentence of ``code`` with its parameters written for people.

    A code without a sentence gives the code itself, and a parameter that was not given stays visible
    in braces: a gap is shown, never an exception while an error is being reported.
    """
    said = codes().get(code)
    if said is None:
        return code
    return _PLACE.sub(lambda m: spoken(m[1], params[m[1]], lang, m[2] or "") if m[1] in params else m[0], said[lang])


def spoken(name: str, value: object, lang: Language, family: str = "") -> str:
    """One parameter in words: times by Beijing clock, money with its sign, lists separated as the language does.

    Of a ``family`` of labels (``stage``, ``party``) a value is said by its label where it has one.
    """
    match value:
        case Reason():
            return sentence(value.code, value.params, lang)
        case bool():
            return {"zh": ("否", "是"), "en": ("no", "yes")}[lang][value]
        case int() if (name == "at" or name.endswith("_at")) and value >= _AFTER_2001:
            return words.moment(value, lang)
        case int() if name == "retry_after":
            return words.span(value * SECOND, lang)
        case int() if name.endswith("bytes"):
            return words.size(value)
        case Money():
            return words.money(value, lang)
        case list() | tuple() | set() | frozenset():
            return ("、" if lang == "zh" else ", ").join(spoken(name, item, lang, family) for item in value)
        case str() if family and f"{family}.{value}" in codes():
            return codes()[f"{family}.{value}"][lang]
        case _:
            said = str(value)
            return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"


class Catalogue:
    """The page messages of one language, with the two calls that templates make."""

    def __init__(self, singular: Mapping[str, str], plural: Mapping[str, tuple[str, ...]]) -> None:
        self._singular = singular
        self._plural = plural

    def gettext(self, message: str) -> str:
        """The translation, or the message itself."""
        return self._singular.get(message, message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The form for ``n``; Chinese has one form, English two."""
        forms = self._plural.get(one, (one, many))
        return forms[0] if n == 1 or len(forms) == 1 else forms[1]

    @property
    def known(self) -> frozenset[str]:
        """All messages that have a translation."""
        return frozenset(self._singular) | frozenset(self._plural)


@cache
def catalogue(lang: Language) -> Catalogue:
    """The catalogue of one language, read from its ``.po`` source.

    Raises:
        Damaged: ``locale.catalogue`` when it cannot be parsed.
    """
    path = LOCALE / ("zh_CN.po" if lang == "zh" else "en.po")
    try:
        parsed = read_po(BytesIO(path.read_bytes()), abort_invalid=True)
    except (OSError, ValueError) as e:
        raise Damaged("locale.catalogue", file=path.name, why=str(e)) from None
    singular: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    for message in parsed:
        if not message.id or not message.string or message.fuzzy:
            continue
        if isinstance(message.id, str):
            singular[message.id] = str(message.string)
        else:
            plural[message.id[0]] = tuple(message.string)
    return Catalogue(singular, plural)
