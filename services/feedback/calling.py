"""The doors of callbacks: the list for those who call, the link for a resident, and asking again after the end."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import Blueprint as Routes
from flask import Response, g, render_template, request
from sqlalchemy import or_, select
from werkzeug.wrappers import Response as AnyResponse

from chassis import case_doors, moments, views, web
from chassis.access import Principal
from chassis.acting import Action
from chassis.forms import loaded, parse_form
from chassis.listing import beyond, cursor_at
from chassis.pages import KEY_FIELD, PURPOSE_FIELD, VERSION_FIELD, here, in_lang, language, when
from chassis.problems import ProblemError, invalid, not_found
from chassis.throttle import network_of
from chassis.workflow import Moment, Role
from services.feedback import enclosing, files, links, rules, voices
from services.feedback.calls import manners
from services.feedback.models import Case, Heard
from services.feedback.schemas import Again, FileTaken, LinkSent, Rating

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

routes = Routes("callbacks", __name__)

#: Where somebody is to be called.
TO_CALL: Final = ("callback_due", "progress_call_due", "rework_call_due")
_CALLERS: Final = (Role.OPERATOR, Role.DESK, Role.LEADER)
#: Where the reply that is known was not accepted, and another one is to come.
_HANDLED_AGAIN: Final = ("reopened", *voices.IN_REWORK)
_PAGE: Final = 50
#: Who may take the file of an appeal.
_ARCHIVISTS: Final = (*_CALLERS, Role.INSPECTOR, Role.REVIEWER)
_LONGEST_PURPOSE: Final = 200


def resident(actor: str) -> Principal:
    """Return the resident, as he comes with his tracking code or with his link."""
    return Principal(
        id=actor,
        name="诉求人",
        roles=frozenset({Role.PUBLIC}),
        services=frozenset({"feedback"}),
        units=frozenset({"*"}),
    )


# -- for those who call ---------------------------------------------------------


@routes.get("/api/v1/callbacks")
def callbacks_for_programs() -> Response:
    """List whom to call, the most urgent first."""
    return web.answer(_to_call(web.staff()))


@routes.get("/callbacks")
def callbacks_page() -> AnyResponse | str:
    """Show whom to call, the most urgent first."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = web.staff()
    return render_template("callbacks.html", found=_to_call(who), asked=request.args, manners=manners())


def _to_call(who: Principal) -> dict[str, Any]:
    if not who.has(*_CALLERS):
        raise ProblemError(403, "not-permitted", "回访清单仅供回访人员和领导使用", "The list is for those who call")
    now, only, after = moments.now(), request.args.get("only", ""), request.args.get("after", "")
    rows = select(Case).where(Case.state.in_(TO_CALL), Case.due_at.is_not(None))
    if not who.stands_for("*"):
        rows = rows.where(Case.unit.in_(["", *sorted(who.units)]))
    if only in ("mine", "free"):
        rows = rows.where(Case.caller.in_([who.id, who.name] if only == "mine" else [""]))
    if after:
        rows = rows.where(beyond(Case.due_at, Case.id, after, down=False))
    if request.args.get("now"):
        rows = rows.where(or_(Case.next_try_at.is_(None), Case.next_try_at <= now))
    with web.door().database.read() as session:
        found = list(session.scalars(rows.order_by(Case.due_at, Case.id).limit(_PAGE + 1)))
    shown = found[:_PAGE]
    due_at = shown[-1].due_at if found[_PAGE:] else None
    following = cursor_at(due_at, shown[-1].id) if due_at is not None else None
    return {"items": [_row(case, now) for case in shown], "next": following, "calling_hours": manners().hours}


def _row(case: Case, now: datetime) -> dict[str, Any]:
    tries = case.details.get("callback_tried", [])
    return {
        **views.summary(case, web.door().blueprint, now),
        "mechanism": case.mechanism,
        "round": case.details.get("round", 0),
        "caller": case.caller,
        "caller_name": case.details.get("caller_name", ""),
        "tries": len(tries),
        "enough": manners().are_enough(tries),
        "last_answer": tries[-1].get("answer", "no_answer") if tries else "",
        "next_try_at": views.when(manners().next_at(tries, now)),
        "may_call_now": manners().refusal(tries, now) is None,
        "has_contact": rules.can_be_called(case),
    }


