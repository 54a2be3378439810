"""Intake's doors over HTTP: the public API and the residents' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Flask, Response, render_template, request
from limits import RateLimitItemPerHour
from marshmallow import Schema, ValidationError
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from chassis import moments, pages, web
from chassis.acting import stale
from chassis.forms import by_pointer, explain_errors, parse_form
from chassis.pages import language
from chassis.problems import ProblemError, invalid, not_found
from chassis.throttle import Throttle
from chassis.wire import dumps
from chassis.work import Work
from chassis.workflow import IllegalStepError, Role
from services.intake import attachments, doors, open311, operations, public, register, rules, scanner, schemas
from services.intake.models import Attachment, Case
from services.intake.service import IntakeService

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chassis.settings import Settings

_MOST_FILES: Final = 20
_DONE: Final = {
    "supplement": "What you added is stored and goes to whoever handles it.",
    "pictures": "Your photos are stored and go to whoever handles it.",
    "withdraw": "Your appeal is withdrawn.",
}

routes = Routes("intake", __name__, static_folder="static", static_url_path="/static/intake")


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = web.make_app(IntakeService, settings, routes, open311.routes)
    described = app.extensions["jiesu"].blueprint.operations
    described[:] = operations.OPERATIONS
    app.extensions["jiesu"].pictures = pictures_of
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


@routes.post("/api/v1/appeals/<tracking_code>/attachments")
def post_attachments(tracking_code: str) -> Response:
    """Take pictures of an appeal, as multipart/form-data."""
    pictures = sent_pictures()
    if not pictures:
        raise attachments.refused(
            "请以 multipart/form-data 上传至少一张照片", "Send at least one picture as multipart/form-data"
        )
    ids = add_pictures(tracking_code, pictures)
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
    """Send a picture to staff of intake, and to those of the mechanism and unit that has the appeal."""
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
    response = _picture(case_id, attachment_id)
    response.headers["Cache-Control"] = "no-store"
    return response


def _picture(case_id: str, attachment_id: str) -> Response:
    with web.door().database.read() as session:
        row = session.get(Attachment, attachment_id)
    if row is None or row.case_id != case_id:
        raise not_found("没有这张照片", "There is no such picture")
    end = "-small.jpg" if request.args.get("size") == "small" else ".jpg"
    file = attachments.folder_of(web.door().settings.data, case_id) / f"{row.id}{end}"
    response = Response(file.read_bytes(), mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=3600"
    # What a browser lays a picture out with, when it is opened by itself, is inline.
    response.headers["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    return response


def shown(code: str) -> dict[str, Any]:
    """Return what the holder of a code may see."""
    with web.door().database.read() as session:
        case = doors.expect(session, code)
        mine = select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.added_at, Attachment.id)
        pictures = session.scalars(mine).all()
        into = case.details.get("merged", {}).get("into")
        first = session.get(Case, into) if into else None
        return public.view(case, doors.spelled(code), request.script_root, pictures, first)


def pictures_of(case_id: str) -> list[dict[str, Any]]:
    """List the pictures of an appeal for its page, where staff see them."""
    of_case = select(Attachment).where(Attachment.case_id == case_id).order_by(Attachment.added_at, Attachment.id)
    with web.door().database.read() as session:
        rows = session.scalars(of_case).all()
    own = pages.here(f"/api/v1/cases/{case_id}/attachments")
    return [{"name": one.name, "href": f"{own}/{one.id}", "thumbnail": f"{own}/{one.id}?size=small"} for one in rows]


def supplement(code: str, form: Mapping[str, Any]) -> None:
    """Add a petitioner's words to an open appeal. Raises ProblemError."""
    _loaded(schemas.Supplement, form)
    text = rules.clean(form["text"])
    _step(code, lambda work, case: register.supplement(work, web.door().keys, case, text))


def withdraw(code: str, form: Mapping[str, Any]) -> None:
    """Take an open appeal back for its petitioner. Raises ProblemError."""
    loaded = _loaded(schemas.Withdrawal, form)
    _step(code, lambda work, case: work.step(case, "withdrawn", loaded, role=Role.PUBLIC))


def sent_pictures() -> list[attachments.Picture]:
    """Read all pictures of a request. Raises ProblemError for the first that can't be taken."""
    files = [file for _field, file in request.files.items(multi=True) if file.filename]
    if len(files) > _MOST_FILES:
        raise attachments.refused(f"一次最多 {_MOST_FILES} 个文件", f"At most {_MOST_FILES} files at once")
    return [_looked_at(file.stream.read(attachments.MOST_BYTES + 1), file.filename or "") for file in files]


