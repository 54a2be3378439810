"""Routing's web process: the ledger and its pages, derived from the procedure, the ledger as a spreadsheet, and units that help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, request, send_file
from sqlalchemy import insert

from chassis import listing, moments, openapi, pages
from chassis.app import make_app
from chassis.masking import redact
from chassis.privacy import RevealLogged
from chassis.problems import ProblemError, invalid
from chassis.web import door, staff
from chassis.wire import new_id
from chassis.work import Work
from services.routing import doors, export
from services.routing.dispatch import rulepages, trying
from services.routing.models import Case
from services.routing.service import RoutingService
from services.routing.signoff import signing_pages
from services.routing.workflow import LEDGER

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.settings import Settings

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHORTEST, _LONGEST = 2, 200
#: Whose task it is to have the whole ledger in hand.
_EXPORTERS: Final = ("desk", "leader")

routes = Routes("ledger", __name__)


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(RoutingService, settings, routes, rulepages.routes, doors.routes, signing_pages.routes)
    described = app.extensions["jiesu"].blueprint
    app.extensions["jiesu"].completes = _complete
    described.columns = export.register
    described.operations[:] = [
        *signing_pages.OPERATIONS,
        *rulepages.OPERATIONS,
        *doors.OPERATIONS,
        ("/api/v1/ledger.xlsx", "get", _operation(described)),
    ]
    return app


def _operation(described: Any) -> dict[str, Any]:
    return {
        "summary": "The ledger as a spreadsheet, with a watermark; who took it, and for what purpose, is on record",
        "security": [{"token": []}],
        "parameters": [
            *openapi.query_parameters(described),
            {
                "in": "query",
                "name": "purpose",
                "required": True,
                "schema": {"type": "string", "minLength": _SHORTEST, "maxLength": _LONGEST},
            },
        ],
        "responses": {
            "200": {"description": "The lines, newest first", "content": {_XLSX: {}}},
            "400": {"description": f"Bad query, or more than {export.MOST_LINES} lines"},
            "403": {"description": "For the desk and leaders only"},
            "422": {"description": "No purpose"},
        },
    }


@routes.get("/api/v1/ledger.xlsx")
@routes.get("/ledger.xlsx")
def ledger_as_spreadsheet() -> Response:
    """Send the lines that were asked for, once it is on record who has asked."""
    who, at = staff(), door()
    if not who.has(*_EXPORTERS):
        raise ProblemError(
            403, "not-permitted", "只有受理中心和街道领导可以导出台账", "The desk and leaders may export the ledger"
        )
    purpose = request.args.get("purpose", "").strip()
    if not _SHORTEST <= len(purpose) <= _LONGEST or "\x00" in purpose:
        raise invalid(
            [
                {
                    "pointer": "?purpose",
                    "zh": f"请说明导出用途，{_SHORTEST} 到 {_LONGEST} 个字",
                    "en": f"State the purpose of the export in {_SHORTEST} to {_LONGEST} characters",
                }
            ]
        )
    now = moments.now()
    with at.database.read() as session:
        ids = _asked_for(session, who)
    _put_on_record(who, purpose, len(ids))
    mark = export.watermark(who=f"{who.name}({who.id})", at=now, purpose=purpose)
    with at.database.look() as session:
        lines = export.lines_of(session, Case, at.blueprint.store, ids, pages.terms())
        file = export.workbook(lines, mark)
    answer = send_file(
        file, mimetype=_XLSX, as_attachment=True, download_name=f"ledger-{moments.now():%Y%m%d%H%M}.xlsx"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked_for(session: Session, who: Principal) -> list[str]:
    spec = door().blueprint
    rows, walked = listing.narrowed(session, Case, LEDGER, request.args, who, moments.now(), spec.filters)
    rows = rows.where(*(one.on(Case.__table__.c.id) for one in walked))
    newest_first = rows.with_only_columns(Case.id).order_by(Case.opened_at.desc(), Case.id.desc())
    ids = list(session.scalars(newest_first.limit(export.MOST_LINES + 1)))
    if len(ids) > export.MOST_LINES:
        raise ProblemError(
            400,
            "too-many-lines",
            f"一次最多导出 {export.MOST_LINES} 行，请缩小筛选范围，例如按受理日期分段导出",
            f"At most {export.MOST_LINES} lines at once: narrow the list, for example by days of opening",
        )
    return ids


def _put_on_record(who: Principal, purpose: str, count: int) -> None:
    """Keep, and tell inspectors, who took how many lines with him; without this record nothing is sent."""
    at = door()
    with at.database.write() as session:
        work, taken = Work(session, at.blueprint, moments.now(), principal=who), new_id()
        session.execute(
            insert(at.blueprint.store.reveals),
            {"id": taken, "case_id": taken, "at": work.now, "by": who.id, "purpose": purpose},
        )
        told = RevealLogged(
            case_id=taken,
            number=f"{count} 行",
            unit="",
            what=["ledger_export"],
            purpose=redact(purpose).text,
            by=who.id,
            by_name=who.name,
            at=work.now,
        )
        work.tell(told, taken)
        work.record()
    at.acting.wake()


def _complete(session: Session, case: dict[str, Any]) -> None:
    """Say of a case why it was sent where it is, and why not elsewhere, and show its signatures, each verified."""
    terms = pages.terms()
    trying.explained(session, case, lambda code: terms.value(code, "zh"))
    case["details"] = case["details"] | signing_pages.signatures_of(session, case["id"])
