"""The doors that every service with cases has, seen through mediation's."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import Client

from chassis import keys, moments, serving
from chassis import settings as settings_room
from chassis.access import Principal, sign_token
from chassis.clocks import start
from chassis.database import Database
from chassis.keys import KeyFolder
from chassis.sealing import seal
from chassis.testing import Room
from chassis.work import Work
from services.mediation.service import MediationService
from services.mediation.web import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from chassis.settings import Settings

ASSIGNED = {
    "mechanism": "mediation",
    "lead_unit": "MED",
    "title": "邻里噪音",
    "text": "楼上邻居每天晚上装修。",
}
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_a_request_that_waits_for_a_thread_is_no_line_of_the_log() -> None:
    assert not logging.getLogger("waitress.queue").isEnabledFor(logging.WARNING)
    assert logging.getLogger("waitress").isEnabledFor(logging.CRITICAL)


@dataclass
class Desk:
    """Mediation's web app, its room, and people who ask."""

    room: Room
    web: FlaskClient
    settings: Settings
    app: Flask

    def headers(self, *roles: str, services: str = "*", units: str = "*", **more: str) -> dict[str, str]:
        who = Principal(
            id="p1",
            name="处办员甲",
            roles=frozenset(roles or ("handler",)),
            services=frozenset({services}),
            units=frozenset({units}),
        )
        token = sign_token(who, KeyFolder(self.settings.keys).signing(), moments.now())
        return {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in more.items()}}

    def act(self, trigger: str, body: Any = None, **headers: str) -> Any:
        path = f"/api/v1/cases/{self.room.case('A').id}/actions/{trigger}"
        return self.web.post(path, json={} if body is None else body, headers=self.headers(**headers))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = settings_room.load({"JIESU_DATA": str(tmp_path)})
    keys.generate(settings.keys, ["mediation"])
    room = Room(MediationService, tmp_path, now=NOW)
    room.hear("routing.appeal_dispatched.v1", "A", ASSIGNED)
    app = create_app(settings)
    yield Desk(room, app.test_client(), settings, app)
    app.extensions["jiesu"].database.close()
    room.database.close()


def read(answer: Any) -> Any:
    return answer.get_json(force=True)


def test_ops_see_that_it_lives_and_is_ready(desk: Desk) -> None:
    assert desk.web.get("/healthz").json == {"status": "ok", "service": "mediation"}
    assert desk.web.get("/readyz").json == {"status": "ready"}
    assert b"jiesu_http_seconds" in desk.web.get("/metrics").data


def test_figures_have_one_address_which_gateways_can_hide(desk: Desk) -> None:
    assert desk.web.get("/metrics/").status_code == 404


def test_the_address_of_a_service_leads_to_its_cases_under_whatever_prefix(desk: Desk) -> None:
    for prefix in ("", "/mediation"):
        answer = desk.web.get("/", headers=desk.headers(), environ_overrides={"SCRIPT_NAME": prefix})
        assert (answer.status_code, answer.location) == (303, f"{prefix}/cases")


def test_the_page_of_a_case_speaks_as_people_do(desk: Desk) -> None:
    desk.act("case_accepted")

    page = desk.web.get(f"/cases/{desk.room.case('A').id}", headers=desk.headers()).text

    assert '<th scope="row">承办单位</th>' in page
    assert "依据：中华人民共和国人民调解法第17条" in page
    steps = [page.index(f'id="action-{one}"') for one in ("application_recorded", "contact_made", "transferred")]
    assert steps == sorted(steps)


def test_a_list_that_was_asked_for_wrongly_says_so_and_keeps_what_was_asked(desk: Desk) -> None:
    answer = desk.web.get("/cases?state=nope&overdue=1", headers=desk.headers())

    assert answer.status_code == 400
    assert "没有这个状态" in answer.text
    assert 'name="overdue" value="1" checked' in answer.text
    assert "没有符合条件的案件" not in answer.text


def test_whoever_may_not_see_the_list_is_told_that_and_nothing_else(desk: Desk) -> None:
    answer = desk.web.get("/cases?state=nope", headers={**desk.headers(services="relief"), "Accept": "text/html"})

    assert answer.status_code == 403
    assert 'class="filters"' not in answer.text


