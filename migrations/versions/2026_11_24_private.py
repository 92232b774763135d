"""Private fields: disclosures found by digest, and no name in the table of experts

Revision: 2026_11_24_private, after 2026_11_24_bodies
"""

from alembic import op

revision = "2026_11_24_private"
down_revision = "2026_11_24_bodies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_trace_disclosure_path", "trace_disclosure", ["path"])
    op.execute("ALTER TABLE expert DROP COLUMN name")
    op.execute("ALTER TABLE expert ADD COLUMN person TEXT NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    op.execute("ALTER TABLE expert DROP COLUMN person")
    op.execute("ALTER TABLE expert ADD COLUMN name TEXT NOT NULL DEFAULT ''")
    op.drop_index("ix_trace_disclosure_path", "trace_disclosure")
