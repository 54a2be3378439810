"""What is to be attended, day by day: the meetings that a service's open cases have been given.

GET /agenda, /api/v1/agenda    ?from=<day>&days=<1 to 31>&handlers=<part of a name>

A service with a column `handlers` makes these doors by `routes`, with a pure rule that reads meetings off what a
case keeps.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import render_template, request
from sqlalchemy import select

from chassis import moments, web
from chassis.access import Principal
from chassis.listing import wrong
from chassis.views import when
from chassis.workcalendar import local_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from chassis.meetings import Meeting

_LONGEST: Final = 31
_WEEK: Final = 7
#: So many cases are looked through; whoever has more narrows the list by a name.
_LOOKED_AT: Final = 2000

#: The doors, as OpenAPI describes them.
OPERATION: Final[tuple[str, str, dict[str, Any]]] = (
    "/api/v1/agenda",
    "get",
    {
        "summary": "The meetings of open cases, by day",
        "parameters": [
            {"in": "query", "name": "from", "schema": {"type": "string", "format": "date"}},
            {"in": "query", "name": "days", "schema": {"type": "integer", "minimum": 1, "maximum": _LONGEST}},
            {"in": "query", "name": "handlers", "schema": {"type": "string"}},
        ],
        "responses": {"200": {"description": "from, until, items, complete"}},
    },
)


def routes(meetings: Callable[[str, Mapping[str, Any]], Iterable[Meeting]], states: Iterable[str]) -> Routes:
    """Return the doors. `meetings` reads them off a case's state and details; only cases in `states` may have any."""
    found = Routes("agenda", __name__)
    among = sorted(states)

    @found.get("/api/v1/agenda")
    def listed() -> Response:
        return web.answer(_listed(web.staff(), meetings, among))

    @found.get("/agenda")
    def page() -> AnyResponse | str:
        who = web.staff_on_page()
        if not isinstance(who, Principal):
            return who
        shown = _listed(who, meetings, among)
        return render_template("agenda.html", **shown, first=shown["from"], asked=request.args)

    return found


def _listed(
    who: Principal, meetings: Callable[[str, Mapping[str, Any]], Iterable[Meeting]], states: list[str]
) -> dict[str, Any]:
    first, days = _from(request.args.get("from", "")), _days(request.args.get("days", str(_WEEK)))
    last = first + timedelta(days=days - 1)
    case = web.door().blueprint.case
    shown = (case.id, case.number, case.title, case.state, case.place, case.handlers, case.details)
    rows = select(*shown).where(case.ended_at.is_(None), case.state.in_(states)).limit(_LOOKED_AT + 1)
    if not who.stands_for("*"):
        rows = rows.where(case.unit.in_(["", *sorted(who.units)]))
    if name := request.args.get("handlers", "").strip():
        rows = rows.where(case.handlers.contains(name, autoescape=True))
    with web.door().database.read() as session:
        # Where there are too many, the latest are looked at: what is behind them was attended mostly.
        cases = session.execute(rows.order_by(case.opened_at.desc())).all()
        items = [
            _shown(row, meeting)
            for row in cases[:_LOOKED_AT]
            for meeting in meetings(row.state, row.details)
            if first <= _day(meeting) <= last
        ]
    items.sort(key=lambda item: (item["on"], item["at"] or "", item["number"]))
    return {"from": first, "until": last, "days": days, "items": items, "complete": len(cases) <= _LOOKED_AT}


def _shown(case: Any, meeting: Meeting) -> dict[str, Any]:
    return {
        "on": _day(meeting),
        "at": when(meeting.at) if isinstance(meeting.at, datetime) else None,
        "what": meeting.what,
        "place": meeting.place or case.place,
        "case_id": case.id,
        "number": case.number,
        "title": case.title,
        "state": case.state,
        "handlers": case.handlers,
    }


def _day(meeting: Meeting) -> date:
    return local_date(meeting.at) if isinstance(meeting.at, datetime) else meeting.at


def _from(text: str) -> date:
    try:
        found = date.fromisoformat(text) if text else local_date(moments.now())
    except ValueError:
        found = date.min
    if not date(1900, 1, 1) <= found <= date(9000, 1, 1):
        raise wrong("from", "应为日期，如 2026-03-01", "a day such as 2026-03-01")
    return found


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(_LONGEST)) or not 1 <= int(text) <= _LONGEST:
        raise wrong("days", f"应为 1 到 {_LONGEST} 的整数", f"a whole number from 1 to {_LONGEST}")
    return int(text)
