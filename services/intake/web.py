"""Intake's doors over HTTP: the public API and the residents' pages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Flask, Response, g, render_template, request
from limits import RateLimitItemPerHour
from sqlalchemy import select
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from chassis import case_doors, moments, pages, paper_doors, web
from chassis.app import make_app
from chassis.forms import by_pointer, loaded, parse_form
from chassis.pages import language
from chassis.pictures import answered, refused
from chassis.problems import ProblemError, not_found
from chassis.throttle import Throttle
from chassis.views import when
from chassis.workflow import Role
from services.intake import operations, register, rules, schemas
from services.intake.answers import knowledge, knowledge_desk, onspot, replies, stock
from services.intake.material import attachments
from services.intake.matters import joining, repeats, traces
from services.intake.messages import noticeboard, notices, sending
from services.intake.misuse import callers_desk
from services.intake.models import Attachment, Case
from services.intake.service import IntakeService
from services.intake.ways_in import desk, doors, entrances, open311, public
from services.intake.workflow import APPEAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.settings import Settings
    from chassis.work import Work

#: The appeals that the page of repeats looks through: so many of the newest that can still be merged.
_NEWEST: Final = 40
#: What the access log says of the small pictures of an appeal, and for how long one row of it stands for all of them.
_SMALL_SEEN: Final = "查看照片缩略图"
_LATELY: Final = timedelta(hours=1)
_LOOKED_THROUGH: Final = ("registered", "ledgered", "dispatched", "handling")
_DONE: Final = {
    "supplement": "What you added is stored and goes to whoever handles it.",
    "pictures": "Your photos are stored and go to whoever handles it.",
    "withdraw": "Your appeal is withdrawn.",
    "decline": "You get no more messages about your appeals, but for those that the law demands.",
    "resume": "You get messages about your appeals again.",
}

routes = Routes("intake", __name__, static_folder="static", static_url_path="/static/intake")


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    notices.book()  # A file of channels that can't be used is told of now, not when the first appeal comes.
    app = make_app(
        IntakeService,
        settings,
        routes,
        open311.routes,
        desk.routes,
        noticeboard.routes,
        knowledge_desk.routes,
        onspot.routes,
        callers_desk.routes,
    )
    described = app.extensions["jiesu"].blueprint.operations
    described[:] = operations.OPERATIONS
    app.extensions["jiesu"].pictures = pictures_of
    app.extensions["jiesu"].completes = onspot.link_to_it
    app.extensions["jiesu-knowledge"] = stock.Stock()
    knowledge.shipped()  # As above: what can't be read is told of now.
    replies.table()
    app.extensions["jiesu"].related = related_to
    most = settings.posts_per_phone
    app.extensions["jiesu-phones"] = Throttle(RateLimitItemPerHour(most) if most else None)
    return app


# -- for programs -------------------------------------------------------------


@routes.post("/api/v1/appeals")
def post_appeal() -> Response:
    """Take an appeal; 201 means that it is stored."""
    body = doors.post_appeal()
    return web.answer(body, 201, Location=body["links"]["self"])


@routes.get("/api/v1/appeals/<tracking_code>")
def show_appeal(tracking_code: str) -> Response:
    """Answer what the holder of a tracking code may see."""
    return web.answer(shown(tracking_code), Cache_Control="no-store")


@routes.post("/api/v1/appeals/<tracking_code>/supplement")
def post_supplement(tracking_code: str) -> Response:
    """Add the petitioner's words."""
    supplement(tracking_code, doors.body_of_request()[1])
    return web.answer(shown(tracking_code))


@routes.post("/api/v1/appeals/<tracking_code>/withdraw")
def post_withdrawal(tracking_code: str) -> Response:
    """Take the appeal back."""
    withdraw(tracking_code, doors.body_of_request()[1])
    return web.answer(shown(tracking_code))


@routes.post("/api/v1/appeals/<tracking_code>/notices")
def post_notices(tracking_code: str) -> Response:
    """Decline notices, or have them again."""
    choose_notices(tracking_code, wanted=loaded(schemas.NoticesWanted, doors.body_of_request()[1])["wanted"])
    return web.answer(shown(tracking_code))


@routes.post("/api/v1/appeals/<tracking_code>/attachments")
def post_attachments(tracking_code: str) -> Response:
    """Take pictures of an appeal, as multipart/form-data."""
    pictures = doors.sent_pictures()
    if not pictures:
        raise refused("请以 multipart/form-data 上传至少一张照片", "Send at least one picture as multipart/form-data")
    ids = doors.add_pictures(tracking_code, pictures)
    listed = {one["id"]: one for one in shown(tracking_code)["attachments"]}
    return web.answer({"attachments": [listed[one] for one in ids]}, 201)


