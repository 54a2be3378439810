"""The copy of the knowledge base: what is told last holds, what fits is found, and what it lacks is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.access import Principal, sign_token
from chassis.workflow import IllegalStepError, Moment, RefusedError, Role
from services.hotline import lookup
from services.hotline.book import Book
from tests.services.hotline.conftest import ENTRY

if TYPE_CHECKING:
    from chassis.testing import Room
    from tests.services.hotline.conftest import Signed, Walk

TO_ANSWER = ("case_accepted", "contact_made", "triaged")
INQUIRY = {"kind": "inquiry"}


@dataclass
class Entry:
    id: str = "permit"
    kind: str = "procedure"
    version: int = 1
    title: str = "居住证怎么办"
    questions: tuple[str, ...] = ("办居住证要带什么",)
    answer: str = "请带身份证和居住证明到便民服务中心。"
    basis: str = "居住证暂行条例"
    owner: str = "people_call_office"
    review_by: date = date(2026, 12, 31)
    checked: bool = True
    href: str = ""


LAMPS = Entry(id="lamps", title="路灯不亮找谁", questions=("路灯坏了",), answer="请告诉我们灯杆编号。")
TODAY = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Shelf:
    """A book of one entry."""

    def __init__(self, one: Entry) -> None:
        self.one = one

    def entry(self, said: str) -> Entry | None:
        return self.one if said in (self.one.id, self.one.title) else None


def told(room: Room, **changed: Any) -> None:
    room.hear("intake.knowledge_changed.v1", ENTRY["id"], {**ENTRY, **changed})


def known(room: Room) -> list[tuple[str, int, str]]:
    with room.database.read() as session:
        return [(one.id, one.version, one.answer) for one in Book(session).entries()]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-400, 400))
def test_an_entry_is_answered_with_until_its_day_of_review_is_over(review_by: date, days: int) -> None:
    one = replace(LAMPS, review_by=review_by)

    assert (lookup.refusal(one, review_by + timedelta(days=days)) is None) == (days <= 0)


def test_an_entry_that_only_its_writer_has_read_is_not_answered_with() -> None:
    refusal = lookup.refusal(replace(LAMPS, checked=False), date(2026, 1, 1))

    assert refusal is not None
    assert "另一人复核" in refusal.zh


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请问居住证怎么办理", ["permit"]),
        ("小区路灯坏了三盏", ["lamps"]),
        ("小区路灯不亮找谁，路灯坏了怎么办", ["lamps"]),
        ("路灯不亮，另外想办居住证", ["lamps", "permit"]),
        ("餐馆油烟太大", []),
        ("路", []),
        ("", []),
    ],
)
def test_what_fits_is_found_by_what_was_typed(text: str, expected: list[str]) -> None:
    assert sorted(one.id for one in lookup.matching([Entry(), LAMPS], text)) == expected


@pytest.mark.parametrize(
    ("entry", "version", "reason"),
    [("没有的条目", None, "知识库中没有"), ("permit", 0, "刚刚改过"), ("居住证怎么办", 1, ""), ("permit", None, "")],
)
def test_an_answer_names_an_entry_by_id_or_title_in_the_version_that_holds(
    entry: str, version: int | None, reason: str
) -> None:
    moment = Moment(now=TODAY, actor="p1", role=Role.HANDLER, known=lambda: Shelf(Entry()))
    form = {"entry": entry, "entry_version": version, "answer": ""}

    refusal = lookup.entry_holds(None, form, moment)  # type: ignore[arg-type]

    assert (refusal.zh if refusal else "") == "" if not reason else refusal is not None and reason in refusal.zh


def test_what_was_told_last_holds_in_whatever_order_it_comes(room: Room) -> None:
    told(room, entry_version=4, answer="第四版。", at="2022-03-02T00:00:00+00:00")
    told(room, entry_version=3, answer="第三版。", at="2022-03-01T00:00:00+00:00")
    told(room, entry_version=4, answer="第四版，已复核。", at="2022-03-03T00:00:00+00:00")
    assert known(room) == [(ENTRY["id"], 4, "第四版，已复核。")]

    told(room, entry_version=5, withdrawn=True)

    assert known(room) == []


def test_the_case_keeps_the_version_that_it_was_answered_with_and_its_words(room: Room, walk: Walk) -> None:
    walk(*TO_ANSWER, "knowledge_consulted", triaged=INQUIRY)

    kept = room.case("A1").details["knowledge_consulted"]

    assert (kept["entry"], kept["entry_version"], kept["entry_name"]) == (ENTRY["id"], 2, ENTRY["title"])
    assert (kept["answer"], kept["review_by"]) == (ENTRY["answer"], ENTRY["review_by"])
    assert room.told("knowledge_gap_found.v1") == []


def test_an_entry_that_was_withdrawn_meanwhile_is_refused_and_the_case_waits(room: Room, walk: Walk) -> None:
    walk(*TO_ANSWER, triaged=INQUIRY)
    told(room, entry_version=3, withdrawn=True)

    with pytest.raises(RefusedError, match="no entry"):
        walk("knowledge_consulted")

    assert room.state("A1") == "triaged"


def test_what_the_base_lacks_is_answered_all_the_same_and_told_without_numbers(room: Room, walk: Walk) -> None:
    asked = {"question": "充电桩审批找谁，我电话13800001234"}
    walk(*TO_ANSWER, "answered_from_elsewhere", triaged=INQUIRY, answered_from_elsewhere=asked)

    [gap] = room.told("knowledge_gap_found.v1")
    assert gap["question"].startswith("充电桩审批找谁")
    assert "13800001234" not in gap["question"]
    assert gap["unit"] == "chengjian"
    walk("reply_drafted", "reply_approved", "concluded", reply_drafted={"outcome": "explained"})
    assert room.state("A1") == "concluded"


def test_what_must_be_handled_is_not_answered_away(walk: Walk) -> None:
    walk(*TO_ANSWER, triaged={"kind": "complaint"})

    with pytest.raises(RefusedError, match="only an inquiry"):
        walk("answered_from_elsewhere")


def test_a_reply_in_review_can_not_be_looked_up_anew(walk: Walk) -> None:
    walk(*TO_ANSWER, "knowledge_consulted", "reply_drafted", triaged=INQUIRY)

    with pytest.raises(IllegalStepError):
        walk("knowledge_consulted")


def handler(client: Any, now: datetime) -> dict[str, str]:
    who = Principal(
        id="p2",
        name="处办员乙",
        roles=frozenset({Role.HANDLER}),
        services=frozenset({"hotline"}),
        units=frozenset({"*"}),
    )
    return {"Authorization": f"Bearer {sign_token(who, client.application.extensions['jiesu'].keys.signing(), now)}"}


def test_a_handler_picks_the_entry_on_a_page_and_the_case_shows_it_with_its_version(
    client: Any, room: Room, walk: Walk
) -> None:
    walk(*TO_ANSWER, triaged=INQUIRY)
    case = f"/cases/{room.case('A1').id}"
    page = client.get(f"{case}/knowledge?q=诉求进度", headers=handler(client, room.now)).get_data(as_text=True)
    assert ENTRY["answer"] in page
    form = dict(re.findall(r'<input type="hidden" name="(entry|entry_version)" value="([^"]*)"', page))

    answered = client.post(
        f"/api/v1{case}/actions/knowledge_consulted",
        json={"form": {"entry": form["entry"], "entry_version": int(form["entry_version"])}},
        headers=handler(client, room.now),
    )

    assert answered.status_code == 200, answered.get_json()
    shown = client.get(case, headers=handler(client, room.now)).get_data(as_text=True)
    assert "引用的知识条目（第2版，现行）" in shown
    assert f"/knowledge/{ENTRY['id']}" in shown


def test_a_case_shows_what_it_was_answered_with_whatever_became_of_the_entry(
    client: Any, room: Room, walk: Walk
) -> None:
    own = {"answer": "居民甲您好：到社区办。"}
    walk(*TO_ANSWER, "knowledge_consulted", triaged=INQUIRY, knowledge_consulted=own)

    def shown() -> str:
        case = f"/cases/{room.case('A1').id}"
        return str(client.get(case, headers=handler(client, room.now)).get_data(as_text=True))

    told(room, entry_version=3, answer="第三版改了。")
    changed = shown()
    told(room, entry_version=4, withdrawn=True)
    withdrawn = shown()

    for page in (changed, withdrawn):
        assert own["answer"] in page
        assert ENTRY["answer"] in page
        assert "第三版改了。" not in page
    assert "知识条目现行内容（第3版，答复时为第2版）" in changed
    assert "答复时引用的知识条目（第2版）已撤下" in withdrawn


def test_a_case_that_is_not_triaged_offers_no_answer(client: Any, room: Room) -> None:
    page = client.get(f"/cases/{room.case('A1').id}/knowledge?q=诉求进度", headers=handler(client, room.now))

    assert page.status_code == 200
    assert 'name="entry"' not in page.get_data(as_text=True)


def test_the_base_is_searched_by_programs_and_shown_to_staff_only(client: Any, signed: Signed) -> None:
    [item] = client.get("/api/v1/knowledge?q=诉求进度怎么查", headers=signed()).get_json()["items"]
    assert (item["id"], item["usable"], item["refusal"]) == (ENTRY["id"], True, None)
    assert client.get("/api/v1/knowledge?q=餐馆油烟", headers=signed()).get_json()["items"] == []
    assert client.get("/api/v1/knowledge").status_code == 401
    assert client.get("/api/v1/knowledge", headers=signed(Role.OPS)).status_code == 403
    assert client.get("/knowledge/no-such", headers=signed()).status_code == 404
    assert ENTRY["title"] in client.get("/knowledge", headers=signed()).get_data(as_text=True)
