"""The knowledge base: found while one types, kept in versions, answered with in one go."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis import moments
from services.intake.answers import knowledge, stock
from services.intake.answers.knowledge import Entry, Index, KnowledgeError
from tests.services.intake.test_desk import CALL, HTML, form, send
from tests.services.intake.test_doors import stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room

LATER = knowledge.day_of(moments.now()) + timedelta(days=300)
FORM = {
    "id": "street-lamps",
    "kind": "contact",
    "title": "路灯不亮找谁",
    "questions": "路灯坏了\n路灯多久修好",
    "answer": "请告诉我们灯杆编号，我们登记后派单维修。",
    "basis": "某条例第三条",
    "owner": "enforcement_squad",
    "review_by": LATER.isoformat(),
}
ROW = {**FORM, "questions": ["路灯坏了"], "review_by": date(2027, 1, 1)}
VERSION = re.compile(r'name="_version" value="(\d*)"')
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


@pytest.fixture
def desk(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Give the desk's header."""
    return {**HTML, **token("desk")}


@pytest.fixture
def colleague(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Give the header of somebody else who may review."""
    return {**HTML, **token("leader", person="p2")}


@pytest.fixture
def operator(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Give an operator's header."""
    return {**HTML, **token("operator")}


def entry(name: str, title: str, *questions: str, answer: str = "请到窗口办理。", **more: Any) -> Entry:
    given = {"basis": "某条例", "owner": "labour_office", "review_by": date(2027, 1, 1), **more}
    return Entry(id=name, title=title, questions=questions, answer=answer, **given)


def write(client: FlaskClient, who: dict[str, str], path: str, **fields: str) -> Any:
    page = client.get(path if path.endswith("added") else path.rpartition("/")[0], headers=who).text
    found, version = TOKEN.search(page), VERSION.search(page)
    assert found is not None
    seen = {"_version": version[1]} if version else {}
    return client.post(path, data={"_csrf_token": found[1], **seen, **fields}, headers=who)


# -- finding ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("低保", "minimum-living"),
        ("老板拖欠我三个月的工资", "unpaid-wages"),
        ("楼道里有人给电动车充电", "corridor-clutter"),
        ("狗不拴绳", "dogs"),
        ("调解协议对方不履行", "mediation-confirmed"),
        ("井盖丢了", "manhole-cover"),
    ],
)
def test_a_fragment_finds_its_entry_and_says_by_which_words(typed: str, found: str) -> None:
    [best, *_] = Index(knowledge.shipped()).search(typed)

    assert best.entry.id == found
    assert best.words
    assert all(word in typed for word in best.words)


@pytest.mark.parametrize("typed", ["", "狗", "三号楼前路灯不亮很久了没有人修请尽快处理", "!!??", "a" * 5000])
def test_what_no_entry_is_about_finds_nothing(typed: str) -> None:
    assert Index(knowledge.shipped()).search(typed) == []


def test_a_rare_word_counts_for_more_than_one_that_all_entries_have() -> None:
    index = Index([entry(f"e{n}", "怎样办理登记") for n in range(9)] + [entry("lamp", "怎样修理路灯")])

    assert index.search("怎样修理路灯")[0].entry.id == "lamp"
    assert index.search("怎样路灯")[0].entry.id == "lamp"


def test_two_thousand_entries_are_searched_within_ten_milliseconds_of_processor_time() -> None:
    shipped = knowledge.shipped()
    many = [
        entry(f"e{n}", f"{one.title}{n}", *one.questions, answer=f"{one.answer}{n}")
        for n in range(2000)
        for one in [shipped[n % len(shipped)]]
    ]
    index = Index(many)
    spent = []

    for typed in ("装修登记", "老板拖欠我三个月的工资一直不给我应该找谁投诉才能要回来", "楼道"):
        for _ in range(7):
            began = time.process_time()
            assert index.search(typed)
            spent.append(time.process_time() - began)

    assert sorted(spent)[len(spent) // 2] < 0.010


def test_the_newest_version_of_the_street_counts_and_what_is_withdrawn_does_not() -> None:
    own = [entry("dogs", "旧"), entry("dogs", "新", version=2), entry("lift-rescue", "撤", version=1, withdrawn=True)]

    found = knowledge.in_force([own[0], own[1], own[2]])

    assert found["dogs"].title == "新"
    assert "lift-rescue" not in found
    assert found["manhole-cover"].version == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"entry": [{**ROW, "id": "No"}]},
        {"entry": [{name: said for name, said in ROW.items() if name != "basis"}]},
        {"entry": [{**ROW, "more": 1}]},
        {"entry": [{**ROW, "kind": "rumour"}]},
        {"entry": [{**ROW, "review_by": "2027-01-01"}]},
        {"entry": [ROW, ROW]},
    ],
)
def test_entries_that_can_not_be_used_are_refused_with_file_and_row(wrong: dict[str, Any]) -> None:
    with pytest.raises(KnowledgeError, match=r"knowledge\.toml, entry \d"):
        knowledge.read(wrong)


