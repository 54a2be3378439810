"""Addresses as residents spell them."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.material.places import Gazetteer, address_in, figure


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (
            "黄河家园一区22号楼3单元501室",
            {"community": "黄河社区", "estate": "黄河家园一区", "building": "22", "unit": "3", "room": "501"},
        ),
        ("黄河家园1区二十二号楼", {"community": "黄河社区", "estate": "黄河家园一区", "building": "22"}),
        ("三号楼二单元楼道", {"building": "3", "unit": "2"}),
        (
            "我住在朝阳社区第三网格幸福小区3-2-501",
            {"community": "朝阳社区", "grid": "3", "estate": "幸福小区", "building": "3", "unit": "2", "room": "501"},
        ),
        ("彭李街道五四社区", {"community": "五四社区"}),
        (
            "位于长江五路的紫荆花园东区12栋东单元",
            {"estate": "紫荆花园东区", "building": "12", "unit": "东", "roads": ["长江五路"]},
        ),
        ("幸福小区二期A座1203室", {"estate": "幸福小区二期", "building": "A", "room": "1203"}),
        ("幸福小区A座1203", {"estate": "幸福小区", "building": "A", "room": "1203"}),
        ("幸福小区12#楼二单元", {"estate": "幸福小区", "building": "12", "unit": "2"}),
        ("幸福小区12#1单元402", {"estate": "幸福小区", "building": "12", "unit": "1", "room": "402"}),
        ("幸福小区六号楼三单元四零一", {"estate": "幸福小区", "building": "6", "unit": "3", "room": "401"}),
        ("幸福小区5号楼302漏水", {"estate": "幸福小区", "building": "5", "room": "302"}),
        ("幸福小区6#2-502", {"estate": "幸福小区", "building": "6", "unit": "2", "room": "502"}),
        ("幸福小区5号楼2018年交房", {"estate": "幸福小区", "building": "5"}),
        ("幸福小区8号楼2024-05-01起停水", {"estate": "幸福小区", "building": "8"}),
        ("幸福小区8号楼2024/5/1起停水", {"estate": "幸福小区", "building": "8"}),
        ("幸福小区5号楼302路公交", {"estate": "幸福小区", "building": "5"}),
        ("幸福小区5号楼120急救车进不来", {"estate": "幸福小区", "building": "5"}),
        ("幸福小区3号楼1200度电", {"estate": "幸福小区", "building": "3"}),
        ("幸福小区2栋600名业主", {"estate": "幸福小区", "building": "2"}),
        ("幸福小区9号楼2000户", {"estate": "幸福小区", "building": "9"}),
        ("幸福小区9号楼2000 户停水", {"estate": "幸福小区", "building": "9"}),
        ("幸福小区9号楼302户主", {"estate": "幸福小区", "building": "9", "room": "302"}),
        ("幸福小区3栋105m2户型", {"estate": "幸福小区", "building": "3"}),
        ("幸福小区5号楼120业主", {"estate": "幸福小区", "building": "5", "room": "120"}),
        ("幸福小区5号楼302路由器", {"estate": "幸福小区", "building": "5", "room": "302"}),
        ("幸福小区5号楼302次卧漏水", {"estate": "幸福小区", "building": "5", "room": "302"}),
        ("幸福小区5号楼601-608", {"estate": "幸福小区", "building": "5", "room": "601"}),
        ("A座1205漏水", {"building": "A", "room": "1205"}),
        ("幸福小区12#漏水", {"estate": "幸福小区", "building": "12"}),
        ("12#楼漏水", {"building": "12"}),
        ("6#号栋停水", {"building": "6"}),
        ("2#、4#栋停水", {"building": "2"}),
        ("1#公寓楼停水", {"building": "1"}),
        ("4#1501房", {"building": "4", "room": "1501"}),
        ("12#1单元402", {"building": "12", "unit": "1", "room": "402"}),
        ("12#二单元", {"building": "12", "unit": "2"}),
        ("12#-402", {"building": "12"}),
        ("八楼漏水", {"floor": "8"}),
        ("黄河八路与渤海十二路交叉口", {"roads": ["黄河八路", "渤海十二路"], "crossing": True}),
        ("黄河8路渤海12路", {"roads": ["黄河八路", "渤海十二路"], "crossing": True}),
        ("黄八渤十二路口", {"roads": ["黄河八路", "渤海十二路"], "crossing": True}),
        ("渤海七路和建设街都有", {"roads": ["渤海七路", "建设街"]}),
        ("沿黄河五路往东", {"roads": ["黄河五路"]}),
    ],
)
def test_an_address_is_read_as_it_is_said(said: str, address: dict[str, Any]) -> None:
    assert address_in(said).as_json() == address


@pytest.mark.parametrize(
    "said",
    [
        "",
        "小区门口",
        "周边小区都这样",
        "每个小区",
        "马路上",
        "这条路",
        "一个农村家庭",
        "修路",
        "12345",
        "2026-11-20",
        "办公室",
        "0543-2111890",
        "地铁2#线",
        "加92#汽油",
        "0#柴油",
        "92#、95#汽油",
        "3#变压器坏了",
        "共有600户",
    ],
)
def test_what_names_no_place_gives_none(said: str) -> None:
    assert address_in(said).as_json() == {}


def test_the_text_is_read_only_where_no_place_was_given() -> None:
    assert address_in("渤海七路", "黄河家园一区的事").as_json() == {"roads": ["渤海七路"]}
    assert address_in("", "黄河家园一区的事").as_json() == {"community": "黄河社区", "estate": "黄河家园一区"}


def test_a_street_names_its_own_places() -> None:
    own = Gazetteer.of({"communities": {"东湖社区": {"estates": [["东湖里", "东湖老院"]]}}})

    assert address_in("东湖老院5号楼", gazetteer=own).as_json() == {
        "community": "东湖社区",
        "estate": "东湖里",
        "building": "5",
    }
    assert address_in("东湖里5#漏水", gazetteer=own).building == "5"
    assert address_in("黄八渤十二", gazetteer=own).as_json() == {}


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("二十二", "22"),
        ("一百零五", "105"),
        ("三", "3"),
        ("一〇二", "102"),
        ("7", "7"),
        ("a3", "A3"),
    ],
)
def test_numbers_are_written_in_figures(said: str, written: str) -> None:
    assert figure(said) == written


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text: str) -> None:
    address_in(text, text)


def test_a_hostile_text_is_read_in_no_time() -> None:
    began = time.process_time()

    for hostile in ("路" * 200, "黄" * 200, "1-" * 100, "1#" * 100, "一十百" * 66, "小" * 199 + "区", "与" * 200):
        address_in(hostile, hostile)

    assert time.process_time() - began < 1
