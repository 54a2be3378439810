"""How a clock that has stopped is shown, through mediation's cases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis.clocks import Clock, Unit
from chassis.forms import example
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import UNMANNED
from services.mediation.service import MediationService
from services.mediation.workflow import MEDIATION

if TYPE_CHECKING:
    from pathlib import Path

ASSIGNED = {"mechanism": "mediation", "lead_unit": "MED", "title": "邻里噪音", "text": "楼上邻居每天晚上装修。"}
TO_AGREEMENT = (
    *("case_accepted", "contact_made", "application_recorded", "consent_given", "rights_explained", "mediators_set"),
    *("facts_established", "session_held", "agreement_drafted", "agreement_signed"),
)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(MediationService, tmp_path)
    limits = {"sign_in": (4, Unit.WORK_HOUR), "first_contact": (1, Unit.WORKDAY), "finish": (5, Unit.WORKDAY)}
    rows = [Clock(name=name, started_at=room.now, limit=n, unit=unit).to_dict() for name, (n, unit) in limits.items()]
    room.hear("routing.appeal_dispatched.v1", "A1", {**ASSIGNED, "clocks": rows})
    return room


def go(room: Room, *triggers: str) -> None:
    for trigger in triggers:
        step = MEDIATION.step(room.state("A1"), trigger)
        form = example(step.form, at=room.now) if step.form else {}
        acts = {name: str(local_date(room.now)) for _, name in step.since if name in form}
        role = next(role for role in step.roles if role not in UNMANNED)
        room.now += timedelta(minutes=1)
        room.act("A1", trigger, {**form, **acts}, role=role)


def ended(room: Room, name: str) -> tuple[str, str, Any, str]:
    """Return how a clock ended, upon which step, how late, and how the page says it."""
    [clock] = [one for one in room.page("A1")["clocks"] if one["name"] == name]
    how = clock["ended"]
    return how["how"], how["by"], how["late_seconds"], clock["over"]


def test_a_clock_that_a_step_stopped_in_time_names_that_step_and_claims_no_more(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified")

    assert ended(room, "sign_in") == ("stopped", "case_accepted", 0, "签收 2026-11-23 09:01，未超期")
    assert ended(room, "first_contact")[:3] == ("stopped", "contact_made", 0)
    # Nobody has applied for it: that it was performed is what ended the time for that.
    how, by, late, said = ended(room, "judicial_confirmation")
    assert (how, by, late) == ("stopped", "performance_verified", 0)
    assert said == "核实全部履行 2026-11-23 09:11，未超期"
    assert "已完成" not in said


def test_a_clock_that_was_stopped_late_says_when_and_by_how_much(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited")
    due = room.clocks("A1")["finish"].due_at(room.blueprint.calendar)
    room.pass_time(due - room.now + timedelta(days=9, hours=9))
    go(room, "concluded")

    how, by, late, said = ended(room, "finish")

    assert (how, by) == ("stopped", "concluded")
    assert late == timedelta(days=9, hours=9, minutes=1).total_seconds()
    assert said == "办结 2026-12-10 09:00，已超 9 天 9 小时"


def test_a_clock_that_ran_to_its_end_has_lapsed(room: Room) -> None:
    go(room, *TO_AGREEMENT[:7])
    room.pass_time(timedelta(days=32))

    assert ended(room, "mediation_period") == ("lapsed", "", 0, "期满")


def test_a_clock_that_ends_with_its_case_is_counted_no_more(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    room.pass_time(timedelta(days=1))
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "mediation", "reason": "诉求人撤回"})

    assert ended(room, "judicial_confirmation")[:3] == ("given_up", "withdrawn", 0)
    assert ended(room, "finish")[3] == "收回 2026-11-24 09:10，不再计算"


def test_a_clock_that_is_stopped_before_it_began_is_counted_no_more(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "performance_verified")

    how, by, late, said = ended(room, "enforcement_application")

    assert (how, by, late) == ("given_up", "", 0)
    assert said == "未开始计算"


def test_a_clock_whose_step_is_no_longer_in_the_table_stopped_all_the_same(room: Room) -> None:
    go(room, "case_accepted")
    table = room.blueprint.store.timeline
    with room.database.write() as session:
        session.execute(table.update().where(table.c.trigger == "case_accepted").values(trigger="signed_in_of_old"))

    assert ended(room, "sign_in")[:3] == ("stopped", "", 0)
