"""Where leaders sign: the pile that waits for them, many at once; and where they say who signs while they are away."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, g, redirect, render_template, request
from marshmallow import Schema, ValidationError
from sqlalchemy import func, literal, select, union_all, update
from werkzeug.wrappers import Response as AnyResponse

from chassis import listing, moments, pages, web
from chassis.access import Principal
from chassis.acting import Action
from chassis.forms import by_pointer, explain_errors, parse_form
from chassis.problems import ProblemError, invalid, not_found
from chassis.views import when
from chassis.wire import new_id
from chassis.workflow import Moment, Refusal, Role
from services.routing import rules, schemas
from services.routing.models import Case, Delegation
from services.routing.signoff import signatures, signing
from services.routing.workflow import UNSIGNED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from chassis.work import Work

routes = Routes("signing", __name__, static_folder="../static", static_url_path="/static/signing")

_URGENT: Final = ("I", "II")
_AT_ONCE: Final = 50
_MISSING: Final = (Case.sign_by.is_not(None), Case.state.in_(UNSIGNED))
#: So much of the pile is held against a deputy's delegations.
_LOOKED_AT: Final = 2_000
_SIGN, _SEND_BACK = "sign", "send_back"

_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_REFUSED: Final = {"403": {"description": "For leaders only", **_PROBLEM}}
_WRONG: Final = {"422": {"description": "What was sent is not valid, field by field", **_PROBLEM}}
_KEY: Final = {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 100}}
_SIGNED: Final[dict[str, Any]] = {"security": [{"token": []}]}

#: The leaders' part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/sign-off",
        "get",
        {
            **_SIGNED,
            "summary": "What waits for the signature of whoever asks: overdue first, then urgent, then by due time",
            "responses": {
                "200": {
                    "description": "items, of which 50 at the most, total, and others: those for another leader;"
                    " or_more where there are more than were counted"
                },
                **_REFUSED,
            },
        },
    ),
    (
        "/api/v1/sign-off",
        "post",
        {
            **_SIGNED,
            "summary": "Sign many, or send them back to the desk, with one opinion; each gets a signature of its own",
            "parameters": [_KEY],
            "requestBody": {
                "content": {
                    "application/json": {
                        "example": {
                            "cases": ["case-1"],
                            "verdict": "sign",
                            "phrase": "",
                            "opinion": "同意，请按时限办理。",
                        }
                    }
                }
            },
            "responses": {
                "200": {"description": "results: id, state and version, or a problem that says why not"},
                **_REFUSED,
                **_WRONG,
            },
        },
    ),
    (
        "/api/v1/delegations",
        "get",
        {
            **_SIGNED,
            "summary": "Absences and delegations, and who is on duty today",
            "responses": {"200": {"description": "items, on_duty"}, **_REFUSED},
        },
    ),
    (
        "/api/v1/delegations",
        "post",
        {
            **_SIGNED,
            "summary": "Enter an absence or a delegation of one's own",
            "parameters": [_KEY],
            "requestBody": {"content": {"application/json": {"schema": schemas.Delegation}}},
            "responses": {"200": {"description": "id"}, **_REFUSED, **_WRONG},
        },
    ),
    (
        "/api/v1/delegations/{id}/revocation",
        "post",
        {
            **_SIGNED,
            "summary": "End an absence or a delegation of one's own from now on",
            "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "id, revoked_at"},
                **_REFUSED,
                "404": {"description": "None of one's own", **_PROBLEM},
            },
        },
    ),
]


def signatures_of(session: Session, case_id: str) -> dict[str, Any]:
    """Return a case's signatures for its page, each verified; raises KeysError without the keys."""
    at = web.door()
    found = signatures.of_case(session, at.blueprint.store, case_id, signatures.secrets_of(at.keys))
    return {"signatures": found} if found else {}


def _leader() -> Principal:
    who = web.staff()
    if not who.has(Role.LEADER):
        raise ProblemError(403, "not-permitted", "此页仅供街道领导使用", "This is for leaders only")
    return who


def _leader_on_page() -> Principal | AnyResponse:
    if web.visitor() is None:
        return web.to_sign_in()
    g.principal = _leader()
    return g.principal  # type: ignore[no-any-return]


