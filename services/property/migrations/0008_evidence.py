"""What staff lay to a case."""

from __future__ import annotations

from chassis import revisions

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table."""
    revisions.evidence_1()
