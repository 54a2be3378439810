"""Each decision may be contested until its own last day, which runs from its receipt (行政复议法 20; 行政诉讼法 45, 46)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.relief import refunds, remedies, rules
from services.relief.stages.places import HANDLING
from services.relief.workflow import RELIEF
from tests.services.relief.test_contests import ADVANCED, BY_STREET, FRAUD, REFUSED, close, rework, warned
from tests.services.relief.test_papers import issued, walk
from tests.services.relief.test_service import APPLY, closed_dibao, room, take

if TYPE_CHECKING:
    from chassis.testing import Room

__all__ = ["room"]

LOWER = {"change": "lowered", "new_amount": "500.00", "decision_no": "减1号"}


def due(room: Room, clock: str) -> str:
    """Return the last day of a clock of the case."""
    return str(local_date(room.clocks("A1")[clock].due_at(room.blueprint.calendar)))


def last_days(room: Room) -> list[tuple[str, str, str]]:
    """Return each decision with the last days of its remedies."""
    rows = remedies.ledger(room.case("A1").details)
    return [(row["decision"], row["reconsider_by"], row["sue_by"]) for row in rows if row["decision"] != "amount"]


def test_a_second_decision_leaves_the_first_its_own_last_day(room: Room) -> None:
    closed_dibao(room)
    take(room, "benefit_verified", **LOWER, from_month="2027-01")
    first = last_days(room)[0]
    room.pass_time(timedelta(days=50))
    take(room, "benefit_stopped", last_month="2027-01")
    second = last_days(room)[1]
    assert (first[0], second[0]) == ("lowered", "stopped")
    assert first[1] < second[1]
    assert last_days(room) == [first, second]
    assert due(room, "reconsideration") == second[1]

    room.pass_time(timedelta(days=20))
    assert first[1] < str(local_date(room.now)) < second[1]
    with pytest.raises(RefusedError, match=f"over on {first[1]}"):
        take(room, "remedy_sought", against="lowered")
    take(room, "remedy_sought", against="lowered", way="lawsuit")
    take(room, "remedy_sought", against="stopped")

    assert {row["decision"] for row in remedies.contested(room.case("A1").details)} == {"lowered", "stopped"}


def test_what_is_contested_leaves_the_time_of_the_other_running_and_its_own_result_is_named(room: Room) -> None:
    closed_dibao(room)
    take(room, "benefit_verified", **LOWER, from_month="2027-01")
    take(room, "benefit_stopped")
    take(room, "remedy_sought", against="stopped")
    assert room.clocks("A1")["reconsideration"].state == "running"
    take(room, "remedy_sought", against="lowered")
    take(room, "remedy_sought", against="amount")
    assert room.clocks("A1")["reconsideration"].state == "stopped"

    with pytest.raises(RefusedError, match="say which decision"):
        take(room, "remedy_decided")
    take(room, "remedy_decided", against="lowered", ruling="decision_changed")
    assert room.clocks("A1")["remedy_followup"].state == "running"
    for against in ("stopped", "amount"):
        take(room, "remedy_decided", against=against, ruling="decision_kept")

    assert room.clocks("A1")["remedy_followup"].state == "stopped"
    assert warned(room) == ["remedy_unmet"]


@pytest.mark.parametrize(
    ("way", "trigger", "form", "kind"),
    [
        ((), "benefit_verified", {**LOWER, "from_month": "2027-01"}, "lowered"),
        ((), "benefit_stopped", {}, "stopped"),
    ],
)
def test_the_remedies_of_what_is_changed_run_from_its_receipt(
    room: Room, way: tuple[Any, ...], trigger: str, form: dict[str, str], kind: str
) -> None:
    closed_dibao(room)
    walk(room, *way)
    take(room, trigger, **form, told_on=None)
    assert last_days(room) == [(kind, "", "")]
    assert "decision_unreceived" in warned(room)
    room.pass_time(timedelta(days=9))

    take(room, "decision_received", against=kind)

    told = local_date(room.now)
    assert last_days(room)[-1] == (kind, str(rules.until("reconsideration", told)), due(room, "remedies"))
    assert due(room, "reconsideration") == str(rules.until("reconsideration", told))
    assert "decision_unreceived" not in warned(room)
    with pytest.raises(RefusedError, match=r"waits to be received|not received yet"):
        take(room, "decision_received", against=kind)


def test_an_advance_that_is_asked_back_may_be_contested_from_its_receipt(room: Room) -> None:
    walk(room, *ADVANCED, ("advance_reclaimed", {"told_on": None}))
    room.pass_time(timedelta(days=5))
    with pytest.raises(RefusedError, match="can't have been received before"):
        take(room, "decision_received", against="reclaimed", told_on="2026-11-01")

    take(room, "decision_received", against="reclaimed")

    assert due(room, "reconsideration") == str(rules.until("reconsideration", local_date(room.now)))


def test_fifteen_days_are_left_to_sue_upon_a_reconsideration_and_to_appeal_upon_a_judgment(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    walk(room, "remedy_sought")
    assert room.clocks("A1")["remedies"].state == "stopped"
    take(room, "remedy_decided", ruling="decision_kept")
    assert due(room, "suit_after_review") == str(local_date(room.now) + timedelta(days=15))
    with pytest.raises(RefusedError, match="only a suit or an appeal is open"):
        take(room, "remedy_sought", way="reconsideration")

    room.pass_time(timedelta(days=17))
    with pytest.raises(RefusedError, match="the time for that was over"):
        take(room, "remedy_sought", way="lawsuit")
    take(room, "remedy_sought", way="lawsuit", late_accepted=True)
    take(room, "remedy_decided", ruling="decision_kept")
    assert due(room, "suit_after_review") > str(local_date(room.now))
    walk(room, ("remedy_sought", {"way": "lawsuit"}), ("remedy_decided", {"final": True}))

    assert room.clocks("A1")["suit_after_review"].state == "stopped"
    with pytest.raises(RefusedError, match="nothing was decided that could be contested"):
        take(room, "remedy_sought", way="lawsuit")


def test_what_was_withdrawn_leaves_the_six_months_to_sue(room: Room) -> None:
    walk(room, *REFUSED)
    before = due(room, "remedies")
    walk(room, "remedy_sought", ("remedy_decided", {"ruling": "remedy_withdrawn"}))

    assert (due(room, "remedies"), room.clocks("A1")["remedies"].state) == (before, "running")
    assert "suit_after_review" not in room.clocks("A1")


@pytest.mark.parametrize("end", ["withdrawn", "transferred"])
def test_a_refusal_is_overturned_also_where_its_rework_has_ended_otherwise(room: Room, end: str) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    rework(room)
    if end == "withdrawn":
        room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "relief", "reason": "不再反映"})
    else:
        walk(room, "rework_taken", "transferred")
    assert room.state("A1") == end

    walk(room, "remedy_sought", ("remedy_decided", {"ruling": "decision_revoked"}), "rejection_overturned")

    assert (room.state("A1"), warned(room)) == ("surveyed", [])
    walk(room, "opinion_supported", "publicity_started", "publicity_over", "street_review_passed")
    walk(room, "approved_by_street", "relief_paid", "review_carried_out")
    assert room.state("A1") == "closed"


def test_a_refusal_is_overturned_before_a_rework_has_begun_another_request(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    rework(room)
    walk(room, "rework_taken", "rejection_overturned")

    assert (room.state("A1"), room.case("A1").details["after_the_end"]) == ("surveyed", False)


def test_the_decision_on_an_earlier_request_is_contested_while_another_one_is_handled(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    rework(room)
    walk(room, "rework_taken", *APPLY)
    assert room.state("A1") == "surveyed"

    walk(room, "remedy_sought", "remedy_followed_up")
    with pytest.raises(RefusedError, match="no ruling on an earlier request"):
        take(room, "earlier_put_right")
    take(room, "remedy_decided", ruling="decision_revoked")
    assert warned(room) == ["remedy_unmet"]
    take(room, "earlier_put_right", against="rejected")

    assert (room.state("A1"), warned(room)) == ("surveyed", [])


def test_an_advance_of_an_earlier_request_that_is_asked_back_no_longer_is_owed_no_longer(room: Room) -> None:
    walk(room, *ADVANCED, "advance_reclaimed")
    close(room, "concluded_without_help")
    rework(room)
    walk(room, "rework_taken", "application_filed", ("refund_received", {"amount": "500.00"}), "refund_followed_up")
    walk(room, ("remedy_sought", {"against": "reclaimed"}), ("remedy_decided", {"ruling": "decision_revoked"}))

    take(room, "earlier_put_right", against="reclaimed")

    assert refunds.refund_left(room.case("A1").details) == -500
    assert room.clocks("A1")["refund"].state == "stopped"


def test_who_is_cleared_of_one_debt_is_still_asked_for_the_other(room: Room) -> None:
    walk(room, *ADVANCED, "advance_reclaimed")
    close(room, "concluded_without_help")
    rework(room)
    walk(room, "rework_taken", *APPLY, *BY_STREET[len(APPLY) :], "relief_paid", FRAUD)
    take(room, "fraud_decided", obtained="3600.00", refund="3600.00")
    assert refunds.refund_left(room.case("A1").details) == 5600

    take(room, "benefit_restored")

    assert refunds.refund_left(room.case("A1").details) == 2000
    assert (room.case("A1").details["refund_open"], room.clocks("A1")["refund"].state) == (True, "running")
    take(room, "refund_received", amount="2000.00")
    assert room.clocks("A1")["refund"].state == "stopped"


def test_a_case_of_the_release_before_goes_on_with_what_it_had_kept(room: Room) -> None:
    walk(room, *REFUSED, "remedy_sought")
    case = room.case("A1")
    before = {name: kept for name, kept in case.details.items() if name not in {"decisions", "remedies_left"}}
    details = {**before, "remedy_open": "rejected"}

    [row] = remedies.ledger(details)

    [now] = remedies.ledger(case.details)
    assert {name: row[name] for name in row if name != "filed_on"} == {
        name: now[name] for name in row if name != "filed_on"
    }
    assert [row["decision"] for row in remedies.unmet({**before, "remedy_unmet": "rejected"})] == ["rejected"]


@pytest.mark.parametrize("state", ["received", "return_pending", "to_apply", *HANDLING, "concluded", "rework_due"])
def test_what_is_contested_or_owed_is_followed_up_wherever_the_case_is(state: str) -> None:
    steps = {step.trigger for step in RELIEF.steps_from(state)}
    clocks = {step.expires for step in RELIEF.steps_from(state)}

    assert {"remedy_sought", "remedy_decided", "refund_received", "also_referral_answered"} <= steps
    assert {"remedy_followup", "refund", "fraud_followup", "also_referral"} <= clocks


def test_a_lasting_benefit_is_verified_again_in_its_months_also_after_the_end_until_it_ends(room: Room) -> None:
    closed_dibao(room)
    assert due(room, "verification") == room.case("A1").details["verify_by"]
    room.pass_time(timedelta(days=400))
    assert room.clocks("A1")["verification"].state == "running"

    take(room, "benefit_verified", change="unchanged")
    assert due(room, "verification") == room.case("A1").details["verify_by"] > str(local_date(room.now))
    take(room, "fraud_found")
    assert room.clocks("A1")["verification"].state == "stopped"
    take(room, "fraud_cleared")
    assert room.clocks("A1")["verification"].state == "running"
    take(room, "benefit_stopped")
    assert room.clocks("A1")["verification"].state == "stopped"
    take(room, "benefit_restored")
    assert room.clocks("A1")["verification"].state == "running"


def test_what_was_paid_once_is_not_verified_again(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid")

    assert "verification" not in room.clocks("A1")


@pytest.mark.parametrize("way", [(), ("publicity_over",), ("publicity_over", "street_review_passed")])
def test_an_objection_is_rechecked_in_its_time_also_when_the_seven_days_are_over(
    room: Room, way: tuple[str, ...]
) -> None:
    walk(room, *APPLY, "opinion_supported", "publicity_started", *way, "objection_raised")
    clocks = room.clocks("A1")
    assert (clocks["objection_check"].state, clocks["handling"].state) == ("running", "suspended")

    take(room, "objection_dismissed")

    assert (room.state("A1"), room.clocks("A1")["objection_check"].state) == ("publicising", "stopped")


def test_what_came_back_too_much_is_given_back_and_warned_of_no_longer(room: Room) -> None:
    walk(room, *ADVANCED, "advance_reclaimed", ("refund_received", {"amount": "2000.00"}), "advance_upheld")
    with pytest.raises(RefusedError, match=r"2000\.00 yuan came back too much"):
        take(room, "overpaid_returned", amount="2000.01")

    take(room, "overpaid_returned", amount="2000.00")

    assert refunds.refund_left(room.case("A1").details) == 0
    assert "refund_open" not in warned(room)
    with pytest.raises(RefusedError, match="0 yuan came back"):
        take(room, "overpaid_returned")


def test_a_review_that_ended_in_the_release_before_leaves_fifteen_days_to_sue(room: Room) -> None:
    walk(room, *REFUSED, "remedy_sought", ("remedy_decided", {"ruling": "decision_kept"}))
    case = room.case("A1")
    old = {name: kept for name, kept in case.details.items() if name not in {"decisions", "remedies_left"}}

    [row], [now] = remedies.ledger(old), remedies.ledger(case.details)

    assert (row["reviewed_on"], row["sue_by"]) == (now["reviewed_on"], now["sue_by"])
    assert row["sue_by"] < str(rules.until("remedies", local_date(room.now)))
    withdrawn = [{**case.details["remedy_decided"][0], "ruling": "remedy_withdrawn"}]
    assert remedies.ledger({**old, "remedy_decided": withdrawn})[0]["reviewed_on"] == ""


def test_a_refusal_that_was_overturned_in_the_release_before_is_contested_no_longer(room: Room) -> None:
    walk(room, *REFUSED, "rejection_overturned")
    old = {name: kept for name, kept in room.case("A1").details.items() if name not in {"decisions", "remedies_left"}}

    assert remedies.open_to_contest(old) == []


def in_the_register(room: Room) -> dict[tuple[str, int], list[tuple[str, str, str]]]:
    """Return how and when each document of the register has reached somebody, with what is noted."""
    return {
        (row.name, row.version): [(one["way"], one["at"], one["note"]) for one in row.served]
        for row in issued(room)
        if row.served
    }


@pytest.mark.parametrize(
    ("way", "kind", "document"),
    [
        ((*ADVANCED, ("advance_reclaimed", {"told_on": None})), "reclaimed", "reclaim_notice"),
        (BY_STREET, "amount", "approval"),
    ],
)
def test_the_receipt_of_a_decision_stands_in_the_register_at_its_document(
    room: Room, way: tuple[Any, ...], kind: str, document: str
) -> None:
    walk(room, *way)
    assert in_the_register(room) == {}
    day = str(local_date(room.now))

    take(room, "decision_received", against=kind, way="mail", receipt_no="回证3", told_on=day)

    assert in_the_register(room) == {(document, 1): [("by_post", day, "回证3")]}


def test_the_receipt_of_what_the_district_serves_by_its_own_paper_is_on_the_case_alone(room: Room) -> None:
    closed_dibao(room)
    take(room, "benefit_verified", **LOWER, from_month="2027-01", told_on=None)

    take(room, "decision_received", against="lowered")

    assert "verification_record" not in {name for name, _ in in_the_register(room)}
    assert [row["told_on"] for row in remedies.ledger(room.case("A1").details)][-1] == str(local_date(room.now))


def test_of_two_decisions_of_a_kind_the_one_that_was_received_is_served(room: Room) -> None:
    unreceived = ("advance_reclaimed", {"told_on": None})
    walk(room, *ADVANCED, unreceived)
    first = str(local_date(room.now))
    close(room, "concluded_without_help")
    rework(room)
    room.pass_time(timedelta(days=3))
    walk(room, "rework_taken", *ADVANCED, unreceived)

    take(room, "decision_received", against="reclaimed", made_on=first)

    assert {*in_the_register(room)} == {("reclaim_notice", 1)}
    take(room, "decision_received", against="reclaimed")
    assert {*in_the_register(room)} == {("reclaim_notice", 1), ("reclaim_notice", 2)}
