"""The public API: an appeal in once, shown to who holds its code, and clear words for what is wrong."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import func, select

from chassis import settings
from chassis.codes import id_of
from chassis.workflow import Role
from services.intake.models import Attachment, Case
from services.intake.web import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.keys import KeyFolder
    from chassis.testing import Room

URL = "/api/v1/appeals"
BODY: dict[str, Any] = {
    "text": "三号楼前路灯不亮,请联系 13800001111",
    "place": {"text": "黄河社区三号楼", "longitude": 117.97, "latitude": 37.38},
    "contact": {"name": "居民甲", "phone": "138 0000 1111"},
}


def stored(app: Flask) -> int:
    with app.extensions["jiesu"].database.read() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def picture(kind: str = "JPEG", *, gps: bool = False, size: tuple[int, int] = (400, 300), mode: str = "RGB") -> bytes:
    image, out = Image.new(mode, size, "teal"), io.BytesIO()
    exif = image.getexif()
    exif[0x010F] = "a camera"
    if gps:
        exif[0x8825] = {1: "N", 2: (37.0, 22.0, 48.0), 3: "E", 4: (117.0, 58.0, 12.0)}
    image.save(out, kind, exif=exif)
    return out.getvalue()


def test_all_that_is_wrong_with_an_appeal_is_told_at_once(client: FlaskClient) -> None:
    wrong = {
        "text": BODY["text"],
        "contact": {"phone": "12"},
        "submitted_at": "2999-01-01T00:00:00+08:00",
        "place": {"longitude": 117.97},
    }

    answer = client.post(URL, json=wrong)

    assert answer.status_code == 422
    assert sorted(one["pointer"] for one in answer.get_json()["errors"]) == [
        "/contact/phone",
        "/place",
        "/submitted_at",
    ]


def test_an_appeal_is_registered_and_told_masked(client: FlaskClient, room: Room) -> None:
    answer = client.post(URL, json=BODY)

    assert answer.status_code == 201
    body = answer.get_json()
    assert id_of(body["tracking_code"]) == body["appeal_id"]
    assert answer.headers["Location"] == f"{URL}/{body['tracking_code']}"
    [told] = room.told("appeal_registered.v1")
    assert told["appeal_id"] == body["appeal_id"]
    assert told["text"] == "三号楼前路灯不亮,请联系 138****1111"
    assert (told["longitude"], told["latitude"]) == (117.97, 37.38)
    assert len(told["petitioner"]) == 64


def test_a_position_of_a_national_map_is_brought_to_wgs84_and_the_address_is_read(
    client: FlaskClient, room: Room
) -> None:
    place = {"text": "黄河家园一区22号楼", "longitude": 117.976, "latitude": 37.381, "datum": "GCJ02"}

    client.post(URL, json={"text": "路灯不亮", "place": place})

    [told] = room.told("appeal_registered.v1")
    assert told["longitude"] == pytest.approx(117.97, abs=1e-3)
    assert told["latitude"] == pytest.approx(37.3805, abs=1e-3)
    assert (told["longitude"], told["latitude"]) != (117.976, 37.381)
    assert told["address"] == {"community": "黄河社区", "estate": "黄河家园一区", "building": "22"}
    assert room.case(told["appeal_id"]).details["datum"] == "GCJ02"


def test_the_tracking_code_is_stored_nowhere(client: FlaskClient, room: Room) -> None:
    code = client.post(URL, json=BODY, headers={"Idempotency-Key": "k1"}).get_json()["tracking_code"]

    connection = room.database.engine.raw_connection()
    dump = "\n".join(connection.iterdump())
    connection.close()

    assert code not in dump
    assert code.replace("-", "") not in dump
    assert "13800001111" not in dump


def test_the_same_key_and_body_give_the_same_answer_and_one_appeal(client: FlaskClient, app: Flask) -> None:
    first = client.post(URL, json=BODY, headers={"Idempotency-Key": "k1"})
    again = client.post(URL, json=BODY, headers={"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert stored(app) == 1


def test_the_same_key_with_another_body_is_refused(client: FlaskClient, app: Flask) -> None:
    client.post(URL, json=BODY, headers={"Idempotency-Key": "k1"})

    answer = client.post(URL, json={"text": "另一件事"}, headers={"Idempotency-Key": "k1"})

    assert answer.status_code == 409
    assert answer.get_json()["type"].endswith("key-reused")
    assert stored(app) == 1


def test_the_same_matter_of_the_same_phone_is_merged_and_says_so(client: FlaskClient, app: Flask) -> None:
    first = client.post(URL, json=BODY).get_json()

    second = client.post(URL, json=BODY).get_json()

    assert second["appeal_id"] != first["appeal_id"]
    shown = client.get(f"{URL}/{second['tracking_code']}").get_json()
    assert shown["state"] == "merged"
    assert shown["stage"] == "collect"
    assert "已登记" in shown["reply"]
    assert shown["merged_into"]["stage"] == "collect"
    assert stored(app) == 2


def test_a_resident_sees_stage_timeline_and_what_may_be_done(client: FlaskClient) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]

    shown = client.get(f"{URL}/{code.lower().replace('-', ' ')}").get_json()

    assert shown["tracking_code"] == code
    assert [one["place"] for one in shown["stages"]] == ["now", "next", "next", "next"]
    assert [entry["what"] for entry in shown["timeline"]] == ["registered"]
    assert shown["may"] == {"supplement": True, "withdraw": True}
    assert shown["rate"] is None
    assert "petitioner" not in shown


def test_when_the_callback_is_due_there_is_a_way_to_rate(client: FlaskClient, room: Room) -> None:
    body = client.post(URL, json=BODY).get_json()
    room.hear("mediation.case_concluded.v1", body["appeal_id"], {"reply": "路灯已经修好。", "outcome": "solved"})
    room.hear("feedback.callback_due.v1", body["appeal_id"], {"mechanism": "mediation", "round": 1})

    shown = client.get(f"{URL}/{body['tracking_code']}").get_json()

    assert shown["reply"] == "路灯已经修好。"
    assert shown["rate"] == f"/feedback/rate?code={body['tracking_code']}"
    assert shown["may"]["withdraw"] is False
    assert shown["reply_is_old"] is False


def test_a_reply_that_was_not_accepted_is_called_an_earlier_one_until_the_next(client: FlaskClient, room: Room) -> None:
    body = client.post(URL, json=BODY).get_json()
    subject, page = body["appeal_id"], f"/track?code={body['tracking_code']}"
    room.hear("mediation.case_concluded.v1", subject, {"reply": "路灯已经修好。", "outcome": "solved"})
    room.now += timedelta(hours=1)
    room.hear("feedback.rework_ordered.v1", subject, {"mechanism": "mediation", "reason": "仍不亮", "round": 1})
    reworked = client.get(page, headers={"Accept-Language": "zh-CN"}).text

    room.now += timedelta(hours=1)
    room.hear("mediation.case_concluded.v1", subject, {"reply": "已更换灯具。", "outcome": "solved"})
    answered = client.get(page, headers={"Accept-Language": "zh-CN"}).text

    assert ("此前的答复" in reworked, "路灯已经修好。" in reworked) == (True, True)
    assert ("此前的答复" in answered, "已更换灯具。" in answered) == (False, True)


@pytest.mark.parametrize(("granted", "told"), [(True, ["经核查与事实不符。"]), (False, [])])
def test_a_resident_is_told_that_and_why_an_appeal_is_not_counted(
    client: FlaskClient, room: Room, told: list[str], *, granted: bool
) -> None:
    body = client.post(URL, json=BODY).get_json()
    decided = {"granted": granted, "ground": "untrue", "opinion": "经核查与事实不符。"}
    room.hear("feedback.exclusion_decided.v1", body["appeal_id"], decided)

    shown = client.get(f"{URL}/{body['tracking_code']}").get_json()

    excluded = [entry for entry in shown["timeline"] if entry["what"] == "excluded"]
    assert [entry["text"] for entry in excluded] == told
    assert all("经调查不属实" in entry["zh"] and "untrue" in entry["en"] for entry in excluded)
    assert shown["state"] == "registered"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "   \n "}, "/text"),
        ({"text": 7}, "/text"),
        ({"text": "路" * 20_001}, "/text"),
        ({"text": "路灯\x00"}, "/text"),
        ({"text": "路灯", "title": "路" * 121}, "/title"),
        ({"text": "路灯", "titel": "x"}, "/titel"),
        ({"text": "路灯", "contact": {"phone": "12"}}, "/contact/phone"),
        ({"text": "路灯", "contact": []}, "/contact"),
        ({"text": "路灯", "place": {"longitude": 181, "latitude": 0}}, "/place/longitude"),
        ({"text": "路灯", "place": {"longitude": 117.9}}, "/place"),
        ({"text": "路灯", "place": {"datum": "CGCS2000"}}, "/place/datum"),
        ({"text": "路灯", "submitted_at": "2999-01-01T00:00:00+08:00"}, "/submitted_at"),
        ({"text": "路灯", "submitted_at": "2026-01-01T00:00:00"}, "/submitted_at"),
        ({"text": "路灯", "channel": "carrier_pigeon"}, "/channel"),
    ],
)
def test_what_is_wrong_is_said_field_by_field_and_nothing_is_stored(
    client: FlaskClient, app: Flask, body: dict[str, Any], pointer: str
) -> None:
    answer = client.post(URL, json=body)

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    errors = answer.get_json()["errors"]
    assert pointer in [error["pointer"] for error in errors]
    assert all(error["zh"] and error["en"] for error in errors)
    assert stored(app) == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b'"text"', b"\xff\xfe", b'{"text": NaN}', b'{"text": "\\ud800"}'])
def test_what_is_no_json_object_is_a_400(client: FlaskClient, app: Flask, raw: bytes) -> None:
    answer = client.post(URL, data=raw, content_type="application/json")

    assert answer.status_code == 400
    assert stored(app) == 0


def test_a_body_beyond_all_measure_is_a_413(client: FlaskClient) -> None:
    assert client.post(URL, data=b" " * 600_000, content_type="application/json").status_code == 413


def test_trusted_channels_are_for_staff_of_the_desk(
    client: FlaskClient, app: Flask, token: Callable[..., dict[str, str]]
) -> None:
    body = {"text": "来访反映路灯不亮", "channel": "walk_in", "hold": True}

    assert client.post(URL, json=body).status_code == 401
    assert client.post(URL, json=body, headers=token("handler")).status_code == 403
    assert client.post(URL, json=body, headers=token("operator", services=("mediation",))).status_code == 403
    assert client.post(URL, json={"text": "路灯", "hold": True}).status_code == 401
    assert stored(app) == 0
    assert client.post(URL, json=body, headers=token("operator")).status_code == 201


def test_an_external_number_is_registered_once_and_another_body_under_it_is_refused(
    client: FlaskClient, app: Flask, token: Callable[..., dict[str, str]]
) -> None:
    body = {"text": "转来的诉求", "channel": "hotline_12345", "external": {"source": "h12345", "number": "1"}}

    first = client.post(URL, json=body, headers=token("desk"))
    again = client.post(URL, json=body, headers=token("desk"))
    other = client.post(URL, json={**body, "text": "另一件转来的诉求"}, headers=token("desk"))

    assert first.get_json() == again.get_json()
    assert other.status_code == 409
    assert other.get_json()["appeal_id"] == first.get_json()["appeal_id"]
    assert "没有保存" in other.get_json()["title"]
    assert stored(app) == 1


def test_codes_that_are_none_and_codes_of_nobody_are_told_apart(client: FlaskClient) -> None:
    assert client.get(f"{URL}/nonsense").status_code == 422
    assert client.get(f"{URL}/0000-0000-0000").status_code == 404


def test_a_resident_adds_and_takes_back(client: FlaskClient, room: Room) -> None:
    body = client.post(URL, json=BODY).get_json()
    own = f"{URL}/{body['tracking_code']}"

    added = client.post(f"{own}/supplement", json={"text": "晚上更严重"})
    taken = client.post(f"{own}/withdraw", json={"reason": "已自行解决"})
    again = client.post(f"{own}/withdraw", json={"reason": "已自行解决"})

    assert added.status_code == 200
    assert added.get_json()["timeline"][-1]["text"] == "晚上更严重"
    assert taken.get_json()["state"] == "withdrawn"
    assert taken.get_json()["reply"]
    assert again.status_code == 409
    assert again.get_json()["allowed"] == []
    assert room.told("appeal_withdrawn.v1")[0]["reason"] == "已自行解决"


def test_a_withdrawn_matter_can_be_brought_again(client: FlaskClient) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]
    client.post(f"{URL}/{code}/withdraw", json={"reason": "填错了"})

    again = client.post(URL, json=BODY).get_json()["tracking_code"]

    assert client.get(f"{URL}/{again}").get_json()["state"] == "registered"


# -- pictures -----------------------------------------------------------------


def upload(client: FlaskClient, code: str, *files: tuple[bytes, str]) -> Any:
    data = {"file": [(io.BytesIO(content), name) for content, name in files]}
    return client.post(f"{URL}/{code}/attachments", data=data, content_type="multipart/form-data")


def test_a_picture_is_made_anew_and_its_position_is_the_place(client: FlaskClient, room: Room) -> None:
    body = client.post(URL, json={"text": "路灯不亮"}).get_json()

    answer = upload(client, body["tracking_code"], (picture(gps=True), "../路灯.jpg"))

    assert answer.status_code == 201
    [one] = answer.get_json()["attachments"]
    assert one["name"] == "路灯.jpg"
    sent = client.get(one["href"])
    assert sent.mimetype == "image/jpeg"
    kept = Image.open(io.BytesIO(sent.data))
    assert dict(kept.getexif()) == {}
    assert max(Image.open(io.BytesIO(client.get(one["thumbnail"]).data)).size) <= 360
    case = room.case(body["appeal_id"])
    assert (case.longitude, case.latitude) == (117.97, 37.38)
    [told] = room.told("appeal_pictured.v1")
    assert (told["attachments"], told["longitude"], told["latitude"]) == (1, 117.97, 37.38)

    upload(client, body["tracking_code"], (picture(), "b.png"), (picture(gps=True), "again.jpg"))
    assert [each["attachments"] for each in room.told("appeal_pictured.v1")] == [1, 2]


def test_the_same_picture_is_kept_once(client: FlaskClient, app: Flask) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]

    first = upload(client, code, (picture(), "a.jpg"), (picture(), "b.jpg"))
    again = upload(client, code, (picture(), "c.jpg"))

    ids = {one["id"] for one in first.get_json()["attachments"] + again.get_json()["attachments"]}
    assert len(ids) == 1
    with app.extensions["jiesu"].database.read() as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 1


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("WEBP", "RGB"), ("PNG", "L"), ("PNG", "P")])
def test_other_kinds_of_pictures_become_jpeg(client: FlaskClient, kind: str, mode: str) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]
    image, out = Image.new(mode, (40, 30)), io.BytesIO()
    image.save(out, kind)

    [one] = upload(client, code, (out.getvalue(), "a")).get_json()["attachments"]

    assert client.get(one["href"]).data.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.4",
        picture()[:200],
        b"\x89PNG\r\n\x1a\n" + b"0" * 50,
    ],
)
def test_what_is_no_whole_picture_is_refused_by_its_content(client: FlaskClient, content: bytes) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]

    answer = upload(client, code, (content, "a.jpg"))

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/photos"


def in_scans(more: int) -> bytes:
    """Give a picture in scans, the last of which comes so many times more, with a film behind it as phones write."""
    image, out = Image.new("RGB", (400, 300), "teal"), io.BytesIO()
    image.save(out, "JPEG", progressive=True)
    raw = out.getvalue()
    last = raw[raw.rindex(b"\xff\xda") : -2]
    return raw[:-2] + last * more + raw[-2:] + b"\xff\xda" * 500


@pytest.mark.parametrize(("more", "taken"), [(0, 201), (20, 201), (200, 422)])
def test_a_picture_that_takes_an_hour_to_unpack_is_refused_before_it_is(
    client: FlaskClient, more: int, taken: int
) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]

    answer = upload(client, code, (in_scans(more), "a.jpg"))

    assert answer.status_code == taken, answer.get_json()


def test_a_picture_in_scans_is_held_whole_and_may_have_fewer_points(client: FlaskClient) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]
    for progressive, taken in ((False, 201), (True, 422)):
        out = io.BytesIO()
        Image.new("RGB", (6000, 5000), "teal").save(out, "JPEG", progressive=progressive)

        assert upload(client, code, (out.getvalue(), "a.jpg")).status_code == taken


def test_a_picture_that_unpacks_to_too_much_is_refused(client: FlaskClient) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]
    out = io.BytesIO()
    Image.new("1", (6000, 5000)).save(out, "PNG")

    assert upload(client, code, (out.getvalue(), "a.png")).status_code == 422


def test_after_the_end_no_picture_is_taken_that_nobody_would_look_at(client: FlaskClient) -> None:
    mine = client.post(URL, json=BODY).get_json()
    code = mine["tracking_code"]
    upload(client, code, (picture(), "a.jpg"))
    client.post(f"{URL}/{code}/withdraw", json={"reason": "已自行解决"})

    again = upload(client, code, (picture(), "a.jpg"))
    late = upload(client, code, (picture(size=(60, 60)), "b.jpg"))

    assert again.status_code == 201
    assert (late.status_code, "有新情况请重新反映" in late.get_json()["detail"]) == (409, True)
    assert len(client.get(f"{URL}/{code}").get_json()["attachments"]) == 1


def test_who_stays_anonymous_is_named_by_no_word_of_his_own_and_by_no_file(client: FlaskClient, room: Room) -> None:
    contact = {"name": "居民乙", "phone": "13900002222", "anonymous": True}
    body = {
        "title": "居民乙反映",
        "text": "我是居民乙，楼道灯坏了",
        "place": {"text": "居民乙家门口"},
        "contact": contact,
    }
    sent = client.post(URL, json=body).get_json()

    [one] = upload(client, sent["tracking_code"], (picture(), "居民乙.jpg")).get_json()["attachments"]

    [told] = room.told("appeal_registered.v1")
    assert (told["title"], told["text"], told["place"]) == ("某某反映", "我是某某，楼道灯坏了", "某某家门口")
    assert one["name"] == "照片1.jpg"
    assert "sealed" not in room.case(sent["appeal_id"]).details


def test_nine_pictures_are_enough(client: FlaskClient) -> None:
    code = client.post(URL, json=BODY).get_json()["tracking_code"]
    nine = [(picture(size=(40 + place, 30)), f"{place}.jpg") for place in range(9)]

    assert upload(client, code, *nine).status_code == 201
    assert upload(client, code, (picture(size=(90, 30)), "a.jpg")).status_code == 422


def test_a_picture_is_shown_to_nobody_with_another_code(
    client: FlaskClient, token: Callable[..., dict[str, str]]
) -> None:
    mine = client.post(URL, json=BODY).get_json()
    other = client.post(URL, json={"text": "别人的诉求"}).get_json()["tracking_code"]
    [one] = upload(client, mine["tracking_code"], (picture(), "a.jpg")).get_json()["attachments"]
    staff = f"/api/v1/cases/{mine['appeal_id']}/attachments/{one['id']}"

    assert client.get(f"{URL}/{other}/attachments/{one['id']}").status_code == 404
    assert client.get(staff).status_code == 401
    assert client.get(staff, headers=token("operator")).status_code == 200


def test_a_picture_is_shown_to_the_unit_that_has_the_appeal_and_to_no_other(
    client: FlaskClient, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    mine = client.post(URL, json=BODY).get_json()
    [one] = upload(client, mine["tracking_code"], (picture(), "a.jpg")).get_json()["attachments"]
    address = f"/api/v1/cases/{mine['appeal_id']}/attachments/{one['id']}"
    squad = token("handler", services=("enforcement",), units=("squad",))
    others = {
        "another unit": token("handler", services=("enforcement",), units=("another",)),
        "another mechanism": token("handler", services=("mediation",)),
    }

    before = client.get(address, headers=squad).status_code
    room.hear("routing.appeal_dispatched.v1", mine["appeal_id"], {"mechanism": "enforcement", "lead_unit": "squad"})
    shown = client.get(f"{address}?size=small", headers=squad)
    refused = {who: client.get(address, headers=header).status_code for who, header in others.items()}

    assert before == 403
    assert (shown.status_code, shown.mimetype, shown.headers["Cache-Control"]) == (200, "image/jpeg", "no-store")
    assert refused == dict.fromkeys(others, 403)
    every = address.rpartition("/")[0]
    [listed] = client.get(every, headers=squad).get_json()["items"]
    assert (listed["name"], listed["href"]) == ("a.jpg", address)
    assert listed["size"] == len(client.get(address, headers=squad).data)
    assert {client.get(every, headers=header).status_code for header in others.values()} == {403}


def test_who_brings_the_same_again_sees_how_far_the_first_one_is_and_no_end_before_its_own(
    client: FlaskClient, room: Room
) -> None:
    first = client.post(URL, json=BODY).get_json()
    again = client.post(URL, json=BODY).get_json()["tracking_code"]
    room.hear("routing.appeal_dispatched.v1", first["appeal_id"], {"mechanism": "enforcement", "lead_unit": "squad"})

    shown = client.get(f"{URL}/{again}").get_json()

    assert [one["place"] for one in shown["stages"]] == ["done", "done", "now", "next"]


def looks(room: Room) -> list[tuple[str, str]]:
    return [(told["by"], told["purpose"]) for told in room.told("reveal_logged.v1")]


def test_each_picture_that_staff_open_is_on_record_and_what_a_page_shows_by_itself_once_an_hour(
    client: FlaskClient, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    mine = client.post(URL, json=BODY).get_json()
    one, two = upload(
        client, mine["tracking_code"], (picture(), "门口.jpg"), (picture(size=(50, 50)), "b.jpg")
    ).get_json()["attachments"]
    every = f"/api/v1/cases/{mine['appeal_id']}/attachments"

    for row in (one, two, one):
        client.get(f"{every}/{row['id']}?size=small", headers=token("operator"))
    client.get(f"{every}/{one['id']}", headers=token("operator"))
    client.get(f"{every}/{one['id']}", headers={**token("desk", person="p2"), "X-Purpose": quote("核对现场")})
    client.get(f"{every}/{one['id']}?size=small", headers=token("desk", person="p2"))
    refused = client.get(f"{every}/{one['id']}", headers=token("handler", services=("mediation",)))
    client.get(one["href"])

    assert refused.status_code == 403
    assert [purpose for _who, purpose in looks(room)] == [
        "查看照片缩略图",
        "打开照片《门口.jpg》",
        "打开照片《门口.jpg》：核对现场",
        "查看照片缩略图",
    ]
    assert {tuple(told["what"]) for told in room.told("reveal_logged.v1")} == {("photo",)}


def test_after_a_transfer_the_next_one_sees_the_picture_and_the_first_no_more(
    client: FlaskClient, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    mine = client.post(URL, json=BODY).get_json()
    [one] = upload(client, mine["tracking_code"], (picture(), "a.jpg")).get_json()["attachments"]
    address = f"/api/v1/cases/{mine['appeal_id']}/attachments/{one['id']}"

    for mechanism in ("mediation", "enforcement"):
        room.hear("routing.appeal_dispatched.v1", mine["appeal_id"], {"mechanism": mechanism, "lead_unit": ""})
        room.now += timedelta(minutes=1)

    assert client.get(address, headers=token("handler", services=("mediation",))).status_code == 403
    assert client.get(address, headers=token("handler", services=("enforcement",))).status_code == 200


def test_a_picture_sent_with_the_same_matter_again_reaches_whoever_has_the_first(
    client: FlaskClient, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    first = client.post(URL, json=BODY).get_json()
    squad = {"mechanism": "enforcement", "lead_unit": "squad"}
    room.hear("routing.appeal_dispatched.v1", first["appeal_id"], squad)
    again = client.post(URL, json=BODY).get_json()

    [one] = upload(client, again["tracking_code"], (picture(), "a.jpg")).get_json()["attachments"]

    [counted, told] = room.told("material_forwarded.v1")
    assert (counted["text"], counted["pictures"], counted["repeats"]) == ("", [], 1)
    assert room.state(again["appeal_id"]) == "merged"
    assert (told["appeal_id"], told["to"]) == (first["appeal_id"], "enforcement")
    href = told["pictures"][0]["href"]
    assert href == f"/intake/api/v1/cases/{again['appeal_id']}/attachments/{one['id']}"
    own = href.removeprefix("/intake")
    assert client.get(own, headers=token("handler", services=("enforcement",), units=("squad",))).status_code == 200
    assert client.get(own, headers=token("handler", services=("mediation",))).status_code == 403


@pytest.mark.parametrize(("sealed", "told"), [(False, (117.97, 37.38)), (True, (None, None))])
def test_where_a_picture_was_taken_reaches_the_handler_but_of_nobody_who_stays_confidential(
    client: FlaskClient, room: Room, *, sealed: bool, told: tuple[float | None, float | None]
) -> None:
    mine = client.post(URL, json={"text": "井盖丢失", "contact": {"phone": "13900002222", "sealed": sealed}}).get_json()
    room.hear("routing.appeal_dispatched.v1", mine["appeal_id"], {"mechanism": "enforcement", "lead_unit": ""})

    upload(client, mine["tracking_code"], (picture(gps=True), "a.jpg"))

    [one] = room.told("material_forwarded.v1")[-1]["pictures"]
    assert (one.get("longitude"), one.get("latitude")) == told


def test_a_picture_of_another_petitioner_is_not_for_whoever_has_the_appeal_that_his_was_merged_into(
    client: FlaskClient, room: Room, token: Callable[..., dict[str, str]]
) -> None:
    first = client.post(URL, json=BODY).get_json()
    squad = {"mechanism": "enforcement", "lead_unit": "squad"}
    room.hear("routing.appeal_dispatched.v1", first["appeal_id"], squad)
    other = client.post(URL, json={**BODY, "contact": {"name": "居民乙", "phone": "13900002222"}}).get_json()
    [one] = upload(client, other["tracking_code"], (picture(), "a.jpg")).get_json()["attachments"]
    room.act(
        other["appeal_id"],
        "merged",
        {"into": first["appeal_id"], "reason": "同一路口", "reply": "已在处理中。"},
        role=Role.DESK,
    )
    address = f"/api/v1/cases/{other['appeal_id']}/attachments/{one['id']}"

    assert room.state(other["appeal_id"]) == "merged"
    assert client.get(address, headers=token("handler", services=("enforcement",), units=("squad",))).status_code == 403
    assert client.get(address, headers=token("desk")).status_code == 200


# -- too much -------------------------------------------------------------------


@pytest.fixture
def strict(tmp_path: Path, folder: KeyFolder) -> Iterator[Flask]:
    """Give intake's web app where an address may send three times a minute, and a phone twice an hour."""
    del folder
    app = create_app(
        settings.load({"JIESU_DATA": str(tmp_path), "JIESU_POSTS_PER_MINUTE": "3", "JIESU_POSTS_PER_PHONE": "2"})
    )
    door = app.extensions["jiesu"]
    door.blueprint.metadata.create_all(door.database.engine)
    yield app
    door.database.close()