@routes.post("/api/v1/cases/<case_id>/actions/link_sent")
def send_link(case_id: str) -> Response:
    """Note that a link is sent, and give it to whoever sends it."""
    form, version = case_doors.form_of(web.json_body())
    return web.answer(_link(case_id, form, version, request.headers.get("Idempotency-Key", "")))


@routes.post("/cases/<case_id>/actions/link_sent")
def send_link_on_page(case_id: str) -> str:
    """Note that a link is sent, and show it with the words of the message."""
    web.check_csrf()
    g.principal = web.staff()
    version = request.form.get(VERSION_FIELD, "")
    seen = int(version) if version.isdecimal() else None
    made = _link(case_id, parse_form(LinkSent, request.form), seen, request.form.get(KEY_FIELD, ""))
    return render_template("link.html", case_id=case_id, made=made)


def _link(case_id: str, form: dict[str, Any], version: int | None, key: str) -> dict[str, Any]:
    at = web.door()
    done = at.acting.one(web.staff(), Action(case_id=case_id, trigger="link_sent", form=form, version=version), key)
    with at.database.read() as session:
        path, ends_at = links.path_to(at.keys, session.get_one(Case, case_id), moments.now())
    return {**done, "link": request.host_url.rstrip("/") + path, "ends_at": views.when(ends_at)}


# -- the file -------------------------------------------------------------------


def files_of(case_id: str) -> list[dict[str, str]]:
    """List what the page of a case leads to, beside its documents."""
    return [{"name": "electronic_file", "href": here(f"/cases/{case_id}/file")}]


