"""Imported appeals by their number, so that the same letters in a file of another name are known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the index."""
    imported = sa.text("channel = 'import'")
    op.create_index("cases_imported", "cases", ["external_number"], postgresql_where=imported, sqlite_where=imported)
