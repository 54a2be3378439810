"""The projects (工程项目) that workers claim wages of: their accounts and guarantees, what is claimed, and a month's figures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from chassis.listing import midnight
from chassis.store import StaleError
from chassis.wire import plain
from services.wage_recovery import duties
from services.wage_recovery.models import STORE, Case, Project
from services.wage_recovery.stages.places import CLAIMING, PAYABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

_OPEN = frozenset((*CLAIMING, *PAYABLE))


@dataclass(frozen=True, slots=True)
class Register:
    """What the rules look up of the projects."""

    session: Session

    def guarantee_left(self, name: str) -> Decimal | None:
        """Return what may still be called of a project's wage guarantee; None where the project or its guarantee is not registered."""
        # Locked, so that of two calls at once the second sees the first.
        project = self.session.get(Project, name, with_for_update=True) if name else None
        if project is None:
            return None
        claims = _claims(self.session, (name,))[name]
        left = duties.guarantee_left(project.kept, claims)
        return None if left is None else left - sum((claim["called"] for claim in claims), Decimal(0))


def _claims(session: Session, names: Iterable[str]) -> Mapping[str, list[dict[str, Any]]]:
    """Return the claims of projects, by the project's name."""
    rows = select(Case.id, Case.number, Case.state, Case.project, Case.details).where(Case.project.in_(list(names)))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in session.execute(rows.order_by(Case.number, Case.id)):
        claim = duties.claim_of_project(case.details, open_=case.state in _OPEN)
        found[case.project].append({"case_id": case.id, "number": case.number, "state": case.state, **claim})
    return found


def put(session: Session, form: Mapping[str, Any], *, by: str, now: datetime) -> Project:
    """Keep a project as its next version. Raises StaleError where somebody else has changed it."""
    found = session.get(Project, form["name"], with_for_update=True)
    if form["version"] != (found.version if found else 0):
        raise StaleError
    project = found or Project(name=form["name"], version=0)
    project.version += 1
    project.kept = plain({name: value for name, value in form.items() if name not in ("name", "version")})
    project.changed_at, project.changed_by = now, by
    session.add(project)
    session.flush()
    return project


def shown(session: Session, project: Project, today: date) -> dict[str, Any]:
    """Return a project with its claims, what its guarantee still holds, and what deserves a second look."""
    return _shown(project, _claims(session, (project.name,))[project.name], today)


def _shown(project: Project, claims: list[dict[str, Any]], today: date) -> dict[str, Any]:
    return {
        **project.kept,
        "name": project.name,
        "version": project.version,
        "changed_at": project.changed_at,
        "changed_by": project.changed_by,
        "claims": claims,
        "open_claims": sum(claim["open"] for claim in claims),
        "unpaid": sum((claim["unpaid"] for claim in claims if claim["open"]), Decimal(0)),
        "guarantee_left": duties.guarantee_left(project.kept, claims),
        "findings": duties.project_findings(project.kept, claims, today),
    }


def projects(session: Session, today: date) -> list[dict[str, Any]]:
    """Return all projects, those with most unpaid first."""
    kept = list(session.scalars(select(Project)))
    claims = _claims(session, [project.name for project in kept])
    found = [_shown(project, claims[project.name], today) for project in kept]
    return sorted(found, key=lambda row: (-row["unpaid"], row["name"]))


def figures(session: Session, first: date, after: date) -> list[dict[str, Any]]:
    """Count what was done from a day until before another, by step: claims, workers, yuan."""
    entries = STORE.timeline
    found = select(entries.c.trigger, entries.c.case_id, entries.c.form).where(
        entries.c.trigger.in_(duties.REPORTED),
        entries.c.at >= midnight(first),
        entries.c.at < midnight(after),
    )
    found = found.order_by(entries.c.at, entries.c.seq)
    return duties.figures((row.trigger, row.case_id, row.form) for row in session.execute(found))
