"""Where staff see what was told outside, to whom and with what success; and how each notice would read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from chassis import moments, pages, web
from chassis.problems import ProblemError, not_found
from chassis.workflow import Role
from services.intake.messages import notices, sending

if TYPE_CHECKING:
    from chassis.access import Principal

routes = Routes("notices", __name__)

_SEE: Final = (Role.DESK, Role.INSPECTOR, Role.OPS)
_RETRY: Final = (Role.DESK, Role.OPS)
_PAGE: Final = 50


@routes.get("/api/v1/notices")
def list_notices() -> Response:
    """Answer the log, the newest first; `state` and `channel` filter, `before` is the `next` of the page before."""
    _permitted(_SEE)
    return web.answer(_page(), Cache_Control="no-store")


@routes.post("/api/v1/notices/<notice_id>/retry")
def retry_notice(notice_id: str) -> Response:
    """Have a parked notice sent after all."""
    _retry(notice_id)
    return web.answer({"id": notice_id, "state": sending.WAITING})


@routes.get("/api/v1/notices/preview")
def preview_for_programs() -> Response:
    """Answer how each notice reads with a made-up case, and by which channels it goes."""
    _permitted(_SEE)
    return web.answer({"items": preview(notices.book())})


@routes.get("/notices")
def notices_page() -> AnyResponse | str:
    """Show the log."""
    if (gone := _to_sign_in()) is not None:
        return gone
    who = _permitted(_SEE)
    return render_template(
        "notices.html",
        **_page(),
        states=sending.STATES,
        channels=[*notices.book().channels],
        asked={name: request.args.get(name, "") for name in ("state", "channel")},
        may_retry=who.has(*_RETRY),
        done=request.args.get("done", ""),
    )


@routes.post("/notices/<notice_id>/retry")
def retry_on_page(notice_id: str) -> AnyResponse:
    """Have a parked notice sent after all, from the page."""
    web.check_csrf()
    _retry(notice_id)
    return redirect(pages.here("/notices?done=retry"), 303)


@routes.get("/notices/preview")
def preview_page() -> AnyResponse | str:
    """Show how each notice reads."""
    if (gone := _to_sign_in()) is not None:
        return gone
    _permitted(_SEE)
    return render_template("notices_preview.html", items=preview(notices.book()))


def preview(book: notices.Book) -> list[dict[str, Any]]:
    """Return each notice with its words for a made-up case; no secret of a channel is among it."""
    return [
        {
            "notice": one.name,
            "to": one.to,
            "on": one.on,
            "required": one.required,
            "at_night": one.at_night,
            "text": book.shown(one),
            "channels": [name for name, channel in book.channels.items() if channel.may_bring(one)],
        }
        for one in book.notices
    ]


def _page() -> dict[str, Any]:
    asked = {name: request.args.get(name, "") for name in ("state", "channel", "before")}
    with web.door().database.read() as session:
        rows = sending.listed(session, most=_PAGE, **asked)
    return {"items": [sending.as_json(row) for row in rows], "next": rows[-1].id if len(rows) == _PAGE else None}


def _retry(notice_id: str) -> None:
    _permitted(_RETRY)
    with web.door().database.write() as session:
        found = sending.retry(session, moments.now(), notice_id)
    if not found:
        raise not_found("没有这条搁置的通知，可能已经重发", "No such notice is parked; it may have been sent again")


def _permitted(roles: tuple[Role, ...]) -> Principal:
    who = web.staff()
    if not who.has(*roles):
        raise ProblemError(
            403,
            "not-permitted",
            "通知记录仅供诉求台、督查员和运维查看，重发仅限诉求台和运维",
            "Notices are for the desk, inspectors and ops; only desk and ops send them again",
        )
    return who


def _to_sign_in() -> AnyResponse | None:
    who = web.visitor()
    g.principal = who
    if who is not None:
        return None
    return web.to_sign_in()
