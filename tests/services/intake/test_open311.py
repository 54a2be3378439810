"""Open311 GeoReport v2: any client of the standard is served in JSON and XML, and nobody is exposed."""

from __future__ import annotations

import io
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from georeport import GeoReport
from jsonschema import Draft202012Validator
from sqlalchemy import update
from werkzeug.serving import make_server

from chassis import settings
from chassis.wire import new_id
from services.intake.material.attachments import MOST_PER_APPEAL
from services.intake.models import Case
from services.intake.ways_in.georeport import offers
from services.intake.web import create_app
from tests.services.intake.test_doors import picture, stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room

URL = "/open311/v2"
KEY = "a-key-of-the-bridge"
#: The standard's own example, with a street lamp of ours.
FORM = {
    "api_key": "xyz",
    "jurisdiction_id": "city.gov",
    "service_code": "0307",
    "lat": "37.38213",
    "long": "117.97026",
    "address_string": "黄河家园一区 3 号楼 2 单元 502",
    "email": "smit333@sfgov.edu",
    "device_id": "tt222111",
    "account_id": "123456",
    "first_name": "甲",
    "last_name": "居民",
    "phone": "13800001111",
    "description": "路灯连续三晚不亮,请回电 13800001111",
    "media_url": "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
}
SECRETS = ("13800001111", "居民甲", "502", "flickr", "smit333", "tt222111", "连续三晚")

