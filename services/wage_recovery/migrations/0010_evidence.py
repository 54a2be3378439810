"""What staff lay to a case."""

from __future__ import annotations

from chassis import revisions

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table."""
    revisions.evidence_1()
