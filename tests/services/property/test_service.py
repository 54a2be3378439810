"""Property behind its mailbox and its doors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.clocks import Roll
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import IllegalStepError, RefusedError, Role
from services.property import register
from tests.services.property.conftest import ESTATE, enter

Walk = Callable[..., None]

TO_SITE = ("case_accepted", "contact_made", "classified", "verified_on_site")
TO_FAILED_RECHECK = (*TO_SITE, "company_ordered", "company_reported", "recheck_failed")
TO_CREDIT = (*TO_FAILED_RECHECK, "company_interviewed", "company_reported_again", "recheck_failed")
TO_VOTE = (*TO_SITE, "repair_needed", "repair_surveyed", "vote_announced")
OWNERS = {"confirmed": True, "responsible": "owners"}
#: One of three owners: no quorum.
FEW = {"ballots": [{"room": "1-1-101", "choice": "agree", "confirmed": True}]}


def names(room: Room) -> list[str]:
    table = room.blueprint.store.letters
    with room.database.read() as session:
        return [row.key for row in session.execute(table.select().order_by(table.c.seq))]


def unrolled(room: Room, clock: str) -> date:
    """Return the day on which a clock ends, before a day off moves it."""
    return replace(room.clocks("A1")[clock], roll=Roll.NONE).deadline(room.blueprint.calendar).due_at.date()


def test_a_company_that_is_ordered_and_obeys_ends_the_complaint(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "company_ordered", "company_reported", "recheck_passed", "concluded")

    assert room.state("A1") == "concluded"
    assert names(room) == [
        "property.case_accepted.v1",
        "property.case_contacted.v1",
        "property.company_ordered.v1",
        "property.case_concluded.v1",
    ]
    [ordered] = room.told("company_ordered.v1")
    assert (ordered["company"], ordered["estate"], ordered["workdays"]) == ("甲物业公司", "黄河家园一区", 7)
    assert room.told("case_concluded.v1")[0]["outcome"] == "solved"
    assert room.case("A1").company == "甲物业公司"


def test_a_dispatch_heard_twice_opens_one_case_and_one_reply_clock(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "A2", _dispatched(), "L2")
    started = room.clocks("A2")["complaint_reply"].started_at
    room.now += timedelta(days=1)
    room.hear("routing.appeal_dispatched.v1", "A2", _dispatched(), "L2")
    room.hear("routing.appeal_dispatched.v1", "A2", _dispatched(), "L3")

    assert room.case("A2").entries == 1
    assert room.clocks("A2")["complaint_reply"].started_at == started
    assert room.parked() == []


def test_the_complaint_is_replied_to_within_five_working_days_of_its_arrival(room: Room, walk: Walk) -> None:
    clock = room.clocks("A1")["complaint_reply"]
    assert (clock.limit, clock.unit, clock.basis) == (5, "workday", "滨州市住宅物业管理条例-53")
    assert clock.due_at(room.blueprint.calendar).date().isoformat() == "2026-11-30"

    walk("case_accepted", "contact_made", "complaint_replied")

    assert room.clocks("A1")["complaint_reply"].state == "stopped"
    assert room.told("case_progressed.v1")[0]["progress"].startswith("您的投诉已登记")


def test_the_five_working_days_count_from_the_registration_however_late_the_dispatch(room: Room) -> None:
    room.now = datetime(2026, 10, 8, 1, tzinfo=UTC)
    registered = {**_dispatched(), "registered_at": "2026-09-30T08:00:00+00:00"}
    room.hear("routing.appeal_dispatched.v1", "A2", registered)

    # 8, 9, the Saturday that is worked, 12 and 13 October.
    assert room.clocks("A2")["complaint_reply"].due_at(room.blueprint.calendar).date().isoformat() == "2026-10-13"


def test_the_conclusion_is_a_reply_to_the_complaint_too(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "company_ordered", "company_reported", "recheck_passed")
    assert room.clocks("A1")["complaint_reply"].state == "running"

    walk("concluded")

    assert room.clocks("A1")["complaint_reply"].state == "stopped"


def test_a_company_that_stays_silent_is_rechecked_when_its_time_is_over(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "company_ordered", company_ordered={"rectify_workdays": 3})
    assert room.clocks("A1")["rectification"].limit == 3

    room.pass_time(timedelta(days=10))

    assert room.state("A1") == "recheck_due"


def test_a_company_that_fails_twice_is_interviewed_marked_and_called_to_the_table(room: Room, walk: Walk) -> None:
    walk(*TO_CREDIT, "credit_mark_reported", "joint_meeting_called", "joint_meeting_held")
    assert room.state("A1") == "decision_follow_up"

    walk("decision_carried_out", "concluded")

    assert room.told("company_interviewed.v1")[0]["company"] == "甲物业公司"
    assert room.told("credit_mark_reported.v1")[0]["points"] == 3
    assert room.told("joint_meeting_held.v1")[0]["matter"] == "incident_or_dispute"
    assert room.state("A1") == "concluded"


def test_an_interviewer_does_not_report_the_points_himself(room: Room, walk: Walk) -> None:
    walk(*TO_CREDIT)
    form = {"kind": "order_not_obeyed", "ground": "逾期未整改", "authority": "区住建局", "answer_workdays": 10}

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "credit_mark_reported", form, role=Role.REVIEWER, person="a handler")


def test_a_decision_that_nobody_carries_out_is_handed_over(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "joint_meeting_called", "joint_meeting_held")
    room.pass_time(timedelta(days=30))
    assert room.state("A1") == "handover_due"

    walk("handed_over", "concluded_as_handed_over")

    [concluded] = room.told("case_concluded.v1")
    assert (concluded["outcome"], concluded["handler_claims_solved"]) == ("transferred", False)


def test_an_outside_unit_acts_and_is_checked(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, verified_on_site={"responsible": "utility"})
    with pytest.raises(RefusedError, match="find the company responsible"):
        walk("company_ordered")

    walk("referred_out", "external_settled", "recheck_passed", "concluded")

    assert room.state("A1") == "concluded"


def test_a_silent_outside_unit_is_urged_and_strands_nobody(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "referred_out", verified_on_site={"responsible": "developer"})
    room.pass_time(timedelta(days=10))
    assert room.state("A1") == "external_overdue"

    with pytest.raises(RefusedError, match="urged"):
        walk("handed_over")
    walk("external_urged")
    room.pass_time(timedelta(days=10))
    walk("handed_over", "concluded_as_handed_over")

    assert room.told("case_concluded.v1")[0]["outcome"] == "transferred"


def test_a_complaint_is_called_unfounded_only_by_two_people(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "found_unfounded", "complainant_heard", verified_on_site={"confirmed": False})
    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "unfounded_confirmed", {"opinion": "同意认定"}, role=Role.REVIEWER, person="a handler")

    walk("unfounded_confirmed", "concluded_as_unfounded")

    assert room.told("case_concluded.v1")[0]["outcome"] == "explained"


def test_a_reviewer_may_order_a_second_visit(room: Room, walk: Walk) -> None:
    walk(
        *TO_SITE, "found_unfounded", "complainant_heard", "second_visit_ordered", verified_on_site={"confirmed": False}
    )

    walk("verified_on_site", "company_ordered")

    assert room.state("A1") == "ordered"


def test_a_repair_is_voted_on_paid_from_the_fund_and_published_to_the_cent(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_carried", "fund_applied", "fund_approved", verified_on_site=OWNERS)
    walk("repair_rejected", "repair_accepted", "repair_settled", "costs_published", "concluded")

    assert room.state("A1") == "concluded"
    details = room.case("A1").details
    assert [row["share"] for row in details["allocation"]] == ["5555.56", "4444.45"]
    assert sum(Decimal(row["share"]) for row in details["allocation"]) == Decimal(details["repair_amount"])
    [counted] = room.told("owners_vote_counted.v1")
    assert (counted["quorum"], counted["carried"]) == (True, True)
    [published] = room.told("repair_costs_published.v1")
    assert (published["amount"], published["owners"], published["emergency"]) == ("10000.01", 2, False)


def test_the_owners_decision_is_posted_within_three_days(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "votes_counted", verified_on_site=OWNERS)
    assert room.clocks("A1")["decision_posting"].state == "running"

    walk("vote_carried")

    assert room.clocks("A1")["decision_posting"].state == "stopped"


def test_an_upheld_objection_annuls_the_count_which_is_made_again_without_it(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_objected", verified_on_site=OWNERS)
    with pytest.raises(RefusedError, match="not reviewed yet"):
        walk("vote_carried")
    walk("objection_reviewed", objection_reviewed={"upheld": True})
    with pytest.raises(RefusedError, match="annul the count"):
        walk("vote_carried")

    walk("count_annulled", "votes_counted", "vote_carried")

    assert room.state("A1") == "fund_application_due"


def test_an_objection_after_the_posting_still_holds_the_money_back(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_carried", "vote_objected", verified_on_site=OWNERS)
    with pytest.raises(RefusedError, match="not reviewed yet"):
        walk("fund_applied")

    walk("objection_reviewed", "fund_applied")

    assert room.state("A1") == "fund_applied"


ALL_AGREE = [
    {"room": room, "choice": "agree", "confirmed": True, "proxy": "代理一", "authorised": True}
    for room in ("1-1-101", "1-1-102", "1-1-201")
]


@pytest.mark.parametrize(
    ("item", "agreeing", "posting"),
    [
        ("rules_of_procedure", 2, "decision_posted"),
        ("choose_company", 2, "decision_posted"),
        ("other_major_matter", 1, "vote_failed"),
        ("raise_repair_fund", 2, "vote_failed"),
        ("rebuild", 2, "vote_failed"),
        ("change_use_of_common_parts", 3, "decision_posted"),
    ],
)
def test_every_matter_of_the_civil_code_is_voted_on_with_its_own_majority(
    room: Room, walk: Walk, item: str, agreeing: int, posting: str
) -> None:
    ballots = [{**row, "choice": "agree" if at < agreeing else "against"} for at, row in enumerate(ALL_AGREE)]
    matter = {"item": item}
    walk(*TO_SITE, "common_decision_needed", "vote_announced", common_decision_needed=matter, vote_announced=matter)
    room.pass_time(timedelta(days=6))
    walk("votes_counted", votes_counted={**matter, "ballots": ballots})

    walk(posting)

    assert room.told("owners_vote_counted.v1")[0]["carried"] is (posting == "decision_posted")
    assert room.state("A1") == {"decision_posted": "owners_decided", "vote_failed": "vote_lost"}[posting]


NO_FIGURES = dict.fromkeys(("taking_part_heads", "taking_part_area", "agreeing_heads", "agreeing_area"))


def _vote(room: Room, walk: Walk, item: str, **changed: dict[str, Any]) -> None:
    """Put a matter to the vote, count it and post it."""
    walk("vote_announced", vote_announced={"item": item})
    room.pass_time(timedelta(days=6))
    walk("votes_counted", "decision_posted", votes_counted={"item": item, **changed.get("votes_counted", {})})


def test_a_dismissal_and_the_choice_of_a_successor_are_two_matters_each_with_its_vote(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "common_decision_needed", classified=CHANGE, common_decision_needed={"item": "dismiss_company"})
    _vote(room, walk, "dismiss_company")
    walk("contract_ended", "estate_handed_over", contract_ended=NO_FIGURES)

    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("successor_took_over", successor_took_over=NO_FIGURES)
    walk("successor_put_to_vote")
    _vote(room, walk, "choose_company")
    walk("successor_took_over", successor_took_over=NO_FIGURES)
    # It serves from now on, whenever its contract is filed.
    assert len(room.told("company_changed.v1")) == 1
    walk("contract_filed")

    [ended], [changed] = room.told("contract_ended.v1"), room.told("company_changed.v1")
    assert (ended["company"], ended["ending"]) == ("甲物业公司", "dismissed_by_owners")
    assert (changed["company"], changed["successor"]) == ("甲物业公司", "丙物业公司")
    assert room.state("A1") == "fixed"


def test_a_vote_on_the_next_company_does_not_dismiss_the_one_that_serves(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "common_decision_needed", classified=CHANGE)
    _vote(room, walk, "choose_company")

    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("contract_ended", contract_ended=NO_FIGURES)
    # The developer's company goes when that of the owners comes (民法典 940): there the choice is what is decided.
    early = {"ending": "replaced_before_the_pre_phase_ended", **NO_FIGURES}
    walk("contract_ended", "estate_handed_over", "successor_took_over", contract_ended=early)

    assert room.state("A1") == "contract_filing_due"


def test_both_votes_may_be_held_before_the_company_leaves(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "common_decision_needed", classified=CHANGE)
    _vote(room, walk, "dismiss_company")
    walk("vote_repeated")
    _vote(room, walk, "choose_company")

    walk("contract_ended", "estate_handed_over", "successor_took_over", **dict.fromkeys(TWO_FORMS, NO_FIGURES))

    assert room.state("A1") == "contract_filing_due"


TWO_FORMS = ("contract_ended", "successor_took_over")


def test_a_decision_that_was_posted_and_is_revoked_decides_nothing_any_more(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "common_decision_needed", classified=CHANGE)
    _vote(room, walk, "dismiss_company")
    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "decision_revoked", REVOKED, role=Role.REVIEWER, person="a handler")
    walk("decision_revoked")

    assert room.state("A1") == "owner_vote_due"
    assert room.case("A1").details["owners_decisions"] == {}
    assert [fact["item"] for fact in room.told("owners_vote_annulled.v1")] == ["dismiss_company"]
    with pytest.raises(RefusedError, match="not announced"):
        walk("votes_counted", votes_counted={"item": "dismiss_company"})


@pytest.mark.parametrize(
    ("by", "number", "taken"),
    [("court", " ", False), ("district_authority", "", False), ("court", "（2026）鲁16民初9号", True)],
)
def test_what_another_has_revoked_is_named_with_its_paper(
    room: Room,
    walk: Walk,
    by: str,
    number: str,
    taken: bool,  # noqa: FBT001
) -> None:
    walk(*TO_SITE, "common_decision_needed", classified=CHANGE)
    _vote(room, walk, "dismiss_company")
    said = {"revoked_by": by, "document_number": number}

    with nullcontext() if taken else pytest.raises(ValidationError, match="文号"):
        walk("decision_revoked", decision_revoked=said)

    assert room.state("A1") == ("owner_vote_due" if taken else "owners_decided")


def test_a_later_vote_on_the_same_matter_decides_it(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "common_decision_needed", classified=CHANGE)
    _vote(room, walk, "dismiss_company")
    walk("vote_repeated", "vote_announced", vote_announced={"item": "dismiss_company"})
    room.pass_time(timedelta(days=6))
    walk("votes_counted", "vote_failed", "vote_repeated", votes_counted={"item": "dismiss_company", **FEW})
    _vote(room, walk, "choose_company")

    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("contract_ended", contract_ended=NO_FIGURES)


def test_a_company_that_has_left_is_not_dismissed_again_when_the_next_is_chosen(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "estate_handed_over", "successor_put_to_vote", classified=CHANGE)
    _vote(room, walk, "choose_company")

    with pytest.raises(RefusedError, match="stays no longer"):
        walk("contract_ended")
    walk("successor_took_over", successor_took_over=NO_FIGURES)

    assert len(room.told("contract_ended.v1")) == 1


REVOKED = {"revoked_by": "street", "reason": "部分表决票系冒签", "posted_on": "2026-11-23", "posted_where": "公示栏"}


def test_a_vote_without_quorum_can_be_repeated_or_ends_the_case(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "votes_counted", verified_on_site=OWNERS, votes_counted=FEW)
    with pytest.raises(RefusedError, match="article 278"):
        walk("vote_carried")

    walk("vote_failed", "vote_repeated")
    with pytest.raises(RefusedError, match="not announced"):
        walk("votes_counted")
    walk("vote_announced", "votes_counted", "vote_carried")

    assert room.state("A1") == "fund_application_due"


def test_owners_who_do_not_agree_end_the_case_with_a_reply(room: Room, walk: Walk) -> None:
    walk(
        *TO_VOTE,
        "votes_counted",
        "vote_failed",
        "concluded_as_unfunded",
        verified_on_site=OWNERS,
        votes_counted=FEW,
    )

    [concluded] = room.told("case_concluded.v1")
    assert (concluded["outcome"], concluded["handler_claims_solved"]) == ("not_supported", False)


def test_a_silent_fund_is_urged_and_a_refusal_is_not_the_end(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_carried", "fund_applied", verified_on_site=OWNERS)
    room.pass_time(timedelta(days=30))
    assert room.state("A1") == "fund_overdue"

    walk("fund_urged", "fund_declined", "fund_applied", "fund_declined", "concluded_as_unfunded")

    assert room.told("case_concluded.v1")[0]["outcome"] == "not_supported"


def test_an_emergency_is_repaired_at_once_and_audited_in_two_working_days(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "classified", "emergency_reported", "emergency_confirmed")
    walk("emergency_repaired", "emergency_fund_applied")
    clock = room.clocks("A1")["emergency_audit"]
    assert (clock.limit, clock.unit) == (2, "workday")

    walk("audit_passed", "costs_published", "concluded")

    [published] = room.told("repair_costs_published.v1")
    assert (published["amount"], published["emergency"]) == ("10200.00", True)
    assert room.state("A1") == "concluded"


def test_an_audit_that_is_late_is_urged_and_can_still_refuse(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "classified", "emergency_reported", "emergency_confirmed")
    walk("emergency_repaired", "emergency_fund_applied")
    room.pass_time(timedelta(days=5))
    assert room.state("A1") == "audit_overdue"

    walk("audit_urged", "audit_declined", "concluded_as_unfunded")

    assert room.state("A1") == "concluded"


def test_what_is_no_emergency_goes_the_ordinary_way(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "classified", "emergency_reported", "emergency_not_confirmed")

    walk("verified_on_site", "company_ordered", "company_reported", "recheck_passed", "concluded")

    assert room.state("A1") == "concluded"


MEETING = {"kind": "owners_committee"}
CHANGE = {"kind": "change_of_company"}
TO_GROUP = (*TO_SITE, "first_meeting_due", "group_formed", "election_announced")


def limits(room: Room, *names: str) -> list[tuple[int, str]]:
    clocks = room.clocks("A1")
    return [
        (clocks[name].limit, clocks[name].unit) for name in names if name in clocks and clocks[name].state == "running"
    ]


def test_the_owners_first_meeting_is_held_in_time_and_its_committee_filed(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "first_meeting_due", classified=MEETING)
    assert limits(room, "group_formation") == [(60, "day")]

    walk("group_formed")
    assert limits(room, "group_formation", "first_meeting") == [(60, "day")]
    walk("election_announced", "first_meeting_held")
    dated = limits(room, "decision_posting", "committee_meeting", "committee_filing")
    assert dated == [(3, "day"), (7, "day"), (30, "day")]
    walk("committee_met", "election_posted", "committee_filed")
    assert limits(room, "committee_meeting") == []
    assert limits(room, "committee_filing", "filing_certificate") == [(10, "day")]
    walk("filing_certified", "committee_installed", "concluded")

    assert room.told("owners_vote_counted.v1")[0]["item"] == "elect_committee"
    assert limits(room, "first_meeting", "decision_posting", "committee_filing") == []
    assert room.state("A1") == "concluded"


def test_a_group_that_fails_twice_gives_way_to_a_management_committee(room: Room, walk: Walk) -> None:
    walk(*TO_GROUP, "first_meeting_failed", classified=MEETING)
    with pytest.raises(RefusedError, match="tried twice"):
        walk("management_committee_formed")

    walk("first_meeting_failed", "management_committee_formed")
    assert limits(room, "district_told") == [(10, "day")]
    walk("district_told", "concluded")

    assert limits(room, "district_told") == []


def test_a_company_that_hands_over_is_followed_by_another(room: Room, walk: Walk) -> None:
    walk(*TO_SITE)
    with pytest.raises(RefusedError, match="classify it anew"):
        walk("contract_ended")
    walk("classified", "verified_on_site", "contract_ended", classified={"kind": "change_of_company"})

    walk("estate_handed_over", "successor_took_over")
    assert limits(room, "contract_filing") == [(10, "day")]
    walk("contract_filed", "concluded")

    assert room.state("A1") == "concluded"


def test_a_filing_due_on_a_day_off_is_due_on_the_next_day_worked_and_the_case_says_why(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "estate_handed_over", classified=CHANGE)
    walk("successor_took_over", successor_took_over={"signed_on": "2026-11-18"})

    [row] = [one for one in room.page("A1")["clocks"] if one["name"] == "contract_filing"]

    assert local_date(datetime.fromisoformat(row["due_at"])) == date(2026, 11, 30)
    assert "最后一日 2026-11-28（周六）为周末，依据中华人民共和国民法典第203条顺延至 2026-11-30" in "".join(
        row["explanation"]
    )


def test_fees_are_reckoned_by_contract_before_anybody_pays_or_goes_to_court(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "fees_examined", classified={"kind": "fees"})

    found = room.case("A1").details["fee_reckoning"]
    assert (found["due"], found["owed"], found["overcharged"], found["give_back"]) == (
        "1344.00",
        "1224.00",
        "256.00",
        "0.00",
    )
    walk("fee_not_settled", "handed_over", "concluded_as_handed_over", handed_over={"successor": "court"})
    assert room.state("A1") == "concluded"


def test_too_much_that_was_taken_is_ordered_to_be_given_back(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "fees_examined", classified={"kind": "fees"}, fees_examined={"paid": "1500.00"})
    assert room.case("A1").details["fee_reckoning"]["give_back"] == "156.00"

    walk("company_ordered")

    assert room.state("A1") == "ordered"


def test_common_income_beyond_its_costs_is_the_owners_and_what_is_missing_is_named(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "income_examined", "company_ordered", classified={"kind": "common_income"})

    found = room.case("A1").details["common_income"]

    assert found == {"income": "12000.00", "costs": "2000.00", "owners": "10000.00", "missing": "5000.00"}


def test_after_a_failed_joint_meeting_the_company_may_still_be_ordered_out(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "exit_declined", "joint_meeting_called", "joint_meeting_failed", classified=CHANGE)

    walk("correction_order_asked")

    assert room.state("A1") == "order_pending"


def test_owners_who_manage_by_themselves_need_no_company(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "estate_handed_over", classified={"kind": "change_of_company"})

    walk("owners_manage_themselves", "concluded")

    assert room.state("A1") == "concluded"


def test_a_company_that_does_not_obey_the_order_to_leave_is_fined_once_within_the_law(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "exit_declined", classified={"kind": "change_of_company"})
    walk("correction_order_asked")
    room.pass_time(timedelta(days=30))
    assert room.state("A1") == "order_overdue"
    walk("order_urged", "correction_ordered")
    assert limits(room, "order_follow_up", "exit_order") == [(7, "day")]
    room.pass_time(timedelta(days=12))
    assert room.state("A1") == "fine_due"

    walk("fine_asked")
    room.pass_time(timedelta(days=60))
    assert room.state("A1") == "fine_overdue"
    walk("fine_urged")
    for amount in ("4999.99", "50000.01"):
        with pytest.raises(RefusedError, match="5000 to 50000"):
            walk("fine_decided", fine_decided={"amount": amount})
    walk("fine_decided", fine_decided={"amount": "50000.00"})

    assert room.state("A1") == "exit_refused"
    with pytest.raises(RefusedError, match="fined for this already"):
        walk("correction_order_asked")
    walk("joint_meeting_called")
    assert limits(room, "order_follow_up", "exit_order", "fine_follow_up") == []


def test_a_company_that_leaves_before_it_is_fined_stops_the_order(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "exit_declined", *TO_ORDER, classified={"kind": "change_of_company"})

    walk("estate_handed_over")

    assert (room.state("A1"), limits(room, "exit_order")) == ("takeover_due", [])


def test_a_company_that_hides_papers_is_told_to_the_police_who_are_followed_up(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", "exit_declined", "police_informed", classified={"kind": "change_of_company"})
    assert limits(room, "external_follow_up") == [(10, "workday")]

    room.pass_time(timedelta(days=30))

    assert room.state("A1") == "external_overdue"


MANAGED = {"ground": "management_committee_in_office"}
TO_SEAL = (
    *(
        *TO_SITE,
        "committee_lapsed",
        "election_announced",
        "reelection_held",
        "election_posted",
        "committee_filed",
        "filing_certified",
    ),
)
TO_ORDER = ("correction_order_asked", "correction_ordered")


def test_a_management_committee_hands_over_within_seven_days_of_the_election_and_is_dissolved(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "committee_lapsed", classified=MEETING, committee_lapsed=MANAGED)
    with pytest.raises(RefusedError, match="management committee already"):
        walk("management_committee_formed")
    walk("election_announced", "reelection_held")
    assert limits(room, "management_books", "committee_books") == [(7, "day")]

    walk("books_handed_over", "election_posted", "committee_filed", "filing_certified")
    with pytest.raises(RefusedError, match="dissolved"):
        walk("committee_installed")
    walk("management_committee_dissolved", "committee_met", "committee_installed", "concluded")

    assert limits(room, "management_books", "committee_books") == []
    assert room.state("A1") == "concluded"


def test_books_and_seals_that_are_withheld_come_before_the_joint_meeting_after_the_street_has_urged(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SEAL, classified=MEETING)
    assert limits(room, "management_books", "committee_books") == [(10, "day")]
    with pytest.raises(RefusedError, match="not handed over yet"):
        walk("committee_installed")
    with pytest.raises(RefusedError, match="coordinates and urges"):
        walk("books_withheld")
    walk("books_urged")
    assert limits(room, "committee_books") == [(3, "day")]

    walk("books_withheld")
    assert limits(room, "committee_books") == []
    walk("joint_meeting_called", "joint_meeting_held", "decision_carried_out", "concluded")

    assert room.state("A1") == "concluded"


def test_a_committee_whose_term_still_runs_hands_over_when_it_ends(room: Room, walk: Walk) -> None:
    ends = local_date(room.now) + timedelta(days=120)
    soon = {"ground": "term_ends_soon", "since": ends.isoformat()}
    walk(
        *TO_SITE, "committee_lapsed", "election_announced", "reelection_held", classified=MEETING, committee_lapsed=soon
    )

    clock = room.clocks("A1")["committee_books"]
    assert local_date(clock.due_at(room.blueprint.calendar)) == ends + timedelta(days=10)

    walk(
        "books_handed_over",
        "election_posted",
        "committee_filed",
        "filing_certified",
        "committee_met",
        "committee_installed",
    )
    assert room.state("A1") == "fixed"


def test_books_that_were_handed_over_are_not_waited_for_again_when_the_count_is_annulled(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "committee_lapsed", "election_announced", "reelection_held", "books_handed_over", classified=MEETING)
    walk("count_annulled", "reelection_held")

    assert limits(room, "management_books", "committee_books") == []
    walk("election_posted", "committee_filed", "filing_certified", "committee_met", "committee_installed")
    assert room.state("A1") == "fixed"


def test_books_that_were_not_handed_over_are_waited_for_again_after_the_next_count(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "committee_lapsed", "election_announced", "reelection_held", "count_annulled", classified=MEETING)
    assert limits(room, "management_books", "committee_books", "committee_meeting", "committee_filing") == []

    walk("reelection_held")

    assert limits(room, "committee_books", "committee_meeting") == [(10, "day"), (7, "day")]


def test_an_election_that_was_posted_filed_and_certified_may_still_be_revoked_and_is_held_again(
    room: Room, walk: Walk
) -> None:
    walk(*TO_GROUP, "first_meeting_held", "election_posted", "committee_filed", "filing_certified", classified=MEETING)
    walk("vote_objected", "objection_reviewed", objection_reviewed={"upheld": True})
    with pytest.raises(RefusedError, match="annul the count"):
        walk("committee_met", "committee_installed")

    walk("first_election_revoked")
    assert room.state("A1") == "group_formed"
    assert limits(room, "committee_meeting", "filing_certificate", "first_meeting") == [(60, "day")]
    assert [fact["item"] for fact in room.told("owners_vote_annulled.v1")] == ["elect_committee"]

    walk("election_announced", "first_meeting_held", "election_posted", "committee_filed", "filing_certified")
    with pytest.raises(RefusedError, match="has not met yet"):
        walk("committee_installed")
    walk("committee_met", "committee_installed")
    assert room.told("committee_installed.v1")[0]["term_years"] == 5


@pytest.mark.parametrize(
    "posted", ["filing_due", "certificate_due", "certificate_overdue", "seal_due", "books_withheld"]
)
def test_a_re_election_may_be_revoked_wherever_its_filing_stands(room: Room, walk: Walk, posted: str) -> None:
    walk(*TO_SITE, "committee_lapsed", "election_announced", "reelection_held", "election_posted", classified=MEETING)
    ways = {"filing_due": (), "certificate_due": ("committee_filed",), "certificate_overdue": ("committee_filed",)}
    walk(*ways.get(posted, ("committee_filed", "filing_certified")))
    if posted == "certificate_overdue":
        room.pass_time(timedelta(days=11))
    if posted == "books_withheld":
        walk("books_urged", "books_withheld")
    assert room.state("A1") == posted

    walk("reelection_revoked")

    assert room.state("A1") == "reelection_due"
    assert limits(room, "committee_filing", "filing_certificate", "committee_books", "committee_meeting") == []


def test_a_committee_meets_in_its_seven_days_also_while_its_books_are_withheld(room: Room, walk: Walk) -> None:
    walk(*TO_SEAL, "books_urged", "books_withheld", "committee_met", classified=MEETING)

    assert limits(room, "committee_meeting") == []
    walk("books_handed_over", "committee_installed")
    assert room.state("A1") == "fixed"


def test_a_first_meeting_that_elects_nobody_is_posted_and_after_two_urgings_gives_way_to_a_management_committee(
    room: Room, walk: Walk
) -> None:
    walk(*TO_GROUP, "election_not_carried", classified=MEETING, election_not_carried=FEW)
    assert limits(room, "decision_posting", "committee_filing", "committee_meeting") == [(3, "day")]
    assert room.told("owners_vote_counted.v1")[0]["carried"] is False

    walk("lost_election_posted", "reelection_urged")
    assert room.clocks("A1")["first_meeting"].state == "stopped"
    with pytest.raises(RefusedError, match="urged twice"):
        walk("management_committee_formed")
    walk("reelection_urged", "management_committee_formed", "district_told")

    assert room.state("A1") == "fixed"


def test_a_re_election_that_elects_nobody_is_posted_and_held_again(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "committee_lapsed", "election_announced", classified=MEETING)
    walk("election_not_carried", "vote_objected", election_not_carried=FEW)
    with pytest.raises(RefusedError, match="not reviewed yet"):
        walk("lost_election_posted")
    walk("objection_reviewed", "lost_election_posted", "election_announced", "reelection_held")

    assert room.state("A1") == "committee_reelected"


def test_ten_owners_ask_together_and_are_told_what_was_found(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "first_meeting_asked", classified=MEETING, first_meeting_asked={"asked_on": "2026-11-20"})
    assert local_date(room.clocks("A1")["request_check"].started_at).isoformat() == "2026-11-20"

    walk("first_meeting_due", "group_formed")

    assert limits(room, "request_check", "first_meeting", "developers_papers") == [(60, "day"), (10, "day")]


def test_owners_whose_condition_is_not_met_are_told_and_heard_before_a_second_person_ends_it(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "first_meeting_asked", "condition_not_met", "complainant_heard", classified=MEETING)
    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "unfounded_confirmed", {"opinion": "同意认定"}, role=Role.REVIEWER, person="a handler")

    walk("unfounded_confirmed", "concluded_as_unfounded")

    assert limits(room, "request_check") == []


def test_a_developer_who_withholds_his_papers_is_urged_then_reported_and_the_meeting_does_not_wait(
    room: Room, walk: Walk
) -> None:
    walk(*TO_SITE, "first_meeting_due", "group_formed", "papers_urged", classified=MEETING)
    assert limits(room, "developers_papers") == [(5, "day")]
    walk("papers_withheld")
    assert limits(room, "developers_papers", "papers_follow_up") == [(10, "workday")]

    walk("election_announced", "first_meeting_held")

    assert limits(room, "developers_papers", "papers_follow_up") == []


def test_a_company_that_lets_its_time_pass_is_reported_like_one_that_says_no(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", classified={"kind": "change_of_company"})
    room.pass_time(timedelta(days=30))

    walk("exit_declined", "joint_meeting_called")

    assert room.state("A1") == "joint_meeting_called"


def test_a_first_committee_has_nobody_who_hands_over_to_it(walk: Walk) -> None:
    walk(*TO_GROUP, "first_meeting_held", "election_posted", "committee_filed", classified=MEETING)
    with pytest.raises(IllegalStepError):
        walk("books_withheld")
    with pytest.raises(RefusedError, match="first committee"):
        walk("books_handed_over")


def test_a_filing_that_lacks_something_comes_back_and_its_certificate_is_waited_for_and_urged(
    room: Room, walk: Walk
) -> None:
    walk(*TO_GROUP, "first_meeting_held", "election_posted", "committee_filed", "filing_returned", classified=MEETING)
    assert limits(room, "committee_filing", "filing_certificate") == [(30, "day")]
    walk("committee_filed")
    room.pass_time(timedelta(days=11))
    assert room.state("A1") == "certificate_overdue"
    walk("certificate_urged")

    with pytest.raises(RefusedError, match="older than the filing"):
        walk("filing_certified", filing_certified={"certified_on": "2022-01-01"})
    walk("filing_declined", "handed_over", "concluded_as_handed_over")

    assert room.told("case_concluded.v1")[0]["outcome"] == "transferred"


def test_a_company_that_stays_comes_before_the_joint_meeting(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "contract_ended", classified={"kind": "change_of_company"})
    room.pass_time(timedelta(days=30))
    assert room.state("A1") == "exit_refused"

    walk("joint_meeting_called", "joint_meeting_held")

    assert room.state("A1") == "decision_follow_up"


def test_rescuers_have_half_an_hour_to_a_lift_with_people_in_it(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "people_trapped")
    clock = room.clocks("A1")["elevator_rescue"]
    assert (clock.limit, clock.unit, clock.basis) == (30, "minute", "滨州市电梯安全管理条例-28")

    room.now += timedelta(minutes=20)
    walk("people_freed")

    assert room.clocks("A1")["elevator_rescue"].state == "stopped"
    assert room.state("A1") == "accepted"


def test_a_forged_ballot_found_by_calling_back_undoes_the_count(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, "votes_counted", verified_on_site=OWNERS)
    walk("ballots_called_back", ballots_called_back={"calls": [{"room": "1-1-101", "result": "denied"}]})
    with pytest.raises(RefusedError, match="annul the count"):
        walk("vote_carried")

    walk("count_annulled", "votes_counted", "ballots_called_back")
    walk("vote_carried")

    assert room.state("A1") == "fund_application_due"
    assert room.clocks("A1")["decision_posting"].state == "stopped"


def test_a_vote_is_not_counted_before_it_was_announced(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE[:-1], verified_on_site=OWNERS)

    with pytest.raises(RefusedError, match="not announced"):
        walk("votes_counted")

    assert room.state("A1") == "owner_vote_due"


def test_no_fact_says_who_complained(room: Room, walk: Walk) -> None:
    room.hear("intake.petitioner_disclosed.v1", "A1", {"to": "property", "sealed": "sealed-words"})
    walk(
        *TO_CREDIT,
        "credit_mark_reported",
        "joint_meeting_called",
        "joint_meeting_held",
        "decision_carried_out",
        "concluded",
    )

    assert "sealed-words" not in str(room.told())
    assert room.case("A1").details["sealed"] == "sealed-words"


def test_a_result_that_is_not_accepted_is_reworked(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "company_ordered", "company_reported", "recheck_passed", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "property", "reason": "又坏了", "round": 1})

    walk(
        "rework_taken",
        "contact_made",
        "classified",
        "verified_on_site",
        "company_ordered",
        "company_reported",
        "recheck_passed",
        "concluded",
    )
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "property"})

    assert room.state("A1") == "closed"
    assert len(room.told("case_concluded.v1")) == 2


def test_a_return_is_granted_and_the_case_may_come_again(room: Room, walk: Walk) -> None:
    walk("return_requested")
    room.hear("routing.return_decided.v1", "A1", {"mechanism": "property", "granted": True})
    assert room.state("A1") == "returned"

    room.hear("routing.appeal_dispatched.v1", "A1", _dispatched())

    assert room.state("A1") == "received"


def _dispatched() -> dict[str, Any]:
    return {"mechanism": "property", "lead_unit": "wuye", "title": "照明损坏", "text": "电梯厅照明损坏"}


def test_a_meeting_that_was_held_in_time_is_not_late_for_being_posted_later(room: Room, walk: Walk) -> None:
    walk(*TO_GROUP, classified=MEETING)
    room.now += timedelta(days=55)
    walk("first_meeting_held")
    assert room.clocks("A1")["first_meeting"].is_suspended

    room.now += timedelta(days=20)
    walk("election_posted")

    clock = room.clocks("A1")["first_meeting"]
    assert clock.state == "stopped"
    assert not clock.is_overdue(room.blueprint.calendar, room.now)


def test_a_meeting_whose_count_is_annulled_is_still_to_be_held(room: Room, walk: Walk) -> None:
    walk(*TO_GROUP, "first_meeting_held", "count_annulled", classified=MEETING)

    assert room.clocks("A1")["first_meeting"].state == "running"


@pytest.mark.parametrize(("recounted", "days"), [(6, 4 + 9), (2, 15)])
def test_a_first_meeting_is_held_while_its_count_stands_however_late_that_is_told(
    room: Room, walk: Walk, recounted: int, days: int
) -> None:
    walk(*TO_GROUP, "first_meeting_held", classified=MEETING)
    before, first = unrolled(room, "first_meeting"), local_date(room.now)
    room.pass_time(timedelta(days=10))
    with pytest.raises(RefusedError, match="not done before its count"):
        walk("count_annulled", count_annulled={"annulled_on": str(first - timedelta(days=1))})

    walk("count_annulled", count_annulled={"annulled_on": str(first + timedelta(days=4))})
    walk("first_meeting_held", first_meeting_held={"counted_on": str(first + timedelta(days=recounted))})
    room.pass_time(timedelta(days=5))
    walk("count_annulled")

    after = unrolled(room, "first_meeting")
    assert (after - before).days == days


def test_a_re_elections_annulled_count_leads_back_to_the_re_election(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "committee_lapsed", "election_announced", "reelection_held", "count_annulled", classified=MEETING)

    assert room.state("A1") == "reelection_due"


def test_a_roster_that_changes_after_the_announcement_sends_the_vote_back_to_be_announced(
    room: Room, walk: Walk
) -> None:
    walk(*TO_VOTE, verified_on_site=OWNERS)
    enter(room, ESTATE["roster"] + "1-1-202,1号楼,1单元,Y004,60.00,登记,已交付\n")

    with pytest.raises(RefusedError, match="roster has changed"):
        walk("votes_counted")
    walk("vote_announced", "votes_counted")

    assert room.case("A1").details["electorate"]["heads"] == 4


def test_a_vote_is_not_even_begun_where_nobody_knows_who_owns_what(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, classified={"estate": "无名小区"}, verified_on_site=OWNERS)
    with pytest.raises(RefusedError, match="no roster of owners"):
        walk("repair_needed")

    walk("classified", "verified_on_site", "repair_needed", verified_on_site=OWNERS)

    assert room.state("A1") == "repair_survey"


def test_a_shop_that_one_neighbour_has_not_agreed_to_is_to_become_a_dwelling_again(room: Room, walk: Walk) -> None:
    shop = {"kind": "business_use"}
    walk(*TO_SITE, "business_use_found", "consents_examined", classified=shop)
    with pytest.raises(RefusedError, match="article 279"):
        walk("business_use_allowed")

    walk("restoration_asked")
    assert limits(room, "restoration") == [(10, "workday")]
    room.pass_time(timedelta(days=30))

    assert room.state("A1") == "handover_due"


def test_a_diverted_fund_is_reported_with_its_highest_fine(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "fund_diversion_reported", verified_on_site={"fund_diverted": "50000.00"})

    assert room.state("A1") == "awaiting_external"
    assert room.case("A1").details["diversion_fine"] == "100000.00"


def test_a_vote_goes_on_while_the_fund_s_balance_changes_and_no_owner_does(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, verified_on_site=OWNERS)
    enter(room, fund_balance=Decimal("1234.00"), company="乙物业公司")

    walk("votes_counted")

    assert room.state("A1") == "votes_counted"


def test_a_change_of_the_owners_rules_sends_a_vote_back_too(room: Room, walk: Walk) -> None:
    walk(*TO_VOTE, verified_on_site=OWNERS)
    enter(room, follow_majority="the_silent", clause="议事规则第九条")

    with pytest.raises(RefusedError, match="roster has changed"):
        walk("votes_counted")


def test_no_rule_reads_a_roster_that_another_version_has_replaced_meanwhile(room: Room) -> None:
    with room.database.read() as session:
        known = register.Register(session, room.now).estate(ESTATE["name"])
    enter(room, ESTATE["roster"] + "1-1-202,1号楼,1单元,Y004,60.00,登记,已交付\n")

    with room.database.read() as session:
        assert len(register.Register(session, room.now).rooms(ESTATE["name"])) == 4
        assert register.Register(session, room.now, {ESTATE["name"]: known}).rooms(ESTATE["name"]) == {}


def test_without_a_building_in_the_roster_nobody_says_whose_consent_a_shop_needs(room: Room, walk: Walk) -> None:
    enter(room, "房号,业主编号,面积\n1-1-101,Y1,90\n1-1-102,Y2,90\n9-1-101,Y9,90\n")
    walk(*TO_SITE, classified={"kind": "business_use"})

    with pytest.raises(RefusedError, match="names no building"):
        walk("business_use_found")


def test_the_five_working_days_go_on_when_the_complaint_is_returned_and_comes_again(room: Room, walk: Walk) -> None:
    before = room.clocks("A1")["complaint_reply"]
    _return(room, walk)
    assert room.clocks("A1")["complaint_reply"].state == "stopped"

    room.hear("routing.appeal_dispatched.v1", "A1", {**_dispatched(), "lead_unit": "wuye2"})

    assert room.clocks("A1")["complaint_reply"] == before


def test_a_complaint_that_was_replied_to_before_it_was_returned_owes_no_second_reply(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "complaint_replied")
    room.now += timedelta(hours=1)
    _return(room, walk)
    room.hear("routing.appeal_dispatched.v1", "A1", _dispatched())

    assert room.clocks("A1")["complaint_reply"].state == "stopped"


def _return(room: Room, walk: Walk) -> None:
    walk("return_requested")
    decided = {"mechanism": "property", "granted": True, "opinion": "同意", "final": False}
    room.hear("routing.return_decided.v1", "A1", decided)
    room.now += timedelta(days=1)


# -- times count from the act, whenever it is put on record --------------------------------


@pytest.mark.parametrize(
    ("path", "changed", "clock", "began"),
    [
        ((*TO_SITE, "company_ordered"), {"company_ordered": {"delivered_on": "2026-11-19"}}, "rectification", "11-19"),
        (
            (*TO_SITE, "first_meeting_due"),
            {
                "classified": MEETING,
                "first_meeting_due": {"first_delivered_on": "2024-09-01", "condition_met_on": "2026-10-08"},
            },
            "group_formation",
            "10-08",
        ),
        (TO_GROUP, {"classified": MEETING, "group_formed": {"formed_on": "2026-11-02"}}, "first_meeting", "11-02"),
        (
            ("case_accepted", "people_trapped"),
            {"people_trapped": {"called_at": "2026-11-23T08:50:00+08:00"}},
            "elevator_rescue",
            "11-23",
        ),
    ],
)
def test_a_clock_of_the_law_counts_from_the_act_and_not_from_its_record(
    room: Room, walk: Walk, path: tuple[str, ...], changed: dict[str, Any], clock: str, began: str
) -> None:
    walk(*path, **changed)

    assert f"{local_date(room.clocks('A1')[clock].started_at):%m-%d}" == began


def test_rescuers_who_were_called_before_it_was_put_on_record_have_so_much_less_time(room: Room, walk: Walk) -> None:
    called = room.now - timedelta(minutes=12)
    walk("case_accepted", "people_trapped", people_trapped={"called_at": called.isoformat()})

    due = room.clocks("A1")["elevator_rescue"].due_at(room.blueprint.calendar)
    assert due == called + timedelta(minutes=30)
    assert room.case("A1").details["rescuers_called_at"] == called.isoformat()


def test_a_call_for_rescuers_that_lies_ahead_by_an_hour_puts_no_half_hour_off(room: Room, walk: Walk) -> None:
    walk("case_accepted")

    with pytest.raises(RefusedError, match="lies in the future"):
        walk("people_trapped", people_trapped={"called_at": (room.now + timedelta(hours=1)).isoformat()})


def test_what_lies_ahead_is_not_put_on_record(room: Room, walk: Walk) -> None:
    walk(*TO_SITE)

    with pytest.raises(RefusedError, match="lies in the future"):
        walk("company_ordered", company_ordered={"delivered_on": "2026-11-24"})
    assert room.state("A1") == "verified"


def test_what_the_meeting_does_not_settle_goes_before_the_authority_and_comes_back(room: Room, walk: Walk) -> None:
    walk(*TO_SITE, "joint_meeting_called", "joint_meeting_failed", "authority_asked")
    assert room.clocks("A1")["external_follow_up"].limit == 5

    room.pass_time(timedelta(days=10))
    assert room.state("A1") == "external_overdue"
    walk("external_urged", "external_declined")
    assert room.state("A1") == "handover_due"
    walk("authority_asked", "external_settled", "recheck_passed", "concluded")
    assert room.state("A1") == "concluded"
