"""The web process of a service: the JSON API and pages derived from its procedure.

It touches only its own database, so it goes on working while the broker is down.
A service's `web.py` calls `make_app` and adds its own routes.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import structlog
from flask import Blueprint as Routes
from flask import Flask, Response, current_app, g, redirect, request
from limits import RateLimitItemPerMinute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, insert, select
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from chassis import catalogue, listing, metrics, moments, openapi, pages, relay, views
from chassis.access import Principal, TokenError, verify_token
from chassis.acting import Acting, Action
from chassis.database import Database, is_outage
from chassis.forms import parse_form
from chassis.handling import LET_GO
from chassis.keys import KeyFolder, KeysError
from chassis.masking import redact
from chassis.privacy import RevealLogged
from chassis.problems import ProblemError, invalid, not_found
from chassis.sealing import unseal
from chassis.terms import Terms
from chassis.throttle import Throttle, network_of
from chassis.wire import dumps, new_id
from chassis.work import Work
from chassis.workflow import WorkflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.service import Service
    from chassis.settings import Settings

log = structlog.get_logger(__name__)

TOKEN_COOKIE = "jiesu_token"  # noqa: S105 - a cookie's name
CSRF_COOKIE = "jiesu_csrf"
MOST_BYTES = 40 * 1024 * 1024
MOST_ACTIONS = 200
_LONGEST_PURPOSE = 500
#: Fields that no page may show again.
_SECRETS = frozenset({"password", "current", "new", "again"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class Door:
    """What the routes of one service are given."""

    settings: Settings
    blueprint: Blueprint
    database: Database
    acting: Acting
    keys: KeyFolder
    #: How often somebody unknown may send something from one address.
    posts: Throttle
    #: Lists the pictures of a case for its page, where the service keeps any.
    pictures: Callable[[str], list[dict[str, Any]]] | None = None
    #: Lists the cases that seem to belong to one, for its page, where the service looks for any.
    related: Callable[[str, Principal], list[dict[str, Any]]] | None = None
    #: Says what a register of the service holds about a case, and which other cases belong to the same entry of it:
    #: `title`, `href`, `note`, `pairs` of a field and its value, codes as `tags`, `heading` and `cases`.
    beside: Callable[[Mapping[str, Any]], dict[str, Any] | None] | None = None
    #: Adds to a case, as it is shown, what is worked out only when somebody looks at it.
    completes: Callable[[Session, dict[str, Any]], None] | None = None
    #: Lists what else belongs with the documents of a case on its page, each with `name` and `href`.
    files: Callable[[str], list[dict[str, str]]] | None = None


def door() -> Door:
    """Return the door of the app at hand."""
    found: Door = current_app.extensions["jiesu"]
    return found


def make_app(service: type[Service], settings: Settings, *routes: Routes) -> Flask:
    """Make a service's web app: derived API and pages, ops, and its own routes."""
    spec = catalogue.spec(service.name)
    database = Database(settings.database_for(spec.name), spec.name)
    spec.dialect = database.dialect
    app = Flask(spec.name, static_folder=None, template_folder=str(spec.folder / "templates"))
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, JSON_AS_ASCII=False)
    wake = relay.waker(spec.name).set
    app.extensions["jiesu"] = Door(
        settings,
        spec,
        database,
        Acting(database, spec, now=moments.now, wake=wake),
        KeyFolder(settings.keys),
        Throttle(RateLimitItemPerMinute(settings.posts_per_minute) if settings.posts_per_minute else None),
    )
    app.url_map.strict_slashes = False
    words = [Path(__file__).parent / "terms.toml", spec.folder / "terms.toml"]
    others = [catalogue.spec(name).folder / "terms.toml" for name in catalogue.names()]
    terms = Terms(*filter(Path.exists, words), names=filter(Path.exists, others))
    pages.register_pages(app, terms, service=service.name, nav=_menu())
    app.register_blueprint(_ops())
    for own in routes:
        app.register_blueprint(own)
    if spec.workflow is not None:
        app.register_blueprint(_cases())
    from chassis import paper_doors  # noqa: PLC0415 - they stand on what stands here

    if spec.workflow is not None:
        app.register_blueprint(paper_doors.listing())
    if spec.papers is not None:
        app.register_blueprint(paper_doors.register())
    if spec.computations:
        app.register_blueprint(paper_doors.calculators())
    app.register_blueprint(_papers())
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_error_handler(Exception, _explain)
    return app


def _menu() -> tuple[pages.NavItem, ...]:
    """Return a menu of the installed services that have cases, for staff."""
    staff_roles = ("operator", "desk", "leader", "handler", "reviewer", "ops", "admin", "inspector")
    cases = [name for name in catalogue.names() if catalogue.has_cases(name)]
    cases.sort(key=lambda name: catalogue.service(name).menu_place)
    known = [(name, catalogue.service(name)) for name in catalogue.names()]
    more = [(name, service.keeps_menu, *item) for name, service in known for item in service.menu]
    return (
        pages.NavItem(label="Board", href="/portal/board", roles=staff_roles),
        pages.NavItem(label="Looks at personal data", href="/portal/reveals", roles=("inspector",)),
        *(
            pages.NavItem(label=label, href=f"/{name}{path}", roles=roles, service=name if keeps else "")
            for name, keeps, label, path, roles in more
        ),
        *(pages.NavItem(label=name, href=f"/{name}/cases", roles=staff_roles, service=name) for name in cases),
    )


