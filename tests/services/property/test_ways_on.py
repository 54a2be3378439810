"""What goes on where it went wrong: works that stop, groups that nobody forms, authorities that do not answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis.examples import example
from chassis.testing import Room
from chassis.workflow import Moment, NotPermittedError, RefusedError, Role
from services.property import elections, firms, schemas
from services.property.cautions import WARNINGS
from services.property.models import Case, Estate
from tests.services.property.conftest import ESTATE
from tests.services.property.test_rules import Seen
from tests.services.property.test_service import (
    OWNERS,
    TO_CREDIT,
    TO_FAILED_RECHECK,
    TO_GROUP,
    TO_ORDER,
    TO_SEAL,
    TO_SITE,
    TO_VOTE,
)

Walk = Callable[..., None]
TO_WORKS = (*TO_VOTE, "votes_counted", "vote_carried", "fund_applied", "fund_approved")
TO_EMERGENCY = (*TO_SITE[:3], "emergency_reported", "emergency_confirmed")
MEETING = {"kind": "owners_committee"}
CHANGE = {"kind": "change_of_company"}
DISMISS: dict[str, dict[str, Any]] = {
    "classified": CHANGE,
    "vote_announced": {"item": "dismiss_company"},
    "votes_counted": {"item": "dismiss_company"},
}
FIVE = {"committee_filed": {"term_years": 5}}


def running(room: Room) -> set[str]:
    return {name for name, clock in room.clocks("A1").items() if clock.state == "running"}


def warned(room: Room) -> list[str]:
    """Return what the case is warned of."""
    case = room.case("A1")
    return [one.code for rule in WARNINGS for one in rule(case, room.now)]


def estate(room: Room) -> Estate:
    with room.database.read() as session:
        return session.scalars(select(Estate)).one()


# -- works ------------------------------------------------------------------------------------


def test_a_contractor_who_is_late_is_urged_one_who_botches_begins_anew_and_one_who_leaves_is_replaced(
    room: Room, walk: Walk
) -> None:
    walk(*TO_WORKS, verified_on_site=OWNERS)
    assert room.clocks("A1")["repair_works"].limit == 30

    room.pass_time(timedelta(days=31))
    assert room.state("A1") == "repair_overdue"
    walk("works_urged")
    assert (room.state("A1"), room.clocks("A1")["repair_works"].limit) == ("repair_under_way", 7)
    walk("repair_rejected", "contractor_replaced", contractor_replaced={"work_days": 20})
    assert (running(room) & {"repair_works"}, room.clocks("A1")["repair_works"].limit) == ({"repair_works"}, 20)
    walk("repair_accepted", "repair_settled", "costs_published", "concluded")
    assert "repair_works" not in running(room)


def test_works_that_end_undone_are_told_to_the_owners_with_what_the_fund_has_not_got_back(
    room: Room, walk: Walk
) -> None:
    walk(*TO_WORKS, "repair_stopped", verified_on_site=OWNERS)

    assert room.case("A1").details["to_recover"] == "2000.00"
    assert (room.state("A1"), "repair_works" in running(room)) == ("handover_due", False)


def test_an_emergency_repair_that_nobody_makes_is_urged_and_then_given_up_or_paid_by_somebody_else(
    room: Room, walk: Walk
) -> None:
    walk(*TO_EMERGENCY)
    room.pass_time(timedelta(days=8))
    assert room.state("A1") == "emergency_overdue"
    walk("emergency_urged")
    room.pass_time(timedelta(days=8))
    assert room.state("A1") == "emergency_overdue"

    walk("paid_otherwise", paid_otherwise={"payer": "developer"})

    assert (room.state("A1"), "emergency_repair" in running(room)) == ("fixed", False)


@pytest.mark.parametrize(
    ("path", "way", "end"),
    [
        ((), "repair_given_up", "handover_due"),
        (("emergency_repaired",), "paid_otherwise", "fixed"),
        (("emergency_repaired",), "payment_disputed", "handover_due"),
        (("emergency_repaired", "emergency_fund_applied", "audit_declined"), "paid_otherwise", "fixed"),
    ],
)
def test_wherever_an_emergency_stands_somebody_else_may_pay_or_the_quarrel_goes_on_elsewhere(
    room: Room, walk: Walk, path: tuple[str, ...], way: str, end: str
) -> None:
    walk(*TO_EMERGENCY, *path, way)

    assert room.state("A1") == end


def test_an_audit_that_stays_silent_after_the_urging_is_urged_again(room: Room, walk: Walk) -> None:
    walk(*TO_EMERGENCY, "emergency_repaired", "emergency_fund_applied")
    for _ in range(2):
        room.pass_time(timedelta(days=8))
        assert room.state("A1") == "audit_overdue"
        walk("audit_urged")
        assert (room.state("A1"), running(room) & {"urged_answer"}) == ("emergency_audit", {"urged_answer"})

    walk("audit_passed")

    assert not running(room) & {"urged_answer", "emergency_audit"}


# -- people who do not come -----------------------------------------------------------------------


def test_a_company_that_does_not_come_to_the_interview_or_sign_loses_its_points_all_the_same(
    room: Room, walk: Walk
) -> None:
    walk(*TO_FAILED_RECHECK, "interview_refused", "credit_mark_reported", "joint_meeting_called")

    assert room.state("A1") == "joint_meeting_called"
    assert room.told("credit_mark_reported.v1")[0]["points"] == 3


def test_a_joint_meeting_has_its_day_and_is_called_anew_when_it_is_not_held(room: Room, walk: Walk) -> None:
    def on(days: int) -> dict[str, str]:
        return {"meeting_on": (room.now.date() + timedelta(days)).isoformat()}

    walk(*TO_SITE, "joint_meeting_called", joint_meeting_called=on(3))
    assert room.clocks("A1")["joint_meeting"].limit == 3
    walk("joint_meeting_called", joint_meeting_called=on(9))
    assert room.clocks("A1")["joint_meeting"].limit == 9

    walk("joint_meeting_held")

    assert "joint_meeting" not in running(room)


def test_rescuers_who_are_not_there_in_half_an_hour_are_followed_by_the_fire_brigade_and_reported(
    room: Room, walk: Walk
) -> None:
    walk("case_accepted", "contact_made", "people_trapped")
    room.pass_time(timedelta(minutes=31))
    assert room.state("A1") == "rescue_overdue"
    walk("rescuers_called_again")
    room.pass_time(timedelta(minutes=16))
    assert room.state("A1") == "rescue_overdue"

    walk("people_freed", "late_rescue_reported")

    assert room.state("A1") == "accepted"
    assert running(room) >= {"report_follow_up"}
    assert not running(room) & {"elevator_rescue", "second_rescue"}


def test_rescuers_who_come_late_are_reported_also_where_nobody_else_was_called(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "people_trapped")
    room.pass_time(timedelta(minutes=45))
    now = room.now.isoformat()
    walk("people_freed", "late_rescue_reported", people_freed={"arrived_at": now, "freed_at": now})

    assert running(room) >= {"report_follow_up"}


def test_an_emergency_that_nobody_has_visited_is_put_before_the_authority_too(room: Room, walk: Walk) -> None:
    walk(*TO_EMERGENCY, "repair_given_up", "authority_asked")

    assert room.state("A1") == "awaiting_external"


def test_owners_who_do_not_vote_are_seen_to_be_late_and_a_committee_is_urged_before_the_street_calls_them(
    room: Room, walk: Walk
) -> None:
    called = {"called_for": "street", "asking_heads": 2}
    walk(*TO_SITE, "repair_needed", "repair_surveyed", verified_on_site=OWNERS)
    assert running(room) >= {"owners_follow_up"}
    with pytest.raises(RefusedError, match="urged to call the meeting"):
        walk("vote_announced", vote_announced=called)

    walk("convening_urged")
    assert room.clocks("A1")["owners_follow_up"].limit == 15
    walk("vote_announced", vote_announced=called)
    assert running(room) >= {"owners_follow_up"}
    walk("votes_counted")
    assert "owners_follow_up" not in running(room)


# -- the first meeting ----------------------------------------------------------------------------


def test_a_group_that_nobody_forms_is_charged_to_somebody_by_a_leader_before_it_is_given_up(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "first_meeting_due", classified=MEETING)
    room.pass_time(timedelta(days=61))
    assert room.state("A1") == "group_overdue"
    with pytest.raises(RefusedError, match="a leader charges somebody"):
        walk("group_not_formed")
    walk("group_charged")
    assert room.state("A1") == "group_due"

    room.pass_time(timedelta(days=30))
    assert room.state("A1") == "group_overdue"
    walk("group_not_formed", "authority_asked")
    assert room.state("A1") == "awaiting_external"


def test_a_group_that_is_formed_late_goes_on_like_any_other(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "first_meeting_due", classified=MEETING)
    room.pass_time(timedelta(days=61))
    walk("group_charged", "group_formed")

    assert running(room) & {"group_formation", "urged_answer"} == set()
    assert running(room) >= {"first_meeting", "developers_papers"}


def test_the_authority_orders_the_developer_and_fines_him_only_when_its_order_has_run_out(
    room: Room, walk: Walk
) -> None:
    walk(*TO_GROUP[:-1], "papers_urged", "papers_withheld", "papers_report_urged", "papers_ordered", classified=MEETING)
    assert (room.clocks("A1")["developers_papers"].limit, "papers_follow_up" in running(room)) == (7, False)
    room.pass_time(timedelta(days=9))
    walk("papers_withheld")
    fined = {"amount": "20000.00", "decided_on": room.now.date().isoformat()}

    walk("papers_fined", papers_fined=fined)

    assert "papers_follow_up" not in running(room)
    with pytest.raises(RefusedError, match="waits for an answer"):
        walk("papers_fined", papers_fined=fined)


@pytest.mark.parametrize(("received", "again"), [((), True), (("papers_received",), False)])
@pytest.mark.parametrize("back", [("count_annulled",), ("election_posted", "first_election_revoked")])
def test_papers_that_lack_are_waited_for_again_when_the_first_election_falls(
    room: Room,
    walk: Walk,
    received: tuple[str, ...],
    again: bool,  # noqa: FBT001
    back: tuple[str, ...],
) -> None:
    walk(*TO_GROUP, *received, "first_meeting_held", classified=MEETING)
    assert "developers_papers" not in running(room)

    walk(*back)

    assert (room.state("A1"), "developers_papers" in running(room)) == ("group_formed", again)


def test_a_certificate_is_urged_as_often_as_it_is_late(room: Room, walk: Walk) -> None:
    walk(*TO_GROUP, "first_meeting_held", "election_posted", "committee_filed", classified=MEETING)
    for _ in range(2):
        room.pass_time(timedelta(days=12))
        assert room.state("A1") == "certificate_overdue"
        walk("certificate_urged")
        assert room.state("A1") == "certificate_due"

    walk("filing_certified")

    assert not running(room) & {"filing_certificate", "urged_answer"}


@pytest.mark.parametrize("further", [(), ("committee_filed", "filing_certified")])
def test_a_committee_that_does_not_take_up_its_office_is_urged_and_then_given_up(
    room: Room, walk: Walk, further: tuple[str, ...]
) -> None:
    walk(*TO_GROUP, "first_meeting_held", "election_posted", *further, classified=MEETING)

    walk("committee_urged", "committee_not_installed")

    assert room.state("A1") == "handover_due"
    assert not running(room) & {"committee_filing", "committee_meeting", "filing_certificate"}


# -- a company that is to leave -----------------------------------------------------------------------


@pytest.mark.parametrize("further", [(), ("exit_declined",), ("exit_declined", *TO_ORDER)])
def test_a_dismissal_is_revoked_also_when_the_contract_has_ended_and_the_company_stays(
    room: Room, walk: Walk, further: tuple[str, ...]
) -> None:
    walk(*TO_SITE, "common_decision_needed", "vote_announced", "votes_counted", "decision_posted", **DISMISS)
    walk("contract_ended", *further)

    walk("dismissal_revoked")

    kept = room.case("A1").details
    assert (room.state("A1"), kept["contract_ended"], kept["owners_decisions"]) == ("owner_vote_due", {}, {})
    assert room.told("owners_vote_annulled.v1")[-1]["item"] == "dismiss_company"
    assert not running(room) & {"company_exit", "order_follow_up", "exit_order"}
    walk("vote_announced", "votes_counted", "decision_posted", "contract_ended", "estate_handed_over", **DISMISS)
    assert room.state("A1") == "takeover_due"


@pytest.mark.parametrize("further", [(), ("fund_approved",)])
def test_a_vote_on_the_fund_is_revoked_also_when_the_fund_was_asked_or_has_paid(
    room: Room, walk: Walk, further: tuple[str, ...]
) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_carried", "fund_applied", *further, verified_on_site=OWNERS)

    walk("decision_revoked")

    assert (room.state("A1"), room.case("A1").details["fund_applied"]) == ("owner_vote_due", {})
    assert not running(room) & {"fund_follow_up", "repair_works"}


@pytest.mark.parametrize(
    "after",
    [
        ("joint_meeting_called", "joint_meeting_held"),
        ("joint_meeting_called", "joint_meeting_failed"),
        ("joint_meeting_called", "joint_meeting_failed", "authority_asked", "external_settled"),
        ("police_informed",),
    ],
)
def test_what_the_joint_meeting_the_authority_or_the_police_bring_about_goes_on_in_the_ordinary_way(
    room: Room, walk: Walk, after: tuple[str, ...]
) -> None:
    walk(*TO_SITE, "contract_ended", "exit_declined", *after, "estate_handed_over", classified=CHANGE)

    assert room.state("A1") == "takeover_due"
    assert not running(room) & {"meeting_decision", "external_follow_up"}
    walk("successor_took_over", "contract_filed", "concluded")


def test_books_that_the_joint_meeting_brings_about_lead_back_to_the_new_committee(room: Room, walk: Walk) -> None:
    walk(*TO_SEAL, "books_urged", "books_withheld", "joint_meeting_called", "joint_meeting_held", classified=MEETING)

    walk("books_handed_over", "committee_met", "committee_installed")

    assert room.state("A1") == "fixed"


def test_a_second_company_that_stays_is_another_act_than_the_first(room: Room, walk: Walk) -> None:
    served = {"served_on": (room.now.date() - timedelta(10)).isoformat()}
    walk(*TO_SITE, "contract_ended", "exit_declined", *TO_ORDER, classified=CHANGE, correction_ordered=served)
    walk("exit_order_expired", "fine_asked", "fine_decided")
    with pytest.raises(RefusedError, match="fined for this already"):
        walk("correction_order_asked")

    walk("dismissal_revoked")
    room.now += timedelta(days=40)
    walk("vote_announced", "votes_counted", "decision_posted", **DISMISS)
    walk("contract_ended", "exit_declined", contract_ended={"ends_on": room.now.date().isoformat()})
    walk("correction_order_asked")

    assert room.state("A1") == "order_pending"


def test_a_company_is_not_fined_upon_an_order_that_was_made_before_its_contract_ended(room: Room, walk: Walk) -> None:
    served = {"served_on": (room.now.date() - timedelta(10)).isoformat()}
    walk(*TO_SITE, "contract_ended", "exit_declined", *TO_ORDER, classified=CHANGE, correction_ordered=served)
    walk("exit_order_expired", "fine_asked", "fine_declined", "dismissal_revoked")
    room.now += timedelta(days=40)
    walk("vote_announced", "votes_counted", "decision_posted", **DISMISS)
    walk("contract_ended", "exit_declined", contract_ended={"ends_on": room.now.date().isoformat()})

    with pytest.raises(RefusedError, match="there was no order"):
        walk("exit_order_disobeyed")


def test_a_new_company_that_does_not_file_its_contract_is_told_to_the_authority(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "estate_handed_over", "successor_took_over", classified=CHANGE)

    walk("contract_not_filed", "authority_asked")

    assert (room.state("A1"), "contract_filing" in running(room)) == ("awaiting_external", False)


# -- what was reported is answered ------------------------------------------------------------------


def test_points_are_answered_also_when_the_appeal_is_closed_and_their_time_goes_on_till_then(
    room: Room, walk: Walk
) -> None:
    walk(*TO_CREDIT, "credit_mark_reported", "joint_meeting_called", "joint_meeting_held", "decision_carried_out")
    walk("concluded")
    assert running(room) == {"credit_follow_up"}
    walk("credit_mark_urged")
    assert room.clocks("A1")["credit_follow_up"].limit == 3

    walk("credit_mark_answered", credit_mark_answered={"accepted": False, "points": 0})

    assert (running(room), room.case("A1").credit_points) == (set(), 0)
    [concluded], [recounted] = room.told("case_concluded.v1"), room.told("case_recounted.v1")
    counted = [{row["name"]: row["amount"] for row in told["figures"]} for told in (concluded, recounted)]
    assert [found.get("credit_points", "0") for found in counted] == ["3", "0"]


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ((*TO_SITE, "contract_ended", "exit_declined"), {"classified": CHANGE}),
        ((*TO_SEAL, "books_urged", "books_withheld"), {"classified": MEETING}),
        ((*TO_SITE, "joint_meeting_called", "joint_meeting_failed", "handed_over"), {}),
        ((*TO_SITE, "joint_meeting_called", "joint_meeting_failed", "handed_over", "concluded_as_handed_over"), {}),
    ],
)
def test_a_report_to_the_authority_is_urged_and_answered_and_then_no_more(
    room: Room, walk: Walk, path: tuple[str, ...], changed: dict[str, Any]
) -> None:
    walk(*path, **changed)
    state = room.state("A1")
    assert running(room) >= {"report_follow_up"}

    walk("report_urged", "report_answered")

    assert (room.state("A1"), "report_follow_up" in running(room)) == (state, False)
    with pytest.raises(RefusedError, match="no answer to a report"):
        walk("report_answered")


def due(room: Room, clock: str) -> date:
    """Return the last day of a running clock."""
    assert clock in running(room)
    return room.clocks("A1")[clock].due_at(room.blueprint.calendar).date()


STAYED = (*TO_SITE, "contract_ended", "exit_declined", "joint_meeting_called", "joint_meeting_failed", "handed_over")


def test_of_several_reports_each_has_its_own_time_and_the_one_that_is_due_first_the_clock(
    room: Room, walk: Walk
) -> None:
    walk(*STAYED, classified=CHANGE, exit_declined={"answer_workdays": 10}, handed_over={"answer_workdays": 20})
    first = due(room, "report_follow_up")
    assert first == date(2026, 12, 7)
    with pytest.raises(RefusedError, match="say which report"):
        walk("report_answered")
    room.pass_time(timedelta(days=15))
    assert warned(room).count("report_over") == 1
    walk("report_urged", report_urged={"which_report": "exit_declined", "answer_workdays": 20})
    assert due(room, "report_follow_up") == date(2026, 12, 21)
    assert "report_over" not in warned(room)

    walk("report_answered", report_answered={"which_report": "handed_over"})
    assert due(room, "report_follow_up") > date(2026, 12, 31)
    walk("report_answered")

    assert "report_follow_up" not in running(room)
    with pytest.raises(RefusedError, match="no answer to a report"):
        walk("report_answered", report_answered={"which_report": "exit_declined"})


def offers(room: Room, trigger: str) -> dict[str, list[str]]:
    """Return which of the case's own rows its page asks for, for a step."""
    [action] = [one for one in room.page("A1")["actions"] if one["trigger"] == trigger]
    return {one.name: [said for _, said in one.choices] for one in action["fields"] if one.name.startswith("which_")}


