"""Who looked at personal data."""

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("what", Json, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("at", Moments(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("looks_by_time", "looks", ["at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("looks_by_time", table_name="looks")
    op.drop_table("looks")
