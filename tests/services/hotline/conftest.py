"""A hotline in a room of its own, and a walk through its procedure with example forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chassis.examples import example
from chassis.testing import Room
from services.hotline.service import HotlineService
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


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(HotlineService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", DISPATCHED)
    return room


@pytest.fixture
def walk(room: Room) -> Walk:
    def steps(*path: str, **changed: Mapping[str, Any]) -> None:
        for trigger in path:
            step = HOTLINE.step(room.state("A1"), trigger)
            form = {**example(step.form, at=room.now), **changed.get(trigger, {})} if step.form else {}
            room.act("A1", trigger, form, role=step.roles[0], person=f"a {step.roles[0]}")

    return steps
