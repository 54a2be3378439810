"""Wage recovery behind its mailbox and its desk, over a database of its own."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError
from prometheus_client import REGISTRY

from chassis.forms import example
from chassis.terms import Terms
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import UNMANNED, NotPermittedError, RefusedError, Role, Step
from services.wage_recovery import courts, schemas
from services.wage_recovery.service import WageRecoveryService
from services.wage_recovery.stages.places import ENFORCEMENT, GIVEN_UP, LAWSUIT, OPEN
from services.wage_recovery.workflow import WAGE_RECOVERY

DISPATCHED = "routing.appeal_dispatched.v1"
ASSIGNMENT: dict[str, Any] = {
    "mechanism": "wage_recovery",
    "number": "2026-000001",
    "lead_unit": "labour",
    "title": "工地欠薪",
    "text": "工地完工后工资未付",
    "place": "示例小区二期",
    "urgency": "III",
}


#: What kept forms and figures are called on the page of a case.
ROOT = Path(__file__).parents[3]
WORDS = Terms(ROOT / "chassis" / "terms.toml", ROOT / "services" / "wage_recovery" / "terms.toml")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    opened = Room(WageRecoveryService, tmp_path)
    opened.hear(DISPATCHED, "A1", ASSIGNMENT)
    return opened


#: Steps whose gates ask for more than the shortest way to them has on file.
GATED = {
    *(("settlement_broken", trigger) for trigger in ("enforcement_applied", "window_missed")),
    ("settlement_performing", "settlement_confirmed"),
    *((state, "taken_up_again") for state in GIVEN_UP),
    *((state, trigger) for state in LAWSUIT for trigger in ("appeal_withdrawn", "judgment_remanded")),
    *((state, "decision_revoked") for state in ("enforcement_due", *ENFORCEMENT)),
}


def path_to(target: str, *avoid: str, source: str = "received") -> list[Step]:
    """Find the shortest way over the table that people and clocks can go."""
    ways: dict[str, list[Step]] = {source: []}
    todo = deque([source])
    while todo:
        state = todo.popleft()
        for step in WAGE_RECOVERY.steps_from(state):
            if (state, step.trigger) in GATED:
                continue
            if Role.BUS not in step.roles and step.target not in ways and step.trigger not in avoid:
                ways[step.target] = [*ways[state], step]
                todo.append(step.target)
    return ways[target]


def form_of(room: Room, step: Step) -> dict[str, Any]:
    """Return an example of a step's form; a court is asked to enforce what is there."""
    form = example(step.form, at=room.now) if step.form else {}
    if step.trigger == "enforcement_applied":
        there = (
            one
            for one in ("judgment", "award", "administrative_decision", "confirmed_settlement")
            if courts.in_effect(room.case("A1"), one)
        )
        form["ground"] = next(there, "payment_order")
    if step.trigger.startswith("enforcement_settled") or step.trigger == "settlement_agreed":
        later = max(form["instalments"][0]["due_on"], (room.now + timedelta(days=30)).date().isoformat())
        form["instalments"] = [{**form["instalments"][0], "due_on": later}]
    if step.trigger == "settlement_agreed":
        # A first part falls due at once, so that the agreement can be broken before its last day.
        form["instalments"] = [
            {"due_on": local_date(room.now).isoformat(), "amount": "1000.00"},
            {**form["instalments"][0], "amount": "17000.00"},
        ]
    if step.trigger == "court_measure_taken" and room.state("A1") in ENFORCEMENT:
        form["kind"] = "property_seized"
    return form


def walk(room: Room, *steps: Step) -> None:
    """Take steps with the example of each form, letting time pass where a clock takes them."""
    for step in steps:
        if step.trigger == "window_missed":
            room.pass_time(OVER)
        if step.expires is not None:
            due = room.clock("A1", step.expires).due_at(room.blueprint.calendar)
            room.pass_time(due - room.now + timedelta(minutes=1))
        else:
            role = next(role for role in step.roles if role not in UNMANNED)
            room.act("A1", step.trigger, form_of(room, step), role=role)


def conclude(room: Room) -> None:
    """Take the step that leads to a reply from where the case is."""
    [step] = [step for step in WAGE_RECOVERY.steps_from(room.state("A1")) if step.target == "concluded"]
    go(room, step.trigger)


def go(room: Room, *triggers: str, **forms: dict[str, Any]) -> None:
    """Take steps by name, with the given changes to the examples of their forms."""
    for trigger in triggers:
        step = WAGE_RECOVERY.step(room.state("A1"), trigger)
        if courts.an_instalment_is_late in step.guards:
            room.pass_time(timedelta(days=1))
        room.act("A1", trigger, {**form_of(room, step), **forms.get(trigger, {})}, role=step.roles[0])


