"""Intake's doors over HTTP: the public API and the residents' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint as Routes
from flask import Flask, Response, request
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from chassis import moments, web
from chassis.acting import stale
from chassis.forms import explain_errors
from chassis.problems import ProblemError, invalid
from chassis.work import Work
from chassis.workflow import IllegalStepError, Role
from marshmallow import Schema, ValidationError
from services.intake import doors, public, register, rules, schemas
from services.intake.models import Attachment, Case
from services.intake.service import IntakeService

if TYPE_CHECKING:
    from chassis.settings import Settings

routes = Routes("intake", __name__)


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    return web.make_app(IntakeService, settings, routes)


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


def shown(code: str) -> dict[str, Any]:
    """Return what the holder of a code may see."""
    with web.door().database.read() as session:
        case = doors.expect(session, code)
        pictures = session.scalars(select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.added_at)).all()
        into = case.details.get("merged", {}).get("into")
        first = session.get(Case, into) if into else None
        return public.view(case, doors.spelled(code), request.script_root, pictures, first)


def supplement(code: str, form: dict[str, Any]) -> None:
    """Add a petitioner's words to an open appeal. Raises ProblemError."""
    text = str(form.get("text", ""))
    _loaded(schemas.Supplement, form)
    _step(code, lambda work, case: register.supplement(work, web.door().keys, case, rules.clean(text)))


def withdraw(code: str, form: dict[str, Any]) -> None:
    """Take an open appeal back for its petitioner. Raises ProblemError."""
    loaded = _loaded(schemas.Withdrawal, form)
    _step(code, lambda work, case: work.step(case, "withdrawn", loaded, role=Role.PUBLIC))


def _loaded(schema: type[Schema], form: dict[str, Any]) -> dict[str, Any]:
    made = schema()
    try:
        loaded: dict[str, Any] = made.load(form)
    except ValidationError as error:
        raise invalid(explain_errors(made, error.messages_dict)) from None
    return loaded


def _step(code: str, take: Any) -> None:
    at = web.door()
    try:
        with at.database.write() as session:
            work = Work(session, at.blueprint, moments.now())
            take(work, doors.expect(session, code))
            work.record()
    except IllegalStepError as error:
        raise ProblemError(
            409,
            "illegal-step",
            "诉求已办结或已答复,现在不能这样操作",
            "The appeal is answered or at its end; this is not possible now",
            state=error.state,
            allowed=[trigger for trigger in error.allowed if trigger in ("supplemented", "withdrawn")],
        ) from None
    except StaleDataError:
        raise stale(0) from None
    at.acting.wake()
