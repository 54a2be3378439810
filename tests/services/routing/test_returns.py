"""Returns: decided by the desk once, adjudicated after that, sent round by nobody, and counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema, ValidationError
from sqlalchemy import select

from chassis import metrics
from chassis.testing import Room
from chassis.workflow import NotPermittedError, RefusedError, Role
from services.routing import schemas
from services.routing.workflow import KEPT
from tests.services.routing.conftest import UNCLEAR, registered, signed
from tests.services.routing.test_signing import delegate

Say = Callable[..., str]
Walk = Callable[..., None]

REGISTERED = "intake.appeal_registered.v1"
ASKED = "case_return_requested.v1"


def supervised(room: Room) -> list[tuple[str, int]]:
    room.run("watch_promises")
    return [(one["clock"], one["level"]) for one in room.told("appeal_supervised.v1")]


# -- the first receiver goes on handling -------------------------------------------


@pytest.mark.parametrize("state", ["return_pending", "adjudication_due"])
def test_while_a_return_is_decided_its_first_receiver_is_heard_and_the_clocks_go_on(
    room: Room, say: Say, walk: Walk, state: str
) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    if state == "adjudication_due":
        walk("put_to_adjudication")
    assert room.state("A1") == state

    say("mediation.case_accepted.v1")
    say("mediation.case_contacted.v1")
    say("mediation.case_extension_requested.v1")
    walk("extension_granted")

    clocks = room.clocks("A1")
    assert (room.state("A1"), room.parked()) == (state, [])
    assert (clocks["sign_in"].state, clocks["first_contact"].state, clocks["finish"].state) == (
        "stopped",
        "stopped",
        "running",
    )
    room.now += timedelta(days=40)
    room.run("watch_promises")
    assert ("finish", 2) in [(one["clock"], one["level"]) for one in room.told("appeal_supervised.v1")]


def test_each_return_is_kept_with_the_dispatch_that_it_is_about_and_its_decision(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    room.now += timedelta(hours=3)
    walk("return_granted", return_granted={"mechanism": "property", "category": "0601"})

    [kept] = room.case("A1").details["returns"]
    assert (kept["unit"], kept["rule"], kept["category"], kept["reason_class"]) == (
        "mediation_committee",
        "mediation",
        "0101",
        "not_our_duty",
    )
    assert (kept["granted"], kept["final"], kept["decided_by"]) == (True, False, "工作人员a desk")
    taken = datetime.fromisoformat(kept["decided_at"]) - datetime.fromisoformat(kept["asked_at"])
    assert taken == timedelta(hours=3)


@pytest.mark.parametrize("late", ["triage", "return_review", "adjudication"])
def test_what_desk_or_leader_have_not_decided_in_time_is_told_once(room: Room, say: Say, walk: Walk, late: str) -> None:
    say(REGISTERED, **(UNCLEAR if late == "triage" else {}))
    if late != "triage":
        say(f"mediation.{ASKED}")
    if late == "adjudication":
        walk("put_to_adjudication")
    state = room.state("A1")

    for _ in range(3):
        room.pass_time(timedelta(days=1))

    [told] = room.told("decision_awaited.v1")
    assert (told["decision"], told["unit"]) == (late, "" if late == "triage" else "mediation_committee")
    assert room.state("A1") == state


def test_what_was_decided_in_time_is_told_to_nobody(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    walk("return_denied")

    room.pass_time(timedelta(days=2))

    assert room.told("decision_awaited.v1") == []


# -- adjudication --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "late", "fact", "why"),
    [
        ([], timedelta(), {}, []),
        ([], timedelta(days=3), {}, ["late"]),
        (["return_denied"], timedelta(), {"contested": True}, ["contested"]),
        (["return_denied"], timedelta(), {}, ["second"]),
    ],
    ids=["first", "late", "contested", "second"],
)
def test_a_second_late_or_disputed_return_goes_to_a_leader(
    room: Room, say: Say, walk: Walk, before: list[str], late: timedelta, fact: dict[str, Any], why: list[str]
) -> None:
    say(REGISTERED)
    for trigger in before:
        say(f"mediation.{ASKED}")
        walk(trigger)
    room.now += late

    say(f"mediation.{ASKED}", **fact)

    assert room.state("A1") == ("adjudication_due" if why else "return_pending")
    assert room.case("A1").details["returns"][-1]["adjudicated_for"] == why


def test_nobody_adjudicates_the_dispute_about_his_own_refusal(room: Room, say: Say) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    room.act("A1", "return_denied", {"opinion": "属于本单位职责"}, role=Role.DESK, person="both-1")
    say(f"mediation.{ASKED}", contested=True)
    ruling = {"opinion": "由首接单位继续办理"}

    with pytest.raises(RefusedError, match="another leader"):
        room.act("A1", "adjudicated_kept", ruling, role=Role.LEADER, person="both-1")
    room.act("A1", "adjudicated_kept", ruling, role=Role.LEADER, person="leader-2")

    assert [one["final"] for one in room.told("return_decided.v1")] == [False, True]


@pytest.mark.parametrize("said", [" ", "x", "上级", "18号"])
@pytest.mark.parametrize(
    ("form", "field"),
    [(schemas.Upheld, "ruled_above"), (schemas.MoreTime, "approved_above")],
    ids=["ruling", "more time"],
)
def test_a_body_above_is_named_with_the_number_of_its_letter(form: type[Schema], field: str, said: str) -> None:
    with pytest.raises(ValidationError, match="请写明机关和文号"):
        form().load({"opinion": "按上级意见办理。", field: said})


@pytest.mark.parametrize("asked", ["return_review", "adjudication"])
def test_what_the_street_answers_itself_has_no_return_to_decide_any_more(
    room: Room, say: Say, walk: Walk, asked: str
) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    if asked == "adjudication":
        walk("put_to_adjudication")

    say("intake.appeal_answered.v1")
    room.pass_time(timedelta(days=3))

    clocks = room.clocks("A1")
    assert room.state("A1") == "answered"
    assert (clocks[asked].stopped_at, clocks[f"{asked}_alarm"].stopped_at) == (room.now - timedelta(days=3),) * 2
    assert room.case("A1").due_at is None


@pytest.mark.parametrize(
    ("decision", "form", "unit"),
    [
        ("adjudicated_kept", {}, "mediation_committee"),
        ("adjudicated_moved", {"mechanism": "property", "category": "0601"}, "property_office"),
        ("adjudicated_jointly", {"assisting_units": ["property_office"]}, "mediation_committee"),
    ],
)
def test_where_there_is_no_other_leader_the_ruling_of_the_body_above_is_registered(
    room: Room, say: Say, decision: str, form: dict[str, Any], unit: str
) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    room.act("A1", "return_denied", {"opinion": "属于本单位职责"}, role=Role.DESK, person="only-1")
    say(f"mediation.{ASKED}", contested=True)
    said = {**form, "opinion": "按上级裁定办理。"}
    with pytest.raises(RefusedError, match="the body above does"):
        room.act("A1", decision, said, role=Role.LEADER, person="only-1")

    above = "区政务热线中心〔2026〕18号"
    room.act("A1", decision, {**said, "ruled_above": above}, role=Role.LEADER, person="only-1")

    assert (room.state("A1"), room.case("A1").unit) == ("dispatched", unit)
    assert room.case("A1").details["returns"][-1]["ruled_above"] == above
    assert room.told("return_decided.v1")[-1]["opinion"] == f"按上级裁定办理。（裁定：{above}）"
    assert room.told("return_decided.v1")[-1]["final"] is True


RULED = {"opinion": "按上级裁定办理。", "ruled_above": "区政务热线中心〔2026〕18号"}


def refused_and_contested(say: Say, room: Room) -> None:
    """Bring an appeal to where the refusal of a lone leader is disputed."""
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    room.act("A1", "return_denied", {"opinion": "属于本单位职责"}, role=Role.DESK, person="only-1")
    say(f"mediation.{ASKED}", contested=True)


def test_a_ruling_of_the_body_above_is_refused_while_another_leader_may_decide(room: Room, say: Say) -> None:
    say("portal.account_changed.v1")
    say("portal.account_changed.v1", account_id="only-1")
    refused_and_contested(say, room)

    with pytest.raises(RefusedError, match="another leader adjudicates"):
        room.act("A1", "adjudicated_kept", RULED, role=Role.LEADER, person="only-1")
    room.act("A1", "adjudicated_kept", {"opinion": "由首接单位继续办理"}, role=Role.LEADER, person="leader-2")

    assert room.state("A1") == "dispatched"


def test_a_second_account_of_one_person_is_no_other_leader(room: Room, say: Say) -> None:
    # A name compares by its letters and digits: these are two accounts of one person.
    for account in ("only-1", "only1"):
        say("portal.account_changed.v1", account_id=account, person=f"工作人员{account}")
    refused_and_contested(say, room)

    with pytest.raises(RefusedError, match="another leader adjudicates"):
        room.act("A1", "adjudicated_kept", {"opinion": "由首接单位办理"}, role=Role.LEADER, person="only1")
    room.act("A1", "adjudicated_kept", RULED, role=Role.LEADER, person="only1")

    assert room.case("A1").details["returns"][-1]["ruled_above"] == RULED["ruled_above"]


def test_a_ruling_is_written_down_with_what_both_sides_said(room: Room, say: Say) -> None:
    refused_and_contested(say, room)

    moved = {"mechanism": "property", "category": "0601", "opinion": "属物业服务事项，改派。"}
    room.act("A1", "adjudicated_moved", moved, role=Role.LEADER, person="leader-2")

    with room.database.read() as session:
        [paper] = session.execute(select(room.blueprint.papers)).all()
    assert paper.name == "adjudication_decision"
    said = ("第1次提出", "第2次提出", "对不予退单有异议", "退单成立，改派", "属物业服务事项，改派。")
    assert [one for one in (*said, "（工作人员only-1）") if one not in paper.text] == []


@pytest.mark.parametrize(
    ("decision", "form", "result"),
    [
        ("adjudicated_kept", {}, "退单不成立，由首接单位继续主办"),
        ("adjudicated_jointly", {"assisting_units": ["property_office"]}, "退单不成立，由首接单位主办，其他单位协办"),
    ],
)
def test_a_ruling_that_the_desk_asked_for_says_so(
    room: Room, say: Say, walk: Walk, decision: str, form: dict[str, Any], result: str
) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")

    walk("put_to_adjudication", decision, **{decision: {**form, "opinion": "经会商裁定如下。"}})

    with room.database.read() as session:
        [paper] = session.execute(select(room.blueprint.papers)).all()
    assert [one for one in ("受理中心提请裁定", result) if one not in paper.text] == []


@pytest.mark.parametrize(
    "changed",
    [{"active": False, "change": "disabled"}, {"roles": ["handler"]}, {"services": ["mediation"]}],
    ids=["disabled", "no leader", "not served here"],
)
def test_the_ruling_is_registered_where_the_other_account_may_not_decide(
    room: Room, say: Say, changed: dict[str, Any]
) -> None:
    say("portal.account_changed.v1", account_id="only-1")
    say("portal.account_changed.v1")
    room.pass_time(timedelta(minutes=1))
    say("portal.account_changed.v1", **changed)
    refused_and_contested(say, room)

    room.act("A1", "adjudicated_kept", RULED, role=Role.LEADER, person="only-1")

    assert room.case("A1").details["returns"][-1]["ruled_above"] == RULED["ruled_above"]


def test_the_ruling_is_registered_while_the_other_leader_is_away(room: Room, say: Say) -> None:
    say("portal.account_changed.v1", account_id="demo-deputy")
    refused_and_contested(say, room)
    with pytest.raises(RefusedError, match="another leader adjudicates"):
        room.act("A1", "adjudicated_kept", RULED, role=Role.LEADER, person="only-1")

    delegate(room, kind="absence", from_post="deputy_order", to_post="")
    room.act("A1", "adjudicated_kept", RULED, role=Role.LEADER, person="only-1")

    assert room.state("A1") == "dispatched"


@pytest.mark.parametrize(
    ("decision", "form", "granted", "unit", "dispatches"),
    [
        ("adjudicated_kept", {}, False, "mediation_committee", 1),
        ("adjudicated_moved", {"mechanism": "property", "category": "0601"}, True, "property_office", 2),
        ("adjudicated_jointly", {"assisting_units": ["property_office"]}, False, "mediation_committee", 1),
    ],
)
def test_an_adjudication_is_a_leaders_final_and_explained(
    room: Room, say: Say, walk: Walk, decision: str, form: dict[str, Any], *, granted: bool, unit: str, dispatches: int
) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    walk("put_to_adjudication")
    with pytest.raises(NotPermittedError):
        room.act("A1", decision, {**form, "opinion": "由我决定"}, role=Role.DESK)

    walk(decision, **{decision: {**form, "opinion": "经会商裁定如下。"}})

    [decided] = room.told("return_decided.v1")
    assert (decided["granted"], decided["final"], decided["opinion"]) == (granted, True, "经会商裁定如下。")
    assert (room.case("A1").unit, len(room.told("appeal_dispatched.v1"))) == (unit, dispatches)
    assert room.clocks("A1")["adjudication"].state == "stopped"
    asked = [one["units"] for one in room.told("assist_asked.v1")]
    assert asked == ([["property_office"]] if decision == "adjudicated_jointly" else [])


def test_a_denied_return_is_not_final(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    walk("return_denied")

    assert room.told("return_decided.v1")[0]["final"] is False


# -- sent round ------------------------------------------------------------------------


def test_the_desk_sends_nothing_back_to_a_unit_that_had_it_and_a_leader_who_does_is_on_record(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_transferred.v1")
    walk("redispatched", redispatched={"mechanism": "enforcement", "category": "0202"})
    say("enforcement.case_accepted.v1")
    say("enforcement.case_transferred.v1")
    before = metrics.WENT_ROUND.labels("routing")._value.get()

    with pytest.raises(RefusedError, match="that unit had it before"):
        walk("redispatched", redispatched={"mechanism": "mediation", "category": "0101"})
    walk("transfer_adjudicated", transfer_adjudicated={"mechanism": "mediation", "category": "0101"})

    assert room.case("A1").details["went_round"]["why"] == "back"
    assert [row["unit"] for row in room.case("A1").details["holders"]] == ["mediation_committee", "enforcement_squad"]
    assert supervised(room) == [("round", 2)]
    assert supervised(room) == [("round", 2)]
    assert metrics.WENT_ROUND.labels("routing")._value.get() == before + 1


def test_a_third_unit_without_one_that_took_it_is_for_a_leader(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_transferred.v1")
    walk("redispatched", redispatched={"mechanism": "enforcement", "category": "0202"})
    say("enforcement.case_transferred.v1")

    with pytest.raises(RefusedError, match="unit number 3"):
        walk("redispatched", redispatched={"mechanism": "property", "category": "0601"})
    walk("transfer_adjudicated", transfer_adjudicated={"mechanism": "property", "category": "0601"})

    assert room.case("A1").details["went_round"]["why"] == "many"
    assert supervised(room) == [("round", 2)]


def test_a_third_unit_after_one_that_took_it_is_no_circle(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_transferred.v1")
    walk("redispatched", redispatched={"mechanism": "enforcement", "category": "0202"})
    say("enforcement.case_transferred.v1")
    walk("redispatched", redispatched={"mechanism": "property", "category": "0601"})

    assert room.case("A1").details["went_round"] is None
    assert supervised(room) == []


def test_a_return_that_suggests_a_unit_which_had_it_goes_to_a_leader(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_transferred.v1")
    walk("redispatched", redispatched={"mechanism": "enforcement", "category": "0202"})

    say(f"enforcement.{ASKED}", suggested_unit="mediation_committee")

    assert room.state("A1") == "adjudication_due"
    assert room.case("A1").details["returns"][-1]["adjudicated_for"] == ["round"]


# -- analysed --------------------------------------------------------------------------


def analysed(app: Flask, **query: str) -> dict[str, Any]:
    asked = {"from": "2026-11-01", "until": "2026-12-01", **query}
    got = app.test_client().get(
        "/api/v1/returns", query_string=asked, headers={"Authorization": f"Bearer {signed(app, 'leader')}"}
    )
    assert got.status_code == 200, got.get_json()
    found: dict[str, Any] = got.get_json()
    return found


def month(room: Room, walk: Walk) -> None:
    """Dispatch three appeals to the mediators: one is returned and moved, one returned and kept, one handled."""
    for subject in ("A1", "A2", "A3"):
        room.hear(REGISTERED, subject, registered())
    for subject in ("A1", "A2"):
        asked = {"reason": "不属于本单位职责", "reason_class": "wrong_area", "suggested_unit": "property_office"}
        room.hear(f"mediation.{ASKED}", subject, asked)
    room.now += timedelta(hours=2)
    walk("return_granted", return_granted={"mechanism": "property", "category": "0601"})
    room.now += timedelta(hours=2)
    room.act("A2", "return_denied", {"opinion": "属本单位职责"}, role=Role.DESK)


def test_returns_are_counted_by_unit_and_rule_with_their_denominators(app: Flask, room: Room, walk: Walk) -> None:
    month(room, walk)

    found = analysed(app)

    total = found["total"]
    assert (total["dispatched"], total["returned"], total["granted"], total["denied"]) == (4, 2, 1, 1)
    assert (total["return_rate"], total["grant_rate"], total["median_hours"]) == (0.5, 0.5, 3.0)
    by_unit = {one["key"]: (one["returned"], one["dispatched"]) for one in found["groups"]}
    assert by_unit == {"mediation_committee": (2, 3), "property_office": (0, 1)}
    assert {one["key"]: one["returned"] for one in analysed(app, by="rule")["groups"]} == {
        "mediation": 2,
        "property": 0,
    }
    [reason] = analysed(app, by="reason_class")["groups"]
    assert (reason["key"], reason["returned"], reason["dispatched"]) == ("wrong_area", 2, 4)
    assert {one["key"] for one in analysed(app, by="category")["groups"]} == {"0101", "0601"}


@pytest.mark.parametrize(("trigger", "asked"), [("return_granted", ASKED), ("redispatched", "case_transferred.v1")])
def test_the_leader_in_charge_goes_with_the_unit_that_has_it_now(
    trigger: str, asked: str, room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED)
    assert room.case("A1").details["assigned_leader"] == "deputy_order"
    say(f"mediation.{asked}")

    walk(trigger, **{trigger: {"mechanism": "relief", "category": "0509"}})

    case = room.case("A1")
    assert (case.mechanism, case.unit, case.category) == ("relief", "civil_affairs_office", "0509")
    assert case.details["assigned_leader"] == "deputy_livelihood"


def test_what_a_person_sent_somewhere_is_not_counted_with_the_rule_that_he_overruled(
    app: Flask, room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED)
    say(f"mediation.{ASKED}")
    moved = {"mechanism": "enforcement", "category": "0202", "lead_unit": "fire_office"}
    walk("return_granted", return_granted=moved)
    room.now += timedelta(hours=1)
    say(f"enforcement.{ASKED}")

    by_rule = {one["key"]: (one["returned"], one["dispatched"]) for one in analysed(app, by="rule")["groups"]}
    assert by_rule == {"mediation": (1, 1), "person": (1, 1)}
    assert (room.case("A1").rule, room.case("A1").details["rules"]["rule"]) == ("person", "enforcement")


def test_a_period_gives_the_same_figures_whenever_it_is_counted(app: Flask, room: Room, walk: Walk) -> None:
    month(room, walk)
    room.now += timedelta(days=1)
    before = analysed(app, as_of="2026-11-24")
    room.now += timedelta(days=20)
    room.hear(f"mediation.{ASKED}", "A3", {"reason": "不属于本单位职责", "suggested_unit": "property_office"})

    assert analysed(app, as_of="2026-11-24") == before
    assert analysed(app)["total"]["returned"] == 3
    assert analysed(app, **{"from": "2026-12-01", "until": "2027-01-01"})["total"]["dispatched"] == 0


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"from": "2026-12-01"}, "/until"), ({"from": "gestern"}, "/from"), ({"by": "weather"}, "/by")],
)
def test_a_period_that_makes_no_sense_is_refused_field_by_field(
    app: Flask, query: dict[str, str], pointer: str
) -> None:
    asked = {"from": "2026-11-01", "until": "2026-12-01", **query}
    got = app.test_client().get(
        "/api/v1/returns", query_string=asked, headers={"Authorization": f"Bearer {signed(app, 'leader')}"}
    )

    assert got.status_code == 422
    assert [error["pointer"] for error in got.get_json()["errors"]] == [pointer]


def test_the_analysis_is_for_desk_leaders_and_inspectors_and_stands_on_a_page(
    app: Flask, room: Room, walk: Walk
) -> None:
    month(room, walk)
    client = app.test_client()
    query = "?from=2026-11-01&until=2026-12-01"
    refused = client.get(f"/api/v1/returns{query}", headers={"Authorization": f"Bearer {signed(app, 'handler')}"})
    shown = client.get(
        f"/returns{query}", headers={"Authorization": f"Bearer {signed(app, 'inspector')}", "Accept": "text/html"}
    )

    assert (refused.status_code, refused.get_json()["title"]) == (403, "退单分析供受理中心、领导和督查员查看")
    assert shown.status_code == 200
    assert "街道人民调解委员会" in shown.text
    assert "2/3" in shown.text


def test_every_state_in_which_a_mechanism_has_a_case_is_watched() -> None:
    assert {"dispatched", "accepted", "rework", "return_pending", "adjudication_due"} == {*KEPT}
