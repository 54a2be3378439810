"""Numbers that look mistyped: whoever sends or takes an appeal is told which, masked, and it is registered all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.services.intake.test_desk import form, operator, send
from tests.services.intake.test_doors import URL
from tests.services.intake.test_pages import HTML, code_of, filled, sent
from tests.services.intake.test_service import COMPLAINT, SUBMITTED

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from chassis.testing import Room

__all__ = ["operator"]

WRONG = "110105194912310021"
RIGHT = "11010519491231002X"
SAID = "身份证号 1101************21 可能有误：校验码不符"


def letters(room: Room) -> str:
    return "\n".join(orjson.dumps(one).decode() for one in room.told())


@pytest.mark.parametrize(
    "body",
    [
        {"text": f"请核实低保，身份证{WRONG}"},
        {"text": "请核实低保", "title": f"身份证{WRONG}"},
        {"text": "请核实低保", "place": {"text": f"东门 {WRONG}"}},
        {"text": "请核实低保", "contact": {"name": f"居民甲{WRONG}"}},
    ],
)
def test_the_api_warns_of_a_wrong_check_digit_in_any_field_and_registers(
    client: FlaskClient, room: Room, body: dict[str, Any]
) -> None:
    answer = client.post(URL, json=body, headers={"Idempotency-Key": "k"})
    again = client.post(URL, json=body, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 201
    [warning] = answer.get_json()["warnings"]
    assert warning["zh"] == SAID
    assert again.get_json() == answer.get_json()
    [told] = room.told("appeal_registered.v1")
    assert told["warnings"] == [warning]
    assert WRONG not in answer.text + letters(room)
    assert client.get(answer.headers["Location"]).get_json()["warnings"] == [warning]


def test_what_is_right_brings_no_warning(client: FlaskClient, room: Room) -> None:
    answer = client.post(URL, json={"text": f"身份证{RIGHT}，电话13800001111", "contact": {"phone": "13800001111"}})

    assert answer.get_json()["warnings"] == []
    assert room.told("appeal_registered.v1")[0]["warnings"] == []


def test_a_mobile_number_that_nobody_can_have_is_named(client: FlaskClient) -> None:
    [warning] = client.post(URL, json={"text": "请回电12345678901"}).get_json()["warnings"]

    assert "手机号 123****8901 可能有误" in warning["zh"]


def test_the_receipt_on_the_bus_carries_the_warning(room: Room) -> None:
    room.hear(SUBMITTED, "", {**COMPLAINT, "text": f"身份证{WRONG}"})

    [told] = room.told("appeal_registered.v1")
    assert [one["zh"] for one in told["warnings"]] == [SAID]
    assert not room.told("submission_rejected.v1")
    assert WRONG not in letters(room)


def test_of_whom_to_keep_confidential_not_one_digit_is_in_the_warning(client: FlaskClient, room: Room) -> None:
    contact = {"phone": "13800001111", "sealed": True}

    answer = client.post(URL, json={"text": f"身份证{WRONG}", "contact": contact})

    [warning] = answer.get_json()["warnings"]
    assert warning["zh"] == "身份证号 **** 可能有误：校验码不符"
    assert "1101" not in letters(room)


def test_the_resident_reads_it_on_the_receipt_and_the_report_page_names_it_as_he_types(client: FlaskClient) -> None:
    receipt = client.get(sent(client, filled(client, text=f"身份证{WRONG}")).headers["Location"], headers=HTML)
    piece = client.post("/desk/numbers", data=f"身份证{WRONG}", content_type="text/plain", headers=HTML)
    nothing = client.post("/desk/numbers", data=f"身份证{RIGHT}", content_type="text/plain", headers=HTML)

    assert SAID in receipt.text
    assert "可凭查询码补充正确的号码" in receipt.text
    assert SAID in piece.text
    assert piece.headers["Cache-Control"] == "no-store"
    assert "可能有误" not in nothing.text
    assert WRONG not in receipt.text + piece.text
    assert 'data-numbers="' in client.get("/report", headers=HTML).text


def test_words_that_are_added_are_looked_at_as_well(client: FlaskClient) -> None:
    code = code_of(sent(client, filled(client)))

    answer = client.post(f"{URL}/{code}/supplement", json={"text": f"更正身份证{WRONG}"})

    assert [one["zh"] for one in answer.get_json()["warnings"]] == [SAID]
    assert SAID in client.get(f"/track?code={code}", headers=HTML).text


def test_what_is_said_again_is_warned_of_once(client: FlaskClient) -> None:
    code = code_of(sent(client, filled(client, text=f"身份证{WRONG}")))

    for again in ("请尽快", "麻烦"):
        client.post(f"{URL}/{code}/supplement", json={"text": f"{again}，身份证{WRONG}"})

    assert [one["zh"] for one in client.get(f"{URL}/{code}").get_json()["warnings"]] == [SAID]
    assert client.get(f"/track?code={code}", headers=HTML).text.count(SAID) == 1


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (f"身份证{WRONG}", f"身份证{RIGHT}", SAID),
        ("请回电12345678901", "号码写错了，应为13800001111", "手机号 123****8901 可能有误"),
        ("请打我电话1380000111", "电话13800001111", "手机号 138***0111 可能有误"),
    ],
)
def test_a_number_that_is_put_right_is_warned_of_no_more_and_stays_on_the_timeline(
    client: FlaskClient, room: Room, wrong: str, right: str, said: str
) -> None:
    code = code_of(sent(client, filled(client, text=f"请核实低保，{wrong}")))
    assert said in client.get(f"/track?code={code}", headers=HTML).text

    answer = client.post(f"{URL}/{code}/supplement", json={"text": right}).get_json()

    assert answer["warnings"] == []
    [put_right] = [one for one in answer["timeline"] if one["what"] == "number_put_right"]
    assert said in put_right["text"]
    assert said in str(
        [one for one in room.page(answer["appeal_id"])["timeline"] if one["trigger"] == "number_put_right"]
    )
    client.post(f"{URL}/{code}/supplement", json={"text": "还没有人联系我"})
    assert client.get(f"{URL}/{code}").get_json()["warnings"] == []


def test_another_number_puts_none_right(client: FlaskClient) -> None:
    code = code_of(sent(client, filled(client, text=f"身份证{WRONG}")))

    answer = client.post(f"{URL}/{code}/supplement", json={"text": "邻居身份证440524188001010014，电话13800001111"})

    assert [one["zh"] for one in answer.get_json()["warnings"]] == [SAID]


@pytest.mark.parametrize("number", ["12345678901", "1380000111", "138000011112", "05439123456"])
def test_a_phone_number_that_nobody_can_have_stands_whole_in_nothing_that_others_read(
    client: FlaskClient, room: Room, number: str
) -> None:
    answer = client.post(URL, json={"text": f"路灯不亮，请回电{number}"}).get_json()

    assert "可能有误" in answer["warnings"][0]["zh"]
    assert number not in letters(room) + str(room.case(answer["appeal_id"]).details)


def test_an_operator_is_told_before_and_after_it_is_registered(client: FlaskClient, operator: dict[str, str]) -> None:
    typed = form(client, operator, "street_hotline", text=f"身份证{WRONG}", **{"contact-phone": "13800001111"})

    looked = send(client, operator, {**typed, "lookup": "1"})
    done = client.get(send(client, operator, typed).headers["Location"], headers=operator)

    assert SAID in looked.text
    assert SAID in done.text
