"""A platform whose database is gone: a whole tender comes back out of escrow, what is public and who is behind digests."""

import secrets
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import Engine, select

from archive.database import disclosed_table, disclosure_table, event_table
from archive.ledger.audit import audit
from archive.ledger.recovery import recover
from tests.conftest import complete
from tests.functional.conftest import TENDER, House
from trading import app


def public(made: Engine) -> set[str]:
    """The entries that are public."""
    with made.connect() as db:
        return set(db.execute(select(event_table.c.id).join(disclosed_table)).scalars())


def private(made: Engine) -> set[tuple[str, str]]:
    """The disclosures that are kept, by event and digest."""
    with made.connect() as db:
        return {(row.id, row.path) for row in db.execute(select(disclosure_table.c.id, disclosure_table.c.path))}


def test_a_whole_tender_comes_back_with_all_that_is_public_and_everybody_who_was_not_forgotten(
    finished: House, tmp_path: Path
) -> None:
    lost = finished.platform
    lost.publishing.round()
    given = finished.application.state["site"].configuration
    database = replace(given.settings.database, url=f"sqlite:///{tmp_path}/again.db")
    elsewhere = replace(given, settings=replace(given.settings, database=database))
    again = app.build(elsewhere, finished.clock, secrets.token_bytes, begin=False)
    complete(again.engine)
    count = recover(again.ledger, again.publishing.escrow, again.publishing.public)
    assert count == lost.publishing.standing().placed
    assert public(again.engine) == public(lost.engine) and len(private(lost.engine)) > 20
    assert private(again.engine) == private(lost.engine)
    assert again.ledger.state(f"tender/{TENDER}") == lost.ledger.state(f"tender/{TENDER}")
    one, other = audit(again.ledger), audit(lost.ledger)
    assert (one.text(), one.note_counts, one.facts) == ("", other.note_counts, other.facts)
    assert again.ledger.checkpoint().partition(b"\n\n")[0] == lost.ledger.checkpoint().partition(b"\n\n")[0]
    again.engine.dispose()
