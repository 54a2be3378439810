"""Feedback's web process: residents rate here; staff see the callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Flask, Response, render_template, request
from sqlalchemy import select

from chassis import web
from chassis.access import Principal
from chassis.acting import Action
from chassis.codes import BadCodeError, id_of
from chassis.forms import example, parse_form
from chassis.pages import in_lang, language
from chassis.problems import ProblemError, invalid, not_found
from chassis.views import when
from chassis.workflow import Role
from services.feedback.models import Case
from services.feedback.rules import RESIDENT as RESIDENT_ID
from services.feedback.schemas import Rating
from services.feedback.service import FeedbackService

if TYPE_CHECKING:
    from chassis.settings import Settings

RESIDENT = Principal(
    id=RESIDENT_ID,
    name="诉求人",
    roles=frozenset({Role.PUBLIC}),
    services=frozenset({"feedback"}),
    units=frozenset({"*"}),
)

routes = Routes("feedback", __name__)

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
                "200": {"description": "state, reply, outcome, concluded_at, can_be_rated, round"},
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


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = web.make_app(FeedbackService, settings, routes)
    app.extensions["jiesu"].blueprint.operations[:] = OPERATIONS
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
    if case is None:
        raise not_found("没有待评价的诉求:办结后才能评价", "Nothing to rate: an appeal is rated once it is concluded")
    return case


def _public(case: Any) -> dict[str, Any]:
    return {
        "state": case.state,
        "reply": case.details.get("reply", ""),
        "outcome": case.outcome,
        "concluded_at": when(case.updated_at),
        "can_be_rated": case.state == "callback_due",
        "round": case.details.get("round", 1),
    }


def _rate(case: Any, form: dict[str, Any]) -> dict[str, Any]:
    if case.state != "callback_due":
        raise ProblemError(
            409,
            "not-to-rate",
            "这件诉求现在不能评价:尚未办结,或已评价",
            "This appeal can't be rated now: not concluded, or rated already",
            state=case.state,
        )
    answer = web.door().acting.one(
        RESIDENT, Action(case_id=case.id, trigger="rated", form=form), request.headers.get("Idempotency-Key", "")
    )
    return {"state": answer["state"], "thanks": {"zh": "感谢您的评价", "en": "Thank you for your rating"}}


@routes.get("/api/v1/appeals/<tracking_code>")
def show(tracking_code: str) -> Response:
    """Answer what the holder of a tracking code may rate."""
    return web.answer(_public(_found(tracking_code)))


@routes.post("/api/v1/appeals/<tracking_code>/rating")
def rate(tracking_code: str) -> Response:
    """Take a resident's rating."""
    return web.answer(_rate(_found(tracking_code), web.json_body()))


@routes.get("/rate")
def rating_page() -> str | tuple[str, int]:
    """Show the reply and the form for the three marks, or ask for the code."""
    code = request.args.get("code", "").strip()
    shown: dict[str, Any] = {"code": code, "appeal": None, "said": "", "schema": Rating, "entered": {}, "problems": {}}
    if not code:
        return render_template("rate.html", **shown)
    try:
        return render_template("rate.html", **shown | {"appeal": _public(_found(code))})
    except ProblemError as problem:
        said = in_lang((problem.errors or [{"zh": problem.zh, "en": problem.en}])[0], language())
        return render_template("rate.html", **shown | {"said": said}), problem.status


@routes.post("/rate")
def rate_on_page() -> str | tuple[str, int]:
    """Take a rating from the page."""
    web.check_csrf()
    code = request.form.get("code", "")
    case = _found(code)
    entered = parse_form(Rating, request.form)
    try:
        _rate(case, entered)
    except ProblemError as problem:
        lang = language()
        problems: dict[str, list[str]] = {}
        for error in problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]:
            problems.setdefault(error["pointer"], []).append(error[lang])
        page = render_template(
            "rate.html", code=code, appeal=_public(case), schema=Rating, entered=entered, problems=problems
        )
        return page, problem.status
    return render_template("rated.html", code=code)
