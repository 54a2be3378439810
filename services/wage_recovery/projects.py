"""The register of projects at the desk, with what a month brought: `?month=2026-12`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from chassis import moments, registers, web
from chassis.listing import period
from chassis.problems import not_found
from chassis.views import when
from chassis.workcalendar import local_date
from services.wage_recovery import register, schemas
from services.wage_recovery.models import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.access import Principal


def _spelled(found: Mapping[str, Any]) -> dict[str, Any]:
    findings = [{"code": one.code, "zh": one.zh, "en": one.en, "basis": one.basis} for one in found["findings"]]
    return {**found, "findings": findings, "changed_at": when(found["changed_at"])}


def _listed() -> dict[str, Any]:
    first, after = period(request.args.get("month", ""))
    with web.door().database.read() as session:
        items = [_spelled(row) for row in register.projects(session, local_date(moments.now()))]
        return {
            "items": items,
            "month": request.args.get("month") or f"{first:%Y-%m}",
            "begins": f"{first:%Y-%m}",
            "figures": register.figures(session, first, after),
        }


def _found(name: str) -> dict[str, Any]:
    with web.door().database.read() as session:
        project = session.get(Project, name)
        if project is None:
            raise not_found()
        return _spelled(register.shown(session, project, local_date(moments.now())))


def _put(who: Principal, asked: dict[str, Any]) -> None:
    with web.door().database.write() as session:
        register.put(session, asked, by=who.name, now=moments.now())


REGISTER: Final = registers.Register(
    at="projects",
    one="project",
    heading="Projects",
    add="Register a project",
    zh="项目台账",
    one_zh="项目",
    form=schemas.ProjectForm,
    listed=_listed,
    found=_found,
    put=_put,
    asks=({"in": "query", "name": "month", "schema": {"type": "string", "example": "2026-11"}},),
)
