"""The portal's doors: home, signing in and out, passwords, the board, and tokens for programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import Blueprint as Routes
from flask import Flask, Response, current_app, g, redirect, render_template, request
from marshmallow import ValidationError
from prometheus_client import Counter
from sqlalchemy import and_, or_, select
from werkzeug.wrappers import Response as AnyResponse

from chassis import catalogue, moments, pages, web
from chassis.access import TTL, sign_token
from chassis.app import make_app
from chassis.forms import explain_errors
from chassis.problems import ProblemError, invalid
from chassis.views import when
from chassis.work import Work
from chassis.workflow import Role
from services.portal import accounts, board, rules, schemas
from services.portal.accounts import AccountError, Door, SignedIn, TurnedAway
from services.portal.models import Look
from services.portal.service import PortalService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marshmallow import Schema

    from chassis.settings import Settings
    from chassis.workflow import Refusal
    from services.portal.models import Account

SESSION_COOKIE: Final = "jiesu_session"
_LOOKS: Final = 100
_LOOK: Final = ("id", "service", "subject", "case_id", "number", "unit", "what", "purpose", "by", "by_name")
SIGN_INS: Final = Counter("jiesu_sign_ins", "Attempts to sign in, by how they ended.", ("outcome",))

routes = Routes("portal", __name__, static_folder="static", static_url_path="/static/portal")


def create_app(settings: Settings) -> Flask:
    """Make the portal's web app."""
    app = make_app(PortalService, settings, routes)
    web_door: web.Door = app.extensions["jiesu"]
    web_door.blueprint.operations[:] = OPERATIONS
    app.extensions["jiesu-portal"] = Door(web_door.database, web_door.blueprint, now=moments.now)
    return app


def _door() -> Door:
    found: Door = current_app.extensions["jiesu-portal"]
    return found


# -- pages --------------------------------------------------------------------


@routes.get("/")
def home() -> str:
    """Open the front door: report, track, rate; and the way in for staff."""
    return _page("home.html")


@routes.get("/sign-in")
def sign_in_page() -> AnyResponse | str:
    """Ask who it is, or renew the token of a sign-in that still holds, and go on."""
    onwards = _onwards()
    account = _renewed()
    if account is not None and not account.must_change:
        return _let_in(redirect(onwards, 303), account)
    return _page("sign_in.html", onwards=onwards)


