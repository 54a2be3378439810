"""What the people of the accounts are called that may decide as leaders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the name; `jiesu history replay --to routing --from portal` fills in those of accounts that were told before."""
    op.add_column("colleagues", sa.Column("name", sa.String(80), nullable=False, server_default=""))
