"""The made-up service, over SQLite and over PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import select

from chassis import logs
from chassis.testing import Room
from tests.chassis.made_up.models import Effect
from tests.chassis.made_up.service import MadeUpService

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.nodes.postgres import DatabaseServer


class Thing(Room):
    """A room of the made-up service."""

    service: MadeUpService

    def effects(self) -> list[str]:
        """Return what was done, in order."""
        with self.database.read() as session:
            return list(session.scalars(select(Effect.what).order_by(Effect.id)))


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    """Keep structlog from drawing tracebacks with all their locals."""
    logs.configure("CRITICAL", "plain")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Thing]:
    """Give a room over SQLite."""
    room = Thing(MadeUpService, tmp_path)
    yield room
    room.database.close()


@pytest.fixture
def big(postgres: DatabaseServer, tmp_path: Path) -> Iterator[Thing]:
    """Give a room over PostgreSQL."""
    with postgres.database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE SCHEMA made_up")
        room = Thing(MadeUpService, tmp_path, url.replace("postgresql://", "postgresql+psycopg://", 1))
        yield room
        room.database.close()


@pytest.fixture(params=["small", "big"], ids=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest) -> Thing:
    """Give a room over each database."""
    found: Thing = request.getfixturevalue(request.param)
    return found
