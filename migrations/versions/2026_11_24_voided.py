"""Results that an upheld objection made void

Revision: 2026_11_24_voided, after 2026_11_24_senders
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_voided"
down_revision = "2026_11_24_senders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tender_voided",
        sa.Column("tender", sa.String(length=40), nullable=False),
        sa.Column("lot", sa.String(length=20), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("report_sha256", sa.Text(), nullable=False),
        sa.Column("report_at", sa.BigInteger(), nullable=False),
        sa.Column("publicity_from", sa.BigInteger(), nullable=False),
        sa.Column("publicity_to", sa.BigInteger(), nullable=False),
        sa.Column("winner", sa.Text(), nullable=False),
        sa.Column("winner_name", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.Text(), nullable=False),
        sa.Column("awarded_at", sa.BigInteger(), nullable=False),
        sa.Column("result_at", sa.BigInteger(), nullable=False),
        sa.Column("ranking", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tender", "lot", "n", name=op.f("pk_tender_voided")),
        info={"traced": True},
        sqlite_strict=True,
    )
    op.guard("tender_voided")  # type: ignore[attr-defined]


def downgrade() -> None:
    op.drop_table("tender_voided")
