"""The first tables of intake."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis import revisions
from chassis.store import Json, Moments

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    revisions.plumbing_1()
    revisions.cases_1(
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("petitioner", sa.String(64), nullable=False),
        sa.Column("matter", sa.String(64), unique=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("source", sa.String(60)),
        sa.Column("external_number", sa.String(120)),
        sa.Column("submitted_at", Moments, nullable=False),
        sa.Column("longitude", sa.Float),
        sa.Column("latitude", sa.Float),
        sa.Column("public", Json, nullable=False),
    )
    op.create_index("cases_by_petitioner", "cases", ["petitioner", "opened_at"])
    op.create_index("cases_by_external", "cases", ["source", "external_number"], unique=True)
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("longitude", sa.Float),
        sa.Column("latitude", sa.Float),
        sa.Column("added_at", Moments, nullable=False),
    )
    op.create_index("attachments_by_case", "attachments", ["case_id", "digest"], unique=True)
