"""A service's own doors over a room of its tests: the web app, and people who are signed in at it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from chassis import moments, settings
from chassis.access import Principal, sign_token
from chassis.keys import generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest
    from flask import Flask

    from chassis.settings import Settings
    from chassis.testing import Room
    from chassis.workflow import Role

    Signed = Callable[..., dict[str, str]]


@contextmanager
def opened(
    create_app: Callable[[Settings], Flask], room: Room, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Give a service's web app over the room's database in a folder, its time standing where the room's stands."""
    name = room.blueprint.name
    for setting in ("JIESU_DATABASE_URL", f"JIESU_{name.upper()}_DATABASE_URL"):
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.setenv("JIESU_KEYS_DIR", str(folder / "keys"))
    generate(folder / "keys", ["portal", name])
    app = create_app(settings.load({"JIESU_DATA": str(folder)}))
    monkeypatch.setattr(moments, "now", lambda: room.now)
    yield app
    app.extensions["jiesu"].database.close()


def signing(app: Flask, name: str) -> Signed:
    """Return what signs a person of that name in, with some roles."""
    door = app.extensions["jiesu"]

    def sign(
        *roles: Role, services: tuple[str, ...] = (door.blueprint.name,), units: tuple[str, ...] = ("*",)
    ) -> dict[str, str]:
        who = Principal(
            id="p1", name=name, roles=frozenset(roles), services=frozenset(services), units=frozenset(units)
        )
        return {"Authorization": f"Bearer {sign_token(who, door.keys.signing(), moments.now())}"}

    return sign
