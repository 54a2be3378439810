"""A second round in one case: another company, another election, another plan; and of several votes each by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis.examples import example
from chassis.testing import Room
from chassis.workflow import RefusedError, Role
from services.property import firms, register, schemas
from services.property.models import Estate
from tests.services.property.conftest import enter
from tests.services.property.test_papers import written
from tests.services.property.test_service import MEETING, NO_FIGURES, OWNERS, TO_CREDIT, TO_SEAL, TO_SITE, TO_VOTE
from tests.services.property.test_ways_on import (
    CHANGE,
    COVENANT,
    DISMISS,
    REWORK,
    TO_EMERGENCY,
    TO_WORKS,
    due,
    running,
    warned,
)

Walk = Callable[..., None]
TO_MATTER = (*TO_SITE, "common_decision_needed")
CHOOSE: dict[str, dict[str, Any]] = {name: {"item": "choose_company"} for name in ("vote_announced", "votes_counted")}
VOTED = ("vote_announced", "votes_counted", "decision_posted")


def dismissed_and_chosen(walk: Walk) -> None:
    """Have the owners dismiss their company, and choose the next by a vote of its own."""
    walk(*TO_MATTER, *VOTED, "vote_repeated", **DISMISS)
    walk(*VOTED, **CHOOSE)


def again(room: Room, walk: Walk, number: int = 1) -> None:
    """Have the result not accepted, and the matter looked at from the beginning."""
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": number})
    walk("rework_taken", *TO_SITE[1:], classified=CHANGE)


def test_what_the_owners_decided_on_one_company_decides_nothing_on_the_next(room: Room, walk: Walk) -> None:
    dismissed_and_chosen(walk)
    unvoted = {"contract_ended": NO_FIGURES, "successor_took_over": NO_FIGURES}
    walk("contract_ended", "estate_handed_over", "successor_took_over", "contract_filed", "concluded", **unvoted)
    again(room, walk)

    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("contract_ended", **unvoted)
    walk("common_decision_needed", *VOTED, "contract_ended", "estate_handed_over", **DISMISS, **unvoted)
    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("successor_took_over", **unvoted)
    walk("successor_not_chosen", "handed_over", "concluded_as_handed_over")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": 2})
    walk("takeover_resumed")

    assert room.state("A1") == "takeover_due"


def test_what_the_owners_decided_after_a_change_of_company_is_gone_on_with_when_the_case_comes_back(
    room: Room, walk: Walk
) -> None:
    dismissed_and_chosen(walk)
    walk("contract_ended", "estate_handed_over", "successor_took_over", "contract_filed", "concluded")
    again(room, walk)
    walk("common_decision_needed", *VOTED, "decision_failed", "handed_over", "concluded_as_handed_over", **COVENANT)
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": 2})
    walk("decision_resumed")

    assert room.state("A1") == "owners_decided"
    with pytest.raises(RefusedError, match="somebody follows already"):
        walk("successor_took_over")


def test_a_dismissal_stands_also_where_the_vote_on_the_next_company_is_lost(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", **DISMISS)
    lost = {"item": "choose_company", "ballots": [{"room": "1-1-101", "choice": "agree", "confirmed": True}]}
    walk("vote_announced", "votes_counted", "vote_failed", vote_announced=CHOOSE["vote_announced"], votes_counted=lost)

    walk("decision_pursued", "contract_ended", contract_ended=NO_FIGURES)

    assert room.state("A1") == "exit_running"


def test_who_gives_up_the_vote_on_the_next_company_goes_on_without_it(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "contract_ended", "estate_handed_over", "successor_put_to_vote", **DISMISS)
    walk("takeover_pursued")

    assert room.state("A1") == "takeover_due"
    with pytest.raises(RefusedError, match="has not come so far"):
        walk("successor_put_to_vote", "decision_pursued")


def test_of_several_decisions_the_one_that_is_meant_is_revoked_and_the_others_stand(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", classified=CHANGE, **COVENANT)
    counted = room.now.date()
    room.now += timedelta(days=20)
    called = {"posted_on": counted.isoformat()}
    walk(*VOTED, **{**DISMISS, "vote_announced": DISMISS["vote_announced"] | called})
    with pytest.raises(RefusedError, match="which decision"):
        walk("decision_revoked")

    # What was decided first was revoked before the second was counted, and is told of late.
    revoked = {"which_decision": "management_covenant", "revoked_on": (counted + timedelta(5)).isoformat()}
    walk("decision_revoked", decision_revoked=revoked | {"posted_on": room.now.date().isoformat()})

    kept = room.case("A1").details
    assert (room.state("A1"), {*kept["owners_decisions"]}) == ("owner_vote_due", {"dismiss_company"})
    assert kept["vote_result"]["carried"]
    assert [fact["item"] for fact in room.told("owners_vote_annulled.v1")] == ["management_covenant"]
    assert "change_notice" not in running(room)
    walk("decision_pursued", "contract_ended", contract_ended=NO_FIGURES)
    assert room.state("A1") == "exit_running"


def test_a_dismissal_that_is_revoked_takes_no_change_along_of_which_nobody_was_told(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", classified=CHANGE, **COVENANT)
    walk(*VOTED, "contract_ended", contract_ended=NO_FIGURES, **{k: v for k, v in DISMISS.items() if k != "classified"})
    assert "change_notice" in running(room)

    walk("dismissal_revoked")

    assert "change_notice" in running(room)


# -- elections ------------------------------------------------------------------------------------


def test_a_second_election_in_one_case_meets_hands_over_and_is_urged_by_itself(room: Room, walk: Walk) -> None:
    walk(*TO_SEAL, "committee_met", "books_handed_over", "committee_installed", "concluded", classified=MEETING)
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    walk("rework_taken", *TO_SEAL[1:], classified=MEETING)
    assert "committee_books" in running(room)

    with pytest.raises(RefusedError, match="has not met yet"):
        walk("committee_installed")
    walk("committee_met")
    with pytest.raises(RefusedError, match="not handed over yet"):
        walk("committee_installed")


def test_who_was_urged_to_elect_in_an_earlier_round_is_urged_again_before_others_take_their_place(
    room: Room, walk: Walk
) -> None:
    to_body = ("committee_lapsed", "reelection_urged", "reelection_urged", "management_committee_formed")
    walk(*TO_SITE, *to_body, "district_told", "concluded", classified=MEETING)
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    walk("rework_taken", *TO_SITE[1:], "committee_lapsed", classified=MEETING)

    with pytest.raises(RefusedError, match="urged a re-election twice"):
        walk("management_committee_formed")


def test_the_street_convenes_a_re_election_when_its_committee_was_urged_in_vain(room: Room, walk: Walk) -> None:
    called = {"called_for": "street", "asking_heads": 1}
    walk(*TO_SITE, "committee_lapsed", classified=MEETING)
    with pytest.raises(RefusedError, match="urged to call the meeting"):
        walk("election_announced", election_announced=called)
    walk("reelection_urged", "election_announced", election_announced=called)

    assert room.case("A1").details["vote_announced"][-1]["called_for"] == "street"


# -- repairs --------------------------------------------------------------------------------------

LOST = {"ballots": [{"room": "1-1-101", "choice": "agree", "confirmed": True}]}
#: The half of the roof that the fund's money is enough for.
CHEAPER = {
    "budget": [
        {"item": "屋面防水层翻新", "quantity": "60", "unit": "平方米", "unit_price": "85.00", "belongs_to": "common"}
    ]
}


def test_a_plan_that_the_owners_have_turned_down_is_made_anew_and_voted_on_by_its_own_announcement(
    room: Room, walk: Walk
) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_failed", verified_on_site=OWNERS, votes_counted=LOST)
    walk("plan_revised", "repair_surveyed", repair_surveyed=CHEAPER)

    assert room.case("A1").details["budget_total"] == "5100.00"
    with pytest.raises(RefusedError, match="not announced"):
        walk("votes_counted")
    walk("vote_announced", "votes_counted", "vote_carried")
    with pytest.raises(RefusedError, match="exceeds the budget"):
        walk("fund_applied")
    walk("fund_applied", fund_applied={"amount": "5100.00"})
    assert room.state("A1") == "fund_applied"


def test_works_that_were_stopped_are_planned_anew_in_the_same_case_and_what_the_fund_lacks_stays(
    room: Room, walk: Walk
) -> None:
    walk(*TO_WORKS, verified_on_site=OWNERS)
    walk("repair_stopped", "plan_revised", "repair_surveyed", "vote_announced", "votes_counted", "vote_carried")

    kept = room.case("A1").details
    assert (room.state("A1"), kept["to_recover"], kept["fund_approved"]) == ("fund_application_due", "2000.00", {})


def test_a_plan_whose_works_go_on_or_that_was_never_made_is_not_made_anew(walk: Walk) -> None:
    walk(*TO_WORKS, "repair_accepted", "payment_disputed", verified_on_site=OWNERS)

    with pytest.raises(RefusedError, match="no plan"):
        walk("plan_revised")


def test_an_old_plan_is_nothing_that_a_later_vote_could_be_on(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "repair_given_up", "handed_over", "concluded_as_handed_over", verified_on_site=OWNERS)
    again(room, walk)
    walk("common_decision_needed")

    with pytest.raises(RefusedError, match="begin the repair first"):
        walk("vote_announced")


def test_a_second_emergency_is_paid_by_itself(room: Room, walk: Walk) -> None:
    first = ("emergency_reported", "emergency_confirmed", "emergency_repaired", "emergency_fund_applied")
    walk(*TO_SITE, *first, "audit_passed", "costs_published", "concluded")
    again(room, walk)
    walk(*first[:3], "payment_disputed", "handed_over", "concluded_as_handed_over")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": 2})

    walk("emergency_resumed")

    assert room.state("A1") == "emergency_application_due"


def test_an_ordinary_repair_after_an_emergency_is_told_as_none(room: Room, walk: Walk) -> None:
    walk(*TO_EMERGENCY, "emergency_repaired", "emergency_fund_applied", "audit_passed", "costs_published", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    walk("rework_taken", *TO_WORKS[1:], "repair_accepted", "repair_settled", "costs_published", verified_on_site=OWNERS)

    assert [fact["emergency"] for fact in room.told("repair_costs_published.v1")] == [True, False]


def test_a_vote_on_another_matter_that_is_lost_is_no_repair_that_somebody_else_has_paid(walk: Walk) -> None:
    lost = {**CHOOSE, "votes_counted": CHOOSE["votes_counted"] | LOST}
    walk(*TO_MATTER, "vote_announced", "votes_counted", "vote_failed", **lost)

    with pytest.raises(RefusedError, match="about no repair"):
        walk("paid_otherwise")


# -- what is told late, or was wrong --------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "changed", "state"),
    [
        ((*TO_VOTE, "votes_counted", "vote_failed"), {"votes_counted": LOST}, "vote_lost"),
        ((*TO_VOTE, "votes_counted", "vote_carried", "fund_applied"), {}, "fund_applied"),
        (TO_WORKS, {}, "repair_under_way"),
    ],
)
def test_an_owner_objects_also_when_the_result_hangs_out_or_is_being_carried_out(
    room: Room, walk: Walk, path: tuple[str, ...], changed: dict[str, Any], state: str
) -> None:
    walk(*path, "vote_objected", "objection_reviewed", verified_on_site=OWNERS, **changed)
    walk("ballots_called_back", ballots_called_back={"calls": [{"room": "1-1-101", "result": "confirmed_by_owner"}]})

    assert room.state("A1") == state


def test_a_lost_count_that_was_posted_is_annulled_and_the_same_ballots_are_counted_again(
    room: Room, walk: Walk
) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_failed", "vote_objected", verified_on_site=OWNERS, votes_counted=LOST)
    walk("objection_reviewed", "count_annulled", "votes_counted", objection_reviewed={"upheld": True})

    assert room.case("A1").details["vote_result"]["carried"]


def test_an_objection_does_not_come_from_tomorrow(room: Room, walk: Walk) -> None:
    tomorrow = (room.now.date() + timedelta(1)).isoformat()
    with pytest.raises(RefusedError, match="lies in the future"):
        walk(
            *TO_VOTE, "votes_counted", "vote_objected", verified_on_site=OWNERS, vote_objected={"received_on": tomorrow}
        )


def test_no_ballot_is_objected_to_where_the_vote_was_held_elsewhere(walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", classified=CHANGE)

    with pytest.raises(RefusedError, match="no ballots were counted"):
        walk("vote_objected")


def test_a_notice_with_a_mistake_is_made_out_anew_and_is_one_order(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "company_ordered")
    walk("company_ordered", company_ordered={"rectify_workdays": 12})

    assert (room.state("A1"), room.clocks("A1")["rectification"].limit) == ("ordered", 12)
    assert ["不再执行" in row.text for row in written(room) if row.name == "rectification_notice"] == [False, True]
    at = room.now
    done = firms.overhauls([("1", "company_ordered", at), ("1", "company_ordered", at), ("1", "recheck_passed", at)])
    assert (done["orders"], done["put_right_at_once"]) == (1, 1)


def test_fees_that_were_reckoned_wrong_are_reckoned_anew(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "fees_examined", classified={"kind": "fees"})
    walk("fees_examined", fees_examined={"paid": "0.00"})

    assert room.case("A1").details["fee_reckoning"]["owed"] == room.case("A1").details["fee_reckoning"]["due"]


def test_an_end_of_a_contract_with_a_wrong_day_is_put_on_record_anew(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", classified=CHANGE)
    walk("contract_ended", contract_ended={"ends_on": "2026-11-25"})

    assert [fact["ends_on"] for fact in room.told("contract_ended.v1")] == ["2026-11-20", "2026-11-25"]
    assert due(room, "company_exit") == date(2026, 12, 9)
    with pytest.raises(RefusedError, match="before notice was given"):
        walk("contract_ended", contract_ended={"agreed_otherwise": True, "ends_on": "2026-09-01"})


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (("fees_examined",), {"classified": {"kind": "fees"}}),
        (("repair_needed",), {"verified_on_site": OWNERS}),
        (("repair_needed", "repair_surveyed"), {"verified_on_site": OWNERS}),
        (("committee_lapsed",), {"classified": MEETING}),
        (("first_meeting_due",), {"classified": MEETING}),
        (("common_decision_needed",), {}),
    ],
)
def test_who_has_chosen_the_wrong_way_begins_again_from_what_was_found(
    room: Room, walk: Walk, path: tuple[str, ...], changed: dict[str, Any]
) -> None:
    walk(*TO_SITE, *path, "way_corrected", **changed)

    assert room.state("A1") == "verified"
    assert running(room) & {"group_formation", "reelection_meeting", "owners_follow_up", "meeting_notice"} == set()


def test_no_way_is_chosen_anew_once_the_owners_are_called_to_vote(walk: Walk) -> None:
    with pytest.raises(RefusedError, match="called to vote"):
        walk(*TO_VOTE, "way_corrected", verified_on_site=OWNERS)


def test_a_first_meeting_was_not_due_before_anything_was_delivered() -> None:
    form = {**example(schemas.Delivered), "first_delivered_on": "2026-01-10", "condition_met_on": "2025-12-01"}

    assert "condition_met_on" in schemas.Delivered().validate(form)


# -- whose it is ----------------------------------------------------------------------------------


def test_points_of_a_company_that_has_left_are_none_of_the_one_that_follows(room: Room, walk: Walk) -> None:
    walk(*TO_CREDIT, "credit_mark_reported", "credit_mark_answered", "joint_meeting_called", "joint_meeting_failed")
    walk("handed_over", "concluded_as_handed_over")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    walk("rework_taken", *TO_SITE[1:], classified={"company": "丙物业公司"})

    with room.database.read() as session:
        found = {name: len([*rows]) for name, rows in register.marks_by_company(session, room.now).items()}
        only = register.marks_by_company(session, room.now, "丙物业公司")
    assert (found, only) == ({"甲物业公司": 1}, {})


def test_an_estate_that_no_company_serves_has_its_complaints_repairs_and_committee_all_the_same(
    room: Room, walk: Walk
) -> None:
    enter(room, company="")
    nobody = {"company": "", "kind": "facility_repair"}
    walk(*TO_VOTE, "votes_counted", verified_on_site=OWNERS, classified=nobody)

    assert "| 物业服务企业 | 未聘 |" in {row.name: row.text for row in written(room)}["vote_summary"]


def test_nobody_is_ordered_where_no_company_serves_nor_asked_to_the_joint_meeting(room: Room, walk: Walk) -> None:
    enter(room, company="")
    walk(*TO_SITE, classified={"company": ""})
    with pytest.raises(RefusedError, match="no company serves"):
        walk("company_ordered")
    walk(
        "joint_meeting_called",
        joint_meeting_called={"invited": ["owners_committee", "community", "property_authority"]},
    )

    assert room.state("A1") == "joint_meeting_called"


def test_whose_company_nobody_knows_it_is_named(walk: Walk) -> None:
    with pytest.raises(RefusedError, match="name the company"):
        walk(*TO_SITE, classified={"estate": "无名小区", "company": ""})


@pytest.mark.parametrize(
    ("path", "changed", "kind", "points", "said"),
    [
        (("contract_ended", "exit_declined"), {"classified": CHANGE}, "refused_to_leave", 20, "拒不退出或者拒不移交"),
        (
            ("joint_meeting_called", "joint_meeting_held", "decision_failed"),
            {},
            "meeting_decision_ignored",
            5,
            "未落实物业管理联席会议",
        ),
    ],
)
def test_a_company_that_stays_or_ignores_a_joint_meeting_loses_points_for_that(
    room: Room, walk: Walk, path: tuple[str, ...], changed: dict[str, Any], kind: str, points: int, said: str
) -> None:
    walk(*TO_SITE, *path, **changed)
    state = room.state("A1")
    with pytest.raises(RefusedError, match="points are given here for"):
        walk("credit_mark_reported")
    walk("credit_mark_reported", credit_mark_reported={"kind": kind})

    assert (room.state("A1"), room.case("A1").credit_points) == (state, points)
    assert said in {row.name: row.text for row in written(room)}["credit_report"]


def test_no_points_are_given_for_a_decision_that_no_joint_meeting_has_made(walk: Walk) -> None:
    with pytest.raises(RefusedError, match="no joint meeting"):
        walk(*TO_SITE, "joint_meeting_called", "joint_meeting_failed", "credit_mark_reported")


# -- decisions against the law, also of votes that were held elsewhere ------------------------------


def test_a_committee_that_does_not_put_its_unlawful_decision_right_has_it_revoked_by_somebody_else(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "decision_ordered_right", classified=MEETING)
    assert room.clocks("A1")["decision_order"].limit == 7
    room.pass_time(timedelta(days=12))
    assert room.state("A1") == "decision_order_over"
    with pytest.raises(RefusedError, match="another person"):
        room.act(
            "A1",
            "unlawful_decision_revoked",
            example(schemas.UnlawfulDecision),
            role=Role.REVIEWER,
            person="a handler",
        )

    walk("unlawful_decision_revoked", "concluded")

    assert "全体业主" in {row.name: row.text for row in written(room)}["unlawful_decision_notice"]


@pytest.mark.parametrize(
    ("late", "way", "state"),
    [
        (False, "decision_put_right", "fixed"),
        (True, "decision_put_right", "fixed"),
        (True, "joint_meeting_called", "joint_meeting_called"),
    ],
)
def test_an_unlawful_decision_is_put_right_in_time_or_later_or_comes_before_the_joint_meeting(
    room: Room,
    walk: Walk,
    late: bool,  # noqa: FBT001
    way: str,
    state: str,
) -> None:
    walk(*TO_SITE, "decision_ordered_right", classified=MEETING)
    room.pass_time(timedelta(days=12 if late else 1))
    walk(way)

    assert (room.state("A1"), "decision_order" in running(room)) == (state, False)


def test_nothing_is_revoked_that_the_visit_has_not_found(walk: Walk) -> None:
    with pytest.raises(RefusedError, match="did not find"):
        walk(*TO_SITE, "unlawful_decision_revoked", classified=MEETING, verified_on_site={"confirmed": False})


# -- what happens meanwhile -------------------------------------------------------------------------


@pytest.mark.parametrize("path", [(), ("emergency_reported", "emergency_confirmed"), ("referred_out",)])
def test_rescuers_who_came_late_are_reported_wherever_the_case_has_gone_meanwhile(
    room: Room, walk: Walk, path: tuple[str, ...]
) -> None:
    walk("case_accepted", "contact_made", "people_trapped")
    room.pass_time(timedelta(minutes=45))
    now = room.now.isoformat()
    freed = {"people_freed": {"arrived_at": now, "freed_at": now}}
    walk("people_freed", "classified", "verified_on_site", verified_on_site={"responsible": "utility"}, **freed)
    walk(*path)
    state = room.state("A1")

    walk("late_rescue_reported")

    assert (room.state("A1"), "report_follow_up" in running(room)) == (state, True)
    with pytest.raises(RefusedError, match="urge the answer"):
        walk("late_rescue_reported")


@pytest.mark.parametrize("vote", [(), ("vote_announced",), ("vote_announced", "votes_counted", "vote_failed")])
def test_a_roof_that_breaks_while_the_owners_vote_or_after_they_said_no_is_repaired_at_once(
    room: Room, walk: Walk, vote: tuple[str, ...]
) -> None:
    walk(*TO_VOTE[:-1], *vote, verified_on_site=OWNERS, votes_counted=LOST)
    walk("emergency_reported", "emergency_confirmed")

    assert (room.state("A1"), running(room) & {"owners_follow_up", "meeting_notice"}) == ("emergency_confirmed", set())
    assert "routine_called_emergency" in warned(room)


def test_a_decision_from_before_each_was_kept_by_itself_is_revoked_too(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, **COVENANT)
    with room.database.write() as session:
        case = session.get(room.blueprint.case, room.case("A1").id)
        assert case is not None
        case.details = {name: value for name, value in case.details.items() if name != "owners_decisions"}

    walk("decision_revoked")

    assert (room.state("A1"), room.case("A1").details["vote_result"]) == ("owner_vote_due", {})


def test_what_was_finished_before_anybody_confirmed_it_is_looked_at_twice(room: Room, walk: Walk) -> None:
    early = (room.now.date() - timedelta(3)).isoformat()
    walk(*TO_EMERGENCY, "emergency_repaired", emergency_repaired={"repaired_on": early})

    assert "routine_called_emergency" in warned(room)


def test_who_objects_to_a_lost_count_is_answered_before_the_case_ends_and_holds_up_no_other_decision(
    room: Room, walk: Walk
) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", **DISMISS)
    lost = {**CHOOSE, "votes_counted": CHOOSE["votes_counted"] | LOST}
    walk("vote_announced", "votes_counted", "vote_failed", "vote_objected", **lost)
    with pytest.raises(RefusedError, match="not reviewed yet"):
        walk("concluded_as_unfunded")

    walk("objection_reviewed", "decision_pursued", "contract_ended", contract_ended=NO_FIGURES)

    assert room.state("A1") == "exit_running"


def test_an_objection_that_was_upheld_is_none_to_what_was_decided_before(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", **DISMISS)
    lost = {**CHOOSE, "votes_counted": CHOOSE["votes_counted"] | LOST}
    walk("vote_announced", "votes_counted", "vote_failed", "vote_objected", **lost)
    walk("objection_reviewed", "decision_pursued", objection_reviewed={"upheld": True})

    walk("contract_ended", contract_ended=NO_FIGURES)

    assert room.state("A1") == "exit_running"


def test_a_second_repair_of_the_same_rooms_in_one_case_is_looked_at_together_with_the_first(
    room: Room, walk: Walk
) -> None:
    walk(*TO_WORKS, "repair_accepted", "repair_settled", "costs_published", "concluded", verified_on_site=OWNERS)
    again(room, walk, 1)
    walk("classified", "verified_on_site", "repair_needed", "repair_surveyed", verified_on_site=OWNERS)

    assert "repair_was_split" in warned(room)
    assert [row["amount"] for row in room.case("A1").details["repairs_on_file"]] == ["10000.01"]


def test_an_emergency_and_a_repair_of_one_case_are_two_in_the_register(room: Room, walk: Walk) -> None:
    walk(*TO_EMERGENCY, "emergency_repaired", "emergency_fund_applied", "audit_passed", "costs_published", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    room.now += timedelta(days=40)
    walk("rework_taken", *TO_VOTE[1:], verified_on_site=OWNERS)

    with room.database.read() as session:
        found = register.Register(session, room.now).repairs("黄河家园一区")
    assert len(found) == 2
    assert all(row["rooms"] == ["1-1-101", "1-1-102"] for row in found)


def test_a_case_whose_plan_and_emergency_were_given_up_has_no_repair_in_the_register(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "plan_revised", "way_corrected", "emergency_reported", verified_on_site=OWNERS)

    with room.database.read() as session:
        assert register.Register(session, room.now).repairs("黄河家园一区") == []


# -- a contract with whoever goes on -----------------------------------------------------------------


def test_the_contract_of_a_company_that_is_chosen_again_is_filed_in_its_ten_days(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, **CHOOSE)
    with pytest.raises(RefusedError, match="signed and filed first"):
        walk("decision_carried_out")
    with pytest.raises(RefusedError, match="甲物业公司 serves the estate"):
        walk("contract_signed")
    again_the_same = {"company": "甲物业公司", "contract_from": "2027-01-01", "signed_on": "2026-11-20", **NO_FIGURES}
    walk("contract_signed", contract_signed=again_the_same)

    assert room.state("A1") == "contract_filing_due"
    assert due(room, "contract_filing") == date(2026, 11, 30)
    with room.database.read() as session:
        estate = session.scalars(select(Estate)).one()
        assert (estate.company, estate.manager, estate.contract_until) == (
            "甲物业公司",
            "项目负责人丁",
            date(2029, 11, 30),
        )
    room.pass_time(timedelta(days=60))
    room.run("begin_contracts")
    with room.database.read() as session:
        estate = session.scalars(select(Estate)).one()
        assert (estate.manager, estate.contract_from) == ("项目负责人丁", date(2027, 1, 1))
    walk("contract_filed")
    assert (room.state("A1"), "contract_filing" in running(room)) == ("fixed", False)
    assert room.told("company_changed.v1") == []


def test_a_renewal_that_was_voted_on_elsewhere_needs_the_figures_of_that_vote(room: Room, walk: Walk) -> None:
    same = {"company": "甲物业公司"}
    walk(*TO_SITE, classified=CHANGE)
    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("contract_signed", contract_signed={**same, **NO_FIGURES})

    walk("contract_signed", "contract_not_filed", contract_signed=same)

    assert room.state("A1") == "handover_due"


def test_the_first_company_of_an_estate_without_one_files_its_contract_too(room: Room, walk: Walk) -> None:
    enter(room, company="")
    walk(*TO_MATTER, *VOTED, classified={"company": ""}, **CHOOSE)
    walk("contract_signed", contract_signed={"contract_from": "2026-11-01"})

    with room.database.read() as session:
        estate = session.scalars(select(Estate)).one()
        assert (estate.company, estate.contract_from) == ("丙物业公司", date(2026, 11, 1))
    assert "contract_filing" in running(room)


def test_who_follows_a_company_that_has_left_signs_by_taking_over(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "contract_ended", "estate_handed_over", "successor_put_to_vote", **DISMISS)
    walk(*VOTED, **CHOOSE)

    with pytest.raises(RefusedError, match="another takes over"):
        walk("contract_signed")
    walk("successor_took_over")

    assert room.state("A1") == "contract_filing_due"


def test_a_company_that_the_owners_have_dismissed_signs_no_renewal_before_that_is_revoked(
    room: Room, walk: Walk
) -> None:
    dismissed_and_chosen(walk)
    same = {"company": "甲物业公司", **NO_FIGURES}
    with pytest.raises(RefusedError, match="have dismissed the company"):
        walk("contract_signed", contract_signed=same)

    walk("decision_revoked", "decision_pursued", decision_revoked={"which_decision": "dismiss_company"})
    walk("contract_signed", contract_signed=same)

    assert room.state("A1") == "contract_filing_due"
