"""The calls of the lines: reported by phone systems, by API or file; counted; and missed ones returned (漏接回拨).

POST /api/v1/calls                        calls and figures of days; the same again changes nothing
POST /api/v1/calls/file                   the same as CSV or Excel; each line that is not taken is named
GET  /api/v1/calls?from=&until=           connect rate and waiting times by line, and missed calls that nobody returned
POST /api/v1/calls/<line>/<call>/return   a missed call was returned
GET  /calls, POST /calls/file, POST /calls/<line>/<call>/return
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, redirect, render_template, request
from marshmallow import Schema, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis import moments, pages, web
from chassis.access import Principal
from chassis.forms import by_pointer, explain_errors, loaded, parse_form
from chassis.masking import redact
from chassis.pages import language
from chassis.problems import ProblemError, invalid, not_found
from chassis.registers import WRONG
from chassis.sheets import BadRow, Columns, Row, UnreadableFileError, rows
from chassis.views import when
from chassis.workcalendar import local, local_date, utc
from chassis.workflow import Role
from services.hotline import calls, schemas
from services.hotline.models import Call, CallDay

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

routes = Routes("calls", __name__)

_READ: Final = (Role.OPERATOR, Role.HANDLER, Role.DESK, Role.LEADER, Role.INSPECTOR)
_WRITE: Final = (Role.OPERATOR, Role.HANDLER, Role.DESK)
_MISSED_SHOWN: Final = 200
_COLUMNS: Final = Columns(
    {
        "line": ("line", "线路"),
        "call": ("call", "通话编号"),
        "at": ("at", "来电时间"),
        "answered": ("answered", "接通"),
        "wait_seconds": ("wait_seconds", "等待秒数"),
        "talk_seconds": ("talk_seconds", "通话秒数"),
        "day": ("day", "日期"),
        "offered": ("offered", "呼入数"),
        "waited": ("waited", "等待总秒数"),
        "longest": ("longest", "最长等待秒数"),
    },
    ("line",),
)
_YES: Final[Mapping[str, bool]] = {"是": True, "否": False, "1": True, "0": False, "true": True, "false": False}
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/calls",
        "post",
        {
            "summary": "Report calls to a line, or a line's figures of a day; the same again changes nothing",
            "requestBody": {"content": {"application/json": {"schema": schemas.CallsReported}}},
            "responses": {
                "200": {"description": "added, changed, unchanged"},
                "422": {"description": "What is wrong, field by field; nothing was kept", **WRONG},
            },
        },
    ),
    (
        "/api/v1/calls/file",
        "post",
        {
            "summary": "The same as a CSV or Excel file; each line that is not taken is named, the others are kept",
            "requestBody": {
                "content": {
                    "multipart/form-data": {
                        "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
                    }
                }
            },
            "responses": {
                "200": {"description": "read, added, changed, unchanged, rejected"},
                "422": {"description": "The file can't be read as a whole", **WRONG},
            },
        },
    ),
    (
        "/api/v1/calls",
        "get",
        {
            "summary": "Connect rate and waiting times of a period, by line and in all, and missed calls nobody returned",
            "parameters": [{"in": "query", "schema": schemas.CallsAsked}],
            "responses": {"200": {"description": "from, until, total, lines, missed"}},
        },
    ),
    (
        "/api/v1/calls/{line}/{call}/return",
        "post",
        {
            "summary": "A missed call was returned",
            "parameters": [
                {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
                for name in ("line", "call")
            ],
            "requestBody": {"content": {"application/json": {"schema": schemas.CallReturned}}},
            "responses": {
                "200": {"description": "Kept"},
                "404": {"description": "No such call", **WRONG},
                "409": {"description": "It was answered, or returned already", **WRONG},
            },
        },
    ),
]


def _permitted(*roles: Role) -> Principal:
    return web.permitted(
        *roles,
        zh="来电统计供话务、承办、受理中心、领导和督查人员查阅，报送限话务、承办和受理中心",
        en="Calls are for operators, handlers, the desk, leaders and inspectors; the first three report them",
    )


# -- kept ----------------------------------------------------------------------------


def keep(session: Session, reported: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, int]:
    """Keep what was reported, the last word on each call and each day; what was returned stays so."""
    done = {"added": 0, "changed": 0, "unchanged": 0}
    for kind, key, told in (
        (Call, ("line", "call"), reported["calls"]),
        (CallDay, ("line", "day"), reported["days"]),
    ):
        for one in told:
            found = session.get(kind, tuple(one[name] for name in key))
            if found is None:
                session.add(kind(**one))
                # So that the same again in one report is seen.
                session.flush()
                done["added"] += 1
            elif all(getattr(found, name) == value for name, value in one.items()):
                done["unchanged"] += 1
            else:
                for name, value in one.items():
                    setattr(found, name, value)
                done["changed"] += 1
    return done


def load(session: Session, file: Path) -> dict[str, Any]:
    """Keep what a file holds, a call or a day a line. Raises UnreadableFileError; nothing is kept then."""
    rejected: list[dict[str, Any]] = []
    told: dict[str, list[Mapping[str, Any]]] = {"calls": [], "days": []}
    read = 0
    for row in rows(file, _COLUMNS):
        read += 1
        if isinstance(row, BadRow):
            rejected.append({"line": row.line, **dict(zip(("zh", "en"), row.said, strict=True))})
            continue
        kind, schema = ("calls", _CALL) if row.values.get("call", "").strip() else ("days", _DAY)
        try:
            one = schema.load(_spelled(row, schema))
        except ValidationError as error:
            found = explain_errors(schema, error.messages_dict)
        else:
            wrong = calls.ahead(one, moments.now())
            found = [wrong] if wrong else []
            told[kind] += [] if wrong else [one]
        for wrong in found:
            column = _COLUMNS.headers.get(wrong["pointer"].strip("/"), ("", ""))
            said = {"zh": f"{column[1]}：{wrong['zh']}", "en": f"{column[0]}: {wrong['en']}"}
            rejected.append({"line": row.line, **said})
    return {"read": read, **keep(session, told), "rejected": rejected}


_CALL: Final[Schema] = schemas.CallReported()
_DAY: Final[Schema] = schemas.CallDayReported()


def _spelled(row: Row, schema: Schema) -> dict[str, Any]:
    said = {name: value.strip() for name, value in row.values.items() if value.strip() and name in schema.fields}
    if schema is _CALL and "answered" in said:
        said["answered"] = _YES.get(said["answered"].lower(), said["answered"])  # type: ignore[assignment]
    if "day" in said:
        said["day"] = said["day"][:10].replace("/", "-")
    return said


# -- counted ---------------------------------------------------------------------------


def counted(session: Session, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a period by line, and the missed calls of it that nobody has returned, the oldest first."""
    start, until = utc(local(asked["start"])), utc(local(asked["until"]))
    columns = (Call.line, Call.at, Call.answered, Call.wait_seconds, Call.returned_at)
    # Some at a time: a period may be years.
    few = {"yield_per": 5_000}
    found = session.execute(select(*columns).where(Call.at >= start, Call.at < until), execution_options=few)
    days = select(CallDay).where(CallDay.day >= asked["start"], CallDay.day < asked["until"])
    names = ("line", "day", "offered", "answered", "waited", "longest")
    by_line = calls.added_up(
        ({**row._asdict(), "day": local_date(row.at)} for row in found),
        [{name: getattr(day, name) for name in names} for day in session.scalars(days)],
    )
    missed = select(Call).where(Call.at >= start, Call.at < until, ~Call.answered, Call.returned_at.is_(None))
    late = moments.now() - timedelta(hours=calls.return_hours())
    return {
        "from": asked["start"].isoformat(),
        "until": asked["until"].isoformat(),
        "total": calls.figures(reduce(add, by_line.values(), calls.Sum())),
        "lines": [{"line": line, **calls.figures(sum_)} for line, sum_ in sorted(by_line.items())],
        "missed": [
            {"line": one.line, "call": one.call, "at": when(one.at), "late": one.at < late}
            for one in session.scalars(missed.order_by(Call.at).limit(_MISSED_SHOWN))
        ],
        "return_hours": calls.return_hours(),
    }