def test_an_entry_that_is_right_is_read_with_its_kind() -> None:
    [one] = knowledge.read({"entry": [ROW]})

    assert (one.id, one.kind) == ("street-lamps", "contact")


def test_the_desk_writes_of_which_kind_an_entry_is_and_the_list_is_narrowed_by_it(
    client: FlaskClient, desk: dict[str, str], operator: dict[str, str]
) -> None:
    assert write(client, desk, "/knowledge/added", **FORM).status_code == 303
    found = client.get("/api/v1/knowledge?kind=contact", headers=operator).get_json()["items"]
    shown = client.get("/knowledge?kind=contact", headers={**operator, "Accept": "text/html"}).text

    assert {one["id"] for one in found} == {"street-lamps", "unpaid-wages"}
    assert {one["kind"] for one in found} == {"contact"}
    assert "路灯不亮找谁" in shown
    assert "遛狗有什么规定" not in shown
    assert client.get("/api/v1/knowledge?kind=rumour", headers=operator).status_code == 400


def test_each_entry_shipped_has_an_owner_a_basis_and_a_day_of_review() -> None:
    assert len(knowledge.shipped()) >= 12
    assert all(one.owner and one.basis and one.review_by for one in knowledge.shipped())


# -- the door for programs ----------------------------------------------------


