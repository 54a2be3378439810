"""What the owners decided on a company that has left, or has come, is carried out: it decides nothing on the next one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json

revision = "0009"
down_revision = "0008"

#: By which step each matter is carried out; before these steps used a decision up, it stayed.
_CARRIED_OUT = {
    "dismiss_company": "estate_handed_over",
    "choose_company": "successor_took_over",
    "manage_themselves": "owners_manage_themselves",
}


def upgrade() -> None:
    """Forget in each case the decisions whose last count lies before the step that carried them out."""
    cases = sa.table("cases", sa.column("id"), sa.column("details", Json))
    names = ("case_id", "seq", "trigger")
    timeline = sa.table("timeline", *map(sa.column, names), sa.column("form", Json))
    steps = (
        sa.select(timeline.c.seq, timeline.c.trigger, timeline.c.form)
        .where(timeline.c.trigger.in_(("votes_counted", *_CARRIED_OUT.values())))
        .order_by(timeline.c.seq)
    )
    connection = op.get_bind()
    for case in connection.execute(sa.select(cases.c.id, cases.c.details)).all():
        decided = case.details.get("owners_decisions") or {}
        if not decided.keys() & _CARRIED_OUT.keys():
            continue
        # Each counts from the last time: of a count by its matter, of what carries out by its step.
        last = {
            step.form.get("item") if step.trigger == "votes_counted" else step.trigger: step.seq
            for step in connection.execute(steps.where(timeline.c.case_id == case.id)).all()
        }
        open_ = {
            item: day for item, day in decided.items() if last.get(_CARRIED_OUT.get(item, ""), -1) < last.get(item, 0)
        }
        if open_ != decided:
            details = {**case.details, "owners_decisions": open_}
            connection.execute(cases.update().where(cases.c.id == case.id).values(details=details))
