"""Property in a room of its own, and a walk through its procedure with example forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chassis.examples import example
from chassis.testing import Room
from services.property import register, roster, schemas
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
#: The estate of the example forms: three rooms of three owners in one building, all delivered.
ESTATE: dict[str, Any] = dict(schemas.EstateForm().load(example(schemas.EstateForm)))


def enter(room: Room, rows: str = ESTATE["roster"], **changed: Any) -> None:
    """Register the estate, or its next version, with a roster."""
    with room.database.write() as session:
        version = (register.Register(session, room.now).estate(ESTATE["name"]) or {}).get("version", 0)
        form = {**ESTATE, **changed, "version": version}
        register.put(session, form, roster.read(rows), by="处办员己", now=room.now)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(PropertyService, tmp_path)
    enter(room)
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