# -- what waits -----------------------------------------------------------------


def _waiting(who: Principal) -> dict[str, Any]:
    """Return what waits for somebody's signature, and how much of it is for another leader.

    Of a pile that nobody has signed for months a deputy is shown his own among those that come first.
    """
    at, now = web.door(), moments.now()
    with at.database.look() as session:
        known = cache(lambda: at.blueprint.known(session, now))
        moment = Moment(now=now, actor=who.id, actor_name=who.name, role=Role.LEADER, known=known)
        some = select(Case.id).where(*_MISSING).limit(listing.COUNTED + 1).subquery()
        total = session.scalar(select(func.count()).select_from(some)) or 0
        is_principal = signing.post_of(who.id) is signing.leaders().principal
        ids = session.scalars(_first(now, _AT_ONCE if is_principal else _LOOKED_AT)).all()
        by = {} if is_principal else _by_right(session, ids, moment)
        his = [case_id for case_id in ids if is_principal or case_id in by]
        cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(his[:_AT_ONCE])))}
        items = [_listed(cases[case_id], by.get(case_id, ""), moment) for case_id in his[:_AT_ONCE]]
    or_more, total = total > listing.COUNTED, min(total, listing.COUNTED)
    own = total if is_principal else len(his)
    return {"items": items, "total": own, "others": max(total - own, 0), "or_more": or_more}


def _by_right(session: Session, ids: Sequence[str], moment: Moment) -> dict[str, str]:
    """Return by which delegation whoever asks may sign each of these cases that he may sign, without reading all of them."""
    columns = (Case.id, Case.urgency, Case.mechanism, Case.details["passed_on"].label("passed_on"))
    rows = session.execute(select(*columns).where(Case.id.in_(ids))).mappings()
    found = {row["id"]: signing.authority(dict(row), moment) for row in rows}
    return {case_id: by for case_id, by in found.items() if not isinstance(by, Refusal)}


def _first(now: datetime, most: int) -> Select[str]:
    """Select what is to be signed first, in its order: the head of each stretch of the index, and no more of it."""
    stretches = []
    for place, (overdue, urgent) in enumerate(product((True, False), (True, False))):
        for urgency in rules.URGENCIES:
            if (urgency in _URGENT) is urgent:
                due = Case.sign_by < now if overdue else Case.sign_by >= now
                columns = (Case.id, Case.sign_by, literal(place).label("place"))
                head = select(*columns).where(*_MISSING, Case.urgency == urgency, due).order_by(Case.sign_by, Case.id)
                stretches.append(select(head.limit(most).subquery()))
    heads = union_all(*stretches).subquery()
    return select(heads.c.id).order_by(heads.c.place, heads.c.sign_by, heads.c.id).limit(most)


def _listed(case: Case, delegation_id: str, moment: Moment) -> dict[str, Any]:
    details = case.details
    return {
        "id": case.id,
        "number": case.number,
        "title": case.title,
        "place": case.place,
        "state": case.state,
        "version": case.version,
        "urgency": case.urgency,
        "severity": case.severity,
        "proposal": details.get("proposal")
        or (signing.proposal(details, {}, moment) if details.get("mechanism") else ""),
        "unit": case.unit,
        "warnings": [{"zh": one.zh, "en": one.en} for one in rules.sent_unsure(case, moment.now)],
        "retroactive": case.state != "awaiting_signoff",
        "reminded": details.get("awaited", ""),
        "sign_by": when(case.sign_by),
        "overdue": case.sign_by is not None and case.sign_by < moment.now,
        "delegation_id": delegation_id,
    }


