"""Which knowledge entries another than their writer has read, and hashes of content in place of those of requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column: what was in use before two people were asked for stays in use until it is changed.

    What a number from outside stood for was hashed as it was sent: no content can be told from that.
    """
    op.add_column("knowledge", sa.Column("checked", sa.Boolean, nullable=False, server_default=sa.true()))
    op.execute("UPDATE cases SET request = '' WHERE source IS NOT NULL AND request <> ''")
