"""Feedback's doors: residents rate by tracking code, through the API and on the page."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from chassis.codes import id_of
from chassis.testing import Room
from tests.services.feedback.conftest import BAD, CONCLUDED, GOOD

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
HTML = {"Accept": "text/html", "Accept-Language": "zh-CN"}


def url(code: str) -> str:
    return f"/api/v1/appeals/{code}/rating"


def test_a_rating_by_tracking_code_is_on_record(app: Flask, room: Room, concluded: str) -> None:
    client = app.test_client()
    shown = client.get(f"/api/v1/appeals/{concluded}").get_json()
    assert (shown["can_be_rated"], shown["reply"]) == (True, CONCLUDED["reply"])

    answer = client.post(url(concluded.lower().replace("-", "")), json={**GOOD, "comment": "谢谢"})

    assert (answer.status_code, answer.get_json()["state"]) == (200, "rated")
    assert room.case(id_of(concluded)).result == 5
    assert client.get(f"/api/v1/appeals/{concluded}").get_json()["can_be_rated"] is False


def test_the_tracking_code_is_nowhere_in_what_is_stored_or_told(app: Flask, room: Room, concluded: str) -> None:
    app.test_client().post(url(concluded), json=GOOD)

    case = room.case(id_of(concluded))
    stored = f"{case.details} {case.title} {case.subject} {room.told()}"
    assert concluded not in stored
    assert concluded.replace("-", "") not in stored


def test_the_same_key_rates_once_and_a_second_rating_is_refused(app: Flask, concluded: str) -> None:
    client = app.test_client()
    first = client.post(url(concluded), json=GOOD, headers={"Idempotency-Key": "k1"})
    second = client.post(url(concluded), json=BAD)

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.get_json()["state"] == "rated"


def test_what_is_wrong_is_said_field_by_field_in_both_languages(app: Flask, concluded: str) -> None:
    answer = app.test_client().post(url(concluded), json={"attitude": 6, "process": 0, "solved": True})

    assert answer.status_code == 422
    errors = {error["pointer"]: error for error in answer.get_json()["errors"]}
    assert {pointer.rpartition("/")[2] for pointer in errors} == {"attitude", "process", "result"}
    assert all(error["zh"] and error["en"] for error in errors.values())


def test_a_code_that_is_none_and_a_code_of_nothing_are_told_apart(app: Flask, concluded: str) -> None:
    client = app.test_client()
    del concluded

    assert client.post(url("abc"), json=GOOD).status_code == 422
    assert client.post(url("2222-2222-2222"), json=GOOD).status_code == 404


def rated_on_page(app: Flask, code: str, **marks: Any) -> Any:
    client = app.test_client()
    page = client.get(f"/rate?code={code}", headers=HTML)
    token = TOKEN.search(page.text)
    assert token is not None
    return client.post("/rate", data={"_csrf_token": token[1], "code": code, **marks}, headers=HTML)


def test_a_resident_rates_on_the_page(app: Flask, room: Room, concluded: str) -> None:
    answer = rated_on_page(app, concluded, attitude="5", process="4", result="2", solved="false", comment="还是吵")

    assert answer.status_code == 200
    assert "感谢" in answer.text
    assert room.case(id_of(concluded)).citizen_says_solved is False


def test_a_page_that_is_not_filled_in_says_where(app: Flask, room: Room, concluded: str) -> None:
    answer = rated_on_page(app, concluded, attitude="5")

    assert answer.status_code == 422
    assert room.state(id_of(concluded)) == "callback_due"


def test_a_rating_from_another_site_is_refused(app: Flask, room: Room, concluded: str) -> None:
    answer = app.test_client().post("/rate", data={"code": concluded, **GOOD}, headers=HTML)

    assert answer.status_code in (400, 403)
    assert room.state(id_of(concluded)) == "callback_due"


def test_the_page_without_a_code_asks_for_it(app: Flask) -> None:
    page = app.test_client().get("/rate", headers=HTML)

    assert page.status_code == 200
    assert "查询码" in page.text


def test_the_public_doors_are_in_the_openapi_document_with_an_example_that_passes(app: Flask, concluded: str) -> None:
    client = app.test_client()
    paths = client.get("/openapi.json").get_json()["paths"]

    assert "get" in paths["/api/v1/appeals/{tracking_code}"]
    described = paths["/api/v1/appeals/{tracking_code}/rating"]["post"]
    example = described["requestBody"]["content"]["application/json"]["example"]
    assert {"200", "404", "409", "422"} <= {*described["responses"]}
    assert client.post(url(concluded), json=example).status_code == 200