# -- requests -----------------------------------------------------------------


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = request.headers.get("X-Request-ID", "")[:64] or new_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)
    g.csrf_token = request.cookies.get(CSRF_COOKIE, "") or secrets.token_urlsafe(18)
    if "\x00" in request.path or b"%00" in request.query_string:
        raise ProblemError(400, "nul", "地址含有无效字符", "The address holds a NUL character")
    if request.method == "POST" and visitor_or_none() is None:
        door().posts.count(network_of(request.remote_addr or ""))


def _finish(response: Response) -> Response:
    spec = door().blueprint
    route = request.url_rule.rule if request.url_rule else "unmatched"
    method = request.method if request.method in _METHODS else "other"
    metrics.REQUESTS.labels(spec.name, method, route, str(response.status_code)).observe(time.perf_counter() - g.began)
    headers = response.headers
    headers.setdefault("Content-Security-Policy", pages.CONTENT_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Request-ID"] = g.request_id
    if response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "no-store")
        if not request.cookies.get(CSRF_COOKIE):
            response.set_cookie(
                CSRF_COOKIE, g.csrf_token, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
            )
    return response


def _explain(error: Exception) -> Response:
    problem = problem_of(error)
    if wants_page():
        g.principal = visitor_or_none()
        again = _to_send_again() if problem.status == 429 else {}  # noqa: PLR2004
        html, status = pages.render_problem({**problem.body(), "zh": problem.zh, "en": problem.en, **again})
        response = Response(html, status, mimetype="text/html")
    else:
        response = Response(dumps(problem.body()), problem.status, mimetype="application/problem+json")
    if problem.status == 401:  # noqa: PLR2004
        response.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in problem.more:
        response.headers["Retry-After"] = str(problem.more["retry_after"])
    return response


def _to_send_again() -> dict[str, Any]:
    """Return what a page of ours had posted, so that it is not lost when it came too often; files can't be given back."""
    try:
        check_csrf()
    except ProblemError:
        return {}
    if not _SECRETS.isdisjoint(request.form):
        return {}
    return {"posted": [*request.form.items(multi=True)], "had_files": any(f.filename for f in request.files.values())}


def problem_of(error: Exception) -> ProblemError:
    """Return what is to be answered to an error, and log it where it is ours."""
    problem = _problem_of(error)
    if problem.status >= 500:  # noqa: PLR2004
        log.error(
            "request_failed",
            service=door().blueprint.name,
            route=request.url_rule.rule if request.url_rule else "unmatched",
            request=g.get("request_id"),
            exc_info=error,
        )
    return problem


