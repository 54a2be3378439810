"""The draw of second calls to those who were called back as satisfied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns: of what was closed before, nothing is drawn."""
    op.add_column("cases", sa.Column("recall", sa.String(20), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("recall_at", Moments))
    where = sa.text("recall_at IS NOT NULL")
    op.create_index("cases_by_recall", "cases", ["recall_at", "recall"], postgresql_where=where, sqlite_where=where)
