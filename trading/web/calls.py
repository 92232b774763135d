"""Answering a call: the page that an expert's message leads to, and the same for programs.

No session is needed, since the code in the message is the proof; an answer by the account itself is an act in the draw.
The page names nothing but the question, and a code that no open call has is told like any other wrong one.
"""

from base64 import b64decode
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, URLEncodedBody
from msgspec import Meta, Struct

from archive.errors import Denied, Invalid
from archive.values import Instant
from trading.desk import calls
from trading.problems import problem, status
from trading.web.asking import AnyRequest, language
from trading.web.site import Site

Code = Annotated[str, Meta(max_length=80, description="the code of the message")]


class AnswerForm(Struct, frozen=True):
    """What the page sends."""

    code: str = ""
    answer: str = ""


class CallAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """``answer`` is accept, decline or conflict; ``signature`` (base64) MAY be the account key's over the prescribed text."""

    code: Code
    answer: Annotated[str, Meta(max_length=20)]
    signature: Annotated[str, Meta(max_length=200)] = ""


class Heard(Struct, frozen=True):
    """The answer is on record; ``event`` is its entry, which the expert's account shows."""

    answer: str
    event: str
    at: Instant


@get("/calls", include_in_schema=False, sync_to_thread=True)
def call_page(request: AnyRequest, site: NamedDependency[Site], code: FromQuery[str] = "") -> Response[str]:
    """The question and its three answers."""
    return site.page(request, "call.html", code=code[:80], problem=None, heard="")


@post("/calls", include_in_schema=False, sync_to_thread=True)
def call_answered(request: AnyRequest, site: NamedDependency[Site], data: URLEncodedBody[AnswerForm]) -> Response[str]:
    """Take the answer; back to the form with the reason where there is none."""
    try:
        calls.answer(site.platform, data.code[:80], data.answer)
    except (Denied, Invalid) as refusal:
        page = site.page(request, "call.html", code=data.code[:80], problem=problem(refusal, language(request)), heard="")
        page.status_code = status(refusal)
        return page
    page = site.page(request, "call.html", code="", problem=None, heard=data.answer)
    page.status_code = 200
    return page


@post("/calls", sync_to_thread=True, status_code=201, operation_id="answer_call", tags=["session"])
def answer_call(site: NamedDependency[Site], data: JSONBody[CallAnswer]) -> Heard:
    """A called expert answers, by the code of his message."""
    try:
        signature = b64decode(data.signature, validate=True)
    except ValueError:
        raise Invalid("web.input", where="signature", why="base64") from None
    done = calls.answer(site.platform, data.code, data.answer, signature, site.identity.signed)
    return Heard(data.answer, done.id, done.at)


PAGES = Router("/", route_handlers=[call_page, call_answered])
RESOURCES = Router("/", route_handlers=[answer_call])
