"""Pages and API of those who help with a case, and the analysis of returns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, g, redirect, render_template, request
from marshmallow import Schema, ValidationError
from sqlalchemy import false, func, or_, select
from werkzeug.wrappers import Response as AnyResponse

from chassis import moments, pages, web
from chassis.access import Principal
from chassis.acting import stale
from chassis.case_doors import form_of
from chassis.clocks import Clock, Light
from chassis.forms import by_pointer, example, explain_errors, loaded, parse_form
from chassis.problems import ProblemError, invalid, not_found
from chassis.views import when
from chassis.workcalendar import local, local_date, utc
from chassis.workflow import IllegalStepError, RefusedError, Role
from services.routing import schemas
from services.routing.models import Case
from services.routing.supervision import returns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from chassis.work import Work

routes = Routes("helping", __name__)

#: What a unit that helps may say, with its form.
STEPS: Final[Mapping[str, type[Schema]]] = {
    "assist_reported": schemas.AssistReport,
    "assist_explained": schemas.AssistInterim,
    "whistle_answered": schemas.Arrival,
    "whistle_rated": schemas.Mark,
}
_MOST: Final = 200
_FIRST_OF_NEXT: Final = timedelta(days=31)
_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_WHO: Final[dict[str, Any]] = {
    "401": {"description": "Not signed in", **_PROBLEM},
    "403": {"description": "Not for this role or unit", **_PROBLEM},
}
_SAID: Final[dict[str, Any]] = {
    "200": {"description": "id, state, version"},
    "404": {"description": "Nothing here that this unit helps with", **_PROBLEM},
    "409": {"description": "Not possible now, with the reasons", **_PROBLEM},
    "422": {"description": "What was sent is not valid, field by field", **_PROBLEM},
    **_WHO,
}


def _body(form: type[Schema]) -> dict[str, Any]:
    """Describe what a step takes: as every action does, or, as it was before, the form alone."""
    action = {
        "type": "object",
        "required": ["form"],
        "properties": {"form": form, "version": {"type": "integer"}},
        "additionalProperties": False,
    }
    return {"schema": {"oneOf": [action, form]}, "example": {"form": example(form())}}


#: These doors as OpenAPI describes them.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/help",
        "get",
        {
            "summary": "What units assist with, and open whistles: a handler's own units', all for the desk and leaders",
            "security": [{"token": []}],
            "responses": {"200": {"description": "items, more"}, **_WHO},
        },
    ),
    *(
        (
            f"/api/v1/help/{{case_id}}/{trigger}",
            "post",
            {
                "summary": (form.__doc__ or trigger).splitlines()[0],
                "security": [{"token": []}],
                "parameters": [
                    {"in": "path", "name": "case_id", "required": True, "schema": {"type": "string"}},
                    {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 100}},
                ],
                "requestBody": {"content": {"application/json": _body(form)}},
                "responses": _SAID,
            },
        )
        for trigger, form in STEPS.items()
    ),
    (
        "/api/v1/returns",
        "get",
        {
            "summary": "The returns of a period by unit, category, reason class or rule, each with its denominators",
            "security": [{"token": []}],
            "parameters": [{"in": "query", "schema": schemas.ReturnsAsked}],
            "responses": {
                "200": {"description": "from, until, as_of, by, total, groups, sent_round"},
                "422": {"description": "No such period", **_PROBLEM},
                **_WHO,
            },
        },
    ),
]


# -- units that help ----------------------------------------------------------------


def _helps() -> Principal:
    """Return who is signed in, where he has a part in what units help with."""
    who = web.signed_in()
    if not who.has(Role.HANDLER, Role.DESK, Role.LEADER, Role.INSPECTOR):
        raise ProblemError(
            403, "not-permitted", "本页供承办单位、受理中心和领导使用", "For units, the desk and leaders"
        )
    return who


def _has_a_part(who: Principal) -> ColumnElement[bool]:
    if "*" in who.units or who.has(Role.DESK, Role.LEADER, Role.INSPECTOR):
        return or_(Case.helpers != "", Case.called != "")
    marks = [column.contains(f",{unit},") for unit in sorted(who.units) for column in (Case.helpers, Case.called)]
    return or_(false(), *marks)


def _listed(who: Principal) -> dict[str, Any]:
    with web.door().database.read() as session:
        open_ones = or_(Case.ended_at.is_(None), Case.called != "")
        query = select(Case).where(_has_a_part(who), open_ones).order_by(Case.opened_at.desc(), Case.id)
        rows = session.scalars(query.limit(_MOST + 1)).all()
    return {"items": [_shown(case, who) for case in rows[:_MOST]], "more": len(rows) > _MOST}


def _found(who: Principal, case_id: str) -> Case:
    with web.door().database.read() as session:
        case = session.scalars(select(Case).where(Case.id == case_id, _has_a_part(who))).one_or_none()
    if case is None:
        raise not_found("没有您单位协办或报到的这件诉求", "Your unit has no part in such a case")
    return case


def _shown(case: Case, who: Principal) -> dict[str, Any]:
    """Return a case as those see it who help with it: the matter, and their own parts in it."""
    at, now = web.door(), moments.now()
    all_units = "*" in who.units or who.has(Role.DESK, Role.LEADER, Role.INSPECTOR)
    details = at.blueprint.veil.over_details(
        {name: case.details.get(name, "") for name in ("title", "text", "place", "mechanism")}
    )
    whistles = case.details.get("whistles") or []
    return {
        "id": case.id,
        "number": case.number,
        **details,
        "urgency": case.urgency,
        "state": case.state,
        "version": case.version,
        "unit": case.unit,
        "assists": [
            {**{name: value for name, value in row.items() if name != "clock"}, "light": _light(row, now)}
            for row in case.details.get("assists", ())
            if all_units or row["unit"] in who.units
        ],
        "whistles": [
            {
                **{name: value for name, value in whistle.items() if name != "clock"},
                "light": _light(whistle, now),
                "called": [row for row in whistle["called"] if all_units or row["unit"] in who.units],
            }
            for whistle in whistles[-1:]
        ],
    }


def _light(row: Mapping[str, Any], now: Any) -> str:
    done = row.get("state") == "reported" or row.get("closed_at")
    clock = Clock.from_dict(row["clock"])
    return (Light.GREEN if done else clock.light(web.door().blueprint.calendar, now)).value


def _say(
    who: Principal, case_id: str, trigger: str, given: Mapping[str, Any], key: str, version: int | None = None
) -> dict[str, Any]:
    """Take a unit's step, once per key; whoever speaks for it must belong to it, and have seen the `version` that he names."""
    if not who.has(Role.HANDLER):
        raise ProblemError(403, "not-permitted", "由承办人员填报", "This is for the unit's handlers")
    form = STEPS.get(trigger)
    if form is None:
        raise not_found()
    found = _found(who, case_id)
    try:
        loaded = form().load(dict(given))
    except ValidationError as error:
        raise invalid(explain_errors(form, error.messages)) from None

    def run(work: Work) -> dict[str, Any]:
        case = work.case_by_id(found.id)
        if version is not None and version != case.version:
            raise stale(case.version)
        try:
            work.step(case, trigger, loaded, role=Role.HANDLER)
        except RefusedError as error:
            said = [{"pointer": "", "zh": refusal.zh, "en": refusal.en} for refusal in error.refusals]
            raise ProblemError(
                409, "refused", "这一步现在不能执行", "This step is not possible now", errors=said
            ) from None
        except IllegalStepError as error:
            raise ProblemError(
                409,
                "illegal-step",
                "案件当前状态不能执行这一步",
                "The case's state has no such step",
                state=error.state,
            ) from None
        work.session.flush()
        return {"id": case.id, "state": case.state, "version": case.version}

    return web.door().acting.once(who, key, [case_id, trigger, dict(given)], run)


