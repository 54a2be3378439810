"""The system that an appeal came from is told what becomes of it, each status once a round."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from chassis.testing import START, Room
from chassis.workflow import Role
from tests.services.intake.test_service import COMPLAINT, NUMBER, STORY, SUBMITTED, clock_rows, registered, tell

if TYPE_CHECKING:
    from chassis.keys import KeyFolder

DUE = "2026-11-27T17:00:00+08:00"


@pytest.fixture
def order(room: Room, folder: KeyFolder) -> str:
    """Give a work order of the hotline."""
    del folder
    room.hear(SUBMITTED, "", {**COMPLAINT, "due_at": DUE})
    [told] = room.told("appeal_registered.v1")
    return str(told["appeal_id"])


def statuses(room: Room) -> list[tuple[str, int]]:
    return [(told["status"], told["round"]) for told in room.told("status_reported.v1")]


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
            {"into": "01890a5d-ac96-874b-bcce-b302099a8057", "reason": "同一事项", "reply": "与前一件一并办理。"},
            "merged",
        ),
        ("withdrawn", {"reason": "问题已经解决"}, "withdrawn"),
    ],
)
def test_what_ends_at_the_door_is_told_by_the_step(
    room: Room, order: str, trigger: str, form: dict[str, Any], status: str
) -> None:
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
