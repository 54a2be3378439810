"""What doing it for the party has cost, and a party that was absent: told, demanded, paid, enforced (行政强制法 51 to 54)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import papers, typeset
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import Caution, RefusedError
from services.enforcement import cautions, costs, reading
from services.enforcement.stages.places import COST_CONTEST
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import ASSIGNED, form_of, room, take
from tests.services.enforcement.test_substitution import AGAIN, AT_ONCE
from tests.services.enforcement.test_workflow import case

__all__ = ["room"]


@pytest.fixture
def done(room: Room) -> Room:
    """Return a room in which it was done for the party at once, for 780 yuan; it is Wednesday, 2026-12-02."""
    take(room, "inspected")
    take(room, "correction_ordered", days=8)
    take(room, "correction_expired")
    take(room, "found_uncorrected")
    room.pass_time(timedelta(hours=9))
    take(room, "substitute_decided", **AT_ONCE)
    take(room, "substitute_performed")
    return room


def kept(room: Room, name: str) -> Any:
    """Return one value on file."""
    return room.case("A1").details[name]


def warned(room: Room) -> list[Caution]:
    """Return what is warned of, where the case has ended."""
    return [*cautions.owed_after_the_end(room.case("A1"), room.now)]


def days_of(room: Room, name: str) -> timedelta:
    """Return how many days a clock lasts."""
    clock = room.clocks("A1")[name]
    return local_date(clock.due_at(room.blueprint.calendar)) - local_date(clock.started_at)


def page(room: Room, name: str) -> str:
    """Return the last document of a kind, as it reads."""
    found = typeset.html(papers.of_row(written(room, name)[-1]))
    assert "＿＿＿" not in found, name
    return found


# -- told afterwards ----------------------------------------------------------


@pytest.fixture
def absent(room: Room) -> Room:
    """Return a room in which a road was cleared in the party's absence, before there was any order."""
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE)
    take(room, "substitute_performed", signed_by="witness", party_absent=True)
    return room


def test_a_party_that_was_absent_is_told_at_once_afterwards_and_then_the_matter_goes_on(absent: Room) -> None:
    room = absent
    assert (room.state("A1"), kept(room, "party_untold")) == ("inspected", True)
    assert room.clocks("A1")["absent_notice"].state == "running"
    assert not room.clocks("A1")["absent_notice"].verified
    with pytest.raises(RefusedError, match="the party is told at once afterwards"):
        take(room, "cost_demanded")
    take(room, "advised")
    with pytest.raises(RefusedError, match="the party is told at once afterwards"):
        take(room, "concluded")

    take(room, "absent_party_told")

    assert room.clocks("A1")["absent_notice"].state == "stopped"
    told = page(room, "absent_notice")
    for part in ("道路上的遗洒物", "你（单位）不在场", "780.00元", "陈述权和申辩权", "六个月内向区人民法院"):
        assert part in told, part
    with pytest.raises(RefusedError, match="no absent party is still to be told"):
        take(room, "absent_party_told")


def test_nobody_is_told_before_it_was_done_or_tomorrow(absent: Room) -> None:
    for day in ("2026-11-22", "2026-11-24"):
        with pytest.raises(RefusedError, match=r"before|after"):
            take(absent, "absent_party_told", party_told_on=day)


def test_a_party_that_was_there_is_not_told_again(done: Room) -> None:
    assert "absent_notice" not in done.clocks("A1")
    with pytest.raises(RefusedError, match="no absent party is still to be told"):
        take(done, "absent_party_told")


def test_a_party_that_was_absent_has_signed_nothing(room: Room) -> None:
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE)

    with pytest.raises(RefusedError, match="a witness signs"):
        take(room, "substitute_performed", party_absent=True)


@pytest.mark.parametrize("missing", ["cleared", "cleared_from", "party_cannot"])
def test_at_once_is_only_what_the_law_names_where_it_names_it_and_the_party_cannot(room: Room, missing: str) -> None:
    take(room, "inspected")

    with pytest.raises(RefusedError, match="say what, where, and tick it"):
        take(room, "substitute_decided", **(AT_ONCE | {missing: False if missing == "party_cannot" else ""}))


