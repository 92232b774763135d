"""进场登记: which project comes in, under which law, and on what grounds alone it may be turned away."""

from archive.errors import Refused
from trading.calendar import legal_date
from trading.codes import number_code_holds, trade_code_holds
from trading.commands import AcceptRegistration, RefuseRegistration, RegisterProject
from trading.events import ProjectRegistered, RegistrationAccepted, RegistrationRefused
from trading.lifecycle.guards import Told, at_stage, facts, require, running, sha256, tender_name
from trading.rulebook import UNCERTAIN, Rulebook, digest_of, route, rulebook
from trading.rulebooks.shape import Ground
from trading.statutes import calendar
from trading.tender import CatalogueEntry, Project, Tender

_PUYANG = "濮阳市公共资源交易管理条例 第十三条"
GROUNDS: tuple[Ground, ...] = (
    Ground("not-approved", "依法需审批核准而未获审批核准", "an approval that the law asks for is missing", _PUYANG),
    Ground("title-disputed", "权属有争议或者不明", "title is disputed or unclear", _PUYANG),
    Ground("restricted", "被依法采取限制措施", "under a lawful restriction", _PUYANG),
    Ground("prohibited", "法律和国家、省禁止的其他情形", "otherwise forbidden by law", _PUYANG),
)
"""R1-2: on no other ground may a registration be refused."""

LAW: dict[str, str] = {
    "registration.exists": "电子招标投标办法 第十三条",
    "registration.incomplete": "电子招标投标办法 第四十一条",
    "registration.code": "公共资源交易平台系统数据规范",
    "registration.uncertain": "招标投标法实施条例 第八条、第九条；政府采购法 第二十六条",
    "registration.other-law": "招标投标法 第三条；政府采购法 第二条",
    "registration.catalogue": "宁波市公共资源交易管理条例 第十二条",
    "registration.predecessor": "招标投标法实施条例 第四十四条",
    "registration.must-accept": "宁波市公共资源交易管理条例 第十六条",
    "registration.ground": "濮阳市公共资源交易管理条例 第十三条",
    "rulebook.unknown": "招标投标法 第三条；政府采购法 第二条",
    "calendar.unknown": "民法典 第二百零三条",
}


def register(state: Tender, command: RegisterProject, ctx: Told) -> tuple[ProjectRegistered, ...]:
    """A project asks for admission."""
    if state.stage:
        raise Refused("registration.exists", tender=state.id)
    tender_name(command.id)
    project = command.project
    book = rulebook(command.rulebook)
    who = ("system",) if book.flag("replayed") else ("principal", "agency")
    require(Tender(id=command.id, project=project, rulebook=book.id), ctx, *who, scope="register")
    calendar(command.calendar)
    _complete(project, book)
    _governed(project, book)
    entry = _catalogued(command, book, ctx)
    _predecessor(command, ctx)
    return (
        ProjectRegistered(
            ctx.at,
            command.id,
            project,
            book.id,
            digest_of(book.id),
            command.calendar,
            entry,
            command.attempt,
            command.previous,
        ),
    )


def _complete(project: Project, book: Rulebook) -> None:
    needed = ["title", "principal", "principal_name"]
    if book.flag("catalogue-item"):
        needed += ["region", "nature"]
    missing = [field for field in needed if not getattr(project, field).strip()]
    if project.estimate.amount < 0 or (book.flag("catalogue-item") and project.estimate.amount == 0):
        missing.append("estimate")
    if missing:
        raise Refused("registration.incomplete", fields=missing)
    if project.code and not number_code_holds(project.code):
        raise Refused("registration.code", code=project.code)
    if project.trade_code and not trade_code_holds(project.trade_code):
        raise Refused("registration.code", code=project.trade_code)


def _governed(project: Project, book: Rulebook) -> None:
    found = route(project.trade, project.method, project.mandatory, project.threshold, project.funds, project.approval)
    if found.rule_set == UNCERTAIN:
        raise Refused("registration.uncertain", fields=list(found.missing))
    # What judges nothing is for replayed foreign data alone: nobody here may choose to stand under it.
    if found.rule_set != book.rule_set or (project.method == "imported") != book.flag("replayed"):
        raise Refused("registration.other-law", rule_set=found.rule_set, rulebook=book.id)


def _catalogued(command: RegisterProject, book: Rulebook, ctx: Told) -> CatalogueEntry | None:
    entry = facts(ctx).catalogue
    if not book.flag("catalogue-item") and not command.catalogue_item:
        return None
    named = (command.catalogue, command.catalogue_version, command.catalogue_item)
    today = legal_date(ctx.at)
    if entry is None or (entry.catalogue, entry.version, entry.item) != named:
        raise Refused("registration.catalogue", item=command.catalogue_item)
    if today < entry.from_day or (entry.to_day is not None and today > entry.to_day):
        raise Refused("registration.catalogue", item=command.catalogue_item)
    return entry


def _predecessor(command: RegisterProject, ctx: Told) -> None:
    if command.attempt == 1 and not command.previous:
        return
    before = facts(ctx).predecessor
    if before is None or (before.tender, before.attempt + 1, before.successor) != (command.previous, command.attempt, command.id):
        raise Refused("registration.predecessor", tender=command.previous, attempt=command.attempt)


def accept(state: Tender, command: AcceptRegistration, ctx: Told) -> tuple[RegistrationAccepted, ...]:
    """The centre admits it."""
    require(state, ctx, "platform")
    at_stage(state, "filed")
    running(state)
    return (RegistrationAccepted(ctx.at),)


def refuse(state: Tender, command: RefuseRegistration, ctx: Told) -> tuple[RegistrationRefused, ...]:
    """The centre turns it away: only on listed grounds, each shown; one that meets the conditions must be admitted (R1-5)."""
    require(state, ctx, "platform")
    at_stage(state, "filed")
    known = {g.code for g in GROUNDS}
    approved = state.project is not None and state.project.approval != ""
    if not command.grounds or any(g.ground == "not-approved" and approved for g in command.grounds):
        raise Refused("registration.must-accept", tender=state.id)
    for found in command.grounds:
        if found.ground not in known:
            raise Refused("registration.ground", ground=found.ground)
        sha256(found.evidence_sha256, "evidence_sha256")
    if not command.text.strip():
        raise Refused("registration.incomplete", fields=["text"])
    return (RegistrationRefused(ctx.at, command.grounds, command.text),)
