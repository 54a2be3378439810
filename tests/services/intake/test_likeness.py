"""Which appeals are proposed as one matter, and that each says why."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from chassis import serving, settings
from chassis.testing import START, Room
from chassis.work import Work
from services.intake import register, service
from services.intake.material.places import address_in
from services.intake.matters import likeness, traces
from services.intake.models import Trace
from services.intake.service import IntakeService

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)

#: Two callers about one matter, in their own words.
PAIRS = [
    (
        ("小区停水", "示例花园三号楼从昨晚起停水，请尽快抢修。"),
        ("没有水用", "我住示例花园五号楼，家里没有水，已经一整天了，有老人。"),
    ),
    (
        ("电梯坏了", "锦绣家园2号楼的电梯三天没修好，老人下不了楼。"),
        ("反映电梯问题", "锦绣家园二号楼电梯又停了，物业一直拖着不修。"),
    ),
    (
        ("夜里施工太吵", "黄河八路地铁口工地半夜打桩，一夜没法睡。"),
        ("工地扰民", "黄河八路那个工地凌晨还在施工，噪音特别大。"),
    ),
    (
        ("路灯不亮", "渤海十二路的路灯坏了一周，晚上出行不便。"),
        ("晚上太黑", "渤海十二路照明全灭了，女儿放学不敢走。"),
    ),
    (
        ("烧烤油烟", "幸福里楼下烧烤店油烟直往楼上冲，不敢开窗。"),
        ("投诉烧烤店", "幸福里小区门口烧烤店天天冒烟，满屋油烟味。"),
    ),
    (
        ("垃圾没人清", "春晓苑北门垃圾堆了一星期，臭味很大。"),
        ("垃圾清运", "春晓苑的垃圾好多天没有清运，苍蝇乱飞。"),
    ),
    (
        ("暖气不热", "康宁小区七号楼暖气不热，家里只有十二度。"),
        ("供暖问题", "康宁小区供热温度不够，孩子都冻感冒了。"),
    ),
    (
        ("拖欠工资", "示例置业新城工地拖欠我们三个月工资，请帮忙讨薪。"),
        ("讨要血汗钱", "在示例置业新城干活，老板欠薪不给，二十多个工人。"),
    ),
]
#: What looks alike at first sight and is not one matter.
APART = [
    (("小区停水", "示例花园三号楼停水。"), ("小区停水", "海棠湾八号楼停水，什么时候来水。")),
    (("电梯坏了", "锦绣家园2号楼电梯坏了。"), ("电梯坏了", "碧水庄园电梯坏了。")),
    (("路灯不亮", "渤海十二路的路灯坏了。"), ("办理社保", "请问社保卡在哪里办。")),
    (("垃圾没人清", "春晓苑北门垃圾堆了一星期。"), ("小学入学", "想问一下孩子上学的材料。")),
    (("工资", "装修公司拖欠工资。"), ("低保", "请问低保申请需要什么材料。")),
]

Letter = tuple[str, str]


def known(letter: Letter, *, days: float = 0, **more: Any) -> likeness.Known:
    return likeness.Known(seen=likeness.look(*letter, ""), at=NOW + timedelta(days=days), **more)


def keys(letter: Letter) -> set[int]:
    return set(likeness.keys(likeness.look(*letter, "")))


@pytest.mark.parametrize("pair", PAIRS)
def test_two_callers_of_one_matter_share_a_key_and_a_score_that_proposes_them(pair: tuple[Letter, Letter]) -> None:
    one, other = pair

    found = likeness.compare(known(one), known(other, days=1))

    assert keys(one) & keys(other)
    assert found.score >= likeness.policy().from_score, found
    assert any("同一地点" in zh for zh, _en in found.because)
    assert any("同类事项" in zh for zh, _en in found.because)


@pytest.mark.parametrize("pair", APART)
def test_other_places_and_other_matters_are_not_proposed(pair: tuple[Letter, Letter]) -> None:
    one, other = pair

    assert likeness.compare(known(one), known(other, days=1)).score < likeness.policy().from_score


def test_a_name_is_said_whole_and_not_its_parts_as_well() -> None:
    address = {"roads": ["黄河八路"], "estate": "黄河家园一区"}
    seen = likeness.look("", "黄河八路黄河家园一区楼下烧烤店油烟大", "", address)
    one = dataclasses.replace(known(("油烟", "烧烤店油烟大")), seen=seen)

    (said,) = [zh for zh, _en in likeness.compare(one, one).because if "同一地点" in zh]

    assert {"河八路", "黄河家园"} & {*seen.places}
    assert said == "同一地点：黄河家园一区、黄河八路"


def test_each_reason_names_what_both_have() -> None:
    one, other = ("停水", "示例花园三号楼停水两天了没人管"), ("又停水", "示例花园3号楼停水，两天了没人管")

    found = likeness.compare(known(one, petitioner="p"), known(other, petitioner="p", days=2))

    assert [zh for zh, _en in found.because] == [
        "同一诉求人",
        "同一地点：示例花园",
        "同一楼栋：3 号楼",
        "同类事项：停水",
        "相同用语：“停水两天了没人管”",
        "相隔 2 天",
    ]


def test_two_points_near_one_another_are_one_place_and_two_far_ones_are_not() -> None:
    letter = ("停水", "家里停水两天了")
    near = likeness.compare(known(letter, point=(117.97, 37.38)), known(letter, point=(117.971, 37.381)))
    far = likeness.compare(known(letter, point=(117.97, 37.38)), known(letter, point=(117.99, 37.38)))

    assert any(zh.startswith("相距 1") and zh.endswith("米") for zh, _en in near.because)
    assert near.score == pytest.approx(far.score + likeness.policy().weights["place"], abs=0.001)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_written_has_keys_and_the_score_is_the_same_both_ways(a: str, b: str, c: str, d: str) -> None:
    one, other = known((a, b)), known((c, d))

    there, back = likeness.compare(one, other), likeness.compare(other, one)

    assert 0 <= there.score <= 1
    assert there.score == back.score
    assert likeness.keys(one.seen)
    assert all(-(2**31) <= key < 2**31 for key in likeness.keys(one.seen))
    assert likeness.compare(one, one).score >= there.score or one.seen.words != other.seen.words


#: At one building within minutes: what is one matter in other words, and what is none.
HOME = "示例家园一区3号楼2单元"
NEIGHBOURS = [
    ("楼上三楼的邻居每天早上六点就在家里打电钻，吵得孩子没法睡觉", "三楼半夜十二点装修声太大，影响睡眠", True),
    ("楼上302住户漏水，把我家202天花板泡坏了", "我家202天花板一直滴水，楼上不承认，要求赔偿", True),
    ("二楼有人在楼道里堆放杂物，没法走路", "2单元二楼楼道堆满了杂物，老人摔了一跤", True),
    ("对门独居老人两天没出门了，怎么敲门都没人答应", "三楼半夜十二点装修声太大，影响睡眠", False),
    ("想办老年卡去哪里", "二楼有人在楼道里堆放杂物，没法走路", False),
]


def at_home(text: str, place: str = HOME, **more: Any) -> likeness.Known:
    seen = likeness.look(text[:20], text, place, address_in(place, text).as_json())
    return likeness.Known(seen=seen, at=NOW, **more)


@pytest.mark.parametrize(("one", "other", "same"), NEIGHBOURS)
def test_what_is_told_of_one_building_is_found_by_it_and_told_apart_by_words(
    *, one: str, other: str, same: bool
) -> None:
    mine, theirs = at_home(one), at_home(other)

    score = likeness.compare(mine, theirs).score

    assert {*likeness.keys(mine.seen)} & {*likeness.keys(theirs.seen)}
    assert (score >= likeness.policy().from_score) is same, score


@pytest.mark.parametrize("zones", [("一区", "二区"), ("A区", "B区"), ("东区", "西区")])
def test_the_parts_of_an_estate_are_different_places_and_one_part_is_one_in_figures_too(zones: tuple[str, str]) -> None:
    text = "电梯三天没修好，老人下不了楼"
    one, other = (at_home(text, f"示例家园{zone}3号楼") for zone in zones)

    apart = likeness.compare(one, other)

    assert apart.score < likeness.policy().from_score
    assert not [zh for zh, _en in apart.because if zh.startswith(("同一地点", "同一楼栋"))]
    assert likeness.compare(one, at_home(text, "示例家园3号楼")).score >= likeness.policy().from_score
    assert likeness.compare(at_home(text, "示例家园1区3号楼"), at_home(text, "示例家园一区3号楼")).score > 0.9


def test_a_bathroom_is_no_rubbish() -> None:
    leak = at_home("楼上302住户卫生间漏水，把我家天花板泡坏了", "示例家园5号楼")
    rubbish = at_home("小区门口垃圾桶一周没人清运，不讲卫生", "示例家园东门")

    found = likeness.compare(leak, rubbish)

    assert leak.seen.topics == ("漏水",)
    assert found.score < likeness.policy().from_score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("家里老人住院花了八万多，生活困难想申请临时救助", "我父亲住院花费十几万，家里就靠我打零工，想申请临时救助"),
        ("老板拖欠我三个月工资不给", "老板拖欠我两个月工资不给"),
    ],
)
def test_the_relief_or_the_wages_of_two_people_are_two_matters_and_of_one_the_same(one: str, other: str) -> None:
    least = likeness.policy().from_score

    assert likeness.compare(at_home(one, petitioner="p"), at_home(other, petitioner="q")).score < least
    assert likeness.compare(at_home(one, petitioner="p"), at_home(other, petitioner="p")).score >= least


# -- over stored appeals ----------------------------------------------------------


def enter(room: Room, number: int, letter: Letter, *, days: float = 0, petitioner: str = "") -> str:
    """Register an appeal so many days before the room's time."""
    sent = register.Submission(
        code=f"c{number}",
        appeal_id=f"A{number}",
        matter=None,
        channel="web",
        title=letter[0],
        text=letter[1],
        petitioner=petitioner,
        submitted_at=room.now,
    )
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now - timedelta(days=days))
        register.register(work, service.keys(), sent)
        work.record()
    return sent.appeal_id