def _counted(session: Session) -> dict[str, Any]:
    today = local_date(moments.now())
    usual = {"from": f"{today:%Y-%m}-01", "until": f"{today + timedelta(days=1)}"}
    asked = {name: value for name, value in request.args.items() if value}
    return counted(session, loaded(schemas.CallsAsked, {**usual, **asked}))


def give_back(session: Session, who: Principal, key: tuple[str, str], form: Mapping[str, Any]) -> dict[str, Any]:
    """Keep that a missed call was returned. Raises ProblemError where there is nothing to return."""
    found = session.get(Call, key, with_for_update=True)
    if found is None:
        raise not_found("没有这一通来电", "There is no such call")
    if found.answered or found.returned_at is not None:
        raise ProblemError(409, "not-missed", "该来电已接通或者已回拨", "It was answered, or returned already")
    found.returned_at, found.returned_by, found.returned_how = moments.now(), who.name, form["how"]
    found.returned_note = redact(form["note"]).text[:500]
    return {"line": found.line, "call": found.call, "returned_at": when(found.returned_at)}


# -- for programs -------------------------------------------------------------------------


@routes.post("/api/v1/calls")
def report_calls() -> Response:
    """Keep what a phone system reports."""
    _permitted(*_WRITE)
    told = loaded(schemas.CallsReported, web.json_body())
    wrong = [
        {**found, "pointer": f"/{kind}/{place}{found['pointer']}"}
        for kind in ("calls", "days")
        for place, one in enumerate(told[kind])
        if (found := calls.ahead(one, moments.now()))
    ]
    if wrong:
        raise invalid(wrong)
    return web.answer(_kept(lambda session: keep(session, told)))