def test_two_reports_of_one_kind_are_answered_each_for_itself(room: Room, walk: Walk) -> None:
    walk(*STAYED[:-1], classified=CHANGE, exit_declined={"answer_workdays": 30})
    walk("report_answered")
    walk("handed_over", "concluded_as_handed_over", handed_over={"authority": "区住建局", "answer_workdays": 20})
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    walk("exit_resumed", "joint_meeting_called", "joint_meeting_failed")
    walk("handed_over", handed_over={"authority": "区法院", "answer_workdays": 5})

    assert offers(room, "report_answered") == {
        "which_report": [
            "第2项 移交有权机关、仲裁或者法院 区住建局 2026-11-23",
            "第3项 移交有权机关、仲裁或者法院 区法院 2026-11-23",
        ]
    }
    for unclear in ("", "handed_over", "1"):
        with pytest.raises(RefusedError, match="say which report"):
            walk("report_answered", report_answered={"which_report": unclear})
    walk("report_answered", report_answered={"which_report": "3", "answer": "法院已立案。"})

    kept = room.case("A1").details
    assert [row["authority"] for row in kept["reports_open"]] == ["区住建局"]
    assert [(row["number"], row["authority"]) for row in kept["reports_answered"]][1:] == [(3, "区法院")]
    assert due(room, "report_follow_up") == date(2026, 12, 21)