def test_nothing_but_what_must_be_cleared_at_once_is_done_before_there_is_an_order(room: Room) -> None:
    take(room, "inspected")

    with pytest.raises(RefusedError, match="told in writing to do it first"):
        take(room, "substitute_decided")


# -- demanded and paid --------------------------------------------------------


def test_costs_are_demanded_and_paid_in_parts_and_the_case_ends_only_then(done: Room) -> None:
    take(done, "cost_demanded", days=15)
    assert kept(done, "cost_pay_by") == "2026-12-17"
    with pytest.raises(RefusedError, match=r"780\.00 yuan of the costs are neither paid nor given up"):
        take(done, "concluded")
    take(done, "cost_part_paid", amount="300.00")
    with pytest.raises(RefusedError, match=r"480\.00 yuan are open"):
        take(done, "cost_paid", amount="480.01")
    with pytest.raises(RefusedError, match=r"that pays all 480\.00 yuan"):
        take(done, "cost_part_paid", amount="480.00")

    take(done, "cost_paid")
    take(done, "concluded")

    assert kept(done, "cost_open") == "0.00"
    assert [row["amount"] for row in kept(done, "cost_parts")] == ["300.00", "480.00"]
    assert [done.clocks("A1")[name].state for name in ("cost_payment", "cost_remedies")] == ["stopped", "running"]
    demanded = page(done, "cost_demand")
    for part in ("800.00元", "780.00元", "2026年12月17日", "不加处罚款或者滞纳金", "六十日内向区人民政府"):
        assert part in demanded, part


def test_no_late_fine_is_added_to_costs_and_the_fine_knows_nothing_of_them(done: Room) -> None:
    take(done, "cost_demanded")
    done.pass_time(timedelta(days=60))

    with pytest.raises(RefusedError, match="without any late fine"):
        take(done, "cost_paid", amount="803.40")
    take(done, "cost_paid", amount="780.00")

    assert not {"fine", "paid", "parts"} & {*done.case("A1").details}


def test_costs_beyond_the_estimate_are_explained(room: Room) -> None:
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE, budget="500.00")
    take(room, "substitute_performed")

    with pytest.raises(RefusedError, match=r"more than the 500\.00 that were estimated"):
        take(room, "cost_demanded")
    take(room, "cost_demanded", over_budget_because="遗洒面积扩大，增加清洗车一台次")

    assert "增加清洗车一台次" in page(room, "cost_demand")


def test_nothing_is_demanded_twice_or_before_it_was_done(done: Room) -> None:
    with pytest.raises(RefusedError, match="lies before"):
        take(done, "cost_demanded", cost_demanded_on="2026-12-01")
    take(done, "cost_demanded")
    with pytest.raises(RefusedError, match="demanded already"):
        take(done, "cost_demanded")


@pytest.mark.parametrize("trigger", ["cost_demanded", "cost_part_paid", "cost_paid", "cost_written_off"])
def test_where_nothing_was_done_for_the_party_nobody_owes_its_costs(room: Room, trigger: str) -> None:
    take(room, "inspected")

    with pytest.raises(RefusedError, match=r"no costs|not demanded"):
        take(room, trigger)


def test_where_costs_are_open_nobody_passes_the_case_on(absent: Room) -> None:
    take(absent, "absent_party_told")

    with pytest.raises(RefusedError, match="neither paid nor given up"):
        take(absent, "transferred")


