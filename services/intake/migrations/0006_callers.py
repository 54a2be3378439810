"""The register of callers who misuse the hotline, and who looked at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0006"
down_revision = "0005"

_OPEN = sa.text("state IN ('proposed', 'listed', 'objected')")


def upgrade() -> None:
    """Add the tables; nobody is in them."""
    op.create_table(
        "callers",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("petitioner", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("opened_at", Moments, nullable=False),
        sa.Column("until", Moments),
        sa.Column("details", Json, nullable=False),
    )
    op.create_index("callers_open", "callers", ["petitioner"], unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_table(
        "caller_looks",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("entry_id", sa.String(40), nullable=False),
        sa.Column("at", Moments, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("by_name", sa.String(80), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
    )
    op.create_index("caller_looks_by_entry", "caller_looks", ["entry_id", "at"])
