"""Claims from before an upgrade go on as the new words have it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
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
from chassis.workflow import RefusedError
from services.wage_recovery import courts
from services.wage_recovery.models import Case
from services.wage_recovery.service import WageRecoveryService
from tests.services.wage_recovery.test_service import ASSIGNMENT, DISPATCHED, TO_COORDINATION, go

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chassis.clocks import Clock

NATIONAL_DAY = datetime(2026, 10, 1, 15, 59, 59, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the address of a database that is up to date, or an empty one for a file."""
    url: str = request.getfixturevalue("database_url") if request.param == "postgresql" else ""
    if url:
        database = Database(url, "wage_recovery")
        upgrade(database, blueprint.read(WageRecoveryService))
        database.close()
    return url


@pytest.fixture
def claimed(url: str, tmp_path: Path) -> Iterator[Room]:
    """Return a room with one claim."""
    room = Room(WageRecoveryService, tmp_path, url, now=datetime(2026, 9, 24, 1, 0, tzinfo=UTC))
    room.hear(DISPATCHED, "A1", ASSIGNMENT)
    yield room
    room.database.close()


@pytest.fixture
def ordered(claimed: Room) -> Room:
    """Return a room with an order whose last day is National Day, as it was kept before that moved on."""
    room = claimed
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
    return room


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


OWN = (
    *("order_reconsideration", "order_suit", "decision_reconsideration", "decision_suit"),
    *("enforcement_follow_up", "enforcement_term"),
)


def in_court(room: Room, *, filed: bool) -> None:
    """Order two payers, decide upon both, and have a court enforce both decisions."""
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted")
    for payer in ("general_contractor", "subcontractor"):
        go(room, "payment_ordered", payment_ordered={"payer": payer})
        room.pass_time(timedelta(days=1))
    room.pass_time(timedelta(days=20))
    for payer in ("general_contractor", "subcontractor"):
        go(room, "compensation_ordered", compensation_ordered={"payer": payer})
        room.pass_time(timedelta(days=1))
    by = {"ground": "administrative_decision", "payer": "subcontractor"}
    go(room, "enforcement_applied", enforcement_applied=by)
    if filed:
        room.pass_time(timedelta(days=3))
        go(room, "enforcement_filed")
    go(room, "other_decision_applied", other_decision_applied={**by, "payer": "general_contractor"})
    room.pass_time(timedelta(days=3))


def as_before(room: Room) -> dict[str, Clock]:
    """Keep a claim as the release before did, with one clock for all of a name; return the clocks that it had now."""
    table = room.blueprint.store.clocks
    known = {key: clock for key, clock in room.clocks("A1").items() if clock.name in OWN and clock.stopped_at is None}
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        rows = [{name: value for name, value in row.items() if name != "filed_on"} for row in case.details["decisions"]]
        case.details = {**case.details, "decisions": rows, "last_decided_on": "2026-10-16", "order_sued": 6}
        for name in OWN:
            own = [one for one in known.values() if one.name == name]
            # All of them showed the one that was served last; the court's those of what was asked for first.
            in_court = name.startswith("enforcement")
            own = [one for one in own if not in_court or "分包" in one.of]
            session.execute(table.delete().where(table.c.name.startswith(f"{name}:")))
            for last in sorted(own, key=lambda one: one.started_at)[-1:]:
                shared = replace(last, of="", zh=last.zh.partition("（")[0], en=last.en.partition(" (")[0])
                due_at = shared.due_at(room.blueprint.calendar)
                row = {"case_id": case.id, "name": name, "kind": "statutory", "state": "running"}
                session.execute(table.insert().values(**row, due_at=due_at, body=shared.to_dict()))
    return known


