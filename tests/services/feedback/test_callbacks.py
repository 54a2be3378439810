"""Who calls back and when, the call after a promise that was not kept, and what is opened again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from chassis import blueprint, migrate, papers, typeset
from chassis.access import Principal
from chassis.clocks import Clock, Unit
from chassis.database import Database
from chassis.testing import Room
from chassis.work import Work
from chassis.workflow import RefusedError, Role
from services.feedback.calls import manners
from services.feedback.models import Base, Heard
from services.feedback.rates import Period, figures, formulas
from services.feedback.service import FeedbackService, courses
from tests.services.feedback.conftest import BAD, CONCLUDED, GOOD

Say = Callable[..., str]
Rate = Callable[..., None]
TRY = {"way": "phone", "note": "电话无人接听"}
NEW = {"what_is_new": "修好两天后又坏了。"}


def tried(room: Room, **form: str) -> None:
    room.now = manners().next_at(room.case("A1").details.get("callback_tried", ()), room.now)
    room.act("A1", "callback_tried", {**TRY, **form}, role=Role.OPERATOR, person="operator-1")


# -- who calls ---------------------------------------------------------------------


def test_nobody_of_the_unit_that_handled_it_calls_back_and_hears_why(room: Room, conclude: Say) -> None:
    conclude(unit="mediation_committee")
    neighbour = Principal(
        id="operator-9",
        name="话务员乙",
        roles=frozenset({"operator"}),
        services=frozenset({"*"}),
        units=frozenset({"mediation_committee"}),
    )

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now, principal=neighbour)
        case = work.expect("A1")
        for trigger, form in (("callback_tried", TRY), ("rated", GOOD), ("assigned", {"caller": ""})):
            with pytest.raises(RefusedError, match="outside of the handling unit"):
                work.step(case, trigger, form)

    assert (room.state("A1"), room.case("A1").caller) == ("callback_due", "")


def test_whoever_handled_it_does_not_declare_its_resident_unreachable(room: Room, conclude: Say) -> None:
    conclude(by="handler-1")
    tried(room, answer="refused")

    with pytest.raises(RefusedError, match="somebody else than the handler"):
        room.act("A1", "unreachable", role=Role.OPERATOR, person="handler-1")

    room.act("A1", "unreachable", role=Role.OPERATOR, person="operator-1")
    assert room.state("A1") == "unrated"


def test_a_callback_is_one_persons_until_it_is_given_on(room: Room, conclude: Say) -> None:
    conclude()
    room.act("A1", "assigned", {}, role=Role.OPERATOR, person="operator-1")
    with pytest.raises(RefusedError, match="工作人员operator-1 has this callback"):
        room.act("A1", "callback_tried", TRY, role=Role.OPERATOR, person="operator-2")

    room.act("A1", "assigned", {"caller": "operator-2"}, role=Role.LEADER, person="leader-1")
    room.act("A1", "callback_tried", TRY, role=Role.OPERATOR, person="operator-2")

    assert (room.case("A1").caller, room.case("A1").tries) == ("operator-2", 1)


def step_by(room: Room, name: str, role: str, trigger: str, form: dict[str, Any]) -> None:
    """Let somebody of a name take a step, under an account whose id nobody would type."""
    everywhere = frozenset({"*"})
    who = Principal(id=f"id of {name}", name=name, roles=frozenset({role}), services=everywhere, units=everywhere)
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now, principal=who)
        work.step(work.expect("A1"), trigger, form)
        work.record()


def test_a_callback_is_given_to_a_colleague_by_name_but_to_no_handler(room: Room, conclude: Say) -> None:
    conclude(by="handler-1", by_name="处办员乙")
    with pytest.raises(RefusedError, match="not given to who handled"):
        step_by(room, "街道领导甲", "leader", "assigned", {"caller": "处办员乙"})

    step_by(room, "街道领导甲", "leader", "assigned", {"caller": "话务员乙"})

    with pytest.raises(RefusedError, match="话务员乙 has this callback"):
        step_by(room, "话务员丙", "operator", "callback_tried", TRY)
    step_by(room, "话务员乙", "operator", "callback_tried", TRY)
    assert room.case("A1").tries == 1


def test_a_callback_is_given_to_no_handler(room: Room, conclude: Say, rate: Rate) -> None:
    conclude(by="handler-1")
    rate(BAD)
    conclude(by="handler-2")

    for handler in ("handler-1", "handler-2"):
        with pytest.raises(RefusedError, match="not given to who handled"):
            room.act("A1", "assigned", {"caller": handler}, role=Role.LEADER, person="leader-1")


def test_the_resident_rates_whoever_has_the_callback(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()
    room.act("A1", "assigned", {}, role=Role.OPERATOR, person="operator-1")

    rate(GOOD)

    assert room.state("A1") == "closed"


# -- tries -------------------------------------------------------------------------


def test_each_try_keeps_when_by_whom_by_which_way_and_what_came_of_it(room: Room, conclude: Say) -> None:
    conclude()

    tried(room, way="message", answer="wrong_number", note="短信退回")

    case = room.case("A1")
    [kept] = case.details["callback_tried"]
    assert kept == {
        "way": "message",
        "answer": "wrong_number",
        "note": "短信退回",
        "at": "2026-11-23T01:00:00+00:00",
        "by": "operator-1",
        "by_name": "工作人员operator-1",
    }
    assert case.next_try_at == room.now + timedelta(hours=2)


def test_a_try_at_night_is_refused_and_nothing_is_lost(room: Room, conclude: Say) -> None:
    conclude()
    room.now += timedelta(hours=14)

    with pytest.raises(RefusedError, match="not called now"):
        room.act("A1", "callback_tried", TRY, role=Role.OPERATOR, person="operator-1")

    assert room.case("A1").tries == 0


@pytest.mark.parametrize(
    ("answers", "because"),
    [
        (["no_answer"] * 3, "no_answer"),
        (["no_answer", "no_answer", "wrong_number"], "wrong_number"),
        (["refused"], "refused"),
    ],
)
def test_the_end_without_a_rating_says_why(room: Room, conclude: Say, answers: list[str], because: str) -> None:
    conclude()
    for answer in answers:
        tried(room, answer=answer)

    room.act("A1", "unreachable", role=Role.OPERATOR, person="operator-1")
    room.run("draw_consequences")

    [closed] = room.told("appeal_closed.v1")
    assert (closed["end"], closed["unrated_because"]) == ("unrated", because)


@pytest.mark.parametrize(
    ("known", "tries", "because"), [(False, 0, "no_contact"), (True, 0, "not_called"), (True, 1, "time_over")]
)
def test_a_callback_whose_time_is_over_says_whether_it_was_tried_or_could_be(
    room: Room, conclude: Say, *, known: bool, tries: int, because: str
) -> None:
    conclude()
    if known:
        disclosed(room)
    for _ in range(tries):
        tried(room)
    room.pass_time(timedelta(days=9))
    room.run("draw_consequences")

    assert room.told("appeal_closed.v1")[0]["unrated_because"] == because


def disclosed(room: Room) -> None:
    room.hear("intake.petitioner_disclosed.v1", "A1", {"appeal_id": "A1", "to": "feedback", "sealed": "a.jwe"})


def unrated(room: Room, conclude: Say) -> None:
    conclude()
    disclosed(room)
    room.pass_time(timedelta(days=9))
    room.run("draw_consequences")
    assert room.case("A1").details["end"] == "unrated"


def test_who_was_not_reached_may_still_rate_until_the_archive(room: Room, conclude: Say, rate: Rate) -> None:
    unrated(room, conclude)

    rate(GOOD)

    assert [(one["end"], one["unrated_because"]) for one in room.told("appeal_closed.v1")] == [
        ("unrated", "not_called"),
        ("rated", ""),
    ]
    assert room.told("appeal_rated.v1")[0]["way"] == "page"
    room.pass_time(timedelta(days=31))
    assert room.told("appeal_archived.v1")[0]["end"] == "rated"


def test_a_late_rating_that_is_bad_has_it_handled_again(room: Room, conclude: Say, rate: Rate) -> None:
    unrated(room, conclude)

    rate(BAD)

    [order] = room.told("rework_ordered.v1")
    assert (room.state("A1"), order["reopens"], order["round"]) == ("rework", True, 1)
    assert room.case("A1").ended_at is None


def test_a_late_rating_counts_in_the_period_in_which_it_was_given(room: Room, conclude: Say, rate: Rate) -> None:
    unrated(room, conclude)
    gave_up = room.now
    room.pass_time(timedelta(days=5))
    rate(GOOD)

    end = gave_up + timedelta(days=1)
    assert rate_of(room, "resolution", Period(gave_up - timedelta(days=20), end, end)) == (0, 0)
    later = end + timedelta(days=20)
    assert rate_of(room, "resolution", Period(end, later, later)) == (1, 1)


def rate_of(room: Room, name: str, period: Period) -> tuple[Any, Any]:
    with room.database.read() as session:
        found = courses(session, room.blueprint.store.timeline, period)
    rate = figures(found, period, formulas()[0], by="unit").total[name]
    return rate.numerator, rate.denominator


# -- after a promise that was not kept --------------------------------------------


def dispatched(room: Room, subject: str = "A1", hours: int = 24, **changed: Any) -> None:
    clock = Clock(name="finish", started_at=room.now, limit=hours, unit=Unit.HOUR).to_dict()
    sent = {"mechanism": "enforcement", "lead_unit": "enforcement_squad", "number": "彭李诉〔2026〕000001号"}
    told = {**sent, "title": "夜间油烟扰民", "clocks": [clock], **changed}
    room.hear("routing.appeal_dispatched.v1", subject, told)


def asked(room: Room) -> list[dict[str, Any]]:
    room.run("ask_after_deadlines")
    return room.told("progress_call_due.v1")


def test_a_resident_is_called_when_the_promised_time_is_over_and_nothing_is_concluded(room: Room) -> None:
    dispatched(room)
    room.pass_time(timedelta(hours=23))
    assert asked(room) == []

    room.pass_time(timedelta(hours=2))
    [due] = asked(room)

    assert (due["mechanism"], due["unit"]) == ("enforcement", "enforcement_squad")
    case = room.case("A1")
    assert (case.state, case.number, case.title) == ("progress_call_due", "彭李诉〔2026〕000001号", "夜间油烟扰民")
    assert room.clocks("A1")["progress_call"].state == "running"
    room.pass_time(timedelta(hours=1))
    assert len(asked(room)) == 1


@pytest.mark.parametrize("what", ["concluded", "answered", "withdrawn", "extended", "dispatched elsewhere"])
def test_nobody_is_called_about_what_has_come_to_something_meanwhile(room: Room, conclude: Say, what: str) -> None:
    dispatched(room)
    clock = Clock(name="finish", started_at=room.now, limit=999, unit=Unit.HOUR).to_dict()
    room.now += timedelta(hours=1)
    if what == "concluded":
        conclude(mechanism="enforcement")
    elif what == "answered":
        room.hear("intake.appeal_answered.v1", "A1", {"reply": "已当场答复。", "by": "operator-1"})
    elif what == "withdrawn":
        room.hear("intake.appeal_withdrawn.v1", "A1", {"reason": "已解决"})
    elif what == "extended":
        told = {"mechanism": "enforcement", "granted": True, "clocks": [clock]}
        room.hear("routing.extension_decided.v1", "A1", told)
    else:
        dispatched(room, mechanism="property", clocks=[clock])

    room.pass_time(timedelta(hours=40))

    assert asked(room) == []


def test_nobody_is_called_after_a_promise_that_stands_still_before_its_new_end(room: Room) -> None:
    dispatched(room)
    moved = {"mechanism": "enforcement", "due_at": (room.now + timedelta(hours=72)).isoformat()}
    room.hear("routing.promise_moved.v1", "A1", moved)

    room.pass_time(timedelta(hours=71))
    assert asked(room) == []
    room.pass_time(timedelta(hours=2))
    assert len(asked(room)) == 1


def replied(room: Room, days: int = 60, mechanism: str = "enforcement") -> None:
    told = {"due_at": (room.now + timedelta(days=days)).isoformat()}
    room.hear(f"{mechanism}.case_interim_replied.v1", "A1", told)


def test_nobody_is_called_after_a_promise_that_an_interim_reply_has_closed_until_the_law_s_time_is_over(
    room: Room,
) -> None:
    dispatched(room)
    room.now += timedelta(hours=2)
    replied(room)
    # What moved the promise before, and is heard of only now, opens it no more.
    moved = {"mechanism": "enforcement", "due_at": (room.now + timedelta(hours=72)).isoformat()}
    room.now += timedelta(minutes=1)
    room.hear("routing.promise_moved.v1", "A1", moved)

    room.pass_time(timedelta(days=59))
    assert asked(room) == []
    room.pass_time(timedelta(days=2))
    assert len(asked(room)) == 1


def test_the_resident_rates_the_final_reply_and_not_the_interim_one(room: Room, conclude: Say) -> None:
    dispatched(room)
    replied(room)
    assert room.case("A1") is None

    room.pass_time(timedelta(days=9))
    conclude(mechanism="enforcement")

    assert room.state("A1") == "callback_due"
    assert len(room.told("callback_due.v1")) == 1


def test_a_rework_is_not_overdue_after_its_interim_reply(room: Room, conclude: Say, rate: Rate) -> None:
    conclude(mechanism="enforcement")
    rate(BAD)
    assert room.state("A1") == "rework"
    room.now += timedelta(hours=1)

    replied(room)

    assert room.clocks("A1")["rework"].stopped_at == room.now
    room.pass_time(timedelta(days=20))
    assert asked(room) == []


def test_a_promise_that_is_heard_of_after_its_time_is_asked_after_too(room: Room) -> None:
    dispatched(room, "A2", hours=1)
    room.pass_time(timedelta(hours=30))
    assert len(asked(room)) == 1
    late = Clock(name="finish", started_at=room.now - timedelta(hours=9), limit=1, unit=Unit.HOUR).to_dict()
    dispatched(room, clocks=[late])

    assert len(asked(room)) == 2
    assert room.state("A1") == "progress_call_due"


def test_more_promises_than_fit_into_one_transaction_are_all_asked_after(room: Room) -> None:
    for number in range(205):
        dispatched(room, f"B{number}", hours=1)
    room.pass_time(timedelta(hours=2))

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        more = room.service.ask_after_deadlines(work)  # type: ignore[attr-defined]
        work.record()

    assert more is True
    assert len(asked(room)) == 205
    with room.database.read() as session:
        assert session.scalars(select(Heard.id).where(Heard.ask_at.is_not(None))).all() == []


def test_who_was_called_is_called_again_when_the_next_promise_is_broken_too(room: Room, conclude: Say) -> None:
    late(room)
    room.act("A1", "progress_called", {"stands": "waits", "note": "已说明情况。"}, role=Role.OPERATOR)
    dispatched(room, mechanism="property", lead_unit="property_office")
    room.pass_time(timedelta(hours=25))

    due = asked(room)

    assert [one["unit"] for one in due] == ["enforcement_squad", "property_office"]
    assert (room.state("A1"), room.case("A1").unit) == ("progress_call_due", "property_office")
    conclude("property")
    assert (room.state("A1"), room.case("A1").details["round"]) == ("callback_due", 1)


def late(room: Room) -> None:
    dispatched(room)
    room.pass_time(timedelta(hours=25))
    room.run("ask_after_deadlines")


def test_what_the_resident_says_is_told_and_the_conclusion_is_called_back_about_as_always(
    room: Room, conclude: Say, rate: Rate
) -> None:
    late(room)
    tried(room)
    said = {"stands": "presses", "note": "已说明仍在办理,诉求人要求尽快。"}
    room.act("A1", "progress_called", said, role=Role.OPERATOR, person="operator-1")

    [told] = room.told("progress_called.v1")
    assert (told["mechanism"], told["unit"], told["stands"], told["note"]) == (
        "enforcement",
        "enforcement_squad",
        said["stands"],
        said["note"],
    )
    assert room.state("A1") == "in_handling"
    conclude(mechanism="enforcement", unit="enforcement_squad")
    case = room.case("A1")
    assert (case.state, case.tries, case.details["round"]) == ("callback_due", 0, 1)
    assert {name: clock.state for name, clock in room.clocks("A1").items()} == {
        "progress_call": "stopped",
        "callback": "running",
    }
    rate(GOOD)
    assert room.told("appeal_closed.v1")[0]["rounds"] == 1


def test_a_conclusion_that_comes_before_anybody_has_called_makes_that_call_needless(room: Room, conclude: Say) -> None:
    late(room)

    conclude(mechanism="enforcement")

    assert (room.state("A1"), room.told("callback_due.v1")[0]["round"]) == ("callback_due", 1)
    assert room.clocks("A1")["progress_call"].state == "stopped"


def test_a_call_while_it_is_handled_ends_after_three_tries_or_its_time(room: Room) -> None:
    late(room)
    with pytest.raises(RefusedError, match="tried 0 times"):
        room.act("A1", "progress_unreachable", role=Role.OPERATOR, person="operator-1")
    for _ in range(3):
        tried(room)
    room.act("A1", "progress_unreachable", role=Role.OPERATOR, person="operator-1")
    assert room.told("progress_called.v1")[0]["stands"] == "not_reached"
    assert len(room.case("A1").details["progress_tried"]) == 3

    dispatched(room, "A2", hours=1)
    room.pass_time(timedelta(hours=2))
    room.run("ask_after_deadlines")
    room.pass_time(timedelta(days=5))

    assert room.state("A2") == "in_handling"


def test_a_call_while_it_is_handled_counts_as_no_callback_in_the_rates(room: Room, conclude: Say, rate: Rate) -> None:
    start = room.now - timedelta(days=1)
    late(room)
    until = room.now + timedelta(days=30)
    assert rate_of(room, "callback", Period(start, until, until)) == (0, 0)
    conclude(mechanism="enforcement")
    rate(GOOD)

    assert rate_of(room, "callback", Period(start, until, until)) == (1, 1)
    assert rate_of(room, "unconfirmed", Period(start, until, until)) == (0, 1)


def reworked_too_late(room: Room, conclude: Say, rate: Rate) -> None:
    """Have an appeal concluded in time, not accepted, and its rework's promise broken."""
    dispatched(room, hours=200)
    conclude(mechanism="enforcement")
    rate(BAD)
    room.run("draw_consequences")
    room.pass_time(timedelta(days=9))


