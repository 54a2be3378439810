"""What the owners decided on a company that has left, or has come, is carried out: it decides nothing on the next one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import Json

revision = "0009"
down_revision = "0008"

#: By which steps each matter is carried out; before these steps used a decision up, it stayed. A choice by one of two:
#: who was chosen again or first had no contract to file, the decision was called carried out.
_CARRIED_OUT = {
    "estate_handed_over": "dismiss_company",
    "successor_took_over": "choose_company",
    "decision_carried_out": "choose_company",
    "owners_manage_themselves": "manage_themselves",
}


def upgrade() -> None:
    """Forget in each case the decisions whose last count lies before the step that carried them out."""
    cases = sa.table("cases", sa.column("id"), sa.column("details", Json))
    names = ("case_id", "seq", "trigger", "source")
    timeline = sa.table("timeline", *map(sa.column, names), sa.column("form", Json))
    steps = (
        sa.select(timeline.c.seq, timeline.c.trigger, timeline.c.form)
        .where(timeline.c.trigger.in_(("votes_counted", *_CARRIED_OUT)))
        # What a joint meeting has decided is another decision.
        .where((timeline.c.trigger != "decision_carried_out") | (timeline.c.source == "owners_decided"))
        .order_by(timeline.c.seq)
    )
    said = sa.cast(cases.c.details, sa.Text).contains('"owners_decisions":')
    connection = op.get_bind()
    for case in connection.execute(sa.select(cases.c.id, cases.c.details).where(said)).all():
        decided = case.details["owners_decisions"] or {}
        if not decided.keys() & {*_CARRIED_OUT.values()}:
            continue
        # Each counts from the last time: whether a matter was counted then, or carried out.
        done = {
            _CARRIED_OUT.get(step.trigger) or step.form.get("item"): step.trigger in _CARRIED_OUT
            for step in connection.execute(steps.where(timeline.c.case_id == case.id)).all()
        }
        open_ = {item: day for item, day in decided.items() if not done.get(item)}
        if open_ != decided:
            details = {**case.details, "owners_decisions": open_}
            connection.execute(cases.update().where(cases.c.id == case.id).values(details=details))