@pytest.mark.parametrize("filed", [False, True])
def test_what_was_ordered_decided_and_brought_to_court_before_has_clocks_of_its_own(
    claimed: Room, *, filed: bool
) -> None:
    in_court(claimed, filed=filed)
    decided = claimed.case("A1").details["decisions"]
    known = as_before(claimed)
    assert len(known) == 10
    migration = import_module("services.wage_recovery.migrations.0008_own_clocks")

    with claimed.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    # Of the day nobody has kept the hour.
    calendar = claimed.blueprint.calendar
    now = {key: one for key, one in claimed.clocks("A1").items() if one.name in OWN and one.stopped_at is None}
    assert {key: (one.zh, one.due_at(calendar)) for key, one in now.items()} == {
        key: (one.zh, one.due_at(calendar)) for key, one in known.items()
    }
    case = claimed.case("A1")
    assert not {"last_decided_on", "order_sued"} & {*case.details}
    assert [row.get("filed_on") for row in case.details["decisions"]] == [row.get("filed_on") for row in decided]
    assert case.due_at == min(one.due_at(calendar) for one in claimed.clocks("A1").values() if not one.stopped_at)
    claimed.pass_time(timedelta(days=400))
    assert claimed.state("A1") == "enforcement_overdue"
    left = [one for one in claimed.clocks("A1").values() if one.name in OWN and one.stopped_at is None]
    assert {one.name for one in left} <= {"enforcement_follow_up", "enforcement_term"}
    go(claimed, "court_asked")
    claimed.pass_time(timedelta(minutes=1))
    assert not [one for one in claimed.clocks("A1").values() if one.name in OWN and one.stopped_at is None]


