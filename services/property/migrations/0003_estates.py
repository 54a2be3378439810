"""The register of estates with their rosters, and the points that were reported against a company."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table; marks that were reported before are not counted."""
    op.create_table(
        "estates",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("community", sa.String(60), nullable=False),
        sa.Column("company", sa.String(60), nullable=False),
        sa.Column("committee", sa.String(60), nullable=False),
        sa.Column("contract_until", sa.Date),
        sa.Column("monthly_fee", sa.String(20), nullable=False),
        sa.Column("fund_balance", sa.String(20), nullable=False),
        sa.Column("follow_majority", sa.String(30), nullable=False),
        sa.Column("clause", sa.String(200), nullable=False),
        sa.Column("households", sa.Integer, nullable=False),
        sa.Column("heads", sa.Integer, nullable=False),
        sa.Column("area", sa.String(20), nullable=False),
        sa.Column("rooms", Json, nullable=False),
        sa.Column("changed_at", Moments, nullable=False),
        sa.Column("changed_by", sa.String(60), nullable=False),
    )
    op.add_column("cases", sa.Column("credit_points", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_cases_credit_points", "cases", ["credit_points"])