TO_COORDINATION = (
    "case_accepted",
    "contact_made",
    "claim_registered",
    "roster_verified",
    "liable_party_found",
    "evidence_packed",
    "coordination_held",
)
TO_ORDER = (*TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "payment_ordered")
PART = {"source": "payer", "rows": [{**example(schemas.Payment)["rows"][0], "amount": "4000.00"}]}
#: Ways to the court on which no authority has ordered payment, so that there is no crime yet.
WITHOUT_ORDER = ("payment_order_applied", "referred_to_arbitration", "lawsuit_filed")
WEEK = timedelta(days=7)
#: After these no court is asked any more, whatever was to be enforced.
OVER = timedelta(days=3 * 365)


@pytest.mark.parametrize("state", [*OPEN, "transferred", "return_pending"])
def test_every_state_is_reached_with_the_example_of_each_form(room: Room, state: str) -> None:
    walk(room, *path_to(state, *(WITHOUT_ORDER if state.startswith("crime_") else ())))

    assert room.state("A1") == state
    shown = {*room.case("A1").details} - {step.trigger for step in WAGE_RECOVERY.steps}
    assert not [name for name in sorted(shown) if not WORDS.knows("fields", name)]


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("paid", "solved"),
        ("not_wages", "explained"),
        ("unfounded", "explained"),
        ("partly_paid", "explained"),
        ("not_pursued", "explained"),
        ("window_missed", "explained"),
        ("sued", "transferred"),
        ("crime_transferred", "transferred"),
    ],
)
def test_every_end_of_the_procedure_comes_to_a_reply(room: Room, end: str, outcome: str) -> None:
    walk(room, *path_to(end, *(WITHOUT_ORDER if end == "crime_transferred" else ())))
    go(room, "contact_made")
    conclude(room)

    [concluded] = room.told("case_concluded.v1")
    assert room.state("A1") == "concluded"
    assert concluded["outcome"] == outcome
    assert concluded["handler_claims_solved"] is (outcome == "solved")


def test_wages_paid_after_coordination_tell_each_fact_once(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_verified", "concluded")

    [verified] = room.told("roster_verified.v1")
    assert (verified["workers"], verified["owed_total"], verified["suspicions"]) == (2, "18000.00", [])
    [liable] = room.told("liable_party_found.v1")
    assert (liable["parties"], liable["articles"]) == (["general_contractor", "subcontractor"], ["30.3", "30.1"])
    [paid] = room.told("wages_paid.v1")
    assert (paid["workers"], paid["owed_total"]) == (2, "18000.00")
    assert len(room.told("case_concluded.v1")) == 1
    assert room.case("A1").owed_cents == 18000_00
    assert not [name for name, clock in room.clocks("A1").items() if clock.stopped_at is None]


def test_no_fact_names_a_worker(room: Room) -> None:
    all_of_it = {"rows": example(schemas.PaymentCheck)["rows"]}
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded=all_of_it)
    go(room, "payment_verified", payment_verified={"rows": []})

    said = str(room.told())
    assert "工人" not in said
    assert "371602" not in said


def test_who_records_a_payment_does_not_verify_it(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_recorded")

    with pytest.raises(NotPermittedError):
        room.act("A1", "payment_verified", example(schemas.PaymentCheck), role=Role.HANDLER)
    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "payment_verified", example(schemas.PaymentCheck), role=Role.REVIEWER, person="p1")


def test_payments_in_parts_add_up(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded=PART)
    with pytest.raises(RefusedError, match=r"1: 6000\.00; 2: 8000\.00"):
        go(room, "payment_verified", payment_verified={"rows": []})
    rows = zip(example(schemas.PaymentCheck)["rows"], ("6000.00", "8000.00"), strict=True)
    go(room, "payment_recorded", payment_recorded={"rows": [{**row, "amount": amount} for row, amount in rows]})

    with pytest.raises(RefusedError, match="covers everything") as refused:
        go(room, "payment_recorded", payment_recorded=PART)
    assert refused.value.refusals[0].moot
    go(room, "payment_verified", payment_verified={"rows": []})

    assert room.state("A1") == "paid"
    assert [fact["amount"] for fact in room.told("payment_recorded.v1")] == ["4000.00", "14000.00"]


def test_a_doubted_payment_does_not_count_and_the_claim_stays_where_it_is(room: Room) -> None:
    go(room, *TO_ORDER, "payment_recorded", "payment_doubted")

    assert room.state("A1") == "ordered_to_pay"
    assert room.case("A1").details["payments"] == []
    with pytest.raises(RefusedError, match="no payment"):
        go(room, "payment_doubted")


