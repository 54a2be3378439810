"""A confidential petitioner is known to intake and the callback, and to nobody else, however he asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chassis.sealing import unseal
from chassis.work import Work
from services.intake import register
from services.intake.messages import sending
from services.intake.workflow import APPEAL
from tests.services.intake.outside_world import file_for, webhook
from tests.services.intake.test_doors import picture, upload
from tests.services.intake.test_service import add_words, registered, tell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    assert told["text"] == "某某补充:换了电话 ****"
    assert [one["text"] for one in room.told("material_forwarded.v1")] == [told["text"]]
    assert room.told("petitioner_disclosed.v1") == []


@pytest.mark.parametrize(
    "number", [PHONE, "138-0000-1111", "+86 138 0000 1111", "37160219900101123X", "371602199001011239"]
)
def test_not_even_half_of_his_number_is_shown_for_whoever_has_a_list_to_look_it_up_in(
    room: Room, folder: KeyFolder, number: str
) -> None:
    appeal = confidential(room, folder, text=f"请打 {number}。", title=f"联系 {number}", place={"text": f"{number} 家"})
    add_words(room, folder, appeal, f"也可打 {number}")

    for told in (*room.told("appeal_registered.v1"), *room.told("appeal_supplemented.v1")):
        said = f"{told.get('title', '')}{told['text']}{told.get('place', '')}"
        assert not any(digit in said for digit in "0123456789"), said


def test_what_he_says_by_his_name_in_a_second_appeal_does_not_name_him_in_the_first(
    client: FlaskClient, room: Room, folder: KeyFolder, token: Callable[..., dict[str, str]]
) -> None:
    first = confidential(room, folder, code="a", contact={"phone": PHONE, "sealed": True}, text="楼下饭店油烟很大。")
    tell(room, "routing.appeal_dispatched.v1", first, 1, mechanism="enforcement")
    second = confidential(room, folder, code="b")
    form = {"form": {"into": first, "reason": "同一事项"}}

    answer = client.post(f"/api/v1/cases/{second}/actions/merged", json=form, headers=token("desk"))

    assert answer.status_code == 200, answer.get_json()
    told = room.told("material_forwarded.v1", first)
    assert any("油烟很大" in one["text"] for one in told)
    assert NAME not in str(told)
    assert NAME not in str(room.case(first).public)


@pytest.mark.parametrize(("trigger", "word"), [("supplemented", "text"), ("withdrawn", "reason")])
@pytest.mark.parametrize("by_staff", [True, False])
def test_neither_his_words_nor_his_reasons_name_him_whoever_writes_them_down(
    client: FlaskClient,
    room: Room,
    token: Callable[..., dict[str, str]],
    trigger: str,
    word: str,
    by_staff: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    made = client.post("/api/v1/appeals", json={"text": TEXT, "contact": SECRET}).get_json()
    said = {word: f"居民甲来电，改打 {PHONE}"}

    if by_staff:
        url = f"/api/v1/cases/{made['appeal_id']}/actions/{trigger}"
        answer = client.post(url, json={"form": said}, headers=token("desk"))
    else:
        way = {"supplemented": "supplement", "withdrawn": "withdraw"}[trigger]
        answer = client.post(f"/api/v1/appeals/{made['tracking_code']}/{way}", json=said)

    assert answer.status_code == 200, answer.get_json()
    [told] = room.told(f"appeal_{trigger}.v1")
    assert told[word] == "某某来电，改打 ****"
    assert NAME not in str(room.case(made["appeal_id"]).details)


def test_a_file_s_name_says_nothing_of_him_and_no_number_of_anybody(client: FlaskClient) -> None:
    names = {}
    for who, contact in (("known", {"name": NAME, "phone": PHONE}), ("confidential", SECRET)):
        code = client.post("/api/v1/appeals", json={"text": TEXT, "contact": contact}).get_json()["tracking_code"]
        answer = upload(client, code, (picture(), f"居民甲{PHONE}.jpg"))
        names[who] = answer.get_json()["attachments"][0]["name"]

    assert names == {"known": "居民甲138****1111.jpg", "confidential": "照片1.jpg"}


def test_the_log_of_messages_shows_nothing_of_his_number(
    tmp_path: Path, room: Room, folder: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notices.toml"
    file.write_text(file_for(sms=webhook("https://sms.example/send")), encoding="utf-8")
    monkeypatch.setenv("JIESU_NOTICES_FILE", str(file))

    confidential(room, folder)

    with room.database.read() as session:
        [notice] = sending.listed(session)
    assert notice.shown == "****"
    assert PHONE not in notice.sealed


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


def test_where_his_pictures_were_taken_is_listed_for_nobody(
    client: FlaskClient, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    listed = []
    for contact in (SECRET, {"name": NAME, "phone": PHONE}):
        made = client.post("/api/v1/appeals", json={"text": TEXT, "contact": contact}).get_json()
        upload(client, made["tracking_code"], (picture(gps=True), "a.jpg"))
        sent = {
            "number": "1号",
            "mechanism": "enforcement",
            "lead_unit": "squad",
            "at": room.now.isoformat(),
            "clocks": [],
        }
        room.hear("routing.appeal_dispatched.v1", made["appeal_id"], sent)
        for who in (token("handler", services=("enforcement",), units=("squad",)), token("desk")):
            [one] = client.get(f"/api/v1/cases/{made['appeal_id']}/attachments", headers=who).get_json()["items"]
            listed.append("longitude" in one)

    assert listed == [False, False, True, True]
    assert [told["longitude"] for told in room.told("appeal_pictured.v1")] == [None, 117.97]


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
