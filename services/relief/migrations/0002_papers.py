"""The register of documents, and the persons that a case would help."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis import revisions

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table, add the column; the persons of earlier cases are not known again."""
    revisions.papers_1()
    op.add_column("cases", sa.Column("persons", sa.Text, nullable=False, server_default=""))
