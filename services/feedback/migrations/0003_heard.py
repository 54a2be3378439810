"""What others told of appeals, kept for the rates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table; `jiesu history replay` fills in what was told before."""
    op.create_table(
        "heard",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("at", Moments, nullable=False),
        sa.Column("due_at", Moments),
        sa.Column("told", Json, nullable=False),
    )
    for name in ("subject", "at", "due_at"):
        op.create_index(f"ix_heard_{name}", "heard", [name])
