"""Tests of the shared pages, over a bare app with made-up cases."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

import chassis
from chassis.pages import (
    api_context,
    case_context,
    due,
    listed,
    register_pages,
    remaining,
    render_case,
    render_problem,
    shown,
    stage_line,
    when,
)
from chassis.terms import LANGUAGES, Terms
from tests.chassis.made_up_pages import CASE, CSRF, FORMS, OPENAPI, create_app, terms

if TYPE_CHECKING:
    from flask.testing import FlaskClient

CHASSIS = Path(chassis.__file__).parent
PAGES = ("/cases", "/cases/1", "/problem", "/docs", "/cases?none=1")
VOID = {"meta", "link", "input", "br", "img", "hr"}


@pytest.fixture
def client() -> FlaskClient:
    return create_app().test_client()


class Reader(HTMLParser):
    """Reads a page as strictly as a reviewer would."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.complaints: list[str] = []
        self.feed(page)
        self.complaints += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if len(attrs) != len(dict(attrs)):
            self.complaints.append(f"<{tag}> says something twice: {attrs}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.complaints.append(f"</{tag}> closes something else")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


# -- words --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (97_200, "还剩 1 天 3 小时", "1 day 3 hours left"),
        (-7_200, "已超 2 小时", "2 hours overdue"),
        (-7_260, "已超 2 小时 1 分钟", "2 hours 1 minute overdue"),
        (172_830, "还剩 2 天", "2 days left"),
        (59, "还剩 不到 1 分钟", "less than a minute left"),
        (3_600, "还剩 1 小时", "1 hour left"),
        (None, "", ""),
    ],
)
def test_what_is_left_is_said_in_two_units_at_the_most(seconds: float | None, zh: str, en: str) -> None:
    assert remaining(seconds, "zh") == zh
    assert remaining(seconds, "en") == en


@pytest.mark.parametrize(
    ("moment", "spelled"),
    [
        ("2026-03-02T01:30:00+00:00", "2026-03-02 09:30"),
        ("2026-03-02T18:30:00Z", "2026-03-03 02:30"),
        ("2026-03-02T09:30:00+08:00", "2026-03-02 09:30"),
        ("2026-03-02", "2026-03-02"),
        ("soon", "soon"),
        (None, ""),
    ],
)
def test_times_are_shown_as_they_are_in_shanghai(moment: str | None, spelled: str) -> None:
    assert when(moment) == spelled


def test_midnight_ends_the_day_before() -> None:
    assert due("2026-03-10T00:00:00+08:00") == "2026-03-09 24:00"
    assert due("2026-03-10T17:00:00+08:00") == "2026-03-10 17:00"


@pytest.mark.parametrize(
    ("value", "zh"),
    [
        (True, "是"),
        (None, "—"),
        ([], "—"),
        (["phone", "visit"], "电话、上门"),
        ("2026-03-02T01:30:00+00:00", "2026-03-02 09:30"),
        ("2026-03-02", "2026-03-02"),
        ("some_code", "some_code"),
        (3, "3"),
    ],
)
def test_plain_values_are_spelled_for_people(value: object, zh: str) -> None:
    assert shown(value, terms(), "zh") == zh


def test_the_stages_before_are_done_and_those_after_are_next() -> None:
    assert [stage["place"] for stage in stage_line("handle")] == ["done", "done", "now", "next"]
    assert [stage["place"] for stage in stage_line("feedback", ended=True)] == ["done"] * 4
    assert [stage["place"] for stage in stage_line("unheard_of")] == ["next"] * 4


# -- a case -------------------------------------------------------------------


def context(**more: Any) -> dict[str, Any]:
    return case_context({**CASE, **more}, FORMS, terms=terms(), lang="zh")


def test_the_clock_in_most_need_comes_first_and_stopped_ones_last() -> None:
    clocks = context()["clocks"]

    assert [clock["name"] for clock in clocks] == ["first_contact", "finish", "investigation", "sign_in"]
    assert clocks[0]["left"] == "已超 2 小时 1 分钟"
    assert clocks[0]["used"] == 100
    assert 0 < clocks[1]["used"] < 100


