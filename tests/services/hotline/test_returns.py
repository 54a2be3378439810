"""What all mechanisms share of returns, assisting units and whistles, played by the hotline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from marshmallow import ValidationError

from chassis.examples import example
from chassis.handling import ReturnRequest
from chassis.testing import Room
from chassis.workflow import RefusedError
from services.hotline.service import HotlineService
from tests.services.hotline.conftest import DISPATCHED

Walk = Callable[..., None]

# -- a return, while the first receiver goes on -------------------------------------

DECIDED = "routing.return_decided.v1"


def decided(room: Room, *, granted: bool, final: bool = False) -> None:
    said = {"mechanism": "hotline", "granted": granted, "final": final, "opinion": "经审核，意见如下。"}
    room.hear(DECIDED, "A1", said)


def test_a_return_has_its_class_its_ground_and_the_unit_that_it_belongs_to(room: Room, walk: Walk) -> None:
    walk("return_requested", return_requested={"reason_class": "wrong_area", "legal_ground": "街道权责清单"})

    [asked] = room.told("case_return_requested.v1")
    assert (asked["reason_class"], asked["legal_ground"], asked["contested"]) == ("wrong_area", "街道权责清单", False)
    for name in ("reason_class", "suggested_unit", "legal_ground"):
        with pytest.raises(ValidationError, match=name):
            ReturnRequest().load({**example(ReturnRequest), name: ""})


def test_while_a_return_is_decided_the_case_is_signed_in_and_handled_and_can_not_end(room: Room, walk: Walk) -> None:
    walk("return_requested")
    assert room.state("A1") == "return_pending"

    walk("case_accepted", "contact_made", "triaged", "site_visited", "reply_drafted", "reply_approved")

    assert room.state("A1") == "reply_ready"
    for trigger in ("concluded", "transferred"):
        with pytest.raises(RefusedError, match="is being decided"):
            walk(trigger)
    decided(room, granted=False)
    walk("concluded")
    assert room.state("A1") == "concluded"


def test_nobody_asks_for_time_that_nobody_can_grant(room: Room, walk: Walk) -> None:
    def of(left: int | None, **also: object) -> dict[str, object]:
        return {"mechanism": "hotline", "clocks": [], "extension_workdays": left, **also}

    walk("case_accepted")
    room.hear("routing.appeal_regraded.v1", "A1", of(0, urgency="I", severity="moderate"))
    with pytest.raises(RefusedError, match="allows no extension"):
        walk("extension_requested", extension_requested={"workdays": 1})

    room.hear("routing.appeal_regraded.v1", "A1", of(1, urgency="II", severity="moderate"))
    with pytest.raises(RefusedError, match="1 days are the most"):
        walk("extension_requested", extension_requested={"workdays": 2})
    walk("extension_requested", extension_requested={"workdays": 1})

    room.hear("routing.extension_decided.v1", "A1", of(0, granted=True))
    with pytest.raises(RefusedError, match="allows no extension"):
        walk("extension_requested", extension_requested={"workdays": 1})
    room.hear("routing.extension_decided.v1", "A1", of(None, granted=True))
    walk("extension_requested", extension_requested={"workdays": 1})


def test_a_dispatch_says_how_much_more_time_may_be_asked_for(room: Room) -> None:
    room.hear("routing.appeal_dispatched.v1", "A2", {**DISPATCHED, "urgency": "I", "extension_workdays": 0})

    assert room.case("A2").details["extension_workdays"] == 0


@pytest.mark.parametrize("path", [(), ("case_accepted",), ("case_accepted", "triaged", "site_visited")])
def test_a_granted_return_takes_the_case_from_wherever_its_handling_is(
    room: Room, walk: Walk, path: tuple[str, ...]
) -> None:
    walk("return_requested", *path)
    room.hear("routing.appeal_dispatched.v1", "A1", {**DISPATCHED, "lead_unit": "other"})
    assert [row.kind for row in room.parked()] == ["not_yet"]

    decided(room, granted=True)
    room.now += timedelta(seconds=10)
    room.inbox.heal()

    assert (room.state("A1"), room.case("A1").unit, room.parked()) == ("received", "other", [])
    walk("return_requested")
    assert room.case("A1").details["returned_by"] == ["chengjian", "other"]


def test_a_unit_that_has_signed_in_may_still_ask_within_two_working_days_and_no_later(room: Room, walk: Walk) -> None:
    walk("case_accepted", "contact_made")
    # Monday morning; Wednesday is the second working day after it.
    room.now += timedelta(days=2, hours=14)
    walk("return_requested")
    assert room.state("A1") == "accepted"
    decided(room, granted=False)
    assert room.state("A1") == "accepted"


def test_a_return_after_two_working_days_is_refused(room: Room, walk: Walk) -> None:
    room.now += timedelta(days=3)

    with pytest.raises(RefusedError) as refused:
        walk("return_requested")

    assert refused.value.refusals[0].zh == "应在派单后 2 个工作日内提出（截至 2026-11-25），现已逾期，请继续办理"


def test_the_dispatch_says_how_long_a_return_may_be_asked_for(tmp_path: Path) -> None:
    room = Room(HotlineService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", {**DISPATCHED, "return_workdays": 5})
    room.now += timedelta(days=6)

    room.act("A1", "return_requested", example(ReturnRequest))

    assert room.state("A1") == "return_pending"


def test_a_denied_return_is_disputed_once_and_an_adjudication_is_final(room: Room, walk: Walk) -> None:
    with pytest.raises(RefusedError, match="no return was denied"):
        walk("adjudication_requested")
    walk("return_requested")
    decided(room, granted=False)

    walk("adjudication_requested", "case_accepted")

    assert [one["contested"] for one in room.told("case_return_requested.v1")] == [False, True]
    decided(room, granted=False, final=True)
    assert room.state("A1") == "accepted"
    with pytest.raises(RefusedError, match="final"):
        walk("adjudication_requested")


def test_a_dispute_comes_within_two_working_days_of_the_refusal(room: Room, walk: Walk) -> None:
    walk("return_requested")
    room.now += timedelta(days=2)
    decided(room, granted=False)
    room.now += timedelta(days=5)

    with pytest.raises(RefusedError, match="within 2 working days of the refusal"):
        walk("adjudication_requested")


def test_a_decision_on_what_was_withdrawn_meanwhile_disturbs_nobody(room: Room, walk: Walk) -> None:
    walk("return_requested")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "hotline"})
    decided(room, granted=True)

    assert (room.state("A1"), room.parked()) == ("withdrawn", [])


# -- units that assist ---------------------------------------------------------------


def assisted(room: Room, fact: str, state: str, at: str) -> None:
    rows = [{"unit": "fire_office", "state": state, "due_at": "2026-11-27T15:59:59+00:00"}]
    room.hear(f"routing.{fact}.v1", "A1", {"mechanism": "hotline", "assists": rows, "at": at})


def test_an_end_that_does_not_wait_for_an_assisting_unit_says_why(room: Room, walk: Walk) -> None:
    assisted(room, "assist_asked", "asked", "2026-11-24T02:00:00+00:00")
    walk("case_accepted", "contact_made", "triaged", "site_visited", "reply_drafted", "reply_approved")

    with pytest.raises(RefusedError) as refused:
        walk("concluded", concluded={"assist_reason": ""})
    assert "协办单位尚未反馈（fire_office）" in refused.value.refusals[0].zh
    walk("concluded", concluded={"assist_reason": "已电话核实，不影响办结。"})

    assert room.state("A1") == "concluded"


def test_an_end_after_all_reports_needs_no_reason_and_the_lead_sees_them_in_any_order(room: Room, walk: Walk) -> None:
    assisted(room, "assist_reported", "reported", "2026-11-24T04:00:00+00:00")
    assisted(room, "assist_asked", "asked", "2026-11-24T02:00:00+00:00")
    walk("case_accepted", "contact_made", "triaged", "site_visited", "reply_drafted", "reply_approved")

    walk("concluded", concluded={"assist_reason": ""})

    assert room.case("A1").details["assists"][0]["state"] == "reported"


def test_a_whistle_is_seen_by_the_unit_that_leads(room: Room) -> None:
    told = {"mechanism": "hotline", "units": ["fire_office"], "matter": "请到现场会商。"}
    room.hear("routing.whistle_blown.v1", "A1", told)

    table = room.blueprint.store.timeline
    with room.database.read() as session:
        last = session.execute(table.select().order_by(table.c.seq.desc())).first()
    assert last is not None
    assert (last.trigger, last.form["units"]) == ("whistle_blown", ["fire_office"])
