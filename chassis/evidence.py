"""What staff lay to a case (案卷材料): photos and the pages of papers, as pictures made anew; kept once, and their doors.

They lie in the service's own database, so that whoever runs one service has one thing to back up, and any of its web
processes has them. Nothing is taken out again: what was laid to a case by mistake is said so beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, redirect, request
from marshmallow import fields, validate
from sqlalchemy import insert, select
from werkzeug.wrappers import Response as AnyResponse

from chassis import case_doors, developing, moments, pages, pictures, views, web
from chassis.forms import loaded, parse_form
from chassis.handling import LET_GO
from chassis.masking import redact
from chassis.paper_doors import purpose_of_request
from chassis.problems import ProblemError, not_found
from chassis.schemas import FormSchema
from chassis.views import when
from chassis.wire import new_id
from chassis.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from chassis.access import Principal

#: So many pictures may be in a case; each page of a PDF is one.
MOST: Final = 60


class Laid(FormSchema):
    """What the pictures show, as the file's list of contents has it."""

    shows = fields.String(
        required=True,
        validate=validate.Length(2, 200),
        metadata={"example": "整改后的油烟净化设备", "label": "What it shows"},
    )


def doors() -> Routes:
    """Return the doors of what staff lay to a case."""
    routes = Routes("evidence", __name__)
    routes.post("/api/v1/cases/<case_id>/evidence")(_lay)
    routes.get("/api/v1/cases/<case_id>/evidence/<evidence_id>")(_picture)
    routes.post("/cases/<case_id>/evidence")(_lay_on_page)
    return routes


def listing() -> Routes:
    """Return the door that lists what was laid to a case, which has its answer where a service keeps none, too."""
    routes = Routes("case-evidence", __name__)
    routes.get("/api/v1/cases/<case_id>/evidence")(_of_case)
    return routes


def evidence_of(case_id: str) -> list[dict[str, Any]]:
    """List what was laid to a case, as it was laid there, without the pictures."""
    at = web.door()
    table = at.blueprint.evidence
    if table is None:
        return []
    listed = [column for column in table.c if column.name not in ("whole", "small")]
    with at.database.read() as session:
        rows = session.execute(select(*listed).where(table.c.case_id == case_id).order_by(table.c.place)).all()
    return [_shown(row) for row in rows]


def _shown(row: Any) -> dict[str, Any]:
    own = pages.here(f"/api/v1/cases/{row.case_id}/evidence/{row.id}")
    return {
        "id": row.id,
        "shows": row.shows,
        "name": row.name,
        "size": row.size,
        "width": row.width,
        "height": row.height,
        "digest": row.digest,
        "added_at": when(row.added_at),
        "by_name": row.by_name,
        "href": own,
        "thumbnail": f"{own}?size=small",
    }


def _of_case(case_id: str) -> Response:
    case_doors.case_of(web.staff(), case_id)
    return web.answer({"items": evidence_of(case_id)})


def _case(session: Session, who: Principal, case_id: str) -> Any:
    case = session.get(web.door().blueprint.case, case_id)
    if case is None or not web.sees(who, case.unit):
        raise not_found("没有这个案件", "There is no such case")
    return case


def _kept(who: Principal, case_id: str, found: list[pictures.Picture], shows: str) -> None:
    """Keep pictures that a case has not yet, and put it on its timeline. Raises ProblemError."""
    at = web.door()
    table: Table = at.blueprint.evidence
    with at.database.write() as session:
        case = _case(session, who, case_id)
        if not views.works_on(who, at.blueprint, case.unit):
            raise ProblemError(
                403,
                "not-permitted",
                "只有办理本案的人员可以添加材料",
                "It is for those who work on the case to add to it",
            )
        if case.state in LET_GO:
            said = ("本件已不在本单位办理，材料没有保存", "This unit has the case no more; nothing was stored")
            raise ProblemError(409, "illegal-step", *said, state=case.state)
        work = Work(session, at.blueprint, moments.now(), principal=who)
        work.take_up([case])
        known = set(session.scalars(select(table.c.digest).where(table.c.case_id == case_id)))
        fresh = [one for one in {one.digest: one for one in found}.values() if one.digest not in known]
        if len(known) + len(fresh) > MOST:
            raise pictures.refused(
                f"每件最多 {MOST} 张（PDF 每页算一张），已有 {len(known)} 张",
                f"A case takes {MOST} pictures at the most (each page of a PDF is one); it has {len(known)}",
            )
        if not fresh:
            return
        rows = [
            {
                **{name: getattr(one, name) for name in ("digest", "whole", "small", "width", "height")},
                "id": new_id(),
                "case_id": case_id,
                "place": place,
                "shows": shows,
                # A file's name may say whose paper it is, or hold his number.
                "name": redact(one.name).text,
                "size": len(one.whole),
                "added_at": work.now,
                "by": who.id,
                "by_name": who.name,
            }
            for place, one in enumerate(fresh, len(known) + 1)
        ]
        session.execute(insert(table), rows)
        work.note(case, "evidence_added", {"shows": shows, "count": len(rows)})
        work.record()
    at.acting.wake()


def _sent() -> list[pictures.Picture]:
    """Read the pictures of a request. Raises ProblemError for the first that can't be taken, and for none."""
    files = request.files.getlist("file")
    found = pictures.sent(files, most=developing.MOST_PAGES, looked_at_by=web.door().settings.scanner)
    if not found:
        raise pictures.refused("请选择照片或者 PDF", "Choose photos or a PDF")
    return found


def _lay(case_id: str) -> Response:
    who = web.staff()
    shows = loaded(Laid, request.form)["shows"]
    _kept(who, case_id, _sent(), shows)
    return web.answer({"items": evidence_of(case_id)}, 201)


def _lay_on_page(case_id: str) -> AnyResponse | tuple[str, int]:
    web.check_csrf()
    who = web.staff()
    try:
        _kept(who, case_id, _sent(), loaded(Laid, parse_form(Laid, request.form))["shows"])
    except ProblemError as problem:
        return case_doors.case_page(who, case_id, problems=problem.told()), problem.status
    return redirect(pages.here(f"/cases/{case_id}?done=evidence_added#evidence"), 303)


def _picture(case_id: str, evidence_id: str) -> Response:
    """Send a picture: to whoever works on the case, and to whoever leads or inspects it and says what for, which is on record."""
    who = web.staff()
    at = web.door()
    table = at.blueprint.evidence
    small = request.args.get("size") == "small"
    wanted = table.c.small if small else table.c.whole
    with at.database.write() as session:
        case = _case(session, who, case_id)
        own = (table.c.id == evidence_id, table.c.case_id == case_id)
        row = session.execute(select(wanted.label("content"), table.c.shows).where(*own)).one_or_none()
        if row is None:
            raise not_found("没有这份材料", "There is no such picture")
        if not views.works_on(who, at.blueprint, case.unit):
            purpose = purpose_of_request()
            if not purpose or not views.oversees(who, at.blueprint, case.unit):
                raise ProblemError(
                    403,
                    "no-purpose",
                    "材料仅限办理本案的人员查看；领导和督查员请从“回访评价”的电子档案中取阅，并说明用途",
                    "This is for those who work on the case; leaders and inspectors take it with the electronic file",
                )
            case_doors.log_look(session, who, case, ["evidence"], f"查看材料《{row.shows}》：{purpose}")
    return pictures.answered(row.content)