@pytest.mark.parametrize(
    ("how", "by", "late", "zh", "en"),
    [
        ("stopped", "concluded", 0, "办结 2026-03-02 09:30，未超期", "Concluded 2026-03-02 09:30, within its time"),
        (
            "stopped",
            "concluded",
            97_200,
            "办结 2026-03-02 09:30，已超 1 天 3 小时",
            "Concluded 2026-03-02 09:30, 1 day 3 hours overdue",
        ),
        ("stopped", "concluded", None, "办结 2026-03-02 09:30", "Concluded 2026-03-02 09:30"),
        ("stopped", "", 0, "停止计算 2026-03-02 09:30，未超期", "Stopped 2026-03-02 09:30, within its time"),
        ("given_up", "closed", 0, "结案 2026-03-02 09:30，不再计算", "Closed 2026-03-02 09:30, counted no more"),
        ("given_up", "", None, "未开始计算", "Never began"),
        ("lapsed", "", None, "期满", "Ran to its end"),
    ],
)
def test_a_stopped_clock_says_how_it_ended(how: str, by: str, late: int | None, zh: str, en: str) -> None:
    ended = {"how": how, "by": by, "at": "2026-03-02T01:30:00+00:00", "late_seconds": late}
    clock = {**CASE["clocks"][0], "state": "stopped", "ended": ended}

    said = {lang: case_context({**CASE, "clocks": [clock]}, FORMS, terms=terms(), lang=lang) for lang in LANGUAGES}
    with create_app().test_request_context("/cases/1?lang=zh"):
        html = render_case({**CASE, "clocks": [clock]}, FORMS, None, CSRF)

    assert [said[lang]["clocks"][0]["over"] for lang in LANGUAGES] == [zh, en]
    assert f'<span class="light {"late" if late else "done"}"><i aria-hidden="true"></i>{zh}</span>' in html


def test_a_clock_is_called_by_its_own_label_where_it_has_one() -> None:
    [clock] = context(clocks=[{**CASE["clocks"][0], "label": {"zh": "调查", "en": "Investigate"}}])["clocks"]

    assert clock["label"] == "调查"


def test_actions_that_a_guard_forbids_are_told_apart_with_their_reasons() -> None:
    found = context()

    assert [action["trigger"] for action in found["actions"]] == [
        "roster_verified",
        "contact_made",
        "extension_requested",
    ]
    [refused] = found["refused"]
    assert refused["reasons"] == ["名册尚未核实，不能办结"]


def test_steps_that_bring_the_case_on_stand_first_and_ways_out_of_it_last() -> None:
    steps = [("transferred", "transferred"), ("noted", "roster_due"), ("verified", "pay_order_due"), ("sent", "asked")]
    actions = [{"trigger": trigger, "target": target} for trigger, target in steps]

    found = case_context({**CASE, "actions": actions}, {}, terms=terms(), lang="zh", ends={"transferred"})

    assert [action["trigger"] for action in found["actions"]] == ["verified", "sent", "noted", "transferred"]


def test_what_was_sent_in_is_the_first_of_the_facts() -> None:
    (label, said), *_ = context()["facts"]

    assert (label, said[:6]) == ("内容", "我们木工班组")


def test_legal_bases_are_named_for_people() -> None:
    warned = {**CASE, "warnings": [{"zh": "请核实", "en": "Check it", "basis": "法-3"}]}

    found = case_context(warned, FORMS, terms=terms(), lang="zh", law=lambda code: f"《{code}》")

    assert found["warnings"][0]["basis"] == "《法-3》"
    assert found["actions"][0]["basis"] == "《国令724-50》"


def test_rows_of_a_kept_form_become_a_table() -> None:
    entry = context()["timeline"][-1]

    assert entry["form"]["pairs"][1][1] == {
        "kind": "table",
        "head": ["姓名", "欠付金额", "工人签字确认"],
        "rows": [["工人甲", "12600.00", "是"], ["工人乙", "9800.00", "否"]],
    }


def test_kept_forms_are_on_file_and_plain_values_among_the_facts() -> None:
    found = context()

    assert ("协办单位", "东城社区、司法所") in found["facts"]
    assert [kept["name"] for kept in found["record"]] == ["contact_made"]


