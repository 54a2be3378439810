"""When the promise is to be looked at next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column, and let everything that is open be looked at once."""
    op.add_column("cases", sa.Column("look_at", Moments))
    op.create_index("ix_cases_look_at", "cases", ["look_at"])
    op.execute("UPDATE cases SET look_at = updated_at WHERE ended_at IS NULL")
