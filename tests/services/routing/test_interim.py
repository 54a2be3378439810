"""What an interim reply (阶段性答复) of a mechanism does to its line of the ledger: no urging, card or supervision after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.clocks import Clock, Unit
from chassis.testing import Room
from chassis.workcalendar import standard_calendar
from chassis.workflow import RefusedError
from services.routing.export import register
from tests.services.routing.conftest import Say, Walk

REGISTERED = "intake.appeal_registered.v1"
REPLIED = "case_interim_replied.v1"
#: The inspector's appeal: of category 0402, which is urgent and promised within 24 hours.
WAGES = {"title": "工地欠薪", "text": "在工地干活，老板拖欠我工资9000元，已经三个月没发，请帮忙讨薪。"}
CALENDAR = standard_calendar()


def replied(room: Room, **changed: Any) -> dict[str, Any]:
    """Return what a mechanism tells with an interim reply that the sixty working days of an inspection carry."""
    lawful = Clock(
        name="lawful",
        started_at=room.now,
        limit=60,
        unit=Unit.WORKDAY,
        basis="劳动保障监察条例第17条（国务院令第423号）",
        zh="劳动监察调查",
        en="Inspection investigates",
    )
    promise = room.clocks("A1")["finish"]
    stood = {"name": "inspection_investigation", "zh": "劳动监察调查", "en": "Inspection investigates"}
    due_at = lawful.due_at(CALENDAR)
    return {
        "reply": "已立案监察，正在核查，联系人 13812345678，办结后另行答复。",
        "due_at": due_at.isoformat(),
        "clocks": [lawful.to_dict(), promise.stop(max(room.now, promise.touched_at)).to_dict()],
        "statutory": [{**stood, "basis": lawful.basis, "due_at": due_at.isoformat(), "stopped_at": None}],
        "at": room.now.isoformat(),
        **changed,
    }


@pytest.fixture
def taken(room: Room, say: Say) -> Callable[[str], Room]:
    def to(mechanism: str, **changed: Any) -> Room:
        say(REGISTERED, **changed)
        assert (room.case("A1").mechanism, room.state("A1")) == (mechanism, "dispatched")
        say(f"{mechanism}.case_accepted.v1")
        say(f"{mechanism}.case_contacted.v1")
        return room

    return to


@pytest.fixture
def wages(taken: Any, walk: Walk) -> Room:
    opened: Room = taken("wage_recovery", **WAGES)
    assert opened.case("A1").urgency == "II"
    walk("countersigned")
    return opened


def brought(room: Room) -> list[str]:
    """Let two weeks pass, looking each hour, and return the names of what clocks have brought."""
    for _ in range(14 * 24):
        room.now += timedelta(hours=1)
        room.run("watch_promises")
    told = ("appeal_urged.v1", "card_issued.v1", "appeal_supervised.v1")
    return [name for name in told for _ in room.told(name)]


def test_a_wage_claim_that_goes_to_inspection_is_not_carded_or_supervised_after_its_interim_reply(
    wages: Room, say: Say
) -> None:
    say(f"wage_recovery.{REPLIED}", **replied(wages))

    assert brought(wages) == []


def test_without_an_interim_reply_it_is_supervised_up_to_the_principal_leader(wages: Room) -> None:
    names = brought(wages)

    assert names.count("card_issued.v1") == 2
    assert names.count("appeal_supervised.v1") >= 2


def test_the_line_is_due_by_the_law_then_and_says_why(wages: Room, say: Say) -> None:
    told = replied(wages)
    say(f"wage_recovery.{REPLIED}", **told)

    case, clocks = wages.case("A1"), wages.clocks("A1")
    assert case.due_at == datetime.fromisoformat(told["due_at"])
    assert clocks["finish"].stopped_at == wages.now
    assert clocks["lawful"].zh == "法定时限：劳动监察调查（已作阶段性答复）"
    assert any("60个工作日" in line for line in clocks["lawful"].explain(CALENDAR))
    assert any("劳动保障监察条例第17条" in line for line in clocks["lawful"].explain(CALENDAR))
    assert "13812345678" not in str(case.details)


def shown(room: Room) -> dict[str, str]:
    with room.database.read() as session:
        [line] = register(session, room.blueprint, [room.case("A1").id], room.blueprint.terms).values()
    return dict(line)


def test_the_register_says_that_it_was_given_in_time_or_late(wages: Room, say: Say) -> None:
    wages.now += timedelta(hours=2)
    say(f"wage_recovery.{REPLIED}", **replied(wages))
    in_time = shown(wages)
    wages.now += timedelta(days=30)
    say("wage_recovery.case_concluded.v1")
    ended = shown(wages)

    assert in_time["阶段性答复"].startswith("2026-11-23 11:00，法定时限至 ")
    assert (in_time["是否按时"], ended["是否按时"]) == ("是", "是")


def test_an_overdue_promise_is_closed_too_and_stays_late(wages: Room, say: Say) -> None:
    wages.now += timedelta(days=2)
    wages.run("watch_promises")
    before = len(wages.told("appeal_supervised.v1"))
    say(f"wage_recovery.{REPLIED}", **replied(wages))

    brought(wages)

    assert len(wages.told("appeal_supervised.v1")) == before
    assert shown(wages)["是否按时"] == "否"


def test_reconciliation_finds_it_when_the_law_s_time_is_over_and_nothing_was_heard(wages: Room, say: Say) -> None:
    told = replied(wages)
    say(f"wage_recovery.{REPLIED}", **told)
    wages.now = datetime.fromisoformat(told["due_at"]) + timedelta(hours=1)
    wages.run("find_silent_appeals")
    assert wages.told("appeal_silent.v1") == []

    wages.now += timedelta(days=2)
    wages.run("find_silent_appeals")
    wages.run("find_silent_appeals")

    [silent] = wages.told("appeal_silent.v1")
    assert silent["mechanism"] == "wage_recovery"


def test_more_time_by_law_moves_what_it_is_due_by(wages: Room, say: Say) -> None:
    say(f"wage_recovery.{REPLIED}", **replied(wages))
    wages.now += timedelta(days=60)

    longer = replied(wages)
    say(f"wage_recovery.{REPLIED}", **longer)

    assert wages.case("A1").due_at == datetime.fromisoformat(longer["due_at"])
    assert wages.case("A1").details["by_law"]["at"] == "2026-11-23T01:00:00+00:00"


def test_its_end_stops_the_law_s_time_and_a_rework_is_watched_as_any(wages: Room, say: Say) -> None:
    say(f"wage_recovery.{REPLIED}", **replied(wages))
    wages.now += timedelta(days=10)
    say("wage_recovery.case_concluded.v1")
    assert wages.clocks("A1")["lawful"].stopped_at is not None

    wages.now += timedelta(days=1)
    anew = Clock(name="finish", started_at=wages.now, limit=1, unit=Unit.WORKDAY).to_dict()
    say("feedback.rework_ordered.v1", mechanism="wage_recovery", clocks=[anew])
    say("wage_recovery.case_accepted.v1")

    assert wages.case("A1").details["by_law"] is None
    assert "card_issued.v1" in brought(wages)


def test_a_reply_that_was_told_before_the_rework_and_comes_after_it_leaves_the_new_promise_alone(
    wages: Room, say: Say
) -> None:
    late = replied(wages)
    wages.now += timedelta(hours=1)
    say("wage_recovery.case_concluded.v1")
    wages.now += timedelta(hours=1)
    anew = Clock(name="finish", started_at=wages.now, limit=5, unit=Unit.WORKDAY)
    say("feedback.rework_ordered.v1", mechanism="wage_recovery", clocks=[anew.to_dict()])

    say(f"wage_recovery.{REPLIED}", **late)

    assert wages.clocks("A1")["finish"] == anew
    assert "lawful" not in wages.clocks("A1")


def test_a_reply_under_a_rework_that_is_not_heard_of_yet_waits_for_it(wages: Room, say: Say) -> None:
    say("wage_recovery.case_concluded.v1")
    say("feedback.appeal_closed.v1", mechanism="wage_recovery")
    wages.now += timedelta(days=1)
    anew = Clock(name="finish", started_at=wages.now, limit=5, unit=Unit.WORKDAY)
    closed = anew.stop(wages.now + timedelta(hours=1)).to_dict()
    early = replied(wages)
    wages.now += timedelta(hours=1)
    say(f"wage_recovery.{REPLIED}", **{**early, "clocks": [early["clocks"][0], closed]})
    assert len(wages.parked()) == 1

    say("feedback.rework_ordered.v1", mechanism="wage_recovery", clocks=[anew.to_dict()])
    wages.now += timedelta(minutes=10)
    wages.inbox.heal()

    assert wages.parked() == []
    assert wages.clocks("A1")["finish"].stopped_at is not None


def test_a_reply_that_overtakes_the_signing_in_closes_the_promise_all_the_same(room: Room, say: Say) -> None:
    say(REGISTERED, **WAGES)
    say(f"wage_recovery.{REPLIED}", **replied(room))
    say("wage_recovery.case_accepted.v1")
    say("wage_recovery.case_contacted.v1")

    assert room.state("A1") == "accepted"
    assert brought(room) == []
    assert room.clocks("A1")["lawful"].stopped_at is None


def test_a_letter_that_comes_twice_is_taken_once(wages: Room) -> None:
    told = replied(wages)
    wages.hear(f"wage_recovery.{REPLIED}", "A1", told, letter_id="one and the same")
    before = (wages.case("A1").entries, wages.clocks("A1"))
    wages.now += timedelta(hours=3)

    wages.hear(f"wage_recovery.{REPLIED}", "A1", told, letter_id="one and the same")

    assert (wages.case("A1").entries, wages.clocks("A1")) == before
    assert wages.parked() == []


def test_more_time_on_a_promise_that_is_closed_is_put_before_nobody_and_never_granted(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say(f"mediation.{REPLIED}", **replied(room))
    say("mediation.case_extension_requested.v1")
    with pytest.raises(RefusedError, match="no extension has been asked for"):
        walk("extension_granted")

    with room.database.write() as session:
        asked = {"workdays": 5, "reason": "先前提出", "at": room.now.isoformat()}
        case = session.get_one(room.blueprint.case, room.case("A1").id)
        case.details = {**case.details, "extension_asked": asked}
    with pytest.raises(RefusedError, match="an interim reply has closed it"):
        walk("extension_granted")
    walk("extension_denied")

    assert room.clocks("A1")["finish"].stopped_at is not None


def test_a_pause_told_before_it_and_heard_after_it_opens_nothing_again(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    room.now += timedelta(hours=1)
    held = replace(room.clocks("A1")["finish"], suspensions=()).suspend(room.now)
    room.now += timedelta(hours=1)
    say(f"mediation.{REPLIED}", **replied(room))

    say("mediation.case_paused.v1", ground="material_requested", until=None, clocks=[held.to_dict()])

    assert room.clocks("A1")["finish"].stopped_at is not None
    assert brought(room) == []


def test_who_gets_it_next_promises_anew(wages: Room, say: Say, walk: Walk) -> None:
    say(f"wage_recovery.{REPLIED}", **replied(wages))
    wages.now += timedelta(days=3)
    say("wage_recovery.case_transferred.v1", to="enforcement", reason="涉嫌违法，需执法部门处理")

    walk("redispatched", redispatched={"mechanism": "enforcement", "category": "0202"})

    assert wages.case("A1").details["by_law"] is None
    assert wages.clocks("A1")["lawful"].stopped_at is not None
    assert wages.clocks("A1")["finish"].stopped_at is None
