"""The register of projects behind its doors: kept in versions, and what is claimed of them and their guarantees."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from chassis import blueprint
from chassis.database import Database
from chassis.examples import example
from chassis.migrate import upgrade
from chassis.testing import START, Room
from chassis.workflow import RefusedError, Role
from services.wage_recovery import duties, register, schemas
from services.wage_recovery.models import Project
from services.wage_recovery.service import WageRecoveryService
from services.wage_recovery.web import create_app
from services.wage_recovery.workflow import WAGE_RECOVERY
from tests.services import doors
from tests.services.wage_recovery.test_law import ALL
from tests.services.wage_recovery.test_service import ASSIGNMENT, DISPATCHED, PART, TO_COORDINATION, go, room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.services.doors import Signed

__all__ = ["room"]

API = "/api/v1/projects"
NEW: dict[str, Any] = {**example(schemas.ProjectForm), "guarantee_amount": "20000.00", "contract_amount": "2000000.00"}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Flask]:
    """Give wage recovery's web app over the room's database, its time standing where the room's stands."""
    with doors.opened(create_app, room, tmp_path, monkeypatch) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed(app: Flask) -> Signed:
    """Sign somebody in."""
    return doors.signing(app, "劳动员甲")


def test_a_project_is_kept_and_changed_in_versions_and_only_by_handlers(client: FlaskClient, signed: Signed) -> None:
    handler = signed(Role.HANDLER)
    kept = client.put(API, json=NEW, headers=handler)
    stale = client.put(API, json=NEW, headers=handler)
    changed = client.put(API, json={**NEW, "version": 1, "owner": "另一建设单位"}, headers=handler)

    assert (kept.status_code, stale.status_code, "已由他人登记或修改" in stale.text) == (200, 409, True)
    found = orjson.loads(changed.data)
    assert (found["version"], found["owner"], found["changed_by"]) == (2, "另一建设单位", "劳动员甲")
    assert client.put(API, json=NEW, headers=signed(Role.LEADER)).status_code == 403
    assert client.get(API).status_code == 401
    assert client.get(f"{API}/没有", headers=handler).status_code == 404
    bad = client.put(API, json={**NEW, "name": "a/b", "account_last_four": "12"}, headers=handler)
    assert {one["pointer"] for one in orjson.loads(bad.data)["errors"]} == {"/name", "/account_last_four"}
    for name in ("new", "..", "示例小区二期 ", " 示例小区二期", "示例\n小区"):
        assert client.put(API, json={**NEW, "name": name}, headers=handler).status_code == 422, name
    assert client.get(f"{API}?month=2026-13", headers=handler).status_code == 400


def test_a_project_shows_its_claims_and_what_its_guarantee_still_holds(
    room: Room, client: FlaskClient, signed: Signed
) -> None:
    handler = signed(Role.HANDLER)
    client.put(API, json=NEW, headers=handler)
    go(room, *TO_COORDINATION, "guarantee_called", "guarantee_paid", "payment_recorded", payment_recorded=PART)

    found = orjson.loads(client.get(f"{API}/{NEW['name']}", headers=handler).data)

    assert (found["open_claims"], found["unpaid"], found["guarantee_left"]) == (1, "14000.00", "12000.00")
    assert [one["code"] for one in found["findings"]] == ["guarantee_used"]
    assert "工人" not in str(found["claims"])
    go(room, "guarantee_topped_up")
    again = orjson.loads(client.get(f"{API}/{NEW['name']}", headers=handler).data)
    assert (again["guarantee_left"], again["findings"]) == ("20000.00", [])


def test_a_guarantee_that_another_claim_has_used_is_not_called_for_more_than_it_holds(
    room: Room, client: FlaskClient, signed: Signed
) -> None:
    client.put(API, json={**NEW, "guarantee_amount": "20000.00"}, headers=signed(Role.HANDLER))
    go(room, *TO_COORDINATION, "guarantee_called", "guarantee_paid", guarantee_paid={"amount": "15000.00"})

    with pytest.raises(RefusedError, match=r"still holds 5000\.00"):
        go(room, "guarantee_called", guarantee_called={"amount": "5000.01"})
    go(room, "guarantee_called", guarantee_called={"amount": "5000.00"})


