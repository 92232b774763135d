"""Every exception that reaches the edge, as a problem document or as a page that says the same.

An error of `archive.errors` is mapped by `trading.problems`; what the framework itself raises is first
translated into that tree.  Whatever else arrives is ours: it is logged under an incident number, and the
reader is told the number and nothing more.  Nothing that a client can send ends here with a 5xx.
"""

import errno
import logging
import secrets
from collections.abc import Mapping

from litestar import MediaType, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    PermissionDeniedException,
    ValidationException,
)

from archive.canonical import encode
from archive.errors import Busy, Damaged, Denied, Invalid, Missing, SunlitError, TooLarge
from trading.problems import MEDIA_TYPE, headers, problem, status
from trading.reasons import Reason, reason
from trading.web.asking import AnyRequest, language, wants_page
from trading.web.site import Site, site_of

LOGGER = logging.getLogger("sunlit.web")
_LONGEST = 300


def answer(request: AnyRequest, error: Exception) -> Response[bytes] | Response[str]:
    """The exception handler of the application."""
    site = site_of(request)
    known = translated(error, request.scope["path"], request.scope["method"], site.configuration.settings.web.max_body_bytes)
    if known is None:
        incident = secrets.token_hex(6)
        LOGGER.error("incident %s at %s", incident, request.scope["path"], exc_info=error)
        known = Damaged("web.fault", incident=incident)
    return told(request, site, known)


def told(request: AnyRequest, site: Site, error: SunlitError) -> Response[bytes] | Response[str]:
    """An error of the tree as the response that this request can read."""
    lang = language(request)
    what = problem(error, lang, site.law, request.scope["path"])
    extra = headers(error) | {"Vary": "Accept, Accept-Language, Cookie", "Cache-Control": "no-store", "Content-Language": lang}
    if wants_page(request):
        page = site.pages.render("error.html", site.frame(request, None), problem=what)
        return Response(page, media_type=MediaType.HTML, status_code=status(error), headers=extra)
    return Response(encode(what), media_type=MEDIA_TYPE, status_code=status(error), headers=extra)


def translated(error: Exception, path: str, method: str, limit: int) -> SunlitError | None:
    """The framework's exceptions in the words of `archive.errors`; None for one that nobody foresaw."""
    match error:
        case SunlitError():
            return error
        case NotFoundException():
            return Missing("web.path", path=path[:_LONGEST])
        case MethodNotAllowedException():
            return Invalid("web.method", method=method, allow=(error.headers or {}).get("allow", "GET"))
        case ValidationException():
            return Invalid("web.input", **_where(error))
        case PermissionDeniedException():
            return Denied("web.forbidden")
        case UnicodeError():
            return Invalid("web.malformed", why="UTF-8")
        case RecursionError():
            return Invalid("web.malformed", why="JSON")  # nested deeper than any command
        case ValueError() if "null byte" in str(error):
            return Missing("web.path", path=path[:_LONGEST])  # no file has such a name
        case OSError() if error.errno in (errno.ENOSPC, errno.EDQUOT):
            LOGGER.error("no room left on a disk, at %s", path)
            return Busy("web.storage", retry_after=60)
        case HTTPException(__cause__=OSError(errno=errno.ENAMETOOLONG)):
            return Missing("web.path", path=path[:_LONGEST])
        case HTTPException():
            return _by_status(error, limit)
        case _:
            return None


def _by_status(error: HTTPException, limit: int) -> SunlitError | None:
    match error.status_code:
        case 406:
            return Invalid("web.acceptable")
        case 411:
            return Invalid("web.length")
        case 413:
            return TooLarge("web.too_large", limit_bytes=limit)
        case 415:
            return Invalid("web.media")
        case 503:
            return Busy("web.busy", retry_after=1)
        case code if code < 500:
            why = str(error.detail)[:_LONGEST] if isinstance(error, ClientException) else str(code)
            return Invalid("web.malformed", why=reason(why))
        case _:
            return None


def _where(error: ValidationException) -> dict[str, str]:
    """The first place that did not validate, and why, out of the framework's own description."""
    items = error.extra if isinstance(error.extra, list) else [error.extra]
    for item in items:
        if isinstance(item, Mapping):
            return {"where": str(item.get("key", "—"))[:80], "why": reason(str(item.get("message", "—"))[:_LONGEST])}
    why = reason(str(error.detail)[:_LONGEST])
    named = why.params.get("name", "—") if isinstance(why, Reason) else "—"
    return {"where": str(named)[:80], "why": why}