def test_what_is_owed_to_the_party_and_by_it_goes_on_when_the_resident_takes_the_appeal_back(absent: Room) -> None:
    absent.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement"})
    assert (absent.state("A1"), absent.parked(), absent.case("A1").owes_costs) == ("withdrawn", [], True)
    assert absent.clocks("A1")["absent_notice"].state == "running"
    assert [one.code for one in warned(absent)] == ["costs_left", "party_left_untold"]

    take(absent, "absent_party_told")
    take(absent, "cost_demanded")
    take(absent, "cost_payment_expired")
    assert [one.code for one in warned(absent)] == ["costs_left"]
    take(absent, "cost_urged")
    take(absent, "cost_remedies_over")
    take(absent, "cost_court_applied")
    take(absent, "cost_paid", way="court")

    assert (absent.state("A1"), kept(absent, "cost_open"), absent.case("A1").owes_costs) == ("withdrawn", "0.00", False)
    assert warned(absent) == []
    recovered = [
        row["amount"] for row in absent.told("case_recounted.v1")[-1]["figures"] if row["name"] == "costs_recovered"
    ]
    assert [Decimal(amount) for amount in recovered] == [780]


def test_what_was_done_is_put_on_record_when_the_case_has_ended_or_gone_on_meanwhile(room: Room) -> None:
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE)
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement"})

    take(room, "substitute_performed", signed_by="witness", party_absent=True)
    take(room, "absent_party_told")
    take(room, "cost_demanded")

    assert (room.state("A1"), room.case("A1").owes_costs) == ("withdrawn", True)
    assert room.told("correction_found.v1") == []
    with pytest.raises(RefusedError, match="it takes a decision"):
        take(room, "substitute_performed")


def test_a_case_that_was_filed_before_what_was_done_is_on_record_stays_where_it_is(room: Room) -> None:
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE)
    take(room, "filed")

    take(room, "substitute_performed")

    assert (room.state("A1"), room.case("A1").owes_costs) == ("investigating", True)


def test_the_clocks_of_the_costs_go_on_where_the_desk_takes_a_case_back_that_was_given_back_to_it(room: Room) -> None:
    """A return that was asked for before anything was done is granted when a road has been cleared meanwhile."""
    take(room, "return_requested")
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE)
    take(room, "substitute_performed")
    take(room, "cost_demanded")
    due = room.clocks("A1")["cost_payment"].due_at(room.blueprint.calendar)

    room.hear("routing.return_decided.v1", "A1", {"mechanism": "enforcement", "granted": True})

    assert (room.state("A1"), room.parked()) == ("returned", [])
    for name in ("cost_payment", "cost_remedies"):
        assert room.clocks("A1")[name].state == "running", name
    assert room.clocks("A1")["cost_payment"].due_at(room.blueprint.calendar) == due
    take(room, "cost_payment_expired")
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    assert room.state("A1") == "received"
    take(room, "cost_paid")


def test_a_case_that_came_back_from_another_authority_still_owes_and_its_costs_are_paid(room: Room) -> None:
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE)
    take(room, "substitute_performed")
    for trigger in ("handed_over", "authority_answered", "taken_back"):
        take(room, trigger)
    assert (room.state("A1"), room.case("A1").owes_costs) == ("clue", True)

    take(room, "cost_demanded")
    take(room, "cost_paid")

    assert not room.case("A1").owes_costs


def test_what_was_given_up_may_still_be_paid_also_when_the_case_is_closed(done: Room) -> None:
    unpaid(done)
    take(done, "cost_urged")
    take(done, "cost_written_off")
    assert not done.case("A1").owes_costs
    with pytest.raises(RefusedError, match="given up"):
        take(done, "cost_written_off")
    take(done, "concluded")
    done.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement", "end": "satisfied"})

    take(done, "cost_part_paid", amount="100.00")
    take(done, "cost_paid")

    assert (done.state("A1"), kept(done, "cost_open"), kept(done, "cost_written_off")) == (
        *("closed", "0.00"),
        "no_property",
    )
    assert [row["amount"] for row in kept(done, "cost_parts")] == ["80.00", "100.00", "600.00"]


# -- at court -----------------------------------------------------------------


def unpaid(room: Room) -> None:
    """Let the costs be demanded and not be paid, in part."""
    take(room, "cost_demanded")
    take(room, "cost_part_paid", amount="80.00")
    take(room, "cost_payment_expired")


