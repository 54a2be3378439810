"""The pages and the API of the dispatch rules."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from chassis import work
from chassis.terms import Terms, untranslated
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.routing import schemas
from services.routing.dispatch import rulepages, ruleset
from tests.services.routing.conftest import CHANGED, DESK, LEADER, ORDINARY, OTHER, Token, person, registered

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from chassis.testing import Room

FOLDER = Path(ruleset.__file__).parents[1]
API = "/api/v1/rules"


@pytest.fixture
def client(app: Flask, room: Room) -> FlaskClient:
    """Give the doors of a ledger with two lines of an hour ago."""
    for subject in ("A1", "A2"):
        room.hear("intake.appeal_registered.v1", subject, registered(**ORDINARY))
    room.now += timedelta(hours=1)
    return app.test_client()


def told(answer: TestResponse) -> Any:
    """Read the JSON of an answer."""
    return orjson.loads(answer.data)


def drafted(client: FlaskClient, headers: dict[str, str], text: str = CHANGED) -> int:
    answer = client.post(API, json={"text": text, "note": "试改"}, headers=headers)
    assert answer.status_code == 201, told(answer)
    return int(told(answer)["version"])


def page(client: FlaskClient, path: str, headers: dict[str, str], **form: Any) -> tuple[int, str]:
    """Read a page, or post a form to it with the page's own token."""
    headers = {**headers, "Accept": "text/html"}
    if not form:
        answer = client.get(path, headers=headers)
        return answer.status_code, answer.text
    found = re.search(r'name="_csrf_token" value="([^"]+)"', client.get("/rules", headers=headers).text)
    assert found is not None
    answer = client.post(path, data={**form, "_csrf_token": found[1]}, headers=headers)
    return answer.status_code, answer.headers.get("Location") or answer.text


# -- the API --------------------------------------------------------------------


def test_a_change_goes_from_draft_to_live_by_two_people(client: FlaskClient, token: Token, room: Room) -> None:
    desk, leader = token(DESK), token(LEADER)

    number = drafted(client, desk)
    before = told(client.get(f"{API}/{number}", headers=desk))
    replayed = told(client.get(f"{API}/{number}/replay?days=30", headers=leader))
    live = client.post(f"{API}/{number}/live", json={"seen": 1, "reason": "同意"}, headers=leader)
    after = told(client.get(API, headers=desk))

    assert (number, before["live"], before["text"]) == (2, False, CHANGED)
    assert [(row["from"], row["to"], row["appeals"]) for row in replayed["matrix"]] == [
        ("mediation_committee", "police_station", 2)
    ]
    assert live.status_code == 200, told(live)
    assert (after["live"], after["turns"][0]["by"], after["turns"][0]["reason"]) == (2, LEADER.name, "同意")
    room.hear("intake.appeal_registered.v1", "A3", registered(**ORDINARY))
    assert room.case("A3").unit == "police_station"


def test_a_case_says_why_it_went_there_and_not_elsewhere(client: FlaskClient, token: Token, room: Room) -> None:
    case = told(client.get(f"/api/v1/cases/{room.case('A1').id}", headers=token(DESK)))
    status, html = page(client, f"/cases/{room.case('A1').id}", token(DESK))

    assert [row["result"] for row in case["details"]["explanation"]] == ["fired", "passed"]
    assert status == 200
    assert "类别须为邻里纠纷·高空抛物、邻里纠纷·口角打斗，本件为邻里纠纷·生活噪音" in html


def test_a_text_is_checked_without_being_kept(client: FlaskClient, token: Token) -> None:
    bad = CHANGED.replace('lead = "police_station"', 'lead = "community_committee"')

    good, wrong = (
        told(client.post(f"{API}/check", json={"text": text}, headers=token(DESK))) for text in (CHANGED, bad)
    )

    assert (good["usable"], wrong["usable"]) == (True, False)
    assert [one["rule"] for one in wrong["findings"] if one["level"] == "error"] == ["domestic_noise"]
    assert len(told(client.get(API, headers=token(DESK)))["versions"]) == 1


