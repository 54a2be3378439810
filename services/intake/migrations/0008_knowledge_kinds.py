"""What a knowledge entry is: a policy, a procedure, a contact, or something often asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column: what the street wrote before is something often asked until it says otherwise."""
    op.add_column("knowledge", sa.Column("kind", sa.String(20), nullable=False, server_default="faq"))
