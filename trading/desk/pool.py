"""The expert pool: categories, applications, admission, and the snapshot of each day."""

from msgspec.structs import replace
from sqlalchemy import Connection

from archive.bodies import Blob
from archive.database import reading
from archive.ledger import Recorded
from archive.values import Actor
from experts import categories, expert, pool, queries
from experts.days import beijing_day
from experts.expert import Expert
from experts.expert.messages import Admit, Apply, Command, IdentityFacts, Person, Review
from experts.panel.messages import SnapshotRef
from experts.snapshot import lines, take
from trading.desk.committee import RECORDS
from trading.platform import Platform

SCRIBE = Actor.system("pool")


def register_categories(platform: Platform, actor: Actor, name: str, version: str, raw: bytes) -> Recorded:
    """A version of the 专业分类 tree comes into force; ``raw`` is its CSV file."""
    stored = platform.keep(raw, f"categories-{version}.csv", "text/csv")
    command = pool.RegisterCategories(version, stored.sha256)
    return platform.ledger.act(f"pool/{name}", command, actor=actor, blobs=(Blob(stored.sha256, stored.length, "text/csv"),))


def tell(
    platform: Platform, actor: Actor, id: str, command: Command, tree: categories.Categories, person: Person | None = None
) -> Recorded:
    """One act on an expert's file, with what its rules must know of the rest of the pool; ``person`` applies."""
    identity = command.identity if isinstance(command, Apply) else ""
    cats = getattr(command, "cats", ())
    with platform.ledger.begin(actor=actor, write={f"expert/{id}"}) as tx:
        holder = queries.identity_holder(tx.connection, identity) if identity else ""
        if person is not None and isinstance(command, Apply):
            command = replace(command, person=tx.hide(f"expert/{id}", person))
        told = IdentityFacts("" if holder == id else holder, tuple(c for c in cats if c not in tree))
        tx.act(f"expert/{id}", command, facts=told)
    return tx.recorded[0]


def admit(
    platform: Platform,
    actor: Actor,
    id: str,
    person: Person,
    application: Apply,
    term_until: int,
    tree: categories.Categories,
) -> None:
    """Application, review and admission in one go, as an import of a pool owner's list does it."""
    for command in (application, Review(passed=True), Admit(term_until)):
        tell(platform, actor, id, command, tree, person)


def snapshot(platform: Platform, name: str) -> Recorded:
    """State the pool at the end of the day: every expert's record under a salted commitment, and their root."""
    today = beijing_day(platform.clock())
    records = []
    with reading(platform.engine) as db:
        ids = _ids(db)
    for id in ids:
        state = platform.ledger.state(f"expert/{id}")
        assert isinstance(state, Expert)
        if state.admitted:
            records.append(expert.record(id, state, today))
    taken = take(records, platform.derive(f"snapshot/{name}/{today}"))
    raw = lines(taken)
    stored = platform.keep(raw, f"snapshot-{today}.jsonl", RECORDS)
    command = pool.TakeSnapshot(SnapshotRef(today, taken.root.hex(), taken.n, stored.sha256))
    return platform.ledger.act(f"pool/{name}", command, actor=SCRIBE, blobs=(Blob(stored.sha256, len(raw), RECORDS),))


def evening(platform: Platform, name: str) -> None:
    """The snapshot that falls due in the evening, dated the day on which it is taken and never an earlier one."""
    state = platform.ledger.state(f"pool/{name}")
    assert isinstance(state, pool.Pool)
    falls = pool.due(state)
    if falls is not None and falls[0] <= platform.clock():
        snapshot(platform, name)


def title(platform: Platform, cat: str) -> str:
    """What a speciality is called in the trees in force, empty where none has it."""
    with reading(platform.engine) as db:
        names = queries.pools(db)
    for name in names:
        known = platform.ledger.state(f"pool/{name}")
        assert isinstance(known, pool.Pool)
        tree = categories.load(platform.vault.read(known.categories_sha256)) if known.categories_sha256 else None
        if tree is not None and cat in tree:
            return tree.title(cat)
    return ""


def _ids(db: Connection) -> list[str]:
    """Everybody who has a file, in the order of ids."""
    found: list[str] = []
    while page := queries.experts(db, after=found[-1] if found else "", limit=1000):
        found += [e.expert for e in page]
    return found
