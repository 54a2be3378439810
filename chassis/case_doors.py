"""The doors of a service's cases: its list, one case, its steps and its personal data, as API and as pages."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint as Routes
from flask import Response, g, redirect, request
from sqlalchemy import func, insert, select
from werkzeug.wrappers import Response as AnyResponse

from chassis import listing, moments, pages, views
from chassis.access import Principal
from chassis.acting import Action
from chassis.cases import takers
from chassis.forms import parse_form
from chassis.handling import LET_GO
from chassis.masking import redact
from chassis.papers import Serving
from chassis.privacy import RevealLogged
from chassis.problems import ProblemError, invalid, not_found
from chassis.running import RunningClocks
from chassis.sealing import unseal
from chassis.web import answer, check_csrf, door, json_body, sees, staff, staff_on_page
from chassis.wire import new_id
from chassis.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

MOST_ACTIONS = 200
_LONGEST_PURPOSE = 500


def routes() -> Routes:
    """Return the doors of the cases."""
    routes = Routes("cases", __name__)
    routes.get("/api/v1/workflow")(lambda: answer(views.table(door().blueprint)))
    routes.get("/api/v1/counts")(_counts)
    routes.get("/api/v1/cases")(_list)
    routes.get("/api/v1/cases/<case_id>")(_show)
    routes.post("/api/v1/cases/<case_id>/actions/<trigger>")(_act)
    routes.post("/api/v1/cases/<case_id>/reveal")(_reveal)
    routes.post("/api/v1/actions")(_act_many)
    # A service's own first page, where it has one, comes before this.
    routes.get("/")(_home)
    routes.get("/cases")(_list_page)
    routes.get("/cases/<case_id>")(_case_page)
    routes.post("/cases/<case_id>/actions/<trigger>")(_act_on_page)
    routes.post("/cases/<case_id>/reveal")(_reveal_on_page)
    return routes


def _home() -> AnyResponse:
    """Lead to the cases."""
    return redirect(pages.here("/cases"), 303)


def _page_of_cases(who: Principal, query: Mapping[str, str]) -> dict[str, Any]:
    at = door()
    now = moments.now()
    workflow = at.blueprint.workflow
    if workflow is None:
        raise not_found()
    with at.database.look() as session:
        page = listing.page(session, at.blueprint.case, workflow, query, who, now, at.blueprint.filters)
        items = [views.summary(case, at.blueprint, now) for case in page.rows]
        if query.get("actions") in ("1", "true"):
            known = cache(lambda: at.blueprint.known(session, now))
            ids = [case.id for case in page.rows]
            took = cache(lambda: takers(session, at.blueprint.store.timeline, ids))
            clocks = partial(RunningClocks(session, at.blueprint).of, others=page.rows)
            for item, case in zip(items, page.rows, strict=True):
                item["actions"] = views.actions(
                    case, at.blueprint, who, now, known=known, took=lambda one: took()[one], clocks=clocks
                )
        if at.blueprint.columns is not None and query.get("columns") in ("1", "true"):
            columns = at.blueprint.columns(session, at.blueprint, [case.id for case in page.rows], pages.terms())
            for item in items:
                item["columns"] = columns[item["id"]]
    found: dict[str, Any] = {"items": items, "next": page.next}
    if page.count is not None:
        found["count"] = {"cases": min(page.count, listing.COUNTED), "or_more": page.count > listing.COUNTED}
    if page.back_to is not None:
        found["back_to"] = views.when(page.back_to)
    return found


def _list() -> Response:
    who = staff()
    own = door().blueprint
    known = (
        *listing.NARROWING,
        *(one.name for one in own.filters),
        *listing.PAGING,
        *(["columns"] if own.columns else []),
    )
    for name in request.args:
        # The language of the answer may be asked for at every door.
        if name not in (*known, "lang"):
            # Whoever misspells a filter must not take all cases for those that he asked for.
            raise listing.wrong(
                name, f"没有这个查询参数；可用的有：{'、'.join(known)}", f"there are: {', '.join(known)}"
            )
    return answer(_page_of_cases(who, request.args))


def _counts() -> Response:
    """Count the cases by state, and the letters that wait or are parked."""
    staff()
    at = door()
    store, case = at.blueprint.store, at.blueprint.case
    with at.database.look() as session:
        by_state = session.execute(select(case.state, func.count()).group_by(case.state))
        states: dict[str, int] = {state: number for state, number in by_state}  # noqa: C416 - a row is no tuple to mypy
        parked = session.scalar(select(func.count()).select_from(store.parked)) or 0
        dead = session.scalar(select(func.count()).where(store.parked.c.dead.is_(True))) or 0
        waiting = session.scalar(select(func.count()).where(store.letters.c.posted_at.is_(None))) or 0
        told = session.scalar(select(func.max(store.letters.c.seq))) or 0
    ends = at.blueprint.workflow.ends if at.blueprint.workflow else frozenset()
    ended = {state: count for state, count in states.items() if state in ends}
    return answer(
        {
            "cases": sum(states.values()),
            "states": states,
            "ends": ended,
            "open": sum(states.values()) - sum(ended.values()),
            "parked": parked,
            "dead": dead,
            "letters": {"told": told, "waiting": waiting},
        }
    )


def case_of(who: Principal, case_id: str, *, unveiled: bool = False) -> dict[str, Any]:
    """Return a case as somebody may see it. Raises ProblemError."""
    at = door()
    with at.database.look() as session:
        case = session.get(at.blueprint.case, case_id)
        if case is None or not sees(who, case.unit):
            raise not_found("没有这个案件", "There is no such case")
        found = views.whole(session, case, at.blueprint, who, moments.now(), lang=pages.language(), unveiled=unveiled)
        if at.completes is not None:
            at.completes(session, found)
        return found


def _show(case_id: str) -> Response:
    return answer(case_of(staff(), case_id))


def _act(case_id: str, trigger: str) -> Response:
    who = staff()
    body = json_body()
    form, version = form_of(body)
    result = door().acting.one(
        who,
        Action(case_id=case_id, trigger=trigger, form=form, version=version),
        request.headers.get("Idempotency-Key", ""),
    )
    return answer(result)


def form_of(body: Mapping[str, Any]) -> tuple[dict[str, Any], int | None]:
    """Return the form and the version of the body of an action. Raises ProblemError."""
    unknown = sorted({*body} - {"form", "version"})
    form, version = body.get("form", {}), body.get("version")
    if unknown or not isinstance(form, dict) or not (version is None or isinstance(version, int)):
        raise ProblemError(
            400,
            "bad-action",
            '请求体应为 {"form": {…}, "version": 数字}',
            'The body must be {"form": {…}, "version": number}',
            errors=[{"pointer": f"/{name}", "zh": "不认识的字段", "en": "unknown field"} for name in unknown],
        )
    return form, version


def _act_many() -> Response:
    who = staff()
    items = json_body().get("actions")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ACTIONS:
        raise ProblemError(
            400,
            "bad-actions",
            f"actions 应为 1 到 {MOST_ACTIONS} 项的列表",
            f"actions must be a list of 1 to {MOST_ACTIONS}",
        )
    actions = []
    for number, item in enumerate(items):
        try:
            actions.append(
                Action(
                    case_id=str(item["case_id"]),
                    trigger=str(item["trigger"]),
                    form=dict(item.get("form") or {}),
                    version=item.get("version"),
                )
            )
        except (KeyError, TypeError, AttributeError, ValueError):
            raise invalid(
                [
                    {
                        "pointer": f"/actions/{number}",
                        "zh": "需要 case_id、trigger 和 form",
                        "en": "case_id, trigger and form are needed",
                    }
                ]
            ) from None
    return answer({"results": door().acting.many(who, actions, request.headers.get("Idempotency-Key", ""))})


def reveal(who: Principal, case_id: str, purpose: str) -> dict[str, Any]:
    """Open a case's personal data for a stated purpose; log that they were opened, and tell it.

    Returns what was sealed for this service; the masked fields of its own forms may be
    shown by whoever has called this.
    """
    at = door()
    purpose = purpose.strip()
    if not 2 <= len(purpose) <= _LONGEST_PURPOSE or "\x00" in purpose:  # noqa: PLR2004
        raise invalid([{"pointer": "/purpose", "zh": "请说明查看目的", "en": "State the purpose"}])
    with at.database.write() as session:
        case = session.get(at.blueprint.case, case_id)
        if case is None or not sees(who, case.unit):
            raise not_found("没有这个案件", "There is no such case")
        if not views.works_on(who, at.blueprint, case.unit):
            raise ProblemError(
                403,
                "not-permitted",
                "只有办理本案的人员可以查看个人信息",
                "Personal data are for those who work on the case",
            )
        sealed, masked = case.details.get("sealed"), at.blueprint.veil.hides(case.details)
        if not sealed and not masked:
            raise not_found("本案没有个人信息", "The case holds no personal data")
        opened = unseal(sealed, at.keys.private(at.blueprint.name)) if sealed else {}
        log_look(session, who, case, [*sorted(opened), *(["forms"] if masked else [])], purpose)
    at.acting.wake()
    return opened


def log_look(session: Session, who: Principal, case: Any, what: list[str], purpose: str) -> None:
    """Put on record, and tell, that somebody has opened personal data of a case."""
    at = door()
    work = Work(session, at.blueprint, moments.now(), principal=who)
    session.execute(
        insert(at.blueprint.store.reveals),
        {"id": new_id(), "case_id": case.id, "at": work.now, "by": who.id, "purpose": purpose},
    )
    told = RevealLogged(
        case_id=case.id,
        number=case.number,
        unit=case.unit,
        what=what,
        purpose=redact(purpose).text,
        by=who.id,
        by_name=who.name,
        at=work.now,
    )
    work.tell(told, case.subject)
    work.record()


def _reveal(case_id: str) -> Response:
    who = staff()
    sealed = reveal(who, case_id, str(json_body().get("purpose", "")))
    details = case_of(who, case_id, unveiled=True)["details"]
    return answer({"sealed": sealed, "details": details}, Cache_Control="no-store")


# -- pages --------------------------------------------------------------------


def _list_page() -> AnyResponse | str | tuple[str, int]:
    who = staff_on_page()
    if not isinstance(who, Principal):
        return who
    status, problems = 200, []
    try:
        found = _page_of_cases(who, {**request.args, "count": "1"})
    except ProblemError as problem:
        if problem.name != "bad-query":
            raise
        # What was asked for stays on the page, to be put right there.
        found, status, problems = {"items": [], "next": None}, problem.status, problem.errors
    workflow = door().blueprint.workflow
    page = pages.render_cases(
        pages.CasesPage(
            cases=found["items"],
            filters=request.args.to_dict(),
            states=workflow.states if workflow else (),
            choices=door().blueprint.filters,
            has_columns=door().blueprint.columns is not None,
            next=found["next"] or "",
            total=found.get("count"),
            back_to=found.get("back_to", ""),
            more=_more(),
            problems=problems,
        )
    )
    return page, status


def _more() -> list[tuple[str, str]]:
    spec = door().blueprint
    there = ((spec.papers is not None, "Register of documents", "/papers"), (spec.computations, "Calculators", "/calc"))
    return [(label, path) for has, label, path in there if has]


def _case_page(case_id: str) -> AnyResponse | str:
    who = staff_on_page()
    return case_page(who, case_id) if isinstance(who, Principal) else who


def case_page(who: Principal, case_id: str, **more: Any) -> str:
    """Render the page of a case."""
    case = case_of(who, case_id, unveiled=more.get("revealed", False))
    g.principal = who
    if case["sealed"] and "personal" not in more:
        more["personal"] = {"name": "＊＊", "phone": "＊＊＊"}
    asked = request.args.get("done", "")
    more["done"] = asked if any(entry["trigger"] == asked for entry in case["timeline"]) else ""
    own = door().pictures
    kept = [] if case["state"] in LET_GO else case["details"].get("pictures", [])
    more["pictures"] = own(case_id) if own is not None else kept
    look = door().related
    more["related"] = look(case_id, who) if look is not None else []
    look_up = door().beside
    more["beside"] = look_up(case) if look_up is not None else None
    documents = door().documents
    more["documents"] = documents(case_id, who) if documents is not None else []
    laid = door().evidence
    more["evidence"] = laid(case_id) if laid is not None else None
    more["may_lay"] = laid is not None and views.takes_part(who, door().blueprint, case["unit"])
    more["serving"] = Serving if views.works_on(who, door().blueprint, case["unit"]) else None
    own_files = door().files
    more["files"] = own_files(case_id) if own_files is not None else []
    spec, now = door().blueprint, moments.now()
    more["ends"], more["inner"] = spec.workflow.ends if spec.workflow else (), spec.inner
    more["law"] = lambda code: spec.legal.said(code, now, pages.language())
    return pages.render_case(case, _forms(case["state"]), who, g.csrf_token, **more)


def _forms(state: str) -> dict[str, Any]:
    workflow = door().blueprint.workflow
    return {step.trigger: step.form for step in workflow.steps_from(state) if step.form} if workflow else {}


def _act_on_page(case_id: str, trigger: str) -> AnyResponse | str | tuple[str, int]:
    check_csrf()
    who = staff()
    at = door()
    case = case_of(who, case_id)
    schema = _forms(case["state"]).get(trigger)
    form = parse_form(schema, request.form, request.files) if schema else {}
    version = request.form.get(pages.VERSION_FIELD, "")
    action = Action(case_id=case_id, trigger=trigger, form=form, version=int(version) if version.isdecimal() else None)
    try:
        at.acting.one(who, action, request.form.get(pages.KEY_FIELD, ""))
    except ProblemError as problem:
        errors = problem.told()
        return case_page(who, case_id, trigger=trigger, entered=form, problems=errors), problem.status
    return redirect(pages.here(f"/cases/{case_id}?done={trigger}"), 303)


def _reveal_on_page(case_id: str) -> AnyResponse | str | tuple[str, int]:
    check_csrf()
    who = staff()
    try:
        revealed = reveal(who, case_id, request.form.get(pages.PURPOSE_FIELD, ""))
    except ProblemError as problem:
        return case_page(who, case_id, problems=problem.errors), problem.status
    return case_page(who, case_id, personal=revealed, revealed=True)
