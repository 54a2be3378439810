"""The register of estates at the desk, and what companies stand at: their pages and API.

GET  /api/v1/estates           estates without rosters; companies with complaints per hundred households and credit
GET  /api/v1/estates/<name>    an estate with its roster
PUT  /api/v1/estates           keeps an estate with its roster as the next version
GET  /estates, /estates/new, /estates/<name>; POST /estates
"""

from __future__ import annotations

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
from chassis.workflow import Role
from services.property import register, roster, schemas
from services.property.models import Estate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

routes = Routes("estates", __name__)

_READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)
_WRITE: Final = (Role.HANDLER,)
_WRONG: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}

#: The register's part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/estates",
        "get",
        {
            "summary": "Estates without their rosters, and how companies stand",
            "responses": {"200": {"description": "items, companies"}},
        },
    ),
    (
        "/api/v1/estates",
        "put",
        {
            "summary": "Keep an estate with its roster as the next version",
            "requestBody": {"content": {"application/json": {"schema": schemas.EstateForm}}},
            "responses": {
                "200": {"description": "The estate as it is kept"},
                "409": {"description": "Somebody else has changed it since that version", **_WRONG},
                "422": {"description": "What is wrong, line by line of the roster", **_WRONG},
            },
        },
    ),
    (
        "/api/v1/estates/{name}",
        "get",
        {
            "summary": "An estate with its roster; owners stand there by number",
            "parameters": [{"in": "path", "name": "name", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "The estate"}, "404": {"description": "Not registered", **_WRONG}},
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
            "小区台账供承办、审核、领导和督查人员查阅，修改限承办人员",
            "The register is for handlers, reviewers, leaders and inspectors; handlers change it",
        )
    return who


def _overview(session: Session) -> dict[str, Any]:
    items = [{**row._asdict(), "changed_at": when(row.changed_at)} for row in register.listed(session)]
    return {"items": items, "companies": register.companies(session, moments.now())}


def _found(session: Session, name: str) -> Estate:
    found = session.get(Estate, name)
    if found is None:
        raise not_found()
    return found


def _whole(estate: Estate) -> dict[str, Any]:
    columns = {name: getattr(estate, name) for name in Estate.__table__.columns.keys()}  # noqa: SIM118 - no mapping
    return {**columns, "changed_at": when(estate.changed_at)}


def _keep(who: Principal, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Check and keep an estate. Raises ProblemError, field by field and line by line."""
    asked = loaded(schemas.EstateForm, posted)
    try:
        rooms = roster.read(asked["roster"])
    except roster.BadRosterError as bad:
        raise invalid([{"pointer": "/roster", "zh": zh, "en": en} for zh, en in bad.faults[:50]]) from None
    try:
        with web.door().database.write() as session:
            return _whole(register.put(session, asked, rooms, by=who.name, now=moments.now()))
    except (register.StaleError, IntegrityError):
        raise ProblemError(
            409,
            "stale",
            "该小区已由他人登记或修改，请重新打开后再改",
            "Somebody else has registered or changed this estate: open it again",
        ) from None


# -- for programs ---------------------------------------------------------------


@routes.get("/api/v1/estates")
def list_estates() -> Response:
    """List the estates, and how companies stand."""
    _permitted(*_READ)
    with web.door().database.read() as session:
        return web.answer(_overview(session))


@routes.put("/api/v1/estates")
def keep_estate() -> Response:
    """Keep an estate with its roster."""
    return web.answer(_keep(_permitted(*_WRITE), web.json_body()))


@routes.get("/api/v1/estates/<name>")
def show_estate(name: str) -> Response:
    """Answer an estate with its roster."""
    _permitted(*_READ)
    with web.door().database.read() as session:
        return web.answer(_whole(_found(session, name)))


# -- pages ------------------------------------------------------------------------


@routes.get("/estates")
def estates_page() -> AnyResponse | str:
    """List the estates, and how companies stand."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    with web.door().database.read() as session:
        return render_template("estates.html", **_overview(session), may_write=who.has(*_WRITE))


@routes.get("/estates/new")
def new_page() -> AnyResponse | str:
    """Show an empty form."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_WRITE)
    return _form({})


@routes.get("/estates/<name>")
def estate_page(name: str) -> AnyResponse | str:
    """Show an estate, to be changed by those who may."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    with web.door().database.read() as session:
        estate = _whole(_found(session, name))
    entered = {**estate, "roster": roster.written(estate["rooms"])}
    return _form(entered, estate=estate, may_write=who.has(*_WRITE), done=request.args.get("done") == "kept")


@routes.post("/estates")
def keep_on_page() -> AnyResponse | tuple[str, int]:
    """Keep an estate with its roster."""
    web.check_csrf()
    who = _permitted(*_WRITE)
    entered = parse_form(schemas.EstateForm, request.form)
    try:
        kept = _keep(who, entered)
    except ProblemError as problem:
        errors = problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]
        return _form(entered, problems=by_pointer(errors, language())), problem.status
    return redirect(f"{pages.here('/estates/')}{quote(kept['name'])}?done=kept", 303)


def _form(entered: Mapping[str, Any], **more: Any) -> str:
    said = {"estate": None, "problems": {}, "may_write": True, "done": False, **more}
    return render_template("estate.html", schema=schemas.EstateForm, entered=entered, **said)
