"""Who works on a case, so that a list of his own can be had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; the officers of a case that is there already are known with the next inspection or filing."""
    op.add_column("cases", sa.Column("handlers", sa.Text, nullable=False, server_default=""))
