"""What returns, assisting units and whistles are found by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; what was dispatched before has no rule and no time of dispatch."""
    op.add_column("cases", sa.Column("dispatched_at", Moments))
    op.add_column("cases", sa.Column("rule", sa.String(60), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("hops", sa.Integer, nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("returned_at", Moments))
    op.add_column("cases", sa.Column("helpers", sa.String(400), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("called", sa.String(400), nullable=False, server_default=""))
    helped = sa.text("helpers <> '' OR called <> ''")
    op.create_index("cases_helped", "cases", ["opened_at"], sqlite_where=helped, postgresql_where=helped)
