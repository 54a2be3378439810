"""The register of estates behind its doors: kept in versions, refused with reasons, and what companies stand at."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import select

from chassis.examples import example
from chassis.workflow import Role
from services.property import firms, register, schemas
from services.property.models import Estate
from services.property.web import create_app
from tests.services import doors
from tests.services.property.conftest import DISPATCHED, ESTATE, enter
from tests.services.property.test_service import OWNERS, TO_CREDIT, TO_SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room

    Walk = Callable[..., None]

    from tests.services.doors import Signed

API = "/api/v1/estates"
NEW: dict[str, Any] = {**example(schemas.EstateForm), "name": "渤海花园", "aliases": []}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Flask]:
    """Give property's web app over the room's database, its time standing where the room's stands."""
    with doors.opened(create_app, room, tmp_path, monkeypatch) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed(app: Flask) -> Signed:
    """Sign somebody in."""
    return doors.signing(app, "处办员己")


def test_an_estate_is_kept_with_its_roster_and_changed_in_versions(client: FlaskClient, signed: Signed) -> None:
    handler = signed(Role.HANDLER)
    kept = client.put(API, json=NEW, headers=handler)
    assert (kept.status_code, orjson.loads(kept.data)["version"]) == (200, 1)

    more = NEW["roster"] + "1-1-202,1号楼,1单元,Y003,60.00,登记,已交付\n"
    stale = client.put(API, json={**NEW, "roster": more}, headers=handler)
    changed = orjson.loads(client.put(API, json={**NEW, "roster": more, "version": 1}, headers=handler).data)

    assert (stale.status_code, "已由他人登记或修改" in stale.text) == (409, True)
    assert (changed["version"], changed["households"], changed["heads"], changed["area"]) == (2, 4, 3, "340.00")
    shown = orjson.loads(client.get(f"{API}/渤海花园", headers=signed(Role.LEADER)).data)
    assert [row["room"] for row in shown["rooms"]] == ["1-1-101", "1-1-102", "1-1-201", "1-1-202"]
    assert client.get(f"{API}/无名小区", headers=handler).status_code == 404


def test_blanks_around_a_name_make_no_second_estate_and_whatever_it_holds_leads_to_its_page(
    client: FlaskClient, signed: Signed
) -> None:
    handler = signed(Role.HANDLER)
    kept = [
        client.put(API, json={**NEW, "name": name, "version": version}, headers=handler).status_code
        for version, name in enumerate(("渤海花园", " 渤海花园 "))
    ]
    status, place = page(client, "/estates", handler, **{**NEW, "name": "一期#二期?"})

    assert kept == [200, 200]
    assert status == 303
    assert page(client, place, handler)[0] == 200
    assert "一期#二期?" in page(client, place, handler)[1]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"roster": "房号,业主编号,面积\n101,居民甲,9\n"}, "/roster"),
        ({"roster": "房号,业主编号,面积\n101,Y1,0\n101,Y1,9\n"}, "/roster"),
        ({"follow_majority": "the_silent"}, "/clause"),
        ({"name": ""}, "/name"),
        ({"name": "黄河家园一区/二区"}, "/name"),
        ({"name": "黄河家园\n一区"}, "/name"),
        ({"version": -1}, "/version"),
    ],
)
def test_what_is_wrong_with_an_estate_is_said_and_nothing_is_kept(
    client: FlaskClient, signed: Signed, changed: dict[str, Any], pointer: str
) -> None:
    answer = client.put(API, json={**NEW, **changed}, headers=signed(Role.HANDLER))

    assert answer.status_code == 422
    assert {error["pointer"] for error in orjson.loads(answer.data)["errors"]} == {pointer}
    assert client.get(f"{API}/渤海花园", headers=signed(Role.HANDLER)).status_code == 404


def test_only_those_who_work_here_read_the_register_and_only_handlers_change_it(
    client: FlaskClient, signed: Signed
) -> None:
    assert client.get(API).status_code == 401
    assert client.get(API, headers=signed(Role.HANDLER, services=("relief",))).status_code == 403
    assert client.get(API, headers=signed(Role.OPERATOR)).status_code == 403
    for role in (Role.LEADER, Role.REVIEWER, Role.INSPECTOR):
        assert client.get(API, headers=signed(role)).status_code == 200
        assert client.put(API, json=NEW, headers=signed(role)).status_code == 403


def test_a_company_stands_at_its_complaints_per_hundred_households_and_its_points(
    client: FlaskClient, signed: Signed, room: Room, walk: Walk
) -> None:
    walk(*TO_CREDIT, "credit_mark_reported")
    room.hear("routing.appeal_dispatched.v1", "A2", {**DISPATCHED, "number": "2026-000002"})
    for trigger in ("case_accepted", "classified"):
        form = {"kind": "fees", "estate": "黄河家园一区", "company": "甲物业公司"}
        room.act("A2", trigger, form if trigger == "classified" else {})

    def company() -> dict[str, Any]:
        [found] = orjson.loads(client.get(API, headers=signed(Role.LEADER)).data)["companies"]
        return dict(found)

    before = company()
    assert (before["complaints"], before["households"], before["density"]) == (2, 3, "66.67")
    assert (before["credit"]["score"], before["credit"]["undecided"]) == (100, 3)

    walk("credit_mark_answered", credit_mark_answered={"points": 5})
    after = company()
    assert (after["credit"]["score"], after["credit"]["undecided"], after["credit"]["verified"]) == (95, 0, False)