def _sign(
    who: Principal, cases: Mapping[str, int | None], verdict: str, form: dict[str, Any], key: str
) -> list[dict[str, Any]]:
    """Sign each of these cases, or send it back; return for each what it is now, or why not."""
    faults = []
    if not cases:
        faults.append({"pointer": "/cases", "zh": "请至少选择一件", "en": "Choose at least one"})
    if len(cases) > _AT_ONCE:
        faults.append({"pointer": "/cases", "zh": f"一次最多 {_AT_ONCE} 件", "en": f"{_AT_ONCE} at once at the most"})
    if verdict not in (_SIGN, _SEND_BACK):
        faults.append({"pointer": "/verdict", "zh": "应为 sign 或 send_back", "en": "one of sign and send_back"})
    _load(schemas.SignedOpinion(), form, faults)
    at = web.door()
    with at.database.read() as session:
        known = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(cases)))}
    actions = [
        Action(case_id=case_id, trigger=_trigger(known.get(case_id), verdict), form=form, version=version)
        for case_id, version in cases.items()
    ]
    results = at.acting.many(who, actions, key)
    return [
        {**result, "number": known[result["id"]].number, "title": known[result["id"]].title}
        if result["id"] in known
        else result
        for result in results
    ]


def _trigger(case: Case | None, verdict: str) -> str:
    if verdict == _SEND_BACK:
        return "sent_back"
    return "signed" if case is None or case.state == "awaiting_signoff" else "countersigned"


def _load(schema: Schema, form: Mapping[str, Any], faults: list[dict[str, str]]) -> Any:
    """Return a form as loaded, or raise ProblemError with its faults and others."""
    try:
        loaded = schema.load(dict(form))
    except ValidationError as error:
        raise invalid([*faults, *explain_errors(schema, error.messages)]) from None
    if faults:
        raise invalid(faults)
    return loaded


@routes.get("/api/v1/sign-off")
def waiting_for_programs() -> Response:
    """Tell a leader what waits for his signature."""
    return web.answer(_waiting(_leader()), Cache_Control="no-store")


@routes.post("/api/v1/sign-off")
def sign_for_programs() -> Response:
    """Take one opinion for many."""
    who, body = _leader(), web.json_body()
    chosen = body.get("cases")
    if not isinstance(chosen, list) or not all(isinstance(one, str) for one in chosen):
        raise invalid([{"pointer": "/cases", "zh": "应为案件编号的列表", "en": "a list of case ids"}])
    form = {name: value for name, value in body.items() if name not in ("cases", "verdict")}
    key = request.headers.get("Idempotency-Key", "")
    results = _sign(who, dict.fromkeys(chosen), str(body.get("verdict", "")), form, key)
    return web.answer({"results": results})


@routes.get("/sign-off")
def waiting_page() -> AnyResponse | str:
    """Show a leader what waits for his signature."""
    who = _leader_on_page()
    return _pile(who) if isinstance(who, Principal) else who


@routes.post("/sign-off")
def sign_on_page() -> AnyResponse | str | tuple[str, int]:
    """Take one opinion for all that are ticked, and say which were signed and which were not."""
    web.check_csrf()
    who = _leader()
    g.principal = who
    chosen = {case_id: _version(request.form.get(f"version-{case_id}", "")) for case_id in request.form.getlist("case")}
    form = parse_form(schemas.SignedOpinion, request.form)
    verdict = request.form.get("verdict", "")
    try:
        results = _sign(who, chosen, verdict, form, request.form.get(pages.KEY_FIELD, ""))
    except ProblemError as problem:
        shown = {"problems": by_pointer(problem.errors, pages.language()), "entered": form, "ticked": {*chosen}}
        return _pile(who, **shown), problem.status
    return _pile(who, results=results, verdict=verdict)