def test_a_case_with_nothing_but_its_columns_has_a_page() -> None:
    bare = {"id": "1", "state": "closed", "stage": "feedback", "version": 1}

    found = case_context(bare, {}, terms=terms(), lang="zh")

    assert (found["facts"], found["clocks"], found["timeline"], found["actions"]) == ([], [], [], [])


# -- pages --------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_well_formed_and_needs_nothing_from_elsewhere(client: FlaskClient, path: str, lang: str) -> None:
    html = client.get(path, headers={"Accept-Language": lang}).text

    page = Reader(html)

    assert page.complaints == []
    assert not [attrs for _, attrs in page.tags if any(name == "style" or name.startswith("on") for name in attrs)]
    assert not page.all("style")
    assert all(script.get("src") for script in page.all("script"))
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", html)


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_its_label_and_no_id_comes_twice(client: FlaskClient, path: str) -> None:
    page = Reader(re.sub(r"<template>.*?</template>", "", client.get(path).text, flags=re.DOTALL))
    ids = [str(attrs["id"]) for _, attrs in page.tags if "id" in attrs]
    labelled = {label.get("for") for label in page.all("label")}
    asked = [*page.all("select"), *page.all("textarea"), *page.all("input")]

    assert len(ids) == len(set(ids))
    assert not [one for one in asked if one.get("id") and one["id"] not in labelled]
    assert not [
        attrs for _, attrs in page.tags if attrs.get("aria-describedby") and attrs["aria-describedby"] not in ids
    ]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_lacks_a_word_of_chinese(path: str) -> None:
    app = create_app()
    words = app.extensions["jiesu-pages"].terms

    app.test_client().get(path)

    assert words.missing() == []


def test_the_languages_are_asked_for_by_query_then_cookie_then_browser(client: FlaskClient) -> None:
    def spoken(**sent: Any) -> str:
        return client.get("/cases", **sent).headers["Content-Language"]

    assert spoken() == "zh"
    assert spoken(headers={"Accept-Language": "en-GB,en;q=0.9"}) == "en"
    assert spoken(headers={"Accept-Language": "fr"}) == "zh"
    assert spoken(query_string={"lang": "en"}) == "en"
    assert spoken(headers={"Accept-Language": "zh-CN"}) == "en"
    assert spoken(query_string={"lang": "xx"}) == "en"


def test_an_action_is_sent_with_its_token_version_and_key(client: FlaskClient) -> None:
    page = Reader(client.get("/cases/7").text)
    hidden = [one for one in page.all("input") if one.get("type") == "hidden"]

    keys = [str(one["value"]) for one in hidden if one["name"] == "_idempotency_key"]

    assert len(keys) == len(set(keys)) == 3
    assert {one["value"] for one in hidden if one["name"] == "_version"} == {"4"}
    assert CSRF in {one["value"] for one in hidden if one["name"] == "_csrf_token"}
    assert "/cases/7/actions/contact_made" in {form.get("action") for form in page.all("form")}
    assert "multipart/form-data" in {form.get("enctype") for form in page.all("form")}


def test_a_refused_form_is_opened_again_with_what_was_typed_and_what_is_wrong(client: FlaskClient) -> None:
    html = client.post(
        "/cases/1/actions/roster_verified",
        data={"employer": '<b>"某"</b>', "workers-3-name": "工人甲", "workers-3-owed": "很多", "sources": "payroll"},
    ).text

    assert 'value="&lt;b&gt;&#34;某&#34;&lt;/b&gt;"' in html
    assert 'name="workers-0-name" value="工人甲"' in html
    assert "应为数字。" in html
    assert 'value="payroll" checked' in html
    assert '<details class="action" id="action-roster_verified" open>' in html
    assert 'href="/cases/1?lang=en"' in html


@pytest.mark.parametrize(("ended_at", "is_open"), [(None, True), (CASE["opened_at"], False)])
def test_the_only_thing_to_do_lies_open_unless_the_case_has_ended(ended_at: str | None, is_open: bool) -> None:  # noqa: FBT001
    only = {**CASE, "actions": CASE["actions"][:1], "ended_at": ended_at}

    with create_app().test_request_context("/cases/1"):
        html = render_case(only, FORMS, None, CSRF)

    assert (f'id="action-{only["actions"][0]["trigger"]}" open>' in html) is is_open


