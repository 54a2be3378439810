"""The register of projects at the desk, with the month's figures: its pages and API.

GET  /api/v1/projects?month=2026-12   projects with claims, guarantee and findings; what the month brought
GET  /api/v1/projects/<name>          one project
PUT  /api/v1/projects                 keeps a project as its next version
GET  /projects, /projects/new, /projects/<name>; POST /projects
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import Blueprint as Routes
from flask import Response, g, redirect, render_template, request
from sqlalchemy.exc import IntegrityError

from chassis import moments, pages, web
from chassis.access import Principal
from chassis.forms import by_pointer, loaded, parse_form
from chassis.pages import language
from chassis.problems import ProblemError, invalid, not_found
from chassis.views import when
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.wage_recovery import register, schemas
from services.wage_recovery.models import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as AnyResponse

routes = Routes("projects", __name__)

_READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)
_WRITE: Final = (Role.HANDLER,)
_MONTH: Final = re.compile(r"20\d{2}-(0[1-9]|1[0-2])\Z")
_WRONG: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}

#: The register's part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/projects",
        "get",
        {
            "summary": "Projects with claims, wage guarantee and findings, and what a month brought",
            "parameters": [
                {
                    "in": "query",
                    "name": "month",
                    "schema": {"type": "string", "pattern": r"^20\d{2}-(0[1-9]|1[0-2])$"},
                }
            ],
            "responses": {"200": {"description": "items, month, figures"}},
        },
    ),
    (
        "/api/v1/projects",
        "put",
        {
            "summary": "Keep a project as its next version",
            "requestBody": {"content": {"application/json": {"schema": schemas.ProjectForm}}},
            "responses": {
                "200": {"description": "The project as it is kept"},
                "409": {"description": "Somebody else has changed it since that version", **_WRONG},
                "422": {"description": "What is wrong", **_WRONG},
            },
        },
    ),
    (
        "/api/v1/projects/{name}",
        "get",
        {
            "summary": "A project with its claims",
            "parameters": [{"in": "path", "name": "name", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "The project"}, "404": {"description": "Not registered", **_WRONG}},
        },
    ),
]


def _permitted(*roles: Role) -> Principal:
    who = web.staff()
    g.principal = who
    if not who.has(*roles):
        raise ProblemError(
            403,
            "not-permitted",
            "项目台账供承办、审核、领导和督查人员查阅，修改限承办人员",
            "The register is for handlers, reviewers, leaders and inspectors; handlers change it",
        )
    return who


def _month() -> str:
    asked = request.args.get("month") or local_date(moments.now()).strftime("%Y-%m")
    if not _MONTH.match(asked):
        raise invalid([{"pointer": "?month", "zh": "月份应为 2026-12 这样的格式", "en": "A month such as 2026-12"}])
    return asked


def _spelled(found: Mapping[str, Any]) -> dict[str, Any]:
    findings = [{"code": one.code, "zh": one.zh, "en": one.en, "basis": one.basis} for one in found["findings"]]
    return {**found, "findings": findings, "changed_at": when(found["changed_at"])}


def _overview(month: str) -> dict[str, Any]:
    with web.door().database.read() as session:
        items = [_spelled(row) for row in register.projects(session, local_date(moments.now()))]
        return {"items": items, "month": month, "figures": register.figures(session, month)}


def _found(name: str) -> dict[str, Any]:
    with web.door().database.read() as session:
        project = session.get(Project, name)
        if project is None:
            raise not_found()
        return _spelled(register.shown(session, project, local_date(moments.now())))


def _keep(who: Principal, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Check and keep a project. Raises ProblemError, field by field."""
    asked = loaded(schemas.ProjectForm, posted)
    try:
        with web.door().database.write() as session:
            register.put(session, asked, by=who.name, now=moments.now())
    except (register.StaleError, IntegrityError):
        raise ProblemError(
            409,
            "stale",
            "该项目已由他人登记或修改，请重新打开后再改",
            "Somebody else has registered or changed this project: open it again",
        ) from None
    return _found(asked["name"])


# -- for programs ---------------------------------------------------------------


@routes.get("/api/v1/projects")
def list_projects() -> Response:
    """List the projects, and what the month brought."""
    _permitted(*_READ)
    return web.answer(_overview(_month()))


@routes.put("/api/v1/projects")
def keep_project() -> Response:
    """Keep a project."""
    return web.answer(_keep(_permitted(*_WRITE), web.json_body()))


@routes.get("/api/v1/projects/<name>")
def show_project(name: str) -> Response:
    """Answer a project with its claims."""
    _permitted(*_READ)
    return web.answer(_found(name))


# -- pages ------------------------------------------------------------------------


@routes.get("/projects")
def projects_page() -> AnyResponse | str:
    """List the projects, and what the month brought."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    return render_template("projects.html", **_overview(_month()), may_write=who.has(*_WRITE))


@routes.get("/projects/new")
def new_page() -> AnyResponse | str:
    """Show an empty form."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_WRITE)
    return _form({})


@routes.get("/projects/<name>")
def project_page(name: str) -> AnyResponse | str:
    """Show a project, to be changed by those who may."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    project = _found(name)
    return _form(project, project=project, may_write=who.has(*_WRITE), done=request.args.get("done") == "kept")


@routes.post("/projects")
def keep_on_page() -> AnyResponse | tuple[str, int]:
    """Keep a project."""
    web.check_csrf()
    who = _permitted(*_WRITE)
    entered = parse_form(schemas.ProjectForm, request.form)
    try:
        kept = _keep(who, entered)
    except ProblemError as problem:
        errors = problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]
        return _form(entered, problems=by_pointer(errors, language())), problem.status
    return redirect(f"{pages.here('/projects/')}{quote(kept['name'])}?done=kept", 303)


def _form(entered: Mapping[str, Any], **more: Any) -> str:
    said = {"project": None, "problems": {}, "may_write": True, "done": False, **more}
    return render_template("project.html", schema=schemas.ProjectForm, entered=entered, **said)
