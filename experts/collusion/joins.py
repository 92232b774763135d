"""Presumptions as joins: bids that share a machine, a file, a person, an account, or another bidder's name.  Pure.

What the purchaser published is taken out of both sides first: an unedited template carries its author's machine into every bid.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from experts.collusion.cleaning import plain
from experts.collusion.values import ARTICLES, Clue, Dossier, Machine, Published

SHORTEST_NAME = 4
"""A shorter name would be found inside ordinary words."""

NOBODY = {
    "administrator", "admin", "anonymous", "author", "default", "dell", "hp", "lenovo", "microsoft",
    "microsoftoffice用户", "office", "owner", "pc", "python-docx", "unknown", "user", "windows用户", "wps",
    "微软中国", "微软用户", "用户", "联想",
}  # fmt: skip
"""What programs and makers of computers write where an author would stand, in its plain form."""


def joins(bids: Sequence[Dossier], given: Published) -> tuple[Clue, ...]:
    """Every clue of equality, most telling first; a clue names all bids that share the value."""
    own = {_machine(m) for m in given.machines} | {m.dongle for m in given.machines}
    kinds: tuple[tuple[str, str, Callable[[Dossier], Iterable[str]], set[str]], ...] = (
        ("collusion.machine", "machine", lambda b: (_machine(m) for m in b.machines), own),
        ("collusion.dongle", "dongle", lambda b: (m.dongle for m in b.machines), own),
        ("collusion.file", "sha256", lambda b: b.files, set(given.files)),
        ("collusion.document", "document", lambda b: b.documents, set(given.documents)),
        ("collusion.author", "author", lambda b: map(plain, b.authors), NOBODY | set(map(plain, given.authors))),
        ("collusion.stamp", "stamp", lambda b: b.stamps, set(given.stamps)),
        ("collusion.staff", "identity", lambda b: b.staff, set()),
        ("collusion.payer", "account", lambda b: b.payers, set()),
        ("collusion.agent", "agent", lambda b: b.agents, set()),
        ("collusion.contact", "contact", lambda b: b.contacts, set()),
        ("collusion.upload", "address", lambda b: b.uploads, set(given.addresses)),
        ("collusion.device", "device", lambda b: b.devices, set(given.addresses)),
        ("collusion.network", "network", lambda b: b.networks, set(given.addresses)),
    )
    found = [clue for code, name, of, exempt in kinds for clue in _shared(bids, code, name, of, exempt | {""})]
    return (*_nearest(found), *_mixed(bids))


def _nearest(found: Sequence[Clue]) -> Iterator[Clue]:
    """Of one address, one device in a network and one network the first says the others about the same bids."""
    told: set[tuple[str, ...]] = set()
    for clue in found:
        if clue.code in ("collusion.upload", "collusion.device", "collusion.network"):
            if clue.bids in told:
                continue
            told.add(clue.bids)
        yield clue


def _machine(m: Machine) -> str:
    """The machine code: all three identifiers, since one alone is often the same on many machines; else nothing."""
    mac, cpu, disk = (f.strip().upper().replace("-", ":") for f in (m.mac, m.cpu, m.disk))
    return f"{mac}|{cpu}|{disk}" if mac and cpu and disk else ""


def _shared(
    bids: Sequence[Dossier], code: str, name: str, of: Callable[[Dossier], Iterable[str]], exempt: set[str]
) -> Iterator[Clue]:
    holders: dict[str, list[str]] = {}
    for bid in bids:
        for value in dict.fromkeys(of(bid)):
            if value not in exempt:
                holders.setdefault(value, []).append(bid.id)
    orgs = {bid.id: bid.org for bid in bids}
    for value, held in sorted(holders.items()):
        # Two bids of one organisation are the box's to refuse, not a sign of collusion.
        if len({orgs[id] for id in held}) > 1:
            yield Clue(code, tuple(sorted(held)), {name: value}, "panel" if ARTICLES[code] else "regulator", ARTICLES[code])


def _mixed(bids: Sequence[Dossier]) -> Iterator[Clue]:
    """Another bidder's name or number inside a bid (条例 40-5)."""
    texts = {bid.id: plain(bid.text) for bid in bids}
    for bid in bids:
        for other in bids:
            if other.org == bid.org:
                continue
            names = [n for n in map(plain, other.names) if len(n) >= SHORTEST_NAME and not any(n in plain(m) for m in bid.names)]
            inside = next((n for n in names if n in texts[bid.id]), "")
            if inside:
                told = {"in": bid.id, "of": other.id, "found": inside}
                yield Clue("collusion.mixed", tuple(sorted((bid.id, other.id))), told, "panel", ARTICLES["collusion.mixed"])
