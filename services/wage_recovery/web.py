"""The web process of wage_recovery: its API and pages, derived from its procedure, and the register of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import month, registers
from chassis.app import make_app
from services.wage_recovery import projects
from services.wage_recovery.service import WageRecoveryService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    app = make_app(WageRecoveryService, settings, registers.routes(projects.REGISTER), month.routes())
    app.extensions["jiesu"].blueprint.operations[:] = [*projects.REGISTER.operations(), month.OPERATION]
    return app
