"""The first tables of wage_recovery."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import revisions
from chassis.store import BigId

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("workers", sa.Integer, nullable=False),
        sa.Column("owed_cents", BigId, nullable=False),
    )