@routes.get("/api/v1/help")
def helped() -> Response:
    """Tell what the units of whoever asks help with."""
    return web.answer(_listed(_helps()), Cache_Control="no-store")


@routes.post("/api/v1/help/<case_id>/<trigger>")
def help_on(case_id: str, trigger: str) -> Response:
    """Take a report, an interim status, an arrival or a mark: its form as every action has it, or the form alone."""
    body = web.json_body()
    form, version = form_of(body) if "form" in body else (body, None)
    key = request.headers.get("Idempotency-Key", "")
    return web.answer(_say(_helps(), case_id, trigger, form, key, version))


@routes.get("/help")
def help_page() -> AnyResponse | str:
    """List what units assist with, and open whistles."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = _helps()
    return render_template("help.html", **_listed(who))


@routes.get("/help/<case_id>")
def helped_page(case_id: str) -> AnyResponse | str:
    """Show one case to those who help with it."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = _helps()
    return _one(who, case_id)


@routes.post("/help/<case_id>/<trigger>")
def help_on_page(case_id: str, trigger: str) -> AnyResponse | str | tuple[str, int]:
    """Take a unit's step from the page."""
    web.check_csrf()
    who = g.principal = _helps()
    form = STEPS.get(trigger)
    given = parse_form(form, request.form) if form else {}
    try:
        _say(who, case_id, trigger, given, request.form.get(pages.KEY_FIELD, ""))
    except ProblemError as problem:
        if problem.status == 404:  # noqa: PLR2004 - there is no page to show it on
            raise
        said = problem.told()
        problems = by_pointer(said, pages.language())
        return _one(who, case_id, trigger=trigger, entered=given, problems=problems), problem.status
    return redirect(pages.here(f"/help/{case_id}?done={trigger}"), 303)


