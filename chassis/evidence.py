"""What staff lay to a case (案卷材料): photos and the pages of papers, as pictures made anew; kept once, and their doors.

They lie in the service's own database, so that whoever runs one service has one thing to back up, and any of its web
processes has them. Nothing is taken out again: it is part of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, redirect, request
from marshmallow import fields, validate
from sqlalchemy import insert, select
from werkzeug.wrappers import Response as AnyResponse

from chassis import case_doors, developing, pages, pictures, views, web
from chassis.forms import loaded, parse_form
from chassis.handling import LET_GO
from chassis.masking import redact
from chassis.paper_doors import purpose_of_request
from chassis.picking import BY_CAMERA
from chassis.problems import ProblemError, not_found
from chassis.schemas import FormSchema
from chassis.views import when
from chassis.wire import new_id
from chassis.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from chassis.access import Principal

#: So many pictures may be in a case; each page of a PDF is one.
MOST: Final = 60


class Laid(FormSchema):
    """What the pictures show, as the file's list of contents has it."""

    shows = fields.String(required=True, validate=validate.Length(2, 200), metadata={"example": "整改后的油烟净化设备"})


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
        case = session.get(at.blueprint.case, case_id)
        cameras = case.details.get(BY_CAMERA, {}) if case else {}
    return [_shown(row, cameras.get(row.digest, {})) for row in rows]


def _shown(row: Any, camera: Mapping[str, str]) -> dict[str, Any]:
    own = pages.here(f"/api/v1/cases/{row.case_id}/evidence/{row.id}")
    return {
        "id": row.id,
        "shows": row.shows,
        "name": row.name,
        "size": row.size,
        "width": row.width,
        "height": row.height,
        "digest": row.digest,
        "taken_at": camera.get("taken_at", ""),
        "position": camera.get("position", ""),
        "added_at": when(row.added_at),
        "by_name": row.by_name,
        "href": own,
        "thumbnail": f"{own}?size=small",
    }


def _of_case(case_id: str) -> Response:
    case_doors.case_of(web.staff(), case_id)
    return web.answer({"items": evidence_of(case_id)})


def _case(session: Session, who: Principal, case_id: str, *, lock: bool = False) -> Any:
    case = session.get(web.door().blueprint.case, case_id, with_for_update=lock or None)
    if case is None or not web.sees(who, case.unit):
        raise not_found("没有这个案件", "There is no such case")
    return case


def _takes(session: Session, who: Principal, case_id: str, *, lock: bool = False) -> Any:
    """Return a case that somebody may lay something to. Raises ProblemError."""
    case = _case(session, who, case_id, lock=lock)
    if not views.takes_part(who, web.door().blueprint, case.unit):
        raise ProblemError(
            403, "not-permitted", "只有办理本案的人员可以添加材料", "It is for those who work on the case to add to it"
        )
    if case.state in LET_GO:
        said = ("本件已不在本单位办理，材料没有保存", "This unit has the case no more; nothing was stored")
        raise ProblemError(409, "illegal-step", *said, state=case.state)
    return case


def _kept(who: Principal, case_id: str, shows: str, key: str) -> None:
    """Keep the pictures of a request that a case has not yet, and put it on its timeline. Raises ProblemError."""
    at = web.door()
    table: Table = at.blueprint.evidence
    with at.database.read() as session:
        # Before anything is decoded for it.
        _takes(session, who, case_id)
    found = {one.digest: one for one in _sent()}

    def keep(work: Work) -> dict[str, Any]:
        case = _takes(work.session, who, case_id, lock=True)
        known = set(work.session.scalars(select(table.c.digest).where(table.c.case_id == case_id)))
        fresh = [one for one in found.values() if one.digest not in known]
        if len(known) + len(fresh) > MOST:
            raise pictures.refused(
                f"每件最多 {MOST} 张（PDF 每页算一张），已有 {len(known)} 张",
                f"A case takes {MOST} pictures at the most (each page of a PDF is one); it has {len(known)}",
            )
        if fresh:
            work.take_up([case])
            rows = [_row(one, case_id, place, shows, work) for place, one in enumerate(fresh, len(known) + 1)]
            work.session.execute(insert(table), rows)
            work.note(case, "material_added", {"shows": shows, "count": len(rows)})
            if told := {one.digest: by for one in fresh if (by := _by_its_camera(one))}:
                case.details = {**case.details, BY_CAMERA: {**case.details.get(BY_CAMERA, {}), **told}}
        return {"kept": len(fresh)}

    at.acting.once(who, key, [case_id, shows, *found], keep)


