"""The desk's page: operators register what comes by phone, on paper and in person, without JavaScript."""

from __future__ import annotations

import io
import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis import moments
from chassis.workcalendar import local
from services.intake.ways_in import entrances
from tests.services.intake.test_doors import picture, stored
from tests.services.intake.test_service import clock_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
KEY = re.compile(r'name="_idempotency_key" value="([^"]+)"')
HTML = {"Accept": "text/html", "Accept-Language": "zh-CN"}
CALL = {"text": "三号楼前路灯不亮", "contact-phone": "13800001111"}
DUE = local(moments.now() + timedelta(days=30)).replace(hour=17, minute=0, second=0, microsecond=0)
ORDER = {**CALL, "external-number": "N-1", "external-due_at": f"{DUE:%Y-%m-%dT%H:%M}"}
#: What each channel that the desk registers needs beside the text.
NEEDED: dict[str, dict[str, str]] = {
    "street_hotline": {"contact-phone": "13800001111"},
    "hotline_12345": {"external-number": "N-1"},
    "grid_report": {"origin-grid": "第三网格", "place-text": "东门"},
    "building_head": {"origin-building": "三号楼", "place-text": "三号楼"},
    "community_party": {"origin-community": "黄河社区"},
    "double_registration": {"origin-reporting_unit": "某学校"},
}


