"""The court's thirty days, and the parties' own times, run on where their last day is a holiday."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.clocks import Clock
from chassis.store import Json, Moments
from chassis.workcalendar import standard_calendar

revision = "0006"
down_revision = "0005"

_CLOCKS = sa.table(
    "clocks",
    *(sa.column(name, sa.String) for name in ("case_id", "name", "state")),
    sa.column("due_at", Moments),
    sa.column("body", Json),
)
_ROLLED = ("special_procedure", "enforcement_application", "limitation", "outsider_challenge", "outsider_objection")
_CASES = sa.table("cases", sa.column("id", sa.String), sa.column("due_at", Moments))


def upgrade() -> None:
    """Let the times that run now end as those that begin from now on."""
    connection = op.get_bind()
    running = sa.select(_CLOCKS).where(_CLOCKS.c.name.in_(_ROLLED), _CLOCKS.c.state == "running")
    for clock in connection.execute(running).all():
        body = {**clock.body, "roll": "next"}
        due_at = Clock.from_dict(body).due_at(standard_calendar())
        own = (_CLOCKS.c.case_id == clock.case_id, _CLOCKS.c.name == clock.name)
        connection.execute(sa.update(_CLOCKS).where(*own).values(body=body, due_at=due_at))
        first = sa.select(sa.func.min(_CLOCKS.c.due_at)).where(
            _CLOCKS.c.case_id == clock.case_id, _CLOCKS.c.state == "running"
        )
        connection.execute(
            sa.update(_CASES)
            .where(_CASES.c.id == clock.case_id, _CASES.c.due_at == clock.due_at)
            .values(due_at=first.scalar_subquery())
        )
