"""Each order, each decision and each thing that a court enforces has its times for itself; so has what is on file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from chassis.clocks import Clock, start
from chassis.store import Json, Moments
from chassis.workcalendar import local, standard_calendar, utc
from services.wage_recovery import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

revision = "0008"
down_revision = "0007"

_CASES = sa.table("cases", sa.column("id"), sa.column("details", Json), sa.column("due_at", Moments))
_NAMES = ("case_id", "name", "kind", "state")
_CLOCKS = sa.table("clocks", *map(sa.column, _NAMES), sa.column("due_at", Moments), sa.column("body", Json))
_DECISION = "administrative_decision"
#: What the shared clocks were counted by; each has its own day now.
_GONE = ("last_decided_on", "may_be_reconsidered", "last_ordered_on", "order_reconsidered", "order_sued")
_FOLLOW_UP, _TERM = "enforcement_follow_up", "enforcement_term"
#: The clock that all orders, or all decisions, had together, by where these are kept.
_CONTESTED = {
    "orders": ("order_reconsideration", "order_suit"),
    "decisions": ("decision_reconsideration", "decision_suit"),
}
_SHARED = (*_CONTESTED["orders"], *_CONTESTED["decisions"], _FOLLOW_UP, _TERM)


def upgrade() -> None:
    """Let each go on from its own day where the one that all shared runs, which ends; what is over by then ends at once."""
    connection = op.get_bind()
    shared: dict[str, dict[str, Any]] = {}
    asked = sa.select(_CLOCKS).where(_CLOCKS.c.name.in_(_SHARED), _CLOCKS.c.state.in_(("running", "expired")))
    for row in connection.execute(asked).all():
        shared.setdefault(row.case_id, {})[row.name] = row
    for case in connection.execute(sa.select(_CASES)).all():
        enforced, details = _enforced(dict(case.details))
        begun = [*_begun(details, enforced, shared.get(case.id, {}))]
        left = {name: value for name, value in details.items() if name not in _GONE}
        if left != case.details:
            connection.execute(sa.update(_CASES).where(_CASES.c.id == case.id).values(details=left))
        if begun:
            _replace(connection, case.id, begun)


def _begun(
    details: Mapping[str, Any], enforced: list[tuple[str, str]], shared: Mapping[str, Any]
) -> Iterator[tuple[str, Clock]]:
    """Yield the clocks that each has for itself, with their kind."""
    for kept, names in _CONTESTED.items():
        for one in (shared[name] for name in names if name in shared):
            yield from ((one.kind, _from(one, told_on, of)) for of, told_on in _told(details, kept))
    for one in (shared[name] for name in (_FOLLOW_UP, _TERM) if name in shared and enforced):
        yield one.kind, Clock.from_dict(one.body).about(enforced[0][0])
    # What else the court has was not followed up until now.
    for of, day in enforced[1:] if {_FOLLOW_UP, _TERM} & {*shared} else ():
        at = utc(local(date.fromisoformat(day)))
        rule = rules.bases().clock(_FOLLOW_UP, at)
        yield rule.kind.value, start(rule, at, standard_calendar(), of)


def _replace(connection: sa.Connection, case_id: str, begun: list[tuple[str, Clock]]) -> None:
    own = (_CLOCKS.c.case_id == case_id, _CLOCKS.c.name.in_(sorted({clock.name for _, clock in begun})))
    connection.execute(sa.delete(_CLOCKS).where(*own))
    # What was kept twice under one name, such as an order under its number, has one clock: that of the last.
    rows = {
        clock.key: {
            "case_id": case_id,
            "name": clock.key,
            "kind": kind,
            "state": "running",
            "due_at": clock.due_at(standard_calendar()),
            "body": clock.to_dict(),
        }
        for kind, clock in begun
    }
    connection.execute(sa.insert(_CLOCKS), [*rows.values()])
    first = sa.select(sa.func.min(_CLOCKS.c.due_at)).where(_CLOCKS.c.case_id == case_id, _CLOCKS.c.state == "running")
    connection.execute(sa.update(_CASES).where(_CASES.c.id == case_id).values(due_at=first.scalar_subquery()))


def _from(shared: Any, day: str, of: str) -> Clock:
    """Return a clock as the shared one, from another day, about one thing."""
    return replace(Clock.from_dict(shared.body), started_at=utc(local(date.fromisoformat(day[:10])))).about(of)


def _named(row: Mapping[str, Any]) -> str:
    payer = row.get("payer") or ""
    return "，".join(filter(None, (rules.said(payer) if payer else "", str(row.get("document_number") or ""))))


def _told(details: Mapping[str, Any], kept: str) -> Iterator[tuple[str, str]]:
    """Yield what each order, or decision, that stands is called, and the day of its service."""
    rows = details.get(kept)
    if rows is None and kept == "orders":
        rows = [details["order"]] if details.get("order") else []
    for row in _decisions(details) if kept == "decisions" else rows or ():
        if not (row.get("revoked_on") or row.get("refused_on")):
            yield _named(row), str(row["served_on"])


def _decisions(details: Mapping[str, Any]) -> list[dict[str, Any]]:
    if details.get("decisions") is not None:
        return list(details["decisions"])
    form = details.get("compensation_order") or details.get("decided_without_compensation")
    applied = details.get("enforcement_applied") or {}
    applied_on = applied.get("applied_on") if applied.get("ground") == _DECISION else None
    payer = (details.get("order") or {}).get("payer", "")
    return [{**form, "payer": payer, "applied_on": applied_on}] if form else []


def _enforced(details: dict[str, Any]) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Return what a court enforces, what it was asked for first before the others, by name and day; and mark what it has filed."""
    applied = details.get("enforcement_applied")
    if not applied:
        return [], details
    rows = [row for row in _decisions(details) if row.get("applied_on")]
    rows = [row for row in rows if not (row.get("revoked_on") or row.get("refused_on"))]
    filed = str((details.get("enforcement_filed") or {}).get("filed_on") or "")
    asked = str((details.get("enforcement_resumed") or {}).get("applied_on") or applied["applied_on"])
    mark = {"filed_on": filed} if filed >= asked else {}
    if applied["ground"] != _DECISION:
        kept = {"payment_order": "payment_order_served", "confirmed_settlement": "settlement_confirmed"}
        source = kept.get(applied["ground"], applied["ground"])
        found = details.get(source) or {}
        numbers = (rules.said(applied["ground"]), found.get("case_number") or found.get("court_number"))
        title = ("，".join(filter(None, numbers)), str(applied["applied_on"]))
        others = [(_named(row), str(row["applied_on"])) for row in rows]
        return [title, *others], {**details, "enforcement_applied": {**applied, **mark}}
    rows.sort(key=lambda row: row["payer"] != applied.get("payer", row["payer"]))
    named = [(_named(row), str(row["applied_on"])) for row in rows]
    if not (rows and mark and details.get("decisions")):
        return named, details
    marked = [{**row, **mark} if row == rows[0] else row for row in details["decisions"]]
    return named, {**details, "decisions": marked}
