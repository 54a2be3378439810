"""Persons are known again by their names however they were typed: those that are entered are entered anew by the chore."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Leave the cases that name somebody to the chore; until it has come to them they stand as they were entered."""
    op.execute("UPDATE cases SET entered = -1 WHERE entered > 0 AND id IN (SELECT case_id FROM persons)")