def test_a_person_lists_a_case_takes_a_step_and_sees_what_is_next(desk: Desk) -> None:
    [item] = read(desk.web.get("/api/v1/cases?state=received", headers=desk.headers()))["items"]
    assert item["title"] == "邻里噪音"

    answer = desk.act("case_accepted")

    assert (answer.status_code, answer.json["version"]) == (200, desk.room.case("A").version)
    whole = read(desk.web.get(f"/api/v1/cases/{item['id']}", headers=desk.headers()))
    assert whole["state"] == desk.room.state("A") != "received"
    assert [entry["trigger"] for entry in whole["timeline"]] == ["opened", "case_accepted"]
    assert "contact_made" in [action["trigger"] for action in whole["actions"]]


def test_a_case_is_shown_as_it_stood_at_one_moment_though_a_step_is_taken_while_it_is_read(
    desk: Desk,
) -> None:
    case_id = desk.room.case("A").id
    moments_later = [lambda: desk.room.act("A", "case_accepted")]

    def meanwhile(*said: Any) -> None:
        if "FROM cases" in said[2] and moments_later:
            moments_later.pop()()

    event.listen(desk.app.extensions["jiesu"].database.engine, "after_cursor_execute", meanwhile)
    seen = read(desk.web.get(f"/api/v1/cases/{case_id}", headers=desk.headers()))

    assert not moments_later
    assert (seen["state"], [entry["trigger"] for entry in seen["timeline"]]) == ("received", ["opened"])
    assert read(desk.web.get(f"/api/v1/cases/{case_id}", headers=desk.headers()))["state"] == desk.room.state("A")


def test_the_same_key_is_answered_the_same_and_done_once(desk: Desk) -> None:
    first = desk.act("case_accepted", Idempotency_Key="key-1")
    again = desk.act("case_accepted", Idempotency_Key="key-1")

    assert again.json == first.json
    assert len(desk.room.told("case_accepted.v1")) == 1


