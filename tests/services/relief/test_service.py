"""Relief at its mailbox: from the dispatch to the reply."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import update

from chassis.examples import example
from chassis.legal import LegalBases
from chassis.terms import Terms
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import UNMANNED, Moment, RefusedError, Role, Step
from services.relief import benefits, figures, models, rules, schemas
from services.relief.cautions import CAUTIONS
from services.relief.service import OPEN, ReliefService
from services.relief.stages import places
from services.relief.workflow import RELIEF

WORDS = Terms(Path(rules.__file__).with_name("terms.toml"))
ASSIGNED = {
    "mechanism": "relief",
    "number": "PL-2",
    "lead_unit": "civil_affairs",
    "title": "生活困难",
    "text": "家人生病花了很多钱,想申请救助",
    "place": "朝阳社区",
    "category": "0504",
}


def form_of(step: Step, room: Room, **changed: Any) -> dict[str, Any]:
    """Return an example of a step's form at the room's time."""
    return (example(step.form, at=room.now) if step.form else {}) | changed


def take(room: Room, trigger: str, **changed: Any) -> None:
    """Take a step, as the one who may, with its example form; or wait for its clock."""
    step = RELIEF.step(room.state("A1"), trigger)
    if step.expires:
        due = room.clocks("A1")[step.expires].due_at(room.blueprint.calendar)
        room.pass_time(due - room.now + timedelta(seconds=1))
        assert room.state("A1") == step.target, trigger
        return
    room.act("A1", trigger, form_of(step, room, **changed), role=step.roles[0], person=step.roles[0])


#: Ways back, which are open only to a case that has been further before.
BACK = frozenset(
    {
        *("benefit_taken_up", "review_carried_out", "rejection_overturned", "benefit_restored"),
        *("fraud_cleared", "advance_upheld"),
    }
)


def shortest(source: str, target: str) -> list[str]:
    """Return the triggers of the shortest way over the table, for a case that goes it for the first time."""
    ways: deque[tuple[str, list[str]]] = deque([(source, [])])
    seen = {source}
    while ways:
        state, way = ways.popleft()
        if state == target:
            return way
        for step in RELIEF.steps_from(state):
            taken = step.expires or not UNMANNED & {*step.roles}
            if step.target not in seen and taken and step.trigger not in BACK:
                seen.add(step.target)
                ways.append((step.target, [*way, step.trigger]))
    pytest.fail(f"no way from {source} to {target}")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return a room with one case that was taken on, its resident contacted."""
    room = Room(ReliefService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    take(room, "case_accepted")
    take(room, "contact_made")
    return room


@pytest.mark.parametrize("end", places.READY)
def test_every_end_is_reached_with_example_forms_and_is_told(room: Room, end: str) -> None:
    for trigger in shortest("to_apply", end):
        take(room, trigger)
    take(room, "concluded" if end in places.HELPED else "concluded_without_help")

    [concluded] = room.told("case_concluded.v1")

    assert concluded["unit"] == "civil_affairs"
    assert concluded["handler_claims_solved"] is (end in places.HELPED)
    assert room.state("A1") == "concluded"
    assert WORDS.knows("values", room.case("A1").details["ended_as"])
    assert not room.parked()


# A rework alone leads to where what runs is verified again: see test_contests.
@pytest.mark.parametrize("state", [state for state in places.HANDLING if state != "benefit_reviewing"])
def test_every_state_is_reached_with_example_forms(room: Room, state: str) -> None:
    for trigger in shortest("to_apply", state):
        take(room, trigger)

    assert room.state("A1") == state


def test_an_objection_that_comes_while_the_district_has_it_is_rechecked_and_it_is_posted_and_submitted_again(
    room: Room,
) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started", "publicity_over", "submitted"):
        take(room, trigger)

    take(room, "objection_raised")

    clocks = room.clocks("A1")
    assert (room.state("A1"), clocks["district"].state, clocks["handling"].state) == (
        "objecting",
        "stopped",
        "suspended",
    )
    for trigger in ("objection_dismissed", "publicity_over", "submitted", "district_approved"):
        take(room, trigger)
    assert room.state("A1") == "approved"


def test_the_last_signs_of_a_number_are_taken_however_their_x_is_typed_and_no_whole_number_is(room: Room) -> None:
    member = {"name": "居民甲", "relation": "self", "adult": True}
    whole = schemas.Member().validate(member | {"id_last_four": "371602199001010106"})

    take(room, "application_filed", household=[member | {"id_last_four": "012x"}])

    assert whole["id_last_four"] == [
        "只填证件号码的末四位，末位可以是 X。 / The last four signs of the number only; the last may be an X."
    ]
    assert room.case("A1").details["application_filed"]["household"][0]["id_last_four"] == "012X"


def test_a_household_that_has_grown_signs_and_is_looked_into_anew_and_each_of_its_heads_counts(room: Room) -> None:
    for trigger in APPLY:
        take(room, trigger)
    [*there] = room.case("A1").details["application_filed"]["household"]
    born = {"name": "居民丙", "relation": "spouse", "adult": True, "id_last_four": "0099"}

    take(room, "household_changed", household=[*there, born])

    assert room.state("A1") == "authorising"
    assert room.clocks("A1")["handling"].state == "running"
    with pytest.raises(RefusedError, match="have not signed: 居民丙"):
        take(room, "authorised")
    signed = [{"member": name, "signed_on": "2026-11-20", "way": "signed"} for name in ("居民甲", "居民丙")]
    take(room, "authorised", signatures=signed)
    for trigger in APPLY[3:]:
        take(room, trigger)
    take(room, "opinion_supported", persons=3, amount="5400.00")
    assert room.state("A1") == "to_publicise"
    # What was filed stands as it is now; what it was stands in the timeline.
    assert len(room.case("A1").details["application_filed"]["household"]) == 3
    assert room.case("A1").details["application_filed"]["relief"] == "temp_expense"


APPLY = ("application_filed", "application_accepted", "authorised", "information_checked", "house_visited")


def test_an_application_tells_each_of_its_facts_up_to_the_payment(room: Room) -> None:
    for trigger in (
        *APPLY,
        "opinion_supported",
        "publicity_started",
        "publicity_over",
        "submitted",
        "district_approved",
        "relief_paid",
        "concluded",
    ):
        take(room, trigger)

    for fact in (
        "relief_applied.v1",
        "relief_accepted.v1",
        "relief_opinion_given.v1",
        "publicity_started.v1",
        "submitted_to_district.v1",
        "relief_approved.v1",
        "relief_paid.v1",
        "case_concluded.v1",
    ):
        assert len(room.told(fact)) == 1, fact
    [opinion] = room.told("relief_opinion_given.v1")
    assert (opinion["relief"], opinion["supported"], opinion["amount"]) == ("temp_expense", True, "3600.00")
    [paid] = room.told("relief_paid.v1")
    assert paid["amount"] == "3600.00"
    assert room.case("A1").relief_kind == "temp_expense"


def test_no_fact_names_the_applicant_or_the_illness(room: Room) -> None:
    for trigger in (
        *APPLY,
        "opinion_supported",
        "publicity_started",
        "publicity_over",
        "submitted",
        "district_approved",
    ):
        take(room, trigger)

    told = " ".join(str(fact) for fact in room.told())

    assert "居民甲" not in told
    assert "患病" not in told


def test_the_ledger_hears_which_relief_is_asked_for_and_again_when_it_proves_another(room: Room) -> None:
    take(room, "emergency_assessed")
    take(room, "not_urgent")
    take(room, "application_filed", relief="temp_expense")

    told = [(one["category"], one["kind"]) for one in room.told("case_categorised.v1")]
    assert told == [("0503", "help"), ("0504", "help")]
    details = room.case("A1").details
    assert (details["category"], details["kind"]) == ("0504", "help")


def test_the_time_of_publicity_is_not_counted_in_handling(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported"):
        take(room, trigger)
    before = room.clocks("A1")["handling"].due_at(room.blueprint.calendar)
    take(room, "publicity_started")
    assert room.clocks("A1")["handling"].state == "suspended"
    take(room, "publicity_over")

    handling = room.clocks("A1")["handling"]

    assert handling.state == "running"
    assert handling.limit == 15
    assert handling.due_at(room.blueprint.calendar) > before


def test_an_objection_that_is_dismissed_begins_the_publicity_anew(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started"):
        take(room, trigger)
    room.pass_time(timedelta(days=6))
    take(room, "objection_raised")
    room.pass_time(timedelta(days=3))
    assert room.state("A1") == "objecting"
    take(room, "objection_dismissed")
    room.pass_time(timedelta(days=6))
    assert room.state("A1") == "publicising"

    take(room, "publicity_over")

    assert room.state("A1") == "to_submit"
    assert len(room.told("publicity_started.v1")) == 2


def test_an_objection_that_is_upheld_leads_back_to_the_survey(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started", "objection_raised", "objection_upheld"):
        take(room, trigger)
    take(room, "house_visited", doubtful=True)

    with pytest.raises(RefusedError, match="democratic review"):
        take(room, "opinion_against")
    for trigger in (
        "democratic_review_held",
        "opinion_against",
        "submitted_for_refusal",
        "refusal_followed_up",
        "district_rejected",
        "rejection_notified",
    ):
        take(room, trigger)

    assert room.state("A1") == "rejection_told"
    assert len(room.told("relief_rejected.v1")) == 1


def test_urgent_help_comes_first_and_its_papers_afterwards(room: Room) -> None:
    take(room, "emergency_assessed")
    assert room.clocks("A1")["advance"].due_at(room.blueprint.calendar) == room.now + timedelta(hours=24)
    take(room, "advance_paid")
    take(room, "papers_missed")
    take(room, "papers_completed")
    take(room, "concluded")

    [advance] = room.told("advance_paid.v1")
    assert advance["amount"] == "2000.00"
    assert len(room.told("retro_papers_overdue.v1")) == 1
    assert len(room.told("case_concluded.v1")) == 1


def test_urgent_help_that_is_late_is_told_each_day(room: Room) -> None:
    take(room, "emergency_assessed")
    take(room, "advance_delayed")
    take(room, "advance_delayed")

    assert len(room.told("advance_late.v1")) == 2
    assert room.state("A1") == "emergency"


def test_missing_papers_are_asked_for_once_all_of_them(room: Room) -> None:
    take(room, "application_filed", papers=["application", "identity"])
    with pytest.raises(RefusedError, match="papers are missing: declaration, hardship_proof"):
        take(room, "application_accepted")
    with pytest.raises(RefusedError, match="name all that is missing, at once: declaration"):
        take(room, "supplement_requested", missing=["hardship_proof"])
    take(room, "supplement_requested", missing=["hardship_proof", "declaration"])
    take(room, "supplemented", papers=["declaration", "hardship_proof"])
    with pytest.raises(RefusedError, match="asked for once"):
        take(room, "supplement_requested")

    take(room, "application_accepted")

    assert room.state("A1") == "authorising"


def test_papers_that_come_in_parts_are_taken_until_they_are_complete(room: Room) -> None:
    take(room, "application_filed", papers=["application", "identity"])
    take(room, "supplement_requested", missing=["hardship_proof", "declaration"])
    with pytest.raises(RefusedError, match="still missing: declaration, hardship_proof"):
        take(room, "supplemented", papers=["identity"])
    take(room, "supplemented_in_part", papers=["identity"])

    take(room, "supplemented_in_part", papers=["hardship_proof"])
    waiting = room.state("A1"), room.clocks("A1")["supplement"].state
    with pytest.raises(RefusedError, match="nothing is missing any more"):
        take(room, "supplemented_in_part", papers=["declaration"])
    take(room, "supplement_lapsed")
    take(room, "supplemented", papers=["declaration"])
    take(room, "application_accepted")

    assert waiting == ("supplement_due", "running")
    assert room.state("A1") == "authorising"


def test_what_an_earlier_notice_has_left_out_is_still_taken(room: Room) -> None:
    take(room, "application_filed", papers=["application", "identity"])
    take(room, "supplement_requested", missing=["hardship_proof", "declaration"])
    before = {"missing": ["hardship_proof"], "told_on": str(local_date(room.now)), "note": "请补交诊断证明"}
    details = {
        **room.case("A1").details,
        "supplement_requested": before,
        "supplemented": [{"papers": ["hardship_proof"]}],
    }
    with room.database.write() as session:
        session.execute(update(models.Case).values(state="materials_check", details=details))
    with pytest.raises(RefusedError, match="papers are missing: declaration"):
        take(room, "application_accepted")

    take(room, "supplemented", papers=["declaration"])
    take(room, "application_accepted")

    assert room.state("A1") == "authorising"


def test_complete_papers_are_not_supplemented(room: Room) -> None:
    take(room, "application_filed")

    for trigger in ("supplemented", "supplemented_in_part"):
        with pytest.raises(RefusedError, match="no papers are missing"):
            take(room, trigger)


def test_an_application_is_dropped_by_the_applicants_signed_word_only(room: Room) -> None:
    take(room, "application_filed", papers=["application"])
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"reason": "材料不齐，无法受理", "applicant_signed": False}, "the applicant himself withdraws, and signs"),
        ({"ground": "death"}, r"the household's other members \(1\) still apply"),
    )
    for changed, reason in refused:
        with pytest.raises(RefusedError, match=reason):
            take(room, "application_withdrawn", **changed)

    take(room, "application_withdrawn")

    assert room.state("A1") == "dropped"


def test_of_one_who_lived_alone_and_died_nobody_is_left_to_apply(room: Room) -> None:
    take(room, "application_filed", household=[{"name": "居民丙", "relation": "self", "adult": True}], incomes=[])

    take(room, "application_withdrawn", ground="death", applicant_signed=False, reason="申请人已死亡，独居")

    assert room.state("A1") == "dropped"


def test_late_papers_are_still_taken(room: Room) -> None:
    take(room, "application_filed", papers=["application", "identity", "declaration"])
    for trigger in ("supplement_requested", "supplement_lapsed", "supplemented", "application_accepted"):
        take(room, trigger)

    assert room.state("A1") == "authorising"


def test_a_silent_district_is_urged_and_strands_nothing(room: Room) -> None:
    for trigger in (
        *APPLY,
        "opinion_supported",
        "publicity_started",
        "publicity_over",
        "submitted",
        "district_fell_silent",
        "district_urged",
        "district_fell_silent",
        "district_approved",
    ):
        take(room, trigger)

    assert room.state("A1") == "approved"


def test_the_street_decides_small_temporary_relief_with_two_people(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started", "publicity_over"):
        take(room, trigger)
    with pytest.raises(RefusedError, match="above the delegated limit"):
        take(room, "street_review_passed", delegated_limit="3599.99")
    for trigger in ("street_review_passed", "approved_by_street", "relief_paid"):
        take(room, trigger)

    assert room.state("A1") == "paid"


@pytest.mark.parametrize("who", [Role.HANDLER, Role.REVIEWER])
def test_who_surveyed_gave_the_opinion_or_reviewed_it_does_not_grant_it(room: Room, who: Role) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started", "publicity_over", "street_review_passed"):
        take(room, trigger)
    form = form_of(RELIEF.step("street_deciding", "approved_by_street"), room)

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "approved_by_street", form, role=Role.LEADER, person=who)


@pytest.mark.parametrize("opinion", ["opinion_supported", "opinion_against"])
def test_who_surveyed_the_household_gives_no_opinion_on_it(room: Room, opinion: str) -> None:
    for trigger in APPLY:
        take(room, trigger)
    form = form_of(RELIEF.step("surveyed", opinion), room)

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", opinion, form, role=Role.REVIEWER, person=Role.HANDLER)


def test_who_says_that_it_is_urgent_pays_no_advance_on_it(room: Room) -> None:
    take(room, "emergency_assessed")
    form = form_of(RELIEF.step("emergency", "advance_paid"), room)

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "advance_paid", form, role=Role.LEADER, person=Role.HANDLER)
    take(room, "advance_paid")


