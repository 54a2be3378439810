"""The same matter again: of one petitioner or of many, while it is open and after it was closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from chassis import moments, papers
from chassis.keys import KeyFolder
from chassis.sealing import unseal
from chassis.testing import Room
from services.intake import rules
from services.intake.matters import repeats

URL = "/api/v1/appeals"
FIRST = {
    "title": "小区停水",
    "text": "示例花园三号楼从昨晚起停水，请尽快抢修。",
    "place": {"text": "示例花园三号楼"},
    "contact": {"name": "居民甲", "phone": "13800000001"},
}
OTHER = {
    "title": "没有水用",
    "text": "示例花园五号楼没有水，已经一天了，家里有老人。",
    "place": {"text": "示例花园五号楼"},
    "contact": {"name": "居民乙", "phone": "13800000002"},
}
REASON = "同一小区同一时段停水"

Token = Callable[..., dict[str, str]]


@pytest.fixture
def desk(client: FlaskClient, token: Token) -> Callable[..., Any]:
    """Give what the desk does with a case."""

    def act(case_id: str, trigger: str, **form: Any) -> Any:
        url = f"/api/v1/cases/{case_id}/actions/{trigger}"
        return client.post(url, json={"form": form}, headers=token("desk"))

    return act


@pytest.fixture
def post(client: FlaskClient) -> Callable[..., dict[str, str]]:
    """Give what registers an appeal."""

    def send(body: dict[str, Any], **more: Any) -> dict[str, str]:
        answer = client.post(URL, json={**body, **more})
        assert answer.status_code == 201, answer.get_json()
        made: dict[str, str] = answer.get_json()
        return made

    return send


def phone(number: int) -> dict[str, Any]:
    return {"contact": {"name": f"居民{number}", "phone": f"139000{number:05}"}}


def dispatch(room: Room, appeal: dict[str, str], mechanism: str = "enforcement", **more: str) -> None:
    sent = {
        "mechanism": mechanism,
        "lead_unit": "squad",
        "number": "2026-000001",
        "at": moments.now().isoformat(),
        **more,
    }
    room.hear("routing.appeal_dispatched.v1", appeal["appeal_id"], sent)


def heard(room: Room, key: str, appeal: dict[str, str], minutes: int, **data: Any) -> None:
    at = (moments.now() + timedelta(minutes=minutes)).isoformat()
    room.hear(key, appeal["appeal_id"], {**data, "at": at})


def close(room: Room, appeal: dict[str, str]) -> None:
    heard(room, "enforcement.case_concluded.v1", appeal, 5, reply="管道已修复，供水恢复。", outcome="solved")
    heard(room, "feedback.appeal_closed.v1", appeal, 6, end="rated")


def shown(client: FlaskClient, appeal: dict[str, str]) -> Any:
    return client.get(f"{URL}/{appeal['tracking_code']}").get_json()


def test_a_number_that_the_desk_adds_for_a_caller_reaches_his_handler_sealed(
    room: Room, post: Any, desk: Any, folder: KeyFolder
) -> None:
    appeal = post(FIRST)
    dispatch(room, appeal)

    answer = desk(appeal["appeal_id"], "supplemented", text="来电补充：请改打 13912345678。")

    assert answer.status_code == 200, answer.get_json()
    assert room.told("material_forwarded.v1")[-1]["text"] == "来电补充：请改打 139****5678。"
    told = room.told("petitioner_disclosed.v1")[-1]
    assert "13912345678" in unseal(told["sealed"], folder.private("enforcement"))["text"]
    assert "13912345678" not in str(room.case(appeal["appeal_id"]).details)


# -- other callers, the same matter ---------------------------------------------


def test_another_caller_is_joined_by_the_desk_and_the_handler_sees_his_words_and_how_many_they_are(
    room: Room, post: Any, desk: Any
) -> None:
    first, other = post(FIRST), post(OTHER)
    dispatch(room, first)

    answer = desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    assert answer.status_code == 200, answer.get_json()
    [merged] = room.told("appeal_merged.v1")
    assert (merged["into"], merged["own_voice"], merged["reason"]) == (first["appeal_id"], True, REASON)
    [told] = room.told("material_forwarded.v1")
    assert (told["appeal_id"], told["to"]) == (first["appeal_id"], "enforcement")
    assert (told["text"], told["said_by"], told["voices"]) == (OTHER["text"], "voice", 2)
    assert room.case(other["appeal_id"]).voice_of == first["appeal_id"]
    assert "单独向您回访" in rules.last_said(room.case(other["appeal_id"]).public, "reply")


def test_what_was_done_before_somebody_brought_the_matter_is_said_to_be_of_the_matter(
    client: FlaskClient, room: Room, post: Any, desk: Any
) -> None:
    first = post(FIRST)
    dispatch(room, first)
    other = post(OTHER)
    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    seen = shown(client, other)

    said = [(one["what"], one["zh"]) for one in seen["timeline"]]
    before, *own = said
    assert before == ("dispatched", "同一事项此前：已派单至承办单位")
    assert [what for what, _zh in own] == ["registered", "merged"]
    assert "目前已派单办理" in seen["reply"]
    assert seen["merged_into"]["zh"] == "已派单，等待签收"


def test_who_was_joined_follows_the_one_handling_under_his_own_code_and_reads_nothing_of_the_other(
    client: FlaskClient, room: Room, post: Any, desk: Any
) -> None:
    first, other = post(FIRST), post(OTHER)
    dispatch(room, first)
    client.post(f"{URL}/{first['tracking_code']}/supplement", json={"text": "我家住三号楼二单元。"})
    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)
    heard(room, "enforcement.case_contacted.v1", first, 2)
    heard(room, "enforcement.case_progressed.v1", first, 3, progress="已联系 13800000001，正在抢修")
    under_way = shown(client, other)
    heard(room, "enforcement.case_concluded.v1", first, 4, reply="管道已修复，供水恢复。", outcome="solved")
    heard(room, "feedback.callback_due.v1", other, 5)

    seen = shown(client, other)

    assert (under_way["stage"], under_way["rate"]) == ("handle", None)
    whats = [entry["what"] for entry in seen["timeline"]]
    assert whats == ["registered", "dispatched", "merged", "progressed", "concluded", "callback_due"]
    assert seen["reply"] == "管道已修复，供水恢复。"
    assert seen["rate"] == f"/feedback/rate?code={other['tracking_code']}"
    assert seen["merged_into"]["number"] == "2026-000001"
    everything = str(seen)
    assert "二单元" not in everything
    assert "昨晚起停水" not in everything
    assert "13800000001" not in everything
    assert "13800000002" not in str(shown(client, first))
    assert "家里有老人" not in str(shown(client, first))


def test_whom_to_call_back_of_each_voice_is_sealed_to_feedback(
    room: Room, post: Any, desk: Any, folder: KeyFolder
) -> None:
    first, other = post(FIRST), post(OTHER)
    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    heard(room, "feedback.callback_due.v1", other, 5)

    [told] = room.told("petitioner_disclosed.v1")
    assert (told["appeal_id"], told["to"]) == (other["appeal_id"], "feedback")
    assert unseal(told["sealed"], folder.private("feedback"))["phone"] == "13800000002"


def test_five_petitioners_are_a_group_and_ten_a_large_one_and_the_next_handler_learns_it_too(
    room: Room, post: Any, desk: Any
) -> None:
    first = post(FIRST)
    for number in range(9):
        other = post(OTHER, **phone(number))
        assert desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON).status_code == 200
        if number == 3:
            assert room.case(first["appeal_id"]).details["marks"] == ["group"]
    assert room.told("material_forwarded.v1") == []

    dispatch(room, first)

    told = room.told("material_forwarded.v1")
    assert len(told) == 9
    assert {(one["voices"], tuple(one["marks"])) for one in told} == {(10, ("large_group",))}


def test_an_appeal_that_a_handler_has_already_can_still_be_joined_and_one_that_was_answered_can_not(
    room: Room, post: Any, desk: Any
) -> None:
    first, other, late = post(FIRST), post(OTHER), post(OTHER, **phone(3))
    for appeal in (other, late):
        dispatch(room, appeal, "property")
    heard(room, "property.case_accepted.v1", other, 1)
    heard(room, "property.case_concluded.v1", late, 1, reply="已恢复供水。", outcome="solved")

    joined = desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)
    refused = desk(late["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    assert (joined.status_code, refused.status_code) == (200, 409)
    assert room.state(late["appeal_id"]) == "concluded"


def test_one_joins_the_appeal_that_is_handled_and_never_one_that_was_joined_itself(
    room: Room, post: Any, desk: Any
) -> None:
    first, second, third = post(FIRST), post(OTHER), post(OTHER, **phone(3))
    desk(second["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    desk(third["appeal_id"], "merged", into=second["appeal_id"], reason=REASON)
    refused = desk(first["appeal_id"], "merged", into=post(OTHER, **phone(4))["appeal_id"], reason=REASON)

    assert room.case(third["appeal_id"]).voice_of == first["appeal_id"]
    assert room.case(first["appeal_id"]).details["voices"] == 3
    assert refused.status_code == 409
    assert "已有其他诉求人并入本件" in refused.get_json()["errors"][0]["zh"]


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("nobody", "没有这个诉求"),
        ("itself", "不能并入自身"),
        ("withdrawn", "所选诉求已结束"),
        ("closed", "所选诉求已办结"),
    ],
)
def test_what_can_not_be_joined_to_is_refused_with_the_reason_and_nothing_changes(
    client: FlaskClient, room: Room, post: Any, desk: Any, end: str, says: str
) -> None:
    first, other = post(FIRST), post(OTHER)
    into = first["appeal_id"]
    if end == "nobody":
        into = "01890a5d-ac96-874b-bcce-b302099a8057"
    elif end == "itself":
        into = other["appeal_id"]
    elif end == "withdrawn":
        client.post(f"{URL}/{first['tracking_code']}/withdraw", json={"reason": "已解决"})
    else:
        close(room, first)

    refused = desk(other["appeal_id"], "merged", into=into, reason=REASON)

    assert refused.status_code in (409, 422)
    assert says in refused.get_json()["errors"][0]["zh"]
    assert room.state(other["appeal_id"]) == "registered"
    assert room.told("appeal_merged.v1") == []
    assert "voices" not in room.case(first["appeal_id"]).details


def test_who_was_joined_wrongly_is_taken_out_with_a_reason_and_goes_on_alone(
    client: FlaskClient, room: Room, post: Any, desk: Any
) -> None:
    first, other = post(FIRST), post(OTHER)
    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    nameless = desk(other["appeal_id"], "unmerged")
    apart = desk(other["appeal_id"], "unmerged", reason="五号楼是另一处水管")
    heard(room, "routing.appeal_ledgered.v1", other, 1, number="2026-000002")

    assert (nameless.status_code, apart.status_code) == (422, 200)
    [told] = room.told("appeal_unmerged.v1")
    assert (told["into"], told["reason"]) == (first["appeal_id"], "五号楼是另一处水管")
    assert room.case(first["appeal_id"]).details["voices"] == 1
    seen = shown(client, other)
    assert (seen["state"], seen["reply"], "merged_into" in seen) == ("ledgered", "", False)
    assert seen["timeline"][-2]["text"] == "五号楼是另一处水管"


def test_who_is_being_asked_about_the_result_is_not_taken_out_any_more(room: Room, post: Any, desk: Any) -> None:
    first, other = post(FIRST), post(OTHER)
    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)
    heard(room, "feedback.callback_due.v1", other, 5)

    refused = desk(other["appeal_id"], "unmerged", reason="五号楼是另一处水管")

    assert refused.status_code == 409
    assert "已随同一事项答复并进入回访" in refused.get_json()["errors"][0]["zh"]


def test_when_the_first_petitioner_withdraws_the_others_go_on(
    client: FlaskClient, room: Room, post: Any, desk: Any
) -> None:
    first, other = post(FIRST), post(OTHER)
    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)
    room.run("let_go_on_alone")
    before = room.state(other["appeal_id"])

    client.post(f"{URL}/{first['tracking_code']}/withdraw", json={"reason": "已解决"})
    room.run("let_go_on_alone")
    room.run("let_go_on_alone")

    assert before == "merged"
    assert room.state(other["appeal_id"]) == "registered"
    assert [told["appeal_id"] for told in room.told("appeal_unmerged.v1")] == [other["appeal_id"]]


# -- the same caller, the same matter, still open --------------------------------


def test_the_same_caller_is_told_the_progress_and_the_third_time_is_marked_for_the_handler(
    room: Room, post: Any
) -> None:
    first = post(FIRST)
    dispatch(room, first)

    for _ in range(3):
        last = post(FIRST)

    assert "已派单办理" in rules.last_said(room.case(last["appeal_id"]).public, "reply")
    told = room.told("material_forwarded.v1")
    assert [(one["repeats"], one["marks"]) for one in told] == [(1, []), (2, []), (3, ["repeated"])]
    assert len(room.told("appeal_registered.v1")) == 4
    assert [one["own_voice"] for one in room.told("appeal_merged.v1")] == [False] * 3


def test_what_the_same_caller_says_in_other_words_is_added_to_the_first_when_the_desk_confirms(
    client: FlaskClient, room: Room, post: Any, desk: Any, folder: KeyFolder
) -> None:
    first = post(FIRST)
    dispatch(room, first)
    again = post(FIRST, title="", text="水还没来，维修电话 13700000007 没人接。")

    answer = desk(again["appeal_id"], "merged", into=first["appeal_id"], reason="同一诉求人再次反映")

    assert answer.status_code == 200
    words, counted = room.told("material_forwarded.v1")
    assert words["text"].startswith("水还没来，维修电话 ")
    assert "13700000007" not in words["text"]
    assert counted["repeats"] == 1
    sealed = room.told("petitioner_disclosed.v1")[-1]
    assert "13700000007" in unseal(sealed["sealed"], folder.private("enforcement"))["text"]
    assert "水还没来" in str(shown(client, first)["timeline"])


def test_a_voice_that_says_the_same_again_is_a_repeat_and_no_further_voice(room: Room, post: Any, desk: Any) -> None:
    first, other = post(FIRST), post(OTHER)
    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    again = post(OTHER)
    worded = post(OTHER, title="", text="五号楼还是没有水。")
    desk(worded["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    assert room.state(again["appeal_id"]) == "merged"
    counts = room.case(first["appeal_id"]).details
    assert (counts["voices"], counts["repeats"]) == (2, 2)
    assert [one["own_voice"] for one in room.told("appeal_merged.v1")] == [True, False, False]
    assert room.told("appeal_merged.v1")[-1]["into"] == other["appeal_id"]


# -- the same again after the end -------------------------------------------------


def test_the_same_again_after_the_closing_reopens_the_appeal_instead_of_making_a_new_one(
    client: FlaskClient, room: Room, post: Any
) -> None:
    first = post(FIRST)
    dispatch(room, first)
    close(room, first)

    again = post(FIRST)
    heard(room, "feedback.rework_ordered.v1", first, 24 * 60, mechanism="enforcement", round=1, reason="又停水")

    [reopened] = room.told("appeal_reopened.v1")
    assert (reopened["appeal_id"], reopened["by"]) == (first["appeal_id"], again["appeal_id"])
    assert room.told("appeal_reopened.v1", first["appeal_id"]) == [reopened]
    assert room.state(again["appeal_id"]) == "merged"
    assert "重新启动办理" in rules.last_said(room.case(again["appeal_id"]).public, "reply")
    assert room.state(first["appeal_id"]) == "rework_due"
    assert shown(client, again)["merged_into"]["stage"] == "handle"
    third = post(FIRST)
    assert room.state(third["appeal_id"]) == "merged"
    assert len(room.told("appeal_reopened.v1")) == 1


def test_after_the_time_for_that_the_same_again_is_a_new_appeal_that_names_the_old_one(
    client: FlaskClient, room: Room, post: Any
) -> None:
    first = post(FIRST)
    closed = (moments.now() - timedelta(days=repeats.policy().reopen_days, minutes=1)).isoformat()
    room.hear("feedback.appeal_closed.v1", first["appeal_id"], {"end": "rated", "at": closed})
    with room.database.write() as session:
        case = room.case(first["appeal_id"])
        session.add(case)
        case.public = {"heard": [{**item, "at": closed} for item in case.public["heard"]]}

    again, third = post(FIRST), post(FIRST)

    assert room.state(again["appeal_id"]) == "registered"
    assert room.case(again["appeal_id"]).details["follows"] == first["appeal_id"]
    assert room.told("appeal_reopened.v1") == []
    assert room.case(third["appeal_id"]).details["merged"]["into"] == again["appeal_id"]
    assert room.case(first["appeal_id"]).matter is None
    del client


def test_the_desk_reopens_what_the_same_caller_brings_again_in_other_words(room: Room, post: Any, desk: Any) -> None:
    first = post(FIRST)
    close(room, first)
    again = post(FIRST, title="", text="三号楼又停水了。")

    answer = desk(again["appeal_id"], "merged", into=first["appeal_id"], reason="办结后再次发生")

    assert answer.status_code == 200, answer.get_json()
    [reopened] = room.told("appeal_reopened.v1")
    assert reopened["reason"] == "三号楼又停水了"


@pytest.mark.parametrize(("days", "reopens"), [(0, "yes"), (30, "yes"), (31, "no")])
def test_the_time_to_come_back_on_it_is_counted_from_the_last_closing(room: Room, days: int, reopens: str) -> None:
    then = room.now - timedelta(days=days)
    public = rules.with_heard({}, "closed", then - timedelta(days=90))
    public = rules.with_heard(public, "rework_ordered", then - timedelta(days=60))
    open_again = public
    public = rules.with_heard(public, "closed", then)

    assert repeats.may_reopen(public, room.now, repeats.policy()) is (reopens == "yes")
    assert repeats.closed_at(open_again) is None


def test_a_merging_by_staff_has_its_note_and_one_found_by_itself_has_none(room: Room, post: Any, desk: Any) -> None:
    first, other = post(FIRST), post(OTHER)
    dispatch(room, first)
    post(FIRST)

    desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    with room.database.read() as session:
        [note] = session.execute(select(room.blueprint.papers)).all()
    assert (note.name, note.number) == ("merge_note", f"彭诉并〔{note.issued_at.year}〕1号")
    assert all(said in note.text for said in ("小区停水", "没有水用", "2026-000001", REASON, "另行回访"))
    assert "13800000001" not in note.text
    assert papers.is_as_issued(note)
    listed = room.case(other["appeal_id"]).details["merged"]
    assert (listed["into_number"], listed["into_title"]) == ("2026-000001", "小区停水")


def test_what_was_merged_into_a_candidate_is_no_candidate_of_its_own(
    room: Room, post: Any, desk: Any, client: FlaskClient, token: Token
) -> None:
    first, second, third = post(FIRST), post(FIRST, **phone(2)), post(FIRST, **phone(3))
    room.now = moments.now() + timedelta(minutes=1)
    room.run("trace_appeals")
    where = f"/api/v1/cases/{third['appeal_id']}/candidates"
    before = [one["id"] for one in client.get(where, headers=token("desk")).get_json()["items"]]

    desk(second["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    after = [one["id"] for one in client.get(where, headers=token("desk")).get_json()["items"]]
    assert sorted(before) == sorted([first["appeal_id"], second["appeal_id"]])
    assert after == [first["appeal_id"]]


# -- what is more urgent, and how the other one is named -------------------------------


def graded(room: Room, appeal: dict[str, str], number: str, urgency: str, *flags: str) -> None:
    told = {"number": number, "urgency": urgency, "flags": list(flags), "at": moments.now().isoformat()}
    room.hear("routing.appeal_ledgered.v1", appeal["appeal_id"], told)


@pytest.mark.parametrize(
    ("mine", "theirs", "says"),
    [
        (("I",), ("III",), "本件为特急，所选诉求为一般"),
        (("II",), ("III",), ""),
        (("I", "relay:119"), ("I",), "本件疑似紧急"),
        (("III",), ("II",), ""),
        (("I", "relay:119"), ("I", "relay:119"), ""),
    ],
)
def test_what_is_more_urgent_is_not_handled_under_what_is_less(
    room: Room, post: Any, desk: Any, mine: tuple[str, ...], theirs: tuple[str, ...], says: str
) -> None:
    first, other = post(FIRST), post(OTHER)
    graded(room, first, "示例诉〔2026〕000012号", *theirs)
    graded(room, other, "示例诉〔2026〕000013号", *mine)

    answer = desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    assert answer.status_code == (409 if says else 200)
    if says:
        assert says in answer.get_json()["errors"][0]["zh"]
        assert room.state(other["appeal_id"]) == "ledgered"
        assert "voices" not in room.case(first["appeal_id"]).details


def test_what_was_sent_as_urgent_is_not_handled_under_what_was_sent_as_ordinary(
    room: Room, post: Any, desk: Any
) -> None:
    first, other = post(FIRST), post(OTHER)
    for appeal, urgency in ((first, "III"), (other, "II")):
        dispatch(room, appeal, urgency=urgency)

    answer = desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    assert answer.status_code == 409
    assert "本件为紧急，所选诉求为一般" in answer.get_json()["errors"][0]["zh"]
    assert room.state(other["appeal_id"]) == "dispatched"


def test_words_of_an_emergency_that_nobody_has_graded_are_not_merged_into_an_ordinary_appeal(
    room: Room, post: Any, desk: Any
) -> None:
    first, other = post(FIRST), post({**OTHER, "text": "示例花园五号楼楼道着火了，浓烟很大。"})
    graded(room, first, "示例诉〔2026〕000012号", "III")

    answer = desk(other["appeal_id"], "merged", into=first["appeal_id"], reason=REASON)

    assert answer.status_code == 409
    assert "本件疑似紧急" in answer.get_json()["errors"][0]["zh"]


@pytest.mark.parametrize("said", ["示例诉〔2026〕000012号", "000012", "12", "code"])
def test_the_other_appeal_is_named_by_its_number_or_its_code_and_pages_show_the_number(
    client: FlaskClient, room: Room, post: Any, desk: Any, token: Token, said: str
) -> None:
    first, other = post(FIRST), post(OTHER)
    graded(room, first, "示例诉〔2026〕000012号", "III")
    graded(room, other, "示例诉〔2026〕000013号", "III")
    into = first["tracking_code"] if said == "code" else said

    answer = desk(other["appeal_id"], "merged", into=into, reason=REASON)

    assert answer.status_code == 200, answer.get_json()
    assert room.told("appeal_merged.v1")[0]["into"] == first["appeal_id"]
    html = {**token("desk"), "Accept": "text/html", "Accept-Language": "zh-CN"}
    for one, number in ((first, "000013号"), (other, "000012号")):
        page = client.get(f"/cases/{one['appeal_id']}", headers=html).get_data(as_text=True)
        story = page[page.index('class="timeline"') :]
        assert number in story
        assert (other if one is first else first)["appeal_id"] not in story


def test_both_stand_side_by_side_before_they_are_brought_together_and_the_reason_is_asked_for(
    client: FlaskClient, room: Room, post: Any, token: Token
) -> None:
    first, other = post(FIRST), post(OTHER)
    graded(room, first, "示例诉〔2026〕000012号", "III")
    graded(room, other, "示例诉〔2026〕000013号", "I")
    html = {**token("desk"), "Accept": "text/html", "Accept-Language": "zh-CN"}

    def page(one: dict[str, str], into: dict[str, str]) -> str:
        address = f"/cases/{one['appeal_id']}/merge?into={into['appeal_id']}"
        return client.get(address, headers=html).get_data(as_text=True)

    allowed, refused = page(first, other), page(other, first)

    assert "从昨晚起停水" in allowed
    assert "家里有老人" in allowed
    assert f'name="into" value="{other["appeal_id"]}"' in allowed
    assert '<textarea id="reason" name="reason" rows="3" required' in allowed
    assert "经核实为同一事项" not in allowed
    assert "本件为特急" in refused
    assert 'name="reason"' not in refused
    handler = client.get(f"/cases/{other['appeal_id']}/merge", headers={**token("handler"), "Accept": "text/html"})
    assert handler.status_code == 403
