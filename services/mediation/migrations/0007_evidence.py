"""What staff lay to a case."""

from __future__ import annotations

from chassis import revisions

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table."""
    revisions.evidence_1()
