"""Write a revision: what the tables declare and the revisions do not make yet.

    python -m migrations panel-fees && ruff format migrations

Read what it wrote before committing it: a renamed column shows as one dropped and one added.
"""

import sys
import tempfile
from datetime import UTC, datetime

from alembic import command
from alembic.config import Config
from alembic.operations.ops import CreateTableOp, MigrationScript

from archive.database import METADATA, MIGRATIONS, engine, migrate
from migrations.declared import declare
from migrations.guarded import GuardOp


def revise(name: str) -> None:
    """Write ``migrations/versions/<name>.py``, after all that are there."""
    declare()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s")
    with tempfile.TemporaryDirectory() as folder:
        made = engine(f"sqlite:///{folder}/empty.db")
        migrate(made)
        with made.begin() as connection:
            config.attributes["connection"] = connection
            title = name[11:].replace("_", " ").capitalize()
            command.revision(config, title, autogenerate=True, rev_id=name, process_revision_directives=_guard)
        made.dispose()


def _guard(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    """Give every new traced table its guard."""
    ops = scripts[0].upgrade_ops
    assert ops is not None
    made = [op.table_name for op in ops.ops if isinstance(op, CreateTableOp)]
    ops.ops.extend(GuardOp(name) for name in made if METADATA.tables[name].info["traced"])


if __name__ == "__main__":
    match sys.argv[1:]:
        case [slug] if not slug.startswith("-"):
            revise(f"{datetime.now(UTC):%Y_%m_%d}_{slug.replace('-', '_')}")
        case _:
            sys.exit("usage: python -m migrations SLUG")