TEXT = {"type": ["string", "null"]}
DEGREES = {"type": ["number", "null"]}
NAME = {"type": "string", "minLength": 1}
FLAG = {"type": "boolean"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$"}
#: https://wiki.open311.org/GeoReport_v2/
SCHEMAS: dict[str, Any] = {
    "service": {
        "required": ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"],
        "additionalProperties": False,
        "properties": {
            **dict.fromkeys(("service_code", "service_name"), NAME),
            **dict.fromkeys(("description", "keywords", "group"), TEXT),
            "metadata": FLAG,
            "type": {"enum": ["realtime", "batch", "blackbox"]},
        },
    },
    "attribute": {
        "required": ["variable", "code", "datatype", "required", "datatype_description", "order", "description"],
        "properties": {
            **dict.fromkeys(("variable", "required"), FLAG),
            "code": {"type": "string"},
            "datatype": {"enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]},
            "order": {"type": "integer", "minimum": 1},
            "values": {"type": "array", "items": {"required": ["key", "name"]}},
        },
    },
    "request": {
        "required": ["service_request_id", "status", "service_code", "requested_datetime"],
        "additionalProperties": False,
        "properties": {
            **dict.fromkeys(("service_request_id", "service_code"), NAME),
            "status": {"enum": ["open", "closed"]},
            **dict.fromkeys(("status_notes", "service_name", "agency_responsible", "service_notice"), TEXT),
            "description": {**TEXT, "maxLength": 4000},
            **dict.fromkeys(("requested_datetime", "updated_datetime"), MOMENT),
            "expected_datetime": {"anyOf": [MOMENT, {"type": "null"}]},
            **dict.fromkeys(("address", "address_id", "zipcode", "media_url"), TEXT),
            **dict.fromkeys(("lat", "long"), DEGREES),
        },
    },
}


@pytest.fixture
def guarded(tmp_path: Path, app: Flask) -> FlaskClient:
    """Give the same intake with keys, a jurisdiction, and texts shown."""
    del app
    given = {"JIESU_OPEN311_KEYS": f"bridge:{KEY}", "JIESU_OPEN311_JURISDICTION": "pengli.gov.cn"}
    found = settings.load({"JIESU_DATA": str(tmp_path), "JIESU_OPEN311_TEXTS": "yes", **given})
    return create_app(found).test_client()


def posted(client: FlaskClient, key: str = "", **form: str) -> Any:
    return client.post(f"{URL}/requests.json", data={**FORM, **form}, headers={"Idempotency-Key": key or new_id()})


def reported(client: FlaskClient, **form: str) -> str:
    """Report something, and return its id."""
    return str(posted(client, **form).get_json()[0]["service_request_id"])


def listed(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{URL}/requests.json{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()
    return found


def code_of(answer: Any) -> str:
    return str(answer.get_json()[0]["service_notice"].partition("查询码 ")[2][:14])


def case_of(room: Room, request_id: str) -> Any:
    with room.database.read() as session:
        return session.query(Case).where(Case.public_id == request_id).one()


def obeys(name: str, value: Any) -> None:
    Draft202012Validator({"type": "object", **SCHEMAS[name]}).validate(value)


def from_xml(written: bytes) -> ET.Element:
    return ET.fromstring(written)  # noqa: S314 - we wrote it ourselves


def as_json(element: ET.Element) -> Any:
    """Read XML by the rule that the standard's JSON is made of it."""
    one_of = {"services", "attributes", "values", "service_requests", "endpoints", "formats", "errors", "notes"}
    if element.tag in one_of:
        return [as_json(inner) for inner in element]
    return {inner.tag: as_json(inner) for inner in element} if len(element) else element.text


def words(value: Any) -> Any:
    """Spell a JSON answer with the only type that XML has."""
    if isinstance(value, dict):
        return {name: words(one) for name, one in value.items()}
    if isinstance(value, list):
        return [words(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else value if value is None else str(value)


# -- what is on offer ---------------------------------------------------------


def test_services_and_their_definitions_obey_the_standard(client: FlaskClient) -> None:
    services = client.get(f"{URL}/services.json").get_json()

    assert len(services) == len(offers()) > 60
    for service in services:
        obeys("service", service)
        definition = client.get(f"{URL}/services/{service['service_code']}.json").get_json()
        assert definition["service_code"] == service["service_code"]
        for attribute in definition["attributes"]:
            obeys("attribute", attribute)


def test_discovery_leads_to_the_endpoint(client: FlaskClient) -> None:
    found = client.get(f"{URL}/discovery.json", base_url="http://street.example/intake").get_json()

    [endpoint] = found["endpoints"]
    assert endpoint["url"] == "http://street.example/intake/open311/v2"
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"


@pytest.mark.parametrize(
    "path", ["discovery", "services", "services/0603", "requests", "requests/{id}", "tokens/{code}", "services/nothing"]
)
def test_xml_says_the_same_as_json(client: FlaskClient, path: str) -> None:
    answer = posted(client)
    path = path.format(id=answer.get_json()[0]["service_request_id"], code=code_of(answer))

    spelled = client.get(f"{URL}/{path}.xml?extensions=true")
    same = client.get(f"{URL}/{path}.json?extensions=true")

    assert spelled.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert spelled.text.lower().startswith("<?xml version='1.0' encoding='utf-8'?>")
    assert spelled.status_code == same.status_code
    assert as_json(from_xml(spelled.data)) == words(same.get_json())


# -- reporting ----------------------------------------------------------------


def test_the_standards_own_example_is_registered_with_the_code_as_a_hint(client: FlaskClient, room: Room) -> None:
    answer = client.post(
        f"{URL}/requests.xml",
        data="&".join(f"{name}={quote(value)}" for name, value in FORM.items()),
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )

    assert answer.status_code == 201
    [request] = from_xml(answer.data)
    assert [element.tag for element in request] == ["service_request_id", "service_notice", "account_id"]
    [told] = room.told("appeal_registered.v1")
    assert (told["channel"], told["category_hint"]) == ("open311", "0307")
    assert told["text"] == "路灯连续三晚不亮,请回电 138****1111"
    assert (told["longitude"], told["latitude"], told["has_contact"]) == (117.97026, 37.38213, True)
    case = case_of(room, str(request[0].text))
    assert case.details["media_url"] == FORM["media_url"]
    assert "email" not in case.details


def test_the_notice_leads_the_resident_to_his_own_appeal(client: FlaskClient) -> None:
    code = code_of(posted(client))

    assert client.get(f"/api/v1/appeals/{code}").get_json()["channel"] == "open311"


def test_the_same_again_is_answered_200_and_registered_once(client: FlaskClient, app: Flask) -> None:
    first, again = posted(client, "k1"), posted(client, "k1")
    other = posted(client, "k1", description="另一件事")
    token = [client.post(f"{URL}/requests.json", data={**FORM, "phone": "", "token": "t1"}) for _ in range(2)]

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 400)
    assert first.get_json() == again.get_json()
    assert other.get_json()[0]["code"] == 409
    assert [answer.status_code for answer in token] == [201, 200]
    assert stored(app) == 2


def test_a_picture_that_a_client_sends_with_the_report_is_kept_and_what_is_none_is_refused(
    client: FlaskClient, app: Flask
) -> None:
    def sent(media: bytes) -> Any:
        return client.post(f"{URL}/requests.json", data={**FORM, "media": (io.BytesIO(media), "a.jpg")})

    bad, good = sent(b"no picture"), sent(picture())

    assert (bad.status_code, good.status_code) == (400, 201)
    assert bad.get_json()[0]["description"].startswith("media: a.jpg")
    [kept] = client.get(f"/api/v1/appeals/{code_of(good)}").get_json()["attachments"]
    assert kept["name"] == "a.jpg"
    assert stored(app) == 1


def test_more_pictures_than_an_appeal_takes_are_refused_before_anything_is_registered(
    client: FlaskClient, app: Flask
) -> None:
    media = [(io.BytesIO(picture(size=(40 + number, 30))), f"{number}.jpg") for number in range(MOST_PER_APPEAL + 1)]

    answer = client.post(f"{URL}/requests.json", data={**FORM, "media": media})

    assert answer.status_code == 400
    assert answer.get_json()[0]["description"].startswith("media: ")
    assert stored(app) == 0


def test_attributes_are_asked_checked_and_told_in_words(client: FlaskClient, room: Room) -> None:
    lift = {"service_code": "0603", "description": "电梯停在五楼"}

    wrong = [
        posted(client, **lift, **{"attribute[trapped]": "perhaps"}),
        posted(client, **{"attribute[colour]": "red"}),
    ]
    right = posted(client, **lift, **{"attribute[trapped]": "yes"})

    assert [answer.status_code for answer in wrong] == [400, 400]
    assert wrong[0].get_json()[0]["description"].startswith("attribute[trapped]: 应从中选择：yes、no / Choose")
    assert right.status_code == 201
    assert room.told("appeal_registered.v1")[0]["text"].endswith("有人被困 / yes")


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "9901"}, 404, "service_code"),
        ({"lat": "", "long": "", "address_string": ""}, 400, "lat, long: "),
        ({"lat": "37.38", "long": ""}, 400, "lat, long: "),
        ({"lat": "91"}, 400, "lat: "),
        ({"long": "east"}, 400, "long: "),
        ({"long": "nan"}, 400, "long: "),
        ({"phone": "12"}, 400, "phone: "),
        ({"description": "灯" * 4001}, 400, "description: "),
        ({"description": "灯\x01"}, 400, "description: "),
        ({"address_string": "路" * 201}, 400, "address_string: "),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url: "),
        ({"media_url": "https://example.org/\x00"}, 400, "media_url: "),
        ({"attribute[\x01]": "1"}, 400, "attribute["),
    ],
)
def test_what_is_wrong_is_said_in_the_standards_form_and_nothing_is_stored(
    client: FlaskClient, app: Flask, form: dict[str, str], status: int, said: str
) -> None:
    answers = [client.post(f"{URL}/requests.{kind}", data={**FORM, **form}) for kind in ("json", "xml")]

    assert [answer.status_code for answer in answers] == [status, status]
    [error] = answers[0].get_json()
    assert error["code"] == status
    assert error["description"].startswith(said)
    assert " / " in error["description"]
    assert from_xml(answers[1].data)[0][0].text == str(status)
    assert stored(app) == 0


def test_what_is_not_there_and_what_is_too_large_are_said_in_the_standards_form(client: FlaskClient) -> None:
    missing = [client.get(f"{URL}/{path}") for path in ("requests.yaml", "requests/none.json", "tokens/none.json", "")]
    large = client.post(f"{URL}/requests.json", data={**FORM, "description": "a" * 600_000})

    assert [answer.status_code for answer in missing] == [404] * 4
    assert large.status_code == 400
    assert [answer.get_json()[0]["code"] for answer in (*missing, large)] == [404, 404, 404, 404, 413]


def test_where_there_are_keys_one_is_needed_to_report_and_none_to_read(guarded: FlaskClient) -> None:
    own = {"jurisdiction_id": "pengli.gov.cn"}

    assert posted(guarded, jurisdiction_id="pengli.gov.cn").status_code == 403
    assert posted(guarded, api_key=KEY).status_code == 404
    assert posted(guarded, **own, api_key=KEY, token="").status_code == 201
    assert guarded.get(f"{URL}/requests.json").status_code == 200
    assert guarded.get(f"{URL}/services.json?jurisdiction_id=city.gov").status_code == 404


def test_a_client_finds_its_request_by_its_own_token_and_nobody_else_does(
    guarded: FlaskClient, client: FlaskClient
) -> None:
    form = {**FORM, "jurisdiction_id": "", "api_key": KEY, "token": "t 1"}
    [sent] = guarded.post(f"{URL}/requests.json", data=form).get_json()

    found = guarded.get(f"{URL}/tokens/t 1.json?api_key={KEY}")

    assert found.get_json() == [{"service_request_id": sent["service_request_id"], "token": "t 1"}]
    assert guarded.get(f"{URL}/tokens/t 1.json").status_code == 404
    assert client.post(f"{URL}/requests.json", data={**FORM, "token": "t 1"}).status_code == 201
    assert client.get(f"{URL}/tokens/t 1.json?api_key=xyz").status_code == 404


# -- who sees what ------------------------------------------------------------


def test_the_list_shows_status_category_and_a_rough_place_and_no_word(client: FlaskClient, room: Room) -> None:
    request_id = reported(client)
    appeal = case_of(room, request_id).subject
    room.hear("routing.appeal_dispatched.v1", appeal, {"mechanism": "enforcement", "lead_unit": "people_call_office"})
    room.hear("enforcement.case_concluded.v1", appeal, {"reply": "居民甲您好,已修复,电话 13800001111。"})

    answer = client.get(f"{URL}/requests.json?extensions=true")

    [shown] = answer.get_json()
    notes = shown.pop("notes")
    obeys("request", shown)
    assert (shown["service_request_id"], shown["status"], shown["service_code"]) == (request_id, "closed", "0307")
    assert (shown["lat"], shown["long"]) == (37.382, 117.97)
    assert shown["agency_responsible"] == "民呼我应办公室"
    assert shown["status_notes"] == "已答复 / Answered"
    assert [note["type"] for note in notes] == ["registered", "dispatched", "concluded"]
    assert not [secret for secret in SECRETS if secret in answer.text]
    assert appeal not in answer.text
    assert request_id not in appeal


def test_with_the_setting_masked_words_are_shown_and_numbers_still_are_not(guarded: FlaskClient) -> None:
    known = {"jurisdiction_id": "", "api_key": KEY}
    reported(guarded, **known)
    private = reported(guarded, **known, service_code="0503", phone="")

    answer = guarded.get(f"{URL}/requests.json?extensions=true")

    [shown] = answer.get_json()
    assert shown["description"] == "路灯连续三晚不亮,请回电 138****1111"
    assert shown["address"] == FORM["address_string"]
    assert not [secret for secret in ("13800001111", "居民甲", "flickr") if secret in answer.text]
    assert listed(guarded, f"?service_request_id={private}")[0]["description"] is None


@pytest.mark.parametrize("form", [{"service_code": "0503"}, {"attribute[sealed]": "yes"}])
def test_what_is_private_is_listed_nowhere_and_shown_with_less_to_who_knows_its_id(
    client: FlaskClient, form: dict[str, str]
) -> None:
    request_id = reported(client, **form)

    assert listed(client) == []
    [shown] = listed(client, f"?service_request_id={request_id}")
    obeys("request", shown)
    assert shown["status"] == "open"
    assert [shown[name] for name in ("lat", "long", "address", "description", "agency_responsible")] == [None] * 5


def test_what_is_taken_back_disappears_from_the_list(client: FlaskClient) -> None:
    code = code_of(posted(client))
    assert len(listed(client)) == 1

    client.post(f"/api/v1/appeals/{code}/withdraw", json={"reason": "已自行解决"})

    assert listed(client) == []


def test_appeals_of_other_doors_are_not_to_be_found(client: FlaskClient) -> None:
    body = client.post("/api/v1/appeals", json={"text": "路灯不亮", "channel": "open311"}).get_json()

    assert listed(client) == []
    assert client.get(f"{URL}/requests/{body['appeal_id']}.json").status_code == 404
    assert client.get(f"{URL}/tokens/{body['tracking_code']}.json").status_code == 404


# -- lists --------------------------------------------------------------------


@pytest.fixture
def spread(client: FlaskClient, room: Room) -> list[str]:
    """Report three things, in summer, in spring and in the winter before; return their ids."""
    ids = [reported(client, service_code=code, phone="") for code in ("0307", "0207", "0207")]
    with room.database.write() as session:
        for request_id, day in zip(ids, ("2026-06-30", "2026-05-12", "2025-12-13"), strict=True):
            opened_at = datetime.fromisoformat(f"{day}T12:00:00+08:00")
            session.execute(update(Case).where(Case.public_id == request_id).values(opened_at=opened_at))
        session.execute(update(Case).where(Case.public_id == ids[1]).values(state="closed"))
    return ids


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("start_date=2026-05-01&end_date=2026-07-01", [0, 1]),
        ("start_date=2026-05-01T00:00:00Z", [0, 1]),
        ("start_date=2026-05-01T00:00:00+08:00", [0, 1]),
        ("end_date=2026-01-01T00:00:00%2B08:00", [2]),
        ("start_date=2026-05-01&status=open", [0]),
        ("start_date=2026-05-01&status=closed", [1]),
        ("start_date=2026-05-01&status=open,closed", [0, 1]),
        ("start_date=2026-05-01&service_code=0207", [1]),
        ("start_date=2026-05-01&service_code=0207&service_code=0307,0206", [0, 1]),
        ("start_date=2026-05-01&service_code=0503", []),
        ("start_date=2026-05-01&page_size=1", [0]),
        ("start_date=2026-05-01&page_size=1&page=2", [1]),
        ("start_date=2026-05-01&page_size=1&page=3", []),
        ("start_date=", []),
        ("status=closed&service_request_id={0},{2}", [0, 2]),
    ],
)
def test_lists_are_narrowed_as_the_standard_says(
    client: FlaskClient, spread: list[str], query: str, expected: list[int]
) -> None:
    found = listed(client, "?" + query.format(*spread))

    assert [one["service_request_id"] for one in found] == [spread[place] for place in expected]


