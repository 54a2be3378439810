"""The six classes that are not dispatched: each with its route and its words; emergencies are relayed and asked about."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chassis import moments
from chassis.workflow import Role
from services.intake import rules
from services.intake.answers import onspot, replies
from tests.services.intake.test_desk import CALL, HTML, form, send
from tests.services.intake.test_doors import stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room

DATA = tomllib.loads((Path(replies.__file__).parents[1] / "data" / "replies.toml").read_text(encoding="utf-8"))
FIRE = {"text": "楼上着火了快来人", "contact-phone": "13800001111"}


@pytest.fixture
def operator(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Give an operator's header."""
    return {**HTML, **token("operator")}


def held(client: FlaskClient, operator: dict[str, str], room: Room, **fields: str) -> str:
    send(client, operator, form(client, operator, "street_hotline", **{**CALL, **fields}, hold="true"))
    return str(room.told("appeal_registered.v1")[-1]["appeal_id"])


# -- not accepted -------------------------------------------------------------


@pytest.mark.parametrize(
    ("ground", "route"), [(one.ground, route) for one in replies.table().classes.values() for route in one.routes]
)
def test_each_class_tells_its_route_in_the_words_of_the_template_where_none_are_written(
    client: FlaskClient, operator: dict[str, str], room: Room, ground: str, route: str
) -> None:
    appeal = held(client, operator, room)
    page = client.get(f"/cases/{appeal}/answer", headers=operator).text

    room.act(appeal, "not_accepted", {"ground": ground, "route": route}, role=Role.OPERATOR)

    [told] = room.told("appeal_not_accepted.v1")
    assert (told["ground"], told["route"], told["reply"]) == (ground, route, replies.not_accepted(ground, route))
    assert replies.table().routes[route] in told["reply"]
    assert "{" not in told["reply"]
    assert told["reply"] in page


def test_words_of_ones_own_are_sent_as_they_are_and_too_few_are_refused(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    appeal = held(client, operator, room)
    where = f"/api/v1/cases/{appeal}/actions/not_accepted"
    said = {"ground": "other_legal_route", "route": "litigation"}

    short = client.post(where, json={"form": {**said, "reply": "不行"}}, headers=operator)
    nowhere = client.post(where, json={"form": {**said, "route": "none"}}, headers=operator)
    beside = client.post(where, json={"form": {"ground": "beyond_duty", "route": "litigation"}}, headers=operator)
    sent = client.post(where, json={"form": {**said, "reply": "您好，请向人民法院起诉。"}}, headers=operator)

    assert (short.status_code, nowhere.status_code, beside.status_code, sent.status_code) == (422, 422, 422, 200)
    assert "该类情形为：市场或社会渠道（market_or_social）" in beside.text
    assert "不填则按模板" in short.text
    assert "应告知诉求人具体的法定途径" in nowhere.text
    assert room.told("appeal_not_accepted.v1")[0]["reply"] == "您好，请向人民法院起诉。"


# -- emergencies --------------------------------------------------------------


def test_one_press_registers_and_relays_and_the_follow_up_is_due(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    body = form(client, operator, "street_hotline", **FIRE)
    looked_up = send(client, operator, {**body, "lookup": "1"}).text

    answer = send(client, operator, {**body, "relay": "119"})

    assert answer.status_code == 303
    assert 'name="relay" value="119"' in looked_up
    [registered], [relayed] = room.told("appeal_registered.v1"), room.told("appeal_relayed.v1")
    assert (relayed["appeal_id"], relayed["service"]) == (registered["appeal_id"], "119")
    assert registered["hold"] is True
    case = room.case(registered["appeal_id"])
    assert case.due_at - case.opened_at == timedelta(hours=2)
    assert case.ended_at is None
    assert "119" in case.details["relayed"]["reply"]


def test_what_was_relayed_is_listed_until_somebody_has_asked_and_as_overdue_after_its_time(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    room.now = moments.now()
    send(client, operator, {**form(client, operator, "street_hotline", **FIRE), "relay": "119"})
    [told] = room.told("appeal_relayed.v1")
    before = client.get("/desk/", headers=operator).text
    room.pass_time(timedelta(hours=3))

    with room.database.read() as session:
        [late] = onspot.waiting_to_be_asked(session, room.now)
    room.act(told["appeal_id"], "followed_up", {"result": "险情已经排除"}, role=Role.DESK)
    after = client.get("/desk/", headers=operator).text

    assert "楼上着火了快来人" in before
    assert "已逾期" not in before
    assert (late["id"], late["line"], late["overdue"]) == (told["appeal_id"], "119", True)
    assert "楼上着火了快来人" not in after
    assert room.case(told["appeal_id"]).ended_at is not None


def test_the_same_emergency_said_again_is_relayed_again_and_not_merged(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    send(client, operator, form(client, operator, "street_hotline", **FIRE))

    send(client, operator, {**form(client, operator, "street_hotline", **FIRE), "relay": "119"})

    assert len(room.told("appeal_relayed.v1")) == 1
    assert room.told("appeal_merged.v1") == []


def test_a_line_that_does_not_exist_is_no_button(
    client: FlaskClient, app: Flask, operator: dict[str, str], room: Room
) -> None:
    send(client, operator, {**form(client, operator, "street_hotline", **FIRE), "relay": "911"})

    assert room.told("appeal_relayed.v1") == []
    assert stored(app) == 1


@pytest.mark.parametrize(("text", "line"), [("有人跳楼", "110"), ("老人晕倒了", "120"), ("路口发生车祸", "122")])
def test_each_line_is_suggested_by_its_words(text: str, line: str) -> None:
    assert [found for found, _words in replies.emergencies(text)] == [line]


def test_an_everyday_matter_suggests_no_line() -> None:
    assert replies.emergencies("三号楼前路灯不亮") == []


# -- the data -----------------------------------------------------------------


def test_all_six_classes_are_there_with_their_articles() -> None:
    articles = {one.article for one in replies.table().classes.values()} | {
        one.article for one in replies.table().lines.values()
    }

    assert len(articles) == 6
    assert {*replies.table().classes} == {*rules.GROUNDS}


@pytest.mark.parametrize(
    "change",
    [
        {"class": DATA["class"][1:]},
        {"relay": DATA["relay"][1:]},
        {"routes": {name: said for name, said in DATA["routes"].items() if name != "petition"}},
        {"class": [{**DATA["class"][0], "routes": ["elsewhere"]}, *DATA["class"][1:]]},
        {"relay_reply": {}},
    ],
)
def test_replies_that_lack_a_class_a_line_or_a_route_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(replies.RepliesError, match=re.escape("replies.toml")):
        replies.read({**DATA, **change})