def _kept(does: Any) -> Any:
    """Write, and once more where another replica was faster with one of the calls."""
    database = web.door().database
    try:
        with database.write() as session:
            return does(session)
    except IntegrityError:
        with database.write() as session:
            return does(session)


@routes.post("/api/v1/calls/file")
def load_calls() -> Response:
    """Keep what a file holds."""
    _permitted(*_WRITE)
    return web.answer(_loaded_file())


def _loaded_file() -> dict[str, Any]:
    posted = request.files.get("file")
    if posted is None or not posted.filename:
        raise invalid([{"pointer": "/file", "zh": "请选择文件", "en": "Choose a file."}])
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"file{Path(posted.filename).suffix.lower()}"
        posted.save(file)
        try:
            done: dict[str, Any] = _kept(lambda session: load(session, file))
        except UnreadableFileError as bad:
            zh, en = (said.replace(file.name, posted.filename) for said in (bad.zh, bad.en))
            raise invalid([{"pointer": "/file", "zh": zh, "en": en}]) from None
        return done


@routes.get("/api/v1/calls")
def show_calls() -> Response:
    """Answer the figures of a period."""
    _permitted(*_READ)
    with web.door().database.look() as session:
        return web.answer(_counted(session))


@routes.post("/api/v1/calls/<line>/<call>/return")
def return_call(line: str, call: str) -> Response:
    """Keep that a missed call was returned."""
    who, form = _permitted(*_WRITE), loaded(schemas.CallReturned, web.json_body())
    with web.door().database.write() as session:
        return web.answer(give_back(session, who, (line, call), form))


# -- pages ----------------------------------------------------------------------------------


@routes.get("/calls")
def calls_page() -> AnyResponse | str:
    """Show the figures of a period, the missed calls, and a way to hand in a file."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    return _page(_permitted(*_READ))


def _page(who: Principal, **more: Any) -> str:
    with web.door().database.look() as session:
        found = _counted(session)
    said = {"report": None, "problems": {}, "tried": "", **more}
    return render_template("calls.html", found=found, returned=schemas.CallReturned, may_write=who.has(*_WRITE), **said)


@routes.post("/calls/file")
def load_on_page() -> AnyResponse | tuple[str, int]:
    """Keep what a file holds, and show what became of its lines."""
    web.check_csrf()
    who = _permitted(*_WRITE)
    try:
        return _page(who, report=_loaded_file()), 200
    except ProblemError as problem:
        return _page(who, problems=by_pointer(_errors(problem), language())), problem.status


@routes.post("/calls/<line>/<call>/return")
def return_on_page(line: str, call: str) -> AnyResponse | tuple[str, int]:
    """Keep that a missed call was returned."""
    web.check_csrf()
    who = _permitted(*_WRITE)
    try:
        form = loaded(schemas.CallReturned, parse_form(schemas.CallReturned, request.form))
        with web.door().database.write() as session:
            give_back(session, who, (line, call), form)
    except ProblemError as problem:
        return _page(who, problems=by_pointer(_errors(problem), language()), tried=call), problem.status
    return redirect(pages.here("/calls"), 303)


def _errors(problem: ProblemError) -> list[dict[str, str]]:
    return problem.told()
