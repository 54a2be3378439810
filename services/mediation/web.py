"""The web process of mediation: its API and pages, derived from its procedure, and the register of committees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.web import make_app
from services.mediation import committees
from services.mediation.service import MediationService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(MediationService, settings, committees.routes)
    app.extensions["jiesu"].blueprint.operations[:] = committees.OPERATIONS
    return app
