"""The register of committees: kept in versions behind its doors, and the gate that holds mediators against it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import select

from chassis import blueprint, settings
from chassis.database import Database
from chassis.examples import example
from chassis.migrate import upgrade
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError, Role
from services.mediation import demo, register, schemas
from services.mediation.cautions import roster
from services.mediation.models import Committee
from services.mediation.service import MediationService
from services.mediation.web import create_app
from tests.services import doors
from tests.services.mediation.test_service import TO_AGREEMENT, TO_SESSION, go, on_file, room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room
    from tests.services.doors import Signed

__all__ = ["room"]

API = "/api/v1/committees"
NEW: dict[str, Any] = {**example(schemas.CommitteeForm), "name": "黄河社区人民调解委员会"}
TO_RIGHTS = TO_SESSION[:5]


def mediator(name: str, standing: str = "committee_member") -> dict[str, Any]:
    """Return a form that sets one mediator."""
    return {"mediators": [{"mediator": name, "standing": standing, "chosen_by": "parties"}]}


def warned(room: Room) -> list[str]:
    """Return the codes of what is warned of for the committee's sake."""
    return [caution.code for caution in roster(room.case("A1"), room.now)]


# -- the gate -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "standing"),
    [("过路人", "committee_member"), ("过路人", "engaged"), ("调解员甲", "engaged"), ("调解员丁", "committee_member")],
)
def test_who_is_on_no_roster_or_is_there_as_something_else_does_not_mediate(
    room: Room, name: str, standing: str
) -> None:
    go(room, *TO_RIGHTS)

    with pytest.raises(RefusedError, match=f"on no committee's roster .*{name}"):
        go(room, "mediators_set", mediators_set=mediator(name, standing))

    assert room.state("A1") == "rights_notified"


def test_who_is_engaged_or_a_member_mediates_and_the_case_names_him_and_his_committee(room: Room) -> None:
    go(room, *TO_RIGHTS, "mediators_set", mediators_set=mediator("调解员丁", "engaged"))

    case = room.case("A1")
    assert case.handlers == "调解员丁"
    assert case.details["committees"] == ["示例街道人民调解委员会"]
    assert warned(room) == []


def test_an_engagement_that_is_over_is_no_engagement(room: Room) -> None:
    people = [{**row, "until": "2026-11-22"} for row in example(schemas.CommitteeForm)["people"]]
    on_file(room, people=people, version=1)
    go(room, *TO_RIGHTS)

    with pytest.raises(RefusedError, match="on no committee's roster"):
        go(room, "mediators_set", mediators_set=mediator("调解员丁", "engaged"))


def test_a_street_without_any_committee_on_file_is_warned_and_goes_on(room: Room) -> None:
    with room.database.write() as session:
        session.query(Committee).delete()
    go(room, *TO_RIGHTS, "mediators_set")

    assert room.state("A1") == "investigating"
    assert warned(room) == ["no_roster"]


@pytest.mark.parametrize("named", [["示例街道人民调解委员会"], []])
def test_a_month_is_counted_for_each_committee_and_for_those_on_no_roster(room: Room, named: list[str]) -> None:
    if not named:
        with room.database.write() as session:
            session.query(Committee).delete()
    first, tomorrow = local_date(room.now).replace(day=1), local_date(room.now) + timedelta(days=1)
    go(room, *TO_AGREEMENT)

    with room.database.read() as session:
        [counted] = register.month_of(session, first, tomorrow)
        before = register.month_of(session, first - timedelta(days=60), first)

    [name] = named or [""]
    assert counted == {"committee": name, "mediated": 1, "agreed": 1, "unsettled": 0, "kept": 0, "broken": 0}
    assert before == []


@pytest.mark.parametrize(
    "changed",
    [
        {
            "people": [
                {"name": "调解员甲", "position": "chair"},
                {"name": "调解员乙", "position": "member", "woman": True},
            ]
        },
        {"elected_on": "2023-01-15"},
    ],
)
def test_a_committee_that_the_law_wants_otherwise_mediates_and_is_warned_of(
    room: Room, changed: dict[str, Any]
) -> None:
    on_file(room, version=1, **changed)

    go(room, *TO_RIGHTS, "mediators_set")

    assert warned(room) == ["committee_unlawful"]


