"""What every door needs: the service behind it, who is at it, what was sent, and how it is answered."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import structlog
from flask import Response, current_app, g, redirect, request
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from chassis import moments, pages
from chassis.access import Principal, TokenError, verify_token
from chassis.database import is_outage
from chassis.keys import KeysError
from chassis.problems import ProblemError, unstorable
from chassis.wire import dumps
from chassis.workflow import Role, WorkflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from chassis.acting import Acting
    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.keys import KeyFolder
    from chassis.settings import Settings
    from chassis.throttle import Throttle

log = structlog.get_logger(__name__)

TOKEN_COOKIE = "jiesu_token"  # noqa: S105 - a cookie's name
CSRF_COOKIE = "jiesu_csrf"


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
    #: Lists the documents of a case for its page, where the service issues any.
    documents: Callable[[str, Principal], list[dict[str, Any]]] | None = None
    #: Lists what staff have laid to a case for its page, where the service keeps any.
    evidence: Callable[[str], list[dict[str, Any]]] | None = None


def door() -> Door:
    """Return the door of the app at hand."""
    found: Door = current_app.extensions["jiesu"]
    return found


# -- what is sent and answered ------------------------------------------------


def problem_of(error: Exception) -> ProblemError:
    """Return what is to be answered to an error, and log it where it is ours; what was answered on purpose needs no trace."""
    problem = _problem_of(error)
    if problem.status >= 500:  # noqa: PLR2004
        log.log(
            logging.WARNING if problem is error else logging.ERROR,
            "request_failed",
            service=door().blueprint.name,
            route=request.url_rule.rule if request.url_rule else "unmatched",
            request=g.get("request_id"),
            problem=problem.name,
            exc_info=None if problem is error else error,
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
    if isinstance(error, DataError):
        return unstorable()
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


# -- who is at the door -------------------------------------------------------


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


def permitted(*roles: Role, zh: str, en: str) -> Principal:
    """Return who is signed in and has one of some roles; ProblemError, which says whom it is for, otherwise."""
    who = staff()
    g.principal = who
    if not who.has(*roles):
        raise ProblemError(403, "not-permitted", zh, en)
    return who


def check_csrf() -> None:
    """Raise ProblemError unless a page's form carries the visitor's own token."""
    sent = request.form.get(pages.CSRF_FIELD, "")
    known = request.cookies.get(CSRF_COOKIE, "")
    if not known or not hmac.compare_digest(sent, known):
        raise ProblemError(
            403,
            "csrf",
            "页面已过期，内容没有保存，请再次提交",
            "The page has expired and nothing was stored: send it again",
        )


def sees(who: Principal, unit: str) -> bool:
    """Say whether somebody may see the cases of a unit."""
    return not unit or who.stands_for(unit)


def to_sign_in() -> AnyResponse:
    """Lead to signing in, and from there back to this page; a form is not left behind on the way."""
    if request.method == "POST":
        raise ProblemError(
            401,
            "session-ended",
            "登录已失效，内容没有保存。请先在新窗口登录，再回到本页再次提交",
            "The sign-in has ended and nothing was stored: sign in in a new window, then come back and send it again",
        )
    back = request.script_root + request.full_path.rstrip("?")
    return redirect(f"/portal/sign-in?next={quote(back, safe='')}", 303)


def staff_on_page() -> Principal | AnyResponse:
    """Return who is signed in, or the way to sign in."""
    who = visitor()
    if who is None:
        return to_sign_in()
    g.principal = staff()
    return g.principal  # type: ignore[no-any-return]