@pytest.mark.parametrize(
    ("trigger", "body", "headers", "status", "kind"),
    [
        ("sold", {}, {}, 409, "illegal-step"),
        ("case_accepted", {"version": 7}, {}, 409, "stale"),
        ("case_accepted", {"form": {"gloss": 1}}, {}, 422, "invalid"),
        ("case_accepted", {"form": []}, {}, 400, "bad-action"),
        ("case_accepted", {"version": "one"}, {}, 400, "bad-action"),
        ("case_accepted", {"from": {}}, {}, 400, "bad-action"),
        ("case_accepted", [], {}, 400, "not-json"),
        ("return_requested", {"form": {"reason": "x"}}, {}, 422, "invalid"),
        ("case_accepted", {}, {"services": "routing"}, 403, "not-yours"),
        ("case_accepted", {}, {"Idempotency_Key": "k" * 101}, 400, "key-too-long"),
    ],
)
def test_what_can_not_be_done_is_a_problem_with_its_reason(
    desk: Desk, trigger: str, body: Any, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = desk.act(trigger, body, **headers)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json(force=True)
    assert problem["type"] == f"urn:jiesu:problem:{kind}"
    assert problem["title"]
    assert problem["title_en"]
    assert desk.room.state("A") == "received"


def test_an_illegal_step_is_answered_with_the_allowed_ones(desk: Desk) -> None:
    problem = desk.act("sold").get_json(force=True)

    assert (problem["state"], "case_accepted" in problem["allowed"]) == ("received", True)


def test_who_comes_too_late_reads_state_step_and_choices_in_his_own_words(desk: Desk) -> None:
    early = desk.act("contact_made").get_json(force=True)
    odd = desk.act("return_requested", {"form": {"reason_class": "x", "reason": "不属于本单位职责"}}).get_json(
        force=True
    )

    assert early["title"] == "案件现在是“待签收”，不能执行“联系诉求人”；请刷新页面查看"
    [choice] = [one["zh"] for one in odd["errors"] if one["pointer"] == "/reason_class"]
    assert "不属本单位职责（not_our_duty）、" in choice


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Basic dTpw", ""])
def test_who_is_not_signed_in_is_told_to(desk: Desk, authorization: str) -> None:
    answer = desk.web.get("/api/v1/cases", headers={"Authorization": authorization} if authorization else {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_cases_of_another_unit_are_not_there(desk: Desk) -> None:
    path = f"/api/v1/cases/{desk.room.case('A').id}"

    assert desk.web.get(path, headers=desk.headers(units="ELSE")).status_code == 404
    assert read(desk.web.get("/api/v1/cases", headers=desk.headers(units="ELSE")))["items"] == []


def test_unknown_addresses_and_methods_are_problems_too(desk: Desk) -> None:
    assert read(desk.web.get("/api/v1/nothing"))["status"] == 404
    assert read(desk.web.delete("/api/v1/cases"))["status"] == 405


@pytest.mark.parametrize(
    "actions", [None, [], [5], [{"case_id": "x"}], [{"case_id": "x", "trigger": "y", "form": 5}], [{}] * 201]
)
def test_many_actions_that_are_none_are_refused(desk: Desk, actions: Any) -> None:
    answer = desk.web.post("/api/v1/actions", json={"actions": actions}, headers=desk.headers())

    assert answer.status_code in (400, 422)


def test_many_actions_are_answered_one_by_one(desk: Desk) -> None:
    case_id = desk.room.case("A").id
    actions = [{"case_id": case_id, "trigger": "case_accepted"}, {"case_id": "nobody", "trigger": "case_accepted"}]

    results = read(desk.web.post("/api/v1/actions", json={"actions": actions}, headers=desk.headers()))["results"]

    assert results[0]["id"] == case_id
    assert results[1]["problem"]["status"] == 404


@pytest.mark.parametrize("query", ["phone=13800001111", "states=received", "state=received&qq=1"])
def test_a_list_that_is_asked_by_something_it_does_not_know_says_what_it_knows(desk: Desk, query: str) -> None:
    refused = desk.web.get(f"/api/v1/cases?{query}", headers=desk.headers())

    [error] = read(refused)["errors"]
    assert refused.status_code == 400
    assert error["pointer"] == f"?{query.rpartition('&')[2].partition('=')[0]}"
    assert "state、stage" in error["zh"]


def test_a_list_may_be_asked_for_in_a_language_like_every_door(desk: Desk) -> None:
    assert desk.web.get("/api/v1/cases?lang=en&limit=1", headers=desk.headers()).status_code == 200


def test_a_database_that_is_away_is_a_503_that_says_when_to_come_again(desk: Desk) -> None:
    with desk.room.database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE cases RENAME TO gone")

    answer = desk.web.get("/api/v1/cases", headers=desk.headers())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_answers_carry_what_keeps_browsers_from_harm(desk: Desk) -> None:
    headers = desk.web.get("/healthz", headers={"X-Request-ID": "R1"}).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src" in headers["Content-Security-Policy"]
    assert headers["X-Request-ID"] == "R1"


def test_a_page_s_form_without_its_token_changes_nothing(desk: Desk) -> None:
    answer = desk.web.post(
        f"/cases/{desk.room.case('A').id}/actions/case_accepted", data={}, headers=desk.headers(Accept="text/html")
    )

    assert answer.status_code == 403
    assert desk.room.state("A") == "received"


def test_the_page_after_a_step_says_that_it_is_done_and_believes_no_address(desk: Desk) -> None:
    address, html = f"/cases/{desk.room.case('A').id}", desk.headers(Accept="text/html", Accept_Language="zh")
    desk.act("case_accepted")

    after = desk.web.get(f"{address}?done=case_accepted", headers=html).text
    made_up = desk.web.get(f"{address}?done=concluded", headers=html).text

    assert "已完成：签收" in after
    assert "已完成：" not in made_up


def test_a_clock_names_its_basis_in_words_and_says_whose_time_it_is(desk: Desk) -> None:
    with desk.room.database.write() as session:
        work = Work(session, desk.room.blueprint, NOW)
        case = work.expect("A")
        for name in ("mediation_period", "judicial_confirmation", "urging"):
            rule = desk.room.blueprint.legal.clock(name, NOW)
            work.start_clock(case, start(rule, NOW, desk.room.blueprint.calendar), rule.kind.value)
        work.record()

    whole = read(desk.web.get(f"/api/v1/cases/{desk.room.case('A').id}", headers=desk.headers()))
    page = desk.web.get(f"/cases/{whole['id']}", headers=desk.headers(Accept="text/html", Accept_Language="zh")).text

    said = {clock["name"]: (clock["kind"], clock["verified"], clock["explanation"][-2:]) for clock in whole["clocks"]}
    assert said["judicial_confirmation"][:2] == ("statutory", True)
    basis, row = said["judicial_confirmation"][2]
    assert basis.startswith("依据：中华人民共和国人民调解法第33条")
    assert row == "适用的规定：“申请司法确认”，自 2011-01-01 起施行。"
    assert said["mediation_period"][:2] == ("statutory", False)
    assert said["urging"][0] == "service"
    assert (page.count(">未核实<"), page.count(">服务/内部<"), page.count(">法定<")) == (2, 1, 2)


def test_pictures_are_shown_on_the_case_until_it_is_let_go(desk: Desk) -> None:
    href = "/intake/api/v1/cases/A/attachments/P1"
    added = {"to": "mediation", "pictures": [{"name": "楼道.jpg", "href": href}], "at": NOW.isoformat()}
    desk.room.hear("intake.material_forwarded.v1", "A", added)
    address, html = f"/cases/{desk.room.case('A').id}", desk.headers(Accept="text/html")
    shown = desk.web.get(address, headers=html).text

    desk.act("case_accepted")
    desk.act("transferred", {"form": {"to": "enforcement", "reason": "涉嫌违法，需执法部门处理"}})

    assert f'<a href="{href}"><img src="{href}?size=small" alt="楼道.jpg"' in shown
    assert href not in desk.web.get(address, headers=html).text


def test_a_handler_sees_how_many_bring_the_matter_and_what_another_says(desk: Desk) -> None:
    counts = {"voices": 5, "repeats": 3, "marks": ["repeated", "group"]}
    added = {"to": "mediation", "text": "我家也一样。", "said_by": "voice", "at": NOW.isoformat(), **counts}
    for _ in range(2):
        desk.room.hear("intake.material_forwarded.v1", "A", added)
    details, html = desk.room.case("A").details, desk.headers(Accept="text/html", Accept_Language="zh")

    page = desk.web.get(f"/cases/{desk.room.case('A').id}", headers=html).text

    assert {name: details[name] for name in counts} == counts
    assert [(one["text"], one["said_by"]) for one in details["supplements"]] == [("我家也一样。", "voice")]
    assert "三次以上重复诉求" in page
    assert "五人以上共同反映" in page
    assert "并案的其他诉求人" in page


def sealed_for(desk: Desk, **personal: Any) -> None:
    sealed = seal(personal, KeyFolder(desk.settings.keys).public("mediation"))
    desk.room.hear("intake.petitioner_disclosed.v1", "A", {"to": "mediation", "sealed": sealed})


def test_a_look_at_personal_data_is_logged_and_told_with_its_purpose_and_without_the_data(desk: Desk) -> None:
    sealed_for(desk, name="居民甲", phone="13800001111")
    address = f"/api/v1/cases/{desk.room.case('A').id}/reveal"

    shown = desk.web.post(address, json={"purpose": "回拨 13800001111 核实"}, headers=desk.headers())

    assert read(shown)["sealed"]["phone"] == "13800001111"
    [told] = desk.room.told("reveal_logged.v1", "A")
    assert (told["by"], told["by_name"], told["what"]) == ("p1", "处办员甲", ["name", "phone"])
    assert told["purpose"] == "回拨 138****1111 核实"
    assert "居民甲" not in str(told)
    table = desk.room.blueprint.store.reveals
    with desk.room.database.read() as session:
        assert len(session.execute(table.select()).all()) == 1


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"services": "routing"}, {"purpose": "电话联系"}, 403),
        ({"units": "another"}, {"purpose": "电话联系"}, 404),
        ({}, {"purpose": ""}, 422),
    ],
)
def test_a_look_that_is_refused_is_not_told(desk: Desk, headers: dict[str, str], body: Any, status: int) -> None:
    sealed_for(desk, name="居民甲")
    address = f"/api/v1/cases/{desk.room.case('A').id}/reveal"

    assert desk.web.post(address, json=body, headers=desk.headers(**headers)).status_code == status
    assert desk.web.post(address, json={"purpose": "巡查"}, headers=desk.headers("inspector")).status_code == 403
    assert desk.room.told("reveal_logged.v1") == []


