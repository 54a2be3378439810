"""The chain of signatures, absences and delegations, and by when a leader has to sign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import BigId, Json, Moments

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables, and the column by which what waits for a signature is listed."""
    op.add_column("cases", sa.Column("sign_by", Moments))
    op.create_index("ix_cases_sign_by", "cases", ["sign_by"])
    cases = sa.table(
        "cases", sa.column("id"), sa.column("sign_by", Moments), sa.column("due_at", Moments), sa.column("state")
    )
    op.execute(cases.update().where(cases.c.state == "awaiting_signoff").values(sign_by=cases.c.due_at))
    clocks = sa.table(
        "clocks", sa.column("case_id"), sa.column("name"), sa.column("state"), sa.column("due_at", Moments)
    )
    countersign = sa.and_(clocks.c.case_id == cases.c.id, clocks.c.name == "countersign", clocks.c.state != "stopped")
    due = sa.select(clocks.c.due_at).where(countersign).scalar_subquery()
    op.execute(cases.update().where(sa.exists().where(countersign)).values(sign_by=due))
    op.create_table(
        "signatures",
        sa.Column("serial", BigId, primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("kid", sa.String(64), nullable=False),
    )
    op.create_index("signatures_of_case", "signatures", ["case_id", "entry"])
    op.create_table(
        "signature_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("serial", BigId, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("began_at", Moments, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("kid", sa.String(64), nullable=False),
    )
    op.create_table(
        "delegations",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("from_post", sa.String(60), nullable=False),
        sa.Column("to_post", sa.String(60), nullable=False),
        sa.Column("starts_at", Moments, nullable=False),
        sa.Column("ends_at", Moments, nullable=False),
        sa.Column("urgencies", Json, nullable=False),
        sa.Column("mechanisms", Json, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("entered_by", sa.String(80), nullable=False),
        sa.Column("entered_name", sa.String(80), nullable=False),
        sa.Column("entered_at", Moments, nullable=False),
        sa.Column("revoked_at", Moments),
    )
    op.create_index("ix_delegations_ends_at", "delegations", ["ends_at"])
