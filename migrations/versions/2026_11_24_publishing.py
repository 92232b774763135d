"""Find quickly what was disclosed since the last publication.

Revision: 2026_11_24_publishing, after 2026_11_24_floors
"""

from alembic import op

revision = "2026_11_24_publishing"
down_revision = "2026_11_24_floors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_trace_disclosed_at", "trace_disclosed", ["at"])


def downgrade() -> None:
    op.drop_index("ix_trace_disclosed_at", "trace_disclosed")
