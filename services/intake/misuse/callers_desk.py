"""The register of callers at the desk: proposed by one, decided by another; each look is logged.

GET  /callers, /callers/proposed, /callers/<id>; POST /callers/proposed, /callers/<id>/<trigger>
GET  /api/v1/callers, /api/v1/callers/<id>; POST /api/v1/callers, /api/v1/callers/<id>/actions/<trigger>
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, g, render_template, request
from sqlalchemy import select
from werkzeug.utils import redirect

from chassis import moments, pages, web
from chassis.forms import by_pointer, loaded, parse_form
from chassis.pages import language
from chassis.problems import ProblemError
from chassis.views import when
from services.intake.answers.knowledge_desk import to_sign_in
from services.intake.misuse import callers, callers_book
from services.intake.models import Case, ListedCaller
from services.intake.ways_in import doors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from chassis.access import Principal

routes = Routes("callers", __name__)
_MOST: Final = 200
_PROPOSE: Final = ("operator", "desk")


# -- for programs -------------------------------------------------------------


@routes.get("/api/v1/callers")
def list_callers() -> Response:
    """Answer the register; the look is logged."""
    return web.answer({"items": _list(_permitted())}, Cache_Control="no-store")


@routes.get("/api/v1/callers/<entry_id>")
def show_caller(entry_id: str) -> Response:
    """Answer an entry; the look is logged."""
    return web.answer(_entry(_permitted(), entry_id), Cache_Control="no-store")


@routes.post("/api/v1/callers")
def post_proposal() -> Response:
    """Take a proposal."""
    entry_id = _propose(_permitted(*_PROPOSE), doors.body_of_request()[1])
    return web.answer({"id": entry_id, "state": "proposed"}, 201)


@routes.post("/api/v1/callers/<entry_id>/actions/<trigger>")
def post_step(entry_id: str, trigger: str) -> Response:
    """Take a step of an entry."""
    state = _act(_permitted(), entry_id, trigger, doors.body_of_request()[1])
    return web.answer({"id": entry_id, "state": state})


# -- pages --------------------------------------------------------------------


@routes.get("/callers")
def callers_page() -> AnyResponse | str:
    """Show the register."""
    if (gone := to_sign_in()) is not None:
        return gone
    who = _permitted()
    return render_template("callers.html", items=_list(who), may_propose=who.has(*_PROPOSE), longest=callers.policy())


@routes.get("/callers/proposed")
def propose_page() -> AnyResponse | str:
    """Ask for a proposal; `?appeal=` names a first piece of evidence."""
    if (gone := to_sign_in()) is not None:
        return gone
    _permitted(*_PROPOSE)
    first = request.args.get("appeal", "")[:60]
    return render_template(
        "caller_proposal.html", schema=callers.Proposal, entered={"appeals": [first] if first else []}, problems={}
    )


@routes.post("/callers/proposed")
def propose_on_page() -> AnyResponse | tuple[str, int]:
    """Take a proposal from the page."""
    web.check_csrf()
    who = _permitted(*_PROPOSE)
    entered = parse_form(callers.Proposal, request.form)
    try:
        entry_id = _propose(who, entered)
    except ProblemError as problem:
        problems = by_pointer(_errors(problem), language())
        page = render_template("caller_proposal.html", schema=callers.Proposal, entered=entered, problems=problems)
        return page, problem.status
    return redirect(pages.here(f"/callers/{entry_id}"), 303)


@routes.get("/callers/<entry_id>")
def caller_page(entry_id: str) -> AnyResponse | str:
    """Show an entry with its evidence, its history and who looked at it."""
    if (gone := to_sign_in()) is not None:
        return gone
    return _page(_permitted(), entry_id)


@routes.post("/callers/<entry_id>/<trigger>")
def act_on_page(entry_id: str, trigger: str) -> AnyResponse | tuple[str, int]:
    """Take a step from the page."""
    web.check_csrf()
    who = _permitted()
    schema = next((one.form for one in callers.LISTING.steps if one.trigger == trigger), None)
    entered = parse_form(schema, request.form) if schema else {}
    try:
        _act(who, entry_id, trigger, entered)
    except ProblemError as problem:
        problems = by_pointer(_errors(problem), language())
        return _page(who, entry_id, tried=trigger, entered=entered, problems=problems), problem.status
    return redirect(pages.here(f"/callers/{entry_id}"), 303)


def _page(who: Principal, entry_id: str, **more: Any) -> str:
    with web.door().database.read() as session:
        looks = callers_book.looks(session, callers_book.find(session, entry_id).id)
    given = {"tried": "", "entered": {}, "problems": {}, **more}
    return render_template(
        "caller.html", entry=_entry(who, entry_id), looks=looks, forms=_forms(), policy=callers.policy(), **given
    )


def _forms() -> dict[str, Any]:
    return {one.trigger: one.form for one in callers.LISTING.steps if one.form}


# -- what both do -------------------------------------------------------------


def _list(who: Principal) -> list[dict[str, Any]]:
    now = moments.now()
    with web.door().database.write() as session:
        rows = session.scalars(select(ListedCaller).order_by(ListedCaller.opened_at.desc()).limit(_MOST)).all()
        callers_book.log_look(session, who, "*", "list", now)
        return [_summary(row, now) for row in rows]


def _summary(row: ListedCaller, now: Any) -> dict[str, Any]:
    ran_out = row.state in ("listed", "objected") and row.until is not None and row.until <= now
    ground = callers.policy().grounds.get(row.ground)
    return {
        "id": row.id,
        "state": "expired" if ran_out else row.state,
        "ground": row.ground,
        "ground_label": {"zh": ground.zh, "en": ground.en} if ground else {"zh": row.ground, "en": row.ground},
        "basis": ground.basis if ground else "",
        "measure": row.details.get("measure", ""),
        "way": row.way,
        "until": when(row.until),
        "opened_at": when(row.opened_at),
        "appeals": len(row.details["appeals"]),
    }


def _entry(who: Principal, entry_id: str) -> dict[str, Any]:
    now = moments.now()
    with web.door().database.write() as session:
        row = callers_book.find(session, entry_id)
        callers_book.log_look(session, who, row.id, "entry", now)
        cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(row.details["appeals"])))}
        waiting = select(Case).where(Case.petitioner == row.petitioner, Case.state == "registered")
        waiting = waiting.order_by(Case.opened_at.desc()).limit(_MOST)
        held = [case for case in session.scalars(waiting) if case.details.get("hold")]
        return {
            **_summary(row, now),
            "facts": row.details["facts"],
            "evidence": [_named(cases[one]) for one in row.details["appeals"] if one in cases],
            "held": [_named(case) for case in held],
            "history": row.details["history"],
            "actions": _actions(row, who, now),
        }


def _named(case: Any) -> dict[str, str]:
    return {"id": case.id, "number": case.number, "title": case.title, "state": case.state}


def _actions(row: ListedCaller, who: Principal, now: Any) -> list[dict[str, Any]]:
    found = []
    for one in callers.LISTING.steps_from(row.state):
        try:
            moment = callers_book.moment_of(one.trigger, row, who, now)
        except ProblemError:
            continue
        refusals = callers.LISTING.refusals(row, one, {}, moment)
        found.append(
            {"trigger": one.trigger, "allowed": not refusals, "refusals": [{"zh": r.zh, "en": r.en} for r in refusals]}
        )
    return found


def _propose(who: Principal, form: Mapping[str, Any]) -> str:
    said = loaded(callers.Proposal, form)
    with web.door().database.write() as session:
        return callers_book.propose(session, said, who, moments.now()).id


def _act(who: Principal, entry_id: str, trigger: str, form: Mapping[str, Any]) -> str:
    now = moments.now()
    with web.door().database.write() as session:
        row = callers_book.find(session, entry_id)
        moment = callers_book.moment_of(trigger, row, who, now)
        schema = _forms().get(trigger)
        callers_book.step(session, row, trigger, loaded(schema, form) if schema else {}, moment)
        state = row.state
    callers_book.forget()
    return state


def _permitted(*roles: str) -> Principal:
    who = web.staff()
    g.principal = who
    if not who.has(*(roles or callers.LOOK)):
        raise ProblemError(
            403,
            "not-permitted",
            "来电登记册仅供受理人员、审定人和督查员查看；提议限话务员和诉求台",
            "The register is for the desk, those who decide and inspectors; operators and the desk propose",
        )
    return who


def _errors(problem: ProblemError) -> list[dict[str, str]]:
    return problem.told()


# -- the mark, for the desk only ----------------------------------------------


def mark(session: Session, petitioner: str) -> str:
    """Return the id of the entry that holds for a caller, for whoever is at the desk, and log that he saw it."""
    who, now = web.visitor(), moments.now()
    row = callers_book.listed(session, petitioner, now) if who is not None and who.has(*_PROPOSE) else None
    if row is None or who is None:
        return ""
    with web.door().database.write() as writing:
        callers_book.log_look(writing, who, row.id, "mark", now)
    return row.id
