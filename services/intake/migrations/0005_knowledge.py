"""The street's own versions of what may be answered on the spot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import BigId, Json, Moments

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table; what is shipped counts until the street writes something."""
    op.create_table(
        "knowledge",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("entry_id", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("questions", Json, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("basis", sa.String(300), nullable=False),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("review_by", sa.Date, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("at", Moments, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("by_name", sa.String(80), nullable=False),
    )
    op.create_index("knowledge_versions", "knowledge", ["entry_id", "version"], unique=True)
