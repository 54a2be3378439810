"""The web process of hotline: its API and pages, derived from its procedure, the calls of its lines, and the knowledge base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import month
from chassis.app import make_app
from services.hotline import call_doors, knowledge_doors
from services.hotline.service import HotlineService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(HotlineService, settings, call_doors.routes, knowledge_doors.routes, month.routes())
    app.extensions["jiesu"].blueprint.operations[:] = [
        *call_doors.OPERATIONS,
        *knowledge_doors.OPERATIONS,
        month.OPERATION,
    ]
    app.extensions["jiesu"].completes = knowledge_doors.link_to_it
    return app
