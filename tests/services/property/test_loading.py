"""The register of estates as files: a street's estates at once, each line that is wrong named, nothing lost or doubled."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from openpyxl import Workbook
from sqlalchemy import event

from chassis.workflow import RefusedError, Role
from services.intake.material.places import address_in
from services.property import demo, elections, register
from services.property.models import Estate
from tests.services.property.conftest import DISPATCHED, enter
from tests.services.property.test_estates import API, app, client, page, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from chassis.testing import Room

    Walk = Callable[..., None]
    Signed = Callable[..., dict[str, str]]

__all__ = ["app", "client", "signed"]
HEAD = "小区,别名,社区,物业企业,项目负责人,负责人电话,合同起,合同止,物业费,维修资金余额,业主委员会,业委会届满\n"
STREET = HEAD + "".join(
    f"示例{n}号院,院{n}号,黄河社区,甲物业公司,项目负责人{n},,2025/1/1,2027年12月31日,1.20,{n}000.00,,\n"
    for n in range(1, 176)
)


def send(client: FlaskClient, headers: dict[str, str], content: str | bytes, name: str = "estates.csv") -> Any:
    raw = content if isinstance(content, bytes) else content.encode()
    answer = client.post(f"{API}/file", data={"file": (io.BytesIO(raw), name)}, headers=headers)
    return answer.status_code, orjson.loads(answer.data)


def workbook(*lines: list[Any]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    book.save(out)
    return out.getvalue()


def kept(room: Room, name: str) -> Any:
    with room.database.read() as session:
        return session.get(Estate, name)


def test_a_street_loads_its_175_estates_at_once_and_again_and_nothing_is_doubled(
    client: FlaskClient, signed: Signed, room: Room
) -> None:
    handler = signed(Role.HANDLER)
    status, first = send(client, handler, STREET)
    _, again = send(client, handler, STREET)

    assert (status, first["read"], len(first["added"]), first["rejected"]) == (200, 175, 175, [])
    assert (len(again["unchanged"]), again["added"], again["changed"]) == (175, [], [])
    estate = kept(room, "示例7号院")
    assert (estate.version, estate.aliases, estate.contract_until) == (1, ["院7号"], date(2027, 12, 31))
    assert (estate.manager, estate.fund_balance, estate.heads) == ("项目负责人7", "7000.00", 0)


def test_each_wrong_line_is_named_and_the_right_ones_are_kept(client: FlaskClient, signed: Signed, room: Room) -> None:
    lines = (
        "示例甲院,,黄河社区,,,,,,1.20,,,",
        ",,黄河社区,,,,,,,,,",
        "示例乙院,,,,,,,,,,,",
        "示例丙院,,黄河社区,,,,,去年,很贵,,,",
        "示例甲院,,黄河社区,,,,,,,,,",
        "示例丁院,黄河家园1区,黄河社区,,,,,,,,,",
        "示例戊院,,黄河社区,,,,,,,,,,多出一列",
    )
    status, report = send(client, signed(Role.HANDLER), HEAD + "\n".join(lines) + "\n")

    assert (status, report["added"]) == (200, ["示例甲院"])
    said = [(one["line"], one["zh"]) for one in report["rejected"]]
    assert [line for line, _ in said] == [3, 4, 5, 5, 6, 7, 8]
    assert said[0][1] == "缺少小区名称"
    assert {zh.partition("：")[0] for line, zh in said if line == 5} == {"合同止", "物业费"}
    assert said[4][1] == "“示例甲院”在第2行已有"
    assert said[5][1] == "“黄河家园1区”已是小区“黄河家园一区”的名称"
    assert kept(room, "示例乙院") is None


def test_rosters_come_as_a_file_of_all_rooms_and_one_wrong_line_keeps_its_roster_as_it_was(
    client: FlaskClient, signed: Signed, room: Room
) -> None:
    handler = signed(Role.HANDLER)
    send(client, handler, HEAD + "示例甲院,,黄河社区,,,,,,,,,\n示例乙院,,黄河社区,,,,,,,,,\n")
    head = ["小区", "房号", "楼栋", "单元", "业主编号", "面积", "面积依据", "交付情况"]
    sheet = workbook(
        head,
        ["示例甲院", "1-1-101", "1号楼", "1单元", "Y001", 100, None, None],
        ["示例甲院", "1-1-102", "1号楼", "1单元", "Y001", 80.5, "实测", "已交付"],
        ["示例乙院", "1-1-101", "1号楼", "1单元", "Y001", 100, None, None],
        ["示例乙院", "1-1-102", "1号楼", "1单元", "居民甲", 100, None, None],
        ["没有的院", "1-1-101", "1号楼", "1单元", "Y001", 100, None, None],
    )

    _, report = send(client, handler, sheet, "rooms.xlsx")

    assert (report["read"], report["changed"]) == (5, ["示例甲院"])
    assert (kept(room, "示例甲院").heads, kept(room, "示例甲院").area) == (1, "180.50")
    assert kept(room, "示例乙院").rooms == []
    assert [one["line"] for one in report["rejected"]] == [5, 6]
    assert "整份未更新" in report["rejected"][0]["zh"]
    assert "尚未登记" in report["rejected"][1]["zh"]


def test_what_is_downloaded_is_loaded_again_as_it_is_and_a_blank_cell_changes_nothing(
    client: FlaskClient, signed: Signed, room: Room
) -> None:
    handler = signed(Role.HANDLER)
    before = kept(room, "黄河家园一区")
    texts = {what: client.get(f"/estates/file/{what}", headers=handler).text for what in ("estates", "rooms")}

    reports = [send(client, handler, texts[what])[1] for what in ("estates", "rooms")]
    _, blank = send(client, handler, "小区,物业企业,维修资金余额\n黄河家园1区,,1.00\n")

    assert [report["unchanged"] for report in reports] == [["黄河家园一区"], ["黄河家园一区"]]
    after = kept(room, "黄河家园一区")
    assert (blank["changed"], after.fund_balance, after.company) == (["黄河家园一区"], "1.00", before.company)
    assert (after.version, after.rooms, after.roster_version) == (2, before.rooms, before.roster_version)


def test_what_a_spreadsheet_would_take_for_a_formula_is_written_as_text_and_loaded_again_as_it_was(
    client: FlaskClient, signed: Signed, room: Room
) -> None:
    handler = signed(Role.HANDLER)
    enter(room, manager="=1+1", manager_phone="+86 543", company="'-甲公司")
    before = kept(room, "黄河家园一区")

    answer = client.get("/estates/file/estates", headers=handler)
    _, report = send(client, handler, answer.data)

    assert "'=1+1,'+86 543" in answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="estates.csv"'
    assert report["unchanged"] == ["黄河家园一区"]
    assert kept(room, "黄河家园一区").version == before.version


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"a", "a.doc", "不支持的文件类型"),
        (b"PK", "a.xlsx", "不是有效的 Excel"),
        ("社区\n黄河社区\n".encode(), "a.csv", "缺少列 name（小区）"),
        (b"\xff\xff\xff", "a.csv", "无法按 CSV"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(
    client: FlaskClient, signed: Signed, content: bytes, name: str, says: str
) -> None:
    status, answer = send(client, signed(Role.HANDLER), content, name)

    assert status == 422
    assert says in answer["errors"][0]["zh"]


def test_a_file_is_loaded_on_the_page_by_handlers_only(client: FlaskClient, signed: Signed) -> None:
    sent = {"file": (io.BytesIO(STREET.encode()), "estates.csv")}
    assert client.post(f"{API}/file", data=sent, headers=signed(Role.LEADER)).status_code == 403
    assert client.get("/estates/file/persons", headers=signed(Role.HANDLER)).status_code == 404

    status, shown = page(client, "/estates/file", signed(Role.HANDLER), file=(io.BytesIO(b"a"), "a.doc"))
    assert (status, "不支持的文件类型" in shown) == (422, True)
    bad = (HEAD + ",,,,,,,,,,,\n示例甲院,,黄河社区,,,,,,,,,\n示例乙院,,,,,,,,,,,\n").encode()
    status, shown = page(client, "/estates/file", signed(Role.HANDLER), file=(io.BytesIO(bad), "a.csv"))
    assert (status, "第 3 行" in shown, "新增 1 个小区" in shown) == (200, False, True)
    assert "第 4 行：社区：" in shown


# -- what a case knows of its estate ---------------------------------------------------


@pytest.mark.parametrize(
    ("told", "estate"),
    [
        ({"place": "黄河家园一区3号楼"}, "黄河家园一区"),
        ({"place": "黄河家园1区3号楼"}, "黄河家园一区"),
        ({"place": "三号楼", "text": "我住黄河家园1区，电梯坏了"}, "黄河家园一区"),
        ({"place": "某路", "address": {"estate": "渤海花园"}}, "渤海花园"),
        ({"place": "某路"}, ""),
    ],
)
def test_a_case_finds_its_estate_by_its_place_and_nobody_types_it(
    room: Room, told: dict[str, Any], estate: str
) -> None:
    room.hear("routing.appeal_dispatched.v1", "A2", {**DISPATCHED, **told})

    assert room.case("A2").estate == estate


def test_a_case_is_classified_by_the_register_without_typing_either(room: Room) -> None:
    for subject, place in (("A2", "黄河家园1区"), ("A3", "某路")):
        room.hear("routing.appeal_dispatched.v1", subject, {**DISPATCHED, "place": place})
        room.act(subject, "case_accepted")

    room.act("A2", "classified", {"kind": "elevator"})
    assert (room.case("A2").estate, room.case("A2").company) == ("黄河家园一区", "甲物业公司")
    with pytest.raises(RefusedError, match="name the estate"):
        room.act("A3", "classified", {"kind": "elevator"})
    room.act("A3", "classified", {"kind": "elevator", "estate": "黄河家园1区", "company": "丙物业公司"})
    assert (room.case("A3").estate, room.case("A3").company) == ("黄河家园一区", "丙物业公司")


def test_a_case_shows_the_manager_the_credit_and_the_other_open_cases_of_its_estate(
    client: FlaskClient, signed: Signed, room: Room
) -> None:
    room.hear("routing.appeal_dispatched.v1", "A2", {**DISPATCHED, "title": "门禁不开"})
    room.hear(
        "routing.appeal_dispatched.v1",
        "A3",
        {**DISPATCHED, "place": "某路", "address": {"estate": "渤海花园"}, "title": "没人扫地"},
    )

    _, shown = page(client, f"/cases/{room.case('A1').id}", signed(Role.HANDLER))
    _, other = page(client, f"/cases/{room.case('A3').id}", signed(Role.HANDLER))
    _, estate = page(client, "/estates/黄河家园一区", signed(Role.LEADER))

    for said in ("项目负责人丁", "860000.00", "信用分", "门禁不开", "/estates/%E9%BB%84"):
        assert said in shown, said
    assert "没人扫地" not in shown
    assert "门禁不开" in estate
    assert "尚未登记到小区台账" in other
    assert "项目负责人丁" not in other


def test_an_end_that_is_near_and_a_roster_that_lacks_ask_for_attention() -> None:
    today = date(2026, 11, 23)
    estate = {"contract_until": None, "committee_until": None, "heads": 3}

    def asks(**changed: Any) -> list[str]:
        return elections.attention({**estate, **changed}, today)

    assert asks() == []
    assert asks(contract_until=today + timedelta(90)) == ["contract_ends_soon"]
    assert asks(contract_until=today + timedelta(91)) == []
    assert asks(contract_until=today) == ["contract_ends_soon"]
    assert asks(committee_until=today + timedelta(180)) == ["committee_ends_soon"]
    assert asks(committee_until=today + timedelta(181)) == []
    assert asks(committee_until=today - timedelta(1), heads=0) == ["committee_ended", "roster_lacks"]


def test_the_estates_of_the_demo_are_read_out_of_a_place_by_intake_and_registered_once(room: Room) -> None:
    with room.database.write() as session:
        added = [demo.add(session), demo.add(session)]
        names = register.names(session)

    assert added == [len(demo.estates()) - 1, 0]
    for estate in demo.estates():
        found = address_in(f"彭李街道{estate['name']}3号楼2单元")
        assert names[found.estate] == estate["name"]
        assert found.community in ("", estate["community"])
    assert kept(room, "示例花园").heads == 132


def test_the_names_of_all_estates_are_read_once_for_a_file_and_not_once_a_line(
    client: FlaskClient, signed: Signed, room: Room
) -> None:
    asked: list[str] = []
    database = client.application.extensions["jiesu"].database
    event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    _, done = send(client, signed(Role.HANDLER), STREET)

    assert len(done["added"]) == 175
    assert sum(said.startswith("SELECT estates.name, estates.aliases \nFROM estates") for said in asked) == 1
    assert room.blueprint.name == "property"


def test_two_lines_of_one_file_can_not_give_two_estates_one_name(client: FlaskClient, signed: Signed) -> None:
    lines = HEAD + "示例甲院,老院,黄河社区,,,,,,,,,\n示例乙院,老院,黄河社区,,,,,,,,,\n老院,,黄河社区,,,,,,,,,\n"

    _, done = send(client, signed(Role.HANDLER), lines)

    assert done["added"] == ["示例甲院"]
    assert [(one["line"], "示例甲院" in one["zh"] or "已有" in one["zh"]) for one in done["rejected"]] == [
        (3, True),
        (4, True),
    ]


@pytest.mark.parametrize("row", ['{"小区":"甲\\u0000院","社区":"黄河社区"}', '{"小区":"甲\\u0000院","房号":"1"}'])
def test_a_line_with_a_character_that_no_database_holds_is_named(client: FlaskClient, signed: Signed, row: str) -> None:
    status, done = send(client, signed(Role.HANDLER), row, "estates.jsonl")

    assert (status, [one["zh"] for one in done["rejected"]]) == (200, ["含有无效字符"])


def test_a_name_with_a_character_that_no_database_holds_is_refused_also_in_a_list(
    client: FlaskClient, signed: Signed
) -> None:
    form = {"name": "甲院", "community": "黄河社区", "aliases": ["甲\x00院"]}
    answer = client.put(API, json=form, headers=signed(Role.HANDLER))

    assert (answer.status_code, [wrong["pointer"] for wrong in orjson.loads(answer.data)["errors"]]) == (
        422,
        ["/aliases"],
    )
