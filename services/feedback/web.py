"""Feedback's web process: residents rate here; staff see the callbacks, leaders and inspectors the rates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Flask, Response, g, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from chassis import moments, web
from chassis.app import make_app
from chassis.codes import BadCodeError, id_of
from chassis.forms import example, loaded, parse_form
from chassis.pages import here, in_lang, language
from chassis.problems import ProblemError, invalid, not_found
from chassis.views import when
from chassis.workcalendar import local, local_date, utc
from chassis.workflow import Role
from services.feedback import calling, rates, recall_doors
from services.feedback.models import Case
from services.feedback.rules import RESIDENT
from services.feedback.schemas import Again, RatesAsked, Rating, RecallsAsked
from services.feedback.service import FeedbackService, courses, denied_cases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.settings import Settings

routes = Routes("feedback", __name__, static_folder="static", static_url_path="/static/feedback")

#: What each rate is called, and what it is of what; both are in `terms.toml`.
RATES_SAID: Final = {
    "response": ("Response rate", "signed in and contacted in time, of those dispatched"),
    "resolution": ("Resolution rate", "residents who say it is solved, of those who rated"),
    "satisfaction": ("Satisfaction rate", "scores of the marks, of those who rated"),
    "composite": ("Composite score", "the three rates above, weighed"),
    "attitude": ("Content with the attitude", "satisfied marks for the attitude, of those who rated"),
    "process": ("Content with the process", "satisfied marks for the process, of those who rated"),
    "result": ("Content with the result", "satisfied marks for the result, of those who rated"),
    "all_three": ("Content with all three", "satisfied marks for each of the three, of those who rated"),
    "completion": ("Closing rate", "replied to, of those due in the period"),
    "on_time": ("On-time rate", "replied to by the due time, of those due in the period"),
    "callback": ("Callback rate", "residents reached, of callbacks that became due"),
    "return": ("Return rate", "returns asked for, of those dispatched"),
    "rework": ("Rework rate", "handled again, of those rated"),
    "on_the_spot": ("Answered on the spot", "answered on the spot, of those answered or dispatched"),
    "unconfirmed": ("Claims not confirmed", "residents who deny what the handler claims solved"),
    "exclusion": ("Exclusion rate", "excluded, of those called back"),
}
_FIRST_OF_NEXT: Final = timedelta(days=31)

_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_CODE: Final = {
    "in": "path",
    "name": "tracking_code",
    "required": True,
    "schema": {"type": "string"},
    "description": "As on the receipt: XXXX-XXXX-XXXX; hyphens and case don't matter.",
}
_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 100},
    "description": "The same key with the same body gives the same answer and rates nothing again.",
}
_UNKNOWN: Final = {"404": {"description": "Nothing to rate under this code", **_PROBLEM}}
_WRONG: Final = {"422": {"description": "What was sent is not valid, field by field", **_PROBLEM}}

_TOO_MANY: Final = {
    "429": {"description": "Too often; nothing was stored. Retry-After says when to send it again", **_PROBLEM}
}

#: The residents' part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/appeals/{tracking_code}",
        "get",
        {
            "tags": ["public"],
            "summary": "The reply to an appeal, and whether it can be rated now",
            "parameters": [_CODE],
            "responses": {
                "200": {
                    "description": "state, number, title, reply, reply_is_old, outcome, concluded_at, can_be_rated, round"
                },
                **_UNKNOWN,
                **_WRONG,
            },
        },
    ),
    (
        "/api/v1/appeals/{tracking_code}/rating",
        "post",
        {
            "tags": ["public"],
            "summary": "Rate how an appeal was handled",
            "description": "Three marks of 1 to 5, and whether it is solved. Not solved, or a result of 1 or 2, has it handled again.",
            "parameters": [_CODE, _KEY],
            "requestBody": {"content": {"application/json": {"schema": Rating, "example": example(Rating())}}},
            "responses": {
                "200": {"description": "The rating is on record"},
                "400": {"description": "No JSON object", **_PROBLEM},
                **_UNKNOWN,
                "409": {"description": "Not concluded yet, or rated already", **_PROBLEM},
                **_WRONG,
                **_TOO_MANY,
            },
        },
    ),
]


OPERATIONS.extend(
    [
        (
            "/api/v1/appeals/{tracking_code}/reopening",
            "post",
            {
                "tags": ["public"],
                "summary": "Have a closed appeal handled again, for what is new",
                "description": "Within 30 days of its end (`data/callbacks.toml`); after that it is a new appeal.",
                "parameters": [_CODE, _KEY],
                "requestBody": {"content": {"application/json": {"schema": Again, "example": example(Again())}}},
                "responses": {
                    "200": {"description": "It is handled again"},
                    **_UNKNOWN,
                    "409": {"description": "Not closed yet, withdrawn, or closed too long ago", **_PROBLEM},
                    **_WRONG,
                    **_TOO_MANY,
                },
            },
        ),
        (
            "/api/v1/links/{token}/rating",
            "post",
            {
                "tags": ["public"],
                "summary": "Rate by the link that was sent, once",
                "parameters": [{"in": "path", "name": "token", "required": True, "schema": {"type": "string"}}, _KEY],
                "requestBody": {"content": {"application/json": {"schema": Rating, "example": example(Rating())}}},
                "responses": {
                    "200": {"description": "The rating is on record"},
                    "404": {"description": "Nobody here made this link", **_PROBLEM},
                    "409": {"description": "Rated already", **_PROBLEM},
                    "410": {"description": "The link is over, or what it was about is handled again", **_PROBLEM},
                    **_WRONG,
                    **_TOO_MANY,
                },
            },
        ),
        (
            "/api/v1/callbacks",
            "get",
            {
                "summary": "Whom to call, the most urgent first, with what was tried and when the next try counts",
                "security": [{"token": []}],
                "parameters": [
                    {"in": "query", "name": "only", "schema": {"type": "string", "enum": ["mine", "free"]}},
                    {
                        "in": "query",
                        "name": "now",
                        "schema": {"type": "string"},
                        "description": "Only what may be tried now.",
                    },
                    {"in": "query", "name": "after", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"description": "items, next, calling_hours"},
                    "401": {"description": "Not signed in", **_PROBLEM},
                    "403": {"description": "For those who call only", **_PROBLEM},
                },
            },
        ),
    ]
)
OPERATIONS.append(
    (
        "/api/v1/rates",
        "get",
        {
            "summary": "The rates of a period, each with numerator, denominator and what is left out, for leaders and inspectors",
            "description": "A period is counted by the formula that was in force, and from what was known at its end.",
            "security": [{"token": []}],
            "parameters": [{"in": "query", "schema": RatesAsked}],
            "responses": {
                "200": {
                    "description": "from, until, as_of, by, formula, denied (the newest cases behind `unconfirmed`), total, groups"
                },
                "401": {"description": "Not signed in", **_PROBLEM},
                "403": {"description": "For leaders and inspectors only", **_PROBLEM},
                "422": {"description": "No such period, or the formula changes within it", **_PROBLEM},
            },
        },
    )
)


OPERATIONS.append(
    (
        "/api/v1/recalls",
        "get",
        {
            "summary": "Second calls of a period: who is to be called again, which answers differ, and the figures of what",
            "security": [{"token": []}],
            "parameters": [{"in": "query", "schema": RecallsAsked}],
            "responses": {
                "200": {"description": "from, until, figures, due, differing"},
                "401": {"description": "Not signed in", **_PROBLEM},
                "403": {"description": "For those who call, leaders and inspectors", **_PROBLEM},
                "422": {"description": "No such period", **_PROBLEM},
            },
        },
    )
)


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(FeedbackService, settings, routes, calling.routes, recall_doors.routes)
    app.extensions["jiesu"].blueprint.operations[:] = OPERATIONS
    app.extensions["jiesu"].files = calling.files_of
    app.extensions["jiesu"].completes = calling.add_what_was_asked
    return app


def _found(code: str) -> Any:
    try:
        subject = id_of(code)
    except BadCodeError:
        raise invalid(
            [
                {
                    "pointer": "/tracking_code",
                    "zh": "查询码应为 12 位字母数字",
                    "en": "A tracking code has 12 letters and digits",
                }
            ]
        ) from None
    with web.door().database.read() as session:
        case = session.scalars(select(Case).where(Case.subject == subject)).one_or_none()
    if case is None or case.state in ("joined", "separated"):
        raise not_found(
            "没有可评价的诉求：办结后才能评价；已并入另一件诉求的，请用那一件的查询码评价",
            "Nothing to rate: an appeal is rated once it is concluded; one that was merged, by the code of the other",
        )
    return case


@routes.get("/api/v1/appeals/<tracking_code>")
def show(tracking_code: str) -> Response:
    """Answer what the holder of a tracking code may rate."""
    return web.answer(calling.seen_by_resident(_found(tracking_code)))


@routes.post("/api/v1/appeals/<tracking_code>/rating")
def rate(tracking_code: str) -> Response:
    """Take a resident's rating."""
    key = request.headers.get("Idempotency-Key", "")
    return web.answer(calling.rate(_found(tracking_code), web.json_body(), RESIDENT, key))


