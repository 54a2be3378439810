"""A service's web app: the doors of all services, derived from its blueprint, and its own."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from flask import Blueprint as Routes
from flask import Flask, Response, g, request
from limits import RateLimitItemPerMinute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis import calc_doors, case_doors, catalogue, evidence, metrics, moments, openapi, pages, paper_doors, relay
from chassis.acting import Acting
from chassis.database import Database
from chassis.keys import KeyFolder
from chassis.problems import ProblemError
from chassis.terms import Terms
from chassis.throttle import Throttle, network_of
from chassis.web import CSRF_COOKIE, Door, answer, check_csrf, door, problem_of, visitor_or_none, wants_page
from chassis.wire import dumps, new_id

if TYPE_CHECKING:
    from chassis.blueprint import Blueprint
    from chassis.service import Service
    from chassis.settings import Settings

MOST_BYTES = 40 * 1024 * 1024
#: Fields that no page may show again.
_SECRETS = frozenset({"password", "current", "new", "again"})
#: Problems that pass, by name or status: the same form may be taken when it is sent again.
_PASSING = frozenset({"csrf", 401, 429, 500, 503})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def make_app(service: type[Service], settings: Settings, *routes: Routes) -> Flask:
    """Make a service's web app: derived API and pages, ops, and its own routes."""
    spec = catalogue.spec(service.name)
    database = Database(settings.database_for(spec.name), spec.name)
    spec.dialect = database.dialect
    app = Flask(spec.name, static_folder=None, template_folder=str(spec.folder / "templates"))
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, JSON_AS_ASCII=False)
    wake = relay.waker(spec.name).set
    web_door = app.extensions["jiesu"] = Door(
        settings,
        spec,
        database,
        Acting(database, spec, now=moments.now, wake=wake),
        KeyFolder(settings.keys),
        Throttle(RateLimitItemPerMinute(settings.posts_per_minute) if settings.posts_per_minute else None),
    )
    app.url_map.strict_slashes = False
    pages.register_pages(app, words(spec), service=service.name, nav=menu())
    app.register_blueprint(_ops())
    for own in routes:
        app.register_blueprint(own)
    if spec.workflow is not None:
        app.register_blueprint(case_doors.routes())
        app.register_blueprint(paper_doors.listing())
        app.register_blueprint(evidence.listing())
    if spec.papers is not None:
        app.register_blueprint(paper_doors.register())
        web_door.documents = paper_doors.papers_of
    if spec.evidence is not None:
        app.register_blueprint(evidence.doors())
        web_door.evidence = evidence.evidence_of
    if spec.computations:
        app.register_blueprint(calc_doors.routes())
    app.register_blueprint(_description())
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_error_handler(Exception, _explain)
    return app


def words(spec: Blueprint) -> Terms:
    """Return the words of a service's pages, and what all other services are called, which its menu names."""
    own = [Path(__file__).parent / "terms.toml", spec.folder / "terms.toml"]
    others = [catalogue.spec(name).folder / "terms.toml" for name in catalogue.names()]
    return Terms(*filter(Path.exists, own), names=filter(Path.exists, others))


def menu() -> tuple[pages.NavItem, ...]:
    """Return the menu of the installed services for staff: under the headings of each, then under those of several."""
    staff_roles = ("operator", "desk", "leader", "handler", "reviewer", "ops", "admin", "inspector")
    known = sorted(map(catalogue.service, catalogue.names()), key=lambda service: service.menu_place)
    own, elsewhere = list[pages.NavItem](), list[pages.NavItem]()
    for service in known:
        name, group = service.name, service.menu_group
        if catalogue.has_cases(name):
            href = f"/{name}/cases"
            own.append(pages.NavItem(label=name, href=href, roles=staff_roles, service=name, group=group))
        for label, path, roles in service.menu:
            keeper = name if service.keeps_menu else ""
            other = service.menu_elsewhere.get(path, "")
            item = pages.NavItem(label=label, href=f"/{name}{path}", roles=roles, service=keeper, group=other or group)
            (elsewhere if other else own).append(item)
    return (
        pages.NavItem(label="Board", href="/portal/board", roles=staff_roles),
        *own,
        *elsewhere,
        pages.NavItem(label="Looks at personal data", href="/portal/reveals", roles=("inspector",), group="Figures"),
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
        again = _to_send_again() if problem.name in _PASSING or problem.status in _PASSING else {}
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
    """Return what a page of ours had posted, so that it is not lost; files can't be given back, and are named."""
    if request.method != "POST" or not (_is_from_here() or _has_own_token()) or not _SECRETS.isdisjoint(request.form):
        return {}
    posted = [(name, value) for name, value in request.form.items(multi=True) if name != pages.CSRF_FIELD]
    files = {name: [file.filename for file in request.files.getlist(name) if file.filename] for name in request.files}
    return {"posted": posted, "files": {name: names for name, names in files.items() if names}}


def _is_from_here() -> bool:
    """Whether the browser itself says that a page of ours sent the form (https://www.w3.org/TR/fetch-metadata/).

    Where it says nothing, over plain HTTP, the origin has to be ours. Nobody else's page may have its fields put before
    one of the staff with a button under them.
    """
    said = request.headers.get("Sec-Fetch-Site")
    if said:
        return said == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _has_own_token() -> bool:
    try:
        check_csrf()
    except ProblemError:
        return False
    return True


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


def _description() -> Routes:
    routes = Routes("papers", __name__)

    @routes.get("/openapi.json")
    def description() -> Response:
        return answer(openapi.describe(door().blueprint))

    @routes.get("/docs")
    def docs() -> str:
        return pages.render_api_docs(openapi.describe(door().blueprint))

    return routes