def test_a_rework_past_its_new_promise_gets_a_call_and_goes_on_as_a_rework(
    room: Room, conclude: Say, rate: Rate
) -> None:
    start = room.now - timedelta(days=1)
    reworked_too_late(room, conclude, rate)

    [due] = asked(room)
    assert (due["mechanism"], room.state("A1")) == ("enforcement", "rework_call_due")
    assert room.clocks("A1")["rework"].state == "running"
    said = {"stands": "waits", "note": "再等几天"}
    room.act("A1", "progress_called", said, role=Role.OPERATOR, person="operator-1")
    assert (room.state("A1"), room.told("progress_called.v1")[0]["stands"]) == ("rework", "waits")
    room.pass_time(timedelta(hours=1))
    assert len(asked(room)) == 1

    conclude(mechanism="enforcement")
    rate(GOOD)
    until = room.now + timedelta(days=30)
    assert (room.state("A1"), room.case("A1").details["round"]) == ("closed", 2)
    assert rate_of(room, "rework", Period(start, until, until)) == (1, 1)


@pytest.mark.parametrize("what", ["more time is granted", "concluded", "withdrawn", "begun before promises were kept"])
def test_a_rework_is_not_called_about_too_early_or_too_late(room: Room, conclude: Say, rate: Rate, what: str) -> None:
    dispatched(room, hours=240)
    conclude(mechanism="enforcement")
    rate(BAD)
    room.run("draw_consequences")
    room.now += timedelta(hours=1)
    if what == "more time is granted":
        clock = Clock(name="finish", started_at=room.now, limit=999, unit=Unit.HOUR).to_dict()
        room.hear(
            "routing.extension_decided.v1", "A1", {"mechanism": "enforcement", "granted": True, "clocks": [clock]}
        )
    elif what == "concluded":
        conclude(mechanism="enforcement")
    elif what == "withdrawn":
        room.hear("intake.appeal_withdrawn.v1", "A1", {"reason": "已解决"})
    else:
        with room.database.write() as session:
            session.execute(delete(Heard).where(Heard.what == "promised_again"))

    room.pass_time(timedelta(days=12))

    assert asked(room) == []


