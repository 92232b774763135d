"""Where submissions came from

Revision: 2026_11_24_senders, after 2026_11_24_private
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_senders"
down_revision = "2026_11_24_private"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_hand_in",
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tender", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session", "n", name=op.f("pk_session_hand_in")),
        info={"traced": True},
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_session_hand_in_tender"), "session_hand_in", ["tender"])
    op.guard("session_hand_in")  # type: ignore[attr-defined]


def downgrade() -> None:
    op.drop_table("session_hand_in")
