"""The web process of property: its API and pages, derived from its procedure, and the register of estates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import month
from chassis.app import make_app
from services.property import estates
from services.property.service import PropertyService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(PropertyService, settings, estates.routes, month.routes())
    app.extensions["jiesu"].beside = estates.beside
    app.extensions["jiesu"].blueprint.operations[:] = [*estates.OPERATIONS, month.OPERATION]
    return app