def _problem_of(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        code = error.code or 500
        zh = {404: "没有这个地址，请核对", 405: "不支持这种请求方式", 413: "内容过大", 415: "不支持的内容类型"}.get(
            code, "请求有误"
        )
        return ProblemError(code, "http", zh, error.description or error.name)
    if isinstance(error, WorkflowError):
        return ProblemError(409, "refused", "这一步现在不能执行", str(error))
    if is_outage(error):
        return ProblemError(
            503, "outage", "系统暂时不可用，请稍后再试", "The database is away; try again", retry_after=5
        )
    return ProblemError(500, "internal", "系统内部错误，已记录", f"Internal error; reference {g.get('request_id')}")


def wants_page() -> bool:
    """Say whether the request comes from a browser's page rather than a program."""
    if "/api/" in request.path or request.path.endswith(".json"):
        return False
    return "text/html" in request.headers.get("Accept", "")


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """Return a JSON response."""
    response = Response(dumps(body), status, mimetype="application/json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def json_body() -> dict[str, Any]:
    """Return the request's JSON object, whatever its type is said to be; ProblemError when it is none."""
    raw = request.get_data()
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise ProblemError(400, "not-json", "请求体不是有效的 JSON", f"The body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise ProblemError(400, "not-json", "请求体应为 JSON 对象", "The body must be a JSON object")
    return body


def token_sent() -> str:
    """Return the token that came with the request, whatever it is worth, or an empty string."""
    header = request.headers.get("Authorization", "")
    if not header:
        return request.cookies.get(TOKEN_COOKIE, "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise ProblemError(401, "token", "只接受 Bearer 令牌", "Only Bearer tokens are accepted")
    return token


def visitor() -> Principal | None:
    """Return who is signed in, or None. A token that is not good counts as none on pages."""
    token = token_sent()
    if not token:
        return None
    try:
        return verify_token(token, door().keys.verifying(), moments.now())
    except TokenError as error:
        if "Authorization" in request.headers:
            raise ProblemError(401, "token", error.zh, error.en) from None
        return None


def visitor_or_none() -> Principal | None:
    """Return who is signed in, or None whatever is wrong with what they sent."""
    try:
        return visitor()
    except (ProblemError, KeysError):
        return None


def signed_in() -> Principal:
    """Return who is signed in, whatever he serves, raising ProblemError otherwise."""
    who = visitor()
    if who is None:
        raise ProblemError(401, "sign-in", "请先登录", "Sign in first")
    return who


def staff() -> Principal:
    """Return who is signed in and serves this service, raising ProblemError otherwise."""
    who = signed_in()
    if not who.serves(door().blueprint.name):
        raise ProblemError(
            403,
            "not-yours",
            "您的账号不含本服务，如需使用请联系管理员",
            "This service is not among yours; ask the administrator if you need it",
        )
    return who


def check_csrf() -> None:
    """Raise ProblemError unless a page's form carries the visitor's own token."""
    sent = request.form.get(pages.CSRF_FIELD, "")
    known = request.cookies.get(CSRF_COOKIE, "")
    if not known or not hmac.compare_digest(sent, known):
        raise ProblemError(
            403, "csrf", "页面已过期，请刷新后重新提交", "The page has expired: reload it and send again"
        )


# -- ops ----------------------------------------------------------------------


def _ops() -> Routes:
    routes = Routes("ops", __name__)

    @routes.get("/healthz")
    def health() -> Response:
        return answer({"status": "ok", "service": door().blueprint.name})

    @routes.get("/readyz")
    def ready() -> Response:
        try:
            door().database.ready()
        except Exception as error:  # noqa: BLE001 - whatever it is, this process is not ready
            return answer({"status": "not ready", "database": type(error).__name__}, 503)
        return answer({"status": "ready"})

    # By one spelling only: gateways hide it by its name.
    @routes.get("/metrics", strict_slashes=True)
    def scrape() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    return routes


def _papers() -> Routes:
    routes = Routes("papers", __name__)

    @routes.get("/openapi.json")
    def description() -> Response:
        return answer(openapi.describe(door().blueprint))

    @routes.get("/docs")
    def docs() -> str:
        return pages.render_api_docs(openapi.describe(door().blueprint))

    return routes


# -- cases --------------------------------------------------------------------


def _cases() -> Routes:
    routes = Routes("cases", __name__)
    routes.get("/api/v1/workflow")(lambda: answer(views.table(door().blueprint)))
    routes.get("/api/v1/counts")(_counts)
    routes.get("/api/v1/cases")(_list)
    routes.get("/api/v1/cases/<case_id>")(_show)
    routes.post("/api/v1/cases/<case_id>/actions/<trigger>")(_act)
    routes.post("/api/v1/cases/<case_id>/reveal")(_reveal)
    routes.post("/api/v1/actions")(_act_many)
    routes.get("/cases")(_list_page)
    routes.get("/cases/<case_id>")(_case_page)
    routes.post("/cases/<case_id>/actions/<trigger>")(_act_on_page)
    routes.post("/cases/<case_id>/reveal")(_reveal_on_page)
    return routes


def _page_of_cases(who: Principal, query: Mapping[str, str]) -> dict[str, Any]:
    at = door()
    now = moments.now()
    workflow = at.blueprint.workflow
    if workflow is None:
        raise not_found()
    with at.database.read() as session:
        page = listing.page(session, at.blueprint.case, workflow, query, who, now, at.blueprint.filters)
        items = [views.summary(case, at.blueprint, now) for case in page.rows]
        if query.get("actions") in ("1", "true"):
            known = cache(lambda: at.blueprint.known(session, now))
            for item, case in zip(items, page.rows, strict=True):
                item["actions"] = views.actions(case, at.blueprint, who, now, known=known)
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
    return answer(_page_of_cases(staff(), request.args))


def _counts() -> Response:
    """Count the cases by state, and the letters that wait or are parked."""
    staff()
    at = door()
    store, case = at.blueprint.store, at.blueprint.case
    with at.database.read() as session:
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
    with at.database.read() as session:
        case = session.get(at.blueprint.case, case_id)
        if case is None or not sees(who, case.unit):
            raise not_found("没有这个案件", "There is no such case")
        found = views.whole(session, case, at.blueprint, who, moments.now(), lang=pages.language(), unveiled=unveiled)
        if at.completes is not None:
            at.completes(session, found)
        return found


def sees(who: Principal, unit: str) -> bool:
    """Say whether somebody may see the cases of a unit."""
    return not unit or who.stands_for(unit)


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


def to_sign_in() -> AnyResponse:
    """Lead to signing in, and from there back to this page."""
    back = request.script_root + request.full_path.rstrip("?")
    return redirect(f"/portal/sign-in?next={quote(back, safe='')}", 303)


def staff_on_page() -> Principal | AnyResponse:
    """Return who is signed in, or the way to sign in."""
    who = visitor()
    if who is None:
        return to_sign_in()
    g.principal = staff()
    return g.principal  # type: ignore[no-any-return]


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
    from chassis import paper_doors  # noqa: PLC0415 - they stand on what stands here

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
    more["documents"] = paper_doors.papers_of(case_id)
    more["serving"] = paper_doors.Serving if views.works_on(who, door().blueprint, case["unit"]) else None
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
        errors = problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]
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
