"""Each page and each list of routing, over each kind of database: it answers, and what makes no sense is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from chassis import catalogue, migrate, settings
from chassis.access import Principal, sign_token
from chassis.database import Database
from chassis.keys import generate
from chassis.testing import Room
from services.routing.service import RoutingService
from services.routing.web import create_app
from tests.services.routing.conftest import ORDINARY, SERIOUS, UNCLEAR, URGENT, registered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from werkzeug.test import TestResponse

    Get = Callable[[str], TestResponse]

#: What is read, and what is wrong with what is asked for.
PAGES = (
    "/cases",
    "/cases?columns=1&count=1",
    "/cases/{case}",
    f"/cases?search={quote('停水')}",
    "/api/v1/cases?columns=1&actions=1",
    "/api/v1/cases/{case}",
    "/api/v1/counts",
    "/sign-off",
    "/api/v1/sign-off",
    "/delegations",
    "/help",
    "/api/v1/help",
    "/returns",
    "/rules",
    "/rules/1",
    "/api/v1/rules/1/replay",
    f"/ledger.xlsx?purpose={quote('核对')}",
)
WRONG = {
    "/rules/99999999999999999999": 404,
    "/rules?from=99999999999999999999": 404,
    "/api/v1/rules/99999999999999999999": 404,
    "/api/v1/returns?from=0001-01-01&until=9999-12-31": 422,
    "/api/v1/returns?from=2026-01-01&until=2026-02-01&as_of=0001-01-01": 422,
    "/returns?from=0001-01-01": 422,
    "/api/v1/cases?search=ab%00": 400,
    "/help/nothing": 404,
}


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("database_url").replace("postgresql://", "postgresql+psycopg://", 1)
        database = Database(url, "routing")
        migrate.upgrade(database, catalogue.spec("routing"))
        database.close()
    room = Room(RoutingService, tmp_path, url)
    for subject, words in {"O": ORDINARY, "S": SERIOUS, "U": URGENT, "N": UNCLEAR}.items():
        room.hear("intake.appeal_registered.v1", subject, registered(appeal_id=subject, **words))
    assert room.parked() == []
    yield room
    room.database.close()


@pytest.fixture(params=["leader", "demo-deputy"], ids=["principal", "deputy"])
def get(request: pytest.FixtureRequest, room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Get]:
    for name in ("JIESU_DATABASE_URL", "JIESU_ROUTING_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    generate(tmp_path / "keys", ["routing"])
    address = room.database.engine.url.render_as_string(hide_password=False)
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path), "JIESU_ROUTING_DATABASE_URL": address}))
    at = app.extensions["jiesu"]
    roles = frozenset({"leader", "desk", "handler"})
    who = Principal(id=request.param, name="街道领导甲", roles=roles, services=frozenset({"*"}), units=frozenset({"*"}))
    headers = {"Authorization": f"Bearer {sign_token(who, at.keys.signing(), room.now)}"}
    monkeypatch.setattr("chassis.moments.now", lambda: room.now)
    client = app.test_client()
    yield lambda path: client.get(path, headers=headers, buffered=True)
    at.database.close()


def test_every_page_answers_and_what_makes_no_sense_is_refused(room: Room, get: Get) -> None:
    case_id = room.case("S").id

    answered = {path: get(path.format(case=case_id)).status_code for path in (*PAGES, *WRONG)}

    assert answered == dict.fromkeys(PAGES, 200) | WRONG
