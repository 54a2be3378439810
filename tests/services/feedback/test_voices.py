"""One handling, many voices: each is called back and rates apart; the handling is reworked once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from chassis import moments
from chassis.access import Principal, sign_token
from chassis.clocks import Clock
from chassis.keys import KeyFolder
from chassis.testing import Room
from chassis.workcalendar import standard_calendar
from chassis.workflow import Role
from services.feedback import rates
from services.feedback.models import Case
from services.feedback.rates import Period
from services.feedback.service import FeedbackService, courses
from tests.services.feedback.conftest import ANSWERED, BAD, CONCLUDED, GOOD, REQUIRED, Say
from tests.services.feedback.test_callbacks import dispatched

PARENT = "P0"


def join(room: Room, *subjects: str, into: str = PARENT) -> None:
    for subject in subjects:
        room.hear("intake.appeal_merged.v1", subject, {"into": into, "own_voice": True, "reason": "同一事项"})


def unmerge(room: Room, subject: str) -> None:
    room.hear("intake.appeal_unmerged.v1", subject, {"into": PARENT, "reason": "并非同一事项"})


def settle(room: Room) -> None:
    """Let the chores do what follows, as often as something does."""
    for _ in range(4):
        room.run("draw_consequences")
        room.run("call_voices_back")


def rate(room: Room, subject: str, marks: dict[str, Any]) -> None:
    room.act(subject, "rated", marks, role=Role.PUBLIC, person="resident")
    settle(room)


def states(room: Room, *subjects: str) -> list[str]:
    return [room.state(subject) for subject in subjects]


@pytest.fixture
def joined(room: Room, conclude: Say) -> Room:
    """Give a handling with two voices beside its own petitioner, concluded."""
    join(room, "V1", "V2")
    settle(room)
    assert states(room, "V1", "V2") == ["joined", "joined"]
    conclude(subject=PARENT)
    settle(room)
    return room


def test_each_voice_gets_a_callback_of_its_own_about_the_one_reply(joined: Room) -> None:
    assert states(joined, PARENT, "V1", "V2") == ["callback_due"] * 3
    for subject in (PARENT, "V1", "V2"):
        [due] = joined.told("callback_due.v1", subject)
        assert (due["mechanism"], due["round"]) == ("mediation", 1)
        assert joined.case(subject).details["reply"] == CONCLUDED["reply"]
        assert "callback" in joined.clocks(subject)


def test_the_file_of_the_handling_is_closed_only_when_every_voice_was_asked(joined: Room) -> None:
    rate(joined, PARENT, GOOD)
    rate(joined, "V1", GOOD)
    before = states(joined, PARENT, "V1", "V2")

    rate(joined, "V2", GOOD)

    assert before == ["rated", "closed", "callback_due"]
    assert states(joined, PARENT, "V1", "V2") == ["closed"] * 3


def test_the_end_of_a_voice_is_told_to_no_mechanism_which_has_no_case_of_it(joined: Room) -> None:
    for subject in ("V1", "V2", PARENT):
        rate(joined, subject, GOOD)

    told = {
        subject: [(one["mechanism"], one["voice_of"]) for one in joined.told("appeal_closed.v1", subject)]
        for subject in (PARENT, "V1")
    }
    assert told == {PARENT: [("mediation", "")], "V1": [("", PARENT)]}


def test_one_bad_rating_of_a_voice_has_the_handling_reworked_once_and_all_who_wait_asked_again(
    joined: Room, conclude: Say
) -> None:
    rate(joined, "V1", BAD)
    waiting = states(joined, PARENT, "V1", "V2")
    [order] = joined.told("rework_ordered.v1")

    conclude(subject=PARENT)
    settle(joined)

    assert waiting == ["rework"] * 3
    assert (order["mechanism"], order["reason"], order["round"]) == ("mediation", BAD["comment"], 1)
    assert joined.told("rework_ordered.v1", PARENT) == [order]
    assert states(joined, PARENT, "V1", "V2") == ["callback_due"] * 3
    assert joined.case("V1").details["rated"] is None
    for subject in (PARENT, "V1", "V2"):
        rate(joined, subject, GOOD)
    assert states(joined, PARENT, "V1", "V2") == ["closed"] * 3


def test_two_bad_ratings_at_one_time_order_one_rework(joined: Room) -> None:
    for subject in (PARENT, "V1", "V2"):
        joined.act(subject, "rated", BAD, role=Role.PUBLIC, person="resident")

    settle(joined)

    assert len(joined.told("rework_ordered.v1")) == 1
    assert states(joined, PARENT, "V1", "V2") == ["rework"] * 3


def test_who_was_content_before_somebody_else_was_not_stays_asked(joined: Room, conclude: Say) -> None:
    rate(joined, "V2", GOOD)
    rate(joined, PARENT, {**GOOD, "attitude": 1})
    rate(joined, "V1", BAD)

    assert states(joined, PARENT, "V1", "V2") == ["rework", "rework", "closed"]
    assert [one["aspect"] for one in joined.told("conduct_referred.v1", PARENT)] == ["attitude"]
    conclude(subject=PARENT)
    settle(joined)
    assert states(joined, PARENT, "V1", "V2") == ["callback_due", "callback_due", "closed"]


def test_who_joins_a_handling_that_is_concluded_already_is_called_back_at_once(joined: Room) -> None:
    join(joined, "V3")

    settle(joined)

    assert joined.state("V3") == "callback_due"


def test_a_voice_that_is_not_reached_is_closed_with_that_and_lets_the_handling_end(joined: Room) -> None:
    rate(joined, PARENT, GOOD)
    rate(joined, "V1", GOOD)

    joined.pass_time(timedelta(days=8))
    settle(joined)

    assert joined.case("V2").details["end"] == "unrated"
    assert joined.state(PARENT) == "closed"


def test_a_voice_that_was_merged_wrongly_is_called_back_on_its_own_conclusion(joined: Room, conclude: Say) -> None:
    unmerge(joined, "V1")
    apart = joined.state("V1")

    conclude("property", "V1", reply="物业已维修完毕,请查看。")
    rate(joined, "V1", GOOD)

    assert apart == "separated"
    assert joined.state("V1") == "closed"
    [closed] = joined.told("appeal_closed.v1", "V1")
    assert (closed["mechanism"], closed["voice_of"], closed["rounds"]) == ("property", "", 1)
    for subject in (PARENT, "V2"):
        rate(joined, subject, GOOD)
    assert joined.state(PARENT) == "closed"


def test_a_result_that_voices_do_not_accept_again_and_again_becomes_a_problem_order(
    joined: Room, conclude: Say
) -> None:
    for _ in range(rules_most_reworks()):
        rate(joined, "V1", BAD)
        conclude(subject=PARENT)
        settle(joined)

    rate(joined, "V1", BAD)

    assert states(joined, PARENT, "V1") == ["callback_due", "supervised"]
    assert [one["ground"] for one in joined.told("problem_ordered.v1", "V1")] == ["reworks"]


def rules_most_reworks() -> int:
    from services.feedback.rules import MOST_REWORKS  # noqa: PLC0415

    return MOST_REWORKS


def supervised_voices(joined: Room, conclude: Say) -> None:
    """Have the handling reworked until neither its petitioner nor a voice accepts it, and a leader is to decide on both."""
    for _ in range(rules_most_reworks()):
        rate(joined, "V1", BAD)
        conclude(subject=PARENT)
        settle(joined)
    for subject in (PARENT, "V1"):
        rate(joined, subject, BAD)
    assert states(joined, PARENT, "V1", "V2") == ["supervised", "supervised", "callback_due"]


@pytest.mark.parametrize("subject", [PARENT, "V1"])
def test_a_problem_order_of_many_is_handled_again_once_for_all_who_are_still_to_be_content(
    joined: Room, conclude: Say, subject: str
) -> None:
    supervised_voices(joined, conclude)
    before = len(joined.told("rework_ordered.v1", PARENT))

    joined.act(subject, "rework_required", REQUIRED, role=Role.LEADER)
    settle(joined)

    assert states(joined, PARENT, "V1", "V2") == ["rework"] * 3
    [order] = joined.told("rework_ordered.v1", PARENT)[before:]
    assert (order["ground"], order["round"]) == ("supervision", 4)
    assert "分管城建的领导" in order["reason"]
    assert joined.told("rework_ordered.v1", "V1") == []
    for one in (PARENT, "V1"):
        assert joined.clocks(one)["supervision_alarm"].state == "stopped"
    conclude(subject=PARENT)
    settle(joined)
    assert states(joined, PARENT, "V1", "V2") == ["callback_due"] * 3
    for one in ("V1", "V2", PARENT):
        rate(joined, one, GOOD)
    assert states(joined, PARENT, "V1", "V2") == ["closed"] * 3


def test_who_rates_while_a_leader_has_the_handling_done_again_waits_for_that_and_is_no_problem_order(
    joined: Room, conclude: Say
) -> None:
    supervised_voices(joined, conclude)
    joined.act("V2", "rated", BAD, role=Role.PUBLIC, person="resident")
    joined.act(PARENT, "rework_required", REQUIRED, role=Role.LEADER)

    settle(joined)

    assert states(joined, PARENT, "V1", "V2") == ["rework"] * 3
    assert joined.told("problem_ordered.v1", "V2") == []


def test_what_a_leader_requires_for_a_voice_whose_handling_is_done_again_already_is_told_and_kept(
    joined: Room, conclude: Say
) -> None:
    supervised_voices(joined, conclude)
    # The rework was ordered in the moment in which the voice became a problem order: neither has seen the other.
    for voice_of, required in ((None, True), (PARENT, False)):
        with joined.database.write() as session:
            session.execute(update(Case).where(Case.subject == "V1").values(voice_of=voice_of))
        if required:
            joined.act(PARENT, "rework_required", REQUIRED, role=Role.LEADER)
    assert states(joined, PARENT, "V1") == ["rework", "supervised"]
    orders = len(joined.told("rework_ordered.v1"))
    by_when = joined.now + timedelta(days=2)

    own = {**REQUIRED, "requires": "先到V1家中查看。", "required_due_at": by_when.isoformat()}
    joined.act("V1", "rework_required", own, role=Role.LEADER)

    [told] = joined.told("rework_required.v1", PARENT)
    assert (told["mechanism"], told["round"], told["reason"]) == (
        "mediation",
        4,
        "先到V1家中查看。（督办领导：分管城建的领导）",
    )
    assert [Clock.from_dict(row).due_at(standard_calendar()) for row in told["clocks"]] == [by_when]
    assert (states(joined, PARENT, "V1"), len(joined.told("rework_ordered.v1"))) == (["rework"] * 2, orders)
    conclude(subject=PARENT)
    settle(joined)
    assert states(joined, PARENT, "V1", "V2") == ["callback_due"] * 3


def test_a_leader_answers_a_voice_of_its_own_and_the_others_are_left_alone(joined: Room, conclude: Say) -> None:
    supervised_voices(joined, conclude)

    joined.act("V1", "supervision_answered", ANSWERED, role=Role.LEADER)
    rate(joined, "V1", BAD)

    assert states(joined, PARENT, "V1", "V2") == ["supervised", "closed", "callback_due"]
    [answered] = joined.told("problem_answered.v1", "V1")
    assert (answered["voice_of"], answered["reply"]) == (PARENT, ANSWERED["reply"])


def test_a_problem_order_is_not_answered_for_good_before_all_its_voices_were_asked(app: Flask, joined: Room) -> None:
    for unit in ("a", "b", "c"):
        sent: dict[str, Any] = {
            "mechanism": "mediation",
            "lead_unit": unit,
            "category": "",
            "anonymous": False,
            "clocks": [],
        }
        joined.hear("routing.appeal_dispatched.v1", PARENT, sent)
    rate(joined, PARENT, BAD)
    client = app.test_client()
    case = joined.case(PARENT)
    assert case.state == "supervised"
    url, form = f"/api/v1/cases/{case.id}/actions/supervision_answered", {"form": ANSWERED}

    refused = client.post(url, json=form, headers=signed(app, "leader"))
    for subject in ("V1", "V2"):
        rate(joined, subject, GOOD)
    ended = client.post(url, json=form, headers=signed(app, "leader"))

    assert (refused.status_code, ended.status_code) == (409, 200)
    assert "2 位并案诉求人尚未回访" in refused.get_json()["errors"][0]["zh"]


def signed(app: Flask, *roles: str) -> dict[str, str]:
    folder: KeyFolder = app.extensions["jiesu"].keys
    who = Principal(
        id="p9", name="领导甲", roles=frozenset(roles), services=frozenset({"feedback"}), units=frozenset({"*"})
    )
    return {"Authorization": f"Bearer {sign_token(who, folder.signing(), moments.now())}"}


# -- the same again ------------------------------------------------------------


def bring_again(room: Room, subject: str) -> None:
    told = {"appeal_id": subject, "by": "N1", "reason": "又漏水了", "at": room.now.isoformat()}
    room.hear("intake.appeal_reopened.v1", subject, told)


@pytest.mark.parametrize("days", [1, 31])
def test_a_closed_appeal_that_is_brought_again_is_handled_again_and_rated_again(
    room: Room, conclude: Say, days: int
) -> None:
    conclude()
    rate(room, "A1", GOOD)
    room.pass_time(timedelta(days=days))
    was = room.state("A1")

    bring_again(room, "A1")
    [order] = room.told("rework_ordered.v1")
    conclude()
    rate(room, "A1", GOOD)

    assert was == ("closed" if days == 1 else "archived")
    assert (order["mechanism"], order["reason"], order["round"]) == ("mediation", "又漏水了", 1)
    assert [clock["name"] for clock in order["clocks"]] == ["finish"]
    assert [one["rounds"] for one in room.told("appeal_closed.v1")] == [1, 2]


def test_what_a_voice_brings_again_has_the_one_handling_reworked(joined: Room) -> None:
    for subject in (PARENT, "V1", "V2"):
        rate(joined, subject, GOOD)

    bring_again(joined, "V1")

    assert states(joined, PARENT, "V1", "V2") == ["rework", "rework", "closed"]
    [order] = joined.told("rework_ordered.v1")
    assert joined.told("rework_ordered.v1", PARENT) == [order]


def test_what_a_voice_says_by_his_own_code_after_the_end_has_the_one_handling_reworked(joined: Room) -> None:
    for subject in (PARENT, "V1", "V2"):
        rate(joined, subject, GOOD)

    joined.act("V1", "reopened", {"what_is_new": "修好后又坏了。"}, role=Role.PUBLIC, person="resident")
    settle(joined)

    assert states(joined, PARENT, "V1", "V2") == ["rework", "rework", "closed"]
    [order] = joined.told("rework_ordered.v1")
    assert (order["mechanism"], order["reason"], order["reopens"]) == ("mediation", "修好后又坏了。", True)


# -- the call after a promise that was not kept --------------------------------


def test_who_was_called_after_the_promise_and_is_joined_then_is_called_back_with_the_one_handling(
    room: Room, conclude: Say
) -> None:
    dispatched(room, "V1")
    room.pass_time(timedelta(hours=25))
    room.run("ask_after_deadlines")
    was = room.state("V1")
    join(room, "V1")
    conclude(subject=PARENT)

    settle(room)

    assert was == "progress_call_due"
    assert states(room, PARENT, "V1") == ["callback_due", "callback_due"]
    [due] = room.told("callback_due.v1", "V1")
    assert (due["mechanism"], due["round"]) == ("mediation", 1)


@pytest.mark.parametrize("first", ["dispatched", "merged"])
def test_nobody_is_called_about_a_promise_for_an_appeal_that_goes_on_in_another(room: Room, first: str) -> None:
    merged = {"into": PARENT, "own_voice": False, "reason": "同一人重复反映"}
    if first == "dispatched":
        dispatched(room, "V1")
    room.hear("intake.appeal_merged.v1", "V1", merged)
    if first == "merged":
        dispatched(room, "V1")

    room.pass_time(timedelta(hours=25))
    room.run("ask_after_deadlines")

    assert room.told("progress_call_due.v1") == []


def test_a_repeat_that_was_merged_wrongly_parks_no_letter_and_is_asked_after_like_any_other(room: Room) -> None:
    merged = {"into": PARENT, "own_voice": False, "reason": "同一人重复反映"}
    dispatched(room, "V1")
    room.hear("intake.appeal_merged.v1", "V1", merged)
    room.now += timedelta(minutes=1)

    unmerge(room, "V1")
    dispatched(room, "V1")
    room.pass_time(timedelta(hours=25))
    room.run("ask_after_deadlines")

    assert room.parked() == []
    assert len(room.told("progress_call_due.v1", "V1")) == 1


def test_who_was_heard_under_another_is_called_when_what_he_was_promised_for_himself_is_broken(
    joined: Room, conclude: Say
) -> None:
    unmerge(joined, "V1")
    dispatched(joined, "V1", mechanism="property", lead_unit="property_office")

    joined.pass_time(timedelta(hours=25))
    joined.run("ask_after_deadlines")

    [due] = joined.told("progress_call_due.v1", "V1")
    case = joined.case("V1")
    assert (due["mechanism"], due["unit"]) == ("property", "property_office")
    assert (case.state, case.unit, case.mechanism, case.title) == (
        "progress_call_due",
        "property_office",
        "property",
        "夜间油烟扰民",
    )
    conclude("property", "V1", reply="物业已维修完毕,请查看。")
    rate(joined, "V1", GOOD)
    assert joined.state("V1") == "closed"
    assert [one["rounds"] for one in joined.told("appeal_closed.v1", "V1")] == [1]


def test_what_is_being_closed_is_reopened_as_soon_as_it_is(room: Room, conclude: Say) -> None:
    conclude()
    room.act("A1", "rated", GOOD, role=Role.PUBLIC, person="resident")

    bring_again(room, "A1")

    assert len(room.parked()) == 1
    assert room.told("rework_ordered.v1") == []


# -- how it counts -------------------------------------------------------------


def test_one_matter_with_three_voices_is_handled_once_and_asked_three_times(joined: Room) -> None:
    due = {"mechanism": "mediation", "lead_unit": "mediation_committee", "category": "0101", "anonymous": False}
    for subject in (PARENT, "V1"):
        joined.hear("routing.appeal_dispatched.v1", subject, {**due, "clocks": []})
    rate(joined, PARENT, GOOD)
    rate(joined, "V1", BAD)

    # What had been dispatched before it was merged was dispatched before its file here was opened.
    assert counted(joined)["callback"] == (2, 2)
    assert counted(joined)["resolution"] == (1, 2)
    assert counted(joined)["rework"] == (1, 1)


def counted(room: Room) -> dict[str, tuple[int, int]]:
    start = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
    period = Period(start, start + timedelta(days=40), room.now + timedelta(seconds=1))
    with room.database.read() as session:
        found = rates.figures(
            courses(session, room.blueprint.store.timeline, period), period, rates.formulas()[0], by="unit"
        )
    return {name: (int(rate.numerator), rate.denominator) for name, rate in found.total.items()}


# -- whatever comes, in whatever order -----------------------------------------

_DOINGS = st.sampled_from(
    ["join V1", "join V2", "unmerge V1", "conclude P0", "good P0", "bad V1", "good V1", "good V2", "chores", "late"]
)


@settings(deadline=None, max_examples=40)
@given(st.lists(_DOINGS, max_size=14))
def test_whatever_happens_everybody_is_called_back_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, doings: list[str]
) -> None:
    room = Room(FeedbackService, tmp_path_factory.mktemp("room"))
    try:
        for doing in doings:
            do(room, *doing.split())
        expected = [subject for subject in ("P0", "V1", "V2") if room.case(subject) is not None]
        for _ in range(8):
            finish(room)

        for subject in expected:
            ended = room.case(subject)
            assert ended.state == "closed", (subject, ended.state)
            assert ended.details["reply"]
            assert ended.details["end"] in ("rated", "unrated", "supervised")
        assert len(room.told("rework_ordered.v1")) == len(room.told("rework_ordered.v1", "P0"))
    finally:
        room.database.close()


def finish(room: Room) -> None:
    """Let everybody do what is left for him: mechanisms conclude, residents accept, leaders end what they supervise."""
    settle(room)
    do(room, "conclude", "P0")
    for subject in ("P0", "V1", "V2"):
        case = room.case(subject)
        if case is not None and case.state == "separated":
            room.hear("property.case_concluded.v1", subject, CONCLUDED)
        do(room, "good", subject)
        if case is not None and case.state == "supervised":
            room.act(subject, "rework_required", REQUIRED, role=Role.LEADER)


def do(room: Room, what: str, subject: str = "") -> None:
    case = room.case(subject) if subject else None
    if what == "join":
        join(room, subject)
    elif what == "unmerge" and case is not None:
        unmerge(room, subject)
    elif what == "conclude":
        room.hear("mediation.case_concluded.v1", subject, CONCLUDED)
    elif what in ("good", "bad"):
        if case is not None and case.state == "callback_due":
            rate(room, subject, GOOD if what == "good" else BAD)
    elif what == "chores":
        settle(room)
    elif what == "late":
        room.pass_time(timedelta(days=8))


def test_after_the_interim_reply_of_a_rework_nobody_who_is_heard_under_it_is_overdue(joined: Room) -> None:
    rate(joined, "V1", BAD)
    assert states(joined, PARENT, "V1", "V2") == ["rework"] * 3
    joined.now += timedelta(hours=1)

    due_at = (joined.now + timedelta(days=60)).isoformat()
    joined.hear("mediation.case_interim_replied.v1", PARENT, {"due_at": due_at})

    assert [joined.case(subject).due_at for subject in (PARENT, "V1", "V2")] == [None] * 3
