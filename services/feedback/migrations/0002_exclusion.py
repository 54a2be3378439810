"""Under which class an appeal is not counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; nothing was excluded so far."""
    op.add_column("cases", sa.Column("excluded_as", sa.String(30), nullable=False, server_default=""))