@pytest.mark.parametrize("found", ["objection_dismissed", "objection_upheld"])
def test_who_visited_the_household_finds_on_no_objection(room: Room, found: str) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started", "objection_raised"):
        take(room, trigger)
    form = form_of(RELIEF.step("objecting", found), room)

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", found, form, role=Role.REVIEWER, person=Role.HANDLER)
    room.act("A1", found, form, role=Role.REVIEWER, person="p2")


def test_nothing_is_paid_before_it_was_granted(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started", "publicity_over"):
        take(room, trigger)
    take(room, "street_review_passed")
    take(room, "approved_by_street")
    [paid] = form_of(RELIEF.step("approved", "relief_paid"), room)["payments"]

    early = (room.now - timedelta(days=1)).date().isoformat()
    with pytest.raises(RefusedError, match="but granted on"):
        take(room, "relief_paid", payments=[paid | {"paid_on": early}])


def test_an_emergency_may_be_followed_by_an_ordinary_application(room: Room) -> None:
    for trigger in ("emergency_assessed", "advance_paid", "papers_completed", "application_filed"):
        take(room, trigger)

    assert room.state("A1") == "materials_check"


def test_a_dispatch_that_comes_twice_opens_one_case(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)

    assert room.state("A1") == "to_apply"
    assert len(room.told("case_accepted.v1")) == 1


def test_what_is_for_another_mechanism_is_left_alone(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "A2", ASSIGNED | {"mechanism": "mediation"})

    assert room.case("A2") is None
    assert not room.parked()


def test_a_return_that_is_denied_leaves_the_case_here(tmp_path: Path) -> None:
    room = Room(ReliefService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    take(room, "return_requested")

    room.hear("routing.return_decided.v1", "A1", {"mechanism": "relief", "granted": False})

    assert room.state("A1") == "received"
    with pytest.raises(RefusedError, match="returned once only"):
        take(room, "return_requested")


def test_rework_begins_at_the_window_and_forgets_the_old_application(room: Room) -> None:
    for trigger in ("application_filed", "supplement_requested", "application_withdrawn"):
        take(room, trigger)
    take(room, "concluded_without_help", outcome="withdrawn")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "relief", "reason": "仍需救助"})
    take(room, "rework_taken")
    take(room, "application_filed")

    take(room, "supplement_requested")

    assert room.state("A1") == "supplement_due"


