"""Wage recovery's gates and times of the law, rule by rule, over a database of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from chassis.forms import example
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import Moment, RefusedError, Role
from services.wage_recovery import cautions, courts, debts, duties, figures, rules, schemas, serious
from services.wage_recovery.models import Case
from services.wage_recovery.service import WageRecoveryService
from services.wage_recovery.workflow import WAGE_RECOVERY
from tests.services.wage_recovery.test_service import ASSIGNMENT, DISPATCHED, PART, TO_COORDINATION, TO_ORDER, go, room

__all__ = ["room"]

ALL = {"rows": example(schemas.PaymentCheck)["rows"]}
NEW_YEAR = datetime(2026, 12, 31, 1, 0, tzinfo=UTC)


def due(room: Room, clock: str) -> date:
    """Return the last day of a running clock; of several of a name, the first."""
    found = room.clock("A1", clock)
    assert found.stopped_at is None
    return found.due_at(room.blueprint.calendar).date()


def started(tmp_path: Any, now: datetime) -> Room:
    """Return a room in which the claim came in at some time."""
    opened = Room(WageRecoveryService, tmp_path, now=now)
    opened.hear(DISPATCHED, "A1", ASSIGNMENT)
    return opened


def codes(room: Room) -> list[str]:
    """Return what the case is warned of."""
    case = room.case("A1")
    return [one.code for rule in cautions.WARNINGS for one in rule(case, room.now)]


# -- times are counted from the act, not from when it is put on record ----------


def test_sixty_working_days_count_from_the_filing_and_thirty_more_from_their_end(tmp_path: Any) -> None:
    room = started(tmp_path, datetime(2022, 3, 8, 1, 0, tzinfo=UTC))
    handed, filed = {"handed_over_on": "2022-02-28"}, {"filed_on": "2022-03-01"}
    go(room, *TO_COORDINATION, "referred_to_inspection", referred_to_inspection=handed)
    go(room, "inspection_accepted", inspection_accepted=filed)
    assert due(room, "inspection_investigation") == date(2022, 5, 26)

    go(room, "investigation_extended")

    assert due(room, "investigation_extension") == date(2022, 7, 8)
    assert room.clocks("A1")["inspection_investigation"].stopped_at is not None
    with pytest.raises(RefusedError, match="only once"):
        go(room, "investigation_extended")


@pytest.mark.parametrize(
    ("steps", "trigger", "day"),
    [
        (("referred_to_inspection",), "inspection_accepted", "filed_on"),
        (("referred_to_inspection",), "inspection_supplemented", "supplemented_on"),
        (("referred_to_inspection", "inspection_accepted"), "investigation_ended", "ended_on"),
        (("referred_to_inspection", "inspection_accepted"), "payment_ordered", "served_on"),
        (("referred_to_arbitration",), "arbitration_accepted", "accepted_on"),
        (("referred_to_arbitration", "arbitration_accepted"), "claim_rejected", "received_on"),
        (("payment_order_applied",), "payment_order_served", "served_on"),
        (("lawsuit_filed",), "lawsuit_accepted", "accepted_on"),
        (("lawsuit_filed",), "judgment_made", "received_on"),
        (("lawsuit_filed",), "lawsuit_dismissed", "received_on"),
        (("lawsuit_filed", "lawsuit_dismissed"), "judgment_appealed", "filed_on"),
    ],
)
def test_an_act_that_is_dated_before_the_one_that_it_follows_is_refused(
    room: Room, steps: tuple[str, ...], trigger: str, day: str
) -> None:
    go(room, *TO_COORDINATION, *steps)
    before = str(local_date(room.now) - timedelta(days=1))

    with pytest.raises(RefusedError, match=f"{before} lies before"):
        go(room, trigger, **{trigger: {day: before}})
    go(room, trigger)


def test_the_order_s_days_count_from_its_service(room: Room) -> None:
    handed, filed = {"handed_over_on": "2026-11-18"}, {"filed_on": "2026-11-19"}
    go(room, *TO_COORDINATION, "referred_to_inspection", referred_to_inspection=handed)
    go(room, "inspection_accepted", inspection_accepted=filed)
    go(room, "payment_ordered", payment_ordered={"served_on": "2026-11-20", "days": 7})

    assert due(room, "order_to_pay") == date(2026, 11, 27)
    assert due(room, "order_reconsideration") == date(2027, 1, 19)
    assert room.case("A1").details["order_until"] == "2026-11-27"


#: What counts from a day that is on file already asks for none.
FROM_THE_FILE = {
    "order_found_disobeyed",
    "title_resumed",
    "judgment_resumed",
    "dismissal_resumed",
    "award_resumed",
    "rejection_resumed",
    "enforcing_resumed",
    "search_resumed",
    "settlement_resumed",
    "lawsuit_resumed",
    "police_resumed",
    "guarantee_topped_up",
    "confirmation_withdrawn",
    "blacklisting_declined",
    "removal_declined",
    "settlement_breached",
    # Left out, it ended today.
    "enforcement_ended",
    "enforcement_ended_others_go_on",
}


@pytest.mark.parametrize(
    "trigger", sorted({step.trigger for step in WAGE_RECOVERY.steps if step.since and not step.expires} - FROM_THE_FILE)
)
def test_no_time_is_counted_from_a_day_that_is_still_to_come(trigger: str) -> None:
    from chassis.workflow import Moment  # noqa: PLC0415

    step = next(step for step in WAGE_RECOVERY.steps if step.trigger == trigger)
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert step.form is not None
    form = step.form().load(example(step.form, at=now + timedelta(days=1)))

    refusal = rules.what_happened_is_past(room, form, Moment(now=now, actor="p1", role=step.roles[0]))  # type: ignore[arg-type]

    assert refusal is not None
    assert "不能晚于今天" in refusal.zh
    assert rules.what_happened_is_past in step.guards


def test_a_day_before_the_law_is_refused_and_nothing_is_changed(room: Room) -> None:
    go(room, *TO_COORDINATION, "mediation_started")

    with pytest.raises(RefusedError, match="no row of clock"):
        go(room, "settlement_agreed", settlement_agreed={"effective_on": "1999-01-04"})
    assert room.state("A1") == "mediating"
    assert "settlement" not in {name for name, kept in room.case("A1").details.items() if kept}


# -- inspection ------------------------------------------------------------------


def test_the_inspection_decides_within_fifteen_working_days_of_its_investigation(tmp_path: Any) -> None:
    room = started(tmp_path, datetime(2026, 4, 30, 1, 0, tzinfo=UTC))
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "investigation_ended")
    assert due(room, "inspection_decision") == date(2026, 5, 25)
    assert not room.clocks("A1")["inspection_decision"].verified

    room.pass_time(timedelta(days=26))
    assert room.state("A1") == "decision_overdue"
    go(room, "inspection_asked", "payment_ordered")

    assert room.state("A1") == "ordered_to_pay"
    assert room.clocks("A1")["inspection_decision"].stopped_at is not None


def test_a_decision_without_compensation_leads_to_the_court_as_well(room: Room) -> None:
    go(room, *TO_ORDER)
    room.pass_time(timedelta(days=8))

    go(room, "decided_without_compensation", "enforcement_applied")

    assert room.state("A1") == "court_enforcing"


# -- who pays --------------------------------------------------------------------


def test_where_only_an_owner_with_a_cap_pays_somebody_must_owe_the_rest(room: Room) -> None:
    go(room, *TO_COORDINATION[:4])
    capped = {"arrangements": ["owner_late"], "unpaid_project_price": "5000.00"}

    with pytest.raises(RefusedError, match=r"other 13000\.00"):
        go(room, "liable_party_found", liable_party_found=capped)
    go(room, "liable_party_found", liable_party_found={**capped, "arrangements": ["owner_late", "subcontractor_owes"]})

    assert room.state("A1") == "evidence_due"


# -- payment ---------------------------------------------------------------------


def test_a_check_may_not_give_a_worker_more_than_is_owed(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded=PART)

    with pytest.raises(RefusedError, match="more was paid than is owed"):
        go(room, "payment_verified")


def test_a_claim_is_not_paid_while_ordered_compensation_is_open(room: Room) -> None:
    go(room, *TO_ORDER)
    room.pass_time(timedelta(days=8))
    go(room, "compensation_ordered")

    with pytest.raises(RefusedError, match=r"9000\.00 yuan of the compensation"):
        go(room, "payment_verified")
    with pytest.raises(RefusedError, match=r"0\.01 yuan"):
        go(room, "payment_verified", payment_verified={"compensation_paid": "8999.99"})
    go(room, "payment_verified", payment_verified={"compensation_paid": "9000.00"})

    assert room.state("A1") == "paid"


def test_compensation_that_the_workers_gave_up_is_said_and_then_the_claim_is_paid(room: Room) -> None:
    go(room, *TO_ORDER)
    room.pass_time(timedelta(days=8))
    go(room, "compensation_ordered")

    go(room, "payment_verified", payment_verified={"why_no_compensation": "劳动者书面放弃"})

    assert room.state("A1") == "paid"


def test_the_bank_s_days_end_with_its_payment_and_the_contractor_s_begin(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match="not been called"):
        go(room, "guarantee_paid")
    go(room, "guarantee_called")
    assert due(room, "guarantee_payment") == date(2026, 11, 30)

    go(room, "guarantee_paid", guarantee_paid={"paid_on": "2026-11-23"})
    assert room.clocks("A1")["guarantee_payment"].stopped_at is not None
    assert due(room, "guarantee_top_up") == date(2026, 12, 7)
    go(room, "payment_verified")
    assert due(room, "guarantee_top_up") == date(2026, 12, 7)
    go(room, "guarantee_topped_up")

    assert room.clocks("A1")["guarantee_top_up"].stopped_at is not None


# -- settlement ------------------------------------------------------------------


def test_instalments_on_days_that_are_over_are_refused(room: Room) -> None:
    go(room, *TO_COORDINATION)

    with pytest.raises(RefusedError, match="lies in the past"):
        go(
            room,
            "settlement_agreed",
            settlement_agreed={"instalments": [{"due_on": "2026-11-22", "amount": "18000.00"}]},
        )


@pytest.mark.parametrize("payer", ["investors", "constructor", "employer"])
def test_only_who_has_to_pay_by_the_findings_is_a_settlement_s_payer(room: Room, payer: str) -> None:
    go(room, *TO_COORDINATION)

    with pytest.raises(RefusedError, match="does not have to pay, but: general_contractor, subcontractor"):
        go(room, "settlement_agreed", settlement_agreed={"payer": payer})
    go(room, "settlement_agreed", settlement_agreed={"payer": "subcontractor"})

    assert room.state("A1") == "settlement_performing"


def test_a_settlement_is_not_broken_before_something_of_it_fell_due(room: Room) -> None:
    parts = [{"due_on": "2026-12-01", "amount": "4000.00"}, {"due_on": "2027-02-01", "amount": "14000.00"}]
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"instalments": parts})
    with pytest.raises(RefusedError, match="nothing that fell due is unpaid \\(next: 2026-12-01\\)"):
        go(room, "settlement_breached")
    room.pass_time(timedelta(days=8))
    go(room, "settlement_breached")

    assert room.state("A1") == "settlement_broken"


def test_nobody_has_worked_until_before_he_began(room: Room) -> None:
    backwards = {"worked_from": "2026-02-28", "worked_until": "2026-02-27"}
    go(room, "case_accepted", "contact_made")
    for trigger in ("claim_registered", "claim_amended"):
        with pytest.raises(ValidationError, match="before its start"):
            go(room, trigger, **{trigger: backwards})
        go(room, trigger)

    rows = [{**example(schemas.Roster)["rows"][0], "entered_on": "2026-02-28", "left_on": "2026-02-27"}]
    with pytest.raises(ValidationError, match="before the entry"):
        go(room, "roster_verified", roster_verified={"rows": rows})


def test_an_instalment_that_is_late_is_warned_of_before_the_last_one(room: Room) -> None:
    parts = [{"due_on": "2026-12-01", "amount": "4000.00"}, {"due_on": "2027-02-01", "amount": "14000.00"}]
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"instalments": parts})
    room.pass_time(timedelta(days=8))
    assert "instalment_late" not in codes(room)

    room.pass_time(timedelta(days=1))
    assert "instalment_late" in codes(room)
    go(room, "payment_recorded", payment_recorded=PART)

    assert "instalment_late" not in codes(room)


def test_arrears_that_nobody_disputes_may_go_for_a_payment_order_without_an_agreement(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match="no settlement"):
        go(room, "payment_order_applied", payment_order_applied={"ground": "settlement_broken"})

    go(room, "payment_order_applied", "payment_order_failed")

    assert room.state("A1") == "coordinated"


# -- arbitration and courts --------------------------------------------------------

IOU = [{"kind": "iou", "given_by": "worker"}]
NO_IOU = [{"kind": "attendance", "given_by": "worker"}]


@pytest.mark.parametrize(
    ("items", "ground", "allowed"),
    [
        (IOU, "iou", True),
        (NO_IOU, "iou", False),
        (IOU, "settlement_broken", False),
        (IOU, "against_award", False),
        (IOU, "not_accepted", False),
        (IOU, "no_award_in_time", False),
        (IOU, "award_set_aside", False),
    ],
)
def test_arbitration_comes_before_a_lawsuit_but_for_an_iou(
    room: Room, items: list[dict[str, Any]], ground: str, *, allowed: bool
) -> None:
    go(room, *TO_COORDINATION, evidence_packed={"items": items})

    if allowed:
        go(room, "lawsuit_filed", lawsuit_filed={"ground": ground})
    else:
        with pytest.raises(RefusedError, match="arbitration comes first"):
            go(room, "lawsuit_filed", lawsuit_filed={"ground": ground})

    assert room.state("A1") == ("sued" if allowed else "coordinated")


def test_what_the_commission_declines_may_be_sued_for_or_handed_to_the_inspection(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_declined")
    assert room.state("A1") == "coordinated"
    assert room.clocks("A1")["arbitration_acceptance"].stopped_at is not None

    go(room, "lawsuit_filed", lawsuit_filed={"ground": "not_accepted"})

    assert room.state("A1") == "sued"


def test_a_commission_is_silent_after_five_working_days_and_not_before(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration")
    assert due(room, "arbitration_acceptance") == date(2026, 11, 30)
    room.pass_time(timedelta(days=6))
    with pytest.raises(RefusedError, match="arbitration comes first"):
        go(room, "lawsuit_filed", lawsuit_filed={"ground": "not_accepted"})
    room.pass_time(timedelta(days=2))

    go(room, "lawsuit_filed", lawsuit_filed={"ground": "not_accepted"})

    assert room.state("A1") == "sued"


def test_against_an_award_one_sues_within_fifteen_days_of_its_receipt(room: Room) -> None:
    big = {"items": [{"item": "wages", "amount": "30000.00"}]}
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", award_made=big)
    assert due(room, "award_appeal") == date(2026, 12, 8)
    assert "award_setting_aside" not in room.clocks("A1")
    assert "enforcement_application" not in room.clocks("A1")

    room.pass_time(timedelta(days=16))

    with pytest.raises(RefusedError, match="arbitration comes first"):
        go(room, "lawsuit_filed", lawsuit_filed={"ground": "against_award"})
    assert due(room, "enforcement_application") == date(2028, 12, 11)


def test_a_final_award_may_be_enforced_at_once_and_set_aside_within_thirty_days(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")
    assert due(room, "award_setting_aside") == date(2026, 12, 23)
    assert due(room, "enforcement_application") == date(2028, 11, 23)
    room.pass_time(timedelta(days=16))
    assert due(room, "enforcement_application") == date(2028, 11, 23)
    go(room, "enforcement_applied", "award_set_aside")
    assert room.state("A1") == "coordinated"
    assert due(room, "lawsuit_after_setting_aside") == date(2026, 12, 24)

    go(room, "lawsuit_filed", lawsuit_filed={"ground": "award_set_aside"})

    assert room.clocks("A1")["lawsuit_after_setting_aside"].stopped_at is not None


def test_an_award_that_is_not_final_is_not_set_aside(room: Room) -> None:
    big = {"items": [{"item": "wages", "amount": "30000.00"}]}
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", award_made=big)

    with pytest.raises(RefusedError, match="only a final award"):
        go(room, "award_set_aside")


def test_an_award_can_t_be_received_before_it_is_made(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted")

    with pytest.raises(RefusedError, match="2026-11-19 lies before 2026-11-20"):
        go(room, "award_made", award_made={"made_on": "2026-11-20", "received_on": "2026-11-19"})


def test_an_award_from_before_the_upgrade_takes_effect_and_opens_its_enforcement(room: Room) -> None:
    big = {"items": [{"item": "wages", "amount": "30000.00"}]}
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", award_made=big)
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {name: kept for name, kept in case.details.items() if not name.startswith("appeal_")}

    room.pass_time(timedelta(days=30))

    assert not room.parked()
    assert room.case("A1").details["award_in_effect"] is True
    assert room.clocks("A1")["enforcement_application"].state == "running"


def test_who_has_a_final_award_enforced_has_no_time_to_sue_that_still_runs(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", "enforcement_applied")

    assert room.clocks("A1")["award_appeal"].state == "stopped"
    assert room.clocks("A1")["award_setting_aside"].state == "running"


def test_when_a_court_ends_the_payment_order_upon_a_settlement_the_workers_sue_upon_it(room: Room) -> None:
    upon = {"payment_order_applied": {"ground": "settlement_broken"}}
    broken = ("settlement_agreed", "settlement_breached")
    go(room, *TO_COORDINATION, *broken, "payment_order_applied", "payment_order_failed", **upon)
    assert room.state("A1") == "coordinated"

    go(room, "lawsuit_filed", lawsuit_filed={"ground": "settlement_broken"})

    assert room.state("A1") == "sued"


def test_a_payment_order_upon_arrears_that_ends_opens_no_lawsuit_upon_a_settlement(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_order_applied", "payment_order_failed")

    with pytest.raises(RefusedError, match="arbitration comes first"):
        go(room, "lawsuit_filed", lawsuit_filed={"ground": "settlement_broken"})


# -- the list of wage defaulters ---------------------------------------------------


@pytest.fixture
def disobeyed(room: Room) -> Room:
    """Return a room in which an order to pay was not obeyed, at the end of 2026."""
    go(room, *TO_ORDER)
    room.pass_time(NEW_YEAR - room.now)
    assert room.state("A1") == "compensation_due"
    return room


def test_only_serious_arrears_are_proposed_for_the_list(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="which serious harm"):
        go(disobeyed, "blacklisting_proposed", blacklisting_proposed={"harm": " "})
    with pytest.raises(RefusedError, match="does not reach the sums"):
        go(disobeyed, "blacklisting_proposed", blacklisting_proposed={"ground": "crime_amount"})


def test_nobody_is_listed_without_a_proposal_nor_before_the_days_to_object_are_over(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="no proposal"):
        go(disobeyed, "blacklisted")
    go(disobeyed, "blacklisting_proposed")

    # Told on Thursday 2026-12-24: five working days end with Thursday 2026-12-31.
    for objection in ("none", "dismissed"):
        told = "2026-12-24" if objection == "none" else "2026-12-31"
        with pytest.raises(RefusedError, match="may object until"):
            go(disobeyed, "blacklisted", blacklisted={"told_on": told, "objection": objection})
    go(disobeyed, "blacklisted", blacklisted={"told_on": "2026-12-23"})

    assert disobeyed.case("A1").details["blacklist"]["general_contractor"]["until"] == "2029-12-31"
    assert due(disobeyed, "blacklist") == date(2029, 12, 31)


def test_a_proposal_that_is_declined_lists_nobody(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed", "blacklisting_declined")

    with pytest.raises(RefusedError, match="no proposal"):
        go(disobeyed, "blacklisted")
    with pytest.raises(RefusedError, match="nobody is listed"):
        go(disobeyed, "blacklist_removed")


def test_a_payer_that_is_listed_or_proposed_is_not_proposed_again_and_stays_listed(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed")
    with pytest.raises(RefusedError, match="waits for its decision"):
        go(disobeyed, "blacklisting_proposed")
    go(disobeyed, "blacklisted", blacklisted={"told_on": "2026-12-01"})
    with pytest.raises(RefusedError, match="listed already"):
        go(disobeyed, "blacklisting_proposed")

    go(disobeyed, "blacklist_removed")
    go(disobeyed, "blacklisting_proposed")

    assert disobeyed.case("A1").details["blacklist"]["general_contractor"]["stands"] == "proposed"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"told_on": "2021-11-01", "decided_on": "2021-12-01"}, "no row of clock"),
        ({"told_on": "9999-12-31"}, "9000"),
    ],
)
def test_a_listing_on_a_day_that_no_time_is_counted_from_is_refused(
    disobeyed: Room, form: dict[str, str], said: str
) -> None:
    go(disobeyed, "blacklisting_proposed")

    with pytest.raises((RefusedError, ValidationError), match=said):
        go(disobeyed, "blacklisted", blacklisted=form)

    assert disobeyed.case("A1").details["blacklist"]["general_contractor"]["stands"] == "proposed"


def test_early_removal_for_a_payment_beyond_the_calendar_is_refused(disobeyed: Room) -> None:
    listed_and_paid(disobeyed)

    with pytest.raises(ValidationError, match="9000"):
        go(disobeyed, "removal_requested", removal_requested={"corrected_on": "9999-12-31"})


def listed_and_paid(room: Room) -> None:
    """List the payer, have the wages paid, and close the appeal."""
    go(room, "blacklisting_proposed", "blacklisted", blacklisted={"told_on": "2026-12-01"})
    with pytest.raises(RefusedError, match=r"18000\.00 yuan are still owed"):
        go(room, "removal_requested")
    go(room, "payment_verified", "contact_made")
    assert due(room, "blacklist") == date(2029, 12, 31)
    go(room, "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "rated"})
    assert room.state("A1") == "closed"


def test_the_listed_payer_may_be_removed_half_a_year_after_it_has_paid_and_promised(disobeyed: Room) -> None:
    listed_and_paid(disobeyed)
    paid = {"corrected_on": "2026-12-31"}
    with pytest.raises(RefusedError, match="from 2027-06-30"):
        go(disobeyed, "removal_requested", removal_requested=paid)
    with pytest.raises(RefusedError, match="not asked for"):
        go(disobeyed, "blacklist_removed", blacklist_removed={"ground": "early"})
    disobeyed.pass_time(timedelta(days=181))
    for missing in ("promised", "no_new_arrears"):
        with pytest.raises(RefusedError, match="promised"):
            go(disobeyed, "removal_requested", removal_requested={**paid, missing: False})

    go(
        disobeyed,
        "removal_requested",
        "blacklist_removed",
        removal_requested=paid,
        blacklist_removed={"ground": "early"},
    )

    assert disobeyed.state("A1") == "closed"
    assert disobeyed.case("A1").details["blacklist"]["general_contractor"]["stands"] == "removed"


def test_after_three_years_the_list_is_over_and_that_is_warned_of_until_it_is_recorded(disobeyed: Room) -> None:
    listed_and_paid(disobeyed)
    with pytest.raises(RefusedError, match="until 2029-12-31"):
        go(disobeyed, "blacklist_removed", blacklist_removed={"ground": "time_over"})
    assert "blacklist_over" not in codes(disobeyed)
    disobeyed.pass_time(timedelta(days=3 * 365 + 2))
    assert "blacklist_over" in codes(disobeyed)

    go(disobeyed, "blacklist_removed", blacklist_removed={"ground": "time_over"})

    assert "blacklist_over" not in codes(disobeyed)


def test_who_is_with_the_police_is_not_removed_early(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed", "blacklisted", "crime_transferred", "payment_verified")

    with pytest.raises(RefusedError, match="the police have the case"):
        go(disobeyed, "removal_requested")


TO_SUBCONTRACTOR = {"payer": "subcontractor"}


def test_the_next_liable_party_is_ordered_too_while_the_first_does_not_pay(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="ordered already"):
        go(disobeyed, "payment_ordered")

    go(disobeyed, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)

    assert disobeyed.state("A1") == "ordered_to_pay"
    assert [order["payer"] for order in disobeyed.case("A1").details["orders"]] == [
        "general_contractor",
        "subcontractor",
    ]


def test_nobody_is_proposed_for_the_list_to_whom_no_order_went_or_whose_time_is_not_over(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="no order to pay went to this party"):
        go(disobeyed, "blacklisting_proposed", blacklisting_proposed=TO_SUBCONTRACTOR)
    go(disobeyed, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)
    with pytest.raises(RefusedError, match="its time is not over"):
        go(disobeyed, "blacklisting_proposed", blacklisting_proposed=TO_SUBCONTRACTOR)

    go(disobeyed, "blacklisting_proposed")

    assert [*disobeyed.case("A1").details["blacklist"]] == ["general_contractor"]


def test_a_second_payer_that_refuses_is_listed_beside_the_first_and_each_is_taken_off_alone(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed", "blacklisted", blacklisted={"told_on": "2026-12-01"})
    go(disobeyed, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)
    disobeyed.pass_time(timedelta(days=8))
    second = dict.fromkeys(("blacklisting_proposed", "blacklisted", "blacklist_removed"), TO_SUBCONTRACTOR)
    go(
        disobeyed,
        "blacklisting_proposed",
        "blacklisted",
        **second | {"blacklisted": {"told_on": "2026-12-29"} | TO_SUBCONTRACTOR},
    )
    assert due(disobeyed, "blacklist") == date(2030, 1, 8)
    disobeyed.pass_time(timedelta(days=3 * 365 - 5))
    assert codes(disobeyed).count("blacklist_over") == 1

    go(disobeyed, "blacklist_removed", **second)

    listed = disobeyed.case("A1").details["blacklist"]
    assert {payer: row["stands"] for payer, row in listed.items()} == {
        "general_contractor": "listed",
        "subcontractor": "removed",
    }
    assert due(disobeyed, "blacklist") == date(2029, 12, 31)
    go(disobeyed, "blacklist_removed")
    assert disobeyed.clocks("A1")["blacklist"].stopped_at is not None


def test_a_listing_from_when_a_case_could_list_one_payer_only_is_still_known(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed", "blacklisted", blacklisted={"told_on": "2026-12-01"})
    with disobeyed.database.write() as session:
        case = session.scalars(select(Case)).one()
        kept = {name: value for name, value in case.details.items() if name not in ("orders", "listed_since")}
        case.details = {**kept, "blacklist": kept["blacklist"]["general_contractor"]}
    with pytest.raises(RefusedError, match="listed already"):
        go(disobeyed, "blacklisting_proposed")

    go(disobeyed, "blacklist_removed")

    assert disobeyed.case("A1").details["blacklist"]["general_contractor"]["stands"] == "removed"


# -- the police, the court, and back again -------------------------------------------


def test_the_police_that_do_not_answer_are_asked_and_the_wages_may_still_come(disobeyed: Room) -> None:
    go(disobeyed, "crime_transferred")
    disobeyed.pass_time(timedelta(days=8))
    assert disobeyed.state("A1") == "crime_overdue"
    go(disobeyed, "police_asked", "police_filed")
    disobeyed.pass_time(timedelta(days=60))

    go(disobeyed, "payment_verified")

    assert disobeyed.state("A1") == "paid"


def test_what_the_police_decline_comes_back_to_where_the_decision_stands(disobeyed: Room) -> None:
    go(disobeyed, "crime_transferred")
    with pytest.raises(RefusedError, match="no decision yet"):
        go(disobeyed, "police_declined_after_decision")
    go(disobeyed, "police_declined", "compensation_ordered", "crime_transferred")
    with pytest.raises(RefusedError, match="a decision was made"):
        go(disobeyed, "police_declined")

    go(disobeyed, "police_declined_after_decision")

    assert disobeyed.state("A1") == "enforcement_due"
    assert disobeyed.case("A1").details["crime_transferred"] is None


def test_the_court_goes_on_enforcing_while_the_police_have_the_case(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied")

    go(disobeyed, "crime_transferred")

    assert disobeyed.state("A1") == "court_enforcing"
    assert disobeyed.clock("A1", "enforcement_follow_up").stopped_at is None


def test_the_authority_asks_the_court_within_three_months_after_the_time_to_sue(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", compensation_ordered={"served_on": "2026-12-30"})

    # Six months to sue end on 2027-06-30 (行政诉讼法 46), three more to ask the court (行政强制法 53).
    assert due(disobeyed, "court_application") == date(2027, 9, 30)
    assert "court_too_early" in codes(disobeyed)
    disobeyed.pass_time(timedelta(days=183))
    assert "court_too_early" not in codes(disobeyed)
    go(disobeyed, "enforcement_applied")
    assert disobeyed.clock("A1", "court_application").stopped_at is not None


def test_a_lawsuit_comes_back_with_its_judgment_which_is_enforced_when_nobody_appeals(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed")
    room.pass_time(timedelta(days=100))
    assert room.state("A1") == "sued_overdue"
    go(room, "court_asked", "judgment_made", judgment_made={"kind": "first_instance"})
    assert due(room, "judgment_appeal") == date(2027, 3, 18)
    with pytest.raises(RefusedError, match="the time to appeal"):
        go(room, "enforcement_applied")
    room.pass_time(timedelta(days=16))
    assert due(room, "enforcement_application") == date(2029, 3, 19)
    with pytest.raises(RefusedError, match="no appeal is open"):
        go(room, "judgment_appealed")

    go(room, "enforcement_applied", "payment_verified", "concluded", enforcement_applied={"ground": "judgment"})

    assert room.case("A1").details["ended_as"] == "judged"


def test_a_judgment_that_is_appealed_goes_to_the_second_instance_whose_word_is_the_last(room: Room) -> None:
    first = {"judgment_made": {"kind": "first_instance"}}
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made", "judgment_appealed", **first)
    assert room.state("A1") == "sued"
    assert room.clocks("A1")["judgment_appeal"].stopped_at is not None

    go(room, "judgment_made", "enforcement_applied", judgment_made={"kind": "second_instance"})

    assert room.state("A1") == "court_enforcing"


@pytest.mark.parametrize(
    ("trigger", "state"), [("lawsuit_dismissed", "judgment_refused"), ("lawsuit_withdrawn", "coordinated")]
)
def test_a_lawsuit_that_fails_leaves_nobody_stranded(room: Room, trigger: str, state: str) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", trigger)

    assert room.state("A1") == state
    assert room.clocks("A1")["lawsuit_follow_up"].stopped_at is not None


def test_enforcement_that_found_nothing_goes_on_when_something_is_found(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied", "enforcement_ended")
    assert disobeyed.state("A1") == "partly_paid"

    go(disobeyed, "enforcement_resumed")

    assert disobeyed.state("A1") == "court_enforcing"
    assert disobeyed.clock("A1", "enforcement_follow_up").state == "running"


def test_what_is_handed_on_leaves_the_time_of_whoever_has_it_now_behind_its_reply_and_no_other(
    disobeyed: Room,
) -> None:
    go(disobeyed, "compensation_ordered", "crime_transferred", "concluded_as_handed_on")

    assert {name for name, clock in disobeyed.clocks("A1").items() if clock.stopped_at is None} == {"police_answer"}


# -- sums that take the roster's place, and the county's fund --------------------------

LESS = [{"number": 1, "amount": "9000.00", "signed": True}, {"number": 2, "amount": "8000.00", "signed": True}]


def test_the_sums_of_an_award_take_the_place_of_the_roster_s(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match="no award that has taken effect"):
        go(room, "sums_fixed", sums_fixed={"ground": "award", "rows": LESS})
    items = [{"item": "wages", "amount": "17000.00"}]
    go(room, "referred_to_arbitration", "arbitration_accepted", "award_made", award_made={"items": items})
    for rows in (LESS[:1], [*LESS, LESS[0]], [*LESS, {"number": 3, "amount": "1.00"}]):
        with pytest.raises(RefusedError, match="one line for each worker"):
            go(room, "sums_fixed", sums_fixed={"ground": "award", "rows": rows})

    for rows in ([{**LESS[0], "amount": "0.00"}, LESS[1]], [{**LESS[0], "amount": "9000.01"}, LESS[1]]):
        with pytest.raises(RefusedError, match=r"are not the 17000\.00 yuan awarded"):
            go(room, "sums_fixed", sums_fixed={"ground": "award", "rows": rows})

    go(room, "sums_fixed", sums_fixed={"ground": "award", "rows": LESS})

    rows = [{**row, "amount": fixed["amount"]} for row, fixed in zip(ALL["rows"], LESS, strict=True)]
    go(room, "payment_verified", payment_verified={"rows": rows})
    assert room.state("A1") == "paid"


def test_what_was_paid_before_an_award_may_be_in_the_sums_or_not(room: Room) -> None:
    items = [{"item": "wages", "amount": "13000.00"}]
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded=PART)
    go(room, "referred_to_arbitration", "arbitration_accepted", "award_made", award_made={"items": items})

    go(room, "sums_fixed", sums_fixed={"ground": "award", "rows": LESS})

    assert debts.unpaid(room.case("A1")) == 13000


def test_an_award_that_may_still_be_sued_against_fixes_nothing_and_one_set_aside_no_longer(room: Room) -> None:
    items = [{"item": "wages", "amount": "17000.00"}]
    low = {"items": items, "monthly_minimum_wage": "1000.00"}
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", award_made=low)
    with pytest.raises(RefusedError, match="no award that has taken effect"):
        go(room, "sums_fixed", sums_fixed={"ground": "award", "rows": LESS})
    room.act("A1", "lawsuit_filed", {**example(schemas.Lawsuit, at=room.now), "ground": "against_award"})
    assert room.case("A1").details.get("sums") is None


def test_the_sums_of_an_award_that_is_set_aside_count_no_longer(room: Room) -> None:
    items = [{"item": "wages", "amount": "17000.00"}]
    go(
        room,
        *TO_COORDINATION,
        "referred_to_arbitration",
        "arbitration_accepted",
        "award_made",
        award_made={"items": items},
    )
    go(room, "sums_fixed", sums_fixed={"ground": "award", "rows": LESS})

    go(room, "award_set_aside")

    assert debts.unpaid(room.case("A1")) == 18000


def test_a_court_is_asked_to_enforce_only_what_is_there(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered")

    for ground in ("award", "judgment", "payment_order"):
        with pytest.raises(RefusedError, match=f"no {ground} that has taken effect"):
            go(disobeyed, "enforcement_applied", enforcement_applied={"ground": ground})


@pytest.mark.parametrize("decision", ["compensation_ordered", "decided_without_compensation"])
def test_the_application_to_the_court_names_the_decision_and_not_the_order_before_it(
    disobeyed: Room, decision: str
) -> None:
    go(disobeyed, decision, "enforcement_applied", **{decision: {"document_number": "示例决字第7号"}})

    table = disobeyed.blueprint.papers.c
    with disobeyed.database.read() as session:
        [text] = session.scalars(select(table.text).where(table.name == "enforcement_application"))
    assert "示例决字第7号" in text


def test_the_county_s_fund_may_be_asked_again_and_both_grants_count(room: Room) -> None:
    go(room, *TO_COORDINATION, "fund_asked", "fund_answered")
    go(room, "payment_recorded", payment_recorded={**PART, "source": "emergency_fund"})
    with pytest.raises(RefusedError, match="waits for an answer"):
        go(room, "fund_answered")
    go(room, "fund_asked", "fund_answered", fund_answered={"amount": "3000.00"})

    go(room, "payment_recorded", payment_recorded={**PART, "source": "emergency_fund"})

    assert debts.fund_left(room.case("A1")) == 8000


def test_workers_who_agree_to_less_sign_each_for_himself_and_that_is_warned_of(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match="each worker signs for himself: 1"):
        go(room, "sums_fixed", sums_fixed={"rows": [{**LESS[0], "signed": False}, LESS[1]]})

    go(room, "sums_fixed", sums_fixed={"rows": LESS})

    assert "sums_given_up" in codes(room)
    with pytest.raises(RefusedError, match=r"owed are 17000\.00"):
        go(room, "settlement_agreed")


def test_what_the_county_s_fund_advances_is_to_be_recovered_also_when_the_appeal_is_closed(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match="waits for an answer"):
        go(room, "fund_answered")
    go(room, "fund_asked", "fund_answered")
    advance = {**PART, "source": "emergency_fund"}
    with pytest.raises(RefusedError, match=r"5000\.00 yuan were granted"):
        go(room, "payment_recorded", payment_recorded={"source": "emergency_fund", "rows": ALL["rows"]})
    go(room, "payment_recorded", payment_recorded=advance)
    rest = [{**ALL["rows"][0], "amount": "6000.00"}, ALL["rows"][1]]
    go(room, "payment_verified", "concluded", payment_verified={"rows": rest})
    assert "fund_to_recover" in codes(room)
    with pytest.raises(RefusedError, match=r"to recover 4000\.00"):
        go(room, "fund_recovered")

    go(room, "fund_recovered", fund_recovered={"amount": "4000.00"})

    assert "fund_to_recover" not in codes(room)


# -- how it ended ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "result"),
    [
        ((*TO_COORDINATION, "payment_verified"), "paid_full"),
        ((*TO_COORDINATION, "settlement_agreed", "payment_verified"), "agreed"),
        ((*TO_ORDER, "payment_verified"), "ordered"),
        (
            (*TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", "payment_verified"),
            "arbitrated",
        ),
        ((*TO_COORDINATION, "lawsuit_filed"), "sued"),
        (("case_accepted", "contact_made", "found_not_wages"), "not_wage"),
        (("case_accepted", "contact_made", "claim_registered", "claim_found_unfounded"), "unfounded"),
    ],
)
def test_how_a_claim_came_to_its_end_is_kept(room: Room, way: tuple[str, ...], result: str) -> None:
    go(room, *way)
    [step] = [step for step in WAGE_RECOVERY.steps_from(room.state("A1")) if step.target == "concluded"]
    go(room, step.trigger)

    assert room.case("A1").details["ended_as"] == result


def test_an_advance_out_of_the_county_s_fund_is_told_apart(room: Room) -> None:
    go(room, *TO_COORDINATION)
    from_fund = {**ALL, "source": "emergency_fund"}
    with pytest.raises(RefusedError, match=r"0\.00 yuan were granted"):
        go(room, "payment_verified", payment_verified=from_fund)
    go(room, "fund_asked", "fund_answered", fund_answered={"amount": "18000.00"})
    go(room, "payment_verified", "concluded", payment_verified=from_fund)

    assert room.case("A1").details["ended_as"] == "emergency_advance"


# -- judicial confirmation (人民调解法 33) ---------------------------------------------

AGREED = (*TO_COORDINATION, "mediation_started", "settlement_agreed")


def test_a_settlement_is_confirmed_on_both_sides_joint_application_only(room: Room) -> None:
    go(room, *AGREED)
    assert due(room, "judicial_confirmation") == date(2026, 12, 23)

    with pytest.raises(RefusedError, match="both sides must apply jointly"):
        go(room, "confirmation_applied", confirmation_applied={"payer_applies": False})

    go(room, "confirmation_applied")
    assert room.state("A1") == "confirmation_pending"
    assert room.clocks("A1")["judicial_confirmation"].stopped_at is not None


def test_confirmation_is_applied_for_within_thirty_days_of_the_settlement_s_effect(tmp_path: Any) -> None:
    # The thirtieth day is 2022-10-01: it rolls to 10-08, a make-up Saturday.
    room = started(tmp_path, datetime(2022, 9, 10, 1, 0, tzinfo=UTC))
    go(room, *AGREED, settlement_agreed={"effective_on": "2022-09-01"})
    room.pass_time(timedelta(days=28))
    with pytest.raises(RefusedError, match="and 2022-10-08"):
        go(room, "confirmation_applied", confirmation_applied={"applied_on": "2022-08-31"})
    go(room, "confirmation_applied")

    again = tmp_path / "again"
    again.mkdir()
    late = started(again, datetime(2022, 9, 10, 1, 0, tzinfo=UTC))
    go(late, *AGREED, settlement_agreed={"effective_on": "2022-09-01"})
    late.pass_time(timedelta(days=29))
    with pytest.raises(RefusedError, match="and 2022-10-08"):
        go(late, "confirmation_applied")
    assert late.clocks("A1")["judicial_confirmation"].stopped_at is not None


def test_a_confirmed_settlement_that_is_broken_is_enforced_and_another_is_not(room: Room) -> None:
    go(room, *AGREED, "settlement_breached")
    with pytest.raises(RefusedError, match="no court has confirmed"):
        go(room, "enforcement_applied", enforcement_applied={"ground": "confirmed_settlement"})
    assert "enforcement_application" not in room.clocks("A1")


def test_the_court_s_confirmation_makes_a_settlement_enforceable_for_two_years(room: Room) -> None:
    go(room, *AGREED, "confirmation_applied", "confirmation_accepted", "settlement_confirmed")
    assert room.state("A1") == "settlement_performing"
    with pytest.raises(RefusedError, match="confirmed already"):
        go(room, "confirmation_applied")

    go(room, "settlement_breached")
    # From the last instalment, the last day of 2026; two years later lie the holidays of the new year.
    assert date(2029, 1, 1) <= due(room, "enforcement_application") <= date(2029, 1, 3)
    go(room, "enforcement_applied")

    assert room.state("A1") == "court_enforcing"
    assert room.case("A1").details["enforcement_applied"]["ground"] == "confirmed_settlement"
    assert [one["confirmed"] for one in room.told("confirmation_decided.v1")] == [True]


def test_the_court_decides_on_confirmation_within_three_and_fifteen_days_or_is_asked(room: Room) -> None:
    go(room, *AGREED, "confirmation_applied")
    assert due(room, "confirmation_acceptance") == date(2026, 11, 26)
    go(room, "confirmation_accepted")
    assert due(room, "confirmation_review") == date(2026, 12, 8)
    room.pass_time(timedelta(days=16))
    assert room.state("A1") == "confirmation_overdue"

    go(room, "court_asked")

    assert room.state("A1") == "confirmation_pending"
    assert due(room, "follow_up") == date(2026, 12, 16)


def test_an_instalment_that_is_late_is_warned_of_while_the_court_looks_at_the_settlement(room: Room) -> None:
    parts = [{"due_on": "2026-11-30", "amount": "8000.00"}, {"due_on": "2027-01-31", "amount": "10000.00"}]
    go(room, *AGREED, "confirmation_applied", settlement_agreed={"instalments": parts})
    assert "instalment_late" not in codes(room)
    room.pass_time(timedelta(days=8))

    assert "instalment_late" in codes(room)
    room.pass_time(timedelta(days=90))
    go(room, "confirmation_withdrawn")
    room.pass_time(timedelta(minutes=1))
    assert room.state("A1") == "settlement_broken"


@pytest.mark.parametrize(
    ("trigger", "state"),
    [
        ("settlement_goes_on", "settlement_performing"),
        ("settlement_agreed", "settlement_performing"),
        ("mediation_started", "mediating"),
        ("referred_to_arbitration", "arbitration_pending"),
        ("referred_to_inspection", "inspection_pending"),
        ("lawsuit_filed", "sued"),
        ("payment_verified", "paid"),
    ],
)
def test_a_settlement_that_the_court_refuses_to_confirm_leaves_every_way_open(
    room: Room, trigger: str, state: str
) -> None:
    go(room, *AGREED, "confirmation_applied", "confirmation_refused")

    go(room, trigger, lawsuit_filed={"ground": "confirmation_refused"})

    assert room.state("A1") == state
    assert [one["confirmed"] for one in room.told("confirmation_decided.v1")] == [False]
    runs = room.clocks("A1")["settlement"].stopped_at is None
    assert runs is (state == "settlement_performing")


# -- an order that is revoked ------------------------------------------------------------


def test_a_payer_is_ordered_anew_after_its_order_was_revoked_and_every_time_begins_again(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered")
    first = due(disobeyed, "court_application")
    disobeyed.pass_time(timedelta(days=30))

    go(disobeyed, "order_revoked")

    assert disobeyed.state("A1") == "decision_pending"
    assert [one["revoked_by"] for one in disobeyed.told("order_revoked.v1")] == ["reconsideration"]
    assert disobeyed.clock("A1", "court_application").stopped_at is not None
    assert due(disobeyed, "inspection_decision") == date(2027, 2, 23)
    kept = disobeyed.case("A1").details
    assert (kept["order"], kept["compensation_order"], kept["unpaid"]) == (None, None, None)
    with pytest.raises(RefusedError, match="served after the revocation"):
        go(disobeyed, "payment_ordered", payment_ordered={"served_on": "2027-01-01"})

    go(disobeyed, "payment_ordered")
    # Seven days end with Saturday 2027-02-06, in the Spring Festival.
    assert due(disobeyed, "order_to_pay") == date(2027, 2, 9)
    assert due(disobeyed, "order_reconsideration") == date(2027, 3, 31)
    with pytest.raises(RefusedError, match="ordered already"):
        go(disobeyed, "payment_ordered")
    disobeyed.pass_time(timedelta(days=12))
    assert disobeyed.state("A1") == "compensation_due"
    go(disobeyed, "compensation_ordered")
    assert due(disobeyed, "court_application") > first


def test_what_never_stood_is_not_revoked_and_nothing_before_it_was_served(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="no order to pay stands"):
        go(disobeyed, "order_revoked", order_revoked=TO_SUBCONTRACTOR)
    with pytest.raises(RefusedError, match="served only after"):
        go(disobeyed, "order_revoked", order_revoked={"revoked_on": "2026-11-22"})
    go(disobeyed, "order_revoked")
    with pytest.raises(RefusedError, match="no order to pay went"):
        go(disobeyed, "payment_ordered", "blacklisting_proposed", payment_ordered=TO_SUBCONTRACTOR)


def test_where_another_payer_s_order_stands_the_claim_goes_on_by_it(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="no other order stands"):
        go(disobeyed, "order_revoked_others_stand")
    go(disobeyed, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)
    with pytest.raises(RefusedError, match="goes on by another order"):
        go(disobeyed, "order_revoked")

    go(disobeyed, "order_revoked_others_stand")

    assert disobeyed.state("A1") == "ordered_to_pay"
    assert disobeyed.case("A1").details["order"]["payer"] == "subcontractor"
    go(disobeyed, "payment_ordered")
    assert disobeyed.case("A1").details["order"]["payer"] == "general_contractor"


def test_a_court_that_enforces_an_award_goes_on_when_an_order_is_revoked_and_one_that_enforces_it_does_not(
    disobeyed: Room,
) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied")

    go(disobeyed, "order_revoked")

    assert disobeyed.state("A1") == "decision_pending"
    assert disobeyed.clock("A1", "enforcement_follow_up").stopped_at is not None


def test_a_complaint_that_came_in_time_is_not_barred_when_its_order_is_revoked_years_later(disobeyed: Room) -> None:
    disobeyed.pass_time(timedelta(days=3 * 365))
    go(disobeyed, "order_revoked", "payment_ordered")

    assert disobeyed.state("A1") == "ordered_to_pay"


def test_the_year_for_arbitration_begins_anew_with_the_complaint_and_each_order_on_file(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection")
    room.pass_time(timedelta(days=30))
    go(room, "inspection_declined")
    asked = {"employment_ended_on": "2025-11-30", "last_claimed_on": None}

    go(room, "referred_to_arbitration", referred_to_arbitration=asked)

    # The complaint of 2026-11-23 came within the year that ended on 2026-11-30.
    assert room.case("A1").details["arbitration_until"] == "2027-11-23"
    assert "arbitration_late" not in codes(room)


def test_a_listing_without_an_order_that_stands_is_warned_of(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed")
    assert "listed_without_order" not in codes(disobeyed)

    go(disobeyed, "order_revoked")

    assert "listed_without_order" in codes(disobeyed)


# -- what happens in court ------------------------------------------------------------------


def test_the_court_s_time_is_that_of_its_procedure_from_its_acceptance(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed")
    with pytest.raises(RefusedError, match="lies before"):
        go(room, "lawsuit_accepted", lawsuit_accepted={"accepted_on": "2026-11-22"})
    go(room, "lawsuit_accepted")
    assert due(room, "trial") == date(2027, 2, 23)
    assert room.clocks("A1")["lawsuit_follow_up"].stopped_at is not None
    go(room, "hearing_held", "hearing_held", hearing_held={"result": "adjourned"})
    room.pass_time(timedelta(days=95))
    assert room.state("A1") == "sued_overdue"
    go(room, "hearing_held", "judgment_made")

    assert room.state("A1") == "judged"
    assert len(room.case("A1").details["hearings"]) == 3
    assert room.clocks("A1")["trial"].stopped_at is not None


def test_a_lawsuit_that_is_partly_won_is_warned_of_until_its_sums_are_fixed(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made", judgment_made={"amount": "17000.00"})
    assert "partly_won" in codes(room)

    go(room, "sums_fixed", sums_fixed={"ground": "judgment", "rows": LESS})

    assert "partly_won" not in codes(room)
    assert debts.unpaid(room.case("A1")) == 17000


def test_a_lawsuit_that_is_wholly_won_is_not_warned_of(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made")

    assert "partly_won" not in codes(room)


def test_what_is_settled_before_the_court_takes_effect_at_once_and_can_t_be_appealed(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made", judgment_made={"kind": "court_settlement"})
    with pytest.raises(RefusedError, match="no appeal is open"):
        go(room, "judgment_appealed")

    go(room, "enforcement_applied")

    assert room.state("A1") == "court_enforcing"


FIRST = {"judgment_made": {"kind": "first_instance"}}


def test_an_appeal_that_is_withdrawn_lets_the_first_judgment_take_effect(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed")
    with pytest.raises(RefusedError, match="no appeal is pending"):
        go(room, "appeal_withdrawn")
    go(room, "judgment_made", "judgment_appealed", **FIRST)

    go(room, "appeal_withdrawn", "enforcement_applied")

    assert room.state("A1") == "court_enforcing"


def test_a_judgment_that_is_remanded_is_gone_and_the_first_instance_begins_again(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made", "judgment_appealed", **FIRST)

    go(room, "judgment_remanded")

    assert room.state("A1") == "sued"
    assert room.case("A1").details["judgment"] is None
    assert room.clocks("A1")["lawsuit_follow_up"].stopped_at is None
    with pytest.raises(RefusedError, match="no appeal is pending"):
        go(room, "judgment_remanded")
    go(room, "judgment_made", **FIRST)
    assert due(room, "judgment_appeal") == date(2026, 12, 8)


def test_preservation_belongs_to_the_trial_and_seizure_to_the_enforcement(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied")
    with pytest.raises(RefusedError, match="belong to arbitration and trial"):
        go(disobeyed, "court_measure_taken", court_measure_taken={"kind": "preservation"})

    go(disobeyed, "court_measure_taken", court_measure_taken={"kind": "consumption_limited"})

    assert len(disobeyed.case("A1").details["court_measures"]) == 1


ENFORCED = ("compensation_ordered", "enforcement_applied")
NEXT_MONTHS = [{"due_on": "2027-02-28", "amount": "10000.00"}, {"due_on": "2027-04-30", "amount": "8000.00"}]


def test_what_the_court_brings_in_is_paid_out_in_part_while_it_goes_on(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_filed")
    assert due(disobeyed, "enforcement_term") == date(2027, 6, 30)

    go(disobeyed, "payment_recorded", payment_recorded={**PART, "source": "court"})

    assert disobeyed.state("A1") == "court_enforcing"
    assert debts.unpaid(disobeyed.case("A1")) == 14000
    disobeyed.pass_time(timedelta(days=190))
    assert disobeyed.state("A1") == "enforcement_overdue"


def test_a_settlement_in_enforcement_that_is_broken_lets_the_court_go_on(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED)
    with pytest.raises(RefusedError, match="instalments come to"):
        go(disobeyed, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS[:1]})
    go(disobeyed, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS})
    assert disobeyed.clock("A1", "enforcement_follow_up").stopped_at is not None
    settling = "enforcement_settlement"
    assert [one.zh for one in disobeyed.clocks("A1").values() if one.name == settling] == [
        "履行执行和解协议（施工总承包单位，示例监察决字〔2026〕1号）"
    ]
    disobeyed.pass_time(timedelta(days=130))
    assert disobeyed.state("A1") == "partly_paid"
    assert "court_settlement_late" in codes(disobeyed)

    go(disobeyed, "enforcement_resumed")

    assert disobeyed.state("A1") == "court_enforcing"
    assert due(disobeyed, "enforcement_follow_up") == date(2027, 11, 10)


def test_after_enforcement_without_property_it_is_looked_for_every_half_year(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_ended")
    assert due(disobeyed, "property_search") == date(2027, 6, 30)
    go(disobeyed, "concluded_unpaid")
    disobeyed.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "satisfied"})
    disobeyed.pass_time(timedelta(days=181))
    assert "property_search" not in codes(disobeyed)
    disobeyed.pass_time(timedelta(days=1))
    assert "property_search" in codes(disobeyed)

    go(disobeyed, "property_searched")

    assert "property_search" not in codes(disobeyed)


def test_enforcement_that_ended_otherwise_asks_for_no_search(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_ended", enforcement_ended={"reason": "bankruptcy"})
    disobeyed.pass_time(timedelta(days=400))

    assert "property_search" not in disobeyed.clocks("A1")
    assert "property_search" not in codes(disobeyed)


def test_what_the_court_brings_in_after_the_reply_is_paid_out_and_told(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_ended", "concluded_unpaid")
    disobeyed.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "satisfied"})
    disobeyed.pass_time(timedelta(days=60))

    go(disobeyed, "enforcement_resumed", "payment_recorded", payment_recorded={**PART, "source": "court"})

    assert disobeyed.state("A1") == "closed"
    counted = {(row["name"], row["of"]): row["amount"] for row in disobeyed.told("case_recounted.v1")[-1]["figures"]}
    assert counted["recovered", "court"] == "4000"
    with pytest.raises(RefusedError, match="than is owed"):
        go(disobeyed, "payment_recorded", payment_recorded={"rows": ALL["rows"]})


def test_nothing_is_resumed_that_no_court_has_enforced(room: Room) -> None:
    go(room, *TO_COORDINATION, "claim_found_unfounded", "concluded_unpaid")

    with pytest.raises(RefusedError, match="no court was asked"):
        go(room, "enforcement_resumed")


# -- the county's fund over several rounds (条例 63) ---------------------------------------


def test_what_the_county_s_fund_advanced_stays_known_in_the_next_round_and_is_recovered(room: Room) -> None:
    go(room, *TO_COORDINATION, "fund_asked", "fund_answered")
    go(room, "payment_recorded", payment_recorded={**PART, "source": "emergency_fund"})
    go(room, "claim_found_unfounded", "concluded_unpaid")
    rework = {"reason": "还有工人没有拿到", "round": 2, "mechanism": "wage_recovery", "clocks": []}
    room.hear("feedback.rework_ordered.v1", "A1", rework)
    go(room, "rework_taken", *TO_COORDINATION[2:])

    case = room.case("A1")
    assert case.details["payments"] == []
    assert debts.fund_left(case) == 4000
    assert "fund_to_recover" in codes(room)
    # Of the first round's grant of 5000 only 1000 are left.
    with pytest.raises(RefusedError, match=r"1000\.00 are left"):
        go(room, "payment_recorded", payment_recorded={**PART, "source": "emergency_fund"})
    less = [dict(example(schemas.Payment)["rows"][0], amount="1000.00")]
    go(room, "payment_recorded", payment_recorded={"rows": less, "source": "emergency_fund"})
    with pytest.raises(RefusedError, match=r"to recover 5000\.00"):
        go(room, "fund_recovery_demanded", fund_recovery_demanded={"amount": "5000.01"})
    go(room, "fund_recovery_demanded", fund_recovery_demanded={"amount": "5000.00"})
    assert due(room, "fund_recovery") == date(2026, 12, 8)
    go(room, "fund_recovered", fund_recovered={"amount": "2000.00", "payer": "general_contractor"})

    assert debts.fund_left(room.case("A1")) == 3000
    assert room.told("fund_recovered.v1")[0]["amount"] == "2000.00"
    told = {(name, of): amount for name, of, amount in figures.counts(room.case("A1"))}
    assert (told["fund_advanced", ""], told["fund_recovered", ""]) == (5000, 2000)


def test_payments_after_one_that_was_doubted_are_warned_of_until_all_is_verified(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded=PART)
    assert "receipts_doubted" not in codes(room)
    go(room, "payment_doubted")
    assert "receipts_doubted" not in codes(room)

    go(room, "payment_recorded", payment_recorded=PART)
    assert "receipts_doubted" in codes(room)
    rest: list[Any] = [dict(ALL["rows"][0], amount="6000.00"), ALL["rows"][1]]
    go(room, "payment_verified", payment_verified={"rows": rest})

    assert "receipts_doubted" not in codes(room)


def test_a_demand_of_the_fund_runs_until_all_is_given_back(room: Room) -> None:
    go(room, *TO_COORDINATION, "fund_asked", "fund_answered", fund_answered={"amount": "5000.00"})
    advanced = {"rows": [dict(ALL["rows"][0], amount="5000.00")], "source": "emergency_fund"}
    go(room, "payment_recorded", "fund_recovery_demanded", payment_recorded=advanced)
    go(room, "fund_recovered", fund_recovered={"amount": "2000.00"})
    assert due(room, "fund_recovery") == date(2026, 12, 8)

    go(room, "fund_recovered", fund_recovered={"amount": "3000.00"})

    assert room.clocks("A1")["fund_recovery"].stopped_at is not None
    go(room, "payment_doubted")
    assert debts.fund_left(room.case("A1")) == 0
    assert "fund_to_recover" not in codes(room)
    with pytest.raises(RefusedError, match="nothing to recover"):
        go(room, "fund_recovered")


def test_what_was_verified_is_not_doubted_after_the_reply(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_verified", "concluded")

    with pytest.raises(RefusedError, match="takes a rework"):
        go(room, "payment_doubted")

    assert debts.unpaid(room.case("A1")) == 0


def test_the_last_word_takes_an_appeal_and_an_appeal_ends_in_it(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed")
    with pytest.raises(RefusedError, match="no appeal is pending"):
        go(room, "judgment_made", judgment_made={"kind": "second_instance"})
    go(room, "judgment_made", "judgment_appealed", **FIRST)

    with pytest.raises(RefusedError, match="an appeal is pending"):
        go(room, "judgment_made", **FIRST)


def test_when_the_newest_order_is_revoked_the_time_of_the_one_that_stands_counts(disobeyed: Room) -> None:
    go(disobeyed, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)
    assert due(disobeyed, "order_to_pay") == date(2027, 1, 7)

    go(disobeyed, "order_revoked_others_stand", order_revoked_others_stand=TO_SUBCONTRACTOR)

    # The first order was disobeyed long ago: nobody waits for the time of the one that was revoked.
    disobeyed.pass_time(timedelta(minutes=1))
    assert disobeyed.state("A1") == "compensation_due"


def test_an_order_is_revoked_on_the_page_while_a_court_enforces_a_confirmed_settlement(room: Room) -> None:
    confirmed = ("confirmation_applied", "confirmation_accepted", "settlement_confirmed", "settlement_breached")
    go(room, *AGREED, *confirmed, "referred_to_inspection", "inspection_accepted", "payment_ordered")
    room.pass_time(NEW_YEAR - room.now)
    settled = {"enforcement_applied": {"ground": "confirmed_settlement"}}
    go(room, "compensation_ordered", "enforcement_applied", **settled)
    case = room.case("A1")
    moment = Moment(now=room.now, actor="p1", role=Role.HANDLER)

    step = WAGE_RECOVERY.step(case.state, "order_revoked_others_stand")
    assert not WAGE_RECOVERY.refusals(case, step, {}, moment)
    go(room, "order_revoked_others_stand")

    assert room.state("A1") == "court_enforcing"


def test_the_second_instance_takes_in_what_was_appealed_and_nothing_else(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed")
    with pytest.raises(RefusedError, match="no appeal is pending"):
        go(room, "lawsuit_accepted", lawsuit_accepted={"procedure": "second_instance"})
    go(room, "lawsuit_accepted", "judgment_made", "judgment_appealed", **FIRST)
    with pytest.raises(RefusedError, match="heard by the second instance"):
        go(room, "lawsuit_accepted")

    go(room, "lawsuit_accepted", lawsuit_accepted={"procedure": "second_instance"})

    assert due(room, "trial") == date(2027, 2, 23)


# -- confirmation by the arbitration commission (山东省多元化解纠纷促进条例 41) ----------------------

BEFORE_THE_COMMISSION = (*AGREED, "arbitral_confirmation_applied")


def test_the_commission_confirms_a_settlement_within_its_days_and_it_is_enforced_when_it_is_broken(room: Room) -> None:
    go(room, *AGREED)
    assert due(room, "arbitral_confirmation") == date(2026, 12, 8)
    go(room, "arbitral_confirmation_applied")
    assert room.clocks("A1")["judicial_confirmation"].stopped_at is not None
    assert due(room, "arbitral_confirmation_acceptance") == date(2026, 11, 30)
    go(room, "confirmation_accepted")
    assert due(room, "arbitral_confirmation_review") == date(2026, 11, 30)

    go(room, "settlement_confirmed", "settlement_breached", "enforcement_applied")

    assert room.state("A1") == "court_enforcing"
    assert room.case("A1").details["enforcement_applied"]["ground"] == "confirmed_settlement"
    assert [one["confirmed"] for one in room.told("confirmation_decided.v1")] == [True]
    assert due(room, "enforcement_follow_up") > date(2027, 1, 1)


def test_the_commission_is_asked_jointly_and_within_fifteen_days(room: Room) -> None:
    go(room, *AGREED)
    with pytest.raises(RefusedError, match="both sides must apply jointly"):
        go(room, "arbitral_confirmation_applied", arbitral_confirmation_applied={"workers_apply": False})
    room.pass_time(timedelta(days=16))

    with pytest.raises(RefusedError, match="and 2026-12-08"):
        go(room, "arbitral_confirmation_applied")

    go(room, "confirmation_applied")
    assert room.state("A1") == "confirmation_pending"


def test_who_withdraws_from_the_commission_may_still_apply_to_the_court_while_its_days_run(room: Room) -> None:
    go(room, *BEFORE_THE_COMMISSION)
    room.pass_time(timedelta(days=1))

    go(room, "confirmation_withdrawn")

    assert (due(room, "arbitral_confirmation"), due(room, "judicial_confirmation")) == (
        date(2026, 12, 8),
        date(2026, 12, 23),
    )
    room.pass_time(timedelta(days=16))
    assert room.clocks("A1")["arbitral_confirmation"].stopped_at is not None
    go(room, "confirmation_applied")
    assert room.state("A1") == "confirmation_pending"


def test_a_silent_commission_is_asked_and_its_refusal_leaves_arbitration_but_no_lawsuit(room: Room) -> None:
    go(room, *BEFORE_THE_COMMISSION)
    room.pass_time(timedelta(days=9))
    assert room.state("A1") == "arbitral_confirmation_overdue"
    go(room, "arbitration_asked", "confirmation_refused", confirmation_refused={"ground": "falsified"})
    with pytest.raises(RefusedError, match="arbitration comes first"):
        go(room, "lawsuit_filed", lawsuit_filed={"ground": "confirmation_refused"})

    go(room, "referred_to_arbitration")

    assert room.state("A1") == "arbitration_pending"


# -- arbitration -----------------------------------------------------------------------------


def test_what_is_agreed_before_the_commission_is_in_effect_at_once_and_nobody_sues_against_it(room: Room) -> None:
    agreed = {"award_made": {"kind": "mediation_statement", "monthly_minimum_wage": None}}
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", **agreed)
    assert {"award_appeal", "award_setting_aside"}.isdisjoint(room.clocks("A1"))
    assert due(room, "enforcement_application") == date(2028, 11, 23)
    with pytest.raises(RefusedError, match="arbitration comes first"):
        go(room, "lawsuit_filed", lawsuit_filed={"ground": "against_award"})

    go(room, "enforcement_applied", enforcement_applied={"ground": "award"})

    assert room.state("A1") == "court_enforcing"
    [told] = room.told("award_made.v1")
    assert told["final"] is False


def test_an_award_is_not_recorded_without_what_its_finality_is_measured_by() -> None:
    form = {**example(schemas.Award), "monthly_minimum_wage": None}

    with pytest.raises(ValidationError, match="measured by it"):
        schemas.Award().load(form)


def test_advance_enforcement_is_ruled_in_arbitration_too(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration")
    with pytest.raises(RefusedError, match="belong to arbitration and trial"):
        go(room, "court_measure_taken", court_measure_taken={"kind": "property_seized"})

    go(room, "court_measure_taken", court_measure_taken={"kind": "advance_enforcement"})

    assert room.state("A1") == "arbitration_pending"
    assert len(room.case("A1").details["court_measures"]) == 1


def test_what_the_inspection_finds_missing_is_added_and_its_days_count_anew(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection")
    room.pass_time(timedelta(days=9))
    assert room.state("A1") == "inspection_overdue"
    with pytest.raises(RefusedError, match="lies before"):
        go(room, "inspection_supplemented", inspection_supplemented={"supplemented_on": "2026-11-20"})

    go(room, "inspection_supplemented", inspection_supplemented={"supplemented_on": "2026-11-30"})

    assert room.state("A1") == "inspection_pending"
    assert due(room, "inspection_acceptance") == date(2026, 12, 7)


# -- the county's fund asks each payer by itself ------------------------------------------------


def test_each_payer_s_demand_of_the_fund_has_its_own_end(room: Room) -> None:
    go(room, *TO_COORDINATION, "fund_asked", "fund_answered", fund_answered={"amount": "9000.00"})
    advanced = {"rows": [dict(ALL["rows"][0], amount="9000.00")], "source": "emergency_fund"}
    go(room, "payment_recorded", payment_recorded=advanced)
    first = {"payer": "employer", "amount": "5000.00", "days": 10}
    second = {"payer": "general_contractor", "amount": "4000.00", "days": 30}
    go(room, "fund_recovery_demanded", fund_recovery_demanded=first)
    go(room, "fund_recovery_demanded", fund_recovery_demanded=second)
    # The second changes nothing in the time of the first.
    assert due(room, "fund_recovery") == date(2026, 12, 3)
    room.pass_time(timedelta(days=11))

    assert due(room, "fund_recovery") == date(2026, 12, 23)
    assert codes(room).count("fund_demand_over") == 1
    go(room, "fund_recovered", fund_recovered={"payer": "employer", "amount": "5000.00"})
    assert "fund_demand_over" not in codes(room)
    assert [(one.payer, int(one.left)) for one in debts.demands(room.case("A1"))] == [("general_contractor", 4000)]
    assert due(room, "fund_recovery") == date(2026, 12, 23)

    go(room, "fund_recovered", fund_recovered={"payer": "general_contractor", "amount": "4000.00"})

    assert room.clocks("A1")["fund_recovery"].stopped_at is not None
    assert debts.demands(room.case("A1")) == []


def test_a_demand_is_over_also_when_that_is_seen_in_its_very_last_second(room: Room) -> None:
    go(room, *TO_COORDINATION, "fund_asked", "fund_answered")
    advanced = {"rows": [dict(ALL["rows"][0], amount="5000.00")], "source": "emergency_fund"}
    go(room, "payment_recorded", payment_recorded=advanced)
    go(room, "fund_recovery_demanded", fund_recovery_demanded={"amount": "5000.00", "days": 10})

    room.pass_time(room.clocks("A1")["fund_recovery"].due_at(room.blueprint.calendar) - room.now)

    assert room.clocks("A1")["fund_recovery"].stopped_at is not None


def test_every_sum_has_the_day_on_which_it_came(disobeyed: Room) -> None:
    go(disobeyed, "guarantee_called", "guarantee_paid", "fund_asked", "fund_answered", "compensation_ordered")
    advanced = {"rows": [dict(ALL["rows"][0], amount="5000.00")], "source": "emergency_fund"}
    go(disobeyed, "payment_recorded", "fund_recovered", payment_recorded=advanced, fund_recovered={"amount": "900.00"})
    rest: list[Any] = [dict(ALL["rows"][0], amount="5000.00"), ALL["rows"][1]]
    go(disobeyed, "payment_verified", payment_verified={"rows": rest, "compensation_paid": "9000.00"})
    case = disobeyed.case("A1")
    by_day: dict[tuple[str, str], Any] = {}
    counted: dict[tuple[str, str], Any] = {}
    for name, of, _, amount in figures.dated(case):
        by_day[name, of] = by_day.get((name, of), 0) + amount
    for name, of, number in figures.counts(case):
        counted[name, of] = counted.get((name, of), 0) + number

    days = {name: day for name, _, day, _ in figures.dated(case)}

    assert by_day == {key: counted[key] for key in by_day}
    for name, sum_ in {
        "claimed": 18000,
        "ordered_sum": 18000,
        "compensation": 9000,
        "compensation_paid": 9000,
        "guarantees_used": 8000,
        "fund_advanced": 5000,
        "fund_recovered": 900,
    }.items():
        assert by_day[name, ""] == sum_, name
    assert by_day["recovered", "emergency_fund"] == 5000
    assert days["claimed"] == date(2026, 11, 23)
    assert days["compensation_paid"] == NEW_YEAR.date()


# -- nobody goes on ----------------------------------------------------------------


def test_the_last_day_for_arbitration_is_moved_off_the_holidays_and_is_not_late_until_then(room: Room) -> None:
    room.pass_time(timedelta(days=320))
    asked = {"employment_ended_on": "2026-10-01", "last_claimed_on": None, "applied_on": "2027-10-03"}
    go(room, *TO_COORDINATION, "referred_to_arbitration", referred_to_arbitration=asked)

    kept = room.case("A1").details
    # 2027-10-01 is a holiday; how long that year's holidays last is not published yet.
    assert kept["arbitration_until"] > "2027-10-03"
    assert kept["arbitration_provisional"] is True
    assert "arbitration_late" not in codes(room)


def test_a_claim_that_nobody_pursues_ends_and_the_workers_are_told_of_the_last_day_left(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", "not_pursued")

    assert room.state("A1") == "not_pursued"
    assert room.case("A1").details["last_days"] == [{"ground": "award", "until": "2028-11-23"}]
    go(room, "concluded_unpaid")
    assert room.case("A1").details["ended_as"] == "not_pursued"
    assert not [name for name, clock in room.clocks("A1").items() if clock.stopped_at is None]


def test_who_goes_no_further_is_paid_all_the_same(room: Room) -> None:
    go(room, *TO_COORDINATION, "not_pursued", "payment_verified")

    assert room.state("A1") == "paid"


def test_the_time_to_ask_a_court_is_not_called_over_while_it_runs(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered")
    with pytest.raises(RefusedError, match="runs until"):
        go(disobeyed, "window_missed")
    # Six months to sue against the decision, and three to ask the court.
    disobeyed.pass_time(timedelta(days=300))

    with pytest.raises(RefusedError, match="to apply for enforcement ended on"):
        go(disobeyed, "enforcement_applied")
    go(disobeyed, "window_missed", "concluded_unpaid")

    assert disobeyed.case("A1").details["ended_as"] == "window_missed"


def test_no_time_is_called_over_that_has_not_begun(room: Room) -> None:
    go(room, *AGREED, "settlement_breached")

    with pytest.raises(RefusedError, match="has begun"):
        go(room, "window_missed")


def test_two_years_after_an_award_no_court_is_asked_unless_the_time_began_anew(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")
    room.pass_time(timedelta(days=3 * 365 - 60))
    with pytest.raises(RefusedError, match="2028-11-23"):
        go(room, "enforcement_applied")
    with pytest.raises(RefusedError, match="runs until"):
        go(room, "window_missed", window_missed={"interrupted_on": "2028-06-01"})

    go(room, "enforcement_applied", enforcement_applied={"interrupted_on": "2028-06-01"})

    assert room.state("A1") == "court_enforcing"


# -- from when a court may be asked (民事诉讼法 250; 劳动争议调解仲裁法 42, 47, 50) -----------------------

ARBITRATED = (*TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")
AGREED_THERE = {"kind": "mediation_statement", "monthly_minimum_wage": None}
BIG = {"items": [{"item": "wages", "amount": "30000.00"}]}


@pytest.mark.parametrize(
    ("award", "until"),
    [
        # A final award takes effect when it is made, a mediation statement when it is received.
        ({"made_on": "2026-11-02", "received_on": "2026-11-05"}, date(2028, 11, 2)),
        ({**AGREED_THERE, "made_on": "2026-11-02", "received_on": "2026-11-06"}, date(2028, 11, 6)),
        # Where the document gives time to pay, the two years begin with its last day.
        ({"made_on": "2026-11-02", "received_on": "2026-11-05", "perform_days": 11}, date(2028, 11, 13)),
        ({**AGREED_THERE, "received_on": "2026-11-20", "perform_by": "2027-03-15"}, date(2029, 3, 15)),
    ],
)
def test_the_two_years_to_ask_a_court_count_from_the_day_of_the_law_and_not_of_the_record(
    room: Room, award: dict[str, Any], until: date
) -> None:
    asked = {
        "referred_to_arbitration": {"applied_on": "2026-10-09"},
        "arbitration_accepted": {"accepted_on": "2026-10-12"},
    }
    go(room, *ARBITRATED, **asked, award_made={"made_on": "2026-11-02", **award})

    assert due(room, "enforcement_application") == until
    assert courts.enforcement_until(room.case("A1"), "award") == until


def test_an_award_that_nobody_sues_against_takes_effect_the_day_after_whenever_that_is_seen(room: Room) -> None:
    asked = {
        "referred_to_arbitration": {"applied_on": "2026-10-09"},
        "arbitration_accepted": {"accepted_on": "2026-10-12"},
    }
    go(room, *ARBITRATED, **asked, award_made={**BIG, "made_on": "2026-11-02", "received_on": "2026-11-03"})
    room.pass_time(timedelta(minutes=1))

    # Its fifteen days ended on 2026-11-18, before it was put on record.
    assert due(room, "enforcement_application") == date(2028, 11, 20)


def test_a_case_from_before_the_upgrade_knows_from_its_papers_until_when_a_court_may_be_asked(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_order_applied", "payment_order_served")
    room.pass_time(timedelta(days=16))
    assert room.state("A1") == "enforcement_due"
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {name: kept for name, kept in case.details.items() if name != "enforceable_since"}
    # The debtor had until 2026-12-08 to pay.
    with pytest.raises(RefusedError, match="runs until 2028-12-08"):
        go(room, "window_missed")
    room.pass_time(timedelta(days=2 * 366))

    with pytest.raises(RefusedError, match="ended on 2028-12-08"):
        go(room, "enforcement_applied")
    go(room, "window_missed")

    assert room.state("A1") == "window_missed"


def test_a_small_claim_s_first_judgment_is_the_last(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "lawsuit_accepted", lawsuit_accepted={"procedure": "small_claims"})
    with pytest.raises(RefusedError, match="last word"):
        go(room, "lawsuit_dismissed")
    go(room, "judgment_made", **FIRST)
    with pytest.raises(RefusedError, match="no appeal is open"):
        go(room, "judgment_appealed")

    go(room, "enforcement_applied")

    assert room.state("A1") == "court_enforcing"


# -- what is refused may be contested ---------------------------------------------------------------


def test_a_claim_that_the_commission_rejects_may_be_sued_for_within_fifteen_days(room: Room) -> None:
    asked = {
        "referred_to_arbitration": {"applied_on": "2026-11-02"},
        "arbitration_accepted": {"accepted_on": "2026-11-03"},
    }
    go(room, *ARBITRATED[:-1], "claim_rejected", **asked, claim_rejected={"received_on": "2026-11-20"})
    assert (room.state("A1"), due(room, "award_appeal")) == ("award_refused", date(2026, 12, 7))

    go(room, "lawsuit_filed", lawsuit_filed={"ground": "against_award"})

    assert room.state("A1") == "sued"
    assert room.clocks("A1")["award_appeal"].stopped_at is not None


def test_a_rejection_that_nobody_sues_against_leaves_the_claim_unfounded(room: Room) -> None:
    go(room, *ARBITRATED[:-1], "claim_rejected")
    room.pass_time(timedelta(days=16))

    assert room.state("A1") == "unfounded"
    assert ("unfounded", "", 1) in figures.counts(room.case("A1"))
    go(room, "concluded_unpaid")


def test_a_dismissal_is_appealed_against_and_the_second_instance_may_grant_or_dismiss_for_good(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed")
    with pytest.raises(RefusedError, match="may be appealed"):
        go(room, "lawsuit_dismissed_finally")
    go(room, "lawsuit_dismissed")
    assert due(room, "judgment_appeal") == date(2026, 12, 8)
    go(room, "judgment_appealed")
    with pytest.raises(RefusedError, match="last word"):
        go(room, "lawsuit_dismissed")
    with pytest.raises(RefusedError, match="granted nothing"):
        go(room, "appeal_withdrawn")

    go(room, "judgment_made", judgment_made={"kind": "second_instance"})

    assert room.state("A1") == "judged"
    assert courts.in_effect(room.case("A1"), "judgment")


@pytest.mark.parametrize("trigger", ["lawsuit_dismissed_finally", "appeal_against_dismissal_withdrawn"])
def test_an_appeal_that_fails_leaves_the_claim_unfounded(room: Room, trigger: str) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "lawsuit_dismissed", "judgment_appealed", trigger)

    assert room.state("A1") == "unfounded"
    assert room.case("A1").details["unfounded"]


def test_a_dismissal_that_nobody_appeals_against_stands(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "lawsuit_dismissed")
    room.pass_time(timedelta(days=16))

    assert room.state("A1") == "unfounded"


def test_where_the_inspection_finds_nothing_arbitration_stays_open(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "no_violation_found")

    go(room, "referred_to_arbitration")

    assert room.state("A1") == "arbitration_pending"


def test_a_lawsuit_against_an_award_that_is_withdrawn_lets_the_award_take_effect(room: Room) -> None:
    go(room, *ARBITRATED, "lawsuit_filed", award_made=BIG, lawsuit_filed={"ground": "against_award"})
    with pytest.raises(RefusedError, match="the award takes effect"):
        go(room, "lawsuit_withdrawn")

    go(room, "lawsuit_against_award_withdrawn", lawsuit_against_award_withdrawn={"ruled_on": "2026-11-23"})

    assert room.state("A1") == "awarded"
    assert due(room, "enforcement_application") == date(2028, 11, 23)
    with pytest.raises(RefusedError, match="arbitration comes first"):
        go(room, "lawsuit_filed", lawsuit_filed={"ground": "against_award"})
    go(room, "enforcement_applied", enforcement_applied={"ground": "award"})
    assert room.state("A1") == "court_enforcing"


def test_no_award_takes_effect_by_a_lawsuit_upon_something_else(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed")

    with pytest.raises(RefusedError, match="not against an award"):
        go(room, "lawsuit_against_award_withdrawn")


def test_a_lawsuit_against_a_rejection_that_is_withdrawn_leaves_the_claim_unfounded(room: Room) -> None:
    go(room, *ARBITRATED[:-1], "claim_rejected", "lawsuit_filed", lawsuit_filed={"ground": "against_award"})
    for other in ("lawsuit_withdrawn", "lawsuit_against_award_withdrawn"):
        with pytest.raises(RefusedError):
            go(room, other)

    go(room, "lawsuit_against_rejection_withdrawn")

    assert (room.state("A1"), bool(room.case("A1").details["unfounded"])) == ("unfounded", True)
    assert not [name for name, clock in room.clocks("A1").items() if clock.stopped_at is None and "lawsuit" in name]
    go(room, "concluded_unpaid")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    with pytest.raises(RefusedError, match="not come so far"):
        go(room, "lawsuit_resumed")


# -- a court that goes on after the reply ----------------------------------------------------------

SUED = (*TO_COORDINATION, "lawsuit_filed", "concluded_as_handed_on")


@pytest.fixture
def handed_on(room: Room) -> Room:
    """Return a room in which a court has the claim, the resident has his reply, and the appeal is closed."""
    go(room, *SUED)
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "satisfied"})
    assert room.state("A1") == "closed"
    return room


def test_the_court_s_time_runs_on_after_the_reply_and_its_judgment_is_put_on_record(handed_on: Room) -> None:
    assert due(handed_on, "lawsuit_follow_up") == date(2027, 2, 23)
    with pytest.raises(RefusedError, match="not at this point"):
        go(handed_on, "enforcement_applied")
    go(handed_on, "lawsuit_accepted", "hearing_held", "judgment_made", **FIRST)
    assert due(handed_on, "judgment_appeal") == date(2026, 12, 8)
    assert handed_on.clocks("A1")["trial"].stopped_at is not None
    handed_on.pass_time(timedelta(days=16))
    assert due(handed_on, "enforcement_application") == date(2028, 12, 11)

    go(handed_on, "enforcement_applied", "enforcement_filed", enforcement_applied={"ground": "judgment"})
    go(handed_on, "payment_recorded", "enforcement_ended", payment_recorded={**PART, "source": "court"})

    assert handed_on.state("A1") == "closed"
    assert handed_on.clocks("A1")["enforcement_application"].stopped_at is not None
    counted = {(row["name"], row["of"]): row["amount"] for row in handed_on.told("case_recounted.v1")[-1]["figures"]}
    assert counted["recovered", "court"] == "4000"


def test_an_appeal_and_a_dismissal_after_the_reply_are_put_on_record(handed_on: Room) -> None:
    go(handed_on, "lawsuit_dismissed", "judgment_appealed")
    assert due(handed_on, "lawsuit_follow_up") == date(2027, 2, 23)

    go(handed_on, "lawsuit_dismissed_finally")

    with pytest.raises(RefusedError, match="no appeal is open"):
        go(handed_on, "judgment_appealed")
    assert not [name for name, clock in handed_on.clocks("A1").items() if clock.stopped_at is None]


def test_a_dismissal_after_the_reply_that_nobody_appeals_against_opens_no_enforcement(handed_on: Room) -> None:
    go(handed_on, "lawsuit_dismissed")
    handed_on.pass_time(timedelta(days=16))

    assert "enforcement_application" not in handed_on.clocks("A1")
    with pytest.raises(RefusedError, match="no appeal is open"):
        go(handed_on, "judgment_appealed")


def test_what_no_court_has_is_not_followed_after_the_reply(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_verified", "concluded")

    with pytest.raises(RefusedError, match="no court has the claim"):
        go(room, "judgment_made")


@pytest.fixture
def enforced_after_the_reply(handed_on: Room) -> Room:
    """Return a room in which a court enforces a judgment, and the appeal is long closed."""
    go(handed_on, "judgment_made", **FIRST)
    handed_on.pass_time(timedelta(days=16))
    go(handed_on, "enforcement_applied", "enforcement_filed", enforcement_applied={"ground": "judgment"})
    return handed_on


def performed_until(room: Room) -> list[date]:
    """Return until when what was agreed on in court is to be performed, of each thing."""
    running = [one for one in room.clocks("A1").values() if one.name == "enforcement_settlement"]
    return [one.due_at(room.blueprint.calendar).date() for one in running if one.stopped_at is None]


def test_what_is_agreed_on_in_court_after_the_reply_is_performed_or_lets_the_court_go_on(
    enforced_after_the_reply: Room,
) -> None:
    room = enforced_after_the_reply
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "satisfied"})
    with pytest.raises(RefusedError, match="instalments come to"):
        go(room, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS[:1]})

    go(room, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS})

    assert (room.state("A1"), performed_until(room)) == ("closed", [date(2027, 4, 30)])
    assert room.told("settlement_agreed.v1")[-1]["amount"] == "18000.00"
    with pytest.raises(RefusedError, match="kept so far"):
        go(room, "enforcement_resumed")
    room.pass_time(datetime(2027, 3, 2, 1, 0, tzinfo=UTC) - room.now)
    assert "court_settlement_late" in codes(room)
    assert room.told("settlement_broken.v1") == []
    room.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - room.now)
    assert len(room.told("settlement_broken.v1")) == 1
    assert (performed_until(room), asking_until(room)) == ([], [date(2029, 4, 30)])

    go(room, "enforcement_resumed")

    assert (room.state("A1"), asking_until(room)) == ("closed", [])
    asked = [one for one in room.clocks("A1").values() if one.name == "enforcement_follow_up"]
    assert [one.due_at(room.blueprint.calendar).date() for one in asked if one.stopped_at is None] == [
        date(2027, 11, 1)
    ]
    go(room, "enforcement_filed", "enforcement_ended")


def test_a_settlement_in_court_after_the_reply_that_is_kept_is_not_broken(enforced_after_the_reply: Room) -> None:
    room = enforced_after_the_reply
    go(room, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS})
    go(room, "payment_recorded", payment_recorded=ALL)
    room.pass_time(timedelta(days=200))

    assert (room.told("settlement_broken.v1"), asking_until(room)) == ([], [])
    with pytest.raises(RefusedError, match="no court has the claim"):
        go(room, "enforcement_settled")


@pytest.mark.parametrize("filed", [True, False])
def test_a_court_s_time_ends_also_where_all_is_paid_after_the_reply(handed_on: Room, *, filed: bool) -> None:
    room = handed_on
    go(room, "judgment_made", **FIRST)
    room.pass_time(timedelta(days=16))
    go(
        room,
        "enforcement_applied",
        *(("enforcement_filed",) if filed else ()),
        enforcement_applied={"ground": "judgment"},
    )
    in_full = {"enforcement_ended": {"reason": "paid_in_full"}}
    with pytest.raises(RefusedError, match="no full performance"):
        go(room, "enforcement_ended", **in_full)
    go(room, "payment_recorded", payment_recorded={**ALL, "source": "court"})
    with pytest.raises(RefusedError, match="covers everything"):
        go(room, "enforcement_settled")

    go(room, "enforcement_ended", **in_full)

    assert not [name for name, clock in room.clocks("A1").items() if clock.stopped_at is None]


def test_what_was_settled_in_court_runs_on_when_the_rest_is_replied_to(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS})
    disobeyed.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - disobeyed.now)
    assert disobeyed.state("A1") == "partly_paid"

    go(disobeyed, "concluded_unpaid")

    assert asking_until(disobeyed) == [date(2029, 4, 30)]
    go(disobeyed, "enforcement_resumed")
    assert (asking_until(disobeyed), disobeyed.state("A1")) == ([], "concluded")
    go(disobeyed, "enforcement_filed")


REWORK = {"reason": "还有工人没有拿到", "round": 2, "mechanism": "wage_recovery", "clocks": []}


def test_a_lawsuit_goes_on_through_a_rework_and_a_claim_begun_anew_hears_no_more_of_it(handed_on: Room) -> None:
    handed_on.hear("feedback.rework_ordered.v1", "A1", REWORK)
    assert handed_on.clocks("A1")["lawsuit_follow_up"].stopped_at is None
    with pytest.raises(RefusedError, match="not come so far"):
        go(handed_on, "title_resumed")

    go(handed_on, "lawsuit_resumed", "judgment_made")

    assert handed_on.state("A1") == "judged"


def test_a_claim_that_is_begun_anew_waits_for_no_court_of_the_round_before(handed_on: Room) -> None:
    handed_on.hear("feedback.rework_ordered.v1", "A1", REWORK)
    go(handed_on, "rework_taken", "claim_registered")

    assert handed_on.clocks("A1")["lawsuit_follow_up"].stopped_at is not None


def test_a_rework_of_what_a_court_could_not_collect_keeps_title_and_payments(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made")
    room.pass_time(timedelta(days=20))
    go(room, "enforcement_applied", "enforcement_ended", "concluded_unpaid")
    before = room.case("A1").details
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(room, "search_resumed")

    kept = room.case("A1").details
    assert room.state("A1") == "partly_paid"
    assert (kept["judgment"], kept["payments"], kept["roster"]) == (
        before["judgment"],
        before["payments"],
        before["roster"],
    )
    go(room, "enforcement_resumed")
    assert room.state("A1") == "court_enforcing"


def test_a_rework_gives_no_time_anew_to_ask_a_court(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made")
    room.pass_time(timedelta(days=20))
    until = due(room, "enforcement_application")
    go(room, "not_pursued", "concluded_unpaid")
    room.pass_time(timedelta(days=30))
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(room, "title_resumed")

    assert (room.state("A1"), due(room, "enforcement_application")) == ("enforcement_due", until)
    go(room, "enforcement_applied")


def test_a_judgment_that_a_rework_goes_on_with_takes_effect_when_its_days_of_appeal_are_over(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made", judgment_made={"kind": "first_instance"})
    until = due(room, "judgment_appeal")
    go(room, "not_pursued", "concluded_unpaid")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(room, "judgment_resumed")
    assert due(room, "judgment_appeal") == until
    room.pass_time(timedelta(days=20))
    go(room, "enforcement_applied")

    assert room.state("A1") == "court_enforcing"


@pytest.mark.parametrize(
    ("path", "resumed", "clock", "end"),
    [
        (("referred_to_arbitration", "arbitration_accepted", "award_made"), "award_resumed", "award_appeal", "awarded"),
        (("referred_to_arbitration", "claim_rejected"), "rejection_resumed", "award_appeal", "unfounded"),
        (("lawsuit_filed", "lawsuit_dismissed"), "dismissal_resumed", "judgment_appeal", "unfounded"),
    ],
)
def test_what_may_still_be_contested_when_a_rework_begins_has_the_days_that_are_left(
    room: Room, path: tuple[str, ...], resumed: str, clock: str, end: str
) -> None:
    award = {"items": [{"item": "wages", "amount": "90000.00"}]}
    go(room, *TO_COORDINATION, *path, award_made=award)
    until = due(room, clock)
    go(room, "not_pursued", "concluded_unpaid")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(room, resumed)
    assert due(room, clock) == until
    room.pass_time(timedelta(days=20))

    assert room.state("A1") == end
    assert bool(room.case("A1").details.get("award_in_effect")) is (end == "awarded")


def test_a_claim_that_is_begun_anew_goes_on_with_no_court_of_the_round_before(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "judgment_made")
    room.pass_time(timedelta(days=20))
    go(room, "enforcement_applied", "enforcement_ended", "concluded_unpaid")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    go(room, "rework_taken", *TO_COORDINATION[1:], "not_pursued", "concluded_unpaid")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": 3})

    for other in ("enforcing_resumed", "search_resumed", "lawsuit_resumed"):
        with pytest.raises(RefusedError, match="not come so far"):
            go(room, other)


def test_an_appeal_that_is_heard_goes_on_through_a_rework(handed_on: Room) -> None:
    go(handed_on, "judgment_made", "judgment_appealed", judgment_made={"kind": "first_instance"})
    handed_on.hear("feedback.rework_ordered.v1", "A1", REWORK)
    with pytest.raises(RefusedError, match="not come so far"):
        go(handed_on, "judgment_resumed")

    go(handed_on, "lawsuit_resumed", "appeal_withdrawn")

    assert handed_on.state("A1") == "judged"


def test_a_rework_of_a_claim_without_a_title_goes_on_with_its_roster(room: Room) -> None:
    go(room, *TO_COORDINATION, "not_pursued", "concluded_unpaid")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    for other in ("title_resumed", "search_resumed", "lawsuit_resumed", "judgment_resumed", "police_resumed"):
        with pytest.raises(RefusedError, match="not come so far"):
            go(room, other)

    go(room, "claim_resumed", "payment_verified")

    assert room.state("A1") == "paid"


def test_each_call_of_the_guarantee_and_each_payout_to_be_filled_up_has_its_own_time(room: Room) -> None:
    go(room, *TO_COORDINATION)
    for notified_on in ("2026-11-20", "2026-11-23"):
        go(room, "guarantee_called", guarantee_called={"amount": "4000.00", "notified_on": notified_on})
    assert due(room, "guarantee_payment") == date(2026, 11, 27)

    go(room, "guarantee_paid", guarantee_paid={"amount": "4000.00", "paid_on": "2026-11-20"})
    assert (due(room, "guarantee_payment"), due(room, "guarantee_top_up")) == (date(2026, 11, 30), date(2026, 12, 4))
    go(room, "guarantee_paid", guarantee_paid={"amount": "4000.00", "paid_on": "2026-11-23"})
    assert room.clocks("A1")["guarantee_payment"].stopped_at is not None
    assert due(room, "guarantee_top_up") == date(2026, 12, 4)

    go(room, "guarantee_topped_up", guarantee_topped_up={"amount": "4000.00"})
    assert due(room, "guarantee_top_up") == date(2026, 12, 7)
    go(room, "guarantee_topped_up", guarantee_topped_up={"amount": "4000.00"})

    assert room.clocks("A1")["guarantee_top_up"].stopped_at is not None


def reworked(room: Room, trigger: str) -> None:
    """Let the result not be accepted, and go on by a step."""
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    go(room, trigger)


def test_a_rework_gives_no_time_anew_to_look_for_property(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_ended", "concluded_unpaid")
    assert courts.property_search_due(disobeyed.case("A1")) == date(2027, 6, 30)
    disobeyed.pass_time(timedelta(days=60))

    reworked(disobeyed, "search_resumed")

    assert due(disobeyed, "property_search") == date(2027, 6, 30)


def test_an_enforcement_that_is_resumed_has_not_ended(disobeyed: Room) -> None:
    paid = {"why_no_compensation": "劳动者书面放弃"}
    go(disobeyed, *ENFORCED, "enforcement_ended", "enforcement_resumed")
    go(disobeyed, "payment_verified", "concluded", payment_verified=paid)
    disobeyed.hear("feedback.rework_ordered.v1", "A1", REWORK)
    with pytest.raises(RefusedError, match="not come so far"):
        go(disobeyed, "search_resumed")

    go(disobeyed, "enforcing_resumed")

    assert (disobeyed.state("A1"), due(disobeyed, "enforcement_follow_up")) == ("court_enforcing", date(2027, 6, 30))


def test_a_court_is_asked_after_at_once_when_a_rework_finds_its_time_over(disobeyed: Room) -> None:
    paid = {"why_no_compensation": "劳动者书面放弃"}
    go(disobeyed, *ENFORCED, "enforcement_filed", "payment_verified", "concluded", payment_verified=paid)
    disobeyed.pass_time(timedelta(days=200))

    reworked(disobeyed, "enforcing_resumed")
    disobeyed.pass_time(timedelta(minutes=2))

    assert disobeyed.state("A1") == "enforcement_overdue"


def test_a_time_of_the_court_that_runs_goes_on_through_a_rework_as_it_is(handed_on: Room) -> None:
    go(handed_on, "lawsuit_accepted")
    until = due(handed_on, "trial")
    handed_on.pass_time(timedelta(days=10))

    reworked(handed_on, "lawsuit_resumed")

    assert due(handed_on, "trial") == until
    assert handed_on.clocks("A1")["lawsuit_follow_up"].stopped_at is not None


def test_a_lawsuit_whose_payment_was_none_goes_on_with_its_time(room: Room) -> None:
    go(room, *TO_COORDINATION, "lawsuit_filed", "payment_verified", "concluded")

    reworked(room, "lawsuit_resumed")

    assert due(room, "lawsuit_follow_up") == date(2027, 2, 23)


def test_what_a_court_still_enforces_is_not_resumed(handed_on: Room) -> None:
    go(handed_on, "lawsuit_accepted", "judgment_made")
    handed_on.pass_time(timedelta(days=20))
    go(handed_on, "enforcement_applied", enforcement_applied={"ground": "judgment"})

    with pytest.raises(RefusedError, match="still enforcing"):
        go(handed_on, "enforcement_resumed")


def asking_until(room: Room) -> list[date]:
    """Return until when a court may be asked again, of each thing by which it may."""
    running = [one for one in room.clocks("A1").values() if one.name == "enforcement_application"]
    return [one.due_at(room.blueprint.calendar).date() for one in running if one.stopped_at is None]


def test_a_settlement_before_the_court_that_was_broken_is_resumed_after_a_rework_by_its_own_days(
    disobeyed: Room,
) -> None:
    go(disobeyed, *ENFORCED, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS})
    go(disobeyed, "settlement_breached")
    until = asking_until(disobeyed)
    go(disobeyed, "concluded_unpaid")
    disobeyed.hear("feedback.rework_ordered.v1", "A1", REWORK)
    with pytest.raises(RefusedError, match="not come so far"):
        go(disobeyed, "enforcing_resumed")

    go(disobeyed, "search_resumed")
    assert asking_until(disobeyed) == until == [date(2029, 4, 30)]
    go(disobeyed, "enforcement_resumed")

    assert disobeyed.state("A1") == "court_enforcing"


PAID = {"why_no_compensation": "劳动者书面放弃"}


def test_a_rework_goes_on_with_what_was_agreed_on_in_court_by_its_own_days(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS})
    go(disobeyed, "payment_verified", "concluded", payment_verified=PAID)
    assert performed_until(disobeyed) == []
    disobeyed.pass_time(timedelta(days=20))
    disobeyed.hear("feedback.rework_ordered.v1", "A1", REWORK)
    for other in ("search_resumed", "enforcing_resumed", "settlement_resumed"):
        with pytest.raises(RefusedError, match="not come so far"):
            go(disobeyed, other)

    go(disobeyed, "court_settlement_resumed")

    assert (disobeyed.state("A1"), performed_until(disobeyed)) == ("enforcement_settled", [date(2027, 4, 30)])
    # What a worker has not received is taken back, and falls due.
    go(disobeyed, "payment_doubted")
    disobeyed.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - disobeyed.now)
    assert (disobeyed.state("A1"), asking_until(disobeyed)) == ("partly_paid", [date(2029, 4, 30)])
    assert len(disobeyed.told("settlement_broken.v1")) == 1
    # Broken, it is broken after another rework too.
    go(disobeyed, "contact_made", "concluded_unpaid")
    disobeyed.hear("feedback.rework_ordered.v1", "A1", {**REWORK, "round": 3})
    go(disobeyed, "search_resumed")
    assert (disobeyed.state("A1"), asking_until(disobeyed)) == ("partly_paid", [date(2029, 4, 30)])
    assert len(disobeyed.told("settlement_broken.v1")) == 1


def test_a_rework_that_comes_after_the_last_instalment_finds_what_is_late_at_once(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "enforcement_settled", enforcement_settled={"instalments": NEXT_MONTHS})
    go(disobeyed, "payment_verified", "concluded", payment_verified=PAID)
    disobeyed.pass_time(datetime(2027, 6, 1, 1, 0, tzinfo=UTC) - disobeyed.now)
    reworked(disobeyed, "court_settlement_resumed")
    assert disobeyed.state("A1") == "enforcement_settled"

    go(disobeyed, "payment_doubted")
    disobeyed.pass_time(timedelta(minutes=2))

    assert (disobeyed.state("A1"), asking_until(disobeyed)) == ("partly_paid", [date(2029, 4, 30)])


def test_a_rework_goes_on_with_a_mediated_settlement_by_its_own_days(room: Room) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"instalments": NEXT_MONTHS})
    go(room, "payment_verified", "concluded")
    room.pass_time(timedelta(days=20))

    reworked(room, "settlement_resumed")

    assert (room.state("A1"), due(room, "settlement")) == ("settlement_performing", date(2027, 4, 30))
    go(room, "payment_doubted")
    room.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - room.now)
    assert room.state("A1") == "settlement_broken"


def test_a_settlement_that_was_left_behind_is_not_gone_on_with(room: Room) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"instalments": NEXT_MONTHS})
    room.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - room.now)
    go(room, "payment_order_applied", "payment_verified", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    with pytest.raises(RefusedError, match="not come so far"):
        go(room, "settlement_resumed")


@pytest.mark.parametrize("on", [(), ("referred_to_inspection", "inspection_accepted", "payment_ordered")])
def test_a_settlement_that_was_broken_is_not_performed_again_and_is_told_once(room: Room, on: tuple[str, ...]) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"instalments": NEXT_MONTHS})
    room.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - room.now)
    go(room, *on, "payment_verified", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    with pytest.raises(RefusedError, match="not come so far"):
        go(room, "settlement_resumed")
    go(room, "claim_resumed", "payment_doubted")

    assert (room.state("A1"), len(room.told("settlement_broken.v1"))) == ("coordinated", 1)
    # What it was good for it is good for still (劳动争议解释一 13; 劳动争议调解仲裁法 16).
    go(room, "payment_order_applied", payment_order_applied={"ground": "settlement_broken"})
    go(room, "payment_order_failed", "lawsuit_filed", lawsuit_filed={"ground": "settlement_broken"})
    assert room.state("A1") == "sued"


def test_a_court_hears_at_once_of_a_broken_settlement_that_is_handled_again(room: Room) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"instalments": NEXT_MONTHS})
    room.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - room.now)
    go(room, "payment_verified", "concluded")
    reworked(room, "claim_resumed")
    go(room, "payment_doubted")

    go(room, "lawsuit_filed", lawsuit_filed={"ground": "settlement_broken"})


def test_a_settlement_that_is_agreed_on_anew_is_gone_on_with(room: Room) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"instalments": NEXT_MONTHS})
    room.pass_time(datetime(2027, 5, 1, 1, 0, tzinfo=UTC) - room.now)
    go(room, "settlement_agreed", "payment_verified", "concluded")

    reworked(room, "settlement_resumed")

    assert room.state("A1") == "settlement_performing"


def test_a_title_and_a_decision_that_both_stand_have_both_their_times_after_a_rework(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", "not_pursued", "concluded_unpaid")
    with disobeyed.database.write() as session:
        case = session.scalars(select(Case)).one()
        award = {"kind": "award", "received_on": "2026-12-01", "made_on": "2026-12-01", "items": []}
        case.details = {**case.details, "award": award, "award_is_final": True, "award_in_effect": True}

    reworked(disobeyed, "title_resumed")

    running = {clock.name for clock in disobeyed.clocks("A1").values() if clock.stopped_at is None}
    assert {"enforcement_application", "court_application"} <= running


def test_police_who_have_not_answered_when_the_reply_was_given_are_asked_after_a_rework(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", "crime_transferred")
    disobeyed.pass_time(timedelta(days=8))
    assert disobeyed.state("A1") == "crime_overdue"
    go(disobeyed, "concluded_as_handed_on")

    reworked(disobeyed, "police_resumed")
    disobeyed.pass_time(timedelta(minutes=2))

    assert disobeyed.state("A1") == "crime_overdue"


def test_what_the_police_have_is_not_handed_to_them_again_and_who_is_convicted_is_not_theirs_any_more(
    disobeyed: Room,
) -> None:
    go(disobeyed, *ENFORCED, "crime_transferred")
    with pytest.raises(RefusedError, match="record their answer first"):
        go(disobeyed, "crime_transferred")
    go(disobeyed, "police_filed", "criminal_case_ended")

    with pytest.raises(RefusedError, match="nothing was handed to the police"):
        go(disobeyed, "police_asked")
    go(disobeyed, "crime_transferred", "police_declined")
    assert disobeyed.case("A1").details["convicted"]["result"] == "convicted"


def test_the_years_on_the_list_are_over_without_anybody_being_late_and_carry_no_interim_reply(
    disobeyed: Room,
) -> None:
    go(disobeyed, *ENFORCED, "blacklisting_proposed", "blacklisted")
    assert "blacklist" in disobeyed.blueprint.legal.lapsing
    until = disobeyed.clocks("A1")["blacklist"].due_at(disobeyed.blueprint.calendar)
    disobeyed.pass_time(until - disobeyed.now + timedelta(days=1))

    assert disobeyed.clocks("A1")["blacklist"].stopped_at is not None
    assert "blacklist_over" in codes(disobeyed)
    go(disobeyed, "blacklist_removed", blacklist_removed={"ground": "time_over"})


# -- what was asked of others beside the claim ---------------------------------------------------------


def test_the_county_s_fund_has_its_own_time_is_urged_and_answers_also_when_the_appeal_is_closed(room: Room) -> None:
    go(room, *TO_COORDINATION, "fund_asked", fund_asked={"asked_on": "2026-11-20"})
    assert due(room, "fund_answer") == date(2026, 11, 27)
    with pytest.raises(RefusedError, match="has not answered the last request"):
        go(room, "fund_asked")
    room.pass_time(timedelta(days=8))
    go(room, "fund_urged", fund_urged={"days": 5})
    assert due(room, "fund_answer") == date(2026, 12, 6)
    go(room, "lawsuit_filed", "concluded_as_handed_on")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "satisfied"})
    assert due(room, "fund_answer") == date(2026, 12, 6)

    go(room, "fund_answered")

    assert room.clocks("A1")["fund_answer"].stopped_at is not None
    with pytest.raises(RefusedError, match="waits for an answer"):
        go(room, "fund_urged")


def test_payment_in_full_ends_the_wait_for_the_fund(room: Room) -> None:
    go(room, *TO_COORDINATION, "fund_asked", "payment_verified")

    assert room.clocks("A1")["fund_answer"].stopped_at is not None


def test_a_group_that_was_reported_waits_for_the_authority_and_is_reported_again_or_answered(room: Room) -> None:
    go(room, *TO_COORDINATION[:3])
    with pytest.raises(RefusedError, match="no report of a group"):
        go(room, "group_incident_answered")
    go(room, "group_incident_reported")
    assert room.clocks("A1")["group_report"].due_at(room.blueprint.calendar) == room.now + timedelta(hours=24)
    room.pass_time(timedelta(hours=30))
    go(room, "group_incident_reported")
    assert room.clocks("A1")["group_report"].due_at(room.blueprint.calendar) == room.now + timedelta(hours=24)

    go(room, "group_incident_answered")

    assert room.clocks("A1")["group_report"].stopped_at is not None
    assert len(room.case("A1").details["group_answers"]) == 1


def test_a_group_is_not_reported_tomorrow(room: Room) -> None:
    go(room, "case_accepted")

    with pytest.raises(RefusedError, match="can't have happened after today"):
        go(room, "group_incident_reported", group_incident_reported={"reported_at": "2026-11-25T10:00:00+08:00"})


def test_a_proposal_for_the_list_waits_for_its_decision_and_may_be_urged(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed", blacklisting_proposed={"proposed_on": "2026-12-30"})
    assert due(disobeyed, "list_answer") == date(2027, 1, 29)
    go(disobeyed, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)
    disobeyed.pass_time(timedelta(days=8))
    second = {"blacklisting_proposed": TO_SUBCONTRACTOR, "blacklisting_declined": TO_SUBCONTRACTOR}
    go(disobeyed, "blacklisting_proposed", **second)
    # The first has waited longest.
    assert due(disobeyed, "list_answer") == date(2027, 1, 29)
    go(disobeyed, "blacklisting_declined")
    assert due(disobeyed, "list_answer") > date(2027, 1, 29)
    go(disobeyed, "list_urged", list_urged={"days": 3})
    assert due(disobeyed, "list_answer") == date(2027, 1, 11)

    go(disobeyed, "blacklisting_declined", **second)

    assert disobeyed.clocks("A1")["list_answer"].stopped_at is not None
    with pytest.raises(RefusedError, match="waits for a decision"):
        go(disobeyed, "list_urged")


def test_an_early_removal_waits_for_its_answer_and_may_be_declined_and_asked_for_again(disobeyed: Room) -> None:
    listed_and_paid(disobeyed)
    disobeyed.pass_time(timedelta(days=200))
    early = {"corrected_on": "2026-12-31"}
    with pytest.raises(RefusedError, match="not asked for"):
        go(disobeyed, "removal_declined")
    go(disobeyed, "removal_requested", removal_requested={**early, "requested_on": "2027-07-01"})
    assert due(disobeyed, "list_answer") == date(2027, 7, 31)

    go(disobeyed, "removal_declined")

    assert disobeyed.clocks("A1")["list_answer"].stopped_at is not None
    with pytest.raises(RefusedError, match="not asked for"):
        go(disobeyed, "blacklist_removed", blacklist_removed={"ground": "early"})
    assert due(disobeyed, "blacklist") == date(2029, 12, 31)
    go(disobeyed, "removal_requested", removal_requested=early)
    assert due(disobeyed, "list_answer") == date(2027, 8, 18)


def test_the_list_the_guarantee_and_the_fund_s_demand_outlive_the_claim_and_the_appeal(disobeyed: Room) -> None:
    go(disobeyed, "guarantee_called", "guarantee_paid", "fund_asked", "fund_answered")
    advanced = {"rows": [dict(ALL["rows"][0], amount="5000.00")], "source": "emergency_fund"}
    go(disobeyed, "payment_recorded", "fund_recovery_demanded", payment_recorded=advanced)
    go(disobeyed, "blacklisting_proposed", "blacklisted", blacklisted={"told_on": "2026-12-01"})
    go(disobeyed, "crime_transferred", "concluded_as_handed_on")
    disobeyed.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "satisfied"})

    running = {name for name, clock in disobeyed.clocks("A1").items() if clock.stopped_at is None}
    assert running == {"blacklist", "guarantee_top_up", "fund_recovery", "police_answer"}
    go(disobeyed, "guarantee_topped_up", "police_filed", "blacklist_removed")
    go(disobeyed, "fund_recovered", fund_recovered={"amount": "5000.00"})

    running = {name for name, clock in disobeyed.clocks("A1").items() if clock.stopped_at is None}
    assert running == {"criminal_case"}
    assert disobeyed.state("A1") == "closed"


def test_what_looks_serious_is_reported_followed_up_and_answered(disobeyed: Room) -> None:
    for matter in ("builder_sanctions", "owner_restriction", "government_funds"):
        with pytest.raises(RefusedError, match="nothing on file stands behind"):
            go(disobeyed, "serious_case_reported", serious_case_reported={"matter": matter})
    go(disobeyed, "serious_case_reported", serious_case_reported={"matter": "publication"})
    assert due(disobeyed, "serious_answer") == date(2027, 1, 30)
    with pytest.raises(RefusedError, match="it was reported"):
        go(disobeyed, "serious_case_reported", serious_case_reported={"matter": "publication"})
    go(disobeyed, "crime_transferred", "concluded_as_handed_on")
    disobeyed.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "satisfied"})
    disobeyed.pass_time(timedelta(days=31))
    go(disobeyed, "serious_case_urged", serious_case_urged={"days": 10})
    assert due(disobeyed, "serious_answer") == date(2027, 2, 10)
    with pytest.raises(RefusedError, match="no result of publication"):
        go(disobeyed, "serious_case_answered", serious_case_answered={"matter": "publication", "result": "funds_paid"})

    go(disobeyed, "serious_case_answered", serious_case_answered={"matter": "publication", "result": "published"})

    assert (disobeyed.state("A1"), disobeyed.clocks("A1")["serious_answer"].stopped_at is not None) == ("closed", True)
    with pytest.raises(RefusedError, match="no report waits"):
        go(disobeyed, "serious_case_answered")
    go(disobeyed, "serious_case_reported", serious_case_reported={"matter": "publication"})


def test_of_several_reports_the_one_that_waits_longest_has_the_clock(room: Room) -> None:
    go(room, *TO_COORDINATION, "coordination_held", coordination_held=UNMET)
    go(room, "serious_case_reported", serious_case_reported={"matter": "builder_sanctions"})
    first = due(room, "serious_answer")
    room.pass_time(timedelta(days=5))
    go(room, "serious_case_reported", serious_case_reported={"matter": "owner_restriction"})
    assert due(room, "serious_answer") == first

    go(
        room,
        "serious_case_answered",
        serious_case_answered={"matter": "builder_sanctions", "result": "qualification_lowered"},
    )

    assert due(room, "serious_answer") == first + timedelta(days=5)


def test_a_second_report_leaves_the_time_that_was_given_when_the_first_was_urged(room: Room) -> None:
    go(room, *TO_COORDINATION, "coordination_held", coordination_held=UNMET)
    go(room, "serious_case_reported", serious_case_reported={"matter": "builder_sanctions"})
    room.pass_time(timedelta(days=31))
    go(room, "serious_case_urged", serious_case_urged={"days": 10})
    given = due(room, "serious_answer")

    go(room, "serious_case_reported", serious_case_reported={"matter": "owner_restriction"})

    assert (due(room, "serious_answer"), room.clocks("A1")["serious_answer"].state) == (given, "running")
    # The second report, too, has its thirty days once the first is answered.
    go(
        room,
        "serious_case_answered",
        serious_case_answered={"matter": "builder_sanctions", "result": "qualification_lowered"},
    )
    assert due(room, "serious_answer") == local_date(room.now) + timedelta(days=30)


def test_a_duty_that_the_settings_no_longer_have_warns_of_nothing_and_breaks_nothing(room: Room) -> None:
    go(room, *TO_COORDINATION, "coordination_held", coordination_held=UNMET)
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [*_, held] = case.details["coordinations"]
        unknown = {**held, "duties": [{"duty": "of_before", "met": False}]}
        case.details = {**case.details, "coordinations": [unknown]}

    assert duties.missing(room.case("A1").details) == ["of_before"]
    assert serious.grounds(room.case("A1"), local_date(room.now)) == {}
    assert not [code for code in codes(room) if code.startswith("serious_")]


UNMET = {"duties": [{"duty": "special_account", "met": False}, {"duty": "payment_guarantee", "met": False}]}


def test_who_is_listed_is_taken_off_also_after_the_order_was_revoked(disobeyed: Room) -> None:
    go(disobeyed, "blacklisting_proposed", "blacklisted", blacklisted={"told_on": "2026-12-01"})
    go(disobeyed, "order_revoked")

    go(disobeyed, "blacklist_removed")

    assert disobeyed.state("A1") == "decision_pending"


def test_a_bank_that_does_not_pay_ends_the_wait_and_frees_what_was_called(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match="no call of the guarantee"):
        go(room, "guarantee_refused")
    go(room, "guarantee_called")
    assert duties.claim_of_project(room.case("A1").details, open_=True)["called"] == 8000

    go(room, "guarantee_refused")

    assert room.clocks("A1")["guarantee_payment"].stopped_at is not None
    assert duties.claim_of_project(room.case("A1").details, open_=True)["called"] == 0


def test_the_police_have_their_own_time_also_while_a_court_enforces(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied", "enforcement_filed")
    go(disobeyed, "crime_transferred")
    assert due(disobeyed, "police_answer") == date(2027, 1, 7)
    disobeyed.pass_time(timedelta(days=190))
    assert disobeyed.state("A1") == "enforcement_overdue"
    go(disobeyed, "police_asked", police_asked={"days": 9})
    assert due(disobeyed, "police_answer") == date(2027, 7, 18)
    go(disobeyed, "police_filed")
    assert disobeyed.clocks("A1")["police_answer"].stopped_at is not None
    assert due(disobeyed, "criminal_case") == date(2027, 9, 9)
    with pytest.raises(RefusedError, match="record how it ended"):
        go(disobeyed, "police_declined")

    go(disobeyed, "criminal_case_ended", criminal_case_ended={"result": "not_prosecuted"})

    assert disobeyed.state("A1") == "enforcement_overdue"
    assert disobeyed.clocks("A1")["criminal_case"].stopped_at is not None
    go(disobeyed, "crime_transferred", "police_declined")
    assert disobeyed.clocks("A1")["police_answer"].stopped_at is not None


@pytest.mark.parametrize("trigger", ["police_asked", "police_filed", "police_declined", "criminal_case_ended"])
def test_the_police_say_nothing_of_a_claim_that_they_have_not(room: Room, trigger: str) -> None:
    go(room, *TO_COORDINATION)

    with pytest.raises(RefusedError, match="nothing was handed to the police"):
        go(room, trigger)


def test_a_filed_case_that_stays_silent_is_asked_after_and_a_conviction_stays_on_file(disobeyed: Room) -> None:
    go(disobeyed, "crime_transferred")
    with pytest.raises(RefusedError, match="filed no case"):
        go(disobeyed, "criminal_case_ended")
    go(disobeyed, "police_filed")
    disobeyed.pass_time(timedelta(days=70))
    assert disobeyed.state("A1") == "crime_overdue"
    go(disobeyed, "police_asked", "criminal_case_ended")

    assert disobeyed.case("A1").details["crime_transferred"]
    with pytest.raises(RefusedError, match="filed no case"):
        go(disobeyed, "criminal_case_ended")


def test_the_authority_decides_and_a_court_is_asked_while_the_police_have_the_case(disobeyed: Room) -> None:
    go(disobeyed, "crime_transferred", "compensation_ordered")
    with pytest.raises(RefusedError, match="record their answer first"):
        go(disobeyed, "crime_transferred")
    go(disobeyed, "police_awaited")
    with pytest.raises(RefusedError, match="a decision was made already"):
        go(disobeyed, "decided_without_compensation")

    go(disobeyed, "enforcement_applied")

    assert disobeyed.state("A1") == "court_enforcing"
    assert disobeyed.clocks("A1")["police_answer"].stopped_at is None


# -- ways on ---------------------------------------------------------------------------------------


def test_a_roster_is_verified_anew_before_anything_was_paid_by_it(room: Room) -> None:
    go(room, *TO_COORDINATION, "roster_reopened")
    assert room.state("A1") == "roster_due"
    go(room, *TO_COORDINATION[3:], "payment_recorded", payment_recorded=PART)

    with pytest.raises(RefusedError, match="wages were paid by this roster"):
        go(room, "roster_reopened")


def test_liable_parties_and_evidence_that_come_to_light_later_are_put_on_record_where_the_claim_is(room: Room) -> None:
    go(room, *TO_COORDINATION)
    alone = {"arrangements": ["ordinary_employment"]}
    go(room, "liable_party_found", "evidence_packed", liable_party_found=alone)

    assert room.state("A1") == "coordinated"
    assert [row["party"] for row in room.case("A1").details["liable"]] == ["employer"]


def test_who_pays_before_the_meeting_is_written_down_and_checked(room: Room) -> None:
    go(room, *TO_COORDINATION[:-1], "payment_recorded", payment_recorded=PART)
    left = [{**ALL["rows"][0], "amount": "6000.00"}, ALL["rows"][1]]

    go(room, "payment_verified", payment_verified={"rows": left})

    assert room.state("A1") == "paid"


def test_a_complaint_that_is_withdrawn_from_the_inspection_leads_back_and_its_times_end(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "inspection_dropped")

    assert room.state("A1") == "coordinated"
    assert room.clocks("A1")["inspection_investigation"].stopped_at is not None
    go(room, "referred_to_arbitration", "arbitration_accepted", "arbitration_withdrawn")
    assert room.state("A1") == "coordinated"
    assert room.clocks("A1")["arbitration_award"].stopped_at is not None


def test_what_the_authority_decides_of_an_order_that_was_not_obeyed_is_asked_after(disobeyed: Room) -> None:
    assert due(disobeyed, "follow_up") == date(2027, 1, 7)
    go(disobeyed, "inspection_asked", inspection_asked={"days": 10})
    assert due(disobeyed, "follow_up") == date(2027, 1, 10)

    go(disobeyed, "compensation_ordered")

    assert disobeyed.clocks("A1")["follow_up"].stopped_at is not None


def test_workers_may_leave_an_authority_that_decides_nothing_and_go_to_arbitration(disobeyed: Room) -> None:
    go(disobeyed, "inspection_dropped", "referred_to_arbitration")

    assert disobeyed.state("A1") == "arbitration_pending"
    assert disobeyed.clocks("A1")["arbitration_acceptance"].stopped_at is None


def test_a_claim_that_was_given_up_is_taken_up_again_where_its_roster_is_verified(room: Room) -> None:
    go(room, *TO_COORDINATION, "not_pursued", "taken_up_again")
    assert room.state("A1") == "coordinated"
    go(room, "roster_reopened", "not_pursued")
    assert room.state("A1") == "not_pursued"


@pytest.mark.parametrize("way", ["settlement_agreed", "referred_to_inspection"])
def test_a_claim_that_is_taken_up_again_goes_no_further_before_it_is_found_who_owes_it(room: Room, way: str) -> None:
    go(room, *TO_COORDINATION[:4], "not_pursued", "taken_up_again")
    with pytest.raises(RefusedError, match="清偿责任主体"):
        go(room, way)

    go(room, "liable_party_found", way)

    assert room.state("A1") == {"settlement_agreed": "settlement_performing"}.get(way, "inspection_pending")


def test_who_was_found_liable_before_all_articles_were_kept_is_named_by_the_one(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        rows = [{name: said for name, said in row.items() if name != "articles"} for row in case.details["liable"]]
        case.details = {**case.details, "liable": rows}

    go(room, "referred_to_inspection")

    assert room.state("A1") == "inspection_pending"


def test_a_claim_without_a_roster_is_not_taken_up_again(room: Room) -> None:
    go(room, *TO_COORDINATION[:3], "not_pursued")

    with pytest.raises(RefusedError, match="no roster was verified"):
        go(room, "taken_up_again")


def test_what_a_court_does_not_take_in_is_handed_in_again_while_its_time_runs(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", compensation_ordered={"served_on": "2026-12-30"})
    go(disobeyed, "enforcement_applied", "enforcement_returned")
    assert disobeyed.state("A1") == "enforcement_due"
    assert due(disobeyed, "court_application") == date(2027, 9, 30)
    assert "enforcement_application" not in disobeyed.clocks("A1")
    assert disobeyed.clock("A1", "enforcement_follow_up").stopped_at is not None

    go(disobeyed, "enforcement_applied")

    assert disobeyed.state("A1") == "court_enforcing"


def test_an_award_s_time_runs_on_when_a_court_does_not_take_it_in(room: Room) -> None:
    go(room, *ARBITRATED, "enforcement_applied", "enforcement_returned")

    assert due(room, "enforcement_application") == date(2028, 11, 23)
    assert "court_application" not in room.clocks("A1")


def test_a_court_that_does_not_enforce_the_decision_leads_back_to_the_authority(disobeyed: Room) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied")
    with pytest.raises(RefusedError, match="an administrative decision is being enforced"):
        go(disobeyed, "enforcement_refused")
    go(disobeyed, "decision_not_enforced")
    assert disobeyed.state("A1") == "compensation_due"

    go(disobeyed, "compensation_ordered")

    assert disobeyed.state("A1") == "enforcement_due"


def test_an_award_that_a_court_does_not_enforce_may_be_sued_for(room: Room) -> None:
    go(room, *ARBITRATED, "enforcement_applied")
    with pytest.raises(RefusedError, match="no administrative decision"):
        go(room, "decision_not_enforced")
    go(room, "enforcement_refused", enforcement_refused={"routes": ["lawsuit", "legal_aid"]})
    assert not courts.in_effect(room.case("A1"), "award")
    assert room.case("A1").details["enforcement_refused"]["routes"] == ["lawsuit", "legal_aid"]

    go(room, "lawsuit_filed", lawsuit_filed={"ground": "award_not_enforced"})

    assert room.state("A1") == "sued"


def test_an_order_that_came_after_the_year_was_over_does_not_make_it_run_anew(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_declined")
    asked = {"employment_ended_on": "2024-11-30", "last_claimed_on": None}

    go(room, "referred_to_arbitration", referred_to_arbitration=asked)

    # The complaint of 2026-11-23 came when the year had been over for one already.
    assert room.case("A1").details["arbitration_until"] == "2025-12-01"
    assert "arbitration_late" in codes(room)


# -- who mediates (劳动争议调解仲裁法 10, 14) --------------------------------------------------------------

BY_THEMSELVES = {
    "mediated_by": "nobody",
    "mediation_body": "",
    "mediator": "",
    "mediator_signed": False,
    "sealed": False,
}


@pytest.mark.parametrize("field", ["mediation_body", "mediator"])
def test_a_settlement_names_who_has_mediated_it(room: Room, field: str) -> None:
    go(room, *TO_COORDINATION)

    with pytest.raises(ValidationError, match="who has mediated"):
        go(room, "settlement_agreed", settlement_agreed={field: " "})


def test_what_both_sides_agree_on_by_themselves_binds_them_but_is_not_confirmed(room: Room) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed=BY_THEMSELVES)
    assert not {"judicial_confirmation", "arbitral_confirmation"} & {*room.clocks("A1")}
    for trigger in ("confirmation_applied", "arbitral_confirmation_applied"):
        with pytest.raises(RefusedError, match="nobody has mediated"):
            go(room, trigger)
    go(room, "settlement_breached")
    with pytest.raises(RefusedError, match="nobody has mediated"):
        go(room, "payment_order_applied", payment_order_applied={"ground": "settlement_broken"})
    with pytest.raises(RefusedError, match="arbitration comes first"):
        go(room, "lawsuit_filed", lawsuit_filed={"ground": "settlement_broken"})

    go(room, "payment_order_applied", payment_order_applied={"ground": "arrears"})

    assert room.state("A1") == "payment_order_pending"


def test_a_mediated_settlement_takes_effect_only_with_the_mediator_s_signature_and_the_seal(room: Room) -> None:
    go(room, *TO_COORDINATION)
    for missing in ("workers_signed", "payer_signed", "mediator_signed", "sealed"):
        with pytest.raises(RefusedError, match=f"{missing} is missing"):
            go(room, "settlement_agreed", settlement_agreed={missing: False})


def test_a_broken_settlement_is_agreed_on_anew_unless_it_is_confirmed(room: Room) -> None:
    go(room, *AGREED, "settlement_breached", "settlement_agreed")
    assert room.state("A1") == "settlement_performing"
    go(room, "confirmation_applied", "settlement_confirmed", "settlement_breached")

    with pytest.raises(RefusedError, match="confirmed already"):
        go(room, "settlement_agreed")


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        *((schemas.OrderToPay, "amount"), (schemas.FundRequest, "amount"), (schemas.GuaranteeCall, "amount")),
        *((schemas.PaymentRow, "amount"), (schemas.Instalment, "amount"), (schemas.FundDemand, "amount")),
    ],
)
@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001", "NaN"])
def test_nothing_is_ordered_asked_for_or_paid_that_is_no_sum_of_money(schema: Any, field: str, amount: str) -> None:
    form = {**example(schema), field: amount}

    with pytest.raises(ValidationError):
        schema().load(form)


# -- several orders, and a last day that is a holiday ------------------------------------


def test_an_order_whose_last_day_is_a_holiday_runs_until_the_day_after(tmp_path: Any) -> None:
    room = started(tmp_path, datetime(2026, 9, 24, 1, 0, tzinfo=UTC))
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "payment_ordered")
    # Seven days from Thursday 2026-09-24 end on National Day.
    assert due(room, "order_to_pay") == date(2026, 10, 8)
    assert room.case("A1").details["order_until"] == "2026-10-08"

    room.pass_time(datetime(2026, 10, 8, 1, 0, tzinfo=UTC) - room.now)
    assert room.state("A1") == "ordered_to_pay"
    for too_early in ("order_found_disobeyed", "blacklisting_proposed"):
        with pytest.raises(RefusedError):
            go(room, too_early)

    room.pass_time(timedelta(days=1))
    assert room.state("A1") == "compensation_due"


TWO_ORDERS = (*TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "payment_ordered")


@pytest.fixture
def two_orders(room: Room) -> Room:
    """Return a room in which two payers were ordered, the first until 2026-11-30 and the second until 2026-12-14."""
    go(room, *TWO_ORDERS, payment_ordered={"days": 7})
    go(room, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR | {"days": 20})
    return room


def test_of_two_orders_at_once_each_has_its_own_end(two_orders: Room) -> None:
    assert due(two_orders, "order_to_pay") == date(2026, 11, 30)

    two_orders.pass_time(timedelta(days=8))
    assert two_orders.state("A1") == "compensation_due"
    kept = two_orders.case("A1").details
    assert (kept["order"]["payer"], kept["order_until"]) == ("general_contractor", "2026-11-30")
    # Twenty days end on a Sunday.
    assert due(two_orders, "order_to_pay") == date(2026, 12, 14)
    assert codes(two_orders).count("order_over") == 1

    go(two_orders, "compensation_ordered", compensation_ordered={"served_on": "2026-12-01"})
    two_orders.pass_time(datetime(2026, 12, 15, 1, 0, tzinfo=UTC) - two_orders.now)

    assert two_orders.state("A1") == "enforcement_due"
    assert two_orders.case("A1").details["order"]["payer"] == "subcontractor"
    assert len(two_orders.told("order_disobeyed.v1")) == 2
    # Upon the first the authority has decided.
    assert codes(two_orders).count("order_over") == 1
    assert two_orders.clocks("A1")["order_to_pay"].stopped_at is not None


def test_when_the_order_that_runs_out_next_is_revoked_the_other_keeps_its_own_time(two_orders: Room) -> None:
    go(two_orders, "order_revoked_others_stand")

    assert (two_orders.state("A1"), due(two_orders, "order_to_pay")) == ("ordered_to_pay", date(2026, 12, 14))


def test_a_claim_that_was_decided_goes_on_when_another_payer_s_order_has_run_out(disobeyed: Room) -> None:
    with pytest.raises(RefusedError, match="no decision yet"):
        go(disobeyed, "decision_goes_on")
    go(disobeyed, "compensation_ordered", "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)
    disobeyed.pass_time(timedelta(days=8))
    assert disobeyed.state("A1") == "compensation_due"
    with pytest.raises(RefusedError, match="a decision was made already"):
        go(disobeyed, "compensation_ordered", compensation_ordered={"payer": "general_contractor"})

    go(disobeyed, "decision_goes_on")

    assert disobeyed.state("A1") == "enforcement_due"


def test_what_the_bank_pays_in_parts_answers_no_later_call(room: Room) -> None:
    go(room, *TO_COORDINATION, "guarantee_called")
    for amount in ("3000.00", "5000.00"):
        go(room, "guarantee_paid", guarantee_paid={"amount": amount})

    go(room, "guarantee_called", guarantee_called={"amount": "2000.00", "notified_on": "2026-11-23"})

    assert due(room, "guarantee_payment") == date(2026, 11, 30)
    go(room, "guarantee_refused")
    assert room.clocks("A1")["guarantee_payment"].stopped_at is not None


def test_what_the_police_were_handed_again_before_the_upgrade_is_still_theirs(disobeyed: Room) -> None:
    go(disobeyed, *ENFORCED, "crime_transferred")
    with disobeyed.database.write() as session:
        case = session.scalars(select(Case)).one()
        before = {"result": "not_prosecuted", "document_number": "1", "ended_on": "2026-12-01"}
        case.details = {**case.details, "criminal_case": before}

    go(disobeyed, "police_filed", "criminal_case_ended")

    assert disobeyed.case("A1").details["criminal_case"]["result"] == "convicted"