def test_what_is_not_paid_goes_to_court_after_urging_and_the_remedies_within_three_months(done: Room) -> None:
    with pytest.raises(RefusedError, match="not demanded in writing"):
        take(done, "cost_urged")
    take(done, "cost_demanded")
    take(done, "cost_part_paid", amount="80.00")
    with pytest.raises(RefusedError, match="it can be urged after 2026-12-17"):
        take(done, "cost_urged")
    take(done, "cost_payment_expired")
    with pytest.raises(RefusedError, match="urged before a court is asked"):
        take(done, "cost_court_applied")
    take(done, "cost_urged")
    take(done, "cost_urging_over")
    with pytest.raises(RefusedError, match="a court may be asked after 2027-06-02"):
        take(done, "cost_court_applied")
    take(done, "cost_remedies_over")
    assert done.clocks("A1")["cost_window"].started_at.date() == date(2027, 6, 1)

    take(done, "cost_court_applied")

    assert done.clocks("A1")["cost_window"].state == "stopped"
    assert "700.00元" in page(done, "cost_reminder")
    asked = page(done, "cost_court_application")
    for part in ("700.00元", "滨彭综执代费催字", "没有申请行政复议或者提起行政诉讼"):
        assert part in asked, part
    assert days_of(done, "cost_court_acceptance") >= timedelta(days=5)
    take(done, "cost_acceptance_overdue")
    take(done, "cost_court_followed_up")
    take(done, "cost_court_accepted")
    take(done, "cost_ruling_overdue")
    with pytest.raises(RefusedError, match="no application waits"):
        take(done, "cost_court_accepted")
    take(done, "cost_court_ruled")
    take(done, "cost_court_followed_up")
    take(done, "cost_paid", way="court")
    take(done, "concluded")
    assert done.state("A1") == "concluded"


def test_after_three_months_no_court_is_asked_and_a_leader_gives_the_costs_up(done: Room) -> None:
    unpaid(done)
    take(done, "cost_urged")
    with pytest.raises(RefusedError, match="does not bear this ground"):
        take(done, "cost_written_off", ground="window_over")
    take(done, "cost_remedies_over")
    take(done, "cost_window_closed")
    with pytest.raises(RefusedError, match="the time to ask a court was over"):
        take(done, "cost_court_applied")

    take(done, "cost_written_off", ground="window_over")
    take(done, "concluded")

    assert kept(done, "cost_open") == "700.00"


@pytest.mark.parametrize(("ruled", "ground"), [("court_refused", "court_refused"), ("court_ended", "court_ended")])
def test_what_a_court_does_not_collect_is_given_up_on_its_ruling(done: Room, ruled: str, ground: str) -> None:
    unpaid(done)
    take(done, "cost_urged")
    take(done, "cost_remedies_over")
    with pytest.raises(RefusedError, match="no court is to rule"):
        take(done, "cost_court_ruled")
    take(done, "cost_court_applied")
    with pytest.raises(RefusedError, match="does not bear this ground"):
        take(done, "cost_written_off", ground=ground)
    take(done, "cost_court_ruled", ruled=ruled)

    take(done, "cost_written_off", ground=ground)
    with pytest.raises(RefusedError, match="given up"):
        take(done, "cost_urged")


def test_who_has_demanded_the_costs_does_not_give_them_up_in_whatever_role(done: Room) -> None:
    unpaid(done)
    take(done, "cost_urged")
    step = done.blueprint.workflow.step("settled", "cost_written_off")  # type: ignore[union-attr]

    with pytest.raises(RefusedError, match="another person takes this step"):
        done.act("A1", "cost_written_off", form_of(step, done), role=step.roles[0], person="p1")
    take(done, "cost_written_off")


# -- contested ------------------------------------------------------------------


