"""The list of second calls, with what each answer differs in, and their figures of a period with denominators.

GET /api/v1/recalls?from=&until=, GET /recalls
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, g, render_template, request
from sqlalchemy import func, select

from chassis import moments, views, web
from chassis.forms import loaded
from chassis.problems import ProblemError
from chassis.workcalendar import local, local_date, utc
from chassis.workflow import Role
from services.feedback import recalls
from services.feedback.calls import manners
from services.feedback.models import Case
from services.feedback.schemas import RecallsAsked

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from chassis.access import Principal

routes = Routes("recalls", __name__)
_READ: Final = (Role.OPERATOR, Role.LEADER, Role.INSPECTOR)
_SHOWN: Final = 100


@routes.get("/api/v1/recalls")
def recalls_for_programs() -> Response:
    """Answer the second calls of a period and their figures."""
    return web.answer(_found(web.staff()))


@routes.get("/recalls")
def recalls_page() -> AnyResponse | str:
    """Show the second calls of a period and their figures."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = web.staff()
    return render_template("recalls.html", found=_found(who), asked=request.args, percent=manners().recall_percent)


def _found(who: Principal) -> dict[str, Any]:
    if not who.has(*_READ):
        raise ProblemError(
            403,
            "not-permitted",
            "抽查复核清单仅供回访人员、领导和督查人员使用",
            "Second calls are for those who call, leaders and inspectors",
        )
    today = local_date(moments.now())
    usual = {"from": f"{today:%Y}-01-01", "until": f"{today + timedelta(days=1)}"}
    asked = loaded(RecallsAsked, usual | {name: value for name, value in request.args.items() if value})
    start, until = utc(local(asked["start"])), utc(local(asked["until"]))
    within = (Case.recall_at >= start, Case.recall_at < until)
    with web.door().database.look() as session:
        counted = session.execute(select(Case.recall, func.count()).where(*within).group_by(Case.recall))
        counts = {name: count for name, count in counted if name}
        due = select(Case).where(Case.state == "closed", Case.recall == recalls.DUE).order_by(Case.recall_at, Case.id)
        done = select(Case).where(*within, Case.recall == recalls.DIFFERS).order_by(Case.recall_at.desc(), Case.id)
        return {
            "from": asked["start"].isoformat(),
            "until": asked["until"].isoformat(),
            "figures": recalls.summary(counts),
            "due": [_row(case) for case in session.scalars(due.limit(_SHOWN))],
            "differing": [_row(case) for case in session.scalars(done.limit(_SHOWN))],
        }


def _row(case: Case) -> dict[str, Any]:
    second, first = case.details.get("recalled"), case.details.get("rated")
    return {
        "id": case.id,
        "number": case.number,
        "title": case.title,
        "unit": case.unit,
        "drawn_at": views.when(case.recall_at),
        "called_by": case.details.get("rated_by_name", ""),
        "tries": len(case.details.get("recall_tried", ())),
        "differences": recalls.differences(first, second) if second and first else [],
        "note": second["note"] if second else "",
    }
