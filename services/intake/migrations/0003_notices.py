"""Notices to residents and staff: whom to tell, what is to be told, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0003"
down_revision = "0002"

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Add the tables; nothing is written to them before ops names a channel."""
    op.create_table(
        "addressees",
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("petitioner", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("declined_at", Moments),
    )
    op.create_index("ix_addressees_petitioner", "addressees", ["petitioner"])
    op.create_table(
        "notices",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("petitioner", sa.String(64), nullable=False),
        sa.Column("shown", sa.String(60), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("written_at", Moments, nullable=False),
        sa.Column("due_at", Moments, nullable=False),
        sa.Column("next_at", Moments, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("ended_at", Moments),
    )
    op.create_index("ix_notices_subject", "notices", ["subject"])
    op.create_index(
        "notices_waiting", "notices", ["channel", "next_at"], postgresql_where=_WAITING, sqlite_where=_WAITING
    )
