"""A hotline in a room of its own, and a walk through its procedure with example forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chassis import moments, settings
from chassis.access import Principal, sign_token
from chassis.examples import example
from chassis.keys import generate
from chassis.testing import Room
from chassis.workflow import Role
from services.hotline.service import HotlineService
from services.hotline.web import create_app
from services.hotline.workflow import HOTLINE

DISPATCHED: dict[str, Any] = {
    "mechanism": "hotline",
    "number": "2026-000001",
    "lead_unit": "chengjian",
    "title": "路灯不亮",
    "text": "小区门口三盏路灯不亮，夜间通行不便。",
    "place": "黄河家园一区",
    "category": "0307",
    "kind": "help",
}
Walk = Callable[..., None]
Signed = Callable[..., dict[str, str]]


ENTRY: dict[str, Any] = {
    "id": "how-to-follow",
    "entry_version": 2,
    "kind": "procedure",
    "title": "怎样查询我的诉求办到哪一步",
    "questions": ["诉求进度怎么查"],
    "answer": "凭查询码在网站或者小程序查询，也可以拨打街道热线。",
    "basis": "街道热线办理规则",
    "owner": "people_call_office",
    "review_by": "2030-12-31",
    "checked": True,
    "withdrawn": False,
    "href": "/intake/knowledge/how-to-follow",
    "at": "2022-01-01T00:00:00+00:00",
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(HotlineService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", DISPATCHED)
    room.hear("intake.knowledge_changed.v1", ENTRY["id"], ENTRY)
    yield room
    room.page("A1")
    # Whatever a test has brought a case to, its page says it in Chinese.
    assert room.blueprint.terms.missing() == []


@pytest.fixture
def walk(room: Room) -> Walk:
    def steps(*path: str, **changed: Mapping[str, Any]) -> None:
        for trigger in path:
            step = HOTLINE.step(room.state("A1"), trigger)
            form = {**example(step.form, at=room.now), **changed.get(trigger, {})} if step.form else {}
            room.act("A1", trigger, form, role=step.roles[0], person=f"a {step.roles[0]}")

    return steps


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Any]:
    for name in ("JIESU_DATABASE_URL", "JIESU_HOTLINE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JIESU_KEYS_DIR", str(tmp_path / "keys"))
    generate(tmp_path / "keys", ["portal", "hotline"])
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    monkeypatch.setattr(moments, "now", lambda: room.now)
    yield app.test_client()
    app.extensions["jiesu"].database.close()


@pytest.fixture
def signed(client: Any) -> Signed:
    def sign(role: Role = Role.OPERATOR) -> dict[str, str]:
        app = client.application
        who = Principal(id="p1", name="话务员甲", roles=frozenset({role}), services=frozenset({"hotline"}))
        return {"Authorization": f"Bearer {sign_token(who, app.extensions['jiesu'].keys.signing(), moments.now())}"}

    return sign
