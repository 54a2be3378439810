"""What stood here before an upgrade is watched after it, on both databases."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from chassis import blueprint
from chassis.database import Database
from chassis.migrate import upgrade
from chassis.testing import Room
from chassis.workflow import Role
from services.feedback.service import FeedbackService
from tests.services.feedback.conftest import BAD, CONCLUDED, GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    url = (request.getfixturevalue("database_url"),) if request.param == "postgresql" else ()
    if url:
        database = Database(*url, "feedback")
        upgrade(database, blueprint.read(FeedbackService))
        database.close()
    room = Room(FeedbackService, tmp_path, *url)
    yield room
    room.database.close()


def rated(room: Room, *marks: dict[str, Any]) -> None:
    for one in marks:
        room.hear("mediation.case_concluded.v1", "A1", {**CONCLUDED, "by": "handler-1"})
        room.act("A1", "rated", one, role=Role.PUBLIC, person="resident")
        room.run("draw_consequences")


def upgraded(room: Room) -> None:
    """Put the tables back to what they were, and upgrade them with their rows."""
    with room.database.write() as session:
        session.execute(text("DELETE FROM clocks WHERE name = 'supervision_alarm'"))
        session.execute(text("DROP INDEX cases_by_conduct"))
        session.execute(text("ALTER TABLE cases DROP COLUMN conduct_at"))
    migration = import_module("services.feedback.migrations.0008_reminded")
    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()


def test_a_problem_order_from_before_is_told_of_when_its_time_is_over(room: Room) -> None:
    rated(room, BAD, BAD, BAD, BAD)
    upgraded(room)

    for _ in range(21):
        room.pass_time(timedelta(days=1))

    assert [one["overdue"] for one in room.told("problem_ordered.v1")] == [False, True, True]


def test_conduct_that_was_referred_before_is_told_of_when_its_time_is_over_and_what_is_settled_is_not(
    room: Room,
) -> None:
    rated(room, {**GOOD, "attitude": 1})
    upgraded(room)
    assert room.case("A1").conduct_at == room.clocks("A1")["attitude_supervision"].due_at(room.blueprint.calendar)

    room.act("A1", "attitude_supervised", {"finding": "经核查属实。"}, role=Role.LEADER, person="p2")
    upgraded(room)
    assert room.case("A1").conduct_at is None
