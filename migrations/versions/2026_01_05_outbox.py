"""Messages to send after an act, and when streams next fall due.

Revision: 2026_01_05_outbox, after 2026_01_05_ledger
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_01_05_outbox"
down_revision = "2026_01_05_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("task", sa.String(80), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_done_at_due_at", "outbox", ["done_at", "due_at"])
    op.create_table(
        "due",
        sa.Column("stream", sa.String(80), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(80), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_due_at", "due", ["at"])


def downgrade() -> None:
    op.drop_table("due")
    op.drop_table("outbox")