def test_two_marks_that_wait_are_decided_each_for_itself(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "company_ordered", "company_reported", "recheck_failed", "interview_refused", "credit_mark_reported")
    room.pass_time(timedelta(days=1))
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [first] = case.details["credit_marks"]
        second = {**first, "on": "2026-11-24", "since": "2026-11-24", "points": 5, "workdays": 2}
        case.details = {**case.details, "credit_marks": [first, second]}

    assert offers(room, "credit_mark_answered") == {
        "which_mark": ["第1次扣分 3分 2026-11-23", "第2次扣分 5分 2026-11-24"]
    }
    with pytest.raises(RefusedError, match="say which mark"):
        walk("credit_mark_answered")
    walk("credit_mark_answered", credit_mark_answered={"which_mark": "2", "points": 4})

    marks = room.case("A1").details["credit_marks"]
    assert [(mark["points"], mark["decided"]) for mark in marks] == [(3, False), (4, True)]
    assert due(room, "credit_follow_up") == date(2026, 12, 7)


def test_a_report_of_before_the_upgrade_keeps_its_time_beside_the_next(room: Room, walk: Walk) -> None:
    walk(*STAYED[:-1], classified=CHANGE, exit_declined={"answer_workdays": 3})
    until = due(room, "report_follow_up")
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        kept = {name: value for name, value in case.details.items() if not name.startswith("report")}
        case.details = {**kept, "report_open": "exit_declined"}

    walk("handed_over")
    assert due(room, "report_follow_up") == until
    walk("report_answered", report_answered={"which_report": "exit_declined"})

    assert due(room, "report_follow_up") > until


