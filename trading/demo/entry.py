"""What every fictional tender goes through before it takes bids: admission, trustees, documents fixed, notice out."""

from archive.values import Actor
from trading import tender as t
from trading.commands import ApproveDocuments, DraftTender, PublishNotice
from trading.demo import cast
from trading.demo.cast import Unit
from trading.demo.players import Keeper, speak
from trading.demo.prologue import CATALOGUE
from trading.desk import printing, publication, registry, result
from trading.lifecycle.drafting import draft_digest
from trading.platform import Platform

CENTRE = speak(cast.CENTRE, "centre")
REGULATOR = speak(cast.REGULATOR, "regulator", "regulator")


def admit(platform: Platform, agency: Actor, name: str, project: t.Project, rulebook: str, item: str) -> None:
    """进场登记 under one item of the catalogue, and its admission by the centre."""
    registry.register_project(platform, agency, name, project, rulebook, "cn-2026", catalogue=CATALOGUE, item=item)
    registry.decide_registration(platform, CENTRE, name)


def trustees(platform: Platform, agency: Unit) -> tuple[Keeper, ...]:
    """Three institutions, each with a key made for this tender."""
    units = ((agency, "agency"), (cast.REGULATOR, "regulator"), (cast.NOTARY, "notary"))
    return tuple(Keeper.make(unit, role, platform.random) for unit, role in units)


def fix(platform: Platform, agency: Actor, owner: Actor, name: str, draft: t.Draft) -> None:
    """The agency drafts, the principal fixes exactly this draft."""
    publication.act(platform, agency, name, DraftTender(draft))
    publication.act(platform, owner, name, ApproveDocuments(draft_digest(draft)))


def proclaim(platform: Platform, agency: Actor, name: str, said: t.Notice) -> printing.Printed:
    """Print the notice and publish it; gives the print."""
    printed = printing.notice(platform, result.state_of(platform, name), said, platform.clock())
    whole = t.Notice(**{f: getattr(said, f) for f in said.__struct_fields__} | {"sha256": printed.sha256})
    publication.act(platform, agency, name, PublishNotice(whole), blobs=printed.blobs)
    return printed


UNPRINTED = "0" * 64
"""Stands for the digest of a notice until it is printed."""
