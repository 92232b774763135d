"""Who stands for an organisation, for those who may know it; naming and forgetting are acts."""

from typing import Annotated

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from trading.desk import contacts
from trading.parties.messages import OrgPerson
from trading.web.asking import AnyRequest
from trading.web.bids import Receipt, Text, receipted
from trading.web.site import Site

Purpose = Annotated[str, QueryParameter(min_length=2, max_length=200, description="what for; it goes on record")]


class Naming(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody in a duty: representative or contact."""

    duty: Text
    name: Text
    phone: str = ""
    mail: str = ""


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """A legal basis, as it is to stand on record."""

    basis: Text


class Person(Struct, frozen=True):
    """Who stands for an organisation in a duty."""

    duty: str
    name: str
    phone: str
    mail: str


@post("/organisations/{code:str}/people", sync_to_thread=True, status_code=201, operation_id="name_person", tags=["acts"])
def name_person(request: AnyRequest, site: NamedDependency[Site], code: FromPath[str], data: JSONBody[Naming]) -> Receipt:
    """Name who stands for one's own organisation; the log holds digests alone."""
    person = OrgPerson(data.name, data.phone, data.mail)
    return receipted(site, contacts.name(site.platform, site.somebody(request).actor, code, data.duty, person))


@get("/organisations/{code:str}/people", sync_to_thread=True, operation_id="read_people", tags=["acts"])
def read_people(request: AnyRequest, site: NamedDependency[Site], code: FromPath[str], purpose: Purpose) -> tuple[Person, ...]:
    """Who stands for an organisation: for itself, the centre and who supervises; the reading is on record."""
    found = contacts.read(site.platform, site.somebody(request), code, purpose)
    return tuple(Person(duty, person.name, person.phone, person.mail) for duty, person in sorted(found.items()))


@post(
    "/organisations/{code:str}/people/forget", sync_to_thread=True, status_code=201, operation_id="forget_people", tags=["acts"]
)
def forget_people(request: AnyRequest, site: NamedDependency[Site], code: FromPath[str], data: JSONBody[Basis]) -> Receipt:
    """Erase whoever stood for an organisation, on a legal basis: by itself, or by the centre."""
    return receipted(site, contacts.forget(site.platform, site.somebody(request).actor, code, data.basis))


PAGES = Router("/", route_handlers=[])
RESOURCES = Router("/", route_handlers=[name_person, read_people, forget_people])
