"""Feedback's doors: residents rate by tracking code, through the API and on the page."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chassis import moments
from chassis.access import Principal, sign_token
from chassis.codes import id_of
from chassis.sealing import seal
from chassis.terms import Terms
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.feedback import rules
from services.feedback.rates import RATES
from services.feedback.rules import EXCLUSION_CLASSES
from services.feedback.web import RATES_SAID
from tests.services.feedback.conftest import BAD, CODE, CONCLUDED, GOOD, Say

FOLDER = Path(rules.__file__).parent
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
HTML = {"Accept": "text/html", "Accept-Language": "zh-CN"}


def url(code: str) -> str:
    return f"/api/v1/appeals/{code}/rating"


def test_a_rating_by_tracking_code_is_on_record(app: Flask, room: Room, concluded: str) -> None:
    client = app.test_client()
    shown = client.get(f"/api/v1/appeals/{concluded}").get_json()
    assert (shown["can_be_rated"], shown["reply"]) == (True, CONCLUDED["reply"])

    answer = client.post(url(concluded.lower().replace("-", "")), json={**GOOD, "comment": "谢谢"})

    assert (answer.status_code, answer.get_json()["state"]) == (200, "rated")
    assert room.case(id_of(concluded)).result == 5
    assert client.get(f"/api/v1/appeals/{concluded}").get_json()["can_be_rated"] is False


def test_the_tracking_code_is_nowhere_in_what_is_stored_or_told(app: Flask, room: Room, concluded: str) -> None:
    app.test_client().post(url(concluded), json=GOOD)

    case = room.case(id_of(concluded))
    stored = f"{case.details} {case.title} {case.subject} {room.told()}"
    assert concluded not in stored
    assert concluded.replace("-", "") not in stored


def test_the_same_key_rates_once_and_a_second_rating_is_refused(app: Flask, concluded: str) -> None:
    client = app.test_client()
    first = client.post(url(concluded), json=GOOD, headers={"Idempotency-Key": "k1"})
    second = client.post(url(concluded), json=BAD)

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.get_json()["state"] == "rated"


@pytest.mark.parametrize("solved", ["yes", "true", "t", 2])
def test_what_is_neither_true_nor_false_does_not_count_as_solved(
    app: Flask, room: Room, concluded: str, solved: Any
) -> None:
    answer = app.test_client().post(url(concluded), json={**GOOD, "solved": solved})

    assert answer.status_code == 422
    assert [error["pointer"].rpartition("/")[2] for error in answer.get_json()["errors"]] == ["solved"]
    assert room.state(id_of(concluded)) == "callback_due"


def test_what_is_wrong_is_said_field_by_field_in_both_languages(app: Flask, concluded: str) -> None:
    answer = app.test_client().post(url(concluded), json={"attitude": 6, "process": 0, "solved": True})

    assert answer.status_code == 422
    errors = {error["pointer"]: error for error in answer.get_json()["errors"]}
    assert {pointer.rpartition("/")[2] for pointer in errors} == {"attitude", "process", "result"}
    assert all(error["zh"] and error["en"] for error in errors.values())


def test_a_code_that_is_none_and_a_code_of_nothing_are_told_apart(app: Flask, concluded: str) -> None:
    client = app.test_client()
    del concluded

    assert client.post(url("abc"), json=GOOD).status_code == 422
    unknown = client.post(url("2222-2222-2222"), json=GOOD)
    assert unknown.status_code == 404
    # It may be one that was merged, which is known to intake alone.
    assert "已并入另一件诉求的" in unknown.get_json()["detail"]


def rated_on_page(app: Flask, code: str, **marks: Any) -> Any:
    client = app.test_client()
    page = client.get(f"/rate?code={code}", headers=HTML)
    token = TOKEN.search(page.text)
    assert token is not None
    return client.post("/rate", data={"_csrf_token": token[1], "code": code, **marks}, headers=HTML)


def test_a_resident_rates_on_the_page(app: Flask, room: Room, concluded: str) -> None:
    answer = rated_on_page(app, concluded, attitude="5", process="4", result="2", solved="false", comment="还是吵")

    assert answer.status_code == 200
    assert "感谢" in answer.text
    assert room.case(id_of(concluded)).citizen_says_solved is False


def test_the_page_says_which_appeal_is_rated_and_of_a_reply_that_it_was_not_accepted(
    app: Flask, room: Room, conclude: Say
) -> None:
    subject = id_of(CODE)
    conclude(subject=subject, number="彭李诉〔2026〕000007号", title="楼上夜里拖椅子")
    page = f"/rate?code={CODE}"
    asked = app.test_client().get(page, headers=HTML).text
    room.act(subject, "rated", BAD, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")

    again = app.test_client().get(page, headers=HTML).text

    assert "楼上夜里拖椅子" in asked
    assert "彭李诉〔2026〕000007号" in asked
    assert ("此前的答复" in asked, "此前的答复" in again) == (False, True)
    assert app.test_client().get(f"/api/v1/appeals/{CODE}").get_json()["reply_is_old"] is True


def test_who_is_heard_under_anothers_handling_is_not_shown_that_ones_words(
    app: Flask, room: Room, conclude: Say
) -> None:
    own = id_of(CODE)
    room.hear("intake.appeal_merged.v1", own, {"into": "P", "own_voice": True, "reason": "同一事项"})
    conclude(subject="P", number="彭李诉〔2026〕000001号", title="楼上夜里拖椅子")
    room.run("call_voices_back")

    shown = app.test_client().get(f"/api/v1/appeals/{CODE}").get_json()

    assert (shown["can_be_rated"], shown["title"], shown["number"]) == (True, "", "")


@pytest.mark.parametrize("teller", ["dispatched", "answered"])
def test_whoever_calls_reads_what_the_resident_wrote(app: Flask, room: Room, conclude: Say, teller: str) -> None:
    subject, wrote = id_of(CODE), "楼上邻居夜里拖椅子，已经一周。"
    if teller == "dispatched":
        sent = {"mechanism": "mediation", "lead_unit": "mediation_committee", "text": wrote, "clocks": []}
        room.hear("routing.appeal_dispatched.v1", subject, sent)
        conclude(subject=subject)
    else:
        room.hear("intake.appeal_answered.v1", subject, {"reply": "已当场答复。", "by": "operator-1", "text": wrote})
    caller = Principal(
        id="p1",
        name="话务员乙",
        roles=frozenset({"operator"}),
        services=frozenset({"feedback"}),
        units=frozenset({"*"}),
    )
    headers = {"Authorization": f"Bearer {sign_token(caller, app.extensions['jiesu'].keys.signing(), moments.now())}"}

    shown = app.test_client().get(f"/api/v1/cases/{room.case(subject).id}", headers=headers).get_json()

    assert next(iter(shown["details"])) == "text"
    assert shown["details"]["text"] == wrote
    assert "reply_is_old" not in shown["details"]


def test_a_page_that_is_not_filled_in_says_where(app: Flask, room: Room, concluded: str) -> None:
    answer = rated_on_page(app, concluded, attitude="5")

    assert answer.status_code == 422
    assert room.state(id_of(concluded)) == "callback_due"


def test_a_rating_from_another_site_is_refused(app: Flask, room: Room, concluded: str) -> None:
    answer = app.test_client().post("/rate", data={"code": concluded, **GOOD}, headers=HTML)

    assert answer.status_code in (400, 403)
    assert room.state(id_of(concluded)) == "callback_due"


def test_the_page_without_a_code_asks_for_it(app: Flask) -> None:
    page = app.test_client().get("/rate", headers=HTML)

    assert page.status_code == 200
    assert "查询码" in page.text


def test_the_public_doors_are_in_the_openapi_document_with_an_example_that_passes(app: Flask, concluded: str) -> None:
    client = app.test_client()
    paths = client.get("/openapi.json").get_json()["paths"]

    assert "get" in paths["/api/v1/appeals/{tracking_code}"]
    described = paths["/api/v1/appeals/{tracking_code}/rating"]["post"]
    example = described["requestBody"]["content"]["application/json"]["example"]
    assert {"200", "404", "409", "422"} <= {*described["responses"]}
    assert client.post(url(concluded), json=example).status_code == 200


# -- rates -------------------------------------------------------------------------

MONTH = "from=2026-11-01&until=2026-12-01"


def this_month() -> str:
    """Return the month that it is, by one version of the formula whenever it is."""
    first = local_date(moments.now()).replace(day=1)
    return f"from={first}&until={(first + timedelta(days=32)).replace(day=1)}"


def bearer(app: Flask, *roles: str) -> dict[str, str]:
    who = Principal(id="p1", name="某人", roles=frozenset(roles), services=frozenset({"portal"}))
    token = sign_token(who, app.extensions["jiesu"].keys.signing(), moments.now())
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("roles", "status"),
    [((), 401), (("operator",), 403), (("handler",), 403), (("leader",), 200), (("inspector",), 200)],
)
def test_the_rates_are_for_leaders_and_inspectors(app: Flask, roles: tuple[str, ...], status: int) -> None:
    headers = bearer(app, *roles) if roles else {}

    assert app.test_client().get(f"/api/v1/rates?{MONTH}", headers=headers).status_code == status


def test_each_rate_says_what_it_is_made_of(app: Flask, room: Room, concluded: str) -> None:
    app.test_client().post(url(concluded), json=BAD)
    room.run("draw_consequences")

    told = app.test_client().get(
        "/api/v1/rates?from=2020-01-01&until=2026-12-01&by=mechanism", headers=bearer(app, "leader")
    )

    found = told.get_json()
    resolution = next(rate for rate in found["total"] if rate["name"] == "resolution")
    assert {name: resolution[name] for name in ("numerator", "denominator", "value", "excluded", "formula")} == {
        "numerator": "0",
        "denominator": 1,
        "value": "0.0000",
        "excluded": {},
        "formula": "2020-2",
    }
    assert (resolution["small_sample"], resolution["interval"]["method"]) == (True, "wilson")
    assert [group["key"] for group in found["groups"]] == ["mediation"]
    assert found["formula"]["weights"] == {"response": "0.30", "resolution": "0.35", "satisfaction": "0.35"}


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ("from=2026-11-01", "/until"),
        ("from=x&until=2026-12-01", "/from"),
        ("from=2026-12-01&until=2026-12-01", "/until"),
        (f"{MONTH}&by=person", "/by"),
        ("from=2019-11-01&until=2019-12-01", "/from"),
    ],
)
def test_a_period_that_is_none_is_refused_field_by_field(app: Flask, asked: str, pointer: str) -> None:
    answer = app.test_client().get(f"/api/v1/rates?{asked}", headers=bearer(app, "leader"))

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_the_page_shows_numerators_denominators_and_the_gap_in_chinese(app: Flask, room: Room, concluded: str) -> None:
    client = app.test_client()
    assert client.get("/rates", headers=HTML).headers["Location"].startswith("/portal/sign-in?next=")
    client.post(url(concluded), json=BAD)
    room.run("draw_consequences")

    page = client.get(f"/rates?{this_month()}", headers={**HTML, **bearer(app, "inspector")})

    assert page.status_code == 200
    for words in (
        "承办单位认定已解决的 1 件中，诉求人表示未解决的 1 件",
        "0 / 1",
        "样本少",
        "95% 区间",
        "街道人民调解委员会",
        "查看这些诉求",
        f'href="/cases/{room.case(id_of(concluded)).id}"',
    ):
        assert words in page.text, words


def test_the_groups_show_their_intervals_and_what_no_unit_had(app: Flask, room: Room, concluded: str) -> None:
    client = app.test_client()
    client.post(url(concluded), json=BAD)
    room.hear("intake.appeal_answered.v1", "B1", {"appeal_id": "B1", "reply": "业务在便民大厅办理。", "by": "p9"})
    room.act("B1", "rated", GOOD, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")

    page = client.get(f"/rates?{this_month()}", headers={**HTML, **bearer(app, "leader")}).text

    rows = re.findall(r'<tr data-group="([^"]*)"><th scope="row">([^<]*)</th>(.*?)</tr>', page, re.DOTALL)
    assert [(key, name) for key, name, _row in rows] == [
        ("", "未派单（当场解答）"),
        ("mediation_committee", "街道人民调解委员会"),
    ]
    assert all(re.search(r"\d\d% – \d+\.\d\d%", row) for _key, _name, row in rows)


def test_the_cases_behind_the_gap_are_named_also_after_they_were_reworked_and_the_excluded_are_not(
    app: Flask, room: Room
) -> None:
    room.now = moments.now()
    for subject in ("A1", "A2", "A3"):
        room.hear("mediation.case_concluded.v1", subject, {**CONCLUDED, "number": subject})
        bad = {**BAD, "comment": "还是吵，请打 13800000000"}
        room.act(subject, "rated", bad if subject != "A3" else GOOD, role=Role.PUBLIC, person="resident")
    room.run("draw_consequences")
    room.hear("mediation.case_concluded.v1", "A1", {**CONCLUDED, "unit": "police_station", "number": "A1"})
    proposal = {"ground": "untrue", "why": "两次现场核查均未发现。", "evidence": ["核查记录"]}
    room.act("A2", "exclusion_proposed", proposal, role=Role.DESK, person="desk-1")
    granted = {"granted": True, "opinion": "经复核与事实不符。"}
    room.act("A2", "exclusion_decided", granted, role=Role.REVIEWER, person="reviewer-1")

    told = app.test_client().get(f"/api/v1/rates?{this_month()}", headers=bearer(app, "leader"))

    [behind] = told.get_json()["denied"]
    assert (behind["number"], behind["unit"]) == ("A1", "mediation_committee")
    assert behind["excerpt"].startswith("还是吵，请打 138")
    assert "13800000000" not in behind["excerpt"]
    [rate] = [one for one in told.get_json()["total"] if one["name"] == "unconfirmed"]
    assert rate["numerator"] == "1"


def test_a_page_of_no_period_says_so_and_keeps_what_was_asked(app: Flask) -> None:
    page = app.test_client().get("/rates?from=2026-12-01&until=2026-11-01", headers={**HTML, **bearer(app, "leader")})

    assert (page.status_code, "结束日应晚于开始日" in page.text) == (422, True)
    assert 'value="2026-12-01"' in page.text


def test_every_rate_and_each_reason_has_its_chinese() -> None:
    terms = Terms(FOLDER / "terms.toml")

    assert {*RATES_SAID} == {*RATES}
    assert [said for pair in RATES_SAID.values() for said in pair if terms.text(said, "zh") == said] == []
    reasons = (*EXCLUSION_CLASSES, "returned", "passed_on", "withdrawn", "not_due_yet", "not_claimed")
    assert [reason for reason in reasons if not terms.knows("values", reason)] == []


# -- whom to call -------------------------------------------------------------------


def opens(app: Flask, room: Room, code: str, role: str) -> Any:
    """Ask to open whom to call, as somebody who serves everything."""
    folder = app.extensions["jiesu"].keys
    sealed = seal({"name": "居民甲", "phone": "13800001111"}, folder.public("feedback"))
    room.hear("intake.petitioner_disclosed.v1", id_of(code), {"to": "feedback", "sealed": sealed})
    every = frozenset({"*"})
    who = Principal(id="p1", name="工作人员甲", roles=frozenset({role}), services=every, units=every)
    headers = {"Authorization": f"Bearer {sign_token(who, folder.signing(), moments.now())}"}
    case = f"/api/v1/cases/{room.case(id_of(code)).id}"
    shown = app.test_client().get(case, headers=headers)
    assert shown.status_code == 200
    assert "13800001111" not in shown.text
    return app.test_client().post(f"{case}/reveal", json={"purpose": "电话回访"}, headers=headers)


def test_whoever_calls_back_opens_whom_to_call(app: Flask, room: Room, concluded: str) -> None:
    assert opens(app, room, concluded, "operator").get_json()["sealed"]["phone"] == "13800001111"


@pytest.mark.parametrize("role", ["handler", "leader", "reviewer", "desk", "inspector"])
def test_who_proposes_reviews_or_finds_here_learns_nobody_s_name(
    app: Flask, room: Room, concluded: str, role: str
) -> None:
    answer = opens(app, room, concluded, role)

    assert answer.status_code == 403
    assert "个人信息" in answer.get_json()["title"]
    assert room.told("reveal_logged.v1") == []