def test_ten_workers_are_reported_before_anything_else(room: Room) -> None:
    go(room, "case_accepted", "claim_registered", claim_registered={"workers": 12})

    with pytest.raises(RefusedError, match="report that first"):
        go(room, "roster_verified")
    go(room, "group_incident_reported", "roster_verified")
    assert room.told("group_incident_reported.v1")[0]["workers"] == 12


def test_the_order_gives_as_many_days_as_it_says_and_then_costs_extra(room: Room) -> None:
    go(room, *TO_ORDER, payment_ordered={"days": 10})
    room.pass_time(timedelta(days=10))
    assert room.state("A1") == "ordered_to_pay"

    room.pass_time(timedelta(days=1))

    assert room.state("A1") == "compensation_due"
    assert [fact["unpaid"] for fact in room.told("order_disobeyed.v1")] == ["18000.00"]


def test_compensation_is_counted_on_what_is_unpaid_after_the_order(room: Room) -> None:
    go(room, *TO_ORDER, "payment_recorded", payment_recorded=PART)
    room.pass_time(timedelta(days=8))

    with pytest.raises(RefusedError, match=r"14000\.00"):
        go(room, "compensation_ordered")
    go(room, "compensation_ordered", compensation_ordered={"unpaid": "14000.00", "compensation": "7000.00"})

    assert room.state("A1") == "enforcement_due"


def test_a_payment_that_obeys_the_order_stops_its_clock(room: Room) -> None:
    go(room, *TO_ORDER, "payment_verified")

    assert not [name for name, clock in room.clocks("A1").items() if clock.stopped_at is None]
    room.pass_time(4 * WEEK)
    assert room.state("A1") == "paid"
    assert not room.told("order_disobeyed.v1")


def test_a_recorded_payment_that_never_came_is_disobedience_once_the_order_has_run_out(room: Room) -> None:
    go(room, *TO_ORDER, "payment_recorded", payment_recorded={"rows": example(schemas.PaymentCheck)["rows"]})
    room.pass_time(timedelta(days=8))
    assert room.state("A1") == "ordered_to_pay"

    go(room, "payment_doubted", "order_found_disobeyed")

    assert room.state("A1") == "compensation_due"
    assert [fact["unpaid"] for fact in room.told("order_disobeyed.v1")] == ["18000.00"]