# -- the doors ----------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Flask]:
    """Give mediation's web app over the room's database, its time standing where the room's stands."""
    with doors.opened(create_app, room, tmp_path, monkeypatch) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed(app: Flask) -> Signed:
    """Sign somebody in."""
    return doors.signing(app, "处办员己")


def test_a_committee_is_kept_in_versions_and_says_what_the_law_wants_otherwise(
    client: FlaskClient, signed: Signed
) -> None:
    handler = signed(Role.HANDLER)
    kept = orjson.loads(client.put(API, json=NEW, headers=handler).data)
    stale = client.put(API, json=NEW, headers=handler)
    two = {**NEW, "version": 1, "people": NEW["people"][:1]}
    changed = orjson.loads(client.put(API, json=two, headers=handler).data)

    assert (kept["version"], kept["failed"], kept["term_ends_on"]) == (1, [], "2029-01-15")
    assert (stale.status_code, "已由他人登记或修改" in stale.text) == (409, True)
    assert (changed["version"], changed["failed"]) == (2, ["size", "women"])
    listed = orjson.loads(client.get(API, headers=signed(Role.LEADER)).data)["items"]
    assert [row["name"] for row in listed] == ["示例街道人民调解委员会", "黄河社区人民调解委员会"]
    assert client.get(f"{API}/无名委员会", headers=handler).status_code == 404


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"name": "甲/乙"}, "/name"),
        ({"people": []}, "/people"),
        ({"people": [{"name": "调解员甲", "position": "king"}]}, "/people/0/position"),
        ({"people": [{"name": "调解员甲", "position": "chair"}] * 2}, "/people/1/name"),
        ({"elected_on": "昨天"}, "/elected_on"),
    ],
)
def test_what_is_wrong_with_a_committee_is_said_and_nothing_is_kept(
    client: FlaskClient, signed: Signed, changed: dict[str, Any], pointer: str
) -> None:
    answer = client.put(API, json={**NEW, **changed}, headers=signed(Role.HANDLER))

    assert answer.status_code == 422
    assert {error["pointer"] for error in orjson.loads(answer.data)["errors"]} == {pointer}
    assert client.get(f"{API}/{NEW['name']}", headers=signed(Role.HANDLER)).status_code == 404


def test_only_those_who_work_here_read_the_register_and_only_handlers_change_it(
    client: FlaskClient, signed: Signed
) -> None:
    assert client.get(API).status_code == 401
    assert client.get(API, headers=signed(Role.HANDLER, services=("relief",))).status_code == 403
    for role in (Role.LEADER, Role.REVIEWER, Role.INSPECTOR):
        assert client.get(API, headers=signed(role)).status_code == 200
        assert client.put(API, json=NEW, headers=signed(role)).status_code == 403


def test_the_pages_show_the_committees_and_keep_one_without_a_script(client: FlaskClient, signed: Signed) -> None:
    handler = signed(Role.HANDLER)
    listing = client.get("/committees", headers=handler)
    empty = client.get("/committees/new", headers=handler)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', empty.text)
    assert token is not None
    fields = {
        "_csrf_token": token[1],
        "name": "黄河社区人民调解委员会",
        "version": "0",
        "elected_on": "2026-01-15",
        "people-0-name": "调解员甲",
        "people-0-position": "chair",
    }
    answer = client.post("/committees", data=fields, headers=handler)

    assert "调解员丁" in listing.text
    assert (answer.status_code, answer.text[:600] if answer.status_code != 303 else "") == (303, "")
    shown = client.get(answer.headers["Location"].partition("?")[0].removeprefix("/mediation"), headers=handler)
    assert "委员 1 人，应为三至九人" in shown.text
    assert client.get("/committees", headers=signed(Role.OPERATOR)).status_code in (302, 303, 403)
    assert "各调解委员会本月办理情况" in listing.text
    assert client.get(f"{API}?month=soon", headers=handler).status_code == 400


def test_a_demo_has_one_committee_on_file_however_often_it_starts(tmp_path: Path) -> None:
    home = settings.load({"JIESU_DATA": str(tmp_path)})
    database = Database(home.database_for("mediation"), "mediation")
    upgrade(database, blueprint.read(MediationService))

    for _ in range(2):
        assert [*demo.prepare(home)] == []

    with database.read() as session:
        [committee] = session.scalars(select(Committee)).all()
    database.close()
    assert (committee.version, committee.changed_by) == (1, "demo")