def test_complaints_are_held_against_the_estates_that_they_came_from_also_when_another_company_serves_them(
    client: FlaskClient, signed: Signed, room: Room, walk: Walk
) -> None:
    walk(*TO_CREDIT)
    with room.database.write() as session:
        found = session.scalars(select(Estate)).one()
        about, found.company = found.company, "丙物业公司"
        other = {**NEW, "company": about, "version": 0}
        register.put(session, schemas.EstateForm().load(other), [], by="", now=room.now)

    figures = orjson.loads(client.get(API, headers=signed(Role.LEADER)).data)["companies"]

    [theirs] = [row for row in figures if row["company"] == about]
    assert (theirs["complaints"], theirs["estates"], theirs["households"], theirs["density"]) == (1, 2, 3, "33.33")
    assert "丙物业公司" in {row["company"] for row in figures}


def test_points_that_the_district_declines_count_for_nothing(
    client: FlaskClient, signed: Signed, room: Room, walk: Walk
) -> None:
    walk(*TO_CREDIT, "credit_mark_reported", "joint_meeting_called", "credit_mark_answered",
         credit_mark_answered={"accepted": False, "points": 0})  # fmt: skip

    [found] = orjson.loads(client.get(API, headers=signed(Role.LEADER)).data)["companies"]

    assert (found["credit"]["score"], found["credit"]["undecided"], found["credit"]["marks"]) == (100, 0, 0)
    assert room.case("A1").credit_points == 0


# -- pages ------------------------------------------------------------------------


def page(client: FlaskClient, path: str, headers: dict[str, str], **form: Any) -> tuple[int, str]:
    """Read a page, or post a form with the page's own token."""
    headers = {**headers, "Accept": "text/html"}
    shown = client.get(path if not form else "/estates/new", headers=headers)
    if not form:
        return shown.status_code, shown.text
    found = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)
    assert found is not None
    answer = client.post(path, data={**form, "_csrf_token": found[1]}, headers=headers)
    return answer.status_code, answer.headers.get("Location") or answer.text


def test_an_estate_is_registered_and_changed_on_a_page(client: FlaskClient, signed: Signed) -> None:
    handler = signed(Role.HANDLER)
    form = {name: value for name, value in NEW.items() if value is not None}

    status, where = page(client, "/estates", handler, **form)
    assert (status, where.endswith("done=kept")) == (303, True)
    _, shown = page(client, "/estates/渤海花园", handler)
    assert "1-1-201,1号楼,1单元,Y003,100.00,合同,已交付" in shown
    assert 'name="version" value="1"' in shown or 'value="1"' in shown

    status, refused = page(
        client, "/estates", handler, **{**form, "version": 1, "roster": "房号,业主编号,面积\n1,居民甲,9"}
    )
    assert (status, "第2行：业主编号只用字母、数字和连字符" in refused) == (422, True)
    assert "居民甲" in refused


def test_the_list_shows_the_estates_to_a_leader_who_changes_nothing(client: FlaskClient, signed: Signed) -> None:
    status, shown = page(client, "/estates", signed(Role.LEADER))

    assert status == 200
    assert "黄河家园一区" in shown
    assert "登记小区" not in shown
    assert client.post("/estates", data=NEW, headers=signed(Role.LEADER)).status_code == 403
    assert client.get("/estates", headers={"Accept": "text/html"}).status_code == 303


def test_a_company_shows_how_often_and_how_soon_it_obeys_an_order(
    client: FlaskClient, signed: Signed, room: Room, walk: Walk
) -> None:
    walk(*TO_CREDIT[:4], "company_ordered")
    room.now += timedelta(days=6)
    walk("company_reported", "recheck_failed", "company_interviewed", "company_reported_again", "recheck_passed")

    [company] = orjson.loads(client.get(API, headers=signed(Role.LEADER)).data)["companies"]
    assert (company["orders"], company["put_right"], company["put_right_at_once"]) == (1, 1, 0)
    assert company["average_days"] == "6.00"
    assert firms.overhauls([])["average_days"] is None


def test_a_page_folds_the_rooms_of_a_whole_estate_and_says_how_many_they_are(
    client: FlaskClient, signed: Signed, room: Room, walk: Walk
) -> None:
    head = ESTATE["roster"].splitlines()[0]
    rows = "\n".join(f"1-1-{number},1号楼,1单元,Y{number},100.00,登记,已交付" for number in range(101, 126))
    enter(room, f"{head}\n{rows}\n")
    survey = {"scope": [], "whole_estate": True}
    walk(*TO_SITE, "repair_needed", "repair_surveyed", verified_on_site=OWNERS, repair_surveyed=survey)

    page = client.get(f"/cases/{room.case('A1').id}", headers=signed(Role.HANDLER)).get_data(as_text=True)

    assert "<details><summary>共 25 行</summary>" in page
    assert "1-1-125" in page
