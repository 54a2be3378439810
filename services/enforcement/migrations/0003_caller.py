"""Who complains, as a keyed hash; finding the other cases of a party and of him; the weekly duty that is watched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and their indexes; orders that stand already are not watched."""
    op.add_column("cases", sa.Column("cleaning_due_on", sa.Date))
    op.create_index("ix_cases_cleaning_due_on", "cases", ["cleaning_due_on"])
    op.add_column("cases", sa.Column("caller", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_cases_caller", "cases", ["caller"])
    op.create_index("ix_cases_suspect", "cases", ["suspect"])