def test_costs_that_are_paid_are_contested_in_their_own_times_and_no_court_is_asked_for_them(done: Room) -> None:
    take(done, "cost_demanded")
    assert str(local_date(done.clocks("A1")["cost_reconsideration"].due_at(done.blueprint.calendar))) == str(
        reading.until("cost_reconsideration", local_date(done.now))
    )
    take(done, "cost_paid")
    assert {done.clocks("A1")[name].state for name in ("cost_reconsideration", "cost_remedies")} == {"running"}
    take(done, "concluded")

    done.pass_time(timedelta(days=63))
    assert done.clocks("A1")["cost_reconsideration"].state == "stopped"
    take(done, "cost_remedies_over")

    assert "cost_window" not in done.clocks("A1")


def test_costs_are_contested_and_go_to_court_only_when_the_review_and_the_suit_after_it_are_over(done: Room) -> None:
    unpaid(done)
    take(done, "cost_urged")
    take(done, "cost_remedy_sought")
    clocks = done.clocks("A1")
    assert clocks["cost_remedies"].state == clocks["cost_urging"].state == "stopped"
    assert days_of(done, "cost_review") == timedelta(days=60)
    for trigger, said in (
        ("cost_urged", "under review"),
        ("cost_written_off", "under review"),
        ("cost_remedy_sought", "under review"),
        ("cost_judgment_final", "a suit is open"),
    ):
        with pytest.raises(RefusedError, match=said):
            take(done, trigger)
    take(done, "cost_contest_followed_up")
    take(done, "cost_review_prolonged")
    with pytest.raises(RefusedError, match="no reconsideration runs that can be prolonged"):
        take(done, "cost_review_prolonged")

    take(done, "cost_upheld")
    with pytest.raises(RefusedError, match="urged before a court is asked"):
        take(done, "cost_court_applied")
    take(done, "cost_urged")
    with pytest.raises(RefusedError, match="a court may be asked after"):
        take(done, "cost_court_applied")
    take(done, "cost_suit_time_over")
    assert done.clocks("A1")["cost_window"].state == "running"
    take(done, "cost_court_applied")

    asked = page(done, "cost_court_application")
    assert "曾申请行政复议或者提起行政诉讼" in asked
    assert "没有申请行政复议或者提起行政诉讼" not in asked
    with pytest.raises(RefusedError, match="it looks at them itself"):
        take(done, "cost_remedy_sought", kind="litigation")


def test_upon_a_final_judgment_on_the_costs_a_court_is_asked_at_once_after_urging(done: Room) -> None:
    unpaid(done)
    take(done, "cost_remedy_sought", kind="litigation")
    assert "cost_review" not in done.clocks("A1")
    with pytest.raises(RefusedError, match="less than before"):
        take(done, "cost_judgment_final", amount="900.00")
    take(done, "cost_judgment_final", amount="500.00")
    assert done.clocks("A1")["cost_window"].state == "running"
    take(done, "cost_urged")
    take(done, "cost_urging_over")

    take(done, "cost_court_applied")

    assert kept(done, "cost_open") == "420.00"


@pytest.mark.parametrize("when", ["recalled", "closed"])
def test_a_review_of_the_costs_is_followed_also_when_the_case_ends_meanwhile(absent: Room, when: str) -> None:
    take(absent, "absent_party_told")
    take(absent, "cost_demanded")
    if when == "closed":
        take(absent, "cost_paid")
        take(absent, "advised")
        take(absent, "contact_made")
        take(absent, "concluded")
    take(absent, "cost_remedy_sought")
    # The time of a reconsideration that is prolonged begins when the sixty days are over.
    take(absent, "cost_review_prolonged")
    due = absent.clocks("A1")["cost_review"].due_at(absent.blueprint.calendar)

    if when == "closed":
        absent.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement", "end": "satisfied"})
    else:
        absent.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement"})

    assert absent.state("A1") == {"recalled": "withdrawn"}.get(when, when)
    for name in COST_CONTEST:
        assert absent.clocks("A1")[name].state == "running", name
    assert absent.clocks("A1")["cost_review"].due_at(absent.blueprint.calendar) == due
    take(absent, "cost_upheld")
    for name in COST_CONTEST:
        assert absent.clocks("A1")[name].state == "stopped", name


