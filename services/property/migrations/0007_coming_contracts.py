"""The contract of a company that follows is written into the register on its first day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns, empty."""
    op.add_column("estates", sa.Column("coming", Json, nullable=False, server_default="{}"))
    op.add_column("estates", sa.Column("coming_on", sa.Date))
