"""Where uploads came from

Revision: 2026_11_24_origins, after 2026_11_24_envelopes
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_origins"
down_revision = "2026_11_24_envelopes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("upload", sa.Column("origin", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("upload", "origin")
