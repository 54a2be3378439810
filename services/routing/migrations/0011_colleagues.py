"""The accounts that may decide as leaders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "colleagues",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("leads", sa.Boolean, nullable=False),
        sa.Column("told_at", Moments, nullable=False),
    )
