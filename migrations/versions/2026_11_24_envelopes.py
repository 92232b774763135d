"""Lots of two envelopes: the price is sealed apart, opened later, and has a record of its own

Revision: 2026_11_24_envelopes, after 2026_11_24_voided
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_envelopes"
down_revision = "2026_11_24_voided"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tender_lot", sa.Column("envelopes", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("tender_lot", sa.Column("prices_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("tender_lot", sa.Column("prices_sha256", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("prices_sha256", "prices_at", "envelopes"):
        op.drop_column("tender_lot", name)