@routes.post("/sign-in")
def sign_in() -> AnyResponse | tuple[str, int]:
    """Sign in and go on to where the visitor came from."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        web.check_csrf()
    except ProblemError:
        return _page("sign_in.html", onwards=_onwards(), login=login, refusal=rules.LAY_TOO_LONG), 403
    entered = _proved(login, password)
    if isinstance(entered, TurnedAway):
        status = 429 if entered.wait else 401
        return _page("sign_in.html", onwards=_onwards(), login=login, refusal=entered.refusal), status
    if entered.account.must_change:
        response = redirect(f"{_here('/password')}?next={_quoted(_onwards())}", 303)
    else:
        response = _let_in(redirect(_onwards(), 303), entered.account)
    _keep(response, entered.secret)
    return response


@routes.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the sign-in and go home."""
    web.check_csrf()
    if secret := request.cookies.get(SESSION_COOKIE):
        _door().sign_out(secret)
    response = redirect(_here("/"), 303)
    response.delete_cookie(web.TOKEN_COOKIE, path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    response.delete_cookie(SESSION_COOKIE, path=_here(""), httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@routes.get("/password")
def password_page() -> AnyResponse | str:
    """Ask for the old password and a new one."""
    account = _renewed()
    if account is None:
        return redirect(f"{_here('/sign-in')}?next={_quoted(_here('/password'))}", 303)
    return _page("password.html", onwards=_onwards(), account=account)


@routes.post("/password")
def change_password() -> AnyResponse | tuple[str, int]:
    """Change the password of whoever is signed in, and keep him signed in here."""
    web.check_csrf()
    account = _renewed()
    if account is None:
        return redirect(f"{_here('/sign-in')}?next={_quoted(_here('/password'))}", 303)
    current, new = request.form.get("current", ""), request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _password_refused(account, {"again": (rules.NOT_THE_SAME,)})
    try:
        entered = _changed(account.login, current, new)
    except AccountError as error:
        return _password_refused(account, error.faults)
    if isinstance(entered, TurnedAway):
        refusal = entered.refusal if entered.wait else rules.CURRENT_IS_WRONG
        return _password_refused(account, {"current": (refusal,)}, 429 if entered.wait else 422)
    response = _let_in(redirect(_onwards(), 303), entered.account)
    _keep(response, entered.secret)
    return response


def _password_refused(account: Account, faults: Mapping[str, Sequence[Refusal]], status: int = 422) -> tuple[str, int]:
    return _page("password.html", onwards=_onwards(), account=account, faults=faults), status


@routes.get("/board")
def board_page() -> AnyResponse | str:
    """Show where all appeals stand, each number a way to the list behind it."""
    who = web.visitor()
    if who is None:
        return redirect(f"{_here('/sign-in')}?next={_quoted(_here('/board'))}", 303)
    g.principal = who
    shown = _board()
    return _page("board.html", board=shown, rows=shown.rows(_installed_mechanisms()), links=board.Links(who.serves))


@routes.get("/reveals")
def reveals_page() -> AnyResponse | str:
    """Show inspectors who looked at whose personal data, when and why."""
    who = web.visitor()
    if who is None:
        return redirect(f"{_here('/sign-in')}?next={_quoted(_here('/reveals'))}", 303)
    g.principal = who
    # Papers have their names in the services that issue them; which one it was stands in the purpose.
    known = partial(pages.terms().knows, "fields")
    return _page("reveals.html", **_looks(), asked=request.args.get("q", ""), is_known=known)


# -- for programs -------------------------------------------------------------


@routes.post("/api/v1/tokens")
def issue_token() -> Response:
    """Issue a token for a login and a password, and the secret that renews it."""
    asked = _loaded(schemas.Credentials())
    entered = _proved(asked["login"], asked["password"])
    if isinstance(entered, TurnedAway):
        raise _turned_away(entered)
    if entered.account.must_change:
        raise ProblemError(
            403,
            "password-must-change",
            "请先修改初始密码：POST /portal/api/v1/password",
            "Change the first password before anything else: POST /portal/api/v1/password",
        )
    return web.answer({**_token(entered.account), "session": entered.secret}, 201, Cache_Control="no-store")


@routes.post("/api/v1/tokens/renewal")
def renew_token() -> Response:
    """Issue a fresh token for a sign-in that still holds."""
    account = _door().renew(_loaded(schemas.Renewal())["session"])
    if account is None or account.must_change:
        raise ProblemError(401, "session-ended", "登录已失效，请重新登录", "The sign-in has ended: sign in again")
    return web.answer(_token(account), 201, Cache_Control="no-store")


@routes.post("/api/v1/tokens/end")
def end_session() -> Response:
    """End a sign-in; the token it gave lives on for half an hour at the most."""
    _door().sign_out(_loaded(schemas.Renewal())["session"])
    return web.answer({"ended": True})


@routes.post("/api/v1/password")
def change_password_by_api() -> Response:
    """Change a password, proved by the old one; all sign-ins end."""
    asked = _loaded(schemas.PasswordChange())
    try:
        entered = _changed(asked["login"], asked["current"], asked["new"])
    except AccountError as error:
        raise invalid(
            [
                {"pointer": f"/{field}", "zh": fault.zh, "en": fault.en}
                for field, faults in error.faults.items()
                for fault in faults
            ]
        ) from None
    if isinstance(entered, TurnedAway):
        raise _turned_away(entered)
    return web.answer({**_token(entered.account), "session": entered.secret}, 201, Cache_Control="no-store")


@routes.get("/api/v1/me")
def me() -> Response:
    """Tell who a token stands for."""
    who = web.signed_in()
    return web.answer(
        {
            "id": who.id,
            "name": who.name,
            "roles": sorted(who.roles),
            "services": sorted(who.services),
            "units": sorted(who.units),
            "lang": who.lang,
        }
    )


@routes.get("/api/v1/board")
def board_for_programs() -> Response:
    """Tell where all appeals stand."""
    web.signed_in()
    return web.answer(_board().as_dict())


@routes.get("/api/v1/reveals")
def reveals_for_programs() -> Response:
    """Tell inspectors who looked at whose personal data, newest first."""
    return web.answer(_looks(), Cache_Control="no-store")


# -- what they share ----------------------------------------------------------


def _proved(login: str, password: str) -> SignedIn | TurnedAway:
    entered = _door().sign_in(login, password, address=request.remote_addr or "")
    if isinstance(entered, SignedIn):
        SIGN_INS.labels("let_in").inc()
    else:
        SIGN_INS.labels("made_to_wait" if entered.wait else "refused").inc()
    return entered


def _changed(login: str, current: str, new: str) -> SignedIn | TurnedAway:
    """Change a password, proved like a sign-in so that nobody guesses here; sign in with the new one."""
    entered = _proved(login, current)
    if isinstance(entered, TurnedAway):
        return entered
    at = web.door()
    with at.database.write() as session:
        work = Work(session, at.blueprint, moments.now(), principal=accounts.principal_of(entered.account))
        accounts.replace_password(work, session.merge(entered.account), current=current, new=new)
        work.record()
    at.acting.wake()
    return _proved(login, new)


def _turned_away(entered: TurnedAway) -> ProblemError:
    said = entered.refusal
    if entered.wait:
        return ProblemError(429, "too-many-attempts", said.zh, said.en, retry_after=entered.wait)
    return ProblemError(401, "wrong-credentials", said.zh, said.en)


def _renewed() -> Account | None:
    secret = request.cookies.get(SESSION_COOKIE)
    return _door().renew(secret) if secret else None


def _token(account: Account) -> dict[str, Any]:
    now = moments.now()
    return {
        "token": sign_token(accounts.principal_of(account), web.door().keys.signing(), now),
        "expires_at": now + TTL,
        "id": account.id,
        "name": account.name,
        "roles": account.roles,
    }


def _let_in(response: AnyResponse, account: Account) -> AnyResponse:
    response.set_cookie(
        web.TOKEN_COOKIE,
        _token(account)["token"],
        max_age=TTL,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def _keep(response: AnyResponse, secret: str) -> None:
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=rules.SESSION_LONGEST,
        path=_here(""),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def _loaded(schema: Schema) -> Mapping[str, Any]:
    try:
        loaded: Mapping[str, Any] = schema.load(web.json_body())
    except ValidationError as error:
        raise invalid(explain_errors(schema, error.messages)) from None
    return loaded


def _board() -> board.Board:
    with web.door().database.look() as session:
        return board.board(session, moments.now())


def _looks() -> dict[str, Any]:
    """Return a page of looks at personal data: those of a name or a number, and those before another one."""
    if not web.signed_in().has(Role.INSPECTOR):
        raise ProblemError(403, "not-permitted", "查看记录仅供督查员使用", "The log of looks is for inspectors")
    asked, before = request.args.get("q", "").strip(), request.args.get("before", "")
    rows = select(Look).order_by(Look.at.desc(), Look.id.desc()).limit(_LOOKS + 1)
    if asked:
        found = (column.contains(asked, autoescape=True) for column in (Look.by_name, Look.number))
        rows = rows.where(or_(*found))
    with web.door().database.read() as session:
        if before and (last := session.get(Look, before)) is not None:
            rows = rows.where(or_(Look.at < last.at, and_(Look.at == last.at, Look.id < last.id)))
        looks = session.scalars(rows).all()
    items = [{name: getattr(look, name) for name in _LOOK} | {"at": when(look.at)} for look in looks[:_LOOKS]]
    return {"items": items, "next": looks[_LOOKS - 1].id if len(looks) > _LOOKS else None}


def _installed_mechanisms() -> list[str]:
    """Return the handling services that are installed here, so that an idle one shows its zero."""
    return sorted(set(catalogue.names()) - rules.NO_MECHANISMS)


def _page(template: str, **shown: Any) -> str:
    g.principal = g.get("principal") or web.visitor_or_none()
    return render_template(template, shortest=rules.PASSWORD_SHORTEST, **shown)


def _onwards() -> str:
    return rules.local_path(request.values.get("next"), _here("/board"))


def _here(path: str) -> str:
    return (request.script_root + path) or "/"


def _quoted(path: str) -> str:
    return quote(path, safe="/")


# -- how programs are told of it ----------------------------------------------


def _operation(summary: str, *codes: str, body: Sequence[str] = (), token: bool = False) -> dict[str, Any]:
    """Describe one door for programs, in the words of OpenAPI."""
    said: dict[str, Any] = {"summary": summary, "responses": {code: {"description": _MEANS[code]} for code in codes}}
    if body:
        properties = {name: {"type": "string"} for name in body}
        schema = {"type": "object", "required": [*body], "properties": properties, "additionalProperties": False}
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if token:
        said["security"] = [{"token": []}]
    return said


_MEANS: Final = {
    "200": "OK",
    "201": "A token, when it expires, and the secret that renews it",
    "401": "Not proved: a problem (RFC 9457)",
    "403": "Not for this person, or the first password must be changed before",
    "422": "Wrong fields: a problem (RFC 9457)",
    "429": "Too many attempts: wait as Retry-After says",
}

#: The doors for programs: path, method and OpenAPI operation.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/tokens",
        "post",
        _operation(
            "Issue a token for a login and a password", "201", "401", "403", "422", "429", body=("login", "password")
        ),
    ),
    ("/api/v1/tokens/renewal", "post", _operation("Issue a fresh token", "201", "401", "422", body=("session",))),
    ("/api/v1/tokens/end", "post", _operation("End a sign-in", "200", "422", body=("session",))),
    (
        "/api/v1/password",
        "post",
        _operation("Change a password; all sign-ins end", "201", "401", "422", "429", body=("login", "current", "new")),
    ),
    ("/api/v1/me", "get", _operation("Tell who a token stands for", "200", "401", token=True)),
    ("/api/v1/board", "get", _operation("Count appeals by stage and mechanism", "200", "401", token=True)),
    (
        "/api/v1/reveals",
        "get",
        _operation("Tell inspectors who looked at whose personal data: q, before", "200", "401", "403", token=True),
    ),
]
