"""When leaders are reminded of what nobody has looked into, and of problem orders from before there was an alarm."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments

revision = "0008"
down_revision = "0007"

_CASES = sa.table(
    "cases",
    *(sa.column(name, sa.String) for name in ("id", "state")),
    sa.column("details", Json),
    sa.column("conduct_at", Moments),
)
_CLOCKS = sa.table(
    "clocks",
    *(sa.column(name, sa.String) for name in ("case_id", "name", "kind", "state")),
    sa.column("due_at", Moments),
    sa.column("body", Json),
)


def upgrade() -> None:
    """Look at open referrals when their time is over, and give each problem order its alarm by the time that it has."""
    op.add_column("cases", sa.Column("conduct_at", Moments))
    where = sa.text("conduct_at IS NOT NULL")
    op.create_index("cases_by_conduct", "cases", ["conduct_at"], postgresql_where=where, sqlite_where=where)
    connection = op.get_bind()
    said = sa.cast(_CASES.c.details, sa.Text).contains('"conduct":')
    for case in connection.execute(sa.select(_CASES.c.id, _CASES.c.details).where(said)).all():
        if all("finding" in one for one in case.details.get("conduct", {}).values()):
            continue
        names = ("attitude_supervision", "process_review")
        own = sa.select(sa.func.min(_CLOCKS.c.due_at)).where(_CLOCKS.c.case_id == case.id, _CLOCKS.c.name.in_(names))
        due = connection.scalar(own) or datetime.now(UTC)
        connection.execute(sa.update(_CASES).where(_CASES.c.id == case.id).values(conduct_at=due))
    alarm = _CLOCKS.alias()
    known = sa.exists().where(alarm.c.case_id == _CLOCKS.c.case_id, alarm.c.name == "supervision_alarm")
    stands = sa.exists().where(_CASES.c.id == _CLOCKS.c.case_id, _CASES.c.state == "supervised")
    for clock in connection.execute(sa.select(_CLOCKS).where(_CLOCKS.c.name == "supervision", stands, ~known)).all():
        body = {
            **clock.body,
            "name": "supervision_alarm",
            "zh": "问题工单督办提醒",
            "en": "Alarm: a problem order not decided",
        }
        given = {"case_id": clock.case_id, "name": "supervision_alarm", "kind": clock.kind, "state": "running"}
        connection.execute(sa.insert(_CLOCKS).values(**given, due_at=clock.due_at, body=body))
