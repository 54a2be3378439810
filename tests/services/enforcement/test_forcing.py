"""Things seized at once, enforcement that stands still, what is built against the law (行政强制法 18, 19, 35 to 40, 44)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis import papers, typeset
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement import cautions, reading
from tests.services.enforcement.test_dates import due
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import room, take

__all__ = ["room"]

ORDERED: dict[str, Any] = {"items": [{"kind": "demolished", "demand": "拆除楼顶彩钢房"}]}
DISOBEYED = ("correction_expired", "found_uncorrected")
NOON = "T12:00:00+08:00"


def page(room: Room, name: str) -> str:
    """Return the newest document of a kind as it is printed."""
    return typeset.html(papers.of_row(written(room, name)[-1]))


def is_whole(text: str) -> bool:
    """Whether a document leaves nothing blank."""
    return not any(one in text for one in ("＿＿＿", "None", "{{"))


def running(room: Room) -> set[str]:
    """Return the clocks that run, but for those of a decision with a number of its own."""
    return {name for name, clock in room.clocks("A1").items() if clock.state == "running" and not clock.of}


def reviewed(room: Room) -> set[str]:
    """Return the clocks that run of who reviews the order to dismantle, under the number of its announcement."""
    number = room.case("A1").details["dismantling_announced"]["notice_no"]
    return {clock.name for clock in room.clocks("A1").values() if clock.of == number and clock.state == "running"}


# -- seized at once ----------------------------------------------------------------


def test_what_is_seized_at_once_is_reported_within_a_day_and_approved_before_anything_follows(room: Room) -> None:
    take(room, "inspected")
    take(room, "goods_seized_at_once")
    clock = room.clocks("A1")["measure_report"]
    assert clock.due_at(room.blueprint.calendar) == room.now + timedelta(hours=24)
    assert due(room, "seizure") == "2026-12-23"
    for one in ("no_violation_found", "advised", "correction_ordered", "fined_on_the_spot", "goods_released"):
        with pytest.raises(RefusedError, match=r"are seized|were seized"):
            take(room, one)

    take(room, "filed")
    with pytest.raises(RefusedError, match="approved or lifted"):
        take(room, "investigation_closed")
    assert not [*cautions.measure_unreported(room.case("A1"), room.now)]
    room.pass_time(timedelta(hours=25))
    [caution] = cautions.measure_unreported(room.case("A1"), room.now)
    assert caution.basis == "行政强制法-19"
    with pytest.raises(RefusedError, match="reported after it was done"):
        take(room, "measure_approved", reported_at="2026-11-01T08:00:00+08:00")
    take(room, "measure_approved")

    assert room.clocks("A1")["measure_report"].state == "stopped"
    assert not [*cautions.measure_unreported(room.case("A1"), room.now)]
    assert is_whole(page(room, "measure_approval"))
    assert is_whole(page(room, "seizure_decision"))
    take(room, "goods_released")
    assert "seizure" not in running(room)


def test_what_should_not_have_been_seized_is_given_back_at_once(room: Room) -> None:
    take(room, "inspected")
    take(room, "goods_seized_at_once")

    take(room, "measure_lifted")

    assert running(room) & {"seizure", "measure_report"} == set()
    assert is_whole(page(room, "measure_lifting"))
    with pytest.raises(RefusedError, match="still to be approved"):
        take(room, "measure_lifted")
    take(room, "advised")


def test_a_second_thing_seized_at_once_leaves_the_first_its_twenty_four_hours_and_others_stay_seized(
    room: Room,
) -> None:
    for one in ("inspected", "filed", "goods_seized"):
        take(room, one)
    take(room, "goods_seized_at_once", notice_no="滨彭综执扣字〔2026〕第2号")
    first = room.clocks("A1")["measure_report"].due_at(room.blueprint.calendar)
    room.pass_time(timedelta(hours=5))
    take(room, "goods_seized_at_once", notice_no="滨彭综执扣字〔2026〕第3号")
    assert room.clocks("A1")["measure_report"].due_at(room.blueprint.calendar) == first

    take(room, "measure_lifted")

    assert room.case("A1").details["goods_are_seized"] is True
    assert "seizure" in running(room)


def test_things_are_given_back_also_where_the_appeal_was_taken_back_meanwhile(room: Room) -> None:
    take(room, "inspected")
    take(room, "goods_seized_at_once")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement", "reason": "不再反映"})
    assert room.state("A1") == "withdrawn"
    assert {"measure_report", "seizure"} <= running(room)

    take(room, "measure_approved")
    take(room, "goods_released")

    assert running(room) & {"measure_report", "seizure"} == set()
    assert is_whole(page(room, "seizure_outcome"))


# -- enforcement stands still --------------------------------------------------------


def uncorrected(room: Room, **ordered: Any) -> None:
    """Bring a case to an order that was not obeyed."""
    take(room, "inspected")
    take(room, "correction_ordered", **ordered)
    for one in DISOBEYED:
        take(room, one)


def test_nothing_is_enforced_while_it_is_suspended_and_it_is_looked_at_every_six_months(room: Room) -> None:
    uncorrected(room)
    with pytest.raises(RefusedError, match="nothing is being enforced"):
        take(room, "enforcement_suspended")
    for one in ("substitute_demanded", "substitute_demand_over", "enforcement_suspended"):
        take(room, one)
    with pytest.raises(RefusedError, match="stands still"):
        take(room, "substitute_decided")
    for _ in range(2):
        take(room, "suspension_to_check")
    with pytest.raises(RefusedError, match="not stood still for three years"):
        take(room, "terminated", ground="suspended_three_years")

    take(room, "enforcement_taken_up")
    take(room, "substitute_decided")

    assert is_whole(page(room, "suspension_decision"))
    assert running(room) & {"enforcement_suspension", "suspension_check"} == set()


def test_what_has_stood_still_for_three_years_is_given_up(room: Room) -> None:
    uncorrected(room)
    for one in ("substitute_demanded", "enforcement_suspended", "three_years_suspended"):
        take(room, one)

    take(room, "terminated", ground="suspended_three_years", nobody_answers=False)

    assert room.state("A1") == "terminated"
    assert running(room) & {"enforcement_suspension", "suspension_check"} == set()


def test_who_has_died_is_confirmed_to_have_left_nothing_but_not_what_was_lost(room: Room) -> None:
    take(room, "inspected", suspect_kind="person")
    with pytest.raises(RefusedError, match="nothing is left"):
        take(room, "terminated", ground="died", nobody_answers=False)

    take(room, "terminated", ground="object_lost", nobody_answers=False)

    assert room.state("A1") == "terminated"


# -- dismantled ------------------------------------------------------------------------


def test_a_building_is_announced_urged_decided_on_and_dismantled_when_the_remedies_are_over(room: Room) -> None:
    uncorrected(room, **ORDERED)
    with pytest.raises(RefusedError, match="it was not announced"):
        take(room, "dismantling_urged")
    take(room, "dismantling_announced")
    announced = local_date(room.now)
    assert due(room, "dismantling_remedies") == str(reading.until("dismantling_remedies", announced))
    with pytest.raises(RefusedError, match="may dismantle it until"):
        take(room, "dismantling_urged")
    for one in ("dismantling_time_over", "dismantling_urged"):
        take(room, one)
    take(room, "statement_made")
    take(room, "dismantling_urging_over")
    suit = reading.until("dismantling_remedies", announced)
    planned = f"{reading.until('dismantling_remedies', announced) + timedelta(days=20)}{NOON}"
    with pytest.raises(RefusedError, match=f"decided after {suit}"):
        take(room, "dismantling_decided", planned_at=planned)
    room.pass_time(timedelta(days=190))
    with pytest.raises(RefusedError, match="has not been reviewed"):
        take(room, "dismantling_decided", planned_at=planned)
    take(room, "statement_reviewed")
    with pytest.raises(RefusedError, match="by night or on a statutory holiday"):
        take(room, "dismantling_decided", planned_at=f"{planned[:10]}T23:00:00+08:00")
    take(room, "dismantling_decided", planned_at=f"{local_date(room.now) + timedelta(days=3)}{NOON}")
    with pytest.raises(RefusedError, match="no earlier than was decided"):
        take(room, "dismantled")
    room.pass_time(timedelta(days=4))
    take(room, "dismantled", urgent=True)

    assert room.state("A1") == "settled"
    for name in ("announcement", "demand", "decision", "record"):
        assert is_whole(page(room, f"dismantling_{name}")), name
    assert running(room) & {"dismantling", "dismantling_urging", "dismantling_followup"} == set()


def test_only_what_was_ordered_to_be_dismantled_is_announced(room: Room) -> None:
    uncorrected(room)

    with pytest.raises(RefusedError, match="nothing was ordered to be dismantled"):
        take(room, "dismantling_announced")


def test_an_order_that_is_reviewed_is_followed_up_and_waits_also_when_the_matter_goes_on(room: Room) -> None:
    uncorrected(room, **ORDERED)
    take(room, "dismantling_announced")
    assert due(room, "dismantling_reconsideration") == str(reading.until("reconsideration", local_date(room.now)))
    take(room, "dismantling_contested")
    assert running(room) & {"dismantling_reconsideration", "dismantling_remedies"} == set()
    assert [*reviewed(room)] == ["reconsideration_decision"]
    take(room, "dismantling_review_prolonged")
    assert [*reviewed(room)] == ["reconsideration_longer"]
    with pytest.raises(RefusedError, match="no reconsideration runs"):
        take(room, "dismantling_review_prolonged")
    take(room, "dismantling_time_over")
    with pytest.raises(RefusedError, match="under review"):
        take(room, "dismantling_urged")
    take(room, "filed")
    take(room, "dismantling_followed_up")

    take(room, "dismantling_upheld")

    assert reviewed(room) == set()
    assert due(room, "dismantling_suit") == str(reading.until("dismantling_suit", local_date(room.now)))
    with pytest.raises(RefusedError, match="only a suit or an appeal is open"):
        take(room, "dismantling_contested")
    take(room, "dismantling_contested", kind="litigation")
    take(room, "dismantling_upheld", final=True)
    assert "dismantling_followup" not in running(room)
    assert room.case("A1").details["dismantle_suit_until"] == str(local_date(room.now))


def test_an_order_that_falls_is_looked_at_anew(room: Room) -> None:
    uncorrected(room, **ORDERED)
    for one in ("dismantling_announced", "dismantling_contested", "dismantling_revoked"):
        take(room, one)

    assert room.state("A1") == "inspected"
    assert running(room) == {"complaint_answer"} & running(room)
    take(room, "correction_ordered", **ORDERED)
    for one in (*DISOBEYED, "dismantling_announced", "dismantling_contested"):
        take(room, one)
    # A second order does not lose the review of the first.
    with pytest.raises(RefusedError, match="under review"):
        take(room, "correction_ordered", **ORDERED)
    take(room, "dismantling_upheld")
    take(room, "correction_ordered", **ORDERED)
    for one in (*DISOBEYED, "dismantling_announced"):
        take(room, one)
    take(room, "dismantling_contested", kind="reconsideration")


def test_who_dismantles_it_himself_is_done_with(room: Room) -> None:
    uncorrected(room, **ORDERED)
    take(room, "dismantling_announced")

    take(room, "found_corrected", results=[{"kind": "demolished", "done": True, "verified_by": "执法员甲"}])

    assert (room.state("A1"), "dismantling" in running(room)) == ("corrected", False)
