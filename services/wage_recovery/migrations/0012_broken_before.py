"""What was agreed on and broken before has the mark that it is broken, by the timeline: each time is told and counted once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from chassis.store import Json, Moments
from chassis.workcalendar import local_date

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0012"
down_revision = "0011"

_CASES = sa.table("cases", sa.column("id"), sa.column("details", Json))
_CLOCKS = sa.table("clocks", sa.column("case_id"), sa.column("name"), sa.column("state"))
_STEPS = ("case_id", "seq", "trigger", "source", "target")
_TIMELINE = sa.table("timeline", *map(sa.column, _STEPS), sa.column("at", Moments))
_AGREED, _BROKEN = "settlement_agreed", ("settlement_fell_due", "settlement_breached")


def upgrade() -> None:
    """Mark both kinds: what was agreed on before a mediator, and in court unless it is performed still."""
    connection = op.get_bind()
    log = sa.select(_TIMELINE).where(_TIMELINE.c.trigger.in_((_AGREED, *_BROKEN))).order_by(_TIMELINE.c.seq)
    steps = defaultdict[str, list[Any]](list)
    for row in connection.execute(log).all():
        steps[row.case_id].append(row)
    runs = sa.select(_CLOCKS.c.case_id).where(_CLOCKS.c.name.startswith("enforcement_settlement"))
    performed = {*connection.scalars(runs.where(_CLOCKS.c.state == "running"))}
    for case in connection.execute(sa.select(_CASES)).all():
        details = _mediated(dict(case.details), steps[case.id])
        details = details if case.id in performed else _in_court(details, steps[case.id])
        if details != case.details:
            connection.execute(sa.update(_CASES).where(_CASES.c.id == case.id).values(details=details))


def _mediated(details: dict[str, Any], steps: Sequence[Any]) -> dict[str, Any]:
    """Mark a mediated settlement that was broken and not agreed on anew."""
    own = [row for row in steps if row.trigger == _AGREED or row.target == "settlement_broken"]
    if not own or own[-1].trigger == _AGREED or not details.get("settlement_effective_on"):
        return details
    return {"settlement_broken_on": str(local_date(own[-1].at)), **details}


def _in_court(details: dict[str, Any], steps: Sequence[Any]) -> dict[str, Any]:
    """Mark what was agreed on in court, all at once then, and broken since; where something is marked, all is that was."""
    applied, rows = details.get("enforcement_applied") or {}, details.get("decisions") or ()
    days = [str(local_date(row.at)) for row in steps if row.trigger in _BROKEN and row.source == "enforcement_settled"]
    if not days or any(row.get("broken_on") for row in (applied, *rows)):
        return details

    def marked(row: dict[str, Any]) -> dict[str, Any]:
        broken = row.get("settled") and days[-1] >= str(row["enforcement_ended_on"])
        return {**row, "broken_on": days[-1]} if broken else row

    return {
        **details,
        **({"decisions": [*map(marked, rows)]} if rows else {}),
        **({"enforcement_applied": marked(applied)} if applied else {}),
    }