def test_a_suit_that_was_taken_late_opens_the_time_to_ask_a_court_anew(done: Room) -> None:
    unpaid(done)
    take(done, "cost_remedies_over")
    take(done, "cost_window_closed")
    take(done, "cost_remedy_sought", kind="litigation", late_accepted=True)
    take(done, "cost_judgment_final")
    take(done, "cost_urged")
    take(done, "cost_urging_over")
    with pytest.raises(RefusedError, match="does not bear this ground"):
        take(done, "cost_written_off", ground="window_over")

    take(done, "cost_court_applied")

    assert done.clocks("A1")["cost_window"].state == "stopped"


def test_the_review_of_one_ledger_is_over_before_the_next_is_opened(absent: Room) -> None:
    take(absent, "absent_party_told")
    take(absent, "cost_demanded")
    take(absent, "cost_paid")
    take(absent, "substitute_decided", **AT_ONCE, decision_no=AGAIN)
    take(absent, "cost_remedy_sought")
    with pytest.raises(RefusedError, match="under review"):
        take(absent, "substitute_performed")

    take(absent, "cost_upheld")
    take(absent, "substitute_performed")

    assert [row["cost_amount"] for row in kept(absent, "costs_before")] == ["780.00"]


def test_the_reconsideration_of_costs_in_the_simple_procedure_has_thirty_days_and_no_more(done: Room) -> None:
    take(done, "cost_demanded")
    take(done, "cost_remedy_sought", simple_procedure=True)

    assert days_of(done, "cost_review") == timedelta(days=30)
    with pytest.raises(RefusedError, match="no reconsideration runs that can be prolonged"):
        take(done, "cost_review_prolonged")


def test_costs_are_contested_in_time_or_where_the_body_has_taken_it_all_the_same(done: Room) -> None:
    with pytest.raises(RefusedError, match="not demanded in writing"):
        take(done, "cost_remedy_sought")
    take(done, "cost_demanded")
    take(done, "cost_payment_expired")
    done.pass_time(timedelta(days=60))
    with pytest.raises(RefusedError, match="sixty days are over"):
        take(done, "cost_remedy_sought")
    take(done, "cost_remedy_sought", late_accepted=True)
    take(done, "cost_upheld")
    with pytest.raises(RefusedError, match="reviewed already"):
        take(done, "cost_remedy_sought")
    done.pass_time(timedelta(days=20))

    with pytest.raises(RefusedError, match="the time to sue was over"):
        take(done, "cost_remedy_sought", kind="litigation")


def test_a_payment_stops_no_review_of_the_costs_and_the_case_waits_for_it(done: Room) -> None:
    take(done, "cost_demanded")
    take(done, "cost_remedy_sought")
    take(done, "cost_paid")
    assert done.clocks("A1")["cost_review"].state == "running"
    with pytest.raises(RefusedError, match="under review"):
        take(done, "concluded")

    take(done, "cost_changed", amount="500.00", refund_receipt_no="退款2026-1")
    take(done, "concluded")

    assert [row["amount"] for row in kept(done, "cost_parts")] == ["780.00", "-280.00"]
    running = {name for name, clock in done.clocks("A1").items() if clock.state == "running"}
    # Who has paid may still go to court.
    assert {name for name in running if name.startswith("cost_")} == {"cost_suit_after_review"}


@pytest.mark.parametrize("trigger", ["cost_upheld", "cost_changed", "cost_judgment_final"])
def test_the_result_of_a_review_of_costs_needs_one_that_was_sought(done: Room, trigger: str) -> None:
    take(done, "cost_demanded")

    with pytest.raises(RefusedError, match="not under review"):
        take(done, trigger)


def test_what_the_party_says_when_urged_to_pay_is_reviewed_before_a_court_is_asked(done: Room) -> None:
    unpaid(done)
    with pytest.raises(RefusedError, match="no notice or demand is on file"):
        take(done, "statement_made")
    take(done, "cost_urged")
    take(done, "statement_made")
    take(done, "cost_remedies_over")
    with pytest.raises(RefusedError, match="has not been reviewed"):
        take(done, "cost_court_applied")
    assert "已开始整改，请求从轻" in page(done, "statement_record")
    take(done, "statement_reviewed")

    take(done, "cost_court_applied")

    with pytest.raises(RefusedError, match="no statement waits"):
        take(done, "statement_reviewed")


