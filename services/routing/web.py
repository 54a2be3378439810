"""Routing's web process: the ledger and its pages, derived from the procedure, and those of units that help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis import pages
from chassis.web import make_app
from services.routing import doors, rulepages, signing_pages, trying
from services.routing.service import RoutingService

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(RoutingService, settings, rulepages.routes, doors.routes, signing_pages.routes)
    door = app.extensions["jiesu"]
    door.completes = _complete
    door.blueprint.operations[:] = [*signing_pages.OPERATIONS, *rulepages.OPERATIONS, *doors.OPERATIONS]
    return app


def _complete(session: Session, case: dict[str, Any]) -> None:
    """Say of a case why it was sent where it is, and why not elsewhere, and show its signatures, each verified."""
    terms = pages.terms()
    trying.explained(session, case, lambda code: terms.value(code, "zh"))
    case["details"] = case["details"] | signing_pages.signatures_of(session, case["id"])
