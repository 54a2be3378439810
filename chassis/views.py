"""How a case looks to people and programs: the JSON of the cases API."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from marshmallow import fields
from sqlalchemy import select

from chassis.access import acting_role
from chassis.cases import takers
from chassis.clocks import Clock, Lang, Light
from chassis.picking import offered, unasked
from chassis.running import RunningClocks
from chassis.workcalendar import local, local_date
from chassis.workflow import UNMANNED, Moment, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from marshmallow import Schema
    from marshmallow.fields import Field
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.blueprint import Blueprint
    from chassis.clocks import Running
    from chassis.workflow import Step

#: Kept in `details`, never shown: it is opened only through a reveal.
HIDDEN = frozenset({"sealed", "looked_over_by", "looked_over_by_name"})


def when(moment: datetime | None) -> str | None:
    """Spell a time as the doors show it: ISO 8601, Asia/Shanghai."""
    return local(moment).isoformat(timespec="seconds") if moment else None


def summary(case: Any, blueprint: Blueprint, now: datetime) -> dict[str, Any]:
    """Return a case as lists show it."""
    workflow = blueprint.workflow
    overdue = case.due_at is not None and case.ended_at is None and case.due_at < now
    return {
        "id": case.id,
        "number": case.number,
        "subject": case.subject,
        "title": case.title,
        "state": case.state,
        "stage": workflow.stages.get(case.state, "handle") if workflow else "handle",
        "urgency": case.urgency,
        "unit": case.unit,
        "place": case.place,
        "version": case.version,
        "opened_at": when(case.opened_at),
        "updated_at": when(case.updated_at),
        "ended_at": when(case.ended_at),
        "due_at": when(case.due_at),
        "overdue": overdue,
    }


def whole(
    session: Session,
    case: Any,
    blueprint: Blueprint,
    principal: Principal,
    now: datetime,
    *,
    lang: str = "zh",
    unveiled: bool = False,
) -> dict[str, Any]:
    """Return a case with its clocks, timeline and the steps that this person may take.

    Personal fields are masked unless `unveiled`, which is for a reveal only.
    """
    veil = blueprint.veil
    store = blueprint.store
    clocks = session.execute(select(store.clocks).where(store.clocks.c.case_id == case.id)).all()
    timeline = session.execute(
        select(store.timeline).where(store.timeline.c.case_id == case.id).order_by(store.timeline.c.seq)
    ).all()
    details = {name: value for name, value in case.details.items() if name not in HIDDEN}
    return {
        **summary(case, blueprint, now),
        "sealed": "sealed" in case.details or veil.hides(details),
        "details": details if unveiled else veil.over_details(details),
        "clocks": [_clock(row, blueprint, now, lang, timeline) for row in clocks],
        "timeline": [
            {
                "seq": row.seq,
                "at": when(row.at),
                "actor": {"id": row.actor, "name": row.actor_name, "role": row.role},
                "trigger": row.trigger,
                "source": row.source,
                "target": row.target,
                "form": row.form if unveiled else veil.over_form(row.trigger, row.form),
                "cause": row.cause,
            }
            for row in timeline
        ],
        "actions": actions(
            case,
            blueprint,
            principal,
            now,
            known=cache(lambda: blueprint.known(session, now)),
            took=cache(lambda case_id: takers(session, store.timeline, [case_id])[case_id]),
            clocks=RunningClocks(session, blueprint).of,
        ),
        **_warnings(session, case, blueprint, principal, now),
    }


def _warnings(session: Session, case: Any, blueprint: Blueprint, principal: Principal, now: datetime) -> dict[str, Any]:
    """Warn those who work on the case, lead or inspect; for all others leave out that there is anything to warn of."""
    if not (oversees(principal, blueprint, case.unit) or works_on(principal, blueprint, case.unit)):
        return {}
    return {"warnings": [asdict(one) for one in blueprint.cautions(session, case, now)]}


def _clock(row: Any, blueprint: Blueprint, now: datetime, lang: str, timeline: Sequence[Any]) -> dict[str, Any]:
    clock = Clock.from_dict(row.body)
    calendar = blueprint.calendar
    tongue: Lang = "en" if lang == "en" else "zh"
    said = {
        code: blueprint.legal.said(code, clock.started_at, lang) for code in (clock.basis, clock.roll_basis) if code
    }
    named = replace(clock, basis=said.get(clock.basis, ""), roll_basis=said.get(clock.roll_basis, ""))
    left = clock.remaining(calendar, now)
    # Nobody hurries in a time that is another's to use.
    lapses = blueprint.lapses(clock)
    return {
        "name": clock.name,
        "of": clock.of,
        "label": {"zh": clock.zh or clock.name, "en": clock.en or clock.name.replace("_", " ")},
        "kind": row.kind,
        "started_at": when(clock.started_at),
        "due_at": when(clock.due_at(calendar, now)),
        "state": row.state,
        "light": Light.GREEN.value if clock.stopped_at or lapses else clock.light(calendar, now).value,
        "remaining_seconds": int(left.wall.total_seconds()),
        "ended": _ended(clock, row.due_at, blueprint, timeline) if clock.stopped_at else None,
        "basis": clock.basis,
        "verified": clock.verified,
        "provisional": clock.deadline(calendar, now).provisional,
        "explanation": [*named.explain(calendar, tongue, now, lapses=lapses), *blueprint.legal.said_of(clock, tongue)],
    }


def _ended(clock: Clock, due_at: datetime, blueprint: Blueprint, timeline: Sequence[Any]) -> dict[str, Any]:
    """Say how a stopped clock ended: `how`, `at` which moment, `by` which step, and how late (None where nobody is).

    It has `lapsed` at its own end; or was `stopped` by a step, which is no word on whether what it gave time for was
    done; or `given_up`, with the case or before it began.
    """
    stopped_at = clock.stopped_at or due_at
    late = None if blueprint.lapses(clock) else max(0, int((stopped_at - due_at).total_seconds()))
    how, by = _stopped_by(clock, due_at, blueprint, timeline)
    return {"how": how, "at": when(stopped_at), "by": by, "late_seconds": late}


def _stopped_by(clock: Clock, due_at: datetime, blueprint: Blueprint, timeline: Sequence[Any]) -> tuple[str, str]:
    """Find the step that stopped a clock among the entries of that moment, and those that say of a day past that it was then."""
    workflow = blueprint.workflow
    taken = [(entry, workflow and workflow.taken(entry.source, entry.trigger)) for entry in timeline]
    steps = [
        step
        for entry, step in taken
        if step and (entry.at == clock.stopped_at or _told_late_of(clock, step, entry.form or {}))
    ]
    for step in steps:
        if clock.name in step.stops:
            return "stopped", step.trigger
    if clock.stopped_at == due_at:
        return "lapsed", ""
    for step in steps:
        if workflow and step.target in workflow.ends and step.target not in step.sources:
            return "given_up", step.trigger
    if steps:
        # The service itself has stopped it upon a step, such as a first contact upon one that reached somebody.
        return "stopped", steps[0].trigger
    return ("given_up" if clock.stopped_at == clock.started_at else "stopped"), ""


def _told_late_of(clock: Clock, step: Step, form: Mapping[str, Any]) -> bool:
    """Whether a step has stopped a clock on the day, past by then, that its form names."""
    field = dict(step.since).get(clock.name) if clock.name in step.stops else None
    said = form.get(field) if field else None
    if not isinstance(said, str) or not said or clock.stopped_at is None:
        return False
    return local_date(datetime.fromisoformat(said) if "T" in said else date.fromisoformat(said)) == local_date(
        clock.stopped_at
    )


def actions(
    case: Any,
    blueprint: Blueprint,
    principal: Principal,
    now: datetime,
    *,
    known: Callable[[], Any],
    took: Callable[[str], Mapping[str, Collection[str]]],
    clocks: Callable[[Any], Mapping[str, Running]],
) -> list[dict[str, Any]]:
    """Return the steps out of the case's state that this person's roles may take."""
    workflow = blueprint.workflow
    if workflow is None:
        return []
    found = []
    for step in workflow.steps_from(case.state):
        role = role_for(step, principal, blueprint.name, case.unit)
        if role is None:
            continue
        moment = Moment(
            now=now,
            actor=principal.id,
            actor_name=principal.name,
            role=role,
            known=known,
            took=took,
            clocks=clocks,
            units=principal.units,
        )
        refusals = workflow.refusals(case, step, {}, moment)
        found.append(
            {
                "trigger": step.trigger,
                "target": step.target,
                "who": [one.value for one in step.roles],
                "form": step.form.__name__ if step.form else None,
                "allowed": not refusals,
                "refusals": [{"zh": refusal.zh, "en": refusal.en} for refusal in refusals],
                "moot": any(refusal.moot for refusal in refusals),
                "basis": step.basis,
                **({"offers": offers} if (offers := offered(step.form, case)) else {}),
                **({"unasked": names} if (names := unasked(step.form, case)) else {}),
            }
        )
    return found


def role_for(step: Step, principal: Principal, service: str, unit: str) -> Role | None:
    """Return the role as which a person may take a step, or None."""
    return acting_role(principal, roles=tuple(r for r in step.roles if r not in UNMANNED), service=service, unit=unit)


def works_on(principal: Principal, blueprint: Blueprint, unit: str) -> bool:
    """Say whether any step of the procedure is this person's, in a role that may open personal data."""
    roles = _roles_in(principal, blueprint, unit)
    return bool(roles & {*blueprint.opened_by} if blueprint.opened_by else roles)


