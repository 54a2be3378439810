"""The web process of hotline: its API and pages, derived from its procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.app import make_app
from services.hotline.service import HotlineService

if TYPE_CHECKING:
    from flask import Flask

    from chassis.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the web app."""
    return make_app(HotlineService, settings)
