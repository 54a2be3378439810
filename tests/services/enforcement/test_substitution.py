"""What was ordered and not done is done for the party: told first, decided on, by day, under the body's eyes (代履行)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis import papers, typeset
from chassis.testing import Room
from chassis.workflow import RefusedError
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import room, take

__all__ = ["room"]

#: What lies in a public place and the party can't clear (行政强制法 52).
AT_ONCE: dict[str, Any] = {
    "immediate": True,
    "cleared": "spilled",
    "cleared_from": "road",
    "party_cannot": True,
}
#: The number of a second decision.
AGAIN = "滨彭综执代决字〔2026〕第2号"


@pytest.fixture
def disobeyed(room: Room) -> Room:
    """Return a room whose order to correct was not obeyed; it is Wednesday, 2026-12-02."""
    take(room, "inspected")
    take(room, "correction_ordered", days=8)
    take(room, "correction_expired")
    take(room, "found_uncorrected")
    room.pass_time(timedelta(hours=9))
    return room


def test_it_is_done_three_working_days_after_the_party_was_told_and_costs_are_on_paper(disobeyed: Room) -> None:
    room = disobeyed
    take(room, "substitute_demanded")
    waited = room.clocks("A1")["substitute_demand"].due_at(room.blueprint.calendar)
    take(room, "substitute_decided")
    with pytest.raises(RefusedError, match="no earlier than was decided"):
        take(room, "substitute_performed")

    room.pass_time(waited - room.now + timedelta(days=1, hours=10))
    take(room, "substitute_performed")
    take(room, "cost_paid")
    take(room, "concluded")

    assert room.state("A1") == "concluded"
    assert len(room.told("correction_found.v1")) == 1
    for name, parts in {
        "substitute_demand": ("楼道、消防通道内堆放的杂物", "陈述权和申辩权"),
        "substitute_decision": ("黄河八路某号", "800.00元", "示例保洁公司", "六十日内向区人民政府"),
        "substitute_record": ("780.00元", "鲁M-0001", "未对居民生活停止供水"),
    }.items():
        [paper] = written(room, name)
        page = typeset.html(papers.of_row(paper))
        assert "＿＿＿" not in page, name
        for part in parts:
            assert part in page, (name, part)


def test_a_party_that_does_it_after_all_is_left_alone(disobeyed: Room) -> None:
    take(disobeyed, "substitute_demanded")

    take(disobeyed, "found_corrected")

    assert disobeyed.state("A1") == "corrected"
    assert disobeyed.clocks("A1")["substitute_demand"].state == "stopped"


def test_nothing_is_done_for_a_party_that_was_not_told_or_not_long_enough(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="told in writing to do it first"):
        take(disobeyed, "substitute_decided")
    with pytest.raises(RefusedError, match="it takes a decision"):
        take(disobeyed, "substitute_performed")
    take(disobeyed, "substitute_demanded")
    day = disobeyed.case("A1").details["substitute_from"]

    with pytest.raises(RefusedError, match=f"after {day}"):
        take(disobeyed, "substitute_decided", planned_at=f"{day}T10:00:00+08:00")


def test_what_the_party_says_when_it_is_told_is_reviewed_before_it_is_decided_unless_it_must_be_done_at_once(
    disobeyed: Room,
) -> None:
    with pytest.raises(RefusedError, match="no notice or demand is on file"):
        take(disobeyed, "statement_made")
    take(disobeyed, "substitute_demanded")
    take(disobeyed, "statement_made")
    with pytest.raises(RefusedError, match="has not been reviewed"):
        take(disobeyed, "substitute_decided")
    take(disobeyed, "substitute_decided", **AT_ONCE)
    take(disobeyed, "statement_reviewed")

    take(disobeyed, "substitute_decided", decision_no=AGAIN)


def test_what_blocks_a_road_is_cleared_at_once(disobeyed: Room) -> None:
    at = disobeyed.now + timedelta(hours=1)

    take(disobeyed, "substitute_decided", **AT_ONCE, planned_at=at.isoformat())
    disobeyed.pass_time(timedelta(hours=2))
    take(disobeyed, "substitute_performed")

    assert disobeyed.state("A1") == "settled"


@pytest.mark.parametrize("at", ["2026-12-10T22:30:00+08:00", "2027-01-01T10:00:00+08:00"])
def test_nothing_is_enforced_by_night_or_on_a_statutory_holiday_unless_it_is_urgent(disobeyed: Room, at: str) -> None:
    take(disobeyed, "substitute_demanded")

    with pytest.raises(RefusedError, match="by night or on a statutory holiday"):
        take(disobeyed, "substitute_decided", planned_at=at)
    take(disobeyed, "substitute_decided", planned_at=at, urgent=True)


@pytest.mark.parametrize("said", ["no_supply_was_cut_off", "no_force_no_threat"])
def test_no_home_is_cut_off_and_nobody_is_forced(disobeyed: Room, said: str) -> None:
    take(disobeyed, "substitute_demanded")
    take(disobeyed, "substitute_decided")

    changed: dict[str, Any] = {said: False}
    with pytest.raises(ValidationError, match=said):
        take(disobeyed, "substitute_performed", **changed)


def test_what_is_cleared_at_once_needs_no_hour_and_is_done_on_the_day(disobeyed: Room) -> None:
    take(disobeyed, "substitute_decided", **AT_ONCE)
    take(disobeyed, "substitute_performed")

    assert disobeyed.state("A1") == "settled"


def test_what_is_cleared_at_once_by_night_is_urgent(disobeyed: Room) -> None:
    disobeyed.pass_time(timedelta(hours=14))
    with pytest.raises(RefusedError, match="by night or on a statutory holiday"):
        take(disobeyed, "substitute_decided", **AT_ONCE)

    take(disobeyed, "substitute_decided", **AT_ONCE, urgent=True)


def test_what_was_decided_upon_one_order_is_not_done_upon_the_next(disobeyed: Room) -> None:
    take(disobeyed, "substitute_demanded")
    take(disobeyed, "substitute_decided")
    for trigger in ("correction_ordered", "correction_expired", "found_uncorrected"):
        take(disobeyed, trigger)

    with pytest.raises(RefusedError, match="it takes a decision"):
        take(disobeyed, "substitute_performed")
    with pytest.raises(RefusedError, match="told in writing to do it first"):
        take(disobeyed, "substitute_decided")


def test_the_partys_three_days_make_no_case_late(disobeyed: Room) -> None:
    take(disobeyed, "substitute_demanded")

    take(disobeyed, "substitute_demand_over")

    assert disobeyed.state("A1") == "uncorrected"
    assert disobeyed.clocks("A1")["substitute_demand"].state == "stopped"


@pytest.mark.parametrize("trigger", ["filed", "correction_ordered", "handed_over"])
def test_nobody_waits_for_the_partys_three_days_where_the_case_goes_another_way(disobeyed: Room, trigger: str) -> None:
    take(disobeyed, "substitute_demanded")

    take(disobeyed, trigger)

    assert disobeyed.clocks("A1")["substitute_demand"].state == "stopped"