@pytest.mark.parametrize(
    "query",
    [
        "start_date=2026-01-01&end_date=2026-06-01",
        "start_date=yesterday",
        "end_date=9999-12-31",
        "status=lost",
        "page=0",
        "page=x",
        "page_size=1001",
        "page_size=-1",
    ],
)
def test_a_query_that_makes_no_sense_is_a_400_that_names_it(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{URL}/requests.json?{query}")

    assert answer.status_code == 400
    assert answer.get_json()[0]["description"].startswith(query.partition("=")[0])


def test_pages_are_chosen_in_the_index_alone(client: FlaskClient, room: Room) -> None:
    reported(client)
    chosen = (
        "SELECT id FROM cases WHERE listed_as IS NOT NULL AND listed_as IN ('0307') AND state NOT IN ('withdrawn') "
        "AND opened_at >= '2026-01-01' ORDER BY opened_at DESC, id DESC LIMIT 1000 OFFSET 5000"
    )

    with room.database.engine.connect() as connection:
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {chosen}")]

    assert plan == ["SEARCH cases USING COVERING INDEX cases_listed (opened_at>?)"]


# -- a client that somebody else wrote ----------------------------------------


@pytest.fixture
def address(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of intake's door on the loopback."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{URL}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_public_client_reads_everything_unchanged(client: FlaskClient, address: str, form: str) -> None:
    ids = [reported(client, service_code=code, phone="") for code in ("0307", "0207")]
    stranger = GeoReport(address, jurisdiction="pengli.gov.cn", output_format=form)

    services: list[Mapping[str, Any]] = stranger.get_service_list()
    definition = stranger.get_service_definition("0603")
    requests = stranger.get_service_requests(service_code="0307,0207", status="open")
    one = stranger.get_service_request(ids[0])

    assert "0307" in [service["service_code"] for service in services]
    assert definition["service_code"] == "0603"
    assert {request["service_request_id"] for request in requests} == {*ids}
    assert one["service_name"] == "道路路灯井盖"
