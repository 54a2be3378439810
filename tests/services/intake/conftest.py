"""Intake in a room of its own, and its doors over SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chassis import keys, moments, settings
from chassis.access import Principal, sign_token
from chassis.testing import Room
from services.intake.service import IntakeService
from services.intake.web import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.keys import KeyFolder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyFolder:
    """Give the keys of intake and of those it tells names to, where intake's worker looks for them."""
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.delenv("JIESU_KEYS_DIR", raising=False)
    for name in ("JIESU_DATABASE_URL", "JIESU_INTAKE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return keys.generate(tmp_path / "keys", ["intake", "mediation", "enforcement", "feedback"])


@pytest.fixture
def room(tmp_path: Path, folder: KeyFolder) -> Iterator[Room]:
    """Give intake without a broker."""
    del folder
    room = Room(IntakeService, tmp_path)
    yield room
    room.database.close()


@pytest.fixture
def app(tmp_path: Path, folder: KeyFolder) -> Iterator[Flask]:
    """Give intake's web app over the same database as `room`."""
    del folder
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    door = app.extensions["jiesu"]
    door.blueprint.metadata.create_all(door.database.engine)
    yield app
    door.database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a program that calls the API."""
    return app.test_client()


@pytest.fixture
def token(folder: KeyFolder) -> Callable[..., dict[str, str]]:
    """Give what makes the header of somebody signed in."""

    def make(
        *roles: str,
        services: tuple[str, ...] = ("intake",),
        units: tuple[str, ...] = ("*",),
        person: str = "p1",
        name: str = "",
    ) -> dict[str, str]:
        name = name or ("话务员甲" if person == "p1" else f"话务员{person}")
        who = Principal(
            id=person, name=name, roles=frozenset(roles), services=frozenset(services), units=frozenset(units)
        )
        return {"Authorization": f"Bearer {sign_token(who, folder.signing(), moments.now())}"}

    return make