def _version(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _pile(who: Principal, **more: Any) -> str:
    shown = {"entered": {}, "problems": {}, "ticked": set(), "results": None, "verdict": ""} | more
    post = signing.post_of(who.id)
    return render_template(
        "sign_off.html", pile=_waiting(who), schema=schemas.SignedOpinion, post=post.zh if post else "", **shown
    )


# -- who signs meanwhile ----------------------------------------------------------


def _delegations(who: Principal) -> dict[str, Any]:
    now = moments.now()
    with web.door().database.read() as session:
        rows = session.scalars(select(Delegation).order_by(Delegation.starts_at.desc()).limit(_AT_ONCE)).all()
    own = _own_post(who)
    return {"items": [_spelled(row, own, now) for row in rows], "on_duty": signing.on_duty(now)}


def _own_post(who: Principal) -> str:
    post = signing.post_of(who.id)
    if post is None:
        raise ProblemError(
            403,
            "not-permitted",
            "您的账号没有列入领导职务表，请管理员在 leaders.toml 中登记",
            "Your account holds no post in leaders.toml",
        )
    return post.code


def _spelled(row: Delegation, own: str, now: datetime) -> dict[str, Any]:
    over = row.revoked_at is not None or row.ends_at <= now
    return {
        "id": row.id,
        "kind": row.kind,
        "from_post": row.from_post,
        "to_post": row.to_post,
        "starts_at": when(row.starts_at),
        "ends_at": when(row.ends_at),
        "urgencies": row.urgencies,
        "mechanisms": row.mechanisms,
        "reason": row.reason,
        "entered_by": row.entered_name,
        "revoked_at": when(row.revoked_at),
        "state": "over" if over else "running" if row.starts_at <= now else "to_come",
        "is_own": row.from_post == own and not over,
    }


def _enter(who: Principal, form: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Enter an absence or a delegation of somebody's own."""
    own, now = _own_post(who), moments.now()
    loaded = _load(schemas.Delegation(), form, [])
    if faults := signing.delegation_faults(loaded, own=own, now=now):
        raise invalid(faults)

    def run(work: Work) -> dict[str, Any]:
        entered = {
            "id": new_id(),
            **loaded,
            "from_post": own,
            "entered_by": who.id,
            "entered_name": who.name,
            "entered_at": work.now,
        }
        work.session.add(Delegation(**entered))
        return {"id": entered["id"]}

    return web.door().acting.once(who, key, ["delegation", dict(form)], run)


def _revoke(who: Principal, delegation_id: str) -> dict[str, Any]:
    """End one of somebody's own from now on; signatures under it stay good."""
    own, now = _own_post(who), moments.now()
    with web.door().database.write() as session:
        ended = session.execute(
            update(Delegation)
            .where(Delegation.id == delegation_id, Delegation.from_post == own, Delegation.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    if ended.rowcount == 0:  # type: ignore[attr-defined]
        raise not_found("没有您可以撤销的这项委托", "There is no such delegation of yours that could be revoked")
    return {"id": delegation_id, "revoked_at": when(now)}


@routes.get("/api/v1/delegations")
def delegations_for_programs() -> Response:
    """Tell leaders who signs in whose place."""
    return web.answer(_delegations(_leader()), Cache_Control="no-store")


@routes.post("/api/v1/delegations")
def enter_for_programs() -> Response:
    """Enter an absence or a delegation."""
    return web.answer(_enter(_leader(), web.json_body(), request.headers.get("Idempotency-Key", "")))


@routes.post("/api/v1/delegations/<delegation_id>/revocation")
def revoke_for_programs(delegation_id: str) -> Response:
    """End an absence or a delegation."""
    return web.answer(_revoke(_leader(), delegation_id))


@routes.get("/delegations")
def delegations_page() -> AnyResponse | str:
    """Show leaders who signs in whose place, and the form for a delegation of their own."""
    who = _leader_on_page()
    return _shown(who) if isinstance(who, Principal) else who


def _shown(who: Principal, **more: Any) -> str:
    shown = {"entered": {}, "problems": {}} | more
    return render_template(
        "delegations.html",
        found=_delegations(who),
        schema=schemas.Delegation,
        named=signing.named,
        own=signing.named(_own_post(who)),
        urgency_names={code: promise.zh for code, promise in rules.promises().items()},
        **shown,
    )


@routes.post("/delegations")
def enter_on_page() -> AnyResponse | str | tuple[str, int]:
    """Enter an absence or a delegation from the page."""
    web.check_csrf()
    who = _leader()
    g.principal = who
    form = parse_form(schemas.Delegation, request.form)
    try:
        _enter(who, form, request.form.get(pages.KEY_FIELD, ""))
    except ProblemError as problem:
        return _shown(who, entered=form, problems=by_pointer(problem.errors, pages.language())), problem.status
    return redirect(pages.here("/delegations"), 303)


@routes.post("/delegations/<delegation_id>/revoke")
def revoke_on_page(delegation_id: str) -> AnyResponse:
    """End an absence or a delegation from the page."""
    web.check_csrf()
    who = _leader()
    g.principal = who
    _revoke(who, delegation_id)
    return redirect(pages.here("/delegations"), 303)
