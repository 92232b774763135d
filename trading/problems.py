"""Errors as RFC 9457 problem details, one mapping for the whole tree of `archive.errors`.

::

    {"type": "urn:sunlit:bid.late", "title": "规则不允许", "status": 422,
     "detail": "投标截止时间为2026年10月09日 09:00 (北京时间)……", "code": "bid.late",
     "params": {"closed_at": 1791507600000000}, "law": "招标投标法 第二十八条"}

``type`` is ``urn:sunlit:`` and the code, stable for ever; ``title`` names the class of the error and
``detail`` the case, both in the reader's language.  The status follows from the class:

===========  ======  ==========================================================
class        status
===========  ======  ==========================================================
Invalid      400     (405, 406, 411, 415, 460 where HTTP or tus has a word of its own)
Denied       403     (401 when nobody is logged in, 429 when attempts are throttled)
Missing      404
Conflict     409     (423 while another request sends to the same upload)
TooLarge     413
Refused      422     a rule said no to a well-formed command
Busy         503     with ``Retry-After``
Damaged      500     stored evidence does not hold: the one fault that is ours
===========  ======  ==========================================================
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from archive.errors import Busy, Conflict, Damaged, Denied, Invalid, Missing, Refused, SunlitError, TooLarge
from trading.messages import sentence
from trading.words import Language

MEDIA_TYPE = "application/problem+json"
URN = "urn:sunlit:"

STATUS: dict[type[SunlitError], int] = {
    Invalid: 400,
    Denied: 403,
    Missing: 404,
    Conflict: 409,
    TooLarge: 413,
    Refused: 422,
    Busy: 503,
    Damaged: 500,
}

TITLES: dict[type[SunlitError], tuple[str, str]] = {
    Invalid: ("提交的内容格式不正确", "The request is not well formed"),
    Denied: ("无权进行此操作", "Not permitted"),
    Missing: ("没有这个对象", "Nothing is here"),
    Conflict: ("与已有内容冲突", "Conflict with what is there"),
    TooLarge: ("超过大小限制", "Too large"),
    Refused: ("规则不允许", "Refused by rule"),
    Busy: ("系统繁忙，请稍后再试", "Busy, please try again"),
    Damaged: ("系统故障", "A fault on our side"),
}

SPECIAL: dict[str, int] = {
    "session.absent": 401,
    "session.expired": 401,
    "login.failed": 401,
    "login.signature": 401,
    "login.throttled": 429,
    "web.method": 405,
    "web.acceptable": 406,
    "web.length": 411,
    "web.media": 415,
    "upload.locked": 423,
    "upload.checksum": 460,
}
"""Codes for which HTTP has a more exact status than their class."""

_SECONDS = 1


class Problem(Struct, frozen=True, omit_defaults=True):
    """The body of a problem response; members as in RFC 9457 plus ``code``, ``params`` and ``law``."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, Any] = {}
    law: str = ""
    instance: str = ""


def family(error: SunlitError) -> type[SunlitError]:
    """The class of the tree to which an error belongs, `Damaged` for one that has none."""
    return next((kind for kind in STATUS if isinstance(error, kind)), Damaged)


def status(error: SunlitError) -> int:
    """The HTTP status of an error."""
    return SPECIAL.get(error.code, STATUS[family(error)])


def problem(error: SunlitError, lang: Language, law: Mapping[str, str] | None = None, instance: str = "") -> Problem:
    """Describe an error to a reader.

    ``law`` maps codes to the article on which a refusal rests; ``instance`` is the path of the request.
    """
    zh, en = TITLES[family(error)]
    return Problem(
        type=URN + error.code,
        title=zh if lang == "zh" else en,
        status=status(error),
        detail=str(_plain(sentence(error.code, error.params, lang))),
        code=error.code,
        params={name: _plain(value) for name, value in error.params.items()},
        law=(law or {}).get(error.code, ""),
        instance=str(_plain(instance)),
    )


def headers(error: SunlitError) -> dict[str, str]:
    """The response headers an error calls for: ``Retry-After``, ``WWW-Authenticate``, ``Allow``."""
    match status(error):
        case 401:
            return {"WWW-Authenticate": 'Bearer realm="sunlit"'}
        case 405:
            return {"Allow": str(error.params.get("allow", "GET"))}
        case 429 | 503:
            return {"Retry-After": str(error.params.get("retry_after", _SECONDS))}
        case _:
            return {}


def _plain(value: object) -> Any:
    """JSON values; text that is not UTF-8 (it may come from a request) loses what cannot be written."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return value.encode("utf-8", "replace").decode()
        case Mapping():
            return {str(_plain(str(k))): _plain(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case Struct():
            return _plain(msgspec.to_builtins(value))
        case _:
            return _plain(str(value))
