"""The first tables of feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis import revisions

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("mechanism", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("attitude", sa.Integer),
        sa.Column("process", sa.Integer),
        sa.Column("result", sa.Integer),
        sa.Column("citizen_says_solved", sa.Boolean),
        sa.Column("handler_claims_solved", sa.Boolean),
    )
    op.create_index("cases_by_mechanism", "cases", ["mechanism", "ended_at"])
