"""What cases count."""

from __future__ import annotations

from chassis import revisions

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table."""
    revisions.figures_1()
