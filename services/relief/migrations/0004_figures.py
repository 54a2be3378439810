"""What cases count."""

from __future__ import annotations

from chassis import revisions

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    revisions.figures_1()
