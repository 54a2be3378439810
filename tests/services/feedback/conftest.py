"""Feedback in a room of its own, its doors, and the letters that come to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chassis import keys, settings
from chassis.codes import id_of
from chassis.testing import Room
from chassis.workflow import Role
from services.feedback.service import FeedbackService
from services.feedback.web import create_app

CODE = "7K3M-9QXW-2RTB"
CONCLUDED: dict[str, Any] = {
    "case_id": "c1",
    "unit": "mediation_committee",
    "outcome": "solved",
    "reply": "经调解,双方已达成协议。",
    "handler_claims_solved": True,
    "by": "handler-1",
}
GOOD: dict[str, Any] = {"attitude": 5, "process": 4, "result": 5, "solved": True}
BAD: dict[str, Any] = {"attitude": 3, "process": 3, "result": 1, "solved": False, "comment": "还是吵"}

#: How a leader has a problem order handled again, and how he answers it himself.
REQUIRED: dict[str, Any] = {"requires": "由城建办牵头重新排查，当面答复。", "leader": "分管城建的领导"}
ANSWERED: dict[str, Any] = {
    "finding": "经督办核查，已依法处理。",
    "outcome": "explained",
    "reply": "经街道领导督办核查，现将依据和渠道说明如下。",
}

Say = Callable[..., str]
Rate = Callable[..., None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> keys.KeyFolder:
    """Give the keys of feedback and of intake, where feedback's processes look for them."""
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    for name in ("JIESU_KEYS_DIR", "JIESU_DATABASE_URL", "JIESU_FEEDBACK_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return keys.generate(tmp_path / "keys", ["intake", "feedback"])


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(FeedbackService, tmp_path)
    yield room
    room.database.close()


@pytest.fixture
def conclude(room: Room) -> Say:
    def hear(mechanism: str = "mediation", subject: str = "A1", **changed: Any) -> str:
        return room.hear(f"{mechanism}.case_concluded.v1", subject, {**CONCLUDED, **changed})

    return hear


@pytest.fixture
def rate(room: Room) -> Rate:
    def give(marks: dict[str, Any], *, role: Role = Role.PUBLIC, person: str = "resident", **changed: Any) -> None:
        room.act("A1", "rated", {**marks, **changed}, role=role, person=person)
        room.run("draw_consequences")

    return give


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    door = app.extensions["jiesu"]
    door.blueprint.metadata.create_all(door.database.engine)
    yield app
    door.database.close()


@pytest.fixture
def concluded(room: Room, app: Flask) -> str:
    """Give the tracking code of an appeal that waits for its rating."""
    del app
    room.hear("mediation.case_concluded.v1", id_of(CODE), CONCLUDED)
    return CODE