def test_an_address_that_sends_too_much_is_told_when_to_come_back_and_nothing_is_stored(
    strict: Flask, token: Callable[..., dict[str, str]]
) -> None:
    client = strict.test_client()
    answers = [client.post(URL, json={"text": f"第 {number} 件"}) for number in range(4)]
    elsewhere = client.post(URL, json={"text": "别处的"}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    staff = [client.post(URL, json={"text": f"代录 {n}"}, headers=token("operator")).status_code for n in range(5)]

    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[3].mimetype == "application/problem+json"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert answers[3].get_json()["type"] == "urn:jiesu:problem:too-many"
    assert elsewhere.status_code == 201
    assert staff == [201] * 5
    assert stored(strict) == 3 + 1 + 5


def test_a_phone_with_too_many_appeals_is_refused_from_wherever_it_sends(
    strict: Flask, token: Callable[..., dict[str, str]]
) -> None:
    client = strict.test_client()

    def send(number: int, **more: Any) -> int:
        body = {"text": f"第 {number} 件", "contact": {"phone": "138 0000 1111" if number % 2 else "13800001111"}}
        return client.post(URL, json=body, **more).status_code

    sent = [send(number, environ_base={"REMOTE_ADDR": f"203.0.113.{number}"}) for number in range(4)]

    assert sent == [201, 201, 429, 429]
    assert send(7, headers=token("operator"), environ_base={"REMOTE_ADDR": "203.0.113.7"}) == 201
    assert stored(strict) == 3


def test_what_was_typed_on_a_page_is_kept_to_be_sent_again(strict: Flask) -> None:
    client = strict.test_client()
    client.get("/report", headers={"Accept": "text/html"})
    cookie = client.get_cookie("jiesu_csrf")
    assert cookie is not None
    for number in range(3):
        client.post(URL, json={"text": f"第 {number} 件"})

    page = client.post(
        "/report",
        data={"_csrf_token": cookie.value, "text": "路灯<不亮>", "photos": (io.BytesIO(picture()), "a.jpg")},
        headers={"Accept": "text/html", "Accept-Language": "zh-CN"},
    )
    forged = client.post("/report", data={"_csrf_token": "x", "text": "别人的"}, headers={"Accept": "text/html"})

    assert (page.status_code, forged.status_code) == (429, 429)
    assert int(page.headers["Retry-After"]) >= 1
    for said in ("没有保存", 'name="text" value="路灯&lt;不亮&gt;"', "再次提交", "以下文件未保存，请重新选择：a.jpg"):
        assert said in page.text
    assert "别人的" not in forged.text


def test_marks_that_turn_text_around_come_in_by_no_door(client: FlaskClient, app: Flask) -> None:
    written, meant = (
        "请转\u202e001\u2066元😀\n给物业\u200f，电话\u202d13800001111\u202c",
        "请转001元😀\n给物业，电话13800001111",
    )
    place = {"lat": "37.38", "long": "117.97", "service_code": "0307"}

    posted = client.post(URL, json={"text": written, "contact": {"phone": "\u202d13800002222\u202c"}})
    reported = client.post("/open311/v2/requests.json", data={"description": f"{written}。", **place})
    added = client.post(f"{URL}/{posted.get_json()['tracking_code']}/supplement", json={"text": written})

    assert (posted.status_code, reported.status_code, added.status_code) == (201, 201, 200)
    room = app.extensions["jiesu"].database
    with room.read() as session:
        kept = [case.details["text"] for case in session.scalars(select(Case))]
    assert sorted(len(text) for text in kept) == [len(meant), len(meant) + 1]
    assert not any(sign in text for text in kept for sign in "\u202d\u202e\u2066\u200f\u202c")


FROM_HERE = {"Accept": "text/html", "Accept-Language": "zh-CN", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("said", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_what_was_typed_into_a_page_that_expired_comes_back_with_a_button(app: Flask, said: dict[str, str]) -> None:
    client = app.test_client()
    typed = {"_csrf_token": "of last night", "text": "路灯<不亮>", "contact-name": "居民甲", "_idempotency_key": "k-1"}
    photo = (io.BytesIO(picture()), "a.jpg")
    headers = {"Accept": "text/html", "Accept-Language": "zh-CN", **said}

    page = client.post("/report", data={**typed, "photos": photo}, headers=headers)
    cookie = client.get_cookie("jiesu_csrf")
    assert cookie is not None
    again = client.post("/report", data={**typed, "_csrf_token": cookie.value}, headers=headers)

    assert page.status_code == 403
    assert "页面已过期，内容没有保存" in page.text
    assert '<dd class="text">路灯&lt;不亮&gt;</dd>' in page.text
    for name, value in (("text", "路灯&lt;不亮&gt;"), ("contact-name", "居民甲"), ("_idempotency_key", "k-1")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page.text
    assert "of last night" not in page.text
    assert f'name="_csrf_token" value="{cookie.value}"' in page.text
    assert "以下文件未保存，请重新选择：a.jpg" in page.text
    assert '<input id="again-photos" name="photos" type="file" multiple>' in page.text
    assert again.status_code in (200, 201, 303)


@pytest.mark.parametrize("said", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}])
def test_what_another_page_sent_is_never_put_before_anybody_with_a_button(app: Flask, said: dict[str, str]) -> None:
    forged = {"_csrf_token": "guessed", "text": "别人的"}

    page = app.test_client().post("/report", data=forged, headers={"Accept": "text/html", **said})

    assert page.status_code == 403
    assert "别人的" not in page.text


def test_what_staff_typed_while_the_sign_in_ran_out_comes_back_with_the_way_to_sign_in(app: Flask) -> None:
    client = app.test_client()
    client.get("/report", headers=FROM_HERE)
    cookie = client.get_cookie("jiesu_csrf")
    assert cookie is not None
    typed = {"_csrf_token": cookie.value, "reason": "已由同一人另行反映"}

    page = client.post("/cases/A1/actions/withdrawn", data=typed, headers=FROM_HERE)

    assert page.status_code == 401
    for said in (
        "请先登录",
        'target="_blank">在新窗口登录</a>',
        'name="reason" value="已由同一人另行反映"',
        "再次提交",
    ):
        assert said in page.text


def test_a_password_is_never_given_back(strict: Flask) -> None:
    client = strict.test_client()
    client.get("/report", headers={"Accept": "text/html"})
    cookie = client.get_cookie("jiesu_csrf")
    assert cookie is not None
    for number in range(3):
        client.post(URL, json={"text": f"第 {number} 件"})

    page = client.post(
        "/report", data={"_csrf_token": cookie.value, "password": "secret words"}, headers={"Accept": "text/html"}
    )

    assert page.status_code == 429
    assert "secret words" not in page.text