def test_a_recall_ends_an_open_case(room: Room) -> None:
    take(room, "application_filed")

    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "relief"})

    assert room.state("A1") == "withdrawn"


LASTING: dict[str, Any] = {
    "relief": "dibao",
    "cause": "low_income",
    "household": [{"name": "居民甲", "relation": "self", "adult": True, "can_work": False, "id_last_four": "0012"}],
}
DIBAO_OPINION = {"persons": 1, "monthly_income": "100.00", "deductions": "0.00", "amount": "800.00"}


def dibao_is_paid(room: Room, *, can_work: bool = False, household: list[dict[str, Any]] | None = None) -> None:
    """Go from the window to dibao's first payment, on the first of December."""
    # It is granted on the day before.
    room.now -= timedelta(days=1)
    household = household or [{**LASTING["household"][0], "can_work": can_work}]
    incomes = [{"member": household[0]["name"], "income": "wages", "monthly": "1200.00"}]
    take(room, "application_filed", **LASTING | {"household": household, "incomes": incomes})
    take(room, "application_accepted")
    signed = [{"member": one["name"], "signed_on": "2026-11-20", "way": "signed"} for one in household]
    take(room, "authorised", signatures=signed)
    for trigger in (*APPLY[3:], "neighbour_asked"):
        take(room, trigger)
    take(room, "opinion_supported", **DIBAO_OPINION)
    for trigger in ("publicity_started", "publicity_over", "submitted"):
        take(room, trigger)
    decided = local_date(room.now).isoformat()
    room.pass_time(timedelta(days=1))
    take(room, "district_approved", amount="800.00", decided_on=decided, from_month="2026-12")
    take(room, "approval_published")
    take(
        room, "relief_paid", payments=[{"payee": "居民甲", "amount": "800.00", "paid_on": decided, "voucher_no": "1号"}]
    )


