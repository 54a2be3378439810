"""An interim reply (阶段性答复): it closes the promise to the resident, and no time of the law (regulations 0.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis import catalogue, handling, views
from chassis.access import Principal
from chassis.clocks import Clock, Period, Unit
from chassis.examples import example
from chassis.receivers import MECHANISMS
from chassis.testing import Room
from chassis.workcalendar import standard_calendar
from chassis.workflow import RefusedError, Role
from services.enforcement.service import EnforcementService
from services.hotline.service import HotlineService

if TYPE_CHECKING:
    from pathlib import Path

    from chassis.service import Service

CALENDAR = standard_calendar()
DISPATCHED = "routing.appeal_dispatched.v1"
REPLY = {"reply": "您反映的问题已依法立案调查，目前正在取证，作出决定后另行答复您。"}


def promise(room: Room, **changed: Any) -> dict[str, Any]:
    limit: dict[str, Any] = {"limit": 5, "unit": Unit.WORKDAY, **changed}
    return Clock(name="finish", started_at=room.now, zh="办结答复（一般）", **limit).to_dict()


def taken_on(
    tmp_path: Path, service: type[Service] = EnforcementService, *, contacted: bool = True, **changed: Any
) -> Room:
    """Return a room with one case that was signed in, and filed by enforcement: the law gives ninety days to decide."""
    room = Room(service, tmp_path)
    assigned: dict[str, Any] = {
        "mechanism": room.blueprint.name,
        "number": "L-1",
        "lead_unit": "enforcement_squad",
        "title": "油烟",
    }
    assigned |= {"text": "楼下饭店油烟大", "clocks": [promise(room)], **changed}
    room.hear(DISPATCHED, "A1", assigned)
    room.act("A1", "case_accepted")
    if contacted:
        contact(room)
    if service is EnforcementService:
        file_it(room)
    return room


def file_it(room: Room) -> None:
    for trigger in ("inspected", "filed"):
        go(room, trigger)


def conclude(room: Room) -> None:
    for trigger in ("investigation_closed", "exempted"):
        go(room, trigger)
    go(room, "concluded", outcome="explained")


def contact(room: Room) -> None:
    room.act("A1", "contact_made", {"way": "phone", "note": "已电话联系，说明办理安排"})


def go(room: Room, trigger: str, **changed: Any) -> None:
    workflow = room.blueprint.workflow
    assert workflow is not None
    step = workflow.step(room.state("A1"), trigger)
    form = {**example(step.form, at=room.now), **changed} if step.form else {}
    room.act("A1", trigger, form, role=step.roles[0])


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return taken_on(tmp_path)


def test_it_closes_the_promise_and_leaves_the_time_of_the_law_running(room: Room) -> None:
    before = room.clocks("A1")["penalty_decision"]

    room.act("A1", "interim_replied", REPLY)

    clocks = room.clocks("A1")
    assert clocks["finish"].stopped_at == room.now
    assert clocks["penalty_decision"] == before
    assert room.case("A1").due_at == before.due_at(CALENDAR)
    room.page("A1")
    assert room.blueprint.terms.missing() == []


def test_it_tells_the_words_and_by_what_law_until_when_it_goes_on(room: Room) -> None:
    room.act("A1", "interim_replied", REPLY)

    [told] = room.told("case_interim_replied.v1")

    lawful, closed = (Clock.from_dict(row) for row in told["clocks"])
    assert (told["reply"], told["by"], told["by_name"]) == (REPLY["reply"], "p1", "处办员甲")
    assert (lawful.name, lawful.zh, lawful.stopped_at) == ("lawful", "作出处罚决定", None)
    assert "第" in lawful.basis
    assert datetime.fromisoformat(told["due_at"]) == lawful.due_at(CALENDAR)
    assert (closed.name, closed.stopped_at) == ("finish", room.now)
    assert [(one["zh"], bool(one["en"]), one["stopped_at"]) for one in told["statutory"]] == [
        ("反馈投诉人期限", True, room.now.isoformat()),
        ("作出处罚决定", True, None),
    ]


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_mechanism_has_the_step_wherever_it_tells_progress(name: str) -> None:
    workflow = catalogue.spec(name).workflow

    assert workflow is not None
    has = {
        trigger: {state for state in workflow.states if any(s.trigger == trigger for s in workflow.steps_from(state))}
        for trigger in ("progress_made", "interim_replied")
    }
    assert has["progress_made"] <= has["interim_replied"]
    assert has["interim_replied"]


def test_where_no_time_of_the_law_runs_it_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    room = taken_on(tmp_path, HotlineService)

    with pytest.raises(RefusedError, match="no time of the law is running") as refused:
        room.act("A1", "interim_replied", REPLY)

    assert "申请延期" in refused.value.refusals[0].zh
    assert room.clocks("A1")["finish"].stopped_at is None
    assert room.told("case_interim_replied.v1") == []


def test_a_time_of_the_law_that_ends_before_the_promise_carries_none(tmp_path: Path) -> None:
    room = taken_on(tmp_path)
    longer = promise(room, limit=99)
    room.hear("routing.extension_decided.v1", "A1", {"mechanism": "enforcement", "granted": True, "clocks": [longer]})

    with pytest.raises(RefusedError, match="ends after the promise"):
        room.act("A1", "interim_replied", REPLY)


def test_a_time_within_which_the_law_has_the_resident_answered_is_kept_by_it_and_carries_none(tmp_path: Path) -> None:
    room = Room(EnforcementService, tmp_path)
    assigned: dict[str, Any] = {
        "mechanism": "enforcement",
        "lead_unit": "enforcement_squad",
        "title": "油烟",
        "text": "大",
    }
    room.hear(DISPATCHED, "A1", {**assigned, "clocks": [promise(room)]})
    room.act("A1", "case_accepted")
    contact(room)
    assert room.clocks("A1")["complaint_answer"].stopped_at is None
    with pytest.raises(RefusedError, match="no time of the law"):
        room.act("A1", "interim_replied", REPLY)

    file_it(room)
    room.act("A1", "interim_replied", REPLY)

    assert room.clocks("A1")["complaint_answer"].stopped_at == room.now


def test_a_time_of_the_law_that_has_run_out_carries_none(room: Room) -> None:
    room.pass_time(timedelta(days=91))

    with pytest.raises(RefusedError, match="no time of the law is running"):
        room.act("A1", "interim_replied", REPLY)


def test_nobody_is_replied_to_whom_nobody_has_contacted(tmp_path: Path) -> None:
    room = taken_on(tmp_path, contacted=False)

    with pytest.raises(RefusedError, match="has not been contacted"):
        room.act("A1", "interim_replied", REPLY)

    contact(room)
    room.act("A1", "interim_replied", REPLY)
    assert len(room.told("case_interim_replied.v1")) == 1


def test_who_is_anonymous_is_replied_to_without_a_contact(tmp_path: Path) -> None:
    room = taken_on(tmp_path, contacted=False, anonymous=True)

    room.act("A1", "interim_replied", REPLY)

    assert room.clocks("A1")["finish"].stopped_at is not None


def test_a_second_one_with_nothing_new_is_refused_and_one_under_another_time_of_the_law_is_not(room: Room) -> None:
    room.act("A1", "interim_replied", REPLY)
    room.pass_time(timedelta(days=3))
    with pytest.raises(RefusedError, match="nothing is new") as refused:
        room.act("A1", "interim_replied", REPLY)
    assert "作出处罚决定" in refused.value.refusals[0].zh

    go(room, "evidence_held")
    room.act("A1", "interim_replied", REPLY)

    first, second = room.told("case_interim_replied.v1")
    assert [Clock.from_dict(told["clocks"][0]).zh for told in (first, second)] == [
        "作出处罚决定",
        "处理先行登记保存的证据",
    ]
    assert second["due_at"] < first["due_at"]
    assert second["clocks"][1] == first["clocks"][1]


def test_it_does_not_go_on_past_a_return_that_is_being_decided(tmp_path: Path) -> None:
    room = Room(EnforcementService, tmp_path)
    assigned: dict[str, Any] = {
        "mechanism": "enforcement",
        "lead_unit": "enforcement_squad",
        "title": "油烟",
        "text": "大",
    }
    room.hear(DISPATCHED, "A1", {**assigned, "clocks": [promise(room)]})
    room.act("A1", "case_accepted")
    contact(room)
    go(room, "return_requested")
    file_it(room)

    with pytest.raises(RefusedError, match="its return is being decided"):
        room.act("A1", "interim_replied", REPLY)


def test_more_time_that_is_granted_late_does_not_open_the_promise_again(room: Room) -> None:
    running = room.clocks("A1")["finish"]
    room.act("A1", "interim_replied", REPLY)

    longer = running.extend(room.now, Period(5, Unit.WORKDAY), CALENDAR).to_dict()
    room.hear("routing.extension_decided.v1", "A1", {"mechanism": "enforcement", "granted": True, "clocks": [longer]})

    assert room.clocks("A1")["finish"].stopped_at is not None


def test_what_is_concluded_after_it_by_the_time_of_the_law_is_not_late(room: Room) -> None:
    room.act("A1", "interim_replied", REPLY)
    room.pass_time(timedelta(days=12))

    conclude(room)

    assert room.case("A1").details["replied_late"] is False
    assert len(room.told("case_concluded.v1")) == 1


def test_one_that_comes_after_the_promise_leaves_it_late(room: Room) -> None:
    room.pass_time(timedelta(days=9))
    room.act("A1", "interim_replied", REPLY)

    conclude(room)

    assert room.case("A1").details["replied_late"] is True


def test_after_a_rework_the_promise_is_made_and_may_be_closed_anew(room: Room) -> None:
    room.act("A1", "interim_replied", REPLY)
    conclude(room)
    room.pass_time(timedelta(days=1))

    order = {"mechanism": "enforcement", "reason": "仍有油烟", "round": 1, "clocks": [promise(room)]}
    room.hear("feedback.rework_ordered.v1", "A1", order)
    go(room, "rework_taken")

    assert room.clocks("A1")["finish"].stopped_at is None
    with pytest.raises(RefusedError, match="no time of the law"):
        room.act("A1", "interim_replied", REPLY)
    file_it(room)
    contact(room)
    room.act("A1", "interim_replied", REPLY)
    assert room.clocks("A1")["finish"].stopped_at == room.now


def test_only_who_handles_it_may(room: Room) -> None:
    workflow = room.blueprint.workflow

    assert workflow is not None
    assert workflow.step(room.state("A1"), "interim_replied").roles == (Role.HANDLER,)


def offered(room: Room, trigger: str = "interim_replied") -> dict[str, Any]:
    """Return a step as the page of the case offers it to a handler."""
    everywhere = frozenset({"*"})
    who = Principal(
        id="p1", name="处办员甲", roles=frozenset({"handler"}), services=everywhere, units=everywhere, lang="zh"
    )
    with room.database.read() as session:
        case = session.get_one(room.blueprint.case, room.case("A1").id)
        shown = views.whole(session, case, room.blueprint, who, room.now)
    [step] = [one for one in shown["actions"] if one["trigger"] == trigger]
    return dict(step)


def test_the_page_offers_it_while_it_is_possible_and_leaves_it_out_where_no_law_gives_longer(
    room: Room, tmp_path: Path
) -> None:
    assert offered(room)["allowed"]
    room.act("A1", "interim_replied", REPLY)
    assert (offered(room)["allowed"], offered(room)["moot"]) == (False, False)

    (tmp_path / "hotline").mkdir()
    other = taken_on(tmp_path / "hotline", HotlineService)

    assert (offered(other)["allowed"], offered(other)["moot"]) == (False, True)


def test_more_time_is_neither_offered_nor_asked_for_once_it_has_closed_the_promise(room: Room) -> None:
    more = example(handling.ExtensionRequest, at=room.now)
    assert offered(room, "extension_requested")["allowed"]
    room.act("A1", "interim_replied", REPLY)

    assert (offered(room, "extension_requested")["allowed"], offered(room, "extension_requested")["moot"]) == (
        False,
        True,
    )
    with pytest.raises(RefusedError, match="nothing left to prolong") as refused:
        room.act("A1", "extension_requested", more)

    assert "已由阶段性答复关闭" in refused.value.refusals[0].zh
    assert room.told("case_extension_requested.v1") == []


def test_more_time_is_asked_for_before_the_promise_is_over(room: Room) -> None:
    more = example(handling.ExtensionRequest, at=room.now)
    room.act("A1", "extension_requested", more)
    room.pass_time(timedelta(days=9))

    with pytest.raises(RefusedError, match="more is asked for before"):
        room.act("A1", "extension_requested", more)


def reworked(room: Room) -> None:
    """Conclude the case, have its result refused a day later, and take the rework on, as far as its end."""
    conclude(room)
    room.now += timedelta(days=1)
    anew = Clock(name="first_contact", started_at=room.now, limit=1, unit=Unit.WORKDAY).to_dict()
    order = {"mechanism": "enforcement", "reason": "没有解决", "round": 1, "clocks": [anew, promise(room)]}
    room.hear("feedback.rework_ordered.v1", "A1", order)
    room.act("A1", "rework_taken")
    file_it(room)


def test_a_rework_ends_only_after_a_contact_of_its_own(room: Room) -> None:
    reworked(room)
    with pytest.raises(RefusedError, match="not since the rework was ordered"):
        conclude(room)
    room.act("A1", "contact_made", {"way": "not_possible", "note": "电话无人接听"})
    with pytest.raises(RefusedError, match="is tried 3 times"):
        go(room, "concluded", outcome="explained")

    contact(room)
    go(room, "concluded", outcome="explained")

    assert room.clocks("A1")["first_contact"].stopped_at == room.now
    assert len(room.told("case_concluded.v1")) == 2


def test_tries_of_a_round_before_count_for_no_contact_of_a_rework(tmp_path: Path) -> None:
    room = taken_on(tmp_path, contacted=False)
    for _ in range(3):
        room.act("A1", "contact_made", {"way": "not_possible", "note": "电话无人接听"})
        room.now += timedelta(minutes=10)
    reworked(room)

    room.act("A1", "contact_made", {"way": "not_possible", "note": "电话无人接听"})

    with pytest.raises(RefusedError, match="is tried 3 times"):
        conclude(room)


def test_a_case_that_was_in_its_rework_before_contacts_were_kept_by_round_is_concluded_as_it_was(room: Room) -> None:
    reworked(room)
    with room.database.write() as session:
        case = session.get_one(room.blueprint.case, room.case("A1").id)
        case.details = {name: value for name, value in case.details.items() if name != "contacts_before"}

    conclude(room)

    assert room.state("A1") == "concluded"


def test_the_end_of_a_rework_ends_its_first_contact_too_where_nobody_is_to_be_contacted(tmp_path: Path) -> None:
    room = taken_on(tmp_path, contacted=False, anonymous=True)
    reworked(room)

    conclude(room)

    assert room.clocks("A1")["first_contact"].stopped_at == room.now
    assert room.case("A1").due_at is None
