"""One expert of the pool, from application to exit (kind ``expert``; cn-rules X-1, X-2, X-5, X-11).

Pure.  Dates are yyyymmdd, Beijing time; ``identity`` is a keyed digest of the identity document, never the number.  Every entry
of the stream is personal and withheld; name and telephone stand in none, only their digests, and can be forgotten.
`record` is what the daily snapshot takes of an expert.
"""

import re
from collections.abc import Iterable
from typing import Final, assert_never

from msgspec.structs import replace

from archive.canonical import encode
from archive.decider import Context, Decider, Row
from archive.errors import Refused
from archive.values import Instant
from experts.categories import CODE
from experts.days import beijing_day, day, days_before, years_before
from experts.expert.messages import (
    Admit,
    Admitted,
    Applied,
    Apply,
    Assess,
    Assessed,
    CategoriesSet,
    Command,
    DeclareInterest,
    Dispute,
    Disputed,
    DutyRecorded,
    Employment,
    EmploymentChanged,
    Event,
    Exit,
    Forget,
    Forgotten,
    IdentityFacts,
    InterestDeclared,
    Person,
    RecordDuty,
    RecordTraining,
    Reinstate,
    Review,
    Reviewed,
    SetCategories,
    StatusChanged,
    Suspend,
    TrainingRecorded,
    UpdateEmployment,
)
from experts.expert.state import Expert, evolve
from experts.snapshot import Record

__all__ = ["DECIDER", "LAW", "Command", "Event", "Expert", "decide", "evolve", "record"]

LAW: dict[str, str] = {
    "expert.phase": "评标专家和评标专家库管理办法（国家发展改革委令第26号）",
    "expert.identity": "评标专家和评标专家库管理办法（国家发展改革委令第26号）",
    "expert.form": "评标专家和评标专家库管理办法（国家发展改革委令第26号）",
    "expert.categories": "公共资源交易评标专家专业分类标准（发改法规〔2018〕316号）",
    "expert.years": "招标投标法 第三十七条",
    "expert.reason": "评标专家和评标专家库管理办法（国家发展改革委令第26号）",
    "expert.facts": "评标专家和评标专家库管理办法（国家发展改革委令第26号）",
    "expert.dispute": "评标专家和评标专家库管理办法（国家发展改革委令第26号）",
    "expert.retention": "政府采购法 第四十二条；个人信息保护法 第四十七条",
}

_REGION = re.compile("[0-9]{6}")
_DIGEST = re.compile("[0-9a-f]{64}")
LEAST_YEARS: Final = 8
LOOK_BACK: Final = 3
LOAD_DAYS: Final = 365
KEEP_YEARS: Final = 15
"""How long who took part in a procurement has to be on file, from his last seat (政府采购法 42)."""
INTERESTS: Final = ("kin", "self")


