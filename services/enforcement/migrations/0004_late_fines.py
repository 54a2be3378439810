"""Late fines are counted from the last day of payment and the reviews, and each limit is exceeded by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments
from chassis.workcalendar import local_date

revision = "0004"
down_revision = "0003"

_DUE = ("payment_due", "instalments")


def upgrade() -> None:
    """Carry over what the cases that go on have kept of this in other words."""
    cases = sa.table("cases", sa.column("id"), sa.column("state"), sa.column("ended_at"), sa.column("details", Json))
    clocks = sa.table("clocks", sa.column("case_id"), sa.column("name"), sa.column("due_at", Moments))
    due = (
        sa.select(clocks.c.case_id, sa.func.max(clocks.c.due_at).label("due_at"))
        .where(clocks.c.name.in_(("payment", "instalment")))
        .group_by(clocks.c.case_id)
        .subquery()
    )
    going_on = (
        sa.select(cases.c.id, cases.c.state, cases.c.details, due.c.due_at)
        .select_from(cases.outerjoin(due, due.c.case_id == cases.c.id))
        .where(cases.c.ended_at.is_(None))
    )
    connection = op.get_bind()
    for case in connection.execute(going_on).all():
        more = _exceeded(case.details) | _late(case.state, case.details, case.due_at)
        if more:
            connection.execute(cases.update().where(cases.c.id == case.id).values(details={**case.details, **more}))


def _exceeded(details: dict[str, Any]) -> dict[str, Any]:
    # Where both were measured nobody kept which it was: it is measured again.
    visits = details.get("inspected") or [{}]
    kinds = {row["kind"] for row in visits[-1].get("measurements", ())}
    return {"exceeded": [*kinds]} if details.get("limits_exceeded") and len(kinds) == 1 else {}


def _late(state: str, details: dict[str, Any], due_at: datetime | None) -> dict[str, Any]:
    overdue, contested = details.get("overdue_since"), details.get("contested_since")
    if due_at is None or not (overdue or contested or state in _DUE):
        return {}
    pay_by = local_date(due_at)
    kind = (details.get("remedy_sought") or {}).get("kind", "")
    reviews = []
    if days := int(details.get("contested_days") or 0):
        ended_on = pay_by + timedelta(days=days)
        reviews.append({"kind": kind, "sought_on": pay_by.isoformat(), "ended_on": ended_on.isoformat()})
    if contested:
        reviews.append({"kind": kind, "sought_on": contested, "ended_on": ""})
    return {"pay_by": pay_by.isoformat(), "reviews": reviews}