def test_what_another_claim_has_called_and_not_got_yet_is_not_called_again(
    room: Room, client: FlaskClient, signed: Signed
) -> None:
    client.put(API, json={**NEW, "guarantee_amount": "20000.00"}, headers=signed(Role.HANDLER))
    room.hear(DISPATCHED, "A2", {**ASSIGNMENT, "number": "2026-000002"})
    go(room, *TO_COORDINATION)
    for trigger in TO_COORDINATION:
        step = WAGE_RECOVERY.step(room.state("A2"), trigger)
        room.act("A2", trigger, example(step.form, at=room.now) if step.form else {}, role=step.roles[0])
    called = {**example(schemas.GuaranteeCall), "notified_on": room.now.date().isoformat(), "amount": "15000.00"}
    room.act("A2", "guarantee_called", called)

    with pytest.raises(RefusedError, match=r"still holds 5000\.00"):
        go(room, "guarantee_called", guarantee_called={"amount": "5000.01"})
    room.act("A2", "guarantee_paid", {**example(schemas.GuaranteePaid, at=room.now), "amount": "10000.00"})
    go(room, "guarantee_called", guarantee_called={"amount": "10000.00"})


def test_a_project_that_nobody_has_registered_forbids_nothing(room: Room) -> None:
    go(room, *TO_COORDINATION, "guarantee_called")

    assert room.state("A1") == "coordinated"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"guarantee_amount": None}, "no_guarantee"),
        ({"guarantee_amount": None, "guarantee_form": "exempt"}, None),
        ({"guarantee_until": "2026-12-22"}, "guarantee_ends"),
        ({"guarantee_until": "2026-12-23"}, None),
        ({"guarantee_until": "2026-12-22", "completed_on": "2026-11-01"}, None),
        ({"guarantee_amount": "9999.99"}, "guarantee_low"),
        ({"guarantee_amount": "10000.00"}, None),
        ({"duties": [{"duty": "notice_board", "met": False}]}, "duty_missing"),
        ({"closing_posted_on": "2026-10-24"}, "closing"),
        ({"closing_posted_on": "2026-10-23"}, None),
    ],
)
def test_what_deserves_a_second_look_in_a_project(room: Room, changed: dict[str, Any], code: str | None) -> None:
    project = {**schemas.ProjectForm().load(NEW), **changed}

    found = [one.code for one in duties.project_findings(project, [], room.now.date())]

    assert found == ([code] if code else [])


def test_an_account_is_not_closed_while_wages_are_claimed(room: Room) -> None:
    project = {**schemas.ProjectForm().load(NEW), "closing_posted_on": "2026-01-01"}
    claims = [{"open": True, "unpaid": 1, "used": 0, "refilled": 0, "called": 0}]

    assert [one.code for one in duties.project_findings(project, claims, room.now.date())] == ["owed_while_closing"]


def test_a_month_s_figures_count_claims_workers_and_yuan(room: Room, client: FlaskClient, signed: Signed) -> None:
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded=PART)
    rest = [{**ALL["rows"][0], "amount": "6000.00"}, ALL["rows"][1]]
    go(room, "payment_recorded", payment_recorded={"rows": rest})
    room.pass_time(timedelta(days=9))
    go(room, "payment_verified", "concluded", payment_verified={"rows": []})

    november = orjson.loads(client.get(f"{API}?month=2026-11", headers=signed(Role.LEADER)).data)["figures"]
    december = orjson.loads(client.get(f"{API}?month=2026-12", headers=signed(Role.LEADER)).data)["figures"]

    counted = {row["trigger"]: (row["count"], row["workers"], row["amount"]) for row in november}
    assert counted == {
        "claim_registered": (1, 2, "18000.00"),
        "roster_verified": (1, 2, "18000.00"),
        "payment_recorded": (1, 3, "18000.00"),
    }
    assert [row["trigger"] for row in december] == ["payment_verified", "concluded"]
    year = orjson.loads(client.get(f"{API}?month=2026", headers=signed(Role.LEADER)).data)
    assert (year["month"], year["begins"], len(year["figures"])) == ("2026", "2026-01", 5)


