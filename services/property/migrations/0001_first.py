"""The first tables of property."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import revisions

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("estate", sa.String(60), nullable=False, index=True),
        sa.Column("company", sa.String(60), nullable=False, index=True),
    )