def test_a_calculator_names_the_law_as_people_do(desk: Desk) -> None:
    page = desk.web.get("/calc/confirmation-window", headers={"Accept-Language": "zh-CN"}).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert token is not None

    asked = {"_csrf_token": token[1], "effective_on": "2026-09-01", "agreement_kind": "written", "jointly": "true"}
    found = desk.web.post("/calc/confirmation-window", data=asked, headers={"Accept-Language": "zh-CN"})

    assert found.status_code == 200
    assert "依据：中华人民共和国人民调解法第33条" in found.text
    assert "人民调解法-33" not in found.text


def test_all_services_behind_one_door_are_ready_or_those_that_are_not_are_named(desk: Desk) -> None:
    assert Client(serving.gateway(desk.settings, ["mediation", "hotline"])).get("/readyz").json == {"status": "ready"}

    away = {**desk.settings.database_urls, "hotline": "postgresql+psycopg://nobody@127.0.0.1:1/nowhere"}
    front = Client(serving.gateway(replace(desk.settings, database_urls=away), ["mediation", "hotline"]))

    answer = front.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not ready", "database": ["hotline"]})


def test_one_door_leads_to_every_service(desk: Desk) -> None:
    front = Client(serving.gateway(desk.settings, ["mediation"]))

    assert front.get("/mediation/healthz").status_code == 200
    assert front.get("/healthz").json == {"status": "ok", "services": ["mediation"]}
    lost = front.get("/nowhere")
    assert (lost.status_code, lost.text) == (404, "Not found. Services here: /mediation\n")
    assert front.get("/static/../settings.py").status_code == 404
    with front.get("/favicon.ico") as icon:
        assert icon.mimetype == "image/svg+xml"


