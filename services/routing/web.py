"""Routing's web process: the ledger and its pages, all derived from the procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.web import make_app
from services.routing import signing_pages
from services.routing.service import RoutingService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(RoutingService, settings, signing_pages.routes)
    door = app.extensions["jiesu"]
    door.blueprint.operations[:] = signing_pages.OPERATIONS
    door.kept = signing_pages.signatures_of
    return app
