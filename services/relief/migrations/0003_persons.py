"""The index of the persons that cases would help."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the index in place of the column without a key; a chore enters the cases that are there already."""
    op.create_table(
        "persons",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("who", sa.String(64), primary_key=True),
    )
    op.create_index("ix_persons_who", "persons", ["who"])
    op.drop_column("cases", "persons")
    op.add_column("cases", sa.Column("indexed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index(
        "cases_unindexed",
        "cases",
        ["opened_at", "id"],
        sqlite_where=sa.text("indexed = 0"),
        postgresql_where=sa.text("NOT indexed"),
    )
