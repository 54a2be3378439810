"""The register of estates at the desk, and what companies stand at: their pages and API.

GET  /api/v1/estates           estates without rosters; companies with complaints per hundred households and credit
GET  /api/v1/estates/<name>    an estate with its roster
PUT  /api/v1/estates           keeps an estate with its roster as the next version
POST /api/v1/estates/file      loads many out of a CSV or Excel file: estates a row each, or rooms a row each
GET  /estates, /estates/new, /estates/<name>, /estates/file/<estates|rooms>; POST /estates, /estates/file
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
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
from chassis.sheets import UnreadableFileError
from chassis.views import when
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.property import loading, register, roster, rules, schemas
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
        "/api/v1/estates/file",
        "post",
        {
            "summary": "Load a file of estates, or of their rooms; each line that is not taken is named, the others are kept",
            "requestBody": {
                "content": {
                    "multipart/form-data": {
                        "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
                    }
                }
            },
            "responses": {
                "200": {"description": "read, added, changed, unchanged, rejected"},
                "422": {"description": "The file can't be read as a whole", **_WRONG},
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
    today = local_date(moments.now())
    items = [
        {**row._asdict(), "changed_at": when(row.changed_at), "attention": rules.attention(row._asdict(), today)}
        for row in register.listed(session)
    ]
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
        rooms = roster.read(asked["roster"]) if asked["roster"].strip() else []
    except roster.BadRosterError as bad:
        raise invalid([{"pointer": "/roster", "zh": zh, "en": en} for zh, en in bad.faults[:50]]) from None
    try:
        with web.door().database.write() as session:
            if not rooms and register.Register(session, moments.now()).rooms(asked["name"]):
                raise invalid([{"pointer": "/roster", "zh": "名册不能清空", "en": "The roster can't be emptied."}])
            return _whole(register.put(session, asked, rooms, by=who.name, now=moments.now()))
    except register.TakenError as taken:
        pointer = "/name" if taken.said == asked["name"] else "/aliases"
        said = {
            "zh": f"“{taken.said}”已是小区“{taken.name}”的名称",
            "en": f"{taken.said} is what {taken.name} is called",
        }
        raise invalid([{"pointer": pointer, **said}]) from None
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


@routes.post("/api/v1/estates/file")
def load_file() -> Response:
    """Load a file of estates or rooms."""
    return web.answer(_load(_permitted(*_WRITE)))


def _load(who: Principal) -> dict[str, Any]:
    """Keep what a posted file holds. Raises ProblemError where it can't be read as a whole."""
    posted = request.files.get("file")
    if posted is None or not posted.filename:
        raise invalid([{"pointer": "/file", "zh": "请选择文件", "en": "Choose a file."}])
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"file{Path(posted.filename).suffix.lower()}"
        posted.save(file)
        try:
            with web.door().database.write() as session:
                return asdict(loading.load(session, file, by=who.name, now=moments.now()))
        except UnreadableFileError as bad:
            zh, en = (said.replace(file.name, posted.filename) for said in (bad.zh, bad.en))
            raise invalid([{"pointer": "/file", "zh": zh, "en": en}]) from None
        except (register.StaleError, IntegrityError):
            raise ProblemError(
                409,
                "stale",
                "导入时有人修改了小区台账，未导入任何内容，请再导入一次",
                "Somebody changed the register meanwhile; nothing was kept: load the file again",
            ) from None


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


@routes.post("/estates/file")
def load_on_page() -> AnyResponse | tuple[str, int] | str:
    """Load a file of estates or rooms, and show what became of its lines."""
    web.check_csrf()
    who = _permitted(*_WRITE)
    report, problems, status = None, {}, 200
    try:
        report = _load(who)
    except ProblemError as problem:
        errors = problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]
        problems, status = by_pointer(errors, language()), problem.status
    with web.door().database.read() as session:
        overview = _overview(session)
    return render_template("estates.html", **overview, may_write=True, report=report, problems=problems), status


@routes.get("/estates/file/<what>")
def download(what: str) -> AnyResponse:
    """Answer the register as a file that can be changed in a spreadsheet and loaded again."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    if what not in ("estates", "rooms"):
        raise not_found()
    with web.door().database.read() as session:
        text = loading.written(session, what)
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{what}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/estates/<name>")
def estate_page(name: str) -> AnyResponse | str:
    """Show an estate, to be changed by those who may."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    with web.door().database.read() as session:
        estate = _whole(_found(session, name))
        cases = register.open_cases(session, name)
        estate["attention"] = rules.attention(estate, local_date(moments.now()))
    entered = {**estate, "roster": roster.written(estate["rooms"])}
    done = request.args.get("done") == "kept"
    return _form(entered, estate=estate, cases=cases, may_write=who.has(*_WRITE), done=done)


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
    said = {"estate": None, "cases": (), "problems": {}, "may_write": True, "done": False, **more}
    return render_template("estate.html", schema=schemas.EstateForm, entered=entered, **said)


# -- beside a case -------------------------------------------------------------------


def beside(case: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the register says of the estate of a case, and which other cases of it are open."""
    name = case["details"].get("classified", {}).get("estate") or case["details"].get("place_estate", "")
    if not name:
        return None
    now = moments.now()
    with web.door().database.read() as session:
        name = register.names(session).get(name, name)
        estate, others = session.get(Estate, name), register.open_cases(session, name, but=case["id"])
        company = estate.company if estate else ""
        credit = rules.credit(register.marks_by_company(session, now, company).get(company, ()), local_date(now))
        known = _whole(estate) if estate else {}
    pairs = [(one, known[one]) for one in _SHOWN if known.get(one) not in ("", None)]
    pairs += [("score", credit["score"])] if company else []
    tags = [*rules.attention(known, local_date(now))] if known else []
    tags += [credit["grade"], *([] if credit["verified"] else ["credit_not_verified"])] if company else []
    return {
        "title": name,
        "href": pages.here(f"/estates/{quote(name)}") if estate else pages.here("/estates"),
        "note": "" if estate else "This estate is not in the register yet.",
        "pairs": pairs,
        "tags": tags,
        "heading": "Open cases of this estate",
        "cases": [{**row._asdict(), "href": pages.here(f"/cases/{row.id}")} for row in others],
    }


_SHOWN: Final = (
    *("community", "company", "manager", "manager_phone", "contract_until", "committee", "committee_until"),
    *("households", "fund_balance"),
)
