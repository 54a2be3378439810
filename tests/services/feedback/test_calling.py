"""The doors of callbacks: the list for those who call, the link for a resident, and asking again after the end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from limits import RateLimitItemPerMinute

from chassis import keys, moments
from chassis.access import Principal, sign_token
from chassis.codes import id_of
from chassis.testing import Room
from chassis.throttle import Throttle
from chassis.workflow import Role
from services.feedback import links
from services.feedback.calls import manners
from tests.services.feedback.conftest import BAD, CODE, CONCLUDED, GOOD

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
HTML = {"Accept": "text/html", "Accept-Language": "zh-CN"}
MARKS = {"attitude": "5", "process": "4", "result": "5", "solved": "true"}
NEW = {"what_is_new": "修好两天后又坏了。"}


def bearer(
    app: Flask,
    *roles: str,
    person: str = "operator-1",
    units: tuple[str, ...] = ("*",),
    services: tuple[str, ...] = ("feedback",),
) -> dict[str, str]:
    who = Principal(
        id=person, name="话务员甲", roles=frozenset(roles), services=frozenset(services), units=frozenset(units)
    )
    token = sign_token(who, app.extensions["jiesu"].keys.signing(), moments.now())
    return {"Authorization": f"Bearer {token}"}


def link(app: Flask, room: Room, *, made: timedelta = timedelta(0)) -> str:
    case = room.case(id_of(CODE))
    path, _ = links.path_to(app.extensions["jiesu"].keys, case, moments.now() + made)
    return path.removeprefix("/feedback")


def posted(app: Flask, path: str, to: str = "", **form: str) -> Any:
    """Post a form as a page of ours that was open in a browser."""
    client = app.test_client()
    client.get("/rate", headers=HTML)
    cookie = client.get_cookie("jiesu_csrf")
    assert cookie is not None
    return client.post(path + to, data={"_csrf_token": cookie.value, **form}, headers=HTML)


# -- links -------------------------------------------------------------------------


def test_a_resident_rates_by_link_without_code_or_sign_in_and_only_once(app: Flask, room: Room, concluded: str) -> None:
    path = link(app, room)
    shown = app.test_client().get(path, headers=HTML)
    assert (shown.status_code, CONCLUDED["reply"] in shown.text, concluded in shown.text) == (200, True, False)

    first, second = (posted(app, path, **MARKS) for _ in range(2))

    assert (first.status_code, "感谢" in first.text) == (200, True)
    assert (second.status_code, "现在不能评价" in second.text) == (409, True)
    assert [one["way"] for one in room.told("appeal_rated.v1")] == ["link"]
    room.run("draw_consequences")
    closed = app.test_client().get(path, headers=HTML)
    assert (closed.status_code, "已结案" in closed.text, "提交评价" in closed.text) == (200, True, False)


def test_a_link_that_is_over_says_so_and_rates_nothing(app: Flask, room: Room, concluded: str) -> None:
    path = link(app, room, made=-manners().link)

    shown, answer = app.test_client().get(path, headers=HTML), posted(app, path, **MARKS)

    assert (shown.status_code, "评价链接已过期" in shown.text) == (410, True)
    assert (answer.status_code, room.state(id_of(concluded))) == (410, "callback_due")


def test_a_link_that_somebody_made_up_or_changed_says_so_and_rates_nothing(
    app: Flask, room: Room, concluded: str, tmp_path: Any
) -> None:
    good = link(app, room)
    body, _, signature = good.rpartition(".")
    other = keys.generate(tmp_path / "other", ["feedback"])
    elsewhere, _ = links.path_to(other, room.case(id_of(concluded)), moments.now())
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]

    made_up = [
        f"{body}.{flipped}",
        f"{body}x.{signature}",
        elsewhere.removeprefix("/feedback"),
        f"/r/{'x' * 400}",
        "/r/x",
    ]
    for path in made_up:
        shown, answer = app.test_client().get(path, headers=HTML), posted(app, path, **MARKS)
        assert (shown.status_code, "评价链接无效" in shown.text, answer.status_code) == (404, True, 404), path

    assert room.state(id_of(concluded)) == "callback_due"


def test_who_guesses_links_is_made_to_wait(app: Flask, concluded: str) -> None:
    del concluded
    app.extensions["jiesu"].posts = Throttle(RateLimitItemPerMinute(3))
    client = app.test_client()

    statuses = [client.get(f"/r/guess-{number}", headers=HTML).status_code for number in range(5)]

    assert statuses == [404, 404, 404, 429, 429]


def test_a_link_still_holds_after_the_key_was_changed(app: Flask, room: Room, concluded: str) -> None:
    path = link(app, room)

    keys.rotate(app.extensions["jiesu"].settings.keys, "feedback")

    assert posted(app, path, **MARKS).status_code == 200
    assert room.state(id_of(concluded)) == "rated"


def test_a_link_of_a_round_that_is_handled_again_leads_nowhere_and_the_next_one_does(
    app: Flask, room: Room, concluded: str
) -> None:
    path = link(app, room)
    app.test_client().post(f"/api/v1/appeals/{concluded}/rating", json=BAD)
    room.run("draw_consequences")
    during = app.test_client().get(path, headers=HTML)
    room.hear("mediation.case_concluded.v1", id_of(concluded), CONCLUDED)

    after = posted(app, path, **MARKS)

    assert [(page.status_code, "已重新办理" in page.text) for page in (during, after)] == [(410, True)] * 2
    assert posted(app, link(app, room), **MARKS).status_code == 200


def test_a_link_page_that_is_not_filled_in_says_where_and_keeps_what_was_typed(
    app: Flask, room: Room, concluded: str
) -> None:
    answer = posted(app, link(app, room), attitude="5", comment="还没评完")

    assert (answer.status_code, "还没评完" in answer.text) == (422, True)
    assert room.state(id_of(concluded)) == "callback_due"


def test_a_link_from_another_site_is_refused(app: Flask, room: Room, concluded: str) -> None:
    answer = app.test_client().post(link(app, room), data=MARKS, headers=HTML)

    assert (answer.status_code, room.state(id_of(concluded))) == (403, "callback_due")


def test_whoever_calls_is_given_a_link_for_the_message_and_it_is_on_record(
    app: Flask, room: Room, concluded: str
) -> None:
    case = room.case(id_of(concluded))
    path = f"/api/v1/cases/{case.id}/actions/link_sent"
    client = app.test_client()

    refused = client.post(path, json={}, headers=bearer(app, "operator", person="handler-1"))
    stranger = client.post(path, json={}, headers=bearer(app, "leader"))
    made = client.post(path, json={}, headers=bearer(app, "operator")).get_json()

    assert (refused.status_code, "承办人以外" in refused.get_json()["errors"][0]["zh"]) == (409, True)
    assert stranger.status_code == 403
    for odd in ({"form": "message"}, {"form": {}, "version": "1"}, {"way": "message"}):
        assert client.post(path, json=odd, headers=bearer(app, "operator")).status_code == 400
    token = made["link"].partition("/feedback/r/")[2]
    assert app.test_client().get(f"/r/{token}", headers=HTML).status_code == 200
    assert token not in f"{room.case(id_of(concluded)).details} {room.told()}"
    table = room.blueprint.store.timeline
    with room.database.read() as session:
        entries = session.execute(table.select().where(table.c.trigger == "link_sent")).all()
    assert [(entry.actor, entry.form) for entry in entries] == [("operator-1", {"way": "message"})]


def test_the_page_shows_the_message_to_whoever_calls(app: Flask, room: Room, concluded: str) -> None:
    case = room.case(id_of(concluded))
    client = app.test_client()
    client.set_cookie("jiesu_token", bearer(app, "operator")["Authorization"].removeprefix("Bearer "))
    token = TOKEN.search(client.get(f"/cases/{case.id}", headers=HTML).text)
    assert token is not None

    page = client.post(
        f"/cases/{case.id}/actions/link_sent", data={"_csrf_token": token[1], "way": "message"}, headers=HTML
    )

    assert page.status_code == 200
    assert re.search(r"点击链接评价：http://localhost/feedback/r/\S+", page.text)


# -- the list for those who call ---------------------------------------------------


def listed(app: Flask, query: str = "", **who: Any) -> list[str]:
    answer = app.test_client().get(f"/api/v1/callbacks?{query}", headers=bearer(app, "operator", **who))
    assert answer.status_code == 200, answer.get_json()
    return [item["subject"] for item in answer.get_json()["items"]]


def test_the_list_names_whom_to_call_by_urgency_by_person_and_by_when(app: Flask, room: Room) -> None:
    room.now = moments.now() - timedelta(days=3)
    for number in range(3):
        room.now += timedelta(days=1)
        room.hear("mediation.case_concluded.v1", f"A{number}", {**CONCLUDED, "number": f"第{number}号"})
    room.act("A1", "assigned", {}, role=Role.OPERATOR, person="operator-1")
    room.now = manners().next_at([], moments.now())
    room.act("A0", "callback_tried", {"way": "phone", "note": "无人接听"}, role=Role.OPERATOR, person="operator-2")

    assert listed(app) == ["A0", "A1", "A2"]
    assert listed(app, "only=mine") == ["A1"]
    assert listed(app, "only=free") == ["A0", "A2"]
    assert listed(app, "now=1") == ["A1", "A2"]
    items = app.test_client().get("/api/v1/callbacks", headers=bearer(app, "operator")).get_json()["items"]
    assert (items[0]["tries"], items[0]["last_answer"], items[0]["may_call_now"]) == (1, "no_answer", False)


def test_a_long_list_comes_in_pages_without_gap_or_repetition(app: Flask, room: Room) -> None:
    for number in range(120):
        room.hear("mediation.case_concluded.v1", f"A{number:03}", CONCLUDED)
    client = app.test_client()
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        answer = client.get("/api/v1/callbacks", query_string={"after": after}, headers=bearer(app, "operator"))
        seen += [item["subject"] for item in answer.get_json()["items"]]
        after = answer.get_json()["next"]

    assert (len(seen), len(set(seen))) == (120, 120)
    for cursor in ("x", "2026-01-01~x", "0001-01-01T00:00:00%2B14:00~x"):
        assert client.get(f"/api/v1/callbacks?after={cursor}", headers=bearer(app, "operator")).status_code == 400


@pytest.mark.parametrize(
    ("roles", "status"), [((), 401), (("handler",), 403), (("operator",), 200), (("leader",), 200)]
)
def test_the_list_is_for_those_who_call(app: Flask, roles: tuple[str, ...], status: int) -> None:
    headers = bearer(app, *roles) if roles else {}

    assert app.test_client().get("/api/v1/callbacks", headers=headers).status_code == status


def test_who_belongs_to_one_unit_sees_no_callback_of_others(app: Flask, room: Room) -> None:
    room.hear("mediation.case_concluded.v1", "A1", CONCLUDED)

    assert listed(app, units=("fire_office",)) == []


def test_the_list_as_a_page_offers_to_take_a_callback(app: Flask, room: Room, concluded: str) -> None:
    client = app.test_client()
    assert client.get("/callbacks", headers=HTML).headers["Location"].startswith("/portal/sign-in?next=")

    page = client.get("/callbacks", headers={**HTML, **bearer(app, "operator")})

    assert page.status_code == 200
    assert all(words in page.text for words in ("回访清单", "我来回访", "0/3", "08:30-12:00"))
    assert room.case(id_of(concluded)).id in page.text


def test_the_list_names_who_has_taken_a_callback(app: Flask, room: Room, concluded: str) -> None:
    room.act(id_of(concluded), "assigned", {}, role=Role.OPERATOR, person="operator-1")

    page = app.test_client().get("/callbacks", headers={**HTML, **bearer(app, "operator")})

    assert page.text.count("operator-1") == page.text.count("工作人员operator-1") > 0


# -- asking again ------------------------------------------------------------------


def closed(app: Flask, room: Room, code: str) -> None:
    app.test_client().post(f"/api/v1/appeals/{code}/rating", json=GOOD)
    room.now = moments.now()
    room.run("draw_consequences")


def test_a_resident_has_a_closed_appeal_handled_again_by_code(app: Flask, room: Room, concluded: str) -> None:
    client = app.test_client()
    early = client.post(f"/api/v1/appeals/{concluded}/reopening", json=NEW)
    closed(app, room, concluded)
    short = client.post(f"/api/v1/appeals/{concluded}/reopening", json={"what_is_new": "坏"})

    answer = client.post(f"/api/v1/appeals/{concluded}/reopening", json=NEW)

    assert (early.status_code, "尚未结案" in early.get_json()["title"]) == (409, True)
    assert short.status_code == 422
    assert (answer.status_code, room.state(id_of(concluded))) == (200, "reopened")


@pytest.mark.parametrize("by", ["code", "link"])
def test_a_resident_has_it_handled_again_on_the_page(app: Flask, room: Room, concluded: str, by: str) -> None:
    closed(app, room, concluded)
    path = "/rate" if by == "code" else link(app, room)
    code = {"code": concluded} if by == "code" else {}
    empty = posted(app, path, "/again", **code)

    answer = posted(app, path, "/again", **code, **NEW)

    assert (empty.status_code, "有新情况" in empty.text) == (422, True)
    assert (answer.status_code, "已重新受理" in answer.text) == (200, True)
    assert room.state(id_of(concluded)) == "reopened"


def test_after_the_archive_a_resident_is_shown_the_way_to_a_new_appeal(app: Flask, room: Room, concluded: str) -> None:
    closed(app, room, concluded)
    room.pass_time(timedelta(days=31))

    page = app.test_client().get(f"/rate?code={concluded}", headers=HTML)
    answer = app.test_client().post(f"/api/v1/appeals/{concluded}/reopening", json=NEW)

    assert ("/intake/report" in page.text, "申请重新办理" in page.text) == (True, False)
    assert (answer.status_code, "请重新提交诉求" in answer.get_json()["title"]) == (409, True)
