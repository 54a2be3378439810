"""Routing in a room of its own, the letters that come to it, and a walk by people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chassis import moments, settings
from chassis.access import Principal, sign_token
from chassis.examples import example
from chassis.keys import KeyFolder, generate
from chassis.testing import Room
from chassis.workflow import Role
from services.routing.dispatch import rulebook, ruleset
from services.routing.service import RoutingService
from services.routing.web import create_app
from services.routing.workflow import LEDGER

#: Appeals by what the rules do with them: signed by rule, put to a leader, dispatched first, left to the desk.
ORDINARY = {"title": "楼上夜里拖椅子", "text": "楼上邻居每晚十一点以后拖椅子、跑跳,沟通多次不听,请调解。"}
SERIOUS = {"title": "物业纠纷", "text": "我们小区二百户业主对物业收费不满,要求公开账目,损失三十万元。"}
URGENT = {"title": "小区停水", "text": "小区全楼停水,家里有老人小孩,请马上处理。"}
UNCLEAR = {"title": "", "text": "请问"}

Say = Callable[..., str]
Walk = Callable[..., None]


def registered(**changed: Any) -> dict[str, Any]:
    return {
        "appeal_id": "A1",
        "channel": "web",
        "place": "黄河家园一区",
        "registered_at": "2026-11-23T01:00:00+00:00",
        "submitted_at": "2026-11-23T01:00:00+00:00",
        "anonymous": False,
        "has_contact": True,
        "petitioner": "p-hash",
        "hold": False,
        "external": None,
        "address": {"community": "黄河社区", "estate": "黄河家园一区"},
        **ORDINARY,
        **changed,
    }


#: What each fact says by default; a test gives what matters to it.
SAID: dict[str, dict[str, Any]] = {
    "intake.appeal_registered.v1": registered(),
    "portal.account_changed.v1": {
        "account_id": "leader-2",
        "change": "added",
        "person": "街道领导乙",
        "active": True,
        "roles": ["leader"],
        "services": ["*"],
        "units": ["*"],
        "by": "command",
    },
    "intake.appeal_answered.v1": {"appeal_id": "A1", "reply": "业务在便民大厅办理", "by": "p9"},
    "feedback.rework_ordered.v1": {"mechanism": "mediation", "reason": "仍未解决", "round": 1, "clocks": []},
    "feedback.appeal_closed.v1": {"mechanism": "mediation", "end": "rated", "outcome": "solved", "rounds": 1},
    "case_return_requested.v1": {
        "reason_class": "not_our_duty",
        "reason": "不属于本单位职责",
        "suggested_unit": "property_office",
        "legal_ground": "街道权责清单",
    },
    "case_extension_requested.v1": {"reason": "需第三方检测，周期较长", "workdays": 5, "told_petitioner": True},
    "case_transferred.v1": {"to": "enforcement", "reason": "涉嫌违法"},
    "case_concluded.v1": {"outcome": "solved", "reply": "已调解达成协议", "handler_claims_solved": True},
}


@pytest.fixture(autouse=True)
def key_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyFolder:
    monkeypatch.setenv("JIESU_KEYS_DIR", str(tmp_path / "keys"))
    return generate(tmp_path / "keys", ["intake", "routing"])


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(RoutingService, tmp_path)


@pytest.fixture
def say(room: Room) -> Say:
    def hear(key: str, **changed: Any) -> str:
        said = SAID.get(key) or SAID.get(key.partition(".")[2]) or {}
        return room.hear(key, "A1", {**said, **changed})

    return hear


@pytest.fixture
def walk(room: Room) -> Walk:
    def steps(*path: str, **changed: dict[str, Any]) -> None:
        for trigger in path:
            step = LEDGER.step(room.state("A1"), trigger)
            form = {**example(step.form, at=room.now), **changed.get(trigger, {})} if step.form else {}
            room.act("A1", trigger, form, role=step.roles[0], person=f"a {step.roles[0]}")

    return steps


#: Rules that send domestic noise to the police station, and all of hotline's matters to a person.
CHANGED = (
    ruleset.shipped_text().split('[[rule]]\nid = "hotline"')[0]
    + """
[[rule]]
id = "domestic_noise"
zh = "邻里生活噪音由派出所主办"
en = "The police lead domestic noise"
basis = "街道派单目录"
owner = "受理中心"
when = { category = ["0101"] }
then = { lead = "police_station", assist = ["mediation_committee"], hint = "先调解后处理" }
priority = 1
"""
)


def person(name: str, *roles: Role) -> Principal:
    """Give somebody of the staff who serves routing."""
    return Principal(
        id=name,
        name=f"工作人员{name}",
        roles=frozenset(role.value for role in roles),
        services=frozenset({"routing"}),
        units=frozenset({"*"}),
    )


DESK = person("d1", Role.DESK)
LEADER = person("l1", Role.LEADER)
OTHER = person("l2", Role.LEADER)

Go = Callable[..., int]


@pytest.fixture
def go_live(room: Room) -> Go:
    """Draft a text by the desk, and have a leader put it live."""

    def go(text: str = CHANGED, begins_at: datetime | None = None) -> int:
        with room.database.write() as session:
            kept, _ = rulebook.draft(session, text, note="试改", who=DESK, now=room.now)
            seen = rulebook.live(session, room.now).version
            rulebook.put_live(
                session, kept.version, begins_at=begins_at, seen=seen, reason="同意", who=LEADER, now=room.now
            )
        return kept.version

    return go


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Flask]:
    """Give routing's web app over the room's database, its time standing where the room's stands."""
    for name in ("JIESU_DATABASE_URL", "JIESU_ROUTING_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    monkeypatch.setattr(moments, "now", lambda: room.now)
    app.extensions["jiesu"].acting.now = lambda: room.now
    yield app
    app.extensions["jiesu"].database.close()


Token = Callable[[Principal], dict[str, str]]


@pytest.fixture
def token(app: Flask) -> Token:
    """Sign somebody in."""

    def signed(who: Principal) -> dict[str, str]:
        key = app.extensions["jiesu"].keys.signing()
        return {"Authorization": f"Bearer {sign_token(who, key, moments.now())}"}

    return signed


def signed(app: Flask, *roles: str, units: tuple[str, ...] = ("*",), services: tuple[str, ...] = ("routing",)) -> str:
    """Sign somebody in."""
    who = Principal(
        id=f"somebody of {units}",
        name="处办员乙",
        roles=frozenset(roles),
        services=frozenset(services),
        units=frozenset(units),
    )
    return sign_token(who, app.extensions["jiesu"].keys.signing(), moments.now(), timedelta(days=60))
