"""What the desk corrected, kept to learn from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table, and the column by which the chore finds what is new."""
    op.add_column("cases", sa.Column("corrected_at", Moments))
    op.create_index("ix_cases_corrected_at", "cases", ["corrected_at"])
    op.create_table(
        "corrections",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("at", Moments, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("mechanism", sa.String(40), nullable=False),
        sa.Column("category", sa.String(10), nullable=False),
        sa.Column("urgency", sa.String(10), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("judged", Json, nullable=False),
    )
