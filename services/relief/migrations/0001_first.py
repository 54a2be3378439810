"""The first tables of relief."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import revisions

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("relief_kind", sa.String(40), nullable=False, index=True),
    )