@routes.get("/api/v1/appeals/<tracking_code>/attachments/<attachment_id>")
def show_attachment(tracking_code: str, attachment_id: str) -> Response:
    """Send a picture to the holder of the tracking code; `?size=small` sends a small one."""
    with web.door().database.read() as session:
        case_id = doors.expect(session, tracking_code).id
    return _picture(case_id, attachment_id)


@routes.get("/api/v1/cases/<case_id>/attachments/<attachment_id>")
def show_attachment_to_staff(case_id: str, attachment_id: str) -> Response:
    """Send a picture to staff of intake, and to those of the mechanism and unit that has the appeal; it is on record."""
    _refuse_pictures_to_others(case_id)
    response = _picture(case_id, attachment_id)
    response.headers["Cache-Control"] = "no-store"
    _log_look(case_id, attachment_id)
    return response


def _log_look(case_id: str, attachment_id: str) -> None:
    """Put on record that staff have opened a picture; small ones, which pages show by themselves, once an hour."""
    who, now = web.signed_in(), moments.now()
    at = web.door()
    small = request.args.get("size") == "small"
    if small and _looked_lately(case_id, who, now - _LATELY):
        return
    with at.database.write() as session:
        case, row = session.get_one(Case, case_id), session.get_one(Attachment, attachment_id)
        opened = _SMALL_SEEN if small else f"打开照片《{row.name}》"
        purpose = paper_doors.purpose_of_request()
        case_doors.log_look(session, who, case, ["photo"], f"{opened}：{purpose}" if purpose else opened)
    at.acting.wake()


def _looked_lately(case_id: str, who: Principal, since: datetime) -> bool:
    at = web.door()
    seen = at.blueprint.store.reveals.c
    mine = select(seen.id).where(seen.case_id == case_id, seen.by == who.id, seen.at > since)
    with at.database.read() as session:
        return session.scalars(mine.where(seen.purpose.startswith(_SMALL_SEEN)).limit(1)).first() is not None


@routes.get("/api/v1/cases/<case_id>/attachments")
def list_attachments_for_staff(case_id: str) -> Response:
    """List the pictures of an appeal for those who may see them."""
    _refuse_pictures_to_others(case_id)
    return web.answer({"items": pictures_of(case_id)}, Cache_Control="no-store")


def _refuse_pictures_to_others(case_id: str) -> None:
    """Refuse the pictures of an appeal to whoever has nothing to do with it. Raises ProblemError."""
    who = web.signed_in()
    with web.door().database.read() as session:
        case = session.get(Case, case_id)
        if case is not None and case.state == "merged":
            first = session.get(Case, case.details["merged"]["into"])
            case = first if first is not None and register.is_of_same(case, first) else None
    mechanism, unit = rules.holder(case.public) if case is not None else ("", "")
    has_it = bool(mechanism) and who.serves(mechanism) and (not unit or who.stands_for(unit))
    if not has_it and not who.serves(IntakeService.name):
        raise ProblemError(
            403, "not-yours", "照片仅限承办本诉求的单位查看", "The pictures are for the unit that has the appeal"
        )


def _picture(case_id: str, attachment_id: str) -> Response:
    with web.door().database.read() as session:
        row = session.get(Attachment, attachment_id)
    if row is None or row.case_id != case_id:
        raise not_found("没有这张照片", "There is no such picture")
    end = "-small.jpg" if request.args.get("size") == "small" else ".jpg"
    file = attachments.folder_of(web.door().settings.data, case_id) / f"{row.id}{end}"
    return answered(file.read_bytes())


def shown(code: str) -> dict[str, Any]:
    """Return what the holder of a code may see."""
    with web.door().database.look() as session:
        case = doors.expect(session, code)
        mine = select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.added_at, Attachment.id)
        pictures = session.scalars(mine).all()
        first = case
        while first is not None and first.state == "merged":
            first = session.get(Case, first.details["merged"]["into"])
        first = None if first is case else first
        view = public.view(case, doors.spelled(code), request.script_root, pictures, first)
        return {**view, "notices": sending.standing(session, case.id)}


def pictures_of(case_id: str) -> list[dict[str, Any]]:
    """List the pictures of an appeal for its page, where staff see them."""
    of_case = select(Attachment).where(Attachment.case_id == case_id).order_by(Attachment.added_at, Attachment.id)
    with web.door().database.read() as session:
        rows = session.scalars(of_case).all()
        told = register.told_of_pictures(session.get(Case, case_id))
    own = pages.here(f"/api/v1/cases/{case_id}/attachments")
    return [
        {
            **{name: getattr(one, name) for name in (*told, "size")},
            "href": f"{own}/{one.id}",
            "thumbnail": f"{own}/{one.id}?size=small",
        }
        for one in rows
    ]


