"""Routing's web process: the ledger and its pages, derived from the procedure, and those of units that help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.web import make_app
from services.routing import doors
from services.routing.service import RoutingService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(RoutingService, settings, doors.routes)
    app.extensions["jiesu"].blueprint.operations.extend(doors.OPERATIONS)
    return app
