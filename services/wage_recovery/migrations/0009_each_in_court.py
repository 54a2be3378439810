"""The authority has its time to ask a court for each decision, and the enforcement of each ends by itself; so has what is on file."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from chassis.clocks import Clock, start
from chassis.store import Json, Moments
from chassis.workcalendar import local, standard_calendar, utc
from services.wage_recovery import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

revision = "0009"
down_revision = "0008"

_CASES = sa.table("cases", sa.column("id"), sa.column("details", Json), sa.column("due_at", Moments))
_NAMES = ("case_id", "name", "kind", "state")
_CLOCKS = sa.table("clocks", *map(sa.column, _NAMES), sa.column("due_at", Moments), sa.column("body", Json))
_NAME = "court_application"
_BEFORE = import_module("services.wage_recovery.migrations.0008_own_clocks")


def upgrade() -> None:
    """Let the one clock of all decisions go on as one of each that waits, and mark what a court had ended."""
    connection = op.get_bind()
    asked = sa.select(_CLOCKS).where(_CLOCKS.c.name == _NAME, _CLOCKS.c.state.in_(("running", "expired")))
    shared = {row.case_id: row for row in connection.execute(asked).all()}
    for case in connection.execute(sa.select(_CASES)).all():
        details = _marked(dict(case.details))
        if details != case.details:
            connection.execute(sa.update(_CASES).where(_CASES.c.id == case.id).values(details=details))
        if case.id in shared:
            _replace(connection, case.id, dict(_begun(details, shared[case.id])))


def _marked(details: dict[str, Any]) -> dict[str, Any]:
    """Say of all that a court was asked to enforce when and for what it was ended, where it was."""
    ended, applied = details.get("enforcement_ended"), details.get("enforcement_applied")
    if not (ended and applied):
        return details
    mark = {
        "enforcement_ended_on": details.get("enforcement_ended_on") or str(applied["applied_on"]),
        "ended_for": ended["reason"],
    }
    rows = [{**row, **mark} if row.get("applied_on") else row for row in details.get("decisions") or ()]
    return {**details, "enforcement_applied": {**applied, **mark}, **({"decisions": rows} if rows else {})}


def _begun(details: Mapping[str, Any], shared: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a clock for each decision that no court was asked to enforce, by its key; the shared one where no day is kept."""
    for row in _BEFORE._decisions(details):  # noqa: SLF001
        if row.get("revoked_on") or row.get("refused_on") or row.get("applied_on"):
            continue
        named = _BEFORE._named(row)  # noqa: SLF001
        if row.get("sued_until"):
            at = utc(local(date.fromisoformat(str(row["sued_until"])[:10])))
            clock = start(rules.bases().clock(_NAME, at), at, standard_calendar(), named)
        else:
            clock = Clock.from_dict(shared.body).about(named)
        yield (
            clock.key,
            {
                "name": clock.key,
                "kind": shared.kind,
                "state": "running",
                "due_at": clock.due_at(standard_calendar()),
                "body": clock.to_dict(),
            },
        )


def _replace(connection: sa.Connection, case_id: str, begun: Mapping[str, dict[str, Any]]) -> None:
    if not begun:
        return
    connection.execute(sa.delete(_CLOCKS).where(_CLOCKS.c.case_id == case_id, _CLOCKS.c.name == _NAME))
    connection.execute(sa.insert(_CLOCKS), [{"case_id": case_id, **row} for row in begun.values()])
    first = sa.select(sa.func.min(_CLOCKS.c.due_at)).where(_CLOCKS.c.case_id == case_id, _CLOCKS.c.state == "running")
    connection.execute(sa.update(_CASES).where(_CASES.c.id == case_id).values(due_at=first.scalar_subquery()))
