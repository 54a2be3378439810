"""The register of documents, and what claims are compared by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis import revisions

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables; claims that are there already are compared once."""
    revisions.papers_1()
    op.add_column("cases", sa.Column("employer", sa.String(100), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("compared", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("cases_by_employer", "cases", ["employer", "opened_at"])
    op.create_index(
        "cases_uncompared",
        "cases",
        ["opened_at", "id"],
        sqlite_where=sa.text("compared = 0"),
        postgresql_where=sa.text("NOT compared"),
    )
    op.create_table(
        "listed",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("who", sa.String(64), primary_key=True),
    )
    op.create_index("ix_listed_who", "listed", ["who"])
