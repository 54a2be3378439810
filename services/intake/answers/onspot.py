"""What an operator does while somebody is still on the line: answers, relays or says the legal route, in one go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import render_template
from sqlalchemy import and_, or_, select

from chassis import case_doors, pages, web
from chassis.problems import not_found
from chassis.workflow import Role
from services.intake import rules
from services.intake.answers import knowledge_desk, replies, stock
from services.intake.misuse import callers_desk
from services.intake.models import Case
from services.intake.ways_in import public
from services.intake.workflow import AMONG_OTHERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

routes = Routes("onspot", __name__)

_STAFF: Final = (Role.OPERATOR, Role.DESK)
_HERE: Final = ("registered", "ledgered")
_UNSEEN: Final = ("ledgered", "dispatched")
_MOST: Final = 50
_LINE: Final = Case.details["line"].as_string()
#: What is older has been seen by whoever has it.
_LATELY: Final = timedelta(days=1)


def at_once(answer_with: str, line: str) -> tuple[str, dict[str, Any]] | None:
    """Return the step that a button of the desk's page asks for beside the registration: trigger and form.

    `answer_with` is an entry and its version, such as `dogs:0`. Raises ProblemError for an entry that is not there.
    """
    if answer_with:
        name, _colon, version = answer_with.partition(":")
        with web.door().database.read() as session:
            found = stock.newest(session, name)
        if not version.isdecimal():
            raise not_found("知识库中没有这一版本，请重新查找", "There is no such version; search again")
        # The version that was on the screen is what the step is refused by where it is not the newest any more.
        return "answered", {"reply": found.answer, "entry": name, "entry_version": int(version)}
    return ("relayed", {"service": line}) if line in rules.EMERGENCY_LINES else None


@routes.get("/cases/<case_id>/answer")
def answer_page(case_id: str) -> AnyResponse | str:
    """Show what an appeal may be answered with on the spot, each to be changed before it is sent."""
    if (gone := knowledge_desk.to_sign_in()) is not None:
        return gone
    who = knowledge_desk.permitted(_STAFF)
    case = case_doors.case_of(who, case_id)
    text = f"{case['title']}\n{case['details'].get('text', '')}"
    table = replies.table()
    return render_template(
        "onspot.html",
        case=case,
        text=case["details"].get("text", ""),
        open=case["state"] in _HERE,
        held=bool(case["details"].get("hold")) and case["state"] == "registered",
        classes=[
            {
                "ground": one.ground,
                "article": one.article,
                "routes": [{"name": route, "reply": replies.not_accepted(one.ground, route)} for route in one.routes],
            }
            for one in table.classes.values()
        ],
        lines=[{"line": line, "reply": replies.relayed(line)} for line in table.lines],
        **knowledge_desk.matching(text),
    )


def link_to_it(session: Session, case: dict[str, Any]) -> None:
    """Add to a case who has it and by when, as the petitioner is told, the ways to it, and for the desk that to its caller."""
    row = session.get(Case, case["id"])
    case["names"] = _names_of_others(session, case)
    if row is not None and (until := public.due(row)):
        case["unit"] = rules.holder(row.public)[1]
        case["details"] = {**case["details"], "due": until}
    if row is not None and (entry := callers_desk.mark(session, row.petitioner)):
        href = pages.here(f"/callers/{entry}")
        case["links"] = [
            {"href": href, "zh": "在册来电人（仅受理岗位可见）", "en": "A listed caller (for the desk only)"}
        ]
    if case["state"] in _HERE and any(one["trigger"] == "answered" and one["allowed"] for one in case["actions"]):
        href = pages.here(f"/cases/{case['id']}/answer")
        case.setdefault("links", []).append(
            {"href": href, "zh": "查知识库、告知途径、转紧急热线", "en": "Knowledge base, routes, emergencies"}
        )


def _names_of_others(session: Session, case: Mapping[str, Any]) -> dict[str, str]:
    """Return how people name the appeals that a case was brought together with, by id: the number, else the title."""
    forms = [case["details"].get("merged") or {}, *((entry.get("form") or {}) for entry in case["timeline"])]
    ids = {form[name] for form in forms for name in ("into", "appeal") if form.get(name)}
    if not ids:
        return {}
    found = session.execute(select(Case.id, Case.number, Case.title).where(Case.id.in_(ids)))
    return {row.id: row.number or row.title for row in found}


def dangers(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Return what came in the last day and speaks of danger, while its emergency line was not told: nobody was on the phone.

    What no line is for (an old man not seen for days) is among them until its unit has signed for it.
    """
    unseen = and_(Case.urgency == "I", Case.state.in_(_UNSEEN), _LINE.is_(None))
    lately = select(Case).where(Case.state.in_(AMONG_OTHERS), Case.opened_at > now - _LATELY, or_(_LINE != "", unseen))
    return [
        {"id": case.id, "number": case.number, "title": case.title, "line": case.details.get("line", "")}
        for case in session.scalars(lately.order_by(Case.opened_at.desc()).limit(_MOST))
    ]


def waiting_to_be_asked(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Return the relayed emergencies that nobody has asked about yet, those that are overdue first."""
    relayed = select(Case).where(Case.state == "relayed", Case.ended_at.is_(None)).order_by(Case.due_at).limit(_MOST)
    return [
        {
            "id": case.id,
            "title": case.title,
            "line": case.details.get("relayed", {}).get("service", ""),
            "due_at": case.due_at,
            "overdue": case.due_at is not None and case.due_at < now,
        }
        for case in session.scalars(relayed)
    ]
