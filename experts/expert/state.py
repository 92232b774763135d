"""The state of an expert's file and how events change it.  Pure; `evolve` never raises."""

from typing import assert_never

from msgspec.structs import replace

from archive.disclosures import Hidden
from archive.values import Instant, Value
from experts.expert.messages import (
    Admitted,
    Applied,
    Assessed,
    CategoriesSet,
    Disputed,
    Duty,
    DutyRecorded,
    Employment,
    EmploymentChanged,
    Event,
    Forgotten,
    InterestDeclared,
    Reviewed,
    StatusChanged,
    TrainingRecorded,
)


class Expert(Value, frozen=True):
    """An expert; ``status`` is new, applied, reviewed, rejected, active, suspended or exited; ``employment`` current first."""

    status: str = "new"
    name: str = ""
    identity: str = ""
    cats: tuple[str, ...] = ()
    region: str = ""
    employment: tuple[Employment, ...] = ()
    kin: tuple[str, ...] = ()
    decl: tuple[str, ...] = ()
    title: str = ""
    years: int = 0
    equivalent: str = ""
    admitted: int = 0
    term_until: int = 0
    hours: int = 0
    grade: str = ""
    duties: tuple[Duty, ...] = ()
    disputes: tuple[str, ...] = ()
    changed_at: Instant = 0
    person: Hidden | None = None


def evolve(state: Expert, event: Event) -> Expert:
    """The state after an event."""
    state = replace(state, changed_at=event.at)
    match event:
        case Applied():
            return replace(
                state,
                status="applied",
                person=event.person,
                name=event.name,
                identity=event.identity,
                cats=event.cats,
                region=event.region,
                employment=event.employment,
                title=event.title,
                years=event.years,
                equivalent=event.equivalent,
            )
        case Reviewed():
            return replace(state, status="reviewed" if event.passed else "rejected")
        case Admitted():
            return replace(state, status="active", admitted=event.date, term_until=event.term_until)
        case StatusChanged():
            return replace(state, status=event.status)
        case EmploymentChanged():
            return replace(state, employment=event.employment)
        case InterestDeclared():
            return replace(state, kin=event.kin, decl=event.decl)
        case CategoriesSet():
            return replace(state, cats=event.cats)
        case TrainingRecorded():
            return replace(state, hours=state.hours + event.hours)
        case Assessed():
            return replace(state, grade=event.grade)
        case DutyRecorded():
            return replace(state, duties=(*state.duties, event.duty))
        case Disputed():
            return replace(state, disputes=(*state.disputes, f"{event.panel}#{event.line}"))
        case Forgotten():
            return replace(state, person=None)
        case _:
            assert_never(event)
