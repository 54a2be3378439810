"""Room for every number that an upstream hotline may give: intake takes 60 letters of a source, 120 of a number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Widen the columns."""
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("upstream_source", existing_type=sa.String(40), type_=sa.String(60))
        cases.alter_column("upstream_number", existing_type=sa.String(60), type_=sa.String(120))
