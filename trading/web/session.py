"""Coming in and going out: the login page, and sessions for programs under ``/api/session``.

A browser is given its token in a cookie that no script can read; a program is given it once, in the answer,
and sends it as ``Authorization: Bearer``.
"""

from base64 import b64decode
from typing import Annotated

from litestar import Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_201_CREATED, HTTP_303_SEE_OTHER
from msgspec import Meta, Struct

from archive.errors import Denied, Invalid
from archive.values import Instant
from trading.problems import headers, problem, status
from trading.roles import Opened
from trading.web.asking import SESSION_COOKIE, AnyRequest, language
from trading.web.site import Site

Text = Annotated[str, Meta(max_length=1024)]


class LoginForm(Struct, frozen=True):
    """What the login page sends."""

    login: str = ""
    password: str = ""
    next: str = ""


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """Either ``login`` and ``password``, or ``nonce`` and ``signature`` (base64) of a challenge."""

    login: Text = ""
    password: Text = ""
    nonce: Text = ""
    signature: Text = ""


class ChallengeFor(Struct, frozen=True, forbid_unknown_fields=True):
    """The account that wants to prove its key."""

    login: Annotated[str, Meta(min_length=1, max_length=64)]


class Challenge(Struct, frozen=True):
    """``text`` is what to sign with Ed25519, as UTF-8, exactly; it is good for five minutes and one use."""

    nonce: str
    text: str


class Session(Struct, frozen=True):
    """A session; ``token`` is told once, when it begins.  Times are microseconds since the epoch."""

    account: str
    name: str
    role: str
    org: str
    ends_at: Instant
    token: str = ""


@get("/login", include_in_schema=False, sync_to_thread=True)
def login_page(request: AnyRequest, site: NamedDependency[Site], next: FromQuery[str] = "") -> Response[str]:
    """The form."""
    return _form(request, site, "", _inside(next), None, 200)


@post("/login", include_in_schema=False, sync_to_thread=True)
def login(request: AnyRequest, site: NamedDependency[Site], data: URLEncodedBody[LoginForm]) -> Response[str] | Redirect:
    """Check the form; back to it with the reason, or on to where the visitor was going."""
    try:
        opened = site.came(request, "password", lambda at: site.identity.login(data.login, data.password, at), data.login)
    except Denied as refusal:
        return _form(request, site, data.login[:64], _inside(data.next), refusal, status(refusal))
    return Redirect(_inside(data.next), status_code=HTTP_303_SEE_OTHER, cookies=[_cookie(site, opened.token)])


@post("/logout", include_in_schema=False, sync_to_thread=True)
def logout(request: AnyRequest, site: NamedDependency[Site]) -> Redirect:
    """End the session."""
    site.left(request)
    return Redirect("/", status_code=HTTP_303_SEE_OTHER, cookies=[_cookie(site, "", 0)])


@post("/session/challenges", sync_to_thread=True, operation_id="challenge", tags=["session"])
def challenge(site: NamedDependency[Site], data: JSONBody[ChallengeFor]) -> Challenge:
    """A challenge to sign with the account's registered key."""
    nonce = site.identity.challenge(data.login)
    return Challenge(nonce, site.identity.challenge_text(data.login, nonce).decode())


@post("/session", sync_to_thread=True, status_code=HTTP_201_CREATED, operation_id="log_in", tags=["session"])
def open_session(request: AnyRequest, site: NamedDependency[Site], data: JSONBody[Credentials]) -> Session:
    """Begin a session with a password or a signed challenge."""
    if data.nonce:
        try:
            signature = b64decode(data.signature, validate=True)
        except ValueError:
            raise Invalid("web.input", where="signature", why="base64") from None
        opened = site.came(request, "certificate", lambda at: site.identity.answer(data.nonce, signature, at), data.nonce)
    else:
        opened = site.came(request, "password", lambda at: site.identity.login(data.login, data.password, at), data.login)
    return _told(opened, opened.token)


@get("/session", sync_to_thread=True, operation_id="who_am_i", tags=["session"])
def read_session(request: AnyRequest, site: NamedDependency[Site]) -> Session:
    """Who the token belongs to."""
    return _told(Opened("", site.somebody(request)), "")


@delete("/session", sync_to_thread=True, operation_id="log_out", tags=["session"])
def close_session(request: AnyRequest, site: NamedDependency[Site]) -> None:
    """End the session."""
    site.left(request)


def _form(request: AnyRequest, site: Site, login: str, after: str, refusal: Denied | None, code: int) -> Response[str]:
    what = problem(refusal, language(request)) if refusal else None
    accounts = site.identity.demo_accounts() if site.configuration.settings.site.demo else ()
    page = site.page(request, "login.html", login=login, next=after, problem=what, accounts=accounts)
    page.status_code = code
    for name, value in (headers(refusal) if refusal else {}).items():
        page.set_header(name, value)
    return page


def _inside(target: str) -> str:
    """Only a path of this platform is gone on to: anything else would send people away from a page they trust."""
    plain = target.isascii() and target.isprintable() and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/desk"


def _cookie(site: Site, text: str, life: int | None = None) -> Cookie:
    secure = site.secure
    return Cookie(SESSION_COOKIE, value=text, path="/", max_age=life, httponly=True, secure=secure, samesite="lax")


def _told(opened: Opened, secret: str) -> Session:
    account = opened.visitor.account
    return Session(account.id, account.name, account.role, account.org, opened.visitor.ends_at, secret)


PAGES = Router("/", route_handlers=[login_page, login, logout])
RESOURCES = Router("/", route_handlers=[challenge, open_session, read_session, close_session])