@pytest.fixture
def operator(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Give an operator's header."""
    return {**HTML, **token("operator")}


def form(client: FlaskClient, who: dict[str, str], channel: str, **fields: Any) -> dict[str, Any]:
    page = client.get(f"/desk/register?channel={channel}", headers=who).text
    token, key = TOKEN.search(page), KEY.search(page)
    assert token is not None
    assert key is not None
    return {"_csrf_token": token[1], "_idempotency_key": key[1], "channel": channel, **fields}


def send(client: FlaskClient, who: dict[str, str], body: dict[str, Any]) -> Any:
    return client.post("/desk/register", data=body, headers=who, content_type="multipart/form-data")


def test_an_operator_registers_a_call_and_reads_out_code_and_what_follows(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    answer = send(client, operator, form(client, operator, "street_hotline", **CALL, **{"contact-name": "居民甲"}))

    assert answer.status_code == 303
    page = client.get(answer.headers["Location"], headers=operator).text
    [told] = room.told("appeal_registered.v1")
    assert told["channel"] == "street_hotline"
    assert told["hold"] is False
    assert re.search(r'class="code">[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}<', page)
    assert "承办单位签收后联系诉求人" in page
    assert "/desk/register?channel=street_hotline" in page
    assert f"/cases/{told['appeal_id']}" in page


def test_the_number_is_waited_for_and_then_stands_there(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    where = send(client, operator, form(client, operator, "street_hotline", **CALL)).headers["Location"]
    before = client.get(where, headers=operator).text
    [told] = room.told("appeal_registered.v1")
    room.hear("routing.appeal_ledgered.v1", told["appeal_id"], {"number": "彭李诉〔2026〕000001号"})

    after = client.get(where, headers=operator).text

    assert 'http-equiv="refresh"' in before
    assert "正在生成" in before
    assert "彭李诉〔2026〕000001号" in after
    assert 'http-equiv="refresh"' not in after


@pytest.mark.parametrize("channel", [one.code for one in entrances.table().by_code.values() if one.desk])
def test_each_channel_has_a_form_that_registers_under_its_own_name(
    client: FlaskClient, operator: dict[str, str], room: Room, channel: str
) -> None:
    photos = {"photos": (io.BytesIO(picture()), "a.jpg")} if channel == "wechat_snapshot" else {}

    answer = send(
        client,
        operator,
        form(client, operator, channel, text="黄河家园一区路灯不亮", **NEEDED.get(channel, {}), **photos),
    )

    assert answer.status_code == 303, answer.text
    [told] = room.told("appeal_registered.v1")
    assert told["channel"] == channel


@pytest.mark.parametrize(("channel", "needed"), NEEDED.items())
def test_what_a_channel_needs_is_marked_and_missed_at_the_page_and_at_the_api(
    client: FlaskClient,
    app: Flask,
    operator: dict[str, str],
    token: Callable[..., dict[str, str]],
    channel: str,
    needed: dict[str, str],
) -> None:
    page = send(client, operator, form(client, operator, channel, text="路灯不亮"))
    api = client.post("/api/v1/appeals", json={"text": "路灯不亮", "channel": channel}, headers=token("operator"))

    assert (page.status_code, api.status_code) == (422, 422)
    assert page.text.count("此项必填。") == len(needed)
    pointers = {error["pointer"] for error in api.get_json()["errors"]}
    assert pointers == {f"/{name.replace('-', '/')}" for name in needed}
    assert stored(app) == 0


def test_all_that_is_wrong_is_said_in_one_go_beside_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, app: Flask, operator: dict[str, str]
) -> None:
    typed = {
        "text": "路",
        "title": "一句话",
        "place-text": "东门",
        "contact-phone": "12",
        "contact-sealed": "true",
        "external-due_at": "2036-11-27T17:00",
        "submitted_at": "2026-11-20T09:30",
        "hold": "true",
    }

    answer = send(client, operator, form(client, operator, "hotline_12345", **typed))

    assert answer.status_code == 422
    assert "已填写的内容均已保留" in answer.text
    for name, said in (("external-number", "此项必填"), ("contact-phone", "电话号码格式不正确"), ("text", "字")):
        beside = re.search(rf'<div class="said" id="{name}-said">.*?</div>', answer.text, re.DOTALL)
        assert beside is not None, name
        assert said in beside[0]
    for kept in (
        'value="一句话"',
        'value="东门"',
        'value="12"',
        'value="2036-11-27T17:00"',
        'value="2026-11-20T09:30"',
    ):
        assert kept in answer.text
    assert re.search(r'name="contact-sealed" value="true" checked', answer.text)
    assert re.search(r'name="hold" value="true" checked', answer.text)
    assert ">路</textarea>" in answer.text
    assert stored(app) == 0


def test_what_a_channel_lacks_is_said_together_with_what_can_not_be_read(
    client: FlaskClient, token: Callable[..., dict[str, str]]
) -> None:
    body = {"channel": "grid_report", "text": "路", "origin": {"colour": "red"}, "contact": {"phone": "12"}}

    answer = client.post("/api/v1/appeals", json=body, headers=token("desk"))

    pointers = {error["pointer"] for error in answer.get_json()["errors"]}
    assert pointers == {"/text", "/contact/phone", "/origin/colour", "/origin/grid", "/place/text"}


def test_a_deadline_before_the_submission_is_said_beside_the_deadline(
    client: FlaskClient, operator: dict[str, str]
) -> None:
    body = {**ORDER, "external-due_at": "2026-11-20T09:00", "submitted_at": "2026-11-20T09:30"}

    answer = send(client, operator, form(client, operator, "hotline_12345", **body))

    assert answer.status_code == 422
    assert "截止时间不能早于提交时间" in answer.text


def test_another_channel_keeps_what_was_typed_also_what_it_does_not_ask(
    client: FlaskClient, app: Flask, operator: dict[str, str]
) -> None:
    body = form(client, operator, "hotline_12345", **ORDER)

    letter = send(client, operator, {**body, "switch": "letter"}).text
    back = send(client, operator, {**body, "channel": "letter", "switch": "hotline_12345"}).text

    assert "三号楼前路灯不亮" in letter
    assert '<input type="hidden" name="external-number" value="N-1">' in letter
    assert 'id="external-number" name="external-number" value="N-1"' in back
    assert stored(app) == 0


def test_what_was_carried_along_for_another_channel_is_not_registered(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    answer = send(client, operator, form(client, operator, "letter", **ORDER, **{"origin-grid": "一格"}))

    assert answer.status_code == 303
    [told] = room.told("appeal_registered.v1")
    assert told["external"] is None


def test_the_next_call_typed_into_a_form_that_was_sent_is_asked_about_once_and_then_registered(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    body = form(client, operator, "street_hotline", **CALL)
    send(client, operator, dict(body))

    answer = send(client, operator, {**body, "text": "五号楼井盖丢了，有人差点掉进去"})

    key = KEY.search(answer.text)
    assert key is not None
    assert (answer.status_code, "再提交一次" in answer.text) == (409, True)
    again = {**body, "text": "五号楼井盖丢了，有人差点掉进去", "_idempotency_key": key[1]}
    assert send(client, operator, again).status_code == 303
    assert len(room.told("appeal_registered.v1")) == 2


def test_a_work_order_is_registered_once_and_its_deadline_is_read_out(
    client: FlaskClient, app: Flask, operator: dict[str, str], room: Room
) -> None:
    first = send(client, operator, form(client, operator, "hotline_12345", **ORDER))
    again = send(client, operator, form(client, operator, "hotline_12345", **ORDER))
    other = send(client, operator, form(client, operator, "hotline_12345", **{**ORDER, "text": "转述不同的同一件"}))

    assert stored(app) == 1
    [told] = room.told("appeal_registered.v1")
    assert told["external"] == {"source": "hotline12345", "number": "N-1", "due_at": DUE.astimezone(UTC).isoformat()}
    page = client.get(first.headers["Location"], headers=operator).text
    assert f"{DUE:%Y-%m-%d} 17:00" in page
    assert "未重复登记" in client.get(again.headers["Location"], headers=operator).text
    assert other.status_code == 409
    assert "该工单号已登记" in other.text
    assert "转述不同的同一件" in other.text


def test_what_the_hotline_sent_by_itself_is_the_same_order_at_the_desk(
    client: FlaskClient, app: Flask, operator: dict[str, str], room: Room
) -> None:
    room.hear("hotline12345.appeal_submitted.v1", "", {"external_number": "N-1", "text": "三号楼前路灯不亮"})

    answer = send(client, operator, form(client, operator, "hotline_12345", **ORDER))

    assert answer.headers["Location"].endswith("what=already_there")
    assert stored(app) == 1


def test_a_form_sent_twice_is_one_appeal(client: FlaskClient, app: Flask, operator: dict[str, str]) -> None:
    body = form(client, operator, "walk_in", text="路灯不亮")

    first, second = (send(client, operator, dict(body)).headers["Location"] for _ in range(2))

    assert first.partition("&")[0] == second.partition("&")[0]
    assert stored(app) == 1


def test_an_appeal_that_is_held_leads_to_its_answer_on_the_spot(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    answer = send(client, operator, form(client, operator, "street_hotline", **CALL, hold="true"))

    [told] = room.told("appeal_registered.v1")
    assert told["hold"] is True
    page = client.get(answer.headers["Location"], headers=operator).text
    # Who calls is still there: the answer comes before the next registration.
    assert page.index("去当场解答") < page.index("再登记一件")
    assert 'http-equiv="refresh"' not in page


def test_who_stays_anonymous_needs_no_number(client: FlaskClient, operator: dict[str, str], room: Room) -> None:
    body = form(client, operator, "street_hotline", text="路灯不亮", **{"contact-anonymous": "true"})

    answer = send(client, operator, body)

    assert answer.status_code == 303
    assert "承办单位不知道诉求人是谁" in client.get(answer.headers["Location"], headers=operator).text
    [told] = room.told("appeal_registered.v1")
    assert (told["anonymous"], told["has_contact"]) == (True, False)


def test_a_visitor_s_photos_are_taken_and_a_bad_one_keeps_it_from_being_half_registered(
    client: FlaskClient, app: Flask, operator: dict[str, str]
) -> None:
    body = form(client, operator, "walk_in", text="路灯不亮")

    bad = send(client, operator, {**body, "photos": (io.BytesIO(b"no picture"), "a.jpg")})
    none_yet = stored(app)
    good = send(client, operator, {**body, "photos": (io.BytesIO(picture()), "a.jpg")})

    assert (bad.status_code, none_yet, good.status_code) == (422, 0, 303)
    assert "请重新选择" in bad.text


def test_nobody_but_the_desk_comes_here_and_strangers_are_led_to_sign_in(
    client: FlaskClient, app: Flask, token: Callable[..., dict[str, str]]
) -> None:
    for path in ("/desk/", "/desk/register?channel=walk_in", "/desk/registered?code=7KQ4-M2XD-9TB0"):
        stranger = client.get(path, headers=HTML)
        assert stranger.status_code == 303
        assert stranger.headers["Location"].startswith("/portal/sign-in?next=")
        for who in (token("handler"), token("leader"), token("operator", services=("mediation",))):
            refused = client.get(path, headers={**HTML, **who})
            assert refused.status_code == 403
            assert "限话务员和诉求台使用" in refused.text or "不含本服务" in refused.text
    assert stored(app) == 0


def test_who_was_signed_out_meanwhile_finds_all_that_he_typed_and_the_way_to_sign_in(
    client: FlaskClient, app: Flask, operator: dict[str, str]
) -> None:
    body = form(client, operator, "street_hotline", **CALL)

    answer = send(client, HTML, body)

    assert answer.status_code == 401
    assert "三号楼前路灯不亮" in answer.text
    assert 'value="13800001111"' in answer.text
    assert "请在新窗口重新登录" in answer.text
    assert stored(app) == 0


def test_a_page_of_somebody_else_registers_nothing_and_nothing_typed_is_lost(
    client: FlaskClient, app: Flask, operator: dict[str, str]
) -> None:
    answer = send(client, operator, {**form(client, operator, "street_hotline", **CALL), "_csrf_token": "forged"})

    assert answer.status_code == 403
    assert "页面已过期" in answer.text
    assert "三号楼前路灯不亮" in answer.text
    assert stored(app) == 0


@pytest.mark.parametrize("channel", ["carrier_pigeon", "web", "import", ""])
def test_a_channel_without_a_page_here_leads_back_to_the_choice(
    client: FlaskClient, app: Flask, operator: dict[str, str], channel: str
) -> None:
    asked = client.get(f"/desk/register?channel={channel}", headers=operator)
    sent = send(client, operator, {**form(client, operator, "walk_in"), "channel": channel, "text": "路灯不亮"})

    assert (asked.status_code, sent.status_code) == (303, 303)
    assert asked.headers["Location"].endswith("/desk/")
    assert stored(app) == 0


# -- residents' pages by channel -----------------------------------------------


def report(client: FlaskClient, channel: str, **fields: Any) -> Any:
    page = client.get(f"/report?channel={channel}", headers=HTML).text
    token, key = TOKEN.search(page), KEY.search(page)
    assert token is not None
    assert key is not None
    body = {"_csrf_token": token[1], "_idempotency_key": key[1], "text": "充电柜不通电", "channel": channel, **fields}
    return client.post("/report", data=body, headers=HTML, content_type="multipart/form-data")


def test_riders_come_by_their_own_link_and_say_where_they_ride(client: FlaskClient, room: Room) -> None:
    page = client.get("/report?channel=new_employment", headers=HTML).text

    answer = report(client, "new_employment", **{"origin-occupation": "骑手"})

    assert "新就业群体" in page
    assert answer.status_code == 303
    [told] = room.told("appeal_registered.v1")
    assert told["channel"] == "new_employment"
    assert room.case(told["appeal_id"]).details["origin"] == {"occupation": "骑手"}


def test_a_snapshot_needs_its_photo(client: FlaskClient, app: Flask, room: Room) -> None:
    without = report(client, "wechat_snapshot")
    none_yet = stored(app)
    with_one = report(client, "wechat_snapshot", photos=(io.BytesIO(picture(gps=True)), "a.jpg"))

    assert (without.status_code, none_yet, with_one.status_code) == (422, 0, 303)
    assert "请至少附一张照片" in without.text
    assert [told["channel"] for told in room.told("appeal_registered.v1")] == ["wechat_snapshot"]


@pytest.mark.parametrize(
    ("said", "photo", "status"),
    [
        ({}, picture(), 422),
        ({}, picture(gps=True), 303),
        ({"contact-sealed": "true"}, picture(gps=True), 303),
        ({"place-text": "东门"}, picture(), 303),
        ({"place-longitude": "117.97", "place-latitude": "37.38"}, picture(), 303),
        ({"text": "黄河八路与渤海十二路交叉口有坑"}, picture(), 303),
    ],
)
def test_a_snapshot_says_where_it_is_in_words_as_a_point_or_by_its_photo(
    client: FlaskClient, app: Flask, said: dict[str, str], photo: bytes, status: int
) -> None:
    answer = report(client, "wechat_snapshot", photos=(io.BytesIO(photo), "a.jpg"), **said)

    assert answer.status_code == status
    assert ("请写明地点" in answer.text) is (status == 422)
    assert stored(app) == (status == 303)


@pytest.mark.parametrize("channel", ["walk_in", "hotline_12345", "import", "open311", "carrier_pigeon"])
def test_no_link_leads_residents_into_a_channel_that_is_not_theirs(
    client: FlaskClient, room: Room, channel: str
) -> None:
    answer = report(client, channel, **{"external-number": "1", "origin-grid": "一格", "hold": "true"})

    assert answer.status_code == 303
    [told] = room.told("appeal_registered.v1")
    assert (told["channel"], told["external"], told["hold"]) == ("web", None, False)


# -- the same matter, while somebody is still on the line -------------------------


@pytest.mark.parametrize(
    ("contact", "said", "finds"),
    [
        ({"contact-phone": "13800001111"}, "黄河家园一区三号楼前的路灯还是不亮", True),
        ({"contact-phone": "13800002222"}, "黄河家园一区三号楼前的路灯还是不亮", True),
        ({}, "黄河家园一区三号楼前的路灯还是不亮", True),
        ({}, "想问一下老年卡在哪里办理", False),
    ],
)
def test_before_it_is_registered_the_operator_is_shown_what_the_caller_has_brought_already(
    client: FlaskClient, operator: dict[str, str], app: Flask, contact: dict[str, str], said: str, *, finds: bool
) -> None:
    brought = {"text": "黄河家园一区三号楼路灯不亮好几天了", "place-text": "黄河家园一区"}
    send(client, operator, form(client, operator, "street_hotline", **brought, **{"contact-phone": "13800001111"}))

    typed = {"text": said, "place-text": "黄河家园一区"}
    page = send(client, operator, form(client, operator, "street_hotline", **typed, **contact, lookup="1")).text

    assert ("路灯不亮好几天了" in page) is finds
    assert ("没有与所填内容相似的诉求" in page) is not finds
    assert typed["text"] in page
    assert stored(app) == 1


def test_before_it_is_registered_the_operator_is_shown_what_others_have_brought_about_the_matter(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    brought = {"text": "黄河家园一区三号楼路灯不亮好几天了", "place-text": "黄河家园一区"}
    send(client, operator, form(client, operator, "street_hotline", **brought, **{"contact-phone": "13800001111"}))
    room.now = moments.now() + timedelta(minutes=1)
    room.run("trace_appeals")

    other = form(client, operator, "street_hotline", **brought, **{"contact-phone": "13900002222"}, lookup="1")
    page = send(client, operator, other).text

    assert "路灯不亮好几天了" in page.partition("疑似同一事项")[2]
    assert "13800001111" not in page


# -- whoever asks how far his appeal is --------------------------------------------


def find(client: FlaskClient, who: dict[str, str], said: str) -> Any:
    token = TOKEN.search(client.get("/desk/", headers=who).text)
    assert token is not None
    return client.post("/desk/find", data={"_csrf_token": token[1], "said": said}, headers=who)


def test_a_caller_is_found_by_his_phone_however_it_is_spelled_and_each_look_is_on_record(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    send(client, operator, form(client, operator, "street_hotline", **CALL))
    send(client, operator, form(client, operator, "walk_in", text="别人的事"))
    [told, _other] = room.told("appeal_registered.v1")

    page = find(client, operator, "138 0000-1111")

    assert page.status_code == 200
    assert CALL["text"] in page.text
    assert "别人的事" not in page.text
    assert "已登记" in page.text
    [look] = room.told("reveal_logged.v1")
    assert (look["case_id"], look["what"]) == (told["appeal_id"], ["phone"])
    assert "13800001111" not in str(look)


def test_a_phone_finds_nothing_that_is_to_be_kept_confidential(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    send(client, operator, form(client, operator, "street_hotline", **CALL, **{"contact-sealed": "true"}))

    page = find(client, operator, "13800001111")

    assert "没有查到" in page.text
    assert room.told("reveal_logged.v1") == []


@pytest.mark.parametrize("sealed", [{}, {"contact-sealed": "true"}])
def test_whoever_finds_a_confidential_appeal_by_a_number_is_told_to_ask_for_its_tracking_code(
    client: FlaskClient, operator: dict[str, str], room: Room, sealed: dict[str, str]
) -> None:
    send(client, operator, form(client, operator, "street_hotline", **CALL, **sealed))
    [told] = room.told("appeal_registered.v1")
    room.hear("routing.appeal_ledgered.v1", told["appeal_id"], {"number": "彭李诉〔2026〕000123号"})

    page = find(client, operator, "123").text

    assert f"/cases/{told['appeal_id']}" in page
    assert ("要求保密：对方报出查询码后方可告知" in page) is bool(sealed)


def test_an_appeal_is_found_by_its_tracking_code_its_number_and_that_of_the_hotline(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    where = send(client, operator, form(client, operator, "hotline_12345", **ORDER)).headers["Location"]
    code = re.findall(r"code=([0-9A-Z-]+)", where)[0]
    [told] = room.told("appeal_registered.v1")
    room.hear("routing.appeal_ledgered.v1", told["appeal_id"], {"number": "彭李诉〔2026〕000123号"})

    for said in (
        code,
        code.lower().replace("-", " "),
        "彭李诉[2026]000123号",
        "彭李诉（2026）000123号",
        "123",
        "第123号",
        "2026年123号",
        " N-1 ",
    ):
        assert f"/cases/{told['appeal_id']}" in find(client, operator, said).text, said

    for said in ("彭李诉〔2026〕000124号", "124", "2025年123号", "N-2", "7KQ4-M2XD-9TB0", "' OR 1=1 --"):
        assert "没有查到" in find(client, operator, said).text, said


def test_nobody_but_the_desk_finds_callers(
    client: FlaskClient, operator: dict[str, str], token: Callable[..., dict[str, str]], room: Room
) -> None:
    send(client, operator, form(client, operator, "street_hotline", **CALL))

    answer = client.post("/desk/find", data={"said": "13800001111"}, headers={**HTML, **token("handler")})
    nobody = client.post("/desk/find", data={"said": "13800001111"}, headers=HTML)

    assert answer.status_code == 403
    assert nobody.status_code == 401
    assert room.told("reveal_logged.v1") == []


def test_while_somebody_tells_his_matter_his_earlier_ones_are_shown(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    send(client, operator, form(client, operator, "street_hotline", **CALL))
    [told] = room.told("appeal_registered.v1")
    other = {**CALL, "text": "完全无关的另一件事情", "lookup": "1"}

    page = send(client, operator, form(client, operator, "street_hotline", **other)).text
    secret = send(
        client, operator, form(client, operator, "street_hotline", **other, **{"contact-sealed": "true"})
    ).text

    assert "该号码此前的诉求" in page
    assert f"/cases/{told['appeal_id']}" in page
    assert "该号码此前的诉求" not in secret


# -- danger that came without anybody on the phone ---------------------------------


def test_an_emergency_waits_for_nobodys_phone_number(client: FlaskClient, operator: dict[str, str], room: Room) -> None:
    body = form(client, operator, "street_hotline", text="三号楼着火了，冒浓烟")
    ordinary = send(client, operator, body)
    relayed = send(client, operator, {**body, "relay": "119"})

    assert (ordinary.status_code, relayed.status_code) == (422, 303)
    [told] = room.told("appeal_relayed.v1")
    assert told["service"] == "119"


def test_danger_reported_by_web_stands_on_the_desk_and_its_reporter_is_told_to_call_until_the_line_was_called(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    answer = client.post("/api/v1/appeals", json={"text": "三号楼着火了，冒浓烟"}).get_json()
    appeal = answer["appeal_id"]
    room.hear(
        "routing.appeal_ledgered.v1",
        appeal,
        {"number": "彭李诉〔2026〕000001号", "urgency": "I", "flags": ["relay:119"]},
    )
    before = client.get("/desk/", headers=operator).text
    track = f"/track?code={answer['tracking_code']}"
    urged = client.get(track, headers={"Accept": "text/html"}).text
    version = room.case(appeal).version
    done = client.post(
        f"/api/v1/cases/{appeal}/actions/line_told",
        json={"form": {"service": "119"}, "version": version},
        headers=operator,
    )
    after = client.get("/desk/", headers=operator).text
    seen = client.get(f"/api/v1/appeals/{answer['tracking_code']}").get_json()

    assert room.case(appeal).urgency == "I"
    assert (appeal in before, done.status_code, appeal in after) == (True, 200, False)
    assert room.state(appeal) == "ledgered"
    assert [(one["what"], one["text"]) for one in seen["timeline"]][-1] == ("line_told", "119")
    assert '<a href="tel:119">这可能是紧急情况：请立即拨打 119。我们也会致电核实。</a>' in urged
    assert seen["call_now"] is None
    assert "tel:119" not in client.get(track, headers={"Accept": "text/html"}).text
    assert room.told("appeal_relayed.v1") == []


def test_danger_that_no_line_is_for_stands_on_the_desk_until_its_unit_has_signed_for_it(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    appeal = client.post("/api/v1/appeals", json={"text": "对门独居的老太太四天没出门了，敲门没人应"}).get_json()[
        "appeal_id"
    ]
    room.hear("routing.appeal_ledgered.v1", appeal, {"number": "彭李诉〔2026〕000001号", "urgency": "I", "flags": []})
    sent = {"mechanism": "relief", "lead_unit": "relief_window", "clocks": clock_rows(), "urgency": "I"}
    room.hear("routing.appeal_dispatched.v1", appeal, sent)
    before = client.get("/desk/", headers=operator).text
    room.hear("relief.case_accepted.v1", appeal, {"unit": "relief_window", "handler": "办理员甲"})

    after = client.get("/desk/", headers=operator).text

    assert room.state(appeal) == "handling"
    assert (appeal in before, "尚未签收" in before, appeal in after) == (True, True, False)


def test_no_emergency_line_is_told_of_a_lamp(client: FlaskClient, operator: dict[str, str], room: Room) -> None:
    appeal = client.post("/api/v1/appeals", json={"text": "路灯不亮"}).get_json()["appeal_id"]
    room.hear("routing.appeal_ledgered.v1", appeal, {"number": "彭李诉〔2026〕000001号", "urgency": "III"})

    refused = client.post(
        f"/api/v1/cases/{appeal}/actions/line_told", json={"form": {"service": "119"}}, headers=operator
    )

    assert refused.status_code == 409
    assert "不是特急或疑似紧急" in refused.get_json()["detail"]


def test_the_case_says_who_has_it_and_by_when_it_is_promised(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    appeal = client.post("/api/v1/appeals", json={"text": "路灯不亮"}).get_json()["appeal_id"]
    before = client.get(f"/cases/{appeal}", headers=operator).text
    sent = {"mechanism": "hotline", "lead_unit": "people_call_office", "clocks": clock_rows()}
    room.hear("routing.appeal_dispatched.v1", appeal, sent)

    head, _course, _rest = client.get(f"/cases/{appeal}", headers=operator).text.partition("办理经过")

    assert "办理期限" not in before
    assert ("民呼我应办公室" in head, "办理期限" in head) == (True, True)
    assert ("目前没有计时" in head, "本页没有单独计时" in head) == (False, True)
