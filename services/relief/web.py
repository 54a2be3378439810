"""The web process of relief: its API and pages, derived from its procedure, and the roster of recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import month
from chassis.app import make_app
from services.relief import recipients
from services.relief.service import ReliefService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(ReliefService, settings, recipients.routes, month.routes())
    app.extensions["jiesu"].blueprint.operations[:] = [*recipients.OPERATIONS, month.OPERATION]
    return app