def test_what_a_court_enforces_by_an_award_has_a_clock_of_its_own(claimed: Room) -> None:
    go(claimed, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")
    go(claimed, "enforcement_applied", enforcement_applied={"ground": "award"})
    table = claimed.blueprint.store.clocks
    known = claimed.clock("A1", "enforcement_follow_up")
    assert known.of == "裁决书，示例劳人仲案〔2026〕1号"
    with claimed.database.write() as session:
        shared = replace(known, of="", zh=known.zh.partition("（")[0], en=known.en.partition(" (")[0])
        session.execute(table.update().where(table.c.name == known.key).values(name=known.name, body=shared.to_dict()))
    migration = import_module("services.wage_recovery.migrations.0008_own_clocks")

    with claimed.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    assert [one for one in claimed.clocks("A1").values() if one.name == known.name] == [known]


def test_what_was_kept_twice_under_one_name_is_upgraded_to_one_clock(claimed: Room) -> None:
    in_court(claimed, filed=False)
    as_before(claimed)
    with claimed.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {**case.details, "orders": [*case.details["orders"], case.details["orders"][-1]]}
    migration = import_module("services.wage_recovery.migrations.0008_own_clocks")

    with claimed.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    assert len([one for one in claimed.clocks("A1").values() if one.name == "order_suit" and not one.stopped_at]) == 2


def decided(room: Room) -> None:
    """Order two payers, and decide upon both."""
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted")
    for payer in ("general_contractor", "subcontractor"):
        go(room, "payment_ordered", payment_ordered={"payer": payer})
    room.pass_time(timedelta(days=20))
    for payer in ("general_contractor", "subcontractor"):
        go(
            room,
            "compensation_ordered",
            compensation_ordered={"payer": payer, "document_number": f"示例决字（{payer}）"},
        )
        room.pass_time(timedelta(days=1))


def upgraded(room: Room, to: str = "0009_each_in_court") -> None:
    """Run an upgrade upon what is on file."""
    migration = import_module(f"services.wage_recovery.migrations.{to}")
    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()


def test_the_authority_s_time_to_ask_a_court_becomes_that_of_each_decision(claimed: Room) -> None:
    decided(claimed)
    table, calendar = claimed.blueprint.store.clocks, claimed.blueprint.calendar
    known = {key: one for key, one in claimed.clocks("A1").items() if one.name == "court_application"}
    first = min(known.values(), key=lambda one: one.started_at)
    shared = replace(first, of="", zh=first.zh.partition("（")[0], en=first.en.partition(" (")[0])
    with claimed.database.write() as session:
        session.execute(table.delete().where(table.c.name.startswith("court_application")))
        row = {"case_id": claimed.case("A1").id, "name": "court_application", "kind": "statutory", "state": "running"}
        session.execute(table.insert().values(**row, due_at=shared.due_at(calendar), body=shared.to_dict()))

    upgraded(claimed)

    now = {key: one for key, one in claimed.clocks("A1").items() if one.name == "court_application"}
    assert {key: (one.zh, one.due_at(calendar)) for key, one in now.items()} == {
        key: (one.zh, one.due_at(calendar)) for key, one in known.items()
    }
    assert len(now) == 2
    go(claimed, "enforcement_applied", enforcement_applied={"payer": "subcontractor"})
    assert [
        one.of for one in claimed.clocks("A1").values() if one.name == "court_application" and not one.stopped_at
    ] == ["施工总承包单位，示例决字（general_contractor）"]


def test_what_a_court_had_ended_before_is_resumed_after_the_upgrade(claimed: Room) -> None:
    decided(claimed)
    go(claimed, "enforcement_applied", "enforcement_ended")
    with claimed.database.write() as session:
        case = session.scalars(select(Case)).one()
        new = ("enforcement_ended_on", "ended_for", "upon", "filed_as")
        rows = [{name: value for name, value in row.items() if name not in new} for row in case.details["decisions"]]
        applied = {name: value for name, value in case.details["enforcement_applied"].items() if name not in new}
        case.details = {
            **case.details,
            "decisions": rows,
            "enforcement_applied": applied,
            "enforcement_ended_on": "2026-10-16",
        }

    upgraded(claimed)

    row, other = claimed.case("A1").details["decisions"]
    assert (row["enforcement_ended_on"], row["ended_for"]) == ("2026-10-16", "no_property_found")
    assert "ended_for" not in other
    go(claimed, "enforcement_resumed")
    assert claimed.state("A1") == "court_enforcing"


def test_property_is_searched_for_by_a_claim_from_before_each_payer_had_its_decision(claimed: Room) -> None:
    decided(claimed)
    go(claimed, "enforcement_applied", "enforcement_ended")
    due = courts.property_search_due(claimed.case("A1"))
    assert due is not None
    with claimed.database.write() as session:
        case = session.scalars(select(Case)).one()
        new = ("enforcement_ended_on", "ended_for")
        applied = {name: value for name, value in case.details["enforcement_applied"].items() if name not in new}
        old = {name: value for name, value in case.details.items() if name != "decisions"}
        ended_on = case.details["decisions"][0]["enforcement_ended_on"]
        case.details = {**old, "enforcement_applied": applied, "enforcement_ended_on": ended_on}

    upgraded(claimed)

    assert courts.property_search_due(claimed.case("A1")) == due


def settled_before(room: Room, *more: str) -> None:
    """Have all that a court enforces settled, as it was kept when that was of all at once."""
    decided(room)
    form = {"respondent_name": "示例建设公司", "payer": "general_contractor"}
    go(room, "enforcement_applied", enforcement_applied=form)
    go(room, "enforcement_settled", *more)
    calendar, table = room.blueprint.calendar, room.blueprint.store.clocks
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        new = ("enforcement_ended_on", "ended_for", "settled", "broken_on", "respondent_name")
        rows = [{name: value for name, value in row.items() if name not in new} for row in case.details["decisions"]]
        [form] = case.details["enforcement_settlements"]
        left = {name: value for name, value in case.details.items() if name != "enforcement_settlements"}
        case.details = {**left, "decisions": rows, "enforcement_settled": form}
        names = {"enforcement_settlement": "settlement", "enforcement_application": "enforcement_application"}
        for one in [clock for clock in room.clocks("A1").values() if clock.name in names and clock.stopped_at is None]:
            old = replace(one, name=names[one.name], of="", zh="履行调解协议", en="Instalments of the settlement")
            session.execute(table.delete().where(table.c.name.in_((one.key, old.key))))
            row = {"case_id": case.id, "name": old.key, "kind": "service", "state": "running"}
            session.execute(table.insert().values(**row, due_at=old.due_at(calendar), body=old.to_dict()))


def test_what_was_settled_in_court_before_is_performed_and_broken_after_the_upgrade(claimed: Room) -> None:
    settled_before(claimed)
    until = claimed.clock("A1", "settlement").due_at(claimed.blueprint.calendar)

    upgraded(claimed, "0011_settled_in_court")

    details = claimed.case("A1").details
    row, other = details["decisions"]
    assert (row["ended_for"], len(row["settled"]), row["respondent_name"]) == (
        "settled_in_enforcement",
        1,
        "示例建设公司",
    )
    assert "settled" not in other
    assert "enforcement_settled" not in details
    [clock] = [one for one in claimed.clocks("A1").values() if one.name == "enforcement_settlement"]
    assert (clock.of, clock.due_at(claimed.blueprint.calendar)) == (
        "施工总承包单位，示例决字（general_contractor）",
        until,
    )
    claimed.pass_time(until - claimed.now + timedelta(minutes=1))
    assert claimed.state("A1") == "partly_paid"
    go(claimed, "enforcement_resumed")
    assert claimed.state("A1") == "court_enforcing"


def test_what_was_broken_in_court_before_is_resumed_after_the_upgrade_and_its_time_ends(claimed: Room) -> None:
    settled_before(claimed, "settlement_breached")

    upgraded(claimed, "0011_settled_in_court")
    claimed.pass_time(timedelta(days=200))
    go(claimed, "enforcement_resumed")

    [clock] = [one for one in claimed.clocks("A1").values() if one.name == "enforcement_application"]
    assert clock.stopped_at is not None


def marked_never(room: Room) -> None:
    """Keep what is broken as it was kept before that was marked."""
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        rows = [{**row} for row in case.details.get("decisions") or ()]
        for row in rows:
            row.pop("broken_on", None)
        left = {name: value for name, value in case.details.items() if name != "settlement_broken_on"}
        case.details = {**left, "decisions": rows}


def handled_again(room: Room, *steps: str) -> None:
    """Have a claim replied to and handled again."""
    go(room, *steps)
    more = {"reason": "还有工人没有拿到", "round": 2, "mechanism": "wage_recovery", "clocks": []}
    room.hear("feedback.rework_ordered.v1", "A1", more)


@pytest.mark.parametrize("how", [("settlement_breached",), ()])
def test_what_was_broken_in_court_before_is_broken_after_a_rework_too(claimed: Room, how: tuple[str, ...]) -> None:
    settled_before(claimed, *how)
    upgraded(claimed, "0011_settled_in_court")
    claimed.pass_time(datetime(2027, 9, 1, 1, 0, tzinfo=UTC) - claimed.now)
    assert claimed.state("A1") == "partly_paid"
    marked_never(claimed)

    upgraded(claimed, "0012_broken_before")

    row, other = claimed.case("A1").details["decisions"]
    assert row["broken_on"] > row["enforcement_ended_on"] or how
    assert "broken_on" not in other
    handled_again(claimed, "contact_made", "concluded_unpaid")
    with pytest.raises(RefusedError, match="not come so far"):
        go(claimed, "court_settlement_resumed")
    go(claimed, "search_resumed")
    claimed.pass_time(timedelta(minutes=2))
    assert (claimed.state("A1"), len(claimed.told("settlement_broken.v1"))) == ("partly_paid", 1)


def test_what_is_performed_in_court_is_not_marked_as_broken(claimed: Room) -> None:
    settled_before(claimed)
    upgraded(claimed, "0011_settled_in_court")

    upgraded(claimed, "0012_broken_before")

    assert not [row for row in claimed.case("A1").details["decisions"] if row.get("broken_on")]


@pytest.mark.parametrize("anew", [(), ("settlement_agreed",)])
def test_a_mediated_settlement_that_was_broken_before_is_not_performed_again(
    claimed: Room, anew: tuple[str, ...]
) -> None:
    settlement = {"instalments": [{"due_on": "2026-10-09", "amount": "18000.00"}]}
    go(claimed, *TO_COORDINATION, "settlement_agreed", settlement_agreed=settlement)
    claimed.pass_time(datetime(2026, 10, 12, 1, 0, tzinfo=UTC) - claimed.now)
    assert claimed.state("A1") == "settlement_broken"
    go(claimed, *anew)
    marked_never(claimed)

    upgraded(claimed, "0012_broken_before")

    assert bool(claimed.case("A1").details.get("settlement_broken_on")) is not bool(anew)
    handled_again(claimed, "payment_verified", "concluded")
    if anew:
        go(claimed, "settlement_resumed")
        return
    with pytest.raises(RefusedError, match="not come so far"):
        go(claimed, "settlement_resumed")
