"""The residents' pages: report, receipt, track."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis.clocks import ClockRule, Unit, start
from chassis.workcalendar import standard_calendar
from tests.services.intake.test_doors import picture, stored

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
KEY = re.compile(r'name="_idempotency_key" value="([^"]+)"')
HTML = {"Accept": "text/html", "Accept-Language": "zh-CN"}


def filled(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    page = client.get("/report", headers=HTML).text
    token, key = TOKEN.search(page), KEY.search(page)
    assert token is not None
    assert key is not None
    return {"_csrf_token": token[1], "_idempotency_key": key[1], "text": "三号楼前路灯不亮", **fields}


def sent(client: FlaskClient, form: dict[str, Any]) -> Any:
    return client.post("/report", data=form, headers=HTML, content_type="multipart/form-data")


def code_of(response: Any) -> str:
    return str(response.headers["Location"]).partition("code=")[2]


def test_a_report_with_a_photo_leads_to_its_receipt(client: FlaskClient, app: Flask) -> None:
    form = filled(
        client, photos=(io.BytesIO(picture()), "a.jpg"), **{"contact-phone": "13800001111", "place-text": "三号楼"}
    )

    answer = sent(client, form)

    assert answer.status_code == 303
    receipt = client.get(answer.headers["Location"], headers=HTML)
    assert code_of(answer) in receipt.text
    assert "诉求已登记" in receipt.text
    assert "attachments" in client.get(f"/track?code={code_of(answer)}", headers=HTML).text
    assert stored(app) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, (117.97, 37.38)),
        ({"place-longitude": "117.5", "place-latitude": "37.5"}, (117.5, 37.5)),
        ({"contact-sealed": "true"}, (None, None)),
    ],
)
def test_where_a_photo_was_taken_is_told_as_the_place_where_none_was_marked_and_nobody_stays_confidential(
    client: FlaskClient, room: Room, typed: dict[str, str], told: tuple[float | None, float | None]
) -> None:
    sent(client, filled(client, photos=(io.BytesIO(picture(gps=True)), "a.jpg"), **typed))

    [registered] = room.told("appeal_registered.v1")
    assert (registered["longitude"], registered["latitude"]) == told


def test_a_report_sent_twice_is_one_appeal(client: FlaskClient, app: Flask) -> None:
    form = filled(client)

    assert code_of(sent(client, dict(form))) == code_of(sent(client, dict(form)))
    assert stored(app) == 1


def test_another_matter_written_into_a_form_that_was_sent_is_asked_about_once_and_then_registered(
    client: FlaskClient, app: Flask
) -> None:
    form = filled(client)
    sent(client, dict(form))

    answer = sent(client, {**form, "text": "五号楼井盖丢了"})

    assert answer.status_code == 409
    assert "再提交一次" in answer.text
    assert "五号楼井盖丢了" in answer.text
    assert stored(app) == 1
    key = KEY.search(answer.text)
    assert key is not None
    assert sent(client, {**form, "text": "五号楼井盖丢了", "_idempotency_key": key[1]}).status_code == 303
    assert stored(app) == 2


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(client: FlaskClient, app: Flask) -> None:
    answer = sent(client, filled(client, text="路", **{"contact-phone": "12", "place-text": "三号楼"}))

    assert answer.status_code == 422
    assert "电话号码格式不正确" in answer.text
    assert 'value="三号楼"' in answer.text
    assert stored(app) == 0


def test_a_bad_photo_keeps_the_report_from_being_half_sent(client: FlaskClient, app: Flask) -> None:
    answer = sent(client, filled(client, photos=(io.BytesIO(b"no picture"), "a.jpg")))

    assert answer.status_code == 422
    assert "不是完整的照片" in answer.text
    assert stored(app) == 0


def test_a_page_of_somebody_else_can_report_nothing(client: FlaskClient, app: Flask) -> None:
    assert sent(client, {**filled(client), "_csrf_token": "forged"}).status_code == 403
    assert stored(app) == 0


def test_trusted_channels_can_not_be_had_through_the_page(client: FlaskClient, room: Room) -> None:
    answer = sent(
        client, filled(client, channel="walk_in", hold="true", **{"external-source": "x", "external-number": "1"})
    )

    assert answer.status_code == 303
    [told] = room.told("appeal_registered.v1")
    assert (told["channel"], told["hold"], told["external"]) == ("web", False, None)


@pytest.mark.parametrize(("lang", "word"), [("zh", "请告诉我们您的诉求"), ("en", "Tell us what is wrong")])
def test_the_page_speaks_both_languages(client: FlaskClient, lang: str, word: str) -> None:
    assert word in client.get(f"/report?lang={lang}", headers=HTML).text


def test_a_text_is_shown_as_text(client: FlaskClient) -> None:
    code = code_of(sent(client, filled(client, text="<script>alert(1)</script> 路灯")))

    page = client.get(f"/track?code={code}", headers=HTML).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_wrong_code_is_asked_for_again(client: FlaskClient) -> None:
    assert client.get("/track?code=zzz", headers=HTML).status_code == 422
    unknown = client.get("/track?code=0000-0000-0000", headers=HTML)
    assert unknown.status_code == 404
    assert "没有与该查询码对应的诉求" in unknown.text


def test_a_resident_adds_and_takes_back_on_the_page(client: FlaskClient, room: Room) -> None:
    form = filled(client)
    code = code_of(sent(client, dict(form)))
    token = form["_csrf_token"]

    added = client.post(
        "/track/supplement", data={"_csrf_token": token, "code": code, "text": "晚上更严重"}, headers=HTML
    )
    short = client.post("/track/withdraw", data={"_csrf_token": token, "code": code, "reason": ""}, headers=HTML)
    taken = client.post("/track/withdraw", data={"_csrf_token": token, "code": code, "reason": "修好了"}, headers=HTML)

    assert (added.status_code, short.status_code, taken.status_code) == (303, 422, 303)
    assert "您补充的情况已保存" in client.get(added.headers["Location"], headers=HTML).text
    assert "已撤回" in client.get(f"/track?code={code}", headers=HTML).text
    assert len(room.told("appeal_withdrawn.v1")) == 1


def test_the_reply_and_the_way_to_rate_are_on_the_page(client: FlaskClient, room: Room) -> None:
    code = code_of(sent(client, filled(client)))
    [told] = room.told("appeal_registered.v1")
    room.hear("mediation.case_concluded.v1", told["appeal_id"], {"reply": "路灯已经修好。", "outcome": "solved"})
    room.hear("feedback.callback_due.v1", told["appeal_id"], {"mechanism": "mediation", "round": 1})

    page = client.get(f"/track?code={code}", headers=HTML).text

    assert "路灯已经修好。" in page
    assert f"/feedback/rate?code={code}" in page


LAW = {
    "name": "lawful",
    "zh": "劳动监察调查",
    "en": "Inspection investigates",
    "basis": "劳动保障监察条例第17条（国务院令第423号）",
}
INTERIM: dict[str, Any] = {
    "reply": "已立案监察，正在核查，办结后另行答复您。",
    "due_at": "2027-02-18T15:59:59+00:00",
    "clocks": [LAW],
}


def test_after_an_interim_reply_the_page_says_that_it_goes_on_until_when_and_by_what_law(
    client: FlaskClient, room: Room
) -> None:
    code = code_of(sent(client, filled(client)))
    [told] = room.told("appeal_registered.v1")
    clocks = [ClockRule(name="finish", limit=5, unit=Unit.WORKDAY)]
    promised = [start(rule, room.now, standard_calendar()).to_dict() for rule in clocks]
    room.hear("routing.appeal_dispatched.v1", told["appeal_id"], {"mechanism": "wage_recovery", "clocks": promised})
    room.now += timedelta(hours=1)
    room.hear("wage_recovery.case_interim_replied.v1", told["appeal_id"], INTERIM)

    page = client.get(f"/track?code={code}", headers=HTML).text
    english = client.get(f"/track?code={code}&lang=en", headers=HTML).text

    assert INTERIM["reply"] in page
    assert "阶段性答复，依法继续办理" in page
    assert "劳动监察调查，至 2027-02-18 24:00，依据：劳动保障监察条例第17条（国务院令第423号）。" in page
    assert "法定时限 2027-02-18 24:00" in page
    assert "Inspection investigates, until 2027-02-18 24:00" in english
    assert "/feedback/rate" not in page


def test_more_time_for_a_promise_that_an_interim_reply_has_closed_opens_it_no_more(
    client: FlaskClient, room: Room
) -> None:
    code = code_of(sent(client, filled(client)))
    [told] = room.told("appeal_registered.v1")
    promised = start(ClockRule(name="finish", limit=5, unit=Unit.WORKDAY), room.now, standard_calendar()).to_dict()
    room.hear("routing.appeal_dispatched.v1", told["appeal_id"], {"mechanism": "wage_recovery", "clocks": [promised]})
    room.now += timedelta(hours=1)
    room.hear("wage_recovery.case_interim_replied.v1", told["appeal_id"], INTERIM)
    room.now += timedelta(minutes=1)
    # A leader had granted it before the reply was heard of in the ledger.
    granted = {"mechanism": "wage_recovery", "granted": True, "clocks": [promised]}
    room.hear("routing.extension_decided.v1", told["appeal_id"], granted)

    page = client.get(f"/track?code={code}", headers=HTML).text

    assert "法定时限 2027-02-18 24:00" in page

    room.now += timedelta(hours=1)
    room.hear("routing.appeal_dispatched.v1", told["appeal_id"], {"mechanism": "property", "clocks": [promised]})
    assert "法定时限" not in client.get(f"/track?code={code}", headers=HTML).text


@pytest.mark.parametrize("late", [False, True])
def test_the_final_reply_stands_in_its_place_whichever_is_heard_first(
    client: FlaskClient, room: Room, *, late: bool
) -> None:
    code = code_of(sent(client, filled(client)))
    [told] = room.told("appeal_registered.v1")
    letters: list[tuple[str, dict[str, Any]]] = [
        ("interim_replied", {**INTERIM, "at": "2026-11-24T01:00:00+00:00"}),
        ("concluded", {"reply": "工资已付清。", "outcome": "solved", "at": "2026-12-24T01:00:00+00:00"}),
    ]
    room.now += timedelta(days=40)
    for name, data in reversed(letters) if late else letters:
        room.hear(f"wage_recovery.case_{name}.v1", told["appeal_id"], data)

    seen = client.get(f"/api/v1/appeals/{code}").get_json()

    assert (seen["state"], seen["reply"], seen["goes_on"]) == ("concluded", "工资已付清。", None)
    assert [entry["what"] for entry in seen["timeline"]] == ["registered", "interim_replied", "concluded"]


def test_a_petitioner_reads_why_more_time_was_granted(client: FlaskClient, room: Room) -> None:
    code = code_of(sent(client, filled(client)))
    [told] = room.told("appeal_registered.v1")
    granted = {"mechanism": "property", "granted": True, "reason": "需第三方检测电梯，周期较长", "clocks": []}

    room.hear("routing.extension_decided.v1", told["appeal_id"], granted)

    assert "需第三方检测电梯，周期较长" in client.get(f"/track?code={code}", headers=HTML).text


def test_a_petitioner_reads_that_his_appeal_was_regraded_why_and_by_when_now(client: FlaskClient, room: Room) -> None:
    code = code_of(sent(client, filled(client)))
    [told] = room.told("appeal_registered.v1")
    hours = start(ClockRule(name="finish", limit=2, unit=Unit.HOUR), room.now, standard_calendar())
    days = start(ClockRule(name="finish", limit=5, unit=Unit.WORKDAY), room.now, standard_calendar())
    sent_to = {"mechanism": "mediation", "lead_unit": "u", "urgency": "I", "clocks": [hours.to_dict()]}
    room.hear("routing.appeal_dispatched.v1", told["appeal_id"], sent_to)
    room.now += timedelta(minutes=5)

    found = {"mechanism": "mediation", "urgency": "III", "reason": "现场核实不是险情", "clocks": [days.to_dict()]}
    room.hear("routing.appeal_regraded.v1", told["appeal_id"], found)

    page = client.get(f"/track?code={code}", headers=HTML).text
    assert "紧急程度已调整" in page
    assert "现场核实不是险情" in page
    assert (
        client.get(f"/api/v1/appeals/{code}")
        .get_json()["due_at"]
        .startswith(days.due_at(standard_calendar()).strftime("%Y-%m"))
    )
    assert room.case(told["appeal_id"]).urgency == "III"
