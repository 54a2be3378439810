"""Units that help: each assisting unit by its own clock, and the whistle with arrival and marks both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import Room
from chassis.workcalendar import standard_calendar
from chassis.workflow import RefusedError, Role
from services.routing.rules import RulesError
from services.routing.supervision import helping
from tests.services.routing.conftest import signed

Say = Callable[..., str]
Walk = Callable[..., None]

REGISTERED = "intake.appeal_registered.v1"
#: A category that the catalogue gives to the mediators with the police station.
QUARREL = {"title": "邻居从楼上扔东西", "text": "楼上住户多次从高空抛物，砸到楼下遮阳棚，请调解处理。"}
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


def helped(app: Flask, case_id: str, trigger: str, form: dict[str, Any], *units: str) -> Any:
    return app.test_client().post(
        f"/api/v1/help/{case_id}/{trigger}",
        json=form,
        headers={"Authorization": f"Bearer {signed(app, 'handler', units=units, services=())}"},
    )


def listed(app: Flask, *units: str, role: str = "handler") -> list[dict[str, Any]]:
    got = app.test_client().get(
        "/api/v1/help", headers={"Authorization": f"Bearer {signed(app, role, units=units, services=())}"}
    )
    items: list[dict[str, Any]] = got.get_json()["items"]
    return items


def brought(room: Room) -> list[tuple[str, str, str, Any]]:
    room.run("watch_promises")
    urged = [("urged", one["clock"], one["unit"], one["light"]) for one in room.told("appeal_urged.v1")]
    watched = [("supervised", one["clock"], one["unit"], one["level"]) for one in room.told("appeal_supervised.v1")]
    return [one for one in (*urged, *watched) if one[1] in ("assist", "arrival")]


# -- assisting units -------------------------------------------------------------------


def test_a_dispatch_gives_each_assisting_unit_a_time_of_its_own(room: Room, say: Say) -> None:
    say(REGISTERED, **QUARREL)

    [dispatched] = room.told("appeal_dispatched.v1")
    [assist] = dispatched["assists"]
    assert (dispatched["assisting_units"], assist["unit"], assist["state"]) == (
        ["police_station"],
        "police_station",
        "asked",
    )
    assert assist["due_at"] < room.clocks("A1")["finish"].due_at(standard_calendar()).isoformat()
    assert dispatched["return_workdays"] == 2


def test_an_assisting_unit_that_is_late_is_urged_and_escalated_once_and_a_report_ends_it(
    room: Room, say: Say, app: Flask
) -> None:
    say(REGISTERED, **QUARREL)
    room.now += timedelta(days=20)

    assert brought(room) == [
        ("urged", "assist", "police_station", "yellow"),
        ("supervised", "assist", "police_station", 1),
    ]
    assert len(brought(room)) == 2
    case_id = room.case("A1").id
    got = helped(
        app, case_id, "assist_reported", {"unit": "police_station", "report": "已上门核实。"}, "police_station"
    )
    assert got.status_code == 200, got.get_json()
    [told] = room.told("assist_reported.v1")
    assert (told["unit"], told["interim"], told["report"]) == ("police_station", False, "已上门核实。")
    assert told["assists"][0]["state"] == "reported"


def test_a_step_of_who_helps_is_taken_in_the_shape_of_every_action_with_the_version_that_was_seen(
    room: Room, say: Say, app: Flask
) -> None:
    say(REGISTERED, **QUARREL)
    case_id, [seen] = room.case("A1").id, listed(app, "police_station")
    form = {"unit": "police_station", "report": "已上门核实。"}

    older = helped(app, case_id, "assist_reported", {"form": form, "version": seen["version"] - 1}, "police_station")
    odd = helped(app, case_id, "assist_reported", {"form": form, "note": "多余"}, "police_station")
    wrong = helped(app, case_id, "assist_reported", {"form": {**form, "report": ""}}, "police_station")
    taken = helped(app, case_id, "assist_reported", {"form": form, "version": seen["version"]}, "police_station")

    assert (older.status_code, older.get_json()["version"]) == (409, seen["version"])
    assert (odd.status_code, wrong.status_code) == (400, 422)
    assert (taken.status_code, len(room.told("assist_reported.v1"))) == (200, 1)


def test_a_report_in_time_brings_nothing(room: Room, say: Say, app: Flask) -> None:
    say(REGISTERED, **QUARREL)
    helped(
        app,
        room.case("A1").id,
        "assist_reported",
        {"unit": "police_station", "report": "已上门核实。"},
        "police_station",
    )
    room.now += timedelta(days=20)

    assert brought(room) == []


def test_an_interim_status_with_its_reason_moves_the_time_once_and_is_told(room: Room, say: Say, app: Flask) -> None:
    say(REGISTERED, **QUARREL)
    before = room.case("A1").details["assists"][0]["due_at"]
    case_id, said = room.case("A1").id, {"unit": "police_station", "reason": "需调取监控录像。"}

    first = helped(app, case_id, "assist_explained", said, "police_station")
    second = helped(app, case_id, "assist_explained", said, "police_station")

    [told] = room.told("assist_reported.v1")
    assert (first.status_code, told["interim"], told["report"]) == (200, True, "需调取监控录像。")
    assert room.case("A1").details["assists"][0]["due_at"] > before
    assert (second.status_code, second.get_json()["detail"]) == (409, "已作过一次阶段性说明，请反馈结果")


def test_an_interim_status_after_the_time_is_refused(room: Room, say: Say, app: Flask) -> None:
    say(REGISTERED, **QUARREL)
    room.now += timedelta(days=20)

    got = helped(
        app,
        room.case("A1").id,
        "assist_explained",
        {"unit": "police_station", "reason": "需要时间。"},
        "police_station",
    )

    assert (got.status_code, got.get_json()["detail"]) == (409, "协办反馈已逾期，请直接反馈结果")


def test_nobody_speaks_for_another_unit_nor_sees_what_his_own_has_no_part_in(room: Room, say: Say, app: Flask) -> None:
    say(REGISTERED, **QUARREL)
    case_id, report = room.case("A1").id, {"unit": "police_station", "report": "已上门核实。"}

    assert helped(app, case_id, "assist_reported", report, "fire_office").status_code == 404
    assert listed(app, "fire_office") == []
    assert [one["assists"][0]["unit"] for one in listed(app, "police_station")] == ["police_station"]
    assert len(listed(app, role="leader")) == 1
    room.act("A1", "assist_asked", {"assisting_units": ["fire_office"], "opinion": "请协助。"}, role=Role.DESK)
    other = helped(app, case_id, "assist_reported", report, "fire_office")
    assert (other.status_code, other.get_json()["detail"]) == (409, "只能代表本人所在单位填报")


def test_the_lead_can_be_asked_for_nothing_and_nobody_twice(say: Say, walk: Walk) -> None:
    say(REGISTERED, **QUARREL)

    for units, reason in ((["mediation_committee"], "lead unit can't"), (["police_station"], "asked already")):
        with pytest.raises(RefusedError, match=reason):
            walk("assist_asked", assist_asked={"assisting_units": units, "opinion": "请协助。"})


def test_a_unit_that_was_not_asked_has_nothing_to_report(room: Room, say: Say, app: Flask) -> None:
    say(REGISTERED, **QUARREL)
    case_id, report = room.case("A1").id, {"unit": "fire_office", "report": "已上门核实。"}

    got = helped(app, case_id, "assist_reported", report, "police_station", "fire_office")

    assert (got.status_code, got.get_json()["detail"]) == (409, "该单位没有待反馈的协办任务")


# -- the whistle -----------------------------------------------------------------------


CALL = {"whistle_type": "joint_enforcement", "units": ["fire_office", "police_station"], "matter": "请到现场会商处置。"}


def test_a_whistle_goes_from_its_call_to_marks_on_both_sides(room: Room, say: Say, walk: Walk, app: Flask) -> None:
    say(REGISTERED)
    walk("whistle_blown", whistle_blown=CALL)
    [blown] = room.told("whistle_blown.v1")
    assert (blown["whistle"], blown["units"]) == ("彭李诉〔2026〕000001号-哨1", ["fire_office", "police_station"])
    case_id = room.case("A1").id

    arrived = helped(app, case_id, "whistle_answered", {"unit": "fire_office", "note": "已到场"}, "fire_office")
    early = helped(app, case_id, "whistle_rated", {"unit": "fire_office", "mark": 4}, "fire_office")
    walk("whistle_closed", whistle_closed={"result": "已现场处置到位。"})
    rated = helped(app, case_id, "whistle_rated", {"unit": "fire_office", "mark": 4}, "fire_office")
    walk("unit_rated", unit_rated={"unit": "fire_office", "mark": 5})
    walk("unit_rated", unit_rated={"unit": "police_station", "mark": 1, "comment": "未到场"})

    assert (arrived.status_code, early.status_code, rated.status_code) == (200, 409, 200)
    assert early.get_json()["detail"] == "吹哨办结后才能互评"
    [whistle] = room.case("A1").details["whistles"]
    fire, police = whistle["called"]
    assert (fire["arrived_by"], fire["late"], fire["mark"], fire["mark_back"]) == ("处办员乙", False, 5, 4)
    assert "arrived_at" not in police
    assert room.case("A1").called == ",police_station,"
    told = [[one["unit"] for one in room.told(f"{name}.v1")] for name in ("whistle_answered", "unit_rated")]
    assert told == [["fire_office"], ["fire_office", "police_station"]]
    assert [one["mark"] for one in room.told("whistle_rated.v1")] == [4]
    assert room.told("whistle_closed.v1")[0]["result"] == "已现场处置到位。"
    for trigger, form in (("unit_rated", {"unit": "fire_office", "mark": 3}), ("whistle_closed", {})):
        with pytest.raises(RefusedError):
            walk(trigger, **{trigger: form})


def test_who_does_not_arrive_is_escalated_once_and_who_has_is_not(room: Room, say: Say, walk: Walk, app: Flask) -> None:
    say(REGISTERED)
    walk("whistle_blown", whistle_blown=CALL)
    helped(app, room.case("A1").id, "whistle_answered", {"unit": "fire_office"}, "fire_office")
    room.now += timedelta(days=3)

    assert brought(room) == [("supervised", "arrival", "police_station", 1)]
    room.now += timedelta(days=3)
    assert brought(room) == [("supervised", "arrival", "police_station", 1)]
    late = helped(app, room.case("A1").id, "whistle_answered", {"unit": "police_station"}, "police_station")
    assert late.status_code == 200
    assert room.told("whistle_answered.v1")[-1]["late"] is True


def test_who_came_in_time_and_says_so_later_is_not_late(room: Room, say: Say, walk: Walk, app: Flask) -> None:
    say(REGISTERED)
    walk("whistle_blown", whistle_blown=CALL)
    blown, case_id = room.now, room.case("A1").id
    room.now += timedelta(days=5)
    said = {"unit": "fire_office", "arrived_at": (blown - timedelta(minutes=1)).isoformat()}
    before = helped(app, case_id, "whistle_answered", said, "fire_office")
    said["arrived_at"] = (room.now + timedelta(days=400)).isoformat()
    ahead = helped(app, case_id, "whistle_answered", said, "fire_office")

    said["arrived_at"] = (blown + timedelta(minutes=20)).isoformat()
    told = helped(app, case_id, "whistle_answered", said, "fire_office")

    assert [one.status_code for one in (before, ahead, told)] == [409, 409, 200]
    assert "吹哨之后、现在之前" in before.get_json()["detail"]
    [whistle] = room.case("A1").details["whistles"]
    assert [(row["late"], row["arrived_at"]) for row in whistle["called"] if row.get("arrived_by")] == [
        (False, (blown + timedelta(minutes=20)).isoformat())
    ]


def test_a_whistle_is_ended_and_rated_after_the_appeal_is_closed(room: Room, say: Say, walk: Walk, app: Flask) -> None:
    say(REGISTERED)
    walk("whistle_blown", whistle_blown={**CALL, "units": ["fire_office"]})
    say("mediation.case_concluded.v1")
    say("feedback.appeal_closed.v1")
    assert [item["state"] for item in listed(app, "fire_office")] == ["closed"]

    walk("whistle_closed", whistle_closed={"result": "已现场处置到位。"})
    walk("unit_rated", unit_rated={"unit": "fire_office", "mark": 5})
    rated = helped(app, room.case("A1").id, "whistle_rated", {"unit": "fire_office", "mark": 4}, "fire_office")

    assert rated.status_code == 200
    assert listed(app, "fire_office") == []
    assert room.case("A1").ended_at is not None


def test_a_whistle_ends_with_the_appeal_that_is_withdrawn(room: Room, say: Say, walk: Walk, app: Flask) -> None:
    say(REGISTERED)
    walk("whistle_blown", whistle_blown=CALL)

    say("intake.appeal_withdrawn.v1", reason="已自行解决")

    [whistle] = room.case("A1").details["whistles"]
    assert whistle["result"] == "诉求已终止办理，吹哨随之撤销"
    assert whistle["closed_at"]
    assert listed(app, "fire_office") == []


def test_a_unit_that_is_named_twice_is_called_once(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)

    walk("whistle_blown", whistle_blown={**CALL, "units": ["fire_office", "police_station", "fire_office"]})
    walk("assist_asked", assist_asked={"assisting_units": ["fire_office", "fire_office"]})

    [blown] = room.told("whistle_blown.v1")
    assert blown["units"] == ["fire_office", "police_station"]
    assert [row["unit"] for row in room.case("A1").details["assists"]] == ["fire_office"]


def test_one_whistle_is_open_at_a_time_and_only_who_was_called_answers(
    room: Room, say: Say, walk: Walk, app: Flask
) -> None:
    say(REGISTERED)
    walk("whistle_blown", whistle_blown={**CALL, "units": ["fire_office"]})

    with pytest.raises(RefusedError, match="open here"):
        walk("whistle_blown", whistle_blown=CALL)
    case_id = room.case("A1").id
    both = ("fire_office", "police_station")
    other = helped(app, case_id, "whistle_answered", {"unit": "police_station"}, *both)
    helped(app, case_id, "whistle_answered", {"unit": "fire_office"}, *both)
    again = helped(app, case_id, "whistle_answered", {"unit": "fire_office"}, *both)
    assert {other.status_code, again.status_code} == {409}
    assert other.get_json()["detail"] == "该单位没有待报到的吹哨"


@pytest.mark.parametrize(
    ("urgency", "kind", "hours"),
    [("III", "emergency_response", 0.5), ("II", "joint_enforcement", 2), ("I", "emergency_response", 0.5)],
)
def test_the_time_to_arrive_is_that_of_the_type_and_shorter_where_it_is_urgent(
    room: Room, say: Say, walk: Walk, urgency: str, kind: str, hours: float
) -> None:
    say(REGISTERED, title="", text="请问")
    grades = {"mechanism": "hotline", "category": "0302", "urgency": urgency}
    walk(*(("corrected", "signed") if urgency == "III" else ("sent_first",)), corrected=grades, sent_first=grades)

    walk("whistle_blown", whistle_blown={**CALL, "whistle_type": kind})

    assert room.told("whistle_blown.v1")[0]["arrive_by"] == (room.now + timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({}, "no type"),
        ({"type": [{"code": "daily"}]}, "arrive, zh missing"),
        ({"type": [{"code": "daily", "zh": "日常", "arrive": "soon"}]}, "arrive"),
    ],
)
def test_a_list_of_types_that_makes_no_sense_stops_the_service(rows: dict[str, Any], reason: str) -> None:
    with pytest.raises(RulesError, match=reason):
        helping.read_kinds(rows)


@given(st.lists(st.sampled_from(["fire_office", "police_station"]), unique=True))
def test_a_unit_is_waited_for_until_both_sides_have_marked(done: list[str]) -> None:
    called = [{"unit": unit, "mark": 3, "mark_back": 3} if unit in done else {"unit": unit} for unit in CALL["units"]]
    rest = [unit for unit in CALL["units"] if unit not in done]

    assert helping.waited_for({"called": called, "closed_at": "2026-11-24"}) == rest
    assert helping.waited_for({"called": called}) == CALL["units"]


# -- pages -----------------------------------------------------------------------------


def test_a_unit_reports_on_its_page_and_reads_what_is_wrong_there(room: Room, say: Say, app: Flask) -> None:
    say(REGISTERED, **QUARREL)
    client = app.test_client()
    client.set_cookie("jiesu_token", signed(app, "handler", units=("police_station",), services=()))
    html = {"Accept": "text/html", "Accept-Language": "zh-CN"}
    assert "待反馈" in client.get("/help", headers=html).text
    path = f"/help/{room.case('A1').id}"
    page = client.get(path, headers=html).text
    [csrf, *_] = TOKEN.findall(page)

    said = {"_csrf_token": csrf, "unit": "police_station", "report": "好"}
    short = client.post(f"{path}/assist_reported", data=said, headers=html)
    sent = client.post(f"{path}/assist_reported", data={**said, "report": "已上门核实。"}, headers=html)

    assert (short.status_code, sent.status_code) == (422, 303)
    assert "尚未提交" in short.text
    assert "已上门核实。" in client.get(sent.location, headers=html).text
    forged = client.post(f"{path}/assist_reported", data={**said, "_csrf_token": "x"}, headers=html)
    assert forged.status_code == 403


def test_who_is_not_signed_in_is_asked_to(app: Flask) -> None:
    client = app.test_client()

    for path in ("/help", "/help/1", "/returns"):
        assert client.get(path, headers={"Accept": "text/html"}).location.startswith("/portal/sign-in?next=")
    assert client.get("/api/v1/help").status_code == 401
