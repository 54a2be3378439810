"""What was decided beside the last penalty has clocks of its own, in which it may be contested; so has what was decided before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from chassis.clocks import Clock, Roll, Unit
from chassis.store import Json, Moments
from chassis.workcalendar import local, standard_calendar, utc

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0008"
down_revision = "0007"

_SINCE_2024 = date(2024, 1, 1)
_NOT_VERIFIED = ("行政复议法-9", "行政诉讼法-46")
#: Where a decision stands that was made before the ledger of those was kept: by step, the field of its number, and of its day.
_BEFORE_THE_LEDGER = (
    ("goods_seized", "notice_no", "seized_on"),
    ("goods_seized", "notice_no", "seized_at"),
    ("substitute_decided", "decision_no", "served_on"),
    ("dismantling_decided", "decision_no", "served_on"),
)
_FIRST = "Ask for reconsideration of what was decided on the spot"


def upgrade() -> None:
    """Let the times run that are open; those that are over end at once."""
    cases = sa.table("cases", sa.column("id"), sa.column("details", Json))
    names = ("case_id", "name", "kind", "state")
    clocks = sa.table("clocks", *map(sa.column, names), sa.column("due_at", Moments), sa.column("body", Json))
    connection, calendar = op.get_bind(), standard_calendar()
    for case in connection.execute(sa.select(cases.c.id, cases.c.details)).all():
        begun = {clock.key: clock for clock in _clocks(case.details)}
        rows = [
            {
                "case_id": case.id,
                "name": key,
                "kind": "statutory",
                "state": clock.state,
                "due_at": clock.due_at(calendar),
                "body": clock.to_dict(),
            }
            for key, clock in begun.items()
        ]
        if rows:
            connection.execute(clocks.insert(), rows)


def _clocks(details: dict[str, Any]) -> Iterator[Clock]:
    for row in _measures(details):
        if not (row.get("review") or row.get("reviewed") or row.get("revoked")):
            yield from _times(row["told_on"], row["decision_no"])
    for row in details.get("penalties_before") or ():
        if row.get("decided_penalty") and not row.get("reviews"):
            # Its number was not kept: it is named by its day.
            yield from _times(row.get("served_on"), str(row["decided_on"]), review_first=bool(row.get("review_first")))


def _measures(details: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if details.get("measures") is not None:
        yield from details["measures"]
        return
    for step, number, day in _BEFORE_THE_LEDGER:
        forms = details.get(step) or ()
        for form in [forms] if isinstance(forms, dict) else forms:
            if form.get(day):
                yield {"decision_no": str(form[number]), "told_on": str(form[day])[:10]}


def _times(told_on: str | None, of: str, *, review_first: bool = False) -> Iterator[Clock]:
    if not told_on:
        return
    told = date.fromisoformat(str(told_on))
    article = "行政复议法-20" if told >= _SINCE_2024 else "行政复议法-9"
    times = (
        [("review_first", 60, Unit.DAY, "行政复议法-23", "对当场处罚申请行政复议期限", _FIRST)]
        if review_first
        else [
            ("reconsideration", 60, Unit.DAY, article, "申请行政复议期限", "Ask for reconsideration"),
            ("remedies", 6, Unit.MONTH, "行政诉讼法-46", "提起行政诉讼期限", "Sue over the decision"),
        ]
    )
    for name, limit, unit, basis, zh, en in times:
        clock = Clock(name=name, started_at=utc(local(told)), limit=limit, unit=unit, roll=Roll.NEXT, zh=zh, en=en)
        yield replace(clock, basis=basis, verified=basis not in _NOT_VERIFIED).about(of)
