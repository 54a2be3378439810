"""Enforcement at its mailbox: from the dispatch to the reply."""

from __future__ import annotations

from collections import deque
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from chassis.examples import example
from chassis.terms import Terms
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import UNMANNED, RefusedError, Step
from services.enforcement import figures, schemas
from services.enforcement.cautions import CAUTIONS
from services.enforcement.service import EnforcementService
from services.enforcement.stages import places
from services.enforcement.workflow import ENFORCEMENT

ASSIGNED = {
    "mechanism": "enforcement",
    "number": "PL-1",
    "lead_unit": "enforcement_squad",
    "title": "油烟和噪声",
    "text": "楼下饭店油烟大、夜里风机响",
    "place": "黄河八路渤海十二路",
    "category": "0201",
}


ROOT = Path(__file__).parents[3]
#: What kept forms and figures are called on the page of a case.
WORDS = Terms(ROOT / "chassis" / "terms.toml", ROOT / "services" / "enforcement" / "terms.toml")


def form_of(step: Step, room: Room, **changed: Any) -> dict[str, Any]:
    """Return an example of a step's form at the room's time."""
    return (example(step.form, at=room.now) if step.form else {}) | changed


def take(room: Room, trigger: str, *, of: str = "A1", **changed: Any) -> None:
    """Take a step, as the one who may, with its example form; or wait for its clock."""
    step = ENFORCEMENT.step(room.state(of), trigger)
    if step.expires and step.expires not in room.clocks(of):
        # On the spot or not, one of two clocks leads to the same.
        ways = ENFORCEMENT.steps_from(room.state(of))
        step = next(one for one in ways if one.target == step.target and one.expires in room.clocks(of))
    if step.expires:
        due = room.clocks(of)[step.expires].due_at(room.blueprint.calendar)
        room.pass_time(due - room.now + timedelta(seconds=1))
        assert room.state(of) == step.target, trigger
        return
    room.act(of, trigger, form_of(step, room, **changed), role=step.roles[0])


#: What a decision made on the spot asks for before the case goes on.
THEN = dict.fromkeys(("fined_on_the_spot", "warned_on_the_spot"), ("spot_decision_filed",))


