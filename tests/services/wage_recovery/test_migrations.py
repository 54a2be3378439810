"""Claims from before an upgrade go on as the new words have it, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from chassis import blueprint
from chassis.database import Database
from chassis.migrate import upgrade
from chassis.testing import Room
from services.wage_recovery.models import Case
from services.wage_recovery.service import WageRecoveryService
from tests.services.wage_recovery.test_service import ASSIGNMENT, DISPATCHED, TO_COORDINATION, go

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NATIONAL_DAY = datetime(2026, 10, 1, 15, 59, 59, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def ordered(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Return a room with an order whose last day is National Day, as it was kept before that moved on."""
    url = request.getfixturevalue("database_url") if request.param == "postgresql" else ""
    if url:
        database = Database(url, "wage_recovery")
        upgrade(database, blueprint.read(WageRecoveryService))
        database.close()
    room = Room(WageRecoveryService, tmp_path, url, now=datetime(2026, 9, 24, 1, 0, tzinfo=UTC))
    room.hear(DISPATCHED, "A1", ASSIGNMENT)
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "payment_ordered")
    clocks = room.blueprint.store.clocks
    with room.database.write() as session:
        row = session.execute(select(clocks).where(clocks.c.name == "order_to_pay")).one()
        before = {"due_at": NATIONAL_DAY, "body": {**row.body, "roll": "none"}}
        session.execute(clocks.update().where(clocks.c.name == "order_to_pay").values(**before))
        case = session.scalars(select(Case)).one()
        case.due_at = NATIONAL_DAY
        orders = [{**order, "until": "2026-10-01"} for order in case.details["orders"]]
        case.details = {**case.details, "orders": orders, "order_until": "2026-10-01"}
    yield room
    room.database.close()


def test_an_order_that_runs_when_it_is_upgraded_is_not_disobeyed_on_the_holiday(ordered: Room) -> None:
    migration = import_module("services.wage_recovery.migrations.0007_rolled_orders")
    with ordered.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    case = ordered.case("A1")
    assert case.due_at == ordered.clocks("A1")["order_to_pay"].due_at(ordered.blueprint.calendar)
    ordered.pass_time(datetime(2026, 10, 8, 1, 0, tzinfo=UTC) - ordered.now)
    assert ordered.state("A1") == "ordered_to_pay"

    ordered.pass_time(datetime(2026, 10, 9, 1, 0, tzinfo=UTC) - ordered.now)

    assert (ordered.state("A1"), ordered.case("A1").details["order_until"]) == (
        "compensation_due",
        str(date(2026, 10, 8)),
    )