def test_one_appeal_is_tried_on_a_version(client: FlaskClient, token: Token) -> None:
    number = drafted(client, token(DESK))

    old, new = (told(client.post(f"{API}/{one}/try", json=ORDINARY, headers=token(LEADER))) for one in (1, number))

    assert (old["lead_unit"], new["lead_unit"]) == ("mediation_committee", "police_station")
    assert new["explanation"][0]["zh"] == "邻里生活噪音由派出所主办"


@pytest.mark.parametrize("path", ["", "/1", "/1/replay"])
def test_the_rules_are_for_the_desk_and_leaders_of_routing(client: FlaskClient, token: Token, path: str) -> None:
    handler, elsewhere = person("h1", Role.HANDLER), person("l9", Role.LEADER)
    object.__setattr__(elsewhere, "services", frozenset({"mediation"}))

    assert client.get(API + path).status_code == 401
    for who in (handler, elsewhere):
        assert client.get(API + path, headers=token(who)).status_code == 403


def test_the_desk_drafts_and_only_another_leader_puts_it_live(client: FlaskClient, token: Token) -> None:
    number = drafted(client, token(LEADER))
    body = {"seen": 1, "reason": "同意"}

    by_desk, by_drafter, by_other = (
        client.post(f"{API}/{number}/live", json=body, headers=token(who)) for who in (DESK, LEADER, OTHER)
    )

    assert [one.status_code for one in (by_desk, by_drafter, by_other)] == [403, 403, 200]
    assert "受理中心可以起草" in told(by_desk)["detail"]
    assert told(by_drafter)["detail"] == "起草人不能发布自己起草的规则，请由另一位领导审核发布"


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("", {"text": CHANGED}, 422, "/note"),
        ("", {"note": "试改"}, 422, "/text"),
        ("", {"text": "[[rule]]", "note": "试改"}, 422, "第 1 行：缺少"),
        ("", {"text": ruleset.shipped_text(), "note": "照旧"}, 409, "与第 1 版完全相同"),
        ("", {"text": CHANGED, "note": "试改", "live": True}, 422, "/live"),
        ("/check", {}, 422, "请给出规则文本"),
        ("/9/live", {"seen": 1, "reason": "同意"}, 404, "没有第 9 版"),
        ("/1/live", {"seen": 1, "reason": "同意"}, 409, "第 1 版已在执行"),
        ("/1/live", {"seen": 3, "reason": "同意"}, 409, "现行规则已是第 1 版"),
        ("/1/live", {"seen": 1, "reason": "同意", "begins_at": "2020-01-01T00:00:00+08:00"}, 409, "不能早于现在"),
        ("/1/live", {"seen": 1}, 422, "/reason"),
        ("/9/try", {"text": "油烟"}, 404, "没有第 9 版"),
        ("/1/try", {}, 422, "/text"),
        ("/1/try", {"text": "油烟", "channel": "fax"}, 422, "/channel"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    client: FlaskClient, token: Token, path: str, body: dict[str, Any], status: int, said: str
) -> None:
    answer = client.post(API + path, json=body, headers=token(LEADER))

    assert answer.status_code == status
    assert said in answer.get_data(as_text=True)
    assert told(client.get(API, headers=token(LEADER)))["live"] == 1


@pytest.mark.parametrize("days", ["0", "many", "9999"])
def test_a_replay_of_no_such_time_is_refused(client: FlaskClient, token: Token, days: str) -> None:
    answer = client.get(f"{API}/1/replay?days={days}", headers=token(DESK))

    assert answer.status_code == 422
    assert told(answer)["detail"].startswith("days：")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-11-02&until=2026-11-01", "until：结束日应晚于开始日"),
        ("until=2026-11-01", "from：写了 until 的，也请写 from"),
        ("days=30&from=2026-11-01", "days：days 与 from、until 只能选用一种"),
        ("from=someday", "from："),
        ("since=2026-11-01", "since："),
    ],
)
def test_a_span_that_is_none_is_refused_by_name_and_none_is_ignored(
    client: FlaskClient, token: Token, query: str, said: str
) -> None:
    answer = client.get(f"{API}/1/replay?{query}", headers=token(DESK))

    assert (answer.status_code, said in told(answer)["detail"]) == (422, True)


