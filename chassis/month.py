"""What a service has done in a month: its cases, each step that was taken, and who took how many.

GET /month, /api/v1/month    ?month=<year>-<month>; with `as=csv` a file for a spreadsheet

Counted from the timeline, so that whatever is counted can be looked up on a case.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, render_template, request
from sqlalchemy import distinct, func, select

from chassis import moments, pages, web
from chassis.access import Principal
from chassis.listing import wrong
from chassis.problems import ProblemError
from chassis.sheets import harmless
from chassis.workcalendar import local, local_date
from chassis.workflow import UNMANNED, Role

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

_DECEMBER: Final = 12
_READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)

#: The door, as OpenAPI describes it.
OPERATION: Final[tuple[str, str, dict[str, Any]]] = (
    "/api/v1/month",
    "get",
    {
        "summary": "What was done in a month: cases, steps, people",
        "parameters": [
            {"in": "query", "name": "month", "schema": {"type": "string", "example": "2026-11"}},
            {"in": "query", "name": "as", "schema": {"type": "string", "enum": ["json", "csv"]}},
        ],
        "responses": {"200": {"description": "month, cases, steps, people"}},
    },
)


def routes() -> Routes:
    """Return the doors."""
    found = Routes("month", __name__)

    @found.get("/api/v1/month")
    def counted() -> Response:
        shown = _counted(web.staff())
        return _sheet(shown) if request.args.get("as") == "csv" else web.answer(shown)

    @found.get("/month")
    def page() -> AnyResponse | str:
        who = web.staff_on_page()
        if not isinstance(who, Principal):
            return who
        return render_template("month.html", **_counted(who))

    return found


def _counted(who: Principal) -> dict[str, Any]:
    if not who.has(*_READ):
        raise ProblemError(
            403,
            "not-permitted",
            "月度统计含个人办理数量，供承办、审核、领导和督查人员查阅",
            "It says who has done how much: for handlers, reviewers, leaders and inspectors",
        )
    first, after = _bounds(request.args.get("month", ""))
    begins, ends = local(first).astimezone(UTC), local(after).astimezone(UTC)
    spec = web.door().blueprint
    case, log = spec.case, spec.store.timeline.c
    mine: list[ColumnElement[bool]] = []
    if not who.stands_for("*"):
        mine.append(case.unit.in_(["", *sorted(who.units)]))
    # Whatever has an entry in the month was changed in it or later.
    done = select(log.trigger, log.actor_name, log.case_id).join(case, case.id == log.case_id)
    done = done.where(case.updated_at >= begins, log.at >= begins, log.at < ends, *mine)
    rows = done.where(log.trigger != "opened").subquery().c
    people = done.where(log.role.not_in([role.value for role in UNMANNED]), log.actor_name != "").subquery().c
    with web.door().database.read() as session:
        return {
            "month": f"{first:%Y-%m}",
            "cases": {
                "opened": _count(session, case, *mine, case.opened_at >= begins, case.opened_at < ends),
                "ended": _count(session, case, *mine, case.ended_at >= begins, case.ended_at < ends),
                "open": _count(session, case, *mine, case.ended_at.is_(None)),
            },
            "steps": _grouped(session, rows.trigger, rows.case_id),
            "people": _grouped(session, people.actor_name, people.case_id),
        }


def _count(session: Session, case: Any, *conditions: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count()).select_from(case).where(*conditions)) or 0)


def _grouped(session: Session, by: ColumnElement[Any], case_id: ColumnElement[Any]) -> list[dict[str, Any]]:
    asked = select(by, func.count(), func.count(distinct(case_id))).group_by(by).order_by(func.count().desc(), by)
    return [{"name": name, "times": times, "cases": cases} for name, times, cases in session.execute(asked)]


def _bounds(text: str) -> tuple[date, date]:
    """Return the first day of a month and of the next one."""
    try:
        first = date.fromisoformat(f"{text}-01") if text else local_date(moments.now()).replace(day=1)
    except ValueError:
        first = date.min
    if not date(1900, 1, 1) <= first <= date(9000, 1, 1):
        raise wrong("month", "应为月份，如 2026-11", "a month such as 2026-11")
    year, month = divmod(first.month, _DECEMBER)
    return first, date(first.year + year, month + 1, 1)


def sheet(shown: dict[str, Any]) -> str:
    """Write it for a spreadsheet, in Chinese."""
    terms, out = pages.terms(), io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["项目", "次数", "案件数", shown["month"]])
    for name, said in (("opened", "本月新收"), ("ended", "本月办结"), ("open", "目前在办")):
        rows.writerow([said, "", shown["cases"][name], ""])
    for row in shown["steps"]:
        rows.writerow([terms.trigger(row["name"], "zh"), row["times"], row["cases"], "步骤"])
    for row in shown["people"]:
        rows.writerow([harmless(row["name"]), row["times"], row["cases"], "人员"])
    return out.getvalue()


def _sheet(shown: dict[str, Any]) -> Response:
    # The mark at its beginning tells a spreadsheet that it is UTF-8.
    response = Response("\ufeff" + sheet(shown), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="month-{shown["month"]}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
