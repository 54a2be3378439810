"""The register of committees and their mediators, and who works on a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table; who works on a case that is there already is known once its mediators are set again."""
    op.create_table(
        "committees",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("elected_on", sa.Date, nullable=False),
        sa.Column("multi_ethnic", sa.Boolean, nullable=False),
        sa.Column("people", Json, nullable=False),
        sa.Column("changed_at", Moments, nullable=False),
        sa.Column("changed_by", sa.String(60), nullable=False),
    )
    op.add_column("cases", sa.Column("handlers", sa.Text, nullable=False, server_default=""))
