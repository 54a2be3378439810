"""Times are counted from the day on which something was done, not from that on which it was put on record."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement import notes
from tests.services.enforcement.test_service import FINED, room, take

__all__ = ["room"]

#: The room's first day is Monday, 2026-11-23.
FIRST = "2026-11-23"


def due(room: Room, clock: str) -> str:
    """Return the day on which a clock is due."""
    return str(room.clocks("A1")[clock].due_at(room.blueprint.calendar).date())


@pytest.mark.parametrize(
    ("way", "trigger", "changed", "clock", "last"),
    [
        (("inspected",), "correction_ordered", {"served_on": FIRST, "days": 7}, "correction", "2026-11-30"),
        (("inspected",), "fined_on_the_spot", {"decided_on": FIRST}, "payment", "2026-12-08"),
        (("inspected",), "fined_on_the_spot", {"decided_on": FIRST}, "review_first", "2027-01-22"),
        (("inspected",), "filed", {"filed_on": FIRST}, "penalty_decision", "2027-02-21"),
        (("inspected", "filed"), "evidence_held", {"held_on": FIRST}, "evidence_hold", "2026-12-02"),
        (("inspected", "filed"), "goods_seized", {"seized_on": FIRST}, "seizure", "2026-12-23"),
        (FINED[:3], "prenotice_served", {"noticed_on": FIRST}, "hearing_request", "2026-11-30"),
        ((*FINED[:4], "defence_waived"), "penalised", {"decided_on": FIRST}, "serving", "2026-12-02"),
        ((*FINED[:4], "defence_waived", "penalised"), "served", {"served_on": FIRST}, "payment", "2026-12-08"),
        ((*FINED[:4], "defence_waived", "penalised"), "served", {"served_on": FIRST}, "remedies", "2027-05-24"),
        (
            (*FINED[:4], "defence_waived", "penalised", "served"),
            "remedy_sought",
            {"sought_on": FIRST, "accepted_on": FIRST},
            "reconsideration_decision",
            "2027-01-22",
        ),
        (
            (*FINED[:4], "defence_waived", "penalised", "served"),
            "remedy_sought",
            {"sought_on": FIRST, "accepted_on": FIRST, "simple_procedure": True},
            "reconsideration_simple",
            "2026-12-23",
        ),
        (("inspected",), "handed_over", {"handed_on": FIRST}, "authority_followup", "2026-12-14"),
    ],
)
def test_a_time_runs_from_the_act_that_is_put_on_record_a_day_later(
    room: Room, way: tuple[str, ...], trigger: str, changed: dict[str, Any], clock: str, last: str
) -> None:
    for one in way:
        take(room, one)
    room.pass_time(timedelta(days=1))

    take(room, trigger, **changed)

    assert due(room, clock) == last


@pytest.mark.parametrize(
    ("way", "trigger", "field"),
    [
        (("inspected",), "correction_ordered", "served_on"),
        (("inspected",), "filed", "filed_on"),
        (FINED[:3], "prenotice_served", "noticed_on"),
        ((*FINED[:4], "defence_waived"), "penalised", "decided_on"),
        ((*FINED[:4], "defence_waived", "penalised"), "served", "served_on"),
        ((*FINED[:4], "defence_waived", "penalised", "served"), "performed", "paid_on"),
        ((*FINED[:4], "defence_waived", "penalised", "served"), "remedy_sought", "sought_on"),
    ],
)
def test_an_act_lies_neither_ahead_nor_before_the_one_that_it_follows(
    room: Room, way: tuple[str, ...], trigger: str, field: str
) -> None:
    for one in way:
        take(room, one)

    with pytest.raises(RefusedError, match="can't have happened after today"):
        take(room, trigger, **{field: "2026-11-24"})
    with pytest.raises(RefusedError, match="lies before the step"):
        take(room, trigger, **{field: "2026-11-22"})
    take(room, trigger)


def test_who_complained_is_answered_within_fifteen_days_of_the_complaint_however_late_it_is_taken_on(
    room: Room,
) -> None:
    room.hear(
        "routing.appeal_dispatched.v1",
        "A2",
        {
            "mechanism": "enforcement",
            "number": "PL-2",
            "lead_unit": "enforcement_squad",
            "title": "噪声",
            "text": "夜里风机响",
            "registered_at": "2026-11-20T02:00:00+00:00",
        },
    )
    take(room, "case_accepted", of="A2")

    clock = room.clocks("A2")["complaint_answer"]

    assert str(clock.due_at(room.blueprint.calendar).date()) == "2026-12-05"


def test_a_fine_that_was_paid_in_time_is_not_late_because_it_is_put_on_record_late(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "payment_expired"):
        take(room, trigger)
    room.pass_time(timedelta(days=2))

    take(room, "performed", paid_on="2026-12-08")

    assert room.told("penalty_performed.v1")[0]["paid"] == "200.00"


def test_a_hearing_that_was_asked_for_in_time_is_held_although_that_came_to_hand_late(room: Room) -> None:
    for trigger in (*FINED[:4], "hearing_time_over"):
        take(room, trigger)
    room.pass_time(timedelta(days=1))

    with pytest.raises(RefusedError, match=r"was over on 2026-11-30"):
        take(room, "hearing_requested", requested_on="2026-12-01")
    take(room, "hearing_requested", requested_on="2026-11-30")

    assert room.state("A1") == "hearing_due"


def test_a_hearing_is_called_seven_working_days_ahead_and_held_when_it_was_called(room: Room) -> None:
    for trigger in (*FINED[:4], "hearing_requested"):
        take(room, trigger)
    with pytest.raises(RefusedError, match="after 2026-12-02"):
        take(room, "hearing_called", hearing_at="2026-12-02T09:00:00+08:00")
    take(room, "hearing_called", hearing_at="2026-12-07T09:00:00+08:00")
    take(room, "hearing_notice_over")

    with pytest.raises(RefusedError, match="called for 2026-12-07"):
        take(room, "hearing_held")
    room.pass_time(timedelta(days=4))
    take(room, "hearing_held", held_on="2026-12-07")

    assert room.state("A1") == "review_due"


def test_a_hearing_without_a_time_of_its_own_is_at_nine_on_the_first_working_day_that_the_notice_allows(
    room: Room,
) -> None:
    for trigger in (*FINED[:4], "hearing_requested", "hearing_called"):
        take(room, trigger)

    assert room.case("A1").details["hearing_at"] == "2026-12-03T09:00:00+08:00"


def test_a_suit_filed_in_time_is_reviewed_although_a_court_was_to_be_asked_already(room: Room) -> None:
    for trigger in (*FINED, "payment_expired", "remedies_over", "demanded"):
        take(room, trigger)
    day = room.case("A1").details["suit_until"]

    with pytest.raises(RefusedError, match="the time to sue was over"):
        take(room, "remedy_sought", kind="litigation")
    take(room, "remedy_sought", kind="litigation", sought_on=day)

    assert room.state("A1") == "contested"
    assert {room.clocks("A1")[name].state for name in ("demand", "court_window")} == {"stopped"}


def test_three_months_to_ask_a_court_run_from_the_end_of_the_remedies_however_late_the_clock_is_looked_at(
    room: Room,
) -> None:
    for trigger in (*FINED, "payment_expired"):
        take(room, trigger)
    ended = room.case("A1").details["suit_until"]
    room.pass_time(timedelta(days=200))
    assert room.state("A1") == "enforceable"

    started = room.clocks("A1")["court_window"].started_at

    assert str(started.astimezone(room.now.tzinfo).date()) <= ended
    assert room.case("A1").details["window_from"] == ended


def test_a_time_that_was_excluded_ends_by_itself_on_the_day_that_was_approved(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar)
    take(room, "time_excluded", days=10)

    take(room, "exclusion_over")

    clock = room.clocks("A1")["penalty_decision"]
    assert not clock.is_suspended
    assert clock.due_at(room.blueprint.calendar) - before == timedelta(days=10)
    assert room.case("A1").details["exclusions"] == [
        {"kind": "appraisal", "since": "2026-11-23", "latest": "2026-12-03", "until": "2026-12-03"}
    ]
    take(room, "time_excluded", days=5)


def test_time_is_left_out_from_the_day_on_which_it_was_sent_to_the_test_however_late_a_leader_approves(
    room: Room,
) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar)
    room.pass_time(timedelta(days=7))

    with pytest.raises(RefusedError, match="say why"):
        take(room, "time_excluded", days=10, begun_on="2026-11-25")
    take(room, "time_excluded", days=10, begun_on="2026-11-25", backdated_because="检测合同当日送达，审批次周补办")
    assert room.case("A1").details["excluded_until"] == "2026-12-05"
    take(room, "exclusion_over")

    assert room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar) - before == timedelta(days=10)
    assert room.case("A1").details["exclusions"] == [
        {"kind": "appraisal", "since": "2026-11-25", "latest": "2026-12-05", "until": "2026-12-05"}
    ]


@pytest.mark.parametrize(
    ("begun", "passed", "match"),
    [
        ("2026-11-22", 5, "lies before the step that it follows"),
        ("2026-12-24", 5, "after today"),
        ("2026-11-23", 30, "no day counts twice"),
        ("2027-03-10", 120, "the ninety days were over on 2027-03-03"),
    ],
)
def test_time_is_left_out_from_no_day_before_the_filing_or_ahead_or_twice_or_after_the_ninety_days(
    room: Room, begun: str, passed: int, match: str
) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    take(room, "time_excluded", days=10)
    take(room, "exclusion_over")
    room.pass_time(timedelta(days=passed))

    with pytest.raises(RefusedError, match=match):
        take(room, "time_excluded", days=10, begun_on=begun, backdated_because="补报")


def test_a_test_is_left_out_of_a_seizure_no_longer_than_the_party_was_told(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    take(room, "things_sent_to_test", days=10)

    take(room, "testing_over")
    assert not room.clocks("A1")["seizure"].is_suspended
    room.pass_time(timedelta(days=12))
    take(room, "things_tested")
    take(room, "seizure_prolonged", days=30)

    assert room.clocks("A1")["testing"].state == "stopped"
    # Ten of the days were a test's, however late its result was put on record.
    assert due(room, "seizure_longer") == str(date(2026, 11, 23) + timedelta(days=60 + 10))


def test_a_reconsideration_is_prolonged_from_the_end_of_its_sixty_days(room: Room) -> None:
    for trigger in (*FINED, "remedy_sought"):
        take(room, trigger)
    first = due(room, "reconsideration_decision")

    take(room, "reconsideration_prolonged", more_days=30)

    later = room.clocks("A1")["reconsideration_longer"].due_at(room.blueprint.calendar)
    assert str((later - timedelta(days=30)).date()) == first
    with pytest.raises(RefusedError, match="no reconsideration runs"):
        take(room, "reconsideration_prolonged", more_days=30)
    take(room, "decision_upheld")
    assert room.clocks("A1")["reconsideration_longer"].state == "stopped"


def test_a_court_accepts_and_rules_in_its_own_times_and_the_higher_one_is_asked_within_fifteen_days(
    room: Room,
) -> None:
    for trigger in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, trigger)
    take(room, "court_acceptance_overdue")
    assert room.clocks("A1")["court_followup"].state == "running"
    take(room, "court_accepted")
    assert room.clocks("A1")["court_ruling"].state == "running"
    take(room, "court_refused")
    refused_on = room.now

    room.pass_time(timedelta(days=16))
    with pytest.raises(RefusedError, match="the time to ask was over"):
        take(room, "higher_court_asked")
    take(room, "higher_court_asked", objected_on=str((refused_on + timedelta(days=14)).date()))
    take(room, "court_granted")

    assert room.state("A1") == "court_enforcing"


def test_the_higher_court_is_asked_about_a_refusal_only(room: Room) -> None:
    for trigger in (*FINED, "payment_expired", "remedies_over", "court_window_closed"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="no court has refused"):
        take(room, "higher_court_asked")


def test_a_legal_review_before_the_notice_counts_and_one_before_the_hearing_does_not(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    take(room, "investigation_closed", public_interest=True)
    for trigger in ("legal_review_passed", "prenotice_served", "hearing_requested", "hearing_called"):
        take(room, trigger)
    for trigger in ("hearing_notice_over", "hearing_held"):
        take(room, trigger)
    take(room, "hearing_reported")
    take(room, "legal_review_passed")
    take(room, "penalised")

    assert room.state("A1") == "decided"


def test_a_legal_review_before_the_notice_is_enough_where_nobody_asks_for_a_hearing(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    take(room, "investigation_closed", public_interest=True)
    for trigger in ("legal_review_passed", "prenotice_served", "hearing_time_over", "penalised"):
        take(room, trigger)

    assert room.state("A1") == "decided"


def test_a_fine_is_paid_in_parts_and_what_is_left_is_demanded(room: Room) -> None:
    for trigger in FINED:
        take(room, trigger)
    take(room, "instalments_granted", days=60)
    for _ in range(2):
        take(room, "part_paid", amount="300.00")
    with pytest.raises(RefusedError, match="pays all the 400"):
        take(room, "part_paid", amount="400.00")
    with pytest.raises(RefusedError, match=r"400\.00 yuan are owed"):
        take(room, "performed", amount="399.99")

    take(room, "performed", amount=None)

    assert room.told("penalty_performed.v1")[0]["paid"] == "1000.00"
    assert room.case("A1").details["parts"] == []


def test_parts_that_were_paid_of_a_penalty_that_falls_are_given_back(room: Room) -> None:
    for trigger in FINED:
        take(room, trigger)
    take(room, "part_paid", amount="300.00")
    take(room, "remedy_sought")
    take(room, "decision_revoked")

    with pytest.raises(RefusedError, match=r"300\.00 yuan"):
        take(room, "concluded", outcome="explained")
    take(room, "refunded")
    take(room, "concluded", outcome="explained")

    assert room.state("A1") == "concluded"


def test_who_pays_under_review_goes_on_contesting_and_is_given_back_what_it_takes_off(room: Room) -> None:
    for trigger in (*FINED, "remedy_sought", "performed"):
        take(room, trigger)
    assert room.state("A1") == "paid_contested"
    assert room.clocks("A1")["reconsideration_decision"].state == "running"

    take(room, "decision_changed", amount="400.00")

    assert room.state("A1") == "performed"
    assert room.case("A1").details["refund_due"] == "600.00"


def test_parts_above_what_a_review_left_of_a_fine_are_given_back(room: Room) -> None:
    for trigger in FINED:
        take(room, trigger)
    take(room, "part_paid", amount="800.00")
    take(room, "remedy_sought")
    take(room, "decision_changed", amount="500.00")
    take(room, "performed", amount=None)

    assert room.case("A1").details["refund_due"] == "300.00"
    with pytest.raises(RefusedError, match=r"300\.00 yuan of a fine"):
        take(room, "found_uncorrected")


def test_a_part_that_was_paid_in_time_is_not_late(room: Room) -> None:
    for trigger in FINED:
        take(room, trigger)
    take(room, "part_paid", amount="900.00")
    last = date.fromisoformat(room.case("A1").details["pay_by"])
    take(room, "payment_expired")
    room.pass_time(timedelta(days=30))
    tenth = str(last + timedelta(days=10))

    with pytest.raises(RefusedError, match=r"130\.00 yuan are owed"):
        take(room, "performed", amount="129.99", paid_on=tenth)
    take(room, "part_paid", amount="50.00", paid_on=tenth)
    # Ten days of a hundred yuan and ten of fifty.
    with pytest.raises(RefusedError, match=r"95\.00 yuan are owed"):
        take(room, "performed", amount="94.99", paid_on=str(last + timedelta(days=20)))


def test_a_decision_is_not_dated_into_the_days_in_which_the_party_may_still_speak(room: Room) -> None:
    for trigger in FINED[:5]:
        take(room, trigger)

    with pytest.raises(RefusedError, match="had until 2026-11-30 to be heard"):
        take(room, "penalised", decided_on="2026-11-30")
    take(room, "penalised")


def test_time_to_pay_makes_nobodys_fifteen_days_shorter(room: Room) -> None:
    for trigger in FINED:
        take(room, trigger)
    last = room.case("A1").details["pay_by"]

    take(room, "instalments_granted", days=1)

    assert room.case("A1").details["pay_by"] == last


def test_the_higher_court_is_asked_once(room: Room) -> None:
    for trigger in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, trigger)
    for trigger in ("court_refused", "higher_court_asked", "court_refused"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="asked already"):
        take(room, "higher_court_asked")


def test_a_right_to_ask_the_higher_court_that_nobody_used_makes_no_case_late(room: Room) -> None:
    for trigger in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, trigger)
    take(room, "court_refused")

    take(room, "objection_time_over")

    assert room.clocks("A1")["court_objection"].state == "stopped"


def test_a_demand_of_an_earlier_day_asks_for_what_was_owed_on_it(room: Room) -> None:
    for trigger in (*FINED, "payment_expired", "remedies_over"):
        take(room, trigger)
    last = date.fromisoformat(room.case("A1").details["pay_by"])

    take(room, "demanded", demanded_on=str(last + timedelta(days=10)))

    assert room.case("A1").details["demanded_late"] == "300.00"
    assert room.case("A1").details["demanded_amount"] == "1300.00"


def test_the_days_that_were_excluded_are_as_many_as_were_approved_however_late_the_clock_is_looked_at(
    room: Room,
) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar)
    take(room, "time_excluded", days=10)

    room.pass_time(timedelta(days=25))

    assert room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar) - before == timedelta(days=10)


def test_what_stood_still_is_counted_again_from_the_day_on_which_the_reason_fell_away(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar)
    take(room, "time_excluded", days=30)
    room.pass_time(timedelta(days=20))

    with pytest.raises(RefusedError, match="lies before the step that it follows"):
        take(room, "time_counted_again", counted_on="2026-11-22")
    take(room, "time_counted_again", counted_on="2026-12-01")

    assert room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar) - before == timedelta(days=8)
    assert room.case("A1").details["exclusions"][0]["until"] == "2026-12-01"


def test_a_test_counts_from_the_day_on_which_things_went_to_it_until_its_result_came(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    before = room.clocks("A1")["seizure"].due_at(room.blueprint.calendar)
    room.pass_time(timedelta(days=6))
    with pytest.raises(RefusedError, match="lies before the step that it follows"):
        take(room, "things_sent_to_test", sent_on="2026-11-22")
    take(room, "things_sent_to_test", sent_on="2026-11-26", days=10)
    room.pass_time(timedelta(days=5))
    take(room, "things_tested", tested_on="2026-12-02")

    assert room.clocks("A1")["seizure"].due_at(room.blueprint.calendar) - before == timedelta(days=6)
    assert room.case("A1").details["testing_spans"] == [["2026-11-26", "2026-12-02"]]


def test_more_evidence_that_is_held_gives_the_first_no_more_time(room: Room) -> None:
    for one in ("inspected", "filed", "evidence_held"):
        take(room, one)
    first = due(room, "evidence_hold")
    room.pass_time(timedelta(days=3))

    take(room, "evidence_held")
    assert due(room, "evidence_hold") == first
    take(room, "evidence_released")
    take(room, "evidence_held")

    assert due(room, "evidence_hold") > first


# -- what is put on record in another order than it happened --------------------


def counted_until(room: Room) -> date:
    """Return the last of the ninety days."""
    return local_date(room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar))


@pytest.mark.parametrize(
    ("begun", "days", "more"), [("2026-11-24", 3, 13), ("2026-11-25", 5, 13), ("2026-11-24", 30, 30)]
)
def test_time_excluded_before_one_on_record_counts_whenever_it_is_put_on_record(
    room: Room, begun: str, days: int, more: int
) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = counted_until(room)
    room.pass_time(timedelta(days=5))
    take(room, "time_excluded", days=10)
    take(room, "exclusion_over")
    room.pass_time(timedelta(days=2))

    take(room, "time_excluded", days=days, begun_on=begun, backdated_because="检测合同当日送达，补办审批")
    room.pass_time(timedelta(days=30))

    assert room.clocks("A1")["penalty_decision"].state == "running"
    assert counted_until(room) - before == timedelta(days=more)
    assert room.clocks("A1")["exclusion"].state == "stopped"


def test_several_times_excluded_run_side_by_side_and_each_day_counts_once(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = counted_until(room)
    take(room, "time_excluded", days=30)
    room.pass_time(timedelta(days=5))
    with pytest.raises(RefusedError, match="no day counts twice"):
        take(room, "time_excluded", days=10)

    # It began before the other, and is told of while that one runs.
    take(room, "time_excluded", kind="testing", days=40, begun_on="2026-11-24", backdated_because="当日送检，补办审批")
    with pytest.raises(RefusedError, match="which time is excluded no more"):
        take(room, "time_counted_again")
    take(room, "time_counted_again", which_exclusion="1", counted_on="2026-11-27")
    assert room.clocks("A1")["penalty_decision"].is_suspended

    take(room, "exclusion_over")

    assert not room.clocks("A1")["penalty_decision"].is_suspended
    assert counted_until(room) - before == timedelta(days=41)
    assert [row["until"] for row in room.case("A1").details["exclusions"]] == ["2026-11-27", "2027-01-03"]
    take(room, "handed_over", ground="crime", authority="police")
    assert room.clocks("A1")["penalty_decision"].is_suspended


def test_the_time_of_a_hearing_is_excluded_also_when_that_is_approved_after_it(room: Room) -> None:
    for trigger in (*FINED[:4], "hearing_requested", "hearing_called"):
        take(room, trigger)
    asked = str(local_date(room.now))
    room.pass_time(timedelta(days=20))
    take(room, "hearing_held")

    take(room, "time_excluded", kind="hearing", days=15, begun_on=asked, backdated_because="补办审批")

    assert room.case("A1").details["exclusions"][-1]["kind"] == "hearing"


def test_a_test_from_before_another_counts_once_it_is_known(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    before = room.clocks("A1")["seizure"].due_at(room.blueprint.calendar)
    room.pass_time(timedelta(days=6))
    take(room, "things_sent_to_test", days=10)
    room.pass_time(timedelta(days=2))

    take(room, "things_sent_to_test", sent_on="2026-11-25", days=2)
    assert room.clocks("A1")["seizure"].is_suspended
    take(room, "things_sent_to_test", sent_on="2026-11-28", days=20)
    take(room, "things_tested", which_testing="3", tested_on="2026-11-30")
    take(room, "things_tested", which_testing="2", tested_on="2026-11-27")
    take(room, "things_tested")

    # Two days, and four from the twenty-eighth to the second of December.
    assert room.clocks("A1")["seizure"].due_at(room.blueprint.calendar) - before == timedelta(days=2 + 3)
    take(room, "seizure_prolonged", days=30)
    assert due(room, "seizure_longer") == str(date(2026, 11, 23) + timedelta(days=60 + 5))


def test_a_test_from_before_a_seizure_was_prolonged_gives_back_its_days(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    room.pass_time(timedelta(days=20))
    take(room, "seizure_prolonged", days=30)
    before = room.clocks("A1")["seizure_longer"].due_at(room.blueprint.calendar)
    room.pass_time(timedelta(days=5))

    take(room, "things_sent_to_test", sent_on="2026-11-25", days=4)
    once = room.clocks("A1")["seizure_longer"].due_at(room.blueprint.calendar)
    take(room, "things_sent_to_test", days=10)
    room.pass_time(timedelta(days=6))
    take(room, "things_tested", which_testing="2")

    assert once - before == timedelta(days=4)
    assert room.clocks("A1")["seizure_longer"].due_at(room.blueprint.calendar) - before == timedelta(days=4 + 6)


def test_a_prolonged_seizure_shows_its_end_also_while_a_test_from_before_still_runs(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    room.pass_time(timedelta(days=20))
    take(room, "seizure_prolonged", days=30)
    room.pass_time(timedelta(days=5))

    take(room, "things_sent_to_test", sent_on="2026-12-01", days=40)

    # Of the twenty-five days that have passed seventeen were the test's; it ends on the tenth of January at the latest.
    end = room.clocks("A1")["seizure_longer"].due_at(room.blueprint.calendar, room.now)
    assert local_date(end) == date(2026, 11, 23) + timedelta(days=60 + 17)
    take(room, "testing_over")
    assert due(room, "seizure_longer") == str(date(2026, 11, 23) + timedelta(days=60 + 40))


def test_a_seizure_that_was_prolonged_in_time_is_kept_for_longer_although_that_is_put_on_record_late(
    room: Room,
) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    room.pass_time(timedelta(days=33))
    with pytest.raises(RefusedError, match="the thirty days are over"):
        take(room, "seizure_prolonged")

    take(room, "seizure_prolonged", days=20, prolonged_on="2026-12-20")

    assert due(room, "seizure_longer") == str(date(2026, 11, 23) + timedelta(days=50))
    assert not room.clocks("A1")["seizure"].is_overdue(room.blueprint.calendar, room.now)


def test_things_that_are_given_back_are_tested_no_more(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized", "things_sent_to_test", "goods_released"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="nothing is being tested"):
        take(room, "things_tested")


def test_a_case_of_an_earlier_release_ends_the_one_time_that_it_kept(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    before = counted_until(room), room.clocks("A1")["seizure"].due_at(room.blueprint.calendar)
    take(room, "time_excluded", days=10)
    take(room, "things_sent_to_test", days=10)
    of_before = {"exclusions": [], "excluded_for": "appraisal", "excluded_since": FIRST, "excluded_until": "2026-12-03"}
    with room.database.write() as session:
        case: Any = session.get(room.blueprint.case, room.case("A1").id)
        kept = {name: value for name, value in case.details.items() if name != "tests"}
        case.details = {**kept, **of_before, "testing_since": FIRST}
    room.pass_time(timedelta(days=4))

    take(room, "time_counted_again")
    take(room, "things_tested")

    clocks = room.clocks("A1")
    assert counted_until(room) - before[0] == timedelta(days=4)
    assert clocks["seizure"].due_at(room.blueprint.calendar) - before[1] == timedelta(days=4)
    assert {clocks[name].state for name in ("penalty_decision", "seizure")} == {"running"}


def test_nobody_stays_away_from_a_hearing_before_its_time_and_who_takes_its_request_back_is_not_called(
    room: Room,
) -> None:
    for trigger in (*FINED[:4], "hearing_requested"):
        take(room, trigger)
    with pytest.raises(RefusedError, match="nobody has stayed away"):
        take(room, "hearing_abandoned")
    take(room, "hearing_abandoned", ended_by="request_taken_back")
    assert room.state("A1") == "to_decide"
    # It is still in time.
    take(room, "hearing_requested")
    take(room, "hearing_called", hearing_at="2026-12-30T09:00:00+08:00")
    take(room, "hearing_notice_over")

    with pytest.raises(RefusedError, match="called for 2026-12-30"):
        take(room, "hearing_abandoned")
    room.pass_time(timedelta(days=35))
    take(room, "hearing_abandoned")

    with pytest.raises(RefusedError, match="held or waived already"):
        take(room, "hearing_requested", requested_on=FIRST)


def told_late(room: Room, begun_on: str, days: int) -> None:
    """Have a time left out of which is told after it."""
    take(room, "time_excluded", days=days, begun_on=begun_on, backdated_because="当时已批准，补录")


def test_a_time_from_before_a_matter_was_handed_over_counts_when_it_is_told_of_after_it_came_back(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = counted_until(room)
    room.pass_time(timedelta(days=10))
    take(room, "handed_over", ground="crime", authority="police")
    assert room.clocks("A1")["penalty_decision"].is_suspended
    room.pass_time(timedelta(days=14))
    take(room, "authority_refused")
    take(room, "case_resumed")
    assert counted_until(room) - before == timedelta(days=14)

    # Four days of before it was handed over; then six more, three of them with the authority.
    told_late(room, "2026-11-24", 4)
    told_late(room, "2026-11-30", 6)

    assert counted_until(room) - before == timedelta(days=14 + 4 + 3)
    assert counted_until(room) == notes.decide_by(room.case("A1"))
    with pytest.raises(RefusedError, match="no day counts twice"):
        told_late(room, "2026-12-05", 5)


def test_a_matter_that_was_handed_over_under_an_earlier_release_goes_on_with_what_was_left(room: Room) -> None:
    for trigger in ("inspected", "filed", "handed_over", "authority_refused"):
        take(room, trigger)
    with room.database.write() as session:
        case: Any = session.get(room.blueprint.case, room.case("A1").id)
        kept = {name: value for name, value in case.details.items() if name not in {"decision_waits", "counted_from"}}
        case.details = {**kept, "decision_days": 50}
    room.pass_time(timedelta(days=5))

    take(room, "case_resumed")

    assert counted_until(room) == local_date(room.now) + timedelta(days=50)
    take(room, "time_excluded", days=5)
    assert notes.decide_by(room.case("A1")) == local_date(room.now) + timedelta(days=55)


def test_a_time_from_before_a_decision_was_ordered_anew_is_on_file_and_what_reaches_into_the_new_time_counts(
    room: Room,
) -> None:
    for trigger in (*FINED, "remedy_sought", "decision_revoked"):
        take(room, trigger)
    room.pass_time(timedelta(days=30))
    take(room, "ordered_anew", days=60)
    before, anew = counted_until(room), local_date(room.now)
    room.pass_time(timedelta(days=10))

    told_late(room, str(anew - timedelta(days=3)), 8)
    assert counted_until(room) - before == timedelta(days=5)
    told_late(room, "2026-11-23", 2)
    assert counted_until(room) - before == timedelta(days=5)

    with pytest.raises(RefusedError, match="it was decided on"):
        told_late(room, str(anew - timedelta(days=6)), 3)


def test_a_decision_in_time_by_what_is_told_of_after_it_is_late_no_more(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    room.pass_time(timedelta(days=85))
    for trigger in ("investigation_closed", "prenotice_served", "hearing_time_over", "penalised"):
        take(room, trigger)
    calendar = room.blueprint.calendar
    decided = room.clocks("A1")["penalty_decision"]
    assert decided.is_overdue(calendar, room.now)
    with pytest.raises(RefusedError, match="the ninety days were over"):
        told_late(room, str(local_date(room.now)), 5)

    told_late(room, "2026-12-01", 30)

    decided = room.clocks("A1")["penalty_decision"]
    assert (decided.state, decided.is_overdue(calendar, room.now)) == ("stopped", False)
    assert room.clocks("A1").get("exclusion") is None
    with pytest.raises(RefusedError, match="no time to decide was too long"):
        told_late(room, "2027-01-10", 5)


def test_what_was_decided_on_the_spot_has_no_ninety_days_of_which_any_are_left_out(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="no time to decide was too long"):
        take(room, "time_excluded")


CERTIFIED = [
    {"name": "执法员甲", "certificate_no": "鲁M-0001", "certificate_until": "2026-11-25", "related": False},
    {"name": "执法员乙", "certificate_no": "鲁M-0002", "certificate_until": "2099-12-31", "related": False},
]


def test_a_certificate_is_valid_on_the_day_of_the_act_however_late_that_is_put_on_record(room: Room) -> None:
    room.pass_time(timedelta(days=4))

    with pytest.raises(RefusedError, match="valid on 2026-11-26, are needed"):
        take(room, "inspected", officers=CERTIFIED, at="2026-11-26T10:00:00+08:00")
    take(room, "inspected", officers=CERTIFIED, at="2026-11-25T10:00:00+08:00")
    with pytest.raises(RefusedError, match="valid on 2026-11-27, are needed"):
        take(room, "filed", officers=CERTIFIED)
    take(room, "filed", officers=CERTIFIED, filed_on="2026-11-25")

    assert room.state("A1") == "investigating"


def test_delegated_power_is_that_of_the_day_on_which_it_was_filed(room: Room) -> None:
    take(room, "inspected")
    room.pass_time(timedelta(days=4))
    power = {"power": "delegated", "delegation_no": "鲁政字〔2025〕1号", "delegation_until": "2026-11-24"}

    with pytest.raises(RefusedError, match="delegated power needs"):
        take(room, "filed", **power)
    take(room, "filed", **power, filed_on="2026-11-24")

    assert room.state("A1") == "investigating"


@pytest.mark.parametrize(
    ("way", "clock", "trigger", "field"),
    [
        (("inspected", "filed", "evidence_held"), "evidence_hold", "evidence_released", "released_on"),
        (("inspected", "filed", "goods_seized"), "seizure", "goods_released", "released_on"),
        ((*FINED[:4], "defence_waived", "penalised"), "serving", "served", "served_on"),
        (("inspected", "fined_on_the_spot"), "spot_filing", "spot_decision_filed", "spot_filed_on"),
    ],
)
def test_what_was_done_in_time_is_not_late_because_it_is_put_on_record_late(
    room: Room, way: tuple[str, ...], clock: str, trigger: str, field: str
) -> None:
    for one in way:
        take(room, one)
    last = room.clocks("A1")[clock].due_at(room.blueprint.calendar)
    room.pass_time(last - room.now + timedelta(days=2))

    take(room, trigger, **{field: str(local_date(last))})

    assert room.clocks("A1")[clock].state == "stopped"
    assert not room.clocks("A1")[clock].is_overdue(room.blueprint.calendar, room.now)


def test_a_recheck_is_of_the_day_on_which_it_was_made_and_after_the_order_has_run_out(room: Room) -> None:
    for trigger in ("inspected", "correction_ordered", "correction_expired"):
        take(room, trigger)
    by = str(room.case("A1").details["correct_by"])
    room.pass_time(timedelta(days=3))

    with pytest.raises(RefusedError, match="recheck it after that"):
        take(room, "found_uncorrected", checked_at=f"{by}T17:00:00+08:00")
    after = date.fromisoformat(by) + timedelta(days=1)
    take(room, "found_uncorrected", checked_at=f"{after}T10:00:00+08:00")

    with room.database.read() as session:
        table = room.blueprint.papers
        text = session.scalar(select(table.c.text).where(table.c.name == "recheck_record"))
    assert f"{after.year}年{after.month}月{after.day}日" in (text or "")


def test_what_another_authority_has_to_the_end_is_not_late_and_nothing_is_left_out_of_it(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    take(room, "handed_over", ground="crime", authority="police")
    room.pass_time(timedelta(days=120))
    take(room, "authority_answered")
    take(room, "concluded", outcome="explained")

    assert not room.clocks("A1")["penalty_decision"].is_overdue(room.blueprint.calendar, room.now)
    with pytest.raises(RefusedError, match="no time to decide was too long"):
        take(room, "time_excluded")


def test_the_page_names_the_step_by_which_a_clock_has_stopped_on_a_day_past(room: Room) -> None:
    for trigger in (*FINED[:4], "defence_waived", "penalised"):
        take(room, trigger)
    decided = local_date(room.now)
    room.pass_time(timedelta(days=20))

    take(room, "served", served_on=str(decided + timedelta(days=2)))

    [serving] = [clock for clock in room.page("A1")["clocks"] if clock["name"] == "serving"]
    assert (serving["ended"]["how"], serving["ended"]["by"]) == ("stopped", "served")
    assert serving["ended"]["late_seconds"] == 0