def test_an_inspection_that_does_not_answer_is_asked_again(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection")
    room.pass_time(2 * WEEK)
    assert room.state("A1") == "inspection_overdue"

    go(room, "inspection_asked")
    room.pass_time(2 * WEEK)
    assert room.state("A1") == "inspection_overdue"

    go(room, "inspection_accepted")
    assert room.state("A1") == "investigating"


def test_the_investigation_has_sixty_working_days_and_thirty_more(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_accepted")
    room.pass_time(11 * WEEK)
    assert room.state("A1") == "investigating"
    room.pass_time(5 * WEEK)
    assert room.state("A1") == "investigation_overdue"

    go(room, "investigation_extended")
    room.pass_time(8 * WEEK)
    assert room.state("A1") == "investigation_overdue"

    go(room, "payment_ordered")
    assert room.state("A1") == "ordered_to_pay"


def test_a_complaint_that_is_declined_can_go_to_arbitration(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection", "inspection_declined", "referred_to_arbitration")

    assert room.state("A1") == "arbitration_pending"


def test_a_broken_settlement_leads_to_a_payment_order_and_to_the_court(room: Room) -> None:
    go(room, *TO_COORDINATION, "mediation_started", "settlement_agreed")
    due = room.clocks("A1")["settlement"].due_at(room.blueprint.calendar)
    assert due.date().isoformat() == "2026-12-31"
    room.pass_time(due - room.now + timedelta(minutes=1))
    assert room.state("A1") == "settlement_broken"

    go(room, "payment_order_applied", "payment_order_served")
    room.pass_time(3 * WEEK)

    assert room.state("A1") == "enforcement_due"


def test_mediation_ends_after_fifteen_days(room: Room) -> None:
    go(room, *TO_COORDINATION, "mediation_started")

    room.pass_time(timedelta(days=16))

    assert room.state("A1") == "coordinated"


def test_an_award_above_the_limit_is_enforced_only_when_nobody_sues(room: Room) -> None:
    big = {"items": [{"item": "wages", "amount": "30000.00"}]}
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", award_made=big)
    with pytest.raises(RefusedError, match="fifteen days"):
        go(room, "enforcement_applied")

    room.pass_time(4 * WEEK)
    go(room, "enforcement_applied")

    assert room.state("A1") == "court_enforcing"
    assert room.told("award_made.v1")[0]["final"] is False


def test_arbitration_may_take_fifteen_days_more_and_no_longer(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted")
    room.pass_time(timedelta(days=46))
    assert room.state("A1") == "arbitration_overdue"
    with pytest.raises(ValidationError):
        go(room, "arbitration_extended", arbitration_extended={"days": 16})

    go(room, "arbitration_extended")
    # Sixty days in all, from the day on which the commission accepted: the 46 that are over count.
    room.pass_time(timedelta(days=14))
    assert room.state("A1") == "arbitration_pending"
    room.pass_time(timedelta(days=1))
    assert room.state("A1") == "arbitration_overdue"
    with pytest.raises(RefusedError, match="only once"):
        go(room, "arbitration_extended")


def test_two_years_to_apply_for_enforcement_run_from_when_that_is_possible(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_order_applied", "payment_order_served")
    room.pass_time(timedelta(days=16))
    clock = room.clocks("A1")["enforcement_application"]
    assert clock.due_at(room.blueprint.calendar).year == room.now.year + 2

    go(room, "enforcement_applied")
    assert room.clocks("A1")["enforcement_application"].stopped_at is not None


def test_the_payer_may_ask_for_reconsideration_while_the_order_runs_out(room: Room) -> None:
    go(room, *TO_ORDER)
    room.pass_time(timedelta(days=8))

    assert room.state("A1") == "compensation_due"
    assert room.clock("A1", "order_reconsideration").stopped_at is None


def test_the_wage_guarantee_of_a_project_is_called_for_no_more_than_is_owed(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match=r"18000\.00 yuan that are owed"):
        go(room, "guarantee_called", guarantee_called={"amount": "18000.01"})

    go(room, "guarantee_called", "payment_verified")

    assert room.clocks("A1")["guarantee_payment"].stopped_at is not None


def test_ops_see_how_much_is_claimed_until_it_is_paid(room: Room) -> None:
    go(room, *TO_COORDINATION)
    room.run("count_arrears")
    assert (
        REGISTRY.get_sample_value("jiesu_wage_claimed_yuan"),
        REGISTRY.get_sample_value("jiesu_wage_claimants"),
    ) == (
        18000.0,
        2.0,
    )

    go(room, "payment_verified")
    room.run("count_arrears")
    assert REGISTRY.get_sample_value("jiesu_wage_claimed_yuan") == 0


def test_outside_construction_there_is_no_wage_guarantee(room: Room) -> None:
    go(room, *TO_COORDINATION, claim_registered={"in_construction": False})

    with pytest.raises(RefusedError, match="construction"):
        go(room, "guarantee_called")


def test_no_crime_without_an_order(room: Room) -> None:
    go(
        room,
        *TO_COORDINATION,
        "settlement_agreed",
        "settlement_breached",
        "payment_order_applied",
        "payment_order_served",
    )
    room.pass_time(3 * WEEK)

    with pytest.raises(RefusedError, match="no authority"):
        go(room, "crime_transferred")
    with pytest.raises(RefusedError, match="no authority"):
        go(room, "blacklisting_proposed")


def test_wages_may_come_while_the_police_have_the_case(room: Room) -> None:
    go(room, *TO_ORDER)
    room.pass_time(2 * WEEK)
    go(room, "crime_transferred", "payment_verified", "concluded")

    assert room.told("case_concluded.v1")[0]["outcome"] == "solved"


def test_whole_identity_numbers_are_not_accepted() -> None:
    row = {**example(schemas.Roster)["rows"][0], "id_number": "371602199001010011"}

    with pytest.raises(ValidationError, match="id_number"):
        schemas.Roster().load({**example(schemas.Roster), "rows": [row]})


def test_the_same_assignment_twice_opens_one_case(room: Room) -> None:
    room.hear(DISPATCHED, "A1", ASSIGNMENT)

    assert room.state("A1") == "received"
    assert not room.parked()


def test_a_return_is_granted_and_the_case_may_come_again(room: Room) -> None:
    go(room, "return_requested")
    room.hear("routing.return_decided.v1", "A1", {"mechanism": "wage_recovery", "granted": True})
    assert room.state("A1") == "returned"

    room.hear(DISPATCHED, "A1", ASSIGNMENT)
    assert room.state("A1") == "received"


def test_rework_begins_with_the_claim_and_forgets_old_payments(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_verified", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "wage_recovery", "reason": "仍欠一人", "round": 1})

    go(room, "rework_taken", *TO_COORDINATION[1:])
    assert room.case("A1").details["payments"] == []
    go(room, "payment_verified", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "wage_recovery", "end": "rated"})

    assert room.state("A1") == "closed"


def test_a_withdrawn_appeal_ends_and_its_clocks_stop(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_inspection")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "wage_recovery", "reason": "诉求人撤回"})

    assert room.state("A1") == "withdrawn"
    assert all(clock.stopped_at for clock in room.clocks("A1").values())
