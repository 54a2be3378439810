"""Which cases the index follows: what a worker of an older release has done beside a newer one is caught up with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; a chore enters anew what households get, for a worker without these tables may have changed it since."""
    op.add_column("cases", sa.Column("entered", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE cases SET entered = entries WHERE indexed AND relief_kind NOT IN ('dibao', 'destitute')")
    op.drop_index("cases_unindexed", "cases")
    lagging = sa.text("entered <> entries")
    op.create_index("cases_lagging", "cases", ["opened_at", "id"], sqlite_where=lagging, postgresql_where=lagging)
