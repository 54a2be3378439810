"""What a decision of relief is followed by when it does not stand: remedies, ways back, money that is owed, another round."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from chassis.handling import shared_steps
from chassis.workcalendar import local_date
from chassis.workflow import Moment, RefusedError, Role
from services.relief import applying, benefits, cautions, figures, refunds, register, remedies, rules
from services.relief.stages.places import HANDLING
from services.relief.workflow import RELIEF
from tests.services.relief.test_papers import walk
from tests.services.relief.test_service import APPLY, closed_dibao, room, take

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.testing import Room

__all__ = ["room"]

POSTED = (*APPLY, "opinion_supported", "publicity_started", "publicity_over")
BY_STREET = (*POSTED, "street_review_passed", "approved_by_street")
REFUSED = (*APPLY, "opinion_against", "submitted_for_refusal", "district_rejected", "rejection_notified")
ADVANCED = ("emergency_assessed", "advance_paid")
REWORK = {"mechanism": "relief", "reason": "仍需救助"}
FRAUD = ("fraud_found", {"obtained": "3600.00", "refund": "3600.00"})


def close(room: Room, trigger: str = "concluded") -> None:
    """Tell the resident the end, and hear that it was judged."""
    take(room, trigger)
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "relief"})
    assert room.state("A1") == "closed"


def rework(room: Room) -> None:
    """Have it handled again."""
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)


def warned(room: Room) -> list[str]:
    """Return the codes of what is warned of."""
    return [one.code for warns in cautions.CAUTIONS for one in warns(room.case("A1"), room.now)]


def counted(room: Room) -> Mapping[tuple[str, str], Decimal]:
    """Return what the case counts, what is nothing left out."""
    found: dict[tuple[str, str], Decimal] = {}
    for name, of, amount in figures.counts(room.case("A1")):
        found[name, of] = found.get((name, of), Decimal(0)) + amount
    return {key: amount for key, amount in found.items() if amount}


# -- remedies ---------------------------------------------------------------------


def test_the_sixty_days_run_on_when_the_appeal_is_closed_and_a_remedy_is_followed_up_there(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    assert room.clocks("A1")["reconsideration"].state == "running"

    take(room, "remedy_sought")

    assert room.clocks("A1")["reconsideration"].stopped_at == room.now
    for _ in range(2):
        take(room, "remedy_followed_up")
    assert room.clocks("A1")["remedy_followup"].state == "running"
    with pytest.raises(RefusedError, match="contested already"):
        take(room, "remedy_sought")
    take(room, "remedy_decided", ruling="decision_kept")
    assert room.clocks("A1")["remedy_followup"].stopped_at == room.now
    assert warned(room) == []


def test_what_was_accepted_before_each_kind_had_its_rows_goes_by_them_when_it_is_decided_anew(room: Room) -> None:
    walk(room, *REFUSED)
    with room.database.write() as session:
        case = session.merge(room.case("A1"))
        older = {name: value for name, value in case.details.items() if name != "handled_as"}
        case.details = {**older, "handled_under": "国发2014-47"}

    take(room, "rejection_overturned")

    handling = room.clocks("A1")["handling"]
    assert (handling.limit, handling.case_kind, handling.basis) == (15, "temp_expense", "国发2014-47")


def test_a_refusal_that_is_overturned_after_the_end_is_decided_anew_and_ends_without_a_second_reply(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    walk(room, "remedy_sought", ("remedy_decided", {"ruling": "decision_revoked", "result": "撤销"}))
    assert warned(room) == ["remedy_unmet"]

    take(room, "rejection_overturned")

    assert (room.state("A1"), room.clocks("A1")["handling"].state) == ("surveyed", "running")
    assert warned(room) == []
    walk(room, "opinion_supported", "publicity_started", "publicity_over", "street_review_passed")
    walk(room, "approved_by_street", "relief_paid")
    for trigger in ("concluded", "transferred"):
        with pytest.raises(RefusedError, match="has ended before"):
            take(room, trigger)
    take(room, "review_carried_out")
    assert room.state("A1") == "closed"
    assert len(room.told("case_concluded.v1")) == 1
    assert counted(room)["paid", "temp_expense"] == 3600
    assert ("refused", "district_rejected") not in counted(room)


def test_a_rework_that_comes_meanwhile_has_its_end_told_to_the_resident(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    take(room, "rejection_overturned")
    rework(room)
    assert room.state("A1") == "surveyed"

    walk(room, "opinion_supported", "publicity_started", "publicity_over", "street_review_passed")
    walk(room, "approved_by_street", "relief_paid")
    with pytest.raises(RefusedError, match="no review has opened"):
        take(room, "review_carried_out")
    take(room, "concluded")

    assert len(room.told("case_concluded.v1")) == 2


@pytest.mark.parametrize("against", sorted(remedies.CONTESTABLE))
def test_what_was_not_decided_is_not_contested(room: Room, against: str) -> None:
    walk(room, *BY_STREET)
    if against == "amount":
        take(room, "remedy_sought", against=against)
        return

    with pytest.raises(RefusedError, match=f"not {against}"):
        take(room, "remedy_sought", against=against)


def test_what_was_not_refused_is_not_overturned(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid")
    close(room)

    with pytest.raises(RefusedError, match="nothing was refused"):
        take(room, "rejection_overturned")


def test_a_monthly_relief_whose_stop_is_overturned_runs_on_and_its_months_are_due(room: Room) -> None:
    closed_dibao(room)
    take(room, "benefit_stopped")
    assert room.clocks("A1")["reconsideration"].state == "running"
    room.pass_time(timedelta(days=70))
    with room.database.read() as session:
        assert register.due(session, "2027-01", most=9) == []

    take(room, "benefit_restored")

    assert room.state("A1") == "closed"
    with room.database.read() as session:
        assert [row["amount"] for row in register.due(session, "2027-01", most=9)] == [Decimal("800.00")]
    take(room, "month_paid", month="2027-01", amount="800.00")
    with pytest.raises(RefusedError, match="nothing was stopped"):
        take(room, "benefit_restored")


def test_a_sum_that_was_set_too_low_is_paid_later_and_counts_in_its_month(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid", ("remedy_sought", {"against": "amount"}))
    take(room, "remedy_decided", ruling="decision_changed")
    assert warned(room) == ["remedy_unmet"]

    paid = {"payee": "居民甲", "amount": "400.00", "paid_on": str(local_date(room.now)), "voucher_no": "补发1"}
    take(room, "arrears_paid", payments=[paid])

    assert warned(room) == []
    assert counted(room)["paid", "temp_expense"] == 4000
    assert counted(room)["helped", "temp_expense"] == 1


def test_nothing_is_in_arrears_where_nothing_was_granted(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")

    with pytest.raises(RefusedError, match="nothing was granted"):
        take(room, "arrears_paid")


# -- fraud, and money that is owed ------------------------------------------------


def test_a_report_of_fraud_is_followed_up_until_the_district_has_decided_also_after_the_end(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid", FRAUD)
    close(room, "concluded_without_help")

    for _ in range(2):
        take(room, "fraud_followed_up")
    with pytest.raises(RefusedError, match="no more is asked back"):
        take(room, "fraud_decided", obtained="1000.00", refund="1000.01")
    with pytest.raises(RefusedError, match="one to three times"):
        take(room, "fraud_decided", obtained="1000.00", refund="1000.00", fine="3000.01")
    take(room, "fraud_decided", obtained="2000.00", refund="2000.00", fine="2000.00")

    clocks = room.clocks("A1")
    assert clocks["fraud_followup"].stopped_at == room.now
    assert {name for name in ("refund", "reconsideration") if clocks[name].state == "running"} == {
        "refund",
        "reconsideration",
    }
    assert refunds.refund_left(room.case("A1").details) == 2000
    with pytest.raises(RefusedError, match="no report of fraud waits"):
        take(room, "fraud_decided")


def test_what_is_to_come_back_is_asked_for_until_all_of_it_has_come(room: Room) -> None:
    walk(room, *ADVANCED, "advance_reclaimed")
    close(room, "concluded_without_help")
    take(room, "refund_followed_up")

    take(room, "refund_received", amount="500.00")
    assert room.clocks("A1")["refund"].state == "running"
    take(room, "refund_followed_up")
    take(room, "refund_received", amount="1500.00")

    assert room.clocks("A1")["refund"].stopped_at == room.now
    assert "refund_open" not in warned(room)


@pytest.mark.parametrize(
    ("way", "trigger", "state"),
    [
        ((*APPLY, "fraud_found"), "fraud_cleared", "surveyed"),
        ((*POSTED, "submitted", "fraud_found"), "fraud_cleared", "surveyed"),
        ((*BY_STREET, "relief_paid", FRAUD), "benefit_restored", "paid"),
        ((*ADVANCED, FRAUD), "advance_upheld", "retro_due"),
        ((*ADVANCED, "papers_completed", FRAUD), "advance_upheld", "retro_due"),
    ],
)
def test_whoever_is_cleared_of_fraud_is_where_he_was_and_owes_nothing(
    room: Room, way: tuple[Any, ...], trigger: str, state: str
) -> None:
    walk(room, *way)
    others = {"fraud_cleared", "benefit_restored", "advance_upheld"} - {trigger}
    for other in others:
        with pytest.raises(RefusedError):
            take(room, other)

    take(room, trigger)

    assert room.state("A1") == state
    assert refunds.refund_left(room.case("A1").details) == 0
    assert room.clocks("A1")["fraud_followup"].state == "stopped"
    assert ("frauds", "") not in counted(room)


def test_a_monthly_relief_that_is_cleared_after_the_end_runs_on_as_before(room: Room) -> None:
    closed_dibao(room)
    take(room, "fraud_found")
    assert not room.case("A1").details["benefit_runs"]

    take(room, "fraud_cleared")

    assert benefits.amount_in(room.case("A1").details, "2027-03") == 800
    with pytest.raises(RefusedError, match="no fraud was reported"):
        take(room, "fraud_cleared")


def test_a_stopped_relief_that_is_cleared_of_fraud_stays_stopped(room: Room) -> None:
    closed_dibao(room)
    walk(room, "benefit_stopped", "fraud_found", "fraud_cleared")

    assert rules.is_over(room.case("A1").details)
    assert benefits.amount_in(room.case("A1").details, "2027-03") is None


def test_what_came_back_too_much_is_shown_to_be_given_back(room: Room) -> None:
    walk(room, *ADVANCED, "advance_reclaimed", ("refund_received", {"amount": "2000.00"}), "advance_upheld")

    assert room.state("A1") == "retro_due"
    [caution] = cautions.refund_open(room.case("A1"), room.now)
    assert "多出 2000.00 元" in caution.zh


# -- another request in the same case ----------------------------------------------


def test_all_that_a_request_leaves_on_file_is_put_away_before_another_one() -> None:
    shared = {step.kept_as for step in shared_steps(first="to_apply", open_states=HANDLING, ready=("paid",))}
    # What stands in the ledger of decisions is the case's, whichever request it is about.
    beside = {"concluded", "also_referred", "also_referral_answered", "earlier_put_right", ""}
    kept = {step.kept_as for step in RELIEF.steps if step.form is not None}

    assert kept - shared - beside - {*applying.OF_A_REQUEST} == set()


def test_a_second_request_after_a_rework_begins_with_nothing_of_the_first(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid")
    close(room)
    rework(room)
    walk(room, "rework_taken", ("application_filed", {"cause": "illness"}))

    details = room.case("A1").details

    assert not any(details.get(name) for name in ("granted_on", "relief_paid", "opinion_on", "authorised", "amount"))
    assert counted(room)["paid", "temp_expense"] == 3600
    walk(room, *APPLY[1:], "opinion_against", "submitted_for_refusal", "district_rejected", "rejection_notified")
    assert counted(room)["refused", "district_rejected"] == 1
    assert counted(room)["granted", "temp_expense"] == 1
    dated = [(name, amount) for name, _, _, amount in figures.dated(room.case("A1")) if name == "paid"]
    assert dated == [("paid", Decimal("3600.00"))]


def test_the_same_cause_is_not_relieved_twice_in_a_year_by_way_of_a_rework(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid")
    close(room)
    rework(room)
    room.now = room.now.replace(month=12, day=15)
    walk(room, "rework_taken", *APPLY)

    with pytest.raises(RefusedError, match="relieved this calendar year"):
        take(room, "opinion_supported")


def test_what_a_first_request_still_owes_is_not_set_off_against_the_second(room: Room) -> None:
    walk(room, *ADVANCED, "advance_reclaimed", ("refund_received", {"amount": "2000.00"}))
    close(room, "concluded_without_help")
    rework(room)
    walk(room, "rework_taken", *ADVANCED, ("advance_reclaimed", {"amount": "1500.00"}))

    assert refunds.refund_left(room.case("A1").details) == 1500
    assert counted(room)["advances", ""] == 2
    assert counted(room)["refunded", ""] == 2000


def test_a_rework_does_not_stop_a_monthly_relief_nor_lose_it(room: Room) -> None:
    closed_dibao(room)
    room.pass_time(timedelta(days=40))
    rework(room)
    assert _due(room, "2027-01") == ["800.00"]
    take(room, "month_paid", month="2027-01", amount="800.00")

    with pytest.raises(RefusedError, match="monthly relief is being paid by this case"):
        take(room, "rework_taken")
    take(room, "benefit_taken_up")
    assert room.state("A1") == "benefit_reviewing"
    assert _due(room, "2027-02") == ["800.00"]
    assert len(room.told("case_accepted.v1")) == 2
    raised = {"change": "raised", "new_amount": "850.00", "from_month": "2027-02", "decision_no": "1号"}
    take(room, "benefit_verified", **raised)
    take(room, "contact_made")
    take(room, "concluded")
    assert _due(room, "2027-02") == ["850.00"]


def test_another_request_waits_for_what_the_district_decides_on_a_report_of_fraud(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid", FRAUD)
    close(room, "concluded_without_help")
    rework(room)
    walk(room, "fraud_followed_up", "rework_taken")
    with pytest.raises(RefusedError, match="report of fraud is not decided"):
        take(room, "application_filed")
    with pytest.raises(RefusedError, match="report of fraud is not decided"):
        take(room, "emergency_assessed")

    walk(room, ("fraud_decided", {"obtained": "3600.00", "refund": "3600.00"}), "application_filed")

    assert refunds.refund_left(room.case("A1").details) == 3600
    assert warned(room) == ["refund_open"]


def test_a_remedy_goes_on_through_a_rework_and_another_request(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    take(room, "remedy_sought")
    rework(room)
    walk(room, "rework_taken", "contact_made", "application_filed", "application_withdrawn")
    walk(room, "concluded_without_help", "remedy_followed_up")

    take(room, "remedy_decided")

    assert room.clocks("A1")["remedy_followup"].state == "stopped"


def test_a_monthly_relief_is_not_lost_to_another_request_where_its_appeal_was_sent_back_meanwhile(room: Room) -> None:
    closed_dibao(room)
    details = room.case("A1").details
    view = SimpleNamespace(state="to_apply", details=details)
    moment = Moment(now=room.now, actor="p1", role=Role.HANDLER)

    for trigger in ("application_filed", "emergency_assessed"):
        assert applying.nothing_runs_already in RELIEF.step("to_apply", trigger).guards
    refused = applying.nothing_runs_already(view, {}, moment)

    assert refused is not None
    assert "另行登记诉求" in refused.zh


def test_a_case_without_a_monthly_relief_is_not_taken_up_as_one(room: Room) -> None:
    walk(room, *BY_STREET, "relief_paid")
    close(room)
    rework(room)

    with pytest.raises(RefusedError, match="no monthly relief"):
        take(room, "benefit_taken_up")
    take(room, "rework_taken")


def test_the_roster_of_a_past_month_stays_when_another_request_follows_the_stop(room: Room) -> None:
    closed_dibao(room)
    take(room, "benefit_stopped")
    rework(room)
    walk(room, "rework_taken", "application_filed")

    with room.database.read() as session:
        [line], _ = register.recipients(session, "2026-12", most=9)
        total = register.totals(session, "2026-12")

    assert (line["relief"], line["amount"], line["paid"]) == ("dibao", 800, True)
    assert (total["households"], total["paid_amount"]) == (1, 800)


def test_another_request_waits_until_the_months_before_the_stop_are_paid(room: Room) -> None:
    closed_dibao(room)
    room.pass_time(timedelta(days=40))
    take(room, "benefit_stopped", last_month="2027-01")
    rework(room)
    take(room, "rework_taken")
    with pytest.raises(RefusedError, match="for 2027-01: pay that first"):
        take(room, "application_filed")

    take(room, "month_paid", month="2027-01", amount="800.00")
    take(room, "application_filed")

    assert room.state("A1") == "materials_check"


def _due(room: Room, month: str) -> list[str]:
    with room.database.read() as session:
        return [str(row["amount"]) for row in register.due(session, month, most=9)]


# -- the rest ----------------------------------------------------------------------


def test_support_of_the_destitute_has_twenty_days_for_the_opinion_and_fifteen_for_the_district(room: Room) -> None:
    walk(room, ("application_filed", {"relief": "destitute"}), "application_accepted")
    accepted = room.clocks("A1")
    assert (accepted["initial_opinion"].limit, accepted["handling"].limit) == (20, 35)

    walk(room, *APPLY[2:])
    with pytest.raises(RefusedError, match="ask the neighbours"):
        take(room, "opinion_against")
    walk(room, "neighbour_asked", "opinion_against", "submitted_for_refusal")

    clocks = room.clocks("A1")
    assert clocks["initial_opinion"].stopped_at is not None
    assert clocks["handling"].state == "running"
    assert clocks["district"].limit == 15


def test_other_reliefs_have_no_time_of_their_own_for_the_opinion(room: Room) -> None:
    walk(room, "application_filed", "application_accepted")

    assert "initial_opinion" not in room.clocks("A1")


@pytest.mark.parametrize("way", [(*POSTED, "submitted"), (*POSTED, "submitted", "district_fell_silent"), REFUSED[:-2]])
def test_an_applicant_may_step_back_while_the_district_looks_at_it(room: Room, way: tuple[str, ...]) -> None:
    walk(room, *way)

    take(room, "application_withdrawn")

    assert room.state("A1") == "dropped"
    assert {room.clocks("A1")[name].state for name in ("district", "handling")} == {"stopped"}


def test_papers_that_can_not_come_are_waived_by_a_leader_who_says_why(room: Room) -> None:
    walk(room, *ADVANCED, "papers_missed", "papers_asked_again")
    tries = [{"tried_on": f"2026-12-0{day}", "way": "visit"} for day in (1, 1)]
    with pytest.raises(RefusedError, match="on 2 days"):
        take(room, "papers_waived", ground="unreachable", tries=tries)
    tries[1]["tried_on"] = "2026-12-02"

    take(room, "papers_waived", ground="unreachable", tries=tries)

    assert room.state("A1") == "emergency_settled"
    assert room.clocks("A1")["retro_papers"].stopped_at == room.now


def test_a_referral_beside_the_case_is_followed_up_after_the_end_too(room: Room) -> None:
    walk(room, *BY_STREET, "also_referred", "relief_paid")
    close(room)

    take(room, "also_referral_followed_up")
    take(room, "also_referral_answered")

    assert room.clocks("A1")["also_referral"].stopped_at is not None


def test_a_grant_of_the_street_after_the_district_sent_it_back_names_the_street(room: Room) -> None:
    walk(room, *POSTED, "submitted", "district_sent_back", "opinion_supported", "publicity_started")
    walk(room, "publicity_over", "street_review_passed", "approved_by_street")

    assert room.case("A1").details["submitted"] is None


def test_money_that_came_back_before_the_fraud_was_decided_is_asked_for_no_more(room: Room) -> None:
    closed_dibao(room)
    walk(room, FRAUD, ("refund_received", {"amount": "3600.00"}))

    take(room, "fraud_decided", obtained="3600.00", refund="3600.00")

    assert refunds.refund_left(room.case("A1").details) == 0
    assert (room.case("A1").details["refund_open"], "refund" in room.clocks("A1")) == (False, False)


def test_a_decision_that_asks_back_no_more_than_has_come_ends_the_waiting_for_the_rest(room: Room) -> None:
    closed_dibao(room)
    walk(room, FRAUD, ("refund_received", {"amount": "1600.00"}))
    assert room.clocks("A1")["refund"].state == "running"

    take(room, "fraud_decided", obtained="1600.00", refund="1600.00")

    assert (room.case("A1").details["refund_open"], room.clocks("A1")["refund"].state) == (False, "stopped")


def test_whom_an_earlier_request_names_stays_as_masked_as_in_the_present_one(room: Room) -> None:
    walk(room, *REFUSED)
    close(room, "concluded_without_help")
    rework(room)
    walk(room, "rework_taken", "application_filed")
    details = room.case("A1").details
    name = details["earlier"][0]["application_filed"]["household"][0]["name"]
    assert name == details["application_filed"]["household"][0]["name"]

    assert name not in str(room.blueprint.veil.over_details(details))


def test_monthly_relief_is_stopped_and_contested_also_where_its_rework_was_withdrawn(room: Room) -> None:
    closed_dibao(room)
    rework(room)
    take(room, "benefit_taken_up")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "relief", "reason": "不再反映"})
    assert room.state("A1") == "withdrawn"

    walk(room, "benefit_stopped", ("remedy_sought", {"against": "stopped"}), "remedy_followed_up")
    walk(room, ("remedy_decided", {"ruling": "decision_revoked", "result": "撤销"}), "benefit_restored")

    assert (room.state("A1"), warned(room)) == ("withdrawn", [])
    walk(room, FRAUD, "fraud_cleared")
