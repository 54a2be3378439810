"""The version in which an estate's roster changed last, so that its fund's balance may change while a vote runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column: what is there counts as changed by its last version, as it was announced."""
    op.add_column("estates", sa.Column("roster_version", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE estates SET roster_version = version")
