"""The register of documents."""

from __future__ import annotations

from chassis import revisions

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    revisions.papers_1()
