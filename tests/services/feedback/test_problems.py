"""What becomes of a problem order (问题工单), and what a rework promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.clocks import Bound, Clock, Period, Unit
from chassis.testing import Room
from chassis.workcalendar import local, standard_calendar
from chassis.workflow import RefusedError, Role
from services.feedback import rates
from services.feedback.service import courses
from tests.services.feedback.conftest import ANSWERED, BAD, CONCLUDED, GOOD, REQUIRED, Rate, Say

#: The promise by urgency, as the ledger dispatches by it: sign in, first contact, finish.
URGENCIES = {
    "I": ("15min", "30min", "2h"),
    "II": ("30min", "2h", "24h"),
    "III": ("4wh", "1wd", "5wd"),
    "III-c": ("4wh", None, "1wd"),
    "IV": ("1wd", "1wd", "15wd"),
}
NAMES = ("sign_in", "first_contact", "finish")


@pytest.fixture
def problem(room: Room, conclude: Say, rate: Rate) -> Room:
    """Give an appeal that was reworked three times in vain."""
    for _ in range(4):
        conclude(by="handler-1")
        rate(BAD)
    assert room.state("A1") == "supervised"
    return room


def dispatch(room: Room, urgency: str = "III", bound: datetime | None = None, **changed: Any) -> None:
    outside = Bound(bound, "来源工单截止时间", "Deadline of the order") if bound else None
    clocks = []
    for name, text in zip(NAMES, URGENCIES[urgency], strict=True):
        for period in Period.parse(text) if text else ():
            clock = Clock(
                name=name, started_at=room.now, limit=period.count, unit=period.unit, zh=f"{name}（{urgency}）"
            )
            clocks.append(clock if name != "finish" else Clock.from_dict({**clock.to_dict(), **_of(outside)}))
    sent = {"mechanism": "mediation", "lead_unit": "mediation_committee", "number": "彭李诉〔2026〕000001号"}
    told = {**sent, "clocks": [clock.to_dict() for clock in clocks], **changed}
    room.hear("routing.appeal_dispatched.v1", "A1", told)


def _of(bound: Bound | None) -> dict[str, Any]:
    if bound is None:
        return {}
    return {"bound": {"at": bound.at.isoformat(), "zh": bound.zh, "en": bound.en}}


def ordered(room: Room) -> dict[str, Clock]:
    """Return the clocks that the newest rework was ordered with."""
    return {row["name"]: Clock.from_dict(row) for row in room.told("rework_ordered.v1")[-1]["clocks"]}


def due(clock: Clock) -> datetime:
    return clock.due_at(standard_calendar())


# -- a problem order ---------------------------------------------------------------


def test_a_leader_has_a_problem_order_handled_again_and_its_resident_is_called_back(
    problem: Room, conclude: Say, rate: Rate
) -> None:
    by_when = problem.now + timedelta(days=2)
    problem.act("A1", "rework_required", {**REQUIRED, "required_due_at": by_when.isoformat()}, role=Role.LEADER)

    order = problem.told("rework_ordered.v1")[-1]
    assert (problem.state("A1"), order["round"], order["ground"]) == ("rework", 4, "supervision")
    assert order["reason"] == "由城建办牵头重新排查，当面答复。（督办领导：分管城建的领导）"
    assert due(ordered(problem)["required"]) == by_when
    assert {problem.clocks("A1")[name].state for name in ("supervision", "supervision_alarm")} == {"stopped"}
    conclude(by="handler-2")
    assert problem.state("A1") == "callback_due"
    rate(GOOD)
    [closed] = problem.told("appeal_closed.v1")
    assert (closed["end"], closed["rounds"]) == ("rated", 5)


def test_what_was_handled_again_in_vain_is_a_problem_order_once_more(problem: Room, conclude: Say, rate: Rate) -> None:
    problem.act("A1", "rework_required", REQUIRED, role=Role.LEADER)
    conclude()
    rate(BAD)

    assert problem.state("A1") == "supervised"
    assert [one["reworks"] for one in problem.told("problem_ordered.v1")] == [3, 4]
    assert problem.clocks("A1")["supervision_alarm"].state == "running"


@pytest.mark.parametrize(("marks", "end"), [(GOOD, "rated"), (BAD, "supervised"), (None, "unrated")])
def test_a_leader_answers_a_problem_order_himself_and_it_ends_only_after_its_resident_was_asked(
    problem: Room, rate: Rate, marks: dict[str, Any] | None, end: str
) -> None:
    asked = len(problem.told("callback_due.v1"))
    problem.act("A1", "supervision_answered", ANSWERED, role=Role.LEADER, person="leader-1")

    [answered] = problem.told("problem_answered.v1")
    assert (answered["reply"], answered["outcome"]) == (ANSWERED["reply"], "explained")
    assert answered["by_name"] == "工作人员leader-1"
    assert (problem.state("A1"), problem.told("appeal_closed.v1")) == ("callback_due", [])
    assert problem.clocks("A1")["callback"].state == "running"
    assert [one["round"] for one in problem.told("callback_due.v1")[asked:]] == [5]
    if marks:
        rate(marks)
    else:
        problem.pass_time(timedelta(days=8))
        problem.run("draw_consequences")
    [closed] = problem.told("appeal_closed.v1")
    assert (problem.state("A1"), closed["end"], closed["rounds"]) == ("closed", end, 4)
    assert len(problem.told("rework_ordered.v1")) == 3


def test_what_a_leader_has_answered_is_no_conclusion_of_the_mechanism_when_it_is_opened_again(
    problem: Room, conclude: Say, rate: Rate
) -> None:
    problem.act("A1", "supervision_answered", ANSWERED, role=Role.LEADER)
    rate(GOOD)
    problem.act("A1", "reopened", {"what_is_new": "又坏了，请来看看。"}, role=Role.PUBLIC, person="resident")
    problem.run("draw_consequences")

    order = problem.told("rework_ordered.v1")[-1]
    assert (order["round"], order["reopens"], order["ground"]) == (4, True, "brought_again")
    conclude()
    rate(GOOD)
    assert [one["rounds"] for one in problem.told("appeal_closed.v1")] == [4, 5]


@pytest.mark.parametrize(("trigger", "form"), [("rework_required", REQUIRED), ("supervision_answered", ANSWERED)])
def test_who_has_handled_it_decides_on_no_problem_order(problem: Room, trigger: str, form: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="own work"):
        problem.act("A1", trigger, form, role=Role.LEADER, person="handler-1")

    assert problem.state("A1") == "supervised"


def test_the_leader_who_has_answered_does_not_call_back_about_it(problem: Room) -> None:
    problem.act("A1", "supervision_answered", ANSWERED, role=Role.LEADER, person="leader-1")

    with pytest.raises(RefusedError, match="somebody else"):
        problem.act("A1", "rated", GOOD, role=Role.OPERATOR, person="leader-1")


def test_nothing_is_required_by_a_time_that_is_over(problem: Room) -> None:
    over = {**REQUIRED, "required_due_at": problem.now.isoformat()}

    with pytest.raises(RefusedError, match="over already"):
        problem.act("A1", "rework_required", over, role=Role.LEADER)

    assert (problem.state("A1"), len(problem.told("rework_ordered.v1"))) == ("supervised", 3)


@pytest.mark.parametrize("days", [61, 365 * 40])
def test_a_time_years_ahead_is_refused_and_nothing_is_lost(problem: Room, days: int) -> None:
    far = {**REQUIRED, "required_due_at": (problem.now + timedelta(days=days)).isoformat()}

    with pytest.raises(RefusedError, match="within 60 days"):
        problem.act("A1", "rework_required", far, role=Role.LEADER)

    assert (problem.state("A1"), len(problem.told("rework_ordered.v1"))) == ("supervised", 3)


def test_a_problem_order_that_no_leader_decides_on_is_told_of_each_time_its_time_is_over(problem: Room) -> None:
    for _ in range(21):
        problem.pass_time(timedelta(days=1))

    told = problem.told("problem_ordered.v1")
    # 21 days from Monday on: the fifth, the tenth and the fifteenth working day are over.
    assert [one["overdue"] for one in told] == [False, True, True]
    assert {(one["ground"], one["reworks"]) for one in told} == {("reworks", 3)}
    assert problem.clocks("A1")["supervision"].state == "running"
    assert problem.case("A1").due_at < problem.now
    problem.act("A1", "rework_required", REQUIRED, role=Role.LEADER)
    problem.pass_time(timedelta(days=21))
    assert len(problem.told("problem_ordered.v1")) == len(told)


def test_who_takes_a_problem_order_back_is_asked_no_more(problem: Room) -> None:
    problem.hear("intake.appeal_withdrawn.v1", "A1", {"appeal_id": "A1", "reason": "已自行解决"})

    assert (problem.state("A1"), problem.told("appeal_closed.v1")[0]["end"]) == ("closed", "withdrawn")


def test_the_last_word_on_a_leaders_answer_counts_for_whose_work_it_was(problem: Room, rate: Rate) -> None:
    problem.act("A1", "supervision_answered", ANSWERED, role=Role.LEADER)
    rate(GOOD)
    until = problem.now + timedelta(days=1)
    period = rates.Period(problem.now - timedelta(days=9), until, until)
    with problem.database.read() as session:
        found = courses(session, problem.blueprint.store.timeline, period)

    groups = rates.figures(found, period, rates.formulas()[0], by="unit").groups

    resolution = groups["mediation_committee"]["resolution"]
    assert (int(resolution.numerator), resolution.denominator) == (1, 1)


# -- the promise of a rework ---------------------------------------------------------


@pytest.mark.parametrize("urgency", URGENCIES)
def test_a_rework_is_signed_in_contacted_and_finished_by_its_urgency_as_at_first(
    room: Room, conclude: Say, rate: Rate, urgency: str
) -> None:
    dispatch(room, urgency)
    conclude()
    # A Saturday night: hours run on, working days do not.
    room.now = datetime.fromisoformat("2026-11-28T22:00:00+08:00")
    rate(BAD)

    clocks = ordered(room)
    said = {name: str(Period(clock.limit, clock.unit)) for name, clock in clocks.items()}
    assert said == {name: text for name, text in zip(NAMES, URGENCIES[urgency], strict=True) if text}
    assert {clock.started_at for clock in clocks.values()} == {room.now}
    assert due(room.clocks("A1")["rework"]) == due(clocks["finish"])
    assert room.case("A1").due_at == due(clocks["finish"])
    if urgency == "I":
        assert f"{local(due(clocks['finish'])):%m-%d %H:%M}" == "11-29 00:00"


@pytest.mark.parametrize(("bound_in", "moved_to", "expected"), [(3, None, 3), (3, 4, 4), (1, None, None), (1, 3, 3)])
def test_the_end_that_a_sender_has_set_stays_in_force_while_it_lies_ahead(
    room: Room, conclude: Say, rate: Rate, bound_in: int, moved_to: int | None, expected: int | None
) -> None:
    began = room.now
    dispatch(room, "IV", began + timedelta(days=bound_in))
    if moved_to:
        bound = Bound(began + timedelta(days=moved_to), "来源工单截止时间", "Deadline of the order")
        finish = Clock(name="finish", started_at=began, limit=15, unit=Unit.WORKDAY, bound=bound)
        granted = {"mechanism": "mediation", "granted": True, "clocks": [finish.to_dict()]}
        room.now += timedelta(hours=1)
        room.hear("routing.extension_decided.v1", "A1", granted)
    conclude()
    room.now = began + timedelta(days=2)
    rate(BAD)

    finish = ordered(room)["finish"]
    if expected is None:
        assert (finish.bound, due(finish) > room.now + timedelta(days=14)) == (None, True)
    else:
        assert due(finish) == began + timedelta(days=expected)


def test_more_time_that_was_granted_before_is_not_given_to_the_rework_as_well(
    room: Room, conclude: Say, rate: Rate
) -> None:
    dispatch(room, "II")
    clock = Clock(name="finish", started_at=room.now, limit=24, unit=Unit.HOUR)
    more = clock.extend(room.now, Period(24, Unit.HOUR), standard_calendar())
    granted = {"mechanism": "mediation", "granted": True, "clocks": [more.to_dict()]}
    room.hear("routing.extension_decided.v1", "A1", granted)
    conclude()
    rate(BAD)

    assert due(ordered(room)["finish"]) == room.now + timedelta(hours=24)


def test_what_was_dispatched_before_clocks_were_kept_or_to_another_has_the_time_of_the_legal_file(
    room: Room, conclude: Say, rate: Rate
) -> None:
    dispatch(room, "I", mechanism="property")
    conclude()
    rate(BAD)

    assert {name: (clock.limit, clock.unit) for name, clock in ordered(room).items()} == {"finish": (5, Unit.WORKDAY)}


def test_a_late_rework_is_called_about_by_the_promise_of_its_urgency(room: Room, conclude: Say, rate: Rate) -> None:
    dispatch(room, "I")
    conclude()
    rate(BAD)
    room.pass_time(timedelta(hours=1, minutes=59))
    room.run("ask_after_deadlines")
    before = room.state("A1")

    room.pass_time(timedelta(minutes=2))
    room.run("ask_after_deadlines")

    assert (before, room.state("A1")) == ("rework", "rework_call_due")


# -- what comes back from the hotline that sent it -----------------------------------


@pytest.mark.parametrize("how", ["asked", "content", "problem order"])
def test_an_order_that_the_hotline_sends_back_after_its_end_is_handled_again_once_with_its_ground(
    room: Room, conclude: Say, rate: Rate, how: str
) -> None:
    for marks in {"asked": (), "content": (GOOD,), "problem order": (BAD, BAD, BAD, BAD)}[how]:
        conclude(mechanism="hotline")
        rate(marks)
    if how == "asked":
        conclude(mechanism="hotline")
    before = len(room.told("rework_ordered.v1"))

    for _ in range(2):
        back = {"reasons": "未核实到位，发回重办", "after_end": True}
        room.hear("hotline.upstream_sent_back.v1", "A1", back)

    [order] = room.told("rework_ordered.v1")[before:]
    assert (room.state("A1"), order["mechanism"], order["ground"]) == ("rework", "hotline", "sent_back")
    assert (order["reason"], order["reopens"]) == ("未核实到位，发回重办", how == "content")


WITHDRAWN = ("intake.appeal_withdrawn.v1", {"appeal_id": "A1", "reason": "已自行解决"})
ENDED = ("hotline.case_concluded.v1", {**CONCLUDED, "number": "彭李诉〔2026〕000001号"})
BACK = ("hotline.upstream_sent_back.v1", {"reasons": "诉求人称未撤诉，发回重办", "after_end": True})
IN_HAND = ("hotline.upstream_sent_back.v1", {**BACK[1], "concluded": False})


@pytest.mark.parametrize(
    ("story", "rounds"),
    [
        ((ENDED, WITHDRAWN, BACK), 1),
        ((WITHDRAWN, ENDED, BACK), 1),
        ((WITHDRAWN, BACK, ENDED), 1),
        ((ENDED, BAD, WITHDRAWN, ENDED, BACK), 2),
        ((WITHDRAWN, IN_HAND), 1),
        ((IN_HAND, WITHDRAWN), 1),
    ],
    ids=[
        "asked already",
        "withdrawn first",
        "sent back heard first",
        "withdrawn in rework",
        "in hand",
        "in hand, early",
    ],
)
def test_what_its_petitioner_withdrew_is_handled_again_when_the_hotline_that_it_came_from_sends_it_back(
    room: Room, rate: Rate, story: tuple[Any, ...], rounds: int
) -> None:
    for step in story:
        if step is BAD:
            rate(BAD)
        else:
            room.hear(step[0], "A1", step[1])
        room.now += timedelta(seconds=5)
    for _ in range(9):
        room.now += timedelta(seconds=30)
        room.inbox.heal()

    order = room.told("rework_ordered.v1")[-1]
    assert (room.state("A1"), room.parked()) == ("rework", [])
    assert (order["ground"], order["round"], order["reopens"]) == ("sent_back", rounds, True)
    assert (order["mechanism"], order["reason"]) == ("hotline", "诉求人称未撤诉，发回重办")
    room.hear(ENDED[0], "A1", ENDED[1])
    assert (room.state("A1"), room.case("A1").number) == ("callback_due", "彭李诉〔2026〕000001号")
    rate(GOOD)
    assert room.told("appeal_closed.v1")[-1]["rounds"] == rounds + 1


def test_an_order_that_is_still_in_hand_when_it_is_sent_back_is_no_rework(room: Room, conclude: Say) -> None:
    conclude(mechanism="hotline")

    room.hear("hotline.upstream_sent_back.v1", "A1", {"reasons": "未核实到位，发回重办", "after_end": False})

    assert (room.state("A1"), room.told("rework_ordered.v1")) == ("callback_due", [])
