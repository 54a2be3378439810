"""The register of projects, and the project that a claim is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table; claims that are there already name no project until they are amended."""
    op.create_table(
        "projects",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kept", Json, nullable=False),
        sa.Column("changed_at", Moments, nullable=False),
        sa.Column("changed_by", sa.String(60), nullable=False),
    )
    op.add_column("cases", sa.Column("project", sa.String(100), nullable=False, server_default=""))
    op.create_index("ix_cases_project", "cases", ["project"])