def test_without_script_one_more_row_can_be_filled_in_and_need_not_be(client: FlaskClient) -> None:
    html = client.get("/cases/1").text
    extra = html.partition("<noscript>")[2].partition("</noscript>")[0]

    assert 'name="workers-0-name"' in html
    assert 'name="workers-1-name"' in extra
    assert " required" not in extra


def test_a_row_that_may_stay_blank_comes_without_its_defaults(client: FlaskClient) -> None:
    html = client.get("/cases/1").text
    first = html[html.index('name="workers-0-trade"') :]
    extra = html[html.index('name="workers-1-trade"') :]

    assert '<option value="mason" selected>' in first[: first.index("</select>")]
    assert "selected" not in extra[: extra.index("</select>")]


def test_personal_data_is_masked_until_a_purpose_is_given(client: FlaskClient) -> None:
    html = client.get("/cases/1").text

    assert "138****1234" in html
    assert 'action="/cases/1/reveal"' in html
    assert 'name="purpose" required' in html


def test_what_residents_write_is_never_taken_for_markup() -> None:
    nasty = {**CASE, "title": "<script>alert(1)</script>", "details": {"text": '"><img src=x onerror=alert(1)>'}}
    app = create_app()

    with app.test_request_context("/cases/1"):
        html = render_case(nasty, FORMS, None, CSRF)

    assert "<script>alert" not in html
    assert "<img src=x" not in html


@pytest.mark.parametrize(("count", "folded"), [(2, False), (4, True)])
def test_many_clocks_that_are_over_and_steps_that_are_refused_stand_folded(count: int, folded: bool) -> None:  # noqa: FBT001
    stopped = [{**CASE["clocks"][0], "name": f"clock{n}", "state": "stopped"} for n in range(count)]
    refused = [{**CASE["actions"][-1], "trigger": f"step{n}", "allowed": False} for n in range(count)]
    app = create_app()

    with app.test_request_context("/cases/1"):
        html = render_case({**CASE, "clocks": [CASE["clocks"][0], *stopped], "actions": refused}, FORMS, None, CSRF)

    assert (f"已停止的时限（{count}）" in html) is folded
    assert (f"现在不能办理的（{count}）" in html) is folded
    assert html.count('class="clock stopped') == count
    assert html.count('class="action refused"') == count
    assert Reader(html).complaints == []


def test_a_list_leads_to_its_next_page_with_its_filters(client: FlaskClient) -> None:
    html = client.get("/cases").text

    assert 'href="?stage=handle&amp;sort=due_at&amp;after=2026-03-02T01%3A30%3A00Z~01890000" rel="next"' in html
    assert "已超 2 小时 1 分钟" in html


def test_the_menu_shows_what_one_may_see_and_where_one_is(client: FlaskClient) -> None:
    html = client.get("/cases").text

    assert '<a href="/cases" aria-current="page">工资支付</a>' in html
    assert '<summary aria-current="true">办理</summary>' in html
    # A heading with one entry would only be in its way.
    assert html.count("<summary") == html.count('<details name="menu">') == 1
    assert "/admin" not in html


def test_a_problem_says_what_and_where_and_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/problem")

    assert answer.status_code == 409
    assert "名册尚未核实" in answer.text
    assert "工人名册 › 1 › 欠付金额" in answer.text
    assert "核实名册、联系诉求人" in answer.text


def test_a_problem_of_any_status_has_a_title() -> None:
    app = create_app()

    with app.test_request_context("/"):
        for status in (400, 401, 403, 404, 418, 500):
            html, answered = render_problem({"status": status})
            assert answered == status
            assert "<h1></h1>" not in html


def test_a_page_that_expired_does_not_say_that_somebody_has_no_right() -> None:
    app = create_app()

    with app.test_request_context("/"):
        html, _status = render_problem(
            {"status": 403, "type": "urn:jiesu:problem:csrf", "zh": "请刷新", "en": "Reload"}
        )

    assert "<h1>页面已过期</h1>" in html


