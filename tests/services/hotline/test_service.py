"""The hotline behind its mailbox and its doors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis.clocks import Clock, Period, Unit
from chassis.examples import example
from chassis.handling import ReturnRequest
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import IllegalStepError, NotPermittedError, RefusedError, Role
from services.hotline import schemas
from services.hotline.figures import counts
from services.hotline.models import Case
from services.hotline.service import HotlineService
from tests.services.hotline.conftest import DISPATCHED
from tests.services.hotline.test_papers import written

Walk = Callable[..., None]

DRAFT = ("case_accepted", "contact_made", "triaged", "site_visited", "reply_drafted")


def names(room: Room) -> list[str]:
    table = room.blueprint.store.letters
    with room.database.read() as session:
        return [row.key for row in session.execute(table.select().order_by(table.c.seq))]


def test_a_dispatched_order_is_handled_reviewed_and_replied_to(room: Room, walk: Walk) -> None:
    walk(*DRAFT, "reply_approved", "concluded")

    assert room.state("A1") == "concluded"
    assert names(room) == [
        "hotline.case_accepted.v1",
        "hotline.case_contacted.v1",
        "hotline.case_concluded.v1",
    ]
    [concluded] = room.told("case_concluded.v1")
    assert concluded["outcome"] == "solved"
    assert concluded["handler_claims_solved"] is True
    assert concluded["reply"] == room.case("A1").details["reply_drafted"]["reply"]


def promised(room: Room) -> list[dict[str, Any]]:
    """Return the three times of a promise that begins now."""
    limits = {"sign_in": (4, Unit.WORK_HOUR), "first_contact": (1, Unit.WORKDAY), "finish": (5, Unit.WORKDAY)}
    return [
        Clock(name=name, started_at=room.now, limit=count, unit=unit).to_dict()
        for name, (count, unit) in limits.items()
    ]


@pytest.fixture
def in_time(room: Room) -> Room:
    """Give the order with the times of its promise running."""
    granted = {"mechanism": "hotline", "granted": True, "opinion": "", "clocks": promised(room)}
    room.hear("routing.extension_decided.v1", "A1", granted)
    return room


@pytest.mark.parametrize("upstream", [False, True])
@pytest.mark.parametrize("role", [Role.HANDLER, Role.REVIEWER])
def test_an_approved_reply_that_nobody_has_yet_is_taken_back_and_reviewed_anew(
    room: Room,
    walk: Walk,
    role: Role,
    upstream: bool,  # noqa: FBT001
) -> None:
    approved = "reply_approved_for_feedback" if upstream else "reply_approved"
    walk("case_accepted", *(("upstream_recorded",) if upstream else ()), *DRAFT[1:], approved)

    room.act("A1", "reply_taken_back", {"reasons": "诉求人又补充了一处损坏，一并办理"}, role=role)

    assert room.state("A1") == "handling"
    walk("reply_drafted", approved, *(("fed_back", "upstream_closed") if upstream else ()), "concluded")
    with pytest.raises(IllegalStepError):
        room.act("A1", "reply_taken_back", {"reasons": "诉求人又补充了一处损坏，一并办理"}, role=role)


@pytest.mark.parametrize("state", ["triaged", "handling", "awaiting_external"])
def test_what_has_not_been_done_yet_is_not_put_on_record(room: Room, walk: Walk, state: str) -> None:
    walk(
        "case_accepted",
        "triaged",
        *{"handling": ("site_visited",), "awaiting_external": ("relayed_out",)}.get(state, ()),
    )
    tomorrow = room.now + timedelta(days=1)

    with pytest.raises(RefusedError, match="lie in the future"):
        walk("site_visited", site_visited={"visited_at": tomorrow.isoformat()})
    with pytest.raises(RefusedError, match="lie in the future"):
        walk("measure_taken", measure_taken={"done_on": str(local_date(tomorrow))})

    assert room.state("A1") == state


def try_in_vain(room: Room, after: timedelta = timedelta()) -> None:
    room.now += after
    room.act("A1", "contact_made", {"way": "not_possible", "note": "电话无人接听"})


def test_who_is_not_reached_is_tried_again_and_the_time_for_the_first_contact_runs_on(
    in_time: Room, walk: Walk
) -> None:
    room = in_time
    walk("case_accepted")
    try_in_vain(room)
    try_in_vain(room, timedelta(minutes=1))
    try_in_vain(room, timedelta(minutes=9))
    between = room.clocks("A1")["first_contact"].state
    try_in_vain(room, timedelta(minutes=10))

    told = room.told("case_contacted.v1")
    assert [one["contact_counts"] for one in told] == [False, False, False, True]
    assert (between, room.clocks("A1")["first_contact"].state) == ("running", "stopped")


def test_who_is_reached_was_contacted_at_once_and_no_try_after_that_takes_it_back(in_time: Room, walk: Walk) -> None:
    room = in_time
    walk("case_accepted")
    try_in_vain(room)
    room.act("A1", "contact_made", {"way": "phone", "note": "已联系"})
    try_in_vain(room, timedelta(hours=1))

    assert [one["contact_counts"] for one in room.told("case_contacted.v1")] == [False, True, False]
    assert room.clocks("A1")["first_contact"].state == "stopped"


def test_a_case_does_not_end_after_one_try_that_reached_nobody(room: Room, walk: Walk) -> None:
    walk("case_accepted")
    try_in_vain(room)
    walk("triaged", "site_visited", "reply_drafted", "reply_approved")

    with pytest.raises(RefusedError, match="tried 3 times, 10 minutes apart"):
        walk("concluded")
    for _ in range(2):
        try_in_vain(room, timedelta(minutes=10))
    walk("concluded")

    assert room.state("A1") == "concluded"


def test_a_rework_is_signed_in_and_its_petitioner_contacted_anew(room: Room, walk: Walk) -> None:
    walk(*DRAFT, "reply_approved", "concluded")
    room.now += timedelta(days=1)
    order = {"mechanism": "hotline", "reason": "仍不亮", "round": 1, "clocks": promised(room)}
    room.hear("feedback.rework_ordered.v1", "A1", order)

    begun = {name: clock.state for name, clock in room.clocks("A1").items()}
    walk("rework_taken")
    taken = room.clocks("A1")["sign_in"].state
    walk("contact_made")

    assert {begun[name] for name in ("sign_in", "first_contact", "finish")} == {"running"}
    assert (taken, room.clocks("A1")["first_contact"].state) == ("stopped", "stopped")


def test_a_conclusion_tells_who_reviewed_it_how_it_was_replied_to_and_what_the_law_sets(room: Room, walk: Walk) -> None:
    walk(*DRAFT, "reply_approved")
    walk("concluded", concluded={"way": "visit"})
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "hotline", "reason": "仍不亮", "round": 1})

    assert "looked_over_by" not in room.case("A1").details
    walk("rework_taken", "contact_made", "triaged", "site_visited", "reply_drafted")
    approval = example(schemas.Approval, at=room.now)
    room.act("A1", "reply_approved", approval, role=Role.REVIEWER, person="reviewer-2")
    walk("concluded", concluded={"way": "phone"})

    first, second = room.told("case_concluded.v1")
    assert {told[name] for told in (first, second) for name in ("by_name", "reviewed_by_name")} == {
        *("工作人员a handler", "工作人员a reviewer", "工作人员reviewer-2")
    }
    assert first["reviewed_by"] not in ("", first["by"], "reviewer-2")
    assert (first["reply_way"], second["reply_way"]) == ("visit", "phone")
    assert second["reviewed_by"] == "reviewer-2"


def test_a_dispatch_heard_twice_opens_one_order(room: Room) -> None:
    letter = room.hear("routing.appeal_dispatched.v1", "A2", {**_dispatched(), "title": "甲"}, "L2")
    room.hear("routing.appeal_dispatched.v1", "A2", {**_dispatched(), "title": "甲"}, letter)

    assert room.case("A2").entries == 1
    assert room.parked() == []


def test_an_order_for_another_mechanism_is_left_alone(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "A3", {**_dispatched(), "mechanism": "relief"})

    assert room.case("A3") is None


def test_an_external_unit_is_asked_and_answers(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", "relayed_out")

    assert room.state("A1") == "awaiting_external"
    assert room.clocks("A1")["external_follow_up"].limit == 5
    [relayed] = room.told("case_relayed.v1")
    assert relayed["authority"] == "区供电公司"

    walk("external_result_received", "reply_drafted", "reply_approved", "concluded")

    assert room.state("A1") == "concluded"
    assert room.clocks("A1")["external_follow_up"].state == "stopped"


def test_a_silent_unit_is_followed_up_urged_and_strands_nobody(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", "relayed_out")
    room.pass_time(timedelta(days=10))
    assert room.state("A1") == "external_overdue"

    with pytest.raises(RefusedError, match="urged"):
        walk("unsolved_reply_drafted")
    walk("external_urged")
    assert room.state("A1") == "awaiting_external"
    assert room.clocks("A1")["external_follow_up"].limit == 3
    room.pass_time(timedelta(days=10))
    walk("unsolved_reply_drafted", "reply_approved", "concluded")

    [concluded] = room.told("case_concluded.v1")
    assert concluded["outcome"] == "transferred"
    assert concluded["handler_claims_solved"] is False


def test_an_order_withdrawn_in_the_hand_and_sent_back_goes_on_as_the_same_case_with_its_history(
    room: Room, walk: Walk
) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "hotline", "reason": "诉求人撤诉"})
    walk("upstream_told_of_the_end")
    assert room.state("A1") == "withdrawn"

    walk("upstream_sent_back")
    [told] = room.told("upstream_sent_back.v1")
    assert (told["after_end"], told["concluded"]) == (True, False)
    assert {room.clocks("A1")[name].state for name in ("upstream_due", "upstream_finish")} == {"running"}
    again = {"mechanism": "hotline", "reason": "诉求人称未撤诉", "round": 1, "clocks": []}
    room.hear("feedback.rework_ordered.v1", "A1", again)
    assert room.state("A1") == "rework_due"
    walk("rework_taken", "contact_made", "triaged", "site_visited", "reply_drafted", "reply_approved_for_feedback")
    walk("fed_back", "upstream_closed", "concluded")

    case = room.case("A1")
    assert (case.state, len(case.details["site_visited"]), len(case.details["fed_back"])) == ("concluded", 2, 1)
    assert len(case.details["upstream_told_of_the_end"]) == 1


POWER = {"authority": "区供电公司", "document_number": "转1号"}
WATER = {"authority": "区自来水公司", "document_number": "转2号", "answer_workdays": 10}
GAS = {"authority": "燃气公司", "document_number": "转3号", "answer_workdays": 2}


def offered(room: Room, trigger: str) -> list[str]:
    """Return which relays the page lets one choose from, for a step."""
    [action] = [one for one in room.page("A1")["actions"] if one["trigger"] == trigger]
    return [said for one in action["fields"] if one.name == "which_relay" for _, said in one.choices]


def stand(room: Room) -> list[tuple[str, bool, str]]:
    """Return how each relay of the case stands: to whom, whether it waits, and what came of it."""
    rows = room.case("A1").details["relays"]
    return [(row["authority"], row["waits"], row.get("result") or row.get("ended_because", "")) for row in rows]


def test_several_units_are_asked_at_once_each_with_its_own_time_answer_and_urging(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged")
    for unit in (POWER, WATER, GAS):
        walk("relayed_out", relayed_out=unit)
    walk("site_visited", "measure_taken")
    assert [told["authority"] for told in room.told("case_relayed.v1")] == ["区供电公司", "区自来水公司", "燃气公司"]
    # The clock is of the one that is due first.
    assert room.clocks("A1")["external_follow_up"].limit == 2
    with pytest.raises(RefusedError, match="say which relay"):
        walk("one_external_result_received")
    with pytest.raises(RefusedError, match="other units are waited for still"):
        walk("external_result_received", external_result_received={"which_relay": "1"})
    assert offered(room, "one_external_result_received") == [
        "第1项 区供电公司（转1号）",
        "第2项 区自来水公司（转2号）",
        "第3项 燃气公司（转3号）",
    ]
    walk("one_external_result_received", one_external_result_received={"which_relay": "1", "result": "已恢复供电"})
    room.pass_time(timedelta(days=4))
    assert room.state("A1") == "external_overdue"
    walk("external_urged", external_urged={"which_relay": "3", "answer_workdays": 1})
    assert written(room)["supervision_order"].head["to"] == "燃气公司"

    walk("one_relay_given_up", one_relay_given_up={"which_relay": "3", "reason": "燃气公司书面答复管线不属其管理"})
    assert (room.state("A1"), room.clocks("A1")["external_follow_up"].limit) == ("awaiting_external", 10)
    with pytest.raises(IllegalStepError):
        walk("reply_drafted")
    walk("external_result_received", external_result_received={"result": "水管已修好"})

    assert room.state("A1") == "handling"
    assert stand(room) == [
        ("区供电公司", False, "已恢复供电"),
        ("区自来水公司", False, "水管已修好"),
        ("燃气公司", False, "燃气公司书面答复管线不属其管理"),
    ]
    walk("reply_drafted", "reply_approved", "concluded")
    opinion = written(room)["reply_opinion"].text
    assert all(said in opinion for _, _, said in stand(room))
    assert room.clocks("A1")["external_follow_up"].state == "stopped"


def test_who_withdraws_leaves_nobody_outside_waited_for(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", "relayed_out", "relayed_out")

    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "hotline", "reason": "诉求人撤诉"})

    assert (room.state("A1"), [waits for _, waits, _ in stand(room)]) == ("withdrawn", [False, False])


def test_nobody_is_answered_for_silence_while_one_was_not_urged_or_has_time_yet(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged")
    for unit in (POWER, WATER):
        walk("relayed_out", relayed_out=unit)
    room.pass_time(timedelta(days=8))
    with pytest.raises(RefusedError, match="区供电公司, 区自来水公司"):
        walk("unsolved_reply_drafted")
    walk("external_urged", external_urged={"which_relay": "1", "answer_workdays": 1})
    walk("external_urged", external_urged={"which_relay": "2", "answer_workdays": 10})
    room.pass_time(timedelta(days=3))
    assert room.state("A1") == "external_overdue"
    with pytest.raises(RefusedError, match="have time yet: 区自来水公司"):
        walk("unsolved_reply_drafted")

    room.pass_time(timedelta(days=14))
    assert "relay_over" in [one.code for rule in HotlineService.warnings for one in rule(room.case("A1"), room.now)]
    walk("unsolved_reply_drafted", "reply_approved", "concluded")

    assert [waits for _, waits, _ in stand(room)] == [False, False]


def test_a_relay_from_before_several_were_told_apart_waits_beside_the_next(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", "relayed_out", "external_result_received", "relayed_out")
    with room.database.write() as session:
        case = session.scalars(select(room.blueprint.case)).one()
        case.details = {name: value for name, value in case.details.items() if not name.startswith("relay_")}
        case.details = {name: value for name, value in case.details.items() if name != "relays"}
    due = room.clocks("A1")["external_follow_up"].due_at(room.blueprint.calendar)

    walk("relayed_out", relayed_out=WATER)

    assert [waits for _, waits, _ in stand(room)] == [False, True, True]
    assert room.clocks("A1")["external_follow_up"].due_at(room.blueprint.calendar) == due
    walk("one_external_result_received", one_external_result_received={"which_relay": "2"}, relayed_out={})
    walk("external_result_received")
    assert room.state("A1") == "handling"


def test_a_relay_from_before_that_was_urged_has_the_time_of_its_urging(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged")
    walk("relayed_out", relayed_out=WATER)
    walk("external_urged", external_urged={"answer_workdays": 1})
    room.pass_time(timedelta(days=5))
    assert room.state("A1") == "external_overdue"
    with room.database.write() as session:
        case = session.scalars(select(room.blueprint.case)).one()
        case.details = {
            name: value for name, value in case.details.items() if not name.startswith(("relay_", "relays"))
        }

    walk("unsolved_reply_drafted")

    assert room.state("A1") == "reply_review"


def test_an_upstream_order_has_its_own_earlier_end_and_goes_back_before_the_reply(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited", "reply_drafted")
    assert room.case("A1").upstream_number == "BZ2026112300012"
    assert room.clocks("A1")["upstream_finish"].limit == 4

    with pytest.raises(RefusedError, match="fed back first"):
        walk("reply_approved")
    walk("reply_approved_for_feedback", "fed_back", "upstream_closed", "concluded")

    assert room.state("A1") == "concluded"
    [fed_back] = room.told("upstream_fed_back.v1")
    assert fed_back["upstream_number"] == "BZ2026112300012"
    assert room.clocks("A1")["upstream_finish"].state == "stopped"


def test_an_upstream_order_that_is_sent_back_is_handled_again(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited", "reply_drafted")
    walk("reply_approved_for_feedback", "fed_back", "upstream_sent_back")
    assert room.state("A1") == "handling"

    walk("measure_taken", "reply_drafted", "reply_approved_for_feedback", "fed_back")
    room.pass_time(timedelta(days=10))

    assert room.state("A1") == "upstream_closed"
    assert len(room.told("upstream_fed_back.v1")) == 2
    [sent_back] = room.told("upstream_sent_back.v1")
    assert sent_back["upstream_source"] == "12345"


def test_what_the_reviewer_sends_back_is_drafted_again(room: Room, walk: Walk) -> None:
    walk(*DRAFT, "reply_sent_back", "reply_drafted", "reply_approved", "concluded")

    assert room.state("A1") == "concluded"


def test_the_author_of_a_reply_does_not_review_it(room: Room, walk: Walk) -> None:
    walk(*DRAFT)

    with pytest.raises(RefusedError, match="wrote this reply"):
        room.act("A1", "reply_approved", {"opinion": "同意答复"}, role=Role.REVIEWER, person="a handler")


def test_two_people_who_draft_by_turns_review_each_other_and_nobody_his_own(room: Room, walk: Walk) -> None:
    walk(*DRAFT, "reply_sent_back")
    draft = {**example(schemas.ReplyDraft, at=room.now)}
    room.act("A1", "reply_drafted", draft, role=Role.HANDLER, person="a reviewer")

    with pytest.raises(RefusedError, match="wrote this reply"):
        room.act("A1", "reply_approved", {"opinion": "同意答复"}, role=Role.REVIEWER, person="a reviewer")
    room.act("A1", "reply_approved", {"opinion": "同意答复"}, role=Role.REVIEWER, person="a handler")

    assert room.state("A1") == "reply_ready"


def test_the_author_of_a_reply_that_was_drafted_before_the_upgrade_does_not_review_it(room: Room, walk: Walk) -> None:
    walk(*DRAFT)
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {name: kept for name, kept in case.details.items() if not name.startswith("drafted_by")}

    with pytest.raises(RefusedError, match="wrote this reply"):
        room.act("A1", "reply_approved", {"opinion": "同意答复"}, role=Role.REVIEWER, person="a handler")


def test_each_round_of_handling_may_ask_for_material_once(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", "site_visited", "material_requested", "material_received")
    walk("reply_drafted", "reply_approved", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "hotline", "reason": "仍不亮", "round": 1})
    walk("rework_taken", "triaged", "site_visited", "material_requested", "material_received")

    with pytest.raises(RefusedError, match="once only"):
        walk("material_requested")


def test_a_petition_that_wants_an_opinion_is_handed_over_and_followed_beyond_the_reply(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", triaged={"wants_written_opinion": True})
    walk("petition_transferred")
    assert room.clocks("A1")["petition_reply"].limit == 15
    walk("unsolved_reply_drafted", "reply_approved", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "hotline", "end": "closed"})
    assert room.clocks("A1")["petition_reply"].state == "running"

    room.pass_time(timedelta(days=10))
    accepted_on = local_date(room.now) - timedelta(days=2)
    with pytest.raises(RefusedError, match="nobody has accepted"):
        walk("petition_prolonged")
    with pytest.raises(RefusedError, match="accepted between"):
        walk("petition_accepted", petition_accepted={"accepted_on": accepted_on - timedelta(days=30)})
    walk("petition_accepted", petition_accepted={"accepted_on": accepted_on})
    opinion = room.clocks("A1")["petition_opinion"]
    assert opinion.due_at(room.blueprint.calendar).date() == accepted_on + timedelta(days=60)
    walk("petition_prolonged", petition_prolonged={"days": 30})
    with pytest.raises(RefusedError, match="prolonged once"):
        walk("petition_prolonged")
    prolonged = room.clocks("A1")["petition_opinion"]
    assert prolonged.due_at(room.blueprint.calendar).date() == accepted_on + timedelta(days=90)
    walk("petition_asked", "petition_answered")

    assert {room.clocks("A1")[name].state for name in ("petition_reply", "petition_opinion", "petition_follow_up")} == {
        "stopped"
    }
    assert room.state("A1") == "closed"
    with pytest.raises(RefusedError, match="no petition was handed over"):
        walk("petition_answered")


def test_what_is_in_the_petition_authority_s_hands_is_told_of_it_and_not_handed_over_again(walk: Walk) -> None:
    walk("case_accepted", "triaged", triaged={"in_petition_system": True, "wants_written_opinion": True})

    with pytest.raises(RefusedError, match="told of them"):
        walk("petition_transferred")


def test_an_order_that_is_none_of_the_street_s_goes_back_to_the_hotline_that_sent_it(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made")
    with pytest.raises(RefusedError, match="no upstream order"):
        walk("upstream_return_asked")
    walk("upstream_recorded", "upstream_return_asked")
    with pytest.raises(RefusedError, match="asked once"):
        walk("upstream_return_asked")
    assert room.clocks("A1")["upstream_return_answer"].limit == 2
    # Until it is decided, the street handles it.
    walk("triaged", "site_visited", "upstream_return_granted")

    assert room.state("A1") == "route_told"
    assert {room.clocks("A1")[name].state for name in ("upstream_due", "upstream_return_answer")} == {"stopped"}
    walk("unsolved_reply_drafted", "reply_approved", "concluded")
    assert room.told("case_concluded.v1")[0]["outcome"] == "transferred"


def test_the_street_asks_to_give_an_order_back_within_two_working_days(room: Room, walk: Walk) -> None:
    walk("case_accepted", "upstream_recorded")
    room.pass_time(timedelta(days=7))

    with pytest.raises(RefusedError, match="within 2 working days"):
        walk("upstream_return_asked")


def test_an_order_that_the_upstream_hotline_does_not_take_back_is_handled_here(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "upstream_return_asked", "upstream_return_denied")
    with pytest.raises(RefusedError, match="no return waits"):
        walk("upstream_return_denied")
    walk("triaged", "site_visited", "reply_drafted", "reply_approved_for_feedback", "fed_back", "upstream_closed")

    assert room.state("A1") == "upstream_closed"


def test_more_time_is_asked_of_the_upstream_hotline_and_given_or_not(room: Room, walk: Walk) -> None:
    walk("case_accepted", "upstream_recorded", "triaged")
    walk("upstream_extension_asked")
    assert room.clocks("A1")["upstream_extension_answer"].limit == 2
    with pytest.raises(RefusedError, match="not answered yet"):
        walk("upstream_extension_asked")
    walk("upstream_extension_refused")
    with pytest.raises(RefusedError, match="no extension waits"):
        walk("upstream_extension_refused")
    walk("upstream_extension_asked")
    walk("upstream_extended", upstream_extended={"due_at": room.now + timedelta(days=20)})

    assert room.clocks("A1")["upstream_extension_answer"].state == "stopped"
    room.pass_time(timedelta(days=21))
    with pytest.raises(RefusedError, match="end has passed"):
        walk("upstream_extension_asked")


def test_an_order_that_comes_back_after_its_end_is_told_to_whoever_calls_back(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited", "reply_drafted")
    walk("reply_approved_for_feedback", "fed_back", "upstream_closed", "concluded", "upstream_sent_back")

    assert room.state("A1") == "concluded"
    [sent_back] = room.told("upstream_sent_back.v1")
    assert sent_back["after_end"] is True
    assert room.clocks("A1")["upstream_due"].limit == 3
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "hotline", "reason": "发回重办", "round": 1})
    assert room.state("A1") == "rework_due"
    assert room.clocks("A1")["upstream_due"].state == "running"


def test_what_is_sent_back_after_its_end_and_handled_no_more_is_told_so(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited", "reply_drafted")
    walk("reply_approved_for_feedback", "fed_back", "upstream_closed", "concluded")
    with pytest.raises(RefusedError, match="no upstream hotline waits"):
        walk("upstream_told_of_the_end")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "hotline", "end": "withdrawn"})
    walk("upstream_sent_back")
    assert room.clocks("A1")["upstream_due"].state == "running"

    walk("upstream_told_of_the_end", upstream_told_of_the_end={"summary": "诉求人已撤诉，不再办理。"})

    assert {room.clocks("A1")[name].state for name in ("upstream_finish", "upstream_due")} == {"stopped"}
    assert (room.state("A1"), len(room.told("upstream_fed_back.v1"))) == ("closed", 2)


@pytest.mark.parametrize("fed_back", [False, True])
def test_the_hotline_that_waits_for_an_order_hears_that_its_petitioner_has_withdrawn(
    room: Room, walk: Walk, *, fed_back: bool
) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited", "reply_drafted")
    walk("reply_approved_for_feedback", *(("fed_back",) if fed_back else ()))
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "hotline", "reason": "不再反映"})

    notice = room.clocks("A1").get("upstream_notice")
    assert (notice is not None) is not fed_back
    assert room.clocks("A1")["upstream_due"].state == "stopped"
    if notice is not None:
        walk("upstream_told_of_the_end")
        assert room.clocks("A1")["upstream_notice"].state == "stopped"


def test_an_order_that_was_withdrawn_in_hand_and_is_wanted_all_the_same_is_recorded_with_another_case(
    room: Room, walk: Walk
) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "hotline", "reason": "不再反映"})
    walk("upstream_told_of_the_end")
    number = room.case("A1").upstream_number

    room.hear("routing.appeal_dispatched.v1", "A2", {**DISPATCHED, "number": "2026-000002"})
    room.act("A2", "case_accepted")
    room.act("A2", "upstream_recorded", {**example(schemas.UpstreamOrder), "upstream_number": number})

    assert room.case("A2").upstream_number == number
    assert room.clocks("A2")["upstream_due"].state == "running"


RETURNED = ("upstream_return_asked", "upstream_return_granted")


@pytest.mark.parametrize(
    ("state", "way"),
    [
        ("triaged", ("triaged",)),
        ("route_told", ("triaged", "petition_route_told")),
        ("awaiting_external", ("triaged", "relayed_out")),
        ("awaiting_material", ("triaged", "site_visited", "material_requested")),
        ("paused", ("triaged", "site_visited", "force_majeure_found")),
        ("reply_review", ("triaged", "site_visited", "reply_drafted")),
        ("feedback_due", ("triaged", "site_visited", "reply_drafted", "reply_approved_for_feedback")),
    ],
)
def test_an_order_is_taken_back_wherever_it_lies_with_the_street(
    room: Room, walk: Walk, state: str, way: tuple[str, ...]
) -> None:
    own = {"in_petition_system": True} if state == "route_told" else {}
    row = _finish(room)
    room.hear("routing.extension_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "clocks": [row]})
    walk("case_accepted", "contact_made", "upstream_recorded", *way, triaged=own)
    assert room.state("A1") == state

    walk(*RETURNED)

    assert room.state("A1") == "route_told"
    running = {name for name, clock in room.clocks("A1").items() if clock.state == "running"}
    assert running == {"finish"}
    assert len(room.told("case_resumed.v1")) == len(room.told("case_paused.v1"))
    walk("unsolved_reply_drafted", "reply_approved", "concluded")


def test_another_order_for_what_was_returned_is_recorded_and_may_be_returned_in_its_turn(
    room: Room, walk: Walk
) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", *RETURNED)
    with pytest.raises(RefusedError, match="has a number of its own"):
        walk("upstream_recorded")
    room.pass_time(timedelta(days=7))
    other = {"upstream_number": "BZ2026120100001"}
    walk("upstream_recorded", upstream_recorded=other)
    with pytest.raises(RefusedError, match="recorded already"):
        walk("upstream_recorded")

    kept = room.case("A1").details
    assert [(row["upstream_number"], row["ended"]) for row in kept["upstream_before"]] == [
        ("BZ2026112300012", "returned")
    ]
    assert room.clocks("A1")["upstream_due"].state == "running"
    walk("upstream_return_asked", "upstream_return_denied", "triaged", "site_visited", "reply_drafted")
    walk("reply_approved_for_feedback", "fed_back", "upstream_closed", "concluded")

    assert room.told("upstream_fed_back.v1")[0]["upstream_number"] == "BZ2026120100001"
    counted = {of: amount for name, of, amount in counts(room.case("A1")) if name == "upstream"}
    assert counted == {"returned": 1, "closed": 1}


def test_a_rework_for_which_another_order_came_is_fed_back_to_that(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited", "reply_drafted")
    walk("reply_approved_for_feedback", "fed_back", "upstream_closed", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "hotline", "reason": "又不亮了", "round": 1})

    walk("rework_taken", "upstream_recorded", upstream_recorded={"upstream_number": "BZ2026120100001"})

    assert room.case("A1").upstream_number == "BZ2026120100001"
    assert room.case("A1").details["upstream_before"][0]["ended"] == "closed"


def test_a_matter_that_the_petition_authority_has_is_not_handed_over_again(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", "petition_transferred", triaged={"wants_written_opinion": True})
    walk("triaged", triaged={"wants_written_opinion": True})

    with pytest.raises(RefusedError, match="has not answered yet"):
        walk("petition_transferred")
    walk("petition_answered", "petition_transferred")

    assert room.clocks("A1")["petition_reply"].state == "running"


def test_the_promise_is_closed_by_an_interim_reply_while_a_petition_runs_on_and_by_no_other_wait(
    room: Room, walk: Walk
) -> None:
    row = _finish(room)
    room.hear("routing.extension_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "clocks": [row]})
    walk("case_accepted", "contact_made", "triaged", "petition_transferred", triaged={"wants_written_opinion": True})
    walk("petition_accepted", "interim_replied")

    assert room.clocks("A1")["finish"].state == "stopped"
    [told] = room.told("case_interim_replied.v1")
    assert Clock.from_dict(told["clocks"][0]).zh == "信访事项办结"
    walk("petition_answered", "unsolved_reply_drafted", "reply_approved", "concluded")
    assert room.case("A1").details["replied_late"] is False


def test_waiting_for_material_stops_the_service_clock_once(room: Room, walk: Walk) -> None:
    room.hear(
        "routing.extension_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "clocks": [_finish(room)]}
    )
    walk("case_accepted", "contact_made", "triaged", "site_visited", "material_requested")
    assert room.clocks("A1")["finish"].is_suspended

    room.pass_time(timedelta(days=10))

    assert room.state("A1") == "handling"
    assert not room.clocks("A1")["finish"].is_suspended
    with pytest.raises(RefusedError, match="once only"):
        walk("material_requested")


def test_a_petition_matter_is_told_its_route(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", triaged={"in_petition_system": True})

    with pytest.raises(RefusedError, match="petition"):
        walk("site_visited")
    walk("petition_route_told", "unsolved_reply_drafted", "reply_approved", "concluded")

    assert room.told("case_concluded.v1")[0]["outcome"] == "transferred"


def test_an_inquiry_is_answered_from_the_knowledge_base(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", triaged={"kind": "inquiry"})
    walk("knowledge_consulted", "reply_drafted", "reply_approved", "concluded", reply_drafted={"outcome": "explained"})

    assert room.told("case_concluded.v1")[0]["outcome"] == "explained"


def test_nobody_is_replied_to_whom_nobody_contacted(walk: Walk) -> None:
    walk("case_accepted", "triaged", "site_visited", "reply_drafted", "reply_approved")

    with pytest.raises(RefusedError, match="not been contacted"):
        walk("concluded")


def test_a_reply_that_is_not_accepted_is_reworked_to_a_second_end(room: Room, walk: Walk) -> None:
    walk(*DRAFT, "reply_approved", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "hotline", "reason": "仍不亮", "round": 1})
    assert room.state("A1") == "rework_due"

    walk("rework_taken", "contact_made", "triaged", "site_visited", "reply_drafted", "reply_approved", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "hotline", "end": "closed"})

    assert room.state("A1") == "closed"
    assert len(room.told("case_concluded.v1")) == 2


def test_a_return_is_asked_for_and_decided(room: Room, walk: Walk) -> None:
    walk("return_requested")
    room.hear("routing.return_decided.v1", "A1", {"mechanism": "hotline", "granted": False, "opinion": "属本单位职责"})
    assert room.state("A1") == "received"

    with pytest.raises(RefusedError, match="once only"):
        walk("return_requested")


def test_a_recalled_order_ends(room: Room, walk: Walk) -> None:
    walk("case_accepted")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "hotline", "reason": "撤诉"})

    assert room.state("A1") == "withdrawn"
    assert room.case("A1").ended_at is not None


def test_a_step_that_the_state_does_not_have_is_refused_with_those_it_has(room: Room) -> None:
    with pytest.raises(IllegalStepError) as refused:
        room.act("A1", "reply_approved", {"opinion": "同意答复"}, role=Role.REVIEWER)

    assert "case_accepted" in refused.value.allowed


def _dispatched() -> dict[str, Any]:
    return {"mechanism": "hotline", "lead_unit": "chengjian", "title": "路灯不亮", "text": "门口路灯不亮"}


def _finish(room: Room) -> dict[str, Any]:
    return {"name": "finish", "started_at": room.now.isoformat(), "limit": 15, "unit": "workday"}


# -- the upstream hotline's order, as it comes with the dispatch --------------------


def _from_upstream(**external: Any) -> dict[str, Any]:
    order = {"source": "hotline12345", "number": "BZ2026093000007", "due_at": "2026-10-13T16:00:00+00:00"}
    return {**_dispatched(), "registered_at": "2026-09-30T01:00:00+00:00", "external": {**order, **external}}


def _ends(room: Room, subject: str, *names: str) -> list[str]:
    clocks, calendar = room.clocks(subject), room.blueprint.calendar
    return [local_date(clocks[name].due_at(calendar) - timedelta(seconds=1)).isoformat() for name in names]


def test_an_upstream_order_comes_with_its_dispatch_and_nobody_types_it_again(room: Room) -> None:
    room.now = datetime(2026, 9, 30, 1, 5, tzinfo=UTC)
    room.hear("routing.appeal_dispatched.v1", "U1", _from_upstream())

    case = room.case("U1")
    assert (case.upstream_source, case.upstream_number) == ("hotline12345", "BZ2026093000007")
    # Five working days over National Day, with the Saturday that is worked: 8, 9, 10, 12 and 13 October.
    assert case.details["upstream_recorded"]["workdays"] == 5
    assert _ends(room, "U1", "upstream_finish", "upstream_due") == ["2026-10-12", "2026-10-13"]
    assert room.parked() == []


def test_an_upstream_order_that_came_with_its_dispatch_is_not_recorded_a_second_time(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "U1", _from_upstream())
    room.act("U1", "case_accepted", {})

    with pytest.raises(RefusedError, match="recorded already"):
        room.act("U1", "upstream_recorded", {"upstream_source": "12345", "upstream_number": "BZ1", "workdays": 5})


def test_an_upstream_order_that_says_no_end_has_the_usual_one_and_its_dispatch_may_come_twice(room: Room) -> None:
    room.now = datetime(2022, 9, 30, 1, 5, tzinfo=UTC)
    told = {**_from_upstream(due_at=None), "registered_at": "2022-09-30T01:00:00+00:00"}
    room.hear("routing.appeal_dispatched.v1", "U1", told)
    room.hear("routing.appeal_dispatched.v1", "U1", told)

    assert _ends(room, "U1", "upstream_finish", "upstream_due") == ["2022-10-11", "2022-10-12"]
    assert [entry["trigger"] for entry in _timeline(room, "U1")] == ["opened", "upstream_joined"]


@pytest.mark.parametrize(
    ("due", "given", "ends"),
    [
        ("2026-10-08T06:00:00+00:00", 1, "2026-10-08T14:00:00+08:00"),
        ("2026-09-30T08:00:00+00:00", 1, "2026-09-30T16:00:00+08:00"),
        # It ends on a Sunday: 8, 9 and the worked Saturday are its days, and the last of them is the day to spare.
        ("2026-10-11T15:00:00+00:00", 3, "2026-10-09T23:59:59+08:00"),
    ],
)
def test_the_street_never_gives_itself_longer_than_the_upstream_hotline_gives(
    room: Room, due: str, given: int, ends: str
) -> None:
    room.now = datetime(2026, 9, 30, 1, 5, tzinfo=UTC)
    room.hear("routing.appeal_dispatched.v1", "U1", _from_upstream(due_at=due))

    assert room.case("U1").details["upstream_recorded"]["workdays"] == given
    clocks, calendar = room.clocks("U1"), room.blueprint.calendar
    assert clocks["upstream_finish"].due_at(calendar) == datetime.fromisoformat(ends)
    assert clocks["upstream_due"].due_at(calendar) <= datetime.fromisoformat(due)


def test_an_order_of_our_own_has_no_upstream(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "U2", {**_dispatched(), "external": None})

    assert room.case("U2").upstream_number == ""
    assert "upstream_due" not in room.clocks("U2")


def test_an_upstream_order_that_comes_back_has_a_time_again(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "site_visited", "reply_drafted")
    walk("reply_approved_for_feedback", "fed_back")
    assert {room.clocks("A1")[name].state for name in ("upstream_finish", "upstream_due")} == {"stopped"}

    walk("upstream_sent_back", upstream_sent_back={"workdays": 3})

    clocks = room.clocks("A1")
    assert [(clocks[name].state, clocks[name].limit) for name in ("upstream_finish", "upstream_due")] == [
        ("running", 2),
        ("running", 3),
    ]


# -- pauses, and a second look -------------------------------------------------------


def test_force_majeure_stops_the_promise_for_so_many_days_and_no_longer(room: Room, walk: Walk) -> None:
    room.hear(
        "routing.extension_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "clocks": [_finish(room)]}
    )
    walk("case_accepted", "contact_made", "triaged", "site_visited", "force_majeure_found")
    assert (room.state("A1"), room.clocks("A1")["finish"].is_suspended) == ("paused", True)

    room.pass_time(timedelta(days=5))
    assert (room.state("A1"), room.clocks("A1")["finish"].is_suspended) == ("handling", False)

    walk("force_majeure_found", "force_majeure_over", "reply_drafted", "reply_approved", "concluded")
    assert room.state("A1") == "concluded"


def test_a_handler_does_not_pause_his_own_case(room: Room, walk: Walk) -> None:
    walk("case_accepted", "triaged", "site_visited")
    form = {"event": "暴雨", "evidence": "预警第12号", "told_petitioner": True, "pause_workdays": 2}

    with pytest.raises(NotPermittedError):
        room.act("A1", "force_majeure_found", form, role=Role.HANDLER)


@pytest.mark.parametrize("handled", ["p1", "p9"])
def test_who_handles_a_case_finds_no_force_majeure_in_it_as_reviewer_either(
    room: Room, walk: Walk, handled: str
) -> None:
    walk("case_accepted", "contact_made", "triaged", "site_visited")
    room.act("A1", "progress_made", {"progress": "已约维修，待雨停"}, person=handled)
    form = {"event": "暴雨", "evidence": "预警第12号", "told_petitioner": True, "pause_workdays": 2}

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act("A1", "force_majeure_found", form, role=Role.REVIEWER, person=handled)
    room.act("A1", "force_majeure_found", form, role=Role.REVIEWER, person="p2")

    assert room.state("A1") == "paused"


def test_who_was_on_the_spot_does_not_review_the_reply_whoever_wrote_it_down(room: Room, walk: Walk) -> None:
    visit = {"visitors": ["网格员乙", "工作人员p7"]}
    walk("case_accepted", "contact_made", "triaged", "site_visited", "reply_drafted", site_visited=visit)

    for trigger, form in (("reply_approved", {"opinion": "同意"}), ("reply_sent_back", {"reasons": "请补充照片"})):
        with pytest.raises(RefusedError, match="names you"):
            room.act("A1", trigger, form, role=Role.REVIEWER, person="p7")
    room.act("A1", "reply_approved", {"opinion": "同意"}, role=Role.REVIEWER, person="p8")

    assert room.state("A1") == "reply_ready"


def test_what_turns_out_to_be_a_petition_matter_is_triaged_again_and_told_its_route(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", "site_visited")

    walk("triaged", triaged={"in_petition_system": True})
    with pytest.raises(RefusedError, match="petition"):
        walk("measure_taken")
    walk("petition_route_told", "unsolved_reply_drafted", "reply_approved", "concluded")

    assert room.state("A1") == "concluded"


def _timeline(room: Room, subject: str) -> list[Any]:
    table, case = room.blueprint.store.timeline, room.case(subject)
    with room.database.read() as session:
        rows = session.execute(table.select().where(table.c.case_id == case.id).order_by(table.c.seq))
        return [dict(row._mapping) for row in rows]


def test_an_upstream_order_keeps_both_its_ends_when_it_is_returned_and_comes_again(room: Room) -> None:
    room.now = datetime(2026, 9, 30, 1, 5, tzinfo=UTC)
    room.hear("routing.appeal_dispatched.v1", "U1", {**_from_upstream(), "number": "2026-000001"})
    before = _ends(room, "U1", "upstream_finish", "upstream_due")
    room.act("U1", "return_requested", example(ReturnRequest, at=room.now))
    room.hear("routing.return_decided.v1", "U1", {"mechanism": "hotline", "granted": True, "opinion": "同意"})
    assert room.clocks("U1")["upstream_due"].state == "stopped"

    room.hear("routing.appeal_dispatched.v1", "U1", {**_from_upstream(), "number": "2026-000001"})

    assert {room.clocks("U1")[name].state for name in ("upstream_finish", "upstream_due")} == {"running"}
    assert _ends(room, "U1", "upstream_finish", "upstream_due") == before
    assert room.parked() == []


def test_a_pause_is_told_with_its_end_and_so_is_that_the_promise_runs_on(room: Room, walk: Walk) -> None:
    room.hear(
        "routing.extension_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "clocks": [_finish(room)]}
    )
    walk("case_accepted", "contact_made", "triaged", "site_visited", "material_requested")

    [paused] = room.told("case_paused.v1")
    assert paused["ground"] == "material_requested"
    assert Clock.from_dict(paused["clocks"][0]).is_suspended
    until = room.clocks("A1")["material_wait"].due_at(room.blueprint.calendar)
    assert datetime.fromisoformat(paused["until"]) == until
    room.pass_time(timedelta(days=10))
    walk("force_majeure_found", "force_majeure_over")

    resumed = room.told("case_resumed.v1")
    assert [len(Clock.from_dict(told["clocks"][0]).suspensions) for told in resumed] == [1, 2]
    assert not any(Clock.from_dict(told["clocks"][0]).is_suspended for told in resumed)


def test_more_time_that_is_granted_in_a_pause_leaves_the_promise_standing_still(room: Room, walk: Walk) -> None:
    row = _finish(room)
    room.hear("routing.extension_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "clocks": [row]})
    walk("case_accepted", "contact_made", "triaged", "site_visited", "force_majeure_found")
    longer = Clock.from_dict(row).extend(
        room.now + timedelta(minutes=1), Period(3, Unit.WORKDAY), room.blueprint.calendar
    )

    room.hear(
        "routing.extension_decided.v1",
        "A1",
        {"mechanism": "hotline", "granted": True, "clocks": [longer.to_dict()]},
    )

    promise = room.clocks("A1")["finish"]
    assert (promise.is_suspended, len(promise.extensions)) == (True, 1)


def test_more_time_of_the_upstream_hotline_moves_both_ends_and_is_told(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged")
    with pytest.raises(RefusedError, match="comes after now"):
        walk("upstream_extended", upstream_extended={"due_at": "2026-11-20T17:00:00+08:00"})
    walk("upstream_extended", upstream_extended={"due_at": "2026-12-04T17:00:00+08:00"})

    clocks = room.clocks("A1")
    assert [(clocks[name].state, clocks[name].limit) for name in ("upstream_finish", "upstream_due")] == [
        ("running", 8),
        ("running", 9),
    ]
    [told] = room.told("upstream_extended.v1")
    assert told["upstream_source"] == "12345"
    assert datetime.fromisoformat(told["due_at"]) == datetime(2026, 12, 4, 9, tzinfo=UTC)
    with pytest.raises(RefusedError, match="the end that was given"):
        walk("upstream_extended", upstream_extended={"due_at": "2026-12-03T17:00:00+08:00"})


def test_the_upstream_hotline_gives_no_more_than_ten_working_days(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "upstream_extension_asked")
    # The order ends on 30 November, a Monday: ten working days after that is 14 December.
    for too_late in ("2030-11-29T17:00:00+08:00", "2026-12-15T09:00:00+08:00"):
        with pytest.raises(RefusedError, match="until 2026-12-14"):
            walk("upstream_extended", upstream_extended={"due_at": too_late})
    assert room.clocks("A1")["upstream_due"].limit == 5

    walk("upstream_extended", upstream_extended={"due_at": "2026-12-14T23:59:59+08:00"})

    assert room.case("A1").details["extended_by"] == 10
    # Five were asked for.
    assert [one["said"] for one in room.page("A1")["warnings"]] == [
        "上级热线批准延长 10 个工作日，多于申请的 5 个工作日：请核对批复"
    ]


def test_an_extension_as_it_was_asked_for_warns_of_nothing(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "upstream_recorded", "triaged", "upstream_extension_asked")
    walk("upstream_extended", upstream_extended={"due_at": "2026-12-07T17:00:00+08:00"})

    assert room.case("A1").details["extended_by"] == 5
    assert room.page("A1")["warnings"] == []


def test_an_end_that_the_order_itself_says_bounds_its_extension(room: Room) -> None:
    external = {"source": "city-12345", "number": "BZ-9", "due_at": "2026-11-26T17:00:00+08:00"}
    room.hear("routing.appeal_dispatched.v1", "A2", {**DISPATCHED, "external": external})
    room.act("A2", "case_accepted", {})
    longer = {"due_at": "2026-12-11T09:00:00+08:00", "receipt": "延期批复一"}

    with pytest.raises(RefusedError, match="until 2026-12-10"):
        room.act("A2", "upstream_extended", longer)


def test_what_came_from_no_upstream_hotline_is_not_extended_by_one(walk: Walk) -> None:
    walk("case_accepted")

    with pytest.raises(RefusedError, match="no upstream order"):
        walk("upstream_extended")


def test_a_petition_whose_order_was_taken_back_is_followed_to_its_answer(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made", "triaged", triaged={"wants_written_opinion": True})
    walk("petition_transferred")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "hotline", "reason": "不再反映"})
    assert room.state("A1") == "withdrawn"
    assert room.clocks("A1")["petition_reply"].state == "running"

    walk("petition_accepted", "petition_answered")

    assert {room.clocks("A1")[name].state for name in ("petition_reply", "petition_opinion")} == {"stopped"}