@pytest.mark.parametrize(
    ("can_work", "first", "next_"), [(False, "2027-12-01", "2028-12-02"), (True, "2027-06-01", "2028-06-02")]
)
def test_a_lasting_benefit_is_verified_again_also_when_its_appeal_is_long_closed(
    room: Room, *, can_work: bool, first: str, next_: str
) -> None:
    dibao_is_paid(room, can_work=can_work)
    assert room.case("A1").details["verify_by"] == first
    take(room, "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "relief", "end": "satisfied"})
    ended = room.case("A1").ended_at
    room.pass_time(timedelta(days=366))

    take(room, "benefit_verified")
    assert room.case("A1").details["verify_by"] == next_
    take(room, "benefit_stopped")

    assert (room.state("A1"), room.case("A1").ended_at) == ("closed", ended)
    assert len(room.told("relief_stopped.v1")) == 1
    with pytest.raises(RefusedError, match="no relief is being paid"):
        take(room, "benefit_verified")
    assert not room.parked()


def test_what_was_paid_once_sets_no_day_of_verification(room: Room) -> None:
    for trigger in (
        *APPLY,
        "opinion_supported",
        "publicity_started",
        "publicity_over",
        "submitted",
        "district_approved",
    ):
        take(room, trigger)
    take(room, "relief_paid")

    assert "verify_by" not in room.case("A1").details


def test_the_time_of_a_verification_elsewhere_is_not_counted_in_handling(room: Room) -> None:
    for trigger in APPLY[:3]:
        take(room, trigger)
    before = room.clocks("A1")["handling"].due_at(room.blueprint.calendar)
    for trigger in ("cross_region_asked", "cross_region_followed_up", "cross_region_followed_up"):
        take(room, trigger)
    assert room.clocks("A1")["handling"].state == "suspended"

    take(room, "cross_region_answered")

    assert room.clocks("A1")["handling"].state == "running"
    assert room.clocks("A1")["handling"].due_at(room.blueprint.calendar) - before >= timedelta(days=28)


def test_a_posting_that_was_cut_short_is_posted_again_for_seven_days(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started"):
        take(room, trigger)
    take(room, "publicity_checked", still_posted=False)
    take(room, "publicity_over")
    with pytest.raises(RefusedError, match="post it again"):
        take(room, "submitted")

    take(room, "publicity_started")
    room.pass_time(timedelta(days=6))
    assert room.state("A1") == "publicising"
    take(room, "publicity_over")
    take(room, "submitted")

    assert room.state("A1") == "at_district"
    assert len(room.told("publicity_started.v1")) == 2


def test_what_was_granted_is_paid_within_a_month(room: Room) -> None:
    for trigger in (
        *APPLY,
        "opinion_supported",
        "publicity_started",
        "publicity_over",
        "submitted",
        "district_approved",
    ):
        take(room, trigger)
    granted = room.now

    payment = room.clocks("A1")["payment"]

    # Granted as 2026-12-01 begins in Asia/Shanghai; due with the last moment of 2027-01-01.
    assert granted.isoformat() == "2026-11-30T16:00:00+00:00"
    assert payment.due_at(room.blueprint.calendar).date().isoformat() == "2027-01-01"
    take(room, "relief_paid")
    assert room.clocks("A1")["payment"].stopped_at == granted


#: What comes before the eighteenth, by when it happened.
EARLY = {
    "emergency_assessed": {"assessed_at": "2026-11-18T00:00:00+08:00"},
    "submitted_for_refusal": {"submitted_on": "2026-11-18"},
    "district_rejected": {"decided_on": "2026-11-18"},
}


@pytest.mark.parametrize(
    ("way", "trigger", "clock", "field"),
    [
        (("application_filed",), "supplement_requested", "supplement", "told_on"),
        (("application_filed",), "application_accepted", "handling", "accepted_on"),
        (APPLY[:3], "cross_region_asked", "cross_region", "asked_on"),
        ((), "referred", "referral_followup", "referred_on"),
        (("emergency_assessed",), "advance_paid", "retro_papers", "paid_on"),
        ((*APPLY, "opinion_against"), "submitted_for_refusal", "district", "submitted_on"),
        ((*APPLY, "opinion_against", "submitted_for_refusal"), "district_rejected", "rejection_notice", "decided_on"),
        (
            (*APPLY, "opinion_against", "submitted_for_refusal", "district_rejected"),
            "rejection_notified",
            "reconsideration",
            "told_on",
        ),
    ],
)
def test_a_time_is_counted_from_the_act_and_not_from_when_it_is_put_on_record(
    room: Room, way: tuple[str, ...], trigger: str, clock: str, field: str
) -> None:
    for step in way:
        take(room, step, **EARLY.get(step, {}))
    with pytest.raises(RefusedError, match="after today"):
        take(room, trigger, **{field: "2026-11-24"})

    take(room, trigger, **{field: "2026-11-18"})

    assert room.clocks("A1")[clock].started_at == datetime(2026, 11, 17, 16, tzinfo=UTC)


def test_the_twenty_four_hours_count_from_the_assessment(room: Room) -> None:
    with pytest.raises(RefusedError, match="after today"):
        take(room, "emergency_assessed", assessed_at="2026-11-23T09:30:00+08:00")

    take(room, "emergency_assessed", assessed_at="2026-11-22T20:00:00+08:00")

    assert room.clocks("A1")["advance"].due_at(room.blueprint.calendar) == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_posting_is_not_dated_before_the_opinion_nor_a_second_one_before_the_objection(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported"):
        take(room, trigger)
    with pytest.raises(RefusedError, match="can't be posted before"):
        take(room, "publicity_started", posted_on="2026-11-16")
    take(room, "publicity_started")
    room.pass_time(timedelta(days=3))
    take(room, "objection_raised")
    with pytest.raises(RefusedError, match="post it again after that"):
        take(room, "objection_dismissed", posted_on="2026-11-23")

    take(room, "objection_dismissed")

    assert room.clocks("A1")["publicity"].started_at == room.now


def test_the_seven_days_count_from_the_posting_and_a_silent_body_s_from_when_it_was_urged(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported"):
        take(room, trigger)
    room.pass_time(timedelta(days=3))
    take(room, "publicity_started", posted_on="2026-11-24")
    assert room.clocks("A1")["publicity"].due_at(room.blueprint.calendar).date().isoformat() == "2026-12-01"
    for trigger in ("publicity_over", "submitted", "district_fell_silent"):
        take(room, trigger)
    urged = room.now.date() - timedelta(days=1)

    take(room, "district_urged", urged_on=urged.isoformat())

    assert room.clocks("A1")["district"].started_at.astimezone(UTC).date() == urged - timedelta(days=1)


@pytest.mark.parametrize("trigger", sorted({step.trigger for step in RELIEF.steps if step.since}))
def test_no_time_is_counted_from_a_day_that_is_still_to_come(trigger: str) -> None:
    for step in (step for step in RELIEF.steps if step.trigger == trigger):
        assert rules.what_happened_is_past in step.guards


def test_what_is_paid_in_the_future_is_refused(room: Room) -> None:
    for trigger in (
        *APPLY,
        "opinion_supported",
        "publicity_started",
        "publicity_over",
        "submitted",
        "district_approved",
    ):
        take(room, trigger)
    payment = {"payee": "居民甲", "amount": "3600.00", "voucher_no": "1号"}

    with pytest.raises(RefusedError, match="after today: 2026-12-02"):
        take(room, "relief_paid", payments=[payment | {"paid_on": "2026-12-02"}])


def test_a_refusal_that_a_higher_authority_overturns_comes_back_to_the_survey(room: Room) -> None:
    for trigger in (*APPLY, "opinion_against", "submitted_for_refusal", "district_rejected", "rejection_notified"):
        take(room, trigger)
    assert room.clocks("A1")["reconsideration"].due_at(room.blueprint.calendar).date().isoformat() == "2027-01-22"

    take(room, "rejection_overturned")

    assert room.state("A1") == "surveyed"
    assert room.clocks("A1")["handling"].state == "running"
    assert room.clocks("A1")["reconsideration"].stopped_at is not None


def test_the_same_cause_twice_in_a_year_needs_a_meeting_and_goes_to_the_district(room: Room) -> None:
    history = [{"relief": "temp_expense", "cause": "expense", "year": 2026, "amount": "1000.00"}]
    take(room, "application_filed", relief_history=history)
    for trigger in APPLY[1:]:
        take(room, trigger)
    with pytest.raises(RefusedError, match="a meeting may decide"):
        take(room, "opinion_supported")
    with pytest.raises(RefusedError, match="more than half"):
        take(room, "exception_decided", present=8, in_favour=4)
    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act(
            "A1",
            "exception_decided",
            form_of(RELIEF.step("surveyed", "exception_decided"), room),
            role=Role.LEADER,
            person="handler",
        )

    for trigger in ("exception_decided", "opinion_supported", "publicity_started", "publicity_over"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="goes to the district"):
        take(room, "street_review_passed")
    take(room, "submitted")


def test_what_lasts_is_not_decided_case_by_case(room: Room) -> None:
    take(room, "application_filed", **LASTING)
    for trigger in APPLY[1:]:
        take(room, trigger)

    with pytest.raises(RefusedError, match="only temporary relief"):
        take(room, "exception_decided")


MONTH = {"amount": "800.00", "voucher_no": "批次1"}


def closed_dibao(room: Room, **household: Any) -> None:
    """Pay dibao for December 2026 and close its appeal, on 2026-12-01."""
    dibao_is_paid(room, **household)
    take(room, "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "relief", "end": "satisfied"})


def test_a_lasting_benefit_is_paid_once_a_month_as_granted(room: Room) -> None:
    closed_dibao(room)
    with pytest.raises(RefusedError, match="2026-12 is paid already"):
        take(room, "month_paid", month="2026-12", **MONTH)
    with pytest.raises(RefusedError, match="2027-01 is still to come"):
        take(room, "month_paid", month="2027-01", **MONTH)
    room.pass_time(timedelta(days=62))
    assert "month_unpaid" in warned(room)
    with pytest.raises(RefusedError, match="nothing is due for 2026-11"):
        take(room, "month_paid", month="2026-11", **MONTH)
    with pytest.raises(RefusedError, match=r"800\.00 yuan are due"):
        take(room, "month_paid", month="2027-01", amount="800.01", voucher_no="批次1")

    take(room, "month_paid", month="2027-01", **MONTH)

    assert "month_unpaid" not in warned(room)
    with pytest.raises(RefusedError, match="2027-01 is paid already"):
        take(room, "month_paid", month="2027-01", **MONTH)
    # Another spelling of the same month would be another month.
    for spelled in ("2027-01\n", "２０２７-01"):
        with pytest.raises(ValidationError):
            take(room, "month_paid", month=spelled, **MONTH)


def test_another_sum_is_the_district_s_decision_and_is_paid_from_its_month(room: Room) -> None:
    closed_dibao(room)
    raised = {"change": "raised", "new_amount": "850.00", "from_month": "2027-01", "decision_no": "滨城民调1号"}
    for changed, said in (
        ({"change": "unchanged", "new_amount": "850.00"}, "is not unchanged"),
        (raised | {"new_amount": "750.00"}, "is not raised"),
        (raised | {"change": "lowered"}, "is not lowered"),
        (raised | {"decision_no": ""}, "number of its decision"),
        (raised | {"from_month": ""}, "number of its decision"),
    ):
        with pytest.raises(RefusedError, match=said):
            take(room, "benefit_verified", **changed)

    take(room, "benefit_verified", **raised)

    details = room.case("A1").details
    assert (benefits.amount_in(details, "2026-12"), benefits.amount_in(details, "2027-01")) == (
        Decimal("800.00"),
        Decimal("850.00"),
    )


def test_a_benefit_that_ends_is_paid_until_its_last_month(room: Room) -> None:
    closed_dibao(room)
    room.pass_time(timedelta(days=40))

    take(room, "benefit_stopped", last_month="2027-01")
    take(room, "month_paid", month="2027-01", **MONTH)

    room.pass_time(timedelta(days=30))
    with pytest.raises(RefusedError, match="nothing is due for 2027-02"):
        take(room, "month_paid", month="2027-02", **MONTH)


@pytest.mark.parametrize("last_month", ["2027-02", "2099-12", "2026-11"])
def test_what_is_stopped_goes_on_no_longer_nor_ends_before_what_was_paid(room: Room, last_month: str) -> None:
    closed_dibao(room)
    room.pass_time(timedelta(days=40))

    with pytest.raises(RefusedError, match="the last month lies between 2026-12, which is paid, and 2027-01"):
        take(room, "benefit_stopped", last_month=last_month)


def test_a_benefit_granted_before_months_were_recorded_is_missed_from_its_first_recorded_month_on() -> None:
    first = {"from_month": "2024-01", "amount": "800.00"}
    old: dict[str, Any] = {"relief_paid": {"payments": []}, "district_approved": first}
    recorded = {**old, "month_paid": [{"month": "2026-10"}]}
    changed = {**old, "benefit": [first, {"from_month": "2026-12", "amount": "850.00"}], "recorded_since": "2026-12"}

    assert benefits.months_due(old, "2026-12") == []
    assert benefits.months_due(recorded, "2026-12") == ["2026-11", "2026-12"]
    assert benefits.months_due(changed, "2027-01") == ["2026-12", "2027-01"]
    assert benefits.months_due({**old, "benefit": [first]}, "2024-03") == ["2024-02", "2024-03"]


def test_a_change_of_such_a_benefit_says_from_when_months_are_recorded(room: Room) -> None:
    closed_dibao(room)
    case = room.case("A1")
    case.details = {name: value for name, value in case.details.items() if name != "benefit"}
    form = schemas.BenefitChange().load(
        form_of(RELIEF.step("closed", "benefit_verified"), room)
        | {"change": "raised", "new_amount": "850.00", "from_month": "2027-03", "decision_no": "1号"}
    )

    changed = benefits.verify(case, form, Moment(now=room.now, actor="p1", role=Role.HANDLER))

    assert changed["recorded_since"] == "2027-03"


def test_fraud_is_found_also_when_the_appeal_is_long_closed_and_what_comes_back_is_counted(room: Room) -> None:
    closed_dibao(room)
    with pytest.raises(RefusedError, match="no more is asked back"):
        take(room, "fraud_found", obtained="800.00", refund="800.01")
    take(room, "fraud_found", obtained="800.00", refund="800.00")
    with pytest.raises(RefusedError, match="found already"):
        take(room, "fraud_found")
    assert "refund_open" in warned(room)
    with pytest.raises(RefusedError, match=r"800\.00 yuan are to come back"):
        take(room, "refund_received", amount="800.01")

    take(room, "refund_received", amount="300.00")
    take(room, "refund_received", amount="500.00")

    assert "refund_open" not in warned(room)
    assert len(room.told("fraud_found.v1")) == 1
    assert benefits.amount_in(room.case("A1").details, "2027-01") is None


def test_an_advance_is_asked_back_for_no_more_than_was_given(room: Room) -> None:
    take(room, "emergency_assessed")
    take(room, "advance_paid")

    with pytest.raises(RefusedError, match=r"2000\.00 yuan were advanced"):
        take(room, "advance_reclaimed", amount="2000.01")
    take(room, "advance_reclaimed")

    assert "refund_open" in warned(room)


def test_another_body_is_asked_beside_what_is_handled_here_and_followed_up_until_it_answers(room: Room) -> None:
    for trigger in APPLY:
        take(room, trigger)
    take(room, "also_referred", body="education")
    take(room, "also_referred", body="charity", referral_no="2号")
    room.pass_time(timedelta(days=20))
    assert room.state("A1") == "surveyed"
    assert room.clocks("A1")["also_referral"].state == "running"
    assert "referral_open" in warned(room)
    with pytest.raises(RefusedError, match="wait for an answer: 彭李转介"):
        take(room, "also_referral_answered", referral_no="别的")

    take(room, "also_referral_answered")
    assert room.clocks("A1")["also_referral"].state == "running"
    take(room, "also_referral_answered", referral_no="2号")

    assert "referral_open" not in warned(room)
    with pytest.raises(RefusedError, match="wait for an answer: none"):
        take(room, "also_referral_answered")
    assert room.clocks("A1")["also_referral"].state == "stopped"


def warned(room: Room) -> list[str]:
    """Return what the case is warned of."""
    case = room.case("A1")
    return [one.code for rule in CAUTIONS for one in rule(case, room.now)]


def test_open_cases_are_counted_by_their_kind(room: Room) -> None:
    def counted() -> dict[str, float]:
        room.run("count_open_cases")
        [metric] = OPEN.collect()
        return {sample.labels["relief"]: sample.value for sample in metric.samples if sample.value}

    assert counted() == {"": 1}
    take(room, "application_filed")
    assert counted() == {"temp_expense": 1}
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "relief"})
    assert counted() == {}


@pytest.mark.parametrize("end", places.NOT_HELPED)
def test_without_help_nothing_is_called_solved(end: str) -> None:
    step = RELIEF.step(end, "concluded_without_help")
    assert step.form is not None

    said = step.form().validate(example(step.form) | {"outcome": "solved", "handler_claims_solved": True})

    assert {*said} == {"outcome", "handler_claims_solved"}
    assert "concluded" not in {one.trigger for one in RELIEF.steps_from(end)}


def counts_publicity(room: Room) -> None:
    """Let the place rule that the days of a publicity count, by the one row that says so."""
    rows = [
        replace(row, suspends=("异议核查", "异地核查")) if row.name == "handling" else row
        for row in room.blueprint.legal.clocks
    ]
    room.blueprint.legal = LegalBases(room.blueprint.legal.bases, rows)


def due_on(room: Room, clock: str) -> str:
    return local_date(room.clocks("A1")[clock].due_at(room.blueprint.calendar)).isoformat()


TO_AN_OPINION = (
    *("application_filed", "application_accepted", "authorised", "information_checked", "house_visited"),
    "opinion_supported",
)


@pytest.mark.parametrize(("ruled", "due"), [("stands still", "2026-12-21"), ("counts", "2026-12-14")])
def test_whether_a_publicity_counts_among_the_working_days_is_what_the_place_has_ruled(
    room: Room, ruled: str, due: str
) -> None:
    if ruled == "counts":
        counts_publicity(room)
    for trigger in TO_AN_OPINION:
        take(room, trigger)
    # 15 working days from 2026-11-23; seven days of publicity hold five of them.
    assert due_on(room, "handling") == "2026-12-14"

    take(room, "publicity_started")
    take(room, "publicity_over")

    assert due_on(room, "handling") == due


def test_the_days_to_decide_stand_still_from_the_posting_and_not_from_when_it_is_put_on_record(room: Room) -> None:
    for trigger in TO_AN_OPINION:
        take(room, trigger)
    posted = local_date(room.now)
    room.pass_time(timedelta(days=4))

    take(room, "publicity_started", posted_on=posted.isoformat())
    take(room, "publicity_over")

    [still] = room.clocks("A1")["handling"].suspensions
    assert still.end is not None
    assert (local_date(still.start), still.reason) == (posted, "公示")
    assert still.end == room.clocks("A1")["publicity"].due_at(room.blueprint.calendar)


@pytest.mark.parametrize("ruled", ["stands still", "counts"])
def test_the_recheck_of_an_objection_never_counts_and_the_new_posting_goes_by_the_rule(room: Room, ruled: str) -> None:
    counted = ruled == "counts"
    if counted:
        counts_publicity(room)
    for trigger in (*TO_AN_OPINION, "publicity_started"):
        take(room, trigger)
    assert room.clocks("A1")["handling"].is_suspended is not counted

    take(room, "objection_raised")
    assert room.clocks("A1")["handling"].is_suspended
    room.pass_time(timedelta(days=3))
    take(room, "objection_dismissed")
    assert room.clocks("A1")["handling"].is_suspended is not counted

    take(room, "publicity_over")
    assert not room.clocks("A1")["handling"].is_suspended


@pytest.mark.parametrize(
    ("end", "body", "said"),
    [
        ("paid", "", "granted"),
        ("rejection_told", "", "rejected"),
        ("dropped", "", "application_dropped"),
        ("referral_settled", "charity", "charity"),
        ("referral_settled", "education", "referred"),
        ("fraud", "", "fraud_found"),
    ],
)
def test_how_a_request_came_to_its_end_is_kept(room: Room, end: str, body: str, said: str) -> None:
    for trigger in shortest("to_apply", end):
        take(room, trigger, **({"body": body} if trigger == "referred" else {}))

    take(room, "concluded" if end in places.HELPED else "concluded_without_help")

    assert room.case("A1").details["ended_as"] == said


@pytest.mark.parametrize(("trigger", "reason"), [("grant_renounced", "dropped"), ("grant_revoked", "grant_revoked")])
def test_a_grant_that_ends_before_it_is_paid_counts_as_granted_no_longer(room: Room, trigger: str, reason: str) -> None:
    for one in shortest("to_apply", "approved"):
        take(room, one)
    assert {name for name, *_ in figures.counts(room.case("A1"))} >= {"granted", "granted_sum"}

    take(room, trigger)

    counted = [(name, label) for name, label, _ in figures.counts(room.case("A1"))]
    assert ("refused", reason) in counted
    assert not {"granted", "granted_sum", "helped"} & {name for name, _ in counted}
    assert "payment" not in room.clocks("A1") or room.clocks("A1")["payment"].stopped_at
    assert len(room.told("relief_rejected.v1")) == (trigger == "grant_revoked")
    assert ("rejection_notice" in room.clocks("A1")) == (trigger == "grant_revoked")


def test_after_a_revocation_was_overturned_the_new_grant_is_published_and_paid_anew(room: Room) -> None:
    for one in (*shortest("to_apply", "approved"), "approval_published", "grant_revoked", "rejection_notified"):
        take(room, one)
    take(room, "rejection_overturned")
    for one in shortest("surveyed", "approved"):
        take(room, one)
    assert not room.case("A1").details["approval_published"]

    take(room, "relief_paid")

    assert room.state("A1") == "paid"


@pytest.mark.parametrize("lacking", ["cannot_work", "no_income_source", "no_supporter"])
def test_support_of_the_destitute_takes_all_that_makes_a_person_destitute(room: Room, lacking: str) -> None:
    take(room, "application_filed", **LASTING | {"relief": "destitute", "cause": "no_support"})
    take(room, "application_accepted")
    take(room, "authorised", signatures=[{"member": "居民甲", "signed_on": "2026-11-20", "way": "signed"}])
    for trigger in (*APPLY[3:], "neighbour_asked"):
        take(room, trigger)
    opinion = {"persons": 1, "monthly_income": "0.00", "deductions": "0.00", "coefficient": "1.30", "amount": "1170.00"}

    with pytest.raises(RefusedError, match=f"not found: {lacking}"):
        take(room, "opinion_supported", **opinion | {lacking: False})

    take(room, "opinion_supported", **opinion)
    assert room.state("A1") == "to_publicise"


def test_an_advance_is_not_dated_before_the_need_was_assessed(room: Room) -> None:
    take(room, "emergency_assessed")

    with pytest.raises(RefusedError, match="but paid on 2026-11-22"):
        take(room, "advance_paid", paid_on="2026-11-22")

    take(room, "advance_paid")
    assert room.state("A1") == "retro_due"


def sums(room: Room) -> tuple[dict[tuple[str, str], Decimal], dict[tuple[str, str], Decimal]]:
    """Return what a case's sums come to by their days, and what it counts of the same."""
    by_day: dict[tuple[str, str], Decimal] = {}
    counted: dict[tuple[str, str], Decimal] = {}
    for name, of, _, amount in figures.dated(room.case("A1")):
        by_day[name, of] = by_day.get((name, of), Decimal(0)) + amount
    for name, of, number in figures.counts(room.case("A1")):
        counted[name, of] = counted.get((name, of), Decimal(0)) + Decimal(number)
    return by_day, {key: counted[key] for key in by_day}


def test_a_household_counts_once_in_each_month_in_which_it_was_paid(room: Room) -> None:
    closed_dibao(room)
    room.pass_time(timedelta(days=75))
    for month, day in (("2027-01", "2027-02-09"), ("2027-02", "2027-02-10")):
        take(room, "month_paid", month=month, paid_on=day)

    by_day, counted = sums(room)
    days = [str(day)[:7] for name, _, day, _ in figures.dated(room.case("A1")) if name == "helped"]

    assert by_day == counted
    assert by_day["paid", "dibao"] == 800
    assert by_day["monthly_paid", "dibao"] == 1600
    assert days == [str(room.case("A1").details["granted_on"])[:7], "2027-02"]


def test_an_advance_that_is_asked_back_is_taken_off_in_the_month_in_which_that_was(room: Room) -> None:
    take(room, "emergency_assessed")
    take(room, "advance_paid")
    room.pass_time(timedelta(days=10))
    take(room, "advance_reclaimed", amount="1500.00")
    take(room, "concluded_without_help")
    take(room, "refund_received", amount="500.00")

    by_day, counted = sums(room)

    assert by_day == counted
    assert [
        (str(day), int(amount)) for name, _, day, amount in figures.dated(room.case("A1")) if name == "advances_sum"
    ] == [("2026-11-23", 2000), ("2026-12-03", -1500)]
    assert by_day["refunded", ""] == 500


@pytest.mark.parametrize("amount", ["3600.001", "3599.995", 3600.004])
def test_an_amount_of_more_than_a_cent_s_parts_is_refused_and_not_rounded(amount: object) -> None:
    form = {**example(schemas.Approval), "amount": amount}

    with pytest.raises(ValidationError, match="最多2位小数"):
        schemas.Approval().load(form)


def test_what_another_place_and_a_recheck_take_is_left_out_by_their_days_and_not_by_the_day_of_record(
    room: Room,
) -> None:
    for trigger in (*APPLY[:3], "cross_region_asked"):
        take(room, trigger)
    calendar, asked = room.blueprint.calendar, local_date(room.now)
    before = room.clocks("A1")["handling"].due_at(calendar)
    room.pass_time(timedelta(days=14))
    with pytest.raises(RefusedError, match="lies before the letter"):
        take(room, "cross_region_answered", answered_on=str(asked - timedelta(days=1)))
    take(room, "cross_region_answered", answered_on=str(asked + timedelta(days=7)))
    answered = room.clocks("A1")["handling"].due_at(calendar)

    assert calendar.workdays_between(local_date(before), local_date(answered)) == 5


def test_an_objection_counts_from_its_day_and_its_papers_say_what_became_of_it(room: Room) -> None:
    for trigger in (*APPLY, "opinion_supported", "publicity_started"):
        take(room, trigger)
    calendar, posted = room.blueprint.calendar, local_date(room.now)
    before = room.clocks("A1")["handling"].due_at(calendar)
    room.pass_time(timedelta(days=10))
    assert room.state("A1") == "to_submit"
    with pytest.raises(RefusedError, match="lies before the posting"):
        take(room, "objection_raised", raised_on=str(posted - timedelta(days=1)))

    take(room, "objection_raised", raised_on=str(posted + timedelta(days=7)))
    room.pass_time(timedelta(days=10))
    with pytest.raises(RefusedError, match="lies before the objection"):
        take(room, "objection_upheld", found_on=str(posted))
    take(room, "objection_upheld", found_on=str(posted + timedelta(days=14)))

    after = room.clocks("A1")["handling"].due_at(calendar)
    assert room.clocks("A1")["objection_check"].started_at < room.now - timedelta(days=12)
    assert calendar.workdays_between(local_date(before), local_date(after)) == 10
    assert room.case("A1").details["objected_in_time"] is True