def related_to(case_id: str, who: Principal) -> list[dict[str, Any]]:
    """List the appeals that may be about the matter of one, for those who may bring them together."""
    if not _may_merge(who):
        return []
    with web.door().database.read() as session:
        return _related(session, session.get(Case, case_id))


def _may_merge(who: Principal) -> bool:
    return who.serves("intake") and who.has(Role.OPERATOR, Role.DESK)


def _related(session: Session, case: Any) -> list[dict[str, Any]]:
    # What was merged or has ended is compared with nothing any more.
    if "merged" not in {step.trigger for step in APPEAL.steps_from(case.state)}:
        return []
    found = traces.candidates(session, case)
    return [{**desk.as_related(one), "offer": _offer(case, one)} for one in found]


def _offer(case: Any, one: traces.Candidate) -> dict[str, Any] | None:
    """Return the form that brings two appeals together, where that can be done from this one's page."""
    other = one.case
    again = register.is_of_same(case, other) and repeats.may_reopen(other.public, moments.now(), repeats.policy())
    if case.details.get("voices", 1) > 1 or not (again or other.state == "merged" or other.state in joining.JOINABLE):
        return None
    label = "Compare, and have it handled again" if again else "Compare, and merge into it"
    return {"href": pages.here(f"/cases/{case.id}/merge?into={other.id}"), "label": label}


@routes.get("/cases/<case_id>/merge")
def merge_page(case_id: str) -> AnyResponse | str:
    """Show an appeal beside the one that it may be merged into, and ask for the reason, or say why it may not."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = who
    if not _may_merge(who):
        raise ProblemError(403, "not-permitted", "并单仅供话务员和诉求台办理", "For operators and the desk only")
    case = case_doors.case_of(who, case_id)
    with web.door().database.read() as session:
        mine, other = session.get(Case, case_id), session.get(Case, request.args.get("into", ""))
        if mine is None or other is None:
            raise not_found("没有所选的诉求", "There is no such appeal")
        while other.state == "merged":
            other = session.get_one(Case, other.details["merged"]["into"])
        refusal = joining.too_urgent_for(mine, other)
        both = [
            {
                **{name: getattr(one, name) for name in ("id", "number", "title", "state", "urgency", "place")},
                "opened_at": when(one.opened_at),
                "due": public.due(one),
                "text": one.details.get("text", ""),
            }
            for one in (mine, other)
        ]
    said = {"zh": refusal.zh, "en": refusal.en} if refusal is not None else None
    return render_template("merge.html", case=case, both=both, refusal=said, csrf_token=g.csrf_token)


@routes.get("/api/v1/cases/<case_id>/candidates")
def show_candidates(case_id: str) -> Response:
    """Answer which appeals may be about the matter of one, and why."""
    who = web.signed_in()
    if not _may_merge(who):
        raise ProblemError(
            403, "not-permitted", "疑似同一事项仅供话务员和诉求台查看", "For operators and the desk only"
        )
    with web.door().database.read() as session:
        case = session.get(Case, case_id)
        if case is None:
            raise not_found("没有这个案件", "There is no such case")
        found = [{name: value for name, value in one.items() if name != "offer"} for one in _related(session, case)]
    return web.answer({"items": found}, Cache_Control="no-store")


@routes.get("/repeats")
def repeats_page() -> AnyResponse | str:
    """Show the newest appeals that resemble others."""
    who = web.visitor()
    if who is None:
        return web.to_sign_in()
    g.principal = who
    if not _may_merge(who):
        raise ProblemError(
            403, "not-permitted", "疑似同一事项仅供话务员和诉求台查看", "For operators and the desk only"
        )
    newest = select(Case).where(Case.state.in_(_LOOKED_THROUGH)).order_by(Case.opened_at.desc()).limit(_NEWEST)
    with web.door().database.read() as session:
        looked = [(case, _related(session, case)) for case in session.scalars(newest)]
        found = [
            {
                "href": pages.here(f"/cases/{case.id}"),
                **{name: getattr(case, name) for name in ("number", "title", "state")},
                "opened_at": when(case.opened_at),
                "related": related,
            }
            for case, related in looked
            if related
        ]
    return render_template("repeats.html", found=found, csrf_token=g.csrf_token)


def supplement(code: str, form: Mapping[str, Any]) -> None:
    """Add a petitioner's words to an open appeal. Raises ProblemError."""
    text = rules.clean(loaded(schemas.Supplement, form)["text"])

    def add(work: Work, case: Any) -> None:
        most = repeats.policy().most_supplements
        if sum(item["what"] == "supplemented" for item in case.public.get("heard", ())) >= most:
            raise ProblemError(
                409,
                "enough-words",
                f"本诉求已补充 {most} 次，本次内容没有保存；如还有新情况，请致电街道，由工作人员记录",
                f"Words were added {most} times, and these were not stored: tell what else is new on the phone",
            )
        register.supplement(work, web.door().keys, case, text)

    doors.step(code, add)