@pytest.mark.parametrize(
    ("opened", "due_at", "light"),
    [
        ("2026-03-09T08:00:00+08:00", "2026-03-09T14:00:00+08:00", "green"),
        ("2026-03-09T04:00:00+08:00", "2026-03-09T10:00:00+08:00", "yellow"),
        ("2026-03-02T09:00:00+08:00", "2026-03-11T00:00:00+08:00", "green"),
        ("2026-03-02T09:00:00+08:00", "2026-03-10T00:00:00+08:00", "yellow"),
        ("2026-03-02T09:00:00+08:00", "2026-03-09T08:00:00+08:00", "red"),
        (None, "2026-03-10T00:00:00+08:00", "yellow"),
        ("2026-03-02T09:00:00+08:00", None, None),
    ],
)
def test_a_row_of_a_list_warns_near_its_end_and_not_from_its_beginning(
    opened: str | None, due_at: str | None, light: str | None
) -> None:
    now = datetime.fromisoformat("2026-03-09T09:00:00+08:00")

    row = listed({"opened_at": opened, "due_at": due_at, "ended_at": None}, now)

    assert row["light"] == light


def test_an_app_with_a_prefix_and_under_a_mount_leads_to_its_own_pages() -> None:
    app = Flask("mounted")
    register_pages(app, Terms(CHASSIS / "terms.toml"), prefix="/lighting")

    with app.test_request_context("/lighting/cases/1", base_url="http://localhost/town"):
        html = render_case({**CASE, "id": "1"}, {}, None, CSRF)

    assert 'action="/town/lighting/cases/1/actions/contact_made"' in html
    assert 'href="/town/lighting/static/chassis/jiesu.css"' in html


def test_static_files_are_served_and_small(client: FlaskClient) -> None:
    for name in ("jiesu.css", "jiesu.js", "seal.svg"):
        answer = client.get(f"/static/chassis/{name}")
        assert answer.status_code == 200
        assert len(answer.data) < 40_000
        answer.close()


def test_an_interface_is_shown_with_its_references_resolved() -> None:
    found = api_context(OPENAPI)

    [listing, acting] = [operation for group in found["groups"] for operation in group["operations"]]
    assert [one["name"] for one in listing["parameters"]] == ["state", "limit"]
    assert acting["body"][0]["schema"] == "Roster"
    assert found["schemas"]["Case"][2]["type"] == "[Clock]"
    assert found["schemas"]["Case"][1]["limits"] == "roster_due | ordered_to_pay"


