"""Cases from before an upgrade go on in its words, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import delete, select

from chassis import blueprint
from chassis.database import Database
from chassis.migrate import upgrade
from chassis.testing import Room
from chassis.workflow import RefusedError
from services.enforcement.models import Case
from services.enforcement.service import EnforcementService
from tests.services.enforcement.test_service import ASSIGNED, FINED, take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST_SEIZURE = "滨彭综执扣字〔2026〕第1号"
NEW = ("pay_by", "reviews", "exceeded")
NIGHT = {"kind": "noise", "value": "58.0", "zone": "2", "period": "night", "instrument_no": "JC-01"}


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Return a room with one case that was taken on."""
    url = (request.getfixturevalue("database_url"),) if request.param == "postgresql" else ()
    if url:
        database = Database(*url, "enforcement")
        upgrade(database, blueprint.read(EnforcementService))
        database.close()
    room = Room(EnforcementService, tmp_path, *url)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    take(room, "case_accepted")
    take(room, "contact_made")
    yield room
    room.database.close()


def upgraded(room: Room, **before: Any) -> None:
    """Put the case back into the words of before, and upgrade it."""
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {name: kept for name, kept in case.details.items() if name not in NEW} | before
    migration = import_module("services.enforcement.migrations.0004_late_fines")
    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()


def test_a_fine_that_was_late_before_goes_on_growing(room: Room) -> None:
    for trigger in (*FINED, "payment_expired"):
        take(room, trigger)
    upgraded(room, overdue_since="2026-12-17", contested_since="", contested_days=0)
    room.pass_time(timedelta(days=9))

    with pytest.raises(RefusedError, match=r"1300\.00 yuan are owed"):
        take(room, "performed", amount="1000.00", way="bank")


def test_days_that_were_under_review_before_stay_uncounted(room: Room) -> None:
    for trigger in (*FINED, "payment_expired"):
        take(room, trigger)
    upgraded(room, overdue_since="2026-12-17", contested_since="", contested_days=4)
    room.pass_time(timedelta(days=9))

    with pytest.raises(RefusedError, match=r"1180\.00 yuan are owed"):
        take(room, "performed", amount="1000.00", way="bank")


def test_a_review_that_runs_goes_on_counting_nothing_and_a_fine_that_is_due_becomes_late(room: Room) -> None:
    for trigger in (*FINED, "payment_expired", "remedy_sought"):
        take(room, trigger)
    day = room.now.date().isoformat()
    upgraded(room, overdue_since="2026-12-17", contested_since=day, contested_days=0)
    room.pass_time(timedelta(days=9))

    assert room.case("A1").details["reviews"] == [{"kind": "reconsideration", "sought_on": day, "ended_on": ""}]
    take(room, "performed", amount="1030.00", way="bank")


def test_what_one_measurement_showed_before_stays_proved(room: Room) -> None:
    take(room, "inspected", act="noise_over_limit", measurements=[NIGHT])
    upgraded(room)

    assert room.case("A1").details["exceeded"] == ["noise"]


def test_a_case_without_a_fine_or_an_excess_is_left_as_it_is(room: Room) -> None:
    take(room, "inspected")
    upgraded(room)

    assert not {*NEW} & {*room.case("A1").details}


@pytest.mark.parametrize(("paid", "owes"), [("100.00", True), ("780.00", False)])
def test_costs_that_were_open_before_are_on_the_list_of_those(room: Room, paid: str, owes: bool) -> None:  # noqa: FBT001
    ledger = {"cost_amount": "780.00", "cost_parts": [{"paid_on": "2026-12-03", "amount": paid}]}
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {**case.details, **ledger}
    migration = import_module("services.enforcement.migrations.0007_costs_owed")

    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.fill()

    assert room.case("A1").owes_costs is owes


def test_what_could_be_contested_before_without_a_clock_has_its_own(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    take(room, "goods_released")
    for trigger in (*FINED[2:], "performed", "found_uncorrected", *FINED[1:5]):
        take(room, trigger)
    take(room, "penalised", separate_act="另一违法行为")
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [first] = case.details["penalties_before"]
        bare = {name: value for name, value in first.items() if name not in ("decision_no", "named")}
        case.details = {**case.details, "penalties_before": [bare]}
        known = {clock.key: clock for clock in room.clocks("A1").values() if clock.of == FIRST_SEIZURE}
        session.execute(delete(room.blueprint.store.clocks).where(room.blueprint.store.clocks.c.name.contains(":")))
    migration = import_module("services.enforcement.migrations.0008_own_clocks")

    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    of_seizure = {one.key: one for one in room.clocks("A1").values() if one.of == FIRST_SEIZURE}
    # Of the day on which it was served nobody has kept the hour.
    assert {key: replace(one, started_at=known[key].started_at) for key, one in of_seizure.items()} == known
    assert len(of_seizure) == 2
    assert {one.name for one in room.clocks("A1").values() if one.of == bare["decided_on"]} == {
        "reconsideration",
        "remedies",
    }
    room.pass_time(timedelta(days=240))
    assert {one.state for one in room.clocks("A1").values() if one.of} == {"stopped"}


def test_what_was_decided_before_a_ledger_was_kept_of_it_has_its_own_clocks_too(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    take(room, "goods_seized", seized_on=room.now.date().isoformat())
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {name: kept for name, kept in case.details.items() if name != "measures"}
        known = {clock.key for clock in room.clocks("A1").values() if clock.of == FIRST_SEIZURE}
        session.execute(delete(room.blueprint.store.clocks).where(room.blueprint.store.clocks.c.name.contains(":")))
    migration = import_module("services.enforcement.migrations.0008_own_clocks")

    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    assert {clock.key for clock in room.clocks("A1").values() if clock.of == FIRST_SEIZURE} == known != set()
