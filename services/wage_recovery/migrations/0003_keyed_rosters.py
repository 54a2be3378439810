"""Rosters are compared by hashes with a key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forget the hashes without a key; each claim with a roster is compared again."""
    listed = sa.table("listed", sa.column("case_id"))
    cases = sa.table("cases", sa.column("id"), sa.column("compared", sa.Boolean))
    op.execute(cases.update().where(cases.c.id.in_(sa.select(listed.c.case_id))).values(compared=sa.false()))
    op.execute(listed.delete())