def decide(state: Expert, command: Command, ctx: Context[IdentityFacts]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`.
        Invalid: ``expert.day`` for a date that is none.
    """
    match command:
        case Apply():
            return (_apply(state, command, ctx),)
        case Review():
            _status(state, "applied")
            return (Reviewed(ctx.at, command.passed, command.note),)
        case Admit():
            return (_admit(state, command, ctx.at),)
        case Suspend():
            _status(state, "active")
            return (_changed(ctx.at, "suspended", command.reason),)
        case Reinstate():
            _status(state, "suspended")
            return (_changed(ctx.at, "active", command.reason),)
        case UpdateEmployment():
            _status(state, "active", "suspended")
            day(command.since)
            former = tuple(e if e.until else replace(e, until=command.since) for e in state.employment)
            if not command.org or command.since > beijing_day(ctx.at):
                raise Refused("expert.form", field="employment")
            return (EmploymentChanged(ctx.at, (Employment(command.org, command.since), *former)),)
        case DeclareInterest():
            return (_interest(state, command, ctx.at),)
        case SetCategories():
            _status(state, "active", "suspended")
            _known(command.cats, ctx)
            return (CategoriesSet(ctx.at, command.cats),)
        case RecordTraining():
            _status(state, "active", "suspended")
            day(command.date)
            return (TrainingRecorded(ctx.at, command.course, command.date, command.hours),)
        case Assess():
            _status(state, "active", "suspended")
            return (Assessed(ctx.at, command.period, command.grade, command.note),)
        case RecordDuty():
            _status(state, "active", "suspended")
            day(command.duty.date)
            return (DutyRecorded(ctx.at, command.duty),)
        case Dispute():
            _status(state, "active", "suspended")
            if not command.text.strip():
                raise Refused("expert.dispute")
            return (Disputed(ctx.at, command.panel, command.line, command.text),)
        case Exit():
            _status(state, "active", "suspended")
            return (_changed(ctx.at, "exited", command.reason),)
        case Forget():
            return (_forget(state, command, ctx.at),)
        case _:
            assert_never(command)


def _apply(state: Expert, command: Apply, ctx: Context[IdentityFacts]) -> Event:
    _status(state, "new", "rejected", "exited")
    name = command.name if command.person is None else ctx.revealed(command.person, Person).name
    if not name.strip() or not _REGION.fullmatch(command.region) or not command.employment:
        raise Refused("expert.form", field="application")
    for job in command.employment:
        day(job.since)
    if not _DIGEST.fullmatch(command.identity) or _told(ctx).holder:
        raise Refused("expert.identity")
    _known(command.cats, ctx)
    current_first = tuple(sorted(command.employment, key=lambda e: (e.until != 0, -e.since)))
    return Applied(
        at=ctx.at,
        person=command.person,
        name=command.name,
        identity=command.identity,
        cats=command.cats,
        region=command.region,
        employment=current_first,
        title=command.title,
        years=command.years,
        equivalent=command.equivalent,
    )


def _forget(state: Expert, command: Forget, at: Instant) -> Event:
    _status(state, "rejected", "exited")
    if state.person is None:
        raise Refused("expert.form", field="person")
    if not command.basis.strip():
        raise Refused("expert.reason")
    until = max((d.date for d in state.duties), default=0) + KEEP_YEARS * 10_000
    if state.duties and beijing_day(at) < until:
        raise Refused("expert.retention", until=until)
    return Forgotten(at, command.basis)


def _admit(state: Expert, command: Admit, at: Instant) -> Event:
    _status(state, "reviewed")
    today = beijing_day(at)
    day(command.term_until)
    if state.years < LEAST_YEARS and not state.equivalent:
        raise Refused("expert.years", years=state.years, least=LEAST_YEARS)
    if command.term_until <= today:
        raise Refused("expert.form", field="term")
    return Admitted(at, today, command.term_until)


def _interest(state: Expert, command: DeclareInterest, at: Instant) -> Event:
    _status(state, "active", "suspended")
    if command.ground not in INTERESTS or not command.org:
        raise Refused("expert.form", field="interest")
    kept = {"kin": set(state.kin), "self": set(state.decl)}
    (kept[command.ground].discard if command.over else kept[command.ground].add)(command.org)
    return InterestDeclared(at, tuple(sorted(kept["kin"])), tuple(sorted(kept["self"])))


def _changed(at: Instant, status: str, reason: str) -> Event:
    if not reason.strip():
        raise Refused("expert.reason")
    return StatusChanged(at, status, reason)


def _known(cats: tuple[str, ...], ctx: Context[IdentityFacts]) -> None:
    bad = [c for c in cats if not CODE.fullmatch(c)] + list(_told(ctx).unknown)
    if not cats or bad or len(set(cats)) < len(cats):
        raise Refused("expert.categories", unknown=" ".join(bad))


def _told(ctx: Context[IdentityFacts]) -> IdentityFacts:
    if not isinstance(ctx.facts, IdentityFacts):
        raise Refused("expert.facts")
    return ctx.facts


def _status(state: Expert, *allowed: str) -> None:
    if state.status not in allowed:
        raise Refused("expert.phase", status=state.status)


def record(expert: str, state: Expert, at: int, look_back: int = LOOK_BACK, load_days: int = LOAD_DAYS) -> Record:
    """What the snapshot of day ``at`` takes of an expert: employers of the look-back (current first), seats in the load window.

    An expert whose term is over counts as ``expired``, which no draw takes.
    """
    since, window = years_before(at, look_back), days_before(at, load_days)
    orgs = tuple(dict.fromkeys(e.org for e in state.employment if not e.until or e.until >= since))
    expired = state.status == "active" and state.term_until < at
    return Record(
        v=1,
        id=expert,
        name=state.name,
        cats=state.cats,
        region=state.region,
        orgs=orgs,
        kin=state.kin,
        decl=state.decl,
        status="expired" if expired else state.status,
        admitted=state.admitted,
        load=sum(window < d.date <= at for d in state.duties),
    )


def rows(stream: str, state: Expert) -> Iterable[Row]:
    """One ``expert`` row; the identity's digest is unique in the table."""
    if state.status == "new":
        return
    yield (
        "expert",
        (stream.partition("/")[2],),
        {
            "status": state.status,
            "person": encode(() if state.person is None else state.person.sd).decode(),
            "identity": state.identity,
            "cats": encode(state.cats).decode(),
            "region": state.region,
            "employer": state.employment[0].org if state.employment else "",
            "title": state.title,
            "admitted": state.admitted,
            "term_until": state.term_until,
            "grade": state.grade,
            "duties": len(state.duties),
            "disputes": len(state.disputes),
            "changed_at": state.changed_at,
        },
    )


ACTS: dict[type[Command], str] = {
    Apply: "expert.applied",
    Review: "expert.reviewed",
    Admit: "expert.admitted",
    Suspend: "expert.suspended",
    Reinstate: "expert.reinstated",
    UpdateEmployment: "expert.employment_updated",
    DeclareInterest: "expert.interest_declared",
    SetCategories: "expert.categories_set",
    RecordTraining: "expert.training_recorded",
    Assess: "expert.assessed",
    RecordDuty: "expert.duty_recorded",
    Dispute: "expert.disputed",
    Exit: "expert.exited",
    Forget: "privacy.erased",
}

DECIDER: Decider[Expert, Command, Event, IdentityFacts] = Decider(
    kind="expert",
    state=Expert,
    commands=Command,
    events=Event,
    facts=IdentityFacts,
    initial=Expert(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
    secrecy=lambda _command: "personal",
    forgets=lambda event: isinstance(event, Forgotten),
)
