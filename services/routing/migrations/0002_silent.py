"""When an appeal was found silent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("cases", sa.Column("silent_at", Moments))
