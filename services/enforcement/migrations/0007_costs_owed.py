"""Which cases owe the costs of what was done for the party, so that a list of them can be had, also of those that have ended."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

from chassis.store import Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    op.add_column("cases", sa.Column("owes_costs", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_cases_owes_costs", "cases", ["owes_costs"])
    fill()


def fill() -> None:
    """Mark the cases whose costs are neither paid nor given up."""
    cases = sa.table("cases", sa.column("id"), sa.column("owes_costs"), sa.column("details", Json))
    connection = op.get_bind()
    kept = sa.select(cases.c.id, cases.c.details).where(cases.c.details["cost_amount"].as_string().is_not(None))
    for case in connection.execute(kept).all():
        amount = Decimal(case.details["cost_amount"])
        paid = sum((Decimal(row["amount"]) for row in case.details.get("cost_parts") or ()), Decimal(0))
        if amount > paid and not case.details.get("cost_written_off"):
            connection.execute(cases.update().where(cases.c.id == case.id).values(owes_costs=True))
