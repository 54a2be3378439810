"""Appeals are found by their building too: their traces are made anew."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Delete what is derived; the chore makes it again, a minute for a year's appeals."""
    op.execute("DELETE FROM traces")
    op.execute("DELETE FROM traced")
