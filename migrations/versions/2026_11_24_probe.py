"""The platform's own probe

Revision: 2026_11_24_probe, after 2026_11_24_origins
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_probe"
down_revision = "2026_11_24_origins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "probe_beat",
        sa.Column("probe", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("probe", name=op.f("pk_probe_beat")),
        info={"traced": False},
        sqlite_strict=True,
    )
    op.create_table(
        "probe_outage",
        sa.Column("began_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("began_at", name=op.f("pk_probe_outage")),
        info={"traced": False},
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("probe_outage")
    op.drop_table("probe_beat")