def test_a_late_rescue_is_reported_once_and_then_urged(room: Room, walk: Walk) -> None:
    walk(*TO_SITE[:1], "people_trapped")
    room.pass_time(timedelta(minutes=50))
    late = {"arrived_at": room.now.isoformat(), "freed_at": room.now.isoformat()}
    walk("people_freed", "late_rescue_reported", people_freed=late)

    with pytest.raises(RefusedError, match="urge the answer"):
        walk("late_rescue_reported")
    walk("report_urged", "report_answered")


def test_a_second_mark_stands_beside_the_first_and_each_is_decided_on(room: Room, walk: Walk) -> None:
    walk(*TO_CREDIT, "credit_mark_reported", credit_mark_reported={"answer_workdays": 60})
    walk("joint_meeting_called", "joint_meeting_held", "decision_carried_out", "concluded")
    until = due(room, "credit_follow_up")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    walk("rework_taken", *TO_CREDIT[1:], "credit_mark_reported")

    # The second has less time than the first: the clock is of what is due first.
    assert room.case("A1").credit_points == 6
    assert (second := due(room, "credit_follow_up")) < until
    walk("credit_mark_urged", credit_mark_urged={"which_mark": "2", "answer_workdays": 20})
    assert second < due(room, "credit_follow_up") < until
    walk("credit_mark_answered", credit_mark_answered={"which_mark": "1", "accepted": False, "points": 0})
    assert room.case("A1").credit_points == 3
    assert "credit_follow_up" in running(room)
    walk("credit_mark_answered", credit_mark_answered={"points": 5})
    assert (room.case("A1").credit_points, "credit_follow_up" in running(room)) == (5, False)
    marks = firms.marks_of(room.case("A1").details)
    assert [(mark["points"], mark["decided"]) for mark in marks] == [(0, True), (5, True)]


