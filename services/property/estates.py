"""The register of estates at the desk, and what companies stand at.

Beside the doors of a register:

POST /api/v1/estates/file      loads many out of a CSV or Excel file: estates a row each, or rooms a row each
GET  /estates/file/<estates|rooms>; POST /estates/file
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import Response, render_template, request
from sqlalchemy.exc import IntegrityError

from chassis import downloads, moments, pages, registers, web
from chassis.access import Principal
from chassis.forms import by_pointer
from chassis.pages import language
from chassis.problems import ProblemError, invalid, not_found
from chassis.registers import READ, WRITE, WRONG
from chassis.sheets import UnreadableFileError
from chassis.store import StaleError
from chassis.views import when
from chassis.workcalendar import local_date
from services.property import elections, firms, loading, register, roster, schemas
from services.property.models import Estate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse


def _overview(session: Session) -> dict[str, Any]:
    today = local_date(moments.now())
    items = [
        {**row._asdict(), "changed_at": when(row.changed_at), "attention": elections.attention(row._asdict(), today)}
        for row in register.listed(session)
    ]
    return {"items": items, "companies": register.companies(session, moments.now())}


def _whole(estate: Estate) -> dict[str, Any]:
    columns = {name: getattr(estate, name) for name in Estate.__table__.columns.keys()}  # noqa: SIM118 - no mapping
    return {**columns, "changed_at": when(estate.changed_at)}


def _listed() -> dict[str, Any]:
    with web.door().database.read() as session:
        return _overview(session)


def _found(name: str) -> dict[str, Any]:
    with web.door().database.read() as session:
        found = session.get(Estate, name)
        if found is None:
            raise not_found()
        return _whole(found)


def _put(who: Principal, asked: dict[str, Any]) -> None:
    """Check and keep an estate. Raises ProblemError, line by line of the roster."""
    try:
        rooms = roster.read(asked["roster"]) if asked["roster"].strip() else []
    except roster.BadRosterError as bad:
        raise invalid([{"pointer": "/roster", "zh": zh, "en": en} for zh, en in bad.faults[:50]]) from None
    try:
        with web.door().database.write() as session:
            if not rooms and register.Register(session, moments.now()).rooms(asked["name"]):
                raise invalid([{"pointer": "/roster", "zh": "名册不能清空", "en": "The roster can't be emptied."}])
            register.put(session, asked, rooms, by=who.name, now=moments.now())
    except register.TakenError as taken:
        pointer = "/name" if taken.said == asked["name"] else "/aliases"
        said = {
            "zh": f"“{taken.said}”已是小区“{taken.name}”的名称",
            "en": f"{taken.said} is what {taken.name} is called",
        }
        raise invalid([{"pointer": pointer, **said}]) from None


def _beside(estate: dict[str, Any]) -> dict[str, Any]:
    """Return what the page of an estate has beside it: its open cases, and its roster as it is entered."""
    with web.door().database.read() as session:
        cases = register.open_cases(session, estate["name"])
    estate["attention"] = elections.attention(estate, local_date(moments.now()))
    return {"entered": {**estate, "roster": roster.written(estate["rooms"])}, "cases": cases}


REGISTER: Final = registers.Register(
    at="estates",
    one="estate",
    heading="Estates",
    add="Register an estate",
    zh="小区台账",
    one_zh="小区",
    form=schemas.EstateForm,
    listed=_listed,
    found=_found,
    put=_put,
    beside=_beside,
)
routes = registers.routes(REGISTER)

#: The register's part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    *REGISTER.operations(),
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
                "422": {"description": "The file can't be read as a whole", **WRONG},
            },
        },
    ),
]


# -- files ----------------------------------------------------------------------------


@routes.post("/api/v1/estates/file")
def load_file() -> Response:
    """Load a file of estates or rooms."""
    return web.answer(_load(REGISTER.permit(*WRITE)))


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
        except (StaleError, IntegrityError):
            raise ProblemError(
                409,
                "stale",
                "导入时有人修改了小区台账，未导入任何内容，请再导入一次",
                "Somebody changed the register meanwhile; nothing was kept: load the file again",
            ) from None


@routes.post("/estates/file")
def load_on_page() -> AnyResponse | tuple[str, int] | str:
    """Load a file of estates or rooms, and show what became of its lines."""
    web.check_csrf()
    who = REGISTER.permit(*WRITE)
    report, problems, status = None, {}, 200
    try:
        report = _load(who)
    except ProblemError as problem:
        problems, status = by_pointer(problem.told(), language()), problem.status
    return render_template("estates.html", **_listed(), may_write=True, report=report, problems=problems), status


@routes.get("/estates/file/<what>")
def download(what: str) -> AnyResponse:
    """Answer the register as a file that can be changed in a spreadsheet and loaded again."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    REGISTER.permit(*READ)
    if what not in ("estates", "rooms"):
        raise not_found()
    with web.door().database.read() as session:
        return downloads.as_csv(loading.written(session, what), what)


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
        credit = firms.credit(register.marks_by_company(session, now, company).get(company, ()), local_date(now))
        known = _whole(estate) if estate else {}
    pairs = [(one, known[one]) for one in _SHOWN if known.get(one) not in ("", None)]
    pairs += [("coming_on", f"{estate.coming_on} {estate.coming['company']}")] if estate and estate.coming_on else []
    pairs += [("score", credit["score"])] if company else []
    tags = [*elections.attention(known, local_date(now))] if known else []
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