@pytest.mark.parametrize(("asked", "shown"), [("2026-Q4", "2026-10"), ("2026", "2026-01"), ("2026-11", "2026-11")])
def test_the_page_asks_for_a_month_that_a_browser_takes(
    client: FlaskClient, signed: Signed, asked: str, shown: str
) -> None:
    client.set_cookie("jiesu_token", signed(Role.LEADER)["Authorization"].removeprefix("Bearer "))

    page = client.get(f"/projects?month={asked}", headers={"Accept": "text/html"}).text

    assert f'<input type="month" name="month" value="{shown}"' in page


def test_a_debt_that_is_agreed_on_twice_counts_once() -> None:
    before, now = ({"instalments": [{"amount": amount}]} for amount in ("20000.00", "18000.00"))
    paid = {"rows": [{"number": 1, "amount": "1.00"}]}
    entries = [("settlement_agreed", "c1", before), ("settlement_agreed", "c2", now), ("settlement_agreed", "c1", now)]

    found = {row["trigger"]: row for row in duties.figures([*entries, *[("payment_recorded", "c1", paid)] * 2])}

    assert (found["settlement_agreed"]["count"], found["settlement_agreed"]["amount"]) == (2, 36000)
    assert (found["payment_recorded"]["count"], found["payment_recorded"]["amount"]) == (1, 2)


def test_the_pages_show_and_keep_a_project(room: Room, client: FlaskClient, signed: Signed) -> None:
    go(room, *TO_COORDINATION)
    client.set_cookie("jiesu_token", signed(Role.HANDLER)["Authorization"].removeprefix("Bearer "))
    page = client.get("/projects/new", headers={"Accept": "text/html"}).text
    csrf = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert csrf is not None
    posted = {"name": "示例小区二期", "general_contractor": "示例总承包公司", "version": "0", "_csrf_token": csrf[1]}

    wrong = client.post("/projects", data={**posted, "general_contractor": ""})
    kept = client.post("/projects", data=posted)

    assert (wrong.status_code, kept.status_code) == (422, 303)
    shown = client.get(kept.headers["Location"].removeprefix("/wage_recovery"), headers={"Accept": "text/html"}).text
    assert "已保存为第 1 版" in shown
    assert "2026-000001" in shown
    assert "没有登记工资保证金" in shown
    listed = client.get("/projects", headers={"Accept": "text/html"}).text
    assert "示例小区二期" in listed
    assert "18000.00" in listed


def test_on_postgresql_projects_and_figures_are_read_too(tmp_path: Path, database_url: str) -> None:
    migrated = Database(database_url, "wage_recovery")
    upgrade(migrated, blueprint.read(WageRecoveryService))
    migrated.close()
    room = Room(WageRecoveryService, tmp_path, database_url)
    room.hear(DISPATCHED, "A1", ASSIGNMENT)
    with room.database.write() as session:
        register.put(session, schemas.ProjectForm().load(NEW), by="劳动员甲", now=room.now)
    go(room, *TO_COORDINATION, "guarantee_called")

    with room.database.write() as session:
        put = schemas.ProjectForm().load({**NEW, "name": "无案件项目"})
        register.put(session, put, by="劳动员甲", now=room.now)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(room.database.reads, "before_cursor_execute", note)
    with room.database.read() as session:
        [project, _] = register.projects(session, room.now.date())
        assert len([one for one in asked if one.startswith("SELECT")]) == 2, (
            "one query for all projects, one for claims"
        )
        figures = register.figures(session, date(2026, 11, 1), date(2026, 12, 1))

    assert (project["open_claims"], str(project["unpaid"])) == (1, "18000.00")
    assert figures[0]["count"] == 1
    room.database.close()


def test_of_two_calls_of_one_guarantee_at_once_the_second_waits_for_the_first(database_url: str) -> None:
    migrated = Database(database_url, "wage_recovery")
    upgrade(migrated, blueprint.read(WageRecoveryService))
    with migrated.write() as session:
        register.put(session, schemas.ProjectForm().load(NEW), by="劳动员甲", now=START)

    with migrated.write() as first, migrated.write() as second:
        assert register.Register(first).guarantee_left(NEW["name"]) == 20000
        with pytest.raises(OperationalError, match="could not obtain lock"):
            second.execute(select(Project).with_for_update(nowait=True))
        second.rollback()
    migrated.close()
