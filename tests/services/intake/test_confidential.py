"""A confidential petitioner is known to intake and the callback, and to nobody else, however he asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chassis.sealing import unseal
from chassis.work import Work
from services.intake import register
from services.intake.workflow import APPEAL
from tests.services.intake.test_service import add_words, registered, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from chassis.keys import KeyFolder
    from chassis.testing import Room

NAME, PHONE = "居民甲", "13800001111"
SECRET = {"name": NAME, "phone": PHONE, "sealed": True}
TEXT = "我是三号楼的居民甲,电话 13800001111,楼下饭店油烟很大。"


def confidential(room: Room, folder: KeyFolder, **more: Any) -> str:
    return registered(room, folder, **{"text": TEXT, "contact": SECRET, **more})


def test_the_fact_says_so_and_neither_name_nor_number_is_in_it(room: Room, folder: KeyFolder) -> None:
    confidential(room, folder, title="居民甲反映油烟", place={"text": "三号楼居民甲家"})

    [told] = room.told("appeal_registered.v1")
    assert told["confidential"] is True
    assert (told["anonymous"], told["has_contact"]) == (False, True)
    assert NAME not in str(told)
    assert PHONE not in str(told)
    assert "某某" in told["text"]


def test_no_mechanism_is_told_who_it_is_and_the_callback_is(room: Room, folder: KeyFolder) -> None:
    appeal = confidential(room, folder)
    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation")
    tell(room, "routing.appeal_dispatched.v1", appeal, 2, mechanism="enforcement")
    tell(room, "feedback.callback_due.v1", appeal, 3, mechanism="enforcement", round=1)

    [told] = room.told("petitioner_disclosed.v1")
    assert told["to"] == "feedback"
    assert unseal(told["sealed"], folder.private("feedback"))["phone"] == PHONE


def test_words_that_come_later_do_not_give_him_away_either(room: Room, folder: KeyFolder) -> None:
    appeal = confidential(room, folder)
    tell(room, "routing.appeal_dispatched.v1", appeal, 1, mechanism="mediation")

    add_words(room, folder, appeal, "居民甲补充:换了电话 13900002222")

    [told] = room.told("appeal_supplemented.v1")
    assert told["text"] == "某某补充:换了电话 139****2222"
    assert [one["text"] for one in room.told("material_forwarded.v1")] == [told["text"]]
    assert room.told("petitioner_disclosed.v1") == []


def test_his_other_appeals_do_not_show_by_their_hash_who_he_is(room: Room, folder: KeyFolder) -> None:
    confidential(room, folder)
    confidential(room, folder, code="another", text="又一件保密的事")
    registered(room, folder, code="open", text="公开反映的另一件事", contact={"name": NAME, "phone": PHONE})

    first, second, openly = (told["petitioner"] for told in room.told("appeal_registered.v1"))
    assert first == second
    assert first != openly
    assert first


def test_what_his_channel_asks_of_him_is_sealed_as_well(room: Room, folder: KeyFolder) -> None:
    body = {"text": "三单元楼道灯不亮", "contact": SECRET, "origin": {"building": "三号楼"}}
    sent = register.submission(body, folder, now=room.now, channel="building_head", idempotency="b")
    openly = register.submission({**body, "contact": {}}, folder, now=room.now, channel="building_head")

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        for one in (sent, openly):
            register.register(work, folder, one)
        work.record()

    hidden, shown = room.case(sent.appeal_id), room.case(openly.appeal_id)
    assert "三号楼" not in str(hidden.details)
    assert unseal(hidden.details["sealed"], folder.private("intake"))["origin"] == "三号楼"
    assert shown.details["origin"] == {"building": "三号楼"}
    assert "三号楼" not in str(room.told("appeal_registered.v1"))


def test_who_is_anonymous_leaves_nothing_to_be_sealed_and_is_not_confidential_besides(
    room: Room, folder: KeyFolder
) -> None:
    appeal = registered(room, folder, contact={**SECRET, "anonymous": True})

    [told] = room.told("appeal_registered.v1")
    assert (told["anonymous"], told["confidential"], told["has_contact"], told["petitioner"]) == (
        True,
        False,
        False,
        "",
    )
    assert PHONE not in str(room.case(appeal).details)
    assert "sealed" not in room.case(appeal).details


@pytest.mark.parametrize("role", ["handler", "leader", "inspector", "reviewer"])
def test_whoever_is_not_at_the_desk_sees_him_neither_on_the_page_nor_by_a_reveal(
    client: FlaskClient, token: Callable[..., dict[str, str]], role: str
) -> None:
    body = {"text": TEXT, "contact": SECRET}
    appeal = client.post("/api/v1/appeals", json=body).get_json()["appeal_id"]
    who = token(role, services=("*",))

    seen = client.get(f"/api/v1/cases/{appeal}", headers=who)
    listed = client.get("/api/v1/cases", headers=who)
    page = client.get(f"/cases/{appeal}", headers={**who, "Accept": "text/html"})
    revealed = client.post(f"/api/v1/cases/{appeal}/reveal", json={"purpose": "了解情况"}, headers=who)

    for answer in (seen, listed, page):
        assert answer.status_code == 200
        assert NAME not in answer.text
        assert PHONE not in answer.text
    assert seen.get_json()["details"]["confidential"] is True
    assert revealed.status_code == 403
    assert revealed.get_json()["title"]
    assert PHONE not in revealed.text


def test_the_desk_opens_it_for_a_stated_purpose_and_that_is_logged(
    client: FlaskClient, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    appeal = client.post("/api/v1/appeals", json={"text": TEXT, "contact": SECRET}).get_json()["appeal_id"]

    answer = client.post(f"/api/v1/cases/{appeal}/reveal", json={"purpose": "核实情况"}, headers=token("operator"))

    assert answer.get_json()["sealed"]["phone"] == PHONE
    [logged] = room.told("reveal_logged.v1")
    assert logged["purpose"] == "核实情况"


def test_nobody_but_staff_of_the_desk_has_a_step_in_intake() -> None:
    assert {role.value for step in APPEAL.steps for role in step.roles} == {
        "operator",
        "desk",
        "public",
        "bus",
        "clock",
    }