def test_what_a_review_takes_off_paid_costs_is_given_back_with_it(done: Room) -> None:
    take(done, "cost_demanded")
    take(done, "cost_remedy_sought")
    with pytest.raises(RefusedError, match="less than before"):
        take(done, "cost_changed", amount="780.00")
    take(done, "cost_part_paid", amount="600.00")
    with pytest.raises(RefusedError, match=r"100\.00 yuan are given back"):
        take(done, "cost_changed", amount="500.00")

    take(done, "cost_changed", amount="500.00", refund_receipt_no="退款2026-1")
    take(done, "concluded")

    assert (kept(done, "cost_amount"), kept(done, "cost_open")) == ("500.00", "0.00")


def test_where_a_review_leaves_nothing_of_the_costs_none_of_their_clocks_runs_on(done: Room) -> None:
    unpaid(done)
    take(done, "cost_remedy_sought")
    take(done, "cost_changed", amount="500.00")
    assert done.clocks("A1")["cost_suit_after_review"].state == "running"
    take(done, "cost_remedy_sought", kind="litigation")

    take(done, "cost_changed", amount="80.00")

    done.pass_time(timedelta(days=400))
    for name in ("cost_payment", "cost_remedies", "cost_suit_after_review", "cost_contest_followup"):
        assert done.clocks("A1")[name].state == "stopped", name
    assert "cost_window" not in done.clocks("A1")


@pytest.mark.parametrize(("ruled", "state"), [("court_granted", "running"), ("court_ended", "stopped")])
def test_nobody_is_reminded_to_ask_a_court_that_has_ruled_for_good(done: Room, ruled: str, state: str) -> None:
    unpaid(done)
    take(done, "cost_urged")
    take(done, "cost_remedies_over")
    take(done, "cost_court_applied")
    take(done, "cost_acceptance_overdue")

    take(done, "cost_court_ruled", ruled=ruled)

    assert done.clocks("A1")["cost_followup"].state == state


def test_the_higher_court_is_asked_about_the_costs_within_fifteen_days_and_once(done: Room) -> None:
    unpaid(done)
    for trigger in ("cost_urged", "cost_remedies_over", "cost_court_applied"):
        take(done, trigger)
    with pytest.raises(RefusedError, match="no court has refused"):
        take(done, "cost_higher_court_asked")
    take(done, "cost_court_ruled", ruled="court_refused")
    last = kept(done, "cost_objection_until")
    done.pass_time(timedelta(days=16))
    assert done.clocks("A1")["cost_court_objection"].state == "stopped"
    with pytest.raises(RefusedError, match=f"was over on {last}"):
        take(done, "cost_higher_court_asked")

    take(done, "cost_higher_court_asked", objected_on=last)

    assert days_of(done, "cost_higher_court") == timedelta(days=30)
    take(done, "cost_higher_court_overdue")
    take(done, "cost_court_ruled", ruled="court_refused")
    with pytest.raises(RefusedError, match="asked already"):
        take(done, "cost_higher_court_asked")
    take(done, "cost_written_off", ground="court_refused")


AMOUNTS = st.decimals(min_value="0.01", max_value="5000", places=2)


@given(total=AMOUNTS, paid=st.lists(AMOUNTS, max_size=6))
def test_what_is_open_is_what_was_claimed_less_what_was_paid_to_the_cent(total: Decimal, paid: list[Decimal]) -> None:
    rows = [{"paid_on": "2026-12-03", "amount": str(amount)} for amount in paid]
    seen = case("settled", cost_amount=str(total), cost_parts=rows)

    assert costs.outstanding(seen) + sum(paid, Decimal(0)) == total
    assert (costs.costs_are_settled(seen, {}, None) is None) is (sum(paid, Decimal(0)) >= total)
