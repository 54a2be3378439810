"""Who calls back and when, and which promises are to be asked after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; of the promises known, those of appeals that nobody was called about are asked after."""
    op.add_column("cases", sa.Column("caller", sa.String(60), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("next_try_at", Moments))
    op.create_index("cases_by_caller", "cases", ["state", "caller", "due_at"])
    op.add_column("heard", sa.Column("ask_at", Moments))
    op.execute(
        "UPDATE heard SET ask_at = due_at WHERE due_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.subject = heard.subject)"
    )
    where = sa.text("ask_at IS NOT NULL")
    op.create_index("heard_to_ask", "heard", ["ask_at"], postgresql_where=where, sqlite_where=where)
