"""What a month brought is found by its time, however long the service has run."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the index."""
    op.create_index("timeline_by_time", "timeline", ["at"])
