"""By which the disputes between the same households are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; disputes from before it are marked when they are recorded again."""
    op.add_column("cases", sa.Column("households", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_cases_households", "cases", ["households"])
