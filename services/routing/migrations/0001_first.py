"""The first tables of routing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis import revisions
from chassis.store import BigId

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("petitioner", sa.String(64), nullable=False, index=True),
        sa.Column("mechanism", sa.String(40), nullable=False),
        sa.Column("category", sa.String(10), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
    )
    op.create_index("cases_by_mechanism", "cases", ["mechanism", "state"])
    op.create_table(
        "ledger_numbers",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", BigId, nullable=False),
    )
