"""Feedback behind its mailbox and its chores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from chassis import blueprint, keys, migrate
from chassis.chores import Setbacks, take_apart
from chassis.clocks import Clock, Unit
from chassis.database import Database
from chassis.sealing import NotForUsError, unseal
from chassis.testing import Room
from chassis.workflow import RefusedError, Role, WorkflowError
from services.feedback.calls import manners
from services.feedback.models import Base
from services.feedback.rates import Period, figures, formulas
from services.feedback.service import FeedbackService, courses
from tests.services.feedback.conftest import BAD, CONCLUDED, GOOD

Say = Callable[..., str]
Rate = Callable[..., None]
ANSWERED = {"appeal_id": "A1", "reply": "业务在便民大厅办理,工作日可办。", "by": "operator-1"}


def told(room: Room) -> list[str]:
    table = room.blueprint.store.letters
    with room.database.read() as session:
        return [row.key.partition(".")[2] for row in session.execute(table.select().order_by(table.c.seq))]


def timeline(room: Room) -> list[str]:
    table = room.blueprint.store.timeline
    with room.database.read() as session:
        return [row.trigger for row in session.execute(table.select().order_by(table.c.seq))]


def test_a_resident_who_is_content_closes_the_appeal(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()
    assert (room.state("A1"), room.clocks("A1")["callback"].limit) == ("callback_due", 7)

    rate(GOOD)

    assert told(room) == ["callback_due.v1", "appeal_rated.v1", "appeal_closed.v1"]
    due, rated, closed = room.told()
    assert (due["mechanism"], due["round"]) == ("mediation", 1)
    assert {name: rated[name] for name in GOOD} == GOOD
    assert (rated["way"], rated["mechanism"], rated["handler_claims_solved"]) == ("page", "mediation", True)
    assert (closed["end"], closed["outcome"], closed["rounds"]) == ("rated", "solved", 1)
    assert room.case("A1").ended_at is not None


def test_each_round_tells_its_link_to_intake_alone(
    app: Flask, room: Room, folder: keys.KeyFolder, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(BAD)
    conclude()

    told = room.told("callback_due.v1")
    paths = [unseal(due["link"], folder.private("intake"))["path"] for due in told]
    assert [app.test_client().get(path.removeprefix("/feedback")).status_code for path in paths] == [410, 200]
    assert not any(path in due["link"] for path, due in zip(paths, told, strict=True))
    with pytest.raises(NotForUsError):
        unseal(told[0]["link"], folder.private("feedback"))


def test_a_callback_shows_the_number_and_title_of_its_appeal(room: Room, conclude: Say) -> None:
    conclude(number="彭李诉〔2026〕000001号", title="楼上夜里拖椅子")
    conclude(subject="A2")

    assert (room.case("A1").number, room.case("A1").title) == ("彭李诉〔2026〕000001号", "楼上夜里拖椅子")
    assert room.case("A2").title == "经调解,双方已达成协议。"


def test_an_operator_takes_the_rating_on_the_phone(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()

    rate(GOOD, role=Role.OPERATOR, person="operator-1")

    [rated] = room.told("appeal_rated.v1")
    assert (rated["way"], rated["by"], rated["by_name"]) == ("call", "operator-1", "工作人员operator-1")


def test_the_handler_does_not_call_back_about_his_own_work(room: Room, conclude: Say, rate: Rate) -> None:
    conclude(by="handler-1")

    with pytest.raises(RefusedError, match="somebody else"):
        rate(GOOD, role=Role.OPERATOR, person="handler-1")
    with pytest.raises(RefusedError, match="somebody else"):
        room.act("A1", "callback_tried", {"way": "phone", "note": "无人接听"}, role=Role.OPERATOR, person="handler-1")

    assert room.state("A1") == "callback_due"


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEADER, Role.PUBLIC])
def test_nobody_rates_in_the_residents_place(room: Room, conclude: Say, rate: Rate, role: Role) -> None:
    conclude(by="handler-1")

    with pytest.raises(WorkflowError, match=r"tracking code|is for operator"):
        rate(GOOD, role=role, person="handler-2")

    assert room.told("appeal_rated.v1") == []


def missed(room: Room, times: int = 1, **tried: str) -> None:
    for _ in range(times):
        room.now = manners().next_at(room.case("A1").details.get("callback_tried", ()), room.now)
        form = {"way": "phone", "note": "无人接听", **tried}
        room.act("A1", "callback_tried", form, role=Role.OPERATOR, person="operator-1")


def test_a_resident_who_is_not_reached_three_times_is_left_in_peace(room: Room, conclude: Say) -> None:
    conclude()
    missed(room, 2)
    with pytest.raises(RefusedError, match="tried 2 times"):
        room.act("A1", "unreachable", role=Role.OPERATOR, person="operator-1")

    missed(room)
    room.act("A1", "unreachable", role=Role.OPERATOR, person="operator-1")
    room.run("draw_consequences")

    assert room.state("A1") == "closed"
    [closed] = room.told("appeal_closed.v1")
    assert closed["end"] == "unrated"
    assert (closed["tried_at"], closed["tried_by"]) == (
        room.case("A1").details["callback_tried"][-1]["at"],
        "operator-1",
    )
    assert room.told("appeal_rated.v1") == []


def test_a_callback_that_nobody_makes_ends_unrated_after_a_week(room: Room, conclude: Say) -> None:
    conclude()
    room.pass_time(timedelta(days=6))
    room.run("draw_consequences")
    assert room.state("A1") == "callback_due"

    room.pass_time(timedelta(days=3))
    room.run("draw_consequences")

    assert (room.state("A1"), room.told("appeal_closed.v1")[0]["end"]) == ("closed", "unrated")


def test_a_bad_result_is_handled_again_with_a_new_promise_and_rated_again(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(BAD)

    assert room.state("A1") == "rework"
    [order] = room.told("rework_ordered.v1")
    assert (order["mechanism"], order["reason"], order["round"]) == ("mediation", "还是吵", 1)
    [promise] = [Clock.from_dict(row) for row in order["clocks"]]
    assert (promise.name, promise.limit, promise.unit.value, promise.started_at) == ("finish", 5, "workday", room.now)
    assert room.clocks("A1")["rework"].state == "running"

    conclude(
        reply="已再次调解,邻居已铺地垫。",
        outcome="partly",
        handler_claims_solved=False,
        by="handler-2",
        unit="police_station",
    )
    assert [due["round"] for due in room.told("callback_due.v1")] == [1, 2]
    case = room.case("A1")
    assert (case.state, case.outcome, case.handler_claims_solved, case.unit) == (
        "callback_due",
        "partly",
        False,
        "police_station",
    )
    assert (case.result, case.citizen_says_solved) == (None, None)
    assert {name: clock.state for name, clock in room.clocks("A1").items()} == {
        "rework": "stopped",
        "callback": "running",
    }

    rate(GOOD)
    first, second = room.told("appeal_rated.v1")
    assert [(one["round"], one["handler_claims_solved"], one["solved"]) for one in (first, second)] == [
        (1, True, False),
        (2, False, True),
    ]
    assert room.told("appeal_closed.v1")[0]["rounds"] == 2


def test_the_tries_of_the_first_round_do_not_count_in_the_second(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()
    missed(room, 3)
    rate(BAD)
    conclude()

    with pytest.raises(RefusedError, match="tried 0 times"):
        room.act("A1", "unreachable", role=Role.OPERATOR, person="operator-1")


def test_who_reworked_a_case_does_not_call_back_either(conclude: Say, rate: Rate) -> None:
    conclude(by="handler-1")
    rate(BAD)
    conclude(by="handler-2")

    with pytest.raises(RefusedError, match="somebody else"):
        rate(GOOD, role=Role.OPERATOR, person="handler-2")


def test_after_three_reworks_it_is_a_problem_order(room: Room, conclude: Say, rate: Rate) -> None:
    for _ in range(4):
        conclude()
        rate(BAD)

    assert room.state("A1") == "supervised"
    assert [order["round"] for order in room.told("rework_ordered.v1")] == [1, 2, 3]
    [problem] = room.told("problem_ordered.v1")
    assert (problem["ground"], problem["reworks"], problem["mechanism"]) == ("reworks", 3, "mediation")
    assert problem["overdue"] is False
    assert room.clocks("A1")["supervision"].state == "running"
    assert room.told("appeal_closed.v1") == []


def test_what_went_to_three_units_and_is_not_accepted_is_a_problem_order_at_once(
    room: Room, conclude: Say, rate: Rate
) -> None:
    for unit in ("a", "b", "b", "c"):
        room.hear("routing.appeal_dispatched.v1", "A1", {"mechanism": "mediation", "lead_unit": unit})
    conclude()

    rate(BAD)

    [problem] = room.told("problem_ordered.v1")
    assert (problem["ground"], problem["reworks"], problem["units"]) == ("units", 0, ["a", "b", "c"])
    assert (room.state("A1"), room.told("rework_ordered.v1")) == ("supervised", [])


@pytest.mark.parametrize(
    ("aspect", "trigger", "clock_", "role", "other"),
    [
        ("attitude", "attitude_supervised", "attitude_supervision", Role.LEADER, Role.REVIEWER),
        ("process", "process_reviewed", "process_review", Role.REVIEWER, Role.LEADER),
    ],
)
def test_bad_conduct_waits_for_its_finding_and_the_file_for_that(
    room: Room, conclude: Say, rate: Rate, aspect: str, trigger: str, clock_: str, role: Role, other: Role
) -> None:
    finding = {"finding": "经核查属实,已约谈当事人员。"}
    conclude(by="handler-1")
    rate(GOOD, **{aspect: 1})
    assert (room.state("A1"), room.clocks("A1")[clock_].state) == ("closed", "running")
    room.pass_time(timedelta(days=31))
    assert room.state("A1") == "closed"
    with pytest.raises(WorkflowError, match="is for"):
        room.act("A1", trigger, finding, role=other, person="p2")
    with pytest.raises(RefusedError, match="his own work"):
        room.act("A1", trigger, finding, role=role, person="handler-1")

    room.act("A1", trigger, finding, role=role, person="p2")
    room.pass_time(timedelta(minutes=1))

    assert room.state("A1") == "archived"
    referred = room.case("A1").details["conduct"][aspect]
    assert (referred["mark"], referred["finding"], referred["settled_by"]) == (1, finding["finding"], "p2")
    assert room.told("rework_ordered.v1") == []


@pytest.mark.parametrize(
    ("marks", "aspects"),
    [
        ({"attitude": 1}, [("attitude", 1)]),
        ({"process": 2}, [("process", 2)]),
        ({"attitude": 2, "process": 1}, [("attitude", 2), ("process", 1)]),
    ],
)
def test_bad_conduct_is_referred_and_causes_no_rework(
    room: Room, conclude: Say, rate: Rate, marks: dict[str, int], aspects: list[tuple[str, int]]
) -> None:
    conclude()

    rate(GOOD, **marks)

    referred = room.told("conduct_referred.v1")
    assert [(one["aspect"], one["mark"]) for one in referred] == aspects
    assert {(one["mechanism"], one["unit"]) for one in referred} == {("mediation", "mediation_committee")}
    assert (room.state("A1"), room.told("rework_ordered.v1")) == ("closed", [])


@pytest.mark.parametrize("end", ["rated", "withdrawn in rework", "unmarked since"])
def test_conduct_that_nobody_looks_into_is_told_of_each_time_its_time_is_over_whatever_becomes_of_the_appeal(
    room: Room, conclude: Say, rate: Rate, end: str
) -> None:
    conclude(by="handler-1")
    rate(GOOD if end == "rated" else BAD, attitude=1)
    if end == "withdrawn in rework":
        room.hear("intake.appeal_withdrawn.v1", "A1", {"appeal_id": "A1", "reason": "已自行解决"})
    elif end == "unmarked since":
        conclude(by="handler-1")
        rate(GOOD)
    assert (room.state("A1"), room.clocks("A1")["attitude_supervision"].state) == ("closed", "running")

    for _ in range(21):
        room.pass_time(timedelta(days=1))
        room.run("remind_of_conduct")

    # 21 days from Monday on: the fifth, the tenth and the fifteenth working day are over; the last one ends at midnight.
    told = room.told("conduct_referred.v1")
    assert [one["overdue"] for one in told] == [False, True, True]
    assert {(one["aspect"], one["mark"], one["unit"]) for one in told} == {("attitude", 1, "mediation_committee")}
    assert "conduct_overdue" in timeline(room)
    room.act("A1", "attitude_supervised", {"finding": "经核查属实。"}, role=Role.LEADER, person="p2")
    room.pass_time(timedelta(days=21))
    room.run("remind_of_conduct")
    assert len(room.told("conduct_referred.v1")) == len(told)


def test_a_second_low_mark_gives_nobody_more_time_to_look_into_the_first(room: Room, conclude: Say, rate: Rate) -> None:
    conclude(by="handler-1")
    rate(BAD, attitude=1)
    first = room.clocks("A1")["attitude_supervision"].started_at
    room.pass_time(timedelta(days=3))
    conclude(by="handler-1")
    rate(GOOD, attitude=2)

    assert room.clocks("A1")["attitude_supervision"].started_at == first
    assert room.case("A1").details["conduct"]["attitude"]["mark"] == 2


def test_an_answer_on_the_spot_is_rated_too(room: Room, rate: Rate) -> None:
    room.hear("intake.appeal_answered.v1", "A1", ANSWERED)
    assert room.told("callback_due.v1")[0]["mechanism"] == "intake"

    rate(GOOD)

    assert (room.state("A1"), room.told("appeal_closed.v1")[0]["outcome"]) == ("closed", "explained")


def test_an_answer_on_the_spot_is_called_by_its_number_whichever_letter_comes_first(room: Room) -> None:
    key, told = "routing.answer_ledgered.v1", {"number": "彭李诉〔2026〕000009号"}
    room.hear("intake.appeal_answered.v1", "A1", ANSWERED)
    for subject in ("A1", "A2"):
        room.hear(key, subject, told)
    assert [one.kind for one in room.parked()] == ["not_yet"]
    room.hear("intake.appeal_answered.v1", "A2", ANSWERED)
    room.now += timedelta(minutes=5)
    room.inbox.heal()

    assert [room.case(subject).number for subject in ("A1", "A2")] == ["彭李诉〔2026〕000009号"] * 2


def test_an_answer_on_the_spot_that_is_not_accepted_is_given_again_by_intake(room: Room, rate: Rate) -> None:
    for number in (1, 2, 3):
        room.hear("intake.appeal_answered.v1", "A1", ANSWERED)
        rate(BAD)
        assert [order["mechanism"] for order in room.told("rework_ordered.v1")] == ["intake"] * number
    room.hear("intake.appeal_answered.v1", "A1", ANSWERED)
    rate(BAD)

    assert room.state("A1") == "supervised"


@pytest.mark.parametrize(("claims", "says"), [(True, False), (False, True)])
def test_what_the_resident_says_never_touches_what_the_handler_claims(
    room: Room, conclude: Say, rate: Rate, *, claims: bool, says: bool
) -> None:
    conclude(handler_claims_solved=claims)

    rate(GOOD, solved=says)

    case = room.case("A1")
    assert (case.handler_claims_solved, case.citizen_says_solved) == (claims, says)
    [rated] = room.told("appeal_rated.v1")
    assert (rated["handler_claims_solved"], rated["solved"]) == (claims, says)


def test_what_is_rated_already_is_not_rated_again(conclude: Say, rate: Rate) -> None:
    conclude()
    rate(GOOD)

    with pytest.raises(RefusedError, match="can't be rated any more"):
        rate(BAD)


def test_a_conclusion_heard_twice_is_one_callback(room: Room, conclude: Say) -> None:
    conclude()
    conclude()

    assert len(room.told("callback_due.v1")) == 1
    assert (room.parked(), timeline(room)) == ([], ["opened", "concluded_besides"])


def test_an_answer_and_a_conclusion_of_the_same_appeal_are_one_callback_in_either_order(
    room: Room, conclude: Say
) -> None:
    for subject, order in zip(("A1", "A2"), permutations(("answered", "concluded")), strict=True):
        for what in order:
            if what == "answered":
                room.hear("intake.appeal_answered.v1", subject, ANSWERED)
            else:
                conclude(subject=subject)

    assert [len(room.told("callback_due.v1", subject)) for subject in ("A1", "A2")] == [1, 1]
    assert room.parked() == []


@pytest.mark.parametrize("marks", [None, BAD])
def test_who_takes_his_appeal_back_is_not_asked_and_not_waited_for(
    room: Room, conclude: Say, rate: Rate, marks: dict[str, Any] | None
) -> None:
    conclude()
    if marks:
        rate(marks)

    room.hear("intake.appeal_withdrawn.v1", "A1", {"appeal_id": "A1", "reason": "已自行解决"})
    conclude()

    assert (room.state("A1"), room.told("appeal_closed.v1")[0]["end"], room.parked()) == ("closed", "withdrawn", [])


@pytest.mark.parametrize(
    "ended",
    [
        (
            "intake.appeal_withdrawn.v1",
            {"appeal_id": "A1", "reason": "已自行解决", "number": "N1", "title": "路灯不亮"},
        ),
        ("routing.refusal_ledgered.v1", {"number": "N1", "title": "路灯不亮"}),
    ],
)
@pytest.mark.parametrize("dispatched", [False, True])
def test_whom_nobody_asks_has_the_number_and_the_matter_that_are_known(
    room: Room, ended: tuple[str, dict[str, Any]], *, dispatched: bool
) -> None:
    key, told = ended
    if dispatched:
        # As it was told before an ending named them.
        room.hear("routing.appeal_dispatched.v1", "A1", {"mechanism": "mediation", "number": "N1", "title": "路灯不亮"})
        told = {**told, "title": ""} | ({"number": ""} if "reason" in told else {})

    room.hear(key, "A1", told)

    case = room.case("A1")
    assert (case.state, case.number, case.title) == ("never_asked", "N1", "路灯不亮")


def test_a_conclusion_that_comes_after_the_withdrawal_asks_nobody(room: Room, conclude: Say) -> None:
    room.hear("intake.appeal_withdrawn.v1", "A1", {"appeal_id": "A1", "reason": ""})
    conclude(subject="A1")

    assert (room.state("A1"), room.told(), room.parked()) == ("never_asked", [], [])


@pytest.mark.parametrize("asked_already", [False, True], ids=["before", "after the promise ran out"])
def test_nobody_is_asked_after_the_promise_of_what_was_refused_after_its_dispatch(
    room: Room, *, asked_already: bool
) -> None:
    due = Clock(name="finish", started_at=room.now, limit=1, unit=Unit.HOUR, basis="x", zh="办结", en="Finish")
    room.hear("routing.appeal_dispatched.v1", "A1", {"mechanism": "mediation", "clocks": [due.to_dict()]})
    if asked_already:
        room.pass_time(timedelta(hours=2))
        room.run("ask_after_deadlines")
        assert room.state("A1") == "progress_call_due"
    room.hear("intake.appeal_not_accepted.v1", "A1", {"appeal_id": "A1", "reply": "请向法院起诉。"})
    room.hear("routing.refusal_ledgered.v1", "A1", {"number": "彭李诉〔2026〕000009号"})

    room.pass_time(timedelta(hours=2))
    room.run("ask_after_deadlines")

    assert len(room.told("progress_call_due.v1")) == asked_already
    with room.database.read() as session:
        states = session.scalars(select(room.blueprint.case.state)).all()
    assert states == ["never_asked"]
    assert ("not_accepted" in timeline(room), "withdrawn" in timeline(room)) == (asked_already, False)


REFUSED = ("intake.appeal_not_accepted.v1", {"appeal_id": "A1", "reply": "请向法院起诉。"})
REFUSAL_STANDS = ("routing.refusal_ledgered.v1", {"number": "彭李诉〔2026〕000009号"})


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_a_conclusion_that_crosses_a_refusal_which_the_ledger_ended_with_is_asked_about_of_nobody(
    room: Room, conclude: Say, order: tuple[int, ...]
) -> None:
    for place in order:
        if place:
            room.hear((REFUSED, REFUSAL_STANDS)[place - 1][0], "A1", (REFUSED, REFUSAL_STANDS)[place - 1][1])
        else:
            conclude(subject="A1")
        room.now += timedelta(seconds=2)

    assert (room.state("A1"), room.parked()) == ("never_asked", [])
    assert "running" not in {clock.state for clock in room.clocks("A1").values()}


@pytest.mark.parametrize("early", [False, True])
def test_a_refusal_that_crosses_a_conclusion_which_the_ledger_ended_with_spares_nobody_the_call(
    room: Room, conclude: Say, *, early: bool
) -> None:
    steps: list[Any] = [lambda: room.hear(REFUSED[0], "A1", REFUSED[1]), lambda: conclude(subject="A1")]
    for step in steps if early else reversed(steps):
        step()

    assert (room.state("A1"), room.parked()) == ("callback_due", [])


def test_who_withdrew_before_he_was_to_be_asked_is_in_no_denominator(room: Room) -> None:
    room.hear("intake.appeal_withdrawn.v1", "A1", {"appeal_id": "A1"})

    until = room.now + timedelta(days=9)
    period = Period(room.now - timedelta(days=1), until, until)
    with room.database.read() as session:
        found = courses(session, room.blueprint.store.timeline, period)
    total = figures(found, period, formulas()[0]).total

    assert {
        name: (rate.denominator, rate.left_out) for name, rate in total.items() if rate.left_out or rate.denominator
    } == {}


# -- exclusion ---------------------------------------------------------------------

PROPOSAL = {"ground": "untrue", "why": "两次现场核查均未发现所述情况。", "evidence": ["核查记录", "现场照片"]}
GRANTED = {"granted": True, "opinion": "经复核与事实不符，不计入考核。"}


def test_an_appeal_is_excluded_with_evidence_by_two_people_and_it_is_told(room: Room, conclude: Say) -> None:
    conclude()
    room.act("A1", "exclusion_proposed", PROPOSAL, role=Role.DESK, person="desk-1")
    assert (room.case("A1").excluded_as, room.told("exclusion_decided.v1")) == ("", [])

    room.act("A1", "exclusion_decided", GRANTED, role=Role.REVIEWER, person="reviewer-1")

    case = room.case("A1")
    assert (case.state, case.excluded_as) == ("callback_due", "untrue")
    assert case.details["exclusion"] == {
        **PROPOSAL,
        "proposed_by": "desk-1",
        "proposed_by_name": "工作人员desk-1",
        "proposed_at": "2026-11-23T01:00:00+00:00",
        "decision": "granted",
        "opinion": GRANTED["opinion"],
        "reviewed_by": "reviewer-1",
        "decided_at": "2026-11-23T01:00:00+00:00",
    }
    [told] = room.told("exclusion_decided.v1")
    assert (told["ground"], told["granted"], told["opinion"]) == ("untrue", True, GRANTED["opinion"])
    assert (told["mechanism"], told["unit"]) == ("mediation", "mediation_committee")


@pytest.mark.parametrize("person", ["desk-1", "handler-1", "handler-2"])
def test_neither_proposer_nor_any_handler_decides_an_exclusion(
    room: Room, conclude: Say, rate: Rate, person: str
) -> None:
    conclude(by="handler-1")
    rate(BAD)
    conclude(by="handler-2")
    room.act("A1", "exclusion_proposed", PROPOSAL, role=Role.DESK, person="desk-1")

    with pytest.raises(RefusedError, match="neither who proposed"):
        room.act("A1", "exclusion_decided", GRANTED, role=Role.REVIEWER, person=person)

    assert room.case("A1").excluded_as == ""


def test_an_exclusion_that_was_turned_down_may_be_proposed_again_and_one_granted_not(room: Room, conclude: Say) -> None:
    conclude()
    with pytest.raises(RefusedError, match="no exclusion is proposed"):
        room.act("A1", "exclusion_decided", GRANTED, role=Role.LEADER, person="leader-1")

    for granted in (False, True):
        room.act("A1", "exclusion_proposed", PROPOSAL, role=Role.DESK, person="desk-1")
        room.act("A1", "exclusion_decided", {**GRANTED, "granted": granted}, role=Role.LEADER, person="leader-1")

    assert [told["granted"] for told in room.told("exclusion_decided.v1")] == [False, True]
    with pytest.raises(RefusedError, match="proposed or granted already"):
        room.act("A1", "exclusion_proposed", PROPOSAL, role=Role.DESK, person="desk-1")


def test_a_file_waits_for_the_decision_on_its_exclusion_and_is_then_archived(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(GOOD)
    room.act("A1", "exclusion_proposed", PROPOSAL, role=Role.DESK, person="desk-1")
    assert room.clocks("A1")["reopening"].state == "running"
    room.pass_time(timedelta(days=31))
    assert room.state("A1") == "closed"

    room.act("A1", "exclusion_decided", GRANTED, role=Role.REVIEWER, person="reviewer-1")
    room.pass_time(timedelta(minutes=1))

    assert room.state("A1") == "archived"


# -- archiving ---------------------------------------------------------------------


def test_a_closed_appeal_is_archived_when_the_time_to_come_back_on_it_is_over(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(GOOD)
    ended = room.case("A1").ended_at
    room.pass_time(timedelta(days=29))
    before = (room.state("A1"), room.told("appeal_archived.v1"))

    room.pass_time(timedelta(days=2))

    [archived] = room.told("appeal_archived.v1")
    assert before == ("closed", [])
    assert (room.state("A1"), archived["end"], archived["rounds"]) == ("archived", "rated", 1)
    assert room.case("A1").ended_at == ended


def test_every_way_to_the_end_leads_into_the_archive(room: Room, conclude: Say, rate: Rate) -> None:
    for subject in ("A1", "A2", "A3"):
        conclude(subject=subject)
    rate(GOOD)
    room.hear("intake.appeal_withdrawn.v1", "A2", {"appeal_id": "A2", "reason": "已自行解决"})

    room.pass_time(timedelta(days=8))
    room.run("draw_consequences")
    room.pass_time(timedelta(days=31))

    assert [told["end"] for told in room.told("appeal_archived.v1")] == ["rated", "withdrawn", "unrated"]
    assert {room.state(subject) for subject in ("A1", "A2", "A3")} == {"archived"}


def test_a_file_without_a_reply_stays_out_of_the_archive_and_says_why(room: Room, conclude: Say, rate: Rate) -> None:
    conclude(reply="")
    rate(GOOD)

    room.pass_time(timedelta(days=31))

    assert room.state("A1") == "closed"
    assert room.told("appeal_archived.v1") == []
    table = room.blueprint.store.timeline
    with room.database.read() as session:
        last = session.execute(table.select().order_by(table.c.seq.desc())).first()
    assert last is not None
    assert (last.trigger, last.form["clock"]) == ("clock_ignored", "归档前等待")
    assert "缺少答复" in last.form["reason"]


def test_many_ratings_are_all_followed_up(room: Room, conclude: Say) -> None:
    for number in range(5):
        conclude(subject=f"B{number}")
        marks = BAD if number % 2 else GOOD
        room.act(f"B{number}", "rated", marks, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")

    assert [room.state(f"B{number}") for number in range(5)] == ["closed", "rework", "closed", "rework", "closed"]


def test_a_rating_of_which_nothing_can_be_made_does_not_keep_the_others_waiting(room: Room, conclude: Say) -> None:
    for number in range(3):
        conclude(subject=f"B{number}")
        room.act(f"B{number}", "rated", GOOD, role=Role.PUBLIC, person="resident")
    with room.database.write() as session:
        broken = room.case("B0")
        session.add(broken)
        broken.details = {name: value for name, value in broken.details.items() if name != "rated"}

    [chore] = [one for one in room.blueprint.chores if one.method == "draw_consequences"]
    take_apart(room.database, room.blueprint, room.service, chore, Setbacks(), room.now)

    assert [room.state(f"B{number}") for number in range(3)] == ["rated", "closed", "closed"]
    assert told(room).count("appeal_closed.v1") == 2


def test_whom_to_call_is_kept_sealed(room: Room, conclude: Say) -> None:
    conclude()
    room.hear("intake.petitioner_disclosed.v1", "A1", {"appeal_id": "A1", "to": "feedback", "sealed": "a.jwe"})
    room.hear("intake.petitioner_disclosed.v1", "A1", {"appeal_id": "A1", "to": "relief", "sealed": "another"})

    assert room.case("A1").details["sealed"] == "a.jwe"
    assert room.parked() == []


# -- rates -------------------------------------------------------------------------


def clock(name: str, room: Room, hours: int) -> dict[str, Any]:
    return Clock(name=name, started_at=room.now, limit=hours, unit=Unit.HOUR).to_dict()


def counts(room: Room, name: str) -> tuple[Any, ...]:
    period = Period(room.now - timedelta(days=9), room.now + timedelta(days=9), room.now + timedelta(days=9))
    with room.database.read() as session:
        found = courses(session, room.blueprint.store.timeline, period)
    rate = figures(found, period, formulas()[0], by="category")
    assert {*rate.groups} <= {"", "0101"}
    return rate.total[name].numerator, rate.total[name].denominator, dict(rate.total[name].left_out)


def test_the_rates_are_made_of_what_others_told_and_what_was_done_here(room: Room, conclude: Say, rate: Rate) -> None:
    clocks = [clock("sign_in", room, 1), clock("first_contact", room, 2), clock("finish", room, 9)]
    sent = {"mechanism": "mediation", "lead_unit": "committee", "category": "0101", "clocks": clocks}
    letters: list[tuple[str, str, dict[str, Any]]] = [
        ("mediation.case_contacted.v1", "A1", {}),
        ("mediation.case_accepted.v1", "A1", {}),
        ("routing.appeal_dispatched.v1", "A1", sent),
        ("routing.appeal_dispatched.v1", "A2", sent),
        ("mediation.case_return_requested.v1", "A2", {}),
        ("routing.return_decided.v1", "A2", {"mechanism": "mediation", "granted": True}),
        ("routing.appeal_dispatched.v1", "A3", sent),
        (
            "routing.extension_decided.v1",
            "A3",
            {"mechanism": "mediation", "granted": True, "clocks": [clock("finish", room, 10**3)]},
        ),
    ]
    for key, subject, told in letters:
        room.hear(key, subject, told)
    conclude(handler_claims_solved=True)
    rate(BAD)

    assert room.parked() == []
    assert counts(room, "on_the_spot") == (0, 3, {})
    assert counts(room, "response") == (1, 2, {"returned": 1})
    assert counts(room, "return") == (1, 3, {})
    assert counts(room, "completion") == (1, 2, {})
    assert counts(room, "resolution") == (0, 1, {})
    assert counts(room, "unconfirmed") == (1, 1, {})
    assert counts(room, "rework") == (1, 1, {})


def test_an_excluded_appeal_leaves_the_rates_under_its_class(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()
    rate(GOOD)
    assert counts(room, "resolution") == (1, 1, {})

    room.act("A1", "exclusion_proposed", PROPOSAL, role=Role.DESK, person="desk-1")
    room.act("A1", "exclusion_decided", GRANTED, role=Role.REVIEWER, person="reviewer-1")

    assert counts(room, "resolution") == (0, 0, {"untrue": 1})


def test_the_rates_are_counted_in_postgresql_too(tmp_path: Path, database_url: str) -> None:
    database = Database(database_url, "feedback")
    migrate.upgrade(database, blueprint.read(FeedbackService))
    assert migrate.differences(database, Base.metadata) == []
    database.close()
    room = Room(FeedbackService, tmp_path, database_url)
    clocks = [clock("sign_in", room, 1), clock("finish", room, 9)]
    sent = {"mechanism": "mediation", "lead_unit": "committee", "category": "0101", "clocks": clocks}
    room.hear("routing.appeal_dispatched.v1", "A1", sent)
    room.hear("mediation.case_accepted.v1", "A1", {})
    room.hear("mediation.case_concluded.v1", "A1", CONCLUDED)
    room.act("A1", "rated", GOOD, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")

    found = [counts(room, name) for name in ("response", "completion", "resolution", "callback")]
    room.database.close()

    assert found == [(1, 1, {})] * 4


def test_a_number_that_a_resident_writes_is_told_to_nobody_and_is_masked_until_it_is_opened(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(BAD, comment="没修好，请打 13800000000")

    [rework] = room.told("rework_ordered.v1")
    assert rework["reason"].startswith("没修好，请打 138")
    assert "13800000000" not in str(room.told())
    shown = room.blueprint.veil.over_details(room.case("A1").details)
    assert "13800000000" not in str(shown)
    assert "13800000000" in str(room.case("A1").details["rated"])
