"""What was agreed on in court is of each thing that it was asked to enforce, and each is called as its application has named it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from chassis.clocks import Clock
from chassis.store import Json, Moments
from chassis.workcalendar import standard_calendar
from services.wage_recovery import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

revision = "0011"
down_revision = "0010"

_CASES = sa.table("cases", sa.column("id"), sa.column("state"), sa.column("details", Json))
_NAMES = ("case_id", "name", "kind", "state")
_CLOCKS = sa.table("clocks", *map(sa.column, _NAMES), sa.column("due_at", Moments), sa.column("body", Json))
_DECISION = "administrative_decision"
_BEFORE = import_module("services.wage_recovery.migrations.0008_own_clocks")


def upgrade() -> None:
    """Mark what was settled, and let its clock be that of a settlement in court; name whom an application had named."""
    connection = op.get_bind()
    for case in connection.execute(sa.select(_CASES)).all():
        details = _settled(_called(dict(case.details)))
        if details != case.details:
            connection.execute(sa.update(_CASES).where(_CASES.c.id == case.id).values(details=details))
        named, _ = _BEFORE._enforced(details)  # noqa: SLF001
        if not case.details.get("enforcement_settled") or not named:
            continue
        decided = details["enforcement_applied"]["ground"] == _DECISION
        if case.state == "enforcement_settled":
            _move(connection, case.id, "settlement", "enforcement_settlement", named[0][0])
        elif case.state == "partly_paid" and decided:
            _move(connection, case.id, "enforcement_application", "enforcement_application", named[0][0])


def _called(details: dict[str, Any]) -> dict[str, Any]:
    """Say of each decision what its respondent was called in the form by which a court was asked."""
    forms = [details.get("enforcement_applied") or {}, *(details.get("also_enforced") or ())]
    forms = [form for form in forms if form.get("ground") == _DECISION and form.get("respondent_name")]

    def called(row: Mapping[str, Any]) -> dict[str, Any]:
        known = row.get("respondent_name") or not row.get("applied_on")
        names = [one["respondent_name"] for one in forms if one.get("payer") in ("", None, row.get("payer"))]
        return dict(row) if known or not names else {**row, "respondent_name": names[-1]}

    found = details.get("decisions")
    return {**details, "decisions": [called(row) for row in found]} if found else details


def _settled(details: dict[str, Any]) -> dict[str, Any]:
    """Mark all that a court had when something was agreed on in it: that was of all at once."""
    form, applied = details.pop("enforcement_settled", None), details.get("enforcement_applied")
    if not form:
        return details
    mark = {
        "enforcement_ended_on": form["signed_on"],
        "ended_for": "settled_in_enforcement",
        "settled": form["instalments"],
    }
    rows = [
        {**row, **mark} if row.get("applied_on") and not row.get("enforcement_ended_on") else row
        for row in details.get("decisions") or ()
    ]
    return {
        **details,
        "enforcement_settlements": [form],
        **({"decisions": rows} if rows else {}),
        **({"enforcement_applied": {**applied, **mark}} if applied and not applied.get("enforcement_ended_on") else {}),
    }


def _move(connection: sa.Connection, case_id: str, name: str, new: str, of: str) -> None:
    """Let a clock that runs go on under another name, about one thing."""
    own = (_CLOCKS.c.case_id == case_id, _CLOCKS.c.name == name, _CLOCKS.c.state == "running")
    row = connection.execute(sa.select(_CLOCKS).where(*own)).one_or_none()
    if row is None:
        return
    clock = Clock.from_dict(row.body)
    rule = rules.bases().clock(new, clock.started_at)
    moved = replace(clock, name=new, zh=rule.zh, en=rule.en, basis=rule.basis).about(of)
    due_at = moved.due_at(standard_calendar())
    values = {"name": moved.key, "due_at": due_at, "body": moved.to_dict()}
    connection.execute(sa.update(_CLOCKS).where(*own).values(**values))