def test_a_rework_that_is_called_about_can_be_concluded_or_withdrawn_before_anybody_calls(
    room: Room, conclude: Say, rate: Rate
) -> None:
    reworked_too_late(room, conclude, rate)
    asked(room)
    conclude(mechanism="enforcement")
    assert (room.state("A1"), room.clocks("A1")["progress_call"].state) == ("callback_due", "stopped")

    rate(BAD)
    room.run("draw_consequences")
    room.pass_time(timedelta(days=9))
    asked(room)
    assert room.state("A1") == "rework_call_due"
    room.hear("intake.appeal_withdrawn.v1", "A1", {"reason": "已自行解决"})

    assert (room.state("A1"), room.told("appeal_closed.v1")[-1]["end"]) == ("closed", "withdrawn")


def test_who_withdraws_after_the_promised_time_is_asked_no_more(room: Room, conclude: Say) -> None:
    late(room)

    room.hear("intake.appeal_withdrawn.v1", "A1", {"reason": "已自行解决"})
    conclude(mechanism="enforcement")

    assert (room.state("A1"), room.told("callback_due.v1"), room.parked()) == ("never_asked", [], [])


# -- opened again ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "person"), [(Role.PUBLIC, "resident"), (Role.PUBLIC, "resident-by-link"), (Role.OPERATOR, "operator-1")]
)
def test_what_is_new_opens_a_closed_appeal_again_and_it_is_reworked(
    room: Room, conclude: Say, rate: Rate, role: Role, person: str
) -> None:
    conclude()
    rate(GOOD)
    room.pass_time(timedelta(days=29))

    room.act("A1", "reopened", NEW, role=role, person=person)
    room.run("draw_consequences")

    [order] = room.told("rework_ordered.v1")
    assert (order["reason"], order["reopens"], order["round"], order["mechanism"]) == (
        NEW["what_is_new"],
        True,
        1,
        "mediation",
    )
    assert [clock["name"] for clock in order["clocks"]] == ["finish"]
    case = room.case("A1")
    assert (case.state, case.ended_at) == ("rework", None)
    conclude()
    rate(GOOD)
    assert [closed["rounds"] for closed in room.told("appeal_closed.v1")] == [1, 2]
    room.pass_time(timedelta(days=31))
    assert room.state("A1") == "archived"


