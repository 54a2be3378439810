"""An upgrade keeps what cases hold, and mends what earlier versions have left in them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from services.property.models import Case
from tests.services.property.test_rounds import CHOOSE, TO_MATTER, VOTED, again, dismissed_and_chosen
from tests.services.property.test_ways_on import CHANGE, COVENANT, DISMISS

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.testing import Room


def upgrade(room: Room) -> None:
    """Migrate what a case holds that an earlier version had left its decisions in, whatever came of them."""
    migration = import_module("services.property.migrations.0009_decisions_used_up")
    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()


def leave(room: Room, **more: str) -> None:
    leave_only(room, {**decided(room), **more})


def leave_only(room: Room, decided: dict[str, str]) -> None:
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {**case.details, "owners_decisions": decided}


def decided(room: Room) -> dict[str, str]:
    found: dict[str, str] = room.case("A1").details["owners_decisions"]
    return found


def test_what_was_carried_out_before_the_upgrade_decides_nothing_after_it(
    room: Room, walk: Callable[..., None]
) -> None:
    dismissed_and_chosen(walk)
    walk("contract_ended", "estate_handed_over", "successor_took_over", "contract_filed", "concluded")
    again(room, walk)
    leave(room, dismiss_company="2026-11-23", choose_company="2026-11-23", management_covenant="2026-11-23")

    upgrade(room)

    assert decided(room) == {"management_covenant": "2026-11-23"}


def test_what_is_still_to_be_carried_out_stays_through_the_upgrade(room: Room, walk: Callable[..., None]) -> None:
    dismissed_and_chosen(walk)
    walk("contract_ended", "estate_handed_over")
    leave(room, dismiss_company="2026-11-23")

    upgrade(room)

    assert decided(room) == {"choose_company": "2026-11-23"}
    walk("successor_took_over", "contract_filed", "concluded")
    again(room, walk)
    walk("common_decision_needed", *VOTED, **DISMISS)
    upgrade(room)
    assert [*decided(room)] == ["dismiss_company"]


def test_who_was_chosen_again_before_the_upgrade_waits_for_no_contract_after_it(
    room: Room, walk: Callable[..., None]
) -> None:
    walk(*TO_MATTER, *VOTED, **CHOOSE)
    chosen = decided(room)
    # As an earlier version let it be called carried out.
    leave_only(room, {})
    walk("decision_carried_out", "concluded")
    again(room, walk)
    leave_only(room, chosen)

    upgrade(room)

    walk("common_decision_needed", *VOTED, "change_told", "decision_carried_out", **COVENANT)
    assert room.state("A1") == "fixed"


def test_what_a_joint_meeting_has_decided_carries_out_no_choice_of_the_owners(
    room: Room, walk: Callable[..., None]
) -> None:
    dismissed_and_chosen(walk)
    walk("contract_ended", "exit_declined", "joint_meeting_called", "joint_meeting_held", "decision_carried_out")

    upgrade(room)

    assert {*decided(room)} == {"dismiss_company", "choose_company"}


def test_a_case_without_decisions_is_left_as_it_is(room: Room, walk: Callable[..., None]) -> None:
    walk("case_accepted", "contact_made", "classified", classified=CHANGE)
    before = room.case("A1").details

    upgrade(room)

    assert room.case("A1").details == before