@routes.post("/api/v1/appeals/<tracking_code>/reopening")
def reopen(tracking_code: str) -> Response:
    """Open a closed appeal again, for what its resident has to say that is new."""
    key = request.headers.get("Idempotency-Key", "")
    return web.answer(calling.ask_again(_found(tracking_code), web.json_body(), RESIDENT, key))


@routes.get("/api/v1/rates")
def rates_for_programs() -> Response:
    """Tell leaders and inspectors the rates of a period."""
    return web.answer(_counted(request.args), Cache_Control="no-store")


@routes.get("/rates")
def rates_page() -> AnyResponse | str | tuple[str, int]:
    """Show leaders and inspectors the rates of a period, this month's if none is asked for."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = who
    first = local_date(moments.now()).replace(day=1)
    asked = {"from": first.isoformat(), "until": (first + _FIRST_OF_NEXT).replace(day=1).isoformat(), "by": "unit"}
    asked |= {name: value for name in (*asked, "as_of") if (value := request.args.get(name, ""))}
    shown = {"asked": asked, "said": RATES_SAID, "groupings": rates.GROUPINGS, "found": None, "problems": []}
    try:
        return render_template("rates.html", **shown | {"found": _counted(asked)})
    except ProblemError as problem:
        if problem.status != 422:  # noqa: PLR2004
            raise
        return render_template("rates.html", **shown | {"problems": problem.errors}), problem.status


def _counted(args: Mapping[str, str]) -> dict[str, Any]:
    """Return the rates that were asked for, as JSON."""
    if not web.signed_in().has(Role.LEADER, Role.INSPECTOR):
        raise ProblemError(
            403, "not-permitted", "考核指标仅供领导和督查员查看", "The rates are for leaders and inspectors"
        )
    asked = loaded(RatesAsked, args)
    start, until = utc(local(asked["start"])), utc(local(asked["until"]))
    known = min(utc(local(asked["as_of"])) if asked["as_of"] else until, moments.now())
    try:
        formula = rates.formula_for(start, until)
    except rates.RatesError as error:
        raise invalid([{"pointer": "/from", "zh": error.zh, "en": error.en}]) from None
    at = web.door()
    period = rates.Period(start, until, known)
    with at.database.look() as session:
        all_courses = courses(session, at.blueprint.store.timeline, period)
        found = rates.figures(all_courses, period, formula, by=asked["by"])
        denied = denied_cases(session, all_courses, period)
    return {
        "from": asked["start"].isoformat(),
        "until": asked["until"].isoformat(),
        "as_of": when(known),
        "by": asked["by"],
        "formula": _spelled_formula(formula),
        "denied": [{**one, "rated_at": when(one["rated_at"])} for one in denied],
        "total": [_spelled(rate) for rate in found.total.values()],
        "groups": [
            {"key": key, "rates": [_spelled(rate) for rate in group.values()]} for key, group in found.groups.items()
        ],
    }


def _spelled(rate: rates.Rate) -> dict[str, Any]:
    interval = None if rate.low is None else {"method": "wilson", "z_of": "0.95", "low": rate.low, "high": rate.high}
    return {
        "name": rate.name,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "value": rate.value,
        "excluded": rate.left_out,
        "formula": rate.formula,
        "small_sample": rate.is_small,
        "interval": interval,
    }


def _spelled_formula(formula: rates.Formula) -> dict[str, Any]:
    return {
        "version": formula.version,
        "effective_from": formula.effective_from.isoformat(),
        "verified": formula.verified,
        "interim_counts": formula.interim_counts,
        "contact": formula.contact,
        "satisfaction_of": formula.satisfaction_of,
        "satisfied_from": formula.satisfied_from,
        "small_sample": formula.small_sample,
        "scale": {str(mark): score for mark, score in formula.scale.items()},
        "weights": dict(formula.weights),
    }


@routes.get("/rate")
def rating_page() -> str | tuple[str, int]:
    """Show the reply and the form for the three marks, or for what is new after the end, or ask for the code."""
    code = request.args.get("code", "").strip()
    if not code:
        return _page("")[0]
    try:
        return _page(code, _found(code))
    except ProblemError as problem:
        said = in_lang(problem.told()[0], language())
        return _page(code, said=said, status=problem.status)


@routes.post("/rate")
def rate_on_page() -> str | tuple[str, int]:
    """Take a rating from the page."""
    web.check_csrf()
    code = request.form.get("code", "")
    case, entered = _found(code), parse_form(Rating, request.form)
    try:
        calling.rate(case, entered, RESIDENT)
    except ProblemError as problem:
        return _page(code, case, status=problem.status, entered=entered, problems=calling.by_field(problem))
    return render_template("rated.html", code=code)


@routes.post("/rate/again")
def ask_again_on_page() -> str | tuple[str, int]:
    """Open a closed appeal again from the page."""
    web.check_csrf()
    code = request.form.get("code", "")
    case, again = _found(code), parse_form(Again, request.form)
    try:
        calling.ask_again(case, again, RESIDENT)
    except ProblemError as problem:
        return _page(code, case, status=problem.status, again=again, problems=calling.by_field(problem))
    return render_template("reopened.html", code=code)


def _page(code: str, case: Any = None, *, status: int = 200, **more: Any) -> tuple[str, int]:
    shown: dict[str, Any] = {"said": "", "entered": {}, "again": {}, "problems": {}, **more}
    page = render_template(
        "rate.html",
        code=code,
        action=here("/rate"),
        appeal=calling.seen_by_resident(case) if case is not None else None,
        schema=Rating,
        again_schema=Again,
        **shown,
    )
    return page, status
