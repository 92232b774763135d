"""Renders the templates: one Jinja environment for each language, autoescaping, undefined names are errors.

Templates know the filters of `trading.words` bound to their language, ``asset(name)`` for static files with
the digest of their content, and what `Frame` adds to every page.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from archive.strict import base64
from archive.values import Instant, instant
from trading import words
from trading.amounts import capitals
from trading.codes import region_name
from trading.messages import LANGUAGES, catalogue, codes, sentence
from trading.roles import ROLES, Visitor
from trading.settings import Site as Names
from trading.words import Language

HOME = Path(__file__).parent.parent
STATIC = HOME / "static"

# Path, key of the navigation, English message of its label; order is that of the page.
NAVIGATION = (
    ("notices", "/notices", "Notices"),
    ("log", "/log", "Trace log"),
    ("receipts", "/receipts", "Check a receipt"),
    ("replay", "/replay", "Replay"),
    ("desk", "/desk", "My desk"),
)


class Frame(Struct, frozen=True):
    """What a page needs besides its subject."""

    lang: Language
    path: str
    query: str
    visitor: Visitor | None
    now: Instant


class Pages:
    """The templates, ready to be rendered."""

    def __init__(self, names: Names, extra_assets: Mapping[str, Path] | None = None) -> None:
        self._names = names
        self._assets = _digests({"": STATIC, **(extra_assets or {})})
        self._environments: dict[Language, Environment] = {lang: self._environment(lang) for lang in LANGUAGES}

    def render(self, template: str, frame: Frame, *, here: str = "", api: str = "", **context: Any) -> str:
        """The page; ``here`` is the key of the navigation item, ``api`` the address of the same subject as JSON."""
        zh = frame.lang == "zh"
        said = catalogue(frame.lang).gettext
        shell = {
            "lang": frame.lang,
            "now": frame.now,
            "path": frame.path,
            "visitor": frame.visitor,
            "here": here,
            "api": api,
            "name": self._names.name_zh if zh else self._names.name_en,
            "operator": self._names.operator_zh if zh else self._names.operator_en,
            "contact": self._names.contact,
            "demo": self._names.demo,
            "nav": [(key, url, said(label)) for key, url, label in NAVIGATION],
            "switch_url": switched(frame.path, frame.query, "en" if zh else "zh"),
        }
        made = self._environments[frame.lang].get_template(template).render(**shell, **context)
        return made if zh else chinese_marked(made)

    def templates(self) -> list[str]:
        """The names of all templates."""
        return self._environments["zh"].list_templates()

    def _environment(self, lang: Language) -> Environment:
        made = Environment(
            loader=FileSystemLoader(HOME / "templates"),
            extensions=["jinja2.ext.i18n"],
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        texts = catalogue(lang)
        made.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
        made.filters.update(_filters(lang))
        made.globals["asset"] = self.asset
        return made

    def asset(self, name: str) -> str:
        """The address of a static file, with the digest of its content so that it can be cached for ever."""
        return f"/assets/{name}?v={self._assets[name]}"


# A tag whole, or the content of an element that can hold no other: there is no marking in either.
_UNMARKED = re.compile(r"(<(?:title|option|textarea|script)\b.*?</(?:title|option|textarea|script)>|<[^>]*>)", re.S)
_CHINESE = re.compile(r"[\u3000-\u9fff\uf900-\uff60](?:[\s\d·.,:()–-]*[\u3000-\u9fff\uf900-\uff60]+)*")


def chinese_marked(page: str) -> str:
    """An English page with every run of Chinese in its text marked as such, for voices and fonts (WCAG 3.1.2)."""
    parts = _UNMARKED.split(page)
    parts[::2] = (_CHINESE.sub(r'<span lang="zh-CN">\g<0></span>', text) for text in parts[::2])
    return "".join(parts)


def switched(path: str, query: str, lang: Language) -> str:
    """The address of the same page in the other language."""
    kept = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "lang"]
    return f"{path}?{urlencode([*kept, ('lang', lang)])}"


def _filters(lang: Language) -> dict[str, Callable[..., object]]:
    return {
        "moment": lambda at: words.moment(at, lang),
        "minute": lambda at: words.minute(at, lang),
        "day": lambda at: words.day(at, lang),
        "civil": lambda day: words.civil(date.fromisoformat(day) if isinstance(day, str) else day, lang),
        "exact": words.exact,
        "machine": words.machine,
        "yuan": lambda value: words.money(value, lang),
        "octets": words.size,
        "span": lambda length: words.span(length, lang),
        "role": lambda role: _party(role, lang),
        "region": region_name,
        "months": lambda year: words.months(year.off, year.worked, lang),
        "titled": lambda book: codes().get(f"book.{book.id}", {"zh": book.title, "en": book.title_en})[lang],
        "act": lambda name: sentence(f"act.{name}", {}, lang),
        "headed": _headed,
        "capitals": lambda value: capitals(value) if lang == "zh" and value.currency == "CNY" and value.amount >= 0 else "",
        "score": lambda hundredths: f"{hundredths // 100}.{hundredths % 100:02d}",
        "measured": lambda rule: words.measured(rule.value, rule.unit, lang),
        "base64": base64,
        "log_time": lambda text: words.exact(instant(text)),
        "said": lambda code, params=None: sentence(code, params or {}, lang),
    }


def _headed(title: str, project: str) -> str:
    """The title of a notice that can stand alone: with the project's name before it, unless it says it itself."""
    return title if project in title else f"{project}{' ' if title[:1].isascii() else ''}{title}"


def _party(role: str, lang: Language) -> str:
    """A role of this platform, a party to a tender, or one of several bidders (``bidder:2``)."""
    kind, _, number = role.partition(":")
    name = ROLES[kind][1 if lang == "zh" else 2] if kind in ROLES else sentence(f"party.{kind}", {}, lang)
    return f"{name} {number}".rstrip()


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _digests(folders: Mapping[str, Path]) -> dict[str, str]:
    return {
        (f"{prefix}/" if prefix else "") + file.relative_to(folder).as_posix(): _digest(file)
        for prefix, folder in folders.items()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