def _by_its_camera(one: pictures.Picture) -> dict[str, str]:
    """Return what a picture's camera has written into it: when, and at which latitude and longitude, it was taken."""
    longitude, latitude = one.position or (None, None)
    at = {} if one.taken_at is None else {"taken_at": one.taken_at.isoformat()}
    return at if latitude is None else {**at, "position": f"{latitude:.5f},{longitude:.5f}"}


def _row(one: pictures.Picture, case_id: str, place: int, shows: str, work: Work) -> dict[str, Any]:
    who = work.principal
    return {
        **{name: getattr(one, name) for name in ("digest", "whole", "small", "width", "height")},
        "id": new_id(),
        "case_id": case_id,
        "place": place,
        "shows": shows,
        # A file's name may say whose paper it is, or hold his number.
        "name": redact(one.name).text,
        "size": len(one.whole),
        "added_at": work.now,
        "by": who.id if who else "",
        "by_name": who.name if who else "",
    }


def _sent() -> list[pictures.Picture]:
    """Read the pictures of a request. Raises ProblemError for the first that can't be taken, and for none."""
    files = request.files.getlist("file")
    found = pictures.sent(files, most=developing.MOST_PAGES, looked_at_by=web.door().settings.scanner)
    if not found:
        raise pictures.refused("请选择照片或者 PDF", "Choose photos or a PDF")
    return found


def _shows(form: Mapping[str, Any]) -> str:
    """Return what pictures show, in words that everybody reads who sees the case."""
    return redact(loaded(Laid, form)["shows"]).text


def _lay(case_id: str) -> Response:
    who = web.staff()
    _kept(who, case_id, _shows(request.form), request.headers.get("Idempotency-Key", ""))
    return web.answer({"items": evidence_of(case_id)}, 201)


def _lay_on_page(case_id: str) -> AnyResponse | tuple[str, int]:
    web.check_csrf()
    who = web.staff()
    try:
        _kept(who, case_id, _shows(parse_form(Laid, request.form)), request.form.get(pages.KEY_FIELD, ""))
    except ProblemError as problem:
        laying = request.form.get("shows", "")
        return case_doors.case_page(who, case_id, problems=problem.told(), laying=laying), problem.status
    return redirect(pages.here(f"/cases/{case_id}?done=material_added#evidence"), 303)


def _picture(case_id: str, evidence_id: str) -> Response:
    """Send a picture to whoever takes part in the case, or oversees it and says what for; a look at the whole is on record."""
    who = web.staff()
    at = web.door()
    table = at.blueprint.evidence
    small, purpose = request.args.get("size") == "small", purpose_of_request()
    wanted = table.c.small if small else table.c.whole
    with at.database.read() if small else at.database.write() as session:
        case = _case(session, who, case_id)
        own = (table.c.id == evidence_id, table.c.case_id == case_id)
        row = session.execute(select(wanted.label("content"), table.c.shows).where(*own)).one_or_none()
        if row is None:
            raise not_found("没有这份材料", "There is no such picture")
        part = views.takes_part(who, at.blueprint, case.unit)
        if not part and (small or not purpose or not views.oversees(who, at.blueprint, case.unit)):
            raise ProblemError(
                403,
                "no-purpose",
                "材料仅限办理本案的人员查看；领导和督查员请从“回访评价”的电子档案中取阅，并说明用途",
                "This is for those who work on the case; leaders and inspectors take it with the electronic file",
            )
        if not small:
            seen = f"查看材料《{row.shows}》"
            case_doors.log_look(session, who, case, ["evidence"], f"{seen}：{purpose}" if purpose else seen)
    if not small:
        at.acting.wake()
    return pictures.answered(row.content, keep="no-store")