def _one(who: Principal, case_id: str, **more: Any) -> str:
    asked = request.args.get("done", "")
    shown: dict[str, Any] = {
        "trigger": "",
        "entered": {},
        "problems": {},
        "done": asked if asked in STEPS else "",
        "forms": STEPS,
    }
    return render_template("helped.html", case=_shown(_found(who, case_id), who), **shown | more)


# -- returns analysed -----------------------------------------------------------------


@routes.get("/api/v1/returns")
def returns_for_programs() -> Response:
    """Tell what was handed back of what was dispatched in a period."""
    return web.answer(_analysed(request.args), Cache_Control="no-store")


@routes.get("/returns")
def returns_page() -> AnyResponse | str | tuple[str, int]:
    """Show the returns of a period, this month's if none is asked for."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = who
    first = local_date(moments.now()).replace(day=1)
    asked = {"from": first.isoformat(), "until": (first + _FIRST_OF_NEXT).replace(day=1).isoformat(), "by": "unit"}
    asked |= {name: value for name in (*asked, "as_of") if (value := request.args.get(name, ""))}
    shown: dict[str, Any] = {"asked": asked, "groupings": returns.GROUPINGS, "found": None, "problems": []}
    try:
        return render_template("returns.html", **shown | {"found": _analysed(asked)})
    except ProblemError as problem:
        if problem.status != 422:  # noqa: PLR2004
            raise
        return render_template("returns.html", **shown | {"problems": problem.errors}), problem.status


def _analysed(args: Mapping[str, str]) -> dict[str, Any]:
    if not web.signed_in().has(Role.DESK, Role.LEADER, Role.INSPECTOR):
        raise ProblemError(
            403, "not-permitted", "退单分析供受理中心、领导和督查员查看", "For the desk, leaders and inspectors"
        )
    asked = loaded(schemas.ReturnsAsked, args)
    start, until = utc(local(asked["start"])), utc(local(asked["until"]))
    known = min(utc(local(asked["as_of"])) if asked["as_of"] else moments.now(), moments.now())
    came_back = or_(Case.hops > 1, Case.returned_at.is_not(None))
    kinds = (Case.unit, Case.category, Case.rule)
    with web.door().database.read() as session:
        once = session.execute(
            select(*kinds, func.count())
            .where(Case.dispatched_at >= start, Case.dispatched_at < until, ~came_back)
            .group_by(*kinds)
        ).all()
        moved = session.scalars(select(Case).where(came_back, Case.dispatched_at >= start, Case.opened_at < until))
        rows = [(unit, category, rule, number) for unit, category, rule, number in once]
        found = returns.analyse(rows, moved, start=start, until=until, known=known)
    groups = found.groups[asked["by"]]
    return {
        "from": asked["start"].isoformat(),
        "until": asked["until"].isoformat(),
        "as_of": when(known),
        "by": asked["by"],
        "total": found.total.as_json(),
        "sent_round": found.sent_round,
        "groups": [
            {"key": key, **count.as_json()}
            for key, count in sorted(groups.items(), key=lambda one: (-one[1].returned, one[0]))
        ],
    }