def test_a_reference_that_leads_to_itself_does_no_harm() -> None:
    circle = {"components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}, "paths": {}}

    assert api_context(circle)["schemas"] == {"A": []}


def test_what_is_said_in_both_languages_is_shown_in_one_and_clocks_stand_in_their_own_place() -> None:
    grounds = [{"rule": "wages", "zh": "欠薪诉求", "en": "Wage claims"}, {"weight": 15.647441860465117}]
    details = {"grounds": grounds, "rework": {"round": 2, "clocks": [{"name": "finish"}]}, "clocks": [{"name": "x"}]}

    found = {lang: case_context({**CASE, "details": details}, FORMS, terms=terms(), lang=lang) for lang in LANGUAGES}

    zh, en = (str([kept["tree"] for kept in found[lang]["record"]]) for lang in ("zh", "en"))
    assert ("欠薪诉求" in zh, "Wage claims" in zh) == (True, False)
    assert ("欠薪诉求" in en, "Wage claims" in en) == (False, True)
    assert "15.647'" in zh
    assert "finish" not in zh
    assert [kept["name"] for kept in found["zh"]["record"]] == ["grounds", "rework"]


def test_who_did_something_is_named_and_not_shown_as_an_account() -> None:
    details = {"drafted_by": "account-7", "handled_by": "account-9", "handled_by_name": "处办员乙", "asked": "resident"}
    mine = {**CASE["timeline"][0], "actor": {"id": "account-7", "name": "处办员甲", "role": "handler"}}
    his = {**mine, "actor": {"id": "resident", "name": "诉求人", "role": "public"}}
    mine = {**mine, "form": {"rows": [{"by": "account-9", "by_name": "处办员乙", "note": "已电话联系"}]}}

    found = case_context({**CASE, "details": details, "timeline": [mine, his]}, FORMS, terms=terms(), lang="zh")

    said = [value for _, value in found["facts"]]
    assert {"处办员甲", "处办员乙", "resident"} <= {*said}, "what is no account's id stays as it is"
    assert said.count("处办员乙") == 1
    assert "account-" not in str([found["facts"], found["record"], [one["form"] for one in found["timeline"]]])


def test_what_a_case_keeps_for_its_procedure_is_on_file_and_not_among_the_facts() -> None:
    details = {"text": "路灯不亮", "return_open": False, "confidence": 0.9993}

    found = case_context({**CASE, "details": details}, FORMS, terms=terms(), lang="zh", inner=("return_open", "none"))

    assert [label for label, _ in found["facts"]].count(terms().field("return_open", "zh")) == 0
    assert [value for _, value in found["facts"]][-1] == "99.9%"
    assert [kept["tree"]["pairs"][0][1]["text"] for kept in found["record"]] == ["否"]


def test_a_step_about_nothing_in_the_case_is_left_out_and_one_that_is_refused_says_why() -> None:
    refused = {"target": "", "form": {}, "allowed": False, "basis": ""}
    said = [{"zh": "没有查封、扣押的物品", "en": "no things are seized"}]
    actions = [
        {**refused, "trigger": "goods_released", "refusals": said, "moot": True},
        {**refused, "trigger": "concluded", "refusals": said, "moot": False},
    ]

    found = case_context({**CASE, "actions": actions}, FORMS, terms=terms(), lang="zh")

    assert [one["trigger"] for one in found["refused"]] == ["concluded"]


def test_a_promise_on_the_timeline_ends_at_24_as_its_clock_does() -> None:
    assert shown("2026-12-03T15:59:59+00:00", terms(), "zh", "due") == "2026-12-03 24:00"
    assert shown("2026-12-03T15:59:59+00:00", terms(), "zh", "at") == "2026-12-03 23:59"


def test_a_time_that_ends_with_its_day_ends_at_24() -> None:
    assert due("2026-12-03T15:59:59+00:00") == due("2026-12-03T16:00:00+00:00") == "2026-12-03 24:00"
    assert due("2026-12-03T15:58:59+00:00") == "2026-12-03 23:58"


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        ("sensitive:fire", "flags", "敏感：火灾"),
        ("merged", "end", "并入其他诉求"),
        ("merged", "", "merged"),
        (0, "entry_version", "初始版本"),
        (0, "persons", "0"),
    ],
)
def test_a_code_is_said_in_words_of_its_own_or_of_its_field_alone(value: object, field: str, said: str) -> None:
    words = Terms.of(
        {"values": {"sensitive:fire": "敏感：火灾", "end.merged": "并入其他诉求", "entry_version.0": "初始版本"}}
    )

    assert shown(value, words, "zh", field) == said


def test_a_stored_clock_on_file_is_named_and_its_settings_are_not_listed() -> None:
    clock = {"name": "finish", "started_at": "2026-03-02T01:30:00Z", "roll": "none", "ends": "midnight", "zh": "办结"}

    context = case_context({**CASE, "details": {"held": {"promise": clock}}}, FORMS, terms=terms(), lang="zh")

    [(_, tree)] = context["record"][0]["tree"]["pairs"]
    assert [pair[1]["text"] for pair in tree["pairs"]] == ["办结", "2026-03-02 09:30"]


def test_what_is_named_on_file_is_named_on_the_timeline_too() -> None:
    kept = {"answered": {"entry": "dogs", "entry_name": "犬只扰民怎样处理"}}
    taken = {**CASE["timeline"][1], "form": {"entry": "dogs"}}

    context = case_context({**CASE, "details": kept, "timeline": [taken]}, FORMS, terms=terms(), lang="zh")

    [(_, said)] = context["timeline"][0]["form"]["pairs"]
    assert said["text"] == "犬只扰民怎样处理"
