"""Ids and lists for Open311."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ASKED = sa.text("public_id IS NOT NULL")
_LISTED = sa.text("listed_as IS NOT NULL")


def upgrade() -> None:
    """Add them; appeals that came in by other doors have none."""
    op.add_column("cases", sa.Column("public_id", sa.String(20)))
    op.add_column("cases", sa.Column("listed_as", sa.String(8)))
    op.create_index(
        "cases_by_public_id", "cases", ["public_id"], unique=True, postgresql_where=_ASKED, sqlite_where=_ASKED
    )
    op.create_index(
        "cases_listed",
        "cases",
        ["opened_at", "id", "listed_as", "state"],
        postgresql_where=_LISTED,
        sqlite_where=_LISTED,
    )