@pytest.mark.parametrize(
    ("proxy", "seen"), [("", "10.0.0.1"), ("10.0.0.2", "10.0.0.1"), ("10.0.0.1", "203.0.113.7"), ("*", "203.0.113.7")]
)
def test_behind_a_trusted_proxy_visitors_keep_their_own_addresses(proxy: str, seen: str) -> None:
    def tell(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["REMOTE_ADDR"].encode()]

    front = Client(serving.behind(proxy, tell))
    forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}

    assert front.get("/", headers=forged, environ_base={"REMOTE_ADDR": "10.0.0.1"}).text == seen


def test_whoever_has_lost_his_way_is_told_so_on_a_page_of_the_first_service(desk: Desk) -> None:
    front = Client(serving.gateway(desk.settings, ["portal"]))

    lost = front.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})

    assert lost.status_code == 404
    assert "没有这个页面" in lost.text
    assert "/portal/static/chassis/jiesu.css" in lost.text


def test_an_app_of_its_own_database_needs_no_other(tmp_path: Path) -> None:
    settings = settings_room.load({"JIESU_DATA": str(tmp_path), "JIESU_AMQP_URL": "amqp://nobody:nobody@127.0.0.1:1//"})
    keys.generate(settings.keys, ["mediation"])
    database = Database(settings.database_for("mediation"), "mediation")
    room = Room(MediationService, tmp_path)

    app = create_app(settings)

    assert app.test_client().get("/readyz").status_code == 200
    for one in (database, room.database, app.extensions["jiesu"].database):
        one.close()
