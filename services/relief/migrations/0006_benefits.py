"""What households get month by month, and for which months they were paid, in tables of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables; a chore enters the cases that are there already."""
    op.create_table(
        "benefits",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("from_month", sa.String(7), primary_key=True),
        sa.Column("until", sa.String(7), nullable=False),
        sa.Column("heads", sa.Integer, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "paid_months",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
    )
    op.execute("UPDATE cases SET indexed = false WHERE relief_kind IN ('dibao', 'destitute')")