@routes.get("/cases/<case_id>/file")
def file_page(case_id: str) -> AnyResponse | str:
    """Show what the file of an appeal holds, and ask what it is taken for."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = web.staff()
    return _file_page(who, case_id)


@routes.post("/cases/<case_id>/file")
def take_file_on_page(case_id: str) -> Response | tuple[str, int]:
    """Give the file for the purpose that the page asked for."""
    web.check_csrf()
    who = g.principal = web.staff()
    try:
        return _taken(who, case_id, request.form.get("kind", ""), request.form.get(PURPOSE_FIELD, ""))
    except ProblemError as problem:
        if problem.status != 422:  # noqa: PLR2004
            raise
        return _file_page(who, case_id, problems=by_field(problem)), problem.status


@routes.post("/api/v1/cases/<case_id>/file")
def take_file(case_id: str) -> Response:
    """Give the file to a program, for a stated purpose."""
    asked = loaded(FileTaken, web.json_body())
    return _taken(web.staff(), case_id, asked["kind"], asked["purpose"])


def _gathered(session: Session, who: Principal, case_id: str) -> tuple[Case, dict[str, Any]]:
    at = web.door()
    case = session.get(Case, case_id)
    if case is None or (case.unit and not who.stands_for(case.unit)):
        raise not_found("没有这个案件", "There is no such case")
    if not who.has(*_ARCHIVISTS):
        raise ProblemError(
            403, "not-permitted", "电子档案仅供回访、信息中心、领导和督查人员查阅", "The file is not for your role"
        )
    return case, files.gather(session, case, at.blueprint, who, moments.now(), lang=language())


def _file_page(who: Principal, case_id: str, **more: Any) -> str:
    with web.door().database.read() as session:
        case, file = _gathered(session, who, case_id)
        others = files.holders(session, case)
    shown: dict[str, Any] = {"problems": {}, **more}
    return render_template("file.html", case=file["case"], file=file, others=others, **shown)


@contextmanager
def _a_turn() -> Iterator[None]:
    """Let one make a file, unless too many do so at the moment: fetching and typesetting keep a thread for long."""
    turn = enclosing.turns()
    if not turn.acquire(blocking=False):
        raise ProblemError(
            503,
            "busy",
            "正在导出的档案较多，请稍后再取",
            "Many files are being made: take it a little later",
            retry_after=round(enclosing.limits().seconds),
        )
    try:
        yield
    finally:
        turn.release()


def _taken(who: Principal, case_id: str, kind: str, purpose: str) -> Response:
    """Make the file and put on record who takes it and what for; only then is it given."""
    at, purpose, now = web.door(), purpose.strip(), moments.now()
    if kind not in ("pdf", "zip"):
        raise invalid([{"pointer": "/kind", "zh": "格式应为 pdf 或 zip", "en": "pdf or zip"}])
    if not 2 <= len(purpose) <= _LONGEST_PURPOSE or not purpose.isprintable():  # noqa: PLR2004
        raise invalid([{"pointer": "/purpose", "zh": "请说明用途", "en": "State the purpose"}])
    with at.database.read() as session:
        case, file = _gathered(session, who, case_id)
        holders = files.holders(session, case)
        own = files.own_documents(session, case, at.blueprint, whole=kind == "zip")
    # Between the two transactions, as asking others and typesetting takes seconds.
    with _a_turn():
        with enclosing.Doors(at.settings.doors_of, web.token_sent(), purpose) as doors:
            found = enclosing.enclosed(doors, holders, whole=kind == "zip")
        found.parts += own
        with at.database.read() as session:
            files.add_own_evidence(found, session, case, at.blueprint, whole=kind == "zip")
        files.typeset_documents(found, case_id)
        file = files.with_enclosed(file, found)
        page = files.as_page(file, f"{who.name} {who.id} {when(now)} {purpose[:30]}")
        pdf = files.as_pdf(page, case_id)
    if kind == "zip":
        taken = {"by": who.id, "by_name": who.name, "at": now.isoformat(), "purpose": purpose}
        content = files.as_zip(file, page, pdf, found, taken=taken)
    elif pdf is not None:
        content = pdf
    else:
        raise ProblemError(
            503,
            "no-pdf",
            "PDF 暂时无法生成，请改取 ZIP，其中有可打印的网页",
            "The PDF can't be made at the moment; take the ZIP, which holds a page to print",
        )
    with at.database.write() as session:
        case_doors.log_look(session, who, case, ["file"], purpose)
    at.acting.wake()
    response = Response(content, mimetype=f"application/{kind}")
    part = "" if kind == "pdf" or not found.missing else "-不完整"
    name = quote(f"{case.number or case.id}{part}.{kind}")
    response.headers["Content-Disposition"] = f"attachment; filename=\"file.{kind}\"; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


# -- for residents --------------------------------------------------------------


def add_what_was_asked(session: Session, found: dict[str, Any]) -> None:
    """Put what the resident wrote before all else that a case shows, and say of a reply that it was not accepted."""
    heard = select(Heard.told).where(Heard.subject == found["subject"], Heard.what.in_(("dispatched", "answered")))
    texts = (told.get("text", "") for told in session.scalars(heard.order_by(Heard.at.desc())))
    details = {"text": next(filter(None, texts), ""), **found["details"]}
    found["details"] = details | ({"reply_is_old": True} if found["state"] in _HANDLED_AGAIN else {})


def seen_by_resident(case: Case) -> dict[str, Any]:
    """Return what a resident may see of the callback, and what he may do now."""
    asked_again = Moment(now=moments.now(), actor=rules.RESIDENT, role=Role.PUBLIC)
    unrated = case.state == "closed" and case.details.get("end") == "unrated"
    return {
        "state": case.state,
        # The matter of somebody heard under another's handling is told in that one's words: they are not his.
        "number": "" if case.voice_of else case.number,
        "title": "" if case.voice_of else case.title,
        "reply": case.details.get("reply", ""),
        "reply_is_old": case.state in _HANDLED_AGAIN,
        "outcome": case.outcome,
        "concluded_at": views.when(case.updated_at),
        "can_be_rated": case.state == "callback_due" or unrated,
        "can_be_reopened": case.state == "closed" and rules.may_be_reopened(case, {}, asked_again) is None,
        "round": case.details.get("round", 1),
    }


def rate(case: Case, form: dict[str, Any], actor: str, key: str = "") -> dict[str, Any]:
    """Take the resident's rating; raise ProblemError where there is nothing to be rated now."""
    if not seen_by_resident(case)["can_be_rated"]:
        raise ProblemError(
            409,
            "not-to-rate",
            "这件诉求现在不能评价：尚未办结，或已评价",
            "This appeal can't be rated now: not concluded, or rated already",
            state=case.state,
        )
    done = web.door().acting.one(resident(actor), Action(case_id=case.id, trigger="rated", form=form), key)
    return {"state": done["state"], "thanks": {"zh": "感谢您的评价", "en": "Thank you for your rating"}}


