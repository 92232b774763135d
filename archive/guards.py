"""The guards in the database itself, as SQL: what is on record stays, and no traced row changes off the record.

PostgreSQL: triggers refuse UPDATE, DELETE and TRUNCATE of the ledger's tables; a deferred constraint trigger
on each traced table refuses a COMMIT whose transaction wrote no entry (trace-log 3.5).

SQLite has no deferred trigger, but deferred foreign keys: each write to a traced table notes the number that
the *next* entry will have in ``trace_touch``, which references ``trace_event`` and is checked at COMMIT.  So an
entry must follow the last traced write of every transaction.  A connection on which foreign keys or recursive
triggers are off would slip past, so the triggers look, and refuse it.

A database administrator can still do anything; that is what witnesses, mirrors and replay are for.
"""

from collections.abc import Iterable

FROZEN = ("trace_event", "trace_index", "trace_checkpoint")
APPEND_ONLY = ("trace_key", "trace_blob", "trace_disclosed", "trace_anchor")
OTHERS = ("trace_stream", "trace_pending", "trace_tree", "trace_tile", "trace_cosig", "trace_disclosure", "trace_subject_key")


def keep(dialect: str) -> list[str]:
    """Statements that make the ledger's tables append-only."""
    return _keep_sqlite() if dialect == "sqlite" else _keep_postgres()


def trace(dialect: str, table: str) -> list[str]:
    """Statements that make ``table`` a traced one."""
    if dialect != "sqlite":
        return [_MUST_POSTGRES.format(table=table), _WHOLE_POSTGRES.format(table=table)]
    return [_MUST_SQLITE.format(table=table, verb=verb, name=verb.lower()) for verb in ("INSERT", "UPDATE", "DELETE")]


_MUST_POSTGRES = """
CREATE CONSTRAINT TRIGGER must_trace AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trace_must()"""
_WHOLE_POSTGRES = "CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION trace_keep()"
_MUST_SQLITE = """
CREATE TRIGGER must_trace_{table}_{name} AFTER {verb} ON {table} BEGIN
  SELECT CASE WHEN (SELECT foreign_keys FROM pragma_foreign_keys) = 0
    THEN RAISE(ABORT, 'untraced change on {table}: foreign keys are off') END;
  UPDATE trace_touch SET eid = (SELECT coalesce(max(eid), 0) + 1 FROM trace_event);
END"""


def grants(app: str, sequencer: str, traced: Iterable[str], others: Iterable[str]) -> list[str]:
    """Statements for PostgreSQL that give the two roles what they need and no more.

    ``app`` decides, projects and records; ``sequencer`` gives positions and signs.  ``others`` are tables that
    are no part of the log (accounts, outbox …), which the app may change at will.
    """
    every = ", ".join((*FROZEN, *APPEND_ONLY, *OTHERS))
    said = [
        f"GRANT SELECT ON {every} TO {app}, {sequencer}",
        f"GRANT INSERT (id, stream, seq, body, salt, entry, leaf) ON trace_event TO {app}",
        f"GRANT INSERT ON trace_pending, trace_key, trace_blob, trace_disclosed TO {app}",
        f"GRANT INSERT, UPDATE, DELETE ON trace_disclosure, trace_subject_key TO {app}",
        f"GRANT INSERT, UPDATE ON trace_stream TO {app}",
        f"GRANT INSERT ON trace_index, trace_checkpoint, trace_anchor TO {sequencer}",
        f"GRANT UPDATE (published_at) ON trace_checkpoint TO {sequencer}",
        f"GRANT INSERT, UPDATE ON trace_tree, trace_tile, trace_cosig TO {sequencer}",
        f"GRANT DELETE, UPDATE ON trace_pending TO {sequencer}",
        f"GRANT DELETE ON trace_cosig TO {sequencer}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app}",
    ]
    for name in (*traced, *others):
        said.append(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {app}")
    return said


def _keep_sqlite() -> list[str]:
    said = [_TOUCH_SQLITE, "INSERT INTO trace_touch VALUES (1, NULL)"]
    for table in (*FROZEN, *APPEND_ONLY):
        changes = "UPDATE OF size, root, note, signed_at" if table == "trace_checkpoint" else "UPDATE"
        said.append(_KEEP_SQLITE.format(table=table, name="delete", verb="DELETE"))
        said.append(_KEEP_SQLITE.format(table=table, name="update", verb=changes))
        said.append(_REPLACE_SQLITE.format(table=table))
    said.append(_PUBLISHED_SQLITE)
    return said


def _keep_postgres() -> list[str]:
    said = [*_FUNCTIONS_POSTGRES]
    for table in (*FROZEN, *APPEND_ONLY):
        verbs = "DELETE" if table == "trace_checkpoint" else "UPDATE OR DELETE"
        said.append(f"CREATE TRIGGER keep_rows BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION trace_keep()")
        said.append(f"CREATE TRIGGER keep_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION trace_keep()")
    said.append(_PUBLISHED_POSTGRES)
    return said


_TOUCH_SQLITE = """
CREATE TABLE trace_touch (
  k INTEGER PRIMARY KEY CHECK (k = 1),
  eid INTEGER REFERENCES trace_event (eid) DEFERRABLE INITIALLY DEFERRED
) STRICT"""
_KEEP_SQLITE = """
CREATE TRIGGER keep_{table}_{name} BEFORE {verb} ON {table} BEGIN
  SELECT RAISE(ABORT, '{table} is append-only');
END"""
# INSERT OR REPLACE deletes without the delete trigger unless triggers may recurse.
_REPLACE_SQLITE = """
CREATE TRIGGER keep_{table}_replace BEFORE INSERT ON {table}
WHEN (SELECT recursive_triggers FROM pragma_recursive_triggers) = 0 BEGIN
  SELECT RAISE(ABORT, '{table} is append-only: recursive triggers are off');
END"""
_PUBLISHED_SQLITE = """
CREATE TRIGGER keep_trace_checkpoint_published BEFORE UPDATE OF published_at ON trace_checkpoint
WHEN OLD.published_at IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'trace_checkpoint is append-only');
END"""
_FUNCTIONS_POSTGRES = (
    "ALTER TABLE trace_event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX ix_trace_event_xid ON trace_event (xid)",
    """
CREATE FUNCTION trace_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$""",
    """
CREATE FUNCTION trace_must() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM trace_event WHERE xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'untraced change on %', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$""",
)
_PUBLISHED_POSTGRES = """
CREATE TRIGGER keep_text BEFORE UPDATE ON trace_checkpoint FOR EACH ROW
WHEN (OLD.published_at IS NOT NULL
  OR (OLD.size, OLD.root, OLD.note, OLD.signed_at) IS DISTINCT FROM (NEW.size, NEW.root, NEW.note, NEW.signed_at))
EXECUTE FUNCTION trace_keep()"""
