"""The pages and the API of the dispatch rules: versions, checks, dry runs, replays, and who puts which one live."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, g, redirect, render_template, request
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from chassis import moments, pages, web
from chassis.forms import explain_errors, parse_form
from chassis.pages import here
from chassis.problems import ProblemError, invalid
from chassis.views import when
from chassis.workcalendar import local, local_date, utc
from chassis.workflow import Role
from services.routing import schemas
from services.routing.dispatch import rulebook, ruleset
from services.routing.dispatch.replaying import Span, replay
from services.routing.dispatch.rulecheck import check, errors
from services.routing.dispatch.trying import tried

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from marshmallow import Schema
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from services.routing.models import RuleText, RuleTurn

routes = Routes("rules", __name__, static_folder="../static", static_url_path="/static/routing")

#: Lines of the ledger that a page replays while somebody waits; the command takes them all.
MOST_ON_PAGE: Final = 2000
_DAYS: Final = (30, 90, 365)
_SEES: Final = (Role.DESK, Role.LEADER)


def _allowed(*roles: str) -> Principal:
    who = web.staff()
    if not who.has(*roles) and who.has(*_SEES):
        raise ProblemError(
            403,
            "not-permitted",
            "发布派单规则由街道领导决定；受理中心可以起草、检查、试跑和回放",
            "A leader puts dispatch rules live; the desk drafts, checks, tries and replays them",
        )
    if not who.has(*roles):
        said = "、".join(pages.terms().role(role, "zh") for role in roles)
        raise ProblemError(403, "not-permitted", f"派单规则仅供{said}使用", f"This is for: {', '.join(roles)}")
    return who


def _loaded(schema: type[Schema], posted: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = schema().load(dict(posted))
    except ValidationError as error:
        raise invalid(explain_errors(schema, error.messages)) from None
    return found


# -- what both doors do ---------------------------------------------------------


def _spelled(text: RuleText, live: int) -> dict[str, Any]:
    return {
        "version": text.version,
        "digest": text.digest,
        "note": text.note,
        "drafted_by": text.by_name,
        "drafted_at": when(text.at),
        "live": text.version == live,
    }


def _spelled_turn(turn: RuleTurn, now: Any) -> dict[str, Any]:
    return {
        "version": turn.version,
        "begins_at": when(turn.begins_at),
        "by": turn.by_name,
        "at": when(turn.at),
        "reason": turn.reason,
        "planned": turn.begins_at > now,
    }


def _overview(session: Session) -> dict[str, Any]:
    now = moments.now()
    live = rulebook.live(session, now).version
    return {
        "live": live,
        "versions": [_spelled(one, live) for one in rulebook.texts(session)],
        "turns": [_spelled_turn(one, now) for one in rulebook.turns(session)],
    }


def _one(number: int) -> dict[str, Any]:
    with web.door().database.read() as session:
        overview = _overview(session)
        text = rulebook.text_of(session, number)
        _, findings = check(text.text, local_date(moments.now()))
        return {
            **_spelled(text, overview["live"]),
            "text": text.text,
            "drafted_by_id": text.by,
            "live_version": overview["live"],
            "turns": [turn for turn in overview["turns"] if turn["version"] == number],
            "findings": rulebook.as_json(findings),
            "differences": ruleset.differences(rulebook.text_of(session, overview["live"]).text, text.text),
        }


def _draft(who: Principal, posted: Mapping[str, Any]) -> dict[str, Any]:
    asked = _loaded(schemas.RuleDraft, posted)
    try:
        with web.door().database.write() as session:
            kept, findings = rulebook.draft(session, asked["text"], note=asked["note"], who=who, now=moments.now())
            return {"version": kept.version, "findings": rulebook.as_json(findings)}
    except IntegrityError:
        raise ProblemError(
            409,
            "again",
            "同时有另一人保存了新版本，请再提交一次",
            "Somebody else has drafted one just now: send it again",
        ) from None


def _put_live(who: Principal, number: int, posted: Mapping[str, Any]) -> dict[str, Any]:
    asked = _loaded(schemas.RulesLive, posted)
    now = moments.now()
    with web.door().database.write() as session:
        return _spelled_turn(rulebook.put_live(session, number, **asked, who=who, now=now), now)


def _try(number: int, posted: Mapping[str, Any]) -> dict[str, Any]:
    asked = _loaded(schemas.RulesTry, posted)
    now = moments.now()
    with web.door().database.read() as session:
        rulebook.text_of(session, number)
        book = rulebook.version(session, number) or rulebook.live(session, now)
    terms = pages.terms()
    return tried(
        book, {**asked, "submitted_at": asked["submitted_at"] or now}, now, lambda code: terms.value(code, "zh")
    )


def _replay(number: int, asked: Mapping[str, str]) -> dict[str, Any]:
    now, at = moments.now(), web.door()
    span = _span(_loaded(schemas.RulesReplay, asked), now)
    with at.database.read() as session:
        rulebook.text_of(session, number)
        candidate = rulebook.version(session, number)
        present = rulebook.live(session, now)
    return replay(at.database, candidate or present, present, span, now).as_json()


def _span(asked: Mapping[str, Any], now: datetime) -> Span:
    """Return which lines are looked at."""
    since = utc(local(asked["start"])) if asked["start"] else now - timedelta(days=asked["days"] or _DAYS[0])
    until = min(utc(local(asked["until"])), now) if asked["until"] else now
    return Span(since=since, until=until, most=MOST_ON_PAGE)


# -- what OpenAPI says of it ----------------------------------------------------

_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_NUMBER: Final = {"in": "path", "name": "number", "required": True, "schema": {"type": "integer"}}
_TEXT: Final = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}


def _operation(
    method: str, path: str, summary: str, *, body: Any = None, answers: str, **more: Any
) -> tuple[str, str, dict[str, Any]]:
    parameters = [*([_NUMBER] if "{number}" in path else []), *more.pop("parameters", ())]
    taken = {"requestBody": {"content": {"application/json": {"schema": body}}}} if body else {}
    responses = {
        "201" if (method, path) == ("post", "/api/v1/rules") else "200": {"description": answers},
        "401": {"description": "Not signed in", **_PROBLEM},
        "403": {"description": "Not for this role, or not by who drafted it", **_PROBLEM},
        **({"404": {"description": "No such version", **_PROBLEM}} if "{number}" in path else {}),
        **(
            {"409": {"description": "Not now: somebody else was quicker, or it changes nothing", **_PROBLEM}}
            if body
            else {}
        ),
        "422": {"description": "What is wrong, by rule and line", **_PROBLEM},
    }
    security: dict[str, Any] = {"security": [{"token": []}], "tags": ["dispatch rules"]}
    return path, method, {"summary": summary, **security, "parameters": parameters, **taken, "responses": responses}


#: The part of the API that is about the rules, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    _operation("get", "/api/v1/rules", "The versions, and when which was put live", answers="live, versions, turns"),
    _operation(
        "post",
        "/api/v1/rules",
        "Draft a new version; it is checked, and not live yet",
        body=schemas.RuleDraft,
        answers="version, findings",
    ),
    _operation("post", "/api/v1/rules/check", "Check a text and keep nothing", body=_TEXT, answers="usable, findings"),
    _operation(
        "get",
        "/api/v1/rules/{number}",
        "A version with its text, and what of it differs from the live one",
        answers="text, findings, differences, turns",
    ),
    _operation(
        "post",
        "/api/v1/rules/{number}/live",
        "Put a version live, now or later; not by who drafted it",
        body=schemas.RulesLive,
        answers="version, begins_at, by, at, reason, planned",
    ),
    _operation(
        "post",
        "/api/v1/rules/{number}/try",
        "Where an appeal would go by a version, and why; it is kept nowhere",
        body=schemas.RulesTry,
        answers="lead_unit, assisting_units, rule, by_person, explanation",
    ),
    _operation(
        "get",
        "/api/v1/rules/{number}/replay",
        "What a version would have done otherwise than the live one with the latest appeals",
        parameters=[{"in": "query", "schema": schemas.RulesReplay}],
        answers="read, same, changed, to_queue, from_queue, matrix, listed, more",
    ),
]


# -- for programs ---------------------------------------------------------------


@routes.get("/api/v1/rules")
def versions() -> Response:
    """List the versions, and when which was put live by whom."""
    _allowed(*_SEES)
    with web.door().database.read() as session:
        return web.answer(_overview(session))


@routes.post("/api/v1/rules")
def draft() -> Response:
    """Keep a new version, once it is checked."""
    return web.answer(_draft(_allowed(*_SEES), web.json_body()), 201)


@routes.post("/api/v1/rules/check")
def check_text() -> Response:
    """Check a text and keep nothing."""
    _allowed(*_SEES)
    text = web.json_body().get("text")
    if not isinstance(text, str):
        raise invalid([{"pointer": "/text", "zh": "请给出规则文本", "en": "text is missing"}])
    _, findings = check(text, local_date(moments.now()))
    return web.answer({"usable": not errors(findings), "findings": rulebook.as_json(findings)})


@routes.get("/api/v1/rules/<int:number>")
def one_version(number: int) -> Response:
    """Give a version with its text and findings."""
    _allowed(*_SEES)
    return web.answer(_one(number))


@routes.post("/api/v1/rules/<int:number>/live")
def put_live(number: int) -> Response:
    """Put a version live."""
    return web.answer(_put_live(_allowed(Role.LEADER), number, web.json_body()))


@routes.post("/api/v1/rules/<int:number>/try")
def try_one(number: int) -> Response:
    """Say where an appeal would go by a version, and why."""
    _allowed(*_SEES)
    return web.answer(_try(number, web.json_body()))


@routes.get("/api/v1/rules/<int:number>/replay")
def replay_one(number: int) -> Response:
    """Compare a version with the live one over the latest appeals."""
    _allowed(*_SEES)
    return web.answer(_replay(number, request.args), Cache_Control="no-store")


# -- pages ----------------------------------------------------------------------


def _on_page(*roles: str) -> Principal | AnyResponse:
    if web.visitor() is None:
        return web.to_sign_in()
    g.principal = _allowed(*roles)
    found: Principal = g.principal
    return found


@routes.get("/rules")
def rules_page() -> AnyResponse | str:
    """Show the versions and a form for a new one, which begins as the live one."""
    who = _on_page(*_SEES)
    return _listed() if not isinstance(who, AnyResponse) else who


def _listed(**shown: Any) -> str:
    with web.door().database.read() as session:
        overview = _overview(session)
        number = request.args.get("from", "")
        of = int(number) if number.isdecimal() else overview["live"]
        text = rulebook.text_of(session, of).text
    return render_template("rules.html", **{"entered": {"text": text}, "problems": [], "of": of, **overview, **shown})


@routes.post("/rules")
def draft_on_page() -> AnyResponse | tuple[str, int]:
    """Keep a new version from the page; one that is wrong is shown again with what is wrong with it."""
    web.check_csrf()
    g.principal = who = _allowed(*_SEES)
    entered = {name: request.form.get(name, "") for name in ("text", "note")}
    try:
        kept = _draft(who, entered)
    except ProblemError as problem:
        return _listed(entered=entered, problems=_told(problem), opened=True), problem.status
    return redirect(here(f"/rules/{kept['version']}"), 303)


def _told(problem: ProblemError) -> list[dict[str, str]]:
    said = [one for one in problem.more.get("findings", ()) if one["level"] == "error"] or problem.errors
    return [{"zh": one["zh"], "en": one["en"]} for one in said or [{"zh": problem.zh, "en": problem.en}]]


@routes.get("/rules/<int:number>")
def version_page(number: int) -> AnyResponse | str:
    """Show a version, and what it would do otherwise, if that is asked for."""
    who = _on_page(*_SEES)
    if isinstance(who, AnyResponse):
        return who
    return _version(
        number, replayed=_replay(number, {"days": request.args["days"]}) if "days" in request.args else None
    )


def _version(number: int, **shown: Any) -> str:
    known: dict[str, Any] = {"problems": {}, "entered": {}, "replayed": None, "tried": None, "opened": ""}
    return render_template(
        "rule_version.html",
        one=_one(number),
        days=_DAYS,
        days_asked=request.args.get("days", str(_DAYS[0])),
        most=MOST_ON_PAGE,
        live_form=schemas.RulesLive,
        try_form=schemas.RulesTry,
        **known | shown,
    )


@routes.post("/rules/<int:number>/live")
def put_live_on_page(number: int) -> AnyResponse | tuple[str, int]:
    """Put a version live from the page."""
    web.check_csrf()
    g.principal = who = _allowed(Role.LEADER)
    entered = parse_form(schemas.RulesLive, request.form)
    try:
        _put_live(who, number, entered)
    except ProblemError as problem:
        return _version(number, entered=entered, problems=_by_field(problem), opened="live"), problem.status
    return redirect(here("/rules") + "#turns", 303)


@routes.post("/rules/<int:number>/try")
def try_on_page(number: int) -> str | tuple[str, int]:
    """Try one appeal on a version from the page."""
    web.check_csrf()
    g.principal = _allowed(*_SEES)
    entered = parse_form(schemas.RulesTry, request.form)
    try:
        return _version(number, tried=_try(number, entered), entered=entered, opened="try")
    except ProblemError as problem:
        return _version(number, entered=entered, problems=_by_field(problem), opened="try"), problem.status


def _by_field(problem: ProblemError) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in problem.told():
        pointer = "" if error["pointer"] == "/text" and problem.name == "rules" else error["pointer"]
        found.setdefault(pointer, []).append(pages.in_lang(error, pages.language()))
    return found