def ask_again(case: Case, form: dict[str, Any], actor: str, key: str = "") -> dict[str, Any]:
    """Open an appeal again for what is new; raise ProblemError where it is to be a new appeal."""
    if case.state != "closed":
        archived = case.state == "archived"
        raise ProblemError(
            409,
            "not-closed",
            "这件诉求已归档，请重新提交诉求" if archived else "这件诉求尚未结案，可在查询页面补充情况",
            "It is archived: send a new appeal" if archived else "It is not closed yet: add what is new to it instead",
            state=case.state,
        )
    action = Action(case_id=case.id, trigger="reopened", form=form)
    return {"state": web.door().acting.one(resident(actor), action, key)["state"]}


def _opened(token: str) -> Case:
    """Return the case that a link leads to, or raise ProblemError; whoever guesses links is soon made to wait."""
    at = web.door()
    try:
        link = links.read(at.keys, token, moments.now())
    except links.LinkError as error:
        at.posts.count(network_of(request.remote_addr or ""))
        raise ProblemError(error.status, "link", error.zh, error.en, back=here("/rate")) from None
    with at.database.read() as session:
        case = session.get(Case, link.case_id)
    if case is None:
        raise not_found("没有待评价的诉求", "Nothing to rate")
    if int(case.details.get("round", 1)) != link.round or case.state in voices.IN_REWORK:
        raise ProblemError(
            410,
            "link-of-before",
            "这条链接对应的答复已重新办理，新的答复会另行告知",
            "What this link was about is handled again; you will be told of the new reply",
        )
    return case


def _page(token: str, case: Case, *, status: int = 200, **more: Any) -> tuple[str, int]:
    shown: dict[str, Any] = {"entered": {}, "problems": {}, "again": {}, **more}
    page = render_template(
        "linked.html",
        action=here(f"/r/{token}"),
        appeal=seen_by_resident(case),
        schema=Rating,
        again_schema=Again,
        **shown,
    )
    return page, status


@routes.post("/api/v1/links/<token>/rating")
def rate_by_link_for_programs(token: str) -> Response:
    """Take a rating by link, once, from a program such as the street's own on a phone."""
    key = request.headers.get("Idempotency-Key", "")
    return web.answer(rate(_opened(token), web.json_body(), rules.LINKED, key))


@routes.get("/r/<token>")
def linked_page(token: str) -> tuple[str, int]:
    """Show the reply and the three marks to who has the link, or that it was used."""
    return _page(token, _opened(token))


@routes.post("/r/<token>")
def rate_by_link(token: str) -> tuple[str, int] | str:
    """Take a rating by link, once."""
    web.check_csrf()
    case, form = _opened(token), parse_form(Rating, request.form)
    if not seen_by_resident(case)["can_be_rated"]:
        return _page(token, case, status=409)
    try:
        rate(case, form, rules.LINKED)
    except ProblemError as problem:
        return _page(token, case, status=problem.status, entered=form, problems=by_field(problem))
    return render_template("rated.html", code="")


@routes.post("/r/<token>/again")
def ask_again_by_link(token: str) -> tuple[str, int] | str:
    """Open a closed appeal again, by link."""
    web.check_csrf()
    case, form = _opened(token), parse_form(Again, request.form)
    try:
        ask_again(case, form, rules.LINKED)
    except ProblemError as problem:
        return _page(token, case, status=problem.status, again=form, problems=by_field(problem))
    return render_template("reopened.html", code="")


def by_field(problem: ProblemError) -> dict[str, list[str]]:
    """Return what is wrong, by the field that it is about, in the visitor's language."""
    found: dict[str, list[str]] = {}
    for error in problem.told():
        found.setdefault(error["pointer"], []).append(in_lang(error, language()))
    return found
