"""The first tables of enforcement."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import revisions

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("suspect", sa.Text, nullable=False),
        sa.Column("act", sa.String(60), nullable=False, index=True),
    )
