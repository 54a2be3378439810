"""What else an estate is called, who is in charge there, and until when its committee is elected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns, empty."""
    op.add_column("estates", sa.Column("aliases", Json, nullable=False, server_default="[]"))
    op.add_column("estates", sa.Column("manager", sa.String(60), nullable=False, server_default=""))
    op.add_column("estates", sa.Column("manager_phone", sa.String(30), nullable=False, server_default=""))
    op.add_column("estates", sa.Column("committee_until", sa.Date))
    op.add_column("estates", sa.Column("contract_from", sa.Date))
