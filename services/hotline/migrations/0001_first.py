"""The first tables of hotline."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import revisions

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("upstream_source", sa.String(40), nullable=False),
        sa.Column("upstream_number", sa.String(60), nullable=False, index=True),
    )