def takes_part(principal: Principal, blueprint: Blueprint, unit: str) -> bool:
    """Say whether any step of the procedure is this person's, whether or not he needs to know anybody's name for it."""
    return bool(_roles_in(principal, blueprint, unit))


def _roles_in(principal: Principal, blueprint: Blueprint, unit: str) -> set[Role | None]:
    steps = blueprint.workflow.steps if blueprint.workflow else ()
    return {role_for(step, principal, blueprint.name, unit) for step in steps} - {None}


def oversees(principal: Principal, blueprint: Blueprint, unit: str) -> bool:
    """Say whether somebody leads or inspects the work on a unit's cases."""
    return principal.may((Role.LEADER, Role.INSPECTOR), service=blueprint.name, unit=unit)


def moments_of(form: type[Schema]) -> list[str]:
    """Return the fields of a form that say of a moment, or a day, that it is now as a rule: what has just been done (`begins`).

    Those of its rows stand behind the rows' name and a dot.
    """
    return [
        at
        for name, field in form().fields.items()
        for one, at in ((field, name), *_in_rows(name, field))
        if one.metadata.get("begins") == "now"
    ]


def _in_rows(name: str, field: Field[Any]) -> Iterator[tuple[Field[Any], str]]:
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        yield from ((one, f"{name}.{inner}") for inner, one in field.inner.schema.fields.items())


def table(blueprint: Blueprint) -> dict[str, Any]:
    """Return a procedure's table as data."""
    workflow = blueprint.workflow
    if workflow is None:
        return {"name": blueprint.name, "initial": None, "states": [], "ends": [], "steps": []}
    return {
        "name": workflow.name,
        "initial": workflow.initial,
        "states": [{"name": state, "stage": workflow.stages[state]} for state in workflow.states],
        "ends": sorted(workflow.ends),
        "steps": [
            {
                "sources": list(step.sources),
                "trigger": step.trigger,
                "target": step.target,
                "who": [role.value for role in step.roles],
                "form": step.form.__name__ if step.form else None,
                "expires": step.expires,
                "since": sorted({name for _, name in step.since}),
                "now": moments_of(step.form) if step.form else [],
                "basis": step.basis,
                "apart": list(step.apart),
                "document": step.document,
            }
            for step in workflow.steps
        ],
        "mermaid": workflow.mermaid(),
    }
