"""Residents who are heard under another appeal's handling."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_IS_VOICE = sa.text("voice_of IS NOT NULL")


def upgrade() -> None:
    """Add whose handling it is; nobody is joined yet."""
    op.add_column("cases", sa.Column("voice_of", sa.String(64)))
    op.create_index("cases_by_voice_of", "cases", ["voice_of"], postgresql_where=_IS_VOICE, sqlite_where=_IS_VOICE)
