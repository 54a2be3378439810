"""A dispatched appeal that is found more or less urgent (改级): its promise is counted anew, and nothing late is in time by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import Room
from chassis.workflow import RefusedError
from services.routing.workflow import LEDGER
from tests.services.routing.conftest import Say, Walk

REGISTERED = "intake.appeal_registered.v1"
#: Told as a danger; the unit finds that it is none.
ALARM = {"title": "", "text": "楼道里烧起来了，下不去，快来人"}
CALM: dict[str, Any] = {
    "regraded": {"urgency": "III", "severity": "moderate", "reason": "现场核实是熏腊肉，请回电13812345678，不是险情"}
}


def due(room: Room, name: str = "finish") -> Any:
    return room.clocks("A1")[name].due_at(room.blueprint.calendar)


@pytest.fixture
def alarm(room: Room, say: Say) -> Room:
    say(REGISTERED, **ALARM)
    assert (room.case("A1").urgency, room.state("A1")) == ("I", "dispatched")
    return room


def test_a_false_alarm_is_called_ordinary_and_its_promise_counts_from_when_it_was_made(alarm: Room, walk: Walk) -> None:
    began = alarm.clocks("A1")["finish"].started_at
    alarm.pass_time(timedelta(minutes=10))

    walk("regraded", **CALM)

    clock = alarm.clocks("A1")["finish"]
    assert (clock.started_at, clock.limit, clock.unit.value) == (began, 5, "workday")
    assert alarm.case("A1").urgency == "III"
    [told] = alarm.told("appeal_regraded.v1")
    assert (told["was_urgency"], told["urgency"], told["severity"]) == ("I", "III", "moderate")
    assert (alarm.told("appeal_dispatched.v1")[0]["extension_workdays"], told["extension_workdays"]) == (0, 10)
    assert told["reason"] == "现场核实是熏腊肉，请回电138****5678，不是险情"
    assert {row["name"] for row in told["clocks"]} == {"sign_in", "first_contact", "finish"}


def test_the_page_the_ledger_and_the_explanation_show_who_regraded_it_and_why(alarm: Room, walk: Walk) -> None:
    walk("regraded", **CALM)

    case = alarm.case("A1")
    [said] = case.details["regrades"]
    assert (said["was_urgency"], said["urgency"], bool(said["by_name"])) == ("I", "III", True)
    assert case.details["severity"] == case.severity == "moderate"
    assert case.details["explanation"][-1]["result"] == "regraded"
    assert "特急" in case.details["explanation"][-1]["zh"]
    assert "熏腊肉" in str([one for one in alarm.page("A1")["timeline"] if one["trigger"] == "regraded"])


def test_what_was_carded_stays_carded_and_what_has_run_out_stays_late(alarm: Room, walk: Walk) -> None:
    alarm.pass_time(timedelta(hours=3))
    alarm.run("watch_promises")
    cards, late = alarm.told("card_issued.v1"), due(alarm)

    walk("regraded", **CALM)

    assert [one["light"] for one in cards][-1:] == ["red"]
    assert due(alarm) == late
    alarm.pass_time(timedelta(minutes=5))
    alarm.run("watch_promises")
    assert alarm.told("card_issued.v1") == cards
    [told] = alarm.told("appeal_regraded.v1")
    assert told["clocks"] == []
    assert alarm.case("A1").urgency == "III"


def test_the_new_promise_is_urged_and_carded_by_its_own_end(alarm: Room, walk: Walk) -> None:
    alarm.pass_time(timedelta(minutes=61))
    alarm.run("watch_promises")
    urged = len(alarm.told("appeal_urged.v1"))
    assert urged

    walk("regraded", **CALM)

    alarm.pass_time(timedelta(hours=3))
    alarm.run("watch_promises")
    assert len([one for one in alarm.told("appeal_urged.v1") if one["clock"] == "finish"]) == 1
    for _ in range(14):
        alarm.pass_time(timedelta(days=1))
        alarm.run("watch_promises")
    assert [one["light"] for one in alarm.told("card_issued.v1")] == ["yellow", "red"]
    assert len([one for one in alarm.told("appeal_urged.v1") if one["clock"] == "finish"]) == 2


def test_what_is_found_a_danger_later_has_its_whole_time_from_then(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    room.pass_time(timedelta(days=1))

    walk("regraded", regraded={"urgency": "I", "severity": "serious", "reason": "对方持刀上门威胁"})

    assert due(room) == room.now + timedelta(hours=2)


def test_what_is_called_a_danger_and_ordinary_again_has_no_more_time_than_at_first(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED)
    first, began = due(room), room.clocks("A1")["finish"].started_at
    ordinary = {name: room.case("A1").details[name] for name in ("urgency", "severity")}
    room.pass_time(timedelta(days=1))
    walk("regraded", regraded={"urgency": "I", "severity": "serious", "reason": "对方持刀上门威胁"})
    anew = room.clocks("A1")["finish"].started_at

    walk("regraded", regraded={**ordinary, "reason": "核实后不是险情"})

    assert due(room) == first
    [finish] = [row for row in room.told("appeal_regraded.v1")[-1]["clocks"] if row["name"] == "finish"]
    assert (finish["started_at"], finish["instead_of"]) == (began.isoformat(), anew.isoformat())


def test_what_is_as_urgent_as_before_moves_no_clock_and_is_not_urged_again(alarm: Room, walk: Walk) -> None:
    alarm.pass_time(timedelta(minutes=61))
    alarm.run("watch_promises")
    urged = alarm.told("appeal_urged.v1")

    walk("regraded", regraded={"urgency": "I", "severity": "moderate", "reason": "险情已经缓解，仍须尽快处理"})

    [told] = alarm.told("appeal_regraded.v1")
    assert told["clocks"] == []
    alarm.pass_time(timedelta(minutes=1))
    alarm.run("watch_promises")
    assert alarm.told("appeal_urged.v1") == urged


def test_what_was_taken_on_is_not_to_be_signed_for_again(alarm: Room, say: Say, walk: Walk) -> None:
    mechanism = alarm.case("A1").mechanism
    say(f"{mechanism}.case_accepted.v1")

    walk("regraded", **CALM)

    assert {row["name"] for row in alarm.told("appeal_regraded.v1")[0]["clocks"]} == {"first_contact", "finish"}
    assert alarm.clocks("A1")["sign_in"].stopped_at is not None


def test_an_appeal_is_not_regraded_as_it_is_graded(alarm: Room, walk: Walk) -> None:
    case = alarm.case("A1")

    with pytest.raises(RefusedError, match="graded so already"):
        walk("regraded", regraded={"urgency": case.urgency, "severity": case.severity, "reason": "程度没有变化"})


def test_what_stands_still_is_not_regraded_before_it_runs_on(alarm: Room, say: Say, walk: Walk) -> None:
    case = alarm.case("A1")
    stands = alarm.clocks("A1")["finish"].suspend(alarm.now)
    told = {"clocks": [stands.to_dict()], "ground": "appraisal", "until": None, "at": alarm.now.isoformat()}
    say(f"{case.mechanism}.case_paused.v1", **told)

    with pytest.raises(RefusedError, match="stands still"):
        walk("regraded", **CALM)


@pytest.mark.parametrize("way", [("I",), ("I", "III")])
def test_an_interim_reply_that_crosses_a_regrade_closes_the_promise(
    room: Room, say: Say, walk: Walk, way: tuple[str, ...]
) -> None:
    say(REGISTERED)
    mechanism = room.case("A1").mechanism
    say(f"{mechanism}.case_accepted.v1")
    for urgency in way:
        promise = room.clocks("A1")["finish"]
        room.pass_time(timedelta(days=1) if urgency == "I" else timedelta(minutes=5))
        closed = promise.stop(room.now)
        walk("regraded", regraded={"urgency": urgency, "severity": "moderate", "reason": "现场情况有变化"})
    lawful = replace(promise, name="lawful", limit=60)

    due_at = lawful.due_at(room.blueprint.calendar).isoformat()
    say(
        f"{mechanism}.case_interim_replied.v1",
        reply="已立案，正在核查。",
        due_at=due_at,
        clocks=[lawful.to_dict(), closed.to_dict()],
        statutory=[],
        at=room.now.isoformat(),
    )

    assert room.parked() == []
    assert room.clocks("A1")["finish"].stopped_at is not None
    assert room.case("A1").details["by_law"]


def test_desk_and_leader_alone_may_regrade() -> None:
    steps = [
        step for state in ("dispatched", "accepted") for step in LEDGER.steps_from(state) if step.trigger == "regraded"
    ]

    assert {role.value for step in steps for role in step.roles} == {"desk", "leader"}