def test_a_mark_of_before_the_upgrade_counts_as_it_did() -> None:
    mark = {"points": 3, "on": "2026-05-20", "answer_workdays": 10}

    [waiting] = firms.marks_of({"credit_mark_reported": mark})
    [decided] = firms.marks_of({"credit_mark_reported": mark, "credit_mark_answered": {"points": 5}})

    assert (waiting["points"], waiting["decided"]) == (3, False)
    assert (decided["points"], decided["decided"]) == (5, True)
    assert firms.marks_of({}) == []


def test_each_order_has_its_own_day_of_service(room: Room) -> None:
    at = Moment(now=room.now, actor="p1", role=Role.HANDLER)
    form = {"served_on": None, "order_days": 7}
    papers = elections.papers_ordered(Seen(), form | {"served_on": date(2026, 11, 2)}, at)
    leave = firms.ordered_out(Seen(), form, at)
    kept = {**papers, **leave}
    fine = {"decided_on": date(2026, 11, 12)}

    assert firms.fine_follows_the_order("papers_ordered")(Seen(kept), fine, at) is None
    assert firms.fine_follows_the_order("correction_ordered")(Seen(kept), fine, at) is not None
    # Seven days from 2026-09-24 end on National Day, and move on to 2026-10-08.
    holiday = {"papers_ordered": form | {"served_on": "2026-09-24"}}
    for decided_on, early in (("2026-10-08", True), ("2026-10-09", False)):
        asked = {"decided_on": date.fromisoformat(decided_on)}
        assert (firms.fine_follows_the_order("papers_ordered")(Seen(holiday), asked, at) is not None) is early
    before = {"papers_ordered": form, "order_served_on": "2026-11-02"}
    assert firms.fine_follows_the_order("papers_ordered")(Seen(before), fine, at) is None