def choose_notices(code: str, *, wanted: bool) -> None:
    """Let a petitioner decline notices, or have them again. Raises ProblemError where there are none."""
    at = web.door()
    with at.database.write() as session:
        if not sending.choose(session, doors.expect(session, code).id, moments.now(), wanted=wanted):
            raise ProblemError(409, "no-notices", "该诉求没有通知可设置", "There are no notices about this appeal")


def withdraw(code: str, form: Mapping[str, Any]) -> None:
    """Take an open appeal back for its petitioner. Raises ProblemError."""
    reason = loaded(schemas.Withdrawal, form)["reason"]
    doors.step(code, lambda work, case: register.withdraw(work, web.door().keys, case, reason))


# -- for residents ------------------------------------------------------------


@routes.get("/")
def home() -> AnyResponse:
    """Lead to the report."""
    return redirect(pages.here("/report"), 303)


@routes.get("/report")
def report_page() -> str:
    """Ask what is wrong and where; `?channel=` names a way in that asks something more."""
    return _report_page(_channel_of(request.args.get("channel", "")), {}, ())


def _channel_of(code: str) -> entrances.Channel:
    """Return the channel that a link names, or the page's own where residents can't come by it."""
    found = entrances.table().by_code.get(code)
    return found if found is not None and found.link else entrances.channel("web")


def _report_page(
    channel: entrances.Channel, entered: Mapping[str, Any], errors: Sequence[Mapping[str, str]], key: str = ""
) -> str:
    return render_template(
        "report.html",
        schema=schemas.AppealForm,
        channel=channel,
        origin=desk.origin_fields(channel),
        entered=entered,
        problems=by_pointer(errors, language()),
        most=attachments.MOST_PER_APPEAL,
        key=key,
        warnings=desk.warnings_of(entered),
    )


@routes.post("/report")
def report() -> AnyResponse | tuple[str, int]:
    """Take an appeal from the page, with its pictures, and go on to the receipt."""
    web.check_csrf()
    channel = _channel_of(request.form.get("channel", ""))
    entered = desk.typed(channel)
    body: dict[str, Any] = {
        name: entered[name] for name in ("title", "text", "place", "contact", "origin") if name in entered
    }
    body["channel"] = channel.code
    try:
        sent, _what = doors.take(body, None, way=channel, owner="page")
    except ProblemError as problem:
        return _report_page(channel, entered, *doors.on_page(problem)), problem.status
    return redirect(f"{pages.here('/receipt')}?code={sent.code}", 303)


@routes.get("/receipt")
def receipt_page() -> str:
    """Show the tracking code, large, to be kept or printed."""
    return render_template("receipt.html", appeal=shown(request.args.get("code", "")))


@routes.get("/track")
def track_page() -> str | tuple[str, int]:
    """Show where an appeal stands, or ask for its code."""
    code = request.args.get("code", "").strip()
    if not code:
        return render_template("track.html", code="", appeal=None, said="")
    try:
        appeal = shown(code)
    except ProblemError as problem:
        said = pages.in_lang(problem.told()[0], language())
        return render_template("track.html", code=code, appeal=None, said=said), problem.status
    return _track_page(appeal)


def _track_page(appeal: dict[str, Any], trigger: str = "", **more: Any) -> str:
    forms = {"supplement": schemas.Supplement, "withdraw": schemas.Withdrawal}
    return render_template(
        "track.html",
        code=appeal["tracking_code"],
        appeal=appeal,
        forms=forms,
        trigger=trigger,
        said="",
        done=_DONE.get(request.args.get("done", ""), ""),
        **more,
    )


@routes.post("/track/<trigger>")
def act_on_page(trigger: str) -> AnyResponse | tuple[str, int]:
    """Supplement or withdraw an appeal from its page, or add pictures to it."""
    web.check_csrf()
    code = request.form.get("code", "")
    try:
        if trigger == "supplement":
            supplement(code, parse_form(schemas.Supplement, request.form))
        elif trigger == "withdraw":
            withdraw(code, parse_form(schemas.Withdrawal, request.form))
        elif trigger in ("decline", "resume"):
            choose_notices(code, wanted=trigger == "resume")
        elif trigger == "pictures":
            if pictures := doors.sent_pictures():
                doors.add_pictures(code, pictures)
        else:
            raise not_found()
    except ProblemError as problem:
        errors = problem.told()
        entered = {name: request.form.get(name, "") for name in ("text", "reason")}
        page = _track_page(shown(code), trigger, entered=entered, problems=by_pointer(errors, language()))
        return page, problem.status
    return redirect(f"{pages.here('/track')}?code={doors.spelled(code)}&done={trigger}", 303)
