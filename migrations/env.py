"""Runs the revisions on the connection that the caller hands over (see `archive.database.migrate`).

Locks are waited for briefly and statements are limited, so that a migration on a busy database gives up
instead of queueing everybody behind it; all revisions of one run are one transaction.
"""

from alembic import context

import migrations.guarded  # noqa: F401  (registers op.guard)
from archive.database import METADATA

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")


def open_to_change(_object: object, name: str | None, kind: str, *_more: object) -> bool:
    """Keep the ledger's own tables out of what a new revision might propose."""
    return kind != "table" or name is None or not name.startswith("trace_")


context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    include_object=open_to_change,
)
with context.begin_transaction():
    context.run_migrations()
