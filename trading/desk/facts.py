"""What a tender's rules are told about who acts: read from other streams under the same locks."""

from archive.ledger import Ledger, Transaction
from archive.values import Actor
from trading.parties.state import Org, barred, mandate
from trading.tender import Tender, TenderFacts


def tender(name: str) -> str:
    """The stream of a tender."""
    return f"tender/{name}"


def box(name: str, lot: str) -> str:
    """The stream of a lot's box."""
    return f"box/{name}.{lot}"


def panel(name: str, lot: str) -> str:
    """The stream of the draw of a lot's committee."""
    return f"panel/{name}.{lot}"


def room(name: str, lot: str) -> str:
    """The stream of a lot's evaluation room."""
    return f"evaluation/{name}.{lot}"


def glass(name: str) -> str:
    """The stream of requests to read what is sealed of a tender."""
    return f"glass/{name}"


def org(code: str) -> str:
    """The stream of an organisation."""
    return f"org/{code}"


def principal_of(ledger: Ledger, name: str) -> str:
    """The principal's code; it never changes after registration, so it may be read before the locks."""
    state = ledger.state(tender(name))
    assert isinstance(state, Tender)
    return state.project.principal if state.project else ""


def reads(actor: Actor, principal: str = "") -> set[str]:
    """The streams that `about` looks into."""
    return {org(code) for code in (actor.org, principal) if code}


def about(tx: Transaction, actor: Actor, name: str, principal: str, **more: object) -> TenderFacts:
    """Roles, verification, suspension and mandate of the actor's organisation, and whatever else the act needs."""
    known: dict[str, object] = {}
    if actor.org:
        own = tx.state(org(actor.org))
        assert isinstance(own, Org)
        known["roles"] = own.roles
        known["verified"] = bool(own.verified_at)
        known["suspended"] = barred(own, tx.at)
        if principal and principal != actor.org:
            other = tx.state(org(principal))
            assert isinstance(other, Org)
            known["mandate"] = mandate(other, principal, actor.org, name, tx.at)
    return TenderFacts(**(known | more))  # type: ignore[arg-type]
