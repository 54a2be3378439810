"""Petitioners who are heard under another appeal's handling, and the traces by which appeals like another are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0004"
down_revision = "0003"

_IS_VOICE = sa.text("voice_of IS NOT NULL")


def upgrade() -> None:
    """Add whose handling it is; nobody is joined yet. A chore makes the traces of what is here already."""
    op.add_column("cases", sa.Column("voice_of", sa.String(64)))
    op.create_index("cases_by_voice_of", "cases", ["voice_of"], postgresql_where=_IS_VOICE, sqlite_where=_IS_VOICE)
    op.create_table(
        "traces",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moments, primary_key=True),
        sa.Column("case_id", sa.String(40), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "traced",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moments, nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
    )
