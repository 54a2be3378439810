"""The register of committees and their mediators at the desk: its pages and API.

GET  /api/v1/committees           the committees with their people, and how each is made up
GET  /api/v1/committees/<name>    one of them
PUT  /api/v1/committees           keeps one as its next version
GET  /committees, /committees/new, /committees/<name>; POST /committees
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
from chassis.problems import ProblemError, not_found
from chassis.views import when
from chassis.wire import plain
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.mediation import register, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as AnyResponse

routes = Routes("committees", __name__)

_READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)
_WRITE: Final = (Role.HANDLER,)
_WRONG: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}

#: The register's part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/committees",
        "get",
        {
            "summary": "The committees with their mediators, and what the law wants otherwise of how each is made up",
            "responses": {"200": {"description": "items"}},
        },
    ),
    (
        "/api/v1/committees",
        "put",
        {
            "summary": "Keep a committee with its mediators as the next version",
            "requestBody": {"content": {"application/json": {"schema": schemas.CommitteeForm}}},
            "responses": {
                "200": {"description": "The committee as it is kept"},
                "409": {"description": "Somebody else has changed it since that version", **_WRONG},
                "422": {"description": "What is wrong, field by field", **_WRONG},
            },
        },
    ),
    (
        "/api/v1/committees/{name}",
        "get",
        {
            "summary": "A committee with its mediators",
            "parameters": [{"in": "path", "name": "name", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "The committee"}, "404": {"description": "Not on file", **_WRONG}},
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
            "调解委员会名册供承办、审核、领导和督查人员查阅，修改限承办人员",
            "The register is for handlers, reviewers, leaders and inspectors; handlers change it",
        )
    return who


def _listed() -> list[dict[str, Any]]:
    now = moments.now()
    with web.door().database.read() as session:
        rows = register.Register(session, now).committees()
    return [{**row, "changed_at": when(row["changed_at"]), **rules.standing(row, local_date(now))} for row in rows]


def _found(name: str) -> dict[str, Any]:
    for row in _listed():
        if row["name"] == name:
            return row
    raise not_found("没有这个调解委员会", "There is no such committee")


def _keep(who: Principal, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Check and keep a committee. Raises ProblemError, field by field."""
    asked = loaded(schemas.CommitteeForm, posted)
    try:
        with web.door().database.write() as session:
            register.put(session, asked, plain(asked["people"]), by=who.name, now=moments.now())
    except (register.StaleError, IntegrityError):
        raise ProblemError(
            409,
            "stale",
            "该调解委员会已由他人登记或修改，请重新打开后再改",
            "Somebody else has registered or changed this committee: open it again",
        ) from None
    return _found(asked["name"])


# -- for programs ---------------------------------------------------------------


@routes.get("/api/v1/committees")
def list_committees() -> Response:
    """List the committees with their mediators."""
    _permitted(*_READ)
    return web.answer({"items": _listed()})


@routes.put("/api/v1/committees")
def keep_committee() -> Response:
    """Keep a committee with its mediators."""
    return web.answer(_keep(_permitted(*_WRITE), web.json_body()))


@routes.get("/api/v1/committees/<name>")
def show_committee(name: str) -> Response:
    """Answer a committee with its mediators."""
    _permitted(*_READ)
    return web.answer(_found(name))


# -- pages ------------------------------------------------------------------------


@routes.get("/committees")
def committees_page() -> AnyResponse | str:
    """List the committees with their mediators."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    return render_template("committees.html", items=_listed(), may_write=who.has(*_WRITE))


@routes.get("/committees/new")
def new_page() -> AnyResponse | str:
    """Show an empty form."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_WRITE)
    return _form({})


@routes.get("/committees/<name>")
def committee_page(name: str) -> AnyResponse | str:
    """Show a committee, to be changed by those who may."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    found = _found(name)
    return _form(found, committee=found, may_write=who.has(*_WRITE), done=request.args.get("done") == "kept")


@routes.post("/committees")
def keep_on_page() -> AnyResponse | tuple[str, int]:
    """Keep a committee with its mediators."""
    web.check_csrf()
    who = _permitted(*_WRITE)
    entered = parse_form(schemas.CommitteeForm, request.form)
    try:
        kept = _keep(who, entered)
    except ProblemError as problem:
        errors = problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]
        return _form(entered, problems=by_pointer(errors, language())), problem.status
    return redirect(f"{pages.here('/committees/')}{quote(kept['name'])}?done=kept", 303)


def _form(entered: Mapping[str, Any], **more: Any) -> str:
    said = {"committee": None, "problems": {}, "may_write": True, "done": False, **more}
    return render_template("committee.html", schema=schemas.CommitteeForm, entered=entered, **said)
