"""Intake on the bus: what external hotlines submit, and what becomes of every appeal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from chassis import metrics, wire
from chassis.clocks import ClockRule, Unit, start
from chassis.sealing import unseal
from chassis.testing import START, Room
from chassis.work import Work
from chassis.workcalendar import standard_calendar
from chassis.workflow import IllegalStepError, RefusedError, Role
from services.intake import register, rules
from services.intake.models import Attachment

if TYPE_CHECKING:
    from chassis.keys import KeyFolder

SUBMITTED = "hotline12345.appeal_submitted.v1"
COMPLAINT = {
    "external_number": "N-1",
    "title": "路灯不亮",
    "text": "三号楼前路灯不亮,请联系 13800001111",
    "place": {"text": "黄河社区三号楼"},
    "contact": {"name": "居民甲", "phone": "13800001111"},
    "submitted_at": "2026-11-20T09:30:00+08:00",
    "operator": "a field that we do not read",
}
NUMBER = "彭李诉〔2026〕1号"


def registered(room: Room, folder: KeyFolder, code: str = "7KQ4-M2XD-9TB0", **loaded: Any) -> str:
    body = {"text": "三号楼前路灯不亮", "contact": {"name": "居民甲", "phone": "13800001111"}, **loaded}
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        sent = register.submission(body, folder, now=room.now, channel="web", idempotency=code)
        register.register(work, folder, sent)
        work.record()
    return sent.appeal_id


def clock_rows() -> list[dict[str, Any]]:
    rule = ClockRule(name="finish", limit=5, unit=Unit.WORKDAY)
    return [start(rule, START, standard_calendar()).to_dict()]


def tell(room: Room, key: str, appeal: str, minutes: int, **data: Any) -> None:
    room.hear(key, appeal, {"at": (START + timedelta(minutes=minutes)).isoformat(), **data})


STORY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("routing.appeal_ledgered.v1", {"number": NUMBER}),
    ("routing.appeal_dispatched.v1", {"mechanism": "mediation", "lead_unit": "mediation", "number": NUMBER}),
    ("mediation.case_accepted.v1", {}),
    ("mediation.case_contacted.v1", {"way": "phone"}),
    ("mediation.case_progressed.v1", {"progress": "已到现场查看"}),
    ("mediation.case_concluded.v1", {"reply": "第一次答复", "outcome": "partly"}),
    ("feedback.callback_due.v1", {"mechanism": "mediation", "round": 1}),
    ("feedback.rework_ordered.v1", {"mechanism": "mediation", "reason": "未解决", "round": 1}),
    ("mediation.case_accepted.v1", {}),
    ("mediation.case_concluded.v1", {"reply": "第二次答复", "outcome": "solved"}),
    ("feedback.callback_due.v1", {"mechanism": "mediation", "round": 2}),
    ("feedback.appeal_closed.v1", {"mechanism": "mediation", "end": "rated"}),
    ("feedback.appeal_archived.v1", {"end": "rated", "rounds": 2}),
)


def test_an_external_submission_is_registered_and_acknowledged(room: Room, folder: KeyFolder) -> None:
    room.hear(SUBMITTED, "", COMPLAINT)

    [told] = room.told("appeal_registered.v1")
    assert told["external"] == {"source": "hotline12345", "number": "N-1"}
    assert told["channel"] == "external"
    assert told["text"] == "三号楼前路灯不亮,请联系 138****1111"
    assert told["has_contact"] is True
    assert told["submitted_at"].startswith("2026-11-20T01:30:00")
    assert "13800001111" not in str(room.case(told["appeal_id"]).details)
    sealed = room.case(told["appeal_id"]).details["sealed"]
    assert unseal(sealed, folder.private("intake"))["phone"] == "13800001111"


def test_who_submits_is_whom_the_broker_let_write_the_key_and_nobody_else_it_says(room: Room) -> None:
    claims = {
        "source": "other",
        "external": {"source": "other", "number": "N-9"},
        "channel": "walk_in",
        "user": "other",
    }
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/other",
        "type": f"cn.jiesu.{SUBMITTED}",
        "data": {**COMPLAINT, **claims},
    }
    forged = {**event, "id": "2", "type": "cn.jiesu.other.appeal_submitted.v1"}

    room.inbox.take([(wire.dumps(event), SUBMITTED), (wire.dumps(forged), SUBMITTED)])

    [told] = room.told("appeal_registered.v1")
    assert told["external"] == {"source": "hotline12345", "number": "N-1"}
    assert told["channel"] == "external"
    [parked] = room.parked()
    assert parked.kind == "malformed"


def test_the_same_external_number_is_registered_once(room: Room) -> None:
    room.hear(SUBMITTED, "", COMPLAINT)
    room.hear(SUBMITTED, "", {**COMPLAINT, "text": "改了内容的同一件"})
    room.hear("other.appeal_submitted.v1", "", {**COMPLAINT, "contact": {}})

    assert len(room.told("appeal_registered.v1")) == 2
    assert not room.parked()


def test_the_same_submission_again_is_answered_again_by_the_same_letter(room: Room) -> None:
    letters = room.blueprint.store.letters
    waiting = select(letters.c.id, letters.c.key).where(letters.c.posted_at.is_(None))
    room.hear(SUBMITTED, "", COMPLAINT)
    with room.database.write() as session:
        [first] = session.execute(waiting).all()
        session.execute(update(letters).values(posted_at=room.now))

    room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": "N-2", "text": "另一件事", "contact": {}})
    room.hear(SUBMITTED, "", {**COMPLAINT, "text": "改了内容的同一件"})
    with room.database.write() as session:
        assert first.id not in {row.id for row in session.execute(waiting)}
        session.execute(update(letters).values(posted_at=room.now))
    room.hear(SUBMITTED, "", COMPLAINT)

    with room.database.read() as session:
        assert session.execute(waiting).all() == [first]
    assert first.key == "intake.appeal_registered.v1"


def test_another_submission_under_a_number_that_is_taken_is_told_to_its_sender_and_the_same_again_is_not(
    room: Room, folder: KeyFolder
) -> None:
    del folder
    room.hear(SUBMITTED, "", COMPLAINT)
    for _ in range(2):
        room.hear(SUBMITTED, "", {**COMPLAINT, "operator": "another one", "external_number": " N-1 "})
    room.hear(SUBMITTED, "", {**COMPLAINT, "text": "改了内容的同一件"})
    room.hear(SUBMITTED, "", {**COMPLAINT, "due_at": "2026-11-27T17:00:00+08:00"})
    room.hear(SUBMITTED, "", {**COMPLAINT, "contact": {}})

    rejected = room.told("submission_rejected.v1")
    assert [(told["source"], told["external_number"]) for told in rejected] == [("hotline12345", "N-1")] * 3
    assert "新的编号" in rejected[0]["reasons"][0]
    [told] = room.told("appeal_registered.v1")
    assert "改了内容" not in str(rejected)
    assert room.case(told["appeal_id"]).details["text"].startswith("三号楼前路灯不亮")


@pytest.mark.parametrize("number", ["", "  "])
def test_a_number_of_blanks_is_none_and_one_reason_says_so(room: Room, folder: KeyFolder, number: str) -> None:
    del folder
    room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": number})

    [told] = room.told("submission_rejected.v1")
    [reason] = told["reasons"]
    assert reason.startswith("/external_number")
    assert room.told("appeal_registered.v1") == []


def test_two_of_the_same_number_in_one_batch_are_one(room: Room) -> None:
    letters = [
        wire.encode(wire.Letter(id=f"L{place}", key=SUBMITTED, subject="", time=START, data=COMPLAINT))
        for place in range(3)
    ]

    room.inbox.take([(body, SUBMITTED) for body in letters])

    assert len(room.told("appeal_registered.v1")) == 1


def test_a_bad_submission_goes_back_with_its_reasons_and_is_not_parked(room: Room) -> None:
    room.hear(SUBMITTED, "", {"external_number": "N-2", "text": "", "contact": {"phone": "12"}})
    room.hear(SUBMITTED, "", {"text": ["no", "text"]})
    room.hear(SUBMITTED, "", {**COMPLAINT, "submitted_at": "2999-01-01T00:00:00Z"})
    room.hear(SUBMITTED, "", {**COMPLAINT, "submitted_at": "2999-01-01T00:00:00Z", "contact": {"phone": "12"}})

    first, second, third, both = room.told("submission_rejected.v1")
    assert [reason.partition(":")[0] for reason in both["reasons"]] == ["/contact/phone", "/submitted_at"]
    assert first["source"] == "hotline12345"
    assert first["external_number"] == "N-2"
    assert any(reason.startswith("/text:") for reason in first["reasons"])
    assert any(reason.startswith("/contact/phone:") for reason in first["reasons"])
    assert any(reason.startswith("/external_number:") for reason in second["reasons"])
    assert any(reason.startswith("/submitted_at:") for reason in third["reasons"])
    assert not room.parked()
    assert not room.told("appeal_registered.v1")


def test_the_same_petitioner_with_the_same_matter_is_merged_into_the_first(room: Room) -> None:
    room.hear(SUBMITTED, "", COMPLAINT)
    [first] = room.told("appeal_registered.v1")
    tell(room, "routing.appeal_ledgered.v1", first["appeal_id"], 1, number=NUMBER)

    room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": "N-2", "title": "路灯不亮!"})

    [merged] = room.told("appeal_merged.v1")
    second = room.told("appeal_registered.v1")[1]
    assert merged["into"] == first["appeal_id"]
    assert merged["appeal_id"] == second["appeal_id"]
    assert second["hold"] is True
    assert room.state(second["appeal_id"]) == "merged"
    assert NUMBER in rules.last_said(room.case(second["appeal_id"]).public, "reply")


def test_nobody_known_is_never_merged(room: Room) -> None:
    room.hear(SUBMITTED, "", {**COMPLAINT, "contact": {}})
    room.hear(
        SUBMITTED, "", {**COMPLAINT, "external_number": "N-2", "contact": {"phone": "13800001111", "anonymous": True}}
    )

    assert not room.told("appeal_merged.v1")
    assert [told["petitioner"] for told in room.told("appeal_registered.v1")] == ["", ""]


def test_an_anonymous_petitioner_leaves_nothing_behind(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder, contact={"name": "居民甲", "phone": "13800001111", "anonymous": True})

    case = room.case(appeal)
    assert "sealed" not in case.details
    assert case.petitioner == ""
    assert room.told("appeal_registered.v1")[0]["has_contact"] is False


def test_a_whole_life_shows_each_state_and_both_replies(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)
    states = []

    for minute, (key, data) in enumerate(STORY, 1):
        tell(room, key, appeal, minute, **data)
        states.append(room.state(appeal))

    assert states == [
        *("ledgered", "dispatched", "handling", "handling", "handling", "concluded", "callback_due"),
        *("rework_due", "handling", "concluded", "callback_due", "closed", "closed"),
    ]
    case = room.case(appeal)
    assert case.number == NUMBER
    assert case.matter is not None
    assert rules.last_said(case.public, "reply") == "第二次答复"
    assert case.ended_at is not None


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(STORY))), prefix=st.integers(0, 10**9))
def test_facts_in_any_order_end_in_the_same_state(room: Room, folder: KeyFolder, order: list[int], prefix: int) -> None:
    appeal = registered(room, folder, code=f"{prefix}-{order}", contact={})
    if len(room.case(appeal).public.get("heard", ())):
        return

    for place in order:
        key, data = STORY[place]
        tell(room, key, appeal, place + 1, **data)

    case = room.case(appeal)
    assert case.state == "closed"
    assert rules.last_said(case.public, "reply") == "第二次答复"
    assert len(case.public["heard"]) == len(STORY)
    assert not room.parked()


def test_the_promise_to_the_resident_is_shown_from_the_dispatch(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)

    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation", clocks=clock_rows())

    assert rules.last_said(room.case(appeal).public, "due") == "2026-11-30T15:59:59+00:00"


def test_the_handler_and_the_callback_learn_whom_to_call_and_nobody_else(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder, text="请打 13900002222 联系我")

    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation")
    tell(room, "routing.appeal_dispatched.v1", appeal, 2, mechanism="mediation")
    tell(room, "feedback.callback_due.v1", appeal, 3, mechanism="mediation", round=1)

    first, second = room.told("petitioner_disclosed.v1")
    assert (first["to"], second["to"]) == ("mediation", "feedback")
    assert first["petitioner"] == second["petitioner"] == room.case(appeal).petitioner
    assert "13800001111" not in first["petitioner"]
    assert unseal(first["sealed"], folder.private("mediation")) == {
        "name": "居民甲",
        "phone": "13800001111",
        "text": "请打 13900002222 联系我",
    }
    assert unseal(second["sealed"], folder.private("feedback"))["phone"] == "13800001111"


def test_without_a_contact_nothing_is_disclosed(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder, contact={})

    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation")

    assert room.told("petitioner_disclosed.v1") == []


def test_a_number_in_a_supplement_reaches_the_handler_and_nobody_else(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)
    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation")

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        register.supplement(work, folder, work.expect(appeal), "换了电话 13900002222")
        work.record()

    [told] = room.told("appeal_supplemented.v1")
    assert told["text"] == "换了电话 139****2222"
    again = room.told("petitioner_disclosed.v1")[-1]
    assert unseal(again["sealed"], folder.private("mediation"))["text"] == "换了电话 13900002222"


def add_words(room: Room, folder: KeyFolder, appeal: str, text: str) -> None:
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        register.supplement(work, folder, work.expect(appeal), text)
        work.record()


def add_pictures(room: Room, appeal: str, *ids: str) -> None:
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        rows = [Attachment(id=one, name=f"{one}.jpg") for one in ids]
        register.add_pictures(work, work.expect(appeal), rows)
        work.record()


def test_what_was_added_before_the_dispatch_is_forwarded_with_it_and_later_things_at_once(
    room: Room, folder: KeyFolder
) -> None:
    appeal = registered(room, folder)
    add_words(room, folder, appeal, "晚上更严重,请打 13900002222")
    add_pictures(room, appeal, "P1", "P2")
    before = room.told("material_forwarded.v1")

    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation", lead_unit="committee")
    room.now += timedelta(hours=1)
    add_words(room, folder, appeal, "今天又来了")

    words, pictures, later = room.told("material_forwarded.v1")
    assert before == []
    assert {one["to"] for one in (words, pictures, later)} == {"mediation"}
    assert words["text"] == "晚上更严重,请打 139****2222"
    assert [one["href"] for one in pictures["pictures"]] == [
        f"/intake/api/v1/cases/{appeal}/attachments/P1",
        f"/intake/api/v1/cases/{appeal}/attachments/P2",
    ]
    assert (later["text"], later["pictures"]) == ("今天又来了", [])


def test_the_next_mechanism_is_forwarded_all_of_it(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)
    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation")
    add_words(room, folder, appeal, "晚上更严重")

    tell(room, "routing.appeal_dispatched.v1", appeal, 2, mechanism="enforcement")
    add_pictures(room, appeal, "P1")

    told = room.told("material_forwarded.v1")
    assert [one["to"] for one in told] == ["mediation", "enforcement", "enforcement"]
    assert told[0] | {"to": "enforcement"} == told[1]


def test_words_that_staff_add_are_forwarded_as_well(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)
    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation")

    room.act(appeal, "supplemented", {"text": "来电补充:门牌是 8 号"}, role=Role.OPERATOR)

    [told] = room.told("material_forwarded.v1")
    assert told["text"] == "来电补充:门牌是 8 号"


def test_an_operator_answers_on_the_spot_what_was_held(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder, hold=True)

    room.act(appeal, "answered", {"reply": "办事大厅周一至周五办理"}, role=Role.OPERATOR)

    [told] = room.told("appeal_answered.v1")
    assert (told["appeal_id"], told["reply"], told["by"]) == (appeal, "办事大厅周一至周五办理", "p1-operator")
    assert told["title"]
    assert room.told("appeal_registered.v1")[0]["hold"] is True
    assert room.state(appeal) == "answered"

    # Its number comes when it is answered already, and stays where it is told again.
    for number in (NUMBER, "另一个编号"):
        tell(room, "routing.answer_ledgered.v1", appeal, 5, number=number)
    assert (room.case(appeal).number, room.state(appeal)) == (NUMBER, "answered")
    assert [item["what"] for item in room.case(appeal).public["heard"]] == ["answered", "ledgered"]


def test_what_is_held_has_its_number_whatever_becomes_of_it_and_the_operator_who_has_it_open_goes_on(
    room: Room, folder: KeyFolder
) -> None:
    appeal = registered(room, folder, hold=True)
    seen = room.case(appeal).version

    tell(room, "routing.line_numbered.v1", appeal, 1, number=NUMBER)

    assert (room.case(appeal).number, room.case(appeal).version, room.state(appeal)) == (NUMBER, seen, "registered")


def test_an_operator_lets_go_of_what_was_held(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder, hold=True)

    room.act(appeal, "released", role=Role.OPERATOR)

    assert room.told("appeal_released.v1")[0]["appeal_id"] == appeal
    assert room.state(appeal) == "registered"


def test_a_relayed_emergency_is_followed_up(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)

    room.act(appeal, "relayed", {"service": "119", "reply": "已转 119,请注意安全"}, role=Role.OPERATOR)
    tell(room, "routing.appeal_dispatched.v1", appeal, 5, mechanism="mediation")
    room.act(appeal, "followed_up", {"result": "险情已经排除"}, role=Role.DESK)

    [relayed], [followed] = room.told("appeal_relayed.v1"), room.told("appeal_followed_up.v1")
    assert (relayed["service"], relayed["reply"]) == ("119", "已转 119,请注意安全")
    assert (followed["appeal_id"], followed["result"]) == (appeal, "险情已经排除")
    assert room.state(appeal) == "followed_up"


def test_what_is_not_accepted_names_the_route(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)
    form = {"ground": "other_legal_route", "route": "arbitration", "reply": "请向仲裁委员会申请仲裁"}

    room.act(appeal, "not_accepted", form, role=Role.DESK)

    [told] = room.told("appeal_not_accepted.v1")
    assert (told["ground"], told["route"]) == ("other_legal_route", "arbitration")
    assert room.case(appeal).matter is None


def test_a_refusal_is_written_down_with_its_route_and_what_the_petitioner_is_told(
    room: Room, folder: KeyFolder
) -> None:
    appeal = registered(room, folder)
    form = {"ground": "other_legal_route", "route": "arbitration", "reply": "请向仲裁委员会申请仲裁"}

    room.act(appeal, "not_accepted", form, role=Role.OPERATOR)

    with room.database.read() as session:
        [paper] = session.execute(select(room.blueprint.papers)).all()
    assert paper.name == "not_accepted_notice"
    assert [one for one in ("应通过其他法定途径", "应当通过的途径：仲裁", form["reply"]) if one not in paper.text] == []


def test_what_was_dispatched_before_anybody_read_it_can_still_be_refused_until_it_is_taken(
    room: Room, folder: KeyFolder
) -> None:
    form = {"ground": "other_legal_route", "route": "litigation", "reply": "请依法上诉"}
    early, late = registered(room, folder), registered(room, folder, "8KQ4-M2XD-9TB1", text="另一件事，法院判决不服")
    for appeal in (early, late):
        tell(room, "routing.appeal_dispatched.v1", appeal, 2, mechanism="mediation", lead_unit="mediation_committee")
    tell(room, "mediation.case_accepted.v1", late, 3)
    assert room.state(late) == "handling"

    room.act(early, "not_accepted", form, role=Role.DESK)

    assert room.state(early) == "not_accepted"
    with pytest.raises(IllegalStepError):
        room.act(late, "not_accepted", form, role=Role.DESK)


@pytest.mark.parametrize(("urgency", "flags"), [("I", []), ("II", []), ("III", ["relay:119"])])
def test_what_is_urgent_or_a_danger_is_not_refused_by_one_person_alone_once_it_was_dispatched(
    room: Room, folder: KeyFolder, urgency: str, flags: list[str]
) -> None:
    form = {"ground": "beyond_duty", "route": "market_or_social", "reply": "不属于街道职责"}
    early, late = registered(room, folder), registered(room, folder, "8KQ4-M2XD-9TB1", text="另一件事，楼里有焦糊味")
    for appeal in (early, late):
        tell(room, "routing.appeal_ledgered.v1", appeal, 1, number=NUMBER, urgency=urgency, flags=flags)
    tell(room, "routing.appeal_dispatched.v1", late, 2, mechanism="mediation", lead_unit="mediation", urgency=urgency)

    room.act(early, "not_accepted", form, role=Role.OPERATOR)
    for role in (Role.OPERATOR, Role.DESK):
        with pytest.raises(RefusedError, match="somebody else"):
            room.act(late, "not_accepted", form, role=role)

    assert (room.state(early), room.state(late)) == ("not_accepted", "dispatched")
    assert len(room.told("appeal_not_accepted.v1")) == 1


def test_what_somebody_else_found_to_be_no_emergency_can_be_refused(room: Room, folder: KeyFolder) -> None:
    form = {"ground": "beyond_duty", "route": "market_or_social", "reply": "不属于街道职责"}
    appeal = registered(room, folder)
    tell(room, "routing.appeal_ledgered.v1", appeal, 1, number=NUMBER, urgency="I", flags=["relay:119"])
    tell(room, "routing.appeal_dispatched.v1", appeal, 2, mechanism="mediation", lead_unit="mediation", urgency="I")
    tell(room, "routing.appeal_regraded.v1", appeal, 3, urgency="IV", reason="误报，已核实")

    room.act(appeal, "not_accepted", form, role=Role.OPERATOR)

    assert room.state(appeal) == "not_accepted"


def test_a_duplicate_letter_is_heard_once(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)

    for _ in range(3):
        room.hear("mediation.case_progressed.v1", appeal, {"progress": "已到现场", "at": START.isoformat()}, "L1")

    assert len(room.case(appeal).public["heard"]) == 1


def test_a_fact_about_an_appeal_that_is_not_ours_waits(room: Room) -> None:
    tell(room, "mediation.case_accepted.v1", "unknown", 1)

    [parked] = room.parked()
    assert parked.kind == "not_yet"


def test_what_is_in_no_ledger_hours_after_it_was_registered_is_counted_for_ops(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)
    # What the desk holds waits for the desk; nothing is lost.
    registered(room, folder, code="another", text="另一件事，先留一下", hold=True)
    counted, found = metrics.SILENT.labels("intake")._value, []

    for later in (timedelta(0), timedelta(hours=2)):
        room.now += later
        room.run("count_unledgered_appeals")
        found.append(counted.get())
    room.hear("routing.appeal_ledgered.v1", appeal, {"number": NUMBER})
    room.run("count_unledgered_appeals")

    assert [*found, counted.get()] == [0, 1, 0]