def test_who_is_told_of_withheld_books_or_a_diverted_fund_is_urged_himself_before_he_counts_as_silent(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "contract_ended", "exit_declined", "police_informed", classified=CHANGE)
    room.pass_time(timedelta(days=20))
    walk("external_urged", "external_declined", "correction_order_asked", "order_declined", "police_informed")
    room.pass_time(timedelta(days=20))

    with pytest.raises(RefusedError, match="must be urged"):
        walk("handed_over")


# -- what the law has told, posted and waited for ---------------------------------------------------


def test_a_vote_waits_for_the_fifteen_days_in_which_all_owners_are_told(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE[:-1], "vote_announced", vote_announced={"posted_on": "2026-11-20"}, verified_on_site=OWNERS)
    assert due(room, "meeting_notice") == date(2026, 12, 5)
    assert "meeting_notice" in room.blueprint.legal.lapsing
    with pytest.raises(RefusedError, match="15 days before"):
        walk("votes_counted")
    room.pass_time(timedelta(days=13))

    walk("votes_counted")

    assert "meeting_notice" not in running(room)


def test_an_objection_to_voting_rights_is_reviewed_before_the_count_and_upheld_the_vote_is_announced_anew(
    room: Room, walk: Walk
) -> None:
    walk(*TO_VOTE[:-1], verified_on_site=OWNERS)
    with pytest.raises(RefusedError, match="nothing to object to"):
        walk("vote_objected")
    walk("vote_announced", "vote_objected")
    with pytest.raises(RefusedError, match="not reviewed yet"):
        walk("votes_counted")
    walk("objection_reviewed", objection_reviewed={"upheld": True})
    with pytest.raises(RefusedError, match="announce the vote anew"):
        walk("votes_counted")

    walk("vote_announced", "votes_counted")

    assert room.state("A1") == "votes_counted"


COVENANT: dict[str, Any] = {
    name: {"item": "management_covenant"} for name in ("common_decision_needed", "vote_announced", "votes_counted")
}
TO_DECISION = (*TO_SITE, "common_decision_needed", "vote_announced", "votes_counted", "decision_posted")


def test_a_changed_covenant_is_told_of_within_thirty_days_before_it_counts_as_carried_out(
    room: Room, walk: Walk
) -> None:
    walk(*TO_DECISION, **COVENANT)
    assert due(room, "change_notice") == date(2026, 12, 23)
    with pytest.raises(RefusedError, match="told in writing"):
        walk("decision_carried_out")
    walk("vote_repeated", "change_told")
    assert "change_notice" not in running(room)
    with pytest.raises(RefusedError, match="no change"):
        walk("change_told")


def test_a_rework_gives_no_time_anew_to_tell_of_a_change(room: Room, walk: Walk) -> None:
    walk(*TO_DECISION, "decision_failed", "handed_over", "concluded_as_handed_over", **COVENANT)
    assert "change_notice" not in running(room)
    room.pass_time(timedelta(days=10))
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    walk("decision_resumed")

    assert due(room, "change_notice") == date(2026, 12, 23)


def test_a_change_that_is_revoked_is_not_told_of_and_another_decision_asks_for_none(room: Room, walk: Walk) -> None:
    walk(*TO_DECISION, "decision_revoked", **COVENANT)
    assert "change_notice" not in running(room)
    with pytest.raises(RefusedError, match="no change"):
        walk("change_told")
    other = {name: {"item": "other_major_matter"} for name in COVENANT}

    walk("vote_announced", "votes_counted", "decision_posted", "decision_carried_out", **other)

    assert (room.state("A1"), "change_notice" in room.clocks("A1") and "change_notice" in running(room)) == (
        "fixed",
        False,
    )


def test_a_meeting_that_elects_the_next_committee_is_held_ninety_days_before_the_term_ends(
    room: Room, walk: Walk
) -> None:
    soon = {"ground": "term_ends_soon", "since": "2027-03-23"}
    walk(*TO_SITE, "committee_lapsed", classified=MEETING, committee_lapsed=soon)
    assert (due(room, "reelection_meeting"), due(room, "owners_follow_up")) == (date(2026, 12, 23), date(2027, 1, 22))
    room.pass_time(timedelta(days=10))
    walk("reelection_urged")
    assert due(room, "owners_follow_up") == date(2027, 2, 1)

    walk("election_announced", "reelection_held")

    assert running(room) & {"reelection_meeting", "owners_follow_up", "meeting_notice"} == set()


def test_a_term_that_is_over_has_no_day_left_for_its_meeting(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "committee_lapsed", classified=MEETING)

    assert "reelection_meeting" not in room.clocks("A1")
    assert "owners_follow_up" in running(room)


