"""Property in a room of its own, and a walk through its procedure with example forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chassis.examples import example
from chassis.testing import Room
from services.property.service import PropertyService
from services.property.workflow import PROPERTY

DISPATCHED: dict[str, Any] = {
    "mechanism": "property",
    "number": "2026-000001",
    "lead_unit": "wuye",
    "title": "电梯厅照明损坏",
    "text": "三号楼电梯厅照明损坏两周，物业不修。",
    "place": "黄河家园一区",
    "category": "0601",
    "kind": "complaint",
}
Walk = Callable[..., None]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(PropertyService, tmp_path)
    room.hear("routing.appeal_dispatched.v1", "A1", DISPATCHED)
    return room


@pytest.fixture
def walk(room: Room) -> Walk:
    def steps(*path: str, **changed: Mapping[str, Any]) -> None:
        for trigger in path:
            step = PROPERTY.step(room.state("A1"), trigger)
            form = {**example(step.form, at=room.now), **changed.get(trigger, {})} if step.form else {}
            room.act("A1", trigger, form, role=step.roles[0], person=f"a {step.roles[0]}")

    return steps
