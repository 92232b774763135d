"""Acts on tenders, openings, draws and evaluation rooms: one command in, its receipt out.

The body is the command itself, as it will stand in the log, told apart by its ``type``.  Nothing here decides: the desks
find what the rules must know, the rules say yes or no, and a refusal is on record before it is answered.  Papers
that a command names by digest are sent first, to ``/api/files``.
"""

from collections.abc import Iterator

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct, structs

from archive.bodies import Blob
from archive.errors import Invalid
from archive.ledger import Recorded
from archive.strict import HEX256
from trading import commands
from trading.commands import Command
from trading.desk import publication, reevaluation, registry, result
from trading.desk.posting import printed
from trading.parties.messages import RegisterOrg
from trading.roles import Visitor
from trading.web.asking import AnyRequest
from trading.web.bids import Key, Receipt, Text, receipted
from trading.web.senders import may_send
from trading.web.site import Site
from trading.web.spool import Spool

UNKNOWN = "application/octet-stream"


class File(Struct, frozen=True):
    """A file in the vault, to be named by its digest."""

    sha256: str
    length: int


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """A question on the documents; who asks is withheld."""

    text: Text


class Filing(Struct, frozen=True, forbid_unknown_fields=True):
    """异议 or 质疑: ``kind`` is documents, opening, process or result; ``interest`` bidder, participant or other."""

    kind: Text
    text: Text
    lot: str = ""
    interest: str = "participant"


class Complaint(Struct, frozen=True, forbid_unknown_fields=True):
    """投诉: ``about`` is the number of the objection or challenge that it follows, where the law wants one first."""

    kind: Text
    text: Text
    lot: str = ""
    interest: str = "participant"
    about: str = ""


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """The written answer; ``outcome`` is dismissed, upheld or withdrawn."""

    outcome: Text
    text: Text


class Filed(Struct, frozen=True):
    """The number under which an objection was filed."""

    objection: str


@post("/files", status_code=201, request_max_body_size=None, operation_id="send_file", tags=["acts"])
async def send_file(request: AnyRequest, site: NamedDependency[Site]) -> File:
    """A paper that an act will name by its digest: the body is the file, whatever its content type."""
    await site.in_thread(lambda: site.somebody(request))
    with Spool() as spool:
        if not await spool.fill(request, site.configuration.settings.web.max_file_bytes):
            raise Invalid("web.cut")
        stored = await site.in_thread(lambda: site.platform.vault.put(spool.pieces()))
    return File(stored.sha256, stored.len)


@post("/organisations", sync_to_thread=True, status_code=201, operation_id="register_organisation", tags=["acts"])
def register_organisation(request: AnyRequest, site: NamedDependency[Site], data: JSONBody[RegisterOrg]) -> Receipt:
    """Free registration of an organisation (电子招标投标办法 第九条)."""
    return receipted(site, registry.register_org(site.platform, site.somebody(request).actor, data))


@post("/tenders", sync_to_thread=True, status_code=201, operation_id="register_project", tags=["acts"])
def register_project(request: AnyRequest, site: NamedDependency[Site], data: JSONBody[commands.RegisterProject]) -> Receipt:
    """进场登记 of a project under the catalogue's version in force."""
    made = registry.register_project(
        site.platform,
        site.somebody(request).actor,
        data.id,
        data.project,
        data.rulebook,
        data.calendar,
        catalogue=data.catalogue,
        item=data.catalogue_item,
        attempt=data.attempt,
        previous=data.previous,
    )
    return receipted(site, made)


@post("/tenders/{name:str}/acts", sync_to_thread=True, status_code=201, operation_id="act_on_tender", tags=["acts"])
def act_on_tender(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], data: JSONBody[Command], key: Key = ""
) -> Receipt:
    """One command to one tender; ``type`` tells which.  Who may send which is a closed table.

    A notice of tender, candidates or result whose ``sha256`` is empty is printed by the platform.
    """
    visitor = site.somebody(request)
    if not may_send(visitor.role, data):
        site.deny(visitor, request.url.path)
    return receipted(site, _act(site, visitor, name, data, key))


@post("/tenders/{name:str}/questions", sync_to_thread=True, status_code=201, operation_id="ask_question", tags=["acts"])
def ask_question(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], data: JSONBody[Question]) -> Receipt:
    """Ask about the documents before the deadline."""
    return receipted(site, publication.ask(site.platform, site.somebody(request).actor, name, data.text))


@post("/tenders/{name:str}/objections", sync_to_thread=True, status_code=201, operation_id="file_objection", tags=["acts"])
def file_objection(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], data: JSONBody[Filing]) -> Filed:
    """File an objection (异议) to documents, opening or result; the objector stays behind a pseudonym."""
    actor = site.somebody(request).actor
    return Filed(result.object_(site.platform, actor, name, data.kind, data.text, data.lot, data.interest))


@post("/tenders/{name:str}/challenges", sync_to_thread=True, status_code=201, operation_id="file_challenge", tags=["acts"])
def file_challenge(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], data: JSONBody[Filing]) -> Filed:
    """File a challenge (质疑) in government procurement."""
    actor = site.somebody(request).actor
    return Filed(result.challenge(site.platform, actor, name, data.kind, data.text, data.lot, data.interest))


@post("/tenders/{name:str}/complaints", sync_to_thread=True, status_code=201, operation_id="file_complaint", tags=["acts"])
def file_complaint(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], data: JSONBody[Complaint]) -> Filed:
    """File a complaint (投诉) with the supervising department, after the answer that did not satisfy or did not come."""
    actor = site.somebody(request).actor
    return Filed(result.complain(site.platform, actor, name, data.kind, data.text, data.lot, data.interest, data.about))


@post(
    "/tenders/{name:str}/objections/{id:str}/answer",
    sync_to_thread=True,
    status_code=201,
    operation_id="answer_objection",
    tags=["acts"],
)
def answer_objection(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], id: FromPath[str], data: JSONBody[Answer]
) -> Receipt:
    """Answer an objection or a challenge in writing."""
    return receipted(site, result.answer(site.platform, site.somebody(request).actor, name, id, data.outcome, data.text))


def _act(site: Site, visitor: Visitor, name: str, command: Command, key: str) -> Recorded:
    command, blobs = printed(site.platform, visitor.account.org, name, command)
    blobs = blobs or tuple(_blobs(site, command))
    if isinstance(command, commands.Reevaluate):
        return reevaluation.order(site.platform, visitor.actor, name, command, blobs=blobs, key=key or None)
    return publication.act(site.platform, visitor.actor, name, command, blobs=blobs, key=key or None)


def _blobs(site: Site, command: Command) -> Iterator[Blob]:
    """Every file that the command names and the vault has, as the entry names it."""
    for digest in dict.fromkeys(_digests(command)):
        length = site.platform.vault.size(digest)
        if length is not None:
            yield Blob(digest, length, UNKNOWN)


def _digests(value: object) -> Iterator[str]:
    """The digests in a command, in the order of its members."""
    if isinstance(value, Struct):
        for name, member in structs.asdict(value).items():
            if isinstance(member, str) and name.endswith("sha256") and HEX256.fullmatch(member):
                yield member
            else:
                yield from _digests(member)
    elif isinstance(value, tuple):
        for member in value:
            yield from _digests(member)


PAGES = Router("/", route_handlers=[])
RESOURCES = Router(
    "/",
    route_handlers=[
        send_file,
        register_organisation,
        register_project,
        act_on_tender,
        ask_question,
        file_objection,
        file_challenge,
        file_complaint,
        answer_objection,
    ],
)
