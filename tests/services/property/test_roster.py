"""Rosters of owners: read as an office hands them in, and refused line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.downloads import csv_text
from services.property import roster
from services.property.roster import BadRosterError

HEAD = "房号,楼栋,单元,业主编号,面积,面积依据,交付情况\n"
rooms = st.fixed_dictionaries(
    {
        "room": st.text("0123456789-", min_size=1, max_size=8).filter(str.strip),
        "building": st.sampled_from(["", "1号楼", "甲,乙楼"]),
        "entrance": st.sampled_from(["", "1单元"]),
        "owner": st.text("ABC0123456789", min_size=1, max_size=6),
        "area": st.decimals("0.01", "9999", places=2).map(str),
        "area_by": st.sampled_from(["register", "survey", "contract"]),
        "tenure": st.sampled_from(["delivered", "unsold", "undelivered"]),
    }
)


def test_a_table_pasted_from_a_spreadsheet_is_read() -> None:
    pasted = "房号\t业主编号\t面积\t交付情况\n101\tY1\t100\t已交付\n\n102\tK1\t90.5\t未出售\n"

    found = roster.read("\ufeff" + pasted)

    assert [(row["room"], row["owner"], row["area"], row["tenure"]) for row in found] == [
        ("101", "Y1", "100.00", "delivered"),
        ("102", "K1", "90.50", "unsold"),
    ]
    assert {row["area_by"] for row in found} == {"register"}


def test_a_list_that_was_downloaded_for_a_spreadsheet_is_read_with_its_rooms_as_they_were() -> None:
    kept = roster.read(HEAD + "-1-101,-1号楼,@单元,Y1,100,,\n")

    downloaded = csv_text([[*roster.COLUMNS], *roster.cells(kept)])

    assert "'-1-101,'-1号楼,'@单元" in downloaded
    assert roster.read(downloaded) == kept


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "名册是空的"),
        ("房号,面积\n101,9\n", "缺少列：业主编号"),
        (HEAD, "没有房屋"),
        (HEAD + "101,,,Y1,0,,\n", "第2行：面积"),
        (HEAD + "101,,,Y1,-3,,\n", "第2行：面积"),
        (HEAD + "101,,,Y1,1.234,,\n", "第2行：面积"),
        (HEAD + "101,,,Y1,NaN,,\n", "第2行：面积"),
        (HEAD + "101,,,Y1,一百,,\n", "第2行：面积"),
        (HEAD + "101,,,居民甲,9,,\n", "不得填写姓名"),
        (HEAD + "101,,,13800000000,9,,\n", "不得填写姓名、电话、身份证号"),
        (HEAD + "101,,,110101199003070018,9,,\n", "不得填写姓名、电话、身份证号"),
        (HEAD + '"101,,,Y1,9,,\n102,,,Y2,9,,\n', "未成对的英文双引号"),
        (HEAD + '"' + "101,,,Y1,9,,\n" * 20_000, "未成对的英文双引号"),
        (HEAD + "101,,,Y1,9,猜测,\n", "面积依据应为登记、实测、合同"),
        (HEAD + "101,,,Y1,9,,卖了\n", "交付情况应为"),
        (HEAD + "101,,,Y1,9,,\n101,,,Y2,9,,\n", "房号重复：101"),
        (HEAD + ",,,Y1,9,,\n", "缺少房号"),
        (HEAD + "1" * 41 + ",,,Y1,9,,\n", "房号过长"),
    ],
)
def test_what_is_wrong_with_a_roster_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadRosterError) as bad:
        roster.read(text)

    assert any(said in zh for zh, _ in bad.value.faults)


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(BadRosterError) as bad:
        roster.read(HEAD + "101,,,居民甲,9,,\n102,,,Y2,0,,\n")

    assert [zh[:3] for zh, _ in bad.value.faults] == ["第2行", "第3行"]


@given(st.lists(rooms, min_size=1, max_size=20, unique_by=lambda row: row["room"]))
def test_a_roster_that_is_written_is_read_as_the_same(found: list[dict[str, str]]) -> None:
    assert roster.read(roster.written(found)) == found
