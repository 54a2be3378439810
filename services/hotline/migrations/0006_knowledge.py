"""The knowledge base, as its owner tells it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table; what was told before comes again by `jiesu history replay`."""
    op.create_table(
        "knowledge",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("told_at", Moments, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("questions", Json, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("basis", sa.String(300), nullable=False),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("review_by", sa.Date, nullable=False),
        sa.Column("checked", sa.Boolean, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("href", sa.String(200), nullable=False),
    )
