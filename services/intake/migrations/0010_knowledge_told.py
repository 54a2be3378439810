"""What the others know of the knowledge base, and what it lacks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables; the next chore tells all that there is."""
    op.create_table(
        "knowledge_told",
        sa.Column("entry_id", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "knowledge_gaps",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("asked_at", Moments, nullable=False),
        sa.Column("told_by", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(60), nullable=False),
        sa.Column("question", sa.String(200), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("entry_id", sa.String(60), nullable=False),
        sa.Column("settled_at", Moments),
        sa.Column("settled_by", sa.String(80), nullable=False),
    )
    is_open = sa.text("settled_at IS NULL")
    op.create_index(
        "knowledge_gaps_open", "knowledge_gaps", ["asked_at"], postgresql_where=is_open, sqlite_where=is_open
    )