def proposed(room: Room, appeal: str) -> list[str]:
    with room.database.read() as session:
        return [one.case.id for one in traces.candidates(session, room.case(appeal))]


def half_a_minute(room: Room) -> None:
    room.now += timedelta(minutes=1)
    room.run("trace_appeals")


def found_again(room: Room) -> None:
    one, other = PAIRS[0]
    room.run("trace_appeals")
    first = enter(room, 1, one, days=2)
    enter(room, 2, APART[0][1], days=1)
    second = enter(room, 3, other)
    early = proposed(room, second)

    half_a_minute(room)

    assert early == [first]
    assert proposed(room, second) == [first]
    assert proposed(room, first) == [second]


def test_an_appeal_about_the_same_matter_is_found_at_once_and_by_its_traces_afterwards(room: Room) -> None:
    found_again(room)


def test_an_appeal_about_the_same_matter_is_found_on_postgresql(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_DATABASE_URL", database_url)
    found = settings.load()
    serving.prepare(found, ["intake"])
    room = Room(IntakeService, tmp_path, found.database_for("intake"))
    try:
        found_again(room)
    finally:
        room.database.close()


def test_traces_are_written_once_each_however_often_the_chore_runs(room: Room) -> None:
    for number in range(7):
        enter(room, number, PAIRS[number][0])
    for _ in range(3):
        half_a_minute(room)
    enter(room, 9, PAIRS[7][0])
    half_a_minute(room)

    with room.database.read() as session:
        count = session.scalar(select(func.count(func.distinct(Trace.case_id))))
        rows = session.scalar(select(func.count()).select_from(Trace))
    assert count == 8
    stored = [room.case(f"A{number}") for number in (*range(7), 9)]
    looks = [likeness.look(one.title, one.details["text"], one.place, one.details.get("address")) for one in stored]
    assert rows == sum(len(likeness.keys(one)) for one in looks)


def test_what_is_too_old_is_no_candidate_and_its_traces_go(room: Room) -> None:
    days = likeness.policy().days
    enter(room, 1, PAIRS[0][0], days=days + 1)
    second = enter(room, 2, PAIRS[0][1])
    half_a_minute(room)
    before = proposed(room, second)

    room.run("forget_traces")

    assert before == []
    with room.database.read() as session:
        assert set(session.scalars(select(Trace.case_id))) == {second}


def test_what_the_same_petitioner_brought_before_is_compared_without_a_common_key(room: Room) -> None:
    first = enter(room, 1, ("水管", "示例花园水管爆了"), petitioner="p")
    second = enter(room, 2, ("还没修好", "示例花园的事到底谁来管"), petitioner="p")

    assert proposed(room, second) == [first]


def test_a_place_of_which_everybody_writes_brings_a_bounded_page(room: Room) -> None:
    for number in range(60):
        enter(room, number, (f"停水{number}", f"示例花园停水，第{number}天"), days=number / 10)
    half_a_minute(room)

    assert len(proposed(room, "A0")) == likeness.policy().most_shown


# -- what the desk sees -----------------------------------------------------------

Token = Callable[..., dict[str, str]]


def test_the_desk_sees_candidates_with_reasons_on_the_page_and_confirms_there(
    client: FlaskClient, room: Room, token: Token
) -> None:
    one, other = PAIRS[0]
    room.now = START + timedelta(days=0)
    first, second = enter(room, 1, one), enter(room, 2, other)
    half_a_minute(room)
    html = {"Accept": "text/html", "Accept-Language": "zh-CN"}

    listed = client.get(f"/api/v1/cases/{second}/candidates", headers=token("desk")).get_json()["items"]
    page = client.get(f"/cases/{second}", headers={**token("desk"), **html}).get_data(as_text=True)
    whole = client.get("/repeats", headers={**token("operator"), **html}).get_data(as_text=True)
    refused = client.get(f"/api/v1/cases/{second}/candidates", headers=token("handler"))
    hidden = client.get(f"/cases/{second}", headers={**token("handler"), **html}).get_data(as_text=True)

    assert [one["id"] for one in listed] == [first]
    assert "同一地点：示例花园" in [reason["zh"] for reason in listed[0]["because"]]
    assert "疑似同一事项" in page
    assert f"/cases/{second}/merge?into={first}" in page
    assert "同一地点：示例花园" in whole
    assert refused.status_code == 403
    assert "疑似同一事项" not in hidden


def test_the_lift_of_another_building_and_a_word_in_passing_score_below_the_same_lift_told_by_somebody_else() -> None:
    lift = known(("电梯坏了", "锦绣家园7号楼的电梯又停了，老人下不了楼。"), petitioner="甲")
    told_again = known(("电梯停运", "锦绣家园7号楼电梯不动了，物业不来修。"))
    other_lift = known(("电梯坏了", "锦绣家园9号楼的电梯停了，老人下不了楼。"))
    in_passing = known(("电动车充电", "锦绣家园22号楼有人把电动车推进电梯上楼充电。"), petitioner="甲")

    same, other, passing = (likeness.compare(lift, each) for each in (told_again, other_lift, in_passing))

    assert same.score > other.score
    assert same.score > passing.score
    assert any("不同楼栋：7 号楼、9 号楼" in zh for zh, _en in other.because)
