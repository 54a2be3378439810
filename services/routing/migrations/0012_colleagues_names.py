"""What the people of the accounts are called that may decide as leaders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the name, as the person has signed a step here; others are told with the next change of the account."""
    op.add_column("colleagues", sa.Column("name", sa.String(80), nullable=False, server_default=""))
    op.execute(
        "UPDATE colleagues SET name = COALESCE("
        "(SELECT MAX(actor_name) FROM timeline WHERE timeline.actor = colleagues.id AND actor_name <> ''), '') WHERE leads"
    )