def shortest(source: str, target: str) -> list[str]:
    """Return the triggers of the shortest way over the table."""
    ways: deque[tuple[str, list[str]]] = deque([(source, [])])
    seen = {source}
    while ways:
        state, way = ways.popleft()
        if state == target:
            return [one for trigger in way for one in (trigger, *THEN.get(trigger, ()))]
        for step in ENFORCEMENT.steps_from(state):
            # The higher court is asked about a refusal only, a court goes on where it had begun, and nothing is done for
            # a party that was not told first.
            if step.trigger in {"higher_court_asked", "enforcement_resumed", "substitute_performed", "dismantled"}:
                continue
            # A review has a result where it was sought.
            if step.trigger == "decision_revoked" and "contested" not in state:
                continue
            if step.target not in seen and (step.expires or not UNMANNED & {*step.roles}):
                seen.add(step.target)
                ways.append((step.target, [*way, step.trigger]))
    pytest.fail(f"no way from {source} to {target}")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return a room with one case that was taken on, its resident contacted."""
    room = Room(EnforcementService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    take(room, "case_accepted")
    take(room, "contact_made")
    return room


@pytest.mark.parametrize("end", places.READY)
def test_every_end_is_reached_with_example_forms_and_is_told(room: Room, end: str) -> None:
    for trigger in shortest("clue", end):
        take(room, trigger)
    take(room, "concluded", outcome="explained")

    [concluded] = room.told("case_concluded.v1")

    assert concluded["unit"] == "enforcement_squad"
    assert room.state("A1") == "concluded"
    assert not room.parked()


@pytest.mark.parametrize("state", places.HANDLING)
def test_every_state_is_reached_with_example_forms(room: Room, state: str) -> None:
    for trigger in shortest("clue", state):
        take(room, trigger)

    assert room.state("A1") == state
    shown = {*room.case("A1").details} - {step.trigger for step in ENFORCEMENT.steps} - {*EnforcementService.inner}
    assert [name for name in sorted(shown) if not WORDS.knows("fields", name)] == []


@pytest.mark.parametrize(
    ("way", "approved"),
    [
        (("inspected",), "filed"),
        (("inspected", "filed"), "time_excluded"),
        (("inspected", "filed"), "goods_seized"),
        (("inspected", "filed", "investigation_closed"), "prenotice_served"),
        (("inspected", "filed", "investigation_closed"), "legal_review_passed"),
        (("inspected", "filed", "investigation_closed", "prenotice_served", "hearing_time_over"), "penalised"),
        (("inspected", "filed", "investigation_closed", "prenotice_served", "statement_made"), "statement_reviewed"),
        (("inspected", "correction_ordered", "found_corrected"), "penalty_waived"),
    ],
)
def test_who_investigated_approves_and_reviews_nothing_of_it_in_whatever_role(
    room: Room, way: tuple[str, ...], approved: str
) -> None:
    for trigger in way:
        take(room, trigger)
    step = ENFORCEMENT.step(room.state("A1"), approved)

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", approved, form_of(step, room), role=step.roles[0], person="p1")
    take(room, approved)


def test_who_has_only_gathered_evidence_approves_nothing_either(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    gathered, excluded = (ENFORCEMENT.step("investigating", name) for name in ("evidence_added", "time_excluded"))
    room.act("A1", "evidence_added", form_of(gathered, room), role=gathered.roles[0], person="p9")

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "time_excluded", form_of(excluded, room), role=excluded.roles[0], person="p9")


def test_a_fine_in_the_ordinary_procedure_tells_each_of_its_facts(room: Room) -> None:
    for trigger in (
        "inspected",
        "correction_ordered",
        "correction_expired",
        "found_uncorrected",
        "filed",
        "investigation_closed",
        "prenotice_served",
        "hearing_requested",
        "hearing_called",
        "hearing_notice_over",
        "hearing_held",
        "hearing_reported",
        "legal_review_passed",
        "penalised",
        "served",
        "performed",
        "found_corrected",
        "concluded",
    ):
        take(room, trigger)

    for fact in (
        "scene_inspected.v1",
        "correction_ordered.v1",
        "correction_missed.v1",
        "penalty_case_filed.v1",
        "penalty_noticed.v1",
        "hearing_held.v1",
        "penalty_decided.v1",
        "penalty_performed.v1",
        "correction_found.v1",
        "case_concluded.v1",
    ):
        assert len(room.told(fact)) == 1, fact
    [decided] = room.told("penalty_decided.v1")
    assert (decided["penalty"], decided["amount"]) == ("fine", "1000.00")
    case = room.case("A1")
    assert (case.suspect, case.act) == ("某餐饮店", "outside_business")


def test_the_order_sets_how_long_its_clock_runs(room: Room) -> None:
    take(room, "inspected")
    take(room, "correction_ordered", days=20)

    clock = room.clocks("A1")["correction"]

    assert clock.limit == 20
    assert room.case("A1").details["correct_by"] == "2026-12-14"
    assert room.told("correction_ordered.v1")[0]["correct_by"] == "2026-12-14"


def test_who_complained_is_answered_in_fifteen_days(room: Room) -> None:
    assert room.clocks("A1")["complaint_answer"].state == "running"

    take(room, "progress_made")

    assert room.clocks("A1")["complaint_answer"].state == "stopped"


def test_an_unpaid_fine_grows_and_goes_to_court(room: Room) -> None:
    for trigger in (
        "inspected",
        "filed",
        "investigation_closed",
        "prenotice_served",
        "hearing_time_over",
        "penalised",
        "served",
        "payment_expired",
    ):
        take(room, trigger)
    room.pass_time(timedelta(days=9, hours=1))

    with pytest.raises(RefusedError, match=r"1300\.00 yuan are owed"):
        take(room, "performed", amount="1000.00")
    for trigger in ("remedies_over", "demanded", "demand_expired", "court_applied", "court_granted"):
        take(room, trigger)
    take(room, "performed", way="court")

    assert room.told("penalty_performed.v1")[0]["paid"] == "2000.00"
    assert len(room.told("penalty_overdue.v1")) == 1
    assert len(room.told("court_applied.v1")) == 1
    assert {
        clock.state for name, clock in room.clocks("A1").items() if name not in {"first_contact", "complaint_answer"}
    } == {"stopped"}


FINED = ("inspected", "filed", "investigation_closed", "prenotice_served", "hearing_time_over", "penalised", "served")


def test_a_fine_contested_before_it_was_due_grows_again_after_the_review(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "remedy_sought"):
        take(room, trigger)
    room.pass_time(timedelta(days=30))
    take(room, "decision_upheld")
    room.pass_time(timedelta(days=5))

    # 200 yuan, five days after the review at 3 % each.
    with pytest.raises(RefusedError, match=r"230\.00 yuan are owed"):
        take(room, "performed", amount="200.00", way="bank")
    take(room, "performed", way="bank")

    assert room.told("penalty_performed.v1")[0]["paid"] == "230.00"


def test_who_has_paid_may_contest_and_gets_back_what_the_review_took_off(room: Room) -> None:
    for trigger in (*FINED, "performed", "remedy_sought", "contest_followed_up"):
        take(room, trigger)
    assert room.state("A1") == "paid_contested"
    take(room, "decision_changed", amount="400.00")
    take(room, "found_corrected")

    with pytest.raises(RefusedError, match=r"600\.00 yuan of a fine"):
        take(room, "concluded")
    with pytest.raises(RefusedError, match="no more"):
        take(room, "refunded", amount="600.01")
    take(room, "refunded", amount="600.00")
    take(room, "concluded")

    assert room.state("A1") == "concluded"
    assert room.clocks("A1")["remedies"].state == "stopped"


def test_more_things_seized_give_those_seized_before_no_more_time(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    due = room.clocks("A1")["seizure"].due_at(room.blueprint.calendar)
    room.pass_time(timedelta(days=20))

    take(room, "goods_seized", notice_no="滨彭综执扣字〔2026〕第2号")
    assert room.clocks("A1")["seizure"].due_at(room.blueprint.calendar) == due

    take(room, "goods_released")
    take(room, "goods_seized", notice_no="滨彭综执扣字〔2026〕第3号")
    assert room.clocks("A1")["seizure"].due_at(room.blueprint.calendar) == due + timedelta(days=20)


CONTESTED_PAID = (*FINED, "performed", "remedy_sought")


def test_what_was_given_back_already_is_not_owed_again_after_the_next_judgment(room: Room) -> None:
    for trigger in CONTESTED_PAID:
        take(room, trigger)
    take(room, "decision_changed", amount="400.00")
    take(room, "refunded")
    take(room, "remedy_sought", kind="litigation")

    take(room, "judgment_final", amount="300.00")

    assert room.case("A1").details["refund_due"] == "100.00"


def test_a_judgment_that_leaves_the_fine_as_the_review_lowered_it_leaves_the_refund_owed(room: Room) -> None:
    for trigger in CONTESTED_PAID:
        take(room, trigger)
    take(room, "decision_changed", amount="400.00")
    take(room, "remedy_sought", kind="litigation")

    take(room, "judgment_final")

    assert room.case("A1").details["refund_due"] == "600.00"
    with pytest.raises(RefusedError, match=r"600\.00 yuan of a fine"):
        take(room, "found_uncorrected")


def test_who_has_paid_is_reviewed_once_and_may_then_only_sue(room: Room) -> None:
    for trigger in (*CONTESTED_PAID, "decision_upheld"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="reviewed already"):
        take(room, "remedy_sought")
    take(room, "remedy_sought", kind="litigation")

    assert room.state("A1") == "paid_contested"


@pytest.mark.parametrize("way", [CONTESTED_PAID, (*FINED, "performed"), (*FINED, "performed", "found_uncorrected")])
def test_the_times_to_contest_do_not_run_on_where_they_are_used_over_or_another_round_begins(
    room: Room, way: tuple[str, ...]
) -> None:
    for trigger in way:
        take(room, trigger)

    room.pass_time(timedelta(days=200))

    assert {clock.state for name, clock in room.clocks("A1").items() if name in places.REMEDIES} == {"stopped"}


def test_a_revoked_penalty_is_given_back_in_full(room: Room) -> None:
    for trigger in (*FINED, "performed", "found_corrected", "remedy_sought", "decision_revoked"):
        take(room, trigger)
    with pytest.raises(RefusedError, match=r"1000\.00 yuan"):
        take(room, "concluded", outcome="explained")
    take(room, "refunded", amount="400.00")
    take(room, "refunded")

    take(room, "concluded", outcome="explained")

    assert room.state("A1") == "concluded"


def test_after_sixty_days_who_has_paid_can_only_sue(room: Room) -> None:
    for trigger in (*FINED, "performed", "reconsideration_lapsed"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="the sixty days are over"):
        take(room, "remedy_sought")
    take(room, "remedy_sought", kind="litigation")
    take(room, "judgment_final")

    assert room.state("A1") == "performed"


def test_nothing_is_added_while_a_review_runs_and_the_fine_may_be_paid_meanwhile(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "payment_expired"):
        take(room, trigger)
    room.pass_time(timedelta(days=1))
    take(room, "remedy_sought")
    room.pass_time(timedelta(days=20))

    take(room, "performed", amount="212.00", way="bank")

    assert room.state("A1") == "paid_contested"


def test_a_limit_that_one_visit_found_exceeded_stays_proved_when_another_measures_nothing(room: Room) -> None:
    night = {"kind": "noise", "value": "58.0", "zone": "2", "period": "night", "instrument_no": "JC-01"}
    take(room, "inspected", act="noise_over_limit", measurements=[night])
    take(room, "inspected", act="noise_over_limit", measurements=[])

    assert room.case("A1").details["exceeded"] == ["noise"]


def test_after_a_reconsideration_the_party_may_sue_for_fifteen_days_before_a_court_is_asked(room: Room) -> None:
    for trigger in (*FINED, "remedy_sought", "decision_upheld"):
        take(room, trigger)
    assert room.state("A1") == "review_over"
    assert "court_window" not in room.clocks("A1")

    take(room, "remedy_sought", kind="litigation")
    take(room, "judgment_final", amount="500.00")

    assert room.state("A1") == "enforceable"
    assert room.clocks("A1")["suit_after_review"].state == "stopped"
    assert room.case("A1").details["fine"] == "500.00"


def test_who_does_not_sue_after_a_reconsideration_is_demanded_to_pay(room: Room) -> None:
    for trigger in (*FINED, "remedy_sought", "decision_changed"):
        take(room, trigger)

    for trigger in ("suit_time_over", "demanded", "demand_expired", "court_applied"):
        take(room, trigger)

    assert room.state("A1") == "at_court"


def test_sixty_days_of_reconsideration_run_out_and_six_months_to_sue_do_not(room: Room) -> None:
    for trigger in (*FINED, "payment_expired", "reconsideration_lapsed"):
        take(room, trigger)
    assert room.state("A1") == "payment_overdue"

    with pytest.raises(RefusedError, match="the sixty days are over"):
        take(room, "remedy_sought")
    take(room, "remedy_sought", kind="litigation")

    assert room.state("A1") == "contested"


def test_instalments_that_end_before_the_time_to_sue_leave_that_time_to_the_party(room: Room) -> None:
    for trigger in FINED:
        take(room, trigger)
    take(room, "instalments_granted", days=30)
    take(room, "instalments_over")
    assert room.state("A1") == "payment_overdue"
    assert room.clocks("A1")["remedies"].state == "running"

    take(room, "remedies_over")

    assert room.state("A1") == "enforceable"


def test_instalments_that_outlast_the_time_to_sue_are_enforced_from_their_end_on(room: Room) -> None:
    for trigger in FINED:
        take(room, trigger)
    take(room, "instalments_granted", days=300)
    room.pass_time(timedelta(days=200))
    assert room.state("A1") == "instalments"

    room.pass_time(timedelta(days=110))
    room.pass_time(timedelta(seconds=1))

    assert room.state("A1") == "enforceable"
    assert room.clocks("A1")["court_window"].state == "running"


def test_the_ninety_days_stand_still_while_a_leader_has_excluded_the_time(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    before = room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar)

    take(room, "time_excluded")
    room.pass_time(timedelta(days=20))
    take(room, "time_counted_again")

    clock = room.clocks("A1")["penalty_decision"]
    assert clock.due_at(room.blueprint.calendar) - before == timedelta(days=20)
    assert room.case("A1").details["exclusions"] == [
        {"kind": "appraisal", "since": "2026-11-23", "latest": "2026-12-23", "until": "2026-12-13"}
    ]


def test_the_thirty_days_of_a_seizure_stand_still_while_things_are_tested(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    room.pass_time(timedelta(days=10))
    take(room, "things_sent_to_test", days=25)
    room.pass_time(timedelta(days=25))
    take(room, "things_tested")

    room.pass_time(timedelta(days=15))
    take(room, "seizure_prolonged", days=30)

    # Sixty days from the seizure, without the twenty-five of the test.
    longer = room.clocks("A1")["seizure_longer"].due_at(room.blueprint.calendar)
    assert local_date(longer) == date(2026, 11, 23) + timedelta(days=60 + 25)


def test_noise_that_was_not_measured_at_first_is_measured_in_the_investigation(room: Room) -> None:
    take(room, "inspected", act="noise_over_limit")
    take(room, "filed", act="noise_over_limit")
    take(room, "investigation_closed")
    with pytest.raises(RefusedError, match="needs a measurement"):
        take(room, "prenotice_served", amount="5000.00")
    take(room, "investigation_reopened")
    night = {"kind": "noise", "value": "58.0", "zone": "2", "period": "night", "instrument_no": "JC-01"}
    take(room, "inspected", act="noise_over_limit", measurements=[night])
    take(room, "investigation_closed")

    take(room, "prenotice_served", amount="5000.00")

    assert room.state("A1") == "defence_open"


def test_nothing_is_added_to_a_fine_while_it_is_reviewed(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "payment_expired"):
        take(room, trigger)
    room.pass_time(timedelta(days=1))
    take(room, "remedy_sought")
    room.pass_time(timedelta(days=100))
    take(room, "decision_upheld")

    with pytest.raises(RefusedError, match=r"212\.00 yuan"):
        take(room, "performed", amount="200.00", way="bank")
    take(room, "performed", amount="212.00", way="bank")

    assert room.state("A1") == "performed"


def test_a_review_that_lasts_is_asked_after_again_and_again(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "remedy_sought"):
        take(room, trigger)

    for _ in range(3):
        take(room, "contest_followed_up")

    assert room.state("A1") == "contested"
    assert room.clocks("A1")["contest_followup"].state == "running"


def test_evidence_that_is_held_must_be_decided_on_first(room: Room) -> None:
    for trigger in ("inspected", "filed", "evidence_held"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="evidence is held"):
        take(room, "investigation_closed")
    take(room, "evidence_released")
    take(room, "investigation_closed")

    assert room.state("A1") == "reported"
    assert room.clocks("A1")["evidence_hold"].state == "stopped"


def test_a_recall_ends_an_open_case_but_not_one_that_is_filed(room: Room) -> None:
    take(room, "inspected")
    take(room, "filed")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement", "reason": "已自行解决"})

    assert room.state("A1") == "investigating"
    log = room.blueprint.store.timeline
    with room.database.read() as session:
        noted = session.scalars(select(log.c.form).where(log.c.trigger == "recall_noted")).all()
    assert noted == [{"end": "withdrawn", "reason": "已自行解决"}]


def test_a_recall_ends_a_case_that_is_not_filed(room: Room) -> None:
    take(room, "inspected")

    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement"})

    assert room.state("A1") == "withdrawn"


def test_a_recall_ends_a_case_whose_return_is_decided_before_it_was_signed_in(tmp_path: Path) -> None:
    room = Room(EnforcementService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    take(room, "return_requested")
    assert room.state("A1") == "return_pending"

    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement"})

    assert room.state("A1") == "withdrawn"


def test_a_recall_ends_a_case_that_is_to_be_done_again(room: Room) -> None:
    for trigger in ("inspected", "advised"):
        take(room, trigger)
    take(room, "concluded", outcome="explained")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "enforcement", "reason": "仍有油烟", "round": 1})

    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement"})

    assert room.state("A1") == "withdrawn"


def test_a_dispatch_that_comes_twice_opens_one_case(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)

    assert room.state("A1") == "clue"
    assert len(room.told("case_accepted.v1")) == 1


def test_what_is_for_another_mechanism_is_left_alone(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "A2", ASSIGNED | {"mechanism": "mediation"})

    assert room.case("A2") is None
    assert not room.parked()


def test_a_return_is_decided_and_the_case_may_come_back(tmp_path: Path) -> None:
    room = Room(EnforcementService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    take(room, "return_requested")
    room.hear("routing.return_decided.v1", "A1", {"mechanism": "enforcement", "granted": True})
    assert room.state("A1") == "returned"

    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)

    assert room.state("A1") == "received"


def test_rework_begins_with_the_clue_again(room: Room) -> None:
    for trigger in ("inspected", "no_violation_found"):
        take(room, trigger)
    take(room, "concluded", outcome="explained")

    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "enforcement", "reason": "仍有油烟"})
    take(room, "rework_taken")
    take(room, "contact_made")
    for trigger in ("inspected", "correction_ordered", "found_corrected", "penalty_waived", "concluded"):
        take(room, trigger)
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement"})

    assert room.state("A1") == "closed"
    assert len(room.told("case_concluded.v1")) == 2


def test_a_silent_authority_does_not_strand_the_case(room: Room) -> None:
    for trigger in ("inspected", "handed_over", "authority_fell_silent", "authority_urged", "authority_fell_silent"):
        take(room, trigger)

    take(room, "concluded", outcome="transferred", handler_claims_solved=False)

    assert room.state("A1") == "concluded"


def warned(room: Room) -> set[str]:
    """Return the codes of what deserves a second look in the case now."""
    found = room.case("A1")
    assert found is not None
    return {caution.code for check in CAUTIONS for caution in check(found, room.now)}


def test_advice_is_rechecked_before_the_case_ends_on_it(room: Room) -> None:
    for trigger in ("inspected", "advised"):
        take(room, trigger)
    assert "promise_only" in warned(room)
    not_done = [{"kind": "cleared", "done": False, "verified_by": "执法员甲"}]
    with pytest.raises(RefusedError, match="something is still not done"):
        take(room, "found_corrected", results=not_done)

    take(room, "found_corrected")

    assert room.state("A1") == "advised"
    assert "promise_only" not in warned(room)
    take(room, "concluded", outcome="solved", handler_claims_solved=True)
    assert room.state("A1") == "concluded"
    assert "promise_only" not in warned(room)


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (("correction_ordered", "correction_expired", "found_corrected", "penalty_waived"), "no_penalty"),
        (("filed", "investigation_closed", "exempted"), "exempted"),
        (("handed_over", "authority_answered"), "authority_answered"),
        (("inspected", "no_violation_found"), "unfounded"),
        (("inspected", "advised", "found_corrected"), "advised"),
        (("inspected", "fined_on_the_spot", "spot_decision_filed", "performed", "found_corrected"), "settled"),
    ],
)
def test_advice_in_vain_goes_on_to_an_end_that_is_told(room: Room, steps: tuple[str, ...], end: str) -> None:
    for trigger in ("inspected", "advised", *steps):
        take(room, trigger)
    assert room.state("A1") == end

    take(room, "concluded", outcome="solved", handler_claims_solved=True)

    assert "promise_only" not in warned(room)
    assert [told["outcome"] for told in room.told("case_concluded.v1")] == ["solved"]
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement"})
    assert room.state("A1") == "closed"


def test_noise_that_goes_on_after_advice_goes_to_the_police_with_who_tried_to_persuade(room: Room) -> None:
    take(room, "inspected", act="noise_social", suspect_kind="person")
    take(room, "advised")
    to_police = {"authority": "police", "ground": "public_security"}

    with pytest.raises(RefusedError, match="the police need the record of who tried to persuade"):
        take(room, "handed_over", **to_police)
    take(room, "handed_over", **to_police, persuasions=[example(schemas.Persuasion, at=room.now)])

    assert room.state("A1") == "with_authority"


def test_advice_in_vain_is_no_refusal_of_an_order(room: Room) -> None:
    dog = {"act": "dog_unleashed", "suspect_kind": "person"}
    take(room, "inspected", **dog)
    take(room, "advised")
    take(room, "inspected", **dog)

    with pytest.raises(RefusedError, match="needs an order to correct"):
        take(room, "fined_on_the_spot", amount="50.00")


def test_an_order_after_a_recheck_of_advice_is_running_until_it_is_rechecked_itself(room: Room) -> None:
    for trigger in ("inspected", "advised", "found_corrected", "correction_ordered"):
        take(room, trigger)
    found = room.case("A1")
    assert found is not None

    assert [key for name, key, _ in figures.counts(found) if name == "corrections"] == ["running"]


def test_a_second_round_needs_its_own_order_before_a_fine_for_refusal(room: Room) -> None:
    dog = {"act": "dog_unleashed", "suspect_kind": "person"}
    take(room, "inspected", **dog)
    for trigger in ("correction_ordered", "correction_expired", "found_uncorrected", "handed_over"):
        take(room, trigger)
    for trigger in ("authority_answered", "concluded"):
        take(room, trigger)
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "enforcement", "reason": "仍不牵绳"})
    take(room, "rework_taken")
    take(room, "inspected", **dog)

    with pytest.raises(RefusedError, match="needs an order to correct"):
        take(room, "fined_on_the_spot", amount="50.00")
    for trigger in ("correction_ordered", "correction_expired", "found_uncorrected"):
        take(room, trigger)
    take(room, "filed", act="dog_unleashed")
    take(room, "investigation_closed")
    take(room, "prenotice_served", amount="50.00")

    assert room.state("A1") == "defence_open"


def test_a_second_round_is_about_the_act_that_was_seen_in_it(room: Room) -> None:
    for trigger in (*FINED, "performed", "found_corrected", "concluded"):
        take(room, trigger)
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "enforcement", "reason": "又乱张贴"})
    take(room, "rework_taken")
    take(room, "inspected", act="posting")

    with pytest.raises(RefusedError, match="between 50 and 300"):
        take(room, "fined_on_the_spot", amount="2000.00")
    take(room, "fined_on_the_spot", amount="300.00")

    assert room.state("A1") == "payment_due"


def test_a_failed_legal_review_must_be_passed_anew(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        take(room, trigger)
    take(room, "investigation_closed", complex=True)
    for trigger in ("prenotice_served", "defence_waived", "legal_review_passed", "legal_review_failed"):
        take(room, trigger)
    take(room, "investigation_closed", complex=True)
    for trigger in ("prenotice_served", "defence_waived"):
        take(room, trigger)

    with pytest.raises(RefusedError, match="needs a legal review"):
        take(room, "penalised", group_discussion="负责人集体讨论同意")
    take(room, "legal_review_passed")
    take(room, "penalised", group_discussion="负责人集体讨论同意")

    assert room.state("A1") == "decided"