def test_a_replay_reads_from_the_day_that_is_asked_for_until_before_the_other(
    client: FlaskClient, token: Token, room: Room
) -> None:
    day = local_date(room.case("A1").opened_at)
    before, after = day - timedelta(days=1), day + timedelta(days=1)

    read = {
        query: told(client.get(f"{API}/1/replay?{query}", headers=token(DESK)))["read"]
        for query in (f"from={day}", f"from={day}&until={after}", f"from={before}&until={day}", "")
    }

    assert [*read.values()] == [2, 2, 0, 2]


# -- the pages ------------------------------------------------------------------


def test_a_clerk_drafts_and_a_leader_compares_and_puts_live_on_the_pages(client: FlaskClient, token: Token) -> None:
    desk, leader = token(DESK), token(LEADER)

    kept, where = page(client, "/rules", desk, text=CHANGED.replace("\n", "\r\n"), note="夜间改派")
    _, shown = page(client, "/rules/2?days=30", leader)
    live, onwards = page(client, "/rules/2/live", leader, seen="1", reason="同意")
    _, listed = page(client, "/rules", desk)

    assert (kept, where) == (303, "/rules/2")
    assert "没有任何规则的类别" in shown
    assert "与现行第 1 版的差异" in shown
    assert shown.count("<ins>") >= 1
    assert shown.count("<ins>") < CHANGED.count("\n") / 4, "of all its lines only those that are new"
    assert "共 2 件，去向会变的 2 件" in shown
    assert "街道人民调解委员会" in shown
    assert (live, onwards) == (303, "/rules#turns")
    assert "夜间改派" in listed
    assert LEADER.name in listed


def test_what_was_written_stays_on_the_page_with_what_is_wrong_with_it(client: FlaskClient, token: Token) -> None:
    status, html = page(client, "/rules", token(DESK), text='[[rule]]\nid = "半截"', note="写到一半")

    assert status == 422
    assert "第 1 行，规则 半截：缺少" in html
    assert "写到一半" in html
    assert "id = &#34;半截&#34;" in html


def test_who_drafted_is_told_on_the_page_that_another_one_puts_it_live(client: FlaskClient, token: Token) -> None:
    drafted(client, token(LEADER))

    own, refused = (
        page(client, "/rules/2", token(LEADER))[1],
        page(client, "/rules/2/live", token(LEADER), seen="1", reason="同意"),
    )

    assert "须由另一位领导审核发布" in own
    assert refused[0] == 403
    assert "起草人不能发布自己起草的规则" in refused[1]


def test_one_appeal_is_tried_on_the_page_without_being_put_into_an_address(client: FlaskClient, token: Token) -> None:
    status, html = page(client, "/rules/1/try", token(DESK), **ORDINARY)
    wrong, again = page(client, "/rules/1/try", token(DESK), title="只有标题")

    assert status == 200
    assert "街道人民调解委员会" in html
    assert "未采用“高空抛物、口角打斗，另请公安协办”" in html
    assert wrong == 422
    assert "只有标题" in again


def test_a_form_without_the_pages_own_token_is_refused(client: FlaskClient, token: Token) -> None:
    answer = client.post("/rules", data={"text": CHANGED, "note": "试改"}, headers=token(DESK))

    assert answer.status_code == 403
    assert len(told(client.get(API, headers=token(DESK)))["versions"]) == 1


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(client: FlaskClient) -> None:
    answer = client.get("/rules/1?days=90", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("%2Frules%2F1%3Fdays%3D90")


def test_every_word_of_the_pages_has_its_chinese() -> None:
    terms = Terms(Path(work.__file__).parent / "terms.toml", FOLDER / "terms.toml")
    templates = [FOLDER / "templates" / name for name in ("rules.html", "rule_version.html")]

    assert untranslated(terms, templates=templates, forms=[schemas.RulesLive, schemas.RulesTry]) == []
    shown = (*ruleset.CHANNELS, *ruleset.WEEKDAYS, *ruleset.DAYS.values(), *ruleset.categories(), *ruleset.units())
    assert [word for word in shown if not terms.names("values", word)] == []


def test_the_api_is_described_with_every_door_it_has(client: FlaskClient, app: Flask) -> None:
    described = {(path, method.upper()) for path, method, _ in rulepages.OPERATIONS}
    doors = {
        (rule.rule.replace("<int:number>", "{number}"), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert described == doors
    assert set(told(client.get("/openapi.json"))["paths"]) >= {path for path, _ in described}
