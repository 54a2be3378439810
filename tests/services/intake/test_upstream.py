"""The system that an appeal came from is told what becomes of it, each status once a round."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from chassis import moments
from chassis.testing import START, Room
from chassis.workflow import Role
from services.intake import register
from services.intake.ways_in import public
from tests.services.intake.test_service import COMPLAINT, NUMBER, STORY, SUBMITTED, clock_rows, registered, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from chassis.keys import KeyFolder

DUE = "2026-11-27T17:00:00+08:00"


@pytest.fixture
def order(room: Room, folder: KeyFolder) -> str:
    """Give a work order of the hotline."""
    del folder
    room.hear(SUBMITTED, "", {**COMPLAINT, "due_at": DUE})
    [told] = room.told("appeal_registered.v1")
    return str(told["appeal_id"])


def statuses(room: Room, number: str = "N-1") -> list[tuple[str, int]]:
    return [(told["status"], told["round"]) for told in reported(room, number)]


def reported(room: Room, number: str) -> list[dict[str, Any]]:
    return [told for told in room.told("status_reported.v1") if told["external_number"] == number]


def submit(room: Room, number: str, **more: Any) -> str:
    """Submit another order; return the id of its appeal."""
    room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": number, **more})
    return str(room.told("appeal_registered.v1")[-1]["appeal_id"])


def dispatch(room: Room, appeal: str, minute: int, mechanism: str, unit: str) -> None:
    sent = {"mechanism": mechanism, "lead_unit": unit, "number": NUMBER, "clocks": clock_rows()}
    tell(room, "routing.appeal_dispatched.v1", appeal, minute, **sent)


@pytest.fixture
def desk(client: FlaskClient, token: Callable[..., dict[str, str]]) -> Callable[..., Any]:
    """Give what the desk does with a case."""

    def act(case_id: str, trigger: str, **form: Any) -> None:
        answer = client.post(f"/api/v1/cases/{case_id}/actions/{trigger}", json={"form": form}, headers=token("desk"))
        assert answer.status_code == 200, answer.get_json()

    return act


def test_the_deadline_of_the_sender_is_kept_shown_and_told(room: Room, order: str) -> None:
    [told] = room.told("appeal_registered.v1")

    assert told["external"] == {"source": "hotline12345", "number": "N-1", "due_at": "2026-11-27T09:00:00+00:00"}
    assert room.case(order).details["external"] == told["external"]


@pytest.mark.parametrize(
    ("due", "submitted"),
    [
        ("2026-11-19T17:00:00+08:00", "2026-11-20T09:30:00+08:00"),
        ("2036-11-19T17:00:00+08:00", None),
        ("2026-11-27 17:00", None),
        ("soon", None),
    ],
)
def test_a_deadline_that_can_be_none_is_refused_and_the_sender_is_told(
    room: Room, folder: KeyFolder, due: str, submitted: str | None
) -> None:
    del folder
    room.hear(SUBMITTED, "", {**COMPLAINT, "due_at": due, "submitted_at": submitted})

    [told] = room.told("submission_rejected.v1")
    assert [reason.partition(":")[0] for reason in told["reasons"]] == ["/due_at"]
    assert room.told("appeal_registered.v1") == []


def test_a_deadline_that_has_passed_is_taken_all_the_same(room: Room, folder: KeyFolder) -> None:
    del folder
    room.hear(SUBMITTED, "", {**COMPLAINT, "due_at": "2026-11-21T17:00:00+08:00"})

    assert room.told("submission_rejected.v1") == []
    assert len(room.told("appeal_registered.v1")) == 1


def test_each_status_of_each_round_is_told_once_with_number_reply_and_times(room: Room, order: str) -> None:
    for minute, (key, data) in enumerate(STORY, 1):
        told = {**data, "lead_unit": "mediation_committee", "clocks": clock_rows()} if "dispatched" in key else data
        for _ in range(2):
            tell(room, key, order, minute, **told)

    assert statuses(room) == [
        ("accepted", 1),
        ("concluded", 1),
        ("rework_ordered", 1),
        ("accepted", 2),
        ("concluded", 2),
        ("closed", 2),
    ]
    first, *_, second, closed = room.told("status_reported.v1")
    assert {(one["source"], one["external_number"]) for one in (first, second, closed)} == {("hotline12345", "N-1")}
    assert (second["reply"], second["outcome"], second["number"]) == ("第二次答复", "solved", NUMBER)
    assert (first["mechanism"], first["unit"]) == ("mediation", "mediation_committee")
    assert first["due_at"] == "2026-11-30T15:59:59+00:00"
    assert first["happened_at"] == (START + timedelta(minutes=3)).isoformat()


def test_in_whatever_order_letters_arrive_no_conclusion_is_kept_back(room: Room, order: str) -> None:
    said: dict[int, tuple[str, dict[str, Any]]] = {
        1: ("mediation.case_concluded.v1", {"reply": "第一次答复", "outcome": "partly"}),
        2: ("feedback.rework_ordered.v1", {"mechanism": "mediation", "reason": "未解决", "round": 1}),
        3: ("mediation.case_concluded.v1", {"reply": "第二次答复", "outcome": "solved"}),
    }
    for sequence in permutations(said):
        other = f"N-{sequence}"
        room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": other, "contact": {}})
        appeal = room.told("appeal_registered.v1")[-1]["appeal_id"]
        for minute in sequence:
            tell(room, said[minute][0], appeal, minute, **said[minute][1])

        told = [one for one in room.told("status_reported.v1") if one["external_number"] == other]
        assert sorted((one["status"], one["round"]) for one in told) == [
            ("concluded", 1),
            ("concluded", 2),
            ("rework_ordered", 1),
        ]
        assert "第二次答复" in [one["reply"] for one in told]
    assert order


@pytest.mark.parametrize(
    ("trigger", "form", "status"),
    [
        ("answered", {"reply": "该业务在便民大厅办理。"}, "concluded"),
        (
            "not_accepted",
            {"ground": "other_legal_route", "route": "litigation", "reply": "该事项请向法院起诉。"},
            "returned",
        ),
        ("relayed", {"service": "119", "reply": "已转 119,请保持电话畅通。"}, "relayed"),
        (
            "merged",
            {"reason": "同一事项", "reply": "与前一件一并办理。"},
            "merged",
        ),
        ("withdrawn", {"reason": "问题已经解决"}, "withdrawn"),
    ],
)
def test_what_ends_at_the_door_is_told_by_the_step(
    room: Room, order: str, trigger: str, form: dict[str, Any], status: str
) -> None:
    if trigger == "merged":
        room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": "N-2", "contact": {}})
        form = {**form, "into": room.told("appeal_registered.v1")[-1]["appeal_id"]}

    room.act(order, trigger, form, role=Role.OPERATOR)

    [told] = room.told("status_reported.v1")
    assert (told["status"], told["round"], told["external_number"]) == (status, 1, "N-1")
    assert told["reply"] == form.get("reply", "")


def test_a_relayed_emergency_is_told_closed_when_it_was_looked_after(room: Room, order: str) -> None:
    room.act(order, "relayed", {"service": "119", "reply": "已转 119,请保持电话畅通。"}, role=Role.OPERATOR)
    room.act(order, "followed_up", {"result": "已电话核实，险情排除。"}, role=Role.OPERATOR)

    assert statuses(room) == [("relayed", 1), ("closed", 1)]
    assert room.told("status_reported.v1")[-1]["reply"] == "已电话核实，险情排除。"


def test_the_same_petitioner_s_second_order_is_told_merged_at_once(room: Room, order: str) -> None:
    room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": "N-2"})

    [told] = room.told("status_reported.v1")
    assert (told["external_number"], told["status"]) == ("N-2", "merged")
    assert "一并办理" in told["reply"]
    assert order


def test_an_appeal_that_came_from_no_other_system_costs_no_letter(room: Room, folder: KeyFolder) -> None:
    appeal = registered(room, folder)

    for minute, (key, data) in enumerate(STORY, 1):
        tell(room, key, appeal, minute, **data)

    assert room.told("status_reported.v1") == []


# -- another unit, more time --------------------------------------------------


def test_an_interim_reply_is_told_with_its_words_and_the_end_that_the_law_sets_each_time(
    room: Room, order: str
) -> None:
    interim = {"reply": "已立案调查，办结后另行答复。", "due_at": "2027-02-18T15:59:59+00:00", "clocks": []}
    dispatch(room, order, 1, "enforcement", "squad")
    tell(room, "enforcement.case_accepted.v1", order, 2)
    tell(room, "enforcement.case_interim_replied.v1", order, 3, **interim)
    tell(room, "enforcement.case_interim_replied.v1", order, 9, **{**interim, "due_at": "2027-03-18T15:59:59+00:00"})
    tell(room, "enforcement.case_concluded.v1", order, 90, reply="已处罚。", outcome="solved")

    assert [status for status, _ in statuses(room)] == [
        *("accepted", "interim_replied", "interim_replied", "concluded"),
    ]
    told = reported(room, "N-1")
    assert told[1]["reply"] == interim["reply"]
    assert [one["due_at"][:10] for one in told[1:3]] == ["2027-02-18", "2027-03-18"]
    assert told[3]["reply"] == "已处罚。"


def test_when_a_unit_returns_an_order_the_new_one_is_told_and_that_it_has_taken_it(room: Room, order: str) -> None:
    story: tuple[tuple[str, dict[str, Any]], ...] = (
        ("routing.appeal_dispatched.v1", {"mechanism": "mediation", "lead_unit": "mediation_committee"}),
        ("mediation.case_accepted.v1", {}),
        ("routing.appeal_dispatched.v1", {"mechanism": "enforcement", "lead_unit": "squad", "clocks": clock_rows()}),
        ("enforcement.case_accepted.v1", {}),
        ("enforcement.case_concluded.v1", {"reply": "已清理。", "outcome": "solved"}),
    )
    for minute, (key, data) in enumerate(story, 1):
        for _ in range(2):
            tell(room, key, order, minute, **{"number": NUMBER, **data} if "dispatched" in key else data)

    told = reported(room, "N-1")
    assert [(one["status"], one["mechanism"], one["unit"]) for one in told] == [
        ("accepted", "mediation", "mediation_committee"),
        ("reassigned", "enforcement", "squad"),
        ("accepted", "enforcement", "squad"),
        ("concluded", "enforcement", "squad"),
    ]
    assert {one["round"] for one in told} == {1}
    assert told[1]["due_at"] == "2026-11-30T15:59:59+00:00"


def test_in_whatever_order_the_letters_of_a_return_arrive_the_same_is_told(room: Room, order: str) -> None:
    said: dict[int, tuple[str, dict[str, Any]]] = {
        1: ("routing.appeal_dispatched.v1", {"mechanism": "mediation", "lead_unit": "a", "number": NUMBER, "round": 1}),
        2: ("mediation.case_accepted.v1", {}),
        3: ("routing.appeal_dispatched.v1", {"mechanism": "mediation", "lead_unit": "b", "number": NUMBER, "round": 2}),
        4: ("mediation.case_accepted.v1", {}),
    }
    for sequence in permutations(said):
        number = f"N-{sequence}"
        appeal = submit(room, number, contact={})
        for minute in sequence:
            tell(room, said[minute][0], appeal, minute, **said[minute][1])

        told = [(one["status"], one["happened_at"]) for one in reported(room, number)]
        expected = [("reassigned", 3), ("accepted", 4)]
        for status, minute in expected:
            assert (status, (START + timedelta(minutes=minute)).isoformat()) in told, (sequence, told)
        assert [status for status, _at in told].count("reassigned") == 1, sequence
        assert [status for status, _at in told].count("accepted") == 2, (sequence, told)
    assert order


def test_a_first_dispatch_that_arrives_after_the_second_changes_nothing_of_what_was_told(
    room: Room, order: str
) -> None:
    tell(room, "routing.appeal_ledgered.v1", order, 1, number=NUMBER)
    late = {"mechanism": "mediation", "lead_unit": "committee", "number": NUMBER, "round": 1}
    sent = {"mechanism": "enforcement", "lead_unit": "squad", "number": NUMBER, "round": 2}
    tell(room, "routing.appeal_dispatched.v1", order, 4, **sent)
    tell(room, "enforcement.case_accepted.v1", order, 5)

    tell(room, "routing.appeal_dispatched.v1", order, 2, **late)
    tell(room, "mediation.case_accepted.v1", order, 3)

    told = [(one["status"], one["unit"]) for one in reported(room, "N-1")]
    assert told == [("reassigned", "squad"), ("accepted", "squad"), ("accepted", "committee")]
    assert [one["to"] for one in room.told("petitioner_disclosed.v1")] == ["enforcement"]


def test_the_same_unit_again_is_no_other_unit(room: Room, order: str) -> None:
    for minute in (1, 3):
        dispatch(room, order, minute, "mediation", "mediation_committee")

    assert statuses(room) == []


def test_each_extension_is_told_with_the_new_promise(room: Room, order: str) -> None:
    dispatch(room, order, 1, "mediation", "mediation_committee")
    longer = {"granted": True, "clocks": clock_rows()}
    for minute in (2, 2, 3):
        tell(room, "routing.extension_decided.v1", order, minute, **longer)
    tell(room, "routing.extension_decided.v1", order, 4, granted=False, clocks=[])

    told = reported(room, "N-1")
    assert [one["status"] for one in told] == ["extended", "extended"]
    assert told[0]["due_at"] == "2026-11-30T15:59:59+00:00"


def test_a_regrade_that_moves_the_promise_is_told_with_the_new_end_and_without_its_reason(
    room: Room, order: str
) -> None:
    dispatch(room, order, 1, "mediation", "mediation_committee")
    graded = {"urgency": "III", "was_urgency": "II", "reason": "现场核实不是险情"}
    tell(room, "routing.appeal_regraded.v1", order, 2, **graded, clocks=clock_rows())
    tell(room, "routing.appeal_regraded.v1", order, 3, **graded, clocks=[])

    [told] = reported(room, "N-1")
    assert (told["status"], told["due_at"], told["reply"]) == ("regraded", "2026-11-30T15:59:59+00:00", "")


def test_a_pause_moves_the_promise_that_the_petitioner_sees_and_is_no_extension(room: Room, order: str) -> None:
    dispatch(room, order, 1, "mediation", "mediation_committee")
    said = {"paused": True, "due_at": "2026-12-09T16:00:00+00:00"}
    tell(room, "routing.promise_moved.v1", order, 2, **said)

    case = room.case(order)
    assert (public.due(case), case.public["heard"][-1]["what"]) == ("2026-12-10T00:00:00+08:00", "paused")
    assert reported(room, "N-1") == []
    tell(room, "routing.promise_moved.v1", order, 3, paused=False, due_at="2026-12-03T16:00:00+00:00")
    assert public.due(room.case(order)) == "2026-12-04T00:00:00+08:00"


# -- orders that were merged --------------------------------------------------

OTHER = {"text": "三号楼的路灯坏了三天，老人摔倒。", "contact": {"name": "居民乙", "phone": "13800002222"}}
HANDLED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("routing.appeal_dispatched.v1", {"mechanism": "mediation", "lead_unit": "committee", "number": NUMBER}),
    ("mediation.case_accepted.v1", {}),
    ("mediation.case_concluded.v1", {"reply": "路灯已修复，电话 13800001111 已告知。", "outcome": "solved"}),
)
JOIN = {"reason": "经核实为同一事项"}


def later(room: Room, key: str, appeal: str, minutes: int, **data: Any) -> None:
    """Tell what happens after, or before, what the desk does now."""
    at = moments.now() + timedelta(minutes=minutes)
    room.hear(key, appeal, {"at": at.isoformat(), **data})


def handle(room: Room, appeal: str, story: tuple[tuple[str, dict[str, Any]], ...] = HANDLED, since: int = 10) -> None:
    for minute, (key, data) in enumerate(story, since):
        at = {"at": (moments.now() + timedelta(minutes=minute)).isoformat()}
        for _ in range(2):
            later(room, key, appeal, minute, **data, **at)


def test_another_petitioner_s_order_is_told_the_result_under_its_own_number_and_its_own_closing(
    room: Room, order: str, desk: Callable[..., None]
) -> None:
    other = submit(room, "N-2", **OTHER)
    desk(other, "merged", into=order, **JOIN)
    handle(room, order)
    later(room, "feedback.appeal_closed.v1", order, 20, end="rated")
    before = statuses(room, "N-2")
    later(room, "feedback.callback_due.v1", other, 21)
    later(room, "feedback.appeal_closed.v1", other, 22, end="rated")

    assert before == [("merged", 1), ("accepted", 1), ("concluded", 1)]
    assert statuses(room, "N-2") == [*before, ("closed", 1)]
    concluded = reported(room, "N-2")[2]
    assert concluded["reply"] == "路灯已修复，电话 138****1111 已告知。"
    assert (concluded["appeal_id"], concluded["unit"], concluded["outcome"]) == (other, "committee", "solved")
    assert statuses(room) == [("accepted", 1), ("concluded", 1), ("closed", 1)]


def test_the_same_petitioner_s_second_order_is_told_all_that_becomes_of_the_first(room: Room, order: str) -> None:
    submit(room, "N-2")
    handle(room, order)
    later(room, "feedback.rework_ordered.v1", order, 20, mechanism="mediation", reason="未解决", round=1)
    handle(room, order, HANDLED[1:], since=21)
    later(room, "feedback.appeal_closed.v1", order, 30, end="rated")

    expected = [
        ("accepted", 1),
        ("concluded", 1),
        ("rework_ordered", 1),
        ("accepted", 2),
        ("concluded", 2),
        ("closed", 2),
    ]
    assert statuses(room) == expected
    assert statuses(room, "N-2") == [("merged", 1), *expected]


@pytest.mark.parametrize("waits", ["N-1 too", "N-2 only"])
def test_who_is_merged_into_what_is_answered_already_is_told_the_answer_and_not_how_it_came_about(
    room: Room, order: str, desk: Callable[..., None], folder: KeyFolder, waits: str
) -> None:
    first = order if waits == "N-1 too" else registered(room, folder, contact={"phone": "13800003333"})
    for minute, (key, data) in enumerate(HANDLED[:2], -20):
        later(room, key, first, minute, **data)
    later(room, "mediation.case_concluded.v1", first, -18, reply="第一次答复", outcome="partly")
    later(room, "feedback.rework_ordered.v1", first, -17, mechanism="mediation", reason="未解决", round=1)
    later(room, "mediation.case_concluded.v1", first, -16, reply="第二次答复", outcome="solved")
    other = submit(room, "N-2", **OTHER)

    desk(other, "merged", into=first, **JOIN)

    told = reported(room, "N-2")
    assert [(one["status"], one["reply"]) for one in told][1:] == [("concluded", "第二次答复")]
    assert told[0]["status"] == "merged"


@pytest.mark.parametrize(
    ("trigger", "form", "status"),
    [
        ("answered", {"reply": "该业务在便民大厅办理。"}, "concluded"),
        ("not_accepted", {"ground": "other_legal_route", "route": "litigation", "reply": "请向法院起诉。"}, "returned"),
        ("relayed", {"service": "119", "reply": "已转 119,请保持电话畅通。"}, "relayed"),
        ("withdrawn", {"reason": "问题已经解决"}, "withdrawn"),
    ],
)
def test_what_ends_at_the_door_ends_for_the_same_petitioner_s_other_order_too(
    room: Room, order: str, trigger: str, form: dict[str, Any], status: str
) -> None:
    submit(room, "N-2")

    room.act(order, trigger, form, role=Role.OPERATOR)

    assert statuses(room) == [(status, 1)]
    assert statuses(room, "N-2") == [("merged", 1), (status, 1)]
    assert reported(room, "N-2")[-1]["reply"] == form.get("reply", "")


def test_what_another_petitioner_does_with_his_own_appeal_ends_nothing_for_who_was_merged_into_it(
    room: Room, order: str, desk: Callable[..., None]
) -> None:
    other = submit(room, "N-2", **OTHER)
    desk(other, "merged", into=order, **JOIN)
    room.act(order, "withdrawn", {"reason": "问题已经解决"}, role=Role.OPERATOR)
    room.run("let_go_on_alone")

    assert statuses(room, "N-2") == [("merged", 1), ("unmerged", 1)]
    handle(room, other)
    assert statuses(room, "N-2")[2:] == [("accepted", 1), ("concluded", 1)]


def test_an_order_that_is_taken_out_again_is_told_so_and_from_then_on_of_itself_alone(
    room: Room, order: str, desk: Callable[..., None]
) -> None:
    other = submit(room, "N-2", **OTHER)
    desk(other, "merged", into=order, **JOIN)
    handle(room, order, HANDLED[:2])
    desk(other, "unmerged", reason="经核实，并非同一事项")
    handle(room, order, HANDLED[2:], since=30)
    apart = statuses(room, "N-2")
    handle(room, other, since=40)

    assert apart == [("merged", 1), ("accepted", 1), ("unmerged", 1)]
    assert statuses(room, "N-2") == [*apart, ("accepted", 1), ("concluded", 1)]
    assert "joined" not in room.case(order).details or room.case(order).details["joined"] == []


def test_an_order_that_is_merged_a_second_time_is_told_of_the_second_one(
    room: Room, order: str, desk: Callable[..., None], folder: KeyFolder
) -> None:
    second = registered(room, folder, contact={"phone": "13800003333"})
    other = submit(room, "N-2", **OTHER)
    desk(other, "merged", into=order, **JOIN)
    handle(room, order, HANDLED[:2])
    desk(other, "unmerged", reason="经核实，并非同一事项")
    desk(other, "merged", into=second, **JOIN)
    handle(room, second, since=30)

    expected = ["merged", "accepted", "unmerged", "merged", "accepted", "concluded"]
    assert [status for status, _round in statuses(room, "N-2")] == expected


def test_an_order_below_one_that_is_merged_itself_is_told_of_the_one_at_the_top(
    room: Room, order: str, desk: Callable[..., None], folder: KeyFolder
) -> None:
    top = registered(room, folder, contact={"phone": "13800003333"})
    submit(room, "N-2")
    desk(order, "merged", into=top, **JOIN)

    handle(room, top)
    later(room, "feedback.appeal_closed.v1", order, 30, end="rated")

    assert statuses(room, "N-1") == [("merged", 1), ("accepted", 1), ("concluded", 1), ("closed", 1)]
    assert statuses(room, "N-2") == statuses(room, "N-1")


def test_a_closed_order_that_its_petitioner_brings_again_is_told_reopened_once(room: Room, order: str) -> None:
    handle(room, order)
    later(room, "feedback.appeal_closed.v1", order, 20, end="rated")
    room.now = moments.now() + timedelta(days=3)
    for _ in range(2):
        room.hear(SUBMITTED, "", {**COMPLAINT, "external_number": "N-2"})
    later(room, "feedback.rework_ordered.v1", order, 6000, mechanism="mediation", reason="又停了", round=1)
    later(room, "mediation.case_concluded.v1", order, 6001, reply="第二次答复", outcome="solved")

    assert statuses(room)[2:] == [("closed", 1), ("reopened", 1), ("rework_ordered", 1), ("concluded", 2)]
    assert statuses(room, "N-2") == [("merged", 1), ("rework_ordered", 1), ("concluded", 2)]


def test_an_order_that_was_withdrawn_and_is_sent_back_is_handled_again_and_its_petitioner_sees_why(
    room: Room, order: str
) -> None:
    dispatch(room, order, 1, "mediation", "desk")
    room.now = START + timedelta(minutes=3)
    room.act(order, "withdrawn", {"reason": "已自行解决"}, role=Role.PUBLIC)
    again = {"mechanism": "mediation", "reason": "发回重办", "round": 1, "clocks": clock_rows()}
    tell(room, "feedback.rework_ordered.v1", order, 5, **again, ground="result_refused")
    assert room.state(order) == "withdrawn"

    tell(room, "feedback.rework_ordered.v1", order, 6, **again, ground="sent_back")

    assert room.state(order) == "rework_due"
    shown = [one["zh"] for one in public.view(room.case(order), "code", "")["timeline"]]
    assert shown[-1] == "转来本件的热线已发回，重新办理"
    assert {status for status, _round in statuses(room)} == {"withdrawn", "rework_ordered"}
    tell(room, "mediation.case_concluded.v1", order, 7, reply="已重新核实。", outcome="solved")
    assert room.state(order) == "concluded"


def test_the_same_order_with_its_times_spelled_otherwise_is_no_other_order(room: Room, folder: KeyFolder) -> None:
    del folder
    room.hear(SUBMITTED, "", {**COMPLAINT, "submitted_at": "2026-11-20T09:30:00+08:00", "due_at": DUE})
    room.hear(SUBMITTED, "", {**COMPLAINT, "submitted_at": "2026-11-20T01:30:00Z", "due_at": "2026-11-27T09:00:00Z"})
    assert room.told("submission_rejected.v1") == []

    room.hear(SUBMITTED, "", {**COMPLAINT, "submitted_at": "2026-11-20T09:30:00+08:00", "due_at": None})

    assert len(room.told("submission_rejected.v1")) == 1


def test_a_field_that_is_new_one_day_makes_no_letter_that_leaves_it_out_another(folder: KeyFolder) -> None:
    letter = {"text": "路灯不亮", "contact": {"phone": "13800000000"}, "origin": {}}

    now = register.content_of({**letter, "place": {"text": "", "longitude": None}, "title": ""}, folder)

    assert now == register.content_of(letter, folder)
    assert now != register.content_of({**letter, "place": {"text": "东门"}}, folder)
