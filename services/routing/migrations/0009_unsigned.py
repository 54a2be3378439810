"""What leaders have still to sign is found in its order, however much it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_MISSING = ("awaiting_signoff", "dispatched", "accepted", "rework", "return_pending", "adjudication_due")
_MISSING_TOO = ("transfer_pending", "concluded", "closed")


def upgrade() -> None:
    """Forget signatures that nobody has to give any more, and keep in the index only those that somebody has."""
    cases = sa.table("cases", sa.column("sign_by"), sa.column("state"))
    ended = cases.c.sign_by.is_not(None) & cases.c.state.not_in((*_MISSING, *_MISSING_TOO))
    op.execute(cases.update().where(ended).values(sign_by=None))
    op.drop_index("ix_cases_sign_by", "cases")
    unsigned = sa.text("sign_by IS NOT NULL")
    columns = ["urgency", "sign_by", "id", "state"]
    op.create_index("cases_unsigned", "cases", columns, sqlite_where=unsigned, postgresql_where=unsigned)
