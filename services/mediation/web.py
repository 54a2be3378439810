"""The web process of mediation: its API and pages, derived from its procedure, and the register of committees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import agenda, month, registers
from chassis.app import make_app
from services.mediation import committees, figures, rules
from services.mediation.service import MediationService
from services.mediation.stages.places import OPEN

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    own = (registers.routes(committees.REGISTER), agenda.routes(rules.meetings, OPEN), month.routes(figures.rates))
    app = make_app(MediationService, settings, *own)
    app.extensions["jiesu"].blueprint.operations[:] = [
        agenda.OPERATION,
        month.OPERATION,
        *committees.REGISTER.operations(),
    ]
    return app