def test_what_is_not_accepted_after_it_was_opened_again_is_reworked_without_opening_it_once_more(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(GOOD)
    room.act("A1", "reopened", NEW, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")
    conclude()

    rate(BAD)

    assert [(one["round"], one["reopens"]) for one in room.told("rework_ordered.v1")] == [(1, True), (2, False)]


def test_staff_open_nothing_in_the_residents_place_without_his_code(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()
    rate(GOOD)

    with pytest.raises(RefusedError, match="tracking code"):
        room.act("A1", "reopened", NEW, role=Role.PUBLIC, person="handler-1")


def test_after_the_window_it_is_a_new_appeal_also_where_the_archive_waits(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(GOOD, attitude=1)
    room.pass_time(timedelta(days=31))
    assert room.state("A1") == "closed"

    with pytest.raises(RefusedError, match="send a new appeal"):
        room.act("A1", "reopened", NEW, role=Role.PUBLIC, person="resident")


def test_what_was_withdrawn_is_not_opened_again(room: Room, conclude: Say) -> None:
    conclude()
    room.hear("intake.appeal_withdrawn.v1", "A1", {"reason": "已自行解决"})

    with pytest.raises(RefusedError, match="withdrawn is not reopened"):
        room.act("A1", "reopened", NEW, role=Role.PUBLIC, person="resident")


def test_calls_and_reopening_work_on_postgresql_too(tmp_path: Path, database_url: str) -> None:
    database = Database(database_url, "feedback")
    plan = blueprint.read(FeedbackService)
    migrate.upgrade(database, plan)
    assert migrate.differences(database, Base.metadata) == []
    database.close()
    room = Room(FeedbackService, tmp_path, database_url, now=datetime(2026, 11, 23, 1, tzinfo=UTC))
    late(room)
    tried(room)
    room.hear("enforcement.case_concluded.v1", "A1", CONCLUDED)
    room.act("A1", "rated", GOOD, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")
    room.act("A1", "reopened", NEW, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")

    state = room.state("A1")
    room.database.close()

    assert state == "rework"


# -- the record (回访记录) ------------------------------------------------------


def records(room: Room) -> list[Any]:
    """Return the records of callbacks, the first one first."""
    with room.database.read() as session:
        return list(session.execute(select(room.blueprint.papers).order_by(room.blueprint.papers.c.version)).all())


def test_a_callback_by_a_person_is_put_on_a_numbered_record_in_each_round(room: Room, conclude: Say) -> None:
    conclude(number="彭李诉〔2026〕000007号", title="楼上漏水", by="handler-1")
    tried(room, answer="no_answer")
    room.act("A1", "rated", BAD, role=Role.OPERATOR, person="operator-1")
    [first] = records(room)

    assert (first.name, first.number, first.version) == ("callback_record", "彭诉访〔2026〕1号", 1)
    assert all(
        said in first.text
        for said in ("楼上漏水", "000007号", "街道人民调解委员会", "1分（满分5分）", "未解决", "无人接听")
    )
    assert papers.is_as_issued(first)
    assert "回访记录" in typeset.html(papers.of_row(first))
    assert typeset.docx(papers.of_row(first))[:2] == b"PK"


def test_who_rates_by_himself_is_called_back_by_nobody_and_there_is_no_record(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(GOOD)

    assert room.state("A1") in ("rated", "closed")
    assert records(room) == []


def test_a_callback_that_reached_nobody_is_recorded_with_its_tries(room: Room, conclude: Say) -> None:
    conclude(title="楼上漏水", by="handler-1")
    tried(room, answer="refused")
    room.act("A1", "unreachable", role=Role.OPERATOR, person="operator-1")

    [record] = records(room)
    assert "未取得评价：拒绝回访" in record.text
    assert "第1次未接通" in record.text
