"""One caller who sends five hundred in a minute: told when to come back at the public door, taken whole by letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from chassis import settings, wire
from chassis.workflow import Role
from services.intake.matters import repeats
from services.intake.web import create_app
from tests.services.intake.test_doors import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask

    from chassis.keys import KeyFolder
    from chassis.testing import Room

MANY = 500
PHONE = "13800001111"
URL = "/api/v1/appeals"


@pytest.fixture
def busy(tmp_path: Path, folder: KeyFolder) -> Iterator[Flask]:
    """Give intake's doors with the limits that they have unless ops changes them."""
    del folder
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    door = app.extensions["jiesu"]
    door.blueprint.metadata.create_all(door.database.engine)
    yield app
    door.database.close()


def test_of_five_hundred_by_one_caller_in_a_minute_each_is_stored_or_told_when_to_come_back(
    busy: Flask, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    client = busy.test_client()
    most = busy.extensions["jiesu"].settings.posts_per_phone

    answers = [
        client.post(
            URL,
            json={"text": f"第 {number} 次反映", "contact": {"phone": PHONE}},
            # From many addresses: it is the caller who is counted.
            environ_base={"REMOTE_ADDR": f"203.0.{number // 250}.{number % 250}"},
        )
        for number in range(MANY)
    ]
    other = client.post(URL, json={"text": "路灯不亮", "contact": {"phone": "13800002222"}})
    called = client.post(
        URL,
        json={"text": "来电代录", "contact": {"phone": PHONE}, "channel": "street_hotline"},
        headers=token("operator"),
    )

    taken = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(taken) + len(refused) == MANY
    assert 0 < len(taken) == most
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert all("没有保存" in answer.text for answer in refused)
    assert (other.status_code, called.status_code) == (201, 201)
    assert stored(busy) == len(taken) + 2
    assert len(room.told("appeal_registered.v1")) == len(taken) + 2


def test_five_hundred_letters_of_one_caller_are_all_kept_and_the_worker_goes_on(room: Room, folder: KeyFolder) -> None:
    del folder
    key = "hotline12345.appeal_submitted.v1"

    def letter(number: str, text: str, phone: str = PHONE) -> tuple[bytes, str]:
        data: dict[str, Any] = {"external_number": number, "text": text, "contact": {"phone": phone}}
        return wire.encode(wire.Letter(id=wire.new_id(), key=key, subject="", time=room.now, data=data)), key

    # Half of them say the same, and each of the batch's ten is no appeal at all.
    batch = [letter(f"N-{n}", "同一件事" if n % 2 else f"第 {n} 件事") for n in range(MANY)]
    batch[::50] = [letter(f"N-{n}", "") for n in range(0, MANY, 50)]
    for start in range(0, MANY, 50):
        room.inbox.take(batch[start : start + 50])
    room.inbox.take([letter("M-1", "路灯不亮", "13800002222")])

    registered, rejected = room.told("appeal_registered.v1"), room.told("submission_rejected.v1")
    merged = room.told("appeal_merged.v1")
    assert len(registered) + len(rejected) == MANY + 1
    assert len(rejected) == 10
    assert all(one["reasons"] for one in rejected)
    assert len(merged) == MANY // 2 - 1
    assert registered[-1]["external"]["number"] == "M-1"
    with room.database.read() as session:
        assert session.execute(room.blueprint.store.parked.select()).all() == []


def test_a_body_that_nests_without_end_is_refused_and_the_door_stays_open(busy: Flask) -> None:
    client = busy.test_client()

    deep = client.post(URL, data=b"[" * 200_000, content_type="application/json")
    wrong = client.post(URL, data=orjson.dumps({"text": "x" * 20_001}), content_type="application/json")
    right = client.post(URL, json={"text": "路灯不亮"})

    assert (deep.status_code, wrong.status_code, right.status_code) == (400, 422, 201)


def test_words_are_added_to_one_appeal_so_often_and_then_told_on_the_phone(busy: Flask, room: Room) -> None:
    client, most = busy.test_client(), repeats.policy().most_supplements
    sent = client.post(URL, json={"text": "路灯不亮"}).get_json()
    for number in range(most):
        # From many addresses: it is the appeal that is counted.
        added = client.post(
            f"{URL}/{sent['tracking_code']}/supplement",
            json={"text": f"第 {number} 次补充"},
            environ_base={"REMOTE_ADDR": f"203.0.113.{number}"},
        )
        assert added.status_code == 200

    refused = client.post(f"{URL}/{sent['tracking_code']}/supplement", json={"text": "又一次补充"})

    assert (refused.status_code, "请致电街道" in refused.get_json()["detail"]) == (409, True)
    assert len(room.told("appeal_supplemented.v1")) == most
    room.act(sent["appeal_id"], "supplemented", {"text": "来电补充的情况"}, role=Role.OPERATOR)
    assert len(room.told("appeal_supplemented.v1")) == most + 1
