"""Who complains, as a keyed hash; and finding the other cases of a party and of him."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and both indexes."""
    op.add_column("cases", sa.Column("caller", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_cases_caller", "cases", ["caller"])
    op.create_index("ix_cases_suspect", "cases", ["suspect"])