def test_the_api_tells_what_fits_why_and_whether_it_may_be_used(client: FlaskClient, operator: dict[str, str]) -> None:
    answer = client.get("/api/v1/knowledge?q=装修噪音扰民", headers={**operator, "Accept": "application/json"})

    [noise] = [one for one in answer.get_json()["items"] if one["id"] == "renovation-noise"]
    assert noise["overdue"] is True
    assert noise["usable"] is False
    assert "2026-08-14" in noise["refusal"]["zh"]
    assert noise["words"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_text_that_tells_of_an_emergency_names_the_line(client: FlaskClient, operator: dict[str, str]) -> None:
    found = client.get("/api/v1/knowledge?q=楼上着火了", headers=operator).get_json()

    assert found["emergency"] == [{"line": "119", "words": ["着火"]}]


@pytest.mark.parametrize("path", ["/api/v1/knowledge", "/knowledge", "/knowledge/matching?q=低保", "/knowledge/dogs"])
def test_handlers_and_strangers_see_no_knowledge_base(
    client: FlaskClient, token: Callable[..., dict[str, str]], path: str
) -> None:
    handler = client.get(path, headers={**HTML, **token("handler")})
    stranger = client.get(path, headers={"Accept": "application/json"})

    assert handler.status_code == 403
    assert stranger.status_code in (303, 401)


# -- the pages of the desk ----------------------------------------------------


def test_the_desk_adds_edits_reviews_withdraws_and_restores_and_each_version_stays(
    client: FlaskClient, app: Flask, desk: dict[str, str], operator: dict[str, str], colleague: dict[str, str]
) -> None:
    assert write(client, desk, "/knowledge/added", **FORM).status_code == 303
    assert write(client, desk, "/knowledge/street-lamps/edited", **{**FORM, "title": "路灯坏了找谁"}).status_code == 303
    later = (LATER + timedelta(days=1)).isoformat()
    assert write(client, colleague, "/knowledge/street-lamps/reviewed", review_by=later).status_code == 303
    assert write(client, desk, "/knowledge/street-lamps/withdrawn").status_code == 303

    gone = client.get("/api/v1/knowledge?q=路灯坏了", headers=operator).get_json()["items"]
    assert write(client, desk, "/knowledge/street-lamps/restored").status_code == 303
    back = client.get("/api/v1/knowledge?q=路灯坏了", headers=operator).get_json()["items"]

    assert gone == []
    assert [(one["id"], one["version"], one["review_by"]) for one in back] == [("street-lamps", 5, later)]
    with app.extensions["jiesu"].database.read() as session:
        versions = stock.versions(session, "street-lamps")
    assert [one.what for one in versions] == ["restored", "withdrawn", "reviewed", "edited", "added"]
    assert [one.by for one in versions] == ["p1", "p1", "p2", "p1", "p1"]
    assert "话务员甲" in client.get("/knowledge/street-lamps", headers=operator).text


def test_nobody_is_answered_with_what_only_its_writer_has_read(
    client: FlaskClient,
    app: Flask,
    desk: dict[str, str],
    operator: dict[str, str],
    colleague: dict[str, str],
    token: Callable[..., dict[str, str]],
) -> None:
    def offered() -> tuple[bool, str]:
        [one] = client.get("/api/v1/knowledge?q=路灯不亮找谁", headers=operator).get_json()["items"][:1]
        return one["usable"], (one["refusal"] or {}).get("zh", "")

    write(client, desk, "/knowledge/added", **FORM)
    by_himself = write(client, desk, "/knowledge/street-lamps/reviewed", review_by=LATER.isoformat())
    second = {**HTML, **token("desk", person="p3", name="话务员 甲")}
    by_his_other_account = write(client, second, "/knowledge/street-lamps/reviewed", review_by=LATER.isoformat())
    before = offered()
    by_another = write(client, colleague, "/knowledge/street-lamps/reviewed", review_by=LATER.isoformat())
    after = offered()
    write(client, desk, "/knowledge/street-lamps/edited", **{**FORM, "answer": "请拨打供电服务热线。"})
    changed = offered()

    assert (by_himself.status_code, by_his_other_account.status_code) == (409, 409)
    assert "请由另一人复核" in by_himself.text
    assert before[0] is False
    assert "尚未经另一人复核" in before[1]
    assert "待另一人复核" in client.get("/knowledge", headers=operator).text
    assert by_another.status_code == 303
    assert after == (True, "")
    assert changed[0] is False
    with app.extensions["jiesu"].database.read() as session:
        assert [one.what for one in stock.versions(session, "street-lamps")] == ["edited", "reviewed", "added"]


def test_a_review_brings_no_withdrawn_entry_back(
    client: FlaskClient, desk: dict[str, str], operator: dict[str, str], colleague: dict[str, str]
) -> None:
    write(client, desk, "/knowledge/added", **FORM)
    write(client, desk, "/knowledge/street-lamps/withdrawn")

    refused = write(client, colleague, "/knowledge/street-lamps/reviewed", review_by=LATER.isoformat())

    assert refused.status_code == 409
    assert "请先恢复再复核" in refused.text
    items = client.get("/api/v1/knowledge?q=路灯不亮找谁", headers=operator).get_json()["items"]
    assert "street-lamps" not in [one["id"] for one in items]


def test_who_saw_an_older_version_changes_nothing(client: FlaskClient, desk: dict[str, str]) -> None:
    page = client.get("/knowledge/dogs", headers=desk).text
    token, version = TOKEN.search(page), VERSION.search(page)
    assert token is not None
    assert version is not None
    old = {"_csrf_token": token[1], "_version": version[1], "review_by": LATER.isoformat()}

    first = client.post("/knowledge/dogs/reviewed", data=old, headers=desk)
    second = client.post("/knowledge/dogs/reviewed", data=old, headers=desk)

    assert (first.status_code, second.status_code) == (303, 409)
    assert "刷新" in second.text


def test_an_operator_reads_but_does_not_write(client: FlaskClient, operator: dict[str, str]) -> None:
    page = client.get("/knowledge", headers=operator)
    token = TOKEN.search(client.get("/desk/register?channel=street_hotline", headers=operator).text)
    assert token is not None

    refused = client.post(
        "/knowledge/dogs/withdrawn", data={"_csrf_token": token[1], "_version": "0"}, headers=operator
    )

    assert page.text.index("邻居装修太吵") < page.text.index("遛狗有什么规定")
    assert "逾期未复核" in page.text
    assert refused.status_code == 403
    assert "修改限诉求台" in refused.text


def test_a_review_that_ends_today_is_refused_beside_its_field(client: FlaskClient, desk: dict[str, str]) -> None:
    today = knowledge.day_of(moments.now()).isoformat()

    refused = write(client, desk, "/knowledge/added", **{**FORM, "review_by": today})
    taken = write(client, desk, "/knowledge/added", **{**FORM, "id": "dogs"})

    assert (refused.status_code, taken.status_code) == (422, 409)
    assert "复核日期应晚于今天" in refused.text
    assert FORM["answer"] in refused.text
    assert "请换一个" in taken.text


# -- answering on the spot ----------------------------------------------------


def test_one_press_registers_and_answers_and_tells_entry_and_version(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    body = form(client, operator, "street_hotline", text="邻里调解要不要收费", **{"contact-phone": "13800001111"})
    body["answer_with"] = "mediation-free:0"

    answer = send(client, operator, body)
    again = send(client, operator, body)

    assert (answer.status_code, again.status_code) == (303, 303)
    [registered], [answered] = room.told("appeal_registered.v1"), room.told("appeal_answered.v1")
    assert registered["hold"] is True
    assert answered["appeal_id"] == registered["appeal_id"]
    assert (answered["entry"], answered["entry_version"]) == ("mediation-free", 0)
    assert answered["reply"] == "人民调解委员会调解民间纠纷，不收取任何费用。"
    assert room.case(registered["appeal_id"]).details["answered"]["entry"] == "mediation-free"
    assert answered["reply"] in client.get(answer.headers["Location"], headers=operator).text


@pytest.mark.parametrize(
    ("pressed", "said"),
    [
        ("renovation-noise:0", "2026-08-14 已过"),
        ("mediation-free:3", "刚刚改过"),
        ("no-such:0", "没有这一条目"),
        ("mediation-free:x", "重新查找"),
    ],
)
def test_an_entry_that_may_not_be_used_registers_nothing_and_loses_nothing(
    client: FlaskClient, app: Flask, operator: dict[str, str], room: Room, pressed: str, said: str
) -> None:
    body = form(client, operator, "street_hotline", text="邻居装修太吵怎么办", **{"contact-phone": "13800001111"})

    answer = send(client, operator, {**body, "answer_with": pressed})

    assert answer.status_code in (404, 409, 422)
    assert said in answer.text
    assert "邻居装修太吵怎么办" in answer.text
    assert "13800001111" in answer.text
    assert stored(app) == 0
    assert room.told() == []


def test_without_javascript_a_button_shows_what_fits_and_nothing_typed_is_lost(
    client: FlaskClient, app: Flask, operator: dict[str, str]
) -> None:
    body = form(client, operator, "street_hotline", text="狗不拴绳谁来管", **{"contact-name": "居民甲"})

    page = send(client, operator, {**body, "lookup": "1"})

    assert page.status_code == 200
    assert "遛狗有什么规定" in page.text
    assert 'value="dogs:0"' in page.text
    assert "狗不拴绳谁来管" in page.text
    assert "居民甲" in page.text
    assert body["_idempotency_key"] in page.text
    assert stored(app) == 0


def test_from_the_case_the_words_may_be_changed_and_the_entry_is_kept(
    client: FlaskClient, operator: dict[str, str], room: Room
) -> None:
    send(client, operator, form(client, operator, "street_hotline", **{**CALL, "text": "狗不拴绳谁来管"}, hold="true"))
    [told] = room.told("appeal_registered.v1")
    where = f"/cases/{told['appeal_id']}"
    case = client.get(where, headers=operator).text
    page = client.get(f"{where}/answer", headers=operator).text
    token = TOKEN.search(page)
    assert token is not None

    answer = client.post(
        f"{where}/actions/answered",
        data={"_csrf_token": token[1], "entry": "dogs", "entry_version": "0", "reply": "已告知城管执法部门电话。"},
        headers=operator,
    )

    assert f"{where}/answer" in case
    assert "遛狗有什么规定" in page
    assert answer.status_code == 303, answer.text
    [answered] = room.told("appeal_answered.v1")
    assert (answered["entry"], answered["reply"]) == ("dogs", "已告知城管执法部门电话。")
    assert "以此答复" not in client.get(f"{where}/answer", headers=operator).text


def test_an_answer_without_an_entry_names_none(client: FlaskClient, operator: dict[str, str], room: Room) -> None:
    send(client, operator, form(client, operator, "street_hotline", **CALL, hold="true"))
    [told] = room.told("appeal_registered.v1")

    done = client.post(
        f"/api/v1/cases/{told['appeal_id']}/actions/answered", json={"form": {"reply": "已当场说明"}}, headers=operator
    )

    assert done.status_code == 200, done.text
    [answered] = room.told("appeal_answered.v1")
    assert (answered["entry"], answered["entry_version"]) == ("", 0)


# -- told to the mechanisms, and what they found lacking ----------------------------


GAP = {
    "case_id": "C1",
    "question": "充电桩由谁审批",
    "answer": "由社区统一申报。",
    "source": "城建办答复",
    "unit": "chengjian",
    "at": "2026-11-20T01:00:00+00:00",
}


def told(room: Room) -> list[tuple[str, int, bool]]:
    return [(one["id"], one["entry_version"], one["withdrawn"]) for one in room.told("knowledge_changed.v1")]


def test_what_is_shipped_is_told_once_and_what_is_dropped_is_told_as_withdrawn(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.run("tell_the_knowledge_base")
    room.run("tell_the_knowledge_base")
    assert sorted(told(room)) == sorted((one.id, 0, False) for one in knowledge.shipped())

    fewer = knowledge.shipped()[1:]
    monkeypatch.setattr(knowledge, "shipped", lambda: fewer)
    room.run("tell_the_knowledge_base")

    assert len(told(room)) == len(fewer) + 2
    assert [name for name, _version, withdrawn in told(room) if withdrawn] == ["minimum-living"]


def test_each_version_of_the_desk_is_told_with_it_and_not_again_by_the_chore(
    client: FlaskClient, desk: dict[str, str], colleague: dict[str, str], room: Room
) -> None:
    room.run("tell_the_knowledge_base")
    shipped = len(told(room))
    write(client, desk, "/knowledge/added", **FORM)
    write(client, colleague, "/knowledge/street-lamps/reviewed", review_by=LATER.isoformat())
    write(client, desk, "/knowledge/street-lamps/withdrawn")
    room.run("tell_the_knowledge_base")

    found = room.told("knowledge_changed.v1")[shipped:]

    assert [(one["entry_version"], one["checked"], one["withdrawn"]) for one in found] == [
        (1, False, False),
        (2, True, False),
        (3, False, True),
    ]
    assert found[0]["questions"] == ["路灯坏了", "路灯多久修好"]


def test_what_a_mechanism_found_lacking_is_listed_and_an_entry_written_for_it_settles_it(
    client: FlaskClient, desk: dict[str, str], operator: dict[str, str], room: Room
) -> None:
    gap = room.hear("hotline.knowledge_gap_found.v1", "A9", GAP)
    assert GAP["question"] in client.get("/knowledge", headers=operator).text
    path = f"/knowledge/added?gap={gap}"
    assert GAP["answer"] in client.get(path, headers=desk).text

    found = TOKEN.search(client.get(path, headers=desk).text)
    assert found is not None
    posted = {"_csrf_token": found[1], "_gap": gap, **FORM}
    assert client.post("/knowledge/added", data={**posted, "id": "X"}, headers=desk).status_code == 422
    [still] = client.get("/api/v1/knowledge/gaps", headers=operator).get_json()["items"]
    assert (still["question"], still["told_by"]) == (GAP["question"], "hotline")
    assert client.post("/knowledge/added", data=posted, headers=desk).status_code == 303

    assert client.get("/api/v1/knowledge/gaps", headers=operator).get_json()["items"] == []
    assert client.post("/knowledge/added", data={**posted, "id": "other"}, headers=desk).status_code == 409


def test_a_gap_may_be_left_without_an_entry_by_the_desk_only(
    client: FlaskClient, desk: dict[str, str], operator: dict[str, str], room: Room
) -> None:
    gap = room.hear("hotline.knowledge_gap_found.v1", "A9", GAP)
    found = TOKEN.search(client.get("/knowledge", headers=desk).text)
    assert found is not None
    path, posted = f"/knowledge/gaps/{gap}/dismissed", {"_csrf_token": found[1]}

    assert client.post(path, data=posted, headers=operator).status_code == 403
    assert client.post(path, data=posted, headers=desk).status_code == 303
    assert client.post(path, data=posted, headers=desk).status_code == 409
    assert client.post("/knowledge/gaps/none/dismissed", data=posted, headers=desk).status_code == 404
