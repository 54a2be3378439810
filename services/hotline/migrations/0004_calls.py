"""What phone systems report: single calls, and figures of a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "calls",
        sa.Column("line", sa.String(40), primary_key=True),
        sa.Column("call", sa.String(80), primary_key=True),
        sa.Column("at", Moments, nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("wait_seconds", sa.Integer, nullable=False),
        sa.Column("talk_seconds", sa.Integer, nullable=False),
        sa.Column("returned_at", Moments),
        sa.Column("returned_by", sa.String(60), nullable=False),
        sa.Column("returned_how", sa.String(20), nullable=False),
        sa.Column("returned_note", sa.String(500), nullable=False),
    )
    op.create_index("calls_by_time", "calls", ["at"])
    op.create_table(
        "call_days",
        sa.Column("line", sa.String(40), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("offered", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("waited", sa.Integer, nullable=False),
        sa.Column("longest", sa.Integer, nullable=False),
    )
