"""The doors of a service's documents: register, files, and how they reached whom they are for.

GET /papers, /api/v1/papers    ?name=&number=&month=<year>-<month>|<year>&served=yes|no; with `as=csv` or `as=xlsx` a file for a spreadsheet
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import structlog
from flask import Blueprint as Routes
from flask import Response, redirect, render_template, request
from sqlalchemy import Text, and_, cast, or_, select
from werkzeug.wrappers import Response as AnyResponse

from chassis import case_doors, downloads, moments, pages, papers, typeset, views, web
from chassis.access import Principal
from chassis.forms import loaded, parse_form
from chassis.listing import MOST, column_page, midnight, period, wrong
from chassis.masking import mask_name
from chassis.problems import ProblemError, not_found
from chassis.views import when
from chassis.wire import plain
from chassis.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select

log = structlog.get_logger(__name__)

#: Says in a request, percent-encoded, what a document is opened for.
PURPOSE_HEADER: Final = "X-Purpose"
_LONGEST_PURPOSE: Final = 200
#: What the register may be narrowed by.
_NARROWING: Final = ("name", "number", "month", "served")
_SERVED: Final = ("yes", "no")
_HIDDEN: Final = "＊＊＊"

#: The register, as OpenAPI describes it.
OPERATION: Final[tuple[str, str, dict[str, Any]]] = (
    "/api/v1/papers",
    "get",
    {
        "summary": "The register of documents: what was issued, and whom it has reached, the latest first",
        "parameters": [
            {"in": "query", "name": "name", "schema": {"type": "string"}},
            {"in": "query", "name": "number", "schema": {"type": "string"}, "description": "a part of it is enough"},
            {"in": "query", "name": "month", "schema": {"type": "string", "example": "2026-11"}},
            {"in": "query", "name": "served", "schema": {"type": "string", "enum": ["yes", "no"]}},
            {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": MOST}},
            {"in": "query", "name": "after", "schema": {"type": "string"}},
            {"in": "query", "name": "as", "schema": {"type": "string", "enum": ["json", "csv", "xlsx"]}},
        ],
        "responses": {"200": {"description": "items, and the cursor of the next page; as a file: all at once"}},
    },
)

#: What a document is to be had as, and the kind of file that is.
KINDS: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
}


def register() -> Routes:
    """Return the doors of the documents."""
    routes = Routes("register", __name__)
    routes.get("/api/v1/papers")(_register)
    routes.get("/api/v1/cases/<case_id>/papers/<paper_id>")(_file)
    routes.post("/api/v1/cases/<case_id>/papers/<paper_id>/served")(_served)
    routes.get("/papers")(_register_page)
    routes.post("/cases/<case_id>/papers/<paper_id>/served")(_served_on_page)
    return routes


def listing() -> Routes:
    """Return the door that lists the documents of a case, which has its answer where a service keeps none, too."""
    routes = Routes("case-papers", __name__)
    routes.get("/api/v1/cases/<case_id>/papers")(_of_case)
    return routes


def papers_of(case_id: str, who: Principal) -> list[dict[str, Any]]:
    """List the documents of a case, the latest first, without their texts."""
    at = web.door()
    if at.blueprint.papers is None:
        return []
    table = at.blueprint.papers
    with at.database.read() as session:
        of_it = _with_its_case().where(table.c.case_id == case_id).order_by(table.c.seq.desc())
        rows = session.execute(of_it).all()
    return [_shown(row, who) for row in rows]


def _reached(row: Any, who: Principal) -> list[dict[str, Any]]:
    """Return how a document has reached whom; whom is said to those only who work on the case, as they may open it."""
    if views.works_on(who, web.door().blueprint, row.case_unit):
        return list(row.served)
    return [
        {**one, "recipient": mask_name(one["recipient"]), "note": _HIDDEN if one.get("note") else ""}
        for one in row.served
    ]


def _shown(row: Any, who: Principal) -> dict[str, Any]:
    own = pages.here(f"/api/v1/cases/{row.case_id}/papers/{row.id}")
    return {
        "id": row.id,
        "case_id": row.case_id,
        "case_number": row.case_number,
        "name": row.name,
        "title": row.head["title"],
        "number": row.number,
        "version": row.version,
        "issued_at": when(row.issued_at),
        "by_name": row.by_name,
        "digest": row.digest,
        "as_issued": papers.is_as_issued(row),
        "addressed": bool(row.head["to"]) or row.head["layout"] == "letter",
        "served": _reached(row, who),
        "files": {kind: f"{own}?as={kind}" for kind in KINDS},
    }


def _with_its_case() -> Select[Any]:
    table, case = web.door().blueprint.papers, web.door().blueprint.case
    its = (case.number.label("case_number"), case.unit.label("case_unit"))
    return select(table, *its).join(case, case.id == table.c.case_id)


def _asked(who: Principal) -> Select[Any]:
    """Select what somebody may see of the register and has asked for. Raises ProblemError where that makes no sense."""
    table, case = web.door().blueprint.papers, web.door().blueprint.case
    rows, query = _with_its_case(), request.args
    if not who.stands_for("*"):
        rows = rows.where(case.unit.in_(["", *sorted(who.units)]))
    if query.get("name"):
        rows = rows.where(table.c.name == query["name"])
    if query.get("number"):
        rows = rows.where(table.c.number.contains(query["number"].strip(), autoescape=True))
    if query.get("month"):
        first, after = period(query["month"])
        rows = rows.where(table.c.issued_at >= midnight(first), table.c.issued_at < midnight(after))
    if query.get("served"):
        if query["served"] not in _SERVED:
            raise wrong("served", "应为 yes 或 no", "yes or no")
        nobody = cast(table.c.served, Text) == "[]"
        addressed = or_(table.c.head["to"].as_string() != "", table.c.head["layout"].as_string() == "letter")
        rows = rows.where(and_(nobody, addressed) if query["served"] == "no" else ~nobody)
    return rows


def _listed(who: Principal) -> dict[str, Any]:
    """Return one page of the register."""
    table = web.door().blueprint.papers
    with web.door().database.read() as session:
        found, after = column_page(session, _asked(who), table.c.issued_at, table.c.id, request.args)
    return {"items": [_shown(row, who) for row in found], "next": after}


def _register() -> Response:
    who = web.staff()
    match request.args.get("as"):
        case "csv":
            return downloads.as_csv(_lines(who), "papers")
        case "xlsx":
            return downloads.as_excel(_lines(who), "papers", (26, 30, 8, 24, 18, 14, 60))
    return web.answer(_listed(who))


def _lines(who: Principal) -> list[list[Any]]:
    """Return all that was asked for of the register as rows under one head, in Chinese."""
    table, terms = web.door().blueprint.papers, pages.terms()
    rows = _asked(who).order_by(table.c.issued_at, table.c.id)
    # Not the texts, which are by far the most of it.
    rows = rows.with_only_columns(*(one for one in rows.selected_columns if one.name != "text"))
    with web.door().database.read() as session:
        found = session.execute(rows).all()

    def reached(one: Mapping[str, Any]) -> str:
        said = (terms.value(one["way"], "zh"), one["recipient"], pages.when(one["at"]), one.get("note"))
        return " ".join(part for part in said if part)

    return [
        ["文号", "文书", "版本", "诉求编号", "签发时间", "签发人", "送达"],
        *(
            [
                *(row.number, row.head["title"], row.version, row.case_number or "", pages.when(row.issued_at)),
                *(row.by_name, "；".join(map(reached, _reached(row, who)))),
            ]
            for row in found
        ),
    ]


def _case_and_paper(
    session: Any, who: Principal, case_id: str, paper_id: str, *, purpose: str = "", lock: bool = False
) -> tuple[Any, Any]:
    at = web.door()
    case = session.get(at.blueprint.case, case_id)
    if case is None or not web.sees(who, case.unit):
        raise not_found("没有这个案件", "There is no such case")
    table = at.blueprint.papers
    of_it = select(table).where(table.c.id == paper_id, table.c.case_id == case_id)
    row = session.execute(of_it.with_for_update() if lock else of_it).one_or_none()
    if row is None:
        raise not_found("没有这份文书", "There is no such document")
    if views.works_on(who, at.blueprint, case.unit):
        return case, row
    if not views.oversees(who, at.blueprint, case.unit):
        raise ProblemError(
            403,
            "not-permitted",
            "文书含个人信息，只有办理本案的人员可以打开",
            "Documents hold personal data: they are for those who work on the case",
        )
    if not purpose:
        raise ProblemError(
            403,
            "no-purpose",
            "文书含个人信息，领导和督查员请从“回访评价”的电子档案中取阅，并说明用途",
            f"Leaders and inspectors take documents with the electronic file, or state what for in {PURPOSE_HEADER}",
        )
    return case, row


def purpose_of_request() -> str:
    """Return what the request says a document, or a picture, is opened for."""
    said = unquote(request.headers.get(PURPOSE_HEADER, "")).strip()
    return said[:_LONGEST_PURPOSE] if said.isprintable() else ""


def _of_case(case_id: str) -> Response:
    who = web.staff()
    case_doors.case_of(who, case_id)
    return web.answer({"items": papers_of(case_id, who)})


def _file(case_id: str, paper_id: str) -> Response:
    """Send a document as a file; that it was opened is on record like any look at personal data."""
    who = web.staff()
    kind = request.args.get("as", "pdf")
    if kind not in KINDS:
        kinds = "、".join(KINDS)
        raise ProblemError(400, "bad-query", f"as 应为 {kinds}", f"as must be one of {kinds}")
    at = web.door()
    purpose = purpose_of_request()
    with at.database.write() as session:
        case, row = _case_and_paper(session, who, case_id, paper_id, purpose=purpose)
        opened = f"打开文书《{row.head['title']}》{row.number}"
        case_doors.log_look(session, who, case, [row.name], f"{opened}：{purpose}" if purpose else opened)
    at.acting.wake()
    paper = papers.of_row(row)
    mark = "" if papers.is_as_issued(row) else "本文书与签发时不一致"
    page = typeset.html(paper, mark)
    try:
        content = page.encode() if kind == "html" else typeset.pdf(page) if kind == "pdf" else typeset.docx(paper)
    except (typeset.NoPdfError, subprocess.TimeoutExpired) as error:
        log.error("no pdf", paper=row.id, error=str(error))  # noqa: TRY400 - what the other process said is in it
        said = ("PDF 暂时无法生成，请先下载 Word 文件", "The PDF can't be made at the moment; take the docx")
        raise ProblemError(503, "no-pdf", *said) from error
    name = quote(f"{paper.title}{row.number}-{row.version}.{kind}")
    shown_as = "inline" if kind == "pdf" else "attachment"
    response = Response(content, content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f"{shown_as}; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _serve(who: Principal, case_id: str, paper_id: str, form: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Put on record how a document reached somebody. Raises ProblemError."""
    served = loaded(papers.Serving, form)
    at = web.door()
    now = moments.now()
    with at.database.write() as session:
        case, row = _case_and_paper(session, who, case_id, paper_id, lock=True)
        if not row.issued_at <= served["at"] <= now:
            said = ("送达时间应在签发之后、现在之前", "served after it was issued and not in the future")
            raise ProblemError(422, "invalid", *said, errors=[{"pointer": "/at", "zh": said[0], "en": said[1]}])
        every: list[dict[str, Any]] = [
            *row.served,
            plain({**served, "by": who.id, "by_name": who.name, "recorded_at": now}),
        ]
        table = at.blueprint.papers
        session.execute(table.update().where(table.c.id == paper_id).values(served=every))
        work = Work(session, at.blueprint, now, principal=who)
        work.take_up([case])
        work.note(case, "paper_served", {"paper": row.head["title"], "number": row.number, **served})
        work.record()
    at.acting.wake()
    return every


def _served(case_id: str, paper_id: str) -> Response:
    return web.answer({"served": _serve(web.staff(), case_id, paper_id, web.json_body())}, 201)


def _served_on_page(case_id: str, paper_id: str) -> AnyResponse | tuple[str, int]:
    web.check_csrf()
    who = web.staff()
    try:
        _serve(who, case_id, paper_id, parse_form(papers.Serving, request.form))
    except ProblemError as problem:
        return case_doors.case_page(who, case_id, problems=problem.errors), problem.status
    return redirect(pages.here(f"/cases/{case_id}?done=paper_served"), 303)


def _register_page() -> AnyResponse | str:
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    asked = {name: request.args[name] for name in _NARROWING if request.args.get(name)}
    kinds = {name: one.title for name, one in papers.shipped(web.door().blueprint.folder).items()}
    return render_template("papers.html", **_listed(who), asked=asked, kinds=kinds)