def test_a_joint_meeting_is_called_again_when_the_first_has_settled_nothing(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "joint_meeting_called", "joint_meeting_held", "decision_failed", "joint_meeting_called")

    assert room.state("A1") == "joint_meeting_called"


def test_a_preparatory_group_is_posted_within_ten_days(room: Room, walk: Walk) -> None:
    formed = {"formed_on": "2026-11-20"}
    walk(*TO_SITE, "first_meeting_due", "group_formed", classified=MEETING, group_formed=formed)
    assert due(room, "group_posting") == date(2026, 11, 30)
    with pytest.raises(RefusedError, match="before it was formed"):
        walk("group_posted", group_posted={"posted_on": "2026-11-19"})

    walk("group_posted")

    assert "group_posting" not in running(room)
    with pytest.raises(RefusedError, match="posted already"):
        walk("group_posted")


def test_a_preparatory_group_that_hangs_out_when_it_is_put_on_record_has_no_days_for_it(room: Room, walk: Walk) -> None:
    posted = {"posted_on": "2026-11-23"}
    walk(*TO_SITE, "first_meeting_due", "group_formed", classified=MEETING, group_formed=posted)

    assert "group_posting" not in running(room)


def test_money_paid_for_works_that_were_stopped_is_warned_of_until_it_is_back(room: Room, walk: Walk) -> None:
    walk(*TO_WORKS, "repair_stopped", "handed_over", verified_on_site=OWNERS)
    assert "fund_lacks_money" in warned(room)
    with pytest.raises(RefusedError, match=r"lacks 2000\.00 yuan"):
        walk("fund_money_given_back", fund_money_given_back={"amount": "2000.01"})
    walk("fund_money_given_back", fund_money_given_back={"amount": "500.00"})
    assert "fund_lacks_money" in warned(room)
    walk("fund_money_given_back", fund_money_given_back={"amount": "1500.00"})

    assert "fund_lacks_money" not in warned(room)
    with pytest.raises(RefusedError, match="lacks nothing"):
        walk("fund_money_given_back")


def test_who_is_asked_after_another_was_urged_is_urged_himself_before_he_counts_as_silent(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "referred_out", verified_on_site={"responsible": "utility"})
    room.pass_time(timedelta(days=10))
    walk("external_urged", "external_declined", "authority_asked")
    room.pass_time(timedelta(days=10))

    with pytest.raises(RefusedError, match="must be urged"):
        walk("handed_over")


# -- the register follows ---------------------------------------------------------------------------


def test_the_register_names_the_company_that_follows_and_its_contract(room: Room, walk: Walk) -> None:
    before = estate(room)
    contract = {"contract_from": "2026-12-01", "contract_until": "2029-11-30", "monthly_fee": "1.50"}
    walk(*TO_SITE, "contract_ended", "estate_handed_over", classified=CHANGE)
    assert estate(room).company == ESTATE["company"]

    walk("successor_took_over", successor_took_over={"company": "丙物业公司", **contract})
    waiting = estate(room)
    assert (waiting.company, waiting.coming_on) == (ESTATE["company"], date(2026, 12, 1))
    room.run("begin_contracts")
    assert estate(room).company == ESTATE["company"]
    room.pass_time(timedelta(days=8))
    room.run("begin_contracts")
    room.run("begin_contracts")

    after = estate(room)
    assert (after.coming, after.coming_on) == ({}, None)
    assert (after.company, after.manager, after.monthly_fee) == ("丙物业公司", "", "1.50")
    assert (after.contract_from, after.contract_until) == (date(2026, 12, 1), date(2029, 11, 30))
    assert (after.version, after.roster_version) == (before.version + 2, before.roster_version)


def test_the_register_names_at_once_a_company_whose_contract_runs_already(room: Room, walk: Walk) -> None:
    begun = {"company": "丙物业公司", "contract_from": "2026-11-23"}
    walk(*TO_SITE, "contract_ended", "estate_handed_over", "successor_took_over", classified=CHANGE,
         successor_took_over=begun)  # fmt: skip

    assert (estate(room).company, estate(room).coming_on) == ("丙物业公司", None)


def test_the_register_names_the_new_committee_and_when_its_term_ends(room: Room, walk: Walk) -> None:
    walk(*TO_GROUP, "first_meeting_held", "election_posted", "committee_filed", classified=MEETING, **FIVE)
    walk("filing_certified", "committee_met", "committee_installed")

    after = estate(room)
    assert (after.committee, after.committee_until) == ("黄河家园一区业主委员会", date(2031, 11, 23))


def test_a_step_that_is_refused_leaves_the_register_as_it_was(room: Room, walk: Walk) -> None:
    walk(*TO_GROUP, "first_meeting_held", "election_posted", "committee_filed", "filing_certified", classified=MEETING)
    before = estate(room)

    with pytest.raises(RefusedError, match="not met yet"):
        walk("committee_installed")

    assert (estate(room).version, estate(room).committee) == (before.version, before.committee)


def test_a_management_committee_and_owners_who_need_no_company_stand_in_the_register(room: Room, walk: Walk) -> None:
    twice = ("first_meeting_failed", "first_meeting_failed")
    walk(*TO_GROUP, *twice, "management_committee_formed", classified=MEETING)

    assert (estate(room).committee, estate(room).committee_until) == ("黄河家园一区物业管理委员会", None)


