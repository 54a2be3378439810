"""The web process of enforcement: its API and pages, derived from its procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import agenda, month
from chassis.app import make_app
from services.enforcement import rules
from services.enforcement.service import EnforcementService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(EnforcementService, settings, agenda.routes(rules.meetings, rules.ATTENDED), month.routes())
    app.extensions["jiesu"].blueprint.operations[:] = [agenda.OPERATION, month.OPERATION]
    return app