def _looked_at(raw: bytes, name: str) -> attachments.Picture:
    if len(raw) <= attachments.MOST_BYTES:
        scanner.look_at(raw, attachments.clean_name(name), web.door().settings.scanner)
    return attachments.prepared(raw, name)


def add_pictures(code: str, pictures: list[attachments.Picture]) -> list[str]:
    """Store pictures of an appeal; return their ids. Raises ProblemError."""
    ids: list[str] = []

    def add(work: Work, case: Any) -> None:
        rows = attachments.add(work.session, web.door().settings.data, case, pictures, work.now)
        ids.extend(row.id for row in rows)
        if fresh := [row for row in dict.fromkeys(rows) if row in work.session.new]:
            register.add_pictures(work, case, fresh)

    _step(code, add)
    return ids


def _loaded(schema: type[Schema], form: Mapping[str, Any]) -> dict[str, Any]:
    made = schema()
    try:
        loaded: dict[str, Any] = made.load(form)
    except ValidationError as error:
        raise invalid(explain_errors(made, error.messages_dict)) from None
    return loaded


def _step(code: str, take: Callable[[Work, Any], object]) -> None:
    at = web.door()
    try:
        with at.database.write() as session:
            case = doors.expect(session, code)
            session.refresh(case, with_for_update=True)
            work = Work(session, at.blueprint, moments.now())
            take(work, case)
            work.record()
    except IllegalStepError as error:
        raise ProblemError(
            409,
            "illegal-step",
            "诉求已答复或已结束,现在不能这样操作",
            "The appeal is answered or at its end; this is not possible now",
            state=error.state,
            allowed=[trigger for trigger in error.allowed if trigger in ("supplemented", "withdrawn")],
        ) from None
    except StaleDataError:
        raise stale(0) from None
    at.acting.wake()


# -- for residents ------------------------------------------------------------


@routes.get("/")
def home() -> AnyResponse:
    """Lead to the report."""
    return redirect(pages.here("/report"), 303)


@routes.get("/report")
def report_page() -> str:
    """Ask what is wrong and where."""
    return _report_page({}, ())


def _report_page(entered: Mapping[str, Any], errors: Sequence[Mapping[str, str]]) -> str:
    return render_template(
        "report.html",
        schema=schemas.AppealForm,
        entered=entered,
        problems=by_pointer(errors, language()),
        most=attachments.MOST_PER_APPEAL,
        key=request.form.get(pages.KEY_FIELD, ""),
    )


@routes.post("/report")
def report() -> AnyResponse | tuple[str, int]:
    """Take an appeal from the page, with its pictures, and go on to the receipt."""
    web.check_csrf()
    entered = parse_form(schemas.AppealForm, request.form)
    body = {name: entered[name] for name in ("title", "text", "place", "contact") if name in entered} | {
        "channel": "web"
    }
    try:
        pictures = sent_pictures()
        if len(pictures) > attachments.MOST_PER_APPEAL:
            raise attachments.refused(
                f"最多 {attachments.MOST_PER_APPEAL} 张照片", f"{attachments.MOST_PER_APPEAL} pictures at the most"
            )
        key = request.form.get(pages.KEY_FIELD, "")[:60]
        digest = register.digest_of(dumps([body, [picture.digest for picture in pictures]]))
        sent = doors.checked(body, idempotency=f"page:{key}" if key else "", request=digest)
        doors.admit(sent, None)
        if pictures:
            add_pictures(sent.code, pictures)
    except ProblemError as problem:
        errors = problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]
        return _report_page(entered, errors), problem.status
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
        said = pages.in_lang((problem.errors or [{"zh": problem.zh, "en": problem.en}])[0], language())
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
        elif trigger == "pictures":
            if pictures := sent_pictures():
                add_pictures(code, pictures)
        else:
            raise not_found()
    except ProblemError as problem:
        errors = problem.errors or [{"pointer": "", "zh": problem.zh, "en": problem.en}]
        entered = {name: request.form.get(name, "") for name in ("text", "reason")}
        page = _track_page(shown(code), trigger, entered=entered, problems=by_pointer(errors, language()))
        return page, problem.status
    return redirect(f"{pages.here('/track')}?code={doors.spelled(code)}&done={trigger}", 303)
