"""The ledger's tables and their guards (trace-log 5.4); no later revision may touch them.

Revision: 2026_01_05_ledger, the first
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from archive.guards import keep

revision = "2026_01_05_ledger"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    big, text, raw = sa.BigInteger, sa.Text, sa.LargeBinary
    name = sa.String

    def make(table: str, *columns: Any) -> None:
        op.create_table(table, *columns, sqlite_strict=True)

    def key(column: str, kind: Any, *more: Any) -> sa.Column[Any]:
        return sa.Column(column, kind, *more, primary_key=True, autoincrement=False)

    def must(column: str, kind: Any, *more: Any) -> sa.Column[Any]:
        return sa.Column(column, kind, *more, nullable=False)

    def event() -> sa.ForeignKey:
        return sa.ForeignKey("trace_event.eid")

    make(
        "trace_event",
        sa.Column("eid", big().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        must("id", name(36)),
        must("stream", name(80)),
        must("seq", big),
        *(must(column, raw) for column in ("body", "salt", "entry", "leaf")),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("stream", "seq"),
    )
    make(
        "trace_stream",
        key("stream", name(80)),
        must("last_seq", big),
        must("last_leaf", raw),
        must("last_at", big),
        must("closed", sa.Boolean),
    )
    make("trace_pending", key("eid", big, event()))
    make("trace_index", key("idx", big), must("eid", big, event()), must("leaf", raw), sa.UniqueConstraint("eid"))
    make(
        "trace_tree",
        key("k", sa.Integer),
        must("size", big),
        must("root", raw),
        must("edge", raw),
        must("at", big),
        must("epoch", sa.Integer),
    )
    make("trace_tile", key("level", sa.Integer), key("n", big), must("w", sa.Integer), must("data", raw))
    make(
        "trace_checkpoint",
        key("size", big),
        must("root", raw),
        must("note", text),
        must("signed_at", big),
        sa.Column("published_at", big),
    )
    make("trace_cosig", key("size", big, sa.ForeignKey("trace_checkpoint.size")), key("key", name(300)), must("line", text))
    make("trace_anchor", key("size", big, sa.ForeignKey("trace_checkpoint.size")), key("kind", name(80)), must("token", raw))
    make("trace_disclosed", key("eid", big, event()), must("at", big), must("reason", name(80)))
    make(
        "trace_disclosure",
        key("id", name(36)),
        key("path", name(200)),
        must("salt", name(64)),
        must("value_enc", raw),
        must("subject", name(80)),
        must("key_id", name(80)),
    )
    op.create_index("ix_trace_disclosure_subject", "trace_disclosure", ["subject"])
    make("trace_subject_key", key("subject", name(80)), must("wrapped", raw), sa.Column("destroyed_at", big))
    make(
        "trace_key",
        key("actor", name(200)),
        key("key", name(200)),
        key("n", sa.Integer),
        must("asked", raw),
        must("eid", big, event()),
    )
    make("trace_blob", key("eid", big, event()), key("sha256", name(64)), must("len", big), must("mt", name(200)))
    op.create_index("ix_trace_blob_sha256", "trace_blob", ["sha256"])
    empty = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    tree = sa.table("trace_tree", *(sa.column(c) for c in ("k", "size", "root", "edge", "at", "epoch")))
    op.execute(tree.insert().values(k=1, size=0, root=empty, edge=b"", at=0, epoch=1))
    for statement in keep(op.get_bind().dialect.name):
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    raise RuntimeError("what is on record stays: the ledger's tables are not taken down")