def test_nobody_but_a_leader_charges_somebody_with_the_group(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "first_meeting_due", classified=MEETING)
    room.pass_time(timedelta(days=61))

    with pytest.raises(NotPermittedError, match="leader"):
        room.act("A1", "group_charged", example(schemas.GroupCharged), role=Role.HANDLER)


# -- what comes back goes on where it stood ---------------------------------------------------------

STAYS = (*TO_SITE, "contract_ended", "exit_declined")
REWORK = {"mechanism": "property", "reason": "仍未解决", "round": 1}


@pytest.mark.parametrize(
    ("path", "changed", "resumed", "state"),
    [
        ((*TO_VOTE, "repair_given_up", "handed_over"), {"verified_on_site": OWNERS}, "vote_resumed", "owner_vote_due"),
        (
            (*TO_VOTE, "votes_counted", "vote_carried", "repair_given_up", "handed_over"),
            {"verified_on_site": OWNERS},
            "fund_resumed",
            "fund_application_due",
        ),
        (
            (*TO_WORKS, "repair_accepted", "payment_disputed", "handed_over"),
            {"verified_on_site": OWNERS},
            "works_resumed",
            "repair_under_way",
        ),
        (
            (*TO_EMERGENCY, "emergency_repaired", "payment_disputed", "handed_over"),
            {},
            "emergency_resumed",
            "emergency_application_due",
        ),
        (
            (*TO_DECISION, "decision_failed", "handed_over"),
            COVENANT,
            "decision_resumed",
            "owners_decided",
        ),
        (
            (*STAYS, "joint_meeting_called", "joint_meeting_failed", "handed_over"),
            {"classified": CHANGE},
            "exit_resumed",
            "exit_refused",
        ),
        (
            (*STAYS, "estate_handed_over", "successor_not_chosen", "handed_over"),
            {"classified": CHANGE},
            "takeover_resumed",
            "takeover_due",
        ),
        (
            (*TO_GROUP, "first_meeting_held", "election_posted", "committee_filed", "filing_declined", "handed_over"),
            {"classified": MEETING},
            "committee_resumed",
            "filing_due",
        ),
    ],
)
def test_a_case_that_is_handled_again_goes_on_where_it_stood(
    room: Room, walk: Walk, path: tuple[str, ...], changed: dict[str, Any], resumed: str, state: str
) -> None:
    walk(*path, "concluded_as_handed_over", **changed)
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    walk(resumed)

    assert room.state("A1") == state


def test_works_that_were_stopped_are_voted_on_anew_as_the_owners_were_told(room: Room, walk: Walk) -> None:
    walk(*TO_WORKS, "repair_stopped", "handed_over", "concluded_as_handed_over", verified_on_site=OWNERS)
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    with pytest.raises(RefusedError, match="has not come so far before"):
        walk("works_resumed")

    walk("rework_taken", *TO_WORKS[1:], "repair_accepted", "payment_disputed", "handed_over", verified_on_site=OWNERS)
    walk("concluded_as_handed_over")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": 2})
    walk("works_resumed")

    assert room.state("A1") == "repair_under_way"


def test_a_case_that_was_never_so_far_resumes_nothing(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "company_ordered", "company_reported", "recheck_passed", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)

    for resumed in firms.RESUMED:
        with pytest.raises(RefusedError, match="has not come so far before"):
            walk(resumed)


def test_an_order_that_was_not_obeyed_need_not_be_made_anew_when_the_fine_was_declined(room: Room, walk: Walk) -> None:
    served = {"served_on": (room.now.date() - timedelta(12)).isoformat()}
    walk(*STAYS, *TO_ORDER, "exit_order_expired", "fine_asked", classified=CHANGE, correction_ordered=served)

    walk("fine_declined", "exit_order_disobeyed", "fine_asked", "fine_decided")

    assert room.state("A1") == "exit_refused"


def test_a_change_is_told_of_wherever_the_case_has_gone_meanwhile(room: Room, walk: Walk) -> None:
    walk(*TO_DECISION, "vote_repeated", classified=CHANGE, **COVENANT)
    dismissal = {name: {"item": "dismiss_company"} for name in ("vote_announced", "votes_counted")}
    walk("vote_announced", "votes_counted", "decision_posted", "contract_ended", **dismissal)
    assert "change_notice" in running(room)

    walk("change_told")

    assert "change_notice" not in running(room)


def test_a_change_that_nobody_was_told_of_is_still_told_of_after_the_reply(room: Room, walk: Walk) -> None:
    walk(*TO_DECISION, "vote_repeated", classified=CHANGE, **COVENANT)
    dismissal = {name: {"item": "dismiss_company"} for name in ("vote_announced", "votes_counted")}
    walk("vote_announced", "votes_counted", "decision_posted", "contract_ended", "estate_handed_over", **dismissal)
    walk("successor_took_over", "contract_filed", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "property"})
    assert room.state("A1") == "closed"
    assert "change_notice" in running(room)

    walk("change_told")

    assert "change_notice" not in running(room)
